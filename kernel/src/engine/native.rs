//! The engine: each cell is one call of `rustc`, for a shared object that the child process loads and runs.

pub mod child;
mod compile;
pub mod control;
mod definitions;
mod diagnostics;
mod generate;
pub mod source;
mod tempfolder;
mod types;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};

use self::child::{Child, Ran, Stored};
use self::compile::{Compiled, Diagnostic, Mode};
use self::control::Control;
use self::definitions::{CellText, Definitions};
use self::generate::{Generated, Input, LeftOut};
use self::source::ParsedCell;
use self::tempfolder::TempFolder;
use self::types::VariableType;
use super::analysis::{EvcxrAnalysis, Snapshot};
use super::{Analysis, Cell, CellError, Engine, Event, Interrupt, StreamName};
use crate::preload::{Preload, Progress};

/// How often one cell is compiled at most: each attempt leaves out what the one before could not store.
const ATTEMPTS_MAX: usize = 5;

pub struct NativeEngine {
    /// The program that is started as the child: this one, but in tests.
    program: PathBuf,
    control: Control,
    /// Built or opened by the first cell.
    preload: Option<Arc<Preload>>,
    child: Option<Child>,
    definitions: Definitions,
    variables: BTreeMap<String, Variable>,
    /// Where generated code and shared objects go; removed with the engine.
    folder: TempFolder,
    /// Counts compilations, since each needs a file of its own.
    n_compilations: u32,
    /// What the analysis may know, which answers from other threads.
    snapshot: Arc<Mutex<Snapshot>>,
}

#[derive(Clone, Debug)]
struct Variable {
    stored: Stored,
    ty: Known,
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
struct Question {
    cell: Arc<CellText>,
    parsed: ParsedCell,
    definitions: Definitions,
    variables: BTreeMap<String, VariableType>,
}

impl NativeEngine {
    /// `program` is run for the child process; its `main` begins with [`child::run_if_child`].
    pub fn new(program: &Path) -> std::io::Result<NativeEngine> {
        Ok(NativeEngine {
            program: program.to_owned(),
            control: Control::default(),
            preload: None,
            child: None,
            definitions: Definitions::default(),
            variables: BTreeMap::new(),
            folder: TempFolder::new()?,
            n_compilations: 0,
            snapshot: Arc::default(),
        })
    }

    /// Uses this preload rather than looking for one when the first cell runs.
    pub fn with_preload(mut self, preload: Preload) -> NativeEngine {
        self.preload = Some(Arc::new(preload));
        self
    }

    /// Where the analysis may keep its files; they go with the engine.
    pub fn analysis_folder(&self) -> PathBuf {
        self.folder.path().join("evcxr")
    }

    fn preload(&mut self, sink: &mut dyn FnMut(Event)) -> Result<Arc<Preload>, CellError> {
        if let Some(preload) = &self.preload {
            return Ok(Arc::clone(preload));
        }
        let mut shown = PreloadDisplay::default();
        let preload = Preload::ensure(&self.control, &mut |progress| shown.update(&progress, sink));
        shown.finish(preload.is_ok(), sink);
        let preload = Arc::new(preload.map_err(|error| match error {
            crate::preload::PreloadError::Interrupted => interrupted(error.to_string()),
            error => plain_error("PreloadError", &error.to_string()),
        })?);
        self.preload = Some(Arc::clone(&preload));
        Ok(preload)
    }

    fn child(&mut self, preload: &Preload) -> Result<&mut Child, CellError> {
        if self.child.is_none() {
            let child = Child::start(&self.program, &preload.runtime());
            let explain =
                |error| plain_error("KernelError", &format!("cannot start the process that runs cells: {error}"));
            self.child = Some(child.map_err(explain)?);
        }
        self.child.as_mut().ok_or_else(|| plain_error("KernelError", "the process that runs cells is gone"))
    }

    fn run(&mut self, cell: &Cell, sink: &mut dyn FnMut(Event)) -> Result<(), CellError> {
        let parsed = source::parse(&cell.code);
        let loop_checks = source::loop_checks(&cell.code);
        let text = Arc::new(CellText { execution_count: cell.execution_count, code: cell.code.clone(), loop_checks });
        let preload = self.preload(sink)?;
        // Started now, it loads the workbench while the compiler works.
        self.child(&preload)?;
        self.settle_types(&preload, &parsed.mentions)?;
        let (definitions, redefined) = self.definitions.with_cell(&text, &parsed);
        let variables = self.named_variables(&redefined);
        self.refuse_unnameable(&parsed, &text, &redefined)?;

        let runs = !parsed.statements.is_empty() || parsed.tail.is_some();
        let mode = match (runs, parsed.has_loops) {
            (false, _) => Mode::Check,
            (true, true) => Mode::Optimised,
            (true, false) => Mode::Quick,
        };
        let compiled = self.compile(&preload, &text, &parsed, &definitions, &variables, mode)?;
        for warning in diagnostics::warnings(&compiled.generated, &compiled.warnings) {
            sink(Event::Stream { name: StreamName::Stderr, text: format!("{warning}\n") });
        }
        // The cell is right as far as the compiler can tell, so its definitions hold, whatever it does when it runs.
        self.definitions = definitions;
        self.forget_redefined(&redefined, sink)?;
        if runs {
            let question = Arc::new(Question {
                cell: Arc::clone(&text),
                parsed,
                definitions: self.definitions.clone(),
                variables,
            });
            self.run_object(&compiled, question, sink)?;
        }
        Ok(())
    }

    fn compile(
        &mut self,
        preload: &Preload,
        cell: &Arc<CellText>,
        parsed: &ParsedCell,
        definitions: &Definitions,
        variables: &BTreeMap<String, VariableType>,
        mode: Mode,
    ) -> Result<CompiledCell, CellError> {
        let mut left_out = LeftOut::default();
        for _ in 0..ATTEMPTS_MAX {
            let generated = generate::cell_crate(&Input { cell, parsed, definitions, variables, left_out: &left_out });
            match self.rustc(preload, &generated, mode)? {
                Compiled::Done { object, warnings } => {
                    return Ok(CompiledCell { object, generated, warnings, left_out });
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

    fn rustc(&mut self, preload: &Preload, generated: &Generated, mode: Mode) -> Result<Compiled, CellError> {
        self.n_compilations += 1;
        let name = format!("cell_{}", self.n_compilations);
        compile::compile(preload, self.folder.path(), &name, &generated.text, mode, &self.control)
            .map_err(|error| plain_error("KernelError", &error.to_string()))
    }

    fn run_object(
        &mut self,
        compiled: &CompiledCell,
        question: Arc<Question>,
        sink: &mut dyn FnMut(Event),
    ) -> Result<(), CellError> {
        let control = self.control.clone();
        let Some(child) = self.child.as_mut() else {
            return Err(plain_error("KernelError", "the process that runs cells is gone"));
        };
        let symbol = generate::symbol(question.cell.execution_count);
        let ran = child.run(&compiled.object, &symbol, &control, sink);
        let _ = std::fs::remove_file(&compiled.object);
        match ran.map_err(|error| plain_error("KernelError", &format!("lost the process that runs cells: {error}"))) {
            Ok(Ran::Done { error, stored }) => {
                self.keep_variables(compiled, &question, stored);
                self.tell_unkept(compiled, &question, error.is_some(), sink);
                match error {
                    None => Ok(()),
                    Some(error) => Err(cell_error(&compiled.generated, &error, self.control.is_interrupted())),
                }
            }
            Ok(Ran::Died(status)) => {
                let lost = self.lose_child();
                let message = format!("the process that ran the cell ended: {}{lost}", child::describe_end(status));
                Err(plain_error("ProcessDied", &message))
            }
            Ok(Ran::EndedByForce) => {
                let lost = self.lose_child();
                Err(interrupted(format!("the cell did not stop when asked to, and its process was ended{lost}")))
            }
            Err(error) => {
                self.lose_child();
                Err(error)
            }
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
                    Variable { stored: stored.clone(), ty, cell: Arc::clone(&question.cell) }
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

    /// The child and all variables are gone; says which, in words that continue a sentence.
    fn lose_child(&mut self) -> String {
        self.child = None;
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
        match &mut self.child {
            Some(child) => child.forget(&names).map_err(|error| plain_error("KernelError", &error.to_string())),
            None => Ok(()),
        }
    }

    /// Asks the compiler for the types of those mentioned variables that it has to be asked for.
    fn settle_types(&mut self, preload: &Preload, mentions: &BTreeSet<String>) -> Result<(), CellError> {
        loop {
            let question = self.variables.iter().find_map(|(name, variable)| match &variable.ty {
                Known::Ask(question) if mentions.contains(name) => Some(Arc::clone(question)),
                _ => None,
            });
            let Some(question) = question else { return Ok(()) };
            let asked = |variable: &Variable| matches!(&variable.ty, Known::Ask(own) if Arc::ptr_eq(own, &question));
            let names: Vec<String> =
                self.variables.iter().filter(|(_, variable)| asked(variable)).map(|(name, _)| name.clone()).collect();
            let input = Input {
                cell: &question.cell,
                parsed: &question.parsed,
                definitions: &question.definitions,
                variables: &question.variables,
                left_out: &LeftOut::default(),
            };
            let generated = generate::probe_crate(&input, &names);
            let found = match self.rustc(preload, &generated, Mode::Probe)? {
                Compiled::Failed { diagnostics } => diagnostics::probed_types(&generated, &diagnostics),
                Compiled::Done { .. } => BTreeMap::new(),
                Compiled::Interrupted => {
                    return Err(interrupted("the compiler was ended; no variable has changed".into()));
                }
            };
            for name in names {
                if let Some(variable) = self.variables.get_mut(&name) {
                    let unknown =
                        || VariableType::Unnameable(format!("its type `{}` has no name", variable.stored.type_name));
                    let ty = found.get(&name).map_or_else(unknown, |found| types::from_probe(found));
                    variable.ty = Known::Type(ty);
                }
            }
        }
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
        let mut snapshot = self.snapshot.lock().unwrap_or_else(PoisonError::into_inner);
        snapshot.definitions =
            self.definitions.items().iter().map(|definition| definition.source().to_owned()).collect();
        snapshot.imports = self.definitions.imports().iter().map(|kept| kept.import.code.clone()).collect();
        snapshot.variables = self
            .variables
            .iter()
            .map(|(name, variable)| match &variable.ty {
                Known::Type(VariableType::Named(ty)) => (name.clone(), ty.clone()),
                _ => (name.clone(), String::new()),
            })
            .collect();
    }
}

impl Engine for NativeEngine {
    fn execute(&mut self, cell: &Cell, sink: &mut dyn FnMut(Event)) -> Result<(), CellError> {
        self.control.begin();
        let outcome = self.run(cell, sink);
        self.control.idle();
        self.publish_snapshot();
        outcome
    }

    fn interrupter(&self) -> Arc<dyn Interrupt> {
        Arc::new(self.control.clone())
    }

    fn analysis(&self) -> Arc<dyn Analysis> {
        Arc::new(EvcxrAnalysis::new(Arc::clone(&self.snapshot)))
    }
}

/// A cell that the compiler accepted.
struct CompiledCell {
    object: PathBuf,
    generated: Generated,
    warnings: Vec<Diagnostic>,
    left_out: LeftOut,
}

impl CompiledCell {
    /// Whether a new variable is not stored because the cell itself moved it away, which needs no telling.
    fn moved_in_cell(&self, name: &str) -> bool {
        self.left_out.moved.contains(name)
    }
}

impl Variable {
    fn mentions_type(&self, names: &BTreeSet<String>) -> bool {
        !names.is_empty() && !source::mentions_of(&self.stored.type_name).is_disjoint(names)
    }
}

/// How far the build of the preload is, as one display that is updated in place.
#[derive(Default)]
struct PreloadDisplay {
    is_shown: bool,
    last: String,
}

const PRELOAD_DISPLAY_ID: &str = "tunebook-preload";

impl PreloadDisplay {
    fn update(&mut self, progress: &Progress, sink: &mut dyn FnMut(Event)) {
        let share = if progress.total > 0 { progress.done as f64 / progress.total as f64 } else { 0.0 };
        let minutes = format!("{}:{:02}", progress.elapsed.as_secs() / 60, progress.elapsed.as_secs() % 60);
        let counts =
            if progress.total > 0 { format!(" {} of {}", progress.done, progress.total) } else { String::new() };
        let what: String = progress.what.chars().take(60).collect();
        let text = format!("Preparing the workbench, once for this version:{counts} ({minutes}) {what}");
        if text == self.last {
            return;
        }
        let html = format!(
            "<div><b>Preparing the workbench</b>, once for this version. It takes about 15 minutes on two cores.<br>\
             <progress value=\"{share:.3}\" max=\"1\" style=\"width:24em\"></progress>{counts} <span style=\"opacity:.7\">{minutes} · {}</span></div>",
            what.replace('&', "&amp;").replace('<', "&lt;")
        );
        self.show(&text, &html, sink);
        self.last = text;
    }

    fn finish(&mut self, succeeded: bool, sink: &mut dyn FnMut(Event)) {
        if self.is_shown && succeeded {
            self.show("The workbench is ready.", "<div>The workbench is ready.</div>", sink);
        }
    }

    fn show(&mut self, text: &str, html: &str, sink: &mut dyn FnMut(Event)) {
        let data = json!({"text/plain": text, "text/html": html}).as_object().cloned().unwrap_or_default();
        sink(Event::Display {
            data,
            metadata: Map::new(),
            display_id: Some(PRELOAD_DISPLAY_ID.into()),
            update: self.is_shown,
        });
        self.is_shown = true;
    }
}

/// An error that the cell's own code ended with.
fn cell_error(generated: &Generated, error: &Value, was_interrupted: bool) -> CellError {
    let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
    let number = |key: &str| error[key].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(0);
    let (kind, message) = (text("kind"), text("message"));
    if was_interrupted && kind != "Panic" {
        return interrupted(message);
    }
    let offset = generated.offset_at(number("line"), number("column")).filter(|_| text("file").starts_with("cell_"));
    let label = if kind == "Panic" { "panicked here" } else { "this failed" };
    let traceback = match offset.and_then(|offset| generated.to_cell(offset)) {
        Some((cell, at)) => vec![diagnostics::render_at(&format!("{kind}: {message}"), None, cell, at, label)],
        None => {
            let place = if text("file").is_empty() || text("file").starts_with("cell_") {
                String::new()
            } else {
                format!("\n  at {}:{}", text("file"), number("line"))
            };
            vec![format!("\x1b[1;31m{kind}\x1b[0m: {message}{place}")]
        }
    };
    CellError { ename: kind, evalue: message, traceback }
}

fn plain_error(ename: &str, message: &str) -> CellError {
    let evalue = message.lines().next().unwrap_or_default().to_owned();
    CellError { ename: ename.into(), evalue, traceback: vec![format!("\x1b[1;31m{ename}\x1b[0m: {message}")] }
}

fn interrupted(message: String) -> CellError {
    plain_error("Interrupted", &message)
}
