//! What decision trees and forests have in common: their settings in one form, and the fit.

use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;
use rayon::prelude::*;

use super::grow::{DecisionTree, TreeGrower, TreeGrowth, Truths};
use super::ranked::RankedColumn;
use super::rows::RankedRows;
use super::{Impurity, MaxFeatures, TreeSum};
use crate::data::{Target, name_pool};
use crate::error::{Error, Result};
use crate::models::ClassWeight;
use crate::models::classes::Classes;
use crate::models::settings;
use crate::preprocess::ensure;
use crate::train::random::{below, keyed};

/// What is to be told.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::models) enum Kind {
    Classes(ClassWeight),
    Values,
}

/// All settings of a fit.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::models) struct TreePlan {
    pub(in crate::models) name: &'static str,
    pub(in crate::models) kind: Kind,
    pub(in crate::models) is_forest: bool,
    pub(in crate::models) growth: TreeGrowth,
    pub(in crate::models) n_estimators: usize,
    pub(in crate::models) max_features: MaxFeatures,
    pub(in crate::models) bootstrap: bool,
    /// The part of the rows that each tree draws.
    pub(in crate::models) max_samples: f64,
    pub(in crate::models) oob_score: bool,
    pub(in crate::models) ccp_alpha: f64,
    pub(in crate::models) seed: u64,
}

/// The data that fits are made on.
pub(in crate::models) struct TreeSource<'a> {
    pub(in crate::models) columns: &'a [RankedColumn],
    pub(in crate::models) target: &'a Target,
    pub(in crate::models) target_name: &'a str,
    pub(in crate::models) weights: Option<&'a [f64]>,
}

impl TreePlan {
    /// Whether each setting is within its range.
    pub(in crate::models) fn check(&self) -> Result<()> {
        let what = |setting: &str| format!("{}.{setting}", self.name);
        let growth = &self.growth;
        settings::at_least_one(&what("n_estimators"), self.n_estimators)?;
        self.max_features.check(&what("max_features"))?;
        if let Some(n) = growth.max_depth {
            ensure(n >= 1, &what("max_depth"), n, "at least 1, or \"none\"")?;
        }
        if let Some(n) = growth.max_leaf_nodes {
            ensure(n >= 2, &what("max_leaf_nodes"), n, "at least 2, or \"none\"")?;
        }
        ensure(growth.min_samples_split >= 2, &what("min_samples_split"), growth.min_samples_split, "at least 2")?;
        settings::at_least_one(&what("min_samples_leaf"), growth.min_samples_leaf)?;
        settings::not_negative(&what("min_impurity_decrease"), growth.min_impurity_decrease)?;
        let (part, allowed) = (self.max_samples, "greater than 0 and at most 1");
        ensure(part > 0.0 && part <= 1.0, &what("max_samples"), part, allowed)?;
        let is_drawn = self.bootstrap || !self.oob_score;
        ensure(is_drawn, &what("oob_score"), self.oob_score, "false without bootstrap, by which no row is left out")?;
        settings::not_negative(&what("ccp_alpha"), self.ccp_alpha)?;
        match &self.kind {
            // What only a forest knows, whose trees draw rows.
            Kind::Classes(ClassWeight::BalancedSubsample) if self.is_forest => Ok(()),
            Kind::Classes(class_weight) => class_weight.check(&what("class_weight")),
            Kind::Values => Ok(()),
        }
    }

    /// Fits on `rows`, the trees spread over threads if `parallel`.
    pub(in crate::models) fn fit(&self, source: &TreeSource<'_>, rows: &[usize], parallel: bool) -> Result<TreeSum> {
        self.check()?;
        // A row that does not count is no row.
        let of_row = |row: usize| source.weights.map_or(1.0, |weights| weights.get(row).copied().unwrap_or(0.0));
        let rows: Vec<usize> = rows.iter().copied().filter(|&row| of_row(row) > 0.0).collect();
        let n_all = source.target.len();
        let row_weights: Option<Vec<f64>> = source.weights.map(|_| rows.iter().map(|&row| of_row(row)).collect());
        // One entry for each row of the columns, so that trees need no second numbering.
        let mut class_factors = vec![0.0; n_all];
        let spread = |values: &[f64], into: &mut [f64]| {
            for (&row, &value) in rows.iter().zip(values) {
                if let Some(place) = into.get_mut(row) {
                    *place = value;
                }
            }
        };
        let mut codes;
        let mut labels = Vec::new();
        let truths = match (&self.kind, source.target) {
            (Kind::Classes(class_weight), Target::Classes { codes: all, labels: known }) => {
                let own: Vec<u32> = rows.iter().filter_map(|&row| all.get(row).copied()).collect();
                let classes = Classes::of_codes(&own, known, row_weights.as_deref());
                let classes = classes.check_two(self.name, source.target_name)?;
                let what = format!("{}.class_weight", self.name);
                // How much a row counts by its class alone is what is left of the product with its own weight.
                let all_rows = match class_weight {
                    ClassWeight::BalancedSubsample if self.bootstrap => &ClassWeight::None,
                    ClassWeight::BalancedSubsample => &ClassWeight::Balanced,
                    other => other,
                };
                let weights = all_rows.of_rows(&what, &classes, row_weights.as_deref())?;
                let weights = weights.unwrap_or_else(|| vec![1.0; rows.len()]);
                spread(&weights, &mut class_factors);
                codes = vec![0_u32; n_all];
                for (&row, &code) in rows.iter().zip(&classes.codes) {
                    if let Some(place) = codes.get_mut(row) {
                        *place = code as u32;
                    }
                }
                labels = classes.labels;
                Truths::Classes(&codes, labels.len())
            }
            (Kind::Values, Target::Values(values)) => {
                if self.growth.criterion == Impurity::Poisson {
                    check_counts(source.target_name, rows.iter().filter_map(|&row| values.get(row).copied()))?;
                }
                spread(&row_weights.unwrap_or_else(|| vec![1.0; rows.len()]), &mut class_factors);
                Truths::Values(values)
            }
            (Kind::Classes(_), _) => {
                return Err(Error::NotClasses { what: self.name.into(), target: source.target_name.to_string() });
            }
            (Kind::Values, _) => {
                return Err(Error::NotNumbers { what: self.name.into(), target: source.target_name.to_string() });
            }
        };
        let weights = class_factors;
        let draw =
            Draw { rows: &rows, own: source.weights, n: ((rows.len() as f64 * self.max_samples) as usize).max(1) };
        let max_features = self.max_features.of(source.columns.len());
        name_pool();
        let tree = |number: usize| -> Result<DecisionTree> {
            let mut generator = self.generator(number);
            let mut grower = TreeGrower::new(source.columns, truths, &self.growth, max_features);
            if !self.bootstrap {
                let rows = rows.iter().map(|&row| row as u32).collect();
                return Ok(grower.grow(rows, &weights, &mut generator)?.pruned(self.ccp_alpha));
            }
            let mut counted = draw.counts(n_all, &mut generator);
            let often: Vec<f64> = match &self.kind {
                Kind::Classes(ClassWeight::BalancedSubsample) => counted.clone(),
                _ => Vec::new(),
            };
            let drawn = rows.iter().filter(|&&row| counted.get(row).is_some_and(|count| *count > 0.0));
            let drawn: Vec<u32> = drawn.map(|&row| row as u32).collect();
            for (row, count) in counted.iter_mut().enumerate() {
                // The row's own weight has decided how often it was drawn.
                let own = if *count > 0.0 { of_row(row) } else { 1.0 };
                *count *= weights.get(row).copied().unwrap_or(0.0) / own;
            }
            if let (Truths::Classes(codes, n_classes), Kind::Classes(ClassWeight::BalancedSubsample)) =
                (truths, &self.kind)
            {
                balance(&mut counted, codes, n_classes, &often);
            }
            Ok(grower.grow(drawn, &counted, &mut generator)?.pruned(self.ccp_alpha))
        };
        let trees: Vec<Result<DecisionTree>> = if parallel {
            (0..self.n_estimators).into_par_iter().map(tree).collect()
        } else {
            (0..self.n_estimators).map(tree).collect()
        };
        let trees = trees.into_iter().collect::<Result<Vec<_>>>()?;
        let feature_names = source.columns.iter().map(|column| column.name.clone()).collect();
        let sum = TreeSum::new(trees, labels, feature_names);
        Ok(sum)
    }

    /// What decides a tree: the same for each number of trees.
    fn generator(&self, number: usize) -> ChaCha8Rng {
        keyed([self.seed, 3, number as u64, 0])
    }

    /// For each row of `rows` the mean of the trees that did not draw it, shape `(n, width)`; NaN where all did. `sum` is what [`fit`](Self::fit) made of them.
    pub(in crate::models) fn out_of_bag(
        &self,
        source: &TreeSource<'_>,
        rows: &[usize],
        sum: &TreeSum,
    ) -> Vec<Vec<f64>> {
        let of_row = |row: usize| source.weights.map_or(1.0, |weights| weights.get(row).copied().unwrap_or(0.0));
        let rows: Vec<usize> = rows.iter().copied().filter(|&row| of_row(row) > 0.0).collect();
        let draw =
            Draw { rows: &rows, own: source.weights, n: ((rows.len() as f64 * self.max_samples) as usize).max(1) };
        let n_all = source.target.len();
        let mut sums = vec![vec![0.0; sum.width()]; rows.len()];
        let mut counts = vec![0.0; rows.len()];
        for (number, tree) in sum.trees().iter().enumerate() {
            let drawn = draw.counts(n_all, &mut self.generator(number));
            let left_out: Vec<usize> = (0..rows.len())
                .filter(|&position| rows.get(position).and_then(|&row| drawn.get(row)) == Some(&0.0))
                .collect();
            let asked: Vec<usize> = left_out.iter().filter_map(|&position| rows.get(position).copied()).collect();
            let values =
                TreeSum::leaves_of(tree, &RankedRows::new(source.columns, &asked, &vec![None; source.columns.len()]));
            for (&position, leaf) in left_out.iter().zip(values) {
                if let (Some(sums), Some(count)) = (sums.get_mut(position), counts.get_mut(position)) {
                    *count += 1.0;
                    sums.iter_mut().zip(tree.value(leaf as usize)).for_each(|(sum, value)| *sum += value);
                }
            }
        }
        for (sums, count) in sums.iter_mut().zip(counts) {
            sums.iter_mut().for_each(|sum| *sum /= count);
        }
        sums
    }
}

/// Has all classes that a tree drew count the same together; `often` says how often each row was drawn.
fn balance(counted: &mut [f64], codes: &[u32], n_classes: usize, often: &[f64]) {
    let mut sums = vec![0.0; n_classes];
    for (&code, times) in codes.iter().zip(often) {
        if let Some(sum) = sums.get_mut(code as usize) {
            *sum += times;
        }
    }
    let total: f64 = sums.iter().sum();
    let n_drawn = sums.iter().filter(|sum| **sum > 0.0).count() as f64;
    for (count, &code) in counted.iter_mut().zip(codes).filter(|(count, _)| **count > 0.0) {
        *count *= sums.get(code as usize).map_or(1.0, |sum| total / (n_drawn * sum));
    }
}

/// An error unless `values` are such as a Poisson deviance is of.
fn check_counts(target: &str, values: impl Iterator<Item = f64>) -> Result<()> {
    let (least, sum) = values.fold((0.0_f64, 0.0), |(least, sum), value| (least.min(value), sum + value));
    if least >= 0.0 && sum > 0.0 {
        return Ok(());
    }
    Err(Error::InvalidValue {
        what: format!("the target `{target}`"),
        value: if least < 0.0 { format!("with {least:?}") } else { "0 everywhere".to_string() },
        allowed: "at least 0, and not 0 everywhere, for the criterion \"poisson\"".to_string(),
    })
}

/// Draws rows with replacement, each as often as its weight says.
struct Draw<'a> {
    rows: &'a [usize],
    own: Option<&'a [f64]>,
    n: usize,
}

impl Draw<'_> {
    /// How often each of `n_all` rows is drawn.
    fn counts(&self, n_all: usize, generator: &mut ChaCha8Rng) -> Vec<f64> {
        let mut counts = vec![0.0; n_all];
        let mut count = |position: usize| {
            if let Some(count) = self.rows.get(position).and_then(|&row| counts.get_mut(row)) {
                *count += 1.0;
            }
        };
        match self.own {
            None => (0..self.n).for_each(|_| count(below(self.rows.len() as u64, generator) as usize)),
            Some(own) => {
                let mut total = 0.0;
                let cumulated: Vec<f64> = self
                    .rows
                    .iter()
                    .map(|&row| {
                        total += own.get(row).copied().unwrap_or(0.0);
                        total
                    })
                    .collect();
                for _ in 0..self.n {
                    let drawn = (generator.next_u64() >> 11) as f64 / (1_u64 << 53) as f64 * total;
                    count(cumulated.partition_point(|sum| *sum <= drawn).min(self.rows.len().saturating_sub(1)));
                }
            }
        }
        counts
    }
}

/// Trees that models of one fit share.
pub(in crate::models) type SharedTrees = Arc<Vec<DecisionTree>>;
