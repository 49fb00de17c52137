//! The confusion matrix, from which all scores of classes come.

use ndarray::Array2;
use polars::prelude::{Column, DataFrame};

use super::{Counts, check_lengths};
use crate::data::Target;
use crate::error::{Error, Result};

/// How often each class was told for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfusionMatrix {
    labels: Vec<String>,
    counts: Array2<u64>,
}

/// Counts how often each class of `truth` was told to be each class.
///
/// # Errors
/// [`Error::LengthMismatch`], [`Error::NoRows`]; [`Error::NotClasses`] for numbers.
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use workbench::data::Target;
/// use workbench::select::confusion_matrix;
///
/// let truth = Target::from_labels(&["a", "a", "b"]);
/// let matrix = confusion_matrix(&truth, &Target::from_labels(&["a", "b", "b"]))?;
/// assert_eq!(matrix.counts(), array![[1, 1], [0, 1]]);
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn confusion_matrix(truth: &Target, predicted: &Target) -> Result<ConfusionMatrix> {
    let (true_codes, true_labels) = classes(truth, "the truth")?;
    let (predicted_codes, predicted_labels) = classes(predicted, "the prediction")?;
    check_lengths(truth, predicted)?;
    let mut labels = true_labels.to_vec();
    let mut position_of_predicted = Vec::with_capacity(predicted_labels.len());
    for label in predicted_labels {
        let position = labels.iter().position(|known| known == label).unwrap_or_else(|| {
            labels.push(label.clone());
            labels.len() - 1
        });
        position_of_predicted.push(position);
    }
    let mut counts = Array2::zeros((labels.len(), labels.len()));
    for (&true_code, &predicted_code) in true_codes.iter().zip(predicted_codes) {
        let position = position_of_predicted.get(predicted_code as usize);
        if let Some(count) = position.and_then(|&position| counts.get_mut((true_code as usize, position))) {
            *count += 1;
        }
    }
    Ok(ConfusionMatrix { labels, counts })
}

impl ConfusionMatrix {
    /// The classes, in the order of the rows and of the columns.
    pub fn labels(&self) -> Vec<String> {
        self.labels.clone()
    }

    /// How often the class of the column was told for rows of the row's class.
    pub fn counts(&self) -> Array2<u64> {
        self.counts.clone()
    }

    /// A table with a row for each true class and a column for each predicted one.
    pub fn frame(&self) -> DataFrame {
        let mut columns = vec![Column::new("true".into(), self.labels.clone())];
        for (label, counts) in self.labels.iter().zip(self.counts.columns()) {
            columns.push(Column::new(format!("predicted {label}").into(), counts.to_vec()));
        }
        DataFrame::new(self.labels.len(), columns).unwrap_or_default()
    }

    pub(super) fn n_samples(&self) -> usize {
        self.counts.sum() as usize
    }

    pub(super) fn n_right(&self) -> usize {
        self.counts.diag().sum() as usize
    }

    /// The counts of each class, in the order of the labels.
    pub(in crate::select) fn class_counts(&self) -> Vec<Counts> {
        let rows = self.counts.rows().into_iter().zip(self.counts.columns()).zip(self.counts.diag());
        let counts = rows.zip(&self.labels).map(|(((row, column), right), label)| Counts {
            label: label.clone(),
            n_true: row.sum() as usize,
            n_predicted: column.sum() as usize,
            n_right: *right as usize,
        });
        counts.collect()
    }
}

fn classes<'a>(target: &'a Target, what: &str) -> Result<(&'a [u32], &'a [String])> {
    match target {
        Target::Classes { codes, labels } => Ok((codes, labels)),
        Target::Values(_) => {
            Err(Error::NotClasses { what: "a metric of classes".to_string(), target: what.to_string() })
        }
    }
}
