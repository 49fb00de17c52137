//! The power of the greatest likelihood, by Brent's method.

use crate::data::statistics::Summary;
use crate::error::Result;
use crate::train::interrupt;

const TOLERANCE: f64 = 1.48e-8;
const STEPS_MAX: usize = 500;
/// The share of the longer part at which a golden section cuts the shorter off.
const GOLDEN: f64 = 0.381_966_011_250_105_1;
const GROWTH: f64 = 1.618034;
const GROWTH_MAX: f64 = 110.0;

/// λ for values of any sign, within bounds outside of which the powers of such values leave the range of floats.
pub(super) fn yeo_johnson(known: &[f64]) -> Result<f64> {
    if known.iter().all(|value| *value == 0.0) {
        return Ok(1.0);
    }
    let logs: Vec<f64> = known.iter().map(|value| value.abs().ln_1p().copysign(*value)).collect();
    let sum: f64 = pairwise_sum(&logs);
    let greatest = known.iter().fold(0.0, |greatest: f64, value| greatest.max(value.abs()));
    // Values of up to twenty times the greatest should still be transformed, and half of the exponents are left for the variance.
    let log_max = (20.0 * greatest).ln_1p();
    let log_epsilon = f64::EPSILON.ln();
    let (mut low, mut high) =
        ((f64::MIN_POSITIVE.ln() - log_epsilon) / 2.0 / log_max, (f64::MAX.ln() + log_epsilon) / 2.0 / log_max);
    if known.iter().all(|value| *value < 0.0) {
        (low, high) = (2.0 - high, 2.0 - low);
    } else if known.iter().any(|value| *value < 0.0) {
        (low, high) = (low.max(2.0 - high), high.min(2.0 - low));
    }
    let mut powers = vec![0.0; logs.len()];
    minimum_within(low, high, |lambda| {
        interrupt::check()?;
        for (power, &log) in powers.iter_mut().zip(&logs) {
            *power = if log.is_sign_negative() && log != 0.0 {
                -super::root_of_log(-log, 2.0 - lambda)
            } else {
                super::root_of_log(log.abs(), lambda)
            };
        }
        let variance = Summary::of(&powers).variance(0).unwrap_or_default();
        let log_variance = if variance >= f64::MIN_POSITIVE { variance.ln() } else { f64::NEG_INFINITY };
        let likelihood = -(logs.len() as f64) / 2.0 * log_variance + (lambda - 1.0) * sum;
        // An infinite likelihood is that of a variance that has vanished.
        Ok(if likelihood.is_infinite() { f64::INFINITY } else { -likelihood })
    })
}

/// λ for values greater than 0.
pub(super) fn box_cox(known: &[f64]) -> Result<f64> {
    let logs: Vec<f64> = known.iter().map(|value| value.ln()).collect();
    let sum: f64 = pairwise_sum(&logs);
    let half = logs.len() as f64 / 2.0;
    let mut powers = vec![0.0; logs.len()];
    minimum(-2.0, 2.0, |lambda| {
        interrupt::check()?;
        if lambda == 0.0 {
            return Ok(half * Summary::of(&logs).variance(0).unwrap_or_default().ln() + sum);
        }
        // The greatest power is taken out, so that none overflows; shifting and scaling change the variance in a known way.
        let greatest = logs.iter().map(|log| lambda * log).fold(f64::NEG_INFINITY, f64::max);
        for (power, log) in powers.iter_mut().zip(&logs) {
            *power = (lambda * log - greatest).exp();
        }
        let variance = Summary::of(&powers).variance(0).unwrap_or_default();
        let log_variance = variance.ln() + 2.0 * greatest - 2.0 * lambda.abs().ln();
        Ok(half * log_variance - (lambda - 1.0) * sum)
    })
}

fn pairwise_sum(values: &[f64]) -> f64 {
    let summary = Summary::of(values);
    summary.mean * summary.count as f64
}

/// Where `function` is least between `low` and `high`.
fn minimum_within(low: f64, high: f64, mut function: impl FnMut(f64) -> Result<f64>) -> Result<f64> {
    let start = low + GOLDEN * (high - low);
    let root_epsilon = 2.2e-16f64.sqrt();
    let tolerance = |best: f64| root_epsilon * best.abs() + TOLERANCE / 3.0;
    let at = function(start)?;
    Search { low, high, best: (start, at), second: (start, at), third: (start, at) }.run(tolerance, GOLDEN, function)
}

/// Where `function` is least, from a bracket that is grown downhill from `first` and `second`.
fn minimum(first: f64, second: f64, mut function: impl FnMut(f64) -> Result<f64>) -> Result<f64> {
    let [(low, _), middle, (high, _)] = bracket(first, second, &mut function)?;
    let search = Search { low: low.min(high), high: low.max(high), best: middle, second: middle, third: middle };
    search.run(|best| TOLERANCE * best.abs() + 1e-11, 0.3819660, function)
}

/// Three points of which the middle one is the lowest.
fn bracket(first: f64, second: f64, function: &mut impl FnMut(f64) -> Result<f64>) -> Result<[(f64, f64); 3]> {
    let (mut a, mut b) = ((first, function(first)?), (second, function(second)?));
    if a.1 < b.1 {
        (a, b) = (b, a);
    }
    let grown = |b: f64, c: f64| c + GROWTH * (c - b);
    let mut c = (grown(a.0, b.0), 0.0);
    c.1 = function(c.0)?;
    for _ in 0..STEPS_MAX {
        if c.1 >= b.1 || c.1.is_nan() {
            break;
        }
        // The lowest point of the parabola through all three.
        let (to_a, to_c) = ((b.0 - a.0) * (b.1 - c.1), (b.0 - c.0) * (b.1 - a.1));
        let bend = to_c - to_a;
        let divisor = if bend.abs() < 1e-21 { 2e-21 } else { 2.0 * bend };
        let mut at = b.0 - ((b.0 - c.0) * to_c - (b.0 - a.0) * to_a) / divisor;
        let farthest = b.0 + GROWTH_MAX * (c.0 - b.0);
        let value;
        if (at - c.0) * (b.0 - at) > 0.0 {
            let between = function(at)?;
            if between < c.1 {
                return Ok([b, (at, between), c]);
            }
            if between > b.1 {
                return Ok([a, b, (at, between)]);
            }
            at = grown(b.0, c.0);
            value = function(at)?;
        } else if (at - farthest) * (farthest - c.0) >= 0.0 {
            at = farthest;
            value = function(at)?;
        } else if (at - farthest) * (c.0 - at) > 0.0 {
            let beyond = function(at)?;
            if beyond < c.1 {
                (b, c) = (c, (at, beyond));
                at = grown(b.0, c.0);
                value = function(at)?;
            } else {
                value = beyond;
            }
        } else {
            at = grown(b.0, c.0);
            value = function(at)?;
        }
        (a, b, c) = (b, c, (at, value));
    }
    Ok([a, b, c])
}

/// Brent's search: parabolas through the three best points where they help, golden sections where not.
struct Search {
    low: f64,
    high: f64,
    best: (f64, f64),
    second: (f64, f64),
    third: (f64, f64),
}

impl Search {
    fn run(
        mut self,
        tolerance: impl Fn(f64) -> f64,
        golden: f64,
        mut function: impl FnMut(f64) -> Result<f64>,
    ) -> Result<f64> {
        // The latest step, and the one before it.
        let (mut step, mut before) = (0.0f64, 0.0f64);
        for _ in 0..STEPS_MAX {
            let x = self.best.0;
            let middle = 0.5 * (self.low + self.high);
            let tolerance = tolerance(x);
            if (x - middle).abs() <= 2.0 * tolerance - 0.5 * (self.high - self.low) {
                break;
            }
            let parabola = if before.abs() > tolerance { self.parabola(before) } else { None };
            match parabola {
                Some(parabolic) => {
                    (before, step) = (step, parabolic);
                    let at = x + step;
                    if at - self.low < 2.0 * tolerance || self.high - at < 2.0 * tolerance {
                        step = if middle >= x { tolerance } else { -tolerance };
                    }
                }
                None => {
                    before = if x >= middle { self.low - x } else { self.high - x };
                    step = golden * before;
                }
            }
            let at = x + if step >= 0.0 { step.abs().max(tolerance) } else { -step.abs().max(tolerance) };
            let value = function(at)?;
            self.take((at, value));
        }
        Ok(self.best.0)
    }

    /// The step to the lowest point of the parabola, where that is within bounds and less than half of the step before the last.
    fn parabola(&self, before: f64) -> Option<f64> {
        let (x, second, third) = (self.best, self.second, self.third);
        let r = (x.0 - second.0) * (x.1 - third.1);
        let q = (x.0 - third.0) * (x.1 - second.1);
        let p = (x.0 - third.0) * q - (x.0 - second.0) * r;
        let q = 2.0 * (q - r);
        let (p, q) = if q > 0.0 { (-p, q) } else { (p, -q) };
        let is_within = p > q * (self.low - x.0) && p < q * (self.high - x.0);
        (is_within && p.abs() < (0.5 * q * before).abs()).then(|| p / q)
    }

    fn take(&mut self, point: (f64, f64)) {
        let (x, best) = self.best;
        if point.1 <= best {
            if point.0 >= x {
                self.low = x;
            } else {
                self.high = x;
            }
            (self.third, self.second, self.best) = (self.second, self.best, point);
            return;
        }
        if point.0 < x {
            self.low = point.0;
        } else {
            self.high = point.0;
        }
        if point.1 <= self.second.1 || self.second.0 == x {
            (self.third, self.second) = (self.second, point);
        } else if point.1 <= self.third.1 || self.third.0 == x || self.third.0 == self.second.0 {
            self.third = point;
        }
    }
}
