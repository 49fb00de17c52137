//! Scaling by the greatest size.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::FittedTransformer;
use super::columns::{self, Learnt, Selection};
use super::params::transformer;
use crate::error::Result;

const NAME: &str = "max_abs_scaler";

/// Scales columns of numbers so that the greatest size is 1: s = x / max |x|. Zero stays zero.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `columns` | all of numbers | names | |
///
/// A column of zeros is divided by 1. Rows seen later may be greater than 1. Numbers come out as `f64`.
///
/// # Errors
/// When fitted: [`Error::AllMissing`](crate::Error::AllMissing), [`Error::NotFinite`](crate::Error::NotFinite),
/// and for named columns [`Error::ColumnNotFound`](crate::Error::ColumnNotFound) and [`Error::NotNumeric`](crate::Error::NotNumeric).
/// When applied: [`Error::StepColumnMissing`](crate::Error::StepColumnMissing), [`Error::StepDtype`](crate::Error::StepDtype),
/// [`Error::NotFinite`](crate::Error::NotFinite).
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{FittedTransformer, MaxAbsScaler};
///
/// let scaler = MaxAbsScaler::new().fit(&df!("mass" => [1.0, -4.0])?)?;
/// let scaled = scaler.transform(&df!("mass" => [2.0])?)?;
/// assert_eq!(scaled.column("mass")?.f64()?.get(0), Some(0.5));
///
/// assert!(MaxAbsScaler::new().fit(&df!("mass" => [f64::INFINITY])?).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MaxAbsScaler {
    columns: Selection,
}

impl MaxAbsScaler {
    /// From −1 to 1 for every column of numbers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Learns the greatest size in each column.
    ///
    /// # Errors
    /// See [`MaxAbsScaler`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedMaxAbsScaler> {
        let columns = columns::learn_each(frame, &self.columns, |column| {
            let summary = columns::summary(NAME, column, "drop the column")?;
            let greatest = summary.min.abs().max(summary.max.abs());
            Ok(if greatest > 0.0 { greatest } else { 1.0 })
        })?;
        Ok(FittedMaxAbsScaler { columns })
    }
}

transformer!(MaxAbsScaler, NAME, []);

/// The greatest sizes that a [`MaxAbsScaler`] learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedMaxAbsScaler {
    columns: Vec<Learnt<f64>>,
}

impl FittedMaxAbsScaler {
    /// What was learnt: `column` and `max_abs` (what is divided by).
    ///
    /// # Errors
    /// [`Error::Polars`](crate::Error::Polars) in principle; none is known.
    pub fn statistics(&self) -> Result<DataFrame> {
        columns::table(&self.columns, &[("max_abs", |greatest| *greatest)])
    }
}

impl FittedTransformer for FittedMaxAbsScaler {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        Learnt::map_each(&self.columns, NAME, frame, |greatest, value| value / greatest)
    }

    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        Learnt::map_each(&self.columns, NAME, frame, |greatest, value| value * greatest)
    }
}
