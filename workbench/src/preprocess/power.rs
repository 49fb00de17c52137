//! Powers that make columns look normally distributed.

mod search;

use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use super::FittedTransformer;
use super::columns::{self, Learnt, Selection};
use super::params::{named_setting, transformer};
use crate::data::statistics::{self, Summary};
use crate::error::Result;

const NAME: &str = "power_transformer";

/// Which family of powers is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PowerMethod {
    /// For any number. For x ≥ 0: ((x + 1)^λ − 1) / λ, or ln(x + 1) for λ = 0; for x < 0: −((1 − x)^(2−λ) − 1) / (2 − λ), or −ln(1 − x) for λ = 2.
    #[default]
    YeoJohnson,
    /// For numbers greater than 0: (x^λ − 1) / λ, or ln x for λ = 0.
    BoxCox,
}

named_setting!(PowerMethod, ["yeo-johnson" => PowerMethod::YeoJohnson, "box-cox" => PowerMethod::BoxCox]);

/// Raises columns of numbers to the power λ that makes them look most like a normal distribution, then standardises them.
///
/// λ is that of the greatest likelihood: it maximises −n/2 · ln var(y) + (λ − 1) · Σ ln|dy/dx at λ = 2|, found by Brent's method as scipy does.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `method` | `PowerMethod::YeoJohnson` | `"yeo-johnson"`, `"box-cox"` | `method` |
/// | `standardize` | `true` | to mean 0 and standard deviation 1 | `standardize` |
/// | `columns` | all of numbers | names | |
///
/// A constant column keeps λ = 1. Numbers come out as `f64`. When undone, a value that no number is transformed to comes back missing (NaN). Values far beyond
/// those seen may come out infinite.
///
/// # Errors
/// When fitted: [`Error::OutOfDomain`](crate::Error::OutOfDomain) for a value that Box-Cox does not take, [`Error::AllMissing`](crate::Error::AllMissing),
/// [`Error::NotFinite`](crate::Error::NotFinite), [`Error::InvalidValue`](crate::Error::InvalidValue) for values too great to be transformed,
/// [`Error::Interrupted`](crate::Error::Interrupted), and for named columns [`Error::ColumnNotFound`](crate::Error::ColumnNotFound) and
/// [`Error::NotNumeric`](crate::Error::NotNumeric).
/// When applied: [`Error::OutOfDomain`](crate::Error::OutOfDomain), [`Error::StepColumnMissing`](crate::Error::StepColumnMissing),
/// [`Error::StepDtype`](crate::Error::StepDtype), [`Error::NotFinite`](crate::Error::NotFinite).
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{PowerMethod, PowerTransformer, Transformer};
///
/// let frame = df!("income" => [1.0, 2.0, 4.0, 8.0, 16.0])?;
/// let scaled = PowerTransformer::new().method(PowerMethod::BoxCox).fit_transform(&frame)?;
/// assert!(scaled.column("income")?.f64()?.get(2).unwrap().abs() < 1e-4);
///
/// let negative = df!("x" => [1.0, -1.0])?;
/// assert!(PowerTransformer::new().method(PowerMethod::BoxCox).fit(&negative).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. Yeo IK, Johnson RA (2000). A new family of power transformations. Biometrika 87(4). <https://doi.org/10.1093/biomet/87.4.954>
/// 2. Box GEP, Cox DR (1964). An analysis of transformations. JRSS B 26(2). <https://doi.org/10.1111/j.2517-6161.1964.tb00553.x>
/// 3. Brent RP (1973). Algorithms for Minimization Without Derivatives. Prentice-Hall.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PowerTransformer {
    method: PowerMethod,
    standardize: bool,
    columns: Selection,
}

impl Default for PowerTransformer {
    fn default() -> Self {
        Self { method: PowerMethod::YeoJohnson, standardize: true, columns: None }
    }
}

impl PowerTransformer {
    /// Yeo-Johnson and standardising for every column of numbers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Which family of powers is used.
    pub fn method(mut self, method: PowerMethod) -> Self {
        self.method = method;
        self
    }

    /// Whether values are standardised afterwards.
    pub fn standardize(mut self, standardize: bool) -> Self {
        self.standardize = standardize;
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

    /// Learns the power of each column.
    ///
    /// # Errors
    /// See [`PowerTransformer`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedPowerTransformer> {
        let columns = columns::learn_each(frame, &self.columns, |column| self.fit_column(column))?;
        Ok(FittedPowerTransformer { columns, method: self.method })
    }

    fn fit_column(&self, column: &Column) -> Result<Power> {
        let summary = columns::summary(NAME, column, "drop the column")?;
        check_domain(self.method, column)?;
        let known = statistics::known(&columns::finite_values(column)?);
        let lambda = if summary.is_constant() {
            1.0
        } else {
            match self.method {
                PowerMethod::YeoJohnson => search::yeo_johnson(&known)?,
                PowerMethod::BoxCox => search::box_cox(&known)?,
            }
        };
        let powers: Vec<f64> = known.iter().map(|&value| self.method.power(value, lambda)).collect();
        let transformed = Summary::of(&powers);
        let deviation = transformed.variance(0).unwrap_or_default().sqrt();
        if !lambda.is_finite() || transformed.is_infinite() || !deviation.is_finite() {
            return Err(columns::too_large(NAME, "power, or its variance,", column.name()));
        }
        let is_scaled = self.standardize && !transformed.is_constant();
        Ok(Power {
            lambda,
            mean: if self.standardize { transformed.mean } else { 0.0 },
            scale: if is_scaled { deviation } else { 1.0 },
        })
    }
}

transformer!(PowerTransformer, NAME, [method, standardize]);

fn check_domain(method: PowerMethod, column: &Column) -> Result<()> {
    match method {
        PowerMethod::YeoJohnson => Ok(()),
        PowerMethod::BoxCox => {
            columns::check_domain(NAME, column, "greater than 0; or use Yeo-Johnson", |value| value > 0.0)
        }
    }
}

impl PowerMethod {
    fn power(self, value: f64, lambda: f64) -> f64 {
        match self {
            Self::BoxCox => root_of_log(value.ln(), lambda),
            Self::YeoJohnson if value < 0.0 => -root_of_log((-value).ln_1p(), 2.0 - lambda),
            Self::YeoJohnson => root_of_log(value.ln_1p(), lambda),
        }
    }

    fn undo(self, value: f64, lambda: f64) -> f64 {
        match self {
            Self::BoxCox if lambda == 0.0 => value.exp(),
            Self::BoxCox => (value * lambda + 1.0).powf(1.0 / lambda),
            Self::YeoJohnson if value < 0.0 => -undo_positive(-value, 2.0 - lambda),
            Self::YeoJohnson => undo_positive(value, lambda),
        }
    }
}

/// (exp(λ · log) − 1) / λ, which is `log` itself for λ = 0.
fn root_of_log(log: f64, lambda: f64) -> f64 {
    if lambda.abs() < f64::EPSILON { log } else { (lambda * log).exp_m1() / lambda }
}

fn undo_positive(value: f64, lambda: f64) -> f64 {
    if lambda.abs() < f64::EPSILON { value.exp_m1() } else { (value * lambda + 1.0).powf(1.0 / lambda) - 1.0 }
}

/// The powers that a [`PowerTransformer`] learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedPowerTransformer {
    columns: Vec<Learnt<Power>>,
    method: PowerMethod,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Power {
    lambda: f64,
    mean: f64,
    scale: f64,
}

impl FittedPowerTransformer {
    /// What was learnt: `column`, `lambda`, `mean` and `scale` (what the powers are standardised by).
    ///
    /// # Errors
    /// [`Error::Polars`](crate::Error::Polars) in principle; none is known.
    pub fn statistics(&self) -> Result<DataFrame> {
        let numbers: [(&str, fn(&Power) -> f64); 3] =
            [("lambda", |power| power.lambda), ("mean", |power| power.mean), ("scale", |power| power.scale)];
        columns::table(&self.columns, &numbers)
    }
}

impl FittedTransformer for FittedPowerTransformer {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let method = self.method;
        Learnt::change_each(&self.columns, NAME, frame, |&Power { lambda, mean, scale }, column| {
            check_domain(method, column)?;
            columns::map_finite(column, move |value| (method.power(value, lambda) - mean) / scale)
        })
    }

    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let method = self.method;
        Learnt::change_each(&self.columns, NAME, frame, |&Power { lambda, mean, scale }, column| {
            columns::map_finite(column, move |value| method.undo(value * scale + mean, lambda))
        })
    }
}
