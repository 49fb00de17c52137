//! Fitted steps as JSON.
//!
//! A saved step is an object of its kind, the version of that kind's format, and its state:
//! `{"kind": "standard_scaler", "version": 1, "state": {"columns": [..]}}`. [`KINDS`] is the one list of them all. A step inside another, as in a chain,
//! is saved in the same form.

mod read;
mod write;

use std::any::Any;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

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
use crate::data::replace_file;
use crate::error::{Error, Result};

/// Every kind of step that can be saved: a new one is one line here. Its version goes up when an older reader would misunderstand it.
static KINDS: &[Kind] = &[
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
];

struct Kind {
    name: &'static str,
    version: u32,
    /// The state of a step of this kind; `None` for any other.
    save: fn(&dyn Any) -> Option<serde_json::Result<Value>>,
    load: fn(Value) -> serde_json::Result<Box<dyn FittedTransformer>>,
}

impl Kind {
    const fn of<T: FittedTransformer + Serialize + DeserializeOwned>(name: &'static str, version: u32) -> Self {
        Self {
            name,
            version,
            save: |step| step.downcast_ref::<T>().map(|step| step.serialize(write::Exact)),
            load: |state| Ok(Box::new(T::deserialize(read::Exact(state))?)),
        }
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
/// [`Error::NotASavedStep`] for text that is broken or of something else, [`Error::UnknownKind`], [`Error::NewerFormat`].
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
    let value = serde_json::from_str(text).map_err(|error| Error::NotASavedStep { reason: error.to_string() })?;
    from_value(value)
}

/// The fitted step in the file at `path`, written by [`save`](FittedTransformer::save).
///
/// # Errors
/// Those of [`from_json`]; [`Error::Io`].
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
    from_json(&fs::read_to_string(path).map_err(|source| io("read", path, source))?)
}

pub(super) fn to_json(step: &dyn Any) -> Result<String> {
    to_value(step).map(|value| value.to_string())
}

/// Writes `text` to a file that is whole or not there.
pub(super) fn save(text: &str, path: &Path) -> Result<()> {
    let Some(name) = path.to_str() else {
        return Err(io("write", path, ErrorKind::InvalidFilename.into()));
    };
    replace_file(name, |mut file| file.write_all(text.as_bytes()).map_err(|source| io("write", path, source)))
}

fn io(action: &'static str, path: &Path, source: std::io::Error) -> Error {
    Error::Io { action, path: path.display().to_string(), source }
}

fn to_value(step: &dyn Any) -> Result<Value> {
    for kind in KINDS {
        if let Some(state) = (kind.save)(step) {
            let state = state.map_err(|error| Error::NotASavedStep { reason: error.to_string() })?;
            let members = [("kind", kind.name.into()), ("version", kind.version.into()), ("state", state)];
            return Ok(Value::Object(members.map(|(name, value)| (name.to_string(), value)).into_iter().collect()));
        }
    }
    Err(Error::NotSavable { known: known() })
}

fn from_value(value: Value) -> Result<Box<dyn FittedTransformer>> {
    let broken = |reason: &str| Error::NotASavedStep { reason: reason.to_string() };
    let Value::Object(mut members) = value else { return Err(broken("it is not an object")) };
    let name = members.get("kind").and_then(Value::as_str).ok_or_else(|| broken("it has no text `kind`"))?;
    let kind = KINDS.iter().find(|kind| kind.name == name);
    let kind = kind.ok_or_else(|| Error::UnknownKind { kind: name.to_string(), known: known() })?;
    let version = members.get("version").and_then(Value::as_u64).ok_or_else(|| broken("it has no number `version`"))?;
    if version > u64::from(kind.version) {
        return Err(Error::NewerFormat { kind: kind.name, found: version, supported: kind.version });
    }
    let state = members.remove("state").ok_or_else(|| broken("it has no `state`"))?;
    (kind.load)(state).map_err(|error| broken(&format!("the state of its {} does not read: {error}", kind.name)))
}

fn known() -> String {
    KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ")
}

/// A step inside another.
impl Serialize for dyn FittedTransformer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        to_value(self.as_any()).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Box<dyn FittedTransformer> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The state's marked numbers must come through as they are.
        from_value(read::raw(deserializer)?).map_err(serde::de::Error::custom)
    }
}
