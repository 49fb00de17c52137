//! The sums of one set of rows, centred or about 0.

use ndarray::Array2;

use super::columns::Columns;
use super::moments::Moments;

/// A column whose squares sum to no more than this part of what they were taken from is nothing but rounding.
const ROUNDING: f64 = 64.0 * f64::EPSILON;

/// Sums over some rows, which are all rows or all but a few: features and target less their means over these rows, or as they are where
/// there is no intercept.
pub(super) struct Centred<'a> {
    of: &'a Moments,
    without: Option<&'a Moments>,
    /// How much all rows count.
    pub(super) weight: f64,
    /// Means of the features and of the target, in their own units.
    means: Vec<f64>,
    /// The means less the shifts.
    moved: Vec<f64>,
    fit_intercept: bool,
    is_constant: Vec<bool>,
}

impl<'a> Centred<'a> {
    pub(super) fn new(columns: &Columns, of: &'a Moments, without: Option<&'a Moments>, fit_intercept: bool) -> Self {
        let one = of.n() - 1;
        let entry = |row, column| of.entry(row, column) - without.map_or(0.0, |less| less.entry(row, column));
        let weight = entry(one, one);
        let moved: Vec<f64> =
            (0..one).map(|index| if weight > 0.0 { entry(index, one) / weight } else { 0.0 }).collect();
        let means: Vec<f64> = moved.iter().enumerate().map(|(index, mean)| mean + columns.shift(index)).collect();
        let mut centred = Self { of, without, weight, means, moved, fit_intercept, is_constant: vec![false; one] };
        let is_constant = (0..one).map(|index| {
            let square = centred.product(index, index);
            let lost = if without.is_some() { ROUNDING * of.entry(index, index) } else { 0.0 };
            let mean = if fit_intercept { centred.mean(index) * ROUNDING } else { 0.0 };
            square <= lost.max(mean * mean * weight) || square.is_nan()
        });
        let is_constant: Vec<bool> = is_constant.collect();
        centred.is_constant = is_constant;
        centred
    }

    /// Whether each feature and the target keep at least `part` of their squares, or are constant now.
    pub(super) fn keeps(&self, part: f64) -> bool {
        (0..self.means.len()).all(|index| {
            let square = self.product(index, index);
            square == 0.0 || square >= part * self.of.entry(index, index)
        })
    }

    pub(super) fn n_features(&self) -> usize {
        self.is_constant.len().saturating_sub(1)
    }

    /// Σ of weight times squared target.
    pub(super) fn square(&self) -> f64 {
        let target = self.n_features();
        self.product(target, target).max(0.0)
    }

    /// Σ of weight times feature times target, for each feature.
    pub(super) fn slopes(&self) -> Vec<f64> {
        let mut slopes = self.row(self.n_features());
        slopes.truncate(self.n_features());
        slopes
    }

    /// The products of feature `index` (the target's is the position after the last) with each feature.
    pub(super) fn row(&self, index: usize) -> Vec<f64> {
        let n_features = self.n_features();
        let mut cells = vec![0.0; n_features];
        if self.constant(index) {
            return cells;
        }
        self.of.add_row(index, 1.0, &mut cells);
        if let Some(without) = self.without {
            without.add_row(index, -1.0, &mut cells);
        }
        let (moved, mean) = (self.moved_of(index) * self.weight, self.mean(index) * self.weight);
        for (cell, (other_moved, other)) in cells.iter_mut().zip(self.moved.iter().zip(&self.means)) {
            *cell -= moved * other_moved;
            if !self.fit_intercept {
                *cell += mean * other;
            }
        }
        for (cell, is_constant) in cells.iter_mut().zip(&self.is_constant) {
            if *is_constant {
                *cell = 0.0;
            }
        }
        cells
    }

    /// What is taken off the features and the target: their means, or nothing.
    pub(super) fn means(&self) -> Vec<f64> {
        if self.fit_intercept { self.means.clone() } else { vec![0.0; self.means.len()] }
    }

    /// All products of features with each other.
    pub(super) fn matrix(&self) -> Array2<f64> {
        let n_features = self.n_features();
        let mut matrix = Array2::zeros((n_features, n_features));
        for (index, mut cells) in matrix.rows_mut().into_iter().enumerate() {
            cells.iter_mut().zip(self.row(index)).for_each(|(cell, value)| *cell = value);
        }
        matrix
    }

    /// The intercept that goes with `coefficients`.
    pub(super) fn intercept(&self, coefficients: &[f64]) -> f64 {
        if !self.fit_intercept {
            return 0.0;
        }
        let product: f64 = coefficients.iter().zip(&self.means).map(|(w, mean)| w * mean).sum();
        self.mean(self.n_features()) - product
    }

    /// The weighted mean of squared errors of each of `models`, which are `(w, b)`; `None` where rounding would show.
    pub(super) fn mean_squared_errors(&self, models: &[(&[f64], f64)]) -> Vec<Option<f64>> {
        let mut is_used = vec![false; self.n_features()];
        for (coefficients, _) in models {
            is_used.iter_mut().zip(*coefficients).for_each(|(used, w)| *used |= *w != 0.0);
        }
        let used: Vec<usize> = is_used.iter().enumerate().filter(|(_, used)| **used).map(|(index, _)| index).collect();
        let pick =
            |values: &[f64]| -> Vec<f64> { used.iter().filter_map(|&index| values.get(index).copied()).collect() };
        let mut matrix = Array2::zeros((used.len(), used.len()));
        for (mut cells, &index) in matrix.rows_mut().into_iter().zip(&used) {
            cells.iter_mut().zip(pick(&self.row(index))).for_each(|(cell, value)| *cell = value);
        }
        let mut weights = Array2::zeros((models.len(), used.len()));
        for (mut cells, (coefficients, _)) in weights.rows_mut().into_iter().zip(models) {
            cells.iter_mut().zip(pick(coefficients)).for_each(|(cell, w)| *cell = w);
        }
        let products = weights.dot(&matrix);
        let (slopes, square) = (pick(&self.slopes()), self.square());
        let error = |(position, (coefficients, intercept)): (usize, &(&[f64], f64))| {
            let sum = |a: &mut dyn Iterator<Item = f64>| -> f64 { a.sum() };
            let row = weights.row(position);
            let explained = sum(&mut row.iter().zip(&slopes).map(|(w, slope)| w * slope));
            let own = sum(&mut row.iter().zip(products.row(position)).map(|(w, product)| w * product));
            // These rows have other means than those that the model was fitted on.
            let missed = if self.fit_intercept { self.intercept(coefficients) - intercept } else { 0.0 };
            let error = square - 2.0 * explained + own + self.weight * missed * missed;
            let scale = square + 2.0 * explained.abs() + own;
            (self.weight > 0.0 && error > 1e-6 * scale).then(|| error / self.weight)
        };
        models.iter().enumerate().map(error).collect()
    }

    fn constant(&self, index: usize) -> bool {
        self.is_constant.get(index).copied().unwrap_or(true)
    }

    fn mean(&self, index: usize) -> f64 {
        self.means.get(index).copied().unwrap_or_default()
    }

    fn moved_of(&self, index: usize) -> f64 {
        self.moved.get(index).copied().unwrap_or_default()
    }

    fn product(&self, row: usize, column: usize) -> f64 {
        if self.constant(row) || self.constant(column) {
            return 0.0;
        }
        let sum = self.of.entry(row, column) - self.without.map_or(0.0, |without| without.entry(row, column));
        let raised = if self.fit_intercept { 0.0 } else { self.mean(row) * self.mean(column) };
        sum + self.weight * (raised - self.moved_of(row) * self.moved_of(column))
    }
}
