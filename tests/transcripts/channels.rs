//! Sockets: heartbeat, shutdown, several clients, and the other transport.

use std::fs;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;

use serde_json::json;
use tunebook::wire::{ConnectionInfo, Transport, Wire, local_connection};

use super::frontend::{Channel, Control, Frontend, Kernel, Shell, Stdin, connected};

#[tokio::test(flavor = "multi_thread")]
async fn the_heart_beats_also_while_a_cell_runs() {
    let (kernel, mut frontend) = connected().await;
    frontend.beat("one").await;
    let id = frontend.execute("sleep 100").await;
    frontend.busy(&id).await;
    frontend.beat("two").await;
    frontend.input(&id, "sleep 100", 1).await;
    frontend.idle(&id).await;
    assert_eq!(frontend.reply(Shell, &id, "execute_reply").await["status"], "ok");
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_works_on_both_channels() {
    for (channel, restart) in [(Control, true), (Shell, false)] {
        let (kernel, mut frontend) = connected().await;
        let id = frontend.send(channel, "shutdown_request", json!({ "restart": restart })).await;
        frontend.goodbye(channel, &id, restart).await;
        kernel.ended().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_ends_the_running_cell_and_tells_of_it() {
    let (kernel, mut frontend) = connected().await;
    let running = frontend.execute("print so far\nsleep 60000").await;
    let behind = frontend.execute("print never").await;
    frontend.busy(&running).await;
    frontend.input(&running, "print so far\nsleep 60000", 1).await;
    frontend.stream(&running, "stdout", "so far\n").await;

    let id = frontend.send(Control, "shutdown_request", json!({ "restart": false })).await;
    frontend.busy(&id).await;
    frontend.busy(&behind).await;
    frontend.idle(&behind).await;
    frontend.busy(&running).await;
    assert_eq!(frontend.iopub(&running, "error").await["ename"], "Interrupted");
    frontend.idle(&running).await;
    assert_eq!(frontend.iopub(&id, "shutdown_reply").await, json!({ "status": "ok", "restart": false }));
    frontend.idle(&id).await;
    assert_eq!(frontend.reply(Control, &id, "shutdown_reply").await["status"], "ok");
    assert_eq!(frontend.reply(Shell, &behind, "execute_reply").await["status"], "aborted");
    assert_eq!(frontend.reply(Shell, &running, "execute_reply").await["ename"], "Interrupted");
    kernel.ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_output_arrives_before_the_end() {
    let (kernel, mut frontend) = connected().await;
    let id = frontend.execute("flood 20000\nsleep 60000").await;
    frontend.busy(&id).await;
    let shutdown = frontend.send(Control, "shutdown_request", json!({})).await;
    kernel.ended().await;
    // The session is over; all that it said is still here.
    let (mut text, mut statuses) = (String::new(), Vec::new());
    while statuses.last().is_none_or(|last| *last != (shutdown.clone(), json!("idle"))) {
        let heard = frontend.hear_iopub().await;
        match heard.msg_type.as_str() {
            "stream" => text += heard.content["text"].as_str().unwrap(),
            "status" => {
                let parent = heard.parent["msg_id"].as_str().unwrap().to_owned();
                statuses.push((parent, heard.content["execution_state"].clone()));
            }
            "execute_input" | "error" => assert_eq!(heard.parent["msg_id"], id.as_str()),
            "shutdown_reply" => assert_eq!(heard.parent["msg_id"], shutdown.as_str()),
            other => panic!("unexpected {other}"),
        }
    }
    // The interrupt came somewhere in the flood, or after it: there is no gap before that.
    assert!(text.lines().enumerate().all(|(n, line)| line == n.to_string()), "a line is missing");
    assert!(statuses.contains(&(id, json!("idle"))));
    assert_eq!(frontend.reply(Control, &shutdown, "shutdown_reply").await["status"], "ok");
    assert_eq!(frontend.hear_reply(Shell).await.content["ename"], "Interrupted");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clients_see_the_same_output_and_their_own_replies() {
    let (kernel, mut first) = connected().await;
    let mut second = Frontend::connect(&kernel).await;
    // A welcome goes to all subscribers of the topic.
    first.welcome().await;

    let one = first.execute("print one").await;
    first.busy(&one).await;
    let two = second.execute("print two").await;
    second.busy(&one).await;
    for client in [&mut first, &mut second] {
        client.input(&one, "print one", 1).await;
        client.stream(&one, "stdout", "one\n").await;
        client.idle(&one).await;
        client.busy(&two).await;
        client.input(&two, "print two", 2).await;
        client.stream(&two, "stdout", "two\n").await;
        client.idle(&two).await;
    }
    assert_eq!(first.reply(Shell, &one, "execute_reply").await["execution_count"], 1);
    assert_eq!(second.reply(Shell, &two, "execute_reply").await["execution_count"], 2);

    // One that leaves takes nothing from the other.
    drop(second);
    let three = first.execute("print three").await;
    first.busy(&three).await;
    first.input(&three, "print three", 3).await;
    first.stream(&three, "stdout", "three\n").await;
    first.idle(&three).await;
    assert_eq!(first.reply(Shell, &three, "execute_reply").await["status"], "ok");
    first.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_asked_for_is_ignored_on_stdin() {
    let (kernel, mut frontend) = connected().await;
    frontend.send(Stdin, "input_reply", json!({ "value": "x" })).await;
    frontend.send(Channel::Stdin, "execute_request", json!({ "code": "print x" })).await;
    frontend.end(kernel).await;
}

/// A directory of its own for sockets, short enough for their 108 bytes, and removed at the end.
struct SocketDir(std::path::PathBuf);

impl SocketDir {
    fn new() -> SocketDir {
        let path = std::env::temp_dir().join(format!("tunebook-{}", uuid::Uuid::new_v4().simple()));
        fs::create_dir(&path).unwrap();
        SocketDir(path)
    }

    fn connection(&self) -> ConnectionInfo {
        ConnectionInfo {
            ip: self.0.join("kernel").to_str().unwrap().to_owned(),
            transport: Transport::IPC,
            shell_port: 1,
            iopub_port: 2,
            stdin_port: 3,
            control_port: 4,
            hb_port: 5,
            ..local_connection()
        }
    }
}

impl Drop for SocketDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_listens_on_ipc_also_after_one_that_was_killed() {
    let dir = SocketDir::new();
    // Dropping a listener leaves its file behind, as a kill does. Another test that is just starting a process may hold the
    // listener open for a moment.
    let stale = dir.0.join("kernel-1");
    drop(UnixListener::bind(&stale).unwrap());
    while UnixStream::connect(&stale).is_ok() {
        tokio::task::yield_now().await;
    }
    let kernel = Kernel::start_at(dir.connection()).await;
    let mut frontend = Frontend::connect(&kernel).await;
    frontend.beat("one").await;
    let id = frontend.execute("print over ipc").await;
    frontend.busy(&id).await;
    frontend.input(&id, "print over ipc", 1).await;
    frontend.stream(&id, "stdout", "over ipc\n").await;
    frontend.idle(&id).await;
    assert_eq!(frontend.reply(Shell, &id, "execute_reply").await["status"], "ok");
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_interrupt_and_end() {
    let dir = SocketDir::new();
    let kernel = Kernel::run_at(dir.connection());
    let mut frontend = Frontend::connect(&kernel).await;
    let id = frontend.execute("print so far\nsleep 60000").await;
    frontend.busy(&id).await;
    frontend.input(&id, "print so far\nsleep 60000", 1).await;
    frontend.stream(&id, "stdout", "so far\n").await;
    signal_this_process("INT");
    assert_eq!(frontend.iopub(&id, "error").await["ename"], "Interrupted");
    frontend.idle(&id).await;
    assert_eq!(frontend.reply(Shell, &id, "execute_reply").await["status"], "error");
    frontend.nothing_left().await;
    signal_this_process("TERM");
    kernel.ended().await;
}

fn signal_this_process(name: &str) {
    let pid = std::process::id().to_string();
    assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_in_use_is_an_error_that_names_it() {
    let kernel = Kernel::start().await;
    let taken = ConnectionInfo { shell_port: kernel.connection.shell_port, ..local_connection() };
    let error = Wire::bind(&taken).await.err().expect("an error").to_string();
    let expected = format!("cannot listen on tcp://127.0.0.1:{} for the shell socket: ", taken.shell_port);
    assert!(error.starts_with(&expected), "{error}");
    let ipc = ConnectionInfo { ip: "/nonexistent/kernel".to_owned(), transport: Transport::IPC, ..local_connection() };
    let error = Wire::bind(&ipc).await.err().expect("an error").to_string();
    assert!(error.contains("ipc:///nonexistent/kernel-0"), "{error}");
}
