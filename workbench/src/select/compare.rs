//! Whether one candidate is better than another, or only luckier with its folds.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::preprocess::f_survival;

/// What [`corrected_t_test`] says of the differences between two candidates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CorrectedTTest {
    /// The mean of the differences, in the metric's units.
    pub mean: f64,
    /// The corrected standard error of that mean.
    pub standard_error: f64,
    /// `mean / standard_error`; infinite where all differences are the same and not 0.
    pub statistic: f64,
    /// The number of differences less one.
    pub degrees_of_freedom: u64,
    /// How likely a statistic at least as far from 0 is where both are equally good: from 0 to 1, two-sided.
    pub p_value: f64,
}

impl CorrectedTTest {
    /// How likely a statistic at least as great is where both are equally good: from 0 to 1, one-sided.
    pub fn p_value_greater(&self) -> f64 {
        if self.statistic > 0.0 { self.p_value / 2.0 } else { 1.0 - self.p_value / 2.0 }
    }

    /// The interval that holds the true difference with probability `level`, as `(low, high)`.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a `level` that is not between 0 and 1.
    pub fn confidence_interval(&self, level: f64) -> Result<(f64, f64)> {
        if !(level > 0.0 && level < 1.0) {
            return Err(Error::InvalidValue {
                what: "the level of a confidence interval".to_string(),
                value: format!("{level:?}"),
                allowed: "greater than 0 and less than 1".to_string(),
            });
        }
        let half = two_sided_quantile(1.0 - level, self.degrees_of_freedom as f64) * self.standard_error;
        Ok((self.mean - half, self.mean + half))
    }
}

/// Tests whether two candidates that were scored on the same folds are equally good, corrected for the overlap of the folds.
///
/// `t = mean(d) / sqrt((1/k + n_test/n_train) · var(d))` with `k` differences `d` and `k - 1` degrees of freedom. The plain paired test divides
/// by `var(d) / k`, which takes the folds for independent; their training rows are nearly the same, so it finds differences
/// where there are none.
///
/// | parameter | range |
/// |---|---|
/// | `differences` | at least 2 finite numbers: for each fold, the score of the first less that of the second |
/// | `n_train`, `n_test` | at least 1 each: the rows that a fold is fitted on and validated on |
///
/// # Errors
/// [`Error::InvalidValue`].
///
/// # Examples
///
/// ```
/// use workbench::select::corrected_t_test;
///
/// let test = corrected_t_test(&[0.02, 0.01, 0.03, 0.02, 0.01], 80, 20)?;
/// assert!((test.statistic - 3.2071).abs() < 1e-4 && (test.p_value - 0.0327).abs() < 1e-4);
///
/// let refused = corrected_t_test(&[0.02], 80, 20).unwrap_err();
/// assert_eq!(refused.to_string(), "the number of differences is 1, but it must be at least 2");
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. C. Nadeau, Y. Bengio, *Inference for the generalization error*, Machine Learning 52, 2003, doi:10.1023/A:1024068626366
pub fn corrected_t_test(differences: &[f64], n_train: usize, n_test: usize) -> Result<CorrectedTTest> {
    check(differences, n_train, n_test)?;
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let squares: f64 = differences.iter().map(|value| (value - mean) * (value - mean)).sum();
    let standard_error = ((1.0 / n + n_test as f64 / n_train as f64) * squares / (n - 1.0)).sqrt();
    // Differences that are all the same leave nothing to doubt.
    let statistic = if mean == 0.0 { 0.0 } else { mean / standard_error };
    let p_value = f_survival(statistic * statistic, 1.0, n - 1.0);
    Ok(CorrectedTTest { mean, standard_error, statistic, degrees_of_freedom: differences.len() as u64 - 1, p_value })
}

fn check(differences: &[f64], n_train: usize, n_test: usize) -> Result<()> {
    let invalid = |what: String, value: String, allowed: &str| {
        Err(Error::InvalidValue { what, value, allowed: allowed.to_string() })
    };
    if differences.len() < 2 {
        return invalid("the number of differences".to_string(), differences.len().to_string(), "at least 2");
    }
    if let Some((fold_idx, value)) = differences.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        return invalid(format!("the difference of fold {fold_idx} (0-based)"), format!("{value:?}"), "finite");
    }
    for (name, value) in [("n_train", n_train), ("n_test", n_test)] {
        if value == 0 {
            return invalid(name.to_string(), "0".to_string(), "at least 1");
        }
    }
    Ok(())
}

/// The `t` beyond which, on both sides together, Student's distribution has the probability `p`.
fn two_sided_quantile(p: f64, degrees: f64) -> f64 {
    let tail = |t: f64| f_survival(t * t, 1.0, degrees);
    let mut high = 1.0;
    while tail(high) > p && high < 1e150 {
        high *= 2.0;
    }
    let mut low = 0.0;
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if tail(middle) > p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}
