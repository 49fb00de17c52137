//! What a pipeline learnt.

use std::any::Any;
use std::sync::Arc;

use ndarray::Array2;
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use crate::data::{Dataset, Target};
use crate::error::{Error, Result};
use crate::models::Model;
use crate::models::saving::shared;
use crate::preprocess::{FitTransform, FittedTransformer, Transformer, at_step};

/// A fitted [`Pipeline`](super::Pipeline).
#[derive(Debug, Serialize, Deserialize)]
pub struct PipelineModel {
    steps: FittedSteps,
    /// The columns that the steps make, which the model was fitted on.
    feature_names: Vec<String>,
    model_name: String,
    #[serde(with = "shared")]
    model: Arc<dyn Model>,
}

impl PipelineModel {
    pub(super) fn new(steps: FittedSteps, prepared: &Dataset, model_name: String, model: Box<dyn Model>) -> Self {
        Self { steps, feature_names: prepared.feature_names(), model_name, model: Arc::from(model) }
    }

    /// The names of the columns that the steps make, in their order: those that the model's coefficients belong to.
    pub fn feature_names(&self) -> Vec<String> {
        self.feature_names.clone()
    }

    /// What the steps before the model make of `features`; no row is dropped.
    ///
    /// # Errors
    /// [`Error::Step`] names the step that failed.
    pub fn transform(&self, features: &DataFrame) -> Result<DataFrame> {
        self.steps.transform(features)
    }

    /// The prediction for each row of `features`.
    ///
    /// # Errors
    /// [`Error::Step`] names the step that failed.
    pub fn predict(&self, features: &DataFrame) -> Result<Target> {
        let prepared = self.transform(features)?;
        self.model.predict(&prepared).map_err(|source| at_step(&self.model_name, source))
    }

    /// The probability of each class, shape `(n_samples, n_classes)`.
    ///
    /// # Errors
    /// [`Error::Step`] names the step that failed, as where the model has no probabilities.
    pub fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        let prepared = self.transform(features)?;
        self.model.predict_proba(&prepared).map_err(|source| at_step(&self.model_name, source))
    }

    /// The signed distances, shape `(n_samples, 1)` for two classes and `(n_samples, n_classes)` for more.
    ///
    /// # Errors
    /// [`Error::Step`] names the step that failed, as where the model has no distances.
    pub fn decision_function(&self, features: &DataFrame) -> Result<Array2<f64>> {
        let prepared = self.transform(features)?;
        self.model.decision_function(&prepared).map_err(|source| at_step(&self.model_name, source))
    }

    /// The model at the end, such as a [`LogisticModel`](crate::models::LogisticModel), behind its trait.
    pub fn model(&self) -> Arc<dyn Model> {
        Arc::clone(&self.model)
    }
}

impl Model for PipelineModel {
    fn name(&self) -> &'static str {
        self.model.name()
    }

    fn predict(&self, features: &DataFrame) -> Result<Target> {
        self.predict(features)
    }

    fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.predict_proba(features)
    }

    fn coefficients(&self) -> Option<DataFrame> {
        self.model.coefficients()
    }

    fn decision_function(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.decision_function(features)
    }

    fn classes(&self) -> Option<Vec<String>> {
        self.model.classes()
    }

    fn feature_importances(&self) -> Option<DataFrame> {
        self.model.feature_importances()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The fitted steps before a model, by name.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct FittedSteps {
    steps: Vec<(String, Box<dyn FittedTransformer>)>,
    differs_in_training: bool,
}

impl FittedSteps {
    /// What all steps make of `features`.
    pub(crate) fn transform(&self, features: &DataFrame) -> Result<DataFrame> {
        let mut frame = features.clone();
        for (name, step) in &self.steps {
            frame = step.transform(&frame).map_err(|source| at_step(name, source))?;
        }
        Ok(frame)
    }

    /// Whether a step makes other values of training rows than [`transform`](Self::transform) does, as one that encodes them by each other's
    /// targets has to.
    pub(crate) fn differs_in_training(&self) -> bool {
        self.differs_in_training
    }

    /// Fits one more step on training rows, and returns what it makes of those that it keeps.
    pub(super) fn fit_next(&mut self, name: &str, transformer: &dyn Transformer, data: &Dataset) -> Result<Dataset> {
        let FitTransform { fitted, frame, kept, is_transform } =
            transformer.fit_transform_with_target(data.features(), data.target())?;
        let prepared = match kept {
            Some(keep) => keep_rows(data, &keep)?.with_features(frame)?,
            None => data.with_features(frame)?,
        };
        self.differs_in_training |= !is_transform;
        self.steps.push((name.to_string(), fitted));
        Ok(prepared)
    }
}

fn keep_rows(data: &Dataset, keep: &[bool]) -> Result<Dataset> {
    if keep.len() != data.n_samples() {
        let what = "the mask of rows to keep".to_string();
        return Err(Error::LengthMismatch { what, found: keep.len(), expected: data.n_samples() });
    }
    let rows: Vec<usize> = keep.iter().enumerate().filter(|(_, keep)| **keep).map(|(row, _)| row).collect();
    if rows.is_empty() {
        return Err(Error::Pipeline { reason: format!("none of its {} training rows is kept", data.n_samples()) });
    }
    data.take(&rows)
}
