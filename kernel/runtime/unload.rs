//! Unloading what cells were compiled to, when nothing refers to it any longer.
//!
//! Each cell is a shared object of some 20 kB. What outlives the cell may point into it: the code that drops a variable, a function
//! pointer, a `&'static str`, the table of a `dyn Trait`. Nobody keeps account of such pointers, so they are looked for, as a conservative
//! garbage collector does: an object goes if no word of this process' writable memory points into it. A word that only looks like a
//! pointer keeps an object, which costs memory only. The look is made between cells.
//!
//! A thread may also have a pointer in a register, and nowhere in memory. The thread that looks has none: it runs this code. Those of pools that wait for work
//! have none either: what they were given is done. Any other may have one to the objects that were there when it last ran, so that these stay while it
//! lives. And all have to sleep, since a pointer that is being moved could be missed.

use std::collections::BTreeMap;
use std::ffi::{c_char, c_int, c_void};
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// After how many new objects it is worth a look, and how many more for each megabyte that has to be looked at: at most a millisecond
/// for each cell or so.
const OBJECTS_MIN: usize = 64;
const MEGABYTES_PER_OBJECT: usize = 4;

/// How much memory is looked at in one piece.
const PIECE_BYTES: usize = 1 << 20;

/// The objects that may be unloaded some day.
pub struct Objects {
    loaded: Vec<Object>,
    /// Those in which later cells look for symbols, by their paths.
    global: BTreeMap<String, (*mut c_void, usize)>,
    /// How many objects there have been: by that it is told what came first.
    n_loaded: usize,
    /// The threads that may have pointers in registers: how often each has been woken, and how many objects there were when it last ran.
    threads: BTreeMap<u64, (u64, usize)>,
    n_kept: usize,
    /// How much memory the last look was at.
    megabytes: usize,
}

struct Object {
    handle: *mut c_void,
    /// How many objects there were with it when it had been loaded.
    number: usize,
    /// The loader's own record of the object, which points into it.
    record: usize,
    /// Where it lies in memory, each bit turned round: written as they are, these would be pointers into it.
    hidden: Range<usize>,
    /// The same for its table for unwinding, to which only the loader's lists point.
    hidden_unwinding: Range<usize>,
}

/// What is measured of an object.
#[derive(Default)]
struct Extent {
    base: usize,
    end: usize,
    unwinding: Range<usize>,
}

#[repr(C)]
struct LinkMap {
    base: usize,
    _name: *const c_char,
    _dynamic: *const c_void,
}

#[repr(C)]
struct ProgramHeader {
    kind: u32,
    _flags: u32,
    _offset: u64,
    address: u64,
    _physical: u64,
    _file_bytes: u64,
    memory_bytes: u64,
    _alignment: u64,
}

#[repr(C)]
struct LoadedInfo {
    base: usize,
    _name: *const c_char,
    headers: *const ProgramHeader,
    n_headers: u16,
}

const RTLD_DI_LINKMAP: c_int = 2;
const PT_LOAD: u32 = 1;
const PT_GNU_EH_FRAME: u32 = 0x6474_e550;
const SIGNALS: Range<c_int> = 1..65;

unsafe extern "C" {
    fn dlinfo(handle: *mut c_void, request: c_int, out: *mut c_void) -> c_int;
    fn dlclose(handle: *mut c_void) -> c_int;
    fn dl_iterate_phdr(callback: extern "C" fn(*const LoadedInfo, usize, *mut c_void) -> c_int, data: *mut c_void) -> c_int;
    fn malloc_usable_size(chunk: *const c_void) -> usize;
    fn sigaction(signal: c_int, new: *const c_void, old: *mut c_void) -> c_int;
}

// SAFETY: the loader's handles are of the process and not of a thread.
unsafe impl Send for Objects {}

impl Objects {
    pub const fn new() -> Objects {
        Objects { loaded: Vec::new(), global: BTreeMap::new(), n_loaded: 0, threads: BTreeMap::new(), n_kept: 0, megabytes: 0 }
    }

    /// Takes an object into account whose cell has run, and in which no later cell looks for symbols.
    pub fn add(&mut self, handle: *mut c_void) {
        let number = self.count();
        self.add_numbered(handle, number);
    }

    fn count(&mut self) -> usize {
        self.n_loaded += 1;
        self.note_threads();
        self.n_loaded
    }

    #[inline(never)]
    fn add_numbered(&mut self, handle: *mut c_void, number: usize) {
        let mut record: *const LinkMap = std::ptr::null();
        // SAFETY: the handle is of the loader, which writes the address of its record.
        let found = unsafe { dlinfo(handle, RTLD_DI_LINKMAP, (&raw mut record).cast()) };
        if found != 0 || record.is_null() {
            return;
        }
        // SAFETY: the record lives as long as the object is loaded.
        let mut extent = Extent { base: unsafe { (*record).base }, ..Extent::default() };
        // SAFETY: the callback gets the address of `extent`, which outlives the call.
        unsafe { dl_iterate_phdr(measure, (&raw mut extent).cast()) };
        let Extent { base, end, unwinding } = extent;
        if base != 0 && end > base {
            let (hidden, hidden_unwinding) = (hide(base..end), hide(unwinding));
            self.loaded.push(Object { handle, number, record: record as usize, hidden, hidden_unwinding });
        }
    }

    /// Takes an object into account that has to stay until it is released.
    pub fn add_global(&mut self, path: &str, handle: *mut c_void) {
        let number = self.count();
        self.global.insert(path.to_owned(), (handle, number));
    }

    /// No later cell looks for symbols in this object.
    pub fn release(&mut self, path: &str) {
        if let Some((handle, number)) = self.global.remove(path) {
            self.add_numbered(handle, number);
        }
    }

    /// Notes which threads have run since this was last called; returns all of them if all sleep.
    fn note_threads(&mut self) -> Option<Vec<Thread>> {
        let Some(threads) = other_threads() else {
            // What cannot be seen may have run.
            self.threads.values_mut().for_each(|(_, last_ran)| *last_ran = self.n_loaded);
            return None;
        };
        self.threads.retain(|id, _| threads.iter().any(|own| own.id == *id));
        for thread in threads.iter().filter(|own| !own.is_of_pool) {
            let (n_wakes, last_ran) = self.threads.entry(thread.id).or_insert((thread.n_wakes, self.n_loaded));
            if *n_wakes != thread.n_wakes || !thread.sleeps {
                (*n_wakes, *last_ran) = (thread.n_wakes, self.n_loaded);
            }
        }
        threads.iter().all(|own| own.sleeps).then_some(threads)
    }

    /// Unloads what nothing refers to, if there is enough of it to be worth the time.
    pub fn collect_when_due(&mut self) {
        if self.loaded.len() < self.n_kept + OBJECTS_MIN + self.megabytes / MEGABYTES_PER_OBJECT {
            return;
        }
        // Put off to the next cell: so much is quickly found out.
        let Some(threads) = self.note_threads() else { return };
        if let Some(referred) = self.find_referred(&threads) {
            let mut at = 0;
            self.loaded.retain(|object| {
                at += 1;
                let is_kept = referred[at - 1];
                if !is_kept {
                    // SAFETY: the handle came from the loader and is given back once; nothing points into the object.
                    unsafe { dlclose(object.handle) };
                }
                is_kept
            });
        }
        self.n_kept = self.loaded.len();
    }

    /// For each object whether something points into it, or `None` where these threads have done something meanwhile.
    fn find_referred(&mut self, threads: &[Thread]) -> Option<Vec<bool>> {
        self.loaded.sort_by_key(|object| object.hidden.start);
        let last_ran = self.threads.values().map(|(_, last_ran)| *last_ran).max().unwrap_or(0);
        let mut referred: Vec<bool> = self.loaded.iter().map(|object| object.number <= last_ran).collect();
        for at in signal_handlers().filter_map(|handler| self.at(!handler)) {
            referred[at] = true;
        }
        let memory = File::open("/proc/self/mem").ok()?;
        let mut piece = vec![0_u8; PIECE_BYTES];
        let own = piece.as_ptr() as usize..piece.as_ptr() as usize + PIECE_BYTES;
        let stack_pointer = (&raw const own) as usize;
        self.megabytes = 0;
        for region in writable_regions(stack_pointer)?.into_iter().map(hide) {
            let mut start = region.start;
            while start < region.end {
                let bytes = PIECE_BYTES.min(region.end - start);
                // A region may be gone, or have no memory behind it: then nothing is read.
                let n_read = memory.read_at(&mut piece[..bytes], start as u64).unwrap_or(0);
                self.look_at(&piece[..n_read], start, &own, &mut referred);
                start += bytes;
            }
            self.megabytes += (region.end - region.start) >> 20;
        }
        // Who has done something meanwhile may have moved a pointer past us.
        (other_threads()?.as_slice() == threads).then_some(referred)
    }

    fn look_at(&self, piece: &[u8], start: usize, own: &Range<usize>, referred: &mut [bool]) {
        let (Some(first), Some(last)) = (self.loaded.first(), self.loaded.last()) else { return };
        let all = first.hidden.start..last.hidden.end;
        let (words, _) = piece.as_chunks::<8>();
        for (index, word) in words.iter().enumerate() {
            let hidden = !usize::from_ne_bytes(*word);
            if !all.contains(&hidden) {
                continue;
            }
            let Some(at) = self.at(hidden).filter(|at| !referred[*at]) else { continue };
            let address = start + 8 * index;
            let object = &self.loaded[at];
            // The loader's lists have the place where an object begins, at which it has nothing that a program could refer to.
            let is_of_loader = hidden + 1 == object.hidden.end || object.hidden_unwinding.contains(&hidden);
            referred[at] = !(is_of_loader
                || object.hidden.contains(&!address)
                || own.contains(&address)
                || object.record_bytes().contains(&address));
        }
    }

    /// The object in which an address lies that has been turned round.
    fn at(&self, hidden: usize) -> Option<usize> {
        let after = self.loaded.partition_point(|object| object.hidden.start <= hidden);
        let at = after.checked_sub(1)?;
        self.loaded[at].hidden.contains(&hidden).then_some(at)
    }
}

impl Object {
    fn record_bytes(&self) -> Range<usize> {
        // SAFETY: the loader allocates its records by the C library's own allocator, and this one is alive.
        let bytes = unsafe { malloc_usable_size(self.record as *const c_void) };
        // Where that does not hold the number is nonsense; then the record counts as a reference, and the object stays.
        self.record..self.record + if bytes <= 4096 { bytes } else { 0 }
    }
}

/// Finds the end of the object whose base is given.
extern "C" fn measure(info: *const LoadedInfo, _bytes: usize, extent: *mut c_void) -> c_int {
    // SAFETY: the loader gives what it has of an object, and `add` the address of its own.
    let (info, extent) = unsafe { (&*info, &mut *extent.cast::<Extent>()) };
    if info.base != extent.base {
        return 0;
    }
    // SAFETY: the loader gives the number of the headers.
    let headers = unsafe { std::slice::from_raw_parts(info.headers, usize::from(info.n_headers)) };
    for header in headers {
        let start = info.base + header.address as usize;
        let end = start + header.memory_bytes as usize;
        match header.kind {
            PT_LOAD => extent.end = extent.end.max(end),
            PT_GNU_EH_FRAME => extent.unwinding = start..end,
            _ => {}
        }
    }
    1
}

/// The range of its addresses with each bit turned round, and back.
fn hide(range: Range<usize>) -> Range<usize> {
    range.end.wrapping_neg()..range.start.wrapping_neg()
}

/// The functions that handle signals: the system keeps them where nobody can look.
fn signal_handlers() -> impl Iterator<Item = usize> {
    SIGNALS.filter_map(|signal| {
        // Larger than the structure, whose first word is the handler.
        let mut action = [0_usize; 32];
        // SAFETY: nothing is changed, and there is room for what is written.
        let found = unsafe { sigaction(signal, std::ptr::null(), action.as_mut_ptr().cast()) };
        (found == 0).then_some(action[0])
    })
}

/// Threads that serve one job after another, by the beginnings of their names: polars', rayon's as the workbench names them, and those of
/// subshells.
const POOLS: [&str; 3] = ["polars-", "rayon-", crate::lane::NAME];

/// A thread of this process, other than the one that looks.
#[derive(PartialEq)]
struct Thread {
    id: u64,
    is_of_pool: bool,
    sleeps: bool,
    /// How often it has gone to sleep of itself, so that one that sleeps has not run if this is the same.
    n_wakes: u64,
}

fn other_threads() -> Option<Vec<Thread>> {
    let mut threads = Vec::new();
    let own = u64::from(std::process::id());
    for entry in std::fs::read_dir("/proc/self/task").ok()?.flatten() {
        let id: u64 = entry.file_name().to_str()?.parse().ok()?;
        if id == own {
            continue;
        }
        // One that has just ended has nothing.
        let Ok(status) = std::fs::read_to_string(entry.path().join("status")) else { continue };
        let field = |head: &str| status.lines().find_map(|line| line.strip_prefix(head)).map(str::trim);
        let name = field("Name:")?;
        threads.push(Thread {
            id,
            is_of_pool: POOLS.iter().any(|pool| name.starts_with(pool)),
            sleeps: field("State:")?.starts_with('S'),
            n_wakes: field("voluntary_ctxt_switches:")?.parse().ok()?,
        });
    }
    Some(threads)
}

/// The process' memory that can be written to, of the stack only what is in use. The objects' own is part of it, so that the bounds are
/// hidden as theirs are.
fn writable_regions(stack_pointer: usize) -> Option<Vec<Range<usize>>> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let mut regions = Vec::new();
    for line in maps.lines() {
        let mut fields = line.split_whitespace();
        let (bounds, rights) = (fields.next()?, fields.next()?);
        let (start, end) = bounds.split_once('-')?;
        let region = usize::from_str_radix(start, 16).ok()?..usize::from_str_radix(end, 16).ok()?;
        if rights.starts_with("rw") {
            let start = if region.contains(&stack_pointer) { stack_pointer } else { region.start };
            regions.push(hide(start & !7..region.end));
        }
    }
    Some(regions)
}
