//! Regression by boosting.

use super::loss::BoostingLoss;
use super::plan::Kind;
use super::settings::boosting;

boosting! {
    about: {
        /// Regression by gradient boosting of trees on binned features.
        ///
        /// It makes the mean of a [`BoostingLoss`] small over `output(x) = baseline + learning_rate · Σ tree(x)`, whose trees are grown by the loss's derivatives. For
        /// `"absolute_error"` and `"quantile"` a leaf tells the median or quantile of what is left of its rows.
    }
    max_iter: "iterations at most; each grows one tree",
    validation_fraction: "the part of the rows that tells when to stop; with 0 the training rows do",
    errors_and_examples: {
        /// # Errors
        /// [`Error::NotNumbers`](crate::Error::NotNumbers), [`Error::UnusableValue`](crate::Error::UnusableValue) for an infinite feature,
        /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range, an unknown feature with a direction, too many categories, or a target that the
        /// loss is not for, [`Error::Interrupted`](crate::Error::Interrupted).
        ///
        /// # Examples
        ///
        /// ```
        /// use workbench::data::{Dataset, diabetes};
        /// use workbench::models::{HistGradientBoostingRegressor, Monotonic};
        ///
        /// let data = Dataset::from_frame(&diabetes()?, "progression")?;
        /// let model = HistGradientBoostingRegressor::new().monotonic_cst("bmi", Monotonic::Increasing).fit(&data)?;
        /// assert_eq!(model.predict(data.features())?.len(), data.n_samples());
        ///
        /// let refused = HistGradientBoostingRegressor::new().learning_rate(0.0).fit(&data);
        /// assert!(refused.unwrap_err().to_string().contains("learning_rate is 0.0"));
        /// # Ok::<(), workbench::Error>(())
        /// ```
    }
    HistGradientBoostingRegressor, "hist_gradient_boosting_regressor",
    kind: |boosting| Kind::Values(boosting.loss, boosting.quantile),
    own: [
        {
            "| `loss` | `\"squared_error\"` | see [`BoostingLoss`] | what is made small |"
            /// Sets what is made small.
            loss: BoostingLoss = BoostingLoss::SquaredError
        },
        {
            "| `quantile` | 0.5 | > 0, < 1 | which quantile the loss `\"quantile\"` looks for |"
            /// Sets which quantile the loss `"quantile"` looks for.
            quantile: f64 = 0.5
        },
    ],
    params: [
        early_stopping, l2_regularization, learning_rate, loss, max_bins, max_depth, max_features, max_iter, max_leaf_nodes, min_samples_leaf, n_iter_no_change, quantile, seed, tol, validation_fraction
    ],
}
