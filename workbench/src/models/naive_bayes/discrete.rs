//! What the naive Bayes models of counts and flags share: likelihoods whose logarithms are linear in the features.

use std::any::Any;

use ndarray::{Array2, Axis};
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::super::Model;
use super::super::checks::{new_records, training_records};
use super::super::classes::Classes;
use super::{class_counts, classify, normalise};
use crate::data::{Dataset, Target};
use crate::error::{Error, Result};

/// What is counted of training rows.
pub(super) struct Counts {
    /// The sum of the weights of each class's rows.
    pub(super) of_class: Vec<f64>,
    /// The weighted sum of each feature in each class, shape `(n_classes, n_features)`.
    pub(super) of_feature: Array2<f64>,
    pub(super) classes: Vec<String>,
    pub(super) feature_names: Vec<String>,
}

impl Counts {
    /// Counts the rows of `data`, with each value made a flag by `binarize`, or not negative.
    pub(super) fn of(model: &'static str, data: &Dataset, binarize: Option<f64>) -> Result<Self> {
        let classes = Classes::at_least_two(data, model)?;
        let mut records = training_records(model, data)?;
        let feature_names = data.feature_names();
        prepare(model, &mut records, &feature_names, binarize)?;
        let records = classes.counted(records);
        let of_class = class_counts(&classes);
        let mut of_feature = Array2::zeros((classes.labels.len(), records.ncols()));
        for (row, (record, &class)) in records.rows().into_iter().zip(&classes.codes).enumerate() {
            let weight = classes.weights.as_ref().and_then(|weights| weights.get(row)).copied().unwrap_or(1.0);
            of_feature.row_mut(class).scaled_add(weight, &record);
        }
        for (sums, name) in of_feature.axis_iter(Axis(1)).zip(&feature_names) {
            if !sums.sum().is_finite() {
                return Err(super::super::checks::too_great(model, name, "the sum"));
            }
        }
        Ok(Self { of_class, of_feature, classes: classes.labels, feature_names })
    }

    /// The model with `weights` of shape `(n_classes, n_features)` and a `bias` for each class.
    pub(super) fn model(
        self,
        name: Name,
        weights: Array2<f64>,
        bias: Vec<f64>,
        binarize: Option<f64>,
    ) -> DiscreteNbModel {
        let weights = weights.rows().into_iter().map(|row| row.to_vec()).collect();
        let Self { classes, feature_names, .. } = self;
        DiscreteNbModel { name, weights, bias, binarize, classes, feature_names }
    }
}

fn prepare(model: &'static str, records: &mut Array2<f64>, names: &[String], binarize: Option<f64>) -> Result<()> {
    if let Some(threshold) = binarize {
        records.mapv_inplace(|value| f64::from(u8::from(value > threshold)));
        return Ok(());
    }
    for (values, name) in records.axis_iter(Axis(1)).zip(names) {
        if let Some((row, &value)) = values.iter().enumerate().find(|(_, value)| **value < 0.0) {
            let allowed = "a count of at least 0".to_string();
            return Err(Error::OutOfDomain { step: model, column: name.clone(), row, value, allowed });
        }
    }
    Ok(())
}

/// Which of the estimators it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Name {
    Bernoulli,
    Complement,
    Multinomial,
}

/// A fitted [`MultinomialNb`](super::MultinomialNb), [`BernoulliNb`](super::BernoulliNb) or [`ComplementNb`](super::ComplementNb).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiscreteNbModel {
    name: Name,
    /// Shape `(n_classes, n_features)`.
    weights: Vec<Vec<f64>>,
    /// One for each class.
    bias: Vec<f64>,
    /// From where on a value counts as a flag that is set.
    binarize: Option<f64>,
    classes: Vec<String>,
    feature_names: Vec<String>,
}

impl DiscreteNbModel {
    /// How much one more of each feature adds to each class's logarithmic likelihood, shape `(n_classes, n_features)`. For
    /// [`MultinomialNb`](super::MultinomialNb) and [`ComplementNb`](super::ComplementNb) these are scikit-learn's `feature_log_prob_`.
    pub fn weights(&self) -> Array2<f64> {
        let shape = (self.classes.len(), self.feature_names.len());
        let flat = self.weights.iter().flatten().copied().collect();
        Array2::from_shape_vec(shape, flat).unwrap_or_else(|_| Array2::zeros(shape))
    }

    /// The logarithm of each class's likelihood times its frequency, shape `(n_samples, n_classes)`.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict).
    pub fn joint_log_likelihood(&self, features: &DataFrame) -> Result<Array2<f64>> {
        let name = Model::name(self);
        let mut records = new_records(name, features, &self.feature_names)?;
        prepare(name, &mut records, &self.feature_names, self.binarize)?;
        let mut likelihoods = records.dot(&self.weights().t());
        for (mut column, &bias) in likelihoods.columns_mut().into_iter().zip(&self.bias) {
            column += bias;
        }
        Ok(likelihoods)
    }
}

impl Model for DiscreteNbModel {
    fn name(&self) -> &'static str {
        match self.name {
            Name::Bernoulli => super::bernoulli::NAME,
            Name::Complement => super::complement::NAME,
            Name::Multinomial => super::multinomial::NAME,
        }
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
