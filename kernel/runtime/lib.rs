//! What runs in the child process: it loads compiled cells, keeps their variables, and reports what they put out.
//!
//! The kernel compiles this file into the preload, beside the workbench's dylib, so that cells and the loop that runs them
//! share one standard library and one workbench. Nothing here is meant to be called by a person's own code.
//!
//! The child gets cells by one socket and tells by another. A message is a `u32` length (little-endian) and that many bytes of JSON.
//! Each message of the child is answered by one byte, and the child waits for it: the kernel has then read all that was
//! written to standard output and error before, which is what keeps displays and streams in order.
//!
//! Cells of subshells run beside those of the notebook: see `lane.rs`.

#![feature(internal_output_capture)]
#![allow(internal_features)]

mod cell;
mod failure;
mod input;
mod lane;
pub mod printed;
mod repeat;
pub mod show;
mod unload;

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_int, c_long, c_void};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::FromRawFd;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Wake};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use workbench::display::{Bundle, LiveProgress, Sink};
use workbench::prelude::serde_json::{self, Value, json};

pub use cell::Cell;
pub use failure::Failure;
use unload::Objects;

/// The child's main function: serves cells until the kernel closes the socket.
///
/// # Safety
/// `lanes` is the address of that many descriptors.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tunebook_child_main(socket: c_int, cells: c_int, lanes: *const c_int, n_lanes: usize) -> c_int {
    // SAFETY: the kernel hands over the ownership of these descriptors when it starts the child.
    let (file, mut cells) = unsafe { (File::from_raw_fd(socket), File::from_raw_fd(cells)) };
    *lock(&KERNEL) = Some(file);
    let _ = FIRST_THREAD.set(std::thread::current().id());
    keep_freed_memory();
    workbench::display::set_sink(Box::new(KernelSink));
    workbench::display::set_asker(Box::new(input::KernelAsker));
    workbench::train::observer::install(Arc::new(LiveProgress::of_long_work()));
    workbench::train::interrupt::on_notice(tell_of_stopping);
    input::prepare();
    std::panic::set_hook(Box::new(remember_panic));
    // SAFETY: the handler only stores to an atomic.
    unsafe { signal(SIGINT, request_interrupt as *const () as usize) };
    // SAFETY: as the caller promises.
    for number in unsafe { std::slice::from_raw_parts(lanes, n_lanes) } {
        lane::start(*number);
    }
    while let Some(request) = receive_from(&mut cells) {
        match request["do"].as_str() {
            Some("run") => {
                MAIN_RUNS.store(true, Ordering::SeqCst);
                workbench::train::interrupt::clear();
                input::begin(request["after_input"] == true);
                for micros in [&DISPLAY_MICROS, &DISPLAY_USER_MICROS, &DISPLAY_SYSTEM_MICROS] {
                    micros.store(0, Ordering::Relaxed);
                }
                let report = run_cell(&request);
                MAIN_RUNS.store(false, Ordering::SeqCst);
                send(report);
                let mut objects = lock(&OBJECTS);
                if lane::are_idle() {
                    objects.collect_when_due();
                }
            }
            Some("forget") => {
                for name in request["names"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                    cell::forget(name);
                }
            }
            Some("release") => {
                for object in request["objects"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                    lock(&OBJECTS).release(object);
                }
            }
            Some("change folder") => {
                // The kernel has looked that it is there. Where it no longer is, the next path that is opened will tell.
                let _ = std::env::set_current_dir(request["folder"].as_str().unwrap_or_default());
            }
            Some("set variable") => {
                if let (Some(name), Some(value)) = (request["name"].as_str(), request["value"].as_str()) {
                    // SAFETY: no cell runs. A thread that one has left behind might read the environment at this moment, as it
                    // might when a cell sets a variable itself.
                    unsafe { std::env::set_var(name, value) };
                }
            }
            _ => {}
        }
    }
    flush_streams();
    0
}

/// Has the C library keep some of the memory that is freed. It gives columns of some megabytes back to the system as soon as they are dropped, which then
/// clears and maps each page anew for the next ones: half of the time that scaling a frame takes.
fn keep_freed_memory() {
    const TRIM_THRESHOLD: (c_int, c_int) = (-1, 512 << 20);
    const TOP_PAD: (c_int, c_int) = (-2, 16 << 20);
    // No more than this is taken.
    const MMAP_THRESHOLD: (c_int, c_int) = (-3, 32 << 20);
    for (parameter, bytes) in [TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD] {
        // SAFETY: only sets limits of the allocator.
        unsafe { mallopt(parameter, bytes) };
    }
}

static KERNEL: Mutex<Option<File>> = Mutex::new(None);
static OBJECTS: Mutex<Objects> = Mutex::new(Objects::new());

/// The latest panic of any thread, and of this one: that of another may go on in this one, which is not told then.
static LAST_PANIC: Mutex<Option<PanicReport>> = Mutex::new(None);

thread_local! {
    static LAST_OWN_PANIC: RefCell<Option<PanicReport>> = const { RefCell::new(None) };
}

/// The thread of the notebook's cells. It has no name here: that is given by a `main` of the standard library's own.
static FIRST_THREAD: OnceLock<ThreadId> = OnceLock::new();

/// Whether the first thread runs a cell.
static MAIN_RUNS: AtomicBool = AtomicBool::new(false);

/// How long the running cell has spent with what it shows, and what the processors have.
static DISPLAY_MICROS: AtomicU64 = AtomicU64::new(0);
static DISPLAY_USER_MICROS: AtomicU64 = AtomicU64::new(0);
static DISPLAY_SYSTEM_MICROS: AtomicU64 = AtomicU64::new(0);

const SIGINT: c_int = 2;

unsafe extern "C" {
    pub(crate) fn signal(signum: c_int, handler: usize) -> usize;
    fn dlopen(filename: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(handle: *mut c_void, symbol: *const c_char) -> *mut c_void;
    fn dlerror() -> *const c_char;
    fn fflush(stream: *mut c_void) -> c_int;
    fn mallopt(parameter: c_int, value: c_int) -> c_int;
    fn getrusage(who: c_int, usage: *mut Usage) -> c_int;
}

/// What the system says of a process: the time that the processors spent with it, as seconds and microseconds, in its own
/// code and in the system for it; and what is of no interest here.
#[repr(C)]
struct Usage {
    user: [c_long; 2],
    system: [c_long; 2],
    rest: [c_long; 14],
}

impl Usage {
    fn now() -> Usage {
        let mut usage = Usage { user: [0; 2], system: [0; 2], rest: [0; 14] };
        // SAFETY: the structure is laid out as the system's, which writes to nothing else. Zero means this process.
        unsafe { getrusage(0, &mut usage) };
        usage
    }

    /// Microseconds in its own code and in the system since then.
    fn since(&self) -> (u64, u64) {
        let now = Usage::now();
        let micros = |time: [c_long; 2]| u64::try_from(time[0] * 1_000_000 + time[1]).unwrap_or(0);
        (micros(now.user).saturating_sub(micros(self.user)), micros(now.system).saturating_sub(micros(self.system)))
    }
}

extern "C" fn request_interrupt(_signal: c_int) {
    workbench::train::interrupt::request();
    input::end();
}

/// An interrupt was noticed: the kernel need not end this process by force, however long the rest takes.
fn tell_of_stopping() {
    // Nobody waits for a subshell's cell, and nobody listens where no other runs.
    if lane::is_one() || !MAIN_RUNS.load(Ordering::SeqCst) {
        return;
    }
    if let Some(file) = lock(&KERNEL).as_mut() {
        // Nothing is flushed first: the thread need not be the cell's, which may hold its output.
        send_to(file, &json!({"tell": "stopping"}));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn receive_from(file: &mut File) -> Option<Value> {
    let mut length = [0; 4];
    file.read_exact(&mut length).ok()?;
    let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
    file.read_exact(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Sends one message, having flushed what was printed before it, and waits until the kernel has taken both.
fn send(message: Value) {
    if lane::send(&message) {
        return;
    }
    flush_streams();
    if let Some(file) = lock(&KERNEL).as_mut() {
        send_to(file, &message);
    }
}

fn send_to(file: &mut File, message: &Value) {
    let bytes = message.to_string().into_bytes();
    let mut frame = (bytes.len() as u32).to_le_bytes().to_vec();
    frame.extend(bytes);
    let mut answer = [0];
    if file.write_all(&frame).is_err() || file.read_exact(&mut answer).is_err() {
        // The kernel is gone, and with it everybody who could see what this process does.
        std::process::exit(0);
    }
}

fn flush_streams() {
    let _ = std::io::stdout().flush();
    let _ = std::io::stderr().flush();
    // SAFETY: a null pointer means all of C's streams.
    unsafe { fflush(std::ptr::null_mut()) };
}

struct KernelSink;

impl Sink for KernelSink {
    fn show(&self, bundle: &Bundle, display_id: Option<&str>, update: bool) {
        displaying(|| {
            send(json!({"tell": "display", "data": bundle_json(bundle), "id": display_id, "update": update}))
        });
    }

    fn page(&self, bundle: &Bundle) {
        let page = json!({"source": "page", "data": bundle_json(bundle), "start": 0});
        send(json!({"tell": "payload", "payload": page}));
    }

    fn clear(&self, wait: bool) {
        send(json!({"tell": "clear", "wait": wait}));
    }
}

fn bundle_json(bundle: &Bundle) -> Value {
    let mut data = serde_json::Map::new();
    for (mime, text) in bundle.iter() {
        // JSON types are structures on the wire, all others are text.
        let value =
            if mime.ends_with("json") { serde_json::from_str(text).unwrap_or(Value::Null) } else { text.into() };
        data.insert(mime.to_owned(), value);
    }
    data.into()
}

/// Counts the time of making and sending an output.
fn displaying(work: impl FnOnce()) {
    if lane::is_one() {
        return work();
    }
    let (start, used) = (Instant::now(), Usage::now());
    work();
    let (user, system) = used.since();
    DISPLAY_MICROS.fetch_add(start.elapsed().as_micros() as u64, Ordering::Relaxed);
    DISPLAY_USER_MICROS.fetch_add(user, Ordering::Relaxed);
    DISPLAY_SYSTEM_MICROS.fetch_add(system, Ordering::Relaxed);
}

#[derive(Clone)]
struct PanicReport {
    message: String,
    line: u32,
    column: u32,
    file: String,
}

fn remember_panic(info: &std::panic::PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("a value that is not text").to_owned();
    let (file, line, column) =
        info.location().map_or((String::new(), 0, 0), |l| (l.file().to_owned(), l.line(), l.column()));
    input::note_panic(&message);
    if !runs_cells() {
        // A panic of another thread ends that thread only, so it is told at once, and the cell goes on. A place in what was generated
        // for a cell would tell nobody anything.
        let place = if file.starts_with("cell_") { String::new() } else { format!(" at {file}:{line}:{column}") };
        eprintln!("thread `{}` panicked{place}: {message}", std::thread::current().name().unwrap_or("unnamed"));
    }
    let report = PanicReport { message, line, column, file };
    LAST_OWN_PANIC.set(Some(report.clone()));
    *lock(&LAST_PANIC) = Some(report);
}

fn take_last_panic() -> Option<PanicReport> {
    let latest = lock(&LAST_PANIC).take();
    LAST_OWN_PANIC.take().or(latest)
}

/// Whether this thread is one on which cells run.
fn runs_cells() -> bool {
    lane::is_one() || FIRST_THREAD.get() == Some(&std::thread::current().id())
}

fn run_cell(request: &Value) -> Value {
    take_last_panic();
    let path = request["path"].as_str().unwrap_or_default();
    let symbol = request["symbol"].as_str().unwrap_or_default();
    let start = Instant::now();
    let library = request["library"].as_str().map_or(Ok(()), |library| open(library, true).map(drop));
    let is_global = request["global"] == true;
    let (function, handle) = match library.and_then(|()| load(path, symbol, is_global)) {
        Ok(loaded) => loaded,
        Err(message) => {
            return json!({"tell": "done", "error": {"kind": "LoadError", "message": message}, "stored": []});
        }
    };
    let (load_micros, start) = (start.elapsed().as_micros() as u64, Instant::now());
    let used = Usage::now();
    let mut cell = Cell::new();
    if std::panic::catch_unwind(AssertUnwindSafe(|| function(&mut cell))).is_err() {
        // Not the cell's own code, which is guarded, but what moves its variables.
        let message = take_last_panic().map_or_else(String::new, |report| report.message);
        cell.error = Some(json!({"kind": "KernelError", "message": message}));
    }
    let shown = |micros: &AtomicU64| if lane::is_one() { 0 } else { micros.load(Ordering::Relaxed) };
    let display_micros = shown(&DISPLAY_MICROS);
    let run_micros = (start.elapsed().as_micros() as u64).saturating_sub(display_micros);
    if is_global {
        lock(&OBJECTS).add_global(path, handle);
    } else {
        lock(&OBJECTS).add(handle);
    }
    let (user, system) = used.since();
    let user_micros = user.saturating_sub(shown(&DISPLAY_USER_MICROS));
    let system_micros = system.saturating_sub(shown(&DISPLAY_SYSTEM_MICROS));
    let times = json!({
        "load": load_micros, "run": run_micros, "display": display_micros, "user": user_micros, "system": system_micros
    });
    json!({"tell": "done", "error": cell.error, "stored": cell.stored(), "times": times})
}

type CellFunction = fn(&mut Cell<'_>);

/// Loads a compiled cell. Values whose drop code it holds may outlive the cell, so that it stays until `unload.rs` finds nothing
/// that points into it. A global one has functions that later cells find by their symbols: it stays until the kernel says that none will.
fn load(path: &str, symbol: &str, is_global: bool) -> Result<(CellFunction, *mut c_void), String> {
    let handle = open(path, is_global)?;
    let symbol = CString::new(symbol).map_err(|error| error.to_string())?;
    // SAFETY: the string ends with a null; the object is one that the kernel has just compiled against this very runtime,
    // so the symbol has the type `CellFunction` of the same compiler.
    unsafe {
        let function = dlsym(handle, symbol.as_ptr());
        if function.is_null() {
            Err(loader_error())
        } else {
            Ok((std::mem::transmute::<*mut c_void, CellFunction>(function), handle))
        }
    }
}

/// Loads a library; one that is loaded already is only found.
fn open(path: &str, is_global: bool) -> Result<*mut c_void, String> {
    const RTLD_NOW: c_int = 2;
    const RTLD_GLOBAL: c_int = 0x100;
    let path = CString::new(path).map_err(|error| error.to_string())?;
    // SAFETY: the string ends with a null.
    let handle = unsafe { dlopen(path.as_ptr(), if is_global { RTLD_NOW | RTLD_GLOBAL } else { RTLD_NOW }) };
    if handle.is_null() { Err(loader_error()) } else { Ok(handle) }
}

fn loader_error() -> String {
    // SAFETY: what is returned is null or a string that stays until the next call of the loader.
    let error = unsafe { dlerror() };
    if error.is_null() {
        "unknown error".into()
    } else {
        unsafe { CStr::from_ptr(error) }.to_string_lossy().into_owned()
    }
}

/// Ends the cell if it was interrupted. The kernel puts a call of this into the loops of a person's own code.
#[inline]
pub fn check() {
    if workbench::train::interrupt::requested() {
        stop();
    }
}

/// Runs a cell that awaits something: on this thread, which sleeps until the future's waker wakes it, and looks now and then
/// whether the cell was interrupted.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Thread(std::thread::Thread);
    impl Wake for Thread {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    const PATIENCE: Duration = Duration::from_millis(50);
    let waker = Arc::new(Thread(std::thread::current())).into();
    let mut context = Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::park_timeout(PATIENCE);
        check();
    }
}

#[cold]
fn stop() -> ! {
    // The end of another thread is not that of the cell: a parallel iterator goes on with the rest of its elements, and may have
    // so many that force is needed.
    if runs_cells() {
        let _ = workbench::train::interrupt::check();
    }
    std::panic::resume_unwind(Box::new(Interrupted))
}

/// What unwinds an interrupted cell; no panic, so that nothing is printed.
struct Interrupted;
