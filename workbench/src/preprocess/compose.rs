//! Steps put together: one after another, and different ones for different columns.

mod chain;
mod column_selector;
mod column_transformer;

pub use self::chain::{Chain, FittedChain};
pub use self::column_selector::{Columns, DtypeGroup};
pub use self::column_transformer::{ColumnTransformer, FittedColumnTransformer, Remainder};

use super::{ParamValue, Transformer, unknown_parameter};
use crate::error::{Error, Result};

/// `params` as the settings of `step`.
pub(crate) fn nested(step: &str, params: Vec<(String, ParamValue)>) -> Vec<(String, ParamValue)> {
    params.into_iter().map(|(name, value)| (format!("{step}__{name}"), value)).collect()
}

/// `source`, which came out of `step`. An interruption is nobody's fault.
pub(crate) fn at_step(step: &str, source: Error) -> Error {
    match source {
        Error::Interrupted => Error::Interrupted,
        source => Error::Step { step: step.to_string(), source: Box::new(source) },
    }
}

/// What is wrong with these names of steps, if anything is.
pub(crate) fn wrong_names(names: &[String]) -> Option<String> {
    for (position, name) in names.iter().enumerate() {
        if name.is_empty() || name.contains("__") {
            return Some(format!("\"{name}\" is no name for a step; it must not be empty or have `__` in it"));
        }
        if names.iter().take(position).any(|other| other == name) {
            return Some(format!("it has two steps called \"{name}\"; each needs a name of its own"));
        }
    }
    None
}

fn check_names(owner: &'static str, names: &[String]) -> Result<()> {
    match wrong_names(names) {
        Some(reason) => Err(Error::Steps { step: owner, reason }),
        None => Ok(()),
    }
}

/// Hands `step__setting` to the step that it names; `known` are all settings there are.
fn set_nested<'a>(
    owner: &str,
    mut steps: impl Iterator<Item = (&'a String, &'a mut Box<dyn Transformer>)>,
    known: &[String],
    name: &str,
    value: &ParamValue,
) -> Result<()> {
    if let Some((step, inner)) = name.split_once("__").filter(|_| known.iter().any(|known| known == name))
        && let Some((_, transformer)) = steps.find(|(other, _)| *other == step)
    {
        return transformer.set_param(inner, value).map_err(|source| at_step(step, source));
    }
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    Err(unknown_parameter(owner, name, &known))
}
