//! Turn pictures.

use rand_chacha::ChaCha8Rng;

use super::canvas::{Canvas, OnImage};
use super::matrix::Matrix;
use super::warp::Look;
use super::{Border, Interpolation};
use crate::augment::settings::{ANY, settings};
use crate::augment::{Interval, draw};
use crate::error::Result;

settings! {
    /// Turns a picture about its middle by a random angle, counter-clockwise for positive ones.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `degrees` | −15 to 15 | −360 to 360 | `degrees_low`, `degrees_high` |
    /// | `border` | `Border::Constant` | `"constant"`, `"edge"`, `"reflect"` | `border` |
    /// | `fill` | 0 | 0 to 255 | `fill` |
    /// | `interpolation` | `Interpolation::Bilinear` | `"nearest"`, `"bilinear"` | `interpolation` |
    /// | `expand` | `false` | | `expand` |
    ///
    /// The result has the size of the picture, or with `expand` the size that holds all of it. Quarter turns that keep the size, or
    /// expand, lose nothing. The formulas are those of Pillow's `Image.rotate`; nearest gives its pixels, bilinear weights of 8 bits
    /// and a rounded result, where Pillow cuts, so that levels differ by at most 2.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for an angle out of range, or an expanded picture that is too large.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, Image, Rotate};
    ///
    /// let image = Image::new(2, 2, 1, vec![1, 2, 3, 4])?;
    /// let turned = Compose::new().step(1.0, Rotate::new().degrees(90.0)).augment(&image, 0, 0)?;
    /// assert_eq!(turned.pixels(), [2, 4, 1, 3]);
    ///
    /// let turned = Compose::new().step(1.0, Rotate::new().degrees(30.0..=-30.0)).augment(&image, 0, 0);
    /// assert!(turned.unwrap_err().to_string().contains("rotate.degrees is 30.0..=-30.0"));
    /// # Ok::<(), workbench::Error>(())
    /// ```
    Rotate, "rotate" {
        /// The angle in degrees.
        degrees: Interval [impl Into<Interval>] = (-15.0, 15.0).into(), (-360.0, 360.0);
        /// What stands where the turned picture does not reach.
        border: Border [Border] = Border::default(), ANY;
        /// The level of a constant border, in all channels.
        fill: usize [u8] = 0, (0.0, 255.0);
        /// How levels between pixels are found.
        interpolation: Interpolation [Interpolation] = Interpolation::default(), ANY;
        /// Whether the result grows so that nothing is cut off.
        expand: bool [bool] = false, ANY;
    }
}

impl OnImage for Rotate {
    fn apply(&self, canvas: &mut Canvas, random: &mut ChaCha8Rng) -> Result<()> {
        let degrees = draw::within(self.degrees, random).rem_euclid(360.0);
        let (height, width) = (canvas.height(), canvas.width());
        let keeps_size = height == width || self.expand;
        if degrees == 0.0 {
            return Ok(());
        } else if degrees == 180.0 {
            return half_turn(canvas);
        } else if degrees == 90.0 && keeps_size {
            return quarter_turn(canvas, |row, column, _height, width| (column, width - 1 - row));
        } else if degrees == 270.0 && keeps_size {
            return quarter_turn(canvas, |row, column, height, _width| (height - 1 - column, row));
        }
        let look = Look { border: self.border, fill: self.fill as u8, interpolation: self.interpolation };
        let (center_x, center_y) = (width as f64 / 2.0, height as f64 / 2.0);
        let mut back = Matrix::rotation(-degrees).about(center_x, center_y);
        let mut forward = Matrix::rotation(degrees).about(center_x, center_y);
        let (mut new_height, mut new_width) = (height, width);
        if self.expand {
            // As Pillow does it: the size from the corners turned the other way, which has the same extent.
            let (w, h) = (width as f64, height as f64);
            let corners = [back.at(0.0, 0.0), back.at(w, 0.0), back.at(w, h), back.at(0.0, h)];
            let extent = |of: fn(&(f64, f64)) -> f64| {
                let ends = corners
                    .iter()
                    .map(of)
                    .fold((f64::INFINITY, f64::NEG_INFINITY), |ends, value| (ends.0.min(value), ends.1.max(value)));
                ends.1.ceil() - ends.0.floor()
            };
            let (wider, higher) = (extent(|corner| corner.0), extent(|corner| corner.1));
            (new_height, new_width) = (higher as usize, wider as usize);
            let (x, y) = ((wider - w) / 2.0, (higher - h) / 2.0);
            back = Matrix::shift(-x, -y).then(&back);
            forward = forward.then(&Matrix::shift(x, y));
        }
        canvas.transform_by("the rotated image", &forward, &back, new_height, new_width, &look)
    }
}

/// All pixels in reverse order.
fn half_turn(canvas: &mut Canvas) -> Result<()> {
    let (height, width) = (canvas.height() as f64, canvas.width() as f64);
    if canvas.channels() == 1 {
        canvas.image().pixels.reverse();
    } else {
        canvas.image().pixels.as_chunks_mut::<3>().0.reverse();
    }
    canvas.follow(&Matrix { a: -1.0, b: 0.0, c: width, d: 0.0, e: -1.0, f: height });
    Ok(())
}

/// `from` gives the old row and column of a new pixel, from its row and column and the old size.
fn quarter_turn(canvas: &mut Canvas, from: fn(usize, usize, usize, usize) -> (usize, usize)) -> Result<()> {
    let (height, width) = (canvas.height(), canvas.width());
    canvas.remake("the rotated image", width, height, |image, result| {
        let channels = image.channels;
        for (place, pixel) in result.chunks_exact_mut(channels).enumerate() {
            let (row, column) = from(place / height, place % height, height, width);
            let start = (row * width + column) * channels;
            if let Some(levels) = image.pixels.get(start..start + channels) {
                pixel.copy_from_slice(levels);
            }
        }
    })?;
    // The map of the old corners, which the rule for pixels gives as well.
    let is_left_turn = from(0, 0, height, width) == (0, width - 1);
    let forward = if is_left_turn {
        Matrix { a: 0.0, b: 1.0, c: 0.0, d: -1.0, e: 0.0, f: width as f64 }
    } else {
        Matrix { a: 0.0, b: -1.0, c: height as f64, d: 1.0, e: 0.0, f: 0.0 }
    };
    canvas.follow(&forward);
    Ok(())
}
