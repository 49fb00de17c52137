//! Columns as sums of bumps.

mod basis;

use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use self::basis::Basis;
use super::FittedTransformer;
use super::columns::{self, Learnt, Selection};
use super::params::{ensure, named_setting, transformer};
use crate::data::{in_parallel, statistics};
use crate::error::{Error, Result};

const NAME: &str = "spline_transformer";

/// Where the knots stand between the least and the greatest training value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Knots {
    /// At equal distances.
    #[default]
    Uniform,
    /// At quantiles, so that there are about as many values between each two.
    Quantile,
}

named_setting!(Knots, ["uniform" => Knots::Uniform, "quantile" => Knots::Quantile]);

/// What becomes of values beyond those seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Extrapolation {
    /// As at the nearest end.
    #[default]
    Constant,
    /// Along a straight line with the slope at the nearest end.
    Linear,
    /// Along the outermost polynomials.
    Continue,
    /// As within the range, over and over: the splines join at its ends, and the first `degree` of them are the last ones, too.
    Periodic,
    /// They are an error that names the column, the row and the value.
    Error,
}

named_setting!(Extrapolation, [
    "constant" => Extrapolation::Constant, "linear" => Extrapolation::Linear,
    "continue" => Extrapolation::Continue, "periodic" => Extrapolation::Periodic,
    "error" => Extrapolation::Error
]);

/// Replaces each column of numbers by its B-splines, so that a linear model can follow a curve.
///
/// There are `n_knots + degree − 1` of them (`n_knots − 1` periodic ones), `<name>_sp_0` and so on; at each value they are at least 0 within the training range, and sum to 1.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `n_knots` | 5 | at least 2 | `n_knots` |
/// | `degree` | 3 | 0 to 20, for periodic splines less than `n_knots` | `degree` |
/// | `knots` | `Knots::Uniform` | `"uniform"`, `"quantile"` | `knots` |
/// | `extrapolation` | `Extrapolation::Constant` | `"constant"`, `"linear"`, `"continue"`, `"periodic"`, `"error"` | `extrapolation` |
/// | `include_bias` | `true` | `false` leaves the last spline of each column out, so that they do not sum to a constant | `include_bias` |
/// | `columns` | all of numbers | names | |
///
/// The splines stand behind all other columns. Missing stays missing in each of them.
///
/// # Errors
/// When fitted: [`Error::InvalidValue`] for a setting out of range or a column with a single value, [`Error::AllMissing`], [`Error::NotFinite`],
/// [`Error::DuplicateColumn`] where a name is taken, and for named columns [`Error::ColumnNotFound`] and [`Error::NotNumeric`].
/// When applied: [`Error::OutOfDomain`] with `Extrapolation::Error`, [`Error::StepColumnMissing`], [`Error::StepDtype`], [`Error::NotFinite`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{SplineTransformer, Transformer};
///
/// let frame = df!("x" => [0.0, 1.0, 2.0])?;
/// let splines = SplineTransformer::new().n_knots(3).degree(1).fit_transform(&frame)?;
/// assert_eq!(splines.get_column_names(), ["x_sp_0", "x_sp_1", "x_sp_2"]);
/// assert_eq!(splines.column("x_sp_1")?.f64()?.to_vec(), [Some(0.0), Some(1.0), Some(0.0)]);
///
/// assert!(SplineTransformer::new().fit(&df!("x" => [1.0, 1.0])?).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. Eilers PHC, Marx BD (1996). Flexible smoothing with B-splines and penalties. Statistical Science 11(2). <https://doi.org/10.1214/ss/1038425655>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplineTransformer {
    n_knots: usize,
    degree: usize,
    knots: Knots,
    extrapolation: Extrapolation,
    include_bias: bool,
    columns: Selection,
}

impl Default for SplineTransformer {
    fn default() -> Self {
        Self {
            n_knots: 5,
            degree: 3,
            knots: Knots::Uniform,
            extrapolation: Extrapolation::Constant,
            include_bias: true,
            columns: None,
        }
    }
}

impl SplineTransformer {
    /// Cubic splines over five knots for every column of numbers.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many knots there are.
    pub fn n_knots(mut self, n_knots: usize) -> Self {
        self.n_knots = n_knots;
        self
    }

    /// The degree of the polynomials between knots.
    pub fn degree(mut self, degree: usize) -> Self {
        self.degree = degree;
        self
    }

    /// Where the knots stand.
    pub fn knots(mut self, knots: Knots) -> Self {
        self.knots = knots;
        self
    }

    /// What becomes of values beyond those seen.
    pub fn extrapolation(mut self, extrapolation: Extrapolation) -> Self {
        self.extrapolation = extrapolation;
        self
    }

    /// Whether the last spline of each column is there.
    pub fn include_bias(mut self, include_bias: bool) -> Self {
        self.include_bias = include_bias;
        self
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    fn check(&self) -> Result<()> {
        ensure((2..=10_000).contains(&self.n_knots), "spline_transformer.n_knots", self.n_knots, "from 2 to 10000")?;
        ensure(self.degree <= 20, "spline_transformer.degree", self.degree, "from 0 to 20")?;
        let is_allowed = self.extrapolation != Extrapolation::Periodic || self.degree < self.n_knots;
        ensure(is_allowed, "spline_transformer.degree", self.degree, "less than n_knots for periodic splines")
    }

    /// Learns the knots of each column.
    ///
    /// # Errors
    /// See [`SplineTransformer`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedSplineTransformer> {
        self.check()?;
        let columns = columns::learn_each(frame, &self.columns, |column| self.fit_column(column))?;
        let fitted =
            FittedSplineTransformer { columns, extrapolation: self.extrapolation, include_bias: self.include_bias };
        match fitted.new_names().into_iter().find(|name| frame.column(name).is_ok()) {
            Some(column) => Err(Error::DuplicateColumn { column }),
            None => Ok(fitted),
        }
    }

    fn fit_column(&self, column: &Column) -> Result<Basis> {
        let summary = columns::summary(NAME, column, "drop the column")?;
        let base = match self.knots {
            Knots::Uniform => statistics::evenly_spaced(summary.min, summary.max, self.n_knots),
            Knots::Quantile => {
                let mut sorted = statistics::known(&columns::finite_values(column)?);
                sorted.sort_unstable_by(f64::total_cmp);
                let fractions = statistics::evenly_spaced(0.0, 1.0, self.n_knots);
                fractions.iter().filter_map(|&fraction| statistics::sorted_quantile(&sorted, fraction)).collect()
            }
        };
        if summary.min == summary.max {
            return Err(Error::InvalidValue {
                what: format!("{NAME}: the number of different values of column `{}`", column.name()),
                value: "1".to_string(),
                allowed: "at least 2; drop the column".to_string(),
            });
        }
        let basis = match self.extrapolation {
            Extrapolation::Periodic => Basis::periodic(&base, self.degree),
            _ => Basis::around(&base, self.degree),
        };
        if basis.is_finite() { Ok(basis) } else { Err(columns::too_large(NAME, "range", column.name())) }
    }
}

transformer!(SplineTransformer, NAME, [n_knots, degree, knots, extrapolation, include_bias]);

/// The knots that a [`SplineTransformer`] learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedSplineTransformer {
    columns: Vec<Learnt<Basis>>,
    extrapolation: Extrapolation,
    include_bias: bool,
}

impl FittedSplineTransformer {
    /// What was learnt, one row for each knot: `column` and `knot`, those beyond the training range included.
    ///
    /// # Errors
    /// [`Error::Polars`] in principle; none is known.
    pub fn knots(&self) -> Result<DataFrame> {
        let knots = self
            .columns
            .iter()
            .flat_map(|learnt| learnt.learnt.knots().iter().map(|&knot| (learnt.column.as_str(), knot)));
        let (names, knots): (Vec<&str>, Vec<f64>) = knots.unzip();
        Ok(DataFrame::new(names.len(), vec![columns::texts("column", &names), columns::floats("knot", knots)])?)
    }

    /// The names of the columns that it makes.
    pub fn new_names(&self) -> Vec<String> {
        self.columns.iter().flat_map(|learnt| self.names(learnt)).collect()
    }

    /// How many splines there are, the one that a bias makes superfluous included.
    fn n_splines(&self, basis: &Basis) -> usize {
        let n_joined = if self.extrapolation == Extrapolation::Periodic { basis.degree() } else { 0 };
        basis.n_splines() - n_joined
    }

    fn names(&self, learnt: &Learnt<Basis>) -> Vec<String> {
        let n_splines = self.n_splines(&learnt.learnt) - usize::from(!self.include_bias);
        (0..n_splines).map(|place| format!("{}_sp_{place}", learnt.column)).collect()
    }

    fn splines(&self, learnt: &Learnt<Basis>, frame: &DataFrame) -> Result<Vec<Column>> {
        let column = learnt.find(NAME, frame)?;
        let basis = &learnt.learnt;
        let (low, high) = basis.range();
        if self.extrapolation == Extrapolation::Error {
            let allowed = format!("from {low:?} to {high:?}, the range seen in training");
            columns::check_domain(NAME, column, &allowed, |value| value >= low && value <= high)?;
        }
        let values = columns::finite_values(column)?;
        let (names, n_splines) = (self.names(learnt), self.n_splines(basis));
        let mut splines = vec![vec![0.0; values.len()]; names.len()];
        for (row, &value) in values.iter().enumerate() {
            if value.is_nan() {
                splines.iter_mut().filter_map(|spline| spline.get_mut(row)).for_each(|cell| *cell = f64::NAN);
                continue;
            }
            let (first, weights) = match self.extrapolation {
                Extrapolation::Continue | Extrapolation::Error => basis.at(value),
                Extrapolation::Constant => basis.at(if value < low {
                    low
                } else if value > high {
                    high
                } else {
                    value
                }),
                Extrapolation::Periodic => basis.at(low + (value - low).rem_euclid(high - low)),
                Extrapolation::Linear if value < low => basis.along(low, value - low),
                Extrapolation::Linear if value > high => basis.along(high, value - high),
                Extrapolation::Linear => basis.at(value),
            };
            for (place, weight) in weights.into_iter().enumerate() {
                // Behind the last periodic spline comes the first one.
                let spline = splines.get_mut((first + place) % n_splines);
                if let Some(cell) = spline.and_then(|spline| spline.get_mut(row)) {
                    *cell += weight;
                }
            }
        }
        Ok(names.iter().zip(&splines).map(|(name, spline)| columns::floats_or_null(name, spline)).collect())
    }
}

impl FittedTransformer for FittedSplineTransformer {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let splines = in_parallel(&self.columns, |learnt| self.splines(learnt, frame))?;
        let names: Vec<String> = self.columns.iter().map(|learnt| learnt.column.clone()).collect();
        columns::appended(&columns::without(frame, &names)?, splines.into_iter().flatten().collect())
    }

    fn inverse_transform(&self, _frame: &DataFrame) -> Result<DataFrame> {
        Err(Error::NotInvertible { step: NAME, reason: "values beyond the training range may have the same splines" })
    }
}
