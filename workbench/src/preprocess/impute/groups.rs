//! Groups of rows that agree in some columns.

use std::collections::HashMap;

use polars::prelude::{DataFrame, DataType, IdxSize};
use serde::{Deserialize, Serialize};

use super::super::columns;
use crate::data;
use crate::error::Result;

/// The groups of the training rows, in the order in which they first came.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Groups {
    by: Vec<Key>,
    /// For each group the text of its value in each column of `by`.
    values: Vec<Vec<String>>,
    /// The training rows of each group; needed only while the step is fitted.
    #[serde(skip)]
    rows: Vec<Vec<IdxSize>>,
}

/// A column by which rows are grouped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Key {
    column: String,
    dtype: String,
}

impl PartialEq for Groups {
    /// Where the training rows were is not part of what was learnt.
    fn eq(&self, other: &Self) -> bool {
        self.by == other.by && self.values == other.values
    }
}

impl Groups {
    pub(super) fn learn(frame: &DataFrame, by: &[String]) -> Result<Self> {
        let mut groups = Self::default();
        for name in by {
            let column = data::column(frame, name)?;
            groups.by.push(Key { column: name.clone(), dtype: column.dtype().to_string() });
        }
        if by.is_empty() {
            return Ok(groups);
        }
        let mut places: HashMap<Vec<String>, usize> = HashMap::new();
        for (row, key) in keys(frame, by)?.into_iter().enumerate() {
            let Some(key) = key else { continue };
            let place = *places.entry(key).or_insert_with_key(|key| {
                groups.values.push(key.clone());
                groups.rows.push(Vec::new());
                groups.values.len() - 1
            });
            if let Some(rows) = groups.rows.get_mut(place) {
                rows.push(row as IdxSize);
            }
        }
        Ok(groups)
    }

    /// The number of groups; 0 where rows are not grouped.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The training rows of each group.
    pub(super) fn rows(&self) -> &[Vec<IdxSize>] {
        &self.rows
    }

    /// The values of a group's key, separated by commas.
    pub(super) fn name(&self, group: usize) -> String {
        self.values.get(group).map(|values| values.join(", ")).unwrap_or_default()
    }

    /// The group of each row of `frame`: `None` for one that is missing or was not seen. `None` where rows are not grouped.
    pub(super) fn of_rows(&self, step: &'static str, frame: &DataFrame) -> Result<Option<Vec<Option<u32>>>> {
        if self.by.is_empty() {
            return Ok(None);
        }
        for key in &self.by {
            columns::fitted(step, frame, &key.column, &key.dtype, |dtype| dtype.to_string() == key.dtype)?;
        }
        let names: Vec<String> = self.by.iter().map(|key| key.column.clone()).collect();
        let places: HashMap<&[String], u32> =
            self.values.iter().zip(0u32..).map(|(values, place)| (values.as_slice(), place)).collect();
        let keys = keys(frame, &names)?;
        Ok(Some(keys.iter().map(|key| places.get(key.as_deref()?).copied()).collect()))
    }
}

/// For each row the text of its values in the columns `by`; `None` where one is missing.
fn keys(frame: &DataFrame, by: &[String]) -> Result<Vec<Option<Vec<String>>>> {
    let mut keys = vec![Some(Vec::with_capacity(by.len())); frame.height()];
    for name in by {
        let column = data::column(frame, name)?;
        let missing = data::missing_mask(column)?;
        let text = column.cast(&DataType::String)?;
        for ((key, value), is_missing) in keys.iter_mut().zip(text.str()?.iter()).zip(missing.iter()) {
            match (key.as_mut(), value, is_missing) {
                (Some(values), Some(value), Some(false)) => values.push(value.to_string()),
                _ => *key = None,
            }
        }
    }
    Ok(keys)
}
