//! The most frequent values of columns that come in frames.

use std::collections::HashMap;
use std::hash::Hash;

use polars::prelude::{Column, DataFrame, DataType};
use rayon::prelude::*;

use super::{Filled, How, Imputer, NAME, fill, learn};
use crate::data;
use crate::error::{Error, Result};
use crate::preprocess::{ParamValue, columns};

/// So many different values of a column are counted.
const DISTINCT_MAX: usize = 1 << 16;

/// What to fill each column with, exactly; a column with too many different values is an error.
pub(super) fn fit(imputer: &Imputer, frames: &mut dyn Iterator<Item = Result<DataFrame>>) -> Result<Vec<Filled>> {
    let first = frames.next().ok_or_else(|| Error::NoRows { what: NAME.to_string() })??;
    let mut counted = columns_of(imputer, &first)?;
    take_in(&first, &mut counted)?;
    drop(first);
    for frame in frames {
        take_in(&frame?, &mut counted)?;
    }
    let filled = counted.into_iter().map(|counted| {
        let fill = counted.counts.most_frequent().ok_or_else(|| Error::AllMissing {
            step: NAME,
            column: counted.column.clone(),
            n_rows: counted.n_rows,
            remedy: "drop the column, or impute a constant",
        })?;
        let how = How::Value { strategy: imputer.strategy.name().to_string(), fill, of_groups: Vec::new() };
        Ok(Filled { column: counted.column, dtype: counted.dtype, missing: counted.missing, how })
    });
    filled.collect()
}

fn columns_of(imputer: &Imputer, frame: &DataFrame) -> Result<Vec<Counted>> {
    let columns: Vec<&Column> = match &imputer.columns {
        None => frame.columns().iter().filter(|column| imputer.applies_to(column)).collect(),
        Some(names) => names.iter().map(|name| data::column(frame, name)).collect::<Result<_>>()?,
    };
    let counted = columns.into_iter().map(|column| {
        if !learn::applies(&imputer.strategy, column.dtype()) {
            // It says why.
            learn::fill_value(column, &imputer.strategy)?;
        }
        Ok(Counted {
            column: column.name().to_string(),
            dtype: column.dtype().to_string(),
            n_rows: 0,
            missing: 0,
            counts: Counts::of(column.dtype()),
        })
    });
    counted.collect()
}

fn take_in(frame: &DataFrame, counted: &mut [Counted]) -> Result<()> {
    data::name_pool();
    let results: Vec<Result<()>> = counted.par_iter_mut().map(|counted| counted.take_in(frame)).collect();
    results.into_iter().collect()
}

/// The values of one column so far.
struct Counted {
    column: String,
    dtype: String,
    n_rows: usize,
    missing: usize,
    counts: Counts,
}

impl Counted {
    fn take_in(&mut self, frame: &DataFrame) -> Result<()> {
        let column = columns::fitted(NAME, frame, &self.column, &self.dtype, |dtype| dtype.to_string() == self.dtype)?;
        let n_known = self.counts.take_in(column).map_err(|error| match error {
            // Rows are counted over all frames.
            Error::NotFinite { column, row, value } => Error::NotFinite { column, row: row + self.n_rows, value },
            other => other,
        })?;
        self.n_rows += column.len();
        self.missing += column.len() - n_known;
        if self.counts.n_distinct() > DISTINCT_MAX {
            let detail = format!(
                " with the strategy \"most_frequent\" where a column has more than {DISTINCT_MAX} different values, as `{}` does",
                self.column
            );
            return Err(Error::NotStreamable { step: NAME, detail });
        }
        Ok(())
    }
}

/// How often each value came, by the kind of values.
enum Counts {
    /// Of false and true.
    Flags([usize; 2]),
    Integers(HashMap<i64, usize>),
    /// By their bits, of which 0 has one kind.
    Floats(HashMap<u64, usize>),
    Texts(HashMap<String, usize>),
}

impl Counts {
    fn of(dtype: &DataType) -> Self {
        if dtype.is_bool() {
            Self::Flags([0; 2])
        } else if fill::is_text(dtype) {
            Self::Texts(HashMap::new())
        } else if dtype.is_integer() {
            Self::Integers(HashMap::new())
        } else {
            Self::Floats(HashMap::new())
        }
    }

    /// Counts the known values of `column`, and tells how many they are.
    fn take_in(&mut self, column: &Column) -> Result<usize> {
        let n_known = column.len() - column.null_count();
        if column.dtype().is_null() {
            return Ok(0);
        }
        match self {
            Self::Flags([n_false, n_true]) => {
                let n = column.bool()?.sum().unwrap_or_default() as usize;
                (*n_false, *n_true) = (*n_false + n_known - n, *n_true + n);
                Ok(n_known)
            }
            Self::Integers(counts) => {
                let integers = column.strict_cast(&DataType::Int64)?;
                integers.i64()?.iter().flatten().for_each(|value| *counts.entry(value).or_default() += 1);
                Ok(n_known)
            }
            Self::Floats(counts) => {
                let values = columns::finite_values(column)?;
                let known = values.iter().filter(|value| !value.is_nan());
                Ok(known.map(|value| *counts.entry((value + 0.0).to_bits()).or_default() += 1).count())
            }
            Self::Texts(counts) => {
                let texts = column.cast(&DataType::String)?;
                for text in texts.str()?.iter().flatten() {
                    match counts.get_mut(text) {
                        Some(count) => *count += 1,
                        None => drop(counts.insert(text.to_string(), 1)),
                    }
                }
                Ok(n_known)
            }
        }
    }

    fn n_distinct(&self) -> usize {
        match self {
            Self::Flags(_) => 2,
            Self::Integers(counts) => counts.len(),
            Self::Floats(counts) => counts.len(),
            Self::Texts(counts) => counts.len(),
        }
    }

    /// The value that came most often, the least of several such.
    fn most_frequent(&self) -> Option<ParamValue> {
        match self {
            Self::Flags([0, 0]) => None,
            Self::Flags([n_false, n_true]) => Some(ParamValue::Bool(n_true > n_false)),
            Self::Integers(counts) => greatest(counts, i64::cmp).copied().map(ParamValue::Int),
            Self::Floats(counts) => {
                let least = |a: &u64, b: &u64| f64::from_bits(*a).total_cmp(&f64::from_bits(*b));
                greatest(counts, least).map(|bits| ParamValue::Float(f64::from_bits(*bits)))
            }
            Self::Texts(counts) => greatest(counts, String::cmp).map(|text| ParamValue::from(text.as_str())),
        }
    }
}

/// The key of the greatest count, the first by `order` of several such.
fn greatest<K: Eq + Hash>(counts: &HashMap<K, usize>, order: impl Fn(&K, &K) -> std::cmp::Ordering) -> Option<&K> {
    let best = counts.iter().max_by(|(a, a_count), (b, b_count)| a_count.cmp(b_count).then_with(|| order(b, a)));
    best.map(|(key, _)| key)
}
