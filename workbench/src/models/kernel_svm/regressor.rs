//! A support vector machine for numbers.

use std::any::Any;

use ndarray::{Array1, Array2, Axis};
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::classifier::MEGABYTE;
use super::kernel::{Function, Gamma, KernelSettings, SvmKernel};
use super::machine::{Machine, check_finite, table};
use super::matrix::Matrix;
use super::shared::SharedMachines;
use super::smo::{Stopping, Variable, solve};
use crate::data::{Dataset, Fold, Target};
use crate::error::{Error, Result};
use crate::models::checks::{training_records, values};
use crate::models::settings::{self, estimator, setters};
use crate::models::{Model, SharedFits};
use crate::preprocess::ensure;

const NAME: &str = "svr";

/// A support vector machine with a kernel, for numbers.
///
/// It makes `½ |w|² + C Σ_i w_i max(0, |y_i - w·φ(x_i) - b| - epsilon)` as small as can be, where `φ(x)·φ(x')` is the kernel and `w_i` the weight of a row. It is solved as
/// [`Svc`](super::Svc) is, and equals scikit-learn's `SVR` within `tol`.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `C` | 1.0 | > 0 | how much errors count; small values keep the machine simple |
/// | `epsilon` | 0.1 | ≥ 0 | errors up to this do not count, in units of the target |
/// | `kernel` | `"rbf"` | `"rbf"`, `"linear"`, `"poly"`, `"sigmoid"` | see [`SvmKernel`] |
/// | `degree` | 3 | ≥ 1 | the power of `"poly"` |
/// | `gamma` | `"scale"` | `"scale"`, `"auto"`, > 0 | see [`Gamma`]; `"linear"` does not use it |
/// | `coef0` | 0.0 | finite | what `"poly"` and `"sigmoid"` add |
/// | `shrinking` | true | | whether rows that seem settled are left out for a while; it changes the time only |
/// | `tol` | 0.001 | > 0 | how far the conditions of an optimum may be missed |
/// | `max_iter` | 0 | ≥ 0 | steps at most; 0 for as many as it takes |
/// | `cache_size` | 200.0 | > 0 | megabytes for kernels |
///
/// Features: shape `(n_samples, n_features)`, finite numbers. Scale them first, and the target as well: `C` and `epsilon` are in its units. Candidates of a search share
/// kernels as those of [`Svc`](super::Svc) do.
///
/// # Errors
/// [`Error::UnusableValue`](crate::Error::UnusableValue), [`Error::NotNumeric`](crate::Error::NotNumeric),
/// [`Error::NotNumbers`](crate::Error::NotNumbers), [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range or values so great
/// that kernels are infinite, [`Error::Interrupted`](crate::Error::Interrupted).
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, diabetes};
/// use workbench::models::{Svr, SvmKernel};
/// use workbench::select::r2;
///
/// let data = Dataset::from_frame(&diabetes()?, "progression")?;
/// let model = Svr::new().kernel(SvmKernel::Linear).c(10.0).fit(&data)?;
/// assert!(model.converged());
///
/// let refused = Svr::new().epsilon(-1.0).fit(&data);
/// assert_eq!(refused.unwrap_err().to_string(), "svr.epsilon is -1.0, but it must be a finite number of at least 0");
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. A. J. Smola, B. Schölkopf, *A Tutorial on Support Vector Regression*, 2004, doi:10.1023/B:STCO.0000035301.49549.88
/// 2. C.-C. Chang, C.-J. Lin, *LIBSVM: A Library for Support Vector Machines*, 2011, doi:10.1145/1961189.1961199
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Svr {
    c: f64,
    epsilon: f64,
    kernel: SvmKernel,
    degree: usize,
    gamma: Gamma,
    coef0: f64,
    shrinking: bool,
    tol: f64,
    max_iter: usize,
    cache_size: f64,
}

impl Default for Svr {
    fn default() -> Self {
        Self {
            c: 1.0,
            epsilon: 0.1,
            kernel: SvmKernel::Rbf,
            degree: 3,
            gamma: Gamma::Scale,
            coef0: 0.0,
            shrinking: true,
            tol: 1e-3,
            max_iter: 0,
            cache_size: 200.0,
        }
    }
}

impl Svr {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets `C`, how much errors count.
        c: f64,
        /// Sets up to which error nothing counts.
        epsilon: f64,
        /// Sets the kernel.
        kernel: SvmKernel,
        /// Sets the power of the polynomial kernel.
        degree: usize,
        /// Sets the scale of the kernel.
        gamma: Gamma,
        /// Sets what the polynomial and the sigmoid kernel add.
        coef0: f64,
        /// Sets whether rows that seem settled are left out for a while.
        shrinking: bool,
        /// Sets how far the conditions of an optimum may be missed.
        tol: f64,
        /// Sets how many steps there are at most; 0 for as many as it takes.
        max_iter: usize,
        /// Sets how many megabytes there are for kernels.
        cache_size: f64,
    }

    /// Learns from `data`.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<SvrModel> {
        fit_all(&[self], data).pop().unwrap_or(Err(Error::Interrupted))
    }

    /// What all candidates that are fitted together agree on.
    pub(super) fn kernel_settings(&self) -> KernelSettings {
        let Self { kernel, degree, gamma, coef0, .. } = *self;
        KernelSettings { kernel, degree, gamma, coef0 }
    }

    /// How many bytes of kernels may be kept.
    pub(super) fn cache_bytes(&self) -> f64 {
        self.cache_size * MEGABYTE
    }

    fn check(&self) -> Result<()> {
        settings::positive("svr.C", self.c)?;
        settings::not_negative("svr.epsilon", self.epsilon)?;
        ensure(self.degree >= 1, "svr.degree", self.degree, "at least 1")?;
        self.gamma.check("svr.gamma")?;
        ensure(self.coef0.is_finite(), "svr.coef0", self.coef0, "a finite number")?;
        settings::positive("svr.tol", self.tol)?;
        settings::positive("svr.cache_size", self.cache_size)
    }
}

/// Fits `candidates`, which agree on their kernel: the matrix of likenesses is made once for all.
pub(super) fn fit_all(candidates: &[&Svr], data: &Dataset) -> Vec<Result<SvrModel>> {
    match Prepared::new(candidates, data) {
        Ok(mut prepared) => candidates.iter().map(|candidate| prepared.fit(candidate)).collect(),
        // Each says for itself what is wrong.
        Err(error) if candidates.len() == 1 => vec![Err(error)],
        Err(_) => candidates.iter().map(|candidate| candidate.fit(data)).collect(),
    }
}

/// Training rows as the machine sees them.
struct Prepared {
    /// Which rows of the data these are: those that count.
    rows: Vec<usize>,
    records: Array2<f64>,
    /// What is to be told of each, and how much it counts.
    values: Vec<(f64, f64)>,
    function: Function,
    matrix: Matrix,
    feature_names: Vec<String>,
}

impl Prepared {
    fn new(candidates: &[&Svr], data: &Dataset) -> Result<Self> {
        let first = candidates.first().ok_or(Error::Interrupted)?;
        candidates.iter().try_for_each(|candidate| candidate.check())?;
        let values = values(data, NAME)?;
        let records = training_records(NAME, data)?;
        let function = first.kernel_settings().function(&records, data.weights());
        let feature_names = data.feature_names();
        check_finite(NAME, &records, function, &feature_names)?;
        let weight = |row: usize| data.weights().and_then(|weights| weights.get(row)).copied().unwrap_or(1.0);
        let rows: Vec<usize> = (0..records.nrows()).filter(|&row| weight(row) > 0.0).collect();
        let values = rows.iter().filter_map(|&row| Some((*values.get(row)?, weight(row)))).collect();
        let records = records.select(Axis(0), &rows);
        let matrix = Matrix::new(records.clone(), function, first.cache_bytes() as usize)?;
        Ok(Self { rows, records, values, function, matrix, feature_names })
    }

    fn fit(&mut self, svr: &Svr) -> Result<SvrModel> {
        // Each row may be told too little, or too much.
        let of_sign = |sign: f64| {
            let variable = move |(row, &(value, weight)): (usize, &(f64, f64))| {
                let slope = sign * svr.epsilon - value;
                Variable { row, sign, bound: svr.c * weight, slope }
            };
            self.values.iter().enumerate().map(variable)
        };
        let variables: Vec<Variable> = of_sign(1.0).chain(of_sign(-1.0)).collect();
        let Svr { tol, max_iter, shrinking, .. } = *svr;
        let solution = solve(&mut self.matrix, &variables, Stopping { tol, max_iter, shrinking })?;
        let sums = vec![(solution.beta, solution.intercept)];
        let machine = Machine::new(&self.records, &self.rows, self.function, sums, self.feature_names.clone());
        let (n_iter, converged) = (solution.n_iter, solution.converged);
        Ok(SvrModel { machine, settings: svr.clone(), n_iter, converged })
    }
}

estimator!(Svr, NAME, [c as "C", epsilon, kernel, degree, gamma, coef0, shrinking, tol, max_iter, cache_size] {
    fn share(&self, data: &Dataset, folds: &[Fold]) -> Result<Option<Box<dyn SharedFits>>> {
        Ok(Some(Box::new(SharedMachines::new(data, folds))))
    }
});

/// A fitted [`Svr`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SvrModel {
    machine: Machine,
    settings: Svr,
    n_iter: usize,
    converged: bool,
}

impl SvrModel {
    /// Which training rows are support vectors, from 0, in order.
    pub fn support(&self) -> Vec<usize> {
        self.machine.support.clone()
    }

    /// The support vectors, shape `(n_support, n_features)`.
    pub fn support_vectors(&self) -> Array2<f64> {
        table(&self.machine.vectors, self.machine.feature_names.len())
    }

    /// What each support vector counts, shape `(1, n_support)`.
    pub fn dual_coef(&self) -> Array2<f64> {
        table(&self.machine.coefficients, self.machine.support.len())
    }

    /// The intercept.
    pub fn intercept(&self) -> Array1<f64> {
        Array1::from(self.machine.intercepts.clone())
    }

    /// The settings that it was fitted with.
    pub fn settings(&self) -> Svr {
        self.settings.clone()
    }

    /// How many steps it took.
    pub fn n_iter(&self) -> usize {
        self.n_iter
    }

    /// Whether the tolerance was met.
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// What is wrong with the fit, or nothing.
    pub fn warning(&self) -> Option<String> {
        (!self.converged).then(|| {
            let (tol, n_iter) = (self.settings.tol, self.n_iter);
            format!("{NAME}: not converged to tol {tol:?} after {n_iter} steps; scale features and target, or make max_iter or tol greater")
        })
    }

    /// The prediction for each row.
    ///
    /// # Errors
    /// [`Error::FeaturesDiffer`](crate::Error::FeaturesDiffer), [`Error::UnusableValue`](crate::Error::UnusableValue),
    /// [`Error::NotNumeric`](crate::Error::NotNumeric); [`Error::InvalidValue`](crate::Error::InvalidValue) for values so great that a kernel is not finite.
    pub fn predict(&self, features: &DataFrame) -> Result<Target> {
        Ok(Self::told(&self.machine.sums(NAME, features)?))
    }

    pub(super) fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The predictions that the sums of the machine are.
    pub(super) fn told(sums: &Array2<f64>) -> Target {
        Target::Values(sums.rows().into_iter().map(|row| row.first().copied().unwrap_or_default()).collect())
    }
}

impl Model for SvrModel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn predict(&self, features: &DataFrame) -> Result<Target> {
        self.predict(features)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
