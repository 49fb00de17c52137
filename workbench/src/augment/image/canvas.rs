//! A picture at work, with the memory that steps share.

use rand_chacha::ChaCha8Rng;

use super::matrix::Matrix;
use super::warp::{self, Look};
use crate::augment::boxes::{self, BoundingBox};
use crate::augment::picture::{Image, check_size};
use crate::error::Result;

/// A step on pictures.
pub trait OnImage {
    /// Changes the picture on the canvas, and the boxes with it.
    fn apply(&self, canvas: &mut Canvas, random: &mut ChaCha8Rng) -> Result<()>;
}

/// A picture, its boxes, and a second buffer into which a step writes its result: the two then change places, so that no step
/// needs new memory once both are large enough.
#[derive(Debug)]
pub struct Canvas {
    pub image: Image,
    pub boxes: Vec<BoundingBox>,
    pub spare: Vec<u8>,
    pub min_visible: f64,
}

impl Canvas {
    pub fn height(&self) -> usize {
        self.image.height
    }

    pub fn width(&self) -> usize {
        self.image.width
    }

    /// Makes a picture of another size out of this one. What `fill` does not write is undefined, so it writes all.
    pub fn remake(&mut self, what: &str, height: usize, width: usize, fill: impl FnOnce(&Image, &mut [u8])) -> Result<()> {
        check_size(what, height, width)?;
        self.spare.resize(height * width * self.image.channels, 0);
        fill(&self.image, &mut self.spare);
        std::mem::swap(&mut self.image.pixels, &mut self.spare);
        (self.image.height, self.image.width) = (height, width);
        Ok(())
    }

    /// Moves pixels and boxes: what stood at (x, y) stands at `forward` of it in a picture of the new size.
    pub fn transform(&mut self, what: &str, forward: &Matrix, height: usize, width: usize, look: &Look) -> Result<()> {
        self.transform_by(what, forward, &forward.inverse(), height, width, look)
    }

    /// The same, where the map back is known without an inversion's rounding.
    pub fn transform_by(
        &mut self,
        what: &str,
        forward: &Matrix,
        back: &Matrix,
        height: usize,
        width: usize,
        look: &Look,
    ) -> Result<()> {
        self.remake(what, height, width, |image, result| warp::warp(image, result, width, back, look))?;
        self.follow(forward);
        Ok(())
    }

    /// Moves the boxes into the present picture.
    pub fn follow(&mut self, forward: &Matrix) {
        if !self.boxes.is_empty() {
            boxes::follow(&mut self.boxes, forward, self.image.height, self.image.width, self.min_visible);
        }
    }
}
