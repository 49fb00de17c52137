//! Sums of gradients, hessians and rows for each bin, as whole numbers.
//!
//! Gradients and hessians are rounded to multiples of a power of two, so fine that the sum over all rows just fits. Whole numbers add up to the same in any
//! order, so a histogram does not depend on threads, and the greater child's is its parent's less the smaller child's without an error. A hessian and a
//! count of rows share a number: the count has the low bits.

use super::bins::LANES;

/// A sum of gradients; a sum of hessians above a count of rows.
pub(super) type Entry = [i64; 2];

/// The entries of one feature's bins.
pub(super) type Histogram = [Entry; 256];

/// Those of features that lie side by side.
pub(super) type GroupHistogram = [Histogram; LANES];

pub(super) const EMPTY: GroupHistogram = [[[0; 2]; 256]; LANES];

/// What the whole numbers of a histogram stand for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// What 1 is of a gradient.
    pub(super) gradient_unit: f64,
    /// What 1 is of a hessian.
    pub(super) hessian_unit: f64,
    /// How many low bits count rows.
    pub(super) count_bits: u32,
}

impl Scale {
    /// The finest for `n_rows` rows with magnitudes of at most these.
    pub(super) fn new(n_rows: usize, gradient_max: f64, hessian_max: f64) -> Self {
        let count_bits = usize::BITS - n_rows.leading_zeros();
        Self {
            gradient_unit: unit(gradient_max, 62_u32.saturating_sub(count_bits).min(52)),
            hessian_unit: unit(hessian_max, 62_u32.saturating_sub(2 * count_bits).min(52)),
            count_bits,
        }
    }

    /// One row's gradient and hessian.
    pub(super) fn entry(&self, gradient: f64, hessian: f64) -> Entry {
        let nearest = |value: f64| (value + if value < 0.0 { -0.5 } else { 0.5 }) as i64;
        let hessian = nearest(hessian / self.hessian_unit);
        [nearest(gradient / self.gradient_unit), (hessian << self.count_bits) | 1]
    }

    /// How many rows `entry` is the sum of.
    pub(super) fn count(&self, entry: Entry) -> i64 {
        entry[1] & ((1 << self.count_bits) - 1)
    }

    /// The sum of the gradients.
    pub(super) fn gradient(&self, entry: Entry) -> f64 {
        entry[0] as f64 * self.gradient_unit
    }

    /// The sum of the hessians.
    pub(super) fn hessian(&self, entry: Entry) -> f64 {
        (entry[1] >> self.count_bits) as f64 * self.hessian_unit
    }
}

/// The power of two by which `max` is less than 2^bits units.
fn unit(max: f64, bits: u32) -> f64 {
    if !(max > 0.0 && max.is_finite()) {
        return 1.0;
    }
    let exponent = (max.log2().floor() as i32 + 1 - bits as i32).clamp(-1000, 1000);
    2.0_f64.powi(exponent)
}

fn add(sum: &mut Entry, value: Entry) {
    sum[0] += value[0];
    sum[1] += value[1];
}

/// Adds up the `values` of the rows `rows`, whose bins are at these positions of `bins`.
pub(super) fn accumulate(histogram: &mut GroupHistogram, bins: &[[u8; LANES]], rows: &[u32], values: &[Entry]) {
    let [first, second, third, fourth] = histogram;
    for (&row, &value) in rows.iter().zip(values) {
        let [a, b, c, d] = bins[row as usize];
        add(&mut first[a as usize], value);
        add(&mut second[b as usize], value);
        add(&mut third[c as usize], value);
        add(&mut fourth[d as usize], value);
    }
}

/// Adds up the `values` of all rows.
pub(super) fn accumulate_all(histogram: &mut GroupHistogram, bins: &[[u8; LANES]], values: &[Entry]) {
    let [first, second, third, fourth] = histogram;
    for (&[a, b, c, d], &value) in bins.iter().zip(values) {
        add(&mut first[a as usize], value);
        add(&mut second[b as usize], value);
        add(&mut third[c as usize], value);
        add(&mut fourth[d as usize], value);
    }
}

/// Takes the `n` first entries of `other` off `histogram`.
pub(super) fn subtract(histogram: &mut Histogram, other: &Histogram, n: usize) {
    for (sum, part) in histogram.iter_mut().zip(other).take(n) {
        sum[0] -= part[0];
        sum[1] -= part[1];
    }
}
