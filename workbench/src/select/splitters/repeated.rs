//! Folds several times over, each time of other random rows.

use rand_chacha::rand_core::RngCore;
use serde::{Deserialize, Serialize};

use super::{KFold, Splitter, StratifiedKFold, refuse};
use crate::data::{Dataset, Fold};
use crate::error::Result;
use crate::train::random;

/// Shuffled [`KFold`]s, `n_repeats` times with other rows each time. Every row is validated `n_repeats` times.
///
/// The first `n_splits` folds are those of `KFold::new(n_splits).shuffle(seed)`. Scores over the folds vary less by chance than those
/// of one repeat do, but they are no more independent of each other: see [`corrected_t_test`](crate::select::corrected_t_test).
///
/// | parameter | range |
/// |---|---|
/// | `n_splits` | 2 to `n_samples` |
/// | `n_repeats` | at least 1 |
/// | `seed` | any |
///
/// # Errors
/// Those of [`KFold`]; [`Error::InvalidValue`](crate::Error::InvalidValue) for no repeats.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, iris};
/// use workbench::select::{RepeatedKFold, Splitter};
///
/// let data = Dataset::from_frame(&iris()?, "species")?;
/// assert_eq!(RepeatedKFold::new(5, 10, 7).split(&data)?.len(), 50);
/// assert!(RepeatedKFold::new(5, 0, 7).split(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepeatedKFold {
    n_splits: usize,
    n_repeats: usize,
    seed: u64,
}

impl RepeatedKFold {
    /// `n_splits` folds, `n_repeats` times.
    pub fn new(n_splits: usize, n_repeats: usize, seed: u64) -> Self {
        Self { n_splits, n_repeats, seed }
    }
}

impl Splitter for RepeatedKFold {
    fn split(&self, data: &Dataset) -> Result<Vec<Fold>> {
        repeated("RepeatedKFold", self.n_repeats, self.seed, |seed| KFold::new(self.n_splits).shuffle(seed).split(data))
    }
}

/// Shuffled [`StratifiedKFold`]s, `n_repeats` times with other rows each time. Every row is validated `n_repeats` times.
///
/// The first `n_splits` folds are those of `StratifiedKFold::new(n_splits).shuffle(seed)`.
///
/// | parameter | range |
/// |---|---|
/// | `n_splits` | 2 to the smallest class's number of rows |
/// | `n_repeats` | at least 1 |
/// | `seed` | any |
///
/// # Errors
/// Those of [`StratifiedKFold`]; [`Error::InvalidValue`](crate::Error::InvalidValue) for no repeats.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, iris};
/// use workbench::select::{RepeatedStratifiedKFold, Splitter};
///
/// let data = Dataset::from_frame(&iris()?, "species")?;
/// assert_eq!(RepeatedStratifiedKFold::new(5, 3, 7).split(&data)?.len(), 15);
/// assert!(RepeatedStratifiedKFold::new(51, 3, 7).split(&data).is_err()); // 50 are of each class
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepeatedStratifiedKFold {
    n_splits: usize,
    n_repeats: usize,
    seed: u64,
}

impl RepeatedStratifiedKFold {
    /// `n_splits` folds, `n_repeats` times.
    pub fn new(n_splits: usize, n_repeats: usize, seed: u64) -> Self {
        Self { n_splits, n_repeats, seed }
    }
}

impl Splitter for RepeatedStratifiedKFold {
    fn split(&self, data: &Dataset) -> Result<Vec<Fold>> {
        repeated("RepeatedStratifiedKFold", self.n_repeats, self.seed, |seed| {
            StratifiedKFold::new(self.n_splits).shuffle(seed).split(data)
        })
    }
}

fn repeated(
    splitter: &str,
    n_repeats: usize,
    seed: u64,
    split: impl Fn(u64) -> Result<Vec<Fold>>,
) -> Result<Vec<Fold>> {
    if n_repeats == 0 {
        return Err(refuse(&format!("{splitter}.n_repeats"), 0, "at least 1".to_string()));
    }
    let mut folds = Vec::new();
    for repeat in 0..n_repeats as u64 {
        let seed = if repeat == 0 { seed } else { random::keyed([seed, repeat, 0, 0]).next_u64() };
        folds.extend(split(seed)?);
    }
    Ok(folds)
}
