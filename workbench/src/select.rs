//! Selection: how good a model is on rows that it was not fitted on.

mod calibrated;
mod compare;
mod cross_val_predict;
mod cross_validate;
mod cross_validator;
mod curve;
mod evaluate;
mod fold_fit;
mod learning_curve;
mod metrics;
mod permutation_importance;
mod permutation_test;
mod report;
mod scoring;
mod settings;
mod splitters;
mod threshold;
mod tuned_threshold;
mod validation_curve;

pub use crate::data::Fold;
pub use calibrated::CalibratedClassifier;
pub use compare::{CorrectedTTest, corrected_t_test};
pub use cross_val_predict::{cross_val_predict, cross_val_predict_observed};
pub use cross_validate::{CrossValidation, cross_validate, cross_validate_observed};
pub use cross_validator::CrossValidator;
pub use curve::Curve;
pub use fold_fit::FoldScores;
pub use learning_curve::LearningCurve;
pub use metrics::{
    Average, CalibrationBins, ConfusionMatrix, KappaWeights, Normalize, Truth, Weighted, accuracy,
    adjusted_mutual_info, adjusted_rand, average_precision, balanced_accuracy, brier_score, calibration_curve,
    calinski_harabasz, cohen_kappa, completeness, confusion_matrix, d2_absolute_error, d2_brier_score, d2_log_loss,
    davies_bouldin, det_curve, explained_variance, f1, fbeta, fowlkes_mallows, hinge_loss, homogeneity, jaccard,
    log_loss, matthews_corrcoef, max_error, mean_absolute_error, mean_absolute_percentage_error, mean_gamma_deviance,
    mean_pinball_loss, mean_poisson_deviance, mean_squared_error, mean_squared_log_error, median_absolute_error,
    mutual_info, negative_likelihood_ratio, normalized_mutual_info, positive_likelihood_ratio, precision,
    precision_recall_curve, r2, rand_index, recall, roc_auc, roc_auc_ovo, roc_auc_ovr, roc_curve,
    root_mean_squared_error, root_mean_squared_log_error, silhouette_samples, silhouette_score, top_k_accuracy,
    v_measure,
};
pub use permutation_importance::{PermutationImportance, permutation_importance, permutation_importance_observed};
pub use permutation_test::{PermutationTest, permutation_test_score};
pub use report::{ClassScores, ClassificationReport, classification_report};
pub use scoring::{IntoScore, Scoring};
pub use splitters::{
    GroupKFold, GroupShuffleSplit, KFold, LeaveOneGroupOut, LeaveOneOut, LeavePGroupsOut, LeavePOut, PredefinedFolds,
    RepeatedKFold, RepeatedStratifiedKFold, ShuffleSplit, SplitSize, Splitter, StratifiedGroupKFold, StratifiedKFold,
    StratifiedShuffleSplit, TimeSeriesSplit, TrainTestSplit, train_test_split,
};
pub use threshold::{FixedThreshold, ThresholdModel};
pub use tuned_threshold::TunedThreshold;
pub use validation_curve::ValidationCurve;

pub(crate) use cross_validate::{mean, std};
pub(crate) use evaluate::{FoldResult, Judgement, evaluate_and_keep};
