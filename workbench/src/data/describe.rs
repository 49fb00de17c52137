//! A frame at a glance.

use polars::prelude::{Column, DataFrame, DataType, IdxSize, NamedFrom, Series};

use super::{array, in_parallel, missing, statistics};
use crate::error::Result;

/// One row for each column of `frame`: what it holds and how it is spread.
///
/// | column | dtype | meaning |
/// |---|---|---|
/// | `column`, `dtype` | string | name and dtype |
/// | `count`, `missing` | integer | values known and missing; NaN is missing |
/// | `mean`, `std` | float | of numbers; the standard deviation divides by n − 1 |
/// | `min`, `25%`, `50%`, `75%`, `max` | float | of numbers; quantiles by linear interpolation |
/// | `distinct` | integer | different known values |
/// | `most_frequent` | string | of all but numbers; the first by its bytes of several that come equally often |
///
/// What does not apply is null.
///
/// # Errors
/// [`Error::Polars`](crate::Error::Polars) for a nested column whose values cannot be compared.
///
/// # Examples
///
/// ```
/// use workbench::data::{describe, penguins};
///
/// let summary = describe(&penguins()?)?;
/// assert_eq!(summary.height(), 8);
/// assert!(summary.column("skew").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn describe(frame: &DataFrame) -> Result<DataFrame> {
    let summaries = in_parallel(frame.columns(), Summary::of)?;
    let floats = |name: &str, value: fn(&Summary) -> Option<f64>| -> Column {
        Series::new(name.into(), summaries.iter().map(value).collect::<Vec<_>>()).into()
    };
    let counts = |name: &str, value: fn(&Summary) -> usize| -> Column {
        Series::new(name.into(), summaries.iter().map(|summary| value(summary) as IdxSize).collect::<Vec<_>>()).into()
    };
    let texts = |name: &str, value: fn(&Summary) -> Option<String>| -> Column {
        Series::new(name.into(), summaries.iter().map(value).collect::<Vec<_>>()).into()
    };
    let columns = vec![
        texts("column", |summary| Some(summary.name.clone())),
        texts("dtype", |summary| Some(summary.dtype.clone())),
        counts("count", |summary| summary.count),
        counts("missing", |summary| summary.missing),
        floats("mean", |summary| summary.mean),
        floats("std", |summary| summary.std),
        floats("min", |summary| summary.min),
        floats("25%", |summary| summary.quartiles[0]),
        floats("50%", |summary| summary.quartiles[1]),
        floats("75%", |summary| summary.quartiles[2]),
        floats("max", |summary| summary.max),
        counts("distinct", |summary| summary.distinct),
        texts("most_frequent", |summary| summary.most_frequent.clone()),
    ];
    Ok(DataFrame::new(summaries.len(), columns)?)
}

/// What is told of one column.
#[derive(Default)]
struct Summary {
    name: String,
    dtype: String,
    count: usize,
    missing: usize,
    mean: Option<f64>,
    std: Option<f64>,
    min: Option<f64>,
    quartiles: [Option<f64>; 3],
    max: Option<f64>,
    distinct: usize,
    most_frequent: Option<String>,
}

impl Summary {
    fn of(column: &Column) -> Result<Self> {
        let missing = missing::missing_count(column)?;
        let known = if missing == 0 { column.clone() } else { column.filter(&!missing::missing_mask(column)?)? };
        let summary = Self {
            name: column.name().to_string(),
            dtype: column.dtype().to_string(),
            count: known.len(),
            missing,
            distinct: known.n_unique()?,
            ..Self::default()
        };
        if array::is_numeric(column.dtype()) { summary.with_spread(&known) } else { summary.with_most_frequent(&known) }
    }

    fn with_spread(mut self, known: &Column) -> Result<Self> {
        let mut values = array::numbers(known)?.into_owned();
        self.mean = statistics::mean(&values);
        self.std =
            statistics::mean_variance(&values, 1).map(|(_, variance)| variance.sqrt()).filter(|std| !std.is_nan());
        (self.min, self.max) = statistics::min_max(&values).unzip();
        self.quartiles = [0.25, 0.5, 0.75].map(|fraction| statistics::quantile(&mut values, fraction));
        Ok(self)
    }

    fn with_most_frequent(mut self, known: &Column) -> Result<Self> {
        if !known.dtype().is_nested() && !known.dtype().is_null() {
            let text = known.cast(&DataType::String)?;
            self.most_frequent = statistics::most_frequent_text(text.str()?.iter().flatten()).map(str::to_string);
        }
        Ok(self)
    }
}
