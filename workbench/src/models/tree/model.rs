//! What one tree, or the mean of many, tells.

use std::any::Any;
use std::sync::Arc;

use ndarray::Array2;
use polars::prelude::{Column, DataFrame};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::grow::DecisionTree;
use super::importance_table;
use super::plan::SharedTrees;
use super::rows::{BLOCK_ROWS, FrameRows, RankedRows, Rows};
use super::walk::find_leaves;
use crate::data::{Target, name_pool};
use crate::error::{Error, Result};
use crate::models::linear::position_of_max;
use crate::models::{Model, Predictions, Wanted};

const NAME: &str = "decision_tree";

/// Trees whose mean is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SavedSum", into = "SavedSum")]
pub(in crate::models) struct TreeSum {
    trees: SharedTrees,
    /// How many of them count.
    n_trees: usize,
    classes: Vec<String>,
    feature_names: Vec<String>,
}

/// Trees as a file has them.
#[derive(Serialize, Deserialize)]
struct SavedSum {
    trees: Vec<DecisionTree>,
    classes: Vec<String>,
    feature_names: Vec<String>,
}

impl From<TreeSum> for SavedSum {
    fn from(sum: TreeSum) -> Self {
        Self { trees: sum.trees().to_vec(), classes: sum.classes, feature_names: sum.feature_names }
    }
}

impl TryFrom<SavedSum> for TreeSum {
    type Error = String;

    fn try_from(saved: SavedSum) -> Result<Self, String> {
        let width = saved.classes.len().max(1);
        if saved.trees.is_empty() || saved.classes.len() == 1 || saved.trees.iter().any(|tree| tree.width != width) {
            return Err("the trees of a model do not tell its classes".to_string());
        }
        Ok(Self::new(saved.trees, saved.classes, saved.feature_names))
    }
}

impl TreeSum {
    pub(in crate::models) fn new(trees: Vec<DecisionTree>, classes: Vec<String>, feature_names: Vec<String>) -> Self {
        let n_trees = trees.len();
        Self { trees: Arc::new(trees), n_trees, classes, feature_names }
    }

    /// The first trees alone.
    pub(in crate::models) fn first(&self, n_trees: usize) -> Self {
        Self { n_trees: self.n_trees.min(n_trees), ..self.clone() }
    }

    /// The same trees without what is not worth `ccp_alpha` for each of its leaves.
    pub(super) fn pruned(self, ccp_alpha: f64) -> Self {
        if ccp_alpha == 0.0 {
            return self;
        }
        let trees = self.trees().iter().map(|tree| tree.clone().pruned(ccp_alpha)).collect();
        Self::new(trees, self.classes, self.feature_names)
    }

    /// Whether both are of one fit.
    pub(in crate::models) fn shares_trees(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.trees, &other.trees)
    }

    pub(in crate::models) fn trees(&self) -> &[DecisionTree] {
        self.trees.get(..self.n_trees).unwrap_or_default()
    }

    pub(in crate::models) fn classes(&self) -> &[String] {
        &self.classes
    }

    pub(in crate::models) fn feature_names(&self) -> &[String] {
        &self.feature_names
    }

    /// Classes, or 1.
    pub(in crate::models) fn width(&self) -> usize {
        self.classes.len().max(1)
    }

    /// The leaf of `tree` for each of `rows`.
    pub(in crate::models) fn leaves_of(tree: &DecisionTree, rows: &RankedRows<'_>) -> Vec<u32> {
        let n_features = rows.n_features();
        let mut leaves = vec![0; rows.n_rows()];
        let mut values = vec![f64::NAN; BLOCK_ROWS * n_features];
        for (block_idx, leaves) in leaves.chunks_mut(BLOCK_ROWS).enumerate() {
            let values = values.get_mut(..leaves.len() * n_features).unwrap_or_default();
            rows.fill(block_idx * BLOCK_ROWS, n_features, values);
            find_leaves(&tree.steps, &[], values, n_features, leaves);
        }
        leaves
    }

    /// The means of the first so many trees, one array of shape `(n_samples, width)` for each of `stages` (ascending).
    pub(in crate::models) fn means(&self, rows: &dyn Rows, stages: &[usize]) -> Vec<Array2<f64>> {
        name_pool();
        let (n_rows, n_features, width) = (rows.n_rows(), self.feature_names.len(), self.width());
        let per_row = width * stages.len();
        let mut all = vec![0.0; n_rows * per_row];
        all.par_chunks_mut((BLOCK_ROWS * per_row).max(1)).enumerate().for_each(|(block_idx, out)| {
            let n = out.len() / per_row.max(1);
            let mut values = vec![f64::NAN; n * n_features];
            rows.fill(block_idx * BLOCK_ROWS, n_features, &mut values);
            let mut leaves = vec![0_u32; n];
            let mut sums = vec![0.0; n * width];
            let mut done = 0;
            for (stage, &n_trees) in stages.iter().enumerate() {
                for tree in self.trees.iter().take(n_trees).skip(done) {
                    find_leaves(&tree.steps, &[], &values, n_features, &mut leaves);
                    for (sums, &leaf) in sums.chunks_exact_mut(width).zip(&leaves) {
                        sums.iter_mut().zip(tree.value(leaf as usize)).for_each(|(sum, value)| *sum += value);
                    }
                }
                done = done.max(n_trees);
                for (out, sums) in out.chunks_exact_mut(per_row).zip(sums.chunks_exact(width)) {
                    let place = out.iter_mut().skip(stage * width);
                    place.zip(sums).for_each(|(place, sum)| *place = sum / n_trees.max(1) as f64);
                }
            }
        });
        let of_stage = |stage: usize| {
            Array2::from_shape_fn((n_rows, width), |(row, number)| {
                all.get(row * per_row + stage * width + number).copied().unwrap_or_default()
            })
        };
        (0..stages.len()).map(of_stage).collect()
    }

    fn means_of(&self, model: &'static str, features: &DataFrame) -> Result<Array2<f64>> {
        let categories = vec![None; self.feature_names.len()];
        let rows = FrameRows::new(model, features, &self.feature_names, &categories)?;
        Ok(self.means(&rows, &[self.n_trees]).pop().unwrap_or_else(|| Array2::zeros((0, 1))))
    }

    fn target_of(&self, means: &Array2<f64>) -> Target {
        if self.classes.is_empty() {
            return Target::Values(means.iter().copied().collect());
        }
        let code = |row: ndarray::ArrayView1<'_, f64>| position_of_max(row.iter().copied()) as u32;
        Target::Classes { codes: means.rows().into_iter().map(code).collect(), labels: self.classes.clone() }
    }

    /// The prediction for each row.
    pub(in crate::models) fn predict(&self, model: &'static str, features: &DataFrame) -> Result<Target> {
        Ok(self.target_of(&self.means_of(model, features)?))
    }

    /// The share of each class.
    pub(in crate::models) fn predict_proba(&self, model: &'static str, features: &DataFrame) -> Result<Array2<f64>> {
        if self.classes.is_empty() {
            return Err(Error::NoProbabilities { model, reason: "(it was fitted on numbers)" });
        }
        self.means_of(model, features)
    }

    /// All that metrics ask for, of means.
    pub(in crate::models) fn predictions_of(
        &self,
        model: &'static str,
        means: Array2<f64>,
        wanted: Wanted,
    ) -> Result<Predictions> {
        let wants = wanted.probabilities || wanted.decisions;
        if wants && self.classes.is_empty() {
            return Err(Error::NoProbabilities { model, reason: "(it was fitted on numbers)" });
        }
        let target = self.target_of(&means);
        Ok(Predictions {
            target,
            classes: self.classes.clone(),
            probabilities: wants.then_some(means),
            decisions: None,
        })
    }

    /// How much the splits by each feature lower the impurity, the mean over the trees.
    pub(in crate::models) fn feature_importances(&self) -> DataFrame {
        let mut gains = vec![0.0; self.feature_names.len()];
        for tree in self.trees() {
            let mut own = vec![0.0; self.feature_names.len()];
            tree.add_importances(&mut own);
            let total: f64 = own.iter().sum();
            if total > 0.0 {
                gains.iter_mut().zip(own).for_each(|(gain, own)| *gain += own / total);
            }
        }
        importance_table(&self.feature_names, &gains)
    }
}

/// A fitted [`DecisionTreeClassifier`](super::DecisionTreeClassifier) or [`DecisionTreeRegressor`](super::DecisionTreeRegressor).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionTreeModel {
    sum: TreeSum,
}

impl DecisionTreeModel {
    pub(super) fn new(sum: TreeSum) -> Self {
        Self { sum }
    }

    fn tree(&self) -> Option<&DecisionTree> {
        self.sum.trees().first()
    }

    /// The prices of its subtrees.
    pub(super) fn pruning_path(&self) -> Result<DataFrame> {
        let path = self.tree().map(DecisionTree::pruning_path);
        let (ccp_alphas, impurities) = path.map(|path| (path.ccp_alphas, path.impurities)).unwrap_or_default();
        let height = ccp_alphas.len();
        let columns = vec![Column::new("ccp_alpha".into(), ccp_alphas), Column::new("impurity".into(), impurities)];
        Ok(DataFrame::new(height, columns)?)
    }

    /// How many leaves there are.
    pub fn n_leaves(&self) -> usize {
        self.tree().map_or(0, |tree| tree.steps.iter().enumerate().filter(|(at, step)| step.is_leaf(*at)).count())
    }

    /// How many splits lie between the root and the deepest leaf.
    pub fn depth(&self) -> usize {
        let Some(tree) = self.tree() else { return 0 };
        // Children come after their parents.
        let mut depths = vec![0; tree.steps.len()];
        for (position, step) in tree.steps.iter().enumerate() {
            let depth = depths.get(position).copied().unwrap_or(0) + 1;
            for child in [step.left, step.right] {
                if !step.is_leaf(position)
                    && let Some(place) = depths.get_mut(child as usize)
                {
                    *place = depth;
                }
            }
        }
        depths.into_iter().max().unwrap_or(0)
    }

    /// The classes in order; none for a regression.
    pub fn classes(&self) -> Vec<String> {
        self.sum.classes().to_vec()
    }

    /// The columns that the model was fitted on.
    pub fn feature_names(&self) -> Vec<String> {
        self.sum.feature_names().to_vec()
    }

    /// The tree as text, in the form of scikit-learn's `export_text`: a line for each way to go and each leaf, numbers with two decimals.
    pub fn export_text(&self) -> String {
        let mut text = String::new();
        let Some(tree) = self.tree() else { return text };
        // Nodes to show, each with its depth and the line above it.
        let mut waiting = vec![(0_usize, 0_usize, String::new())];
        while let Some((position, depth, line)) = waiting.pop() {
            text.push_str(&line);
            let Some(step) = tree.steps.get(position) else { continue };
            let indent = format!("{}|--- ", "|   ".repeat(depth));
            if step.is_leaf(position) {
                let value = tree.value(position);
                let told = match self.sum.classes().get(position_of_max(value.iter().copied())) {
                    Some(class) => format!("class: {class}"),
                    None => format!("value: [{:.2}]", value.first().copied().unwrap_or_default()),
                };
                text.push_str(&format!("{indent}{told}\n"));
                continue;
            }
            let name = self.sum.feature_names().get(step.feature as usize).map_or("", String::as_str);
            let (below, above) = if step.threshold == f64::MAX {
                (format!("{indent}{name} is there\n"), format!("{indent}{name} is missing\n"))
            } else {
                (
                    format!("{indent}{name} <= {:.2}\n", step.threshold),
                    format!("{indent}{name} >  {:.2}\n", step.threshold),
                )
            };
            waiting.push((step.right as usize, depth + 1, above));
            waiting.push((step.left as usize, depth + 1, below));
        }
        text
    }

    /// The impurity-based importance of each feature, greatest first: a table of `feature` and `importance`.
    pub fn feature_importances(&self) -> DataFrame {
        self.sum.feature_importances()
    }

    /// The class, or the mean, of each row's leaf.
    ///
    /// # Errors
    /// [`Error::FeaturesDiffer`] where the columns are not those of the fit (their order does not matter), [`Error::NotNumeric`].
    pub fn predict(&self, features: &DataFrame) -> Result<Target> {
        self.sum.predict(NAME, features)
    }

    /// The share of each class in each row's leaf, shape `(n_samples, n_classes)`.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict); [`Error::NoProbabilities`] for a regression.
    pub fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.sum.predict_proba(NAME, features)
    }
}

/// [`Model`] for a model whose `sum` is a [`TreeSum`].
macro_rules! model_of_trees {
    ($type:ty, $name:expr) => {
        impl $crate::models::Model for $type {
            fn name(&self) -> &'static str {
                $name
            }

            fn predict(&self, features: &polars::prelude::DataFrame) -> $crate::error::Result<$crate::data::Target> {
                self.sum.predict($name, features)
            }

            fn predict_proba(
                &self,
                features: &polars::prelude::DataFrame,
            ) -> $crate::error::Result<ndarray::Array2<f64>> {
                self.sum.predict_proba($name, features)
            }

            fn classes(&self) -> Option<Vec<String>> {
                (!self.sum.classes().is_empty()).then(|| self.sum.classes().to_vec())
            }

            fn feature_importances(&self) -> Option<polars::prelude::DataFrame> {
                Some(self.sum.feature_importances())
            }

            fn as_any(&self) -> &dyn std::any::Any {
                self
            }
        }
    };
}

pub(in crate::models) use model_of_trees;

model_of_trees!(DecisionTreeModel, NAME);

/// The trees of a model, if it has some.
pub(in crate::models) fn sum_of(model: &dyn Model) -> Option<&TreeSum> {
    let any: &dyn Any = model.as_any();
    let tree = any.downcast_ref::<DecisionTreeModel>().map(|model| &model.sum);
    tree.or_else(|| any.downcast_ref::<crate::models::forest::ForestModel>().map(|model| model.sum()))
}
