//! Progress that moves in place.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::table::cut;
use super::{Bundle, DisplayHandle, display, display_with_id};
use crate::train::{Observer, interrupt};

/// Work that is shorter shows no bar.
const QUIET_AT_FIRST: Duration = Duration::from_millis(500);
const BETWEEN_UPDATES: Duration = Duration::from_millis(200);
/// A bar with no news moves all the same, since time goes on.
const BETWEEN_TICKS: Duration = Duration::from_secs(1);
const BAR_WIDTH: usize = 24;
const MESSAGE_WIDTH_MAX: usize = 80;

/// Shows how far a piece of work is as a bar that moves in place, with the time that is left and the best found so far; and
/// one line in the end.
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
    shared: Arc<Shared>,
    /// Whether short work leaves no line either.
    only_long_work: bool,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    finished: Condvar,
}

#[derive(Debug, Default)]
struct State {
    work: Option<Work>,
    /// How many pieces of work run within `work`.
    depth: usize,
    /// Counts pieces of work, so that the clock of one does not move the next.
    n_started: u64,
}

#[derive(Debug)]
struct Work {
    what: String,
    total: usize,
    done: usize,
    message: String,
    best: String,
    started: Instant,
    next_update: Instant,
    shown: Option<DisplayHandle>,
}

impl LiveProgress {
    /// Progress of nothing yet.
    pub fn new() -> LiveProgress {
        LiveProgress::default()
    }

    /// Progress that says nothing at all of work that takes less than half a second: what a notebook installs for all of
    /// its work.
    pub fn of_long_work() -> LiveProgress {
        LiveProgress { only_long_work: true, ..LiveProgress::default() }
    }
}

impl Observer for LiveProgress {
    fn start(&self, total: usize, what: &str) {
        let mut state = self.shared.state();
        if state.work.is_some() {
            state.depth += 1;
            return;
        }
        state.n_started += 1;
        state.work = Some(Work::new(total, what));
        let (shared, n_started) = (Arc::clone(&self.shared), state.n_started);
        // Without a clock the bar moves at each step only.
        let _ = thread::Builder::new().name("progress".to_string()).spawn(move || shared.keep_moving(n_started));
    }

    fn step(&self, done: usize, message: &str) {
        let mut state = self.shared.state();
        let is_nested = state.depth > 0;
        let Some(work) = state.work.as_mut().filter(|_| !is_nested) else { return };
        work.done = done;
        work.message = message.to_string();
        work.show_if_due();
    }

    fn best(&self, best: &str) {
        let mut state = self.shared.state();
        let is_nested = state.depth > 0;
        if let Some(work) = state.work.as_mut().filter(|_| !is_nested) {
            work.best = best.to_string();
        }
    }

    fn finish(&self) {
        let mut state = self.shared.state();
        if state.depth > 0 {
            state.depth -= 1;
            return;
        }
        let Some(work) = state.work.take() else { return };
        self.shared.finished.notify_all();
        match &work.shown {
            Some(handle) => handle.update(&work.last_line()),
            None if self.only_long_work => {}
            None => display(&work.last_line()),
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows the work now and then until it ends, on a thread of its own. No update comes after the last line, since the lock
    /// is held while one is shown.
    fn keep_moving(&self, n_started: u64) {
        let mut state = self.state();
        let mut wait = QUIET_AT_FIRST;
        loop {
            let waited = self.finished.wait_timeout(state, wait);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            if state.n_started != n_started {
                return;
            }
            let Some(work) = &mut state.work else { return };
            work.show_if_due();
            wait = BETWEEN_TICKS;
        }
    }
}

impl Work {
    fn new(total: usize, what: &str) -> Work {
        let started = Instant::now();
        let (message, best) = (String::new(), String::new());
        let next_update = started + QUIET_AT_FIRST;
        Work { what: what.to_string(), total, done: 0, message, best, started, next_update, shown: None }
    }

    fn show_if_due(&mut self) {
        let now = Instant::now();
        if now < self.next_update {
            return;
        }
        self.next_update = now + BETWEEN_UPDATES;
        let line = self.moving_line();
        match &self.shown {
            Some(handle) => handle.update(&line),
            None => self.shown = Some(display_with_id(&line)),
        }
    }

    fn moving_line(&self) -> Bundle {
        let filled = (self.done.min(self.total) * BAR_WIDTH).checked_div(self.total).unwrap_or(BAR_WIDTH);
        let bar = format!("{}{}", "█".repeat(filled), "░".repeat(BAR_WIDTH - filled));
        let mut parts = vec![format!("{} {bar} {}/{}", self.what, self.done, self.total)];
        parts.extend(self.time_left().map(|left| format!("{} left", clock(left))));
        if !self.best.is_empty() {
            parts.push(format!("best {}", self.best));
        }
        parts.push(cut(&self.message, MESSAGE_WIDTH_MAX));
        Bundle::text(parts.join("  ").trim_end())
    }

    /// The rest takes as long for each step as what is behind.
    fn time_left(&self) -> Option<Duration> {
        let n_left = self.total.checked_sub(self.done).filter(|n_left| *n_left > 0)?;
        let for_each = self.started.elapsed().as_secs_f64() / self.done as f64;
        Duration::try_from_secs_f64(for_each * n_left as f64).ok()
    }

    fn last_line(&self) -> Bundle {
        let how = match self.done < self.total {
            true if interrupt::requested() => "stopped at ",
            true => "ended after ",
            false => "",
        };
        let best = if self.best.is_empty() { String::new() } else { format!(", best {}", self.best) };
        Bundle::text(&format!("{}: {how}{} of {}{best}", self.what, self.done, self.total))
    }
}

/// Minutes and seconds, as `1:05`; with hours, where there are any.
fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs_f64().ceil() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}
