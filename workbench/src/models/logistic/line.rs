//! Where a solver stands, and how far it goes along a step.

use ndarray::Array2;

use super::Solution;
use super::objective::{Point, Problem};

/// How often a step is halved before it is given up.
const HALVINGS_MAX: usize = 40;

/// The part of the promised gain that a step must bring (Armijo).
const FAIR_PART: f64 = 1e-4;

/// Weights and the outputs they give, which change together.
pub(super) struct Position {
    /// Shape `(n_outputs, n_columns)`.
    pub(super) weights: Array2<f64>,
    /// Shape `(n_outputs, n_samples)`.
    pub(super) outputs: Array2<f64>,
}

impl Position {
    /// At `weights`.
    pub(super) fn at(problem: &Problem, weights: Array2<f64>) -> Self {
        let outputs = problem.outputs(&weights);
        Self { weights, outputs }
    }

    /// The objective here, where the loss is `point`'s.
    pub(super) fn objective(&self, problem: &Problem, point: &Point) -> f64 {
        point.loss + problem.terms.value(&self.weights)
    }

    /// Goes along `step`, which has `step_outputs`, by the greatest of 1, ½, ¼, … that lowers the objective from `before`
    /// by a fair part of what is `promised`, a negative number. Says `false`, and stays, where none does.
    pub(super) fn advance(
        &mut self,
        problem: &Problem,
        step: &Array2<f64>,
        step_outputs: &Array2<f64>,
        before: f64,
        promised: f64,
    ) -> bool {
        // Close to the optimum, rounding may hide that the objective falls.
        let rounding = 1e-15 * before;
        let mut length = 1.0;
        for _ in 0..HALVINGS_MAX {
            let weights = &self.weights + &(step * length);
            let outputs = &self.outputs + &(step_outputs * length);
            let after = problem.loss(&outputs) + problem.terms.value(&weights);
            if after <= before + FAIR_PART * length * promised + rounding {
                *self = Self { weights, outputs };
                return true;
            }
            length /= 2.0;
        }
        false
    }

    /// The end of a fit that went no further than here.
    pub(super) fn solution(self, n_iter: usize, converged: bool) -> Solution {
        Solution { weights: self.weights, n_iter, converged }
    }
}

/// Whether a gain of `-promised` is less than rounding can show beside the objective.
pub(super) fn is_lost_in_rounding(promised: f64, objective: f64) -> bool {
    -promised <= 1e-16 * objective
}
