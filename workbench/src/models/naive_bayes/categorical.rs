//! Naive Bayes for categories.

use std::any::Any;

use ndarray::{Array2, Axis};
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::super::Model;
use super::super::checks::{new_records, training_records};
use super::super::classes::Classes;
use super::super::settings::{self, estimator, setters};
use super::{class_counts, classify, log_priors, normalise};
use crate::data::{Dataset, Target};
use crate::error::{Error, Result};

const NAME: &str = "categorical_nb";
/// The greatest category, so that a number that is none does not fill the memory.
const CATEGORY_MAX: usize = 65_535;

/// Naive Bayes for categories that are numbered from 0 on, such as an [`OrdinalEncoder`](crate::preprocess::OrdinalEncoder) or a
/// [`KBinsDiscretizer`](crate::preprocess::KBinsDiscretizer) makes.
///
/// `ln P(c | x) = ln π_c + Σ_j ln θ_cj(x_j)`, up to what makes the probabilities add up to 1, with `θ_cj(t) = (N_cj(t) + alpha) / (N_c + alpha n_j)`, where feature `j` is `t` in `N_cj(t)` of
/// the `N_c` training rows of class `c`, and `n_j` is one more than the greatest category.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `alpha` | 1.0 | > 0 | what is added to each count, so that none is 0 |
/// | `fit_prior` | true | | whether the classes' frequencies count, or all are taken to be alike |
///
/// Features: shape `(n_samples, n_features)`, whole numbers from 0 to 65,535; new rows up to the greatest of the training rows. Weights of rows count. It equals
/// scikit-learn's `CategoricalNB`.
///
/// # Errors
/// [`Error::OutOfDomain`] for a number that is no category, or in new rows an unknown one; [`Error::UnusableValue`], [`Error::NotNumeric`],
/// [`Error::NotClasses`], [`Error::OneClass`], [`Error::InvalidValue`] for a setting out of range.
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::data::{Dataset, Target};
/// use workbench::models::{CategoricalNb, Model};
///
/// let frame = df!("color" => [0, 0, 1, 2], "size" => [1, 0, 1, 1])?;
/// let data = Dataset::new(frame, Target::from_labels(&["plum", "plum", "pear", "pear"]), "fruit")?;
/// let model = CategoricalNb::new().fit(&data)?;
/// assert_eq!(&model.predict(data.features())?, data.target());
///
/// let unknown = model.predict(&df!("color" => [3], "size" => [0])?).unwrap_err();
/// assert!(unknown.to_string().contains("column `color` holds 3.0 in row 0 (0-based), but a value must be a whole number from 0 to 2"));
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CategoricalNb {
    alpha: f64,
    fit_prior: bool,
}

impl Default for CategoricalNb {
    fn default() -> Self {
        Self { alpha: 1.0, fit_prior: true }
    }
}

impl CategoricalNb {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets what is added to each count.
        alpha: f64,
        /// Sets whether the classes' frequencies count.
        fit_prior: bool,
    }

    /// Learns from `data`.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<CategoricalNbModel> {
        self.check()?;
        let classes = Classes::at_least_two(data, NAME)?;
        let records = classes.counted(training_records(NAME, data)?);
        let feature_names = data.feature_names();
        let counts = class_counts(&classes);
        let n_classes = classes.labels.len();
        let mut tables = Vec::with_capacity(feature_names.len());
        for (values, name) in records.axis_iter(Axis(1)).zip(&feature_names) {
            let mut categories = Vec::with_capacity(values.len());
            for (row, &value) in values.iter().enumerate() {
                categories.push(category(name, classes.row(row), value, CATEGORY_MAX)?);
            }
            let n_categories = categories.iter().max().map_or(0, |greatest| greatest + 1);
            let mut table = vec![vec![self.alpha; n_categories]; n_classes];
            for (row, (&category, &class)) in categories.iter().zip(&classes.codes).enumerate() {
                let weight = classes.weights.as_ref().and_then(|weights| weights.get(row)).copied().unwrap_or(1.0);
                if let Some(count) = table.get_mut(class).and_then(|counts| counts.get_mut(category)) {
                    *count += weight;
                }
            }
            for counts in &mut table {
                let total: f64 = counts.iter().sum();
                counts.iter_mut().for_each(|count| *count = (*count / total).ln());
            }
            tables.push(table);
        }
        let log_priors = log_priors(&counts, self.fit_prior);
        Ok(CategoricalNbModel { tables, log_priors, classes: classes.labels, feature_names })
    }

    fn check(&self) -> Result<()> {
        settings::positive("categorical_nb.alpha", self.alpha)
    }
}

estimator!(CategoricalNb, NAME, [alpha, fit_prior]);

/// The category that `value` is.
fn category(column: &str, row: usize, value: f64, greatest: usize) -> Result<usize> {
    if value.fract() == 0.0 && (0.0..=greatest as f64).contains(&value) {
        return Ok(value as usize);
    }
    let allowed = format!("a whole number from 0 to {greatest}");
    Err(Error::OutOfDomain { step: NAME, column: column.to_string(), row, value, allowed })
}

/// A fitted [`CategoricalNb`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CategoricalNbModel {
    /// For each feature, class and category the logarithm of its probability.
    tables: Vec<Vec<Vec<f64>>>,
    log_priors: Vec<f64>,
    classes: Vec<String>,
    feature_names: Vec<String>,
}

impl CategoricalNbModel {
    /// The logarithm of each class's likelihood times its frequency, shape `(n_samples, n_classes)`.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict).
    pub fn joint_log_likelihood(&self, features: &DataFrame) -> Result<Array2<f64>> {
        let records = new_records(NAME, features, &self.feature_names)?;
        let mut likelihoods = Array2::zeros((records.nrows(), self.classes.len()));
        for (mut column, &prior) in likelihoods.columns_mut().into_iter().zip(&self.log_priors) {
            column.fill(prior);
        }
        for ((values, name), table) in records.axis_iter(Axis(1)).zip(&self.feature_names).zip(&self.tables) {
            let greatest = table.first().map_or(0, |logarithms| logarithms.len().saturating_sub(1));
            for (row, (&value, mut cells)) in values.iter().zip(likelihoods.rows_mut()).enumerate() {
                let category = category(name, row, value, greatest)?;
                for (cell, logarithms) in cells.iter_mut().zip(table) {
                    *cell += logarithms.get(category).copied().unwrap_or_default();
                }
            }
        }
        Ok(likelihoods)
    }
}

impl Model for CategoricalNbModel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn predict(&self, features: &DataFrame) -> Result<Target> {
        Ok(classify(&self.joint_log_likelihood(features)?, &self.classes))
    }

    fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        Ok(normalise(self.joint_log_likelihood(features)?))
    }

    fn classes(&self) -> Option<Vec<String>> {
        Some(self.classes.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
