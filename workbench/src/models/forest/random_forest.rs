//! Random forests.

use super::settings::forest;
use crate::models::ClassWeight;
use crate::models::tree::plan::Kind;
use crate::models::tree::{Criterion, RegressionCriterion};

forest! {
    about: {
        /// A random forest that tells classes.
        ///
        /// Each of `n_estimators` decision trees is grown on rows drawn with replacement (a row with a greater weight more often), and each node looks at features drawn
        /// anew; the forest tells the mean of its trees. A tree depends on the seed and its number alone.
    }
    references: {
        /// 1. L. Breiman, *Random Forests*, 2001, doi:10.1023/A:1010933404324
    }
    errors: "[`Error::NotClasses`](crate::Error::NotClasses), [`Error::OneClass`](crate::Error::OneClass),",
    example: "iris", "species",
    RandomForestClassifier, "random_forest_classifier",
    kind: |forest| Kind::Classes(forest.class_weight.clone()),
    criterion: forest.criterion,
    max_features: Sqrt, "sqrt",
    bootstrap: true,
    random_splits: false,
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
        /// A random forest that tells numbers.
        ///
        /// Each of `n_estimators` decision trees is grown on rows drawn with replacement (a row with a greater weight more often), and each node looks at features drawn
        /// anew; the forest tells the mean of its trees. A tree depends on the seed and its number alone.
    }
    references: {
        /// 1. L. Breiman, *Random Forests*, 2001, doi:10.1023/A:1010933404324
    }
    errors: "[`Error::NotNumbers`](crate::Error::NotNumbers),",
    example: "diabetes", "progression",
    RandomForestRegressor, "random_forest_regressor",
    kind: |forest| Kind::Values,
    criterion: forest.criterion,
    max_features: All, "all",
    bootstrap: true,
    random_splits: false,
    own: [
        {
            "| `criterion` | `\"squared_error\"` | `\"squared_error\"`, `\"absolute_error\"`, `\"poisson\"` | see [`RegressionCriterion`] |"
            /// Sets how impurity is measured.
            criterion: RegressionCriterion = RegressionCriterion::SquaredError
        },
    ],
    params: [bootstrap, ccp_alpha, criterion, max_depth, max_features, max_leaf_nodes, max_samples, min_impurity_decrease, min_samples_leaf, min_samples_split, n_estimators, oob_score, seed],
}
