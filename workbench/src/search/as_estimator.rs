//! A search as an estimator, so that it can be cross-validated as a whole.

use std::any::Any;

use ndarray::Array2;
use polars::prelude::DataFrame;

use super::grid::GridSearch;
use super::result::SearchResult;
use crate::data::{Dataset, Target};
use crate::error::Result;
use crate::models::{Estimator, Model};
use crate::preprocess::ParamValue;
use crate::train::{NullObserver, interrupt};

/// A search chooses its settings anew on each training set that it is given, so that a cross-validation of it (a nested one) says how good the
/// choosing is, and not how lucky the best candidate was. Its settings are those of the estimator inside.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, iris};
/// use workbench::models::LogisticRegression;
/// use workbench::search::GridSearch;
/// use workbench::select::{StratifiedKFold, cross_validate};
///
/// let data = Dataset::from_frame(&iris()?, "species")?;
/// let search = GridSearch::new(LogisticRegression::new()).param("C", [0.1, 1.0]).cv(StratifiedKFold::new(3));
/// let scores = cross_validate(&search, &data, &StratifiedKFold::new(4), &["accuracy"])?;
/// assert!(scores.mean("accuracy")? > 0.9);
///
/// let misspelt = GridSearch::new(LogisticRegression::new()).param("c", [0.1]);
/// assert!(cross_validate(&misspelt, &data, &StratifiedKFold::new(4), &["accuracy"]).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
impl Estimator for GridSearch {
    fn name(&self) -> &'static str {
        "grid_search"
    }

    /// The best candidate, fitted on all of `data`: its [`as_any`](Model::as_any) is the [`SearchResult`].
    fn fit(&self, data: &Dataset) -> Result<Box<dyn Model>> {
        let result = interrupt::within(|| self.fit_observed(data, &NullObserver))?;
        result.best_model()?;
        Ok(Box::new(result))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        self.inner().params()
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        self.inner_mut().set_param(name, value)
    }

    fn clone_box(&self) -> Box<dyn Estimator> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// What the best model tells.
impl Model for SearchResult {
    fn name(&self) -> &'static str {
        self.best_model().map_or("grid_search", |model| model.name())
    }

    fn predict(&self, features: &DataFrame) -> Result<Target> {
        self.best_model()?.predict(features)
    }

    fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.best_model()?.predict_proba(features)
    }

    fn decision_function(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.best_model()?.decision_function(features)
    }

    fn classes(&self) -> Option<Vec<String>> {
        self.best_model().ok()?.classes()
    }

    fn coefficients(&self) -> Option<DataFrame> {
        self.best_model().ok()?.coefficients()
    }

    fn feature_importances(&self) -> Option<DataFrame> {
        self.best_model().ok()?.feature_importances()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
