//! Places on a circle: December beside January.

use std::f64::consts::TAU;

use polars::prelude::{Column, DataFrame, DataType, Float64Chunked, IntoColumn, NewChunkedArray, TemporalMethods};
use serde::{Deserialize, Serialize};

use super::dates::{self, DatePart, check_parts, dates, is_date, parse_parts, parts_param};
use super::settings::expanded;
use crate::data::{self, in_parallel};
use crate::error::{Error, Result};
use crate::preprocess::columns::{self, Selection};
use crate::preprocess::params::{number, unknown_parameter};
use crate::preprocess::{FittedTransformer, ParamValue, Transformer};

const NAME: &str = "cyclic_encoder";
const PERIOD_ALLOWED: &str = "a finite number greater than 0";

/// What goes round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Cycle {
    Parts(Vec<DatePart>),
    Period(f64),
}

/// Replaces a value v that goes round with the period p by its place on a circle: sin(2π·v/p) and cos(2π·v/p).
///
/// | of | v / p | columns |
/// |---|---|---|
/// | month | (month − 1) / 12 | `when_month_sin`, `when_month_cos` |
/// | weekday | days since Monday / 7 | `when_weekday_sin`, … |
/// | day of year | (day − 1) / 365, in leap years 366 | `when_day_of_year_sin`, … |
/// | hour, minute, second | hour / 24, minute / 60, second / 60 | `when_hour_sin`, … |
/// | a number with a period | v / p | `angle_sin`, `angle_cos` |
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | parts | month and weekday, and hour where there is a time | those above | `parts`: names with commas between, or `"auto"` |
/// | period | | finite, greater than 0 | `period` |
/// | `columns` | all of dates, or of numbers with a period | names | |
///
/// Columns come out as `f64`. Missing stays missing.
///
/// # Errors
/// When fitted: [`Error::ColumnNotFound`], [`Error::WrongDtype`], [`Error::NotNumeric`], [`Error::InvalidValue`].
/// When applied: [`Error::StepColumnMissing`], [`Error::StepDtype`], [`Error::NotFinite`], [`Error::DuplicateColumn`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{CyclicEncoder, FittedTransformer};
///
/// let frame = df!("wind" => [0.0, 90.0, 270.0])?;
/// let circle = CyclicEncoder::period(360.0).columns(&["wind"]).fit(&frame)?.transform(&frame)?;
/// assert!((circle.column("wind_sin")?.f64()?.get(1).unwrap_or(0.0) - 1.0).abs() < 1e-12);
/// assert!(CyclicEncoder::period(0.0).fit(&frame).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CyclicEncoder {
    cycle: Cycle,
    columns: Selection,
}

impl Default for CyclicEncoder {
    fn default() -> Self {
        Self { cycle: Cycle::Parts(Vec::new()), columns: None }
    }
}

impl CyclicEncoder {
    /// The usual parts of every column of dates.
    pub fn new() -> Self {
        Self::default()
    }

    /// Just these parts of dates; none for the usual ones.
    pub fn parts(parts: &[DatePart]) -> Self {
        Self { cycle: Cycle::Parts(parts.to_vec()), columns: None }
    }

    /// Numbers that go round with this period.
    pub fn period(period: f64) -> Self {
        Self { cycle: Cycle::Period(period), columns: None }
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    /// Remembers the columns.
    ///
    /// # Errors
    /// See [`CyclicEncoder`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedCyclicEncoder> {
        let columns = match &self.cycle {
            Cycle::Period(period) => {
                check_period(*period)?;
                columns::numeric(frame, &self.columns)?
            }
            Cycle::Parts(parts) => {
                check_cyclic(parts)?;
                dates::selected(NAME, frame, &self.columns)?
            }
        };
        let cycle_of = |dtype: &DataType| match &self.cycle {
            Cycle::Parts(parts) if parts.is_empty() => {
                let usual = [DatePart::Month, DatePart::Weekday, DatePart::Hour].into_iter();
                Cycle::Parts(usual.filter(|part| !part.is_of_day() || !matches!(dtype, DataType::Date)).collect())
            }
            given => given.clone(),
        };
        let columns = columns.into_iter().map(|column| Circled {
            column: column.name().to_string(),
            dtype: column.dtype().to_string(),
            cycle: cycle_of(column.dtype()),
        });
        Ok(FittedCyclicEncoder { columns: columns.collect() })
    }
}

fn check_period(period: f64) -> Result<()> {
    if period.is_finite() && period > 0.0 {
        return Ok(());
    }
    Err(Error::InvalidValue {
        what: "cyclic_encoder.period".to_string(),
        value: format!("{period:?}"),
        allowed: PERIOD_ALLOWED.to_string(),
    })
}

fn check_cyclic(parts: &[DatePart]) -> Result<()> {
    check_parts("cyclic_encoder.parts", parts)?;
    match parts.iter().find(|part| !CYCLIC.contains(part)) {
        Some(part) => Err(Error::not_one_of("cyclic_encoder.parts", part.name(), &CYCLIC.map(DatePart::name))),
        None => Ok(()),
    }
}

const CYCLIC: [DatePart; 6] =
    [DatePart::Month, DatePart::Weekday, DatePart::DayOfYear, DatePart::Hour, DatePart::Minute, DatePart::Second];

impl Transformer for CyclicEncoder {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(CyclicEncoder::fit(self, frame)?))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        match &self.cycle {
            Cycle::Parts(parts) => vec![("parts".to_string(), parts_param(parts))],
            Cycle::Period(period) => vec![("period".to_string(), (*period).into())],
        }
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        match (&mut self.cycle, name) {
            (Cycle::Parts(parts), "parts") => {
                let named = parse_parts("cyclic_encoder.parts", value)?;
                check_cyclic(&named)?;
                *parts = named;
            }
            (Cycle::Period(period), "period") => {
                let given = number("cyclic_encoder.period", value, PERIOD_ALLOWED)?;
                check_period(given)?;
                *period = given;
            }
            (Cycle::Parts(_), _) => return Err(unknown_parameter(NAME, name, &["parts"])),
            (Cycle::Period(_), _) => return Err(unknown_parameter(NAME, name, &["period"])),
        }
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}

/// The columns that a [`CyclicEncoder`] turns into places on circles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedCyclicEncoder {
    columns: Vec<Circled>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Circled {
    column: String,
    dtype: String,
    cycle: Cycle,
}

impl Circled {
    fn encode(&self, frame: &DataFrame) -> Result<Vec<Column>> {
        let find = |accepts: fn(&DataType) -> bool| columns::fitted(NAME, frame, &self.column, &self.dtype, accepts);
        match &self.cycle {
            Cycle::Period(period) => {
                let column = find(data::is_numeric)?.cast(&DataType::Float64)?;
                columns::finite_values(&column)?;
                Ok(circle(&self.column, column.f64()?, |value, _| value / period))
            }
            Cycle::Parts(parts) => {
                let dates = dates(find(is_date)?)?;
                let mut columns = Vec::with_capacity(2 * parts.len());
                for part in parts {
                    let values = part.of(&dates)?.cast(&DataType::Float64)?;
                    let values = values.f64()?;
                    let name = format!("{}_{}", self.column, part.name());
                    columns.extend(match part {
                        DatePart::Month => circle(&name, values, |month, _| (month - 1.0) / 12.0),
                        DatePart::Weekday => circle(&name, values, |day, _| day / 7.0),
                        DatePart::Hour => circle(&name, values, |hour, _| hour / 24.0),
                        DatePart::DayOfYear => {
                            let is_leap = dates.as_materialized_series().is_leap_year()?;
                            let is_leap: Vec<bool> = is_leap.iter().map(|leap| leap.unwrap_or(false)).collect();
                            circle(&name, values, |day, row| {
                                (day - 1.0) / if is_leap.get(row) == Some(&true) { 366.0 } else { 365.0 }
                            })
                        }
                        _ => circle(&name, values, |value, _| value / 60.0),
                    });
                }
                Ok(columns)
            }
        }
    }
}

/// Sine and cosine of so many turns as `turns` makes of each value and its row.
fn circle(name: &str, values: &Float64Chunked, turns: impl Fn(f64, usize) -> f64) -> Vec<Column> {
    let angle = |(row, value): (usize, Option<f64>)| value.map(|value| TAU * turns(value, row));
    [("sin", f64::sin as fn(f64) -> f64), ("cos", f64::cos)]
        .into_iter()
        .map(|(function, of)| {
            let values = values.iter().enumerate().map(|row| angle(row).map(of));
            Float64Chunked::from_iter_options(format!("{name}_{function}").into(), values).into_column()
        })
        .collect()
}

impl FittedTransformer for FittedCyclicEncoder {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let made = in_parallel(&self.columns, |circled| circled.encode(frame))?;
        expanded(frame, self.columns.iter().map(|circled| circled.column.as_str()).zip(made).collect())
    }

    fn inverse_transform(&self, _frame: &DataFrame) -> Result<DataFrame> {
        Err(Error::NotInvertible {
            step: NAME,
            reason: "a place on a circle does not tell how often it was gone round",
        })
    }
}
