//! The mean target of each category.

mod folds;
mod moments;

use polars::prelude::{Column, DataFrame, Float64Chunked, IntoColumn, NewChunkedArray};
use serde::{Deserialize, Serialize};

use self::folds::Folds;
use self::moments::{Moments, Outcome};
use super::categories::{Known, Learnt, MISSING, selected};
use super::settings::{expanded, int, missing_name, whole};
use super::{MISSING_NAMES, MissingCategory};
use crate::data::{Target, in_parallel};
use crate::error::{Error, Result};
use crate::preprocess::columns::{self, Selection};
use crate::preprocess::params::{choice, flag, invalid_parameter, unknown_parameter};
use crate::preprocess::{FitTransform, FittedTransformer, ParamValue, Transformer};

pub(super) const NAME: &str = "target_encoder";
const SETTINGS: [&str; 5] = ["smooth", "cv", "shuffle", "seed", "missing"];

/// How far a category's mean is drawn to the mean of all rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Smoothing {
    /// By the spread within the category beside that of all rows (empirical Bayes).
    Auto,
    /// As if so many rows more had the mean of all; 0 for none.
    Rows(f64),
}

/// Replaces each category c by the mean target of its training rows, drawn to the mean of all, μ, where they are few.
///
/// encoding(c) = λ·mean(c) + (1 − λ)·μ. With `Auto`, λ = n·τ² / (n·τ² + σ²), where n is the number of rows of c, σ² the variance of the target within c, and
/// τ² that of all rows. With `Rows(m)`, λ = n / (n + m). Unknown categories become μ.
///
/// | target | columns |
/// |---|---|
/// | numbers | one of the same name |
/// | two classes | one of the same name: the share of the second class |
/// | more classes | one for each: `island_Adelie`, `island_Gentoo`, … |
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `smooth` | `Auto` | [`Smoothing`]; rows finite, at least 0 | `smooth`: `"auto"` or a number |
/// | `cv` | 5 | at least 2 | `cv` |
/// | `shuffle` | true | whether folds are drawn or stand in order | `shuffle` |
/// | `seed` | 0 | any | `seed` |
/// | `missing` | `Category` | [`MissingCategory`] | `missing`: `"category"`, `"error"`, `"pass"` |
/// | `columns` | all of text, categories and flags | names | |
///
/// *Training* rows are cross-fitted by `fit_transform_with_target`, and so by a pipeline: each of `cv` folds is encoded by what the rows of the others say, as
/// a row's own target would otherwise leak into its features. With classes every fold has the same share of each. Columns come out as `f64`.
///
/// # Errors
/// When fitted: [`Error::NeedsTarget`], [`Error::ColumnNotFound`], [`Error::WrongDtype`], [`Error::MissingValue`], [`Error::LengthMismatch`],
/// [`Error::InvalidValue`] for settings out of range, fewer rows than folds, or less than two classes.
/// When applied: [`Error::MissingValue`], [`Error::StepColumnMissing`], [`Error::StepDtype`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::data::Target;
/// use workbench::preprocess::{FittedTransformer, Smoothing, TargetEncoder, Transformer};
///
/// let frame = df!("island" => ["Dream", "Biscoe", "Dream", "Biscoe"])?;
/// let mass = Target::Values(vec![3.0, 5.0, 4.0, 6.0]);
/// let encoder = TargetEncoder::new().smooth(Smoothing::Rows(0.0)).fit(&frame, &mass)?;
/// assert_eq!(encoder.transform(&frame)?.column("island")?.f64()?.get(0), Some(3.5));
///
/// let error = Transformer::fit(&TargetEncoder::new(), &frame).unwrap_err();
/// assert!(error.to_string().starts_with("target_encoder learns from a target"));
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. D. Micci-Barreca, *A preprocessing scheme for high-cardinality categorical attributes in classification and prediction problems*, 2001,
///    doi:10.1145/507533.507538
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetEncoder {
    smooth: Smoothing,
    cv: u64,
    shuffle: bool,
    seed: u64,
    missing: MissingCategory,
    columns: Selection,
}

impl Default for TargetEncoder {
    fn default() -> Self {
        Self {
            smooth: Smoothing::Auto,
            cv: 5,
            shuffle: true,
            seed: 0,
            missing: MissingCategory::Category,
            columns: None,
        }
    }
}

impl TargetEncoder {
    /// The mean target of each category, for every column of text, categories and flags.
    pub fn new() -> Self {
        Self::default()
    }

    /// How far means are drawn to the mean of all rows.
    pub fn smooth(mut self, smooth: Smoothing) -> Self {
        self.smooth = smooth;
        self
    }

    /// The number of folds in which training rows are encoded.
    pub fn cv(mut self, n_folds: usize) -> Self {
        self.cv = n_folds as u64;
        self
    }

    /// Whether rows are drawn into folds, or stand in them in order.
    pub fn shuffle(mut self, shuffle: bool) -> Self {
        self.shuffle = shuffle;
        self
    }

    /// The seed by which rows are drawn into folds.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
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

    /// Learns the encodings from all rows.
    ///
    /// # Errors
    /// See [`TargetEncoder`].
    pub fn fit(&self, frame: &DataFrame, target: &Target) -> Result<FittedTargetEncoder> {
        let outcome = self.outcome(frame, target)?;
        let whole = Folds::one(frame.height());
        let columns = self.learn(frame, &outcome, &whole, |encoded, _, _| Ok(encoded))?;
        Ok(FittedTargetEncoder { columns })
    }

    fn outcome(&self, frame: &DataFrame, target: &Target) -> Result<Outcome> {
        if let Smoothing::Rows(rows) = self.smooth
            && !(rows.is_finite() && rows >= 0.0)
        {
            return Err(invalid_parameter("target_encoder.smooth", &rows.into(), SMOOTH_ALLOWED));
        }
        if target.len() != frame.height() {
            let what = "the target of target_encoder".to_string();
            return Err(Error::LengthMismatch { what, found: target.len(), expected: frame.height() });
        }
        Outcome::new(target)
    }

    /// What `then` makes of each column's encodings, the codes of its rows, and what the folds say of its categories.
    fn learn<R: Send>(
        &self,
        frame: &DataFrame,
        outcome: &Outcome,
        folds: &Folds,
        then: impl Fn(Encoded, &[u32], &Moments) -> Result<R> + Send + Sync,
    ) -> Result<Vec<R>> {
        if frame.height() == 0 {
            return Err(Error::NoRows { what: NAME.to_string() });
        }
        in_parallel(&selected(frame, &self.columns)?, |column: &&Column| {
            let Learnt { known, codes, .. } = Known::learn(NAME, column, None, self.missing)?;
            let moments = Moments::new(outcome, folds, &codes, known.len());
            let means = moments.means();
            let encodings = moments.encodings(self.smooth);
            let names = match outcome.labels() {
                Some(labels) => labels.iter().map(|label| format!("{}_{label}", known.column)).collect(),
                None => vec![known.column.clone()],
            };
            then(Encoded { known, names, encodings, means }, &codes, &moments)
        })
    }
}

impl Transformer for TargetEncoder {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, _frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Err(Error::NeedsTarget { step: NAME })
    }

    fn fit_with_target(&self, frame: &DataFrame, target: &Target) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(TargetEncoder::fit(self, frame, target)?))
    }

    /// The training rows are cross-fitted.
    fn fit_transform_with_target(&self, frame: &DataFrame, target: &Target) -> Result<FitTransform> {
        let outcome = self.outcome(frame, target)?;
        let folds = Folds::new(self.cv, self.shuffle.then_some(self.seed), frame.height(), outcome.classes())?;
        let learnt = self.learn(frame, &outcome, &folds, |encoded, codes, moments| {
            let columns = encoded.cross_fitted(codes, &folds, moments, self.smooth);
            Ok((encoded, columns))
        })?;
        let (columns, made): (Vec<Encoded>, Vec<Vec<Column>>) = learnt.into_iter().unzip();
        let frame = expanded(frame, columns.iter().map(|encoded| encoded.known.column.as_str()).zip(made).collect())?;
        let is_transform = columns.is_empty();
        Ok(FitTransform { fitted: Box::new(FittedTargetEncoder { columns }), frame, kept: None, is_transform })
    }

    fn for_columns(&self, columns: &[String]) -> Option<Box<dyn Transformer>> {
        let is_free = self.columns.is_none();
        is_free.then(|| Box::new(Self { columns: Some(columns.to_vec()), ..self.clone() }) as Box<dyn Transformer>)
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        let smooth = match self.smooth {
            Smoothing::Auto => "auto".into(),
            Smoothing::Rows(rows) => rows.into(),
        };
        let values = [smooth, int(self.cv), self.shuffle.into(), int(self.seed), missing_name(self.missing)];
        SETTINGS.iter().map(|name| name.to_string()).zip(values).collect()
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        match name {
            "smooth" => {
                let smooth = match value {
                    ParamValue::Text(text) if text == "auto" => Some(Smoothing::Auto),
                    ParamValue::Int(rows) if *rows >= 0 => Some(Smoothing::Rows(*rows as f64)),
                    ParamValue::Float(rows) if rows.is_finite() && *rows >= 0.0 => Some(Smoothing::Rows(*rows)),
                    _ => None,
                };
                self.smooth =
                    smooth.ok_or_else(|| invalid_parameter("target_encoder.smooth", value, SMOOTH_ALLOWED))?;
            }
            "cv" => self.cv = whole("target_encoder.cv", value, 2)?,
            "shuffle" => self.shuffle = flag("target_encoder.shuffle", value)?,
            "seed" => self.seed = whole("target_encoder.seed", value, 0)?,
            "missing" => self.missing = choice("target_encoder.missing", value, &MISSING_NAMES)?,
            _ => return Err(unknown_parameter(NAME, name, &SETTINGS)),
        }
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}

const SMOOTH_ALLOWED: &str = "\"auto\", or a finite number of at least 0";

/// The encodings that a [`TargetEncoder`] learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedTargetEncoder {
    columns: Vec<Encoded>,
}

/// One column's encodings, those of one output after another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Encoded {
    known: Known,
    /// One name for each output.
    names: Vec<String>,
    /// For each output the encoding of each category.
    encodings: Vec<Vec<f64>>,
    /// For each output the mean of all rows.
    means: Vec<f64>,
}

impl Encoded {
    fn encode(&self, codes: &[u32]) -> Vec<Column> {
        let outputs = self.names.iter().zip(&self.encodings).zip(&self.means);
        outputs
            .map(|((name, encodings), &mean)| {
                let value = |code: u32| encodings.get(code as usize).copied().unwrap_or(mean);
                filled(name, codes, codes.iter().map(|&code| value(code)))
            })
            .collect()
    }

    /// The rows that were learnt from, each encoded by what the other folds say.
    fn cross_fitted(&self, codes: &[u32], folds: &Folds, moments: &Moments, smooth: Smoothing) -> Vec<Column> {
        let without: Vec<_> = (0..folds.len()).map(|fold| moments.without(fold)).collect();
        let columns = self.names.iter().enumerate().map(|(output, name)| {
            let encodings: Vec<Vec<f64>> = without.iter().map(|moments| moments.encoding(output, smooth)).collect();
            let means: Vec<f64> = without.iter().map(|moments| moments.mean(output)).collect();
            let value = |(&code, &fold): (&u32, &u16)| {
                let of_fold = encodings.get(usize::from(fold)).and_then(|encodings| encodings.get(code as usize));
                of_fold.or(means.get(usize::from(fold))).copied().unwrap_or(f64::NAN)
            };
            filled(name, codes, codes.iter().zip(folds.of_rows()).map(value))
        });
        columns.collect()
    }
}

/// A column of `values`, missing where the row's code says so.
fn filled(name: &str, codes: &[u32], values: impl Iterator<Item = f64>) -> Column {
    if codes.contains(&MISSING) {
        let known = values.zip(codes).map(|(value, &code)| (code != MISSING).then_some(value));
        return Float64Chunked::from_iter_options(name.into(), known).into_column();
    }
    Float64Chunked::from_vec(name.into(), values.collect()).into_column()
}

impl FittedTargetEncoder {
    /// What was learnt: `column`, `category`, `output` (the name of the column made) and `encoding`.
    ///
    /// # Errors
    /// [`Error::Polars`] in principle; none is known.
    pub fn encodings(&self) -> Result<DataFrame> {
        let (mut columns, mut categories, mut outputs, mut values) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for encoded in &self.columns {
            for (name, encodings) in encoded.names.iter().zip(&encoded.encodings) {
                for (code, &encoding) in encodings.iter().enumerate() {
                    columns.push(encoded.known.column.clone());
                    categories.push(encoded.known.label(code));
                    outputs.push(name.clone());
                    values.push(encoding);
                }
            }
        }
        let height = values.len();
        let columns = vec![
            Column::new("column".into(), columns),
            Column::new("category".into(), categories),
            Column::new("output".into(), outputs),
            Column::new("encoding".into(), values),
        ];
        Ok(DataFrame::new(height, columns)?)
    }
}

impl FittedTransformer for FittedTargetEncoder {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let made = in_parallel(&self.columns, |encoded| Ok(encoded.encode(&encoded.known.codes(NAME, frame)?)))?;
        expanded(frame, self.columns.iter().map(|encoded| encoded.known.column.as_str()).zip(made).collect())
    }

    fn inverse_transform(&self, _frame: &DataFrame) -> Result<DataFrame> {
        Err(Error::NotInvertible { step: NAME, reason: "several categories may have the same mean" })
    }
}
