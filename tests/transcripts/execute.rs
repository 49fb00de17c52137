//! Cells.

use serde_json::{Value, json};

use super::frontend::{Control, Frontend, Shell, connected};

fn ok(execution_count: u32) -> Value {
    json!({ "status": "ok", "execution_count": execution_count, "user_expressions": {}, "payload": [] })
}

#[tokio::test(flavor = "multi_thread")]
async fn all_output_comes_in_order_between_busy_and_idle() {
    let (kernel, mut frontend) = connected().await;
    let code = "print one\nwrite two\nerr three\nshow <b>4</b>\nshow <b>5</b>\nprint six\nresult 7";
    let id = frontend.execute(code).await;
    frontend.busy(&id).await;
    frontend.input(&id, code, 1).await;
    frontend.stream(&id, "stdout", "one\ntwo").await;
    frontend.stream(&id, "stderr", "three\n").await;
    for html in ["<b>4</b>", "<b>5</b>"] {
        assert_eq!(
            frontend.iopub(&id, "display_data").await,
            json!({ "data": { "text/html": html }, "metadata": {}, "transient": {} })
        );
    }
    frontend.stream(&id, "stdout", "six\n").await;
    assert_eq!(
        frontend.iopub(&id, "execute_result").await,
        json!({ "execution_count": 1, "data": { "text/plain": "7" }, "metadata": {} })
    );
    frontend.idle(&id).await;
    assert_eq!(frontend.reply(Shell, &id, "execute_reply").await, ok(1));
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn displays_are_updated_and_outputs_cleared() {
    let (kernel, mut frontend) = connected().await;
    let code = "display d 1\nupdate d 2\nprint x\nclear wait\nclear";
    let id = frontend.execute(code).await;
    frontend.busy(&id).await;
    frontend.input(&id, code, 1).await;
    for (msg_type, html) in [("display_data", "1"), ("update_display_data", "2")] {
        assert_eq!(
            frontend.iopub(&id, msg_type).await,
            json!({ "data": { "text/html": html }, "metadata": {}, "transient": { "display_id": "d" } })
        );
    }
    frontend.stream(&id, "stdout", "x\n").await;
    assert_eq!(frontend.iopub(&id, "clear_output").await, json!({ "wait": true }));
    assert_eq!(frontend.iopub(&id, "clear_output").await, json!({ "wait": false }));
    frontend.idle(&id).await;
    assert_eq!(frontend.reply(Shell, &id, "execute_reply").await, ok(1));
    frontend.end(kernel).await;
}

/// A failed cell: what was put out before stays, and the error is told twice.
async fn assert_fails(frontend: &mut Frontend, id: &str, execution_count: u32, ename: &str, evalue: &str) {
    let traceback = json!([format!("{ename}: {evalue}")]);
    let error = json!({ "ename": ename, "evalue": evalue, "traceback": traceback });
    assert_eq!(frontend.iopub(id, "error").await, error);
    frontend.idle(id).await;
    let mut expected = ok(execution_count);
    expected["status"] = json!("error");
    expected.as_object_mut().unwrap().extend(error.as_object().unwrap().clone());
    assert_eq!(frontend.reply(Shell, id, "execute_reply").await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_told_on_iopub_and_in_the_reply() {
    let (kernel, mut frontend) = connected().await;
    let code = "print before\nfail CompileError no such name: é\nprint never";
    let id = frontend.execute(code).await;
    frontend.busy(&id).await;
    frontend.input(&id, code, 1).await;
    frontend.stream(&id, "stdout", "before\n").await;
    assert_fails(&mut frontend, &id, 1, "CompileError", "no such name: é").await;
    // A failed cell counts, and the next one runs.
    assert_eq!(frontend.run_quietly("sleep 0", 2).await, ok(2));
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_of_the_engine_fails_the_cell_only() {
    let (kernel, mut frontend) = connected().await;
    let id = frontend.execute("crash badly").await;
    frontend.busy(&id).await;
    frontend.input(&id, "crash badly", 1).await;
    let error = frontend.iopub(&id, "error").await;
    assert_eq!((&error["ename"], &error["evalue"]), (&json!("EngineFailure"), &json!("the engine panicked: badly")));
    frontend.idle(&id).await;
    assert_eq!(frontend.reply(Shell, &id, "execute_reply").await["status"], "error");
    assert_eq!(frontend.run_quietly("", 2).await, ok(2));
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_and_unstored_cells_do_not_count() {
    let (kernel, mut frontend) = connected().await;
    assert_eq!(frontend.run_quietly("", 1).await, ok(1));

    let silent = json!({ "silent": true });
    let id = frontend.execute_with("print x\nshow y\nresult z", silent.clone()).await;
    frontend.busy(&id).await;
    frontend.idle(&id).await;
    assert_eq!(frontend.reply(Shell, &id, "execute_reply").await, ok(2));

    let id = frontend.execute_with("fail E v", silent).await;
    frontend.busy(&id).await;
    frontend.idle(&id).await;
    let reply = frontend.reply(Shell, &id, "execute_reply").await;
    assert_eq!((&reply["status"], &reply["evalue"]), (&json!("error"), &json!("v")));

    let id = frontend.execute_with("result z", json!({ "store_history": false })).await;
    frontend.busy(&id).await;
    frontend.input(&id, "result z", 2).await;
    assert_eq!(frontend.iopub(&id, "execute_result").await["execution_count"], 2);
    frontend.idle(&id).await;
    assert_eq!(frontend.reply(Shell, &id, "execute_reply").await, ok(2));

    assert_eq!(frontend.run_quietly("", 2).await, ok(2));
    let history = json!({ "hist_access_type": "tail", "n": 9, "output": false, "raw": true });
    let reply = frontend.ask(Shell, "history_request", history).await;
    assert_eq!(reply, json!({ "status": "ok", "history": [[1, 1, ""], [1, 2, ""]] }));
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_aborts_the_cells_behind_it() {
    let (kernel, mut frontend) = connected().await;
    let first = frontend.execute("sleep 200\nfail E v").await;
    let behind = [frontend.execute("print never").await, frontend.execute("print never").await];
    frontend.busy(&first).await;
    frontend.input(&first, "sleep 200\nfail E v", 1).await;
    assert_fails(&mut frontend, &first, 1, "E", "v").await;
    for id in &behind {
        frontend.busy(id).await;
        frontend.idle(id).await;
        let reply = frontend.reply(Shell, id, "execute_reply").await;
        assert_eq!(reply, json!({ "status": "aborted", "execution_count": 2 }));
    }
    assert_eq!(frontend.run_quietly("", 2).await, ok(2));
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_aborts_nothing_where_the_client_says_so() {
    let (kernel, mut frontend) = connected().await;
    let first = frontend.execute_with("sleep 100\nfail E v", json!({ "stop_on_error": false })).await;
    let second = frontend.execute("print on").await;
    frontend.busy(&first).await;
    frontend.input(&first, "sleep 100\nfail E v", 1).await;
    assert_fails(&mut frontend, &first, 1, "E", "v").await;
    frontend.busy(&second).await;
    frontend.input(&second, "print on", 2).await;
    frontend.stream(&second, "stdout", "on\n").await;
    frontend.idle(&second).await;
    assert_eq!(frontend.reply(Shell, &second, "execute_reply").await, ok(2));
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_ends_the_running_cell_and_keeps_its_output() {
    let (kernel, mut frontend) = connected().await;
    // Between cells, it does nothing.
    assert_eq!(frontend.ask(Control, "interrupt_request", json!({})).await, json!({ "status": "ok" }));

    let code = "print so far\nsleep 60000";
    let id = frontend.execute(code).await;
    let behind = frontend.execute("print never").await;
    frontend.busy(&id).await;
    frontend.input(&id, code, 1).await;
    frontend.stream(&id, "stdout", "so far\n").await;

    let interrupt = frontend.send(Control, "interrupt_request", json!({})).await;
    assert_eq!(frontend.reply(Control, &interrupt, "interrupt_reply").await, json!({ "status": "ok" }));
    frontend.busy(&interrupt).await;
    frontend.idle(&interrupt).await;
    // The cell is not done yet, so the kernel is busy again.
    frontend.busy(&id).await;
    assert_fails(&mut frontend, &id, 1, "Interrupted", "the cell was interrupted").await;
    frontend.busy(&behind).await;
    frontend.idle(&behind).await;
    assert_eq!(frontend.reply(Shell, &behind, "execute_reply").await["status"], "aborted");
    assert_eq!(frontend.run_quietly("", 2).await, ok(2));
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn user_expressions_are_evaluated_after_a_cell_that_went_well() {
    let (kernel, mut frontend) = connected().await;
    let expressions = json!({ "user_expressions": { "a": "result 1", "b": "fail E v", "c": "print c" } });
    let id = frontend.execute_with("", expressions.clone()).await;
    frontend.busy(&id).await;
    frontend.input(&id, "", 1).await;
    frontend.stream(&id, "stdout", "c\n").await;
    frontend.idle(&id).await;
    assert_eq!(
        frontend.reply(Shell, &id, "execute_reply").await["user_expressions"],
        json!({
            "a": { "status": "ok", "data": { "text/plain": "1" }, "metadata": {} },
            "b": { "status": "error", "ename": "E", "evalue": "v", "traceback": ["E: v"] },
            "c": { "status": "ok", "data": {}, "metadata": {} },
        })
    );
    let id = frontend.execute_with("fail E v", expressions).await;
    frontend.busy(&id).await;
    frontend.input(&id, "fail E v", 2).await;
    assert_fails(&mut frontend, &id, 2, "E", "v").await;
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_arrives_whole_and_idle_comes_last() {
    let (kernel, mut frontend) = connected().await;
    let code = "flood 20000\nresult done";
    let id = frontend.execute(code).await;
    frontend.busy(&id).await;
    frontend.input(&id, code, 1).await;
    let expected: String = (0..20_000).map(|n| format!("{n}\n")).collect();
    frontend.stream(&id, "stdout", &expected).await;
    assert_eq!(frontend.iopub(&id, "execute_result").await["data"]["text/plain"], "done");
    frontend.idle(&id).await;
    assert_eq!(frontend.reply(Shell, &id, "execute_reply").await, ok(1));
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_slows_the_engine_and_loses_nothing() {
    let (kernel, mut frontend) = connected().await;
    // More than the sockets and the kernel's own queues hold.
    let id = frontend.execute("bulk 64").await;
    // The kernel still answers, and the cell does not come to its end.
    for _ in 0..3 {
        frontend.beat("alive").await;
        let info = frontend.send(Control, "comm_info_request", json!({})).await;
        assert_eq!(frontend.reply(Control, &info, "comm_info_reply").await["status"], "ok");
    }
    frontend.no_reply(Shell).await;

    let mut n_displays = 0;
    loop {
        let heard = frontend.hear_iopub().await;
        match heard.msg_type.as_str() {
            "display_data" => {
                assert_eq!(heard.content["data"]["text/html"].as_str().map(str::len), Some(1 << 20));
                n_displays += 1;
            }
            "status" if heard.parent["msg_id"] == id.as_str() && heard.content["execution_state"] == "idle" => break,
            "status" => {}
            "execute_input" => assert_eq!(heard.parent["msg_id"], id.as_str()),
            other => panic!("unexpected {other}"),
        }
    }
    assert_eq!(n_displays, 64);
    assert_eq!(frontend.reply(Shell, &id, "execute_reply").await, ok(1));
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_leads_to_the_cells_of_a_notebook_that_it_names() {
    let (kernel, mut frontend) = connected().await;
    for (id, code) in [("a-1", "print x"), ("no\"id", "print x")] {
        let cell = frontend.execute_cell(id, code).await;
        frontend.busy(&cell).await;
        frontend.iopub(&cell, "execute_input").await;
        frontend.stream(&cell, "stdout", "x\n").await;
        frontend.idle(&cell).await;
        frontend.reply(Shell, &cell, "execute_reply").await;
    }
    let code = "fail Panic In[3]:1:1, called from In[1]:2:5, In[1] and In[2], not In[9] or In[x";
    let cell = frontend.execute_cell("b", code).await;
    frontend.busy(&cell).await;
    frontend.iopub(&cell, "execute_input").await;
    let shown = frontend.iopub(&cell, "display_data").await;
    assert_eq!(
        shown["data"]["text/html"],
        "<small>The error below is about <a href=\"#cell-id=a-1\">In[1]</a>.</small>"
    );
    frontend.iopub(&cell, "error").await;
    frontend.idle(&cell).await;
    frontend.reply(Shell, &cell, "execute_reply").await;
    frontend.end(kernel).await;
}
