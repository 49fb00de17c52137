//! Blur pictures.

use rand_chacha::ChaCha8Rng;

use super::Border;
use super::canvas::{Canvas, OnImage};
use crate::augment::settings::settings;
use crate::augment::{Interval, draw};
use crate::error::Result;

settings! {
    /// Averages each pixel with those around it, with weights exp(−d² / 2σ²) at a distance of d pixels.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `sigma` | 0.1 to 2 | 0 (no change) to 100 pixels | `sigma_low`, `sigma_high` |
    ///
    /// Weights reach to 4 σ, and the picture is mirrored at its outermost pixels: the rounded result of scipy's `gaussian_filter`
    /// with `mode="mirror"`.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a width out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, GaussianBlur, Image};
    ///
    /// let image = Image::new(1, 5, 1, vec![0, 0, 100, 0, 0])?;
    /// let changed = Compose::new().step(1.0, GaussianBlur::new().sigma(0.5)).augment(&image, 0, 0)?;
    /// assert_eq!(changed.pixels(), [0, 11, 79, 11, 0]);
    ///
    /// assert!(Compose::new().step(1.0, GaussianBlur::new().sigma(-1.0)).augment(&image, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    GaussianBlur, "gaussian_blur" {
        /// How far the weights reach: their standard deviation, in pixels.
        sigma: Interval [impl Into<Interval>] = (0.1, 2.0).into(), (0.0, 100.0);
    }
}

impl OnImage for GaussianBlur {
    fn apply(&self, canvas: &mut Canvas, random: &mut ChaCha8Rng) -> Result<()> {
        let sigma = draw::within(self.sigma, random);
        let weights = half_kernel(sigma);
        if weights.len() < 2 {
            return Ok(());
        }
        let image = canvas.image();
        let (stride, channels) = (image.width * image.channels, image.channels);
        let mut levels: Vec<f32> = image.pixels.iter().map(|level| f32::from(*level)).collect();
        // Down the columns: whole rows are added up.
        let mut mixed = vec![0.0_f32; levels.len()];
        for (row_idx, row) in mixed.chunks_exact_mut(stride).enumerate() {
            for (offset, weight) in taps(&weights) {
                let place = Border::Reflect.place(row_idx as i64 + offset, image.height).unwrap_or(row_idx);
                let source = levels.get(place * stride..(place + 1) * stride).unwrap_or_default();
                for (sum, level) in row.iter_mut().zip(source) {
                    *sum += weight * level;
                }
            }
        }
        // Along the rows: a mirrored copy of the row is added up, moved pixel by pixel.
        let reach = weights.len() - 1;
        let mut wide = vec![0.0_f32; (image.width + 2 * reach) * channels];
        for (row, source) in levels.chunks_exact_mut(stride).zip(mixed.chunks_exact(stride)) {
            for (idx, pixel) in wide.chunks_exact_mut(channels).enumerate() {
                let place = Border::Reflect.place(idx as i64 - reach as i64, image.width).unwrap_or(0);
                if let Some(levels) = source.get(place * channels..(place + 1) * channels) {
                    pixel.copy_from_slice(levels);
                }
            }
            row.fill(0.0);
            for (offset, weight) in taps(&weights) {
                let start = (reach as i64 + offset) as usize * channels;
                for (sum, level) in row.iter_mut().zip(wide.get(start..).unwrap_or_default()) {
                    *sum += weight * level;
                }
            }
        }
        for (level, blurred) in image.pixels.iter_mut().zip(&levels) {
            *level = blurred.round() as u8;
        }
        Ok(())
    }
}

/// The weights of the middle and of one side; all of both sides add up to 1.
fn half_kernel(sigma: f64) -> Vec<f32> {
    let reach = (4.0 * sigma + 0.5) as usize;
    let raw: Vec<f64> =
        (0..=reach).map(|d| if d == 0 { 1.0 } else { (-0.5 * (d as f64 / sigma).powi(2)).exp() }).collect();
    let sum = 2.0 * raw.iter().sum::<f64>() - 1.0;
    raw.iter().map(|weight| (weight / sum) as f32).collect()
}

/// Each offset and its weight.
fn taps(weights: &[f32]) -> impl Iterator<Item = (i64, f32)> {
    let side = |sign: i64| weights.iter().enumerate().skip(1).map(move |(d, weight)| (sign * d as i64, *weight));
    weights.iter().take(1).map(|weight| (0, *weight)).chain(side(-1)).chain(side(1))
}
