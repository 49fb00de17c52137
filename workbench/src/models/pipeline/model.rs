//! What a pipeline learnt.

use std::any::Any;
use std::sync::Arc;

use ndarray::Array2;
use polars::prelude::DataFrame;

use super::at_step;
use crate::data::{Dataset, Target};
use crate::error::{Error, Result};
use crate::models::Model;
use crate::preprocess::{FittedTransformer, Transformer};

/// A fitted [`Pipeline`](super::Pipeline).
#[derive(Debug)]
pub struct PipelineModel {
    steps: FittedSteps,
    model_name: String,
    model: Arc<dyn Model>,
}

impl PipelineModel {
    pub(super) fn new(steps: FittedSteps, model_name: String, model: Box<dyn Model>) -> Self {
        Self { steps, model_name, model: Arc::from(model) }
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

    /// The model at the end, such as a [`LogisticModel`](crate::models::LogisticModel), behind its trait.
    pub fn model(&self) -> Arc<dyn Model> {
        Arc::clone(&self.model)
    }
}

impl Model for PipelineModel {
    fn predict(&self, features: &DataFrame) -> Result<Target> {
        self.predict(features)
    }

    fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.predict_proba(features)
    }

    fn coefficients(&self) -> Option<DataFrame> {
        self.model.coefficients()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The fitted steps before a model, by name.
#[derive(Debug, Default)]
pub(crate) struct FittedSteps {
    steps: Vec<(String, Box<dyn FittedTransformer>)>,
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

    /// Fits one more step on training rows, and returns what it makes of those that it keeps.
    pub(super) fn fit_next(&mut self, name: &str, transformer: &dyn Transformer, data: &Dataset) -> Result<Dataset> {
        let fitted = transformer.fit(data.features())?;
        let kept = match fitted.training_rows(data.features())? {
            Some(keep) => keep_rows(data, &keep)?,
            None => data.clone(),
        };
        let prepared = kept.with_features(fitted.transform(kept.features())?)?;
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
