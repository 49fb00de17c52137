//! Filling by the nearest rows.

use polars::prelude::{Column, DataFrame, Float64Chunked, IntoColumn};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::super::FittedTransformer;
use super::super::columns::{self, Learnt, Selection};
use super::super::params::{ensure, named_setting, transformer};
use super::{indicator, matrix_of, report_of};
use crate::data;
use crate::error::{Error, Result};
use crate::train::interrupt;

const NAME: &str = "knn_imputer";

/// How much each neighbour counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Weights {
    /// All the same.
    #[default]
    Uniform,
    /// By the inverse of their distance; neighbours at no distance count alone.
    Distance,
}

named_setting!(Weights, ["uniform" => Weights::Uniform, "distance" => Weights::Distance]);

/// Fills a missing number with the mean of the training rows that are nearest in the other columns.
///
/// The distance of two rows uses the columns known in both, and is scaled up for the others: d² = n_columns / n_shared · Σ (xⱼ − yⱼ)². Only rows that know the
/// column in question are neighbours; a row that shares no column with any of them takes the column's mean. Scale the columns first, or the one with the
/// greatest numbers decides alone.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `n_neighbors` | 5 | at least 1 | `n_neighbors` |
/// | `weights` | `Weights::Uniform` | `"uniform"`, `"distance"` | `weights` |
/// | `indicator` | `false` | | `indicator`, as in [`Imputer`](super::Imputer) |
/// | `columns` | all of numbers | names | |
///
/// Numbers come out as `f64`. Of rows at the same distance the first come first. The time grows with the product of the rows that miss a value and the
/// training rows, which are kept.
///
/// # Errors
/// When fitted: [`Error::AllMissing`], [`Error::NotFinite`], [`Error::DuplicateColumn`] where an indicator's name is taken,
/// [`Error::InvalidValue`] for a setting out of range, and for named columns [`Error::ColumnNotFound`] and [`Error::NotNumeric`].
/// When applied: [`Error::StepColumnMissing`], [`Error::StepDtype`], [`Error::NotFinite`], [`Error::Interrupted`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{FittedTransformer, KnnImputer};
///
/// let frame = df!("x" => [1.0, 1.1, 9.0, 9.1], "y" => [Some(2.0), None, Some(8.0), Some(8.4)])?;
/// let filled = KnnImputer::new().n_neighbors(1).fit(&frame)?.transform(&frame)?;
/// assert_eq!(filled.column("y")?.f64()?.get(1), Some(2.0));
///
/// assert!(KnnImputer::new().n_neighbors(0).fit(&frame).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. Troyanskaya O et al. (2001). Missing value estimation methods for DNA microarrays. Bioinformatics 17(6).
///    <https://doi.org/10.1093/bioinformatics/17.6.520>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnnImputer {
    n_neighbors: usize,
    weights: Weights,
    indicator: bool,
    columns: Selection,
}

impl Default for KnnImputer {
    fn default() -> Self {
        Self { n_neighbors: 5, weights: Weights::Uniform, indicator: false, columns: None }
    }
}

impl KnnImputer {
    /// The mean of five neighbours for every column of numbers.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many neighbours are asked.
    pub fn n_neighbors(mut self, n_neighbors: usize) -> Self {
        self.n_neighbors = n_neighbors;
        self
    }

    /// How much each neighbour counts.
    pub fn weights(mut self, weights: Weights) -> Self {
        self.weights = weights;
        self
    }

    /// Whether columns of flags tell what was missing.
    pub fn indicator(mut self, indicator: bool) -> Self {
        self.indicator = indicator;
        self
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    fn check(&self) -> Result<()> {
        ensure(self.n_neighbors >= 1, "knn_imputer.n_neighbors", self.n_neighbors, "at least 1")
    }

    /// Remembers the training rows.
    ///
    /// # Errors
    /// See [`KnnImputer`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedKnnImputer> {
        self.check()?;
        let columns = columns::learn_each(frame, &self.columns, |column| {
            let summary = columns::summary(NAME, column, "drop the column, or impute a constant")?;
            let values = data::numbers(column)?.iter().map(|&value| (!value.is_nan()).then_some(value)).collect();
            Ok(Known { mean: summary.mean, missing: column.len() - summary.count, values })
        })?;
        let fitted = FittedKnnImputer {
            columns,
            n_neighbors: self.n_neighbors,
            weights: self.weights,
            has_indicator: self.indicator,
        };
        if self.indicator {
            indicator::check(frame, fitted.incomplete())?;
        }
        Ok(fitted)
    }
}

transformer!(KnnImputer, NAME, [n_neighbors, weights, indicator]);

/// The training rows that a [`KnnImputer`] remembers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedKnnImputer {
    columns: Vec<Learnt<Known>>,
    n_neighbors: usize,
    weights: Weights,
    has_indicator: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Known {
    mean: f64,
    missing: usize,
    /// Not NaN, which JSON cannot hold.
    values: Vec<Option<f64>>,
}

impl FittedKnnImputer {
    /// What was learnt: `column`, `missing` (how many training values were) and `mean`, which is filled in where no neighbour is.
    ///
    /// # Errors
    /// [`Error::Polars`] in principle; none is known.
    pub fn statistics(&self) -> Result<DataFrame> {
        columns::table(&self.columns, &[("missing", |known| known.missing as f64), ("mean", |known| known.mean)])
    }

    /// What is filled in `frame`: `column`, `strategy` and `count`.
    ///
    /// # Errors
    /// Those of a frame that the step was not fitted on; see [`KnnImputer`].
    pub fn filled(&self, frame: &DataFrame) -> Result<DataFrame> {
        report_of(&self.columns, NAME, "k_nearest_neighbors", frame)
    }

    fn incomplete(&self) -> Vec<&str> {
        self.columns.iter().filter(|known| known.learnt.missing > 0).map(|known| known.column.as_str()).collect()
    }
}

impl FittedTransformer for FittedKnnImputer {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let values = matrix_of(&self.columns, NAME, frame)?;
        let training = Training::of(&self.columns);
        let incomplete: Vec<usize> =
            (0..frame.height()).filter(|&row| values.iter().any(|column| is_nan_at(column, row))).collect();
        data::name_pool();
        let fills: Vec<Result<Vec<f64>>> = incomplete
            .par_iter()
            .map(|&row| {
                interrupt::check()?;
                let known: Vec<f64> =
                    values.iter().map(|column| column.get(row).copied().unwrap_or(f64::NAN)).collect();
                Ok(training.filled(&known, self.n_neighbors, self.weights))
            })
            .collect();
        let mut values = values;
        for (&row, fill) in incomplete.iter().zip(fills) {
            for (column, value) in values.iter_mut().zip(fill?) {
                if let Some(cell) = column.get_mut(row) {
                    *cell = value;
                }
            }
        }
        let columns = self.columns.iter().zip(values).map(|(known, values)| -> Column {
            Float64Chunked::from_vec(known.column.as_str().into(), values).into_column()
        });
        let filled = columns::replaced(frame, columns.collect())?;
        if self.has_indicator { indicator::append(frame, filled, &self.incomplete()) } else { Ok(filled) }
    }

    /// Makes missing again what the indicators say was missing, and takes them away.
    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        if !self.has_indicator {
            return Err(Error::NotInvertible { step: NAME, reason: indicator::NOT_INVERTIBLE });
        }
        indicator::undo(NAME, frame, &self.incomplete())
    }
}

fn is_nan_at(values: &[f64], row: usize) -> bool {
    values.get(row).is_some_and(|value| value.is_nan())
}

/// The training values by column: 0 where missing, beside 1 for each that is known, so that sums need no branch.
struct Training {
    columns: Vec<(Vec<f64>, Vec<f64>, f64)>,
    n_rows: usize,
}

impl Training {
    fn of(columns: &[Learnt<Known>]) -> Self {
        let n_rows = columns.first().map_or(0, |known| known.learnt.values.len());
        let columns = columns.iter().map(|known| {
            let values = known.learnt.values.iter().map(|value| value.unwrap_or_default()).collect();
            let is_known = known.learnt.values.iter().map(|value| if value.is_some() { 1.0 } else { 0.0 }).collect();
            (values, is_known, known.learnt.mean)
        });
        Self { columns: columns.collect(), n_rows }
    }

    /// A row's values, the missing ones filled.
    fn filled(&self, row: &[f64], n_neighbors: usize, weights: Weights) -> Vec<f64> {
        let distances = self.distances(row);
        let fill = |((values, is_known, mean), &value): (&(Vec<f64>, Vec<f64>, f64), &f64)| {
            if !value.is_nan() {
                return value;
            }
            let donors = distances.iter().zip(values).zip(is_known).enumerate();
            let mut donors: Vec<(f64, usize, f64)> = donors
                .filter(|(_, ((distance, _), is_known))| **is_known == 1.0 && !distance.is_nan())
                .map(|(place, ((&distance, &value), _))| (distance, place, value))
                .collect();
            if donors.is_empty() {
                return *mean;
            }
            let order = |a: &(f64, usize, f64), b: &(f64, usize, f64)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
            if donors.len() > n_neighbors {
                donors.select_nth_unstable_by(n_neighbors - 1, order);
                donors.truncate(n_neighbors);
            }
            // In a fixed order, so that the sum is always the same.
            donors.sort_unstable_by(order);
            weighted_mean(&donors, weights)
        };
        self.columns.iter().zip(row).map(fill).collect()
    }

    /// The distance of each training row from `row`; NaN where they share no column.
    fn distances(&self, row: &[f64]) -> Vec<f64> {
        let (mut squares, mut shared) = (vec![0.0; self.n_rows], vec![0.0; self.n_rows]);
        for ((values, is_known, _), &value) in self.columns.iter().zip(row) {
            if value.is_nan() {
                continue;
            }
            for (((square, shared), other), is_known) in squares.iter_mut().zip(&mut shared).zip(values).zip(is_known) {
                let distance = (value - other) * is_known;
                *square += distance * distance;
                *shared += is_known;
            }
        }
        let n_columns = self.columns.len() as f64;
        squares.iter().zip(shared).map(|(square, shared)| (square / shared * n_columns).sqrt()).collect()
    }
}

fn weighted_mean(donors: &[(f64, usize, f64)], weights: Weights) -> f64 {
    let at_no_distance = donors.iter().any(|donor| donor.0 == 0.0);
    let weight = |distance: f64| match weights {
        Weights::Uniform => 1.0,
        Weights::Distance if at_no_distance => f64::from(u8::from(distance == 0.0)),
        Weights::Distance => 1.0 / distance,
    };
    let total: f64 = donors.iter().map(|donor| weight(donor.0)).sum();
    if total == 0.0 || !total.is_finite() {
        // All are too far, or too near, for floats to tell apart.
        return donors.iter().map(|donor| donor.2 / donors.len() as f64).sum();
    }
    // Shares of the total, so that great values do not overflow.
    donors.iter().map(|donor| donor.2 * (weight(donor.0) / total)).sum()
}
