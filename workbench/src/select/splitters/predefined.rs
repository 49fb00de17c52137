//! Folds that were made elsewhere.

use serde::{Deserialize, Serialize};

use super::{Splitter, refuse};
use crate::data::{Dataset, Fold};
use crate::error::Result;

/// Folds that are given, such as those of another program or of the years of the rows.
///
/// # Errors
/// [`Error::InvalidValue`] for no folds, an empty side of a fold, a row that the data do not have, one that is there twice,
/// or one that is fitted on and validated on in the same fold.
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::data::{Dataset, Target};
/// use workbench::select::{Fold, PredefinedFolds, Splitter};
///
/// let data = Dataset::new(df!("x" => [1, 2, 3])?, Target::Values(vec![1.0, 2.0, 3.0]), "y")?;
/// let folds = vec![Fold { train: vec![0, 1], validation: vec![2] }];
/// assert_eq!(PredefinedFolds::new(folds.clone()).split(&data)?, folds);
///
/// let leaking = vec![Fold { train: vec![0, 1], validation: vec![1] }];
/// assert!(PredefinedFolds::new(leaking).split(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PredefinedFolds {
    folds: Vec<Fold>,
}

impl PredefinedFolds {
    /// These folds, which are checked against the data that they split.
    pub fn new(folds: Vec<Fold>) -> Self {
        Self { folds }
    }
}

impl Splitter for PredefinedFolds {
    fn split(&self, data: &Dataset) -> Result<Vec<Fold>> {
        if self.folds.is_empty() {
            return Err(refuse("the number of folds", 0, "at least 1".to_string()));
        }
        for (fold_idx, fold) in self.folds.iter().enumerate() {
            let mut is_taken = vec![false; data.n_samples()];
            for (side, rows) in [("train", &fold.train), ("validation", &fold.validation)] {
                let what = format!("PredefinedFolds: fold {fold_idx}: {side}");
                if rows.is_empty() {
                    return Err(refuse(&what, "empty", "at least one row".to_string()));
                }
                for &row in rows {
                    match is_taken.get_mut(row) {
                        None => {
                            let allowed = format!("of rows below {}, the number of rows", data.n_samples());
                            return Err(refuse(&what, format!("with row {row}"), allowed));
                        }
                        Some(true) => {
                            let allowed = "of rows that the fold has nowhere else".to_string();
                            return Err(refuse(&what, format!("with row {row} again"), allowed));
                        }
                        Some(taken) => *taken = true,
                    }
                }
            }
        }
        Ok(self.folds.clone())
    }
}
