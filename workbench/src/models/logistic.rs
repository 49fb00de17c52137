//! Logistic regression.
//!
//! `objective` holds what is to be made small. `newton` and `proximal` make it small without and with an L1 penalty;
//! `line` goes along their steps, and `dense` solves the linear systems between.

mod dense;
mod line;
mod model;
mod newton;
mod objective;
mod proximal;

use std::any::Any;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use self::objective::Problem;
use super::classes::Classes;
use super::linear::{LinearPlanes, records};
use super::{Estimator, Model, Simpler, settings};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::preprocess::{ParamValue, unknown_parameter};

pub use model::LogisticModel;

const NAME: &str = "logistic";

/// What keeps the coefficients small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Penalty {
    /// `"none"`: nothing does.
    None,
    /// `"l1"`: `r(w) = Σ |w|`, which sets many coefficients to exactly 0.
    L1,
    /// `"l2"`: `r(w) = ½ Σ w²`.
    #[default]
    L2,
}

impl Penalty {
    /// The names that [`from_str`](Self::from_str) takes.
    pub const NAMES: [&'static str; 3] = ["none", "l1", "l2"];

    /// The name, such as `"l2"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::L1 => "l1",
            Self::L2 => "l2",
        }
    }
}

impl FromStr for Penalty {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "none" => Ok(Self::None),
            "l1" => Ok(Self::L1),
            "l2" => Ok(Self::L2),
            other => Err(Error::not_one_of("penalty", other, &Self::NAMES)),
        }
    }
}

impl From<Penalty> for ParamValue {
    fn from(penalty: Penalty) -> Self {
        Self::Text(penalty.to_string())
    }
}

impl fmt::Display for Penalty {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Logistic regression with an L1, an L2 or no penalty, for two classes or more.
///
/// It makes `C · Σ_i loss_i(w, b) + r(w)` as small as can be, where `r` is the [`Penalty`] and the intercept `b` is never
/// penalised. With two classes, `loss = ln(1 + exp(-y (w·x + b)))` for `y = ±1`; with more, each has its own `w` and `b`,
/// and `loss` is the cross-entropy of their softmax. These are scikit-learn's objectives for its solvers `lbfgs` and `saga`.
///
/// L2 and none are solved by Newton's method, L1 by proximal Newton with coordinate descent. Both are deterministic.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `penalty` | `"l2"` | `"none"`, `"l1"`, `"l2"` | what keeps the coefficients small |
/// | `C` | 1.0 | > 0 | how much the data count against the penalty; small values shrink more |
/// | `fit_intercept` | true | | whether `b` is fitted, or 0 |
/// | `max_iter` | 100 | ≥ 1 | outer steps at most |
/// | `tol` | 1e-8 | > 0 | how exact the coefficients are |
///
/// The fit ends when no component of the objective's least subgradient, divided by `C · n_samples`, exceeds `tol` times the
/// greatest magnitude in its feature's column.
///
/// Features: shape `(n_samples, n_features)`, finite numbers. Scale them first where they differ much in magnitude, since
/// the penalty treats all alike.
///
/// # Errors
/// [`Error::UnusableValue`] for a missing or infinite feature, [`Error::NotNumeric`], [`Error::OneClass`],
/// [`Error::NotClasses`], [`Error::InvalidValue`] for a setting out of range, [`Error::NoFiniteOptimum`] without a penalty on
/// classes that can be separated, [`Error::Interrupted`].
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, drop_missing, penguins};
/// use workbench::models::{LogisticRegression, Penalty};
///
/// let frame = drop_missing(&penguins()?, &["sex"])?.select(["bill_depth_mm", "body_mass_g", "sex"])?;
/// let data = Dataset::from_frame(&frame, "sex")?;
/// let model = LogisticRegression::new().penalty(Penalty::L1).c(10.0).fit(&data)?;
/// assert!(model.converged());
///
/// let refused = LogisticRegression::new().c(-1.0).fit(&data);
/// assert_eq!(refused.unwrap_err().to_string(), "logistic.C is -1.0, but it must be a finite number greater than 0");
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. J. Friedman, T. Hastie, R. Tibshirani, *Regularization Paths for Generalized Linear Models via Coordinate Descent*,
///    2010, doi:10.18637/jss.v033.i01
/// 2. G.-X. Yuan, C.-H. Ho, C.-J. Lin, *An Improved GLMNET for L1-regularized Logistic Regression*, 2012,
///    <https://jmlr.org/papers/v13/yuan12a.html>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogisticRegression {
    penalty: Penalty,
    c: f64,
    fit_intercept: bool,
    max_iter: usize,
    tol: f64,
}

impl Default for LogisticRegression {
    fn default() -> Self {
        Self { penalty: Penalty::default(), c: 1.0, fit_intercept: true, max_iter: 100, tol: 1e-8 }
    }
}

impl LogisticRegression {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what keeps the coefficients small.
    pub fn penalty(mut self, penalty: Penalty) -> Self {
        self.penalty = penalty;
        self
    }

    /// Sets `C`, the inverse of the penalty's strength.
    pub fn c(mut self, c: f64) -> Self {
        self.c = c;
        self
    }

    /// Sets whether an intercept is fitted.
    pub fn fit_intercept(mut self, fit_intercept: bool) -> Self {
        self.fit_intercept = fit_intercept;
        self
    }

    /// Sets how many outer steps there are at most.
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.max_iter = max_iter;
        self
    }

    /// Sets how exact the coefficients are.
    pub fn tol(mut self, tol: f64) -> Self {
        self.tol = tol;
        self
    }

    /// Learns from `data`.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<LogisticModel> {
        self.check()?;
        let classes = Classes::at_least_two(data, NAME)?;
        let records = records(NAME, data.features())?;
        let problem = Problem::new(&records, &classes, self);
        let solution = match self.penalty {
            Penalty::L1 => proximal::minimise(&problem, self.tol, self.max_iter)?,
            Penalty::L2 | Penalty::None => newton::minimise(&problem, self.tol, self.max_iter)?,
        };
        let (coefficients, intercepts) = problem.planes(&solution.weights);
        let feature_names = data.feature_names();
        let planes = LinearPlanes { coefficients, intercepts, classes: classes.labels, feature_names };
        Ok(LogisticModel::new(planes, self.clone(), solution.n_iter, solution.converged))
    }

    fn check(&self) -> Result<()> {
        settings::positive("logistic.C", self.c)?;
        settings::positive("logistic.tol", self.tol)?;
        settings::at_least_one("logistic.max_iter", self.max_iter)
    }
}

impl Estimator for LogisticRegression {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, data: &Dataset) -> Result<Box<dyn Model>> {
        Ok(Box::new(self.fit(data)?))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        vec![
            ("C".to_string(), ParamValue::Float(self.c)),
            ("fit_intercept".to_string(), ParamValue::Bool(self.fit_intercept)),
            ("max_iter".to_string(), ParamValue::Int(self.max_iter as i64)),
            ("penalty".to_string(), self.penalty.into()),
            ("tol".to_string(), ParamValue::Float(self.tol)),
        ]
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        let what = format!("{NAME}.{name}");
        let mut changed = self.clone();
        match name {
            "C" => changed.c = settings::real(&what, value)?,
            "fit_intercept" => changed.fit_intercept = settings::flag(&what, value)?,
            "max_iter" => changed.max_iter = settings::count(&what, value)?,
            "penalty" => changed.penalty = settings::text(&what, value)?.parse()?,
            "tol" => changed.tol = settings::real(&what, value)?,
            _ => return Err(unknown_parameter(NAME, name, &["C", "fit_intercept", "max_iter", "penalty", "tol"])),
        }
        changed.check()?;
        *self = changed;
        Ok(())
    }

    fn simpler(&self, param: &str) -> Option<Simpler> {
        (param == "C").then_some(Simpler::Smaller)
    }

    fn clone_box(&self) -> Box<dyn Estimator> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Where a solver ended.
struct Solution {
    /// Shape `(n_outputs, n_columns)`.
    weights: ndarray::Array2<f64>,
    n_iter: usize,
    converged: bool,
}
