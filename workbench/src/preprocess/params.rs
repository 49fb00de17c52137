//! The values of settings, by name.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A setting's value, as a search table holds it.
///
/// # Examples
///
/// ```
/// use workbench::preprocess::ParamValue;
///
/// assert_eq!(ParamValue::from(0.1).to_string(), "0.1");
/// assert_eq!(ParamValue::from(10.0).to_string(), "10.0");
/// assert_eq!(ParamValue::from("l1").to_string(), "l1");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ParamValue {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A real number.
    Float(f64),
    /// A name, such as `"l1"`.
    Text(String),
}

impl fmt::Display for ParamValue {
    /// A number with a fraction always shows that it is one, so that 10 and 10.0 stay apart.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(flag) => write!(f, "{flag}"),
            Self::Int(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number:?}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl From<bool> for ParamValue {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<i32> for ParamValue {
    fn from(number: i32) -> Self {
        Self::Int(number.into())
    }
}

impl From<i64> for ParamValue {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<usize> for ParamValue {
    fn from(number: usize) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<f64> for ParamValue {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<&str> for ParamValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_string())
    }
}

impl From<String> for ParamValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// The error of a setting that `owner` does not have.
pub(crate) fn unknown_parameter(owner: &str, name: &str, known: &[&str]) -> Error {
    Error::UnknownParameter { step: owner.to_string(), name: name.to_string(), available: known.join(", ") }
}

/// The error of a `value` that the setting `what` does not take; text is shown in quotes.
pub(crate) fn invalid_parameter(what: &str, value: &ParamValue, allowed: &str) -> Error {
    let value = match value {
        ParamValue::Text(text) => format!("\"{text}\""),
        other => other.to_string(),
    };
    Error::InvalidValue { what: what.to_string(), value, allowed: allowed.to_string() }
}

/// A setting that knows how it stands in a search table.
pub(crate) trait Setting: Sized {
    /// What `value` says the setting `what` is to be.
    fn read(what: &str, value: &ParamValue) -> Result<Self>;

    /// The setting as a value that [`read`](Self::read) takes.
    fn shown(&self) -> ParamValue;
}

impl Setting for bool {
    fn read(what: &str, value: &ParamValue) -> Result<Self> {
        flag(what, value)
    }

    fn shown(&self) -> ParamValue {
        (*self).into()
    }
}

impl Setting for f64 {
    fn read(what: &str, value: &ParamValue) -> Result<Self> {
        number(what, value, "a number")
    }

    fn shown(&self) -> ParamValue {
        (*self).into()
    }
}

impl Setting for usize {
    fn read(what: &str, value: &ParamValue) -> Result<Self> {
        match value {
            ParamValue::Int(number) => usize::try_from(*number).ok(),
            // A search that draws from a range may give 5.0.
            ParamValue::Float(number) if number.fract() == 0.0 && (0.0..9e15).contains(number) => Some(*number as Self),
            _ => None,
        }
        .ok_or_else(|| invalid_parameter(what, value, "a whole number of at least 0"))
    }

    fn shown(&self) -> ParamValue {
        ParamValue::Int(i64::try_from(*self).unwrap_or(i64::MAX))
    }
}

impl Setting for u64 {
    fn read(what: &str, value: &ParamValue) -> Result<Self> {
        usize::read(what, value).map(|number| number as Self)
    }

    fn shown(&self) -> ParamValue {
        ParamValue::Int(i64::try_from(*self).unwrap_or(i64::MAX))
    }
}

impl Setting for String {
    fn read(what: &str, value: &ParamValue) -> Result<Self> {
        match value {
            ParamValue::Text(text) => Ok(text.clone()),
            _ => Err(invalid_parameter(what, value, "text")),
        }
    }

    fn shown(&self) -> ParamValue {
        self.as_str().into()
    }
}

/// Settings that are one of several names.
macro_rules! named_setting {
    ($type:ty, [$($name:literal => $choice:expr),+ $(,)?]) => {
        impl $crate::preprocess::Setting for $type {
            fn read(what: &str, value: &$crate::preprocess::ParamValue) -> $crate::error::Result<Self> {
                $crate::preprocess::choice(what, value, &[$(($name, $choice)),+])
            }

            fn shown(&self) -> $crate::preprocess::ParamValue {
                [$(($name, $choice)),+].iter().find(|(_, choice)| choice == self).map_or("", |(name, _)| *name).into()
            }
        }
    };
}

/// [`Transformer`](super::Transformer) for a type whose settings are fields of the same names. The type has `fit` and `check`, which says whether each setting
/// is within its range.
macro_rules! transformer {
    ($type:ty, $name:expr, [$($field:ident),* $(,)?]) => {
        impl $crate::preprocess::Transformer for $type {
            fn name(&self) -> &'static str {
                $name
            }

            fn fit(
                &self,
                frame: &polars::prelude::DataFrame,
            ) -> $crate::error::Result<Box<dyn $crate::preprocess::FittedTransformer>> {
                Ok(Box::new(<$type>::fit(self, frame)?))
            }

            fn params(&self) -> Vec<(String, $crate::preprocess::ParamValue)> {
                vec![$((stringify!($field).to_string(), $crate::preprocess::params::Setting::shown(&self.$field))),*]
            }

            fn set_param(&mut self, name: &str, value: &$crate::preprocess::ParamValue) -> $crate::error::Result<()> {
                let known: &[&str] = &[$(stringify!($field)),*];
                if !known.contains(&name) {
                    return Err($crate::preprocess::params::unknown_parameter($name, name, known));
                }
                // A value that is refused leaves the settings as they were.
                #[allow(unused_mut, reason = "a step may have no settings")]
                let mut changed = self.clone();
                let _what = format!("{}.{name}", $name);
                let _value = value;
                $(if name == stringify!($field) {
                    changed.$field = $crate::preprocess::params::Setting::read(&_what, _value)?;
                })*
                changed.check()?;
                *self = changed;
                Ok(())
            }

            fn clone_box(&self) -> Box<dyn $crate::preprocess::Transformer> {
                Box::new(self.clone())
            }
        }
    };
}

pub(crate) use named_setting;
pub(super) use transformer;

/// Nothing, or the error of a setting that is not `allowed`.
pub(crate) fn ensure(is_allowed: bool, what: &str, value: impl Into<ParamValue>, allowed: &str) -> Result<()> {
    if is_allowed { Ok(()) } else { Err(invalid_parameter(what, &value.into(), allowed)) }
}

/// The number in `value`.
pub(crate) fn number(what: &str, value: &ParamValue, allowed: &str) -> Result<f64> {
    match value {
        ParamValue::Int(number) => Ok(*number as f64),
        ParamValue::Float(number) => Ok(*number),
        _ => Err(invalid_parameter(what, value, allowed)),
    }
}

/// The flag in `value`.
pub(super) fn flag(what: &str, value: &ParamValue) -> Result<bool> {
    match value {
        ParamValue::Bool(flag) => Ok(*flag),
        _ => Err(invalid_parameter(what, value, "true or false")),
    }
}

/// What `value` names among `choices`.
pub(crate) fn choice<T: Clone>(what: &str, value: &ParamValue, choices: &[(&str, T)]) -> Result<T> {
    let found = match value {
        ParamValue::Text(text) => choices.iter().find(|(name, _)| name == text),
        _ => None,
    };
    found.map(|(_, choice)| choice.clone()).ok_or_else(|| {
        let names: Vec<String> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        invalid_parameter(what, value, &format!("one of {}", names.join(", ")))
    })
}
