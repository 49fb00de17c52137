//! Types of variables that only the compiler knows: it is asked ahead, beside other work.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::generate::{self, Input};
use super::types::{self, VariableType};
use super::{Asked, Known, Notebook, Question, compile, diagnostics, interrupted, plain_error};
use crate::engine::CellError;

impl Notebook {
    /// Finds out the types of those mentioned variables that the compiler has to be asked for.
    pub(super) fn settle_types(&mut self, mentions: &BTreeSet<String>) -> Result<(), CellError> {
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
    pub(super) fn ask_ahead(&mut self) {
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
}
