//! Candidates that differ in their penalty, brought to their optima together.
//!
//! On a sample of the rows they are fitted one after the other, from the strongest penalty to the weakest, each from where the last one
//! ended. From these places all go on together on all rows, and a pass over the rows gives the gradients of all. Their second derivatives
//! are taken once and then mended by what gradients tell; a lane that gets nowhere by them asks for its own.

use ndarray::Array2;

use super::lane::{Lane, Stage};
use super::quadratic::Terms;
use super::rows::Rows;
use crate::error::Result;
use crate::train::interrupt;

/// The sample has so many rows for each weight, and never fewer than the other number.
const SAMPLE_ROWS_PER_WEIGHT: usize = 20;
const SAMPLE_ROWS_MIN: usize = 1_000;

/// How exact a fit on the sample is: it differs from one on all rows by more than this.
const SAMPLE_TOL: f64 = 1e-3;

/// How many steps a fit on the sample takes at most.
const SAMPLE_STEPS_MAX: usize = 30;

/// Passes over the rows of lanes, each of which is known by its position.
pub(super) trait Passes {
    /// The gradients of the mean loss, without a penalty, at a point of each lane.
    fn gradients(&self, points: &[(usize, &Array2<f64>)]) -> Vec<Array2<f64>>;

    /// Its second derivatives at a point of a lane: shape `(n_weights, n_weights)`, weights in the order of outputs, then columns.
    fn hessian(&self, lane: usize, point: &Array2<f64>) -> Array2<f64>;
}

/// What a candidate asks for.
#[derive(Clone, Debug)]
pub(super) struct Goal {
    pub(super) l1: f64,
    pub(super) l2: f64,
    pub(super) tol: f64,
    pub(super) max_iter: usize,
}

/// The positions of `goals` in the order of a path: smooth penalties first, since they lead to the others, and of each kind the strongest
/// first.
pub(super) fn strongest_first(goals: &[Goal]) -> Vec<usize> {
    let mut order: Vec<(usize, f64, f64)> = Vec::with_capacity(goals.len());
    for (index, goal) in goals.iter().enumerate() {
        let strength = goal.l1 + goal.l2;
        order.push((index, if strength > 0.0 { goal.l1 / strength } else { 0.0 }, strength));
    }
    order.sort_by(|a, b| a.1.total_cmp(&b.1).then(b.2.total_cmp(&a.2)));
    order.into_iter().map(|(index, _, _)| index).collect()
}

/// The penalty of `goal`, in the units of the columns of `rows`.
pub(super) fn terms(rows: &Rows, goal: &Goal) -> Terms {
    Terms { l1: goal.l1, l2: goal.l2, n_features: rows.n_features(), scales: rows.scales() }
}

/// Brings each of `goals`, which stand in the order of a path, to its optimum. A lane that is stuck says so.
pub(super) fn solve(rows: &Rows, goals: &[&Goal]) -> Result<Vec<Lane>> {
    let Some(first) = goals.first() else { return Ok(Vec::new()) };
    let Terms { scales, n_features, .. } = terms(rows, first);
    let terms = |goal: &Goal| Terms { l1: goal.l1, l2: goal.l2, n_features, scales: scales.clone() };
    let n_weights = rows.n_outputs() * rows.n_columns();
    let Some(sample) = rows.sample(SAMPLE_ROWS_MIN.max(SAMPLE_ROWS_PER_WEIGHT * n_weights)) else {
        return one_by_one(rows, goals.iter().map(|goal| (terms(goal), goal.tol, goal.max_iter)).collect());
    };
    let rough = goals.iter().map(|goal| (terms(goal), SAMPLE_TOL.max(goal.tol), SAMPLE_STEPS_MAX)).collect();
    let starts = one_by_one(&sample, rough)?.into_iter().zip(goals);
    let lane = |(rough, goal): (Lane, &&Goal)| {
        let is_finite = rough.weights.iter().all(|weight| weight.is_finite());
        let start = if is_finite { rough.weights } else { rows.start() };
        Lane::new(terms(goal), goal.tol, goal.max_iter, start, None)
    };
    together(rows, starts.map(lane).collect())
}

/// Each from where the one before has ended.
fn one_by_one(rows: &Rows, goals: Vec<(Terms, f64, usize)>) -> Result<Vec<Lane>> {
    let mut lanes: Vec<Lane> = Vec::with_capacity(goals.len());
    for (terms, tol, max_iter) in goals {
        let (start, curvature) = match lanes.last() {
            Some(last) if last.stage == Stage::Done => (last.weights.clone(), last.curvature.clone()),
            _ => (rows.start(), None),
        };
        lanes.extend(together(rows, vec![Lane::new(terms, tol, max_iter, start, curvature)])?);
    }
    Ok(lanes)
}

/// All at the same time.
pub(super) fn together(rows: &dyn Passes, mut lanes: Vec<Lane>) -> Result<Vec<Lane>> {
    loop {
        interrupt::check()?;
        let active = |lane: &&Lane| lane.stage == Stage::Gradient;
        let points: Vec<(usize, &Array2<f64>)> = lanes
            .iter()
            .enumerate()
            .filter(|(_, lane)| active(lane))
            .map(|(index, lane)| (index, lane.point()))
            .collect();
        if !points.is_empty() {
            let gradients = rows.gradients(&points);
            let waiting = lanes.iter_mut().filter(|lane| lane.stage == Stage::Gradient);
            for (lane, gradient) in waiting.zip(gradients) {
                lane.hear_gradient(gradient)?;
            }
        }
        let asking: Vec<usize> = (0..lanes.len())
            .filter(|&index| lanes.get(index).is_some_and(|lane| lane.stage == Stage::Curvature))
            .collect();
        // Those that know none yet stand near each other, and share that of the one in the middle.
        let is_first = |index: &&usize| lanes.get(**index).is_some_and(|lane| lane.curvature.is_none());
        let first: Vec<usize> = asking.iter().filter(is_first).copied().collect();
        let own: Vec<usize> = asking.iter().filter(|index| !first.contains(index)).copied().collect();
        if let Some((index, middle)) = first.get(first.len() / 2).and_then(|&index| Some((index, lanes.get(index)?))) {
            let curvature = rows.hessian(index, &middle.weights);
            for &index in &first {
                if let Some(lane) = lanes.get_mut(index) {
                    lane.hear_curvature(curvature.clone(), first.len() == 1)?;
                }
            }
        }
        for index in own {
            interrupt::check()?;
            if let Some(lane) = lanes.get_mut(index) {
                let curvature = rows.hessian(index, &lane.weights);
                lane.hear_curvature(curvature, true)?;
            }
        }
        if lanes.iter().all(|lane| matches!(lane.stage, Stage::Done | Stage::Stuck)) {
            return Ok(lanes);
        }
    }
}
