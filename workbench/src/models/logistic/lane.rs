//! One candidate's way to its optimum: where it stands, where it wants to go, and what it takes for the curvature there.

use ndarray::{Array1, Array2, Axis};

use super::dense;
use super::quadratic::{MatrixCurvature, Terms, descend};
use crate::error::Result;

/// A step that leaves more of the violation than this asks for the second derivatives at its end; till then those of an earlier point are
/// mended by what gradients tell.
const POOR_PROGRESS: f64 = 0.5;

/// How often a step is halved before it is given up.
const HALVINGS_MAX: usize = 40;

/// The part of the slope that may be left at the end of a step, if it goes up there.
const OVERSHOOT_MAX: f64 = 0.5;

/// What a lane waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The gradient at its [`point`](Lane::point).
    Gradient,
    /// The second derivatives where it stands.
    Curvature,
    /// Nothing: the tolerance is met, or there are no more steps.
    Done,
    /// Nothing: no step gets any nearer.
    Stuck,
}

/// A candidate on its way.
pub(super) struct Lane {
    pub(super) terms: Terms,
    pub(super) tol: f64,
    pub(super) max_iter: usize,
    pub(super) stage: Stage,
    /// Shape `(n_outputs, n_columns)`, as all that follows but the curvature.
    pub(super) weights: Array2<f64>,
    /// Of the loss.
    gradient: Array2<f64>,
    violation: f64,
    /// The second derivatives of the loss, as far as they are known; and whether they are those at `weights`.
    pub(super) curvature: Option<Array2<f64>>,
    is_exact: bool,
    trial: Option<Trial>,
    pub(super) n_iter: usize,
    pub(super) converged: bool,
}

/// A step that is being tried.
struct Trial {
    step: Array2<f64>,
    end: Array2<f64>,
    /// The objective's slope along the whole step where it begins, or somewhat less: a negative number.
    slope: f64,
    n_halvings: usize,
}

impl Lane {
    /// A lane that begins at `start`, with the second derivatives of some point near it, if they are known.
    pub(super) fn new(
        terms: Terms,
        tol: f64,
        max_iter: usize,
        start: Array2<f64>,
        curvature: Option<Array2<f64>>,
    ) -> Self {
        let gradient = Array2::zeros(start.dim());
        Self {
            terms,
            tol,
            max_iter,
            stage: Stage::Gradient,
            weights: start,
            gradient,
            violation: f64::INFINITY,
            curvature,
            is_exact: false,
            trial: None,
            n_iter: 0,
            converged: false,
        }
    }

    /// Where the gradient is to be taken.
    pub(super) fn point(&self) -> &Array2<f64> {
        self.trial.as_ref().map_or(&self.weights, |trial| &trial.end)
    }

    /// Takes the gradient of the loss at its point, and goes on from there, or goes less far.
    pub(super) fn hear_gradient(&mut self, gradient: Array2<f64>) -> Result<()> {
        let Some(mut trial) = self.trial.take() else {
            self.violation = self.violation_at(&self.weights, &gradient);
            self.gradient = gradient;
            return self.go_on();
        };
        let violation = self.violation_at(&trial.end, &gradient);
        let end_slope = self.slope_at_end(&trial, &gradient);
        if violation.is_finite() && (end_slope <= OVERSHOOT_MAX * -trial.slope || violation <= 0.5 * self.violation) {
            let is_poor = violation > POOR_PROGRESS * self.violation;
            self.mend_curvature(&trial.step, &(&gradient - &self.gradient));
            self.is_exact = false;
            (self.weights, self.gradient, self.violation) = (trial.end, gradient, violation);
            self.n_iter += 1;
            if is_poor && violation > self.tol && self.n_iter < self.max_iter {
                self.stage = Stage::Curvature;
                return Ok(());
            }
            return self.go_on();
        }
        if !self.is_exact {
            self.stage = Stage::Curvature;
            return Ok(());
        }
        if trial.n_halvings == HALVINGS_MAX {
            self.stage = Stage::Stuck;
            return Ok(());
        }
        trial.n_halvings += 1;
        trial.step /= 2.0;
        trial.slope /= 2.0;
        trial.end = &self.weights + &trial.step;
        self.trial = Some(trial);
        Ok(())
    }

    /// Takes the second derivatives of the loss where it stands, or near there.
    pub(super) fn hear_curvature(&mut self, curvature: Array2<f64>, is_exact: bool) -> Result<()> {
        self.curvature = Some(curvature);
        self.is_exact = is_exact;
        self.go_on()
    }

    /// Ends where the tolerance is met, and otherwise makes the next step.
    fn go_on(&mut self) -> Result<()> {
        self.stage = Stage::Gradient;
        if self.violation.is_nan() {
            self.stage = Stage::Stuck;
            return Ok(());
        }
        if self.violation <= self.tol || self.n_iter >= self.max_iter {
            self.converged = self.violation <= self.tol;
            self.stage = Stage::Done;
            return Ok(());
        }
        let Some(curvature) = &self.curvature else {
            self.stage = Stage::Curvature;
            return Ok(());
        };
        let mut gradient = self.gradient.clone();
        self.terms.add_l2(&mut gradient, &self.weights);
        let step = if self.terms.l1 > 0.0 {
            // A model is worth solving no better than it fits, and it fits the better the nearer the optimum is.
            let model_tol = (self.violation * self.violation.min(0.01)).max(0.1 * self.tol);
            let model = MatrixCurvature::new(curvature.clone(), self.weights.ncols(), &self.terms);
            descend(&self.terms, &self.weights, &gradient, model_tol, model)? - &self.weights
        } else {
            let mut matrix = curvature.clone();
            dense::regularise(&mut matrix, self.weights.dim(), &self.terms);
            let right: Array1<f64> = gradient.iter().map(|entry| -entry).collect();
            let step = dense::solve(&matrix, &right);
            match step.and_then(|step| step.into_shape_with_order(gradient.dim()).ok()) {
                Some(step) => step,
                None => {
                    self.stage = if self.is_exact { Stage::Stuck } else { Stage::Curvature };
                    return Ok(());
                }
            }
        };
        let end = &self.weights + &step;
        let l1_change = self.l1_value(&end) - self.l1_value(&self.weights);
        let slope = (&gradient * &step).sum() + l1_change;
        if slope < 0.0 {
            self.trial = Some(Trial { step, end, slope, n_halvings: 0 });
        } else {
            self.stage = if self.is_exact { Stage::Stuck } else { Stage::Curvature };
        }
        Ok(())
    }

    fn violation_at(&self, weights: &Array2<f64>, gradient: &Array2<f64>) -> f64 {
        let mut gradient = gradient.clone();
        self.terms.add_l2(&mut gradient, weights);
        self.terms.violation(weights, &gradient)
    }

    fn l1_value(&self, weights: &Array2<f64>) -> f64 {
        let features = weights.columns().into_iter().take(self.terms.n_features);
        self.terms.l1 * features.map(|column| column.fold(0.0, |sum, weight| sum + weight.abs())).sum::<f64>()
    }

    /// The objective's slope along the step just before its end.
    ///
    /// The objective is convex: where this is not above 0, it has fallen all the way.
    fn slope_at_end(&self, trial: &Trial, gradient: &Array2<f64>) -> f64 {
        let mut slope = (gradient * &trial.step).sum();
        for ((_, column), (&weight, &change)) in indexed(&trial.end).zip(trial.end.iter().zip(&trial.step)) {
            let l1 = self.terms.l1_of(column);
            slope += self.terms.l2_of(column) * weight * change;
            slope += if weight == 0.0 { -l1 * change.abs() } else { l1 * weight.signum() * change };
        }
        slope
    }

    /// Has the second derivatives tell of `step` what gradients have told, in the way of Broyden, Fletcher, Goldfarb and Shanno.
    fn mend_curvature(&mut self, step: &Array2<f64>, change: &Array2<f64>) {
        let Some(curvature) = &mut self.curvature else { return };
        let (step, change) = (flat(step), flat(change));
        let told = curvature.dot(&step);
        let (is_curved, was_curved) = (step.dot(&change), step.dot(&told));
        if !(is_curved > 1e-10 * was_curved && was_curved > 0.0) || !is_curved.is_finite() {
            return;
        }
        for ((mut row, &change_here), &told_here) in curvature.axis_iter_mut(Axis(0)).zip(&change).zip(&told) {
            row.scaled_add(change_here / is_curved, &change);
            row.scaled_add(-told_here / was_curved, &told);
        }
    }
}

fn flat(values: &Array2<f64>) -> Array1<f64> {
    values.iter().copied().collect()
}

fn indexed(values: &Array2<f64>) -> impl Iterator<Item = (usize, usize)> {
    let n_columns = values.ncols().max(1);
    (0..values.len()).map(move |index| (index / n_columns, index % n_columns))
}
