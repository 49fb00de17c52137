//! Checks of settings that every estimator makes in the same words.

use crate::error::Result;
use crate::preprocess::{ParamValue, invalid_parameter};

/// `value` as a real number.
pub(super) fn real(what: &str, value: &ParamValue) -> Result<f64> {
    match value {
        ParamValue::Float(number) => Ok(*number),
        ParamValue::Int(number) => Ok(*number as f64),
        other => Err(invalid_parameter(what, other, "a number")),
    }
}

/// `value` as a count.
pub(super) fn count(what: &str, value: &ParamValue) -> Result<usize> {
    let number = if let ParamValue::Int(number) = value { usize::try_from(*number).ok() } else { None };
    number.ok_or_else(|| invalid_parameter(what, value, "a whole number of at least 0"))
}

/// `value` as true or false.
pub(super) fn flag(what: &str, value: &ParamValue) -> Result<bool> {
    match value {
        ParamValue::Bool(flag) => Ok(*flag),
        other => Err(invalid_parameter(what, other, "true or false")),
    }
}

/// `value` as a name.
pub(super) fn text<'a>(what: &str, value: &'a ParamValue) -> Result<&'a str> {
    match value {
        ParamValue::Text(text) => Ok(text),
        other => Err(invalid_parameter(what, other, "a name in quotes")),
    }
}

/// An error unless `number` is finite and greater than 0.
pub(super) fn positive(what: &str, number: f64) -> Result<()> {
    within(what, number, number > 0.0 && number.is_finite(), "a finite number greater than 0")
}

/// An error unless `number` is finite and 0 or greater.
pub(super) fn not_negative(what: &str, number: f64) -> Result<()> {
    within(what, number, number >= 0.0 && number.is_finite(), "a finite number of at least 0")
}

/// An error unless `number` is from 0 to 1.
pub(super) fn fraction(what: &str, number: f64) -> Result<()> {
    within(what, number, (0.0..=1.0).contains(&number), "from 0 to 1")
}

/// An error unless `number` lies between 0 and 1.
pub(super) fn inside(what: &str, number: f64) -> Result<()> {
    within(what, number, number > 0.0 && number < 1.0, "greater than 0 and less than 1")
}

/// An error unless `number` is 1 or greater.
pub(super) fn at_least_one(what: &str, number: usize) -> Result<()> {
    within(what, i64::try_from(number).unwrap_or(i64::MAX), number >= 1, "at least 1")
}

fn within(what: &str, value: impl Into<ParamValue>, is_within: bool, allowed: &str) -> Result<()> {
    if is_within { Ok(()) } else { Err(invalid_parameter(what, &value.into(), allowed)) }
}

/// [`Estimator`](super::Estimator) for a type whose settings are fields of the same names, or of the names after `as`. The type has `fit`, which returns its
/// own model, and `check`, which says whether each setting is within its range. What is written in braces behind goes into the impl as it is.
macro_rules! estimator {
    ($type:ty, $name:expr, [$($field:ident $(as $key:literal)?),* $(,)?] $({ $($more:tt)* })?) => {
        impl $crate::models::Estimator for $type {
            fn name(&self) -> &'static str {
                $name
            }

            fn fit(&self, data: &$crate::data::Dataset) -> $crate::error::Result<Box<dyn $crate::models::Model>> {
                Ok(Box::new(<$type>::fit(self, data)?))
            }

            fn params(&self) -> Vec<(String, $crate::preprocess::ParamValue)> {
                vec![$((
                    $crate::models::settings::key!($field $($key)?).to_string(),
                    $crate::preprocess::Setting::shown(&self.$field),
                )),*]
            }

            fn set_param(&mut self, name: &str, value: &$crate::preprocess::ParamValue) -> $crate::error::Result<()> {
                let known: &[&str] = &[$($crate::models::settings::key!($field $($key)?)),*];
                if !known.contains(&name) {
                    return Err($crate::preprocess::unknown_parameter($name, name, known));
                }
                // A value that is refused leaves the settings as they were.
                let mut changed = self.clone();
                let what = format!("{}.{name}", $name);
                $(if name == $crate::models::settings::key!($field $($key)?) {
                    changed.$field = $crate::preprocess::Setting::read(&what, value)?;
                })*
                changed.check()?;
                *self = changed;
                Ok(())
            }

            fn clone_box(&self) -> Box<dyn $crate::models::Estimator> {
                Box::new(self.clone())
            }

            fn as_any(&self) -> &dyn std::any::Any {
                self
            }

            $($($more)*)?
        }
    };
}

/// The name of a setting: that of its field, unless it has another.
macro_rules! key {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $key:literal) => {
        $key
    };
}

/// Methods that take the settings and give them back with one changed.
macro_rules! setters {
    ($($(#[$documentation:meta])* $field:ident: $type:ty),* $(,)?) => {$(
        $(#[$documentation])*
        pub fn $field(mut self, $field: $type) -> Self {
            self.$field = $field;
            self
        }
    )*};
}

/// [`Setting`](crate::preprocess::Setting) for a type that is read from a name and shown as one.
macro_rules! text_setting {
    ($type:ty) => {
        impl $crate::preprocess::Setting for $type {
            fn read(what: &str, value: &$crate::preprocess::ParamValue) -> $crate::error::Result<Self> {
                $crate::models::settings::text(what, value)?.parse()
            }

            fn shown(&self) -> $crate::preprocess::ParamValue {
                $crate::preprocess::ParamValue::Text(self.to_string())
            }
        }
    };
}

pub(super) use {estimator, key, setters, text_setting};
