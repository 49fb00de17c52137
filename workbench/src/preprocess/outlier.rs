//! Values far from the rest.

mod forest;
mod tree;

use std::sync::atomic::{AtomicBool, Ordering};

use polars::prelude::{Column, DataFrame, IdxSize, NamedFrom, Series};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::FittedTransformer;
use super::columns::{self, Selection};
use super::fit_transform::{filter, filter_owned};
use super::impute::blanked;
use super::params::{ensure, invalid_parameter, named_setting, transformer};
use crate::data::{self, in_parallel, is_numeric, statistics};
use crate::error::{Error, Result};

pub use forest::{FittedIsolationForest, IsolationForest};

const NAME: &str = "outlier_filter";
const THRESHOLD: f64 = 3.0;
const FACTOR: f64 = 1.5;
/// So many rows are looked at together.
const MASK_ROWS: usize = 1 << 14;
/// The median absolute deviation of a standard normal distribution, as it is commonly rounded.
const MAD_OF_NORMAL: f64 = 0.6745;
/// The standard deviation of a normal distribution as a multiple of its mean absolute deviation.
const STD_OF_MEAN_DEVIATION: f64 = 1.253314;

/// How the bounds of ordinary values are found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outliers {
    /// mean ± threshold · std, where the standard deviation divides by n.
    ZScore {
        /// How many standard deviations are ordinary; greater than 0, usually 3.
        threshold: f64,
    },
    /// median ± threshold · MAD / 0.6745, where MAD is the median of |x − median|. Where more than half of the values are equal, MAD is 0, and
    /// 1.253314 times the mean of |x − median| stands for MAD / 0.6745.
    ModifiedZScore {
        /// How many deviations are ordinary; greater than 0, usually 3.5.
        threshold: f64,
    },
    /// From Q1 − factor · (Q3 − Q1) to Q3 + factor · (Q3 − Q1), where the quartiles are found by linear interpolation.
    Iqr {
        /// How many interquartile ranges are ordinary; at least 0, usually 1.5.
        factor: f64,
    },
}

/// The same without its number, which a search sets apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Method {
    ZScore,
    ModifiedZScore,
    Iqr,
}

named_setting!(Method, ["zscore" => Method::ZScore, "modified_zscore" => Method::ModifiedZScore, "iqr" => Method::Iqr]);

/// What becomes of an outlier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// It stays; the fitted step's `report` tells of it.
    #[default]
    Report,
    /// It is moved to the bound.
    Clip,
    /// It becomes missing, for an imputer to fill.
    Missing,
    /// Its row is left out of training. A prediction never loses rows.
    Drop,
}

named_setting!(Action, [
    "report" => Action::Report, "clip" => Action::Clip, "missing" => Action::Missing, "drop" => Action::Drop
]);

/// Finds values outside bounds that are learnt from the training rows, and reports, clips, empties or drops them.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | method | none: name it | [`Outliers`] | `method`: `"zscore"`, `"modified_zscore"`, `"iqr"` |
/// | `threshold` | 3.0 | greater than 0 | `threshold`, for the two Z-scores |
/// | `factor` | 1.5 | at least 0 | `factor`, for `"iqr"` |
/// | `action` | `Action::Report` | [`Action`] | `action`: `"report"`, `"clip"`, `"missing"`, `"drop"` |
/// | `whole_row` | `false` | `true` makes all columns of a row missing where one holds an outlier | `whole_row`, for `"missing"` |
/// | `columns` | all of numbers | names | |
///
/// A missing value is never an outlier, and a constant column has none. Clipped columns come out as `f64`.
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
/// 2. Iglewicz B, Hoaglin DC (1993). How to Detect and Handle Outliers. ASQC. (the modified Z-score)
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutlierFilter {
    method: Method,
    threshold: f64,
    factor: f64,
    action: Action,
    whole_row: bool,
    columns: Selection,
}

impl OutlierFilter {
    /// Reports what `method` finds in every column of numbers.
    pub fn new(method: Outliers) -> Self {
        let (method, threshold, factor) = match method {
            Outliers::ZScore { threshold } => (Method::ZScore, threshold, FACTOR),
            Outliers::ModifiedZScore { threshold } => (Method::ModifiedZScore, threshold, FACTOR),
            Outliers::Iqr { factor } => (Method::Iqr, THRESHOLD, factor),
        };
        Self { method, threshold, factor, action: Action::Report, whole_row: false, columns: None }
    }

    /// What becomes of an outlier.
    pub fn action(mut self, action: Action) -> Self {
        self.action = action;
        self
    }

    /// Whether a whole row becomes missing for one outlier.
    pub fn whole_row(mut self, whole_row: bool) -> Self {
        self.whole_row = whole_row;
        self
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    fn check(&self) -> Result<()> {
        let is_allowed = self.threshold > 0.0 && self.threshold.is_finite();
        ensure(is_allowed, "outlier_filter.threshold", self.threshold, "a finite number greater than 0")?;
        let is_allowed = self.factor >= 0.0 && self.factor.is_finite();
        ensure(is_allowed, "outlier_filter.factor", self.factor, "a finite number of at least 0")
    }

    /// Learns the bounds of each column.
    ///
    /// # Errors
    /// See [`OutlierFilter`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedOutlierFilter> {
        self.check()?;
        let columns = columns::numeric(frame, &self.columns)?;
        let columns = in_parallel(&columns, |column| self.fit_column(column))?;
        Ok(FittedOutlierFilter { columns, action: self.action, whole_row: self.whole_row })
    }

    fn fit_column(&self, column: &Column) -> Result<Bounds> {
        let (lower, upper) = match self.method {
            Method::ZScore => z_score_bounds(column, self.threshold)?,
            Method::ModifiedZScore => modified_z_score_bounds(column, self.threshold)?,
            Method::Iqr => iqr_bounds(column, self.factor)?,
        };
        if !lower.is_finite() || !upper.is_finite() {
            return Err(columns::too_large(NAME, "spread", column.name()));
        }
        Ok(Bounds { column: column.name().to_string(), dtype: column.dtype().to_string(), lower, upper })
    }
}

transformer!(OutlierFilter, NAME, [method, threshold, factor, action, whole_row]);

/// The bounds that an [`OutlierFilter`] learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedOutlierFilter {
    columns: Vec<Bounds>,
    action: Action,
    whole_row: bool,
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

    /// Each outlier in `frame`: `row` (0-based), `column`, `value`, and the bounds `lower` and `upper`.
    ///
    /// # Errors
    /// Those of a frame that the step was not fitted on; see [`OutlierFilter`].
    pub fn found(&self, frame: &DataFrame) -> Result<DataFrame> {
        let found = in_parallel(&self.columns, |bounds| {
            let values = columns::finite_values(bounds.find(frame)?)?;
            let outside = values.iter().enumerate().filter(|(_, value)| bounds.is_outside(**value));
            Ok(outside.map(|(row, &value)| (row, value)).collect::<Vec<_>>())
        })?;
        let found = self.columns.iter().zip(found);
        let mut found: Vec<(usize, &Bounds, f64)> =
            found.flat_map(|(bounds, found)| found.into_iter().map(move |(row, value)| (row, bounds, value))).collect();
        found.sort_by_key(|(row, ..)| *row);
        let names: Vec<&str> = found.iter().map(|(_, bounds, _)| bounds.column.as_str()).collect();
        let columns = vec![
            columns::counts("row", found.iter().map(|(row, ..)| *row)),
            columns::texts("column", &names),
            columns::floats("value", found.iter().map(|(.., value)| *value).collect()),
            columns::floats("lower", found.iter().map(|(_, bounds, _)| bounds.lower).collect()),
            columns::floats("upper", found.iter().map(|(_, bounds, _)| bounds.upper).collect()),
        ];
        Ok(DataFrame::new(names.len(), columns)?)
    }

    /// For each row of `frame` whether it holds an outlier in any column.
    ///
    /// # Errors
    /// Those of a frame that the step was not fitted on; see [`OutlierFilter`].
    pub fn mask(&self, frame: &DataFrame) -> Result<Vec<bool>> {
        let columns = in_parallel(&self.columns, |bounds| {
            let column = bounds.find(frame)?;
            Ok((bounds.lower, bounds.upper, data::numbers(column)?))
        })?;
        let is_infinite = AtomicBool::new(false);
        let mut mask = vec![false; frame.height()];
        // Rows in blocks, so that the mask stays in the cache while all columns are looked at.
        mask.par_chunks_mut(MASK_ROWS).enumerate().for_each(|(block_idx, mask)| {
            for (lower, upper, values) in &columns {
                let start = block_idx * MASK_ROWS;
                let values = values.get(start..start + mask.len()).unwrap_or_default();
                if values.iter().fold(false, |any, value| any | value.is_infinite()) {
                    is_infinite.store(true, Ordering::Relaxed);
                }
                let (lower, upper) = (*lower, *upper);
                for (is_outlier, &value) in mask.iter_mut().zip(values) {
                    *is_outlier |= (value < lower) | (value > upper);
                }
            }
        });
        if is_infinite.into_inner() {
            for bounds in &self.columns {
                columns::finite_values(bounds.find(frame)?)?;
            }
        }
        Ok(mask)
    }

    /// `frame` as the action leaves it: the same, clipped, with values missing, or without the rows that hold an outlier.
    ///
    /// # Errors
    /// Those of a frame that the step was not fitted on; see [`OutlierFilter`].
    pub fn apply(&self, frame: &DataFrame) -> Result<DataFrame> {
        if self.action != Action::Drop {
            return self.transform(frame);
        }
        filter(frame, &self.kept(frame)?)
    }

    /// [`apply`](Self::apply) to a frame that is given away: each of its columns is gone before most new ones are there, so that both are hardly ever in
    /// memory together.
    ///
    /// # Errors
    /// Those of [`apply`](Self::apply).
    pub fn apply_owned(&self, frame: DataFrame) -> Result<DataFrame> {
        if self.action != Action::Drop {
            return self.transform_owned(frame);
        }
        let kept = self.kept(&frame)?;
        filter_owned(frame, &kept)
    }

    fn kept(&self, frame: &DataFrame) -> Result<Vec<bool>> {
        let mut mask = self.mask(frame)?;
        mask.iter_mut().for_each(|is_outlier| *is_outlier = !*is_outlier);
        Ok(mask)
    }
}

impl FittedTransformer for FittedOutlierFilter {
    /// Clips or empties, if that is the action; every row stays.
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let whole_rows = if self.action == Action::Missing && self.whole_row { Some(self.mask(frame)?) } else { None };
        let columns = in_parallel(&self.columns, |bounds| {
            let column = bounds.find(frame)?;
            match (self.action, &whole_rows) {
                // Not `f64::clamp`, which panics on bounds that are not in order.
                (Action::Clip, _) => columns::map_finite(column, |value| {
                    if value < bounds.lower {
                        bounds.lower
                    } else if value > bounds.upper {
                        bounds.upper
                    } else {
                        value
                    }
                }),
                (Action::Missing, Some(rows)) => blanked(column, rows.iter().copied()),
                (Action::Missing, None) => {
                    let values = columns::finite_values(column)?;
                    blanked(column, values.iter().map(|&value| bounds.is_outside(value)))
                }
                (Action::Report | Action::Drop, _) => {
                    columns::finite_values(column)?;
                    Ok(column.clone())
                }
            }
        })?;
        columns::replaced(frame, columns)
    }

    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        match self.action {
            Action::Clip => {
                Err(Error::NotInvertible { step: NAME, reason: "a clipped value does not tell what it was" })
            }
            Action::Missing => {
                Err(Error::NotInvertible { step: NAME, reason: "a missing value does not tell what it was" })
            }
            Action::Report | Action::Drop => Ok(frame.clone()),
        }
    }

    fn training_rows(&self, frame: &DataFrame) -> Result<Option<Vec<bool>>> {
        if self.action != Action::Drop {
            return Ok(None);
        }
        self.kept(frame).map(Some)
    }
}

impl Bounds {
    fn find<'a>(&self, frame: &'a DataFrame) -> Result<&'a Column> {
        columns::fitted(NAME, frame, &self.column, &self.dtype, is_numeric)
    }

    fn is_outside(&self, value: f64) -> bool {
        value < self.lower || value > self.upper
    }
}

fn z_score_bounds(column: &Column, threshold: f64) -> Result<(f64, f64)> {
    let summary = columns::summary(NAME, column, "drop the column")?;
    if summary.is_constant() {
        // Rounding alone would make outliers of equal values.
        return Ok((summary.min, summary.max));
    }
    let spread = threshold * summary.variance(0).unwrap_or_default().sqrt();
    Ok((summary.mean - spread, summary.mean + spread))
}

fn modified_z_score_bounds(column: &Column, threshold: f64) -> Result<(f64, f64)> {
    let values = columns::finite_values(column)?;
    let mut known = statistics::known(&values);
    let Some(median) = statistics::quantile(&mut known, 0.5) else {
        return Err(columns::all_missing(NAME, column, "drop the column"));
    };
    known.iter_mut().for_each(|value| *value = (*value - median).abs());
    let mad = statistics::quantile(&mut known, 0.5).unwrap_or_default();
    let deviation = if mad > 0.0 {
        mad / MAD_OF_NORMAL
    } else {
        STD_OF_MEAN_DEVIATION * statistics::mean(&known).unwrap_or_default()
    };
    Ok((median - threshold * deviation, median + threshold * deviation))
}

fn iqr_bounds(column: &Column, factor: f64) -> Result<(f64, f64)> {
    let quartiles = statistics::column_quantiles(column, &[0.25, 0.75])?.map(|(_, quartiles)| quartiles);
    let Some([lower, upper]) = quartiles.as_deref() else {
        return Err(columns::all_missing(NAME, column, "drop the column"));
    };
    let spread = factor * (upper - lower);
    Ok((lower - spread, upper + spread))
}

/// The error of an action that makes no sense for `step`.
fn no_such_action(step: &str, action: Action, allowed: &str) -> Error {
    let action = super::params::Setting::shown(&action);
    invalid_parameter(&format!("{step}.action"), &action, allowed)
}
