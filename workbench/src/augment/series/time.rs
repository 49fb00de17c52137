//! Steps that make time run faster or slower; values between two steps are interpolated linearly.

use ndarray::Array2;
use rand_chacha::ChaCha8Rng;

use super::{OnSeries, spline};
use crate::augment::settings::settings;
use crate::augment::{Interval, draw};
use crate::error::Result;

settings! {
    /// Makes time run unevenly: its speed is a smooth random curve about 1, as [`MagnitudeWarp`](super::MagnitudeWarp) has it. The first and
    /// the last step stay where they are.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `n_knots` | 4 | 0 to 1000 | `n_knots` |
    /// | `std` | 0.2 | 0 to 10 | `std` |
    ///
    /// Time never stands still or runs back: a speed is at least 0.01.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::Array2;
    /// use workbench::augment::{Compose, TimeWarp};
    ///
    /// let ramp = Array2::from_shape_fn((50, 1), |(step, _)| step as f64);
    /// let warped = Compose::new().step(1.0, TimeWarp::new()).augment(&ramp, 0, 0)?;
    /// assert_eq!((warped[[0, 0]], warped[[49, 0]]), (0.0, 49.0));
    ///
    /// assert!(Compose::new().step(1.0, TimeWarp::new().std(-1.0)).augment(&ramp, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    ///
    /// # References
    /// 1. T. T. Um et al., *Data augmentation of wearable sensor data for Parkinson's disease monitoring using convolutional neural
    ///    networks*, 2017, doi:10.1145/3136755.3136817
    TimeWarp, "time_warp" {
        /// How many knots the curve of the speed has between its ends.
        n_knots: usize [usize] = 4, (0.0, 1000.0);
        /// How far the speed goes from 1.
        std: f64 [f64] = 0.2, (0.0, 10.0);
    }
}

settings! {
    /// Makes time run faster or slower in a random window, and brings the whole back to its length.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `share` | 0.1 | 0 to 1, the window's part of the length | `share_low`, `share_high` |
    /// | `factor` | 0.5 to 2 | 0.01 to 100, how much longer the window becomes | `factor_low`, `factor_high` |
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::array;
    /// use workbench::augment::{Compose, WindowWarp};
    ///
    /// let series = array![[1.0, -1.0], [2.0, -2.0], [3.0, -3.0]];
    /// let changed = Compose::new().step(1.0, WindowWarp::new()).augment(&series, 0, 0)?;
    /// assert_eq!(changed.dim(), (3, 2));
    ///
    /// assert!(Compose::new().step(1.0, WindowWarp::new().factor(0.0)).augment(&series, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    ///
    /// # References
    /// 1. A. Le Guennec, S. Malinowski and R. Tavenard, *Data augmentation for time series classification using convolutional neural
    ///    networks*, 2016, <https://shs.hal.science/halshs-01357973>
    WindowWarp, "window_warp" {
        /// The window's part of the length.
        share: Interval [impl Into<Interval>] = 0.1.into(), (0.0, 1.0);
        /// How much longer the window becomes.
        factor: Interval [impl Into<Interval>] = (0.5, 2.0).into(), (0.01, 100.0);
    }
}

settings! {
    /// Cuts out a random window, and stretches it to the length of the series.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `share` | 0.9 | 0 to 1, the window's part of the length | `share_low`, `share_high` |
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a share out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::array;
    /// use workbench::augment::{Compose, WindowSlice};
    ///
    /// let series = array![[1.0, -1.0], [2.0, -2.0], [3.0, -3.0]];
    /// let changed = Compose::new().step(1.0, WindowSlice::new().share(1.0)).augment(&series, 0, 0)?;
    /// assert_eq!(changed, series);
    ///
    /// assert!(Compose::new().step(1.0, WindowSlice::new().share(1.5)).augment(&series, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    ///
    /// # References
    /// 1. A. Le Guennec, S. Malinowski and R. Tavenard, *Data augmentation for time series classification using convolutional neural
    ///    networks*, 2016, <https://shs.hal.science/halshs-01357973>
    WindowSlice, "window_slice" {
        /// The window's part of the length.
        share: Interval [impl Into<Interval>] = 0.9.into(), (0.0, 1.0);
    }
}

impl OnSeries for TimeWarp {
    fn apply(&self, series: Array2<f64>, random: &mut ChaCha8Rng) -> Result<Array2<f64>> {
        let n_steps = series.nrows();
        let speeds = spline::random_curve(self.n_knots, self.std, n_steps, random);
        let mut times = Vec::with_capacity(n_steps);
        let mut time = 0.0;
        for (before, after) in speeds.iter().zip(speeds.iter().skip(1)) {
            times.push(time);
            time += (before.max(0.01) + after.max(0.01)) / 2.0;
        }
        times.push(time);
        let last = (n_steps - 1) as f64;
        let scale = if time > 0.0 { last / time } else { 0.0 };
        // The end is meant exactly, which a product may miss by rounding.
        let end = times.len() - 1;
        let places = times.iter().enumerate().map(|(idx, time)| if idx == end { last } else { time * scale });
        Ok(sampled(&series, places))
    }
}

impl OnSeries for WindowWarp {
    fn apply(&self, series: Array2<f64>, random: &mut ChaCha8Rng) -> Result<Array2<f64>> {
        let n_steps = series.nrows();
        let last = (n_steps - 1) as f64;
        let width = draw::within(self.share, random) * last;
        let factor = draw::within(self.factor, random);
        let start = draw::unit(random) * (last - width);
        let (warped, total) = (width * factor, last - width + width * factor);
        let place = |idx: usize| {
            let time = if last > 0.0 { idx as f64 / last * total } else { 0.0 };
            if time <= start {
                time
            } else if time < start + warped {
                start + (time - start) / factor
            } else {
                time - warped + width
            }
        };
        Ok(sampled(&series, (0..n_steps).map(place)))
    }
}

impl OnSeries for WindowSlice {
    fn apply(&self, series: Array2<f64>, random: &mut ChaCha8Rng) -> Result<Array2<f64>> {
        let n_steps = series.nrows();
        let last = (n_steps - 1) as f64;
        let share = draw::within(self.share, random);
        let start = draw::unit(random) * last * (1.0 - share);
        Ok(sampled(&series, (0..n_steps).map(|idx| start + idx as f64 * share)))
    }
}

/// The series at these places, which are counted in steps.
fn sampled(series: &Array2<f64>, places: impl ExactSizeIterator<Item = f64>) -> Array2<f64> {
    let last = series.nrows() - 1;
    let mut result = Array2::zeros((places.len(), series.ncols()));
    for (mut row, place) in result.rows_mut().into_iter().zip(places) {
        let place = place.clamp(0.0, last as f64);
        let step = place as usize;
        let share = place - step as f64;
        let (before, after) = (series.row(step), series.row((step + 1).min(last)));
        for ((value, before), after) in row.iter_mut().zip(before).zip(after) {
            // Neither product leaves the range of numbers, as a difference of the two might.
            *value = if share == 0.0 { *before } else { before * (1.0 - share) + after * share };
        }
    }
    result
}
