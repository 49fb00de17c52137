//! The baselines that any model has to beat.

mod classifier;
mod regressor;

pub use classifier::{ClassifierStrategy, DummyClassifier, DummyModel};
pub use regressor::{DummyRegressor, DummyRegressorModel, RegressorStrategy};
