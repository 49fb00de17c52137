//! Encoding: categories, dates and text as numbers.
//!
//! Encoders of categories work on all columns of text, categories and flags; named with `.columns(&[..])`, also on numbers and dates. The columns
//! that an encoder makes stand where its column stood, and are called after it.

mod categories;
mod codes;
mod cyclic;
mod dates;
mod frequency;
mod hashing;
mod murmur;
mod one_hot;
mod ordinal;
pub(crate) mod settings;
mod target;
mod text;

use serde::{Deserialize, Serialize};

pub(super) use self::categories::is_text;
pub(super) use self::dates::is_date;

pub use self::cyclic::{CyclicEncoder, FittedCyclicEncoder};
pub use self::dates::{DatePart, DateParts, FittedDateParts};
pub use self::frequency::{FittedFrequencyEncoder, FrequencyEncoder};
pub use self::hashing::{FittedHashingEncoder, HashingEncoder};
pub use self::one_hot::{DropCategory, FittedOneHotEncoder, OneHotEncoder};
pub use self::ordinal::{FittedOrdinalEncoder, OrdinalEncoder};
pub use self::settings::Frequency;
pub use self::target::{FittedTargetEncoder, Smoothing, TargetEncoder};
pub use self::text::{CountVectorizer, FittedCountVectorizer, FittedTfidfVectorizer, TextNorm, TfidfVectorizer};

/// What an encoder makes of a missing value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingCategory {
    /// It is a category of its own, the last one, called `missing`; where no training row had one it is unknown.
    Category,
    /// It is an error that names the row.
    Error,
    /// It stays missing.
    Pass,
}

const MISSING_NAMES: [(&str, MissingCategory); 3] =
    [("category", MissingCategory::Category), ("error", MissingCategory::Error), ("pass", MissingCategory::Pass)];

/// What an encoder makes of a category that it did not see when it was fitted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// It is an error that names the row.
    Error,
    /// One-hot: 0 in all columns. Others: 0.
    Ignore,
    /// One-hot: that of the infrequent categories, where there are some, and otherwise as [`Ignore`](Self::Ignore).
    Infrequent,
    /// This number.
    Value(i32),
    /// It becomes missing.
    Missing,
}

impl Unknown {
    fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Ignore => "ignore",
            Self::Infrequent => "infrequent",
            Self::Value(_) => "value",
            Self::Missing => "missing",
        }
    }
}
