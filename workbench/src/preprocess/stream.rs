//! What steps learn from frames that come one after the other.

use polars::prelude::DataFrame;
use rayon::prelude::*;

use super::columns::{self, Selection};
use crate::data::{self, Moments, QuantileSketch};
use crate::error::{Error, Result};

/// What all frames together tell of one column of numbers.
pub(super) struct Streamed {
    pub name: String,
    pub dtype: String,
    pub n_rows: usize,
    pub moments: Moments,
    pub quantiles: QuantileSketch,
}

impl Streamed {
    /// Mean, variance, and least and greatest value, or the error that there is none.
    pub fn spread(&self, step: &'static str) -> Result<(f64, f64, (f64, f64))> {
        let moments = &self.moments;
        let all = (moments.mean(), moments.variance(0), moments.min().zip(moments.max()));
        let (Some(mean), Some(variance), Some(range)) = all else {
            let column = self.name.clone();
            return Err(Error::AllMissing { step, column, n_rows: self.n_rows, remedy: "drop the column" });
        };
        Ok((mean, variance, range))
    }
}

/// What `learn` makes of each selected column of numbers, after all frames.
pub(super) fn numeric<T>(
    step: &'static str,
    frames: &mut dyn Iterator<Item = Result<DataFrame>>,
    selection: &Selection,
    learn: impl Fn(&Streamed) -> Result<T>,
) -> Result<Vec<T>> {
    let first = frames.next().ok_or_else(|| Error::NoRows { what: step.to_string() })??;
    let columns = columns::numeric(&first, selection)?;
    let mut columns: Vec<Streamed> = columns
        .into_iter()
        .map(|column| Streamed {
            name: column.name().to_string(),
            dtype: column.dtype().to_string(),
            n_rows: 0,
            moments: Moments::new(),
            quantiles: QuantileSketch::new(),
        })
        .collect();
    take_in(step, &first, &mut columns)?;
    drop(first);
    for frame in frames {
        take_in(step, &frame?, &mut columns)?;
    }
    columns.iter().map(learn).collect()
}

fn take_in(step: &'static str, frame: &DataFrame, columns: &mut [Streamed]) -> Result<()> {
    data::name_pool();
    let results: Vec<Result<()>> = columns
        .par_iter_mut()
        .map(|streamed| {
            let column = columns::fitted(step, frame, &streamed.name, &streamed.dtype, data::is_numeric)?;
            let values = columns::finite_values(column).map_err(|error| match error {
                // Rows are counted over all frames.
                Error::NotFinite { column, row, value } => {
                    Error::NotFinite { column, row: row + streamed.n_rows, value }
                }
                other => other,
            })?;
            streamed.moments.push(&values);
            streamed.quantiles.push(&values);
            streamed.n_rows += values.len();
            Ok(())
        })
        .collect();
    results.into_iter().collect()
}
