//! Folds of rows in the order of time.

use serde::{Deserialize, Serialize};

use super::{Splitter, refuse};
use crate::data::{Dataset, Fold};
use crate::error::Result;

/// Folds of consecutive rows, each validated after a fit on the rows before them; the rows must be in the order of time.
///
/// Each fold validates the next `test_size` rows and fits on all before, less `gap`. Rows of the first stretch are never validated.
/// With [`max_train_size`](Self::max_train_size) the training rows are a rolling window, otherwise a growing one. The folds are
/// scikit-learn's.
///
/// | parameter | default | range |
/// |---|---|---|
/// | `n_splits` | | at least 1 |
/// | `test_size` | `n_samples / (n_splits + 1)`, rounded down | at least 1, in rows |
/// | `gap` | 0 | rows between training and validation |
/// | `max_train_size` | none | at least 1, in rows |
///
/// # Errors
/// [`Error::InvalidValue`](crate::Error::InvalidValue) for settings that leave no row to fit on in the first fold.
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::data::{Dataset, Target};
/// use workbench::select::{Splitter, TimeSeriesSplit};
///
/// let target = Target::Values(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// let data = Dataset::new(df!("x" => [1, 2, 3, 4, 5, 6])?, target, "y")?;
/// let folds = TimeSeriesSplit::new(2).gap(1).split(&data)?;
/// assert_eq!((folds[1].train.clone(), folds[1].validation.clone()), (vec![0, 1, 2], vec![4, 5]));
/// assert!(TimeSeriesSplit::new(6).split(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeSeriesSplit {
    n_splits: usize,
    test_size: Option<usize>,
    gap: usize,
    max_train_size: Option<usize>,
}

impl TimeSeriesSplit {
    /// `n_splits` folds.
    pub fn new(n_splits: usize) -> Self {
        Self { n_splits, test_size: None, gap: 0, max_train_size: None }
    }

    /// Sets how many rows a fold validates.
    pub fn test_size(mut self, rows: usize) -> Self {
        self.test_size = Some(rows);
        self
    }

    /// Leaves out `rows` between the rows to fit on and those to validate on.
    pub fn gap(mut self, rows: usize) -> Self {
        self.gap = rows;
        self
    }

    /// Fits on no more than the last `rows`.
    pub fn max_train_size(mut self, rows: usize) -> Self {
        self.max_train_size = Some(rows);
        self
    }

    /// How many rows a fold validates, and where the first fold's begin.
    fn check(&self, n_samples: usize) -> Result<(usize, usize)> {
        let sizes = [("n_splits", Some(self.n_splits)), ("test_size", self.test_size)];
        for (name, size) in sizes.into_iter().chain([("max_train_size", self.max_train_size)]) {
            if size == Some(0) {
                return Err(refuse(&format!("TimeSeriesSplit.{name}"), 0, "at least 1".to_string()));
            }
        }
        if self.n_splits >= n_samples {
            let allowed = format!("less than {n_samples}, the number of rows");
            return Err(refuse("TimeSeriesSplit.n_splits", self.n_splits, allowed));
        }
        let test_size = self.test_size.unwrap_or(n_samples / (self.n_splits + 1));
        let n_tested = test_size.checked_mul(self.n_splits);
        match n_tested.and_then(|n_tested| n_samples.checked_sub(n_tested)).filter(|first| *first > self.gap) {
            Some(first) => Ok((test_size, first)),
            None => Err(refuse(
                "TimeSeriesSplit",
                format!("n_splits {}, test_size {test_size}, gap {}", self.n_splits, self.gap),
                format!("such that gap + n_splits · test_size is less than {n_samples}, the number of rows"),
            )),
        }
    }
}

impl Splitter for TimeSeriesSplit {
    fn split(&self, data: &Dataset) -> Result<Vec<Fold>> {
        let (test_size, first) = self.check(data.n_samples())?;
        let fold = |fold_idx: usize| {
            let test_start = first + fold_idx * test_size;
            let train_end = test_start - self.gap;
            let train_start = self.max_train_size.map_or(0, |size| train_end.saturating_sub(size));
            Fold {
                train: (train_start..train_end).collect(),
                validation: (test_start..test_start + test_size).collect(),
            }
        };
        Ok((0..self.n_splits).map(fold).collect())
    }
}
