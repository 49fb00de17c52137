//! What a linear support vector machine for classes learnt.

use std::any::Any;

use ndarray::{Array1, Array2};
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::{Found, LinearPlanes, LinearSvc, NAME};
use crate::data::Target;
use crate::error::Result;
use crate::models::Model;

/// A fitted [`LinearSvc`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinearSvcModel {
    planes: LinearPlanes,
    settings: LinearSvc,
    n_iter: usize,
    converged: bool,
}

impl LinearSvcModel {
    pub(super) fn new(
        found: Vec<Found>,
        classes: Vec<String>,
        feature_names: Vec<String>,
        settings: LinearSvc,
    ) -> Self {
        let n_iter = found.iter().map(|found| found.n_iter).max().unwrap_or(0);
        let converged = found.iter().all(|found| found.converged);
        let (coefficients, intercepts) = found.into_iter().map(|found| (found.weights, found.intercept)).unzip();
        Self { planes: LinearPlanes { coefficients, intercepts, classes, feature_names }, settings, n_iter, converged }
    }

    /// The coefficients, shape `(1, n_features)` with two classes and `(n_classes, n_features)` with more.
    pub fn coef(&self) -> Array2<f64> {
        self.planes.coef()
    }

    /// The intercepts: one with two classes, and `n_classes` with more.
    pub fn intercept(&self) -> Array1<f64> {
        self.planes.intercept()
    }

    /// The coefficients as a table: a row for each feature, the last for the intercept.
    pub fn coefficients(&self) -> DataFrame {
        self.planes.table()
    }

    /// The classes in order; with two of them, positive coefficients speak for the second.
    pub fn classes(&self) -> Vec<String> {
        self.planes.classes.clone()
    }

    /// The columns that the model was fitted on.
    pub fn feature_names(&self) -> Vec<String> {
        self.planes.feature_names.clone()
    }

    /// The settings that it was fitted with.
    pub fn settings(&self) -> LinearSvc {
        self.settings.clone()
    }

    /// How many passes over the rows the longest of the planes took.
    pub fn n_iter(&self) -> usize {
        self.n_iter
    }

    /// Whether the tolerance was met; where it was not, [`warning`](Self::warning) says what to do.
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// What is wrong with the fit, or nothing.
    pub fn warning(&self) -> Option<String> {
        let n_iter = self.n_iter;
        (!self.converged).then(|| {
            format!(
                "{NAME}: not converged after {n_iter} passes; scale the features, or make C smaller or max_iter greater"
            )
        })
    }

    /// `x·w + b`, shape `(n_samples, 1)` with two classes and `(n_samples, n_classes)` with more.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict).
    pub fn decision_function(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.planes.decision_function(NAME, features)
    }

    /// The class on whose side each row lies.
    ///
    /// # Errors
    /// [`Error::FeaturesDiffer`](crate::Error::FeaturesDiffer) where the columns are not those of the fit (their order does
    /// not matter), [`Error::UnusableValue`](crate::Error::UnusableValue), [`Error::NotNumeric`](crate::Error::NotNumeric).
    pub fn predict(&self, features: &DataFrame) -> Result<Target> {
        Ok(self.planes.classify(&self.decision_function(features)?))
    }
}

impl Model for LinearSvcModel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn predict(&self, features: &DataFrame) -> Result<Target> {
        self.predict(features)
    }

    fn decision_function(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.decision_function(features)
    }

    fn classes(&self) -> Option<Vec<String>> {
        Some(self.classes())
    }

    fn coefficients(&self) -> Option<DataFrame> {
        Some(self.coefficients())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
