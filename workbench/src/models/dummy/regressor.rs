//! The baseline that any regression has to beat.

use std::any::Any;

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::super::Model;
use super::super::checks::values;
use super::super::settings::{estimator, setters};
use crate::data::{Dataset, Target};
use crate::error::Result;
use crate::preprocess::{ensure, named_setting};

const NAME: &str = "dummy_regressor";

/// What a [`DummyRegressor`] tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegressorStrategy {
    /// `"mean"`: the mean of the training rows.
    #[default]
    Mean,
    /// `"median"`: their median.
    Median,
    /// `"quantile"`: the quantile that the setting `quantile` names.
    Quantile,
    /// `"constant"`: the number that the setting `constant` is.
    Constant,
}

named_setting!(RegressorStrategy, [
    "mean" => RegressorStrategy::Mean,
    "median" => RegressorStrategy::Median,
    "quantile" => RegressorStrategy::Quantile,
    "constant" => RegressorStrategy::Constant,
]);

/// Tells one number for every row, without looking at the features.
///
/// By default `prediction(x) = Σ_i w_i y_i / Σ_i w_i`. It takes any features, missing values included.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `strategy` | `"mean"` | `"mean"`, `"median"`, `"quantile"`, `"constant"` | see [`RegressorStrategy`] |
/// | `quantile` | 0.5 | 0 to 1 | which quantile `"quantile"` tells, between two values by their weights |
/// | `constant` | 0.0 | finite | what `"constant"` tells |
///
/// Names and strategies are those of scikit-learn's `DummyRegressor`. Weights of rows count: a row of weight 2 is two rows.
///
/// # Errors
/// [`Error::NotNumbers`](crate::Error::NotNumbers) for a target of classes; [`Error::InvalidValue`](crate::Error::InvalidValue).
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, diabetes};
/// use workbench::models::{DummyRegressor, RegressorStrategy};
///
/// let data = Dataset::from_frame(&diabetes()?, "progression")?;
/// assert_eq!(DummyRegressor::new().strategy(RegressorStrategy::Median).fit(&data)?.value(), 140.5);
///
/// assert!(DummyRegressor::new().quantile(2.0).fit(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DummyRegressor {
    strategy: RegressorStrategy,
    quantile: f64,
    constant: f64,
}

impl Default for DummyRegressor {
    fn default() -> Self {
        Self { strategy: RegressorStrategy::default(), quantile: 0.5, constant: 0.0 }
    }
}

impl DummyRegressor {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets what is told.
        strategy: RegressorStrategy,
        /// Sets which quantile the strategy `"quantile"` tells.
        quantile: f64,
        /// Sets the number that the strategy `"constant"` tells.
        constant: f64,
    }

    /// Finds the number.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<DummyRegressorModel> {
        self.check()?;
        let values = values(data, NAME)?;
        let weights = data.weights().map_or_else(|| vec![1.0; values.len()], <[f64]>::to_vec);
        let value = match self.strategy {
            RegressorStrategy::Mean => mean(values, &weights),
            RegressorStrategy::Median => Sorted::new(values, &weights).median(),
            RegressorStrategy::Quantile => Sorted::new(values, &weights).quantile(self.quantile),
            RegressorStrategy::Constant => self.constant,
        };
        Ok(DummyRegressorModel { value })
    }

    fn check(&self) -> Result<()> {
        ensure((0.0..=1.0).contains(&self.quantile), "dummy_regressor.quantile", self.quantile, "from 0 to 1")?;
        ensure(self.constant.is_finite(), "dummy_regressor.constant", self.constant, "a finite number")
    }
}

fn mean(values: &[f64], weights: &[f64]) -> f64 {
    let total: f64 = weights.iter().sum();
    // Each is divided first, so that no sum of great numbers is infinite.
    values.iter().zip(weights).map(|(value, weight)| value * (weight / total)).sum()
}

/// Values in order, each with the sum of the weights up to and with its own.
struct Sorted(Vec<(f64, f64)>);

impl Sorted {
    fn new(values: &[f64], weights: &[f64]) -> Self {
        let mut sorted: Vec<(f64, f64)> =
            values.iter().copied().zip(weights.iter().copied()).filter(|(_, weight)| *weight > 0.0).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut sum = 0.0;
        for (_, weight) in &mut sorted {
            sum += *weight;
            *weight = sum;
        }
        Self(sorted)
    }

    fn total(&self) -> f64 {
        self.0.last().map_or(0.0, |last| last.1)
    }

    /// The first value before which, and with it, more than `below` of the weights lie.
    fn above(&self, below: f64) -> f64 {
        let position = self.0.partition_point(|(_, sum)| *sum <= below);
        self.0.get(position).or(self.0.last()).map_or(0.0, |found| found.0)
    }

    fn median(&self) -> f64 {
        let half = self.total() / 2.0;
        let position = self.0.partition_point(|(_, sum)| *sum < half);
        let first = self.0.get(position).map_or(0.0, |found| found.0);
        first / 2.0 + self.above(half) / 2.0
    }

    /// Between the two rows around `(total - 1) · quantile`, as if each row were there as often as it weighs.
    fn quantile(&self, quantile: f64) -> f64 {
        let place = ((self.total() - 1.0) * quantile).max(0.0);
        let (low, high) = (self.above(place.floor()), self.above(place.floor() + 1.0));
        low + (high - low) * place.fract()
    }
}

estimator!(DummyRegressor, NAME, [strategy, quantile, constant]);

/// What [`DummyRegressor`] learnt: one number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DummyRegressorModel {
    value: f64,
}

impl DummyRegressorModel {
    /// The number that is told for every row.
    pub fn value(&self) -> f64 {
        self.value
    }
}

impl Model for DummyRegressorModel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn predict(&self, features: &DataFrame) -> Result<Target> {
        Ok(Target::Values(vec![self.value; features.height()]))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
