//! Which features were kept, and why.

use polars::prelude::{Column, DataFrame, DataType};
use serde::{Deserialize, Serialize};

use crate::data::{self, is_numeric};
use crate::error::{Error, Result};
use crate::preprocess::FittedTransformer;
use crate::preprocess::columns::{self, Selection};

/// Which step has chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Chooser {
    VarianceThreshold,
    SelectKBest,
    SelectPercentile,
    Rfe,
    SelectFromModel,
}

impl Chooser {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::VarianceThreshold => "variance_threshold",
            Self::SelectKBest => "select_k_best",
            Self::SelectPercentile => "select_percentile",
            Self::Rfe => "rfe",
            Self::SelectFromModel => "select_from_model",
        }
    }
}

/// What was found of one feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Judged {
    pub(crate) column: String,
    pub(crate) dtype: String,
    /// NaN where there is none.
    pub(crate) score: f64,
    /// NaN where there is none.
    pub(crate) p_value: f64,
    /// 1 for those kept; greater for those that went earlier. Only recursive elimination ranks.
    pub(crate) ranking: Option<u32>,
    pub(crate) is_kept: bool,
}

impl Judged {
    /// A feature with a score, not kept yet.
    pub(crate) fn new(column: &Column, score: f64, p_value: f64) -> Self {
        let (column, dtype) = (column.name().to_string(), column.dtype().to_string());
        Self { column, dtype, score, p_value, ranking: None, is_kept: false }
    }
}

/// The features that a step has chosen, with what it found of each: what [`VarianceThreshold`](crate::preprocess::VarianceThreshold),
/// [`SelectKBest`](crate::preprocess::SelectKBest), [`SelectPercentile`](crate::preprocess::SelectPercentile), `Rfe` and `SelectFromModel` learn.
///
/// It drops the features that were not kept, and leaves columns alone that it did not judge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedSelector {
    chooser: Chooser,
    /// What the score is, such as `variance`.
    measure: String,
    features: Vec<Judged>,
}

impl FittedSelector {
    /// The choice, of which something must be left.
    pub(crate) fn new(chooser: Chooser, measure: &str, features: Vec<Judged>, remedy: &'static str) -> Result<Self> {
        if !features.is_empty() && !features.iter().any(|judged| judged.is_kept) {
            let what = format!("{} features", features.len());
            return Err(Error::NothingLeft { step: chooser.name(), what, remedy });
        }
        Ok(Self { chooser, measure: measure.to_string(), features })
    }

    /// The names of the features that were kept, in the order of the training columns.
    pub fn kept(&self) -> Vec<String> {
        self.features.iter().filter(|judged| judged.is_kept).map(|judged| judged.column.clone()).collect()
    }

    /// What was found of each feature: `column`, the score under its own name (such as `variance` or `f_classif`), `p_value` and `ranking` where there are
    /// some, and `kept`.
    ///
    /// # Errors
    /// [`Error::Polars`] in principle; none is known.
    pub fn scores(&self) -> Result<DataFrame> {
        let known = |value: f64| (!value.is_nan()).then_some(value);
        let names: Vec<&str> = self.features.iter().map(|judged| judged.column.as_str()).collect();
        let scores: Vec<Option<f64>> = self.features.iter().map(|judged| known(judged.score)).collect();
        let mut columns = vec![Column::new("column".into(), names), Column::new(self.measure.as_str().into(), scores)];
        if self.features.iter().any(|judged| !judged.p_value.is_nan()) {
            let values: Vec<Option<f64>> = self.features.iter().map(|judged| known(judged.p_value)).collect();
            columns.push(Column::new("p_value".into(), values));
        }
        if self.features.iter().any(|judged| judged.ranking.is_some()) {
            let values: Vec<Option<u32>> = self.features.iter().map(|judged| judged.ranking).collect();
            columns.push(Column::new("ranking".into(), values));
        }
        let kept: Vec<bool> = self.features.iter().map(|judged| judged.is_kept).collect();
        columns.push(Column::new("kept".into(), kept));
        Ok(DataFrame::new(self.features.len(), columns)?)
    }
}

impl FittedTransformer for FittedSelector {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let mut dropped = std::collections::HashSet::new();
        for judged in &self.features {
            if judged.is_kept {
                columns::fitted(self.chooser.name(), frame, &judged.column, &judged.dtype, is_feature)?;
            } else {
                dropped.insert(judged.column.as_str());
            }
        }
        let kept = frame.columns().iter().filter(|column| !dropped.contains(column.name().as_str()));
        Ok(DataFrame::new(frame.height(), kept.cloned().collect())?)
    }

    fn inverse_transform(&self, _frame: &DataFrame) -> Result<DataFrame> {
        Err(Error::NotInvertible { step: self.chooser.name(), reason: "the features that were dropped are gone" })
    }
}

/// Whether columns of this dtype can be judged.
pub(super) fn is_feature(dtype: &DataType) -> bool {
    is_numeric(dtype) || dtype.is_bool()
}

/// The columns of numbers and flags that are selected.
pub(crate) fn candidates<'a>(frame: &'a DataFrame, selection: &Selection) -> Result<Vec<&'a Column>> {
    let Some(names) = selection else {
        return Ok(frame.columns().iter().filter(|column| is_feature(column.dtype())).collect());
    };
    let columns = names.iter().map(|name| {
        let column = data::column(frame, name)?;
        if is_feature(column.dtype()) { Ok(column) } else { Err(columns::not_numeric(column)) }
    });
    columns.collect()
}
