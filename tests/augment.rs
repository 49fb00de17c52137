//! Tests of augment: each step beside its peer, what follows the pictures, and what must be refused.

mod boxes;
mod compose;
mod files;
mod golden;
mod grid;
mod mix;
mod refused;
mod series;
mod tokens;

use workbench::augment::{Compose, Image, Step};

/// A composition of one step that is always applied.
fn only(step: impl Into<Step>) -> Compose {
    Compose::new().step(1.0, step)
}

/// The message of the error that `result` must be.
#[track_caller]
fn check_error<T>(result: workbench::Result<T>, expected: &str) {
    let message = result.err().expect("an error").to_string();
    assert_eq!(message, expected);
}

/// A picture in which every pixel differs from those around it.
fn picture(height: usize, width: usize, channels: usize) -> Image {
    let level = |idx: usize| (idx * 37 + idx / 7 * 11) as u8;
    Image::new(height, width, channels, (0..height * width * channels).map(level).collect()).unwrap()
}

/// The middle and the spread of some numbers.
fn mean_std(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64;
    (mean, variance.sqrt())
}
