//! What is missing: null, and NaN among floats.

use polars::prelude::{BooleanChunked, ChunkFull, Column, DataFrame, NewChunkedArray};

use super::{array, column};
use crate::error::Result;

/// The rows of `frame` in which none of `columns` is missing; no columns stand for all of them.
///
/// Unlike polars' `drop_nulls` it drops NaN, too.
///
/// # Errors
/// [`Error::ColumnNotFound`](crate::Error::ColumnNotFound).
///
/// # Examples
///
/// ```
/// use workbench::data::{drop_missing, penguins};
///
/// assert_eq!(drop_missing(&penguins()?, &["sex"])?.height(), 333);
/// assert_eq!(drop_missing(&penguins()?, &[])?.height(), 333);
/// assert!(drop_missing(&penguins()?, &["age"]).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn drop_missing(frame: &DataFrame, columns: &[&str]) -> Result<DataFrame> {
    let mut known = BooleanChunked::full("known".into(), true, frame.height());
    let looked_at = match columns {
        [] => frame.columns().iter().collect(),
        names => names.iter().map(|name| column(frame, name)).collect::<Result<Vec<_>>>()?,
    };
    for column in looked_at {
        known = known & !missing_mask(column)?;
    }
    Ok(frame.filter(&known)?)
}

/// Whether each value is missing.
pub(crate) fn missing_mask(column: &Column) -> Result<BooleanChunked> {
    if !column.dtype().is_float() {
        return Ok(column.is_null());
    }
    let values = array::numbers(column)?;
    Ok(BooleanChunked::from_iter_values(column.name().clone(), values.iter().map(|value| value.is_nan())))
}

/// How many values are missing.
pub(crate) fn missing_count(column: &Column) -> Result<usize> {
    if !column.dtype().is_float() {
        return Ok(column.null_count());
    }
    Ok(array::numbers(column)?.iter().filter(|value| value.is_nan()).count())
}
