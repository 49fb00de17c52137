//! The categories that a column has, and what a step remembers of them.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use polars::prelude::{Column, DataFrame, DataType};
use serde::{Deserialize, Serialize};

use super::MissingCategory;
use super::codes::{self, Mix};
use crate::data::{self, is_numeric};
use crate::error::{Error, Result};
use crate::preprocess::columns::{self, Selection};

/// The code of a missing value that stays missing.
pub(super) const MISSING: u32 = u32::MAX;
/// The code of a category that is not known.
pub(super) const UNKNOWN: u32 = u32::MAX - 1;

/// The distinct values of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Categories {
    /// Text, by its bytes; dates are text, too.
    Text(Vec<String>),
    /// Whole numbers by size.
    Integers(Vec<i64>),
    /// Numbers by size.
    Floats(Vec<f64>),
    /// False before true.
    Flags(Vec<bool>),
}

impl Categories {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Integers(values) => values.len(),
            Self::Floats(values) => values.len(),
            Self::Flags(values) => values.len(),
        }
    }

    /// The category at `position` as a column's name has it.
    pub(super) fn label(&self, position: usize) -> Option<String> {
        match self {
            Self::Text(values) => values.get(position).cloned(),
            Self::Integers(values) => values.get(position).map(i64::to_string),
            Self::Floats(values) => values.get(position).map(|value| format!("{value:?}")),
            Self::Flags(values) => values.get(position).map(bool::to_string),
        }
    }

    /// The columns of this kind.
    fn accepts(&self, dtype: &DataType) -> bool {
        match self {
            Self::Text(_) => is_text(dtype) || dtype.is_temporal(),
            Self::Integers(_) => dtype.is_integer(),
            Self::Floats(_) => is_numeric(dtype),
            Self::Flags(_) => dtype.is_bool(),
        }
    }

    /// `labels` in their order as categories of the kind that a column of `dtype` has.
    pub(super) fn given(step: &'static str, column: &str, dtype: &DataType, labels: &[String]) -> Result<Self> {
        let misfit = |label: &String, allowed: &str| Error::InvalidValue {
            what: format!("{step}: a category of column `{column}` ({dtype})"),
            value: format!("\"{label}\""),
            allowed: allowed.to_string(),
        };
        if let Some(label) = labels.iter().enumerate().find(|(at, label)| labels.iter().take(*at).any(|l| l == *label))
        {
            return Err(misfit(label.1, "given once"));
        }
        if dtype.is_integer() {
            let values = labels.iter().map(|label| label.parse().map_err(|_| misfit(label, "a whole number")));
            return Ok(Self::Integers(values.collect::<Result<_>>()?));
        }
        if dtype.is_float() {
            let value = |label: &String| label.parse().ok().filter(|value: &f64| !value.is_nan());
            let values = labels.iter().map(|label| value(label).ok_or_else(|| misfit(label, "a number")));
            return Ok(Self::Floats(values.collect::<Result<_>>()?));
        }
        if dtype.is_bool() {
            let values = labels.iter().map(|label| label.parse().map_err(|_| misfit(label, "true or false")));
            return Ok(Self::Flags(values.collect::<Result<_>>()?));
        }
        Ok(Self::Text(labels.to_vec()))
    }

    /// The values at `positions` as a column of this kind.
    pub(super) fn take(&self, name: &str, positions: &[Option<usize>]) -> Column {
        fn taken<T: Clone>(values: &[T], positions: &[Option<usize>]) -> Vec<Option<T>> {
            positions.iter().map(|position| position.and_then(|position| values.get(position).cloned())).collect()
        }
        match self {
            Self::Text(values) => Column::new(name.into(), taken(values, positions)),
            Self::Integers(values) => Column::new(name.into(), taken(values, positions)),
            Self::Floats(values) => Column::new(name.into(), taken(values, positions)),
            Self::Flags(values) => Column::new(name.into(), taken(values, positions)),
        }
    }
}

/// What a step knows of one column of categories.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) column: String,
    dtype: String,
    pub(super) categories: Categories,
    /// Whether missing is a category, the one after the others.
    has_missing: bool,
    missing: MissingCategory,
}

/// The rows of a column in terms of what is [`Known`].
pub(super) struct Learnt {
    pub(super) known: Known,
    /// For each row its category, [`MISSING`], or [`UNKNOWN`] where the categories were given.
    pub(super) codes: Vec<u32>,
    /// How many rows have each category.
    pub(super) counts: Vec<usize>,
}

impl Known {
    /// Learns the categories of `column`, or takes those that are `given`.
    pub(super) fn learn(
        step: &'static str,
        column: &Column,
        given: Option<&[String]>,
        missing: MissingCategory,
    ) -> Result<Learnt> {
        let dtype = column.dtype();
        if !is_category(dtype) && !is_numeric(dtype) && !dtype.is_temporal() && !dtype.is_null() {
            return Err(Error::WrongDtype {
                step,
                column: column.name().to_string(),
                dtype: dtype.to_string(),
                allowed: "text, a category, a flag, a number or a date",
            });
        }
        let (categories, mut codes) = match given {
            None => codes::learn(column)?,
            Some(labels) => {
                let categories = Categories::given(step, column.name(), dtype, labels)?;
                let codes = codes::look_up(column, &categories)?;
                (categories, codes)
            }
        };
        let mut counts = vec![0; categories.len()];
        let (mut n_missing, mut first_missing) = (0, None);
        for (row, &code) in codes.iter().enumerate() {
            if let Some(count) = counts.get_mut(code as usize) {
                *count += 1;
            } else if code == MISSING {
                n_missing += 1;
                first_missing = first_missing.or(Some(row));
            }
        }
        let column = column.name().to_string();
        if let (MissingCategory::Error, Some(row)) = (missing, first_missing) {
            return Err(Error::MissingValue { step, column, row, remedy: REMEDY });
        }
        let has_missing = missing == MissingCategory::Category && n_missing > 0;
        if has_missing {
            let own = categories.len() as u32;
            codes.iter_mut().filter(|code| **code == MISSING).for_each(|code| *code = own);
            counts.push(n_missing);
        }
        let known = Self { column, dtype: dtype.to_string(), categories, has_missing, missing };
        Ok(Learnt { known, codes, counts })
    }

    /// How many categories there are, missing included where it is one.
    pub(super) fn len(&self) -> usize {
        self.categories.len() + usize::from(self.has_missing)
    }

    /// Whether the category at `position` stands for missing values.
    pub(super) fn is_missing(&self, position: usize) -> bool {
        self.has_missing && position == self.categories.len()
    }

    /// The category at `position` as a column's name has it.
    pub(super) fn label(&self, position: usize) -> String {
        self.categories.label(position).unwrap_or_else(|| "missing".to_string())
    }

    /// The category of each row of its column in `frame`, [`MISSING`] or [`UNKNOWN`].
    pub(super) fn codes(&self, step: &'static str, frame: &DataFrame) -> Result<Vec<u32>> {
        let column = columns::fitted(step, frame, &self.column, &self.dtype, |_| true)?;
        if !self.categories.accepts(column.dtype()) && !column.dtype().is_null() {
            return Err(Error::StepDtype {
                step,
                column: self.column.clone(),
                expected: self.dtype.clone(),
                found: column.dtype().to_string(),
            });
        }
        let mut codes = codes::look_up(column, &self.categories)?;
        let own = match self.missing {
            MissingCategory::Pass => return Ok(codes),
            MissingCategory::Error => match codes.iter().position(|&code| code == MISSING) {
                Some(row) => {
                    let column = self.column.clone();
                    return Err(Error::MissingValue { step, column, row, remedy: REMEDY });
                }
                None => return Ok(codes),
            },
            MissingCategory::Category if self.has_missing => self.categories.len() as u32,
            MissingCategory::Category => UNKNOWN,
        };
        codes.iter_mut().filter(|code| **code == MISSING).for_each(|code| *code = own);
        Ok(codes)
    }

    /// An error that tells of the first unknown category among `codes`, if there is one.
    pub(super) fn refuse_unknown(
        &self,
        step: &'static str,
        frame: &DataFrame,
        codes: &[u32],
        remedy: &'static str,
    ) -> Result<()> {
        let Some(row) = codes.iter().position(|&code| code == UNKNOWN) else { return Ok(()) };
        let column = data::column(frame, &self.column)?;
        let value = if column.is_null().get(row) == Some(true) {
            "a missing value".to_string()
        } else if is_text(column.dtype()) {
            let text = column.slice(row as i64, 1).cast(&DataType::String)?;
            format!("\"{}\"", text.str()?.get(0).unwrap_or_default())
        } else {
            column.get(row)?.to_string()
        };
        Err(Error::UnknownCategory { step, column: self.column.clone(), row, value, n_known: self.len(), remedy })
    }
}

const REMEDY: &str = "missing values are refused here; impute them, or let `.missing(..)` say what they are";

/// Whether columns of this dtype are encoded without being named.
pub(super) fn is_category(dtype: &DataType) -> bool {
    is_text(dtype) || dtype.is_bool()
}

/// Whether columns of this dtype hold text.
pub(in crate::preprocess) fn is_text(dtype: &DataType) -> bool {
    dtype.is_string() || dtype.is_categorical() || dtype.is_enum()
}

/// The columns that a step encodes: those that are named, or all of categories.
pub(super) fn selected<'a>(frame: &'a DataFrame, selection: &Selection) -> Result<Vec<&'a Column>> {
    match selection {
        None => Ok(frame.columns().iter().filter(|column| is_category(column.dtype())).collect()),
        Some(names) => names.iter().map(|name| data::column(frame, name)).collect(),
    }
}

/// Categories by value.
pub(super) type Codes<K> = HashMap<K, u32, BuildHasherDefault<Mix>>;
