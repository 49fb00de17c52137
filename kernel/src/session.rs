//! The kernel as a frontend sees it: one explicit event loop between the sockets and the engine.
//!
//! The loop never waits for anything but events. The engine has a thread of its own, questions about code are answered
//! on others, and each socket has its task. So a running cell delays nothing but the cells after it, and only this
//! module says in which order messages leave: busy, all of a request's output, its reply, idle.

mod process;

mod worker;

mod stream;

mod execute;

mod control;

mod shell;

mod history;

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

pub use shell::{language_info, rustc_version};

use crate::engine::Engine;
use crate::wire::{self, Channel, ConnectionInfo, Inbox, Outbox, Request, Wire, log};
use control::Stopping;
use execute::{Pending, Running};
use history::History;
use process::{Process, ProcessEvent};
use shell::{Answer, RustcVersion};
use stream::StreamBatch;
use worker::{Report, Worker};

/// How long the last messages may take to reach clients that read slowly.
const FLUSH_PATIENCE: Duration = Duration::from_secs(3);

/// Serves a frontend until it asks for a shutdown, the process is told to end, or the parent process that Jupyter named
/// is gone.
///
/// The engine is dropped before this returns, unless it is stuck in a cell that no interrupt ends. Threads that answer
/// questions about code may still run; they end with the process.
pub async fn run(connection: ConnectionInfo, engine: Box<dyn Engine>) -> Result<(), Error> {
    let wire = Wire::bind(&connection).await?;
    let process = Process::watch().map_err(|source| Error::Process { source })?;
    Session::start(wire, engine, process)?.run().await
}

/// Serves a frontend in the same process: as [`run`], on sockets that are bound already and without heed to signals.
pub async fn serve(wire: Wire, engine: Box<dyn Engine>) -> Result<(), Error> {
    Session::start(wire, engine, Process::ignore())?.run().await
}

/// Why a session could not be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error(transparent)]
    Wire(#[from] wire::Error),
    #[error("cannot start the engine's thread: {source}")]
    EngineThread { source: io::Error },
    #[error("the engine's thread ended unasked")]
    EngineGone,
    #[error("cannot listen for signals: {source}")]
    Process { source: io::Error },
}

/// All that a session knows. One task owns it, so nothing in it is locked.
struct Session {
    inbox: Inbox,
    outbox: Outbox,
    worker: Worker,
    process: Process,
    /// The cell in the engine, and those behind it.
    running: Option<Running>,
    queue: VecDeque<Pending>,
    /// The `n` of the next `In[n]`.
    execution_count: u32,
    history: History,
    /// Output that waits for more of its kind.
    stream: StreamBatch,
    /// Questions that are being answered.
    answers: JoinSet<Answer>,
    rustc_version: RustcVersion,
    stopping: Option<Stopping>,
}

impl Session {
    fn start(wire: Wire, engine: Box<dyn Engine>, process: Process) -> Result<Session, Error> {
        Ok(Session {
            inbox: wire.inbox,
            outbox: wire.outbox,
            worker: Worker::start(engine).map_err(|source| Error::EngineThread { source })?,
            process,
            running: None,
            queue: VecDeque::new(),
            execution_count: 1,
            history: History::default(),
            stream: StreamBatch::default(),
            answers: JoinSet::new(),
            rustc_version: RustcVersion::ask(),
            stopping: None,
        })
    }

    async fn run(mut self) -> Result<(), Error> {
        let mut outcome = Ok(());
        while !self.may_end() {
            let has_room = self.outbox.has_room();
            tokio::select! {
                request = self.inbox.recv() => match request {
                    Some(request) => self.receive(request),
                    None => break,
                },
                // A client that reads slowly slows the engine down rather than filling the memory.
                report = self.worker.report(), if has_room => match report {
                    Some(Report::Event(event)) => self.put_out(event),
                    Some(Report::Finished(finished)) => self.finish(finished),
                    None => {
                        outcome = Err(Error::EngineGone);
                        break;
                    }
                },
                () = self.outbox.room(), if !has_room => {}
                () = self.stream.due(), if !self.stream.is_empty() => self.flush_stream(),
                Some(answer) = self.answers.join_next() => self.answered(answer),
                event = self.process.event() => match event {
                    ProcessEvent::Interrupt => self.worker.interrupt(),
                    ProcessEvent::End(reason) => {
                        log(format_args!("ending: {reason}"));
                        self.stop(None);
                    }
                },
                () = Stopping::overdue(self.stopping.as_ref()) => break,
            }
        }
        self.say_goodbye();
        // The engine first: it may hold child processes, and nothing that it still says has a place.
        let Session { inbox, outbox, worker, .. } = self;
        drop(inbox);
        worker.stop().await;
        outbox.close(FLUSH_PATIENCE).await;
        outcome
    }

    fn receive(&mut self, request: Request) {
        match (request.channel, request.msg_type.as_str()) {
            (Channel::Shell, "execute_request") => self.execute(request),
            (Channel::Shell | Channel::Control, "kernel_info_request") => self.kernel_info(request),
            (Channel::Shell | Channel::Control, "complete_request") => self.complete(request),
            (Channel::Shell | Channel::Control, "inspect_request") => self.inspect(request),
            (Channel::Shell | Channel::Control, "is_complete_request") => self.is_complete(request),
            (Channel::Shell | Channel::Control, "history_request") => self.search_history(&request),
            (Channel::Shell | Channel::Control, "comm_info_request") => self.comm_info(&request),
            (Channel::Shell | Channel::Control, "comm_open") => self.refuse_comm(&request),
            (Channel::Shell | Channel::Control, "interrupt_request") => self.interrupt(&request),
            (Channel::Shell | Channel::Control, "shutdown_request") => self.shutdown(request),
            // Nothing asks for input, so nothing answers a question on this channel.
            (Channel::Stdin, _) => {
                log(format_args!("ignored a message of type {:?} on the stdin channel", request.msg_type));
            }
            _ => self.ignore(&request),
        }
    }

    /// An unknown message may be of a later protocol: it is acknowledged by busy and idle, and that is all.
    fn ignore(&self, request: &Request) {
        log(format_args!(
            "ignored a message of unknown type {:?} on the {} channel",
            request.msg_type, request.channel
        ));
        self.busy(request);
        self.idle(request);
    }

    /// Replies to a request that was said to be busy, and says that it is done.
    fn answer(&self, request: &Request, content: &Value) {
        self.outbox.reply(request, content);
        self.idle(request);
    }

    /// Answers a request whose content is not what its type asks for.
    fn refuse(&self, request: &Request, error: &serde_json::Error) {
        self.answer(
            request,
            &json!({
                "status": "error",
                "ename": "BadRequest",
                "evalue": format!("the content of the {} cannot be read: {error}", request.msg_type),
                "traceback": [],
            }),
        );
    }

    fn busy(&self, request: &Request) {
        self.outbox.publish(Some(request), "status", &json!({ "execution_state": "busy" }));
    }

    /// Says that a request is done. Frontends and servers take the latest status for the kernel's own, so one that was
    /// answered while a cell runs must not leave them with "idle": a server would cull the kernel in the midst of its
    /// work.
    fn idle(&self, request: &Request) {
        self.outbox.publish(Some(request), "status", &json!({ "execution_state": "idle" }));
        if let Some(running) = &self.running {
            self.busy(&running.request);
        }
    }

    fn flush_stream(&mut self) {
        if let Some(event) = self.stream.take() {
            self.publish_output(event);
        }
    }
}
