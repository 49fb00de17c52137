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
                    if image.channels == 1 {
                        weights.mix_columns::<1>(&image.pixels, old_width, result);
                    } else {
                        weights.mix_columns::<3>(&image.pixels, old_width, result);
                    }
                })?;
            }
            if old_height != height {
                let weights = Weights::new(old_height, height);
                canvas.remake("the resized image", height, width, |image, result| {
                    weights.mix_rows(&image.pixels, width * image.channels, result);
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
const HALF: i32 = 1 << (PRECISION_BITS - 1);
/// So many sums of a row are worked on together.
const COLUMNS: usize = 256;

/// Which old pixels make each new one along a side, and by which weights.
struct Weights {
    /// The first old pixel, and where its weights end in the list, for each new pixel.
    pixels: Vec<(usize, usize)>,
    weights: Vec<i32>,
}

impl Weights {
    fn new(n_old: usize, n: usize) -> Weights {
        let scale = n_old as f64 / n as f64;
        let support = scale.max(1.0);
        let (mut pixels, mut weights) = (Vec::with_capacity(n), Vec::new());
        for idx in 0..n {
            let center = (idx as f64 + 0.5) * scale;
            // Both are 0 or more after the half is added, so that cutting rounds.
            let first = (center - support + 0.5).max(0.0) as usize;
            let end = ((center + support + 0.5) as usize).min(n_old);
            let raw = |old: usize| (1.0 - ((old as f64 - center + 0.5) / support).abs()).max(0.0);
            let sum: f64 = (first..end).map(raw).sum();
            weights.extend((first..end).map(|old| (0.5 + raw(old) / sum * f64::from(1 << PRECISION_BITS)) as i32));
            pixels.push((first, weights.len()));
        }
        Weights { pixels, weights }
    }

    /// The first old pixel and the weights of each new one.
    fn iter(&self) -> impl Iterator<Item = (usize, &[i32])> {
        let mut start = 0;
        self.pixels.iter().map(move |(first, end)| {
            let weights = self.weights.get(start..*end).unwrap_or_default();
            start = *end;
            (*first, weights)
        })
    }

    /// Mixes the pixels of each row.
    fn mix_columns<const C: usize>(&self, source: &[u8], width: usize, result: &mut [u8]) {
        let rows = source.as_chunks::<C>().0.chunks_exact(width);
        for (row, source) in result.as_chunks_mut::<C>().0.chunks_exact_mut(self.pixels.len()).zip(rows) {
            for (pixel, (first, weights)) in row.iter_mut().zip(self.iter()) {
                let mut sums = [HALF; C];
                for (weight, levels) in weights.iter().zip(source.iter().skip(first)) {
                    for (sum, level) in sums.iter_mut().zip(levels) {
                        *sum += weight * i32::from(*level);
                    }
                }
                *pixel = sums.map(rounded);
            }
        }
    }

    /// Mixes whole rows of `stride` levels.
    fn mix_rows(&self, source: &[u8], stride: usize, result: &mut [u8]) {
        for (row, (first, weights)) in result.chunks_exact_mut(stride).zip(self.iter()) {
            let sources = source.get(first * stride..).unwrap_or_default();
            for (part_idx, part) in row.chunks_mut(COLUMNS).enumerate() {
                let mut sums = [HALF; COLUMNS];
                for (weight, source) in weights.iter().zip(sources.chunks_exact(stride)) {
                    let levels = source.get(part_idx * COLUMNS..).unwrap_or_default();
                    for (sum, level) in sums.iter_mut().zip(levels) {
                        *sum += weight * i32::from(*level);
                    }
                }
                for (level, sum) in part.iter_mut().zip(sums) {
                    *level = rounded(sum);
                }
            }
        }
    }
}

fn rounded(sum: i32) -> u8 {
    (sum >> PRECISION_BITS).clamp(0, 255) as u8
}
