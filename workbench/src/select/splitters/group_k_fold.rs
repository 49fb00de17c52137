//! Folds that keep groups together.

use serde::{Deserialize, Serialize};

use super::groups::Groups;
use super::{Splitter, folds};
use crate::data::{Dataset, Fold};
use crate::error::Result;
use crate::train::random;

/// Folds of whole [groups](Dataset::with_groups), about equal in rows. Every row is validated once.
///
/// The largest group goes first, each to the fold that has the fewest rows by then, which gives scikit-learn's folds. After
/// [`shuffle`](Self::shuffle), groups in random order are cut into folds of equally many groups.
///
/// | parameter | default | range |
/// |---|---|---|
/// | `n_splits` | | 2 to the number of groups |
/// | `shuffle` | none | any seed |
///
/// # Errors
/// [`Error::NoGroups`](crate::Error::NoGroups); [`Error::InvalidValue`](crate::Error::InvalidValue) for less than 2 folds, or
/// more than groups.
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::data::{Dataset, Target};
/// use workbench::select::{GroupKFold, Splitter};
///
/// let data = Dataset::new(df!("x" => [1, 2, 3, 4])?, Target::Values(vec![1.0, 2.0, 3.0, 4.0]), "y")?;
/// assert!(GroupKFold::new(2).split(&data).is_err());
///
/// let data = data.with_groups(&[7, 7, 8, 8])?;
/// assert_eq!(GroupKFold::new(2).split(&data)?[0].validation, [2, 3]);
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupKFold {
    n_splits: usize,
    seed: Option<u64>,
}

impl GroupKFold {
    /// `n_splits` folds, each group to the smallest.
    pub fn new(n_splits: usize) -> Self {
        Self { n_splits, seed: None }
    }

    /// Takes random groups, as `seed` decides.
    pub fn shuffle(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }
}

impl Splitter for GroupKFold {
    fn split(&self, data: &Dataset) -> Result<Vec<Fold>> {
        let groups = Groups::of(data, "GroupKFold")?;
        groups.check_n_splits("GroupKFold", self.n_splits)?;
        let fold_of_group = match self.seed {
            Some(seed) => dealt(&random::permutation(groups.len(), seed, 0), self.n_splits),
            None => lightest(&groups, self.n_splits),
        };
        Ok(folds(&groups.fold_of_row(&fold_of_group), self.n_splits))
    }
}

/// The fold of each group: the largest group first, of equal ones the last, to the fold with the fewest rows.
fn lightest(groups: &Groups, n_splits: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|&group| groups.rows.get(group).map(Vec::len));
    let mut sizes = vec![0; n_splits];
    let mut fold_of_group = vec![0; groups.len()];
    for group in order.into_iter().rev() {
        let lightest = sizes.iter().enumerate().min_by_key(|(_, size)| **size).map_or(0, |(fold_idx, _)| fold_idx);
        if let (Some(size), Some(rows)) = (sizes.get_mut(lightest), groups.rows.get(group)) {
            *size += rows.len();
        }
        if let Some(fold) = fold_of_group.get_mut(group) {
            *fold = lightest;
        }
    }
    fold_of_group
}

/// The fold of each of `order`, which is cut into `n_splits` runs, the first of them longer by one where that is needed.
pub(super) fn dealt(order: &[usize], n_splits: usize) -> Vec<usize> {
    let n = order.len();
    let (size, n_larger) = (n / n_splits, n % n_splits);
    let mut fold_of = vec![0; n];
    for (position, &item) in order.iter().enumerate() {
        let in_larger = n_larger * (size + 1);
        let fold_idx =
            if position < in_larger { position / (size + 1) } else { n_larger + (position - in_larger) / size };
        if let Some(fold) = fold_of.get_mut(item) {
            *fold = fold_idx;
        }
    }
    fold_of
}
