//! The classes that a classifier learns to tell apart.

use crate::data::{Dataset, Target};
use crate::error::{Error, Result};

/// The classes that occur in the training rows, and which of them each row has.
pub(super) struct Classes {
    /// For each row, the position of its class in `labels`.
    pub(super) codes: Vec<usize>,
    /// The classes that occur, in the order of the dataset's labels.
    pub(super) labels: Vec<String>,
}

impl Classes {
    /// The classes of `data`, of which there must be two at least.
    pub(super) fn at_least_two(data: &Dataset, model: &'static str) -> Result<Self> {
        let classes = Self::of(data, model)?;
        match classes.labels.as_slice() {
            [class] => Err(Error::OneClass {
                model,
                target: data.target_name().to_string(),
                class: class.clone(),
                n_rows: data.n_samples(),
            }),
            _ => Ok(classes),
        }
    }

    /// The classes of `data`. A fold keeps the labels of the whole, so those that no row has are left out.
    pub(super) fn of(data: &Dataset, model: &'static str) -> Result<Self> {
        let Target::Classes { codes, labels } = data.target() else {
            return Err(Error::NotClasses { what: model.to_string(), target: data.target_name().to_string() });
        };
        let mut occurs = vec![false; labels.len()];
        for &code in codes {
            if let Some(occurs) = occurs.get_mut(code as usize) {
                *occurs = true;
            }
        }
        let mut positions = Vec::with_capacity(labels.len());
        let mut kept = Vec::new();
        for (label, occurs) in labels.iter().zip(occurs) {
            positions.push(kept.len());
            if occurs {
                kept.push(label.clone());
            }
        }
        let codes = codes.iter().filter_map(|&code| positions.get(code as usize).copied()).collect();
        Ok(Self { codes, labels: kept })
    }
}
