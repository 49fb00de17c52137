//! Models whose probabilities are those of what has been seen at their scores.
//!
//! `sigmoid` and `isotonic` are the two functions from scores to probabilities.

mod isotonic;
mod sigmoid;

use std::any::Any;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use ndarray::Array2;
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use self::isotonic::Isotonic;
use self::sigmoid::Sigmoid;
use super::linear::position_of_max;
use super::saving::shared;
use super::settings::text_setting;
use super::{Model, Predictions, Wanted};
use crate::data::Target;
use crate::error::{Error, Result};
use crate::preprocess::ParamValue;

/// The function from scores to probabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalibrationMethod {
    /// `"sigmoid"`: `1 / (1 + exp(a s + b))`, of the least log loss. Two numbers, so it needs few rows.
    #[default]
    Sigmoid,
    /// `"isotonic"`: the rising function of the least squared error. It bends to what it sees, for which it needs some thousand rows.
    Isotonic,
}

impl CalibrationMethod {
    /// The names that [`from_str`](Self::from_str) takes.
    pub const NAMES: [&'static str; 2] = ["sigmoid", "isotonic"];

    /// The name, such as `"sigmoid"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sigmoid => "sigmoid",
            Self::Isotonic => "isotonic",
        }
    }
}

impl FromStr for CalibrationMethod {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "sigmoid" => Ok(Self::Sigmoid),
            "isotonic" => Ok(Self::Isotonic),
            other => Err(Error::not_one_of("method", other, &Self::NAMES)),
        }
    }
}

impl fmt::Display for CalibrationMethod {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl From<CalibrationMethod> for ParamValue {
    fn from(method: CalibrationMethod) -> Self {
        Self::Text(method.to_string())
    }
}

text_setting!(CalibrationMethod);

/// A score for a class, whether the row is of the class, and how much it counts.
#[derive(Clone, Copy)]
struct Sample {
    score: f64,
    is_positive: bool,
    weight: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Calibrator {
    Sigmoid(Sigmoid),
    Isotonic(Isotonic),
}

impl Calibrator {
    fn fit(method: CalibrationMethod, samples: &[Sample]) -> Self {
        match method {
            CalibrationMethod::Sigmoid => Self::Sigmoid(Sigmoid::fit(samples)),
            CalibrationMethod::Isotonic => Self::Isotonic(Isotonic::fit(samples)),
        }
    }

    fn told(&self, score: f64) -> f64 {
        match self {
            Self::Sigmoid(sigmoid) => sigmoid.told(score),
            Self::Isotonic(isotonic) => isotonic.told(score),
        }
    }
}

/// The scores that a model gave to rows that it was not fitted on, beside what is true of them.
pub(crate) struct Scored {
    /// The classes of the columns.
    pub(crate) classes: Vec<String>,
    /// Shape `(n_samples, 1)` for two classes, `(n_samples, n_classes)` for more.
    pub(crate) scores: Array2<f64>,
    /// The label of each row.
    pub(crate) truth: Vec<String>,
    pub(crate) weights: Option<Vec<f64>>,
}

/// The scores of `model`: its decisions, or its probabilities where it has none, of which those of the second of two classes say all.
pub(crate) fn scores(model: &dyn Model, features: &DataFrame) -> Result<(Vec<String>, Array2<f64>)> {
    let told = Predictions::of(model, features, Wanted { probabilities: false, decisions: true })?;
    let scores = match (told.decisions, told.probabilities) {
        (Some(decisions), _) => decisions,
        (None, Some(probabilities)) if probabilities.ncols() == 2 => {
            probabilities.slice(ndarray::s![.., 1..]).to_owned()
        }
        (None, Some(probabilities)) => probabilities,
        (None, None) => return Err(Error::NoDecisions { model: model.name() }),
    };
    Ok((told.classes, scores))
}

/// One model with a calibrator for each column of its scores.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Member {
    #[serde(with = "shared")]
    model: Arc<dyn Model>,
    classes: Vec<String>,
    calibrators: Vec<Calibrator>,
}

impl Member {
    /// `model` with the calibrators that `scored` rows ask for.
    pub(crate) fn new(model: Box<dyn Model>, method: CalibrationMethod, scored: &Scored) -> Self {
        let columns = scored.scores.columns().into_iter().enumerate();
        let calibrators = columns.map(|(column, scores)| {
            let class = scored.classes.get(if scored.scores.ncols() == 1 { 1 } else { column });
            let weight = |row: usize| scored.weights.as_ref().and_then(|weights| weights.get(row)).copied();
            let rows = scores.iter().zip(&scored.truth).enumerate();
            let samples: Vec<Sample> = rows
                .map(|(row, (&score, truth))| Sample {
                    score,
                    is_positive: class == Some(truth),
                    weight: weight(row).unwrap_or(1.0),
                })
                .collect();
            Calibrator::fit(method, &samples)
        });
        Self { calibrators: calibrators.collect(), classes: scored.classes.clone(), model: Arc::from(model) }
    }

    /// Adds the probabilities of `classes` to `sums`.
    fn add(&self, features: &DataFrame, classes: &[String], sums: &mut Array2<f64>) -> Result<()> {
        let (_, scores) = scores(self.model.as_ref(), features)?;
        let places: Vec<Option<usize>> =
            self.classes.iter().map(|class| classes.iter().position(|other| other == class)).collect();
        for (scores, mut sums) in scores.rows().into_iter().zip(sums.rows_mut()) {
            let mut told: Vec<f64> =
                scores.iter().zip(&self.calibrators).map(|(&score, calibrator)| calibrator.told(score)).collect();
            if let (&[second], 2) = (told.as_slice(), self.classes.len()) {
                told = vec![1.0 - second, second];
            }
            let total: f64 = told.iter().sum();
            for (told, place) in told.iter().zip(&places) {
                if let Some(sum) = place.and_then(|place| sums.get_mut(place)) {
                    // Where no class has a chance, all have the same.
                    *sum += if total > 0.0 { told / total } else { 1.0 / self.classes.len() as f64 };
                }
            }
        }
        Ok(())
    }
}

/// A fitted `CalibratedClassifier`: the mean of the probabilities of its models, each calibrated on rows that it was not fitted on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CalibratedModel {
    members: Vec<Member>,
    classes: Vec<String>,
}

const NAME: &str = "calibrated";

impl CalibratedModel {
    pub(crate) fn new(members: Vec<Member>, known: &[String]) -> Self {
        let is_told = |label: &&String| members.iter().any(|member| member.classes.contains(label));
        let classes = known.iter().filter(is_told).cloned().collect();
        Self { members, classes }
    }

    /// The models inside: one for each fold, or one alone.
    pub fn models(&self) -> Vec<Arc<dyn Model>> {
        self.members.iter().map(|member| Arc::clone(&member.model)).collect()
    }

    /// The classes in order.
    pub fn classes(&self) -> Vec<String> {
        self.classes.clone()
    }

    /// The class of the greatest probability of each row, the first of equal ones.
    ///
    /// # Errors
    /// Those of the models inside.
    pub fn predict(&self, features: &DataFrame) -> Result<Target> {
        let told = self.predict_proba(features)?;
        let codes = told.rows().into_iter().map(|row| position_of_max(row.iter().copied()) as u32).collect();
        Ok(Target::Classes { codes, labels: self.classes.clone() })
    }

    /// The probability of each class, shape `(n_samples, n_classes)`.
    ///
    /// # Errors
    /// Those of the models inside.
    pub fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        let mut sums = Array2::zeros((features.height(), self.classes.len()));
        for member in &self.members {
            member.add(features, &self.classes, &mut sums)?;
        }
        Ok(sums / self.members.len().max(1) as f64)
    }
}

impl Model for CalibratedModel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn predict(&self, features: &DataFrame) -> Result<Target> {
        self.predict(features)
    }

    fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.predict_proba(features)
    }

    fn classes(&self) -> Option<Vec<String>> {
        Some(self.classes())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
