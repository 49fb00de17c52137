//! Sequential minimal optimisation: two variables are changed at a time, the pair that promises most.
//!
//! The problem is `min ½ Σ_st α_s α_t y_s y_t K_st + Σ_t p_t α_t` with `0 ≤ α_t ≤ C_t` and `Σ_t y_t α_t = 0`. With `β` the sum of `y α` of a row, `f = K β`, and `y_t` times the slope along
//! `α_t` is `f + y_t p_t`; a step along a pair changes it by the difference of two rows of the matrix.

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
    /// One for each row, or twice that, in the order of the rows.
    variables: &'a [Variable],
    alpha: Vec<f64>,
    /// `f + y p` for each variable; not kept up for those that are not active.
    at: Vec<f64>,
    /// Whether `y α` can become greater.
    can_rise: Vec<bool>,
    /// Whether `y α` can become less.
    can_fall: Vec<bool>,
    /// The variables that are looked at; none where these are all.
    active: Option<Vec<usize>>,
}

/// Solves the problem of `variables` on the rows of `matrix`.
pub(super) fn solve(matrix: &mut Matrix, variables: &[Variable], stopping: Stopping) -> Result<Solution> {
    let mut solver = Solver {
        matrix,
        variables,
        alpha: vec![0.0; variables.len()],
        at: variables.iter().map(|variable| variable.slope).collect(),
        can_rise: vec![false; variables.len()],
        can_fall: vec![false; variables.len()],
        active: None,
    };
    (0..variables.len()).for_each(|t| solver.look_at_bounds(t));
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
        if pair.is_none() && solver.active.is_some() {
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
    if solver.active.is_some() {
        solver.look_at_all();
    }
    let intercept = solver.intercept();
    Ok(Solution { beta: solver.beta(), intercept, n_iter, converged })
}

impl Solver<'_> {
    /// Brings up to date which ways a variable can go.
    fn look_at_bounds(&mut self, t: usize) {
        let Variable { sign, bound, .. } = self.variables[t];
        let (is_below, is_above) = (self.alpha[t] < bound, self.alpha[t] > 0.0);
        (self.can_rise[t], self.can_fall[t]) = if sign > 0.0 { (is_below, is_above) } else { (is_above, is_below) };
    }

    /// The variable to rise and that to fall; none where the conditions of an optimum hold within `tol`.
    fn pair(&mut self, tol: f64) -> Option<(usize, usize)> {
        let mut up = None;
        let mut rise = f64::NEG_INFINITY;
        let mut look = |t: usize, can_rise: bool, at: f64| {
            if can_rise && -at > rise {
                (rise, up) = (-at, Some(t));
            }
        };
        match &self.active {
            None => self.can_rise.iter().zip(&self.at).enumerate().for_each(|(t, (can, at))| look(t, *can, *at)),
            Some(active) => active.iter().for_each(|&t| look(t, self.can_rise[t], self.at[t])),
        }
        let up = up?;
        let up_row = self.variables[up].row;
        self.matrix.prepare(up_row, up_row);
        let (likenesses, diagonal) = (self.matrix.row(up_row), self.matrix.diagonal());
        let own = diagonal[up_row];
        let mut low = None;
        let (mut fall, mut best) = (f64::NEG_INFINITY, 0.0);
        let mut look = |t: usize, at: f64, likeness: f64, other: f64| {
            fall = if at > fall { at } else { fall };
            let slope = rise + at;
            if slope > 0.0 {
                let gain = slope * slope / (own + other - 2.0 * likeness).max(LEAST_CURVATURE);
                if gain > best {
                    (best, low) = (gain, Some(t));
                }
            }
        };
        match &self.active {
            None => {
                let n_rows = diagonal.len();
                for (copy, (at, can_fall)) in self.at.chunks(n_rows).zip(self.can_fall.chunks(n_rows)).enumerate() {
                    let of_rows = at.iter().zip(can_fall).zip(likenesses.iter().zip(diagonal)).enumerate();
                    for (row, ((&at, &can_fall), (&likeness, &other))) in of_rows {
                        if can_fall {
                            look(copy * n_rows + row, at, likeness, other);
                        }
                    }
                }
            }
            Some(active) => {
                for &t in active.iter().filter(|&&t| self.can_fall[t]) {
                    let row = self.variables[t].row;
                    look(t, self.at[t], likenesses[row], diagonal[row]);
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
        let wanted = (self.at[low] - self.at[up]) / curvature;
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
        match &self.active {
            None => {
                for at in self.at.chunks_mut(diagonal.len()) {
                    for ((at, up), low) in at.iter_mut().zip(ups).zip(lows) {
                        *at += length * (up - low);
                    }
                }
            }
            Some(active) => {
                for &t in active {
                    let row = self.variables[t].row;
                    self.at[t] += length * (ups[row] - lows[row]);
                }
            }
        }
        self.look_at_bounds(up);
        self.look_at_bounds(low);
        true
    }

    /// How far the active variables are from the conditions of an optimum, either way.
    fn extremes(&self) -> (f64, f64) {
        let (mut rise, mut fall) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        let mut look = |t: usize| {
            if self.can_rise[t] {
                rise = rise.max(-self.at[t]);
            }
            if self.can_fall[t] {
                fall = fall.max(self.at[t]);
            }
        };
        match &self.active {
            None => (0..self.at.len()).for_each(&mut look),
            Some(active) => active.iter().for_each(|&t| look(t)),
        }
        (rise, fall)
    }

    /// Leaves out variables at a bound whose slope says that they will stay there.
    fn shrink(&mut self, tol: f64, was_unshrunk: &mut bool) {
        let (mut rise, mut fall) = self.extremes();
        if !*was_unshrunk && rise + fall <= 10.0 * tol {
            // Near the end a look at all shows what was left out too early.
            *was_unshrunk = true;
            if self.active.is_some() {
                self.look_at_all();
                (rise, fall) = self.extremes();
            }
        }
        let before = self.active.take().unwrap_or_else(|| (0..self.at.len()).collect());
        let is_settled = |t: usize| !self.can_rise[t] && -self.at[t] > rise || !self.can_fall[t] && self.at[t] > fall;
        let active: Vec<usize> = before.into_iter().filter(|&t| !is_settled(t)).collect();
        // As long as nothing is settled, loops over all are quicker.
        self.active = (active.len() < self.at.len()).then_some(active);
    }

    /// Looks at all variables again, and brings those left out up to date.
    fn look_at_all(&mut self) {
        let Some(active) = self.active.take() else { return };
        let mut is_active = vec![false; self.at.len()];
        active.iter().for_each(|&t| is_active[t] = true);
        let left_out: Vec<usize> = (0..self.at.len()).filter(|&t| !is_active[t]).collect();
        left_out.iter().for_each(|&t| self.at[t] = self.variables[t].slope);
        for (support, beta) in self.beta().into_iter().enumerate().filter(|(_, beta)| *beta != 0.0) {
            self.matrix.prepare(support, support);
            let likenesses = self.matrix.row(support);
            for &t in &left_out {
                self.at[t] += beta * likenesses[self.variables[t].row];
            }
        }
    }

    fn beta(&self) -> Vec<f64> {
        let mut beta = vec![0.0; self.matrix.n_rows()];
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
            let at = self.at[t];
            match (self.can_rise[t], self.can_fall[t]) {
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
