//! Classes as clouds of points.

use polars::prelude::DataFrame;

use super::draw::Draw;
use super::{check, classes, frame};
use crate::error::Result;

/// Clouds of points around random centres, each of its own class: x = centre + std · normal.
///
/// | parameter | range | meaning |
/// |---|---|---|
/// | `n_samples` | at least `n_centers` | rows |
/// | `n_features` | at least 1 | columns `x0`, `x1`, … |
/// | `n_centers` | at least 1 | classes, of equal size but for one row; the centres lie in −10 to 10 |
/// | `cluster_std` | at least 0 | the standard deviation of each cloud |
/// | `seed` | | the same seed gives the same rows |
///
/// The column `class` holds 0, 1, …; rows come in random order.
///
/// # Errors
/// [`Error::InvalidValue`](crate::Error::InvalidValue) for a parameter out of range.
///
/// # Examples
///
/// ```
/// use workbench::data::make_blobs;
///
/// let frame = make_blobs(300, 2, 3, 1.0, 42)?;
/// assert_eq!(frame.shape(), (300, 3));
/// assert!(frame.equals(&make_blobs(300, 2, 3, 1.0, 42)?));
/// assert!(make_blobs(300, 0, 3, 1.0, 42).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn make_blobs(
    n_samples: usize,
    n_features: usize,
    n_centers: usize,
    cluster_std: f64,
    seed: u64,
) -> Result<DataFrame> {
    check(n_features > 0, "make_blobs: n_features", n_features, "at least 1")?;
    check(n_centers > 0, "make_blobs: n_centers", n_centers, "at least 1")?;
    check(n_samples >= n_centers, "make_blobs: n_samples", n_samples, "at least n_centers")?;
    check(
        cluster_std >= 0.0 && cluster_std.is_finite(),
        "make_blobs: cluster_std",
        cluster_std,
        "finite and at least 0",
    )?;
    let class_of_row = shuffled_classes(n_samples, n_centers, seed);
    let features = (0..n_features).map(|feature| {
        let mut draw = Draw::new(seed, 1 + feature as u64);
        let centers: Vec<f64> = (0..n_centers).map(|_| draw.between(-10.0, 10.0)).collect();
        let center = |class: &usize| centers.get(*class).copied().unwrap_or_default();
        class_of_row.iter().map(|class| center(class) + cluster_std * draw.normal()).collect()
    });
    frame(features.collect(), "class", classes(&class_of_row))
}

/// Classes that some of the features tell apart, as in scikit-learn's generator of the same name: each class has its clusters at corners of a cube
/// of side 2 · `class_sep` in the informative features, and each cluster its own random shear.
///
/// | parameter | range | meaning |
/// |---|---|---|
/// | `n_samples` | at least `n_classes` | rows |
/// | `n_features` | at least `n_informative` | columns `x0`, `x1`, …; the informative ones first, the rest is noise |
/// | `n_informative` | 2ⁿ at least `n_classes` | how many features tell something |
/// | `n_classes` | at least 2 | of equal size but for one row |
/// | `class_sep` | greater than 0, usually 1 | how far apart the classes are; more is easier |
/// | `flip_y` | from 0 to 1, usually 0.01 | the share of rows whose class is drawn at random |
/// | `seed` | | the same seed gives the same rows |
///
/// There is one cluster a class, and there are no redundant features. The column `class` holds 0, 1, …; rows come in random order.
///
/// # Errors
/// [`Error::InvalidValue`](crate::Error::InvalidValue) for a parameter out of range.
///
/// # Examples
///
/// ```
/// use workbench::data::make_classification;
///
/// let frame = make_classification(500, 10, 3, 2, 1.0, 0.01, 42)?;
/// assert_eq!(frame.shape(), (500, 11));
/// assert!(make_classification(500, 10, 1, 3, 1.0, 0.01, 42).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. Guyon I (2003). Design of experiments for the NIPS 2003 variable selection benchmark.
pub fn make_classification(
    n_samples: usize,
    n_features: usize,
    n_informative: usize,
    n_classes: usize,
    class_sep: f64,
    flip_y: f64,
    seed: u64,
) -> Result<DataFrame> {
    let what = |name: &str| format!("make_classification: {name}");
    let has_corners = n_informative >= 63 || 1usize << n_informative >= n_classes;
    check(n_classes >= 2, &what("n_classes"), n_classes, "at least 2")?;
    check(
        n_informative > 0 && has_corners,
        &what("n_informative"),
        n_informative,
        "so large that 2^n_informative is at least n_classes",
    )?;
    check(n_features >= n_informative, &what("n_features"), n_features, "at least n_informative")?;
    check(n_samples >= n_classes, &what("n_samples"), n_samples, "at least n_classes")?;
    check(class_sep > 0.0 && class_sep.is_finite(), &what("class_sep"), class_sep, "finite and greater than 0")?;
    check((0.0..=1.0).contains(&flip_y), &what("flip_y"), flip_y, "from 0 to 1")?;
    let mut class_of_row = shuffled_classes(n_samples, n_classes, seed);
    let mut draw = Draw::new(seed, 1);
    let corners = corners(n_classes, n_informative, &mut draw);
    // A cluster's shear makes its features depend on each other.
    let shears: Vec<Vec<f64>> =
        (0..n_classes).map(|_| (0..n_informative * n_informative).map(|_| draw.between(-1.0, 1.0)).collect()).collect();
    let cloud: Vec<Vec<f64>> = (0..n_samples).map(|_| draw.normals(n_informative, 1.0)).collect();
    let features = (0..n_features).map(|feature| {
        if feature >= n_informative {
            return Draw::new(seed, 10 + feature as u64).normals(n_samples, 1.0);
        }
        let value = |(class, point): (&usize, &Vec<f64>)| {
            let shear = shears.get(*class).map_or(&[][..], Vec::as_slice);
            let sheared: f64 =
                point.iter().zip(shear.iter().skip(feature).step_by(n_informative)).map(|(a, b)| a * b).sum();
            let corner = corners.get(*class).is_some_and(|corner| corner >> (feature % 64) & 1 == 1);
            sheared + if corner { class_sep } else { -class_sep }
        };
        class_of_row.iter().zip(&cloud).map(value).collect()
    });
    let features: Vec<Vec<f64>> = features.collect();
    let mut draw = Draw::new(seed, 2);
    for class in &mut class_of_row {
        if draw.uniform() < flip_y {
            *class = draw.below(n_classes);
        }
    }
    frame(features, "class", classes(&class_of_row))
}

/// A different corner of the cube for each class, the bits telling on which side each feature is.
fn corners(n_classes: usize, n_informative: usize, draw: &mut Draw) -> Vec<u64> {
    if n_informative <= 16 {
        let mut all: Vec<u64> = (0..1u64 << n_informative).collect();
        draw.shuffle(&mut all);
        all.truncate(n_classes);
        return all;
    }
    let mut corners: Vec<u64> = Vec::with_capacity(n_classes);
    while corners.len() < n_classes {
        let corner = (0..n_informative.min(64)).fold(0, |corner, _| corner << 1 | u64::from(draw.uniform() < 0.5));
        if !corners.contains(&corner) {
            corners.push(corner);
        }
    }
    corners
}

/// Classes of equal size but for one row, in random order.
fn shuffled_classes(n_samples: usize, n_classes: usize, seed: u64) -> Vec<usize> {
    let mut of_row: Vec<usize> = (0..n_samples).map(|row| row % n_classes).collect();
    Draw::new(seed, 0).shuffle(&mut of_row);
    of_row
}
