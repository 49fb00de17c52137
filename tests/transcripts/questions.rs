//! Requests that run no code, also while code runs.

use serde_json::{Value, json};

use super::frontend::{Control, Frontend, Shell, connected};

#[tokio::test(flavor = "multi_thread")]
async fn kernel_info_says_what_a_frontend_needs() {
    let (kernel, mut frontend) = connected().await;
    let info = frontend.ask(Shell, "kernel_info_request", json!({})).await;
    assert_eq!(info["status"], "ok");
    assert_eq!(info["protocol_version"], "5.5");
    assert_eq!(info["implementation"], "tunebook");
    assert_eq!(info["language_info"]["name"], "rust");
    assert_eq!(info["language_info"]["file_extension"], ".rs");
    assert_eq!(info["language_info"]["mimetype"], "text/x-rust");
    assert!(info["language_info"]["version"].as_str().unwrap().starts_with("1."), "{info}");
    assert!(info["banner"].as_str().unwrap().starts_with("Tunebook"));
    assert!(info["help_links"].as_array().unwrap().iter().all(|link| link["url"].is_string()));
    // The same on the other channel.
    assert_eq!(frontend.ask(Control, "kernel_info_request", json!({})).await, info);
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connect_names_the_ports() {
    let (kernel, mut frontend) = connected().await;
    let connection = kernel.connection.clone();
    let ports = json!({
        "status": "ok",
        "shell_port": connection.shell_port,
        "iopub_port": connection.iopub_port,
        "stdin_port": connection.stdin_port,
        "control_port": connection.control_port,
        "hb_port": connection.hb_port,
    });
    assert_eq!(frontend.ask(Shell, "connect_request", json!({})).await, ports);
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cursor_positions_count_characters() {
    let (kernel, mut frontend) = connected().await;
    // "𝒳" is four bytes in UTF-8 and two units in UTF-16, and one character to the protocol.
    let code = "print é𝒳\ndis";
    let reply = frontend.ask(Shell, "complete_request", json!({ "code": code, "cursor_pos": 12 })).await;
    let types = json!([{ "text": "display", "type": "function", "signature": "(text)", "start": 9, "end": 12 }]);
    let metadata = json!({ "_jupyter_types_experimental": types });
    assert_eq!(
        reply,
        json!({ "status": "ok", "matches": ["display"], "cursor_start": 9, "cursor_end": 12, "metadata": metadata })
    );
    let reply = frontend.ask(Shell, "complete_request", json!({ "code": "é s", "cursor_pos": 99 })).await;
    assert_eq!((&reply["matches"], &reply["cursor_end"]), (&json!(["show", "sleep"]), &json!(3)));

    let found =
        json!({ "status": "ok", "found": true, "data": { "text/plain": "the command `sleep`" }, "metadata": {} });
    let inspect = json!({ "code": "print é𝒳\nsleep 1", "cursor_pos": 11, "detail_level": 0 });
    assert_eq!(frontend.ask(Shell, "inspect_request", inspect).await, found);
    let reply = frontend.ask(Shell, "inspect_request", json!({ "code": "é", "cursor_pos": 1 })).await;
    assert_eq!(reply, json!({ "status": "ok", "found": false, "data": {}, "metadata": {} }));
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn is_complete_tells_the_console_whether_to_go_on() {
    let (kernel, mut frontend) = connected().await;
    for (code, expected) in [
        ("print", json!({ "status": "complete" })),
        ("if x {", json!({ "status": "incomplete", "indent": "    " })),
        (")", json!({ "status": "invalid" })),
    ] {
        assert_eq!(frontend.ask(Shell, "is_complete_request", json!({ "code": code })).await, expected);
    }
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_of_the_analysis_fails_the_question_only() {
    let (kernel, mut frontend) = connected().await;
    let reply = frontend.ask(Shell, "is_complete_request", json!({ "code": "crash" })).await;
    assert_eq!((&reply["status"], &reply["ename"]), (&json!("error"), &json!("EngineFailure")));
    let reply = frontend.ask(Shell, "is_complete_request", json!({ "code": "print" })).await;
    assert_eq!(reply, json!({ "status": "complete" }));
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn history_and_unknown_messages() {
    let (kernel, mut frontend) = connected().await;
    for (line, code) in [(1, "sleep 0"), (2, "sleep 1"), (3, "sleep 0")] {
        frontend.run_quietly(code, line).await;
    }
    let history = |request: Value| ("history_request", request);
    for ((msg_type, request), expected) in [
        (history(json!({ "hist_access_type": "tail", "n": 1 })), json!([[1, 3, "sleep 0"]])),
        (history(json!({ "hist_access_type": "tail", "n": 1, "output": true })), json!([[1, 3, ["sleep 0", null]]])),
        (
            history(json!({ "hist_access_type": "range", "session": 0, "start": 1, "stop": 2 })),
            json!([[1, 1, "sleep 0"]]),
        ),
        (
            history(json!({ "hist_access_type": "search", "pattern": "*sleep*", "unique": true })),
            json!([[1, 2, "sleep 1"], [1, 3, "sleep 0"]]),
        ),
    ] {
        assert_eq!(frontend.ask(Shell, msg_type, request).await, json!({ "status": "ok", "history": expected }));
    }

    for channel in [Shell, Control] {
        let id = frontend.send(channel, "of_a_later_protocol", json!({})).await;
        frontend.busy(&id).await;
        frontend.idle(&id).await;
    }
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn history_tells_what_came_of_an_input() {
    let (kernel, mut frontend) = connected().await;
    let id = frontend.execute("result 7").await;
    frontend.busy(&id).await;
    frontend.input(&id, "result 7", 1).await;
    frontend.iopub(&id, "execute_result").await;
    frontend.idle(&id).await;
    frontend.reply(Shell, &id, "execute_reply").await;
    let tail = json!({ "hist_access_type": "tail", "n": 1, "output": true, "raw": true });
    let reply = frontend.ask(Shell, "history_request", tail).await;
    assert_eq!(reply["history"], json!([[1, 1, ["result 7", "7"]]]));
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_are_answered_while_a_cell_runs() {
    let (kernel, mut frontend) = connected().await;
    let id = frontend.execute("sleep 60000").await;
    frontend.busy(&id).await;
    frontend.input(&id, "sleep 60000", 1).await;

    for channel in [Shell, Control] {
        let at = json!({ "code": "pri", "cursor_pos": 3 });
        ask_while_busy(&mut frontend, &id, channel, "kernel_info_request", json!({})).await;
        let reply = ask_while_busy(&mut frontend, &id, channel, "complete_request", at.clone()).await;
        assert_eq!(reply["matches"], json!(["print"]));
        ask_while_busy(&mut frontend, &id, channel, "inspect_request", at.clone()).await;
        ask_while_busy(&mut frontend, &id, channel, "is_complete_request", at).await;
        ask_while_busy(&mut frontend, &id, channel, "comm_info_request", json!({})).await;
        let reply =
            ask_while_busy(&mut frontend, &id, channel, "history_request", json!({ "hist_access_type": "tail" })).await;
        assert_eq!(reply["history"], json!([[1, 1, "sleep 60000"]]));
    }
    ask_while_busy(&mut frontend, &id, Control, "interrupt_request", json!({})).await;
    assert_eq!(frontend.iopub(&id, "error").await["ename"], "Interrupted");
    frontend.idle(&id).await;
    assert_eq!(frontend.reply(Shell, &id, "execute_reply").await["status"], "error");
    frontend.end(kernel).await;
}

/// The whole of a request that comes while a cell runs: after it, the kernel says again that it is busy with the cell.
async fn ask_while_busy(
    frontend: &mut Frontend,
    running: &str,
    channel: super::frontend::Channel,
    msg_type: &str,
    content: Value,
) -> Value {
    let reply = frontend.ask(channel, msg_type, content).await;
    frontend.busy(running).await;
    reply
}
