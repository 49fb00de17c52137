//! Features beside a target.

use std::collections::HashMap;
use std::sync::Arc;

use ndarray::Array2;
use polars::prelude::{DataFrame, DataType, IdxCa, IdxSize};
use serde::{Deserialize, Serialize};

use super::target::Target;
use super::{array, column};
use crate::error::{Error, Result};

/// What a target asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Task {
    /// One of a few classes is to be told.
    Classification,
    /// A number is to be told.
    Regression,
}

/// Features, shape `(n_samples, n_features)`, beside a target of `n_samples` values.
///
/// The features are a frame, so that steps which impute, cast or encode can still run on them; a model asks for
/// [`records`](Self::records).
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, Task, drop_missing, penguins};
///
/// let frame = drop_missing(&penguins()?, &["sex"])?;
/// let data = Dataset::from_frame(&frame, "sex")?;
/// assert_eq!((data.n_samples(), data.n_features(), data.task()), (333, 7, Task::Classification));
///
/// // `sex` is missing in 11 rows of the whole frame, and a model cannot learn from them:
/// assert!(Dataset::from_frame(&penguins()?, "sex").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dataset {
    features: DataFrame,
    target: Target,
    target_name: String,
    weights: Option<Arc<[f64]>>,
    groups: Option<Arc<[u32]>>,
}

impl Dataset {
    /// Takes the column `target` out of `frame` and infers the task from it.
    ///
    /// | dtype of the target | task |
    /// |---|---|
    /// | string, boolean, categorical | classification |
    /// | integers with at most 20 distinct values | classification |
    /// | other numbers | regression |
    ///
    /// Where that guesses wrong, say it with [`from_frame_as`](Self::from_frame_as).
    ///
    /// # Errors
    /// [`Error::ColumnNotFound`], [`Error::MissingTarget`], [`Error::NotFinite`], [`Error::NoRows`].
    pub fn from_frame(frame: &DataFrame, target: &str) -> Result<Self> {
        let task = Target::infer_task(column(frame, target)?)?;
        Self::from_frame_as(frame, target, task)
    }

    /// Takes the column `target` out of `frame`, as `task`.
    ///
    /// # Errors
    /// Those of [`from_frame`](Self::from_frame); [`Error::NotNumeric`] for a regression on text, and
    /// [`Error::ContinuousTarget`] for a classification of fractions.
    pub fn from_frame_as(frame: &DataFrame, target: &str, task: Task) -> Result<Self> {
        let values = Target::from_column(column(frame, target)?, task)?;
        Self::new(frame.drop(target)?, values, target)
    }

    /// Puts `features` beside a `target` of as many rows.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::NoRows`]; [`Error::DuplicateColumn`] where a feature has the target's name;
    /// [`Error::InvalidValue`] for a class code without a label.
    pub fn new(features: DataFrame, target: Target, target_name: &str) -> Result<Self> {
        if target.len() != features.height() {
            let what = format!("the target `{target_name}`");
            return Err(Error::LengthMismatch { what, found: target.len(), expected: features.height() });
        }
        if features.height() == 0 {
            return Err(Error::NoRows { what: "a dataset".to_string() });
        }
        if features.get_column_index(target_name).is_some() {
            return Err(Error::DuplicateColumn { column: target_name.to_string() });
        }
        target.check(target_name)?;
        Ok(Self { features, target, target_name: target_name.to_string(), weights: None, groups: None })
    }

    /// Puts an array of shape `(n_samples, n_features)` beside a `target` named `target`; NaN becomes missing.
    ///
    /// # Errors
    /// Those of [`new`](Self::new); [`Error::InvalidValue`] where there are more or fewer names than columns.
    pub fn from_arrays(records: &Array2<f64>, target: Target, feature_names: &[&str]) -> Result<Self> {
        Self::new(array::from_array(records, feature_names)?, target, "target")
    }

    /// The features, one column each.
    pub fn features(&self) -> &DataFrame {
        &self.features
    }

    /// What is to be told.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The target's name.
    pub fn target_name(&self) -> &str {
        &self.target_name
    }

    /// Whether classes or numbers are to be told.
    pub fn task(&self) -> Task {
        self.target.task()
    }

    /// The number of rows.
    pub fn n_samples(&self) -> usize {
        self.features.height()
    }

    /// The number of feature columns.
    pub fn n_features(&self) -> usize {
        self.features.width()
    }

    /// The names of the features, in the order of the columns.
    pub fn feature_names(&self) -> Vec<String> {
        self.features.get_column_names().iter().map(|name| name.to_string()).collect()
    }

    /// The rows at the 0-based positions `rows`, in that order, repeats included.
    ///
    /// Class labels are kept as they are, also those that no row has any more, so that codes mean the same in every fold.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a position past the last row; [`Error::NoRows`] for no positions.
    pub fn take(&self, rows: &[usize]) -> Result<Self> {
        let n_samples = self.n_samples();
        let mut positions: Vec<IdxSize> = Vec::with_capacity(rows.len());
        for &row in rows {
            let position = IdxSize::try_from(row).ok().filter(|_| row < n_samples);
            positions.push(position.ok_or_else(|| Error::InvalidValue {
                what: "a row to take".to_string(),
                value: row.to_string(),
                allowed: format!("less than {n_samples}, the number of rows"),
            })?);
        }
        let features = self.features.take(&IdxCa::from_vec("rows".into(), positions))?;
        let mut taken = Self::new(features, self.target.take(rows), &self.target_name)?;
        taken.weights = self.weights.as_ref().map(|weights| take_from(weights, rows));
        taken.groups = self.groups.as_ref().map(|groups| take_from(groups, rows));
        Ok(taken)
    }

    /// The rows of `self` and below them those of `other`, which has the same columns and labels.
    pub(crate) fn stack(&self, other: &Self) -> Result<Self> {
        let target = match (&self.target, &other.target) {
            (Target::Classes { codes, labels }, Target::Classes { codes: more, .. }) => {
                Target::Classes { codes: [codes.as_slice(), more].concat(), labels: labels.clone() }
            }
            (Target::Values(values), Target::Values(more)) => Target::Values([values.as_slice(), more].concat()),
            (_, other) => {
                return Err(Error::LengthMismatch { what: "the target".to_string(), found: 0, expected: other.len() });
            }
        };
        let mut stacked = Self::new(self.features.vstack(&other.features)?, target, &self.target_name)?;
        if let (Some(weights), Some(more)) = (&self.weights, &other.weights) {
            stacked.weights = Some([weights.as_ref(), more].concat().into());
        }
        Ok(stacked)
    }

    /// The same rows, of which the one at position `row` counts as `weights[row]` rows do.
    ///
    /// Estimators that know weights fit with them, and metrics average with them. A weight of 2 says the same as the row twice, one of
    /// 0 the same as no row.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a weight that is negative or not finite, or where all are 0.
    pub fn with_weights(mut self, weights: &[f64]) -> Result<Self> {
        if weights.len() != self.n_samples() {
            let what = "the weights".to_string();
            return Err(Error::LengthMismatch { what, found: weights.len(), expected: self.n_samples() });
        }
        let invalid = |what: String, value: String| Error::InvalidValue {
            what,
            value,
            allowed: "finite and at least 0, and that of one row at least greater than 0".to_string(),
        };
        for (row, &weight) in weights.iter().enumerate() {
            if !weight.is_finite() || weight < 0.0 {
                return Err(invalid(format!("the weight of row {row} (0-based)"), format!("{weight:?}")));
            }
        }
        if weights.iter().all(|&weight| weight == 0.0) {
            return Err(invalid("every weight".to_string(), "0".to_string()));
        }
        self.weights = Some(weights.into());
        Ok(self)
    }

    /// The same rows, of which those with the same number in `groups` belong together: splitters that know groups never separate them.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`].
    pub fn with_groups(mut self, groups: &[u32]) -> Result<Self> {
        if groups.len() != self.n_samples() {
            let what = "the groups".to_string();
            return Err(Error::LengthMismatch { what, found: groups.len(), expected: self.n_samples() });
        }
        self.groups = Some(groups.into());
        Ok(self)
    }

    /// Takes the feature `column` out, and uses its values, of any dtype, as [groups](Self::with_groups), numbered as they first occur.
    ///
    /// # Errors
    /// [`Error::ColumnNotFound`]; [`Error::MissingGroup`] for a row without a value.
    pub fn with_group_column(mut self, column: &str) -> Result<Self> {
        let values = super::column(&self.features, column)?.cast(&DataType::String)?;
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut groups = Vec::with_capacity(values.len());
        for (row, value) in values.str()?.iter().enumerate() {
            let value = value.ok_or_else(|| Error::MissingGroup { column: column.to_string(), row })?;
            let next = numbers.len() as u32;
            groups.push(*numbers.entry(value).or_insert(next));
        }
        self.features = self.features.drop(column)?;
        self.groups = Some(groups.into());
        Ok(self)
    }

    /// How much each row counts; none where all count the same.
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// The group of each row; none where rows do not belong together.
    pub fn groups(&self) -> Option<&[u32]> {
        self.groups.as_deref()
    }

    /// The same target beside other features, such as the scaled ones.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn with_features(&self, features: DataFrame) -> Result<Self> {
        let mut changed = Self::new(features, self.target.clone(), &self.target_name)?;
        (changed.weights, changed.groups) = (self.weights.clone(), self.groups.clone());
        Ok(changed)
    }

    /// The features as an array of shape `(n_samples, n_features)`, rows contiguous; missing is NaN.
    ///
    /// # Errors
    /// [`Error::NotNumeric`] names the first column that holds no numbers, and its dtype.
    pub fn records(&self) -> Result<Array2<f64>> {
        array::to_array(&self.features)
    }
}

/// The values at `rows`, which are in range.
fn take_from<T: Copy>(values: &[T], rows: &[usize]) -> Arc<[T]> {
    rows.iter().filter_map(|&row| values.get(row).copied()).collect()
}
