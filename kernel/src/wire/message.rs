//! Messages between frames and JSON.
//!
//! The content of a request stays as it came until the session asks for it as the type that the request should have.
//! So a request with bad content still knows who sent it, and gets an error reply.

use std::fmt;
use std::time::SystemTime;

use jupyter_protocol::Header;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::signature::{Seen, Signer};

/// The version of the protocol that the kernel speaks.
pub const PROTOCOL_VERSION: &str = "5.5";

/// Stands between the addresses of a message and the message.
const DELIMITER: &[u8] = b"<IDS|MSG>";

/// The channels by which requests come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    Shell,
    Control,
    Stdin,
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Channel::Shell => "shell",
            Channel::Control => "control",
            Channel::Stdin => "stdin",
        })
    }
}

/// A message from a client whose signature was right and whose header can be read.
#[derive(Debug)]
pub struct Request {
    pub channel: Channel,
    pub msg_type: String,
    /// The binary frames that came after the content.
    pub buffers: Vec<Vec<u8>>,
    /// The message that this one answers, where a client says so.
    pub parent_id: Option<String>,
    /// The cell of the client's notebook from which it comes, where a client says so.
    pub cell_id: Option<String>,
    /// The addresses to which a reply goes.
    pub(super) identities: Vec<Vec<u8>>,
    /// The header as it came: replies repeat it whole, also the fields that this kernel does not know.
    pub(super) header: Value,
    content: Vec<u8>,
}

impl Request {
    /// The content, read as what a message of this type should hold.
    pub fn content<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.content)
    }

    /// Whether the same client sent this and that: its sockets have one address on all channels.
    pub fn is_from_client_of(&self, other: &Request) -> bool {
        self.identities == other.identities
    }

    /// The subshell that this is for, if it is not for the notebook's own shell.
    pub fn subshell(&self) -> Option<&str> {
        self.header.get("subshell_id").and_then(Value::as_str)
    }

    /// The type of the answer: `execute_reply` for an `execute_request`.
    pub fn reply_type(&self) -> String {
        format!("{}_reply", self.msg_type.strip_suffix("_request").unwrap_or(&self.msg_type))
    }
}

/// Why a message was dropped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    #[error("none of its {n_frames} frames is the delimiter <IDS|MSG>")]
    NoDelimiter { n_frames: usize },
    #[error("{n_frames} frames after the delimiter; a signature and four frames of JSON were expected")]
    TooShort { n_frames: usize },
    #[error("its signature is not the one that the key gives")]
    BadSignature,
    #[error("its signature was used before")]
    Replayed,
    #[error("its {frame} is not JSON: {source}")]
    NotJson { frame: &'static str, source: serde_json::Error },
    #[error("its header has no {field}")]
    IncompleteHeader { field: &'static str },
}

/// Turns frames into requests, and keeps the memory of signatures that it takes.
pub(super) struct Decoder {
    signer: Signer,
    seen: Seen,
}

impl Decoder {
    pub(super) fn new(signer: Signer) -> Decoder {
        Decoder { signer, seen: Seen::default() }
    }

    pub(super) fn decode(&mut self, channel: Channel, mut frames: Vec<Vec<u8>>) -> Result<Request, Rejection> {
        let at = frames
            .iter()
            .position(|frame| frame == DELIMITER)
            .ok_or(Rejection::NoDelimiter { n_frames: frames.len() })?;
        let body = frames.split_off(at + 1);
        frames.truncate(at);
        let n_frames = body.len();
        let mut body = body.into_iter();
        let (Some(signature), Some(header), Some(parent), Some(metadata), Some(content)) =
            (body.next(), body.next(), body.next(), body.next(), body.next())
        else {
            return Err(Rejection::TooShort { n_frames });
        };

        if !self.signer.verify(&signature, &[&header, &parent, &metadata, &content]) {
            return Err(Rejection::BadSignature);
        }
        if self.signer.signs() && !self.seen.insert(&signature) {
            return Err(Rejection::Replayed);
        }

        let header: Value = parse("header", &header)?;
        let parent: Value = parse("parent header", &parent)?;
        let metadata: Value = parse("metadata", &metadata)?;
        let field = |field| header.get(field).and_then(Value::as_str).ok_or(Rejection::IncompleteHeader { field });
        field("msg_id")?;
        let msg_type = field("msg_type")?.to_owned();
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let (parent_id, cell_id) = (text(&parent, "msg_id"), text(&metadata, "cellId"));
        Ok(Request {
            channel,
            msg_type,
            buffers: body.collect(),
            parent_id,
            cell_id,
            identities: frames,
            header,
            content,
        })
    }
}

fn parse<T: DeserializeOwned>(frame: &'static str, bytes: &[u8]) -> Result<T, Rejection> {
    serde_json::from_slice(bytes).map_err(|source| Rejection::NotJson { frame, source })
}

/// Turns contents into signed frames.
#[derive(Clone)]
pub(super) struct Composer {
    signer: Signer,
    /// Names this kernel in all headers of its own.
    session: String,
}

impl Composer {
    pub(super) fn new(signer: Signer) -> Composer {
        Composer { signer, session: Uuid::new_v4().to_string() }
    }

    /// The frames of a message: the addresses (or the topic) first.
    pub(super) fn compose(
        &self,
        prefix: &[Vec<u8>],
        msg_type: &str,
        parent: Option<&Value>,
        content: &Value,
    ) -> Vec<Vec<u8>> {
        self.compose_with_id(prefix, msg_type, parent, content).1
    }

    /// The same, and the message's id.
    pub(super) fn compose_with_id(
        &self,
        prefix: &[Vec<u8>],
        msg_type: &str,
        parent: Option<&Value>,
        content: &Value,
    ) -> (String, Vec<Vec<u8>>) {
        let header = Header {
            msg_id: Uuid::new_v4().to_string(),
            username: "kernel".to_owned(),
            session: self.session.clone(),
            date: SystemTime::now().into(),
            msg_type: msg_type.to_owned(),
            version: PROTOCOL_VERSION.to_owned(),
        };
        let json = [
            serde_json::to_string(&header).unwrap_or_else(|_| unreachable!("a header is made of strings")),
            parent.map_or_else(|| "{}".to_owned(), Value::to_string),
            "{}".to_owned(),
            content.to_string(),
        ];
        let signature = self.signer.sign(&json);

        let mut frames = prefix.to_vec();
        frames.push(DELIMITER.to_vec());
        frames.push(signature.into_bytes());
        frames.extend(json.map(String::into_bytes));
        (header.msg_id, frames)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::{ConnectionInfo, local_connection};

    fn pair(key: &str) -> (Composer, Decoder) {
        let signer = Signer::new(&ConnectionInfo { key: key.to_owned(), ..local_connection() }).unwrap();
        (Composer::new(signer.clone()), Decoder::new(signer))
    }

    #[test]
    fn what_is_composed_can_be_decoded() {
        let (composer, mut decoder) = pair("key");
        let parent = json!({"msg_id": "1", "extra": [1, 2]});
        let mut frames =
            composer.compose(&[b"a".to_vec(), b"b".to_vec()], "x_request", Some(&parent), &json!({"é": 1}));
        frames.push(b"\xff\x00".to_vec());
        let request = decoder.decode(Channel::Control, frames).unwrap();
        assert_eq!(request.identities, [b"a", b"b"]);
        assert_eq!(request.buffers, [b"\xff\x00"]);
        assert_eq!(request.reply_type(), "x_reply");
        assert_eq!(request.content::<Value>().unwrap(), json!({"é": 1}));
        assert_eq!(request.header["version"], PROTOCOL_VERSION);
    }

    #[track_caller]
    fn check(frames: &[&[u8]], key: &str, expected: &str) {
        let frames = frames.iter().map(|frame| frame.to_vec()).collect();
        let rejection = pair(key).1.decode(Channel::Shell, frames).unwrap_err();
        assert!(rejection.to_string().contains(expected), "{rejection}");
    }

    #[test]
    fn says_why_it_drops_a_message() {
        check(&[], "", "none of its 0 frames");
        check(&[b"a", DELIMITER, b"", b"{}"], "", "2 frames after the delimiter");
        check(&[DELIMITER, b"", b"{", b"{}", b"{}", b"{}"], "", "header is not JSON");
        check(&[DELIMITER, b"", b"{}", b"{}", b"{}", b"{}"], "", "no msg_id");
        check(&[DELIMITER, b"", br#"{"msg_id":"1"}"#, b"{}", b"{}", b"{}"], "", "no msg_type");
        check(&[DELIMITER, b"", br#"{"msg_id":"1","msg_type":"x"}"#, b"", b"{}", b"{}"], "", "parent header");
        check(&[DELIMITER, b"00", b"{}", b"{}", b"{}", b"{}"], "key", "signature is not");
    }

    #[test]
    fn accepts_a_signature_once() {
        let (composer, mut decoder) = pair("key");
        let frames = composer.compose(&[], "x_request", None, &json!({}));
        assert!(decoder.decode(Channel::Shell, frames.clone()).is_ok());
        assert!(matches!(decoder.decode(Channel::Control, frames), Err(Rejection::Replayed)));
    }
}
