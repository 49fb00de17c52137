//! The groups of a dataset: rows that are never separated.

use super::refuse;
use crate::data::Dataset;
use crate::error::{Error, Result};

/// The groups of rows, numbered from 0 in the order of their own numbers.
pub(super) struct Groups {
    /// The rows of each, ascending.
    pub(super) rows: Vec<Vec<usize>>,
    /// The group of each row.
    pub(super) of_row: Vec<usize>,
}

impl Groups {
    /// The groups of `data`; an error that says how to give them where there are none.
    pub(super) fn of(data: &Dataset, splitter: &'static str) -> Result<Self> {
        let numbers = data.groups().ok_or(Error::NoGroups { splitter })?;
        let mut distinct = numbers.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let of_row: Vec<usize> =
            numbers.iter().map(|number| distinct.partition_point(|other| other < number)).collect();
        let mut rows = vec![Vec::new(); distinct.len()];
        for (row, &group) in of_row.iter().enumerate() {
            if let Some(rows) = rows.get_mut(group) {
                rows.push(row);
            }
        }
        Ok(Self { rows, of_row })
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The fold of each row, where that of each group is known.
    pub(super) fn fold_of_row(&self, fold_of_group: &[usize]) -> Vec<usize> {
        self.of_row.iter().filter_map(|&group| fold_of_group.get(group).copied()).collect()
    }

    /// An error unless there are at least two folds, and at least one group for each.
    pub(super) fn check_n_splits(&self, splitter: &str, n_splits: usize) -> Result<()> {
        if (2..=self.len()).contains(&n_splits) {
            return Ok(());
        }
        let allowed = match self.len() {
            0 | 1 => format!("at least 2, and no greater than the number of groups, which is {}", self.len()),
            n_groups => format!("from 2 to {n_groups}, the number of groups"),
        };
        Err(refuse(&format!("{splitter}.n_splits"), n_splits, allowed))
    }
}
