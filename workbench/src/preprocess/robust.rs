//! Scaling that outliers do not move.

use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use super::columns::{self, Learnt, Selection};
use super::params::{ensure, transformer};
use super::{FittedTransformer, ParamValue, normal};
use crate::data::statistics;
use crate::error::{Error, Result};

const NAME: &str = "robust_scaler";

/// Scales columns of numbers by quantiles: z = (x − median) / (q_max − q_min).
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `with_centering` | `true` | | `with_centering` |
/// | `with_scaling` | `true` | | `with_scaling` |
/// | `quantile_range` | `(25.0, 75.0)` | percent, 0 ≤ min < max ≤ 100 | `quantile_min`, `quantile_max` |
/// | `unit_variance` | `false` | needs a range within 0 and 100 | `unit_variance` |
/// | `columns` | all of numbers | names | |
///
/// With `unit_variance`, normally distributed values come out with variance 1. A column whose two quantiles are equal is divided by 1. Numbers come out as `f64`.
///
/// # Errors
/// When fitted: [`Error::InvalidValue`] for a range that is empty, [`Error::AllMissing`], [`Error::NotFinite`],
/// and for named columns [`Error::ColumnNotFound`] and [`Error::NotNumeric`].
/// When applied: [`Error::StepColumnMissing`], [`Error::StepDtype`], [`Error::NotFinite`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{FittedTransformer, RobustScaler};
///
/// let scaler = RobustScaler::new().fit(&df!("mass" => [1.0, 2.0, 3.0, 4.0, 1000.0])?)?;
/// let scaled = scaler.transform(&df!("mass" => [3.0, 5.0])?)?;
/// assert_eq!(scaled.column("mass")?.f64()?.get(1), Some(1.0));
///
/// assert!(RobustScaler::new().quantile_range(75.0, 25.0).fit(&df!("mass" => [1.0])?).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RobustScaler {
    with_centering: bool,
    with_scaling: bool,
    quantile_min: f64,
    quantile_max: f64,
    unit_variance: bool,
    columns: Selection,
}

impl Default for RobustScaler {
    fn default() -> Self {
        Self {
            with_centering: true,
            with_scaling: true,
            quantile_min: 25.0,
            quantile_max: 75.0,
            unit_variance: false,
            columns: None,
        }
    }
}

impl RobustScaler {
    /// Median 0 and interquartile range 1 for every column of numbers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the median is taken away.
    pub fn with_centering(mut self, with_centering: bool) -> Self {
        self.with_centering = with_centering;
        self
    }

    /// Whether to divide by the distance of the quantiles.
    pub fn with_scaling(mut self, with_scaling: bool) -> Self {
        self.with_scaling = with_scaling;
        self
    }

    /// The quantiles, in percent.
    pub fn quantile_range(mut self, quantile_min: f64, quantile_max: f64) -> Self {
        (self.quantile_min, self.quantile_max) = (quantile_min, quantile_max);
        self
    }

    /// Whether normally distributed values are to have variance 1.
    pub fn unit_variance(mut self, unit_variance: bool) -> Self {
        self.unit_variance = unit_variance;
        self
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    /// The two ends are compared when the step is fitted, so that they can be set one after the other.
    fn check(&self) -> Result<()> {
        let allowed = "from 0 to 100";
        ensure((0.0..=100.0).contains(&self.quantile_min), "robust_scaler.quantile_min", self.quantile_min, allowed)?;
        ensure((0.0..=100.0).contains(&self.quantile_max), "robust_scaler.quantile_max", self.quantile_max, allowed)
    }

    fn check_range(&self) -> Result<()> {
        self.check()?;
        let (low, high) = (self.quantile_min, self.quantile_max);
        let range: ParamValue = format!("({low:?}, {high:?})").into();
        let allowed = "two percentages, the first less than the second";
        if low >= high {
            return Err(Error::InvalidValue {
                what: format!("{NAME}.quantile_range"),
                value: range.to_string(),
                allowed: allowed.to_string(),
            });
        }
        let is_open = low > 0.0 && high < 100.0;
        ensure(
            is_open || !self.unit_variance,
            "robust_scaler.quantile_range",
            range,
            "within 0 and 100 for `unit_variance`",
        )
    }

    /// Learns the median and the quantiles of each column.
    ///
    /// # Errors
    /// See [`RobustScaler`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedRobustScaler> {
        self.check_range()?;
        Ok(FittedRobustScaler { columns: columns::learn_each(frame, &self.columns, |column| self.fit_column(column))? })
    }

    fn fit_column(&self, column: &Column) -> Result<Centred> {
        let fractions = [self.quantile_min / 100.0, 0.5, self.quantile_max / 100.0];
        let found = statistics::column_quantiles(column, &fractions)?.map(|(_, quantiles)| quantiles);
        let Some([low, median, high]) = found.as_deref() else {
            return Err(columns::all_missing(NAME, column, "drop the column"));
        };
        let normal_range = normal::quantile(self.quantile_max / 100.0) - normal::quantile(self.quantile_min / 100.0);
        let range = if self.unit_variance { (high - low) / normal_range } else { high - low };
        if !range.is_finite() {
            return Err(columns::too_large(NAME, "distance of the quantiles", column.name()));
        }
        Ok(Centred {
            center: if self.with_centering { *median } else { 0.0 },
            scale: if self.with_scaling && range > 0.0 { range } else { 1.0 },
        })
    }
}

transformer!(RobustScaler, NAME, [with_centering, with_scaling, quantile_min, quantile_max, unit_variance]);

/// The medians and quantile distances that a [`RobustScaler`] learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedRobustScaler {
    columns: Vec<Learnt<Centred>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Centred {
    center: f64,
    scale: f64,
}

impl FittedRobustScaler {
    /// What was learnt: `column`, `center` (what is taken away) and `scale` (what is divided by).
    ///
    /// # Errors
    /// [`Error::Polars`] in principle; none is known.
    pub fn statistics(&self) -> Result<DataFrame> {
        columns::table(&self.columns, &[("center", |centred| centred.center), ("scale", |centred| centred.scale)])
    }
}

impl FittedTransformer for FittedRobustScaler {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        Learnt::map_each(&self.columns, NAME, frame, |centred, value| (value - centred.center) / centred.scale)
    }

    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        Learnt::map_each(&self.columns, NAME, frame, |centred, value| value * centred.scale + centred.center)
    }
}
