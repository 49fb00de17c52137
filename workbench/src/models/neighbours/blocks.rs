//! The nearest rows by looking at all of them, a block of queries and a block of rows at a time.
//!
//! `|x - y|² = |x|² + |y|² - 2 x·y`, and the products of two blocks are one product of matrices. That formula loses digits where rows lie
//! close together. So it only says which rows cannot be among the nearest, within the error that it may have; of the few others the distance
//! is computed column by column.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, s};

use super::index::Nearest;
use super::metric::Measure;
use crate::error::Result;
use crate::train::interrupt;

/// Queries in a block.
pub(super) const QUERIES: usize = 64;
/// Rows in a block.
const ROWS: usize = 512;
/// Products compared at once.
const LANES: usize = 8;

/// What is known of the rows beforehand.
#[derive(Debug)]
pub(super) struct Blocks {
    /// For each row what its product with a query is taken from.
    bases: Vec<f64>,
    /// The greatest square of a row's length.
    greatest: f64,
}

impl Blocks {
    pub(super) fn new(rows: &Array2<f64>, measure: Measure) -> Self {
        let bases: Vec<f64> = match measure {
            Measure::Squared => rows.rows().into_iter().map(|row| row.dot(&row)).collect(),
            Measure::Cosine => vec![1.0; rows.nrows()],
            Measure::Absolute | Measure::Power(_) => Vec::new(),
        };
        let greatest = bases.iter().copied().fold(0.0, f64::max);
        Self { bases, greatest }
    }

    /// Adds to `best`, one for each of `queries`, those of `rows` that are nearest.
    pub(super) fn search(
        &self,
        rows: &Array2<f64>,
        measure: Measure,
        queries: ArrayView2<'_, f64>,
        best: &mut [Nearest],
    ) -> Result<()> {
        let factor = match measure {
            Measure::Squared => 2.0,
            Measure::Cosine => 1.0,
            Measure::Absolute | Measure::Power(_) => return directly(rows, measure, queries, best),
        };
        let (n_rows, n_columns) = rows.dim();
        let lengths: Vec<f64> = match measure {
            Measure::Squared => queries.rows().into_iter().map(|query| query.dot(&query)).collect(),
            _ => vec![0.0; queries.nrows()],
        };
        let mut products = Array2::zeros((queries.nrows(), ROWS));
        for first in (0..n_rows).step_by(ROWS) {
            interrupt::check()?;
            let last = (first + ROWS).min(n_rows);
            let mut products = products.slice_mut(s![.., ..last - first]);
            general_mat_mul(1.0, &queries, &rows.slice(s![first..last, ..]).t(), 0.0, &mut products);
            let bases = self.bases.get(first..last).unwrap_or_default();
            let of_queries = products.rows().into_iter().zip(queries.rows()).zip(best.iter_mut()).zip(&lengths);
            for (((products, query), best), &length) in of_queries {
                let (Some(products), Some(query)) = (products.to_slice(), query.to_slice()) else { continue };
                // Twice what the sums may be off by.
                let error = (2 * n_columns + 8) as f64 * f64::EPSILON * (length + self.greatest);
                let mut most = best.worst() + error - length;
                let parts = products.chunks(LANES).zip(bases.chunks(LANES)).enumerate();
                for (part, (products, bases)) in parts {
                    let mut least = f64::INFINITY;
                    for (product, base) in products.iter().zip(bases) {
                        least = least.min(base - factor * product);
                    }
                    if least > most {
                        continue;
                    }
                    for (lane, (product, base)) in products.iter().zip(bases).enumerate() {
                        if base - factor * product > most {
                            continue;
                        }
                        let row = first + part * LANES + lane;
                        if let Some(values) = rows.row(row).to_slice() {
                            best.add(measure.between(query, values), row as u32);
                            most = best.worst() + error - length;
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// The distances column by column, where there is no product.
fn directly(rows: &Array2<f64>, measure: Measure, queries: ArrayView2<'_, f64>, best: &mut [Nearest]) -> Result<()> {
    for first in (0..rows.nrows()).step_by(ROWS) {
        interrupt::check()?;
        let block = rows.slice(s![first..(first + ROWS).min(rows.nrows()), ..]);
        for (query, best) in queries.rows().into_iter().zip(best.iter_mut()) {
            let Some(query) = query.to_slice() else { continue };
            for (row, values) in block.rows().into_iter().enumerate() {
                let Some(values) = values.to_slice() else { continue };
                let reduced = measure.between(query, values);
                if reduced <= best.worst() {
                    best.add(reduced, (first + row) as u32);
                }
            }
        }
    }
    Ok(())
}
