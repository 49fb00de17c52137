//! Models as JSON, in the form of [`saving`](crate::data::saving). [`KINDS`] is the one list of them all.

use std::any::Any;
use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    CalibratedModel, CategoricalNbModel, DecisionTreeModel, DiscreteNbModel, DummyModel, DummyRegressorModel,
    ForestModel, GaussianNbModel, HistGradientBoostingModel, HuberModel, KNeighborsModel, LinearModel, LinearSvcModel,
    LinearSvrModel, LogisticModel, Model, PipelineModel, PoissonModel, SgdModel, SgdRegressionModel, SvcModel,
    SvrModel,
};
use crate::data::saving::{Kind, Kinds, from_state, state_of};
use crate::error::Result;

/// Every kind of model that can be saved: a new one is one line here. Its version goes up when an older reader would misunderstand it.
static KINDS: Kinds<dyn Model> = Kinds {
    sort: "model",
    kinds: &[
        Kind::of::<CalibratedModel>("calibrated", 1),
        Kind::of::<CategoricalNbModel>("categorical_nb", 1),
        Kind::of::<DecisionTreeModel>("decision_tree", 1),
        Kind::of::<DiscreteNbModel>("discrete_nb", 1),
        Kind::of::<DummyModel>("dummy", 1),
        Kind::of::<DummyRegressorModel>("dummy_regressor", 1),
        Kind::of::<ForestModel>("forest", 1),
        Kind::of::<GaussianNbModel>("gaussian_nb", 1),
        Kind::of::<HistGradientBoostingModel>("hist_gradient_boosting", 1),
        Kind::of::<HuberModel>("huber", 1),
        Kind::of::<KNeighborsModel>("k_neighbors", 1),
        Kind::of::<LinearModel>("linear", 1),
        Kind::of::<LinearSvcModel>("linear_svc", 1),
        Kind::of::<LinearSvrModel>("linear_svr", 1),
        Kind::of::<LogisticModel>("logistic", 1),
        Kind::of::<PipelineModel>("pipeline", 1),
        Kind::of::<PoissonModel>("poisson", 1),
        Kind::of::<SgdModel>("sgd", 1),
        Kind::of::<SgdRegressionModel>("sgd_regressor", 1),
        Kind::of::<SvcModel>("svc", 1),
        Kind::of::<SvrModel>("svr", 1),
    ],
};

impl Kind<dyn Model> {
    const fn of<T: Model + Serialize + DeserializeOwned + 'static>(name: &'static str, version: u32) -> Self {
        Self { name, version, save: state_of::<T>, load: |state| Ok(Box::new(from_state::<T>(state)?)) }
    }
}

/// The model that `text`, written by [`to_json`](Model::to_json), holds.
///
/// # Errors
/// [`Error::NotSaved`](crate::Error::NotSaved) for text that is broken or of something else, [`Error::UnknownKind`](crate::Error::UnknownKind),
/// [`Error::NewerFormat`](crate::Error::NewerFormat).
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, wine};
/// use workbench::models::{GaussianNb, Model, model_from_json};
///
/// let data = Dataset::from_frame(&wine()?, "cultivar")?;
/// let model = GaussianNb::new().fit(&data)?;
/// let again = model_from_json(&model.to_json()?)?;
/// assert_eq!(again.predict(data.features())?, model.predict(data.features())?);
///
/// let unknown = model_from_json(r#"{"kind": "oracle", "version": 1, "state": {}}"#);
/// assert!(unknown.unwrap_err().to_string().starts_with("the saved model is of kind \"oracle\", which is not known"));
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn model_from_json(text: &str) -> Result<Box<dyn Model>> {
    KINDS.from_json(text)
}

/// The model in the file at `path`, written by [`save`](Model::save).
///
/// # Errors
/// Those of [`model_from_json`]; [`Error::Io`](crate::Error::Io).
///
/// # Examples
///
/// ```no_run
/// use std::path::Path;
/// use workbench::data::{Dataset, wine};
/// use workbench::models::{GaussianNb, Model, load_model};
///
/// let path = Path::new("wine.json");
/// GaussianNb::new().fit(&Dataset::from_frame(&wine()?, "cultivar")?)?.save(path)?;
/// let model = load_model(path)?;
/// assert!(load_model(Path::new("nowhere.json")).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn load_model(path: &Path) -> Result<Box<dyn Model>> {
    KINDS.load(path)
}

pub(super) fn to_json(model: &dyn Any) -> Result<String> {
    KINDS.to_json(model)
}

/// A model inside another.
impl Serialize for dyn Model {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        KINDS.serialize(self.as_any(), serializer)
    }
}

impl<'de> Deserialize<'de> for Box<dyn Model> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        KINDS.deserialize(deserializer)
    }
}

/// For a shared model inside another: `#[serde(with = "shared")]`.
pub(super) mod shared {
    use super::{Arc, Deserialize, Deserializer, Model, Result, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(model: &Arc<dyn Model>, serializer: S) -> Result<S::Ok, S::Error> {
        model.as_ref().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<dyn Model>, D::Error> {
        Box::<dyn Model>::deserialize(deserializer).map(Arc::from)
    }
}
