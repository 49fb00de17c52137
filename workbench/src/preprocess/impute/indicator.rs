//! Columns of flags that tell what was missing.

use polars::prelude::{Column, DataFrame, IdxCa, IdxSize, IntoColumn};

use super::super::columns;
use crate::data;
use crate::error::{Error, Result};

pub(super) const NOT_INVERTIBLE: &str = "a filled value does not tell that it was missing";

/// The name of the flags of the column `name`.
fn flags_name(name: &str) -> String {
    format!("{name}_missing")
}

/// Whether `frame` leaves room for the flags of the columns `names`.
pub(super) fn check(frame: &DataFrame, names: Vec<&str>) -> Result<()> {
    match names.into_iter().map(flags_name).find(|name| frame.column(name).is_ok()) {
        Some(column) => Err(Error::DuplicateColumn { column }),
        None => Ok(()),
    }
}

/// `filled` with the flags of what was missing in `frame` in the columns `names`.
pub(super) fn append(frame: &DataFrame, filled: DataFrame, names: &[&str]) -> Result<DataFrame> {
    let flags = names.iter().map(|name| {
        let missing = data::missing_mask(data::column(frame, name)?)?;
        Ok(missing.into_column().with_name(flags_name(name).into()))
    });
    columns::appended(&filled, flags.collect::<Result<_>>()?)
}

/// `frame` with the columns `names` missing where their flags say so, and without the flags.
pub(super) fn undo(step: &'static str, frame: &DataFrame, names: &[&str]) -> Result<DataFrame> {
    let mut emptied = Vec::with_capacity(names.len());
    for name in names {
        let flags = columns::fitted(step, frame, &flags_name(name), "bool", |dtype| dtype.is_bool())?;
        emptied.push(blanked(data::column(frame, name)?, flags.bool()?.iter().map(|flag| flag == Some(true)))?);
    }
    let flags: Vec<String> = names.iter().map(|name| flags_name(name)).collect();
    columns::without(&columns::replaced(frame, emptied)?, &flags)
}

/// `column` with null in the rows that `is_blank` names.
pub(in crate::preprocess) fn blanked(column: &Column, is_blank: impl Iterator<Item = bool>) -> Result<Column> {
    let rows = is_blank.enumerate().map(|(row, is_blank)| (!is_blank).then_some(row as IdxSize));
    Ok(column.take(&rows.collect::<IdxCa>())?)
}
