//! Preprocessing: settings that are fitted on training rows, remembered, and applied to new rows.
//!
//! A [`Transformer`] holds settings only. Fitting it returns a [`FittedTransformer`], which holds what was learnt.
//!
//! Every step here keeps to the same rules:
//! - It works on the columns named with `.columns(&[..])`, or on all that it applies to. Other columns, and columns that were not there
//!   when it was fitted, pass through.
//! - A column that was there when it was fitted and is gone, or has another kind of dtype, is an error that names it.
//! - Missing (null or NaN) stays missing and is left out of what is learnt; only [`Imputer`] fills it. Infinite values are an error.
//! - Columns of numbers that a step computes with come out as `f64`.

mod cast;
mod columns;
mod impute;
mod min_max;
mod outlier;
mod params;
mod standard;
mod stream;

use std::fmt::Debug;

use polars::prelude::DataFrame;

use crate::error::{Error, Result};

pub use cast::{Cast, FittedCast};
pub use impute::{FittedImputer, Imputer, Strategy};
pub use min_max::{FittedMinMaxScaler, MinMaxScaler};
pub use outlier::{Action, FittedOutlierFilter, OutlierFilter, Outliers};
pub use params::ParamValue;
pub use standard::{ConstantColumn, FittedStandardScaler, StandardScaler};

pub(crate) use params::{invalid_parameter, unknown_parameter};

/// A preprocessing step's settings: nothing in it depends on data.
pub trait Transformer: Debug + Send + Sync {
    /// The step's kind in lower case, such as `"imputer"`; it names the step in errors.
    fn name(&self) -> &'static str;

    /// Learns from the training rows. Fitting twice gives two independent results.
    fn fit(&self, frame: &DataFrame) -> Result<Box<dyn FittedTransformer>>;

    /// Learns from training rows that come in frames, such as those of a file larger than memory
    /// ([`open_frames`](crate::data::open_frames)); no more than one frame is kept. A step that needs all rows at once says so.
    ///
    /// [`StandardScaler`], [`MinMaxScaler`], and [`Imputer`] with the mean, a constant or the median can do it. Sums differ from those of
    /// [`fit`](Self::fit) by rounding; the median is that of a [`QuantileSketch`](crate::data::QuantileSketch).
    ///
    /// # Errors
    /// The first error among the frames; those of [`fit`](Self::fit), with rows counted over all frames; [`Error::NotStreamable`].
    fn fit_stream(&self, _frames: &mut dyn Iterator<Item = Result<DataFrame>>) -> Result<Box<dyn FittedTransformer>> {
        Err(Error::NotStreamable { step: self.name(), detail: String::new() })
    }

    /// The settings by name, in a fixed order.
    fn params(&self) -> Vec<(String, ParamValue)>;

    /// Changes one setting; an unknown name or a value out of range is an error that lists what is allowed.
    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()>;

    /// A boxed copy, since a search sets parameters on copies.
    fn clone_box(&self) -> Box<dyn Transformer>;

    /// Learns from `frame` and applies it to the same rows.
    fn fit_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        self.fit(frame)?.transform(frame)
    }
}

/// What a [`Transformer`] learnt from the training rows.
pub trait FittedTransformer: Debug + Send + Sync {
    /// Applies what was learnt to rows that have the columns of the training frame.
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame>;

    /// Undoes [`transform`](Self::transform) where that is possible, and is an error otherwise.
    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame>;

    /// Which *training* rows stay: `None` for all. Only steps that drop rows (outliers) answer otherwise,
    /// and a pipeline asks only while it is fitted, so that no row is ever dropped from a prediction.
    fn training_rows(&self, _frame: &DataFrame) -> Result<Option<Vec<bool>>> {
        Ok(None)
    }
}

impl Clone for Box<dyn Transformer> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}
