//! Changing dtypes.

mod convert;

use std::collections::HashMap;

use polars::prelude::{Column, DataFrame, DataType, IdxSize, NamedFrom, Series};
use serde::{Deserialize, Serialize};

use self::convert::Conversion;
use super::params::{flag, unknown_parameter};
use super::parse::listed;
use super::{FittedTransformer, ParamValue, Transformer, columns};
use crate::data::{self, in_parallel};
use crate::error::{Error, Result};

pub(super) use convert::{Kind, shown};

const NAME: &str = "cast";

/// Changes the dtypes of columns, and says which value does not fit instead of losing it.
///
/// | dtype | names | takes |
/// |---|---|---|
/// | float | `"float64"` (`"f64"`), `"float32"` (`"f32"`) | numbers, flags (0 and 1), text that reads as a number |
/// | integer | `"int64"` (`"i64"`), `"int32"`, `"int16"`, `"int8"`, `"uint64"` (`"u64"`), `"uint32"`, `"uint16"`, `"uint8"` | the same, but only whole numbers within range |
/// | flag | `"boolean"` (`"bool"`) | 0 and 1, `true` and `false` in any case |
/// | text | `"string"` (`"str"`) | anything |
/// | category | `"category"` (`"cat"`) | anything |
///
/// Spaces around text are trimmed before it is read. Missing stays missing.
///
/// | setting | default | name |
/// |---|---|---|
/// | `column` | none | the column's own name: a dtype from the table above |
/// | `lossy` | values that do not convert are an error | `lossy` |
///
/// # Errors
/// When fitted: [`Error::InvalidValue`] for an unknown dtype, [`Error::ColumnNotFound`].
/// When applied: [`Error::NotConvertible`] with the row, the value and the count; [`Error::StepColumnMissing`].
///
/// # Examples
///
/// ```
/// use polars::prelude::{DataType, df};
/// use workbench::preprocess::{Cast, Transformer};
///
/// let frame = df!("year" => ["2007", " 2008 "], "mass" => ["3750", "heavy"])?;
/// let years = Cast::new().column("year", DataType::Int64).fit_transform(&frame)?;
/// assert_eq!(years.column("year")?.i64()?.get(1), Some(2008));
///
/// let error = Cast::to(&[("mass", "float64")]).fit_transform(&frame).unwrap_err();
/// assert!(error.to_string().contains("row 1 (0-based) holds \"heavy\""));
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cast {
    /// Columns and the names of their dtypes; the names are looked up when the step is fitted.
    dtypes: Vec<(String, String)>,
    is_lossy: bool,
}

impl Cast {
    /// No column yet; see [`column`](Self::column).
    pub fn new() -> Self {
        Self::default()
    }

    /// Columns and the names of the dtypes they are to have.
    pub fn to(dtypes: &[(&str, &str)]) -> Self {
        let dtypes = dtypes.iter().map(|(column, dtype)| (column.to_string(), dtype.to_string()));
        Self { dtypes: dtypes.collect(), is_lossy: false }
    }

    /// One more column and the dtype it is to have.
    pub fn column(mut self, column: &str, dtype: DataType) -> Self {
        self.dtypes.push((column.to_string(), dtype.to_string()));
        self
    }

    /// Values that do not convert become missing; [`FittedCast::report`] counts and [`FittedCast::unconverted`] lists them.
    pub fn lossy(mut self) -> Self {
        self.is_lossy = true;
        self
    }

    /// Looks up the columns and the dtypes.
    ///
    /// # Errors
    /// See [`Cast`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedCast> {
        let columns = self.dtypes.iter().map(|(column, dtype)| {
            let to = Kind::named(column, dtype)?;
            let from = data::column(frame, column)?.dtype().to_string();
            Ok(Casted { column: column.clone(), from, to })
        });
        Ok(FittedCast { columns: columns.collect::<Result<_>>()?, is_lossy: self.is_lossy })
    }
}

impl Transformer for Cast {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(Cast::fit(self, frame)?))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        let dtypes = self.dtypes.iter().map(|(column, dtype)| (column.clone(), dtype.as_str().into()));
        std::iter::once(("lossy".to_string(), self.is_lossy.into())).chain(dtypes).collect()
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        if name == "lossy" {
            self.is_lossy = flag("cast.lossy", value)?;
            return Ok(());
        }
        let Some((column, dtype)) = self.dtypes.iter_mut().find(|(column, _)| column == name) else {
            let columns = self.dtypes.iter().map(|(column, _)| column.as_str());
            let known: Vec<&str> = std::iter::once("lossy").chain(columns).collect();
            return Err(unknown_parameter(NAME, name, &known));
        };
        let named = value.to_string();
        Kind::named(column, &named)?;
        *dtype = named;
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}

/// The dtypes that a [`Cast`] gives and those it found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedCast {
    columns: Vec<Casted>,
    is_lossy: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Casted {
    column: String,
    from: String,
    to: Kind,
}

impl FittedCast {
    /// What converting `frame` loses: `column`, `from`, `to`, `n_lost` and `first_row` (0-based, null where nothing is lost).
    ///
    /// # Errors
    /// [`Error::StepColumnMissing`]; [`Error::Polars`] for nested columns.
    pub fn report(&self, frame: &DataFrame) -> Result<DataFrame> {
        let mut lost = Vec::with_capacity(self.columns.len());
        let mut from = Vec::with_capacity(self.columns.len());
        for casted in &self.columns {
            let column = casted.find(frame)?;
            from.push(column.dtype().to_string());
            lost.push(Conversion::of(column, casted.to)?.lost);
        }
        let names: Vec<&str> = self.columns.iter().map(|casted| casted.column.as_str()).collect();
        let to: Vec<String> = self.columns.iter().map(|casted| casted.to.dtype().to_string()).collect();
        let counts: Vec<IdxSize> = lost.iter().map(|lost| lost.count as IdxSize).collect();
        let first_rows: Vec<Option<IdxSize>> =
            lost.iter().map(|lost| lost.first_row.map(|row| row as IdxSize)).collect();
        let columns = vec![
            Series::new("column".into(), names).into(),
            Series::new("from".into(), from).into(),
            Series::new("to".into(), to).into(),
            Series::new("n_lost".into(), counts).into(),
            Series::new("first_row".into(), first_rows).into(),
        ];
        Ok(DataFrame::new(self.columns.len(), columns)?)
    }
}

impl FittedCast {
    /// The values of `frame` that do not convert: `column`, `row` (0-based) and `value`.
    ///
    /// # Errors
    /// [`Error::StepColumnMissing`]; [`Error::Polars`] for nested columns.
    pub fn unconverted(&self, frame: &DataFrame) -> Result<DataFrame> {
        let found = in_parallel(&self.columns, |casted| convert::unconverted(casted.find(frame)?, casted.to))?;
        let found = self.columns.iter().zip(found);
        let found = found
            .flat_map(|(casted, found)| found.into_iter().map(|(row, value)| (casted.column.as_str(), row, value)));
        listed(found.collect())
    }
}

impl FittedTransformer for FittedCast {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let columns = in_parallel(&self.columns, |casted| {
            let column = casted.find(frame)?;
            convert::checked(column, casted.to, self.is_lossy)
        })?;
        columns::replaced(frame, columns)
    }

    fn transform_owned(&self, frame: DataFrame) -> Result<DataFrame> {
        let kinds = self.columns.iter().map(|casted| casted.find(&frame).map(|_| (casted.column.as_str(), casted.to)));
        let kinds = kinds.collect::<Result<HashMap<_, _>>>()?;
        let height = frame.height();
        columns::each_owned(frame, height, |column| match kinds.get(column.name().as_str()) {
            Some(&kind) => convert::checked(&column, kind, self.is_lossy),
            None => Ok(column),
        })
    }

    /// Casts back to the dtypes found when the step was fitted. Numbers that were text may come back written otherwise (`"1"` as `"1.0"`).
    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let columns = in_parallel(&self.columns, |casted| {
            let column = casted.find(frame)?;
            match Kind::named(&casted.column, &casted.from) {
                Ok(from) => convert::checked(column, from, false),
                Err(_) => Err(Error::NotInvertible { step: NAME, reason: "a column had a dtype that no cast gives" }),
            }
        })?;
        columns::replaced(frame, columns)
    }
}

impl Casted {
    /// Any dtype will do: whether its values convert is what matters.
    fn find<'a>(&self, frame: &'a DataFrame) -> Result<&'a Column> {
        columns::fitted(NAME, frame, &self.column, &self.from, |_| true)
    }
}
