//! Smaller dtypes for the same values.

use polars::prelude::{Column, DataFrame, DataType};
use serde::{Deserialize, Serialize};

use super::FittedTransformer;
use super::cast::{Kind, shown};
use super::columns::{self, Learnt, Selection};
use super::params::{named_setting, transformer};
use crate::data;
use crate::error::{Error, Result};

const NAME: &str = "downcast";

/// What becomes of columns of `f64`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Floats {
    /// `f32` where every value is the same as before.
    #[default]
    Exact,
    /// `f32` where no value becomes infinite; values change by up to 6e-8 of their size.
    Rounded,
    /// They stay.
    Keep,
}

named_setting!(Floats, ["exact" => Floats::Exact, "rounded" => Floats::Rounded, "keep" => Floats::Keep]);

/// Gives columns of numbers the smallest dtype that loses nothing: `u8`, `u16`, `u32` where no value is negative, else `i8`, `i16`, `i32`; `f32`.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `floats` | `Floats::Exact` | `"exact"`, `"rounded"`, `"keep"` | `floats` |
/// | `columns` | all of numbers | names | |
///
/// The dtypes are learnt from the training rows. A later value that does not fit is an error, never a wrong number. A column that no smaller dtype holds, or in which
/// nothing is known, stays as it is. Undone, columns have their old dtypes. Most other steps compute in `f64`, so that this is the last step before data is kept.
///
/// # Errors
/// When fitted: for named columns [`Error::ColumnNotFound`] and [`Error::NotNumeric`].
/// When applied: [`Error::NotConvertible`] with the row, the value and the count; [`Error::StepColumnMissing`], [`Error::StepDtype`].
///
/// # Examples
///
/// ```
/// use polars::prelude::{DataType, df};
/// use workbench::preprocess::{Downcast, FittedTransformer};
///
/// let downcast = Downcast::new().fit(&df!("age" => [3i64, 90], "share" => [0.5, 0.25])?)?;
/// let small = downcast.transform(&df!("age" => [7i64], "share" => [0.75])?)?;
/// assert_eq!(small.dtypes(), [DataType::UInt8, DataType::Float32]);
///
/// let error = downcast.transform(&df!("age" => [256i64], "share" => [0.5])?).unwrap_err();
/// assert!(error.to_string().contains("row 0 (0-based) holds 256"));
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Downcast {
    floats: Floats,
    columns: Selection,
}

impl Downcast {
    /// Every column of numbers, without any loss.
    pub fn new() -> Self {
        Self::default()
    }

    /// What becomes of columns of `f64`.
    pub fn floats(mut self, floats: Floats) -> Self {
        self.floats = floats;
        self
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Learns the smallest dtype of each column.
    ///
    /// # Errors
    /// See [`Downcast`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedDowncast> {
        let columns = columns::learn_each(frame, &self.columns, |column| self.fit_column(column))?;
        Ok(FittedDowncast { columns, is_exact: self.floats != Floats::Rounded })
    }

    /// `None` for a column that stays.
    fn fit_column(&self, column: &Column) -> Result<Option<Kind>> {
        let candidates: &[Kind] = match column.dtype() {
            DataType::Float64 if self.floats != Floats::Keep => &[Kind::Float32],
            dtype if dtype.is_integer() => {
                &[Kind::UInt8, Kind::Int8, Kind::UInt16, Kind::Int16, Kind::UInt32, Kind::Int32]
            }
            _ => &[],
        };
        if data::missing_count(column)? == column.len() {
            return Ok(None);
        }
        for &kind in candidates {
            let is_smaller = bytes(&kind.dtype()) < bytes(column.dtype());
            if is_smaller && lost(column, kind, self.floats != Floats::Rounded)?.1.is_empty() {
                return Ok(Some(kind));
            }
        }
        Ok(None)
    }
}

transformer!(Downcast, NAME, [floats]);

/// The dtypes that a [`Downcast`] learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedDowncast {
    columns: Vec<Learnt<Option<Kind>>>,
    is_exact: bool,
}

impl FittedDowncast {
    /// What was learnt: `column`, `from` and `to`.
    ///
    /// # Errors
    /// [`Error::Polars`] in principle; none is known.
    pub fn report(&self) -> Result<DataFrame> {
        let to =
            |learnt: &Learnt<Option<Kind>>| learnt.learnt.map_or(learnt.dtype.clone(), |kind| kind.dtype().to_string());
        let columns = vec![
            columns::texts("column", &self.columns.iter().map(|learnt| learnt.column.clone()).collect::<Vec<_>>()),
            columns::texts("from", &self.columns.iter().map(|learnt| learnt.dtype.clone()).collect::<Vec<_>>()),
            columns::texts("to", &self.columns.iter().map(to).collect::<Vec<_>>()),
        ];
        Ok(DataFrame::new(self.columns.len(), columns)?)
    }
}

impl FittedTransformer for FittedDowncast {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        Learnt::change_each(&self.columns, NAME, frame, |kind, column| {
            let Some(kind) = *kind else { return Ok(column.clone()) };
            let (small, lost) = lost(column, kind, self.is_exact)?;
            match lost.first() {
                Some(&row) => Err(Error::NotConvertible {
                    step: NAME,
                    column: column.name().to_string(),
                    dtype: kind.dtype().to_string(),
                    row,
                    value: shown(column, row)?,
                    count: lost.len(),
                }),
                None => Ok(small),
            }
        })
    }

    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let columns = self.columns.iter().map(|learnt| {
            let column = learnt.find(NAME, frame)?;
            Ok(column.strict_cast(&Kind::named(&learnt.column, &learnt.dtype)?.dtype())?)
        });
        columns::replaced(frame, columns.collect::<Result<_>>()?)
    }
}

fn bytes(dtype: &DataType) -> usize {
    match dtype {
        DataType::Int8 | DataType::UInt8 => 1,
        DataType::Int16 | DataType::UInt16 => 2,
        DataType::Int32 | DataType::UInt32 | DataType::Float32 => 4,
        _ => 8,
    }
}

/// `column` as `kind`, and the rows whose value is not the same any more (or has become infinite, where `is_exact` does not ask for more).
fn lost(column: &Column, kind: Kind, is_exact: bool) -> Result<(Column, Vec<usize>)> {
    let small = column.cast(&kind.dtype())?;
    if kind != Kind::Float32 {
        // An integer out of range becomes null.
        let (known, null) = (column.is_not_null(), small.is_null());
        let lost = known.iter().zip(null.iter()).enumerate();
        let lost = lost.filter(|(_, (known, null))| *known == Some(true) && *null == Some(true));
        return Ok((small, lost.map(|(row, _)| row).collect()));
    }
    let values = data::numbers(column)?;
    let is_lost = |value: f64| {
        let same = f64::from(value as f32);
        if is_exact { same != value && !value.is_nan() } else { same.is_infinite() && value.is_finite() }
    };
    let lost = values.iter().enumerate().filter(|(_, value)| is_lost(**value)).map(|(row, _)| row).collect();
    Ok((small, lost))
}
