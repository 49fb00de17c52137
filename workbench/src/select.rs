//! Selection: how good a model is on rows that it was not fitted on.

mod cross_validate;
mod evaluate;
mod fold_fit;
mod metrics;
mod report;
mod scoring;
mod splitters;

pub use crate::data::Fold;
pub use cross_validate::{CrossValidation, cross_validate, cross_validate_observed};
pub use fold_fit::FoldScores;
pub use metrics::{
    Average, ConfusionMatrix, accuracy, confusion_matrix, f1, mean_absolute_error, mean_squared_error, precision, r2,
    recall,
};
pub use report::{ClassScores, ClassificationReport, classification_report};
pub use scoring::Scoring;
pub use splitters::{KFold, PredefinedFolds, Splitter, StratifiedKFold, train_test_split};

pub(crate) use cross_validate::{mean, std};
pub(crate) use evaluate::{FoldResult, Judgement, evaluate_and_keep};
