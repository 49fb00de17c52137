//! Random projection.

use polars::prelude::{Column, DataFrame};
use rand_chacha::rand_core::RngCore;
use serde::{Deserialize, Serialize};

use super::columns::{self, Learnt, Selection};
use super::params::{ensure, transformer};
use super::{FittedTransformer, normal};
use crate::data::in_parallel;
use crate::error::{Error, Result};
use crate::train::random;

const NAME: &str = "random_projection";

/// Replaces columns of numbers by fewer random mixtures of them, `rp0`, `rp1`, …, in which the distances of rows are about what they were.
///
/// Each mixture is a sum with weights drawn from a normal distribution of variance 1 / n_components. By the lemma of Johnson and Lindenstrauss
/// n_components ≥ 4 ln n_rows / (ε²/2 − ε³/3) keeps the squares of all distances within a share ε.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `n_components` | 0: what the lemma asks for | at most the number of columns | `n_components` |
/// | `eps` | 0.1 | between 0 and 1; for `n_components` 0 only | `eps` |
/// | `seed` | 0 | | `seed` |
/// | `columns` | all of numbers | names | |
///
/// The mixtures stand behind all other columns; they are missing where a value is. The same seed gives the same weights on every machine.
///
/// # Errors
/// When fitted: [`Error::InvalidValue`] for a setting out of range, and for more components than columns; [`Error::NotFinite`],
/// [`Error::DuplicateColumn`] where a name is taken, and for named columns [`Error::ColumnNotFound`] and [`Error::NotNumeric`].
/// When applied: [`Error::StepColumnMissing`], [`Error::StepDtype`], [`Error::NotFinite`], also for a mixture that no float can hold.
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{RandomProjection, Transformer};
///
/// let frame = df!("a" => [1.0, 2.0], "b" => [3.0, 4.0], "c" => [5.0, 6.0])?;
/// let mixed = RandomProjection::new().n_components(2).seed(7).fit_transform(&frame)?;
/// assert_eq!(mixed.get_column_names(), ["rp0", "rp1"]);
///
/// assert!(RandomProjection::new().n_components(4).fit(&frame).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. Johnson WB, Lindenstrauss J (1984). Extensions of Lipschitz mappings into a Hilbert space. <https://doi.org/10.1090/conm/026/737400>
/// 2. Dasgupta S, Gupta A (2003). An elementary proof of a theorem of Johnson and Lindenstrauss. <https://doi.org/10.1002/rsa.10073>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RandomProjection {
    n_components: usize,
    eps: f64,
    seed: u64,
    columns: Selection,
}

impl Default for RandomProjection {
    fn default() -> Self {
        Self { n_components: 0, eps: 0.1, seed: 0, columns: None }
    }
}

impl RandomProjection {
    /// As many mixtures of every column of numbers as distances need.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many mixtures there are; 0 leaves that to `eps`.
    pub fn n_components(mut self, n_components: usize) -> Self {
        self.n_components = n_components;
        self
    }

    /// By what share the squares of distances may change.
    pub fn eps(mut self, eps: f64) -> Self {
        self.eps = eps;
        self
    }

    /// The seed of the weights.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    fn check(&self) -> Result<()> {
        ensure(self.eps > 0.0 && self.eps < 1.0, "random_projection.eps", self.eps, "between 0 and 1")
    }

    /// Draws the weights.
    ///
    /// # Errors
    /// See [`RandomProjection`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedRandomProjection> {
        self.check()?;
        let columns = columns::learn_each(frame, &self.columns, |column| columns::finite_values(column).map(|_| ()))?;
        let n_components = match self.n_components {
            _ if columns.is_empty() => 0,
            0 => min_components(frame.height(), self.eps),
            count => count,
        };
        let allowed = format!("at most {}, the number of columns; set it, or a greater eps", columns.len());
        ensure(n_components <= columns.len(), "random_projection.n_components", n_components, &allowed)?;
        let scale = 1.0 / (n_components as f64).sqrt();
        let weights = (0..n_components).map(|component| {
            let mut generator = random::stream(self.seed, component as u64);
            (0..columns.len()).map(|_| scale * normal::quantile(uniform(generator.next_u64()))).collect()
        });
        let fitted = FittedRandomProjection { weights: weights.collect(), columns };
        match fitted.new_names().into_iter().find(|name| frame.column(name).is_ok()) {
            Some(column) => Err(Error::DuplicateColumn { column }),
            None => Ok(fitted),
        }
    }
}

transformer!(RandomProjection, NAME, [n_components, eps, seed]);

/// The number of components that keep the squares of the distances of `n_rows` rows within a share of `eps`.
fn min_components(n_rows: usize, eps: f64) -> usize {
    (4.0 * (n_rows.max(1) as f64).ln() / (eps * eps / 2.0 - eps * eps * eps / 3.0)) as usize
}

/// A number between 0 and 1, neither of them.
fn uniform(bits: u64) -> f64 {
    ((bits >> 11) as f64 + 0.5) / (1u64 << 53) as f64
}

/// The weights that a [`RandomProjection`] drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedRandomProjection {
    columns: Vec<Learnt<()>>,
    weights: Vec<Vec<f64>>,
}

impl FittedRandomProjection {
    /// The names of the columns that it makes.
    pub fn new_names(&self) -> Vec<String> {
        (0..self.weights.len()).map(|place| format!("rp{place}")).collect()
    }

    /// The weights: `component`, and that of each column under its name.
    ///
    /// # Errors
    /// [`Error::DuplicateColumn`] for a column that is itself called `component`.
    pub fn components(&self) -> Result<DataFrame> {
        let names = columns::texts("component", &self.new_names());
        let weights = self.columns.iter().enumerate().map(|(place, learnt)| {
            let weights = self.weights.iter().filter_map(|weights| weights.get(place).copied());
            columns::floats(&learnt.column, weights.collect())
        });
        columns::appended(&DataFrame::new(self.weights.len(), vec![names])?, weights.collect())
    }
}

impl FittedTransformer for FittedRandomProjection {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let values = self
            .columns
            .iter()
            .map(|learnt| columns::finite_values(learnt.find(NAME, frame)?))
            .collect::<Result<Vec<_>>>()?;
        let named: Vec<(String, &Vec<f64>)> = self.new_names().into_iter().zip(&self.weights).collect();
        let mixtures = in_parallel(&named, |(name, weights)| -> Result<Column> {
            let mut sums = vec![0.0; frame.height()];
            for (values, weight) in values.iter().zip(*weights) {
                sums.iter_mut().zip(values.iter()).for_each(|(sum, value)| *sum += weight * value);
            }
            match sums.iter().enumerate().find(|(_, value)| value.is_infinite()) {
                Some((row, &value)) => Err(Error::NotFinite { column: name.clone(), row, value }),
                None => Ok(columns::floats_or_null(name, &sums)),
            }
        })?;
        let names: Vec<String> = self.columns.iter().map(|learnt| learnt.column.clone()).collect();
        columns::appended(&columns::without(frame, &names)?, mixtures)
    }

    fn inverse_transform(&self, _frame: &DataFrame) -> Result<DataFrame> {
        Err(Error::NotInvertible { step: NAME, reason: "fewer mixtures than columns do not tell the columns" })
    }
}
