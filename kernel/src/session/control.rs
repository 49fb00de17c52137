//! Ending a cell, and ending the session.

use std::future;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use super::Session;
use super::subshells::ShellId;
use crate::wire::Request;

/// How long the end waits for a running cell to obey its interrupt, and for questions to be answered.
const END_PATIENCE: Duration = Duration::from_secs(1);

/// A session that will end.
pub(super) struct Stopping {
    /// The request for it, if it was not a signal.
    request: Option<(Request, bool)>,
    deadline: Instant,
}

impl Stopping {
    /// Waits for the time when nothing keeps the session any longer.
    pub(super) async fn overdue(stopping: Option<&Stopping>) {
        match stopping {
            Some(stopping) => sleep_until(stopping.deadline).await,
            None => future::pending().await,
        }
    }
}

#[derive(Deserialize)]
struct ShutdownRequest {
    #[serde(default)]
    restart: bool,
}

impl Session {
    /// Interrupts the running cells. The reply does not wait for them, which end with an error of their own.
    pub(super) fn interrupt(&self, request: &Request) {
        self.busy(request);
        self.interrupt_cells();
        self.answer(request, &json!({ "status": "ok" }));
    }

    /// Replies at once, and ends the session when the running cell has told of its end.
    pub(super) fn shutdown(&mut self, request: Request) {
        self.busy(&request);
        match request.content::<ShutdownRequest>() {
            Ok(ShutdownRequest { restart }) => {
                self.outbox.reply(&request, &json!({ "status": "ok", "restart": restart }));
                self.stop(Some((request, restart)));
            }
            Err(error) => self.refuse(&request, &error),
        }
    }

    pub(super) fn stop(&mut self, request: Option<(Request, bool)>) {
        if self.stopping.is_some() {
            return;
        }
        self.stopping = Some(Stopping { request, deadline: Instant::now() + END_PATIENCE });
        self.abort_queues();
        self.interrupt_cells();
    }

    pub(super) fn interrupt_cells(&self) {
        for shell in self.shells.values() {
            shell.worker.interrupt();
        }
    }

    /// Whether nothing keeps the session any longer.
    pub(super) fn may_end(&self) -> bool {
        let is_running = self.shells.values().any(|shell| shell.running.is_some());
        self.stopping.is_some() && !is_running && self.answers.is_empty()
    }

    /// Tells all clients of the end. A cell that did not obey is done now, whatever it still does.
    pub(super) fn say_goodbye(&mut self) {
        let ids: Vec<ShellId> = self.shells.keys().cloned().collect();
        for id in ids {
            self.flush_stream(&id);
            if let Some(running) = self.shells.get_mut(&id).and_then(|shell| shell.running.take()) {
                self.idle(&running.request);
            }
        }
        if let Some((request, restart)) = self.stopping.take().and_then(|stopping| stopping.request) {
            self.outbox.publish(Some(&request), "shutdown_reply", &json!({ "status": "ok", "restart": restart }));
            self.idle(&request);
        }
    }
}
