//! Cross-validation: a score from rows that the model has not seen, for each fold.

use std::sync::Arc;

use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use super::evaluate::{FoldResult, Judgement, evaluate};
use super::fold_fit::FoldScores;
use super::scoring::Scoring;
use super::splitters::Splitter;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::models::{Estimator, Model};
use crate::train::{Observer, Progress, observer};

/// Fits `estimator` on the training rows of each fold of `cv`, and scores it on those rows and on the validation rows.
///
/// Steps of a pipeline are fitted inside each fold. Folds run on all threads, and their number changes no score. The
/// installed [`Observer`] hears of each fold; [`cross_validate_observed`] takes one. An interruption ends it with the folds
/// that are done, and the result is then [marked](CrossValidation::interrupted); what comes after it is interrupted as well,
/// so that a loop over cross-validations does not go on with half a score.
///
/// | parameter | range |
/// |---|---|
/// | `cv` | any [`Splitter`], such as `StratifiedKFold::new(5).shuffle(7)` |
/// | `scoring` | at least one of [`Scoring::NAMES`] |
///
/// # Errors
/// Those of the splitter; [`Error::InvalidValue`] lists the scoring names; [`Error::Fold`] names the first fold that failed;
/// [`Error::Interrupted`] before the first fold is done.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, drop_missing, penguins};
/// use workbench::models::DummyClassifier;
/// use workbench::select::{StratifiedKFold, cross_validate};
///
/// let data = Dataset::from_frame(&drop_missing(&penguins()?, &["sex"])?, "sex")?;
/// let scores = cross_validate(&DummyClassifier::new(), &data, &StratifiedKFold::new(5), &["accuracy"])?;
/// assert!(scores.mean("accuracy")? < 0.51);
///
/// let refused = cross_validate(&DummyClassifier::new(), &data, &StratifiedKFold::new(5), &["acuracy"]);
/// assert!(refused.unwrap_err().to_string().starts_with("scoring is \"acuracy\", but it must be one of \"accuracy\","));
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn cross_validate(
    estimator: &dyn Estimator,
    data: &Dataset,
    cv: &dyn Splitter,
    scoring: &[&str],
) -> Result<CrossValidation> {
    cross_validate_observed(estimator, data, cv, scoring, observer::installed().as_ref())
}

/// As [`cross_validate`], with `observer` hearing of each fold.
///
/// # Errors
/// Those of [`cross_validate`].
pub fn cross_validate_observed(
    estimator: &dyn Estimator,
    data: &Dataset,
    cv: &dyn Splitter,
    scoring: &[&str],
    observer: &dyn Observer,
) -> Result<CrossValidation> {
    let scorings = Scoring::parse_all(scoring)?;
    let folds = cv.split(data)?;
    let judgement = Judgement { data, folds: &folds, scorings: &scorings, train_scores: true };
    validate(&judgement, estimator, observer, None)
}

/// Fits and scores `estimator` on each fold; a fold that fails has `error_score` for each of its scores, if there is one.
pub(super) fn validate(
    judgement: &Judgement<'_>,
    estimator: &dyn Estimator,
    observer: &dyn Observer,
    error_score: Option<f64>,
) -> Result<CrossValidation> {
    let Judgement { folds, scorings, .. } = *judgement;
    let progress = Progress::start(observer, folds.len(), "cross-validation");
    let scores = evaluate(judgement, &[estimator], &|_, fold_idx, result| {
        if let Ok(scores) = result {
            progress.step(&format!("fold {fold_idx}: {}", scores.first(scorings)));
        }
    });
    drop(progress);
    CrossValidation::new(judgement, scores.into_iter().flatten().collect(), error_score)
}

/// `error`, which nobody else has any more; of several folds that failed by it, the others are dropped before.
pub(super) fn owned(error: Arc<Error>) -> Error {
    Arc::into_inner(error).unwrap_or(Error::Interrupted)
}

/// The scores of all folds, in order.
///
/// Two are equal if their scores and times are; [`models`](Self::models) are not compared, nor saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CrossValidation {
    scoring: Vec<String>,
    /// How many folds the splitter made.
    n_folds: usize,
    /// Those that have scores.
    fold_indices: Vec<u64>,
    folds: Vec<FoldScores>,
    /// The folds that failed and were given a score for it, and what they said.
    #[serde(default)]
    failures: Vec<(u64, String)>,
    #[serde(skip)]
    models: Models,
}

/// The folds' models, if they were asked for.
#[derive(Clone, Debug, Default)]
struct Models(Vec<Arc<dyn Model>>);

impl PartialEq for Models {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl CrossValidation {
    /// What came of each fold; one that was interrupted is left out.
    pub(super) fn new(judgement: &Judgement<'_>, results: Vec<FoldResult>, error_score: Option<f64>) -> Result<Self> {
        let mut validation = Self {
            scoring: judgement.scorings.iter().map(|scoring| scoring.name().to_string()).collect(),
            n_folds: judgement.folds.len(),
            fold_indices: Vec::new(),
            folds: Vec::new(),
            failures: Vec::new(),
            models: Models::default(),
        };
        let mut failed = None;
        for (fold_idx, scores) in results.into_iter().enumerate() {
            let scores = match (scores, error_score) {
                (Ok(scores), _) => scores,
                (Err(error), _) if matches!(*error, Error::Interrupted) => continue,
                (Err(error), None) => {
                    failed.get_or_insert(error);
                    continue;
                }
                (Err(error), Some(score)) => {
                    validation.failures.push((fold_idx as u64, error.to_string()));
                    let test = vec![score; judgement.scorings.len()];
                    let train = if judgement.train_scores { test.clone() } else { Vec::new() };
                    FoldScores { test, train, fit_seconds: 0.0, score_seconds: 0.0 }
                }
            };
            validation.fold_indices.push(fold_idx as u64);
            validation.folds.push(scores);
        }
        if let Some(error) = failed {
            return Err(owned(error));
        }
        if validation.folds.is_empty() { Err(Error::Interrupted) } else { Ok(validation) }
    }

    pub(super) fn set_models(&mut self, models: Vec<Arc<dyn Model>>) {
        self.models = Models(models);
    }

    /// The model of each fold that has one, in order; none unless [`CrossValidator::return_models`](super::CrossValidator::return_models) asked
    /// for them.
    pub fn models(&self) -> Vec<Arc<dyn Model>> {
        self.models.0.clone()
    }

    /// A table with a row for each fold that failed and was given a score for it: `fold` and `error`.
    pub fn failures(&self) -> DataFrame {
        let (folds, errors): (Vec<u64>, Vec<String>) = self.failures.iter().cloned().unzip();
        let n_failures = folds.len();
        let columns = vec![Column::new("fold".into(), folds), Column::new("error".into(), errors)];
        DataFrame::new(n_failures, columns).unwrap_or_default()
    }

    /// The names of the metrics, in the order they were given.
    pub fn scoring(&self) -> Vec<String> {
        self.scoring.clone()
    }

    pub(crate) fn fold_indices(&self) -> &[u64] {
        &self.fold_indices
    }

    /// How many folds there were to be.
    pub fn n_folds(&self) -> usize {
        self.n_folds
    }

    /// Whether it was stopped before its end; only the folds that were done by then have scores.
    pub fn interrupted(&self) -> bool {
        self.folds.len() < self.n_folds
    }

    /// The folds' scores, in order.
    pub fn folds(&self) -> Vec<FoldScores> {
        self.folds.clone()
    }

    /// The score of `metric` on each fold's validation rows.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] lists the metrics there are.
    pub fn test_scores(&self, metric: &str) -> Result<Vec<f64>> {
        self.scores(metric, |fold| &fold.test)
    }

    /// The score of `metric` on each fold's training rows.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] lists the metrics there are.
    pub fn train_scores(&self, metric: &str) -> Result<Vec<f64>> {
        self.scores(metric, |fold| &fold.train)
    }

    /// The mean of the [`test_scores`](Self::test_scores).
    ///
    /// # Errors
    /// [`Error::InvalidValue`] lists the metrics there are.
    pub fn mean(&self, metric: &str) -> Result<f64> {
        Ok(mean(&self.test_scores(metric)?))
    }

    /// The standard deviation of the [`test_scores`](Self::test_scores), dividing by their number.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] lists the metrics there are.
    pub fn std(&self, metric: &str) -> Result<f64> {
        Ok(std(&self.test_scores(metric)?))
    }

    /// A table with a row for each fold, and the columns `test_…` and `train_…` of each metric.
    pub fn frame(&self) -> DataFrame {
        let mut columns = vec![Column::new("fold".into(), self.fold_indices.clone())];
        for (position, metric) in self.scoring.iter().enumerate() {
            let test: Vec<Option<f64>> = self.folds.iter().map(|fold| fold.test.get(position).copied()).collect();
            let train: Vec<Option<f64>> = self.folds.iter().map(|fold| fold.train.get(position).copied()).collect();
            columns.push(Column::new(format!("test_{metric}").into(), test));
            columns.push(Column::new(format!("train_{metric}").into(), train));
        }
        DataFrame::new(self.folds.len(), columns).unwrap_or_default()
    }

    /// A table with a row for each metric: mean and standard deviation over the folds, validation and training rows.
    pub fn summary(&self) -> DataFrame {
        let column = |name: &str, of: fn(&[f64]) -> f64, scores: fn(&FoldScores) -> &Vec<f64>| {
            let values = self.scoring.iter().map(|metric| self.scores(metric, scores).ok().map(|scores| of(&scores)));
            Column::new(name.into(), values.collect::<Vec<Option<f64>>>())
        };
        let columns = vec![
            Column::new("metric".into(), self.scoring.clone()),
            column("mean_test", mean, |fold| &fold.test),
            column("std_test", std, |fold| &fold.test),
            column("mean_train", mean, |fold| &fold.train),
            column("std_train", std, |fold| &fold.train),
        ];
        DataFrame::new(self.scoring.len(), columns).unwrap_or_default()
    }

    /// How long each fold took, in seconds. It stands apart, since it differs from run to run.
    pub fn timings(&self) -> DataFrame {
        let fit: Vec<f64> = self.folds.iter().map(|fold| fold.fit_seconds).collect();
        let score: Vec<f64> = self.folds.iter().map(|fold| fold.score_seconds).collect();
        let columns = vec![
            Column::new("fold".into(), self.fold_indices.clone()),
            Column::new("fit_seconds".into(), fit),
            Column::new("score_seconds".into(), score),
        ];
        DataFrame::new(self.folds.len(), columns).unwrap_or_default()
    }

    fn scores(&self, metric: &str, scores: fn(&FoldScores) -> &Vec<f64>) -> Result<Vec<f64>> {
        let names: Vec<&str> = self.scoring.iter().map(String::as_str).collect();
        let position = names.iter().position(|name| *name == metric);
        let position = position.ok_or_else(|| Error::not_one_of("the metric", metric, &names))?;
        Ok(self.folds.iter().filter_map(|fold| scores(fold).get(position).copied()).collect())
    }
}

/// The mean of `values`, and NaN of none.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The standard deviation of `values`, dividing by their number.
pub(crate) fn std(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (squares / values.len() as f64).sqrt()
}
