//! Splits of random rows in which each class has its share.

use serde::{Deserialize, Serialize};

use super::shuffle::{Sizes, check_n_splits, sorted};
use super::stratified::class_rows;
use super::train_test::shares;
use super::{SplitSize, Splitter, refuse};
use crate::data::{Dataset, Fold};
use crate::error::{Error, Result};
use crate::train::random;

/// Independent splits into random rows to fit on and to validate on, in which each class is as frequent as in all rows, as nearly as can
/// be. A row may be validated in several splits, or in none.
///
/// Of classes with equal claims to a row that is left over, the first has it, where scikit-learn draws one.
///
/// | parameter | default | range |
/// |---|---|---|
/// | `n_splits` | | at least 1 |
/// | `seed` | | any |
/// | `test_size` | what `train_size` leaves, else 0.1 | a fraction, or a number of rows; at least as many as classes |
/// | `train_size` | what `test_size` leaves | the same; both together no more than all |
///
/// # Errors
/// [`Error::NotClasses`] for a regression target; [`Error::InvalidValue`] for sizes out of range, or a class of one row.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, iris};
/// use workbench::select::{Splitter, StratifiedShuffleSplit};
///
/// let data = Dataset::from_frame(&iris()?, "species")?;
/// let folds = StratifiedShuffleSplit::new(3, 7).test_size(0.2).split(&data)?;
/// assert_eq!(folds[0].validation.iter().filter(|&&row| row < 50).count(), 10);
/// assert!(StratifiedShuffleSplit::new(3, 7).test_size(2).split(&data).is_err()); // there are 3 classes
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StratifiedShuffleSplit {
    n_splits: usize,
    seed: u64,
    sizes: Sizes,
}

impl StratifiedShuffleSplit {
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

impl Splitter for StratifiedShuffleSplit {
    fn split(&self, data: &Dataset) -> Result<Vec<Fold>> {
        const NAME: &str = "StratifiedShuffleSplit";
        let classes = class_rows(data, NAME)?;
        check_n_splits(NAME, self.n_splits)?;
        let (n_train, n_test) = self.sizes.of(NAME, data.n_samples(), "rows", 0.1)?;
        if let Some(class) = classes.iter().find(|class| class.rows.len() < 2) {
            return Err(Error::InvalidValue {
                what: format!("the class \"{}\" of the target `{}`", class.label, data.target_name()),
                value: "in 1 row".to_string(),
                allowed: "in at least 2 rows, one for each side of a split".to_string(),
            });
        }
        for (side, n) in [("train", n_train), ("test", n_test)] {
            if n < classes.len() {
                let allowed = format!("at least {}, the number of classes", classes.len());
                return Err(refuse(&format!("{NAME}: the number of {side} rows"), n, allowed));
            }
        }
        let counts: Vec<usize> = classes.iter().map(|class| class.rows.len()).collect();
        let train_counts = shares(&counts, n_train);
        let left: Vec<usize> = counts.iter().zip(&train_counts).map(|(count, taken)| count - taken).collect();
        let test_counts = shares(&left, n_test);
        let fold = |split: usize| {
            let mut generator = random::stream(self.seed, split as u64);
            let (mut train, mut validation) = (Vec::with_capacity(n_train), Vec::with_capacity(n_test));
            for ((class, &n_train), &n_test) in classes.iter().zip(&train_counts).zip(&test_counts) {
                let mut rows = class.rows.clone();
                random::shuffle(&mut rows, &mut generator);
                let mut rows = rows.into_iter();
                train.extend(rows.by_ref().take(n_train));
                validation.extend(rows.take(n_test));
            }
            sorted(train, validation)
        };
        Ok((0..self.n_splits).map(fold).collect())
    }
}
