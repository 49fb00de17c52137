//! The best split of a node, found in its histograms.
//!
//! `gain = G_l² / (H_l + λ) + G_r² / (H_r + λ) + G · value`, where `G` and `H` are sums of gradients and hessians on the left, on the right and in the node,
//! and `value` is the node's own.

use super::bins::{Edges, Feature};
use super::histogram::{Entry, Histogram, Scale};

/// Keeps a division from being one by 0.
const TINY: f64 = 1e-15;
/// The least sum of hessians in a child.
const MIN_HESSIAN: f64 = 1e-3;
/// Categories of fewer rows are not told apart.
const MIN_CATEGORY_SUPPORT: f64 = 10.0;

/// Bins that go left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cut {
    /// Bins up to this one.
    Bin(u8),
    /// Bins whose bit is set.
    Set([u64; 4]),
}

/// A way to split a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Split {
    pub(super) gain: f64,
    pub(super) feature: usize,
    pub(super) cut: Cut,
    pub(super) missing_left: bool,
    /// The sums of the left child.
    pub(super) left: Entry,
}

/// Which way predictions may go with a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Any,
    Up,
    Down,
}

/// What a split must hold to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) scale: Scale,
    pub(super) min_samples_leaf: i64,
    pub(super) l2: f64,
    /// Whether any feature has a direction, so that values have bounds.
    pub(super) bounded: bool,
}

/// The node that is to be split.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parent {
    pub(super) total: Entry,
    pub(super) value: f64,
    pub(super) lower: f64,
    pub(super) upper: f64,
}

impl Limits {
    /// What a node of these sums tells.
    pub(super) fn value(&self, sums: Entry, lower: f64, upper: f64) -> f64 {
        bounded_value(self.scale.gradient(sums), self.scale.hessian(sums), self.l2, lower, upper)
    }
}

fn bounded_value(gradient: f64, hessian: f64, l2: f64, lower: f64, upper: f64) -> f64 {
    let value = -gradient / (hessian + l2 + TINY);
    if value < lower {
        lower
    } else if value > upper {
        upper
    } else {
        value
    }
}

/// Sums left of each bin, and what they make, written over by every feature.
pub(super) struct Room {
    gradients: [f64; 256],
    hessians: [f64; 256],
    squares: [f64; 256],
}

impl Room {
    pub(super) fn new() -> Self {
        Self { gradients: [0.0; 256], hessians: [0.0; 256], squares: [0.0; 256] }
    }
}

/// Puts the best split of feature number `number` in place of `best`, if it is better.
#[allow(clippy::too_many_arguments, reason = "a histogram, its feature, its node and what was found so far")]
pub(super) fn scan(
    histogram: &Histogram,
    number: usize,
    feature: &Feature,
    direction: Direction,
    limits: &Limits,
    parent: &Parent,
    best: &mut Option<Split>,
    room: &mut Room,
) {
    match feature.edges {
        Edges::Categories(_) => scan_categories(histogram, number, feature, limits, parent, best),
        Edges::Thresholds(_) if limits.bounded => {
            scan_bounded(histogram, number, feature, direction, limits, parent, best);
        }
        Edges::Thresholds(_) => scan_numbers(histogram, number, feature, limits, parent, best, room),
    }
}

/// Where neither bounds nor directions matter: in units of the histogram, all bins first and then the greatest of them, so that nothing waits for a branch.
fn scan_numbers(
    histogram: &Histogram,
    number: usize,
    feature: &Feature,
    limits: &Limits,
    parent: &Parent,
    best: &mut Option<Split>,
    room: &mut Room,
) {
    let Scale { gradient_unit, hessian_unit, .. } = limits.scale;
    let gain_unit = gradient_unit * gradient_unit / hessian_unit;
    let own = limits.scale.gradient(parent.total) * parent.value;
    // What the two squares must add up to.
    let mut record = (best.as_ref().map_or(0.0, |best| best.gain) - own) / gain_unit;
    let missing = histogram[feature.n_bins.min(255)];
    let ways: &[bool] = if feature.has_missing { &[false, true] } else { &[false] };
    for &missing_left in ways {
        let before: Entry = if missing_left { missing } else { [0, 0] };
        let end = if feature.has_missing && !missing_left { feature.n_bins } else { feature.n_bins.saturating_sub(1) };
        let found = best_bin(histogram, end, before, limits, parent, missing_left, record, room);
        let Some((bin, squares)) = found else { continue };
        record = squares;
        let gain = squares * gain_unit + own;
        if gain > 0.0 {
            let sum = |sum: Entry, entry: &Entry| [sum[0] + entry[0], sum[1] + entry[1]];
            let left = histogram.iter().take(bin + 1).fold(before, sum);
            *best = Some(Split { gain, feature: number, cut: Cut::Bin(bin as u8), missing_left, left });
        }
    }
}

/// Of the first `end` bins the one after which `G_l² / (H_l + λ) + G_r² / (H_r + λ)` is greatest, and how great it is, in units of the histogram. Of equal ones
/// it is the first, or the last. What is `before` the bins goes left, too. Nothing, where that is not above `record`.
#[allow(clippy::too_many_arguments, reason = "a histogram, its node, and which bin is wanted")]
fn best_bin(
    histogram: &Histogram,
    end: usize,
    before: Entry,
    limits: &Limits,
    parent: &Parent,
    last_of_equals: bool,
    record: f64,
    room: &mut Room,
) -> Option<(usize, f64)> {
    let Scale { hessian_unit, count_bits, .. } = limits.scale;
    let mask = (1_i64 << count_bits) - 1;
    let [total_gradient, packed] = parent.total;
    let min_hessian = (MIN_HESSIAN / hessian_unit).ceil() as i64;
    let is_large = |entry: Entry| entry[1] & mask >= limits.min_samples_leaf && entry[1] >> count_bits >= min_hessian;
    let bins = histogram.get(..end)?;
    // From both ends to where a child is large enough.
    let mut left = before;
    let mut first = 0;
    loop {
        let entry = bins.get(first)?;
        let next = [left[0] + entry[0], left[1] + entry[1]];
        if is_large(next) {
            break;
        }
        left = next;
        first += 1;
    }
    // What comes after the bins: the last one, or what is missing.
    let mut right: Entry = *histogram.get(end)?;
    let mut stop = end;
    while !is_large(right) {
        stop -= 1;
        if stop <= first {
            return None;
        }
        let entry = bins.get(stop)?;
        right = [right[0] + entry[0], right[1] + entry[1]];
    }
    let l2 = (limits.l2 + TINY) / hessian_unit;
    let (total, total_hessian) = (total_gradient as f64, (packed >> count_bits) as f64);
    let bins = bins.get(first..stop)?;
    let Room { gradients, hessians, squares } = room;
    for ((entry, gradient), hessian) in bins.iter().zip(gradients.iter_mut()).zip(hessians.iter_mut()) {
        left[0] += entry[0];
        left[1] += entry[1];
        *gradient = left[0] as f64;
        *hessian = (left[1] >> count_bits) as f64;
    }
    let n = bins.len();
    // A multiple of 4, so that there is no rest. What is beyond the bins is not looked at.
    let padded = n.next_multiple_of(4).min(256);
    let sums = gradients.iter().zip(hessians.iter()).take(padded);
    for (squares, (&gl, &hl)) in squares.iter_mut().zip(sums) {
        let (gr, hr) = (total - gl, total_hessian - hl + l2);
        let hl = hl + l2;
        *squares = (gl * gl * hr + gr * gr * hl) / (hl * hr);
    }
    let squares = squares.get(..n)?;
    let mut lanes = [f64::NEG_INFINITY; 4];
    let chunks = squares.chunks_exact(4);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = if value > *lane { value } else { *lane };
        }
    }
    let greatest = lanes.iter().chain(rest).fold(f64::NEG_INFINITY, |a, &b| if b > a { b } else { a });
    if greatest <= record || greatest.is_nan() {
        return None;
    }
    let is_greatest = |value: &f64| *value == greatest;
    let position =
        if last_of_equals { squares.iter().rposition(is_greatest) } else { squares.iter().position(is_greatest) };
    Some((first + position?, greatest))
}

/// What a split gains, or nothing where it is not allowed.
fn gain(left: Entry, direction: Direction, limits: &Limits, parent: &Parent) -> Option<f64> {
    let scale = &limits.scale;
    let right = [parent.total[0] - left[0], parent.total[1] - left[1]];
    let (gl, gr) = (scale.gradient(left), scale.gradient(right));
    let low = bounded_value(gl, scale.hessian(left), limits.l2, parent.lower, parent.upper);
    let high = bounded_value(gr, scale.hessian(right), limits.l2, parent.lower, parent.upper);
    if direction == Direction::Up && low > high || direction == Direction::Down && low < high {
        return None;
    }
    Some(scale.gradient(parent.total) * parent.value - low * gl - high * gr)
}

/// Whether both children are large enough; an error where the left one is already too large.
fn check(left: Entry, limits: &Limits, parent: &Parent) -> Result<bool, ()> {
    let scale = &limits.scale;
    let right = [parent.total[0] - left[0], parent.total[1] - left[1]];
    if scale.count(left) < limits.min_samples_leaf || scale.hessian(left) < MIN_HESSIAN {
        return Ok(false);
    }
    if scale.count(right) < limits.min_samples_leaf || scale.hessian(right) < MIN_HESSIAN {
        return Err(());
    }
    Ok(true)
}

fn scan_bounded(
    histogram: &Histogram,
    number: usize,
    feature: &Feature,
    direction: Direction,
    limits: &Limits,
    parent: &Parent,
    best: &mut Option<Split>,
) {
    let missing_ways: &[bool] = if feature.has_missing { &[false, true] } else { &[false] };
    for &missing_left in missing_ways {
        let missing = histogram[feature.n_bins.min(255)];
        let mut left: Entry = if missing_left { missing } else { [0, 0] };
        let end = if feature.has_missing && !missing_left { feature.n_bins } else { feature.n_bins.saturating_sub(1) };
        for (bin, entry) in histogram.iter().enumerate().take(end) {
            left = [left[0] + entry[0], left[1] + entry[1]];
            match check(left, limits, parent) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(()) => break,
            }
            if let Some(gain) = gain(left, direction, limits, parent)
                && gain > best.as_ref().map_or(0.0, |best| best.gain)
            {
                *best = Some(Split { gain, feature: number, cut: Cut::Bin(bin as u8), missing_left, left });
            }
        }
    }
}

/// Categories in the order of gradient over hessian, tried from both ends to the middle; those of few rows go right.
fn scan_categories(
    histogram: &Histogram,
    number: usize,
    feature: &Feature,
    limits: &Limits,
    parent: &Parent,
    best: &mut Option<Split>,
) {
    let scale = &limits.scale;
    let support = scale.count(parent.total) as f64 / scale.hessian(parent.total);
    let n_used = feature.n_bins + usize::from(feature.has_missing);
    let mut order: Vec<(f64, usize)> = Vec::with_capacity(n_used);
    for (bin, entry) in histogram.iter().enumerate().take(n_used) {
        let hessian = scale.hessian(*entry);
        if hessian * support >= MIN_CATEGORY_SUPPORT {
            order.push((scale.gradient(*entry) / (hessian + MIN_CATEGORY_SUPPORT), bin));
        }
    }
    if order.len() <= 1 {
        return;
    }
    order.sort_by(|(a, i), (b, j)| a.total_cmp(b).then(i.cmp(j)));
    let middle = order.len().div_ceil(2);
    let ends: [(usize, Box<dyn Iterator<Item = &(f64, usize)>>); 2] =
        [(middle, Box::new(order.iter())), (middle - 1, Box::new(order.iter().rev()))];
    for (n, categories) in ends {
        let mut left: Entry = [0, 0];
        let mut set = [0_u64; 4];
        for &(_, bin) in categories.take(n) {
            let entry = histogram[bin.min(255)];
            left = [left[0] + entry[0], left[1] + entry[1]];
            set[(bin / 64).min(3)] |= 1 << (bin % 64);
            match check(left, limits, parent) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(()) => break,
            }
            if let Some(gain) = gain(left, Direction::Any, limits, parent)
                && gain > best.as_ref().map_or(0.0, |best| best.gain)
            {
                let missing = feature.n_bins.min(255);
                let missing_left = set[missing / 64] >> (missing % 64) & 1 == 1;
                *best = Some(Split { gain, feature: number, cut: Cut::Set(set), missing_left, left });
            }
        }
    }
}
