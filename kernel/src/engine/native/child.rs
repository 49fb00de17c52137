//! The process that runs cells: its pipes, and the order of what comes out of them.

use std::ffi::CString;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child as Process, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::commands::surroundings::Surroundings;
use super::control::Control;
use super::crash::{self, Report};
use super::stdin::{Reader, Stdin};
use crate::engine::{Event, Reply, StreamName};

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

/// How long the kernel waits for the child to say something before it looks whether the child waits for input. A person
/// does not notice so little, nor does a processor.
const PATIENCE_MS: libc::c_int = 50;

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

/// The process, and what its first thread puts out.
#[derive(Debug)]
struct FirstThread {
    process: Process,
    /// Whether we have ended it.
    is_ended: bool,
    /// By this the child tells, and is answered.
    socket: UnixStream,
    /// By this it gets cells.
    cells: Arc<Mutex<UnixStream>>,
    stdout: Pipe<ChildStdout>,
    stderr: Pipe<ChildStderr>,
    stdin: Stdin,
    /// What the cell has asked a person, and nobody has answered.
    question: Option<Question>,
    /// Where it writes when it crashes.
    crash_report: OwnedFd,
}

/// Who waits for the answer.
#[derive(Clone, Copy, Debug)]
enum Question {
    /// The workbench, at its socket.
    Workbench,
    /// Something that reads standard input.
    Reader(Reader),
}

/// One of the child's streams: bytes in, whole characters out.
#[derive(Debug)]
struct Pipe<T> {
    inner: T,
    name: StreamName,
    /// The beginning of a character whose rest has not come yet.
    pending: Vec<u8>,
    open: bool,
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

impl FirstThread {
    fn run(
        &mut self,
        request: &RunRequest<'_>,
        control: &Control,
        sink: &mut dyn FnMut(Event),
    ) -> std::io::Result<Ran> {
        let request = request.message(self.stdin.begin()?);
        if send(&mut lock(&self.cells), &request).is_err() {
            let status = self.process.wait()?;
            self.drain(sink);
            return Ok(self.died(status));
        }
        self.question = None;
        control.running_cell(self.id());
        let ran = self.serve(control, sink);
        control.idle();
        ran
    }

    fn id(&self) -> u32 {
        self.process.id()
    }

    /// Takes what is put out while no cell of the notebook runs.
    fn take_output(&mut self, sink: &mut dyn FnMut(Event)) {
        self.drain(sink);
        while let Ok(1..) = poll_now(&mut [poll_in(self.socket.as_raw_fd())]) {
            let Some(message) = receive(&mut self.socket) else { return };
            tell(message, sink);
            let _ = self.socket.write_all(&[1]);
        }
    }

    fn serve(&mut self, control: &Control, sink: &mut dyn FnMut(Event)) -> std::io::Result<Ran> {
        loop {
            if control.must_end_by_force() {
                self.end();
                self.drain(sink);
                return Ok(Ran::EndedByForce);
            }
            let mut waits = [poll_in(self.socket.as_raw_fd()), self.stdout.poll(), self.stderr.poll()];
            let ready = poll(&mut waits)?;
            self.settle_question(control, sink)?;
            if waits[0].revents == 0 {
                self.drain(sink);
                if ready == 0 {
                    self.look_for_reader(control, sink);
                }
                continue;
            }
            let Some(message) = receive(&mut self.socket) else {
                let status = self.process.wait()?;
                self.drain(sink);
                return Ok(if control.must_end_by_force() { Ran::EndedByForce } else { self.died(status) });
            };
            // What was printed before the message was sent is in the pipes by now: it comes first.
            self.drain(sink);
            if message["tell"] == "input" {
                let _ = self.socket.write_all(&[1]);
                let prompt = message["prompt"].as_str().unwrap_or_default().to_owned();
                self.ask(Question::Workbench, prompt, message["password"] == true, control, sink);
                continue;
            }
            if message["tell"] == "stopping" {
                control.is_stopping();
            }
            if let Some(ran) = tell(message, sink) {
                self.drain(sink);
                self.finish_streams(sink);
                self.socket.write_all(&[1])?;
                return Ok(ran);
            }
            let _ = self.socket.write_all(&[1]);
        }
    }

    /// While nothing else happens, something may wait for standard input.
    fn look_for_reader(&mut self, control: &Control, sink: &mut dyn FnMut(Event)) {
        self.stdin.push();
        if self.question.is_some() {
            return;
        }
        let Some(reader) = self.stdin.reader(self.id()) else { return };
        if control.is_interrupted() {
            self.stdin.fail(reader, self.id());
        } else {
            self.ask(Question::Reader(reader), String::new(), false, control, sink);
        }
    }

    fn ask(
        &mut self,
        question: Question,
        prompt: String,
        is_password: bool,
        control: &Control,
        sink: &mut dyn FnMut(Event),
    ) {
        // An answer to an earlier question is none to this one.
        control.take_answer();
        self.question = Some(question);
        sink(Event::Input { prompt, is_password });
    }

    /// Passes the answer on, if there is a question and it has come. An interrupt is one.
    fn settle_question(&mut self, control: &Control, sink: &mut dyn FnMut(Event)) -> std::io::Result<()> {
        let Some(question) = self.question else { return Ok(()) };
        let reply = if control.is_interrupted() {
            None
        } else {
            match control.take_answer() {
                None => return Ok(()),
                reply => reply,
            }
        };
        self.question = None;
        match (question, reply) {
            (Question::Workbench, Some(Reply::Line(line))) => send(&mut self.socket, &json!({"line": line}))?,
            (Question::Workbench, Some(Reply::Refused(reason))) => send(&mut self.socket, &json!({"refused": reason}))?,
            (Question::Workbench, None) => send(&mut self.socket, &json!({"interrupted": true}))?,
            (Question::Reader(_), Some(Reply::Line(line))) => self.stdin.give_line(&line),
            (Question::Reader(reader), Some(Reply::Refused(reason))) => {
                let text = format!("note: standard input cannot be read: {reason}\n");
                sink(Event::Stream { name: StreamName::Stderr, text });
                self.stdin.fail(reader, self.id());
            }
            (Question::Reader(reader), None) => self.stdin.fail(reader, self.id()),
        }
        Ok(())
    }

    fn drain(&mut self, sink: &mut dyn FnMut(Event)) {
        self.stdout.drain(sink);
        self.stderr.drain(sink);
    }

    fn finish_streams(&mut self, sink: &mut dyn FnMut(Event)) {
        self.stdout.finish(sink);
        self.stderr.finish(sink);
    }

    fn died(&self, status: ExitStatus) -> Ran {
        Ran::Died { status, report: crash::read_report(&self.crash_report) }
    }

    fn end(&mut self) {
        self.is_ended = true;
        if let Ok(group) = libc::pid_t::try_from(self.process.id()) {
            // SAFETY: sending a signal touches no memory. What the cell started itself ends with it.
            unsafe { libc::kill(-group, libc::SIGKILL) };
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for FirstThread {
    fn drop(&mut self) {
        self.end();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits a moment for something to read; says how many of these have it.
fn poll(waits: &mut [libc::pollfd]) -> std::io::Result<libc::c_int> {
    poll_for(waits, PATIENCE_MS)
}

fn poll_now(waits: &mut [libc::pollfd]) -> std::io::Result<libc::c_int> {
    poll_for(waits, 0)
}

fn poll_for(waits: &mut [libc::pollfd], patience_ms: libc::c_int) -> std::io::Result<libc::c_int> {
    // SAFETY: the array lives through the call, and its length is given.
    let ready = unsafe { libc::poll(waits.as_mut_ptr(), waits.len() as libc::nfds_t, patience_ms) };
    if ready >= 0 {
        return Ok(ready);
    }
    let error = std::io::Error::last_os_error();
    if error.kind() == ErrorKind::Interrupted { Ok(0) } else { Err(error) }
}

fn receive(socket: &mut UnixStream) -> Option<Value> {
    let mut length = [0; 4];
    socket.read_exact(&mut length).ok()?;
    let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
    socket.read_exact(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn send(socket: &mut UnixStream, message: &Value) -> std::io::Result<()> {
    let bytes = message.to_string().into_bytes();
    socket.write_all(&(bytes.len() as u32).to_le_bytes())?;
    socket.write_all(&bytes)
}

/// Turns a message of the child into an event; the last one ends the cell.
fn tell(message: Value, sink: &mut dyn FnMut(Event)) -> Option<Ran> {
    let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
    match message["tell"].as_str() {
        Some("stream") => {
            let text = message["text"].as_str().unwrap_or_default().to_owned();
            sink(Event::Stream { name: StreamName::Stdout, text });
        }
        Some("display") => sink(Event::Display {
            data: object(&message["data"]),
            metadata: Map::new(),
            display_id: message["id"].as_str().map(str::to_owned),
            update: message["update"] == true,
        }),
        Some("payload") => sink(Event::Payload(message["payload"].clone())),
        Some("clear") => sink(Event::Clear { wait: message["wait"] == true }),
        Some("result") => sink(Event::Result { data: object(&message["data"]), metadata: Map::new() }),
        Some("done") => {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let stored = message["stored"].as_array().into_iter().flatten();
            let stored = stored
                .map(|row| Stored {
                    name: text(&row["name"]),
                    type_name: text(&row["type"]),
                    bytes: row["bytes"].as_u64().unwrap_or(0),
                    owns: row["owns"] == true,
                })
                .collect();
            let error = Some(message["error"].clone()).filter(|error| !error.is_null());
            let time = |name: &str| Duration::from_micros(message["times"][name].as_u64().unwrap_or(0));
            let times = Times {
                load: time("load"),
                run: time("run"),
                display: time("display"),
                user: time("user"),
                system: time("system"),
            };
            return Some(Ran::Done { error, stored, times });
        }
        _ => {}
    }
    None
}

impl<T: Read + AsRawFd> Pipe<T> {
    fn poll(&self) -> libc::pollfd {
        // A negative descriptor is passed over, and a closed pipe would be ready for ever.
        poll_in(if self.open { self.inner.as_raw_fd() } else { -1 })
    }

    /// Hands on all that is in the pipe now.
    fn drain(&mut self, sink: &mut dyn FnMut(Event)) {
        let mut buffer = [0; 65536];
        while self.open {
            match self.inner.read(&mut buffer) {
                Ok(0) => self.open = false,
                Ok(count) => {
                    self.pending.extend_from_slice(buffer.get(..count).unwrap_or_default());
                    let text = take_text(&mut self.pending);
                    if !text.is_empty() {
                        sink(Event::Stream { name: self.name, text });
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
    }

    /// The cell is over: half a character will not become a whole one.
    fn finish(&mut self, sink: &mut dyn FnMut(Event)) {
        if !self.pending.is_empty() {
            let text = String::from_utf8_lossy(&std::mem::take(&mut self.pending)).into_owned();
            sink(Event::Stream { name: self.name, text });
        }
    }
}

/// Takes the whole characters off the front; bytes that are no UTF-8 are replaced.
pub fn take_text(bytes: &mut Vec<u8>) -> String {
    let whole = match std::str::from_utf8(bytes) {
        Ok(_) => bytes.len(),
        // No length means that the text ends within a character.
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        // Something is no UTF-8 at all. Only an unfinished character at the very end is kept back.
        Err(_) => bytes.len() - unfinished_tail(bytes),
    };
    let rest = bytes.split_off(whole);
    String::from_utf8_lossy(&std::mem::replace(bytes, rest)).into_owned()
}

fn unfinished_tail(bytes: &[u8]) -> usize {
    (1..=bytes.len().min(3))
        .find(|&length| {
            let tail = bytes.get(bytes.len() - length..).unwrap_or_default();
            tail.first().is_some_and(|byte| *byte >= 0xC0)
                && std::str::from_utf8(tail).is_err_and(|error| error.error_len().is_none())
        })
        .unwrap_or(0)
}

fn poll_in(fd: RawFd) -> libc::pollfd {
    libc::pollfd { fd, events: libc::POLLIN, revents: 0 }
}

pub(super) fn set_nonblocking(fd: RawFd) -> std::io::Result<()> {
    // SAFETY: changes a flag of a descriptor that we own.
    let done = unsafe { libc::fcntl(fd, libc::F_SETFL, libc::fcntl(fd, libc::F_GETFL) | libc::O_NONBLOCK) };
    if done == -1 { Err(std::io::Error::last_os_error()) } else { Ok(()) }
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
