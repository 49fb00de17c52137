//! Linear regression whose penalty the data decides on.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use crate::preprocess::eigen::Eigen;

const MAX_ITER: usize = 300;
const TOL: f64 = 1e-3;
/// Shape and rate of the priors of both precisions.
const PRIOR: f64 = 1e-6;

/// A column as a weighted sum of all others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Ridge {
    /// One for each column but the target.
    weights: Vec<f64>,
    intercept: f64,
}

impl Ridge {
    /// The regression of the row `target` of `table` on its other rows, at the columns `known`.
    pub(super) fn fit(table: ArrayView2<'_, f64>, target: usize, known: &[usize]) -> Self {
        let others: Vec<usize> = (0..table.nrows()).filter(|&row| row != target).collect();
        let mut records = table.select(Axis(0), &others).select(Axis(1), known);
        let mut values = table.row(target).select(Axis(0), known);
        if known.is_empty() {
            return Self { weights: vec![0.0; others.len()], intercept: 0.0 };
        }
        let means = records.mean_axis(Axis(1)).unwrap_or_else(|| Array1::zeros(others.len()));
        let mean = values.mean().unwrap_or_default();
        records -= &means.view().insert_axis(Axis(1));
        values -= mean;
        let weights = weights(&records, &values);
        let intercept = mean - means.dot(&weights);
        Self { weights: weights.to_vec(), intercept }
    }

    /// What the regression says of the row `target` of `table`.
    pub(super) fn predict(&self, table: ArrayView2<'_, f64>, target: usize) -> Array1<f64> {
        let mut predicted = Array1::from_elem(table.ncols(), self.intercept);
        let others = table.rows().into_iter().enumerate().filter(|(row, _)| *row != target);
        for ((_, values), &weight) in others.zip(&self.weights) {
            predicted.scaled_add(weight, &values);
        }
        predicted
    }
}

/// MacKay's iteration: the weights for given precisions, then the precisions for given weights.
fn weights(records: &Array2<f64>, values: &Array1<f64>) -> Array1<f64> {
    let n_rows = values.len() as f64;
    let products = records.dot(values);
    let eigen = Eigen::of(records.dot(&records.t()));
    let eigenvalues = eigen.values.mapv(|value| value.max(0.0));
    let rotated = eigen.vectors.dot(&products);
    let solve = |noise: f64, weight: f64| -> (Array1<f64>, f64) {
        let scaled = &rotated / &eigenvalues.mapv(|value| value + weight / noise);
        let weights = eigen.vectors.t().dot(&scaled);
        let rest = values - &weights.dot(records);
        (weights, rest.dot(&rest))
    };
    let variance = values.dot(values) / n_rows;
    let (mut noise_precision, mut weight_precision) = (1.0 / (variance + f64::EPSILON), 1.0);
    let mut before: Option<Array1<f64>> = None;
    for _ in 0..MAX_ITER {
        let (weights, squares) = solve(noise_precision, weight_precision);
        let n_determined: f64 = eigenvalues
            .iter()
            .map(|value| noise_precision * value / (weight_precision + noise_precision * value))
            .sum();
        weight_precision = (n_determined + 2.0 * PRIOR) / (weights.dot(&weights) + 2.0 * PRIOR);
        noise_precision = (n_rows - n_determined + 2.0 * PRIOR) / (squares + 2.0 * PRIOR);
        let has_settled = before.is_some_and(|before| (&weights - &before).mapv(f64::abs).sum() < TOL);
        if has_settled {
            break;
        }
        before = Some(weights);
    }
    solve(noise_precision, weight_precision).0
}
