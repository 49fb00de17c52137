//! What a running cell sees of the session: the store of its variables, and the guard around its code.
//!
//! Every cell instantiates what is generic here, which its compilation takes time for. So the generic functions are
//! thin: they turn a type into a pointer, a name and a function to drop it, and the rest is compiled once.

use std::any::type_name;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::panic::AssertUnwindSafe;
use std::sync::Mutex;

use workbench::prelude::serde_json::{Value, json};

use crate::failure::{self, Failure};
use crate::{Interrupted, input, lock, take_last_panic};

/// A variable between two cells. Its type is known to the cells that use it, and here by name and size only, since a type
/// that a person defined is compiled anew, with the same layout, in each cell that uses it.
pub(crate) struct Slot {
    value: *mut (),
    drop_value: unsafe fn(*mut ()),
    type_name: &'static str,
    bytes: usize,
    /// Whether dropping it does something, so that it is moved rather than copied.
    owns: bool,
}

// SAFETY: cells of subshells, which run on other threads than the first, are compiled only where the types of what they take and keep
// are `Send`; all others are of the first thread and stay there.
unsafe impl Send for Slot {}

impl Drop for Slot {
    fn drop(&mut self) {
        // SAFETY: `drop_value` was made for the type of `value`, which is owned here and not used again.
        // A destructor that panics must not end the child.
        let _ = std::panic::catch_unwind(AssertUnwindSafe(|| unsafe { (self.drop_value)(self.value) }));
    }
}

/// # Safety
/// The pointer came from `Box::<T>::into_raw`, and is not used again.
unsafe fn drop_boxed<T>(value: *mut ()) {
    // SAFETY: as the caller promises.
    drop(unsafe { Box::from_raw(value.cast::<T>()) });
}

/// # Safety
/// `body` points to an `F`, which this call moves away.
unsafe fn call_once<F: FnOnce(&mut Cell<'_>) -> Result<(), Failure>>(
    body: *mut (),
    cell: &mut Cell<'_>,
) -> Result<(), Failure> {
    // SAFETY: as the caller promises.
    let body = unsafe { body.cast::<F>().read() };
    body(cell)
}

type Body = unsafe fn(*mut (), &mut Cell<'_>) -> Result<(), Failure>;

/// The variables that no cell has at the moment. It is locked for moments only, never while a person's code runs.
static VARIABLES: Mutex<BTreeMap<String, Slot>> = Mutex::new(BTreeMap::new());

/// Drops a variable.
pub(crate) fn forget(name: &str) {
    let slot = lock(&VARIABLES).remove(name);
    drop(slot);
}

/// What a running cell sees of the session.
pub struct Cell<'a> {
    pub(crate) stored: Vec<String>,
    pub(crate) error: Option<Value>,
    /// No cell keeps it.
    running: PhantomData<&'a ()>,
}

impl<'a> Cell<'a> {
    pub(crate) fn new() -> Cell<'a> {
        Cell { stored: Vec::new(), error: None, running: PhantomData }
    }

    /// What the kernel is told of the variables that the cell has stored.
    pub(crate) fn stored(&self) -> Value {
        let variables = lock(&VARIABLES);
        let slots = self.stored.iter().filter_map(|name| Some((name, variables.get(name)?)));
        slots.map(|(name, slot)| json!({"name": name, "type": slot.type_name, "bytes": slot.bytes, "owns": slot.owns})).collect()
    }

    /// Moves a variable out of the store and into the cell.
    pub fn take<T: 'static>(&mut self, name: &str) -> T {
        let value = self.take_slot(name, type_name::<T>(), size_of::<T>());
        // SAFETY: the pointer came from a box of this type, whose ownership the store has given up.
        *unsafe { Box::from_raw(value.cast::<T>()) }
    }

    /// The same for a cell that runs on a thread of its own.
    pub fn take_across<T: Send + 'static>(&mut self, name: &str) -> T {
        self.take(name)
    }

    fn take_slot(&mut self, name: &str, wanted: &'static str, bytes: usize) -> *mut () {
        let slot = lock(&VARIABLES).remove(name);
        match slot {
            Some(slot) if slot.type_name == wanted && slot.bytes == bytes => ManuallyDrop::new(slot).value,
            Some(slot) => {
                let stored = slot.type_name;
                lock(&VARIABLES).insert(name.to_owned(), slot);
                panic!("the variable `{name}` holds a `{stored}`, and the cell was compiled for a `{wanted}`")
            }
            None => panic!("the variable `{name}` is gone"),
        }
    }

    /// Keeps a new variable for later cells.
    pub fn store<T: 'static>(&mut self, name: &str, value: T) {
        let value = Box::into_raw(Box::new(value)).cast();
        let (bytes, owns) = (size_of::<T>(), std::mem::needs_drop::<T>());
        self.store_slot(name, Slot { value, drop_value: drop_boxed::<T>, type_name: type_name::<T>(), bytes, owns });
    }

    /// The same for a cell that runs on a thread of its own.
    pub fn store_across<T: Send + 'static>(&mut self, name: &str, value: T) {
        self.store(name, value);
    }

    fn store_slot(&mut self, name: &str, slot: Slot) {
        let replaced = lock(&VARIABLES).insert(name.to_owned(), slot);
        drop(replaced);
        self.stored.push(name.to_owned());
    }

    /// Gives a variable back, unless the cell has stored a new one of that name.
    pub fn put_back<T: 'static>(&mut self, name: &str, value: T) {
        if !self.has(name) {
            self.store(name, value);
        }
    }

    fn has(&self, name: &str) -> bool {
        lock(&VARIABLES).contains_key(name)
    }

    /// Runs the cell's code, and keeps what it failed with.
    pub fn guard<F: FnOnce(&mut Cell<'_>) -> Result<(), Failure>>(&mut self, body: F) {
        let mut body = ManuallyDrop::new(body);
        self.guard_body(&raw mut body as *mut (), call_once::<F>);
    }

    fn guard_body(&mut self, body: *mut (), call: Body) {
        // SAFETY: `guard` has made the two for each other, and does not touch the body again.
        let error = match std::panic::catch_unwind(AssertUnwindSafe(|| unsafe { call(body, self) })) {
            Ok(Ok(())) => return,
            Ok(Err(failure)) => failure::describe(&failure),
            Err(payload) if payload.is::<Interrupted>() => {
                json!({"kind": "Interrupted", "message": "the cell was interrupted; its variables are kept"})
            }
            Err(_) => match take_last_panic() {
                Some(p) => {
                    json!({"kind": "Panic", "message": p.message, "file": p.file, "line": p.line, "column": p.column})
                }
                None => json!({"kind": "Panic", "message": "a value that is not text"}),
            },
        };
        self.error = Some(input::explain(error));
    }
}
