//! The engine: each cell is one call of `rustc`, for a shared object that the child process loads and runs.

mod build_display;
pub mod child;
pub mod commands;
pub(super) mod compile;
mod conclude;
pub mod control;
mod crash;
pub(super) mod definitions;
pub(super) mod diagnostics;
mod export;
pub(super) mod generate;
mod globs;
mod moves;
pub(crate) mod nesting;
mod obey;
mod prepare;
pub mod source;
mod stdin;
mod table;
mod timing;
pub(super) mod types;
mod unknown_types;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use self::build_display::BuildDisplay;
use self::child::{Child, Place, RunRequest, Stored};
use self::commands::surroundings::Surroundings;
use self::commands::{Level, Repeat};
use self::compile::{Compiler, Diagnostic, Mode, Probe};
use self::control::Control;
use self::definitions::{CellText, CompiledItems, Definitions};
use self::generate::{Generated, LeftOut};
use self::source::ParsedCell;
use self::types::VariableType;
use super::analysis::{CompilerAnalysis, KnownVariable, Snapshot};
use super::{Analysis, Answer, Cell, CellError, Engine, Event, Interrupt, Subshells, Timing, VariableRow};
use crate::preload::dependencies::Wishes;
use crate::preload::{Preload, PreloadError};

/// Runs the cells of a notebook, or of a subshell of it.
pub struct NativeEngine {
    /// Locked while a cell is prepared and when it has ended, but not while it runs.
    notebook: Arc<Mutex<Notebook>>,
    place: Place,
    control: Control,
}

/// What a notebook and its subshells have in common.
struct Notebook {
    /// The program that is started as the child: this one, but in tests.
    program: PathBuf,
    /// Of the cell that is being prepared.
    control: Control,
    /// The cells that run at the moment.
    running: Vec<RunningCell>,
    /// Made when the preload is opened, or built by the first cell.
    compiler: Option<Compiler>,
    child: Option<Child>,
    definitions: Definitions,
    /// What of the definitions the child has loaded.
    compiled_items: CompiledItems,
    /// What the objects with those items were made from, by the names of the files: a panic in one names its place there.
    sources: HashMap<String, Source>,
    variables: BTreeMap<String, Variable>,
    /// Where generated code and shared objects go.
    folder: PathBuf,
    /// The question that the compiler is at work on, beside whatever else goes on.
    asked: Option<Asked>,
    /// The crates that the notebook has added.
    wishes: Wishes,
    /// Where cells work.
    surroundings: Surroundings,
    /// How cells are compiled that do not say it themselves.
    level: Level,
    /// What the compiler calls its latest error, such as `E0382`.
    last_error_code: Option<String>,
    /// Counts cells that were compiled.
    n_cells: u32,
    /// The cells so far, and where their time went.
    timings: Vec<(u32, Timing)>,
    /// What the analysis may know, which answers from other threads.
    snapshot: Arc<Mutex<Snapshot>>,
}

/// A cell that runs, and what others must leave alone meanwhile.
struct RunningCell {
    cell: Arc<CellText>,
    /// The variables that it has taken, and those that it will store.
    names: BTreeSet<String>,
}

/// A cell that is ready to run.
struct Ready {
    compiled: CompiledCell,
    question: Arc<Question>,
    child: Child,
    /// What it needs beside the preload.
    library: Option<PathBuf>,
    is_measured: bool,
}

#[derive(Clone, Debug)]
struct Variable {
    stored: Stored,
    ty: Known,
    is_mutable: bool,
    /// The cell that stored it last.
    cell: Arc<CellText>,
}

#[derive(Clone, Debug)]
enum Known {
    Type(VariableType),
    /// The compiler is asked by the first cell that mentions it. The parts of the question are kept for then.
    Ask(Arc<Question>),
}

/// The cell that stored variables of types that have to be asked for, with what it was compiled from.
#[derive(Debug)]
pub struct Question {
    pub(super) cell: Arc<CellText>,
    pub(super) parsed: ParsedCell,
    pub(super) definitions: Definitions,
    pub(super) variables: BTreeMap<String, VariableType>,
}

/// What an object with items was made from, and how.
#[derive(Clone, Debug)]
struct Source {
    generated: Arc<Generated>,
    mode: Mode,
    object: PathBuf,
    /// Whether some definition of the session is still the one that was compiled there.
    is_in_use: bool,
}

/// A question that the compiler has been given.
#[derive(Debug)]
struct Asked {
    question: Arc<Question>,
    generated: Generated,
    probe: Probe,
}

impl NativeEngine {
    /// `program` is run for the child process; its `main` begins with [`child::run_if_child`]. What is generated and compiled goes to
    /// `folder`.
    pub fn new(program: &Path, folder: &Path) -> NativeEngine {
        let notebook = Arc::new(Mutex::new(Notebook::new(program, folder)));
        NativeEngine { notebook, place: Place::Main, control: Control::default() }
    }

    /// Uses this preload rather than looking for one.
    pub fn with_preload(self, preload: Preload) -> NativeEngine {
        self.lock().use_preload(preload);
        self
    }

    /// The notebook for a while; its compilers are then ended by this engine's interrupts.
    fn lock(&self) -> MutexGuard<'_, Notebook> {
        let mut notebook = self.notebook.lock().unwrap_or_else(PoisonError::into_inner);
        notebook.control = self.control.clone();
        notebook
    }

    fn run(&self, cell: &Cell, timing: &mut Timing, sink: &mut dyn FnMut(Event)) -> Result<(), CellError> {
        let Some(ready) = self.lock().prepare_cell(cell, self.place, timing, sink)? else { return Ok(()) };
        let symbol = generate::symbol(cell.execution_count);
        let request = RunRequest {
            object: &ready.compiled.object,
            symbol: &symbol,
            has_items: !ready.compiled.generated.exported.is_empty(),
            library: ready.library.as_deref(),
        };
        let ran = ready.child.run(self.place, &request, &self.control, sink);
        let mut notebook = self.lock();
        let outcome = notebook.conclude_cell(&ready, ran, self.place, timing, sink);
        notebook.ask_ahead();
        notebook.count_work(timing);
        if outcome.is_ok() && ready.is_measured {
            sink(obey::measured(timing));
        }
        outcome
    }
}

impl Notebook {
    fn new(program: &Path, folder: &Path) -> Notebook {
        Notebook {
            program: program.to_owned(),
            control: Control::default(),
            running: Vec::new(),
            compiler: None,
            child: None,
            definitions: Definitions::default(),
            compiled_items: CompiledItems::default(),
            sources: HashMap::new(),
            variables: BTreeMap::new(),
            folder: folder.to_owned(),
            asked: None,
            wishes: Wishes::new(),
            surroundings: Surroundings::default(),
            level: Level::Auto,
            last_error_code: None,
            n_cells: 0,
            timings: Vec::new(),
            snapshot: Arc::default(),
        }
    }

    fn use_preload(&mut self, preload: Preload) {
        self.compiler = Some(Compiler::new(Arc::new(preload), &self.folder));
        self.publish_snapshot();
    }

    /// The preload, opened or built, and the child, which loads it while the compiler works.
    fn make_ready(&mut self, sink: &mut dyn FnMut(Event)) -> Result<(), CellError> {
        if self.compiler.is_none() {
            let mut shown =
                BuildDisplay::new("Preparing the workbench, once for this version", "The workbench is ready.");
            let preload = Preload::ensure(&self.control, &mut |progress| shown.update(&progress, sink));
            shown.finish(preload.is_ok(), sink);
            self.use_preload(preload.map_err(|error| build_error("PreloadError", error))?);
        }
        self.start_child()
    }

    fn start_child(&mut self) -> Result<(), CellError> {
        if let (None, Some(compiler)) = (&self.child, &self.compiler) {
            let child = Child::start(&self.program, &compiler.preload().runtime(), &self.surroundings);
            let explain =
                |error| plain_error("KernelError", &format!("cannot start the process that runs cells: {error}"));
            self.child = Some(child.map_err(explain)?);
        }
        Ok(())
    }

    /// Counts what the compiler has done since this was last called.
    fn count_work(&mut self, timing: &mut Timing) {
        let work = self.compiler.as_mut().map(Compiler::take_work).unwrap_or_default();
        timing.compiler_calls += work.calls;
        timing.compile += work.compile;
        timing.link += work.link;
    }

    /// The child and all variables are gone; says which, in words that continue a sentence.
    fn lose_child(&mut self) -> String {
        if let Some(child) = self.child.take() {
            child.end();
        }
        self.asked = None;
        self.compiled_items.clear();
        self.sources.clear();
        let lost = std::mem::take(&mut self.variables);
        if lost.is_empty() {
            return "; no variables were lost".into();
        }
        let names: Vec<String> =
            lost.iter().map(|(name, variable)| format!("`{name}` (In[{}])", variable.cell.execution_count)).collect();
        format!(
            "\nlost variables, with the cells that made them: {}\nfunctions, types and imports are still there",
            names.join(", ")
        )
    }

    fn has_dependencies(&self) -> bool {
        self.compiler.as_ref().is_some_and(|compiler| compiler.dependencies().crate_name().is_some())
    }

    fn publish_snapshot(&self) {
        let variables = self.variables.iter().map(|(name, variable)| {
            let (ty, ask) = match &variable.ty {
                Known::Type(ty) => (Some(ty.clone()), None),
                Known::Ask(question) => (None, Some(Arc::clone(question))),
            };
            let known = KnownVariable {
                ty,
                ask,
                type_name: variable.stored.type_name.clone(),
                bytes: variable.stored.bytes,
                is_mutable: variable.is_mutable,
                cell: variable.cell.execution_count,
            };
            (name.clone(), known)
        });
        let next = Snapshot {
            tools: self
                .compiler
                .as_ref()
                .map(|compiler| (Arc::clone(compiler.preload()), compiler.dependencies().clone())),
            definitions: self.definitions.clone(),
            variables: variables.collect(),
        };
        *self.snapshot.lock().unwrap_or_else(PoisonError::into_inner) = next;
    }
}

impl Engine for NativeEngine {
    fn execute(&mut self, cell: &Cell, sink: &mut dyn FnMut(Event)) -> Result<(), CellError> {
        self.control.begin();
        let start = Instant::now();
        let mut timing = Timing::default();
        let outcome = self.run(cell, &mut timing, sink);
        let mut notebook = self.lock();
        notebook.count_work(&mut timing);
        self.control.idle();
        notebook.publish_snapshot();
        if let Err(error) = &outcome {
            let code = error.evalue.rsplit_once("[E").and_then(|(_, code)| code.strip_suffix(']'));
            notebook.last_error_code = code.map(|code| format!("E{code}")).or(notebook.last_error_code.take());
        }
        timing.total = start.elapsed();
        notebook.timings.push((cell.execution_count, timing));
        outcome
    }

    fn prepare(&mut self) {
        let mut notebook = self.lock();
        // A preload that is not there, or that cannot be opened, is the first cell's business: it has somebody to tell.
        if notebook.compiler.is_none()
            && let Ok(Some(preload)) = Preload::find()
        {
            notebook.use_preload(preload);
        }
        if let Some(compiler) = &mut notebook.compiler {
            compiler.arm(Mode::Quick);
        }
        let _ = notebook.start_child();
    }

    fn last_timing(&self) -> Option<Timing> {
        self.lock().timings.last().map(|(_, timing)| *timing)
    }

    fn variables(&self) -> Vec<VariableRow> {
        self.lock().variables.iter().map(|(name, variable)| variable.row(name)).collect()
    }

    fn interrupter(&self) -> Arc<dyn Interrupt> {
        Arc::new(self.control.clone())
    }

    fn answerer(&self) -> Arc<dyn Answer> {
        Arc::new(self.control.clone())
    }

    fn analysis(&self) -> Arc<dyn Analysis> {
        let notebook = self.lock();
        Arc::new(CompilerAnalysis::new(Arc::clone(&notebook.snapshot), &notebook.folder, &notebook.program))
    }

    fn subshells(&self) -> Option<Arc<dyn Subshells>> {
        Some(Arc::new(Beside(Arc::clone(&self.notebook))))
    }
}

/// Makes engines for the subshells of a notebook.
struct Beside(Arc<Mutex<Notebook>>);

impl Subshells for Beside {
    fn open(&self) -> Box<dyn Engine> {
        let notebook = Arc::clone(&self.0);
        Box::new(NativeEngine { notebook, place: Place::Lane, control: Control::default() })
    }
}

/// How a cell's code is compiled.
#[derive(Clone, Copy)]
struct How<'a> {
    level: Level,
    repeat: Option<&'a Repeat>,
    place: Place,
}

/// A cell that the compiler accepted.
struct CompiledCell {
    /// The name of the file that was compiled, as panics give it.
    source: String,
    object: PathBuf,
    generated: Arc<Generated>,
    warnings: Vec<Diagnostic>,
    left_out: LeftOut,
    /// Whether there is code to load: that of the cell, or of functions for later cells.
    is_loaded: bool,
    mode: Mode,
}

impl CompiledCell {
    /// Whether a new variable is not stored because the cell itself moved it away, which needs no telling.
    fn moved_in_cell(&self, name: &str) -> bool {
        self.left_out.moved.contains(name)
    }
}

impl Variable {
    fn asks(&self, question: &Arc<Question>) -> bool {
        matches!(&self.ty, Known::Ask(own) if Arc::ptr_eq(own, question))
    }

    fn row(&self, name: &str) -> VariableRow {
        let type_name = match &self.ty {
            Known::Type(VariableType::Named(code)) => code.clone(),
            _ => self.stored.type_name.clone(),
        };
        let (bytes, execution_count) = (self.stored.bytes, self.cell.execution_count);
        VariableRow { name: name.to_owned(), type_name, bytes, execution_count }
    }

    fn mentions_type(&self, names: &BTreeSet<String>) -> bool {
        !names.is_empty() && !source::mentions_of(&self.stored.type_name).is_disjoint(names)
    }
}

fn plain_error(ename: &str, message: &str) -> CellError {
    let evalue = message.lines().next().unwrap_or_default().to_owned();
    CellError { ename: ename.into(), evalue, traceback: vec![format!("\x1b[1;31m{ename}\x1b[0m: {message}")] }
}

fn build_error(ename: &str, error: PreloadError) -> CellError {
    match error {
        PreloadError::Interrupted => interrupted(error.to_string()),
        error => plain_error(ename, &error.to_string()),
    }
}

fn interrupted(message: String) -> CellError {
    plain_error("Interrupted", &message)
}
