//! Forests of decision trees.

mod extra_trees;
mod random_forest;
mod settings;

use ndarray::Array2;
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::tree::{TreeSum, model_of_trees};
use crate::data::Target;
use crate::error::Result;

pub use extra_trees::{ExtraTreesClassifier, ExtraTreesRegressor};
pub use random_forest::{RandomForestClassifier, RandomForestRegressor};

const NAME: &str = "forest";

/// A fitted [`RandomForestClassifier`], [`RandomForestRegressor`], [`ExtraTreesClassifier`] or [`ExtraTreesRegressor`]: it tells the mean of its trees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForestModel {
    sum: TreeSum,
    oob_score: Option<f64>,
}

impl ForestModel {
    pub(super) fn new(sum: TreeSum, oob_score: Option<f64>) -> Self {
        Self { sum, oob_score }
    }

    pub(super) fn sum(&self) -> &TreeSum {
        &self.sum
    }

    /// How many trees there are.
    pub fn n_trees(&self) -> usize {
        self.sum.trees().len()
    }

    /// How many nodes all trees have together.
    pub fn n_nodes(&self) -> usize {
        self.sum.trees().iter().map(|tree| tree.steps.len()).sum()
    }

    /// The accuracy, for numbers R², on the rows that it was fitted on, each told by the trees that did not draw it; none unless it was asked for.
    pub fn oob_score(&self) -> Option<f64> {
        self.oob_score
    }

    /// The classes in order; none for a regression.
    pub fn classes(&self) -> Vec<String> {
        self.sum.classes().to_vec()
    }

    /// The columns that the model was fitted on.
    pub fn feature_names(&self) -> Vec<String> {
        self.sum.feature_names().to_vec()
    }

    /// The impurity-based importance of each feature, the mean over the trees, greatest first: a table of `feature` and `importance`.
    pub fn feature_importances(&self) -> DataFrame {
        self.sum.feature_importances()
    }

    /// The class of the greatest mean share, or the mean, of each row.
    ///
    /// # Errors
    /// [`Error::FeaturesDiffer`](crate::Error::FeaturesDiffer) where the columns are not those of the fit (their order does not matter),
    /// [`Error::NotNumeric`](crate::Error::NotNumeric).
    pub fn predict(&self, features: &DataFrame) -> Result<Target> {
        self.sum.predict(NAME, features)
    }

    /// The mean share of each class, shape `(n_samples, n_classes)`.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict); [`Error::NoProbabilities`](crate::Error::NoProbabilities) for a regression.
    pub fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.sum.predict_proba(NAME, features)
    }
}

model_of_trees!(ForestModel, NAME);
