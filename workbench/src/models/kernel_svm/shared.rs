//! Kernels that are computed once for all candidates of a search.

use super::classifier::{self, Svc, SvcModel};
use super::kernel::KernelSettings;
use super::machine::{Machine, sums_together};
use super::regressor::{self, Svr, SvrModel};
use crate::data::{Dataset, Fold};
use crate::error::{Error, Result};
use crate::models::{Estimator, Model, Part, Predictions, SharedFits, Wanted};

/// The rows of a search.
pub(super) struct SharedMachines {
    data: Dataset,
    folds: Vec<Fold>,
}

impl SharedMachines {
    pub(super) fn new(data: &Dataset, folds: &[Fold]) -> Self {
        Self { data: data.clone(), folds: folds.to_vec() }
    }

    fn rows(&self, fold_idx: usize, part: Part) -> Result<Dataset> {
        let fold = self.folds.get(fold_idx).ok_or(Error::Interrupted)?;
        self.data.take(match part {
            Part::Train => &fold.train,
            Part::Validation => &fold.validation,
        })
    }
}

/// What candidates that are fitted together agree on: the kernel, and how much of it may be kept.
fn agreed(estimator: &dyn Estimator) -> Option<(KernelSettings, f64)> {
    let estimator = estimator.as_any();
    let svc = estimator.downcast_ref::<Svc>().map(|svc| (svc.kernel_settings(), svc.cache_bytes()));
    svc.or_else(|| estimator.downcast_ref::<Svr>().map(|svr| (svr.kernel_settings(), svr.cache_bytes())))
}

/// All of `items` as `T`, if all are.
fn all_as<'a, T: 'static, I>(
    items: impl Iterator<Item = I>,
    as_type: impl Fn(I) -> Option<&'a T>,
) -> Option<Vec<&'a T>> {
    items.map(as_type).collect()
}

fn boxed<M: Model + 'static>(models: Vec<Result<M>>) -> Vec<Result<Box<dyn Model>>> {
    models.into_iter().map(|model| model.map(|model| Box::new(model) as Box<dyn Model>)).collect()
}

impl SharedFits for SharedMachines {
    fn groups(&self, candidates: &[&dyn Estimator]) -> Vec<Vec<usize>> {
        let n_rows = self.folds.iter().map(|fold| fold.train.len()).max().unwrap_or(0) as f64;
        let mut groups: Vec<(Option<(KernelSettings, f64)>, Vec<usize>)> = Vec::new();
        for (position, candidate) in candidates.iter().enumerate() {
            // What is made anew again and again is not worth keeping the others waiting for.
            let agreed = agreed(*candidate).filter(|(_, bytes)| 8.0 * n_rows * n_rows <= *bytes);
            match groups.iter_mut().find(|(other, _)| agreed.is_some() && *other == agreed) {
                Some((_, members)) => members.push(position),
                None => groups.push((agreed, vec![position])),
            }
        }
        groups.into_iter().map(|(_, members)| members).collect()
    }

    fn fit(&self, fold_idx: usize, candidates: &[&dyn Estimator]) -> Vec<Result<Box<dyn Model>>> {
        let Ok(data) = self.rows(fold_idx, Part::Train) else {
            let fit = |candidate: &&dyn Estimator| candidate.fit(&self.rows(fold_idx, Part::Train)?);
            return candidates.iter().map(fit).collect();
        };
        if let Some(svcs) = all_as(candidates.iter(), |candidate| candidate.as_any().downcast_ref::<Svc>()) {
            return boxed(classifier::fit_all(&svcs, &data));
        }
        if let Some(svrs) = all_as(candidates.iter(), |candidate| candidate.as_any().downcast_ref::<Svr>()) {
            return boxed(regressor::fit_all(&svrs, &data));
        }
        candidates.iter().map(|candidate| candidate.fit(&data)).collect()
    }

    fn predictions(
        &self,
        fold_idx: usize,
        part: Part,
        models: &[&dyn Model],
        wanted: Wanted,
    ) -> Result<Option<Vec<Predictions>>> {
        // Each says that it has none.
        if wanted.probabilities || models.len() < 2 {
            return Ok(None);
        }
        let sums = |machines: &[&Machine]| match (models.first(), machines.first()) {
            (Some(model), Some(first)) if machines.iter().all(|machine| machine.function == first.function) => {
                sums_together(machines, model.name(), self.rows(fold_idx, part)?.features()).map(Some)
            }
            _ => Ok(None),
        };
        if let Some(svcs) = all_as(models.iter(), |model| model.as_any().downcast_ref::<SvcModel>()) {
            let machines: Vec<&Machine> = svcs.iter().map(|model| model.machine()).collect();
            let Some(sums) = sums(&machines)? else { return Ok(None) };
            let predictions = svcs.iter().zip(sums).map(|(model, sums)| {
                let decisions = model.decisions(sums);
                let target = model.classify(&decisions);
                let decisions = wanted.decisions.then_some(decisions);
                Predictions { target, classes: model.classes(), probabilities: None, decisions }
            });
            return Ok(Some(predictions.collect()));
        }
        if wanted.decisions {
            return Ok(None);
        }
        let Some(svrs) = all_as(models.iter(), |model| model.as_any().downcast_ref::<SvrModel>()) else {
            return Ok(None);
        };
        let machines: Vec<&Machine> = svrs.iter().map(|model| model.machine()).collect();
        let Some(sums) = sums(&machines)? else { return Ok(None) };
        let predictions = sums.iter().map(|sums| Predictions {
            target: SvrModel::told(sums),
            classes: Vec::new(),
            probabilities: None,
            decisions: None,
        });
        Ok(Some(predictions.collect()))
    }
}
