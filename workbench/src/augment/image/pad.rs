//! Add a border to pictures.

use rand_chacha::ChaCha8Rng;

use super::Border;
use super::canvas::{Canvas, OnImage};
use super::matrix::Matrix;
use crate::augment::picture::SIDE_MAX;
use crate::augment::settings::{ANY, settings};
use crate::error::Result;

settings! {
    /// Adds pixels around a picture.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `left`, `top`, `right`, `bottom` | asked for | 0 to 32,767 pixels | `left`, `top`, `right`, `bottom` |
    /// | `border` | `Border::Constant` | `"constant"`, `"edge"`, `"reflect"` | `border` |
    /// | `fill` | 0 | 0 to 255 | `fill` |
    ///
    /// The borders are those of numpy's `pad`; one that is wider than the picture is mirrored again and again.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a result that is too large.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Border, Compose, Image, Pad};
    ///
    /// let image = Image::new(1, 3, 1, vec![1, 2, 3])?;
    /// let pad = Pad::new(2).top(0).bottom(0).border(Border::Reflect);
    /// assert_eq!(Compose::new().step(1.0, pad).augment(&image, 0, 0)?.pixels(), [3, 2, 1, 2, 3, 2, 1]);
    ///
    /// assert!(Compose::new().step(1.0, Pad::new(40_000)).augment(&image, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    Pad, "pad" {
        /// How many pixels are added on the left.
        left: usize [usize] = 0, (0.0, SIDE_MAX as f64);
        /// How many pixels are added above.
        top: usize [usize] = 0, (0.0, SIDE_MAX as f64);
        /// How many pixels are added on the right.
        right: usize [usize] = 0, (0.0, SIDE_MAX as f64);
        /// How many pixels are added below.
        bottom: usize [usize] = 0, (0.0, SIDE_MAX as f64);
        /// What they are.
        border: Border [Border] = Border::default(), ANY;
        /// The level of a constant border, in all channels.
        fill: usize [u8] = 0, (0.0, 255.0);
    }
}

impl Pad {
    /// The same number of pixels on all sides.
    pub fn new(pixels: usize) -> Self {
        Self { left: pixels, top: pixels, right: pixels, bottom: pixels, ..Self::default() }
    }
}

impl OnImage for Pad {
    fn apply(&self, canvas: &mut Canvas, _random: &mut ChaCha8Rng) -> Result<()> {
        let (height, width) = (canvas.height(), canvas.width());
        let (new_height, new_width) = (self.top + height + self.bottom, self.left + width + self.right);
        let fill = self.fill as u8;
        canvas.remake("the padded image", new_height, new_width, |image, result| {
            let channels = image.channels;
            let stride = width * channels;
            for (row_idx, row) in result.chunks_exact_mut(new_width * channels).enumerate() {
                let place = self.border.place(row_idx as i64 - self.top as i64, height);
                let source = place.and_then(|place| image.pixels.get(place * stride..(place + 1) * stride));
                let Some(source) = source else {
                    row.fill(fill);
                    continue;
                };
                let (left, rest) = row.split_at_mut(self.left * channels);
                let (middle, right) = rest.split_at_mut(stride);
                middle.copy_from_slice(source);
                for (side, first) in [(left, -(self.left as i64)), (right, width as i64)] {
                    for (idx, pixel) in side.chunks_exact_mut(channels).enumerate() {
                        match self.border.place(first + idx as i64, width) {
                            Some(place) => {
                                if let Some(levels) = source.get(place * channels..(place + 1) * channels) {
                                    pixel.copy_from_slice(levels);
                                }
                            }
                            None => pixel.fill(fill),
                        }
                    }
                }
            }
        })?;
        canvas.follow(&Matrix::shift(self.left as f64, self.top as f64));
        Ok(())
    }
}
