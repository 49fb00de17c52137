//! A plane on its way, and one step of it.

use super::common::Common;
use super::loss::Loss;
use crate::models::linear::dot;
use crate::models::logistic::Penalty;

/// Weights are multiplied out when their common factor has become as small as this.
const FACTOR_MIN: f64 = 1e-9;

/// A gradient is no greater than this.
const GRADIENT_MAX: f64 = 1e12;

/// A plane whose weights are `factor · scaled`: an L2 penalty then has only one number to make smaller.
#[derive(Clone, Debug)]
pub(super) struct Plane {
    scaled: Vec<f64>,
    factor: f64,
    pub(super) intercept: f64,
    /// `Σ w²` and `Σ |w|` as of the last step that had a gradient: before that step's L1 cut, as scikit-learn has them,
    /// since the epoch in which training ends depends on it.
    square_norm: f64,
    absolute_norm: f64,
    /// How much L1 penalty each weight could have had so far, and how much it has had.
    l1_due: f64,
    l1_paid: Vec<f64>,
    /// The means of weights and intercept over steps, where these are asked for.
    pub(super) average: Option<Average>,
}

/// The mean of planes.
#[derive(Clone, Debug)]
pub(super) struct Average {
    pub(super) weights: Vec<f64>,
    pub(super) intercept: f64,
}

/// What a step needs to know of the settings.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepRules {
    loss: Loss,
    l1: f64,
    l2: f64,
    fit_intercept: bool,
    /// Whether the penalty is asked for.
    keeps_norms: bool,
}

impl StepRules {
    pub(super) fn new(common: &Common, loss: Loss) -> Self {
        let l1_part = match common.penalty {
            Penalty::L1 => 1.0,
            Penalty::ElasticNet => common.l1_ratio,
            Penalty::L2 | Penalty::None => 0.0,
        };
        let alpha = if common.penalty == Penalty::None { 0.0 } else { common.alpha };
        Self {
            loss,
            l1: alpha * l1_part,
            l2: alpha * (1.0 - l1_part),
            fit_intercept: common.fit_intercept,
            keeps_norms: !common.early_stopping,
        }
    }
}

impl Plane {
    pub(super) fn new(weights: Vec<f64>, intercept: f64, average: Option<Average>) -> Self {
        let square_norm = weights.iter().map(|weight| weight * weight).sum();
        let absolute_norm = weights.iter().map(|weight| weight.abs()).sum();
        let l1_paid = vec![0.0; weights.len()];
        Self { scaled: weights, factor: 1.0, intercept, square_norm, absolute_norm, l1_due: 0.0, l1_paid, average }
    }

    pub(super) fn weights(&self) -> Vec<f64> {
        self.scaled.iter().map(|weight| self.factor * weight).collect()
    }

    pub(super) fn is_finite(&self) -> bool {
        self.intercept.is_finite() && self.scaled.iter().all(|weight| (weight * self.factor).is_finite())
    }

    /// The penalty as of the last step.
    pub(super) fn penalty(&self, rules: &StepRules) -> f64 {
        rules.l2 * 0.5 * self.square_norm + rules.l1 * self.absolute_norm
    }

    pub(super) fn output(&self, sample: &[f64]) -> f64 {
        self.factor * dot(sample, &self.scaled) + self.intercept
    }

    /// Goes one step by `rate`, and says what the sample, which counts `weight` times, cost before it.
    #[inline]
    pub(super) fn learn(&mut self, rules: &StepRules, rate: f64, sample: &[f64], truth: f64, weight: f64) -> f64 {
        let product = dot(sample, &self.scaled);
        let (loss, gradient) = rules.loss.at(truth, self.factor * product + self.intercept);
        let change = -rate * gradient.clamp(-GRADIENT_MAX, GRADIENT_MAX) * weight;
        if rules.l2 > 0.0 {
            // A rate so great that weights would change their signs sets them to 0.
            let kept = (1.0 - rate * rules.l2).max(0.0);
            self.factor *= kept;
            self.square_norm *= kept * kept;
            self.absolute_norm *= kept;
            if self.factor < FACTOR_MIN || rules.l1 > 0.0 {
                self.multiply_out();
            }
        }
        if change != 0.0 {
            let squares = add(&mut self.scaled, change / self.factor, sample);
            if rules.keeps_norms {
                self.square_norm = squares * self.factor * self.factor;
                if rules.l1 > 0.0 {
                    self.absolute_norm = self.scaled.iter().map(|weight| weight.abs()).sum::<f64>() * self.factor;
                }
            }
            if rules.fit_intercept {
                self.intercept += change;
            }
        }
        loss
    }

    /// Has the averages know of this step, the `n`th that counts for them.
    pub(super) fn average(&mut self, n: u64) {
        let part = (n as f64).recip();
        if let Some(average) = &mut self.average {
            for (mean, weight) in average.weights.iter_mut().zip(&self.scaled) {
                *mean += (self.factor * weight - *mean) * part;
            }
            average.intercept += (self.intercept - average.intercept) * part;
        }
    }

    /// Takes from each weight the L1 penalty that it still owes, as far as 0 (reference 2 of the estimator).
    pub(super) fn cut(&mut self, rules: &StepRules, rate: f64) {
        if rules.l1 == 0.0 {
            return;
        }
        self.l1_due += rate * rules.l1;
        for (weight, paid) in self.scaled.iter_mut().zip(&mut self.l1_paid) {
            let before = *weight;
            if before > 0.0 {
                *weight = (before - (self.l1_due + *paid)).max(0.0);
            } else if before < 0.0 {
                *weight = (before + (self.l1_due - *paid)).min(0.0);
            }
            *paid += *weight - before;
        }
    }

    fn multiply_out(&mut self) {
        let factor = self.factor;
        self.scaled.iter_mut().for_each(|weight| *weight *= factor);
        self.factor = 1.0;
    }
}

/// Adds `change` times `sample` to `weights`, and says the sum of their squares, in eight sums that need not wait for each other.
#[inline]
fn add(weights: &mut [f64], change: f64, sample: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (mut blocks, samples) = (weights.chunks_exact_mut(8), sample.chunks_exact(8));
    let rest_of_sample = samples.remainder();
    for (weights, sample) in blocks.by_ref().zip(samples) {
        for ((weight, value), sum) in weights.iter_mut().zip(sample).zip(&mut sums) {
            *weight += change * value;
            *sum += *weight * *weight;
        }
    }
    let mut rest = 0.0;
    for (weight, value) in blocks.into_remainder().iter_mut().zip(rest_of_sample) {
        *weight += change * value;
        rest += *weight * *weight;
    }
    sums.iter().sum::<f64>() + rest
}
