//! Completion and inspection.
//!
//! The compiler says what type an expression has (`probe`), an index of the crates says what such a type offers (`index`), and the session
//! tells its own definitions and variables. Questions are answered on a thread of their own, with compilers of their own, so that a
//! running cell neither delays them nor notices them. A notebook that asks nothing has none of it.

mod typename;

mod cursor;

mod repair;

mod locals;

mod index;

mod own;

mod scope;

mod probe;

mod complete;

mod inspect;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use self::complete::Asked;
use self::index::Index;
use self::probe::Probe;
use self::scope::Scope;
use super::native::definitions::Definitions;
use super::native::types::VariableType;
use super::native::{Question as TypeQuestion, commands, source};
use super::{Analysis, Completeness, Completions, MimeBundle};
use crate::preload::dependencies::Dependencies;
use crate::preload::{self, Preload};

/// How long a question waits for its answer. JupyterLab takes no completions after one second.
const PATIENCE: Duration = Duration::from_millis(950);

/// How long what the answers need is kept after the last question.
const IDLE: Duration = Duration::from_secs(60);

/// What the session has, published after each cell.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// What cells are compiled against; `None` until the workbench is there.
    pub tools: Option<(Arc<Preload>, Dependencies)>,
    pub definitions: Definitions,
    pub variables: BTreeMap<String, KnownVariable>,
}

#[derive(Clone, Debug)]
pub struct KnownVariable {
    /// `None` where the compiler has to be asked first, with `ask`.
    pub ty: Option<VariableType>,
    pub ask: Option<Arc<TypeQuestion>>,
    /// The type in the words of `std::any::type_name`.
    pub type_name: String,
    pub bytes: u64,
    pub is_mutable: bool,
    /// The `n` of the `In[n]` that stored it last.
    pub cell: u32,
}

/// Answers by the compiler and the index.
pub struct CompilerAnalysis {
    snapshot: Arc<Mutex<Snapshot>>,
    /// Where the compilers have their files.
    folder: PathBuf,
    /// The program that makes the index where it is missing: this one.
    program: PathBuf,
    /// The thread that answers, once a question has started it; it ends by itself when there are no more.
    worker: Mutex<Option<Sender<Question>>>,
}

struct Question {
    code: String,
    cursor: usize,
    asked: Instant,
    reply: Reply,
}

enum Reply {
    Complete(Sender<Completions>),
    Inspect(Sender<Option<MimeBundle>>),
}

/// An answer that came when nobody waited for it any longer: asked again, it is there at once.
struct Late {
    code: String,
    cursor: usize,
    found: Found,
}

#[derive(Clone)]
enum Found {
    Completions(Completions),
    Explanation(Option<MimeBundle>),
}

impl CompilerAnalysis {
    pub fn new(snapshot: Arc<Mutex<Snapshot>>, folder: &Path, program: &Path) -> CompilerAnalysis {
        CompilerAnalysis { snapshot, folder: folder.to_owned(), program: program.to_owned(), worker: Mutex::default() }
    }

    fn ask<T>(&self, code: &str, cursor: usize, reply: impl Fn(Sender<T>) -> Reply) -> Option<T> {
        // The thread may end just when it is asked; another one is started then.
        for _ in 0..2 {
            let (tell, answer) = mpsc::channel();
            let question = Question { code: code.to_owned(), cursor, asked: Instant::now(), reply: reply(tell) };
            let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
            let sender = worker.get_or_insert_with(|| self.start_worker());
            let is_sent = sender.send(question).is_ok();
            if !is_sent {
                *worker = None;
                continue;
            }
            drop(worker);
            match answer.recv_timeout(PATIENCE) {
                Ok(answer) => return Some(answer),
                Err(RecvTimeoutError::Timeout) => return None,
                Err(RecvTimeoutError::Disconnected) => {}
            }
        }
        None
    }

    fn start_worker(&self) -> Sender<Question> {
        let (sender, questions) = mpsc::channel();
        let (snapshot, folder, program) = (Arc::clone(&self.snapshot), self.folder.clone(), self.program.clone());
        let started = std::thread::Builder::new().name("answers".to_owned()).spawn(move || {
            let mut worker =
                Worker { snapshot, folder, program, index: None, probe: None, index_maker: None, late: None };
            loop {
                match questions.recv_timeout(IDLE) {
                    Ok(question) => worker.answer(question),
                    Err(RecvTimeoutError::Timeout) if worker.makes_index() => {}
                    Err(_) => return,
                }
            }
        });
        if let Err(error) = started {
            eprintln!("tunebook: cannot start a thread for completion: {error}");
        }
        sender
    }
}

impl Analysis for CompilerAnalysis {
    fn complete(&self, code: &str, cursor: usize) -> Completions {
        let nothing = Completions { matches: Vec::new(), start: cursor, end: cursor };
        self.ask(code, cursor, Reply::Complete).unwrap_or(nothing)
    }

    fn inspect(&self, code: &str, cursor: usize) -> Option<MimeBundle> {
        self.ask(code, cursor, Reply::Inspect).flatten()
    }

    fn is_complete(&self, code: &str) -> Completeness {
        // Commands are complete by themselves.
        source::completeness(&commands::parse(code).code)
    }
}

impl Reply {
    /// Gives an answer, if it is of the kind that was asked for.
    fn send(&self, found: &Found) -> bool {
        match (self, found) {
            (Reply::Complete(tell), Found::Completions(found)) => tell.send(found.clone()).is_ok(),
            (Reply::Inspect(tell), Found::Explanation(found)) => tell.send(found.clone()).is_ok(),
            _ => false,
        }
    }
}

/// What the thread has that answers.
struct Worker {
    snapshot: Arc<Mutex<Snapshot>>,
    folder: PathBuf,
    program: PathBuf,
    /// With the number of files that it was read from.
    index: Option<(Index, usize)>,
    /// With the crates that the notebook had when it was made.
    probe: Option<(Probe, Arc<Preload>, Vec<OsString>)>,
    /// The process that makes what is missing of the index.
    index_maker: Option<Child>,
    late: Option<Late>,
}

impl Worker {
    fn answer(&mut self, question: Question) {
        if let Some(late) = self.late.take()
            && (&late.code, late.cursor) == (&question.code, question.cursor)
            && question.reply.send(&late.found)
        {
            return;
        }
        // Nobody waits any longer.
        if question.asked.elapsed() > PATIENCE {
            return;
        }
        let Some(found) = self.find(&question) else { return };
        question.reply.send(&found);
        if question.asked.elapsed() > PATIENCE {
            self.late = Some(Late { code: question.code, cursor: question.cursor, found });
        }
        // For the next question, when the answer to this one is given.
        if let Some((probe, ..)) = &mut self.probe {
            probe.arm();
        }
    }

    fn find(&mut self, question: &Question) -> Option<Found> {
        let snapshot = self.snapshot.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let preload = snapshot.tools.as_ref().map(|(preload, _)| Arc::clone(preload));
        self.renew_index(preload.as_deref());
        self.renew_probe(&snapshot);
        let (Some((index, _)), probe) = (&self.index, self.probe.as_mut().map(|(probe, ..)| probe)) else {
            return None;
        };
        let code = commands::parse(&question.code).code;
        // As it is, with what stands behind the cursor, and made whole up to there.
        let whole = repair::closed(code.get(..question.cursor).unwrap_or(&code), "_");
        let cells = [(source::parse(&code), code.as_str()), (source::parse(&whole), whole.as_str())];
        let scope = Scope::new(index, &snapshot.definitions, &cells);
        let asked = |cursor| Asked { code: &code, cursor, snapshot: &snapshot, scope: &scope };
        Some(match question.reply {
            Reply::Complete(_) => {
                let command = complete::complete_command(&question.code, question.cursor);
                Found::Completions(
                    command
                        .unwrap_or_else(|| complete::complete(&asked(cursor::before(&code, question.cursor)), probe)),
                )
            }
            Reply::Inspect(_) => {
                let cursor = cursor::around(&code, question.cursor);
                Found::Explanation(cursor.and_then(|cursor| inspect::inspect(&asked(cursor), probe)))
            }
        })
    }

    /// Reads the index, again when more of it has been made.
    fn renew_index(&mut self, preload: Option<&Preload>) {
        let folder = preload.map(preload::index::folder);
        let count = |folder: &PathBuf| std::fs::read_dir(folder).map_or(0, Iterator::count);
        let n_files = folder.as_ref().map_or(0, count);
        if self.index.as_ref().is_none_or(|(_, read)| *read != n_files) {
            self.index = Some((Index::load(folder.as_deref()), n_files));
        }
        if let Some(preload) = preload
            && self.index_maker.is_none()
        {
            self.index_maker = preload::index::make_in_background(preload, &self.program);
        }
    }

    fn renew_probe(&mut self, snapshot: &Snapshot) {
        let Some((preload, dependencies)) = &snapshot.tools else { return };
        let added = dependencies.args();
        let is_current = self.probe.as_ref().is_some_and(|(_, of, with)| Arc::ptr_eq(of, preload) && *with == added);
        if !is_current {
            self.probe = Probe::new(snapshot, &self.folder).map(|probe| (probe, Arc::clone(preload), added));
        }
    }

    fn makes_index(&mut self) -> bool {
        self.index_maker.as_mut().is_some_and(|maker| matches!(maker.try_wait(), Ok(None)))
    }
}
