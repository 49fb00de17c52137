//! Values far from the rest.

use polars::prelude::{BooleanChunked, Column, DataFrame, IdxSize, NamedFrom, NewChunkedArray, Series};
use serde::{Deserialize, Serialize};

use super::columns::{self, Selection};
use super::params::{choice, invalid_parameter, number, unknown_parameter};
use super::{FittedTransformer, ParamValue, Transformer};
use crate::data::{in_parallel, is_numeric, statistics};
use crate::error::{Error, Result};

const NAME: &str = "outlier_filter";
const PARAMS: [&str; 4] = ["method", "threshold", "factor", "action"];
const ACTIONS: [(&str, Action); 3] = [("report", Action::Report), ("clip", Action::Clip), ("drop", Action::Drop)];
const THRESHOLD: f64 = 3.0;
const FACTOR: f64 = 1.5;

/// How the bounds of ordinary values are found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outliers {
    /// mean ± threshold · std, where the standard deviation divides by n.
    ZScore {
        /// How many standard deviations are ordinary; greater than 0, usually 3.
        threshold: f64,
    },
    /// From Q1 − factor · (Q3 − Q1) to Q3 + factor · (Q3 − Q1), where the quartiles are found by linear interpolation.
    Iqr {
        /// How many interquartile ranges are ordinary; at least 0, usually 1.5.
        factor: f64,
    },
}

/// What becomes of an outlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// It stays; [`FittedOutlierFilter::report`] tells of it.
    Report,
    /// It is moved to the bound.
    Clip,
    /// Its row is left out of training. A prediction never loses rows.
    Drop,
}

/// Finds values outside bounds that are learnt from the training rows, and reports, clips or drops them.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | method | none: name it | [`Outliers`] | `method`: `"zscore"`, `"iqr"` |
/// | `threshold` | 3.0 | greater than 0 | `threshold` |
/// | `factor` | 1.5 | at least 0 | `factor` |
/// | `action` | `Action::Report` | [`Action`] | `action`: `"report"`, `"clip"`, `"drop"` |
/// | `columns` | all of numbers | names | |
///
/// A missing value is never an outlier, and a constant column has none by Z-score. Clipped columns come out as `f64`.
/// In a pipeline, `Action::Drop` takes rows out of training only; [`FittedOutlierFilter::apply`] drops them from a frame.
///
/// # Errors
/// When fitted: [`Error::InvalidValue`] for a setting out of range, [`Error::AllMissing`], [`Error::NotFinite`],
/// and for named columns [`Error::ColumnNotFound`] and [`Error::NotNumeric`].
/// When applied: [`Error::StepColumnMissing`], [`Error::StepDtype`], [`Error::NotFinite`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{Action, OutlierFilter, Outliers};
///
/// let frame = df!("mass" => [3.0, 4.0, 5.0, 4.0, 90.0])?;
/// let filter = OutlierFilter::new(Outliers::Iqr { factor: 1.5 }).action(Action::Drop).fit(&frame)?;
/// assert_eq!(filter.mask(&frame)?, [false, false, false, false, true]);
/// assert_eq!(filter.apply(&frame)?.height(), 4);
///
/// assert!(OutlierFilter::new(Outliers::ZScore { threshold: -3.0 }).fit(&frame).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. Tukey JW (1977). Exploratory Data Analysis. Addison-Wesley. (the factor of 1.5)
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutlierFilter {
    is_z_score: bool,
    threshold: f64,
    factor: f64,
    action: Action,
    columns: Selection,
}

impl OutlierFilter {
    /// Reports what `method` finds in every column of numbers.
    pub fn new(method: Outliers) -> Self {
        let (is_z_score, threshold, factor) = match method {
            Outliers::ZScore { threshold } => (true, threshold, FACTOR),
            Outliers::Iqr { factor } => (false, THRESHOLD, factor),
        };
        Self { is_z_score, threshold, factor, action: Action::Report, columns: None }
    }

    /// What becomes of an outlier.
    pub fn action(mut self, action: Action) -> Self {
        self.action = action;
        self
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    /// Learns the bounds of each column.
    ///
    /// # Errors
    /// See [`OutlierFilter`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedOutlierFilter> {
        if self.is_z_score {
            check_threshold(self.threshold)?
        } else {
            check_factor(self.factor)?
        }
        let columns = columns::numeric(frame, &self.columns)?;
        let columns = in_parallel(&columns, |column| self.fit_column(column))?;
        Ok(FittedOutlierFilter { columns, action: self.action })
    }

    fn fit_column(&self, column: &Column) -> Result<Bounds> {
        let values = columns::finite_values(column)?;
        let bounds =
            if self.is_z_score { z_score_bounds(&values, self.threshold) } else { iqr_bounds(&values, self.factor) };
        let Some((lower, upper)) = bounds else {
            let column = column.name().to_string();
            return Err(Error::AllMissing { step: NAME, column, n_rows: values.len(), remedy: "drop the column" });
        };
        Ok(Bounds { column: column.name().to_string(), dtype: column.dtype().to_string(), lower, upper })
    }
}

impl Transformer for OutlierFilter {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(OutlierFilter::fit(self, frame)?))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        let action = ACTIONS.iter().find(|(_, action)| *action == self.action).map_or("", |(name, _)| name);
        vec![
            ("method".to_string(), if self.is_z_score { "zscore" } else { "iqr" }.into()),
            ("threshold".to_string(), self.threshold.into()),
            ("factor".to_string(), self.factor.into()),
            ("action".to_string(), action.into()),
        ]
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        match name {
            "method" => self.is_z_score = choice("outlier_filter.method", value, &[("zscore", true), ("iqr", false)])?,
            "threshold" => {
                let threshold = number("outlier_filter.threshold", value, "a number greater than 0")?;
                check_threshold(threshold)?;
                self.threshold = threshold;
            }
            "factor" => {
                let factor = number("outlier_filter.factor", value, "a number of at least 0")?;
                check_factor(factor)?;
                self.factor = factor;
            }
            "action" => self.action = choice("outlier_filter.action", value, &ACTIONS)?,
            _ => return Err(unknown_parameter(NAME, name, &PARAMS)),
        }
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}

/// The bounds that an [`OutlierFilter`] learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedOutlierFilter {
    columns: Vec<Bounds>,
    action: Action,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Bounds {
    column: String,
    dtype: String,
    lower: f64,
    upper: f64,
}

impl FittedOutlierFilter {
    /// For each column its bounds and how many values of `frame` lie outside: `column`, `lower`, `upper`, `n_below`, `n_above`.
    ///
    /// # Errors
    /// Those of a frame that the step was not fitted on; see [`OutlierFilter`].
    pub fn report(&self, frame: &DataFrame) -> Result<DataFrame> {
        let counts = in_parallel(&self.columns, |bounds| {
            let values = columns::finite_values(bounds.find(frame)?)?.into_owned();
            let n_below = values.iter().filter(|&&value| value < bounds.lower).count();
            let n_above = values.iter().filter(|&&value| value > bounds.upper).count();
            Ok((n_below as IdxSize, n_above as IdxSize))
        })?;
        let (n_below, n_above): (Vec<IdxSize>, Vec<IdxSize>) = counts.into_iter().unzip();
        let names: Vec<&str> = self.columns.iter().map(|bounds| bounds.column.as_str()).collect();
        let lower: Vec<f64> = self.columns.iter().map(|bounds| bounds.lower).collect();
        let upper: Vec<f64> = self.columns.iter().map(|bounds| bounds.upper).collect();
        let columns = vec![
            Series::new("column".into(), names).into(),
            Series::new("lower".into(), lower).into(),
            Series::new("upper".into(), upper).into(),
            Series::new("n_below".into(), n_below).into(),
            Series::new("n_above".into(), n_above).into(),
        ];
        Ok(DataFrame::new(self.columns.len(), columns)?)
    }

    /// For each row of `frame` whether it holds an outlier in any column.
    ///
    /// # Errors
    /// Those of a frame that the step was not fitted on; see [`OutlierFilter`].
    pub fn mask(&self, frame: &DataFrame) -> Result<Vec<bool>> {
        let mut mask = vec![false; frame.height()];
        for bounds in &self.columns {
            let values = columns::finite_values(bounds.find(frame)?)?;
            for (is_outlier, &value) in mask.iter_mut().zip(values.iter()) {
                *is_outlier |= value < bounds.lower || value > bounds.upper;
            }
        }
        Ok(mask)
    }

    /// `frame` as the action leaves it: the same, clipped, or without the rows that hold an outlier.
    ///
    /// # Errors
    /// Those of a frame that the step was not fitted on; see [`OutlierFilter`].
    pub fn apply(&self, frame: &DataFrame) -> Result<DataFrame> {
        if self.action != Action::Drop {
            return self.transform(frame);
        }
        let mask = self.mask(frame)?;
        Ok(frame.filter(&BooleanChunked::from_iter_values("kept".into(), mask.iter().map(|is_outlier| !is_outlier)))?)
    }
}

impl FittedTransformer for FittedOutlierFilter {
    /// Clips, if that is the action; every row stays.
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let columns = in_parallel(&self.columns, |bounds| {
            let column = bounds.find(frame)?;
            if self.action == Action::Clip {
                // Not `f64::clamp`, which panics on bounds that are not in order.
                columns::map_finite(column, |value| {
                    if value < bounds.lower {
                        bounds.lower
                    } else if value > bounds.upper {
                        bounds.upper
                    } else {
                        value
                    }
                })
            } else {
                columns::finite_values(column)?;
                Ok(column.clone())
            }
        })?;
        columns::replaced(frame, columns)
    }

    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        if self.action == Action::Clip {
            return Err(Error::NotInvertible { step: NAME, reason: "a clipped value does not tell what it was" });
        }
        Ok(frame.clone())
    }

    fn training_rows(&self, frame: &DataFrame) -> Result<Option<Vec<bool>>> {
        if self.action != Action::Drop {
            return Ok(None);
        }
        Ok(Some(self.mask(frame)?.iter().map(|is_outlier| !is_outlier).collect()))
    }
}

impl Bounds {
    fn find<'a>(&self, frame: &'a DataFrame) -> Result<&'a Column> {
        columns::fitted(NAME, frame, &self.column, &self.dtype, is_numeric)
    }
}

fn z_score_bounds(values: &[f64], threshold: f64) -> Option<(f64, f64)> {
    let summary = statistics::Summary::of(values);
    if summary.is_constant() {
        // Rounding alone would make outliers of equal values.
        return statistics::min_max(values);
    }
    let spread = threshold * summary.variance(0)?.sqrt();
    Some((summary.mean - spread, summary.mean + spread))
}

fn iqr_bounds(values: &[f64], factor: f64) -> Option<(f64, f64)> {
    let mut known = statistics::known(values);
    let lower = statistics::quantile(&mut known, 0.25)?;
    let upper = statistics::quantile(&mut known, 0.75)?;
    let spread = factor * (upper - lower);
    Some((lower - spread, upper + spread))
}

fn check_threshold(threshold: f64) -> Result<()> {
    if threshold > 0.0 && threshold.is_finite() {
        return Ok(());
    }
    Err(invalid_parameter("outlier_filter.threshold", &threshold.into(), "a finite number greater than 0"))
}

fn check_factor(factor: f64) -> Result<()> {
    if factor >= 0.0 && factor.is_finite() {
        return Ok(());
    }
    Err(invalid_parameter("outlier_filter.factor", &factor.into(), "a finite number of at least 0"))
}
