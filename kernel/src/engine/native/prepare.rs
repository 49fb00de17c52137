//! All that comes before a cell runs: what it may use, and its compilation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use super::child::Place;
use super::commands::{self, Level, Measure};
use super::compile::{Compiled, Mode};
use super::definitions::{CellText, Definitions};
use super::generate::{self, Generated, Input};
use super::moves::{self, VariableFacts};
use super::source::{self, ParsedCell};
use super::types::VariableType;
use super::{
    CompiledCell, How, Known, Notebook, Question, Ready, RunningCell, diagnostics, interrupted, nesting, obey,
    plain_error,
};
use crate::engine::{Cell, CellError, Event, StreamName, Timing};

/// How often one cell is compiled at most: each attempt leaves out what the one before could not store.
const ATTEMPTS_MAX: usize = 5;

impl Notebook {
    /// All that comes before a cell runs; nothing for one that has no code to run.
    pub(super) fn prepare_cell(
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

    pub(super) fn rustc(&mut self, generated: &Generated, mode: Mode) -> Result<Compiled, CellError> {
        let compiler =
            self.compiler.as_mut().ok_or_else(|| plain_error("KernelError", "the workbench is not ready"))?;
        compiler
            .compile(&generated.text, mode, &self.control)
            .map_err(|error| plain_error("KernelError", &error.to_string()))
    }

    pub(super) fn refuse_unnameable(
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

    pub(super) fn named_variables(&self, redefined: &BTreeSet<String>) -> BTreeMap<String, VariableType> {
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
}
