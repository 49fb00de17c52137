//! Augmentation: more training data from the same items, by changes after which an item means the same.
//!
//! A [`Compose`] is a list of steps, each with a probability. It works on pictures ([`Image`], or [`LabelledImage`] with boxes), on time
//! series (`Array2<f64>` of shape `(n_steps, n_channels)`) and on sequences of tokens (`Vec<u32>`, `Vec<String>`).
//!
//! Every step keeps to the same rules:
//! - A setting that is a range is drawn anew for each item, evenly from low to high; one number is always that number.
//! - What becomes of item `index` in epoch `epoch` depends on the composition's seed, the epoch and the index only: not on the order in which
//!   items are asked for, nor on the number of threads. The draws of one step do not depend on those of the steps before it.
//! - Settings are checked when the composition is used, and `params` and `set_param` reach them by name, as a search does.
//! - Augment training items only, and after the split: a changed copy of a test item in the training data gives the answer away.
//!
//! | on | steps |
//! |---|---|
//! | pictures, geometry | [`HorizontalFlip`], [`VerticalFlip`], [`Rotate`], [`RandomCrop`], [`CenterCrop`], [`RandomResizedCrop`], [`Pad`], [`Resize`], [`Shift`], [`Zoom`], [`Shear`], [`Affine`] |
//! | pictures, levels | [`Brightness`], [`Contrast`], [`Saturation`], [`Hue`], [`GaussianNoise`], [`SaltAndPepper`], [`GaussianBlur`], [`CutOut`] |
//! | batches of pictures and labels | [`MixUp`], [`CutMix`] |
//! | time series | [`TimeFlip`], [`SignFlip`], [`CircularShift`], [`AxisRotation`], [`TimeCrop`], [`Jitter`], [`ChannelScale`], [`MagnitudeWarp`], [`TimeWarp`], [`WindowWarp`], [`WindowSlice`], [`TimeMask`], [`ChannelMask`], [`SegmentPermutation`] |
//! | tokens | [`TokenSwap`], [`TokenDrop`], [`TokenMask`], [`TokenInsert`], [`TokenShuffle`] |
//! | any | [`OneOf`], [`Compose`] within another |

mod batch;
mod boxes;
mod compose;
mod draw;
mod files;
mod image;
mod interval;
mod item;
mod mix;
mod one_of;
mod picture;
mod saved;
mod series;
mod settings;
mod step;
mod tokens;

pub use batch::{ImageBatch, one_hot};
pub use boxes::BoundingBox;
pub use compose::{Augmented, Compose};
pub use files::{read_image, read_image_within, write_png};
pub use image::{
    Affine, Border, Brightness, CenterCrop, Contrast, CutOut, GaussianBlur, GaussianNoise, HorizontalFlip, Hue,
    Interpolation, Pad, RandomCrop, RandomResizedCrop, Resize, Rotate, SaltAndPepper, Saturation, Shear, Shift,
    VerticalFlip, Zoom,
};
pub use interval::Interval;
pub use item::{Augmentable, LabelledImage};
pub use mix::{CutMix, MixUp};
pub use one_of::OneOf;
pub use picture::Image;
pub use series::{
    AxisRotation, ChannelMask, ChannelScale, CircularShift, Jitter, MagnitudeWarp, SegmentPermutation, SignFlip,
    TimeCrop, TimeFlip, TimeMask, TimeWarp, WindowSlice, WindowWarp,
};
pub use settings::StepSettings;
pub use step::Step;
pub use tokens::{Token, TokenDrop, TokenInsert, TokenMask, TokenShuffle, TokenSwap, Tokens};

pub(crate) use files::png_bytes;

/// `new` for the steps that need no setting.
macro_rules! with_defaults {
    ($($step:ident)*) => {$(
        impl $step {
            /// The step with its defaults.
            pub fn new() -> Self {
                Self::default()
            }
        }
    )*};
}

with_defaults! {
    Affine AxisRotation Brightness ChannelMask ChannelScale CircularShift Contrast CutMix CutOut GaussianBlur GaussianNoise HorizontalFlip Hue
    Jitter MagnitudeWarp MixUp Rotate SaltAndPepper Saturation SegmentPermutation Shear Shift SignFlip TimeFlip TimeMask TimeWarp TokenDrop
    TokenShuffle TokenSwap VerticalFlip WindowSlice WindowWarp Zoom
}
