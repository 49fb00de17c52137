//! Interruption: one flag that a front end raises and that every long loop looks at.
//!
//! The flag belongs to the process, as an interrupt signal does. Whoever starts a piece of work [`clear`]s it first.
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

use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Asks all running work to stop. It only stores a flag, so a signal handler may call it.
pub fn request() {
    REQUESTED.store(true, Ordering::Relaxed);
}

/// Forgets an earlier request.
pub fn clear() {
    REQUESTED.store(false, Ordering::Relaxed);
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
    if requested() { Err(Error::Interrupted) } else { Ok(()) }
}
