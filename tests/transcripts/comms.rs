//! Comms, and the variables that a frontend may look at by one.

use serde_json::{Value, json};

use super::frontend::{Control, Frontend, Shell, connected};

/// Sends a comm message that is answered by a table, and returns the table.
async fn table_after(frontend: &mut Frontend, msg_type: &str, content: Value) -> Value {
    let id = frontend.send(Shell, msg_type, content.clone()).await;
    frontend.busy(&id).await;
    let message = frontend.iopub(&id, "comm_msg").await;
    assert_eq!(message["comm_id"], content["comm_id"]);
    frontend.idle(&id).await;
    message["data"].clone()
}

/// A comm message that is taken and not answered.
async fn quietly(frontend: &mut Frontend, msg_type: &str, content: Value) {
    let id = frontend.send(Shell, msg_type, content).await;
    frontend.busy(&id).await;
    frontend.idle(&id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_variables_are_sent_when_asked_for_and_after_every_cell() {
    let (kernel, mut frontend) = connected().await;
    frontend.run_quietly("keep first", 1).await;
    let open = json!({ "comm_id": "v", "target_name": "tunebook.variables", "data": {} });
    let first = json!({ "name": "first", "type": "text", "bytes": 5, "cell": 1 });
    assert_eq!(table_after(&mut frontend, "comm_open", open).await, json!({ "variables": [first] }));

    let id = frontend.execute("keep b\nfail E v").await;
    frontend.busy(&id).await;
    frontend.input(&id, "keep b\nfail E v", 2).await;
    let both = json!({ "variables": [first, { "name": "b", "type": "text", "bytes": 1, "cell": 2 }] });
    assert_eq!(frontend.iopub(&id, "comm_msg").await, json!({ "comm_id": "v", "data": both }));
    frontend.iopub(&id, "error").await;
    frontend.idle(&id).await;
    frontend.reply(Shell, &id, "execute_reply").await;
    let again = json!({ "comm_id": "v", "data": { "again": true } });
    assert_eq!(table_after(&mut frontend, "comm_msg", again).await, both);

    let info = |target: Value| ("comm_info_request", target);
    let open = json!({ "v": { "target_name": "tunebook.variables" } });
    for ((msg_type, content), comms) in [
        (info(json!({})), open.clone()),
        (info(json!({ "target_name": "tunebook.variables" })), open),
        (info(json!({ "target_name": "jupyter.widget" })), json!({})),
    ] {
        assert_eq!(frontend.ask(Control, msg_type, content).await, json!({ "status": "ok", "comms": comms }));
    }

    quietly(&mut frontend, "comm_close", json!({ "comm_id": "v", "data": {} })).await;
    let reply = frontend.ask(Shell, "comm_info_request", json!({})).await;
    assert_eq!(reply["comms"], json!({}));
    frontend.run_quietly("keep c", 3).await;
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_comms_and_contents_disturb_nobody() {
    let (kernel, mut frontend) = connected().await;
    let open = json!({ "comm_id": "w", "target_name": "jupyter.widget", "data": {} });
    let id = frontend.send(Shell, "comm_open", open).await;
    frontend.busy(&id).await;
    assert_eq!(frontend.iopub(&id, "comm_close").await, json!({ "comm_id": "w", "data": {} }));
    frontend.idle(&id).await;
    for msg_type in ["comm_msg", "comm_close"] {
        quietly(&mut frontend, msg_type, json!({ "comm_id": "w", "data": {} })).await;
    }
    for msg_type in ["comm_open", "comm_msg", "comm_close"] {
        quietly(&mut frontend, msg_type, json!({ "comm_id": 1 })).await;
    }
    frontend.end(kernel).await;
}
