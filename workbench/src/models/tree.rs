//! Decision trees, and what all models of trees share.

pub(in crate::models) mod ranked;
pub(in crate::models) mod rows;

use polars::prelude::{Column, DataFrame};

use crate::error::Result;
use crate::preprocess::{ParamValue, Setting, invalid_parameter};

/// A table of `feature` and `importance`, greatest first, whose importances add up to 1, or are all 0.
pub(super) fn importance_table(names: &[String], gains: &[f64]) -> DataFrame {
    let total: f64 = gains.iter().sum();
    let mut rows: Vec<(&String, f64)> =
        names.iter().zip(gains.iter().map(|gain| if total > 0.0 { gain / total } else { 0.0 })).collect();
    rows.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (names, importances): (Vec<String>, Vec<f64>) =
        rows.into_iter().map(|(name, importance)| (name.clone(), importance)).unzip();
    let columns = vec![Column::new("feature".into(), names), Column::new("importance".into(), importances)];
    DataFrame::new(gains.len(), columns).unwrap_or_default()
}

/// A limit, or `"none"`.
impl Setting for Option<usize> {
    fn read(what: &str, value: &ParamValue) -> Result<Self> {
        match value {
            ParamValue::Text(text) if text == "none" => Ok(None),
            ParamValue::Text(_) => Err(invalid_parameter(what, value, "a whole number, or \"none\"")),
            _ => usize::read(what, value).map(Some),
        }
    }

    fn shown(&self) -> ParamValue {
        self.as_ref().map_or_else(|| "none".into(), Setting::shown)
    }
}
