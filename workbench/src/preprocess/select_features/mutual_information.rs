//! Mutual information by nearest neighbours, as scikit-learn estimates it.

use rand_chacha::rand_core::RngCore;

use super::special::digamma;
use crate::error::Result;
use crate::train::{interrupt, random};

/// A variable.
pub(super) enum Kind {
    Discrete(Vec<u32>),
    Continuous(Vec<f64>),
}

impl Kind {
    /// The distinct values as classes.
    pub(super) fn counted(values: &[f64]) -> Self {
        let mut distinct = values.to_vec();
        distinct.sort_by(f64::total_cmp);
        distinct.dedup();
        Self::Discrete(values.iter().map(|value| distinct.partition_point(|other| other < value) as u32).collect())
    }
}

/// `values` of unit variance, with so little noise that it only tells equal ones apart.
pub(super) fn noisy(values: &[f64], seed: u64, stream: u64) -> Vec<f64> {
    let n_rows = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n_rows;
    let deviation = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n_rows).sqrt();
    // The deviation of equal values is rounding.
    let is_constant = values.windows(2).all(|pair| pair.first() == pair.last());
    let scale = if is_constant || deviation == 0.0 { 1.0 } else { deviation };
    let magnitude = values.iter().map(|value| (value / scale).abs()).sum::<f64>() / n_rows;
    let noise = 1e-10 * magnitude.max(1.0);
    let mut generator = random::stream(seed, stream);
    // From 0, exclusive, to 1.
    let mut uniform = || ((generator.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    let mut normal = || (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos();
    values.iter().map(|value| value / scale + noise * normal()).collect()
}

/// The mutual information of two variables in nats, looking at `k` neighbours; never negative.
pub(super) fn mutual_information(x: &Kind, y: &Kind, k: usize) -> Result<f64> {
    let estimate = match (x, y) {
        (Kind::Discrete(x), Kind::Discrete(y)) => of_discrete(x, y),
        (Kind::Continuous(x), Kind::Discrete(y)) | (Kind::Discrete(y), Kind::Continuous(x)) => of_mixed(x, y, k)?,
        (Kind::Continuous(x), Kind::Continuous(y)) => of_continuous(x, y, k)?,
    };
    Ok(estimate.max(0.0))
}

fn of_discrete(x: &[u32], y: &[u32]) -> f64 {
    let mut pairs: Vec<(u32, u32)> = x.iter().copied().zip(y.iter().copied()).collect();
    pairs.sort_unstable();
    let count = |values: &[u32]| {
        let mut counts = vec![0.0; values.iter().max().map_or(0, |&max| max as usize + 1)];
        for &value in values {
            if let Some(count) = counts.get_mut(value as usize) {
                *count += 1.0;
            }
        }
        counts
    };
    let (of_x, of_y, n) = (count(x), count(y), x.len() as f64);
    let term = |run: &[(u32, u32)]| {
        let &(a, b) = run.first()?;
        let both = run.len() as f64;
        Some(both / n * (both * n / (of_x.get(a as usize)? * of_y.get(b as usize)?)).ln())
    };
    pairs.chunk_by(PartialEq::eq).filter_map(term).sum()
}

/// Just less than `distance`, so that the neighbour at that distance is left out.
fn within(distance: f64) -> f64 {
    if distance > 0.0 { distance.next_down() } else { 0.0 }
}

/// How many of `sorted` are no further than `radius` from `value`.
fn count_within(sorted: &[f64], value: f64, radius: f64) -> f64 {
    let start = sorted.partition_point(|other| value - other > radius);
    let end = sorted.partition_point(|other| other - value <= radius);
    end.saturating_sub(start) as f64
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// Ross: neighbours within a class beside neighbours among all.
fn of_mixed(values: &[f64], classes: &[u32], k: usize) -> Result<f64> {
    let n_classes = classes.iter().max().map_or(0, |&max| max as usize + 1);
    let mut members: Vec<Vec<f64>> = vec![Vec::new(); n_classes];
    for (&value, &class) in values.iter().zip(classes) {
        if let Some(members) = members.get_mut(class as usize) {
            members.push(value);
        }
    }
    // Those alone in their class have no neighbour there.
    members.retain(|members| members.len() > 1);
    let all = sorted(members.iter().flatten().copied());
    let n_rows = all.len() as f64;
    if all.is_empty() {
        return Ok(0.0);
    }
    let (mut of_k, mut of_class, mut of_all) = (0.0, 0.0, 0.0);
    for members in members {
        let members = sorted(members.into_iter());
        let (count, k) = (members.len() as f64, k.min(members.len() - 1));
        of_k += count * digamma(k as f64);
        of_class += count * digamma(count);
        for (position, &value) in members.iter().enumerate() {
            if position % 4096 == 0 {
                interrupt::check()?;
            }
            let radius = within(neighbour_distance(&members, position, value, k));
            of_all += digamma(count_within(&all, value, radius));
        }
    }
    Ok(digamma(n_rows) + (of_k - of_class - of_all) / n_rows)
}

/// The distance from the value at `position` to its `k`-th neighbour.
fn neighbour_distance(sorted: &[f64], position: usize, value: f64, k: usize) -> f64 {
    let (mut below, mut above) = (position.checked_sub(1), position + 1);
    let mut distance = 0.0;
    for _ in 0..k {
        let down = below.and_then(|below| sorted.get(below)).map(|other| value - other);
        let up = sorted.get(above).map(|other| other - value);
        match (down, up) {
            (Some(down), up) if up.is_none_or(|up| down <= up) => {
                distance = down;
                below = below.and_then(|below| below.checked_sub(1));
            }
            (_, Some(up)) => {
                distance = up;
                above += 1;
            }
            _ => break,
        }
    }
    distance
}

/// Kraskov: neighbours in the plane by the greater of both distances, beside neighbours on each axis.
fn of_continuous(x: &[f64], y: &[f64], k: usize) -> Result<f64> {
    let n_rows = x.len();
    let mut points: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let (xs, ys) = (sorted(x.iter().copied()), sorted(y.iter().copied()));
    if n_rows < 2 {
        return Ok(0.0);
    }
    let k = k.min(n_rows - 1);
    let (mut of_x, mut of_y) = (0.0, 0.0);
    let mut nearest = Vec::with_capacity(k + 1);
    for (position, &point) in points.iter().enumerate() {
        if position % 1024 == 0 {
            interrupt::check()?;
        }
        let radius = within(plane_distance(&points, position, point, k, &mut nearest));
        of_x += digamma(count_within(&xs, point.0, radius));
        of_y += digamma(count_within(&ys, point.1, radius));
    }
    let n = n_rows as f64;
    Ok(digamma(n) + digamma(k as f64) - of_x / n - of_y / n)
}

/// The distance to the `k`-th neighbour of the point at `position`. Points are sorted by their first number, so the search ends on either side where that alone is
/// too far.
fn plane_distance(points: &[(f64, f64)], position: usize, point: (f64, f64), k: usize, nearest: &mut Vec<f64>) -> f64 {
    nearest.clear();
    let (mut below, mut above) = (position.checked_sub(1), Some(position + 1));
    loop {
        let furthest = if nearest.len() < k { f64::INFINITY } else { nearest.last().copied().unwrap_or(0.0) };
        let down = below.and_then(|below| points.get(below)).filter(|other| point.0 - other.0 < furthest);
        let up = above.and_then(|above| points.get(above)).filter(|other| other.0 - point.0 < furthest);
        let other = match (down, up) {
            (Some(down), up) if up.is_none_or(|up| point.0 - down.0 <= up.0 - point.0) => {
                below = below.and_then(|below| below.checked_sub(1));
                down
            }
            (_, Some(up)) => {
                above = above.map(|above| above + 1);
                up
            }
            _ => return furthest,
        };
        let distance = (other.0 - point.0).abs().max((other.1 - point.1).abs());
        if distance < furthest {
            let place = nearest.partition_point(|known| *known <= distance);
            nearest.insert(place, distance);
            nearest.truncate(k);
        }
    }
}
