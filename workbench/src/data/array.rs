//! Frames to arrays and back.

use std::borrow::Cow;

use ndarray::Array2;
use polars::prelude::{ChunkedArray, Column, DataFrame, DataType, Float64Chunked, IntoColumn};
use rayon::prelude::*;

use super::name_pool;
use crate::error::{Error, Result};

/// Rows copied before the next column is looked at, so that what is written stays in the cache.
const BLOCK_ROWS: usize = 256;
/// Values looked at together: they fit into the innermost cache, so that a second look costs no memory traffic.
pub(crate) const BLOCK_VALUES: usize = 1024;

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

/// Hands the values of a column of numbers to `work` in blocks of [`BLOCK_VALUES`] (the last may be shorter), missing as NaN. Where the blocks begin does
/// not depend on how the column is stored.
pub(crate) fn for_each_block(column: &Column, mut work: impl FnMut(&[f64])) -> Result<()> {
    if column.dtype() == &DataType::Float64 {
        let values = column.f64()?;
        let mut chunks = ChunkedArray::downcast_iter(values);
        if let (Some(chunk), None) = (chunks.next(), chunks.next()) {
            let Some(validity) = chunk.validity() else {
                chunk.values().chunks(BLOCK_VALUES).for_each(work);
                return Ok(());
            };
            let (bits, offset, _) = validity.as_slice();
            let mut block = Vec::with_capacity(BLOCK_VALUES);
            for (block_idx, values) in chunk.values().chunks(BLOCK_VALUES).enumerate() {
                block.clear();
                extend_known(&mut block, values, bits, offset + block_idx * BLOCK_VALUES);
                work(&block);
            }
            return Ok(());
        }
    }
    if column.is_empty() {
        numbers(column)?;
    }
    // Piece by piece: a cast of all would take as much memory as the column does.
    for start in (0..column.len()).step_by(BLOCK_VALUES) {
        work(&numbers(&column.slice(start as i64, BLOCK_VALUES))?);
    }
    Ok(())
}

/// The first infinite value of a column of numbers as an error.
pub(crate) fn not_finite(column: &Column) -> Result<Error> {
    let values = numbers(column)?;
    let (row, value) = values.iter().enumerate().find(|(_, value)| value.is_infinite()).unwrap_or((0, &f64::INFINITY));
    Ok(Error::NotFinite { column: column.name().to_string(), row, value: *value })
}

fn collect(values: &Float64Chunked) -> Vec<f64> {
    let mut all = Vec::with_capacity(values.len());
    for chunk in ChunkedArray::downcast_iter(values) {
        match chunk.validity() {
            None => all.extend_from_slice(chunk.values()),
            Some(validity) => {
                let (bits, offset, _) = validity.as_slice();
                extend_known(&mut all, chunk.values(), bits, offset);
            }
        }
    }
    all
}

/// Adds `values` to `all`, NaN in place of those whose bit, counted from `offset` on, is not set.
fn extend_known(all: &mut Vec<f64>, values: &[f64], bits: &[u8], offset: usize) {
    // Setting all bits of NaN makes NaN of anything, without a branch.
    let masked = |value: f64, is_known: u8| {
        f64::from_bits(value.to_bits() | (u64::from(is_known).wrapping_sub(1) & f64::NAN.to_bits()))
    };
    let (Some(bits), true) = (bits.get(offset / 8..), offset.is_multiple_of(8)) else {
        let bit = |row: usize| bits.get((offset + row) / 8).map_or(0, |byte| byte >> ((offset + row) % 8) & 1);
        all.extend(values.iter().enumerate().map(|(row, &value)| masked(value, bit(row))));
        return;
    };
    let whole = values.chunks_exact(8);
    let rest = whole.remainder();
    let last = bits.get(values.len() / 8).copied().unwrap_or_default();
    for (values, &byte) in whole.zip(bits) {
        let mut known = [0.0; 8];
        for (bit, (cell, &value)) in known.iter_mut().zip(values).enumerate() {
            *cell = masked(value, byte >> bit & 1);
        }
        all.extend_from_slice(&known);
    }
    all.extend(rest.iter().enumerate().map(|(bit, &value)| masked(value, last >> bit & 1)));
}
