//! Text as numbers.

use std::collections::HashMap;

use polars::prelude::{Column, DataFrame, Float64Chunked, IntoColumn};
use serde::{Deserialize, Serialize};

use super::super::FittedTransformer;
use super::super::columns::{self, Learnt, Selection};
use super::super::params::{named_setting, transformer};
use super::{Parsed, is_missing, number};
use crate::error::{Error, Result};

const NAME: &str = "to_numeric";

/// Which sign parts whole numbers from fractions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decimal {
    /// Whichever most training values must have; a point where none tells.
    #[default]
    Auto,
    /// `1,234.5`
    Point,
    /// `1.234,5`
    Comma,
}

named_setting!(Decimal, ["auto" => Decimal::Auto, "point" => Decimal::Point, "comma" => Decimal::Comma]);

/// Reads text as numbers the way people write them: `€ 1.234,50`, `12 kg`, `45 %`, `(1,000)`, `−3`, `1'000`, `2e-3`.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `decimal` | `Decimal::Auto` | `"auto"`, `"point"`, `"comma"` | `decimal` |
/// | `percent_as_fraction` | `true` | `false` leaves 45 of `45 %` | `percent_as_fraction` |
/// | `lossy` | values that do not convert are an error | | `lossy` |
/// | `columns` | all of text in which everything converts | names | |
///
/// Each column has one unit or currency, the one that comes most often in training, of several such the first. A number with another does not convert, since `300 g` is not 300 kg; one without
/// any does, except beside percentages. Thousands may be parted by spaces, apostrophes, underscores, and the other of comma and point; they must stand in threes. Missing
/// are: the empty text, `NA`, `N/A`, `NaN`, `null`, `none`, `-`, `--`, `?`, `missing`, in any case. Numbers come out as `f64`.
///
/// # Errors
/// When fitted: [`Error::ColumnNotFound`], [`Error::InvalidValue`] for a column that is not text.
/// When applied: [`Error::NotConvertible`] with the row, the value and the count; [`Error::StepColumnMissing`], [`Error::StepDtype`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{ToNumeric, Transformer};
///
/// let frame = df!("price" => ["€ 1.234,50", "€ 7", "n/a"])?;
/// let prices = ToNumeric::new().fit_transform(&frame)?;
/// assert_eq!(prices.column("price")?.f64()?.get(0), Some(1234.5));
///
/// let mixed = df!("mass" => ["3 kg", "4 kg", "300 g"])?;
/// let error = ToNumeric::new().columns(&["mass"]).fit_transform(&mixed).unwrap_err();
/// assert!(error.to_string().contains("row 2 (0-based) holds \"300 g\""));
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToNumeric {
    decimal: Decimal,
    percent_as_fraction: bool,
    lossy: bool,
    columns: Selection,
}

impl Default for ToNumeric {
    fn default() -> Self {
        Self { decimal: Decimal::Auto, percent_as_fraction: true, lossy: false, columns: None }
    }
}

impl ToNumeric {
    /// Every column of text in which all is numbers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Which sign parts whole numbers from fractions.
    pub fn decimal(mut self, decimal: Decimal) -> Self {
        self.decimal = decimal;
        self
    }

    /// Whether `45 %` becomes 0.45.
    pub fn percent_as_fraction(mut self, percent_as_fraction: bool) -> Self {
        self.percent_as_fraction = percent_as_fraction;
        self
    }

    /// Values that do not convert become missing; [`FittedToNumeric::unconverted`] lists them.
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

    /// Learns the decimal sign and the unit of each column.
    ///
    /// # Errors
    /// See [`ToNumeric`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedToNumeric> {
        let columns = super::learn(NAME, frame, &self.columns, |column| self.learn(column), parse)?;
        Ok(FittedToNumeric { columns, lossy: self.lossy })
    }

    fn learn(&self, column: &Column) -> Result<Written> {
        let texts = || Ok::<_, Error>(column.str()?.iter().flatten().filter(|text| !is_missing(text.trim())));
        let decimal = match self.decimal {
            Decimal::Point => '.',
            Decimal::Comma => ',',
            Decimal::Auto => {
                let signs: Vec<char> = texts()?.filter_map(number::decimal_of).collect();
                let n_commas = signs.iter().filter(|sign| **sign == ',').count();
                if 2 * n_commas > signs.len() { ',' } else { '.' }
            }
        };
        // How often each unit comes, and where first.
        let mut counts: HashMap<String, (usize, usize)> = HashMap::new();
        let units = texts()?.filter_map(|text| number::read(text, decimal)).map(|(_, unit)| unit);
        for (place, unit) in units.enumerate().filter(|(_, unit)| !unit.is_empty()) {
            counts.entry(unit).or_insert((0, place)).0 += 1;
        }
        let most = counts.into_iter().max_by_key(|(_, (count, first))| (*count, std::cmp::Reverse(*first)));
        let unit = most.map(|(unit, _)| unit).unwrap_or_default();
        let is_fraction = unit == "%" && self.percent_as_fraction;
        Ok(Written { decimal, unit, is_fraction })
    }
}

transformer!(ToNumeric, NAME, [decimal, percent_as_fraction, lossy]);

/// How the numbers of each column were written, as a [`ToNumeric`] learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedToNumeric {
    columns: Vec<Learnt<Written>>,
    lossy: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Written {
    decimal: char,
    unit: String,
    /// Whether numbers are divided by 100.
    is_fraction: bool,
}

fn parse(written: &Written, column: &Column) -> Result<Parsed> {
    let texts = column.str()?;
    let mut lost = Vec::new();
    let mut values = Vec::with_capacity(texts.len());
    for (row, text) in texts.iter().enumerate() {
        let Some(text) = text.filter(|text| !is_missing(text.trim())) else {
            values.push(None);
            continue;
        };
        let value = number::read(text, written.decimal);
        let value = value.filter(|(_, unit)| *unit == written.unit || (unit.is_empty() && written.unit != "%"));
        let value = value.map(|(value, _)| if written.is_fraction { value / 100.0 } else { value });
        let value = value.filter(|value| value.is_finite());
        if value.is_none() {
            lost.push(row);
        }
        values.push(value);
    }
    let column = values.into_iter().collect::<Float64Chunked>().with_name(column.name().clone()).into_column();
    Ok(Parsed { column, lost })
}

impl FittedToNumeric {
    /// What was learnt: `column`, `decimal` and `unit`.
    ///
    /// # Errors
    /// [`Error::Polars`] in principle; none is known.
    pub fn statistics(&self) -> Result<DataFrame> {
        let text = |text: fn(&Learnt<Written>) -> String| self.columns.iter().map(text).collect::<Vec<String>>();
        let columns = vec![
            columns::texts("column", &text(|learnt| learnt.column.clone())),
            columns::texts("decimal", &text(|learnt| learnt.learnt.decimal.to_string())),
            columns::texts("unit", &text(|learnt| learnt.learnt.unit.clone())),
        ];
        Ok(DataFrame::new(self.columns.len(), columns)?)
    }

    /// The values of `frame` that do not convert: `column`, `row` (0-based) and `value`.
    ///
    /// # Errors
    /// [`Error::StepColumnMissing`], [`Error::StepDtype`].
    pub fn unconverted(&self, frame: &DataFrame) -> Result<DataFrame> {
        super::unconverted(NAME, &self.columns, frame, parse)
    }
}

impl FittedTransformer for FittedToNumeric {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        super::convert(NAME, &self.columns, frame, self.lossy, parse)
    }

    fn inverse_transform(&self, _frame: &DataFrame) -> Result<DataFrame> {
        Err(Error::NotInvertible { step: NAME, reason: "a number does not tell how it was written" })
    }
}
