//! The child's standard input: a pipe that is empty until a person has typed something.
//!
//! A program that reads says so to nobody: its thread waits in the system call, and the writer's end of a pipe knows
//! nothing of it. So while nothing else happens, the kernel looks where the child's threads are. Linux tells the number
//! and the arguments of the call that each waits in (`/proc/PID/task/TID/syscall`), to whoever may trace the process,
//! which its parent may. This finds every reader, also in C libraries, in other threads and in programs that a cell
//! starts, and costs a cell that computes or prints nothing. To put a function of our own in place of `read` would
//! miss some of them, and slow down all reading of files.

use std::fs;
use std::io::{ErrorKind, PipeReader, PipeWriter, Write, pipe};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;

use super::child::set_nonblocking;

/// The signal on which the child's runtime lets all reading of standard input fail. Nothing happens where a cell has
/// replaced the runtime's handler: the signal is ignored by default.
const FAIL_SIGNAL: libc::c_int = libc::SIGURG;

/// The kernel's end of the pipe.
#[derive(Debug)]
pub struct Stdin {
    /// The child's end, kept so that writing cannot fail, and to know the pipe by.
    reader: PipeReader,
    /// None after everybody at the other end was told that nothing more comes.
    writer: Option<PipeWriter>,
    /// How the links in `/proc/PID/fd` name the pipe.
    link: String,
    /// What does not fit into the pipe yet.
    waiting: Vec<u8>,
    /// Whether something has been typed since the last call of [`Stdin::begin`].
    used: bool,
}

/// A thread that waits for input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reader {
    process: libc::pid_t,
    thread: libc::pid_t,
}

impl Stdin {
    /// A pipe, and the end of it for the child.
    pub fn new() -> std::io::Result<(Stdin, Stdio)> {
        let (reader, writer) = pipe()?;
        set_nonblocking(writer.as_raw_fd())?;
        let inode = fs::metadata(format!("/proc/self/fd/{}", reader.as_raw_fd()))?.ino();
        let childs = Stdio::from(OwnedFd::from(reader.try_clone()?));
        let link = format!("pipe:[{inode}]");
        Ok((Stdin { reader, writer: Some(writer), link, waiting: Vec::new(), used: false }, childs))
    }

    /// A new cell begins. Returns whether the child has to forget what was typed for the last one.
    pub fn begin(&mut self) -> std::io::Result<bool> {
        self.waiting.clear();
        if self.writer.is_none() {
            let path = format!("/proc/self/fd/{}", self.reader.as_raw_fd());
            let writer = PipeWriter::from(OwnedFd::from(fs::OpenOptions::new().write(true).open(path)?));
            set_nonblocking(writer.as_raw_fd())?;
            self.writer = Some(writer);
        }
        Ok(std::mem::take(&mut self.used))
    }

    /// Who waits for input, in the child or in what it has started; nobody while there is still something to read.
    pub fn reader(&self, process: u32) -> Option<Reader> {
        let process = libc::pid_t::try_from(process).ok()?;
        if self.writer.is_none() || !self.waiting.is_empty() || self.has_unread() {
            return None;
        }
        self.reader_in(process).or_else(|| self.likely_reader(process))
    }

    pub fn give_line(&mut self, line: &str) {
        self.used = true;
        self.waiting.extend(line.as_bytes());
        self.waiting.push(b'\n');
        self.push();
    }

    /// Writes what the pipe takes.
    pub fn push(&mut self) {
        let Some(writer) = &mut self.writer else { return };
        while !self.waiting.is_empty() {
            match writer.write(&self.waiting) {
                Ok(count) => drop(self.waiting.drain(..count)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
    }

    /// Ends a reader's wait with nothing: an error in the child itself, the end of the file in other programs.
    pub fn fail(&mut self, reader: Reader, child: u32) {
        if libc::pid_t::try_from(child) == Ok(reader.process) {
            // SAFETY: sending a signal touches no memory. The thread is one of our own child, which has not been waited for.
            unsafe { libc::syscall(libc::SYS_tgkill, reader.process, reader.thread, FAIL_SIGNAL) };
        } else {
            self.writer = None;
        }
    }

    fn has_unread(&self) -> bool {
        let mut count: libc::c_int = 0;
        // SAFETY: the call writes one integer, which lives through it.
        let done = unsafe { libc::ioctl(self.reader.as_raw_fd(), libc::FIONREAD, &raw mut count) };
        done == 0 && count > 0
    }

    fn reader_in(&self, process: libc::pid_t) -> Option<Reader> {
        for thread in numbers_in(&format!("/proc/{process}/task")) {
            let folder = format!("/proc/{process}/task/{thread}");
            let call = fs::read_to_string(format!("{folder}/syscall")).unwrap_or_default();
            if let Some(fd) = read_from(&call)
                && self.is_at(process, fd)
            {
                return Some(Reader { process, thread });
            }
            let children = fs::read_to_string(format!("{folder}/children")).unwrap_or_default();
            let children = children.split_whitespace().filter_map(|id| id.parse().ok());
            if let Some(reader) = children.into_iter().find_map(|child| self.reader_in(child)) {
                return Some(reader);
            }
        }
        None
    }

    /// Where a system hides the calls, it may still tell the place in Linux where a thread waits. That it waits for
    /// some pipe then means this one, if the process reads from no other.
    fn likely_reader(&self, process: libc::pid_t) -> Option<Reader> {
        if fs::read_to_string(format!("/proc/{process}/syscall")).is_ok() {
            return None;
        }
        let reads_another = numbers_in(&format!("/proc/{process}/fd")).into_iter().any(|fd| {
            let link = fs::read_link(format!("/proc/{process}/fd/{fd}")).unwrap_or_default();
            fd > 2 && link.to_string_lossy().starts_with("pipe:") && !self.is_at(process, fd)
        });
        let threads = numbers_in(&format!("/proc/{process}/task"));
        let waits = |thread: &libc::pid_t| {
            let place = fs::read_to_string(format!("/proc/{process}/task/{thread}/wchan")).unwrap_or_default();
            place.ends_with("pipe_read")
        };
        let thread = threads.into_iter().find(waits).filter(|_| !reads_another)?;
        Some(Reader { process, thread })
    }

    /// Whether this descriptor of a process is the pipe.
    fn is_at(&self, process: libc::pid_t, fd: libc::c_int) -> bool {
        fs::read_link(format!("/proc/{process}/fd/{fd}")).is_ok_and(|link| link.as_os_str() == self.link.as_str())
    }
}

/// The entries of a folder that are numbers.
fn numbers_in(folder: &str) -> Vec<libc::pid_t> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// The descriptor from which a thread waits to read, out of a line as `0 0x0 0x7f1620027000 0x20000 …`: the number of the
/// call and its arguments, or the word `running`.
fn read_from(call: &str) -> Option<libc::c_int> {
    let mut words = call.split_whitespace();
    let number: libc::c_long = words.next()?.parse().ok()?;
    let fd = i64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok()?;
    [libc::SYS_read, libc::SYS_readv].contains(&number).then(|| libc::c_int::try_from(fd).ok())?
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};
    use std::time::{Duration, Instant};

    use super::*;

    fn find(stdin: &Stdin, process: &Child) -> Option<Reader> {
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline {
            if let Some(reader) = stdin.reader(process.id()) {
                return Some(reader);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        None
    }

    #[test]
    fn finds_readers_also_in_programs_that_a_program_starts() {
        let (mut stdin, childs) = Stdin::new().unwrap();
        // The shell waits for `cat`, which reads; and then reads itself.
        let script = "cat <&0 | head -n 1; read -r line; echo \"$line\"";
        let mut shell = Command::new("sh").args(["-c", script]).stdin(childs).stdout(Stdio::piped()).spawn().unwrap();
        let first = find(&stdin, &shell).unwrap();
        assert_ne!(first.process, libc::pid_t::try_from(shell.id()).unwrap());
        stdin.give_line("for cat");
        let end = find(&stdin, &shell).unwrap();
        // Nothing more comes: `cat` ends, and so does the shell.
        stdin.fail(end, shell.id());
        assert_eq!(stdin.reader(shell.id()), None);
        let output = shell.wait().map(|_| std::io::read_to_string(shell.stdout.take().unwrap()).unwrap()).unwrap();
        assert_eq!(output, "for cat\n\n");
        assert!(stdin.begin().unwrap() && stdin.writer.is_some());
        assert!(!stdin.begin().unwrap());
    }

    #[test]
    fn a_program_that_waits_for_something_else_reads_nothing() {
        let (stdin, childs) = Stdin::new().unwrap();
        let mut sleeper = Command::new("sleep").arg("60").stdin(childs).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(100));
        assert_eq!(stdin.reader(sleeper.id()), None);
        sleeper.kill().unwrap();
        sleeper.wait().unwrap();
    }

    #[test]
    fn a_call_names_its_descriptor() {
        assert_eq!(read_from(&format!("{} 0x3 0x7f1620027000 0x20000", libc::SYS_read)), Some(3));
        assert_eq!(read_from(&format!("{} 0x0 0x7f1620027000", libc::SYS_futex)), None);
        assert_eq!(read_from("running\n"), None);
        assert_eq!(read_from(""), None);
    }
}
