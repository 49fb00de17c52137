//! Cells of subshells, which run while a cell of the notebook does: each lane is a thread with a socket of its own, by which it gets cells
//! and tells what they do.
//!
//! The process has one standard output, which is the notebook's. What the macros print on a lane's thread is caught for it; what a
//! cell of a subshell writes in any other way is taken for the notebook's.

use std::cell::RefCell;
use std::ffi::c_int;
use std::fs::File;
use std::os::fd::FromRawFd;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use workbench::prelude::serde_json::{Value, json};
use workbench::train::{NullObserver, interrupt, observer};

use crate::{MAIN_RUNS, OBJECTS, cell, lock, receive_from, run_cell, send_to};

/// How the lanes' threads are called, and what they start.
pub(crate) const NAME: &str = "subshell-";

/// How long what was printed may wait for more.
const BETWEEN_PRINTS: Duration = Duration::from_millis(50);

/// How many lanes are at work on a cell.
static N_BUSY: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static LANE: RefCell<Option<Lane>> = const { RefCell::new(None) };
}

#[derive(Clone)]
struct Lane {
    socket: Arc<Mutex<File>>,
    /// What was printed and not yet told.
    printed: Arc<Mutex<Vec<u8>>>,
}

/// Starts a lane, which gets its cells by this descriptor.
pub(crate) fn start(number: c_int) {
    // SAFETY: the kernel hands over the ownership of this descriptor when it starts the child.
    let file = unsafe { File::from_raw_fd(number) };
    // Without its thread a lane's socket is closed, which is all that the kernel has to know.
    let _ = std::thread::Builder::new().name(format!("{NAME}cells")).spawn(move || serve(file));
}

fn serve(file: File) {
    let Ok(mut cells) = file.try_clone() else { return };
    let lane = Lane { socket: Arc::new(Mutex::new(file)), printed: Arc::default() };
    LANE.set(Some(lane.clone()));
    // The bar is the notebook's.
    observer::install_for_thread(Arc::new(NullObserver));
    while let Some(request) = receive_from(&mut cells) {
        match request["do"].as_str() {
            Some("run") => {
                let is_first = N_BUSY.fetch_add(1, Ordering::SeqCst) == 0;
                // A look for objects that can be unloaded ends before this cell begins; and none begins while it runs.
                drop(lock(&OBJECTS));
                if is_first && !MAIN_RUNS.load(Ordering::SeqCst) {
                    interrupt::clear();
                }
                let report = lane.printing(|| run_cell(&request));
                N_BUSY.fetch_sub(1, Ordering::SeqCst);
                lane.send(&report);
            }
            Some("forget") => {
                for name in request["names"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                    cell::forget(name);
                }
            }
            _ => {}
        }
    }
}

/// Whether this thread runs cells of subshells.
pub(crate) fn is_one() -> bool {
    LANE.with_borrow(Option::is_some)
}

/// Whether no cell of a subshell runs.
pub(crate) fn are_idle() -> bool {
    N_BUSY.load(Ordering::SeqCst) == 0
}

/// Sends a message if this thread is a lane's.
pub(crate) fn send(message: &Value) -> bool {
    let lane = LANE.with_borrow(Clone::clone);
    lane.is_some_and(|lane| {
        lane.send(message);
        true
    })
}

impl Lane {
    fn send(&self, message: &Value) {
        self.tell_printed();
        send_to(&mut lock(&self.socket), message);
    }

    /// Runs a cell, and tells meanwhile what it prints.
    fn printing<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = std::io::set_output_capture(Some(Arc::clone(&self.printed)));
        let ended = Arc::new(AtomicBool::new(false));
        let (lane, is_over) = (self.clone(), Arc::clone(&ended));
        let teller = std::thread::Builder::new().name(format!("{NAME}print")).spawn(move || {
            while !is_over.load(Ordering::SeqCst) {
                lane.tell_printed();
                std::thread::park_timeout(BETWEEN_PRINTS);
            }
        });
        let result = work();
        std::io::set_output_capture(before);
        ended.store(true, Ordering::SeqCst);
        if let Ok(teller) = teller {
            teller.thread().unpark();
            let _ = teller.join();
        }
        result
    }

    fn tell_printed(&self) {
        let mut socket = lock(&self.socket);
        let bytes = std::mem::take(&mut *lock(&self.printed));
        if !bytes.is_empty() {
            send_to(&mut socket, &json!({"tell": "stream", "text": String::from_utf8_lossy(&bytes)}));
        }
    }
}
