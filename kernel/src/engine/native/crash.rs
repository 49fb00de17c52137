//! What can be told of a child that crashed: the signal, and where in a person's code it came.
//!
//! Cells are compiled without line numbers, which take time. The child only notes the addresses of its calls, from within the signal's
//! handler. Afterwards the cells that were at work are compiled once more, in the same way but with line numbers: the code is the same then,
//! and so are the addresses.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::path::Path;
use std::sync::atomic::{AtomicI32, Ordering};

/// The environment variable that tells the child where to write its report.
pub const REPORT_VARIABLE: &str = "TUNEBOOK_CHILD_CRASH";

const SIGNALS: [libc::c_int; 5] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGABRT];

/// How many calls are noted; those of an endless recursion are all alike.
const CALLS_MAX: usize = 48;

/// How far below the stack an address may be that still belongs to an overflow: the kernel leaves a gap of a megabyte.
const STACK_GAP: u64 = 2 << 20;

static REPORT: AtomicI32 = AtomicI32::new(-1);

/// A child's last words.
#[derive(Debug, PartialEq)]
pub struct Report {
    pub signal: i32,
    pub is_stack_overflow: bool,
    /// The innermost first.
    pub calls: Vec<Call>,
}

/// A place in a shared object.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The file's name, without its folder.
    pub object: String,
    pub offset: u64,
}

/// A place in the source of a shared object.
#[derive(Clone, Debug, PartialEq)]
pub struct SourcePlace {
    pub line: usize,
    pub column: usize,
}

/// A file in memory for the report of one child.
pub fn new_report_file() -> std::io::Result<OwnedFd> {
    // SAFETY: the name ends with a null, and what is returned is a new descriptor or -1.
    let fd = unsafe { libc::memfd_create(c"tunebook-crash".as_ptr(), libc::MFD_CLOEXEC) };
    // SAFETY: the descriptor is new and belongs to nobody else.
    if fd == -1 { Err(std::io::Error::last_os_error()) } else { Ok(unsafe { OwnedFd::from_raw_fd(fd) }) }
}

/// Reads what a child has left, if it left anything.
pub fn read_report(file: &OwnedFd) -> Option<Report> {
    let mut file = File::from(file.try_clone().ok()?);
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.read_to_string(&mut text).ok()?;
    parse(&text)
}

fn parse(text: &str) -> Option<Report> {
    let (head, maps) = text.split_once("maps\n")?;
    let mut lines = head.lines();
    let mut words = lines.next()?.split(' ');
    let (signal, address) = (words.next()?.parse().ok()?, u64::from_str_radix(words.next()?, 16).ok()?);
    let mut stack = None;
    // The place in memory, the place in the file, and the file.
    let mut mapped: Vec<(std::ops::Range<u64>, u64, &str)> = Vec::new();
    for line in maps.lines() {
        let fields: Vec<&str> = line.splitn(6, ' ').collect();
        let [bounds, _, offset, _, _, name] = fields[..] else { continue };
        let Some((start, end)) = bounds.split_once('-') else { continue };
        let (Ok(start), Ok(end)) = (u64::from_str_radix(start, 16), u64::from_str_radix(end, 16)) else { continue };
        let name = name.trim();
        if name == "[stack]" {
            stack = Some(start);
        }
        // Cells' files are removed as soon as they are loaded.
        let name = name.strip_suffix(" (deleted)").unwrap_or(name);
        mapped.push((start..end, u64::from_str_radix(offset, 16).unwrap_or(0), name));
    }
    let call = |line: &str| {
        let address = u64::from_str_radix(line, 16).ok()?;
        let (_, _, path) = mapped.iter().find(|(range, _, _)| range.contains(&address))?;
        let base =
            mapped.iter().filter(|(_, offset, name)| name == path && *offset == 0).map(|(range, _, _)| range.start);
        let object = Path::new(path).file_name()?.to_string_lossy().into_owned();
        Some(Call { object, offset: address.checked_sub(base.min()?)? })
    };
    let is_stack_overflow = matches!(signal, libc::SIGSEGV | libc::SIGBUS)
        && stack.is_some_and(|start| address < start && start - address < STACK_GAP);
    Some(Report { signal, is_stack_overflow, calls: lines.filter_map(call).collect() })
}

/// The places of an address in an object that was compiled with line numbers: that of the code itself first, and then those of the calls
/// that were inlined around it. Only those in this source file count.
pub fn places(object: &Path, offset: u64, source: &str) -> Vec<SourcePlace> {
    let Ok(loader) = addr2line::Loader::new(object) else { return Vec::new() };
    let mut places = Vec::new();
    let Ok(mut frames) = loader.find_frames(offset) else { return places };
    while let Ok(Some(frame)) = frames.next() {
        let Some(location) = frame.location else { continue };
        let is_own = location.file.is_some_and(|file| Path::new(file).file_name().is_some_and(|name| name == source));
        if let (true, Some(line)) = (is_own, location.line) {
            places.push(SourcePlace { line: line as usize, column: location.column.unwrap_or(1).max(1) as usize });
        }
    }
    places
}

/// In the child: has crashes noted in this file before they take their course.
pub fn install(report: RawFd) {
    REPORT.store(report, Ordering::SeqCst);
    // The handler runs on a stack of its own, since the thread's may be what is used up.
    const STACK_BYTES: usize = 128 << 10;
    let stack = Box::leak(vec![0_u8; STACK_BYTES].into_boxed_slice());
    let alternative = libc::stack_t { ss_sp: stack.as_mut_ptr().cast(), ss_flags: 0, ss_size: STACK_BYTES };
    // SAFETY: the stack is never freed; the handler does only what a handler may do, but for the unwinder, which reads tables that
    // are loaded already.
    unsafe {
        libc::sigaltstack(&alternative, std::ptr::null_mut());
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = note as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESETHAND;
        for signal in SIGNALS {
            libc::sigaction(signal, &action, std::ptr::null_mut());
        }
    }
}

#[repr(C)]
struct UnwindContext {
    _private: [u8; 0],
}

unsafe extern "C" {
    fn _Unwind_Backtrace(
        each: extern "C" fn(*mut UnwindContext, *mut libc::c_void) -> libc::c_int,
        data: *mut libc::c_void,
    ) -> libc::c_int;
    fn _Unwind_GetIPInfo(context: *mut UnwindContext, is_exact: *mut libc::c_int) -> usize;
}

/// The handler. It was reset when it was called, so that the signal ends the process when it comes again, which it does: the instruction that
/// failed is run once more, and who sent the signal, or called `abort`, is helped along.
extern "C" fn note(signal: libc::c_int, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    let report = REPORT.swap(-1, Ordering::SeqCst);
    if report >= 0 {
        // SAFETY: the system gives the information that belongs to the signal.
        let address = unsafe { (*info).si_addr() } as usize;
        let mut text = Text { bytes: [0; 40], len: 0 };
        text.decimal(signal.unsigned_abs() as usize);
        text.byte(b' ');
        text.hexadecimal(address);
        text.write_line(report);
        let mut n_calls = 0_usize;
        let mut noted = (report, &raw mut n_calls);
        // SAFETY: the callback gets the address of the pair, which outlives the call.
        unsafe { _Unwind_Backtrace(note_call, (&raw mut noted).cast()) };
        copy_maps(report);
    }
    // SAFETY: plain system calls.
    unsafe {
        if (*info).si_code <= 0 {
            libc::raise(signal);
        }
    }
}

extern "C" fn note_call(context: *mut UnwindContext, noted: *mut libc::c_void) -> libc::c_int {
    // SAFETY: `note` passes the address of its pair, and the unwinder a context that is valid here.
    unsafe {
        let (report, n_calls) = *noted.cast::<(RawFd, *mut usize)>();
        let mut is_exact = 0;
        let address = _Unwind_GetIPInfo(context, &mut is_exact);
        let mut text = Text { bytes: [0; 40], len: 0 };
        // The address of a call is the one to which it returns: the call itself is before that.
        text.hexadecimal(if is_exact != 0 { address } else { address.wrapping_sub(1) });
        text.write_line(report);
        *n_calls += 1;
        // Anything but 0 ends the walk.
        if *n_calls >= CALLS_MAX { 5 } else { 0 }
    }
}

fn copy_maps(report: RawFd) {
    let mut buffer = [0_u8; 4096];
    // SAFETY: the buffer is as long as is said.
    unsafe {
        libc::write(report, c"maps\n".as_ptr().cast(), 5);
        let maps = libc::open(c"/proc/self/maps".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC);
        while maps >= 0 {
            let n_read = libc::read(maps, buffer.as_mut_ptr().cast(), buffer.len());
            if n_read <= 0 {
                break;
            }
            libc::write(report, buffer.as_ptr().cast(), n_read.unsigned_abs());
        }
    }
}

/// A line that is put together without an allocation.
struct Text {
    bytes: [u8; 40],
    len: usize,
}

impl Text {
    fn byte(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }

    fn number(&mut self, number: usize, base: usize) {
        if number >= base {
            self.number(number / base, base);
        }
        self.byte(b"0123456789abcdef"[number % base]);
    }

    fn decimal(&mut self, number: usize) {
        self.number(number, 10);
    }

    fn hexadecimal(&mut self, number: usize) {
        self.number(number, 16);
    }

    fn write_line(&mut self, file: RawFd) {
        self.byte(b'\n');
        // SAFETY: the bytes up to the length are there.
        unsafe { libc::write(file, self.bytes.as_ptr().cast(), self.len) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_objects_and_places_in_them() {
        let text = "11 7ffd0000\n7f0000001234\n7f0000009999\n7f1000000500\nmaps\n\
            7f0000000000-7f0000001000 r--p 00000000 08:01 5       /tmp/a b/libcell_3.so (deleted)\n\
            7f0000001000-7f0000002000 r-xp 00001000 08:01 5       /tmp/a b/libcell_3.so (deleted)\n\
            7f0000002000-7f0000003000 rw-p 00000000 00:00 0 \n\
            7f1000000000-7f1000001000 r-xp 00000000 08:01 7       /usr/lib/libc.so.6\n\
            7ffe0000-80000000 rw-p 00000000 00:00 0               [stack]\n";
        let report = parse(text).unwrap();
        assert_eq!((report.signal, report.is_stack_overflow), (11, true));
        let found: Vec<(&str, u64)> = report.calls.iter().map(|call| (call.object.as_str(), call.offset)).collect();
        assert_eq!(found, [("libcell_3.so", 0x1234), ("libc.so.6", 0x500)]);
        assert_eq!(parse(""), None);
        assert_eq!(parse("11 0\nmaps\n").unwrap().calls, []);
    }
}
