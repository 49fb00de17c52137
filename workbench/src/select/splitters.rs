//! Splitters: which rows a model is fitted on, and which it is validated on.

mod group_k_fold;
mod group_shuffle;
mod groups;
mod k_fold;
mod leave_out;
mod predefined;
mod repeated;
mod shuffle;
mod stratified;
mod stratified_group;
mod stratified_shuffle;
mod time_series;
mod train_test;
mod train_test_settings;

use std::fmt::Debug;

use crate::data::{Dataset, Fold};
use crate::error::{Error, Result};

pub use group_k_fold::GroupKFold;
pub use group_shuffle::GroupShuffleSplit;
pub use k_fold::KFold;
pub use leave_out::{LeaveOneGroupOut, LeaveOneOut, LeavePGroupsOut, LeavePOut};
pub use predefined::PredefinedFolds;
pub use repeated::{RepeatedKFold, RepeatedStratifiedKFold};
pub use shuffle::{ShuffleSplit, SplitSize};
pub use stratified::StratifiedKFold;
pub use stratified_group::StratifiedGroupKFold;
pub use stratified_shuffle::StratifiedShuffleSplit;
pub use time_series::TimeSeriesSplit;
pub use train_test::train_test_split;
pub use train_test_settings::TrainTestSplit;

/// A way to split the rows of a dataset into folds.
///
/// The same settings split the same data in the same way, each time and at any thread count.
pub trait Splitter: Debug + Send + Sync {
    /// The folds, in order.
    fn split(&self, data: &Dataset) -> Result<Vec<Fold>>;
}

/// The folds in which each row is validated in the fold that `fold_of_row` says, and fitted on in all others.
fn folds(fold_of_row: &[usize], n_splits: usize) -> Vec<Fold> {
    let fold = |fold_idx: usize| {
        let (validation, train) = (0..fold_of_row.len()).partition(|&row| fold_of_row.get(row) == Some(&fold_idx));
        Fold { train, validation }
    };
    (0..n_splits).map(fold).collect()
}

/// An error unless there are at least two folds, and at least one row for each.
fn check_n_splits(splitter: &str, n_splits: usize, n_samples: usize) -> Result<()> {
    if (2..=n_samples).contains(&n_splits) {
        return Ok(());
    }
    let allowed = match n_samples {
        0 | 1 => format!("at least 2, and no greater than the number of rows, which is {n_samples}"),
        _ => format!("from 2 to {n_samples}, the number of rows"),
    };
    Err(Error::InvalidValue { what: format!("{splitter}.n_splits"), value: n_splits.to_string(), allowed })
}

fn refuse(what: &str, value: impl ToString, allowed: String) -> Error {
    Error::InvalidValue { what: what.to_string(), value: value.to_string(), allowed }
}
