//! Learning rates as pure functions of the step: no hidden counters.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What an adaptive rate is divided by when training stops getting better.
pub const ADAPTIVE_FACTOR: f64 = 5.0;

/// An adaptive rate at or below this is not divided again: training ends.
pub const ADAPTIVE_RATE_MIN: f64 = 1e-6;

/// How the learning rate of stochastic gradient descent changes, by scikit-learn's names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LearningRate {
    /// `"constant"`: see [`constant`].
    Constant,
    /// `"optimal"`: see [`optimal`].
    #[default]
    Optimal,
    /// `"invscaling"`: see [`invscaling`].
    InvScaling,
    /// `"adaptive"`: see [`adaptive`].
    Adaptive,
}

impl LearningRate {
    /// The names that [`from_str`](Self::from_str) takes.
    pub const NAMES: [&'static str; 4] = ["constant", "optimal", "invscaling", "adaptive"];

    /// The name, such as `"adaptive"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Optimal => "optimal",
            Self::InvScaling => "invscaling",
            Self::Adaptive => "adaptive",
        }
    }
}

impl FromStr for LearningRate {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "constant" => Ok(Self::Constant),
            "optimal" => Ok(Self::Optimal),
            "invscaling" => Ok(Self::InvScaling),
            "adaptive" => Ok(Self::Adaptive),
            other => Err(Error::not_one_of("learning_rate", other, &Self::NAMES)),
        }
    }
}

impl fmt::Display for LearningRate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// `eta0` at every step.
pub fn constant(eta0: f64) -> f64 {
    eta0
}

/// `1 / (alpha * (t0 + step - 1))`, `step` counting samples from 1, where `t0` makes the first rate `alpha^(-1/4)`.
///
/// # References
/// 1. L. Bottou, *Stochastic Gradient Descent Tricks*, 2012, doi:10.1007/978-3-642-35289-8_25
pub fn optimal(alpha: f64, step: u64) -> f64 {
    let first_rate = alpha.sqrt().recip().sqrt();
    let t0 = (first_rate * alpha).recip();
    (alpha * (t0 + step as f64 - 1.0)).recip()
}

/// `eta0 / step^power_t`, `step` counting samples from 1.
pub fn invscaling(eta0: f64, power_t: f64, step: u64) -> f64 {
    eta0 / (step as f64).powf(power_t)
}

/// `eta0 / 5^n_cuts`: the rate stays while training gets better, and each time it stops doing so there is one cut more.
pub fn adaptive(eta0: f64, n_cuts: u32) -> f64 {
    eta0 / ADAPTIVE_FACTOR.powi(n_cuts.min(1_000) as i32)
}
