//! Pictures in memory.

use ndarray::{Array2, Array3};

use super::boxes::BoundingBox;
use crate::error::{Error, Result};

/// The longest side of a picture, so that 32-bit coordinates with fractions hold it.
pub(super) const SIDE_MAX: usize = 32_767;
/// The most pixels of a picture that a step makes or a file may hold, unless said otherwise: 8192 × 8192.
pub(super) const PIXELS_MAX: usize = 1 << 26;

/// A picture of grey levels or of red, green and blue, each from 0 to 255.
///
/// Pixels stand row by row from the top left, the channels of a pixel side by side: the order of an array of shape
/// `(height, width, channels)`.
///
/// | what | range |
/// |---|---|
/// | `height`, `width` | 1 to 32,767 pixels, and at most 67,108,864 pixels in all |
/// | `channels` | 1 (grey) or 3 (RGB) |
///
/// # Errors
/// [`Error::InvalidValue`] for a size or a number of channels out of range, [`Error::LengthMismatch`] for another number of
/// values than the size asks for.
///
/// # Examples
///
/// ```
/// use workbench::augment::Image;
///
/// let image = Image::new(2, 2, 1, vec![0, 50, 100, 150])?;
/// assert_eq!(image.pixel(1, 0), Some(vec![100]));
/// assert_eq!(image.to_array3().dim(), (2, 2, 1));
///
/// assert!(Image::new(0, 2, 1, vec![]).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
    pub(super) pixels: Vec<u8>,
}

impl Image {
    /// A picture from its values, row by row.
    ///
    /// # Errors
    /// See [`Image`].
    pub fn new(height: usize, width: usize, channels: usize, pixels: Vec<u8>) -> Result<Image> {
        check_size("an image", height, width)?;
        check_channels(channels)?;
        let expected = height * width * channels;
        if pixels.len() != expected {
            let what = format!("the values of an image of {height} × {width} × {channels}");
            return Err(Error::LengthMismatch { what, found: pixels.len(), expected });
        }
        Ok(Image { height, width, channels, pixels })
    }

    /// A picture of one colour: one level for grey, three for RGB.
    ///
    /// # Errors
    /// See [`Image`].
    pub fn filled(height: usize, width: usize, color: &[u8]) -> Result<Image> {
        check_size("an image", height, width)?;
        check_channels(color.len())?;
        Image::new(height, width, color.len(), color.repeat(height * width))
    }

    /// A picture whose pixel in `row` and `column` is what `color` gives: one level for grey, three for RGB.
    ///
    /// # Errors
    /// See [`Image`]; [`Error::LengthMismatch`] where pixels differ in channels.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::Image;
    ///
    /// let ramp = Image::from_fn(4, 8, |_row, column| vec![column as u8 * 30])?;
    /// assert_eq!(ramp.pixel(3, 2), Some(vec![60]));
    /// # Ok::<(), workbench::Error>(())
    /// ```
    pub fn from_fn(height: usize, width: usize, color: impl Fn(usize, usize) -> Vec<u8>) -> Result<Image> {
        check_size("an image", height, width)?;
        let channels = color(0, 0).len();
        check_channels(channels)?;
        let mut pixels = Vec::with_capacity(height * width * channels);
        for row in 0..height {
            for column in 0..width {
                let levels = color(row, column);
                if levels.len() != channels {
                    let what = format!("the color of the pixel in row {row} and column {column}");
                    return Err(Error::LengthMismatch { what, found: levels.len(), expected: channels });
                }
                pixels.extend(levels);
            }
        }
        Image::new(height, width, channels, pixels)
    }

    /// A grey picture from an array of shape `(height, width)`.
    ///
    /// # Errors
    /// See [`Image`].
    pub fn from_array2(array: &Array2<u8>) -> Result<Image> {
        let (height, width) = array.dim();
        Image::new(height, width, 1, array.iter().copied().collect())
    }

    /// A picture from an array of shape `(height, width, channels)`.
    ///
    /// # Errors
    /// See [`Image`].
    pub fn from_array3(array: &Array3<u8>) -> Result<Image> {
        let (height, width, channels) = array.dim();
        check_size("an image", height, width)?;
        check_channels(channels)?;
        Image::new(height, width, channels, array.iter().copied().collect())
    }

    /// The levels of a grey picture as an array of shape `(height, width)`.
    ///
    /// # Errors
    /// [`Error::WrongChannels`] for RGB.
    pub fn to_array2(&self) -> Result<Array2<u8>> {
        if self.channels != 1 {
            return Err(Error::WrongChannels {
                what: "the image".to_string(),
                found: self.channels,
                allowed: "1 (grey); use `to_array3`".to_string(),
            });
        }
        Ok(Array2::from_shape_fn((self.height, self.width), |(row, column)| self.level(row, column, 0)))
    }

    /// The levels as an array of shape `(height, width, channels)`.
    pub fn to_array3(&self) -> Array3<u8> {
        let shape = (self.height, self.width, self.channels);
        Array3::from_shape_vec(shape, self.pixels.clone())
            .unwrap_or_else(|_| Array3::from_shape_fn(shape, |(row, column, channel)| self.level(row, column, channel)))
    }

    /// The number of rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// 1 for grey, 3 for RGB.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// All levels, row by row, the channels of a pixel side by side.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The levels of one pixel; `None` outside the picture.
    pub fn pixel(&self, row: usize, column: usize) -> Option<Vec<u8>> {
        if row >= self.height || column >= self.width {
            return None;
        }
        let start = (row * self.width + column) * self.channels;
        self.pixels.get(start..start + self.channels).map(<[u8]>::to_vec)
    }

    /// The picture with three channels.
    pub(crate) fn to_rgb(&self) -> Image {
        if self.channels == 3 {
            return self.clone();
        }
        let pixels = self.pixels.iter().flat_map(|level| [*level; 3]).collect();
        Image { channels: 3, pixels, ..*self }
    }

    /// Draws the outline of a box, as far as it is inside, into an RGB picture.
    pub(crate) fn outline(&mut self, bounds: &BoundingBox, line_width: usize, color: [u8; 3]) {
        // Rust's casts stay at 0 for what is left of or above the picture.
        let (left, top) = (bounds.x.round() as usize, bounds.y.round() as usize);
        let right = ((bounds.x + bounds.width).round() as usize).min(self.width);
        let bottom = ((bounds.y + bounds.height).round() as usize).min(self.height);
        let width = self.width;
        for (row_idx, row) in
            self.pixels.as_chunks_mut::<3>().0.chunks_exact_mut(width).enumerate().take(bottom).skip(top)
        {
            let is_edge = row_idx < top + line_width || row_idx + line_width >= bottom;
            for (column, pixel) in row.iter_mut().enumerate().take(right).skip(left) {
                if is_edge || column < left + line_width || column + line_width >= right {
                    *pixel = color;
                }
            }
        }
    }

    fn level(&self, row: usize, column: usize, channel: usize) -> u8 {
        self.pixels.get((row * self.width + column) * self.channels + channel).copied().unwrap_or_default()
    }
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = if self.channels == 1 { "grey" } else { "RGB" };
        write!(f, "Image({} × {} {kind})", self.height, self.width)
    }
}

/// An error unless a picture of this size can be.
pub(super) fn check_size(what: &str, height: usize, width: usize) -> Result<()> {
    let is_fine = (1..=SIDE_MAX).contains(&height) && (1..=SIDE_MAX).contains(&width) && height * width <= PIXELS_MAX;
    if is_fine {
        return Ok(());
    }
    Err(Error::InvalidValue {
        what: format!("the size (height × width) of {what}"),
        value: format!("{height} × {width}"),
        allowed: format!("from 1 × 1 to {SIDE_MAX} in either direction, and at most {PIXELS_MAX} pixels"),
    })
}

fn check_channels(channels: usize) -> Result<()> {
    if channels == 1 || channels == 3 {
        return Ok(());
    }
    let allowed = "1 (grey) or 3 (red, green, blue)".to_string();
    Err(Error::WrongChannels { what: "an image".to_string(), found: channels, allowed })
}
