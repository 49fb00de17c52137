//! What a model is to tell.

use polars::prelude::{Column, DataType};
use serde::{Deserialize, Serialize};

use super::dataset::Task;
use super::{array, missing};
use crate::error::{Error, Result};

/// Integers with more distinct values than this are taken for quantities, not classes.
const CLASSES_MAX: usize = 20;

/// What is to be told of each row.
///
/// # Examples
///
/// ```
/// use workbench::data::Target;
///
/// let sex = Target::from_labels(&["male", "female", "male"]);
/// assert_eq!(sex, Target::Classes { codes: vec![1, 0, 1], labels: vec!["female".into(), "male".into()] });
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Target {
    /// A class for each row.
    Classes {
        /// For each row, the position of its class in `labels`.
        codes: Vec<u32>,
        /// The classes in order: numbers by size, text by its bytes, `false` before `true`.
        labels: Vec<String>,
    },
    /// A number for each row.
    Values(Vec<f64>),
}

impl Target {
    /// Classes from one label for each row; the labels are sorted by their bytes.
    pub fn from_labels(labels: &[&str]) -> Self {
        let keys: Vec<String> = labels.iter().map(|label| label.to_string()).collect();
        classes(&keys, String::cmp, String::clone)
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Classes { codes, .. } => codes.len(),
            Self::Values(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether classes or numbers are to be told.
    pub fn task(&self) -> Task {
        match self {
            Self::Classes { .. } => Task::Classification,
            Self::Values(_) => Task::Regression,
        }
    }

    /// The rows at `rows`, which must be in range; the labels stay.
    pub(crate) fn take(&self, rows: &[usize]) -> Self {
        match self {
            Self::Classes { codes, labels } => {
                let codes = rows.iter().filter_map(|&row| codes.get(row).copied()).collect();
                Self::Classes { codes, labels: labels.clone() }
            }
            Self::Values(values) => Self::Values(rows.iter().filter_map(|&row| values.get(row).copied()).collect()),
        }
    }

    /// Whether every code has a label and every number is finite.
    pub(super) fn check(&self, name: &str) -> Result<()> {
        match self {
            Self::Classes { codes, labels } => match codes.iter().position(|&code| code as usize >= labels.len()) {
                Some(row) => Err(Error::InvalidValue {
                    what: format!("the class code of row {row} (0-based) of the target `{name}`"),
                    value: codes.get(row).map(u32::to_string).unwrap_or_default(),
                    allowed: format!("less than {}, the number of labels", labels.len()),
                }),
                None => Ok(()),
            },
            Self::Values(values) => check_finite(name, values),
        }
    }

    /// The task that a target of this dtype most likely asks for.
    pub(super) fn infer_task(column: &Column) -> Result<Task> {
        let dtype = column.dtype();
        let is_classes = if dtype.is_integer() {
            let n_distinct = column.n_unique()? - usize::from(column.has_nulls());
            n_distinct <= CLASSES_MAX
        } else {
            !dtype.is_float()
        };
        Ok(if is_classes { Task::Classification } else { Task::Regression })
    }

    /// The values of `column` as `task` wants them.
    pub(super) fn from_column(column: &Column, task: Task) -> Result<Self> {
        check_known(column)?;
        match task {
            Task::Regression => {
                let values = array::numbers(column)?.into_owned();
                check_finite(column.name(), &values)?;
                Ok(Self::Values(values))
            }
            Task::Classification => Self::classes_of(column),
        }
    }

    fn classes_of(column: &Column) -> Result<Self> {
        let dtype = column.dtype();
        if dtype.is_float() {
            // Adding 0 makes -0 equal to 0.
            let values: Vec<f64> = array::numbers(column)?.iter().map(|value| value + 0.0).collect();
            check_finite(column.name(), &values)?;
            if let Some((row, &value)) = values.iter().enumerate().find(|(_, value)| value.fract() != 0.0) {
                return Err(Error::ContinuousTarget { column: column.name().to_string(), row, value });
            }
            return Ok(classes(&values, |a, b| a.total_cmp(b), |value| format!("{value}")));
        }
        if dtype.is_integer() {
            let column = column.cast(&DataType::Int64)?;
            let values: Vec<i64> = column.i64()?.iter().flatten().collect();
            return Ok(classes(&values, i64::cmp, i64::to_string));
        }
        // Categories are ordered by when they were first seen, which is chance, so their text decides. `false` sorts
        // before `true` as text, too.
        let text = column.cast(&DataType::String)?;
        let values: Vec<&str> = text.str()?.iter().flatten().collect();
        Ok(classes(&values, |a, b| a.cmp(b), |label| label.to_string()))
    }
}

/// Codes and labels of `values`, the distinct ones ordered by `order`.
fn classes<T: Clone>(
    values: &[T],
    order: impl Fn(&T, &T) -> std::cmp::Ordering,
    label: impl Fn(&T) -> String,
) -> Target {
    let mut distinct = values.to_vec();
    distinct.sort_by(&order);
    distinct.dedup_by(|a, b| order(a, b).is_eq());
    let code = |value: &T| distinct.partition_point(|other| order(other, value).is_lt()) as u32;
    Target::Classes { codes: values.iter().map(code).collect(), labels: distinct.iter().map(label).collect() }
}

fn check_known(column: &Column) -> Result<()> {
    let missing = missing::missing_mask(column)?;
    let Some(first_row) = missing.iter().position(|is_missing| is_missing == Some(true)) else { return Ok(()) };
    let count = missing.sum().unwrap_or_default() as usize;
    Err(Error::MissingTarget { column: column.name().to_string(), count, n_rows: column.len(), first_row })
}

fn check_finite(name: &str, values: &[f64]) -> Result<()> {
    match values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((row, &value)) => Err(Error::NotFinite { column: name.to_string(), row, value }),
        None => Ok(()),
    }
}
