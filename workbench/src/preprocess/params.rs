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

/// The number in `value`.
pub(super) fn number(what: &str, value: &ParamValue, allowed: &str) -> Result<f64> {
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
pub(super) fn choice<T: Clone>(what: &str, value: &ParamValue, choices: &[(&str, T)]) -> Result<T> {
    let found = match value {
        ParamValue::Text(text) => choices.iter().find(|(name, _)| name == text),
        _ => None,
    };
    found.map(|(_, choice)| choice.clone()).ok_or_else(|| {
        let names: Vec<String> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        invalid_parameter(what, value, &format!("one of {}", names.join(", ")))
    })
}
