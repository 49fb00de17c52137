//! A picture at work, with the memory that steps share.

use rand_chacha::ChaCha8Rng;

use super::matrix::Matrix;
use super::warp::{self, Look, Warp};
use crate::augment::boxes::{self, BoundingBox};
use crate::augment::picture::{Image, check_size};
use crate::error::Result;

/// A step on pictures.
pub trait OnImage {
    /// Changes the picture on the canvas, and the boxes with it.
    fn apply(&self, canvas: &mut Canvas, random: &mut ChaCha8Rng) -> Result<()>;

    /// Whether the step can do with a picture whose pixels are yet to be moved. All others find them moved.
    fn takes_unmoved(&self) -> bool {
        false
    }
}

/// A picture, its boxes, and a second buffer into which a step writes its result: the two then change places, so that no step
/// needs new memory once both are large enough.
///
/// An affine map is put off until the next step, since only the pixels that a crop leaves need to be looked for.
#[derive(Debug)]
pub struct Canvas {
    image: Image,
    spare: Vec<u8>,
    unmoved: Option<Warp>,
    pub boxes: Vec<BoundingBox>,
    pub min_visible: f64,
}

impl Canvas {
    pub fn new(image: Image, boxes: Vec<BoundingBox>, spare: Vec<u8>) -> Canvas {
        Canvas { image, spare, unmoved: None, boxes, min_visible: 0.0 }
    }

    /// The picture, its boxes, and the second buffer.
    pub fn into_parts(mut self) -> (Image, Vec<BoundingBox>, Vec<u8>) {
        self.move_pixels();
        (self.image, self.boxes, self.spare)
    }

    pub fn height(&self) -> usize {
        self.unmoved.as_ref().map_or(self.image.height, |warp| warp.height)
    }

    pub fn width(&self) -> usize {
        self.unmoved.as_ref().map_or(self.image.width, |warp| warp.width)
    }

    pub fn channels(&self) -> usize {
        self.image.channels
    }

    /// The picture, whose levels may be changed in place.
    pub fn image(&mut self) -> &mut Image {
        self.move_pixels();
        &mut self.image
    }

    /// Makes a picture of another size out of this one. What `fill` does not write is undefined, so it writes all.
    pub fn remake(
        &mut self,
        what: &str,
        height: usize,
        width: usize,
        fill: impl FnOnce(&Image, &mut [u8]),
    ) -> Result<()> {
        check_size(what, height, width)?;
        self.move_pixels();
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
        check_size(what, height, width)?;
        self.move_pixels();
        self.unmoved = Some(Warp::new(&self.image, *back, height, width, *look));
        self.follow(forward);
        Ok(())
    }

    /// Cuts out a piece that is known to be inside.
    pub fn crop(&mut self, top: usize, left: usize, height: usize, width: usize) -> Result<()> {
        if let Some(warp) = &mut self.unmoved {
            warp.crop(top, left, height, width);
        } else {
            self.remake("the crop", height, width, |image, result| {
                let (stride, channels) = (image.width * image.channels, image.channels);
                let rows = image.pixels.chunks_exact(stride).skip(top);
                for (row, source) in result.chunks_exact_mut(width * channels).zip(rows) {
                    if let Some(piece) = source.get(left * channels..(left + width) * channels) {
                        row.copy_from_slice(piece);
                    }
                }
            })?;
        }
        self.follow(&Matrix::shift(-(left as f64), -(top as f64)));
        Ok(())
    }

    /// Moves the boxes into the present picture.
    pub fn follow(&mut self, forward: &Matrix) {
        if !self.boxes.is_empty() {
            let (height, width) = (self.height(), self.width());
            boxes::follow(&mut self.boxes, forward, height, width, self.min_visible);
        }
    }

    /// Carries out the map that was put off.
    pub fn move_pixels(&mut self) {
        if let Some(warp) = self.unmoved.take() {
            self.spare.resize(warp.height * warp.width * self.image.channels, 0);
            warp::warp(&warp, &self.image, &mut self.spare);
            std::mem::swap(&mut self.image.pixels, &mut self.spare);
            (self.image.height, self.image.width) = (warp.height, warp.width);
        }
    }
}
