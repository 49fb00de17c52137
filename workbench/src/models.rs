//! Estimators and the models that they fit.
//!
//! An [`Estimator`] holds settings only; [`fit`](Estimator::fit) returns a [`Model`].
//!
//! Each estimator also has a `fit` of its own that returns its own model type, so a cell that calls
//! `LogisticRegression::new().fit(&data)?` gets a [`LogisticModel`] with all its parts.

mod classes;
mod dummy;
mod importances;
mod linear;
mod logistic;
mod pipeline;
mod rfe;
mod select_from_model;
mod settings;
mod sgd;

use std::any::Any;
use std::fmt::Debug;

use ndarray::Array2;
use polars::prelude::DataFrame;

use crate::data::{Dataset, Target};
use crate::error::Result;
use crate::preprocess::ParamValue;

pub use dummy::{DummyClassifier, DummyModel};
pub use logistic::{LogisticModel, LogisticRegression, Penalty};
pub use pipeline::{Pipeline, PipelineModel};
pub use rfe::{Rfe, RfeStep};
pub use select_from_model::{ImportanceThreshold, SelectFromModel};
pub use sgd::{Epoch, SgdClassifier, SgdLoss, SgdModel};

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
}

/// What an [`Estimator`] learnt.
pub trait Model: Debug + Send + Sync {
    /// The prediction for each row; for a classifier it has the class labels of the training data.
    fn predict(&self, features: &DataFrame) -> Result<Target>;

    /// The probability of each class, shape `(n_samples, n_classes)`; an error where the model has none.
    fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>>;

    /// The coefficients as a table, for a model that has some.
    fn coefficients(&self) -> Option<DataFrame> {
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
