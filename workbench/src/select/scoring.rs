//! Metrics by name, as a search is given them, and metrics of one's own.

mod known;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use self::known::{KNOWN, Known, N_KNOWN};
use super::metrics::{Borrowed, Truth, r2_of_squared_error};
use crate::data::{Target, Task};
use crate::error::{Error, Result};
use crate::models::{Predictions, Wanted};

/// A metric by its scikit-learn name, or [one of one's own](Self::custom). Greater is better for all, so errors have a minus and the prefix `neg_`.
///
/// | names | task | computed from |
/// |---|---|---|
/// | `accuracy`, `balanced_accuracy`, `matthews_corrcoef` | classification | predictions |
/// | `precision`, `recall`, `f1`, `jaccard`, `positive_likelihood_ratio`, `neg_negative_likelihood_ratio` | classification of two classes, the second counting as positive | predictions |
/// | the first four with `_macro`, `_weighted`, `_micro` | classification | predictions |
/// | `roc_auc` | classification of two classes | decisions, else probabilities |
/// | `average_precision`, `top_k_accuracy` (`k` of 2) | classification | decisions, else probabilities |
/// | `roc_auc_ovr`, `roc_auc_ovo`, with and without `_weighted`, `neg_log_loss`, `neg_brier_score`, `d2_log_loss_score`, `d2_brier_score` | classification | probabilities |
/// | `r2`, `explained_variance`, `d2_absolute_error_score`, `neg_mean_squared_error`, `neg_root_mean_squared_error`, `neg_mean_absolute_error`, `neg_median_absolute_error`, `neg_max_error`, `neg_mean_absolute_percentage_error`, `neg_mean_squared_log_error`, `neg_root_mean_squared_log_error`, `neg_mean_poisson_deviance`, `neg_mean_gamma_deviance` | regression | predictions |
/// | `rand_score`, `adjusted_rand_score`, `mutual_info_score`, `normalized_mutual_info_score`, `adjusted_mutual_info_score`, `homogeneity_score`, `completeness_score`, `v_measure_score`, `fowlkes_mallows_score` | clusters | predictions, without weights |
///
/// # Errors
/// [`Error::InvalidValue`] lists the names for one that is none of them.
///
/// # Examples
///
/// ```
/// use workbench::data::Target;
/// use workbench::models::Predictions;
/// use workbench::select::Scoring;
///
/// let truth = Target::from_labels(&["a", "b", "b"]);
/// assert_eq!("recall".parse::<Scoring>()?.score(&truth, &Target::from_labels(&["a", "a", "b"]))?, 0.5);
/// assert!("acuracy".parse::<Scoring>().is_err());
///
/// let hits = Scoring::custom("hits", |truth: &Target, predicted: &Predictions| {
///     if truth == &predicted.target { 1.0 } else { 0.0 }
/// });
/// assert_eq!(hits.score(&truth, &truth)?, 1.0);
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone)]
pub struct Scoring {
    name: Arc<str>,
    metric: Metric,
}

#[derive(Clone)]
enum Metric {
    Known(&'static Known),
    Custom { score: Arc<CustomScore>, wanted: Wanted },
}

type CustomScore = dyn Fn(&dyn Truth, &Predictions) -> Result<f64> + Send + Sync;

/// What a metric of one's own may return: a score, or a result of one.
pub trait IntoScore {
    /// The score.
    ///
    /// # Errors
    /// What the metric says.
    fn into_score(self) -> Result<f64>;
}

impl IntoScore for f64 {
    fn into_score(self) -> Result<f64> {
        Ok(self)
    }
}

impl IntoScore for Result<f64> {
    fn into_score(self) -> Result<f64> {
        self
    }
}

impl Scoring {
    /// All names, in the order of the table above.
    pub const NAMES: [&'static str; N_KNOWN] = known::names();

    /// The metric that is used where none is named: `accuracy` or `r2`.
    pub fn of_task(task: Task) -> Self {
        let name = match task {
            Task::Classification => "accuracy",
            Task::Regression => "r2",
        };
        let known = KNOWN.iter().find(|known| known.name == name).unwrap_or(&KNOWN[0]);
        Self::known(known)
    }

    /// A metric of one's own, of which greater is better: `score` is given the truth and all that the model tells, and returns a number or a
    /// result of one. It does not know of weights; [`custom_weighted`](Self::custom_weighted) does.
    ///
    /// Probabilities are there after [`with_probabilities`](Self::with_probabilities) only.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::data::{Dataset, Target, breast_cancer};
    /// use workbench::models::{DummyClassifier, Predictions};
    /// use workbench::select::{CrossValidator, Scoring, confusion_matrix};
    ///
    /// // A hit earns 10, a false alarm costs 1.
    /// let profit = Scoring::custom("profit", |truth: &Target, predicted: &Predictions| {
    ///     let counts = confusion_matrix(truth, &predicted.target)?.weights();
    ///     Ok(10.0 * counts[[1, 1]] - counts[[0, 1]])
    /// });
    /// let data = Dataset::from_frame(&breast_cancer()?, "diagnosis")?;
    /// let scores = CrossValidator::new(DummyClassifier::new()).scorings(&[profit]).fit(&data)?;
    /// assert_eq!(scores.mean("profit")?, 0.0); // it never says the second class
    /// # Ok::<(), workbench::Error>(())
    /// ```
    pub fn custom<S: IntoScore>(
        name: &str,
        score: impl Fn(&Target, &Predictions) -> S + Send + Sync + 'static,
    ) -> Self {
        Self::custom_weighted(name, move |truth: &dyn Truth, predicted: &Predictions| score(truth.target(), predicted))
    }

    /// As [`custom`](Self::custom), for a metric that knows how much each row counts.
    pub fn custom_weighted<S: IntoScore>(
        name: &str,
        score: impl Fn(&dyn Truth, &Predictions) -> S + Send + Sync + 'static,
    ) -> Self {
        let score = move |truth: &dyn Truth, predicted: &Predictions| score(truth, predicted).into_score();
        Self { name: name.into(), metric: Metric::Custom { score: Arc::new(score), wanted: Wanted::default() } }
    }

    /// A loss of one's own, of which less is better: the score is minus what `loss` returns, and `neg_` comes before its name.
    pub fn custom_loss<S: IntoScore>(
        name: &str,
        loss: impl Fn(&Target, &Predictions) -> S + Send + Sync + 'static,
    ) -> Self {
        Self::custom(&format!("neg_{name}"), move |truth, predicted| {
            loss(truth, predicted).into_score().map(|loss| -loss)
        })
    }

    /// Asks the model for probabilities as well, for a metric of one's own.
    pub fn with_probabilities(self) -> Self {
        self.with(Wanted { probabilities: true, decisions: false })
    }

    /// Asks the model for decisions, or for probabilities where it has none, for a metric of one's own.
    pub fn with_decisions(self) -> Self {
        self.with(Wanted { probabilities: false, decisions: true })
    }

    fn with(mut self, more: Wanted) -> Self {
        if let Metric::Custom { wanted, .. } = &mut self.metric {
            *wanted = wanted.and(more);
        }
        self
    }

    fn known(known: &'static Known) -> Self {
        Self { name: known.name.into(), metric: Metric::Known(known) }
    }

    /// Those of `names`, at least one, each once.
    pub(crate) fn parse_all(names: &[&str]) -> Result<Vec<Self>> {
        let scorings = names.iter().map(|name| name.parse()).collect::<Result<Vec<Self>>>()?;
        Self::check_all(&scorings)?;
        Ok(scorings)
    }

    /// An error unless there is at least one, and none twice.
    pub(crate) fn check_all(scorings: &[Self]) -> Result<()> {
        let is_repeated = |(position, scoring): (usize, &Self)| {
            scorings.iter().take(position).any(|other| other.name == scoring.name)
        };
        if scorings.is_empty() || scorings.iter().enumerate().any(is_repeated) {
            let names: Vec<&str> = scorings.iter().map(|scoring| scoring.name.as_ref()).collect();
            return Err(Error::InvalidValue {
                what: "scoring".to_string(),
                value: format!("{names:?}"),
                allowed: "at least one name, and none twice".to_string(),
            });
        }
        Ok(())
    }

    /// The name, such as `"f1_macro"`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is an error or a loss with a minus before it.
    pub fn is_negated(&self) -> bool {
        self.name.starts_with("neg_")
    }

    /// What it asks of a model beside its predictions.
    pub fn wanted(&self) -> Wanted {
        match &self.metric {
            Metric::Known(known) => known.needs.wanted(),
            Metric::Custom { wanted, .. } => *wanted,
        }
    }

    /// The score of all that a model tells of rows with these weights.
    pub(crate) fn score_predictions(
        &self,
        truth: &Target,
        weights: Option<&[f64]>,
        predictions: &Predictions,
    ) -> Result<f64> {
        self.score_all(&Borrowed { target: truth, weights }, predictions)
    }

    /// Whether it is known by the mean squared error alone.
    pub(crate) fn is_of_squared_error(&self) -> bool {
        let names = ["r2", "neg_mean_squared_error", "neg_root_mean_squared_error"];
        matches!(&self.metric, Metric::Known(known) if names.contains(&known.name))
    }

    /// The score of predictions with this mean squared error of a target with this variance.
    pub(crate) fn of_squared_error(&self, error: f64, variance: f64) -> f64 {
        match self.name() {
            "neg_mean_squared_error" => -error,
            "neg_root_mean_squared_error" => -error.sqrt(),
            _ => r2_of_squared_error(error, variance),
        }
    }

    /// The score of `predicted`, for a metric that needs predictions alone.
    ///
    /// # Errors
    /// Those of the metric.
    pub fn score(&self, truth: &dyn Truth, predicted: &Target) -> Result<f64> {
        self.score_all(truth, &Predictions::from_target(predicted.clone()))
    }

    /// The score of all that a model tells.
    ///
    /// # Errors
    /// Those of the metric.
    pub fn score_all(&self, truth: &dyn Truth, predicted: &Predictions) -> Result<f64> {
        match &self.metric {
            Metric::Known(known) => (known.score)(truth, predicted),
            Metric::Custom { score, .. } => score(truth, predicted),
        }
    }
}

impl PartialEq for Scoring {
    fn eq(&self, other: &Self) -> bool {
        let is_same = match (&self.metric, &other.metric) {
            (Metric::Known(_), Metric::Known(_)) => true,
            (Metric::Custom { score, .. }, Metric::Custom { score: other, .. }) => Arc::ptr_eq(score, other),
            _ => false,
        };
        is_same && self.name == other.name
    }
}

impl FromStr for Scoring {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let known = KNOWN.iter().find(|known| known.name == name);
        known.map(Self::known).ok_or_else(|| Error::not_one_of("scoring", name, &Self::NAMES))
    }
}

impl fmt::Display for Scoring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

impl fmt::Debug for Scoring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Scoring").field(&self.name).finish()
    }
}
