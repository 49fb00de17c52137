//! Metrics of predicted classes, all classes at once.

use ndarray::{Array2, Axis};

use super::confusion::confusion_matrix;
use super::truth::Truth;
use crate::data::Target;
use crate::error::Result;

/// The mean over the classes of the part of each that is told rightly: the mean [`recall`](super::recall) of those that are true somewhere.
///
/// It is `1 / n_classes` for a guess that looks at nothing, however rare a class may be.
///
/// # Errors
/// Those of [`accuracy`](super::accuracy).
///
/// # Examples
///
/// ```
/// use workbench::data::Target;
/// use workbench::select::balanced_accuracy;
///
/// let truth = Target::from_labels(&["a", "a", "a", "b"]);
/// assert_eq!(balanced_accuracy(&truth, &Target::from_labels(&["a", "a", "a", "a"]))?, 0.5);
/// assert!(balanced_accuracy(&truth, &Target::Values(vec![1.0; 4])).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn balanced_accuracy(truth: &dyn Truth, predicted: &Target) -> Result<f64> {
    let classes = confusion_matrix(truth, predicted)?.class_counts();
    let recalls: Vec<f64> =
        classes.iter().filter(|counts| counts.is_true > 0.0).map(|counts| counts.recall()).collect();
    Ok(recalls.iter().sum::<f64>() / recalls.len() as f64)
}

/// The correlation of the true and the predicted classes: 1 is perfect, 0 no better than chance, and 0 where one side has one class only.
///
/// For two classes `(TP·TN - FP·FN) / √((TP+FP)(TP+FN)(TN+FP)(TN+FN))`; for more, Gorodkin's form of it.
///
/// # Errors
/// Those of [`accuracy`](super::accuracy).
///
/// # References
/// 1. J. Gorodkin, *Comparing two K-category assignments by a K-category correlation coefficient*, 2004, doi:10.1016/j.compbiolchem.2004.09.006
pub fn matthews_corrcoef(truth: &dyn Truth, predicted: &Target) -> Result<f64> {
    let matrix = confusion_matrix(truth, predicted)?.weights();
    let (is_true, is_predicted) = (matrix.sum_axis(Axis(1)), matrix.sum_axis(Axis(0)));
    let total = matrix.sum();
    let covariance = |one: f64, both: f64| one * total - both;
    let both = covariance(matrix.diag().sum(), is_true.dot(&is_predicted));
    let of_truth = covariance(total, is_true.dot(&is_true));
    let of_predicted = covariance(total, is_predicted.dot(&is_predicted));
    let product = of_truth * of_predicted;
    Ok(if product > 0.0 { both / product.sqrt() } else { 0.0 })
}

/// How much a disagreement between two classes counts in [`cohen_kappa`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum KappaWeights {
    /// Any disagreement counts the same.
    #[default]
    None,
    /// By how many places the classes are apart, in the order of the labels.
    Linear,
    /// By the square of that.
    Quadratic,
}

/// How far two labellings agree beyond chance: `1 - Σ w·observed / Σ w·expected`; 1 is perfect, 0 chance.
///
/// Expected is what independent labellings with these classes' frequencies give. NaN where both have the same one class, so that they cannot
/// disagree.
///
/// # Errors
/// Those of [`accuracy`](super::accuracy).
///
/// # Examples
///
/// ```
/// use workbench::data::Target;
/// use workbench::select::{KappaWeights, cohen_kappa};
///
/// let truth = Target::from_labels(&["a", "a", "b", "b"]);
/// assert_eq!(cohen_kappa(&truth, &Target::from_labels(&["a", "b", "b", "b"]), KappaWeights::None)?, 0.5);
/// assert!(cohen_kappa(&truth, &Target::from_labels(&["a"]), KappaWeights::None).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. J. Cohen, *A coefficient of agreement for nominal scales*, 1960, doi:10.1177/001316446002000104
pub fn cohen_kappa(truth: &dyn Truth, predicted: &Target, weights: KappaWeights) -> Result<f64> {
    let observed = confusion_matrix(truth, predicted)?.occurring();
    let (is_true, is_predicted) = (observed.sum_axis(Axis(1)), observed.sum_axis(Axis(0)));
    let total = observed.sum();
    let cost = |row: usize, column: usize| {
        let apart = row.abs_diff(column) as f64;
        match weights {
            KappaWeights::None => f64::from(u8::from(row != column)),
            KappaWeights::Linear => apart,
            KappaWeights::Quadratic => apart * apart,
        }
    };
    let sum = |of: &Array2<f64>| of.indexed_iter().map(|((row, column), value)| cost(row, column) * value).sum::<f64>();
    let by_chance = is_true.insert_axis(Axis(1)).dot(&is_predicted.insert_axis(Axis(0))) / total;
    Ok(1.0 - sum(&observed) / sum(&by_chance))
}
