//! An engine without a language, for tests of everything around one.
//!
//! A cell is a script of one command a line:
//!
//! | command | what it does |
//! |---|---|
//! | `print text`, `err text` | writes a line to standard output or standard error |
//! | `write text` | writes to standard output without ending the line |
//! | `flood n` | prints the lines `0` to `n - 1`, one event each |
//! | `show html` | displays HTML |
//! | `bulk n` | displays `n` times a megabyte |
//! | `display id html`, `update id html` | displays HTML under an id, and replaces it |
//! | `clear`, `clear wait` | removes the outputs |
//! | `result text` | the value of the cell |
//! | `ask prompt`, `password prompt` | asks for a line and prints it |
//! | `page text`, `next text` | payloads: a page to show, and the text of the next cell |
//! | `keep name` | makes a variable |
//! | `sleep ms` | waits; an interrupt ends it |
//! | `fail name message` | ends the cell with an error |
//! | `crash` | panics, as no engine should |

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Map, json};

use super::{
    Analysis, Answer, Cell, CellError, Completeness, Completion, Completions, Engine, Event, Interrupt, MimeBundle,
    Reply, StreamName, Subshells, VariableRow,
};

const COMMANDS: [&str; 18] = [
    "print", "err", "write", "flood", "show", "bulk", "display", "update", "clear", "result", "ask", "password",
    "page", "next", "keep", "sleep", "fail", "crash",
];

/// Runs scripts.
#[derive(Default)]
pub struct FakeEngine {
    bell: Arc<Bell>,
    variables: Arc<Mutex<Vec<VariableRow>>>,
}

impl FakeEngine {
    pub fn new() -> FakeEngine {
        FakeEngine::default()
    }

    fn step(&mut self, line: &str, cell: &Cell, sink: &mut dyn FnMut(Event)) -> Result<(), CellError> {
        let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
        match command {
            "print" => sink(stream(StreamName::Stdout, format!("{rest}\n"))),
            "err" => sink(stream(StreamName::Stderr, format!("{rest}\n"))),
            "write" => sink(stream(StreamName::Stdout, rest.to_owned())),
            "flood" => {
                for n in 0..number(rest)? {
                    self.bell.check()?;
                    sink(stream(StreamName::Stdout, format!("{n}\n")));
                }
            }
            "show" => sink(display(None, rest, false)),
            "bulk" => {
                for _ in 0..number(rest)? {
                    self.bell.check()?;
                    sink(display(None, &"x".repeat(1 << 20), false));
                }
            }
            "display" | "update" => {
                let (id, html) = rest.split_once(' ').unwrap_or((rest, ""));
                sink(display(Some(id), html, command == "update"));
            }
            "clear" => sink(Event::Clear { wait: rest == "wait" }),
            "result" => sink(Event::Result { data: bundle("text/plain", rest), metadata: Map::new() }),
            "ask" | "password" => {
                sink(Event::Input { prompt: rest.to_owned(), is_password: command == "password" });
                match self.bell.answer()? {
                    Reply::Line(line) => sink(stream(StreamName::Stdout, format!("{line}\n"))),
                    Reply::Refused(reason) => return Err(error("NoAnswer", &reason)),
                }
            }
            "page" => sink(Event::Payload(json!({ "source": "page", "data": { "text/plain": rest }, "start": 0 }))),
            "next" => sink(Event::Payload(json!({ "source": "set_next_input", "text": rest, "replace": false }))),
            "keep" => {
                let (name, type_name) = (rest.to_owned(), "text".to_owned());
                let bytes = rest.len() as u64;
                let row = VariableRow { name, type_name, bytes, execution_count: cell.execution_count };
                lock(&self.variables).push(row);
            }
            "sleep" => self.bell.sleep(Duration::from_millis(number(rest)?))?,
            "fail" => {
                let (ename, evalue) = rest.split_once(' ').unwrap_or((rest, ""));
                return Err(error(ename, evalue));
            }
            "crash" => panic!("{rest}"),
            _ => return Err(error("CompileError", &format!("unknown command `{command}`"))),
        }
        Ok(())
    }
}

impl Engine for FakeEngine {
    fn execute(&mut self, cell: &Cell, sink: &mut dyn FnMut(Event)) -> Result<(), CellError> {
        let bell = Arc::clone(&self.bell);
        let _running = bell.arm();
        for line in cell.code.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.bell.check()?;
            self.step(line, cell, sink)?;
        }
        Ok(())
    }

    fn variables(&self) -> Vec<VariableRow> {
        lock(&self.variables).clone()
    }

    fn interrupter(&self) -> Arc<dyn Interrupt> {
        self.bell.clone()
    }

    fn answerer(&self) -> Arc<dyn Answer> {
        self.bell.clone()
    }

    fn analysis(&self) -> Arc<dyn Analysis> {
        Arc::new(FakeAnalysis)
    }

    fn subshells(&self) -> Option<Arc<dyn Subshells>> {
        Some(Arc::new(Beside(Arc::clone(&self.variables))))
    }
}

struct Beside(Arc<Mutex<Vec<VariableRow>>>);

impl Subshells for Beside {
    fn open(&self) -> Box<dyn Engine> {
        Box::new(FakeEngine { variables: Arc::clone(&self.0), ..FakeEngine::default() })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Wakes a cell that sleeps or waits for an answer.
#[derive(Default)]
struct Bell {
    state: Mutex<BellState>,
    rung: Condvar,
}

#[derive(Default, PartialEq)]
enum BellState {
    #[default]
    BetweenCells,
    Running,
    Rung,
    Answered(Reply),
}

impl Bell {
    fn arm(&self) -> Armed<'_> {
        *self.state() = BellState::Running;
        Armed(self)
    }

    fn check(&self) -> Result<(), CellError> {
        self.sleep(Duration::ZERO)
    }

    fn sleep(&self, duration: Duration) -> Result<(), CellError> {
        let (state, _) = self
            .rung
            .wait_timeout_while(self.state(), duration, |state| *state != BellState::Rung)
            .unwrap_or_else(PoisonError::into_inner);
        if *state == BellState::Rung { Err(interrupted()) } else { Ok(()) }
    }

    fn answer(&self) -> Result<Reply, CellError> {
        let waiting = self.rung.wait_while(self.state(), |state| *state == BellState::Running);
        let mut state = waiting.unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *state, BellState::Running) {
            BellState::Answered(reply) => Ok(reply),
            _ => Err(interrupted()),
        }
    }

    fn state(&self) -> MutexGuard<'_, BellState> {
        lock(&self.state)
    }
}

impl Interrupt for Bell {
    fn interrupt(&self) {
        let mut state = self.state();
        if *state != BellState::BetweenCells {
            *state = BellState::Rung;
            self.rung.notify_all();
        }
    }
}

impl Answer for Bell {
    fn answer(&self, reply: Reply) {
        let mut state = self.state();
        if *state == BellState::Running {
            *state = BellState::Answered(reply);
            self.rung.notify_all();
        }
    }
}

/// A cell is running, until this is dropped.
struct Armed<'a>(&'a Bell);

impl Drop for Armed<'_> {
    fn drop(&mut self) {
        *self.0.state() = BellState::BetweenCells;
    }
}

/// Knows the names of the commands.
struct FakeAnalysis;

impl Analysis for FakeAnalysis {
    fn complete(&self, code: &str, cursor: usize) -> Completions {
        let start = word_start(code, cursor);
        let matches = COMMANDS.iter().filter(|command| command.starts_with(&code[start..cursor]));
        let matches = matches.map(|&command| Completion {
            text: command.to_owned(),
            kind: "function".to_owned(),
            signature: "(text)".to_owned(),
        });
        Completions { matches: matches.collect(), start, end: cursor }
    }

    fn inspect(&self, code: &str, cursor: usize) -> Option<MimeBundle> {
        let start = word_start(code, cursor);
        let end = code[start..].find(|c: char| !c.is_alphanumeric()).map_or(code.len(), |length| start + length);
        let word = &code[start..end];
        COMMANDS.contains(&word).then(|| bundle("text/plain", &format!("the command `{word}`")))
    }

    /// A script that ends with `{` goes on, one that begins with `)` is wrong, and one that crashes is too much.
    fn is_complete(&self, code: &str) -> Completeness {
        match code.trim() {
            "crash" => panic!("badly"),
            code if code.starts_with(')') => Completeness::Invalid,
            code if code.ends_with('{') => Completeness::Incomplete { indent: "    ".to_owned() },
            _ => Completeness::Complete,
        }
    }
}

fn word_start(code: &str, cursor: usize) -> usize {
    let word = code[..cursor].chars().rev().take_while(|c| c.is_alphanumeric());
    cursor - word.map(char::len_utf8).sum::<usize>()
}

fn stream(name: StreamName, text: String) -> Event {
    Event::Stream { name, text }
}

fn display(id: Option<&str>, html: &str, update: bool) -> Event {
    let display_id = id.map(str::to_owned);
    Event::Display { data: bundle("text/html", html), metadata: Map::new(), display_id, update }
}

fn bundle(mime: &str, text: &str) -> MimeBundle {
    MimeBundle::from_iter([(mime.to_owned(), json!(text))])
}

fn number(text: &str) -> Result<u64, CellError> {
    text.parse().map_err(|_| error("CompileError", &format!("`{text}` is not a number")))
}

fn interrupted() -> CellError {
    error("Interrupted", "the cell was interrupted")
}

fn error(ename: &str, evalue: &str) -> CellError {
    let traceback = vec![format!("{ename}: {evalue}")];
    CellError { ename: ename.to_owned(), evalue: evalue.to_owned(), traceback }
}
