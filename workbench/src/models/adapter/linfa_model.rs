//! Any model of linfa, or of another crate that keeps to its traits.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use linfa::traits::PredictInplace;
use ndarray::{Array1, Array2};
use polars::prelude::DataFrame;

use super::guard::guarded;
use super::{FitResult, Params};
use crate::data::{Dataset, Target};
use crate::error::{Error, Result};
use crate::models::checks::{new_records, training_records, values};
use crate::models::classes::Classes;
use crate::models::{Estimator, Model};
use crate::preprocess::ParamValue;

/// Classes are told to linfa by their positions.
type ClassifierData = linfa::Dataset<f64, usize, ndarray::Ix1>;
type RegressorData = linfa::Dataset<f64, f64, ndarray::Ix1>;
type Probabilities = dyn Fn(&Array2<f64>) -> FitResult<Array2<f64>> + Send + Sync;

/// What a fitted model of linfa answers, whatever its type.
struct Answers<T> {
    predict: Arc<dyn Fn(&Array2<f64>) -> FitResult<Array1<T>> + Send + Sync>,
    probabilities: Option<Arc<Probabilities>>,
    inner: Arc<dyn Any + Send + Sync>,
}

type Fit<D, T> = dyn Fn(&D, &Params) -> FitResult<Answers<T>> + Send + Sync;

fn answers<M, T>(model: M) -> (Answers<T>, Arc<M>)
where
    M: PredictInplace<Array2<f64>, Array1<T>> + Send + Sync + 'static,
{
    let model = Arc::new(model);
    let predicting = Arc::clone(&model);
    let predict = move |records: &Array2<f64>| {
        let mut told = predicting.default_target(records);
        predicting.predict_inplace(records, &mut told);
        Ok(told)
    };
    let inner: Arc<dyn Any + Send + Sync> = model.clone();
    (Answers { predict: Arc::new(predict), probabilities: None, inner }, model)
}

const REMEDY: &str =
    "leave them out, or say by `.weighted()` that the model uses those of the dataset that it is given";

/// A classifier of linfa as an estimator.
///
/// The closure is given the training rows as a dataset of linfa and the settings, and returns a fitted model. Records have shape
/// `(n_samples, n_features)`, and the targets are positions of classes from 0 on. Settings are named with a default value, and a search changes them as
/// those of any estimator. The steps of a pipeline before it see to missing values and scales.
///
/// A panic in linfa is an error of that fit, so that a search goes on. linfa's fits do not end at an interrupt, and its decision tree settles ties between classes by the
/// order of a hash map, so that two fits of it may differ. Weights of rows are refused unless [`weighted`](Self::weighted) says that the model uses them. Such a model
/// cannot be saved.
///
/// # Errors
/// [`Error::Foreign`] with what linfa said; [`Error::UnusableValue`], [`Error::NotNumeric`], [`Error::NotClasses`], [`Error::OneClass`],
/// [`Error::WeightsNotKnown`].
///
/// # Examples
///
/// ```
/// use linfa::traits::Fit;
/// use linfa_trees::DecisionTree;
/// use workbench::data::{Dataset, wine};
/// use workbench::models::LinfaClassifier;
/// use workbench::search::GridSearch;
///
/// let tree = LinfaClassifier::new("linfa_tree", |data, params| {
///     Ok(DecisionTree::params().max_depth(Some(params.count("max_depth")?)).fit(data)?)
/// })
/// .param("max_depth", 5);
/// let data = Dataset::from_frame(&wine()?, "cultivar")?;
/// let search = GridSearch::new(tree.clone()).param("max_depth", [1, 3, 5]).fit(&data)?;
/// assert!(search.best_score() > 0.8);
///
/// let refused = LinfaClassifier::new("linfa_tree", |data, _| Ok(DecisionTree::params().min_impurity_decrease(-1.0).fit(data)?));
/// assert!(refused.fit(&data).unwrap_err().to_string().starts_with("linfa_tree: "));
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone)]
pub struct LinfaClassifier {
    name: &'static str,
    params: Params,
    weighted: bool,
    fit: Arc<Fit<ClassifierData, usize>>,
}

impl LinfaClassifier {
    /// An estimator called `name`, which `fit` fits.
    pub fn new<M, F>(name: &'static str, fit: F) -> Self
    where
        M: PredictInplace<Array2<f64>, Array1<usize>> + Send + Sync + 'static,
        F: Fn(&ClassifierData, &Params) -> FitResult<M> + Send + Sync + 'static,
    {
        let fit = move |data: &ClassifierData, params: &Params| Ok(answers(fit(data, params)?).0);
        Self { name, params: Params::new(name), weighted: false, fit: Arc::new(fit) }
    }

    /// The same for a model with probabilities, which the second closure returns, shape `(n_samples, n_classes)`.
    pub fn with_probabilities<M, F, P>(name: &'static str, fit: F, probabilities: P) -> Self
    where
        M: PredictInplace<Array2<f64>, Array1<usize>> + Send + Sync + 'static,
        F: Fn(&ClassifierData, &Params) -> FitResult<M> + Send + Sync + 'static,
        P: Fn(&M, &Array2<f64>) -> FitResult<Array2<f64>> + Send + Sync + 'static,
    {
        let probabilities = Arc::new(probabilities);
        let fit = move |data: &ClassifierData, params: &Params| {
            let (mut answers, model) = answers(fit(data, params)?);
            let probabilities = Arc::clone(&probabilities);
            answers.probabilities = Some(Arc::new(move |records: &Array2<f64>| probabilities(&model, records)));
            Ok(answers)
        };
        Self { name, params: Params::new(name), weighted: false, fit: Arc::new(fit) }
    }

    /// Adds the setting `name` with its default value, or changes it.
    pub fn param(mut self, name: &str, value: impl Into<ParamValue>) -> Self {
        self.params = self.params.with(name, value);
        self
    }

    /// Says that the model uses the weights of the dataset that it is given.
    pub fn weighted(mut self) -> Self {
        self.weighted = true;
        self
    }

    /// Fits the model.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<LinfaModel> {
        let classes = Classes::at_least_two(data, self.name)?;
        let records = classes.counted(records(self.name, data, self.weighted)?);
        let given = weigh(linfa::Dataset::new(records, Array1::from(classes.codes)), classes.weights.as_deref());
        let Answers { predict, probabilities, inner } = guarded(self.name, || (self.fit)(&given, &self.params))?;
        let labels = classes.labels.clone();
        let told = move |records: &Array2<f64>| -> FitResult<Target> {
            let codes: Vec<u32> = predict(records)?.iter().map(|&code| code as u32).collect();
            match codes.iter().find(|&&code| code as usize >= labels.len()) {
                Some(code) => Err(format!("it told class {code}, but there are {} classes", labels.len()).into()),
                None => Ok(Target::Classes { codes, labels: labels.clone() }),
            }
        };
        Ok(LinfaModel {
            name: self.name,
            feature_names: data.feature_names(),
            classes: Some(classes.labels),
            predict: Arc::new(told),
            probabilities,
            inner,
        })
    }
}

/// A regression of linfa as an estimator.
///
/// The closure is given the training rows as a dataset of linfa and the settings, and returns a fitted model. All else is as with
/// [`LinfaClassifier`].
///
/// # Errors
/// [`Error::Foreign`] with what linfa said; [`Error::UnusableValue`], [`Error::NotNumeric`], [`Error::NotNumbers`], [`Error::WeightsNotKnown`].
///
/// # Examples
///
/// ```
/// use linfa::traits::Fit;
/// use linfa_linear::LinearRegression;
/// use workbench::data::{Dataset, diabetes, iris};
/// use workbench::models::LinfaRegressor;
/// use workbench::select::{KFold, cross_validate};
///
/// let linear = LinfaRegressor::new("linfa_linear", |data, params| {
///     Ok(LinearRegression::new().with_intercept(params.flag("fit_intercept")?).fit(data)?)
/// })
/// .param("fit_intercept", true);
/// let data = Dataset::from_frame(&diabetes()?, "progression")?;
/// let validated = cross_validate(&linear, &data, &KFold::new(5), &["r2"])?;
///
/// let species = Dataset::from_frame(&iris()?, "species")?;
/// assert_eq!(
///     linear.fit(&species).unwrap_err().to_string(),
///     "linfa_linear needs a target of numbers, but `species` holds classes"
/// );
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone)]
pub struct LinfaRegressor {
    name: &'static str,
    params: Params,
    weighted: bool,
    fit: Arc<Fit<RegressorData, f64>>,
}

impl LinfaRegressor {
    /// An estimator called `name`, which `fit` fits.
    pub fn new<M, F>(name: &'static str, fit: F) -> Self
    where
        M: PredictInplace<Array2<f64>, Array1<f64>> + Send + Sync + 'static,
        F: Fn(&RegressorData, &Params) -> FitResult<M> + Send + Sync + 'static,
    {
        let fit = move |data: &RegressorData, params: &Params| Ok(answers(fit(data, params)?).0);
        Self { name, params: Params::new(name), weighted: false, fit: Arc::new(fit) }
    }

    /// Adds the setting `name` with its default value, or changes it.
    pub fn param(mut self, name: &str, value: impl Into<ParamValue>) -> Self {
        self.params = self.params.with(name, value);
        self
    }

    /// Says that the model uses the weights of the dataset that it is given.
    pub fn weighted(mut self) -> Self {
        self.weighted = true;
        self
    }

    /// Fits the model.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<LinfaModel> {
        let values = Array1::from(values(data, self.name)?.to_vec());
        let records = records(self.name, data, self.weighted)?;
        let given = weigh(linfa::Dataset::new(records, values), data.weights());
        let Answers { predict, inner, .. } = guarded(self.name, || (self.fit)(&given, &self.params))?;
        let told = move |records: &Array2<f64>| Ok(Target::Values(predict(records)?.to_vec()));
        Ok(LinfaModel {
            name: self.name,
            feature_names: data.feature_names(),
            classes: None,
            predict: Arc::new(told),
            probabilities: None,
            inner,
        })
    }
}

fn records(name: &'static str, data: &Dataset, weighted: bool) -> Result<Array2<f64>> {
    if data.weights().is_some() && !weighted {
        return Err(Error::WeightsNotKnown { model: name, remedy: REMEDY });
    }
    training_records(name, data)
}

/// linfa keeps weights in single precision.
fn weigh<T>(
    given: linfa::Dataset<f64, T, ndarray::Ix1>,
    weights: Option<&[f64]>,
) -> linfa::Dataset<f64, T, ndarray::Ix1> {
    match weights {
        Some(weights) => given.with_weights(weights.iter().map(|&weight| weight as f32).collect()),
        None => given,
    }
}

macro_rules! adapter {
    ($type:ident) => {
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut shown = f.debug_struct(stringify!($type));
                shown.field("name", &self.name).field("params", &self.params).finish_non_exhaustive()
            }
        }

        impl Estimator for $type {
            fn name(&self) -> &'static str {
                self.name
            }

            fn fit(&self, data: &Dataset) -> Result<Box<dyn Model>> {
                Ok(Box::new(self.fit(data)?))
            }

            fn params(&self) -> Vec<(String, ParamValue)> {
                self.params.all()
            }

            fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
                self.params.set(name, value)
            }

            fn clone_box(&self) -> Box<dyn Estimator> {
                Box::new(self.clone())
            }

            fn as_any(&self) -> &dyn Any {
                self
            }
        }
    };
}

adapter!(LinfaClassifier);
adapter!(LinfaRegressor);

/// A fitted [`LinfaClassifier`] or [`LinfaRegressor`].
#[derive(Clone)]
pub struct LinfaModel {
    name: &'static str,
    feature_names: Vec<String>,
    classes: Option<Vec<String>>,
    predict: Arc<dyn Fn(&Array2<f64>) -> FitResult<Target> + Send + Sync>,
    probabilities: Option<Arc<Probabilities>>,
    inner: Arc<dyn Any + Send + Sync>,
}

impl LinfaModel {
    /// linfa's own model: `model.inner().downcast_ref::<DecisionTree<f64, usize>>()`.
    pub fn inner(&self) -> Arc<dyn Any + Send + Sync> {
        Arc::clone(&self.inner)
    }

    fn check(&self, what: &str, found: (usize, usize), expected: (usize, usize)) -> Result<()> {
        if found == expected {
            return Ok(());
        }
        let what = format!("the shape of the {what} of {}", self.name);
        Err(Error::InvalidValue { what, value: format!("{found:?}"), allowed: format!("{expected:?}") })
    }
}

impl fmt::Debug for LinfaModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinfaModel").field("name", &self.name).field("classes", &self.classes).finish_non_exhaustive()
    }
}

impl Model for LinfaModel {
    fn name(&self) -> &'static str {
        self.name
    }

    fn predict(&self, features: &DataFrame) -> Result<Target> {
        let records = new_records(self.name, features, &self.feature_names)?;
        let told = guarded(self.name, || (self.predict)(&records))?;
        self.check("predictions", (told.len(), 1), (records.nrows(), 1))?;
        Ok(told)
    }

    fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        let Some(probabilities) = &self.probabilities else {
            let reason = "(give it some by `LinfaClassifier::with_probabilities`)";
            return Err(Error::NoProbabilities { model: self.name, reason });
        };
        let records = new_records(self.name, features, &self.feature_names)?;
        let made = guarded(self.name, || probabilities(&records))?;
        self.check("probabilities", made.dim(), (records.nrows(), self.classes.as_ref().map_or(0, Vec::len)))?;
        Ok(made)
    }

    fn classes(&self) -> Option<Vec<String>> {
        self.classes.clone()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
