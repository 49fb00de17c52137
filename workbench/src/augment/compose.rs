//! Steps one after another, each with a probability.

use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::batch::ImageBatch;
use super::draw;
use super::item::{Augmentable, Buffers, Work};
use super::settings::StepSettings;
use super::step::Step;
use crate::data::name_pool;
use crate::error::{Error, Result};
use crate::preprocess::{ParamValue, invalid_parameter};
use crate::train::interrupt;
use crate::train::random::keyed;

const NAME: &str = "compose";

/// Steps that are applied one after another, each with its own probability.
///
/// | setting | default | range |
/// |---|---|---|
/// | `seed` | 0 | whole numbers |
/// | `min_visible` | 0 | 0 to 1: a [`BoundingBox`](super::BoundingBox) of which a step leaves a smaller share is dropped |
///
/// Item `index` of epoch `epoch` always becomes the same, on any number of threads. Steps are known by their kinds, such as
/// `rotate`; a second one of a kind is `rotate_2`. Within another composition the seed and `min_visible` of that one count.
///
/// # Errors
/// [`Error::Step`] names the step and holds what it said. What is wrong with the item itself has no step: [`Error::NotFiniteSignal`],
/// [`Error::InvalidValue`].
///
/// # Examples
///
/// ```
/// use workbench::augment::{Brightness, Compose, HorizontalFlip, Image, OneOf, RandomCrop, Rotate, VerticalFlip};
///
/// let augment = Compose::new()
///     .seed(7)
///     .step(0.5, HorizontalFlip::new())
///     .step(0.8, Rotate::new().degrees(-20.0..=20.0))
///     .step(1.0, RandomCrop::new(48, 48))
///     .step(0.3, OneOf::new().option(2.0, Brightness::new()).option(1.0, VerticalFlip::new()));
/// let photo = Image::from_fn(64, 64, |row, column| vec![row as u8, column as u8, 90])?;
///
/// // On the fly, in any order.
/// let (epoch, index) = (3, 0);
/// let changed = augment.augment(&photo, epoch, index)?;
/// // Or all at once: item 0 is the same.
/// assert_eq!(augment.augment_all(&[photo.clone(), photo.clone()], epoch)?[0], changed);
///
/// let error = Compose::new().step(1.0, RandomCrop::new(80, 48)).augment(&photo, 0, 0).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "step `random_crop`: a crop of 80 × 48 pixels does not fit into an image of 64 × 64; use `Pad` or `Resize` before it"
/// );
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Compose {
    seed: u64,
    min_visible: f64,
    steps: Vec<Chance>,
}

/// A step and its probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Chance {
    p: f64,
    step: Step,
}

/// An item, and the names of the steps that changed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Augmented<T> {
    /// The item after the steps.
    pub item: T,
    /// The steps that were applied, in their order.
    pub steps: Vec<String>,
}

impl Compose {
    /// No steps yet; it leaves items as they are.
    pub fn new() -> Self {
        Self::default()
    }

    /// The seed of all draws.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The share of a box that must be left by a step for the box to stay.
    #[must_use]
    pub fn min_visible(mut self, share: f64) -> Self {
        self.min_visible = share;
        self
    }

    /// Adds a step that is applied with probability `p`.
    #[must_use]
    pub fn step(mut self, p: f64, step: impl Into<Step>) -> Self {
        self.steps.push(Chance { p, step: step.into() });
        self
    }

    /// The seed of all draws.
    pub(crate) fn seed_number(&self) -> u64 {
        self.seed
    }

    /// The names of the steps, in their order.
    pub fn step_names(&self) -> Vec<String> {
        distinct_names(self.steps.iter().map(|chance| &chance.step))
    }

    /// What becomes of item `index` of epoch `epoch`.
    ///
    /// # Errors
    /// See [`Compose`].
    pub fn augment<T: Augmentable>(&self, item: &T, epoch: u64, index: u64) -> Result<T> {
        self.check()?;
        self.augment_with(item, epoch, index, &mut Buffers::default(), &mut None)
    }

    /// The same, with the names of the steps that were applied.
    ///
    /// # Errors
    /// See [`Compose`].
    pub fn augment_traced<T: Augmentable>(&self, item: &T, epoch: u64, index: u64) -> Result<Augmented<T>> {
        self.check()?;
        let mut trace = Some(Vec::new());
        let item = self.augment_with(item, epoch, index, &mut Buffers::default(), &mut trace)?;
        Ok(Augmented { item, steps: trace.unwrap_or_default() })
    }

    /// What becomes of all `items` in epoch `epoch`, worked out in parallel: item i is `augment(&items[i], epoch, i)`.
    ///
    /// # Errors
    /// See [`Compose`]; of several errors the first item's is told, as [`Error::Item`]. [`Error::Interrupted`].
    pub fn augment_all<T: Augmentable>(&self, items: &[T], epoch: u64) -> Result<Vec<T>> {
        self.check()?;
        name_pool();
        let results: Vec<Result<T>> = items
            .par_iter()
            .enumerate()
            .with_min_len(16)
            .map_init(Buffers::shared, |buffers, (index, item)| {
                interrupt::check()?;
                self.augment_with(item, epoch, index as u64, buffers, &mut None)
            })
            .collect();
        let named = |(index, result): (usize, Result<T>)| match result {
            Err(Error::Interrupted) => Err(Error::Interrupted),
            other => other.map_err(|source| Error::Item { index, source: Box::new(source) }),
        };
        results.into_iter().enumerate().map(named).collect()
    }

    /// What becomes of a batch in epoch `epoch`: its pictures as `augment_all` has them, and its labels as they are.
    ///
    /// # Errors
    /// See [`Compose::augment_all`].
    pub fn augment_batch(&self, batch: &ImageBatch, epoch: u64) -> Result<ImageBatch> {
        ImageBatch::new(self.augment_all(batch.images(), epoch)?, batch.labels().clone())
    }

    /// The settings of all steps by name, such as `rotate__degrees_low`, and their probabilities, such as `rotate__p`.
    pub fn params(&self) -> Vec<(String, ParamValue)> {
        StepSettings::params(self)
    }

    /// Changes one setting by name.
    ///
    /// # Errors
    /// [`Error::UnknownParameter`], [`Error::InvalidValue`].
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, Rotate};
    ///
    /// let mut augment = Compose::new().step(0.5, Rotate::new());
    /// augment.set_param("rotate__degrees_high", &30.0.into())?;
    /// augment.set_param("rotate__p", &1.0.into())?;
    /// assert_eq!(augment, Compose::new().step(1.0, Rotate::new().degrees(-15.0..=30.0)));
    ///
    /// assert!(augment.set_param("rotate__angle", &30.0.into()).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    pub fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        StepSettings::set_param(self, name, value)
    }

    /// Checks all settings, as every use does.
    ///
    /// # Errors
    /// [`Error::InvalidValue`], and [`Error::Step`] around it for a step's.
    pub fn check(&self) -> Result<()> {
        StepSettings::check(self)
    }

    fn augment_with<T: Augmentable>(
        &self,
        item: &T,
        epoch: u64,
        index: u64,
        buffers: &mut Buffers,
        trace: &mut Option<Vec<String>>,
    ) -> Result<T> {
        let mut work = item.open(buffers)?;
        self.run(&mut work, epoch, index, trace)?;
        T::close(work, buffers)
    }

    fn run(&self, work: &mut Work, epoch: u64, index: u64, trace: &mut Option<Vec<String>>) -> Result<()> {
        if let Work::Image(canvas) = work {
            canvas.min_visible = self.min_visible;
        }
        for (step_idx, chance) in self.steps.iter().enumerate() {
            // A stream for each step, so that it draws the same whatever the steps before it are set to.
            let mut random = keyed([self.seed, epoch, index, step_idx as u64]);
            if draw::happens(chance.p, &mut random) {
                chance.step.run(work, &mut random, trace).map_err(|source| self.in_step(step_idx, source))?;
            }
        }
        Ok(())
    }

    /// The steps as one step of another composition, with its draws.
    pub(super) fn run_within(
        &self,
        work: &mut Work,
        random: &mut ChaCha8Rng,
        trace: &mut Option<Vec<String>>,
    ) -> Result<()> {
        for (step_idx, chance) in self.steps.iter().enumerate() {
            if draw::happens(chance.p, random) {
                chance.step.run(work, random, trace).map_err(|source| self.in_step(step_idx, source))?;
            }
        }
        Ok(())
    }

    fn in_step(&self, step_idx: usize, source: Error) -> Error {
        let step = self.step_names().get(step_idx).cloned().unwrap_or_default();
        Error::Step { step, source: Box::new(source) }
    }
}

impl StepSettings for Compose {
    fn name(&self) -> &'static str {
        NAME
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        nested_params(self.steps.iter().map(|chance| (&chance.step, chance.p)), "p")
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        let known = StepSettings::params(self);
        set_nested(
            NAME,
            "p",
            self.steps.iter_mut().map(|chance| (&mut chance.step, &mut chance.p)),
            &known,
            name,
            value,
        )
    }

    fn check(&self) -> Result<()> {
        check_share("compose.min_visible", self.min_visible)?;
        for (step_idx, chance) in self.steps.iter().enumerate() {
            check_share("the probability p", chance.p)
                .and_then(|()| chance.step.settings().check())
                .map_err(|source| self.in_step(step_idx, source))?;
        }
        Ok(())
    }
}

fn check_share(what: &str, share: f64) -> Result<()> {
    if (0.0..=1.0).contains(&share) {
        return Ok(());
    }
    Err(invalid_parameter(what, &share.into(), "0 to 1"))
}

/// The kinds of the steps, with numbers from the second of a kind on.
pub(super) fn distinct_names<'a>(steps: impl Iterator<Item = &'a Step>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut kinds: Vec<&str> = Vec::new();
    for step in steps {
        let kind = step.settings().name();
        kinds.push(kind);
        let count = kinds.iter().filter(|other| **other == kind).count();
        names.push(if count == 1 { kind.to_string() } else { format!("{kind}_{count}") });
    }
    names
}

/// The settings of all steps under their names, after the number that each has by itself.
pub(super) fn nested_params<'a>(
    steps: impl Iterator<Item = (&'a Step, f64)> + Clone,
    own: &str,
) -> Vec<(String, ParamValue)> {
    let names = distinct_names(steps.clone().map(|(step, _)| step));
    let mut params = Vec::new();
    for (name, (step, number)) in names.iter().zip(steps) {
        params.push((format!("{name}__{own}"), number.into()));
        params.extend(step.settings().params().into_iter().map(|(inner, value)| (format!("{name}__{inner}"), value)));
    }
    params
}

/// Changes the setting `name`, which is a step's name, two underscores, and the name of a setting or of the number beside the step.
pub(super) fn set_nested<'a>(
    owner: &str,
    own: &str,
    steps: impl Iterator<Item = (&'a mut Step, &'a mut f64)>,
    known: &[(String, ParamValue)],
    name: &str,
    value: &ParamValue,
) -> Result<()> {
    let unknown = || {
        let known: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
        let available = if known.is_empty() { "none".to_string() } else { known.join(", ") };
        Error::UnknownParameter { step: owner.to_string(), name: name.to_string(), available }
    };
    let (wanted, inner) = name.split_once("__").ok_or_else(unknown)?;
    let mut kinds: Vec<&'static str> = Vec::new();
    for (step, number) in steps {
        let kind = step.settings().name();
        kinds.push(kind);
        let count = kinds.iter().filter(|other| **other == kind).count();
        let is_wanted = if count == 1 { wanted == kind } else { wanted == format!("{kind}_{count}") };
        if !is_wanted {
            continue;
        }
        if inner != own {
            return step
                .settings_mut()
                .set_param(inner, value)
                .map_err(|source| Error::Step { step: wanted.to_string(), source: Box::new(source) });
        }
        *number = match value {
            ParamValue::Int(given) => *given as f64,
            ParamValue::Float(given) => *given,
            other => return Err(invalid_parameter(&format!("{owner}.{name}"), other, "a number")),
        };
        return Ok(());
    }
    Err(unknown())
}
