//! The classes that a classifier learns to tell apart.

use crate::data::{Dataset, Target};
use crate::error::{Error, Result};

/// The classes that occur in the training rows, and which of them each row has.
pub(super) struct Classes {
    /// For each row, the position of its class in `labels`.
    pub(super) codes: Vec<usize>,
    /// The classes that occur, in the order of the dataset's labels.
    pub(super) labels: Vec<String>,
    /// All labels of the dataset.
    pub(super) known: Vec<String>,
}

impl Classes {
    /// The classes of `data`, of which there must be two at least.
    pub(super) fn at_least_two(data: &Dataset, model: &'static str) -> Result<Self> {
        Self::of(data, model)?.check_two(model, data.target_name())
    }

    /// The classes of `data`. A fold keeps the labels of the whole, so those that no row has are left out.
    pub(super) fn of(data: &Dataset, model: &'static str) -> Result<Self> {
        let Target::Classes { codes, labels } = data.target() else {
            return Err(Error::NotClasses { what: model.to_string(), target: data.target_name().to_string() });
        };
        Ok(Self::of_codes(codes, labels, data.weights()))
    }

    /// All labels of `data`, also those that no row has, of which there must be two at least.
    pub(super) fn all_of(data: &Dataset, model: &'static str) -> Result<Self> {
        let Target::Classes { codes, labels } = data.target() else {
            return Err(Error::NotClasses { what: model.to_string(), target: data.target_name().to_string() });
        };
        let codes = codes.iter().map(|&code| code as usize).collect();
        Self { codes, labels: labels.clone(), known: labels.clone() }.check_two(model, data.target_name())
    }

    /// The rows of `data` by the classes `known`, of which each must have one.
    pub(super) fn as_known(data: &Dataset, model: &'static str, known: &[String]) -> Result<Self> {
        let Self { codes, labels, .. } = Self::of(data, model)?;
        let mut positions = Vec::with_capacity(labels.len());
        for label in &labels {
            let position = known.iter().position(|known| known == label);
            let names: Vec<&str> = known.iter().map(String::as_str).collect();
            positions.push(position.ok_or_else(|| Error::not_one_of("a class", label, &names))?);
        }
        let codes = codes.iter().filter_map(|&code| positions.get(code).copied()).collect();
        Ok(Self { codes, labels: known.to_vec(), known: known.to_vec() })
    }

    /// The classes of rows with `codes`, whose position in `labels` they are. Rows that do not count have none of their own.
    pub(super) fn of_codes(codes: &[u32], labels: &[String], weights: Option<&[f64]>) -> Self {
        let mut occurs = vec![false; labels.len()];
        for (row, &code) in codes.iter().enumerate() {
            let counts = weights.and_then(|weights| weights.get(row)).is_none_or(|weight| *weight > 0.0);
            if let Some(occurs) = occurs.get_mut(code as usize).filter(|_| counts) {
                *occurs = true;
            }
        }
        let mut positions = Vec::with_capacity(labels.len());
        let mut kept: Vec<String> = Vec::new();
        for (label, occurs) in labels.iter().zip(occurs) {
            if occurs {
                kept.push(label.clone());
            }
            // For a class that does not occur any will do.
            positions.push(kept.len().saturating_sub(1));
        }
        let codes = codes.iter().filter_map(|&code| positions.get(code as usize).copied()).collect();
        Self { codes, labels: kept, known: labels.to_vec() }
    }

    /// An error unless there are two classes at least.
    pub(super) fn check_two(self, model: &'static str, target: &str) -> Result<Self> {
        match self.labels.as_slice() {
            [class] => Err(Error::OneClass {
                model,
                target: target.to_string(),
                class: class.clone(),
                n_rows: self.codes.len(),
            }),
            _ => Ok(self),
        }
    }
}
