//! Naive Bayes for counts.

use serde::{Deserialize, Serialize};

use super::super::settings::{self, estimator, setters};
use super::discrete::{Counts, DiscreteNbModel, Name};
use super::log_priors;
use crate::data::Dataset;
use crate::error::Result;

pub(super) const NAME: &str = "multinomial_nb";

/// Naive Bayes for counts, such as those of words.
///
/// `ln P(c | x) = ln π_c + Σ_j x_j ln θ_cj`, up to what makes the probabilities add up to 1, with `θ_cj = (N_cj + alpha) / Σ_k (N_ck + alpha)`, where `N_cj` is the sum
/// of feature `j` in the training rows of class `c`.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `alpha` | 1.0 | > 0 | what is added to each count, so that none is 0 |
/// | `fit_prior` | true | | whether the classes' frequencies count, or all are taken to be alike |
///
/// Features: shape `(n_samples, n_features)`, counts or other numbers of at least 0. Weights of rows count. It equals scikit-learn's `MultinomialNB`.
///
/// # Errors
/// [`Error::UnusableValue`](crate::Error::UnusableValue), [`Error::NotNumeric`](crate::Error::NotNumeric), [`Error::OutOfDomain`](crate::Error::OutOfDomain) for a negative value,
/// [`Error::NotClasses`](crate::Error::NotClasses), [`Error::OneClass`](crate::Error::OneClass),
/// [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range.
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::data::{Dataset, Target};
/// use workbench::models::{Model, MultinomialNb};
///
/// let words = df!("goal" => [3, 2, 0, 0], "vote" => [0, 1, 4, 2])?;
/// let data = Dataset::new(words, Target::from_labels(&["sport", "sport", "politics", "politics"]), "topic")?;
/// let model = MultinomialNb::new().fit(&data)?;
/// assert_eq!(&model.predict(data.features())?, data.target());
///
/// assert!(MultinomialNb::new().alpha(0.0).fit(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. C. D. Manning, P. Raghavan, H. Schütze, *Introduction to Information Retrieval*, 2008, chapter 13, doi:10.1017/CBO9780511809071
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MultinomialNb {
    alpha: f64,
    fit_prior: bool,
}

impl Default for MultinomialNb {
    fn default() -> Self {
        Self { alpha: 1.0, fit_prior: true }
    }
}

impl MultinomialNb {
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
    pub fn fit(&self, data: &Dataset) -> Result<DiscreteNbModel> {
        self.check()?;
        let counts = Counts::of(NAME, data, None)?;
        let mut weights = &counts.of_feature + self.alpha;
        for mut row in weights.rows_mut() {
            let sum = row.sum();
            row.mapv_inplace(|count| (count / sum).ln());
        }
        let bias = log_priors(&counts.of_class, self.fit_prior);
        Ok(counts.model(Name::Multinomial, weights, bias, None))
    }

    fn check(&self) -> Result<()> {
        settings::positive("multinomial_nb.alpha", self.alpha)
    }
}

estimator!(MultinomialNb, NAME, [alpha, fit_prior]);
