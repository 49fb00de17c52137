//! Whatever goes wrong in code from outside, as an error value.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::FitResult;
use crate::error::{Error, Result};
use crate::train::interrupt;

/// What `work` of `model` returns. An error of the workbench comes through as it is; a panic becomes an error, so that a search goes on with its next
/// candidate.
pub(super) fn guarded<T>(model: &'static str, work: impl FnOnce() -> FitResult<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(made)) => Ok(made),
        Ok(Err(source)) => Err(match source.downcast::<Error>() {
            Ok(error) => *error,
            Err(source) => Error::Foreign { model, source },
        }),
        // Cells are ended by an unwinding of their own.
        Err(panic) if interrupt::requested() => resume_unwind(panic),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string()));
            let source = format!("it panicked: {}", text.unwrap_or_else(|| "it gave no reason".to_string())).into();
            Err(Error::Foreign { model, source })
        }
    }
}
