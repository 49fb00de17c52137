//! The crate that a cell becomes.
//!
//! Its variables are moved out of the store, the cell's code runs in a closure that borrows them (so that they survive a
//! panic), its new variables are stored, and the others are put back. What the cell's code moves away cannot be put back,
//! which only the compiler knows: the marks tell which variable an error about that is about, and the cell is generated
//! again without that line.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::commands::Repeat;
use super::definitions::{CellText, CompiledItems, Definitions, Needed, Segment};
use super::export::Piece;
use super::globs;
use super::source::ParsedCell;
use super::types::VariableType;

/// Generated code, and what its parts stand for.
#[derive(Debug, Default)]
pub struct Generated {
    pub text: String,
    pub segments: Vec<Segment>,
    pub marks: Vec<(Range<usize>, Mark)>,
    /// The variables of earlier cells that the cell takes.
    pub taken: Vec<String>,
    /// The definitions that later cells may find in the compiled cell: their ids, and their symbols.
    pub exported: Vec<(u32, String)>,
    /// Whether a loop is compiled with the cell: its own, or that of a definition that it needs.
    pub has_loops: bool,
}

/// A generated line that may be what the compiler complains of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    PutBack(String),
    PutBackInside(String),
    Store(String),
}

/// The lines that the compiler has rejected: they are left out of the next attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Not put back behind the closure.
    pub put_back: BTreeSet<String>,
    /// Nor at the end of it, where those can be that were moved away and then assigned anew.
    pub put_back_inside: BTreeSet<String>,
    pub store: BTreeSet<String>,
    /// Of `store`: those that the cell moves away, rather than those that hold a borrow.
    pub moved: BTreeSet<String>,
}

pub struct Input<'a> {
    pub cell: &'a Arc<CellText>,
    pub parsed: &'a ParsedCell,
    /// The session's definitions with those of this cell.
    pub definitions: &'a Definitions,
    pub variables: &'a BTreeMap<String, VariableType>,
    /// Those of the variables that were bound without `mut`.
    pub immutable: &'a BTreeSet<String>,
    pub compiled: &'a CompiledItems,
    /// Makes the symbols of this cell's functions unique.
    pub sequence: u32,
    pub left_out: &'a LeftOut,
    /// Whether the notebook has added crates, whose types may show themselves in evcxr's way.
    pub has_dependencies: bool,
    /// How often the code is run to be measured, if it is.
    pub repeat: Option<&'a Repeat>,
    /// Whether it runs on another thread than the notebook's cells, so that its variables have to be `Send`.
    pub is_across: bool,
}

impl<'a> Input<'a> {
    /// A cell that the compiler is asked about: it is not run, so that nothing has been left out, and its code is taken as right.
    pub fn to_ask_about(
        cell: &'a Arc<CellText>,
        parsed: &'a ParsedCell,
        definitions: &'a Definitions,
        variables: &'a BTreeMap<String, VariableType>,
        compiled: &'a CompiledItems,
    ) -> Input<'a> {
        static NOTHING: BTreeSet<String> = BTreeSet::new();
        static NOTHING_LEFT_OUT: LeftOut = LeftOut {
            put_back: BTreeSet::new(),
            put_back_inside: BTreeSet::new(),
            store: BTreeSet::new(),
            moved: BTreeSet::new(),
        };
        let (immutable, left_out) = (&NOTHING, &NOTHING_LEFT_OUT);
        let (sequence, has_dependencies, repeat, is_across) = (0, false, None, false);
        Input {
            cell,
            parsed,
            definitions,
            variables,
            immutable,
            compiled,
            sequence,
            left_out,
            has_dependencies,
            repeat,
            is_across,
        }
    }
}

/// The name of the function that runs the cell.
pub fn symbol(execution_count: u32) -> String {
    format!("__tunebook_cell_{execution_count}")
}

/// Generates the crate that runs the cell.
pub fn cell_crate(input: &Input<'_>) -> Generated {
    let mut out = Generated::default();
    definitions(&mut out, input);
    body(&mut out, input, |out, input| {
        for name in input.parsed.bindings.iter().filter(|name| !input.left_out.store.contains(*name)) {
            let store = if input.is_across { "store_across" } else { "store" };
            out.marked(Mark::Store(name.clone()), &format!("__tb_cell.{store}({name:?}, {name});"));
        }
    });
    out
}

/// Generates a crate that does not compile: the compiler's complaint about each line at its end names the type of a variable.
/// `Probe` is expected, and `Wrap<T>` is found.
pub fn probe_crate(input: &Input<'_>, variables: &[String]) -> Generated {
    let mut out = Generated::default();
    out.text.push_str("struct __TbProbe; struct __TbWrap<T>(T);\n");
    definitions(&mut out, input);
    body(&mut out, input, |out, _| {
        for name in variables {
            out.marked(Mark::Store(name.clone()), &format!("let _: __TbProbe = __TbWrap({name});"));
        }
    });
    out
}

/// Generates a crate that does not compile, as [`probe_crate`] does, for an expression of the cell.
pub fn type_crate(input: &Input<'_>, expression: Range<usize>) -> Generated {
    let mut out = Generated::default();
    out.text.push_str("struct __TbProbe; struct __TbWrap<T>(T);\n");
    definitions(&mut out, input);
    body(&mut out, input, |out, input| {
        let start = out.text.len();
        out.text.push_str("let _: __TbProbe = __TbWrap(");
        out.copy(input.cell, expression);
        out.text.push_str(");\n");
        out.marks.push((start..out.text.len(), Mark::Store(String::new())));
    });
    out
}

fn definitions(out: &mut Generated, input: &Input<'_>) {
    for kept in input.definitions.imports() {
        // A person's own name may be one of the prelude's as well; in a path of an import that has to be said.
        let own = kept.import.path.first().is_some_and(|first| input.definitions.has_item(first));
        let code = if own { kept.import.code.replacen("use ", "use crate::", 1) } else { kept.import.code.clone() };
        out.line_of(&kept.cell, kept.import.range.start, &code);
    }
    for (kept, code) in globs::explicit_imports(input.definitions) {
        out.line_of(&kept.cell, kept.import.range.start, &code);
    }
    let mut mentions = input.parsed.mentions.clone();
    // A variable's type may be a person's own, and the cell need not name it to use it.
    for name in &input.parsed.mentions {
        if let Some(VariableType::Named(ty)) = input.variables.get(name) {
            mentions.extend(super::source::mentions_of(ty));
        }
    }
    out.has_loops = input.parsed.has_loops;
    for needed in input.definitions.needed_by(&mentions, input.cell, input.compiled) {
        match needed {
            Needed::Source(definition) => {
                if definition.item.export.is_some() {
                    let symbol = format!("__tunebook_item_{}_{}", definition.id, input.sequence);
                    out.text.push_str(&format!("#[unsafe(export_name = {symbol:?})] "));
                    out.exported.push((definition.id, symbol));
                }
                out.has_loops |= definition.item.has_loops;
                out.copy(&definition.cell, definition.item.range.clone());
            }
            Needed::Declared { definition, export, symbol } => {
                out.text.push_str(&format!("unsafe extern \"Rust\" {{ #[link_name = {symbol:?}] "));
                for piece in &export.pieces {
                    match piece {
                        Piece::Text(text) => out.text.push_str(text),
                        Piece::Param(index) => out.text.push_str(&format!("_{index}: ")),
                        Piece::Copy(range) => out.copy_piece(&definition.cell, range.clone()),
                    }
                }
                out.text.push('}');
            }
        }
        out.text.push('\n');
    }
}

fn body(out: &mut Generated, input: &Input<'_>, ending: impl FnOnce(&mut Generated, &Input<'_>)) {
    let name = symbol(input.cell.execution_count);
    out.text.push_str(&format!("#[unsafe(no_mangle)] pub fn {name}(__tb_cell: &mut __tb::Cell<'_>) {{\n"));
    for name in &input.parsed.mentions {
        if let Some(VariableType::Named(ty)) = input.variables.get(name) {
            let mutability = if input.immutable.contains(name) { "" } else { "mut " };
            let take = if input.is_across { "take_across" } else { "take" };
            out.text.push_str(&format!("let {mutability}{name}: {ty} = __tb_cell.{take}({name:?});\n"));
            out.taken.push(name.clone());
        }
    }
    out.text.push_str("__tb_cell.guard(|__tb_cell| -> ::std::result::Result<(), __tb::Failure> {\n");
    if input.parsed.awaits {
        out.text.push_str("__tb::block_on(async {\n");
    }
    match input.repeat {
        Some(repeat) => repeated(out, input, repeat),
        None => once(out, input),
    }
    ending(out, input);
    let reassigned = |name: &&String| {
        input.left_out.put_back.contains(*name)
            && input.parsed.assigned.contains(*name)
            && !input.left_out.put_back_inside.contains(*name)
    };
    for name in out.taken.clone().iter().filter(reassigned) {
        out.marked(Mark::PutBackInside(name.clone()), &format!("__tb_cell.put_back({name:?}, {name});"));
    }
    out.text.push_str(if input.parsed.awaits { "__tb_tail\n})\n});\n" } else { "__tb_tail\n});\n" });
    for name in out.taken.clone().iter().filter(|name| !input.left_out.put_back.contains(*name)) {
        out.marked(Mark::PutBack(name.clone()), &format!("__tb_cell.put_back({name:?}, {name});"));
    }
    out.text.push_str("}\n");
}

/// The cell's statements, and its last expression shown.
fn once(out: &mut Generated, input: &Input<'_>) {
    for statement in &input.parsed.statements {
        out.copy(input.cell, statement.clone());
        out.text.push('\n');
    }
    match &input.parsed.tail {
        Some(tail) => {
            // To look for that method takes the compiler time, so that it is only looked for where it can be.
            // What it prints is the notebook's standard output, so that a subshell does without.
            let may_print = !input.is_across && (input.has_dependencies || out.text.contains("evcxr_display"));
            let show = if may_print { "show_printed" } else { "show" };
            out.text.push_str(&format!("let __tb_tail = __tb::{show}!(__tb_cell, "));
            out.copy(input.cell, tail.clone());
            out.text.push_str("\n);\n");
        }
        None => out
            .text
            .push_str(";let __tb_tail: ::std::result::Result<(), __tb::Failure> = ::std::result::Result::Ok(());\n"),
    }
}

/// The cell's code in a loop that is measured. Its variables are out of the compiler's sight in each round, and so is its last
/// expression: what does not change would be moved out of the loop, and what nobody sees be left out.
fn repeated(out: &mut Generated, input: &Input<'_>, repeat: &Repeat) {
    let is_setup = |statement: &&Range<usize>| statement.start < repeat.setup_end;
    for statement in input.parsed.statements.iter().filter(is_setup) {
        out.copy(input.cell, statement.clone());
        out.text.push('\n');
    }
    out.text.push_str(&format!(
        "__tb_cell.repeat({}, {}, &mut |__tb_n: u64| -> ::std::result::Result<::std::time::Duration, __tb::Failure> {{\n\
         let __tb_start = ::std::time::Instant::now();\nfor _ in 0..__tb_n {{\n",
        repeat.n_loops.unwrap_or(0),
        repeat.n_runs.unwrap_or(0)
    ));
    let measured: Vec<Range<usize>> =
        input.parsed.statements.iter().filter(|statement| !is_setup(statement)).cloned().collect();
    let code = |range: &Range<usize>| input.cell.code.get(range.clone()).unwrap_or_default();
    let mentions: BTreeSet<String> =
        measured.iter().chain(&input.parsed.tail).flat_map(|range| super::source::mentions_of(code(range))).collect();
    let bound_ahead = super::source::parse(code(&(0..repeat.setup_end))).bindings;
    for name in bound_ahead.iter().chain(&out.taken.clone()).filter(|name| mentions.contains(*name)) {
        out.text.push_str(&format!("::std::hint::black_box(&{name});\n"));
    }
    for statement in measured {
        out.copy(input.cell, statement);
        out.text.push('\n');
    }
    if let Some(tail) = &input.parsed.tail {
        out.text.push_str("::std::hint::black_box(&(");
        out.copy(input.cell, tail.clone());
        out.text.push_str("\n));\n");
    }
    out.text.push_str(
        "}\n::std::result::Result::Ok(__tb_start.elapsed())\n})?;\n\
         let __tb_tail: ::std::result::Result<(), __tb::Failure> = ::std::result::Result::Ok(());\n",
    );
}

impl Generated {
    /// Copies a piece of a cell, and remembers where it came from. Only the checks for an interrupt are put into its loops.
    fn copy(&mut self, cell: &Arc<CellText>, range: Range<usize>) {
        let checks = cell.loop_checks.iter().copied().filter(|at| range.start < *at && *at < range.end);
        let mut start = range.start;
        for at in checks {
            self.copy_piece(cell, start..at);
            self.text.push_str("::tunebook_runtime::check();");
            start = at;
        }
        self.copy_piece(cell, start..range.end);
    }

    fn copy_piece(&mut self, cell: &Arc<CellText>, range: Range<usize>) {
        let start = self.text.len();
        self.text.push_str(cell.code.get(range.clone()).unwrap_or_default());
        self.segments.push(Segment { generated: start..self.text.len(), cell: Arc::clone(cell), start: range.start });
    }

    /// A line made from a cell's code though not a copy of it: errors in it point to where it starts.
    fn line_of(&mut self, cell: &Arc<CellText>, start: usize, code: &str) {
        let begin = self.text.len();
        self.text.push_str(code);
        // The keyword is the same in both, so a segment of its length is true.
        self.segments.push(Segment { generated: begin..begin + code.len(), cell: Arc::clone(cell), start });
        self.text.push('\n');
    }

    fn marked(&mut self, mark: Mark, code: &str) {
        let start = self.text.len();
        self.text.push_str(code);
        self.marks.push((start..self.text.len(), mark));
        self.text.push('\n');
    }

    /// The place in a cell of a byte of the generated text.
    pub fn to_cell(&self, offset: usize) -> Option<(&Arc<CellText>, usize)> {
        let segment = self
            .segments
            .iter()
            .find(|segment| segment.generated.start <= offset && offset <= segment.generated.end)?;
        Some((&segment.cell, (segment.start + offset - segment.generated.start).min(segment.cell.code.len())))
    }

    /// The byte at a line and column as the compiler counts them: from one, columns in characters.
    pub fn offset_at(&self, line: usize, column: usize) -> Option<usize> {
        let start: usize = self.text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
        let text = self.text.get(start..)?;
        Some(start + text.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum::<usize>())
    }
}
