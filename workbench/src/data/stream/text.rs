//! Text files in blocks of whole rows.

use polars::prelude::{DataFrame, SchemaRef};

use super::Source;
use crate::data::csv::{
    Bytes, CsvDialect, CsvOptions, Encoding, Found, Parser, Progress, check_utf8, count_lines, not_in_encoding,
    whole_rows,
};
use crate::data::gzip::Unpacked;
use crate::data::json::parse_lines;
use crate::error::{Error, Result};

/// Text that has been read and not been used yet, as UTF-8.
struct Text {
    path: String,
    file: Unpacked,
    encoding: Encoding,
    /// Bytes that are not decoded yet: of a character that was cut off.
    rest: Vec<u8>,
    bytes: Vec<u8>,
    is_start: bool,
    is_end: bool,
}

impl Text {
    fn open(path: &str, encoding: Encoding) -> Result<Self> {
        let file = Unpacked::open(path)?;
        let path = path.to_string();
        Ok(Self { path, file, encoding, rest: Vec::new(), bytes: Vec::new(), is_start: true, is_end: false })
    }

    /// Reads until there are `n_bytes`, or to the end; `line` is where the text starts.
    fn fill(&mut self, n_bytes: usize, line: usize) -> Result<()> {
        while !self.is_end && self.bytes.len() < n_bytes {
            let wanted = n_bytes - self.bytes.len();
            if self.encoding == Encoding::Utf8 {
                let n_read = self.file.read(wanted, &mut self.bytes)?;
                self.is_end = n_read < wanted;
                if self.is_start && self.bytes.starts_with(b"\xef\xbb\xbf") {
                    self.bytes.drain(..3);
                }
                self.is_start = false;
                continue;
            }
            let n_read = self.file.read(wanted, &mut self.rest)?;
            self.is_end = n_read < wanted;
            let n_whole = if self.is_end { self.rest.len() } else { self.encoding.whole_characters(&self.rest) };
            let whole = self.rest.get(..n_whole).unwrap_or_default();
            let lines_before = || line + self.bytes.iter().filter(|&&byte| byte == b'\n').count();
            let text = self.encoding.decode(whole, self.is_start);
            let text =
                text.map_err(|place| not_in_encoding(&self.path, self.encoding, whole, place, lines_before()))?;
            self.bytes.extend_from_slice(&text);
            self.is_start = false;
            self.rest.drain(..n_whole);
        }
        Ok(())
    }
}

/// A CSV file in blocks.
pub(super) struct CsvBlocks {
    text: Text,
    options: CsvOptions,
    dialect: CsvDialect,
    block_bytes: usize,
    progress: Progress,
    schema: Option<SchemaRef>,
}

impl CsvBlocks {
    pub fn open(path: &str, options: &CsvOptions, dialect: &CsvDialect, block_bytes: usize) -> Result<Self> {
        Ok(Self {
            text: Text::open(path, dialect.encoding())?,
            options: options.clone(),
            dialect: dialect.clone(),
            block_bytes,
            progress: Progress::default(),
            schema: None,
        })
    }
}

impl CsvBlocks {
    /// The next rows, where they are plain and there are any.
    fn in_place(&self) -> Result<Option<Found>> {
        let (bytes, is_end, path) = (&self.text.bytes, self.text.is_end, self.text.path.as_str());
        let parser = Parser { path, options: &self.options, dialect: &self.dialect };
        let found = match &self.schema {
            Some(schema) => parser.later_in_place(bytes, schema, is_end)?,
            None => parser.first_in_place(&Bytes::Memory(bytes), 0, is_end)?,
        };
        Ok(found.filter(|found| found.frame.height() > 0))
    }
}

impl Source for CsvBlocks {
    fn next(&mut self) -> Result<Option<DataFrame>> {
        let mut n_bytes = self.block_bytes;
        loop {
            self.text.fill(n_bytes, self.progress.line)?;
            if let Some(found) = self.in_place()? {
                self.schema.get_or_insert_with(|| found.frame.schema().clone());
                self.progress.n_fields = found.frame.width();
                self.progress.line += count_lines(self.text.bytes.get(..found.end).unwrap_or_default());
                self.text.bytes.drain(..found.end);
                return Ok(Some(found.frame));
            }
            let (is_end, path) = (self.text.is_end, self.text.path.as_str());
            let mut progress = self.progress.clone();
            let separator = self.dialect.separator() as u8;
            let whole = whole_rows(path, &self.text.bytes, separator, &mut progress, is_end)?;
            let original = self.text.bytes.get(..whole.n_bytes).unwrap_or_default();
            check_utf8(path, original, self.progress.line)?;
            let parser = Parser { path, options: &self.options, dialect: &self.dialect };
            let frame = match &self.schema {
                _ if whole.rows.is_empty() => None,
                Some(schema) => Some(parser.later(&whole.rows, schema, self.progress.line, original)?),
                None => Some(parser.first(&whole.rows)?).filter(|frame| frame.height() > 0 || is_end),
            };
            if frame.is_none() && !is_end {
                // One row is longer than the block, or there is nothing below the names yet.
                n_bytes *= 2;
                continue;
            }
            if frame.is_none() && self.schema.is_none() && progress.n_fields == 0 {
                return Err(Error::EmptyFile { path: path.to_string() });
            }
            let n_used = whole.n_bytes;
            if let Some(frame) = &frame {
                self.schema.get_or_insert_with(|| frame.schema().clone());
            }
            self.progress = progress;
            self.text.bytes.drain(..n_used);
            return Ok(frame);
        }
    }
}

/// A JSON lines file in blocks.
pub(super) struct JsonBlocks {
    text: Text,
    block_bytes: usize,
    line: usize,
}

impl JsonBlocks {
    pub fn open(path: &str, block_bytes: usize) -> Result<Self> {
        Ok(Self { text: Text::open(path, Encoding::Utf8)?, block_bytes, line: 1 })
    }
}

impl Source for JsonBlocks {
    fn next(&mut self) -> Result<Option<DataFrame>> {
        let mut n_bytes = self.block_bytes;
        loop {
            self.text.fill(n_bytes, self.line)?;
            let bytes = &self.text.bytes;
            let last_line_end = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |place| place + 1);
            let n_whole = if self.text.is_end { bytes.len() } else { last_line_end };
            let lines = bytes.get(..n_whole).unwrap_or_default();
            if lines.trim_ascii().is_empty() {
                if self.text.is_end {
                    return Ok(None);
                }
                n_bytes *= 2;
                continue;
            }
            let frame = parse_lines(&self.text.path, lines, self.line)?;
            self.line += lines.iter().filter(|&&byte| byte == b'\n').count();
            self.text.bytes.drain(..n_whole);
            return Ok(Some(frame));
        }
    }
}
