//! Classifiers of two classes with a threshold of one's own: given, or chosen by cross-validation.

use std::any::Any;
use std::sync::Arc;

use ndarray::Array2;
use polars::prelude::{Column, DataFrame};

use super::cross_val_predict::predictions;
use super::cross_validate::{mean, std};
use super::fold_fit::{at_fold, in_order};
use super::metrics::{Borrowed, positive_scores};
use super::scoring::Scoring;
use super::settings::Settings;
use super::splitters::Splitter;
use crate::data::{Dataset, Target, Task};
use crate::error::{Error, Result};
use crate::models::{Estimator, Model, Predictions, Wanted};
use crate::preprocess::ParamValue;

/// Which of the model's scores the threshold is for: its decisions, or its probabilities of the second class where it has none.
const WANTED: Wanted = Wanted { probabilities: false, decisions: true };

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
/// use workbench::models::{Estimator, LogisticRegression, Pipeline};
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
        ThresholdModel::new(self.estimator.fit(data)?, self.threshold, None)
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

/// A classifier of two classes whose threshold is the one with the best cross-validated score; it is then fitted on all rows.
///
/// Each fold's model scores its validation rows, and each of `n_thresholds` thresholds, evenly spaced over all these scores, is judged by the mean of the
/// metric over the folds. Of equally good thresholds, the one in the middle of the longest run wins, since it is the safest.
///
/// | setting | default | meaning |
/// |---|---|---|
/// | [`scoring`](Self::scoring), [`scorings`](Self::scorings) | `balanced_accuracy` | one metric of predictions |
/// | [`cv`](Self::cv) | `StratifiedKFold::new(5)` | the folds |
/// | [`n_thresholds`](Self::n_thresholds) | 100 | at least 2 |
///
/// The score is the model's probability of the second class, or its decision where it has no probabilities.
///
/// # Errors
/// Those of the inner estimator and the splitter; [`Error::InvalidValue`] for other than two classes, a metric of probabilities, or settings
/// out of range; [`Error::Interrupted`].
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, breast_cancer};
/// use workbench::models::{LogisticRegression, Pipeline};
/// use workbench::preprocess::StandardScaler;
/// use workbench::select::TunedThreshold;
///
/// let data = Dataset::from_frame(&breast_cancer()?, "diagnosis")?;
/// let pipeline =
///     Pipeline::new().step("scale", StandardScaler::new()).estimator("logistic", LogisticRegression::new());
/// let model = TunedThreshold::new(pipeline.clone()).scoring("f1").fit(&data)?;
/// assert!(model.threshold() > 0.0 && model.threshold() < 1.0);
/// assert!(TunedThreshold::new(pipeline).scoring("roc_auc").fit(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TunedThreshold {
    estimator: Box<dyn Estimator>,
    settings: Settings,
    is_default: bool,
    n_thresholds: usize,
}

impl TunedThreshold {
    /// `estimator` with a threshold that is to be found.
    pub fn new(estimator: impl Estimator + 'static) -> Self {
        Self::boxed(Box::new(estimator))
    }

    /// The same for a boxed estimator.
    pub fn boxed(estimator: Box<dyn Estimator>) -> Self {
        Self { estimator, settings: Settings::default(), is_default: true, n_thresholds: 100 }
    }

    /// Sets the metric by name; see [`Scoring::NAMES`].
    pub fn scoring(mut self, name: &str) -> Self {
        self.settings.set_scoring(&[name]);
        self.is_default = false;
        self
    }

    /// Sets the metric, such as one of one's own.
    pub fn scorings(mut self, scoring: &Scoring) -> Self {
        self.settings.set_scorings(std::slice::from_ref(scoring));
        self.is_default = false;
        self
    }

    /// Sets the folds.
    pub fn cv(mut self, splitter: impl Splitter + 'static) -> Self {
        self.settings.set_cv(splitter);
        self
    }

    /// Sets how many thresholds are tried.
    pub fn n_thresholds(mut self, n_thresholds: usize) -> Self {
        self.n_thresholds = n_thresholds;
        self
    }

    /// Finds the threshold, and fits the estimator on all of `data`.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<ThresholdModel> {
        let scoring = self.metric()?;
        if self.n_thresholds < 2 {
            return Err(refuse("TunedThreshold.n_thresholds", self.n_thresholds.to_string(), "at least 2"));
        }
        let folds = self.settings.folds(data)?;
        let scored = in_order(folds.len(), |fold_idx| {
            let fold = folds.get(fold_idx).ok_or(Error::Interrupted)?;
            Scored::new(self.estimator.as_ref(), data, fold).map_err(|error| at_fold(fold_idx, error))
        });
        let scored = scored.into_iter().collect::<Result<Vec<Scored>>>()?;
        let all = || scored.iter().flat_map(|scored| &scored.scores).copied();
        let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
        let step = (high - low) / (self.n_thresholds - 1) as f64;
        let thresholds: Vec<f64> = (0..self.n_thresholds).map(|position| low + step * position as f64).collect();
        let judged = in_order(thresholds.len(), |position| {
            let threshold = thresholds.get(position).copied().unwrap_or(low);
            scored.iter().map(|scored| scored.at(threshold, &scoring)).collect::<Result<Vec<f64>>>()
        });
        let judged = judged.into_iter().collect::<Result<Vec<Vec<f64>>>>()?;
        let means: Vec<f64> = judged.iter().map(|scores| mean(scores)).collect();
        let best = middle_of_best(&means);
        let threshold = thresholds.get(best).copied().unwrap_or(low);
        let columns = vec![
            Column::new("threshold".into(), thresholds),
            Column::new(format!("mean_test_{scoring}").into(), means),
            Column::new(
                format!("std_test_{scoring}").into(),
                judged.iter().map(|scores| std(scores)).collect::<Vec<f64>>(),
            ),
        ];
        let table = DataFrame::new(self.n_thresholds, columns)?;
        ThresholdModel::new(self.estimator.fit(data)?, threshold, Some(table))
    }

    fn metric(&self) -> Result<Scoring> {
        if self.is_default {
            return "balanced_accuracy".parse();
        }
        let scorings = self.settings.scorings(Task::Classification)?;
        let names: Vec<&str> = scorings.iter().map(Scoring::name).collect();
        match scorings.as_slice() {
            [scoring] if scoring.wanted() == Wanted::default() => Ok(scoring.clone()),
            _ => {
                let allowed = "one metric of predictions, which a threshold changes";
                Err(refuse("TunedThreshold.scoring", format!("{names:?}"), allowed))
            }
        }
    }
}

impl Estimator for TunedThreshold {
    fn name(&self) -> &'static str {
        "tuned_threshold"
    }

    fn fit(&self, data: &Dataset) -> Result<Box<dyn Model>> {
        Ok(Box::new(self.fit(data)?))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        self.estimator.params()
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        self.estimator.set_param(name, value)
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
}

impl ThresholdModel {
    fn new(model: Box<dyn Model>, threshold: f64, thresholds: Option<DataFrame>) -> Result<Self> {
        let labels = model.classes().unwrap_or_default();
        let n_classes = labels.len();
        let labels: [String; 2] = labels
            .try_into()
            .map_err(|_| refuse("the number of classes for a threshold", n_classes.to_string(), "2"))?;
        Ok(Self { model: Arc::from(model), labels, threshold, thresholds })
    }

    /// The score from which on the second class is told.
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// The mean score and its standard deviation over the folds for each threshold that was tried, as a table; none for a fixed one.
    pub fn thresholds(&self) -> Option<DataFrame> {
        self.thresholds.clone()
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

/// The scores of one fold's validation rows.
struct Scored {
    scores: Vec<f64>,
    truth: Target,
    weights: Option<Vec<f64>>,
    labels: Vec<String>,
}

impl Scored {
    fn new(estimator: &dyn Estimator, data: &Dataset, fold: &crate::data::Fold) -> Result<Self> {
        let probabilities = Wanted { probabilities: true, decisions: false };
        // Probabilities where there are some, since a threshold between 0 and 1 says something.
        let told =
            predictions(estimator, data, fold, probabilities).or_else(|error| match without_probabilities(&error) {
                true => predictions(estimator, data, fold, WANTED),
                false => Err(error),
            })?;
        let truth = data.target().take(&fold.validation);
        let (scores, _) = positive_scores("threshold", &truth, &told)?;
        let labels = match &truth {
            Target::Classes { labels, .. } => labels.clone(),
            Target::Values(_) => Vec::new(),
        };
        let weights = data
            .weights()
            .map(|weights| fold.validation.iter().filter_map(|&row| weights.get(row).copied()).collect::<Vec<f64>>());
        Ok(Self { scores, truth, weights, labels })
    }

    /// The score of the predictions that this threshold makes.
    fn at(&self, threshold: f64, scoring: &Scoring) -> Result<f64> {
        let truth = Borrowed { target: &self.truth, weights: self.weights.as_deref() };
        scoring.score(&truth, &at_least(&self.scores, threshold, &self.labels))
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
fn without_probabilities(error: &Error) -> bool {
    match error {
        Error::NoProbabilities { .. } => true,
        Error::Step { source, .. } | Error::Fold { source, .. } => without_probabilities(source),
        _ => false,
    }
}

fn at_least(scores: &[f64], threshold: f64, labels: &[String]) -> Target {
    let codes = scores.iter().map(|score| u32::from(*score >= threshold)).collect();
    Target::Classes { codes, labels: labels.to_vec() }
}

/// The position in the middle of the longest run of the best of `means`.
fn middle_of_best(means: &[f64]) -> usize {
    let best = means.iter().copied().filter(|mean| !mean.is_nan()).fold(f64::NEG_INFINITY, f64::max);
    let (mut longest, mut start) = (0..0, None);
    for (position, mean) in means.iter().chain([&f64::NAN]).enumerate() {
        match (start, *mean == best) {
            (None, true) => start = Some(position),
            (Some(first), false) => {
                if position - first > longest.len() {
                    longest = first..position;
                }
                start = None;
            }
            _ => {}
        }
    }
    (longest.start + longest.end.saturating_sub(1)) / 2
}

fn check_threshold(threshold: f64) -> Result<()> {
    if threshold.is_finite() {
        return Ok(());
    }
    Err(refuse("FixedThreshold.threshold", format!("{threshold:?}"), "a finite number"))
}

fn refuse(what: &str, value: String, allowed: &str) -> Error {
    Error::InvalidValue { what: what.to_string(), value, allowed: allowed.to_string() }
}
