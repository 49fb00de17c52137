//! Features that hardly vary.

use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use super::fitted::{Chooser, FittedSelector, Judged, candidates};
use crate::data::{in_parallel, statistics};
use crate::error::{Error, Result};
use crate::preprocess::columns::{self, Selection};
use crate::preprocess::params::{invalid_parameter, number, unknown_parameter};
use crate::preprocess::{FittedTransformer, ParamValue, Transformer};

const ALLOWED: &str = "a finite number of at least 0";

/// Keeps the features whose variance, Σ(x − mean)² / n over the known values, is greater than a threshold.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `threshold` | 0.0: only constant features go | finite, at least 0 | `threshold` |
/// | `columns` | all of numbers and flags | names | |
///
/// # Errors
/// When fitted: [`Error::NothingLeft`], [`Error::AllMissing`], [`Error::NotFinite`], [`Error::ColumnNotFound`], [`Error::NotNumeric`], [`Error::InvalidValue`].
/// When applied: [`Error::StepColumnMissing`], [`Error::StepDtype`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{FittedTransformer, VarianceThreshold};
///
/// let frame = df!("same" => [1.0, 1.0], "other" => [1.0, 2.0])?;
/// assert_eq!(VarianceThreshold::new(0.0).fit(&frame)?.kept(), ["other"]);
/// assert!(VarianceThreshold::new(1.0).fit(&frame).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VarianceThreshold {
    threshold: f64,
    columns: Selection,
}

impl VarianceThreshold {
    /// Keeps what varies by more than `threshold`.
    pub fn new(threshold: f64) -> Self {
        Self { threshold, columns: None }
    }

    /// Only these columns are judged; others are kept.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    /// Learns the variances.
    ///
    /// # Errors
    /// See [`VarianceThreshold`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedSelector> {
        if !(self.threshold.is_finite() && self.threshold >= 0.0) {
            return Err(invalid_parameter("variance_threshold.threshold", &self.threshold.into(), ALLOWED));
        }
        let features = in_parallel(&candidates(frame, &self.columns)?, |column: &&Column| {
            let values = columns::finite_values(column)?;
            let spread = statistics::mean_variance(&values, 0).zip(statistics::min_max(&values));
            let Some(((_, variance), (min, max))) = spread else {
                let (step, column) = (Chooser::VarianceThreshold.name(), column.name().to_string());
                return Err(Error::AllMissing { step, column, n_rows: values.len(), remedy: "drop the column" });
            };
            // Equal values may seem to vary by rounding.
            let score = if min == max { 0.0 } else { variance };
            let judged = Judged::new(column, score, f64::NAN);
            Ok(Judged { is_kept: score > self.threshold, ..judged })
        })?;
        FittedSelector::new(Chooser::VarianceThreshold, "variance", features, "make the threshold smaller")
    }
}

impl Transformer for VarianceThreshold {
    fn name(&self) -> &'static str {
        Chooser::VarianceThreshold.name()
    }

    fn fit(&self, frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(VarianceThreshold::fit(self, frame)?))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        vec![("threshold".to_string(), self.threshold.into())]
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        if name != "threshold" {
            return Err(unknown_parameter(Transformer::name(self), name, &["threshold"]));
        }
        let threshold = number("variance_threshold.threshold", value, ALLOWED)?;
        if !(threshold.is_finite() && threshold >= 0.0) {
            return Err(invalid_parameter("variance_threshold.threshold", value, ALLOWED));
        }
        self.threshold = threshold;
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}
