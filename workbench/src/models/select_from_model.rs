//! Features by a model's coefficients.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::Estimator;
use super::importances::{importances, judged};
use crate::data::{Target, statistics};
use crate::error::{Error, Result};
use crate::preprocess::{
    Chooser, FittedSelector, FittedTransformer, Judged, ParamValue, Selection, Transformer, at_step, int,
    invalid_parameter, nested, selection, unknown_parameter, whole,
};

const NAME: &str = "select_from_model";
const THRESHOLD_ALLOWED: &str = "\"mean\", \"median\", one of them with a factor such as \"1.25*mean\", or a number";

/// How much a feature has to matter.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportanceThreshold {
    /// At least so many times the mean of all importances.
    Mean(f64),
    /// At least so many times their median.
    Median(f64),
    /// At least this.
    Value(f64),
}

impl ImportanceThreshold {
    fn factor(self) -> f64 {
        match self {
            Self::Mean(factor) | Self::Median(factor) | Self::Value(factor) => factor,
        }
    }

    fn of(self, importances: &[f64]) -> f64 {
        match self {
            Self::Mean(factor) => factor * importances.iter().sum::<f64>() / importances.len() as f64,
            Self::Median(factor) => factor * statistics::quantile(&mut importances.to_vec(), 0.5).unwrap_or(f64::NAN),
            Self::Value(value) => value,
        }
    }

    fn param(self) -> ParamValue {
        let scaled = |factor: f64, name: &str| {
            if factor == 1.0 { name.to_string() } else { format!("{factor:?}*{name}") }
        };
        match self {
            Self::Mean(factor) => scaled(factor, "mean").into(),
            Self::Median(factor) => scaled(factor, "median").into(),
            Self::Value(value) => value.into(),
        }
    }

    fn parse(value: &ParamValue) -> Option<Self> {
        let text = match value {
            ParamValue::Int(number) => return Some(Self::Value(*number as f64)),
            ParamValue::Float(number) => return Some(Self::Value(*number)).filter(|_| number.is_finite()),
            ParamValue::Text(text) => text,
            ParamValue::Bool(_) => return None,
        };
        let (factor, name) = match text.split_once('*') {
            Some((factor, name)) => {
                (factor.trim().parse().ok().filter(|factor: &f64| factor.is_finite())?, name.trim())
            }
            None => (1.0, text.as_str()),
        };
        match name {
            "mean" => Some(Self::Mean(factor)),
            "median" => Some(Self::Median(factor)),
            _ => None,
        }
    }
}

/// Fits an estimator once, and keeps the features that matter to it: the sum of the magnitudes of a feature's coefficients is at least a threshold.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `estimator` | none: name it | one with coefficients | `estimator__…`: its own |
/// | `threshold` | `Mean(1.0)` | [`ImportanceThreshold`], finite | `threshold`: `"mean"`, `"1.25*median"` or a number |
/// | `max_features` | 0, no limit | at least 0; of those above the threshold the most important | `max_features` |
/// | `columns` | all of numbers and flags | names | |
///
/// With an L1 penalty a small number such as `Value(1e-5)` keeps the coefficients that are not 0.
///
/// # Errors
/// When fitted: [`Error::NeedsTarget`], [`Error::NothingLeft`], [`Error::InvalidValue`], those of the estimator at the step `estimator`.
/// When applied: [`Error::StepColumnMissing`], [`Error::StepDtype`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::data::Target;
/// use workbench::models::{ImportanceThreshold, LogisticRegression, SelectFromModel};
///
/// let frame = df!("noise" => [0.1, -0.1, 0.1, -0.1], "signal" => [-1.0, -0.9, 1.0, 0.8])?;
/// let classes = Target::from_labels(&["a", "a", "b", "b"]);
/// let chosen = SelectFromModel::new(LogisticRegression::new()).fit(&frame, &classes)?;
/// assert_eq!(chosen.kept(), ["signal"]);
///
/// let strict = SelectFromModel::new(LogisticRegression::new()).threshold(ImportanceThreshold::Value(1e6));
/// assert!(strict.fit(&frame, &classes).unwrap_err().to_string().contains("nothing is left of 2 features"));
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SelectFromModel {
    estimator: Box<dyn Estimator>,
    threshold: ImportanceThreshold,
    max_features: u64,
    columns: Selection,
}

impl SelectFromModel {
    /// Keeps the features that matter at least as much as the mean.
    pub fn new(estimator: impl Estimator + 'static) -> Self {
        let threshold = ImportanceThreshold::Mean(1.0);
        Self { estimator: Box::new(estimator), threshold, max_features: 0, columns: None }
    }

    /// How much a feature has to matter.
    pub fn threshold(mut self, threshold: ImportanceThreshold) -> Self {
        self.threshold = threshold;
        self
    }

    /// Keeps at most so many; 0 for no limit.
    pub fn max_features(mut self, max_features: usize) -> Self {
        self.max_features = max_features as u64;
        self
    }

    /// Only these columns are judged, and seen by the estimator; others are kept.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = selection(columns);
        self
    }

    /// Fits the estimator and looks at its coefficients.
    ///
    /// # Errors
    /// See [`SelectFromModel`].
    pub fn fit(&self, frame: &DataFrame, target: &Target) -> Result<FittedSelector> {
        if !self.threshold.factor().is_finite() {
            return Err(invalid_parameter("select_from_model.threshold", &self.threshold.param(), THRESHOLD_ALLOWED));
        }
        let (data, columns) = judged(NAME, frame, &self.columns, target)?;
        let magnitudes = |coefficients: &[f64]| coefficients.iter().map(|coefficient| coefficient.abs()).sum();
        let found = importances(NAME, self.estimator.as_ref(), &data, magnitudes)
            .map_err(|source| at_step("estimator", source))?;
        let threshold = self.threshold.of(&found);
        let mut order: Vec<(usize, f64)> = found.iter().copied().enumerate().collect();
        order.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        if self.max_features > 0 {
            order.truncate(usize::try_from(self.max_features).unwrap_or(usize::MAX));
        }
        let features = columns.iter().zip(&found).enumerate().map(|(position, (column, &importance))| {
            let judged = Judged::new(column, importance, f64::NAN);
            let is_kept = importance >= threshold && order.iter().any(|(other, _)| *other == position);
            Judged { is_kept, ..judged }
        });
        FittedSelector::new(Chooser::SelectFromModel, "importance", features.collect(), "make the threshold smaller")
    }
}

impl Transformer for SelectFromModel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, _frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Err(Error::NeedsTarget { step: NAME })
    }

    fn fit_with_target(&self, frame: &DataFrame, target: &Target) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(SelectFromModel::fit(self, frame, target)?))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        let own =
            [("threshold".to_string(), self.threshold.param()), ("max_features".to_string(), int(self.max_features))];
        own.into_iter().chain(nested("estimator", self.estimator.params())).collect()
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        if let Some(inner) = name.strip_prefix("estimator__") {
            return self.estimator.set_param(inner, value).map_err(|source| at_step("estimator", source));
        }
        match name {
            "threshold" => {
                self.threshold = ImportanceThreshold::parse(value)
                    .ok_or_else(|| invalid_parameter("select_from_model.threshold", value, THRESHOLD_ALLOWED))?;
            }
            "max_features" => self.max_features = whole("select_from_model.max_features", value, 0)?,
            _ => return Err(unknown_parameter(NAME, name, &["threshold", "max_features", "estimator__…"])),
        }
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}
