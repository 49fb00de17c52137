//! Cut pieces out of pictures.

use rand_chacha::ChaCha8Rng;

use super::canvas::{Canvas, OnImage};
use super::{Interpolation, resample};
use crate::augment::picture::SIDE_MAX;
use crate::augment::settings::{ANY, settings};
use crate::augment::{Interval, draw};
use crate::error::{Error, Result};

settings! {
    /// Cuts out a piece of a fixed size at a random place.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `height`, `width` | asked for | 1 to 32,767 pixels | `height`, `width` |
    ///
    /// # Errors
    /// [`Error::CropTooLarge`] for a piece larger than the picture; [`Pad`](super::Pad) or [`Resize`](super::Resize) it before.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, Image, RandomCrop};
    ///
    /// let image = Image::filled(64, 64, &[9, 9, 9])?;
    /// let piece = Compose::new().step(1.0, RandomCrop::new(48, 32)).augment(&image, 0, 0)?;
    /// assert_eq!((piece.height(), piece.width()), (48, 32));
    ///
    /// assert!(Compose::new().step(1.0, RandomCrop::new(65, 32)).augment(&image, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    RandomCrop, "random_crop" {
        /// The height of the piece in pixels.
        height: usize [usize] = 0, (1.0, SIDE_MAX as f64);
        /// The width of the piece in pixels.
        width: usize [usize] = 0, (1.0, SIDE_MAX as f64);
    }
}

settings! {
    /// Cuts a piece of a fixed size out of the middle. Where the rest is odd, the piece is half a pixel further up or left.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `height`, `width` | asked for | 1 to 32,767 pixels | `height`, `width` |
    ///
    /// # Errors
    /// [`Error::CropTooLarge`] for a piece larger than the picture.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{CenterCrop, Compose, Image};
    ///
    /// let image = Image::new(1, 4, 1, vec![10, 20, 30, 40])?;
    /// let changed = Compose::new().step(1.0, CenterCrop::new(1, 2)).augment(&image, 0, 0)?;
    /// assert_eq!(changed.pixels(), [20, 30]);
    ///
    /// assert!(Compose::new().step(1.0, CenterCrop::new(2, 2)).augment(&image, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    CenterCrop, "center_crop" {
        /// The height of the piece in pixels.
        height: usize [usize] = 0, (1.0, SIDE_MAX as f64);
        /// The width of the piece in pixels.
        width: usize [usize] = 0, (1.0, SIDE_MAX as f64);
    }
}

settings! {
    /// Cuts out a piece of random area and shape at a random place, and resizes it: torchvision's `RandomResizedCrop`.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `height`, `width` | asked for | 1 to 32,767 pixels, of the result | `height`, `width` |
    /// | `scale` | 0.08 to 1 | 0.0001 to 1, the share of the area | `scale_low`, `scale_high` |
    /// | `ratio` | 3/4 to 4/3 | 0.01 to 100, width over height, its logarithm being uniform | `ratio_low`, `ratio_high` |
    /// | `interpolation` | `Interpolation::Bilinear` | `"nearest"`, `"bilinear"` | `interpolation` |
    ///
    /// Ten pieces are tried; if none fits, the largest one in the middle whose shape is within `ratio` is taken.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a setting out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, Image, RandomResizedCrop};
    ///
    /// let image = Image::filled(20, 30, &[9])?;
    /// let changed = Compose::new().step(1.0, RandomResizedCrop::new(8, 6)).augment(&image, 0, 0)?;
    /// assert_eq!((changed.height(), changed.width()), (8, 6));
    ///
    /// assert!(Compose::new().step(1.0, RandomResizedCrop::new(8, 6).scale(0.5..=2.0)).augment(&image, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    ///
    /// # References
    /// 1. C. Szegedy et al., *Going deeper with convolutions*, 2015, doi:10.1109/CVPR.2015.7298594
    RandomResizedCrop, "random_resized_crop" {
        /// The height of the result in pixels.
        height: usize [usize] = 0, (1.0, SIDE_MAX as f64);
        /// The width of the result in pixels.
        width: usize [usize] = 0, (1.0, SIDE_MAX as f64);
        /// The share of the picture's area.
        scale: Interval [impl Into<Interval>] = (0.08, 1.0).into(), (0.0001, 1.0);
        /// The width of the piece over its height.
        ratio: Interval [impl Into<Interval>] = (3.0 / 4.0, 4.0 / 3.0).into(), (0.01, 100.0);
        /// How levels between pixels are found.
        interpolation: Interpolation [Interpolation] = Interpolation::default(), ANY;
    }
}

impl RandomCrop {
    /// Pieces of this size.
    pub fn new(height: usize, width: usize) -> Self {
        Self { height, width }
    }
}

impl CenterCrop {
    /// Pieces of this size.
    pub fn new(height: usize, width: usize) -> Self {
        Self { height, width }
    }
}

impl RandomResizedCrop {
    /// Results of this size.
    pub fn new(height: usize, width: usize) -> Self {
        Self { height, width, ..Self::default() }
    }
}

impl OnImage for RandomCrop {
    fn apply(&self, canvas: &mut Canvas, random: &mut ChaCha8Rng) -> Result<()> {
        let (rows, columns) = room(canvas, self.height, self.width)?;
        let (top, left) = (draw::up_to(rows, random), draw::up_to(columns, random));
        canvas.crop(top, left, self.height, self.width)
    }

    fn takes_unmoved(&self) -> bool {
        true
    }
}

impl OnImage for CenterCrop {
    fn apply(&self, canvas: &mut Canvas, _random: &mut ChaCha8Rng) -> Result<()> {
        let (rows, columns) = room(canvas, self.height, self.width)?;
        canvas.crop(rows / 2, columns / 2, self.height, self.width)
    }

    fn takes_unmoved(&self) -> bool {
        true
    }
}

impl OnImage for RandomResizedCrop {
    fn apply(&self, canvas: &mut Canvas, random: &mut ChaCha8Rng) -> Result<()> {
        let (top, left, height, width) = self.piece(canvas.height(), canvas.width(), random);
        canvas.crop(top, left, height, width)?;
        resample::resize(canvas, self.height, self.width, self.interpolation)
    }

    fn takes_unmoved(&self) -> bool {
        true
    }
}

impl RandomResizedCrop {
    /// The top, left, height and width of the piece.
    fn piece(&self, height: usize, width: usize, random: &mut ChaCha8Rng) -> (usize, usize, usize, usize) {
        let area = (height * width) as f64;
        let log_ratio = Interval { low: self.ratio.low.ln(), high: self.ratio.high.ln() };
        for _ in 0..10 {
            let wanted = area * draw::within(self.scale, random);
            let ratio = draw::within(log_ratio, random).exp();
            let (w, h) = ((wanted * ratio).sqrt().round(), (wanted / ratio).sqrt().round());
            if (1.0..=width as f64).contains(&w) && (1.0..=height as f64).contains(&h) {
                let (w, h) = (w as usize, h as usize);
                return (draw::up_to(height - h, random), draw::up_to(width - w, random), h, w);
            }
        }
        let shape = width as f64 / height as f64;
        let (w, h) = if shape < self.ratio.low {
            (width, ((width as f64 / self.ratio.low).round() as usize).clamp(1, height))
        } else if shape > self.ratio.high {
            (((height as f64 * self.ratio.high).round() as usize).clamp(1, width), height)
        } else {
            (width, height)
        };
        ((height - h) / 2, (width - w) / 2, h, w)
    }
}

/// How far a piece of this size can be moved down and to the right.
fn room(canvas: &Canvas, height: usize, width: usize) -> Result<(usize, usize)> {
    let (image_height, image_width) = (canvas.height(), canvas.width());
    image_height.checked_sub(height).zip(image_width.checked_sub(width)).ok_or(Error::CropTooLarge {
        height,
        width,
        image_height,
        image_width,
    })
}
