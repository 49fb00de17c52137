//! Sums, spreads and quantiles of slices in which NaN is missing; every order of summation is fixed.

use std::collections::HashMap;

use polars::prelude::{Column, DataType};

use super::array;
use crate::error::Result;

/// Up to here a sum runs straight through; longer slices are halved, which keeps the rounding error at that of so many terms.
const SUM_RUN: usize = 1024;
/// Sums kept side by side.
const LANES: usize = 8;
/// Up to here a quantile is selected among a copy of all values.
const SELECT_ALL_MAX: usize = 1 << 15;
/// Values of each block that tell where about a quantile is.
const SAMPLED_PER_BLOCK: usize = 8;

/// Number, mean, spread and range of the known values, learnt in one pass over memory.
///
/// Each block is looked at twice while it is in the innermost cache, and the blocks are joined pairwise, so that the result is as exact as that of two passes.
///
/// # References
/// 1. Chan TF, Golub GH, LeVeque RJ (1983). Algorithms for computing the sample variance. <https://doi.org/10.1080/00031305.1983.10483115>
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary {
    /// How many values are known.
    pub(crate) count: usize,
    /// Their mean; 0 where none is known.
    pub(crate) mean: f64,
    /// The sum of their squared distances from the mean.
    pub(crate) squares: f64,
    /// The least; infinite where none is known.
    pub(crate) min: f64,
    /// The greatest; infinite where none is known.
    pub(crate) max: f64,
}

impl Summary {
    const NONE: Self = Self { count: 0, mean: 0.0, squares: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY };

    /// Of a column of numbers, missing left out.
    pub(crate) fn of_column(column: &Column) -> Result<Self> {
        let mut pairs = Pairs::default();
        array::for_each_block(column, |block| pairs.push(Self::of_block(block)))?;
        Ok(pairs.joined())
    }

    /// Of a slice in which NaN is missing.
    pub(crate) fn of(values: &[f64]) -> Self {
        let mut pairs = Pairs::default();
        values.chunks(array::BLOCK_VALUES).for_each(|block| pairs.push(Self::of_block(block)));
        pairs.joined()
    }

    /// The sum of squares divided by `count - ddof`; `None` where that is not above 0.
    pub(crate) fn variance(&self, ddof: usize) -> Option<f64> {
        let divisor = self.count.checked_sub(ddof).filter(|divisor| *divisor > 0)?;
        Some(self.squares / divisor as f64)
    }

    /// Whether a known value is infinite.
    pub(crate) fn is_infinite(&self) -> bool {
        self.count > 0 && (self.min.is_infinite() || self.max.is_infinite())
    }

    /// Whether the known values differ by no more than rounding.
    ///
    /// The bound is that of scikit-learn: the variance that rounding alone gives to so many values about such a mean.
    pub(crate) fn is_constant(&self) -> bool {
        varies_by_rounding(self.count, self.mean, self.variance(0).unwrap_or_default()) || self.min == self.max
    }

    pub(crate) fn of_block(block: &[f64]) -> Self {
        // Loops of few sums each, all over the innermost cache: more sums at a time would not fit into the registers.
        let mut sums = [0.0; LANES];
        lanes(block, |lane, value| sums[lane] += value);
        let mut sum = sums.iter().sum::<f64>();
        let mut count = block.len() as f64;
        // NaN anywhere makes the sum NaN. Most blocks have none, or all do.
        let has_missing = sum.is_nan();
        if has_missing {
            (sum, count) = sum_and_count(block);
        }
        if count == 0.0 {
            return Self::NONE;
        }
        let mean = sum / count;
        let (mut squares, mut corrections) = ([0.0; LANES], [0.0; LANES]);
        if has_missing {
            lanes(block, |lane, value| {
                let distance = if value.is_nan() { 0.0 } else { value - mean };
                squares[lane] += distance * distance;
                corrections[lane] += distance;
            });
        } else {
            lanes(block, |lane, value| {
                let distance = value - mean;
                squares[lane] += distance * distance;
                corrections[lane] += distance;
            });
        }
        let (mut mins, mut maxs) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
        lanes(block, |lane, value| {
            mins[lane] = if value < mins[lane] { value } else { mins[lane] };
            maxs[lane] = if value > maxs[lane] { value } else { maxs[lane] };
        });
        // What rounding left in the mean shows as a sum of differences that is not 0; taking it out again is scikit-learn's way.
        let correction = corrections.iter().sum::<f64>();
        Self {
            count: count as usize,
            mean,
            squares: squares.iter().sum::<f64>() - correction * correction / count,
            min: mins.iter().copied().fold(f64::INFINITY, f64::min),
            max: maxs.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }

    fn join(self, other: Self) -> Self {
        if self.count == 0 {
            return other;
        }
        if other.count == 0 {
            return self;
        }
        let count = self.count + other.count;
        let share = other.count as f64 / count as f64;
        let distance = other.mean - self.mean;
        Self {
            count,
            mean: self.mean + distance * share,
            squares: self.squares + other.squares + distance * distance * self.count as f64 * share,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }
}

/// Summaries joined pairwise as they come: each stands for a power of two of blocks, the longest first.
#[derive(Default)]
struct Pairs {
    waiting: Vec<(u32, Summary)>,
}

impl Pairs {
    fn push(&mut self, summary: Summary) {
        let (mut level, mut summary) = (0, summary);
        while let Some((_, before)) = self.waiting.pop_if(|(before, _)| *before == level) {
            summary = before.join(summary);
            level += 1;
        }
        self.waiting.push((level, summary));
    }

    fn joined(self) -> Summary {
        self.waiting.into_iter().rev().fold(Summary::NONE, |later, (_, earlier)| earlier.join(later))
    }
}

/// Calls `work` with each value and the number of its lane: as many sums as a processor adds up at a time.
#[inline(always)]
fn lanes(block: &[f64], mut work: impl FnMut(usize, f64)) {
    let (whole, rest) = block.as_chunks::<LANES>();
    for values in whole {
        for (lane, &value) in values.iter().enumerate() {
            work(lane, value);
        }
    }
    for (lane, &value) in rest.iter().enumerate() {
        work(lane, value);
    }
}

/// The sum and the number of the known values of a block.
fn sum_and_count(block: &[f64]) -> (f64, f64) {
    let (mut sums, mut counts) = ([0.0; LANES], [0.0; LANES]);
    lanes(block, |lane, value| {
        let is_known = !value.is_nan();
        sums[lane] += if is_known { value } else { 0.0 };
        counts[lane] += if is_known { 1.0 } else { 0.0 };
    });
    (sums.iter().sum(), counts.iter().sum())
}

/// The number of known values of a column of numbers and their mean, which is not finite where a value is not, or where their sum is too great.
pub(crate) fn column_mean(column: &Column) -> Result<(usize, f64)> {
    // Block by block, then pairwise over the blocks, so that the rounding error stays that of few terms.
    let (mut sums, mut count) = (Vec::with_capacity(column.len() / array::BLOCK_VALUES + 1), 0.0);
    array::for_each_block(column, |block| {
        let (block_sum, block_count) = sum_and_count(block);
        sums.push(block_sum);
        count += block_count;
    })?;
    Ok((count as usize, if count > 0.0 { sum(&sums, |value| value) / count } else { 0.0 }))
}

/// The mean of the known values and their variance with `ddof` degrees of freedom taken away; `None` where none is known.
pub(crate) fn mean_variance(values: &[f64], ddof: usize) -> Option<(f64, f64)> {
    let summary = Summary::of(values);
    if summary.count == 0 {
        return None;
    }
    Some((summary.mean, summary.variance(ddof).unwrap_or(f64::NAN)))
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

/// Whether a variance is no more than rounding gives to `count` equal values of this mean: scikit-learn's bound.
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
    interpolated(values, below, position - below as f64)
}

/// The `fraction` quantile of sorted values, as [`quantile`] finds it.
pub(crate) fn sorted_quantile(sorted: &[f64], fraction: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = last as f64 * fraction;
    let below = (position.floor() as usize).min(last);
    let low = *sorted.get(below)?;
    let high = sorted.get(below + 1).copied().unwrap_or(low);
    let weight = position - below as f64;
    Some(between(low, high, weight))
}

/// `count` numbers from `start` to `stop` at equal distances, as numpy's `linspace` rounds them.
pub(crate) fn evenly_spaced(start: f64, stop: f64, count: usize) -> Vec<f64> {
    let step = (stop - start) / count.saturating_sub(1).max(1) as f64;
    let mut numbers: Vec<f64> = (0..count).map(|place| place as f64 * step + start).collect();
    if let [_, .., last] = numbers.as_mut_slice() {
        *last = stop;
    }
    numbers
}

/// The value at `place` in order, moved by `weight` towards the next.
fn interpolated(values: &mut [f64], place: usize, weight: f64) -> Option<f64> {
    if place >= values.len() {
        return None;
    }
    let (_, &mut low, above) = values.select_nth_unstable_by(place, f64::total_cmp);
    let high = above.iter().copied().fold(f64::NAN, f64::min);
    Some(between(low, high, weight))
}

/// The point between two neighbours, as numpy finds it: from the nearer end. A `high` that is NaN is not there.
pub(crate) fn between(low: f64, high: f64, weight: f64) -> f64 {
    if high.is_nan() || weight == 0.0 {
        return low;
    }
    if weight < 0.5 { low + (high - low) * weight } else { high - (high - low) * (1.0 - weight) }
}

/// The `fractions` quantiles of the known values of a column, and how many are known; `None` where none is.
///
/// A sample tells between which two values each quantile lies. One pass over the column counts what is below and keeps the few between, among which it is
/// then selected: the result is exact, and so is the count. Where the sample misleads, all values are looked at. An infinite value is an error.
pub(crate) fn column_quantiles(column: &Column, fractions: &[f64]) -> Result<Option<(usize, Vec<f64>)>> {
    if column.len() <= SELECT_ALL_MAX {
        let known = known(&array::numbers(column)?);
        if known.iter().any(|value| value.is_infinite()) {
            return Err(array::not_finite(column)?);
        }
        return Ok(quantiles_of_all(known, fractions));
    }
    let mut sample = Vec::with_capacity(column.len() / array::BLOCK_VALUES * SAMPLED_PER_BLOCK);
    let floats = if column.dtype() == &DataType::Float64 { Some(column.f64()?) } else { None };
    if let Some(Ok(values)) = floats.map(|floats| floats.cont_slice()) {
        // Without nulls there is no need to touch the values between.
        let blocks = values.chunks(array::BLOCK_VALUES);
        sample.extend(blocks.flat_map(|block| block.iter().take(SAMPLED_PER_BLOCK)).filter(|value| !value.is_nan()));
    } else {
        array::for_each_block(column, |block| {
            sample.extend(block.iter().take(SAMPLED_PER_BLOCK).filter(|value| !value.is_nan()));
        })?;
    }
    sample.sort_unstable_by(f64::total_cmp);
    let mut brackets: Vec<Bracket> = fractions.iter().map(|&fraction| Bracket::of(&sample, fraction)).collect();
    let (mut n_known, mut is_infinite) = (0, false);
    array::for_each_block(column, |block| {
        n_known += block.iter().map(|value| u32::from(!value.is_nan())).sum::<u32>() as usize;
        is_infinite |= block.iter().fold(false, |is, value| is | value.is_infinite());
        brackets.iter_mut().for_each(|bracket| bracket.take(block));
    })?;
    if is_infinite {
        return Err(array::not_finite(column)?);
    }
    let found: Option<Vec<f64>> =
        brackets.iter_mut().zip(fractions).map(|(bracket, &fraction)| bracket.quantile(n_known, fraction)).collect();
    match found {
        Some(quantiles) => Ok(Some((n_known, quantiles))),
        None => Ok(quantiles_of_all(known(&array::numbers(column)?), fractions)),
    }
}

fn quantiles_of_all(mut known: Vec<f64>, fractions: &[f64]) -> Option<(usize, Vec<f64>)> {
    let quantiles: Option<Vec<f64>> = fractions.iter().map(|&fraction| quantile(&mut known, fraction)).collect();
    (!known.is_empty()).then_some((known.len(), quantiles?))
}

/// Two values between which a quantile is likely to lie, how many are below them, and all that lie between.
struct Bracket {
    low: f64,
    high: f64,
    n_below: usize,
    inside: Vec<f64>,
}

impl Bracket {
    fn of(sorted_sample: &[f64], fraction: f64) -> Self {
        let last = sorted_sample.len().saturating_sub(1) as f64;
        // Five standard deviations of a sample's rank.
        let spread = 5.0 * (last * fraction * (1.0 - fraction)).sqrt() + 5.0;
        let at = |rank: f64| sorted_sample.get(rank as usize).copied();
        let (low, high) = (last * fraction - spread, last * fraction + spread);
        Self {
            low: if low < 0.0 { f64::NEG_INFINITY } else { at(low).unwrap_or(f64::NEG_INFINITY) },
            high: if high > last { f64::INFINITY } else { at(high).unwrap_or(f64::INFINITY) },
            n_below: 0,
            inside: Vec::new(),
        }
    }

    fn take(&mut self, block: &[f64]) {
        let (low, high) = (self.low, self.high);
        self.n_below += block.iter().map(|&value| u32::from(value < low)).sum::<u32>() as usize;
        // Few values lie inside, so most runs of eight are passed over by a few vector instructions.
        let is_inside = |value: f64| (value >= low) & (value <= high);
        let (runs, rest) = block.as_chunks::<8>();
        for run in runs {
            if run.iter().fold(false, |any, &value| any | is_inside(value)) {
                self.inside.extend(run.iter().filter(|&&value| is_inside(value)));
            }
        }
        self.inside.extend(rest.iter().filter(|&&value| is_inside(value)));
    }

    /// The quantile of `n_known` values; `None` where it lies outside.
    fn quantile(&mut self, n_known: usize, fraction: f64) -> Option<f64> {
        let last = n_known.checked_sub(1)?;
        let position = last as f64 * fraction;
        let below = (position.floor() as usize).min(last);
        let place = below.checked_sub(self.n_below)?;
        let needed = if below < last { place + 1 } else { place };
        if needed >= self.inside.len() {
            return None;
        }
        interpolated(&mut self.inside, place, position - below as f64)
    }
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
