//! How alike two rows are.

use std::fmt;
use std::str::FromStr;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::models::settings;
use crate::preprocess::{ParamValue, Setting, named_setting};

/// The kernel of a support vector machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SvmKernel {
    /// `"rbf"`: `exp(-gamma |x - y|²)`.
    #[default]
    Rbf,
    /// `"linear"`: `x·y`.
    Linear,
    /// `"poly"`: `(gamma x·y + coef0)^degree`.
    Poly,
    /// `"sigmoid"`: `tanh(gamma x·y + coef0)`.
    Sigmoid,
}

named_setting!(SvmKernel, [
    "rbf" => SvmKernel::Rbf,
    "linear" => SvmKernel::Linear,
    "poly" => SvmKernel::Poly,
    "sigmoid" => SvmKernel::Sigmoid,
]);

/// The scale of a kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gamma {
    /// `"scale"`: `1 / (n_features · variance of all values)`, and 1 where that is 0.
    #[default]
    Scale,
    /// `"auto"`: `1 / n_features`.
    Auto,
    /// A number.
    Value(f64),
}

impl Gamma {
    pub(super) fn check(self, what: &str) -> Result<()> {
        if let Self::Value(gamma) = self { settings::positive(what, gamma) } else { Ok(()) }
    }

    /// The number for `records`, each row of which counts as its weight says.
    fn number(self, records: &Array2<f64>, weights: Option<&[f64]>) -> f64 {
        let n_features = records.ncols() as f64;
        match self {
            Self::Value(gamma) => gamma,
            Self::Auto => 1.0 / n_features,
            Self::Scale => {
                let weight = |row: usize| weights.and_then(|weights| weights.get(row)).copied().unwrap_or(1.0);
                let total: f64 = (0..records.nrows()).map(weight).sum::<f64>() * n_features;
                let mean_of = |of: &dyn Fn(f64) -> f64| {
                    let rows = records.rows().into_iter().enumerate();
                    rows.map(|(row, values)| weight(row) * values.iter().map(|&value| of(value)).sum::<f64>())
                        .sum::<f64>()
                        / total
                };
                let mean = mean_of(&|value| value);
                let variance = mean_of(&|value| (value - mean).powi(2));
                let gamma = 1.0 / (n_features * variance);
                if variance > 0.0 && gamma.is_finite() { gamma } else { 1.0 }
            }
        }
    }
}

impl From<f64> for Gamma {
    fn from(gamma: f64) -> Self {
        Self::Value(gamma)
    }
}

impl fmt::Display for Gamma {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scale => f.write_str("scale"),
            Self::Auto => f.write_str("auto"),
            Self::Value(gamma) => write!(f, "{gamma:?}"),
        }
    }
}

impl FromStr for Gamma {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "scale" => Ok(Self::Scale),
            "auto" => Ok(Self::Auto),
            other => Err(Error::InvalidValue {
                what: "gamma".to_string(),
                value: format!("\"{other}\""),
                allowed: "\"scale\", \"auto\" or a number greater than 0".to_string(),
            }),
        }
    }
}

impl Setting for Gamma {
    fn read(what: &str, value: &ParamValue) -> Result<Self> {
        match value {
            ParamValue::Text(name) => name.parse(),
            other => settings::real(what, other).map(Self::Value),
        }
    }

    fn shown(&self) -> ParamValue {
        match self {
            Self::Value(gamma) => (*gamma).into(),
            named => named.to_string().into(),
        }
    }
}

/// A kernel with all its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Function {
    Linear,
    Poly { gamma: f64, coef0: f64, degree: i32 },
    Rbf { gamma: f64 },
    Sigmoid { gamma: f64, coef0: f64 },
}

/// The settings of a kernel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct KernelSettings {
    pub(super) kernel: SvmKernel,
    pub(super) degree: usize,
    pub(super) gamma: Gamma,
    pub(super) coef0: f64,
}

impl KernelSettings {
    pub(super) fn function(&self, records: &Array2<f64>, weights: Option<&[f64]>) -> Function {
        let Self { kernel, degree, coef0, .. } = *self;
        let gamma = self.gamma.number(records, weights);
        match kernel {
            SvmKernel::Linear => Function::Linear,
            SvmKernel::Poly => Function::Poly { gamma, coef0, degree: i32::try_from(degree).unwrap_or(i32::MAX) },
            SvmKernel::Rbf => Function::Rbf { gamma },
            SvmKernel::Sigmoid => Function::Sigmoid { gamma, coef0 },
        }
    }
}

impl Function {
    /// Makes likenesses of `products`, those of a row whose length has the square `own` with rows whose lengths have `squares`.
    pub(super) fn apply(self, products: &mut [f64], own: f64, squares: &[f64]) {
        match self {
            Self::Linear => {}
            Self::Poly { gamma, coef0, degree } => {
                products.iter_mut().for_each(|value| *value = (gamma * *value + coef0).powi(degree));
            }
            Self::Rbf { gamma } => {
                for (value, square) in products.iter_mut().zip(squares) {
                    // Rounding must not make two rows more alike than a row is to itself.
                    *value = (-gamma * (own + square - 2.0 * *value).max(0.0)).exp();
                }
            }
            Self::Sigmoid { gamma, coef0 } => {
                products.iter_mut().for_each(|value| *value = (gamma * *value + coef0).tanh());
            }
        }
    }

    /// How alike a row is to itself, if its length has the square `own`.
    pub(super) fn of_itself(self, own: f64) -> f64 {
        let mut value = [own];
        self.apply(&mut value, own, &[own]);
        value[0]
    }
}

/// The squares of the lengths of all rows.
pub(super) fn squares(records: &Array2<f64>) -> Vec<f64> {
    records.rows().into_iter().map(|row| row.dot(&row)).collect()
}
