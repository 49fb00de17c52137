//! Rows that are there more than once.

use polars::prelude::{
    BooleanChunked, Column, DataFrame, DataType, Float64Chunked, GroupsIndicator, IntoColumn, NewChunkedArray,
};

use super::{column, in_parallel, numbers};
use crate::error::Result;

/// Which of several equal rows is not a duplicate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// The first.
    #[default]
    First,
    /// The last.
    Last,
    /// None of them.
    None,
}

/// For each row of `frame` whether it is a duplicate of another in the columns `subset`; no columns stand for all of them.
///
/// Missing values equal each other, null and NaN alike, and 0 equals −0.
///
/// # Errors
/// [`Error::ColumnNotFound`](crate::Error::ColumnNotFound); [`Error::Polars`](crate::Error::Polars) for columns that polars cannot group by.
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::data::{Keep, duplicated};
///
/// let frame = df!("a" => [1, 1, 2], "b" => ["x", "x", "x"])?;
/// assert_eq!(duplicated(&frame, &[], Keep::First)?, [false, true, false]);
/// assert_eq!(duplicated(&frame, &["b"], Keep::None)?, [true, true, true]);
/// assert!(duplicated(&frame, &["z"], Keep::First).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn duplicated(frame: &DataFrame, subset: &[&str], keep: Keep) -> Result<Vec<bool>> {
    let looked_at: Vec<&Column> = match subset {
        [] => frame.columns().iter().collect(),
        names => names.iter().map(|name| column(frame, name)).collect::<Result<_>>()?,
    };
    let mut is_duplicate = vec![false; frame.height()];
    if looked_at.is_empty() || frame.height() == 0 {
        return Ok(is_duplicate);
    }
    // Columns are renamed, so that one that is asked for twice is no error.
    let placed: Vec<(usize, &Column)> = looked_at.into_iter().enumerate().collect();
    let keys = in_parallel(&placed, |(place, column)| Ok(comparable(column)?.with_name(place.to_string().into())))?;
    let names: Vec<String> = keys.iter().map(|key| key.name().to_string()).collect();
    let keys = DataFrame::new(frame.height(), keys)?;
    let grouped = keys.group_by_stable(names)?;
    for group in grouped.get_groups().iter() {
        if group.len() < 2 {
            continue;
        }
        let kept = |row: usize, first: usize, last: usize| match keep {
            Keep::First => row == first,
            Keep::Last => row == last,
            Keep::None => false,
        };
        let mut mark = |row: usize, first: usize, last: usize| {
            if let Some(cell) = is_duplicate.get_mut(row) {
                *cell = !kept(row, first, last);
            }
        };
        match group {
            GroupsIndicator::Idx((first, rows)) => {
                let last = rows.last().copied().unwrap_or(first) as usize;
                rows.iter().for_each(|&row| mark(row as usize, first as usize, last));
            }
            GroupsIndicator::Slice([first, len]) => {
                let (first, end) = (first as usize, (first + len) as usize);
                (first..end).for_each(|row| mark(row, first, end - 1));
            }
        }
    }
    Ok(is_duplicate)
}

/// `frame` without the rows that are duplicates of another in the columns `subset`; no columns stand for all of them. The order stays.
///
/// # Errors
/// Those of [`duplicated`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::data::{Keep, drop_duplicates};
///
/// let frame = df!("a" => [1, 1, 2], "b" => [0.5, 0.5, 0.5])?;
/// assert_eq!(drop_duplicates(&frame, &[], Keep::First)?.height(), 2);
/// assert!(drop_duplicates(&frame, &["z"], Keep::First).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn drop_duplicates(frame: &DataFrame, subset: &[&str], keep: Keep) -> Result<DataFrame> {
    let kept = duplicated(frame, subset, keep)?;
    Ok(frame.filter(&BooleanChunked::from_iter_values("kept".into(), kept.iter().map(|is_duplicate| !is_duplicate)))?)
}

/// `column` with NaN as null and −0 as 0.
fn comparable(column: &Column) -> Result<Column> {
    if !matches!(column.dtype(), DataType::Float64 | DataType::Float32) {
        return Ok(column.clone());
    }
    let values = numbers(column)?;
    if !values.iter().any(|value| value.is_nan() || (*value == 0.0 && value.is_sign_negative())) {
        return Ok(column.clone());
    }
    let known = values.iter().map(|&value| (!value.is_nan()).then_some(value + 0.0));
    Ok(known.collect::<Float64Chunked>().into_column())
}
