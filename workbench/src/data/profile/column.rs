//! What is told of one column.

use polars::prelude::{Column, DataType};

use crate::data::sketch::{DistinctSketch, FrequentTexts, Moments, QuantileSketch, hash_number, hash_text};
use crate::data::{is_numeric, numbers, statistics};
use crate::error::Result;

/// So many bars a histogram has.
const BINS: usize = 24;
/// So many of the most frequent texts are told.
const TOP: usize = 5;
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
    pub fn push(&mut self, column: &Column) -> Result<Vec<u64>> {
        match self.kind {
            Kind::Number => self.push_numbers(&numbers(column)?),
            Kind::Text => self.push_texts(column),
            Kind::Nested => {
                self.missing += column.null_count();
                self.count += column.len() - column.null_count();
                Ok(vec![MISSING_HASH; column.len()])
            }
        }
    }

    fn push_numbers(&mut self, values: &[f64]) -> Result<Vec<u64>> {
        let mut hashes = Vec::with_capacity(values.len());
        let mut infinite = 0;
        for &value in values {
            if value.is_nan() {
                hashes.push(MISSING_HASH);
                continue;
            }
            let hash = hash_number(value);
            hashes.push(hash);
            self.distinct.push_hash(hash);
            infinite += usize::from(value.is_infinite());
        }
        let finite: Vec<f64>;
        let values = if infinite > 0 {
            finite = values.iter().map(|&value| if value.is_infinite() { f64::NAN } else { value }).collect();
            &finite
        } else {
            values
        };
        let before = self.moments.count();
        self.moments.push(values);
        if let Some(quantiles) = &mut self.quantiles {
            quantiles.push(values);
        }
        let n_known = self.moments.count() - before + infinite;
        self.infinite += infinite;
        self.count += n_known;
        self.missing += values.len() - n_known;
        if self.is_increasing {
            let mut last = self.last;
            self.is_increasing = values.iter().all(|&value| std::mem::replace(&mut last, value) < value);
            self.last = last;
        }
        Ok(hashes)
    }

    fn push_texts(&mut self, column: &Column) -> Result<Vec<u64>> {
        let texts = column.cast(&DataType::String)?;
        let texts = texts.str()?;
        let mut hashes = Vec::with_capacity(texts.len());
        for text in texts.iter() {
            let Some(text) = text else {
                self.missing += 1;
                hashes.push(MISSING_HASH);
                continue;
            };
            let hash = hash_text(text);
            hashes.push(hash);
            self.count += 1;
            self.distinct.push_hash(hash);
            self.top.push(hash, text);
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
            distinct: self.distinct.count().min(self.count),
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
        Ok(profile.with_spread(quantiles, sketch.weighted().into_iter()))
    }
}

impl ColumnProfile {
    /// Quantiles, outliers and histogram of the values themselves.
    pub(super) fn with_exact_spread(self, column: &Column) -> Result<Self> {
        if !is_numeric(column.dtype()) || self.count == self.infinite {
            return Ok(self);
        }
        let mut values: Vec<f64> = numbers(column)?.iter().copied().filter(|value| value.is_finite()).collect();
        let quantiles = quantiles(&mut values);
        Ok(self.with_spread(quantiles, values.into_iter().map(|value| (value, 1.0))))
    }

    fn with_spread(mut self, quantiles: [f64; 5], weighted: impl Iterator<Item = (f64, f64)>) -> Self {
        let (Some(min), Some(max)) = (self.min, self.max) else { return self };
        let [_, q1, _, q3, _] = quantiles;
        let (low, high) = (q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1));
        // Half of each, so that the widest range that floats have does not overflow.
        let scale = BINS as f64 / (0.5 * max - 0.5 * min);
        let mut outliers = 0.0;
        let mut histogram = [0.0; BINS];
        for (value, weight) in weighted {
            if value < low || value > high {
                outliers += weight;
            }
            let bin = ((0.5 * value - 0.5 * min) * scale) as usize;
            if let Some(height) = histogram.get_mut(bin.min(BINS - 1)) {
                *height += weight;
            }
        }
        self.quantiles = Some(quantiles);
        self.outliers = Some(outliers as usize);
        self.histogram = if min < max {
            histogram.iter().map(|height| *height as usize).collect()
        } else {
            vec![self.count - self.infinite]
        };
        self
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
