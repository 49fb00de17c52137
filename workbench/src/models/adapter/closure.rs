//! Closures as an estimator and as a model.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use ndarray::Array2;
use polars::prelude::DataFrame;

use super::guard::guarded;
use super::{FitResult, Params};
use crate::data::{Dataset, Target};
use crate::error::{Error, Result};
use crate::models::linear::select;
use crate::models::{Estimator, Model, Simpler};
use crate::preprocess::ParamValue;

type Fit = dyn Fn(&Dataset, &Params) -> FitResult<Box<dyn Model>> + Send + Sync;
type Predict = dyn Fn(&DataFrame) -> FitResult<Target> + Send + Sync;
type Table = dyn Fn(&DataFrame) -> FitResult<Array2<f64>> + Send + Sync;

/// An estimator whose `fit` is a closure.
///
/// The closure is given the training rows and the settings, and returns a model: an [`FnModel`], which is a closure as well, or any
/// other [`Model`]. Settings are named with a default value, and a search changes them as those of any estimator.
///
/// A panic in a closure is an error of that fit, so that a search goes on. The dataset's weights are the closure's to use. Such a model cannot be
/// saved, and neither can a pipeline with it.
///
/// # Errors
/// Those that the closure returns: one of the workbench as it is, any other as [`Error::Foreign`].
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, Target, diabetes};
/// use workbench::models::{FnEstimator, FnModel};
/// use workbench::search::GridSearch;
/// use workbench::Error;
///
/// // Tells a mean that is drawn towards 0.
/// let shrunken = FnEstimator::new("shrunken_mean", |data, params| {
///     let Target::Values(values) = data.target() else { return Err("it needs numbers".into()) };
///     let mean = values.iter().sum::<f64>() / (values.len() as f64 + params.real("alpha")?);
///     Ok(FnModel::new("shrunken_mean", data, move |features| Ok(Target::Values(vec![mean; features.height()]))))
/// })
/// .param("alpha", 1.0);
/// let data = Dataset::from_frame(&diabetes()?, "progression")?;
/// let search = GridSearch::new(shrunken).param("alpha", [0.0, 10.0, 1000.0]).fit(&data)?;
/// assert_eq!(search.results().height(), 3);
///
/// let broken = FnEstimator::new("broken", |_, _| -> Result<FnModel, _> { Err("no luck".into()) });
/// assert_eq!(broken.fit(&data).unwrap_err().to_string(), "broken: no luck");
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone)]
pub struct FnEstimator {
    name: &'static str,
    params: Params,
    fit: Arc<Fit>,
}

impl FnEstimator {
    /// An estimator called `name`, which `fit` fits.
    pub fn new<M, F>(name: &'static str, fit: F) -> Self
    where
        M: Model + 'static,
        F: Fn(&Dataset, &Params) -> FitResult<M> + Send + Sync + 'static,
    {
        let fit =
            move |data: &Dataset, params: &Params| -> FitResult<Box<dyn Model>> { Ok(Box::new(fit(data, params)?)) };
        Self { name, params: Params::new(name), fit: Arc::new(fit) }
    }

    /// Adds the setting `name` with its default value, or changes it.
    pub fn param(mut self, name: &str, value: impl Into<ParamValue>) -> Self {
        self.params = self.params.with(name, value);
        self
    }

    /// Fits the model.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<Box<dyn Model>> {
        guarded(self.name, || (self.fit)(data, &self.params))
    }
}

impl fmt::Debug for FnEstimator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FnEstimator").field("name", &self.name).field("params", &self.params).finish_non_exhaustive()
    }
}

impl Estimator for FnEstimator {
    fn name(&self) -> &'static str {
        self.name
    }

    fn fit(&self, data: &Dataset) -> Result<Box<dyn Model>> {
        self.fit(data)
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        self.params.all()
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        self.params.set(name, value)
    }

    /// What its settings mean is known to its closure alone.
    fn simpler(&self, _param: &str) -> Option<Simpler> {
        None
    }

    fn clone_box(&self) -> Box<dyn Estimator> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A model whose predictions a closure makes.
///
/// The closure is given the columns of the training rows in their order; where others are there or some are not, that is an error before it is called.
///
/// # Errors
/// [`Error::FeaturesDiffer`]; [`Error::LengthMismatch`] where the closure returns more or fewer predictions than there are rows; those that it returns.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, Target, diabetes};
/// use workbench::models::{FnModel, Model};
///
/// let data = Dataset::from_frame(&diabetes()?, "progression")?;
/// let twice = FnModel::new("twice", &data, |features| {
///     Ok(Target::Values(features.column("bmi")?.f64()?.iter().map(|bmi| 2.0 * bmi.unwrap_or(0.0)).collect()))
/// });
/// assert_eq!(twice.predict(data.features())?.len(), data.n_samples());
///
/// let one = FnModel::new("one", &data, |_| Ok(Target::Values(vec![1.0])));
/// assert_eq!(one.predict(data.features()).unwrap_err().to_string(), "what one predicts has 1 rows, but 442 are needed");
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone)]
pub struct FnModel {
    name: &'static str,
    feature_names: Vec<String>,
    predict: Arc<Predict>,
    classes: Option<Vec<String>>,
    probabilities: Option<Arc<Table>>,
    decisions: Option<Arc<Table>>,
}

impl FnModel {
    /// A model called `name`, fitted on `data`, whose predictions `predict` makes.
    pub fn new<F>(name: &'static str, data: &Dataset, predict: F) -> Self
    where
        F: Fn(&DataFrame) -> FitResult<Target> + Send + Sync + 'static,
    {
        let classes = match data.target() {
            Target::Classes { labels, .. } => Some(labels.clone()),
            Target::Values(_) => None,
        };
        let feature_names = data.feature_names();
        Self { name, feature_names, predict: Arc::new(predict), classes, probabilities: None, decisions: None }
    }

    /// The same with probabilities of shape `(n_samples, n_classes)`, with the columns in the order of `classes`.
    pub fn probabilities<F>(mut self, classes: &[String], probabilities: F) -> Self
    where
        F: Fn(&DataFrame) -> FitResult<Array2<f64>> + Send + Sync + 'static,
    {
        self.classes = Some(classes.to_vec());
        self.probabilities = Some(Arc::new(probabilities));
        self
    }

    /// The same with decisions, as [`decision_function`](Model::decision_function) has them.
    pub fn decisions<F>(mut self, classes: &[String], decisions: F) -> Self
    where
        F: Fn(&DataFrame) -> FitResult<Array2<f64>> + Send + Sync + 'static,
    {
        self.classes = Some(classes.to_vec());
        self.decisions = Some(Arc::new(decisions));
        self
    }

    fn table(&self, table: &Arc<Table>, features: &DataFrame, what: &str, n_columns: usize) -> Result<Array2<f64>> {
        let features = select(self.name, features, &self.feature_names)?;
        let made = guarded(self.name, || table(&features))?;
        check_rows(self.name, what, made.nrows(), features.height())?;
        if made.ncols() != n_columns {
            return Err(Error::InvalidValue {
                what: format!("the number of columns of the {what} of {}", self.name),
                value: made.ncols().to_string(),
                allowed: n_columns.to_string(),
            });
        }
        Ok(made)
    }

    fn n_classes(&self) -> usize {
        self.classes.as_ref().map_or(0, Vec::len)
    }
}

fn check_rows(name: &str, what: &str, found: usize, expected: usize) -> Result<()> {
    match found == expected {
        true => Ok(()),
        false => Err(Error::LengthMismatch { what: format!("what {name} {what}"), found, expected }),
    }
}

impl fmt::Debug for FnModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FnModel").field("name", &self.name).field("classes", &self.classes).finish_non_exhaustive()
    }
}

impl Model for FnModel {
    fn name(&self) -> &'static str {
        self.name
    }

    fn predict(&self, features: &DataFrame) -> Result<Target> {
        let features = select(self.name, features, &self.feature_names)?;
        let target = guarded(self.name, || (self.predict)(&features))?;
        check_rows(self.name, "predicts", target.len(), features.height())?;
        Ok(target)
    }

    fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        match &self.probabilities {
            Some(table) => self.table(table, features, "gives as probabilities", self.n_classes()),
            None => Err(Error::NoProbabilities { model: self.name, reason: "(give it some by `.probabilities(..)`)" }),
        }
    }

    fn decision_function(&self, features: &DataFrame) -> Result<Array2<f64>> {
        let n_columns = if self.n_classes() == 2 { 1 } else { self.n_classes() };
        match &self.decisions {
            Some(table) => self.table(table, features, "gives as decisions", n_columns),
            None => Err(Error::NoDecisions { model: self.name }),
        }
    }

    fn classes(&self) -> Option<Vec<String>> {
        self.classes.clone()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
