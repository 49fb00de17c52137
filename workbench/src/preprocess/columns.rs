//! What every step does with the columns of a frame.

use std::borrow::Cow;
use std::collections::HashMap;

use polars::prelude::{
    ChunkedArray, Column, DataFrame, DataType, Float64Chunked, Float64Type, IdxSize, IntoColumn, NamedFrom, PlSmallStr,
    Series,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::data::statistics::Summary;
use crate::data::{self, in_parallel, is_numeric};
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
    accepts: impl Fn(&DataType) -> bool,
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

/// Number, mean, spread and range of a column of numbers that are finite or missing, at least one of them known.
pub(super) fn summary(step: &'static str, column: &Column, remedy: &'static str) -> Result<Summary> {
    let summary = Summary::of_column(column)?;
    if summary.is_infinite() {
        return Err(data::not_finite(column)?);
    }
    if summary.count == 0 {
        return Err(all_missing(step, column, remedy));
    }
    Ok(summary)
}

/// Nothing, or the error of the first known value that `is_allowed` refuses.
pub(super) fn check_domain(
    step: &'static str,
    column: &Column,
    allowed: &str,
    is_allowed: impl Fn(f64) -> bool,
) -> Result<()> {
    let values = finite_values(column)?;
    match values.iter().enumerate().find(|(_, value)| !value.is_nan() && !is_allowed(**value)) {
        Some((row, &value)) => Err(Error::OutOfDomain {
            step,
            column: column.name().to_string(),
            row,
            value,
            allowed: allowed.to_string(),
        }),
        None => Ok(()),
    }
}

/// The error of a column in which nothing is known.
pub(super) fn all_missing(step: &'static str, column: &Column, remedy: &'static str) -> Error {
    Error::AllMissing { step, column: column.name().to_string(), n_rows: column.len(), remedy }
}

/// The error of a column whose `what`, such as its variance, no float can hold.
pub(super) fn too_large(step: &'static str, what: &str, column: &str) -> Error {
    Error::InvalidValue {
        what: format!("{step}: the {what} of column `{column}`"),
        value: "too large for a float".to_string(),
        allowed: "finite; divide the column first".to_string(),
    }
}

/// `column` with `change` made to each known value, as floats; null stays null and NaN stays NaN.
pub(super) fn map_finite(column: &Column, change: impl Fn(f64) -> f64 + Copy) -> Result<Column> {
    let column = if column.dtype() == &DataType::Float64 { column.clone() } else { column.cast(&DataType::Float64)? };
    let column = column.rechunk();
    let values = column.f64()?;
    let (mut changed, mut validity, mut may_be_infinite) = (Vec::with_capacity(values.len()), None, false);
    if let Some(chunk) = ChunkedArray::<Float64Type>::downcast_iter(values).next() {
        // One pass over memory reads, checks and writes. What lies under a null may be anything, so this only tells whether a closer look is needed.
        for block in chunk.values().chunks(data::BLOCK_VALUES) {
            may_be_infinite |= block.iter().fold(false, |is_infinite, value| is_infinite | value.is_infinite());
            changed.extend(block.iter().map(|&value| change(value)));
        }
        validity = chunk.validity().cloned();
    }
    if may_be_infinite
        && let Some((row, value)) =
            values.iter().enumerate().find_map(|(row, value)| Some((row, value.filter(|value| value.is_infinite())?)))
    {
        return Err(Error::NotFinite { column: column.name().to_string(), row, value });
    }
    Ok(Float64Chunked::from_vec_validity(column.name().clone(), changed, validity).into_column())
}

/// [`map_finite`] of a column that is given away, which is written over where nobody else has it.
fn map_finite_owned(column: Column, change: impl Fn(f64) -> f64 + Copy) -> Result<Column> {
    if column.dtype() != &DataType::Float64 {
        return map_finite(&column, change);
    }
    let mut is_infinite = false;
    data::for_each_block(&column, |block| {
        is_infinite |= block.iter().fold(false, |is_infinite, value| is_infinite | value.is_infinite());
    })?;
    if is_infinite {
        return Err(data::not_finite(&column)?);
    }
    let mut values = column.f64()?.clone();
    drop(column);
    values.apply_mut(change);
    Ok(values.into_column())
}

/// `frame`, which is given away, with `change` made to each value of the columns that are `named`.
pub(super) fn map_each_owned<C: Fn(f64) -> f64 + Copy + Send + Sync>(
    frame: DataFrame,
    named: &HashMap<&str, C>,
) -> Result<DataFrame> {
    let height = frame.height();
    each_owned(frame, height, |column| match named.get(column.name().as_str()) {
        Some(&change) => map_finite_owned(column, change),
        None => Ok(column),
    })
}

/// The frame of `height` rows that `change` makes of each column of `frame`, which is given away: an old column is gone before most new ones are there.
pub(super) fn each_owned(
    frame: DataFrame,
    height: usize,
    change: impl Fn(Column) -> Result<Column> + Send + Sync,
) -> Result<DataFrame> {
    data::name_pool();
    // Of several errors that of the first column is told, whichever came first.
    let columns: Vec<Result<Column>> = frame.into_columns().into_par_iter().map(change).collect();
    Ok(DataFrame::new(height, columns.into_iter().collect::<Result<_>>()?)?)
}

/// What a step learnt of one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Learnt<S> {
    pub(super) column: String,
    pub(super) dtype: String,
    pub(super) learnt: S,
}

/// What `learn` makes of each selected column of numbers.
pub(super) fn learn_each<S: Send>(
    frame: &DataFrame,
    selection: &Selection,
    learn: impl Fn(&Column) -> Result<S> + Send + Sync,
) -> Result<Vec<Learnt<S>>> {
    in_parallel(&numeric(frame, selection)?, |column| {
        Ok(Learnt { column: column.name().to_string(), dtype: column.dtype().to_string(), learnt: learn(column)? })
    })
}

impl<S: Sync> Learnt<S> {
    /// The column of numbers that this was learnt of.
    pub(super) fn find<'a>(&self, step: &'static str, frame: &'a DataFrame) -> Result<&'a Column> {
        fitted(step, frame, &self.column, &self.dtype, is_numeric)
    }

    /// `frame` with `change` made to each column.
    pub(super) fn change_each(
        learnt: &[Self],
        step: &'static str,
        frame: &DataFrame,
        change: impl Fn(&S, &Column) -> Result<Column> + Send + Sync,
    ) -> Result<DataFrame> {
        let columns = in_parallel(learnt, |learnt| change(&learnt.learnt, learnt.find(step, frame)?))?;
        replaced(frame, columns)
    }
}

impl<S: Copy + Sync> Learnt<S> {
    /// `frame` with `change` made to each value of each column.
    pub(super) fn map_each(
        learnt: &[Self],
        step: &'static str,
        frame: &DataFrame,
        change: impl Fn(S, f64) -> f64 + Copy + Send + Sync,
    ) -> Result<DataFrame> {
        // What was learnt is copied, so that it need not be read again for each value.
        Self::change_each(learnt, step, frame, |&learnt, column| map_finite(column, move |value| change(learnt, value)))
    }
}

/// A table with one row for each of `learnt`: its column, and these numbers.
pub(super) fn table<S>(learnt: &[Learnt<S>], numbers: &[(&str, fn(&S) -> f64)]) -> Result<DataFrame> {
    let names: Vec<&str> = learnt.iter().map(|learnt| learnt.column.as_str()).collect();
    let mut columns = vec![Series::new("column".into(), names).into()];
    for (name, number) in numbers {
        columns.push(floats(name, learnt.iter().map(|learnt| number(&learnt.learnt)).collect()));
    }
    Ok(DataFrame::new(learnt.len(), columns)?)
}

/// A column of floats.
pub(super) fn floats(name: &str, values: Vec<f64>) -> Column {
    Float64Chunked::from_vec(name.into(), values).into_column()
}

/// A column of floats in which NaN has become null.
pub(super) fn floats_or_null(name: &str, values: &[f64]) -> Column {
    if values.iter().any(|value| value.is_nan()) {
        let known = values.iter().map(|&value| (!value.is_nan()).then_some(value));
        return known.collect::<Float64Chunked>().with_name(name.into()).into_column();
    }
    floats(name, values.to_vec())
}

/// A column of text.
pub(super) fn texts<T: AsRef<str>>(name: &str, values: &[T]) -> Column {
    let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
    Series::new(name.into(), values).into()
}

/// A column of counts or row numbers.
pub(super) fn counts(name: &str, values: impl Iterator<Item = usize>) -> Column {
    Series::new(name.into(), values.map(|value| value as IdxSize).collect::<Vec<_>>()).into()
}

/// `frame` with `columns`, whose names must be new, behind its own.
pub(super) fn appended(frame: &DataFrame, columns: Vec<Column>) -> Result<DataFrame> {
    if let Some(column) = columns.iter().find(|column| frame.column(column.name()).is_ok()) {
        return Err(Error::DuplicateColumn { column: column.name().to_string() });
    }
    replaced(frame, columns)
}

/// `frame` with `columns` in the place of those of the same names, and behind all others where there are none.
///
/// The frame is made once: `with_column` looks at all columns each time, which is felt with thousands of them.
pub(super) fn replaced(frame: &DataFrame, columns: Vec<Column>) -> Result<DataFrame> {
    let height = columns.first().filter(|_| frame.width() == 0).map_or(frame.height(), Column::len);
    let mut all = frame.columns().to_vec();
    let mut places: HashMap<PlSmallStr, usize> =
        all.iter().enumerate().map(|(place, column)| (column.name().clone(), place)).collect();
    for column in columns {
        match places.get(column.name()).and_then(|place| all.get_mut(*place)) {
            Some(place) => *place = column,
            None => {
                places.insert(column.name().clone(), all.len());
                all.push(column);
            }
        }
    }
    Ok(DataFrame::new(height, all)?)
}

/// `frame` without the columns called `names`.
pub(super) fn without(frame: &DataFrame, names: &[String]) -> Result<DataFrame> {
    let kept = frame.columns().iter().filter(|column| !names.iter().any(|name| name == column.name().as_str()));
    Ok(DataFrame::new(frame.height(), kept.cloned().collect())?)
}
