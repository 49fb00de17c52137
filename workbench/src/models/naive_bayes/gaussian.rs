//! Naive Bayes for measures.

use std::any::Any;
use std::f64::consts::TAU;

use ndarray::{Array2, ArrayView1, Axis};
use polars::prelude::DataFrame;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::super::Model;
use super::super::checks::{new_records, too_great, training_records};
use super::super::classes::Classes;
use super::super::settings::{self, estimator, setters};
use super::{class_counts, classify, log_priors, normalise};
use crate::data::{Dataset, Target, name_pool};
use crate::error::Result;

const NAME: &str = "gaussian_nb";

/// Naive Bayes with a normal distribution for each feature in each class.
///
/// `ln P(c | x) = ln π_c - ½ Σ_j [ln 2π σ²_cj + (x_j - μ_cj)² / σ²_cj]`, up to what makes the probabilities add up to 1. The frequency `π_c`, mean `μ_cj` and variance
/// `σ²_cj` are those of the training rows of class `c`; a part of the greatest variance of all is added to each variance.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `var_smoothing` | 1e-9 | ≥ 0 | which part of the greatest variance is added to all |
///
/// Features: shape `(n_samples, n_features)`, finite numbers of any scale. Weights of rows count, in the greatest variance as well, which scikit-learn's
/// `GaussianNB` takes without them.
///
/// # Errors
/// [`Error::UnusableValue`](crate::Error::UnusableValue), [`Error::NotNumeric`](crate::Error::NotNumeric),
/// [`Error::NotClasses`](crate::Error::NotClasses), [`Error::OneClass`](crate::Error::OneClass), and
/// [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range or values so great that their squares are infinite.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, wine};
/// use workbench::models::{GaussianNb, Model};
/// use workbench::select::accuracy;
///
/// let data = Dataset::from_frame(&wine()?, "cultivar")?;
/// let model = GaussianNb::new().fit(&data)?;
/// assert!(accuracy(data.target(), &model.predict(data.features())?)? > 0.95);
///
/// assert!(GaussianNb::new().var_smoothing(-1.0).fit(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. T. F. Chan, G. H. Golub, R. J. LeVeque, *Updating Formulae and a Pairwise Algorithm for Computing Sample Variances*, 1982,
///    doi:10.1007/978-3-642-51461-6_3
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GaussianNb {
    var_smoothing: f64,
}

impl Default for GaussianNb {
    fn default() -> Self {
        Self { var_smoothing: 1e-9 }
    }
}

impl GaussianNb {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets which part of the greatest variance is added to all.
        var_smoothing: f64,
    }

    /// Learns from `data`.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<GaussianNbModel> {
        self.check()?;
        let classes = Classes::at_least_two(data, NAME)?;
        let records = classes.counted(training_records(NAME, data)?);
        let counts = class_counts(&classes);
        let (n_classes, n_features) = (classes.labels.len(), records.ncols());
        let weights = classes.weights.clone().unwrap_or_else(|| vec![1.0; records.nrows()]);
        let sum_by_class = |of: &dyn Fn(usize, usize, f64) -> f64| {
            let mut sums = Array2::<f64>::zeros((n_classes, n_features));
            for ((record, &class), &weight) in records.rows().into_iter().zip(&classes.codes).zip(&weights) {
                for (feature, (sum, &value)) in sums.row_mut(class).iter_mut().zip(record).enumerate() {
                    *sum += weight * of(class, feature, value);
                }
            }
            for (mut row, count) in sums.rows_mut().into_iter().zip(&counts) {
                row.mapv_inplace(|sum| sum / count);
            }
            sums
        };
        let means = sum_by_class(&|_, _, value| value);
        let mut variances = sum_by_class(&|class, feature, value| (value - means[[class, feature]]).powi(2));
        let total: f64 = counts.iter().sum();
        let shares: Vec<f64> = counts.iter().map(|count| count / total).collect();
        let names = data.feature_names();
        let mut greatest = 0.0_f64;
        for (feature, name) in names.iter().enumerate() {
            let mean: f64 = means.column(feature).iter().zip(&shares).map(|(mean, share)| mean * share).sum();
            // The variance within the classes and that between them.
            let of_class = means.column(feature).into_iter().zip(variances.column(feature)).zip(&shares);
            let variance: f64 = of_class.map(|((m, variance), share)| share * (variance + (m - mean).powi(2))).sum();
            if !variance.is_finite() {
                return Err(too_great(NAME, name, "the variance"));
            }
            greatest = greatest.max(variance);
        }
        // Where all columns are constant any variance tells the same.
        let added = (self.var_smoothing * greatest).max(f64::MIN_POSITIVE);
        variances.mapv_inplace(|variance| variance + added);
        let rows = |array: &Array2<f64>| array.rows().into_iter().map(|row| row.to_vec()).collect();
        let log_priors = log_priors(&counts, true);
        Ok(GaussianNbModel {
            theta: rows(&means),
            var: rows(&variances),
            log_priors,
            classes: classes.labels,
            feature_names: names,
        })
    }

    fn check(&self) -> Result<()> {
        settings::not_negative("gaussian_nb.var_smoothing", self.var_smoothing)
    }
}

estimator!(GaussianNb, NAME, [var_smoothing]);

/// A fitted [`GaussianNb`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GaussianNbModel {
    theta: Vec<Vec<f64>>,
    var: Vec<Vec<f64>>,
    log_priors: Vec<f64>,
    classes: Vec<String>,
    feature_names: Vec<String>,
}

impl GaussianNbModel {
    /// The mean of each feature in each class, shape `(n_classes, n_features)`.
    pub fn theta(&self) -> Array2<f64> {
        self.table(&self.theta)
    }

    /// The variance of each feature in each class with what was added, shape `(n_classes, n_features)`.
    pub fn var(&self) -> Array2<f64> {
        self.table(&self.var)
    }

    /// How frequent each class is.
    pub fn class_prior(&self) -> Vec<f64> {
        self.log_priors.iter().map(|prior| prior.exp()).collect()
    }

    /// The logarithm of each class's likelihood times its frequency, shape `(n_samples, n_classes)`.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict).
    pub fn joint_log_likelihood(&self, features: &DataFrame) -> Result<Array2<f64>> {
        let records = new_records(NAME, features, &self.feature_names)?;
        let constants: Vec<f64> = self
            .var
            .iter()
            .zip(&self.log_priors)
            .map(|(var, prior)| prior - 0.5 * var.iter().map(|variance| TAU.ln() + variance.ln()).sum::<f64>())
            .collect();
        let mut likelihoods = Array2::zeros((records.nrows(), self.classes.len()));
        name_pool();
        likelihoods.axis_iter_mut(Axis(0)).into_par_iter().zip(records.axis_iter(Axis(0))).for_each(
            |(mut row, record)| {
                for (class, cell) in row.iter_mut().enumerate() {
                    let (Some(theta), Some(var)) = (self.theta.get(class), self.var.get(class)) else { continue };
                    *cell = constants.get(class).copied().unwrap_or_default() - 0.5 * distance(record, theta, var);
                }
            },
        );
        Ok(likelihoods)
    }

    fn table(&self, rows: &[Vec<f64>]) -> Array2<f64> {
        let shape = (self.classes.len(), self.feature_names.len());
        Array2::from_shape_vec(shape, rows.iter().flatten().copied().collect()).unwrap_or_else(|_| Array2::zeros(shape))
    }
}

fn distance(record: ArrayView1<'_, f64>, theta: &[f64], var: &[f64]) -> f64 {
    record.iter().zip(theta).zip(var).map(|((value, mean), variance)| (value - mean).powi(2) / variance).sum()
}

impl Model for GaussianNbModel {
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
