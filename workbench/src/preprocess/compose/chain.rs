//! Steps one after another.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::{at_step, check_names, nested, set_nested};
use crate::data::Target;
use crate::error::{Error, Result};
use crate::preprocess::fit_transform::filter;
use crate::preprocess::{FitTransform, FittedTransformer, ParamValue, Transformer};

const NAME: &str = "chain";

/// Several steps as one: each is fitted on, and applied to, what those before it make.
///
/// A [`Pipeline`](crate::models::Pipeline) is for steps before an estimator; a chain is for steps of some columns of a
/// [`ColumnTransformer`](super::ColumnTransformer), or to be saved as one. A setting inside has the step's name, two underscores and its own:
/// `impute__strategy`.
///
/// # Errors
/// [`Error::Step`] names the step that failed; [`Error::Steps`] for two steps of one name, or a name with `__` in it.
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{Chain, FittedTransformer, Imputer, StandardScaler, Strategy};
///
/// let frame = df!("mass" => [Some(1.0), None, Some(3.0)])?;
/// let chain = Chain::new().step("impute", Imputer::new(Strategy::Mean)).step("scale", StandardScaler::new());
/// assert_eq!(chain.fit(&frame)?.transform(&frame)?.column("mass")?.f64()?.get(1), Some(0.0));
///
/// let error = chain.fit(&df!("mass" => [None::<f64>])?).unwrap_err();
/// assert!(error.to_string().starts_with("step `impute`: "));
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Chain {
    steps: Vec<(String, Box<dyn Transformer>)>,
}

impl Chain {
    /// A chain without steps, which changes nothing.
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

    /// The names of the steps in their order.
    pub fn step_names(&self) -> Vec<String> {
        self.steps.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Fits each step on what those before it make of `frame`.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedChain> {
        self.fit_each(frame, |transformer, frame| FitTransform::by_transform_owned(transformer.fit(&frame)?, frame))
            .map(|(fitted, _)| fitted)
    }

    /// Fits each step by `fit` on what is left of `frame`, and returns what came of the last.
    fn fit_each(
        &self,
        frame: &DataFrame,
        mut fit: impl FnMut(&dyn Transformer, DataFrame) -> Result<FitTransform>,
    ) -> Result<(FittedChain, Trained)> {
        check_names(NAME, &self.step_names())?;
        let mut trained = Trained { frame: frame.clone(), kept: None, is_transform: true };
        let mut steps = Vec::with_capacity(self.steps.len());
        for (name, transformer) in &self.steps {
            let step = fit(transformer.as_ref(), std::mem::take(&mut trained.frame))
                .map_err(|source| at_step(name, source))?;
            steps.push((name.clone(), step.fitted));
            trained.frame = step.frame;
            trained.is_transform &= step.is_transform;
            trained.kept = both(trained.kept, step.kept);
        }
        Ok((FittedChain { steps }, trained))
    }
}

/// The training rows after some steps.
struct Trained {
    frame: DataFrame,
    kept: Option<Vec<bool>>,
    is_transform: bool,
}

/// The rows that both keep; `then` has an entry for each that `first` keeps.
fn both(first: Option<Vec<bool>>, then: Option<Vec<bool>>) -> Option<Vec<bool>> {
    match (first, then) {
        (None, then) => then,
        (first, None) => first,
        (Some(first), Some(then)) => {
            let mut then = then.into_iter();
            Some(first.into_iter().map(|keep| keep && then.next().unwrap_or(false)).collect())
        }
    }
}

impl Transformer for Chain {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(Chain::fit(self, frame)?))
    }

    fn fit_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let (fitted, trained) = self
            .fit_each(frame, |transformer, frame| FitTransform::by_transform_owned(transformer.fit(&frame)?, frame))?;
        // Rows that training leaves out are transformed all the same.
        if trained.kept.is_none() { Ok(trained.frame) } else { fitted.transform(frame) }
    }

    fn fit_with_target(&self, frame: &DataFrame, target: &Target) -> Result<Box<dyn FittedTransformer>> {
        Ok(self.fit_transform_with_target(frame, target)?.fitted)
    }

    fn fit_transform_with_target(&self, frame: &DataFrame, target: &Target) -> Result<FitTransform> {
        let mut target = target.clone();
        let (fitted, trained) = self.fit_each(frame, |transformer, frame| {
            let step = transformer.fit_transform_with_target(&frame, &target)?;
            if let Some(kept) = &step.kept {
                target = kept_of(&target, kept);
            }
            Ok(step)
        })?;
        let Trained { frame, kept, is_transform } = trained;
        Ok(FitTransform { fitted: Box::new(fitted), frame, kept, is_transform })
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        self.steps.iter().flat_map(|(step, transformer)| nested(step, transformer.params())).collect()
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        let known: Vec<String> = self.params().into_iter().map(|(name, _)| name).collect();
        set_nested(NAME, self.steps.iter_mut().map(|(step, transformer)| (&*step, transformer)), &known, name, value)
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}

/// The rows of `target` that are kept.
fn kept_of(target: &Target, kept: &[bool]) -> Target {
    fn some<T: Copy>(values: &[T], kept: &[bool]) -> Vec<T> {
        values.iter().zip(kept).filter(|(_, keep)| **keep).map(|(value, _)| *value).collect()
    }
    match target {
        Target::Classes { codes, labels } => Target::Classes { codes: some(codes, kept), labels: labels.clone() },
        Target::Values(values) => Target::Values(some(values, kept)),
    }
}

/// What the steps of a [`Chain`] learnt.
#[derive(Debug, Serialize, Deserialize)]
pub struct FittedChain {
    steps: Vec<(String, Box<dyn FittedTransformer>)>,
}

impl FittedTransformer for FittedChain {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let mut frame = frame.clone();
        for (name, step) in &self.steps {
            frame = step.transform_owned(frame).map_err(|source| at_step(name, source))?;
        }
        Ok(frame)
    }

    /// Undoes the steps from the last to the first.
    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let mut frame = frame.clone();
        for (name, step) in self.steps.iter().rev() {
            frame = step.inverse_transform(&frame).map_err(|source| at_step(name, source))?;
        }
        Ok(frame)
    }

    fn training_rows(&self, frame: &DataFrame) -> Result<Option<Vec<bool>>> {
        let (mut frame, mut kept) = (frame.clone(), None);
        for (name, step) in &self.steps {
            let mut apply = || {
                let of_step = step.training_rows(&frame)?;
                if let Some(keep) = &of_step {
                    frame = filter(&frame, keep)?;
                }
                frame = step.transform_owned(std::mem::take(&mut frame))?;
                Ok(of_step)
            };
            kept = both(kept.take(), apply().map_err(|source: Error| at_step(name, source))?);
        }
        Ok(kept)
    }
}
