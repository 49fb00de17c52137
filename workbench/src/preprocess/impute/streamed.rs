//! Learning what to fill from frames that come one after the other.

use polars::prelude::DataFrame;

use super::frequent;
use super::groups::Groups;
use super::{Filled, FittedImputer, How, Imputer, NAME, Strategy};
use crate::data;
use crate::error::{Error, Result};
use crate::preprocess::{ParamValue, columns, stream};

pub(super) fn fit(imputer: &Imputer, frames: &mut dyn Iterator<Item = Result<DataFrame>>) -> Result<FittedImputer> {
    let refuse = |detail: &str| Err(Error::NotStreamable { step: NAME, detail: detail.to_string() });
    if !imputer.by.is_empty() {
        return refuse(" by groups");
    }
    if imputer.indicator {
        return refuse(" with indicators");
    }
    let columns = match &imputer.strategy {
        Strategy::Mean | Strategy::Median => statistics(imputer, frames)?,
        Strategy::Constant(_) => constants(imputer, frames)?,
        Strategy::MostFrequent => frequent::fit(imputer, frames)?,
        other => return refuse(&format!(" with the strategy \"{}\"", other.name())),
    };
    let groups = Groups::learn(&DataFrame::empty(), &[])?;
    Ok(FittedImputer { columns, groups, limit: imputer.limit, has_indicator: false })
}

fn statistics(imputer: &Imputer, frames: &mut dyn Iterator<Item = Result<DataFrame>>) -> Result<Vec<Filled>> {
    stream::numeric(NAME, frames, &imputer.columns, |column| {
        let fill = match imputer.strategy {
            Strategy::Mean => column.moments.mean(),
            _ => column.quantiles.quantile(0.5)?,
        };
        let fill = fill.map(ParamValue::Float).ok_or_else(|| Error::AllMissing {
            step: NAME,
            column: column.name.clone(),
            n_rows: column.n_rows,
            remedy: "drop the column, or impute a constant",
        })?;
        let missing = column.n_rows - column.moments.count();
        let how = How::Value { strategy: imputer.strategy.name().to_string(), fill, of_groups: Vec::new() };
        Ok(Filled { column: column.name.clone(), dtype: column.dtype.clone(), missing, how })
    })
}

/// Constants depend on dtypes only, but the report counts what is missing in all frames.
fn constants(imputer: &Imputer, frames: &mut dyn Iterator<Item = Result<DataFrame>>) -> Result<Vec<Filled>> {
    let first = frames.next().ok_or_else(|| Error::NoRows { what: NAME.to_string() })??;
    let mut columns = imputer.fit(&first)?.columns;
    for frame in frames {
        let frame = frame?;
        for filled in &mut columns {
            let column = columns::fitted(NAME, &frame, &filled.column, &filled.dtype, |_| true)?;
            filled.missing += data::missing_count(column)?;
        }
    }
    Ok(columns)
}
