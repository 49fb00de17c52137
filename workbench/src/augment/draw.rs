//! Numbers drawn from distributions.

use std::f64::consts::TAU;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;

use super::Interval;
use crate::train::random::below;

/// A number from 0 to below 1, of 53 random bits.
pub fn unit(random: &mut ChaCha8Rng) -> f64 {
    (random.next_u64() >> 11) as f64 * (0.5_f64).powi(53)
}

/// A number from the interval.
pub fn within(interval: Interval, random: &mut ChaCha8Rng) -> f64 {
    interval.low + unit(random) * (interval.high - interval.low)
}

/// A whole number from 0 to `last`, both included.
pub fn up_to(last: usize, random: &mut ChaCha8Rng) -> usize {
    below(last as u64 + 1, random) as usize
}

/// Whether something of probability `p` happens. One number is drawn whatever `p` is.
pub fn happens(p: f64, random: &mut ChaCha8Rng) -> bool {
    unit(random) < p
}

/// Two independent numbers of mean 0 and standard deviation 1.
///
/// # References
/// 1. G. E. P. Box and M. E. Muller, *A note on the generation of random normal deviates*, 1958, doi:10.1214/aoms/1177706645
pub fn normal_pair(random: &mut ChaCha8Rng) -> (f64, f64) {
    // 1 - unit is above 0.
    let radius = (-2.0 * (1.0 - unit(random)).ln()).sqrt();
    let (sin, cos) = (TAU * unit(random)).sin_cos();
    (radius * cos, radius * sin)
}

/// The same in single precision, from one draw: for levels, of which there are 256. No number is beyond 5.8.
pub fn short_normal_pair(random: &mut ChaCha8Rng) -> (f32, f32) {
    let bits = random.next_u64();
    let short_unit = |bits: u64| (bits & 0xff_ffff) as f32 * (0.5_f32).powi(24);
    let radius = (-2.0 * (1.0 - short_unit(bits)).ln()).sqrt();
    let (sin, cos) = (std::f32::consts::TAU * short_unit(bits >> 32)).sin_cos();
    (radius * cos, radius * sin)
}

/// A number of mean 0 and standard deviation 1.
pub fn normal(random: &mut ChaCha8Rng) -> f64 {
    normal_pair(random).0
}

/// A number from the beta distribution of both parameters `alpha`, by two gamma numbers, whose logarithms are taken so that a
/// tiny `alpha` gives 0 and 1 rather than 0 / 0.
///
/// # References
/// 1. G. Marsaglia and W. W. Tsang, *A simple method for generating gamma variables*, 2000, doi:10.1145/358407.358414
pub fn beta(alpha: f64, random: &mut ChaCha8Rng) -> f64 {
    let (first, second) = (log_gamma_variate(alpha, random), log_gamma_variate(alpha, random));
    1.0 / (1.0 + (second - first).exp())
}

fn log_gamma_variate(shape: f64, random: &mut ChaCha8Rng) -> f64 {
    if shape < 1.0 {
        let boost = (1.0 - unit(random)).ln() / shape;
        return log_gamma_variate(shape + 1.0, random) + boost;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(random);
        let v = (1.0 + c * x).powi(3);
        let u = 1.0 - unit(random);
        if v > 0.0 && u.ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d.ln() + v.ln();
        }
    }
}
