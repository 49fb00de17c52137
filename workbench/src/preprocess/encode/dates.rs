//! Dates in parts.

use polars::prelude::{Column, DataFrame, DataType, IntoColumn, TemporalMethods};
use serde::{Deserialize, Serialize};

use super::settings::expanded;
use crate::data::{self, in_parallel};
use crate::error::{Error, Result};
use crate::preprocess::columns::{self, Selection};
use crate::preprocess::params::{flag, invalid_parameter, unknown_parameter};
use crate::preprocess::{FittedTransformer, ParamValue, Transformer};

const NAME: &str = "date_parts";

/// A part of a date or of a time of day, as pandas numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatePart {
    /// The year.
    Year,
    /// From 1 to 4.
    Quarter,
    /// From 1 to 12.
    Month,
    /// The week by ISO 8601, from 1 to 53.
    Week,
    /// The day of the month, from 1 to 31.
    Day,
    /// From 0 for Monday to 6 for Sunday.
    Weekday,
    /// From 1 to 366.
    DayOfYear,
    /// From 0 to 23.
    Hour,
    /// From 0 to 59.
    Minute,
    /// From 0 to 59.
    Second,
}

pub(super) const PARTS: [(&str, DatePart); 10] = [
    ("year", DatePart::Year),
    ("quarter", DatePart::Quarter),
    ("month", DatePart::Month),
    ("week", DatePart::Week),
    ("day", DatePart::Day),
    ("weekday", DatePart::Weekday),
    ("day_of_year", DatePart::DayOfYear),
    ("hour", DatePart::Hour),
    ("minute", DatePart::Minute),
    ("second", DatePart::Second),
];

impl DatePart {
    pub(super) fn name(self) -> &'static str {
        PARTS.iter().find(|(_, part)| *part == self).map_or("", |(name, _)| name)
    }

    /// Whether only a time of day tells it.
    pub(super) fn is_of_day(self) -> bool {
        matches!(self, Self::Hour | Self::Minute | Self::Second)
    }

    /// The part of each row, as `i32`.
    pub(super) fn of(self, column: &Column) -> Result<Column> {
        let series = column.as_materialized_series();
        let part = match self {
            Self::Year => series.year()?.into_column(),
            Self::Quarter => series.quarter()?.into_column(),
            Self::Month => series.month()?.into_column(),
            Self::Week => series.week()?.into_column(),
            Self::Day => series.day()?.into_column(),
            Self::Weekday => return Ok(series.weekday()?.into_column().cast(&DataType::Int32)? - 1),
            Self::DayOfYear => series.ordinal_day()?.into_column(),
            Self::Hour => series.hour()?.into_column(),
            Self::Minute => series.minute()?.into_column(),
            Self::Second => series.second()?.into_column(),
        };
        Ok(part.cast(&DataType::Int32)?)
    }
}

/// Whether columns of this dtype hold dates.
pub(in crate::preprocess) fn is_date(dtype: &DataType) -> bool {
    matches!(dtype, DataType::Date | DataType::Datetime(..))
}

/// The columns of dates that are selected.
pub(super) fn selected<'a>(step: &'static str, frame: &'a DataFrame, selection: &Selection) -> Result<Vec<&'a Column>> {
    let Some(names) = selection else {
        return Ok(frame.columns().iter().filter(|column| is_date(column.dtype())).collect());
    };
    let columns = names.iter().map(|name| {
        let column = data::column(frame, name)?;
        if is_date(column.dtype()) {
            return Ok(column);
        }
        let (column, dtype) = (column.name().to_string(), column.dtype().to_string());
        Err(Error::WrongDtype { step, column, dtype, allowed: "a date or a date with a time" })
    });
    columns.collect()
}

/// `column` as dates: one of nothing but missing values may have lost its dtype.
pub(super) fn dates(column: &Column) -> Result<Column> {
    Ok(if column.dtype().is_null() { column.cast(&DataType::Date)? } else { column.clone() })
}

/// Replaces each column of dates by columns of its parts: `when_year`, `when_month`, …
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `parts` | year, month, day, weekday, and hour where there is a time | [`DatePart`], each once | `parts`: names with commas between, such as `"year,month"`, or `"auto"` |
/// | `keep` | false | whether the dates stay before their parts | `keep` |
/// | `columns` | all of dates | names | |
///
/// Parts come out as `i32`, numbered as pandas does (Monday is 0). Missing stays missing. A date without a time has the hour 0.
///
/// # Errors
/// When fitted: [`Error::ColumnNotFound`], [`Error::WrongDtype`], [`Error::InvalidValue`].
/// When applied: [`Error::StepColumnMissing`], [`Error::StepDtype`], [`Error::DuplicateColumn`].
///
/// # Examples
///
/// ```
/// use polars::prelude::{Column, DataFrame, DataType};
/// use workbench::preprocess::{DatePart, DateParts, FittedTransformer};
///
/// let dates = Column::new("when".into(), [19_000_i32]).cast(&DataType::Date)?; // 2022-01-08
/// let frame = DataFrame::new(1, vec![dates])?;
/// let parts = DateParts::new().parts(&[DatePart::Year, DatePart::Weekday]).fit(&frame)?.transform(&frame)?;
/// assert_eq!(parts.column("when_year")?.i32()?.get(0), Some(2022));
/// assert_eq!(parts.column("when_weekday")?.i32()?.get(0), Some(5));
///
/// assert!(DateParts::new().columns(&["then"]).fit(&frame).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DateParts {
    parts: Vec<DatePart>,
    keep: bool,
    columns: Selection,
}

impl DateParts {
    /// The usual parts of every column of dates.
    pub fn new() -> Self {
        Self::default()
    }

    /// Just these parts; none for the usual ones.
    pub fn parts(mut self, parts: &[DatePart]) -> Self {
        self.parts = parts.to_vec();
        self
    }

    /// Whether the dates stay as they are before their parts.
    pub fn keep(mut self, keep: bool) -> Self {
        self.keep = keep;
        self
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    /// Remembers the columns.
    ///
    /// # Errors
    /// See [`DateParts`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedDateParts> {
        check_parts("date_parts.parts", &self.parts)?;
        let parts_of = |dtype: &DataType| {
            let usual = [DatePart::Year, DatePart::Month, DatePart::Day, DatePart::Weekday, DatePart::Hour];
            let has_time = !matches!(dtype, DataType::Date);
            let usual = usual.into_iter().filter(|part| has_time || !part.is_of_day());
            if self.parts.is_empty() { usual.collect() } else { self.parts.clone() }
        };
        let columns = selected(NAME, frame, &self.columns)?.into_iter().map(|column| Parted {
            column: column.name().to_string(),
            dtype: column.dtype().to_string(),
            parts: parts_of(column.dtype()),
        });
        Ok(FittedDateParts { columns: columns.collect(), keep: self.keep })
    }
}

/// Whether each part is there once.
pub(super) fn check_parts(what: &str, parts: &[DatePart]) -> Result<()> {
    match parts.iter().enumerate().find(|(at, part)| parts.iter().take(*at).any(|other| other == *part)) {
        Some((_, part)) => Err(invalid_parameter(what, &part.name().into(), "given once")),
        None => Ok(()),
    }
}

/// The parts that `value` names.
pub(super) fn parse_parts(what: &str, value: &ParamValue) -> Result<Vec<DatePart>> {
    let ParamValue::Text(text) = value else { return Err(invalid_parameter(what, value, "names of parts")) };
    if text == "auto" {
        return Ok(Vec::new());
    }
    let part = |name: &str| {
        let found = PARTS.iter().find(|(known, _)| *known == name.trim()).map(|(_, part)| *part);
        found.ok_or_else(|| Error::not_one_of(what, name.trim(), &PARTS.map(|(name, _)| name)))
    };
    text.split(',').map(part).collect()
}

/// `parts` as a setting.
pub(super) fn parts_param(parts: &[DatePart]) -> ParamValue {
    let names: Vec<&str> = parts.iter().map(|part| part.name()).collect();
    if names.is_empty() { "auto".into() } else { names.join(",").into() }
}

impl Transformer for DateParts {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(DateParts::fit(self, frame)?))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        vec![("parts".to_string(), parts_param(&self.parts)), ("keep".to_string(), self.keep.into())]
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        match name {
            "parts" => self.parts = parse_parts("date_parts.parts", value)?,
            "keep" => self.keep = flag("date_parts.keep", value)?,
            _ => return Err(unknown_parameter(NAME, name, &["parts", "keep"])),
        }
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}

/// The columns of dates that a [`DateParts`] takes apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedDateParts {
    columns: Vec<Parted>,
    keep: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Parted {
    column: String,
    dtype: String,
    parts: Vec<DatePart>,
}

impl FittedTransformer for FittedDateParts {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let made = in_parallel(&self.columns, |parted| {
            let column = columns::fitted(NAME, frame, &parted.column, &parted.dtype, is_date)?;
            let dates = dates(column)?;
            let parts = parted
                .parts
                .iter()
                .map(|part| Ok(part.of(&dates)?.with_name(format!("{}_{}", parted.column, part.name()).into())));
            let kept = self.keep.then(|| Ok(column.clone()));
            kept.into_iter().chain(parts).collect::<Result<Vec<Column>>>()
        })?;
        expanded(frame, self.columns.iter().map(|parted| parted.column.as_str()).zip(made).collect())
    }

    fn inverse_transform(&self, _frame: &DataFrame) -> Result<DataFrame> {
        Err(Error::NotInvertible { step: NAME, reason: "parts need not tell the whole date" })
    }
}
