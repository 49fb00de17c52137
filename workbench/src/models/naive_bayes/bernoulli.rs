//! Naive Bayes for flags.

use serde::{Deserialize, Serialize};

use super::super::settings::{self, estimator, setters};
use super::discrete::{Counts, DiscreteNbModel, Name};
use super::log_priors;
use crate::data::Dataset;
use crate::error::Result;

pub(super) const NAME: &str = "bernoulli_nb";

/// Naive Bayes for flags, such as whether a word occurs.
///
/// `ln P(c | x) = ln π_c + Σ_j [x_j ln θ_cj + (1 - x_j) ln (1 - θ_cj)]`, up to what makes the probabilities add up to 1, with `θ_cj = (N_cj + alpha) / (N_c + 2 alpha)`, where
/// feature `j` is set in `N_cj` of the `N_c` training rows of class `c`.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `alpha` | 1.0 | > 0 | what is added to each count, so that none is 0 |
/// | `fit_prior` | true | | whether the classes' frequencies count, or all are taken to be alike |
/// | `binarize` | 0.0 | finite | values above this are set |
///
/// Features: shape `(n_samples, n_features)`, finite numbers. Weights of rows count. It equals scikit-learn's `BernoulliNB`.
///
/// # Errors
/// [`Error::UnusableValue`](crate::Error::UnusableValue), [`Error::NotNumeric`](crate::Error::NotNumeric),
/// [`Error::NotClasses`](crate::Error::NotClasses), [`Error::OneClass`](crate::Error::OneClass),
/// [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range.
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::data::{Dataset, Target};
/// use workbench::models::{Model, BernoulliNb};
///
/// let words = df!("goal" => [3, 2, 0, 0], "vote" => [0, 1, 4, 2])?;
/// let data = Dataset::new(words, Target::from_labels(&["sport", "sport", "politics", "politics"]), "topic")?;
/// let model = BernoulliNb::new().fit(&data)?;
/// assert_eq!(&model.predict(data.features())?, data.target());
///
/// assert!(BernoulliNb::new().alpha(0.0).fit(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. A. McCallum, K. Nigam, *A Comparison of Event Models for Naive Bayes Text Classification*, 1998,
///    <https://aaai.org/papers/041-ws98-05-007/>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BernoulliNb {
    alpha: f64,
    binarize: f64,
    fit_prior: bool,
}

impl Default for BernoulliNb {
    fn default() -> Self {
        Self { alpha: 1.0, binarize: 0.0, fit_prior: true }
    }
}

impl BernoulliNb {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets what is added to each count.
        alpha: f64,
        /// Sets above what a value is set.
        binarize: f64,
        /// Sets whether the classes' frequencies count.
        fit_prior: bool,
    }

    /// Learns from `data`.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<DiscreteNbModel> {
        self.check()?;
        let counts = Counts::of(NAME, data, Some(self.binarize))?;
        let mut weights = counts.of_feature.clone();
        let mut bias = log_priors(&counts.of_class, self.fit_prior);
        for ((mut row, &n_rows), bias) in weights.rows_mut().into_iter().zip(&counts.of_class).zip(&mut bias) {
            for cell in &mut row {
                let total = n_rows + 2.0 * self.alpha;
                // Rounding of weights may leave a little more set than there are rows.
                let (set, unset) = (*cell + self.alpha, (n_rows - *cell).max(0.0) + self.alpha);
                *cell = set.ln() - unset.ln();
                *bias += unset.ln() - total.ln();
            }
        }
        Ok(counts.model(Name::Bernoulli, weights, bias, Some(self.binarize)))
    }

    fn check(&self) -> Result<()> {
        settings::positive("bernoulli_nb.alpha", self.alpha)?;
        crate::preprocess::ensure(self.binarize.is_finite(), "bernoulli_nb.binarize", self.binarize, "a finite number")
    }
}

estimator!(BernoulliNb, NAME, [alpha, binarize, fit_prior]);
