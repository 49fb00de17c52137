//! Settings that several encoders share.

use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use super::{MISSING_NAMES, MissingCategory};
use crate::error::{Error, Result};
use crate::preprocess::ParamValue;
use crate::preprocess::params::invalid_parameter;

/// How often something has to be there: so many times, or in such a share of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Frequency {
    /// So many times.
    Count(u64),
    /// In this share of the rows, from 0 to 1.
    Share(f64),
}

impl Frequency {
    /// The number of `n_rows` rows that this is, not rounded.
    pub(super) fn of(self, n_rows: usize) -> f64 {
        match self {
            Self::Count(count) => count as f64,
            Self::Share(share) => share * n_rows as f64,
        }
    }

    pub(super) fn check(self, what: &str) -> Result<()> {
        match self {
            Self::Share(share) if !(0.0..=1.0).contains(&share) => {
                Err(invalid_parameter(what, &share.into(), "a count of at least 0, or a share from 0.0 to 1.0"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn parse(what: &str, value: &ParamValue) -> Result<Self> {
        let frequency = match value {
            ParamValue::Int(count) => u64::try_from(*count).ok().map(Self::Count),
            ParamValue::Float(share) => Some(Self::Share(*share)),
            _ => None,
        };
        let frequency = frequency
            .ok_or_else(|| invalid_parameter(what, value, "a count of at least 0, or a share from 0.0 to 1.0"))?;
        frequency.check(what)?;
        Ok(frequency)
    }

    pub(super) fn param(self) -> ParamValue {
        match self {
            Self::Count(count) => ParamValue::Int(i64::try_from(count).unwrap_or(i64::MAX)),
            Self::Share(share) => share.into(),
        }
    }
}

impl From<i32> for Frequency {
    /// A negative count is 0.
    fn from(count: i32) -> Self {
        Self::Count(u64::try_from(count).unwrap_or_default())
    }
}

impl From<f64> for Frequency {
    fn from(share: f64) -> Self {
        Self::Share(share)
    }
}

/// The whole number in `value`, if it is at least `min`.
pub(crate) fn whole(what: &str, value: &ParamValue, min: u64) -> Result<u64> {
    let number = match value {
        ParamValue::Int(number) => u64::try_from(*number).ok(),
        _ => None,
    };
    number
        .filter(|number| *number >= min)
        .ok_or_else(|| invalid_parameter(what, value, &format!("a whole number of at least {min}")))
}

/// A whole number as a setting.
pub(crate) fn int(number: u64) -> ParamValue {
    ParamValue::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

/// The name of `chosen` among `choices`.
pub(in crate::preprocess) fn name_of<T: PartialEq>(choices: &[(&'static str, T)], chosen: &T) -> ParamValue {
    choices.iter().find(|(_, choice)| choice == chosen).map_or("", |(name, _)| name).into()
}

pub(super) fn missing_name(missing: MissingCategory) -> ParamValue {
    name_of(&MISSING_NAMES, &missing)
}

/// `frame` with the columns in `made` in the place of the one each is made of.
pub(super) fn expanded(frame: &DataFrame, made: Vec<(&str, Vec<Column>)>) -> Result<DataFrame> {
    let mut made: std::collections::HashMap<&str, Vec<Column>> = made.into_iter().collect();
    let mut columns = Vec::with_capacity(frame.width());
    for column in frame.columns() {
        match made.remove(column.name().as_str()) {
            Some(made) => columns.extend(made),
            None => columns.push(column.clone()),
        }
    }
    unique(frame.height(), columns)
}

/// The frame of `columns`, no two of which may share a name.
pub(in crate::preprocess) fn unique(height: usize, columns: Vec<Column>) -> Result<DataFrame> {
    let mut names = std::collections::HashSet::with_capacity(columns.len());
    if let Some(column) = columns.iter().find(|column| !names.insert(column.name().as_str())) {
        return Err(Error::DuplicateColumn { column: column.name().to_string() });
    }
    drop(names);
    Ok(DataFrame::new(height, columns)?)
}
