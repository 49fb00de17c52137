//! What boosting learnt.

use std::any::Any;
use std::sync::Arc;

use ndarray::{Array2, Axis};
use polars::prelude::{Column, DataFrame};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::bins::{Bins, Edges, Feature, LANES};
use super::grower::GrownNode;
use super::loss::{BoostingLoss, Objective};
use super::split::Cut;
use crate::data::{Target, name_pool};
use crate::error::{Error, Result};
use crate::models::linear::position_of_max;
use crate::models::tree::rows::{BLOCK_ROWS, FrameRows, Rows};
use crate::models::tree::walk::{NO_SET, Step, find_leaves, is_whole};
use crate::models::{Model, Predictions, Wanted};

const NAME: &str = "hist_gradient_boosting";

/// One tree of a boosting model, an entry of each list for each node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedTree")]
pub(super) struct BoostedTree {
    steps: Vec<Step>,
    values: Vec<f64>,
    gains: Vec<f64>,
    n_samples: Vec<u32>,
    sets: Vec<[u64; 4]>,
}

#[derive(Deserialize)]
struct UncheckedTree {
    steps: Vec<Step>,
    values: Vec<f64>,
    gains: Vec<f64>,
    n_samples: Vec<u32>,
    sets: Vec<[u64; 4]>,
}

impl TryFrom<UncheckedTree> for BoostedTree {
    type Error = String;

    fn try_from(unchecked: UncheckedTree) -> Result<Self, String> {
        let UncheckedTree { steps, values, gains, n_samples, sets } = unchecked;
        let n = steps.len();
        if !is_whole(&steps, sets.len()) || values.len() != n || gains.len() != n || n_samples.len() != n {
            return Err("a node of a tree has children that are not there".to_string());
        }
        Ok(Self { steps, values, gains, n_samples, sets })
    }
}

impl BoostedTree {
    /// The tree on values that `grown` is on bins.
    pub(super) fn new(grown: &[GrownNode], features: &[Feature]) -> Self {
        let mut sets = Vec::new();
        let step = |(position, node): (usize, &GrownNode)| {
            let leaf = Step::leaf(position);
            let Some(split) = node.split else { return leaf };
            let (threshold, set) = match (split.cut, features.get(split.feature).map(|feature| &feature.edges)) {
                // What is not missing goes left, where the last bin does.
                (Cut::Bin(bin), Some(Edges::Thresholds(thresholds))) => {
                    (thresholds.get(usize::from(bin)).copied().unwrap_or(f64::MAX), NO_SET)
                }
                (Cut::Set(set), _) => {
                    sets.push(set);
                    (0.0, sets.len() as u32 - 1)
                }
                (Cut::Bin(_), _) => (f64::MAX, NO_SET),
            };
            let [left, right] = node.children.map(|child| child as u32);
            Step { threshold, feature: split.feature as u32, left, right, set, missing_left: split.missing_left }
        };
        Self {
            steps: grown.iter().enumerate().map(step).collect(),
            values: grown.iter().map(|node| node.value).collect(),
            gains: grown.iter().map(|node| node.split.map_or(0.0, |split| split.gain)).collect(),
            n_samples: grown.iter().map(|node| node.n_samples as u32).collect(),
            sets,
        }
    }

    /// Adds to `outputs` what the tree tells of rows in bins.
    pub(super) fn add_binned(&self, grown: &[GrownNode], bins: &Bins, features: &[Feature], outputs: &mut [f64]) {
        for (row, output) in outputs.iter_mut().enumerate() {
            let mut position = 0;
            while let Some(node) = grown.get(position) {
                let Some(split) = node.split else {
                    *output += node.value;
                    break;
                };
                let (group, lane) = (split.feature / LANES, split.feature % LANES);
                let bin = bins.groups.get(group).and_then(|rows| rows.get(row)?.get(lane)).copied().unwrap_or(0);
                let is_missing = features.get(split.feature).is_some_and(|feature| usize::from(bin) == feature.n_bins);
                let goes_left = match split.cut {
                    _ if is_missing => split.missing_left,
                    Cut::Bin(last) => bin <= last,
                    Cut::Set(set) => set[usize::from(bin) / 64] >> (bin % 64) & 1 == 1,
                };
                let [left, right] = node.children;
                position = if goes_left { left } else { right };
            }
        }
    }
}

/// Trees that models of the same fit share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<BoostedTree>", into = "Vec<BoostedTree>")]
struct Trees(Arc<Vec<BoostedTree>>);

impl From<Vec<BoostedTree>> for Trees {
    fn from(trees: Vec<BoostedTree>) -> Self {
        Self(Arc::new(trees))
    }
}

impl From<Trees> for Vec<BoostedTree> {
    fn from(trees: Trees) -> Self {
        trees.0.as_ref().clone()
    }
}

/// Mean losses before the first iteration, and after each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Losses {
    pub(super) train: Vec<f64>,
    /// Of the rows that were held out; none where none were.
    pub(super) validation: Vec<f64>,
}

/// A fitted [`HistGradientBoostingClassifier`](super::HistGradientBoostingClassifier) or
/// [`HistGradientBoostingRegressor`](super::HistGradientBoostingRegressor).
///
/// `output(x) = baseline + Σ tree(x)`, shape `(n_samples, 1)`, and for more than two classes `(n_samples, n_classes)`. Missing values, and categories that no
/// training row had, go the way that missing values were learnt to go; where no training row was missing, with the greater number of rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedModel")]
pub struct HistGradientBoostingModel {
    trees: Trees,
    n_iter: usize,
    objective: Objective,
    baseline: Vec<f64>,
    losses: Losses,
    classes: Vec<String>,
    feature_names: Vec<String>,
    categories: Vec<Option<Vec<String>>>,
}

#[derive(Deserialize)]
struct UncheckedModel {
    trees: Trees,
    n_iter: usize,
    objective: Objective,
    baseline: Vec<f64>,
    losses: Losses,
    classes: Vec<String>,
    feature_names: Vec<String>,
    categories: Vec<Option<Vec<String>>>,
}

impl TryFrom<UncheckedModel> for HistGradientBoostingModel {
    type Error = String;

    fn try_from(unchecked: UncheckedModel) -> Result<Self, String> {
        let UncheckedModel { trees, n_iter, objective, baseline, losses, classes, feature_names, categories } =
            unchecked;
        let n_classes = match objective {
            Objective::Binary => 2,
            Objective::Multinomial(n_classes) => n_classes,
            Objective::Regression(..) => 0,
        };
        let n_trees = objective.n_trees();
        let is_whole = classes.len() == n_classes
            && baseline.len() == n_trees
            && categories.len() == feature_names.len()
            && n_iter.checked_mul(n_trees).is_some_and(|n| n <= trees.0.len());
        if !is_whole {
            return Err("the parts of a boosting model do not fit together".to_string());
        }
        Ok(Self { trees, n_iter, objective, baseline, losses, classes, feature_names, categories })
    }
}

impl HistGradientBoostingModel {
    pub(super) fn new(
        trees: Vec<BoostedTree>,
        objective: Objective,
        baseline: Vec<f64>,
        losses: Losses,
        classes: Vec<String>,
        feature_names: Vec<String>,
        categories: Vec<Option<Vec<String>>>,
    ) -> Self {
        let n_iter = trees.len() / objective.n_trees().max(1);
        let trees = Trees(Arc::new(trees));
        Self { trees, n_iter, objective, baseline, losses, classes, feature_names, categories }
    }

    /// What the same fit had learnt after `max_iter` iterations, if it went that far.
    pub(super) fn first(&self, max_iter: usize) -> Self {
        let mut first = self.clone();
        first.n_iter = self.n_iter.min(max_iter);
        first.losses.train.truncate(first.n_iter + 1);
        first.losses.validation.truncate(first.n_iter + 1);
        first
    }

    /// Whether both are of one fit.
    pub(super) fn shares_trees(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.trees.0, &other.trees.0)
    }

    /// How many iterations there were.
    pub fn n_iter(&self) -> usize {
        self.n_iter
    }

    /// The classes in order; none for a regression.
    pub fn classes(&self) -> Vec<String> {
        self.classes.clone()
    }

    /// The columns that the model was fitted on.
    pub fn feature_names(&self) -> Vec<String> {
        self.feature_names.clone()
    }

    /// The categories that the model tells apart in each column; none for a column of numbers.
    pub(super) fn categories(&self) -> &[Option<Vec<String>>] {
        &self.categories
    }

    /// The mean loss after each iteration, from 0, as a table of `iteration`, `train_loss` and, where rows were held out, `validation_loss`.
    pub fn history(&self) -> DataFrame {
        let n = self.losses.train.len();
        let mut columns = vec![
            Column::new("iteration".into(), (0..n as u32).collect::<Vec<_>>()),
            Column::new("train_loss".into(), self.losses.train.clone()),
        ];
        if self.losses.validation.len() == n {
            columns.push(Column::new("validation_loss".into(), self.losses.validation.clone()));
        }
        DataFrame::new(n, columns).unwrap_or_default()
    }

    /// How much the splits of each feature gained, as parts of 1, greatest first: a table of `feature` and `importance`.
    pub fn feature_importances(&self) -> DataFrame {
        let mut gains = vec![0.0; self.feature_names.len()];
        let n_trees = self.n_iter * self.objective.n_trees();
        for tree in self.trees.0.iter().take(n_trees) {
            for (step, of_node) in tree.steps.iter().zip(&tree.gains) {
                if let Some(gain) = gains.get_mut(step.feature as usize) {
                    *gain += of_node;
                }
            }
        }
        crate::models::tree::importance_table(&self.feature_names, &gains)
    }

    /// The sums of the trees, after each of `stages` iterations (ascending).
    pub(super) fn outputs(&self, rows: &dyn Rows, stages: &[usize]) -> Vec<Array2<f64>> {
        name_pool();
        let (n_rows, n_features, n_trees) = (rows.n_rows(), self.feature_names.len(), self.objective.n_trees());
        let width = n_trees * stages.len();
        let mut all = vec![0.0; n_rows * width];
        all.par_chunks_mut((BLOCK_ROWS * width).max(1)).enumerate().for_each(|(block_idx, out)| {
            let n = out.len() / width.max(1);
            let mut values = vec![f64::NAN; n * n_features];
            rows.fill(block_idx * BLOCK_ROWS, n_features, &mut values);
            let mut sums: Vec<f64> = std::iter::repeat_n(self.baseline.iter().copied(), n).flatten().collect();
            let mut leaves = vec![0_u32; n];
            let mut done = 0;
            for (stage, &n_iter) in stages.iter().enumerate() {
                for iteration in done..n_iter.min(self.n_iter) {
                    let trees = self.trees.0.iter().skip(iteration * n_trees).take(n_trees);
                    for (number, tree) in trees.enumerate() {
                        find_leaves(&tree.steps, &tree.sets, &values, n_features, &mut leaves);
                        for (sum, &leaf) in sums.iter_mut().skip(number).step_by(n_trees).zip(&leaves) {
                            *sum += tree.values.get(leaf as usize).copied().unwrap_or_default();
                        }
                    }
                }
                done = done.max(n_iter.min(self.n_iter));
                for (row, sums) in sums.chunks(n_trees).enumerate() {
                    let place = row * width + stage * n_trees;
                    if let Some(place) = out.get_mut(place..place + n_trees) {
                        place.copy_from_slice(sums);
                    }
                }
            }
        });
        let of_stage = |stage: usize| {
            Array2::from_shape_fn((n_rows, n_trees), |(row, number)| {
                all.get(row * width + stage * n_trees + number).copied().unwrap_or_default()
            })
        };
        (0..stages.len()).map(of_stage).collect()
    }

    fn outputs_of(&self, features: &DataFrame, stages: &[usize]) -> Result<Vec<Array2<f64>>> {
        let rows = FrameRows::new(NAME, features, &self.feature_names, &self.categories)?;
        Ok(self.outputs(&rows, stages))
    }

    fn last_outputs(&self, features: &DataFrame) -> Result<Array2<f64>> {
        let outputs = self.outputs_of(features, &[self.n_iter])?.pop();
        Ok(outputs.unwrap_or_else(|| Array2::zeros((0, 1))))
    }

    /// The prediction for each row of outputs.
    pub(super) fn target_of(&self, outputs: &Array2<f64>) -> Target {
        match self.objective {
            Objective::Regression(loss, _) => {
                let mean = |output: &f64| match loss {
                    BoostingLoss::Poisson | BoostingLoss::Gamma => output.exp(),
                    _ => *output,
                };
                Target::Values(outputs.iter().map(mean).collect())
            }
            Objective::Binary => {
                let codes = outputs.iter().map(|output| u32::from(*output > 0.0)).collect();
                Target::Classes { codes, labels: self.classes.clone() }
            }
            Objective::Multinomial(_) => {
                let code = |row: ndarray::ArrayView1<'_, f64>| position_of_max(row.iter().copied()) as u32;
                let codes = outputs.rows().into_iter().map(code).collect();
                Target::Classes { codes, labels: self.classes.clone() }
            }
        }
    }

    /// The probabilities of each row of outputs.
    pub(super) fn probabilities_of(&self, outputs: &Array2<f64>) -> Result<Array2<f64>> {
        match self.objective {
            Objective::Regression(..) => {
                Err(Error::NoProbabilities { model: NAME, reason: "(it was fitted on numbers)" })
            }
            Objective::Binary => {
                let share = |output: f64| 1.0 / (1.0 + (-output).exp());
                Ok(Array2::from_shape_fn((outputs.nrows(), 2), |(row, class)| {
                    let output = outputs.get((row, 0)).copied().unwrap_or_default();
                    if class == 1 { share(output) } else { share(-output) }
                }))
            }
            Objective::Multinomial(_) => {
                let mut shares = outputs.clone();
                for mut row in shares.axis_iter_mut(Axis(0)) {
                    let greatest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    row.mapv_inplace(|output| (output - greatest).exp());
                    let sum = row.sum();
                    row.mapv_inplace(|share| share / sum);
                }
                Ok(shares)
            }
        }
    }

    /// All that metrics ask for, of outputs.
    pub(super) fn predictions_of(&self, outputs: Array2<f64>, wanted: Wanted) -> Result<Predictions> {
        let is_regression = matches!(self.objective, Objective::Regression(..));
        let target = self.target_of(&outputs);
        let probabilities = if wanted.probabilities || wanted.decisions && is_regression {
            Some(self.probabilities_of(&outputs)?)
        } else {
            None
        };
        let decisions = (wanted.decisions && !is_regression).then_some(outputs);
        Ok(Predictions { target, classes: self.classes.clone(), probabilities, decisions })
    }

    /// The prediction for each row: the most probable class, or the mean, median or quantile.
    ///
    /// # Errors
    /// [`Error::FeaturesDiffer`] where the columns are not those of the fit (their order does not matter), [`Error::NotNumeric`] for a column of text that
    /// was one of numbers.
    pub fn predict(&self, features: &DataFrame) -> Result<Target> {
        Ok(self.target_of(&self.last_outputs(features)?))
    }

    /// The probability of each class, shape `(n_samples, n_classes)`.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict); [`Error::NoProbabilities`] for a regression.
    pub fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.probabilities_of(&self.last_outputs(features)?)
    }

    /// The sums of the trees, shape `(n_samples, 1)` for two classes, `(n_samples, n_classes)` for more.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict); [`Error::NoDecisions`] for a regression.
    pub fn decision_function(&self, features: &DataFrame) -> Result<Array2<f64>> {
        if matches!(self.objective, Objective::Regression(..)) {
            return Err(Error::NoDecisions { model: NAME });
        }
        self.last_outputs(features)
    }

    /// The predictions after each iteration, from the first.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict).
    pub fn staged_predict(&self, features: &DataFrame) -> Result<Vec<Target>> {
        Ok(self.staged_outputs(features)?.iter().map(|outputs| self.target_of(outputs)).collect())
    }

    /// The probabilities after each iteration, from the first.
    ///
    /// # Errors
    /// Those of [`predict_proba`](Self::predict_proba).
    pub fn staged_predict_proba(&self, features: &DataFrame) -> Result<Vec<Array2<f64>>> {
        self.staged_outputs(features)?.iter().map(|outputs| self.probabilities_of(outputs)).collect()
    }

    /// The sums of the trees after each iteration, from the first.
    ///
    /// # Errors
    /// Those of [`decision_function`](Self::decision_function).
    pub fn staged_decision_function(&self, features: &DataFrame) -> Result<Vec<Array2<f64>>> {
        if matches!(self.objective, Objective::Regression(..)) {
            return Err(Error::NoDecisions { model: NAME });
        }
        self.staged_outputs(features)
    }

    fn staged_outputs(&self, features: &DataFrame) -> Result<Vec<Array2<f64>>> {
        self.outputs_of(features, &(1..=self.n_iter).collect::<Vec<_>>())
    }
}

impl Model for HistGradientBoostingModel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn predict(&self, features: &DataFrame) -> Result<Target> {
        self.predict(features)
    }

    fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.predict_proba(features)
    }

    fn decision_function(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.decision_function(features)
    }

    fn classes(&self) -> Option<Vec<String>> {
        (!self.classes.is_empty()).then(|| self.classes())
    }

    fn feature_importances(&self) -> Option<DataFrame> {
        Some(self.feature_importances())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
