//! The engine's thread.

use std::any::Any;
use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc as std_mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

use super::subshells::ShellId;
use crate::engine::{Answer, Cell, CellError, Engine, Event, Interrupt, Reply, VariableRow};
use crate::outputs;
use crate::wire::log;

/// The engine's thread waits when this many events have not been taken. Each may be a chart of a megabyte.
const EVENTS_MAX: usize = 32;

/// Compilers recurse deeply.
const STACK_BYTES: usize = 32 << 20;

/// How long after the beginning of a cell an interrupt may come too early for the engine.
const BEGINNING: Duration = Duration::from_millis(100);

/// How long the engine may take to clean up.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// The session's end of the engine.
pub(super) struct Worker {
    jobs: std_mpsc::Sender<Job>,
    stage: Arc<Mutex<Stage>>,
    interrupter: Arc<dyn Interrupt>,
    answerer: Arc<dyn Answer>,
    ended: oneshot::Receiver<()>,
}

/// A cell, and expressions to evaluate after it when it went well.
pub(super) struct Job {
    pub(super) cell: Cell,
    pub(super) expressions: BTreeMap<String, String>,
}

pub(super) enum Report {
    Event(Event),
    Finished(Finished),
    /// The thread has ended.
    Gone,
}

/// What the threads of all shells report, each with the shell that it is of.
pub(super) type Reports = mpsc::Receiver<(ShellId, Report)>;

/// The workers' end of that.
#[derive(Clone)]
pub(super) struct Reporter(mpsc::Sender<(ShellId, Report)>);

impl Reporter {
    pub(super) fn new() -> (Reporter, Reports) {
        let (to_session, reports) = mpsc::channel(EVENTS_MAX);
        (Reporter(to_session), reports)
    }

    /// A session that is ending takes no more, and its cells will be interrupted.
    fn report(&self, shell: &ShellId, report: Report) -> bool {
        self.0.blocking_send((shell.clone(), report)).is_ok()
    }
}

/// The end of a job. All of its events were reported before.
pub(super) struct Finished {
    pub(super) result: Result<(), CellError>,
    /// What came of the expressions, as the reply has it.
    pub(super) expressions: Map<String, Value>,
    /// What there is after it.
    pub(super) variables: Vec<VariableRow>,
}

/// How far the engine's thread is with a job.
///
/// For the session a cell runs from the moment when it is submitted, while an engine ignores interrupts between cells.
/// So one that comes before the thread has taken the job is kept here.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    NoJob,
    Submitted,
    Interrupted,
    Taken(Instant),
}

impl Worker {
    pub(super) fn start(mut engine: Box<dyn Engine>, shell: ShellId, reporter: Reporter) -> io::Result<Worker> {
        let (interrupter, answerer) = (engine.interrupter(), engine.answerer());
        let (jobs, jobs_of_thread) = std_mpsc::channel::<Job>();
        let (end, ended) = oneshot::channel();
        let stage = Arc::new(Mutex::new(Stage::NoJob));
        let stage_of_thread = stage.clone();
        thread::Builder::new().name("engine".to_owned()).stack_size(STACK_BYTES).spawn(move || {
            // A panic here is as good as not having prepared anything.
            let _ = catch_unwind(AssertUnwindSafe(|| engine.prepare()));
            for job in jobs_of_thread {
                let finished = if take(&stage_of_thread) {
                    run(engine.as_mut(), &job, &mut |event| {
                        reporter.report(&shell, Report::Event(event));
                    })
                } else {
                    let variables = engine.variables();
                    Finished { result: Err(interrupted_early()), expressions: Map::new(), variables }
                };
                *lock(&stage_of_thread) = Stage::NoJob;
                if !reporter.report(&shell, Report::Finished(finished)) {
                    break;
                }
            }
            drop(engine);
            reporter.report(&shell, Report::Gone);
            let _ = end.send(());
        })?;
        Ok(Worker { jobs, stage, interrupter, answerer, ended })
    }

    pub(super) fn submit(&self, job: Job) {
        *lock(&self.stage) = Stage::Submitted;
        // A thread that has ended shows as the end of its reports.
        let _ = self.jobs.send(job);
    }

    /// Interrupts the job, if there is one.
    pub(super) fn interrupt(&self) {
        let mut stage = lock(&self.stage);
        match *stage {
            Stage::NoJob | Stage::Interrupted => {}
            Stage::Submitted => *stage = Stage::Interrupted,
            Stage::Taken(since) => {
                drop(stage);
                self.interrupter.interrupt();
                if since.elapsed() < BEGINNING {
                    self.interrupt_again(since);
                }
            }
        }
    }

    /// The thread may have taken the job and the engine not have begun with it, for an instant. Once more is enough,
    /// and more than once would be too much: a cell may go on after an interrupt, with what it has found so far.
    fn interrupt_again(&self, since: Instant) {
        let (stage, interrupter) = (self.stage.clone(), self.interrupter.clone());
        tokio::spawn(async move {
            sleep(BEGINNING).await;
            if *lock(&stage) == Stage::Taken(since) {
                interrupter.interrupt();
            }
        });
    }

    /// Answers the question that the job has asked.
    pub(super) fn answer(&self, reply: Reply) {
        self.answerer.answer(reply);
    }

    /// Ends the thread and drops the engine. A cell that no interrupt ends is left behind.
    pub(super) async fn stop(self) {
        let Worker { jobs, ended, .. } = self;
        drop(jobs);
        if timeout(STOP_PATIENCE, ended).await.is_err() {
            log(format_args!("the engine does not end; leaving it behind"));
        }
    }
}

/// Begins a job, unless it was interrupted before.
fn take(stage: &Mutex<Stage>) -> bool {
    let mut stage = lock(stage);
    let interrupted = *stage == Stage::Interrupted;
    *stage = Stage::Taken(Instant::now());
    !interrupted
}

fn lock(stage: &Mutex<Stage>) -> MutexGuard<'_, Stage> {
    stage.lock().unwrap_or_else(PoisonError::into_inner)
}

fn interrupted_early() -> CellError {
    let evalue = "the cell was interrupted before it began".to_owned();
    CellError { ename: "Interrupted".to_owned(), traceback: vec![format!("Interrupted: {evalue}")], evalue }
}

fn run(engine: &mut dyn Engine, job: &Job, report: &mut dyn FnMut(Event)) -> Finished {
    let result = execute(engine, &job.cell, report);
    let mut expressions = Map::new();
    if result.is_ok() {
        for (name, code) in &job.expressions {
            let cell = Cell { code: code.clone(), execution_count: job.cell.execution_count };
            expressions.insert(name.clone(), evaluate(engine, &cell, report));
        }
    }
    Finished { result, expressions, variables: engine.variables() }
}

/// Runs a cell for its value only. Other output of it is the job's.
fn evaluate(engine: &mut dyn Engine, cell: &Cell, forward: &mut dyn FnMut(Event)) -> Value {
    let (mut value, mut value_metadata) = (Map::new(), Map::new());
    let result = execute(engine, cell, &mut |event| match event {
        Event::Result { data, metadata } => (value, value_metadata) = (data, metadata),
        other => forward(other),
    });
    match result {
        Ok(()) => json!({ "status": "ok", "data": value, "metadata": value_metadata }),
        Err(error) => {
            let mut content = outputs::error_content(&error);
            content.insert("status".to_owned(), json!("error"));
            Value::Object(content)
        }
    }
}

/// Runs a cell. A panic of the engine fails the cell and not the kernel.
fn execute(engine: &mut dyn Engine, cell: &Cell, sink: &mut dyn FnMut(Event)) -> Result<(), CellError> {
    catch_unwind(AssertUnwindSafe(|| engine.execute(cell, sink))).unwrap_or_else(|panic| Err(engine_failure(&*panic)))
}

fn engine_failure(panic: &(dyn Any + Send)) -> CellError {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    let evalue = format!("the engine panicked: {text}");
    let hint = "This is a fault of the kernel, not of the cell. Restart the kernel if the next cell fails, too.";
    let traceback = vec![format!("EngineFailure: {evalue}"), hint.to_owned()];
    CellError { ename: "EngineFailure".to_owned(), evalue, traceback }
}
