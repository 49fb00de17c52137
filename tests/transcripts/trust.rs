//! Messages that should not be believed, and messages that make no sense.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};
use tunebook::wire::{ConnectionInfo, Wire, local_connection};
use zeromq::ZmqMessage;

use super::frontend::{Control, Frontend, Kernel, Shell, connected, sign};

/// The frames of a request that would show if it were obeyed.
fn frames(frontend: &Frontend) -> [String; 4] {
    let header = frontend.header("execute_request");
    [header.to_string(), "{}".to_owned(), "{}".to_owned(), json!({ "code": "print obeyed" }).to_string()]
}

#[tokio::test(flavor = "multi_thread")]
async fn unsigned_and_wrongly_signed_messages_are_dropped() {
    let (kernel, mut frontend) = connected().await;
    let frames = frames(&frontend);
    let good = sign(&kernel.connection.key, &frames);
    let wrong = ["", "00", "not hexadecimal", &sign("another key", &frames), &good[..62], &format!("{good}00")];
    for signature in wrong {
        for channel in [Shell, Control] {
            frontend.send_frames(channel, signature, &frames).await;
        }
    }
    // Signed well, but for another content.
    let mut forged = frames.clone();
    forged[3] = json!({ "code": "print forged" }).to_string();
    frontend.send_frames(Shell, &good, &forged).await;
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_message_is_dropped() {
    let (kernel, mut frontend) = connected().await;
    let header = frontend.header("comm_info_request");
    let frames = [header.to_string(), "{}".to_owned(), "{}".to_owned(), "{}".to_owned()];
    let signature = sign(&kernel.connection.key, &frames);
    let id = header["msg_id"].as_str().unwrap();
    frontend.send_frames(Shell, &signature, &frames).await;
    frontend.reply(Shell, id, "comm_info_reply").await;
    frontend.busy(id).await;
    frontend.idle(id).await;
    for channel in [Shell, Control] {
        frontend.send_frames(channel, &signature, &frames).await;
    }
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_messages_are_dropped() {
    let (kernel, mut frontend) = connected().await;
    let key = kernel.connection.key.clone();
    let header = frontend.header("execute_request").to_string();
    let deep = "[".repeat(100_000);
    for frames in [
        ["", "", "", ""],
        ["{", "{}", "{}", "{}"],
        ["[]", "{}", "{}", "{}"],
        ["{\"msg_type\": 1}", "{}", "{}", "{}"],
        [&deep, "{}", "{}", "{}"],
        [&header, "nothing", "{}", "{}"],
        [&header, "{}", "\u{0}", "{}"],
    ] {
        frontend.send_frames(Shell, &sign(&key, &frames), &frames).await;
    }
    let latin = [header.as_bytes(), b"{}", b"{}\xe9", b"{}"];
    frontend.send_frames(Shell, &sign(&key, &latin), &latin).await;
    for too_short in [&[][..], &["{}"], &["{}", "{}", "{}"]] {
        frontend.send_frames(Shell, &sign(&key, too_short), too_short).await;
    }
    frontend.send_raw(Shell, ZmqMessage::from("no delimiter")).await;
    frontend.send_raw(Control, ZmqMessage::from(Vec::new())).await;
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_content_gets_an_error_reply() {
    let (kernel, mut frontend) = connected().await;
    for (msg_type, content) in [
        ("execute_request", json!({})),
        ("execute_request", json!({ "code": 1 })),
        ("execute_request", json!({ "code": "", "user_expressions": [] })),
        ("complete_request", json!({ "code": "", "cursor_pos": -1 })),
        ("inspect_request", json!({ "code": "" })),
        ("is_complete_request", json!(null)),
        ("history_request", json!({ "hist_access_type": "all" })),
        ("shutdown_request", json!({ "restart": "no" })),
    ] {
        let reply = frontend.ask(Shell, msg_type, content).await;
        assert_bad_request(&reply, msg_type);
    }
    // Content that is no JSON at all: the header still says whom to answer.
    let header = frontend.header("execute_request");
    let frames = [header.to_string(), "{}".to_owned(), "{}".to_owned(), "{\"code\": \"print".to_owned()];
    frontend.send_frames(Shell, &sign(&kernel.connection.key, &frames), &frames).await;
    let id = header["msg_id"].as_str().unwrap();
    assert_bad_request(&frontend.reply(Shell, id, "execute_reply").await, "execute_request");
    frontend.busy(id).await;
    frontend.idle(id).await;
    // None of them counted.
    frontend.run_quietly("", 1).await;
    frontend.end(kernel).await;
}

fn assert_bad_request(reply: &Value, msg_type: &str) {
    assert_eq!((&reply["status"], &reply["ename"]), (&json!("error"), &json!("BadRequest")));
    let expected = format!("the content of the {msg_type} cannot be read: ");
    assert!(reply["evalue"].as_str().unwrap().starts_with(&expected), "{reply}");
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_repeat_the_header_and_the_buffers_do_not_disturb() {
    let (kernel, mut frontend) = connected().await;
    let header = frontend.header("comm_info_request");
    let json = [header.to_string(), "{}".to_owned(), "{}".to_owned(), "{}".to_owned()];
    let signature = sign(&kernel.connection.key, &json);
    let mut frames = json.map(String::into_bytes).to_vec();
    frames.extend([vec![0xff; 100], Vec::new(), b"{}".to_vec()]);
    frontend.send_frames(Shell, &signature, &frames).await;
    let heard = frontend.hear_reply(Shell).await;
    assert_eq!((heard.msg_type.as_str(), &heard.parent), ("comm_info_reply", &header));
    assert_ne!(heard.header["msg_id"], header["msg_id"]);
    let id = header["msg_id"].as_str().unwrap();
    frontend.busy(id).await;
    frontend.idle(id).await;
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_key_means_that_nothing_is_signed() {
    let kernel = Kernel::start_at(ConnectionInfo { key: String::new(), ..local_connection() }).await;
    let mut frontend = Frontend::connect(&kernel).await;
    frontend.run_quietly("sleep 0", 1).await;
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_signature_scheme_is_refused() {
    let connection = ConnectionInfo { signature_scheme: "hmac-md5".to_owned(), ..local_connection() };
    let error = Wire::bind(&connection).await.err().expect("an error");
    assert_eq!(error.to_string(), "unknown signature scheme \"hmac-md5\": the only one is \"hmac-sha256\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_on_a_port_disturbs_nobody() {
    let (kernel, mut frontend) = connected().await;
    let connection = &kernel.connection;
    for port in [connection.shell_port, connection.iopub_port, connection.hb_port] {
        let mut stranger = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stranger.write_all(b"GET / HTTP/1.1\r\nHost: kernel\r\n\r\n").unwrap();
        stranger.write_all(&[0; 100]).unwrap();
        let _ = stranger.read(&mut [0; 64]).unwrap();
    }
    frontend.beat("alive").await;
    frontend.run_quietly("sleep 0", 1).await;
    frontend.end(kernel).await;
}
