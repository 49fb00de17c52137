//! Shells: the notebook's own, and those that clients open beside it (JEP 91), in which cells run while those of the notebook do.

use std::collections::VecDeque;
use std::io;

use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::Session;
use super::execute::{Pending, Running};
use super::stream::StreamBatch;
use super::worker::{Reporter, Worker};
use crate::engine::Engine;
use crate::wire::{Request, log};

/// A subshell's name; the notebook's own shell has none.
pub(super) type ShellId = Option<String>;

/// Cells that run one after the other.
pub(super) struct Shell {
    pub(super) worker: Worker,
    /// The cell in the engine, and those behind it.
    pub(super) running: Option<Running>,
    pub(super) queue: VecDeque<Pending>,
    /// Output that waits for more of its kind.
    pub(super) stream: StreamBatch,
    /// Whether it goes as soon as its cell has ended.
    pub(super) is_closing: bool,
}

impl Shell {
    pub(super) fn start(engine: Box<dyn Engine>, id: ShellId, reporter: &Reporter) -> io::Result<Shell> {
        let worker = Worker::start(engine, id, reporter.clone())?;
        let (queue, stream) = (VecDeque::new(), StreamBatch::default());
        Ok(Shell { worker, running: None, queue, stream, is_closing: false })
    }

    pub(super) async fn stop(self) {
        self.worker.stop().await;
    }
}

#[derive(Deserialize)]
struct DeleteRequest {
    subshell_id: String,
}

impl Session {
    pub(super) fn create_subshell(&mut self, request: &Request) {
        self.busy(request);
        let Some(engine) = self.subshells.as_ref().map(|subshells| subshells.open()) else {
            return self.refuse_request(request, "SubshellsUnsupported", "this engine runs one cell at a time");
        };
        let id = Uuid::new_v4().to_string();
        match Shell::start(engine, Some(id.clone()), &self.reporter) {
            Ok(shell) => {
                self.shells.insert(Some(id.clone()), shell);
                self.answer(request, &json!({ "status": "ok", "subshell_id": id }));
            }
            Err(error) => self.refuse_request(request, "EngineFailure", &format!("cannot start a thread: {error}")),
        }
    }

    /// Closes a subshell. Its cells that wait are not run, and the one that runs is interrupted.
    pub(super) fn delete_subshell(&mut self, request: &Request) {
        self.busy(request);
        let id = match request.content::<DeleteRequest>() {
            Ok(DeleteRequest { subshell_id }) => subshell_id,
            Err(error) => return self.refuse(request, &error),
        };
        let key = Some(id);
        let Some(shell) = self.shells.get_mut(&key).filter(|shell| !shell.is_closing) else {
            return self.refuse_subshell(request, key.as_deref().unwrap_or_default());
        };
        shell.is_closing = true;
        shell.worker.interrupt();
        let waiting = self.take_queue(&key);
        self.abort(waiting);
        self.answer(request, &json!({ "status": "ok" }));
        self.close_if_done(&key);
    }

    pub(super) fn list_subshells(&self, request: &Request) {
        self.busy(request);
        let open = self.shells.iter().filter(|(_, shell)| !shell.is_closing);
        let ids: Vec<&str> = open.filter_map(|(id, _)| id.as_deref()).collect();
        self.answer(request, &json!({ "status": "ok", "subshell_id": ids }));
    }

    pub(super) fn close_if_done(&mut self, id: &ShellId) {
        if self.shells.get(id).is_some_and(|shell| shell.is_closing && shell.running.is_none())
            && let Some(shell) = self.shells.remove(id)
        {
            tokio::spawn(shell.stop());
        }
    }

    /// Answers a request for a subshell that is not there, and that was said to be busy.
    pub(super) fn refuse_subshell(&self, request: &Request, id: &str) {
        log(format_args!("a {} names the subshell {id:?}, which is not open", request.msg_type));
        self.refuse_request(request, "NoSuchSubshell", &format!("there is no subshell {id:?}"));
    }
}
