//! JSON lines: one JSON object a line.

use std::io::{Cursor, Write};

use polars::prelude::{DataFrame, JsonFormat, JsonReader, JsonWriter, PolarsError, SerReader, SerWriter};
use serde::de::IgnoredAny;

use super::csv::check_utf8;
use super::{gzip, write};
use crate::error::{Error, Result};

/// Reads a file with one JSON object a line, packed with gzip or not.
///
/// Each name is a column; what a line does not have is missing. Dtypes are inferred over the whole file. Blank lines are skipped.
///
/// # Errors
/// [`Error::FileNotFound`], [`Error::Io`] (also for a damaged gzip file); [`Error::BadJsonLine`] for a line that is no JSON object;
/// [`Error::EmptyFile`]; [`Error::NotInEncoding`] for bytes that are not UTF-8; [`Error::Malformed`].
///
/// # Examples
///
/// ```no_run
/// use workbench::data::{penguins, read_json_lines, write_json_lines};
///
/// write_json_lines(&penguins()?, "penguins.jsonl")?;
/// assert!(read_json_lines("penguins.jsonl")?.equals_missing(&penguins()?));
///
/// assert!(read_json_lines("penguins.csv").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn read_json_lines(path: &str) -> Result<DataFrame> {
    let (bytes, _) = gzip::read(path)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    if bytes.trim_ascii().is_empty() {
        return Err(Error::EmptyFile { path: path.to_string() });
    }
    parse_lines(path, bytes, 1)
}

/// Writes `frame` with one JSON object a row. Where `path` ends in `.gz`, it is packed with gzip.
///
/// The file is written beside `path` and then renamed, so that nobody ever sees half of it.
///
/// # Errors
/// [`Error::Io`] where the folder is missing or cannot be written; [`Error::Polars`].
///
/// # Examples
///
/// ```no_run
/// use workbench::data::{penguins, write_json_lines};
///
/// write_json_lines(&penguins()?, "penguins.jsonl.gz")?;
///
/// assert!(write_json_lines(&penguins()?, "no/such/folder/penguins.jsonl").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn write_json_lines(frame: &DataFrame, path: &str) -> Result<()> {
    write::replace(path, |file| {
        let mut frame = frame.clone();
        write::maybe_packed(path, file, |mut file: &mut dyn Write| {
            Ok(JsonWriter::new(&mut file).with_json_format(JsonFormat::JsonLines).finish(&mut frame)?)
        })
    })
}

/// The frame that whole lines make, the first of which is `line` of the file.
pub(super) fn parse_lines(path: &str, bytes: &[u8], line: usize) -> Result<DataFrame> {
    check_utf8(path, bytes, line)?;
    // polars makes missing values of what does not fit, and panics at some that are no JSON.
    if let Some((line_idx, reason)) = first_bad_line(bytes) {
        return Err(Error::BadJsonLine { path: path.to_string(), line: line + line_idx, reason });
    }
    let reader = JsonReader::new(Cursor::new(bytes)).with_json_format(JsonFormat::JsonLines).infer_schema_len(None);
    let malformed = |source: PolarsError| Error::Malformed { path: path.to_string(), format: "JSON lines", source };
    let mut frame = reader.finish().map_err(malformed)?;
    frame.rechunk_mut_par();
    Ok(frame)
}

/// The first line that is no JSON object, and why.
fn first_bad_line(bytes: &[u8]) -> Option<(usize, String)> {
    bytes.split(|&byte| byte == b'\n').enumerate().find_map(|(line_idx, line)| {
        if line.trim_ascii().is_empty() {
            return None;
        }
        // Building the values of well-formed lines would take longer than reading them.
        match serde_json::from_slice::<IgnoredAny>(line) {
            Ok(_) if line.trim_ascii_start().first() == Some(&b'{') => None,
            Ok(_) => Some((line_idx, "it is JSON, but no object such as {\"a\": 1}".to_string())),
            Err(error) => Some((line_idx, format!("it is no JSON: {error}"))),
        }
    })
}
