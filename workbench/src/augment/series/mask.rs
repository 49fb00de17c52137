//! Steps that hide parts of a time series.

use ndarray::{Array2, s};
use rand_chacha::ChaCha8Rng;

use super::OnSeries;
use crate::augment::settings::settings;
use crate::augment::{Interval, draw};
use crate::error::Result;
use crate::train::random;

settings! {
    /// Hides random stretches of time in all channels.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `share` | 0 to 0.1 | 0 to 1, the length of a stretch | `share_low`, `share_high` |
    /// | `count` | 1 | 1 to 1000 stretches | `count` |
    /// | `fill` | 0 | finite | `fill` |
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::Array2;
    /// use workbench::augment::{Compose, TimeMask};
    ///
    /// let series = Array2::<f64>::ones((10, 2));
    /// let masked = Compose::new().step(1.0, TimeMask::new().share(0.5)).augment(&series, 0, 0)?;
    /// assert_eq!(masked.sum(), 10.0);
    ///
    /// assert!(Compose::new().step(1.0, TimeMask::new().fill(f64::NAN)).augment(&series, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    ///
    /// # References
    /// 1. D. S. Park et al., *SpecAugment: a simple data augmentation method for automatic speech recognition*, 2019,
    ///    doi:10.21437/Interspeech.2019-2680
    TimeMask, "time_mask" {
        /// The length of a stretch, as a share of the series.
        share: Interval [impl Into<Interval>] = (0.0, 0.1).into(), (0.0, 1.0);
        /// How many stretches, which may overlap.
        count: usize [usize] = 1, (1.0, 1000.0);
        /// The value that hides.
        fill: f64 [f64] = 0.0, (-f64::MAX, f64::MAX);
    }
}

settings! {
    /// Hides random channels for the whole time.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `count` | 1 | 1 to 1000 channels, at most all but one | `count` |
    /// | `fill` | 0 | finite | `fill` |
    ///
    /// One channel is always left, so a series of one channel stays as it is.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::array;
    /// use workbench::augment::{ChannelMask, Compose};
    ///
    /// let series = array![[1.0, -1.0], [2.0, -2.0], [3.0, -3.0]];
    /// let changed = Compose::new().step(1.0, ChannelMask::new()).augment(&series, 0, 0)?;
    /// assert_eq!(changed.iter().filter(|value| **value == 0.0).count(), 3);
    ///
    /// assert!(Compose::new().step(1.0, ChannelMask::new().count(0)).augment(&series, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    ChannelMask, "channel_mask" {
        /// How many channels.
        count: usize [usize] = 1, (1.0, 1000.0);
        /// The value that hides.
        fill: f64 [f64] = 0.0, (-f64::MAX, f64::MAX);
    }
}

impl OnSeries for TimeMask {
    fn apply(&self, mut series: Array2<f64>, random: &mut ChaCha8Rng) -> Result<Array2<f64>> {
        let n_steps = series.nrows();
        for _ in 0..self.count {
            let length = ((draw::within(self.share, random) * n_steps as f64).round() as usize).min(n_steps);
            let first = draw::up_to(n_steps - length, random);
            series.slice_mut(s![first..first + length, ..]).fill(self.fill);
        }
        Ok(series)
    }
}

impl OnSeries for ChannelMask {
    fn apply(&self, mut series: Array2<f64>, random: &mut ChaCha8Rng) -> Result<Array2<f64>> {
        let n_channels = series.ncols();
        let mut channels: Vec<usize> = (0..n_channels).collect();
        random::shuffle(&mut channels, random);
        for channel in channels.into_iter().take(self.count.min(n_channels - 1)) {
            series.column_mut(channel).fill(self.fill);
        }
        Ok(series)
    }
}
