//! Words weighed by how rare they are.

use polars::prelude::{Column, DataFrame, Float64Chunked, IntoColumn, NewChunkedArray};
use serde::{Deserialize, Serialize};

use super::vocabulary::{Terms, Vocabulary, table};
use super::{CountVectorizer, SETTINGS as COUNT_SETTINGS};
use crate::data::in_parallel;
use crate::error::{Error, Result};
use crate::preprocess::encode::settings::{expanded, name_of};
use crate::preprocess::params::{choice, flag, unknown_parameter};
use crate::preprocess::{FittedTransformer, ParamValue, Transformer};

const NAME: &str = "tfidf_vectorizer";
const SETTINGS: [&str; 4] = ["norm", "use_idf", "smooth_idf", "sublinear_tf"];

/// By what each row's weights are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextNorm {
    /// The sum of their magnitudes.
    L1,
    /// The root of the sum of their squares.
    L2,
    /// Nothing.
    None,
}

const NORM_NAMES: [(&str, TextNorm); 3] = [("l1", TextNorm::L1), ("l2", TextNorm::L2), ("none", TextNorm::None)];

/// Replaces each column of text by a column for each of its terms: how often it comes in the row, times how rare it is among the training rows.
///
/// weight(t, d) = tf(t, d) · idf(t), idf(t) = ln((1 + n) / (1 + df(t))) + 1, where n is the number of rows and df(t) that of the rows with t; each row is then divided by
/// its norm.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `counts` | [`CountVectorizer::new`] | what a term is; its columns | those of [`CountVectorizer`] |
/// | `norm` | `L2` | [`TextNorm`] | `norm`: `"l1"`, `"l2"`, `"none"` |
/// | `use_idf` | true | false: idf is 1 | `use_idf` |
/// | `smooth_idf` | true | false: ln(n / df) + 1 | `smooth_idf` |
/// | `sublinear_tf` | false | true: 1 + ln(tf) instead of tf | `sublinear_tf` |
///
/// Columns come out as `f64`.
///
/// # Errors
/// Those of [`CountVectorizer`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{FittedTransformer, TfidfVectorizer};
///
/// let frame = df!("note" => ["good", "bad"])?;
/// let weights = TfidfVectorizer::new().fit(&frame)?.transform(&frame)?;
/// assert_eq!(weights.column("note_good")?.f64()?.get(0), Some(1.0));
/// assert!(TfidfVectorizer::new().fit(&df!("note" => ["!"])?).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TfidfVectorizer {
    counts: CountVectorizer,
    norm: TextNorm,
    use_idf: bool,
    smooth_idf: bool,
    sublinear_tf: bool,
}

impl Default for TfidfVectorizer {
    fn default() -> Self {
        Self {
            counts: CountVectorizer::new(),
            norm: TextNorm::L2,
            use_idf: true,
            smooth_idf: true,
            sublinear_tf: false,
        }
    }
}

impl TfidfVectorizer {
    /// Weighs single words of every column of text.
    pub fn new() -> Self {
        Self::default()
    }

    /// What a term is, and which columns are looked at.
    pub fn counts(mut self, counts: CountVectorizer) -> Self {
        self.counts = counts;
        self
    }

    /// By what each row is divided.
    pub fn norm(mut self, norm: TextNorm) -> Self {
        self.norm = norm;
        self
    }

    /// Whether rare terms weigh more.
    pub fn use_idf(mut self, use_idf: bool) -> Self {
        self.use_idf = use_idf;
        self
    }

    /// Whether terms are counted as if one more row had them all.
    pub fn smooth_idf(mut self, smooth_idf: bool) -> Self {
        self.smooth_idf = smooth_idf;
        self
    }

    /// Whether a count is dampened by its logarithm.
    pub fn sublinear_tf(mut self, sublinear_tf: bool) -> Self {
        self.sublinear_tf = sublinear_tf;
        self
    }

    /// Learns the vocabulary of each column and how rare its terms are.
    ///
    /// # Errors
    /// See [`TfidfVectorizer`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedTfidfVectorizer> {
        let n_rows = frame.height() as f64;
        let idf = |in_rows: usize| match (self.use_idf, self.smooth_idf) {
            (false, _) => 1.0,
            (true, true) => ((n_rows + 1.0) / (in_rows as f64 + 1.0)).ln() + 1.0,
            (true, false) => (n_rows / in_rows as f64).ln() + 1.0,
        };
        let learnt = self.counts.vocabularies(NAME, frame)?.into_iter();
        let columns =
            learnt.map(|(vocabulary, in_rows)| Weighed { vocabulary, idf: in_rows.into_iter().map(idf).collect() });
        Ok(FittedTfidfVectorizer { settings: self.clone(), columns: columns.collect() })
    }
}

impl Transformer for TfidfVectorizer {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(TfidfVectorizer::fit(self, frame)?))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        let values =
            [name_of(&NORM_NAMES, &self.norm), self.use_idf.into(), self.smooth_idf.into(), self.sublinear_tf.into()];
        let own = SETTINGS.iter().map(|name| name.to_string()).zip(values);
        self.counts.params_of().into_iter().chain(own).collect()
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        match name {
            "norm" => self.norm = choice("tfidf_vectorizer.norm", value, &NORM_NAMES)?,
            "use_idf" => self.use_idf = flag("tfidf_vectorizer.use_idf", value)?,
            "smooth_idf" => self.smooth_idf = flag("tfidf_vectorizer.smooth_idf", value)?,
            "sublinear_tf" => self.sublinear_tf = flag("tfidf_vectorizer.sublinear_tf", value)?,
            _ if self.counts.set(NAME, name, value)? => {}
            _ => return Err(unknown_parameter(NAME, name, &[&COUNT_SETTINGS[..], &SETTINGS[..]].concat())),
        }
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}

/// The vocabularies that a [`TfidfVectorizer`] learnt, and how rare their terms are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedTfidfVectorizer {
    settings: TfidfVectorizer,
    columns: Vec<Weighed>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Weighed {
    vocabulary: Vocabulary,
    /// One for each term.
    idf: Vec<f64>,
}

impl Weighed {
    /// The weights of one row's terms.
    fn weigh(&self, terms: &Terms, settings: &TfidfVectorizer) -> Vec<(usize, f64)> {
        let weight = |&(term, count): &(usize, u32)| {
            let count = f64::from(count);
            let count = if settings.sublinear_tf { count.ln() + 1.0 } else { count };
            (term, count * self.idf.get(term).copied().unwrap_or_default())
        };
        let mut weights: Vec<(usize, f64)> = terms.iter().map(weight).collect();
        let norm = match settings.norm {
            TextNorm::L1 => weights.iter().map(|(_, weight)| weight.abs()).sum::<f64>(),
            TextNorm::L2 => weights.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt(),
            TextNorm::None => 1.0,
        };
        weights.iter_mut().for_each(|(_, weight)| *weight /= norm);
        weights
    }
}

impl FittedTfidfVectorizer {
    /// What was learnt: `column`, `term` and `idf`, in the order of the outputs.
    ///
    /// # Errors
    /// [`Error::Polars`] in principle; none is known.
    pub fn vocabulary(&self) -> Result<DataFrame> {
        let idf: Vec<f64> = self.columns.iter().flat_map(|weighed| weighed.idf.clone()).collect();
        table(self.columns.iter().map(|weighed| &weighed.vocabulary), vec![Column::new("idf".into(), idf)])
    }
}

impl FittedTransformer for FittedTfidfVectorizer {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let made = in_parallel(&self.columns, |weighed| {
            let rows = weighed.vocabulary.count(NAME, &self.settings.counts, frame)?;
            let mut outputs = vec![vec![0.0; rows.len()]; weighed.vocabulary.terms.len()];
            for (row, terms) in rows.iter().enumerate() {
                let Some(terms) = terms else { continue };
                for (term, weight) in weighed.weigh(terms, &self.settings) {
                    if let Some(value) = outputs.get_mut(term).and_then(|output| output.get_mut(row)) {
                        *value = weight;
                    }
                }
            }
            let has_missing = rows.iter().any(Option::is_none);
            let column = |(name, values): (String, Vec<f64>)| -> Column {
                if !has_missing {
                    return Float64Chunked::from_vec(name.into(), values).into_column();
                }
                let known = values.into_iter().zip(&rows).map(|(value, row)| row.is_some().then_some(value));
                Float64Chunked::from_iter_options(name.into(), known).into_column()
            };
            Ok(weighed.vocabulary.names().into_iter().zip(outputs).map(column).collect::<Vec<_>>())
        })?;
        expanded(frame, self.columns.iter().map(|weighed| weighed.vocabulary.column.as_str()).zip(made).collect())
    }

    fn inverse_transform(&self, _frame: &DataFrame) -> Result<DataFrame> {
        Err(Error::NotInvertible { step: NAME, reason: "weights do not tell the order of the words" })
    }
}
