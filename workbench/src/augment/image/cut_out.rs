//! Hide parts of pictures.

use rand_chacha::ChaCha8Rng;

use super::canvas::{Canvas, OnImage};
use crate::augment::settings::settings;
use crate::augment::{Interval, draw};
use crate::error::Result;

settings! {
    /// Covers random rectangles, so that a model does not rely on one part of a picture.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `count` | 1 | 1 to 1000 rectangles | `count` |
    /// | `height`, `width` | 0.1 to 0.3 | 0 to 1, of the picture's sides | `height_low`, … |
    /// | `fill` | 0 | 0 to 255 | `fill` |
    ///
    /// A rectangle is at least one pixel and lies within the picture. Boxes stay as they are: what is in them is there, if hidden.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, CutOut, Image};
    ///
    /// let image = Image::new(1, 4, 1, vec![10, 20, 30, 40])?;
    /// let changed = Compose::new().step(1.0, CutOut::new().height(1.0).width(0.5)).augment(&image, 0, 0)?;
    /// assert_eq!(changed.pixels().iter().filter(|level| **level == 0).count(), 2);
    ///
    /// assert!(Compose::new().step(1.0, CutOut::new().count(0)).augment(&image, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    ///
    /// # References
    /// 1. T. DeVries and G. W. Taylor, *Improved regularization of convolutional neural networks with cutout*, 2017,
    ///    doi:10.48550/arXiv.1708.04552
    CutOut, "cut_out" {
        /// How many rectangles.
        count: usize [usize] = 1, (1.0, 1000.0);
        /// Their height, as a share of the picture's.
        height: Interval [impl Into<Interval>] = (0.1, 0.3).into(), (0.0, 1.0);
        /// Their width, as a share of the picture's.
        width: Interval [impl Into<Interval>] = (0.1, 0.3).into(), (0.0, 1.0);
        /// The level that covers, in all channels.
        fill: usize [u8] = 0, (0.0, 255.0);
    }
}

impl OnImage for CutOut {
    fn apply(&self, canvas: &mut Canvas, random: &mut ChaCha8Rng) -> Result<()> {
        let (n_rows, n_columns, channels) = (canvas.height(), canvas.width(), canvas.channels());
        for _ in 0..self.count {
            let side = |share: f64, n: usize| ((share * n as f64).round() as usize).clamp(1, n);
            let height = side(draw::within(self.height, random), n_rows);
            let width = side(draw::within(self.width, random), n_columns);
            let (top, left) = (draw::up_to(n_rows - height, random), draw::up_to(n_columns - width, random));
            for row in canvas.image().pixels.chunks_exact_mut(n_columns * channels).skip(top).take(height) {
                if let Some(covered) = row.get_mut(left * channels..(left + width) * channels) {
                    covered.fill(self.fill as u8);
                }
            }
        }
        Ok(())
    }
}
