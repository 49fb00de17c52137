//! How much each feature matters to a fitted model.

use polars::prelude::{Column, DataFrame};

use super::Estimator;
use crate::data::{self, Dataset, Target, in_parallel};
use crate::error::{Error, Result};
use crate::preprocess::{Selection, candidates};
use crate::train::interrupt;

/// The columns that a step judges, as a dataset beside `target`.
pub(super) fn judged(
    step: &'static str,
    frame: &DataFrame,
    selection: &Selection,
    target: &Target,
) -> Result<(Dataset, Vec<Column>)> {
    let columns: Vec<Column> = candidates(frame, selection)?.into_iter().cloned().collect();
    if columns.is_empty() {
        return Err(Error::NothingLeft {
            step,
            what: format!("{} columns: none holds numbers", frame.width()),
            remedy: "encode them first, such as with `OneHotEncoder`",
        });
    }
    // A name that no feature has.
    let mut name = "target".to_string();
    while frame.column(&name).is_ok() {
        name.push('_');
    }
    let features = DataFrame::new(frame.height(), columns.clone())?;
    Ok((Dataset::new(features, target.clone(), &name)?, columns))
}

/// For each feature of `data`, `norm` of the coefficients that `estimator` learns for it; of a model with an importance for each feature, of that.
pub(super) fn importances(
    step: &'static str,
    estimator: &dyn Estimator,
    data: &Dataset,
    norm: fn(&[f64]) -> f64,
) -> Result<Vec<f64>> {
    let model = interrupt::within(|| estimator.fit(data))?;
    let refused = |allowed: &str| Error::InvalidValue {
        what: format!("{step}.estimator"),
        value: estimator.name().to_string(),
        allowed: allowed.to_string(),
    };
    let table = model.coefficients().ok_or_else(|| refused("one whose model has coefficients"))?;
    let named = table.columns().iter().find(|column| column.dtype().is_string());
    let names = named.ok_or_else(|| refused("one whose coefficients are named"))?;
    let rows: std::collections::HashMap<&str, usize> =
        names.str()?.iter().enumerate().filter_map(|(row, name)| Some((name?, row))).collect();
    let numeric: Vec<&Column> = table.columns().iter().filter(|column| data::is_numeric(column.dtype())).collect();
    let columns = in_parallel(&numeric, |column| Ok(data::numbers(column)?.into_owned()))?;
    let importance = |name: &String| {
        let row = rows.get(name.as_str())?;
        let coefficients: Vec<f64> = columns.iter().filter_map(|column| column.get(*row).copied()).collect();
        (!coefficients.is_empty()).then(|| norm(&coefficients))
    };
    let found: Option<Vec<f64>> = data.feature_names().iter().map(importance).collect();
    found.ok_or_else(|| refused("one whose model has a coefficient for each feature"))
}
