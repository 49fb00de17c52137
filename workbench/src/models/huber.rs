//! Huber's regression.

use ndarray::{Array1, Array2, Axis, s};
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::Model;
use super::checks::values;
use super::least_squares::MinimumNorm;
use super::linear::{LinearFunction, records};
use super::settings::{self, estimator, setters};
use crate::data::{Dataset, Target};
use crate::error::{Error, Result};
use crate::preprocess::ensure;
use crate::train::interrupt;

const NAME: &str = "huber";

/// Linear regression that outliers move little.
///
/// It makes `Σ_i s_i (σ + σ · H(r_i / σ)) + alpha · |w|²` with `r = y − w·x − b` as small as can be, over `w`, `b` and the scale `σ > 0` of the errors together, where `H(z)` is `z²` up to
/// `|z| = epsilon` and `2 epsilon |z| − epsilon²` beyond, and `s` are the rows' weights, which are 1 unless the dataset has [some](Dataset::with_weights). So rows
/// beyond `epsilon · σ`, the outliers, count by their distance alone and not by its square, and the result follows the units of the target.
///
/// It goes by Newton's method with a step that is shortened until the objective falls enough, in a time that grows with rows × features².
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `epsilon` | 1.35 | > 1 | from how many `σ` on a row is an outlier (at 1 the scale would shrink to nothing); with 1.35 errors that are normal are told 95 % as well as by least squares |
/// | `alpha` | 0.0001 | ≥ 0 | how much the penalty counts |
/// | `fit_intercept` | true | | whether `b` is fitted, or 0 |
/// | `max_iter` | 200 | ≥ 1 | steps at most |
/// | `tol` | 1e-8 | > 0 | how small each slope of the objective is at the end, as a part of the greatest that a column of its magnitude can have |
///
/// Features: shape `(n_samples, n_features)`, finite numbers. Scale them first where they differ much in magnitude, since the penalty treats all alike. This is
/// scikit-learn's `HuberRegressor`.
///
/// # Errors
/// [`Error::NotNumbers`]; [`Error::InvalidValue`] for a setting out of range; [`Error::UnusableValue`] for a missing or infinite feature, [`Error::NotNumeric`],
/// [`Error::Interrupted`].
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, Target, from_array};
/// use workbench::models::HuberRegressor;
///
/// let rows = ndarray::Array2::from_shape_fn((20, 1), |(row, _)| row as f64);
/// // `2 x`, a little to either side, and one slip of the pen.
/// let mut values: Vec<f64> = (0..20).map(|row| 2.0 * row as f64 + if row % 2 == 0 { 0.1 } else { -0.1 }).collect();
/// values[19] = 500.0;
/// let data = Dataset::new(from_array(&rows, &["x"])?, Target::Values(values), "y")?;
/// let model = HuberRegressor::new().fit(&data)?;
/// assert!((model.coef()[0] - 2.0).abs() < 0.1);
///
/// assert!(HuberRegressor::new().epsilon(0.5).fit(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. P. Huber, E. Ronchetti, *Robust Statistics*, 2009, doi:10.1002/9780470434697
/// 2. A. Owen, *A robust hybrid of lasso and ridge regression*, 2007, doi:10.1090/conm/443/08555
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HuberRegressor {
    epsilon: f64,
    alpha: f64,
    fit_intercept: bool,
    max_iter: usize,
    tol: f64,
}

impl Default for HuberRegressor {
    fn default() -> Self {
        Self { epsilon: 1.35, alpha: 1e-4, fit_intercept: true, max_iter: 200, tol: 1e-8 }
    }
}

impl HuberRegressor {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets from how many scales on a row is an outlier.
        epsilon: f64,
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
    pub fn fit(&self, data: &Dataset) -> Result<HuberModel> {
        self.check()?;
        let truth = Array1::from(values(data, NAME)?.to_vec());
        let mut columns = records(NAME, data.features())?;
        let n_features = columns.ncols();
        if self.fit_intercept {
            let ones = Array2::ones((columns.nrows(), 1));
            columns = ndarray::concatenate(Axis(1), &[columns.view(), ones.view()]).map_err(|_| Error::Interrupted)?;
        }
        let weights = Array1::from(data.weights().map_or_else(|| vec![1.0; truth.len()], <[f64]>::to_vec));
        let total = weights.sum();
        if total == 0.0 {
            return Err(Error::NoRows { what: NAME.to_string() });
        }
        let mean = truth.dot(&weights) / total;
        let spread = (truth.mapv(|value| (value - mean).powi(2)).dot(&weights) / total).sqrt();
        // Where all is told exactly, the scale would shrink for ever.
        let least_scale = (1e-12 * spread).max(f64::MIN_POSITIVE.sqrt());
        let problem = Problem { settings: self, columns, n_features, truth, weights, total, spread, least_scale };
        let found = problem.minimise()?;
        let coefficients = found.point.iter().take(n_features).copied().collect();
        let intercept = if self.fit_intercept { found.point.get(n_features).copied().unwrap_or(0.0) } else { 0.0 };
        let function = LinearFunction { coefficients, intercept, feature_names: data.feature_names() };
        let Found { scale, n_outliers, n_iter, converged, .. } = found;
        Ok(HuberModel { function, settings: self.clone(), scale, n_outliers, n_iter, converged })
    }

    fn check(&self) -> Result<()> {
        let is_allowed = self.epsilon > 1.0 && self.epsilon.is_finite();
        ensure(is_allowed, "huber.epsilon", self.epsilon, "a finite number greater than 1")?;
        settings::not_negative("huber.alpha", self.alpha)?;
        settings::positive("huber.tol", self.tol)?;
        settings::at_least_one("huber.max_iter", self.max_iter)
    }
}

estimator!(HuberRegressor, NAME, [alpha, epsilon, fit_intercept, max_iter, tol]);

/// What is to be made small, over the weights of the columns (of which the last may be that of the intercept) and the scale.
struct Problem<'a> {
    settings: &'a HuberRegressor,
    columns: Array2<f64>,
    n_features: usize,
    truth: Array1<f64>,
    weights: Array1<f64>,
    total: f64,
    /// The standard deviation of the target.
    spread: f64,
    least_scale: f64,
}

struct Found {
    point: Array1<f64>,
    scale: f64,
    n_outliers: usize,
    n_iter: usize,
    converged: bool,
}

impl Problem<'_> {
    fn residuals(&self, point: &Array1<f64>) -> Array1<f64> {
        &self.truth - &self.columns.dot(point)
    }

    fn objective(&self, point: &Array1<f64>, residuals: &Array1<f64>, scale: f64) -> f64 {
        let epsilon = self.settings.epsilon;
        let loss = |residual: f64| {
            let size = residual.abs();
            if size <= epsilon * scale { size * size / scale } else { 2.0 * epsilon * size - epsilon * epsilon * scale }
        };
        let losses: f64 = residuals.iter().zip(&self.weights).map(|(residual, s)| s * loss(*residual)).sum();
        let squares: f64 = point.iter().take(self.n_features).map(|weight| weight * weight).sum();
        self.total * scale + losses + self.settings.alpha * squares
    }

    /// The slopes of the objective, the last by the scale, and the matrix of second derivatives.
    fn derivatives(&self, point: &Array1<f64>, residuals: &Array1<f64>, scale: f64) -> (Array1<f64>, Array2<f64>) {
        let (epsilon, n) = (self.settings.epsilon, point.len());
        let is_inlier = |residual: f64| residual.abs() <= epsilon * scale;
        // The slope of each row's loss by its output, and what its columns' products count for.
        let pull = |(residual, weight): (&f64, &f64)| match is_inlier(*residual) {
            true => -2.0 * weight * residual / scale,
            false => -2.0 * weight * epsilon * residual.signum(),
        };
        let pulls: Array1<f64> = residuals.iter().zip(&self.weights).map(pull).collect();
        let inside = |(residual, weight): (&f64, &f64)| if is_inlier(*residual) { *weight } else { 0.0 };
        let inliers: Array1<f64> = residuals.iter().zip(&self.weights).map(inside).collect();
        let squares = (residuals * residuals).dot(&inliers);
        let of_scale = self.total - squares / (scale * scale) - epsilon * epsilon * (self.total - inliers.sum());
        let mut slope = Array1::zeros(n + 1);
        slope.slice_mut(s![..n]).assign(&self.columns.t().dot(&pulls));
        slope[n] = of_scale;
        let weighted = &self.columns * &(&inliers * (2.0 / scale)).insert_axis(Axis(1));
        let mut matrix = Array2::zeros((n + 1, n + 1));
        matrix.slice_mut(s![..n, ..n]).assign(&self.columns.t().dot(&weighted));
        let along = self.columns.t().dot(&(&inliers * residuals * (2.0 / (scale * scale))));
        matrix.slice_mut(s![n, ..n]).assign(&along);
        matrix.slice_mut(s![..n, n]).assign(&along);
        matrix[[n, n]] = 2.0 * squares / scale.powi(3);
        for feature in 0..self.n_features {
            slope[feature] += 2.0 * self.settings.alpha * point[feature];
            matrix[[feature, feature]] += 2.0 * self.settings.alpha;
        }
        (slope, matrix)
    }

    fn minimise(&self) -> Result<Found> {
        let n = self.columns.ncols();
        let mut point = Array1::zeros(n);
        if self.settings.fit_intercept && n > 0 {
            point[n - 1] = self.truth.dot(&self.weights) / self.total;
        }
        let mut residuals = self.residuals(&point);
        let mut scale = self.spread.max(self.least_scale);
        let mut least = self.objective(&point, &residuals, scale);
        let reach: Vec<f64> = self.columns.columns().into_iter().map(|column| column.dot(&column).sqrt()).collect();
        let mut n_iter = 0;
        let converged = loop {
            interrupt::check()?;
            let (slope, mut matrix) = self.derivatives(&point, &residuals, scale);
            let is_small = |(slope, reach): (&f64, &f64)| slope.abs() <= self.settings.tol * reach * self.total.sqrt();
            let is_end_of_scale = scale <= self.least_scale && slope[n] >= 0.0;
            let is_best = slope.iter().zip(&reach).all(is_small)
                && (is_end_of_scale || slope[n].abs() <= self.settings.tol * self.total);
            if is_best || n_iter >= self.settings.max_iter {
                break is_best;
            }
            n_iter += 1;
            // Where nearly all rows are outliers, the objective is nearly flat: a little curvature keeps the step short.
            for (entry, reach) in matrix.diag_mut().iter_mut().zip(&reach) {
                *entry += 1e-10 * reach * reach / scale;
            }
            matrix[[n, n]] += 1e-10 * self.total / scale;
            let step = Array1::from(MinimumNorm::new(matrix)?.solve(&(-&slope).to_vec()));
            let falls = slope.dot(&step);
            // The scale may lose nine tenths at once, and no more.
            let mut part = if step[n] < 0.0 { (0.9 * scale / -step[n]).min(1.0) } else { 1.0 };
            let next = loop {
                let next = &point + &(&step.slice(s![..n]) * part);
                let next_scale = (scale + part * step[n]).max(self.least_scale);
                let next_residuals = self.residuals(&next);
                let objective = self.objective(&next, &next_residuals, next_scale);
                // Near the optimum, objectives differ by less than their rounding.
                if objective <= least + 1e-4 * part * falls + 8.0 * f64::EPSILON * least.abs() {
                    break Some((next, next_residuals, next_scale, objective));
                }
                part /= 2.0;
                if part < 1e-14 {
                    break None;
                }
            };
            let Some(next) = next else { break false };
            (point, residuals, scale, least) = next;
        };
        if !point.iter().all(|weight| weight.is_finite()) {
            return Err(Error::InvalidValue {
                what: format!("a coefficient of {NAME}"),
                value: "not finite".to_string(),
                allowed: "finite; the squares of the data are too great, so scale them first".to_string(),
            });
        }
        let bound = self.settings.epsilon * scale;
        let counted = residuals.iter().zip(&self.weights).filter(|(_, weight)| **weight > 0.0);
        let n_outliers = counted.filter(|(residual, _)| residual.abs() > bound).count();
        Ok(Found { point, scale, n_outliers, n_iter, converged })
    }
}

/// A fitted [`HuberRegressor`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HuberModel {
    #[serde(flatten)]
    function: LinearFunction,
    settings: HuberRegressor,
    scale: f64,
    n_outliers: usize,
    n_iter: usize,
    converged: bool,
}

impl HuberModel {
    /// The coefficients, one for each feature.
    pub fn coef(&self) -> Vec<f64> {
        self.function.coefficients.clone()
    }

    /// The intercept, in units of the target.
    pub fn intercept(&self) -> f64 {
        self.function.intercept
    }

    /// The scale `σ` of the errors, in units of the target.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// How many training rows are outliers: further off than [`epsilon`](HuberRegressor::epsilon) times the [`scale`](Self::scale).
    pub fn n_outliers(&self) -> usize {
        self.n_outliers
    }

    /// The columns that the model was fitted on.
    pub fn feature_names(&self) -> Vec<String> {
        self.function.feature_names.clone()
    }

    /// The settings that it was fitted with.
    pub fn settings(&self) -> HuberRegressor {
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

    /// The number that is told for each row.
    ///
    /// # Errors
    /// [`Error::FeaturesDiffer`] where the columns are not those of the fit (their order does not matter), [`Error::UnusableValue`], [`Error::NotNumeric`].
    pub fn predict(&self, features: &DataFrame) -> Result<Target> {
        self.function.predict(NAME, features)
    }
}

impl Model for HuberModel {
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
