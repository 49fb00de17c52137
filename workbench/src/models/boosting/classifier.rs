//! Classification by boosting.

use super::plan::Kind;
use super::settings::boosting;
use crate::models::ClassWeight;

boosting! {
    about: {
        /// Classification by gradient boosting of trees on binned features.
        ///
        /// It makes the log loss small: `output(x) = baseline + learning_rate · Σ tree(x)` tells the log odds of the second of two classes; with more
        /// classes each has trees of its own, and probabilities are the softmax of their outputs.
    }
    max_iter: "iterations at most; each grows one tree, with more than two classes one for each",
    validation_fraction: "the part of the rows, of each class its part, that tells when to stop; with 0 the training rows do",
    errors_and_examples: {
        /// # Errors
        /// [`Error::NotClasses`](crate::Error::NotClasses), [`Error::OneClass`](crate::Error::OneClass), [`Error::UnusableValue`](crate::Error::UnusableValue) for an
        /// infinite feature, [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range, an unknown feature with a direction, or too many categories,
        /// [`Error::Interrupted`](crate::Error::Interrupted).
        ///
        /// # Examples
        ///
        /// ```
        /// use workbench::data::{Dataset, drop_missing, penguins};
        /// use workbench::models::HistGradientBoostingClassifier;
        ///
        /// // `island` holds text and some measures are missing: both are taken as they are.
        /// let data = Dataset::from_frame(&drop_missing(&penguins()?, &["sex"])?, "sex")?;
        /// let model = HistGradientBoostingClassifier::new().max_iter(20).fit(&data)?;
        /// assert_eq!(model.predict_proba(data.features())?.dim(), (333, 2));
        /// assert_eq!(model.history().height(), 21);
        ///
        /// let refused = HistGradientBoostingClassifier::new().max_bins(256).fit(&data);
        /// assert_eq!(
        ///     refused.unwrap_err().to_string(),
        ///     "hist_gradient_boosting_classifier.max_bins is 256, but it must be from 2 to 255"
        /// );
        /// # Ok::<(), workbench::Error>(())
        /// ```
    }
    HistGradientBoostingClassifier, "hist_gradient_boosting_classifier",
    kind: |boosting| Kind::Classes(boosting.class_weight.clone()),
    own: [{
        "| `class_weight` | `\"none\"` | `\"none\"`, `\"balanced\"`, a weight for each label | how much the rows of each class count |"
        /// Sets how much the rows of each class count.
        class_weight: ClassWeight = ClassWeight::None
    }],
    params: [
        class_weight, early_stopping, l2_regularization, learning_rate, max_bins, max_depth, max_features, max_iter, max_leaf_nodes, min_samples_leaf, n_iter_no_change, seed, tol, validation_fraction
    ],
}
