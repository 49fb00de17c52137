//! Change light and colours.

use rand_chacha::ChaCha8Rng;

use super::canvas::{Canvas, OnImage};
use crate::augment::picture::Image;
use crate::augment::settings::settings;
use crate::augment::{Interval, draw};
use crate::error::Result;

settings! {
    /// Makes a picture lighter or darker: level' = `factor` · level.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `factor` | 0.8 to 1.2 | 0 (black) to 100 | `factor_low`, `factor_high` |
    ///
    /// Levels are cut to whole numbers from 0 to 255, as Pillow's `ImageEnhance.Brightness` does it.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a factor out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Brightness, Compose, Image};
    ///
    /// let image = Image::new(1, 3, 1, vec![10, 100, 200])?;
    /// let lighter = Compose::new().step(1.0, Brightness::new().factor(1.5)).augment(&image, 0, 0)?;
    /// assert_eq!(lighter.pixels(), [15, 150, 255]);
    ///
    /// assert!(Compose::new().step(1.0, Brightness::new().factor(-1.0)).augment(&image, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    Brightness, "brightness" {
        /// What levels are multiplied by.
        factor: Interval [impl Into<Interval>] = (0.8, 1.2).into(), (0.0, 100.0);
    }
}

settings! {
    /// Makes the differences within a picture greater or smaller: level' = mean + `factor` · (level − mean), with the rounded
    /// mean of the grey picture.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `factor` | 0.8 to 1.2 | 0 (all grey) to 100 | `factor_low`, `factor_high` |
    ///
    /// Levels are cut to whole numbers from 0 to 255, as Pillow's `ImageEnhance.Contrast` does it.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a factor out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, Contrast, Image};
    ///
    /// let image = Image::new(1, 4, 1, vec![10, 20, 30, 40])?;
    /// let changed = Compose::new().step(1.0, Contrast::new().factor(2.0)).augment(&image, 0, 0)?;
    /// assert_eq!(changed.pixels(), [0, 15, 35, 55]);
    ///
    /// assert!(Compose::new().step(1.0, Contrast::new().factor(-1.0)).augment(&image, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    Contrast, "contrast" {
        /// What differences from the mean are multiplied by.
        factor: Interval [impl Into<Interval>] = (0.8, 1.2).into(), (0.0, 100.0);
    }
}

settings! {
    /// Makes colours stronger or weaker: level' = grey + `factor` · (level − grey), where grey = 0.299 R + 0.587 G + 0.114 B. Grey
    /// pictures stay as they are.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `factor` | 0.8 to 1.2 | 0 (no colour) to 100 | `factor_low`, `factor_high` |
    ///
    /// Levels are cut to whole numbers from 0 to 255, as Pillow's `ImageEnhance.Color` does it.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a factor out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, Image, Saturation};
    ///
    /// let image = Image::new(1, 1, 3, vec![255, 0, 0])?;
    /// let changed = Compose::new().step(1.0, Saturation::new().factor(0.0)).augment(&image, 0, 0)?;
    /// assert_eq!(changed.pixels(), [76, 76, 76]);
    ///
    /// assert!(Compose::new().step(1.0, Saturation::new().factor(f64::NAN)).augment(&image, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    Saturation, "saturation" {
        /// What differences from grey are multiplied by.
        factor: Interval [impl Into<Interval>] = (0.8, 1.2).into(), (0.0, 100.0);
    }
}

settings! {
    /// Turns colours along the colour circle, from red to green to blue. Grey pictures stay as they are.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `turn` | −0.05 to 0.05 | −0.5 to 0.5 of the circle; 1/3 makes red green | `turn_low`, `turn_high` |
    ///
    /// Saturation and value of the colour (HSV) stay; levels are rounded.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a turn out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, Hue, Image};
    ///
    /// let image = Image::new(1, 1, 3, vec![255, 0, 0])?;
    /// let changed = Compose::new().step(1.0, Hue::new().turn(1.0 / 3.0)).augment(&image, 0, 0)?;
    /// assert_eq!(changed.pixels(), [0, 255, 0]);
    ///
    /// assert!(Compose::new().step(1.0, Hue::new().turn(1.0)).augment(&image, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    Hue, "hue" {
        /// The part of the colour circle.
        turn: Interval [impl Into<Interval>] = (-0.05, 0.05).into(), (-0.5, 0.5);
    }
}

impl OnImage for Brightness {
    fn apply(&self, canvas: &mut Canvas, random: &mut ChaCha8Rng) -> Result<()> {
        let factor = draw::within(self.factor, random) as f32;
        look_up(canvas.image(), |level| blend(0, level, factor));
        Ok(())
    }
}

impl OnImage for Contrast {
    fn apply(&self, canvas: &mut Canvas, random: &mut ChaCha8Rng) -> Result<()> {
        let factor = draw::within(self.factor, random) as f32;
        let mean = mean_grey(canvas.image());
        look_up(canvas.image(), |level| blend(mean, level, factor));
        Ok(())
    }
}

impl OnImage for Saturation {
    fn apply(&self, canvas: &mut Canvas, random: &mut ChaCha8Rng) -> Result<()> {
        let factor = draw::within(self.factor, random) as f32;
        for pixel in rgb(canvas.image()) {
            let grey = grey(*pixel);
            *pixel = pixel.map(|level| blend(grey, level, factor));
        }
        Ok(())
    }
}

impl OnImage for Hue {
    fn apply(&self, canvas: &mut Canvas, random: &mut ChaCha8Rng) -> Result<()> {
        // In sixths of the circle.
        let turn = (draw::within(self.turn, random) * 6.0) as f32;
        for pixel in rgb(canvas.image()) {
            *pixel = turned(*pixel, turn);
        }
        Ok(())
    }
}

/// The pixels of an RGB picture; none of a grey one.
fn rgb(image: &mut Image) -> &mut [[u8; 3]] {
    if image.channels == 3 { image.pixels.as_chunks_mut::<3>().0 } else { &mut [] }
}

fn look_up(image: &mut Image, change: impl Fn(u8) -> u8) {
    let table: [u8; 256] = std::array::from_fn(|level| change(level as u8));
    for level in &mut image.pixels {
        *level = table[usize::from(*level)];
    }
}

/// `base` + `factor` · (`level` − `base`), cut to a whole number.
fn blend(base: u8, level: u8, factor: f32) -> u8 {
    // Rust's cast cuts, and stays within 0 to 255.
    (f32::from(base) + factor * (f32::from(level) - f32::from(base))) as u8
}

fn grey([red, green, blue]: [u8; 3]) -> u8 {
    ((u32::from(red) * 19595 + u32::from(green) * 38470 + u32::from(blue) * 7471 + 0x8000) >> 16) as u8
}

fn mean_grey(image: &Image) -> u8 {
    let sum: u64 = if image.channels == 3 {
        image.pixels.as_chunks::<3>().0.iter().map(|pixel| u64::from(grey(*pixel))).sum()
    } else {
        image.pixels.iter().map(|level| u64::from(*level)).sum()
    };
    (sum as f64 / (image.height * image.width) as f64 + 0.5) as u8
}

/// The colour moved along the circle by `turn` sixths.
fn turned([red, green, blue]: [u8; 3], turn: f32) -> [u8; 3] {
    let value = red.max(green).max(blue);
    let spread = value - red.min(green).min(blue);
    if spread == 0 {
        return [red, green, blue];
    }
    let (r, g, b, width) = (f32::from(red), f32::from(green), f32::from(blue), f32::from(spread));
    let hue = if value == red {
        (g - b) / width
    } else if value == green {
        2.0 + (b - r) / width
    } else {
        4.0 + (r - g) / width
    };
    // How far each channel is below the value, by its distance on the circle.
    [5.0, 3.0, 1.0].map(|offset| {
        // The sum is from -3 to below 13; a remainder would take longer than all the rest.
        let place = offset + hue + turn;
        let place = place
            + if place < 0.0 {
                6.0
            } else if place >= 12.0 {
                -12.0
            } else if place >= 6.0 {
                -6.0
            } else {
                0.0
            };
        let share = place.min(4.0 - place).clamp(0.0, 1.0);
        (f32::from(value) - width * share).round() as u8
    })
}
