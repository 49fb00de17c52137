//! Classifiers of two classes with a threshold of one's own.

use std::any::Any;
use std::sync::Arc;

use ndarray::Array2;
use polars::prelude::DataFrame;

use super::metrics::positive_scores;
use crate::data::{Dataset, Target};
use crate::error::{Error, Result};
use crate::models::{Estimator, Model, Predictions, Wanted};
use crate::preprocess::ParamValue;

/// Which of the model's scores the threshold is for: its decisions, or its probabilities of the second class where it has none.
pub(super) const WANTED: Wanted = Wanted { probabilities: false, decisions: true };

/// A classifier of two classes that tells the second where its score is at least `threshold`.
///
/// The score is the model's probability of the second class, or its decision where it has no probabilities. Settings are the inner
/// estimator's and `threshold`.
///
/// | setting | default | range |
/// |---|---|---|
/// | `threshold` | | any finite number |
///
/// # Errors
/// Those of the inner estimator; [`Error::InvalidValue`] for a threshold that is not finite, or other than two classes.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, breast_cancer};
/// use workbench::models::{LogisticRegression, Pipeline};
/// use workbench::preprocess::StandardScaler;
/// use workbench::select::{Average, FixedThreshold, recall};
///
/// let data = Dataset::from_frame(&breast_cancer()?, "diagnosis")?;
/// let pipeline =
///     Pipeline::new().step("scale", StandardScaler::new()).estimator("logistic", LogisticRegression::new());
/// let careful = FixedThreshold::new(pipeline.clone(), 0.05).fit(&data)?.predict(data.features())?;
/// let usual = pipeline.fit(&data)?.predict(data.features())?;
/// assert!(recall(&data, &careful, &Average::Binary)? >= recall(&data, &usual, &Average::Binary)?);
/// assert!(FixedThreshold::new(pipeline, f64::NAN).fit(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FixedThreshold {
    estimator: Box<dyn Estimator>,
    threshold: f64,
}

impl FixedThreshold {
    /// `estimator` with this threshold.
    pub fn new(estimator: impl Estimator + 'static, threshold: f64) -> Self {
        Self::boxed(Box::new(estimator), threshold)
    }

    /// The same for a boxed estimator.
    pub fn boxed(estimator: Box<dyn Estimator>, threshold: f64) -> Self {
        Self { estimator, threshold }
    }

    /// Fits the estimator on `data`.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<ThresholdModel> {
        check_threshold(self.threshold)?;
        ThresholdModel::new(self.estimator.fit(data)?, self.threshold, None, false)
    }
}

impl Estimator for FixedThreshold {
    fn name(&self) -> &'static str {
        "fixed_threshold"
    }

    fn fit(&self, data: &Dataset) -> Result<Box<dyn Model>> {
        Ok(Box::new(self.fit(data)?))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        let mut params = self.estimator.params();
        params.push(("threshold".to_string(), self.threshold.into()));
        params
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        if name != "threshold" {
            return self.estimator.set_param(name, value);
        }
        let threshold = match value {
            ParamValue::Float(number) => *number,
            ParamValue::Int(number) => *number as f64,
            ParamValue::Bool(_) | ParamValue::Text(_) => f64::NAN,
        };
        check_threshold(threshold)?;
        self.threshold = threshold;
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn Estimator> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A classifier of two classes with its threshold.
#[derive(Clone, Debug)]
pub struct ThresholdModel {
    model: Arc<dyn Model>,
    labels: [String; 2],
    threshold: f64,
    thresholds: Option<DataFrame>,
    interrupted: bool,
}

impl ThresholdModel {
    pub(super) fn new(
        model: Box<dyn Model>,
        threshold: f64,
        thresholds: Option<DataFrame>,
        interrupted: bool,
    ) -> Result<Self> {
        let labels = model.classes().unwrap_or_default();
        let n_classes = labels.len();
        let labels: [String; 2] = labels
            .try_into()
            .map_err(|_| refuse("the number of classes for a threshold", n_classes.to_string(), "2"))?;
        Ok(Self { model: Arc::from(model), labels, threshold, thresholds, interrupted })
    }

    /// The score from which on the second class is told.
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// The mean score and its standard deviation over the folds for each threshold that was tried, as a table; none for a fixed one.
    pub fn thresholds(&self) -> Option<DataFrame> {
        self.thresholds.clone()
    }

    /// Whether the search for the threshold was stopped before its end; only the folds that were done by then have judged it.
    pub fn interrupted(&self) -> bool {
        self.interrupted
    }

    /// The inner model.
    pub fn model(&self) -> Arc<dyn Model> {
        Arc::clone(&self.model)
    }

    /// The second class where the score is at least the threshold, the first elsewhere.
    ///
    /// # Errors
    /// Those of the inner model.
    pub fn predict(&self, features: &DataFrame) -> Result<Target> {
        let told = told(self.model.as_ref(), features)?;
        let unknown = Target::Classes { codes: vec![0; features.height()], labels: self.labels.to_vec() };
        let (scores, _) = positive_scores("threshold", &unknown, &told)?;
        Ok(at_least(&scores, self.threshold, &self.labels))
    }
}

impl Model for ThresholdModel {
    fn name(&self) -> &'static str {
        self.model.name()
    }

    fn predict(&self, features: &DataFrame) -> Result<Target> {
        self.predict(features)
    }

    fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.model.predict_proba(features)
    }

    fn decision_function(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.model.decision_function(features)
    }

    fn classes(&self) -> Option<Vec<String>> {
        Some(self.labels.to_vec())
    }

    fn coefficients(&self) -> Option<DataFrame> {
        self.model.coefficients()
    }

    fn feature_importances(&self) -> Option<DataFrame> {
        self.model.feature_importances()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// What `model` tells, with probabilities, or with decisions where it has none.
fn told(model: &dyn Model, features: &DataFrame) -> Result<Predictions> {
    let probabilities = Wanted { probabilities: true, decisions: false };
    Predictions::of(model, features, probabilities).or_else(|error| match without_probabilities(&error) {
        true => Predictions::of(model, features, WANTED),
        false => Err(error),
    })
}

/// Whether `error` says that there are no probabilities, be it at the end of a pipeline.
pub(super) fn without_probabilities(error: &Error) -> bool {
    match error {
        Error::NoProbabilities { .. } => true,
        Error::Step { source, .. } | Error::Fold { source, .. } => without_probabilities(source),
        _ => false,
    }
}

pub(super) fn at_least(scores: &[f64], threshold: f64, labels: &[String]) -> Target {
    let codes = scores.iter().map(|score| u32::from(*score >= threshold)).collect();
    Target::Classes { codes, labels: labels.to_vec() }
}

fn check_threshold(threshold: f64) -> Result<()> {
    if threshold.is_finite() {
        return Ok(());
    }
    Err(refuse("FixedThreshold.threshold", format!("{threshold:?}"), "a finite number"))
}

pub(super) fn refuse(what: &str, value: String, allowed: &str) -> Error {
    Error::InvalidValue { what: what.to_string(), value, allowed: allowed.to_string() }
}
