//! The child's first thread, on which the cells of the notebook run: its pipes, its questions, and the order of what comes out of them.

use std::io::Write;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child as Process, ChildStderr, ChildStdout, ExitStatus};
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::pipe::Pipe;
use super::talk::{lock, poll, poll_in, poll_now, receive, send, tell};
use super::{Ran, RunRequest};
use crate::engine::native::control::Control;
use crate::engine::native::crash;
use crate::engine::native::stdin::{Reader, Stdin};
use crate::engine::{Event, Reply, StreamName};

/// The process, and what its first thread puts out.
#[derive(Debug)]
pub(super) struct FirstThread {
    pub(super) process: Process,
    /// Whether we have ended it.
    pub(super) is_ended: bool,
    /// By this the child tells, and is answered.
    pub(super) socket: UnixStream,
    /// By this it gets cells.
    pub(super) cells: Arc<Mutex<UnixStream>>,
    pub(super) stdout: Pipe<ChildStdout>,
    pub(super) stderr: Pipe<ChildStderr>,
    pub(super) stdin: Stdin,
    /// What the cell has asked a person, and nobody has answered.
    pub(super) question: Option<Question>,
    /// Where it writes when it crashes.
    pub(super) crash_report: OwnedFd,
}

/// Who waits for the answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Question {
    /// The workbench, at its socket.
    Workbench,
    /// Something that reads standard input.
    Reader(Reader),
}

impl FirstThread {
    pub(super) fn run(
        &mut self,
        request: &RunRequest<'_>,
        control: &Control,
        sink: &mut dyn FnMut(Event),
    ) -> std::io::Result<Ran> {
        let request = request.message(self.stdin.begin()?);
        if send(&mut lock(&self.cells), &request).is_err() {
            let status = self.process.wait()?;
            self.drain(sink);
            return Ok(self.died(status));
        }
        self.question = None;
        control.running_cell(self.id());
        let ran = self.serve(control, sink);
        control.idle();
        ran
    }

    fn id(&self) -> u32 {
        self.process.id()
    }

    /// Takes what is put out while no cell of the notebook runs.
    pub(super) fn take_output(&mut self, sink: &mut dyn FnMut(Event)) {
        self.drain(sink);
        while let Ok(1..) = poll_now(&mut [poll_in(self.socket.as_raw_fd())]) {
            let Some(message) = receive(&mut self.socket) else { return };
            tell(message, sink);
            let _ = self.socket.write_all(&[1]);
        }
    }

    fn serve(&mut self, control: &Control, sink: &mut dyn FnMut(Event)) -> std::io::Result<Ran> {
        loop {
            if control.must_end_by_force() {
                self.end();
                self.drain(sink);
                return Ok(Ran::EndedByForce);
            }
            let mut waits = [poll_in(self.socket.as_raw_fd()), self.stdout.poll(), self.stderr.poll()];
            let ready = poll(&mut waits)?;
            self.settle_question(control, sink)?;
            if waits[0].revents == 0 {
                self.drain(sink);
                if ready == 0 {
                    self.look_for_reader(control, sink);
                }
                continue;
            }
            let Some(message) = receive(&mut self.socket) else {
                let status = self.process.wait()?;
                self.drain(sink);
                return Ok(if control.must_end_by_force() { Ran::EndedByForce } else { self.died(status) });
            };
            // What was printed before the message was sent is in the pipes by now: it comes first.
            self.drain(sink);
            if message["tell"] == "input" {
                let _ = self.socket.write_all(&[1]);
                let prompt = message["prompt"].as_str().unwrap_or_default().to_owned();
                self.ask(Question::Workbench, prompt, message["password"] == true, control, sink);
                continue;
            }
            if message["tell"] == "stopping" {
                control.is_stopping();
            }
            if let Some(ran) = tell(message, sink) {
                self.drain(sink);
                self.finish_streams(sink);
                self.socket.write_all(&[1])?;
                return Ok(ran);
            }
            let _ = self.socket.write_all(&[1]);
        }
    }

    /// While nothing else happens, something may wait for standard input.
    fn look_for_reader(&mut self, control: &Control, sink: &mut dyn FnMut(Event)) {
        self.stdin.push();
        if self.question.is_some() {
            return;
        }
        let Some(reader) = self.stdin.reader(self.id()) else { return };
        if control.is_interrupted() {
            self.stdin.fail(reader, self.id());
        } else {
            self.ask(Question::Reader(reader), String::new(), false, control, sink);
        }
    }

    fn ask(
        &mut self,
        question: Question,
        prompt: String,
        is_password: bool,
        control: &Control,
        sink: &mut dyn FnMut(Event),
    ) {
        // An answer to an earlier question is none to this one.
        control.take_answer();
        self.question = Some(question);
        sink(Event::Input { prompt, is_password });
    }

    /// Passes the answer on, if there is a question and it has come. An interrupt is one.
    fn settle_question(&mut self, control: &Control, sink: &mut dyn FnMut(Event)) -> std::io::Result<()> {
        let Some(question) = self.question else { return Ok(()) };
        let reply = if control.is_interrupted() {
            None
        } else {
            match control.take_answer() {
                None => return Ok(()),
                reply => reply,
            }
        };
        self.question = None;
        match (question, reply) {
            (Question::Workbench, Some(Reply::Line(line))) => send(&mut self.socket, &json!({"line": line}))?,
            (Question::Workbench, Some(Reply::Refused(reason))) => send(&mut self.socket, &json!({"refused": reason}))?,
            (Question::Workbench, None) => send(&mut self.socket, &json!({"interrupted": true}))?,
            (Question::Reader(_), Some(Reply::Line(line))) => self.stdin.give_line(&line),
            (Question::Reader(reader), Some(Reply::Refused(reason))) => {
                let text = format!("note: standard input cannot be read: {reason}\n");
                sink(Event::Stream { name: StreamName::Stderr, text });
                self.stdin.fail(reader, self.id());
            }
            (Question::Reader(reader), None) => self.stdin.fail(reader, self.id()),
        }
        Ok(())
    }

    pub(super) fn drain(&mut self, sink: &mut dyn FnMut(Event)) {
        self.stdout.drain(sink);
        self.stderr.drain(sink);
    }

    fn finish_streams(&mut self, sink: &mut dyn FnMut(Event)) {
        self.stdout.finish(sink);
        self.stderr.finish(sink);
    }

    pub(super) fn died(&self, status: ExitStatus) -> Ran {
        Ran::Died { status, report: crash::read_report(&self.crash_report) }
    }

    pub(super) fn end(&mut self) {
        self.is_ended = true;
        if let Ok(group) = libc::pid_t::try_from(self.process.id()) {
            // SAFETY: sending a signal touches no memory. What the cell started itself ends with it.
            unsafe { libc::kill(-group, libc::SIGKILL) };
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for FirstThread {
    fn drop(&mut self) {
        self.end();
    }
}
