//! CSV files.

mod columns;
mod dialect;
mod encoding;
mod field;
mod layout;
mod parse;
mod scan;

use std::borrow::Cow;
use std::io::{ErrorKind, Write};

use polars::prelude::{CsvWriter, DataFrame, DataType, SerWriter};

use super::{gzip, write};
use crate::error::{Error, Result};

pub use dialect::CsvDialect;
pub use encoding::Encoding;

pub(crate) use columns::Found;
pub(crate) use layout::{Bytes, count_lines};
pub(crate) use parse::Parser;
pub(crate) use scan::{Progress, whole_rows};

/// What stands for a missing value, beside an empty field.
const NULL_VALUES: [&str; 4] = ["NA", "NaN", "null", "N/A"];
/// So much of a file's start tells what kind of CSV it is.
pub(crate) const HEAD_BYTES: usize = 1 << 18;
/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads a CSV file, packed with gzip or not, whatever its separator, decimal mark and encoding.
///
/// What kind of CSV it is, is told from its first rows; [`sniff_csv`] shows it with the reasons, and [`CsvOptions`] overrides it.
/// An empty field, `NA`, `NaN`, `null` and `N/A` are missing. Dtypes are inferred over the
/// whole file: integers, floats, booleans, else text; a column without any value is float. Blank lines are skipped
/// unless there is one column only. A file of column names only is a frame without rows. Of several columns of one name
/// the second is called `name_duplicated_0`, and so on.
///
/// # Errors
/// [`Error::FileNotFound`], [`Error::Io`] (also for a damaged gzip file), [`Error::EmptyFile`]; [`Error::RaggedRow`] for a line with too few or too many fields;
/// [`Error::UnclosedQuote`]; [`Error::NotInEncoding`] for bytes that are none of the file's encoding; [`Error::Malformed`].
///
/// # Examples
///
/// ```no_run
/// use workbench::data::read_csv;
///
/// let frame = read_csv("data/penguins.csv")?;
/// assert_eq!(frame.shape(), (344, 8));
///
/// let error = read_csv("data/pinguins.csv").unwrap_err();
/// assert!(error.to_string().starts_with("there is no file `data/pinguins.csv`"));
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn read_csv(path: &str) -> Result<DataFrame> {
    CsvOptions::new().read(path)
}

/// What kind of CSV the file at `path` is, and why: separator, header, encoding, decimal mark, gzip.
///
/// Its first 256 KiB are looked at.
///
/// # Errors
/// [`Error::FileNotFound`], [`Error::Io`], [`Error::EmptyFile`].
///
/// # Examples
///
/// ```no_run
/// use workbench::data::sniff_csv;
///
/// let dialect = sniff_csv("data/penguins.csv")?;
/// assert_eq!(dialect.separator(), ',');
///
/// assert!(sniff_csv("data").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn sniff_csv(path: &str) -> Result<CsvDialect> {
    CsvOptions::new().sniff(path)
}

/// Writes `frame` as a CSV file with a line of column names; missing values become empty fields. Where `path` ends in `.gz`, it is
/// packed with gzip.
///
/// The file is written beside `path` and then renamed, so that nobody ever sees half of it.
///
/// # Errors
/// [`Error::Io`] where the folder is missing or cannot be written; [`Error::Polars`] for nested columns.
///
/// # Examples
///
/// ```no_run
/// use workbench::data::{penguins, write_csv};
///
/// write_csv(&penguins()?, "penguins.csv")?;
///
/// assert!(write_csv(&penguins()?, "no/such/folder/penguins.csv").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn write_csv(frame: &DataFrame, path: &str) -> Result<()> {
    write::replace(path, |file| {
        let mut frame = frame.clone();
        write::maybe_packed(path, file, |mut file: &mut dyn Write| {
            Ok(CsvWriter::new(&mut file).include_header(true).finish(&mut frame)?)
        })
    })
}

/// How a CSV file is to be read; what is not given is told from the file.
///
/// | setting | default | meaning |
/// |---|---|---|
/// | `separator` | told from the file | the byte between two fields; any ASCII byte but a quote or a line break |
/// | `has_header` | told from the file | whether the first line holds the column names; they are `column_1`, … otherwise |
/// | `encoding` | told from the file | how characters are written, see [`Encoding`] |
/// | `decimal_comma` | told from the file | whether numbers are written as `1,5` |
/// | `null_values` | `NA`, `NaN`, `null`, `N/A` | what is missing, beside an empty field |
/// | `dtypes` | inferred | the dtypes of columns by name |
///
/// # Examples
///
/// ```no_run
/// use polars::prelude::DataType;
/// use workbench::data::CsvOptions;
///
/// let frame = CsvOptions::new().separator(b';').null_values(&["-", "?"]).read("data/wine.csv")?;
/// let codes = CsvOptions::new().dtypes(&[("postcode", DataType::String)]).read("data/towns.csv")?;
///
/// assert!(CsvOptions::new().separator(b'"').read("data/wine.csv").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CsvOptions {
    separator: Option<u8>,
    has_header: Option<bool>,
    encoding: Option<Encoding>,
    decimal_comma: Option<bool>,
    null_values: Vec<String>,
    dtypes: Vec<(String, DataType)>,
}

impl Default for CsvOptions {
    fn default() -> Self {
        let null_values = NULL_VALUES.iter().map(|value| value.to_string()).collect();
        Self { separator: None, has_header: None, encoding: None, decimal_comma: None, null_values, dtypes: vec![] }
    }
}

impl CsvOptions {
    /// All that the file tells by itself, and the usual names of a missing value.
    pub fn new() -> Self {
        Self::default()
    }

    /// The byte between two fields.
    pub fn separator(mut self, separator: u8) -> Self {
        self.separator = Some(separator);
        self
    }

    /// What is missing, instead of the default; an empty field is always missing.
    pub fn null_values(mut self, null_values: &[&str]) -> Self {
        self.null_values = null_values.iter().map(|value| value.to_string()).collect();
        self
    }

    /// Whether the first line holds the column names.
    pub fn has_header(mut self, has_header: bool) -> Self {
        self.has_header = Some(has_header);
        self
    }

    /// How characters are written.
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = Some(encoding);
        self
    }

    /// Whether a comma stands before the fraction of a number.
    pub fn decimal_comma(mut self, decimal_comma: bool) -> Self {
        self.decimal_comma = Some(decimal_comma);
        self
    }

    /// The dtypes of these columns, instead of what the values suggest.
    pub fn dtypes(mut self, dtypes: &[(&str, DataType)]) -> Self {
        self.dtypes = dtypes.iter().map(|(name, dtype)| (name.to_string(), dtype.clone())).collect();
        self
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// Those of [`read_csv`]; [`Error::InvalidValue`] for a separator that cannot be one; for given dtypes [`Error::BadField`] and
    /// [`Error::ColumnNotFound`].
    pub fn read(&self, path: &str) -> Result<DataFrame> {
        if let Some(frame) = self.read_in_place(path)? {
            return Ok(frame);
        }
        let (bytes, is_gzip) = gzip::read(path)?;
        self.parse_packed(path, &bytes, is_gzip)
    }

    /// The frame of a plain file, of which no more than a piece is in memory; `None` where it has to be looked at as a whole.
    fn read_in_place(&self, path: &str) -> Result<Option<DataFrame>> {
        let file = gzip::open(path)?;
        let n_bytes = match file.metadata() {
            Ok(metadata) if metadata.is_file() => metadata.len() as usize,
            _ => return Ok(None),
        };
        let (mut head, bytes) = (Vec::new(), Bytes::File(&file, n_bytes));
        let Ok(head) = bytes.read(0..n_bytes.min(HEAD_BYTES), &mut head) else { return Ok(None) };
        let encoding = self.encoding_of(head);
        if head.starts_with(gzip::MAGIC) || encoding.0 != Encoding::Utf8 {
            return Ok(None);
        }
        let Ok(dialect) = self.dialect_as(path, head, encoding, false, head.len() == n_bytes) else { return Ok(None) };
        let start = if head.starts_with(MARK) { MARK.len() } else { 0 };
        Parser { path, options: self, dialect: &dialect }.in_place(&bytes, start)
    }

    /// What kind of CSV the file at `path` is, where it is not given.
    ///
    /// # Errors
    /// Those of [`sniff_csv`]; [`Error::InvalidValue`] for a separator that cannot be one.
    pub fn sniff(&self, path: &str) -> Result<CsvDialect> {
        let mut head = Vec::new();
        let mut file = gzip::Unpacked::open(path)?;
        let n_bytes = file.read(HEAD_BYTES, &mut head)?;
        self.dialect(path, &head, file.is_gzip(), n_bytes < HEAD_BYTES)
    }

    /// Reads `bytes`, which came from `path`.
    pub(super) fn parse(&self, path: &str, bytes: &[u8]) -> Result<DataFrame> {
        self.parse_packed(path, bytes, false)
    }

    fn parse_packed(&self, path: &str, bytes: &[u8], is_gzip: bool) -> Result<DataFrame> {
        let encoding = self.encoding_of(bytes);
        let head = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
        let dialect = self.dialect_as(path, head, encoding, is_gzip, head.len() == bytes.len())?;
        let text = match encoding.0 {
            // It is checked below, once.
            Encoding::Utf8 => Cow::Borrowed(bytes.strip_prefix(MARK).unwrap_or(bytes)),
            other => other.decode(bytes, true).map_err(|place| not_in_encoding(path, other, bytes, place, 1))?,
        };
        let parser = Parser { path, options: self, dialect: &dialect };
        if is_gzip || encoding.0 != Encoding::Utf8 {
            // Else it was tried before.
            if let Some(frame) = parser.in_place(&Bytes::Memory(&text), 0)? {
                return Ok(frame);
            }
        }
        check_utf8(path, &text, 1)?;
        let mut progress = Progress::default();
        let rows = whole_rows(path, &text, dialect.separator, &mut progress, true)?;
        if progress.n_fields == 0 {
            return Err(Error::EmptyFile { path: path.to_string() });
        }
        parser.whole(&rows.rows)
    }

    /// What kind of CSV a file is that begins with `head`.
    pub(crate) fn dialect(&self, path: &str, head: &[u8], is_gzip: bool, is_whole: bool) -> Result<CsvDialect> {
        self.dialect_as(path, head, self.encoding_of(head), is_gzip, is_whole)
    }

    fn dialect_as(
        &self,
        path: &str,
        head: &[u8],
        encoding: (Encoding, &str),
        is_gzip: bool,
        is_whole: bool,
    ) -> Result<CsvDialect> {
        if let Some(separator) = self.separator
            && (!separator.is_ascii() || matches!(separator, b'"' | b'\n' | b'\r'))
        {
            return Err(Error::InvalidValue {
                what: "the CSV separator".to_string(),
                value: format!("{:?}", char::from(separator)),
                allowed: "an ASCII character other than a quote or a line break".to_string(),
            });
        }
        let whole = head.get(..encoding.0.whole_characters(head)).unwrap_or(head);
        let whole = if is_whole { head } else { whole };
        let text =
            encoding.0.decode(whole, true).map_err(|place| not_in_encoding(path, encoding.0, whole, place, 1))?;
        if text.is_empty() {
            return Err(Error::EmptyFile { path: path.to_string() });
        }
        Ok(CsvDialect::sniff(&text, encoding, is_gzip, is_whole, self))
    }

    fn encoding_of(&self, head: &[u8]) -> (Encoding, &'static str) {
        self.encoding.map_or_else(|| Encoding::sniff(head), |encoding| (encoding, "it was given"))
    }
}

/// An error where `text` is not UTF-8; it starts on `line` of the file.
pub(crate) fn check_utf8(path: &str, text: &[u8], line: usize) -> Result<()> {
    match std::str::from_utf8(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(not_in_encoding(path, Encoding::Utf8, text, error.valid_up_to(), line)),
    }
}

/// The error of the byte at `place` of `bytes`, which start on `line` of the file.
pub(crate) fn not_in_encoding(path: &str, encoding: Encoding, bytes: &[u8], place: usize, line: usize) -> Error {
    let before = bytes.get(..place).unwrap_or(bytes);
    Error::NotInEncoding {
        path: path.to_string(),
        line: line + before.iter().filter(|&&byte| byte == b'\n').count(),
        value: bytes.get(place).map_or("nothing".to_string(), |byte| format!("the byte {byte:02x}")),
        encoding: encoding.name(),
    }
}

/// What is wrong with `path`, told from what the operating system said.
pub(crate) fn read_error(path: &str, source: std::io::Error) -> Error {
    if source.kind() == ErrorKind::NotFound {
        let directory = std::env::current_dir().map(|directory| directory.display().to_string());
        return Error::FileNotFound {
            path: path.to_string(),
            directory: directory.unwrap_or_else(|_| "unknown".to_string()),
        };
    }
    Error::Io { action: "read", path: path.to_string(), source }
}
