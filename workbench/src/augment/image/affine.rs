//! Shift, zoom, shear, and all of them with a rotation.

use rand_chacha::ChaCha8Rng;

use super::canvas::{Canvas, OnImage};
use super::matrix::Matrix;
use super::warp::Look;
use super::{Border, Interpolation};
use crate::augment::settings::{ANY, settings};
use crate::augment::{Interval, draw};
use crate::error::Result;

settings! {
    /// Moves a picture by a random share of its size: to the right and down for positive shares.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `x`, `y` | −0.1 to 0.1 | −1 to 1, of the width and of the height | `x_low`, `x_high`, `y_low`, `y_high` |
    /// | `border` | `Border::Constant` | `"constant"`, `"edge"`, `"reflect"` | `border` |
    /// | `fill` | 0 | 0 to 255 | `fill` |
    /// | `interpolation` | `Interpolation::Nearest` | `"nearest"`, `"bilinear"` | `interpolation` |
    ///
    /// With nearest the move is a whole number of pixels, and no level changes.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a share out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Border, Compose, Image, Shift};
    ///
    /// let image = Image::new(1, 4, 1, vec![1, 2, 3, 4])?;
    /// let shift = Shift::new().x(0.25).y(0.0).border(Border::Edge);
    /// assert_eq!(Compose::new().step(1.0, shift).augment(&image, 0, 0)?.pixels(), [1, 1, 2, 3]);
    ///
    /// assert!(Compose::new().step(1.0, Shift::new().x(2.0)).augment(&image, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    Shift, "shift" {
        /// The share of the width by which it moves to the right.
        x: Interval [impl Into<Interval>] = (-0.1, 0.1).into(), (-1.0, 1.0);
        /// The share of the height by which it moves down.
        y: Interval [impl Into<Interval>] = (-0.1, 0.1).into(), (-1.0, 1.0);
        /// What stands where the picture was.
        border: Border [Border] = Border::default(), ANY;
        /// The level of a constant border, in all channels.
        fill: usize [u8] = 0, (0.0, 255.0);
        /// How levels between pixels are found.
        interpolation: Interpolation [Interpolation] = Interpolation::Nearest, ANY;
    }
}

settings! {
    /// Enlarges or shrinks what a picture shows about its middle; the size of the picture stays.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `factor` | 0.8 to 1.2 | 0.01 to 100; above 1 things become larger | `factor_low`, `factor_high` |
    /// | `border` | `Border::Constant` | `"constant"`, `"edge"`, `"reflect"` | `border` |
    /// | `fill` | 0 | 0 to 255 | `fill` |
    /// | `interpolation` | `Interpolation::Bilinear` | `"nearest"`, `"bilinear"` | `interpolation` |
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a factor out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, Image, Interpolation, Zoom};
    ///
    /// let image = Image::new(1, 4, 1, vec![10, 20, 30, 40])?;
    /// let changed = Compose::new().step(1.0, Zoom::new().factor(2.0).interpolation(Interpolation::Nearest)).augment(&image, 0, 0)?;
    /// assert_eq!(changed.pixels(), [20, 20, 30, 30]);
    ///
    /// assert!(Compose::new().step(1.0, Zoom::new().factor(0.0)).augment(&image, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    Zoom, "zoom" {
        /// How much larger things become.
        factor: Interval [impl Into<Interval>] = (0.8, 1.2).into(), (0.01, 100.0);
        /// What stands around a shrunk picture.
        border: Border [Border] = Border::default(), ANY;
        /// The level of a constant border, in all channels.
        fill: usize [u8] = 0, (0.0, 255.0);
        /// How levels between pixels are found.
        interpolation: Interpolation [Interpolation] = Interpolation::default(), ANY;
    }
}

settings! {
    /// Slants a picture about its middle: x' = x + tan(a) · y, then y' = y + tan(b) · x'.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `x` | −10 to 10 | −80 to 80 degrees, the angle a | `x_low`, `x_high` |
    /// | `y` | 0 | −80 to 80 degrees, the angle b | `y_low`, `y_high` |
    /// | `border` | `Border::Constant` | `"constant"`, `"edge"`, `"reflect"` | `border` |
    /// | `fill` | 0 | 0 to 255 | `fill` |
    /// | `interpolation` | `Interpolation::Bilinear` | `"nearest"`, `"bilinear"` | `interpolation` |
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for an angle out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, Image, Interpolation, Shear};
    ///
    /// let image = Image::new(3, 3, 1, vec![10, 20, 30, 40, 50, 60, 70, 80, 90])?;
    /// let changed = Compose::new().step(1.0, Shear::new().x(45.0).interpolation(Interpolation::Nearest)).augment(&image, 0, 0)?;
    /// assert_eq!(changed.pixels(), [20, 30, 0, 40, 50, 60, 0, 70, 80]);
    ///
    /// assert!(Compose::new().step(1.0, Shear::new().x(90.0)).augment(&image, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    Shear, "shear" {
        /// The slant along x, in degrees.
        x: Interval [impl Into<Interval>] = (-10.0, 10.0).into(), (-80.0, 80.0);
        /// The slant along y, in degrees.
        y: Interval [impl Into<Interval>] = 0.0.into(), (-80.0, 80.0);
        /// What stands where the slanted picture does not reach.
        border: Border [Border] = Border::default(), ANY;
        /// The level of a constant border, in all channels.
        fill: usize [u8] = 0, (0.0, 255.0);
        /// How levels between pixels are found.
        interpolation: Interpolation [Interpolation] = Interpolation::default(), ANY;
    }
}

settings! {
    /// Zooms, slants, turns and shifts a picture at once, so that its levels are interpolated only once.
    ///
    /// A point p becomes c + t + R(`degrees`) · S(`shear_x`, `shear_y`) · `zoom` · (p − c), where c is the middle of the picture and t the
    /// shift.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `degrees` | −15 to 15 | −360 to 360, counter-clockwise | `degrees_low`, `degrees_high` |
    /// | `shift_x`, `shift_y` | −0.1 to 0.1 | −1 to 1, of the width and of the height | `shift_x_low`, … |
    /// | `zoom` | 0.9 to 1.1 | 0.01 to 100 | `zoom_low`, `zoom_high` |
    /// | `shear_x`, `shear_y` | 0 | −80 to 80 degrees | `shear_x_low`, … |
    /// | `border` | `Border::Constant` | `"constant"`, `"edge"`, `"reflect"` | `border` |
    /// | `fill` | 0 | 0 to 255 | `fill` |
    /// | `interpolation` | `Interpolation::Bilinear` | `"nearest"`, `"bilinear"` | `interpolation` |
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Affine, Compose, Image};
    ///
    /// let image = Image::filled(20, 30, &[9, 9, 9])?;
    /// let still = Affine::new().degrees(0.0).shift_x(0.0).shift_y(0.0).zoom(1.0);
    /// assert_eq!(Compose::new().step(1.0, still).augment(&image, 0, 0)?, image);
    ///
    /// assert!(Compose::new().step(1.0, Affine::new().shift_x(1.5)).augment(&image, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    Affine, "affine" {
        /// The angle in degrees, counter-clockwise.
        degrees: Interval [impl Into<Interval>] = (-15.0, 15.0).into(), (-360.0, 360.0);
        /// The share of the width by which it moves to the right.
        shift_x: Interval [impl Into<Interval>] = (-0.1, 0.1).into(), (-1.0, 1.0);
        /// The share of the height by which it moves down.
        shift_y: Interval [impl Into<Interval>] = (-0.1, 0.1).into(), (-1.0, 1.0);
        /// How much larger things become.
        zoom: Interval [impl Into<Interval>] = (0.9, 1.1).into(), (0.01, 100.0);
        /// The slant along x, in degrees.
        shear_x: Interval [impl Into<Interval>] = 0.0.into(), (-80.0, 80.0);
        /// The slant along y, in degrees.
        shear_y: Interval [impl Into<Interval>] = 0.0.into(), (-80.0, 80.0);
        /// What stands where the picture does not reach.
        border: Border [Border] = Border::default(), ANY;
        /// The level of a constant border, in all channels.
        fill: usize [u8] = 0, (0.0, 255.0);
        /// How levels between pixels are found.
        interpolation: Interpolation [Interpolation] = Interpolation::default(), ANY;
    }
}

impl OnImage for Shift {
    fn apply(&self, canvas: &mut Canvas, random: &mut ChaCha8Rng) -> Result<()> {
        let (height, width) = (canvas.height(), canvas.width());
        let mut x = draw::within(self.x, random) * width as f64;
        let mut y = draw::within(self.y, random) * height as f64;
        if self.interpolation == Interpolation::Nearest {
            (x, y) = (x.round(), y.round());
        }
        let look = Look { border: self.border, fill: self.fill as u8, interpolation: self.interpolation };
        canvas.transform("the shifted image", &Matrix::shift(x, y), height, width, &look)
    }
}

impl OnImage for Zoom {
    fn apply(&self, canvas: &mut Canvas, random: &mut ChaCha8Rng) -> Result<()> {
        let factor = draw::within(self.factor, random);
        let look = Look { border: self.border, fill: self.fill as u8, interpolation: self.interpolation };
        about_middle(canvas, "the zoomed image", &Matrix::scale(factor, factor), (0.0, 0.0), &look)
    }
}

impl OnImage for Shear {
    fn apply(&self, canvas: &mut Canvas, random: &mut ChaCha8Rng) -> Result<()> {
        let (x, y) = (draw::within(self.x, random), draw::within(self.y, random));
        let look = Look { border: self.border, fill: self.fill as u8, interpolation: self.interpolation };
        about_middle(canvas, "the sheared image", &Matrix::shear(x, y), (0.0, 0.0), &look)
    }
}

impl OnImage for Affine {
    fn apply(&self, canvas: &mut Canvas, random: &mut ChaCha8Rng) -> Result<()> {
        let degrees = draw::within(self.degrees, random);
        let x = draw::within(self.shift_x, random) * canvas.width() as f64;
        let y = draw::within(self.shift_y, random) * canvas.height() as f64;
        let zoom = draw::within(self.zoom, random);
        let (shear_x, shear_y) = (draw::within(self.shear_x, random), draw::within(self.shear_y, random));
        let forward = Matrix::scale(zoom, zoom).then(&Matrix::shear(shear_x, shear_y)).then(&Matrix::rotation(degrees));
        let look = Look { border: self.border, fill: self.fill as u8, interpolation: self.interpolation };
        about_middle(canvas, "the moved image", &forward, (x, y), &look)
    }
}

/// Moves a picture by `forward` about its middle, and then by `shift`.
fn about_middle(canvas: &mut Canvas, what: &str, forward: &Matrix, shift: (f64, f64), look: &Look) -> Result<()> {
    let (height, width) = (canvas.height(), canvas.width());
    let forward = forward.about(width as f64 / 2.0, height as f64 / 2.0).then(&Matrix::shift(shift.0, shift.1));
    canvas.transform(what, &forward, height, width, look)
}
