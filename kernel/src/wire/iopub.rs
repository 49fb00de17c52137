//! The iopub socket, by which all output leaves.
//!
//! What the zeromq crate (0.7) promises of it, and how nothing is lost all the same:
//!
//! - Its PUB socket has two queues of 100,000 messages, drops what does not fit without a word, and forgets its
//!   subscribers (and with them the queues) as soon as it is closed. So this is an XPUB socket: that one writes to each
//!   subscriber before `send` returns, and so neither drops nor needs a flush.
//! - For the same reason a client that stops reading stops the others. The queue in front of the socket then grows
//!   until the session stops asking the engine for output. A client that has not read for long is stuck, but which one
//!   it is nobody tells; so all connections are ended. Frontends come back by themselves, and a stuck one does not.
//! - An XPUB socket learns of subscriptions only while it is polled, so the task does that whenever it has nothing to
//!   send. It answers each with an `iopub_welcome`, by which a client knows that it misses nothing from then on.
//! - A client of a kernel that has just started connects its sockets again one by one, each up to 0.2 s late. Its request may
//!   be here before its subscription, so the first messages wait for that.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use zeromq::util::PeerIdentity;
use zeromq::{Socket, SocketEvent, SocketRecv, SocketSend, XPubSocket, ZmqMessage};

use super::frames::{Frames, from_zmq, rest, size, to_zmq};
use super::log;
use super::message::Composer;

/// When this much waits to be published, the engine is slowed down.
const BACKLOG_BYTES_MAX: usize = 8 << 20;

/// How long one message may take. A client at the end of a slow line has this long to read it.
pub(super) const STALL_PATIENCE: Duration = Duration::from_secs(30);

/// How long clients have to come when the first message is there, and to come back after their connections were ended.
const CLIENT_PATIENCE: Duration = Duration::from_secs(1);

/// What the socket tells of its connections, if anything. It is boxed because the type of the channel behind it has no
/// name here.
pub(super) type NextEvent = Box<dyn FnMut() -> Option<SocketEvent> + Send>;

/// Begins to listen to what a socket tells. It has to be called before the socket is bound, or the first client is
/// missed.
pub(super) fn watch(socket: &mut XPubSocket) -> NextEvent {
    let mut monitor = socket.monitor();
    Box::new(move || monitor.try_recv().ok())
}

/// The session's end of the socket.
pub(super) struct Publisher {
    queue: mpsc::UnboundedSender<Frames>,
    backlog: Arc<Backlog>,
    task: JoinHandle<()>,
}

impl Publisher {
    /// `next_event` is from [`watch`].
    pub(super) fn start(
        socket: XPubSocket,
        next_event: NextEvent,
        composer: Composer,
        stall_patience: Duration,
    ) -> Publisher {
        let (queue, mut outgoing) = mpsc::unbounded_channel::<Frames>();
        let backlog = Arc::new(Backlog::default());
        let sent = backlog.clone();
        let mut iopub = Iopub { socket, next_event, peers: Vec::new(), composer, stall_patience };
        let task = tokio::spawn(async move {
            if let Some(frames) = iopub.first_client(&mut outgoing).await {
                let bytes = size(&frames);
                iopub.publish(frames).await;
                sent.subtract(bytes);
            }
            loop {
                tokio::select! {
                    frames = outgoing.recv() => {
                        let Some(frames) = frames else { break };
                        let bytes = size(&frames);
                        iopub.publish(frames).await;
                        sent.subtract(bytes);
                    }
                    topic = iopub.subscription() => iopub.welcome(&topic).await,
                }
            }
        });
        Publisher { queue, backlog, task }
    }

    pub(super) fn publish(&self, frames: Frames) {
        self.backlog.add(size(&frames));
        // The task ends only after this sender is gone.
        let _ = self.queue.send(frames);
    }

    /// Whether little enough waits to be published that more may be made.
    pub(super) fn has_room(&self) -> bool {
        self.backlog.has_room()
    }

    pub(super) async fn room(&self) {
        self.backlog.room().await;
    }

    /// Lets the task end, which it does when all has been written.
    pub(super) fn stop(self) -> JoinHandle<()> {
        self.task
    }
}

/// The task's end.
struct Iopub {
    socket: XPubSocket,
    next_event: NextEvent,
    /// All clients that ever came, for the socket does not tell who has gone.
    peers: Vec<PeerIdentity>,
    composer: Composer,
    stall_patience: Duration,
}

impl Iopub {
    /// Waits for a first client; when the first message is there, not for long. Returns that message if it was taken.
    async fn first_client(&mut self, outgoing: &mut mpsc::UnboundedReceiver<Frames>) -> Option<Frames> {
        let frames = tokio::select! {
            topic = self.subscription() => {
                self.welcome(&topic).await;
                return None;
            }
            frames = outgoing.recv() => frames?,
        };
        self.await_client().await;
        Some(frames)
    }

    async fn await_client(&mut self) {
        if let Ok(topic) = timeout(CLIENT_PATIENCE, self.subscription()).await {
            self.welcome(&topic).await;
        }
    }

    async fn publish(&mut self, frames: Frames) {
        let Some(message) = to_zmq(frames) else { return };
        if self.try_publish(message.clone()).await {
            return;
        }
        log(format_args!("a client of the iopub channel does not read: all of its clients have to connect again"));
        self.disconnect_all();
        self.await_client().await;
        if !self.try_publish(message).await {
            log(format_args!("a message on the iopub channel is too large for a client, or another one does not read"));
            self.disconnect_all();
        }
    }

    /// False if a client did not read it in time.
    async fn try_publish(&mut self, message: ZmqMessage) -> bool {
        match timeout(self.stall_patience, self.socket.send(message)).await {
            Ok(sent) => {
                if let Err(error) = sent {
                    log(format_args!("a client of the iopub channel was lost: {error}"));
                }
                true
            }
            Err(_) => false,
        }
    }

    /// The topic of the next subscription. It may be cancelled without loss.
    async fn subscription(&mut self) -> Vec<u8> {
        loop {
            match self.socket.recv().await {
                Ok(message) => {
                    self.note_peers();
                    // A single frame that begins with 1; 0 ends a subscription.
                    if let [frame] = &from_zmq(message)[..]
                        && let Some(topic) = frame.strip_prefix(&[1])
                    {
                        return topic.to_vec();
                    }
                }
                Err(error) => rest("iopub", &error).await,
            }
        }
    }

    async fn welcome(&mut self, topic: &[u8]) {
        let content = json!({ "subscription": String::from_utf8_lossy(topic) });
        let frames = self.composer.compose(&[topic.to_vec()], "iopub_welcome", None, &content);
        if let Some(message) = to_zmq(frames)
            && !self.try_publish(message).await
        {
            self.disconnect_all();
        }
    }

    fn disconnect_all(&mut self) {
        self.note_peers();
        let backend = self.socket.backend();
        for peer in self.peers.drain(..) {
            backend.peer_disconnected(&peer);
        }
    }

    fn note_peers(&mut self) {
        while let Some(event) = (self.next_event)() {
            if let SocketEvent::Accepted(_, peer) = event {
                self.peers.push(peer);
            }
        }
    }
}

/// Counts the bytes that wait to be published.
#[derive(Default)]
struct Backlog {
    bytes: AtomicUsize,
    shrunk: Notify,
}

impl Backlog {
    fn add(&self, bytes: usize) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn subtract(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.shrunk.notify_waiters();
    }

    fn has_room(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) < BACKLOG_BYTES_MAX
    }

    async fn room(&self) {
        loop {
            let shrunk = self.shrunk.notified();
            if self.has_room() {
                return;
            }
            shrunk.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use zeromq::SubSocket;

    use super::*;
    use crate::wire::local_connection;
    use crate::wire::signature::Signer;

    async fn subscriber(endpoint: &str) -> SubSocket {
        let mut socket = SubSocket::new();
        socket.subscribe("").await.unwrap();
        socket.connect(endpoint).await.unwrap();
        let welcome = timeout(Duration::from_secs(5), socket.recv()).await.unwrap().unwrap();
        assert_eq!(welcome.get(1).unwrap().as_ref(), b"<IDS|MSG>");
        socket
    }

    #[tokio::test]
    async fn the_first_messages_wait_for_the_first_client() {
        let mut socket = XPubSocket::new();
        let next_event = watch(&mut socket);
        let endpoint = socket.bind("tcp://127.0.0.1:0").await.unwrap().to_string();
        let composer = Composer::new(Signer::new(&local_connection()).unwrap());
        let publisher = Publisher::start(socket, next_event, composer, STALL_PATIENCE);
        publisher.publish(vec![b"first".to_vec()]);
        publisher.publish(vec![b"second".to_vec()]);
        tokio::time::sleep(Duration::from_millis(150)).await;
        let mut client = subscriber(&endpoint).await;
        for expected in ["first", "second"] {
            let message = timeout(Duration::from_secs(5), client.recv()).await.unwrap().unwrap();
            assert_eq!(message.into_vec(), [expected]);
        }
        publisher.stop().await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_stuck_client_does_not_stop_the_others_for_ever() {
        let mut socket = XPubSocket::new();
        let next_event = watch(&mut socket);
        let endpoint = socket.bind("tcp://127.0.0.1:0").await.unwrap().to_string();
        let composer = Composer::new(Signer::new(&local_connection()).unwrap());
        let publisher = Publisher::start(socket, next_event, composer, Duration::from_millis(300));
        let mut reader = subscriber(&endpoint).await;
        let _stuck = subscriber(&endpoint).await;

        for n in 0..64_u32 {
            publisher.publish(vec![vec![0; 1 << 20], n.to_be_bytes().to_vec()]);
        }
        let mut numbers = Vec::new();
        while numbers.last() != Some(&63) {
            let message = timeout(Duration::from_secs(5), reader.recv()).await.expect("the next message");
            match message {
                Ok(message) if message.len() == 2 => {
                    let number: [u8; 4] = message.get(1).unwrap().as_ref().try_into().unwrap();
                    numbers.push(u32::from_be_bytes(number));
                }
                // A welcome, or the end of the connection before a new one.
                Ok(_) | Err(_) => {}
            }
        }
        // The message at which the other client was stuck may come twice, but none is missing.
        numbers.dedup();
        assert!(numbers.iter().copied().eq(0..64), "{numbers:?}");
        publisher.stop().await.unwrap();
    }
}
