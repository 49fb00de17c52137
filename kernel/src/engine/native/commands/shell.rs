//! Commands of the system: `!ls`, `%%bash`.

use std::io::{ErrorKind, Read};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::engine::native::child::take_text;
use crate::engine::native::control::Control;
use crate::engine::{Event, StreamName};
use crate::process::die_with_parent;

/// How long a look at the streams waits for something to come. The end of the command is seen no later.
const PATIENCE_MS: libc::c_int = 20;

/// How a command ended that did not do what it was to do.
#[derive(Debug)]
pub enum ShellError {
    /// It could not be started or followed.
    Io(std::io::Error),
    Failed(ExitStatus),
    Interrupted,
}

/// Runs a command and passes on what it writes, as it comes. What it leaves in the background is ended with it.
pub fn run(command: &mut Command, control: &Control, sink: &mut dyn FnMut(Event)) -> Result<(), ShellError> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut process = die_with_parent(command).spawn().map_err(ShellError::Io)?;
    control.running_cell(process.id());
    let followed = follow(&mut process, control, sink);
    control.idle();
    // Its number is its own as long as nobody has waited for it.
    end_group(process.id());
    let status = process.wait().map_err(ShellError::Io)?;
    followed.map_err(ShellError::Io)?;
    if control.is_interrupted() {
        Err(ShellError::Interrupted)
    } else if status.success() {
        Ok(())
    } else {
        Err(ShellError::Failed(status))
    }
}

/// How a command ended, in words.
pub fn describe(status: ExitStatus) -> String {
    match (status.signal(), status.code()) {
        (Some(signal), _) => format!("was ended by signal {signal}"),
        (None, Some(126)) => "exited with status 126 (it may not be run)".into(),
        (None, Some(127)) => "exited with status 127 (there is no such command)".into(),
        (None, code) => format!("exited with status {}", code.unwrap_or(-1)),
    }
}

fn follow(process: &mut Child, control: &Control, sink: &mut dyn FnMut(Event)) -> std::io::Result<()> {
    let mut stdout = Stream::new(process.stdout.take(), StreamName::Stdout)?;
    let mut stderr = Stream::new(process.stderr.take(), StreamName::Stderr)?;
    loop {
        let has_ended = has_ended(process.id())?;
        let is_open = stdout.drain(sink) | stderr.drain(sink);
        if has_ended {
            break;
        }
        if control.must_end_by_force() {
            end_group(process.id());
        }
        let mut waits = [stdout.poll(), stderr.poll()];
        // Closed streams are no reason to ask again and again whether the command has ended.
        // SAFETY: the array lives through the call, and its length is given.
        unsafe { libc::poll(waits.as_mut_ptr(), if is_open { 2 } else { 0 }, PATIENCE_MS) };
    }
    stdout.finish(sink);
    stderr.finish(sink);
    Ok(())
}

/// Whether a process has ended; it is still to be waited for.
fn has_ended(process: u32) -> std::io::Result<bool> {
    // SAFETY: the structure is plain data, and the call only writes to it.
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        if libc::waitid(libc::P_PID, process, &mut info, libc::WEXITED | libc::WNOHANG | libc::WNOWAIT) != 0 {
            return Err(std::io::Error::last_os_error());
        }
        Ok(info.si_pid() != 0)
    }
}

fn end_group(process: u32) {
    if let Ok(group) = libc::pid_t::try_from(process) {
        // SAFETY: sending a signal touches no memory.
        unsafe { libc::kill(-group, libc::SIGKILL) };
    }
}

/// One of the command's streams: bytes in, whole characters out.
struct Stream<T> {
    pipe: Option<T>,
    name: StreamName,
    pending: Vec<u8>,
}

impl<T: Read + AsRawFd> Stream<T> {
    fn new(pipe: Option<T>, name: StreamName) -> std::io::Result<Stream<T>> {
        if let Some(pipe) = &pipe {
            let fd = pipe.as_raw_fd();
            // SAFETY: changes a flag of a descriptor that we own.
            if unsafe { libc::fcntl(fd, libc::F_SETFL, libc::fcntl(fd, libc::F_GETFL) | libc::O_NONBLOCK) } == -1 {
                return Err(std::io::Error::last_os_error());
            }
        }
        Ok(Stream { pipe, name, pending: Vec::new() })
    }

    fn poll(&self) -> libc::pollfd {
        // A negative descriptor is passed over.
        let fd: RawFd = self.pipe.as_ref().map_or(-1, AsRawFd::as_raw_fd);
        libc::pollfd { fd, events: libc::POLLIN, revents: 0 }
    }

    /// Passes on all that is there, and tells whether more may come.
    fn drain(&mut self, sink: &mut dyn FnMut(Event)) -> bool {
        let mut buffer = [0; 65536];
        while let Some(pipe) = &mut self.pipe {
            match pipe.read(&mut buffer) {
                Ok(0) => self.pipe = None,
                Ok(count) => {
                    self.pending.extend_from_slice(buffer.get(..count).unwrap_or_default());
                    let text = take_text(&mut self.pending);
                    self.tell(text, sink);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        self.pipe.is_some()
    }

    /// Half a character will not become a whole one.
    fn finish(&mut self, sink: &mut dyn FnMut(Event)) {
        let text = String::from_utf8_lossy(&std::mem::take(&mut self.pending)).into_owned();
        self.tell(text, sink);
    }

    fn tell(&self, text: String, sink: &mut dyn FnMut(Event)) {
        if !text.is_empty() {
            sink(Event::Stream { name: self.name, text });
        }
    }
}
