//! What linear models of numbers learnt.

use std::any::Any;
use std::sync::Arc;

use ndarray::Array1;
use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize, Serializer};

use super::{Fit, Objective};
use crate::data::{Target, numbers};
use crate::error::{Error, Result};
use crate::models::linear::select;
use crate::models::{ElasticNet, Estimator, Lasso, LinearRegression, Model, Ridge};

/// The settings of one of the estimators.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::models) enum Settings {
    Linear(LinearRegression),
    Ridge(Ridge),
    Lasso(Lasso),
    ElasticNet(ElasticNet),
}

impl Settings {
    /// Those of `estimator`, if it is one of these.
    pub(super) fn of(estimator: &dyn Estimator) -> Option<Self> {
        let any = estimator.as_any();
        if let Some(linear) = any.downcast_ref::<LinearRegression>() {
            return Some(Self::Linear(linear.clone()));
        }
        if let Some(ridge) = any.downcast_ref::<Ridge>() {
            return Some(Self::Ridge(ridge.clone()));
        }
        if let Some(lasso) = any.downcast_ref::<Lasso>() {
            return Some(Self::Lasso(lasso.clone()));
        }
        any.downcast_ref::<ElasticNet>().map(|net| Self::ElasticNet(net.clone()))
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Linear(linear) => linear.name(),
            Self::Ridge(ridge) => ridge.name(),
            Self::Lasso(lasso) => lasso.name(),
            Self::ElasticNet(net) => net.name(),
        }
    }

    /// The same for any `alpha`.
    pub(super) fn without_alpha(self) -> Self {
        match self {
            Self::Linear(linear) => Self::Linear(linear),
            Self::Ridge(ridge) => Self::Ridge(ridge.alpha(1.0)),
            Self::Lasso(lasso) => Self::Lasso(lasso.alpha(1.0)),
            Self::ElasticNet(net) => Self::ElasticNet(net.alpha(1.0)),
        }
    }

    /// What is to be made small; an error for a setting out of range.
    pub(super) fn objective(&self) -> Result<Objective> {
        match self {
            Self::Linear(_) => Ok(Objective::LeastSquares),
            Self::Ridge(ridge) => ridge.objective(),
            Self::Lasso(lasso) => lasso.objective(),
            Self::ElasticNet(net) => net.objective(),
        }
    }

    pub(super) fn fit_intercept(&self) -> bool {
        match self {
            Self::Linear(linear) => linear.fit_intercept,
            Self::Ridge(ridge) => ridge.fit_intercept,
            Self::Lasso(lasso) => lasso.fit_intercept,
            Self::ElasticNet(net) => net.fit_intercept,
        }
    }
}

/// A fitted [`LinearRegression`], [`Ridge`], [`Lasso`] or [`ElasticNet`].
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, Target, diabetes};
/// use workbench::models::Lasso;
///
/// let data = Dataset::from_frame(&diabetes()?, "progression")?;
/// let model = Lasso::new().alpha(10.0).fit(&data)?;
/// assert!(model.warning().is_none());
/// assert!(model.coef().iter().any(|coefficient| *coefficient == 0.0));
/// let Target::Values(values) = model.predict(data.features())? else { unreachable!() };
/// assert_eq!(values.len(), data.n_samples());
///
/// assert!(model.predict(&data.features().drop("bmi")?).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedModel")]
pub struct LinearModel {
    /// One list for all models of a search.
    #[serde(serialize_with = "names")]
    feature_names: Arc<[String]>,
    coefficients: Vec<f64>,
    intercept: f64,
    settings: Settings,
    dual_gap: f64,
    n_iter: usize,
    converged: bool,
    /// What the search that fitted it knows of its fold.
    #[serde(skip)]
    errors: Option<FoldErrors>,
}

/// The mean squared errors on both parts of a fold, where they are known to enough digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct FoldErrors {
    pub(super) train: Option<f64>,
    pub(super) validation: Option<f64>,
}

/// A model as a file has it, which may have been torn or written by hand.
#[derive(Deserialize)]
struct UncheckedModel {
    feature_names: Vec<String>,
    coefficients: Vec<f64>,
    intercept: f64,
    settings: Settings,
    dual_gap: f64,
    n_iter: usize,
    converged: bool,
}

impl TryFrom<UncheckedModel> for LinearModel {
    type Error = String;

    fn try_from(unchecked: UncheckedModel) -> Result<Self, String> {
        let UncheckedModel { feature_names, coefficients, intercept, settings, dual_gap, n_iter, converged } =
            unchecked;
        if coefficients.len() != feature_names.len() {
            return Err(format!(
                "a model of {} features has as many coefficients, but there are {}",
                feature_names.len(),
                coefficients.len()
            ));
        }
        let feature_names = feature_names.into();
        Ok(Self { feature_names, coefficients, intercept, settings, dual_gap, n_iter, converged, errors: None })
    }
}

fn names<S: Serializer>(names: &Arc<[String]>, serializer: S) -> Result<S::Ok, S::Error> {
    names.serialize(serializer)
}

impl LinearModel {
    /// An error where products of the data are beyond what a number can hold.
    pub(super) fn new(feature_names: Arc<[String]>, settings: Settings, fit: Fit) -> Result<Self> {
        let Fit { coefficients, intercept, dual_gap, n_iter, converged } = fit;
        if let Some(value) = coefficients.iter().chain([&intercept]).find(|value| !value.is_finite()) {
            return Err(Error::InvalidValue {
                what: format!("a coefficient of {}", settings.name()),
                value: format!("{value:?}"),
                allowed: "finite; the squares of the data are too great, so scale them first".to_string(),
            });
        }
        Ok(Self { feature_names, coefficients, intercept, settings, dual_gap, n_iter, converged, errors: None })
    }

    /// The same model, of which the mean squared errors on a fold are known.
    pub(super) fn with_errors(mut self, errors: FoldErrors) -> Self {
        self.errors = Some(errors);
        self
    }

    pub(super) fn errors(&self) -> Option<FoldErrors> {
        self.errors
    }

    /// The coefficients and the intercept.
    pub(super) fn plane(&self) -> (&[f64], f64) {
        (&self.coefficients, self.intercept)
    }

    /// The coefficients, one for each feature, in the target's units by the feature's.
    pub fn coef(&self) -> Array1<f64> {
        Array1::from(self.coefficients.clone())
    }

    /// The prediction where all features are 0; 0 for a fit without an intercept.
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    /// The coefficients as a table of `feature` and `coefficient`: a row for each feature, the last for the intercept.
    pub fn coefficients(&self) -> DataFrame {
        let mut names = self.feature_names.to_vec();
        names.push("(intercept)".to_string());
        let values: Vec<f64> = self.coefficients.iter().chain([&self.intercept]).copied().collect();
        let height = names.len();
        let columns = vec![Column::new("feature".into(), names), Column::new("coefficient".into(), values)];
        DataFrame::new(height, columns).unwrap_or_default()
    }

    /// The columns that the model was fitted on.
    pub fn feature_names(&self) -> Vec<String> {
        self.feature_names.to_vec()
    }

    /// How often the coordinate descent of a lasso or an elastic net went through features; 0 for the others, which need no steps.
    pub fn n_iter(&self) -> usize {
        self.n_iter
    }

    /// How far the objective of a lasso or an elastic net is from the least, at most; 0 for the others.
    pub fn dual_gap(&self) -> f64 {
        self.dual_gap
    }

    /// Whether the tolerance was met; where it was not, [`warning`](Self::warning) says what to do.
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// What is wrong with the fit, or nothing.
    pub fn warning(&self) -> Option<String> {
        (!self.converged).then(|| {
            format!(
                "{}: not converged after {} steps, the dual gap is {:.3e}; \
                 scale the features, or make alpha, max_iter or tol greater",
                self.name(),
                self.n_iter,
                self.dual_gap
            )
        })
    }

    /// `x·w + b` for each row, as numbers.
    ///
    /// # Errors
    /// [`Error::FeaturesDiffer`] where the columns are not those of the fit (their order does not matter), [`Error::UnusableValue`],
    /// [`Error::NotNumeric`].
    pub fn predict(&self, features: &DataFrame) -> Result<Target> {
        let features = select(self.name(), features, &self.feature_names)?;
        let mut predictions = vec![self.intercept; features.height()];
        for (column, &coefficient) in features.columns().iter().zip(&self.coefficients) {
            let values = numbers(column)?;
            // NaN and infinity both come through a sum.
            if !values.iter().sum::<f64>().is_finite()
                && let Some((row, &value)) = values.iter().enumerate().find(|(_, value)| !value.is_finite())
            {
                return Err(Error::unusable(self.name(), column.name().to_string(), row, value));
            }
            if coefficient != 0.0 {
                let cells = predictions.iter_mut().zip(values.iter());
                cells.for_each(|(prediction, value)| *prediction += coefficient * value);
            }
        }
        Ok(Target::Values(predictions))
    }
}

impl Model for LinearModel {
    fn name(&self) -> &'static str {
        self.settings.name()
    }

    fn predict(&self, features: &DataFrame) -> Result<Target> {
        self.predict(features)
    }

    fn coefficients(&self) -> Option<DataFrame> {
        Some(self.coefficients())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
