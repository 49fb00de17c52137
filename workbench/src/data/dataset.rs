//! Features beside a target.

use ndarray::Array2;
use polars::prelude::{DataFrame, IdxCa, IdxSize};
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
        Ok(Self { features, target, target_name: target_name.to_string() })
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
        Self::new(features, self.target.take(rows), &self.target_name)
    }

    /// The same target beside other features, such as the scaled ones.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn with_features(&self, features: DataFrame) -> Result<Self> {
        Self::new(features, self.target.clone(), &self.target_name)
    }

    /// The features as an array of shape `(n_samples, n_features)`, rows contiguous; missing is NaN.
    ///
    /// # Errors
    /// [`Error::NotNumeric`] names the first column that holds no numbers, and its dtype.
    pub fn records(&self) -> Result<Array2<f64>> {
        array::to_array(&self.features)
    }
}
