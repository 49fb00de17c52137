//! Kernel density estimates.

use std::f64::consts::TAU;

use super::statistics;
use crate::error::{Error, Result};

/// Up to here the density is summed value by value; more values are first counted on a fine grid.
const EXACT_MAX: usize = 5_000;
const GRID: usize = 4_096;

/// How wide the kernel of a density estimate is; n values have the standard deviation σ (divided by n − 1).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Bandwidth {
    /// σ n^(−1/5): smooth, best for one normal heap.
    #[default]
    Scott,
    /// 0.9 min(σ, IQR / 1.34) n^(−1/5): narrower, and not misled by long tails.
    Silverman,
    /// This one, greater than 0.
    Width(f64),
}

/// The Gaussian kernel density estimate f(x) = Σ exp(−((x − xᵢ) / h)² / 2) / (n h √(2π)) at `n_points` places from three bandwidths below the least value to
/// three above the greatest, as pairs of place and density.
///
/// NaN and infinite values are left out. Above 5,000 values they are first counted on 4,096 places, which changes the curve by less than a thousandth
/// of its height. Equal values have the bandwidth 1.
///
/// # Errors
/// [`Error::NoRows`] without a finite value; [`Error::InvalidValue`] for fewer than 2 points or a width that is not greater than 0.
///
/// # Examples
///
/// ```
/// use workbench::data::{Bandwidth, kernel_density};
///
/// let curve = kernel_density(&[1.0, 2.0, 4.0], Bandwidth::Scott, 101)?;
/// assert_eq!(curve.len(), 101);
/// assert!(kernel_density(&[f64::NAN], Bandwidth::Scott, 101).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. Scott DW (1992). Multivariate density estimation. <https://doi.org/10.1002/9780470316849>
/// 2. Silverman BW (1986). Density estimation for statistics and data analysis. <https://doi.org/10.1201/9781315140919>
pub fn kernel_density(values: &[f64], bandwidth: Bandwidth, n_points: usize) -> Result<Vec<(f64, f64)>> {
    let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let Some((low, high)) = statistics::min_max(&finite) else {
        return Err(Error::NoRows { what: "a density".to_string() });
    };
    if n_points < 2 {
        let (value, allowed) = (n_points.to_string(), "at least 2".to_string());
        return Err(Error::InvalidValue { what: "the points of a density".to_string(), value, allowed });
    }
    let width = width(&finite, bandwidth)?;
    let (start, end) = (low - 3.0 * width, high + 3.0 * width);
    let weighted = if finite.len() <= EXACT_MAX {
        finite.iter().map(|&value| (value, 1.0)).collect()
    } else {
        counted(&finite, low, high)
    };
    let scale = 1.0 / (finite.len() as f64 * width * TAU.sqrt());
    let place = |idx: usize| start + (end - start) * idx as f64 / (n_points - 1) as f64;
    let density = |x: f64| {
        weighted.iter().map(|(value, weight)| weight * (-0.5 * ((x - value) / width).powi(2)).exp()).sum::<f64>()
            * scale
    };
    Ok((0..n_points).map(|idx| (place(idx), density(place(idx)))).collect())
}

fn width(finite: &[f64], bandwidth: Bandwidth) -> Result<f64> {
    let std = statistics::mean_variance(finite, 1).map_or(0.0, |(_, variance)| variance.sqrt());
    let narrowing = (finite.len() as f64).powf(-0.2);
    let width = match bandwidth {
        Bandwidth::Scott => std * narrowing,
        Bandwidth::Silverman => {
            let mut sorted = finite.to_vec();
            let quartiles =
                [0.25, 0.75].map(|fraction| statistics::quantile(&mut sorted, fraction).unwrap_or_default());
            let range = (quartiles[1] - quartiles[0]) / 1.34;
            0.9 * narrowing * if range > 0.0 { std.min(range) } else { std }
        }
        Bandwidth::Width(width) if width > 0.0 && width.is_finite() => width,
        Bandwidth::Width(width) => {
            let (value, allowed) = (format!("{width:?}"), "finite and greater than 0".to_string());
            return Err(Error::InvalidValue { what: "the bandwidth of a density".to_string(), value, allowed });
        }
    };
    Ok(if width > 0.0 && width.is_finite() { width } else { 1.0 })
}

/// Each value's weight is shared between its two neighbours on a grid.
fn counted(values: &[f64], low: f64, high: f64) -> Vec<(f64, f64)> {
    let step = (high - low) / (GRID - 1) as f64;
    let mut weights = vec![0.0; GRID];
    for &value in values {
        let position = if step > 0.0 { (value - low) / step } else { 0.0 };
        let below = (position as usize).min(GRID - 2);
        let share = position - below as f64;
        if let Some([left, right]) = weights.get_mut(below..below + 2) {
            *left += 1.0 - share;
            *right += share;
        }
    }
    let weighted = weights.into_iter().enumerate().filter(|(_, weight)| *weight > 0.0);
    weighted.map(|(idx, weight)| (low + step * idx as f64, weight)).collect()
}
