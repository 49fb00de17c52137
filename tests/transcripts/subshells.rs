//! Subshells: cells that run beside those of the notebook.

use serde_json::{Value, json};

use super::frontend::{Control, Frontend, Shell, connected};

async fn open(frontend: &mut Frontend) -> String {
    let reply = frontend.ask(Control, "create_subshell_request", json!({})).await;
    assert_eq!(reply["status"], "ok");
    reply["subshell_id"].as_str().unwrap().to_owned()
}

async fn list(frontend: &mut Frontend) -> Value {
    frontend.ask(Control, "list_subshell_request", json!({})).await["subshell_id"].clone()
}

fn cell(code: &str) -> Value {
    json!({ "code": code, "silent": false, "store_history": true, "user_expressions": {} })
}

/// Each message of these requests, of each in its order, until all of them are idle; beside each the request's place in the list.
async fn until_idle(frontend: &mut Frontend, requests: &[&str]) -> Vec<(usize, String)> {
    let (mut heard, mut n_idle) = (Vec::new(), 0);
    while n_idle < requests.len() {
        let message = frontend.hear_iopub().await;
        let of = message.parent["msg_id"].as_str().unwrap();
        let at = requests.iter().position(|request| *request == of).expect("a message of one of the requests");
        let what = match message.msg_type.as_str() {
            "status" => message.content["execution_state"].as_str().unwrap().to_owned(),
            "stream" => message.content["text"].as_str().unwrap().trim().to_owned(),
            other => other.to_owned(),
        };
        n_idle += usize::from(what == "idle");
        heard.push((at, what));
    }
    heard
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_opened_listed_and_closed() {
    let (kernel, mut frontend) = connected().await;
    let info = frontend.ask(Shell, "kernel_info_request", json!({})).await;
    assert_eq!(info["supported_features"], json!(["kernel subshells"]));
    assert_eq!(list(&mut frontend).await, json!([]));
    let (first, second) = (open(&mut frontend).await, open(&mut frontend).await);
    assert_ne!(first, second);
    let ids = list(&mut frontend).await;
    assert!(
        ids.as_array().unwrap().len() == 2
            && [&first, &second].iter().all(|id| ids.as_array().unwrap().contains(&json!(id)))
    );
    let closed = frontend.ask(Control, "delete_subshell_request", json!({ "subshell_id": first })).await;
    assert_eq!(closed, json!({ "status": "ok" }));
    assert_eq!(list(&mut frontend).await, json!([second]));
    let again = frontend.ask(Control, "delete_subshell_request", json!({ "subshell_id": first })).await;
    assert_eq!((again["status"].as_str(), again["ename"].as_str()), (Some("error"), Some("NoSuchSubshell")));
    let unread = frontend.ask(Control, "delete_subshell_request", json!({})).await;
    assert_eq!(unread["ename"], "BadRequest");

    let id = frontend.send_to_subshell(&first, "execute_request", cell("print x")).await;
    frontend.busy(&id).await;
    frontend.idle(&id).await;
    let reply = frontend.reply(Shell, &id, "execute_reply").await;
    assert_eq!(reply["evalue"], format!("there is no subshell {first:?}"));
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn its_cells_run_beside_those_of_the_notebook() {
    let (kernel, mut frontend) = connected().await;
    let subshell = open(&mut frontend).await;
    let slow = frontend.execute("print a\nsleep 60000").await;
    frontend.busy(&slow).await;
    frontend.input(&slow, "print a\nsleep 60000", 1).await;
    frontend.stream(&slow, "stdout", "a\n").await;

    let beside = frontend.send_to_subshell(&subshell, "execute_request", cell("print b\nkeep v\nresult 5")).await;
    let reply = frontend.hear_reply(Shell).await;
    assert_eq!(reply.parent["msg_id"], json!(beside));
    assert_eq!(reply.parent["subshell_id"], json!(subshell), "the parent says whose it is");
    assert_eq!((&reply.content["status"], &reply.content["execution_count"]), (&json!("ok"), &json!(2)));
    let mut heard = Vec::new();
    // The notebook's cell still runs, and the last status says so.
    while heard.last() != Some(&(slow.clone(), "busy".to_owned())) {
        let message = frontend.hear_iopub().await;
        let what = message.content["execution_state"].as_str().unwrap_or(&message.msg_type).to_owned();
        heard.push((message.parent["msg_id"].as_str().unwrap().to_owned(), what));
    }
    let what: Vec<&str> = heard.iter().filter(|(of, _)| *of == beside).map(|(_, what)| what.as_str()).collect();
    assert_eq!(what, ["busy", "execute_input", "stream", "execute_result", "idle"]);

    let stop = frontend.send(Control, "interrupt_request", json!({})).await;
    frontend.reply(Control, &stop, "interrupt_reply").await;
    assert_eq!(frontend.reply(Shell, &slow, "execute_reply").await["ename"], "Interrupted");
    let heard = until_idle(&mut frontend, &[&slow, &stop]).await;
    assert!(heard.contains(&(0, "error".to_owned())), "{heard:?}");
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_has_a_queue_of_its_own() {
    let (kernel, mut frontend) = connected().await;
    let (first, second) = (open(&mut frontend).await, open(&mut frontend).await);
    let codes = ["sleep 60000", "fail E stops", "print never", "print runs"];
    let blocking = frontend.execute(codes[0]).await;
    let mut ids = vec![blocking.clone()];
    for (subshell, code) in [(&first, codes[1]), (&first, codes[2]), (&second, codes[3])] {
        ids.push(frontend.send_to_subshell(subshell, "execute_request", cell(code)).await);
    }
    let mut statuses = std::collections::BTreeMap::new();
    for _ in 0..3 {
        let reply = frontend.hear_reply(Shell).await;
        statuses.insert(
            reply.parent["msg_id"].as_str().unwrap().to_owned(),
            reply.content["status"].as_str().unwrap().to_owned(),
        );
    }
    assert_eq!(statuses[&ids[1]], "error");
    // It may have come after the failed one had ended; else it is aborted with it.
    assert!(["aborted", "ok"].contains(&statuses[&ids[2]].as_str()));
    assert_eq!(statuses[&ids[3]], "ok", "a failure of one is none of another's");
    let stop = frontend.send(Control, "interrupt_request", json!({})).await;
    frontend.reply(Control, &stop, "interrupt_reply").await;
    frontend.reply(Shell, &blocking, "execute_reply").await;
    ids.push(stop);
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    until_idle(&mut frontend, &ids).await;
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_one_interrupts_its_cell_and_aborts_those_that_wait() {
    let (kernel, mut frontend) = connected().await;
    let subshell = open(&mut frontend).await;
    let running = frontend.send_to_subshell(&subshell, "execute_request", cell("sleep 60000")).await;
    let waiting = frontend.send_to_subshell(&subshell, "execute_request", cell("print never")).await;
    frontend.busy(&running).await;
    frontend.input(&running, "sleep 60000", 1).await;
    let close = frontend.send(Control, "delete_subshell_request", json!({ "subshell_id": subshell })).await;
    assert_eq!(frontend.reply(Control, &close, "delete_subshell_reply").await, json!({ "status": "ok" }));
    let mut statuses = Vec::new();
    for _ in 0..2 {
        let reply = frontend.hear_reply(Shell).await;
        statuses.push((
            reply.parent["msg_id"].as_str().unwrap().to_owned(),
            reply.content["status"].as_str().unwrap().to_owned(),
        ));
    }
    statuses.sort_by_key(|(id, _)| *id != waiting);
    assert_eq!(statuses, [(waiting.clone(), "aborted".to_owned()), (running.clone(), "error".to_owned())]);
    until_idle(&mut frontend, &[&running, &waiting, &close]).await;
    assert_eq!(list(&mut frontend).await, json!([]));
    frontend.end(kernel).await;
}
