//! Metrics by name, as a search is given them.

use std::fmt;
use std::str::FromStr;

use super::metrics::{
    Average, accuracy, f1, mean_absolute_error, mean_squared_error, precision, r2, r2_of_squared_error, recall,
};
use crate::data::{Target, Task};
use crate::error::{Error, Result};
use crate::models::{Predictions, Wanted};

/// A metric by its scikit-learn name; greater is better for all, so errors have a minus and the prefix `neg_`.
///
/// | names | task |
/// |---|---|
/// | `accuracy` | classification |
/// | `precision`, `recall`, `f1` | classification of two classes, the second counting as positive |
/// | the same with `_macro`, `_weighted`, `_micro` | classification |
/// | `r2`, `neg_mean_squared_error`, `neg_root_mean_squared_error`, `neg_mean_absolute_error` | regression |
///
/// # Errors
/// [`Error::InvalidValue`] lists the names for one that is none of them.
///
/// # Examples
///
/// ```
/// use workbench::data::Target;
/// use workbench::select::Scoring;
///
/// let truth = Target::from_labels(&["a", "b", "b"]);
/// assert_eq!("recall".parse::<Scoring>()?.score(&truth, &Target::from_labels(&["a", "a", "b"]))?, 0.5);
/// assert!("acuracy".parse::<Scoring>().is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scoring {
    name: &'static str,
}

impl Scoring {
    /// All names, in the order of the table above.
    pub const NAMES: [&'static str; 17] = [
        "accuracy",
        "precision",
        "recall",
        "f1",
        "precision_macro",
        "recall_macro",
        "f1_macro",
        "precision_weighted",
        "recall_weighted",
        "f1_weighted",
        "precision_micro",
        "recall_micro",
        "f1_micro",
        "r2",
        "neg_mean_squared_error",
        "neg_root_mean_squared_error",
        "neg_mean_absolute_error",
    ];

    /// The metric that is used where none is named: `accuracy` or `r2`.
    pub fn of_task(task: Task) -> Self {
        match task {
            Task::Classification => Self { name: "accuracy" },
            Task::Regression => Self { name: "r2" },
        }
    }

    /// Those of `names`, at least one, each once.
    pub(crate) fn parse_all(names: &[&str]) -> Result<Vec<Self>> {
        let scorings = names.iter().map(|name| name.parse()).collect::<Result<Vec<Self>>>()?;
        let is_repeated =
            |(position, scoring): (usize, &Self)| scorings.iter().take(position).any(|other| other == scoring);
        if scorings.is_empty() || scorings.iter().enumerate().any(is_repeated) {
            return Err(Error::InvalidValue {
                what: "scoring".to_string(),
                value: format!("{names:?}"),
                allowed: "at least one name, and none twice".to_string(),
            });
        }
        Ok(scorings)
    }

    /// The name, such as `"f1_macro"`.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// What it asks of a model beside its predictions.
    pub(crate) fn wanted(&self) -> Wanted {
        Wanted::default()
    }

    /// The score of all that a model tells of rows with these weights.
    pub(crate) fn score_predictions(
        &self,
        truth: &Target,
        _weights: Option<&[f64]>,
        predictions: &Predictions,
    ) -> Result<f64> {
        self.score(truth, &predictions.target)
    }

    /// Whether it is known by the mean squared error alone.
    pub(crate) fn is_of_squared_error(&self) -> bool {
        matches!(self.name, "r2" | "neg_mean_squared_error" | "neg_root_mean_squared_error")
    }

    /// The score of predictions with this mean squared error of a target with this variance.
    pub(crate) fn of_squared_error(&self, error: f64, variance: f64) -> f64 {
        match self.name {
            "neg_mean_squared_error" => -error,
            "neg_root_mean_squared_error" => -error.sqrt(),
            _ => r2_of_squared_error(error, variance),
        }
    }

    /// The score of `predicted`.
    ///
    /// # Errors
    /// Those of the metric.
    pub fn score(self, truth: &Target, predicted: &Target) -> Result<f64> {
        let (metric, average) = match self.name.split_once('_') {
            Some((metric, "macro")) => (metric, Average::Macro),
            Some((metric, "weighted")) => (metric, Average::Weighted),
            Some((metric, "micro")) => (metric, Average::Micro),
            _ => (self.name, Average::Binary),
        };
        match metric {
            "precision" => precision(truth, predicted, &average),
            "recall" => recall(truth, predicted, &average),
            "f1" => f1(truth, predicted, &average),
            "r2" => r2(truth, predicted),
            "neg_mean_squared_error" => Ok(-mean_squared_error(truth, predicted)?),
            "neg_root_mean_squared_error" => Ok(-mean_squared_error(truth, predicted)?.sqrt()),
            "neg_mean_absolute_error" => Ok(-mean_absolute_error(truth, predicted)?),
            _ => accuracy(truth, predicted),
        }
    }
}

impl FromStr for Scoring {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let known = Self::NAMES.into_iter().find(|known| *known == name);
        known.map(|name| Self { name }).ok_or_else(|| Error::not_one_of("scoring", name, &Self::NAMES))
    }
}

impl fmt::Display for Scoring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}
