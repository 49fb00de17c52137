//! What every step does with the columns of a frame.

use std::borrow::Cow;

use polars::prelude::{ChunkApply, Column, DataFrame, DataType, Float64Chunked, IntoColumn};

use crate::data;
use crate::error::{Error, Result};

/// The columns that a step works on: those it was given, or all that it applies to.
pub(crate) type Selection = Option<Vec<String>>;

/// The selection of just these names.
pub(crate) fn selection(names: &[&str]) -> Selection {
    Some(names.iter().map(|name| name.to_string()).collect())
}

/// The selected columns of numbers; a selected column of anything else is an error.
pub(super) fn numeric<'a>(frame: &'a DataFrame, selection: &Selection) -> Result<Vec<&'a Column>> {
    let Some(names) = selection else {
        return Ok(frame.columns().iter().filter(|column| data::is_numeric(column.dtype())).collect());
    };
    let columns = names.iter().map(|name| {
        let column = data::column(frame, name)?;
        if data::is_numeric(column.dtype()) { Ok(column) } else { Err(not_numeric(column)) }
    });
    columns.collect()
}

/// The error of a column that ought to hold numbers.
pub(super) fn not_numeric(column: &Column) -> Error {
    Error::NotNumeric { column: column.name().to_string(), dtype: column.dtype().to_string() }
}

/// The column that a step was fitted on, if its dtype is still one that `accepts`. A column of nothing but missing values may
/// have lost its dtype on the way, and is taken as any.
pub(super) fn fitted<'a>(
    step: &'static str,
    frame: &'a DataFrame,
    name: &str,
    dtype: &str,
    accepts: fn(&DataType) -> bool,
) -> Result<&'a Column> {
    let column = frame.column(name).map_err(|_| Error::StepColumnMissing {
        step,
        column: name.to_string(),
        dtype: dtype.to_string(),
        available: data::column_list(frame),
    })?;
    if accepts(column.dtype()) || column.dtype().is_null() {
        return Ok(column);
    }
    Err(Error::StepDtype {
        step,
        column: name.to_string(),
        expected: dtype.to_string(),
        found: column.dtype().to_string(),
    })
}

/// The values of a column of numbers, missing as NaN, none infinite.
pub(super) fn finite_values(column: &Column) -> Result<Cow<'_, [f64]>> {
    let values = data::numbers(column)?;
    match values.iter().enumerate().find(|(_, value)| value.is_infinite()) {
        Some((row, &value)) => Err(Error::NotFinite { column: column.name().to_string(), row, value }),
        None => Ok(values),
    }
}

/// `column` with `change` made to each known value, as floats; null stays null and NaN stays NaN.
pub(super) fn map_finite(column: &Column, change: impl Fn(f64) -> f64 + Copy) -> Result<Column> {
    let column = column.cast(&DataType::Float64)?;
    let values = column.f64()?;
    check_finite(values)?;
    Ok(values.apply_values(change).into_column())
}

fn check_finite(values: &Float64Chunked) -> Result<()> {
    // What lies under a null may be anything, so this only tells whether a closer look is needed.
    if !values.downcast_iter().any(|chunk| chunk.values().iter().any(|value| value.is_infinite())) {
        return Ok(());
    }
    match values.iter().enumerate().find_map(|(row, value)| Some((row, value.filter(|value| value.is_infinite())?))) {
        Some((row, value)) => Err(Error::NotFinite { column: values.name().to_string(), row, value }),
        None => Ok(()),
    }
}

/// `frame` with `columns` in the place of those of the same names.
pub(super) fn replaced(frame: &DataFrame, columns: Vec<Column>) -> Result<DataFrame> {
    let mut frame = frame.clone();
    for column in columns {
        frame.with_column(column)?;
    }
    Ok(frame)
}
