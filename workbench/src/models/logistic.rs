//! Logistic regression.
//!
//! `rows` has the derivatives at many weights at once; `lane` is one candidate's way to its optimum, and `path` leads many along together.
//! `fits` chooses between these and what is for many weights or for no penalty: `objective` holds what is to be made small, `newton` and
//! `proximal` make it small without and with an L1 penalty, and `line` goes along their steps. `quadratic` and `dense` solve what lies
//! between. `shared` has a search's fits.

mod dense;
mod exp;
mod fits;
mod folds;
mod lane;
mod line;
mod model;
mod newton;
mod objective;
mod path;
mod proximal;
mod quadratic;
mod rows;
mod shared;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use self::folds::Affine;
use self::rows::Rows;
use self::shared::SharedRows;
use super::SharedFits;
use super::class_weight::ClassWeight;
use super::classes::Classes;
use super::linear::{LinearPlanes, records};
use super::settings::{self, estimator, setters, text_setting};
use crate::data::{Dataset, Fold};
use crate::error::{Error, Result};
use crate::preprocess::ParamValue;

pub use model::LogisticModel;

const NAME: &str = "logistic";
const CLASS_WEIGHT: &str = "logistic.class_weight";

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
    /// `"elasticnet"`: `r(w) = l1_ratio · Σ |w| + (1 - l1_ratio) · ½ Σ w²`.
    ElasticNet,
}

impl Penalty {
    /// The names that [`from_str`](Self::from_str) takes.
    pub const NAMES: [&'static str; 4] = ["none", "l1", "l2", "elasticnet"];

    /// The name, such as `"l2"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::L1 => "l1",
            Self::L2 => "l2",
            Self::ElasticNet => "elasticnet",
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
            "elasticnet" => Ok(Self::ElasticNet),
            other => Err(Error::not_one_of("penalty", other, &Self::NAMES)),
        }
    }
}

text_setting!(Penalty);

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

/// Logistic regression with an L1, an L2, an elastic-net or no penalty, for two classes or more.
///
/// It makes `C · Σ_i c_i · loss_i(w, b) + r(w)` as small as can be, where `r` is the [`Penalty`], the intercept `b` is never
/// penalised, and `c_i` is how much row `i` counts: its weight in the [`Dataset`](Dataset::with_weights) times that of its class. With two
/// classes, `loss = ln(1 + exp(-y (w·x + b)))` for `y = ±1`; with more, each has its own `w` and `b`,
/// and `loss` is the cross-entropy of their softmax. These are scikit-learn's objectives for its solvers `lbfgs` and `saga`.
///
/// Up to 512 weights, it goes by Newton's method whose matrix of second derivatives is made once, and mended by what gradients tell until
/// that no longer suffices (BFGS); an L1 penalty is dealt with by coordinate descent on its quadratic model. Of many rows a sample shows the
/// way. For more weights, L2 is solved by Newton's method with conjugate gradients, and L1 by proximal Newton with coordinate descent. All
/// are deterministic, and the number of threads changes nothing.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `penalty` | `"l2"` | `"none"`, `"l1"`, `"l2"`, `"elasticnet"` | what keeps the coefficients small |
/// | `C` | 1.0 | > 0 | how much the data count against the penalty; small values shrink more |
/// | `l1_ratio` | 0.5 | 0 to 1 | the part of L1 in `"elasticnet"`; the others do not use it |
/// | `class_weight` | `"none"` | see [`ClassWeight`] | how much the classes count |
/// | `fit_intercept` | true | | whether `b` is fitted, or 0 |
/// | `max_iter` | 100 | ≥ 1 | outer steps at most |
/// | `tol` | 1e-8 | > 0 | how exact the coefficients are |
///
/// The fit ends when no component of the objective's least subgradient, divided by `C · Σ_i c_i`, exceeds `tol` times the
/// greatest magnitude in its feature's column.
///
/// # What a search shares
/// The features become an array once, of which folds are rows. Candidates that agree on `fit_intercept` and `class_weight` are fitted
/// together: on a sample of a fold's rows along a path from the strongest penalty to the weakest, and from there on all rows, where one
/// pass is a product of matrices that has the gradients of all, and one matrix of second derivatives serves all. A fold's scores
/// come of one product of matrices for all candidates. Memory holds a copy of the rows for each thread, whatever the number of candidates
/// and folds. Results differ from those of single fits by no more than the tolerance does.
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
/// 3. J. Nocedal, S. Wright, *Numerical Optimization*, 2006, chapter 6, doi:10.1007/978-0-387-40065-5
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogisticRegression {
    penalty: Penalty,
    c: f64,
    #[serde(default = "half")]
    l1_ratio: f64,
    #[serde(default)]
    class_weight: ClassWeight,
    fit_intercept: bool,
    max_iter: usize,
    tol: f64,
}

fn half() -> f64 {
    0.5
}

impl Default for LogisticRegression {
    fn default() -> Self {
        Self {
            penalty: Penalty::default(),
            c: 1.0,
            l1_ratio: half(),
            class_weight: ClassWeight::None,
            fit_intercept: true,
            max_iter: 100,
            tol: 1e-8,
        }
    }
}

impl LogisticRegression {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets what keeps the coefficients small.
        penalty: Penalty,
        /// Sets `C`, the inverse of the penalty's strength.
        c: f64,
        /// Sets the part of L1 in an elastic net.
        l1_ratio: f64,
        /// Sets how much the classes count.
        class_weight: ClassWeight,
        /// Sets whether an intercept is fitted.
        fit_intercept: bool,
        /// Sets how many outer steps there are at most.
        max_iter: usize,
        /// Sets how exact the coefficients are.
        tol: f64,
    }

    /// Learns from `data`.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<LogisticModel> {
        self.check()?;
        let classes = Classes::at_least_two(data, NAME)?;
        let weights = self.class_weight.of_rows(CLASS_WEIGHT, &classes, classes.weights.as_deref())?;
        let records = classes.counted(records(NAME, data.features())?);
        let rows = Rows::new(records, classes.codes, weights, classes.labels.len(), self.fit_intercept);
        match fits::fit_all(&rows, &[self]).pop() {
            Some(solution) => Ok(self.model(solution?, classes.labels, data.feature_names())),
            None => Err(Error::Interrupted),
        }
    }

    fn model(&self, solution: Solution, classes: Vec<String>, feature_names: Vec<String>) -> LogisticModel {
        let (coefficients, intercepts) = solution.planes(feature_names.len());
        let planes = LinearPlanes { coefficients, intercepts, classes, feature_names };
        LogisticModel::new(planes, self.clone(), solution.n_iter, solution.converged)
    }

    fn check(&self) -> Result<()> {
        settings::positive("logistic.C", self.c)?;
        settings::fraction("logistic.l1_ratio", self.l1_ratio)?;
        self.class_weight.check(CLASS_WEIGHT)?;
        settings::positive("logistic.tol", self.tol)?;
        settings::at_least_one("logistic.max_iter", self.max_iter)
    }
}

estimator!(LogisticRegression, NAME, [c as "C", class_weight, fit_intercept, l1_ratio, max_iter, penalty, tol] {
    fn share(&self, data: &Dataset, folds: &[Fold]) -> Result<Option<Box<dyn SharedFits>>> {
        Ok(Some(Box::new(SharedRows::new(data, folds, None)?)))
    }

    fn takes_scales(&self) -> bool {
        true
    }

    fn share_scaled(
        &self,
        data: &Dataset,
        folds: &[Fold],
        maps: Vec<Vec<(f64, f64)>>,
    ) -> Result<Option<Box<dyn SharedFits>>> {
        let maps = maps.into_iter().map(|map| {
            let (scales, offsets) = map.into_iter().unzip();
            Affine { scales, offsets }
        });
        Ok(Some(Box::new(SharedRows::new(data, folds, Some(maps.collect()))?)))
    }
});

/// Where a solver ended.
#[derive(Clone)]
struct Solution {
    /// Shape `(n_outputs, n_columns)`.
    weights: ndarray::Array2<f64>,
    n_iter: usize,
    converged: bool,
}

impl Solution {
    /// Coefficients, shape `(n_outputs, n_features)`, and intercepts.
    fn planes(&self, n_features: usize) -> (Vec<Vec<f64>>, Vec<f64>) {
        let rows = self.weights.rows();
        let coefficients = rows.into_iter().map(|row| row.iter().take(n_features).copied().collect()).collect();
        let rows = self.weights.rows().into_iter();
        let mut intercepts: Vec<f64> = rows.map(|row| row.get(n_features).copied().unwrap_or(0.0)).collect();
        if intercepts.len() > 1 {
            // Adding one number to all of them changes nothing, so they are given a mean of 0.
            let mean = intercepts.iter().sum::<f64>() / intercepts.len() as f64;
            intercepts.iter_mut().for_each(|intercept| *intercept -= mean);
        }
        (coefficients, intercepts)
    }
}
