//! Scaling to mean 0 and standard deviation 1.

use std::collections::HashMap;

use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use serde::{Deserialize, Serialize};

use super::columns::{self, Selection};
use super::params::{choice, flag, unknown_parameter};
use super::{FittedTransformer, ParamValue, Transformer, stream};
use crate::data::statistics::Summary;
use crate::data::{Fold, in_parallel, is_numeric, numbers, statistics};
use crate::error::{Error, Result};

const NAME: &str = "standard_scaler";
/// The variance of what is left of a column is told by a difference where it is at least so much of that of the whole column.
const LEFT_MIN: f64 = 1e-6;
const CONSTANT_NAMES: [(&str, ConstantColumn); 2] = [("error", ConstantColumn::Error), ("keep", ConstantColumn::Keep)];

/// What to do with a column whose standard deviation is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConstantColumn {
    /// Say so: such a column tells a model nothing.
    #[default]
    Error,
    /// Divide it by 1, as scikit-learn does.
    Keep,
}

/// Scales columns of numbers to mean 0 and standard deviation 1: z = (x − mean) / std.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `with_mean` | `true` | | `with_mean` |
/// | `with_std` | `true` | | `with_std` |
/// | `constant` | `ConstantColumn::Error` | `"error"`, `"keep"` | `constant` |
/// | `columns` | all of numbers | names | |
///
/// The standard deviation divides by n (`ddof` 0). Numbers come out as `f64`.
///
/// # Errors
/// When fitted: [`Error::ConstantColumn`] for a column of one value, [`Error::AllMissing`], [`Error::NotFinite`],
/// and for named columns [`Error::ColumnNotFound`] and [`Error::NotNumeric`].
/// When applied: [`Error::StepColumnMissing`], [`Error::StepDtype`], [`Error::NotFinite`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{FittedTransformer, StandardScaler};
///
/// let scaler = StandardScaler::new().fit(&df!("mass" => [1.0, 2.0, 3.0])?)?;
/// let scaled = scaler.transform(&df!("mass" => [2.0])?)?;
/// assert_eq!(scaled.column("mass")?.f64()?.get(0), Some(0.0));
///
/// let error = StandardScaler::new().fit(&df!("year" => [2007, 2007])?).unwrap_err();
/// assert!(error.to_string().contains("column `year` is constant"));
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StandardScaler {
    with_mean: bool,
    with_std: bool,
    constant: ConstantColumn,
    columns: Selection,
}

impl Default for StandardScaler {
    fn default() -> Self {
        Self { with_mean: true, with_std: true, constant: ConstantColumn::Error, columns: None }
    }
}

impl StandardScaler {
    /// Mean 0 and standard deviation 1 for every column of numbers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the mean is taken away.
    pub fn with_mean(mut self, with_mean: bool) -> Self {
        self.with_mean = with_mean;
        self
    }

    /// Whether to divide by the standard deviation.
    pub fn with_std(mut self, with_std: bool) -> Self {
        self.with_std = with_std;
        self
    }

    /// What to do with a column whose standard deviation is 0.
    pub fn constant(mut self, constant: ConstantColumn) -> Self {
        self.constant = constant;
        self
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    /// Learns the mean and the standard deviation of each column.
    ///
    /// # Errors
    /// See [`StandardScaler`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedStandardScaler> {
        let columns = columns::numeric(frame, &self.columns)?;
        let columns = in_parallel(&columns, |column| self.fit_column(column))?;
        Ok(FittedStandardScaler { columns })
    }

    fn fit_column(&self, column: &Column) -> Result<Standardised> {
        let summary = columns::summary(NAME, column, "drop the column")?;
        let moments = (summary.mean, summary.variance(0).unwrap_or_default());
        let range = (summary.min, summary.max);
        self.standardised(column.name(), &column.dtype().to_string(), moments, range, summary.is_constant())
    }

    /// The factor and the offset in each fold: sums about the mean of all rows, less those of the rows that the fold leaves out. `None` where a value is
    /// missing, or where so little is left that the difference would be rounding.
    fn affine_of_column(&self, values: &[f64], folds: &[Fold]) -> Option<Vec<(f64, f64)>> {
        let all = Summary::of(values);
        if all.count != values.len() || all.is_infinite() || all.is_constant() {
            return None;
        }
        let of_fold = |fold: &Fold| {
            let distances = fold.validation.iter().filter_map(|&row| values.get(row)).map(|value| value - all.mean);
            let (sum, squares) =
                distances.fold((0.0, 0.0), |(sum, squares), distance| (sum + distance, squares + distance * distance));
            let n = fold.train.len() as f64;
            let (moved, squares) = (-sum / n, all.squares - squares);
            let variance = squares / n - moved * moved;
            let is_sure = variance.is_finite() && variance * n > LEFT_MIN * all.squares;
            let mean = if self.with_mean { all.mean + moved } else { 0.0 };
            let scale = if self.with_std { variance.sqrt() } else { 1.0 };
            is_sure.then_some((scale.recip(), -mean / scale))
        };
        folds.iter().map(of_fold).collect()
    }

    /// What is learnt from a column with this mean and variance.
    fn standardised(
        &self,
        column: &str,
        dtype: &str,
        (mean, variance): (f64, f64),
        (min, max): (f64, f64),
        is_constant: bool,
    ) -> Result<Standardised> {
        if !variance.is_finite() {
            return Err(columns::too_large(NAME, "variance", column));
        }
        if is_constant && self.with_std && self.constant == ConstantColumn::Error {
            return Err(Error::ConstantColumn { step: NAME, column: column.to_string(), value: min });
        }
        Ok(Standardised {
            column: column.to_string(),
            dtype: dtype.to_string(),
            // The mean of equal values may differ from them by rounding.
            mean: if !self.with_mean {
                0.0
            } else if min == max {
                min
            } else {
                mean
            },
            scale: if self.with_std && !is_constant { variance.sqrt() } else { 1.0 },
        })
    }
}

impl Transformer for StandardScaler {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(StandardScaler::fit(self, frame)?))
    }

    fn fit_stream(&self, frames: &mut dyn Iterator<Item = Result<DataFrame>>) -> Result<Box<dyn FittedTransformer>> {
        let columns = stream::numeric(NAME, frames, &self.columns, |column| {
            let (mean, variance, range) = column.spread(NAME)?;
            let rounding = statistics::varies_by_rounding(column.moments.count(), mean, variance);
            let is_constant = rounding || range.0 == range.1;
            self.standardised(&column.name, &column.dtype, (mean, variance), range, is_constant)
        })?;
        Ok(Box::new(FittedStandardScaler { columns }))
    }

    fn affine_of_folds(&self, frame: &DataFrame, folds: &[Fold]) -> Option<Vec<Vec<(f64, f64)>>> {
        if !folds.iter().all(|fold| fold.splits(frame.height())) {
            return None;
        }
        let numeric = columns::numeric(frame, &self.columns).ok()?;
        let scaled: HashMap<&str, &Column> = numeric.iter().map(|column| (column.name().as_str(), *column)).collect();
        // For each column a pair for each fold.
        let of_columns = in_parallel(frame.columns(), |column| {
            Ok(match scaled.get(column.name().as_str()) {
                Some(column) => self.affine_of_column(&numbers(column)?, folds),
                None => Some(vec![(1.0, 0.0); folds.len()]),
            })
        });
        let of_columns: Vec<Vec<(f64, f64)>> = of_columns.ok()?.into_iter().collect::<Option<_>>()?;
        let of_fold = |fold: usize| of_columns.iter().filter_map(|column| column.get(fold).copied()).collect();
        Some((0..folds.len()).map(of_fold).collect())
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        let constant =
            CONSTANT_NAMES.iter().find(|(_, constant)| *constant == self.constant).map_or("", |(name, _)| name);
        vec![
            ("with_mean".to_string(), self.with_mean.into()),
            ("with_std".to_string(), self.with_std.into()),
            ("constant".to_string(), constant.into()),
        ]
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        match name {
            "with_mean" => self.with_mean = flag("standard_scaler.with_mean", value)?,
            "with_std" => self.with_std = flag("standard_scaler.with_std", value)?,
            "constant" => self.constant = choice("standard_scaler.constant", value, &CONSTANT_NAMES)?,
            _ => return Err(unknown_parameter(NAME, name, &["with_mean", "with_std", "constant"])),
        }
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}

/// The means and standard deviations that a [`StandardScaler`] learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedStandardScaler {
    columns: Vec<Standardised>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Standardised {
    column: String,
    dtype: String,
    mean: f64,
    scale: f64,
}

impl FittedStandardScaler {
    /// What was learnt: `column`, `mean` (what is taken away) and `scale` (what is divided by).
    ///
    /// # Errors
    /// [`Error::Polars`] in principle; none is known.
    pub fn statistics(&self) -> Result<DataFrame> {
        let floats = |name: &str, value: fn(&Standardised) -> f64| -> Column {
            Series::new(name.into(), self.columns.iter().map(value).collect::<Vec<_>>()).into()
        };
        let names: Vec<&str> = self.columns.iter().map(|scaled| scaled.column.as_str()).collect();
        let columns = vec![
            Series::new("column".into(), names).into(),
            floats("mean", |scaled| scaled.mean),
            floats("scale", |scaled| scaled.scale),
        ];
        Ok(DataFrame::new(self.columns.len(), columns)?)
    }

    fn map(&self, frame: &DataFrame, change: impl Fn(f64, f64, f64) -> f64 + Copy + Send + Sync) -> Result<DataFrame> {
        let columns = in_parallel(&self.columns, |scaled| {
            let column = columns::fitted(NAME, frame, &scaled.column, &scaled.dtype, is_numeric)?;
            // Copies, so that they need not be read again for each value.
            let (mean, scale) = (scaled.mean, scaled.scale);
            columns::map_finite(column, move |value| change(value, mean, scale))
        })?;
        columns::replaced(frame, columns)
    }
}

impl FittedTransformer for FittedStandardScaler {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        self.map(frame, |value, mean, scale| (value - mean) / scale)
    }

    fn transform_owned(&self, frame: DataFrame) -> Result<DataFrame> {
        let changes = self.columns.iter().map(|scaled| {
            columns::fitted(NAME, &frame, &scaled.column, &scaled.dtype, is_numeric)?;
            let (mean, scale) = (scaled.mean, scaled.scale);
            Ok((scaled.column.as_str(), move |value: f64| (value - mean) / scale))
        });
        let changes = changes.collect::<Result<HashMap<_, _>>>()?;
        columns::map_each_owned(frame, &changes)
    }

    fn affine(&self, columns: &[String]) -> Option<Vec<(f64, f64)>> {
        let scaled: HashMap<&str, &Standardised> =
            self.columns.iter().map(|scaled| (scaled.column.as_str(), scaled)).collect();
        let of_column = |column: &String| match scaled.get(column.as_str()) {
            Some(scaled) => (scaled.scale.recip(), -scaled.mean / scaled.scale),
            None => (1.0, 0.0),
        };
        Some(columns.iter().map(of_column).collect())
    }

    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        self.map(frame, |value, mean, scale| value * scale + mean)
    }
}
