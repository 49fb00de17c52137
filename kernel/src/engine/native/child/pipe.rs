//! The child's streams: bytes in, whole characters out.

use std::io::{ErrorKind, Read};
use std::os::fd::AsRawFd;

use super::talk::poll_in;
use crate::engine::{Event, StreamName};

/// One of the child's streams: bytes in, whole characters out.
#[derive(Debug)]
pub(super) struct Pipe<T> {
    pub(super) inner: T,
    pub(super) name: StreamName,
    /// The beginning of a character whose rest has not come yet.
    pub(super) pending: Vec<u8>,
    pub(super) open: bool,
}

impl<T: Read + AsRawFd> Pipe<T> {
    pub(super) fn poll(&self) -> libc::pollfd {
        // A negative descriptor is passed over, and a closed pipe would be ready for ever.
        poll_in(if self.open { self.inner.as_raw_fd() } else { -1 })
    }

    /// Hands on all that is in the pipe now.
    pub(super) fn drain(&mut self, sink: &mut dyn FnMut(Event)) {
        let mut buffer = [0; 65536];
        while self.open {
            match self.inner.read(&mut buffer) {
                Ok(0) => self.open = false,
                Ok(count) => {
                    self.pending.extend_from_slice(buffer.get(..count).unwrap_or_default());
                    let text = take_text(&mut self.pending);
                    if !text.is_empty() {
                        sink(Event::Stream { name: self.name, text });
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
    }

    /// The cell is over: half a character will not become a whole one.
    pub(super) fn finish(&mut self, sink: &mut dyn FnMut(Event)) {
        if !self.pending.is_empty() {
            let text = String::from_utf8_lossy(&std::mem::take(&mut self.pending)).into_owned();
            sink(Event::Stream { name: self.name, text });
        }
    }
}

/// Takes the whole characters off the front; bytes that are no UTF-8 are replaced.
pub fn take_text(bytes: &mut Vec<u8>) -> String {
    let whole = match std::str::from_utf8(bytes) {
        Ok(_) => bytes.len(),
        // No length means that the text ends within a character.
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        // Something is no UTF-8 at all. Only an unfinished character at the very end is kept back.
        Err(_) => bytes.len() - unfinished_tail(bytes),
    };
    let rest = bytes.split_off(whole);
    String::from_utf8_lossy(&std::mem::replace(bytes, rest)).into_owned()
}

fn unfinished_tail(bytes: &[u8]) -> usize {
    (1..=bytes.len().min(3))
        .find(|&length| {
            let tail = bytes.get(bytes.len() - length..).unwrap_or_default();
            tail.first().is_some_and(|byte| *byte >= 0xC0)
                && std::str::from_utf8(tail).is_err_and(|error| error.error_len().is_none())
        })
        .unwrap_or(0)
}
