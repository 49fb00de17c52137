//! Types that show themselves by printing, as they do in evcxr: a method `evcxr_display` prints blocks, each between a line
//! `EVCXR_BEGIN_CONTENT` with its MIME type and a line `EVCXR_END_CONTENT`. Many crates have it for their charts and images.

use std::ffi::{c_char, c_int, c_uint};
use std::fs::File;
use std::io::{Read, Seek};
use std::os::fd::FromRawFd;

use workbench::prelude::serde_json::{Map, Value, json};

use crate::cell::Cell;
use crate::{displaying, flush_streams, send};

/// Shows a cell's last expression, which may have that method.
#[macro_export]
macro_rules! show_printed {
    ($cell:expr, $value:expr) => {
        match &($value) {
            value => {
                #[allow(unused_imports)]
                use $crate::{printed::*, show::*};
                match (&&Peel(value)).peel() {
                    ::std::result::Result::Ok(value) => {
                        if !$cell.show_printed(|| value.evcxr_display()) {
                            (&&&&&&Show(value)).show($cell);
                        }
                        ::std::result::Result::Ok(())
                    }
                    ::std::result::Result::Err(failure) => ::std::result::Result::Err(failure),
                }
            }
        }
    };
}

/// The method of the types that have none of their own. It is found last, behind one more reference.
pub trait HasNone {
    fn evcxr_display(&self) -> Nothing;
}

impl<T: ?Sized> HasNone for &T {
    fn evcxr_display(&self) -> Nothing {
        Nothing
    }
}

/// What a call of that method gives.
pub trait Printed {
    const IS_OWN: bool = true;
}

pub struct Nothing;

impl Printed for Nothing {
    const IS_OWN: bool = false;
}

impl Printed for () {}

impl<T, E> Printed for Result<T, E> {}

impl Cell<'_> {
    /// Shows what a value prints of itself, if it has the method for that.
    pub fn show_printed<R: Printed>(&mut self, print: impl FnOnce() -> R) -> bool {
        if R::IS_OWN {
            let mut print = Some(print);
            show(&mut || drop(print.take().map(|print| print())));
        }
        R::IS_OWN
    }
}

fn show(print: &mut dyn FnMut()) {
    displaying(|| {
        let text = capture(print);
        let (data, rest) = parse(&text);
        print!("{rest}");
        if !data.is_empty() {
            send(json!({"tell": "result", "data": data}));
        }
    });
}

/// The blocks by their types, and what was printed beside them.
fn parse(text: &str) -> (Map<String, Value>, String) {
    let (mut data, mut rest) = (Map::new(), String::new());
    let mut block: Option<(String, String)> = None;
    for line in text.split_inclusive('\n') {
        let words = line.trim_end_matches(['\n', '\r']);
        match &mut block {
            None => match words.strip_prefix("EVCXR_BEGIN_CONTENT") {
                Some(mime) => block = Some((mime.trim().to_owned(), String::new())),
                None => rest.push_str(line),
            },
            Some((mime, content)) if words == "EVCXR_END_CONTENT" => {
                let content = content.strip_suffix('\n').unwrap_or(content);
                let value = if mime.ends_with("json") { content.parse().ok() } else { None };
                data.insert(mime.clone(), value.unwrap_or_else(|| content.into()));
                block = None;
            }
            Some((_, content)) => content.push_str(line),
        }
    }
    (data, rest)
}

unsafe extern "C" {
    fn memfd_create(name: *const c_char, flags: c_uint) -> c_int;
    fn dup(fd: c_int) -> c_int;
    fn dup2(from: c_int, to: c_int) -> c_int;
    fn close(fd: c_int) -> c_int;
}

/// Puts standard output back, also when what prints panics.
struct PutBack(c_int);

impl Drop for PutBack {
    fn drop(&mut self) {
        flush_streams();
        // SAFETY: the descriptor is a copy of standard output that is owned here.
        unsafe {
            dup2(self.0, 1);
            close(self.0);
        }
    }
}

/// What is written to standard output meanwhile. Where that cannot be caught, it goes there.
fn capture(print: &mut dyn FnMut()) -> String {
    flush_streams();
    // SAFETY: the name ends with a null, and the descriptors that come of the calls are owned here.
    let file = unsafe {
        let (file, saved) = (memfd_create(c"tunebook".as_ptr(), 1), dup(1));
        if file < 0 || saved < 0 {
            print();
            return String::new();
        }
        let _put_back = PutBack(saved);
        dup2(file, 1);
        print();
        file
    };
    // SAFETY: nobody else has this descriptor.
    let mut file = unsafe { File::from_raw_fd(file) };
    let mut bytes = Vec::new();
    let read = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
    read.map(|_| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
