//! Running cargo, with progress and with what it has made.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::PreloadError;
use crate::engine::native::control::Control;
use crate::process::die_with_parent;

/// How far the build is.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    pub done: u64,
    /// 0 where it is not known yet.
    pub total: u64,
    /// What is going on, in words.
    pub what: String,
    pub elapsed: Duration,
}

impl Progress {
    pub(super) fn waiting() -> Progress {
        let what = "waiting for another kernel that is at it".into();
        Progress { done: 0, total: 0, what, elapsed: Duration::ZERO }
    }
}

/// A library that cargo has compiled, or found compiled.
#[derive(Debug)]
pub(super) struct Artifact {
    pub(super) name: String,
    pub(super) version: String,
    /// How it is compiled, for those who look at its source once more.
    pub(super) recipe: Recipe,
    is_macro: bool,
    files: Vec<PathBuf>,
}

/// What the compiler was told of a crate, but for its dependencies.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Recipe {
    /// Cargo's name of the package.
    pub(super) package: String,
    /// The crate's root.
    pub(super) source: PathBuf,
    pub(super) edition: String,
    pub(super) features: Vec<String>,
    /// What its build script has found out.
    #[serde(default)]
    pub(super) cfgs: Vec<String>,
    #[serde(default)]
    pub(super) out_dir: Option<PathBuf>,
}

impl Artifact {
    pub(super) fn file(&self, extension: &str) -> Option<&PathBuf> {
        self.files.iter().find(|file| file.extension().is_some_and(|own| own == extension))
    }

    /// What is enough to compile against it: its metadata, where the code itself is in a dylib. Macros are run by the compiler.
    pub(super) fn to_compile_against(&self) -> Option<&PathBuf> {
        if self.is_macro { self.file("so") } else { self.file("rmeta").or_else(|| self.file("rlib")) }
    }
}

/// Runs a `cargo rustc` with the arguments that are the same for each; `args` come before those for the compiler.
pub(super) fn run_cargo(
    cargo: &Path,
    folder: &Path,
    args: &[&str],
    step: &'static str,
    control: &Control,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<Artifact>, PreloadError> {
    let start = Instant::now();
    let mut command = Command::new(cargo);
    command
        .current_dir(folder)
        .args(["rustc", "--release", "--lib", "--message-format", "json-render-diagnostics"])
        .args(args)
        .args(["--", "-C", "prefer-dynamic"])
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "120")
        .env("CARGO_TERM_COLOR", "never")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own, so that an interrupt ends cargo and its compilers together.
        .process_group(0);
    die_with_parent(&mut command);
    for name in std::env::vars_os().map(|(name, _)| name).filter(|name| is_set_by_cargo(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    let no_cargo = |error: std::io::Error| PreloadError::NoCompiler {
        command: "cargo".into(),
        problem: format!("cannot run: {error}"),
    };
    let mut child = command.spawn().map_err(no_cargo)?;
    let running = control.compiling(child.id());
    let (sender, receiver) = mpsc::channel();
    let messages = child.stdout.take().map(|out| std::thread::spawn(move || read_messages(BufReader::new(out))));
    let stderr = child.stderr.take().map(|err| std::thread::spawn(move || read_progress(err, &sender)));
    let mut last = Progress { done: 0, total: 0, what: "starting cargo".into(), elapsed: Duration::ZERO };
    loop {
        match receiver.recv_timeout(Duration::from_millis(500)) {
            Ok((done, total, what)) => last = Progress { done, total, what, elapsed: start.elapsed() },
            Err(mpsc::RecvTimeoutError::Timeout) => last.elapsed = start.elapsed(),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
        progress(last.clone());
    }
    let status = child.wait().map_err(no_cargo)?;
    if running.finish() {
        return Err(PreloadError::Interrupted);
    }
    let log = stderr.and_then(|thread| thread.join().ok()).unwrap_or_default();
    if !status.success() {
        let help = help_for(&log);
        return Err(PreloadError::Build { step, log, help });
    }
    Ok(messages.and_then(|thread| thread.join().ok()).unwrap_or_default())
}

/// Whether cargo sets this variable for the programs that it runs. Under `cargo run`, and in tests, these would tell the build scripts
/// of some crates (ring is one) that something has changed, and polars would be compiled all over again.
fn is_set_by_cargo(name: &str) -> bool {
    const NAMES: &[&str] = &["CARGO", "CARGO_BIN_NAME", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE", "OUT_DIR"];
    const PREFIXES: &[&str] = &["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_EXE_", "CARGO_CFG_", "CARGO_FEATURE_"];
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

fn read_messages(out: impl BufRead) -> Vec<Artifact> {
    let mut artifacts: Vec<Artifact> = Vec::new();
    let mut scripts: Vec<(String, Vec<String>, Option<PathBuf>)> = Vec::new();
    let texts = |list: &Value| -> Vec<String> {
        list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    for line in out.lines().map_while(Result::ok) {
        let Ok(message) = serde_json::from_str::<Value>(&line) else { continue };
        if message["reason"] == "build-script-executed" {
            let package = message["package_id"].as_str().unwrap_or_default().to_owned();
            scripts.push((package, texts(&message["cfgs"]), message["out_dir"].as_str().map(PathBuf::from)));
        }
        if message["reason"] != "compiler-artifact" {
            continue;
        }
        let kinds = message["target"]["kind"].as_array().cloned().unwrap_or_default();
        let has = |kind: &str| kinds.iter().any(|own| own == kind);
        // What build scripts are made of is compiled apart, unoptimised, and is no part of the workbench.
        let is_macro = has("proc-macro");
        if has("custom-build") || has("bin") || (!is_macro && message["profile"]["opt_level"] == "0") {
            continue;
        }
        let id = message["package_id"].as_str().unwrap_or_default();
        artifacts.push(Artifact {
            version: id.rsplit(['#', '@']).next().unwrap_or_default().to_owned(),
            name: message["target"]["name"].as_str().unwrap_or_default().replace('-', "_"),
            recipe: Recipe {
                package: id.to_owned(),
                source: message["target"]["src_path"].as_str().map(PathBuf::from).unwrap_or_default(),
                edition: message["target"]["edition"].as_str().unwrap_or("2021").to_owned(),
                features: texts(&message["features"]),
                ..Recipe::default()
            },
            is_macro,
            files: texts(&message["filenames"]).into_iter().map(PathBuf::from).collect(),
        });
    }
    for artifact in &mut artifacts {
        if let Some((_, cfgs, out_dir)) = scripts.iter().find(|(package, ..)| *package == artifact.recipe.package) {
            (artifact.recipe.cfgs, artifact.recipe.out_dir) = (cfgs.clone(), out_dir.clone());
        }
    }
    artifacts
}

/// Follows cargo's own progress line, `Building [==> ] 45/313: polars-core, …`, and returns the rest of what it says.
fn read_progress(err: impl Read, sender: &mpsc::Sender<(u64, u64, String)>) -> String {
    let mut log: Vec<String> = Vec::new();
    let mut line = Vec::new();
    for byte in BufReader::new(err).bytes().map_while(Result::ok) {
        if byte != b'\r' && byte != b'\n' {
            line.push(byte);
            continue;
        }
        let text = String::from_utf8_lossy(&line).replace("\x1b[K", "").trim_end().to_owned();
        line.clear();
        let trimmed = text.trim_start();
        if let Some(rest) = trimmed.strip_prefix("Building ") {
            if let Some(state) = rest.split("] ").nth(1).and_then(parse_state) {
                let _ = sender.send(state);
            }
        } else if trimmed.starts_with("Downloading")
            || trimmed.starts_with("Downloaded")
            || trimmed.starts_with("Blocking")
        {
            let _ = sender.send((0, 0, trimmed.to_owned()));
        } else if !(trimmed.is_empty() || trimmed.starts_with("Compiling ") || trimmed.starts_with("Fresh ")) {
            log.push(text);
        }
    }
    let skip = log.len().saturating_sub(40);
    log.split_off(skip).join("\n")
}

fn parse_state(text: &str) -> Option<(u64, u64, String)> {
    let (counts, what) = text.split_once(':').unwrap_or((text, ""));
    let (done, total) = counts.split_once('/')?;
    Some((done.trim().parse().ok()?, total.trim().parse().ok()?, what.trim().to_owned()))
}

/// Whether cargo could not reach what it wanted to download.
pub(super) fn is_network_problem(log: &str) -> bool {
    const WORDS: &[&str] = &[
        "failed to download",
        "Could not resolve host",
        "Couldn't resolve host",
        "failed to get",
        "spurious network error",
        "failed to fetch",
    ];
    WORDS.iter().any(|word| log.contains(word))
}

pub(super) fn help_for(log: &str) -> &'static str {
    let has = |words: &[&str]| words.iter().any(|word| log.contains(word));
    if has(&["linker `cc` not found", "linker `gcc` not found"]) {
        "install a C compiler, which links the code: `apt-get install gcc` on Debian and Ubuntu"
    } else if is_network_problem(log) {
        "the first build downloads the crates: see that the machine reaches crates.io, then run the cell again or `tunebook prepare`"
    } else if has(&["no matching package", "failed to select a version", "invalid dependency", "could not parse"]) {
        "see the crate's name, its versions and its features on https://crates.io"
    } else if has(&["No space left on device"]) {
        "the disk is full: the build needs about 5 GB"
    } else if has(&["signal: 9", "SIGKILL", "out of memory"]) {
        "a compiler was ended, most likely for want of memory: close other programs, or set CARGO_BUILD_JOBS=1, and run it again"
    } else {
        "run `tunebook doctor`; `cargo build --release --locked -p workbench` in the checkout shows the whole of it"
    }
}
