//! Whether probabilities are what they say.

use polars::prelude::{Column, DataFrame};

use super::confusion::classes;
use super::scores::{columns, probabilities};
use super::truth::{Truth, check, weight};
use crate::error::{Error, Result};
use crate::models::Predictions;

/// How [`calibration_curve`] makes its bins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CalibrationBins {
    /// Equally wide ones.
    #[default]
    Uniform,
    /// Equally many rows in each.
    Quantile,
}

/// For rows with about the same probability of a class, that probability beside the part of them that is of the class.
///
/// A table of `class`, `mean_predicted`, `fraction_positive` and `count`, with a row for each bin that is not empty; of two classes for the
/// second, of more for each. A calibrated model's points are on the diagonal.
///
/// | parameter | range |
/// |---|---|
/// | `n_bins` | at least 1; scikit-learn's default is 5 |
///
/// # Errors
/// Those of [`log_loss`](super::log_loss); [`Error::InvalidValue`] for no bins.
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use workbench::data::Target;
/// use workbench::models::Predictions;
/// use workbench::select::{CalibrationBins, calibration_curve};
///
/// let truth = Target::from_labels(&["no", "no", "yes", "yes"]);
/// let predicted = Predictions::from_probabilities(&["no", "yes"], array![[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8]])?;
/// assert_eq!(calibration_curve(&truth, &predicted, 2, CalibrationBins::Uniform)?.height(), 2);
/// assert!(calibration_curve(&truth, &predicted, 0, CalibrationBins::Uniform).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn calibration_curve(
    truth: &dyn Truth,
    predicted: &Predictions,
    n_bins: usize,
    bins: CalibrationBins,
) -> Result<DataFrame> {
    let (codes, labels) = classes(truth.target(), "the truth")?;
    check(truth, predicted.target.len())?;
    if n_bins == 0 {
        return Err(Error::InvalidValue {
            what: "n_bins".to_string(),
            value: "0".to_string(),
            allowed: "at least 1".to_string(),
        });
    }
    let probabilities = probabilities("calibration_curve", predicted)?;
    let (mut names, mut means, mut fractions, mut counts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let columns = columns(labels, predicted);
    let first = if labels.len() == 2 { 1 } else { 0 };
    for (class, label) in labels.iter().enumerate().skip(first) {
        let Some(column) = columns.get(class).copied().flatten() else { continue };
        let told = probabilities.column(column).to_vec();
        let inner = inner_edges(&told, n_bins, bins);
        // The weights, of the probabilities and of the rows of the class, and the number of rows.
        let mut sums = vec![(0.0, 0.0, 0.0, 0_u64); n_bins];
        for (row, (&probability, &code)) in told.iter().zip(codes).enumerate() {
            let bin = inner.partition_point(|edge| *edge < probability);
            let weight = weight(truth.weights(), row);
            if let Some((total, sum, is_positive, count)) = sums.get_mut(bin) {
                *total += weight;
                *sum += weight * probability;
                *is_positive += if code as usize == class { weight } else { 0.0 };
                *count += 1;
            }
        }
        for (total, sum, is_positive, count) in sums.into_iter().filter(|(total, ..)| *total > 0.0) {
            names.push(label.clone());
            means.push(sum / total);
            fractions.push(is_positive / total);
            counts.push(count);
        }
    }
    let columns = vec![
        Column::new("class".into(), names),
        Column::new("mean_predicted".into(), means),
        Column::new("fraction_positive".into(), fractions),
        Column::new("count".into(), counts),
    ];
    Ok(DataFrame::new(columns.first().map_or(0, Column::len), columns)?)
}

/// The edges between the bins, ascending.
fn inner_edges(told: &[f64], n_bins: usize, bins: CalibrationBins) -> Vec<f64> {
    let parts = (1..n_bins).map(|edge| edge as f64 / n_bins as f64);
    match bins {
        CalibrationBins::Uniform => parts.collect(),
        CalibrationBins::Quantile => {
            let mut sorted = told.to_vec();
            sorted.sort_by(f64::total_cmp);
            let at =
                |position: usize| sorted.get(position.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default();
            // numpy's linear interpolation.
            let quantile = |part: f64| {
                let position = part * (sorted.len().saturating_sub(1)) as f64;
                let (below, above) = (at(position.floor() as usize), at(position.floor() as usize + 1));
                below + (above - below) * position.fract()
            };
            parts.map(quantile).collect()
        }
    }
}
