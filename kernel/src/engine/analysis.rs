//! Completion and inspection, by the rust-analyzer that evcxr brings.
//!
//! The native engine executes; evcxr only ever sees a text: the session's definitions, its variables as `let` lines with
//! their types, and the cell. It is loaded in the background by the first question, so that a notebook that asks none pays nothing.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::evcxr::{CommandContext, EvalContext};
use serde_json::json;

use super::native::{commands, source};
use super::{Analysis, Completeness, Completions, MimeBundle};

/// How long a question waits for rust-analyzer. JupyterLab takes no completions after one second.
const PATIENCE: Duration = Duration::from_millis(900);

/// The names that every cell sees, for completion without rust-analyzer.
const PRELUDE: &str = include_str!("../../../workbench/src/prelude.rs");

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
    /// The thread that has evcxr's context, once the first question has started it.
    worker: Mutex<Option<Sender<Question>>>,
    /// The last completion that rust-analyzer found, be it too late for who asked: asked again, it is there at once.
    latest: Arc<Mutex<Option<Completed>>>,
}

/// The text and the cursor that were asked about, and the answer in terms of the cell.
#[derive(Clone)]
struct Completed {
    code: String,
    cursor: usize,
    completions: Completions,
}

type Question = Box<dyn FnOnce(&mut CommandContext) + Send>;

impl EvcxrAnalysis {
    pub fn new(snapshot: Arc<Mutex<Snapshot>>) -> EvcxrAnalysis {
        EvcxrAnalysis { snapshot, worker: Mutex::default(), latest: Arc::default() }
    }

    fn snapshot(&self) -> Snapshot {
        self.snapshot.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks rust-analyzer; `None` where it does not answer within the patience of a client. Questions that have waited in
    /// vain are passed over, so that the next one does not wait for them.
    fn ask<T: Send + 'static>(&self, question: impl FnOnce(&mut CommandContext) -> T + Send + 'static) -> Option<T> {
        let (tell, answer) = mpsc::channel();
        let is_wanted = Arc::new(AtomicBool::new(true));
        let is_still_wanted = Arc::clone(&is_wanted);
        let question: Question = Box::new(move |context| {
            if is_still_wanted.load(Ordering::Relaxed) {
                let _ = tell.send(question(context));
            }
        });
        self.worker
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert_with(start_worker)
            .send(question)
            .ok()?;
        let answer = answer.recv_timeout(PATIENCE).ok();
        is_wanted.store(false, Ordering::Relaxed);
        answer
    }
}

fn start_worker() -> Sender<Question> {
    let (sender, questions) = mpsc::channel::<Question>();
    std::thread::spawn(move || match load_context() {
        Ok(mut context) => {
            for question in questions {
                question(&mut context);
            }
        }
        Err(problem) => eprintln!("tunebook: completion by rust-analyzer is not available: {problem}"),
    });
    sender
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
    let (context, outputs) =
        EvalContext::with_subprocess_command(std::process::Command::new(program)).map_err(|error| error.to_string())?;
    // Nothing is run there, so nothing is put out; the channels only must not fill.
    std::thread::spawn(move || while outputs.stdout.recv().is_ok() {});
    let mut context = CommandContext::with_eval_context(context);
    // The first questions load the crates and resolve their names, which takes many seconds: they are asked here, where nobody waits.
    for warm_up in ["let warm_up = vec![1]; warm_up.le", "StandardSca"] {
        let text = Text::new(&Snapshot::default(), &dep_line(), warm_up, warm_up.len());
        context.completions(&text.code, text.cursor).map_err(|error| error.to_string())?;
    }
    Ok(context)
}

pub(super) fn dep_line() -> String {
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
            let ty = ["polars", "ndarray", "serde_json"]
                .iter()
                .fold(ty, |ty, name| ty.replace(&format!("::{name}::"), &format!("workbench::prelude::{name}::")));
            // Only ever analysed, never run: it has the type without a value.
            text.push_str(&format!("let mut {name}: {ty} = panic!();\n"));
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
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(latest) = latest.filter(|latest| latest.code == text.code && latest.cursor == text.cursor) {
            return latest.completions;
        }
        let (latest, cell_len) = (Arc::clone(&self.latest), code.len());
        let answer = self.ask(move |context| {
            let found = context.completions(&text.code, text.cursor).ok()?;
            let within = |at: usize| at.saturating_sub(text.offset).min(cell_len);
            let matches: Vec<String> = found.completions.into_iter().map(|completion| completion.code).collect();
            let completions = Completions { matches, start: within(found.start_offset), end: within(found.end_offset) };
            let completed = Completed { code: text.code, cursor: text.cursor, completions: completions.clone() };
            *latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(completed);
            Some(completions)
        });
        answer.flatten().unwrap_or_else(|| complete_by_name(&snapshot, code, cursor))
    }

    fn inspect(&self, code: &str, cursor: usize) -> Option<MimeBundle> {
        let cursor = end_of_word(code, cursor);
        let text = Text::new(&self.snapshot(), &dep_line(), code, cursor);
        let (plain, html) = self.ask(move |context| context.hover_at(&text.code, text.cursor))?.ok()?;
        json!({"text/plain": plain, "text/html": html}).as_object().cloned()
    }

    fn is_complete(&self, code: &str) -> Completeness {
        // Commands are complete by themselves.
        source::completeness(&commands::parse(code).code)
    }
}

/// While rust-analyzer is still loading: the names that the session, the cell and the workbench's prelude know.
fn complete_by_name(snapshot: &Snapshot, code: &str, cursor: usize) -> Completions {
    let before = code.get(..cursor).unwrap_or_default();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let start = before
        .rfind(|c| !is_word(c))
        .map_or(0, |at| at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    let prefix = before.get(start..).unwrap_or_default();
    let follows_dot = before.get(..start).is_some_and(|head| head.ends_with('.'));
    let mut matches: Vec<String> = if follows_dot || prefix.is_empty() {
        Vec::new()
    } else {
        let definitions = snapshot.definitions.iter().flat_map(|definition| source::mentions_of(definition));
        let variables = snapshot.variables.iter().map(|(name, _)| name.clone());
        let own = source::mentions_of(code).into_iter();
        let prelude = source::parse(PRELUDE).imports.into_iter().filter_map(|import| import.name);
        variables
            .chain(definitions)
            .chain(own)
            .chain(prelude)
            .filter(|name| name.starts_with(prefix) && name != prefix)
            .collect()
    };
    matches.sort();
    matches.dedup();
    Completions { matches, start, end: cursor }
}

fn end_of_word(code: &str, cursor: usize) -> usize {
    let rest = code.get(cursor..).unwrap_or_default();
    cursor + rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())
}
