//! Estimators and the models that they fit.
//!
//! An [`Estimator`] holds settings only; [`fit`](Estimator::fit) returns a [`Model`].
//!
//! Each estimator also has a `fit` of its own that returns its own model type, so a cell that calls
//! `LogisticRegression::new().fit(&data)?` gets a [`LogisticModel`] with all its parts.

mod class_weight;
mod classes;
mod dummy;
mod importances;
mod linear;
mod logistic;
mod pipeline;
mod predictions;
mod rfe;
mod select_from_model;
mod settings;
mod sgd;
mod share;
mod svm;

use std::any::Any;
use std::fmt::Debug;

use ndarray::Array2;
use polars::prelude::DataFrame;

use crate::data::{Dataset, Fold, Target};
use crate::error::{Error, Result};
use crate::preprocess::ParamValue;

pub use class_weight::ClassWeight;
pub use dummy::{DummyClassifier, DummyModel};
pub use logistic::{LogisticModel, LogisticRegression, Penalty};
pub use pipeline::{Pipeline, PipelineModel};
pub use predictions::{Predictions, Wanted};
pub use rfe::{Rfe, RfeStep};
pub use select_from_model::{ImportanceThreshold, SelectFromModel};
pub use sgd::{Epoch, SgdClassifier, SgdLoss, SgdModel, SgdRegressionLoss, SgdRegressionModel, SgdRegressor};
pub use share::{Part, SharedFits};
pub use svm::{LinearSvc, LinearSvcModel, LinearSvr, LinearSvrModel, SvcLoss, SvrLoss};

/// A model's settings: nothing in it depends on data.
pub trait Estimator: Debug + Send + Sync {
    /// The estimator's kind in lower case, such as `"logistic"`; it names the estimator in errors.
    fn name(&self) -> &'static str;

    /// Learns from `data`. Refitting forgets.
    fn fit(&self, data: &Dataset) -> Result<Box<dyn Model>>;

    /// The settings by name, in a fixed order.
    fn params(&self) -> Vec<(String, ParamValue)>;

    /// Changes one setting; an unknown name or a value out of range is an error that lists what is allowed.
    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()>;

    /// A boxed copy, since a search sets parameters on copies.
    fn clone_box(&self) -> Box<dyn Estimator>;

    /// The pipeline, where this is one: a search fits its steps once for all candidates that agree on them.
    fn as_pipeline(&self) -> Option<&Pipeline> {
        None
    }

    /// What fits of this kind of estimator on the training rows of `folds` share, made once for all of them; `None` where they
    /// share nothing.
    ///
    /// A search asks this of its first candidate, and has all fitted by what it gets. It must fit what [`fit`](Self::fit) fits, up to
    /// its tolerance.
    ///
    /// # Errors
    /// Those of `fit` that the data alone are to blame for.
    fn share(&self, _data: &Dataset, _folds: &[Fold]) -> Result<Option<Box<dyn SharedFits>>> {
        Ok(None)
    }

    /// The estimator as [`Any`], to get its own type back.
    fn as_any(&self) -> &dyn Any;
}

/// What an [`Estimator`] learnt.
pub trait Model: Debug + Send + Sync {
    /// The model's kind in lower case, such as `"logistic"`; it names the model in errors.
    fn name(&self) -> &'static str;

    /// The prediction for each row; for a classifier it has the class labels of the training data.
    fn predict(&self, features: &DataFrame) -> Result<Target>;

    /// The probability of each class, shape `(n_samples, n_classes)`, classes in the order of [`classes`](Self::classes); an error where
    /// the model has none.
    fn predict_proba(&self, _features: &DataFrame) -> Result<Array2<f64>> {
        Err(Error::NoProbabilities { model: self.name(), reason: "(it tells only its prediction)" })
    }

    /// Signed distances, the greater the more the row looks like the class: shape `(n_samples, 1)` for two classes, where it speaks for
    /// the second, and `(n_samples, n_classes)` for more. An error where the model has none.
    fn decision_function(&self, _features: &DataFrame) -> Result<Array2<f64>> {
        Err(Error::NoDecisions { model: self.name() })
    }

    /// The classes that the model tells apart, in the order of its probabilities; `None` for a regression.
    fn classes(&self) -> Option<Vec<String>> {
        None
    }

    /// The coefficients as a table, for a model that has some.
    fn coefficients(&self) -> Option<DataFrame> {
        None
    }

    /// How much each feature has to do with the predictions, as a table of `feature` and `importance`, for a model that knows it.
    fn feature_importances(&self) -> Option<DataFrame> {
        None
    }

    /// The model as [`Any`], to get its own type back:
    /// `model.as_any().downcast_ref::<LogisticModel>()`.
    fn as_any(&self) -> &dyn Any;
}

impl Clone for Box<dyn Estimator> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}
