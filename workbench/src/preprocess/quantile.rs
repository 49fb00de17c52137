//! Mapping values to their rank.

use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use super::columns::{self, Learnt, Selection};
use super::params::{ensure, named_setting, transformer};
use super::{FittedTransformer, normal};
use crate::data::statistics;
use crate::error::Result;

const NAME: &str = "quantile_transformer";
/// So near to the ends a normal distribution is cut off.
const BOUND: f64 = 1e-7;

/// How transformed values are distributed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OutputDistribution {
    /// Evenly from 0 to 1.
    #[default]
    Uniform,
    /// With mean 0 and standard deviation 1, cut off at ±5.2.
    Normal,
}

named_setting!(OutputDistribution, ["uniform" => OutputDistribution::Uniform, "normal" => OutputDistribution::Normal]);

/// Maps columns of numbers to a uniform or normal distribution by their rank among the training values: u = F(x), then Φ⁻¹(u) for the normal one.
///
/// F is learnt at `n_quantiles` evenly spaced fractions and interpolated linearly between them; where values tie, it takes the middle of their ranks.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `n_quantiles` | 1000, or the number of rows where that is less | at least 2 | `n_quantiles` |
/// | `output_distribution` | `OutputDistribution::Uniform` | `"uniform"`, `"normal"` | `output_distribution` |
/// | `columns` | all of numbers | names | |
///
/// Values beyond those seen go to the ends. All rows are learnt from, where scikit-learn draws 10,000 of more. A constant column becomes 0 (uniform), or the lower end
/// (normal). Numbers come out as `f64`. The inverse is exact between the least and the greatest training value, as far as the interpolation is.
///
/// # Errors
/// When fitted: [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range, [`Error::AllMissing`](crate::Error::AllMissing),
/// [`Error::NotFinite`](crate::Error::NotFinite), and for named columns [`Error::ColumnNotFound`](crate::Error::ColumnNotFound) and
/// [`Error::NotNumeric`](crate::Error::NotNumeric).
/// When applied: [`Error::StepColumnMissing`](crate::Error::StepColumnMissing), [`Error::StepDtype`](crate::Error::StepDtype),
/// [`Error::NotFinite`](crate::Error::NotFinite).
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{FittedTransformer, QuantileTransformer};
///
/// let ranks = QuantileTransformer::new().fit(&df!("mass" => [1.0, 10.0, 100.0])?)?;
/// let ranked = ranks.transform(&df!("mass" => [10.0, 55.0, 1e6])?)?;
/// assert_eq!(ranked.column("mass")?.f64()?.to_vec(), [Some(0.5), Some(0.75), Some(1.0)]);
///
/// assert!(QuantileTransformer::new().n_quantiles(1).fit(&df!("mass" => [1.0])?).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuantileTransformer {
    n_quantiles: usize,
    output_distribution: OutputDistribution,
    columns: Selection,
}

impl Default for QuantileTransformer {
    fn default() -> Self {
        Self { n_quantiles: 1000, output_distribution: OutputDistribution::Uniform, columns: None }
    }
}

impl QuantileTransformer {
    /// Ranks from 0 to 1 for every column of numbers.
    pub fn new() -> Self {
        Self::default()
    }

    /// At how many fractions the distribution is learnt.
    pub fn n_quantiles(mut self, n_quantiles: usize) -> Self {
        self.n_quantiles = n_quantiles;
        self
    }

    /// How transformed values are distributed.
    pub fn output_distribution(mut self, output_distribution: OutputDistribution) -> Self {
        self.output_distribution = output_distribution;
        self
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    fn check(&self) -> Result<()> {
        ensure(self.n_quantiles >= 2, "quantile_transformer.n_quantiles", self.n_quantiles, "at least 2")
    }

    /// Learns the quantiles of each column.
    ///
    /// # Errors
    /// See [`QuantileTransformer`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedQuantileTransformer> {
        self.check()?;
        let columns = columns::learn_each(frame, &self.columns, |column| self.fit_column(column))?;
        Ok(FittedQuantileTransformer { columns, output_distribution: self.output_distribution })
    }

    fn fit_column(&self, column: &Column) -> Result<Vec<f64>> {
        let mut sorted = statistics::known(&columns::finite_values(column)?);
        if sorted.is_empty() {
            return Err(columns::all_missing(NAME, column, "drop the column"));
        }
        sorted.sort_unstable_by(f64::total_cmp);
        let n_quantiles = self.n_quantiles.min(column.len()).max(2);
        let mut quantiles: Vec<f64> = statistics::evenly_spaced(0.0, 1.0, n_quantiles)
            .into_iter()
            .filter_map(|fraction| statistics::sorted_quantile(&sorted, fraction * 100.0 / 100.0))
            .collect();
        // Interpolation may round a value below the one before.
        let mut greatest = f64::NEG_INFINITY;
        for quantile in &mut quantiles {
            greatest = greatest.max(*quantile);
            *quantile = greatest;
        }
        Ok(quantiles)
    }
}

transformer!(QuantileTransformer, NAME, [n_quantiles, output_distribution]);

/// The quantiles that a [`QuantileTransformer`] learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedQuantileTransformer {
    columns: Vec<Learnt<Vec<f64>>>,
    output_distribution: OutputDistribution,
}

impl FittedQuantileTransformer {
    /// What was learnt: the quantiles of each column in a column of that name.
    ///
    /// # Errors
    /// [`Error::Polars`](crate::Error::Polars) in principle; none is known.
    pub fn quantiles(&self) -> Result<DataFrame> {
        let height = self.columns.first().map_or(0, |learnt| learnt.learnt.len());
        let columns = self.columns.iter().map(|learnt| columns::floats(&learnt.column, learnt.learnt.clone()));
        Ok(DataFrame::new(height, columns.collect())?)
    }
}

impl FittedTransformer for FittedQuantileTransformer {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let is_normal = self.output_distribution == OutputDistribution::Normal;
        let (lower_end, upper_end) =
            (normal::quantile(BOUND - f64::EPSILON), normal::quantile(1.0 - (BOUND - f64::EPSILON)));
        Learnt::change_each(&self.columns, NAME, frame, |quantiles, column| {
            let references = statistics::evenly_spaced(0.0, 1.0, quantiles.len());
            let (least, greatest) = ends(quantiles);
            columns::map_finite(column, |value| {
                if value.is_nan() {
                    return value;
                }
                let is_low = if is_normal { value - BOUND < least } else { value == least };
                let is_high = if is_normal { value + BOUND > greatest } else { value == greatest };
                let fraction = if is_low {
                    0.0
                } else if is_high {
                    1.0
                } else {
                    // From both sides, so that ties come out in the middle of their ranks.
                    0.5 * (last_interpolated(value, quantiles, &references)
                        + first_interpolated(value, quantiles, &references))
                };
                if is_normal { normal::quantile(fraction).clamp(lower_end, upper_end) } else { fraction }
            })
        })
    }

    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let is_normal = self.output_distribution == OutputDistribution::Normal;
        Learnt::change_each(&self.columns, NAME, frame, |quantiles, column| {
            let references = statistics::evenly_spaced(0.0, 1.0, quantiles.len());
            let (least, greatest) = ends(quantiles);
            columns::map_finite(column, |value| {
                let fraction = if is_normal { normal::fraction_below(value) } else { value };
                let bound = if is_normal { BOUND } else { 0.0 };
                if value.is_nan() {
                    value
                } else if fraction - bound <= 0.0 {
                    least
                } else if fraction + bound >= 1.0 {
                    greatest
                } else {
                    last_interpolated(fraction, &references, quantiles)
                }
            })
        })
    }
}

fn ends(sorted: &[f64]) -> (f64, f64) {
    (sorted.first().copied().unwrap_or(f64::NAN), sorted.last().copied().unwrap_or(f64::NAN))
}

/// What `to` says at `value`, interpolated between the last of `from` that is not above it and the next.
fn last_interpolated(value: f64, from: &[f64], to: &[f64]) -> f64 {
    let next = from.partition_point(|other| *other <= value);
    between(value, from, to, next.saturating_sub(1), next)
}

/// The same between the first of `from` that is not below it and the one before.
fn first_interpolated(value: f64, from: &[f64], to: &[f64]) -> f64 {
    let next = from.partition_point(|other| *other < value);
    between(value, from, to, next, next.saturating_sub(1))
}

/// On the line through two points, the one at `near` exactly.
fn between(value: f64, from: &[f64], to: &[f64], near: usize, far: usize) -> f64 {
    let last = from.len().saturating_sub(1);
    let point = |at: usize| Some((*from.get(at)?, *to.get(at)?));
    let (Some((x, y)), Some((far_x, far_y))) = (point(near.min(last)), point(far.min(last))) else { return f64::NAN };
    if x == value || x == far_x { y } else { (far_y - y) / (far_x - x) * (value - x) + y }
}
