//! Linear systems of symmetric matrices without negative eigenvalues.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView1, Axis, s};

use crate::error::Result;
use crate::train::interrupt;

const BLOCK: usize = 64;
/// A matrix of more rows than this is factorised for each shift, unless there are many of them: Cholesky's method works on blocks that stay in the
/// cache, and the reduction to three diagonals goes through the whole matrix for each row.
const SMALL: usize = 256;
const MANY_SHIFTS: usize = 40;

/// The solutions of `(matrix + shift · I) x = right` for each of `shifts`, shape `(n_shifts, n)`.
pub(super) fn shifted_solutions(matrix: Array2<f64>, right: &[f64], shifts: &[f64]) -> Result<Array2<f64>> {
    let n = matrix.nrows();
    let mut solutions = Array2::zeros((shifts.len(), n));
    if n == 0 || shifts.is_empty() {
        return Ok(solutions);
    }
    let is_for_cholesky = shifts.len() == 1 || n > SMALL && shifts.len() < MANY_SHIFTS;
    let mut left: Vec<usize> = Vec::new();
    for (position, &shift) in shifts.iter().enumerate() {
        if is_for_cholesky {
            let mut factor = matrix.clone();
            factor.diag_mut().iter_mut().for_each(|value| *value += shift);
            if cholesky(&mut factor)? {
                solutions.row_mut(position).assign(&solved(&factor, right));
                continue;
            }
        }
        left.push(position);
    }
    if !left.is_empty() {
        let tridiagonal = Tridiagonal::of(matrix, right)?;
        let shifts: Vec<f64> = left.iter().filter_map(|&position| shifts.get(position).copied()).collect();
        let found = tridiagonal.solutions(&shifts);
        for (&position, solution) in left.iter().zip(found.columns()) {
            solutions.row_mut(position).assign(&solution);
        }
    }
    Ok(solutions)
}

/// Replaces the lower half of `matrix` by that of its Cholesky factor; false where it is not positive definite.
fn cholesky(matrix: &mut Array2<f64>) -> Result<bool> {
    let n = matrix.nrows();
    for start in (0..n).step_by(BLOCK) {
        interrupt::check()?;
        let end = (start + BLOCK).min(n);
        // The diagonal block and what stands below it, one column after the other.
        for column in start..end {
            let done = matrix.slice(s![column, start..column]).to_owned();
            let pivot = matrix[[column, column]] - done.dot(&done);
            if pivot <= 0.0 || !pivot.is_finite() {
                return Ok(false);
            }
            let pivot = pivot.sqrt();
            matrix[[column, column]] = pivot;
            for row in column + 1..n {
                let product = matrix.slice(s![row, start..column]).dot(&done);
                matrix[[row, column]] = (matrix[[row, column]] - product) / pivot;
            }
        }
        // The rest, strip by strip up to the diagonal.
        let below = matrix.slice(s![end.., start..end]).to_owned();
        for strip in (end..n).step_by(BLOCK) {
            let last = (strip + BLOCK).min(n);
            let own = below.slice(s![strip - end..last - end, ..]);
            let others = below.slice(s![..last - end, ..]);
            general_mat_mul(-1.0, &own, &others.t(), 1.0, &mut matrix.slice_mut(s![strip..last, end..last]));
        }
    }
    Ok(true)
}

/// The solution of `L Lᵀ x = right`.
fn solved(factor: &Array2<f64>, right: &[f64]) -> Array1<f64> {
    let mut x = Array1::from(right.to_vec());
    for row in 0..x.len() {
        let product = factor.slice(s![row, ..row]).dot(&x.slice(s![..row]));
        x[row] = (x[row] - product) / factor[[row, row]];
    }
    back(factor, &mut x);
    x
}

/// Replaces `x` by the solution of `Lᵀ z = x`.
fn back(factor: &Array2<f64>, x: &mut Array1<f64>) {
    for row in (0..x.len()).rev() {
        let value = x[row] / factor[[row, row]];
        x[row] = value;
        let mut above = x.slice_mut(s![..row]);
        above.scaled_add(-value, &factor.slice(s![row, ..row]));
    }
}

/// A symmetric matrix turned until but three diagonals are left: all shifts of it are solved in no time.
///
/// # References
/// 1. L. Eldén, *Algorithms for the regularization of ill-conditioned least squares problems*, 1977, doi:10.1007/BF01932285
struct Tridiagonal {
    diagonal: Array1<f64>,
    /// Entry `i` stands between `i` and `i + 1`.
    beside: Array1<f64>,
    /// Where each reflection starts, and its vector of length 1.
    reflections: Vec<(usize, Array1<f64>)>,
    /// The right side, turned along.
    right: Array1<f64>,
}

impl Tridiagonal {
    fn of(mut matrix: Array2<f64>, right: &[f64]) -> Result<Self> {
        let n = matrix.nrows();
        let mut right = Array1::from(right.to_vec());
        let mut beside = Array1::zeros(n);
        let mut reflections = Vec::new();
        for column in 0..n.saturating_sub(1) {
            interrupt::check()?;
            let mut vector = matrix.slice(s![column + 1.., column]).to_owned();
            let first = vector[0];
            let below: f64 = vector.iter().skip(1).map(|value| value * value).sum();
            if below == 0.0 {
                beside[column] = first;
                continue;
            }
            let length = (first * first + below).sqrt();
            beside[column] = -length.copysign(first);
            vector[0] += length.copysign(first);
            let norm = vector.dot(&vector).sqrt();
            vector /= norm;
            // With u of length 1, (I − 2uuᵀ) A (I − 2uuᵀ) = A − u wᵀ − w uᵀ, where w = 2Au − 2(uᵀAu)u.
            let mut rest = matrix.slice_mut(s![column + 1.., column + 1..]);
            let product = rest.dot(&vector);
            let turned = (&product - &(&vector * vector.dot(&product))) * 2.0;
            for ((mut row, &u), &w) in rest.rows_mut().into_iter().zip(&vector).zip(&turned) {
                for ((cell, along), across) in row.iter_mut().zip(&turned).zip(&vector) {
                    *cell -= u * along + w * across;
                }
            }
            reflect(&mut right.view_mut().insert_axis(Axis(1)), column + 1, &vector);
            reflections.push((column + 1, vector));
        }
        Ok(Self { diagonal: matrix.diag().to_owned(), beside, reflections, right })
    }

    /// The solution for each of `shifts`, shape `(n, n_shifts)`.
    fn solutions(&self, shifts: &[f64]) -> Array2<f64> {
        let mut solutions = Array2::zeros((self.diagonal.len(), shifts.len()));
        for (mut column, &shift) in solutions.columns_mut().into_iter().zip(shifts) {
            column.assign(&self.solution(shift));
        }
        for (start, vector) in self.reflections.iter().rev() {
            reflect(&mut solutions.view_mut(), *start, vector);
        }
        solutions
    }

    fn solution(&self, shift: f64) -> Array1<f64> {
        let n = self.diagonal.len();
        let scale = self.diagonal.iter().fold(shift, |most, value| most.max(value.abs()));
        let least = f64::MIN_POSITIVE.max(f64::EPSILON * scale);
        let mut pivots = Array1::zeros(n);
        let mut x = self.right.clone();
        for at in 0..n {
            let mut pivot = self.diagonal[at] + shift;
            if at > 0 {
                let factor = self.beside[at - 1] / pivots[at - 1];
                pivot -= factor * self.beside[at - 1];
                x[at] -= factor * x[at - 1];
            }
            // No eigenvalue is negative, so what is no more than that is rounding.
            pivots[at] = if pivot > least { pivot } else { least };
        }
        for at in (0..n).rev() {
            let after = if at + 1 < n { self.beside[at] * x[at + 1] } else { 0.0 };
            x[at] = (x[at] - after) / pivots[at];
        }
        x
    }
}

/// Mirrors the rows of `block` from `start` on at the plane across `vector`.
fn reflect(block: &mut ndarray::ArrayViewMut2<'_, f64>, start: usize, vector: &Array1<f64>) {
    let mut part = block.slice_mut(s![start.., ..]);
    let mut along: Array1<f64> = Array1::zeros(part.ncols());
    for (row, &u) in part.rows().into_iter().zip(vector) {
        along.scaled_add(2.0 * u, &row);
    }
    for (mut row, &u) in part.rows_mut().into_iter().zip(vector) {
        row.scaled_add(-u, &along);
    }
}

/// A symmetric matrix of products, some of whose columns may follow from others: it knows the shortest of all solutions.
///
/// The matrix is scaled to a diagonal of ones and factorised with pivots. What is left of a column that follows from those before is nothing but
/// rounding; along these columns the solution is free, and is made as short as can be.
pub(in crate::models) struct MinimumNorm {
    /// One over the root of each diagonal entry, 0 for a column of zeros.
    scales: Vec<f64>,
    /// The columns in the order of their pivots.
    order: Vec<usize>,
    /// The lower factor of the first `rank` columns, shape `(n, rank)`, rows in that order.
    factor: Array2<f64>,
    /// Shape `(n_free, n)` in the matrix' own order: directions that change nothing, and the factor of their products.
    free: Option<(Array2<f64>, Array2<f64>)>,
}

impl MinimumNorm {
    pub(in crate::models) fn new(mut matrix: Array2<f64>) -> Result<Self> {
        let n = matrix.nrows();
        let scales: Vec<f64> =
            matrix.diag().iter().map(|&square| if square > 0.0 { 1.0 / square.sqrt() } else { 0.0 }).collect();
        for (mut row, scale) in matrix.rows_mut().into_iter().zip(&scales) {
            row.iter_mut().zip(&scales).for_each(|(cell, other)| *cell *= scale * other);
        }
        let least = 32.0 * f64::EPSILON * n.max(1) as f64;
        let mut order: Vec<usize> = (0..n).collect();
        let mut rest = matrix.diag().to_owned();
        let mut factor: Array2<f64> = Array2::zeros((n, n));
        let mut rank = n;
        for at in 0..n {
            interrupt::check()?;
            let next = (at..n).fold(at, |best, other| if rest[other] > rest[best] { other } else { best });
            if rest[next] <= least || rest[next].is_nan() {
                rank = at;
                break;
            }
            order.swap(at, next);
            rest.swap(at, next);
            for column in 0..at {
                factor.swap([at, column], [next, column]);
            }
            let pivot = rest[at].sqrt();
            factor[[at, at]] = pivot;
            let done = factor.slice(s![at, ..at]).to_owned();
            let source = matrix.row(order[at]);
            for (row, &index) in order.iter().enumerate().skip(at + 1) {
                let product = factor.slice(s![row, ..at]).dot(&done);
                let value = (source[index] - product) / pivot;
                factor[[row, at]] = value;
                rest[row] -= value * value;
            }
        }
        let factor = factor.slice(s![.., ..rank]).to_owned();
        let mut this = Self { scales, order, factor, free: None };
        this.free = this.free_directions()?;
        Ok(this)
    }

    /// The shortest solution of `matrix · x = right`, where there is one; that of the nearest right side where there is none.
    pub(in crate::models) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let rank = self.factor.ncols();
        let mut x: Array1<f64> = self.order.iter().take(rank).map(|&index| right[index] * self.scales[index]).collect();
        let square = self.factor.slice(s![..rank, ..]);
        for row in 0..rank {
            let product = square.slice(s![row, ..row]).dot(&x.slice(s![..row]));
            x[row] = (x[row] - product) / square[[row, row]];
        }
        back(&self.factor, &mut x);
        let mut solution = Array1::zeros(self.order.len());
        for (&index, value) in self.order.iter().zip(&x) {
            solution[index] = value * self.scales[index];
        }
        if let Some((directions, products)) = &self.free {
            let along = solved(products, &directions.dot(&solution).to_vec());
            solution -= &directions.t().dot(&along);
        }
        solution.to_vec()
    }

    /// For each column after the pivots, how the others make up for it.
    fn free_directions(&self) -> Result<Option<(Array2<f64>, Array2<f64>)>> {
        let (n, rank) = self.factor.dim();
        let followers: Vec<usize> = (rank..n).filter(|&row| self.scales[self.order[row]] > 0.0).collect();
        if followers.is_empty() {
            return Ok(None);
        }
        let mut directions = Array2::zeros((followers.len(), n));
        for (mut direction, &row) in directions.rows_mut().into_iter().zip(&followers) {
            let mut x = self.factor.row(row).to_owned();
            back(&self.factor, &mut x);
            let own = self.order[row];
            for (&index, value) in self.order.iter().zip(&x) {
                direction[index] = -value * self.scales[index];
            }
            direction[own] = self.scales[own];
            let length = norm(direction.view());
            direction /= length;
        }
        let mut products = directions.dot(&directions.t());
        Ok(if cholesky(&mut products)? { Some((directions, products)) } else { None })
    }
}

fn norm(vector: ArrayView1<'_, f64>) -> f64 {
    vector.dot(&vector).sqrt()
}
