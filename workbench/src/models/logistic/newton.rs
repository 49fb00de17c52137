//! Newton's method, for an objective that is smooth: an L2 penalty or none.

use ndarray::{Array1, Array2};

use super::line::{Position, is_lost_in_rounding};
use super::objective::{Point, Problem};
use super::{NAME, Solution, dense};
use crate::error::{Error, Result};
use crate::train::interrupt;

/// How many steps of conjugate gradients approximate one Newton step at most.
const CONJUGATE_STEPS_MAX: usize = 250;

/// Without a penalty: a Newton step that still changes an output by more than this is no step at an optimum.
const SETTLED_CHANGE: f64 = 1e-2;

/// After so many of those in a row, with no gradient left, the coefficients are taken to grow for ever.
const UNSETTLED_STEPS_MAX: usize = 3;

/// The weights at which no component of the gradient exceeds `tol` times its column's scale, looked for from `start`.
pub(super) fn minimise(problem: &Problem, start: Array2<f64>, tol: f64, max_iter: usize) -> Result<Solution> {
    let mut position = Position::at(problem, start);
    let mut n_unsettled = 0;
    for n_iter in 0..max_iter {
        interrupt::check()?;
        check_not_separated(problem, &position)?;
        let point = problem.point(&position.outputs);
        let gradient = gradient(problem, &point, &position.weights);
        let is_flat = is_flat(problem, &gradient, tol);
        if is_flat && problem.terms.l2 > 0.0 {
            return Ok(position.solution(n_iter, true));
        }
        let Some(step) = newton_step(problem, &point, &gradient)? else {
            return Ok(position.solution(n_iter, false));
        };
        let step_outputs = problem.outputs(&step);
        if is_flat {
            let change = step_outputs.fold(0.0_f64, |greatest, value| greatest.max(value.abs()));
            if change <= SETTLED_CHANGE {
                return Ok(position.solution(n_iter, true));
            }
            n_unsettled += 1;
            if n_unsettled == UNSETTLED_STEPS_MAX {
                let reason = "some classes can be separated in part, and coefficients grow for ever";
                return Err(Error::NoFiniteOptimum { model: NAME, reason });
            }
        }
        let before = position.objective(problem, &point);
        let slope = (&gradient * &step).sum();
        if is_lost_in_rounding(slope, before) || !position.advance(problem, &step, &step_outputs, before, slope) {
            return Ok(position.solution(n_iter, is_flat || is_lost_in_rounding(slope, before)));
        }
    }
    check_not_separated(problem, &position)?;
    let gradient = gradient(problem, &problem.point(&position.outputs), &position.weights);
    let converged = n_unsettled == 0 && is_flat(problem, &gradient, tol);
    Ok(position.solution(max_iter, converged))
}

fn check_not_separated(problem: &Problem, position: &Position) -> Result<()> {
    if problem.terms.l2 == 0.0 && problem.separates(&position.outputs) {
        return Err(Error::NoFiniteOptimum { model: NAME, reason: "the features separate the classes exactly" });
    }
    Ok(())
}

fn gradient(problem: &Problem, point: &Point, weights: &Array2<f64>) -> Array2<f64> {
    let mut gradient = problem.loss_gradient(point);
    problem.terms.add_l2(&mut gradient, weights);
    gradient
}

fn is_flat(problem: &Problem, gradient: &Array2<f64>, tol: f64) -> bool {
    let is_within = |(entry, scale): (&f64, &f64)| entry.abs() <= tol * scale;
    gradient.rows().into_iter().all(|row| row.iter().zip(&problem.terms.scales).all(is_within))
}

fn newton_step(problem: &Problem, point: &Point, gradient: &Array2<f64>) -> Result<Option<Array2<f64>>> {
    if gradient.len() > dense::WEIGHTS_MAX {
        return conjugate_step(problem, point, gradient).map(Some);
    }
    let mut hessian = dense::hessian(problem, point);
    dense::regularise(&mut hessian, gradient.dim(), &problem.terms);
    let right: Array1<f64> = gradient.iter().map(|entry| -entry).collect();
    let step = dense::solve(&hessian, &right);
    Ok(step.and_then(|step| step.into_shape_with_order(gradient.dim()).ok()))
}

/// The Newton step by conjugate gradients, for which products with the matrix of second derivatives are enough.
///
/// Columns are taken in units of their scales, or those in small units would count for nothing.
fn conjugate_step(problem: &Problem, point: &Point, gradient: &Array2<f64>) -> Result<Array2<f64>> {
    let preconditioner = problem.terms.scales.mapv(|scale| (scale * scale).recip());
    let mut step = Array2::zeros(gradient.dim());
    let mut residual = -gradient;
    let mut direction = &residual * &preconditioner;
    let mut size = (&residual * &direction).sum();
    // The nearer the optimum, the more exact: this keeps Newton's speed.
    let enough = size * size.sqrt().min(0.01);
    for _ in 0..CONJUGATE_STEPS_MAX {
        interrupt::check()?;
        let mut outputs = problem.outputs(&direction);
        problem.curve(point, &mut outputs);
        let mut curved = problem.project(&outputs);
        problem.terms.add_l2(&mut curved, &direction);
        let curvature = (&direction * &curved).sum();
        if curvature.is_nan() || curvature <= 0.0 {
            break;
        }
        let length = size / curvature;
        step.scaled_add(length, &direction);
        residual.scaled_add(-length, &curved);
        let scaled = &residual * &preconditioner;
        let size_after = (&residual * &scaled).sum();
        if size_after <= enough {
            break;
        }
        direction = scaled + &(direction * (size_after / size));
        size = size_after;
    }
    Ok(step)
}
