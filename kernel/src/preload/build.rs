//! Building the preload with cargo, with progress.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Linker, Manifest, PreloadError, RUNTIME, Source, cache_error, create_folder, sibling};
use crate::engine::native::control::Control;
use crate::process::die_with_parent;

/// The crates that a cell names by themselves. All others it reaches through these.
const NAMED_CRATES: &[&str] = &[
    "linfa",
    "linfa_linear",
    "linfa_logistic",
    "linfa_trees",
    "ndarray",
    "plotters",
    "polars",
    "rayon",
    "serde",
    "serde_json",
];

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
        Progress {
            done: 0,
            total: 0,
            what: "waiting for another kernel that prepares the workbench".into(),
            elapsed: Duration::ZERO,
        }
    }
}

pub(super) fn build(
    source: &Source,
    folder: &Path,
    control: &Control,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), PreloadError> {
    // Built beside and renamed: nobody ever sees half a preload. The lock makes this the only builder.
    let beside = sibling(folder, ".new");
    let _ = std::fs::remove_dir_all(&beside);
    create_folder(&beside.join("deps"))?;
    let artifacts = run_cargo(source, control, progress)?;
    let mut externs = Vec::new();
    for artifact in &artifacts {
        let keep =
            |extension: &str| artifact.files.iter().find(|file| file.extension().is_some_and(|own| own == extension));
        if artifact.name == "workbench" {
            let Some(dylib) = keep("so") else { continue };
            place(dylib, &beside.join("libworkbench.so"))?;
            continue;
        }
        // The metadata is enough to compile against: the code itself is in the workbench's dylib. Macros are run by the compiler.
        let Some(file) = (if artifact.is_macro { keep("so") } else { keep("rmeta").or_else(|| keep("rlib")) }) else {
            continue;
        };
        let Some(name) = file.file_name().map(|name| name.to_string_lossy().into_owned()) else { continue };
        place(file, &beside.join("deps").join(&name))?;
        if NAMED_CRATES.contains(&artifact.name.as_str()) {
            externs.push((artifact.name.clone(), format!("deps/{name}")));
        }
    }
    externs.extend(build_runtime(source, &beside, control)?);
    let linker = find_linker(source, &beside, folder)?;
    let manifest = Manifest { rustc: source.rustc.clone(), externs, linker };
    let text = serde_json::to_vec_pretty(&manifest).unwrap_or_default();
    for (name, content) in [("in-use.lock", &b""[..]), ("preload.json", &text)] {
        let path = beside.join(name);
        std::fs::write(&path, content).map_err(|error| cache_error("write", &path, error))?;
    }
    let _ = std::fs::remove_dir_all(folder);
    std::fs::rename(&beside, folder).map_err(|error| cache_error("rename", &beside, error))
}

#[derive(Debug)]
struct Artifact {
    name: String,
    is_macro: bool,
    files: Vec<PathBuf>,
}

fn run_cargo(
    source: &Source,
    control: &Control,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<Artifact>, PreloadError> {
    let start = Instant::now();
    let mut command = Command::new(&source.cargo);
    command
        .current_dir(&source.root)
        .args(["rustc", "--release", "--locked", "-p", "workbench", "--lib", "--crate-type", "dylib"])
        .args(["--message-format", "json-render-diagnostics", "--", "-C", "prefer-dynamic"])
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
        return Err(PreloadError::Build { step: "compiling the workbench", log, help });
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
    let mut artifacts = Vec::new();
    for line in out.lines().map_while(Result::ok) {
        let Ok(message) = serde_json::from_str::<Value>(&line) else { continue };
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
        artifacts.push(Artifact {
            name: message["target"]["name"].as_str().unwrap_or_default().replace('-', "_"),
            is_macro,
            files: message["filenames"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(PathBuf::from)
                .collect(),
        });
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

fn help_for(log: &str) -> &'static str {
    let has = |words: &[&str]| words.iter().any(|word| log.contains(word));
    if has(&["linker `cc` not found", "linker `gcc` not found"]) {
        "install a C compiler, which links the code: `apt-get install gcc` on Debian and Ubuntu"
    } else if has(&[
        "failed to download",
        "Could not resolve host",
        "Couldn't resolve host",
        "failed to get",
        "spurious network error",
        "failed to fetch",
    ]) {
        "the first build downloads the crates: see that the machine reaches crates.io, then run the cell again or `tunebook prepare`"
    } else if has(&["No space left on device"]) {
        "the disk is full: the build needs about 5 GB"
    } else if has(&["signal: 9", "SIGKILL", "out of memory"]) {
        "a compiler was ended, most likely for want of memory: close other programs, or set CARGO_BUILD_JOBS=1, and run it again"
    } else {
        "run `tunebook doctor`; `cargo build --release --locked -p workbench` in the checkout shows the whole of it"
    }
}

/// The two crates of ours that cells link to beside the workbench: see the files themselves.
fn build_runtime(source: &Source, beside: &Path, control: &Control) -> Result<Vec<(String, String)>, PreloadError> {
    let library = super::ask_rustc(&source.rustc.to_string_lossy(), &["--print", "target-libdir"], beside)?;
    let sources = beside.join("runtime");
    create_folder(&sources)?;
    for (name, text) in RUNTIME {
        let file = sources.join(name);
        std::fs::write(&file, text).map_err(|error| cache_error("write", &file, error))?;
    }
    let mut externs = vec![("workbench".to_owned(), "libworkbench.so".to_owned())];
    // Unoptimised, the compiler shares what it instantiates.
    for (name, file, opt_level) in
        [("tunebook_runtime", "lib.rs", "opt-level=2"), ("tunebook_instances", "instances.rs", "opt-level=0")]
    {
        let object = format!("lib{name}.so");
        let mut command = Command::new(&source.rustc);
        command
            .current_dir(beside)
            .arg(Path::new("runtime").join(file))
            .args(["--crate-name", name, "--crate-type", "dylib", "--edition", "2024", "--cap-lints", "warn"])
            .args(["-C", "prefer-dynamic", "-C", opt_level, "-C", "debuginfo=0", "-o", &object])
            .args(["-L", "dependency=.", "-L", "dependency=deps"])
            // The old kind of tag is the one that also serves the libraries that these libraries need.
            .args(["-C", "link-arg=-Wl,--disable-new-dtags", "-C", "link-arg=-Wl,-rpath,$ORIGIN", "-C"])
            .arg(format!("link-arg=-Wl,-rpath,{}", library.trim()))
            .args(externs.iter().flat_map(|(name, file)| ["--extern".to_owned(), format!("{name}={file}")]));
        run_rustc(&mut command, control)?;
        externs.push((name.to_owned(), object));
    }
    Ok(externs)
}

fn run_rustc(command: &mut Command, control: &Control) -> Result<(), PreloadError> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
    let no_compiler =
        |error| PreloadError::NoCompiler { command: "rustc".into(), problem: format!("cannot run: {error}") };
    let child = die_with_parent(command).spawn().map_err(no_compiler)?;
    let running = control.compiling(child.id());
    let output = child.wait_with_output().map_err(no_compiler)?;
    if running.finish() {
        return Err(PreloadError::Interrupted);
    }
    if !output.status.success() {
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        let help = help_for(&log);
        return Err(PreloadError::Build { step: "compiling the runtime of cells", log, help });
    }
    Ok(())
}

/// Links a cell: only its own objects, with no look at the libraries, whose tables are large. What a cell needs of them is found
/// when it is loaded, since all of them are loaded already; libraries that a person names are kept.
const LINK_SCRIPT: &str = "\
#!/bin/sh
for arg do
    shift
    case $arg in
        */libworkbench.so | */libtunebook_*.so | */libstd-*.so) ;;
        -lgcc_s | -lutil | -lrt | -lpthread | -lm | -ldl | -lc) ;;
        *) set -- \"$@\" \"$arg\" ;;
    esac
done
exec ld \"$@\"
";

/// The quickest linker that works here: the system's own without the libraries takes 10 ms, the compiler's own 40 ms, and the C
/// compiler, which is the `None`, 70 ms.
fn find_linker(source: &Source, beside: &Path, folder: &Path) -> Result<Option<Linker>, PreloadError> {
    let script = beside.join("link.sh");
    std::fs::write(&script, LINK_SCRIPT).map_err(|error| cache_error("write", &script, error))?;
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755))
        .map_err(|error| cache_error("make executable", &script, error))?;
    let linker = |program: PathBuf, flavor: &str| Linker { program, flavor: flavor.to_owned() };
    if links(source, beside, &linker(script, "ld")) {
        // Where the folder will stand in the end.
        return Ok(Some(linker(folder.join("link.sh"), "ld")));
    }
    let library = super::ask_rustc(&source.rustc.to_string_lossy(), &["--print", "target-libdir"], beside)?;
    let lld = Path::new(library.trim()).with_file_name("bin").join("rust-lld");
    Ok(Some(linker(lld, "ld.lld")).filter(|linker| links(source, beside, linker)))
}

/// Whether a linker makes something of a trial.
fn links(source: &Source, beside: &Path, linker: &Linker) -> bool {
    let code = "#[unsafe(no_mangle)] pub fn trial(n: i128, text: &str) -> String { format!(\"{text}{}\", 7 / n) }";
    let (trial, object) = (beside.join("trial.rs"), beside.join("libtrial.so"));
    let works = std::fs::write(&trial, code).is_ok()
        && Command::new(&source.rustc)
            .current_dir(beside)
            .args(["trial.rs", "--crate-type", "cdylib", "--edition", "2024", "-C", "prefer-dynamic", "-o", "libtrial.so"])
            .args(super::link_args(Some(linker)))
            .output()
            .is_ok_and(|output| output.status.success() && object.exists());
    let _ = (std::fs::remove_file(&trial), std::fs::remove_file(&object));
    works
}

/// Puts a file into the preload: as a second name of the same file where the file system can, since cargo never changes
/// one in place.
fn place(from: &Path, to: &Path) -> Result<(), PreloadError> {
    if std::fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    std::fs::copy(from, to).map(drop).map_err(|error| cache_error("write", to, error))
}
