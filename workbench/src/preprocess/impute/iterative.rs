//! Filling by regressions of each column on the others.

mod bayesian_ridge;

use ndarray::{Array2, ArrayView2};
use polars::prelude::{Column, DataFrame, Float64Chunked, IntoColumn};
use serde::{Deserialize, Serialize};

use self::bayesian_ridge::Ridge;
use super::super::FittedTransformer;
use super::super::columns::{self, Learnt, Selection};
use super::super::params::{ensure, named_setting, transformer};
use super::{Strategy, indicator, learn, matrix_of, report_of};
use crate::error::{Error, Result};
use crate::preprocess::ParamValue;
use crate::train::interrupt;

const NAME: &str = "iterative_imputer";

/// In which order a round goes through the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImputationOrder {
    /// From the fewest missing values to the most.
    #[default]
    Ascending,
    /// From the most to the fewest.
    Descending,
    /// As they stand, from left to right.
    Roman,
    /// From right to left.
    Arabic,
}

named_setting!(ImputationOrder, [
    "ascending" => ImputationOrder::Ascending, "descending" => ImputationOrder::Descending,
    "roman" => ImputationOrder::Roman, "arabic" => ImputationOrder::Arabic
]);

/// What missing values are before the first round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum InitialStrategy {
    /// The mean of the column.
    #[default]
    Mean,
    /// Its median.
    Median,
    /// The value that comes most often.
    MostFrequent,
}

named_setting!(InitialStrategy, [
    "mean" => InitialStrategy::Mean, "median" => InitialStrategy::Median, "most_frequent" => InitialStrategy::MostFrequent
]);

/// Fills each column by a regression on all others, round after round, until the fills change no more (chained equations).
///
/// Each regression is a Bayesian ridge: w = argmin α ‖y − Xw‖² + λ ‖w‖², where α (the precision of the noise) and λ (that of the weights) are those under which
/// the data is most likely, found by MacKay's iteration with scikit-learn's weak priors of 1e-6. Rounds end when the greatest sum of changes in a
/// row is below `tol` times the greatest known value.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `max_iter` | 10 | rounds; 0 leaves the initial fills | `max_iter` |
/// | `tol` | 1e-3 | at least 0 | `tol` |
/// | `initial_strategy` | `InitialStrategy::Mean` | `"mean"`, `"median"`, `"most_frequent"` | `initial_strategy` |
/// | `imputation_order` | `ImputationOrder::Ascending` | `"ascending"`, `"descending"`, `"roman"`, `"arabic"` | `imputation_order` |
/// | `indicator` | `false` | | `indicator`, as in [`Imputer`](super::Imputer) |
/// | `columns` | all of numbers | names | |
///
/// Numbers come out as `f64`. Each round takes about n_rows · n_columns³ operations. The regressions of every round are kept, and new rows go through the same
/// rounds.
///
/// # Errors
/// When fitted: [`Error::AllMissing`], [`Error::NotFinite`], [`Error::DuplicateColumn`] where an indicator's name is taken,
/// [`Error::InvalidValue`] for a setting out of range or values too great to be squared, [`Error::Interrupted`], and for named columns
/// [`Error::ColumnNotFound`] and [`Error::NotNumeric`].
/// When applied: [`Error::StepColumnMissing`], [`Error::StepDtype`], [`Error::NotFinite`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{FittedTransformer, IterativeImputer};
///
/// let frame = df!("x" => [1.0, 2.0, 3.0, 4.0], "y" => [Some(2.0), Some(4.0), None, Some(8.0)])?;
/// let filled = IterativeImputer::new().fit(&frame)?.transform(&frame)?;
/// assert!((filled.column("y")?.f64()?.get(2).unwrap() - 6.0).abs() < 0.01);
///
/// assert!(IterativeImputer::new().tol(-1.0).fit(&frame).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. van Buuren S, Groothuis-Oudshoorn K (2011). mice: Multivariate Imputation by Chained Equations in R. <https://doi.org/10.18637/jss.v045.i03>
/// 2. MacKay DJC (1992). Bayesian Interpolation. Neural Computation 4(3). <https://doi.org/10.1162/neco.1992.4.3.415>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IterativeImputer {
    max_iter: usize,
    tol: f64,
    initial_strategy: InitialStrategy,
    imputation_order: ImputationOrder,
    indicator: bool,
    columns: Selection,
}

impl Default for IterativeImputer {
    fn default() -> Self {
        Self {
            max_iter: 10,
            tol: 1e-3,
            initial_strategy: InitialStrategy::Mean,
            imputation_order: ImputationOrder::Ascending,
            indicator: false,
            columns: None,
        }
    }
}

impl IterativeImputer {
    /// At most ten rounds over every column of numbers.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many rounds there are at most.
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.max_iter = max_iter;
        self
    }

    /// The change at which rounds end.
    pub fn tol(mut self, tol: f64) -> Self {
        self.tol = tol;
        self
    }

    /// What missing values are before the first round.
    pub fn initial_strategy(mut self, initial_strategy: InitialStrategy) -> Self {
        self.initial_strategy = initial_strategy;
        self
    }

    /// In which order a round goes through the columns.
    pub fn imputation_order(mut self, imputation_order: ImputationOrder) -> Self {
        self.imputation_order = imputation_order;
        self
    }

    /// Whether columns of flags tell what was missing.
    pub fn indicator(mut self, indicator: bool) -> Self {
        self.indicator = indicator;
        self
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    fn check(&self) -> Result<()> {
        ensure(
            self.tol >= 0.0 && self.tol.is_finite(),
            "iterative_imputer.tol",
            self.tol,
            "a finite number of at least 0",
        )
    }

    /// Learns the regressions of each round.
    ///
    /// # Errors
    /// See [`IterativeImputer`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedIterativeImputer> {
        self.check()?;
        let strategy = match self.initial_strategy {
            InitialStrategy::Mean => Strategy::Mean,
            InitialStrategy::Median => Strategy::Median,
            InitialStrategy::MostFrequent => Strategy::MostFrequent,
        };
        let columns = columns::learn_each(frame, &self.columns, |column| {
            let summary = columns::summary(NAME, column, "drop the column, or impute a constant")?;
            if !summary.variance(0).unwrap_or_default().is_finite() {
                return Err(columns::too_large(NAME, "variance", column.name()));
            }
            let initial = match learn::learnt(column, &strategy)?.1 {
                Some(ParamValue::Int(value)) => value as f64,
                Some(ParamValue::Float(value)) => value,
                _ => summary.mean,
            };
            Ok(Start { initial, missing: column.len() - summary.count })
        })?;
        let mut fitted = FittedIterativeImputer {
            columns,
            order: Vec::new(),
            rounds: Vec::new(),
            has_converged: false,
            has_indicator: self.indicator,
        };
        if self.indicator {
            indicator::check(frame, fitted.incomplete())?;
        }
        fitted.order = self.order(&fitted.columns);
        self.fit_rounds(&mut fitted, frame)?;
        Ok(fitted)
    }

    fn order(&self, columns: &[Learnt<Start>]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..columns.len()).collect();
        let missing = |&idx: &usize| columns.get(idx).map(|start| start.learnt.missing);
        match self.imputation_order {
            ImputationOrder::Ascending => order.sort_by_key(missing),
            ImputationOrder::Descending => {
                order.sort_by_key(missing);
                order.reverse();
            }
            ImputationOrder::Roman => {}
            ImputationOrder::Arabic => order.reverse(),
        }
        order
    }

    fn fit_rounds(&self, fitted: &mut FittedIterativeImputer, frame: &DataFrame) -> Result<()> {
        let values = matrix_of(&fitted.columns, NAME, frame)?;
        let is_complete = values.iter().all(|column| !column.iter().any(|value| value.is_nan()));
        if is_complete || values.len() < 2 {
            fitted.has_converged = true;
            return Ok(());
        }
        let mut table = Table::of(&values, &fitted.columns);
        let greatest =
            values.iter().flatten().filter(|value| !value.is_nan()).fold(0.0, |max: f64, x| max.max(x.abs()));
        for _ in 0..self.max_iter {
            let before = table.filled.clone();
            let mut round = Vec::with_capacity(fitted.order.len());
            for &target in &fitted.order {
                interrupt::check()?;
                let ridge = table.regression(target);
                table.apply(target, &ridge);
                round.push(ridge);
            }
            fitted.rounds.push(round);
            let changes = (&table.filled - &before).mapv(f64::abs);
            // The greatest sum of changes over the columns of a row; columns are the array's rows.
            let change = changes.columns().into_iter().map(|row| row.sum()).fold(0.0, f64::max);
            if change < self.tol * greatest {
                fitted.has_converged = true;
                break;
            }
        }
        Ok(())
    }
}

transformer!(IterativeImputer, NAME, [max_iter, tol, initial_strategy, imputation_order, indicator]);

/// The regressions that an [`IterativeImputer`] learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedIterativeImputer {
    columns: Vec<Learnt<Start>>,
    /// The columns in the order of a round.
    order: Vec<usize>,
    rounds: Vec<Vec<Ridge>>,
    has_converged: bool,
    has_indicator: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Start {
    initial: f64,
    missing: usize,
}

impl FittedIterativeImputer {
    /// What was learnt: `column`, `missing` (how many training values were) and `initial`, the fill before the first round.
    ///
    /// # Errors
    /// [`Error::Polars`] in principle; none is known.
    pub fn statistics(&self) -> Result<DataFrame> {
        columns::table(&self.columns, &[("missing", |start| start.missing as f64), ("initial", |start| start.initial)])
    }

    /// What is filled in `frame`: `column`, `strategy` and `count`.
    ///
    /// # Errors
    /// Those of a frame that the step was not fitted on; see [`IterativeImputer`].
    pub fn filled(&self, frame: &DataFrame) -> Result<DataFrame> {
        report_of(&self.columns, NAME, "iterative", frame)
    }

    /// How many rounds there were.
    pub fn n_iter(&self) -> usize {
        self.rounds.len()
    }

    /// Whether the fills had settled when the rounds ended.
    pub fn has_converged(&self) -> bool {
        self.has_converged
    }

    fn incomplete(&self) -> Vec<&str> {
        self.columns.iter().filter(|start| start.learnt.missing > 0).map(|start| start.column.as_str()).collect()
    }
}

impl FittedTransformer for FittedIterativeImputer {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let values = matrix_of(&self.columns, NAME, frame)?;
        let mut table = Table::of(&values, &self.columns);
        for round in &self.rounds {
            interrupt::check()?;
            for (&target, ridge) in self.order.iter().zip(round) {
                table.apply(target, ridge);
            }
        }
        let columns = self.columns.iter().zip(table.filled.rows()).map(|(start, values)| -> Column {
            Float64Chunked::from_vec(start.column.as_str().into(), values.to_vec()).into_column()
        });
        let filled = columns::replaced(frame, columns.collect())?;
        if self.has_indicator { indicator::append(frame, filled, &self.incomplete()) } else { Ok(filled) }
    }

    /// Makes missing again what the indicators say was missing, and takes them away.
    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        if !self.has_indicator {
            return Err(Error::NotInvertible { step: NAME, reason: indicator::NOT_INVERTIBLE });
        }
        indicator::undo(NAME, frame, &self.incomplete())
    }
}

/// The filled values, one column of the frame in each row, and which of them were missing.
struct Table {
    filled: Array2<f64>,
    missing: Vec<Vec<bool>>,
}

impl Table {
    fn of(values: &[Vec<f64>], columns: &[Learnt<Start>]) -> Self {
        let n_rows = values.first().map_or(0, Vec::len);
        let missing = values.iter().map(|column| column.iter().map(|value| value.is_nan()).collect()).collect();
        let mut filled = Array2::zeros((values.len(), n_rows));
        for ((mut cells, values), start) in filled.rows_mut().into_iter().zip(values).zip(columns) {
            for (cell, &value) in cells.iter_mut().zip(values) {
                *cell = if value.is_nan() { start.learnt.initial } else { value };
            }
        }
        Self { filled, missing }
    }

    fn view(&self) -> ArrayView2<'_, f64> {
        self.filled.view()
    }

    /// The regression of the column `target` on all others, in the rows that know it.
    fn regression(&self, target: usize) -> Ridge {
        let known: Vec<usize> = match self.missing.get(target) {
            Some(missing) => missing.iter().enumerate().filter(|(_, is)| !**is).map(|(row, _)| row).collect(),
            None => Vec::new(),
        };
        Ridge::fit(self.view(), target, &known)
    }

    /// Fills the column `target` where it was missing.
    fn apply(&mut self, target: usize, ridge: &Ridge) {
        let Some(missing) = self.missing.get(target).filter(|missing| missing.contains(&true)) else { return };
        let predicted = ridge.predict(self.view(), target);
        for ((cell, &is_missing), value) in self.filled.row_mut(target).iter_mut().zip(missing).zip(predicted) {
            if is_missing {
                *cell = value;
            }
        }
    }
}
