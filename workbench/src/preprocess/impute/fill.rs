//! Columns with their missing values filled.

use polars::prelude::{
    BooleanChunked, ChunkFillNullValue, Column, DataType, Float64Chunked, IdxCa, IdxSize, IntoColumn, NewChunkedArray,
    StringChunked,
};

use super::super::ParamValue;
use crate::data::{self, is_numeric};
use crate::error::Result;

/// Whether `value` can stand in a column of this dtype.
pub(super) fn accepts(value: &ParamValue, dtype: &DataType) -> bool {
    match value {
        ParamValue::Float(_) | ParamValue::Int(_) => is_numeric(dtype),
        ParamValue::Text(_) => is_text(dtype),
        ParamValue::Bool(_) => dtype.is_bool(),
    }
}

pub(super) fn is_text(dtype: &DataType) -> bool {
    dtype.is_string() || dtype.is_categorical() || dtype.is_enum()
}

/// `column` with `value` wherever a value is missing.
pub(super) fn all(column: &Column, value: &ParamValue) -> Result<Column> {
    match value {
        ParamValue::Float(value) => fill_floats(column, *value),
        ParamValue::Int(value) => fill_integers(column, *value),
        ParamValue::Text(value) => fill_text(column, value),
        ParamValue::Bool(value) => fill_flags(column, *value),
    }
}

/// `column` with the value of the row's group wherever one is missing, or with `value` where the group has none.
pub(super) fn by_group(
    column: &Column,
    value: &ParamValue,
    of_groups: &[Option<ParamValue>],
    of_rows: &[Option<u32>],
) -> Result<Column> {
    let missing = data::missing_mask(column)?;
    let filled = all(column, value)?;
    if let (ParamValue::Float(_), Ok(values)) = (value, filled.f64()) {
        let of_group = |group: Option<u32>| match group.and_then(|group| of_groups.get(group as usize)) {
            Some(Some(ParamValue::Float(value))) => Some(*value),
            _ => None,
        };
        let values = values.iter().zip(missing.iter()).zip(of_rows).map(|((filled, is_missing), group)| {
            let filled = filled.unwrap_or(f64::NAN);
            if is_missing == Some(true) { of_group(*group).unwrap_or(filled) } else { filled }
        });
        return Ok(Float64Chunked::from_iter_values(column.name().clone(), values).into_column());
    }
    // The value of all rows, then those of the groups; a group without one takes that of all rows.
    let values = std::iter::once(value).chain(of_groups.iter().map(|of_group| of_group.as_ref().unwrap_or(value)));
    let values = values_as(filled.dtype(), values.collect())?;
    let places = of_rows.iter().map(|group| group.map_or(0, |group| group as IdxSize + 1));
    let of_rows = values.take(&IdxCa::from_iter_values("places".into(), places))?;
    Ok(of_rows.zip_with(&missing, &filled)?.with_name(column.name().clone()))
}

/// A column of `values`, which are all of the kind that a column of `dtype` holds.
fn values_as(dtype: &DataType, values: Vec<&ParamValue>) -> Result<Column> {
    let texts: Vec<String> = values.iter().map(|value| value.to_string()).collect();
    let column = match values.first() {
        Some(ParamValue::Bool(_)) => Column::new(
            "values".into(),
            values.iter().map(|value| **value == ParamValue::Bool(true)).collect::<Vec<_>>(),
        ),
        Some(ParamValue::Int(_)) => {
            let whole = |value: &&ParamValue| if let ParamValue::Int(value) = value { Some(*value) } else { None };
            Column::new("values".into(), values.iter().map(whole).collect::<Vec<_>>())
        }
        _ => Column::new("values".into(), texts),
    };
    Ok(column.strict_cast(dtype)?)
}

/// `column` with the last known value carried forward (or the next one backward) to at most `limit` rows, within the row's group.
pub(super) fn carried(
    column: &Column,
    is_forward: bool,
    limit: usize,
    of_rows: Option<&[Option<u32>]>,
    n_groups: usize,
) -> Result<Column> {
    let missing = data::missing_mask(column)?;
    let n_rows = column.len();
    let mut sources: Vec<Option<IdxSize>> = (0..n_rows).map(|row| Some(row as IdxSize)).collect();
    // For each group its last known row, and how many rows it has been carried to.
    let mut last: Vec<(Option<IdxSize>, usize)> = vec![(None, 0); n_groups.max(1)];
    for step in 0..n_rows {
        let row = if is_forward { step } else { n_rows - 1 - step };
        let group = match of_rows {
            None => Some(0),
            Some(of_rows) => of_rows.get(row).copied().flatten(),
        };
        let Some((last_row, n_carried)) = group.and_then(|group| last.get_mut(group as usize)) else { continue };
        if missing.get(row) != Some(true) {
            (*last_row, *n_carried) = (Some(row as IdxSize), 0);
        } else {
            *n_carried += 1;
            let is_within = limit == 0 || *n_carried <= limit;
            if let (Some(last_row), Some(source), true) = (last_row, sources.get_mut(row), is_within) {
                *source = Some(*last_row);
            }
        }
    }
    Ok(column.take(&sources.into_iter().collect::<IdxCa>())?)
}

/// `column` as floats, `fill` wherever a value is missing. One pass reads, checks and writes; a column of floats that misses nothing is not copied.
fn fill_floats(column: &Column, fill: f64) -> Result<Column> {
    let (mut has_missing, mut is_infinite) = (false, false);
    if column.dtype() == &DataType::Float64 && column.null_count() == 0 {
        data::for_each_block(column, |block| {
            if !has_missing {
                has_missing = block.iter().fold(false, |has, value| has | value.is_nan());
                is_infinite |= block.iter().fold(false, |is, value| is | value.is_infinite());
            }
        })?;
        if !has_missing && !is_infinite {
            return Ok(column.clone());
        }
    }
    let cast;
    let column = if column.dtype().is_null() {
        cast = column.cast(&DataType::Float64)?;
        &cast
    } else {
        column
    };
    is_infinite = false;
    let mut filled = Vec::with_capacity(column.len());
    data::for_each_block(column, |block| {
        is_infinite |= block.iter().fold(false, |is, value| is | value.is_infinite());
        filled.extend(block.iter().map(|&value| if value.is_nan() { fill } else { value }));
    })?;
    if is_infinite {
        return Err(data::not_finite(column)?);
    }
    Ok(Float64Chunked::from_vec(column.name().clone(), filled).into_column())
}

fn fill_integers(column: &Column, fill: i64) -> Result<Column> {
    if column.dtype().is_float() {
        return fill_floats(column, fill as f64);
    }
    let dtype = if column.dtype().is_null() { DataType::Int64 } else { column.dtype().clone() };
    if column.null_count() == 0 {
        return Ok(column.clone());
    }
    let filled = column.strict_cast(&DataType::Int64)?.i64()?.fill_null_with_values(fill)?;
    Ok(filled.into_column().strict_cast(&dtype)?)
}

fn fill_text(column: &Column, fill: &str) -> Result<Column> {
    if column.null_count() == 0 {
        return Ok(column.clone());
    }
    let dtype = if column.dtype().is_null() { DataType::String } else { column.dtype().clone() };
    let text = column.cast(&DataType::String)?;
    let filled = text.str()?.iter().map(|value| value.unwrap_or(fill));
    Ok(StringChunked::from_iter_values(column.name().clone(), filled).into_column().strict_cast(&dtype)?)
}

fn fill_flags(column: &Column, fill: bool) -> Result<Column> {
    let column = column.cast(&DataType::Boolean)?;
    let flags: &BooleanChunked = column.bool()?;
    Ok(flags.fill_null_with_values(fill)?.into_column())
}
