//! What all steps' settings share: names, values by name, and the ranges they are checked against.

use super::{Border, Interpolation, Interval, Tokens};
use crate::error::{Error, Result};
use crate::preprocess::{ParamValue, invalid_parameter};

/// The settings of a step, by name.
pub trait StepSettings {
    /// The step's kind in lower case, such as `"rotate"`; it names the step in errors and captions.
    fn name(&self) -> &'static str;

    /// The settings by name, in a fixed order. A range is two settings, such as `degrees_low` and `degrees_high`.
    fn params(&self) -> Vec<(String, ParamValue)>;

    /// Changes one setting. The name of a range without `_low` or `_high` sets both ends.
    ///
    /// # Errors
    /// [`Error::UnknownParameter`], which lists the names there are; [`Error::InvalidValue`] for a value of another kind.
    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()>;

    /// Checks all settings against their ranges.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] names the setting, its value, and what is allowed.
    fn check(&self) -> Result<()>;
}

/// The least and the greatest value of a setting, both allowed.
pub(super) type Limits = (f64, f64);

/// For settings that need no limits.
pub(super) const ANY: Limits = (f64::NEG_INFINITY, f64::INFINITY);

/// What a setting may be.
pub(super) trait Field {
    /// Appends the setting by name.
    fn list(&self, name: &str, params: &mut Vec<(String, ParamValue)>);

    /// Sets what `name` names, if that is this `field`; whether it was.
    fn set(&mut self, step: &str, field: &str, name: &str, value: &ParamValue) -> Result<bool>;

    /// An error unless it is within the limits.
    fn check(&self, step: &str, field: &str, limits: Limits) -> Result<()>;
}

impl Field for f64 {
    fn list(&self, name: &str, params: &mut Vec<(String, ParamValue)>) {
        params.push((name.to_string(), (*self).into()));
    }

    fn set(&mut self, step: &str, field: &str, name: &str, value: &ParamValue) -> Result<bool> {
        if name == field {
            *self = real(step, name, value)?;
        }
        Ok(name == field)
    }

    fn check(&self, step: &str, field: &str, limits: Limits) -> Result<()> {
        // NaN is in no range.
        if (limits.0..=limits.1).contains(self) {
            return Ok(());
        }
        Err(outside(step, field, &format!("{self:?}"), limits))
    }
}

impl Field for usize {
    fn list(&self, name: &str, params: &mut Vec<(String, ParamValue)>) {
        params.push((name.to_string(), i64::try_from(*self).unwrap_or(i64::MAX).into()));
    }

    fn set(&mut self, step: &str, field: &str, name: &str, value: &ParamValue) -> Result<bool> {
        if name == field {
            let number = if let ParamValue::Int(number) = value { usize::try_from(*number).ok() } else { None };
            let what = format!("{step}.{name}");
            *self = number.ok_or_else(|| invalid_parameter(&what, value, "a whole number of at least 0"))?;
        }
        Ok(name == field)
    }

    fn check(&self, step: &str, field: &str, limits: Limits) -> Result<()> {
        if (limits.0..=limits.1).contains(&(*self as f64)) {
            return Ok(());
        }
        Err(outside(step, field, &self.to_string(), limits))
    }
}

impl Field for bool {
    fn list(&self, name: &str, params: &mut Vec<(String, ParamValue)>) {
        params.push((name.to_string(), (*self).into()));
    }

    fn set(&mut self, step: &str, field: &str, name: &str, value: &ParamValue) -> Result<bool> {
        if name == field {
            *self = match value {
                ParamValue::Bool(flag) => *flag,
                other => return Err(invalid_parameter(&format!("{step}.{name}"), other, "true or false")),
            };
        }
        Ok(name == field)
    }

    fn check(&self, _step: &str, _field: &str, _limits: Limits) -> Result<()> {
        Ok(())
    }
}

impl Field for Interval {
    fn list(&self, name: &str, params: &mut Vec<(String, ParamValue)>) {
        params.push((format!("{name}_low"), self.low.into()));
        params.push((format!("{name}_high"), self.high.into()));
    }

    fn set(&mut self, step: &str, field: &str, name: &str, value: &ParamValue) -> Result<bool> {
        match name.strip_prefix(field) {
            Some("") => *self = real(step, name, value)?.into(),
            Some("_low") => self.low = real(step, name, value)?,
            Some("_high") => self.high = real(step, name, value)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn check(&self, step: &str, field: &str, limits: Limits) -> Result<()> {
        let allowed = limits.0..=limits.1;
        if allowed.contains(&self.low) && allowed.contains(&self.high) && self.low <= self.high {
            return Ok(());
        }
        Err(Error::InvalidValue {
            what: format!("{step}.{field}"),
            value: self.to_string(),
            allowed: format!("a range from low to high within {}", limits_text(limits)),
        })
    }
}

/// A setting that is one of a few names.
macro_rules! choice_field {
    ($($kind:ident { $($variant:ident = $text:literal),* })*) => {$(
        impl Field for $kind {
            fn list(&self, name: &str, params: &mut Vec<(String, ParamValue)>) {
                let text = match self { $(Self::$variant => $text),* };
                params.push((name.to_string(), text.into()));
            }

            fn set(&mut self, step: &str, field: &str, name: &str, value: &ParamValue) -> Result<bool> {
                if name == field {
                    *self = match value {
                        $(ParamValue::Text(text) if text == $text => Self::$variant,)*
                        other => {
                            let names = [$(concat!("\"", $text, "\"")),*].join(", ");
                            return Err(invalid_parameter(&format!("{step}.{name}"), other, &format!("one of {names}")));
                        }
                    };
                }
                Ok(name == field)
            }

            fn check(&self, _step: &str, _field: &str, _limits: Limits) -> Result<()> {
                Ok(())
            }
        }
    )*};
}

choice_field! {
    Border { Constant = "constant", Edge = "edge", Reflect = "reflect" }
    Interpolation { Nearest = "nearest", Bilinear = "bilinear" }
}

/// Tokens are no parameters of a search: they are what the sequences are made of.
impl Field for Tokens {
    fn list(&self, _name: &str, _params: &mut Vec<(String, ParamValue)>) {}

    fn set(&mut self, _step: &str, _field: &str, _name: &str, _value: &ParamValue) -> Result<bool> {
        Ok(false)
    }

    fn check(&self, step: &str, field: &str, limits: Limits) -> Result<()> {
        if self.0.len() as f64 >= limits.0 {
            return Ok(());
        }
        Err(Error::InvalidValue {
            what: format!("{step}.{field}"),
            value: "empty".to_string(),
            allowed: "at least one token".to_string(),
        })
    }
}

fn real(step: &str, name: &str, value: &ParamValue) -> Result<f64> {
    match value {
        ParamValue::Int(number) => Ok(*number as f64),
        ParamValue::Float(number) => Ok(*number),
        other => Err(invalid_parameter(&format!("{step}.{name}"), other, "a number")),
    }
}

fn outside(step: &str, field: &str, value: &str, limits: Limits) -> Error {
    Error::InvalidValue { what: format!("{step}.{field}"), value: value.to_string(), allowed: limits_text(limits) }
}

fn limits_text(limits: Limits) -> String {
    match limits {
        (low, high) if low.is_finite() && high.is_finite() => format!("{low} to {high}"),
        (low, _) if low.is_finite() => format!("{low} or more, and finite"),
        _ => "finite".to_string(),
    }
}

/// A step's settings: the struct, its defaults, a method for each setting, and their values by name.
///
/// Each setting is given as `name: type [argument type] = default, limits;`.
macro_rules! settings {
    ($(#[$doc:meta])* $name:ident, $text:literal {
        $($(#[$field_doc:meta])* $field:ident: $kind:ty [$argument:ty] = $default:expr, $limits:expr;)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $(pub(in crate::augment) $field: $kind,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default),* }
            }
        }

        impl $name {
            $(
                $(#[$field_doc])*
                #[must_use]
                pub fn $field(mut self, value: $argument) -> Self {
                    self.$field = value.into();
                    self
                }
            )*
        }

        impl $crate::augment::StepSettings for $name {
            fn name(&self) -> &'static str {
                $text
            }

            #[allow(unused_mut)] // A step without settings has nothing to list.
            fn params(&self) -> Vec<(String, $crate::preprocess::ParamValue)> {
                let mut params = Vec::new();
                $($crate::augment::settings::Field::list(&self.$field, stringify!($field), &mut params);)*
                params
            }

            #[allow(unused_variables)] // A step without settings looks at no value.
            fn set_param(&mut self, name: &str, value: &$crate::preprocess::ParamValue) -> $crate::error::Result<()> {
                $(
                    if $crate::augment::settings::Field::set(&mut self.$field, $text, stringify!($field), name, value)? {
                        return Ok(());
                    }
                )*
                Err($crate::augment::settings::unknown(self, name))
            }

            fn check(&self) -> $crate::error::Result<()> {
                $($crate::augment::settings::Field::check(&self.$field, $text, stringify!($field), $limits)?;)*
                Ok(())
            }
        }
    };
}

pub(super) use settings;

/// The error of a setting that a step does not have.
pub(super) fn unknown(step: &dyn StepSettings, name: &str) -> Error {
    let known: Vec<String> = step.params().into_iter().map(|(name, _)| name).collect();
    let available = if known.is_empty() { "none".to_string() } else { known.join(", ") };
    Error::UnknownParameter { step: step.name().to_string(), name: name.to_string(), available }
}
