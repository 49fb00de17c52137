//! What is going on at the moment, for the thread that wants to end it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::engine::{Answer, Interrupt, Reply};

/// How long a cell has, after it was asked to stop, before its process is ended by force.
const GRACE: Duration = Duration::from_millis(700);

/// Shared by the engine and those who may interrupt it.
#[derive(Clone, Debug, Default)]
pub struct Control(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    running: Mutex<Running>,
    /// Set by an interrupt while a cell is being prepared, compiled or run; cleared when the next cell begins.
    interrupted: AtomicBool,
    /// What a person typed, until the cell that asked has it.
    answer: Mutex<Option<Reply>>,
}

#[derive(Debug, Default)]
enum Running {
    #[default]
    Nothing,
    Compiler(u32),
    Cell {
        process: u32,
        asked_to_stop: Option<Instant>,
    },
}

impl Control {
    /// A new cell begins: earlier interrupts do not concern it.
    pub fn begin(&self) {
        self.0.interrupted.store(false, Ordering::SeqCst);
    }

    pub fn is_interrupted(&self) -> bool {
        self.0.interrupted.load(Ordering::SeqCst)
    }

    /// Notes that a compiler (or cargo, with its whole process group) is at work.
    pub fn compiling(&self, process: u32) -> Compiling<'_> {
        *self.running() = Running::Compiler(process);
        if self.is_interrupted() {
            kill(process, libc::SIGKILL);
        }
        Compiling(self)
    }

    /// Notes that the child runs a cell.
    pub fn running_cell(&self, process: u32) {
        *self.running() = Running::Cell { process, asked_to_stop: None };
        if self.is_interrupted() {
            self.interrupt();
        }
    }

    pub fn idle(&self) {
        *self.running() = Running::Nothing;
    }

    /// The cell has noticed that it was asked to stop. The rest of it may take its time, until it is asked again.
    pub fn is_stopping(&self) {
        if let Running::Cell { asked_to_stop, .. } = &mut *self.running() {
            *asked_to_stop = None;
        }
    }

    /// Whether the cell was asked to stop and has not done so within the grace time.
    pub fn must_end_by_force(&self) -> bool {
        matches!(*self.running(), Running::Cell { asked_to_stop: Some(when), .. } if when.elapsed() >= GRACE)
    }

    /// The answer to the cell's question, if it has come. One that came before the question is none.
    pub fn take_answer(&self) -> Option<Reply> {
        self.0.answer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Interrupt for Control {
    fn interrupt(&self) {
        self.0.interrupted.store(true, Ordering::SeqCst);
        match &mut *self.running() {
            Running::Nothing => {}
            Running::Compiler(process) => kill(*process, libc::SIGKILL),
            Running::Cell { process, asked_to_stop } => {
                kill(*process, libc::SIGINT);
                asked_to_stop.get_or_insert_with(Instant::now);
            }
        }
    }
}

impl Answer for Control {
    fn answer(&self, reply: Reply) {
        *self.0.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(reply);
    }
}

/// A compiler at work; dropping it says that it has ended.
pub struct Compiling<'a>(&'a Control);

impl Compiling<'_> {
    /// Ends the work, and tells whether it was interrupted.
    pub fn finish(self) -> bool {
        self.0.is_interrupted()
    }
}

impl Drop for Compiling<'_> {
    fn drop(&mut self) {
        self.0.idle();
    }
}

fn kill(process: u32, signal: libc::c_int) {
    if let Ok(process) = libc::pid_t::try_from(process) {
        // SAFETY: sending a signal touches no memory of ours. Each process that we start leads a group of its own, so that
        // what it started is meant too; one that has ended and is not yet waited for still owns its number.
        unsafe { libc::kill(-process, signal) };
    }
}
