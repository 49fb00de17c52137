//! What boosting makes small, and its first and second derivatives.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::histogram::{Entry, Scale};
use crate::error::{Error, Result};
use crate::preprocess::named_setting;

/// Rows whose derivatives are found together. Where they begin does not depend on threads, so sums over them do not either.
const CHUNK_ROWS: usize = 4096;

/// What a regression by boosting makes small; `y` is the target and `r` the sum of the trees.
///
/// | loss | by name | cost | prediction |
/// |---|---|---|---|
/// | `SquaredError` | `"squared_error"` | `½ (y - r)²` | `r`, the mean |
/// | `AbsoluteError` | `"absolute_error"` | `|y - r|` | `r`, the median |
/// | `Quantile` | `"quantile"` | `(y - r) (q - [y < r])` | `r`, the quantile `q` |
/// | `Poisson` | `"poisson"` | `exp(r) - y r`, for `y ≥ 0` | `exp(r)`, the mean |
/// | `Gamma` | `"gamma"` | `r + y exp(-r)`, for `y > 0` | `exp(r)`, the mean |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoostingLoss {
    /// Half the squared error.
    #[default]
    SquaredError,
    /// The absolute error.
    AbsoluteError,
    /// The pinball loss.
    Quantile,
    /// Half the Poisson deviance.
    Poisson,
    /// Half the gamma deviance.
    Gamma,
}

named_setting!(BoostingLoss, [
    "squared_error" => BoostingLoss::SquaredError,
    "absolute_error" => BoostingLoss::AbsoluteError,
    "quantile" => BoostingLoss::Quantile,
    "poisson" => BoostingLoss::Poisson,
    "gamma" => BoostingLoss::Gamma,
]);

impl From<BoostingLoss> for crate::preprocess::ParamValue {
    fn from(loss: BoostingLoss) -> Self {
        crate::preprocess::Setting::shown(&loss)
    }
}

/// A loss and the number of trees an iteration needs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Objective {
    Binary,
    /// With as many classes.
    Multinomial(usize),
    Regression(BoostingLoss, f64),
}

/// The target as numbers, classes by their positions; and how often each row counts.
pub(super) struct Truth<'a> {
    pub(super) target: &'a [f64],
    pub(super) weights: Option<&'a [f64]>,
}

impl Truth<'_> {
    fn weight(&self, row: usize) -> f64 {
        self.weights.and_then(|weights| weights.get(row)).copied().unwrap_or(1.0)
    }

    fn total(&self) -> f64 {
        self.weights.map_or(self.target.len() as f64, |weights| weights.iter().sum())
    }

    fn mean(&self) -> f64 {
        let sum: f64 = self.target.iter().enumerate().map(|(row, value)| value * self.weight(row)).sum();
        sum / self.total()
    }
}

impl Objective {
    /// Trees of an iteration.
    pub(super) fn n_trees(self) -> usize {
        if let Self::Multinomial(n_classes) = self { n_classes } else { 1 }
    }

    /// Whether the target's values are those that the loss is for.
    pub(super) fn check(self, model: &str, target_name: &str, target: &[f64]) -> Result<()> {
        let (least, allowed) = match self {
            Self::Regression(BoostingLoss::Poisson, _) => (0.0, "at least 0, and not 0 in every row"),
            Self::Regression(BoostingLoss::Gamma, _) => (f64::MIN_POSITIVE, "greater than 0"),
            _ => return Ok(()),
        };
        let all_zero = target.iter().all(|value| *value == 0.0);
        match target.iter().position(|value| *value < least).or(all_zero.then_some(0)) {
            Some(row) => Err(Error::InvalidValue {
                what: format!("{model}: the target `{target_name}`"),
                value: target.get(row).map(|value| format!("{value:?}")).unwrap_or_default(),
                allowed: format!("{allowed}, for the loss {:?}", self.name()),
            }),
            None => Ok(()),
        }
    }

    fn name(self) -> String {
        match self {
            Self::Regression(loss, _) => crate::preprocess::Setting::shown(&loss).to_string(),
            _ => "log_loss".to_string(),
        }
    }

    /// The best constant output, one for each tree of an iteration.
    pub(super) fn baseline(self, truth: &Truth<'_>) -> Vec<f64> {
        let clipped = |share: f64| share.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
        match self {
            Self::Binary => {
                let share = clipped(truth.mean());
                vec![(share / (1.0 - share)).ln()]
            }
            Self::Multinomial(n_classes) => {
                let mut shares = vec![0.0; n_classes];
                for (row, &class) in truth.target.iter().enumerate() {
                    if let Some(share) = shares.get_mut(class as usize) {
                        *share += truth.weight(row);
                    }
                }
                let total = truth.total();
                let logs: Vec<f64> = shares.iter().map(|share| clipped(share / total).ln()).collect();
                let mean = logs.iter().sum::<f64>() / n_classes.max(1) as f64;
                logs.iter().map(|log| log - mean).collect()
            }
            Self::Regression(BoostingLoss::SquaredError, _) => vec![truth.mean()],
            Self::Regression(BoostingLoss::Poisson | BoostingLoss::Gamma, _) => vec![truth.mean().ln()],
            Self::Regression(..) => {
                let rows = (0..truth.target.len() as u32).collect::<Vec<_>>();
                vec![self.renewed(truth, &[], &rows).unwrap_or(0.0)]
            }
        }
    }

    /// The best step for `rows` together where the derivatives do not tell it; none where they do.
    pub(super) fn renewed(self, truth: &Truth<'_>, outputs: &[f64], rows: &[u32]) -> Option<f64> {
        let quantile = match self {
            Self::Regression(BoostingLoss::AbsoluteError, _) => 0.5,
            Self::Regression(BoostingLoss::Quantile, quantile) => quantile,
            _ => return None,
        };
        let mut residuals: Vec<(f64, f64)> = rows
            .iter()
            .filter_map(|&row| {
                let row = row as usize;
                Some((truth.target.get(row)? - outputs.get(row).copied().unwrap_or(0.0), truth.weight(row)))
            })
            .collect();
        residuals.sort_by(|a, b| a.0.total_cmp(&b.0));
        if truth.weights.is_none() {
            let position = quantile * residuals.len().saturating_sub(1) as f64;
            let low = residuals.get(position.floor() as usize)?.0;
            let high = residuals.get(position.ceil() as usize)?.0;
            return Some(low + (high - low) * position.fract());
        }
        let wanted = quantile * residuals.iter().map(|(_, weight)| weight).sum::<f64>();
        let mut cumulated = 0.0;
        for (residual, weight) in &residuals {
            cumulated += weight;
            if cumulated >= wanted {
                return Some(*residual);
            }
        }
        residuals.last().map(|(residual, _)| *residual)
    }

    /// The mean loss at `outputs`, and each row's derivatives there, one list for each tree of an iteration.
    pub(super) fn derivatives(
        self,
        truth: &Truth<'_>,
        outputs: &[Vec<f64>],
        pairs: &mut [Vec<[f64; 2]>],
        parallel: bool,
    ) -> f64 {
        let loss: f64 = match self {
            Self::Multinomial(n_classes) => self.of_classes(truth, outputs, pairs, n_classes),
            _ => match (outputs.first(), pairs.first_mut()) {
                (Some(outputs), Some(pairs)) => {
                    let chunk = |(chunk, pairs): (usize, &mut [[f64; 2]])| {
                        self.of_chunk(truth, outputs, chunk * CHUNK_ROWS, pairs)
                    };
                    let losses: Vec<f64> = if parallel {
                        pairs.par_chunks_mut(CHUNK_ROWS).enumerate().map(chunk).collect()
                    } else {
                        pairs.chunks_mut(CHUNK_ROWS).enumerate().map(chunk).collect()
                    };
                    losses.iter().sum()
                }
                _ => 0.0,
            },
        };
        loss / truth.total()
    }

    fn of_chunk(self, truth: &Truth<'_>, outputs: &[f64], first: usize, pairs: &mut [[f64; 2]]) -> f64 {
        let mut loss = 0.0;
        let rows = truth.target.iter().zip(outputs).skip(first);
        for (row, (pair, (&y, &output))) in pairs.iter_mut().zip(rows).enumerate() {
            let (cost, gradient, hessian) = match self {
                Self::Regression(BoostingLoss::SquaredError, _) => {
                    let error = output - y;
                    (0.5 * error * error, error, 1.0)
                }
                Self::Regression(BoostingLoss::AbsoluteError, _) => {
                    ((y - output).abs(), if output > y { 1.0 } else { -1.0 }, 1.0)
                }
                Self::Regression(BoostingLoss::Quantile, quantile) => {
                    let slope = if y >= output { -quantile } else { 1.0 - quantile };
                    (slope * (output - y), slope, 1.0)
                }
                Self::Regression(BoostingLoss::Poisson, _) => {
                    let mean = output.exp();
                    (mean - y * output, mean - y, mean)
                }
                Self::Regression(BoostingLoss::Gamma, _) => {
                    let ratio = y * (-output).exp();
                    (output + ratio, 1.0 - ratio, ratio)
                }
                // `e` is at most 1, so nothing overflows.
                Self::Binary | Self::Multinomial(_) => {
                    let e = (-output.abs()).exp();
                    let share = 1.0 / (1.0 + e);
                    let p = if output > 0.0 { share } else { e * share };
                    (output.max(0.0) - share.ln() - y * output, p - y, e * share * share)
                }
            };
            let weight = truth.weight(first + row);
            loss += cost * weight;
            *pair = [gradient * weight, hessian * weight];
        }
        loss
    }

    fn of_classes(self, truth: &Truth<'_>, outputs: &[Vec<f64>], pairs: &mut [Vec<[f64; 2]>], n_classes: usize) -> f64 {
        let mut loss = 0.0;
        let mut shares = vec![0.0; n_classes];
        for (row, &class) in truth.target.iter().enumerate() {
            let of = |class: usize| outputs.get(class).and_then(|outputs| outputs.get(row)).copied().unwrap_or(0.0);
            let greatest = (0..n_classes).map(of).fold(f64::NEG_INFINITY, f64::max);
            for (k, share) in shares.iter_mut().enumerate() {
                *share = (of(k) - greatest).exp();
            }
            let sum: f64 = shares.iter().sum();
            let weight = truth.weight(row);
            loss += (sum.ln() + greatest - of(class as usize)) * weight;
            for (k, (share, pairs)) in shares.iter().zip(pairs.iter_mut()).enumerate() {
                let p = share / sum;
                let y = f64::from(u8::from(k == class as usize));
                if let Some(pair) = pairs.get_mut(row) {
                    *pair = [(p - y) * weight, p * (1.0 - p) * weight];
                }
            }
        }
        loss
    }

    /// The mean loss at `outputs`.
    pub(super) fn loss(self, truth: &Truth<'_>, outputs: &[Vec<f64>]) -> f64 {
        let mut pairs: Vec<Vec<[f64; 2]>> = outputs.iter().map(|outputs| vec![[0.0; 2]; outputs.len()]).collect();
        self.derivatives(truth, outputs, &mut pairs, false)
    }
}

/// Derivatives as whole numbers, and what these stand for.
pub(super) fn rounded(pairs: &[[f64; 2]], entries: &mut Vec<Entry>) -> Scale {
    let (gradient, hessian) = pairs
        .iter()
        .fold((0.0_f64, 0.0_f64), |(gradient, hessian), pair| (gradient.max(pair[0].abs()), hessian.max(pair[1])));
    let scale = Scale::new(pairs.len(), gradient, hessian);
    entries.clear();
    entries.extend(pairs.iter().map(|pair| scale.entry(pair[0], pair[1])));
    scale
}
