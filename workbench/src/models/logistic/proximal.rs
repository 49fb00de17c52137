//! Proximal Newton with coordinate descent, for an L1 penalty on so many weights that the matrix of second derivatives would be too
//! large.
//!
//! Each outer step takes the loss's quadratic model at the current weights, makes the model plus penalty small one weight at
//! a time, and goes there as far as the objective falls.

use ndarray::{Array1, Array2, Axis};

use super::Solution;
use super::line::{Position, is_lost_in_rounding};
use super::objective::{Point, Problem};
use super::quadratic::{Curvature, descend};
use crate::error::Result;
use crate::train::interrupt;

/// The weights at which no component of the least subgradient exceeds `tol` times its column's scale, looked for from `start`.
pub(super) fn minimise(problem: &Problem, start: Array2<f64>, tol: f64, max_iter: usize) -> Result<Solution> {
    let mut position = Position::at(problem, start);
    for n_iter in 0..max_iter {
        interrupt::check()?;
        let point = problem.point(&position.outputs);
        let gradient = gradient(problem, &point, &position.weights);
        let violation = problem.terms.violation(&position.weights, &gradient);
        if violation <= tol {
            return Ok(position.solution(n_iter, true));
        }
        // A model is worth solving no better than it fits, and it fits the better the nearer the optimum is.
        let model_tol = (violation * violation.min(0.1)).max(0.1 * tol);
        let curvature = SampleCurvature::new(problem, &point);
        let target = descend(&problem.terms, &position.weights, &gradient, model_tol, curvature)?;
        let step = &target - &position.weights;
        let penalties = problem.terms.value(&target) - problem.terms.value(&position.weights);
        let promised = (&problem.loss_gradient(&point) * &step).sum() + penalties;
        let before = position.objective(problem, &point);
        if is_lost_in_rounding(promised, before) {
            return Ok(position.solution(n_iter, true));
        }
        if !position.advance(problem, &step, &problem.outputs(&step), before, promised) {
            return Ok(position.solution(n_iter, false));
        }
    }
    let gradient = gradient(problem, &problem.point(&position.outputs), &position.weights);
    let converged = problem.terms.violation(&position.weights, &gradient) <= tol;
    Ok(position.solution(max_iter, converged))
}

/// The gradient of the loss and of the L2 penalty.
fn gradient(problem: &Problem, point: &Point, weights: &Array2<f64>) -> Array2<f64> {
    let mut gradient = problem.loss_gradient(point);
    problem.terms.add_l2(&mut gradient, weights);
    gradient
}

/// The second derivatives by way of the samples' outputs.
struct SampleCurvature<'a> {
    problem: &'a Problem,
    probabilities: &'a Array2<f64>,
    /// Shape `(n_outputs, n_columns)`.
    diagonal: Array2<f64>,
    /// How far the weights have moved, shape `(n_outputs, n_columns)`.
    shifted: Array2<f64>,
    /// How far the outputs have moved, shape `(n_outputs, n_samples)`.
    moved: Array2<f64>,
    /// The mean of that for each sample, weighted by its probabilities.
    mean: Array1<f64>,
}

impl<'a> SampleCurvature<'a> {
    fn new(problem: &'a Problem, point: &'a Point) -> Self {
        let curvatures = point.probabilities.mapv(|probability| probability * (1.0 - probability)) * &problem.parts;
        let squares = problem.columns.mapv(|value| value * value);
        let mut diagonal = curvatures.dot(&squares);
        for (column, mut entries) in diagonal.columns_mut().into_iter().enumerate() {
            entries += problem.terms.l2_of(column);
        }
        let shifted = Array2::zeros(diagonal.dim());
        let moved = Array2::zeros(curvatures.dim());
        let mean = Array1::zeros(problem.n_samples());
        Self { problem, probabilities: &point.probabilities, diagonal, shifted, moved, mean }
    }
}

impl Curvature for SampleCurvature<'_> {
    fn of(&self, output: usize, column: usize) -> f64 {
        self.diagonal[[output, column]]
    }

    fn slope_change(&self, output: usize, column: usize) -> f64 {
        let values = self.problem.columns.column(column).into_iter().zip(&self.problem.parts);
        let probabilities = self.probabilities.index_axis(Axis(0), output).into_iter();
        let moved = self.moved.index_axis(Axis(0), output).into_iter();
        let terms = values.zip(probabilities).zip(moved.zip(&self.mean));
        let sum: f64 = terms
            .map(|(((value, part), probability), (moved, mean))| value * part * probability * (moved - mean))
            .sum();
        sum + self.problem.terms.l2_of(column) * self.shifted[[output, column]]
    }

    fn shift(&mut self, output: usize, column: usize, change: f64) {
        let values = self.problem.columns.column(column);
        self.shifted[[output, column]] += change;
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
