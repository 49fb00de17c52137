//! Folds in which each class has its share.

use serde::{Deserialize, Serialize};

use super::{Splitter, check_n_splits, folds};
use crate::data::{Dataset, Fold, Target};
use crate::error::{Error, Result};
use crate::train::random;

/// Folds in which each class is as frequent as in all rows, as nearly as can be. Every row is validated once.
///
/// Each class's rows go to the folds in consecutive runs, or at random after [`shuffle`](Self::shuffle). Unshuffled folds
/// are scikit-learn's.
///
/// | parameter | default | range |
/// |---|---|---|
/// | `n_splits` | | 2 to the smallest class's number of rows |
/// | `shuffle` | none | any seed |
///
/// # Errors
/// [`Error::ClassTooSmall`] names a class of fewer rows than folds, [`Error::NotClasses`] for a regression target,
/// [`Error::InvalidValue`] for less than 2 folds, or more than rows.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, drop_missing, penguins};
/// use workbench::select::{Splitter, StratifiedKFold};
///
/// let data = Dataset::from_frame(&drop_missing(&penguins()?, &["sex"])?, "sex")?;
/// assert_eq!(StratifiedKFold::new(5).shuffle(7).split(&data)?.len(), 5);
/// assert!(StratifiedKFold::new(166).split(&data).is_err()); // 165 are female
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StratifiedKFold {
    n_splits: usize,
    seed: Option<u64>,
}

impl StratifiedKFold {
    /// `n_splits` folds of consecutive runs of each class.
    pub fn new(n_splits: usize) -> Self {
        Self { n_splits, seed: None }
    }

    /// Takes random rows of each class in place of consecutive ones, as `seed` decides.
    pub fn shuffle(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    fn check(&self, data: &Dataset, classes: &[ClassRows]) -> Result<()> {
        check_n_splits("StratifiedKFold", self.n_splits, data.n_samples())?;
        match classes.iter().min_by_key(|class| class.rows.len()) {
            Some(smallest) if smallest.rows.len() < self.n_splits => Err(Error::ClassTooSmall {
                n_splits: self.n_splits,
                class: smallest.label.clone(),
                count: smallest.rows.len(),
                n_rows: data.n_samples(),
            }),
            _ => Ok(()),
        }
    }
}

impl Splitter for StratifiedKFold {
    fn split(&self, data: &Dataset) -> Result<Vec<Fold>> {
        let mut classes = class_rows(data, "StratifiedKFold")?;
        self.check(data, &classes)?;
        classes.sort_by_key(|class| class.rows.first().copied());
        let mut fold_of_row = vec![0; data.n_samples()];
        let mut n_before = 0;
        for (stream, class) in classes.iter().enumerate() {
            let mut folds = runs(n_before, class.rows.len(), self.n_splits);
            n_before += class.rows.len();
            if let Some(seed) = self.seed {
                random::shuffle(&mut folds, &mut random::stream(seed, stream as u64));
            }
            for (&row, fold_idx) in class.rows.iter().zip(folds) {
                if let Some(fold) = fold_of_row.get_mut(row) {
                    *fold = fold_idx;
                }
            }
        }
        Ok(folds(&fold_of_row, self.n_splits))
    }
}

/// The folds of `n` rows of one class in runs: `0, 0, …, 1, 1, …`.
///
/// Were all rows sorted by class and dealt to the folds in turn, this class would begin at `n_before`: each fold has a run
/// as long as its share of that deal.
fn runs(n_before: usize, n: usize, n_splits: usize) -> Vec<usize> {
    let mut shares = vec![0; n_splits];
    for position in n_before..n_before + n {
        if let Some(share) = shares.get_mut(position % n_splits) {
            *share += 1;
        }
    }
    shares.into_iter().enumerate().flat_map(|(fold_idx, share)| std::iter::repeat_n(fold_idx, share)).collect()
}

/// One class and the rows that have it, ascending.
pub(super) struct ClassRows {
    pub(super) label: String,
    pub(super) rows: Vec<usize>,
}

/// The classes that occur in `data`, in the order of its labels.
pub(super) fn class_rows(data: &Dataset, what: &str) -> Result<Vec<ClassRows>> {
    let Target::Classes { codes, labels } = data.target() else {
        return Err(Error::NotClasses { what: what.to_string(), target: data.target_name().to_string() });
    };
    let mut classes: Vec<ClassRows> =
        labels.iter().map(|label| ClassRows { label: label.clone(), rows: Vec::new() }).collect();
    for (row, &code) in codes.iter().enumerate() {
        if let Some(class) = classes.get_mut(code as usize) {
            class.rows.push(row);
        }
    }
    classes.retain(|class| !class.rows.is_empty());
    Ok(classes)
}
