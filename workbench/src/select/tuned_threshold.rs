//! Classifiers of two classes whose threshold cross-validation chooses.

use std::any::Any;

use polars::prelude::{Column, DataFrame};

use super::cross_val_predict::predictions;
use super::cross_validate::{mean, std};
use super::fold_fit::{at_fold, in_order};
use super::metrics::{Borrowed, positive_scores};
use super::permutation_test::done;
use super::scoring::Scoring;
use super::settings::Settings;
use super::splitters::Splitter;
use super::threshold::{ThresholdModel, WANTED, at_least, refuse, without_probabilities};
use crate::data::{Dataset, Fold, Target, Task};
use crate::error::{Error, Result};
use crate::models::{Estimator, Model, Wanted};
use crate::preprocess::ParamValue;
use crate::train::{NullObserver, Observer, Progress, interrupt, observer};

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
/// The score is the model's probability of the second class, or its decision where it has no probabilities. An interruption leaves the threshold to the
/// folds that are done, and the model is then [marked](ThresholdModel::interrupted); within other work, such as a search, there is none.
///
/// # Errors
/// Those of the inner estimator and the splitter; [`Error::InvalidValue`] for other than two classes, a metric of probabilities, or settings
/// out of range; [`Error::Interrupted`] before the first fold is done, and for an interruption of the fit on all rows.
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

    /// Finds the threshold, and fits the estimator on all of `data`; the installed [`Observer`] hears of each fold.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<ThresholdModel> {
        self.fit_observed(data, observer::installed().as_ref())
    }

    /// Finds the threshold, and fits the estimator on all of `data`; `observer` hears of each fold, and of the best score.
    ///
    /// # Errors
    /// See the type.
    pub fn fit_observed(&self, data: &Dataset, observer: &dyn Observer) -> Result<ThresholdModel> {
        let scoring = self.metric()?;
        if self.n_thresholds < 2 {
            return Err(refuse("TunedThreshold.n_thresholds", self.n_thresholds.to_string(), "at least 2"));
        }
        let folds = self.settings.folds(data)?;
        let progress = Progress::start(observer, folds.len(), "threshold");
        let scored = in_order(folds.len(), |fold_idx| {
            let fold = folds.get(fold_idx).ok_or(Error::Interrupted)?;
            let scored = Scored::new(self.estimator.as_ref(), data, fold).map_err(|error| at_fold(fold_idx, error))?;
            progress.step(&format!("fold {fold_idx}"));
            Ok(scored)
        });
        let (scored, interrupted) = done(scored)?;
        if scored.is_empty() {
            return Err(Error::Interrupted);
        }
        if interrupted {
            interrupt::answer()?;
        }
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
        progress.best(&format!("{scoring} {:.4}", means.get(best).copied().unwrap_or(f64::NAN)));
        drop(progress);
        let columns = vec![
            Column::new("threshold".into(), thresholds),
            Column::new(format!("mean_test_{scoring}").into(), means),
            Column::new(
                format!("std_test_{scoring}").into(),
                judged.iter().map(|scores| std(scores)).collect::<Vec<f64>>(),
            ),
        ];
        let table = DataFrame::new(self.n_thresholds, columns)?;
        ThresholdModel::new(self.estimator.fit(data)?, threshold, Some(table), interrupted)
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
        Ok(Box::new(interrupt::within(|| self.fit_observed(data, &NullObserver))?))
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

/// The scores of one fold's validation rows.
struct Scored {
    scores: Vec<f64>,
    truth: Target,
    weights: Option<Vec<f64>>,
    labels: Vec<String>,
}

impl Scored {
    fn new(estimator: &dyn Estimator, data: &Dataset, fold: &Fold) -> Result<Self> {
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
