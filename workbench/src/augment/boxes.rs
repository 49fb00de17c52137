//! Boxes around what a picture shows.

use serde::{Deserialize, Serialize};

use super::image::matrix::Matrix;
use crate::error::{Error, Result};

/// A box around something in a picture: its top left corner, its size, and what is in it.
///
/// Lengths are in pixels; a pixel in column 3 covers x from 3 to 4. Steps that move pixels move the boxes with them: the four
/// corners are moved, and the box becomes the smallest upright one around them, clipped to the picture. A box of whose
/// area less than a share of `min_visible` (see [`Compose`](super::Compose)) is left by the clipping of one step is dropped.
///
/// # Examples
///
/// ```
/// use workbench::augment::{BoundingBox, Compose, HorizontalFlip, Image, LabelledImage};
///
/// let cat = BoundingBox::new(2.0, 1.0, 4.0, 3.0, "cat");
/// let photo = LabelledImage::new(Image::filled(8, 10, &[0])?, vec![cat])?;
/// let flipped = Compose::new().step(1.0, HorizontalFlip::new()).augment(&photo, 0, 0)?;
/// assert_eq!(flipped.boxes, [BoundingBox::new(4.0, 1.0, 4.0, 3.0, "cat")]);
///
/// let nowhere = BoundingBox::new(f64::NAN, 1.0, 4.0, 3.0, "cat");
/// assert!(LabelledImage::new(Image::filled(8, 10, &[0])?, vec![nowhere]).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoundingBox {
    /// The left edge, in pixels from the picture's left.
    pub x: f64,
    /// The upper edge, in pixels from the picture's top.
    pub y: f64,
    /// How wide it is, in pixels.
    pub width: f64,
    /// How high it is, in pixels.
    pub height: f64,
    /// What is in it.
    pub label: String,
}

impl BoundingBox {
    /// A box by its top left corner and its size.
    pub fn new(x: f64, y: f64, width: f64, height: f64, label: &str) -> BoundingBox {
        BoundingBox { x, y, width, height, label: label.to_string() }
    }

    /// Its area in square pixels.
    pub fn area(&self) -> f64 {
        self.width * self.height
    }
}

/// An error unless all boxes are finite and have an area.
pub(super) fn check_boxes(boxes: &[BoundingBox]) -> Result<()> {
    for (idx, bounds) in boxes.iter().enumerate() {
        let numbers = [bounds.x, bounds.y, bounds.width, bounds.height];
        let is_fine = numbers.iter().all(|number| number.is_finite() && number.abs() <= 1e9)
            && bounds.width > 0.0
            && bounds.height > 0.0;
        if !is_fine {
            return Err(Error::InvalidValue {
                what: format!("box {idx} (0-based) `{}`", bounds.label),
                value: format!("x {}, y {}, width {}, height {}", bounds.x, bounds.y, bounds.width, bounds.height),
                allowed: "finite, with a width and a height greater than 0".to_string(),
            });
        }
    }
    Ok(())
}

/// Moves each box by `forward`, from the old picture to the new one, and drops what is not seen any more.
pub(super) fn follow(boxes: &mut Vec<BoundingBox>, forward: &Matrix, height: usize, width: usize, min_visible: f64) {
    boxes.retain_mut(|bounds| {
        let (left, top) = (bounds.x, bounds.y);
        let (right, bottom) = (left + bounds.width, top + bounds.height);
        let corners = [(left, top), (right, top), (left, bottom), (right, bottom)].map(|(x, y)| forward.at(x, y));
        let hull = corners
            .iter()
            .fold((f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY), |(x0, y0, x1, y1), &(x, y)| {
                (x0.min(x), y0.min(y), x1.max(x), y1.max(y))
            });
        let (x0, y0) = (hull.0.max(0.0), hull.1.max(0.0));
        let (x1, y1) = (hull.2.min(width as f64), hull.3.min(height as f64));
        let whole = (hull.2 - hull.0) * (hull.3 - hull.1);
        let seen = (x1 - x0).max(0.0) * (y1 - y0).max(0.0);
        (bounds.x, bounds.y, bounds.width, bounds.height) = (x0, y0, x1 - x0, y1 - y0);
        seen > 0.0 && seen >= min_visible * whole
    });
}
