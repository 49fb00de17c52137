//! Linear support vector regression.

use std::fmt;
use std::str::FromStr;

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::dual::Dual;
use super::records;
use crate::data::{Dataset, Target};
use crate::error::{Error, Result};
use crate::models::Model;
use crate::models::linear::LinearFunction;
use crate::models::settings::{self, estimator, setters, text_setting};

const NAME: &str = "linear_svr";

/// What an error `e = y - f` costs that is greater than [`epsilon`](LinearSvr::epsilon).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SvrLoss {
    /// `"epsilon_insensitive"`: `max(0, |e| - epsilon)`.
    #[default]
    EpsilonInsensitive,
    /// `"squared_epsilon_insensitive"`: `max(0, |e| - epsilon)²`.
    SquaredEpsilonInsensitive,
}

impl SvrLoss {
    /// The names that [`from_str`](Self::from_str) takes.
    pub const NAMES: [&'static str; 2] = ["epsilon_insensitive", "squared_epsilon_insensitive"];

    /// The name, such as `"epsilon_insensitive"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EpsilonInsensitive => "epsilon_insensitive",
            Self::SquaredEpsilonInsensitive => "squared_epsilon_insensitive",
        }
    }
}

impl FromStr for SvrLoss {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "epsilon_insensitive" => Ok(Self::EpsilonInsensitive),
            "squared_epsilon_insensitive" => Ok(Self::SquaredEpsilonInsensitive),
            other => Err(Error::not_one_of("loss", other, &Self::NAMES)),
        }
    }
}

text_setting!(SvrLoss);

impl fmt::Display for SvrLoss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A linear support vector machine for numbers.
///
/// It makes `½ (|w|² + v²) + C · Σ_i c_i · loss(y_i - (w·x_i + b))` as small as can be, where the intercept is that of
/// [`LinearSvc`](super::LinearSvc), and `c_i` is the row's weight in the [`Dataset`](Dataset::with_weights). This is the objective of liblinear and
/// of scikit-learn's `LinearSVR`.
///
/// It is solved by dual coordinate descent with shrinking.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `loss` | `"epsilon_insensitive"` | or `"squared_epsilon_insensitive"` | what an error costs |
/// | `epsilon` | 0.0 | ≥ 0 | up to where an error costs nothing, in units of the target |
/// | `C` | 1.0 | > 0 | how much the data count against the penalty |
/// | `fit_intercept` | true | | whether `b` is fitted, or 0 |
/// | `intercept_scaling` | 1.0 | > 0 | the greater, the less the intercept is penalised |
/// | `max_iter` | 1000 | ≥ 1 | passes over the rows at most |
/// | `tol` | 1e-4 | > 0 | the misses of the conditions of an optimum are together no more than this part of those in the first pass |
/// | `seed` | 0 | | decides the order of the rows in each pass |
///
/// Features: shape `(n_samples, n_features)`, finite numbers. Scale them first.
///
/// # Errors
/// [`Error::UnusableValue`] for a missing or infinite feature, [`Error::NotNumeric`], [`Error::NotNumbers`],
/// [`Error::InvalidValue`] for a setting out of range, [`Error::Interrupted`].
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, Target, from_array};
/// use workbench::models::LinearSvr;
///
/// let frame = from_array(&ndarray::array![[-1.0], [0.0], [1.0], [2.0]], &["x"])?;
/// let data = Dataset::new(frame, Target::Values(vec![-1.0, 1.0, 3.0, 5.0]), "y")?;
/// let model = LinearSvr::new().c(100.0).max_iter(100_000).fit(&data)?;
/// assert!((model.coef()[0] - 2.0).abs() < 0.01);
///
/// let refused = LinearSvr::new().epsilon(-1.0).fit(&data);
/// assert_eq!(refused.unwrap_err().to_string(), "linear_svr.epsilon is -1.0, but it must be a finite number of at least 0");
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. C.-H. Ho, C.-J. Lin, *Large-scale Linear Support Vector Regression*, 2012, <https://jmlr.org/papers/v13/ho12a.html>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinearSvr {
    loss: SvrLoss,
    epsilon: f64,
    c: f64,
    fit_intercept: bool,
    intercept_scaling: f64,
    max_iter: usize,
    tol: f64,
    seed: u64,
}

impl Default for LinearSvr {
    fn default() -> Self {
        Self {
            loss: SvrLoss::default(),
            epsilon: 0.0,
            c: 1.0,
            fit_intercept: true,
            intercept_scaling: 1.0,
            max_iter: 1_000,
            tol: 1e-4,
            seed: 0,
        }
    }
}

impl LinearSvr {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets what an error costs.
        loss: SvrLoss,
        /// Sets up to where an error costs nothing.
        epsilon: f64,
        /// Sets `C`, the inverse of the penalty's strength.
        c: f64,
        /// Sets whether an intercept is fitted.
        fit_intercept: bool,
        /// Sets the value of the feature whose coefficient gives the intercept.
        intercept_scaling: f64,
        /// Sets how many passes over the rows there are at most.
        max_iter: usize,
        /// Sets how exact the optimum is.
        tol: f64,
        /// Sets what decides the order of the rows.
        seed: u64,
    }

    /// Learns from `data`.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<LinearSvrModel> {
        self.check()?;
        let Target::Values(truth) = data.target() else {
            return Err(Error::NotNumbers { what: NAME.to_string(), target: data.target_name().to_string() });
        };
        let records = records(NAME, data.features())?;
        let costs: Vec<f64> = match data.weights() {
            Some(weights) => weights.iter().map(|weight| self.c * weight).collect(),
            None => vec![self.c; truth.len()],
        };
        let dual = Dual {
            records: &records,
            truth,
            costs: &costs,
            is_squared: self.loss == SvrLoss::SquaredEpsilonInsensitive,
            intercept_scaling: if self.fit_intercept { self.intercept_scaling } else { 0.0 },
            epsilon: Some(self.epsilon),
            tol: self.tol,
            max_iter: self.max_iter,
            seed: self.seed,
        };
        let found = dual.minimise()?;
        Ok(LinearSvrModel {
            function: LinearFunction {
                coefficients: found.weights,
                intercept: found.intercept,
                feature_names: data.feature_names(),
            },
            settings: self.clone(),
            n_iter: found.n_iter,
            converged: found.converged,
        })
    }

    fn check(&self) -> Result<()> {
        settings::not_negative("linear_svr.epsilon", self.epsilon)?;
        settings::positive("linear_svr.C", self.c)?;
        settings::positive("linear_svr.intercept_scaling", self.intercept_scaling)?;
        settings::positive("linear_svr.tol", self.tol)?;
        settings::at_least_one("linear_svr.max_iter", self.max_iter)
    }
}

estimator!(LinearSvr, NAME, [c as "C", epsilon, fit_intercept, intercept_scaling, loss, max_iter, seed, tol]);

/// A fitted [`LinearSvr`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinearSvrModel {
    #[serde(flatten)]
    function: LinearFunction,
    settings: LinearSvr,
    n_iter: usize,
    converged: bool,
}

impl LinearSvrModel {
    /// The coefficients, one for each feature.
    pub fn coef(&self) -> Vec<f64> {
        self.function.coefficients.clone()
    }

    /// The intercept, in units of the target.
    pub fn intercept(&self) -> f64 {
        self.function.intercept
    }

    /// The columns that the model was fitted on.
    pub fn feature_names(&self) -> Vec<String> {
        self.function.feature_names.clone()
    }

    /// The settings that it was fitted with.
    pub fn settings(&self) -> LinearSvr {
        self.settings.clone()
    }

    /// How many passes over the rows were taken.
    pub fn n_iter(&self) -> usize {
        self.n_iter
    }

    /// Whether the tolerance was met.
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// The coefficients as a table: a row for each feature, the last for the intercept.
    pub fn coefficients(&self) -> DataFrame {
        self.function.table()
    }

    /// The number that is told for each row.
    ///
    /// # Errors
    /// [`Error::FeaturesDiffer`] where the columns are not those of the fit (their order does not matter),
    /// [`Error::UnusableValue`], [`Error::NotNumeric`].
    pub fn predict(&self, features: &DataFrame) -> Result<Target> {
        self.function.predict(NAME, features)
    }
}

impl Model for LinearSvrModel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn predict(&self, features: &DataFrame) -> Result<Target> {
        self.predict(features)
    }

    fn coefficients(&self) -> Option<DataFrame> {
        Some(self.coefficients())
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
