//! The engine: each cell is one call of `rustc`, for a shared object that the child process loads and runs.

mod build_display;
pub mod child;
pub mod commands;
pub(super) mod compile;
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
pub mod source;
mod stdin;
mod table;
mod timing;
pub(super) mod types;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::Value;

use self::build_display::BuildDisplay;
use self::child::{Child, Place, Ran, RunRequest, Stored};
use self::commands::surroundings::Surroundings;
use self::commands::{Level, Measure, Repeat};
use self::compile::{Compiled, Compiler, Diagnostic, Mode, Probe};
use self::control::Control;
use self::crash::Report;
use self::definitions::{CellText, CompiledItems, Definitions};
use self::generate::{Generated, Input, LeftOut};
use self::moves::VariableFacts;
use self::source::ParsedCell;
use self::types::VariableType;
use super::analysis::{CompilerAnalysis, KnownVariable, Snapshot};
use super::{Analysis, Answer, Cell, CellError, Engine, Event, Interrupt, StreamName, Subshells, Timing, VariableRow};
use crate::preload::dependencies::Wishes;
use crate::preload::{Preload, PreloadError};

/// How often one cell is compiled at most: each attempt leaves out what the one before could not store.
const ATTEMPTS_MAX: usize = 5;

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

    /// All that comes before a cell runs; nothing for one that has no code to run.
    fn prepare_cell(
        &mut self,
        cell: &Cell,
        place: Place,
        timing: &mut Timing,
        sink: &mut dyn FnMut(Event),
    ) -> Result<Option<Ready>, CellError> {
        if self.control.is_interrupted() {
            return Err(interrupted("the cell was interrupted before it began".into()));
        }
        if let Some(at) = nesting::too_deep_at(&cell.code) {
            let text =
                CellText { execution_count: cell.execution_count, code: cell.code.clone(), loop_checks: Vec::new() };
            let title = "this code is nested too deep";
            let traceback = vec![diagnostics::render_at(title, None, &text, at, "one level too many")];
            return Err(CellError { ename: "CompileError".into(), evalue: title.into(), traceback });
        }
        let start = Instant::now();
        let commands = commands::parse_knowing(&cell.code, &|name| self.knows(name));
        let mut parsed = source::parse(&commands.code);
        let loop_checks = source::loop_checks(&commands.code);
        let text =
            Arc::new(CellText { execution_count: cell.execution_count, code: commands.code.clone(), loop_checks });
        timing.analysis = start.elapsed();
        let level = self.obey(&commands, cell, place, sink)?;
        if parsed.is_empty() {
            return Ok(None);
        }
        self.make_ready(sink)?;
        let repeat = match &commands.measure {
            Some(Measure::Repeated(repeat)) => Some(repeat),
            _ => None,
        };
        if repeat.is_some() {
            // What it binds is bound anew in each round, and gone after it.
            parsed.bindings.clear();
        }
        let how = How { level: if repeat.is_some() { Level::Release } else { level }, repeat, place };
        let ready = self.prepare_code(text, parsed, how, timing, sink);
        self.count_work(timing);
        let is_measured = commands.measure == Some(Measure::Once);
        match ready? {
            Some(ready) => {
                let mut names: BTreeSet<String> = ready.question.parsed.bindings.iter().cloned().collect();
                names.extend(ready.compiled.generated.taken.iter().cloned());
                self.running.push(RunningCell { cell: Arc::clone(&ready.question.cell), names });
                Ok(Some(Ready { is_measured, ..ready }))
            }
            None => {
                self.ask_ahead();
                if is_measured {
                    sink(obey::measured(timing));
                }
                Ok(None)
            }
        }
    }

    /// Counts what the compiler has done since this was last called.
    fn count_work(&mut self, timing: &mut Timing) {
        let work = self.compiler.as_mut().map(Compiler::take_work).unwrap_or_default();
        timing.compiler_calls += work.calls;
        timing.compile += work.compile;
        timing.link += work.link;
    }

    fn prepare_code(
        &mut self,
        text: Arc<CellText>,
        parsed: ParsedCell,
        how: How<'_>,
        timing: &mut Timing,
        sink: &mut dyn FnMut(Event),
    ) -> Result<Option<Ready>, CellError> {
        self.settle_types(&parsed.mentions)?;
        let (definitions, redefined) = self.definitions.with_cell(&text, &parsed);
        self.refuse_in_use(&parsed, &text, &redefined)?;
        let variables = self.named_variables(&redefined);
        self.refuse_unnameable(&parsed, &text, &redefined)?;

        let compiled = self.compile(&text, &parsed, &definitions, &variables, how)?;
        timing.is_optimised = compiled.mode == Mode::Optimised;
        for warning in diagnostics::warnings(&compiled.generated, &compiled.warnings) {
            sink(Event::Stream { name: StreamName::Stderr, text: format!("{warning}\n") });
        }
        // The cell is right as far as the compiler can tell, so its definitions hold, whatever it does when it runs.
        self.definitions = definitions;
        self.forget_redefined(&redefined, sink)?;
        if !compiled.is_loaded {
            let _ = std::fs::remove_file(&compiled.object);
            return Ok(None);
        }
        let Some(child) = self.child.clone() else {
            return Err(plain_error("KernelError", "the process that runs cells is gone"));
        };
        self.surroundings.code_runs();
        let library = self.compiler.as_ref().and_then(|compiler| compiler.dependencies().library());
        let definitions = self.definitions.clone();
        let question = Arc::new(Question { cell: text, parsed, definitions, variables });
        Ok(Some(Ready { compiled, question, child, library, is_measured: false }))
    }

    /// What a cell that runs has taken or will store is its own until it has ended.
    fn refuse_in_use(
        &self,
        parsed: &ParsedCell,
        cell: &CellText,
        redefined: &BTreeSet<String>,
    ) -> Result<(), CellError> {
        for running in &self.running {
            let n = running.cell.execution_count;
            let name = parsed.mentions.iter().chain(&parsed.bindings).find(|name| running.names.contains(*name));
            if let Some(name) = name {
                let evalue = format!("`{name}` is in use by In[{n}], which runs");
                let at = cell.code.find(name.as_str()).unwrap_or(0);
                let traceback =
                    vec![diagnostics::render_at(&evalue, None, cell, at, "it can be used when that cell has ended")];
                return Err(CellError { ename: "VariableInUse".into(), evalue, traceback });
            }
            if let Some((name, _)) = self.variables.iter().find(|(_, variable)| variable.mentions_type(redefined)) {
                let message = format!("the type of `{name}` cannot be defined anew while In[{n}] runs");
                return Err(plain_error("VariableInUse", &message));
            }
        }
        Ok(())
    }

    fn compile(
        &mut self,
        cell: &Arc<CellText>,
        parsed: &ParsedCell,
        definitions: &Definitions,
        variables: &BTreeMap<String, VariableType>,
        how: How<'_>,
    ) -> Result<CompiledCell, CellError> {
        let mut left_out = moves::predict(parsed, definitions, |name| self.facts(name));
        self.n_cells += 1;
        if let Some(compiler) = &mut self.compiler {
            compiler.set_epoch(definitions.epoch());
        }
        for _ in 0..ATTEMPTS_MAX {
            let compiled = &self.compiled_items;
            let sequence = self.n_cells;
            let immutable = &self.immutable_variables();
            let generated = generate::cell_crate(&Input {
                cell,
                parsed,
                definitions,
                variables,
                immutable,
                compiled,
                sequence,
                left_out: &left_out,
                has_dependencies: self.has_dependencies(),
                repeat: how.repeat,
                is_across: how.place == Place::Lane,
            });
            // Of types and generic functions no code is made before something uses them.
            let is_loaded = !parsed.statements.is_empty() || parsed.tail.is_some() || !generated.exported.is_empty();
            let mode = match how.level {
                Level::Auto if generated.has_loops && is_loaded => Mode::Optimised,
                Level::Release => Mode::Optimised,
                Level::Auto | Level::Debug => Mode::Quick,
            };
            match self.rustc(&generated, mode)? {
                Compiled::Done { source, object, warnings } => {
                    let generated = Arc::new(generated);
                    return Ok(CompiledCell { source, object, generated, warnings, left_out, is_loaded, mode });
                }
                Compiled::Failed { diagnostics } => match diagnostics::left_out(&generated, &diagnostics, &left_out) {
                    Some(next) => left_out = next,
                    None => return Err(diagnostics::compile_error(&generated, &diagnostics)),
                },
                Compiled::Interrupted => {
                    return Err(interrupted("the compiler was ended; no variable has changed".into()));
                }
            }
        }
        Err(plain_error(
            "CompileError",
            "the compiler's complaints about this cell's variables do not come to an end; give the cell's code a block of its own: `{ … }`",
        ))
    }

    fn rustc(&mut self, generated: &Generated, mode: Mode) -> Result<Compiled, CellError> {
        let compiler =
            self.compiler.as_mut().ok_or_else(|| plain_error("KernelError", "the workbench is not ready"))?;
        compiler
            .compile(&generated.text, mode, &self.control)
            .map_err(|error| plain_error("KernelError", &error.to_string()))
    }

    /// All that comes after a cell has run.
    fn conclude_cell(
        &mut self,
        ready: &Ready,
        ran: std::io::Result<Ran>,
        place: Place,
        timing: &mut Timing,
        sink: &mut dyn FnMut(Event),
    ) -> Result<(), CellError> {
        let Ready { compiled, question, child, .. } = ready;
        self.running.retain(|running| !Arc::ptr_eq(&running.cell, &question.cell));
        let _ = std::fs::remove_file(&compiled.object);
        // Another cell may have found before that it has ended.
        let is_current = self.child.as_ref().is_some_and(|current| current.is(child));
        match ran.map_err(|error| plain_error("KernelError", &format!("lost the process that runs cells: {error}"))) {
            Ok(Ran::Done { .. }) if !is_current => {
                Err(plain_error("ProcessDied", "the process that ran the cell ended just after it"))
            }
            Ok(Ran::Done { error, stored, times }) => {
                (timing.load, timing.run, timing.display) = (times.load, times.run, times.display);
                (timing.user, timing.system) = (times.user, times.system);
                if error.as_ref().is_none_or(|error| error["kind"] != "LoadError") {
                    self.keep_items(compiled, &question.definitions);
                }
                self.keep_variables(compiled, question, stored);
                self.tell_unkept(compiled, question, error.is_some(), sink);
                match error {
                    None => Ok(()),
                    Some(error) => Err(self.cell_error(compiled, &error)),
                }
            }
            Ok(Ran::Died { status, report }) => {
                let calls = report.as_ref().map(|report| self.calls_in_cells(compiled, report)).unwrap_or_default();
                let end =
                    format!("the process that ran the cell ended: {}", child::describe_end(status, report.as_ref()));
                let mut traceback = diagnostics::render_calls(&format!("ProcessDied: {end}"), &calls);
                let lost = if is_current { self.lose_child() } else { String::new() };
                match traceback.last_mut() {
                    Some(last) => last.push_str(&lost),
                    None => return Err(plain_error("ProcessDied", &format!("{end}{lost}"))),
                }
                Err(CellError { ename: "ProcessDied".into(), evalue: end, traceback })
            }
            Ok(Ran::NotBegun) => Err(interrupted("the cell was interrupted before it began".into())),
            Ok(Ran::EndedByForce) if place == Place::Lane || !is_current => {
                let why = "the process that ran the cell was ended together with another cell";
                let lost = if is_current { self.lose_child() } else { String::new() };
                Err(plain_error("ProcessDied", &format!("{why}{lost}")))
            }
            Ok(Ran::EndedByForce) => {
                let lost = self.lose_child();
                Err(interrupted(format!("the cell did not stop when asked to, and its process was ended{lost}")))
            }
            Err(error) => {
                if is_current {
                    self.lose_child();
                }
                Err(error)
            }
        }
    }

    fn keep_items(&mut self, compiled: &CompiledCell, definitions: &Definitions) {
        for (id, symbol) in &compiled.generated.exported {
            self.compiled_items.add(*id, symbol.clone(), definitions);
        }
        if !compiled.generated.exported.is_empty() {
            let (generated, object) = (Arc::clone(&compiled.generated), compiled.object.clone());
            let source = Source { generated, mode: compiled.mode, object, is_in_use: true };
            self.sources.insert(compiled.source.clone(), source);
            self.release_replaced();
        }
    }

    /// Tells the child of the objects in which no later cell will look for anything, since all in them has been defined anew.
    fn release_replaced(&mut self) {
        let mut released = Vec::new();
        for source in self.sources.values_mut().filter(|source| source.is_in_use) {
            let mut exported = source.generated.exported.iter();
            source.is_in_use =
                exported.any(|(id, symbol)| self.compiled_items.has_symbol(*id, symbol, &self.definitions));
            if !source.is_in_use {
                released.push(source.object.to_string_lossy().into_owned());
            }
        }
        if let Some(child) = self.child.as_ref().filter(|_| !released.is_empty()) {
            // A child that cannot be told has ended, which the next cell finds.
            let _ = child.release(&released);
        }
    }

    fn keep_variables(&mut self, compiled: &CompiledCell, question: &Arc<Question>, stored: Vec<Stored>) {
        // What was taken and not given back was moved away by the cell.
        for name in &compiled.generated.taken {
            if !stored.iter().any(|stored| stored.name == *name) {
                self.variables.remove(name);
            }
        }
        for stored in stored {
            let put_back = self.variables.get(&stored.name).filter(|old| {
                old.stored.type_name == stored.type_name && !question.parsed.bindings.contains(&stored.name)
            });
            let variable = match put_back {
                Some(old) => old.clone(),
                None => {
                    let named =
                        types::from_type_name(&stored.type_name, |name| question.definitions.type_is_defined(name));
                    let ty = match named {
                        Some(code) => Known::Type(VariableType::Named(code)),
                        None => Known::Ask(Arc::clone(question)),
                    };
                    let is_mutable = question.parsed.mutable.contains(&stored.name);
                    Variable { stored: stored.clone(), ty, is_mutable, cell: Arc::clone(&question.cell) }
                }
            };
            self.variables.insert(stored.name, variable);
        }
    }

    /// Names, in the cell's output, the new variables that borrow from others and so end with the cell.
    fn tell_unkept(&self, compiled: &CompiledCell, question: &Question, failed: bool, sink: &mut dyn FnMut(Event)) {
        for name in compiled.left_out.store.iter().filter(|_| !failed) {
            let moved = compiled.moved_in_cell(name);
            if !moved && question.parsed.bindings.contains(name) {
                let text = format!("note: `{name}` borrows from another variable, so it is not kept for later cells\n");
                sink(Event::Stream { name: StreamName::Stderr, text });
            }
        }
    }

    /// An error that the cell's own code ended with.
    fn cell_error(&self, compiled: &CompiledCell, error: &Value) -> CellError {
        let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
        let number = |key: &str| error[key].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(0);
        let (kind, message, file) = (text("kind"), text("message"), text("file"));
        if self.control.is_interrupted() && kind != "Panic" {
            return interrupted(message);
        }
        let generated = if file == compiled.source {
            Some(&compiled.generated)
        } else {
            self.sources.get(&file).map(|own| &own.generated)
        };
        let place =
            generated.and_then(|generated| generated.to_cell(generated.offset_at(number("line"), number("column"))?));
        let label = if kind == "Panic" { "panicked here" } else { "this failed" };
        let traceback = match place {
            Some((cell, at)) => vec![diagnostics::render_at(&format!("{kind}: {message}"), None, cell, at, label)],
            None if file.is_empty() || file.starts_with("cell_") => vec![format!("\x1b[1;31m{kind}\x1b[0m: {message}")],
            None => vec![format!("\x1b[1;31m{kind}\x1b[0m: {message}\n  at {file}:{}", number("line"))],
        };
        CellError { ename: kind, evalue: message, traceback }
    }

    /// The places in cells at which a child was that crashed, the innermost first.
    fn calls_in_cells(&mut self, compiled: &CompiledCell, report: &Report) -> Vec<(Arc<CellText>, usize)> {
        let mut places = Vec::new();
        // What was compiled with line numbers, for each source.
        let mut objects: HashMap<String, Option<(String, PathBuf)>> = HashMap::new();
        for call in &report.calls {
            let name = call.object.strip_prefix("lib").and_then(|name| name.strip_suffix(".so"));
            let source = format!("{}.rs", name.unwrap_or_default());
            let own = (source == compiled.source).then_some((&compiled.generated, compiled.mode));
            let earlier = self.sources.get(&source).map(|own| (&own.generated, own.mode));
            let Some((generated, mode)) = own.or(earlier) else { continue };
            let object = objects.entry(source).or_insert_with(|| {
                match self.compiler.as_mut()?.compile_with_lines(&generated.text, mode, &self.control) {
                    Ok(Compiled::Done { source, object, .. }) => Some((source, object)),
                    _ => None,
                }
            });
            let Some((source, object)) = object else { continue };
            for place in crash::places(object, call.offset, source) {
                let offset = generated.offset_at(place.line, place.column);
                let place = offset.and_then(|offset| generated.to_cell(offset));
                places.extend(place.map(|(cell, at)| (Arc::clone(cell), at)));
            }
        }
        for (_, object) in objects.into_values().flatten() {
            let _ = std::fs::remove_file(object);
        }
        places
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

    fn forget_redefined(&mut self, redefined: &BTreeSet<String>, sink: &mut dyn FnMut(Event)) -> Result<(), CellError> {
        let names: Vec<String> = self
            .variables
            .iter()
            .filter(|(_, variable)| variable.mentions_type(redefined))
            .map(|(name, _)| name.clone())
            .collect();
        if names.is_empty() {
            return Ok(());
        }
        for name in &names {
            self.variables.remove(name);
        }
        let text = format!("note: dropped `{}`, of a type that this cell defines anew\n", names.join("`, `"));
        sink(Event::Stream { name: StreamName::Stderr, text });
        match &self.child {
            Some(child) => child.forget(&names).map_err(|error| plain_error("KernelError", &error.to_string())),
            None => Ok(()),
        }
    }

    /// Finds out the types of those mentioned variables that the compiler has to be asked for.
    fn settle_types(&mut self, mentions: &BTreeSet<String>) -> Result<(), CellError> {
        loop {
            let question = self.variables.iter().find_map(|(name, variable)| match &variable.ty {
                Known::Ask(question) if mentions.contains(name) => Some(Arc::clone(question)),
                _ => None,
            });
            let Some(question) = question else { return Ok(()) };
            self.ask(&question)?;
            let Some(Asked { generated, probe, .. }) = self.asked.take() else { return Ok(()) };
            let no_compiler = |error: compile::CompileError| plain_error("KernelError", &error.to_string());
            let Some(diagnostics) = probe.answer(&self.control).map_err(no_compiler)? else {
                return Err(interrupted("the compiler was ended; no variable has changed".into()));
            };
            let found = diagnostics::probed_types(&generated, &diagnostics);
            for (name, variable) in self.variables.iter_mut().filter(|(_, variable)| variable.asks(&question)) {
                let unknown =
                    || VariableType::Unnameable(format!("its type `{}` has no name", variable.stored.type_name));
                let ty = found.get(name).map_or_else(unknown, |found| types::from_probe(found));
                variable.ty = Known::Type(ty);
            }
        }
    }

    /// Begins to ask for the types of what the cell has stored, which a person who reads its output need not wait for.
    fn ask_ahead(&mut self) {
        let question = self.variables.values().find_map(|variable| match &variable.ty {
            Known::Ask(question) => Some(Arc::clone(question)),
            Known::Type(_) => None,
        });
        // What goes wrong is told when the answer is needed.
        let _ = question.map(|question| self.ask(&question));
    }

    fn ask(&mut self, question: &Arc<Question>) -> Result<(), CellError> {
        if self.asked.as_ref().is_some_and(|asked| Arc::ptr_eq(&asked.question, question)) {
            return Ok(());
        }
        let asking = self.variables.iter().filter(|(_, variable)| variable.asks(question));
        let names: Vec<String> = asking.map(|(name, _)| name.clone()).collect();
        let Question { cell, parsed, definitions, variables } = &**question;
        let has_dependencies = self.has_dependencies();
        let input = Input {
            sequence: self.n_cells,
            has_dependencies,
            ..Input::to_ask_about(cell, parsed, definitions, variables, &self.compiled_items)
        };
        let generated = generate::probe_crate(&input, &names);
        let compiler =
            self.compiler.as_mut().ok_or_else(|| plain_error("KernelError", "the workbench is not ready"))?;
        let probe = compiler.probe(&generated.text).map_err(|error| plain_error("KernelError", &error.to_string()))?;
        self.asked = Some(Asked { question: Arc::clone(question), generated, probe });
        Ok(())
    }

    fn has_dependencies(&self) -> bool {
        self.compiler.as_ref().is_some_and(|compiler| compiler.dependencies().crate_name().is_some())
    }

    fn named_variables(&self, redefined: &BTreeSet<String>) -> BTreeMap<String, VariableType> {
        let usable = self.variables.iter().filter(|(_, variable)| !variable.mentions_type(redefined));
        usable
            .filter_map(|(name, variable)| match &variable.ty {
                Known::Type(ty) => Some((name.clone(), ty.clone())),
                Known::Ask(_) => None,
            })
            .collect()
    }

    fn facts(&self, name: &str) -> Option<VariableFacts<'_>> {
        let variable = self.variables.get(name)?;
        let type_code = match &variable.ty {
            Known::Type(VariableType::Named(code)) => Some(code.as_str()),
            _ => None,
        };
        Some(VariableFacts { type_code, owns: variable.stored.owns })
    }

    fn immutable_variables(&self) -> BTreeSet<String> {
        let immutable = self.variables.iter().filter(|(_, variable)| !variable.is_mutable);
        immutable.map(|(name, _)| name.clone()).collect()
    }

    fn refuse_unnameable(
        &self,
        parsed: &ParsedCell,
        cell: &CellText,
        redefined: &BTreeSet<String>,
    ) -> Result<(), CellError> {
        for name in parsed.mentions.iter().filter(|name| !parsed.bindings.contains(*name)) {
            let Some(variable) = self.variables.get(name).filter(|variable| !variable.mentions_type(redefined)) else {
                continue;
            };
            if let Known::Type(VariableType::Unnameable(reason)) = &variable.ty {
                let evalue =
                    format!("`{name}` of In[{}] cannot be used in another cell", variable.cell.execution_count);
                let at = cell.code.find(name.as_str()).unwrap_or(0);
                let traceback = vec![diagnostics::render_at(&evalue, None, cell, at, reason)];
                return Err(CellError {
                    ename: "CompileError".into(),
                    evalue: format!("{evalue}: {reason}"),
                    traceback,
                });
            }
        }
        Ok(())
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
