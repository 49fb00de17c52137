//! What logistic regression makes small, for two classes and for more in the same words.
//!
//! With `K` classes there are `K` outputs, and the probabilities are their softmax. With two there is one output, and the
//! other class's is fixed at 0: the softmax is then the logistic function, and every formula below holds for both.
//!
//! The loss is divided by `C · n_samples`, so that the tolerance means the same for every amount of data.

use ndarray::{Array1, Array2, ArrayView1, Axis, ShapeBuilder};

use super::{LogisticRegression, Penalty};
use crate::models::classes::Classes;

/// `mean_i loss_i(w) + strength · r(w)`.
pub(super) struct Problem {
    /// Shape `(n_samples, n_columns)`, columns contiguous: the features, and ones at the end for an intercept.
    pub(super) columns: Array2<f64>,
    pub(super) n_features: usize,
    /// For each row its class, less one where the first class's output is fixed at 0.
    codes: Vec<Option<usize>>,
    pub(super) n_outputs: usize,
    pub(super) penalty: Penalty,
    /// `1 / (C · n_samples)`, or 0 without a penalty.
    pub(super) strength: f64,
    /// The greatest magnitude in each column, or 1 in a column of zeros.
    pub(super) scales: Array1<f64>,
}

/// The loss at some weights, and what its derivatives are made of.
pub(super) struct Point {
    /// The mean loss, without the penalty.
    pub(super) loss: f64,
    /// Shape `(n_outputs, n_samples)`.
    pub(super) probabilities: Array2<f64>,
}

impl Problem {
    /// The problem of telling `classes` from `records`, shape `(n_samples, n_features)`.
    pub(super) fn new(records: &Array2<f64>, classes: &Classes, settings: &LogisticRegression) -> Self {
        let (n_samples, n_features) = records.dim();
        let n_columns = n_features + usize::from(settings.fit_intercept);
        let mut columns = Array2::ones((n_samples, n_columns).f());
        for (mut column, feature) in columns.axis_iter_mut(Axis(1)).zip(records.axis_iter(Axis(1))) {
            column.assign(&feature);
        }
        let greatest = |column: ArrayView1<'_, f64>| column.fold(0.0_f64, |greatest, value| greatest.max(value.abs()));
        let scales =
            columns.axis_iter(Axis(1)).map(greatest).map(|scale| if scale > 0.0 { scale } else { 1.0 }).collect();
        let is_binary = classes.labels.len() == 2;
        let codes = classes.codes.iter().map(|&code| code.checked_sub(usize::from(is_binary))).collect();
        let strength = match settings.penalty {
            Penalty::None => 0.0,
            Penalty::L1 | Penalty::L2 => (settings.c * n_samples as f64).recip(),
        };
        let n_outputs = if is_binary { 1 } else { classes.labels.len() };
        Self { columns, n_features, codes, n_outputs, penalty: settings.penalty, strength, scales }
    }

    /// Where solvers start: no feature counts, and the intercepts tell how frequent the classes are.
    pub(super) fn start(&self) -> Array2<f64> {
        let mut weights = Array2::zeros((self.n_outputs, self.n_columns()));
        if self.n_columns() == self.n_features {
            return weights;
        }
        let count = |output: Option<usize>| self.codes.iter().filter(|&&code| code == output).count() as f64;
        let mut logs: Array1<f64> = (0..self.n_outputs).map(|output| count(Some(output)).ln()).collect();
        match self.n_outputs {
            1 => logs -= count(None).ln(),
            _ => logs -= logs.mean().unwrap_or_default(),
        }
        weights.column_mut(self.n_features).assign(&logs);
        weights
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
        let losses = outputs.axis_iter(Axis(1)).zip(&self.codes).map(|(row, &code)| sample_loss(row, code));
        losses.sum::<f64>() / self.n_samples() as f64
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

    /// `values · columns / n_samples` for `values` of shape `(n_outputs, n_samples)`: shape `(n_outputs, n_columns)`.
    pub(super) fn project(&self, values: &Array2<f64>) -> Array2<f64> {
        let mut projected = Array2::zeros((self.n_outputs, self.n_columns()));
        for (mut row, values) in projected.axis_iter_mut(Axis(0)).zip(values.axis_iter(Axis(0))) {
            for (entry, column) in row.iter_mut().zip(self.columns.axis_iter(Axis(1))) {
                *entry = values.dot(&column) / self.n_samples() as f64;
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

    /// `strength · r(weights)`.
    pub(super) fn penalty_value(&self, weights: &Array2<f64>) -> f64 {
        let features = weights.columns().into_iter().take(self.n_features);
        let measure: f64 = match self.penalty {
            Penalty::None => 0.0,
            Penalty::L1 => features.map(|column| column.fold(0.0, |sum, weight| sum + weight.abs())).sum(),
            Penalty::L2 => features.map(|column| column.fold(0.0, |sum, weight| sum + 0.5 * weight * weight)).sum(),
        };
        self.strength * measure
    }

    /// Whether all rows are told rightly with room to spare, which proves that the classes can be separated.
    pub(super) fn separates(&self, outputs: &Array2<f64>) -> bool {
        let is_told = |(row, &code): (ArrayView1<'_, f64>, &Option<usize>)| {
            let own = code.and_then(|code| row.get(code)).copied().unwrap_or(0.0);
            let fixed = if self.n_outputs == 1 && code.is_some() { 0.0 } else { f64::NEG_INFINITY };
            let others = row.iter().enumerate().filter(|(output, _)| Some(*output) != code).map(|(_, output)| *output);
            own > others.fold(fixed, f64::max)
        };
        outputs.axis_iter(Axis(1)).zip(&self.codes).all(is_told)
    }

    /// Coefficients, shape `(n_outputs, n_features)`, and intercepts of `weights`.
    pub(super) fn planes(&self, weights: &Array2<f64>) -> (Vec<Vec<f64>>, Vec<f64>) {
        let coefficients = weights.rows().into_iter().map(|row| row.iter().take(self.n_features).copied().collect());
        let mut intercepts: Vec<f64> =
            weights.rows().into_iter().map(|row| row.get(self.n_features).copied().unwrap_or(0.0)).collect();
        if self.n_outputs > 1 {
            // Adding one number to all of them changes nothing, so they are given a mean of 0.
            let mean = intercepts.iter().sum::<f64>() / self.n_outputs as f64;
            intercepts.iter_mut().for_each(|intercept| *intercept -= mean);
        }
        (coefficients.collect(), intercepts)
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
