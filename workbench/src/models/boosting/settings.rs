//! What both estimators of boosting have in common: their settings.

/// An estimator of boosting: its documentation around the common parts, its name in errors, what it tells, and settings of its own.
macro_rules! boosting {
    (
        about: { $(#[$about:meta])* }
        max_iter: $max_iter:literal,
        validation_fraction: $validation_fraction:literal,
        errors_and_examples: { $(#[$examples:meta])* }
        $type:ident, $name:literal,
        kind: |$this:ident| $kind:expr,
        own: [$({ $row:literal $(#[$setter:meta])* $field:ident: $field_type:ty = $default:expr }),* $(,)?],
        params: [$($param:ident),* $(,)?],
    ) => {
        $(#[$about])*
        ///
        /// | parameter | default | range | meaning |
        /// |---|---|---|---|
        /// | `learning_rate` | 0.1 | > 0 | how much each tree counts |
        #[doc = concat!("| `max_iter` | 100 | ≥ 1 | ", $max_iter, " |")]
        /// | `max_leaf_nodes` | 31 | ≥ 2, or `"none"` | leaves of a tree at most |
        /// | `max_depth` | `"none"` | ≥ 1, or `"none"` | splits from the root to a leaf at most |
        /// | `min_samples_leaf` | 20 | ≥ 1 | rows of a leaf at least |
        /// | `l2_regularization` | 0.0 | ≥ 0 | `λ` below |
        /// | `max_features` | 1.0 | > 0, ≤ 1 | the part of the features, drawn anew, that each node looks at |
        /// | `max_bins` | 255 | 2 to 255 | bins of a feature, beside that of missing values |
        /// | `early_stopping` | false | | whether to stop once the loss has stopped falling |
        #[doc = concat!("| `validation_fraction` | 0.1 | ≥ 0, < 1 | ", $validation_fraction, " |")]
        /// | `n_iter_no_change` | 10 | ≥ 1 | iterations in a row without a fall, to stop |
        /// | `tol` | 1e-7 | ≥ 0 | a smaller fall is none |
        $(#[doc = $row])*
        /// | `seed` | 0 | | what decides which rows are held out, and which features a node looks at |
        /// | `monotonic_cst` | | | features with which predictions may only rise, or only fall |
        ///
        /// Features: shape `(n_samples, n_features)`, of any dtype that is numbers, text, categories or true and false. Numbers are put into bins whose edges are
        /// quantiles of the training rows (midpoints, where values are few). Missing values, null or NaN, have a bin of their own, and each split learns where they
        /// go. Columns that hold no numbers are categories, at most `max_bins` of them; a split sends any set of them left.
        ///
        /// A tree is grown leaf by leaf: the leaf whose split gains most is split next, by `G_l² / (H_l + λ) + G_r² / (H_r + λ) - G² / (H + λ)`, where `G` and `H`
        /// are the sums of the loss's first and second derivatives over the rows on the left, on the right and of both. A leaf tells `-G / (H + λ)`.
        /// This is what scikit-learn's estimator of the same name does. Two defaults differ: early stopping is off whatever the number of rows, and
        /// quantiles are of all rows, where scikit-learn draws 200,000 of them. Derivatives are summed as whole numbers, so the number of threads changes nothing.
        ///
        /// In a search each column is sorted once for all candidates and folds. A fold's bin edges are the quantiles of its own training rows, read off the sorted
        /// columns in one pass, so validation rows have no part in them. Candidates that differ only in `max_iter` are one fit, whose predictions are looked at after
        /// as many iterations. With at least as many folds as threads, each fit keeps to one thread. The sorted columns
        /// are at most one and a half times as large as the data; a running fit holds one byte for each value of its rows, and
        /// nothing is kept for each candidate but its trees.
        ///
        $(#[$examples])*
        ///
        /// # References
        /// 1. J. Friedman, *Greedy Function Approximation: A Gradient Boosting Machine*, 2001, doi:10.1214/aos/1013203451
        /// 2. T. Chen, C. Guestrin, *XGBoost: A Scalable Tree Boosting System*, 2016, doi:10.1145/2939672.2939785
        /// 3. G. Ke et al., *LightGBM: A Highly Efficient Gradient Boosting Decision Tree*, 2017,
        ///    <https://papers.nips.cc/paper/6907-lightgbm-a-highly-efficient-gradient-boosting-decision-tree>
        /// 4. W. Fisher, *On Grouping for Maximum Homogeneity*, 1958, doi:10.1080/01621459.1958.10501479
        #[derive(Clone, Debug, PartialEq)]
        pub struct $type {
            learning_rate: f64,
            max_iter: usize,
            max_leaf_nodes: Option<usize>,
            max_depth: Option<usize>,
            min_samples_leaf: usize,
            l2_regularization: f64,
            max_features: f64,
            max_bins: usize,
            early_stopping: bool,
            validation_fraction: f64,
            n_iter_no_change: usize,
            tol: f64,
            $($field: $field_type,)*
            seed: u64,
            monotonic_cst: Vec<(String, $crate::models::boosting::split::Direction)>,
        }

        impl Default for $type {
            fn default() -> Self {
                Self {
                    learning_rate: 0.1,
                    max_iter: 100,
                    max_leaf_nodes: Some(31),
                    max_depth: None,
                    min_samples_leaf: 20,
                    l2_regularization: 0.0,
                    max_features: 1.0,
                    max_bins: 255,
                    early_stopping: false,
                    validation_fraction: 0.1,
                    n_iter_no_change: 10,
                    tol: 1e-7,
                    $($field: $default,)*
                    seed: 0,
                    monotonic_cst: Vec::new(),
                }
            }
        }

        impl $type {
            /// The defaults of the table above.
            pub fn new() -> Self {
                Self::default()
            }

            $crate::models::settings::setters! {
                /// Sets how much each tree counts.
                learning_rate: f64,
                /// Sets how many iterations there are at most.
                max_iter: usize,
                /// Sets how many leaves a tree has at most.
                max_leaf_nodes: Option<usize>,
                /// Sets how many splits lie between the root and a leaf at most.
                max_depth: Option<usize>,
                /// Sets how many rows a leaf has at least.
                min_samples_leaf: usize,
                /// Sets how much is added to each sum of second derivatives.
                l2_regularization: f64,
                /// Sets the part of the features that each node looks at.
                max_features: f64,
                /// Sets how many bins a feature has at most.
                max_bins: usize,
                /// Sets whether to stop once the loss has stopped falling.
                early_stopping: bool,
                /// Sets the part of the rows that tells when to stop.
                validation_fraction: f64,
                /// Sets after how many iterations without a fall to stop.
                n_iter_no_change: usize,
                /// Sets by how much the loss has to fall.
                tol: f64,
                $($(#[$setter])* $field: $field_type,)*
                /// Sets what decides which rows are held out, and which features a node looks at.
                seed: u64,
            }

            /// Lets predictions only rise, or only fall, as the numbers in the column `feature` rise.
            pub fn monotonic_cst(mut self, feature: &str, monotonic: $crate::models::Monotonic) -> Self {
                self.monotonic_cst.push((feature.to_string(), monotonic.direction()));
                self
            }

            /// Learns from `data`.
            ///
            /// # Errors
            /// See the type.
            pub fn fit(
                &self,
                data: &$crate::data::Dataset,
            ) -> $crate::error::Result<$crate::models::HistGradientBoostingModel> {
                self.check()?;
                $crate::models::boosting::fit_all(&self.plan(), data)
            }

            fn check(&self) -> $crate::error::Result<()> {
                self.plan().check()
            }

            pub(super) fn plan(&self) -> $crate::models::boosting::plan::Plan {
                let $this = self;
                $crate::models::boosting::plan::Plan {
                    name: $name,
                    kind: $kind,
                    learning_rate: self.learning_rate,
                    max_iter: self.max_iter,
                    max_leaf_nodes: self.max_leaf_nodes,
                    max_depth: self.max_depth,
                    min_samples_leaf: self.min_samples_leaf,
                    l2_regularization: self.l2_regularization,
                    max_features: self.max_features,
                    max_bins: self.max_bins,
                    early_stopping: self.early_stopping,
                    validation_fraction: self.validation_fraction,
                    n_iter_no_change: self.n_iter_no_change,
                    tol: self.tol,
                    monotonic_cst: self.monotonic_cst.clone(),
                    seed: self.seed,
                }
            }
        }

        $crate::models::settings::estimator!($type, $name, [$($param),*] {
            fn share(
                &self,
                data: &$crate::data::Dataset,
                folds: &[$crate::data::Fold],
            ) -> $crate::error::Result<Option<Box<dyn $crate::models::SharedFits>>> {
                Ok(Some(Box::new($crate::models::boosting::shared::SharedBoosting::new($name, data, folds)?)))
            }
        });
    };
}

pub(super) use boosting;
