//! Isotonic regression.

use serde::{Deserialize, Serialize};

use super::Sample;

/// Scores no further apart than this are the same.
const SAME: f64 = 1e-15;

/// Straight lines between points that only ever rise, and level beyond the first and the last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Isotonic {
    scores: Vec<f64>,
    told: Vec<f64>,
}

/// Scores next to each other that are told the same.
struct Pool {
    weight: f64,
    mean: f64,
    n: usize,
}

impl Isotonic {
    /// The rising function of the least squared error on `samples`, found by pooling neighbours that fall.
    pub(super) fn fit(samples: &[Sample]) -> Self {
        let mut sorted: Vec<&Sample> = samples.iter().filter(|sample| sample.weight > 0.0).collect();
        sorted.sort_by(|one, other| one.score.total_cmp(&other.score));
        let mut scores: Vec<f64> = Vec::new();
        let mut means: Vec<(f64, f64)> = Vec::new();
        for sample in sorted {
            let truth = f64::from(u8::from(sample.is_positive));
            match (scores.last(), means.last_mut()) {
                (Some(score), Some((weight, sum))) if sample.score - score < SAME => {
                    *weight += sample.weight;
                    *sum += sample.weight * truth;
                }
                _ => {
                    scores.push(sample.score);
                    means.push((sample.weight, sample.weight * truth));
                }
            }
        }
        let mut pools: Vec<Pool> = Vec::new();
        for (weight, sum) in means {
            let mut pool = Pool { weight, mean: sum / weight, n: 1 };
            while let Some(before) = pools.pop_if(|before| before.mean >= pool.mean) {
                let weight = before.weight + pool.weight;
                let mean = (before.weight * before.mean + pool.weight * pool.mean) / weight;
                pool = Pool { weight, mean, n: before.n + pool.n };
            }
            pools.push(pool);
        }
        let told: Vec<f64> = pools.iter().flat_map(|pool| std::iter::repeat_n(pool.mean, pool.n)).collect();
        // Between two that are told the same nothing is to be kept.
        let is_kept = |position: usize| {
            let at = |position: Option<usize>| position.and_then(|position| told.get(position));
            let (own, before, after) = (told.get(position), at(position.checked_sub(1)), told.get(position + 1));
            before.is_none() || after.is_none() || own != before || own != after
        };
        let kept: Vec<usize> = (0..told.len()).filter(|&position| is_kept(position)).collect();
        let pick = |values: &[f64]| kept.iter().filter_map(|&position| values.get(position).copied()).collect();
        Self { scores: pick(&scores), told: pick(&told) }
    }

    pub(super) fn told(&self, score: f64) -> f64 {
        let above = self.scores.partition_point(|other| *other <= score);
        let point = |position: usize| Some((*self.scores.get(position)?, *self.told.get(position)?));
        let before = above.checked_sub(1).and_then(point);
        match (before, point(above)) {
            (Some((low, told)), Some((high, next))) => told + (next - told) * (score - low) / (high - low),
            (Some((_, told)), None) | (None, Some((_, told))) => told,
            (None, None) => f64::NAN,
        }
    }
}
