//! What predictions are compared with, and how much each row counts.

use crate::data::{Dataset, Target};
use crate::error::{Error, Result};

/// What is true of some rows, and how much each of them counts: every metric takes it as its first argument.
///
/// | given | rows count |
/// |---|---|
/// | a [`Target`] | all the same |
/// | a [`Dataset`] | by its [weights](Dataset::weights), if it has some |
/// | a [`Weighted`] | by the weights it was made of |
///
/// # Examples
///
/// ```
/// use workbench::data::Target;
/// use workbench::select::{Weighted, accuracy};
///
/// let (truth, predicted) = (Target::from_labels(&["a", "a", "b"]), Target::from_labels(&["a", "b", "b"]));
/// assert_eq!(accuracy(&truth, &predicted)?, 2.0 / 3.0);
/// assert_eq!(accuracy(&Weighted::new(&truth, &[1.0, 2.0, 1.0])?, &predicted)?, 0.5);
/// assert!(Weighted::new(&truth, &[1.0, -2.0, 1.0]).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub trait Truth {
    /// What is true of each row.
    fn target(&self) -> &Target;

    /// How much each row counts; none where all count the same.
    fn weights(&self) -> Option<&[f64]>;
}

impl Truth for Target {
    fn target(&self) -> &Target {
        self
    }

    fn weights(&self) -> Option<&[f64]> {
        None
    }
}

impl Truth for Dataset {
    fn target(&self) -> &Target {
        self.target()
    }

    fn weights(&self) -> Option<&[f64]> {
        self.weights()
    }
}

/// A target whose rows count differently.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighted {
    target: Target,
    weights: Vec<f64>,
}

impl Weighted {
    /// `target`, of which the row at position `row` counts as `weights[row]` rows do.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a weight that is negative or not finite, or where all are 0.
    pub fn new(target: &Target, weights: &[f64]) -> Result<Self> {
        check_weights(weights, target.len())?;
        Ok(Self { target: target.clone(), weights: weights.to_vec() })
    }
}

impl Truth for Weighted {
    fn target(&self) -> &Target {
        &self.target
    }

    fn weights(&self) -> Option<&[f64]> {
        Some(&self.weights)
    }
}

/// A target and weights that are kept elsewhere.
pub(crate) struct Borrowed<'a> {
    pub(crate) target: &'a Target,
    pub(crate) weights: Option<&'a [f64]>,
}

impl Truth for Borrowed<'_> {
    fn target(&self) -> &Target {
        self.target
    }

    fn weights(&self) -> Option<&[f64]> {
        self.weights
    }
}

/// An error unless there are as many predictions as rows, at least one, and weights that say something.
pub(super) fn check(truth: &dyn Truth, n_predicted: usize) -> Result<()> {
    let n_rows = truth.target().len();
    if n_rows != n_predicted {
        let what = "the prediction".to_string();
        return Err(Error::LengthMismatch { what, found: n_predicted, expected: n_rows });
    }
    if n_rows == 0 {
        return Err(Error::NoRows { what: "a metric".to_string() });
    }
    truth.weights().map_or(Ok(()), |weights| check_weights(weights, n_rows))
}

fn check_weights(weights: &[f64], n_rows: usize) -> Result<()> {
    if weights.len() != n_rows {
        let what = "the weights".to_string();
        return Err(Error::LengthMismatch { what, found: weights.len(), expected: n_rows });
    }
    let invalid = |what: String, value: String| Error::InvalidValue {
        what,
        value,
        allowed: "finite and at least 0, and that of one row at least greater than 0".to_string(),
    };
    for (row, &weight) in weights.iter().enumerate() {
        if !weight.is_finite() || weight < 0.0 {
            return Err(invalid(format!("the weight of row {row} (0-based)"), format!("{weight:?}")));
        }
    }
    if n_rows > 0 && weights.iter().all(|&weight| weight == 0.0) {
        return Err(invalid("every weight".to_string(), "0".to_string()));
    }
    Ok(())
}

/// How much row `row` counts.
pub(super) fn weight(weights: Option<&[f64]>, row: usize) -> f64 {
    weights.map_or(1.0, |weights| weights.get(row).copied().unwrap_or_default())
}

/// The weighted mean of `values`.
pub(super) fn mean(values: impl Iterator<Item = f64>, weights: Option<&[f64]>) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    match weights {
        None => values.for_each(|value| {
            sum += value;
            total += 1.0;
        }),
        Some(weights) => values.zip(weights).for_each(|(value, &weight)| {
            // A row that does not count says nothing, even where its value is infinite.
            if weight > 0.0 {
                sum += weight * value;
                total += weight;
            }
        }),
    }
    sum / total
}
