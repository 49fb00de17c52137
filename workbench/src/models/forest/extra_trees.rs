//! Extremely randomised trees.

use super::settings::forest;
use crate::models::ClassWeight;
use crate::models::tree::plan::Kind;
use crate::models::tree::{Criterion, RegressionCriterion};

forest! {
    about: {
        /// Extremely randomised trees that tell classes.
        ///
        /// Each of `n_estimators` trees draws one threshold, between the least and the greatest value of the node, for each feature that a node looks at, and takes the
        /// best of these splits; missing rows go to a drawn side. The forest tells the mean of its trees. A tree depends on the seed and its number alone.
    }
    references: {
        /// 1. P. Geurts, D. Ernst, L. Wehenkel, *Extremely randomized trees*, 2006, doi:10.1007/s10994-006-6226-1
    }
    errors: "[`Error::NotClasses`](crate::Error::NotClasses), [`Error::OneClass`](crate::Error::OneClass),",
    example: "iris", "species",
    ExtraTreesClassifier, "extra_trees_classifier",
    kind: |forest| Kind::Classes(forest.class_weight.clone()),
    criterion: forest.criterion,
    max_features: Sqrt, "sqrt",
    bootstrap: false,
    random_splits: true,
    own: [
        {
            "| `criterion` | `\"gini\"` | `\"gini\"`, `\"entropy\"`, `\"log_loss\"` | see [`Criterion`] |"
            /// Sets how impurity is measured.
            criterion: Criterion = Criterion::Gini
        },
        {
            "| `class_weight` | `\"none\"` | `\"none\"`, `\"balanced\"`, `\"balanced_subsample\"`, a weight for each label | how much the rows of each class count |"
            /// Sets how much the rows of each class count.
            class_weight: ClassWeight = ClassWeight::None
        },
    ],
    params: [bootstrap, ccp_alpha, class_weight, criterion, max_depth, max_features, max_leaf_nodes, max_samples, min_impurity_decrease, min_samples_leaf, min_samples_split, n_estimators, oob_score, seed],
}

forest! {
    about: {
        /// Extremely randomised trees that tell numbers.
        ///
        /// Each of `n_estimators` trees draws one threshold, between the least and the greatest value of the node, for each feature that a node looks at, and takes the
        /// best of these splits; missing rows go to a drawn side. The forest tells the mean of its trees. A tree depends on the seed and its number alone.
    }
    references: {
        /// 1. P. Geurts, D. Ernst, L. Wehenkel, *Extremely randomized trees*, 2006, doi:10.1007/s10994-006-6226-1
    }
    errors: "[`Error::NotNumbers`](crate::Error::NotNumbers),",
    example: "diabetes", "progression",
    ExtraTreesRegressor, "extra_trees_regressor",
    kind: |forest| Kind::Values,
    criterion: forest.criterion,
    max_features: All, "all",
    bootstrap: false,
    random_splits: true,
    own: [
        {
            "| `criterion` | `\"squared_error\"` | `\"squared_error\"`, `\"absolute_error\"`, `\"poisson\"` | see [`RegressionCriterion`] |"
            /// Sets how impurity is measured.
            criterion: RegressionCriterion = RegressionCriterion::SquaredError
        },
    ],
    params: [bootstrap, ccp_alpha, criterion, max_depth, max_features, max_leaf_nodes, max_samples, min_impurity_decrease, min_samples_leaf, min_samples_split, n_estimators, oob_score, seed],
}
