//! A pass over the bytes of a CSV file that polars can then read without guessing.
//!
//! polars fills short rows up, takes a blank line for a row of missing values, and may split the file at a quote inside an unquoted field.

use std::borrow::Cow;
use std::io::BufRead;

use crate::error::{Error, Result};

/// How far a file has been read.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    /// How many fields every row has; 0 before the first row.
    pub n_fields: usize,
    /// The line on which the next row starts, from 1.
    pub line: usize,
}

impl Default for Progress {
    fn default() -> Self {
        Self { n_fields: 0, line: 1 }
    }
}

/// Whole rows at the start of some bytes.
pub(crate) struct WholeRows<'a> {
    /// The rows with blank lines dropped and stray quotes quoted, all with the same number of fields.
    pub rows: Cow<'a, [u8]>,
    /// How many bytes they took.
    pub n_bytes: usize,
}

/// The whole rows at the start of `bytes`, which go on from `progress`; a last row that has no end is whole only where `is_last`.
pub(crate) fn whole_rows<'a>(
    path: &str,
    bytes: &'a [u8],
    separator: u8,
    progress: &mut Progress,
    is_last: bool,
) -> Result<WholeRows<'a>> {
    let shape = Shape::of(path, bytes, separator, progress, is_last)?;
    let n_bytes = shape.n_bytes;
    let bytes = bytes.get(..n_bytes).unwrap_or(bytes);
    if !shape.has_stray_quotes && (shape.n_blank_lines == 0 || progress.n_fields == 1) {
        return Ok(WholeRows { rows: Cow::Borrowed(bytes), n_bytes });
    }
    let mut rows = Vec::with_capacity(bytes.len() + bytes.len() / 16);
    for row in Rows::new(bytes, separator) {
        if row.is_blank && progress.n_fields > 1 {
            continue;
        }
        for (field_idx, field) in Fields::new(row.bytes, separator).enumerate() {
            if field_idx > 0 {
                rows.push(separator);
            }
            push_field(&mut rows, field);
        }
        rows.push(b'\n');
    }
    Ok(WholeRows { rows: Cow::Owned(rows), n_bytes })
}

/// What the rows look like.
struct Shape {
    n_bytes: usize,
    n_blank_lines: usize,
    has_stray_quotes: bool,
}

impl Shape {
    fn of(path: &str, bytes: &[u8], separator: u8, progress: &mut Progress, is_last: bool) -> Result<Self> {
        let mut shape = Self { n_bytes: 0, n_blank_lines: 0, has_stray_quotes: false };
        let ends_whole = is_last || bytes.last() == Some(&b'\n');
        let mut rows = Rows { rest: bytes, line: progress.line, separator };
        while let Some(row) = rows.next() {
            if rows.rest.is_empty() && !is_last && (!ends_whole || row.is_unclosed) {
                break;
            }
            if row.is_unclosed {
                return Err(Error::UnclosedQuote { path: path.to_string(), line: row.line });
            }
            shape.n_bytes = bytes.len() - rows.rest.len();
            shape.has_stray_quotes |= row.has_stray_quotes;
            if row.is_blank && progress.n_fields != 1 {
                shape.n_blank_lines += 1;
            } else if progress.n_fields == 0 {
                progress.n_fields = row.n_fields;
            } else if row.n_fields != progress.n_fields {
                return Err(Error::RaggedRow {
                    path: path.to_string(),
                    line: row.line,
                    found: row.n_fields,
                    expected: progress.n_fields,
                });
            }
            progress.line = rows.line;
        }
        Ok(shape)
    }
}

/// One row, which spans several lines where a quoted field does.
pub(super) struct Row<'a> {
    pub bytes: &'a [u8],
    /// The line on which it starts, from 1.
    pub line: usize,
    n_fields: usize,
    pub is_blank: bool,
    is_unclosed: bool,
    has_stray_quotes: bool,
}

impl<'a> Row<'a> {
    /// Whether all quotes enclose fields.
    pub fn is_plain(&self) -> bool {
        !self.is_unclosed && !self.has_stray_quotes
    }

    /// Takes `bytes`, which end where the line feed was.
    fn set_bytes(&mut self, bytes: &'a [u8]) {
        self.bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        self.is_blank = self.bytes.is_empty();
    }
}

pub(super) struct Rows<'a> {
    rest: &'a [u8],
    line: usize,
    separator: u8,
}

impl<'a> Rows<'a> {
    pub fn new(bytes: &'a [u8], separator: u8) -> Self {
        Self::from_line(bytes, separator, 1)
    }

    /// Rows of which the first starts on `line`.
    pub fn from_line(bytes: &'a [u8], separator: u8, line: usize) -> Self {
        Self { rest: bytes, line, separator }
    }

    /// Whether no row is left.
    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many bytes are left.
    pub fn n_left(&self) -> usize {
        self.rest.len()
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let mut row = Row {
            bytes: self.rest,
            line: self.line,
            n_fields: 1,
            is_blank: false,
            is_unclosed: false,
            has_stray_quotes: false,
        };
        // Most lines have no quotes, and then whole words of bytes can be looked at.
        let length = self.rest.skip_until(b'\n').unwrap_or_default();
        let line = row.bytes.get(..length).unwrap_or_default();
        if !line.contains(&b'"') {
            self.line += 1;
            row.n_fields += line.iter().filter(|&&byte| byte == self.separator).count();
            row.set_bytes(line.strip_suffix(b"\n").unwrap_or(line));
            return Some(row);
        }
        self.rest = row.bytes;
        Some(self.read_quoted(row))
    }
}

impl<'a> Rows<'a> {
    /// Goes byte by byte through a row with quotes, which may hold separators and line breaks.
    fn read_quoted(&mut self, mut row: Row<'a>) -> Row<'a> {
        let (mut at_field_start, mut is_quoted_field, mut is_inside_quotes) = (true, false, false);
        let mut end = None;
        for (position, &byte) in self.rest.iter().enumerate() {
            match byte {
                b'"' if at_field_start => (is_quoted_field, is_inside_quotes) = (true, true),
                b'"' if is_quoted_field => is_inside_quotes = !is_inside_quotes,
                b'"' => row.has_stray_quotes = true,
                b'\n' => {
                    self.line += 1;
                    if !is_inside_quotes {
                        end = Some(position);
                        break;
                    }
                }
                _ if byte == self.separator && !is_inside_quotes => {
                    row.n_fields += 1;
                    (at_field_start, is_quoted_field) = (true, false);
                    continue;
                }
                _ => {}
            }
            at_field_start = false;
        }
        row.is_unclosed = is_inside_quotes;
        let (bytes, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest.get(1..).unwrap_or_default();
        row.set_bytes(bytes);
        row
    }
}

/// The fields of one row, as they stand.
pub(super) struct Fields<'a> {
    rest: Option<&'a [u8]>,
    separator: u8,
}

impl<'a> Fields<'a> {
    pub fn new(row: &'a [u8], separator: u8) -> Self {
        Self { rest: Some(row), separator }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest.take()?;
        let is_quoted_field = rest.first() == Some(&b'"');
        let mut is_inside_quotes = false;
        let end = rest.iter().position(|&byte| {
            is_inside_quotes ^= is_quoted_field && byte == b'"';
            byte == self.separator && !is_inside_quotes
        });
        let Some(end) = end else { return Some(rest) };
        let (field, rest) = rest.split_at(end);
        self.rest = rest.get(1..);
        Some(field)
    }
}

/// Appends a field, in quotes where it has quotes but does not start with one.
fn push_field(rows: &mut Vec<u8>, field: &[u8]) {
    if field.first() == Some(&b'"') || !field.contains(&b'"') {
        rows.extend_from_slice(field);
        return;
    }
    rows.push(b'"');
    for &byte in field {
        if byte == b'"' {
            rows.push(byte);
        }
        rows.push(byte);
    }
    rows.push(b'"');
}
