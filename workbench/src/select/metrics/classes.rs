//! Metrics of predicted classes, one class at a time.

use super::Average;
use super::confusion::{ConfusionMatrix, Counts, classes, confusion_matrix};
use super::truth::Truth;
use crate::data::Target;
use crate::error::{Error, Result};

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
pub fn accuracy(truth: &dyn Truth, predicted: &Target) -> Result<f64> {
    Ok(confusion_matrix(truth, predicted)?.right())
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
pub fn precision(truth: &dyn Truth, predicted: &Target, average: &Average) -> Result<f64> {
    averaged("precision", truth, predicted, average, &Counts::precision)
}

/// Of the rows of a class, the part that is told to be: `TP / (TP + FN)`, and 0 where there are none.
///
/// # Errors
/// Those of [`precision`].
pub fn recall(truth: &dyn Truth, predicted: &Target, average: &Average) -> Result<f64> {
    averaged("recall", truth, predicted, average, &Counts::recall)
}

/// The harmonic mean of precision and recall: `2 TP / (2 TP + FP + FN)`, and 0 where that is 0 / 0.
///
/// # Errors
/// Those of [`precision`].
pub fn f1(truth: &dyn Truth, predicted: &Target, average: &Average) -> Result<f64> {
    averaged("f1", truth, predicted, average, &|counts| counts.f_beta(1.0))
}

/// The weighted harmonic mean of precision and recall, in which recall counts `beta` times as much:
/// `(1 + β²) TP / ((1 + β²) TP + β² FN + FP)`, and 0 where that is 0 / 0.
///
/// # Errors
/// Those of [`precision`]; [`Error::InvalidValue`] for a `beta` that is not finite and at least 0.
///
/// # Examples
///
/// ```
/// use workbench::data::Target;
/// use workbench::select::{Average, fbeta};
///
/// let (truth, predicted) = (Target::from_labels(&["a", "a", "b"]), Target::from_labels(&["a", "b", "b"]));
/// assert_eq!(fbeta(&truth, &predicted, 2.0, &Average::Binary)?, 5.0 / 6.0);
/// assert!(fbeta(&truth, &predicted, -1.0, &Average::Binary).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn fbeta(truth: &dyn Truth, predicted: &Target, beta: f64, average: &Average) -> Result<f64> {
    if !(beta >= 0.0 && beta.is_finite()) {
        return Err(Error::InvalidValue {
            what: "beta".to_string(),
            value: format!("{beta:?}"),
            allowed: "a finite number of at least 0".to_string(),
        });
    }
    averaged("fbeta", truth, predicted, average, &|counts| counts.f_beta(beta))
}

/// The part of the rows that are of a class or told to be which are both: `TP / (TP + FP + FN)`, and 0 where that is 0 / 0.
///
/// # Errors
/// Those of [`precision`].
pub fn jaccard(truth: &dyn Truth, predicted: &Target, average: &Average) -> Result<f64> {
    averaged("jaccard", truth, predicted, average, &|counts| {
        ratio(counts.is_right, counts.is_true + counts.is_predicted - counts.is_right)
    })
}

/// How much more often the second of two classes is told for its own rows than for others:
/// `(TP / (TP + FN)) / (FP / (FP + TN))`, and 1 where no row is told wrongly to be of it.
///
/// # Errors
/// Those of [`precision`].
pub fn positive_likelihood_ratio(truth: &dyn Truth, predicted: &Target) -> Result<f64> {
    let [negative, positive] = binary("positive_likelihood_ratio", &confusion_matrix(truth, predicted)?, truth)?;
    let wrong = positive.is_predicted - positive.is_right;
    let ratio = positive.is_right * negative.is_true / (wrong * positive.is_true);
    Ok(if wrong == 0.0 { 1.0 } else { ratio })
}

/// How much more often the first of two classes is told for rows of the second than for its own:
/// `(FN / (TP + FN)) / (TN / (FP + TN))`, and 1 where none of its own is told. Less is better.
///
/// # Errors
/// Those of [`precision`].
pub fn negative_likelihood_ratio(truth: &dyn Truth, predicted: &Target) -> Result<f64> {
    let [negative, positive] = binary("negative_likelihood_ratio", &confusion_matrix(truth, predicted)?, truth)?;
    let missed = positive.is_true - positive.is_right;
    let ratio = missed * negative.is_true / (negative.is_right * positive.is_true);
    Ok(if negative.is_right == 0.0 { 1.0 } else { ratio })
}

/// The counts of the first and of the second of exactly two classes.
fn binary(metric: &'static str, matrix: &ConfusionMatrix, truth: &dyn Truth) -> Result<[Counts; 2]> {
    let (_, known) = classes(truth.target(), "the truth")?;
    let counts = matrix.class_counts();
    match (known, counts.as_slice()) {
        ([_, _], [first, second, ..]) => Ok([first.clone(), second.clone()]),
        _ => Err(Error::NotBinary { metric, n_classes: known.len(), classes: quoted(known) }),
    }
}

fn averaged(
    metric: &'static str,
    truth: &dyn Truth,
    predicted: &Target,
    average: &Average,
    score: &dyn Fn(&Counts) -> f64,
) -> Result<f64> {
    let matrix = confusion_matrix(truth, predicted)?;
    let classes = matrix.class_counts();
    match average {
        Average::Binary => Ok(score(&binary(metric, &matrix, truth)?[1])),
        Average::Class(label) => Ok(score(&of_class(&classes, label)?)),
        Average::Micro => Ok(score(&Counts::total(&classes))),
        Average::Macro | Average::Weighted => {
            let occurring: Vec<&Counts> = classes.iter().filter(|counts| counts.occurs()).collect();
            let weight = |counts: &Counts| if average == &Average::Macro { 1.0 } else { counts.is_true };
            let weights: f64 = occurring.iter().map(|counts| weight(counts)).sum();
            let sum: f64 = occurring.iter().map(|counts| weight(counts) * score(counts)).sum();
            Ok(if weights > 0.0 { sum / weights } else { 0.0 })
        }
    }
}

impl Counts {
    pub(in crate::select) fn precision(&self) -> f64 {
        ratio(self.is_right, self.is_predicted)
    }

    pub(in crate::select) fn recall(&self) -> f64 {
        ratio(self.is_right, self.is_true)
    }

    pub(in crate::select) fn f_beta(&self, beta: f64) -> f64 {
        let square = beta * beta;
        ratio((1.0 + square) * self.is_right, square * self.is_true + self.is_predicted)
    }
}

fn of_class(classes: &[Counts], label: &str) -> Result<Counts> {
    classes.iter().find(|counts| counts.label == label).cloned().ok_or_else(|| {
        let names: Vec<&str> = classes.iter().map(|counts| counts.label.as_str()).collect();
        Error::not_one_of("the positive class", label, &names)
    })
}

/// `labels` for an error.
pub(super) fn quoted(labels: &[String]) -> String {
    labels.iter().map(|label| format!("\"{label}\"")).collect::<Vec<_>>().join(", ")
}

/// `part / whole`, and 0 where there is no whole (scikit-learn's `zero_division=0`).
pub(super) fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
