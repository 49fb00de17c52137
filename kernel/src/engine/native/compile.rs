//! One `rustc` call for one cell, and what the compiler says of it.
//!
//! Most of a call's time is the same for every cell: starting the compiler, opening the workbench's metadata, resolving
//! the names of the prelude. So compilers are started ahead. The file that one is given includes a second one, the gate, which is a
//! pipe: the compiler comes as far as it can without the cell, and waits there. The cell's code is written to a file of
//! its own, and the gate then includes that.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::control::Control;
use crate::preload::dependencies::Dependencies;
use crate::preload::{LINK_MARK, Preload};
use crate::process::die_with_parent;

/// How a cell is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// A shared object to run, unoptimised: the quickest for cells that call compiled code.
    Quick,
    /// A shared object to run, optimised: for cells with loops of their own.
    Optimised,
    /// Types only, with every path in full.
    Probe,
}

/// Whether the places of code in its source are written to the object, which takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineNumbers {
    Without,
    With,
}

/// The names that every cell sees. They stand in the file that includes the cell's, so that they are resolved ahead.
const PRELUDE: &str = "\
#[allow(unused_extern_crates)] extern crate tunebook_runtime as __tb;
#[allow(unused_extern_crates)] extern crate tunebook_instances as _;
#[allow(unused_imports, ambiguous_glob_reexports)] use ::workbench::prelude::*;
";

/// What a notebook's code is not told off for: much of it would be right in a program and is how one explores.
const ALLOWED: &[&str] = &[
    "ambiguous_glob_reexports",
    "dead_code",
    "non_local_definitions",
    "non_snake_case",
    "private_interfaces",
    "redundant_semicolons",
    "unreachable_code",
    "unused_assignments",
    "unused_braces",
    "unused_imports",
    "unused_macros",
    "unused_mut",
    "unused_parens",
    "unused_variables",
];

/// What came of a call.
#[derive(Debug)]
pub enum Compiled {
    Done {
        /// The name of the file that was compiled, as panics give it.
        source: String,
        object: PathBuf,
        warnings: Vec<Diagnostic>,
    },
    Failed {
        diagnostics: Vec<Diagnostic>,
    },
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

/// Calls the compiler, and starts it ahead.
#[derive(Debug)]
pub struct Compiler {
    preload: Arc<Preload>,
    /// The crates that the notebook has added.
    dependencies: Dependencies,
    /// Where generated code and shared objects go.
    folder: PathBuf,
    /// The compilers that wait for a cell.
    armed: BTreeMap<Mode, Armed>,
    /// Compilers that have done their work and are about to end.
    ending: Vec<Process>,
    /// Which meaning of a person's own types the cells have: see [`Compiler::set_epoch`].
    epoch: u32,
    /// Counts compilations, since each needs files of its own.
    n_started: u32,
    /// Times and counts since the last [`Compiler::take_work`].
    work: Work,
}

/// What the compiler did for a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    pub calls: u32,
    /// Of the calls, without the linker.
    pub compile: Duration,
    pub link: Duration,
}

/// A compiler that has been started ahead, and waits at its gate or is on its way there.
#[derive(Debug)]
struct Armed {
    name: String,
    object: PathBuf,
    process: Process,
}

/// A compiler's process, which ends with its owner.
#[derive(Debug)]
struct Process(Child);

impl Compiler {
    pub fn new(preload: Arc<Preload>, folder: &Path) -> Compiler {
        Compiler {
            preload,
            dependencies: Dependencies::default(),
            folder: folder.to_owned(),
            armed: BTreeMap::new(),
            ending: Vec::new(),
            epoch: 0,
            n_started: 0,
            work: Work::default(),
        }
    }

    /// With crates that the notebook has added.
    pub fn with_dependencies(mut self, dependencies: Dependencies) -> Compiler {
        self.dependencies = dependencies;
        self
    }

    pub fn preload(&self) -> &Arc<Preload> {
        &self.preload
    }

    pub fn dependencies(&self) -> &Dependencies {
        &self.dependencies
    }

    /// Uses other crates from now on. The compilers that wait do not know of them.
    pub fn set_dependencies(&mut self, dependencies: Dependencies) {
        self.dependencies = dependencies;
        self.armed.clear();
        self.arm(Mode::Quick);
    }

    /// Cells of one epoch are one crate to the compiler, so that a person's own type is the same type in all of them, also behind a
    /// `dyn Any` or a `dyn Error`. In another epoch a name may mean another type. The compilers that wait are of the old one.
    pub fn set_epoch(&mut self, epoch: u32) {
        if self.epoch != epoch {
            self.epoch = epoch;
            self.armed.clear();
        }
    }

    /// What stands before each cell: the names that it sees.
    fn prelude(&self) -> String {
        let held = self.dependencies.crate_name();
        let held = held.map(|name| format!("#[allow(unused_extern_crates)] extern crate {name} as _;\n"));
        format!("{PRELUDE}{}", held.unwrap_or_default())
    }

    /// Starts a compiler ahead, unless one waits already. What goes wrong here is told by the compilation that needs it.
    pub fn arm(&mut self, mode: Mode) {
        if !self.armed.contains_key(&mode)
            && let Ok(armed) = self.start(mode, LineNumbers::Without)
        {
            self.armed.insert(mode, armed);
        }
    }

    /// What has been compiled since the last call of this.
    pub fn take_work(&mut self) -> Work {
        std::mem::take(&mut self.work)
    }

    /// Compiles generated code, and starts a compiler ahead for the next.
    pub fn compile(&mut self, code: &str, mode: Mode, control: &Control) -> Result<Compiled, CompileError> {
        let start = Instant::now();
        self.ending.retain_mut(|process| !process.has_ended());
        self.work.calls += 1;
        let mut compiled = self.compile_behind_gate(code, mode, control);
        if let Ok(Compiled::Failed { diagnostics }) = &compiled {
            if diagnostics.is_empty() {
                // It died without a word: the system took it for want of memory, or somebody ended it while it waited.
                self.work.calls += 1;
                compiled = self.compile_behind_gate(code, mode, control);
            } else if has_ambiguity(diagnostics) {
                // A name that the prelude has too is ambiguous in an included file where it would not be in a plain one.
                self.work.calls += 1;
                compiled = self.compile_plain(code, mode, control);
            }
        }
        let link = compiled.as_ref().map_or(Duration::ZERO, |_| self.time_since_link());
        self.work.link += link;
        self.work.compile += start.elapsed().saturating_sub(link);
        compiled
    }

    /// How long ago the linker was started for this compilation, if it was; to a few milliseconds.
    fn time_since_link(&self) -> Duration {
        let mark = self.folder.join(LINK_MARK);
        let started = std::fs::metadata(&mark).and_then(|mark| mark.modified());
        let _ = std::fs::remove_file(&mark);
        started.ok().and_then(|started| started.elapsed().ok()).unwrap_or_default()
    }

    fn compile_behind_gate(&mut self, code: &str, mode: Mode, control: &Control) -> Result<Compiled, CompileError> {
        let mut waiting = self.armed.remove(&mode);
        if waiting.as_mut().is_some_and(|armed| armed.process.has_ended()) {
            waiting = None;
        }
        let Armed { name, object, mut process } = match waiting {
            Some(armed) => armed,
            None => self.start(mode, LineNumbers::Without)?,
        };
        let source = format!("{name}.rs");
        write(&self.folder.join(&source), code.as_bytes())?;
        open_gate(&self.folder.join(gate_name(&name)), &format!("include!({source:?});"), &mut process, control)?;
        // The probes are rare, and an optimised cell often stands alone.
        if mode == Mode::Quick {
            self.arm(mode);
        }
        let compiled = self.finish(process, &source, object, control);
        self.remove_sources(&name);
        compiled
    }

    /// Compiles what has been compiled before once more, in the same way but with line numbers.
    pub fn compile_with_lines(&mut self, code: &str, mode: Mode, control: &Control) -> Result<Compiled, CompileError> {
        self.work.calls += 1;
        let Armed { name, object, mut process } = self.start(mode, LineNumbers::With)?;
        let source = format!("{name}.rs");
        write(&self.folder.join(&source), code.as_bytes())?;
        open_gate(&self.folder.join(gate_name(&name)), &format!("include!({source:?});"), &mut process, control)?;
        let compiled = self.finish(process, &source, object, control);
        self.remove_sources(&name);
        compiled
    }

    fn remove_sources(&self, name: &str) {
        for file in [format!("{name}.rs"), root_name(name), gate_name(name)] {
            let _ = std::fs::remove_file(self.folder.join(file));
        }
    }

    /// Compiles code that stands in one file with the prelude.
    fn compile_plain(&mut self, code: &str, mode: Mode, control: &Control) -> Result<Compiled, CompileError> {
        let name = self.next_name();
        let (source, object) = (format!("{name}.rs"), self.folder.join(format!("lib{name}.so")));
        // Behind the code, so that places in the messages are places in the code.
        write(&self.folder.join(&source), format!("{code}\n{}", self.prelude()).as_bytes())?;
        let process = self.spawn(&source, &object, mode, LineNumbers::Without)?;
        let compiled = self.finish(process, &source, object, control);
        let _ = std::fs::remove_file(self.folder.join(&source));
        compiled
    }

    fn next_name(&mut self) -> String {
        self.n_started += 1;
        format!("cell_{}", self.n_started)
    }

    fn start(&mut self, mode: Mode, line_numbers: LineNumbers) -> Result<Armed, CompileError> {
        let name = self.next_name();
        let (root, gate_path) = (self.folder.join(root_name(&name)), self.folder.join(gate_name(&name)));
        write(&root, format!("{}include!({:?});\n", self.prelude(), gate_name(&name)).as_bytes())?;
        make_gate(&gate_path)?;
        let object = self.folder.join(format!("lib{name}.so"));
        let process = self.spawn(&root_name(&name), &object, mode, line_numbers)?;
        Ok(Armed { name, object, process })
    }

    fn spawn(
        &self,
        source: &str,
        object: &Path,
        mode: Mode,
        line_numbers: LineNumbers,
    ) -> Result<Process, CompileError> {
        let mut command = Command::new(&self.preload.rustc);
        command
            .current_dir(&self.folder)
            .arg(source)
            .args(["--crate-name", "cell", "--edition", "2024", "--error-format", "json", "--json", "artifacts"])
            .args(["--diagnostic-width", "1000000", "-C", "prefer-dynamic"])
            .args(["-C", if line_numbers == LineNumbers::With { "debuginfo=line-tables-only" } else { "debuginfo=0" }])
            .arg("-C")
            .arg(format!("metadata=epoch{}", self.epoch))
            .args(ALLOWED.iter().flat_map(|lint| ["-A", lint]))
            .args(self.preload.extern_args())
            .args(self.dependencies.args());
        match mode {
            Mode::Quick => command.args(["-C", "opt-level=0", "-C", "codegen-units=2"]),
            Mode::Optimised => command.args(["-C", "opt-level=3", "-C", "codegen-units=1"]),
            // The flags only change how messages are written.
            Mode::Probe => command
                .args(["--emit", "metadata", "--crate-type", "lib"])
                .args(["-Z", "trim-diagnostic-paths=no", "-Z", "write-long-types-to-disk=no"])
                .env("RUSTC_BOOTSTRAP", "1"),
        };
        if mode != Mode::Probe {
            command.args(["-C", "overflow-checks=on", "--crate-type", "cdylib"]).args(self.preload.link_args());
        }
        command
            .arg("-o")
            .arg(object)
            .env_remove("RUST_BACKTRACE")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0);
        let process = die_with_parent(&mut command).spawn();
        process.map(Process).map_err(|error| CompileError::Run { path: self.preload.rustc.clone(), source: error })
    }

    fn finish(
        &mut self,
        mut process: Process,
        source: &str,
        object: PathBuf,
        control: &Control,
    ) -> Result<Compiled, CompileError> {
        let failed = |error| CompileError::Run { path: self.preload.rustc.clone(), source: error };
        let running = control.compiling(process.0.id());
        let messages = Messages::read(&mut process).map_err(failed)?;
        if messages.is_linked && !control.is_interrupted() {
            drop(running);
            // It only tidies up now, which takes as long as some cells.
            self.ending.push(process);
            return Ok(Compiled::Done { source: source.to_owned(), object, warnings: messages.diagnostics });
        }
        process.0.wait().map_err(failed)?;
        if running.finish() {
            return Ok(Compiled::Interrupted);
        }
        Ok(Compiled::Failed { diagnostics: messages.into_diagnostics() })
    }

    /// Begins to compile code for what the compiler says of it, while other things go on.
    pub fn probe(&mut self, code: &str) -> Result<Probe, CompileError> {
        self.work.calls += 1;
        // It is started here: a compiler ends with the thread that has started it.
        let Armed { name, mut process, .. } = self.start(Mode::Probe, LineNumbers::Without)?;
        let (folder, id) = (self.folder.clone(), process.0.id());
        let source = format!("{name}.rs");
        write(&folder.join(&source), code.as_bytes())?;
        let rustc = self.preload.rustc.clone();
        let thread = std::thread::spawn(move || {
            let include = format!("include!({source:?});");
            let messages = open_gate(&folder.join(gate_name(&name)), &include, &mut process, &Control::default())
                .and_then(|()| {
                    Messages::read(&mut process).map_err(|error| CompileError::Run { path: rustc, source: error })
                });
            for file in [source, root_name(&name), gate_name(&name), format!("lib{name}.so")] {
                let _ = std::fs::remove_file(folder.join(file));
            }
            messages.map(Messages::into_diagnostics)
        });
        Ok(Probe { thread, process: id })
    }
}

/// A compiler that is asked about types.
#[derive(Debug)]
pub struct Probe {
    thread: JoinHandle<Result<Vec<Diagnostic>, CompileError>>,
    process: u32,
}

impl Probe {
    /// Waits for what the compiler says; `None` if it was interrupted before that.
    pub fn answer(self, control: &Control) -> Result<Option<Vec<Diagnostic>>, CompileError> {
        let running = control.compiling(self.process);
        let diagnostics = self.thread.join().unwrap_or_else(|_| Ok(Vec::new()));
        if running.finish() { Ok(None) } else { diagnostics.map(Some) }
    }
}

impl Process {
    fn has_ended(&mut self) -> bool {
        self.0.try_wait().map_or(true, |status| status.is_some())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn root_name(name: &str) -> String {
    format!("{name}.root")
}

fn gate_name(name: &str) -> String {
    format!("{name}.gate")
}

fn make_gate(path: &Path) -> Result<(), CompileError> {
    let failed = |source: std::io::Error| CompileError::Write { path: path.to_owned(), source };
    let c_path =
        CString::new(path.as_os_str().as_bytes()).map_err(|_| failed(std::io::ErrorKind::InvalidInput.into()))?;
    // SAFETY: the string ends with a null, and the call keeps no pointer to it.
    if unsafe { libc::mkfifo(c_path.as_ptr(), 0o600) } != 0 {
        return Err(failed(std::io::Error::last_os_error()));
    }
    Ok(())
}

/// Writes to the gate as soon as the compiler has come to it; what is written before that would be lost.
/// A compiler that ends on the way, or an interrupt, is left for the caller to find.
fn open_gate(path: &Path, content: &str, process: &mut Process, control: &Control) -> Result<(), CompileError> {
    let failed = |source: std::io::Error| CompileError::Write { path: path.to_owned(), source };
    loop {
        match File::options().write(true).custom_flags(libc::O_NONBLOCK).open(path) {
            Ok(mut gate) => return gate.write_all(content.as_bytes()).map_err(failed),
            // Nobody reads yet.
            Err(error) if error.raw_os_error() == Some(libc::ENXIO) => {}
            Err(error) => return Err(failed(error)),
        }
        if process.has_ended() || control.is_interrupted() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_micros(500));
    }
}

fn write(path: &Path, content: &[u8]) -> Result<(), CompileError> {
    std::fs::write(path, content).map_err(|error| CompileError::Write { path: path.to_owned(), source: error })
}

fn has_ambiguity(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.code.as_ref().is_some_and(|code| code.code == "E0659"))
}

/// What the compiler writes, line by line.
#[derive(Debug, Default)]
struct Messages {
    diagnostics: Vec<Diagnostic>,
    /// What is not in the form that was asked for: the compiler itself broke down.
    plain: String,
    is_linked: bool,
}

impl Messages {
    /// Reads until the compiler has linked, or to its end.
    fn read(process: &mut Process) -> std::io::Result<Messages> {
        let mut messages = Messages::default();
        for line in process.0.stderr.take().into_iter().flat_map(|stderr| BufReader::new(stderr).split(b'\n')) {
            messages.add(&line?);
            if messages.is_linked {
                break;
            }
        }
        Ok(messages)
    }

    fn add(&mut self, line: &[u8]) {
        if let Ok(diagnostic) = serde_json::from_slice::<Diagnostic>(line) {
            self.diagnostics.push(diagnostic);
        } else if let Ok(artifact) = serde_json::from_slice::<Artifact>(line) {
            self.is_linked |= artifact.emit == "link";
        } else {
            self.plain.push_str(&String::from_utf8_lossy(line));
            self.plain.push('\n');
        }
    }

    fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        if self.diagnostics.is_empty() && !self.plain.is_empty() {
            self.diagnostics.push(Diagnostic {
                message: self.plain,
                code: None,
                level: "error".to_owned(),
                spans: Vec::new(),
                children: Vec::new(),
            });
        }
        self.diagnostics
    }
}

/// Says that a file is there.
#[derive(Deserialize)]
struct Artifact {
    emit: String,
}
