//! The settings that the classifier and the regressor share.

use serde::{Deserialize, Serialize};

use super::NAME;
use crate::error::Result;
use crate::models::logistic::Penalty;
use crate::models::settings;
use crate::preprocess::{ParamValue, invalid_parameter};
use crate::train::LearningRate;

/// What the table of [`SgdClassifier`](super::SgdClassifier) says, without the loss and what belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Common {
    pub(super) penalty: Penalty,
    pub(super) alpha: f64,
    #[serde(default = "l1_ratio")]
    pub(super) l1_ratio: f64,
    pub(super) learning_rate: LearningRate,
    pub(super) eta0: f64,
    pub(super) power_t: f64,
    pub(super) fit_intercept: bool,
    pub(super) max_iter: usize,
    pub(super) tol: f64,
    pub(super) n_iter_no_change: usize,
    pub(super) shuffle: bool,
    pub(super) seed: u64,
    /// The first step that averages count, or 0 for none.
    #[serde(default)]
    pub(super) average: usize,
    #[serde(default)]
    pub(super) early_stopping: bool,
    #[serde(default = "validation_fraction")]
    pub(super) validation_fraction: f64,
}

fn l1_ratio() -> f64 {
    0.15
}

fn validation_fraction() -> f64 {
    0.1
}

impl Default for Common {
    fn default() -> Self {
        Self {
            penalty: Penalty::default(),
            alpha: 1e-4,
            l1_ratio: l1_ratio(),
            learning_rate: LearningRate::default(),
            eta0: 0.01,
            power_t: 0.5,
            fit_intercept: true,
            max_iter: 1_000,
            tol: 1e-3,
            n_iter_no_change: 5,
            shuffle: true,
            seed: 0,
            average: 0,
            early_stopping: false,
            validation_fraction: validation_fraction(),
        }
    }
}

impl Common {
    pub(super) fn check(&self) -> Result<()> {
        settings::not_negative("sgd.alpha", self.alpha)?;
        settings::fraction("sgd.l1_ratio", self.l1_ratio)?;
        settings::positive("sgd.eta0", self.eta0)?;
        settings::not_negative("sgd.power_t", self.power_t)?;
        settings::not_negative("sgd.tol", self.tol)?;
        settings::at_least_one("sgd.max_iter", self.max_iter)?;
        settings::at_least_one("sgd.n_iter_no_change", self.n_iter_no_change)?;
        settings::inside("sgd.validation_fraction", self.validation_fraction)
    }

    /// What cannot be checked one setting at a time, since they are set one after the other.
    pub(super) fn check_together(&self) -> Result<()> {
        match self.learning_rate {
            LearningRate::Optimal => settings::positive("sgd.alpha with the learning rate \"optimal\"", self.alpha),
            _ => Ok(()),
        }
    }

    /// The settings by name.
    pub(super) fn params(&self) -> Vec<(String, ParamValue)> {
        let average = match self.average {
            0 => ParamValue::Bool(false),
            first => ParamValue::Int(first as i64),
        };
        let values: [(&str, ParamValue); 15] = [
            ("alpha", self.alpha.into()),
            ("average", average),
            ("early_stopping", self.early_stopping.into()),
            ("eta0", self.eta0.into()),
            ("fit_intercept", self.fit_intercept.into()),
            ("l1_ratio", self.l1_ratio.into()),
            ("learning_rate", self.learning_rate.as_str().into()),
            ("max_iter", self.max_iter.into()),
            ("n_iter_no_change", self.n_iter_no_change.into()),
            ("penalty", self.penalty.into()),
            ("power_t", self.power_t.into()),
            ("seed", ParamValue::Int(self.seed as i64)),
            ("shuffle", self.shuffle.into()),
            ("tol", self.tol.into()),
            ("validation_fraction", self.validation_fraction.into()),
        ];
        values.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
    }

    /// Changes one setting; says whether there is one of this name.
    pub(super) fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<bool> {
        let what = format!("{NAME}.{name}");
        match name {
            "alpha" => self.alpha = settings::real(&what, value)?,
            "average" => {
                self.average = match value {
                    ParamValue::Bool(is_on) => usize::from(*is_on),
                    ParamValue::Int(_) => settings::count(&what, value)?,
                    other => return Err(invalid_parameter(&what, other, "true, false, or the first step that counts")),
                }
            }
            "early_stopping" => self.early_stopping = settings::flag(&what, value)?,
            "eta0" => self.eta0 = settings::real(&what, value)?,
            "fit_intercept" => self.fit_intercept = settings::flag(&what, value)?,
            "l1_ratio" => self.l1_ratio = settings::real(&what, value)?,
            "learning_rate" => self.learning_rate = settings::text(&what, value)?.parse()?,
            "max_iter" => self.max_iter = settings::count(&what, value)?,
            "n_iter_no_change" => self.n_iter_no_change = settings::count(&what, value)?,
            "penalty" => self.penalty = settings::text(&what, value)?.parse()?,
            "power_t" => self.power_t = settings::real(&what, value)?,
            "seed" => self.seed = settings::count(&what, value)? as u64,
            "shuffle" => self.shuffle = settings::flag(&what, value)?,
            "tol" => self.tol = settings::real(&what, value)?,
            "validation_fraction" => self.validation_fraction = settings::real(&what, value)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The setters of the common settings, for a type that holds them in `common`.
macro_rules! common_setters {
    () => {
        /// Sets what keeps the coefficients small.
        pub fn penalty(mut self, penalty: Penalty) -> Self {
            self.common.penalty = penalty;
            self
        }

        /// Sets how much the penalty counts.
        pub fn alpha(mut self, alpha: f64) -> Self {
            self.common.alpha = alpha;
            self
        }

        /// Sets the part of L1 in an elastic net.
        pub fn l1_ratio(mut self, l1_ratio: f64) -> Self {
            self.common.l1_ratio = l1_ratio;
            self
        }

        /// Sets how the learning rate changes.
        pub fn learning_rate(mut self, learning_rate: LearningRate) -> Self {
            self.common.learning_rate = learning_rate;
            self
        }

        /// Sets the first learning rate.
        pub fn eta0(mut self, eta0: f64) -> Self {
            self.common.eta0 = eta0;
            self
        }

        /// Sets the exponent of `"invscaling"`.
        pub fn power_t(mut self, power_t: f64) -> Self {
            self.common.power_t = power_t;
            self
        }

        /// Sets whether an intercept is fitted.
        pub fn fit_intercept(mut self, fit_intercept: bool) -> Self {
            self.common.fit_intercept = fit_intercept;
            self
        }

        /// Sets how many epochs there are at most.
        pub fn max_iter(mut self, max_iter: usize) -> Self {
            self.common.max_iter = max_iter;
            self
        }

        /// Sets by how much the objective has to fall, or the validation score to rise.
        pub fn tol(mut self, tol: f64) -> Self {
            self.common.tol = tol;
            self
        }

        /// Sets for how many epochs it may fail to.
        pub fn n_iter_no_change(mut self, n_iter_no_change: usize) -> Self {
            self.common.n_iter_no_change = n_iter_no_change;
            self
        }

        /// Sets whether each epoch takes the samples in an order of its own.
        pub fn shuffle(mut self, shuffle: bool) -> Self {
            self.common.shuffle = shuffle;
            self
        }

        /// Sets what decides the order of the samples, and which of them are validated on.
        pub fn seed(mut self, seed: u64) -> Self {
            self.common.seed = seed;
            self
        }

        /// Sets the step from which on weights are averaged: 1 for all, and 0 for no average.
        pub fn average(mut self, first_step: usize) -> Self {
            self.common.average = first_step;
            self
        }

        /// Sets whether the score on rows that are held out decides on the end.
        pub fn early_stopping(mut self, early_stopping: bool) -> Self {
            self.common.early_stopping = early_stopping;
            self
        }

        /// Sets the part of the rows that is held out.
        pub fn validation_fraction(mut self, validation_fraction: f64) -> Self {
            self.common.validation_fraction = validation_fraction;
            self
        }
    };
}

pub(super) use common_setters;
