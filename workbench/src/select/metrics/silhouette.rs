//! Metrics of clusters by the distances of their rows.

use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use polars::prelude::{Column, DataFrame};
use rayon::prelude::*;

use super::clustering::{centers, clusters};
use crate::data::Target;
use crate::error::{Error, Result};
use crate::train::interrupt;

/// So many rows are compared with all others at once; their distances stay in the cache.
const BLOCK_ROWS: usize = 64;
/// So many of the others.
const BLOCK_OTHERS: usize = 512;

/// The mean over the rows of how much nearer they are to their own cluster than to the next: from -1 to 1.
///
/// `(b - a) / max(a, b)` with the mean distance `a` to the other rows of the same cluster and `b` to those of the nearest other; 0 for a row
/// that is alone. Distances are Euclidean, by matrix products of blocks on all threads: time `O(n² d)`, memory `O(n d)`.
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a number of clusters other than 2 to `n_samples - 1`, or a value that is not finite;
/// [`Error::NotClasses`] for labels that are numbers; [`Error::Interrupted`].
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use workbench::data::Target;
/// use workbench::select::silhouette_score;
///
/// let records = array![[0.0], [1.0], [10.0], [11.0]];
/// let score = silhouette_score(&records, &Target::from_labels(&["a", "a", "b", "b"]))?;
/// assert!((score - 0.899749).abs() < 1e-6);
/// assert!(silhouette_score(&records, &Target::from_labels(&["a", "a", "a", "a"])).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. P. J. Rousseeuw, *Silhouettes: a graphical aid to the interpretation and validation of cluster analysis*, 1987,
///    doi:10.1016/0377-0427(87)90125-7
pub fn silhouette_score(records: &Array2<f64>, labels: &Target) -> Result<f64> {
    let (codes, n_clusters) = checked(records, labels)?;
    let silhouettes = silhouettes(records, &codes, n_clusters)?;
    Ok(silhouettes.iter().sum::<f64>() / silhouettes.len() as f64)
}

/// The silhouette of each row, as [`silhouette_score`] has it: a table of `cluster` and `silhouette`, in the order of the rows.
///
/// # Errors
/// Those of [`silhouette_score`].
pub fn silhouette_samples(records: &Array2<f64>, labels: &Target) -> Result<DataFrame> {
    let (codes, n_clusters) = checked(records, labels)?;
    let silhouettes = silhouettes(records, &codes, n_clusters)?;
    let Target::Classes { codes, labels } = labels else { return Ok(DataFrame::default()) };
    let names = codes.iter().map(|&code| labels.get(code as usize).cloned().unwrap_or_default());
    let columns = vec![
        Column::new("cluster".into(), names.collect::<Vec<String>>()),
        Column::new("silhouette".into(), silhouettes),
    ];
    Ok(DataFrame::new(records.nrows(), columns)?)
}

/// The mean over the clusters of how near the nearest other is, against how wide both are: `max (s_i + s_j) / d_ij`, with the mean distance `s` to
/// the center. Less is better, 0 the best.
///
/// # Errors
/// Those of [`silhouette_score`].
///
/// # References
/// 1. D. L. Davies, D. W. Bouldin, *A cluster separation measure*, 1979, doi:10.1109/TPAMI.1979.4766909
pub fn davies_bouldin(records: &Array2<f64>, labels: &Target) -> Result<f64> {
    let (codes, n_clusters) = checked(records, labels)?;
    let (centers, counts) = centers(records, &codes, n_clusters);
    let mut widths = Array1::<f64>::zeros(n_clusters);
    for (row, &cluster) in records.rows().into_iter().zip(&codes) {
        if let Some(width) = widths.get_mut(cluster) {
            *width += distance(row, centers.row(cluster));
        }
    }
    widths /= &counts;
    let is_flat = |value: f64| value.abs() <= 1e-8;
    let apart = |one: usize, other: usize| distance(centers.row(one), centers.row(other));
    let mut pairs = (0..n_clusters).flat_map(|one| (0..n_clusters).map(move |other| (one, other)));
    if widths.iter().all(|width| is_flat(*width)) || pairs.all(|(one, other)| is_flat(apart(one, other))) {
        return Ok(0.0);
    }
    let width = |cluster: usize| widths.get(cluster).copied().unwrap_or_default();
    let worst = |one: usize| {
        let others = (0..n_clusters).filter(|&other| other != one);
        // Centers that are the same are infinitely far apart, as in scikit-learn.
        let ratios = others.map(|other| match apart(one, other) {
            0.0 => 0.0,
            apart => (width(one) + width(other)) / apart,
        });
        ratios.fold(0.0, f64::max)
    };
    Ok((0..n_clusters).map(worst).sum::<f64>() / n_clusters as f64)
}

/// How much the clusters' centers differ against how much rows differ from their centers:
/// `(Σ n_k |c_k - c|² / (k - 1)) / (Σ |x - c_k|² / (n - k))`. Greater is better; 1 where rows do not differ from their centers.
///
/// # Errors
/// Those of [`silhouette_score`].
///
/// # References
/// 1. T. Calinski, J. Harabasz, *A dendrite method for cluster analysis*, 1974, doi:10.1080/03610927408827101
pub fn calinski_harabasz(records: &Array2<f64>, labels: &Target) -> Result<f64> {
    let (codes, n_clusters) = checked(records, labels)?;
    let (centers, counts) = centers(records, &codes, n_clusters);
    let center = records.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(records.ncols()));
    let square = |one: ndarray::ArrayView1<'_, f64>, other: ndarray::ArrayView1<'_, f64>| {
        one.iter().zip(other).map(|(one, other)| (one - other) * (one - other)).sum::<f64>()
    };
    let between: f64 =
        centers.rows().into_iter().zip(&counts).map(|(row, count)| count * square(row, center.view())).sum();
    let within: f64 =
        records.rows().into_iter().zip(&codes).map(|(row, &cluster)| square(row, centers.row(cluster))).sum();
    if within == 0.0 {
        return Ok(1.0);
    }
    Ok(between * (records.nrows() - n_clusters) as f64 / (within * (n_clusters as f64 - 1.0)))
}

/// The silhouette of each row.
fn silhouettes(records: &Array2<f64>, codes: &[usize], n_clusters: usize) -> Result<Vec<f64>> {
    let n = records.nrows();
    // Rows of a cluster side by side, so that sums over a cluster are sums over a stretch; and the center at 0, so that products stay exact.
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_key(|&row| codes.get(row).copied());
    let mut sorted = records.select(Axis(0), &order);
    if let Some(center) = sorted.mean_axis(Axis(0)) {
        sorted -= &center;
    }
    let squares: Vec<f64> = sorted.rows().into_iter().map(|row| row.dot(&row)).collect();
    let mut counts = vec![0_usize; n_clusters];
    for &cluster in codes {
        if let Some(count) = counts.get_mut(cluster) {
            *count += 1;
        }
    }
    let blocks = n.div_ceil(BLOCK_ROWS);
    let of_blocks = (0..blocks).into_par_iter().map(|block| {
        interrupt::check()?;
        let start = block * BLOCK_ROWS;
        let rows = sorted.slice(s![start..(start + BLOCK_ROWS).min(n), ..]);
        Ok(cluster_distances(rows, start, &sorted, &squares, &counts))
    });
    let of_blocks = of_blocks.collect::<Result<Vec<Array2<f64>>>>()?;
    let mut silhouettes = vec![0.0; n];
    let sums = of_blocks.iter().flat_map(|block| block.rows());
    for (&row, sums) in order.iter().zip(sums) {
        let own = codes.get(row).copied().unwrap_or_default();
        if let Some(place) = silhouettes.get_mut(row) {
            *place = silhouette(sums, own, &counts);
        }
    }
    Ok(silhouettes)
}

/// One row's silhouette from the sums of its distances to each cluster.
fn silhouette(sums: ndarray::ArrayView1<'_, f64>, own: usize, counts: &[usize]) -> f64 {
    let (mut inside, mut nearest) = (0.0, f64::INFINITY);
    for (cluster, (sum, &count)) in sums.iter().zip(counts).enumerate() {
        if cluster == own {
            inside = sum / (count as f64 - 1.0);
        } else {
            nearest = nearest.min(sum / count as f64);
        }
    }
    let silhouette = (nearest - inside) / inside.max(nearest);
    if silhouette.is_finite() { silhouette } else { 0.0 }
}

/// The sum of the distances of each of `rows`, which start at `start`, to the rows of each cluster.
fn cluster_distances(
    rows: ArrayView2<'_, f64>,
    start: usize,
    sorted: &Array2<f64>,
    squares: &[f64],
    counts: &[usize],
) -> Array2<f64> {
    let n = sorted.nrows();
    let mut sums = Array2::zeros((rows.nrows(), counts.len()));
    let mut products = Array2::zeros((rows.nrows(), BLOCK_OTHERS.min(n)));
    let mut first = 0;
    for (cluster, &count) in counts.iter().enumerate() {
        let end = first + count;
        while first < end {
            let until = (first + BLOCK_OTHERS).min(end);
            let others = sorted.slice(s![first..until, ..]);
            let mut products = products.slice_mut(s![.., ..until - first]);
            ndarray::linalg::general_mat_mul(-2.0, &rows, &others.t(), 0.0, &mut products);
            let Some(other_squares) = squares.get(first..until) else { break };
            for (position, products) in products.rows().into_iter().enumerate() {
                let own_square = squares.get(start + position).copied().unwrap_or_default();
                let mut sum = 0.0;
                for (product, square) in products.iter().zip(other_squares) {
                    sum += (product + (own_square + square)).max(0.0).sqrt();
                }
                // The distance to itself is 0, whatever the products make of it.
                if let Some(itself) = (start + position).checked_sub(first).filter(|other| *other < until - first) {
                    let product = products.get(itself).copied().unwrap_or_default();
                    sum -= (product + 2.0 * own_square).max(0.0).sqrt();
                }
                if let Some(place) = sums.get_mut((position, cluster)) {
                    *place += sum;
                }
            }
            first = until;
        }
    }
    sums
}

fn distance(one: ndarray::ArrayView1<'_, f64>, other: ndarray::ArrayView1<'_, f64>) -> f64 {
    one.iter().zip(other).map(|(one, other)| (one - other) * (one - other)).sum::<f64>().sqrt()
}

/// Which cluster each row is in, and how many there are.
fn checked(records: &Array2<f64>, labels: &Target) -> Result<(Vec<usize>, usize)> {
    let (codes, n_clusters) = clusters(labels)?;
    let n = records.nrows();
    if codes.len() != n {
        return Err(Error::LengthMismatch { what: "the labels".to_string(), found: codes.len(), expected: n });
    }
    if n_clusters < 2 || n_clusters >= n {
        return Err(Error::InvalidValue {
            what: "the number of clusters".to_string(),
            value: n_clusters.to_string(),
            allowed: format!("at least 2, and less than {n}, the number of rows"),
        });
    }
    for ((row, column), value) in records.indexed_iter() {
        if !value.is_finite() {
            return Err(Error::InvalidValue {
                what: format!("the value in row {row}, column {column} (0-based)"),
                value: format!("{value:?}"),
                allowed: "finite".to_string(),
            });
        }
    }
    Ok((codes, n_clusters))
}
