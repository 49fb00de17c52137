//! Completion and inspection, by the rust-analyzer that evcxr brings.
//!
//! The native engine executes; evcxr only ever sees a text: the session's definitions, its variables as `let` lines with
//! their types, and the cell. It is loaded in the background by the first question, so that a notebook that asks none pays nothing.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use evcxr::{CommandContext, EvalContext};
use serde_json::json;

use super::{Analysis, Completeness, Completions, MimeBundle, native::source};

/// How long a question waits for rust-analyzer. JupyterLab takes no completions after one second.
const PATIENCE: Duration = Duration::from_millis(900);

/// What the session has defined, for the text that evcxr sees.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub definitions: Vec<String>,
    pub imports: Vec<String>,
    /// Name and type; an empty type is not known yet.
    pub variables: Vec<(String, String)>,
}

pub struct EvcxrAnalysis {
    snapshot: Arc<Mutex<Snapshot>>,
    worker: Arc<Worker>,
}

#[derive(Default)]
struct Worker {
    state: Mutex<State>,
    ready: Condvar,
}

#[derive(Default)]
enum State {
    #[default]
    NotStarted,
    Loading,
    Ready(Box<Ready>),
    /// A question is being answered.
    Busy,
    Failed,
}

struct Ready {
    context: CommandContext,
}

// SAFETY: the context is moved to one thread at a time, behind the mutex. evcxr itself moves it between threads
// in its own Jupyter kernel.
unsafe impl Send for Ready {}

impl EvcxrAnalysis {
    pub fn new(snapshot: Arc<Mutex<Snapshot>>) -> EvcxrAnalysis {
        EvcxrAnalysis { snapshot, worker: Arc::default() }
    }

    fn snapshot(&self) -> Snapshot {
        self.snapshot.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks rust-analyzer, if it is ready within the patience of a client.
    fn ask<T>(&self, question: impl FnOnce(&mut CommandContext) -> T) -> Option<T> {
        let worker = &self.worker;
        let mut state = worker.state.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::NotStarted) {
            *state = State::Loading;
            let worker = Arc::clone(worker);
            std::thread::spawn(move || worker.load());
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            match std::mem::replace(&mut *state, State::Busy) {
                State::Ready(mut ready) => {
                    drop(state);
                    let answer = question(&mut ready.context);
                    *worker.state.lock().unwrap_or_else(PoisonError::into_inner) = State::Ready(ready);
                    worker.ready.notify_all();
                    return Some(answer);
                }
                other => *state = other,
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            state = worker.ready.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Worker {
    fn load(&self) {
        let state = match load_context() {
            Ok(context) => State::Ready(Box::new(Ready { context })),
            Err(problem) => {
                eprintln!("tunebook: completion by rust-analyzer is not available: {problem}");
                State::Failed
            }
        };
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
        self.ready.notify_all();
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

fn load_context() -> Result<CommandContext, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let (context, outputs) = EvalContext::with_subprocess_command(std::process::Command::new(program)).map_err(|error| error.to_string())?;
    // Nothing is run there, so nothing is put out; the channels only must not fill.
    std::thread::spawn(move || while outputs.stdout.recv().is_ok() {});
    let mut context = CommandContext::with_eval_context(context);
    // The first question loads the crates, which takes ten seconds and more: it is asked here, where nobody waits for it.
    let text = Text::new(&Snapshot::default(), &dep_line(), "1", 1);
    context.completions(&text.code, text.cursor).map_err(|error| error.to_string())?;
    Ok(context)
}

fn dep_line() -> String {
    format!(":dep workbench = {{ path = {:?} }}\n", workspace().join("workbench").to_string_lossy())
}

/// The text that evcxr sees, and where the cell's own begins in it.
struct Text {
    code: String,
    cursor: usize,
    offset: usize,
}

impl Text {
    fn new(snapshot: &Snapshot, head: &str, code: &str, cursor: usize) -> Text {
        let mut text = head.to_owned();
        text.push_str("use workbench::prelude::*;\n");
        for import in &snapshot.imports {
            text.push_str(&format!("{import}\n"));
        }
        for definition in &snapshot.definitions {
            text.push_str(&format!("{definition}\n"));
        }
        for (name, ty) in snapshot.variables.iter().filter(|(_, ty)| !ty.is_empty()) {
            // Within this text everything is one crate's root.
            let ty = ty.replace("crate::", "").replace("::std::", "std::").replace("::workbench::", "workbench::");
            let ty = ["polars", "ndarray", "serde_json"].iter().fold(ty, |ty, name| ty.replace(&format!("::{name}::"), &format!("workbench::prelude::{name}::")));
            text.push_str(&format!("let mut {name}: {ty} = todo!();\n"));
        }
        let offset = text.len();
        text.push_str(code);
        Text { code: text, cursor: offset + cursor, offset }
    }
}

impl Analysis for EvcxrAnalysis {
    fn complete(&self, code: &str, cursor: usize) -> Completions {
        let snapshot = self.snapshot();
        let text = Text::new(&snapshot, &dep_line(), code, cursor);
        let answer = self.ask(|context| context.completions(&text.code, text.cursor));
        let Some(Ok(found)) = answer else { return complete_by_name(&snapshot, code, cursor) };
        let within = |offset: usize| offset.saturating_sub(text.offset).min(code.len());
        let matches: Vec<String> = found.completions.into_iter().map(|completion| completion.code).collect();
        Completions { matches, start: within(found.start_offset), end: within(found.end_offset) }
    }

    fn inspect(&self, code: &str, cursor: usize) -> Option<MimeBundle> {
        let cursor = end_of_word(code, cursor);
        let text = Text::new(&self.snapshot(), &dep_line(), code, cursor);
        let (plain, html) = self.ask(|context| context.hover_at(&text.code, text.cursor))?.ok()?;
        json!({"text/plain": plain, "text/html": html}).as_object().cloned()
    }

    fn is_complete(&self, code: &str) -> Completeness {
        source::completeness(code)
    }
}

/// While rust-analyzer is still loading: the names that the session itself knows.
fn complete_by_name(snapshot: &Snapshot, code: &str, cursor: usize) -> Completions {
    let before = code.get(..cursor).unwrap_or_default();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let start = before.rfind(|c| !is_word(c)).map_or(0, |at| at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    let prefix = before.get(start..).unwrap_or_default();
    let follows_dot = before.get(..start).is_some_and(|head| head.ends_with('.'));
    let mut matches: Vec<String> = if follows_dot || prefix.is_empty() {
        Vec::new()
    } else {
        let definitions = snapshot.definitions.iter().flat_map(|definition| source::mentions_of(definition));
        snapshot.variables.iter().map(|(name, _)| name.clone()).chain(definitions).filter(|name| name.starts_with(prefix)).collect()
    };
    matches.sort();
    matches.dedup();
    Completions { matches, start, end: cursor }
}

fn end_of_word(code: &str, cursor: usize) -> usize {
    let rest = code.get(cursor..).unwrap_or_default();
    cursor + rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())
}
