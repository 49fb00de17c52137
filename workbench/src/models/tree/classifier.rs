//! One tree that tells classes.

use polars::prelude::DataFrame;

use super::plan::{Kind, TreePlan};
use super::shared::{SharedTreeFits, fit_all};
use super::{Criterion, DecisionTreeModel, MaxFeatures, TreeGrowth};
use crate::data::{Dataset, Fold};
use crate::error::Result;
use crate::models::settings::{estimator, setters};
use crate::models::{ClassWeight, SharedFits};

const NAME: &str = "decision_tree_classifier";

/// A decision tree that tells classes.
///
/// Each node is split where `w_l · impurity_l + w_r · impurity_r` is least, with weights `w` of the rows on the left and on the right; a leaf tells the share
/// of each class among its rows.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `criterion` | `"gini"` | `"gini"`, `"entropy"`, `"log_loss"` | see [`Criterion`] |
/// | `max_depth` | `"none"` | ≥ 1, or `"none"` | splits from the root to a leaf at most |
/// | `min_samples_split` | 2 | ≥ 2 | a node of fewer rows stays a leaf |
/// | `min_samples_leaf` | 1 | ≥ 1 | rows of a leaf at least |
/// | `max_leaf_nodes` | `"none"` | ≥ 2, or `"none"` | leaves at most; the split that gains most comes first |
/// | `max_features` | `"all"` | see [`MaxFeatures`] | how many features a node looks at |
/// | `min_impurity_decrease` | 0.0 | ≥ 0 | a split that lowers the impurity by less, as a part of all rows, is not made |
/// | `ccp_alpha` | 0.0 | ≥ 0 | minimal cost-complexity pruning: a subtree goes whose leaves lower the impurity, as a part of all rows, by no more than this for each leaf saved |
/// | `class_weight` | `"none"` | `"none"`, `"balanced"`, a weight for each label | how much the rows of each class count |
/// | `seed` | 0 | | what decides what is drawn |
///
/// Features: shape `(n_samples, n_features)`, numbers, true or false. Missing values, null or NaN, are told apart: each split learns where they go; where
/// no row of a node was missing, they go with the greater number of rows. Splits are exact, and compare 64-bit numbers, where scikit-learn
/// rounds features to 32 bits. Of splits that are equally good the first feature's is taken.
///
/// In a search each column is sorted once for all candidates and folds, and candidates that differ only in `ccp_alpha` are one fit, pruned.
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
/// use workbench::models::DecisionTreeClassifier;
///
/// let data = Dataset::from_frame(&iris()?, "species")?;
/// let model = DecisionTreeClassifier::new().max_depth(Some(3)).fit(&data)?;
/// assert_eq!(model.predict(data.features())?.len(), data.n_samples());
///
/// assert!(DecisionTreeClassifier::new().min_samples_split(1).fit(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. L. Breiman, J. Friedman, R. Olshen, C. Stone, *Classification and Regression Trees*, 1984, doi:10.1201/9781315139470
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionTreeClassifier {
    criterion: Criterion,
    max_depth: Option<usize>,
    min_samples_split: usize,
    min_samples_leaf: usize,
    max_leaf_nodes: Option<usize>,
    max_features: MaxFeatures,
    min_impurity_decrease: f64,
    ccp_alpha: f64,
    class_weight: ClassWeight,
    seed: u64,
}

impl Default for DecisionTreeClassifier {
    fn default() -> Self {
        Self {
            criterion: Criterion::Gini,
            max_depth: None,
            min_samples_split: 2,
            min_samples_leaf: 1,
            max_leaf_nodes: None,
            max_features: MaxFeatures::All,
            min_impurity_decrease: 0.0,
            ccp_alpha: 0.0,
            class_weight: ClassWeight::None,
            seed: 0,
        }
    }
}

impl DecisionTreeClassifier {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
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
        /// Sets by how much a subtree has to lower the impurity for each of its leaves but one.
        ccp_alpha: f64,
        /// Sets how much the rows of each class count.
        class_weight: ClassWeight,
        /// Sets what decides what is drawn.
        seed: u64,
    }

    /// Learns from `data`.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<DecisionTreeModel> {
        Ok(DecisionTreeModel::new(fit_all(&self.plan(), data)?.0))
    }

    /// The prices at which the tree that is fitted on `data` without pruning becomes smaller, one for each smaller tree, as a table: `ccp_alpha`, the least with which
    /// that tree is fitted, and `impurity`, that of its leaves. They are the values to search [`ccp_alpha`](Self::ccp_alpha) over.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit).
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::data::{Dataset, iris};
    /// use workbench::models::DecisionTreeClassifier;
    ///
    /// let data = Dataset::from_frame(&iris()?, "species")?;
    /// let path = DecisionTreeClassifier::new().cost_complexity_pruning_path(&data)?;
    /// let alphas: Vec<f64> = path.column("ccp_alpha")?.f64()?.into_no_null_iter().collect();
    /// let root = DecisionTreeClassifier::new().ccp_alpha(alphas[alphas.len() - 1]).fit(&data)?;
    /// assert_eq!(root.n_leaves(), 1);
    ///
    /// assert!(DecisionTreeClassifier::new().min_samples_leaf(0).cost_complexity_pruning_path(&data).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    pub fn cost_complexity_pruning_path(&self, data: &Dataset) -> Result<DataFrame> {
        DecisionTreeModel::new(fit_all(&TreePlan { ccp_alpha: 0.0, ..self.plan() }, data)?.0).pruning_path()
    }

    fn check(&self) -> Result<()> {
        self.plan().check()
    }

    pub(in crate::models) fn plan(&self) -> TreePlan {
        TreePlan {
            name: NAME,
            kind: Kind::Classes(self.class_weight.clone()),
            is_forest: false,
            growth: TreeGrowth {
                criterion: self.criterion.into(),
                max_depth: self.max_depth,
                min_samples_split: self.min_samples_split,
                min_samples_leaf: self.min_samples_leaf,
                max_leaf_nodes: self.max_leaf_nodes,
                min_impurity_decrease: self.min_impurity_decrease,
                random_splits: false,
            },
            n_estimators: 1,
            max_features: self.max_features,
            bootstrap: false,
            max_samples: 1.0,
            oob_score: false,
            ccp_alpha: self.ccp_alpha,
            seed: self.seed,
        }
    }
}

estimator!(DecisionTreeClassifier, NAME, [
    ccp_alpha, class_weight, criterion, max_depth, max_features, max_leaf_nodes, min_impurity_decrease, min_samples_leaf, min_samples_split, seed
] {
    fn share(&self, data: &Dataset, folds: &[Fold]) -> Result<Option<Box<dyn SharedFits>>> {
        Ok(Some(Box::new(SharedTreeFits::new(NAME, data, folds)?)))
    }
});
