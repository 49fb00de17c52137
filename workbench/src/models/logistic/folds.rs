//! Fits of candidates on the training rows of many folds at once.
//!
//! The optimum of a fold is near that of all rows. So candidates are fitted on all rows first, and each fold goes on from there, with the second
//! derivatives that were found there. One pass over the array gives the gradients of all candidates in all folds, each of which leaves out the rows that are
//! not its own.

use std::collections::BTreeMap;

use ndarray::{Array1, Array2, ArrayViewMut1};

use super::lane::{Lane, Stage};
use super::path::{self, Goal, Passes};
use super::quadratic::Terms;
use super::rows::{Kept, Rows};
use super::{LogisticRegression, Solution, fits};
use crate::error::Result;

/// So many folds go together at most: a row has a bit for each.
const FOLDS_MAX: usize = 64;

/// So many planes go together, as long as that is a fold.
const PLANES_MAX: usize = 192;

/// Rows are in so many different sets of folds at most; there are about as many as folds where these leave out different rows.
const PATTERNS_MAX: usize = 4_096;

/// What candidates have come to, in their order. What is missing has to be fitted by itself.
pub(super) struct Solved {
    /// On all rows.
    pub(super) whole: Vec<Option<Solution>>,
    /// On the training rows of each fold.
    pub(super) folds: Vec<Vec<Option<Solution>>>,
}

/// What steps fitted in a fold make of the columns: `scale · x + offset`.
#[derive(Clone, Debug)]
pub(super) struct Affine {
    pub(super) scales: Vec<f64>,
    pub(super) offsets: Vec<f64>,
}

impl Affine {
    /// The planes over the columns as they are, of which `point` has those over what steps make of them. The last column has intercepts.
    pub(super) fn planes(&self, point: &Array2<f64>) -> Array2<f64> {
        let mut planes = point.clone();
        for mut plane in planes.rows_mut() {
            let moved: f64 = plane.iter().zip(&self.offsets).map(|(weight, offset)| weight * offset).sum();
            plane.iter_mut().zip(&self.scales).for_each(|(weight, scale)| *weight *= scale);
            if let Some(intercept) = plane.get_mut(self.scales.len()) {
                *intercept += moved;
            }
        }
        planes
    }

    /// The other way round.
    fn point(&self, planes: &Array2<f64>) -> Array2<f64> {
        let mut point = planes.clone();
        for mut plane in point.rows_mut() {
            plane.iter_mut().zip(&self.scales).for_each(|(weight, scale)| *weight /= scale);
            let moved: f64 = plane.iter().zip(&self.offsets).map(|(weight, offset)| weight * offset).sum();
            if let Some(intercept) = plane.get_mut(self.scales.len()) {
                *intercept -= moved;
            }
        }
        point
    }

    /// Turns derivatives by the weights of planes into those by the weights of a point.
    fn pull(&self, mut slopes: ArrayViewMut1<'_, f64>) {
        let n_columns = self.scales.len() + 1;
        let mut start = 0;
        while start + n_columns <= slopes.len() {
            let of_intercept = slopes[start + n_columns - 1];
            let pairs = self.scales.iter().zip(&self.offsets);
            for (slope, (scale, offset)) in slopes.iter_mut().skip(start).zip(pairs) {
                *slope = scale * *slope + offset * of_intercept;
            }
            start += n_columns;
        }
    }

    fn pull_gradient(&self, mut gradient: Array2<f64>) -> Array2<f64> {
        gradient.rows_mut().into_iter().for_each(|row| self.pull(row));
        gradient
    }

    fn pull_curvature(&self, mut curvature: Array2<f64>) -> Array2<f64> {
        curvature.rows_mut().into_iter().for_each(|row| self.pull(row));
        curvature.columns_mut().into_iter().for_each(|column| self.pull(column));
        curvature
    }
}

/// Fits each of `settings`, which have a penalty and agree on the intercept, on all `rows` and on the training rows of each fold, which are `trains`. Where
/// there are `maps`, one for each fold, the columns of a fold are what these make of them.
///
/// `None` where a fold has a row twice or lacks a class, or where nearly every row is in other folds.
pub(super) fn solve(
    rows: &Rows,
    trains: &[&[usize]],
    maps: Option<&[Affine]>,
    settings: &[&LogisticRegression],
) -> Result<Option<Solved>> {
    let n_in_batch = (PLANES_MAX / (settings.len() * rows.n_outputs()).max(1)).clamp(1, FOLDS_MAX);
    let mut batches = Vec::new();
    for trains in trains.chunks(n_in_batch) {
        let Some(batch) = Batch::new(rows, trains) else { return Ok(None) };
        batches.push(batch);
    }
    let goals: Vec<Goal> = settings.iter().map(|settings| fits::goal(rows.total(), settings)).collect();
    let order = path::strongest_first(&goals);
    let in_order: Vec<&Goal> = order.iter().filter_map(|&index| goals.get(index)).collect();
    let on_all = path::solve(rows, &in_order)?;
    let starts: Vec<(usize, &Lane)> =
        order.iter().copied().zip(&on_all).filter(|(_, lane)| lane.stage == Stage::Done && lane.converged).collect();
    let mut solved = Solved { whole: settings.iter().map(|_| None).collect(), folds: Vec::with_capacity(trains.len()) };
    for (index, lane) in &starts {
        if let Some(place) = solved.whole.get_mut(*index) {
            *place = solution(lane);
        }
    }
    let mut maps = maps.map(|maps| maps.iter());
    for batch in &batches {
        let maps: Vec<Option<&Affine>> =
            batch.totals.iter().map(|_| maps.as_mut().and_then(|maps| maps.next())).collect();
        let mut lanes = Vec::with_capacity(maps.len() * starts.len());
        for ((&total, ranges), map) in batch.totals.iter().zip(&batch.ranges).zip(&maps) {
            for (index, lane) in &starts {
                let Some(settings) = settings.get(*index) else { continue };
                let goal = fits::goal(total, settings);
                let scales = scales(ranges, *map, rows.n_columns());
                let terms = Terms { l1: goal.l1, l2: goal.l2, n_features: rows.n_features(), scales };
                let (start, curvature) = match map {
                    None => (lane.weights.clone(), lane.curvature.clone()),
                    Some(map) => {
                        (map.point(&lane.weights), lane.curvature.clone().map(|matrix| map.pull_curvature(matrix)))
                    }
                };
                lanes.push(Lane::new(terms, goal.tol, goal.max_iter, start, curvature));
            }
        }
        let passes = FoldPasses { rows, batch, maps: &maps, n_candidates: starts.len().max(1) };
        let lanes = path::together(&passes, lanes)?;
        for lanes in lanes.chunks(starts.len().max(1)) {
            let mut fold: Vec<Option<Solution>> = settings.iter().map(|_| None).collect();
            for ((index, _), lane) in starts.iter().zip(lanes) {
                if let Some(place) = fold.get_mut(*index) {
                    *place = solution(lane);
                }
            }
            solved.folds.push(fold);
        }
    }
    Ok(Some(solved))
}

fn solution(lane: &Lane) -> Option<Solution> {
    let is_done = lane.stage == Stage::Done;
    is_done.then(|| Solution { weights: lane.weights.clone(), n_iter: lane.n_iter, converged: lane.converged })
}

/// The units of the columns: the greatest magnitude in each, or 1 in a column of zeros; 1 for the intercept.
fn scales(ranges: &[(f64, f64)], map: Option<&Affine>, n_columns: usize) -> Array1<f64> {
    let mut scales = Array1::ones(n_columns);
    for (column, (scale, &(least, greatest))) in scales.iter_mut().zip(ranges).enumerate() {
        let (least, greatest) = match map {
            None => (least, greatest),
            Some(map) => {
                let of = |value: f64| {
                    map.scales.get(column).copied().unwrap_or(1.0) * value
                        + map.offsets.get(column).copied().unwrap_or_default()
                };
                (of(least), of(greatest))
            }
        };
        let magnitude = least.abs().max(greatest.abs());
        if magnitude > 0.0 && magnitude.is_finite() {
            *scale = magnitude;
        }
    }
    scales
}

/// Folds that are worked on together.
struct Batch {
    /// For each row a bit for each fold that is fitted on it.
    bits: Vec<u64>,
    /// How much the training rows of each fold count together.
    totals: Vec<f64>,
    /// The least and the greatest value of each feature in the training rows of each fold.
    ranges: Vec<Vec<(f64, f64)>>,
}

impl Batch {
    fn new(rows: &Rows, trains: &[&[usize]]) -> Option<Self> {
        let mut bits = vec![0_u64; rows.n_samples()];
        let mut totals = Vec::with_capacity(trains.len());
        for (fold, train) in trains.iter().enumerate() {
            let mut total = 0.0;
            let mut has_class = vec![false; rows.n_classes()];
            for &row in *train {
                let bits = bits.get_mut(row)?;
                if *bits >> fold & 1 == 1 {
                    return None;
                }
                *bits |= 1 << fold;
                let weight = rows.weight(row);
                total += weight;
                if let Some(has_class) = has_class.get_mut(rows.code(row)) {
                    *has_class |= weight > 0.0;
                }
            }
            if has_class.contains(&false) {
                return None;
            }
            totals.push(total);
        }
        // Rows in the same folds are looked at once.
        let mut of_patterns: BTreeMap<u64, Vec<(f64, f64)>> = BTreeMap::new();
        let nothing = vec![(f64::INFINITY, f64::NEG_INFINITY); rows.n_features()];
        let records = rows.records();
        let counted = bits.iter().zip(records.rows()).enumerate().filter(|(row, _)| rows.weight(*row) > 0.0);
        for (_, (&pattern, record)) in counted {
            let ranges = of_patterns.entry(pattern).or_insert_with(|| nothing.clone());
            for ((least, greatest), &value) in ranges.iter_mut().zip(record) {
                *least = if value < *least { value } else { *least };
                *greatest = if value > *greatest { value } else { *greatest };
            }
            if of_patterns.len() > PATTERNS_MAX {
                return None;
            }
        }
        let ranges = (0..trains.len()).map(|fold| {
            let mut ranges = nothing.clone();
            for (_, of_pattern) in of_patterns.iter().filter(|(pattern, _)| *pattern >> fold & 1 == 1) {
                for ((least, greatest), (low, high)) in ranges.iter_mut().zip(of_pattern) {
                    *least = least.min(*low);
                    *greatest = greatest.max(*high);
                }
            }
            ranges
        });
        Some(Self { ranges: ranges.collect(), bits, totals })
    }
}

/// Passes over the rows for lanes of several folds, each fold's after the other's.
struct FoldPasses<'a> {
    rows: &'a Rows,
    batch: &'a Batch,
    maps: &'a [Option<&'a Affine>],
    n_candidates: usize,
}

impl FoldPasses<'_> {
    /// The fold of a lane, how much its rows count, and what becomes of the columns there.
    fn fold(&self, lane: usize) -> (usize, f64, Option<&Affine>) {
        let fold = lane / self.n_candidates;
        (fold, self.batch.totals.get(fold).copied().unwrap_or(1.0), self.maps.get(fold).copied().flatten())
    }
}

impl Passes for FoldPasses<'_> {
    fn gradients(&self, points: &[(usize, &Array2<f64>)]) -> Vec<Array2<f64>> {
        let n_outputs = self.rows.n_outputs();
        let planes: Vec<Array2<f64>> = points
            .iter()
            .map(|(lane, point)| self.fold(*lane).2.map_or_else(|| (*point).clone(), |map| map.planes(point)))
            .collect();
        let folds: Vec<u32> =
            points.iter().flat_map(|(lane, _)| std::iter::repeat_n(self.fold(*lane).0 as u32, n_outputs)).collect();
        let kept = Kept { bits: &self.batch.bits, folds: &folds };
        let sums = self.rows.gradient_sums(&planes.iter().collect::<Vec<_>>(), Some(&kept));
        let gradients = points.iter().zip(sums).map(|((lane, _), mut sum)| {
            let (_, total, map) = self.fold(*lane);
            sum /= total;
            map.map_or(sum.clone(), |map| map.pull_gradient(sum))
        });
        gradients.collect()
    }

    fn hessian(&self, lane: usize, point: &Array2<f64>) -> Array2<f64> {
        let (fold, total, map) = self.fold(lane);
        let kept = Kept { bits: &self.batch.bits, folds: &[fold as u32] };
        let planes = map.map_or_else(|| point.clone(), |map| map.planes(point));
        let curvature = self.rows.hessian_sums(&planes, Some(&kept)) / total;
        map.map_or(curvature.clone(), |map| map.pull_curvature(curvature))
    }
}
