//! The matrix of second derivatives, and linear systems with it.

use ndarray::{Array1, Array2, ArrayView1, Axis, s};

use super::objective::{Point, Problem};
use super::quadratic::Terms;

/// Up to this many weights the matrix of second derivatives is made; beyond, only its products with vectors are.
pub(super) const WEIGHTS_MAX: usize = 512;

/// The second derivatives of the mean loss, shape `(n_weights, n_weights)`, weights in the order of outputs, then columns.
pub(super) fn hessian(problem: &Problem, point: &Point) -> Array2<f64> {
    let n_columns = problem.n_columns();
    let n_weights = problem.n_outputs * n_columns;
    let mut hessian = Array2::zeros((n_weights, n_weights));
    for first in 0..problem.n_outputs {
        for second in first..problem.n_outputs {
            let block = block(problem, point, first, second);
            let rows = first * n_columns..(first + 1) * n_columns;
            let columns = second * n_columns..(second + 1) * n_columns;
            hessian.slice_mut(s![rows.clone(), columns.clone()]).assign(&block);
            hessian.slice_mut(s![columns, rows]).assign(&block.t());
        }
    }
    hessian
}

fn block(problem: &Problem, point: &Point, first: usize, second: usize) -> Array2<f64> {
    let first_probabilities = point.probabilities.index_axis(Axis(0), first);
    let second_probabilities = point.probabilities.index_axis(Axis(0), second);
    let same = if first == second { 1.0 } else { 0.0 };
    let curvatures = &first_probabilities * &second_probabilities.mapv(|probability| same - probability);
    let weighted = &problem.columns * &(curvatures * &problem.parts).insert_axis(Axis(1));
    problem.columns.t().dot(&weighted)
}

/// Adds the second derivatives of an L2 penalty to those of a loss of `(n_outputs, n_columns)` weights, and makes invertible what a change
/// that does nothing leaves singular.
///
/// With more than two classes, adding one number to all outputs changes no probability. The gradient has no part in these
/// directions, so any curvature given to them leaves the Newton step without a part in them, too.
pub(super) fn regularise(hessian: &mut Array2<f64>, (n_outputs, n_columns): (usize, usize), terms: &Terms) {
    for (index, entry) in hessian.diag_mut().iter_mut().enumerate() {
        *entry += terms.l2_of(index % n_columns);
    }
    if n_outputs == 1 {
        return;
    }
    let first_free = if terms.l2 == 0.0 { 0 } else { terms.n_features };
    for column in first_free..n_columns {
        let curvature = hessian.diag().get(column).copied().unwrap_or(1.0);
        let of_column = s![column..;n_columns, column..;n_columns];
        hessian.slice_mut(of_column).mapv_inplace(|entry| entry + curvature);
    }
}

/// The solution of `matrix · x = right`, for a symmetric matrix without negative eigenvalues.
///
/// Where columns depend on each other the matrix is singular, and a little is added to its diagonal until it is not: of all
/// solutions, that gives a short one. `None` where no amount helps, which takes values that are not finite.
pub(super) fn solve(matrix: &Array2<f64>, right: &Array1<f64>) -> Option<Array1<f64>> {
    let mut added = 0.0;
    while added <= 1.0 {
        if let Some(lower) = cholesky(matrix, added) {
            let solution = substitute(&lower, right);
            if solution.iter().all(|value| value.is_finite()) {
                return Some(solution);
            }
        }
        // Much less would magnify the rounding of `right` in the directions that are singular.
        added = if added == 0.0 { 1e-9 } else { added * 100.0 };
    }
    None
}

/// The lower triangle `L` with `L Lᵀ = matrix + added · diagonal`, or `None` where that is not positive definite.
fn cholesky(matrix: &Array2<f64>, added: f64) -> Option<Array2<f64>> {
    let n = matrix.nrows();
    let greatest = matrix.diag().fold(0.0_f64, |greatest, value| greatest.max(*value));
    let mut lower = Array2::<f64>::zeros((n, n));
    for row in 0..n {
        for column in 0..row {
            let known = lower.slice(s![row, ..column]).dot(&lower.slice(s![column, ..column]));
            lower[[row, column]] = (matrix[[row, column]] - known) / lower[[column, column]];
        }
        let before = lower.slice(s![row, ..row]);
        let diagonal = matrix[[row, row]];
        // A column of zeros has no diagonal of its own to add a part of.
        let pivot = diagonal + added * diagonal.max(greatest * 1e-12) - before.dot(&before);
        // Less than this is nothing but rounding.
        if pivot.is_nan() || pivot <= 1e-14 * diagonal {
            return None;
        }
        lower[[row, row]] = pivot.sqrt();
    }
    Some(lower)
}

/// The solution of `L Lᵀ x = right`.
fn substitute(lower: &Array2<f64>, right: &Array1<f64>) -> Array1<f64> {
    let mut solution = right.clone();
    for (index, row) in lower.rows().into_iter().enumerate() {
        let known = leading(&row, index).dot(&solution.slice(s![..index]));
        solution[index] = (solution[index] - known) / row[index];
    }
    for (index, row) in lower.rows().into_iter().enumerate().rev() {
        solution[index] /= row[index];
        let value = solution[index];
        solution.slice_mut(s![..index]).scaled_add(-value, &leading(&row, index));
    }
    solution
}

fn leading<'a>(row: &ArrayView1<'a, f64>, length: usize) -> ArrayView1<'a, f64> {
    (*row).slice_move(s![..length])
}
