//! Dual coordinate descent for linear support vector machines.
//!
//! Each sample has a dual variable, and the coefficients are the sum of samples times these. One variable after the other, in random order, is
//! set to where the dual objective is least. A variable that lies at its bound and would be pushed beyond is left out until the
//! others have settled ("shrinking").

use ndarray::Array2;

use crate::error::Result;
use crate::models::linear::dot;
use crate::train::{interrupt, random};

/// What is to be made least.
pub(super) struct Dual<'a> {
    /// Shape `(n_samples, n_features)`, rows contiguous.
    pub(super) records: &'a Array2<f64>,
    /// ±1 for classes, or numbers.
    pub(super) truth: &'a [f64],
    /// For each sample `C` times how much it counts.
    pub(super) costs: &'a [f64],
    /// Whether what lies within the margin costs its square.
    pub(super) is_squared: bool,
    /// The value of one feature more, whose coefficient gives the intercept; 0 for none.
    pub(super) intercept_scaling: f64,
    /// Of a regression: up to where an error costs nothing. None for classes.
    pub(super) epsilon: Option<f64>,
    pub(super) tol: f64,
    pub(super) max_iter: usize,
    pub(super) seed: u64,
}

/// Where it is least.
pub(super) struct Found {
    pub(super) weights: Vec<f64>,
    pub(super) intercept: f64,
    pub(super) n_iter: usize,
    pub(super) converged: bool,
}

/// One variable's place.
struct Place {
    /// The upper bound of its magnitude.
    bound: f64,
    /// What its square adds to the objective, twice.
    diagonal: f64,
    /// The sample's squared length with that.
    square: f64,
}

impl Dual<'_> {
    /// Finds it, in passes over the samples of which there are `max_iter` at most.
    pub(super) fn minimise(&self) -> Result<Found> {
        let n_samples = self.truth.len();
        let places: Vec<Place> = self
            .records
            .rows()
            .into_iter()
            .zip(self.costs)
            .map(|(row, &cost)| {
                let length = row.dot(&row) + self.intercept_scaling * self.intercept_scaling;
                let (bound, diagonal) = if self.is_squared { (f64::INFINITY, 0.5 / cost) } else { (cost, 0.0) };
                Place { bound, diagonal, square: length + diagonal }
            })
            .collect();
        let mut variables = vec![0.0; n_samples];
        let mut weights = vec![0.0; self.records.ncols()];
        let mut intercept = 0.0;
        // What does not count has no part in it.
        let all: Vec<usize> =
            (0..n_samples).filter(|&row| self.costs.get(row).is_some_and(|cost| *cost > 0.0)).collect();
        let mut active = all.clone();
        let mut limit = f64::INFINITY;
        let mut first = None;
        let mut converged = false;
        let mut n_iter = 0;
        while n_iter < self.max_iter {
            interrupt::check()?;
            n_iter += 1;
            random::shuffle(&mut active, &mut random::stream(self.seed, n_iter as u64));
            let (mut greatest, mut sum) = (0.0_f64, 0.0);
            active.retain(|&row| {
                let (Some(place), Some(variable)) = (places.get(row), variables.get_mut(row)) else { return false };
                let Some(record) = self.records.row(row).to_slice() else { return false };
                let truth = self.truth.get(row).copied().unwrap_or_default();
                let output = dot(record, &weights) + intercept * self.intercept_scaling;
                let step = match self.epsilon {
                    None => self.class_step(place, *variable, truth, output, limit),
                    Some(epsilon) => self.value_step(place, *variable, truth - output, epsilon, limit),
                };
                let Some((missed, after)) = step else { return false };
                greatest = greatest.max(missed);
                sum += missed;
                let change = after - *variable;
                if change != 0.0 {
                    *variable = after;
                    let change = if self.epsilon.is_none() { change * truth } else { change };
                    weights.iter_mut().zip(record).for_each(|(weight, value)| *weight += change * value);
                    intercept += change * self.intercept_scaling;
                }
                true
            });
            let first = *first.get_or_insert(sum);
            let is_settled = match self.epsilon {
                None => greatest <= self.tol,
                Some(_) => sum <= self.tol * first,
            };
            if !is_settled {
                limit = if greatest > 0.0 { greatest } else { f64::INFINITY };
            } else if active.len() == all.len() {
                converged = true;
                break;
            } else {
                // All come back, to see whether they are settled, too.
                active.clone_from(&all);
                limit = f64::INFINITY;
            }
        }
        Ok(Found { weights, intercept: intercept * self.intercept_scaling, n_iter, converged })
    }

    /// By how much the condition of an optimum is missed, and the variable after its step; none where it is to be left out.
    fn class_step(&self, place: &Place, variable: f64, sign: f64, output: f64, limit: f64) -> Option<(f64, f64)> {
        let slope = sign * output - 1.0 + place.diagonal * variable;
        let missed = if variable <= 0.0 {
            if slope > limit {
                return None;
            }
            slope.min(0.0)
        } else if variable >= place.bound {
            if slope < -limit {
                return None;
            }
            slope.max(0.0)
        } else {
            slope
        };
        let after = if missed.abs() > 1e-14 && place.square > 0.0 {
            (variable - slope / place.square).clamp(0.0, place.bound)
        } else {
            variable
        };
        Some((missed.abs(), after))
    }

    fn value_step(&self, place: &Place, variable: f64, error: f64, epsilon: f64, limit: f64) -> Option<(f64, f64)> {
        let slope = -error + place.diagonal * variable;
        let (up, down) = (slope + epsilon, slope - epsilon);
        let missed = if variable == 0.0 {
            if up > limit && down < -limit {
                return None;
            }
            (-up).max(down).max(0.0)
        } else if variable >= place.bound {
            if up < -limit {
                return None;
            }
            up.max(0.0)
        } else if variable <= -place.bound {
            if down > limit {
                return None;
            }
            (-down).max(0.0)
        } else if variable > 0.0 {
            up.abs()
        } else {
            down.abs()
        };
        if place.square <= 0.0 {
            return Some((missed, variable));
        }
        // Along this variable alone, the objective is a parabola with a kink at 0.
        let after = if up < place.square * variable {
            variable - up / place.square
        } else if down > place.square * variable {
            variable - down / place.square
        } else {
            0.0
        };
        Some((missed, after.clamp(-place.bound, place.bound)))
    }
}
