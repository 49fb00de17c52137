//! The kernel as a frontend sees it: one explicit event loop between the sockets and the engine.
//!
//! The loop never waits for anything but events. The engine has a thread of its own, questions about code are answered
//! on others, and each socket has its task. So a running cell delays nothing but the cells after it, and only this
//! module says in which order messages leave: busy, all of a request's output, its reply, idle.

mod process;

mod worker;

mod stream;

mod execute;

mod subshells;

mod input;

mod control;

mod shell;

mod history;

mod comms;

use std::collections::BTreeMap;
use std::env;
use std::future;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

pub use shell::{language_info, rustc_version};

use crate::engine::{Analysis, Engine, Subshells};
use crate::wire::{self, Channel, ConnectionInfo, Inbox, Outbox, Request, Wire, log};
use comms::Comms;
use control::Stopping;
use history::History;
use process::{Process, ProcessEvent};
use shell::{Answer, RustcVersion};
use subshells::{Shell, ShellId};
use worker::{Report, Reporter, Reports};

/// How long the last messages may take to reach clients that read slowly.
const FLUSH_PATIENCE: Duration = Duration::from_secs(3);

/// Serves a frontend until it asks for a shutdown, the process is told to end, or the parent process that Jupyter named
/// is gone.
///
/// The engine is dropped before this returns, unless it is stuck in a cell that no interrupt ends. Threads that answer
/// questions about code may still run; they end with the process.
///
/// Inputs are kept in the file `history` beyond the session, or not.
pub async fn run(connection: ConnectionInfo, engine: Box<dyn Engine>, history: Option<PathBuf>) -> Result<(), Error> {
    let wire = Wire::bind(&connection).await?;
    let process = Process::watch().map_err(|source| Error::Process { source })?;
    Session::start(wire, engine, process, history)?.run().await
}

/// The history that all kernels of a person share: `tunebook/history.sqlite` in their data folder, if they have one.
pub fn shared_history() -> Option<PathBuf> {
    let folder = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = folder("XDG_DATA_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/share")))?;
    Some(data.join("tunebook/history.sqlite"))
}

/// Serves a frontend in the same process: as [`run`], on sockets that are bound already, without heed to signals and with no
/// history beyond the session.
pub async fn serve(wire: Wire, engine: Box<dyn Engine>) -> Result<(), Error> {
    Session::start(wire, engine, Process::ignore(), None)?.run().await
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
    connection: ConnectionInfo,
    inbox: Inbox,
    outbox: Outbox,
    /// The notebook's own, which has no name, and those of subshells.
    shells: BTreeMap<ShellId, Shell>,
    reports: Reports,
    reporter: Reporter,
    /// Where more engines come from, if there can be more.
    subshells: Option<Arc<dyn Subshells>>,
    analysis: Arc<dyn Analysis>,
    process: Process,
    /// The `n` of the next `In[n]`.
    execution_count: u32,
    /// The ids that a client's notebook gives its cells, by the counts with which they ran.
    cell_ids: BTreeMap<u32, String>,
    history: History,
    comms: Comms,
    /// Questions that are being answered.
    answers: JoinSet<Answer>,
    rustc_version: RustcVersion,
    stopping: Option<Stopping>,
}

impl Session {
    fn start(
        wire: Wire,
        engine: Box<dyn Engine>,
        process: Process,
        history: Option<PathBuf>,
    ) -> Result<Session, Error> {
        let (subshells, analysis) = (engine.subshells(), engine.analysis());
        let (reporter, reports) = Reporter::new();
        let shell = Shell::start(engine, None, &reporter).map_err(|source| Error::EngineThread { source })?;
        Ok(Session {
            connection: wire.connection,
            inbox: wire.inbox,
            outbox: wire.outbox,
            shells: BTreeMap::from([(None, shell)]),
            reports,
            reporter,
            subshells,
            analysis,
            process,
            execution_count: 1,
            cell_ids: BTreeMap::new(),
            history: History::start(history),
            comms: Comms::default(),
            answers: JoinSet::new(),
            rustc_version: RustcVersion::ask(),
            stopping: None,
        })
    }

    async fn run(mut self) -> Result<(), Error> {
        let mut outcome = Ok(());
        while !self.may_end() {
            let has_room = self.outbox.has_room();
            let stream_due = self.shells.values().filter_map(|shell| shell.stream.due()).min();
            tokio::select! {
                request = self.inbox.recv() => match request {
                    Some(request) => self.receive(request),
                    None => break,
                },
                // A client that reads slowly slows the engine down rather than filling the memory.
                Some((shell, report)) = self.reports.recv(), if has_room => match report {
                    Report::Event(event) => self.put_out(&shell, event),
                    Report::Finished(finished) => self.finish(&shell, finished),
                    // That of a subshell has been closed.
                    Report::Gone if shell.is_some() => {}
                    Report::Gone => {
                        outcome = Err(Error::EngineGone);
                        break;
                    }
                },
                () = self.outbox.room(), if !has_room => {}
                () = until(stream_due) => self.flush_due(),
                Some(answer) = self.answers.join_next() => self.answered(answer),
                event = self.process.event() => match event {
                    ProcessEvent::Interrupt => self.interrupt_cells(),
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
        let Session { inbox, outbox, shells, reports, history, .. } = self;
        drop((inbox, reports));
        let mut ending: JoinSet<()> = shells.into_values().map(Shell::stop).collect();
        while ending.join_next().await.is_some() {}
        history.stop().await;
        outbox.close(FLUSH_PATIENCE).await;
        outcome
    }

    fn receive(&mut self, request: Request) {
        match (request.channel, request.msg_type.as_str()) {
            (Channel::Shell, "execute_request") => self.execute(request),
            (Channel::Shell | Channel::Control, "kernel_info_request") => self.kernel_info(request),
            (Channel::Shell | Channel::Control, "connect_request") => self.connect(&request),
            (Channel::Shell | Channel::Control, "complete_request") => self.complete(request),
            (Channel::Shell | Channel::Control, "inspect_request") => self.inspect(request),
            (Channel::Shell | Channel::Control, "is_complete_request") => self.is_complete(request),
            (Channel::Shell | Channel::Control, "history_request") => self.search_history(request),
            (Channel::Shell | Channel::Control, "comm_info_request") => self.comm_info(&request),
            (Channel::Shell | Channel::Control, "comm_open") => self.open_comm(&request),
            (Channel::Shell | Channel::Control, "comm_msg") => self.hear_comm(&request),
            (Channel::Shell | Channel::Control, "comm_close") => self.close_comm(&request),
            (Channel::Shell | Channel::Control, "interrupt_request") => self.interrupt(&request),
            (Channel::Shell | Channel::Control, "shutdown_request") => self.shutdown(request),
            (Channel::Control, "create_subshell_request") => self.create_subshell(&request),
            (Channel::Control, "delete_subshell_request") => self.delete_subshell(&request),
            (Channel::Control, "list_subshell_request") => self.list_subshells(&request),
            (Channel::Stdin, "input_reply") => self.answer_input(&request),
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
        let evalue = format!("the content of the {} cannot be read: {error}", request.msg_type);
        self.refuse_request(request, "BadRequest", &evalue);
    }

    fn refuse_request(&self, request: &Request, ename: &str, evalue: &str) {
        self.answer(request, &json!({ "status": "error", "ename": ename, "evalue": evalue, "traceback": [] }));
    }

    fn busy(&self, request: &Request) {
        self.outbox.publish(Some(request), "status", &json!({ "execution_state": "busy" }));
    }

    /// Says that a request is done. Frontends and servers take the latest status for the kernel's own, so one that was
    /// answered while a cell runs must not leave them with "idle": a server would cull the kernel in the midst of its
    /// work.
    fn idle(&self, request: &Request) {
        self.outbox.publish(Some(request), "status", &json!({ "execution_state": "idle" }));
        // The notebook's own shell is the first.
        if let Some(running) = self.shells.values().find_map(|shell| shell.running.as_ref()) {
            self.busy(&running.request);
        }
    }

    fn flush_due(&mut self) {
        let now = Instant::now();
        let is_due = |shell: &Shell| shell.stream.due().is_some_and(|due| due <= now);
        let due: Vec<ShellId> =
            self.shells.iter().filter(|(_, shell)| is_due(shell)).map(|(id, _)| id.clone()).collect();
        for id in due {
            self.flush_stream(&id);
        }
    }

    fn flush_stream(&mut self, shell: &ShellId) {
        if let Some(event) = self.shells.get_mut(shell).and_then(|shell| shell.stream.take()) {
            self.publish_output(shell, event);
        }
    }
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => future::pending().await,
    }
}
