//! The list of all steps.

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::image::canvas::OnImage;
use super::item::Work;
use super::series::OnSeries;
use super::settings::StepSettings;
use super::tokens::OnTokens;
use super::*;
use crate::error::{Error, Result};

macro_rules! steps {
    (pictures: $($picture:ident)*; series: $($series:ident)*; tokens: $($tokens:ident)*;) => {
        /// One step of a composition, of whatever kind. Every step's settings turn into one by themselves.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        #[non_exhaustive]
        #[allow(missing_docs)] // Each is documented where its settings are.
        pub enum Step {
            $($picture($picture),)*
            $($series($series),)*
            $($tokens($tokens),)*
            OneOf(OneOf),
            Compose(Compose),
        }

        steps! { @from $($picture)* $($series)* $($tokens)* OneOf Compose }

        impl Step {
            /// The settings, by name.
            pub fn settings(&self) -> &dyn StepSettings {
                match self {
                    $(Self::$picture(step) => step,)*
                    $(Self::$series(step) => step,)*
                    $(Self::$tokens(step) => step,)*
                    Self::OneOf(step) => step,
                    Self::Compose(step) => step,
                }
            }

            /// The settings, to be changed by name.
            pub fn settings_mut(&mut self) -> &mut dyn StepSettings {
                match self {
                    $(Self::$picture(step) => step,)*
                    $(Self::$series(step) => step,)*
                    $(Self::$tokens(step) => step,)*
                    Self::OneOf(step) => step,
                    Self::Compose(step) => step,
                }
            }

            /// Changes the item at work, and notes the names of the steps that did.
            pub(super) fn run(&self, work: &mut Work, random: &mut ChaCha8Rng, trace: &mut Option<Vec<String>>) -> Result<()> {
                if let (Some(names), false) = (&mut *trace, matches!(self, Self::OneOf(_) | Self::Compose(_))) {
                    names.push(self.settings().name().to_string());
                }
                match (self, &mut *work) {
                    $((Self::$picture(step), Work::Image(canvas)) => {
                        if !step.takes_unmoved() {
                            canvas.move_pixels();
                        }
                        step.apply(canvas, random)
                    })*
                    $((Self::$series(step), Work::Series(series)) => {
                        *series = step.apply(std::mem::take(series), random)?;
                        Ok(())
                    })*
                    $((Self::$tokens(step), Work::Tokens(tokens)) => {
                        *tokens = step.apply(std::mem::take(tokens), random)?;
                        Ok(())
                    })*
                    (Self::OneOf(step), _) => step.run(work, random, trace),
                    (Self::Compose(step), _) => step.run_within(work, random, trace),
                    (_, found) => Err(Error::WrongItem { needs: self.needs(), found: found.kind() }),
                }
            }

            fn needs(&self) -> &'static str {
                match self {
                    $(Self::$picture(_) => "an image",)*
                    $(Self::$series(_) => "a time series",)*
                    $(Self::$tokens(_) => "a sequence of tokens",)*
                    Self::OneOf(_) | Self::Compose(_) => "an item",
                }
            }
        }
    };
    (@from $($step:ident)*) => {$(
        impl From<$step> for Step {
            fn from(step: $step) -> Self {
                Self::$step(step)
            }
        }
    )*};
}

steps! {
    pictures: HorizontalFlip VerticalFlip Rotate RandomCrop CenterCrop RandomResizedCrop Pad Resize Shift Zoom Shear Affine Brightness Contrast
        Saturation Hue GaussianNoise SaltAndPepper GaussianBlur CutOut;
    series: TimeFlip SignFlip CircularShift AxisRotation TimeCrop Jitter ChannelScale MagnitudeWarp TimeWarp WindowWarp WindowSlice TimeMask
        ChannelMask SegmentPermutation;
    tokens: TokenSwap TokenDrop TokenMask TokenInsert TokenShuffle;
}
