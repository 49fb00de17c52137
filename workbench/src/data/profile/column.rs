//! What is told of one column.

use polars::prelude::{Column, DataType};

use crate::data::sketch::{DistinctSketch, FrequentTexts, Moments, QuantileSketch, hash_number, hash_text};
use crate::data::{for_each_block, is_numeric, numbers, statistics};
use crate::error::Result;

/// So many bars a histogram has.
const BINS: usize = 24;
/// So many of the most frequent texts are told.
const TOP: usize = 5;
/// So many values are looked at together: they fit into the innermost cache.
const RUN: usize = 2048;
/// Below so many values all are sorted out, and no sample tells first where to look.
const SELECTED_MAX: usize = 1 << 15;
pub(super) const FRACTIONS: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];
/// What a missing value counts as where rows are compared.
const MISSING_HASH: u64 = 0x6d69_7373_696e_6721;

/// What a [`Profile`](super::Profile) tells of one column. What does not apply to its dtype is `None` or empty.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnProfile {
    /// Its name.
    pub name: String,
    /// Its dtype.
    pub dtype: String,
    /// How many values are known.
    pub count: usize,
    /// How many are missing: null or NaN.
    pub missing: usize,
    /// How many are infinite; they are left out of all below but `distinct`.
    pub infinite: usize,
    /// How many different known values there are, exactly or about.
    pub distinct: usize,
    /// Whether `distinct` is exact.
    pub is_distinct_exact: bool,
    /// The mean of numbers.
    pub mean: Option<f64>,
    /// Their standard deviation, which divides by n − 1.
    pub std: Option<f64>,
    /// The least number.
    pub min: Option<f64>,
    /// The greatest number.
    pub max: Option<f64>,
    /// The quantiles of 5, 25, 50, 75 and 95 %.
    pub quantiles: Option<[f64; 5]>,
    /// How many numbers lie further than 1.5 interquartile ranges from the quartiles.
    pub outliers: Option<usize>,
    /// How many numbers lie in each of 24 intervals of equal width from `min` to `max`.
    pub histogram: Vec<usize>,
    /// The most frequent texts with their counts.
    pub top: Vec<(String, usize)>,
    /// By how much a count in `top` may be too small.
    pub top_shortfall: usize,
    /// Whether the values are integers that grow from row to row, as row numbers do.
    pub is_increasing: bool,
}

/// The kind of values that are looked at alike.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Text,
    /// Lists and such, of which only missing values are counted.
    Nested,
}

/// A column's profile in the making.
pub(super) struct ColumnState {
    pub name: String,
    dtype: DataType,
    kind: Kind,
    count: usize,
    missing: usize,
    infinite: usize,
    moments: Moments,
    distinct: DistinctSketch,
    quantiles: Option<QuantileSketch>,
    top: FrequentTexts,
    last: f64,
    is_increasing: bool,
    /// Whether it is known beforehand that its values are integers that grow from row to row.
    pub is_row_number: bool,
}

impl ColumnState {
    pub fn new(column: &Column, with_sketch: bool, exact_distinct_max: usize) -> Self {
        let dtype = column.dtype().clone();
        let kind = if is_numeric(&dtype) {
            Kind::Number
        } else if dtype.is_nested() || dtype.is_null() || dtype == DataType::Binary {
            Kind::Nested
        } else {
            Kind::Text
        };
        Self {
            name: column.name().to_string(),
            is_increasing: dtype.is_integer(),
            dtype,
            kind,
            count: 0,
            missing: 0,
            infinite: 0,
            moments: Moments::new(),
            distinct: DistinctSketch::exact_up_to(exact_distinct_max),
            quantiles: (with_sketch && kind == Kind::Number).then(QuantileSketch::new),
            top: FrequentTexts::default(),
            last: f64::NEG_INFINITY,
            is_row_number: false,
        }
    }

    pub fn is_numeric(&self) -> bool {
        self.kind == Kind::Number
    }

    /// Whether its rows can be compared.
    pub fn is_hashable(&self) -> bool {
        self.kind != Kind::Nested || self.dtype.is_null()
    }

    /// Takes rows in and gives a hash of each value.
    pub fn push(&mut self, column: &Column, with_hashes: bool) -> Result<Vec<u64>> {
        match self.kind {
            Kind::Number => Ok(self.push_numbers(&numbers(column)?, with_hashes)),
            Kind::Text => self.push_texts(column, with_hashes),
            Kind::Nested => {
                self.missing += column.null_count();
                self.count += column.len() - column.null_count();
                Ok(vec![MISSING_HASH; column.len()])
            }
        }
    }

    fn push_numbers(&mut self, values: &[f64], with_hashes: bool) -> Vec<u64> {
        let mut hashes = Vec::with_capacity(if with_hashes { values.len() } else { 0 });
        for run in values.chunks(RUN) {
            self.push_run(run);
            if with_hashes {
                hashes.extend(run.iter().map(|&value| if value.is_nan() { MISSING_HASH } else { hash_number(value) }));
            }
        }
        if self.is_increasing && !self.is_row_number {
            let mut last = self.last;
            self.is_increasing = values.iter().all(|&value| std::mem::replace(&mut last, value) < value);
            self.last = last;
        }
        hashes
    }

    /// Takes in values that fit into the innermost cache, so that each further look costs little.
    fn push_run(&mut self, values: &[f64]) {
        let infinite = values.iter().map(|value| u32::from(value.is_infinite())).sum::<u32>() as usize;
        let finite: Vec<f64>;
        let summed = if infinite > 0 {
            finite = values.iter().map(|&value| if value.is_infinite() { f64::NAN } else { value }).collect();
            &finite
        } else {
            values
        };
        let before = self.moments.count();
        self.moments.push(summed);
        if let Some(quantiles) = &mut self.quantiles {
            quantiles.push(summed);
        }
        let n_known = self.moments.count() - before + infinite;
        self.infinite += infinite;
        self.count += n_known;
        self.missing += values.len() - n_known;
        if !self.is_row_number {
            self.distinct.push_numbers(values);
        }
    }

    fn push_texts(&mut self, column: &Column, with_hashes: bool) -> Result<Vec<u64>> {
        let texts = column.cast(&DataType::String)?;
        let texts = texts.str()?;
        let mut hashes = Vec::with_capacity(if with_hashes { texts.len() } else { 0 });
        for text in texts.iter() {
            let hash = text.map_or(MISSING_HASH, hash_text);
            if with_hashes {
                hashes.push(hash);
            }
            let Some(text) = text else {
                self.missing += 1;
                continue;
            };
            self.count += 1;
            // One that is counted has been seen.
            if !self.top.push_known(hash) {
                self.distinct.push_hash(hash);
                self.top.push_new(hash, text);
            }
        }
        Ok(hashes)
    }

    pub fn finish(self) -> Result<ColumnProfile> {
        let profile = ColumnProfile {
            name: self.name,
            dtype: self.dtype.to_string(),
            count: self.count,
            missing: self.missing,
            infinite: self.infinite,
            distinct: if self.is_row_number { self.count } else { self.distinct.count().min(self.count) },
            is_distinct_exact: self.distinct.is_exact() && self.kind != Kind::Nested,
            mean: self.moments.mean(),
            std: self.moments.variance(1).map(f64::sqrt),
            min: self.moments.min(),
            max: self.moments.max(),
            quantiles: None,
            outliers: None,
            histogram: Vec::new(),
            top: self.top.top(TOP),
            top_shortfall: self.top.shortfall(),
            is_increasing: self.is_increasing && self.count > 1 && self.missing == 0,
        };
        let Some(sketch) = self.quantiles.filter(|sketch| sketch.count() > 0) else { return Ok(profile) };
        let mut quantiles = [0.0; 5];
        for (quantile, fraction) in quantiles.iter_mut().zip(FRACTIONS) {
            *quantile = sketch.quantile(fraction)?.unwrap_or(f64::NAN);
        }
        let Some(mut spread) = Spread::new(&profile, quantiles) else { return Ok(profile) };
        sketch.weighted().into_iter().for_each(|(value, weight)| spread.push(value, weight));
        Ok(profile.with_spread(spread))
    }
}

impl ColumnProfile {
    /// With what only all values tell exactly.
    pub(super) fn with_exact_spread(self, column: &Column) -> Result<Self> {
        if !is_numeric(column.dtype()) || self.count == self.infinite {
            return Ok(self);
        }
        if self.infinite == 0 && self.count >= SELECTED_MAX {
            let found = statistics::column_quantiles(column, &FRACTIONS)?.map(|(_, quantiles)| quantiles.try_into());
            let Some(Ok(quantiles)) = found else { return Ok(self) };
            let Some(mut spread) = Spread::new(&self, quantiles) else { return Ok(self) };
            for_each_block(column, |block| spread.push_each(block))?;
            return Ok(self.with_spread(spread));
        }
        let mut values: Vec<f64> = numbers(column)?.iter().copied().filter(|value| value.is_finite()).collect();
        let quantiles = quantiles(&mut values);
        let Some(mut spread) = Spread::new(&self, quantiles) else { return Ok(self) };
        spread.push_each(&values);
        Ok(self.with_spread(spread))
    }

    fn with_spread(mut self, spread: Spread) -> Self {
        self.quantiles = Some(spread.quantiles);
        self.outliers = Some(spread.outliers as usize);
        let is_spread = self.min < self.max;
        let heights = spread.histogram.iter().take(if is_spread { BINS } else { 0 });
        self.histogram = heights.map(|height| *height as usize).collect();
        if !is_spread {
            self.histogram.push(self.count - self.infinite);
        }
        self
    }
}

/// Outliers and the heights of a histogram, once the quantiles are known.
struct Spread {
    quantiles: [f64; 5],
    low: f64,
    high: f64,
    /// Half of each, so that the widest range that floats have does not overflow.
    half_min: f64,
    scale: f64,
    outliers: f64,
    /// What is behind the last bar is what is missing.
    histogram: [f64; BINS + 1],
}

impl Spread {
    fn new(column: &ColumnProfile, quantiles: [f64; 5]) -> Option<Self> {
        let (min, max) = column.min.zip(column.max)?;
        let [_, q1, _, q3, _] = quantiles;
        Some(Self {
            quantiles,
            low: q1 - 1.5 * (q3 - q1),
            high: q3 + 1.5 * (q3 - q1),
            half_min: 0.5 * min,
            scale: BINS as f64 / (0.5 * max - 0.5 * min),
            outliers: 0.0,
            histogram: [0.0; BINS + 1],
        })
    }

    /// Which bar a known value belongs to.
    #[inline]
    fn bin(&self, value: f64) -> usize {
        (((0.5 * value - self.half_min) * self.scale) as usize).min(BINS - 1)
    }

    fn push(&mut self, value: f64, weight: f64) {
        if value < self.low || value > self.high {
            self.outliers += weight;
        }
        let bin = self.bin(value);
        if let Some(height) = self.histogram.get_mut(bin) {
            *height += weight;
        }
    }

    /// Takes in values, each of weight 1, NaN left out.
    fn push_each(&mut self, values: &[f64]) {
        let (low, high) = (self.low, self.high);
        for run in values.chunks(RUN) {
            let outliers: u32 = run.iter().map(|&value| u32::from((value < low) | (value > high))).sum();
            self.outliers += f64::from(outliers);
            // Two tables, so that a count need not wait for the one before.
            let mut counts = [[0_u32; BINS + 1]; 2];
            for pair in run.chunks(2) {
                for (counts, &value) in counts.iter_mut().zip(pair) {
                    let bin = if value.is_nan() { BINS } else { self.bin(value) };
                    if let Some(count) = counts.get_mut(bin) {
                        *count += 1;
                    }
                }
            }
            for counts in counts {
                self.histogram.iter_mut().zip(counts).for_each(|(height, count)| *height += f64::from(count));
            }
        }
    }
}

/// The quantiles of 5, 25, 50, 75 and 95 %; the values are left in another order.
fn quantiles(values: &mut [f64]) -> [f64; 5] {
    let mut found = FRACTIONS;
    let n = values.len();
    // Below, parts are told apart by more than a row.
    if n < 1000 {
        found.iter_mut().for_each(|place| *place = statistics::quantile(values, *place).unwrap_or(f64::NAN));
        return found;
    }
    // The middle comes first; then only one half has to be looked at for each of the others.
    let [q05, q25, q50, q75, q95] = &mut found;
    let mut select = |place: &mut f64, start: usize, end: usize| {
        let position = (n - 1) as f64 * *place;
        let below = position.floor() as usize;
        if let Some(part) = values.get_mut(start..end) {
            let (_, &mut low, above) = part.select_nth_unstable_by(below.saturating_sub(start), f64::total_cmp);
            let high = above.iter().copied().fold(f64::NAN, f64::min);
            *place = statistics::between(low, high, position - below as f64);
        }
        below
    };
    let middle = select(q50, 0, n);
    let lower = select(q25, 0, middle + 1);
    select(q05, 0, lower + 1);
    let upper = select(q75, middle, n);
    select(q95, upper, n);
    found
}
