//! Steps on pictures, and what moves pixels.

mod affine;
mod blur;
pub(super) mod canvas;
mod color;
mod crop;
mod cut_out;
mod flip;
pub(super) mod matrix;
mod noise;
mod pad;
mod resample;
mod rotate;
mod warp;

pub use affine::{Affine, Shear, Shift, Zoom};
pub use blur::GaussianBlur;
pub use color::{Brightness, Contrast, Hue, Saturation};
pub use crop::{CenterCrop, RandomCrop, RandomResizedCrop};
pub use cut_out::CutOut;
pub use flip::{HorizontalFlip, VerticalFlip};
pub use noise::{GaussianNoise, SaltAndPepper};
pub use pad::Pad;
pub use resample::Resize;
pub use rotate::Rotate;

use serde::{Deserialize, Serialize};

/// What stands where a picture has no pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Border {
    /// One level, the setting `fill`.
    #[default]
    Constant,
    /// The nearest pixel of the picture.
    Edge,
    /// The picture mirrored at its outermost pixels, which are not repeated: `c b | a b c | b a`.
    Reflect,
}

impl Border {
    /// Where in `0..n` the pixel at `position` is taken from; `None` for the constant level.
    #[inline]
    fn place(self, position: i64, n: usize) -> Option<usize> {
        let last = n as i64 - 1;
        match self {
            _ if (0..=last).contains(&position) => Some(position as usize),
            Border::Constant => None,
            Border::Edge => Some(position.clamp(0, last) as usize),
            Border::Reflect if last == 0 => Some(0),
            Border::Reflect => {
                let phase = position.rem_euclid(2 * last);
                Some(phase.min(2 * last - phase) as usize)
            }
        }
    }
}

/// How a level between pixels is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// The level of the nearest pixel.
    Nearest,
    /// The mean of the four pixels around, weighted by nearness.
    #[default]
    Bilinear,
}
