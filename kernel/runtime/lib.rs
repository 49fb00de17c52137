//! What runs in the child process: it loads compiled cells, keeps their variables, and reports what they put out.
//!
//! The kernel compiles this file into the preload, beside the workbench's dylib, so that cells and the loop that runs them
//! share one standard library and one workbench. Nothing here is meant to be called by a person's own code.
//!
//! The child talks with the kernel over one socket. A message is a `u32` length (little-endian) and that many bytes of JSON.
//! Each message of the child is answered by one byte, and the child waits for it: the kernel has then read all that was
//! written to standard output and error before, which is what keeps displays and streams in order.

use std::any::{Any, type_name};
use std::collections::HashMap;
use std::ffi::{CString, c_char, c_int, c_void};
use std::fmt::{Debug, Display};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::FromRawFd;
use std::panic::{AssertUnwindSafe, Location};
use std::sync::{Mutex, MutexGuard, PoisonError};

use workbench::display::{Bundle, Rich, Sink};
use workbench::prelude::serde_json::{self, Value, json};

/// The child's main function: serves cells until the kernel closes the socket.
#[unsafe(no_mangle)]
pub extern "C" fn tunebook_child_main(socket: c_int) -> c_int {
    // SAFETY: the kernel hands over the ownership of this descriptor when it starts the child.
    let file = unsafe { File::from_raw_fd(socket) };
    *lock(&KERNEL) = Some(file);
    workbench::display::set_sink(Box::new(KernelSink));
    std::panic::set_hook(Box::new(remember_panic));
    // SAFETY: the handler only stores to an atomic.
    unsafe { signal(SIGINT, request_interrupt as *const () as usize) };
    let mut variables = HashMap::new();
    while let Some(request) = receive() {
        match request["do"].as_str() {
            Some("run") => {
                let report = run_cell(&mut variables, &request);
                send(report);
            }
            Some("forget") => {
                for name in request["names"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                    variables.remove(name);
                }
            }
            _ => {}
        }
    }
    flush_streams();
    0
}

static KERNEL: Mutex<Option<File>> = Mutex::new(None);
static LAST_PANIC: Mutex<Option<PanicReport>> = Mutex::new(None);

const SIGINT: c_int = 2;

unsafe extern "C" {
    fn signal(signum: c_int, handler: usize) -> usize;
    fn dlopen(filename: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(handle: *mut c_void, symbol: *const c_char) -> *mut c_void;
    fn dlerror() -> *const c_char;
    fn fflush(stream: *mut c_void) -> c_int;
}

extern "C" fn request_interrupt(_signal: c_int) {
    workbench::train::interrupt::request();
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn receive() -> Option<Value> {
    // The lock is not held while waiting: a thread that a cell left behind may display meanwhile.
    let mut file = lock(&KERNEL).as_ref()?.try_clone().ok()?;
    let mut length = [0; 4];
    file.read_exact(&mut length).ok()?;
    let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
    file.read_exact(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Sends one message, having flushed what was printed before it, and waits until the kernel has taken both.
fn send(message: Value) {
    flush_streams();
    let mut guard = lock(&KERNEL);
    let Some(file) = guard.as_mut() else { return };
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
        send(json!({"tell": "display", "data": bundle_json(bundle), "id": display_id, "update": update}));
    }

    fn clear(&self, wait: bool) {
        send(json!({"tell": "clear", "wait": wait}));
    }
}

fn bundle_json(bundle: &Bundle) -> Value {
    let mut data = serde_json::Map::new();
    for (mime, text) in bundle.iter() {
        // JSON types are structures on the wire, all others are text.
        let value = if mime.ends_with("json") { serde_json::from_str(text).unwrap_or(Value::Null) } else { text.into() };
        data.insert(mime.to_owned(), value);
    }
    data.into()
}

struct PanicReport {
    message: String,
    line: u32,
    column: u32,
    file: String,
}

fn remember_panic(info: &std::panic::PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("a value that is not text").to_owned();
    let (file, line, column) = info.location().map_or((String::new(), 0, 0), |l| (l.file().to_owned(), l.line(), l.column()));
    if std::thread::current().name() != Some("main") {
        // A panic of another thread ends that thread only, so it is told at once, and the cell goes on.
        eprintln!("thread `{}` panicked at {file}:{line}:{column}: {message}", std::thread::current().name().unwrap_or("unnamed"));
    }
    *lock(&LAST_PANIC) = Some(PanicReport { message, line, column, file });
}

fn run_cell(variables: &mut HashMap<String, Slot>, request: &Value) -> Value {
    workbench::train::interrupt::clear();
    *lock(&LAST_PANIC) = None;
    let path = request["path"].as_str().unwrap_or_default();
    let symbol = request["symbol"].as_str().unwrap_or_default();
    let function = match load(path, symbol) {
        Ok(function) => function,
        Err(message) => return json!({"tell": "done", "error": {"kind": "LoadError", "message": message}, "stored": []}),
    };
    let mut cell = Cell { variables, stored: Vec::new(), error: None };
    if std::panic::catch_unwind(AssertUnwindSafe(|| function(&mut cell))).is_err() {
        // Not the cell's own code, which is guarded, but what moves its variables.
        let message = lock(&LAST_PANIC).take().map_or_else(String::new, |report| report.message);
        cell.error = Some(json!({"kind": "KernelError", "message": message}));
    }
    let Cell { stored, error, variables } = cell;
    let stored: Vec<Value> = stored
        .iter()
        .filter_map(|name| variables.get(name).map(|slot| json!({"name": name, "type": slot.type_name, "bytes": slot.bytes})))
        .collect();
    json!({"tell": "done", "error": error, "stored": stored})
}

type CellFunction = fn(&mut Cell<'_>);

/// Loads a compiled cell for good: values whose drop code it holds may outlive the cell.
fn load(path: &str, symbol: &str) -> Result<CellFunction, String> {
    const RTLD_NOW: c_int = 2;
    let c_string = |text: &str| CString::new(text).map_err(|error| error.to_string());
    let (path, symbol) = (c_string(path)?, c_string(symbol)?);
    // SAFETY: both strings end with a null; the object is one that the kernel has just compiled against this very runtime,
    // so the symbol has the type `CellFunction` of the same compiler.
    unsafe {
        let handle = dlopen(path.as_ptr(), RTLD_NOW);
        let function = if handle.is_null() { handle } else { dlsym(handle, symbol.as_ptr()) };
        if function.is_null() {
            let error = dlerror();
            let text = if error.is_null() { "unknown error".into() } else { std::ffi::CStr::from_ptr(error).to_string_lossy() };
            return Err(text.into_owned());
        }
        Ok(std::mem::transmute::<*mut c_void, CellFunction>(function))
    }
}

/// A variable between two cells. Its type is known to the cells that use it, and here by name and size only, since a type
/// that a person defined is compiled anew, with the same layout, in each cell that uses it.
struct Slot {
    value: *mut (),
    drop_value: unsafe fn(*mut ()),
    type_name: &'static str,
    bytes: usize,
}

impl Drop for Slot {
    fn drop(&mut self) {
        // SAFETY: `drop_value` was made for the type of `value`, which is owned here and not used again.
        // A destructor that panics must not end the child.
        let _ = std::panic::catch_unwind(AssertUnwindSafe(|| unsafe { (self.drop_value)(self.value) }));
    }
}

unsafe fn drop_boxed<T>(value: *mut ()) {
    // SAFETY: the caller passes a pointer that came from `Box::<T>::into_raw`.
    drop(unsafe { Box::from_raw(value.cast::<T>()) });
}

/// What a running cell sees of the session.
pub struct Cell<'a> {
    variables: &'a mut HashMap<String, Slot>,
    stored: Vec<String>,
    error: Option<Value>,
}

impl Cell<'_> {
    /// Moves a variable out of the store and into the cell.
    pub fn take<T: 'static>(&mut self, name: &str) -> T {
        match self.variables.remove(name) {
            Some(slot) if slot.type_name == type_name::<T>() && slot.bytes == size_of::<T>() => {
                let slot = std::mem::ManuallyDrop::new(slot);
                // SAFETY: the pointer came from a box of this type, whose ownership the slot gives up.
                *unsafe { Box::from_raw(slot.value.cast::<T>()) }
            }
            Some(slot) => {
                let stored = slot.type_name;
                self.variables.insert(name.to_owned(), slot);
                panic!("the variable `{name}` holds a `{stored}`, and the cell was compiled for a `{}`", type_name::<T>())
            }
            None => panic!("the variable `{name}` is gone"),
        }
    }

    /// Keeps a new variable for later cells.
    pub fn store<T: 'static>(&mut self, name: &str, value: T) {
        let slot = Slot {
            value: Box::into_raw(Box::new(value)).cast(),
            drop_value: drop_boxed::<T>,
            type_name: type_name::<T>(),
            bytes: size_of::<T>(),
        };
        self.variables.insert(name.to_owned(), slot);
        self.stored.push(name.to_owned());
    }

    /// Gives a variable back, unless the cell has stored a new one of that name.
    pub fn put_back<T: 'static>(&mut self, name: &str, value: T) {
        if !self.variables.contains_key(name) {
            self.store(name, value);
        }
    }

    /// Runs the cell's code, and keeps what it failed with.
    pub fn guard(&mut self, body: impl FnOnce(&mut Self) -> Result<(), Failure>) {
        let error = match std::panic::catch_unwind(AssertUnwindSafe(|| body(self))) {
            Ok(Ok(())) => return,
            Ok(Err(failure)) => failure.0,
            Err(payload) if payload.is::<Interrupted>() => {
                json!({"kind": "Interrupted", "message": "the cell was interrupted; its variables are kept"})
            }
            Err(_) => match lock(&LAST_PANIC).take() {
                Some(p) => json!({"kind": "Panic", "message": p.message, "file": p.file, "line": p.line, "column": p.column}),
                None => json!({"kind": "Panic", "message": "a value that is not text"}),
            },
        };
        self.error = Some(error);
    }

    fn result(&mut self, bundle: &Bundle) {
        send(json!({"tell": "result", "data": bundle_json(bundle)}));
    }
}

/// Ends the cell if it was interrupted. The kernel puts a call of this into the loops of a person's own code.
#[inline]
pub fn check() {
    if workbench::train::interrupt::requested() {
        stop();
    }
}

#[cold]
fn stop() -> ! {
    std::panic::resume_unwind(Box::new(Interrupted))
}

/// What unwinds an interrupted cell; no panic, so that nothing is printed.
struct Interrupted;

/// What `?` at the top of a cell turns an error into. It is no `Debug`, so that it can be made from everything that is.
pub struct Failure(Value);

impl<E: Debug + 'static> From<E> for Failure {
    #[track_caller]
    fn from(error: E) -> Failure {
        Failure::new(&error)
    }
}

impl Failure {
    #[track_caller]
    fn new<E: Debug + 'static>(error: &E) -> Failure {
        let place = Location::caller();
        let (kind, message) = describe_error(error);
        Failure(json!({"kind": kind, "message": message, "file": place.file(), "line": place.line(), "column": place.column()}))
    }
}

/// The error's type without its path, and its message: the `Display` of the error types that cells meet, `Debug` of the others.
fn describe_error<E: Debug + 'static>(error: &E) -> (String, String) {
    fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let message = error.to_string();
            // Many errors already repeat their cause.
            if !text.contains(&message) {
                text = format!("{text}: {message}");
            }
            cause = error.source();
        }
        text
    }
    macro_rules! known {
        ($($type:ty),*) => { $(if let Some(error) = (error as &dyn Any).downcast_ref::<$type>() {
            return (short_type_name(type_name::<$type>()), with_causes(error));
        })* };
    }
    known!(
        workbench::Error, workbench::prelude::polars::prelude::PolarsError, std::io::Error, std::num::ParseIntError,
        std::num::ParseFloatError, std::str::Utf8Error, std::string::FromUtf8Error, std::fmt::Error, serde_json::Error,
        std::env::VarError, std::num::TryFromIntError, std::char::ParseCharError, std::str::ParseBoolError,
        workbench::prelude::ndarray::ShapeError
    );
    let any = error as &dyn Any;
    if let Some(error) = any.downcast_ref::<Box<dyn std::error::Error>>() {
        return ("Error".into(), with_causes(error.as_ref()));
    }
    if let Some(error) = any.downcast_ref::<Box<dyn std::error::Error + Send + Sync>>() {
        return ("Error".into(), with_causes(error.as_ref()));
    }
    if let Some(text) = any.downcast_ref::<String>() {
        return ("Error".into(), text.clone());
    }
    if let Some(text) = any.downcast_ref::<&str>() {
        return ("Error".into(), (*text).to_owned());
    }
    (short_type_name(type_name::<E>()), format!("{error:?}"))
}

fn short_type_name(name: &str) -> String {
    let head = name.split('<').next().unwrap_or(name);
    head.rsplit("::").next().unwrap_or(head).to_owned()
}

/// Shows a cell's last expression: an `Err` fails the cell, `()` shows nothing, a rich value its rich form, others `Debug`.
#[macro_export]
macro_rules! show {
    ($cell:expr, $value:expr) => {
        match &($value) {
            value => {
                #[allow(unused_imports)]
                use $crate::show::*;
                match (&&Peel(value)).peel() {
                    ::std::result::Result::Ok(value) => {
                        (&&&&&Show(value)).show($cell);
                        ::std::result::Result::Ok(())
                    }
                    ::std::result::Result::Err(failure) => ::std::result::Result::Err(failure),
                }
            }
        }
    };
}

/// The machinery of [`show!`]: method calls on references choose the first trait that fits, without specialisation.
pub mod show {
    use super::*;

    pub struct Peel<'a, T: ?Sized>(pub &'a T);

    pub trait PeelResult<'a, T> {
        fn peel(&self) -> Result<&'a T, Failure>;
    }

    impl<'a, T, E: Debug + 'static> PeelResult<'a, T> for &Peel<'a, Result<T, E>> {
        #[track_caller]
        fn peel(&self) -> Result<&'a T, Failure> {
            self.0.as_ref().map_err(Failure::new)
        }
    }

    pub trait PeelNothing<'a, T: ?Sized> {
        fn peel(&self) -> Result<&'a T, Failure>;
    }

    impl<'a, T: ?Sized> PeelNothing<'a, T> for Peel<'a, T> {
        fn peel(&self) -> Result<&'a T, Failure> {
            Ok(self.0)
        }
    }

    pub struct Show<'a, T: ?Sized>(pub &'a T);

    pub trait ShowUnit {
        fn show(&self, cell: &mut Cell<'_>);
    }

    impl ShowUnit for &&&&Show<'_, ()> {
        fn show(&self, _cell: &mut Cell<'_>) {}
    }

    pub trait ShowRich {
        fn show(&self, cell: &mut Cell<'_>);
    }

    impl<T: Rich + ?Sized> ShowRich for &&&Show<'_, T> {
        fn show(&self, cell: &mut Cell<'_>) {
            cell.result(&self.0.bundle());
        }
    }

    pub trait ShowDebug {
        fn show(&self, cell: &mut Cell<'_>);
    }

    impl<T: Debug + ?Sized> ShowDebug for &&Show<'_, T> {
        fn show(&self, cell: &mut Cell<'_>) {
            let line = format!("{:?}", self.0);
            // A structure with many fields reads better over several lines; a long list does not.
            let text = if line.len() > 120 && !line.starts_with('[') { format!("{:#?}", self.0) } else { line };
            cell.result(&Bundle::text(&text));
        }
    }

    pub trait ShowDisplay {
        fn show(&self, cell: &mut Cell<'_>);
    }

    impl<T: Display + ?Sized> ShowDisplay for &Show<'_, T> {
        fn show(&self, cell: &mut Cell<'_>) {
            cell.result(&Bundle::text(&self.0.to_string()));
        }
    }

    pub trait ShowName {
        fn show(&self, cell: &mut Cell<'_>);
    }

    impl<T: ?Sized> ShowName for Show<'_, T> {
        fn show(&self, cell: &mut Cell<'_>) {
            let name = short_type_name(type_name::<T>());
            cell.result(&Bundle::text(&format!("a value of type `{name}`, which has no `Debug` form (try #[derive(Debug)])")));
        }
    }
}
