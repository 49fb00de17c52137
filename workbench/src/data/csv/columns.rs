//! CSV straight into columns, by all threads at once.
//!
//! polars reads every kind of CSV. What is plain, as nearly all files are, is read here several times as fast and without a copy of the file in memory. The
//! dtypes are those that polars would find over all rows, and so are the values; where that is not sure, [`read`] says so, and polars reads the file.

use std::ops::Range;

use polars::io::csv::read::schema_inference::infer_field_schema;
use polars::prelude::{
    BooleanChunked, ChunkedArray, Column, DataFrame, DataType, Float64Chunked, Int64Chunked, IntoColumn, PlSmallStr,
    StringChunked, StringChunkedBuilder,
};
use rayon::prelude::*;

use super::field::{end_of_field, end_of_quoted, float, integer, quick_float, quick_integer};
use super::layout::{Bytes, Layout, Piece, layout};
use crate::data::name_pool;
use crate::error::Result;
use crate::train::interrupt;

/// What a column holds, from what may become any other to what any other may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing so far.
    Empty,
    Boolean,
    Integer,
    Float,
    Text,
}

impl Kind {
    /// That of a column of `dtype`; `None` for one that polars has to read.
    pub fn of(dtype: &DataType) -> Option<Self> {
        match dtype {
            DataType::Boolean => Some(Self::Boolean),
            DataType::Int64 => Some(Self::Integer),
            DataType::Float64 => Some(Self::Float),
            DataType::String => Some(Self::Text),
            _ => None,
        }
    }

    /// What becomes of a column of this kind in which `dtype` comes up, as polars has it over all rows; `None` where it would stay as it is.
    fn widened(self, dtype: &DataType) -> Option<Self> {
        let other = Self::of(dtype)?;
        match (self, other) {
            (Self::Empty, other) => Some(other),
            (Self::Integer, Self::Float) => Some(Self::Float),
            (Self::Float, Self::Integer) => None,
            (mine, other) if mine == other => None,
            _ => Some(Self::Text),
        }
    }
}

/// How the fields of a file are written.
pub(crate) struct Fields<'a> {
    pub separator: u8,
    /// What stands before the fraction of a number.
    pub point: u8,
    pub null_values: &'a [String],
}

/// A column to be read.
#[derive(Clone)]
pub(crate) struct Wanted {
    pub name: PlSmallStr,
    pub kind: Kind,
    /// Whether the kind stays, whatever comes up.
    pub is_fixed: bool,
}

/// Rows that were read.
pub(crate) struct Found {
    pub frame: DataFrame,
    /// Where the next row starts.
    pub end: usize,
}

/// The whole rows of `range`, or `None` where polars has to read them; the kinds in `columns` become what the rows hold.
///
/// # Errors
/// [`Error::Interrupted`](crate::Error::Interrupted).
pub(crate) fn read(
    bytes: &Bytes,
    range: Range<usize>,
    fields: &Fields,
    columns: &mut [Wanted],
    is_last: bool,
) -> Result<Option<Found>> {
    name_pool();
    // What is wrong with a file polars' way tells again, and in words.
    let range = if columns.len() > 1 { without_blank_end(bytes, range, is_last) } else { range };
    let Ok(layout) = layout(bytes, range.clone(), is_last) else { return Ok(None) };
    let end = layout.pieces.last().map_or(range.start, |piece| piece.end);
    if layout.pieces.is_empty() {
        return Ok(None);
    }
    loop {
        match rows(bytes, fields, columns, &layout) {
            Ok(frame) => return Ok(Some(Found { frame, end })),
            Err(Stop::Other { column_idx, kind }) => {
                if let Some(column) = columns.get_mut(column_idx) {
                    column.kind = kind;
                }
            }
            Err(Stop::NotPlain) => return Ok(None),
            Err(Stop::Interrupted) => {
                interrupt::check()?;
                return Ok(None);
            }
        }
    }
}

/// `range` without the blank lines at its end.
fn without_blank_end(bytes: &Bytes, range: Range<usize>, is_last: bool) -> Range<usize> {
    if !is_last {
        return range;
    }
    let tail = range.end.saturating_sub(1 << 10).max(range.start)..range.end;
    let mut buffer = Vec::new();
    let last = bytes.read(tail, &mut buffer).unwrap_or_default();
    let blank = last.iter().rev().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
    range.start..range.end - blank
}

/// Up to so many rows a column of text lies in one piece of memory.
const IN_ONE_MAX: usize = 1 << 20;

/// Why rows could not be read.
#[derive(Clone, Copy, Debug)]
enum Stop {
    /// A column turned out to be of another kind.
    Other {
        column_idx: usize,
        kind: Kind,
    },
    /// This is for polars.
    NotPlain,
    Interrupted,
}

/// A whole column in the making. Of values that are missing those are not looked at.
enum Store {
    Empty,
    Boolean(Vec<bool>, Vec<bool>),
    Integer(Vec<i64>, Vec<bool>),
    Float(Vec<f64>, Vec<bool>),
    Text,
}

impl Store {
    fn new(kind: Kind, n_rows: usize) -> Self {
        // Memory that nobody has touched is zero by itself.
        let missing = || vec![false; n_rows];
        match kind {
            Kind::Empty => Self::Empty,
            Kind::Boolean => Self::Boolean(vec![false; n_rows], missing()),
            Kind::Integer => Self::Integer(vec![0; n_rows], missing()),
            Kind::Float => Self::Float(vec![0.0; n_rows], missing()),
            Kind::Text => Self::Text,
        }
    }

    /// The parts of the column that belong to each piece.
    fn cells(&mut self, pieces: &[Piece]) -> Vec<Cells<'_>> {
        match self {
            Self::Empty => pieces.iter().map(|_| Cells::Empty).collect(),
            Self::Boolean(values, missing) => zipped(values, missing, pieces, Cells::Boolean),
            Self::Integer(values, missing) => zipped(values, missing, pieces, Cells::Integer),
            Self::Float(values, missing) => zipped(values, missing, pieces, Cells::Float),
            Self::Text => pieces
                .iter()
                .map(|piece| Cells::Text(StringChunkedBuilder::new(PlSmallStr::EMPTY, piece.n_rows)))
                .collect(),
        }
    }

    fn into_column(self, name: PlSmallStr, n_rows: usize, texts: Vec<StringChunked>) -> Column {
        let known =
            |missing: &[bool]| missing.contains(&true).then(|| missing.iter().map(|is_missing| !is_missing).collect());
        match self {
            Self::Empty => Column::full_null(name, n_rows, &DataType::Float64),
            Self::Boolean(values, missing) => {
                let cells = values.iter().zip(&missing).map(|(&value, &is_missing)| (!is_missing).then_some(value));
                cells.collect::<BooleanChunked>().with_name(name).into_column()
            }
            Self::Integer(values, missing) => {
                let known = known(&missing);
                Int64Chunked::from_vec_validity(name, values, known).into_column()
            }
            Self::Float(values, missing) => {
                let known = known(&missing);
                Float64Chunked::from_vec_validity(name, values, known).into_column()
            }
            Self::Text => {
                let chunks = texts.iter().flat_map(|text| ChunkedArray::downcast_iter(text).cloned());
                let text = StringChunked::from_chunk_iter(name, chunks);
                // One piece of memory is handier, but making it takes twice the memory.
                if n_rows > IN_ONE_MAX { text.into_column() } else { text.rechunk().into_owned().into_column() }
            }
        }
    }
}

/// The cells of one column in one piece.
enum Cells<'a> {
    Empty,
    Boolean(&'a mut [bool], &'a mut [bool]),
    Integer(&'a mut [i64], &'a mut [bool]),
    Float(&'a mut [f64], &'a mut [bool]),
    Text(StringChunkedBuilder),
}

fn zipped<'a, T>(
    values: &'a mut [T],
    missing: &'a mut [bool],
    pieces: &[Piece],
    cells: fn(&'a mut [T], &'a mut [bool]) -> Cells<'a>,
) -> Vec<Cells<'a>> {
    parts(values, pieces)
        .into_iter()
        .zip(parts(missing, pieces))
        .map(|(values, missing)| cells(values, missing))
        .collect()
}

/// `values` in parts of as many as each piece has rows.
fn parts<'a, T>(mut values: &'a mut [T], pieces: &[Piece]) -> Vec<&'a mut [T]> {
    let take = |piece: &Piece| {
        let (part, rest) = std::mem::take(&mut values).split_at_mut_checked(piece.n_rows).unwrap_or_default();
        values = rest;
        part
    };
    pieces.iter().map(take).collect()
}

/// The rows of all pieces in columns of the kinds that are wanted.
fn rows(bytes: &Bytes, fields: &Fields, columns: &[Wanted], layout: &Layout) -> std::result::Result<DataFrame, Stop> {
    let n_rows = layout.pieces.iter().map(|piece| piece.n_rows).sum();
    let mut stores: Vec<Store> = columns.iter().map(|column| Store::new(column.kind, n_rows)).collect();
    let mut by_piece: Vec<Vec<Cells>> = layout.pieces.iter().map(|_| Vec::with_capacity(columns.len())).collect();
    for store in &mut stores {
        by_piece.iter_mut().zip(store.cells(&layout.pieces)).for_each(|(piece, cells)| piece.push(cells));
    }
    let is_number = |text: &String| float(text.as_bytes(), fields.point).or(float(text.as_bytes(), b'.')).is_some();
    let is_quick = !fields.null_values.iter().any(is_number);
    let work = by_piece.par_iter_mut().zip(&layout.pieces).map_init(Vec::new, |buffer, (cells, piece)| {
        if interrupt::requested() {
            return Err(Stop::Interrupted);
        }
        let bytes = bytes.read(piece.start..piece.end, buffer).map_err(|_| Stop::NotPlain)?;
        // A piece starts and ends beside ASCII, so no character is cut.
        let text = std::str::from_utf8(bytes).map_err(|_| Stop::NotPlain)?;
        let mut rows = Rows { text, rest: bytes, fields, columns, has_quotes: layout.has_quotes, is_quick };
        for row in 0..piece.n_rows {
            rows.read(row, cells)?;
        }
        if rows.rest.is_empty() { Ok(()) } else { Err(Stop::NotPlain) }
    });
    // Of several stops the first in the file counts, whichever thread was first.
    let outcomes: Vec<std::result::Result<(), Stop>> = work.collect();
    outcomes.into_iter().collect::<std::result::Result<(), Stop>>()?;
    let mut texts: Vec<Vec<StringChunked>> = columns.iter().map(|_| Vec::new()).collect();
    for cells in by_piece {
        for (texts, cells) in texts.iter_mut().zip(cells) {
            if let Cells::Text(builder) = cells {
                texts.push(builder.finish());
            }
        }
    }
    let columns = stores.into_par_iter().zip(texts).zip(columns);
    let columns = columns.map(|((store, texts), column)| store.into_column(column.name.clone(), n_rows, texts));
    DataFrame::new(n_rows, columns.collect()).map_err(|_| Stop::NotPlain)
}

/// One row after the other.
struct Rows<'a> {
    /// All of the piece.
    text: &'a str,
    rest: &'a [u8],
    fields: &'a Fields<'a>,
    columns: &'a [Wanted],
    has_quotes: bool,
    /// Whether a number is never what is missing.
    is_quick: bool,
}

impl<'a> Rows<'a> {
    #[inline]
    fn read(&mut self, row: usize, cells: &mut [Cells]) -> std::result::Result<(), Stop> {
        let n_columns = cells.len();
        for (column_idx, cells) in cells.iter_mut().enumerate() {
            let is_last = column_idx + 1 == n_columns;
            if self.is_quick && self.read_number(row, cells, is_last) {
                continue;
            }
            let place = self.text.len() - self.rest.len();
            let (field, is_quoted) = self.field(is_last)?;
            let is_read = match cells {
                Cells::Empty => false,
                Cells::Boolean(values, _) => set(values, row, boolean(field).filter(|_| !self.is_null(field))),
                Cells::Integer(values, _) => set(values, row, integer(field).filter(|_| !self.is_null(field))),
                Cells::Float(values, _) => {
                    set(values, row, float(field, self.fields.point).filter(|_| !self.is_null(field)))
                }
                Cells::Text(texts) if (is_quoted || !field.is_empty()) && !self.is_null(field) => {
                    let place = place + usize::from(is_quoted);
                    push_text(texts, self.text.get(place..place + field.len()).ok_or(Stop::NotPlain)?, is_quoted);
                    true
                }
                Cells::Text(_) => false,
            };
            if is_read {
                continue;
            }
            // Nothing between quotes is an empty text, which leaves only numbers empty.
            let is_empty = field.is_empty() && !(is_quoted && matches!(cells, Cells::Empty));
            if !is_empty && !self.is_null(field) {
                return Err(self.other(column_idx, field));
            }
            match cells {
                Cells::Empty => {}
                Cells::Boolean(_, missing) | Cells::Integer(_, missing) | Cells::Float(_, missing) => {
                    if let Some(is_missing) = missing.get_mut(row) {
                        *is_missing = true;
                    }
                }
                Cells::Text(texts) => texts.append_null(),
            }
        }
        Ok(())
    }

    /// Takes a plain number, or none, and what ends it off the rest; `false` where the next field has to be looked at.
    #[inline]
    fn read_number(&mut self, row: usize, cells: &mut Cells, is_last: bool) -> bool {
        let end = if is_last { b'\n' } else { self.fields.separator };
        let (missing, place) = match cells {
            Cells::Integer(values, missing) => match (quick_integer(self.rest, end), values.get_mut(row)) {
                (Some((value, place)), Some(cell)) => {
                    *cell = value;
                    (None, place)
                }
                _ => (Some(missing), 0),
            },
            Cells::Float(values, missing) => {
                match (quick_float(self.rest, end, self.fields.point), values.get_mut(row)) {
                    (Some((value, place)), Some(cell)) => {
                        *cell = value;
                        (None, place)
                    }
                    _ => (Some(missing), 0),
                }
            }
            _ => return false,
        };
        if let Some(missing) = missing {
            let (Some(is_missing), true) = (missing.get_mut(row), self.rest.first() == Some(&end)) else {
                return false;
            };
            *is_missing = true;
        }
        self.rest = self.rest.get(place + 1..).unwrap_or_default();
        true
    }

    /// Takes the next field and what ends it off the rest; what is inside its quotes, if it has any.
    #[inline]
    fn field(&mut self, is_last: bool) -> Result<(&'a [u8], bool), Stop> {
        let rest = self.rest;
        let is_quoted = self.has_quotes && rest.first() == Some(&b'"');
        let end = if is_quoted {
            end_of_quoted(rest).ok_or(Stop::NotPlain)?
        } else {
            end_of_field(rest, self.fields.separator)
        };
        let (mut field, mut behind) = rest.split_at_checked(end).ok_or(Stop::NotPlain)?;
        if is_last {
            // A line may end in a carriage return and a line feed; the last one need not end.
            if is_quoted {
                behind = behind.strip_prefix(b"\r").unwrap_or(behind);
            } else {
                field = field.strip_suffix(b"\r").unwrap_or(field);
            }
            self.rest = match behind.split_first() {
                Some((b'\n', rest)) => rest,
                None => behind,
                Some(_) => return Err(Stop::NotPlain),
            };
        } else {
            self.rest = match behind.split_first() {
                Some((byte, rest)) if *byte == self.fields.separator => rest,
                _ => return Err(Stop::NotPlain),
            };
        }
        if is_quoted {
            field = field.get(1..field.len() - 1).ok_or(Stop::NotPlain)?;
        } else if self.has_quotes && field.contains(&b'"') {
            return Err(Stop::NotPlain);
        }
        if !is_quoted && field.last() == Some(&b'\r') {
            return Err(Stop::NotPlain);
        }
        Ok((field, is_quoted))
    }

    /// Whether this is how the file writes what is missing.
    #[inline]
    fn is_null(&self, field: &[u8]) -> bool {
        let is_it = |value: &String| value.len() == field.len() && value.as_bytes() == field;
        self.fields.null_values.iter().any(is_it)
    }

    /// What to do about a field that is not of its column's kind.
    #[cold]
    fn other(&self, column_idx: usize, field: &[u8]) -> Stop {
        let text = String::from_utf8_lossy(field);
        let dtype = infer_field_schema(&text, false, self.fields.point == b',');
        let column = self.columns.get(column_idx).filter(|column| !column.is_fixed);
        // polars may take for a number what it would not have guessed to be one, such as +5.
        let may_be_number = || {
            text.starts_with([' ', '\t'])
                || text.parse::<i128>().is_ok()
                || text.replace(',', ".").parse::<f64>().is_ok()
        };
        let kind = column.and_then(|column| column.kind.widened(&dtype));
        let is_number = matches!(column.map(|column| column.kind), Some(Kind::Integer | Kind::Float));
        match kind.filter(|&kind| kind != Kind::Text || !is_number || !may_be_number()) {
            Some(kind) => Stop::Other { column_idx, kind },
            None => Stop::NotPlain,
        }
    }
}

#[inline]
fn set<T>(values: &mut [T], row: usize, value: Option<T>) -> bool {
    if let (Some(cell), Some(value)) = (values.get_mut(row), value) {
        *cell = value;
        return true;
    }
    false
}

fn boolean(field: &[u8]) -> Option<bool> {
    let is_true = field.eq_ignore_ascii_case(b"true");
    (is_true || field.eq_ignore_ascii_case(b"false")).then_some(is_true)
}

/// Appends what stands inside quotes, two of which are one, or without them.
#[inline]
fn push_text(texts: &mut StringChunkedBuilder, text: &str, is_quoted: bool) {
    if is_quoted && text.contains('"') {
        texts.append_value(text.replace("\"\"", "\""));
    } else {
        texts.append_value(text);
    }
}
