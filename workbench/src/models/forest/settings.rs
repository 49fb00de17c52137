//! What all estimators of forests have in common: their settings.

/// An estimator of a forest: its documentation, its name in errors, whether it tells [`Classes`](crate::models::tree::plan::Kind) or `Values`, in which its
/// trees differ from others, and settings of its own.
macro_rules! forest {
    (
        about: { $(#[$about:meta])* }
        references: { $(#[$references:meta])* }
        errors: $errors:literal,
        example: $sample:literal, $target:literal,
        $type:ident, $name:literal,
        kind: |$this:ident| $kind:expr,
        criterion: $criterion:expr,
        max_features: $max_features:ident, $max_features_name:literal,
        bootstrap: $bootstrap:literal,
        random_splits: $random_splits:literal,
        own: [$({ $row:literal $(#[$setter:meta])* $field:ident: $field_type:ty = $default:expr }),* $(,)?],
        params: [$($param:ident),* $(,)?],
    ) => {
        $(#[$about])*
        ///
        /// | parameter | default | range | meaning |
        /// |---|---|---|---|
        /// | `n_estimators` | 100 | ≥ 1 | trees |
        /// | `max_depth` | `"none"` | ≥ 1, or `"none"` | splits from the root to a leaf at most |
        /// | `min_samples_split` | 2 | ≥ 2 | a node of fewer rows stays a leaf |
        /// | `min_samples_leaf` | 1 | ≥ 1 | rows of a leaf at least |
        /// | `max_leaf_nodes` | `"none"` | ≥ 2, or `"none"` | leaves at most; the split that gains most comes first |
        #[doc = concat!("| `max_features` | `\"", $max_features_name, "\"` | see [`MaxFeatures`](crate::models::MaxFeatures) | how many features a node looks at |")]
        /// | `min_impurity_decrease` | 0.0 | ≥ 0 | a split that lowers the impurity by less, as a part of all rows, is not made |
        /// | `ccp_alpha` | 0.0 | ≥ 0 | minimal cost-complexity pruning: a subtree goes whose leaves lower the impurity, as a part of all rows, by no more than this for each leaf saved |
        #[doc = concat!("| `bootstrap` | ", stringify!($bootstrap), " | | whether each tree draws its rows, with replacement, or takes all |")]
        /// | `max_samples` | 1.0 | > 0, ≤ 1 | how many rows a tree draws, as a part of them all |
        /// | `oob_score` | false | | whether rows are told by the trees that did not draw them, see [`ForestModel::oob_score`](crate::models::ForestModel::oob_score) |
        $(#[doc = $row])*
        /// | `seed` | 0 | | what decides what is drawn |
        ///
        /// Features: shape `(n_samples, n_features)`, numbers, true or false. Missing values, null or NaN, are told apart: each split learns where they go; where
        /// no row of a node was missing, they go with the greater number of rows. Splits are exact, and compare 64-bit numbers, where scikit-learn
        /// rounds features to 32 bits. Of splits that are equally good the first feature's is taken.
        ///
        /// In a search each column is sorted once for all candidates and folds, and candidates that differ only in `n_estimators` and `ccp_alpha` share their trees.
        ///
        /// # Errors
        #[doc = $errors]
        /// [`Error::NotNumeric`](crate::Error::NotNumeric), [`Error::UnusableValue`](crate::Error::UnusableValue) for an infinite feature,
        /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range, [`Error::Interrupted`](crate::Error::Interrupted).
        ///
        /// # Examples
        ///
        /// ```
        #[doc = concat!("use workbench::data::{Dataset, ", $sample, "};")]
        #[doc = concat!("use workbench::models::", stringify!($type), ";")]
        ///
        #[doc = concat!("let data = Dataset::from_frame(&", $sample, "()?, \"", $target, "\")?;")]
        #[doc = concat!("let model = ", stringify!($type), "::new().n_estimators(20).fit(&data)?;")]
        /// assert_eq!(model.predict(data.features())?.len(), data.n_samples());
        ///
        #[doc = concat!("assert!(", stringify!($type), "::new().n_estimators(0).fit(&data).is_err());")]
        /// # Ok::<(), workbench::Error>(())
        /// ```
        ///
        /// # References
        $(#[$references])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $type {
            n_estimators: usize,
            max_depth: Option<usize>,
            min_samples_split: usize,
            min_samples_leaf: usize,
            max_leaf_nodes: Option<usize>,
            max_features: $crate::models::MaxFeatures,
            min_impurity_decrease: f64,
            ccp_alpha: f64,
            bootstrap: bool,
            max_samples: f64,
            oob_score: bool,
            $($field: $field_type,)*
            seed: u64,
        }

        impl Default for $type {
            fn default() -> Self {
                Self {
                    n_estimators: 100,
                    max_depth: None,
                    min_samples_split: 2,
                    min_samples_leaf: 1,
                    max_leaf_nodes: None,
                    max_features: $crate::models::MaxFeatures::$max_features,
                    min_impurity_decrease: 0.0,
                    ccp_alpha: 0.0,
                    bootstrap: $bootstrap,
                    max_samples: 1.0,
                    oob_score: false,
                    $($field: $default,)*
                    seed: 0,
                }
            }
        }

        impl $type {
            /// The defaults of the table above.
            pub fn new() -> Self {
                Self::default()
            }

            $crate::models::settings::setters! {
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
                max_features: $crate::models::MaxFeatures,
                /// Sets by how much a split has to lower the impurity.
                min_impurity_decrease: f64,
                /// Sets by how much a subtree has to lower the impurity for each of its leaves but one.
                ccp_alpha: f64,
                /// Sets whether each tree draws its rows.
                bootstrap: bool,
                /// Sets how many rows a tree draws, as a part of them all.
                max_samples: f64,
                /// Sets whether rows are told by the trees that did not draw them.
                oob_score: bool,
                $($(#[$setter])* $field: $field_type,)*
                /// Sets what decides what is drawn.
                seed: u64,
            }

            /// Learns from `data`.
            ///
            /// # Errors
            /// See the type.
            pub fn fit(&self, data: &$crate::data::Dataset) -> $crate::error::Result<$crate::models::ForestModel> {
                let (sum, oob_score) = $crate::models::tree::shared::fit_all(&self.plan(), data)?;
                Ok($crate::models::ForestModel::new(sum, oob_score))
            }

            fn check(&self) -> $crate::error::Result<()> {
                self.plan().check()
            }

            pub(in crate::models) fn plan(&self) -> $crate::models::tree::plan::TreePlan {
                let $this = self;
                $crate::models::tree::plan::TreePlan {
                    name: $name,
                    kind: $kind,
                    is_forest: true,
                    growth: $crate::models::tree::TreeGrowth {
                        criterion: $criterion.into(),
                        max_depth: self.max_depth,
                        min_samples_split: self.min_samples_split,
                        min_samples_leaf: self.min_samples_leaf,
                        max_leaf_nodes: self.max_leaf_nodes,
                        min_impurity_decrease: self.min_impurity_decrease,
                        random_splits: $random_splits,
                    },
                    n_estimators: self.n_estimators,
                    max_features: self.max_features,
                    bootstrap: self.bootstrap,
                    max_samples: self.max_samples,
                    oob_score: self.oob_score,
                    ccp_alpha: self.ccp_alpha,
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
                Ok(Some(Box::new($crate::models::tree::shared::SharedTreeFits::new($name, data, folds)?)))
            }
        });
    };
}

pub(super) use forest;
