//! Questions that run no code: what the kernel is, and what the code means.
//!
//! The engine may take its time over an answer, so it is found on another thread while the loop goes on.

use std::env;
use std::sync::Arc;
use std::thread::Builder;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinError;
use tokio::time::timeout;

use super::Session;
use crate::engine::{Analysis, Completeness};
use crate::wire::{ConnectionInfo, PROTOCOL_VERSION, Request, log};

/// How long the reply to `kernel_info_request` waits for the compiler's version. Clients expect it within a second.
const VERSION_PATIENCE: Duration = Duration::from_millis(600);

/// A question, and the content of its reply.
pub(super) struct Answer {
    pub(super) request: Request,
    pub(super) content: Value,
}

/// Code, and where in it the cursor stands. The protocol counts in characters.
#[derive(Deserialize)]
struct CodeAt {
    code: String,
    cursor_pos: usize,
}

#[derive(Deserialize)]
struct CodeOnly {
    code: String,
}

impl Session {
    pub(super) fn kernel_info(&mut self, request: Request) {
        self.busy(&request);
        let version = self.rustc_version.clone();
        let features: &[&str] = if self.subshells.is_some() { &["kernel subshells"] } else { &[] };
        self.answers.spawn(async move {
            let content = kernel_info(&version.get().await, features);
            Answer { request, content }
        });
    }

    /// Says on which ports the kernel listens, as frontends once asked that had no connection file.
    pub(super) fn connect(&self, request: &Request) {
        self.busy(request);
        let ConnectionInfo { shell_port, iopub_port, stdin_port, control_port, hb_port, .. } = &self.connection;
        let ports = json!({
            "status": "ok",
            "shell_port": shell_port,
            "iopub_port": iopub_port,
            "stdin_port": stdin_port,
            "control_port": control_port,
            "hb_port": hb_port,
        });
        self.answer(request, &ports);
    }

    pub(super) fn complete(&mut self, request: Request) {
        self.busy(&request);
        match request.content::<CodeAt>() {
            Ok(at) => self.ask(request, move |analysis| complete(analysis, &at)),
            Err(error) => self.refuse(&request, &error),
        }
    }

    pub(super) fn inspect(&mut self, request: Request) {
        self.busy(&request);
        match request.content::<CodeAt>() {
            Ok(at) => self.ask(request, move |analysis| inspect(analysis, &at)),
            Err(error) => self.refuse(&request, &error),
        }
    }

    pub(super) fn is_complete(&mut self, request: Request) {
        self.busy(&request);
        match request.content::<CodeOnly>() {
            Ok(CodeOnly { code }) => self.ask(request, move |analysis| is_complete(analysis, &code)),
            Err(error) => self.refuse(&request, &error),
        }
    }

    fn ask(&mut self, request: Request, question: impl FnOnce(&dyn Analysis) -> Value + Send + 'static) {
        let analysis = Arc::clone(&self.analysis);
        let (tell, answer) = oneshot::channel();
        // A thread of its own rather than one of tokio's: those keep the process from ending until they have the
        // answer.
        let thread = Builder::new().name("analysis".to_owned()).spawn(move || tell.send(question(&*analysis)));
        if let Err(error) = thread {
            log(format_args!("cannot start a thread for a question about code: {error}"));
        }
        self.answers.spawn(async move {
            // No answer comes from a thread that did not start, or that panicked.
            let content = answer.await.unwrap_or_else(|_| {
                let evalue = "the analysis of the code failed; the kernel's log says why";
                json!({ "status": "error", "ename": "EngineFailure", "evalue": evalue, "traceback": [] })
            });
            Answer { request, content }
        });
    }

    pub(super) fn answered(&mut self, answer: Result<Answer, JoinError>) {
        match answer {
            Ok(Answer { request, content }) => self.answer(&request, &content),
            Err(error) => log(format_args!("a question was lost: {error}")),
        }
    }
}

fn kernel_info(rustc_version: &str, features: &[&str]) -> Value {
    let version = env!("CARGO_PKG_VERSION");
    let link = |text: &str, url: &str| json!({ "text": text, "url": url });
    json!({
        "status": "ok",
        "protocol_version": PROTOCOL_VERSION,
        "implementation": "tunebook",
        "implementation_version": version,
        "language_info": language_info(rustc_version),
        "banner": format!("Tunebook {version}: Rust with the workbench for data and models in every cell"),
        "debugger": false,
        "help_links": [
            link("The Rust Programming Language", "https://doc.rust-lang.org/book/"),
            link("Rust standard library", "https://doc.rust-lang.org/std/"),
            link("polars", "https://docs.rs/polars"),
            link("ndarray", "https://docs.rs/ndarray"),
            link("linfa", "https://docs.rs/linfa"),
            link("plotters", "https://docs.rs/plotters"),
        ],
        "supported_features": features,
    })
}

/// What a frontend needs to know of the language; a notebook keeps it in its metadata.
pub fn language_info(rustc_version: &str) -> Value {
    json!({
        "name": "rust",
        "version": rustc_version,
        "mimetype": "text/x-rust",
        "file_extension": ".rs",
        "pygments_lexer": "rust",
        "codemirror_mode": "rust",
    })
}

/// The version of the compiler that cells will be compiled with, as `1.95.0`; empty where there is none.
pub async fn rustc_version() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").kill_on_drop(true).output().await;
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.split_whitespace().nth(1).unwrap_or_default().to_owned()
}

/// The compiler's version, asked for once when the session starts.
#[derive(Clone)]
pub(super) struct RustcVersion(watch::Receiver<Option<String>>);

impl RustcVersion {
    pub(super) fn ask() -> RustcVersion {
        let (tell, version) = watch::channel(None);
        tokio::spawn(async move { tell.send(Some(rustc_version().await)) });
        RustcVersion(version)
    }

    async fn get(mut self) -> String {
        match timeout(VERSION_PATIENCE, self.0.wait_for(Option::is_some)).await {
            Ok(Ok(version)) => version.clone().unwrap_or_default(),
            _ => String::new(),
        }
    }
}

fn complete(analysis: &dyn Analysis, CodeAt { code, cursor_pos }: &CodeAt) -> Value {
    let completions = analysis.complete(code, byte_offset(code, *cursor_pos));
    let (start, end) = (char_offset(code, completions.start), char_offset(code, completions.end));
    let texts: Vec<&str> = completions.matches.iter().map(|found| found.text.as_str()).collect();
    // What IPython began and frontends understand: kinds and signatures beside the names.
    let types: Vec<Value> = completions
        .matches
        .iter()
        .filter(|found| !found.kind.is_empty())
        .map(|found| json!({ "text": found.text, "type": found.kind, "signature": found.signature, "start": start, "end": end }))
        .collect();
    // A frontend that reads the kinds shows nothing else, so they are for all of the names or for none.
    let has_all = !types.is_empty() && types.len() == texts.len();
    let metadata = if has_all { json!({ "_jupyter_types_experimental": types }) } else { json!({}) };
    json!({ "status": "ok", "matches": texts, "cursor_start": start, "cursor_end": end, "metadata": metadata })
}

fn inspect(analysis: &dyn Analysis, CodeAt { code, cursor_pos }: &CodeAt) -> Value {
    let found = analysis.inspect(code, byte_offset(code, *cursor_pos));
    json!({ "status": "ok", "found": found.is_some(), "data": found.unwrap_or_default(), "metadata": {} })
}

fn is_complete(analysis: &dyn Analysis, code: &str) -> Value {
    match analysis.is_complete(code) {
        Completeness::Complete => json!({ "status": "complete" }),
        Completeness::Incomplete { indent } => json!({ "status": "incomplete", "indent": indent }),
        Completeness::Invalid => json!({ "status": "invalid" }),
    }
}

/// Where the character with this number begins; the end where there are fewer.
fn byte_offset(code: &str, n_chars: usize) -> usize {
    code.char_indices().nth(n_chars).map_or(code.len(), |(at, _)| at)
}

/// How many characters begin before this byte.
fn char_offset(code: &str, n_bytes: usize) -> usize {
    code.char_indices().take_while(|&(at, _)| at < n_bytes).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_count_characters() {
        let code = "aé𝒳b";
        for (chars, bytes) in [(0, 0), (1, 1), (2, 3), (3, 7), (4, 8)] {
            assert_eq!((byte_offset(code, chars), char_offset(code, bytes)), (bytes, chars));
        }
        assert_eq!((byte_offset(code, 9), char_offset(code, 99)), (8, 4));
    }
}
