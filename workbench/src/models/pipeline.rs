//! Steps of preprocessing before an estimator, fitted together and applied together.

mod model;

use std::any::Any;

use self::model::FittedSteps;
use super::{Estimator, Model, Simpler};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::preprocess::{ParamValue, Transformer, at_step, nested, unknown_parameter, wrong_names};

pub use model::PipelineModel;

const NAME: &str = "pipeline";

/// Steps of preprocessing, each with a name, and an estimator at the end.
///
/// Fitting a pipeline fits each step on what the steps before made of the *training* rows, and the estimator on what the
/// last made. A cross-validation or a search that is given the pipeline does so in each training fold, so that nothing
/// about the validation rows leaks into a median or a scale.
///
/// A setting inside has the step's name, two underscores and its own: `impute__strategy`, `logistic__C`. Rows that a step
/// drops (outliers) are dropped while fitting only: a prediction has as many rows as it was given.
///
/// # Errors
/// [`Error::Step`] names the step that failed; [`Error::Pipeline`] for a pipeline without an estimator, two steps of one
/// name, or a name with `__` in it.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, drop_missing, penguins};
/// use workbench::models::{LogisticRegression, Pipeline};
/// use workbench::preprocess::{Imputer, StandardScaler, Strategy};
///
/// let columns = ["bill_depth_mm", "body_mass_g", "sex"];
/// let data = Dataset::from_frame(&drop_missing(&penguins()?.select(columns)?, &["sex"])?, "sex")?;
/// let pipeline = Pipeline::new()
///     .step("impute", Imputer::new(Strategy::Median))
///     .step("scale", StandardScaler::new())
///     .estimator("logistic", LogisticRegression::new().c(10.0));
/// let model = pipeline.fit(&data)?;
/// assert_eq!(model.predict(data.features())?.len(), data.n_samples());
///
/// let unfinished = Pipeline::new().step("impute", Imputer::new(Strategy::Median)).fit(&data);
/// assert!(unfinished.unwrap_err().to_string().contains("it has no estimator"));
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Pipeline {
    steps: Vec<(String, Box<dyn Transformer>)>,
    estimator: Option<(String, Box<dyn Estimator>)>,
}

impl Pipeline {
    /// A pipeline without steps.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a step called `name` after those there are.
    pub fn step(self, name: &str, transformer: impl Transformer + 'static) -> Self {
        self.boxed_step(name, Box::new(transformer))
    }

    /// Adds a boxed step called `name` after those there are.
    pub fn boxed_step(mut self, name: &str, transformer: Box<dyn Transformer>) -> Self {
        self.steps.push((name.to_string(), transformer));
        self
    }

    /// Sets the estimator at the end, called `name`.
    pub fn estimator(self, name: &str, estimator: impl Estimator + 'static) -> Self {
        self.boxed_estimator(name, Box::new(estimator))
    }

    /// Sets the boxed estimator at the end, called `name`.
    pub fn boxed_estimator(mut self, name: &str, estimator: Box<dyn Estimator>) -> Self {
        self.estimator = Some((name.to_string(), estimator));
        self
    }

    /// The names of the steps in their order, the estimator's last.
    pub fn step_names(&self) -> Vec<String> {
        let steps = self.steps.iter().map(|(name, _)| name);
        steps.chain(self.estimator.iter().map(|(name, _)| name)).cloned().collect()
    }

    /// Fits all steps and the estimator on `data`.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<PipelineModel> {
        let (steps, prepared) = self.fit_steps(data)?;
        let (name, _) = self.last()?;
        Ok(PipelineModel::new(steps, &prepared, name.to_string(), self.fit_last(&prepared)?))
    }

    /// Fits the steps before the estimator, and returns them beside what they make of the training rows.
    pub(crate) fn fit_steps(&self, data: &Dataset) -> Result<(FittedSteps, Dataset)> {
        self.check()?;
        let mut fitted = FittedSteps::default();
        let mut data = data.clone();
        for (name, transformer) in &self.steps {
            data = fitted.fit_next(name, transformer.as_ref(), &data).map_err(|source| at_step(name, source))?;
        }
        Ok((fitted, data))
    }

    /// Fits the estimator at the end on what [`fit_steps`](Self::fit_steps) has prepared.
    pub(crate) fn fit_last(&self, prepared: &Dataset) -> Result<Box<dyn Model>> {
        let (name, estimator) = self.last()?;
        estimator.fit(prepared).map_err(|source| at_step(name, source))
    }

    /// The estimator at the end, and its name.
    pub(crate) fn last(&self) -> Result<(&str, &dyn Estimator)> {
        match &self.estimator {
            Some((name, estimator)) => Ok((name, estimator.as_ref())),
            None => Err(unfit("it has no estimator; end it with `.estimator(name, ..)`")),
        }
    }

    /// The step before the estimator, if there is just one.
    pub(crate) fn only_step(&self) -> Option<&dyn Transformer> {
        match self.steps.as_slice() {
            [(_, transformer)] => Some(transformer.as_ref()),
            _ => None,
        }
    }

    /// The settings of the steps before the estimator, by which a search knows that candidates agree on them.
    pub(crate) fn step_params(&self) -> Vec<(String, ParamValue)> {
        self.steps.iter().flat_map(|(step, transformer)| nested(step, transformer.params())).collect()
    }

    fn check(&self) -> Result<()> {
        self.last()?;
        match wrong_names(&self.step_names()) {
            Some(reason) => Err(unfit(&reason)),
            None => Ok(()),
        }
    }
}

impl Estimator for Pipeline {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, data: &Dataset) -> Result<Box<dyn Model>> {
        Ok(Box::new(self.fit(data)?))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        let estimator = self.estimator.iter().flat_map(|(name, estimator)| nested(name, estimator.params()));
        self.step_params().into_iter().chain(estimator).collect()
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        let known: Vec<String> = self.params().into_iter().map(|(name, _)| name).collect();
        if let Some((owner, inner)) = name.split_once("__").filter(|_| known.iter().any(|known| known == name)) {
            for (step, transformer) in &mut self.steps {
                if step == owner {
                    return transformer.set_param(inner, value).map_err(|source| at_step(owner, source));
                }
            }
            if let Some((_, estimator)) = self.estimator.as_mut().filter(|(step, _)| step == owner) {
                return estimator.set_param(inner, value).map_err(|source| at_step(owner, source));
            }
        }
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        Err(unknown_parameter(NAME, name, &known))
    }

    fn simpler(&self, param: &str) -> Option<Simpler> {
        let (name, estimator) = self.estimator.as_ref()?;
        estimator.simpler(param.strip_prefix(name.as_str())?.strip_prefix("__")?)
    }

    fn clone_box(&self) -> Box<dyn Estimator> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_pipeline(&self) -> Option<&Pipeline> {
        Some(self)
    }
}

fn unfit(reason: &str) -> Error {
    Error::Pipeline { reason: reason.to_string() }
}
