//! Distances.

use serde::{Deserialize, Serialize};

use crate::preprocess::named_setting;

/// How far two rows are from each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Metric {
    /// `"minkowski"`: `(Σ |x_j - y_j|^p)^(1/p)`, with `p` a setting of its own.
    #[default]
    Minkowski,
    /// `"euclidean"`: the same with `p = 2`.
    Euclidean,
    /// `"manhattan"`: the same with `p = 1`.
    Manhattan,
    /// `"cosine"`: `1 - x·y / (|x| |y|)`, and 1 to a row of zeros.
    Cosine,
}

named_setting!(Metric, [
    "minkowski" => Metric::Minkowski,
    "euclidean" => Metric::Euclidean,
    "manhattan" => Metric::Manhattan,
    "cosine" => Metric::Cosine,
]);

/// A distance as it is computed: a sum over columns that grows with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Measure {
    /// The square of the Euclidean distance.
    Squared,
    /// The Manhattan distance.
    Absolute,
    /// The p-th power of a Minkowski distance.
    Power(f64),
    /// 1 less the product of rows of length 1.
    Cosine,
}

impl Measure {
    pub(super) fn of(metric: Metric, p: f64) -> Self {
        match metric {
            Metric::Euclidean => Self::Squared,
            Metric::Manhattan => Self::Absolute,
            Metric::Cosine => Self::Cosine,
            Metric::Minkowski if p == 2.0 => Self::Squared,
            Metric::Minkowski if p == 1.0 => Self::Absolute,
            Metric::Minkowski => Self::Power(p),
        }
    }

    /// What stands for the distance of `a` and `b`, which are as long as each other.
    #[inline]
    pub(super) fn between(self, a: &[f64], b: &[f64]) -> f64 {
        match self {
            Self::Squared => sum(a, b, |x, y| (x - y) * (x - y)),
            Self::Absolute => sum(a, b, |x, y| (x - y).abs()),
            Self::Power(p) => sum(a, b, |x, y| (x - y).abs().powf(p)),
            Self::Cosine => (1.0 - sum(a, b, |x, y| x * y)).clamp(0.0, 2.0),
        }
    }

    /// What one column adds, where its values are `gap` apart.
    #[inline]
    pub(super) fn of_gap(self, gap: f64) -> f64 {
        match self {
            Self::Squared => gap * gap,
            Self::Absolute | Self::Cosine => gap.abs(),
            Self::Power(p) => gap.abs().powf(p),
        }
    }

    /// The distance that `reduced` stands for.
    pub(super) fn distance(self, reduced: f64) -> f64 {
        match self {
            Self::Squared => reduced.sqrt(),
            Self::Absolute | Self::Cosine => reduced,
            Self::Power(p) => reduced.powf(1.0 / p),
        }
    }
}

/// The sum of `term` over both rows, in four sums that a processor takes at once.
#[inline]
pub(super) fn sum(a: &[f64], b: &[f64], term: impl Fn(f64, f64) -> f64) -> f64 {
    let mut sums = [0.0; 4];
    let (a_parts, b_parts) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest = a_parts.remainder().iter().zip(b_parts.remainder());
    for (x, y) in a_parts.clone().zip(b_parts.clone()) {
        for ((sum, &x), &y) in sums.iter_mut().zip(x).zip(y) {
            *sum += term(x, y);
        }
    }
    for (sum, (&x, &y)) in sums.iter_mut().zip(rest) {
        *sum += term(x, y);
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}
