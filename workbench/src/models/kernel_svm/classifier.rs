//! A support vector machine for classes.

use std::any::Any;

use ndarray::{Array1, Array2, Axis};
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::kernel::{Function, Gamma, KernelSettings, SvmKernel};
use super::machine::{Machine, check_finite, table};
use super::matrix::Matrix;
use super::shared::SharedMachines;
use super::smo::{Solution, Stopping, Variable, solve};
use crate::data::{Dataset, Fold, Target, in_parallel};
use crate::error::{Error, Result};
use crate::models::checks::training_records;
use crate::models::class_weight::ClassWeight;
use crate::models::classes::Classes;
use crate::models::linear::position_of_max;
use crate::models::settings::{self, estimator, setters};
use crate::models::{Model, SharedFits};
use crate::preprocess::ensure;

const NAME: &str = "svc";
pub(super) const MEGABYTE: f64 = 1_048_576.0;

/// A support vector machine with a kernel, for two classes or more.
///
/// For two classes it makes `½ |w|² + C Σ_i w_i max(0, 1 - y_i (w·φ(x_i) + b))` as small as can be, where `φ(x)·φ(x')` is the kernel, `y = ±1`, and `w_i` is the weight of a row
/// times that of its class. With more, there is a machine for each two of them, and each gives a vote. It is solved by sequential minimal
/// optimisation with libsvm's choice of pairs, its stopping and shrinking, so that results agree with scikit-learn's `SVC` within `tol`.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `C` | 1.0 | > 0 | how much errors count; small values keep the machine simple |
/// | `kernel` | `"rbf"` | `"rbf"`, `"linear"`, `"poly"`, `"sigmoid"` | see [`SvmKernel`] |
/// | `degree` | 3 | ≥ 1 | the power of `"poly"` |
/// | `gamma` | `"scale"` | `"scale"`, `"auto"`, > 0 | see [`Gamma`]; `"linear"` does not use it |
/// | `coef0` | 0.0 | finite | what `"poly"` and `"sigmoid"` add |
/// | `class_weight` | `"none"` | see [`ClassWeight`] | how much the classes count |
/// | `shrinking` | true | | whether rows that seem settled are left out for a while; it changes the time only |
/// | `tol` | 0.001 | > 0 | how far the conditions of an optimum may be missed |
/// | `max_iter` | 0 | ≥ 0 | steps at most for each two classes; 0 for as many as it takes |
/// | `cache_size` | 200.0 | > 0 | megabytes for the kernels of each two classes; where all fit, they are computed by one matrix product |
///
/// The decision of more than two classes is scikit-learn's `"ovr"` one: the votes, and between classes of equal votes the sums of the machines' distances. The
/// prediction is the class with the greatest decision (scikit-learn's `break_ties=True`). There are no probabilities.
///
/// Features: shape `(n_samples, n_features)`, finite numbers. Scale them first, since the kernel treats all alike. The time grows with the square of the
/// rows and more. Candidates of a search that agree on the kernel share it in each fold, where it fits into `cache_size`: it is computed once for all their
/// fits, and once for all their predictions.
///
/// # Errors
/// [`Error::UnusableValue`], [`Error::NotNumeric`], [`Error::OneClass`], [`Error::NotClasses`], [`Error::InvalidValue`] for a setting out of range or
/// values so great that kernels are infinite, [`Error::Interrupted`].
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, make_moons};
/// use workbench::models::Svc;
/// use workbench::select::accuracy;
///
/// let data = Dataset::from_frame(&make_moons(200, 0.1, 7)?, "class")?;
/// let model = Svc::new().c(10.0).fit(&data)?;
/// assert!(model.converged());
/// assert!(accuracy(data.target(), &model.predict(data.features())?)? > 0.98);
///
/// let refused = Svc::new().c(0.0).fit(&data);
/// assert_eq!(refused.unwrap_err().to_string(), "svc.C is 0.0, but it must be a finite number greater than 0");
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. C. Cortes, V. Vapnik, *Support-Vector Networks*, 1995, doi:10.1007/BF00994018
/// 2. R.-E. Fan, P.-H. Chen, C.-J. Lin, *Working Set Selection Using Second Order Information for Training SVM*, 2005,
///    <https://jmlr.org/papers/v6/fan05a.html>
/// 3. C.-C. Chang, C.-J. Lin, *LIBSVM: A Library for Support Vector Machines*, 2011, doi:10.1145/1961189.1961199
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Svc {
    c: f64,
    kernel: SvmKernel,
    degree: usize,
    gamma: Gamma,
    coef0: f64,
    class_weight: ClassWeight,
    shrinking: bool,
    tol: f64,
    max_iter: usize,
    cache_size: f64,
}

impl Default for Svc {
    fn default() -> Self {
        Self {
            c: 1.0,
            kernel: SvmKernel::Rbf,
            degree: 3,
            gamma: Gamma::Scale,
            coef0: 0.0,
            class_weight: ClassWeight::None,
            shrinking: true,
            tol: 1e-3,
            max_iter: 0,
            cache_size: 200.0,
        }
    }
}

impl Svc {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets `C`, how much errors count.
        c: f64,
        /// Sets the kernel.
        kernel: SvmKernel,
        /// Sets the power of the polynomial kernel.
        degree: usize,
        /// Sets the scale of the kernel.
        gamma: Gamma,
        /// Sets what the polynomial and the sigmoid kernel add.
        coef0: f64,
        /// Sets how much the classes count.
        class_weight: ClassWeight,
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
    pub fn fit(&self, data: &Dataset) -> Result<SvcModel> {
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
        settings::positive("svc.C", self.c)?;
        ensure(self.degree >= 1, "svc.degree", self.degree, "at least 1")?;
        self.gamma.check("svc.gamma")?;
        ensure(self.coef0.is_finite(), "svc.coef0", self.coef0, "a finite number")?;
        self.class_weight.check("svc.class_weight")?;
        settings::positive("svc.tol", self.tol)?;
        settings::positive("svc.cache_size", self.cache_size)
    }
}

/// Fits `candidates`, which agree on their kernel: each matrix of likenesses is made once for all.
pub(super) fn fit_all(candidates: &[&Svc], data: &Dataset) -> Vec<Result<SvcModel>> {
    match Prepared::new(candidates, data) {
        Ok(prepared) => prepared.fit(candidates),
        // Each says for itself what is wrong.
        Err(error) if candidates.len() == 1 => vec![Err(error)],
        Err(_) => candidates.iter().map(|candidate| candidate.fit(data)).collect(),
    }
}

/// Training rows as the machines see them.
struct Prepared {
    classes: Classes,
    records: Array2<f64>,
    function: Function,
    feature_names: Vec<String>,
}

/// One machine of one candidate.
struct Solved {
    /// One for each training row.
    beta: Vec<f64>,
    intercept: f64,
    n_iter: usize,
    converged: bool,
}

impl Prepared {
    fn new(candidates: &[&Svc], data: &Dataset) -> Result<Self> {
        let first = candidates.first().ok_or(Error::Interrupted)?;
        candidates.iter().try_for_each(|candidate| candidate.check())?;
        let classes = Classes::at_least_two(data, NAME)?;
        let records = classes.counted(training_records(NAME, data)?);
        let function = first.kernel_settings().function(&records, classes.weights.as_deref());
        let feature_names = data.feature_names();
        check_finite(NAME, &records, function, &feature_names)?;
        Ok(Self { classes, records, function, feature_names })
    }

    fn fit(&self, candidates: &[&Svc]) -> Vec<Result<SvcModel>> {
        let of_rows =
            |svc: &&Svc| svc.class_weight.of_rows("svc.class_weight", &self.classes, self.classes.weights.as_deref());
        let weights: Vec<Result<Option<Vec<f64>>>> = candidates.iter().map(of_rows).collect();
        let bytes = candidates.first().map_or(0.0, |svc| svc.cache_bytes()) as usize;
        let n_classes = self.classes.labels.len();
        let pairs: Vec<(usize, usize)> = pairs(n_classes).collect();
        let solved = in_parallel(&pairs, |&(one, other)| {
            let is_of_pair = |row: &usize| {
                let class = self.classes.codes.get(*row).copied();
                class == Some(one) || class == Some(other)
            };
            let rows: Vec<usize> = (0..self.records.nrows()).filter(is_of_pair).collect();
            let mut matrix = Matrix::new(self.records.select(Axis(0), &rows), self.function, bytes)?;
            let solve = |(svc, weights): (&&Svc, &Result<Option<Vec<f64>>>)| {
                let weights = weights.as_ref().ok().and_then(Option::as_deref);
                self.solve(svc, &mut matrix, &rows, other, weights)
            };
            candidates.iter().zip(&weights).map(solve).collect::<Result<Vec<Solved>>>()
        });
        let mut solved = match solved {
            Ok(solved) => solved.into_iter().map(Vec::into_iter).collect::<Vec<_>>(),
            // The only one that can come here, and all have been asked to stop.
            Err(_) => return candidates.iter().map(|_| Err(Error::Interrupted)).collect(),
        };
        let model = |(svc, weights): (&&Svc, Result<Option<Vec<f64>>>)| {
            let machines: Vec<Solved> = solved.iter_mut().filter_map(Iterator::next).collect();
            weights?;
            let n_iter = machines.iter().map(|machine| machine.n_iter).collect();
            let converged = machines.iter().all(|machine| machine.converged);
            let sums = machines.into_iter().map(|machine| (machine.beta, machine.intercept)).collect();
            let positions: Vec<usize> = (0..self.records.nrows()).collect();
            let machine = Machine::new(&self.records, &positions, self.function, sums, self.feature_names.clone());
            Ok(SvcModel { machine, classes: self.classes.labels.clone(), settings: (*svc).clone(), n_iter, converged })
        };
        candidates.iter().zip(weights).map(model).collect()
    }

    /// The machine that speaks for the class `positive` against the other of `rows`.
    fn solve(
        &self,
        svc: &Svc,
        matrix: &mut Matrix,
        rows: &[usize],
        positive: usize,
        weights: Option<&[f64]>,
    ) -> Result<Solved> {
        let variable = |(position, &row): (usize, &usize)| {
            let sign = if self.classes.codes.get(row) == Some(&positive) { 1.0 } else { -1.0 };
            let weight = weights.and_then(|weights| weights.get(row)).copied().unwrap_or(1.0);
            Variable { row: position, sign, bound: svc.c * weight, slope: -sign }
        };
        let variables: Vec<Variable> = rows.iter().enumerate().map(variable).collect();
        let Svc { tol, max_iter, shrinking, .. } = *svc;
        let solution = solve(matrix, &variables, Stopping { tol, max_iter, shrinking })?;
        let mut beta = vec![0.0; self.records.nrows()];
        for (row, value) in rows.iter().zip(&solution.beta) {
            if let Some(beta) = beta.get_mut(*row) {
                *beta = *value;
            }
        }
        let Solution { intercept, n_iter, converged, .. } = solution;
        Ok(Solved { beta, intercept, n_iter, converged })
    }
}

/// Each two of the classes.
fn pairs(n_classes: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n_classes).flat_map(move |one| (one + 1..n_classes).map(move |other| (one, other)))
}

estimator!(Svc, NAME, [
    c as "C",
    kernel,
    degree,
    gamma,
    coef0,
    class_weight,
    shrinking,
    tol,
    max_iter,
    cache_size,
] {
    fn share(&self, data: &Dataset, folds: &[Fold]) -> Result<Option<Box<dyn SharedFits>>> {
        Ok(Some(Box::new(SharedMachines::new(data, folds))))
    }
});

/// A fitted [`Svc`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct SvcModel {
    machine: Machine,
    classes: Vec<String>,
    settings: Svc,
    n_iter: Vec<usize>,
    converged: bool,
}

/// A model as a file has it.
#[derive(Deserialize)]
struct Unchecked {
    machine: Machine,
    classes: Vec<String>,
    settings: Svc,
    n_iter: Vec<usize>,
    converged: bool,
}

impl TryFrom<Unchecked> for SvcModel {
    type Error = String;

    fn try_from(unchecked: Unchecked) -> Result<Self, String> {
        let Unchecked { machine, classes, settings, n_iter, converged } = unchecked;
        let n_pairs = classes.len() * classes.len().saturating_sub(1) / 2;
        if classes.len() < 2 || machine.intercepts.len() != n_pairs {
            return Err(format!("{} classes have {n_pairs} machines, but there is another number", classes.len()));
        }
        Ok(Self { machine, classes, settings, n_iter, converged })
    }
}

impl SvcModel {
    /// Which training rows are support vectors, from 0, in order.
    pub fn support(&self) -> Vec<usize> {
        self.machine.support.clone()
    }

    /// The support vectors, shape `(n_support, n_features)`.
    pub fn support_vectors(&self) -> Array2<f64> {
        table(&self.machine.vectors, self.machine.feature_names.len())
    }

    /// What each support vector counts in each machine, shape `(n_machines, n_support)`; 0 in those of other classes. The machines tell the classes 0 and 1 apart, 0 and 2, …,
    /// 1 and 2, …; a positive sum speaks for the second.
    pub fn dual_coef(&self) -> Array2<f64> {
        table(&self.machine.coefficients, self.machine.support.len())
    }

    /// The intercepts, one for each machine.
    pub fn intercept(&self) -> Array1<f64> {
        Array1::from(self.machine.intercepts.clone())
    }

    /// The classes in order.
    pub fn classes(&self) -> Vec<String> {
        self.classes.clone()
    }

    /// The settings that it was fitted with.
    pub fn settings(&self) -> Svc {
        self.settings.clone()
    }

    /// How many steps each machine took.
    pub fn n_iter(&self) -> Vec<usize> {
        self.n_iter.clone()
    }

    /// Whether the tolerance was met by all machines.
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// What is wrong with the fit, or nothing.
    pub fn warning(&self) -> Option<String> {
        (!self.converged).then(|| {
            let (tol, n_iter) = (self.settings.tol, self.n_iter.iter().sum::<usize>());
            format!("{NAME}: not converged to tol {tol:?} after {n_iter} steps; scale the features, or make max_iter or tol greater")
        })
    }

    /// The sums of the machines, shape `(n_samples, n_machines)`.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict).
    pub fn machine_decisions(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.machine.sums(NAME, features)
    }

    /// The decisions, shape `(n_samples, 1)` for two classes, where they speak for the second, and `(n_samples, n_classes)` for more.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict).
    pub fn decision_function(&self, features: &DataFrame) -> Result<Array2<f64>> {
        Ok(self.decisions(self.machine_decisions(features)?))
    }

    /// The decisions that the sums of the machines make.
    pub(super) fn decisions(&self, sums: Array2<f64>) -> Array2<f64> {
        let n_classes = self.classes.len();
        if n_classes == 2 {
            return sums;
        }
        let mut decisions = Array2::zeros((sums.nrows(), n_classes));
        for (sums, mut decisions) in sums.rows().into_iter().zip(decisions.rows_mut()) {
            let mut confidences = vec![0.0; n_classes];
            for (&sum, (one, other)) in sums.iter().zip(pairs(n_classes)) {
                confidences[one] -= sum;
                confidences[other] += sum;
                decisions[if sum > 0.0 { other } else { one }] += 1.0;
            }
            for (decision, confidence) in decisions.iter_mut().zip(&confidences) {
                // Less than half a vote.
                *decision += confidence / (3.0 * (confidence.abs() + 1.0));
            }
        }
        decisions
    }

    /// The class with the greatest decision for each row.
    ///
    /// # Errors
    /// [`Error::FeaturesDiffer`], [`Error::UnusableValue`], [`Error::NotNumeric`]; [`Error::InvalidValue`] for values so great that a kernel is not finite.
    pub fn predict(&self, features: &DataFrame) -> Result<Target> {
        Ok(self.classify(&self.decision_function(features)?))
    }

    pub(super) fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The class of each row of `decisions`.
    pub(super) fn classify(&self, decisions: &Array2<f64>) -> Target {
        let code = |row: ndarray::ArrayView1<'_, f64>| match row.as_slice() {
            Some([decision]) => u32::from(*decision > 0.0),
            _ => position_of_max(row.iter().copied()) as u32,
        };
        Target::Classes { codes: decisions.rows().into_iter().map(code).collect(), labels: self.classes.clone() }
    }
}

impl Model for SvcModel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn predict(&self, features: &DataFrame) -> Result<Target> {
        self.predict(features)
    }

    fn predict_proba(&self, _features: &DataFrame) -> Result<Array2<f64>> {
        let reason =
            "(its decisions are none); use `decision_function`, or `LogisticRegression` where probabilities are needed";
        Err(Error::NoProbabilities { model: NAME, reason })
    }

    fn decision_function(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.decision_function(features)
    }

    fn classes(&self) -> Option<Vec<String>> {
        Some(self.classes())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
