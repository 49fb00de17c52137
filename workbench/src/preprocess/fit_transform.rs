//! What comes of fitting a step on training rows.

use polars::prelude::{BooleanChunked, DataFrame, NewChunkedArray};

use super::{FittedTransformer, columns};
use crate::error::{Error, Result};

/// A fitted step beside what it makes of its *training* rows.
///
/// For most steps that is what [`transform`](FittedTransformer::transform) makes of them. A step that drops outliers keeps fewer rows, and one that
/// encodes by the target has to encode each training row without its own.
#[derive(Debug)]
pub struct FitTransform {
    /// What was learnt.
    pub fitted: Box<dyn FittedTransformer>,
    /// The training rows that are kept, transformed.
    pub frame: DataFrame,
    /// For each training row, whether it is kept; `None` for all.
    pub kept: Option<Vec<bool>>,
    /// Whether `frame` is just what `transform` makes of the kept rows.
    pub is_transform: bool,
}

impl FitTransform {
    /// `fitted` beside what its `transform` makes of the training rows in `frame`.
    ///
    /// # Errors
    /// Those of the step; [`Error::LengthMismatch`] for a mask of another length.
    pub fn by_transform(fitted: Box<dyn FittedTransformer>, frame: &DataFrame) -> Result<Self> {
        let kept = fitted.training_rows(frame)?;
        let frame = match &kept {
            Some(keep) => fitted.transform(&filter(frame, keep)?)?,
            None => fitted.transform(frame)?,
        };
        Ok(Self { fitted, frame, kept, is_transform: true })
    }

    /// The same of training rows that are given away.
    pub(super) fn by_transform_owned(fitted: Box<dyn FittedTransformer>, frame: DataFrame) -> Result<Self> {
        let kept = fitted.training_rows(&frame)?;
        let frame = match &kept {
            Some(keep) => fitted.transform_owned(filter_owned(frame, keep)?)?,
            None => fitted.transform_owned(frame)?,
        };
        Ok(Self { fitted, frame, kept, is_transform: true })
    }
}

/// The rows of `frame` for which `keep` says so.
pub(super) fn filter(frame: &DataFrame, keep: &[bool]) -> Result<DataFrame> {
    filter_owned(frame.clone(), keep)
}

/// The same of a frame that is given away.
pub(super) fn filter_owned(frame: DataFrame, keep: &[bool]) -> Result<DataFrame> {
    if keep.len() != frame.height() {
        let what = "the mask of rows to keep".to_string();
        return Err(Error::LengthMismatch { what, found: keep.len(), expected: frame.height() });
    }
    let mask = BooleanChunked::from_slice("keep".into(), keep);
    columns::each_owned(frame, mask.num_trues(), |column| Ok(column.filter(&mask)?))
}
