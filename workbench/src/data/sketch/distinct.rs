//! How many different values there are among many.

use std::collections::HashSet;

use super::hash::{ByHash, hash_number, hash_text};

/// So many bits of a hash choose the register.
const BITS: u32 = 14;
const N_REGISTERS: usize = 1 << BITS;
/// The greatest rank that the other bits can give.
const RANK_MAX: usize = 64 - BITS as usize + 1;
/// Up to here every hash is kept.
const EXACT_MAX: usize = 1 << 14;

/// Counts different values in bounded memory: exactly up to 16,384 of them, and by HyperLogLog beyond.
///
/// HyperLogLog keeps 16,384 registers, 16 KiB; the standard error of its estimate is 1.04 / √16384 = 0.81 %. The estimator is
/// Ertl's, which needs no correction by tables.
///
/// # Examples
///
/// ```
/// use workbench::data::DistinctSketch;
///
/// let mut distinct = DistinctSketch::new();
/// distinct.push_numbers(&[1.0, 2.0, 1.0, f64::NAN]);
/// assert_eq!((distinct.count(), distinct.is_exact()), (2, true));
///
/// let many: Vec<f64> = (0..1_000_000).map(f64::from).collect();
/// distinct.push_numbers(&many);
/// assert!(!distinct.is_exact());
/// assert!(distinct.count().abs_diff(1_000_000) < 40_000);
/// ```
///
/// # References
/// 1. Flajolet P, Fusy É, Gandouet O, Meunier F (2007). HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm. <https://doi.org/10.46298/dmtcs.3545>
/// 2. Ertl O (2017). New cardinality estimation algorithms for HyperLogLog sketches. <https://doi.org/10.48550/arXiv.1702.01284>
#[derive(Clone, Debug)]
pub struct DistinctSketch {
    exact_max: usize,
    exact: Option<HashSet<u64, ByHash>>,
    registers: Vec<u8>,
}

impl Default for DistinctSketch {
    fn default() -> Self {
        Self::exact_up_to(EXACT_MAX)
    }
}

impl DistinctSketch {
    /// Of no values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Exact up to so many different values; each takes about 16 bytes.
    pub(crate) fn exact_up_to(exact_max: usize) -> Self {
        Self { exact_max, exact: Some(HashSet::default()), registers: Vec::new() }
    }

    /// Takes numbers in; NaN is missing and left out.
    pub fn push_numbers(&mut self, values: &[f64]) {
        values.iter().filter(|value| !value.is_nan()).for_each(|&value| self.push_hash(hash_number(value)));
    }

    /// Takes a text in.
    pub fn push_text(&mut self, text: &str) {
        self.push_hash(hash_text(text));
    }

    #[inline]
    pub(crate) fn push_hash(&mut self, hash: u64) {
        let Some(exact) = &mut self.exact else {
            self.register(hash);
            return;
        };
        exact.insert(hash);
        if exact.len() > self.exact_max {
            self.estimate_from_now_on();
        }
    }

    /// Takes in the values that another has seen.
    pub fn merge(&mut self, other: &Self) {
        if let Some(exact) = &other.exact {
            exact.iter().for_each(|&hash| self.push_hash(hash));
            return;
        }
        self.estimate_from_now_on();
        for (mine, theirs) in self.registers.iter_mut().zip(&other.registers) {
            *mine = (*mine).max(*theirs);
        }
    }

    fn estimate_from_now_on(&mut self) {
        if let Some(exact) = self.exact.take() {
            self.registers = vec![0; N_REGISTERS];
            exact.into_iter().for_each(|hash| self.register(hash));
        }
    }

    #[inline]
    fn register(&mut self, hash: u64) {
        let rank = ((hash << BITS) | (1 << (BITS - 1))).leading_zeros() as u8 + 1;
        if let Some(register) = self.registers.get_mut((hash >> (64 - BITS)) as usize) {
            *register = (*register).max(rank);
        }
    }

    /// How many different values there were, exactly or about.
    pub fn count(&self) -> usize {
        match &self.exact {
            Some(exact) => exact.len(),
            None => self.estimate().round() as usize,
        }
    }

    /// Whether the count is exact.
    pub fn is_exact(&self) -> bool {
        self.exact.is_some()
    }

    fn estimate(&self) -> f64 {
        let mut counts = [0usize; RANK_MAX + 1];
        for &rank in &self.registers {
            if let Some(count) = counts.get_mut(usize::from(rank)) {
                *count += 1;
            }
        }
        let m = N_REGISTERS as f64;
        let [zero, between @ .., full] = counts;
        let start = m * tau(1.0 - full as f64 / m);
        let z = between.iter().rev().fold(start, |z, &count| 0.5 * (z + count as f64)) + m * sigma(zero as f64 / m);
        m * m / (2.0 * std::f64::consts::LN_2 * z)
    }
}

/// σ of Ertl's estimator: what registers that are still zero stand for.
fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before {
            return z;
        }
    }
}

/// τ of Ertl's estimator: what registers that are full stand for.
fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if z == before {
            return z / 3.0;
        }
    }
}
