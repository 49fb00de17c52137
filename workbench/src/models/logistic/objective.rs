//! What logistic regression makes small, for two classes and for more in the same words.
//!
//! With `K` classes there are `K` outputs, and the probabilities are their softmax. With two there is one output, and the
//! other class's is fixed at 0: the softmax is then the logistic function, and every formula below holds for both.
//!
//! The objective is divided by `C` and by how much all rows count, so that the tolerance means the same for every amount of data.

use ndarray::{Array1, Array2, ArrayView1, Axis, ShapeBuilder};

use super::quadratic::Terms;
use super::rows::Rows;

/// `Σ_i parts_i loss_i(w) + terms(w)`, by its columns.
pub(super) struct Problem {
    /// Shape `(n_samples, n_columns)`, columns contiguous: the features, and ones at the end for an intercept.
    pub(super) columns: Array2<f64>,
    /// For each row its class, less one where the first class's output is fixed at 0.
    codes: Vec<Option<usize>>,
    /// How much each row counts; all count 1 together.
    pub(super) parts: Array1<f64>,
    pub(super) n_outputs: usize,
    pub(super) terms: Terms,
}

/// The loss at some weights, and what its derivatives are made of.
pub(super) struct Point {
    /// The mean loss, without the penalty.
    pub(super) loss: f64,
    /// Shape `(n_outputs, n_samples)`.
    pub(super) probabilities: Array2<f64>,
}

impl Problem {
    /// The problem of telling the classes of `rows`.
    pub(super) fn new(rows: &Rows, terms: Terms) -> Self {
        let (n_outputs, n_columns, total) = (rows.n_outputs(), rows.n_columns(), rows.total());
        let (records, codes, weights) = rows.parts_of();
        let n_samples = records.nrows();
        let mut columns = Array2::ones((n_samples, n_columns).f());
        for (mut column, feature) in columns.axis_iter_mut(Axis(1)).zip(records.axis_iter(Axis(1))) {
            column.assign(&feature);
        }
        let codes = codes.iter().map(|&code| code.checked_sub(usize::from(n_outputs == 1))).collect();
        let parts =
            weights.map_or_else(|| Array1::ones(n_samples), |weights| weights.iter().copied().collect()) / total;
        Self { columns, codes, parts, n_outputs, terms }
    }

    /// The outputs at `weights`, shape `(n_outputs, n_samples)`.
    pub(super) fn outputs(&self, weights: &Array2<f64>) -> Array2<f64> {
        let mut outputs = Array2::zeros((self.n_outputs, self.n_samples()));
        for (mut output, row) in outputs.axis_iter_mut(Axis(0)).zip(weights.axis_iter(Axis(0))) {
            for (column, &weight) in self.columns.axis_iter(Axis(1)).zip(row) {
                if weight != 0.0 {
                    output.scaled_add(weight, &column);
                }
            }
        }
        outputs
    }

    /// The mean loss at `outputs` alone.
    pub(super) fn loss(&self, outputs: &Array2<f64>) -> f64 {
        let rows = outputs.axis_iter(Axis(1)).zip(&self.codes).zip(&self.parts);
        rows.map(|((row, &code), part)| part * sample_loss(row, code)).sum()
    }

    /// The mean loss and the probabilities at `outputs`.
    pub(super) fn point(&self, outputs: &Array2<f64>) -> Point {
        let mut probabilities = outputs.clone();
        for mut row in probabilities.axis_iter_mut(Axis(1)) {
            softmax(&mut row, self.n_outputs == 1);
        }
        Point { loss: self.loss(outputs), probabilities }
    }

    /// The gradient of the mean loss without the penalty, shape `(n_outputs, n_columns)`.
    pub(super) fn loss_gradient(&self, point: &Point) -> Array2<f64> {
        let mut residuals = point.probabilities.clone();
        for (mut row, &code) in residuals.axis_iter_mut(Axis(1)).zip(&self.codes) {
            if let Some(residual) = code.and_then(|code| row.get_mut(code)) {
                *residual -= 1.0;
            }
        }
        self.project(&residuals)
    }

    /// The mean of `values` times rows, for `values` of shape `(n_outputs, n_samples)`: shape `(n_outputs, n_columns)`.
    pub(super) fn project(&self, values: &Array2<f64>) -> Array2<f64> {
        let mut projected = Array2::zeros((self.n_outputs, self.n_columns()));
        for (mut row, values) in projected.axis_iter_mut(Axis(0)).zip(values.axis_iter(Axis(0))) {
            let values = &values * &self.parts;
            for (entry, column) in row.iter_mut().zip(self.columns.axis_iter(Axis(1))) {
                *entry = values.dot(&column);
            }
        }
        projected
    }

    /// The second derivative of each sample's loss times `outputs`, in place: `p_k (u_k - Σ_l p_l u_l)`.
    pub(super) fn curve(&self, point: &Point, outputs: &mut Array2<f64>) {
        let rows = outputs.axis_iter_mut(Axis(1)).zip(point.probabilities.axis_iter(Axis(1)));
        for (mut row, probabilities) in rows {
            let mean: f64 = row.iter().zip(&probabilities).map(|(output, probability)| output * probability).sum();
            row.zip_mut_with(&probabilities, |output, probability| *output = probability * (*output - mean));
        }
    }

    /// Whether all rows are told rightly with room to spare, which proves that the classes can be separated.
    pub(super) fn separates(&self, outputs: &Array2<f64>) -> bool {
        let is_told = |(row, &code): (ArrayView1<'_, f64>, &Option<usize>)| {
            let own = code.and_then(|code| row.get(code)).copied().unwrap_or(0.0);
            let fixed = if self.n_outputs == 1 && code.is_some() { 0.0 } else { f64::NEG_INFINITY };
            let others = row.iter().enumerate().filter(|(output, _)| Some(*output) != code).map(|(_, output)| *output);
            own > others.fold(fixed, f64::max)
        };
        let rows = outputs.axis_iter(Axis(1)).zip(&self.codes).zip(&self.parts);
        rows.filter(|(_, part)| **part > 0.0).all(|(row, _)| is_told(row))
    }

    pub(super) fn n_samples(&self) -> usize {
        self.columns.nrows()
    }

    pub(super) fn n_columns(&self) -> usize {
        self.columns.ncols()
    }
}

/// Turns outputs into probabilities; where `has_fixed`, there is one more output, of 0, that is not in `row`.
pub(super) fn softmax(row: &mut ndarray::ArrayViewMut1<'_, f64>, has_fixed: bool) {
    let greatest = row.fold(if has_fixed { 0.0 } else { f64::NEG_INFINITY }, |greatest, output| greatest.max(*output));
    row.mapv_inplace(|output| (output - greatest).exp());
    let sum = row.sum() + if has_fixed { (-greatest).exp() } else { 0.0 };
    row.mapv_inplace(|exponential| exponential / sum);
}

fn sample_loss(row: ArrayView1<'_, f64>, code: Option<usize>) -> f64 {
    if let (1, Some(&output)) = (row.len(), row.first()) {
        // ln(1 + exp(m)), which keeps its digits for either sign of m.
        let margin = if code.is_some() { -output } else { output };
        return margin.max(0.0) + (-margin.abs()).exp().ln_1p();
    }
    let greatest = row.fold(f64::NEG_INFINITY, |greatest, output| greatest.max(*output));
    let sum: f64 = row.iter().map(|output| (output - greatest).exp()).sum();
    let own = code.and_then(|code| row.get(code)).copied().unwrap_or(0.0);
    sum.ln() + greatest - own
}
