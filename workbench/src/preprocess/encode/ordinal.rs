//! A number for each category.

use polars::prelude::{Column, DataFrame, Int32Chunked, IntoColumn, NewChunkedArray};
use serde::{Deserialize, Serialize};

use super::categories::{Known, MISSING, UNKNOWN, selected};
use super::settings::missing_name;
use super::{MISSING_NAMES, MissingCategory, Unknown};
use crate::data::{self, in_parallel};
use crate::error::{Error, Result};
use crate::preprocess::columns::{self, Selection, replaced};
use crate::preprocess::params::{choice, invalid_parameter, unknown_parameter};
use crate::preprocess::{FittedTransformer, ParamValue, Transformer};

const NAME: &str = "ordinal_encoder";
const REMEDY: &str = "set `.unknown(Unknown::Value(-1))` or `Unknown::Missing`, or fit on rows that have it";

/// Replaces each category by its position in their order: 0, 1, 2 and so on.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `categories` | those of the training rows: text by its bytes, numbers by size | labels of one column, in order | |
/// | `unknown` | `Error` | `Error`, `Value(number)`, `Missing` | `unknown`: `"error"`, `"value"`, `"missing"` |
/// | unknown value | -1 | a whole number that is no category's | `unknown_value` |
/// | `missing` | `Pass` | [`MissingCategory`] | `missing`: `"category"`, `"error"`, `"pass"` |
/// | `columns` | all of text, categories and flags | names | |
///
/// The columns come out as `i32` under their own names, four bytes a value.
///
/// # Errors
/// When fitted: [`Error::ColumnNotFound`], [`Error::WrongDtype`], [`Error::MissingValue`], [`Error::InvalidValue`] for settings out of range,
/// [`Error::UnknownCategory`] for a value that is not among given categories.
/// When applied: [`Error::UnknownCategory`], [`Error::MissingValue`], [`Error::StepColumnMissing`], [`Error::StepDtype`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{FittedTransformer, OrdinalEncoder};
///
/// let frame = df!("size" => ["small", "large", "small"])?;
/// let encoder = OrdinalEncoder::new().categories("size", &["small", "medium", "large"]).fit(&frame)?;
/// assert_eq!(encoder.transform(&frame)?.column("size")?.i32()?.get(1), Some(2));
///
/// let error = encoder.transform(&df!("size" => ["huge"])?).unwrap_err();
/// assert!(error.to_string().contains("holds \"huge\" in row 0"));
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrdinalEncoder {
    categories: Vec<(String, Vec<String>)>,
    unknown: Unknown,
    /// Kept beside the choice, so that a search may set the two in any order.
    unknown_value: i32,
    missing: MissingCategory,
    columns: Selection,
}

impl Default for OrdinalEncoder {
    fn default() -> Self {
        Self {
            categories: Vec::new(),
            unknown: Unknown::Error,
            unknown_value: -1,
            missing: MissingCategory::Pass,
            columns: None,
        }
    }
}

impl OrdinalEncoder {
    /// A number for each category of every column of text, categories and flags.
    pub fn new() -> Self {
        Self::default()
    }

    /// The categories of `column` in their order.
    pub fn categories(mut self, column: &str, labels: &[&str]) -> Self {
        self.categories.push((column.to_string(), labels.iter().map(|label| label.to_string()).collect()));
        self
    }

    /// What becomes of a category that was not there in training.
    pub fn unknown(mut self, unknown: Unknown) -> Self {
        self.unknown = unknown;
        if let Unknown::Value(value) = unknown {
            self.unknown_value = value;
        }
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

    fn unknowns(&self) -> [(&'static str, Unknown); 3] {
        [("error", Unknown::Error), ("value", Unknown::Value(self.unknown_value)), ("missing", Unknown::Missing)]
    }

    /// Learns the categories of each column.
    ///
    /// # Errors
    /// See [`OrdinalEncoder`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedOrdinalEncoder> {
        let names = self.unknowns().map(|(name, _)| name);
        if !names.contains(&self.unknown.name()) {
            return Err(Error::not_one_of("ordinal_encoder.unknown", self.unknown.name(), &names));
        }
        let columns = in_parallel(&selected(frame, &self.columns)?, |column: &&Column| {
            let given = self.categories.iter().find(|(name, _)| name == column.name().as_str());
            let learnt = Known::learn(NAME, column, given.map(|(_, labels)| labels.as_slice()), self.missing)?;
            if self.unknown == Unknown::Error {
                learnt.known.refuse_unknown(NAME, frame, &learnt.codes, REMEDY)?;
            }
            if let Unknown::Value(value) = self.unknown
                && usize::try_from(value).is_ok_and(|value| value < learnt.known.len())
            {
                let allowed =
                    format!("negative, or at least {}: column `{}` has so many", learnt.known.len(), column.name());
                return Err(invalid_parameter("ordinal_encoder.unknown_value", &value.into(), &allowed));
            }
            Ok(learnt.known)
        })?;
        Ok(FittedOrdinalEncoder { columns, unknown: self.unknown })
    }
}

impl Transformer for OrdinalEncoder {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(OrdinalEncoder::fit(self, frame)?))
    }

    fn for_columns(&self, columns: &[String]) -> Option<Box<dyn Transformer>> {
        let is_free = self.columns.is_none();
        is_free.then(|| Box::new(Self { columns: Some(columns.to_vec()), ..self.clone() }) as Box<dyn Transformer>)
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        vec![
            ("unknown".to_string(), self.unknown.name().into()),
            ("unknown_value".to_string(), self.unknown_value.into()),
            ("missing".to_string(), missing_name(self.missing)),
        ]
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        match name {
            "unknown" => self.unknown = choice("ordinal_encoder.unknown", value, &self.unknowns())?,
            "unknown_value" => {
                let number = match value {
                    ParamValue::Int(number) => i32::try_from(*number).ok(),
                    _ => None,
                };
                self.unknown_value = number.ok_or_else(|| {
                    invalid_parameter("ordinal_encoder.unknown_value", value, "a whole number of 32 bits")
                })?;
                if let Unknown::Value(unknown) = &mut self.unknown {
                    *unknown = self.unknown_value;
                }
            }
            "missing" => self.missing = choice("ordinal_encoder.missing", value, &MISSING_NAMES)?,
            _ => return Err(unknown_parameter(NAME, name, &["unknown", "unknown_value", "missing"])),
        }
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}

/// The orders of categories that an [`OrdinalEncoder`] learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedOrdinalEncoder {
    columns: Vec<Known>,
    unknown: Unknown,
}

impl FittedOrdinalEncoder {
    /// What was learnt: `column`, `category` and its `code`.
    ///
    /// # Errors
    /// [`Error::Polars`] in principle; none is known.
    pub fn categories(&self) -> Result<DataFrame> {
        let rows = self.columns.iter().flat_map(|known| (0..known.len()).map(move |code| (known, code)));
        let (mut columns, mut categories, mut codes) = (Vec::new(), Vec::new(), Vec::new());
        for (known, code) in rows {
            columns.push(known.column.clone());
            categories.push(known.label(code));
            codes.push(code as i32);
        }
        let height = codes.len();
        let columns = vec![
            Column::new("column".into(), columns),
            Column::new("category".into(), categories),
            Column::new("code".into(), codes),
        ];
        Ok(DataFrame::new(height, columns)?)
    }
}

impl FittedTransformer for FittedOrdinalEncoder {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let columns = in_parallel(&self.columns, |known| {
            let codes = known.codes(NAME, frame)?;
            if self.unknown == Unknown::Error {
                known.refuse_unknown(NAME, frame, &codes, REMEDY)?;
            }
            let of_unknown = match self.unknown {
                Unknown::Value(value) => Some(value),
                _ => None,
            };
            let name = known.column.as_str().into();
            let is_plain = !codes.iter().any(|&code| code >= UNKNOWN);
            Ok(if is_plain {
                Int32Chunked::from_vec(name, codes.into_iter().map(|code| code as i32).collect()).into_column()
            } else {
                let values = codes.into_iter().map(|code| match code {
                    MISSING => None,
                    UNKNOWN => of_unknown,
                    code => Some(code as i32),
                });
                Int32Chunked::from_iter_options(name, values).into_column()
            })
        })?;
        replaced(frame, columns)
    }

    /// Text, numbers and flags come back; categories and dates come back as text, and unknown ones missing.
    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let columns = in_parallel(&self.columns, |known| {
            let column = columns::fitted(NAME, frame, &known.column, "i32", data::is_numeric)?;
            let values = data::numbers(column)?;
            let position = |&value: &f64| {
                let is_code = value >= 0.0 && value.fract() == 0.0 && value < known.categories.len() as f64;
                is_code.then_some(value as usize)
            };
            let positions: Vec<Option<usize>> = values.iter().map(position).collect();
            Ok(known.categories.take(&known.column, &positions))
        })?;
        replaced(frame, columns)
    }
}
