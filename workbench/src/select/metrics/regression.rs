//! Metrics of predicted numbers.

use super::truth::{Borrowed, Truth, check, mean};
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
pub fn mean_squared_error(truth: &dyn Truth, predicted: &Target) -> Result<f64> {
    mean_of(truth, predicted, |truth, predicted| (truth - predicted) * (truth - predicted))
}

/// The root of the [`mean_squared_error`], in the target's units.
///
/// # Errors
/// Those of [`mean_squared_error`].
pub fn root_mean_squared_error(truth: &dyn Truth, predicted: &Target) -> Result<f64> {
    Ok(mean_squared_error(truth, predicted)?.sqrt())
}

/// The mean of the errors' magnitudes, in the target's units.
///
/// # Errors
/// Those of [`mean_squared_error`].
pub fn mean_absolute_error(truth: &dyn Truth, predicted: &Target) -> Result<f64> {
    mean_of(truth, predicted, |truth, predicted| (truth - predicted).abs())
}

/// The median of the errors' magnitudes, in the target's units: a few wild errors do not change it.
///
/// # Errors
/// Those of [`mean_squared_error`].
pub fn median_absolute_error(truth: &dyn Truth, predicted: &Target) -> Result<f64> {
    let (values, told) = values(truth, predicted)?;
    let errors = values.iter().zip(told).map(|(truth, predicted)| (truth - predicted).abs()).collect();
    Ok(median(errors, truth.weights()))
}

/// The greatest of the errors' magnitudes, in the target's units, among the rows that count at all.
///
/// # Errors
/// Those of [`mean_squared_error`].
pub fn max_error(truth: &dyn Truth, predicted: &Target) -> Result<f64> {
    let (values, told) = values(truth, predicted)?;
    let counts = |row: usize| super::truth::weight(truth.weights(), row) > 0.0;
    let errors = values.iter().zip(told).enumerate().filter(|(row, _)| counts(*row));
    Ok(errors.map(|(_, (truth, predicted))| (truth - predicted).abs()).fold(0.0, f64::max))
}

/// The mean of the errors' magnitudes as parts of the true values': `|y - p| / max(|y|, ε)`; 0.1 is ten per cent.
///
/// A true value of 0 makes it arbitrarily large (`ε` is `f64::EPSILON`, as in scikit-learn).
///
/// # Errors
/// Those of [`mean_squared_error`].
pub fn mean_absolute_percentage_error(truth: &dyn Truth, predicted: &Target) -> Result<f64> {
    mean_of(truth, predicted, |truth, predicted| (truth - predicted).abs() / truth.abs().max(f64::EPSILON))
}

/// The mean of `(ln(1 + y) - ln(1 + p))²`: for targets that grow by factors.
///
/// # Errors
/// Those of [`mean_squared_error`]; [`Error::InvalidValue`] for a value of -1 or less.
pub fn mean_squared_log_error(truth: &dyn Truth, predicted: &Target) -> Result<f64> {
    let (values, told) = values(truth, predicted)?;
    let is_right = |value: f64| value > -1.0;
    all("mean_squared_log_error", "the truth", values, is_right, "greater than -1")?;
    all("mean_squared_log_error", "the prediction", told, is_right, "greater than -1")?;
    mean_of(truth, predicted, |truth, predicted| {
        let error = truth.ln_1p() - predicted.ln_1p();
        error * error
    })
}

/// The root of the [`mean_squared_log_error`].
///
/// # Errors
/// Those of [`mean_squared_log_error`].
pub fn root_mean_squared_log_error(truth: &dyn Truth, predicted: &Target) -> Result<f64> {
    Ok(mean_squared_log_error(truth, predicted)?.sqrt())
}

/// The part of the target's variance that is told: 1 is perfect, 0 as good as the mean, below 0 worse than that.
///
/// Where the truth has no variance, it is 1 for a perfect prediction and 0 for any other.
///
/// # Errors
/// Those of [`mean_squared_error`].
pub fn r2(truth: &dyn Truth, predicted: &Target) -> Result<f64> {
    let error = mean_squared_error(truth, predicted)?;
    Ok(told(error, target_variance(truth.target(), truth.weights())?))
}

/// [`r2`] of predictions with this mean squared error of a target with this [variance](target_variance).
pub(crate) fn r2_of_squared_error(error: f64, variance: f64) -> f64 {
    told(error, variance)
}

/// The weighted mean of the squared distances from the weighted mean.
pub(crate) fn target_variance(truth: &Target, weights: Option<&[f64]>) -> Result<f64> {
    let truth = Borrowed { target: truth, weights };
    let (values, _) = values(&truth, truth.target())?;
    Ok(variance(values, weights))
}

/// As [`r2`], but an error that is the same in all rows does not count: `1 - Var(y - p) / Var(y)`.
///
/// # Errors
/// Those of [`mean_squared_error`].
pub fn explained_variance(truth: &dyn Truth, predicted: &Target) -> Result<f64> {
    let (values, predicted) = values(truth, predicted)?;
    let errors: Vec<f64> = values.iter().zip(predicted).map(|(truth, predicted)| truth - predicted).collect();
    Ok(told(variance(&errors, truth.weights()), variance(values, truth.weights())))
}

/// The part of the mean absolute error of the median that is done away with: 1 is perfect, 0 as good as the median.
///
/// Where all true values are the same, it is 1 for a perfect prediction and 0 for any other.
///
/// # Errors
/// Those of [`mean_squared_error`].
pub fn d2_absolute_error(truth: &dyn Truth, predicted: &Target) -> Result<f64> {
    let error = mean_absolute_error(truth, predicted)?;
    let (values, _) = values(truth, predicted)?;
    let median = median(values.to_vec(), truth.weights());
    Ok(told(error, mean(values.iter().map(|value| (value - median).abs()), truth.weights())))
}

/// The mean of `α (y - p)` where the truth is above the prediction, and of `(1 - α) (p - y)` where it is below: least for the
/// `α`-quantile.
///
/// # Errors
/// Those of [`mean_squared_error`]; [`Error::InvalidValue`] for an `alpha` outside 0 to 1.
///
/// # Examples
///
/// ```
/// use workbench::data::Target;
/// use workbench::select::mean_pinball_loss;
///
/// let (truth, predicted) = (Target::Values(vec![1.0, 2.0]), Target::Values(vec![2.0, 1.0]));
/// assert_eq!(mean_pinball_loss(&truth, &predicted, 0.9)?, 0.5);
/// assert!(mean_pinball_loss(&truth, &predicted, 1.5).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn mean_pinball_loss(truth: &dyn Truth, predicted: &Target, alpha: f64) -> Result<f64> {
    if !(0.0..=1.0).contains(&alpha) {
        return Err(Error::InvalidValue {
            what: "alpha".to_string(),
            value: format!("{alpha:?}"),
            allowed: "from 0 to 1".to_string(),
        });
    }
    mean_of(truth, predicted, |truth, predicted| {
        let above = truth - predicted;
        if above >= 0.0 { alpha * above } else { (alpha - 1.0) * above }
    })
}

/// The mean of `2 (y ln(y / p) - y + p)`: for counts.
///
/// # Errors
/// Those of [`mean_squared_error`]; [`Error::InvalidValue`] for a true value below 0, or a predicted one that is not above 0.
pub fn mean_poisson_deviance(truth: &dyn Truth, predicted: &Target) -> Result<f64> {
    let (values, told) = values(truth, predicted)?;
    all("mean_poisson_deviance", "the truth", values, |value| value >= 0.0, "at least 0")?;
    all("mean_poisson_deviance", "the prediction", told, |value| value > 0.0, "greater than 0")?;
    mean_of(truth, predicted, |truth, predicted| {
        let log = if truth == 0.0 { 0.0 } else { truth * (truth / predicted).ln() };
        2.0 * (log - truth + predicted)
    })
}

/// The mean of `2 (ln(p / y) + y / p - 1)`: for amounts whose spread grows with them.
///
/// # Errors
/// Those of [`mean_squared_error`]; [`Error::InvalidValue`] for a true or predicted value that is not above 0.
pub fn mean_gamma_deviance(truth: &dyn Truth, predicted: &Target) -> Result<f64> {
    let (values, told) = values(truth, predicted)?;
    all("mean_gamma_deviance", "the truth", values, |value| value > 0.0, "greater than 0")?;
    all("mean_gamma_deviance", "the prediction", told, |value| value > 0.0, "greater than 0")?;
    mean_of(truth, predicted, |truth, predicted| 2.0 * ((predicted / truth).ln() + truth / predicted - 1.0))
}

fn mean_of(truth: &dyn Truth, predicted: &Target, of: impl Fn(f64, f64) -> f64) -> Result<f64> {
    let (values, told) = values(truth, predicted)?;
    Ok(mean(values.iter().zip(told).map(|(&truth, &predicted)| of(truth, predicted)), truth.weights()))
}

/// `1 - error / whole`; where there is nothing to tell, 1 without an error and 0 with one.
fn told(error: f64, whole: f64) -> f64 {
    match (whole > 0.0, error > 0.0) {
        (true, _) => 1.0 - error / whole,
        (false, true) => 0.0,
        (false, false) => 1.0,
    }
}

fn variance(values: &[f64], weights: Option<&[f64]>) -> f64 {
    let center = mean(values.iter().copied(), weights);
    mean(values.iter().map(|value| (value - center) * (value - center)), weights)
}

/// The value that has half of the weights on each side; between two of them, the middle.
fn median(values: Vec<f64>, weights: Option<&[f64]>) -> f64 {
    let mut sorted: Vec<(f64, f64)> = match weights {
        None => values.into_iter().map(|value| (value, 1.0)).collect(),
        Some(weights) => values.into_iter().zip(weights.iter().copied()).filter(|(_, weight)| *weight > 0.0).collect(),
    };
    sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
    let half = sorted.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut below = 0.0;
    for (position, (value, weight)) in sorted.iter().enumerate() {
        below += weight;
        if (below - half).abs() <= 1e-12 * half
            && let Some((next, _)) = sorted.get(position + 1)
        {
            return (value + next) / 2.0;
        }
        if below > half {
            return *value;
        }
    }
    sorted.last().map_or(f64::NAN, |(value, _)| *value)
}

/// An error unless all of `values` are right.
fn all(metric: &str, whose: &str, values: &[f64], is_right: fn(f64) -> bool, allowed: &str) -> Result<()> {
    match values.iter().enumerate().find(|(_, value)| !is_right(**value)) {
        Some((row, value)) => Err(Error::InvalidValue {
            what: format!("\"{metric}\": {whose} of row {row} (0-based)"),
            value: format!("{value:?}"),
            allowed: allowed.to_string(),
        }),
        None => Ok(()),
    }
}

fn values<'a>(truth: &'a dyn Truth, predicted: &'a Target) -> Result<(&'a [f64], &'a [f64])> {
    fn numbers<'a>(target: &'a Target, name: &str) -> Result<&'a [f64]> {
        match target {
            Target::Values(values) => Ok(values.as_slice()),
            Target::Classes { .. } => {
                Err(Error::NotNumbers { what: "a metric of numbers".to_string(), target: name.to_string() })
            }
        }
    }
    let values = (numbers(truth.target(), "the truth")?, numbers(predicted, "the prediction")?);
    check(truth, predicted.len())?;
    Ok(values)
}
