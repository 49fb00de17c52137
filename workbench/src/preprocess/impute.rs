//! Filling what is missing.

mod fill;
mod frequent;
mod groups;
mod indicator;
mod iterative;
mod learn;
mod neighbours;
mod streamed;

use std::collections::HashMap;

use polars::prelude::{Column, DataFrame, DataType};
use serde::{Deserialize, Serialize};

use self::groups::Groups;
use super::columns::{self, Learnt, Selection};
use super::params::{Setting, choice, flag, invalid_parameter, unknown_parameter};
use super::{FittedTransformer, ParamValue, Transformer};
use crate::data::{self, in_parallel};
use crate::error::{Error, Result};

pub use iterative::{FittedIterativeImputer, ImputationOrder, InitialStrategy, IterativeImputer};
pub use neighbours::{FittedKnnImputer, KnnImputer, Weights};

pub(super) use indicator::blanked;

const NAME: &str = "imputer";
const PARAMS: [&str; 4] = ["strategy", "fill_value", "limit", "indicator"];
const LIMIT: &str = "a whole number of at least 0, where 0 sets no limit";

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
    /// The last known value in the rows above, of the same frame.
    ForwardFill,
    /// The next known value in the rows below, of the same frame.
    BackwardFill,
}

impl Strategy {
    fn name(&self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Median => "median",
            Self::MostFrequent => "most_frequent",
            Self::Constant(_) => "constant",
            Self::ForwardFill => "forward_fill",
            Self::BackwardFill => "backward_fill",
        }
    }

    fn is_carried(&self) -> bool {
        matches!(self, Self::ForwardFill | Self::BackwardFill)
    }
}

/// Fills missing values (null and NaN) with what the training rows, or the rows beside them, suggest.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | strategy | none: name it | [`Strategy`] | `strategy`: `"mean"`, `"median"`, `"most_frequent"`, `"constant"`, `"forward_fill"`, `"backward_fill"` |
/// | fill value | 0 | a finite number, text, or a flag | `fill_value`, for `"constant"` only |
/// | `limit` | 0: no limit | rows in a row that a known value is carried to | `limit`, for the two fills only |
/// | `indicator` | `false` | | `indicator` |
/// | `by` | none: all rows are one group | names | |
/// | `columns` | all that it applies to, but those of `by` | names | |
///
/// Mean and median apply to columns of numbers, which come out as `f64`. The most frequent value applies to columns of numbers, text,
/// categories and flags; a constant applies to those of its own kind. Both keep integers, text, categories and flags as they are. The two fills apply
/// to every column and keep its dtype; a missing value with no known one before (after) it stays missing.
///
/// With `by`, the value is that of the rows that agree in these columns; the value of all rows stands in where a group was not seen, has no known
/// value, or where the row's own group is missing. The two fills carry values within a group only, and leave rows of a missing group alone.
///
/// With `indicator`, each column that misses a training value adds a column of flags, `<name>_missing`, behind all others. They make the step one that can be
/// undone.
///
/// # Errors
/// When fitted: [`Error::AllMissing`] (not for a constant or a fill), [`Error::NotFinite`]; for named columns [`Error::ColumnNotFound`],
/// [`Error::NotNumeric`], and [`Error::InvalidValue`] for a constant of another kind; [`Error::DuplicateColumn`] where an indicator's name is taken.
/// When applied: [`Error::StepColumnMissing`], [`Error::StepDtype`], [`Error::NotFinite`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{FittedTransformer, Imputer, Strategy};
///
/// let frame = df!("kind" => ["a", "b", "a", "b"], "mass" => [Some(3.0), Some(8.0), None, None])?;
/// let filled = Imputer::new(Strategy::Median).fit(&frame)?.transform(&frame)?;
/// assert_eq!(filled.column("mass")?.f64()?.get(2), Some(5.5));
///
/// let imputer = Imputer::new(Strategy::Median).by(&["kind"]).indicator(true).fit(&frame)?;
/// let filled = imputer.transform(&frame)?;
/// assert_eq!(filled.column("mass")?.f64()?.get(2), Some(3.0));
/// assert_eq!(filled.column("mass_missing")?.bool()?.get(2), Some(true));
/// assert_eq!(imputer.filled(&frame)?.height(), 3); // one row for all, and one for each group
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
    limit: usize,
    indicator: bool,
    by: Vec<String>,
    columns: Selection,
}

impl Imputer {
    /// Fills every column that `strategy` applies to.
    pub fn new(strategy: Strategy) -> Self {
        let fill_value = match &strategy {
            Strategy::Constant(value) => value.clone(),
            _ => ParamValue::Int(0),
        };
        Self { strategy, fill_value, limit: 0, indicator: false, by: Vec::new(), columns: None }
    }

    /// How many missing values in a row a fill goes on for; 0 sets no limit.
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Whether columns of flags tell what was missing.
    pub fn indicator(mut self, indicator: bool) -> Self {
        self.indicator = indicator;
        self
    }

    /// Rows that agree in these columns are filled among themselves.
    pub fn by(mut self, columns: &[&str]) -> Self {
        self.by = columns.iter().map(|column| column.to_string()).collect();
        self
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
        let groups = Groups::learn(frame, &self.by)?;
        let columns: Vec<&Column> = match &self.columns {
            None => frame.columns().iter().filter(|column| self.applies_to(column)).collect(),
            Some(names) => names.iter().map(|name| data::column(frame, name)).collect::<Result<_>>()?,
        };
        let columns = in_parallel(&columns, |column| self.fit_column(column, &groups))?;
        if self.indicator {
            indicator::check(frame, indicator_names(&columns))?;
        }
        Ok(FittedImputer { columns, groups, limit: self.limit, has_indicator: self.indicator })
    }

    fn applies_to(&self, column: &Column) -> bool {
        !self.by.iter().any(|name| name == column.name().as_str()) && learn::applies(&self.strategy, column.dtype())
    }

    fn fit_column(&self, column: &Column, groups: &Groups) -> Result<Filled> {
        let (missing, how) = if self.strategy.is_carried() {
            let is_forward = self.strategy == Strategy::ForwardFill;
            (data::missing_count(column)?, if is_forward { How::Forward } else { How::Backward })
        } else {
            let (missing, fill) = learn::fill_value(column, &self.strategy)?;
            let of_groups = match &self.strategy {
                Strategy::Constant(_) => Vec::new(),
                strategy => {
                    let of_group = |rows: &Vec<u32>| learn::learnt(&column.take_slice(rows)?, strategy);
                    groups.rows().iter().map(|rows| Ok(of_group(rows)?.1)).collect::<Result<_>>()?
                }
            };
            (missing, How::Value { strategy: self.strategy.name().to_string(), fill, of_groups })
        };
        Ok(Filled { column: column.name().to_string(), dtype: column.dtype().to_string(), missing, how })
    }
}

impl Transformer for Imputer {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(Imputer::fit(self, frame)?))
    }

    /// The mean, a constant, the median, which is then that of a sketch ([`QuantileSketch`](crate::data::QuantileSketch)), or the most frequent value of
    /// columns with up to 65,536 different ones.
    fn fit_stream(&self, frames: &mut dyn Iterator<Item = Result<DataFrame>>) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(streamed::fit(self, frames)?))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        vec![
            ("strategy".to_string(), self.strategy.name().into()),
            ("fill_value".to_string(), self.fill_value.clone()),
            ("limit".to_string(), self.limit.into()),
            ("indicator".to_string(), self.indicator.into()),
        ]
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        match name {
            "strategy" => {
                let strategies = [
                    Strategy::Mean,
                    Strategy::Median,
                    Strategy::MostFrequent,
                    Strategy::Constant(self.fill_value.clone()),
                    Strategy::ForwardFill,
                    Strategy::BackwardFill,
                ];
                self.strategy =
                    choice("imputer.strategy", value, &strategies.map(|strategy| (strategy.name(), strategy)))?;
            }
            "fill_value" => {
                self.fill_value = value.clone();
                if let Strategy::Constant(constant) = &mut self.strategy {
                    *constant = value.clone();
                }
            }
            "limit" => {
                self.limit = Setting::read("imputer.limit", value)
                    .map_err(|_| invalid_parameter("imputer.limit", value, LIMIT))?;
            }
            "indicator" => self.indicator = flag("imputer.indicator", value)?,
            _ => return Err(unknown_parameter(NAME, name, &PARAMS)),
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
    groups: Groups,
    limit: usize,
    has_indicator: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Filled {
    column: String,
    dtype: String,
    missing: usize,
    how: How,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum How {
    /// A number with a fraction turns its column into floats; any other value keeps the dtype.
    Value {
        strategy: String,
        fill: ParamValue,
        of_groups: Vec<Option<ParamValue>>,
    },
    Forward,
    Backward,
}

impl FittedImputer {
    /// What was learnt: `column`, `missing` (how many training values were) and `fill_value`, as text since columns differ in kind; null for the two fills.
    ///
    /// # Errors
    /// [`Error::Polars`] in principle; none is known.
    pub fn report(&self) -> Result<DataFrame> {
        let names: Vec<&str> = self.columns.iter().map(|filled| filled.column.as_str()).collect();
        let fills: Vec<Option<String>> =
            self.columns.iter().map(|filled| filled.how.value().map(ParamValue::to_string)).collect();
        let columns = vec![
            columns::texts("column", &names),
            columns::counts("missing", self.columns.iter().map(|filled| filled.missing)),
            Column::new("fill_value".into(), fills),
        ];
        Ok(DataFrame::new(self.columns.len(), columns)?)
    }

    /// What is filled in `frame`: `column`, `group` (null for the rows that take the value of all), `strategy`, `value` (null for the two fills), and
    /// `count`, how many values are. Each column has one row, and one more for each group.
    ///
    /// # Errors
    /// Those of a frame that the step was not fitted on; see [`Imputer`].
    pub fn filled(&self, frame: &DataFrame) -> Result<DataFrame> {
        let of_rows = self.groups.of_rows(NAME, frame)?;
        let tables =
            in_parallel(&self.columns, |filled| filled.counts(frame, &self.groups, of_rows.as_deref(), self.limit))?;
        let (mut names, mut strategies) = (Vec::new(), Vec::new());
        let (mut groups, mut values, mut counts) = (Vec::new(), Vec::new(), Vec::new());
        for (filled, table) in self.columns.iter().zip(tables) {
            for (group, value, count) in table {
                names.push(filled.column.as_str());
                strategies.push(filled.how.strategy());
                groups.push(group);
                values.push(value);
                counts.push(count);
            }
        }
        let height = names.len();
        let columns = vec![
            columns::texts("column", &names),
            Column::new("group".into(), groups),
            columns::texts("strategy", &strategies),
            Column::new("value".into(), values),
            columns::counts("count", counts.into_iter()),
        ];
        Ok(DataFrame::new(height, columns)?)
    }

    /// What a missing value of `column` becomes where no group says otherwise.
    ///
    /// # Errors
    /// [`Error::ColumnNotFound`] for a column that it does not fill; [`Error::InvalidValue`] for a column that takes the values of the rows beside it.
    pub fn fill_value(&self, column: &str) -> Result<ParamValue> {
        let Some(filled) = self.columns.iter().find(|filled| filled.column == column) else {
            let names: Vec<String> = self.columns.iter().map(|filled| format!("`{}`", filled.column)).collect();
            return Err(Error::ColumnNotFound { column: column.to_string(), available: names.join(", ") });
        };
        filled.how.value().cloned().ok_or_else(|| {
            let what = format!("imputer: the strategy of column `{column}`");
            invalid_parameter(&what, &filled.how.strategy().into(), "one that fills with a value of its own")
        })
    }
}

/// The columns that missed a value in training.
fn indicator_names(columns: &[Filled]) -> Vec<&str> {
    columns.iter().filter(|filled| filled.missing > 0).map(|filled| filled.column.as_str()).collect()
}

impl FittedTransformer for FittedImputer {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let of_rows = self.groups.of_rows(NAME, frame)?;
        let columns =
            in_parallel(&self.columns, |filled| filled.fill(frame, of_rows.as_deref(), self.groups.len(), self.limit))?;
        let filled = columns::replaced(frame, columns)?;
        if self.has_indicator { indicator::append(frame, filled, &indicator_names(&self.columns)) } else { Ok(filled) }
    }

    fn transform_owned(&self, frame: DataFrame) -> Result<DataFrame> {
        if self.has_indicator {
            return self.transform(&frame);
        }
        let of_rows = self.groups.of_rows(NAME, &frame)?;
        let columns = self.columns.iter().map(|filled| {
            filled.find_filled(&frame)?;
            Ok((filled.column.as_str(), filled))
        });
        let columns = columns.collect::<Result<HashMap<_, _>>>()?;
        let height = frame.height();
        columns::each_owned(frame, height, |column| match columns.get(column.name().as_str()) {
            Some(filled) => filled.fill_column(&column, of_rows.as_deref(), self.groups.len(), self.limit),
            None => Ok(column),
        })
    }

    /// Makes missing again what the indicators say was missing, and takes them away.
    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        if !self.has_indicator {
            return Err(Error::NotInvertible { step: NAME, reason: indicator::NOT_INVERTIBLE });
        }
        indicator::undo(NAME, frame, &indicator_names(&self.columns))
    }
}

impl How {
    fn value(&self) -> Option<&ParamValue> {
        match self {
            Self::Value { fill, .. } => Some(fill),
            Self::Forward | Self::Backward => None,
        }
    }

    fn strategy(&self) -> &str {
        match self {
            Self::Value { strategy, .. } => strategy,
            Self::Forward => "forward_fill",
            Self::Backward => "backward_fill",
        }
    }
}

/// A group's name, a value and how often it was filled in.
type Count = (Option<String>, Option<String>, usize);

impl Filled {
    fn find<'a>(&self, frame: &'a DataFrame, accepts: impl Fn(&DataType) -> bool) -> Result<&'a Column> {
        columns::fitted(NAME, frame, &self.column, &self.dtype, accepts)
    }

    fn fill(
        &self,
        frame: &DataFrame,
        of_rows: Option<&[Option<u32>]>,
        n_groups: usize,
        limit: usize,
    ) -> Result<Column> {
        self.fill_column(self.find_filled(frame)?, of_rows, n_groups, limit)
    }

    /// The column, which is of a dtype that can hold what it is filled with.
    fn find_filled<'a>(&self, frame: &'a DataFrame) -> Result<&'a Column> {
        self.find(frame, |dtype| match &self.how {
            How::Value { fill, .. } => fill::accepts(fill, dtype),
            How::Forward | How::Backward => dtype.to_string() == self.dtype,
        })
    }

    fn fill_column(
        &self,
        column: &Column,
        of_rows: Option<&[Option<u32>]>,
        n_groups: usize,
        limit: usize,
    ) -> Result<Column> {
        match (&self.how, of_rows) {
            (How::Value { fill, of_groups, .. }, Some(of_rows)) if !of_groups.is_empty() => {
                fill::by_group(column, fill, of_groups, of_rows)
            }
            (How::Value { fill, .. }, _) => fill::all(column, fill),
            (how, of_rows) => fill::carried(column, matches!(how, How::Forward), limit, of_rows, n_groups),
        }
    }

    fn counts(
        &self,
        frame: &DataFrame,
        groups: &Groups,
        of_rows: Option<&[Option<u32>]>,
        limit: usize,
    ) -> Result<Vec<Count>> {
        let column = self.find(frame, |_| true)?;
        let before = data::missing_mask(column)?;
        let after = data::missing_mask(&self.fill(frame, of_rows, groups.len(), limit)?)?;
        let mut counts = vec![0; groups.len() + 1];
        let of_group = |group: usize| match &self.how {
            How::Value { of_groups, .. } => of_groups.get(group).and_then(Option::as_ref),
            _ => None,
        };
        for (row, (before, after)) in before.iter().zip(after.iter()).enumerate() {
            if before == Some(true) && after == Some(false) {
                let group = of_rows.and_then(|of_rows| of_rows.get(row).copied().flatten()).map(|group| group as usize);
                // Where the group has no value of its own, that of all rows was filled in.
                let own = group.filter(|&group| self.how.value().is_none() || of_group(group).is_some());
                if let Some(count) = counts.get_mut(own.map_or(0, |group| group + 1)) {
                    *count += 1;
                }
            }
        }
        let text = |value: Option<&ParamValue>| value.map(ParamValue::to_string);
        let mut counts = counts.into_iter();
        let mut table = vec![(None, text(self.how.value()), counts.next().unwrap_or_default())];
        for (group, count) in counts.enumerate() {
            table.push((Some(groups.name(group)), text(of_group(group)), count));
        }
        Ok(table)
    }
}

/// The values of the columns that were `learnt`, none infinite, missing as NaN.
fn matrix_of<S: Sync>(learnt: &[Learnt<S>], step: &'static str, frame: &DataFrame) -> Result<Vec<Vec<f64>>> {
    in_parallel(learnt, |learnt| Ok(columns::finite_values(learnt.find(step, frame)?)?.into_owned()))
}

/// How many values of each column are missing in `frame`, which `strategy` fills.
fn report_of<S: Sync>(
    learnt: &[Learnt<S>],
    step: &'static str,
    strategy: &str,
    frame: &DataFrame,
) -> Result<DataFrame> {
    let missing = in_parallel(learnt, |learnt| data::missing_count(learnt.find(step, frame)?))?;
    let names: Vec<&str> = learnt.iter().map(|learnt| learnt.column.as_str()).collect();
    let columns = vec![
        columns::texts("column", &names),
        columns::texts("strategy", &vec![strategy; names.len()]),
        columns::counts("count", missing.into_iter()),
    ];
    Ok(DataFrame::new(names.len(), columns)?)
}
