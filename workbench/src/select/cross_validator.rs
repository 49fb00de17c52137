//! Cross-validation with settings: metrics of one's own, the fitted models, scores for what fails.

use std::sync::Arc;
use std::time::Instant;

use super::cross_validate::{CrossValidation, validate};
use super::evaluate::Judgement;
use super::fold_fit::{FoldScores, at_fold, in_order};
use super::scoring::Scoring;
use super::settings::Settings;
use super::splitters::Splitter;
use crate::data::{Dataset, Fold};
use crate::error::Result;
use crate::models::{Estimator, Model, Predictions, Wanted};
use crate::train::{Observer, Progress, interrupt, observer};

/// A cross-validation with settings, where [`cross_validate`](super::cross_validate) has too few.
///
/// | setting | default | meaning |
/// |---|---|---|
/// | [`cv`](Self::cv) | `StratifiedKFold::new(5)`, for numbers `KFold::new(5)` | the folds |
/// | [`scoring`](Self::scoring), [`scorings`](Self::scorings) | `accuracy`, for numbers `r2` | metrics by name; as values, such as a metric of one's own |
/// | [`without_train_scores`](Self::without_train_scores) | with them | saves predictions of the training rows |
/// | [`return_models`](Self::return_models) | dropped | keeps each fold's fitted model |
/// | [`error_score`](Self::error_score) | the first failure is an error | the score of a fold that fails |
///
/// An interruption ends it with the folds that are done, and the result is then [marked](CrossValidation::interrupted).
///
/// # Errors
/// Those of the splitter; [`Error::InvalidValue`](crate::Error::InvalidValue) for metrics that are unknown or there twice;
/// [`Error::Fold`](crate::Error::Fold) names the first fold that failed; [`Error::Interrupted`](crate::Error::Interrupted) before the first
/// fold is done.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, drop_missing, penguins};
/// use workbench::models::DummyClassifier;
/// use workbench::select::{CrossValidator, StratifiedKFold};
///
/// let data = Dataset::from_frame(&drop_missing(&penguins()?, &["sex"])?, "sex")?;
/// let scores = CrossValidator::new(DummyClassifier::new())
///     .cv(StratifiedKFold::new(5).shuffle(7))
///     .scoring(&["accuracy", "neg_log_loss"])
///     .return_models()
///     .fit(&data)?;
/// assert_eq!(scores.models().len(), 5);
///
/// assert!(CrossValidator::new(DummyClassifier::new()).scoring(&["acuracy"]).fit(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CrossValidator {
    estimator: Box<dyn Estimator>,
    settings: Settings,
    train_scores: bool,
    return_models: bool,
    error_score: Option<f64>,
}

impl CrossValidator {
    /// A cross-validation of `estimator`.
    pub fn new(estimator: impl Estimator + 'static) -> Self {
        Self::boxed(Box::new(estimator))
    }

    /// The same for a boxed estimator.
    pub fn boxed(estimator: Box<dyn Estimator>) -> Self {
        let settings = Settings::default();
        Self { estimator, settings, train_scores: true, return_models: false, error_score: None }
    }

    /// Sets the folds.
    pub fn cv(mut self, splitter: impl Splitter + 'static) -> Self {
        self.settings.set_cv(splitter);
        self
    }

    /// Sets metrics by name; see [`Scoring::NAMES`].
    pub fn scoring(mut self, names: &[&str]) -> Self {
        self.settings.set_scoring(names);
        self
    }

    /// Sets metrics, beside those by name.
    pub fn scorings(mut self, scorings: &[Scoring]) -> Self {
        self.settings.set_scorings(scorings);
        self
    }

    /// Scores the validation rows only.
    pub fn without_train_scores(mut self) -> Self {
        self.train_scores = false;
        self
    }

    /// Keeps the model of each fold.
    pub fn return_models(mut self) -> Self {
        self.return_models = true;
        self
    }

    /// Gives a fold that fails this score, such as `f64::NAN`, and goes on; [`CrossValidation::failures`] says why it failed.
    pub fn error_score(mut self, score: f64) -> Self {
        self.error_score = Some(score);
        self
    }

    /// Cross-validates on `data`; the installed [`Observer`] hears of each fold.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<CrossValidation> {
        self.fit_observed(data, observer::installed().as_ref())
    }

    /// Cross-validates on `data`; `observer` hears of each fold.
    ///
    /// # Errors
    /// See the type.
    pub fn fit_observed(&self, data: &Dataset, observer: &dyn Observer) -> Result<CrossValidation> {
        let scorings = self.settings.scorings(data.task())?;
        let folds = self.settings.folds(data)?;
        let judgement = Judgement { data, folds: &folds, scorings: &scorings, train_scores: self.train_scores };
        if !self.return_models {
            return validate(&judgement, self.estimator.as_ref(), observer, self.error_score);
        }
        let progress = Progress::start(observer, folds.len(), "cross-validation");
        let results = in_order(folds.len(), |fold_idx| {
            let result = folds.get(fold_idx).map_or(Err(crate::Error::Interrupted), |fold| self.fold(&judgement, fold));
            if let Ok((scores, _)) = &result {
                progress.step(&format!("fold {fold_idx}: {}", scores.first(&scorings)));
            }
            result.map_err(|error| Arc::new(at_fold(fold_idx, error)))
        });
        drop(progress);
        let mut models = Vec::new();
        let scores = results.into_iter().map(|result| {
            result.map(|(scores, model)| {
                models.push(model);
                scores
            })
        });
        let mut validation = CrossValidation::new(&judgement, scores.collect(), self.error_score)?;
        validation.set_models(models);
        Ok(validation)
    }

    /// One fold's scores and its model.
    fn fold(&self, judgement: &Judgement<'_>, fold: &Fold) -> Result<(FoldScores, Arc<dyn Model>)> {
        interrupt::check()?;
        let Judgement { data, scorings, .. } = *judgement;
        let started = Instant::now();
        let train = data.take(&fold.train)?;
        let model = self.estimator.fit(&train)?;
        let fit_seconds = started.elapsed().as_secs_f64();
        let started = Instant::now();
        let test = scores_of(model.as_ref(), &data.take(&fold.validation)?, scorings)?;
        let train = if self.train_scores { scores_of(model.as_ref(), &train, scorings)? } else { Vec::new() };
        let score_seconds = started.elapsed().as_secs_f64();
        Ok((FoldScores { test, train, fit_seconds, score_seconds }, Arc::from(model)))
    }
}

/// The score of `model` by each of `scorings` on all rows of `data`.
pub(super) fn scores_of(model: &dyn Model, data: &Dataset, scorings: &[Scoring]) -> Result<Vec<f64>> {
    let wanted = scorings.iter().fold(Wanted::default(), |wanted, scoring| wanted.and(scoring.wanted()));
    let predictions = Predictions::of(model, data.features(), wanted)?;
    scorings.iter().map(|scoring| scoring.score_all(data, &predictions)).collect()
}
