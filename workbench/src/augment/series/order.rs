//! Steps that put the values of a time series in another order, and change no value.

use ndarray::{Array2, Axis, s};
use rand_chacha::ChaCha8Rng;

use super::OnSeries;
use crate::augment::settings::settings;
use crate::augment::{Interval, draw};
use crate::error::{Error, Result};
use crate::train::random;

settings! {
    /// Turns a time series around, so that its last step comes first.
    ///
    /// It has no settings; how often it happens is the step's probability.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::array;
    /// use workbench::augment::{Compose, TimeFlip};
    ///
    /// let flip = Compose::new().step(1.0, TimeFlip::new());
    /// assert_eq!(flip.augment(&array![[1.0, 10.0], [2.0, 20.0]], 0, 0)?, array![[2.0, 20.0], [1.0, 10.0]]);
    ///
    /// assert!(flip.augment(&array![[f64::NAN]], 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    TimeFlip, "time_flip" {}
}

settings! {
    /// Turns a time series upside down: x' = −x.
    ///
    /// It has no settings; how often it happens is the step's probability.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::array;
    /// use workbench::augment::{Compose, SignFlip};
    ///
    /// let series = array![[1.0, -1.0], [2.0, -2.0], [3.0, -3.0]];
    /// let changed = Compose::new().step(1.0, SignFlip::new()).augment(&series, 0, 0)?;
    /// assert_eq!(changed, -&series);
    ///
    /// assert!(Compose::new().step(2.0, SignFlip::new()).augment(&series, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    SignFlip, "sign_flip" {}
}

settings! {
    /// Moves all steps on, and what leaves at the end comes in at the start.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `share` | −0.5 to 0.5 | −1 to 1, of the length; later for positive ones | `share_low`, `share_high` |
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a share out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::array;
    /// use workbench::augment::{CircularShift, Compose};
    ///
    /// let series = array![[1.0, -1.0], [2.0, -2.0], [3.0, -3.0]];
    /// let changed = Compose::new().step(1.0, CircularShift::new().share(1.0 / 3.0)).augment(&series, 0, 0)?;
    /// assert_eq!(changed.column(0).to_vec(), [3.0, 1.0, 2.0]);
    ///
    /// assert!(Compose::new().step(1.0, CircularShift::new().share(1.5)).augment(&series, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    CircularShift, "circular_shift" {
        /// The share of the length by which steps move on.
        share: Interval [impl Into<Interval>] = (-0.5, 0.5).into(), (-1.0, 1.0);
    }
}

settings! {
    /// Cuts out a window of a fixed length at a random time.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `n_steps` | asked for | 1 or more | `n_steps` |
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a window longer than the series.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::Array2;
    /// use workbench::augment::{Compose, TimeCrop};
    ///
    /// let series = Array2::<f64>::zeros((100, 3));
    /// assert_eq!(Compose::new().step(1.0, TimeCrop::new(80)).augment(&series, 0, 0)?.dim(), (80, 3));
    /// assert!(Compose::new().step(1.0, TimeCrop::new(101)).augment(&series, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    TimeCrop, "time_crop" {
        /// The length of the window.
        n_steps: usize [usize] = 0, (1.0, f64::INFINITY);
    }
}

settings! {
    /// Cuts a time series into segments at random times, and puts them together in random order.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `n_segments` | 4 | 2 to 1000, at most one for each step | `n_segments` |
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a number out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::{Axis, array};
    /// use workbench::augment::{Compose, SegmentPermutation};
    ///
    /// let series = array![[1.0, -1.0], [2.0, -2.0], [3.0, -3.0]];
    /// let changed = Compose::new().step(1.0, SegmentPermutation::new().n_segments(3)).augment(&series, 0, 0)?;
    /// assert_eq!(changed.sum_axis(Axis(0)), series.sum_axis(Axis(0)));
    ///
    /// assert!(Compose::new().step(1.0, SegmentPermutation::new().n_segments(1)).augment(&series, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    ///
    /// # References
    /// 1. T. T. Um et al., *Data augmentation of wearable sensor data for Parkinson's disease monitoring using convolutional neural
    ///    networks*, 2017, doi:10.1145/3136755.3136817
    SegmentPermutation, "segment_permutation" {
        /// How many segments.
        n_segments: usize [usize] = 4, (2.0, 1000.0);
    }
}

impl TimeCrop {
    /// Windows of this length.
    pub fn new(n_steps: usize) -> Self {
        Self { n_steps }
    }
}

impl OnSeries for TimeFlip {
    fn apply(&self, mut series: Array2<f64>, _random: &mut ChaCha8Rng) -> Result<Array2<f64>> {
        series.invert_axis(Axis(0));
        Ok(series.as_standard_layout().into_owned())
    }
}

impl OnSeries for SignFlip {
    fn apply(&self, series: Array2<f64>, _random: &mut ChaCha8Rng) -> Result<Array2<f64>> {
        Ok(-series)
    }
}

impl OnSeries for CircularShift {
    fn apply(&self, series: Array2<f64>, random: &mut ChaCha8Rng) -> Result<Array2<f64>> {
        let n_steps = series.nrows();
        let shift = (draw::within(self.share, random) * n_steps as f64).round() as i64;
        let first = (-shift).rem_euclid(n_steps as i64) as usize;
        let order: Vec<usize> = (first..n_steps).chain(0..first).collect();
        Ok(series.select(Axis(0), &order))
    }
}

impl OnSeries for TimeCrop {
    fn apply(&self, series: Array2<f64>, random: &mut ChaCha8Rng) -> Result<Array2<f64>> {
        let n_steps = series.nrows();
        let Some(room) = n_steps.checked_sub(self.n_steps) else {
            return Err(Error::InvalidValue {
                what: "time_crop.n_steps".to_string(),
                value: self.n_steps.to_string(),
                allowed: format!("at most {n_steps}, the length of the time series"),
            });
        };
        let first = draw::up_to(room, random);
        Ok(series.slice(s![first..first + self.n_steps, ..]).to_owned())
    }
}

impl OnSeries for SegmentPermutation {
    fn apply(&self, series: Array2<f64>, random: &mut ChaCha8Rng) -> Result<Array2<f64>> {
        let n_steps = series.nrows();
        // Cuts lie between steps, each at its own place.
        let mut places: Vec<usize> = (1..n_steps).collect();
        random::shuffle(&mut places, random);
        places.truncate(self.n_segments - 1);
        places.extend([0, n_steps]);
        places.sort_unstable();
        let mut segments: Vec<usize> = (0..places.len().saturating_sub(1)).collect();
        random::shuffle(&mut segments, random);
        let ends = |idx: usize| places.get(idx).copied().zip(places.get(idx + 1).copied());
        let order: Vec<usize> = segments.into_iter().filter_map(ends).flat_map(|(first, end)| first..end).collect();
        Ok(series.select(Axis(0), &order))
    }
}
