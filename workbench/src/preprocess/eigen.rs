//! Eigenvalues and eigenvectors of symmetric matrices.

use ndarray::{Array1, Array2, Axis, s};

/// More steps than this for one eigenvalue mean that the matrix holds values that are not finite.
const STEPS_MAX: usize = 60;

/// The eigenvalues of a symmetric matrix from the least to the greatest, and their vectors.
pub(crate) struct Eigen {
    pub(crate) values: Array1<f64>,
    /// Row `i` is the vector of eigenvalue `i`, of length 1.
    pub(crate) vectors: Array2<f64>,
}

impl Eigen {
    /// By reflections to three diagonals, then by rotations that take the outer two to zero.
    ///
    /// # References
    /// 1. Golub GH, Van Loan CF (2013). Matrix Computations, 4th edition, section 8.3. Johns Hopkins.
    pub(crate) fn of(matrix: Array2<f64>) -> Self {
        let (mut diagonal, mut beside, mut vectors) = tridiagonal(matrix);
        rotate(&mut diagonal, &mut beside, &mut vectors);
        let mut order: Vec<usize> = (0..diagonal.len()).collect();
        order.sort_by(|&a, &b| diagonal[a].total_cmp(&diagonal[b]));
        Self { values: diagonal.select(Axis(0), &order), vectors: vectors.select(Axis(0), &order) }
    }
}

/// The diagonal, the one beside it (its last entry is 0), and the rows of the transposed transformation.
fn tridiagonal(mut matrix: Array2<f64>) -> (Array1<f64>, Array1<f64>, Array2<f64>) {
    let n = matrix.nrows();
    let mut beside = Array1::zeros(n);
    let mut reflections: Vec<(usize, Array1<f64>)> = Vec::new();
    for column in 0..n.saturating_sub(1) {
        let mut vector = matrix.slice(s![column + 1.., column]).to_owned();
        let first = vector[0];
        let below: f64 = vector.slice(s![1..]).iter().map(|value| value * value).sum();
        if below == 0.0 {
            beside[column] = first;
            continue;
        }
        let length = (first * first + below).sqrt();
        beside[column] = -length.copysign(first);
        vector[0] += length.copysign(first);
        let norm = vector.dot(&vector).sqrt();
        vector /= norm;
        // With a vector u of length 1, (I − 2uuᵀ) A (I − 2uuᵀ) = A − u wᵀ − w uᵀ, where w = 2Au − 2(uᵀAu)u.
        let mut rest = matrix.slice_mut(s![column + 1.., column + 1..]);
        let product = rest.dot(&vector);
        let turned = (&product - &(&vector * vector.dot(&product))) * 2.0;
        for ((mut row, &u), &w) in rest.rows_mut().into_iter().zip(&vector).zip(&turned) {
            row.scaled_add(-u, &turned);
            row.scaled_add(-w, &vector);
        }
        reflections.push((column + 1, vector));
    }
    let mut vectors = Array2::eye(n);
    for (start, vector) in reflections.into_iter().rev() {
        // The transformation's transpose: reflections from the right.
        let mut block = vectors.slice_mut(s![start.., start..]);
        for mut row in block.rows_mut() {
            let along = 2.0 * row.dot(&vector);
            row.scaled_add(-along, &vector);
        }
    }
    (matrix.diag().to_owned(), beside, vectors)
}

/// Implicit QL steps, shifted towards the eigenvalue that is nearest; `vectors` is turned along.
fn rotate(diagonal: &mut Array1<f64>, beside: &mut Array1<f64>, vectors: &mut Array2<f64>) {
    let n = diagonal.len();
    for first in 0..n {
        for _ in 0..STEPS_MAX {
            // The block from `first` on ends where the entry beside the diagonal is nothing but rounding.
            let is_small =
                |at: &usize| beside[*at].abs() <= f64::EPSILON * (diagonal[*at].abs() + diagonal[*at + 1].abs());
            let last = (first..n - 1).find(is_small).unwrap_or(n - 1);
            if last == first {
                break;
            }
            step(diagonal, beside, vectors, first, last);
        }
    }
}

fn step(diagonal: &mut Array1<f64>, beside: &mut Array1<f64>, vectors: &mut Array2<f64>, first: usize, last: usize) {
    let slope = (diagonal[first + 1] - diagonal[first]) / (2.0 * beside[first]);
    let length = slope.hypot(1.0);
    let mut along = diagonal[last] - diagonal[first] + beside[first] / (slope + length.copysign(slope));
    let (mut sine, mut cosine, mut shift) = (1.0, 1.0, 0.0);
    for at in (first..last).rev() {
        let (across, kept) = (sine * beside[at], cosine * beside[at]);
        let length = across.hypot(along);
        beside[at + 1] = length;
        if length == 0.0 {
            // The block has come apart here.
            diagonal[at + 1] -= shift;
            beside[last] = 0.0;
            return;
        }
        (sine, cosine) = (across / length, along / length);
        let lower = diagonal[at + 1] - shift;
        let turned = (diagonal[at] - lower) * sine + 2.0 * cosine * kept;
        shift = sine * turned;
        diagonal[at + 1] = lower + shift;
        along = cosine * turned - kept;
        let (mut upper_rows, mut lower_rows) = vectors.view_mut().split_at(Axis(0), at + 1);
        let (mut upper, mut below) = (upper_rows.row_mut(at), lower_rows.row_mut(0));
        for (a, b) in upper.iter_mut().zip(below.iter_mut()) {
            (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
        }
    }
    diagonal[first] -= shift;
    beside[first] = along;
    beside[last] = 0.0;
}
