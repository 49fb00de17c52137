//! Text as dates and times.

use polars::prelude::{
    Column, DataFrame, DataType, IntoColumn, NewChunkedArray, StringChunked, StringMethods, TimeUnit,
};
use serde::{Deserialize, Serialize};

use super::super::FittedTransformer;
use super::super::columns::{self, Learnt, Selection};
use super::super::params::transformer;
use super::{Parsed, is_missing};
use crate::error::{Error, Result};

const NAME: &str = "to_datetime";
const AUTO: &str = "auto";
/// So many values tell formats apart; where they leave more than one, all values are looked at.
const N_SNIFFED: usize = 1000;
/// In the order in which they are preferred.
const FORMATS: [&str; 22] = [
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.fZ",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y%m%d",
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
];
/// Which of these comes first is a setting.
const MONTH_FIRST: [&str; 3] = ["%m/%d/%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S"];
const DAY_FIRST: [&str; 3] = ["%d/%m/%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S"];

/// Reads text as dates, or as dates with times of day.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `format` | `"auto"`: the one of 28 common formats that reads most training values | a format such as `"%d.%m.%Y"` | `format` |
/// | `day_first` | `false` | for `"auto"`: whether `01/02/2024` is in February, where no other value tells | `day_first` |
/// | `lossy` | values that do not convert are an error | | `lossy` |
/// | `columns` | all of text in which everything converts | names | |
///
/// A format with a time of day gives a datetime in microseconds, any other a date; times have no zone. The words for missing are those of
/// [`ToNumeric`](super::ToNumeric). Undone, dates are written in the format they were read in.
///
/// # Errors
/// When fitted: [`Error::ColumnNotFound`], [`Error::InvalidValue`] for a column that is not text, or a format that is none.
/// When applied: [`Error::NotConvertible`] with the row, the value and the count; [`Error::StepColumnMissing`], [`Error::StepDtype`].
///
/// # Examples
///
/// ```
/// use polars::prelude::{DataType, df};
/// use workbench::preprocess::{ToDatetime, Transformer};
///
/// let dates = ToDatetime::new().fit_transform(&df!("day" => ["29.02.2024", "31.12.2023"])?)?;
/// assert_eq!(dates.column("day")?.dtype(), &DataType::Date);
///
/// let wrong = df!("day" => ["2024-02-29", "2023-02-29"])?;
/// let error = ToDatetime::new().columns(&["day"]).fit_transform(&wrong).unwrap_err();
/// assert!(error.to_string().contains("row 1 (0-based) holds \"2023-02-29\""));
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToDatetime {
    format: String,
    day_first: bool,
    lossy: bool,
    columns: Selection,
}

impl Default for ToDatetime {
    fn default() -> Self {
        Self { format: AUTO.to_string(), day_first: false, lossy: false, columns: None }
    }
}

impl ToDatetime {
    /// Every column of text in which all is dates of one format.
    pub fn new() -> Self {
        Self::default()
    }

    /// The format, in the terms of strftime.
    pub fn format(mut self, format: &str) -> Self {
        self.format = format.to_string();
        self
    }

    /// Whether the day comes before the month where a value may be read both ways.
    pub fn day_first(mut self, day_first: bool) -> Self {
        self.day_first = day_first;
        self
    }

    /// Values that do not convert become missing; [`FittedToDatetime::unconverted`] lists them.
    pub fn lossy(mut self) -> Self {
        self.lossy = true;
        self
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Learns the format of each column.
    ///
    /// # Errors
    /// See [`ToDatetime`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedToDatetime> {
        let columns = super::learn(
            NAME,
            frame,
            &self.columns,
            |column| self.learn(column),
            |format: &String, column| parse(format, column),
        )?;
        Ok(FittedToDatetime { columns, lossy: self.lossy })
    }

    fn learn(&self, column: &Column) -> Result<String> {
        if self.format != AUTO {
            // Looks whether it is a format at all.
            parse(&self.format, &column.head(Some(1)))?;
            return Ok(self.format.clone());
        }
        let (first, second) = if self.day_first { (DAY_FIRST, MONTH_FIRST) } else { (MONTH_FIRST, DAY_FIRST) };
        let formats: Vec<&str> = FORMATS.into_iter().chain(first).chain(second).collect();
        let known: Vec<Option<&str>> = column
            .str()?
            .iter()
            .flatten()
            .map(str::trim)
            .filter(|text| !is_missing(text))
            .take(N_SNIFFED)
            .map(Some)
            .collect();
        let sniffed = StringChunked::from_iter(known).with_name(column.name().clone()).into_column();
        let best = best_of(&formats, &sniffed)?;
        if best.len() > 1 && column.len() > N_SNIFFED {
            let best = best_of(&best, column)?;
            return Ok(best.first().copied().unwrap_or("%Y-%m-%d").to_string());
        }
        Ok(best.first().copied().unwrap_or("%Y-%m-%d").to_string())
    }
}

transformer!(ToDatetime, NAME, [format, day_first, lossy]);

/// Those of `formats` that read the most values.
fn best_of<'a>(formats: &[&'a str], column: &Column) -> Result<Vec<&'a str>> {
    let read = formats.iter().map(|format| Ok((*format, column.len() - parse(format, column)?.column.null_count())));
    let read = read.collect::<Result<Vec<_>>>()?;
    let most = read.iter().map(|(_, count)| *count).max().unwrap_or_default();
    Ok(read.into_iter().filter(|(_, count)| *count == most).map(|(format, _)| format).collect())
}

fn parse(format: &str, column: &Column) -> Result<Parsed> {
    let told = |error| Error::InvalidValue {
        what: format!("{NAME}.format"),
        value: format!("\"{format}\""),
        allowed: format!("\"auto\" or a date format such as \"%d.%m.%Y\" ({error})"),
    };
    let texts = column.str()?;
    let trimmed: StringChunked =
        texts.iter().map(|text| text.map(str::trim).filter(|text| !is_missing(text))).collect();
    let has_time = ["%H", "%I", "%T", "%R", "%M", "%S", "%s"].iter().any(|part| format.contains(part));
    let parsed = if has_time {
        let ambiguous = StringChunked::from_slice("ambiguous".into(), &["raise"]);
        let times = trimmed.as_datetime(Some(format), TimeUnit::Microseconds, false, false, None, &ambiguous);
        times.map_err(told)?.into_column()
    } else {
        trimmed.as_date(Some(format), false).map_err(told)?.into_column()
    };
    let is_read = parsed.is_not_null();
    let lost = trimmed.iter().zip(is_read.iter()).enumerate();
    let lost =
        lost.filter(|(_, (text, is_read))| text.is_some() && *is_read != Some(true)).map(|(row, _)| row).collect();
    Ok(Parsed { column: parsed.with_name(column.name().clone()), lost })
}

/// The formats that a [`ToDatetime`] learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedToDatetime {
    columns: Vec<Learnt<String>>,
    lossy: bool,
}

impl FittedToDatetime {
    /// What was learnt: `column` and `format`.
    ///
    /// # Errors
    /// [`Error::Polars`] in principle; none is known.
    pub fn formats(&self) -> Result<DataFrame> {
        let names: Vec<&str> = self.columns.iter().map(|learnt| learnt.column.as_str()).collect();
        let formats: Vec<&str> = self.columns.iter().map(|learnt| learnt.learnt.as_str()).collect();
        Ok(DataFrame::new(names.len(), vec![columns::texts("column", &names), columns::texts("format", &formats)])?)
    }

    /// The values of `frame` that do not convert: `column`, `row` (0-based) and `value`.
    ///
    /// # Errors
    /// [`Error::StepColumnMissing`], [`Error::StepDtype`].
    pub fn unconverted(&self, frame: &DataFrame) -> Result<DataFrame> {
        super::unconverted(NAME, &self.columns, frame, |format: &String, column| parse(format, column))
    }
}

impl FittedTransformer for FittedToDatetime {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        super::convert(NAME, &self.columns, frame, self.lossy, |format: &String, column| parse(format, column))
    }

    /// Writes the dates in the format they were read in.
    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let written = self.columns.iter().map(|learnt| {
            let is_date = |dtype: &DataType| dtype.is_date() || dtype.is_datetime();
            let column = columns::fitted(NAME, frame, &learnt.column, "date", is_date)?;
            let text = match column.dtype() {
                DataType::Date => column.date()?.to_string(&learnt.learnt)?,
                DataType::Datetime(..) => column.datetime()?.to_string(&learnt.learnt)?,
                _ => (0..column.len()).map(|_| None::<&str>).collect(),
            };
            Ok(text.with_name(column.name().clone()).into_column())
        });
        columns::replaced(frame, written.collect::<Result<_>>()?)
    }
}
