//! The descent itself, for one plane.

use ndarray::{Array1, Array2};

use super::model::Epoch;
use super::{NAME, SgdClassifier, SgdLoss};
use crate::error::{Error, Result};
use crate::models::logistic::Penalty;
use crate::train::schedule::{self, LearningRate};
use crate::train::{Plateau, Progress, interrupt, random};

/// Where a descent ended.
pub(super) struct Descent {
    pub(super) weights: Array1<f64>,
    pub(super) intercept: f64,
    pub(super) epochs: Vec<Epoch>,
    pub(super) converged: bool,
    pub(super) interrupted: bool,
}

/// Finds the plane that has the rows of sign 1 on its positive side, and those of sign -1 on the other. An interruption ends
/// it before its next epoch.
pub(super) fn descend(
    settings: &SgdClassifier,
    records: &Array2<f64>,
    signs: &[f64],
    progress: &Progress<'_>,
) -> Result<Descent> {
    let n_samples = signs.len();
    let mut plane = Plane::new(records.ncols());
    let mut plateau = Plateau::new(settings.tol, settings.n_iter_no_change);
    let mut epochs = Vec::new();
    let (mut converged, mut interrupted) = (false, false);
    let mut n_cuts = 0;
    let mut step = 0_u64;
    for epoch in 1..=settings.max_iter {
        if interrupt::check().is_err() {
            interrupted = true;
            break;
        }
        let order = match settings.shuffle {
            true => random::permutation(n_samples, settings.seed, epoch as u64),
            false => (0..n_samples).collect(),
        };
        let (mut losses, mut penalties, mut learning_rate) = (0.0, 0.0, 0.0);
        for row in order {
            step += 1;
            learning_rate = rate(settings, step, n_cuts);
            let Some(&sign) = signs.get(row) else { continue };
            penalties += plane.penalty(settings);
            losses += plane.learn(settings, learning_rate, records.row(row), sign);
        }
        if !plane.is_finite() {
            return Err(Error::Diverged { model: NAME, epoch, eta0: settings.eta0 });
        }
        let loss = losses / n_samples as f64;
        let objective = (losses + penalties) / n_samples as f64;
        progress.step(&format!("epoch {epoch}: loss {loss:.6}, learning rate {learning_rate:.3e}"));
        epochs.push(Epoch { epoch, loss, objective, learning_rate });
        if plateau.is_over(objective) {
            if settings.learning_rate != LearningRate::Adaptive || learning_rate <= schedule::ADAPTIVE_RATE_MIN {
                converged = true;
                break;
            }
            n_cuts += 1;
            plateau.start_again();
        }
    }
    Ok(Descent { weights: plane.weights, intercept: plane.intercept, epochs, converged, interrupted })
}

fn rate(settings: &SgdClassifier, step: u64, n_cuts: u32) -> f64 {
    match settings.learning_rate {
        LearningRate::Constant => schedule::constant(settings.eta0),
        LearningRate::Optimal => schedule::optimal(settings.alpha, step),
        LearningRate::InvScaling => schedule::invscaling(settings.eta0, settings.power_t, step),
        LearningRate::Adaptive => schedule::adaptive(settings.eta0, n_cuts),
    }
}

/// A plane on its way.
struct Plane {
    weights: Array1<f64>,
    intercept: f64,
    /// `Σ w²` and `Σ |w|` as of the last step that had a gradient: before that step's L1 cut, as scikit-learn has them,
    /// since the epoch in which training ends depends on it.
    square_norm: f64,
    absolute_norm: f64,
    /// How much L1 penalty each weight could have had so far, and how much it has had.
    l1_due: f64,
    l1_paid: Array1<f64>,
}

impl Plane {
    fn new(n_features: usize) -> Self {
        let zeros = Array1::zeros(n_features);
        let l1_paid = zeros.clone();
        Self { weights: zeros, intercept: 0.0, square_norm: 0.0, absolute_norm: 0.0, l1_due: 0.0, l1_paid }
    }

    fn penalty(&self, settings: &SgdClassifier) -> f64 {
        match settings.penalty {
            Penalty::None => 0.0,
            Penalty::L1 => settings.alpha * self.absolute_norm,
            Penalty::L2 | Penalty::ElasticNet => settings.alpha * 0.5 * self.square_norm,
        }
    }

    /// Goes one step, and says what the sample cost before it.
    fn learn(&mut self, settings: &SgdClassifier, rate: f64, sample: ndarray::ArrayView1<'_, f64>, sign: f64) -> f64 {
        let output = sample.dot(&self.weights) + self.intercept;
        let (loss, gradient) = loss_and_gradient(settings.loss, sign, output);
        let change = -rate * gradient;
        if settings.penalty == Penalty::L2 {
            // A rate so great that weights would change their signs sets them to 0.
            let kept = (1.0 - rate * settings.alpha).max(0.0);
            self.weights *= kept;
            self.square_norm *= kept * kept;
        }
        if change != 0.0 {
            self.weights.scaled_add(change, &sample);
            match settings.penalty {
                Penalty::None => {}
                Penalty::L1 => self.absolute_norm = self.weights.fold(0.0, |sum, weight| sum + weight.abs()),
                Penalty::L2 | Penalty::ElasticNet => self.square_norm = self.weights.dot(&self.weights),
            }
            if settings.fit_intercept {
                self.intercept += change;
            }
        }
        if settings.penalty == Penalty::L1 {
            self.l1_due += rate * settings.alpha;
            self.cut();
        }
        loss
    }

    /// Takes from each weight the L1 penalty that it still owes, as far as 0 (reference 2 of the estimator).
    fn cut(&mut self) {
        for (weight, paid) in self.weights.iter_mut().zip(&mut self.l1_paid) {
            let before = *weight;
            if before > 0.0 {
                *weight = (before - (self.l1_due + *paid)).max(0.0);
            } else if before < 0.0 {
                *weight = (before + (self.l1_due - *paid)).min(0.0);
            }
            *paid += *weight - before;
        }
    }

    fn is_finite(&self) -> bool {
        self.intercept.is_finite() && self.weights.iter().all(|weight| weight.is_finite())
    }
}

fn loss_and_gradient(loss: SgdLoss, sign: f64, output: f64) -> (f64, f64) {
    let margin = sign * output;
    match loss {
        SgdLoss::Hinge if margin <= 1.0 => (1.0 - margin, -sign),
        SgdLoss::Hinge => (0.0, 0.0),
        SgdLoss::LogLoss => {
            let exponential = (-margin.abs()).exp();
            let wrong = if margin >= 0.0 { exponential / (1.0 + exponential) } else { (1.0 + exponential).recip() };
            ((-margin).max(0.0) + exponential.ln_1p(), -sign * wrong)
        }
    }
}
