//! Questions of the running cell to the person at the frontend.

use serde::Deserialize;
use serde_json::json;

use super::Session;
use super::subshells::ShellId;
use crate::engine::Reply;
use crate::wire::{Request, log};

#[derive(Deserialize)]
struct InputReply {
    value: String,
}

impl Session {
    /// Asks the client that sent the cell, if it says that it can be asked.
    pub(super) fn ask_input(&mut self, shell: &ShellId, prompt: &str, is_password: bool) {
        // What was printed before the question belongs before it.
        self.flush_stream(shell);
        let Some(shell) = self.shells.get_mut(shell) else { return };
        let Some(running) = &mut shell.running else { return };
        if running.allow_stdin {
            let content = json!({ "prompt": prompt, "password": is_password });
            running.question = Some(self.outbox.ask(&running.request, "input_request", &content));
        } else {
            let reason = "this frontend cannot be asked for input (it sent the cell with `allow_stdin` off)";
            shell.worker.answer(Reply::Refused(reason.to_owned()));
        }
    }

    /// Hands what was typed to the cell. What answers no question of now is of a cell that has ended meanwhile.
    pub(super) fn answer_input(&mut self, reply: &Request) {
        let asked = self.shells.values_mut().find_map(|shell| {
            // Not all clients say which question they answer.
            let is_about = |question: &String| reply.parent_id.as_ref().is_none_or(|id| id == question);
            let running = shell.running.as_mut()?;
            let is_meant = reply.is_from_client_of(&running.request) && running.question.as_ref().is_some_and(is_about);
            running.question.take_if(|_| is_meant).map(|_| &shell.worker)
        });
        let Some(worker) = asked else {
            log(format_args!("ignored an answer on the stdin channel: nothing was asked"));
            return;
        };
        let typed = reply.content::<InputReply>().map(|InputReply { value }| Reply::Line(value));
        let reply =
            typed.unwrap_or_else(|error| Reply::Refused(format!("the frontend's answer cannot be read: {error}")));
        worker.answer(reply);
    }
}
