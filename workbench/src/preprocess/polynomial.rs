//! Products of columns.

use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use super::FittedTransformer;
use super::columns::{self, Learnt, Selection};
use super::params::{ensure, transformer};
use crate::data::in_parallel;
use crate::error::{Error, Result};

const NAME: &str = "polynomial_features";
/// More columns than this are a slip.
const COLUMNS_MAX: usize = 100_000;

/// Adds the products of columns up to a degree: for `a` and `b` and degree 2 these are `1`, `a^2`, `a b` and `b^2`.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `degree` | 2 | at least 1 | `degree` |
/// | `interaction_only` | `false` | `true` leaves powers of one column out | `interaction_only` |
/// | `include_bias` | `true` | whether there is a column `1` | `include_bias` |
/// | `columns` | all of numbers | names | |
///
/// The columns stay where they are, as `f64`; the new ones stand behind all others, in scikit-learn's order and with its names. A product with a missing value
/// is missing. Undone, the new columns go. Wide frames grow fast: 100 columns make 5151 of degree 2 and 176,851 of degree 3.
///
/// # Errors
/// When fitted: [`Error::InvalidValue`] for a setting out of range or more than 100,000 columns, [`Error::NotFinite`],
/// [`Error::DuplicateColumn`] where a name is taken, and for named columns [`Error::ColumnNotFound`] and [`Error::NotNumeric`].
/// When applied: [`Error::StepColumnMissing`], [`Error::StepDtype`], and [`Error::NotFinite`] also for a product that no float can hold, under its name.
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::{PolynomialFeatures, Transformer};
///
/// let frame = df!("a" => [2.0], "b" => [3.0])?;
/// let grown = PolynomialFeatures::new().fit_transform(&frame)?;
/// assert_eq!(grown.get_column_names(), ["a", "b", "1", "a^2", "a b", "b^2"]);
/// assert_eq!(grown.column("a b")?.f64()?.get(0), Some(6.0));
///
/// assert!(PolynomialFeatures::new().degree(0).fit(&frame).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolynomialFeatures {
    degree: usize,
    interaction_only: bool,
    include_bias: bool,
    columns: Selection,
}

impl Default for PolynomialFeatures {
    fn default() -> Self {
        Self { degree: 2, interaction_only: false, include_bias: true, columns: None }
    }
}

impl PolynomialFeatures {
    /// Squares and products of two, over every column of numbers.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many columns are multiplied at most.
    pub fn degree(mut self, degree: usize) -> Self {
        self.degree = degree;
        self
    }

    /// Whether powers of one column are left out.
    pub fn interaction_only(mut self, interaction_only: bool) -> Self {
        self.interaction_only = interaction_only;
        self
    }

    /// Whether there is a column of ones.
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
        ensure(self.degree >= 1, "polynomial_features.degree", self.degree, "at least 1")
    }

    /// Remembers the columns, and names their products.
    ///
    /// # Errors
    /// See [`PolynomialFeatures`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedPolynomialFeatures> {
        self.check()?;
        let columns = columns::learn_each(frame, &self.columns, |column| columns::finite_values(column).map(|_| ()))?;
        let products = self.products(columns.len())?;
        let fitted = FittedPolynomialFeatures { columns, products, include_bias: self.include_bias };
        match fitted.new_names().into_iter().find(|name| frame.column(name).is_ok()) {
            Some(column) => Err(Error::DuplicateColumn { column }),
            None => Ok(fitted),
        }
    }

    /// The places of the columns of each product of two or more, by degree and then in order.
    fn products(&self, n_columns: usize) -> Result<Vec<Vec<usize>>> {
        let mut products: Vec<Vec<usize>> = Vec::new();
        let mut before: Vec<Vec<usize>> = (0..n_columns).map(|place| vec![place]).collect();
        for _ in 1..self.degree {
            let mut longer = Vec::new();
            for product in &before {
                let last = product.last().copied().unwrap_or_default();
                let first = if self.interaction_only { last + 1 } else { last };
                for place in first..n_columns {
                    longer.push(product.iter().copied().chain([place]).collect());
                }
                if products.len() + longer.len() > COLUMNS_MAX {
                    let allowed = format!("so small that {n_columns} columns make at most {COLUMNS_MAX}");
                    ensure(false, "polynomial_features.degree", self.degree, &allowed)?;
                }
            }
            if longer.is_empty() {
                break;
            }
            products.extend(longer.iter().cloned());
            before = longer;
        }
        Ok(products)
    }
}

transformer!(PolynomialFeatures, NAME, [degree, interaction_only, include_bias]);

/// The columns and products of a [`PolynomialFeatures`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedPolynomialFeatures {
    columns: Vec<Learnt<()>>,
    products: Vec<Vec<usize>>,
    include_bias: bool,
}

impl FittedPolynomialFeatures {
    /// The names of the columns that it adds.
    pub fn new_names(&self) -> Vec<String> {
        let bias = self.has_bias().then(|| "1".to_string());
        bias.into_iter().chain(self.products.iter().map(|product| self.product_name(product))).collect()
    }

    /// Without columns of numbers there is nothing to add one to.
    fn has_bias(&self) -> bool {
        self.include_bias && !self.columns.is_empty()
    }

    fn product_name(&self, product: &[usize]) -> String {
        let factors = product.chunk_by(usize::eq).map(|run| {
            let name =
                run.first().and_then(|&place| self.columns.get(place)).map_or("", |learnt| learnt.column.as_str());
            if run.len() > 1 { format!("{name}^{}", run.len()) } else { name.to_string() }
        });
        factors.collect::<Vec<_>>().join(" ")
    }
}

impl FittedTransformer for FittedPolynomialFeatures {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let columns =
            in_parallel(&self.columns, |learnt| columns::map_finite(learnt.find(NAME, frame)?, |value| value))?;
        let values = columns.iter().map(columns::finite_values).collect::<Result<Vec<_>>>()?;
        let products = in_parallel(&self.products, |product| -> Result<Column> {
            let factors: Vec<&[f64]> =
                product.iter().filter_map(|&place| values.get(place)).map(|values| &**values).collect();
            let mut products = factors.first().map(|values| values.to_vec()).unwrap_or_default();
            for factor in factors.iter().skip(1) {
                products.iter_mut().zip(*factor).for_each(|(product, value)| *product *= value);
            }
            let name = self.product_name(product);
            match products.iter().enumerate().find(|(_, value)| value.is_infinite()) {
                Some((row, &value)) => Err(Error::NotFinite { column: name, row, value }),
                None => Ok(columns::floats_or_null(&name, &products)),
            }
        })?;
        let bias = self.has_bias().then(|| columns::floats("1", vec![1.0; frame.height()]));
        columns::appended(&columns::replaced(frame, columns.clone())?, bias.into_iter().chain(products).collect())
    }

    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        columns::without(frame, &self.new_names())
    }
}
