//! Data made from a seed: the same on every machine and at any number of threads.
//!
//! The names and meanings are those of scikit-learn; the random numbers are not, so the values differ.

mod draw;
mod groups;
mod linear;
mod shapes;
mod time_series;

pub use groups::{make_blobs, make_classification};
pub use linear::{make_friedman1, make_regression};
pub use shapes::{make_circles, make_moons};
pub use time_series::TimeSeries;

use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use crate::error::{Error, Result};

/// A frame of the features `x0`, `x1`, … and a target.
fn frame(features: Vec<Vec<f64>>, target: &str, values: Series) -> Result<DataFrame> {
    let n_rows = values.len();
    let features = features.into_iter().enumerate();
    let mut columns: Vec<Column> =
        features.map(|(idx, values)| Series::new(format!("x{idx}").into(), values).into()).collect();
    columns.push(values.with_name(target.into()).into());
    Ok(DataFrame::new(n_rows, columns)?)
}

/// Class numbers as integers.
fn classes(of_row: &[usize]) -> Series {
    Series::new("class".into(), of_row.iter().map(|&class| class as i64).collect::<Vec<_>>())
}

fn check(holds: bool, what: &str, value: impl std::fmt::Debug, allowed: &str) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::InvalidValue { what: what.to_string(), value: format!("{value:?}"), allowed: allowed.to_string() })
}
