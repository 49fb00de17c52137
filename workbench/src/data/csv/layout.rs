//! Where the rows of a CSV file lie, found by all threads at once.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use rayon::prelude::*;

/// So many bytes are worked on at a time: they stay in the cache of the thread that reads them.
const PIECE_BYTES: usize = 1 << 20;
/// So many bytes are looked at for quotes at a time.
const RUN_BYTES: usize = 1 << 12;

/// The bytes of a file, in memory or to be read piece by piece.
pub(crate) enum Bytes<'a> {
    /// All of them.
    Memory(&'a [u8]),
    /// An open file and how long it is. It is never held as a whole.
    File(&'a File, usize),
}

impl Bytes<'_> {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Memory(bytes) => bytes.len(),
            Self::File(_, n_bytes) => *n_bytes,
        }
    }

    /// Those of `range`, in `buffer` where they have to be read.
    pub fn read<'b>(&'b self, range: Range<usize>, buffer: &'b mut Vec<u8>) -> io::Result<&'b [u8]> {
        let cut_short = || io::Error::from(io::ErrorKind::UnexpectedEof);
        match self {
            Self::Memory(bytes) => bytes.get(range).ok_or_else(cut_short),
            Self::File(file, _) => {
                // What is in the buffer is written over, so it need not be cleared.
                if buffer.len() < range.len() {
                    buffer.resize(range.len(), 0);
                }
                let part = buffer.get_mut(..range.len()).ok_or_else(cut_short)?;
                file.read_exact_at(part, range.start as u64)?;
                Ok(part)
            }
        }
    }
}

/// Some whole rows that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Where they start.
    pub start: usize,
    /// Where the next row starts.
    pub end: usize,
    /// How many they are.
    pub n_rows: usize,
}

/// The whole rows of a range of bytes.
pub(crate) struct Layout {
    /// All rows in order.
    pub pieces: Vec<Piece>,
    /// Whether there is a quote.
    pub has_quotes: bool,
}

/// The rows of `range`, taking it that every quote opens or closes a field or is one of two inside a field, which whoever reads the fields has to check.
/// A last row that has no end is whole only where `is_last`.
pub(crate) fn layout(bytes: &Bytes, range: Range<usize>, is_last: bool) -> io::Result<Layout> {
    let starts: Vec<usize> = range.clone().step_by(PIECE_BYTES).collect();
    let ends = starts.iter().skip(1).copied().chain([range.end]);
    let parts: Vec<(usize, usize)> = starts.iter().copied().zip(ends).collect();
    let counted = parts.par_iter().map_init(Vec::new, |buffer, &(start, end)| {
        let bytes = bytes.read(start..end, buffer)?;
        Ok((Lines::of(bytes), bytes.last() == Some(&b'\n')))
    });
    let counted: Vec<io::Result<(Lines, bool)>> = counted.collect();
    let mut layout = Layout { pieces: Vec::with_capacity(parts.len()), has_quotes: false };
    let (mut row_start, mut is_inside, mut ends_line) = (range.start, false, true);
    for (counted, (start, _)) in counted.into_iter().zip(parts) {
        let (lines, last_is_line_feed) = counted?;
        // A line feed ends a row where the quotes before it are even in number.
        let parity = usize::from(is_inside);
        let n_outside = lines.n_lines[parity];
        if n_outside > 0 {
            let end = start + lines.last_end[parity];
            layout.pieces.push(Piece { start: row_start, end, n_rows: n_outside });
            row_start = end;
        }
        layout.has_quotes |= lines.n_quotes > 0;
        is_inside ^= lines.n_quotes % 2 == 1;
        ends_line = last_is_line_feed;
    }
    if is_last && !ends_line && row_start < range.end {
        layout.pieces.push(Piece { start: row_start, end: range.end, n_rows: 1 });
    }
    Ok(layout)
}

/// The line feeds of some bytes, apart by whether an even or an odd number of quotes is before them.
#[derive(Default)]
struct Lines {
    n_lines: [usize; 2],
    /// Behind the last of each.
    last_end: [usize; 2],
    n_quotes: usize,
}

impl Lines {
    fn of(bytes: &[u8]) -> Self {
        let mut lines = Self::default();
        for (run_idx, run) in bytes.chunks(RUN_BYTES).enumerate() {
            let start = run_idx * RUN_BYTES;
            if count(run, b'"') == 0 {
                let parity = lines.n_quotes % 2;
                let n_lines = count(run, b'\n');
                if n_lines > 0 {
                    let last = run.iter().rposition(|&byte| byte == b'\n').unwrap_or_default();
                    lines.n_lines[parity] += n_lines;
                    lines.last_end[parity] = start + last + 1;
                }
                continue;
            }
            for (place, &byte) in run.iter().enumerate() {
                if byte == b'"' {
                    lines.n_quotes += 1;
                } else if byte == b'\n' {
                    let parity = lines.n_quotes % 2;
                    lines.n_lines[parity] += 1;
                    lines.last_end[parity] = start + place + 1;
                }
            }
        }
        lines
    }
}

/// How many lines end in `bytes`.
pub(crate) fn count_lines(bytes: &[u8]) -> usize {
    count(bytes, b'\n')
}

/// How often `wanted` is among `bytes`.
fn count(bytes: &[u8], wanted: u8) -> usize {
    // Sums of bytes, of which a processor adds up many at a time.
    let sums = bytes.chunks(240).map(|run| run.iter().fold(0_u8, |sum, &byte| sum + u8::from(byte == wanted)));
    sums.map(usize::from).sum()
}
