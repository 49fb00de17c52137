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
    AugmentationGrid, Background, Bundle, Chart, DisplayHandle, Html, Json, Latex, LiveProgress, Markdown, Rich, Svg,
    augmentation_grid, bar, box_plot, calibration_chart, clear_output, confusion_chart, correlation_map, density,
    density_with, display, display_with_id, folds_chart, heat_map, histogram, importance_chart, input, learning_chart,
    line, missing_map, page, pair_grid, password, permutation_chart, precision_recall_chart, prediction_chart,
    residual_chart, roc_chart, scatter, threshold_chart, validation_chart, violin,
};
pub use crate::models::{
    BernoulliNb, BoostingLoss, CalibratedModel, CalibrationMethod, CategoricalNb, CategoricalNbModel, ClassWeight,
    ClassifierStrategy, ComplementNb, Criterion, DecisionTreeClassifier, DecisionTreeModel, DecisionTreeRegressor,
    DiscreteNbModel, DummyClassifier, DummyModel, DummyRegressor, DummyRegressorModel, ElasticNet, Epoch, Estimator,
    ExtraTreesClassifier, ExtraTreesRegressor, FitResult, FnEstimator, FnModel, ForestModel, Gamma, GaussianNb,
    GaussianNbModel, HistGradientBoostingClassifier, HistGradientBoostingModel, HistGradientBoostingRegressor,
    HuberModel, HuberRegressor, ImportanceThreshold, KNeighborsClassifier, KNeighborsModel, KNeighborsRegressor, Lasso,
    LinearModel, LinearRegression, LinearSvc, LinearSvcModel, LinearSvr, LinearSvrModel, LinfaClassifier, LinfaModel,
    LinfaRegressor, LogisticModel, LogisticRegression, MaxFeatures, Metric, Model, Monotonic, MultinomialNb,
    NeighborAlgorithm, Params, Penalty, Pipeline, PipelineModel, PoissonModel, PoissonRegressor,
    RandomForestClassifier, RandomForestRegressor, RegressionCriterion, RegressorStrategy, Rfe, RfeStep, Ridge,
    SelectFromModel, SgdClassifier, SgdLoss, SgdModel, SgdRegressionLoss, SgdRegressionModel, SgdRegressor, Simpler,
    Svc, SvcLoss, SvcModel, SvmKernel, Svr, SvrLoss, SvrModel, load_model, model_from_json,
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
pub use crate::search::{
    Candidate, Distribution, Edge, Failure, FitKind, FitVerdict, GridSearch, HalvingGridSearch, HalvingRandomSearch,
    MinResources, Outcome, RandomSearch, Rung, RunnerUp, SearchResult, SearchSummary, Simplest, Winner,
};
pub use crate::select::{
    Average, CalibratedClassifier, CalibrationBins, ClassScores, ClassificationReport, ConfusionMatrix, CorrectedTTest,
    CrossValidation, CrossValidator, Curve, FixedThreshold, Fold, FoldScores, GroupKFold, GroupShuffleSplit, IntoScore,
    KFold, KappaWeights, LearningCurve, LeaveOneGroupOut, LeaveOneOut, LeavePGroupsOut, LeavePOut, Normalize,
    PermutationImportance, PermutationTest, PredefinedFolds, RepeatedKFold, RepeatedStratifiedKFold, Scoring,
    ShuffleSplit, SplitSize, Splitter, StratifiedGroupKFold, StratifiedKFold, StratifiedShuffleSplit, ThresholdModel,
    TimeSeriesSplit, TrainTestSplit, Truth, TunedThreshold, ValidationCurve, Weighted, accuracy, adjusted_mutual_info,
    adjusted_rand, average_precision, balanced_accuracy, brier_score, calibration_curve, calinski_harabasz,
    classification_report, cohen_kappa, completeness, confusion_matrix, corrected_t_test, cross_val_predict,
    cross_val_predict_observed, cross_validate, cross_validate_observed, d2_absolute_error, d2_brier_score,
    d2_log_loss, davies_bouldin, det_curve, explained_variance, f1, fbeta, fowlkes_mallows, hinge_loss, homogeneity,
    jaccard, log_loss, matthews_corrcoef, max_error, mean_absolute_error, mean_absolute_percentage_error,
    mean_gamma_deviance, mean_pinball_loss, mean_poisson_deviance, mean_squared_error, mean_squared_log_error,
    median_absolute_error, mutual_info, negative_likelihood_ratio, normalized_mutual_info, permutation_importance,
    permutation_importance_observed, permutation_test_score, positive_likelihood_ratio, precision,
    precision_recall_curve, r2, rand_index, recall, roc_auc, roc_auc_ovo, roc_auc_ovr, roc_curve,
    root_mean_squared_error, root_mean_squared_log_error, silhouette_samples, silhouette_score, top_k_accuracy,
    train_test_split, v_measure,
};
pub use crate::train::{LearningRate, NullObserver, Observer, Plateau};
