//! Filling what is missing.

use polars::prelude::{
    BooleanChunked, ChunkFillNullValue, Column, DataFrame, DataType, Float64Chunked, IdxSize, IntoColumn, NamedFrom,
    NewChunkedArray, Series, StringChunked,
};
use serde::{Deserialize, Serialize};

use super::columns::{self, Selection};
use super::params::{choice, invalid_parameter, unknown_parameter};
use super::{FittedTransformer, ParamValue, Transformer, stream};
use crate::data::{self, in_parallel, is_numeric, statistics};
use crate::error::{Error, Result};

const NAME: &str = "imputer";

/// What a missing value becomes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Strategy {
    /// The mean of the known training values.
    Mean,
    /// Their median; of an even number the mean of the middle two.
    Median,
    /// The one that comes most often; of several such the smallest.
    MostFrequent,
    /// This value.
    Constant(ParamValue),
}

impl Strategy {
    fn name(&self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Median => "median",
            Self::MostFrequent => "most_frequent",
            Self::Constant(_) => "constant",
        }
    }
}

/// Fills missing values (null and NaN) with what the training rows suggest.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | strategy | none: name it | [`Strategy`] | `strategy`: `"mean"`, `"median"`, `"most_frequent"`, `"constant"` |
/// | fill value | 0 | a finite number, text, or a flag | `fill_value`, for `"constant"` only |
/// | `columns` | all that it applies to | names | |
///
/// Mean and median apply to columns of numbers, which come out as `f64`. The most frequent value applies to columns of numbers, text,
/// categories and flags; a constant applies to those of its own kind. Both keep integers, text, categories and flags as they are.
///
/// # Errors
/// When fitted: [`Error::AllMissing`] (not for a constant), [`Error::NotFinite`]; for named columns [`Error::ColumnNotFound`],
/// [`Error::NotNumeric`], and [`Error::InvalidValue`] for a constant of another kind.
/// When applied: [`Error::StepColumnMissing`], [`Error::StepDtype`], [`Error::NotFinite`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{FittedTransformer, Imputer, Strategy};
///
/// let frame = df!("mass" => [Some(3.0), None, Some(5.0)])?;
/// let filled = Imputer::new(Strategy::Median).fit(&frame)?.transform(&frame)?;
/// assert_eq!(filled.column("mass")?.f64()?.get(1), Some(4.0));
///
/// let error = Imputer::new(Strategy::Mean).fit(&df!("mass" => [None::<f64>])?).unwrap_err();
/// assert!(error.to_string().contains("column `mass` are missing"));
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imputer {
    strategy: Strategy,
    /// Kept beside the strategy, so that a search may set the two in any order.
    fill_value: ParamValue,
    columns: Selection,
}

impl Imputer {
    /// Fills every column that `strategy` applies to.
    pub fn new(strategy: Strategy) -> Self {
        let fill_value = match &strategy {
            Strategy::Constant(value) => value.clone(),
            _ => ParamValue::Int(0),
        };
        Self { strategy, fill_value, columns: None }
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    /// Learns what to fill each column with.
    ///
    /// # Errors
    /// See [`Imputer`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedImputer> {
        if let Strategy::Constant(ParamValue::Float(value)) = self.strategy
            && !value.is_finite()
        {
            return Err(invalid_parameter("imputer.fill_value", &value.into(), "a finite number, text, or a flag"));
        }
        let columns: Vec<&Column> = match &self.columns {
            None => frame.columns().iter().filter(|column| self.applies_to(column.dtype())).collect(),
            Some(names) => names.iter().map(|name| data::column(frame, name)).collect::<Result<_>>()?,
        };
        let columns = in_parallel(&columns, |column| self.fit_column(column))?;
        Ok(FittedImputer { columns })
    }

    /// Constants depend on dtypes only, but the report counts what is missing in all frames.
    fn fit_constants(&self, frames: &mut dyn Iterator<Item = Result<DataFrame>>) -> Result<Vec<Filled>> {
        let first = frames.next().ok_or_else(|| Error::NoRows { what: NAME.to_string() })??;
        let mut columns = Imputer::fit(self, &first)?.columns;
        for frame in frames {
            let frame = frame?;
            for filled in &mut columns {
                let column = columns::fitted(NAME, &frame, &filled.column, &filled.dtype, |_| true)?;
                filled.missing += data::missing_count(column)?;
            }
        }
        Ok(columns)
    }

    fn applies_to(&self, dtype: &DataType) -> bool {
        // A column without a dtype holds nothing, and is to be told of.
        dtype.is_null()
            || match &self.strategy {
                Strategy::Mean | Strategy::Median => is_numeric(dtype),
                Strategy::MostFrequent => is_numeric(dtype) || is_text(dtype) || dtype.is_bool(),
                Strategy::Constant(ParamValue::Bool(_)) => dtype.is_bool(),
                Strategy::Constant(ParamValue::Text(_)) => is_text(dtype),
                Strategy::Constant(_) => is_numeric(dtype),
            }
    }

    fn fit_column(&self, column: &Column) -> Result<Filled> {
        if !self.applies_to(column.dtype()) {
            return Err(match &self.strategy {
                Strategy::Mean | Strategy::Median => columns::not_numeric(column),
                Strategy::MostFrequent => Error::InvalidValue {
                    what: format!("imputer: the dtype of column `{}`", column.name()),
                    value: column.dtype().to_string(),
                    allowed: "a number, text, a category or a flag".to_string(),
                },
                Strategy::Constant(value) => misfit(column, value, &format!("a value of dtype {}", column.dtype())),
            });
        }
        let fill = match &self.strategy {
            Strategy::Constant(value) => constant(column, value)?,
            strategy => learnt(column, strategy)?.ok_or_else(|| Error::AllMissing {
                step: NAME,
                column: column.name().to_string(),
                n_rows: column.len(),
                remedy: "drop the column, or impute a constant",
            })?,
        };
        let missing = data::missing_count(column)?;
        Ok(Filled { column: column.name().to_string(), dtype: column.dtype().to_string(), missing, fill })
    }
}

impl Transformer for Imputer {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(Imputer::fit(self, frame)?))
    }

    /// The mean, a constant, or the median, which is then that of a sketch: see [`QuantileSketch`](crate::data::QuantileSketch).
    fn fit_stream(&self, frames: &mut dyn Iterator<Item = Result<DataFrame>>) -> Result<Box<dyn FittedTransformer>> {
        let columns = match &self.strategy {
            Strategy::Mean | Strategy::Median => stream::numeric(NAME, frames, &self.columns, |column| {
                let fill = match self.strategy {
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
                Ok(Filled { column: column.name.clone(), dtype: column.dtype.clone(), missing, fill })
            })?,
            Strategy::Constant(_) => self.fit_constants(frames)?,
            Strategy::MostFrequent => {
                let detail = " with the strategy \"most_frequent\"".to_string();
                return Err(Error::NotStreamable { step: NAME, detail });
            }
        };
        Ok(Box::new(FittedImputer { columns }))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        vec![("strategy".to_string(), self.strategy.name().into()), ("fill_value".to_string(), self.fill_value.clone())]
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        match name {
            "strategy" => {
                let constant = Strategy::Constant(self.fill_value.clone());
                let strategies = [Strategy::Mean, Strategy::Median, Strategy::MostFrequent, constant];
                self.strategy =
                    choice("imputer.strategy", value, &strategies.map(|strategy| (strategy.name(), strategy)))?;
            }
            "fill_value" => {
                self.fill_value = value.clone();
                if let Strategy::Constant(constant) = &mut self.strategy {
                    *constant = value.clone();
                }
            }
            _ => return Err(unknown_parameter(NAME, name, &["strategy", "fill_value"])),
        }
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}

/// What an [`Imputer`] fills each column with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedImputer {
    columns: Vec<Filled>,
}

/// A number with a fraction turns its column into floats; any other value keeps the dtype.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Filled {
    column: String,
    dtype: String,
    missing: usize,
    fill: ParamValue,
}

impl FittedImputer {
    /// What was learnt: `column`, `missing` (how many training values were) and `fill_value`, as text since columns differ in kind.
    ///
    /// # Errors
    /// [`Error::Polars`] in principle; none is known.
    pub fn report(&self) -> Result<DataFrame> {
        let names: Vec<&str> = self.columns.iter().map(|filled| filled.column.as_str()).collect();
        let missing: Vec<IdxSize> = self.columns.iter().map(|filled| filled.missing as IdxSize).collect();
        let fills: Vec<String> = self.columns.iter().map(|filled| filled.fill.to_string()).collect();
        let columns = vec![
            Series::new("column".into(), names).into(),
            Series::new("missing".into(), missing).into(),
            Series::new("fill_value".into(), fills).into(),
        ];
        Ok(DataFrame::new(self.columns.len(), columns)?)
    }

    /// What a missing value of `column` becomes.
    ///
    /// # Errors
    /// [`Error::ColumnNotFound`] for a column that it does not fill.
    pub fn fill_value(&self, column: &str) -> Result<ParamValue> {
        let filled = self.columns.iter().find(|filled| filled.column == column);
        filled.map(|filled| filled.fill.clone()).ok_or_else(|| {
            let names: Vec<String> = self.columns.iter().map(|filled| format!("`{}`", filled.column)).collect();
            Error::ColumnNotFound { column: column.to_string(), available: names.join(", ") }
        })
    }
}

impl FittedTransformer for FittedImputer {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let columns = in_parallel(&self.columns, |filled| filled.fill(frame))?;
        columns::replaced(frame, columns)
    }

    fn inverse_transform(&self, _frame: &DataFrame) -> Result<DataFrame> {
        Err(Error::NotInvertible { step: NAME, reason: "a filled value does not tell that it was missing" })
    }
}

impl Filled {
    fn fill(&self, frame: &DataFrame) -> Result<Column> {
        let find = |accepts| columns::fitted(NAME, frame, &self.column, &self.dtype, accepts);
        match &self.fill {
            ParamValue::Float(value) => fill_floats(find(is_numeric)?, *value),
            ParamValue::Int(value) => fill_integers(find(is_numeric)?, *value),
            ParamValue::Text(value) => fill_text(find(is_text)?, value),
            ParamValue::Bool(value) => fill_flags(find(DataType::is_bool)?, *value),
        }
    }
}

fn fill_floats(column: &Column, fill: f64) -> Result<Column> {
    let name = column.name().clone();
    let column = column.cast(&DataType::Float64)?;
    let values = columns::finite_values(&column)?;
    if !values.iter().any(|value| value.is_nan()) {
        return Ok(column.clone());
    }
    let values = values.iter().map(|&value| if value.is_nan() { fill } else { value });
    Ok(Float64Chunked::from_iter_values(name, values).into_column())
}

fn fill_integers(column: &Column, fill: i64) -> Result<Column> {
    if column.dtype().is_float() {
        return fill_floats(column, fill as f64);
    }
    let dtype = if column.dtype().is_null() { DataType::Int64 } else { column.dtype().clone() };
    if column.null_count() == 0 {
        return Ok(column.clone());
    }
    let filled = column.strict_cast(&DataType::Int64)?.i64()?.fill_null_with_values(fill)?;
    Ok(filled.into_column().strict_cast(&dtype)?)
}

fn fill_text(column: &Column, fill: &str) -> Result<Column> {
    if column.null_count() == 0 {
        return Ok(column.clone());
    }
    let dtype = if column.dtype().is_null() { DataType::String } else { column.dtype().clone() };
    let text = column.cast(&DataType::String)?;
    let filled = text.str()?.iter().map(|value| value.unwrap_or(fill));
    Ok(StringChunked::from_iter_values(column.name().clone(), filled).into_column().strict_cast(&dtype)?)
}

fn fill_flags(column: &Column, fill: bool) -> Result<Column> {
    let column = column.cast(&DataType::Boolean)?;
    let flags: &BooleanChunked = column.bool()?;
    Ok(flags.fill_null_with_values(fill)?.into_column())
}

fn is_text(dtype: &DataType) -> bool {
    dtype.is_string() || dtype.is_categorical() || dtype.is_enum()
}

/// What the known values of `column` suggest; `None` where there are none.
fn learnt(column: &Column, strategy: &Strategy) -> Result<Option<ParamValue>> {
    let dtype = column.dtype();
    if dtype.is_null() {
        return Ok(None);
    }
    if dtype.is_bool() {
        let n_true = column.bool()?.sum().unwrap_or_default() as usize;
        let n_known = column.len() - column.null_count();
        return Ok((n_known > 0).then(|| ParamValue::Bool(n_true > n_known - n_true)));
    }
    if is_text(dtype) {
        let text = column.cast(&DataType::String)?;
        return Ok(statistics::most_frequent_text(text.str()?.iter().flatten()).map(ParamValue::from));
    }
    if dtype.is_integer() && *strategy == Strategy::MostFrequent {
        let integers = column.strict_cast(&DataType::Int64)?;
        let mut known: Vec<i64> = integers.i64()?.iter().flatten().collect();
        return Ok(statistics::most_frequent_integer(&mut known).map(ParamValue::Int));
    }
    let values = columns::finite_values(column)?;
    let value = match strategy {
        Strategy::Mean => statistics::mean(&values),
        Strategy::Median => statistics::quantile(&mut statistics::known(&values), 0.5),
        _ => statistics::most_frequent(&values),
    };
    Ok(value.map(ParamValue::Float))
}

/// `value` as it fills `column`: whole numbers stay whole among integers.
fn constant(column: &Column, value: &ParamValue) -> Result<ParamValue> {
    let dtype = column.dtype();
    match value {
        ParamValue::Int(number) if dtype.is_float() => Ok(ParamValue::Float(*number as f64)),
        ParamValue::Float(number) if dtype.is_integer() && number.fract() == 0.0 && number.abs() < 2f64.powi(53) => {
            constant(column, &ParamValue::Int(*number as i64))
        }
        ParamValue::Int(number) if dtype.is_integer() => {
            let fits = Column::new("fill".into(), [*number]).strict_cast(dtype).is_ok();
            if fits { Ok(value.clone()) } else { Err(misfit(column, value, &format!("within the range of {dtype}"))) }
        }
        ParamValue::Text(text) if dtype.is_enum() => {
            let fits = Column::new("fill".into(), [text.as_str()]).strict_cast(dtype).is_ok();
            if fits { Ok(value.clone()) } else { Err(misfit(column, value, "one of the column's categories")) }
        }
        _ => Ok(value.clone()),
    }
}

fn misfit(column: &Column, value: &ParamValue, allowed: &str) -> Error {
    invalid_parameter(&format!("imputer.fill_value for column `{}`", column.name()), value, allowed)
}
