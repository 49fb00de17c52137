//! Make pictures larger or smaller.

use rand_chacha::ChaCha8Rng;

use super::Interpolation;
use super::canvas::{Canvas, OnImage};
use super::matrix::Matrix;
use crate::augment::picture::{Image, SIDE_MAX};
use crate::augment::settings::{ANY, settings};
use crate::error::Result;

settings! {
    /// Brings a picture to a fixed size.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `height`, `width` | asked for | 1 to 32,767 pixels | `height`, `width` |
    /// | `interpolation` | `Interpolation::Bilinear` | `"nearest"`, `"bilinear"` | `interpolation` |
    ///
    /// Bilinear is Pillow's: where a picture shrinks, a triangle as wide as the shrinking averages all pixels that fall together, so
    /// that fine patterns do not alias. Rows are resized before columns; where Pillow does it the other way round, levels differ by at most 1.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a size out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, Image, Resize};
    ///
    /// let image = Image::new(1, 4, 1, vec![0, 100, 100, 200])?;
    /// let small = Compose::new().step(1.0, Resize::new(1, 2)).augment(&image, 0, 0)?;
    /// assert_eq!(small.pixels(), [57, 143]);
    ///
    /// assert!(Compose::new().step(1.0, Resize::new(0, 2)).augment(&image, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    Resize, "resize" {
        /// The new height in pixels.
        height: usize [usize] = 0, (1.0, SIDE_MAX as f64);
        /// The new width in pixels.
        width: usize [usize] = 0, (1.0, SIDE_MAX as f64);
        /// How levels between pixels are found.
        interpolation: Interpolation [Interpolation] = Interpolation::default(), ANY;
    }
}

impl Resize {
    /// Results of this size.
    pub fn new(height: usize, width: usize) -> Self {
        Self { height, width, ..Self::default() }
    }
}

impl OnImage for Resize {
    fn apply(&self, canvas: &mut Canvas, _random: &mut ChaCha8Rng) -> Result<()> {
        resize(canvas, self.height, self.width, self.interpolation)
    }
}

/// Brings the canvas to this size.
pub(super) fn resize(canvas: &mut Canvas, height: usize, width: usize, interpolation: Interpolation) -> Result<()> {
    let (old_height, old_width) = (canvas.height(), canvas.width());
    if (old_height, old_width) == (height, width) {
        return Ok(());
    }
    match interpolation {
        Interpolation::Nearest => {
            canvas.remake("the resized image", height, width, |image, result| nearest(image, result, height, width))?;
        }
        Interpolation::Bilinear => {
            if old_width != width {
                let weights = Weights::new(old_width, width);
                canvas.remake("the resized image", old_height, width, |image, result| {
                    let stride = image.width * image.channels;
                    for (row, source) in
                        result.chunks_exact_mut(width * image.channels).zip(image.pixels.chunks_exact(stride))
                    {
                        weights.mix_row(source, row, image.channels);
                    }
                })?;
            }
            if old_height != height {
                let weights = Weights::new(old_height, height);
                canvas.remake("the resized image", height, width, |image, result| {
                    let stride = image.width * image.channels;
                    for (row_idx, row) in result.chunks_exact_mut(stride).enumerate() {
                        weights.mix_rows(&image.pixels, row, row_idx);
                    }
                })?;
            }
        }
    }
    canvas.follow(&Matrix::scale(width as f64 / old_width as f64, height as f64 / old_height as f64));
    Ok(())
}

fn nearest(image: &Image, result: &mut [u8], height: usize, width: usize) {
    let channels = image.channels;
    let place = |idx: usize, n: usize, n_old: usize| (2 * idx + 1) * n_old / (2 * n);
    for (row_idx, row) in result.chunks_exact_mut(width * channels).enumerate() {
        let row_start = place(row_idx, height, image.height) * image.width;
        for (idx, pixel) in row.chunks_exact_mut(channels).enumerate() {
            let start = (row_start + place(idx, width, image.width)) * channels;
            if let Some(levels) = image.pixels.get(start..start + channels) {
                pixel.copy_from_slice(levels);
            }
        }
    }
}

/// So many bits of a weight are after the point.
const PRECISION_BITS: u32 = 22;

/// Which old pixels make each new one along a side, and by which weights.
struct Weights {
    /// The first old pixel, and its weights, for each new pixel.
    pixels: Vec<(usize, Vec<i32>)>,
}

impl Weights {
    fn new(n_old: usize, n: usize) -> Weights {
        let scale = n_old as f64 / n as f64;
        let support = scale.max(1.0);
        let pixels = (0..n).map(|idx| {
            let center = (idx as f64 + 0.5) * scale;
            // Both are 0 or more after the half is added, so that cutting rounds.
            let first = (center - support + 0.5).max(0.0) as usize;
            let end = ((center + support + 0.5) as usize).min(n_old);
            let raw: Vec<f64> =
                (first..end).map(|old| (1.0 - ((old as f64 - center + 0.5) / support).abs()).max(0.0)).collect();
            let sum: f64 = raw.iter().sum();
            let fixed = |weight: &f64| (0.5 + weight / sum * f64::from(1 << PRECISION_BITS)) as i32;
            (first, raw.iter().map(fixed).collect())
        });
        Weights { pixels: pixels.collect() }
    }

    fn mix_row(&self, source: &[u8], row: &mut [u8], channels: usize) {
        for (pixel, (first, weights)) in row.chunks_exact_mut(channels).zip(&self.pixels) {
            let levels = source.get(first * channels..).unwrap_or_default();
            for (channel, level) in pixel.iter_mut().enumerate() {
                let own = levels.iter().skip(channel).step_by(channels);
                let sum: i32 = weights.iter().zip(own).map(|(weight, level)| weight * i32::from(*level)).sum();
                *level = rounded(sum);
            }
        }
    }

    fn mix_rows(&self, pixels: &[u8], row: &mut [u8], row_idx: usize) {
        let Some((first, weights)) = self.pixels.get(row_idx) else { return };
        let stride = row.len();
        for (column, level) in row.iter_mut().enumerate() {
            let own = pixels.iter().skip(first * stride + column).step_by(stride);
            let sum: i32 = weights.iter().zip(own).map(|(weight, level)| weight * i32::from(*level)).sum();
            *level = rounded(sum);
        }
    }
}

fn rounded(sum: i32) -> u8 {
    ((sum + (1 << (PRECISION_BITS - 1))) >> PRECISION_BITS).clamp(0, 255) as u8
}
