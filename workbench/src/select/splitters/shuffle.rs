//! Splits of random rows.

use serde::{Deserialize, Serialize};

use super::{Splitter, refuse};
use crate::data::{Dataset, Fold};
use crate::error::Result;
use crate::train::random;

/// How many rows, or groups, are taken for one side of a split.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum SplitSize {
    /// So large a part of all: greater than 0 and less than 1. Rows to validate on are rounded up, rows to fit on down.
    Fraction(f64),
    /// So many.
    Count(usize),
}

impl From<f64> for SplitSize {
    fn from(fraction: f64) -> Self {
        Self::Fraction(fraction)
    }
}

impl From<usize> for SplitSize {
    fn from(count: usize) -> Self {
        Self::Count(count)
    }
}

/// How large both sides of a split are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Sizes {
    pub(super) test: Option<SplitSize>,
    pub(super) train: Option<SplitSize>,
}

impl Sizes {
    /// The number of training and of test items of `n`.
    pub(super) fn of(&self, splitter: &str, n: usize, items: &str, default_test: f64) -> Result<(usize, usize)> {
        let count = |side: &str, size: SplitSize, round: fn(f64) -> f64| {
            let is_right = match size {
                SplitSize::Fraction(fraction) => fraction > 0.0 && fraction < 1.0,
                SplitSize::Count(count) => (1..n).contains(&count),
            };
            match size {
                SplitSize::Fraction(fraction) if is_right => Ok(round(fraction * n as f64) as usize),
                SplitSize::Count(count) if is_right => Ok(count),
                _ => {
                    let value = match size {
                        SplitSize::Fraction(fraction) => format!("{fraction:?}"),
                        SplitSize::Count(count) => count.to_string(),
                    };
                    let allowed =
                        format!("a fraction greater than 0 and less than 1, or a number of {items} less than {n}");
                    Err(refuse(&format!("{splitter}.{side}_size"), value, allowed))
                }
            }
        };
        let test = if self.test.is_none() && self.train.is_none() {
            Some(SplitSize::Fraction(default_test))
        } else {
            self.test
        };
        let test = test.map(|size| count("test", size, f64::ceil)).transpose()?;
        let train = self.train.map(|size| count("train", size, f64::floor)).transpose()?;
        let (n_train, n_test) = match (train, test) {
            (Some(train), Some(test)) => (train, test),
            (Some(train), None) => (train, n.saturating_sub(train)),
            (None, test) => (n.saturating_sub(test.unwrap_or(0)), test.unwrap_or(0)),
        };
        if n_train == 0 || n_test == 0 || n_train + n_test > n {
            let allowed = format!("at least 1 on each side, and no more than {n} together, the number of {items}");
            return Err(refuse(
                &format!("{splitter}: the number of {items}"),
                format!("{n_train} to fit on and {n_test} to validate on"),
                allowed,
            ));
        }
        Ok((n_train, n_test))
    }
}

/// Independent splits into random rows to fit on and to validate on. A row may be validated in several splits, or in none.
///
/// Each split takes the first of all rows in random order for validation and the next for training, as scikit-learn does.
///
/// | parameter | default | range |
/// |---|---|---|
/// | `n_splits` | | at least 1 |
/// | `seed` | | any |
/// | `test_size` | what `train_size` leaves, else 0.1 | a fraction, or 1 to `n_samples - 1` rows |
/// | `train_size` | what `test_size` leaves | the same; both together no more than all |
///
/// # Errors
/// [`Error::InvalidValue`](crate::Error::InvalidValue).
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, iris};
/// use workbench::select::{ShuffleSplit, Splitter};
///
/// let data = Dataset::from_frame(&iris()?, "species")?;
/// let folds = ShuffleSplit::new(3, 7).test_size(0.2).train_size(50).split(&data)?;
/// assert_eq!((folds.len(), folds[0].train.len(), folds[0].validation.len()), (3, 50, 30));
/// assert!(ShuffleSplit::new(3, 7).test_size(1.5).split(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShuffleSplit {
    n_splits: usize,
    seed: u64,
    sizes: Sizes,
}

impl ShuffleSplit {
    /// `n_splits` splits.
    pub fn new(n_splits: usize, seed: u64) -> Self {
        Self { n_splits, seed, sizes: Sizes { test: None, train: None } }
    }

    /// One split of these sizes.
    pub(super) fn of_sizes(seed: u64, sizes: Sizes) -> Self {
        Self { n_splits: 1, seed, sizes }
    }

    /// Sets how many rows are validated in each split.
    pub fn test_size(mut self, size: impl Into<SplitSize>) -> Self {
        self.sizes.test = Some(size.into());
        self
    }

    /// Sets how many rows are fitted on in each split.
    pub fn train_size(mut self, size: impl Into<SplitSize>) -> Self {
        self.sizes.train = Some(size.into());
        self
    }
}

impl Splitter for ShuffleSplit {
    fn split(&self, data: &Dataset) -> Result<Vec<Fold>> {
        check_n_splits("ShuffleSplit", self.n_splits)?;
        let n_samples = data.n_samples();
        let (n_train, n_test) = self.sizes.of("ShuffleSplit", n_samples, "rows", 0.1)?;
        let fold = |split: usize| {
            let mut order = random::permutation(n_samples, self.seed, split as u64).into_iter();
            let validation = order.by_ref().take(n_test).collect();
            sorted(order.take(n_train).collect(), validation)
        };
        Ok((0..self.n_splits).map(fold).collect())
    }
}

/// The fold of these rows.
pub(super) fn sorted(mut train: Vec<usize>, mut validation: Vec<usize>) -> Fold {
    train.sort_unstable();
    validation.sort_unstable();
    Fold { train, validation }
}

/// An error unless there is at least one split.
pub(super) fn check_n_splits(splitter: &str, n_splits: usize) -> Result<()> {
    if n_splits > 0 { Ok(()) } else { Err(refuse(&format!("{splitter}.n_splits"), 0, "at least 1".to_string())) }
}
