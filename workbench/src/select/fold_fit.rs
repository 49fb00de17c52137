//! One fold: the steps that all its candidates share, and a candidate's scores.

use std::time::Instant;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::scoring::Scoring;
use crate::data::{Dataset, Fold, name_pool};
use crate::error::{Error, Result};
use crate::models::{Part, Pipeline};
use crate::train::interrupt;

/// A fold after the steps of a pipeline before its estimator, fitted on its training rows.
pub(crate) struct PreparedFold {
    /// The training rows that the steps keep: the estimator is fitted on these.
    fitted_on: Dataset,
    /// All training rows; none where they are the same.
    train: Option<Dataset>,
    validation: Dataset,
    seconds: f64,
}

impl PreparedFold {
    /// Fits the steps of `pipeline` before its last on the training rows of `fold`.
    pub(crate) fn new(pipeline: &Pipeline, data: &Dataset, fold: &Fold) -> Result<Self> {
        interrupt::check()?;
        let started = Instant::now();
        let (train, validation) = (data.take(&fold.train)?, data.take(&fold.validation)?);
        let (steps, fitted_on) = pipeline.fit_steps(&train)?;
        let seconds = started.elapsed().as_secs_f64();
        // Steps only ever drop rows, so as many rows are the same rows. Training rows are scored as a prediction sees them.
        let is_same = fitted_on.n_samples() == train.n_samples() && !steps.differs_in_training();
        let train = if is_same { None } else { Some(train.with_features(steps.transform(train.features())?)?) };
        let validation = validation.with_features(steps.transform(validation.features())?)?;
        Ok(Self { fitted_on, train, validation, seconds })
    }

    /// All rows of the fold as one dataset, and which of them are fitted on and validated on.
    pub(crate) fn together(&self) -> Result<(Dataset, Fold)> {
        let (n_train, n_validation) = (self.fitted_on.n_samples(), self.validation.n_samples());
        let fold = Fold { train: (0..n_train).collect(), validation: (n_train..n_train + n_validation).collect() };
        Ok((self.fitted_on.stack(&self.validation)?, fold))
    }

    /// The rows that the estimator is fitted on.
    pub(crate) fn fitted_on(&self) -> &Dataset {
        &self.fitted_on
    }

    /// Whether all training rows are fitted on as a prediction sees them.
    pub(crate) fn is_fitted_on_train(&self) -> bool {
        self.train.is_none()
    }

    /// The rows that are scored, as a prediction sees them.
    pub(crate) fn part(&self, part: Part) -> &Dataset {
        match part {
            Part::Train => self.train.as_ref().unwrap_or(&self.fitted_on),
            Part::Validation => &self.validation,
        }
    }

    /// How long the steps took.
    pub(crate) fn seconds(&self) -> f64 {
        self.seconds
    }
}

/// The scores of one fold; the two lists have one score for each metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoldScores {
    /// On the validation rows.
    pub test: Vec<f64>,
    /// On the training rows; empty where these were not asked for.
    pub train: Vec<f64>,
    /// How long fitting took, in seconds.
    pub fit_seconds: f64,
    /// How long both predictions and their scores took, in seconds.
    pub score_seconds: f64,
}

impl FoldScores {
    /// The first metric's score, for a progress line.
    pub(crate) fn first(&self, scorings: &[Scoring]) -> String {
        match (scorings.first(), self.test.first()) {
            (Some(scoring), Some(score)) => format!("{scoring} {score:.4}"),
            _ => String::new(),
        }
    }
}

/// `work` for each of `0..n` on all threads, the small numbers first, and the results in order. Each is a part of the whole, which a request to
/// stop is meant for.
pub(crate) fn in_order<T: Send>(n: usize, work: impl Fn(usize) -> T + Send + Sync) -> Vec<T> {
    name_pool();
    let mut results: Vec<(usize, T)> =
        (0..n).par_bridge().map(|index| (index, interrupt::within(|| work(index)))).collect();
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// `source`, which came out of a fold. An interruption is nobody's fault.
pub(crate) fn at_fold(fold_idx: usize, source: Error) -> Error {
    match source {
        Error::Interrupted => Error::Interrupted,
        source => Error::Fold { fold_idx, source: Box::new(source) },
    }
}
