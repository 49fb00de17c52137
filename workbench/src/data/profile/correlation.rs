//! Correlations of columns that come in pieces.

use ndarray::{Array1, Array2, Axis};
use polars::prelude::DataFrame;

use crate::data::{column, numbers};
use crate::error::Result;

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
        }
    }

    pub fn push(&mut self, frame: &DataFrame) -> Result<()> {
        let mut values = Array2::<f64>::zeros((self.names.len(), frame.height()));
        let mut known = Array2::<f64>::ones((0, 0));
        for (idx, name) in self.names.iter().enumerate() {
            let numbers = numbers(column(frame, name)?)?;
            let Some(shift) = self.shifts.get_mut(idx) else { continue };
            let shift = match *shift {
                Some(shift) => shift,
                None => {
                    *shift = numbers.iter().copied().find(|value| value.is_finite());
                    shift.unwrap_or_default()
                }
            };
            for (row, (cell, &value)) in values.index_axis_mut(Axis(0), idx).iter_mut().zip(numbers.iter()).enumerate()
            {
                if value.is_finite() {
                    *cell = value - shift;
                } else {
                    if known.is_empty() {
                        known = Array2::ones((self.names.len(), frame.height()));
                    }
                    if let Some(cell) = known.get_mut((idx, row)) {
                        *cell = 0.0;
                    }
                }
            }
        }
        self.products += &values.dot(&values.t());
        if known.is_empty() {
            // In whole rows the sums of a column are the same beside every other one.
            let sums: Array1<f64> = values.sum_axis(Axis(1));
            let squares: Array1<f64> = values.mapv(|value| value * value).sum_axis(Axis(1));
            self.counts += frame.height() as f64;
            self.sums += &sums.insert_axis(Axis(1));
            self.squares += &squares.insert_axis(Axis(1));
        } else {
            self.counts += &known.dot(&known.t());
            self.sums += &values.dot(&known.t());
            values.mapv_inplace(|value| value * value);
            self.squares += &values.dot(&known.t());
        }
        Ok(())
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
