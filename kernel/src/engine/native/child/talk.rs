//! Messages between the kernel and the child: a length and that many bytes of JSON, each of the child's answered by a byte.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::RawFd;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};

use super::{Ran, Stored, Times};
use crate::engine::{Event, StreamName};

/// How long the kernel waits for the child to say something before it looks whether the child waits for input. A person
/// does not notice so little, nor does a processor.
pub(super) const PATIENCE_MS: libc::c_int = 50;

pub(super) fn send(socket: &mut UnixStream, message: &Value) -> std::io::Result<()> {
    let bytes = message.to_string().into_bytes();
    socket.write_all(&(bytes.len() as u32).to_le_bytes())?;
    socket.write_all(&bytes)
}

pub(super) fn receive(socket: &mut UnixStream) -> Option<Value> {
    let mut length = [0; 4];
    socket.read_exact(&mut length).ok()?;
    let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
    socket.read_exact(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Turns a message of the child into an event; the last one ends the cell.
pub(super) fn tell(message: Value, sink: &mut dyn FnMut(Event)) -> Option<Ran> {
    let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
    match message["tell"].as_str() {
        Some("stream") => {
            let text = message["text"].as_str().unwrap_or_default().to_owned();
            sink(Event::Stream { name: StreamName::Stdout, text });
        }
        Some("display") => sink(Event::Display {
            data: object(&message["data"]),
            metadata: Map::new(),
            display_id: message["id"].as_str().map(str::to_owned),
            update: message["update"] == true,
        }),
        Some("payload") => sink(Event::Payload(message["payload"].clone())),
        Some("clear") => sink(Event::Clear { wait: message["wait"] == true }),
        Some("result") => sink(Event::Result { data: object(&message["data"]), metadata: Map::new() }),
        Some("done") => {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let stored = message["stored"].as_array().into_iter().flatten();
            let stored = stored
                .map(|row| Stored {
                    name: text(&row["name"]),
                    type_name: text(&row["type"]),
                    bytes: row["bytes"].as_u64().unwrap_or(0),
                    owns: row["owns"] == true,
                })
                .collect();
            let error = Some(message["error"].clone()).filter(|error| !error.is_null());
            let time = |name: &str| Duration::from_micros(message["times"][name].as_u64().unwrap_or(0));
            let times = Times {
                load: time("load"),
                run: time("run"),
                display: time("display"),
                user: time("user"),
                system: time("system"),
            };
            return Some(Ran::Done { error, stored, times });
        }
        _ => {}
    }
    None
}

/// Waits a moment for something to read; says how many of these have it.
pub(super) fn poll(waits: &mut [libc::pollfd]) -> std::io::Result<libc::c_int> {
    poll_for(waits, PATIENCE_MS)
}

pub(super) fn poll_now(waits: &mut [libc::pollfd]) -> std::io::Result<libc::c_int> {
    poll_for(waits, 0)
}

fn poll_for(waits: &mut [libc::pollfd], patience_ms: libc::c_int) -> std::io::Result<libc::c_int> {
    // SAFETY: the array lives through the call, and its length is given.
    let ready = unsafe { libc::poll(waits.as_mut_ptr(), waits.len() as libc::nfds_t, patience_ms) };
    if ready >= 0 {
        return Ok(ready);
    }
    let error = std::io::Error::last_os_error();
    if error.kind() == ErrorKind::Interrupted { Ok(0) } else { Err(error) }
}

pub(super) fn poll_in(fd: RawFd) -> libc::pollfd {
    libc::pollfd { fd, events: libc::POLLIN, revents: 0 }
}

pub(in crate::engine::native) fn set_nonblocking(fd: RawFd) -> std::io::Result<()> {
    // SAFETY: changes a flag of a descriptor that we own.
    let done = unsafe { libc::fcntl(fd, libc::F_SETFL, libc::fcntl(fd, libc::F_GETFL) | libc::O_NONBLOCK) };
    if done == -1 { Err(std::io::Error::last_os_error()) } else { Ok(()) }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
