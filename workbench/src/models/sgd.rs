//! Linear models trained by stochastic gradient descent.
//!
//! `loss` has what a sample costs, `common` the settings of both models; `descent` goes through the rows, and `plane` is what each of them
//! changes.

mod common;
mod descent;
mod loss;
mod model;
mod plane;
mod regressor;

use std::any::Any;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use self::common::{Common, common_setters};
use self::descent::{Descent, Samples, Start, descend};
use self::loss::Loss;
use self::plane::Average;
use super::class_weight::ClassWeight;
use super::classes::Classes;
use super::linear::{self, LinearPlanes, records};
use super::logistic::Penalty;
use super::{Estimator, Model, settings};
use crate::data::{Dataset, name_pool};
use crate::error::{Error, Result};
use crate::preprocess::{ParamValue, unknown_parameter};
use crate::train::{LearningRate, NullObserver, Observer, Progress, interrupt, observer};

pub use loss::{SgdLoss, SgdRegressionLoss};
pub use model::{Epoch, SgdModel};
pub use regressor::{SgdRegressionModel, SgdRegressor};

const NAME: &str = "sgd";
const CLASS_WEIGHT: &str = "sgd.class_weight";

/// A linear classifier trained by stochastic gradient descent, one sample at a time.
///
/// It makes `mean_i loss(y_i, w·x_i + b) + alpha · r(w)` small, where `r` is `½ Σ w²`, `Σ |w|` or, for an elastic net,
/// `l1_ratio · Σ |w| + (1 - l1_ratio) · ½ Σ w²`. After each sample the
/// coefficients go against their gradient by the learning rate, and an epoch is one pass over all samples. With more than
/// two classes, each is told from all others together.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `loss` | `"hinge"` | one of [`SgdLoss::NAMES`] | what a sample costs |
/// | `penalty` | `"l2"` | `"none"`, `"l1"`, `"l2"`, `"elasticnet"` | `r` |
/// | `alpha` | 0.0001 | ≥ 0, and > 0 for `"optimal"` | how much `r` counts |
/// | `l1_ratio` | 0.15 | 0 to 1 | the part of L1 in `"elasticnet"` |
/// | `class_weight` | `"none"` | see [`ClassWeight`] | how much the classes count |
/// | `learning_rate` | `"optimal"` | `"constant"`, `"optimal"`, `"invscaling"`, `"adaptive"` | how the rate changes |
/// | `eta0` | 0.01 | > 0 | the first rate; `"optimal"` does not use it |
/// | `power_t` | 0.5 | ≥ 0 | the exponent of `"invscaling"` |
/// | `fit_intercept` | true | | whether `b` is fitted, or 0 |
/// | `max_iter` | 1000 | ≥ 1 | epochs at most |
/// | `tol` | 0.001 | ≥ 0 | an epoch is better when the objective falls by more than this |
/// | `n_iter_no_change` | 5 | ≥ 1 | epochs in a row without that, before training ends |
/// | `early_stopping` | false | | whether the score on rows held out is looked at in place of the objective |
/// | `validation_fraction` | 0.1 | between 0 and 1 | the part of each class that is held out then |
/// | `average` | false | or the first step that counts | whether the coefficients are the mean of those after each step |
/// | `shuffle` | true | | whether each epoch takes the samples in an order of its own |
/// | `seed` | 0 | | decides these orders, and which rows are held out |
///
/// With `"adaptive"`, the rate stays `eta0` while training gets better. Each time it stops doing so, the rate is divided by
/// 5 in place of an end, until it is 1e-6 or less. Names, defaults and stopping are those of scikit-learn's
/// `SGDClassifier`, and without shuffling so are the coefficients. With an average beside an L1 penalty they are not: here the mean is that of
/// the very coefficients.
///
/// A sample's step is multiplied by its weight and that of its class. A weight of 2 is one step of twice the length, so it is near to two
/// samples, but not equal to them. `"balanced"` counts rows by their weights, where scikit-learn's `SGDClassifier` counts their number.
///
/// Features: shape `(n_samples, n_features)`, finite numbers. Scale them first: one rate serves all.
///
/// # What threads do
/// While some rows are learnt from, another thread gathers the next and draws the next epoch's order; with more than two classes, each is
/// a task of its own. The result is the same with one thread.
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SgdClassifier {
    loss: SgdLoss,
    #[serde(default)]
    class_weight: ClassWeight,
    #[serde(flatten)]
    common: Common,
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

    /// Sets how much the classes count.
    pub fn class_weight(mut self, class_weight: ClassWeight) -> Self {
        self.class_weight = class_weight;
        self
    }

    common_setters!();

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
            interrupt::answer()?;
        }
        Ok(model)
    }

    /// Goes on from `model`, or begins, with one epoch over `data`.
    ///
    /// Steps and averages are counted on. The classes are those of the first data, all labels of their target included, so that a part of
    /// the data may lack some.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit); [`Error::InvalidValue`] for a class that `model` does not know, for the class weight `"balanced"` and for
    /// early stopping, which need all the data; [`Error::FeaturesDiffer`].
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::data::{Dataset, Target, from_array};
    /// use workbench::models::{ClassWeight, SgdClassifier};
    ///
    /// let part = |sign: f64| Dataset::new(
    ///     from_array(&ndarray::array![[sign], [2.0 * sign]], &["x"])?,
    ///     Target::Classes { codes: vec![u32::from(sign > 0.0); 2], labels: vec!["low".into(), "high".into()] },
    ///     "y",
    /// );
    /// let settings = SgdClassifier::new();
    /// let model = settings.partial_fit(None, &part(1.0)?)?;
    /// let model = settings.partial_fit(Some(&model), &part(-1.0)?)?;
    /// assert_eq!(model.n_steps(), 4);
    ///
    /// let balanced = settings.class_weight(ClassWeight::Balanced);
    /// assert!(balanced.partial_fit(Some(&model), &part(1.0)?).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    pub fn partial_fit(&self, model: Option<&SgdModel>, data: &Dataset) -> Result<SgdModel> {
        self.check()?;
        self.common.check_together()?;
        check_partial(&self.common)?;
        if self.class_weight == ClassWeight::Balanced {
            let (value, allowed) = ("balanced".to_string(), "none or by label in a partial fit".to_string());
            return Err(Error::InvalidValue { what: CLASS_WEIGHT.to_string(), value, allowed });
        }
        let classes = match model {
            Some(model) => Classes::as_known(data, NAME, &model.classes())?,
            None => Classes::all_of(data, NAME)?,
        };
        let features = match model {
            Some(model) => linear::select(NAME, data.features(), &model.feature_names())?,
            None => data.features().clone(),
        };
        let data = data.with_features(features)?;
        let starts = match model {
            Some(model) => model.starts(&self.common),
            None => positives(&classes).iter().map(|_| Start::new(&self.common, data.n_features(), 1)).collect(),
        };
        self.descend(&data, classes, &NullObserver, starts)
    }

    /// Learns until the end or an interruption.
    fn fit_as_far(&self, data: &Dataset, observer: &dyn Observer) -> Result<SgdModel> {
        self.check()?;
        self.common.check_together()?;
        let classes = Classes::with_idle_rows(data, NAME)?;
        let start = |_: &usize| Start::new(&self.common, data.n_features(), self.common.max_iter);
        let starts = positives(&classes).iter().map(start).collect();
        self.descend(data, classes, observer, starts)
    }

    /// Goes on from `starts`, one for each plane.
    fn descend(
        &self,
        data: &Dataset,
        classes: Classes,
        observer: &dyn Observer,
        starts: Vec<Start>,
    ) -> Result<SgdModel> {
        let weights = self.class_weight.of_rows(CLASS_WEIGHT, &classes, classes.weights.as_deref())?;
        let records = classes.counted(records(NAME, data.features())?);
        let n_epochs_max = starts.iter().map(|start| start.n_epochs).fold(0, usize::saturating_add);
        let progress = Progress::start(observer, n_epochs_max, "stochastic gradient descent");
        name_pool();
        let descend = |(positive, start): (usize, Start)| {
            let sign = |&code: &usize| if code == positive { 1.0 } else { -1.0 };
            let truth: Vec<f64> = classes.codes.iter().map(sign).collect();
            let samples = Samples { records: &records, truth: &truth, weights: weights.as_deref() };
            let descent = descend(NAME, &self.common, Loss::Classes(self.loss), &samples, start, &progress)?;
            // A plane that has seen no sample tells nothing from anything.
            if descent.epochs.is_empty() { Err(Error::Interrupted) } else { Ok(descent) }
        };
        let tasks: Vec<(usize, Start)> = positives(&classes).into_iter().zip(starts).collect();
        let descents: Vec<Result<Descent>> = tasks.into_par_iter().map(descend).collect();
        let descents = descents.into_iter().collect::<Result<Vec<Descent>>>()?;
        Ok(SgdModel::new(descents, classes.labels, data.feature_names(), self.clone()))
    }

    fn check(&self) -> Result<()> {
        self.class_weight.check(CLASS_WEIGHT)?;
        self.common.check()
    }
}

/// The class that each plane speaks for: with two there is one plane, and it speaks for the second.
fn positives(classes: &Classes) -> Vec<usize> {
    if classes.labels.len() == 2 { vec![1] } else { (0..classes.labels.len()).collect() }
}

impl Start {
    /// No feature counts.
    fn new(common: &Common, n_features: usize, n_epochs: usize) -> Self {
        let average = (common.average > 0).then(|| Average { weights: vec![0.0; n_features], intercept: 0.0 });
        Self { weights: vec![0.0; n_features], intercept: 0.0, average, n_steps: 0, n_epochs_before: 0, n_epochs }
    }
}

/// An error for what needs all the data.
fn check_partial(common: &Common) -> Result<()> {
    if !common.early_stopping {
        return Ok(());
    }
    let (value, allowed) = ("true".to_string(), "false in a partial fit".to_string());
    Err(Error::InvalidValue { what: "sgd.early_stopping".to_string(), value, allowed })
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
        let mut params = self.common.params();
        params.push(("class_weight".to_string(), self.class_weight.clone().into()));
        params.push(("loss".to_string(), self.loss.as_str().into()));
        params.sort_by(|(a, _), (b, _)| a.cmp(b));
        params
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        let what = format!("{NAME}.{name}");
        let mut changed = self.clone();
        match name {
            "class_weight" => changed.class_weight = settings::text(&what, value)?.parse()?,
            "loss" => changed.loss = settings::text(&what, value)?.parse()?,
            _ if changed.common.set_param(name, value)? => {}
            _ => return Err(unknown(name, &self.params())),
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

fn unknown(name: &str, params: &[(String, ParamValue)]) -> Error {
    let known: Vec<&str> = params.iter().map(|(name, _)| name.as_str()).collect();
    unknown_parameter(NAME, name, &known)
}
