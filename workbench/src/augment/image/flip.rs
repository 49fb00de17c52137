//! Mirror pictures.

use rand_chacha::ChaCha8Rng;

use super::canvas::{Canvas, OnImage};
use super::matrix::Matrix;
use crate::augment::settings::settings;
use crate::error::Result;

settings! {
    /// Mirrors a picture left to right. Nothing is lost, and it undoes itself.
    ///
    /// It has no settings; how often it happens is the step's probability.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, HorizontalFlip, Image};
    ///
    /// let image = Image::new(1, 3, 1, vec![1, 2, 3])?;
    /// let flipped = Compose::new().step(1.0, HorizontalFlip::new()).augment(&image, 0, 0)?;
    /// assert_eq!(flipped.pixels(), [3, 2, 1]);
    ///
    /// let error = Compose::new().step(1.5, HorizontalFlip::new()).augment(&image, 0, 0).unwrap_err();
    /// assert!(error.to_string().contains("0 to 1"));
    /// # Ok::<(), workbench::Error>(())
    /// ```
    HorizontalFlip, "horizontal_flip" {}
}

settings! {
    /// Mirrors a picture upside down. Nothing is lost, and it undoes itself.
    ///
    /// It has no settings; how often it happens is the step's probability.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, Image, VerticalFlip};
    ///
    /// let image = Image::new(2, 2, 1, vec![10, 20, 30, 40])?;
    /// let changed = Compose::new().step(1.0, VerticalFlip::new()).augment(&image, 0, 0)?;
    /// assert_eq!(changed.pixels(), [30, 40, 10, 20]);
    ///
    /// assert!(Compose::new().step(-0.5, VerticalFlip::new()).augment(&image, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    VerticalFlip, "vertical_flip" {}
}

impl OnImage for HorizontalFlip {
    fn apply(&self, canvas: &mut Canvas, _random: &mut ChaCha8Rng) -> Result<()> {
        let width = canvas.width();
        if canvas.channels() == 1 {
            canvas.image().pixels.chunks_exact_mut(width).for_each(<[u8]>::reverse);
        } else {
            canvas.image().pixels.as_chunks_mut::<3>().0.chunks_exact_mut(width).for_each(<[[u8; 3]]>::reverse);
        }
        canvas.follow(&Matrix { a: -1.0, c: width as f64, ..Matrix::IDENTITY });
        Ok(())
    }
}

impl OnImage for VerticalFlip {
    fn apply(&self, canvas: &mut Canvas, _random: &mut ChaCha8Rng) -> Result<()> {
        let (height, stride) = (canvas.height(), canvas.width() * canvas.channels());
        let (upper, lower) = canvas.image().pixels.split_at_mut(height / 2 * stride);
        for (above, below) in upper.chunks_exact_mut(stride).zip(lower.rchunks_exact_mut(stride)) {
            above.swap_with_slice(below);
        }
        canvas.follow(&Matrix { e: -1.0, f: height as f64, ..Matrix::IDENTITY });
        Ok(())
    }
}
