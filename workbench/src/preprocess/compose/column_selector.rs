//! Which columns a step is for.

use std::fmt;
use std::sync::Arc;

use polars::prelude::{BooleanChunked, Column, DataFrame, DataType, StringChunked, StringNameSpaceImpl};

use crate::data;
use crate::error::{Error, Result};
use crate::preprocess::encode::{is_date, is_text};

/// A kind of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DtypeGroup {
    /// Integers and floats.
    Numeric,
    /// Text, categories and enumerations.
    Text,
    /// Text, categories, enumerations and flags.
    Categorical,
    /// True and false.
    Flags,
    /// Dates, with or without a time.
    Dates,
}

impl DtypeGroup {
    fn has(self, dtype: &DataType) -> bool {
        match self {
            Self::Numeric => data::is_numeric(dtype),
            Self::Text => is_text(dtype),
            Self::Categorical => is_text(dtype) || dtype.is_bool(),
            Self::Flags => dtype.is_bool(),
            Self::Dates => is_date(dtype),
        }
    }
}

/// A choice of columns, made when a step is fitted.
///
/// # Examples
///
/// ```
/// use workbench::preprocess::{Columns, DtypeGroup};
///
/// let measures = Columns::matching("_mm$");
/// let numbers = Columns::of(DtypeGroup::Numeric);
/// let wide = Columns::by(|column| column.name().len() > 10);
/// let these = Columns::named(&["island", "sex"]);
/// ```
#[derive(Clone)]
pub struct Columns(Choice);

#[derive(Clone)]
enum Choice {
    Names(Vec<String>),
    Group(DtypeGroup),
    Pattern(String),
    Predicate(Arc<dyn Fn(&Column) -> bool + Send + Sync>),
}

impl Columns {
    /// The columns called so, in this order; one that is not there is an error.
    pub fn named(names: &[&str]) -> Self {
        Self(Choice::Names(names.iter().map(|name| name.to_string()).collect()))
    }

    /// All columns of a kind.
    pub fn of(group: DtypeGroup) -> Self {
        Self(Choice::Group(group))
    }

    /// All columns in whose name the regular expression is found.
    pub fn matching(pattern: &str) -> Self {
        Self(Choice::Pattern(pattern.to_string()))
    }

    /// All columns for which `predicate` holds.
    pub fn by(predicate: impl Fn(&Column) -> bool + Send + Sync + 'static) -> Self {
        Self(Choice::Predicate(Arc::new(predicate)))
    }

    /// Whether the columns were chosen by their names.
    pub(super) fn are_named(&self) -> bool {
        matches!(self.0, Choice::Names(_))
    }

    /// The names of the columns of `frame` that are chosen.
    ///
    /// # Errors
    /// [`Error::ColumnNotFound`]; [`Error::InvalidValue`] for a pattern that is none.
    pub fn choose(&self, frame: &DataFrame) -> Result<Vec<String>> {
        let chosen: Vec<&Column> = match &self.0 {
            Choice::Names(names) => names.iter().map(|name| data::column(frame, name)).collect::<Result<_>>()?,
            Choice::Group(group) => frame.columns().iter().filter(|column| group.has(column.dtype())).collect(),
            Choice::Predicate(predicate) => frame.columns().iter().filter(|column| predicate(column)).collect(),
            Choice::Pattern(pattern) => {
                let names: StringChunked = frame.columns().iter().map(|column| Some(column.name().as_str())).collect();
                let found: BooleanChunked = names.contains(pattern, true).map_err(|error| Error::InvalidValue {
                    what: "the pattern of a column_transformer".to_string(),
                    value: format!("\"{pattern}\""),
                    allowed: format!("a regular expression: {error}"),
                })?;
                let columns = frame.columns().iter().zip(found.iter());
                columns.filter(|(_, found)| *found == Some(true)).map(|(column, _)| column).collect()
            }
        };
        Ok(chosen.into_iter().map(|column| column.name().to_string()).collect())
    }
}

impl fmt::Debug for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Choice::Names(names) => write!(f, "Columns::named({names:?})"),
            Choice::Group(group) => write!(f, "Columns::of({group:?})"),
            Choice::Pattern(pattern) => write!(f, "Columns::matching({pattern:?})"),
            Choice::Predicate(_) => f.write_str("Columns::by(..)"),
        }
    }
}
