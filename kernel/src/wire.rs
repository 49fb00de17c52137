//! The messages and the five sockets of the Jupyter protocol.
//!
//! This is the only module that names ZeroMQ. Each socket is owned by one task; channels join the tasks to the session,
//! which sees requests come out of an [`Inbox`] and puts replies and publications into an [`Outbox`].

mod connection;

mod signature;

mod message;

mod frames;

mod iopub;

mod sockets;

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

pub use connection::{ConnectionInfo, Transport, local_connection, read_connection_file};
pub use message::{Channel, PROTOCOL_VERSION, Rejection, Request};

use message::{Composer, Decoder};
use signature::Signer;
use sockets::{Incoming, Sockets};

/// The five sockets, bound: what comes in, and what goes out.
pub struct Wire {
    /// Where the sockets are. Ports that were asked for as 0 are the ones that the system chose.
    pub connection: ConnectionInfo,
    pub inbox: Inbox,
    pub outbox: Outbox,
}

impl Wire {
    /// Binds the sockets and starts their tasks. It must be called within a tokio runtime.
    pub async fn bind(connection: &ConnectionInfo) -> Result<Wire, Error> {
        let signer = Signer::new(connection)?;
        let composer = Composer::new(signer.clone());
        let bound = Sockets::bind(connection, composer.clone()).await?;
        Ok(Wire {
            connection: bound.connection,
            inbox: Inbox { incoming: bound.incoming, decoder: Decoder::new(signer) },
            outbox: Outbox { sockets: bound.sockets, composer },
        })
    }
}

/// The requests of the shell, control and stdin channels, in the order in which they came.
pub struct Inbox {
    incoming: Incoming,
    decoder: Decoder,
}

impl Inbox {
    /// The next request with a good signature; the others are dropped with a line in the log. `None` when the sockets
    /// are gone.
    pub async fn recv(&mut self) -> Option<Request> {
        loop {
            let (channel, frames) = self.incoming.recv().await?;
            if let Some(request) = self.accept(channel, frames) {
                return Some(request);
            }
        }
    }

    /// A request that has already come, if there is one.
    pub fn try_recv(&mut self) -> Option<Request> {
        loop {
            let (channel, frames) = self.incoming.try_recv().ok()?;
            if let Some(request) = self.accept(channel, frames) {
                return Some(request);
            }
        }
    }

    fn accept(&mut self, channel: Channel, frames: Vec<Vec<u8>>) -> Option<Request> {
        self.decoder
            .decode(channel, frames)
            .inspect_err(|rejection| log(format_args!("dropped a message on the {channel} channel: {rejection}")))
            .ok()
    }
}

/// Replies and publications. Nothing given to it is lost, and nothing here waits: the session slows the engine down by
/// [`Outbox::has_room`] instead.
pub struct Outbox {
    sockets: Sockets,
    composer: Composer,
}

impl Outbox {
    /// Answers a request on the channel that it came by, as `x_reply` to `x_request`.
    pub fn reply(&self, request: &Request, content: &Value) {
        let msg_type = request.reply_type();
        let frames = self.composer.compose(&request.identities, &msg_type, Some(&request.header), content);
        self.sockets.send(request.channel, frames);
    }

    /// Asks the client that sent a request, on the stdin channel; returns the id of the question.
    pub fn ask(&self, request: &Request, msg_type: &str, content: &Value) -> String {
        let (id, frames) = self.composer.compose_with_id(&request.identities, msg_type, Some(&request.header), content);
        self.sockets.send(Channel::Stdin, frames);
        id
    }

    /// Tells all clients, on the iopub channel. `parent` is the request that caused it.
    pub fn publish(&self, parent: Option<&Request>, msg_type: &str, content: &Value) {
        let topic = [msg_type.as_bytes().to_vec()];
        let frames = self.composer.compose(&topic, msg_type, parent.map(|request| &request.header), content);
        self.sockets.iopub().publish(frames);
    }

    /// Whether little enough waits to be published that more output may be made.
    pub fn has_room(&self) -> bool {
        self.sockets.iopub().has_room()
    }

    /// Waits until [`Outbox::has_room`].
    pub async fn room(&self) {
        self.sockets.iopub().room().await;
    }

    /// Closes the sockets after everything has been handed to the operating system, or after `patience`.
    pub async fn close(self, patience: Duration) {
        self.sockets.close(patience).await;
    }
}

/// Why the sockets could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("cannot read the connection file {}: {source}", path.display())]
    ReadConnectionFile { path: PathBuf, source: io::Error },
    #[error("the connection file {} is not what Jupyter writes: {source}", path.display())]
    ParseConnectionFile { path: PathBuf, source: serde_json::Error },
    #[error("unknown signature scheme \"{scheme}\": the only one is \"hmac-sha256\"")]
    SignatureScheme { scheme: String },
    #[error("cannot listen on {endpoint} for the {socket} socket: {source}")]
    Bind { socket: &'static str, endpoint: String, source: Box<dyn std::error::Error + Send + Sync> },
}

/// Writes a line to the log, which is standard error: a frontend shows it in its own log.
///
/// `eprintln!` would panic where standard error is closed.
pub(crate) fn log(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "tunebook: {line}");
}
