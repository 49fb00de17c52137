//! Text as numbers, dates and flags.

mod boolean;
mod datetime;
mod number;
mod numeric;

use polars::prelude::{Column, DataFrame, DataType};

use super::columns::{self, Learnt, Selection};
use crate::data::{self, in_parallel};
use crate::error::{Error, Result};

pub use boolean::{FittedToBoolean, ToBoolean};
pub use datetime::{FittedToDatetime, ToDatetime};
pub use numeric::{Decimal, FittedToNumeric, ToNumeric};

/// Words that stand for a missing value, in any case.
const MISSING_WORDS: [&str; 11] = ["", "na", "n/a", "#n/a", "nan", "null", "none", "-", "--", "?", "missing"];

/// Whether `text` says that nothing is known.
fn is_missing(text: &str) -> bool {
    MISSING_WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn is_text(dtype: &DataType) -> bool {
    dtype.is_string() || dtype.is_categorical() || dtype.is_enum() || dtype.is_null()
}

/// A converted column, and the rows whose text says something that does not convert.
struct Parsed {
    column: Column,
    lost: Vec<usize>,
}

/// What is learnt of each named column of text, or of each one in which everything converts.
fn learn<S: Send>(
    step: &'static str,
    frame: &DataFrame,
    selection: &Selection,
    learn: impl Fn(&Column) -> Result<S> + Send + Sync,
    parse: impl Fn(&S, &Column) -> Result<Parsed> + Send + Sync,
) -> Result<Vec<Learnt<S>>> {
    let columns: Vec<&Column> = match selection {
        None => frame.columns().iter().filter(|column| is_text(column.dtype()) && !column.dtype().is_null()).collect(),
        Some(names) => names.iter().map(|name| data::column(frame, name)).collect::<Result<_>>()?,
    };
    let learnt = in_parallel(&columns, |column| {
        if !is_text(column.dtype()) {
            return Err(Error::InvalidValue {
                what: format!("{step}: the dtype of column `{}`", column.name()),
                value: column.dtype().to_string(),
                allowed: "text".to_string(),
            });
        }
        let dtype = column.dtype().to_string();
        let column = column.cast(&DataType::String)?;
        let learnt = learn(&column)?;
        if selection.is_none() {
            let parsed = parse(&learnt, &column)?;
            // A column in which nothing is known says nothing of its kind.
            if !parsed.lost.is_empty() || parsed.column.null_count() == column.len() {
                return Ok(None);
            }
        }
        Ok(Some(Learnt { column: column.name().to_string(), dtype, learnt }))
    })?;
    Ok(learnt.into_iter().flatten().collect())
}

/// The column of text that was learnt of.
fn text<S>(step: &'static str, learnt: &Learnt<S>, frame: &DataFrame) -> Result<Column> {
    let column = columns::fitted(step, frame, &learnt.column, &learnt.dtype, is_text)?;
    Ok(column.cast(&DataType::String)?)
}

/// `frame` with its columns converted; what does not convert is an error, or missing where that `is_lossy`.
fn convert<S: Sync>(
    step: &'static str,
    learnt: &[Learnt<S>],
    frame: &DataFrame,
    is_lossy: bool,
    parse: impl Fn(&S, &Column) -> Result<Parsed> + Send + Sync,
) -> Result<DataFrame> {
    let columns = in_parallel(learnt, |learnt| {
        let text = text(step, learnt, frame)?;
        let parsed = parse(&learnt.learnt, &text)?;
        match parsed.lost.first() {
            Some(&row) if !is_lossy => Err(Error::NotConvertible {
                step,
                column: learnt.column.clone(),
                dtype: parsed.column.dtype().to_string(),
                row,
                value: format!("{:?}", text.str()?.get(row).unwrap_or_default()),
                count: parsed.lost.len(),
            }),
            _ => Ok(parsed.column),
        }
    })?;
    columns::replaced(frame, columns)
}

/// What does not convert: `column`, `row` (0-based) and `value`.
fn unconverted<S: Sync>(
    step: &'static str,
    learnt: &[Learnt<S>],
    frame: &DataFrame,
    parse: impl Fn(&S, &Column) -> Result<Parsed> + Send + Sync,
) -> Result<DataFrame> {
    let found = in_parallel(learnt, |learnt| {
        let text = text(step, learnt, frame)?;
        let lost = parse(&learnt.learnt, &text)?.lost;
        let texts = text.str()?;
        Ok(lost.iter().map(|&row| (row, texts.get(row).unwrap_or_default().to_string())).collect::<Vec<_>>())
    })?;
    let found = learnt.iter().zip(found);
    let found =
        found.flat_map(|(learnt, found)| found.into_iter().map(|(row, value)| (learnt.column.as_str(), row, value)));
    listed(found.collect())
}

/// A table of values that do not convert.
pub(super) fn listed(found: Vec<(&str, usize, String)>) -> Result<DataFrame> {
    let names: Vec<&str> = found.iter().map(|(name, ..)| *name).collect();
    let values: Vec<&str> = found.iter().map(|(.., value)| value.as_str()).collect();
    let columns = vec![
        columns::texts("column", &names),
        columns::counts("row", found.iter().map(|(_, row, _)| *row)),
        columns::texts("value", &values),
    ];
    Ok(DataFrame::new(names.len(), columns)?)
}
