//! One split with settings.

use serde::{Deserialize, Serialize};

use super::shuffle::Sizes;
use super::{GroupShuffleSplit, ShuffleSplit, SplitSize, Splitter, StratifiedShuffleSplit};
use crate::data::{Dataset, Fold, Task};
use crate::error::{Error, Result};
use crate::train::random;

/// One split into rows to train on and rows to test on at the very end, where [`train_test_split`](super::train_test_split) has too few
/// settings.
///
/// | setting | default | range |
/// |---|---|---|
/// | `test_size` | | a fraction, or a number of rows |
/// | `seed` | | any |
/// | [`train_size`](Self::train_size) | what the test leaves | a fraction, or a number of rows; both together no more than all |
/// | [`unstratified`](Self::unstratified) | each class has its share on both sides | |
/// | [`keep_groups`](Self::keep_groups) | rows are separated whatever their groups | sizes are then of groups, and classes have no shares |
/// | [`in_order`](Self::in_order) | random rows | the first rows to train on, the next to test on, as for rows in the order of time |
///
/// # Errors
/// [`Error::InvalidValue`] for sizes out of range, a class of one row, or settings that exclude each other; [`Error::NoGroups`].
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, iris};
/// use workbench::select::TrainTestSplit;
///
/// let data = Dataset::from_frame(&iris()?, "species")?;
/// let (train, test) = TrainTestSplit::new(30, 7).train_size(0.5).split(&data)?;
/// assert_eq!((train.n_samples(), test.n_samples()), (75, 30));
/// assert!(TrainTestSplit::new(0.25, 7).keep_groups().split(&data).is_err()); // it has none
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainTestSplit {
    seed: u64,
    sizes: Sizes,
    stratified: bool,
    groups: bool,
    in_order: bool,
}

impl TrainTestSplit {
    /// Tests on so many rows, which `seed` chooses.
    pub fn new(test_size: impl Into<SplitSize>, seed: u64) -> Self {
        let sizes = Sizes { test: Some(test_size.into()), train: None };
        Self { seed, sizes, stratified: true, groups: false, in_order: false }
    }

    /// Sets how many rows are trained on.
    pub fn train_size(mut self, size: impl Into<SplitSize>) -> Self {
        self.sizes.train = Some(size.into());
        self
    }

    /// Lets chance decide how many rows of each class come to either side.
    pub fn unstratified(mut self) -> Self {
        self.stratified = false;
        self
    }

    /// Keeps rows of the same [group](Dataset::with_groups) on the same side.
    pub fn keep_groups(mut self) -> Self {
        self.groups = true;
        self
    }

    /// Takes the first rows to train on and the next to test on.
    pub fn in_order(mut self) -> Self {
        self.in_order = true;
        self
    }

    /// Splits `data` into rows to train on and rows to test on.
    ///
    /// # Errors
    /// See the type.
    pub fn split(&self, data: &Dataset) -> Result<(Dataset, Dataset)> {
        let Fold { mut train, validation: mut test } = self.fold(data)?;
        if !self.in_order {
            // The generators of the splits have other streams.
            random::shuffle(&mut train, &mut random::keyed([self.seed, 1, 0, 0]));
            random::shuffle(&mut test, &mut random::keyed([self.seed, 2, 0, 0]));
        }
        Ok((data.take(&train)?, data.take(&test)?))
    }

    fn fold(&self, data: &Dataset) -> Result<Fold> {
        if self.in_order {
            if self.groups {
                return Err(Error::InvalidValue {
                    what: "TrainTestSplit".to_string(),
                    value: "both in order and of whole groups".to_string(),
                    allowed: "one of both".to_string(),
                });
            }
            let (n_train, n_test) = self.sizes.of("TrainTestSplit", data.n_samples(), "rows", 0.25)?;
            return Ok(Fold { train: (0..n_train).collect(), validation: (n_train..n_train + n_test).collect() });
        }
        let folds = if self.groups {
            GroupShuffleSplit::of_sizes(self.seed, self.sizes.clone()).split(data)
        } else if self.stratified && data.task() == Task::Classification {
            StratifiedShuffleSplit::of_sizes(self.seed, self.sizes.clone()).split(data)
        } else {
            ShuffleSplit::of_sizes(self.seed, self.sizes.clone()).split(data)
        };
        folds?.into_iter().next().ok_or(Error::NoRows { what: "a split".to_string() })
    }
}
