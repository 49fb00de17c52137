//! Cells: the queue, the one that runs, and what is told of it.

use std::collections::{BTreeMap, VecDeque};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Session;
use super::subshells::ShellId;
use super::worker::{Finished, Job};
use crate::engine::{Cell, CellError, Event};
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
    #[serde(default)]
    allow_stdin: bool,
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
    pub(super) allow_stdin: bool,
    /// The id of the question that the cell has asked and nobody has answered.
    pub(super) question: Option<String>,
    /// What the frontend is to do, told with the reply.
    payload: Vec<Value>,
    stop_on_error: bool,
}

impl Session {
    pub(super) fn execute(&mut self, request: Request) {
        let id = request.subshell().map(str::to_owned);
        let Some(shell) = self.shells.get_mut(&id).filter(|shell| !shell.is_closing) else {
            self.busy(&request);
            return self.refuse_subshell(&request, &id.unwrap_or_default());
        };
        match request.content::<ExecuteRequest>() {
            Ok(content) => {
                shell.queue.push_back(Pending { request, content });
                if self.stopping.is_some() {
                    self.abort_queues();
                }
                self.start_next(&id);
            }
            Err(error) => {
                self.busy(&request);
                self.refuse(&request, &error);
            }
        }
    }

    /// Gives the next cell to the engine, if that is free.
    fn start_next(&mut self, id: &ShellId) {
        let Some(shell) = self.shells.get_mut(id).filter(|shell| shell.running.is_none()) else { return };
        let Some(Pending { request, content }) = shell.queue.pop_front() else { return };
        let ExecuteRequest { code, silent, store_history, user_expressions, allow_stdin, stop_on_error } = content;
        let execution_count = self.execution_count;
        let counts = store_history.unwrap_or(true) && !silent;
        // At once, since cells of other shells may begin before this one ends.
        self.execution_count += u32::from(counts);

        if let Some(cell_id) = request.cell_id.as_ref().filter(|_| counts) {
            self.cell_ids.insert(execution_count, cell_id.clone());
        }
        self.busy(&request);
        if !silent {
            let input = json!({ "code": code, "execution_count": execution_count });
            self.outbox.publish(Some(&request), "execute_input", &input);
        }
        if counts {
            self.history.push(execution_count, &code);
        }
        let expressions = user_expressions.unwrap_or_default();
        let Some(shell) = self.shells.get_mut(id) else { return };
        shell.worker.submit(Job { cell: Cell { code, execution_count }, expressions });
        shell.running = Some(Running {
            request,
            execution_count,
            counts,
            silent,
            allow_stdin,
            question: None,
            payload: Vec::new(),
            stop_on_error,
        });
    }

    /// Tells of an event of a running cell. A silent one is run for what it does, not for what it says.
    pub(super) fn put_out(&mut self, id: &ShellId, event: Event) {
        let Some(shell) = self.shells.get_mut(id) else { return };
        let Some(running) = &mut shell.running else { return };
        match event {
            Event::Input { prompt, is_password } => self.ask_input(id, &prompt, is_password),
            Event::Payload(payload) => running.payload.push(payload),
            _ if running.silent => {}
            Event::Stream { name, text } => {
                let before = shell.stream.push(name, text);
                let is_full = shell.stream.is_full();
                if let Some(before) = before {
                    self.publish_output(id, before);
                }
                if is_full {
                    self.flush_stream(id);
                }
            }
            other => {
                if let Event::Result { data, .. } = &other
                    && running.counts
                    && let Some(text) = data.get("text/plain").and_then(Value::as_str)
                {
                    self.history.set_output(running.execution_count, text);
                }
                self.flush_stream(id);
                self.publish_output(id, other);
            }
        }
    }

    /// Ends a running cell: its last output, its error, its reply, idle; and then the next cell.
    pub(super) fn finish(&mut self, id: &ShellId, Finished { result, expressions, variables }: Finished) {
        self.flush_stream(id);
        let Some(running) = self.shells.get_mut(id).and_then(|shell| shell.running.take()) else { return };
        self.comms.set_variables(variables);
        self.send_variables(&running.request);
        let mut reply = Map::from_iter([
            ("status".to_owned(), json!(if result.is_ok() { "ok" } else { "error" })),
            ("execution_count".to_owned(), json!(running.execution_count)),
            ("user_expressions".to_owned(), Value::Object(expressions)),
            ("payload".to_owned(), Value::Array(running.payload)),
        ]);
        if let Err(error) = &result {
            if let Some(links) = self.links(running.execution_count, error).filter(|_| !running.silent) {
                self.outbox.publish(Some(&running.request), "display_data", &links);
            }
            let error = outputs::error_content(error);
            if !running.silent {
                self.outbox.publish(Some(&running.request), "error", &Value::Object(error.clone()));
            }
            reply.extend(error);
        }
        // What waits now is aborted with this cell. What a client sends once it has the reply was meant to run.
        let aborted = if result.is_err() && running.stop_on_error { self.take_queue(id) } else { VecDeque::new() };
        self.answer(&running.request, &Value::Object(reply));
        self.abort(aborted);
        self.start_next(id);
        self.close_if_done(id);
    }

    /// Links to the other cells that an error names, such as that of a definition. An error itself is text, in which frontends make none.
    fn links(&self, execution_count: u32, error: &CellError) -> Option<Value> {
        let mut links: Vec<String> = Vec::new();
        for piece in error.traceback.iter().flat_map(|text| text.split("In[").skip(1)) {
            let count = piece.split_once(']').and_then(|(count, _)| count.parse().ok());
            let Some(count) = count.filter(|count| *count != execution_count) else { continue };
            let is_plain = |id: &&String| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
            if let Some(id) = self.cell_ids.get(&count).filter(is_plain) {
                let link = format!("<a href=\"#cell-id={id}\">In[{count}]</a>");
                if !links.contains(&link) {
                    links.push(link);
                }
            }
        }
        let html = format!("<small>The error below is about {}.</small>", links.join(", "));
        let data = json!({ "text/plain": "", "text/html": html });
        (!links.is_empty()).then(|| json!({ "data": data, "metadata": {}, "transient": {} }))
    }

    /// Answers all cells that wait as not run.
    pub(super) fn abort_queues(&mut self) {
        let ids: Vec<ShellId> = self.shells.keys().cloned().collect();
        for id in ids {
            let queue = self.take_queue(&id);
            self.abort(queue);
        }
    }

    /// Takes all cells that wait in this shell; those that have come but have not been looked at wait, too.
    pub(super) fn take_queue(&mut self, id: &ShellId) -> VecDeque<Pending> {
        while let Some(request) = self.inbox.try_recv() {
            let is_of_shell = request.msg_type == "execute_request" && request.subshell() == id.as_deref();
            match self.shells.get_mut(id).filter(|_| is_of_shell) {
                // Not `execute`, which would begin a cell when none runs.
                Some(shell) => match request.content() {
                    Ok(content) => shell.queue.push_back(Pending { request, content }),
                    Err(error) => {
                        self.busy(&request);
                        self.refuse(&request, &error);
                    }
                },
                None => self.receive(request),
            }
        }
        self.shells.get_mut(id).map(|shell| std::mem::take(&mut shell.queue)).unwrap_or_default()
    }

    pub(super) fn abort(&self, queue: VecDeque<Pending>) {
        for Pending { request, .. } in queue {
            self.busy(&request);
            self.answer(&request, &json!({ "status": "aborted", "execution_count": self.execution_count }));
        }
    }

    pub(super) fn publish_output(&self, id: &ShellId, event: Event) {
        if let Some(running) = self.shells.get(id).and_then(|shell| shell.running.as_ref())
            && let Some((msg_type, content)) = outputs::message(event, running.execution_count)
        {
            self.outbox.publish(Some(&running.request), msg_type, &content);
        }
    }
}
