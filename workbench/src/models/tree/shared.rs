//! What the fits of a search share: each column sorted once, and the trees of candidates that differ only in their number.

use super::model::sum_of;
use super::plan::{TreePlan, TreeSource};
use super::ranked::{Categories, RankedColumn, rank_columns};
use super::rows::RankedRows;
use super::{DecisionTreeClassifier, DecisionTreeModel, DecisionTreeRegressor, TreeSum};
use crate::data::{Dataset, Fold, Target};
use crate::error::{Error, Result};
use crate::models::forest::{
    ExtraTreesClassifier, ExtraTreesRegressor, ForestModel, RandomForestClassifier, RandomForestRegressor,
};
use crate::models::{Estimator, Model, Part, Predictions, SharedFits, Wanted};

/// Ranked columns, the target and the rows of each fold. Ranks and different values are at most one and a half times as large as the data.
pub(in crate::models) struct SharedTreeFits {
    columns: Vec<RankedColumn>,
    target: Target,
    target_name: String,
    weights: Option<Vec<f64>>,
    folds: Vec<Fold>,
}

impl SharedTreeFits {
    pub(in crate::models) fn new(model: &'static str, data: &Dataset, folds: &[Fold]) -> Result<Self> {
        Ok(Self {
            columns: rank_columns(model, data.features(), Categories::Refused)?,
            target: data.target().clone(),
            target_name: data.target_name().to_string(),
            weights: data.weights().map(<[f64]>::to_vec),
            folds: folds.to_vec(),
        })
    }

    fn rows(&self, fold_idx: usize, part: Part) -> Result<&[usize]> {
        let fold = self.folds.get(fold_idx).ok_or(Error::Interrupted)?;
        Ok(match part {
            Part::Train => &fold.train,
            Part::Validation => &fold.validation,
        })
    }
}

/// Fits on all rows of `data`, trees spread over all threads.
pub(in crate::models) fn fit_all(plan: &TreePlan, data: &Dataset) -> Result<(TreeSum, Option<f64>)> {
    plan.check()?;
    let columns = rank_columns(plan.name, data.features(), Categories::Refused)?;
    let (target, target_name, weights) = (data.target(), data.target_name(), data.weights());
    let source = TreeSource { columns: &columns, target, target_name, weights };
    fit(plan, &source, &(0..data.n_samples()).collect::<Vec<_>>(), true)
}

/// The trees, and their score on rows that they did not see if it is asked for.
fn fit(plan: &TreePlan, source: &TreeSource<'_>, rows: &[usize], parallel: bool) -> Result<(TreeSum, Option<f64>)> {
    let sum = plan.fit(source, rows, parallel)?;
    let score = plan.oob_score.then(|| out_of_bag_score(plan, source, rows, &sum));
    Ok((sum, score))
}

/// The accuracy, or R², of the trees that did not draw a row, over rows that some did not; each row by its weight.
fn out_of_bag_score(plan: &TreePlan, source: &TreeSource<'_>, rows: &[usize], sum: &TreeSum) -> f64 {
    let weight = |row: usize| source.weights.map_or(1.0, |weights| weights.get(row).copied().unwrap_or(0.0));
    let counted: Vec<usize> = rows.iter().copied().filter(|&row| weight(row) > 0.0).collect();
    let told = plan.out_of_bag(source, rows, sum);
    let known = counted.into_iter().zip(told).filter(|(_, told)| told.iter().all(|value| value.is_finite()));
    match source.target {
        Target::Classes { codes, labels } => {
            let (mut right, mut total) = (0.0, 0.0);
            for (row, shares) in known {
                let best = crate::models::linear::position_of_max(shares.into_iter());
                let truth = codes.get(row).and_then(|&code| labels.get(code as usize));
                total += weight(row);
                if sum.classes().get(best) == truth {
                    right += weight(row);
                }
            }
            right / total
        }
        Target::Values(values) => {
            let rows: Vec<(f64, f64, f64)> = known
                .filter_map(|(row, told)| Some((weight(row), *values.get(row)?, told.first().copied()?)))
                .collect();
            let total: f64 = rows.iter().map(|(weight, ..)| weight).sum();
            let mean = rows.iter().map(|(weight, value, _)| weight * value).sum::<f64>() / total;
            let left: f64 = rows.iter().map(|(weight, value, told)| weight * (value - told).powi(2)).sum();
            let all: f64 = rows.iter().map(|(weight, value, _)| weight * (value - mean).powi(2)).sum();
            1.0 - left / all
        }
    }
}

/// The settings of an estimator of trees, and whether it is a forest.
fn plan(estimator: &dyn Estimator) -> Option<(TreePlan, bool)> {
    let any = estimator.as_any();
    let tree = any.downcast_ref::<DecisionTreeClassifier>().map(DecisionTreeClassifier::plan);
    let tree = tree.or_else(|| any.downcast_ref::<DecisionTreeRegressor>().map(DecisionTreeRegressor::plan));
    if let Some(tree) = tree {
        return Some((tree, false));
    }
    let forest = any.downcast_ref::<RandomForestClassifier>().map(RandomForestClassifier::plan);
    let forest = forest.or_else(|| any.downcast_ref::<RandomForestRegressor>().map(RandomForestRegressor::plan));
    let forest = forest.or_else(|| any.downcast_ref::<ExtraTreesClassifier>().map(ExtraTreesClassifier::plan));
    let forest = forest.or_else(|| any.downcast_ref::<ExtraTreesRegressor>().map(ExtraTreesRegressor::plan));
    forest.map(|forest| (forest, true))
}

impl SharedFits for SharedTreeFits {
    /// Candidates that differ only in `n_estimators` and `ccp_alpha` are one fit, unless rows that trees did not see are to be scored.
    fn groups(&self, candidates: &[&dyn Estimator]) -> Vec<Vec<usize>> {
        let mut groups: Vec<(Option<TreePlan>, Vec<usize>)> = Vec::new();
        for (position, candidate) in candidates.iter().enumerate() {
            let key = plan(*candidate).map(|(plan, _)| {
                if plan.oob_score { plan } else { TreePlan { n_estimators: 0, ccp_alpha: 0.0, ..plan } }
            });
            match groups.iter_mut().find(|(other, _)| *other == key) {
                Some((_, members)) => members.push(position),
                None => groups.push((key, vec![position])),
            }
        }
        groups.into_iter().map(|(_, members)| members).collect()
    }

    fn fit(&self, fold_idx: usize, candidates: &[&dyn Estimator]) -> Vec<Result<Box<dyn Model>>> {
        let plans: Vec<Option<(TreePlan, bool)>> = candidates.iter().map(|candidate| plan(*candidate)).collect();
        let longest = plans.iter().flatten().map(|(plan, _)| plan).max_by_key(|plan| plan.n_estimators);
        let fit_longest = || -> Result<(TreeSum, Option<f64>)> {
            let (target, target_name) = (&self.target, self.target_name.as_str());
            let source = TreeSource { columns: &self.columns, target, target_name, weights: self.weights.as_deref() };
            let longest = longest.ok_or(Error::Interrupted)?;
            // Whole trees, of which each candidate's are pruned; those whose other rows are scored are alone.
            let ccp_alpha = if longest.oob_score { longest.ccp_alpha } else { 0.0 };
            fit(&TreePlan { ccp_alpha, ..longest.clone() }, &source, self.rows(fold_idx, Part::Train)?, true)
        };
        let mut fitted = fit_longest();
        let of_plan = |plan: &Option<(TreePlan, bool)>| -> Result<Box<dyn Model>> {
            let (plan, is_forest) = plan.as_ref().ok_or(Error::Interrupted)?;
            plan.check()?;
            if fitted.is_err() {
                // Errors are not copied, so the next one fits again and says it itself.
                std::mem::replace(&mut fitted, fit_longest())?;
            }
            let Ok((sum, score)) = &fitted else { return Err(Error::Interrupted) };
            let sum = sum.first(plan.n_estimators);
            let sum = if plan.oob_score { sum } else { sum.pruned(plan.ccp_alpha) };
            Ok(if *is_forest { Box::new(ForestModel::new(sum, *score)) } else { Box::new(DecisionTreeModel::new(sum)) })
        };
        plans.iter().map(of_plan).collect()
    }

    /// Candidates of one fit are asked together, each tree once.
    fn predictions(
        &self,
        fold_idx: usize,
        part: Part,
        models: &[&dyn Model],
        wanted: Wanted,
    ) -> Result<Option<Vec<Predictions>>> {
        let rows = self.rows(fold_idx, part)?;
        let sums: Vec<&TreeSum> = models.iter().filter_map(|model| sum_of(*model)).collect();
        let Some(&first) = sums.first() else { return Ok(None) };
        if sums.len() < models.len() || !sums.iter().all(|sum| sum.shares_trees(first)) {
            return Ok(None);
        }
        let mut stages: Vec<usize> = sums.iter().map(|sum| sum.trees().len()).collect();
        stages.sort_unstable();
        stages.dedup();
        let rows = RankedRows::new(&self.columns, rows, &vec![None; self.columns.len()]);
        let means = first.means(&rows, &stages);
        let mut all = Vec::with_capacity(models.len());
        for (model, sum) in models.iter().zip(&sums) {
            let stage = stages.iter().position(|stage| *stage == sum.trees().len());
            let Some(means) = stage.and_then(|stage| means.get(stage)) else { return Ok(None) };
            all.push(sum.predictions_of(model.name(), means.clone(), wanted)?);
        }
        Ok(Some(all))
    }
}
