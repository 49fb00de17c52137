//! All that comes after a cell has run: what is kept of it, and what its error means.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use super::child::{self, Place, Ran, Stored};
use super::compile::Compiled;
use super::crash::{self, Report};
use super::definitions::{CellText, Definitions};
use super::types::{self, VariableType};
use super::{CompiledCell, Known, Notebook, Question, Ready, Source, Variable, diagnostics, interrupted, plain_error};
use crate::engine::{CellError, Event, StreamName, Timing};

impl Notebook {
    /// All that comes after a cell has run.
    pub(super) fn conclude_cell(
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
}
