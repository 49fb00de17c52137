//! Metrics: numbers for how well predictions fit the truth.
//!
//! A predicted class counts as right when its label is the true one, so that a model that was fitted without one of the
//! classes is scored rightly. Averages over classes go over those that are true or predicted somewhere.

mod confusion;
mod regression;

use crate::data::Target;
use crate::error::{Error, Result};

pub use confusion::{ConfusionMatrix, confusion_matrix};
pub use regression::{mean_absolute_error, mean_squared_error, r2};
pub(crate) use regression::{r2_of_squared_error, variance};

/// How the scores of the classes make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Average {
    /// The score of the second of exactly two classes, such as `"male"` or `"true"`.
    Binary,
    /// The score of this class.
    Class(String),
    /// The mean over the classes.
    Macro,
    /// The mean over the classes, each weighted by how often it is true.
    Weighted,
    /// The score of all classes' hits and misses together.
    Micro,
}

/// The part of `predicted` that is right: from 0 to 1.
///
/// # Errors
/// [`Error::LengthMismatch`], [`Error::NoRows`]; [`Error::NotClasses`] for numbers.
///
/// # Examples
///
/// ```
/// use workbench::data::Target;
/// use workbench::select::accuracy;
///
/// let truth = Target::from_labels(&["a", "a", "b", "b"]);
/// assert_eq!(accuracy(&truth, &Target::from_labels(&["a", "b", "b", "b"]))?, 0.75);
/// assert!(accuracy(&truth, &Target::from_labels(&["a"])).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn accuracy(truth: &Target, predicted: &Target) -> Result<f64> {
    let matrix = confusion_matrix(truth, predicted)?;
    Ok(ratio(matrix.n_right(), matrix.n_samples()))
}

/// Of the rows told to be of a class, the part that is: `TP / (TP + FP)`, and 0 where none is told to be.
///
/// # Errors
/// Those of [`accuracy`]; [`Error::NotBinary`], or [`Error::InvalidValue`] for a class that does not exist.
///
/// # Examples
///
/// ```
/// use workbench::data::Target;
/// use workbench::select::{Average, precision};
///
/// let truth = Target::from_labels(&["a", "a", "b"]);
/// let predicted = Target::from_labels(&["a", "b", "b"]);
/// assert_eq!(precision(&truth, &predicted, &Average::Binary)?, 0.5);
/// assert!(precision(&truth, &predicted, &Average::Class("c".to_string())).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn precision(truth: &Target, predicted: &Target, average: &Average) -> Result<f64> {
    averaged("precision", truth, predicted, average, Counts::precision)
}

/// Of the rows of a class, the part that is told to be: `TP / (TP + FN)`, and 0 where there are none.
///
/// # Errors
/// Those of [`precision`].
pub fn recall(truth: &Target, predicted: &Target, average: &Average) -> Result<f64> {
    averaged("recall", truth, predicted, average, Counts::recall)
}

/// The harmonic mean of precision and recall: `2 TP / (2 TP + FP + FN)`, and 0 where that is 0 / 0.
///
/// # Errors
/// Those of [`precision`].
pub fn f1(truth: &Target, predicted: &Target, average: &Average) -> Result<f64> {
    averaged("f1", truth, predicted, average, Counts::f1)
}

fn averaged(
    metric: &'static str,
    truth: &Target,
    predicted: &Target,
    average: &Average,
    score: fn(&Counts) -> f64,
) -> Result<f64> {
    let matrix = confusion_matrix(truth, predicted)?;
    let classes = matrix.class_counts();
    match average {
        Average::Binary => {
            let known = labels(truth);
            match known {
                [_, second] => Ok(score(&of_class(&classes, second)?)),
                _ => Err(Error::NotBinary { metric, n_classes: known.len(), classes: quoted(known) }),
            }
        }
        Average::Class(label) => Ok(score(&of_class(&classes, label)?)),
        Average::Micro => Ok(score(&Counts::total(&classes))),
        Average::Macro | Average::Weighted => {
            let occurring: Vec<&Counts> =
                classes.iter().filter(|counts| counts.n_true + counts.n_predicted > 0).collect();
            let weight = |counts: &Counts| if average == &Average::Macro { 1.0 } else { counts.n_true as f64 };
            let weights: f64 = occurring.iter().map(|counts| weight(counts)).sum();
            let sum: f64 = occurring.iter().map(|counts| weight(counts) * score(counts)).sum();
            Ok(if weights > 0.0 { sum / weights } else { 0.0 })
        }
    }
}

/// How often one class is true, predicted, and both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) label: String,
    pub(super) n_true: usize,
    pub(super) n_predicted: usize,
    pub(super) n_right: usize,
}

impl Counts {
    pub(super) fn precision(&self) -> f64 {
        ratio(self.n_right, self.n_predicted)
    }

    pub(super) fn recall(&self) -> f64 {
        ratio(self.n_right, self.n_true)
    }

    pub(super) fn f1(&self) -> f64 {
        ratio(2 * self.n_right, self.n_true + self.n_predicted)
    }

    fn total(classes: &[Self]) -> Self {
        classes.iter().fold(Self::default(), |sum, counts| Self {
            label: String::new(),
            n_true: sum.n_true + counts.n_true,
            n_predicted: sum.n_predicted + counts.n_predicted,
            n_right: sum.n_right + counts.n_right,
        })
    }
}

fn of_class(classes: &[Counts], label: &str) -> Result<Counts> {
    classes.iter().find(|counts| counts.label == label).cloned().ok_or_else(|| {
        let names: Vec<&str> = classes.iter().map(|counts| counts.label.as_str()).collect();
        Error::not_one_of("the positive class", label, &names)
    })
}

fn labels(target: &Target) -> &[String] {
    match target {
        Target::Classes { labels, .. } => labels,
        Target::Values(_) => &[],
    }
}

fn quoted(labels: &[String]) -> String {
    labels.iter().map(|label| format!("\"{label}\"")).collect::<Vec<_>>().join(", ")
}

/// `part / whole`, and 0 where there is no whole (scikit-learn's `zero_division=0`).
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// An error unless both have the same number of rows, and at least one.
fn check_lengths(truth: &Target, predicted: &Target) -> Result<()> {
    if truth.len() != predicted.len() {
        let what = "the prediction".to_string();
        return Err(Error::LengthMismatch { what, found: predicted.len(), expected: truth.len() });
    }
    if truth.is_empty() { Err(Error::NoRows { what: "a metric".to_string() }) } else { Ok(()) }
}
