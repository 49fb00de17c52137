//! Gradient boosting of trees on binned features, after scikit-learn's `HistGradientBoosting*` and LightGBM.
//!
//! `bins` puts features into bins, `histogram` adds up derivatives for each bin, `split` finds the best split in a histogram, `grower` grows a tree, `loss` has
//! the derivatives, `plan` puts trees after each other, and `shared` does so for a search.

mod bins;
mod classifier;
mod grower;
mod histogram;
mod loss;
mod model;
mod plan;
mod regressor;
mod settings;
mod shared;
mod split;

use self::plan::{Plan, Source};
use self::split::Direction;
use super::tree::ranked::{Categories, rank_columns};
use crate::data::Dataset;
use crate::error::Result;

pub use classifier::HistGradientBoostingClassifier;
pub use loss::BoostingLoss;
pub use model::HistGradientBoostingModel;
pub use regressor::HistGradientBoostingRegressor;

/// Which way predictions may go as a feature rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Monotonic {
    /// Only up.
    Increasing,
    /// Only down.
    Decreasing,
}

impl Monotonic {
    fn direction(self) -> Direction {
        match self {
            Self::Increasing => Direction::Up,
            Self::Decreasing => Direction::Down,
        }
    }
}

/// Fits on all rows of `data`, the features spread over all threads.
fn fit_all(plan: &Plan, data: &Dataset) -> Result<HistGradientBoostingModel> {
    let columns = rank_columns(plan.name, data.features(), Categories::Native)?;
    let source =
        Source { columns: &columns, target: data.target(), target_name: data.target_name(), weights: data.weights() };
    plan.fit(&source, &(0..data.n_samples()).collect::<Vec<_>>(), true)
}
