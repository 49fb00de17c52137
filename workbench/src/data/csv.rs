//! CSV files.

mod scan;

use std::fs;
use std::io::{Cursor, ErrorKind};

use polars::prelude::{
    Column, CsvReadOptions, CsvWriter, DataFrame, DataType, NullValues, PolarsError, PolarsResult, SerReader, SerWriter,
};

use super::write;
use crate::error::{Error, Result};

/// What stands for a missing value, beside an empty field.
const NULL_VALUES: [&str; 4] = ["NA", "NaN", "null", "N/A"];

/// So many rows are looked at first for the dtypes.
const SAMPLE_ROWS: usize = 10_000;

/// Reads a CSV file that has a line of column names.
///
/// Fields are separated by commas; an empty field, `NA`, `NaN`, `null` and `N/A` are missing. Dtypes are inferred over the
/// whole file: integers, floats, booleans, else text; a column without any value is float. Blank lines are skipped
/// unless there is one column only. A file of column names only is a frame without rows. [`CsvOptions`] reads other kinds of CSV.
///
/// # Errors
/// [`Error::FileNotFound`], [`Error::Io`], [`Error::EmptyFile`]; [`Error::RaggedRow`] for a line with too few or too many fields;
/// [`Error::UnclosedQuote`]; [`Error::Malformed`] for text that is not UTF-8.
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

/// Writes `frame` as a CSV file with a line of column names; missing values become empty fields.
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
        Ok(CsvWriter::new(file).include_header(true).finish(&mut frame)?)
    })
}

/// How a CSV file is to be read.
///
/// | setting | default | meaning |
/// |---|---|---|
/// | `separator` | `b','` | the byte between two fields; any ASCII byte but a quote or a line break |
/// | `null_values` | `NA`, `NaN`, `null`, `N/A` | what is missing, beside an empty field |
/// | `has_header` | `true` | whether the first line holds the column names; they are `column_1`, … otherwise |
///
/// # Examples
///
/// ```no_run
/// use workbench::data::CsvOptions;
///
/// let frame = CsvOptions::new().separator(b';').null_values(&["-", "?"]).read("data/wine.csv")?;
///
/// assert!(CsvOptions::new().separator(b'"').read("data/wine.csv").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvOptions {
    separator: u8,
    null_values: Vec<String>,
    has_header: bool,
}

impl Default for CsvOptions {
    fn default() -> Self {
        let null_values = NULL_VALUES.iter().map(|value| value.to_string()).collect();
        Self { separator: b',', null_values, has_header: true }
    }
}

impl CsvOptions {
    /// Commas, a header, and the usual names of a missing value.
    pub fn new() -> Self {
        Self::default()
    }

    /// The byte between two fields.
    pub fn separator(mut self, separator: u8) -> Self {
        self.separator = separator;
        self
    }

    /// What is missing, instead of the default; an empty field is always missing.
    pub fn null_values(mut self, null_values: &[&str]) -> Self {
        self.null_values = null_values.iter().map(|value| value.to_string()).collect();
        self
    }

    /// Whether the first line holds the column names.
    pub fn has_header(mut self, has_header: bool) -> Self {
        self.has_header = has_header;
        self
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// Those of [`read_csv`]; [`Error::InvalidValue`] for a separator that cannot be one.
    pub fn read(&self, path: &str) -> Result<DataFrame> {
        let bytes = fs::read(path).map_err(|source| read_error(path, source))?;
        self.parse(path, &bytes)
    }

    /// Reads `bytes`, which came from `path`.
    pub(super) fn parse(&self, path: &str, bytes: &[u8]) -> Result<DataFrame> {
        if !self.separator.is_ascii() || matches!(self.separator, b'"' | b'\n' | b'\r') {
            return Err(Error::InvalidValue {
                what: "the CSV separator".to_string(),
                value: format!("{:?}", char::from(self.separator)),
                allowed: "an ASCII character other than a quote or a line break".to_string(),
            });
        }
        let rows = scan::whole_rows(path, bytes, self.separator)?;
        // Looking at every row for the dtypes takes several times as long as reading them. A later value that does not fit what the
        // first rows suggest is an error, and a column of text with nothing in the first rows may yet be numbers.
        let frame = match self.parse_rows(&rows, Some(SAMPLE_ROWS)) {
            Ok(frame) if !has_late_text(&frame) => frame,
            _ => self.parse_rows(&rows, None).map_err(|source| malformed(path, source))?,
        };
        empty_columns_as_floats(frame)
    }

    /// Reads rows of the same length, with dtypes inferred from the first `n_rows_inferred`, or from all.
    fn parse_rows(&self, rows: &[u8], n_rows_inferred: Option<usize>) -> PolarsResult<DataFrame> {
        let null_values = NullValues::AllColumns(self.null_values.iter().map(|value| value.as_str().into()).collect());
        CsvReadOptions::default()
            .with_has_header(self.has_header)
            .with_infer_schema_length(n_rows_inferred)
            .with_rechunk(true)
            .map_parse_options(|options| {
                options.with_separator(self.separator).with_null_values(Some(null_values.clone()))
            })
            .into_reader_with_file_handle(Cursor::new(rows))
            .finish()
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

fn malformed(path: &str, source: PolarsError) -> Error {
    Error::Malformed { path: path.to_string(), format: "CSV", source }
}

/// Whether a column of text has no text among the rows that the dtypes were inferred from.
fn has_late_text(frame: &DataFrame) -> bool {
    frame.head(Some(SAMPLE_ROWS / 2)).columns().iter().any(|column| column.dtype().is_string() && column.is_full_null())
}

/// A column without any value is a column of unknown numbers, so that later steps say that it is empty, not that it is text.
fn empty_columns_as_floats(frame: DataFrame) -> Result<DataFrame> {
    let height = frame.height();
    let columns = frame.columns().iter().map(|column| {
        if height > 0 && column.dtype().is_string() && column.is_full_null() {
            Column::full_null(column.name().clone(), height, &DataType::Float64)
        } else {
            column.clone()
        }
    });
    Ok(DataFrame::new(height, columns.collect())?)
}
