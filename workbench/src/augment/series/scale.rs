//! Steps that change the values of a time series, and leave each at its time.

use ndarray::{Array2, Axis};
use rand_chacha::ChaCha8Rng;

use super::{OnSeries, spline};
use crate::augment::settings::settings;
use crate::augment::{Interval, draw};
use crate::error::{Error, Result};

settings! {
    /// Adds normal noise: x' = x + `std` · s · z, where s is the channel's own standard deviation over the series.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `std` | 0 to 0.05 | 0 to 100, in standard deviations of the channel | `std_low`, `std_high` |
    ///
    /// A constant channel stays as it is.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a deviation out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::Array2;
    /// use workbench::augment::{Compose, Jitter};
    ///
    /// let series = Array2::from_shape_fn((50, 2), |(step, channel)| (step * channel) as f64);
    /// let noisy = Compose::new().step(1.0, Jitter::new().std(0.1)).augment(&series, 0, 0)?;
    /// assert_eq!(noisy.column(0), series.column(0));
    /// assert_ne!(noisy.column(1), series.column(1));
    ///
    /// assert!(Compose::new().step(1.0, Jitter::new().std(-0.1)).augment(&series, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    Jitter, "jitter" {
        /// The noise, in standard deviations of the channel.
        std: Interval [impl Into<Interval>] = (0.0, 0.05).into(), (0.0, 100.0);
    }
}

settings! {
    /// Multiplies each channel by its own random factor.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `factor` | 0.9 to 1.1 | −1000 to 1000 | `factor_low`, `factor_high` |
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a factor out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::array;
    /// use workbench::augment::{ChannelScale, Compose};
    ///
    /// let series = array![[1.0, -1.0], [2.0, -2.0], [3.0, -3.0]];
    /// let changed = Compose::new().step(1.0, ChannelScale::new().factor(2.0)).augment(&series, 0, 0)?;
    /// assert_eq!(changed, &series * 2.0);
    ///
    /// assert!(Compose::new().step(1.0, ChannelScale::new().factor(f64::INFINITY)).augment(&series, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    ChannelScale, "channel_scale" {
        /// What the values of a channel are multiplied by.
        factor: Interval [impl Into<Interval>] = (0.9, 1.1).into(), (-1000.0, 1000.0);
    }
}

settings! {
    /// Multiplies each channel by a smooth random curve about 1: the natural cubic spline through `n_knots` + 2 normal numbers of mean 1
    /// and deviation `std`, evenly spaced from the first step to the last.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `n_knots` | 4 | 0 to 1000 | `n_knots` |
    /// | `std` | 0.2 | 0 to 10 | `std` |
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a setting out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::array;
    /// use workbench::augment::{Compose, MagnitudeWarp};
    ///
    /// let series = array![[1.0, -1.0], [2.0, -2.0], [3.0, -3.0]];
    /// let changed = Compose::new().step(1.0, MagnitudeWarp::new().std(0.0)).augment(&series, 0, 0)?;
    /// assert_eq!(changed, series);
    ///
    /// assert!(Compose::new().step(1.0, MagnitudeWarp::new().std(-1.0)).augment(&series, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    ///
    /// # References
    /// 1. T. T. Um et al., *Data augmentation of wearable sensor data for Parkinson's disease monitoring using convolutional neural
    ///    networks*, 2017, doi:10.1145/3136755.3136817
    MagnitudeWarp, "magnitude_warp" {
        /// How many knots lie between the ends.
        n_knots: usize [usize] = 4, (0.0, 1000.0);
        /// How far the curve goes from 1.
        std: f64 [f64] = 0.2, (0.0, 10.0);
    }
}

settings! {
    /// Turns the vectors of a sensor with three axes about a random axis, as if it were worn in another position.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `degrees` | −180 to 180 | −360 to 360 | `degrees_low`, `degrees_high` |
    ///
    /// Channels are taken three by three, such as those of an accelerometer and of a gyroscope, which are turned alike. All directions of
    /// the axis are equally likely. Lengths of vectors stay.
    ///
    /// # Errors
    /// [`Error::WrongChannels`] unless the number of channels is a multiple of 3.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::array;
    /// use workbench::augment::{AxisRotation, Compose};
    ///
    /// let series = array![[1.0, 2.0, 2.0]];
    /// let changed = Compose::new().step(1.0, AxisRotation::new()).augment(&series, 0, 0)?;
    /// assert!((changed.mapv(|x| x * x).sum() - 9.0).abs() < 1e-12);
    ///
    /// assert!(Compose::new().step(1.0, AxisRotation::new().degrees(400.0)).augment(&series, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    ///
    /// # References
    /// 1. T. T. Um et al., *Data augmentation of wearable sensor data for Parkinson's disease monitoring using convolutional neural
    ///    networks*, 2017, doi:10.1145/3136755.3136817
    AxisRotation, "axis_rotation" {
        /// The angle in degrees.
        degrees: Interval [impl Into<Interval>] = (-180.0, 180.0).into(), (-360.0, 360.0);
    }
}

impl OnSeries for Jitter {
    fn apply(&self, mut series: Array2<f64>, random: &mut ChaCha8Rng) -> Result<Array2<f64>> {
        let noise = draw::within(self.std, random);
        let deviations: Vec<f64> =
            series.columns().into_iter().map(|channel| deviation(channel.iter().copied())).collect();
        for mut step in series.rows_mut() {
            for (value, deviation) in step.iter_mut().zip(&deviations) {
                *value = finite(*value + noise * deviation * draw::normal(random));
            }
        }
        Ok(series)
    }
}

impl OnSeries for ChannelScale {
    fn apply(&self, mut series: Array2<f64>, random: &mut ChaCha8Rng) -> Result<Array2<f64>> {
        for mut channel in series.columns_mut() {
            let factor = draw::within(self.factor, random);
            channel.mapv_inplace(|value| finite(value * factor));
        }
        Ok(series)
    }
}

impl OnSeries for MagnitudeWarp {
    fn apply(&self, mut series: Array2<f64>, random: &mut ChaCha8Rng) -> Result<Array2<f64>> {
        let n_steps = series.nrows();
        for mut channel in series.columns_mut() {
            let curve = spline::random_curve(self.n_knots, self.std, n_steps, random);
            for (value, factor) in channel.iter_mut().zip(curve) {
                *value = finite(*value * factor);
            }
        }
        Ok(series)
    }
}

impl OnSeries for AxisRotation {
    fn apply(&self, mut series: Array2<f64>, random: &mut ChaCha8Rng) -> Result<Array2<f64>> {
        let n_channels = series.ncols();
        if !n_channels.is_multiple_of(3) {
            return Err(Error::WrongChannels {
                what: "the time series".to_string(),
                found: n_channels,
                allowed: "a multiple of 3: x, y and z of each sensor".to_string(),
            });
        }
        let rotation = rotation(draw::within(self.degrees, random), random);
        for mut step in series.rows_mut() {
            for mut sensor in step.axis_chunks_iter_mut(Axis(0), 3) {
                let old: Vec<f64> = sensor.iter().copied().collect();
                for (value, row) in sensor.iter_mut().zip(&rotation) {
                    *value = finite(row.iter().zip(&old).map(|(weight, old)| weight * old).sum());
                }
            }
        }
        Ok(series)
    }
}

/// The turn by `degrees` about a random axis, by the formula of Rodrigues.
fn rotation(degrees: f64, random: &mut ChaCha8Rng) -> [[f64; 3]; 3] {
    // Normal in each direction is alike in all; the length is 0 with no probability worth the name.
    let ((x, y), z) = (draw::normal_pair(random), draw::normal(random));
    let length = (x * x + y * y + z * z).sqrt().max(f64::MIN_POSITIVE);
    let (x, y, z) = (x / length, y / length, z / length);
    let (sin, cos) = degrees.to_radians().sin_cos();
    let rest = 1.0 - cos;
    [
        [cos + x * x * rest, x * y * rest - z * sin, x * z * rest + y * sin],
        [y * x * rest + z * sin, cos + y * y * rest, y * z * rest - x * sin],
        [z * x * rest - y * sin, z * y * rest + x * sin, cos + z * z * rest],
    ]
}

/// The standard deviation, which divides by n.
fn deviation(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let n = values.clone().count() as f64;
    let largest = values.clone().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if largest == 0.0 {
        return 0.0;
    }
    // Scaled, so that squares of huge and tiny values are numbers.
    let mean = values.clone().map(|value| value / largest).sum::<f64>() / n;
    let squares: f64 = values.map(|value| (value / largest - mean).powi(2)).sum();
    let relative = (squares / n).sqrt();
    // Equal values differ from their mean by rounding only.
    if relative < 1e-14 { 0.0 } else { relative * largest }
}

/// What leaves the range of numbers stays at its end, so that the next step finds a finite series.
fn finite(value: f64) -> f64 {
    value.clamp(-f64::MAX, f64::MAX)
}
