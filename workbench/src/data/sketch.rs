//! Summaries of values that come in pieces, each in a bounded amount of memory.

mod distinct;
mod frequent;
mod hash;
mod moments;
mod quantiles;

pub use distinct::DistinctSketch;
pub use moments::Moments;
pub use quantiles::QuantileSketch;

pub(crate) use frequent::FrequentTexts;
pub(crate) use hash::{hash_number, hash_text, mix};
