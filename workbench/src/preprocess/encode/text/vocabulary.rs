//! The terms of a column of text.

use std::collections::{HashMap, HashSet};

use polars::prelude::{Column, DataFrame, DataType, StringChunked, StringNameSpaceImpl};
use serde::{Deserialize, Serialize};

use super::CountVectorizer;
use crate::data;
use crate::error::{Error, Result};
use crate::preprocess::columns::{self, Selection};
use crate::preprocess::encode::MissingCategory;
use crate::preprocess::encode::categories::is_text;
use crate::train::interrupt;

/// One column's terms in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Vocabulary {
    pub(super) column: String,
    dtype: String,
    pub(super) terms: Vec<String>,
}

/// The terms of one row by their positions, each with its count, positions ascending.
pub(super) type Terms = Vec<(usize, u32)>;

/// The columns of text that are selected.
pub(super) fn selected<'a>(step: &'static str, frame: &'a DataFrame, selection: &Selection) -> Result<Vec<&'a Column>> {
    let Some(names) = selection else {
        return Ok(frame.columns().iter().filter(|column| is_text(column.dtype())).collect());
    };
    let columns = names.iter().map(|name| {
        let column = data::column(frame, name)?;
        if is_text(column.dtype()) {
            return Ok(column);
        }
        let (column, dtype) = (column.name().to_string(), column.dtype().to_string());
        Err(Error::WrongDtype { step, column, dtype, allowed: "text" })
    });
    columns.collect()
}

impl Vocabulary {
    /// The terms of `column`, and in how many rows each of them is.
    pub(super) fn learn(step: &'static str, settings: &CountVectorizer, column: &Column) -> Result<(Self, Vec<usize>)> {
        // For each term, in how many rows it is, and how often it comes in all.
        let mut terms: HashMap<String, (usize, usize)> = HashMap::new();
        let n_rows = column.len();
        each_row(step, settings, column, |found| {
            let mut here: HashMap<&str, usize> = HashMap::new();
            let found = found.unwrap_or_default();
            found.iter().for_each(|term| *here.entry(term).or_default() += 1);
            for (term, count) in here {
                match terms.get_mut(term) {
                    Some((in_rows, in_all)) => (*in_rows, *in_all) = (*in_rows + 1, *in_all + count),
                    None => drop(terms.insert(term.to_string(), (1, count))),
                }
            }
        })?;
        let (least, most) = (settings.min_df.of(n_rows), settings.max_df.of(n_rows));
        let n_terms = terms.len();
        let mut kept: Vec<(String, (usize, usize))> = terms
            .into_iter()
            .filter(|(_, (in_rows, _))| (*in_rows as f64) >= least && (*in_rows as f64) <= most)
            .collect();
        kept.sort_by(|(a, _), (b, _)| a.cmp(b));
        if settings.max_features > 0 {
            kept.sort_by_key(|(_, (_, in_all))| std::cmp::Reverse(*in_all));
            kept.truncate(usize::try_from(settings.max_features).unwrap_or(usize::MAX));
            kept.sort_by(|(a, _), (b, _)| a.cmp(b));
        }
        if kept.is_empty() {
            return Err(Error::NothingLeft {
                step,
                what: format!("the {n_terms} terms of column `{}`", column.name()),
                remedy: "make min_df smaller, max_df greater, or stop_words fewer, or look at the text",
            });
        }
        let (terms, counts): (Vec<String>, Vec<(usize, usize)>) = kept.into_iter().unzip();
        let vocabulary = Self { column: column.name().to_string(), dtype: column.dtype().to_string(), terms };
        Ok((vocabulary, counts.into_iter().map(|(in_rows, _)| in_rows).collect()))
    }

    /// For each row of its column in `frame` the terms that are known; `None` where a missing text stays missing.
    pub(super) fn count(
        &self,
        step: &'static str,
        settings: &CountVectorizer,
        frame: &DataFrame,
    ) -> Result<Vec<Option<Terms>>> {
        let column = columns::fitted(step, frame, &self.column, &self.dtype, is_text)?;
        let positions: HashMap<&str, usize> =
            self.terms.iter().enumerate().map(|(position, term)| (term.as_str(), position)).collect();
        let mut rows = Vec::with_capacity(column.len());
        each_row(step, settings, column, |found| {
            rows.push(found.map(|found| {
                let mut here: Vec<usize> =
                    found.iter().filter_map(|term| positions.get(term.as_str()).copied()).collect();
                here.sort_unstable();
                let run = |run: &[usize]| {
                    let count = if settings.binary { 1 } else { run.len() as u32 };
                    run.first().map(|&term| (term, count))
                };
                here.chunk_by(usize::eq).filter_map(run).collect()
            }));
        })?;
        Ok(rows)
    }

    /// The names of the outputs.
    pub(super) fn names(&self) -> Vec<String> {
        self.terms.iter().map(|term| format!("{}_{term}", self.column)).collect()
    }
}

/// Hands the terms of each row of `column` to `take`; `None` where a missing text stays missing.
fn each_row(
    step: &'static str,
    settings: &CountVectorizer,
    column: &Column,
    mut take: impl FnMut(Option<Vec<String>>),
) -> Result<()> {
    let text = column.cast(&DataType::String)?;
    let text: &StringChunked = text.str()?;
    let stop_words: HashSet<&str> = settings.stop_words.iter().map(String::as_str).collect();
    let lowered = |text: &str| if settings.lowercase { text.to_lowercase() } else { text.to_string() };
    let missing = |row: usize| match settings.missing {
        MissingCategory::Category => Ok(Some(Vec::new())),
        MissingCategory::Pass => Ok(None),
        MissingCategory::Error => Err(Error::MissingValue {
            step,
            column: column.name().to_string(),
            row,
            remedy: "missing values are refused here; impute them, or let `.missing(..)` say what they are",
        }),
    };
    let kept = |words: Vec<&str>| -> Vec<String> {
        terms(words.into_iter().filter(|word| !stop_words.contains(word)).collect(), settings.ngram_range)
    };
    let Some(pattern) = &settings.token_pattern else {
        for (row, value) in text.iter().enumerate() {
            if row % 4096 == 0 {
                interrupt::check()?;
            }
            take(match value {
                Some(value) => Some(kept(words(&lowered(value)))),
                None => missing(row)?,
            });
        }
        return Ok(());
    };
    let lower: StringChunked = text.iter().map(|value| value.map(lowered)).collect();
    let found = lower.extract_all(pattern).map_err(|error| Error::InvalidValue {
        what: format!("{step}.token_pattern"),
        value: format!("\"{pattern}\""),
        allowed: format!("a regular expression: {error}"),
    })?;
    for (row, value) in found.series_iter().enumerate() {
        if row % 4096 == 0 {
            interrupt::check()?;
        }
        take(match value {
            Some(value) => Some(kept(value.str()?.iter().flatten().filter(|word| !word.is_empty()).collect())),
            None => missing(row)?,
        });
    }
    Ok(())
}

/// Runs of two or more letters, digits or `_`.
fn words(text: &str) -> Vec<&str> {
    let runs = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    runs.filter(|run| run.chars().nth(1).is_some()).collect()
}

/// Terms of so many words each, the short ones first.
fn terms(words: Vec<&str>, (least, greatest): (u64, u64)) -> Vec<String> {
    if (least, greatest) == (1, 1) {
        return words.into_iter().map(str::to_string).collect();
    }
    let greatest = usize::try_from(greatest).unwrap_or(usize::MAX).min(words.len());
    let least = usize::try_from(least).unwrap_or(usize::MAX);
    (least..=greatest).flat_map(|n| words.windows(n).map(|words| words.join(" ")).collect::<Vec<_>>()).collect()
}

/// A table of `column` and `term` of all vocabularies, with `more` columns.
pub(super) fn table<'a>(vocabularies: impl Iterator<Item = &'a Vocabulary>, more: Vec<Column>) -> Result<DataFrame> {
    let (mut columns, mut terms) = (Vec::new(), Vec::new());
    for vocabulary in vocabularies {
        columns.extend(vocabulary.terms.iter().map(|_| vocabulary.column.clone()));
        terms.extend(vocabulary.terms.iter().cloned());
    }
    let height = terms.len();
    let mut table = vec![Column::new("column".into(), columns), Column::new("term".into(), terms)];
    table.extend(more);
    Ok(DataFrame::new(height, table)?)
}
