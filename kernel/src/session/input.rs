//! Questions of the running cell to the person at the frontend.

use serde::Deserialize;
use serde_json::json;

use super::Session;
use crate::engine::Reply;
use crate::wire::{Request, log};

#[derive(Deserialize)]
struct InputReply {
    value: String,
}

impl Session {
    /// Asks the client that sent the cell, if it says that it can be asked.
    pub(super) fn ask_input(&mut self, prompt: &str, is_password: bool) {
        // What was printed before the question belongs before it.
        self.flush_stream();
        let Some(running) = &mut self.running else { return };
        if running.allow_stdin {
            let content = json!({ "prompt": prompt, "password": is_password });
            running.question = Some(self.outbox.ask(&running.request, "input_request", &content));
        } else {
            let reason = "this frontend cannot be asked for input (it sent the cell with `allow_stdin` off)";
            self.worker.answer(Reply::Refused(reason.to_owned()));
        }
    }

    /// Hands what was typed to the cell. What answers no question of now is of a cell that has ended meanwhile.
    pub(super) fn answer_input(&mut self, reply: &Request) {
        let asked = self.running.as_mut().filter(|running| {
            // Not all clients say which question they answer.
            let is_about = |question: &String| reply.parent_id.as_ref().is_none_or(|id| id == question);
            reply.is_from_client_of(&running.request) && running.question.as_ref().is_some_and(is_about)
        });
        let Some(running) = asked else {
            log(format_args!("ignored an answer on the stdin channel: nothing was asked"));
            return;
        };
        running.question = None;
        let typed = reply.content::<InputReply>().map(|InputReply { value }| Reply::Line(value));
        let reply =
            typed.unwrap_or_else(|error| Reply::Refused(format!("the frontend's answer cannot be read: {error}")));
        self.worker.answer(reply);
    }
}
