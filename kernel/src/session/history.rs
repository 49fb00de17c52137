//! The inputs of this and earlier sessions, and how a frontend asks for them.
//!
//! They are kept in a file that all kernels of a person share, so a thread of its own waits for it where it has to.

mod store;

use std::path::PathBuf;
use std::sync::mpsc as std_mpsc;
use std::thread;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::Session;
use super::shell::Answer;
use crate::wire::{Request, log};
use store::{Row, Store};

/// A longer output is not kept: nobody looks for it in a history.
const OUTPUT_BYTES_MAX: usize = 64 << 10;

/// How long the end waits until the last inputs are in the file.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// A request for inputs. Clients leave out what they have no use for.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "hist_access_type", rename_all = "lowercase")]
enum Access {
    Tail {
        n: Option<usize>,
    },
    Range {
        /// 0 is this session, and negative numbers count back from it.
        #[serde(default)]
        session: i64,
        #[serde(default)]
        start: i64,
        stop: Option<i64>,
    },
    Search {
        pattern: Option<String>,
        n: Option<usize>,
        #[serde(default)]
        unique: bool,
    },
}

#[derive(Deserialize)]
struct HistoryRequest {
    #[serde(default)]
    output: bool,
    #[serde(flatten)]
    access: Access,
}

impl Session {
    pub(super) fn search_history(&mut self, request: Request) {
        self.busy(&request);
        match request.content::<HistoryRequest>() {
            Ok(HistoryRequest { output, access }) => {
                let found = self.history.find(access);
                self.answers.spawn(async move {
                    let rows = found.await.unwrap_or_default();
                    let entries: Vec<Value> = rows.into_iter().map(|row| entry_json(row, output)).collect();
                    Answer { request, content: json!({ "status": "ok", "history": entries }) }
                });
            }
            Err(error) => self.refuse(&request, &error),
        }
    }
}

fn entry_json(Row { session, line, input, output }: Row, with_output: bool) -> Value {
    if with_output { json!([session, line, [input, output]]) } else { json!([session, line, input]) }
}

/// The session's end of the thread.
pub(super) struct History {
    tasks: std_mpsc::Sender<Task>,
    ended: oneshot::Receiver<()>,
}

enum Task {
    Push { line: u32, input: String },
    Output { line: u32, output: String },
    Find { access: Access, tell: oneshot::Sender<Vec<Row>> },
}

impl History {
    /// A history in this file, or in memory only.
    pub(super) fn start(path: Option<PathBuf>) -> History {
        let (tasks, tasks_of_thread) = std_mpsc::channel();
        let (end, ended) = oneshot::channel();
        let thread = thread::Builder::new().name("history".to_owned()).spawn(move || {
            let mut store = Store::new(path);
            for task in tasks_of_thread {
                match task {
                    Task::Push { line, input } => store.push(line, input),
                    Task::Output { line, output } => store.set_output(line, output),
                    Task::Find { access, tell } => drop(tell.send(store.find(&access))),
                }
            }
            store.close();
            let _ = end.send(());
        });
        if let Err(error) = thread {
            log(format_args!("no history is kept: cannot start its thread: {error}"));
        }
        History { tasks, ended }
    }

    pub(super) fn push(&self, line: u32, input: &str) {
        self.tell(Task::Push { line, input: input.to_owned() });
    }

    /// Adds what came of an input.
    pub(super) fn set_output(&self, line: u32, output: &str) {
        if output.len() <= OUTPUT_BYTES_MAX {
            self.tell(Task::Output { line, output: output.to_owned() });
        }
    }

    fn find(&self, access: Access) -> oneshot::Receiver<Vec<Row>> {
        let (tell, found) = oneshot::channel();
        self.tell(Task::Find { access, tell });
        found
    }

    /// A thread that did not start finds nothing and keeps nothing.
    fn tell(&self, task: Task) {
        let _ = self.tasks.send(task);
    }

    /// Waits until all is in the file, or for a while.
    pub(super) async fn stop(self) {
        let History { tasks, ended } = self;
        drop(tasks);
        if timeout(STOP_PATIENCE, ended).await.is_err() {
            log(format_args!("the history's file does not answer; the last inputs may be missing in it"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_of_an_unknown_kind_is_an_error() {
        assert!(serde_json::from_value::<HistoryRequest>(json!({ "hist_access_type": "all" })).is_err());
    }
}
