//! Estimators and the models that they fit.
//!
//! An [`Estimator`] holds settings only; [`fit`](Estimator::fit) returns a [`Model`].
//!
//! Each estimator also has a `fit` of its own that returns its own model type, so a cell that calls
//! `LogisticRegression::new().fit(&data)?` gets a [`LogisticModel`] with all its parts.

mod adapter;
mod boosting;
mod calibrated;
mod checks;
mod class_weight;
mod classes;
mod dummy;
mod elastic_net;
mod forest;
mod huber;
mod importances;
mod kernel_svm;
mod lasso;
mod least_squares;
mod linear;
mod linear_regression;
mod logistic;
mod naive_bayes;
mod neighbours;
mod pipeline;
mod poisson;
mod predictions;
mod rfe;
mod ridge;
mod saving;
mod select_from_model;
mod settings;
mod sgd;
mod share;
mod svm;
mod tree;

use std::any::Any;
use std::fmt::Debug;
use std::path::Path;

use ndarray::Array2;
use polars::prelude::DataFrame;

use crate::data::{Dataset, Fold, Target};
use crate::error::{Error, Result};
use crate::preprocess::{ParamValue, unknown_parameter};

pub use adapter::{FitResult, FnEstimator, FnModel, LinfaClassifier, LinfaModel, LinfaRegressor, Params};
pub use boosting::{
    BoostingLoss, HistGradientBoostingClassifier, HistGradientBoostingModel, HistGradientBoostingRegressor, Monotonic,
};
pub use calibrated::{CalibratedModel, CalibrationMethod};
pub(crate) use calibrated::{Member, Scored, scores};
pub use class_weight::ClassWeight;
pub use dummy::{
    ClassifierStrategy, DummyClassifier, DummyModel, DummyRegressor, DummyRegressorModel, RegressorStrategy,
};
pub use elastic_net::ElasticNet;
pub use forest::{
    ExtraTreesClassifier, ExtraTreesRegressor, ForestModel, RandomForestClassifier, RandomForestRegressor,
};
pub use huber::{HuberModel, HuberRegressor};
pub use kernel_svm::{Gamma, Svc, SvcModel, SvmKernel, Svr, SvrModel};
pub use lasso::Lasso;
pub use least_squares::LinearModel;
pub use linear_regression::LinearRegression;
pub use logistic::{LogisticModel, LogisticRegression, Penalty};
pub use naive_bayes::{
    BernoulliNb, CategoricalNb, CategoricalNbModel, ComplementNb, DiscreteNbModel, GaussianNb, GaussianNbModel,
    MultinomialNb,
};
pub use neighbours::{KNeighborsClassifier, KNeighborsModel, KNeighborsRegressor, Metric, NeighborAlgorithm};
pub use pipeline::{Pipeline, PipelineModel};
pub use poisson::{PoissonModel, PoissonRegressor};
pub use predictions::{Predictions, Wanted};
pub use rfe::{Rfe, RfeStep};
pub use ridge::Ridge;
pub use saving::{load_model, model_from_json};
pub use select_from_model::{ImportanceThreshold, SelectFromModel};
pub use sgd::{Epoch, SgdClassifier, SgdLoss, SgdModel, SgdRegressionLoss, SgdRegressionModel, SgdRegressor};
pub use share::{Part, SharedFits};
pub use svm::{LinearSvc, LinearSvcModel, LinearSvr, LinearSvrModel, SvcLoss, SvrLoss};
pub use tree::{
    Criterion, DecisionTreeClassifier, DecisionTreeModel, DecisionTreeRegressor, MaxFeatures, RegressionCriterion,
};

/// A model's settings: nothing in it depends on data.
pub trait Estimator: Debug + Send + Sync {
    /// The estimator's kind in lower case, such as `"logistic"`; it names the estimator in errors.
    fn name(&self) -> &'static str;

    /// Learns from `data`. Refitting forgets.
    fn fit(&self, data: &Dataset) -> Result<Box<dyn Model>>;

    /// The settings by name, in a fixed order; none unless the estimator has some.
    fn params(&self) -> Vec<(String, ParamValue)> {
        Vec::new()
    }

    /// Changes one setting; an unknown name or a value out of range is an error that lists what is allowed.
    fn set_param(&mut self, name: &str, _value: &ParamValue) -> Result<()> {
        Err(unknown_parameter(self.name(), name, &["none"]))
    }

    /// A boxed copy, since a search sets parameters on copies.
    fn clone_box(&self) -> Box<dyn Estimator>;

    /// Which values of the setting `param` make a simpler model: one that bends less to its training rows. `None` where neither direction
    /// does, or nothing is known.
    ///
    /// A search names the simplest candidate that is about as good as the best by this. Settings have scikit-learn's names, which mean the same in
    /// every estimator, so that they are known here; one of one's own whose names mean something else says so itself.
    fn simpler(&self, param: &str) -> Option<Simpler> {
        match param {
            "C" | "degree" | "gamma" | "max_depth" | "max_leaf_nodes" => Some(Simpler::Smaller),
            "alpha"
            | "ccp_alpha"
            | "l2_regularization"
            | "min_impurity_decrease"
            | "min_samples_leaf"
            | "min_samples_split"
            | "n_neighbors" => Some(Simpler::Greater),
            _ => None,
        }
    }

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

    /// Whether [`share_scaled`](Self::share_scaled) gives anything.
    fn takes_scales(&self) -> bool {
        false
    }

    /// As [`share`](Self::share), for folds in which each column is first changed to `scale · x + offset`: `maps` has a list for each fold, with a pair for
    /// each column. What is shared must tell predictions of all its models, given rows of `data`.
    ///
    /// # Errors
    /// Those of `share`.
    fn share_scaled(
        &self,
        _data: &Dataset,
        _folds: &[Fold],
        _maps: Vec<Vec<(f64, f64)>>,
    ) -> Result<Option<Box<dyn SharedFits>>> {
        Ok(None)
    }

    /// The estimator as [`Any`], to get its own type back.
    fn as_any(&self) -> &dyn Any;
}

/// Which values of a setting make a simpler model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Simpler {
    /// Small ones, as of a tree's depth.
    Smaller,
    /// Great ones, as of a penalty.
    Greater,
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

    /// What was learnt as JSON text, which [`model_from_json`] reads. It has the model's kind and the version of its format, and keeps every
    /// number to its last bit, NaN and infinities as well.
    ///
    /// # Errors
    /// [`Error::NotSavable`] for a model that is not the workbench's own.
    fn to_json(&self) -> Result<String> {
        saving::to_json(self.as_any())
    }

    /// Writes [`to_json`](Self::to_json) to the file at `path`, which [`load_model`] reads. The old file, if any, is there until the new one is whole.
    ///
    /// # Errors
    /// Those of [`to_json`](Self::to_json); [`Error::Io`].
    fn save(&self, path: &Path) -> Result<()> {
        crate::data::saving::save(&self.to_json()?, path)
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
