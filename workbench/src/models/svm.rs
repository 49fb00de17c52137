//! Linear support vector machines.

mod dual;
mod model;
mod regressor;

use std::fmt;
use std::str::FromStr;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use self::dual::{Dual, Found};
use super::class_weight::ClassWeight;
use super::classes::Classes;
use super::linear::{LinearPlanes, records};
use super::settings::{self, estimator, setters, text_setting};
use crate::data::{Dataset, name_pool};
use crate::error::{Error, Result};

pub use model::LinearSvcModel;
pub use regressor::{LinearSvr, LinearSvrModel, SvrLoss};

const NAME: &str = "linear_svc";
const CLASS_WEIGHT: &str = "linear_svc.class_weight";

/// What a sample costs that is not told with room to spare, by its output `f` and its class `y = ±1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SvcLoss {
    /// `"hinge"`: `max(0, 1 - y f)`.
    Hinge,
    /// `"squared_hinge"`: `max(0, 1 - y f)²`.
    #[default]
    SquaredHinge,
}

impl SvcLoss {
    /// The names that [`from_str`](Self::from_str) takes.
    pub const NAMES: [&'static str; 2] = ["hinge", "squared_hinge"];

    /// The name, such as `"hinge"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hinge => "hinge",
            Self::SquaredHinge => "squared_hinge",
        }
    }
}

impl FromStr for SvcLoss {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "hinge" => Ok(Self::Hinge),
            "squared_hinge" => Ok(Self::SquaredHinge),
            other => Err(Error::not_one_of("loss", other, &Self::NAMES)),
        }
    }
}

text_setting!(SvcLoss);

impl fmt::Display for SvcLoss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A linear support vector machine for classes.
///
/// It makes `½ (|w|² + v²) + C · Σ_i c_i · loss(y_i, w·x_i + b)` as small as can be, where the intercept `b = s · v` comes of one feature more
/// that is `s = intercept_scaling` everywhere, and `c_i` is how much row `i` counts: its weight in the
/// [`Dataset`](Dataset::with_weights) times that of its class. With more than two classes, each is told from all others together. This is the
/// objective of liblinear and of scikit-learn's `LinearSVC` with its L2 penalty; it has no L1 penalty, for which there is
/// [`LogisticRegression`](super::LogisticRegression).
///
/// It is solved by dual coordinate descent with shrinking, which takes a time that grows with rows × features, and a memory that grows with rows.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `loss` | `"squared_hinge"` | `"hinge"`, `"squared_hinge"` | what a sample costs |
/// | `C` | 1.0 | > 0 | how much the data count against the penalty |
/// | `class_weight` | `"none"` | see [`ClassWeight`] | how much the classes count |
/// | `fit_intercept` | true | | whether `b` is fitted, or 0 |
/// | `intercept_scaling` | 1.0 | > 0 | the greater, the less the intercept is penalised |
/// | `max_iter` | 1000 | ≥ 1 | passes over the rows at most |
/// | `tol` | 1e-4 | > 0 | by how much a sample's condition of an optimum is missed at most |
/// | `seed` | 0 | | decides the order of the rows in each pass |
///
/// scikit-learn takes the sum of the greatest misses on either side for its `tol`, so this one is a little tighter.
///
/// Features: shape `(n_samples, n_features)`, finite numbers. Scale them first.
///
/// # What threads do
/// With more than two classes, each is a task of its own. The result is the same with one thread.
///
/// # Errors
/// [`Error::UnusableValue`] for a missing or infinite feature, [`Error::NotNumeric`], [`Error::OneClass`],
/// [`Error::NotClasses`], [`Error::InvalidValue`] for a setting out of range, [`Error::Interrupted`].
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, drop_missing, penguins};
/// use workbench::models::{LinearSvc, Pipeline};
/// use workbench::preprocess::StandardScaler;
/// use workbench::select::accuracy;
///
/// let frame = drop_missing(&penguins()?, &["sex"])?.select(["bill_depth_mm", "body_mass_g", "sex"])?;
/// let data = Dataset::from_frame(&frame, "sex")?;
/// let model = Pipeline::new().step("scale", StandardScaler::new()).estimator("svc", LinearSvc::new()).fit(&data)?;
/// assert!(accuracy(data.target(), &model.predict(data.features())?)? > 0.8);
///
/// let refused = LinearSvc::new().c(0.0).fit(&data);
/// assert_eq!(refused.unwrap_err().to_string(), "linear_svc.C is 0.0, but it must be a finite number greater than 0");
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. C.-J. Hsieh, K.-W. Chang, C.-J. Lin, S. Keerthi, S. Sundararajan, *A Dual Coordinate Descent Method for Large-scale Linear SVM*, 2008,
///    doi:10.1145/1390156.1390208
/// 2. R.-E. Fan, K.-W. Chang, C.-J. Hsieh, X.-R. Wang, C.-J. Lin, *LIBLINEAR: A Library for Large Linear Classification*, 2008,
///    <https://jmlr.org/papers/v9/fan08a.html>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinearSvc {
    loss: SvcLoss,
    c: f64,
    class_weight: ClassWeight,
    fit_intercept: bool,
    intercept_scaling: f64,
    max_iter: usize,
    tol: f64,
    seed: u64,
}

impl Default for LinearSvc {
    fn default() -> Self {
        Self {
            loss: SvcLoss::default(),
            c: 1.0,
            class_weight: ClassWeight::None,
            fit_intercept: true,
            intercept_scaling: 1.0,
            max_iter: 1_000,
            tol: 1e-4,
            seed: 0,
        }
    }
}

impl LinearSvc {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets what a sample costs.
        loss: SvcLoss,
        /// Sets `C`, the inverse of the penalty's strength.
        c: f64,
        /// Sets how much the classes count.
        class_weight: ClassWeight,
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
    pub fn fit(&self, data: &Dataset) -> Result<LinearSvcModel> {
        self.check()?;
        let classes = Classes::at_least_two(data, NAME)?;
        let weights = self.class_weight.of_rows(CLASS_WEIGHT, &classes, classes.weights.as_deref())?;
        let records = classes.counted(records(NAME, data.features())?);
        let costs: Vec<f64> = match weights {
            Some(weights) => weights.iter().map(|weight| self.c * weight).collect(),
            None => vec![self.c; classes.codes.len()],
        };
        // With two classes there is one plane, and it speaks for the second.
        let positives: Vec<usize> =
            if classes.labels.len() == 2 { vec![1] } else { (0..classes.labels.len()).collect() };
        name_pool();
        let find = |positive: usize| {
            let sign = |&code: &usize| if code == positive { 1.0 } else { -1.0 };
            let truth: Vec<f64> = classes.codes.iter().map(sign).collect();
            let dual = Dual {
                records: &records,
                truth: &truth,
                costs: &costs,
                is_squared: self.loss == SvcLoss::SquaredHinge,
                intercept_scaling: if self.fit_intercept { self.intercept_scaling } else { 0.0 },
                epsilon: None,
                tol: self.tol,
                max_iter: self.max_iter,
                seed: self.seed,
            };
            dual.minimise()
        };
        let found: Vec<Result<Found>> = positives.into_par_iter().map(find).collect();
        let found = found.into_iter().collect::<Result<Vec<Found>>>()?;
        Ok(LinearSvcModel::new(found, classes.labels, data.feature_names(), self.clone()))
    }

    fn check(&self) -> Result<()> {
        settings::positive("linear_svc.C", self.c)?;
        self.class_weight.check(CLASS_WEIGHT)?;
        settings::positive("linear_svc.intercept_scaling", self.intercept_scaling)?;
        settings::positive("linear_svc.tol", self.tol)?;
        settings::at_least_one("linear_svc.max_iter", self.max_iter)
    }
}

estimator!(LinearSvc, NAME, [c as "C", class_weight, fit_intercept, intercept_scaling, loss, max_iter, seed, tol]);
