//! Checks of data that many estimators make in the same words.

use ndarray::Array2;
use polars::prelude::DataFrame;

use super::linear::{records, select};
use crate::data::{Dataset, Target};
use crate::error::{Error, Result};

/// The numbers that are to be told.
pub(super) fn values<'a>(data: &'a Dataset, model: &'static str) -> Result<&'a [f64]> {
    match data.target() {
        Target::Values(values) => Ok(values),
        Target::Classes { .. } => {
            Err(Error::NotNumbers { what: model.to_string(), target: data.target_name().to_string() })
        }
    }
}

/// An error where rows have weights, for an estimator that does not know them.
pub(super) fn no_weights(data: &Dataset, model: &'static str, remedy: &'static str) -> Result<()> {
    if data.weights().is_some() { Err(Error::WeightsNotKnown { model, remedy }) } else { Ok(()) }
}

/// The training rows as an array of finite numbers with at least one column.
pub(super) fn training_records(model: &'static str, data: &Dataset) -> Result<Array2<f64>> {
    if data.n_features() == 0 {
        return Err(Error::InvalidValue {
            what: format!("{model}: the number of feature columns"),
            value: "0".to_string(),
            allowed: "at least 1".to_string(),
        });
    }
    records(model, data.features())
}

/// The columns `names` of `features` as an array of finite numbers.
pub(super) fn new_records(model: &'static str, features: &DataFrame, names: &[String]) -> Result<Array2<f64>> {
    records(model, &select(model, features, names)?)
}

/// The error of a column whose numbers are so great that what is computed from them is not finite.
pub(super) fn too_great(model: &'static str, column: &str, what: &str) -> Error {
    Error::InvalidValue {
        what: format!("{model}: {what} of column `{column}`"),
        value: "not finite".to_string(),
        allowed: "a finite number; scale the column first, such as with `StandardScaler`".to_string(),
    }
}
