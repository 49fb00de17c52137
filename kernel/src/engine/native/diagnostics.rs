//! The compiler's messages as a person sees them: in terms of the cell that was typed, in the compiler's own layout.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::compile::{Diagnostic, DiagnosticSpan};
use super::definitions::CellText;
use super::generate::{Generated, LeftOut, Mark};
use crate::engine::CellError;

/// How many calls an error names beside the innermost.
const CALLS_SHOWN_MAX: usize = 8;

/// How many errors one cell shows; the rest are mostly consequences of the first.
const ERRORS_SHOWN_MAX: usize = 6;

/// If the errors are only about generated lines that can be left out, what to leave out in the next attempt.
pub fn left_out(generated: &Generated, diagnostics: &[Diagnostic], before: &LeftOut) -> Option<LeftOut> {
    let mut next = before.clone();
    let errors = || diagnostics.iter().filter(|diagnostic| is_error(diagnostic));
    // A `Box` is dereferenced as a reference is, but what it owns goes with it, and the compiler says that as well.
    let owners_are_references = !errors().any(|diagnostic| code_of(diagnostic) == "E0597");
    for diagnostic in errors() {
        let code = code_of(diagnostic);
        // Use after move, borrows that do not live long enough, and types that hold a borrow.
        let concerns_storing = matches!(
            code,
            "E0382" | "E0505" | "E0597" | "E0716" | "E0521" | "E0310" | "E0506" | "E0502" | "E0499" | "E0381"
        );
        let is_reborrow = owners_are_references && code == "E0505" && borrows_what_is_referred_to(diagnostic);
        let mark = if is_reborrow { primary_mark(generated, diagnostic) } else { mark_of(generated, diagnostic) };
        let mark = mark.filter(|_| concerns_storing)?;
        match mark {
            Mark::PutBack(name) => next.put_back.insert(name.clone()),
            Mark::PutBackInside(name) => next.put_back_inside.insert(name.clone()),
            Mark::Store(name) => {
                if matches!(code, "E0382" | "E0381") || is_reborrow {
                    next.moved.insert(name.clone());
                }
                next.store.insert(name.clone())
            }
        };
    }
    (next != *before).then_some(next)
}

fn code_of(diagnostic: &Diagnostic) -> &str {
    diagnostic.code.as_ref().map_or("", |code| code.code.as_str())
}

/// The variable whose generated line an error is about. An error about a borrow points first to what is borrowed, and then to
/// the use that makes the borrow last: that is the variable that cannot be kept.
fn mark_of<'a>(generated: &'a Generated, diagnostic: &Diagnostic) -> Option<&'a Mark> {
    let mark_at =
        |offset: usize| generated.marks.iter().find(|(range, _)| range.contains(&offset)).map(|(_, mark)| mark);
    let mut marks: Vec<(bool, &Mark)> = diagnostic
        .spans
        .iter()
        .filter_map(|span| Some((span.is_primary, mark_at(outermost(span).byte_start)?)))
        .collect();
    marks.sort_by_key(|(is_primary, _)| *is_primary);
    marks.first().map(|(_, mark)| *mark)
}

/// The variable that cannot be kept where the borrow is one of what it refers to: that outlives the reference, which another has now.
fn primary_mark<'a>(generated: &'a Generated, diagnostic: &Diagnostic) -> Option<&'a Mark> {
    let span = diagnostic.spans.iter().find(|span| span.is_primary)?;
    let at = outermost(span).byte_start;
    generated.marks.iter().find(|(range, _)| range.contains(&at)).map(|(_, mark)| mark)
}

fn borrows_what_is_referred_to(diagnostic: &Diagnostic) -> bool {
    diagnostic.spans.iter().filter_map(|span| span.label.as_deref()).any(|label| label.starts_with("borrow of `*"))
}

/// The type that each probed variable was found to have, as the compiler writes it.
pub fn probed_types(generated: &Generated, diagnostics: &[Diagnostic]) -> BTreeMap<String, String> {
    let mut types = BTreeMap::new();
    for diagnostic in diagnostics.iter().filter(|d| d.code.as_ref().is_some_and(|code| code.code == "E0308")) {
        let Some(Mark::Store(name)) = mark_of(generated, diagnostic) else { continue };
        // The notes have the paths in full, the labels are shortened.
        let notes = diagnostic.children.iter().map(|child| child.message.as_str());
        let labels = diagnostic.spans.iter().filter_map(|span| span.label.as_deref());
        if let Some(found) = notes.chain(labels).find_map(found_type) {
            types.insert(name.clone(), found);
        }
    }
    types
}

fn found_type(message: &str) -> Option<String> {
    let start = message.find("__TbWrap<")?;
    let end = message.rfind('>')?;
    message.get(start..=end).map(str::to_owned)
}

pub fn compile_error(generated: &Generated, diagnostics: &[Diagnostic]) -> CellError {
    let errors: Vec<&Diagnostic> = diagnostics.iter().filter(|diagnostic| is_error(diagnostic)).collect();
    let mut traceback = Vec::new();
    for error in errors.iter().take(ERRORS_SHOWN_MAX) {
        traceback.push(render(generated, error));
    }
    if errors.len() > ERRORS_SHOWN_MAX {
        traceback.push(format!(
            "… and {} more errors, which the first ones may have caused",
            errors.len() - ERRORS_SHOWN_MAX
        ));
    }
    let evalue =
        errors.first().map_or_else(|| "the compiler failed without a message".to_owned(), |error| summary(error));
    CellError { ename: "CompileError".into(), evalue, traceback }
}

/// The warnings about a person's own code.
pub fn warnings(generated: &Generated, diagnostics: &[Diagnostic]) -> Vec<String> {
    let own = |diagnostic: &&Diagnostic| {
        diagnostic.spans.iter().any(|span| span.is_primary && place(generated, span).is_some())
    };
    diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.level == "warning")
        .filter(own)
        .map(|warning| render(generated, warning))
        .collect()
}

/// A message of our own about a place in a cell, drawn as the compiler's are.
pub fn render_at(title: &str, note: Option<&str>, cell: &CellText, at: usize, label: &str) -> String {
    let path = cell_path(cell);
    let end = cell.code.get(at..).and_then(|rest| rest.chars().next()).map_or(at, |c| at + c.len_utf8());
    let snippet =
        Snippet::source(cell.code.as_str()).path(path).annotation(AnnotationKind::Primary.span(at..end).label(label));
    let mut group = Level::ERROR.primary_title(title).element(snippet);
    if let Some(note) = note {
        group = group.element(Level::NOTE.message(note));
    }
    Renderer::styled().render(&[group])
}

/// Where a cell was when it ended, the innermost call first and with its code; nothing where that is not known.
pub fn render_calls(title: &str, calls: &[(Arc<CellText>, usize)]) -> Vec<String> {
    let Some(((cell, at), outer)) = calls.split_first() else { return Vec::new() };
    let mut text = render_at(title, None, cell, *at, "it was here");
    let mut lines: Vec<(String, usize)> = Vec::new();
    for (cell, at) in outer {
        let before = cell.code.get(..*at).unwrap_or_default();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let line = format!("{}:{}:{column}", cell_path(cell), before.matches('\n').count() + 1);
        match lines.last_mut().filter(|(last, _)| *last == line) {
            Some((_, times)) => *times += 1,
            None => lines.push((line, 1)),
        }
    }
    for (line, times) in lines.iter().take(CALLS_SHOWN_MAX) {
        let often = if *times > 1 { format!(" ({times} times and perhaps more)") } else { String::new() };
        text.push_str(&format!("\n  called from {line}{often}"));
    }
    vec![text]
}

/// The name by which errors call a cell.
pub fn cell_path(cell: &CellText) -> String {
    format!("In[{}]", cell.execution_count)
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    let closing = diagnostic.message.starts_with("aborting due to")
        || diagnostic.message.starts_with("Some errors have detailed");
    diagnostic.level.starts_with("error") && !closing
}

fn summary(diagnostic: &Diagnostic) -> String {
    match &diagnostic.code {
        Some(code) => format!("{} [{}]", clean(&diagnostic.message), code.code),
        None => clean(&diagnostic.message),
    }
}

/// Internal names never reach a person.
fn clean(message: &str) -> String {
    message.replace("workbench::prelude::", "").replace("tunebook_runtime::", "").replace("__tb::", "")
}

fn render(generated: &Generated, diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.level.as_str() {
        "warning" => Level::WARNING,
        _ => Level::ERROR,
    };
    let message = clean(&diagnostic.message);
    let mut title = level.primary_title(message.as_str());
    if let Some(code) = &diagnostic.code
        && code.code.starts_with('E')
    {
        title = title.id(code.code.as_str());
    }
    let snippets = snippets(generated, &diagnostic.spans);
    let mut group = Group::with_title(title).elements(snippets.iter().map(SnippetParts::snippet));
    let children: Vec<(&str, String)> =
        diagnostic.children.iter().filter_map(|child| child_message(generated, child)).collect();
    for (level, text) in &children {
        let level = match *level {
            "help" => Level::HELP,
            _ => Level::NOTE,
        };
        group = group.element(level.message(text.as_str()));
    }
    Renderer::styled().render(&[group])
}

/// A note or a help, with what it suggests to write; none for the lint's own name and for notes about generated code.
fn child_message(generated: &Generated, child: &Diagnostic) -> Option<(&'static str, String)> {
    let level = if child.level == "help" { "help" } else { "note" };
    let text = clean(&child.message);
    if text.contains("__tb")
        || text.starts_with("`#[warn(")
        || text.starts_with("`#[deny(")
        || text.starts_with("required by a bound in")
    {
        return None;
    }
    let suggestions: Vec<String> = child
        .spans
        .iter()
        .filter(|span| place(generated, span).is_some())
        .filter_map(|span| span.suggested_replacement.as_deref())
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
        .collect();
    let suggests_import = suggestions.iter().any(|text| text.starts_with("use "))
        || child.spans.iter().any(|span| span.suggested_replacement.as_deref().is_some_and(|t| t.starts_with("use ")));
    if suggests_import {
        let mut imports: Vec<String> = child
            .spans
            .iter()
            .filter_map(|span| span.suggested_replacement.as_deref())
            .map(|text| text.trim().to_owned())
            .collect();
        imports.dedup();
        return Some((level, format!("{text}: `{}`", imports.join("`, `"))));
    }
    match suggestions.first() {
        Some(suggestion) if suggestions.len() == 1 => Some((level, format!("{text}: `{suggestion}`"))),
        _ => Some((level, text)),
    }
}

/// The annotations within one cell.
struct SnippetParts {
    cell: Arc<CellText>,
    annotations: Vec<(Range<usize>, bool, Option<String>)>,
}

impl SnippetParts {
    fn snippet(&self) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
        let annotations = self.annotations.iter().map(|(range, is_primary, label)| {
            let kind = if *is_primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            kind.span(range.clone()).label(label.as_deref())
        });
        Snippet::source(self.cell.code.as_str()).path(cell_path(&self.cell)).annotations(annotations)
    }
}

fn snippets(generated: &Generated, spans: &[DiagnosticSpan]) -> Vec<SnippetParts> {
    let mut parts: Vec<SnippetParts> = Vec::new();
    for span in spans {
        let Some((cell, range)) = place(generated, span) else { continue };
        let annotation = (range, span.is_primary, span.label.as_deref().map(clean));
        match parts.iter_mut().find(|part| Arc::ptr_eq(&part.cell, cell)) {
            Some(part) => part.annotations.push(annotation),
            None => parts.push(SnippetParts { cell: Arc::clone(cell), annotations: vec![annotation] }),
        }
    }
    // The place of the error itself comes first.
    parts.sort_by_key(|part| !part.annotations.iter().any(|(_, is_primary, _)| *is_primary));
    parts
}

fn place<'a>(generated: &'a Generated, span: &DiagnosticSpan) -> Option<(&'a Arc<CellText>, Range<usize>)> {
    let span = outermost(span);
    if span.file_name.starts_with('/') {
        return None;
    }
    let (cell, start) = generated.to_cell(span.byte_start)?;
    let end = match generated.to_cell(span.byte_end) {
        Some((end_cell, end)) if Arc::ptr_eq(end_cell, cell) && end >= start => end,
        _ => start,
    };
    Some((cell, start..end))
}

/// Where a person wrote what a macro made of it.
fn outermost(span: &DiagnosticSpan) -> &DiagnosticSpan {
    let mut span = span;
    while let Some(expansion) = &span.expansion {
        span = &expansion.span;
    }
    span
}
