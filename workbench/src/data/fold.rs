//! Which rows a model is fitted on, and which it is judged by.

use serde::{Deserialize, Serialize};

/// One fold: 0-based rows to fit on, and rows to validate on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fold {
    /// The rows to fit on, ascending.
    pub train: Vec<usize>,
    /// The rows to validate on, ascending.
    pub validation: Vec<usize>,
}

impl Fold {
    /// Whether each of `n_rows` rows is either fitted on or validated on, once.
    pub(crate) fn splits(&self, n_rows: usize) -> bool {
        let mut is_in = vec![false; n_rows];
        let is_new = |&row: &usize| is_in.get_mut(row).is_some_and(|is_in| !std::mem::replace(is_in, true));
        self.train.len() + self.validation.len() == n_rows && self.train.iter().chain(&self.validation).all(is_new)
    }
}
