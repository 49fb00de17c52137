//! What a chart reads from a frame.

use std::collections::BTreeSet;

use polars::prelude::{AnyValue, Column, DataFrame, DataType};

use super::palette::SERIES_MAX;
use crate::data::{column, column_list};
use crate::error::{Error, Result};

/// The numbers of a column; what is missing or not finite is `None`, since it has no place in a chart.
pub fn numbers(frame: &DataFrame, name: &str) -> Result<Vec<Option<f64>>> {
    let column = column(frame, name)?;
    if !column.dtype().is_primitive_numeric() {
        return Err(Error::NotNumeric { column: name.to_string(), dtype: column.dtype().to_string() });
    }
    let numbers = column.cast(&DataType::Float64)?;
    Ok(numbers.f64()?.iter().map(|value| value.filter(|value| value.is_finite())).collect())
}

/// The text of each value of a column; `None` where it is missing.
pub fn texts(frame: &DataFrame, name: &str) -> Result<Vec<Option<String>>> {
    Ok(column_texts(column(frame, name)?))
}

/// A series for each distinct value of a column.
pub struct Groups {
    /// The values, sorted.
    pub names: Vec<String>,
    /// For each row, the position of its value in `names`.
    pub of_row: Vec<Option<usize>>,
}

pub fn groups(frame: &DataFrame, name: &str) -> Result<Groups> {
    let column = column(frame, name)?;
    let texts = column_texts(column);
    let mut names: Vec<String> = texts.iter().flatten().cloned().collect::<BTreeSet<_>>().into_iter().collect();
    if names.len() > SERIES_MAX {
        return Err(Error::InvalidValue {
            what: format!("the number of distinct values in the colour column `{name}`"),
            value: names.len().to_string(),
            allowed: format!("at most {SERIES_MAX}, since no more can be told apart"),
        });
    }
    if column.dtype().is_primitive_numeric() {
        names.sort_by(|a, b| number(a).total_cmp(&number(b)));
    }
    let of_row =
        texts.iter().map(|text| text.as_ref().and_then(|text| names.iter().position(|name| name == text))).collect();
    Ok(Groups { names, of_row })
}

/// An error where a list of column names is empty.
pub fn check_some_columns(what: &str, names: &[&str], frame: &DataFrame) -> Result<()> {
    if !names.is_empty() {
        return Ok(());
    }
    Err(Error::InvalidValue {
        what: what.to_string(),
        value: "empty".to_string(),
        allowed: format!("one or more of the columns {}", column_list(frame)),
    })
}

fn column_texts(column: &Column) -> Vec<Option<String>> {
    (0..column.len()).map(|row| value_text(&column.get(row).unwrap_or(AnyValue::Null))).collect()
}

fn value_text(value: &AnyValue) -> Option<String> {
    match value {
        AnyValue::Null => None,
        value => match value.get_str() {
            Some(text) => Some(text.to_string()),
            None => Some(value.to_string()).filter(|text| text != "NaN"),
        },
    }
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}
