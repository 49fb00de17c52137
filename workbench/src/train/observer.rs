//! Progress: the one seam through which long work says how far it is.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Hears how far a piece of work is.
///
/// The calls come in the order `start`, any number of `step` and `best`, `finish`, from any thread but never two at once;
/// `finish` also comes when the work fails.
pub trait Observer: Send + Sync {
    /// Work begins: `what` it is, and how many steps it has in `total`.
    fn start(&self, total: usize, what: &str);

    /// `done` steps are behind, and `message` says what the last one found.
    fn step(&self, done: usize, message: &str);

    /// The best that was found so far, such as `accuracy 0.9731`. Work that looks for nothing does not say this.
    fn best(&self, _best: &str) {}

    /// The work has ended.
    fn finish(&self);
}

/// Hears and says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NullObserver;

impl Observer for NullObserver {
    fn start(&self, _total: usize, _what: &str) {}
    fn step(&self, _done: usize, _message: &str) {}
    fn finish(&self) {}
}

static INSTALLED: RwLock<Option<Arc<dyn Observer>>> = RwLock::new(None);

/// Makes `observer` the one that work reports to when it is given none; a notebook's display installs itself here.
pub fn install(observer: Arc<dyn Observer>) {
    let mut installed = INSTALLED.write().unwrap_or_else(PoisonError::into_inner);
    *installed = Some(observer);
}

thread_local! {
    static INSTALLED_HERE: RefCell<Option<Arc<dyn Observer>>> = const { RefCell::new(None) };
}

/// Makes `observer` the one that work reports to which begins on this thread.
pub fn install_for_thread(observer: Arc<dyn Observer>) {
    INSTALLED_HERE.set(Some(observer));
}

/// The observer that is installed for this thread, else the one that is installed for all, or [`NullObserver`].
pub fn installed() -> Arc<dyn Observer> {
    if let Some(observer) = INSTALLED_HERE.with_borrow(Clone::clone) {
        return observer;
    }
    let installed = INSTALLED.read().unwrap_or_else(PoisonError::into_inner);
    installed.clone().unwrap_or_else(|| Arc::new(NullObserver))
}

/// One piece of work as its observer hears of it: begun when made, ended when dropped, and counted in between.
pub(crate) struct Progress<'a> {
    observer: &'a dyn Observer,
    n_done: Mutex<usize>,
}

impl<'a> Progress<'a> {
    pub(crate) fn start(observer: &'a dyn Observer, total: usize, what: &str) -> Self {
        observer.start(total, what);
        Self { observer, n_done: Mutex::new(0) }
    }

    /// One step more is behind.
    pub(crate) fn step(&self, message: &str) {
        // The lock is held while the observer hears of it, so that it never hears two at once.
        let mut n_done = self.n_done.lock().unwrap_or_else(PoisonError::into_inner);
        *n_done += 1;
        self.observer.step(*n_done, message);
    }

    /// Something better than before was found.
    pub(crate) fn best(&self, best: &str) {
        let _n_done = self.n_done.lock().unwrap_or_else(PoisonError::into_inner);
        self.observer.best(best);
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.observer.finish();
    }
}
