//! evcxr as an engine: the reference for what cells mean, and for a person who needs it (`--engine evcxr`).
//!
//! It is slower, shows one output of each kind a cell, and an interrupt takes its variables with it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ::evcxr::{CommandContext, Error, EvalContext, EvalContextOutputs};
use serde_json::{Map, Value};

use super::analysis::{CompilerAnalysis, Snapshot};
use super::{Analysis, Cell, CellError, Engine, Event, Interrupt, StreamName, Timing};
use crate::preload::Preload;
use crate::preload::dependencies::Dependencies;

/// How long evcxr's streams may be silent after a cell before they are taken to be at their end: their lines come through
/// threads of their own.
const STREAM_SILENCE: Duration = Duration::from_millis(20);

pub struct EvcxrEngine {
    context: CommandContext,
    outputs: EvalContextOutputs,
    /// The latest child, for those who interrupt it.
    process: Arc<Mutex<Process>>,
    /// What the first cell is preceded by: the workbench, where it is wanted.
    setup: Option<String>,
    last_timing: Option<Timing>,
    /// The program that the engine was made with.
    program: PathBuf,
}

type Process = Arc<Mutex<std::process::Child>>;

impl EvcxrEngine {
    /// `program` is run for the child process; its `main` begins with [`super::run_if_helper`]. evcxr works in the folder that
    /// EVCXR_TMPDIR names. With the workbench, the first cell compiles it, which takes as long as preparing it does.
    pub fn new(program: &Path, with_workbench: bool) -> Result<EvcxrEngine, String> {
        let (context, outputs) = EvalContext::with_subprocess_command(std::process::Command::new(program))
            .map_err(|error| error.to_string())?;
        let context = CommandContext::with_eval_context(context);
        let process = Arc::new(Mutex::new(context.process_handle()));
        let setup = with_workbench.then(|| format!("{}use workbench::prelude::*;", dep_line()));
        Ok(EvcxrEngine { context, outputs, process, setup, last_timing: None, program: program.to_owned() })
    }

    fn drain(&self, patience: Duration, sink: &mut dyn FnMut(Event)) {
        let streams = [(&self.outputs.stdout, StreamName::Stdout), (&self.outputs.stderr, StreamName::Stderr)];
        let mut quiet_since = Instant::now();
        loop {
            for (stream, name) in streams {
                while let Ok(line) = stream.try_recv() {
                    quiet_since = Instant::now();
                    sink(Event::Stream { name, text: format!("{line}\n") });
                }
            }
            if quiet_since.elapsed() >= patience {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn eval(&mut self, code: &str, sink: &mut dyn FnMut(Event)) -> Result<(), CellError> {
        // The streams are read while the cell runs, so that a person sees them then.
        let outcome = std::thread::scope(|scope| {
            let context = &mut self.context;
            let running = scope.spawn(move || context.execute(code));
            while !running.is_finished() {
                for (stream, name) in
                    [(&self.outputs.stdout, StreamName::Stdout), (&self.outputs.stderr, StreamName::Stderr)]
                {
                    while let Ok(line) = stream.recv_timeout(Duration::from_millis(5)) {
                        sink(Event::Stream { name, text: format!("{line}\n") });
                    }
                }
            }
            running.join().unwrap_or_else(|_| Err(Error::Message("evcxr itself panicked".to_owned())))
        });
        self.drain(STREAM_SILENCE, sink);
        let outputs = outcome.map_err(|error| cell_error(&error))?;
        let mut data: Map<String, Value> =
            outputs.content_by_mime_type.into_iter().map(|(mime, text)| (mime, Value::String(text))).collect();
        if let Some(Value::String(text)) = data.get_mut("text/plain") {
            text.truncate(text.trim_end_matches('\n').len());
        }
        if !data.is_empty() {
            sink(Event::Result { data, metadata: Map::new() });
        }
        Ok(())
    }
}

impl Engine for EvcxrEngine {
    fn execute(&mut self, cell: &Cell, sink: &mut dyn FnMut(Event)) -> Result<(), CellError> {
        let start = Instant::now();
        if let Some(setup) = self.setup.clone() {
            self.eval(&setup, sink)?;
            self.setup = None;
        }
        let outcome = self.eval(&cell.code, sink);
        // A cell that ended its process has another one now.
        *self.process.lock().unwrap_or_else(PoisonError::into_inner) = self.context.process_handle();
        self.last_timing = Some(Timing { total: start.elapsed(), ..Timing::default() });
        outcome
    }

    fn last_timing(&self) -> Option<Timing> {
        self.last_timing
    }

    fn interrupter(&self) -> Arc<dyn Interrupt> {
        Arc::new(Killer(Arc::clone(&self.process)))
    }

    fn analysis(&self) -> Arc<dyn Analysis> {
        // It knows the workbench, if that is prepared for the other engine, and nothing of the session.
        let preload = Preload::find().ok().flatten().map(Arc::new);
        let tools = preload.map(|preload| (preload, Dependencies::default()));
        let snapshot = Snapshot { tools, ..Snapshot::default() };
        let folder = std::env::var_os("EVCXR_TMPDIR").map_or_else(std::env::temp_dir, PathBuf::from);
        Arc::new(CompilerAnalysis::new(Arc::new(Mutex::new(snapshot)), &folder, &self.program))
    }
}

/// The folder in which evcxr works, chosen before any thread runs: evcxr takes it from the environment.
///
/// It holds a copy of the lock file, so that cargo resolves the workbench's crates to those that are there, without network.
pub fn prepare_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    // SAFETY: the caller promises that no other thread runs.
    unsafe { std::env::set_var("EVCXR_TMPDIR", folder) };
    Ok(())
}

fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn dep_line() -> String {
    format!(":dep workbench = {{ path = {:?} }}\n", workspace().join("workbench").to_string_lossy())
}

struct Killer(Arc<Mutex<Process>>);

impl Interrupt for Killer {
    fn interrupt(&self) {
        let process = Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let _ = process.lock().unwrap_or_else(PoisonError::into_inner).kill();
    }
}

fn cell_error(error: &Error) -> CellError {
    match error {
        Error::CompilationErrors(errors) => {
            let own = errors.iter().find(|error| error.is_from_user_code()).or_else(|| errors.first());
            let code = own.and_then(|error| error.code()).map(|code| format!(" [{code}]")).unwrap_or_default();
            let evalue = own.map(|error| error.message()).unwrap_or_default();
            let traceback = errors.iter().map(|error| error.rendered()).collect();
            CellError { ename: "CompileError".to_owned(), evalue: format!("{evalue}{code}"), traceback }
        }
        other => {
            let evalue = other.to_string();
            let ename = match other {
                Error::SubprocessTerminated(_) => "ProcessDied",
                _ => "Error",
            };
            CellError { ename: ename.to_owned(), traceback: vec![format!("{ename}: {evalue}")], evalue }
        }
    }
}
