//! The names that every cell sees.
//!
//! Beside them, the crates themselves: a cell writes `linfa_trees::DecisionTree` or `use plotters::prelude::*;` with nothing to
//! install. The workbench's own `Error` and `Result` are left out, so that `Result` means what it means in any Rust program.
//!
//! Names listed one by one win over those of `polars::prelude::*`.

pub use {linfa, linfa_linear, linfa_logistic, linfa_trees, ndarray, plotters, polars, rayon, serde, serde_json};

pub use ndarray::{Array1, Array2, Axis, array, s};
pub use polars::prelude::*;

pub use crate::augment::{
    Affine, Augmentable, Augmented, AxisRotation, Border, BoundingBox, Brightness, CenterCrop, ChannelMask,
    ChannelScale, CircularShift, Compose, Contrast, CutMix, CutOut, GaussianBlur, GaussianNoise, HorizontalFlip, Hue,
    Image, ImageBatch, Interpolation, Jitter, LabelledImage, MagnitudeWarp, MixUp, OneOf, Pad, RandomCrop,
    RandomResizedCrop, Resize, Rotate, SaltAndPepper, Saturation, SegmentPermutation, Shear, Shift, SignFlip, TimeCrop,
    TimeFlip, TimeMask, TimeWarp, TokenDrop, TokenInsert, TokenMask, TokenShuffle, TokenSwap, VerticalFlip,
    WindowSlice, WindowWarp, Zoom, one_hot, read_image, write_png,
};
pub use crate::data::{
    Bandwidth, ColumnProfile, CsvDialect, CsvOptions, Dataset, DistinctSketch, Encoding, FrameFile, Frames, Keep,
    Moments, Profile, ProfileWarning, QuantileSketch, Target, Task, TimeSeries, breast_cancer, describe, diabetes,
    digits, drop_duplicates, drop_missing, duplicated, from_array, iris, kernel_density, make_blobs, make_circles,
    make_classification, make_friedman1, make_moons, make_regression, open_frames, penguins, profile, profile_frames,
    profile_with_target, read_arrow, read_csv, read_json_lines, read_parquet, sniff_csv, to_array, wine, write_arrow,
    write_csv, write_frames, write_json_lines, write_parquet,
};
pub use crate::display::{
    AugmentationGrid, Bundle, Chart, DisplayHandle, Html, Json, Latex, LiveProgress, Markdown, Rich, Svg,
    augmentation_grid, bar, box_plot, clear_output, correlation_map, density, density_with, display, display_with_id,
    heat_map, histogram, input, line, missing_map, page, pair_grid, password, scatter, violin,
};
pub use crate::models::{
    ClassWeight, DummyClassifier, DummyModel, Epoch, Estimator, ImportanceThreshold, LinearSvc, LinearSvcModel,
    LinearSvr, LinearSvrModel, LogisticModel, LogisticRegression, Model, Penalty, Pipeline, PipelineModel, Rfe,
    RfeStep, SelectFromModel, SgdClassifier, SgdLoss, SgdModel, SgdRegressionLoss, SgdRegressionModel, SgdRegressor,
    SvcLoss, SvrLoss,
};
pub use crate::preprocess::{
    Action, BinEncoding, BinQuantiles, BinStrategy, Cast, Chain, ColumnTransformer, Columns, Components,
    ConstantColumn, CountVectorizer, CyclicEncoder, DatePart, DateParts, Decimal, Downcast, DropCategory, DtypeGroup,
    Extrapolation, FitTransform, FittedCast, FittedChain, FittedColumnTransformer, FittedCountVectorizer,
    FittedCyclicEncoder, FittedDateParts, FittedDowncast, FittedFrequencyEncoder, FittedHashingEncoder, FittedImputer,
    FittedIsolationForest, FittedIterativeImputer, FittedKBinsDiscretizer, FittedKnnImputer, FittedLogTransformer,
    FittedMaxAbsScaler, FittedMinMaxScaler, FittedNormalizer, FittedOneHotEncoder, FittedOrdinalEncoder,
    FittedOutlierFilter, FittedPca, FittedPolynomialFeatures, FittedPowerTransformer, FittedQuantileTransformer,
    FittedRandomProjection, FittedRobustScaler, FittedSelector, FittedSplineTransformer, FittedStandardScaler,
    FittedTargetEncoder, FittedTfidfVectorizer, FittedToBoolean, FittedToDatetime, FittedToNumeric, FittedTransformer,
    Floats, Frequency, FrequencyEncoder, HashingEncoder, ImputationOrder, Imputer, InitialStrategy, IsolationForest,
    IterativeImputer, KBinsDiscretizer, KnnImputer, Knots, LogTransformer, MaxAbsScaler, MinMaxScaler, MissingCategory,
    Norm, Normalizer, OneHotEncoder, OrdinalEncoder, OutlierFilter, Outliers, OutputDistribution, ParamValue, Pca,
    PolynomialFeatures, PowerMethod, PowerTransformer, QuantileTransformer, RandomProjection, Remainder, RobustScaler,
    Score, SelectKBest, SelectPercentile, Smoothing, SplineTransformer, StandardScaler, Strategy, TargetEncoder,
    TextNorm, TfidfVectorizer, ToBoolean, ToDatetime, ToNumeric, Transformer, Unknown, VarianceThreshold, Weights,
    from_json as transformer_from_json, load as load_transformer,
};
pub use crate::search::{Candidate, GridSearch, Outcome, SearchResult};
pub use crate::select::{
    Average, ClassScores, ClassificationReport, ConfusionMatrix, CrossValidation, Fold, FoldScores, KFold,
    PredefinedFolds, Scoring, Splitter, StratifiedKFold, accuracy, classification_report, confusion_matrix,
    cross_validate, cross_validate_observed, f1, mean_absolute_error, mean_squared_error, precision, r2, recall,
    train_test_split,
};
pub use crate::train::{LearningRate, NullObserver, Observer, Plateau};
