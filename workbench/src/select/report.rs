//! All scores of a classification at a glance.

use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use super::metrics::{Average, Truth, accuracy, confusion_matrix, f1, precision, recall};
use crate::data::Target;
use crate::error::Result;

/// Precision, recall and F1 of one class, or averaged over all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassScores {
    /// The class, or `macro avg`, or `weighted avg`.
    pub label: String,
    /// Of the rows told to be of the class, the part that is.
    pub precision: f64,
    /// Of the rows of the class, the part that is told to be.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
    /// How many rows are of the class, whatever their weights.
    pub support: usize,
}

/// The scores of each class and their averages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassificationReport {
    /// The classes that are true or predicted somewhere.
    pub classes: Vec<ClassScores>,
    /// The part of all rows that is told rightly.
    pub accuracy: f64,
    /// The mean over the classes.
    pub macro_average: ClassScores,
    /// The mean over the classes, each weighted by its support.
    pub weighted_average: ClassScores,
}

impl ClassificationReport {
    /// A table with a row for each class, and the averages below.
    pub fn frame(&self) -> DataFrame {
        let rows: Vec<&ClassScores> =
            self.classes.iter().chain([&self.macro_average, &self.weighted_average]).collect();
        let numbers = |name: &str, value: fn(&ClassScores) -> f64| {
            Column::new(name.into(), rows.iter().map(|row| value(row)).collect::<Vec<f64>>())
        };
        let columns = vec![
            Column::new("class".into(), rows.iter().map(|row| row.label.as_str()).collect::<Vec<_>>()),
            numbers("precision", |row| row.precision),
            numbers("recall", |row| row.recall),
            numbers("f1", |row| row.f1),
            Column::new("support".into(), rows.iter().map(|row| row.support as u64).collect::<Vec<_>>()),
        ];
        DataFrame::new(rows.len(), columns).unwrap_or_default()
    }
}

/// Scores `predicted` class by class; with weights, all but the support are weighted.
///
/// # Errors
/// Those of [`accuracy`].
///
/// # Examples
///
/// ```
/// use workbench::data::Target;
/// use workbench::select::classification_report;
///
/// let truth = Target::from_labels(&["a", "a", "b"]);
/// let report = classification_report(&truth, &Target::from_labels(&["a", "b", "b"]))?;
/// assert_eq!((report.classes[1].precision, report.classes[1].recall), (0.5, 1.0));
/// assert!(classification_report(&truth, &Target::Values(vec![1.0])).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn classification_report(truth: &dyn Truth, predicted: &Target) -> Result<ClassificationReport> {
    let classes = confusion_matrix(truth, predicted)?.class_counts().into_iter();
    let classes = classes.filter(|counts| counts.occurs()).map(|counts| ClassScores {
        precision: counts.precision(),
        recall: counts.recall(),
        f1: counts.f_beta(1.0),
        support: counts.n_true,
        label: counts.label,
    });
    let average = |label: &str, average: Average| -> Result<ClassScores> {
        Ok(ClassScores {
            label: label.to_string(),
            precision: precision(truth, predicted, &average)?,
            recall: recall(truth, predicted, &average)?,
            f1: f1(truth, predicted, &average)?,
            support: truth.target().len(),
        })
    };
    Ok(ClassificationReport {
        classes: classes.collect(),
        accuracy: accuracy(truth, predicted)?,
        macro_average: average("macro avg", Average::Macro)?,
        weighted_average: average("weighted avg", Average::Weighted)?,
    })
}
