//! A column of 0 and 1 for each category.

mod fitted;

use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

pub use self::fitted::FittedOneHotEncoder;
use self::fitted::Hot;
use super::categories::{Known, Learnt, selected};
use super::settings::{Frequency, int, missing_name, name_of, whole};
use super::{MISSING_NAMES, MissingCategory, Unknown};
use crate::data::{Target, in_parallel};
use crate::error::{Error, Result};
use crate::preprocess::columns::{self, Selection};
use crate::preprocess::params::{choice, unknown_parameter};
use crate::preprocess::{FitTransform, FittedTransformer, ParamValue, Transformer};

pub(super) const NAME: &str = "one_hot_encoder";
const SETTINGS: [&str; 5] = ["drop", "unknown", "missing", "min_frequency", "max_categories"];

/// Which of a column's categories gets no column of its own, since the others tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropCategory {
    /// None.
    None,
    /// The first.
    First,
    /// The first of two, so that one column is left; more categories keep all of theirs.
    IfBinary,
}

const DROP_NAMES: [(&str, DropCategory); 3] =
    [("none", DropCategory::None), ("first", DropCategory::First), ("if_binary", DropCategory::IfBinary)];
const UNKNOWN_NAMES: [(&str, Unknown); 3] =
    [("error", Unknown::Error), ("ignore", Unknown::Ignore), ("infrequent", Unknown::Infrequent)];

/// Makes a column of 0 and 1 of each category: `species_Adelie` is 1 where `species` is `Adelie`.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `categories` | those of the training rows: text by its bytes, numbers by size | labels of one column, in order | |
/// | `drop` | `None` | [`DropCategory`] | `drop`: `"none"`, `"first"`, `"if_binary"` |
/// | `unknown` | `Error` | `Error`, `Ignore`, `Infrequent` | `unknown`: `"error"`, `"ignore"`, `"infrequent"` |
/// | `missing` | `Category` | [`MissingCategory`] | `missing`: `"category"`, `"error"`, `"pass"` |
/// | `min_frequency` | 1 | a count, or a share of the training rows; rarer ones become `infrequent` | `min_frequency` |
/// | `max_categories` | 0, no limit | at least 0; the rarest beyond it become `infrequent` | `max_categories` |
/// | `columns` | all of text, categories and flags | names | |
///
/// The columns are of `u8`, one byte a value, and stand where theirs stood: categories in order, then `species_missing`, then `species_infrequent`.
/// Missing values that pass are missing in all of a column's outputs.
///
/// # Errors
/// When fitted: [`Error::ColumnNotFound`], [`Error::WrongDtype`], [`Error::MissingValue`], [`Error::InvalidValue`] for settings out of range,
/// [`Error::UnknownCategory`] for a value that is not among given categories.
/// When applied: [`Error::UnknownCategory`], [`Error::MissingValue`], [`Error::StepColumnMissing`], [`Error::StepDtype`],
/// [`Error::DuplicateColumn`] where a name is taken.
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{FittedTransformer, OneHotEncoder, Unknown};
///
/// let frame = df!("island" => ["Dream", "Biscoe", "Dream"])?;
/// let encoder = OneHotEncoder::new().fit(&frame)?;
/// let encoded = encoder.transform(&frame)?;
/// assert_eq!(encoded.get_column_names(), ["island_Biscoe", "island_Dream"]);
///
/// let unseen = df!("island" => ["Dream", "Torgersen"])?;
/// assert!(encoder.transform(&unseen).unwrap_err().to_string().contains("\"Torgersen\" in row 1"));
/// assert!(OneHotEncoder::new().unknown(Unknown::Ignore).fit(&frame)?.transform(&unseen).is_ok());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OneHotEncoder {
    categories: Vec<(String, Vec<String>)>,
    drop: DropCategory,
    unknown: Unknown,
    missing: MissingCategory,
    min_frequency: Frequency,
    max_categories: u64,
    columns: Selection,
}

impl Default for OneHotEncoder {
    fn default() -> Self {
        Self {
            categories: Vec::new(),
            drop: DropCategory::None,
            unknown: Unknown::Error,
            missing: MissingCategory::Category,
            min_frequency: Frequency::Count(1),
            max_categories: 0,
            columns: None,
        }
    }
}

impl OneHotEncoder {
    /// A column for each category of every column of text, categories and flags.
    pub fn new() -> Self {
        Self::default()
    }

    /// The categories of `column` and their order, whatever the training rows have.
    pub fn categories(mut self, column: &str, labels: &[&str]) -> Self {
        self.categories.push((column.to_string(), labels.iter().map(|label| label.to_string()).collect()));
        self
    }

    /// Which category gets no column.
    pub fn drop(mut self, drop: DropCategory) -> Self {
        self.drop = drop;
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

    /// Categories of fewer training rows than this share one column.
    pub fn min_frequency(mut self, min_frequency: impl Into<Frequency>) -> Self {
        self.min_frequency = min_frequency.into();
        self
    }

    /// At most so many columns for each column, that of the infrequent categories among them; 0 for no limit.
    pub fn max_categories(mut self, max_categories: usize) -> Self {
        self.max_categories = max_categories as u64;
        self
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    /// Learns the categories of each column.
    ///
    /// # Errors
    /// See [`OneHotEncoder`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedOneHotEncoder> {
        let columns = self.learn(frame, |hot, _| Ok(hot))?;
        Ok(FittedOneHotEncoder { columns, unknown: self.unknown })
    }

    /// What `then` makes of each column's outputs and the codes of its training rows.
    fn learn<R: Send>(
        &self,
        frame: &DataFrame,
        then: impl Fn(Hot, &[u32]) -> Result<R> + Send + Sync,
    ) -> Result<Vec<R>> {
        self.min_frequency.check("one_hot_encoder.min_frequency")?;
        if !UNKNOWN_NAMES.iter().any(|(_, unknown)| *unknown == self.unknown) {
            return Err(Error::not_one_of(
                "one_hot_encoder.unknown",
                self.unknown.name(),
                &UNKNOWN_NAMES.map(|(n, _)| n),
            ));
        }
        in_parallel(&selected(frame, &self.columns)?, |column: &&Column| {
            let given = self.categories.iter().find(|(name, _)| name == column.name().as_str());
            let Learnt { known, codes, counts } =
                Known::learn(NAME, column, given.map(|(_, labels)| labels.as_slice()), self.missing)?;
            if self.unknown == Unknown::Error {
                known.refuse_unknown(NAME, frame, &codes, fitted::REMEDY)?;
            }
            let infrequent = self.infrequent(&known, &counts, codes.len());
            then(Hot::new(known, &infrequent, self.drop), &codes)
        })
    }

    /// Which categories are too rare to have a column; missing always has its own.
    fn infrequent(&self, known: &Known, counts: &[usize], n_rows: usize) -> Vec<bool> {
        let counts = counts.get(..known.categories.len()).unwrap_or(counts);
        let least = self.min_frequency.of(n_rows);
        let mut infrequent: Vec<bool> = counts.iter().map(|&count| (count as f64) < least).collect();
        let n_frequent = infrequent.iter().filter(|is| !**is).count();
        if let Some(n_kept) = self.max_categories.checked_sub(1).map(|kept| kept as usize)
            && self.max_categories < n_frequent as u64 + 1
        {
            // Of those that come equally often the earlier are given up, as scikit-learn does.
            let mut by_count: Vec<usize> = (0..counts.len()).collect();
            by_count.sort_by_key(|&position| counts.get(position));
            for &position in by_count.iter().take(counts.len().saturating_sub(n_kept)) {
                if let Some(is_infrequent) = infrequent.get_mut(position) {
                    *is_infrequent = true;
                }
            }
        }
        infrequent
    }
}

impl Transformer for OneHotEncoder {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(OneHotEncoder::fit(self, frame)?))
    }

    /// One pass of hashing learns the categories and encodes the rows.
    fn fit_transform_with_target(&self, frame: &DataFrame, _target: &Target) -> Result<FitTransform> {
        let learnt = self.learn(frame, |hot, codes| {
            let encoded = hot.encode(frame, codes, self.unknown)?;
            Ok((hot, encoded))
        })?;
        let (columns, encoded): (Vec<Hot>, Vec<Vec<Column>>) = learnt.into_iter().unzip();
        let frame = fitted::in_place(frame, &columns, encoded)?;
        let fitted = FittedOneHotEncoder { columns, unknown: self.unknown };
        Ok(FitTransform { fitted: Box::new(fitted), frame, kept: None, is_transform: true })
    }

    fn fit_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        Ok(self.fit_transform_with_target(frame, &Target::Values(Vec::new()))?.frame)
    }

    fn for_columns(&self, columns: &[String]) -> Option<Box<dyn Transformer>> {
        let is_free = self.columns.is_none();
        is_free.then(|| Box::new(Self { columns: Some(columns.to_vec()), ..self.clone() }) as Box<dyn Transformer>)
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        let values = [
            name_of(&DROP_NAMES, &self.drop),
            self.unknown.name().into(),
            missing_name(self.missing),
            self.min_frequency.param(),
            int(self.max_categories),
        ];
        SETTINGS.iter().map(|name| name.to_string()).zip(values).collect()
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        match name {
            "drop" => self.drop = choice("one_hot_encoder.drop", value, &DROP_NAMES)?,
            "unknown" => self.unknown = choice("one_hot_encoder.unknown", value, &UNKNOWN_NAMES)?,
            "missing" => self.missing = choice("one_hot_encoder.missing", value, &MISSING_NAMES)?,
            "min_frequency" => self.min_frequency = Frequency::parse("one_hot_encoder.min_frequency", value)?,
            "max_categories" => self.max_categories = whole("one_hot_encoder.max_categories", value, 0)?,
            _ => return Err(unknown_parameter(NAME, name, &SETTINGS)),
        }
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}
