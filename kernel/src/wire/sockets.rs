//! The five sockets, each owned by one task.
//!
//! What the zeromq crate (0.7) promises of the sockets here, and how no reply is lost all the same (`iopub.rs` says it
//! of publications):
//!
//! - A ROUTER socket has one queue for each client and waits when it is full, but `send` returns before anything is
//!   written. Dropping the socket leaves the tasks that write those queues running, and each holds the socket's
//!   backend. So all is written when nobody holds the backend any more, which is what `drain` waits for.
//! - `recv` may be cancelled at any time without losing a message; `send` may not, so it is never a branch of a
//!   `select!`.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout_at};
use zeromq::{Endpoint, RepSocket, RouterSocket, Socket, SocketRecv, SocketSend, XPubSocket};

use super::connection::{endpoint, socket_path};
use super::frames::{Frames, from_zmq, rest, to_zmq};
use super::iopub::{self, Publisher, STALL_PATIENCE};
use super::message::{Channel, Composer};
use super::{ConnectionInfo, Error, Transport, log};

/// What came in, and by which channel.
pub(super) type Incoming = mpsc::UnboundedReceiver<(Channel, Frames)>;

/// The sending ends of all sockets.
pub(super) struct Sockets {
    shell: Router,
    control: Router,
    stdin: Router,
    iopub: Publisher,
    heartbeat: JoinHandle<()>,
}

pub(super) struct Bound {
    pub(super) connection: ConnectionInfo,
    pub(super) incoming: Incoming,
    pub(super) sockets: Sockets,
}

impl Sockets {
    pub(super) async fn bind(connection: &ConnectionInfo, composer: Composer) -> Result<Bound, Error> {
        let mut connection = connection.clone();
        let (mut shell, mut control, mut stdin) = (RouterSocket::new(), RouterSocket::new(), RouterSocket::new());
        let (mut iopub, mut heartbeat) = (XPubSocket::new(), RepSocket::new());
        let next_event = iopub::watch(&mut iopub);
        connection.shell_port = bind(&mut shell, "shell", &connection, connection.shell_port).await?;
        connection.control_port = bind(&mut control, "control", &connection, connection.control_port).await?;
        connection.stdin_port = bind(&mut stdin, "stdin", &connection, connection.stdin_port).await?;
        connection.iopub_port = bind(&mut iopub, "iopub", &connection, connection.iopub_port).await?;
        connection.hb_port = bind(&mut heartbeat, "heartbeat", &connection, connection.hb_port).await?;

        let (to_session, incoming) = mpsc::unbounded_channel();
        let sockets = Sockets {
            shell: Router::start(shell, Channel::Shell, to_session.clone()),
            control: Router::start(control, Channel::Control, to_session.clone()),
            stdin: Router::start(stdin, Channel::Stdin, to_session),
            iopub: Publisher::start(iopub, next_event, composer, STALL_PATIENCE),
            heartbeat: tokio::spawn(echo(heartbeat)),
        };
        Ok(Bound { connection, incoming, sockets })
    }

    pub(super) fn send(&self, channel: Channel, frames: Frames) {
        let router = match channel {
            Channel::Shell => &self.shell,
            Channel::Control => &self.control,
            Channel::Stdin => &self.stdin,
        };
        // The task ends only after this sender is gone.
        let _ = router.queue.send(frames);
    }

    pub(super) fn iopub(&self) -> &Publisher {
        &self.iopub
    }

    pub(super) async fn close(self, patience: Duration) {
        let deadline = Instant::now() + patience;
        self.heartbeat.abort();
        let Sockets { shell, control, stdin, iopub, .. } = self;
        // All four are told first, by dropping their queues, and then waited for.
        let tasks = [shell, control, stdin].map(|router| router.task);
        let tasks = tasks.into_iter().chain([iopub.stop()]);
        for mut task in tasks {
            if timeout_at(deadline, &mut task).await.is_err() {
                task.abort();
                log(format_args!("gave up on a client that does not read; it may miss the last messages"));
            }
        }
    }
}

/// Binds one socket and returns its port, which differs from the one asked for where that was 0.
async fn bind(
    socket: &mut impl Socket,
    name: &'static str,
    connection: &ConnectionInfo,
    port: u16,
) -> Result<u16, Error> {
    if connection.transport == Transport::IPC {
        remove_stale_socket(&socket_path(connection, port));
    }
    let endpoint = endpoint(connection, port);
    let bound = socket.bind(&endpoint).await;
    match bound.map_err(|source| Error::Bind { socket: name, endpoint, source: source.into() })? {
        Endpoint::Tcp(_, port) => Ok(port),
        _ => Ok(port),
    }
}

/// Removes the socket file of a kernel that was killed: a restarted kernel gets the same connection file, and binding
/// to an existing path fails. A file on which somebody listens, or that is no socket, stays.
fn remove_stale_socket(path: &str) {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket());
    if is_socket && UnixStream::connect(path).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused) {
        let _ = fs::remove_file(path);
    }
}

/// The session's end of a ROUTER socket.
struct Router {
    queue: mpsc::UnboundedSender<Frames>,
    task: JoinHandle<()>,
}

impl Router {
    fn start(
        mut socket: RouterSocket,
        channel: Channel,
        to_session: mpsc::UnboundedSender<(Channel, Frames)>,
    ) -> Router {
        let (queue, mut outgoing) = mpsc::unbounded_channel::<Frames>();
        let task = tokio::spawn(async move {
            loop {
                tokio::select! {
                    frames = outgoing.recv() => {
                        let Some(frames) = frames else { break };
                        if let Some(message) = to_zmq(frames)
                            && let Err(error) = socket.send(message).await
                        {
                            log(format_args!("a reply on the {channel} channel found no client: {error}"));
                        }
                    }
                    received = socket.recv() => match received {
                        // A session that is ending takes no more requests.
                        Ok(message) => drop(to_session.send((channel, from_zmq(message)))),
                        Err(error) => rest(channel, &error).await,
                    },
                }
            }
            drain(socket).await;
        });
        Router { queue, task }
    }
}

/// Waits until all that was sent has been written. The caller limits the time.
async fn drain(socket: RouterSocket) {
    let backend = Arc::downgrade(&socket.backend());
    drop(socket);
    while backend.strong_count() > 0 {
        sleep(Duration::from_millis(1)).await;
    }
}

/// Sends each heartbeat back as it came.
async fn echo(mut socket: RepSocket) {
    loop {
        match socket.recv().await {
            // A client that has gone in between needs no answer.
            Ok(message) => drop(socket.send(message).await),
            Err(error) => rest("heartbeat", &error).await,
        }
    }
}
