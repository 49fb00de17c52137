//! Feature columns as ranks: each is sorted once, and whatever is fitted on some of its rows works with whole numbers.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame, DataType};
use rayon::prelude::*;

use crate::data::{is_numeric, name_pool, numbers};
use crate::error::{Error, Result};

/// The rank of a missing value.
pub(in crate::models) const MISSING: u32 = u32::MAX;

/// What the ranks of a column stand for.
#[derive(Clone, Debug)]
pub(in crate::models) enum Distinct {
    /// The different values, ascending.
    Numbers(Vec<f64>),
    /// The different categories, ascending by their bytes; `false` before `true`.
    Categories(Vec<String>),
}

/// One column: for each row the position of its value among the different ones.
#[derive(Clone, Debug)]
pub(in crate::models) struct RankedColumn {
    pub(in crate::models) name: String,
    pub(in crate::models) ranks: Vec<u32>,
    pub(in crate::models) distinct: Distinct,
}

impl RankedColumn {
    /// How many different values there are, without the missing one.
    pub(in crate::models) fn n_distinct(&self) -> usize {
        match &self.distinct {
            Distinct::Numbers(values) => values.len(),
            Distinct::Categories(categories) => categories.len(),
        }
    }
}

/// Whether text and truth values are categories, or refused (text) and numbers (true and false).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::models) enum Categories {
    Native,
    Refused,
}

/// The columns of `features`, sorted in parallel.
///
/// # Errors
/// [`Error::NotNumeric`] for a column that is neither numbers nor, with [`Categories::Native`], categories;
/// [`Error::UnusableValue`] for an infinite number.
pub(in crate::models) fn rank_columns(
    model: &'static str,
    features: &DataFrame,
    categories: Categories,
) -> Result<Vec<RankedColumn>> {
    name_pool();
    let ranked: Vec<Result<RankedColumn>> =
        features.columns().par_iter().map(|column| rank_column(model, column, categories)).collect();
    ranked.into_iter().collect()
}

/// Whether a column of this dtype holds categories.
pub(in crate::models) fn is_categorical(dtype: &DataType) -> bool {
    !is_numeric(dtype) && (dtype.is_string() || dtype.is_bool() || dtype.is_categorical() || dtype.is_enum())
}

fn rank_column(model: &'static str, column: &Column, categories: Categories) -> Result<RankedColumn> {
    if categories == Categories::Native && is_categorical(column.dtype()) {
        return rank_categories(column);
    }
    let values = numbers(column)?;
    if let Some((row, &value)) = values.iter().enumerate().find(|(_, value)| value.is_infinite()) {
        return Err(Error::unusable(model, column.name().to_string(), row, value));
    }
    // Bits of a float in an order of whole numbers; adding 0 makes -0 equal to 0.
    let key = |value: f64| {
        let bits = (value + 0.0).to_bits();
        if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
    };
    let mut order: Vec<(u64, u32)> = Vec::with_capacity(values.len());
    order.extend(
        values.iter().enumerate().filter(|(_, value)| !value.is_nan()).map(|(row, &value)| (key(value), row as u32)),
    );
    order.sort_unstable();
    let mut ranks = vec![MISSING; values.len()];
    let mut distinct: Vec<f64> = Vec::new();
    let mut last = None;
    for (key, row) in order {
        let value = values.get(row as usize).copied().unwrap_or(f64::NAN) + 0.0;
        if last != Some(key) {
            distinct.push(value);
            last = Some(key);
        }
        if let Some(rank) = ranks.get_mut(row as usize) {
            *rank = (distinct.len() - 1) as u32;
        }
    }
    distinct.shrink_to_fit();
    Ok(RankedColumn { name: column.name().to_string(), ranks, distinct: Distinct::Numbers(distinct) })
}

fn rank_categories(column: &Column) -> Result<RankedColumn> {
    let text = column.cast(&DataType::String)?;
    let text = text.str()?;
    let mut positions: BTreeMap<&str, u32> = text.iter().flatten().map(|category| (category, 0)).collect();
    for (position, (_, rank)) in positions.iter_mut().enumerate() {
        *rank = position as u32;
    }
    let rank = |category: Option<&str>| category.and_then(|category| positions.get(category).copied());
    let ranks = text.iter().map(|category| rank(category).unwrap_or(MISSING)).collect();
    let categories = positions.keys().map(|category| category.to_string()).collect();
    Ok(RankedColumn { name: column.name().to_string(), ranks, distinct: Distinct::Categories(categories) })
}
