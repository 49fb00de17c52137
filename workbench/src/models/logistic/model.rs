//! What logistic regression learnt.

use std::any::Any;

use ndarray::{Array1, Array2, Axis, concatenate};
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::objective::softmax;
use super::{LogisticRegression, NAME};
use crate::data::Target;
use crate::error::Result;
use crate::models::linear::LinearPlanes;
use crate::models::{Model, Predictions, Wanted};

/// A fitted [`LogisticRegression`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogisticModel {
    planes: LinearPlanes,
    settings: LogisticRegression,
    n_iter: usize,
    converged: bool,
}

impl LogisticModel {
    pub(super) fn new(planes: LinearPlanes, settings: LogisticRegression, n_iter: usize, converged: bool) -> Self {
        Self { planes, settings, n_iter, converged }
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
    pub fn settings(&self) -> LogisticRegression {
        self.settings.clone()
    }

    /// How many outer steps were taken.
    pub fn n_iter(&self) -> usize {
        self.n_iter
    }

    /// Whether the tolerance was met; where it was not, [`warning`](Self::warning) says what to do.
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// What is wrong with the fit, or nothing.
    pub fn warning(&self) -> Option<String> {
        (!self.converged).then(|| {
            let LogisticRegression { tol, .. } = self.settings;
            let n_iter = self.n_iter;
            format!(
                "{NAME}: not converged to tol {tol:?} after {n_iter} steps; \
                 scale the features, or make max_iter or tol greater"
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

    /// The most probable class of each row.
    ///
    /// # Errors
    /// [`Error::FeaturesDiffer`](crate::Error::FeaturesDiffer) where the columns are not those of the fit (their order does
    /// not matter), [`Error::UnusableValue`](crate::Error::UnusableValue), [`Error::NotNumeric`](crate::Error::NotNumeric).
    pub fn predict(&self, features: &DataFrame) -> Result<Target> {
        Ok(self.planes.classify(&self.decision_function(features)?))
    }

    /// The probability of each class, shape `(n_samples, n_classes)`.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict).
    pub fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        Ok(probabilities(self.decision_function(features)?))
    }

    /// All that is wanted of rows with these decisions.
    pub(super) fn predictions(&self, decisions: Array2<f64>, wanted: Wanted) -> Predictions {
        Predictions {
            target: self.planes.classify(&decisions),
            classes: self.classes(),
            probabilities: wanted.probabilities.then(|| probabilities(decisions.clone())),
            decisions: wanted.decisions.then_some(decisions),
        }
    }

    /// The coefficients with the intercepts behind them, shape `(n_planes, n_features + 1)`.
    pub(super) fn planes_with_intercepts(&self) -> Array2<f64> {
        let (coef, intercept) = (self.coef(), self.intercept().insert_axis(Axis(1)));
        concatenate(Axis(1), &[coef.view(), intercept.view()]).unwrap_or(coef)
    }
}

/// The probabilities of all classes, shape `(n_samples, n_classes)`, of decisions.
fn probabilities(mut outputs: Array2<f64>) -> Array2<f64> {
    if outputs.ncols() == 1 {
        // Softmax over 0 and the output, with both in the table.
        let fixed = Array2::zeros((outputs.nrows(), 1));
        outputs = concatenate(Axis(1), &[fixed.view(), outputs.view()]).unwrap_or(outputs);
    }
    for mut row in outputs.rows_mut() {
        softmax(&mut row, false);
    }
    outputs
}

impl Model for LogisticModel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn predict(&self, features: &DataFrame) -> Result<Target> {
        self.predict(features)
    }

    fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.predict_proba(features)
    }

    fn coefficients(&self) -> Option<DataFrame> {
        Some(self.coefficients())
    }

    fn decision_function(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.decision_function(features)
    }

    fn classes(&self) -> Option<Vec<String>> {
        Some(self.classes())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
