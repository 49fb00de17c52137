//! Questions of a cell to the client that sent it.

use serde_json::{Value, json};

use super::frontend::{Control, Frontend, Heard, Shell, Stdin, connected};

/// The next question, which must be asked on behalf of this request.
async fn question(frontend: &mut Frontend, request: &str, prompt: &str, password: bool) -> Heard {
    let heard = frontend.hear_reply(Stdin).await;
    assert_eq!((heard.msg_type.as_str(), &heard.parent["msg_id"]), ("input_request", &json!(request)));
    assert_eq!(heard.content, json!({ "prompt": prompt, "password": password }));
    heard
}

async fn execute_asking(frontend: &mut Frontend, code: &str, execution_count: u32) -> String {
    let id = frontend.execute_with(code, json!({ "allow_stdin": true })).await;
    frontend.busy(&id).await;
    frontend.input(&id, code, execution_count).await;
    id
}

async fn answer(frontend: &mut Frontend, question: &Heard, value: &str) {
    frontend.send_below(Stdin, "input_reply", question.header.clone(), json!({ "value": value })).await;
}

async fn ends_well(frontend: &mut Frontend, id: &str, text: &str) {
    frontend.stream(id, "stdout", text).await;
    frontend.idle(id).await;
    assert_eq!(frontend.reply(Shell, id, "execute_reply").await["status"], "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_asks_and_gets_what_is_typed() {
    let (kernel, mut frontend) = connected().await;
    let id = execute_asking(&mut frontend, "print before\nask name?\npassword é", 1).await;
    // What was printed before the question comes before it.
    frontend.stream(&id, "stdout", "before\n").await;
    let asked = question(&mut frontend, &id, "name?", false).await;
    answer(&mut frontend, &asked, "Ada é𝒳").await;
    question(&mut frontend, &id, "é", true).await;
    // Some clients do not say which question they answer.
    frontend.send(Stdin, "input_reply", json!({ "value": "" })).await;
    ends_well(&mut frontend, &id, "Ada é𝒳\n\n").await;
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_client_that_sent_the_cell_is_asked_and_heard() {
    let (kernel, mut first) = connected().await;
    let mut second = Frontend::connect(&kernel).await;
    first.welcome().await;
    let id = execute_asking(&mut second, "ask whom?", 1).await;
    first.busy(&id).await;
    first.input(&id, "ask whom?", 1).await;
    let asked = question(&mut second, &id, "whom?", false).await;
    first.no_reply(Stdin).await;
    answer(&mut first, &asked, "not asked").await;
    second.no_reply(Shell).await;
    answer(&mut second, &asked, "me").await;
    ends_well(&mut second, &id, "me\n").await;
    first.stream(&id, "stdout", "me\n").await;
    first.idle(&id).await;
    first.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_cannot_be_asked_gets_an_error() {
    let (kernel, mut frontend) = connected().await;
    for fields in [json!({ "allow_stdin": false }), json!({})] {
        let id = frontend.execute_with("ask name?", fields).await;
        frontend.busy(&id).await;
        frontend.iopub(&id, "execute_input").await;
        let reason = "this frontend cannot be asked for input (it sent the cell with `allow_stdin` off)";
        assert_eq!(frontend.iopub(&id, "error").await["evalue"], reason);
        frontend.idle(&id).await;
        assert_eq!(frontend.reply(Shell, &id, "execute_reply").await["ename"], "NoAnswer");
    }
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_ends_the_wait_and_a_late_answer_is_not_the_next_cells() {
    let (kernel, mut frontend) = connected().await;
    let id = execute_asking(&mut frontend, "ask name?", 1).await;
    let asked = question(&mut frontend, &id, "name?", false).await;
    let interrupt = frontend.send(Control, "interrupt_request", json!({})).await;
    frontend.reply(Control, &interrupt, "interrupt_reply").await;
    frontend.busy(&interrupt).await;
    frontend.idle(&interrupt).await;
    frontend.busy(&id).await;
    assert_eq!(frontend.iopub(&id, "error").await["ename"], "Interrupted");
    frontend.idle(&id).await;
    assert_eq!(frontend.reply(Shell, &id, "execute_reply").await["status"], "error");

    answer(&mut frontend, &asked, "too late").await;
    let id = execute_asking(&mut frontend, "ask again?", 2).await;
    let again = question(&mut frontend, &id, "again?", false).await;
    answer(&mut frontend, &asked, "still too late").await;
    frontend.no_reply(Shell).await;
    answer(&mut frontend, &again, "in time").await;
    ends_well(&mut frontend, &id, "in time\n").await;
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_read_is_none() {
    let (kernel, mut frontend) = connected().await;
    let id = execute_asking(&mut frontend, "ask name?", 1).await;
    question(&mut frontend, &id, "name?", false).await;
    frontend.send(Stdin, "input_reply", json!({ "value": 1 })).await;
    let evalue = frontend.iopub(&id, "error").await["evalue"].clone();
    assert!(evalue.as_str().unwrap().starts_with("the frontend's answer cannot be read: "), "{evalue}");
    frontend.idle(&id).await;
    assert_eq!(frontend.reply(Shell, &id, "execute_reply").await["status"], "error");
    frontend.end(kernel).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn payloads_come_with_the_reply() {
    let (kernel, mut frontend) = connected().await;
    let reply = frontend.run_quietly("page a text\nnext let x = 1;", 1).await;
    let expected: Value = json!([
        { "source": "page", "data": { "text/plain": "a text" }, "start": 0 },
        { "source": "set_next_input", "text": "let x = 1;", "replace": false },
    ]);
    assert_eq!(reply["payload"], expected);
    assert_eq!(frontend.run_quietly("sleep 0", 2).await["payload"], json!([]));
    frontend.end(kernel).await;
}
