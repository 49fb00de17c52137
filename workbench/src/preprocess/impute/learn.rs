//! What the known values of a column suggest for the missing ones.

use polars::prelude::{Column, DataType};

use super::super::ParamValue;
use super::super::columns;
use super::super::params::invalid_parameter;
use super::fill::is_text;
use super::{NAME, Strategy};
use crate::data::{self, is_numeric, statistics};
use crate::error::{Error, Result};

/// Whether `strategy` can fill columns of this dtype.
pub(super) fn applies(strategy: &Strategy, dtype: &DataType) -> bool {
    // A column without a dtype holds nothing, and is to be told of.
    dtype.is_null()
        || match strategy {
            Strategy::Mean | Strategy::Median => is_numeric(dtype),
            Strategy::MostFrequent => is_numeric(dtype) || is_text(dtype) || dtype.is_bool(),
            Strategy::Constant(ParamValue::Bool(_)) => dtype.is_bool(),
            Strategy::Constant(ParamValue::Text(_)) => is_text(dtype),
            Strategy::Constant(_) => is_numeric(dtype),
            Strategy::ForwardFill | Strategy::BackwardFill => true,
        }
}

/// How many values of `column` are missing, and what they become.
pub(super) fn fill_value(column: &Column, strategy: &Strategy) -> Result<(usize, ParamValue)> {
    if !applies(strategy, column.dtype()) {
        return Err(match strategy {
            Strategy::Constant(value) => misfit(column, value, &format!("a value of dtype {}", column.dtype())),
            Strategy::MostFrequent => Error::InvalidValue {
                what: format!("imputer: the dtype of column `{}`", column.name()),
                value: column.dtype().to_string(),
                allowed: "a number, text, a category or a flag".to_string(),
            },
            _ => columns::not_numeric(column),
        });
    }
    if let Strategy::Constant(value) = strategy {
        return Ok((data::missing_count(column)?, constant(column, value)?));
    }
    match learnt(column, strategy)? {
        (n_known, Some(value)) => Ok((column.len() - n_known, value)),
        _ => Err(columns::all_missing(NAME, column, "drop the column, or impute a constant")),
    }
}

/// How many values of `column` are known, and what they suggest; `None` where there are none.
pub(super) fn learnt(column: &Column, strategy: &Strategy) -> Result<(usize, Option<ParamValue>)> {
    let dtype = column.dtype();
    let n_known = column.len() - column.null_count();
    if dtype.is_null() {
        return Ok((0, None));
    }
    if dtype.is_bool() {
        let n_true = column.bool()?.sum().unwrap_or_default() as usize;
        return Ok((n_known, (n_known > 0).then(|| ParamValue::Bool(n_true > n_known - n_true))));
    }
    if is_text(dtype) {
        let text = column.cast(&DataType::String)?;
        return Ok((n_known, statistics::most_frequent_text(text.str()?.iter().flatten()).map(ParamValue::from)));
    }
    if dtype.is_integer() && *strategy == Strategy::MostFrequent {
        let integers = column.strict_cast(&DataType::Int64)?;
        let mut known: Vec<i64> = integers.i64()?.iter().flatten().collect();
        return Ok((n_known, statistics::most_frequent_integer(&mut known).map(ParamValue::Int)));
    }
    let (n_known, value) = match strategy {
        Strategy::Mean => {
            let (n_known, mean) = statistics::column_mean(column)?;
            if !mean.is_finite() {
                let is_infinite = data::numbers(column)?.iter().any(|value| value.is_infinite());
                return Err(if is_infinite {
                    data::not_finite(column)?
                } else {
                    columns::too_large(NAME, "sum", column.name())
                });
            }
            (n_known, (n_known > 0).then_some(mean))
        }
        Strategy::Median => match statistics::column_quantiles(column, &[0.5])? {
            Some((n_known, medians)) => (n_known, medians.first().copied()),
            None => (0, None),
        },
        _ => {
            let values = columns::finite_values(column)?;
            (values.iter().filter(|value| !value.is_nan()).count(), statistics::most_frequent(&values))
        }
    };
    Ok((n_known, value.map(ParamValue::Float)))
}

/// `value` as it fills `column`: whole numbers stay whole among integers.
fn constant(column: &Column, value: &ParamValue) -> Result<ParamValue> {
    let dtype = column.dtype();
    match value {
        ParamValue::Int(number) if dtype.is_float() => Ok(ParamValue::Float(*number as f64)),
        ParamValue::Float(number) if dtype.is_integer() && number.fract() == 0.0 && number.abs() < 2f64.powi(53) => {
            constant(column, &ParamValue::Int(*number as i64))
        }
        ParamValue::Int(number) if dtype.is_integer() => {
            let fits = Column::new("fill".into(), [*number]).strict_cast(dtype).is_ok();
            if fits { Ok(value.clone()) } else { Err(misfit(column, value, &format!("within the range of {dtype}"))) }
        }
        ParamValue::Text(text) if dtype.is_enum() => {
            let fits = Column::new("fill".into(), [text.as_str()]).strict_cast(dtype).is_ok();
            if fits { Ok(value.clone()) } else { Err(misfit(column, value, "one of the column's categories")) }
        }
        _ => Ok(value.clone()),
    }
}

fn misfit(column: &Column, value: &ParamValue, allowed: &str) -> Error {
    invalid_parameter(&format!("imputer.fill_value for column `{}`", column.name()), value, allowed)
}
