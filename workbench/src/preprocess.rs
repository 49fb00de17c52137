//! Preprocessing: settings that are fitted on training rows, remembered, and applied to new rows.
//!
//! A [`Transformer`] holds settings only. Fitting it returns a [`FittedTransformer`], which holds what was learnt.
//!
//! Every step here keeps to the same rules:
//! - It works on the columns named with `.columns(&[..])`, or on all that it applies to. Other columns, and columns that were not there
//!   when it was fitted, pass through.
//! - A column that was there when it was fitted and is gone, or has another kind of dtype, is an error that names it.
//! - Missing (null or NaN) stays missing and is left out of what is learnt; only the imputers fill it. Infinite values are an error.
//! - Columns of numbers that a step computes with come out as `f64`. Columns that a step adds stand behind
//!   all others; what an encoder makes of a column stands where that stood.
//!
//! | for | steps |
//! |---|---|
//! | missing values | [`Imputer`], [`KnnImputer`], [`IterativeImputer`] |
//! | outliers | [`OutlierFilter`], [`IsolationForest`] |
//! | types | [`Cast`], [`Downcast`], [`ToNumeric`], [`ToDatetime`], [`ToBoolean`] |
//! | scale | [`StandardScaler`], [`MinMaxScaler`], [`MaxAbsScaler`], [`RobustScaler`], [`Normalizer`] |
//! | shape | [`QuantileTransformer`], [`PowerTransformer`], [`LogTransformer`], [`KBinsDiscretizer`] |
//! | more columns | [`PolynomialFeatures`], [`SplineTransformer`] |
//! | fewer columns | [`Pca`], [`RandomProjection`], [`VarianceThreshold`], [`SelectKBest`], [`SelectPercentile`]; `Rfe` and `SelectFromModel` of the models |
//! | categories | [`OneHotEncoder`], [`OrdinalEncoder`], [`TargetEncoder`], [`FrequencyEncoder`], [`HashingEncoder`] |
//! | dates, cycles | [`DateParts`], [`CyclicEncoder`] |
//! | text | [`CountVectorizer`], [`TfidfVectorizer`] |
//! | some columns, several steps | [`ColumnTransformer`], [`Chain`] |

mod bins;
mod cast;
mod columns;
mod compose;
mod downcast;
mod eigen;
mod encode;
mod fit_transform;
mod impute;
mod log;
mod max_abs;
mod min_max;
mod normal;
mod normalize;
mod outlier;
mod params;
mod parse;
mod pca;
mod polynomial;
mod power;
mod projection;
mod quantile;
mod robust;
mod saving;
mod select_features;
mod spline;
mod standard;
mod stream;

use std::fmt::Debug;
use std::path::Path;

use polars::prelude::DataFrame;

use self::saving::AsAny;
use crate::data::{Fold, Target};
use crate::error::{Error, Result};

pub use bins::{BinEncoding, BinQuantiles, BinStrategy, FittedKBinsDiscretizer, KBinsDiscretizer};
pub use cast::{Cast, FittedCast};
pub use compose::{Chain, ColumnTransformer, Columns, DtypeGroup, FittedChain, FittedColumnTransformer, Remainder};
pub use downcast::{Downcast, FittedDowncast, Floats};
pub use encode::{
    CountVectorizer, CyclicEncoder, DatePart, DateParts, DropCategory, FittedCountVectorizer, FittedCyclicEncoder,
    FittedDateParts, FittedFrequencyEncoder, FittedHashingEncoder, FittedOneHotEncoder, FittedOrdinalEncoder,
    FittedTargetEncoder, FittedTfidfVectorizer, Frequency, FrequencyEncoder, HashingEncoder, MissingCategory,
    OneHotEncoder, OrdinalEncoder, Smoothing, TargetEncoder, TextNorm, TfidfVectorizer, Unknown,
};
pub use fit_transform::FitTransform;
pub use impute::{
    FittedImputer, FittedIterativeImputer, FittedKnnImputer, ImputationOrder, Imputer, InitialStrategy,
    IterativeImputer, KnnImputer, Strategy, Weights,
};
pub use log::{FittedLogTransformer, LogTransformer};
pub use max_abs::{FittedMaxAbsScaler, MaxAbsScaler};
pub use min_max::{FittedMinMaxScaler, MinMaxScaler};
pub use normalize::{FittedNormalizer, Norm, Normalizer};
pub use outlier::{Action, FittedIsolationForest, FittedOutlierFilter, IsolationForest, OutlierFilter, Outliers};
pub use params::ParamValue;
pub use parse::{Decimal, FittedToBoolean, FittedToDatetime, FittedToNumeric, ToBoolean, ToDatetime, ToNumeric};
pub use pca::{Components, FittedPca, Pca};
pub use polynomial::{FittedPolynomialFeatures, PolynomialFeatures};
pub use power::{FittedPowerTransformer, PowerMethod, PowerTransformer};
pub use projection::{FittedRandomProjection, RandomProjection};
pub use quantile::{FittedQuantileTransformer, OutputDistribution, QuantileTransformer};
pub use robust::{FittedRobustScaler, RobustScaler};
pub use saving::{from_json, load};
pub use select_features::{FittedSelector, Score, SelectKBest, SelectPercentile, VarianceThreshold};
pub use spline::{Extrapolation, FittedSplineTransformer, Knots, SplineTransformer};
pub use standard::{ConstantColumn, FittedStandardScaler, StandardScaler};

pub(crate) use columns::{Selection, selection};
pub(crate) use compose::{at_step, nested, wrong_names};
pub(crate) use eigen::Eigen;
pub(crate) use encode::settings::{int, whole};
pub(crate) use params::{Setting, choice, ensure, invalid_parameter, named_setting, unknown_parameter};
pub(crate) use select_features::{Chooser, Judged, candidates, f_survival};

/// A preprocessing step's settings: nothing in it depends on data.
pub trait Transformer: Debug + Send + Sync {
    /// The step's kind in lower case, such as `"imputer"`; it names the step in errors.
    fn name(&self) -> &'static str;

    /// Learns from the training rows. Fitting twice gives two independent results.
    fn fit(&self, frame: &DataFrame) -> Result<Box<dyn FittedTransformer>>;

    /// Learns from training rows that come in frames, such as those of a file larger than memory
    /// ([`open_frames`](crate::data::open_frames)); no more than one frame is kept. A step that needs all rows at once says so.
    ///
    /// [`StandardScaler`], [`MinMaxScaler`], and [`Imputer`] with the mean, a constant, the median or the most frequent value can do it. Sums differ from those of
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

    /// What [`FittedTransformer::affine`] says of the columns of `frame` after a fit on the training rows of each fold, where that is known without such
    /// fits, to 1e-9 of itself; `None` also where one of them would fail.
    fn affine_of_folds(&self, _frame: &DataFrame, _folds: &[Fold]) -> Option<Vec<Vec<(f64, f64)>>> {
        None
    }

    /// A boxed copy, since a search sets parameters on copies.
    fn clone_box(&self) -> Box<dyn Transformer>;

    /// Learns from `frame` and applies it to the same rows.
    fn fit_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        self.fit(frame)?.transform(frame)
    }

    /// The same step for just these columns, where it was not told of any; `None` for a step that makes no difference by that. A [`ColumnTransformer`] asks, so
    /// that columns which a person has named are encoded whatever their dtype.
    fn for_columns(&self, _columns: &[String]) -> Option<Box<dyn Transformer>> {
        None
    }

    /// Learns from the training rows and what is to be told of them. A step that has no use for a target learns as [`fit`](Self::fit) does.
    fn fit_with_target(&self, frame: &DataFrame, _target: &Target) -> Result<Box<dyn FittedTransformer>> {
        self.fit(frame)
    }

    /// Learns as [`fit_with_target`](Self::fit_with_target) does, and tells what the step makes of the *training* rows: which of them it
    /// keeps, and how it encodes them. A pipeline fits its steps by this.
    fn fit_transform_with_target(&self, frame: &DataFrame, target: &Target) -> Result<FitTransform> {
        FitTransform::by_transform(self.fit_with_target(frame, target)?, frame)
    }
}

/// What a [`Transformer`] learnt from the training rows.
pub trait FittedTransformer: Debug + Send + Sync + AsAny {
    /// Applies what was learnt to rows that have the columns of the training frame.
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame>;

    /// [`transform`](Self::transform) of a frame that is given away: a step may write over columns that nobody else has, or be rid of each as soon
    /// as the new one is there. [`Imputer`], [`StandardScaler`] and [`Cast`] do.
    fn transform_owned(&self, frame: DataFrame) -> Result<DataFrame> {
        self.transform(&frame)
    }

    /// The factor and the offset by which [`transform`](Self::transform) changes each of `columns`, where it does no more than that to a frame of just these:
    /// searches then scale planes instead of rows.
    fn affine(&self, _columns: &[String]) -> Option<Vec<(f64, f64)>> {
        None
    }

    /// Undoes [`transform`](Self::transform) where that is possible, and is an error otherwise.
    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame>;

    /// Which *training* rows stay: `None` for all. Only steps that drop rows (outliers) answer otherwise,
    /// and a pipeline asks only while it is fitted, so that no row is ever dropped from a prediction.
    fn training_rows(&self, _frame: &DataFrame) -> Result<Option<Vec<bool>>> {
        Ok(None)
    }

    /// What was learnt as JSON text, which [`from_json`] reads. It has the step's kind and the version of its format, and keeps every number to
    /// its last bit, NaN and infinities as well.
    ///
    /// # Errors
    /// [`Error::NotSavable`](crate::Error::NotSavable) for a step that is not the workbench's own.
    fn to_json(&self) -> Result<String> {
        saving::to_json(self.as_any())
    }

    /// Writes [`to_json`](Self::to_json) to the file at `path`, which [`load`] reads. The old file, if any, is there until the new one is whole.
    ///
    /// # Errors
    /// Those of [`to_json`](Self::to_json); [`Error::Io`](crate::Error::Io).
    fn save(&self, path: &Path) -> Result<()> {
        crate::data::saving::save(&self.to_json()?, path)
    }
}

impl Clone for Box<dyn Transformer> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}
