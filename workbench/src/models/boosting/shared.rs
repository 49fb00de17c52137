//! What the fits of a search share: each column sorted once, and the trees of candidates that differ only in their number.

use std::any::Any;

use super::model::HistGradientBoostingModel;
use super::plan::{Plan, Source};
use super::{HistGradientBoostingClassifier, HistGradientBoostingRegressor};
use crate::data::{Dataset, Fold, Target};
use crate::error::{Error, Result};
use crate::models::tree::ranked::{Categories, RankedColumn, rank_columns};
use crate::models::tree::rows::RankedRows;
use crate::models::{Estimator, Model, Part, Predictions, SharedFits, Wanted};

/// Ranked columns, the target and the rows of each fold. Ranks and different values are at most one and a half times as large as the data.
pub(super) struct SharedBoosting {
    columns: Vec<RankedColumn>,
    target: Target,
    target_name: String,
    weights: Option<Vec<f64>>,
    folds: Vec<Fold>,
}

impl SharedBoosting {
    pub(super) fn new(model: &'static str, data: &Dataset, folds: &[Fold]) -> Result<Self> {
        Ok(Self {
            columns: rank_columns(model, data.features(), Categories::Native)?,
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

/// The settings of a boosting estimator.
fn plan(estimator: &dyn Estimator) -> Option<Plan> {
    let any: &dyn Any = estimator.as_any();
    let classifier = any.downcast_ref::<HistGradientBoostingClassifier>().map(HistGradientBoostingClassifier::plan);
    classifier.or_else(|| any.downcast_ref::<HistGradientBoostingRegressor>().map(HistGradientBoostingRegressor::plan))
}

impl SharedFits for SharedBoosting {
    /// Candidates that differ only in `max_iter` are one fit.
    fn groups(&self, candidates: &[&dyn Estimator]) -> Vec<Vec<usize>> {
        let mut groups: Vec<(Option<Plan>, Vec<usize>)> = Vec::new();
        for (position, candidate) in candidates.iter().enumerate() {
            let key = plan(*candidate).map(|plan| Plan { max_iter: 0, ..plan });
            match groups.iter_mut().find(|(other, _)| *other == key) {
                Some((_, members)) => members.push(position),
                None => groups.push((key, vec![position])),
            }
        }
        groups.into_iter().map(|(_, members)| members).collect()
    }

    fn fit(&self, fold_idx: usize, candidates: &[&dyn Estimator]) -> Vec<Result<Box<dyn Model>>> {
        let plans: Vec<Option<Plan>> = candidates.iter().map(|candidate| plan(*candidate)).collect();
        let longest = plans.iter().flatten().max_by_key(|plan| plan.max_iter);
        let fit = || -> Result<HistGradientBoostingModel> {
            let longest = longest.ok_or(Error::Interrupted)?;
            let weights = self.weights.as_deref();
            let source =
                Source { columns: &self.columns, target: &self.target, target_name: &self.target_name, weights };
            // Where folds keep all threads busy, a fit is best left to one.
            let parallel = rayon::current_num_threads() > self.folds.len();
            longest.fit(&source, self.rows(fold_idx, Part::Train)?, parallel)
        };
        let mut fitted = fit();
        plans
            .iter()
            .map(|plan| {
                let plan = plan.as_ref().ok_or(Error::Interrupted)?;
                // Each candidate has its own wrong setting.
                plan.check()?;
                match &fitted {
                    Ok(model) => Ok(Box::new(model.first(plan.max_iter)) as Box<dyn Model>),
                    Err(_) => match std::mem::replace(&mut fitted, Err(Error::Interrupted)) {
                        Err(error) => {
                            // Errors are not copied, so the others fit again and say it themselves.
                            fitted = fit();
                            Err(error)
                        }
                        Ok(_) => Err(Error::Interrupted),
                    },
                }
            })
            .collect()
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
        let mut all = Vec::with_capacity(models.len());
        let mut asked: Option<(&HistGradientBoostingModel, Vec<usize>, Vec<ndarray::Array2<f64>>)> = None;
        let own: Vec<&HistGradientBoostingModel> =
            models.iter().filter_map(|model| model.as_any().downcast_ref()).collect();
        if own.len() < models.len() {
            return Ok(None);
        }
        for model in &own {
            let is_asked = asked.as_ref().is_some_and(|(other, ..)| other.shares_trees(model));
            if !is_asked {
                let mut stages: Vec<usize> =
                    own.iter().filter(|other| other.shares_trees(model)).map(|other| other.n_iter()).collect();
                stages.sort_unstable();
                stages.dedup();
                let longest = own.iter().filter(|other| other.shares_trees(model)).max_by_key(|other| other.n_iter());
                let longest = longest.copied().unwrap_or(model);
                let rows = RankedRows::new(&self.columns, rows, longest.categories());
                let outputs = longest.outputs(&rows, &stages);
                asked = Some((longest, stages, outputs));
            }
            let outputs = asked.as_ref().and_then(|(_, stages, outputs)| {
                outputs.get(stages.iter().position(|stage| *stage == model.n_iter())?).cloned()
            });
            let Some(outputs) = outputs else { return Ok(None) };
            all.push(model.predictions_of(outputs, wanted)?);
        }
        Ok(Some(all))
    }
}
