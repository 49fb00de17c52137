//! Metrics: numbers for how well predictions fit the truth.
//!
//! A predicted class counts as right when its label is the true one, so that a model that was fitted without one of the
//! classes is scored rightly. Averages over classes go over those that are true or predicted somewhere. All take the [`Truth`] first, which
//! says how much each row counts.

mod agreement;
mod calibration;
mod classes;
mod clustering;
mod confusion;
mod curves;
mod probabilities;
mod ranking;
mod regression;
mod scores;
mod silhouette;
mod truth;

pub use agreement::{KappaWeights, balanced_accuracy, cohen_kappa, matthews_corrcoef};
pub use calibration::{CalibrationBins, calibration_curve};
pub use classes::{
    accuracy, f1, fbeta, jaccard, negative_likelihood_ratio, positive_likelihood_ratio, precision, recall,
};
pub use clustering::{
    adjusted_mutual_info, adjusted_rand, completeness, fowlkes_mallows, homogeneity, mutual_info,
    normalized_mutual_info, rand_index, v_measure,
};
pub use confusion::{ConfusionMatrix, Normalize, confusion_matrix};
pub use curves::{det_curve, precision_recall_curve, roc_curve};
pub use probabilities::{brier_score, d2_brier_score, d2_log_loss, log_loss};
pub use ranking::{average_precision, hinge_loss, roc_auc, roc_auc_ovo, roc_auc_ovr, top_k_accuracy};
pub use regression::{
    d2_absolute_error, explained_variance, max_error, mean_absolute_error, mean_absolute_percentage_error,
    mean_gamma_deviance, mean_pinball_loss, mean_poisson_deviance, mean_squared_error, mean_squared_log_error,
    median_absolute_error, r2, root_mean_squared_error, root_mean_squared_log_error,
};
pub(crate) use regression::{r2_of_squared_error, target_variance};

pub(crate) use scores::positive_scores;
pub use silhouette::{calinski_harabasz, davies_bouldin, silhouette_samples, silhouette_score};
pub(crate) use truth::Borrowed;
pub use truth::{Truth, Weighted};

/// How the scores of the classes make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Average {
    /// The score of the second of exactly two classes, such as `"male"` or `"true"`.
    Binary,
    /// The score of this class.
    Class(String),
    /// The mean over the classes.
    Macro,
    /// The mean over the classes, each weighted by how often it is true.
    Weighted,
    /// The score of all classes' hits and misses together.
    Micro,
}
