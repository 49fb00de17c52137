//! Running cells: the seam between the protocol and the language.
//!
//! The session knows only the traits of this file, so that a fake engine tests it.

pub mod native;

pub mod analysis;

pub mod evcxr;

pub mod fake;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

/// The programs that the engines start are this one again: called first in `main`, this returns only in the kernel itself.
pub fn run_if_helper() {
    native::child::run_if_child();
    ::evcxr::runtime_hook();
}

/// A bundle of representations of one output, by MIME type, as the protocol's `data` field has it.
pub type MimeBundle = Map<String, Value>;

/// One thing that a cell puts out. Events come in the order in which the cell made them.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Text on standard output or standard error; it need not end with a line.
    Stream { name: StreamName, text: String },
    /// A rich output in the middle of a cell (`display_data`), or its replacement (`update_display_data`).
    Display { data: MimeBundle, metadata: Map<String, Value>, display_id: Option<String>, update: bool },
    /// Removes the outputs so far (`clear_output`); with `wait`, when the next one comes.
    Clear { wait: bool },
    /// The value of the cell's last expression (`execute_result`).
    Result { data: MimeBundle, metadata: Map<String, Value> },
    /// The cell waits for a line that a person types. It gets one by the engine's [`Answer`].
    Input { prompt: String, is_password: bool },
    /// Something that the frontend itself is to do, as the reply's `payload` has it: show a page, or begin the next cell.
    Payload(Value),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamName {
    Stdout,
    Stderr,
}

/// Why a cell failed, in the protocol's three fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellError {
    /// The kind of error: `CompileError`, `Panic`, `Interrupted`, or the type of an `Err`.
    pub ename: String,
    /// The message in one line.
    pub evalue: String,
    /// What the notebook shows: lines with ANSI colours.
    pub traceback: Vec<String>,
}

/// A cell to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    pub code: String,
    /// The `n` of `In[n]`, named in error positions.
    pub execution_count: u32,
}

/// Where a cell's time went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Reading the cell: what it defines, binds and mentions.
    pub analysis: Duration,
    /// All calls of the compiler, without its linker.
    pub compile: Duration,
    pub link: Duration,
    pub compiler_calls: u32,
    /// Whether the cell's code was optimised.
    pub is_optimised: bool,
    /// Loading what was compiled.
    pub load: Duration,
    /// The cell's own code, without what it shows.
    pub run: Duration,
    /// Making representations of what it shows, and sending them.
    pub display: Duration,
    /// What the processors spent with the cell's own code, in it and in the system for it.
    pub user: Duration,
    pub system: Duration,
    /// From the request to the end.
    pub total: Duration,
}

/// A variable that later cells can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableRow {
    pub name: String,
    pub type_name: String,
    /// Of the value itself, without what it owns elsewhere.
    pub bytes: u64,
    /// The `n` of the `In[n]` that made it.
    pub execution_count: u32,
}

/// Runs cells, one at a time. It lives on a thread of its own, and may block.
pub trait Engine: Send {
    /// Called once before the first cell, for what makes it quicker. It must not take long, and fails silently: the cell will tell.
    fn prepare(&mut self) {}

    /// Runs a cell to its end. All of its events have been given to `sink` when this returns.
    fn execute(&mut self, cell: &Cell, sink: &mut dyn FnMut(Event)) -> Result<(), CellError>;

    /// Where the latest cell's time went, if the engine keeps account of it.
    fn last_timing(&self) -> Option<Timing> {
        None
    }

    /// The variables that there are, by name.
    fn variables(&self) -> Vec<VariableRow> {
        Vec::new()
    }

    /// A handle that ends the running cell from another thread.
    fn interrupter(&self) -> Arc<dyn Interrupt>;

    /// A handle that gives the running cell, from another thread, what it asked for by [`Event::Input`].
    fn answerer(&self) -> Arc<dyn Answer> {
        Arc::new(NothingAsked)
    }

    /// Answers questions about code from another thread, also while a cell runs.
    fn analysis(&self) -> Arc<dyn Analysis>;

    /// Engines for cells that run beside those of this one, if it can have some.
    fn subshells(&self) -> Option<Arc<dyn Subshells>> {
        None
    }
}

/// Makes engines that share variables and definitions with another, and run cells at the same time.
pub trait Subshells: Send + Sync {
    fn open(&self) -> Box<dyn Engine>;
}

/// Ends the running cell: its `execute` returns an error with the name `Interrupted`. Does nothing between cells.
pub trait Interrupt: Send + Sync {
    fn interrupt(&self);
}

/// Gives the running cell what it asked for. Does nothing where nothing was asked.
pub trait Answer: Send + Sync {
    fn answer(&self, reply: Reply);
}

/// What comes of a cell's question to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// What was typed, without the end of the line.
    Line(String),
    /// Nobody can answer, and why.
    Refused(String),
}

/// The answerer of an engine whose cells ask nothing.
struct NothingAsked;

impl Answer for NothingAsked {
    fn answer(&self, _reply: Reply) {}
}

/// Questions about code that do not run it. Positions are byte offsets into `code`.
pub trait Analysis: Send + Sync {
    fn complete(&self, code: &str, cursor: usize) -> Completions;
    fn inspect(&self, code: &str, cursor: usize) -> Option<MimeBundle>;
    fn is_complete(&self, code: &str) -> Completeness;
}

/// What may stand in place of the bytes from `start` to `end`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completions {
    pub matches: Vec<Completion>,
    pub start: usize,
    pub end: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    pub text: String,
    /// What it is, in the words that frontends have icons for: `function`, `class`, `property`, …; empty where it is not known.
    pub kind: String,
    /// The type of a value, the parameters and the result of a function.
    pub signature: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Completeness {
    Complete,
    /// More lines are needed; `indent` is what the next one begins with.
    Incomplete {
        indent: String,
    },
    Invalid,
}
