//! Count, mean, variance and range of values that come in pieces.

use crate::data::statistics::Summary;

/// So many values are summed straight; longer pieces are merged from these.
const RUN: usize = 2048;

/// Count, mean, variance, least and greatest of numbers that come in pieces; NaN is missing and left out.
///
/// Of two pieces with n, mean m and sum of squared differences M (Chan, Golub and LeVeque):
/// m = m₁ + (m₂ − m₁) n₂ / (n₁ + n₂), M = M₁ + M₂ + (m₂ − m₁)² n₁ n₂ / (n₁ + n₂).
///
/// It takes 48 bytes, whatever the number of values. The result depends on how the values are cut into pieces only by rounding.
///
/// # Examples
///
/// ```
/// use workbench::data::Moments;
///
/// let mut moments = Moments::new();
/// moments.push(&[1.0, 2.0]);
/// moments.push(&[f64::NAN, 6.0]);
/// assert_eq!((moments.count(), moments.mean(), moments.variance(0)), (3, Some(3.0), Some(14.0 / 3.0)));
/// assert_eq!(Moments::new().mean(), None);
/// ```
///
/// # References
/// 1. Chan TF, Golub GH, LeVeque RJ (1983). Algorithms for computing the sample variance. <https://doi.org/10.1080/00031305.1983.10483115>
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    count: usize,
    mean: f64,
    squares: f64,
    min: f64,
    max: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self { count: 0, mean: 0.0, squares: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY }
    }
}

impl Moments {
    /// Of no values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes more values in.
    pub fn push(&mut self, values: &[f64]) {
        for run in values.chunks(RUN) {
            self.merge(&Self::of_run(run));
        }
    }

    /// Of a slice that fits into the innermost cache, NaN left out.
    fn of_run(values: &[f64]) -> Self {
        let Summary { count, mean, squares, min, max } = Summary::of_block(values);
        Self { count, mean, squares, min, max }
    }

    /// Takes in the values that another has seen.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = other.clone();
            return;
        }
        let (mine, theirs) = (self.count as f64, other.count as f64);
        let difference = other.mean - self.mean;
        let share = theirs / (mine + theirs);
        self.mean += difference * share;
        self.squares += other.squares + difference * difference * mine * share;
        self.count += other.count;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// How many values are known.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Their mean; `None` where none is known.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    /// Their variance, which divides by n − `ddof`; `None` where that is not positive.
    pub fn variance(&self, ddof: usize) -> Option<f64> {
        let divisor = self.count.checked_sub(ddof).filter(|&divisor| divisor > 0)?;
        Some(self.squares.max(0.0) / divisor as f64)
    }

    /// The least; `None` where none is known.
    pub fn min(&self) -> Option<f64> {
        (self.count > 0).then_some(self.min)
    }

    /// The greatest; `None` where none is known.
    pub fn max(&self) -> Option<f64> {
        (self.count > 0).then_some(self.max)
    }
}
