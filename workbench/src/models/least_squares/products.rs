//! The products that a coordinate descent asks of its training rows.

use ndarray::{Array2, ArrayView2, s};
use rayon::prelude::*;

use super::centred::Centred;
use super::columns::{Columns, shifted_product};
use crate::error::Result;
use crate::train::interrupt;

/// A square matrix that grows by rows and columns.
#[derive(Default)]
pub(super) struct Square {
    n: usize,
    /// How many entries there is room for in a row.
    room: usize,
    entries: Vec<f64>,
}

impl Square {
    /// Row `index`, as long as the matrix has columns.
    pub(super) fn row(&self, index: usize) -> &[f64] {
        &self.entries[index * self.room..index * self.room + self.n]
    }

    /// Adds a row and a column that are the same; `values` ends with the entry on the diagonal.
    fn push(&mut self, values: impl Iterator<Item = f64>) {
        if self.n == self.room {
            let room = (2 * self.room).max(64);
            let mut entries = vec![0.0; room * room];
            for index in 0..self.n {
                entries[index * room..index * room + self.n].copy_from_slice(self.row(index));
            }
            (self.room, self.entries) = (room, entries);
        }
        let last = self.n;
        for (other, value) in values.enumerate().take(last + 1) {
            self.entries[last * self.room + other] = value;
            self.entries[other * self.room + last] = value;
        }
        self.n += 1;
    }
}

/// One set of training rows: features and target, centred where there is an intercept.
///
/// Features are loaded when they are first asked for. All that is told by loaded feature is in the order of [`loaded`](Self::loaded).
pub(super) trait Products: Send {
    /// Σ of weight times squared target.
    fn square(&self) -> f64;

    /// How much all rows count.
    fn weight(&self) -> f64;

    /// Σ of weight times feature times target, for all features.
    fn slopes(&self) -> &[f64];

    /// The features that are loaded.
    fn loaded(&self) -> &[usize];

    /// The products of the loaded features with each other.
    fn matrix(&self) -> &Square;

    /// Loads more features.
    fn load(&mut self, features: &[usize]) -> Result<()>;

    /// Σ of weight times feature times residual, for all features; `coefficients` are those of the loaded ones.
    fn residual_slopes(&self, coefficients: &[f64]) -> Result<Vec<f64>>;

    /// The intercept that goes with the coefficients of all features.
    fn intercept(&self, coefficients: &[f64]) -> f64;
}

/// Products that have been summed before.
pub(super) struct SummedProducts<'a> {
    sums: Centred<'a>,
    slopes: Vec<f64>,
    loaded: Vec<usize>,
    /// The products of each loaded feature with all.
    rows: Vec<Vec<f64>>,
    matrix: Square,
}

impl<'a> SummedProducts<'a> {
    pub(super) fn new(sums: Centred<'a>) -> Self {
        let slopes = sums.slopes();
        Self { sums, slopes, loaded: Vec::new(), rows: Vec::new(), matrix: Square::default() }
    }
}

impl Products for SummedProducts<'_> {
    fn square(&self) -> f64 {
        self.sums.square()
    }

    fn weight(&self) -> f64 {
        self.sums.weight
    }

    fn slopes(&self) -> &[f64] {
        &self.slopes
    }

    fn loaded(&self) -> &[usize] {
        &self.loaded
    }

    fn matrix(&self) -> &Square {
        &self.matrix
    }

    fn load(&mut self, features: &[usize]) -> Result<()> {
        for &feature in features {
            let row = self.sums.row(feature);
            self.loaded.push(feature);
            self.matrix.push(self.loaded.iter().map(|&other| row.get(other).copied().unwrap_or_default()));
            self.rows.push(row);
        }
        Ok(())
    }

    fn residual_slopes(&self, coefficients: &[f64]) -> Result<Vec<f64>> {
        let mut slopes = self.slopes.clone();
        for (row, &coefficient) in self.rows.iter().zip(coefficients) {
            if coefficient != 0.0 {
                slopes.iter_mut().zip(row).for_each(|(slope, product)| *slope -= coefficient * product);
            }
        }
        Ok(slopes)
    }

    fn intercept(&self, coefficients: &[f64]) -> f64 {
        self.sums.intercept(coefficients)
    }
}

/// Products that are taken from the columns when they are asked for: for more features than can be multiplied with each other.
///
/// Values of rows that are not trained on are 0 in `target` and in the loaded features, so that no column is copied.
pub(super) struct ColumnProducts<'a> {
    columns: &'a Columns,
    fit_intercept: bool,
    /// Each row's weight, 0 for one that is not trained on.
    weights: Vec<f64>,
    weight: f64,
    /// The target less its mean, times the root of the weight.
    target: Vec<f64>,
    target_mean: f64,
    slopes: Vec<f64>,
    loaded: Vec<usize>,
    /// The loaded features as the target, one after the other.
    features: Vec<f64>,
    matrix: Square,
}

impl<'a> ColumnProducts<'a> {
    pub(super) fn new(columns: &'a Columns, rows: &[usize], fit_intercept: bool) -> Result<Self> {
        let mut weights = vec![0.0; columns.n_samples()];
        for &row in rows {
            if let Some(weight) = weights.get_mut(row) {
                *weight = columns.weight(row);
            }
        }
        let weight = weights.iter().sum();
        let mut products = Self {
            columns,
            fit_intercept,
            weights,
            weight,
            target: Vec::new(),
            target_mean: 0.0,
            slopes: Vec::new(),
            loaded: Vec::new(),
            features: Vec::new(),
            matrix: Square::default(),
        };
        let (target, mean) = products.centred(columns.n_features());
        (products.target, products.target_mean) = (target, mean);
        products.slopes = products.slopes_of(&products.target)?;
        Ok(products)
    }

    /// Feature `index` (the target at the position after the last) less its mean, times the root of the weight; and the mean.
    fn centred(&self, index: usize) -> (Vec<f64>, f64) {
        let (values, shift) = (self.values(index), self.columns.shift(index));
        let mean = if self.fit_intercept { shift + self.moved(values, shift) } else { 0.0 };
        let cells = values.iter().zip(&self.weights).map(|(value, weight)| (value - mean) * weight.sqrt());
        (cells.collect(), mean)
    }

    fn values(&self, index: usize) -> &[f64] {
        if index < self.columns.n_features() { self.columns.feature(index) } else { self.columns.target() }
    }

    /// The mean of `values` less `shift`.
    fn moved(&self, values: &[f64], shift: f64) -> f64 {
        let sum: f64 = values.iter().zip(&self.weights).map(|(value, weight)| (value - shift) * weight).sum();
        if self.weight > 0.0 { sum / self.weight } else { 0.0 }
    }

    /// The products of all features with a residual that is already times the root of the weight.
    fn slopes_of(&self, residual: &[f64]) -> Result<Vec<f64>> {
        interrupt::check()?;
        let mut weighted: Vec<f64> =
            residual.iter().zip(&self.weights).map(|(value, weight)| value * weight.sqrt()).collect();
        if self.fit_intercept && self.weight > 0.0 {
            // Its sum is 0 but for rounding, and then no feature's mean matters.
            let mean = weighted.iter().sum::<f64>() / self.weight;
            weighted.iter_mut().zip(&self.weights).for_each(|(value, weight)| *value -= mean * weight);
        }
        let slope = |index: usize| {
            let shift = if self.fit_intercept { self.columns.shift(index) } else { 0.0 };
            shifted_product(self.columns.feature(index), shift, &weighted)
        };
        Ok((0..self.columns.n_features()).into_par_iter().map(slope).collect())
    }
}

impl Products for ColumnProducts<'_> {
    fn square(&self) -> f64 {
        self.target.iter().map(|value| value * value).sum()
    }

    fn weight(&self) -> f64 {
        self.weight
    }

    fn slopes(&self) -> &[f64] {
        &self.slopes
    }

    fn loaded(&self) -> &[usize] {
        &self.loaded
    }

    fn matrix(&self) -> &Square {
        &self.matrix
    }

    fn load(&mut self, features: &[usize]) -> Result<()> {
        interrupt::check()?;
        let n_rows = self.target.len();
        let centred: Vec<Vec<f64>> = features.par_iter().map(|&feature| self.centred(feature).0).collect();
        for cells in centred {
            self.features.extend(cells);
        }
        let n_before = self.loaded.len();
        self.loaded.extend(features);
        let Ok(all) = ArrayView2::from_shape((self.loaded.len(), n_rows), &self.features) else { return Ok(()) };
        let products: Array2<f64> = all.slice(s![n_before.., ..]).dot(&all.t());
        for (position, row) in products.rows().into_iter().enumerate() {
            self.matrix.push(row.iter().take(n_before + position + 1).copied());
        }
        Ok(())
    }

    fn residual_slopes(&self, coefficients: &[f64]) -> Result<Vec<f64>> {
        let mut residual = self.target.clone();
        for (cells, &coefficient) in self.features.chunks(self.target.len().max(1)).zip(coefficients) {
            if coefficient != 0.0 {
                residual.iter_mut().zip(cells).for_each(|(value, cell)| *value -= coefficient * cell);
            }
        }
        self.slopes_of(&residual)
    }

    fn intercept(&self, coefficients: &[f64]) -> f64 {
        if !self.fit_intercept {
            return 0.0;
        }
        let product = |(index, coefficient): (usize, &f64)| {
            if *coefficient == 0.0 {
                return 0.0;
            }
            let shift = self.columns.shift(index);
            coefficient * (shift + self.moved(self.columns.feature(index), shift))
        };
        self.target_mean - coefficients.iter().enumerate().map(product).sum::<f64>()
    }
}
