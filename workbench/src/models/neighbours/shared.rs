//! Neighbours that are looked for once for all candidates of a search.

use std::sync::Arc;

use super::estimators::{KNeighborsClassifier, KNeighborsRegressor, Settings};
use super::model::KNeighborsModel;
use crate::data::{Dataset, Fold};
use crate::error::{Error, Result};
use crate::models::{Estimator, Model, Part, Predictions, SharedFits, Wanted};

/// The rows of a search.
pub(super) struct SharedNeighbours {
    data: Dataset,
    folds: Vec<Fold>,
}

impl SharedNeighbours {
    pub(super) fn new(data: &Dataset, folds: &[Fold]) -> Self {
        Self { data: data.clone(), folds: folds.to_vec() }
    }

    fn fold(&self, fold_idx: usize) -> Result<&Fold> {
        self.folds.get(fold_idx).ok_or(Error::Interrupted)
    }
}

fn settings_of(estimator: &dyn Estimator) -> Option<Settings> {
    let estimator = estimator.as_any();
    let classifier = estimator.downcast_ref::<KNeighborsClassifier>().map(KNeighborsClassifier::settings);
    classifier.or_else(|| estimator.downcast_ref::<KNeighborsRegressor>().map(KNeighborsRegressor::settings))
}

fn model_of(model: &dyn Model) -> Option<&KNeighborsModel> {
    model.as_any().downcast_ref()
}

impl SharedFits for SharedNeighbours {
    fn groups(&self, candidates: &[&dyn Estimator]) -> Vec<Vec<usize>> {
        let mut groups: Vec<(Option<Settings>, Vec<usize>)> = Vec::new();
        for (position, candidate) in candidates.iter().enumerate() {
            let settings = settings_of(*candidate);
            let agrees = |(other, _): &&mut (Option<Settings>, Vec<usize>)| {
                settings.zip(*other).is_some_and(|(settings, other)| settings.agrees(&other))
            };
            match groups.iter_mut().find(agrees) {
                Some((_, members)) => members.push(position),
                None => groups.push((settings, vec![position])),
            }
        }
        groups.into_iter().map(|(_, members)| members).collect()
    }

    fn fit(&self, fold_idx: usize, candidates: &[&dyn Estimator]) -> Vec<Result<Box<dyn Model>>> {
        let data = match self.fold(fold_idx).and_then(|fold| self.data.take(&fold.train)) {
            Ok(data) => data,
            Err(_) => {
                let fit = |candidate: &&dyn Estimator| candidate.fit(&self.data.take(&self.fold(fold_idx)?.train)?);
                return candidates.iter().map(fit).collect();
            }
        };
        let mut first: Option<KNeighborsModel> = None;
        let mut fit = |candidate: &dyn Estimator| -> Result<Box<dyn Model>> {
            if let (Some(first), Some(settings)) = (&first, settings_of(candidate)) {
                settings.check_rows(candidate.name(), data.n_samples())?;
                return Ok(Box::new(first.with_settings(settings)));
            }
            let model = candidate.fit(&data)?;
            first = model_of(model.as_ref()).cloned();
            Ok(model)
        };
        candidates.iter().map(|candidate| fit(*candidate)).collect()
    }

    fn predictions(
        &self,
        fold_idx: usize,
        part: Part,
        models: &[&dyn Model],
        wanted: Wanted,
    ) -> Result<Option<Vec<Predictions>>> {
        let Some(models) = models.iter().map(|model| model_of(*model)).collect::<Option<Vec<_>>>() else {
            return Ok(None);
        };
        let Some(first) =
            models.first().filter(|first| models.iter().all(|model| Arc::ptr_eq(&model.index, &first.index)))
        else {
            return Ok(None);
        };
        let fold = self.fold(fold_idx)?;
        let rows = match part {
            Part::Train => &fold.train,
            Part::Validation => &fold.validation,
        };
        let n_neighbors = models.iter().map(|model| model.n_neighbors()).max().unwrap_or(1);
        let found = first.nearest(self.data.take(rows)?.features(), n_neighbors)?;
        let predictions = models.iter().map(|model| {
            let wants_probabilities = wanted.probabilities || wanted.decisions;
            Ok(Predictions {
                target: model.tell(&found)?,
                classes: model.classes().unwrap_or_default(),
                probabilities: if wants_probabilities { Some(model.votes(&found)?) } else { None },
                decisions: None,
            })
        });
        predictions.collect::<Result<Vec<_>>>().map(Some)
    }
}
