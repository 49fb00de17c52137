//! Least squares by the products of rows, for data of more features than rows.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, Axis, s};
use rayon::prelude::*;

use super::Fit;
use super::columns::Columns;
use super::symmetric::shifted_solutions;
use crate::error::Result;
use crate::preprocess::Eigen;
use crate::train::interrupt;

/// Features that are multiplied at a time.
const PANEL: usize = 512;
const STRIP: usize = 64;

/// The products of all rows with each other.
pub(super) struct Kernel {
    /// Of the rows less the shifts.
    products: Array2<f64>,
    /// Each row, less the shifts, times the shifts.
    with_shifts: Array1<f64>,
    /// The shifts times themselves.
    shifts: f64,
}

impl Kernel {
    pub(super) fn new(columns: &Columns) -> Result<Self> {
        let (n_samples, n_features) = (columns.n_samples(), columns.n_features());
        let rows: Vec<usize> = (0..n_samples).collect();
        let means: Array1<f64> = (0..n_features).map(|index| columns.shift(index)).collect();
        let mut products = Array2::zeros((n_samples, n_samples));
        let mut with_shifts = Array1::zeros(n_samples);
        for start in (0..n_features).step_by(PANEL) {
            interrupt::check()?;
            let end = (start + PANEL).min(n_features);
            let mut panel = Array2::zeros((end - start, n_samples));
            columns.fill_features(&rows, start, &mut panel.view_mut());
            with_shifts += &panel.t().dot(&means.slice(s![start..end]));
            products.axis_chunks_iter_mut(Axis(0), STRIP).into_par_iter().enumerate().for_each(|(strip, mut sums)| {
                let start = strip * STRIP;
                let end = start + sums.nrows();
                let own = panel.slice(s![.., start..end]);
                let others = panel.slice(s![.., ..end]);
                general_mat_mul(1.0, &own.t(), &others, 1.0, &mut sums.slice_mut(s![.., ..end]));
            });
        }
        for row in 0..n_samples {
            for column in 0..row {
                products[[column, row]] = products[[row, column]];
            }
        }
        Ok(Self { products, with_shifts, shifts: means.dot(&means) })
    }

    /// The fit on `rows` with each of `penalties` on the sum of squared coefficients; without a penalty the shortest of the best.
    pub(super) fn fit(
        &self,
        columns: &Columns,
        rows: &[usize],
        fit_intercept: bool,
        penalties: &[f64],
    ) -> Result<Vec<Fit>> {
        let roots: Array1<f64> =
            rows.iter().map(|&row| columns.roots().and_then(|roots| roots.get(row).copied()).unwrap_or(1.0)).collect();
        let weights = &roots * &roots;
        let weight = weights.sum();
        if weight <= 0.0 {
            // No row counts, so nothing is learnt.
            return Ok(penalties.iter().map(|_| Fit::exact(vec![0.0; columns.n_features()], 0.0)).collect());
        }
        let target_shift = columns.shift(columns.n_features());
        let mut right: Array1<f64> =
            rows.iter().map(|&row| columns.target().get(row).copied().unwrap_or_default() - target_shift).collect();
        let mut matrix = self.products.select(Axis(0), rows).select(Axis(1), rows);
        if fit_intercept {
            let means = matrix.dot(&weights) / weight;
            let mean = means.dot(&weights) / weight;
            for (mut cells, own) in matrix.rows_mut().into_iter().zip(&means) {
                cells.iter_mut().zip(&means).for_each(|(cell, other)| *cell += mean - own - other);
            }
            let mean = right.dot(&weights) / weight;
            right -= mean;
        } else {
            let own = self.with_shifts.select(Axis(0), rows);
            for (mut cells, own_shift) in matrix.rows_mut().into_iter().zip(&own) {
                cells.iter_mut().zip(&own).for_each(|(cell, other)| *cell += own_shift + other + self.shifts);
            }
            right += target_shift;
        }
        for (mut cells, root) in matrix.rows_mut().into_iter().zip(&roots) {
            cells.iter_mut().zip(&roots).for_each(|(cell, other)| *cell *= root * other);
        }
        right *= &roots;
        let mut duals = duals(matrix, &right, penalties)?;
        for mut dual in duals.rows_mut() {
            dual *= &roots;
        }
        Ok(self.fits(columns, rows, fit_intercept, &weights, &duals))
    }

    /// The coefficients that `duals`, shape `(n_penalties, n_rows)`, stand for.
    fn fits(
        &self,
        columns: &Columns,
        rows: &[usize],
        fit_intercept: bool,
        weights: &Array1<f64>,
        duals: &Array2<f64>,
    ) -> Vec<Fit> {
        let n_features = columns.n_features();
        let starts: Vec<usize> = (0..n_features).step_by(PANEL).collect();
        let blocks: Vec<(Array2<f64>, Array1<f64>)> = starts
            .par_iter()
            .map(|&start| {
                let mut panel = Array2::zeros(((start + PANEL).min(n_features) - start, rows.len()));
                columns.fill_features(rows, start, &mut panel.view_mut());
                let mut coefficients = duals.dot(&panel.t());
                let shifts: Array1<f64> = (start..start + panel.nrows()).map(|index| columns.shift(index)).collect();
                if !fit_intercept {
                    for (mut row, dual) in coefficients.rows_mut().into_iter().zip(duals.rows()) {
                        row.scaled_add(dual.sum(), &shifts);
                    }
                }
                let means = panel.dot(weights) / weights.sum() + shifts;
                (coefficients, means)
            })
            .collect();
        let means: Vec<f64> = blocks.iter().flat_map(|(_, means)| means.to_vec()).collect();
        let target: Array1<f64> =
            rows.iter().map(|&row| columns.target().get(row).copied().unwrap_or_default()).collect();
        // About its middle, so that it keeps its digits.
        let shift = columns.shift(n_features);
        let target_mean = (&target - shift).dot(weights) / weights.sum() + shift;
        let fit = |position: usize| {
            let coefficients: Vec<f64> = blocks.iter().flat_map(|(block, _)| block.row(position).to_vec()).collect();
            let product: f64 = coefficients.iter().zip(&means).map(|(w, mean)| w * mean).sum();
            let intercept = if fit_intercept { target_mean - product } else { 0.0 };
            Fit::exact(coefficients, intercept)
        };
        (0..duals.nrows()).map(fit).collect()
    }
}

/// The solution of `(matrix + penalty · I) a = right` for each penalty, the shortest for a penalty of 0.
fn duals(matrix: Array2<f64>, right: &Array1<f64>, penalties: &[f64]) -> Result<Array2<f64>> {
    let positive: Vec<f64> = penalties.iter().copied().filter(|penalty| *penalty > 0.0).collect();
    let unpenalised = if positive.len() < penalties.len() {
        let n = matrix.nrows();
        let eigen = Eigen::of(matrix.clone());
        let most = eigen.values.iter().fold(0.0_f64, |most, value| most.max(*value));
        let least = 16.0 * f64::EPSILON * n as f64 * most;
        let mut turned = eigen.vectors.dot(right);
        turned
            .iter_mut()
            .zip(&eigen.values)
            .for_each(|(along, &value)| *along = if value > least { *along / value } else { 0.0 });
        Some(eigen.vectors.t().dot(&turned))
    } else {
        None
    };
    let solutions = shifted_solutions(matrix, &right.to_vec(), &positive)?;
    let mut duals = Array2::zeros((penalties.len(), right.len()));
    let mut solved = solutions.rows().into_iter();
    for (mut row, &penalty) in duals.rows_mut().into_iter().zip(penalties) {
        match (&unpenalised, penalty > 0.0) {
            (_, true) => {
                if let Some(solution) = solved.next() {
                    row.assign(&solution);
                }
            }
            (Some(solution), false) => row.assign(solution),
            (None, false) => {}
        }
    }
    Ok(duals)
}
