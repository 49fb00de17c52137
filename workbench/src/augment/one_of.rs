//! One of several steps.

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::compose::{distinct_names, nested_params, set_nested};
use super::draw;
use super::item::Work;
use super::settings::StepSettings;
use super::step::Step;
use crate::error::{Error, Result};
use crate::preprocess::{ParamValue, invalid_parameter};

const NAME: &str = "one_of";

/// Exactly one of several steps, drawn anew for each item, the more often the greater its weight.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | weights | asked for | 0 or more, finite, not all 0 | `rotate__weight` and so on |
///
/// # Errors
/// [`Error::InvalidValue`] without an option, and for a weight out of range.
///
/// # Examples
///
/// ```
/// use workbench::augment::{Brightness, Compose, GaussianBlur, Image, OneOf};
///
/// let light_or_blur = OneOf::new().option(2.0, Brightness::new()).option(1.0, GaussianBlur::new());
/// let augment = Compose::new().step(1.0, light_or_blur);
/// let changed = augment.augment_traced(&Image::filled(8, 8, &[100])?, 0, 0)?;
/// assert_eq!(changed.steps.len(), 1);
///
/// let error = Compose::new().step(1.0, OneOf::new()).check().unwrap_err();
/// assert_eq!(error.to_string(), "step `one_of`: the number of options of one_of is 0, but it must be at least 1");
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OneOf {
    options: Vec<Weighted>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Weighted {
    weight: f64,
    step: Step,
}

impl OneOf {
    /// No options yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a step that is drawn with a probability of `weight` over the sum of all weights.
    #[must_use]
    pub fn option(mut self, weight: f64, step: impl Into<Step>) -> Self {
        self.options.push(Weighted { weight, step: step.into() });
        self
    }

    /// Applies the one that is drawn.
    pub(super) fn run(&self, work: &mut Work, random: &mut ChaCha8Rng, trace: &mut Option<Vec<String>>) -> Result<()> {
        let total: f64 = self.options.iter().map(|option| option.weight).sum();
        let mut rest = draw::unit(random) * total;
        // Rounding may leave a trace of the total; the last one with a weight takes it.
        let mut chosen = None;
        for (idx, option) in self.options.iter().enumerate().filter(|(_, option)| option.weight > 0.0) {
            chosen = Some((idx, option));
            if rest < option.weight {
                break;
            }
            rest -= option.weight;
        }
        match chosen {
            Some((idx, option)) => option.step.run(work, random, trace).map_err(|source| self.in_option(idx, source)),
            None => Ok(()),
        }
    }

    fn in_option(&self, idx: usize, source: Error) -> Error {
        let names = distinct_names(self.options.iter().map(|option| &option.step));
        Error::Step { step: names.get(idx).cloned().unwrap_or_default(), source: Box::new(source) }
    }
}

impl StepSettings for OneOf {
    fn name(&self) -> &'static str {
        NAME
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        nested_params(self.options.iter().map(|option| (&option.step, option.weight)), "weight")
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        let known = self.params();
        let options = self.options.iter_mut().map(|option| (&mut option.step, &mut option.weight));
        set_nested(NAME, "weight", options, &known, name, value)
    }

    fn check(&self) -> Result<()> {
        if self.options.is_empty() {
            return Err(Error::InvalidValue {
                what: "the number of options of one_of".to_string(),
                value: "0".to_string(),
                allowed: "at least 1".to_string(),
            });
        }
        for (idx, option) in self.options.iter().enumerate() {
            let weight = option.weight;
            let checked = if (0.0..=f64::MAX).contains(&weight) {
                option.step.settings().check()
            } else {
                Err(invalid_parameter("the weight", &weight.into(), "finite and 0 or more"))
            };
            checked.map_err(|source| self.in_option(idx, source))?;
        }
        let total: f64 = self.options.iter().map(|option| option.weight).sum();
        if total > 0.0 && total.is_finite() {
            return Ok(());
        }
        Err(invalid_parameter("the sum of the weights of one_of", &total.into(), "finite and greater than 0"))
    }
}
