//! Poisson regression.

use ndarray::{Array1, Array2, Axis};
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::Model;
use super::checks::values;
use super::least_squares::MinimumNorm;
use super::linear::{LinearFunction, records};
use super::settings::{self, estimator, setters};
use crate::data::{Dataset, Target};
use crate::error::{Error, Result};
use crate::train::interrupt;

const NAME: &str = "poisson";

/// Poisson regression with an L2 penalty: for counts, and other numbers of at least 0 whose mean grows by factors.
///
/// It tells `exp(w·x + b)`, and makes `1/Σ s · Σ_i s_i (exp(η_i) − y_i η_i) + alpha/2 · |w|²` with `η = w·x + b` as small as can be, where `s` are the rows' weights, which are
/// 1 unless the dataset has [some](Dataset::with_weights). This is half the mean Poisson deviance up to what the target alone decides. The intercept is not penalised.
///
/// It goes by Newton's method with a step that is halved until the objective falls enough, in a time that grows with rows × features².
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `alpha` | 1.0 | ≥ 0 | how much the penalty counts |
/// | `fit_intercept` | true | | whether `b` is fitted, or 0 |
/// | `max_iter` | 100 | ≥ 1 | steps at most |
/// | `tol` | 1e-8 | > 0 | the greatest magnitude of the gradient at the end |
///
/// Features: shape `(n_samples, n_features)`, finite numbers. Scale them first where they differ much in magnitude, since the penalty treats all alike. This is
/// scikit-learn's `PoissonRegressor`.
///
/// # Errors
/// [`Error::NotNumbers`]; [`Error::InvalidValue`] for a target below 0, or 0 everywhere, and for a setting out of range; [`Error::UnusableValue`] for a missing or infinite
/// feature, [`Error::NotNumeric`], [`Error::Interrupted`].
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, Target, from_array};
/// use workbench::models::PoissonRegressor;
///
/// let frame = from_array(&ndarray::array![[0.0], [1.0], [2.0], [3.0]], &["x"])?;
/// let data = Dataset::new(frame.clone(), Target::Values(vec![1.0, 2.0, 4.0, 8.0]), "y")?;
/// let model = PoissonRegressor::new().alpha(0.0).fit(&data)?;
/// assert!((model.coef()[0] - 2.0_f64.ln()).abs() < 1e-6);
///
/// let negative = Dataset::new(frame, Target::Values(vec![1.0, -2.0, 4.0, 8.0]), "y")?;
/// assert!(PoissonRegressor::new().fit(&negative).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. P. McCullagh, J. Nelder, *Generalized Linear Models*, 1989, doi:10.1201/9780203753736
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoissonRegressor {
    alpha: f64,
    fit_intercept: bool,
    max_iter: usize,
    tol: f64,
}

impl Default for PoissonRegressor {
    fn default() -> Self {
        Self { alpha: 1.0, fit_intercept: true, max_iter: 100, tol: 1e-8 }
    }
}

impl PoissonRegressor {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets how much the penalty counts.
        alpha: f64,
        /// Sets whether an intercept is fitted.
        fit_intercept: bool,
        /// Sets how many steps there are at most.
        max_iter: usize,
        /// Sets how exact the optimum is.
        tol: f64,
    }

    /// Learns from `data`.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<PoissonModel> {
        self.check()?;
        let truth = values(data, NAME)?;
        let records = records(NAME, data.features())?;
        let weights = data.weights().map_or_else(|| vec![1.0; truth.len()], <[f64]>::to_vec);
        let problem = Problem::new(self, &records, truth, weights, data.target_name())?;
        let found = problem.minimise()?;
        let (coefficients, intercept) = problem.plane(&found.point);
        let function = LinearFunction { coefficients, intercept, feature_names: data.feature_names() };
        Ok(PoissonModel { function, settings: self.clone(), n_iter: found.n_iter, converged: found.converged })
    }

    fn check(&self) -> Result<()> {
        settings::not_negative("poisson.alpha", self.alpha)?;
        settings::positive("poisson.tol", self.tol)?;
        settings::at_least_one("poisson.max_iter", self.max_iter)
    }
}

estimator!(PoissonRegressor, NAME, [alpha, fit_intercept, max_iter, tol]);

/// What is to be made small; points have the coefficients, and the intercept last, if there is one.
struct Problem<'a> {
    settings: &'a PoissonRegressor,
    records: &'a Array2<f64>,
    truth: Array1<f64>,
    /// They add up to 1.
    parts: Array1<f64>,
}

struct Found {
    point: Array1<f64>,
    n_iter: usize,
    converged: bool,
}

impl<'a> Problem<'a> {
    fn new(
        settings: &'a PoissonRegressor,
        records: &'a Array2<f64>,
        truth: &[f64],
        weights: Vec<f64>,
        target_name: &str,
    ) -> Result<Self> {
        let total: f64 = weights.iter().sum();
        if total == 0.0 {
            return Err(Error::NoRows { what: NAME.to_string() });
        }
        let parts = Array1::from(weights) / total;
        let truth = Array1::from(truth.to_vec());
        let least = truth.iter().copied().fold(0.0_f64, f64::min);
        if least < 0.0 || truth.dot(&parts) <= 0.0 {
            return Err(Error::InvalidValue {
                what: format!("{NAME}: the target `{target_name}`"),
                value: if least < 0.0 { format!("with {least:?}") } else { "0 everywhere".to_string() },
                allowed: "at least 0, and not 0 everywhere".to_string(),
            });
        }
        Ok(Self { settings, records, truth, parts })
    }

    fn plane(&self, point: &Array1<f64>) -> (Vec<f64>, f64) {
        let n_features = self.records.ncols();
        (point.iter().take(n_features).copied().collect(), point.get(n_features).copied().unwrap_or(0.0))
    }

    /// `w·x + b` of each row.
    fn outputs(&self, point: &Array1<f64>) -> Array1<f64> {
        let (coefficients, intercept) = self.plane(point);
        self.records.dot(&Array1::from(coefficients)) + intercept
    }

    fn penalty(&self, point: &Array1<f64>) -> f64 {
        let squares: f64 = point.iter().take(self.records.ncols()).map(|weight| weight * weight).sum();
        0.5 * self.settings.alpha * squares
    }

    fn objective(&self, point: &Array1<f64>, outputs: &Array1<f64>) -> f64 {
        let losses = outputs.mapv(f64::exp) - &self.truth * outputs;
        losses.dot(&self.parts) + self.penalty(point)
    }

    /// `records`ᵀ · `rows`, and the sum of `rows` for the intercept.
    fn gathered(&self, rows: &Array1<f64>) -> Array1<f64> {
        let mut sums = self.records.t().dot(rows).to_vec();
        if self.settings.fit_intercept {
            sums.push(rows.sum());
        }
        Array1::from(sums)
    }

    fn curvature(&self, rows: &Array1<f64>) -> Array2<f64> {
        let n_features = self.records.ncols();
        let n_weights = n_features + usize::from(self.settings.fit_intercept);
        let weighted = self.records * &rows.view().insert_axis(Axis(1));
        let mut matrix = Array2::zeros((n_weights, n_weights));
        matrix.slice_mut(ndarray::s![..n_features, ..n_features]).assign(&self.records.t().dot(&weighted));
        if self.settings.fit_intercept {
            let along = self.gathered(rows);
            matrix.row_mut(n_features).assign(&along);
            matrix.column_mut(n_features).assign(&along);
        }
        matrix.diag_mut().iter_mut().take(n_features).for_each(|entry| *entry += self.settings.alpha);
        matrix
    }

    fn minimise(&self) -> Result<Found> {
        let n_features = self.records.ncols();
        let mut point = Array1::zeros(n_features + usize::from(self.settings.fit_intercept));
        if self.settings.fit_intercept
            && let Some(intercept) = point.get_mut(n_features)
        {
            *intercept = self.truth.dot(&self.parts).ln();
        }
        let mut outputs = self.outputs(&point);
        let mut least = self.objective(&point, &outputs);
        let (mut n_iter, mut converged) = (0, false);
        loop {
            interrupt::check()?;
            let told = outputs.mapv(f64::exp);
            let mut slope = self.gathered(&((&told - &self.truth) * &self.parts));
            slope.iter_mut().zip(&point).take(n_features).for_each(|(slope, w)| *slope += self.settings.alpha * w);
            if slope.iter().all(|slope| slope.abs() <= self.settings.tol) {
                converged = true;
                break;
            }
            if n_iter >= self.settings.max_iter {
                break;
            }
            n_iter += 1;
            let step = MinimumNorm::new(self.curvature(&(told * &self.parts)))?.solve(&(-&slope).to_vec());
            let step = Array1::from(step);
            let falls = slope.dot(&step);
            let mut part = 1.0;
            let next = loop {
                let next = &point + &(&step * part);
                let next_outputs = self.outputs(&next);
                let objective = self.objective(&next, &next_outputs);
                // Near the optimum, objectives differ by less than their rounding.
                if objective <= least + 1e-4 * part * falls + 4.0 * f64::EPSILON * least.abs() {
                    break Some((next, next_outputs, objective));
                }
                part /= 2.0;
                if part < 1e-12 {
                    break None;
                }
            };
            let Some(next) = next else { break };
            (point, outputs, least) = next;
        }
        if !point.iter().all(|weight: &f64| weight.is_finite()) {
            return Err(Error::InvalidValue {
                what: format!("a coefficient of {NAME}"),
                value: "not finite".to_string(),
                allowed: "finite; the data are too great, so scale them first".to_string(),
            });
        }
        Ok(Found { point, n_iter, converged })
    }
}

/// A fitted [`PoissonRegressor`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoissonModel {
    #[serde(flatten)]
    function: LinearFunction,
    settings: PoissonRegressor,
    n_iter: usize,
    converged: bool,
}

impl PoissonModel {
    /// The coefficients, one for each feature: by how much the logarithm of the mean grows with it.
    pub fn coef(&self) -> Vec<f64> {
        self.function.coefficients.clone()
    }

    /// The logarithm of the mean where all features are 0.
    pub fn intercept(&self) -> f64 {
        self.function.intercept
    }

    /// The columns that the model was fitted on.
    pub fn feature_names(&self) -> Vec<String> {
        self.function.feature_names.clone()
    }

    /// The settings that it was fitted with.
    pub fn settings(&self) -> PoissonRegressor {
        self.settings.clone()
    }

    /// How many steps were taken.
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

    /// The mean that is told for each row.
    ///
    /// # Errors
    /// [`Error::FeaturesDiffer`] where the columns are not those of the fit (their order does not matter), [`Error::UnusableValue`], [`Error::NotNumeric`].
    pub fn predict(&self, features: &DataFrame) -> Result<Target> {
        let outputs = self.function.outputs(NAME, features)?;
        Ok(Target::Values(outputs.into_iter().map(f64::exp).collect()))
    }
}

impl Model for PoissonModel {
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
