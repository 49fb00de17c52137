//! Add noise to pictures.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;

use super::canvas::{Canvas, OnImage};
use crate::augment::settings::settings;
use crate::augment::{Interval, draw};
use crate::error::Result;

settings! {
    /// Adds a normal random number to each level of each channel, and rounds to 0 to 255.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `std` | 0 to 15 | 0 to 255 levels | `std_low`, `std_high` |
    ///
    /// The standard deviation is drawn once for a picture.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a deviation out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, GaussianNoise, Image};
    ///
    /// let image = Image::new(1, 4, 1, vec![10, 20, 30, 40])?;
    /// let changed = Compose::new().step(1.0, GaussianNoise::new().std(0.0)).augment(&image, 0, 0)?;
    /// assert_eq!(changed, image);
    ///
    /// assert!(Compose::new().step(1.0, GaussianNoise::new().std(-1.0)).augment(&image, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    GaussianNoise, "gaussian_noise" {
        /// The standard deviation, in levels.
        std: Interval [impl Into<Interval>] = (0.0, 15.0).into(), (0.0, 255.0);
    }
}

settings! {
    /// Turns some pixels white (salt) or black (pepper), as a faulty sensor does.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `share` | 0 to 0.05 | 0 to 1, of the pixels | `share_low`, `share_high` |
    /// | `salt` | 0.5 | 0 to 1, the share of white ones among them | `salt` |
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a share out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, Image, SaltAndPepper};
    ///
    /// let image = Image::new(1, 4, 1, vec![10, 20, 30, 40])?;
    /// let changed = Compose::new().step(1.0, SaltAndPepper::new().share(1.0).salt(0.0)).augment(&image, 0, 0)?;
    /// assert_eq!(changed.pixels(), [0, 0, 0, 0]);
    ///
    /// assert!(Compose::new().step(1.0, SaltAndPepper::new().share(1.5)).augment(&image, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    SaltAndPepper, "salt_and_pepper" {
        /// The share of pixels that are hit.
        share: Interval [impl Into<Interval>] = (0.0, 0.05).into(), (0.0, 1.0);
        /// The share of white ones among those.
        salt: f64 [f64] = 0.5, (0.0, 1.0);
    }
}

impl OnImage for GaussianNoise {
    fn apply(&self, canvas: &mut Canvas, random: &mut ChaCha8Rng) -> Result<()> {
        let std = draw::within(self.std, random) as f32;
        if std == 0.0 {
            return Ok(());
        }
        for levels in canvas.image().pixels.chunks_mut(2) {
            let (first, second) = draw::short_normal_pair(random);
            for (level, noise) in levels.iter_mut().zip([first, second]) {
                // Rust's cast stays within 0 to 255.
                *level = (f32::from(*level) + std * noise + 0.5).floor() as u8;
            }
        }
        Ok(())
    }
}

impl OnImage for SaltAndPepper {
    fn apply(&self, canvas: &mut Canvas, random: &mut ChaCha8Rng) -> Result<()> {
        // Of the 2^32 numbers that a pixel may draw, the lowest are salt, and those next to them pepper.
        let share = draw::within(self.share, random);
        let hit_end = (share * 2_f64.powi(32)).round() as u64;
        let salt_end = (share * self.salt * 2_f64.powi(32)).round() as u64;
        let channels = canvas.channels();
        for pixel in canvas.image().pixels.chunks_exact_mut(channels) {
            let number = u64::from(random.next_u32());
            if number < hit_end {
                pixel.fill(if number < salt_end { 255 } else { 0 });
            }
        }
        Ok(())
    }
}
