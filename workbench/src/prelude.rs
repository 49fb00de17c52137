//! The names that every cell sees.
//!
//! Beside them, the crates themselves: a cell writes `linfa_trees::DecisionTree` or `use plotters::prelude::*;` with nothing to
//! install. The workbench's own `Error` and `Result` are left out, so that `Result` means what it means in any Rust program.
//!
//! Names listed one by one win over those of `polars::prelude::*`.

pub use {linfa, linfa_linear, linfa_logistic, linfa_trees, ndarray, plotters, polars, rayon, serde, serde_json};

pub use ndarray::{Array1, Array2, Axis, array, s};
pub use polars::prelude::*;

pub use crate::data::{
    CsvOptions, Dataset, Target, Task, describe, drop_missing, from_array, penguins, read_csv, read_parquet, to_array,
    write_csv, write_parquet,
};
pub use crate::display::{
    Bundle, Chart, DisplayHandle, Html, Json, Latex, LiveProgress, Markdown, Rich, Svg, bar, clear_output, display,
    display_with_id, histogram, input, line, page, password, scatter,
};
pub use crate::models::{
    DummyClassifier, DummyModel, Epoch, Estimator, ImportanceThreshold, LogisticModel, LogisticRegression, Model,
    Penalty, Pipeline, PipelineModel, Rfe, RfeStep, SelectFromModel, SgdClassifier, SgdLoss, SgdModel,
};
pub use crate::preprocess::{
    Action, Cast, Chain, ColumnTransformer, Columns, ConstantColumn, CountVectorizer, CyclicEncoder, DatePart,
    DateParts, DropCategory, DtypeGroup, FitTransform, FittedCast, FittedChain, FittedColumnTransformer,
    FittedCountVectorizer, FittedCyclicEncoder, FittedDateParts, FittedFrequencyEncoder, FittedHashingEncoder,
    FittedImputer, FittedMinMaxScaler, FittedOneHotEncoder, FittedOrdinalEncoder, FittedOutlierFilter, FittedSelector,
    FittedStandardScaler, FittedTargetEncoder, FittedTfidfVectorizer, FittedTransformer, Frequency, FrequencyEncoder,
    HashingEncoder, Imputer, MinMaxScaler, MissingCategory, OneHotEncoder, OrdinalEncoder, OutlierFilter, Outliers,
    ParamValue, Remainder, Score, SelectKBest, SelectPercentile, Smoothing, StandardScaler, Strategy, TargetEncoder,
    TextNorm, TfidfVectorizer, Transformer, Unknown, VarianceThreshold, from_json as transformer_from_json,
    load as load_transformer,
};
pub use crate::search::{Candidate, GridSearch, Outcome, SearchResult};
pub use crate::select::{
    Average, ClassScores, ClassificationReport, ConfusionMatrix, CrossValidation, Fold, FoldScores, KFold,
    PredefinedFolds, Scoring, Splitter, StratifiedKFold, accuracy, classification_report, confusion_matrix,
    cross_validate, cross_validate_observed, f1, mean_absolute_error, mean_squared_error, precision, r2, recall,
    train_test_split,
};
pub use crate::train::{LearningRate, NullObserver, Observer, Plateau};
