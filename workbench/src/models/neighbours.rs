//! What the nearest training rows say.
//!
//! `metric` holds what a distance is, `index` finds the nearest rows: `blocks` by matrix products, `tree` by a k-d tree. Both find the same rows.
//! `estimators` has the settings, `model` what is made of the neighbours, and `shared` what candidates of a search share.

mod blocks;
mod estimators;
mod index;
mod metric;
mod model;
mod shared;
mod tree;

pub use estimators::{KNeighborsClassifier, KNeighborsRegressor};
pub use index::NeighborAlgorithm;
pub use metric::Metric;
pub use model::KNeighborsModel;
