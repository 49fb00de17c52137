//! Scaling to a range.

use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use serde::{Deserialize, Serialize};

use super::columns::{self, Selection};
use super::params::{number, unknown_parameter};
use super::{FittedTransformer, ParamValue, Transformer, stream};
use crate::data::{in_parallel, is_numeric};
use crate::error::{Error, Result};

const NAME: &str = "min_max_scaler";

/// Scales columns of numbers to a range: s = lo + (x − min) · (hi − lo) / (max − min).
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `feature_range` | `(0.0, 1.0)` | lo < hi, both finite | `feature_min`, `feature_max` |
/// | `columns` | all of numbers | names | |
///
/// A constant column becomes `lo` everywhere. Rows seen later may fall outside the range. Numbers come out as `f64`.
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
/// use workbench::preprocess::{FittedTransformer, MinMaxScaler};
///
/// let scaler = MinMaxScaler::new().feature_range(-1.0, 1.0).fit(&df!("mass" => [1.0, 3.0])?)?;
/// let scaled = scaler.transform(&df!("mass" => [2.0])?)?;
/// assert_eq!(scaled.column("mass")?.f64()?.get(0), Some(0.0));
///
/// assert!(MinMaxScaler::new().feature_range(1.0, 0.0).fit(&df!("mass" => [1.0])?).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MinMaxScaler {
    feature_min: f64,
    feature_max: f64,
    columns: Selection,
}

impl Default for MinMaxScaler {
    fn default() -> Self {
        Self { feature_min: 0.0, feature_max: 1.0, columns: None }
    }
}

impl MinMaxScaler {
    /// From 0 to 1 for every column of numbers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the least and the greatest training value go.
    pub fn feature_range(mut self, feature_min: f64, feature_max: f64) -> Self {
        (self.feature_min, self.feature_max) = (feature_min, feature_max);
        self
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    /// Learns the least and the greatest value of each column.
    ///
    /// # Errors
    /// See [`MinMaxScaler`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedMinMaxScaler> {
        self.check_range()?;
        let columns = columns::numeric(frame, &self.columns)?;
        let columns = in_parallel(&columns, |column| self.fit_column(column))?;
        Ok(FittedMinMaxScaler { columns })
    }

    fn check_range(&self) -> Result<()> {
        let (low, high) = (self.feature_min, self.feature_max);
        if !low.is_finite() || !high.is_finite() || low >= high {
            return Err(Error::InvalidValue {
                what: "min_max_scaler.feature_range".to_string(),
                value: format!("({low:?}, {high:?})"),
                allowed: "two finite numbers, the first less than the second".to_string(),
            });
        }
        Ok(())
    }

    fn fit_column(&self, column: &Column) -> Result<Ranged> {
        let summary = columns::summary(NAME, column, "drop the column")?;
        self.ranged(column.name(), &column.dtype().to_string(), summary.min, summary.max)
    }

    fn ranged(&self, column: &str, dtype: &str, data_min: f64, data_max: f64) -> Result<Ranged> {
        let range = if data_max > data_min { data_max - data_min } else { 1.0 };
        let scale = (self.feature_max - self.feature_min) / range;
        if !range.is_finite() || !scale.is_finite() || !(data_min * scale).is_finite() {
            return Err(columns::too_large(NAME, "range, or what it is divided by,", column));
        }
        let offset = self.feature_min - data_min * scale;
        Ok(Ranged { column: column.to_string(), dtype: dtype.to_string(), data_min, data_max, scale, offset })
    }
}

impl Transformer for MinMaxScaler {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(MinMaxScaler::fit(self, frame)?))
    }

    fn fit_stream(&self, frames: &mut dyn Iterator<Item = Result<DataFrame>>) -> Result<Box<dyn FittedTransformer>> {
        self.check_range()?;
        let columns = stream::numeric(NAME, frames, &self.columns, |column| {
            let (_, _, (data_min, data_max)) = column.spread(NAME)?;
            self.ranged(&column.name, &column.dtype, data_min, data_max)
        })?;
        Ok(Box::new(FittedMinMaxScaler { columns }))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        vec![("feature_min".to_string(), self.feature_min.into()), ("feature_max".to_string(), self.feature_max.into())]
    }

    /// The two ends are compared when the step is fitted, so that they can be set one after the other.
    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        match name {
            "feature_min" => self.feature_min = number("min_max_scaler.feature_min", value, "a number")?,
            "feature_max" => self.feature_max = number("min_max_scaler.feature_max", value, "a number")?,
            _ => return Err(unknown_parameter(NAME, name, &["feature_min", "feature_max"])),
        }
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}

/// The least and greatest values that a [`MinMaxScaler`] learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedMinMaxScaler {
    columns: Vec<Ranged>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Ranged {
    column: String,
    dtype: String,
    data_min: f64,
    data_max: f64,
    scale: f64,
    offset: f64,
}

impl FittedMinMaxScaler {
    /// What was learnt: `column`, `data_min`, `data_max` and `scale` (what is multiplied by).
    ///
    /// # Errors
    /// [`Error::Polars`] in principle; none is known.
    pub fn statistics(&self) -> Result<DataFrame> {
        let floats = |name: &str, value: fn(&Ranged) -> f64| -> Column {
            Series::new(name.into(), self.columns.iter().map(value).collect::<Vec<_>>()).into()
        };
        let names: Vec<&str> = self.columns.iter().map(|ranged| ranged.column.as_str()).collect();
        let columns = vec![
            Series::new("column".into(), names).into(),
            floats("data_min", |ranged| ranged.data_min),
            floats("data_max", |ranged| ranged.data_max),
            floats("scale", |ranged| ranged.scale),
        ];
        Ok(DataFrame::new(self.columns.len(), columns)?)
    }

    fn map(&self, frame: &DataFrame, change: impl Fn(f64, f64, f64) -> f64 + Copy + Send + Sync) -> Result<DataFrame> {
        let columns = in_parallel(&self.columns, |ranged| {
            let column = columns::fitted(NAME, frame, &ranged.column, &ranged.dtype, is_numeric)?;
            // Copies, so that they need not be read again for each value.
            let (scale, offset) = (ranged.scale, ranged.offset);
            columns::map_finite(column, move |value| change(value, scale, offset))
        })?;
        columns::replaced(frame, columns)
    }
}

impl FittedTransformer for FittedMinMaxScaler {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        self.map(frame, |value, scale, offset| value * scale + offset)
    }

    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        self.map(frame, |value, scale, offset| (value - offset) / scale)
    }
}
