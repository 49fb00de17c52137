//! Rows of one shape to frames.

use std::io::Cursor;
use std::sync::Arc;

use polars::prelude::{
    Column, CsvReadOptions, DataFrame, DataType, Field, NullValues, PolarsError, PolarsResult, Schema, SchemaRef,
    SerReader,
};

use super::CsvOptions;
use super::columns::{self, Found, Kind, Wanted};
use super::dialect::CsvDialect;
use super::layout::Bytes;
use super::scan::{Fields, Progress, Rows, whole_rows};
use crate::error::{Error, Result};

/// So many rows are looked at first for the dtypes.
const SAMPLE_ROWS: usize = 10_000;
/// So many bytes are looked at first where the dtypes may still change.
const SAMPLE_BYTES: usize = 1 << 20;

/// How rows of one file become columns.
pub(crate) struct Parser<'a> {
    pub path: &'a str,
    pub options: &'a CsvOptions,
    pub dialect: &'a CsvDialect,
}

impl Parser<'_> {
    /// The frame that the rows of a whole file make.
    pub fn whole(&self, rows: &[u8]) -> Result<DataFrame> {
        // Looking at every row for the dtypes takes several times as long as reading them. A later value that does not fit what the
        // first rows suggest is an error, and a column of text with nothing in the first rows may yet be numbers.
        let frame = match self.inferred(rows, Some(SAMPLE_ROWS)) {
            Ok(frame) if !has_late_text(&frame) => frame,
            _ => self.inferred(rows, None).map_err(|source| self.refused(rows, 1, source))?,
        };
        self.with_floats_for_empty(frame)
    }

    /// The frame that the first rows of a file make, with dtypes that fit all of them.
    pub fn first(&self, rows: &[u8]) -> Result<DataFrame> {
        let frame = self.inferred(rows, None).map_err(|source| self.refused(rows, 1, source))?;
        self.with_floats_for_empty(frame)
    }

    /// The frame that later rows make, which have no header and start on `line` of the file.
    pub fn later(&self, rows: &[u8], schema: &SchemaRef, line: usize, original: &[u8]) -> Result<DataFrame> {
        let reader = self.read_options().with_has_header(false).with_schema(Some(schema.clone()));
        let frame = reader.into_reader_with_file_handle(Cursor::new(rows)).finish();
        frame.map_err(|source| match self.bad_field(original, schema, line) {
            Some(error) => error,
            None => self.malformed(source),
        })
    }

    /// All rows of a file from `start` on, or `None` where [`whole`](Self::whole) has to read them.
    ///
    /// # Errors
    /// [`Error::Interrupted`].
    pub fn in_place(&self, bytes: &Bytes, start: usize) -> Result<Option<DataFrame>> {
        Ok(self.first_in_place(bytes, start, true)?.map(|found| found.frame).filter(|frame| frame.height() > 0))
    }

    /// The whole rows from `start` on, of which the first may be names; `None` where polars has to read them.
    pub fn first_in_place(&self, bytes: &Bytes, start: usize, is_last: bool) -> Result<Option<Found>> {
        let (end, mut buffer) = (bytes.len(), Vec::new());
        let head_end = end.min(start + SAMPLE_BYTES);
        let Ok(head) = bytes.read(start..head_end, &mut buffer) else { return Ok(None) };
        let is_whole = is_last && head_end == end;
        let Some((n_bytes_of_names, mut columns)) = self.columns_of(head, is_whole) else { return Ok(None) };
        columns::read(bytes, start + n_bytes_of_names..end, &self.fields(), &mut columns, is_last)
    }

    /// The whole rows of text that has no names, in columns of `schema`; `None` where polars has to read them.
    pub fn later_in_place(&self, text: &[u8], schema: &SchemaRef, is_last: bool) -> Result<Option<Found>> {
        let columns = schema
            .iter()
            .map(|(name, dtype)| Some(Wanted { name: name.clone(), kind: Kind::of(dtype)?, is_fixed: true }));
        let Some(mut columns) = columns.collect::<Option<Vec<Wanted>>>() else { return Ok(None) };
        columns::read(&Bytes::Memory(text), 0..text.len(), &self.fields(), &mut columns, is_last)
    }

    fn fields(&self) -> columns::Fields<'_> {
        columns::Fields {
            separator: self.dialect.separator,
            point: if self.dialect.decimal_comma { b',' } else { b'.' },
            null_values: &self.options.null_values,
        }
    }

    /// What the first rows suggest, and how many bytes the line of names has.
    fn columns_of(&self, head: &[u8], is_whole: bool) -> Option<(usize, Vec<Wanted>)> {
        let separator = self.dialect.separator;
        let mut rows = Rows::new(head, separator);
        let n_bytes_of_names = match rows.next() {
            Some(row) if !row.is_blank && row.is_plain() => head.len() - rows.n_left(),
            _ => return None,
        };
        let n_bytes_of_names = if self.dialect.has_header { n_bytes_of_names } else { 0 };
        let rows = whole_rows(self.path, head, separator, &mut Progress::default(), is_whole).ok()?;
        let frame = self.inferred(&rows.rows, None).ok()?;
        if frame.height() == 0 || self.options.dtypes.iter().any(|(name, _)| frame.column(name).is_err()) {
            return None;
        }
        let columns = frame.columns().iter().map(|column| {
            let is_fixed = self.options.dtypes.iter().any(|(name, _)| name == column.name().as_str());
            let kind = Kind::of(column.dtype())?;
            let is_empty = kind == Kind::Text && !is_fixed && column.is_full_null();
            Some(Wanted { name: column.name().clone(), kind: if is_empty { Kind::Empty } else { kind }, is_fixed })
        });
        Some((n_bytes_of_names, columns.collect::<Option<_>>()?))
    }

    /// Reads rows of the same length, with dtypes inferred from the first `n_rows_inferred`, or from all.
    fn inferred(&self, rows: &[u8], n_rows_inferred: Option<usize>) -> PolarsResult<DataFrame> {
        let given = self.options.dtypes.iter().map(|(name, dtype)| Field::new(name.as_str().into(), dtype.clone()));
        let given: Schema = given.collect();
        self.read_options()
            .with_has_header(self.dialect.has_header)
            .with_infer_schema_length(n_rows_inferred)
            .with_schema_overwrite((!given.is_empty()).then(|| Arc::new(given)))
            .into_reader_with_file_handle(Cursor::new(rows))
            .finish()
    }

    fn read_options(&self) -> CsvReadOptions {
        let nulls = self.options.null_values.iter().map(|value| value.as_str().into()).collect();
        let null_values = NullValues::AllColumns(nulls);
        CsvReadOptions::default().with_rechunk(true).map_parse_options(|options| {
            options
                .with_separator(self.dialect.separator)
                .with_decimal_comma(self.dialect.decimal_comma)
                .with_null_values(Some(null_values.clone()))
        })
    }

    /// A column without any value is a column of unknown numbers, so that later steps say that it is empty, not that it is text.
    fn with_floats_for_empty(&self, frame: DataFrame) -> Result<DataFrame> {
        let height = frame.height();
        for (name, _) in &self.options.dtypes {
            super::super::column(&frame, name)?;
        }
        let is_given = |column: &Column| self.options.dtypes.iter().any(|(name, _)| name == column.name().as_str());
        let columns = frame.columns().iter().map(|column| {
            if height > 0 && column.dtype().is_string() && column.is_full_null() && !is_given(column) {
                Column::full_null(column.name().clone(), height, &DataType::Float64)
            } else {
                column.clone()
            }
        });
        Ok(DataFrame::new(height, columns.collect())?)
    }

    /// What polars refused, told by its place where a given dtype did not fit.
    fn refused(&self, rows: &[u8], line: usize, source: PolarsError) -> Error {
        let names = Rows::new(rows, self.dialect.separator).next();
        let names = names.map(|row| Fields::new(row.bytes, self.dialect.separator).map(text).collect::<Vec<_>>());
        let dtype_of = |name: &str| self.options.dtypes.iter().find(|(given, _)| given == name);
        let fields = names.unwrap_or_default().into_iter().enumerate().map(|(column_idx, name)| {
            let name = if self.dialect.has_header { name } else { format!("column_{}", column_idx + 1) };
            let dtype = dtype_of(&name).map_or(DataType::String, |(_, dtype)| dtype.clone());
            Field::new(name.as_str().into(), dtype)
        });
        let schema: Schema = fields.collect();
        let mut rest = Rows::from_line(rows, self.dialect.separator, line);
        if self.dialect.has_header {
            rest.next();
        }
        self.bad_field_among(rest, &schema).unwrap_or_else(|| self.malformed(source))
    }

    /// The first field that is not of its column's dtype.
    fn bad_field(&self, rows: &[u8], schema: &Schema, line: usize) -> Option<Error> {
        self.bad_field_among(Rows::from_line(rows, self.dialect.separator, line), schema)
    }

    fn bad_field_among(&self, rows: Rows, schema: &Schema) -> Option<Error> {
        for row in rows.filter(|row| !row.is_blank) {
            for (field, (name, dtype)) in Fields::new(row.bytes, self.dialect.separator).zip(schema.iter()) {
                let value = text(field);
                if value.is_empty() || self.options.null_values.contains(&value) || self.fits(&value, dtype) {
                    continue;
                }
                return Some(Error::BadField {
                    path: self.path.to_string(),
                    line: row.line,
                    column: name.to_string(),
                    value: value.chars().take(80).collect(),
                    dtype: dtype.to_string(),
                });
            }
        }
        None
    }

    fn fits(&self, value: &str, dtype: &DataType) -> bool {
        let value = value.trim();
        match dtype {
            DataType::Boolean => value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false"),
            DataType::Float32 | DataType::Float64 if self.dialect.decimal_comma => {
                !value.contains('.') && value.replace(',', ".").parse::<f64>().is_ok()
            }
            DataType::Float32 | DataType::Float64 => value.parse::<f64>().is_ok(),
            DataType::Int8 => value.parse::<i8>().is_ok(),
            DataType::Int16 => value.parse::<i16>().is_ok(),
            DataType::Int32 => value.parse::<i32>().is_ok(),
            DataType::Int64 => value.parse::<i64>().is_ok(),
            DataType::UInt8 => value.parse::<u8>().is_ok(),
            DataType::UInt16 => value.parse::<u16>().is_ok(),
            DataType::UInt32 => value.parse::<u32>().is_ok(),
            DataType::UInt64 => value.parse::<u64>().is_ok(),
            _ => true,
        }
    }

    fn malformed(&self, source: PolarsError) -> Error {
        Error::Malformed { path: self.path.to_string(), format: "CSV", source }
    }
}

fn text(field: &[u8]) -> String {
    let text = String::from_utf8_lossy(field);
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(&text).to_string()
}

/// Whether a column of text has no text among the rows that the dtypes were inferred from.
fn has_late_text(frame: &DataFrame) -> bool {
    frame.head(Some(SAMPLE_ROWS / 2)).columns().iter().any(|column| column.dtype().is_string() && column.is_full_null())
}
