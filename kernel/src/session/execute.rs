//! Cells: the queue, the one that runs, and what is told of it.

use std::collections::{BTreeMap, VecDeque};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Session;
use super::worker::{Finished, Job};
use crate::engine::{Cell, Event};
use crate::outputs;
use crate::wire::Request;

/// The content of an `execute_request`, with the protocol's defaults.
#[derive(Deserialize)]
struct ExecuteRequest {
    code: String,
    #[serde(default)]
    silent: bool,
    store_history: Option<bool>,
    #[serde(default)]
    user_expressions: Option<BTreeMap<String, String>>,
    #[serde(default = "yes")]
    stop_on_error: bool,
}

fn yes() -> bool {
    true
}

/// A cell that waits for those before it.
pub(super) struct Pending {
    request: Request,
    content: ExecuteRequest,
}

/// The cell in the engine.
pub(super) struct Running {
    pub(super) request: Request,
    pub(super) execution_count: u32,
    counts: bool,
    silent: bool,
    /// What the frontend is to do, told with the reply.
    payload: Vec<Value>,
    stop_on_error: bool,
}

impl Session {
    pub(super) fn execute(&mut self, request: Request) {
        match request.content::<ExecuteRequest>() {
            Ok(content) => {
                self.queue.push_back(Pending { request, content });
                if self.stopping.is_some() {
                    self.abort_queue();
                }
                self.start_next();
            }
            Err(error) => {
                self.busy(&request);
                self.refuse(&request, &error);
            }
        }
    }

    /// Gives the next cell to the engine, if that is free.
    fn start_next(&mut self) {
        if self.running.is_some() {
            return;
        }
        let Some(Pending { request, content }) = self.queue.pop_front() else { return };
        let ExecuteRequest { code, silent, store_history, user_expressions, stop_on_error } = content;
        let execution_count = self.execution_count;
        let counts = store_history.unwrap_or(true) && !silent;

        self.busy(&request);
        if !silent {
            let input = json!({ "code": code, "execution_count": execution_count });
            self.outbox.publish(Some(&request), "execute_input", &input);
        }
        if counts {
            self.history.push(execution_count, &code);
        }
        let expressions = user_expressions.unwrap_or_default();
        self.worker.submit(Job { cell: Cell { code, execution_count }, expressions });
        self.running = Some(Running { request, execution_count, counts, silent, payload: Vec::new(), stop_on_error });
    }

    /// Tells of an event of the running cell. A silent one is run for what it does, not for what it says.
    pub(super) fn put_out(&mut self, event: Event) {
        let Some(running) = &mut self.running else { return };
        match event {
            Event::Payload(payload) => running.payload.push(payload),
            _ if running.silent => {}
            Event::Stream { name, text } => {
                if let Some(before) = self.stream.push(name, text) {
                    self.publish_output(before);
                }
                if self.stream.is_full() {
                    self.flush_stream();
                }
            }
            other => {
                self.flush_stream();
                self.publish_output(other);
            }
        }
    }

    /// Ends the running cell: its last output, its error, its reply, idle; and then the next cell.
    pub(super) fn finish(&mut self, Finished { result, expressions }: Finished) {
        self.flush_stream();
        let Some(running) = self.running.take() else { return };
        if running.counts {
            self.execution_count += 1;
        }
        let mut reply = Map::from_iter([
            ("status".to_owned(), json!(if result.is_ok() { "ok" } else { "error" })),
            ("execution_count".to_owned(), json!(running.execution_count)),
            ("user_expressions".to_owned(), Value::Object(expressions)),
            ("payload".to_owned(), Value::Array(running.payload)),
        ]);
        if let Err(error) = &result {
            let error = outputs::error_content(error);
            if !running.silent {
                self.outbox.publish(Some(&running.request), "error", &Value::Object(error.clone()));
            }
            reply.extend(error);
        }
        // What waits now is aborted with this cell. What a client sends once it has the reply was meant to run.
        let aborted = if result.is_err() && running.stop_on_error { self.take_queue() } else { VecDeque::new() };
        self.answer(&running.request, &Value::Object(reply));
        self.abort(aborted);
        self.start_next();
    }

    /// Answers all cells that wait as not run.
    pub(super) fn abort_queue(&mut self) {
        let queue = self.take_queue();
        self.abort(queue);
    }

    /// Takes all cells that wait; those that have come but have not been looked at wait, too.
    fn take_queue(&mut self) -> VecDeque<Pending> {
        while let Some(request) = self.inbox.try_recv() {
            match request.msg_type.as_str() {
                // Not `execute`, which would begin a cell when none runs.
                "execute_request" => match request.content() {
                    Ok(content) => self.queue.push_back(Pending { request, content }),
                    Err(error) => {
                        self.busy(&request);
                        self.refuse(&request, &error);
                    }
                },
                _ => self.receive(request),
            }
        }
        std::mem::take(&mut self.queue)
    }

    fn abort(&self, queue: VecDeque<Pending>) {
        for Pending { request, .. } in queue {
            self.busy(&request);
            self.answer(&request, &json!({ "status": "aborted", "execution_count": self.execution_count }));
        }
    }

    pub(super) fn publish_output(&self, event: Event) {
        if let Some(running) = &self.running
            && let Some((msg_type, content)) = outputs::message(event, running.execution_count)
        {
            self.outbox.publish(Some(&running.request), msg_type, &content);
        }
    }
}
