//! What a sample costs, and which way the cost falls.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What one wrongly told sample costs a classifier, by its output `f` and its class `y = ±1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SgdLoss {
    /// `"hinge"`: `max(0, 1 - y f)`, a linear support vector machine.
    #[default]
    Hinge,
    /// `"log_loss"`: `ln(1 + exp(-y f))`, logistic regression, which has probabilities.
    LogLoss,
    /// `"modified_huber"`: `max(0, 1 - y f)²`, but `-4 y f` where `y f < -1`; it has probabilities, and bears outliers.
    ModifiedHuber,
    /// `"squared_hinge"`: `max(0, 1 - y f)²`.
    SquaredHinge,
    /// `"perceptron"`: `max(0, -y f)`.
    Perceptron,
}

impl SgdLoss {
    /// The names that [`from_str`](Self::from_str) takes.
    pub const NAMES: [&'static str; 5] = ["hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron"];

    /// The name, such as `"hinge"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hinge => "hinge",
            Self::LogLoss => "log_loss",
            Self::ModifiedHuber => "modified_huber",
            Self::SquaredHinge => "squared_hinge",
            Self::Perceptron => "perceptron",
        }
    }
}

impl FromStr for SgdLoss {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "hinge" => Ok(Self::Hinge),
            "log_loss" => Ok(Self::LogLoss),
            "modified_huber" => Ok(Self::ModifiedHuber),
            "squared_hinge" => Ok(Self::SquaredHinge),
            "perceptron" => Ok(Self::Perceptron),
            other => Err(Error::not_one_of("loss", other, &Self::NAMES)),
        }
    }
}

impl fmt::Display for SgdLoss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// What an error `e = y - f` costs a regression. `epsilon` is a setting of [`SgdRegressor`](super::SgdRegressor).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SgdRegressionLoss {
    /// `"squared_error"`: `½ e²`.
    #[default]
    SquaredError,
    /// `"huber"`: `½ e²` up to `|e| = epsilon`, and `epsilon |e| - ½ epsilon²` beyond, which bears outliers.
    Huber,
    /// `"epsilon_insensitive"`: `max(0, |e| - epsilon)`, a linear support vector regression.
    EpsilonInsensitive,
    /// `"squared_epsilon_insensitive"`: `max(0, |e| - epsilon)²`.
    SquaredEpsilonInsensitive,
}

impl SgdRegressionLoss {
    /// The names that [`from_str`](Self::from_str) takes.
    pub const NAMES: [&'static str; 4] =
        ["squared_error", "huber", "epsilon_insensitive", "squared_epsilon_insensitive"];

    /// The name, such as `"huber"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SquaredError => "squared_error",
            Self::Huber => "huber",
            Self::EpsilonInsensitive => "epsilon_insensitive",
            Self::SquaredEpsilonInsensitive => "squared_epsilon_insensitive",
        }
    }
}

impl FromStr for SgdRegressionLoss {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "squared_error" => Ok(Self::SquaredError),
            "huber" => Ok(Self::Huber),
            "epsilon_insensitive" => Ok(Self::EpsilonInsensitive),
            "squared_epsilon_insensitive" => Ok(Self::SquaredEpsilonInsensitive),
            other => Err(Error::not_one_of("loss", other, &Self::NAMES)),
        }
    }
}

impl fmt::Display for SgdRegressionLoss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A loss of either kind.
#[derive(Clone, Copy, Debug)]
pub(super) enum Loss {
    Classes(SgdLoss),
    Values(SgdRegressionLoss, f64),
}

impl Loss {
    /// The loss at `output`, and its derivative by the output.
    #[inline]
    pub(super) fn at(self, truth: f64, output: f64) -> (f64, f64) {
        match self {
            Self::Classes(loss) => of_margin(loss, truth, output),
            Self::Values(loss, epsilon) => of_error(loss, epsilon, truth - output),
        }
    }
}

fn of_margin(loss: SgdLoss, sign: f64, output: f64) -> (f64, f64) {
    let margin = sign * output;
    match loss {
        SgdLoss::Hinge if margin <= 1.0 => (1.0 - margin, -sign),
        SgdLoss::Perceptron if margin <= 0.0 => (-margin, -sign),
        SgdLoss::Hinge | SgdLoss::Perceptron => (0.0, 0.0),
        SgdLoss::LogLoss => {
            let exponential = (-margin.abs()).exp();
            let wrong = if margin >= 0.0 { exponential / (1.0 + exponential) } else { (1.0 + exponential).recip() };
            ((-margin).max(0.0) + exponential.ln_1p(), -sign * wrong)
        }
        SgdLoss::ModifiedHuber if margin < -1.0 => (-4.0 * margin, -4.0 * sign),
        SgdLoss::ModifiedHuber | SgdLoss::SquaredHinge => {
            let short = (1.0 - margin).max(0.0);
            (short * short, -2.0 * sign * short)
        }
    }
}

fn of_error(loss: SgdRegressionLoss, epsilon: f64, error: f64) -> (f64, f64) {
    let excess = (error.abs() - epsilon).max(0.0);
    match loss {
        SgdRegressionLoss::Huber if excess > 0.0 => {
            (epsilon * error.abs() - 0.5 * epsilon * epsilon, -epsilon * error.signum())
        }
        SgdRegressionLoss::SquaredError | SgdRegressionLoss::Huber => (0.5 * error * error, -error),
        SgdRegressionLoss::EpsilonInsensitive if excess > 0.0 => (excess, -error.signum()),
        SgdRegressionLoss::EpsilonInsensitive => (0.0, 0.0),
        SgdRegressionLoss::SquaredEpsilonInsensitive => (excess * excess, -2.0 * excess * error.signum()),
    }
}
