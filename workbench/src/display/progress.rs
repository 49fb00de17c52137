//! Progress that moves in place.

use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::table::cut;
use super::{Bundle, DisplayHandle, display, display_with_id};
use crate::train::Observer;

/// Work that is shorter shows no bar, only its last line.
const QUIET_AT_FIRST: Duration = Duration::from_millis(300);
const BETWEEN_UPDATES: Duration = Duration::from_millis(100);
const BAR_WIDTH: usize = 24;
const MESSAGE_WIDTH_MAX: usize = 80;

/// Shows how far a piece of work is as a bar that moves in place, and one line in the end.
///
/// The last line says the same however long the work took, so that a notebook run twice has the same outputs.
/// Work that starts within other work is not shown.
///
/// # Examples
/// ```
/// use workbench::display::LiveProgress;
/// use workbench::train::Observer;
/// let progress = LiveProgress::new();
/// progress.start(2, "cross-validation");
/// progress.step(1, "fold 1: 0.93");
/// progress.step(2, "fold 2: 0.91");
/// progress.finish(); // cross-validation: 2 of 2
/// ```
#[derive(Debug, Default)]
pub struct LiveProgress {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    work: Option<Work>,
    /// How many pieces of work run within `work`.
    depth: usize,
}

#[derive(Debug)]
struct Work {
    what: String,
    total: usize,
    done: usize,
    next_update: Instant,
    shown: Option<DisplayHandle>,
}

impl LiveProgress {
    /// Progress of nothing yet.
    pub fn new() -> LiveProgress {
        LiveProgress::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Observer for LiveProgress {
    fn start(&self, total: usize, what: &str) {
        let mut state = self.state();
        if state.work.is_some() {
            state.depth += 1;
            return;
        }
        let next_update = Instant::now() + QUIET_AT_FIRST;
        state.work = Some(Work { what: what.to_string(), total, done: 0, next_update, shown: None });
    }

    fn step(&self, done: usize, message: &str) {
        let mut state = self.state();
        let is_nested = state.depth > 0;
        let Some(work) = state.work.as_mut().filter(|_| !is_nested) else { return };
        work.done = done;
        let now = Instant::now();
        if now < work.next_update {
            return;
        }
        work.next_update = now + BETWEEN_UPDATES;
        let line = work.moving_line(message);
        match &work.shown {
            Some(handle) => handle.update(&line),
            None => work.shown = Some(display_with_id(&line)),
        }
    }

    fn finish(&self) {
        let mut state = self.state();
        if state.depth > 0 {
            state.depth -= 1;
            return;
        }
        let Some(work) = state.work.take() else { return };
        let line = work.last_line();
        match &work.shown {
            Some(handle) => handle.update(&line),
            None => display(&line),
        }
    }
}

impl Work {
    fn moving_line(&self, message: &str) -> Bundle {
        let filled = (self.done.min(self.total) * BAR_WIDTH).checked_div(self.total).unwrap_or(BAR_WIDTH);
        let bar = format!("{}{}", "█".repeat(filled), "░".repeat(BAR_WIDTH - filled));
        let message = cut(message, MESSAGE_WIDTH_MAX);
        Bundle::text(format!("{} {bar} {}/{}  {message}", self.what, self.done, self.total).trim_end())
    }

    fn last_line(&self) -> Bundle {
        let stopped = if self.done < self.total { "stopped at " } else { "" };
        Bundle::text(&format!("{}: {stopped}{} of {}", self.what, self.done, self.total))
    }
}
