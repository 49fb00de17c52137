//! The process that runs cells.

mod first;
mod pipe;
mod talk;

use std::ffi::CString;
use std::io::{ErrorKind, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use self::first::FirstThread;
use self::pipe::Pipe;
use self::talk::{PATIENCE_MS, lock, poll, poll_in, receive, send, tell};
use super::commands::surroundings::Surroundings;
use super::control::Control;
use super::crash::{self, Report};
use super::stdin::Stdin;
use crate::engine::{Event, StreamName};

pub use self::pipe::take_text;
pub(super) use self::talk::set_nonblocking;

/// The environment variable by which the program knows that it is the child: the numbers of its sockets. By the first it
/// tells what cells do, and is answered; by the second it gets cells. A thread that a cell left behind may tell something
/// while the next cell comes, so one socket for both would not do. The others are of lanes, on which cells of subshells run.
pub const SOCKET_VARIABLE: &str = "TUNEBOOK_CHILD_SOCKET";
/// The runtime's dylib, for the child.
pub const RUNTIME_VARIABLE: &str = "TUNEBOOK_CHILD_RUNTIME";

/// The part of `main` that the child process is: it returns only where this is no child.
pub fn run_if_child() {
    let (Ok(sockets), Some(runtime)) = (std::env::var(SOCKET_VARIABLE), std::env::var_os(RUNTIME_VARIABLE)) else {
        return;
    };
    if let Some(report) = std::env::var(crash::REPORT_VARIABLE).ok().and_then(|number| number.parse().ok()) {
        crash::install(report);
    }
    // SAFETY: no other thread runs yet. What a cell starts must not take itself for the child.
    unsafe {
        std::env::remove_var(SOCKET_VARIABLE);
        std::env::remove_var(RUNTIME_VARIABLE);
        std::env::remove_var(crash::REPORT_VARIABLE);
    }
    let numbers: Vec<RawFd> = sockets.split(' ').filter_map(|number| number.parse().ok()).collect();
    let code = match (&numbers[..], CString::new(runtime.as_bytes())) {
        ([tell, cells, lanes @ ..], Ok(runtime)) => call_runtime(*tell, *cells, lanes, &runtime),
        _ => 2,
    };
    std::process::exit(code);
}

fn call_runtime(tell: RawFd, cells: RawFd, lanes: &[RawFd], runtime: &CString) -> i32 {
    // SAFETY: the strings end with a null, and the symbol of the preload's runtime has this type.
    unsafe {
        let handle = libc::dlopen(runtime.as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL);
        let symbol = if handle.is_null() { handle } else { libc::dlsym(handle, c"tunebook_child_main".as_ptr()) };
        if symbol.is_null() {
            let error = libc::dlerror();
            let text = if error.is_null() {
                "unknown error".into()
            } else {
                std::ffi::CStr::from_ptr(error).to_string_lossy()
            };
            eprintln!("cannot load the workbench: {text}");
            return 2;
        }
        type Main = unsafe extern "C" fn(libc::c_int, libc::c_int, *const libc::c_int, usize) -> libc::c_int;
        let main = std::mem::transmute::<*mut libc::c_void, Main>(symbol);
        main(tell, cells, lanes.as_ptr(), lanes.len())
    }
}

/// How many cells of subshells run at once; more of them wait.
const N_LANES: usize = 3;

/// What a cell came to.
#[derive(Debug)]
pub enum Ran {
    Done {
        error: Option<Value>,
        /// Name, type name and size of each variable that was stored.
        stored: Vec<Stored>,
        times: Times,
    },
    /// The process ended in the middle of the cell.
    Died { status: ExitStatus, report: Option<Report> },
    /// The process was ended because the cell did not stop when asked to.
    EndedByForce,
    /// The cell was interrupted while it waited for a lane.
    NotBegun,
}

/// Where a cell runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the child's first thread: a cell of the notebook.
    Main,
    /// Beside that, on a thread of its own: a cell of a subshell.
    Lane,
}

/// What the child spent its time with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    pub load: Duration,
    pub run: Duration,
    pub display: Duration,
    /// What the processors spent with the cell's own code.
    pub user: Duration,
    pub system: Duration,
}

/// A compiled cell.
#[derive(Clone, Copy, Debug)]
pub struct RunRequest<'a> {
    pub object: &'a Path,
    /// The name of its function.
    pub symbol: &'a str,
    /// Whether later cells are to find its functions by their symbols.
    pub has_items: bool,
    /// What it needs beside the preload; loaded once.
    pub library: Option<&'a Path>,
}

#[derive(Clone, Debug)]
pub struct Stored {
    pub name: String,
    pub type_name: String,
    pub bytes: u64,
    /// Whether a value of the type has to be dropped.
    pub owns: bool,
}

/// The process that runs cells, for all who have to do with it at the same time.
#[derive(Clone, Debug)]
pub struct Child {
    id: u32,
    /// Locked while a cell of the notebook runs.
    first: Arc<Mutex<FirstThread>>,
    /// By this it is told what to do, in turn.
    cells: Arc<Mutex<UnixStream>>,
    lanes: Arc<Lanes>,
}

/// The lanes that are free.
#[derive(Debug)]
struct Lanes {
    free: Mutex<Vec<UnixStream>>,
    freed: Condvar,
}

impl Child {
    /// Starts the child; it is ready at once, since it loads the preload while the first cell is compiled.
    pub fn start(program: &Path, runtime: &Path, surroundings: &Surroundings) -> std::io::Result<Child> {
        let (socket, childs_socket) = UnixStream::pair()?;
        let (cells, childs_cells) = UnixStream::pair()?;
        let mut lanes = Vec::new();
        let mut childs = vec![childs_socket, childs_cells];
        for _ in 0..N_LANES {
            let (lane, childs_lane) = UnixStream::pair()?;
            lanes.push(lane);
            childs.push(childs_lane);
        }
        let numbers: Vec<RawFd> = childs.iter().map(AsRawFd::as_raw_fd).collect();
        let words: Vec<String> = numbers.iter().map(RawFd::to_string).collect();
        let (stdin, childs_stdin) = Stdin::new()?;
        let crash_report = crash::new_report_file()?;
        let crash_number = crash_report.as_raw_fd();
        let mut command = Command::new(program);
        command
            .env(SOCKET_VARIABLE, words.join(" "))
            .env(RUNTIME_VARIABLE, runtime)
            .env(crash::REPORT_VARIABLE, crash_number.to_string())
            .env("RUST_BACKTRACE", std::env::var_os("RUST_BACKTRACE").unwrap_or_else(|| "0".into()))
            .stdin(childs_stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Its own group: a person's Ctrl-C is for the kernel, which passes it on.
            .process_group(0);
        surroundings.apply(&mut command);
        // SAFETY: only system calls that are allowed between fork and exec are made.
        unsafe {
            command.pre_exec(move || {
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                let mut kept = numbers.iter().chain([&crash_number]);
                if kept.any(|number| libc::fcntl(*number, libc::F_SETFD, 0) == -1) {
                    return Err(std::io::Error::last_os_error());
                }
                Ok(())
            });
        }
        let mut process = command.spawn()?;
        let stdout = process.stdout.take().ok_or(ErrorKind::BrokenPipe)?;
        let stderr = process.stderr.take().ok_or(ErrorKind::BrokenPipe)?;
        set_nonblocking(stdout.as_raw_fd())?;
        set_nonblocking(stderr.as_raw_fd())?;
        let (id, cells) = (process.id(), Arc::new(Mutex::new(cells)));
        let first = FirstThread {
            process,
            is_ended: false,
            socket,
            cells: Arc::clone(&cells),
            stdout: Pipe { inner: stdout, name: StreamName::Stdout, pending: Vec::new(), open: true },
            stderr: Pipe { inner: stderr, name: StreamName::Stderr, pending: Vec::new(), open: true },
            stdin,
            question: None,
            crash_report,
        };
        let lanes = Arc::new(Lanes { free: Mutex::new(lanes), freed: Condvar::new() });
        Ok(Child { id, first: Arc::new(Mutex::new(first)), cells, lanes })
    }

    pub fn id(&self) -> u32 {
        self.id
    }

    /// Runs a compiled cell. All that it put out before it ended has been given to `sink` when this returns.
    pub fn run(
        &self,
        place: Place,
        request: &RunRequest<'_>,
        control: &Control,
        sink: &mut dyn FnMut(Event),
    ) -> std::io::Result<Ran> {
        match place {
            Place::Main => lock(&self.first).run(request, control, sink),
            Place::Lane => {
                let Some(mut lane) = self.lanes.take(control) else { return Ok(Ran::NotBegun) };
                let ran = self.run_beside(&mut lane, request, control, sink);
                self.lanes.give_back(lane);
                ran
            }
        }
    }

    fn run_beside(
        &self,
        lane: &mut UnixStream,
        request: &RunRequest<'_>,
        control: &Control,
        sink: &mut dyn FnMut(Event),
    ) -> std::io::Result<Ran> {
        if send(lane, &request.message(false)).is_err() {
            return self.died_beside(sink);
        }
        control.running_cell(self.id);
        let ran = loop {
            let is_ready = poll(&mut [poll_in(lane.as_raw_fd())])? > 0;
            // What nobody else takes is of this cell, and would hold it up.
            if let Ok(mut first) = self.first.try_lock() {
                first.take_output(sink);
            }
            if !is_ready {
                continue;
            }
            let Some(message) = receive(lane) else { break self.died_beside(sink) };
            let ran = tell(message, sink);
            let _ = lane.write_all(&[1]);
            if let Some(ran) = ran {
                break Ok(ran);
            }
        };
        control.idle();
        ran
    }

    /// The process has ended. A cell of the notebook that runs finds it out, too.
    fn died_beside(&self, sink: &mut dyn FnMut(Event)) -> std::io::Result<Ran> {
        let mut first = lock(&self.first);
        let status = first.process.wait()?;
        first.drain(sink);
        Ok(if first.is_ended { Ran::EndedByForce } else { first.died(status) })
    }

    /// Drops variables.
    pub fn forget(&self, names: &[String]) -> std::io::Result<()> {
        self.tell(&json!({"do": "forget", "names": names}))
    }

    /// Says in which objects no later cell looks for symbols.
    pub fn release(&self, objects: &[String]) -> std::io::Result<()> {
        self.tell(&json!({"do": "release", "objects": objects}))
    }

    /// Works in another folder from now on.
    pub fn change_folder(&self, folder: &Path) -> std::io::Result<()> {
        self.tell(&json!({"do": "change folder", "folder": folder.to_string_lossy()}))
    }

    pub fn set_variable(&self, name: &str, value: &str) -> std::io::Result<()> {
        self.tell(&json!({"do": "set variable", "name": name, "value": value}))
    }

    fn tell(&self, message: &Value) -> std::io::Result<()> {
        send(&mut lock(&self.cells), message)
    }

    /// Ends the process, unless a cell of the notebook runs: that one finds out by itself what has become of it.
    pub fn end(&self) {
        if let Ok(mut first) = self.first.try_lock() {
            first.end();
        }
    }

    pub fn is(&self, other: &Child) -> bool {
        Arc::ptr_eq(&self.first, &other.first)
    }
}

impl Lanes {
    /// A lane, as soon as one is free; none after an interrupt.
    fn take(&self, control: &Control) -> Option<UnixStream> {
        let mut free = lock(&self.free);
        loop {
            if control.is_interrupted() {
                return None;
            }
            if let Some(lane) = free.pop() {
                return Some(lane);
            }
            let patience = Duration::from_millis(PATIENCE_MS.unsigned_abs().into());
            free = self.freed.wait_timeout(free, patience).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn give_back(&self, lane: UnixStream) {
        lock(&self.free).push(lane);
        self.freed.notify_one();
    }
}

impl RunRequest<'_> {
    fn message(&self, after_input: bool) -> Value {
        json!({
            "do": "run",
            "path": self.object.to_string_lossy(),
            "symbol": self.symbol,
            "global": self.has_items,
            "library": self.library.map(Path::to_string_lossy),
            "after_input": after_input,
        })
    }
}

/// How a process ended, in words.
pub fn describe_end(status: ExitStatus, report: Option<&Report>) -> String {
    if report.is_some_and(|report| report.is_stack_overflow) {
        return "its stack overflowed: a recursion that does not end, or too much on the stack (SIGSEGV)".into();
    }
    match (status.signal(), status.code()) {
        // Nothing can be noted on a stack that is used up, unless it is the first thread's.
        (Some(libc::SIGSEGV), _) if report.is_none() => {
            "most likely the stack overflowed of a thread that it had started: a recursion that does not end, or too much on the stack (SIGSEGV)".into()
        }
        (Some(libc::SIGSEGV), _) => "it used memory that is not its own (SIGSEGV)".into(),
        (Some(libc::SIGBUS), _) => "it used memory that is not there (SIGBUS)".into(),
        (Some(libc::SIGILL), _) => "it came to an instruction that it must not run (SIGILL)".into(),
        (Some(libc::SIGFPE), _) => "it calculated what has no result (SIGFPE)".into(),
        (Some(libc::SIGABRT), _) => "it was aborted (SIGABRT)".into(),
        (Some(libc::SIGKILL), _) => "it was killed (SIGKILL), most likely because memory ran out".into(),
        (Some(signal), _) => format!("it was ended by signal {signal}"),
        (None, Some(code)) => format!("it exited with code {code}"),
        (None, None) => "it ended".into(),
    }
}
