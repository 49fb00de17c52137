//! Decision trees, and what all models of trees share.
//!
//! `ranked` sorts columns, `rows` hands rows to trees and `walk` walks them down, `grow` grows a tree, `prune` makes it smaller, `plan` fits one or many, `shared` does so for a search.

mod classifier;
mod grow;
mod model;
pub(in crate::models) mod plan;
mod prune;
pub(in crate::models) mod ranked;
mod regressor;
pub(in crate::models) mod rows;
pub(in crate::models) mod shared;
pub(in crate::models) mod walk;

use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::preprocess::{ParamValue, Setting, ensure, invalid_parameter, named_setting};

pub use classifier::DecisionTreeClassifier;
pub(in crate::models) use grow::TreeGrowth;
pub use model::DecisionTreeModel;
pub(in crate::models) use model::{TreeSum, model_of_trees};
pub use regressor::DecisionTreeRegressor;

/// How impure the classes of a node are; `p` are their shares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// `"gini"`: `1 - Σ p²`.
    #[default]
    Gini,
    /// `"entropy"`, also called `"log_loss"`: `-Σ p log2(p)`.
    Entropy,
}

named_setting!(Criterion, [
    "gini" => Criterion::Gini,
    "entropy" => Criterion::Entropy,
    "log_loss" => Criterion::Entropy,
]);

impl From<Criterion> for ParamValue {
    fn from(criterion: Criterion) -> Self {
        criterion.shown()
    }
}

/// How impure the numbers of a node are, and what a leaf tells of its rows; all by their weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegressionCriterion {
    /// `"squared_error"`: the mean of squared differences from the mean, which is told.
    #[default]
    SquaredError,
    /// `"absolute_error"`: the mean of absolute differences from the median, which is told. Outliers count little, and a split takes some times as long.
    AbsoluteError,
    /// `"poisson"`: half the mean Poisson deviance from the mean, which is told; for counts and other numbers of at least 0.
    Poisson,
}

named_setting!(RegressionCriterion, [
    "squared_error" => RegressionCriterion::SquaredError,
    "absolute_error" => RegressionCriterion::AbsoluteError,
    "poisson" => RegressionCriterion::Poisson,
]);

impl From<RegressionCriterion> for ParamValue {
    fn from(criterion: RegressionCriterion) -> Self {
        criterion.shown()
    }
}

/// Either criterion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::models) enum Impurity {
    Gini,
    Entropy,
    Squared,
    Absolute,
    Poisson,
}

impl Impurity {
    /// Whether it is of numbers, and not by their squares.
    fn is_of_other_values(self) -> bool {
        matches!(self, Self::Absolute | Self::Poisson)
    }
}

impl From<Criterion> for Impurity {
    fn from(criterion: Criterion) -> Self {
        match criterion {
            Criterion::Gini => Self::Gini,
            Criterion::Entropy => Self::Entropy,
        }
    }
}

impl From<RegressionCriterion> for Impurity {
    fn from(criterion: RegressionCriterion) -> Self {
        match criterion {
            RegressionCriterion::SquaredError => Self::Squared,
            RegressionCriterion::AbsoluteError => Self::Absolute,
            RegressionCriterion::Poisson => Self::Poisson,
        }
    }
}

/// How many features, drawn anew, a node looks at. Where none of them could split it, it looks at more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaxFeatures {
    /// `"all"`.
    #[default]
    All,
    /// `"sqrt"`: the square root of their number, rounded down.
    Sqrt,
    /// `"log2"`: the logarithm of their number, rounded down.
    Log2,
    /// A number with a fraction, > 0 and ≤ 1: such a part of them, rounded down.
    Fraction(f64),
    /// A whole number of at least 1: as many, or all.
    Count(usize),
}

impl MaxFeatures {
    /// How many of `n_features`; at least 1.
    pub(in crate::models) fn of(self, n_features: usize) -> usize {
        let n = match self {
            Self::All => n_features,
            Self::Sqrt => (n_features as f64).sqrt() as usize,
            Self::Log2 => (n_features as f64).log2() as usize,
            Self::Fraction(fraction) => (fraction * n_features as f64) as usize,
            Self::Count(count) => count,
        };
        n.clamp(1, n_features.max(1))
    }

    pub(in crate::models) fn check(self, what: &str) -> Result<()> {
        match self {
            Self::Fraction(fraction) => {
                ensure(fraction > 0.0 && fraction <= 1.0, what, fraction, "greater than 0 and at most 1")
            }
            Self::Count(count) => ensure(count >= 1, what, count, "at least 1"),
            _ => Ok(()),
        }
    }
}

impl Setting for MaxFeatures {
    fn read(what: &str, value: &ParamValue) -> Result<Self> {
        match value {
            ParamValue::Float(fraction) => Ok(Self::Fraction(*fraction)),
            ParamValue::Int(_) => usize::read(what, value).map(Self::Count),
            ParamValue::Text(text) if text == "all" => Ok(Self::All),
            ParamValue::Text(text) if text == "sqrt" => Ok(Self::Sqrt),
            ParamValue::Text(text) if text == "log2" => Ok(Self::Log2),
            _ => Err(invalid_parameter(what, value, "\"all\", \"sqrt\", \"log2\", a fraction or a whole number")),
        }
    }

    fn shown(&self) -> ParamValue {
        match self {
            Self::All => "all".into(),
            Self::Sqrt => "sqrt".into(),
            Self::Log2 => "log2".into(),
            Self::Fraction(fraction) => (*fraction).into(),
            Self::Count(count) => count.shown(),
        }
    }
}

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
