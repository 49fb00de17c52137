//! What the fits of a search share.

use super::{Estimator, Model, Predictions, Wanted};
use crate::error::Result;

/// The training or the validation rows of a fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The rows that a model is fitted on.
    Train,
    /// The rows that it is validated on.
    Validation,
}

/// What the fits of many candidates on many folds share: matrices, bins, sorted columns.
///
/// [`Estimator::share`] makes it for one dataset and its folds; it keeps of the data what it needs. Calls come from several threads,
/// each for another group or fold.
pub trait SharedFits: Send + Sync {
    /// The positions in `candidates` that are fitted together, such as all penalties of a path; each position once. All models of a
    /// group are alive at the same time, so those that are large and share nothing stay apart.
    fn groups(&self, candidates: &[&dyn Estimator]) -> Vec<Vec<usize>>;

    /// Does what the fits of `candidates`, which are one of the [`groups`](Self::groups), have in common in all folds, and says whether that is anything:
    /// [`fit`](Self::fit) then starts from there. It takes well below a second, since an interruption leaves nothing of it.
    fn begin(&self, _candidates: &[&dyn Estimator]) -> bool {
        false
    }

    /// Fits each of `candidates`, which are one of the [`groups`](Self::groups), on the training rows of fold `fold_idx`: as many
    /// results, in their order. A candidate that fails fails alone.
    fn fit(&self, fold_idx: usize, candidates: &[&dyn Estimator]) -> Vec<Result<Box<dyn Model>>>;

    /// Fits `candidate` on all rows of the data; `None` where that takes no less than the estimator's own fit.
    fn fit_whole(&self, _candidate: &dyn Estimator) -> Option<Result<Box<dyn Model>>> {
        None
    }

    /// What each of `models`, which [`fit`](Self::fit) made for fold `fold_idx`, tells of the rows of `part`, in their order; `None` where
    /// it is no quicker than asking each model.
    ///
    /// # Errors
    /// Those of the models.
    fn predictions(
        &self,
        _fold_idx: usize,
        _part: Part,
        _models: &[&dyn Model],
        _wanted: Wanted,
    ) -> Result<Option<Vec<Predictions>>> {
        Ok(None)
    }

    /// The weighted mean of the squared errors of `model`, which [`fit`](Self::fit) made for fold `fold_idx`, on the rows of `part`, where
    /// that is known without predictions, to 1e-9 of itself.
    fn mean_squared_error(&self, _fold_idx: usize, _part: Part, _model: &dyn Model) -> Option<f64> {
        None
    }
}
