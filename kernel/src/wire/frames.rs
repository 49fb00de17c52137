//! Frames between this crate and ZeroMQ's.

use std::fmt::Display;
use std::time::Duration;

use tokio::time::sleep;
use zeromq::{ZmqError, ZmqMessage};

use super::log;

/// How long a task rests after a socket failed to receive, so that a lasting failure does not take a core.
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(10);

/// The parts of one message.
pub(super) type Frames = Vec<Vec<u8>>;

pub(super) fn size(frames: &[Vec<u8>]) -> usize {
    frames.iter().map(Vec::len).sum()
}

/// `None` for a message without frames, which ZeroMQ does not have.
pub(super) fn to_zmq(frames: Frames) -> Option<ZmqMessage> {
    let mut frames = frames.into_iter();
    let mut message = ZmqMessage::from(frames.next()?);
    for frame in frames {
        message.push_back(frame.into());
    }
    Some(message)
}

pub(super) fn from_zmq(message: ZmqMessage) -> Frames {
    message.into_vec().into_iter().map(Vec::from).collect()
}

/// Logs that a socket could not receive, and waits a moment.
pub(super) async fn rest(socket: impl Display, error: &ZmqError) {
    log(format_args!("the {socket} socket lost a client: {error}"));
    sleep(PAUSE_AFTER_ERROR).await;
}
