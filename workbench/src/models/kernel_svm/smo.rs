//! Sequential minimal optimisation: two variables are changed at a time, the pair that promises most.
//!
//! The problem is `min ½ Σ_st α_s α_t y_s y_t K_st + Σ_t p_t α_t` with `0 ≤ α_t ≤ C_t` and `Σ_t y_t α_t = 0`. With `β` the sum of `y α` of a row, `f = K β`, and `y_t` times the slope along
//! `α_t` is `f + y_t p_t`; a step along a pair changes `f` by the difference of two rows of the matrix.

use super::matrix::Matrix;
use crate::error::Result;
use crate::train::interrupt;

/// What stands for a curvature that is not positive.
const LEAST_CURVATURE: f64 = 1e-12;
/// Steps between two looks at which variables are settled.
const SHRINKING_STEPS: usize = 1000;

/// One variable of the problem.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variable {
    /// The row that it belongs to.
    pub(super) row: usize,
    /// `y`, which is 1 or -1.
    pub(super) sign: f64,
    /// `C`.
    pub(super) bound: f64,
    /// `y p`.
    pub(super) slope: f64,
}

/// When to end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopping {
    pub(super) tol: f64,
    /// Steps at most; 0 for as many as it takes.
    pub(super) max_iter: usize,
    pub(super) shrinking: bool,
}

/// Where it ended.
#[derive(Debug)]
pub(super) struct Solution {
    /// For each row the sum of `y α`.
    pub(super) beta: Vec<f64>,
    /// What is added to the sum over the support vectors.
    pub(super) intercept: f64,
    pub(super) n_iter: usize,
    pub(super) converged: bool,
}

/// The state of a solution in the making.
struct Solver<'a> {
    matrix: &'a mut Matrix,
    variables: &'a [Variable],
    alpha: Vec<f64>,
    /// `K β` for each row; not kept up for rows without an active variable.
    f: Vec<f64>,
    /// The variables that are looked at.
    active: Vec<usize>,
    /// The rows that these belong to, in order; none where these are all.
    active_rows: Option<Vec<usize>>,
}

/// Solves the problem of `variables` on the rows of `matrix`.
pub(super) fn solve(matrix: &mut Matrix, variables: &[Variable], stopping: Stopping) -> Result<Solution> {
    let n_rows = matrix.n_rows();
    let mut solver = Solver {
        matrix,
        variables,
        alpha: vec![0.0; variables.len()],
        f: vec![0.0; n_rows],
        active: (0..variables.len()).collect(),
        active_rows: None,
    };
    let max_iter = if stopping.max_iter > 0 { stopping.max_iter } else { (100 * variables.len()).max(10_000_000) };
    let interval = SHRINKING_STEPS.min(variables.len().max(1));
    let (mut n_iter, mut converged, mut was_unshrunk) = (0, false, false);
    while n_iter < max_iter {
        if n_iter % 256 == 0 {
            interrupt::check()?;
        }
        if stopping.shrinking && n_iter > 0 && n_iter % interval == 0 {
            solver.shrink(stopping.tol, &mut was_unshrunk);
        }
        let mut pair = solver.pair(stopping.tol);
        if pair.is_none() && solver.active_rows.is_some() {
            solver.look_at_all();
            pair = solver.pair(stopping.tol);
        }
        let Some((up, low)) = pair else {
            converged = true;
            break;
        };
        n_iter += 1;
        if !solver.step(up, low) {
            // What is left is less than rounding shows.
            break;
        }
    }
    if solver.active_rows.is_some() {
        solver.look_at_all();
    }
    let intercept = solver.intercept();
    Ok(Solution { beta: solver.beta(), intercept, n_iter, converged })
}

impl Solver<'_> {
    fn at(&self, t: usize) -> f64 {
        self.f[self.variables[t].row] + self.variables[t].slope
    }

    /// Whether `y α` can become greater.
    fn can_rise(&self, t: usize) -> bool {
        let Variable { sign, bound, .. } = self.variables[t];
        if sign > 0.0 { self.alpha[t] < bound } else { self.alpha[t] > 0.0 }
    }

    /// Whether `y α` can become less.
    fn can_fall(&self, t: usize) -> bool {
        let Variable { sign, bound, .. } = self.variables[t];
        if sign > 0.0 { self.alpha[t] > 0.0 } else { self.alpha[t] < bound }
    }

    /// The variable to rise and that to fall; none where the conditions of an optimum hold within `tol`.
    fn pair(&mut self, tol: f64) -> Option<(usize, usize)> {
        let mut up = None;
        let mut rise = f64::NEG_INFINITY;
        for &t in &self.active {
            if self.can_rise(t) && -self.at(t) > rise {
                (rise, up) = (-self.at(t), Some(t));
            }
        }
        let up = up?;
        let up_row = self.variables[up].row;
        self.matrix.prepare(up_row, up_row);
        let (likenesses, diagonal) = (self.matrix.row(up_row), self.matrix.diagonal());
        let mut low = None;
        let (mut fall, mut best) = (f64::NEG_INFINITY, 0.0);
        for &t in &self.active {
            if !self.can_fall(t) {
                continue;
            }
            let at = self.at(t);
            fall = f64::max(fall, at);
            let slope = rise + at;
            if slope > 0.0 {
                let row = self.variables[t].row;
                let curvature = (diagonal[up_row] + diagonal[row] - 2.0 * likenesses[row]).max(LEAST_CURVATURE);
                let gain = slope * slope / curvature;
                if gain > best {
                    (best, low) = (gain, Some(t));
                }
            }
        }
        if rise + fall < tol { None } else { low.map(|low| (up, low)) }
    }

    /// Goes along a pair as far as is best and allowed; false where nothing changes any more.
    fn step(&mut self, up: usize, low: usize) -> bool {
        let (one, other) = (self.variables[up], self.variables[low]);
        self.matrix.prepare(one.row, one.row);
        self.matrix.prepare(other.row, one.row);
        let (ups, lows) = (self.matrix.row(one.row), self.matrix.row(other.row));
        let diagonal = self.matrix.diagonal();
        let curvature = (diagonal[one.row] + diagonal[other.row] - 2.0 * ups[other.row]).max(LEAST_CURVATURE);
        let wanted = (self.at(low) - self.at(up)) / curvature;
        let up_room = if one.sign > 0.0 { one.bound - self.alpha[up] } else { self.alpha[up] };
        let low_room = if other.sign > 0.0 { self.alpha[low] } else { other.bound - self.alpha[low] };
        let length = wanted.min(up_room).min(low_room);
        let before = (self.alpha[up], self.alpha[low]);
        self.alpha[up] = if length < up_room {
            self.alpha[up] + one.sign * length
        } else if one.sign > 0.0 {
            one.bound
        } else {
            0.0
        };
        self.alpha[low] = if length < low_room {
            self.alpha[low] - other.sign * length
        } else if other.sign > 0.0 {
            0.0
        } else {
            other.bound
        };
        if (self.alpha[up], self.alpha[low]) == before {
            return false;
        }
        match &self.active_rows {
            None => {
                for ((f, up), low) in self.f.iter_mut().zip(ups).zip(lows) {
                    *f += length * (up - low);
                }
            }
            Some(rows) => {
                for &row in rows {
                    self.f[row] += length * (ups[row] - lows[row]);
                }
            }
        }
        true
    }

    /// Leaves out variables at a bound whose slope says that they will stay there.
    fn shrink(&mut self, tol: f64, was_unshrunk: &mut bool) {
        let extremes = |solver: &Self| {
            let (mut rise, mut fall) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
            for &t in &solver.active {
                if solver.can_rise(t) {
                    rise = rise.max(-solver.at(t));
                }
                if solver.can_fall(t) {
                    fall = fall.max(solver.at(t));
                }
            }
            (rise, fall)
        };
        let (mut rise, mut fall) = extremes(self);
        if !*was_unshrunk && rise + fall <= 10.0 * tol {
            // Near the end a look at all shows what was left out too early.
            *was_unshrunk = true;
            if self.active_rows.is_some() {
                self.look_at_all();
                (rise, fall) = extremes(self);
            }
        }
        let n_before = self.active.len();
        let stays = |t: &usize| {
            let is_settled = !self.can_rise(*t) && -self.at(*t) > rise || !self.can_fall(*t) && self.at(*t) > fall;
            !is_settled
        };
        let active: Vec<usize> = self.active.iter().copied().filter(stays).collect();
        if active.len() < n_before {
            let mut rows: Vec<usize> = active.iter().map(|&t| self.variables[t].row).collect();
            rows.sort_unstable();
            rows.dedup();
            (self.active, self.active_rows) = (active, Some(rows));
        }
    }

    /// Looks at all variables again, and brings `f` of those left out up to date.
    fn look_at_all(&mut self) {
        if let Some(rows) = self.active_rows.take() {
            let mut is_active = vec![false; self.f.len()];
            rows.iter().for_each(|&row| is_active[row] = true);
            let left_out: Vec<usize> = (0..self.f.len()).filter(|&row| !is_active[row]).collect();
            left_out.iter().for_each(|&row| self.f[row] = 0.0);
            for (support, beta) in self.beta().into_iter().enumerate().filter(|(_, beta)| *beta != 0.0) {
                self.matrix.prepare(support, support);
                let likenesses = self.matrix.row(support);
                for &row in &left_out {
                    self.f[row] += beta * likenesses[row];
                }
            }
        }
        self.active = (0..self.variables.len()).collect();
    }

    fn beta(&self) -> Vec<f64> {
        let mut beta = vec![0.0; self.f.len()];
        for (variable, alpha) in self.variables.iter().zip(&self.alpha) {
            beta[variable.row] += variable.sign * alpha;
        }
        beta
    }

    /// What makes free variables lie on their margin; between the bounds where none is free.
    fn intercept(&self) -> f64 {
        let (mut sum, mut n_free) = (0.0, 0_usize);
        let (mut least, mut greatest) = (f64::NEG_INFINITY, f64::INFINITY);
        for t in 0..self.variables.len() {
            let at = self.at(t);
            match (self.can_rise(t), self.can_fall(t)) {
                (true, true) => {
                    sum += at;
                    n_free += 1;
                }
                (true, false) => greatest = greatest.min(at),
                (false, true) => least = least.max(at),
                (false, false) => {}
            }
        }
        let at = if n_free > 0 {
            sum / n_free as f64
        } else if least.is_finite() && greatest.is_finite() {
            (least + greatest) / 2.0
        } else {
            0.0
        };
        -at
    }
}
