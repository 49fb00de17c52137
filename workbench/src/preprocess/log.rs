//! Logarithms.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::FittedTransformer;
use super::columns::{self, Learnt, Selection};
use super::params::{ensure, transformer};
use crate::error::Result;

const NAME: &str = "log_transformer";

/// Takes the logarithm of columns of numbers: y = log_base x, or log_base (1 + x).
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `base` | e | greater than 0, not 1 | `base` |
/// | `plus_one` | `false` | `true` adds 1 first, exact also for values near 0 | `plus_one` |
/// | `columns` | all of numbers | names | |
///
/// Nothing is learnt but the columns. Numbers come out as `f64`.
///
/// # Errors
/// When fitted: [`Error::InvalidValue`](crate::Error::InvalidValue) for a base out of range, and for named columns
/// [`Error::ColumnNotFound`](crate::Error::ColumnNotFound) and [`Error::NotNumeric`](crate::Error::NotNumeric).
/// When fitted and when applied: [`Error::OutOfDomain`](crate::Error::OutOfDomain) names the first value that has no logarithm, its column and row;
/// [`Error::NotFinite`](crate::Error::NotFinite).
/// When applied: [`Error::StepColumnMissing`](crate::Error::StepColumnMissing), [`Error::StepDtype`](crate::Error::StepDtype).
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{LogTransformer, Transformer};
///
/// let logged = LogTransformer::new().base(10.0).fit_transform(&df!("price" => [1.0, 100.0])?)?;
/// assert_eq!(logged.column("price")?.f64()?.get(1), Some(2.0));
///
/// let error = LogTransformer::new().fit_transform(&df!("price" => [1.0, 0.0])?).unwrap_err();
/// assert!(error.to_string().contains("column `price` holds 0.0 in row 1"));
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogTransformer {
    base: f64,
    plus_one: bool,
    columns: Selection,
}

impl Default for LogTransformer {
    fn default() -> Self {
        Self { base: std::f64::consts::E, plus_one: false, columns: None }
    }
}

impl LogTransformer {
    /// The natural logarithm of every column of numbers.
    pub fn new() -> Self {
        Self::default()
    }

    /// The base, such as 2 or 10.
    pub fn base(mut self, base: f64) -> Self {
        self.base = base;
        self
    }

    /// Whether 1 is added first.
    pub fn plus_one(mut self, plus_one: bool) -> Self {
        self.plus_one = plus_one;
        self
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    fn check(&self) -> Result<()> {
        let is_allowed = self.base > 0.0 && self.base != 1.0 && self.base.is_finite();
        ensure(is_allowed, "log_transformer.base", self.base, "a finite number greater than 0 that is not 1")
    }

    /// Remembers the columns, and looks whether their values have logarithms.
    ///
    /// # Errors
    /// See [`LogTransformer`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedLogTransformer> {
        self.check()?;
        let columns = columns::learn_each(frame, &self.columns, |column| domain(self.plus_one, column))?;
        Ok(FittedLogTransformer { columns, base: self.base, plus_one: self.plus_one })
    }
}

transformer!(LogTransformer, NAME, [base, plus_one]);

fn domain(plus_one: bool, column: &polars::prelude::Column) -> Result<()> {
    let (least, allowed) = if plus_one { (-1.0, "greater than -1") } else { (0.0, "greater than 0") };
    columns::check_domain(NAME, column, allowed, |value| value > least)
}

/// The columns of a [`LogTransformer`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedLogTransformer {
    columns: Vec<Learnt<()>>,
    base: f64,
    plus_one: bool,
}

impl FittedTransformer for FittedLogTransformer {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let (base, plus_one) = (self.base, self.plus_one);
        Learnt::change_each(&self.columns, NAME, frame, |(), column| {
            domain(plus_one, column)?;
            columns::map_finite(column, move |value| match (plus_one, base) {
                (false, 2.0) => value.log2(),
                (false, 10.0) => value.log10(),
                (false, std::f64::consts::E) => value.ln(),
                (true, std::f64::consts::E) => value.ln_1p(),
                (false, _) => value.ln() / base.ln(),
                (true, _) => value.ln_1p() / base.ln(),
            })
        })
    }

    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let (base, plus_one) = (self.base, self.plus_one);
        Learnt::change_each(&self.columns, NAME, frame, |(), column| {
            columns::map_finite(column, move |value| match (plus_one, base) {
                (false, 2.0) => value.exp2(),
                (false, std::f64::consts::E) => value.exp(),
                (true, std::f64::consts::E) => value.exp_m1(),
                (false, _) => base.powf(value),
                (true, _) => (value * base.ln()).exp_m1(),
            })
        })
    }
}
