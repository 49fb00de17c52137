//! Metrics of predicted numbers.

use super::check_lengths;
use crate::data::Target;
use crate::error::{Error, Result};

/// The mean of the squared errors, in the target's units squared.
///
/// # Errors
/// [`Error::LengthMismatch`], [`Error::NoRows`]; [`Error::NotNumbers`] for classes.
///
/// # Examples
///
/// ```
/// use workbench::data::Target;
/// use workbench::select::mean_squared_error;
///
/// let truth = Target::Values(vec![1.0, 2.0]);
/// assert_eq!(mean_squared_error(&truth, &Target::Values(vec![1.0, 4.0]))?, 2.0);
/// assert!(mean_squared_error(&truth, &Target::from_labels(&["a", "b"])).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn mean_squared_error(truth: &Target, predicted: &Target) -> Result<f64> {
    let (truth, predicted) = values(truth, predicted)?;
    Ok(squared_errors(truth, predicted) / truth.len() as f64)
}

/// The mean of the errors' magnitudes, in the target's units.
///
/// # Errors
/// Those of [`mean_squared_error`].
pub fn mean_absolute_error(truth: &Target, predicted: &Target) -> Result<f64> {
    let (truth, predicted) = values(truth, predicted)?;
    let sum: f64 = truth.iter().zip(predicted).map(|(truth, predicted)| (truth - predicted).abs()).sum();
    Ok(sum / truth.len() as f64)
}

/// The part of the target's variance that is told: 1 is perfect, 0 as good as the mean, below 0 worse than that.
///
/// Where the truth has no variance, it is 1 for a perfect prediction and 0 for any other.
///
/// # Errors
/// Those of [`mean_squared_error`].
pub fn r2(truth: &Target, predicted: &Target) -> Result<f64> {
    let (truth, predicted) = values(truth, predicted)?;
    let mean = truth.iter().sum::<f64>() / truth.len() as f64;
    let variance: f64 = truth.iter().map(|value| (value - mean) * (value - mean)).sum();
    let error = squared_errors(truth, predicted);
    Ok(match (variance > 0.0, error > 0.0) {
        (true, _) => 1.0 - error / variance,
        (false, true) => 0.0,
        (false, false) => 1.0,
    })
}

/// [`r2`] of predictions with this mean squared error of a target with this [`variance`].
pub(crate) fn r2_of_squared_error(error: f64, variance: f64) -> f64 {
    match (variance > 0.0, error > 0.0) {
        (true, _) => 1.0 - error / variance,
        (false, true) => 0.0,
        (false, false) => 1.0,
    }
}

/// The weighted mean of the squared distances from the weighted mean.
pub(crate) fn variance(truth: &Target, weights: Option<&[f64]>) -> Result<f64> {
    let (truth, _) = values(truth, truth)?;
    let weight = |row: usize| weights.and_then(|weights| weights.get(row).copied()).unwrap_or(1.0);
    let mean_of = |of: &dyn Fn(f64) -> f64| {
        let (mut sum, mut total) = (0.0, 0.0);
        for (row, &value) in truth.iter().enumerate() {
            sum += weight(row) * of(value);
            total += weight(row);
        }
        sum / total
    };
    let mean = mean_of(&|value| value);
    Ok(mean_of(&|value| (value - mean) * (value - mean)))
}

fn squared_errors(truth: &[f64], predicted: &[f64]) -> f64 {
    truth.iter().zip(predicted).map(|(truth, predicted)| (truth - predicted) * (truth - predicted)).sum()
}

fn values<'a>(truth: &'a Target, predicted: &'a Target) -> Result<(&'a [f64], &'a [f64])> {
    let numbers = |target: &'a Target, name: &str| match target {
        Target::Values(values) => Ok(values.as_slice()),
        Target::Classes { .. } => {
            Err(Error::NotNumbers { what: "a metric of numbers".to_string(), target: name.to_string() })
        }
    };
    let values = (numbers(truth, "the truth")?, numbers(predicted, "the prediction")?);
    check_lengths(truth, predicted)?;
    Ok(values)
}
