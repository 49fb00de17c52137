//! Correlations of columns that come in pieces.

use ndarray::{Array1, Array2, Axis};
use polars::prelude::DataFrame;

use crate::data::{column, numbers};
use crate::error::Result;

/// So many rows are looked at together.
const RUN_ROWS: usize = 2048;

/// Sums from which Pearson's correlation of each pair of columns follows, over the rows in which both are known.
///
/// Values are taken relative to the first known one of their column, since sums of squares of numbers far from zero lose their digits.
pub(super) struct Comoments {
    names: Vec<String>,
    shifts: Vec<Option<f64>>,
    /// For columns i and j, over the rows in which both are known: how many rows, Σ xᵢ, Σ xᵢ², Σ xᵢ xⱼ.
    counts: Array2<f64>,
    sums: Array2<f64>,
    squares: Array2<f64>,
    products: Array2<f64>,
    /// Kept from run to run: the values less their shift, 0 where they are missing, and 1 where they are not.
    values: Array2<f64>,
    known: Array2<f64>,
}

impl Comoments {
    pub fn new(names: Vec<String>) -> Self {
        let zeros = Array2::zeros((names.len(), names.len()));
        Self {
            shifts: vec![None; names.len()],
            names,
            counts: zeros.clone(),
            sums: zeros.clone(),
            squares: zeros.clone(),
            products: zeros,
            values: Array2::zeros((0, 0)),
            known: Array2::zeros((0, 0)),
        }
    }

    /// Takes in rows that come next.
    pub fn push(&mut self, frame: &DataFrame) -> Result<()> {
        let columns = self.names.iter().map(|name| numbers(column(frame, name)?)).collect::<Result<Vec<_>>>()?;
        for (shift, values) in self.shifts.iter_mut().zip(&columns) {
            *shift = shift.or_else(|| values.iter().copied().find(|value| value.is_finite()));
        }
        for start in (0..frame.height()).step_by(RUN_ROWS) {
            let n_rows = RUN_ROWS.min(frame.height() - start);
            let rows = columns.iter().map(|values| values.get(start..start + n_rows).unwrap_or_default());
            self.push_run(n_rows, rows);
        }
        Ok(())
    }

    /// Takes in so few rows that what is made of them stays in the cache.
    fn push_run<'a>(&mut self, n_rows: usize, columns: impl Iterator<Item = &'a [f64]>) {
        let n_columns = self.names.len();
        if self.values.ncols() != n_rows {
            self.values = Array2::zeros((n_columns, n_rows));
            self.known = Array2::zeros((n_columns, n_rows));
        }
        let mut is_whole = true;
        let cells = self.values.outer_iter_mut().zip(self.known.outer_iter_mut());
        for (((mut cells, mut known), values), shift) in cells.zip(columns).zip(&self.shifts) {
            let shift = shift.unwrap_or_default();
            for ((cell, known), &value) in cells.iter_mut().zip(&mut known).zip(values) {
                let is_known = value.is_finite();
                *known = if is_known { 1.0 } else { 0.0 };
                *cell = if is_known { value - shift } else { 0.0 };
                is_whole &= is_known;
            }
        }
        self.products += &self.values.dot(&self.values.t());
        if is_whole {
            // In whole rows the sums of a column are the same beside every other one.
            let sums: Array1<f64> = self.values.sum_axis(Axis(1));
            self.values.mapv_inplace(|value| value * value);
            let squares: Array1<f64> = self.values.sum_axis(Axis(1));
            self.counts += n_rows as f64;
            self.sums += &sums.insert_axis(Axis(1));
            self.squares += &squares.insert_axis(Axis(1));
        } else {
            self.counts += &self.known.dot(&self.known.t());
            self.sums += &self.values.dot(&self.known.t());
            self.values.mapv_inplace(|value| value * value);
            self.squares += &self.values.dot(&self.known.t());
        }
    }

    /// Each column with its correlation with each.
    pub fn finish(self) -> Vec<(String, Vec<Option<f64>>)> {
        let at = |array: &Array2<f64>, i: usize, j: usize| array.get((i, j)).copied().unwrap_or(f64::NAN);
        let correlation = |i: usize, j: usize| {
            let n = at(&self.counts, i, j);
            let (sum_i, sum_j) = (at(&self.sums, i, j), at(&self.sums, j, i));
            let (square_i, square_j) = (at(&self.squares, i, j), at(&self.squares, j, i));
            let (spread_i, spread_j) = (square_i - sum_i * sum_i / n, square_j - sum_j * sum_j / n);
            // A spread that rounding alone explains is none.
            if n < 2.0 || spread_i <= 1e-14 * square_i * n || spread_j <= 1e-14 * square_j * n {
                return None;
            }
            let r = (at(&self.products, i, j) - sum_i * sum_j / n) / (spread_i.sqrt() * spread_j.sqrt());
            r.is_finite().then(|| if i == j { 1.0 } else { r.clamp(-1.0, 1.0) })
        };
        let names = self.names.iter().enumerate();
        names.map(|(i, name)| (name.clone(), (0..self.names.len()).map(|j| correlation(i, j)).collect())).collect()
    }
}
