//! The confusion matrix, from which all scores of predicted classes come.

use ndarray::{Array2, Axis};
use polars::prelude::{Column, DataFrame};

use super::truth::{Truth, check, weight};
use crate::data::Target;
use crate::error::{Error, Result};

/// How often each class was told for each.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfusionMatrix {
    labels: Vec<String>,
    counts: Array2<u64>,
    weights: Array2<f64>,
}

/// What the entries of a confusion matrix are parts of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Normalize {
    /// The rows of the true class: each row adds up to 1.
    Truth,
    /// The rows told to be of the class: each column adds up to 1.
    Predicted,
    /// All rows: all entries add up to 1.
    All,
}

/// Counts how often each class of `truth` was told to be each class.
///
/// Classes are the truth's in their order, then those that are only told.
///
/// # Errors
/// [`Error::LengthMismatch`], [`Error::NoRows`]; [`Error::NotClasses`] for numbers.
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use workbench::data::Target;
/// use workbench::select::{Normalize, confusion_matrix};
///
/// let truth = Target::from_labels(&["a", "a", "b"]);
/// let matrix = confusion_matrix(&truth, &Target::from_labels(&["a", "b", "b"]))?;
/// assert_eq!(matrix.counts(), array![[1, 1], [0, 1]]);
/// assert_eq!(matrix.normalized(Normalize::Truth), array![[0.5, 0.5], [0.0, 1.0]]);
/// assert!(confusion_matrix(&truth, &Target::from_labels(&["a"])).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn confusion_matrix(truth: &dyn Truth, predicted: &Target) -> Result<ConfusionMatrix> {
    let (true_codes, true_labels) = classes(truth.target(), "the truth")?;
    let (predicted_codes, predicted_labels) = classes(predicted, "the prediction")?;
    check(truth, predicted.len())?;
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
    let mut weights = Array2::zeros((labels.len(), labels.len()));
    for (row, (&true_code, &predicted_code)) in true_codes.iter().zip(predicted_codes).enumerate() {
        let Some(&position) = position_of_predicted.get(predicted_code as usize) else { continue };
        let place = (true_code as usize, position);
        if let (Some(count), Some(sum)) = (counts.get_mut(place), weights.get_mut(place)) {
            *count += 1;
            *sum += weight(truth.weights(), row);
        }
    }
    Ok(ConfusionMatrix { labels, counts, weights })
}

impl ConfusionMatrix {
    /// The classes, in the order of the rows and of the columns.
    pub fn labels(&self) -> Vec<String> {
        self.labels.clone()
    }

    /// How many rows of the row's class were told to be of the column's.
    pub fn counts(&self) -> Array2<u64> {
        self.counts.clone()
    }

    /// The sum of the weights of these rows; where all count the same, their number.
    pub fn weights(&self) -> Array2<f64> {
        self.weights.clone()
    }

    /// The [`weights`](Self::weights) as parts of their row's, column's or all rows' sum, and 0 where that is 0.
    pub fn normalized(&self, by: Normalize) -> Array2<f64> {
        let mut parts = self.weights.clone();
        let divide = |mut lane: ndarray::ArrayViewMut1<'_, f64>| {
            let sum = lane.sum();
            lane.mapv_inplace(|value| if sum > 0.0 { value / sum } else { 0.0 });
        };
        match by {
            Normalize::Truth => parts.axis_iter_mut(Axis(0)).for_each(divide),
            Normalize::Predicted => parts.axis_iter_mut(Axis(1)).for_each(divide),
            Normalize::All => {
                let sum = parts.sum();
                parts.mapv_inplace(|value| value / sum);
            }
        }
        parts
    }

    /// A table with a row for each true class and a column for each predicted one.
    pub fn frame(&self) -> DataFrame {
        let mut columns = vec![Column::new("true".into(), self.labels.clone())];
        for (label, counts) in self.labels.iter().zip(self.counts.columns()) {
            columns.push(Column::new(format!("predicted {label}").into(), counts.to_vec()));
        }
        DataFrame::new(self.labels.len(), columns).unwrap_or_default()
    }

    /// The sum of the weights of the rows that are told rightly, as a part of all.
    pub(super) fn right(&self) -> f64 {
        self.weights.diag().sum() / self.weights.sum()
    }

    /// The weights of the classes that are true or predicted somewhere, in the order of the labels.
    pub(super) fn occurring(&self) -> Array2<f64> {
        let occurring: Vec<usize> = self
            .class_counts()
            .iter()
            .enumerate()
            .filter(|(_, counts)| counts.occurs())
            .map(|(position, _)| position)
            .collect();
        self.weights.select(Axis(0), &occurring).select(Axis(1), &occurring)
    }

    /// The counts of each class, in the order of the labels.
    pub(in crate::select) fn class_counts(&self) -> Vec<Counts> {
        let of_class = |(position, label): (usize, &String)| {
            let counts = |axis: usize| self.counts.index_axis(Axis(axis), position).sum() as usize;
            let weights = |axis: usize| self.weights.index_axis(Axis(axis), position).sum();
            Counts {
                label: label.clone(),
                n_true: counts(0),
                n_predicted: counts(1),
                is_true: weights(0),
                is_predicted: weights(1),
                is_right: self.weights.get((position, position)).copied().unwrap_or_default(),
            }
        };
        self.labels.iter().enumerate().map(of_class).collect()
    }
}

/// How much of one class is true, predicted, and both.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::select) struct Counts {
    pub(in crate::select) label: String,
    pub(in crate::select) n_true: usize,
    pub(in crate::select) n_predicted: usize,
    /// Sums of weights from here on.
    pub(in crate::select) is_true: f64,
    pub(in crate::select) is_predicted: f64,
    pub(in crate::select) is_right: f64,
}

impl Counts {
    /// Whether a row has it, or is told to.
    pub(in crate::select) fn occurs(&self) -> bool {
        self.n_true + self.n_predicted > 0
    }

    pub(super) fn total(classes: &[Self]) -> Self {
        classes.iter().fold(Self::default(), |sum, counts| Self {
            label: String::new(),
            n_true: sum.n_true + counts.n_true,
            n_predicted: sum.n_predicted + counts.n_predicted,
            is_true: sum.is_true + counts.is_true,
            is_predicted: sum.is_predicted + counts.is_predicted,
            is_right: sum.is_right + counts.is_right,
        })
    }
}

/// The codes and labels of `target`.
pub(super) fn classes<'a>(target: &'a Target, what: &str) -> Result<(&'a [u32], &'a [String])> {
    match target {
        Target::Classes { codes, labels } => Ok((codes, labels)),
        Target::Values(_) => {
            Err(Error::NotClasses { what: "a metric of classes".to_string(), target: what.to_string() })
        }
    }
}
