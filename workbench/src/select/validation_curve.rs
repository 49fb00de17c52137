//! Scores over the values of a setting.

use super::curve::{Curve, curve};
use super::evaluate::{Judgement, evaluate};
use super::scoring::Scoring;
use super::settings::Settings;
use super::splitters::Splitter;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::models::Estimator;
use crate::preprocess::ParamValue;
use crate::train::{Observer, Progress, observer};

/// How scores change with one setting: where a model is too simple and where it learns its rows by heart.
///
/// All values are candidates on the same folds, so they share what a [`GridSearch`](crate::search::GridSearch) shares.
///
/// | setting | default | meaning |
/// |---|---|---|
/// | [`param`](Self::param) | | the setting and its values, in a pipeline `step__name` |
/// | [`cv`](Self::cv) | `StratifiedKFold::new(5)`, for numbers `KFold::new(5)` | the folds |
/// | [`scoring`](Self::scoring), [`scorings`](Self::scorings) | `accuracy`, for numbers `r2` | metrics |
///
/// A value that fails is recorded with what it said. An interruption ends it with what it has, which is then [marked](Curve::interrupted).
///
/// # Errors
/// Those of the splitter; [`Error::UnknownParameter`]; [`Error::InvalidValue`] for no values or unknown metrics; [`Error::Interrupted`]
/// before the first fit is done.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, iris};
/// use workbench::models::LogisticRegression;
/// use workbench::select::ValidationCurve;
///
/// let data = Dataset::from_frame(&iris()?, "species")?;
/// let curve = ValidationCurve::new(LogisticRegression::new()).param("C", [0.01, 1.0, 100.0]).fit(&data)?;
/// assert_eq!(curve.frame().height(), 3);
///
/// assert!(ValidationCurve::new(LogisticRegression::new()).param("c", [1.0]).fit(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ValidationCurve {
    estimator: Box<dyn Estimator>,
    settings: Settings,
    name: String,
    values: Vec<ParamValue>,
}

impl ValidationCurve {
    /// The validation curve of `estimator`.
    pub fn new(estimator: impl Estimator + 'static) -> Self {
        Self::boxed(Box::new(estimator))
    }

    /// The same for a boxed estimator.
    pub fn boxed(estimator: Box<dyn Estimator>) -> Self {
        Self { estimator, settings: Settings::default(), name: String::new(), values: Vec::new() }
    }

    /// Sets the setting `name` and its values, which are the points.
    pub fn param<V: Into<ParamValue>>(mut self, name: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.name = name.to_string();
        self.values = values.into_iter().map(Into::into).collect();
        self
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

    /// Fits all points on `data`; the installed [`Observer`] hears of each fit.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<Curve> {
        self.fit_observed(data, observer::installed().as_ref())
    }

    /// Fits all points on `data`; `observer` hears of each fit.
    ///
    /// # Errors
    /// See the type.
    pub fn fit_observed(&self, data: &Dataset, observer: &dyn Observer) -> Result<Curve> {
        let scorings = self.settings.scorings(data.task())?;
        let folds = self.settings.folds(data)?;
        if self.values.is_empty() {
            return Err(Error::InvalidValue {
                what: "ValidationCurve.param".to_string(),
                value: "without values".to_string(),
                allowed: "given once, with at least one value".to_string(),
            });
        }
        let estimators: Vec<Result<Box<dyn Estimator>>> = self.values.iter().map(|value| self.with(value)).collect();
        if estimators.iter().all(Result::is_err) {
            // A wrong name, most likely, and not worth a curve.
            return Err(estimators.into_iter().find_map(Result::err).unwrap_or(Error::Interrupted));
        }
        let chosen: Vec<&dyn Estimator> = estimators.iter().flatten().map(|estimator| estimator.as_ref()).collect();
        let judgement = Judgement { data, folds: &folds, scorings: &scorings, train_scores: true };
        let progress = Progress::start(observer, chosen.len() * folds.len(), "validation curve");
        let results = evaluate(&judgement, &chosen, &|_, fold_idx, result| {
            if let Ok(scores) = result {
                progress.step(&format!("fold {fold_idx}: {}", scores.first(&scorings)));
            }
        });
        drop(progress);
        let mut results = results.into_iter();
        let points = estimators.into_iter().map(|estimator| match estimator {
            Ok(_) => {
                let of_value = results.next().unwrap_or_default();
                of_value.into_iter().map(|result| result.map_err(|error| error.to_string())).collect()
            }
            Err(error) => vec![Err(error.to_string())],
        });
        curve(&self.name, self.values.clone(), &scorings, folds.len(), points.collect())
    }

    fn with(&self, value: &ParamValue) -> Result<Box<dyn Estimator>> {
        let mut estimator = self.estimator.clone();
        estimator.set_param(&self.name, value)?;
        Ok(estimator)
    }
}
