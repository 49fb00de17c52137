//! Ranges from which a step draws.

use std::fmt;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// A range from which a setting is drawn anew for each item, all values being equally likely; both ends may be equal.
///
/// Steps take one as `-15.0..=15.0`, as `(-15.0, 15.0)`, or as one number, which is then always drawn.
///
/// # Examples
///
/// ```
/// use workbench::augment::Interval;
///
/// assert_eq!(Interval::from(0.8..=1.2), Interval::from((0.8, 1.2)));
/// assert_eq!(Interval::from(3.0), Interval { low: 3.0, high: 3.0 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// The least value.
    pub low: f64,
    /// The greatest value.
    pub high: f64,
}

impl From<f64> for Interval {
    fn from(value: f64) -> Self {
        Self { low: value, high: value }
    }
}

impl From<(f64, f64)> for Interval {
    fn from((low, high): (f64, f64)) -> Self {
        Self { low, high }
    }
}

impl From<RangeInclusive<f64>> for Interval {
    fn from(range: RangeInclusive<f64>) -> Self {
        let (low, high) = range.into_inner();
        Self { low, high }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}..={:?}", self.low, self.high)
    }
}
