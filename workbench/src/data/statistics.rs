//! Sums, spreads and quantiles of slices in which NaN is missing; every order of summation is fixed.

use std::collections::HashMap;

/// Up to here a sum runs straight through; longer slices are halved, which keeps the rounding error at that of so many terms.
const SUM_RUN: usize = 1024;

/// The mean of the known values and their variance with `ddof` degrees of freedom taken away; `None` where none is known.
pub(crate) fn mean_variance(values: &[f64], ddof: usize) -> Option<(f64, f64)> {
    let count = known_count(values);
    if count == 0 {
        return None;
    }
    let mean = sum(values, |value| value) / count as f64;
    // What rounding left in the mean shows as a sum of differences that is not 0; taking it out again is scikit-learn's way.
    let correction = sum(values, |value| value - mean);
    let squares = sum(values, |value| (value - mean) * (value - mean));
    let variance = (squares - correction * correction / count as f64) / count.checked_sub(ddof)? as f64;
    Some((mean, variance))
}

/// The mean of the known values; `None` where none is known.
pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    let count = known_count(values);
    (count > 0).then(|| sum(values, |value| value) / count as f64)
}

/// The least and the greatest known value; `None` where none is known.
pub(crate) fn min_max(values: &[f64]) -> Option<(f64, f64)> {
    // `f64::min` and `f64::max` pass NaN over.
    let min = values.iter().copied().fold(f64::NAN, f64::min);
    let max = values.iter().copied().fold(f64::NAN, f64::max);
    (!min.is_nan()).then_some((min, max))
}

/// Whether the known values differ by no more than rounding, given their `mean` and `variance`.
///
/// The bound is that of scikit-learn: the variance that rounding alone gives to so many values about such a mean.
pub(crate) fn is_constant(values: &[f64], mean: f64, variance: f64) -> bool {
    varies_by_rounding(known_count(values), mean, variance) || min_max(values).is_none_or(|(min, max)| min == max)
}

/// Whether a variance is no more than rounding gives to `count` equal values.
pub(crate) fn varies_by_rounding(count: usize, mean: f64, variance: f64) -> bool {
    let count = count as f64;
    variance <= count * f64::EPSILON * variance + (count * mean * f64::EPSILON).powi(2)
}

/// The known values.
pub(crate) fn known(values: &[f64]) -> Vec<f64> {
    values.iter().copied().filter(|value| !value.is_nan()).collect()
}

/// The `fraction` quantile of values that are all known, between neighbours by linear interpolation as numpy does;
/// `None` where there are none. The values are left in another order.
pub(crate) fn quantile(values: &mut [f64], fraction: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let position = last as f64 * fraction;
    let below = (position.floor() as usize).min(last);
    let (_, &mut low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let high = above.iter().copied().fold(f64::NAN, f64::min);
    Some(between(low, high, position - below as f64))
}

/// The point between two neighbours, as numpy finds it: from the nearer end. A `high` that is NaN is not there.
pub(crate) fn between(low: f64, high: f64, weight: f64) -> f64 {
    if high.is_nan() || weight == 0.0 {
        return low;
    }
    if weight < 0.5 { low + (high - low) * weight } else { high - (high - low) * (1.0 - weight) }
}

/// The value that comes most often, the smallest of several such; `None` where none is known.
pub(crate) fn most_frequent(values: &[f64]) -> Option<f64> {
    // Adding 0 makes -0 equal to 0.
    let mut sorted: Vec<f64> = values.iter().filter(|value| !value.is_nan()).map(|value| value + 0.0).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    longest_run(&sorted)
}

/// The integer that comes most often, the smallest of several such.
pub(crate) fn most_frequent_integer(values: &mut [i64]) -> Option<i64> {
    values.sort_unstable();
    longest_run(values)
}

/// The text that comes most often, the first by its bytes of several such.
pub(crate) fn most_frequent_text<'a>(values: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts.into_iter().max_by(|(a, a_count), (b, b_count)| a_count.cmp(b_count).then(b.cmp(a))).map(|(value, _)| value)
}

fn longest_run<T: Copy + PartialEq>(sorted: &[T]) -> Option<T> {
    let mut best: Option<(T, usize)> = None;
    for run in sorted.chunk_by(T::eq) {
        if let Some(&value) = run.first()
            && best.is_none_or(|(_, length)| run.len() > length)
        {
            best = Some((value, run.len()));
        }
    }
    best.map(|(value, _)| value)
}

fn known_count(values: &[f64]) -> usize {
    values.iter().filter(|value| !value.is_nan()).count()
}

/// The sum of `term` over the known values.
fn sum(values: &[f64], term: impl Fn(f64) -> f64 + Copy) -> f64 {
    if values.len() > SUM_RUN {
        let (left, right) = values.split_at(values.len() / 2);
        return sum(left, term) + sum(right, term);
    }
    let mut lanes = [0.0; 8];
    let chunks = values.chunks_exact(lanes.len());
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += if value.is_nan() { 0.0 } else { term(value) };
        }
    }
    let rest: f64 = rest.iter().filter(|value| !value.is_nan()).map(|&value| term(value)).sum();
    lanes.iter().sum::<f64>() + rest
}
