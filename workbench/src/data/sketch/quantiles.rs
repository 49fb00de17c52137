//! Quantiles of values that come in pieces.

use super::hash::mix;
use crate::data::statistics;
use crate::error::{Error, Result};

/// The capacity of the highest level.
const K: usize = 4096;
/// A level is never smaller, so that it need not be sorted too often.
const LEVEL_MIN: usize = 512;

/// Quantiles of numbers that come in pieces, in bounded memory: exact up to 4,096 values, and by a KLL sketch beyond. NaN is missing and left out.
///
/// The sketch keeps some of the values in levels; one on level h stands for 2ʰ values. A full level is sorted, and every other of
/// its values moves a level up. Level h of H holds k (2/3)^(H − 1 − h) values with k = 4096, about 100 KiB in all.
/// The value given for the quantile q is the true one of a quantile between q − ε and q + ε with ε = 0.0015, in 99 of 100 cases.
///
/// Which of every two values moves up is drawn from a fixed seed, so that the same pieces give the same result.
///
/// # Errors
/// [`quantile`](Self::quantile): [`Error::InvalidValue`] for a fraction that is not from 0 to 1.
///
/// # Examples
///
/// ```
/// use workbench::data::QuantileSketch;
///
/// let mut sketch = QuantileSketch::new();
/// sketch.push(&[1.0, 2.0, f64::NAN, 4.0]);
/// assert_eq!(sketch.quantile(0.5)?, Some(2.0));
/// assert!(sketch.quantile(1.5).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. Karnin Z, Lang K, Liberty E (2016). Optimal quantile approximation in streams. <https://doi.org/10.1109/FOCS.2016.17>
#[derive(Clone, Debug)]
pub struct QuantileSketch {
    levels: Vec<Vec<f64>>,
    count: usize,
    n_draws: u64,
    min: f64,
    max: f64,
}

impl Default for QuantileSketch {
    fn default() -> Self {
        Self { levels: vec![Vec::new()], count: 0, n_draws: 0, min: f64::INFINITY, max: f64::NEG_INFINITY }
    }
}

impl QuantileSketch {
    /// How far off a rank may be, as a share of all values, in 99 of 100 cases.
    pub const RANK_ERROR: f64 = 0.0015;

    /// Of no values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes more values in.
    pub fn push(&mut self, values: &[f64]) {
        for &value in values.iter().filter(|value| !value.is_nan()) {
            self.count += 1;
            self.min = self.min.min(value);
            self.max = self.max.max(value);
            let capacity = self.capacity(0);
            if let Some(level) = self.levels.first_mut() {
                level.push(value);
                if level.len() >= capacity {
                    self.compress();
                }
            }
        }
    }

    /// Takes in the values that another has seen.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.levels.resize(self.levels.len().max(other.levels.len()), Vec::new());
        for (mine, theirs) in self.levels.iter_mut().zip(&other.levels) {
            mine.extend(theirs);
        }
        self.compress();
    }

    /// How many values are known.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether quantiles are exact.
    pub fn is_exact(&self) -> bool {
        self.levels.len() == 1
    }

    /// The `fraction` quantile; `None` where no value is known. An exact one lies between its neighbours by linear interpolation.
    pub fn quantile(&self, fraction: f64) -> Result<Option<f64>> {
        if !(0.0..=1.0).contains(&fraction) {
            return Err(Error::InvalidValue {
                what: "the fraction of a quantile".to_string(),
                value: format!("{fraction:?}"),
                allowed: "from 0 to 1".to_string(),
            });
        }
        if let [all] = self.levels.as_slice() {
            return Ok(statistics::quantile(&mut all.clone(), fraction));
        }
        // The ends are known whatever the sketch has kept.
        if fraction == 0.0 || fraction == 1.0 {
            return Ok(Some(if fraction == 0.0 { self.min } else { self.max }));
        }
        let weighted = self.weighted();
        let total: f64 = weighted.iter().map(|(_, weight)| weight).sum();
        let mut rank = 0.0;
        let found = weighted.iter().find(|(_, weight)| {
            rank += weight;
            rank >= fraction * total
        });
        Ok(found.or(weighted.last()).map(|(value, _)| *value))
    }

    /// The values that are kept, sorted, each with how many it stands for.
    pub(crate) fn weighted(&self) -> Vec<(f64, f64)> {
        let levels = self.levels.iter().enumerate();
        let mut weighted: Vec<(f64, f64)> =
            levels.flat_map(|(h, level)| level.iter().map(move |&value| (value, (h as f64).exp2()))).collect();
        weighted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        weighted
    }

    fn capacity(&self, h: usize) -> usize {
        let depth = (self.levels.len() - 1).saturating_sub(h);
        let shrunk = (0..depth).fold(K, |capacity, _| capacity * 2 / 3);
        shrunk.max(LEVEL_MIN)
    }

    /// Halves every level that is full.
    fn compress(&mut self) {
        let mut h = 0;
        while h < self.levels.len() {
            let capacity = self.capacity(h);
            if self.levels.get(h).is_some_and(|level| level.len() > capacity || (level.len() == capacity)) {
                self.halve(h);
            }
            h += 1;
        }
    }

    fn halve(&mut self, h: usize) {
        if h + 1 == self.levels.len() {
            self.levels.push(Vec::new());
        }
        self.n_draws += 1;
        let offset = (mix(self.n_draws, h as u64) & 1) as usize;
        let Some(mut level) = self.levels.get_mut(h).map(std::mem::take) else { return };
        level.sort_unstable_by(f64::total_cmp);
        // Of an odd number one stays, so that the weights add up.
        let left_over = if level.len() % 2 == 1 { level.pop() } else { None };
        if let Some(above) = self.levels.get_mut(h + 1) {
            above.extend(level.iter().skip(offset).step_by(2));
        }
        level.clear();
        level.extend(left_over);
        if let Some(place) = self.levels.get_mut(h) {
            *place = level;
        }
    }
}
