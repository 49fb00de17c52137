//! What the two boosting estimators have in common: their settings in one form, and the fit.

use super::bins::{Binning, Bins, Edges};
use super::grower::{Grower, Growth};
use super::loss::{BoostingLoss, Objective, Truth, rounded};
use super::model::{BoostedTree, HistGradientBoostingModel, Losses};
use super::split::Direction;
use crate::data::Target;
use crate::error::{Error, Result};
use crate::models::ClassWeight;
use crate::models::classes::Classes;
use crate::models::settings;
use crate::models::tree::ranked::RankedColumn;
use crate::preprocess::ensure;
use crate::train::random::{keyed, shuffle};

/// What is to be told.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Classes(ClassWeight),
    Values(BoostingLoss, f64),
}

/// All settings of a fit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) learning_rate: f64,
    pub(super) max_iter: usize,
    pub(super) max_leaf_nodes: Option<usize>,
    pub(super) max_depth: Option<usize>,
    pub(super) min_samples_leaf: usize,
    pub(super) l2_regularization: f64,
    pub(super) max_features: f64,
    pub(super) max_bins: usize,
    pub(super) monotonic_cst: Vec<(String, Direction)>,
    pub(super) early_stopping: bool,
    pub(super) validation_fraction: f64,
    pub(super) n_iter_no_change: usize,
    pub(super) tol: f64,
    pub(super) seed: u64,
}

/// The data that fits are made on.
pub(super) struct Source<'a> {
    pub(super) columns: &'a [RankedColumn],
    pub(super) target: &'a Target,
    pub(super) target_name: &'a str,
    pub(super) weights: Option<&'a [f64]>,
}

impl Plan {
    /// Whether each setting is within its range.
    pub(super) fn check(&self) -> Result<()> {
        let what = |setting: &str| format!("{}.{setting}", self.name);
        settings::positive(&what("learning_rate"), self.learning_rate)?;
        settings::at_least_one(&what("max_iter"), self.max_iter)?;
        if let Some(n) = self.max_leaf_nodes {
            ensure(n >= 2, &what("max_leaf_nodes"), n, "at least 2, or \"none\"")?;
        }
        if let Some(n) = self.max_depth {
            ensure(n >= 1, &what("max_depth"), n, "at least 1, or \"none\"")?;
        }
        settings::at_least_one(&what("min_samples_leaf"), self.min_samples_leaf)?;
        settings::not_negative(&what("l2_regularization"), self.l2_regularization)?;
        let allowed = "greater than 0 and at most 1";
        ensure(self.max_features > 0.0 && self.max_features <= 1.0, &what("max_features"), self.max_features, allowed)?;
        ensure((2..=255).contains(&self.max_bins), &what("max_bins"), self.max_bins, "from 2 to 255")?;
        let fraction = self.validation_fraction;
        ensure((0.0..1.0).contains(&fraction), &what("validation_fraction"), fraction, "at least 0 and less than 1")?;
        settings::at_least_one(&what("n_iter_no_change"), self.n_iter_no_change)?;
        settings::not_negative(&what("tol"), self.tol)?;
        match &self.kind {
            Kind::Classes(class_weight) => class_weight.check(&what("class_weight")),
            Kind::Values(BoostingLoss::Quantile, q) => {
                ensure(*q > 0.0 && *q < 1.0, &what("quantile"), *q, "greater than 0 and less than 1")
            }
            Kind::Values(..) => Ok(()),
        }
    }

    /// The direction of each column.
    fn directions(&self, columns: &[RankedColumn]) -> Result<Vec<Direction>> {
        let mut directions = vec![Direction::Any; columns.len()];
        for (name, direction) in &self.monotonic_cst {
            let found = columns.iter().zip(&mut directions).find(|(column, _)| column.name == *name);
            let (column, place) = found.ok_or_else(|| {
                let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
                Error::not_one_of(&format!("{}.monotonic_cst", self.name), name, &names)
            })?;
            if matches!(column.distinct, crate::models::tree::ranked::Distinct::Categories(_)) {
                return Err(Error::InvalidValue {
                    what: format!("{}.monotonic_cst", self.name),
                    value: format!("\"{name}\""),
                    allowed: "a column of numbers, since categories have no order".to_string(),
                });
            }
            *place = *direction;
        }
        Ok(directions)
    }

    /// Fits on `rows`, with their features spread over threads if `parallel`.
    pub(super) fn fit(&self, source: &Source<'_>, rows: &[usize], parallel: bool) -> Result<HistGradientBoostingModel> {
        self.check()?;
        let directions = self.directions(source.columns)?;
        // A row that does not count is no row.
        let counts =
            |row: usize| source.weights.is_none_or(|weights| weights.get(row).is_some_and(|weight| *weight > 0.0));
        let rows: Vec<usize> = rows.iter().copied().filter(|&row| counts(row)).collect();
        let row_weights: Option<Vec<f64>> =
            source.weights.map(|weights| rows.iter().filter_map(|&row| weights.get(row).copied()).collect());
        let (target, weights, objective, classes) = self.truth(source, &rows, row_weights)?;
        objective.check(self.name, source.target_name, &target)?;
        let (train, validation) = self.parts(&target, objective);
        let pick = |values: &[f64], positions: &[usize]| -> Vec<f64> {
            positions.iter().filter_map(|&position| values.get(position).copied()).collect()
        };
        let rows_at = |positions: &[usize]| -> Vec<usize> {
            positions.iter().filter_map(|&position| rows.get(position).copied()).collect()
        };
        let train_target = pick(&target, &train);
        let train_weights = weights.as_ref().map(|weights| pick(weights, &train));
        let truth = Truth { target: &train_target, weights: train_weights.as_deref() };
        let train_rows = rows_at(&train);
        let binning = Binning::new(self.name, source.columns, &train_rows, truth.weights, self.max_bins)?;
        let bins = binning.bin(source.columns, &train_rows);
        let held_out = (!validation.is_empty()).then(|| HeldOut {
            bins: binning.bin(source.columns, &rows_at(&validation)),
            target: pick(&target, &validation),
            weights: weights.as_ref().map(|weights| pick(weights, &validation)),
        });
        let growth = Growth {
            max_leaf_nodes: self.max_leaf_nodes,
            max_depth: self.max_depth,
            min_samples_leaf: self.min_samples_leaf,
            l2: self.l2_regularization,
            max_features: self.max_features,
            directions,
            seed: self.seed,
            parallel: parallel && bins.n_rows >= 256,
        };
        let (baseline, trees, losses) = self.boost(objective, &truth, &bins, &binning, held_out, &growth)?;
        let categories = binning.features.into_iter().map(|feature| match feature.edges {
            Edges::Categories(categories) => Some(categories),
            Edges::Thresholds(_) => None,
        });
        Ok(HistGradientBoostingModel::new(
            trees,
            objective,
            baseline,
            losses,
            classes,
            source.columns.iter().map(|column| column.name.clone()).collect(),
            categories.collect(),
        ))
    }

    /// The target as numbers, how often each row counts, the loss, and the classes.
    #[allow(clippy::type_complexity, reason = "four parts that belong together only here")]
    fn truth(
        &self,
        source: &Source<'_>,
        rows: &[usize],
        weights: Option<Vec<f64>>,
    ) -> Result<(Vec<f64>, Option<Vec<f64>>, Objective, Vec<String>)> {
        match (&self.kind, source.target) {
            (Kind::Classes(class_weight), Target::Classes { codes, labels }) => {
                let codes: Vec<u32> = rows.iter().filter_map(|&row| codes.get(row).copied()).collect();
                let classes = Classes::of_codes(&codes, labels, weights.as_deref());
                let classes = classes.check_two(self.name, source.target_name)?;
                let what = format!("{}.class_weight", self.name);
                let weights = class_weight.of_rows(&what, &classes, weights.as_deref())?;
                let target = classes.codes.iter().map(|&code| code as f64).collect();
                let n_classes = classes.labels.len();
                let objective = if n_classes == 2 { Objective::Binary } else { Objective::Multinomial(n_classes) };
                Ok((target, weights, objective, classes.labels))
            }
            (Kind::Values(loss, quantile), Target::Values(values)) => {
                let target = rows.iter().filter_map(|&row| values.get(row).copied()).collect();
                Ok((target, weights, Objective::Regression(*loss, *quantile), Vec::new()))
            }
            (Kind::Classes(_), _) => {
                Err(Error::NotClasses { what: self.name.to_string(), target: source.target_name.to_string() })
            }
            (Kind::Values(..), _) => {
                Err(Error::NotNumbers { what: self.name.to_string(), target: source.target_name.to_string() })
            }
        }
    }

    /// The positions to fit on, and those to stop by, of each class its part.
    fn parts(&self, target: &[f64], objective: Objective) -> (Vec<usize>, Vec<usize>) {
        if !self.early_stopping || self.validation_fraction == 0.0 {
            return ((0..target.len()).collect(), Vec::new());
        }
        let n_strata = match objective {
            Objective::Binary => 2,
            Objective::Multinomial(n_classes) => n_classes,
            Objective::Regression(..) => 1,
        };
        let mut strata: Vec<Vec<usize>> = vec![Vec::new(); n_strata];
        for (position, value) in target.iter().enumerate() {
            if let Some(stratum) = strata.get_mut(if n_strata == 1 { 0 } else { *value as usize }) {
                stratum.push(position);
            }
        }
        let mut is_held_out = vec![false; target.len()];
        for (number, stratum) in strata.iter_mut().enumerate() {
            shuffle(stratum, &mut keyed([self.seed, 2, number as u64, 0]));
            let n = (stratum.len() as f64 * self.validation_fraction).round() as usize;
            // Each class has a row to learn from.
            for &position in stratum.iter().take(n.min(stratum.len().saturating_sub(1))) {
                if let Some(is_held_out) = is_held_out.get_mut(position) {
                    *is_held_out = true;
                }
            }
        }
        (0..target.len()).partition(|&position| is_held_out.get(position) == Some(&false))
    }

    /// One iteration after the other.
    fn boost(
        &self,
        objective: Objective,
        truth: &Truth<'_>,
        bins: &Bins,
        binning: &Binning,
        mut held_out: Option<HeldOut>,
        growth: &Growth,
    ) -> Result<(Vec<f64>, Vec<BoostedTree>, Losses)> {
        let n_trees = objective.n_trees();
        let baseline = objective.baseline(truth);
        let mut outputs: Vec<Vec<f64>> = baseline.iter().map(|&output| vec![output; bins.n_rows]).collect();
        let mut held_out_outputs: Vec<Vec<f64>> = match &held_out {
            Some(held_out) => baseline.iter().map(|&output| vec![output; held_out.bins.n_rows]).collect(),
            None => Vec::new(),
        };
        let mut pairs = vec![vec![[0.0; 2]; bins.n_rows]; n_trees];
        let mut entries = Vec::with_capacity(bins.n_rows);
        let mut grower = Grower::new(bins, &binning.features, growth);
        let mut trees = Vec::new();
        let mut losses = Losses::default();
        for iteration in 0..self.max_iter {
            losses.train.push(objective.derivatives(truth, &outputs, &mut pairs, growth.parallel));
            if let Some(held_out) = &mut held_out {
                losses.validation.push(held_out.loss(objective, &held_out_outputs));
            }
            if self.early_stopping && self.is_over(&losses) {
                return Ok((baseline, trees, losses));
            }
            for (number, (pairs, outputs)) in pairs.iter().zip(&mut outputs).enumerate() {
                let scale = rounded(pairs, &mut entries);
                let mut nodes = grower.grow(&entries, scale, (iteration * n_trees + number) as u64)?;
                for node in &mut nodes {
                    if node.split.is_some() {
                        continue;
                    }
                    let rows = grower.rows_of(node);
                    if let Some(value) = objective.renewed(truth, outputs, rows) {
                        node.value = value;
                    }
                    node.value *= self.learning_rate;
                    for &row in rows {
                        outputs[row as usize] += node.value;
                    }
                }
                let tree = BoostedTree::new(&nodes, &binning.features);
                if let (Some(held_out), Some(outputs)) = (&held_out, held_out_outputs.get_mut(number)) {
                    tree.add_binned(&nodes, &held_out.bins, &binning.features, outputs);
                }
                trees.push(tree);
            }
        }
        losses.train.push(objective.derivatives(truth, &outputs, &mut pairs, growth.parallel));
        if let Some(held_out) = &held_out {
            losses.validation.push(held_out.loss(objective, &held_out_outputs));
        }
        Ok((baseline, trees, losses))
    }

    /// Whether none of the last iterations was better than the one before them.
    fn is_over(&self, losses: &Losses) -> bool {
        let watched = if losses.validation.is_empty() { &losses.train } else { &losses.validation };
        let Some(first) = watched.len().checked_sub(self.n_iter_no_change + 1) else { return false };
        let mut recent = watched.iter().skip(first);
        let Some(reference) = recent.next() else { return false };
        !recent.any(|loss| *loss < reference - self.tol)
    }
}

/// Rows that tell when to stop.
struct HeldOut {
    bins: Bins,
    target: Vec<f64>,
    weights: Option<Vec<f64>>,
}

impl HeldOut {
    fn loss(&self, objective: Objective, outputs: &[Vec<f64>]) -> f64 {
        objective.loss(&Truth { target: &self.target, weights: self.weights.as_deref() }, outputs)
    }
}
