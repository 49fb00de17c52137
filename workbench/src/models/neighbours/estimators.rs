//! The settings of nearest neighbours, for classes and for numbers.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::index::NeighborAlgorithm;
use super::metric::{Measure, Metric};
use super::model::{KNeighborsModel, check_finite};
use super::shared::SharedNeighbours;
use crate::data::{Dataset, Fold, Target};
use crate::error::{Error, Result};
use crate::models::SharedFits;
use crate::models::checks::{no_weights, training_records, values};
use crate::models::classes::Classes;
use crate::models::settings::{self, estimator, setters};
use crate::preprocess::{Weights, ensure};

pub(super) const CLASSIFIER: &str = "k_neighbors";
pub(super) const REGRESSOR: &str = "k_neighbors_regressor";

/// All settings, which both estimators have.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Settings {
    pub(super) n_neighbors: usize,
    pub(super) weights: Weights,
    pub(super) metric: Metric,
    pub(super) p: f64,
    pub(super) algorithm: NeighborAlgorithm,
}

impl Settings {
    pub(super) fn measure(&self) -> Measure {
        Measure::of(self.metric, self.p)
    }

    /// Whether the same rows are the nearest, but for their number.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        self.measure() == other.measure() && self.algorithm == other.algorithm
    }

    fn check(&self, name: &str) -> Result<()> {
        settings::at_least_one(&format!("{name}.n_neighbors"), self.n_neighbors)?;
        ensure(self.p >= 1.0 && self.p.is_finite(), &format!("{name}.p"), self.p, "a finite number of at least 1")
    }

    pub(super) fn check_rows(&self, name: &str, n_rows: usize) -> Result<()> {
        match self.n_neighbors <= n_rows {
            true => Ok(()),
            false => Err(Error::InvalidValue {
                what: format!("{name}.n_neighbors"),
                value: self.n_neighbors.to_string(),
                allowed: format!("at most {n_rows}, the number of training rows"),
            }),
        }
    }

    fn records(&self, name: &'static str, data: &Dataset) -> Result<Array2<f64>> {
        self.check(name)?;
        no_weights(data, name, "leave them out, or repeat rows instead")?;
        let records = training_records(name, data)?;
        self.check_rows(name, records.nrows())?;
        check_finite(name, &records, self.measure(), &data.feature_names())?;
        Ok(records)
    }
}

macro_rules! neighbours {
    ($(#[$documentation:meta])* $type:ident, $name:expr, $fit:item) => {
        $(#[$documentation])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct $type {
            n_neighbors: usize,
            weights: Weights,
            metric: Metric,
            p: f64,
            algorithm: NeighborAlgorithm,
        }

        impl Default for $type {
            fn default() -> Self {
                Self {
                    n_neighbors: 5,
                    weights: Weights::Uniform,
                    metric: Metric::Minkowski,
                    p: 2.0,
                    algorithm: NeighborAlgorithm::Auto,
                }
            }
        }

        impl $type {
            /// The defaults of the table above.
            pub fn new() -> Self {
                Self::default()
            }

            setters! {
                /// Sets how many neighbours are asked.
                n_neighbors: usize,
                /// Sets how much each of them counts.
                weights: Weights,
                /// Sets what a distance is.
                metric: Metric,
                /// Sets the exponent of the Minkowski distance.
                p: f64,
                /// Sets how neighbours are looked for.
                algorithm: NeighborAlgorithm,
            }

            pub(super) fn settings(&self) -> Settings {
                let Self { n_neighbors, weights, metric, p, algorithm } = *self;
                Settings { n_neighbors, weights, metric, p, algorithm }
            }

            fn check(&self) -> Result<()> {
                self.settings().check($name)
            }

            $fit
        }

        estimator!($type, $name, [n_neighbors, weights, metric, p, algorithm] {
            fn share(&self, data: &Dataset, folds: &[Fold]) -> Result<Option<Box<dyn SharedFits>>> {
                Ok(Some(Box::new(SharedNeighbours::new(data, folds))))
            }
        });
    };
}

neighbours! {
    /// Tells the class that most of the nearest training rows have.
    ///
    /// `P(c | x) = Σ_{i ∈ N(x)} w_i [y_i = c] / Σ_{i ∈ N(x)} w_i`, where `N(x)` are the `n_neighbors` rows nearest to `x`, and `w_i` is 1 or the inverse of their distance.
    ///
    /// | parameter | default | range | meaning |
    /// |---|---|---|---|
    /// | `n_neighbors` | 5 | ≥ 1, and at most the training rows | how many neighbours are asked |
    /// | `weights` | `"uniform"` | `"uniform"`, `"distance"` | how much each counts; with `"distance"` those at no distance count alone |
    /// | `metric` | `"minkowski"` | `"minkowski"`, `"euclidean"`, `"manhattan"`, `"cosine"` | see [`Metric`] |
    /// | `p` | 2.0 | ≥ 1 | the exponent of `"minkowski"` |
    /// | `algorithm` | `"auto"` | `"auto"`, `"brute"`, `"kd_tree"` | see [`NeighborAlgorithm`]; it changes no result |
    ///
    /// Names and defaults are those of scikit-learn's `KNeighborsClassifier`. Of rows at the same distance the first are taken, and of classes with as many votes the first.
    /// Features: shape `(n_samples, n_features)`, finite numbers. Scale them first, or the one with the greatest numbers decides alone. Candidates of a search that
    /// agree on the distance share it: neighbours are looked for once in each fold, for the greatest `n_neighbors`.
    ///
    /// # Errors
    /// [`Error::UnusableValue`], [`Error::NotNumeric`], [`Error::NotClasses`], [`Error::InvalidValue`] for a setting out of range or values so great that
    /// distances are infinite, [`Error::WeightsNotKnown`], [`Error::Interrupted`].
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::data::{Dataset, iris};
    /// use workbench::models::{KNeighborsClassifier, Metric};
    /// use workbench::search::GridSearch;
    ///
    /// let data = Dataset::from_frame(&iris()?, "species")?;
    /// let search = GridSearch::new(KNeighborsClassifier::new().metric(Metric::Manhattan)).param("n_neighbors", [1, 5, 15]).fit(&data)?;
    /// assert!(search.best_score() > 0.9);
    ///
    /// let refused = KNeighborsClassifier::new().n_neighbors(151).fit(&data);
    /// assert_eq!(
    ///     refused.unwrap_err().to_string(),
    ///     "k_neighbors.n_neighbors is 151, but it must be at most 150, the number of training rows"
    /// );
    /// # Ok::<(), workbench::Error>(())
    /// ```
    ///
    /// # References
    /// 1. T. Cover, P. Hart, *Nearest Neighbor Pattern Classification*, 1967, doi:10.1109/TIT.1967.1053964
    /// 2. J. H. Friedman, J. L. Bentley, R. A. Finkel, *An Algorithm for Finding Best Matches in Logarithmic Expected Time*, 1977,
    ///    doi:10.1145/355744.355745
    KNeighborsClassifier, CLASSIFIER,
    /// Remembers the rows of `data`.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<KNeighborsModel> {
        let classes = Classes::of(data, CLASSIFIER)?;
        let records = self.settings().records(CLASSIFIER, data)?;
        let codes = classes.codes.iter().map(|&code| code as u32).collect();
        let target = Target::Classes { codes, labels: classes.labels };
        Ok(KNeighborsModel::new(records, self.settings(), target, data.feature_names()))
    }
}

neighbours! {
    /// Tells the mean of the nearest training rows.
    ///
    /// `prediction(x) = Σ_{i ∈ N(x)} w_i y_i / Σ_{i ∈ N(x)} w_i`, where `N(x)` are the `n_neighbors` rows nearest to `x`, and `w_i` is 1 or the inverse of their distance.
    ///
    /// | parameter | default | range | meaning |
    /// |---|---|---|---|
    /// | `n_neighbors` | 5 | ≥ 1, and at most the training rows | how many neighbours are asked |
    /// | `weights` | `"uniform"` | `"uniform"`, `"distance"` | how much each counts; with `"distance"` those at no distance count alone |
    /// | `metric` | `"minkowski"` | `"minkowski"`, `"euclidean"`, `"manhattan"`, `"cosine"` | see [`Metric`] |
    /// | `p` | 2.0 | ≥ 1 | the exponent of `"minkowski"` |
    /// | `algorithm` | `"auto"` | `"auto"`, `"brute"`, `"kd_tree"` | see [`NeighborAlgorithm`]; it changes no result |
    ///
    /// Names and defaults are those of scikit-learn's `KNeighborsRegressor`. All else is as with [`KNeighborsClassifier`].
    ///
    /// # Errors
    /// [`Error::NotNumbers`] for a target of classes; those of [`KNeighborsClassifier`].
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::data::{Dataset, diabetes, iris};
    /// use workbench::models::{KNeighborsRegressor, Model};
    ///
    /// let data = Dataset::from_frame(&diabetes()?, "progression")?;
    /// let model = KNeighborsRegressor::new().n_neighbors(10).fit(&data)?;
    /// assert_eq!(model.predict(data.features())?.len(), 442);
    ///
    /// assert!(KNeighborsRegressor::new().fit(&Dataset::from_frame(&iris()?, "species")?).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    KNeighborsRegressor, REGRESSOR,
    /// Remembers the rows of `data`.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<KNeighborsModel> {
        let target = Target::Values(values(data, REGRESSOR)?.to_vec());
        let records = self.settings().records(REGRESSOR, data)?;
        Ok(KNeighborsModel::new(records, self.settings(), target, data.feature_names()))
    }
}
