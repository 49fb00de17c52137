//! Sums of products over rows: all that least squares ask of the data.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, s};
use rayon::prelude::*;

use super::columns::Columns;
use crate::error::Result;
use crate::train::interrupt;

/// Rows of the matrix that are kept together.
const STRIP: usize = 64;
/// Matrices of more rows than this are summed strip by strip on all threads, smaller ones block by block of the data.
const SMALL: usize = 512;
/// Rows of the data whose sum is one task of a small matrix.
const BLOCK: usize = 4096;
/// Rows of the data that are multiplied at a time, so that they stay in the cache.
const PANEL: usize = 512;

/// The weighted sums of products of features, target and 1, shifted, over some rows: a symmetric matrix of which the lower half is kept.
#[derive(Clone)]
pub(super) struct Moments {
    n: usize,
    /// Strip `k` has the rows from `k · STRIP` on, up to the diagonal block's end.
    strips: Vec<Array2<f64>>,
}

impl Moments {
    fn zeros(n: usize) -> Self {
        let strip = |start: usize| {
            let end = (start + STRIP).min(n);
            Array2::zeros((end - start, end))
        };
        Self { n, strips: (0..n).step_by(STRIP).map(strip).collect() }
    }

    /// The sums over each of `sets` of rows, each in a fixed order.
    pub(super) fn of_each(columns: &Columns, sets: &[&[usize]]) -> Result<Vec<Self>> {
        let n = columns.n_features() + 2;
        let tasks: Vec<(usize, &[usize])> = sets
            .iter()
            .enumerate()
            .flat_map(|(set, rows)| {
                let block = if n > SMALL { rows.len().max(1) } else { BLOCK };
                rows.chunks(block).map(move |rows| (set, rows))
            })
            .collect();
        let mut sums: Vec<Option<Self>> = sets.iter().map(|_| None).collect();
        // Some at a time, so that what waits to be added does not grow with the rows.
        for tasks in tasks.chunks(64) {
            let parts: Vec<Result<Self>> = tasks.par_iter().map(|(_, rows)| Self::of_rows(columns, rows)).collect();
            for ((set, _), part) in tasks.iter().zip(parts) {
                let part = part?;
                match sums.get_mut(*set) {
                    Some(Some(sum)) => sum.add(&part),
                    Some(empty) => *empty = Some(part),
                    None => {}
                }
            }
        }
        Ok(sums.into_iter().map(|sum| sum.unwrap_or_else(|| Self::zeros(n))).collect())
    }

    fn of_rows(columns: &Columns, rows: &[usize]) -> Result<Self> {
        let n = columns.n_features() + 2;
        let mut sum = Self::zeros(n);
        let mut panel = Array2::zeros((n, PANEL.min(rows.len())));
        for rows in rows.chunks(PANEL) {
            interrupt::check()?;
            if rows.len() < panel.ncols() {
                panel = Array2::zeros((n, rows.len()));
            }
            columns.fill(rows, &mut panel.view_mut());
            let add = |(strip, sums): (usize, &mut Array2<f64>)| {
                let start = strip * STRIP;
                let own = panel.slice(s![start..start + sums.nrows(), ..]);
                let others = panel.slice(s![..sums.ncols(), ..]);
                general_mat_mul(1.0, &own, &others.t(), 1.0, sums);
            };
            if n > SMALL {
                sum.strips.par_iter_mut().enumerate().for_each(add);
            } else {
                sum.strips.iter_mut().enumerate().for_each(add);
            }
        }
        Ok(sum)
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.strips.iter_mut().zip(&other.strips).for_each(|(own, other)| *own += other);
    }

    pub(super) fn n(&self) -> usize {
        self.n
    }

    pub(super) fn entry(&self, row: usize, column: usize) -> f64 {
        let (row, column) = if row < column { (column, row) } else { (row, column) };
        self.strips.get(row / STRIP).and_then(|strip| strip.get((row % STRIP, column))).copied().unwrap_or_default()
    }

    /// Adds `factor` times row `row` to `cells`, which may be shorter than it.
    pub(super) fn add_row(&self, row: usize, factor: f64, cells: &mut [f64]) {
        let Some(strip) = self.strips.get(row / STRIP) else { return };
        let known = strip.ncols().min(cells.len());
        let (left, right) = cells.split_at_mut(known);
        if row % STRIP < strip.nrows() {
            left.iter_mut().zip(strip.row(row % STRIP)).for_each(|(cell, value)| *cell += factor * value);
        }
        // The rest of the row is a column of the strips below.
        let mut right = right;
        for strip in self.strips.iter().skip(row / STRIP + 1) {
            let (here, below) = right.split_at_mut(strip.nrows().min(right.len()));
            here.iter_mut().zip(strip.column(row)).for_each(|(cell, value)| *cell += factor * value);
            right = below;
        }
    }
}
