//! What a one-hot encoder learnt.

use std::collections::HashMap;

use polars::prelude::{Column, DataFrame, IntoColumn, NewChunkedArray, UInt8Chunked};
use serde::{Deserialize, Serialize};

use super::{DropCategory, NAME};
use crate::data::in_parallel;
use crate::error::Result;
use crate::preprocess::FittedTransformer;
use crate::preprocess::columns;
use crate::preprocess::encode::Unknown;
use crate::preprocess::encode::categories::{Known, MISSING, UNKNOWN};
use crate::preprocess::encode::settings::{expanded, unique};

pub(super) const REMEDY: &str = "set `.unknown(Unknown::Ignore)`, or fit on rows that have it";

/// The categories that a [`OneHotEncoder`](super::OneHotEncoder) learnt, and the column of each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedOneHotEncoder {
    pub(super) columns: Vec<Hot>,
    pub(super) unknown: Unknown,
}

/// One column's categories and outputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Hot {
    known: Known,
    /// For each category its output; `None` for the one that was dropped.
    output_of: Vec<Option<u32>>,
    /// The output of infrequent categories.
    infrequent: Option<u32>,
    /// Whether there are infrequent categories.
    has_infrequent: bool,
    /// The names of the outputs.
    names: Vec<String>,
}

impl Hot {
    pub(super) fn new(known: Known, is_infrequent: &[bool], drop: DropCategory) -> Self {
        let is_rare = |position: usize| is_infrequent.get(position).copied().unwrap_or(false);
        let has_infrequent = is_infrequent.contains(&true);
        let n_frequent = (0..known.len()).filter(|&position| !is_rare(position)).count();
        let n_outputs = n_frequent + usize::from(has_infrequent);
        let drops_first = match drop {
            DropCategory::None => false,
            DropCategory::First => n_outputs > 0,
            DropCategory::IfBinary => n_outputs == 2,
        };
        // Outputs before the first is dropped: frequent categories in order, then the infrequent ones together.
        let shifted = |output: u32| if drops_first { output.checked_sub(1) } else { Some(output) };
        let (mut names, mut output_of, mut next) = (Vec::new(), Vec::with_capacity(known.len()), 0);
        for position in 0..known.len() {
            let output = if is_rare(position) {
                shifted(n_frequent as u32)
            } else {
                let output = shifted(next);
                if output.is_some() {
                    names.push(format!("{}_{}", known.column, known.label(position)));
                }
                next += 1;
                output
            };
            output_of.push(output);
        }
        let infrequent = if has_infrequent { shifted(n_frequent as u32) } else { None };
        if infrequent.is_some() {
            names.push(format!("{}_infrequent", known.column));
        }
        Self { known, output_of, infrequent, has_infrequent, names }
    }

    /// The output columns for rows of these codes; `frame` is where an unknown one is looked up.
    pub(super) fn encode(&self, frame: &DataFrame, codes: &[u32], unknown: Unknown) -> Result<Vec<Column>> {
        if unknown == Unknown::Error {
            self.known.refuse_unknown(NAME, frame, codes, REMEDY)?;
        }
        let of_unknown = if unknown == Unknown::Infrequent { self.infrequent } else { None };
        let mut outputs: Vec<Vec<u8>> = self.names.iter().map(|_| vec![0; codes.len()]).collect();
        let mut has_missing = false;
        for (row, &code) in codes.iter().enumerate() {
            let output = match self.output_of.get(code as usize) {
                Some(output) => *output,
                None if code == UNKNOWN => of_unknown,
                None => {
                    has_missing = true;
                    None
                }
            };
            if let Some(value) =
                output.and_then(|output| outputs.get_mut(output as usize)).and_then(|output| output.get_mut(row))
            {
                *value = 1;
            }
        }
        let columns = self.names.iter().zip(outputs).map(|(name, output)| {
            if !has_missing {
                return UInt8Chunked::from_vec(name.as_str().into(), output).into_column();
            }
            let known = output.iter().zip(codes).map(|(&value, &code)| (code != MISSING).then_some(value));
            UInt8Chunked::from_iter_options(name.as_str().into(), known).into_column()
        });
        Ok(columns.collect())
    }

    /// The category of each row that has these outputs; unknown and infrequent ones are missing.
    fn decode(&self, frame: &DataFrame) -> Result<Column> {
        let mut found: Vec<Option<u32>> = vec![None; frame.height()];
        let mut is_missing = vec![false; frame.height()];
        for (output, name) in self.names.iter().enumerate() {
            let column = columns::fitted(NAME, frame, name, "u8", |dtype| dtype.is_primitive_numeric())?;
            for ((found, is_missing), value) in
                found.iter_mut().zip(&mut is_missing).zip(crate::data::numbers(column)?.iter())
            {
                *is_missing |= value.is_nan();
                if *value == 1.0 {
                    *found = Some(output as u32);
                }
            }
        }
        let mut category_of: Vec<Option<usize>> = vec![None; self.names.len()];
        for (category, output) in self.output_of.iter().enumerate() {
            let is_infrequent = self.has_infrequent && *output == self.infrequent;
            let output = output.filter(|_| !is_infrequent).and_then(|output| category_of.get_mut(output as usize));
            if let Some(of_output) = output {
                *of_output = Some(category).filter(|&category| !self.known.is_missing(category));
            }
        }
        // Rows without any 1 have the category that was dropped, if there is one.
        let mut dropped = self.output_of.iter().enumerate().filter(|(_, output)| output.is_none());
        let dropped = match (dropped.next(), dropped.next()) {
            (Some((category, _)), None) if !self.known.is_missing(category) => Some(category),
            _ => None,
        };
        let positions: Vec<Option<usize>> = found
            .iter()
            .zip(&is_missing)
            .map(|(output, is_missing)| match output {
                _ if *is_missing => None,
                Some(output) => category_of.get(*output as usize).copied().flatten(),
                None => dropped,
            })
            .collect();
        Ok(self.known.categories.take(&self.known.column, &positions))
    }
}

/// `frame` with each of `columns` replaced by what it was `encoded` as.
pub(super) fn in_place(frame: &DataFrame, columns: &[Hot], encoded: Vec<Vec<Column>>) -> Result<DataFrame> {
    expanded(frame, columns.iter().map(|hot| hot.known.column.as_str()).zip(encoded).collect())
}

impl FittedOneHotEncoder {
    /// What was learnt: `column`, `category`, and `output`, the name of its column, missing where it was dropped.
    ///
    /// # Errors
    /// [`Error::Polars`](crate::Error::Polars) in principle; none is known.
    pub fn categories(&self) -> Result<DataFrame> {
        let (mut columns, mut categories, mut outputs) = (Vec::new(), Vec::new(), Vec::new());
        for hot in &self.columns {
            for (position, output) in hot.output_of.iter().enumerate() {
                columns.push(hot.known.column.clone());
                categories.push(hot.known.label(position));
                outputs.push(output.and_then(|output| hot.names.get(output as usize).cloned()));
            }
        }
        let height = columns.len();
        let columns = vec![
            Column::new("column".into(), columns),
            Column::new("category".into(), categories),
            Column::new("output".into(), outputs),
        ];
        Ok(DataFrame::new(height, columns)?)
    }
}

impl FittedTransformer for FittedOneHotEncoder {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let encoded =
            in_parallel(&self.columns, |hot| hot.encode(frame, &hot.known.codes(NAME, frame)?, self.unknown))?;
        in_place(frame, &self.columns, encoded)
    }

    /// Text, numbers and flags come back; categories and dates come back as text. Infrequent and unknown categories come back missing.
    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let decoded = in_parallel(&self.columns, |hot| hot.decode(frame))?;
        let mut decoded: Vec<Option<Column>> = decoded.into_iter().map(Some).collect();
        let outputs =
            self.columns.iter().enumerate().flat_map(|(at, hot)| hot.names.iter().map(move |name| (name.as_str(), at)));
        let owners: HashMap<&str, usize> = outputs.collect();
        let mut columns: Vec<Column> = Vec::with_capacity(frame.width());
        for column in frame.columns() {
            match owners.get(column.name().as_str()) {
                // The first of its outputs makes room for the whole.
                Some(&owner) => columns.extend(decoded.get_mut(owner).and_then(Option::take)),
                None => columns.push(column.clone()),
            }
        }
        columns.extend(decoded.into_iter().flatten());
        unique(frame.height(), columns)
    }
}
