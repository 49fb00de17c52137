//! The descent itself, for one plane.
//!
//! A random order of rows means a wait for memory at each of them. So while some rows are learnt from, the next are gathered, by another
//! thread where one is free; this changes no result.

use ndarray::Array2;

use super::common::Common;
use super::loss::Loss;
use super::model::Epoch;
use super::plane::{Average, Plane, StepRules};
use crate::data::name_pool;
use crate::error::{Error, Result};
use crate::train::schedule::{self, LearningRate};
use crate::train::{Plateau, Progress, interrupt, random};

/// Numbers of the rows that are gathered together: 256 KiB.
const GATHERED_VALUES: usize = 32_768;

/// The stream of random numbers that chooses rows to validate on; epochs have those from 1.
const VALIDATION_STREAM: u64 = 0;

/// What is learnt from.
pub(super) struct Samples<'a> {
    /// Shape `(n_samples, n_features)`, rows contiguous.
    pub(super) records: &'a Array2<f64>,
    /// ±1 for classes, or numbers.
    pub(super) truth: &'a [f64],
    /// How much each counts; none where all count once.
    pub(super) weights: Option<&'a [f64]>,
}

/// Where a descent starts.
pub(super) struct Start {
    pub(super) weights: Vec<f64>,
    pub(super) intercept: f64,
    pub(super) average: Option<Average>,
    /// The steps that were taken before.
    pub(super) n_steps: u64,
    pub(super) n_epochs_before: u64,
    pub(super) n_epochs: usize,
}

/// Where a descent ended.
pub(super) struct Descent {
    /// As they are, whether or not the average is what counts.
    pub(super) weights: Vec<f64>,
    pub(super) intercept: f64,
    pub(super) average: Option<Average>,
    pub(super) n_steps: u64,
    pub(super) n_epochs_before: u64,
    pub(super) epochs: Vec<Epoch>,
    pub(super) converged: bool,
    pub(super) interrupted: bool,
}

/// Goes from `start` towards the plane that tells the truth best. An interruption ends it before its next epoch.
pub(super) fn descend(
    model: &'static str,
    common: &Common,
    loss: Loss,
    samples: &Samples<'_>,
    start: Start,
    progress: &Progress<'_>,
) -> Result<Descent> {
    name_pool();
    let rules = StepRules::new(common, loss);
    let (fitted_on, validated_on) = split(common, loss, samples)?;
    let mut plane = Plane::new(start.weights, start.intercept, start.average);
    let mut plateau = Plateau::new(common.tol, common.n_iter_no_change);
    let mut epochs = Vec::new();
    let (mut converged, mut interrupted) = (false, false);
    let mut n_cuts = 0;
    let mut n_steps = start.n_steps;
    let order_of = |epoch: u64| {
        let mut order = fitted_on.clone();
        if common.shuffle {
            random::shuffle(&mut order, &mut random::stream(common.seed, start.n_epochs_before + epoch));
        }
        order
    };
    let mut order = order_of(1);
    for epoch in 1..=start.n_epochs {
        if interrupt::check().is_err() {
            interrupted = true;
            break;
        }
        let is_last = epoch == start.n_epochs;
        let pass = || {
            let mut pass = Pass {
                common,
                rules: &rules,
                samples,
                plane: &mut plane,
                n_steps,
                n_cuts,
                losses: 0.0,
                penalties: 0.0,
                rate: 0.0,
            };
            pass.over(&order);
            (pass.n_steps, pass.losses, pass.penalties, pass.rate)
        };
        let next = || if is_last || !common.shuffle { Vec::new() } else { order_of(epoch as u64 + 1) };
        let ((steps, losses, penalties, learning_rate), next_order) = rayon::join(pass, next);
        n_steps = steps;
        if common.shuffle {
            order = next_order;
        }
        if !plane.is_finite() || !losses.is_finite() {
            return Err(Error::Diverged { model, epoch, eta0: common.eta0 });
        }
        let n_fitted = fitted_on.len() as f64;
        let loss_mean = losses / n_fitted;
        let mut objective = (losses + penalties) / n_fitted;
        let mut said = format!("epoch {epoch}: loss {loss_mean:.6}, learning rate {learning_rate:.3e}");
        if common.early_stopping {
            let score = score(loss, samples, &validated_on, &plane);
            said.push_str(&format!(", validation score {score:.4}"));
            // What is to become small.
            objective = -score;
        }
        progress.step(&said);
        epochs.push(Epoch { epoch, loss: loss_mean, objective, learning_rate });
        if plateau.is_over(objective) {
            if common.learning_rate != LearningRate::Adaptive || learning_rate <= schedule::ADAPTIVE_RATE_MIN {
                converged = true;
                break;
            }
            n_cuts += 1;
            plateau.start_again();
        }
    }
    let weights = plane.weights();
    let n_epochs_before = start.n_epochs_before;
    let (intercept, average) = (plane.intercept, plane.average);
    Ok(Descent { weights, intercept, average, n_steps, n_epochs_before, epochs, converged, interrupted })
}

/// One pass over all rows.
struct Pass<'a> {
    common: &'a Common,
    rules: &'a StepRules,
    samples: &'a Samples<'a>,
    plane: &'a mut Plane,
    n_steps: u64,
    n_cuts: u32,
    losses: f64,
    penalties: f64,
    rate: f64,
}

/// Rows beside each other, as they are learnt from.
#[derive(Default)]
struct Gathered {
    values: Vec<f64>,
}

impl Gathered {
    fn fill(&mut self, records: &Array2<f64>, rows: &[usize]) {
        self.values.clear();
        let n_features = records.ncols();
        let all = records.as_slice().unwrap_or_default();
        for row in rows {
            let values = all.get(row * n_features..(row + 1) * n_features).unwrap_or_default();
            self.values.extend_from_slice(values);
        }
    }
}

impl Pass<'_> {
    fn over(&mut self, order: &[usize]) {
        let records = self.samples.records;
        let n_rows = (GATHERED_VALUES / records.ncols().max(1)).max(16);
        let (mut here, mut next) = (Gathered::default(), Gathered::default());
        let mut chunks = order.chunks(n_rows).peekable();
        if let Some(first) = chunks.peek() {
            here.fill(records, first);
        }
        while let Some(rows) = chunks.next() {
            match chunks.peek() {
                Some(following) => drop(rayon::join(|| self.learn(rows, &here), || next.fill(records, following))),
                None => self.learn(rows, &here),
            }
            std::mem::swap(&mut here, &mut next);
        }
    }

    fn learn(&mut self, rows: &[usize], gathered: &Gathered) {
        let n_features = self.samples.records.ncols();
        if n_features == 0 {
            return;
        }
        for (&row, sample) in rows.iter().zip(gathered.values.chunks_exact(n_features)) {
            self.n_steps += 1;
            self.rate = rate(self.common, self.n_steps, self.n_cuts);
            let truth = self.samples.truth.get(row).copied().unwrap_or_default();
            let weight = self.samples.weights.and_then(|weights| weights.get(row)).copied().unwrap_or(1.0);
            self.penalties += self.plane.penalty(self.rules);
            self.losses += self.plane.learn(self.rules, self.rate, sample, truth, weight);
            if self.common.average > 0 && self.n_steps >= self.common.average as u64 {
                self.plane.average(self.n_steps + 1 - self.common.average as u64);
            }
            self.plane.cut(self.rules, self.rate);
        }
    }
}

fn rate(common: &Common, step: u64, n_cuts: u32) -> f64 {
    match common.learning_rate {
        LearningRate::Constant => schedule::constant(common.eta0),
        LearningRate::Optimal => schedule::optimal(common.alpha, step),
        LearningRate::InvScaling => schedule::invscaling(common.eta0, common.power_t, step),
        LearningRate::Adaptive => schedule::adaptive(common.eta0, n_cuts),
    }
}

/// The rows to learn from, and those to validate on where that decides on the end: of classes, as large a part of each.
fn split(common: &Common, loss: Loss, samples: &Samples<'_>) -> Result<(Vec<usize>, Vec<usize>)> {
    let n_samples = samples.truth.len();
    if !common.early_stopping {
        return Ok(((0..n_samples).collect(), Vec::new()));
    }
    let order = random::permutation(n_samples, common.seed, VALIDATION_STREAM);
    let group = |row: usize| match loss {
        Loss::Classes(_) => usize::from(samples.truth.get(row).is_some_and(|truth| *truth > 0.0)),
        Loss::Values(..) => 0,
    };
    let mut counts = [0_usize; 2];
    order.iter().for_each(|&row| counts[group(row)] += 1);
    let mut wanted = counts.map(|count| (count as f64 * common.validation_fraction).round() as usize);
    let mut is_validated = vec![false; n_samples];
    for &row in &order {
        let wanted = &mut wanted[group(row)];
        if *wanted > 0 {
            *wanted -= 1;
            is_validated[row] = true;
        }
    }
    let (validated_on, fitted_on): (Vec<usize>, Vec<usize>) = (0..n_samples).partition(|&row| is_validated[row]);
    let weight = |row: &usize| samples.weights.map_or(1.0, |weights| weights.get(*row).copied().unwrap_or_default());
    if fitted_on.is_empty() || validated_on.iter().map(weight).sum::<f64>() <= 0.0 {
        return Err(Error::InvalidValue {
            what: "sgd.validation_fraction".to_string(),
            value: format!("{:?} of {n_samples} rows", common.validation_fraction),
            allowed:
                "so that rows remain to learn from, and some that count to validate on; or turn early_stopping off"
                    .to_string(),
        });
    }
    Ok((fitted_on, validated_on))
}

/// The part of the rows that is told rightly, or R² for numbers.
fn score(loss: Loss, samples: &Samples<'_>, rows: &[usize], plane: &Plane) -> f64 {
    let mut told: Vec<(f64, f64, f64)> = Vec::with_capacity(rows.len());
    for &row in rows {
        let (Some(record), Some(&truth)) = (samples.records.row(row).to_slice(), samples.truth.get(row)) else {
            continue;
        };
        let weight = samples.weights.and_then(|weights| weights.get(row)).copied().unwrap_or(1.0);
        told.push((weight, truth, plane.output(record)));
    }
    let total: f64 = told.iter().map(|(weight, _, _)| weight).sum();
    if let Loss::Classes(_) = loss {
        let right = told.iter().filter(|(_, truth, output)| (*output > 0.0) == (*truth > 0.0));
        return right.map(|(weight, _, _)| weight).sum::<f64>() / total;
    }
    let mean = told.iter().map(|(weight, truth, _)| weight * truth).sum::<f64>() / total;
    let squares = |of: &dyn Fn(f64, f64) -> f64| {
        told.iter().map(|&(weight, truth, output)| weight * of(truth, output).powi(2)).sum::<f64>()
    };
    let (missed, spread) = (squares(&|truth, output| truth - output), squares(&|truth, _| truth - mean));
    if spread > 0.0 { 1.0 - missed / spread } else { 0.0 }
}
