//! A linear classifier trained by stochastic gradient descent.

mod descent;
mod model;

use std::any::Any;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::classes::Classes;
use super::linear::{LinearPlanes, records};
use super::logistic::Penalty;
use super::{Estimator, Model, Simpler, settings};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::preprocess::{ParamValue, unknown_parameter};
use crate::train::{LearningRate, NullObserver, Observer, Progress, interrupt, observer};

pub use model::{Epoch, SgdModel};

const NAME: &str = "sgd";

/// What one wrongly told sample costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SgdLoss {
    /// `"hinge"`: `max(0, 1 - y f)`, a linear support vector machine.
    #[default]
    Hinge,
    /// `"log_loss"`: `ln(1 + exp(-y f))`, logistic regression, which has probabilities.
    LogLoss,
}

impl SgdLoss {
    /// The names that [`from_str`](Self::from_str) takes.
    pub const NAMES: [&'static str; 2] = ["hinge", "log_loss"];

    /// The name, such as `"hinge"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hinge => "hinge",
            Self::LogLoss => "log_loss",
        }
    }
}

impl FromStr for SgdLoss {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "hinge" => Ok(Self::Hinge),
            "log_loss" => Ok(Self::LogLoss),
            other => Err(Error::not_one_of("loss", other, &Self::NAMES)),
        }
    }
}

impl fmt::Display for SgdLoss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A linear classifier trained by stochastic gradient descent, one sample at a time.
///
/// It makes `mean_i loss(y_i, w·x_i + b) + alpha · r(w)` small, where `r` is `½ Σ w²` or `Σ |w|`. After each sample the
/// coefficients go against their gradient by the learning rate, and an epoch is one pass over all samples. With more than
/// two classes, each is told from all others together.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `loss` | `"hinge"` | `"hinge"`, `"log_loss"` | what a sample costs |
/// | `penalty` | `"l2"` | `"none"`, `"l1"`, `"l2"` | `r` |
/// | `alpha` | 0.0001 | ≥ 0, and > 0 for `"optimal"` | how much `r` counts |
/// | `learning_rate` | `"optimal"` | `"constant"`, `"optimal"`, `"invscaling"`, `"adaptive"` | how the rate changes |
/// | `eta0` | 0.01 | > 0 | the first rate; `"optimal"` does not use it |
/// | `power_t` | 0.5 | ≥ 0 | the exponent of `"invscaling"` |
/// | `fit_intercept` | true | | whether `b` is fitted, or 0 |
/// | `max_iter` | 1000 | ≥ 1 | epochs at most |
/// | `tol` | 0.001 | ≥ 0 | an epoch is better when the objective falls by more than this |
/// | `n_iter_no_change` | 5 | ≥ 1 | epochs in a row without that, before training ends |
/// | `shuffle` | true | | whether each epoch takes the samples in an order of its own |
/// | `seed` | 0 | | decides these orders |
///
/// With `"adaptive"`, the rate stays `eta0` while training gets better. Each time it stops doing so, the rate is divided by
/// 5 in place of an end, until it is 1e-6 or less. Names, defaults and stopping are those of scikit-learn's
/// `SGDClassifier`, and without shuffling so are the coefficients.
///
/// Features: shape `(n_samples, n_features)`, finite numbers. Scale them first: one rate serves all.
///
/// # Errors
/// [`Error::UnusableValue`] for a missing or infinite feature, [`Error::NotNumeric`], [`Error::OneClass`],
/// [`Error::NotClasses`], [`Error::InvalidValue`] for a setting out of range, [`Error::Diverged`], [`Error::Interrupted`] where no
/// epoch was done before it.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, drop_missing, penguins};
/// use workbench::models::{SgdClassifier, SgdLoss};
/// use workbench::preprocess::{FittedTransformer, StandardScaler};
/// use workbench::train::LearningRate;
///
/// let frame = drop_missing(&penguins()?, &["sex"])?.select(["bill_depth_mm", "body_mass_g", "sex"])?;
/// let data = Dataset::from_frame(&frame, "sex")?;
/// let scaled = StandardScaler::new().fit(data.features())?.transform(data.features())?;
/// let settings = SgdClassifier::new().loss(SgdLoss::LogLoss).learning_rate(LearningRate::Adaptive).seed(7);
/// let model = settings.fit(&data.with_features(scaled)?)?;
/// assert_eq!(model.history().height(), model.n_iter());
///
/// let refused = settings.eta0(0.0).fit(&data);
/// assert_eq!(refused.unwrap_err().to_string(), "sgd.eta0 is 0.0, but it must be a finite number greater than 0");
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. L. Bottou, *Stochastic Gradient Descent Tricks*, 2012, doi:10.1007/978-3-642-35289-8_25
/// 2. Y. Tsuruoka, J. Tsujii, S. Ananiadou, *Stochastic Gradient Descent Training for L1-regularized Log-linear Models
///    with Cumulative Penalty*, 2009, doi:10.3115/1687878.1687946
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SgdClassifier {
    loss: SgdLoss,
    penalty: Penalty,
    alpha: f64,
    learning_rate: LearningRate,
    eta0: f64,
    power_t: f64,
    fit_intercept: bool,
    max_iter: usize,
    tol: f64,
    n_iter_no_change: usize,
    shuffle: bool,
    seed: u64,
}

impl Default for SgdClassifier {
    fn default() -> Self {
        Self {
            loss: SgdLoss::default(),
            penalty: Penalty::default(),
            alpha: 1e-4,
            learning_rate: LearningRate::default(),
            eta0: 0.01,
            power_t: 0.5,
            fit_intercept: true,
            max_iter: 1_000,
            tol: 1e-3,
            n_iter_no_change: 5,
            shuffle: true,
            seed: 0,
        }
    }
}

impl SgdClassifier {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what a sample costs.
    pub fn loss(mut self, loss: SgdLoss) -> Self {
        self.loss = loss;
        self
    }

    /// Sets what keeps the coefficients small.
    pub fn penalty(mut self, penalty: Penalty) -> Self {
        self.penalty = penalty;
        self
    }

    /// Sets how much the penalty counts.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// Sets how the learning rate changes.
    pub fn learning_rate(mut self, learning_rate: LearningRate) -> Self {
        self.learning_rate = learning_rate;
        self
    }

    /// Sets the first learning rate.
    pub fn eta0(mut self, eta0: f64) -> Self {
        self.eta0 = eta0;
        self
    }

    /// Sets the exponent of `"invscaling"`.
    pub fn power_t(mut self, power_t: f64) -> Self {
        self.power_t = power_t;
        self
    }

    /// Sets whether an intercept is fitted.
    pub fn fit_intercept(mut self, fit_intercept: bool) -> Self {
        self.fit_intercept = fit_intercept;
        self
    }

    /// Sets how many epochs there are at most.
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.max_iter = max_iter;
        self
    }

    /// Sets by how much the objective has to fall.
    pub fn tol(mut self, tol: f64) -> Self {
        self.tol = tol;
        self
    }

    /// Sets for how many epochs it may fail to.
    pub fn n_iter_no_change(mut self, n_iter_no_change: usize) -> Self {
        self.n_iter_no_change = n_iter_no_change;
        self
    }

    /// Sets whether each epoch takes the samples in an order of its own.
    pub fn shuffle(mut self, shuffle: bool) -> Self {
        self.shuffle = shuffle;
        self
    }

    /// Sets what decides the order of the samples.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Learns from `data`; the installed [`Observer`] hears of every epoch.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<SgdModel> {
        self.fit_observed(data, observer::installed().as_ref())
    }

    /// Learns from `data`, and tells `observer` of every epoch.
    ///
    /// An interruption ends training with the epochs that are done, and the model is then [marked](SgdModel::interrupted); it
    /// is taken to be answered by that. Within other work, such as a search, there is no half a model.
    ///
    /// # Errors
    /// See the type.
    pub fn fit_observed(&self, data: &Dataset, observer: &dyn Observer) -> Result<SgdModel> {
        let model = self.fit_as_far(data, observer)?;
        if model.interrupted() {
            interrupt::met();
        }
        Ok(model)
    }

    /// Learns until the end or an interruption.
    fn fit_as_far(&self, data: &Dataset, observer: &dyn Observer) -> Result<SgdModel> {
        self.check()?;
        self.check_together()?;
        let classes = Classes::at_least_two(data, NAME)?;
        let records = records(NAME, data.features())?;
        // With two classes there is one plane, and it speaks for the second.
        let positives: Vec<usize> =
            if classes.labels.len() == 2 { vec![1] } else { (0..classes.labels.len()).collect() };
        let n_epochs_max = positives.len().saturating_mul(self.max_iter);
        let progress = Progress::start(observer, n_epochs_max, "stochastic gradient descent");
        let mut descents = Vec::with_capacity(positives.len());
        for positive in positives {
            let sign = |&code: &usize| if code == positive { 1.0 } else { -1.0 };
            let signs: Vec<f64> = classes.codes.iter().map(sign).collect();
            let descent = descent::descend(self, &records, &signs, &progress)?;
            // A plane that has seen no sample tells nothing from anything.
            if descent.epochs.is_empty() {
                return Err(Error::Interrupted);
            }
            descents.push(descent);
        }
        Ok(SgdModel::new(descents, classes.labels, data.feature_names(), self.clone()))
    }

    /// What cannot be checked one setting at a time, since they are set one after the other.
    fn check_together(&self) -> Result<()> {
        match self.learning_rate {
            LearningRate::Optimal => settings::positive("sgd.alpha with the learning rate \"optimal\"", self.alpha),
            _ => Ok(()),
        }
    }

    fn check(&self) -> Result<()> {
        settings::not_negative("sgd.alpha", self.alpha)?;
        settings::positive("sgd.eta0", self.eta0)?;
        settings::not_negative("sgd.power_t", self.power_t)?;
        settings::not_negative("sgd.tol", self.tol)?;
        settings::at_least_one("sgd.max_iter", self.max_iter)?;
        settings::at_least_one("sgd.n_iter_no_change", self.n_iter_no_change)
    }
}

impl Estimator for SgdClassifier {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, data: &Dataset) -> Result<Box<dyn Model>> {
        // Within other work, which says itself how far it is.
        let model = self.fit_as_far(data, &NullObserver)?;
        if model.interrupted() { Err(Error::Interrupted) } else { Ok(Box::new(model)) }
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        let values: [ParamValue; 12] = [
            self.alpha.into(),
            self.eta0.into(),
            self.fit_intercept.into(),
            self.learning_rate.as_str().into(),
            self.loss.as_str().into(),
            ParamValue::Int(self.max_iter as i64),
            ParamValue::Int(self.n_iter_no_change as i64),
            self.penalty.into(),
            self.power_t.into(),
            ParamValue::Int(self.seed as i64),
            self.shuffle.into(),
            self.tol.into(),
        ];
        PARAMS.iter().map(|name| name.to_string()).zip(values).collect()
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        let what = format!("{NAME}.{name}");
        let mut changed = self.clone();
        match name {
            "alpha" => changed.alpha = settings::real(&what, value)?,
            "eta0" => changed.eta0 = settings::real(&what, value)?,
            "fit_intercept" => changed.fit_intercept = settings::flag(&what, value)?,
            "learning_rate" => changed.learning_rate = settings::text(&what, value)?.parse()?,
            "loss" => changed.loss = settings::text(&what, value)?.parse()?,
            "max_iter" => changed.max_iter = settings::count(&what, value)?,
            "n_iter_no_change" => changed.n_iter_no_change = settings::count(&what, value)?,
            "penalty" => changed.penalty = settings::text(&what, value)?.parse()?,
            "power_t" => changed.power_t = settings::real(&what, value)?,
            "seed" => changed.seed = settings::count(&what, value)? as u64,
            "shuffle" => changed.shuffle = settings::flag(&what, value)?,
            "tol" => changed.tol = settings::real(&what, value)?,
            _ => return Err(unknown_parameter(NAME, name, &PARAMS)),
        }
        changed.check()?;
        *self = changed;
        Ok(())
    }

    fn simpler(&self, param: &str) -> Option<Simpler> {
        (param == "alpha").then_some(Simpler::Greater)
    }

    fn clone_box(&self) -> Box<dyn Estimator> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

const PARAMS: [&str; 12] = [
    "alpha",
    "eta0",
    "fit_intercept",
    "learning_rate",
    "loss",
    "max_iter",
    "n_iter_no_change",
    "penalty",
    "power_t",
    "seed",
    "shuffle",
    "tol",
];
