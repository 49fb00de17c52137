//! Naive Bayes by what is not of a class.

use serde::{Deserialize, Serialize};

use super::super::settings::{self, estimator, setters};
use super::discrete::{Counts, DiscreteNbModel, Name};
use crate::data::Dataset;
use crate::error::Result;

pub(super) const NAME: &str = "complement_nb";

/// Naive Bayes for counts in classes of uneven size: each class is told by what the others are like.
///
/// `score(c | x) = -Σ_j x_j ln θ_cj`, with `θ_cj = (alpha + N_j - N_cj) / Σ_k (alpha + N_k - N_ck)`, where `N_cj` is the sum of feature `j` in the training rows of class `c`,
/// and `N_j` that in all. With `norm`, each class's logarithms are divided by their sum. Probabilities are those of scores taken as logarithms.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `alpha` | 1.0 | > 0 | what is added to each count, so that none is 0 |
/// | `norm` | false | | whether the weights of each class are made to add up to 1 |
///
/// Features: shape `(n_samples, n_features)`, counts or other numbers of at least 0. Weights of rows count. It equals scikit-learn's `ComplementNB`.
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
/// use workbench::models::{Model, ComplementNb};
///
/// let words = df!("goal" => [3, 2, 0, 0], "vote" => [0, 1, 4, 2])?;
/// let data = Dataset::new(words, Target::from_labels(&["sport", "sport", "politics", "politics"]), "topic")?;
/// let model = ComplementNb::new().fit(&data)?;
/// assert_eq!(&model.predict(data.features())?, data.target());
///
/// assert!(ComplementNb::new().alpha(0.0).fit(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. J. D. M. Rennie, L. Shih, J. Teevan, D. R. Karger, *Tackling the Poor Assumptions of Naive Bayes Text Classifiers*, 2003,
///    <https://aaai.org/papers/icml03-081/>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComplementNb {
    alpha: f64,
    norm: bool,
}

impl Default for ComplementNb {
    fn default() -> Self {
        Self { alpha: 1.0, norm: false }
    }
}

impl ComplementNb {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets what is added to each count.
        alpha: f64,
        /// Sets whether the weights of each class are made to add up to 1.
        norm: bool,
    }

    /// Learns from `data`.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<DiscreteNbModel> {
        self.check()?;
        let counts = Counts::of(NAME, data, None)?;
        let of_all = counts.of_feature.sum_axis(ndarray::Axis(0));
        // Rounding may leave a little less than nothing for the others.
        let mut weights = (&of_all - &counts.of_feature).mapv(|count| count.max(0.0) + self.alpha);
        for mut row in weights.rows_mut() {
            let sum = row.sum();
            row.mapv_inplace(|count| (count / sum).ln());
            let scale = if self.norm { row.sum() } else { -1.0 };
            // The one logarithm of a single feature is 0, and tells nothing.
            if scale != 0.0 {
                row.mapv_inplace(|logarithm| logarithm / scale);
            }
        }
        let bias = vec![0.0; counts.classes.len()];
        Ok(counts.model(Name::Complement, weights, bias, None))
    }

    fn check(&self) -> Result<()> {
        settings::positive("complement_nb.alpha", self.alpha)
    }
}

estimator!(ComplementNb, NAME, [alpha, norm]);
