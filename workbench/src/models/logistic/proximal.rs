//! Proximal Newton with coordinate descent, for an L1 penalty.
//!
//! Each outer step takes the loss's quadratic model at the current weights, makes the model plus penalty small one weight at
//! a time, and goes there as far as the objective falls.

use ndarray::{Array1, Array2, Axis};

use super::line::{Position, is_lost_in_rounding};
use super::objective::{Point, Problem};
use super::{Solution, dense};
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

/// The weights at which no component of the least subgradient exceeds `tol` times its column's scale.
pub(super) fn minimise(problem: &Problem, tol: f64, max_iter: usize) -> Result<Solution> {
    let mut position = Position::start(problem);
    for n_iter in 0..max_iter {
        interrupt::check()?;
        let point = problem.point(&position.outputs);
        let gradient = problem.loss_gradient(&point);
        let violation = violation(problem, &position.weights, &gradient);
        if violation <= tol {
            return Ok(position.solution(n_iter, true));
        }
        // A model is worth solving no better than it fits, and it fits the better the nearer the optimum is.
        let model_tol = (violation * violation.min(0.1)).max(0.1 * tol);
        let target = if gradient.len() > dense::WEIGHTS_MAX {
            descend(problem, &position.weights, &gradient, model_tol, SampleCurvature::new(problem, &point))?
        } else {
            descend(problem, &position.weights, &gradient, model_tol, MatrixCurvature::new(problem, &point))?
        };
        let step = &target - &position.weights;
        let promised =
            (&gradient * &step).sum() + problem.penalty_value(&target) - problem.penalty_value(&position.weights);
        let before = position.objective(problem, &point);
        if is_lost_in_rounding(promised, before) {
            return Ok(position.solution(n_iter, true));
        }
        if !position.advance(problem, &step, &problem.outputs(&step), before, promised) {
            return Ok(position.solution(n_iter, false));
        }
    }
    let gradient = problem.loss_gradient(&problem.point(&position.outputs));
    let converged = violation(problem, &position.weights, &gradient) <= tol;
    Ok(position.solution(max_iter, converged))
}

/// By how much the conditions of an optimum are missed: the greatest least subgradient, in units of the columns' scales.
fn violation(problem: &Problem, weights: &Array2<f64>, gradient: &Array2<f64>) -> f64 {
    let entries = weights.indexed_iter().zip(gradient);
    entries.map(|(((_, column), &weight), &slope)| subgradient(problem, column, weight, slope)).fold(0.0, f64::max)
}

fn subgradient(problem: &Problem, column: usize, weight: f64, slope: f64) -> f64 {
    let strength = strength(problem, column);
    let least =
        if weight == 0.0 { (slope.abs() - strength).max(0.0) } else { (slope + strength * weight.signum()).abs() };
    least / scale(problem, column)
}

fn strength(problem: &Problem, column: usize) -> f64 {
    if column < problem.n_features { problem.strength } else { 0.0 }
}

fn scale(problem: &Problem, column: usize) -> f64 {
    problem.scales.get(column).copied().unwrap_or(1.0)
}

/// The loss's second derivatives at one point, and their product with how far the weights have moved from there.
trait Curvature {
    /// The second derivative by one weight.
    fn of(&self, output: usize, column: usize) -> f64;

    /// By how much the slope at one weight differs from the gradient, since weights have moved.
    fn slope_change(&self, output: usize, column: usize) -> f64;

    /// Moves one weight by `change`.
    fn shift(&mut self, output: usize, column: usize, change: f64);

    /// How the weights of `face` have to move together for their slopes to become 0; `None` where that is not known.
    fn face_step(&self, face: &[(usize, usize)], slopes: &Array1<f64>) -> Option<Array1<f64>>;
}

/// Where the quadratic model plus penalty is least, to within `tol`.
///
/// Weights of 0 mostly stay so. Hence each sweep over all is followed by sweeps over the others only, till those have settled.
/// Where columns depend on each other that can take for ever, and the others are then solved for together.
fn descend(
    problem: &Problem,
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
        let greatest = sweep(problem, weights, gradient, &mut target, &mut curvature, only_others);
        match (greatest <= tol, only_others) {
            (true, false) => break,
            (true, true) => n_unsettled = 0,
            (false, _) => n_unsettled += 1,
        }
        if n_unsettled > 0 && n_unsettled % SWEEPS_BEFORE_FACE == 0 {
            solve_face(problem, gradient, &mut target, &mut curvature);
        }
    }
    Ok(target)
}

/// Makes the model small by one weight after the other; says by how much its conditions were missed before.
fn sweep(
    problem: &Problem,
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
        let damping = DAMPING * scale(problem, column).powi(2);
        let slope = slope + curvature.slope_change(output, column) + damping * (*moved - start);
        let curved = curvature.of(output, column) + damping;
        greatest = greatest.max(subgradient(problem, column, *moved, slope));
        let after = shrink(*moved - slope / curved, strength(problem, column) / curved);
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
fn solve_face(problem: &Problem, gradient: &Array2<f64>, target: &mut Array2<f64>, curvature: &mut impl Curvature) {
    for _ in 0..FACE_STEPS_MAX {
        let is_free = |((_, column), weight): &((usize, usize), &f64)| **weight != 0.0 || *column >= problem.n_features;
        let face: Vec<(usize, usize)> = target.indexed_iter().filter(is_free).map(|(place, _)| place).collect();
        let slope = |&(output, column): &(usize, usize)| {
            let penalty = strength(problem, column) * target[[output, column]].signum();
            gradient[[output, column]] + curvature.slope_change(output, column) + penalty
        };
        let slopes: Array1<f64> = face.iter().map(slope).collect();
        let Some(step) = curvature.face_step(&face, &slopes) else { return };
        let mut length = 1.0;
        let mut stopped_by = None;
        for (&(output, column), change) in face.iter().zip(&step) {
            let weight = target[[output, column]];
            if column < problem.n_features && weight * (weight + length * change) < 0.0 {
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
struct MatrixCurvature {
    n_columns: usize,
    matrix: Array2<f64>,
    product: Array1<f64>,
}

impl MatrixCurvature {
    fn new(problem: &Problem, point: &Point) -> Self {
        let matrix = dense::hessian(problem, point);
        Self { n_columns: problem.n_columns(), product: Array1::zeros(matrix.nrows()), matrix }
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

/// The same by way of the samples' outputs, where the matrix would be too large.
struct SampleCurvature<'a> {
    problem: &'a Problem,
    probabilities: &'a Array2<f64>,
    /// Shape `(n_outputs, n_columns)`.
    diagonal: Array2<f64>,
    /// How far the outputs have moved, shape `(n_outputs, n_samples)`.
    moved: Array2<f64>,
    /// The mean of that for each sample, weighted by its probabilities.
    mean: Array1<f64>,
}

impl<'a> SampleCurvature<'a> {
    fn new(problem: &'a Problem, point: &'a Point) -> Self {
        let curvatures = point.probabilities.mapv(|probability| probability * (1.0 - probability));
        let squares = problem.columns.mapv(|value| value * value);
        let diagonal = curvatures.dot(&squares) / problem.n_samples() as f64;
        let moved = Array2::zeros(curvatures.dim());
        let mean = Array1::zeros(problem.n_samples());
        Self { problem, probabilities: &point.probabilities, diagonal, moved, mean }
    }
}

impl Curvature for SampleCurvature<'_> {
    fn of(&self, output: usize, column: usize) -> f64 {
        self.diagonal[[output, column]]
    }

    fn slope_change(&self, output: usize, column: usize) -> f64 {
        let values = self.problem.columns.column(column).into_iter();
        let probabilities = self.probabilities.index_axis(Axis(0), output).into_iter();
        let moved = self.moved.index_axis(Axis(0), output).into_iter();
        let terms = values.zip(probabilities).zip(moved.zip(&self.mean));
        let sum: f64 = terms.map(|((value, probability), (moved, mean))| value * probability * (moved - mean)).sum();
        sum / self.problem.n_samples() as f64
    }

    fn shift(&mut self, output: usize, column: usize, change: f64) {
        let values = self.problem.columns.column(column);
        self.moved.index_axis_mut(Axis(0), output).scaled_add(change, &values);
        let probabilities = self.probabilities.index_axis(Axis(0), output);
        for ((mean, probability), value) in self.mean.iter_mut().zip(probabilities).zip(values) {
            *mean += probability * change * value;
        }
    }

    fn face_step(&self, _face: &[(usize, usize)], _slopes: &Array1<f64>) -> Option<Array1<f64>> {
        None
    }
}
