//! Training: what every iterative fit shares.
//!
//! Progress, interruption, random streams, learning-rate schedules and stopping stand here once, so that solvers hold
//! nothing but their own steps.

pub mod interrupt;
pub mod observer;
pub mod random;
pub mod schedule;
pub mod stopping;

pub use observer::{NullObserver, Observer};
pub use schedule::LearningRate;
pub use stopping::Plateau;

pub(crate) use observer::Progress;
