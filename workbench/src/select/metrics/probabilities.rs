//! Metrics of predicted probabilities.

use super::confusion::classes;
use super::scores::{columns, probabilities};
use super::truth::{Truth, check, mean, weight};
use crate::error::{Error, Result};
use crate::models::Predictions;

/// The mean of `-ln p` of the true class's probability `p`, in nats; 0 is perfect.
///
/// Probabilities are kept `f64::EPSILON` away from 0 and 1. A class that the model has never seen has probability 0.
///
/// # Errors
/// [`Error::InvalidValue`] for predictions without probabilities, or some that are NaN, outside 0 to 1 or do not add up to 1;
/// [`Error::LengthMismatch`], [`Error::NoRows`], [`Error::NotClasses`].
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use workbench::data::Target;
/// use workbench::models::Predictions;
/// use workbench::select::log_loss;
///
/// let truth = Target::from_labels(&["a", "b"]);
/// let predicted = Predictions::from_probabilities(&["a", "b"], array![[0.5, 0.5], [0.5, 0.5]])?;
/// assert_eq!(log_loss(&truth, &predicted)?, 2.0_f64.ln());
///
/// let wrong = Predictions::from_probabilities(&["a", "b"], array![[0.5, 0.5], [f64::NAN, 0.5]])?;
/// assert!(log_loss(&truth, &wrong).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn log_loss(truth: &dyn Truth, predicted: &Predictions) -> Result<f64> {
    Ok(losses("log_loss", truth, predicted)?.0)
}

/// The part of the log loss of each class's own frequency that the probabilities do away with: 1 is perfect, 0 no better than these
/// frequencies.
///
/// # Errors
/// Those of [`log_loss`]; [`Error::InvalidValue`] where all rows are of one class.
pub fn d2_log_loss(truth: &dyn Truth, predicted: &Predictions) -> Result<f64> {
    let (loss, shares) = losses("d2_log_loss", truth, predicted)?;
    let of_shares: f64 = shares.iter().filter(|share| **share > 0.0).map(|share| -share * clipped(*share).ln()).sum();
    against("d2_log_loss", loss, of_shares)
}

/// The mean squared distance between the probabilities and the truth: `Σ (p - y)²` over the classes, halved for two. 0 is perfect.
///
/// # Errors
/// Those of [`log_loss`].
pub fn brier_score(truth: &dyn Truth, predicted: &Predictions) -> Result<f64> {
    let (codes, labels) = classes(truth.target(), "the truth")?;
    Ok(squares("brier_score", truth, predicted, codes, labels)?.0)
}

/// The part of the Brier score of each class's own frequency that the probabilities do away with: 1 is perfect, 0 no better than these
/// frequencies.
///
/// # Errors
/// Those of [`log_loss`]; [`Error::InvalidValue`] where all rows are of one class.
pub fn d2_brier_score(truth: &dyn Truth, predicted: &Predictions) -> Result<f64> {
    let (codes, labels) = classes(truth.target(), "the truth")?;
    let (score, halved) = squares("d2_brier_score", truth, predicted, codes, labels)?;
    let shares = shares(truth, codes, labels.len());
    // The mean over the rows of Σ (share - y)² is 1 - Σ share².
    let of_shares = 1.0 - shares.iter().map(|share| share * share).sum::<f64>();
    against("d2_brier_score", score, if halved { of_shares / 2.0 } else { of_shares })
}

/// The log loss, and the part of the rows that is of each class.
fn losses(metric: &str, truth: &dyn Truth, predicted: &Predictions) -> Result<(f64, Vec<f64>)> {
    let (codes, labels) = classes(truth.target(), "the truth")?;
    check(truth, predicted.target.len())?;
    let probabilities = probabilities(metric, predicted)?;
    let columns = columns(labels, predicted);
    let loss = |(row, &code): (usize, &u32)| {
        let column = columns.get(code as usize).copied().flatten();
        let probability = column.and_then(|column| probabilities.get((row, column))).copied().unwrap_or(0.0);
        -clipped(probability).ln()
    };
    let loss = mean(codes.iter().enumerate().map(loss), truth.weights());
    Ok((loss, shares(truth, codes, labels.len())))
}

/// The Brier score, and whether it is halved.
fn squares(
    metric: &str,
    truth: &dyn Truth,
    predicted: &Predictions,
    codes: &[u32],
    labels: &[String],
) -> Result<(f64, bool)> {
    check(truth, predicted.target.len())?;
    let probabilities = probabilities(metric, predicted)?;
    let columns = columns(labels, predicted);
    let square = |(row, of_row): (usize, ndarray::ArrayView1<'_, f64>)| {
        let column = codes.get(row).and_then(|&code| columns.get(code as usize).copied().flatten());
        let of_column = |(position, probability): (usize, &f64)| {
            let error = probability - f64::from(u8::from(Some(position) == column));
            error * error
        };
        // The probability of a class that the model does not know is 0.
        of_row.iter().enumerate().map(of_column).sum::<f64>() + f64::from(u8::from(column.is_none()))
    };
    let sum = mean(probabilities.rows().into_iter().enumerate().map(square), truth.weights());
    let halved = labels.len().max(predicted.classes.len()) < 3;
    Ok((if halved { sum / 2.0 } else { sum }, halved))
}

fn shares(truth: &dyn Truth, codes: &[u32], n_classes: usize) -> Vec<f64> {
    let mut shares = vec![0.0; n_classes];
    let mut total = 0.0;
    for (row, &code) in codes.iter().enumerate() {
        let weight = weight(truth.weights(), row);
        total += weight;
        if let Some(share) = shares.get_mut(code as usize) {
            *share += weight;
        }
    }
    shares.iter().map(|share| share / total).collect()
}

fn against(metric: &str, loss: f64, of_shares: f64) -> Result<f64> {
    if of_shares > 0.0 {
        return Ok(1.0 - loss / of_shares);
    }
    Err(Error::InvalidValue {
        what: format!("\"{metric}\": the truth"),
        value: "of one class in all rows that count".to_string(),
        allowed: "of two classes at least".to_string(),
    })
}

fn clipped(probability: f64) -> f64 {
    probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON)
}
