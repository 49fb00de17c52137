//! A frontend that does what it is told and asserts what it hears.

use std::fmt::Debug;
use std::time::Duration;

use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tunebook::engine::fake::FakeEngine;
use tunebook::session;
use tunebook::wire::{ConnectionInfo, Transport, Wire, local_connection};
use uuid::Uuid;
use zeromq::util::PeerIdentity;
use zeromq::{DealerSocket, ReqSocket, Socket, SocketOptions, SocketRecv, SocketSend, SubSocket, ZmqMessage};

/// Nothing takes this long; it only turns a hang into a failure.
const PATIENCE: Duration = Duration::from_secs(10);

const DELIMITER: &[u8] = b"<IDS|MSG>";

/// A session over the fake engine.
pub struct Kernel {
    pub connection: ConnectionInfo,
    session: JoinHandle<Result<(), session::Error>>,
}

impl Kernel {
    pub async fn start() -> Kernel {
        Kernel::start_at(local_connection()).await
    }

    /// A session that heeds the signals of this process. Its ports have to be given, for nothing tells of them.
    pub fn run_at(connection: ConnectionInfo) -> Kernel {
        let session = tokio::spawn(session::run(connection.clone(), Box::new(FakeEngine::new()), None));
        Kernel { connection, session }
    }

    pub async fn start_at(connection: ConnectionInfo) -> Kernel {
        let wire = Wire::bind(&connection).await.unwrap();
        let connection = wire.connection.clone();
        let session = tokio::spawn(session::serve(wire, Box::new(FakeEngine::new())));
        Kernel { connection, session }
    }

    /// Waits for the session to end by itself.
    pub async fn ended(self) {
        within("the end of the session", self.session).await.unwrap().unwrap();
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Channel {
    Shell,
    Control,
    Stdin,
}

pub use Channel::{Control, Shell, Stdin};

/// A client of a kernel, with a socket for each channel.
pub struct Frontend {
    shell: DealerSocket,
    control: DealerSocket,
    stdin: DealerSocket,
    iopub: SubSocket,
    heartbeat: ReqSocket,
    key: String,
    session: String,
}

/// A message from the kernel.
#[derive(Debug)]
pub struct Heard {
    pub msg_type: String,
    pub header: Value,
    pub parent: Value,
    pub content: Value,
}

impl Frontend {
    /// Connects to a kernel. Nothing is lost after this: the kernel has said that it knows of the subscription.
    pub async fn connect(kernel: &Kernel) -> Frontend {
        let connection = &kernel.connection;
        // One address on all channels, by which a question finds the client that sent the cell.
        let identity = Uuid::new_v4().to_string();
        let dealer = || {
            let mut options = SocketOptions::default();
            options.peer_identity(PeerIdentity::try_from(identity.as_bytes().to_vec()).unwrap());
            DealerSocket::with_options(options)
        };
        let mut frontend = Frontend {
            shell: dealer(),
            control: dealer(),
            stdin: dealer(),
            iopub: SubSocket::new(),
            heartbeat: ReqSocket::new(),
            key: connection.key.clone(),
            session: Uuid::new_v4().to_string(),
        };
        frontend.shell.connect(&endpoint(connection, connection.shell_port)).await.unwrap();
        frontend.control.connect(&endpoint(connection, connection.control_port)).await.unwrap();
        frontend.stdin.connect(&endpoint(connection, connection.stdin_port)).await.unwrap();
        frontend.heartbeat.connect(&endpoint(connection, connection.hb_port)).await.unwrap();
        frontend.iopub.subscribe("").await.unwrap();
        frontend.iopub.connect(&endpoint(connection, connection.iopub_port)).await.unwrap();
        frontend.welcome().await;
        frontend
    }

    /// Sends a request and returns its id.
    pub async fn send(&mut self, channel: Channel, msg_type: &str, content: Value) -> String {
        self.send_below(channel, msg_type, json!({}), content).await
    }

    /// Sends a message that answers the one with this header.
    pub async fn send_below(&mut self, channel: Channel, msg_type: &str, parent: Value, content: Value) -> String {
        let header = self.header(msg_type);
        let frames = [header.to_string(), parent.to_string(), "{}".to_owned(), content.to_string()];
        let signature = sign(&self.key, &frames);
        self.send_frames(channel, &signature, &frames).await;
        header["msg_id"].as_str().unwrap().to_owned()
    }

    /// Executes a cell of a notebook, which has this id there.
    pub async fn execute_cell(&mut self, cell_id: &str, code: &str) -> String {
        let header = self.header("execute_request");
        let frames = [
            header.to_string(),
            "{}".to_owned(),
            json!({ "cellId": cell_id }).to_string(),
            json!({ "code": code }).to_string(),
        ];
        let signature = sign(&self.key, &frames);
        self.send_frames(Shell, &signature, &frames).await;
        header["msg_id"].as_str().unwrap().to_owned()
    }

    /// Sends a request for a subshell and returns its id.
    pub async fn send_to_subshell(&mut self, subshell: &str, msg_type: &str, content: Value) -> String {
        let mut header = self.header(msg_type);
        header["subshell_id"] = json!(subshell);
        let frames = [header.to_string(), "{}".to_owned(), "{}".to_owned(), content.to_string()];
        let signature = sign(&self.key, &frames);
        self.send_frames(Shell, &signature, &frames).await;
        header["msg_id"].as_str().unwrap().to_owned()
    }

    /// Sends whatever it is given.
    pub async fn send_frames<F: AsRef<[u8]>>(&mut self, channel: Channel, signature: &str, frames: &[F]) {
        let mut message = ZmqMessage::from(DELIMITER.to_vec());
        message.push_back(signature.as_bytes().to_vec().into());
        for frame in frames {
            message.push_back(frame.as_ref().to_vec().into());
        }
        self.send_raw(channel, message).await;
    }

    pub async fn send_raw(&mut self, channel: Channel, message: ZmqMessage) {
        self.dealer(channel).send(message).await.unwrap();
    }

    pub fn header(&self, msg_type: &str) -> Value {
        json!({
            "msg_id": Uuid::new_v4().to_string(),
            "session": self.session,
            "username": "transcript",
            "date": "2026-01-01T00:00:00.000000Z",
            "msg_type": msg_type,
            "version": "5.4",
            "of_a_later_protocol": 1,
        })
    }

    pub async fn execute(&mut self, code: &str) -> String {
        self.execute_with(code, json!({})).await
    }

    /// Executes with other fields than the usual ones.
    pub async fn execute_with(&mut self, code: &str, fields: Value) -> String {
        let mut content = json!({ "code": code, "silent": false, "store_history": true, "user_expressions": {} });
        content.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.send(Shell, "execute_request", content).await
    }

    /// The next message on iopub, which must be of this type and caused by this request; returns the content.
    pub async fn iopub(&mut self, request: &str, msg_type: &str) -> Value {
        let heard = self.hear_iopub().await;
        assert_eq!((heard.msg_type.as_str(), &heard.parent["msg_id"]), (msg_type, &json!(request)), "{heard:#?}");
        heard.content
    }

    /// The next reply on a channel, which must be of this type and answer this request; returns the content.
    pub async fn reply(&mut self, channel: Channel, request: &str, msg_type: &str) -> Value {
        let heard = self.hear_reply(channel).await;
        assert_eq!((heard.msg_type.as_str(), &heard.parent["msg_id"]), (msg_type, &json!(request)), "{heard:#?}");
        heard.content
    }

    pub async fn busy(&mut self, request: &str) {
        assert_eq!(self.iopub(request, "status").await, json!({ "execution_state": "busy" }));
    }

    pub async fn idle(&mut self, request: &str) {
        assert_eq!(self.iopub(request, "status").await, json!({ "execution_state": "idle" }));
    }

    pub async fn input(&mut self, request: &str, code: &str, execution_count: u32) {
        let expected = json!({ "code": code, "execution_count": execution_count });
        assert_eq!(self.iopub(request, "execute_input").await, expected);
    }

    /// Text on a stream. It may come in several messages, and must come to exactly this.
    pub async fn stream(&mut self, request: &str, name: &str, expected: &str) {
        let mut text = String::new();
        while text.len() < expected.len() {
            let content = self.iopub(request, "stream").await;
            assert_eq!(content["name"], name);
            text += content["text"].as_str().unwrap();
        }
        assert!(text == expected, "stream differs: {text:?}");
    }

    /// The whole of a request that is answered without output; returns the content of the reply.
    pub async fn ask(&mut self, channel: Channel, msg_type: &str, content: Value) -> Value {
        let id = self.send(channel, msg_type, content).await;
        let reply = self.reply(channel, &id, &msg_type.replace("_request", "_reply")).await;
        self.busy(&id).await;
        self.idle(&id).await;
        reply
    }

    /// The whole of a cell without output; returns the content of the reply.
    pub async fn run_quietly(&mut self, code: &str, execution_count: u32) -> Value {
        let id = self.execute(code).await;
        self.busy(&id).await;
        self.input(&id, code, execution_count).await;
        self.idle(&id).await;
        self.reply(Shell, &id, "execute_reply").await
    }

    pub async fn welcome(&mut self) {
        let heard = self.hear_iopub().await;
        assert_eq!((heard.msg_type.as_str(), &heard.parent), ("iopub_welcome", &json!({})), "{heard:#?}");
        assert_eq!(heard.content, json!({ "subscription": "" }));
    }

    /// Asserts that everything the kernel said has been asserted.
    pub async fn nothing_left(&mut self) {
        for channel in [Shell, Control] {
            self.ask(channel, "comm_info_request", json!({})).await;
        }
    }

    /// Asserts that nothing is left, and ends the session.
    pub async fn end(mut self, kernel: Kernel) {
        self.nothing_left().await;
        let id = self.send(Control, "shutdown_request", json!({ "restart": false })).await;
        self.goodbye(Control, &id, false).await;
        kernel.ended().await;
    }

    /// The end of a session in which nothing ran.
    pub async fn goodbye(&mut self, channel: Channel, request: &str, restart: bool) {
        let expected = json!({ "status": "ok", "restart": restart });
        assert_eq!(self.reply(channel, request, "shutdown_reply").await, expected);
        self.busy(request).await;
        assert_eq!(self.iopub(request, "shutdown_reply").await, expected);
        self.idle(request).await;
    }

    pub async fn beat(&mut self, text: &str) {
        self.heartbeat.send(text.into()).await.unwrap();
        let echoed = within("a heartbeat", self.heartbeat.recv()).await.unwrap();
        assert_eq!(echoed.into_vec(), [text]);
    }

    /// Asserts that no reply comes. It waits a moment for one, so a wrong reply is missed only on a very slow machine.
    pub async fn no_reply(&mut self, channel: Channel) {
        let reply = timeout(Duration::from_millis(300), self.dealer(channel).recv()).await;
        assert!(reply.is_err(), "{reply:?}");
    }

    pub async fn hear_reply(&mut self, channel: Channel) -> Heard {
        let message = within(&format!("a reply on {channel:?}"), self.dealer(channel).recv()).await.unwrap();
        self.read(message)
    }

    pub async fn hear_iopub(&mut self) -> Heard {
        let message = within("a message on iopub", self.iopub.recv()).await.unwrap();
        self.read(message)
    }

    fn read(&self, message: ZmqMessage) -> Heard {
        let frames = message.into_vec();
        let at = frames.iter().position(|frame| frame == DELIMITER).expect("a delimiter");
        let [signature, json @ ..] = &frames[at + 1..] else { panic!("no frames after the delimiter") };
        assert_eq!(json.len(), 4, "a header, a parent header, metadata and content");
        assert_eq!(*signature, sign(&self.key, json), "the signature");
        let [header, parent, metadata, content] =
            [0, 1, 2, 3].map(|n| serde_json::from_slice::<Value>(&json[n]).unwrap());
        assert_eq!((&header["version"], metadata), (&json!("5.5"), json!({})));
        Heard { msg_type: header["msg_type"].as_str().unwrap().to_owned(), header, parent, content }
    }

    fn dealer(&mut self, channel: Channel) -> &mut DealerSocket {
        match channel {
            Shell => &mut self.shell,
            Control => &mut self.control,
            Stdin => &mut self.stdin,
        }
    }
}

/// A kernel and a frontend.
pub async fn connected() -> (Kernel, Frontend) {
    let kernel = Kernel::start().await;
    let frontend = Frontend::connect(&kernel).await;
    (kernel, frontend)
}

pub fn sign<F: AsRef<[u8]>>(key: &str, frames: &[F]) -> String {
    if key.is_empty() {
        return String::new();
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    for frame in frames {
        mac.update(frame.as_ref());
    }
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn within<T: Debug>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("{what} did not come"))
}

fn endpoint(connection: &ConnectionInfo, port: u16) -> String {
    match connection.transport {
        Transport::TCP => format!("tcp://{}:{port}", connection.ip),
        Transport::IPC => format!("ipc://{}-{port}", connection.ip),
    }
}
