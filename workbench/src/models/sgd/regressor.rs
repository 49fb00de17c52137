//! Regression by stochastic gradient descent.

use std::any::Any;

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::common::{Common, common_setters};
use super::descent::{Descent, Samples, Start, descend};
use super::loss::Loss;
use super::model::{Epoch, Standing, epoch_columns};
use super::{NAME, Penalty, SgdRegressionLoss, check_partial, linear, records, settings, unknown};
use crate::data::{Dataset, Target};
use crate::error::{Error, Result};
use crate::models::linear::LinearFunction;
use crate::models::{Estimator, Model};
use crate::preprocess::ParamValue;
use crate::train::{LearningRate, NullObserver, Observer, Progress, interrupt, observer};

/// A linear regression trained by stochastic gradient descent, one sample at a time.
///
/// It makes `mean_i loss(y_i - (w·x_i + b)) + alpha · r(w)` small, as [`SgdClassifier`](super::SgdClassifier) does for classes.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `loss` | `"squared_error"` | one of [`SgdRegressionLoss::NAMES`] | what an error costs |
/// | `epsilon` | 0.1 | ≥ 0 | how great an error is before it counts, or counts as an outlier's; in units of the target |
/// | `learning_rate` | `"invscaling"` | `"constant"`, `"optimal"`, `"invscaling"`, `"adaptive"` | how the rate changes |
/// | `power_t` | 0.25 | ≥ 0 | the exponent of `"invscaling"` |
///
/// All others are those of the classifier, class weights excepted; the validation score of `early_stopping` is R². Names, defaults and
/// stopping are those of scikit-learn's `SGDRegressor`, and without shuffling so are the coefficients.
///
/// Features: shape `(n_samples, n_features)`, finite numbers. Scale them, and the target, first: one rate serves all.
///
/// # Errors
/// [`Error::UnusableValue`] for a missing or infinite feature, [`Error::NotNumeric`], [`Error::NotNumbers`],
/// [`Error::InvalidValue`] for a setting out of range, [`Error::Diverged`], [`Error::Interrupted`] where no epoch was done before it.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, Target, from_array};
/// use workbench::models::SgdRegressor;
///
/// let frame = from_array(&ndarray::array![[-1.0], [0.0], [1.0], [2.0]], &["x"])?;
/// let data = Dataset::new(frame, Target::Values(vec![-1.0, 1.0, 3.0, 5.0]), "y")?;
/// let model = SgdRegressor::new().eta0(0.1).tol(1e-9).max_iter(5_000).fit(&data)?;
/// assert!((model.coef()[0] - 2.0).abs() < 0.01);
///
/// let refused = SgdRegressor::new().epsilon(-1.0).fit(&data);
/// assert_eq!(refused.unwrap_err().to_string(), "sgd.epsilon is -1.0, but it must be a finite number of at least 0");
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. L. Bottou, *Stochastic Gradient Descent Tricks*, 2012, doi:10.1007/978-3-642-35289-8_25
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SgdRegressor {
    loss: SgdRegressionLoss,
    epsilon: f64,
    #[serde(flatten)]
    common: Common,
}

impl Default for SgdRegressor {
    fn default() -> Self {
        let common = Common { learning_rate: LearningRate::InvScaling, power_t: 0.25, ..Common::default() };
        Self { loss: SgdRegressionLoss::default(), epsilon: 0.1, common }
    }
}

impl SgdRegressor {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what an error costs.
    pub fn loss(mut self, loss: SgdRegressionLoss) -> Self {
        self.loss = loss;
        self
    }

    /// Sets how great an error is before it counts, or counts as an outlier's.
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    common_setters!();

    /// Learns from `data`; the installed [`Observer`] hears of every epoch.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<SgdRegressionModel> {
        self.fit_observed(data, observer::installed().as_ref())
    }

    /// Learns from `data`, and tells `observer` of every epoch. An interruption ends training with the epochs that are done, and the model
    /// is then [marked](SgdRegressionModel::interrupted); within other work, such as a search, there is no half a model.
    ///
    /// # Errors
    /// See the type.
    pub fn fit_observed(&self, data: &Dataset, observer: &dyn Observer) -> Result<SgdRegressionModel> {
        let model = self.descend(data, observer, None)?;
        if model.interrupted() {
            interrupt::answer()?;
        }
        Ok(model)
    }

    /// Goes on from `model`, or begins, with one epoch over `data`. Steps and averages are counted on.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit); [`Error::InvalidValue`] for early stopping, which needs all the data; [`Error::FeaturesDiffer`].
    pub fn partial_fit(&self, model: Option<&SgdRegressionModel>, data: &Dataset) -> Result<SgdRegressionModel> {
        check_partial(&self.common)?;
        let Some(model) = model else {
            let start = Start::new(&self.common, data.n_features(), 1);
            return self.descend(data, &NullObserver, Some(start));
        };
        let data = data.with_features(linear::select(NAME, data.features(), &model.function.feature_names)?)?;
        self.descend(&data, &NullObserver, Some(model.standing.start(&self.common)))
    }

    fn descend(&self, data: &Dataset, observer: &dyn Observer, start: Option<Start>) -> Result<SgdRegressionModel> {
        self.check()?;
        self.common.check_together()?;
        let Target::Values(truth) = data.target() else {
            return Err(Error::NotNumbers { what: NAME.to_string(), target: data.target_name().to_string() });
        };
        let records = records(NAME, data.features())?;
        let start = start.unwrap_or_else(|| Start::new(&self.common, records.ncols(), self.common.max_iter));
        let progress = Progress::start(observer, start.n_epochs, "stochastic gradient descent");
        let samples = Samples { records: &records, truth, weights: data.weights() };
        let loss = Loss::Values(self.loss, self.epsilon);
        let descent = descend(NAME, &self.common, loss, &samples, start, &progress)?;
        if descent.epochs.is_empty() {
            return Err(Error::Interrupted);
        }
        Ok(SgdRegressionModel::new(descent, data.feature_names(), self.clone()))
    }

    fn check(&self) -> Result<()> {
        settings::not_negative("sgd.epsilon", self.epsilon)?;
        self.common.check()
    }
}

impl Estimator for SgdRegressor {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, data: &Dataset) -> Result<Box<dyn Model>> {
        // Within other work, which says itself how far it is.
        let model = self.descend(data, &NullObserver, None)?;
        if model.interrupted() { Err(Error::Interrupted) } else { Ok(Box::new(model)) }
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        let mut params = self.common.params();
        params.push(("epsilon".to_string(), self.epsilon.into()));
        params.push(("loss".to_string(), self.loss.as_str().into()));
        params.sort_by(|(a, _), (b, _)| a.cmp(b));
        params
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        let what = format!("{NAME}.{name}");
        let mut changed = self.clone();
        match name {
            "epsilon" => changed.epsilon = settings::real(&what, value)?,
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

/// A fitted [`SgdRegressor`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SgdRegressionModel {
    #[serde(flatten)]
    function: LinearFunction,
    settings: SgdRegressor,
    epochs: Vec<Epoch>,
    converged: bool,
    interrupted: bool,
    standing: Standing,
}

impl SgdRegressionModel {
    fn new(descent: Descent, feature_names: Vec<String>, settings: SgdRegressor) -> Self {
        let standing = Standing::new(&descent);
        let (coefficients, intercept) = standing.plane(&settings.common);
        let Descent { epochs, converged, interrupted, .. } = descent;
        let function = LinearFunction { coefficients, intercept, feature_names };
        Self { function, settings, epochs, converged, interrupted, standing }
    }

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
    pub fn settings(&self) -> SgdRegressor {
        self.settings.clone()
    }

    /// How many epochs were taken.
    pub fn n_iter(&self) -> usize {
        self.epochs.len()
    }

    /// How many samples were learnt from, each as often as it was; those of earlier [partial fits](SgdRegressor::partial_fit) included.
    pub fn n_steps(&self) -> u64 {
        self.standing.n_steps()
    }

    /// Whether training ended by itself.
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// Whether training was interrupted: then the model is what it had come to.
    pub fn interrupted(&self) -> bool {
        self.interrupted
    }

    /// One row for each epoch: `epoch`, `loss`, `objective`, `learning_rate` (see [`Epoch`]).
    pub fn history(&self) -> DataFrame {
        let epochs: Vec<&Epoch> = self.epochs.iter().collect();
        DataFrame::new(epochs.len(), epoch_columns(&epochs)).unwrap_or_default()
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

impl Model for SgdRegressionModel {
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
