//! Two classes that no straight line parts.

use std::f64::consts::{PI, TAU};

use polars::prelude::DataFrame;

use super::draw::Draw;
use super::{check, classes, frame};
use crate::error::Result;

/// Two half circles that reach into each other: class 0 is (cos t, sin t) and class 1 is (1 − cos t, 0.5 − sin t), t from 0 to π, with
/// noise · normal added.
///
/// | parameter | range | meaning |
/// |---|---|---|
/// | `n_samples` | at least 2 | rows, half of them of class 1 |
/// | `noise` | at least 0 | the standard deviation of the noise |
/// | `seed` | | the same seed gives the same rows |
///
/// The columns are `x0`, `x1` and `class`; rows come in random order.
///
/// # Errors
/// [`Error::InvalidValue`](crate::Error::InvalidValue) for a parameter out of range.
///
/// # Examples
///
/// ```
/// use workbench::data::make_moons;
///
/// assert_eq!(make_moons(200, 0.1, 42)?.shape(), (200, 3));
/// assert!(make_moons(200, -0.1, 42).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn make_moons(n_samples: usize, noise: f64, seed: u64) -> Result<DataFrame> {
    check(n_samples >= 2, "make_moons: n_samples", n_samples, "at least 2")?;
    check(noise >= 0.0 && noise.is_finite(), "make_moons: noise", noise, "finite and at least 0")?;
    let n_outer = n_samples - n_samples / 2;
    let moon = |row: usize| {
        let step = |idx: usize, n: usize| PI * idx as f64 / (n.max(2) - 1) as f64;
        if row < n_outer {
            let angle = step(row, n_outer);
            (angle.cos(), angle.sin(), 0)
        } else {
            let angle = step(row - n_outer, n_samples - n_outer);
            (1.0 - angle.cos(), 0.5 - angle.sin(), 1)
        }
    };
    shaped((0..n_samples).map(moon).collect(), noise, seed)
}

/// A circle within a circle: class 0 has the radius 1, class 1 the radius `factor`, with noise · normal added.
///
/// | parameter | range | meaning |
/// |---|---|---|
/// | `n_samples` | at least 2 | rows, half of them of class 1 |
/// | `noise` | at least 0 | the standard deviation of the noise |
/// | `factor` | from 0 to 1, 1 left out | the radius of the inner circle |
/// | `seed` | | the same seed gives the same rows |
///
/// The columns are `x0`, `x1` and `class`; rows come in random order.
///
/// # Errors
/// [`Error::InvalidValue`](crate::Error::InvalidValue) for a parameter out of range.
///
/// # Examples
///
/// ```
/// use workbench::data::make_circles;
///
/// assert_eq!(make_circles(200, 0.05, 0.5, 42)?.shape(), (200, 3));
/// assert!(make_circles(200, 0.05, 1.0, 42).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn make_circles(n_samples: usize, noise: f64, factor: f64, seed: u64) -> Result<DataFrame> {
    check(n_samples >= 2, "make_circles: n_samples", n_samples, "at least 2")?;
    check(noise >= 0.0 && noise.is_finite(), "make_circles: noise", noise, "finite and at least 0")?;
    check((0.0..1.0).contains(&factor), "make_circles: factor", factor, "at least 0 and less than 1")?;
    let n_outer = n_samples - n_samples / 2;
    let circle = |row: usize| {
        let (idx, n, radius, class) =
            if row < n_outer { (row, n_outer, 1.0, 0) } else { (row - n_outer, n_samples - n_outer, factor, 1) };
        let angle = TAU * idx as f64 / n as f64;
        (radius * angle.cos(), radius * angle.sin(), class)
    };
    shaped((0..n_samples).map(circle).collect(), noise, seed)
}

fn shaped(mut points: Vec<(f64, f64, usize)>, noise: f64, seed: u64) -> Result<DataFrame> {
    Draw::new(seed, 0).shuffle(&mut points);
    let mut draw = Draw::new(seed, 1);
    let x0 = points.iter().map(|point| point.0 + noise * draw.normal()).collect();
    let x1 = points.iter().map(|point| point.1 + noise * draw.normal()).collect();
    let class_of_row: Vec<usize> = points.iter().map(|point| point.2).collect();
    frame(vec![x0, x1], "class", classes(&class_of_row))
}
