//! Linear support vector regression.

use std::any::Any;
use std::fmt;
use std::str::FromStr;

use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use super::dual::Dual;
use super::{linear, records, settings};
use crate::data::{Dataset, Target};
use crate::error::{Error, Result};
use crate::models::{Estimator, Model};
use crate::preprocess::{ParamValue, unknown_parameter};

const NAME: &str = "linear_svr";
const PARAMS: [&str; 8] = ["C", "epsilon", "fit_intercept", "intercept_scaling", "loss", "max_iter", "seed", "tol"];

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

    /// Sets what an error costs.
    pub fn loss(mut self, loss: SvrLoss) -> Self {
        self.loss = loss;
        self
    }

    /// Sets up to where an error costs nothing.
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
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

    /// Sets the value of the feature whose coefficient gives the intercept.
    pub fn intercept_scaling(mut self, intercept_scaling: f64) -> Self {
        self.intercept_scaling = intercept_scaling;
        self
    }

    /// Sets how many passes over the rows there are at most.
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.max_iter = max_iter;
        self
    }

    /// Sets how exact the optimum is.
    pub fn tol(mut self, tol: f64) -> Self {
        self.tol = tol;
        self
    }

    /// Sets what decides the order of the rows.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
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
            coefficients: found.weights,
            intercept: found.intercept,
            feature_names: data.feature_names(),
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

impl Estimator for LinearSvr {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, data: &Dataset) -> Result<Box<dyn Model>> {
        Ok(Box::new(self.fit(data)?))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        let values: [ParamValue; 8] = [
            self.c.into(),
            self.epsilon.into(),
            self.fit_intercept.into(),
            self.intercept_scaling.into(),
            self.loss.as_str().into(),
            self.max_iter.into(),
            ParamValue::Int(self.seed as i64),
            self.tol.into(),
        ];
        PARAMS.iter().map(|name| name.to_string()).zip(values).collect()
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        let what = format!("{NAME}.{name}");
        let mut changed = self.clone();
        match name {
            "C" => changed.c = settings::real(&what, value)?,
            "epsilon" => changed.epsilon = settings::real(&what, value)?,
            "fit_intercept" => changed.fit_intercept = settings::flag(&what, value)?,
            "intercept_scaling" => changed.intercept_scaling = settings::real(&what, value)?,
            "loss" => changed.loss = settings::text(&what, value)?.parse()?,
            "max_iter" => changed.max_iter = settings::count(&what, value)?,
            "seed" => changed.seed = settings::count(&what, value)? as u64,
            "tol" => changed.tol = settings::real(&what, value)?,
            _ => return Err(unknown_parameter(NAME, name, &PARAMS)),
        }
        changed.check()?;
        *self = changed;
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn Estimator> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A fitted [`LinearSvr`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinearSvrModel {
    coefficients: Vec<f64>,
    intercept: f64,
    feature_names: Vec<String>,
    settings: LinearSvr,
    n_iter: usize,
    converged: bool,
}

impl LinearSvrModel {
    /// The coefficients, one for each feature.
    pub fn coef(&self) -> Vec<f64> {
        self.coefficients.clone()
    }

    /// The intercept, in units of the target.
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    /// The columns that the model was fitted on.
    pub fn feature_names(&self) -> Vec<String> {
        self.feature_names.clone()
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
        let mut names = self.feature_names.clone();
        names.push("(intercept)".to_string());
        let values: Vec<f64> = self.coefficients.iter().copied().chain([self.intercept]).collect();
        let columns = vec![Column::new("feature".into(), names), Column::new("coefficient".into(), values)];
        DataFrame::new(self.coefficients.len() + 1, columns).unwrap_or_default()
    }

    /// The number that is told for each row.
    ///
    /// # Errors
    /// [`Error::FeaturesDiffer`] where the columns are not those of the fit (their order does not matter),
    /// [`Error::UnusableValue`], [`Error::NotNumeric`].
    pub fn predict(&self, features: &DataFrame) -> Result<Target> {
        let planes = std::slice::from_ref(&self.coefficients);
        let outputs = linear::outputs(NAME, features, &self.feature_names, planes, &[self.intercept])?;
        Ok(Target::Values(outputs.into_iter().collect()))
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

    fn as_any(&self) -> &dyn Any {
        self
    }
}
