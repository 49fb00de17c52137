//! Interruption: one flag that a front end raises and that every long loop looks at.
//!
//! The flag belongs to the process, as an interrupt signal does. Whoever starts a piece of work [`clear`]s it first. A front
//! end that ends by force what does not listen learns by [`on_notice`] that it is being listened to.
//!
//! Work that keeps what it has done answers a request by that, and the request is [`met`]. Work that is a part of other work, such as a
//! search inside a cross-validation, has nothing to answer: the request is meant for the whole, and stays until that has heard of it.
//!
//! # Examples
//!
//! ```
//! use workbench::train::interrupt;
//!
//! interrupt::clear();
//! assert!(interrupt::check().is_ok());
//! interrupt::request();
//! assert_eq!(interrupt::check().unwrap_err().to_string(), "interrupted");
//! interrupt::clear();
//! ```

use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::error::{Error, Result};

static REQUESTED: AtomicBool = AtomicBool::new(false);
/// Whether the latest request has been noticed.
static NOTICED: AtomicBool = AtomicBool::new(false);
/// The requests since the last [`clear`].
static N_REQUESTS: AtomicU32 = AtomicU32::new(0);
static ON_NOTICE: OnceLock<fn()> = OnceLock::new();

thread_local! {
    /// How deep this thread is within other work.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Asks all running work to stop. It only stores flags, so a signal handler may call it.
pub fn request() {
    N_REQUESTS.fetch_add(1, Ordering::Relaxed);
    NOTICED.store(false, Ordering::Relaxed);
    REQUESTED.store(true, Ordering::Relaxed);
}

/// Forgets earlier requests.
pub fn clear() {
    N_REQUESTS.store(0, Ordering::Relaxed);
    REQUESTED.store(false, Ordering::Relaxed);
}

/// Takes the request to be met, so that the work after it goes on. Who asks a second time means that work, too: that request
/// stays; so does one within other work.
pub fn met() {
    if DEPTH.get() == 0 && N_REQUESTS.load(Ordering::Relaxed) < 2 {
        REQUESTED.store(false, Ordering::Relaxed);
    }
}

/// Takes the request to be [`met`] by what work has done so far.
///
/// # Errors
/// [`Error::Interrupted`] within other work, which has no use for a part.
pub(crate) fn answer() -> Result<()> {
    if DEPTH.get() > 0 {
        return Err(Error::Interrupted);
    }
    met();
    Ok(())
}

/// Does `work` as a part of other work, which a request is meant for.
pub(crate) fn within<T>(work: impl FnOnce() -> T) -> T {
    struct Level;
    impl Drop for Level {
        fn drop(&mut self) {
            DEPTH.set(DEPTH.get().saturating_sub(1));
        }
    }
    DEPTH.set(DEPTH.get().saturating_add(1));
    let _level = Level;
    work()
}

/// Whether work has been asked to stop.
// Inlined into the innermost loops of other crates, where a call would be seen.
#[inline]
pub fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}

/// Nothing, or [`Error::Interrupted`] once work has been asked to stop.
///
/// # Errors
/// [`Error::Interrupted`].
pub fn check() -> Result<()> {
    if requested() {
        notice();
        return Err(Error::Interrupted);
    }
    Ok(())
}

/// Has `hook` called when a request is first noticed, by the thread that notices it. The first hook stays.
pub fn on_notice(hook: fn()) {
    let _ = ON_NOTICE.set(hook);
}

#[cold]
fn notice() {
    if !NOTICED.swap(true, Ordering::Relaxed)
        && let Some(hook) = ON_NOTICE.get()
    {
        hook();
    }
}
