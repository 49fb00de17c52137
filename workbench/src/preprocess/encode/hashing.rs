//! Categories hashed into a fixed number of columns.

use polars::prelude::{Column, DataFrame, DataType, Int16Chunked, IntoColumn};
use serde::{Deserialize, Serialize};

use super::categories::selected;
use super::murmur::place;
use super::settings::{int, missing_name, unique, whole};
use super::{MISSING_NAMES, MissingCategory, codes};
use crate::data::{in_parallel, is_numeric};
use crate::error::{Error, Result};
use crate::preprocess::columns::{self, Selection};
use crate::preprocess::params::{choice, flag, unknown_parameter};
use crate::preprocess::{FittedTransformer, ParamValue, Transformer};

const NAME: &str = "hashing_encoder";
const SETTINGS: [&str; 3] = ["n_features", "alternate_sign", "missing"];

/// Hashes the categories of all columns into `n_features` columns together; nothing is learnt, and no category is unknown.
///
/// Each value is the text `column=value`, h its MurmurHash3 (x86, 32 bits, seed 0, signed) of that text's UTF-8: it adds sign(h) to output |h| mod n_features. So
/// scikit-learn's `FeatureHasher` does with a dictionary of text.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `n_features` | 32 | from 1 to 1,048,576 | `n_features` |
/// | `alternate_sign` | true | false: every value adds 1 | `alternate_sign` |
/// | `missing` | `Pass`: it adds nothing | `Category`: `column=missing`; `Error` | `missing`: `"category"`, `"error"`, `"pass"` |
/// | `columns` | all of text, categories and flags | names | |
///
/// The outputs `hash_0`, `hash_1`, … are of `i16` and stand where the first column stood.
///
/// # Errors
/// When fitted: [`Error::ColumnNotFound`], [`Error::WrongDtype`], [`Error::InvalidValue`].
/// When applied: [`Error::MissingValue`], [`Error::StepColumnMissing`], [`Error::StepDtype`], [`Error::DuplicateColumn`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{FittedTransformer, HashingEncoder};
///
/// let frame = df!("island" => ["Dream", "Biscoe"])?;
/// let hashed = HashingEncoder::new(8).fit(&frame)?.transform(&frame)?;
/// assert_eq!(hashed.width(), 8);
/// assert!(HashingEncoder::new(0).fit(&frame).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. K. Weinberger et al., *Feature hashing for large scale multitask learning*, 2009, doi:10.1145/1553374.1553516
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HashingEncoder {
    n_features: u64,
    alternate_sign: bool,
    missing: MissingCategory,
    columns: Selection,
}

impl Default for HashingEncoder {
    fn default() -> Self {
        Self::new(32)
    }
}

impl HashingEncoder {
    /// Hashes every column of text, categories and flags into `n_features` columns.
    pub fn new(n_features: usize) -> Self {
        let n_features = n_features as u64;
        Self { n_features, alternate_sign: true, missing: MissingCategory::Pass, columns: None }
    }

    /// Whether half of the values count down, so that those that meet in one output cancel on average.
    pub fn alternate_sign(mut self, alternate_sign: bool) -> Self {
        self.alternate_sign = alternate_sign;
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

    /// Remembers the columns.
    ///
    /// # Errors
    /// See [`HashingEncoder`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedHashingEncoder> {
        if !(1..=1 << 20).contains(&self.n_features) {
            return Err(Error::InvalidValue {
                what: "hashing_encoder.n_features".to_string(),
                value: self.n_features.to_string(),
                allowed: "from 1 to 1048576".to_string(),
            });
        }
        let columns = selected(frame, &self.columns)?;
        if let Some(column) = columns.iter().find(|column| !is_hashable(column.dtype())) {
            return Err(Error::WrongDtype {
                step: NAME,
                column: column.name().to_string(),
                dtype: column.dtype().to_string(),
                allowed: "text, a category, a flag, a number or a date",
            });
        }
        let columns = columns.iter().map(|column| (column.name().to_string(), column.dtype().to_string())).collect();
        Ok(FittedHashingEncoder { settings: self.clone(), columns })
    }
}

fn is_hashable(dtype: &DataType) -> bool {
    super::categories::is_category(dtype) || is_numeric(dtype) || dtype.is_temporal() || dtype.is_null()
}

impl Transformer for HashingEncoder {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(HashingEncoder::fit(self, frame)?))
    }

    fn for_columns(&self, columns: &[String]) -> Option<Box<dyn Transformer>> {
        let is_free = self.columns.is_none();
        is_free.then(|| Box::new(Self { columns: Some(columns.to_vec()), ..self.clone() }) as Box<dyn Transformer>)
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        let values = [int(self.n_features), self.alternate_sign.into(), missing_name(self.missing)];
        SETTINGS.iter().map(|name| name.to_string()).zip(values).collect()
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        match name {
            "n_features" => self.n_features = whole("hashing_encoder.n_features", value, 1)?,
            "alternate_sign" => self.alternate_sign = flag("hashing_encoder.alternate_sign", value)?,
            "missing" => self.missing = choice("hashing_encoder.missing", value, &MISSING_NAMES)?,
            _ => return Err(unknown_parameter(NAME, name, &SETTINGS)),
        }
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}

/// The columns that a [`HashingEncoder`] hashes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedHashingEncoder {
    settings: HashingEncoder,
    /// Names and dtypes.
    columns: Vec<(String, String)>,
}

impl FittedHashingEncoder {
    /// For each row of `column`, its output and what it adds there; `None` where it is missing.
    fn places(&self, frame: &DataFrame, name: &str, dtype: &str) -> Result<Vec<Option<(usize, i16)>>> {
        let column = columns::fitted(NAME, frame, name, dtype, is_hashable)?;
        let n_features = self.settings.n_features as usize;
        let add = |label: &str| {
            let (output, counts_up) = place(format!("{name}={label}").as_bytes(), n_features);
            (output, if counts_up || !self.settings.alternate_sign { 1 } else { -1 })
        };
        // Each distinct value is hashed once.
        let (categories, codes) = codes::learn(column)?;
        let places: Vec<(usize, i16)> =
            (0..categories.len()).filter_map(|code| categories.label(code)).map(|label| add(&label)).collect();
        let of_missing = match self.settings.missing {
            MissingCategory::Category => Some(add("missing")),
            _ => None,
        };
        let places: Vec<_> = codes.iter().map(|&code| places.get(code as usize).copied().or(of_missing)).collect();
        match places.iter().position(Option::is_none) {
            Some(row) if self.settings.missing == MissingCategory::Error => Err(Error::MissingValue {
                step: NAME,
                column: name.to_string(),
                row,
                remedy: "missing values are refused here; impute them, or let `.missing(..)` say what they are",
            }),
            _ => Ok(places),
        }
    }
}

impl FittedTransformer for FittedHashingEncoder {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        if self.columns.is_empty() {
            return Ok(frame.clone());
        }
        let places = in_parallel(&self.columns, |(name, dtype)| self.places(frame, name, dtype))?;
        let mut outputs = vec![vec![0_i16; frame.height()]; self.settings.n_features as usize];
        for column in &places {
            for (row, place) in column.iter().enumerate() {
                if let Some((output, sign)) = place
                    && let Some(value) = outputs.get_mut(*output).and_then(|output| output.get_mut(row))
                {
                    *value = value.saturating_add(*sign);
                }
            }
        }
        let made = outputs.into_iter().enumerate();
        let mut made: Vec<Column> = made
            .map(|(output, values)| Int16Chunked::from_vec(format!("hash_{output}").into(), values).into_column())
            .collect();
        let mut columns = Vec::with_capacity(frame.width() + made.len());
        for column in frame.columns() {
            if self.columns.iter().any(|(name, _)| name == column.name().as_str()) {
                columns.append(&mut made);
            } else {
                columns.push(column.clone());
            }
        }
        unique(frame.height(), columns)
    }

    fn inverse_transform(&self, _frame: &DataFrame) -> Result<DataFrame> {
        Err(Error::NotInvertible { step: NAME, reason: "a hash does not tell what was hashed" })
    }
}
