//! Errors that a cell ends with: what `?` at its top, or an `Err` at its end, turns into.

use std::any::type_name;
use std::cell::RefCell;
use std::fmt::Debug;
use std::panic::Location;

use workbench::prelude::serde_json::{self, Value, json};

/// What `?` at the top of a cell turns an error into. It is no `Debug`, so that it can be made from everything that is;
/// and it owns nothing, so that cells have no code for dropping it: the description waits here for the guard.
pub struct Failure(());

thread_local! {
    static LAST: RefCell<Option<Value>> = const { RefCell::new(None) };
}

impl<E: Debug> From<E> for Failure {
    #[track_caller]
    fn from(error: E) -> Failure {
        Failure::of(&error)
    }
}

impl Failure {
    #[track_caller]
    pub(crate) fn of<E: Debug>(error: &E) -> Failure {
        let erased = Erased { value: (&raw const *error).cast(), bytes: size_of::<E>(), type_name: type_name::<E>() };
        Failure::new(&erased, error, Location::caller())
    }

    fn new(error: &Erased, form: &dyn Debug, place: &Location<'_>) -> Failure {
        let (kind, message) = describe_error(error, form);
        let (file, line, column) = (place.file(), place.line(), place.column());
        LAST.set(Some(json!({"kind": kind, "message": message, "file": file, "line": line, "column": column})));
        Failure(())
    }
}

/// What the kernel is told of a failure, which is the latest: no cell makes another one after it.
pub(crate) fn describe(_failure: &Failure) -> Value {
    LAST.take().unwrap_or_else(|| json!({"kind": "Error", "message": "the cell failed"}))
}

/// An error whose type is known by name and size, as that of a variable is: `Any` would take no error that borrows.
struct Erased {
    value: *const (),
    bytes: usize,
    type_name: &'static str,
}

impl Erased {
    fn downcast_ref<T: 'static>(&self) -> Option<&T> {
        let is_same = self.type_name == type_name::<T>() && self.bytes == size_of::<T>();
        // SAFETY: the value is one of that type, but for lifetimes within it, which no caller lets out.
        is_same.then(|| unsafe { &*self.value.cast::<T>() })
    }
}

/// The error's type without its path, and its message: the `Display` of the error types that cells meet, `Debug` of the others.
fn describe_error(error: &Erased, form: &dyn Debug) -> (String, String) {
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
    let error_type = error.type_name;
    macro_rules! known {
        ($($type:ty),*) => { $(if let Some(error) = error.downcast_ref::<$type>() {
            return (short_type_name(error_type), with_causes(error));
        })* };
    }
    known!(
        workbench::Error,
        workbench::prelude::polars::prelude::PolarsError,
        std::io::Error,
        std::num::ParseIntError,
        std::num::ParseFloatError,
        std::str::Utf8Error,
        std::string::FromUtf8Error,
        std::fmt::Error,
        serde_json::Error,
        std::env::VarError,
        std::num::TryFromIntError,
        std::char::ParseCharError,
        std::str::ParseBoolError,
        workbench::prelude::ndarray::ShapeError
    );
    if let Some(error) = error.downcast_ref::<Box<dyn std::error::Error>>() {
        return ("Error".into(), with_causes(error.as_ref()));
    }
    if let Some(error) = error.downcast_ref::<Box<dyn std::error::Error + Send + Sync>>() {
        return ("Error".into(), with_causes(error.as_ref()));
    }
    if let Some(text) = error.downcast_ref::<String>() {
        return ("Error".into(), text.clone());
    }
    if let Some(text) = error.downcast_ref::<&str>() {
        return ("Error".into(), (*text).to_owned());
    }
    (short_type_name(error_type), format!("{form:?}"))
}

pub(crate) fn short_type_name(name: &str) -> String {
    let head = name.split('<').next().unwrap_or(name);
    head.rsplit("::").next().unwrap_or(head).to_owned()
}
