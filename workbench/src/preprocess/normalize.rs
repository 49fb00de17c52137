//! Rows of length 1.

use std::borrow::Cow;

use polars::prelude::DataFrame;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::FittedTransformer;
use super::columns::{self, Learnt, Selection};
use super::params::{named_setting, transformer};
use crate::data::{self, in_parallel};
use crate::error::{Error, Result};

const NAME: &str = "normalizer";
/// Rows whose lengths are computed together.
const BLOCK_ROWS: usize = 1024;

/// How the length of a row is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Norm {
    /// Σ |x|
    L1,
    /// √(Σ x²)
    #[default]
    L2,
    /// max |x|
    Max,
}

named_setting!(Norm, ["l1" => Norm::L1, "l2" => Norm::L2, "max" => Norm::Max]);

/// Divides each row by its length: s = x / ‖x‖.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `norm` | `Norm::L2` | `"l1"`, `"l2"`, `"max"` | `norm` |
/// | `columns` | all of numbers | names | |
///
/// Missing values stay missing and have no part in the length; a row of zeros stays as it is. Nothing is learnt but the columns. Numbers come out as `f64`.
///
/// # Errors
/// When fitted: for named columns [`Error::ColumnNotFound`] and [`Error::NotNumeric`].
/// When applied: [`Error::StepColumnMissing`], [`Error::StepDtype`], [`Error::NotFinite`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{Normalizer, Transformer};
///
/// let unit = Normalizer::new().fit_transform(&df!("x" => [3.0], "y" => [4.0])?)?;
/// assert_eq!(unit.column("y")?.f64()?.get(0), Some(0.8));
///
/// assert!(Normalizer::new().columns(&["t"]).fit(&df!("t" => ["a"])?).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Normalizer {
    norm: Norm,
    columns: Selection,
}

impl Normalizer {
    /// Length 1 by the sum of squares over every column of numbers.
    pub fn new() -> Self {
        Self::default()
    }

    /// How the length of a row is measured.
    pub fn norm(mut self, norm: Norm) -> Self {
        self.norm = norm;
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

    /// Remembers the columns.
    ///
    /// # Errors
    /// See [`Normalizer`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedNormalizer> {
        let columns = columns::learn_each(frame, &self.columns, |column| columns::finite_values(column).map(|_| ()))?;
        Ok(FittedNormalizer { columns, norm: self.norm })
    }
}

transformer!(Normalizer, NAME, [norm]);

/// The columns of a [`Normalizer`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedNormalizer {
    columns: Vec<Learnt<()>>,
    norm: Norm,
}

impl FittedNormalizer {
    /// The length of each row of `frame`.
    ///
    /// # Errors
    /// Those of a frame that the step was not fitted on; see [`Normalizer`].
    pub fn lengths(&self, frame: &DataFrame) -> Result<Vec<f64>> {
        let columns = self.columns.iter().map(|learnt| columns::finite_values(learnt.find(NAME, frame)?));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let mut lengths = vec![0.0; frame.height()];
        data::name_pool();
        lengths.par_chunks_mut(BLOCK_ROWS).enumerate().for_each(|(block_idx, lengths)| {
            let values = |column: &Cow<'_, [f64]>| -> Vec<f64> {
                column.iter().skip(block_idx * BLOCK_ROWS).take(BLOCK_ROWS).copied().collect()
            };
            // The greatest of each row, by which squares are divided, so that none overflows or vanishes.
            let mut greatest = vec![0.0f64; lengths.len()];
            for column in &columns {
                for (greatest, value) in greatest.iter_mut().zip(values(column)) {
                    *greatest = greatest.max(value.abs());
                }
            }
            for column in columns.iter().filter(|_| self.norm != Norm::Max) {
                for ((length, greatest), value) in lengths.iter_mut().zip(&greatest).zip(values(column)) {
                    let share = if value.is_nan() || *greatest == 0.0 { 0.0 } else { value / greatest };
                    *length += if self.norm == Norm::L1 { share.abs() } else { share * share };
                }
            }
            for (length, greatest) in lengths.iter_mut().zip(greatest) {
                *length = greatest
                    * match self.norm {
                        Norm::L1 => *length,
                        Norm::L2 => length.sqrt(),
                        Norm::Max => 1.0,
                    };
            }
        });
        Ok(lengths)
    }
}

impl FittedTransformer for FittedNormalizer {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let lengths = self.lengths(frame)?;
        let columns = in_parallel(&self.columns, |learnt| {
            let values = data::numbers(learnt.find(NAME, frame)?)?;
            let scaled =
                values.iter().zip(&lengths).map(|(value, length)| if *length > 0.0 { value / length } else { *value });
            let scaled: Vec<f64> = scaled.collect();
            Ok(columns::floats_or_null(&learnt.column, &scaled))
        })?;
        columns::replaced(frame, columns)
    }

    fn inverse_transform(&self, _frame: &DataFrame) -> Result<DataFrame> {
        Err(Error::NotInvertible { step: NAME, reason: "a row of length 1 does not tell how long it was" })
    }
}
