//! How often each category came.

use polars::prelude::{Column, DataFrame, Float64Chunked, IntoColumn, NewChunkedArray, UInt32Chunked};
use serde::{Deserialize, Serialize};

use super::categories::{Known, MISSING, UNKNOWN, selected};
use super::settings::missing_name;
use super::{MISSING_NAMES, MissingCategory, Unknown};
use crate::data::in_parallel;
use crate::error::{Error, Result};
use crate::preprocess::columns::{self, Selection, replaced};
use crate::preprocess::params::{choice, flag, unknown_parameter};
use crate::preprocess::{FittedTransformer, ParamValue, Transformer};

const NAME: &str = "frequency_encoder";
const REMEDY: &str = "set `.unknown(Unknown::Ignore)` for a frequency of 0, or fit on rows that have it";
const UNKNOWN_NAMES: [(&str, Unknown); 3] =
    [("error", Unknown::Error), ("ignore", Unknown::Ignore), ("missing", Unknown::Missing)];

/// Replaces each category c by how often it came in the training rows: n(c) / n, or n(c).
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `normalize` | true: shares | true or false | `normalize` |
/// | `unknown` | `Ignore`: 0 | `Error`, `Ignore`, `Missing` | `unknown`: `"error"`, `"ignore"`, `"missing"` |
/// | `missing` | `Pass` | [`MissingCategory`] | `missing`: `"category"`, `"error"`, `"pass"` |
/// | `columns` | all of text, categories and flags | names | |
///
/// Shares come out as `f64` and are those of the rows that have a category, as pandas' `value_counts(normalize=True)`; counts come out as `u32`.
///
/// # Errors
/// When fitted: [`Error::ColumnNotFound`], [`Error::WrongDtype`], [`Error::MissingValue`], [`Error::InvalidValue`].
/// When applied: [`Error::UnknownCategory`], [`Error::MissingValue`], [`Error::StepColumnMissing`], [`Error::StepDtype`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{FittedTransformer, FrequencyEncoder};
///
/// let frame = df!("island" => ["Dream", "Biscoe", "Dream", "Dream"])?;
/// let encoder = FrequencyEncoder::new().fit(&frame)?;
/// assert_eq!(encoder.transform(&frame)?.column("island")?.f64()?.get(0), Some(0.75));
/// assert!(encoder.transform(&df!("place" => ["Dream"])?).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrequencyEncoder {
    normalize: bool,
    unknown: Unknown,
    missing: MissingCategory,
    columns: Selection,
}

impl Default for FrequencyEncoder {
    fn default() -> Self {
        Self { normalize: true, unknown: Unknown::Ignore, missing: MissingCategory::Pass, columns: None }
    }
}

impl FrequencyEncoder {
    /// The share of each category, for every column of text, categories and flags.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether frequencies are shares (true) or counts.
    pub fn normalize(mut self, normalize: bool) -> Self {
        self.normalize = normalize;
        self
    }

    /// What becomes of a category that was not there in training.
    pub fn unknown(mut self, unknown: Unknown) -> Self {
        self.unknown = unknown;
        self
    }

    /// What becomes of a missing value.
    pub fn missing(mut self, missing: MissingCategory) -> Self {
        self.missing = missing;
        self
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    /// Counts the categories of each column.
    ///
    /// # Errors
    /// See [`FrequencyEncoder`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedFrequencyEncoder> {
        let names = UNKNOWN_NAMES.map(|(name, _)| name);
        if !names.contains(&self.unknown.name()) {
            return Err(Error::not_one_of("frequency_encoder.unknown", self.unknown.name(), &names));
        }
        let columns = in_parallel(&selected(frame, &self.columns)?, |column: &&Column| {
            let learnt = Known::learn(NAME, column, None, self.missing)?;
            let counts = learnt.counts.iter().map(|&count| count as u32).collect();
            Ok(Counted { known: learnt.known, counts })
        })?;
        Ok(FittedFrequencyEncoder { columns, normalize: self.normalize, unknown: self.unknown })
    }
}

impl Transformer for FrequencyEncoder {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(FrequencyEncoder::fit(self, frame)?))
    }

    fn for_columns(&self, columns: &[String]) -> Option<Box<dyn Transformer>> {
        let is_free = self.columns.is_none();
        is_free.then(|| Box::new(Self { columns: Some(columns.to_vec()), ..self.clone() }) as Box<dyn Transformer>)
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        vec![
            ("normalize".to_string(), self.normalize.into()),
            ("unknown".to_string(), self.unknown.name().into()),
            ("missing".to_string(), missing_name(self.missing)),
        ]
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        match name {
            "normalize" => self.normalize = flag("frequency_encoder.normalize", value)?,
            "unknown" => self.unknown = choice("frequency_encoder.unknown", value, &UNKNOWN_NAMES)?,
            "missing" => self.missing = choice("frequency_encoder.missing", value, &MISSING_NAMES)?,
            _ => return Err(unknown_parameter(NAME, name, &["normalize", "unknown", "missing"])),
        }
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}

/// The frequencies that a [`FrequencyEncoder`] learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedFrequencyEncoder {
    columns: Vec<Counted>,
    normalize: bool,
    unknown: Unknown,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Counted {
    known: Known,
    counts: Vec<u32>,
}

impl Counted {
    fn encode(&self, codes: &[u32], normalize: bool, unknown: Unknown) -> Column {
        let name = self.known.column.as_str().into();
        let count = |code: u32| match code {
            MISSING => None,
            UNKNOWN => (unknown != Unknown::Missing).then_some(0),
            code => self.counts.get(code as usize).copied(),
        };
        if !normalize {
            return UInt32Chunked::from_iter_options(name, codes.iter().map(|&code| count(code))).into_column();
        }
        let total = self.counts.iter().map(|&count| u64::from(count)).sum::<u64>() as f64;
        let share = |&code: &u32| count(code).map(|count| if count == 0 { 0.0 } else { f64::from(count) / total });
        Float64Chunked::from_iter_options(name, codes.iter().map(share)).into_column()
    }
}

impl FittedFrequencyEncoder {
    /// What was learnt: `column`, `category` and its `count`.
    ///
    /// # Errors
    /// [`Error::Polars`] in principle; none is known.
    pub fn frequencies(&self) -> Result<DataFrame> {
        let (mut columns, mut categories, mut counts) = (Vec::new(), Vec::new(), Vec::new());
        for counted in &self.columns {
            for (code, &count) in counted.counts.iter().enumerate() {
                columns.push(counted.known.column.clone());
                categories.push(counted.known.label(code));
                counts.push(count);
            }
        }
        let height = counts.len();
        let columns = vec![
            Column::new("column".into(), columns),
            Column::new("category".into(), categories),
            Column::new("count".into(), counts),
        ];
        Ok(DataFrame::new(height, columns)?)
    }
}

impl FittedTransformer for FittedFrequencyEncoder {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let columns = in_parallel(&self.columns, |counted| {
            let codes = counted.known.codes(NAME, frame)?;
            if self.unknown == Unknown::Error {
                counted.known.refuse_unknown(NAME, frame, &codes, REMEDY)?;
            }
            Ok(counted.encode(&codes, self.normalize, self.unknown))
        })?;
        replaced(frame, columns)
    }

    fn inverse_transform(&self, _frame: &DataFrame) -> Result<DataFrame> {
        Err(Error::NotInvertible { step: NAME, reason: "several categories may come equally often" })
    }
}
