//! Text as counts of its words.

mod tfidf;
mod vocabulary;

use polars::prelude::{Column, DataFrame, IntoColumn, NewChunkedArray, UInt32Chunked};
use serde::{Deserialize, Serialize};

pub use self::tfidf::{FittedTfidfVectorizer, TextNorm, TfidfVectorizer};
use self::vocabulary::{Terms, Vocabulary};
use super::settings::{Frequency, expanded, int, missing_name, whole};
use super::{MISSING_NAMES, MissingCategory};
use crate::data::in_parallel;
use crate::error::{Error, Result};
use crate::preprocess::columns::{self, Selection};
use crate::preprocess::params::{choice, flag, invalid_parameter, unknown_parameter};
use crate::preprocess::{FittedTransformer, ParamValue, Transformer};

const NAME: &str = "count_vectorizer";
const SETTINGS: [&str; 10] = [
    "lowercase",
    "token_pattern",
    "ngram_min",
    "ngram_max",
    "min_df",
    "max_df",
    "max_features",
    "binary",
    "stop_words",
    "missing",
];

/// Replaces each column of text by a column for each of its words, which counts how often the word comes in each row.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `lowercase` | true | | `lowercase` |
/// | `token_pattern` | none: two or more letters, digits or `_` in a row | a regular expression of the `regex` crate; all of a match is a word | `token_pattern`, `""` for none |
/// | `ngram_range` | (1, 1) | least and greatest number of words in a term, at least 1 | `ngram_min`, `ngram_max` |
/// | `min_df` | 1 | a count or a share of the rows; rarer terms are left out | `min_df` |
/// | `max_df` | share 1.0 | the same; terms in more rows are left out | `max_df` |
/// | `max_features` | 0, no limit | the most frequent ones are kept | `max_features` |
/// | `binary` | false | true: 1 for a term that is there | `binary` |
/// | `stop_words` | none | words to leave out, as they are after lower-casing | `stop_words`: with commas between |
/// | `missing` | `Category`: a text without words | [`MissingCategory`] | `missing`: `"category"`, `"error"`, `"pass"` |
/// | `columns` | all of text | names | |
///
/// Terms are sorted by their bytes; `review_good` counts `good` in `review`. Counts are of `u32`, four bytes a value and term, so keep the vocabulary small.
///
/// # Errors
/// When fitted: [`Error::NothingLeft`] where no term remains, [`Error::ColumnNotFound`], [`Error::WrongDtype`], [`Error::MissingValue`],
/// [`Error::InvalidValue`] for settings out of range or a pattern that is none.
/// When applied: [`Error::MissingValue`], [`Error::StepColumnMissing`], [`Error::StepDtype`], [`Error::DuplicateColumn`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{CountVectorizer, FittedTransformer};
///
/// let frame = df!("note" => ["Good, very good!", "very bad"])?;
/// let counts = CountVectorizer::new().fit(&frame)?.transform(&frame)?;
/// assert_eq!(counts.get_column_names(), ["note_bad", "note_good", "note_very"]);
/// assert_eq!(counts.column("note_good")?.u32()?.get(0), Some(2));
///
/// let none = CountVectorizer::new().min_df(3).fit(&frame).unwrap_err();
/// assert!(none.to_string().starts_with("count_vectorizer: nothing is left"));
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CountVectorizer {
    lowercase: bool,
    token_pattern: Option<String>,
    ngram_range: (u64, u64),
    min_df: Frequency,
    max_df: Frequency,
    max_features: u64,
    binary: bool,
    stop_words: Vec<String>,
    missing: MissingCategory,
    columns: Selection,
}

impl Default for CountVectorizer {
    fn default() -> Self {
        Self {
            lowercase: true,
            token_pattern: None,
            ngram_range: (1, 1),
            min_df: Frequency::Count(1),
            max_df: Frequency::Share(1.0),
            max_features: 0,
            binary: false,
            stop_words: Vec::new(),
            missing: MissingCategory::Category,
            columns: None,
        }
    }
}

impl CountVectorizer {
    /// Counts single words of every column of text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether upper and lower case are the same.
    pub fn lowercase(mut self, lowercase: bool) -> Self {
        self.lowercase = lowercase;
        self
    }

    /// What a word is, as a regular expression.
    pub fn token_pattern(mut self, pattern: &str) -> Self {
        self.token_pattern = (!pattern.is_empty()).then(|| pattern.to_string());
        self
    }

    /// The least and the greatest number of words in a term.
    pub fn ngram_range(mut self, least: usize, greatest: usize) -> Self {
        self.ngram_range = (least as u64, greatest as u64);
        self
    }

    /// In how many rows a term has to be.
    pub fn min_df(mut self, min_df: impl Into<Frequency>) -> Self {
        self.min_df = min_df.into();
        self
    }

    /// In how many rows a term may be.
    pub fn max_df(mut self, max_df: impl Into<Frequency>) -> Self {
        self.max_df = max_df.into();
        self
    }

    /// Keeps so many of the most frequent terms; 0 for all.
    pub fn max_features(mut self, max_features: usize) -> Self {
        self.max_features = max_features as u64;
        self
    }

    /// Whether a term counts once in a row however often it comes.
    pub fn binary(mut self, binary: bool) -> Self {
        self.binary = binary;
        self
    }

    /// Words that are left out.
    pub fn stop_words(mut self, words: &[&str]) -> Self {
        self.stop_words = words.iter().map(|word| word.to_string()).collect();
        self
    }

    /// What becomes of a missing text.
    pub fn missing(mut self, missing: MissingCategory) -> Self {
        self.missing = missing;
        self
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    /// Learns the vocabulary of each column.
    ///
    /// # Errors
    /// See [`CountVectorizer`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedCountVectorizer> {
        let vocabularies = self.vocabularies(NAME, frame)?.into_iter().map(|(vocabulary, _)| vocabulary).collect();
        Ok(FittedCountVectorizer { settings: self.clone(), vocabularies })
    }

    /// Each column's vocabulary, and in how many rows each of its terms is.
    fn vocabularies(&self, step: &'static str, frame: &DataFrame) -> Result<Vec<(Vocabulary, Vec<usize>)>> {
        self.min_df.check(&format!("{step}.min_df"))?;
        self.max_df.check(&format!("{step}.max_df"))?;
        let (least, greatest) = self.ngram_range;
        if least < 1 || greatest < least {
            return Err(Error::InvalidValue {
                what: format!("{step}.ngram_range"),
                value: format!("({least}, {greatest})"),
                allowed: "two whole numbers of at least 1, the first not greater than the second".to_string(),
            });
        }
        let columns = vocabulary::selected(step, frame, &self.columns)?;
        in_parallel(&columns, |column| Vocabulary::learn(step, self, column))
    }

    fn params_of(&self) -> Vec<(String, ParamValue)> {
        let values = [
            self.lowercase.into(),
            self.token_pattern.as_deref().unwrap_or_default().into(),
            int(self.ngram_range.0),
            int(self.ngram_range.1),
            self.min_df.param(),
            self.max_df.param(),
            int(self.max_features),
            self.binary.into(),
            self.stop_words.join(",").into(),
            missing_name(self.missing),
        ];
        SETTINGS.iter().map(|name| name.to_string()).zip(values).collect()
    }

    /// Changes one setting of a step called `step`; false where it has no such setting.
    fn set(&mut self, step: &'static str, name: &str, value: &ParamValue) -> Result<bool> {
        let what = format!("{step}.{name}");
        let text = || match value {
            ParamValue::Text(text) => Ok(text.clone()),
            _ => Err(invalid_parameter(&what, value, "text")),
        };
        match name {
            "lowercase" => self.lowercase = flag(&what, value)?,
            "token_pattern" => self.token_pattern = Some(text()?).filter(|pattern| !pattern.is_empty()),
            "ngram_min" => self.ngram_range.0 = whole(&what, value, 1)?,
            "ngram_max" => self.ngram_range.1 = whole(&what, value, 1)?,
            "min_df" => self.min_df = Frequency::parse(&what, value)?,
            "max_df" => self.max_df = Frequency::parse(&what, value)?,
            "max_features" => self.max_features = whole(&what, value, 0)?,
            "binary" => self.binary = flag(&what, value)?,
            "stop_words" => {
                let words = text()?;
                self.stop_words = words.split(',').filter(|word| !word.is_empty()).map(str::to_string).collect();
            }
            "missing" => self.missing = choice(&what, value, &MISSING_NAMES)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Transformer for CountVectorizer {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(CountVectorizer::fit(self, frame)?))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        self.params_of()
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        if self.set(NAME, name, value)? { Ok(()) } else { Err(unknown_parameter(NAME, name, &SETTINGS)) }
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}

/// The vocabularies that a [`CountVectorizer`] learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedCountVectorizer {
    settings: CountVectorizer,
    vocabularies: Vec<Vocabulary>,
}

impl FittedCountVectorizer {
    /// What was learnt: `column` and `term`, in the order of the outputs.
    ///
    /// # Errors
    /// [`Error::Polars`] in principle; none is known.
    pub fn vocabulary(&self) -> Result<DataFrame> {
        vocabulary::table(self.vocabularies.iter(), Vec::new())
    }
}

impl FittedTransformer for FittedCountVectorizer {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let made = in_parallel(&self.vocabularies, |vocabulary| {
            let rows = vocabulary.count(NAME, &self.settings, frame)?;
            let mut outputs = vec![vec![0_u32; rows.len()]; vocabulary.terms.len()];
            for (row, terms) in rows.iter().enumerate() {
                for &(term, count) in terms.iter().flatten() {
                    if let Some(value) = outputs.get_mut(term).and_then(|output| output.get_mut(row)) {
                        *value = count;
                    }
                }
            }
            let has_missing = rows.iter().any(Option::is_none);
            let column = |(name, values): (String, Vec<u32>)| -> Column {
                if !has_missing {
                    return UInt32Chunked::from_vec(name.into(), values).into_column();
                }
                let known = values
                    .into_iter()
                    .zip(&rows)
                    .map(|(value, row): (u32, &Option<Terms>)| row.is_some().then_some(value));
                UInt32Chunked::from_iter_options(name.into(), known).into_column()
            };
            Ok(vocabulary.names().into_iter().zip(outputs).map(column).collect::<Vec<_>>())
        })?;
        expanded(frame, self.vocabularies.iter().map(|vocabulary| vocabulary.column.as_str()).zip(made).collect())
    }

    fn inverse_transform(&self, _frame: &DataFrame) -> Result<DataFrame> {
        Err(Error::NotInvertible { step: NAME, reason: "counts do not tell the order of the words" })
    }
}
