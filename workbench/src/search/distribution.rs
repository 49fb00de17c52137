//! What a random search draws settings from.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::preprocess::ParamValue;
use crate::train::random::{below, stream};

/// A distribution of a setting's values.
///
/// | kind | values | scipy, Optuna |
/// |---|---|---|
/// | [`uniform`](Self::uniform) | real, from `low` to `high` | `uniform`, `FloatDistribution` |
/// | [`log_uniform`](Self::log_uniform) | real, their logarithm being uniform | `loguniform`, `log=True` |
/// | [`int`](Self::int) | whole, from `low` to `high`, both included | `randint(low, high + 1)`, `IntDistribution` |
/// | [`log_int`](Self::log_int) | whole, small ones more often | `IntDistribution(log=True)` |
/// | [`normal`](Self::normal) | real, with mean and standard deviation | `norm` |
/// | [`choice`](Self::choice), or a list | one of given values | a list, `CategoricalDistribution` |
///
/// # Errors
/// [`check`](Self::check), and with it every search, refuses bounds that are out of order, not finite, or for a logarithm not above 0, and a
/// choice that is empty or names a value twice.
///
/// # Examples
///
/// ```
/// use workbench::search::Distribution;
///
/// let c = Distribution::log_uniform(1e-3, 1e3);
/// c.check("C")?;
/// assert_eq!(c.sample(7, 0)?, c.sample(7, 0)?);
///
/// let refused = Distribution::log_uniform(0.0, 1.0).check("C").unwrap_err();
/// assert_eq!(refused.to_string(), "the distribution of \"C\" is from 0.0 to 1.0, but it must be from a low to a high end, both finite and greater than 0");
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Distribution {
    /// Real numbers, each interval as likely as it is long.
    Uniform {
        /// The least value.
        low: f64,
        /// The greatest value.
        high: f64,
    },
    /// Real numbers whose logarithm is uniform.
    LogUniform {
        /// The least value, above 0.
        low: f64,
        /// The greatest value.
        high: f64,
    },
    /// Whole numbers, all equally likely.
    Int {
        /// The least value.
        low: i64,
        /// The greatest value.
        high: i64,
    },
    /// Whole numbers, of which small ones are as much more likely as their logarithms lie further apart.
    LogInt {
        /// The least value, at least 1.
        low: i64,
        /// The greatest value.
        high: i64,
    },
    /// Real numbers around a mean.
    Normal {
        /// The mean.
        mean: f64,
        /// The standard deviation, above 0.
        std: f64,
    },
    /// One of these values, all equally likely.
    Choice(Vec<ParamValue>),
}

impl Distribution {
    /// Real numbers from `low` to `high`.
    pub fn uniform(low: f64, high: f64) -> Self {
        Self::Uniform { low, high }
    }

    /// Real numbers from `low` to `high`, each power of ten as likely as any other.
    pub fn log_uniform(low: f64, high: f64) -> Self {
        Self::LogUniform { low, high }
    }

    /// Whole numbers from `low` to `high`, both included.
    pub fn int(low: i64, high: i64) -> Self {
        Self::Int { low, high }
    }

    /// Whole numbers from `low` to `high`, both included, small ones more often.
    pub fn log_int(low: i64, high: i64) -> Self {
        Self::LogInt { low, high }
    }

    /// Real numbers of mean `mean` and standard deviation `std`.
    pub fn normal(mean: f64, std: f64) -> Self {
        Self::Normal { mean, std }
    }

    /// One of `values`.
    pub fn choice<V: Into<ParamValue>>(values: impl IntoIterator<Item = V>) -> Self {
        Self::Choice(values.into_iter().map(Into::into).collect())
    }

    /// An error unless values can be drawn for the setting `name`.
    ///
    /// # Errors
    /// [`Error::InvalidValue`].
    pub fn check(&self, name: &str) -> Result<()> {
        let (is_right, value, allowed) = match self {
            Self::Uniform { low, high } => (
                low <= high && (high - low).is_finite(),
                format!("from {low:?} to {high:?}"),
                "from a low to a high end, both finite",
            ),
            Self::LogUniform { low, high } => (
                *low > 0.0 && low <= high && high.is_finite(),
                format!("from {low:?} to {high:?}"),
                "from a low to a high end, both finite and greater than 0",
            ),
            Self::Int { low, high } => {
                (low <= high, format!("from {low} to {high}"), "from a low to a high whole number")
            }
            Self::LogInt { low, high } => (
                *low >= 1 && low <= high,
                format!("from {low} to {high}"),
                "from a low to a high whole number, both at least 1",
            ),
            Self::Normal { mean, std } => (
                mean.is_finite() && *std > 0.0 && std.is_finite(),
                format!("of mean {mean:?} and standard deviation {std:?}"),
                "of a finite mean and a finite standard deviation greater than 0",
            ),
            Self::Choice(values) => {
                let is_twice =
                    values.iter().enumerate().any(|(at, value)| values.iter().take(at).any(|other| other == value));
                let said = values.iter().map(ParamValue::to_string).collect::<Vec<_>>().join(", ");
                (
                    !values.is_empty() && !is_twice,
                    format!("one of [{said}]"),
                    "one of at least one value, none of them twice",
                )
            }
        };
        if is_right {
            return Ok(());
        }
        Err(Error::InvalidValue {
            what: format!("the distribution of \"{name}\""),
            value,
            allowed: allowed.to_string(),
        })
    }

    /// A value, the same each time for the same `seed` and `stream_number`.
    ///
    /// # Errors
    /// Those of [`check`](Self::check).
    pub fn sample(&self, seed: u64, stream_number: u64) -> Result<ParamValue> {
        self.check("")?;
        Ok(self.draw(&mut stream(seed, stream_number)))
    }

    /// The next value of a stream.
    pub(super) fn draw(&self, random: &mut ChaCha8Rng) -> ParamValue {
        match self {
            Self::Uniform { low, high } => (low + unit(random) * (high - low)).into(),
            Self::LogUniform { low, high } => {
                let (from, to) = (low.ln(), high.ln());
                // The exponential of a logarithm may lie a rounding beyond the ends.
                (from + unit(random) * (to - from)).exp().clamp(*low, *high).into()
            }
            Self::Int { low, high } => {
                ParamValue::Int(low.saturating_add_unsigned(below_or_any(n_ints(*low, *high), random)))
            }
            Self::LogInt { low, high } => {
                let (from, to) = ((*low as f64 - 0.5).ln(), (*high as f64 + 0.5).ln());
                let drawn = (from + unit(random) * (to - from)).exp().round();
                ParamValue::Int((drawn as i64).clamp(*low, *high))
            }
            Self::Normal { mean, std } => {
                // 1 - unit is above 0.
                let radius = (-2.0 * (1.0 - unit(random)).ln()).sqrt();
                (mean + std * radius * (std::f64::consts::TAU * unit(random)).cos()).into()
            }
            Self::Choice(values) => {
                let at = below(values.len() as u64, random) as usize;
                values.get(at).cloned().unwrap_or(ParamValue::Bool(false))
            }
        }
    }

    /// How many different values there are; `None` for real numbers.
    pub(super) fn n_values(&self) -> Option<u64> {
        match self {
            Self::Int { low, high } | Self::LogInt { low, high } => Some(n_ints(*low, *high)),
            Self::Choice(values) => Some(values.len() as u64),
            Self::Uniform { .. } | Self::LogUniform { .. } | Self::Normal { .. } => None,
        }
    }

    /// The value at `position` of those that [`n_values`](Self::n_values) counts.
    pub(super) fn nth(&self, position: u64) -> Option<ParamValue> {
        match self {
            Self::Int { low, .. } | Self::LogInt { low, .. } => {
                Some(ParamValue::Int(low.saturating_add_unsigned(position)))
            }
            Self::Choice(values) => values.get(usize::try_from(position).ok()?).cloned(),
            Self::Uniform { .. } | Self::LogUniform { .. } | Self::Normal { .. } => None,
        }
    }
}

impl<V: Into<ParamValue>> From<Vec<V>> for Distribution {
    fn from(values: Vec<V>) -> Self {
        Self::choice(values)
    }
}

impl<V: Into<ParamValue>, const N: usize> From<[V; N]> for Distribution {
    fn from(values: [V; N]) -> Self {
        Self::choice(values)
    }
}

/// How many whole numbers there are from `low` to `high`; the greatest count there is for more.
fn n_ints(low: i64, high: i64) -> u64 {
    high.abs_diff(low).saturating_add(1)
}

fn below_or_any(bound: u64, random: &mut ChaCha8Rng) -> u64 {
    if bound == u64::MAX { random.next_u64() } else { below(bound, random) }
}

/// A number from 0 to below 1, of 53 random bits.
fn unit(random: &mut ChaCha8Rng) -> f64 {
    (random.next_u64() >> 11) as f64 * (0.5_f64).powi(53)
}
