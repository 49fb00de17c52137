//! Fitted steps as JSON, in the form of [`saving`](crate::data::saving). [`KINDS`] is the one list of them all.

use std::any::Any;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::FittedTransformer;
use super::compose::{FittedChain, FittedColumnTransformer};
use super::encode::{
    FittedCountVectorizer, FittedCyclicEncoder, FittedDateParts, FittedFrequencyEncoder, FittedHashingEncoder,
    FittedOneHotEncoder, FittedOrdinalEncoder, FittedTargetEncoder, FittedTfidfVectorizer,
};
use super::select_features::FittedSelector;
use super::{
    FittedCast, FittedDowncast, FittedImputer, FittedIsolationForest, FittedIterativeImputer, FittedKBinsDiscretizer,
    FittedKnnImputer, FittedLogTransformer, FittedMaxAbsScaler, FittedMinMaxScaler, FittedNormalizer,
    FittedOutlierFilter, FittedPca, FittedPolynomialFeatures, FittedPowerTransformer, FittedQuantileTransformer,
    FittedRandomProjection, FittedRobustScaler, FittedSplineTransformer, FittedStandardScaler, FittedToBoolean,
    FittedToDatetime, FittedToNumeric,
};
use crate::data::saving::{Kind, Kinds, from_state, state_of};
use crate::error::Result;

/// Every kind of step that can be saved: a new one is one line here. Its version goes up when an older reader would misunderstand it.
static KINDS: Kinds<dyn FittedTransformer> = Kinds {
    sort: "step",
    kinds: &[
        Kind::of::<FittedCast>("cast", 1),
        Kind::of::<FittedChain>("chain", 1),
        Kind::of::<FittedColumnTransformer>("column_transformer", 1),
        Kind::of::<FittedCountVectorizer>("count_vectorizer", 1),
        Kind::of::<FittedCyclicEncoder>("cyclic_encoder", 1),
        Kind::of::<FittedDateParts>("date_parts", 1),
        Kind::of::<FittedDowncast>("downcast", 1),
        Kind::of::<FittedFrequencyEncoder>("frequency_encoder", 1),
        Kind::of::<FittedHashingEncoder>("hashing_encoder", 1),
        Kind::of::<FittedImputer>("imputer", 1),
        Kind::of::<FittedIsolationForest>("isolation_forest", 1),
        Kind::of::<FittedIterativeImputer>("iterative_imputer", 1),
        Kind::of::<FittedKBinsDiscretizer>("k_bins_discretizer", 1),
        Kind::of::<FittedKnnImputer>("knn_imputer", 1),
        Kind::of::<FittedLogTransformer>("log_transformer", 1),
        Kind::of::<FittedMaxAbsScaler>("max_abs_scaler", 1),
        Kind::of::<FittedMinMaxScaler>("min_max_scaler", 1),
        Kind::of::<FittedNormalizer>("normalizer", 1),
        Kind::of::<FittedOneHotEncoder>("one_hot_encoder", 1),
        Kind::of::<FittedOrdinalEncoder>("ordinal_encoder", 1),
        Kind::of::<FittedOutlierFilter>("outlier_filter", 1),
        Kind::of::<FittedPca>("pca", 1),
        Kind::of::<FittedPolynomialFeatures>("polynomial_features", 1),
        Kind::of::<FittedPowerTransformer>("power_transformer", 1),
        Kind::of::<FittedQuantileTransformer>("quantile_transformer", 1),
        Kind::of::<FittedRandomProjection>("random_projection", 1),
        Kind::of::<FittedRobustScaler>("robust_scaler", 1),
        Kind::of::<FittedSelector>("feature_selection", 1),
        Kind::of::<FittedSplineTransformer>("spline_transformer", 1),
        Kind::of::<FittedStandardScaler>("standard_scaler", 1),
        Kind::of::<FittedTargetEncoder>("target_encoder", 1),
        Kind::of::<FittedTfidfVectorizer>("tfidf_vectorizer", 1),
        Kind::of::<FittedToBoolean>("to_boolean", 1),
        Kind::of::<FittedToDatetime>("to_datetime", 1),
        Kind::of::<FittedToNumeric>("to_numeric", 1),
    ],
};

impl Kind<dyn FittedTransformer> {
    const fn of<T: FittedTransformer + Serialize + DeserializeOwned>(name: &'static str, version: u32) -> Self {
        Self { name, version, save: state_of::<T>, load: |state| Ok(Box::new(from_state::<T>(state)?)) }
    }
}

/// Every fitted step as [`Any`], which tells its type.
pub trait AsAny: Any {
    /// The step as [`Any`].
    fn as_any(&self) -> &dyn Any;
}

impl<T: Any> AsAny for T {
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The fitted step that `text`, written by [`to_json`](FittedTransformer::to_json), holds.
///
/// # Errors
/// [`Error::NotSaved`](crate::Error::NotSaved) for text that is broken or of something else, [`Error::UnknownKind`](crate::Error::UnknownKind), [`Error::NewerFormat`](crate::Error::NewerFormat).
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{FittedTransformer, StandardScaler, from_json};
///
/// let frame = df!("mass" => [1.0, 3.0])?;
/// let scaler = StandardScaler::new().fit(&frame)?;
/// let again = from_json(&scaler.to_json()?)?;
/// assert_eq!(again.transform(&frame)?, scaler.transform(&frame)?);
///
/// let unknown = from_json(r#"{"kind": "rotor", "version": 1, "state": {}}"#);
/// assert!(unknown.unwrap_err().to_string().starts_with("the saved step is of kind \"rotor\", which is not known"));
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn from_json(text: &str) -> Result<Box<dyn FittedTransformer>> {
    KINDS.from_json(text)
}

/// The fitted step in the file at `path`, written by [`save`](FittedTransformer::save).
///
/// # Errors
/// Those of [`from_json`]; [`Error::Io`](crate::Error::Io).
///
/// # Examples
///
/// ```no_run
/// use std::path::Path;
/// use workbench::preprocess::{FittedTransformer, Imputer, Strategy, load};
/// # let frame = workbench::data::penguins()?;
///
/// let path = Path::new("imputer.json");
/// Imputer::new(Strategy::Median).fit(&frame)?.save(path)?;
/// let imputer = load(path)?;
/// assert!(load(Path::new("nowhere.json")).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn load(path: &Path) -> Result<Box<dyn FittedTransformer>> {
    KINDS.load(path)
}

pub(super) fn to_json(step: &dyn Any) -> Result<String> {
    KINDS.to_json(step)
}

/// A step inside another.
impl Serialize for dyn FittedTransformer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        KINDS.serialize(self.as_any(), serializer)
    }
}

impl<'de> Deserialize<'de> for Box<dyn FittedTransformer> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        KINDS.deserialize(deserializer)
    }
}
