//! Splits of random groups.

use serde::{Deserialize, Serialize};

use super::groups::Groups;
use super::shuffle::{Sizes, check_n_splits, sorted};
use super::{SplitSize, Splitter};
use crate::data::{Dataset, Fold};
use crate::error::Result;
use crate::train::random;

/// Independent splits into rows of random [groups](Dataset::with_groups) to fit on and to validate on. A group may be validated in
/// several splits, or in none.
///
/// | parameter | default | range |
/// |---|---|---|
/// | `n_splits` | | at least 1 |
/// | `seed` | | any |
/// | `test_size` | what `train_size` leaves, else 0.2 | a fraction of the groups, or a number of them |
/// | `train_size` | what `test_size` leaves | the same; both together no more than all |
///
/// # Errors
/// [`Error::NoGroups`](crate::Error::NoGroups); [`Error::InvalidValue`](crate::Error::InvalidValue).
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, iris};
/// use workbench::select::{GroupShuffleSplit, Splitter};
///
/// let data = Dataset::from_frame(&iris()?, "species")?;
/// let groups: Vec<u32> = (0..150).map(|row| row / 15).collect();
/// let grouped = data.clone().with_groups(&groups)?;
/// assert_eq!(GroupShuffleSplit::new(3, 7).split(&grouped)?[0].validation.len(), 30);
/// assert!(GroupShuffleSplit::new(3, 7).split(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupShuffleSplit {
    n_splits: usize,
    seed: u64,
    sizes: Sizes,
}

impl GroupShuffleSplit {
    /// `n_splits` splits.
    pub fn new(n_splits: usize, seed: u64) -> Self {
        Self { n_splits, seed, sizes: Sizes { test: None, train: None } }
    }

    /// One split of these sizes.
    pub(super) fn of_sizes(seed: u64, sizes: Sizes) -> Self {
        Self { n_splits: 1, seed, sizes }
    }

    /// Sets how many groups are validated in each split.
    pub fn test_size(mut self, size: impl Into<SplitSize>) -> Self {
        self.sizes.test = Some(size.into());
        self
    }

    /// Sets how many groups are fitted on in each split.
    pub fn train_size(mut self, size: impl Into<SplitSize>) -> Self {
        self.sizes.train = Some(size.into());
        self
    }
}

impl Splitter for GroupShuffleSplit {
    fn split(&self, data: &Dataset) -> Result<Vec<Fold>> {
        let groups = Groups::of(data, "GroupShuffleSplit")?;
        check_n_splits("GroupShuffleSplit", self.n_splits)?;
        let (n_train, n_test) = self.sizes.of("GroupShuffleSplit", groups.len(), "groups", 0.2)?;
        let rows_of = |chosen: &[usize]| {
            chosen.iter().filter_map(|&group| groups.rows.get(group)).flatten().copied().collect::<Vec<usize>>()
        };
        let fold = |split: usize| {
            let order = random::permutation(groups.len(), self.seed, split as u64);
            let (test, rest) = order.split_at(n_test.min(order.len()));
            sorted(rows_of(rest.get(..n_train).unwrap_or(rest)), rows_of(test))
        };
        Ok((0..self.n_splits).map(fold).collect())
    }
}
