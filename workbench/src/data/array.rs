//! Frames to arrays and back.

use std::borrow::Cow;

use ndarray::Array2;
use polars::prelude::{ChunkedArray, Column, DataFrame, DataType, Float64Chunked, IntoColumn};
use rayon::prelude::*;

use super::name_pool;
use crate::error::{Error, Result};

/// Rows copied before the next column is looked at, so that what is written stays in the cache.
const BLOCK_ROWS: usize = 256;

/// The array of shape `(n_rows, n_columns)` that a frame of numbers holds, rows contiguous; missing is NaN, true is 1.
///
/// # Errors
/// [`Error::NotNumeric`] names the first column that holds no numbers, and its dtype.
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::data::to_array;
///
/// let frame = df!("a" => [1, 2], "b" => [Some(0.5), None])?;
/// let array = to_array(&frame)?;
/// assert_eq!(array.row(0).to_vec(), [1.0, 0.5]);
/// assert!(array[[1, 1]].is_nan());
///
/// assert!(to_array(&df!("island" => ["Dream"])?).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn to_array(frame: &DataFrame) -> Result<Array2<f64>> {
    let (n_rows, n_columns) = frame.shape();
    let columns = frame.columns().iter().map(numbers).collect::<Result<Vec<_>>>()?;
    let mut records = vec![0.0; n_rows * n_columns];
    if n_columns > 0 {
        name_pool();
        records.par_chunks_mut(BLOCK_ROWS * n_columns).enumerate().for_each(|(block_idx, block)| {
            for (column_idx, column) in columns.iter().enumerate() {
                let values = column.iter().skip(block_idx * BLOCK_ROWS);
                let cells = block.iter_mut().skip(column_idx).step_by(n_columns);
                cells.zip(values).for_each(|(cell, value)| *cell = *value);
            }
        });
    }
    Array2::from_shape_vec((n_rows, n_columns), records).map_err(|error| Error::InvalidValue {
        what: "the shape of the frame".to_string(),
        value: format!("({n_rows}, {n_columns})"),
        allowed: format!("the shape of an array: {error}"),
    })
}

/// The frame that an array of shape `(n_rows, n_columns)` makes with a name for each column; NaN becomes missing.
///
/// # Errors
/// [`Error::InvalidValue`] where there are more or fewer names than columns; [`Error::DuplicateColumn`].
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use workbench::data::from_array;
///
/// let frame = from_array(&array![[1.0, 0.5], [2.0, f64::NAN]], &["a", "b"])?;
/// assert_eq!(frame.column("b")?.null_count(), 1);
///
/// assert!(from_array(&array![[1.0, 0.5]], &["a"]).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn from_array(records: &Array2<f64>, names: &[&str]) -> Result<DataFrame> {
    if names.len() != records.ncols() {
        return Err(Error::InvalidValue {
            what: "the number of names".to_string(),
            value: names.len().to_string(),
            allowed: format!("{}, the number of columns", records.ncols()),
        });
    }
    for (name_idx, name) in names.iter().enumerate() {
        if names.iter().take(name_idx).any(|other| other == name) {
            return Err(Error::DuplicateColumn { column: name.to_string() });
        }
    }
    let columns = records.columns().into_iter().zip(names).map(|(values, name)| {
        let known = values.iter().map(|&value| (!value.is_nan()).then_some(value));
        let mut column: Float64Chunked = known.collect();
        column.rename((*name).into());
        column.into_column()
    });
    Ok(DataFrame::new(records.nrows(), columns.collect())?)
}

/// Whether the values of this dtype are numbers, which true and false are not.
pub(crate) fn is_numeric(dtype: &DataType) -> bool {
    dtype.is_primitive_numeric()
}

/// The values of a column of numbers or of true (1) and false (0); missing is NaN. A whole float column is not copied.
pub(crate) fn numbers(column: &Column) -> Result<Cow<'_, [f64]>> {
    let dtype = column.dtype();
    if !is_numeric(dtype) && !dtype.is_bool() {
        return Err(Error::NotNumeric { column: column.name().to_string(), dtype: dtype.to_string() });
    }
    if dtype != &DataType::Float64 {
        return Ok(Cow::Owned(collect(column.cast(&DataType::Float64)?.f64()?)));
    }
    let values = column.f64()?;
    Ok(match values.cont_slice() {
        Ok(slice) => Cow::Borrowed(slice),
        Err(_) => Cow::Owned(collect(values)),
    })
}

fn collect(values: &Float64Chunked) -> Vec<f64> {
    let mut all = Vec::with_capacity(values.len());
    for chunk in ChunkedArray::downcast_iter(values) {
        if chunk.validity().is_none() {
            all.extend_from_slice(chunk.values());
        } else {
            all.extend(chunk.iter().map(|value| value.copied().unwrap_or(f64::NAN)));
        }
    }
    all
}
