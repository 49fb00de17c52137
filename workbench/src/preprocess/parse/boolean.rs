//! Text as flags.

use polars::prelude::{BooleanChunked, Column, DataFrame, DataType, IntoColumn, StringChunked};
use serde::{Deserialize, Serialize};

use super::super::FittedTransformer;
use super::super::columns::{self, Learnt, Selection};
use super::super::params::transformer;
use super::{Parsed, is_missing};
use crate::error::Result;

const NAME: &str = "to_boolean";
const TRUE_WORDS: &str = "true, t, yes, y, on, 1";
const FALSE_WORDS: &str = "false, f, no, n, off, 0";

/// Reads words as flags.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `true_words` | `"true, t, yes, y, on, 1"` | words between commas, in any case | `true_words` |
/// | `false_words` | `"false, f, no, n, off, 0"` | the same | `false_words` |
/// | `lossy` | values that do not convert are an error | | `lossy` |
/// | `columns` | all of text in which everything converts | names | |
///
/// The words for missing are those of [`ToNumeric`](super::ToNumeric). Undone, flags are written with the first word that each column had for them in training.
///
/// # Errors
/// When fitted: [`Error::ColumnNotFound`](crate::Error::ColumnNotFound), [`Error::InvalidValue`](crate::Error::InvalidValue) for a column that is not text.
/// When applied: [`Error::NotConvertible`](crate::Error::NotConvertible) with the row, the value and the count;
/// [`Error::StepColumnMissing`](crate::Error::StepColumnMissing), [`Error::StepDtype`](crate::Error::StepDtype).
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{ToBoolean, Transformer};
///
/// let flags = ToBoolean::new().words("ja", "nein").fit_transform(&df!("ok" => ["Ja", "nein", ""])?)?;
/// assert_eq!(flags.column("ok")?.bool()?.get(1), Some(false));
///
/// assert!(ToBoolean::new().columns(&["ok"]).fit_transform(&df!("ok" => ["yes", "maybe"])?).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToBoolean {
    true_words: String,
    false_words: String,
    lossy: bool,
    columns: Selection,
}

impl Default for ToBoolean {
    fn default() -> Self {
        Self { true_words: TRUE_WORDS.to_string(), false_words: FALSE_WORDS.to_string(), lossy: false, columns: None }
    }
}

impl ToBoolean {
    /// Every column of text in which all is flags.
    pub fn new() -> Self {
        Self::default()
    }

    /// The words for true and for false, several of them between commas.
    pub fn words(mut self, true_words: &str, false_words: &str) -> Self {
        (self.true_words, self.false_words) = (true_words.to_string(), false_words.to_string());
        self
    }

    /// Values that do not convert become missing; [`FittedToBoolean::unconverted`] lists them.
    pub fn lossy(mut self) -> Self {
        self.lossy = true;
        self
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Learns which words each column has.
    ///
    /// # Errors
    /// See [`ToBoolean`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedToBoolean> {
        let words = |words: &str| words.split(',').map(|word| word.trim().to_lowercase()).collect::<Vec<String>>();
        let (true_words, false_words) = (words(&self.true_words), words(&self.false_words));
        let learn = |column: &Column| {
            let first = |words: &[String]| -> Result<String> {
                let mut texts = column.str()?.iter().flatten().map(str::trim);
                let found = texts.find(|text| words.contains(&text.to_lowercase())).map(str::to_string);
                Ok(found.or_else(|| words.first().cloned()).unwrap_or_default())
            };
            Ok(Words {
                true_word: first(&true_words)?,
                false_word: first(&false_words)?,
                true_words: true_words.clone(),
                false_words: false_words.clone(),
            })
        };
        Ok(FittedToBoolean { columns: super::learn(NAME, frame, &self.columns, learn, parse)?, lossy: self.lossy })
    }
}

transformer!(ToBoolean, NAME, [true_words, false_words, lossy]);

/// The words that a [`ToBoolean`] learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedToBoolean {
    columns: Vec<Learnt<Words>>,
    lossy: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Words {
    true_word: String,
    false_word: String,
    true_words: Vec<String>,
    false_words: Vec<String>,
}

fn parse(words: &Words, column: &Column) -> Result<Parsed> {
    let mut lost = Vec::new();
    let flags = column.str()?.iter().enumerate().map(|(row, text)| {
        let text = text.map(|text| text.trim().to_lowercase())?;
        if words.true_words.contains(&text) {
            return Some(true);
        }
        if words.false_words.contains(&text) {
            return Some(false);
        }
        if !is_missing(&text) {
            lost.push(row);
        }
        None
    });
    let flags: BooleanChunked = flags.collect();
    Ok(Parsed { column: flags.with_name(column.name().clone()).into_column(), lost })
}

impl FittedToBoolean {
    /// What was learnt: `column`, `true_word` and `false_word`, with which flags are written when undone.
    ///
    /// # Errors
    /// [`Error::Polars`](crate::Error::Polars) in principle; none is known.
    pub fn words(&self) -> Result<DataFrame> {
        let text = |text: fn(&Learnt<Words>) -> &str| self.columns.iter().map(text).collect::<Vec<&str>>();
        let columns = vec![
            columns::texts("column", &text(|learnt| &learnt.column)),
            columns::texts("true_word", &text(|learnt| &learnt.learnt.true_word)),
            columns::texts("false_word", &text(|learnt| &learnt.learnt.false_word)),
        ];
        Ok(DataFrame::new(self.columns.len(), columns)?)
    }

    /// The values of `frame` that do not convert: `column`, `row` (0-based) and `value`.
    ///
    /// # Errors
    /// [`Error::StepColumnMissing`](crate::Error::StepColumnMissing), [`Error::StepDtype`](crate::Error::StepDtype).
    pub fn unconverted(&self, frame: &DataFrame) -> Result<DataFrame> {
        super::unconverted(NAME, &self.columns, frame, parse)
    }
}

impl FittedTransformer for FittedToBoolean {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        super::convert(NAME, &self.columns, frame, self.lossy, parse)
    }

    /// Writes each flag with the first word that its column had for it in training.
    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let written = self.columns.iter().map(|learnt| {
            let column =
                columns::fitted(NAME, frame, &learnt.column, "bool", DataType::is_bool)?.cast(&DataType::Boolean)?;
            let word =
                |flag: bool| if flag { learnt.learnt.true_word.as_str() } else { learnt.learnt.false_word.as_str() };
            let text: StringChunked = column.bool()?.iter().map(|flag| flag.map(word)).collect();
            Ok(text.with_name(column.name().clone()).into_column())
        });
        columns::replaced(frame, written.collect::<Result<_>>()?)
    }
}
