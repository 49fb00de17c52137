//! Numbers as intervals.

use polars::prelude::{Column, DataFrame, IntoColumn, UInt32Chunked};
use serde::{Deserialize, Serialize};

use super::FittedTransformer;
use super::columns::{self, Learnt, Selection};
use super::params::{ensure, named_setting, transformer};
use crate::data::{self, in_parallel, is_numeric, statistics};
use crate::error::Result;

const NAME: &str = "k_bins_discretizer";
/// Narrower bins hold only ties.
const WIDTH_MIN: f64 = 1e-8;

/// How the edges of bins are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BinStrategy {
    /// All bins hold about as many training values.
    #[default]
    Quantile,
    /// All bins are as wide.
    Uniform,
}

named_setting!(BinStrategy, ["quantile" => BinStrategy::Quantile, "uniform" => BinStrategy::Uniform]);

/// How a bin is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BinEncoding {
    /// By its number, from 0, as `u32` in the column's place.
    #[default]
    Ordinal,
    /// By a column of 0 and 1 for each bin, `<name>_<number>`, behind all others; the column itself goes.
    OneHot,
}

named_setting!(BinEncoding, ["ordinal" => BinEncoding::Ordinal, "onehot" => BinEncoding::OneHot]);

/// How quantiles are found between training values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BinQuantiles {
    /// A training value, or the mean of two.
    #[default]
    AveragedInvertedCdf,
    /// By linear interpolation.
    Linear,
}

named_setting!(BinQuantiles, [
    "averaged_inverted_cdf" => BinQuantiles::AveragedInvertedCdf, "linear" => BinQuantiles::Linear
]);

/// Cuts columns of numbers into bins. Bin k holds eₖ ≤ x < eₖ₊₁; the first and the last are open to the outside.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `n_bins` | 5 | at least 2 | `n_bins` |
/// | `strategy` | `BinStrategy::Quantile` | `"quantile"`, `"uniform"` | `strategy` |
/// | `encode` | `BinEncoding::Ordinal` | `"ordinal"`, `"onehot"` | `encode` |
/// | `quantile_method` | `BinQuantiles::AveragedInvertedCdf` | `"averaged_inverted_cdf"`, `"linear"` | `quantile_method` |
/// | `columns` | all of numbers | names | |
///
/// Quantiles that tie make fewer bins; a constant column makes one. Missing stays missing, in every column of a one-hot code. Undone, a bin becomes its middle.
/// All rows are learnt from, where scikit-learn draws 200,000 of more.
///
/// # Errors
/// When fitted: [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range, [`Error::AllMissing`](crate::Error::AllMissing),
/// [`Error::NotFinite`](crate::Error::NotFinite), and for named columns [`Error::ColumnNotFound`](crate::Error::ColumnNotFound) and
/// [`Error::NotNumeric`](crate::Error::NotNumeric).
/// When applied: [`Error::StepColumnMissing`](crate::Error::StepColumnMissing), [`Error::StepDtype`](crate::Error::StepDtype),
/// [`Error::NotFinite`](crate::Error::NotFinite), [`Error::DuplicateColumn`](crate::Error::DuplicateColumn) where a one-hot name is taken.
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{BinStrategy, FittedTransformer, KBinsDiscretizer};
///
/// let bins = KBinsDiscretizer::new().n_bins(2).strategy(BinStrategy::Uniform).fit(&df!("mass" => [0.0, 10.0])?)?;
/// let codes = bins.transform(&df!("mass" => [4.9, 5.0, 99.0])?)?;
/// assert_eq!(codes.column("mass")?.u32()?.to_vec(), [Some(0), Some(1), Some(1)]);
///
/// assert!(KBinsDiscretizer::new().n_bins(1).fit(&df!("mass" => [0.0])?).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KBinsDiscretizer {
    n_bins: usize,
    strategy: BinStrategy,
    encode: BinEncoding,
    quantile_method: BinQuantiles,
    columns: Selection,
}

impl Default for KBinsDiscretizer {
    fn default() -> Self {
        Self {
            n_bins: 5,
            strategy: BinStrategy::Quantile,
            encode: BinEncoding::Ordinal,
            quantile_method: BinQuantiles::AveragedInvertedCdf,
            columns: None,
        }
    }
}

impl KBinsDiscretizer {
    /// Five bins of as many values each for every column of numbers.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many bins there are.
    pub fn n_bins(mut self, n_bins: usize) -> Self {
        self.n_bins = n_bins;
        self
    }

    /// How the edges are found.
    pub fn strategy(mut self, strategy: BinStrategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// How a bin is told.
    pub fn encode(mut self, encode: BinEncoding) -> Self {
        self.encode = encode;
        self
    }

    /// How quantiles are found between training values.
    pub fn quantile_method(mut self, quantile_method: BinQuantiles) -> Self {
        self.quantile_method = quantile_method;
        self
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    fn check(&self) -> Result<()> {
        ensure(self.n_bins >= 2, "k_bins_discretizer.n_bins", self.n_bins, "at least 2")
    }

    /// Learns the edges of each column's bins.
    ///
    /// # Errors
    /// See [`KBinsDiscretizer`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedKBinsDiscretizer> {
        self.check()?;
        let columns = columns::learn_each(frame, &self.columns, |column| self.edges(column))?;
        Ok(FittedKBinsDiscretizer { columns, encode: self.encode })
    }

    fn edges(&self, column: &Column) -> Result<Vec<f64>> {
        let summary = columns::summary(NAME, column, "drop the column")?;
        if summary.min == summary.max {
            return Ok(vec![summary.min, summary.max]);
        }
        if self.strategy == BinStrategy::Uniform {
            if !(summary.max - summary.min).is_finite() {
                return Err(columns::too_large(NAME, "range", column.name()));
            }
            return Ok(statistics::evenly_spaced(summary.min, summary.max, self.n_bins + 1));
        }
        let mut sorted = statistics::known(&columns::finite_values(column)?);
        sorted.sort_unstable_by(f64::total_cmp);
        let percents = statistics::evenly_spaced(0.0, 100.0, self.n_bins + 1);
        let quantiles = percents.into_iter().filter_map(|percent| match self.quantile_method {
            BinQuantiles::Linear => statistics::sorted_quantile(&sorted, percent / 100.0),
            BinQuantiles::AveragedInvertedCdf => averaged(&sorted, percent / 100.0),
        });
        let mut edges: Vec<f64> = quantiles.collect();
        let mut before = f64::NEG_INFINITY;
        edges.retain(|edge| {
            let is_wide = edge - before > WIDTH_MIN;
            before = *edge;
            is_wide
        });
        if edges.len() < 2 {
            // All values are within the least width.
            return Ok(vec![summary.min, summary.max]);
        }
        Ok(edges)
    }
}

transformer!(KBinsDiscretizer, NAME, [n_bins, strategy, encode, quantile_method]);

/// The least value that `fraction` of all are not above, or the mean of it and the next where exactly so many are.
fn averaged(sorted: &[f64], fraction: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = sorted.len() as f64 * fraction - 1.0;
    if position < 0.0 {
        return sorted.first().copied();
    }
    let below = position.floor();
    let (low, high) = (*sorted.get((below as usize).min(last))?, *sorted.get((below as usize + 1).min(last))?);
    Some(if position == below { low + (high - low) * 0.5 } else { high })
}

/// The edges that a [`KBinsDiscretizer`] learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedKBinsDiscretizer {
    columns: Vec<Learnt<Vec<f64>>>,
    encode: BinEncoding,
}

impl FittedKBinsDiscretizer {
    /// What was learnt, one row for each bin: `column`, `bin`, `left` and `right`.
    ///
    /// # Errors
    /// [`Error::Polars`](crate::Error::Polars) in principle; none is known.
    pub fn edges(&self) -> Result<DataFrame> {
        let (mut names, mut bins, mut lefts, mut rights) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for learnt in &self.columns {
            for (bin, edge) in learnt.learnt.windows(2).enumerate() {
                let [left, right] = edge else { continue };
                names.push(learnt.column.as_str());
                bins.push(bin);
                lefts.push(*left);
                rights.push(*right);
            }
        }
        let height = names.len();
        let columns = vec![
            columns::texts("column", &names),
            columns::counts("bin", bins.into_iter()),
            columns::floats("left", lefts),
            columns::floats("right", rights),
        ];
        Ok(DataFrame::new(height, columns)?)
    }

    /// The names of the columns that a one-hot code has.
    fn code_names(learnt: &Learnt<Vec<f64>>) -> Vec<String> {
        (0..learnt.learnt.len().saturating_sub(1)).map(|bin| format!("{}_{bin}", learnt.column)).collect()
    }
}

impl FittedTransformer for FittedKBinsDiscretizer {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let codes = in_parallel(&self.columns, |learnt| {
            let values = columns::finite_values(learnt.find(NAME, frame)?)?;
            let inner = learnt.learnt.get(1..learnt.learnt.len().saturating_sub(1)).unwrap_or_default();
            let code = |value: f64| (!value.is_nan()).then(|| inner.partition_point(|edge| *edge <= value) as u32);
            Ok(values
                .iter()
                .map(|&value| code(value))
                .collect::<UInt32Chunked>()
                .with_name(learnt.column.as_str().into()))
        })?;
        if self.encode == BinEncoding::Ordinal {
            return columns::replaced(frame, codes.into_iter().map(IntoColumn::into_column).collect());
        }
        let coded: Vec<(&Learnt<Vec<f64>>, UInt32Chunked)> = self.columns.iter().zip(codes).collect();
        let columns = in_parallel(&coded, |(learnt, codes)| {
            let names = Self::code_names(learnt);
            let of_bin = |(name, bin): (&String, u32)| {
                let flag = |code: u32| f64::from(u8::from(code == bin));
                let flags: Vec<f64> = codes.iter().map(|code| code.map_or(f64::NAN, flag)).collect();
                columns::floats_or_null(name, &flags)
            };
            Ok(names.iter().zip(0..).map(of_bin).collect::<Vec<Column>>())
        })?;
        let names: Vec<String> = self.columns.iter().map(|learnt| learnt.column.clone()).collect();
        columns::appended(&columns::without(frame, &names)?, columns.into_iter().flatten().collect())
    }

    /// The middle of each bin; with one-hot codes the columns come back behind all others.
    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let middles = in_parallel(&self.columns, |learnt| {
            let middle = |bin: usize| match learnt.learnt.get(bin..bin + 2) {
                Some([left, right]) => left / 2.0 + right / 2.0,
                _ => f64::NAN,
            };
            let bins = match self.encode {
                BinEncoding::Ordinal => data::numbers(learnt.find(NAME, frame)?)?.into_owned(),
                BinEncoding::OneHot => bins_of(&Self::code_names(learnt), frame)?,
            };
            let values: Vec<f64> = bins
                .iter()
                .map(|&bin| if (0.0..1e9).contains(&bin) { middle(bin as usize) } else { f64::NAN })
                .collect();
            Ok(columns::floats_or_null(&learnt.column, &values))
        })?;
        if self.encode == BinEncoding::Ordinal {
            return columns::replaced(frame, middles);
        }
        let names: Vec<String> = self.columns.iter().flat_map(Self::code_names).collect();
        columns::appended(&columns::without(frame, &names)?, middles)
    }
}

/// For each row the place of the first of `names` that is not 0; NaN where there is none.
fn bins_of(names: &[String], frame: &DataFrame) -> Result<Vec<f64>> {
    let mut bins = vec![f64::NAN; frame.height()];
    for (place, name) in names.iter().enumerate() {
        let flags = data::numbers(columns::fitted(NAME, frame, name, "f64", is_numeric)?)?.into_owned();
        for (bin, flag) in bins.iter_mut().zip(flags) {
            if bin.is_nan() && flag != 0.0 && !flag.is_nan() {
                *bin = place as f64;
            }
        }
    }
    Ok(bins)
}
