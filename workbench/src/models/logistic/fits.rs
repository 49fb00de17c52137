//! Fits of several settings on the same rows.

use ndarray::Array2;

use super::lane::{Lane, Stage};
use super::objective::Problem;
use super::path::{self, Goal};
use super::quadratic::Terms;
use super::rows::Rows;
use super::{LogisticRegression, Penalty, Solution, dense, newton, proximal};
use crate::error::{Error, Result};

/// Fits each of `settings`, which agree on the intercept and on what rows count, on `rows`.
pub(super) fn fit_all(rows: &Rows, settings: &[&LogisticRegression]) -> Vec<Result<Solution>> {
    let goals: Vec<Goal> = settings.iter().map(|settings| goal(rows.total(), settings)).collect();
    let is_lane = |index: usize| settings.get(index).is_some_and(|settings| is_for_lane(rows, settings));
    let order = path::strongest_first(&goals);
    let lanes: Vec<usize> = order.iter().copied().filter(|&index| is_lane(index)).collect();
    let mut solutions: Vec<(usize, Result<Solution>)> = Vec::with_capacity(goals.len());
    let in_lanes: Vec<&Goal> = lanes.iter().filter_map(|&index| goals.get(index)).collect();
    match path::solve(rows, &in_lanes) {
        Ok(done) => {
            let solve = |(index, lane): (usize, Lane)| (index, of_lane(rows, lane));
            solutions.extend(lanes.into_iter().zip(done).map(solve));
        }
        // Nothing but an interruption ends all lanes.
        Err(_) => solutions.extend(lanes.into_iter().map(|index| (index, Err(Error::Interrupted)))),
    }
    // The others go one by one, each from where the last one with a penalty has ended.
    let mut last: Option<Array2<f64>> = None;
    for index in order.into_iter().filter(|&index| !is_lane(index)) {
        let Some(goal) = goals.get(index) else { continue };
        let start = last.clone().filter(|_| goal.l1 + goal.l2 > 0.0).unwrap_or_else(|| rows.start());
        let solution = alone(rows, path::terms(rows, goal), start, goal);
        if let (Ok(solution), true) = (&solution, goal.l1 + goal.l2 > 0.0) {
            last = Some(solution.weights.clone());
        }
        solutions.push((index, solution));
    }
    solutions.sort_by_key(|(index, _)| *index);
    solutions.into_iter().map(|(_, solution)| solution).collect()
}

/// Whether a candidate can go together with others: the matrix of second derivatives is small, and it has a penalty.
pub(super) fn is_for_lane(rows: &Rows, settings: &LogisticRegression) -> bool {
    rows.n_outputs() * rows.n_columns() <= dense::WEIGHTS_MAX && settings.penalty != Penalty::None
}

/// The objective divided by `C` and by how much all rows count, which is `total`.
pub(super) fn goal(total: f64, settings: &LogisticRegression) -> Goal {
    let strength = (settings.c * total).recip();
    let (l1, l2) = match settings.penalty {
        Penalty::None => (0.0, 0.0),
        Penalty::L1 => (strength, 0.0),
        Penalty::L2 => (0.0, strength),
        Penalty::ElasticNet => (strength * settings.l1_ratio, strength * (1.0 - settings.l1_ratio)),
    };
    Goal { l1, l2, tol: settings.tol, max_iter: settings.max_iter }
}

/// Where a lane has ended. One that is stuck is tried again by what looks at the objective itself.
fn of_lane(rows: &Rows, lane: Lane) -> Result<Solution> {
    if lane.stage != Stage::Stuck {
        return Ok(Solution { weights: lane.weights, n_iter: lane.n_iter, converged: lane.converged });
    }
    let goal = Goal { l1: lane.terms.l1, l2: lane.terms.l2, tol: lane.tol, max_iter: lane.max_iter };
    let start = if lane.weights.iter().all(|weight| weight.is_finite()) { lane.weights } else { rows.start() };
    alone(rows, lane.terms, start, &goal)
}

fn alone(rows: &Rows, terms: Terms, start: Array2<f64>, goal: &Goal) -> Result<Solution> {
    let problem = Problem::new(rows, terms);
    if goal.l1 > 0.0 {
        proximal::minimise(&problem, start, goal.tol, goal.max_iter)
    } else {
        newton::minimise(&problem, start, goal.tol, goal.max_iter)
    }
}
