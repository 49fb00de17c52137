//! Folds of equal size.

use serde::{Deserialize, Serialize};

use super::group_k_fold::dealt;
use super::{Splitter, check_n_splits, folds};
use crate::data::{Dataset, Fold};
use crate::error::Result;
use crate::train::random;

/// Folds of consecutive rows, or of random ones after [`shuffle`](Self::shuffle). Every row is validated once.
///
/// The first `n_samples % n_splits` folds have one row more than the others. Unshuffled folds are scikit-learn's.
///
/// | parameter | default | range |
/// |---|---|---|
/// | `n_splits` | | 2 to `n_samples` |
/// | `shuffle` | none | any seed |
///
/// # Errors
/// [`Error::InvalidValue`](crate::Error::InvalidValue) for less than 2 folds, or more than rows.
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::data::{Dataset, Target};
/// use workbench::select::{KFold, Splitter};
///
/// let target = Target::Values(vec![1.0, 2.0, 3.0]);
/// let data = Dataset::new(df!("x" => [1, 2, 3])?, target, "y")?;
/// assert_eq!(KFold::new(2).split(&data)?[0].validation, [0, 1]);
///
/// let refused = KFold::new(4).split(&data).unwrap_err();
/// assert_eq!(refused.to_string(), "KFold.n_splits is 4, but it must be from 2 to 3, the number of rows");
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KFold {
    n_splits: usize,
    seed: Option<u64>,
}

impl KFold {
    /// `n_splits` folds of consecutive rows.
    pub fn new(n_splits: usize) -> Self {
        Self { n_splits, seed: None }
    }

    /// Takes random rows in place of consecutive ones, as `seed` decides.
    pub fn shuffle(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }
}

impl Splitter for KFold {
    fn split(&self, data: &Dataset) -> Result<Vec<Fold>> {
        let n_samples = data.n_samples();
        check_n_splits("KFold", self.n_splits, n_samples)?;
        let order = match self.seed {
            Some(seed) => random::permutation(n_samples, seed, 0),
            None => (0..n_samples).collect(),
        };
        Ok(folds(&dealt(&order, self.n_splits), self.n_splits))
    }
}
