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
