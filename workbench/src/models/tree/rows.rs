//! Where a tree reads the rows that it is asked about.

use std::collections::HashMap;

use polars::prelude::{DataFrame, DataType};

use super::ranked::{Distinct, RankedColumn, is_categorical};
use crate::data::numbers;
use crate::error::Result;
use crate::models::linear::select;

/// Rows that are walked down a tree together, so that their values stay in the innermost cache.
pub(in crate::models) const BLOCK_ROWS: usize = 64;

/// Some rows of numbers, which come in blocks, each row contiguous. Missing is NaN, and so is a category that the model does not know; other categories are
/// their positions in the model's list.
pub(in crate::models) trait Rows: Sync {
    /// The number of rows.
    fn n_rows(&self) -> usize;

    /// Writes rows `first..` into `block`, shape `(n, n_features)`.
    fn fill(&self, first: usize, n_features: usize, block: &mut [f64]);
}

/// Rows of a frame.
pub(in crate::models) struct FrameRows {
    columns: Vec<Vec<f64>>,
    n_rows: usize,
}

impl FrameRows {
    /// The columns `names` of `features`, of which those with categories hold text.
    pub(in crate::models) fn new(
        model: &'static str,
        features: &DataFrame,
        names: &[String],
        categories: &[Option<Vec<String>>],
    ) -> Result<Self> {
        let selected = select(model, features, names)?;
        let mut columns = Vec::with_capacity(names.len());
        for (column, categories) in selected.columns().iter().zip(categories) {
            let values: Vec<f64> = match categories {
                Some(categories) if is_categorical(column.dtype()) => {
                    let known: HashMap<&str, f64> = categories
                        .iter()
                        .enumerate()
                        .map(|(position, name)| (name.as_str(), position as f64))
                        .collect();
                    let text = column.cast(&DataType::String)?;
                    let code = |name: Option<&str>| name.and_then(|name| known.get(name).copied()).unwrap_or(f64::NAN);
                    text.str()?.iter().map(code).collect()
                }
                // Numbers where the model knows categories: none of them is one.
                Some(_) => vec![f64::NAN; column.len()],
                None => numbers(column)?.into_owned(),
            };
            columns.push(values);
        }
        Ok(Self { columns, n_rows: features.height() })
    }
}

impl Rows for FrameRows {
    fn n_rows(&self) -> usize {
        self.n_rows
    }

    fn fill(&self, first: usize, n_features: usize, block: &mut [f64]) {
        for (feature, column) in self.columns.iter().enumerate() {
            let cells = block.iter_mut().skip(feature).step_by(n_features.max(1));
            cells.zip(column.iter().skip(first)).for_each(|(cell, value)| *cell = *value);
        }
    }
}

/// Rows of ranked columns.
pub(in crate::models) struct RankedRows<'a> {
    columns: &'a [RankedColumn],
    rows: &'a [usize],
    /// For a column of categories, the model's code of each.
    codes: Vec<Option<Vec<f64>>>,
}

impl<'a> RankedRows<'a> {
    /// The rows at `rows`, for a model that knows `categories`.
    pub(in crate::models) fn new(
        columns: &'a [RankedColumn],
        rows: &'a [usize],
        categories: &[Option<Vec<String>>],
    ) -> Self {
        let codes = columns.iter().zip(categories).map(|(column, known)| match (&column.distinct, known) {
            (Distinct::Categories(all), Some(known)) => {
                let code = |name: &String| known.binary_search(name).map_or(f64::NAN, |position| position as f64);
                Some(all.iter().map(code).collect())
            }
            _ => None,
        });
        Self { columns, rows, codes: codes.collect() }
    }
}

impl RankedRows<'_> {
    /// The number of columns.
    pub(in crate::models) fn n_features(&self) -> usize {
        self.columns.len()
    }
}

impl Rows for RankedRows<'_> {
    fn n_rows(&self) -> usize {
        self.rows.len()
    }

    fn fill(&self, first: usize, n_features: usize, block: &mut [f64]) {
        for (feature, (column, codes)) in self.columns.iter().zip(&self.codes).enumerate() {
            let values = match (codes, &column.distinct) {
                (Some(codes), _) => codes.as_slice(),
                (None, Distinct::Numbers(values)) => values.as_slice(),
                (None, Distinct::Categories(_)) => &[],
            };
            let cells = block.iter_mut().skip(feature).step_by(n_features.max(1));
            for (cell, &row) in cells.zip(self.rows.iter().skip(first)) {
                let rank = column.ranks.get(row).copied().unwrap_or(u32::MAX);
                *cell = values.get(rank as usize).copied().unwrap_or(f64::NAN);
            }
        }
    }
}
