//! Numbers to predict.

use polars::prelude::{DataFrame, NamedFrom, Series};

use super::draw::Draw;
use super::{check, frame};
use crate::error::Result;

/// A target that is a weighted sum of some features and noise: y = X w + noise · normal.
///
/// | parameter | range | meaning |
/// |---|---|---|
/// | `n_samples` | at least 1 | rows |
/// | `n_features` | at least `n_informative` | columns `x0`, `x1`, …, normal with mean 0 and standard deviation 1 |
/// | `n_informative` | at least 1 | how many features, the first ones, have a weight; the weights are from 0 to 100 |
/// | `noise` | at least 0 | the standard deviation of the noise |
/// | `seed` | | the same seed gives the same rows |
///
/// # Errors
/// [`Error::InvalidValue`](crate::Error::InvalidValue) for a parameter out of range.
///
/// # Examples
///
/// ```
/// use workbench::data::make_regression;
///
/// let frame = make_regression(200, 5, 2, 1.0, 42)?;
/// assert_eq!(frame.shape(), (200, 6));
/// assert!(make_regression(200, 1, 2, 1.0, 42).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn make_regression(
    n_samples: usize,
    n_features: usize,
    n_informative: usize,
    noise: f64,
    seed: u64,
) -> Result<DataFrame> {
    check(n_samples > 0, "make_regression: n_samples", n_samples, "at least 1")?;
    check(n_informative > 0, "make_regression: n_informative", n_informative, "at least 1")?;
    check(n_features >= n_informative, "make_regression: n_features", n_features, "at least n_informative")?;
    check(noise >= 0.0 && noise.is_finite(), "make_regression: noise", noise, "finite and at least 0")?;
    let features: Vec<Vec<f64>> =
        (0..n_features).map(|feature| Draw::new(seed, 2 + feature as u64).normals(n_samples, 1.0)).collect();
    let mut draw = Draw::new(seed, 0);
    let mut target = Draw::new(seed, 1).normals(n_samples, noise);
    for feature in features.iter().take(n_informative) {
        let weight = draw.between(0.0, 100.0);
        target.iter_mut().zip(feature).for_each(|(y, x)| *y += weight * x);
    }
    frame(features, "y", Series::new("y".into(), target))
}

/// Friedman's first regression problem: y = 10 sin(π x₀ x₁) + 20 (x₂ − 0.5)² + 10 x₃ + 5 x₄ + noise · normal, with x from 0 to 1.
///
/// | parameter | range | meaning |
/// |---|---|---|
/// | `n_samples` | at least 1 | rows |
/// | `n_features` | at least 5 | columns `x0`, `x1`, …; all but the first five tell nothing |
/// | `noise` | at least 0 | the standard deviation of the noise |
/// | `seed` | | the same seed gives the same rows |
///
/// # Errors
/// [`Error::InvalidValue`](crate::Error::InvalidValue) for a parameter out of range.
///
/// # Examples
///
/// ```
/// use workbench::data::make_friedman1;
///
/// assert_eq!(make_friedman1(100, 10, 0.5, 42)?.shape(), (100, 11));
/// assert!(make_friedman1(100, 4, 0.5, 42).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. Friedman JH (1991). Multivariate adaptive regression splines. <https://doi.org/10.1214/aos/1176347963>
pub fn make_friedman1(n_samples: usize, n_features: usize, noise: f64, seed: u64) -> Result<DataFrame> {
    check(n_samples > 0, "make_friedman1: n_samples", n_samples, "at least 1")?;
    check(n_features >= 5, "make_friedman1: n_features", n_features, "at least 5")?;
    check(noise >= 0.0 && noise.is_finite(), "make_friedman1: noise", noise, "finite and at least 0")?;
    let uniforms = |feature: usize| {
        let mut draw = Draw::new(seed, 1 + feature as u64);
        (0..n_samples).map(|_| draw.uniform()).collect::<Vec<f64>>()
    };
    let features: Vec<Vec<f64>> = (0..n_features).map(uniforms).collect();
    let mut target = Draw::new(seed, 0).normals(n_samples, noise);
    if let [x0, x1, x2, x3, x4, ..] = features.as_slice() {
        let inputs = x0.iter().zip(x1).zip(x2).zip(x3).zip(x4);
        for (y, ((((x0, x1), x2), x3), x4)) in target.iter_mut().zip(inputs) {
            *y += 10.0 * (std::f64::consts::PI * x0 * x1).sin() + 20.0 * (x2 - 0.5).powi(2) + 10.0 * x3 + 5.0 * x4;
        }
    }
    frame(features, "y", Series::new("y".into(), target))
}
