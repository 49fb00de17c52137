//! Random forests.

use super::ForestModel;
use crate::data::{Dataset, Fold};
use crate::error::Result;
use crate::models::settings::{estimator, setters};
use crate::models::tree::plan::{Kind, TreePlan};
use crate::models::tree::shared::{SharedTreeFits, fit_all};
use crate::models::tree::{Criterion, MaxFeatures, TreeGrowth};
use crate::models::{ClassWeight, SharedFits};

const CLASSIFIER: &str = "random_forest_classifier";
const REGRESSOR: &str = "random_forest_regressor";

/// A random forest that tells classes.
///
/// Each of `n_estimators` decision trees is grown on rows drawn with replacement (a row with a greater weight more often), and each node looks at features drawn
/// anew; the forest tells the mean of its trees. A tree depends on the seed and its number alone.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `n_estimators` | 100 | ≥ 1 | trees |
/// | `criterion` | `"gini"` | `"gini"`, `"entropy"`, `"log_loss"` | see [`Criterion`] |
/// | `max_depth` | `"none"` | ≥ 1, or `"none"` | splits from the root to a leaf at most |
/// | `min_samples_split` | 2 | ≥ 2 | a node of fewer rows stays a leaf |
/// | `min_samples_leaf` | 1 | ≥ 1 | rows of a leaf at least |
/// | `max_leaf_nodes` | `"none"` | ≥ 2, or `"none"` | leaves at most; the split that gains most comes first |
/// | `max_features` | `"sqrt"` | see [`MaxFeatures`] | how many features a node looks at |
/// | `min_impurity_decrease` | 0.0 | ≥ 0 | a split that lowers the impurity by less, as a part of all rows, is not made |
/// | `bootstrap` | true | | whether each tree draws its rows, with replacement, or takes all |
/// | `max_samples` | 1.0 | > 0, ≤ 1 | how many rows a tree draws, as a part of them all |
/// | `oob_score` | false | | whether rows are told by the trees that did not draw them, see [`ForestModel::oob_score`] |
/// | `class_weight` | `"none"` | `"none"`, `"balanced"`, a weight for each label | how much the rows of each class count |
/// | `seed` | 0 | | what decides what is drawn |
///
/// Features: shape `(n_samples, n_features)`, numbers, true or false. Missing values, null or NaN, are told apart: each split learns where they go; where
/// no row of a node was missing, they go with the greater number of rows. Splits are exact, and compare 64-bit numbers, where scikit-learn
/// rounds features to 32 bits. Of splits that are equally good the first feature's is taken.
///
/// In a search each column is sorted once for all candidates and folds, and candidates that differ only in `n_estimators` share their trees.
///
/// # Errors
/// [`Error::NotClasses`](crate::Error::NotClasses), [`Error::OneClass`](crate::Error::OneClass), [`Error::NotNumeric`](crate::Error::NotNumeric),
/// [`Error::UnusableValue`](crate::Error::UnusableValue) for an infinite feature, [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range,
/// [`Error::Interrupted`](crate::Error::Interrupted).
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, iris};
/// use workbench::models::RandomForestClassifier;
///
/// let data = Dataset::from_frame(&iris()?, "species")?;
/// let model = RandomForestClassifier::new().n_estimators(20).fit(&data)?;
/// assert_eq!(model.predict(data.features())?.len(), data.n_samples());
///
/// assert!(RandomForestClassifier::new().n_estimators(0).fit(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. L. Breiman, *Random Forests*, 2001, doi:10.1023/A:1010933404324
#[derive(Clone, Debug, PartialEq)]
pub struct RandomForestClassifier {
    n_estimators: usize,
    criterion: Criterion,
    max_depth: Option<usize>,
    min_samples_split: usize,
    min_samples_leaf: usize,
    max_leaf_nodes: Option<usize>,
    max_features: MaxFeatures,
    min_impurity_decrease: f64,
    bootstrap: bool,
    max_samples: f64,
    oob_score: bool,
    class_weight: ClassWeight,
    seed: u64,
}

impl Default for RandomForestClassifier {
    fn default() -> Self {
        Self {
            n_estimators: 100,
            criterion: Criterion::Gini,
            max_depth: None,
            min_samples_split: 2,
            min_samples_leaf: 1,
            max_leaf_nodes: None,
            max_features: MaxFeatures::Sqrt,
            min_impurity_decrease: 0.0,
            bootstrap: true,
            max_samples: 1.0,
            oob_score: false,
            class_weight: ClassWeight::None,
            seed: 0,
        }
    }
}

impl RandomForestClassifier {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets how many trees there are.
        n_estimators: usize,
        /// Sets how impurity is measured.
        criterion: Criterion,
        /// Sets how many splits lie between the root and a leaf at most.
        max_depth: Option<usize>,
        /// Sets of how many rows at least a node is split.
        min_samples_split: usize,
        /// Sets how many rows a leaf has at least.
        min_samples_leaf: usize,
        /// Sets how many leaves a tree has at most.
        max_leaf_nodes: Option<usize>,
        /// Sets how many features a node looks at.
        max_features: MaxFeatures,
        /// Sets by how much a split has to lower the impurity.
        min_impurity_decrease: f64,
        /// Sets whether each tree draws its rows.
        bootstrap: bool,
        /// Sets how many rows a tree draws, as a part of them all.
        max_samples: f64,
        /// Sets whether rows are told by the trees that did not draw them.
        oob_score: bool,
        /// Sets how much the rows of each class count.
        class_weight: ClassWeight,
        /// Sets what decides what is drawn.
        seed: u64,
    }

    /// Learns from `data`.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<ForestModel> {
        let (sum, oob_score) = fit_all(&self.plan(), data)?;
        Ok(ForestModel::new(sum, oob_score))
    }

    fn check(&self) -> Result<()> {
        self.plan().check()
    }

    pub(in crate::models) fn plan(&self) -> TreePlan {
        TreePlan {
            name: CLASSIFIER,
            kind: Kind::Classes(self.class_weight.clone()),
            growth: TreeGrowth {
                criterion: self.criterion,
                max_depth: self.max_depth,
                min_samples_split: self.min_samples_split,
                min_samples_leaf: self.min_samples_leaf,
                max_leaf_nodes: self.max_leaf_nodes,
                min_impurity_decrease: self.min_impurity_decrease,
                random_splits: false,
            },
            n_estimators: self.n_estimators,
            max_features: self.max_features,
            bootstrap: self.bootstrap,
            max_samples: self.max_samples,
            oob_score: self.oob_score,
            seed: self.seed,
        }
    }
}

estimator!(RandomForestClassifier, CLASSIFIER, [
    bootstrap, class_weight, criterion, max_depth, max_features, max_leaf_nodes, max_samples, min_impurity_decrease, min_samples_leaf, min_samples_split, n_estimators, oob_score, seed
] {
    fn share(&self, data: &Dataset, folds: &[Fold]) -> Result<Option<Box<dyn SharedFits>>> {
        Ok(Some(Box::new(SharedTreeFits::new(CLASSIFIER, data, folds)?)))
    }
});

/// A random forest that tells numbers.
///
/// Each of `n_estimators` decision trees is grown on rows drawn with replacement (a row with a greater weight more often), and each node looks at features drawn
/// anew; the forest tells the mean of its trees. A tree depends on the seed and its number alone.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `n_estimators` | 100 | ≥ 1 | trees |
/// | `max_depth` | `"none"` | ≥ 1, or `"none"` | splits from the root to a leaf at most |
/// | `min_samples_split` | 2 | ≥ 2 | a node of fewer rows stays a leaf |
/// | `min_samples_leaf` | 1 | ≥ 1 | rows of a leaf at least |
/// | `max_leaf_nodes` | `"none"` | ≥ 2, or `"none"` | leaves at most; the split that gains most comes first |
/// | `max_features` | `"all"` | see [`MaxFeatures`] | how many features a node looks at |
/// | `min_impurity_decrease` | 0.0 | ≥ 0 | a split that lowers the impurity by less, as a part of all rows, is not made |
/// | `bootstrap` | true | | whether each tree draws its rows, with replacement, or takes all |
/// | `max_samples` | 1.0 | > 0, ≤ 1 | how many rows a tree draws, as a part of them all |
/// | `oob_score` | false | | whether rows are told by the trees that did not draw them, see [`ForestModel::oob_score`] |
/// | `seed` | 0 | | what decides what is drawn |
///
/// Features: shape `(n_samples, n_features)`, numbers, true or false. Missing values, null or NaN, are told apart: each split learns where they go; where
/// no row of a node was missing, they go with the greater number of rows. Splits are exact, and compare 64-bit numbers, where scikit-learn
/// rounds features to 32 bits. Of splits that are equally good the first feature's is taken.
///
/// In a search each column is sorted once for all candidates and folds, and candidates that differ only in `n_estimators` share their trees.
///
/// # Errors
/// [`Error::NotNumbers`](crate::Error::NotNumbers), [`Error::NotNumeric`](crate::Error::NotNumeric),
/// [`Error::UnusableValue`](crate::Error::UnusableValue) for an infinite feature, [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range,
/// [`Error::Interrupted`](crate::Error::Interrupted).
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, diabetes};
/// use workbench::models::RandomForestRegressor;
///
/// let data = Dataset::from_frame(&diabetes()?, "progression")?;
/// let model = RandomForestRegressor::new().n_estimators(20).fit(&data)?;
/// assert_eq!(model.predict(data.features())?.len(), data.n_samples());
///
/// assert!(RandomForestRegressor::new().n_estimators(0).fit(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. L. Breiman, *Random Forests*, 2001, doi:10.1023/A:1010933404324
#[derive(Clone, Debug, PartialEq)]
pub struct RandomForestRegressor {
    n_estimators: usize,
    max_depth: Option<usize>,
    min_samples_split: usize,
    min_samples_leaf: usize,
    max_leaf_nodes: Option<usize>,
    max_features: MaxFeatures,
    min_impurity_decrease: f64,
    bootstrap: bool,
    max_samples: f64,
    oob_score: bool,
    seed: u64,
}

impl Default for RandomForestRegressor {
    fn default() -> Self {
        Self {
            n_estimators: 100,
            max_depth: None,
            min_samples_split: 2,
            min_samples_leaf: 1,
            max_leaf_nodes: None,
            max_features: MaxFeatures::All,
            min_impurity_decrease: 0.0,
            bootstrap: true,
            max_samples: 1.0,
            oob_score: false,
            seed: 0,
        }
    }
}

impl RandomForestRegressor {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets how many trees there are.
        n_estimators: usize,
        /// Sets how many splits lie between the root and a leaf at most.
        max_depth: Option<usize>,
        /// Sets of how many rows at least a node is split.
        min_samples_split: usize,
        /// Sets how many rows a leaf has at least.
        min_samples_leaf: usize,
        /// Sets how many leaves a tree has at most.
        max_leaf_nodes: Option<usize>,
        /// Sets how many features a node looks at.
        max_features: MaxFeatures,
        /// Sets by how much a split has to lower the impurity.
        min_impurity_decrease: f64,
        /// Sets whether each tree draws its rows.
        bootstrap: bool,
        /// Sets how many rows a tree draws, as a part of them all.
        max_samples: f64,
        /// Sets whether rows are told by the trees that did not draw them.
        oob_score: bool,
        /// Sets what decides what is drawn.
        seed: u64,
    }

    /// Learns from `data`.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<ForestModel> {
        let (sum, oob_score) = fit_all(&self.plan(), data)?;
        Ok(ForestModel::new(sum, oob_score))
    }

    fn check(&self) -> Result<()> {
        self.plan().check()
    }

    pub(in crate::models) fn plan(&self) -> TreePlan {
        TreePlan {
            name: REGRESSOR,
            kind: Kind::Values,
            growth: TreeGrowth {
                criterion: Criterion::Gini,
                max_depth: self.max_depth,
                min_samples_split: self.min_samples_split,
                min_samples_leaf: self.min_samples_leaf,
                max_leaf_nodes: self.max_leaf_nodes,
                min_impurity_decrease: self.min_impurity_decrease,
                random_splits: false,
            },
            n_estimators: self.n_estimators,
            max_features: self.max_features,
            bootstrap: self.bootstrap,
            max_samples: self.max_samples,
            oob_score: self.oob_score,
            seed: self.seed,
        }
    }
}

estimator!(RandomForestRegressor, REGRESSOR, [
    bootstrap, max_depth, max_features, max_leaf_nodes, max_samples, min_impurity_decrease, min_samples_leaf, min_samples_split, n_estimators, oob_score, seed
] {
    fn share(&self, data: &Dataset, folds: &[Fold]) -> Result<Option<Box<dyn SharedFits>>> {
        Ok(Some(Box::new(SharedTreeFits::new(REGRESSOR, data, folds)?)))
    }
});
