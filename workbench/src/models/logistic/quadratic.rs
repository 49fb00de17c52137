//! The least of a quadratic model plus an L1 penalty, by coordinate descent.

use ndarray::{Array1, Array2, Axis};

use super::dense;
use crate::error::Result;
use crate::train::interrupt;

/// Sweeps over the weights of one quadratic model at most.
const SWEEPS_MAX: usize = 2_000;

/// So many sweeps that do not settle, and the face that the weights lie on is solved as a whole.
const SWEEPS_BEFORE_FACE: usize = 8;

/// So many weights become 0 at most while a face is solved.
const FACE_STEPS_MAX: usize = 16;

/// Curvature that is given to every weight, in units of its column's scale, so that none is without.
const DAMPING: f64 = 1e-12;

/// The penalty `Σ l1 |w| + ½ l2 w²` over features, and the units in which columns are.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) l1: f64,
    pub(super) l2: f64,
    pub(super) n_features: usize,
    /// The greatest magnitude in each column, or 1 in a column of zeros.
    pub(super) scales: Array1<f64>,
}

impl Terms {
    /// The L1 penalty's strength on the weights of a column, which is 0 on intercepts.
    pub(super) fn l1_of(&self, column: usize) -> f64 {
        if column < self.n_features { self.l1 } else { 0.0 }
    }

    /// The L2 penalty's strength on the weights of a column.
    pub(super) fn l2_of(&self, column: usize) -> f64 {
        if column < self.n_features { self.l2 } else { 0.0 }
    }

    fn scale(&self, column: usize) -> f64 {
        self.scales.get(column).copied().unwrap_or(1.0)
    }

    /// The penalty of `weights`.
    pub(super) fn value(&self, weights: &Array2<f64>) -> f64 {
        let features = weights.columns().into_iter().take(self.n_features);
        let of_weight = |sum: f64, weight: &f64| sum + self.l1 * weight.abs() + 0.5 * self.l2 * weight * weight;
        features.map(|column| column.fold(0.0, of_weight)).sum()
    }

    /// Adds the gradient of the L2 penalty at `weights` to `gradient`.
    pub(super) fn add_l2(&self, gradient: &mut Array2<f64>, weights: &Array2<f64>) {
        if self.l2 > 0.0 {
            let pairs = gradient.columns_mut().into_iter().zip(weights.columns());
            pairs.take(self.n_features).for_each(|(mut entry, weight)| entry.scaled_add(self.l2, &weight));
        }
    }

    /// By how much the conditions of an optimum are missed: the greatest least subgradient, in units of the columns' scales. `gradient`
    /// is that of all but the L1 penalty.
    pub(super) fn violation(&self, weights: &Array2<f64>, gradient: &Array2<f64>) -> f64 {
        let mut greatest = 0.0_f64;
        for (((_, column), &weight), &slope) in weights.indexed_iter().zip(gradient) {
            let missed = self.subgradient(column, weight, slope);
            // NaN comes through.
            greatest = if missed <= greatest { greatest } else { missed };
        }
        greatest
    }

    fn subgradient(&self, column: usize, weight: f64, slope: f64) -> f64 {
        let l1 = self.l1_of(column);
        let least = if weight == 0.0 { (slope.abs() - l1).max(0.0) } else { (slope + l1 * weight.signum()).abs() };
        let missed = if slope.is_nan() { slope } else { least };
        missed / self.scale(column)
    }
}

/// Second derivatives at one point, and their product with how far the weights have moved from there.
pub(super) trait Curvature {
    /// The second derivative by one weight.
    fn of(&self, output: usize, column: usize) -> f64;

    /// By how much the slope at one weight differs from the gradient, since weights have moved.
    fn slope_change(&self, output: usize, column: usize) -> f64;

    /// Moves one weight by `change`.
    fn shift(&mut self, output: usize, column: usize, change: f64);

    /// How the weights of `face` have to move together for their slopes to become 0; `None` where that is not known.
    fn face_step(&self, face: &[(usize, usize)], slopes: &Array1<f64>) -> Option<Array1<f64>>;
}

/// Where the quadratic model plus the L1 penalty is least, to within `tol`.
///
/// Weights of 0 mostly stay so. Hence each sweep over all is followed by sweeps over the others only, till those have settled.
/// Where columns depend on each other that can take for ever, and the others are then solved for together.
pub(super) fn descend(
    terms: &Terms,
    weights: &Array2<f64>,
    gradient: &Array2<f64>,
    tol: f64,
    mut curvature: impl Curvature,
) -> Result<Array2<f64>> {
    let mut target = weights.clone();
    let mut n_unsettled = 0;
    for _ in 0..SWEEPS_MAX {
        interrupt::check()?;
        let only_others = n_unsettled > 0;
        let greatest = sweep(terms, weights, gradient, &mut target, &mut curvature, only_others);
        match (greatest <= tol, only_others) {
            (true, false) => break,
            (true, true) => n_unsettled = 0,
            (false, _) => n_unsettled += 1,
        }
        if n_unsettled > 0 && n_unsettled % SWEEPS_BEFORE_FACE == 0 {
            solve_face(terms, gradient, &mut target, &mut curvature);
        }
    }
    Ok(target)
}

/// Makes the model small by one weight after the other; says by how much its conditions were missed before.
fn sweep(
    terms: &Terms,
    weights: &Array2<f64>,
    gradient: &Array2<f64>,
    target: &mut Array2<f64>,
    curvature: &mut impl Curvature,
    only_others: bool,
) -> f64 {
    let mut greatest = 0.0_f64;
    for (((output, column), moved), (start, slope)) in target.indexed_iter_mut().zip(weights.iter().zip(gradient)) {
        if only_others && *moved == 0.0 {
            continue;
        }
        let damping = DAMPING * terms.scale(column).powi(2);
        let slope = slope + curvature.slope_change(output, column) + damping * (*moved - start);
        let curved = curvature.of(output, column) + damping;
        greatest = greatest.max(terms.subgradient(column, *moved, slope));
        let after = shrink(*moved - slope / curved, terms.l1_of(column) / curved);
        if after != *moved && after.is_finite() {
            curvature.shift(output, column, after - *moved);
            *moved = after;
        }
    }
    greatest
}

/// Solves for all weights other than 0 together, as long as none changes its sign.
///
/// Up to there the penalty is linear, and the model is a quadratic. A weight that would change its sign stops the step at 0,
/// and the next step goes without it.
fn solve_face(terms: &Terms, gradient: &Array2<f64>, target: &mut Array2<f64>, curvature: &mut impl Curvature) {
    for _ in 0..FACE_STEPS_MAX {
        let is_free = |((_, column), weight): &((usize, usize), &f64)| **weight != 0.0 || *column >= terms.n_features;
        let face: Vec<(usize, usize)> = target.indexed_iter().filter(is_free).map(|(place, _)| place).collect();
        let slope = |&(output, column): &(usize, usize)| {
            let penalty = terms.l1_of(column) * target[[output, column]].signum();
            gradient[[output, column]] + curvature.slope_change(output, column) + penalty
        };
        let slopes: Array1<f64> = face.iter().map(slope).collect();
        let Some(step) = curvature.face_step(&face, &slopes) else { return };
        let mut length = 1.0;
        let mut stopped_by = None;
        for (&(output, column), change) in face.iter().zip(&step) {
            let weight = target[[output, column]];
            if column < terms.n_features && weight * (weight + length * change) < 0.0 {
                length = -weight / change;
                stopped_by = Some((output, column));
            }
        }
        for (&(output, column), change) in face.iter().zip(&step) {
            let weight = target[[output, column]];
            let after = if stopped_by == Some((output, column)) { 0.0 } else { weight + length * change };
            curvature.shift(output, column, after - weight);
            target[[output, column]] = after;
        }
        if stopped_by.is_none() {
            return;
        }
    }
}

/// `value`, nearer to 0 by `by`, and 0 where that would pass it.
fn shrink(value: f64, by: f64) -> f64 {
    if value.abs() <= by { 0.0 } else { value - by * value.signum() }
}

/// The matrix of second derivatives: dear to make, and cheap to use.
pub(super) struct MatrixCurvature {
    n_columns: usize,
    matrix: Array2<f64>,
    product: Array1<f64>,
}

impl MatrixCurvature {
    /// Of `matrix`, shape `(n_weights, n_weights)`, the second derivatives of the loss, with those of the L2 penalty added.
    pub(super) fn new(mut matrix: Array2<f64>, n_columns: usize, terms: &Terms) -> Self {
        for (index, entry) in matrix.diag_mut().iter_mut().enumerate() {
            *entry += terms.l2_of(index % n_columns);
        }
        Self { n_columns, product: Array1::zeros(matrix.nrows()), matrix }
    }
}

impl Curvature for MatrixCurvature {
    fn of(&self, output: usize, column: usize) -> f64 {
        let index = output * self.n_columns + column;
        self.matrix[[index, index]]
    }

    fn slope_change(&self, output: usize, column: usize) -> f64 {
        self.product[output * self.n_columns + column]
    }

    fn shift(&mut self, output: usize, column: usize, change: f64) {
        self.product.scaled_add(change, &self.matrix.row(output * self.n_columns + column));
    }

    fn face_step(&self, face: &[(usize, usize)], slopes: &Array1<f64>) -> Option<Array1<f64>> {
        let indices: Vec<usize> = face.iter().map(|(output, column)| output * self.n_columns + column).collect();
        let matrix = self.matrix.select(Axis(0), &indices).select(Axis(1), &indices);
        dense::solve(&matrix, &slopes.mapv(|slope| -slope))
    }
}
