//! Standard input, and questions to the person at the notebook.
//!
//! The kernel writes what is typed into the pipe that is descriptor 0 here. A read that nobody will answer has to end,
//! and the standard library begins a read again that a signal has cut short. So a signal's handler puts a socket without
//! a peer in the pipe's place: reading it fails at once.

use std::ffi::{c_int, c_short};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use workbench::display::{Asker, Typed};
use workbench::prelude::serde_json::{Value, json};

use crate::{KERNEL, flush_streams, lane, lock, receive_from, send_to, signal};

/// The pipe, and what stands in its place.
static PIPE: AtomicI32 = AtomicI32::new(-1);
static NO_PEER: AtomicI32 = AtomicI32::new(-1);
static ENDED: AtomicBool = AtomicBool::new(false);
/// Whether a thread has panicked because of it.
static PANICKED: AtomicBool = AtomicBool::new(false);

const SIGURG: c_int = 23;

#[repr(C)]
struct PollFd {
    fd: c_int,
    events: c_short,
    revents: c_short,
}

unsafe extern "C" {
    fn dup2(from: c_int, to: c_int) -> c_int;
    fn fcntl(fd: c_int, command: c_int, argument: c_int) -> c_int;
    fn socket(domain: c_int, kind: c_int, protocol: c_int) -> c_int;
    fn poll(fds: *mut PollFd, count: usize, timeout_ms: c_int) -> c_int;
    fn read(fd: c_int, buffer: *mut u8, count: usize) -> isize;
}

/// Called once, before the first cell.
pub(crate) fn prepare() {
    const DUPLICATE_CLOSE_ON_EXEC: c_int = 1030;
    const UNIX: c_int = 1;
    const PACKETS_CLOSE_ON_EXEC: c_int = 5 | 0o2000000;
    // SAFETY: system calls that make descriptors, and a handler that only stores to an atomic and duplicates one.
    unsafe {
        PIPE.store(fcntl(0, DUPLICATE_CLOSE_ON_EXEC, 3), Ordering::Relaxed);
        NO_PEER.store(socket(UNIX, PACKETS_CLOSE_ON_EXEC, 0), Ordering::Relaxed);
        signal(SIGURG, end_of_input as *const () as usize);
    }
}

extern "C" fn end_of_input(_signal: c_int) {
    end();
}

/// Lets all reading of standard input fail until the next cell. A signal handler may call this.
pub(crate) fn end() {
    ENDED.store(true, Ordering::Relaxed);
    put_in_place(&NO_PEER);
}

fn put_in_place(descriptor: &AtomicI32) {
    // SAFETY: both descriptors are this module's own, but for 0, which is a cell's to read and not to own.
    unsafe { dup2(descriptor.load(Ordering::Relaxed), 0) };
}

/// A new cell begins. What was typed for the last one and not read is forgotten.
pub(crate) fn begin(after_input: bool) {
    PANICKED.store(false, Ordering::Relaxed);
    if ENDED.swap(false, Ordering::Relaxed) {
        put_in_place(&PIPE);
    }
    if after_input {
        empty_pipe();
        empty_buffer();
    }
}

fn empty_pipe() {
    const READABLE: c_short = 1;
    let mut buffer = [0; 4096];
    // SAFETY: the structure and the buffer live through the calls, and their lengths are given.
    unsafe {
        let mut wait = PollFd { fd: 0, events: READABLE, revents: 0 };
        while poll(&raw mut wait, 1, 0) == 1 && wait.revents & READABLE != 0 {
            if read(0, buffer.as_mut_ptr(), buffer.len()) <= 0 {
                break;
            }
        }
    }
}

/// The standard library has read more than the cell took, and tells nobody how much. With nothing behind it, all of it
/// can be read to its end; by another thread, since one that a cell left behind may hold the lock for ever.
fn empty_buffer() {
    const PATIENCE: Duration = Duration::from_millis(100);
    let Ok(nothing) = File::open("/dev/null") else { return };
    let descriptor = AtomicI32::new(nothing.as_raw_fd());
    put_in_place(&descriptor);
    let (done, wait) = mpsc::channel();
    let reader = std::thread::Builder::new().spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = done.send(());
    });
    if reader.is_ok() {
        let _ = wait.recv_timeout(PATIENCE);
    }
    put_in_place(&PIPE);
}

/// Remembers a panic that came of a read that was ended: the thread that reads need not be the cell's own, which then
/// panics for another reason.
pub(crate) fn note_panic(message: &str) {
    if ENDED.load(Ordering::Relaxed) && is_of_ended_read(message) {
        PANICKED.store(true, Ordering::Relaxed);
    }
}

/// Says of a cell's error what it means, if it came of a read that was ended.
pub(crate) fn explain(mut error: Value) -> Value {
    let message = error["message"].as_str().unwrap_or_default();
    let is_of_input = PANICKED.load(Ordering::Relaxed) || is_of_ended_read(message);
    if !is_of_input || !ENDED.load(Ordering::Relaxed) {
        return error;
    }
    if workbench::train::interrupt::requested() {
        let message = "the cell was interrupted while it waited for input; its variables are kept";
        return json!({"kind": "Interrupted", "message": message});
    }
    error["message"] = "standard input cannot be read: nobody answers here".into();
    error
}

/// Whether this is the text of an error of the system for a missing peer, as `Display` or `Debug` have it.
fn is_of_ended_read(message: &str) -> bool {
    message.contains("os error 107") || message.contains("code: 107,")
}

/// Asks by the kernel's socket, where prompts and answers are whole whatever they hold.
pub(crate) struct KernelAsker;

impl Asker for KernelAsker {
    fn ask(&self, prompt: &str, typed: Typed) -> workbench::Result<String> {
        flush_streams();
        let no_answer = |reason: &str| workbench::Error::NoAnswer { prompt: prompt.to_owned(), reason: reason.to_owned() };
        if lane::is_one() {
            return Err(no_answer("cells of a subshell cannot ask"));
        }
        let mut guard = lock(&KERNEL);
        let Some(file) = guard.as_mut() else { return Err(no_answer("there is no kernel")) };
        send_to(file, &json!({"tell": "input", "prompt": prompt, "password": typed == Typed::Hidden}));
        let reply = receive_from(file).ok_or_else(|| no_answer("the kernel is gone"))?;
        if let Some(line) = reply["line"].as_str() {
            return Ok(line.to_owned());
        }
        match reply["refused"].as_str() {
            Some(reason) => Err(no_answer(reason)),
            None => Err(workbench::Error::Interrupted),
        }
    }
}
