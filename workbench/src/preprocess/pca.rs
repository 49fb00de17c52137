//! Principal components.

use ndarray::{Array1, Array2, Axis};
use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use super::columns::{self, Learnt, Selection};
use super::eigen::Eigen;
use super::params::{Setting, ensure, invalid_parameter, transformer};
use super::{FittedTransformer, ParamValue};
use crate::data::{self, in_parallel, is_numeric};
use crate::error::{Error, Result};

const NAME: &str = "pca";
const COMPONENTS: &str = "\"all\", a whole number of at least 1, or a fraction between 0 and 1";

/// How many principal components are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Components {
    /// As many as there can be: the number of columns, or one less than the number of rows.
    #[default]
    All,
    /// So many.
    Count(usize),
    /// The fewest that explain more than this fraction of the variance.
    Fraction(f64),
}

impl Setting for Components {
    fn read(what: &str, value: &ParamValue) -> Result<Self> {
        match value {
            ParamValue::Int(count) if *count >= 1 => Ok(Self::Count(*count as usize)),
            ParamValue::Float(fraction) if *fraction > 0.0 && *fraction < 1.0 => Ok(Self::Fraction(*fraction)),
            ParamValue::Text(text) if text == "all" => Ok(Self::All),
            _ => Err(invalid_parameter(what, value, COMPONENTS)),
        }
    }

    fn shown(&self) -> ParamValue {
        match self {
            Self::All => "all".into(),
            Self::Count(count) => (*count).into(),
            Self::Fraction(fraction) => (*fraction).into(),
        }
    }
}

/// Replaces columns of numbers by their principal components `pca0`, `pca1`, …: the directions of greatest variance, each at right angles to those before.
///
/// Component i of a row x is vᵢ · (x − mean), where vᵢ are the eigenvectors of the covariance matrix from the greatest eigenvalue down. The entry of vᵢ
/// that is greatest in size is positive.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `n_components` | `Components::All` | [`Components`]: `"all"`, a number, or a fraction of the variance | `n_components` |
/// | `whiten` | `false` | `true` divides each component by its standard deviation | `whiten` |
/// | `columns` | all of numbers | names | |
///
/// The components stand behind all other columns. Columns of different units want a [`StandardScaler`](super::StandardScaler) before. Rows with a missing value have no
/// part in what is learnt, and their components are missing. Undone, the columns come back behind all others, as near as the kept components say. The time is that
/// of n_rows · n_columns² operations, or n_rows² · n_columns where there are fewer rows than columns.
///
/// # Errors
/// When fitted: [`Error::InvalidValue`] for a setting out of range, fewer than two complete rows, or values too great to be squared; [`Error::AllMissing`], [`Error::NotFinite`],
/// [`Error::DuplicateColumn`] where a name is taken, and for named columns [`Error::ColumnNotFound`] and [`Error::NotNumeric`].
/// When applied: [`Error::StepColumnMissing`], [`Error::StepDtype`], [`Error::NotFinite`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{Components, FittedTransformer, Pca};
///
/// let frame = df!("a" => [1.0, 2.0, 3.0], "b" => [2.0, 4.0, 6.0])?;
/// let pca = Pca::new().n_components(Components::Fraction(0.95)).fit(&frame)?;
/// let reduced = pca.transform(&frame)?;
/// assert_eq!(reduced.get_column_names(), ["pca0"]);
/// assert!((pca.inverse_transform(&reduced)?.column("b")?.f64()?.get(2).unwrap() - 6.0).abs() < 1e-9);
///
/// assert!(Pca::new().n_components(Components::Count(5)).fit(&frame).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. Jolliffe IT (2002). Principal Component Analysis, 2nd edition. Springer. <https://doi.org/10.1007/b98835>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pca {
    n_components: Components,
    whiten: bool,
    columns: Selection,
}

impl Pca {
    /// All components of every column of numbers.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many components are kept.
    pub fn n_components(mut self, n_components: Components) -> Self {
        self.n_components = n_components;
        self
    }

    /// Whether each component is to have variance 1.
    pub fn whiten(mut self, whiten: bool) -> Self {
        self.whiten = whiten;
        self
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    fn check(&self) -> Result<()> {
        let is_allowed = match self.n_components {
            Components::All => true,
            Components::Count(count) => count >= 1,
            Components::Fraction(fraction) => fraction > 0.0 && fraction < 1.0,
        };
        ensure(is_allowed, "pca.n_components", self.n_components.shown(), COMPONENTS)
    }

    /// Learns the mean and the principal directions.
    ///
    /// # Errors
    /// See [`Pca`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedPca> {
        self.check()?;
        let columns = columns::learn_each(frame, &self.columns, |column| {
            let summary = columns::summary(NAME, column, "drop the column")?;
            let is_finite = summary.variance(0).unwrap_or_default().is_finite();
            if is_finite { Ok(()) } else { Err(columns::too_large(NAME, "variance", column.name())) }
        })?;
        let mut fitted =
            FittedPca { columns, means: Vec::new(), components: Vec::new(), total_variance: 0.0, whiten: self.whiten };
        if fitted.columns.is_empty() {
            return Ok(fitted);
        }
        let mut records = complete_rows(&fitted.columns, frame)?;
        let n_rows = records.ncols();
        if n_rows < 2 {
            return Err(Error::InvalidValue {
                what: "pca: the number of rows without a missing value".to_string(),
                value: n_rows.to_string(),
                allowed: "at least 2".to_string(),
            });
        }
        let means = records.mean_axis(Axis(1)).unwrap_or_else(|| Array1::zeros(records.nrows()));
        records -= &means.view().insert_axis(Axis(1));
        let (variances, directions) = principal(&records);
        let total = variances.sum();
        if !total.is_finite() {
            return Err(Error::InvalidValue {
                what: "pca: the variance of the columns".to_string(),
                value: "too large for a float".to_string(),
                allowed: "finite; scale the columns first".to_string(),
            });
        }
        let n_kept = self.n_kept(&variances, total, n_rows)?;
        fitted.means = means.to_vec();
        fitted.total_variance = total;
        fitted.components = (0..n_kept)
            .map(|place| Component { variance: variances[place], direction: directions.row(place).to_vec() })
            .collect();
        match fitted.new_names().into_iter().find(|name| frame.column(name).is_ok()) {
            Some(column) => Err(Error::DuplicateColumn { column }),
            None => Ok(fitted),
        }
    }

    fn n_kept(&self, variances: &Array1<f64>, total: f64, n_rows: usize) -> Result<usize> {
        let most = variances.len().min(n_rows - 1);
        match self.n_components {
            Components::All => Ok(most),
            Components::Count(count) => {
                let allowed = format!("at most {most}, the number of columns or one less than that of complete rows");
                ensure(count <= most, "pca.n_components", count, &allowed)?;
                Ok(count)
            }
            Components::Fraction(fraction) => {
                let mut explained = 0.0;
                let needed = variances.iter().position(|variance| {
                    explained += variance / total;
                    explained > fraction
                });
                Ok(needed.map_or(most, |place| place + 1).min(most))
            }
        }
    }
}

transformer!(Pca, NAME, [n_components, whiten]);

/// The rows of `frame` in which no column is missing: one column of the frame in each row.
fn complete_rows(columns: &[Learnt<()>], frame: &DataFrame) -> Result<Array2<f64>> {
    let values = columns.iter().map(|learnt| data::numbers(learnt.find(NAME, frame)?)).collect::<Result<Vec<_>>>()?;
    let mut is_complete = vec![true; frame.height()];
    for column in &values {
        is_complete.iter_mut().zip(column.iter()).for_each(|(is_complete, value)| *is_complete &= !value.is_nan());
    }
    let n_complete = is_complete.iter().filter(|is_complete| **is_complete).count();
    let mut records = Array2::zeros((columns.len(), n_complete));
    for (mut row, column) in records.rows_mut().into_iter().zip(&values) {
        let known = column.iter().zip(&is_complete).filter(|(_, is_complete)| **is_complete);
        row.iter_mut().zip(known).for_each(|(cell, (value, _))| *cell = *value);
    }
    Ok(records)
}

/// The variances from the greatest down, and their directions as rows, of centred records with one column of the frame in each row.
fn principal(records: &Array2<f64>) -> (Array1<f64>, Array2<f64>) {
    let (n_columns, n_rows) = records.dim();
    let divisor = (n_rows - 1) as f64;
    let is_wide = n_rows < n_columns;
    // The smaller of XᵀX and XXᵀ has all the eigenvalues that are not 0.
    let product = if is_wide { records.t().dot(records) } else { records.dot(&records.t()) };
    let eigen = Eigen::of(product / divisor);
    let descending: Vec<usize> = (0..eigen.values.len()).rev().collect();
    let variances = eigen.values.select(Axis(0), &descending).mapv(|value| value.max(0.0));
    let mut directions = eigen.vectors.select(Axis(0), &descending);
    if is_wide {
        directions = directions.dot(&records.t());
        for mut direction in directions.rows_mut() {
            let length = direction.dot(&direction).sqrt();
            if length > 0.0 {
                direction /= length;
            }
        }
    }
    for mut direction in directions.rows_mut() {
        let greatest = direction
            .iter()
            .fold(0.0, |greatest: f64, &entry| if entry.abs() > greatest.abs() { entry } else { greatest });
        if greatest < 0.0 {
            direction.mapv_inplace(|entry| -entry);
        }
    }
    (variances, directions)
}

/// The means and principal directions that a [`Pca`] learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedPca {
    columns: Vec<Learnt<()>>,
    means: Vec<f64>,
    components: Vec<Component>,
    total_variance: f64,
    whiten: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Component {
    variance: f64,
    direction: Vec<f64>,
}

impl FittedPca {
    /// The names of the columns that it makes.
    pub fn new_names(&self) -> Vec<String> {
        (0..self.components.len()).map(|place| format!("pca{place}")).collect()
    }

    /// The directions: `component`, and the weight of each column under its name.
    ///
    /// # Errors
    /// [`Error::DuplicateColumn`] for a column that is itself called `component`.
    pub fn components(&self) -> Result<DataFrame> {
        let names = columns::texts("component", &self.new_names());
        let weights = self.columns.iter().enumerate().map(|(place, learnt)| {
            let weights = self.components.iter().filter_map(|component| component.direction.get(place).copied());
            columns::floats(&learnt.column, weights.collect())
        });
        columns::appended(&DataFrame::new(self.components.len(), vec![names])?, weights.collect())
    }

    /// How much each component explains: `component`, `variance`, `ratio` (its share of all variance) and `cumulative`.
    ///
    /// # Errors
    /// [`Error::Polars`] in principle; none is known.
    pub fn explained_variance(&self) -> Result<DataFrame> {
        let variances: Vec<f64> = self.components.iter().map(|component| component.variance).collect();
        let share = |variance: &f64| if self.total_variance > 0.0 { variance / self.total_variance } else { 0.0 };
        let ratios: Vec<f64> = variances.iter().map(share).collect();
        let mut sum = 0.0;
        let sums = ratios.iter().map(|ratio| {
            sum += ratio;
            sum
        });
        let columns = vec![
            columns::texts("component", &self.new_names()),
            columns::floats("variance", variances),
            columns::floats("ratio", ratios.clone()),
            columns::floats("cumulative", sums.collect()),
        ];
        Ok(DataFrame::new(self.components.len(), columns)?)
    }

    /// What a component is divided by.
    fn scale(&self, component: &Component) -> f64 {
        if self.whiten && component.variance > 0.0 { component.variance.sqrt() } else { 1.0 }
    }
}

impl FittedTransformer for FittedPca {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let values = self
            .columns
            .iter()
            .map(|learnt| columns::finite_values(learnt.find(NAME, frame)?))
            .collect::<Result<Vec<_>>>()?;
        let named: Vec<(String, &Component)> = self.new_names().into_iter().zip(&self.components).collect();
        let components = in_parallel(&named, |(name, component)| -> Result<Column> {
            let mut sums = vec![0.0; frame.height()];
            for ((values, mean), weight) in values.iter().zip(&self.means).zip(&component.direction) {
                sums.iter_mut().zip(values.iter()).for_each(|(sum, value)| *sum += weight * (value - mean));
            }
            let scale = self.scale(component);
            sums.iter_mut().for_each(|sum| *sum /= scale);
            Ok(columns::floats_or_null(name, &sums))
        })?;
        let names: Vec<String> = self.columns.iter().map(|learnt| learnt.column.clone()).collect();
        columns::appended(&columns::without(frame, &names)?, components)
    }

    /// The columns as the kept components tell them, behind all others.
    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let names = self.new_names();
        let values =
            names.iter().map(|name| columns::finite_values(columns::fitted(NAME, frame, name, "f64", is_numeric)?));
        let values = values.collect::<Result<Vec<_>>>()?;
        let placed: Vec<(usize, &Learnt<()>)> = self.columns.iter().enumerate().collect();
        let columns = in_parallel(&placed, |(place, learnt)| -> Result<Column> {
            let mut sums = vec![self.means.get(*place).copied().unwrap_or_default(); frame.height()];
            for (values, component) in values.iter().zip(&self.components) {
                let weight = component.direction.get(*place).copied().unwrap_or_default() * self.scale(component);
                sums.iter_mut().zip(values.iter()).for_each(|(sum, value)| *sum += weight * value);
            }
            Ok(columns::floats_or_null(&learnt.column, &sums))
        })?;
        columns::appended(&columns::without(frame, &names)?, columns)
    }
}
