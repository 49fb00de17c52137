//! One `rustc` call for one cell, and what the compiler says of it.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::control::Control;
use crate::preload::Preload;

/// How a cell is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A shared object to run, unoptimised: the quickest for cells that call compiled code.
    Quick,
    /// A shared object to run, optimised: for cells with loops of their own.
    Optimised,
    /// Types and borrows are checked, and nothing is made: for cells that only define.
    Check,
    /// Types only, with every path in full.
    Probe,
}

/// What came of a call.
#[derive(Debug)]
pub enum Compiled {
    Done { object: PathBuf, warnings: Vec<Diagnostic> },
    Failed { diagnostics: Vec<Diagnostic> },
    Interrupted,
}

/// One message of the compiler, in its own JSON form.
#[derive(Clone, Debug, Deserialize)]
pub struct Diagnostic {
    pub message: String,
    pub code: Option<DiagnosticCode>,
    pub level: String,
    #[serde(default)]
    pub spans: Vec<DiagnosticSpan>,
    #[serde(default)]
    pub children: Vec<Diagnostic>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct DiagnosticCode {
    pub code: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct DiagnosticSpan {
    pub file_name: String,
    pub byte_start: usize,
    pub byte_end: usize,
    pub is_primary: bool,
    pub label: Option<String>,
    pub suggested_replacement: Option<String>,
    pub expansion: Option<Box<DiagnosticExpansion>>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct DiagnosticExpansion {
    pub span: DiagnosticSpan,
}

/// The compiler could not be run at all.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    #[error("cannot write {path}: {source}")]
    Write { path: PathBuf, source: std::io::Error },
    #[error("cannot run the compiler {path}: {source}")]
    Run { path: PathBuf, source: std::io::Error },
}

/// Compiles generated code in `folder`, under a name that no other call uses.
pub fn compile(
    preload: &Preload,
    folder: &Path,
    name: &str,
    code: &str,
    mode: Mode,
    control: &Control,
) -> Result<Compiled, CompileError> {
    let source = folder.join(format!("{name}.rs"));
    let object = folder.join(format!("lib{name}.so"));
    std::fs::write(&source, code).map_err(|error| CompileError::Write { path: source.clone(), source: error })?;
    let mut command = Command::new(&preload.rustc);
    command
        .current_dir(folder)
        .arg(source.file_name().unwrap_or_default())
        .args(["--crate-name", "cell", "--edition", "2024", "--error-format", "json", "--diagnostic-width", "1000000"])
        .args(["-C", &format!("metadata={name}"), "-C", "prefer-dynamic", "-C", "debuginfo=0"])
        .args(preload.extern_args());
    match mode {
        Mode::Quick => command.args([
            "-C",
            "opt-level=0",
            "-C",
            "codegen-units=2",
            "-C",
            "overflow-checks=on",
            "-C",
            "debug-assertions=on",
        ]),
        Mode::Optimised => command.args(["-C", "opt-level=3", "-C", "codegen-units=1", "-C", "overflow-checks=on"]),
        Mode::Check => command.args(["--emit", "metadata", "--crate-type", "lib", "-o"]).arg(&object),
        Mode::Probe => command
            .args([
                "--emit",
                "metadata",
                "--crate-type",
                "lib",
                "-Z",
                "trim-diagnostic-paths=no",
                "-Z",
                "write-long-types-to-disk=no",
            ])
            .arg("-o")
            .arg(&object)
            // The two flags only change how messages are written.
            .env("RUSTC_BOOTSTRAP", "1"),
    };
    if matches!(mode, Mode::Quick | Mode::Optimised) {
        command.args(["--crate-type", "cdylib", "-o"]).arg(&object);
        command.args(["-C", "link-arg=-Wl,--allow-shlib-undefined"]);
    }
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| CompileError::Run { path: preload.rustc.clone(), source: error })?;
    let running = control.compiling(child.id());
    let output =
        child.wait_with_output().map_err(|error| CompileError::Run { path: preload.rustc.clone(), source: error })?;
    if running.finish() {
        return Ok(Compiled::Interrupted);
    }
    let _ = std::fs::remove_file(&source);
    if matches!(mode, Mode::Check | Mode::Probe) {
        let _ = std::fs::remove_file(&object);
    }
    let diagnostics = parse_diagnostics(&output.stderr);
    if output.status.success() {
        Ok(Compiled::Done { object, warnings: diagnostics })
    } else {
        Ok(Compiled::Failed { diagnostics })
    }
}

fn parse_diagnostics(output: &[u8]) -> Vec<Diagnostic> {
    let text = String::from_utf8_lossy(output);
    let mut plain = String::new();
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    for line in text.lines() {
        match serde_json::from_str(line) {
            Ok(diagnostic) => diagnostics.push(diagnostic),
            Err(_) => plain.push_str(&format!("{line}\n")),
        }
    }
    if diagnostics.is_empty() && !plain.is_empty() {
        // The compiler itself broke down, and says so in plain text.
        let level = "error".to_owned();
        diagnostics.push(Diagnostic { message: plain, code: None, level, spans: Vec::new(), children: Vec::new() });
    }
    diagnostics
}
