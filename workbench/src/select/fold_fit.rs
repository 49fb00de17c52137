//! One fold's work, which a cross-validation does once and a search does for many candidates.

use std::time::Instant;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::scoring::Scoring;
use super::splitters::Fold;
use crate::data::{Dataset, name_pool};
use crate::error::{Error, Result};
use crate::models::Estimator;
use crate::train::interrupt;

/// A fold after the steps before the estimator, fitted on its training rows.
pub(crate) struct PreparedFold {
    fold_idx: usize,
    /// The training rows that the steps keep: the estimator is fitted on these.
    fitted_on: Dataset,
    /// All training rows.
    train: Dataset,
    validation: Dataset,
    seconds: f64,
}

impl PreparedFold {
    /// Fits the steps of `estimator` before its last, if it is a pipeline, on the training rows of `fold`.
    pub(crate) fn new(estimator: &dyn Estimator, data: &Dataset, fold_idx: usize, fold: &Fold) -> Result<Self> {
        Self::prepare(estimator, data, fold_idx, fold).map_err(|source| at_fold(fold_idx, source))
    }

    fn prepare(estimator: &dyn Estimator, data: &Dataset, fold_idx: usize, fold: &Fold) -> Result<Self> {
        interrupt::check()?;
        let started = Instant::now();
        let (train, validation) = (data.take(&fold.train)?, data.take(&fold.validation)?);
        let Some(pipeline) = estimator.as_pipeline() else {
            let seconds = started.elapsed().as_secs_f64();
            return Ok(Self { fold_idx, fitted_on: train.clone(), train, validation, seconds });
        };
        let (steps, fitted_on) = pipeline.fit_steps(&train)?;
        let seconds = started.elapsed().as_secs_f64();
        // Steps only ever drop rows, so as many rows are the same rows. Training rows are scored as a prediction sees them.
        let train = if fitted_on.n_samples() == train.n_samples() && !steps.differs_in_training() {
            fitted_on.clone()
        } else {
            train.with_features(steps.transform(train.features())?)?
        };
        let validation = validation.with_features(steps.transform(validation.features())?)?;
        Ok(Self { fold_idx, fitted_on, train, validation, seconds })
    }

    /// Fits what `estimator` has after the steps that were prepared, and scores it.
    pub(crate) fn score(&self, estimator: &dyn Estimator, scorings: &[Scoring]) -> Result<FoldScores> {
        self.fit_and_score(estimator, scorings).map_err(|source| at_fold(self.fold_idx, source))
    }

    fn fit_and_score(&self, estimator: &dyn Estimator, scorings: &[Scoring]) -> Result<FoldScores> {
        interrupt::check()?;
        let started = Instant::now();
        let model = match estimator.as_pipeline() {
            Some(pipeline) => pipeline.fit_last(&self.fitted_on)?,
            None => estimator.fit(&self.fitted_on)?,
        };
        let fit_seconds = self.seconds + started.elapsed().as_secs_f64();
        let started = Instant::now();
        let scores = |data: &Dataset| -> Result<Vec<f64>> {
            let predicted = model.predict(data.features())?;
            scorings.iter().map(|scoring| scoring.score(data.target(), &predicted)).collect()
        };
        let (test, train) = (scores(&self.validation)?, scores(&self.train)?);
        Ok(FoldScores { test, train, fit_seconds, score_seconds: started.elapsed().as_secs_f64() })
    }
}

/// The scores of one fold; the two lists have one score for each metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoldScores {
    /// On the validation rows.
    pub test: Vec<f64>,
    /// On the training rows.
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

/// `work` for each of `0..n` on all threads, the small numbers first, and the results in order.
pub(crate) fn in_order<T: Send>(n: usize, work: impl Fn(usize) -> T + Send + Sync) -> Vec<T> {
    name_pool();
    let mut results: Vec<(usize, T)> = (0..n).par_bridge().map(|index| (index, work(index))).collect();
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// `source`, which came out of a fold. An interruption is nobody's fault.
fn at_fold(fold_idx: usize, source: Error) -> Error {
    match source {
        Error::Interrupted => Error::Interrupted,
        source => Error::Fold { fold_idx, source: Box::new(source) },
    }
}
