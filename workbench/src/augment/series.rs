//! Steps on time series: arrays of shape `(n_steps, n_channels)`.

mod mask;
mod order;
mod scale;
mod spline;
mod time;

pub use mask::{ChannelMask, TimeMask};
pub use order::{CircularShift, SegmentPermutation, SignFlip, TimeCrop, TimeFlip};
pub use scale::{AxisRotation, ChannelScale, Jitter, MagnitudeWarp};
pub use time::{TimeWarp, WindowSlice, WindowWarp};

use ndarray::Array2;
use rand_chacha::ChaCha8Rng;

use crate::error::{Error, Result};

/// A step on time series.
pub(super) trait OnSeries {
    /// The series changed; it has at least one step and one channel, and all its values are finite.
    fn apply(&self, series: Array2<f64>, random: &mut ChaCha8Rng) -> Result<Array2<f64>>;
}

/// An error unless the series has values, all of them finite.
pub(super) fn check_series(series: &Array2<f64>) -> Result<()> {
    let (n_steps, n_channels) = series.dim();
    if n_steps == 0 || n_channels == 0 {
        return Err(Error::InvalidValue {
            what: "the shape (n_steps, n_channels) of the time series".to_string(),
            value: format!("({n_steps}, {n_channels})"),
            allowed: "at least (1, 1)".to_string(),
        });
    }
    match series.indexed_iter().find(|(_, value)| !value.is_finite()) {
        None => Ok(()),
        Some(((step_idx, channel_idx), value)) => Err(Error::NotFiniteSignal { step_idx, channel_idx, value: *value }),
    }
}
