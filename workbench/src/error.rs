//! The workbench's one error type.

use polars::prelude::PolarsError;
use thiserror::Error;

/// A result whose error is [`Error`](enum@Error).
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong: each variant names the value, where it stood and what is allowed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A column that the frame does not have.
    #[error("there is no column `{column}`; the columns are {available}")]
    ColumnNotFound {
        /// The name that was asked for.
        column: String,
        /// The names there are, quoted and separated by commas.
        available: String,
    },
    /// A setting outside its range, or a name that is not known.
    #[error("{what} is {value}, but it must be {allowed}")]
    InvalidValue {
        /// The setting, such as `LogisticRegression.C`.
        what: String,
        /// The offending value.
        value: String,
        /// What is allowed, such as `greater than 0`.
        allowed: String,
    },
    /// A file that is not there.
    #[error("there is no file `{path}`; the current directory is `{directory}`")]
    FileNotFound {
        /// The path as it was given.
        path: String,
        /// Where a relative path starts.
        directory: String,
    },
    /// A file that cannot be read or written.
    #[error("cannot {action} `{path}`: {source}")]
    Io {
        /// `read`, `unpack` or `write`.
        action: &'static str,
        /// The path as it was given.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A CSV file without a first line.
    #[error("`{path}` is empty; a CSV file needs a line of column names or at least one row")]
    EmptyFile {
        /// The path as it was given.
        path: String,
    },
    /// A CSV row with too few or too many fields.
    #[error("`{path}`: line {line} has {found} fields, but the first line has {expected}")]
    RaggedRow {
        /// The path as it was given.
        path: String,
        /// The line on which the row starts, from 1.
        line: usize,
        /// How many fields the row has.
        found: usize,
        /// How many fields the first line has.
        expected: usize,
    },
    /// A CSV field whose opening quote is never closed.
    #[error("`{path}`: the row that starts on line {line} opens a quote (\") and never closes it")]
    UnclosedQuote {
        /// The path as it was given.
        path: String,
        /// The line on which the row starts, from 1.
        line: usize,
    },
    /// A field that is not of its column's dtype.
    #[error(
        "`{path}`: line {line}, column `{column}` holds {value:?}, which is no {dtype}; \
             give the column another dtype: `CsvOptions::new().dtypes(&[(\"{column}\", DataType::String)])`"
    )]
    BadField {
        /// The path as it was given.
        path: String,
        /// The line on which the row starts, from 1.
        line: usize,
        /// The column.
        column: String,
        /// What the field holds.
        value: String,
        /// The dtype of the column.
        dtype: String,
    },
    /// Bytes that are no characters in a file's encoding.
    #[error(
        "`{path}`: line {line} has {value}, which is no character in {encoding}; \
             give the right encoding, such as `CsvOptions::new().encoding(Encoding::Windows1252)`"
    )]
    NotInEncoding {
        /// The path as it was given.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The first such byte.
        value: String,
        /// The encoding, such as `UTF-8`.
        encoding: &'static str,
    },
    /// A line of a JSON lines file that is no JSON object, or does not fit the others.
    #[error("`{path}`: line {line}: {reason}")]
    BadJsonLine {
        /// The path as it was given.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// Rows of a file whose columns differ from those before them.
    #[error(
        "`{path}`: column `{column}` is {found} in rows {first_row} to {last_row} (0-based), but {expected} in the rows before"
    )]
    ColumnsChanged {
        /// The path as it was given.
        path: String,
        /// The column.
        column: String,
        /// What it is in these rows: a dtype, or `not there`.
        found: String,
        /// What it was before.
        expected: String,
        /// The first of the rows, from 0.
        first_row: usize,
        /// The last of them.
        last_row: usize,
    },
    /// A file whose contents are not what its reader takes.
    #[error("cannot read `{path}` as {format}: {source}")]
    Malformed {
        /// The path as it was given.
        path: String,
        /// The format, such as `Parquet`.
        format: &'static str,
        /// What polars said.
        source: PolarsError,
    },
    /// Anything polars refuses.
    #[error(transparent)]
    Polars(#[from] PolarsError),
    /// A name that is there twice.
    #[error("the column name `{column}` is there twice; every column needs its own name")]
    DuplicateColumn {
        /// The name.
        column: String,
    },
    /// A column that ought to hold numbers.
    #[error("column `{column}` has dtype {dtype}, but numbers are needed; cast it with `Cast`, encode it, or drop it")]
    NotNumeric {
        /// The column.
        column: String,
        /// Its dtype as polars shows it.
        dtype: String,
    },
    /// A number that is infinite.
    #[error(
        "column `{column}` holds {value} in row {row} (0-based); only finite numbers and missing values are allowed"
    )]
    NotFinite {
        /// The column.
        column: String,
        /// The first such row, from 0.
        row: usize,
        /// The value.
        value: f64,
    },
    /// Two lengths that ought to be equal.
    #[error("{what} has {found} rows, but {expected} are needed")]
    LengthMismatch {
        /// What has the wrong length, such as ``the target `sex` ``.
        what: String,
        /// Its length.
        found: usize,
        /// The length it ought to have.
        expected: usize,
    },
    /// A frame without rows, where something ought to be learnt.
    #[error("{what} needs at least one row, but the frame has none")]
    NoRows {
        /// What needs the rows.
        what: String,
    },
    /// A target that is unknown in some rows.
    #[error(
        "the target `{column}` is missing in {count} of {n_rows} rows, first in row {first_row} (0-based); \
             drop them first: `drop_missing(&frame, &[\"{column}\"])?`"
    )]
    MissingTarget {
        /// The target column.
        column: String,
        /// How many rows have no target.
        count: usize,
        /// How many rows there are.
        n_rows: usize,
        /// The first row without one, from 0.
        first_row: usize,
    },
    /// A row without a group.
    #[error("the group column `{column}` is missing in row {row} (0-based); fill it, or drop the row")]
    MissingGroup {
        /// The column of groups.
        column: String,
        /// The first such row, from 0.
        row: usize,
    },
    /// Data without groups, where rows that belong together must stay together.
    #[error(
        "{splitter} needs to know which rows belong together; say it by `data.with_groups(&groups)?`, one number for each row, or \
             `data.with_group_column(\"patient\")?`"
    )]
    NoGroups {
        /// The splitter, such as `GroupKFold`.
        splitter: &'static str,
    },
    /// A target of fractions that was asked to be classes.
    #[error(
        "the target `{column}` holds {value} in row {row} (0-based), which is no class label; \
             use `Task::Regression`, or make classes of it first"
    )]
    ContinuousTarget {
        /// The target column.
        column: String,
        /// The first row with a fraction, from 0.
        row: usize,
        /// Its value.
        value: f64,
    },
    /// A setting that a step does not have.
    #[error("unknown parameter \"{name}\" of {step}; it has: {available}")]
    UnknownParameter {
        /// The step or model.
        step: String,
        /// The name that was asked for.
        name: String,
        /// The names there are, separated by commas.
        available: String,
    },
    /// A column that a fitted step needs and the frame does not have.
    #[error(
        "{step} was fitted on a column `{column}` ({dtype}), but this frame does not have it; its columns are {available}"
    )]
    StepColumnMissing {
        /// The step, such as `imputer`.
        step: &'static str,
        /// The column it was fitted on.
        column: String,
        /// The dtype it was fitted on.
        dtype: String,
        /// The columns there are.
        available: String,
    },
    /// A column of another dtype than the one a step was fitted on.
    #[error("{step} was fitted on `{column}` as {expected}, but here the column is {found}")]
    StepDtype {
        /// The step, such as `imputer`.
        step: &'static str,
        /// The column.
        column: String,
        /// The dtype it was fitted on.
        expected: String,
        /// The dtype here.
        found: String,
    },
    /// A column in which nothing is known.
    #[error(
        "{step}: all {n_rows} values of column `{column}` are missing, so there is nothing to learn from; {remedy}"
    )]
    AllMissing {
        /// The step, such as `imputer`.
        step: &'static str,
        /// The column.
        column: String,
        /// How many rows there are.
        n_rows: usize,
        /// What to do about it.
        remedy: &'static str,
    },
    /// A value that a step's formula does not take.
    #[error("{step}: column `{column}` holds {value:?} in row {row} (0-based), but a value must be {allowed}")]
    OutOfDomain {
        /// The step, such as `log_transformer`.
        step: &'static str,
        /// The column.
        column: String,
        /// The first such row, from 0.
        row: usize,
        /// The value.
        value: f64,
        /// What is allowed, such as `greater than 0`.
        allowed: String,
    },
    /// A column that standardising would divide by zero.
    #[error(
        "{step}: column `{column}` is constant (every value is {value:?}), so its standard deviation is 0; \
             drop the column, or keep it with `.constant(ConstantColumn::Keep)`"
    )]
    ConstantColumn {
        /// The step, such as `standard_scaler`.
        step: &'static str,
        /// The column.
        column: String,
        /// Its one value.
        value: f64,
    },
    /// Values that another dtype cannot hold.
    #[error(
        "{step}: column `{column}` cannot become {dtype}: row {row} (0-based) holds {value}, \
             and {count} values in all do not convert; mend them, or use `.lossy()` to make them missing"
    )]
    NotConvertible {
        /// The step, such as `cast`.
        step: &'static str,
        /// The column.
        column: String,
        /// The dtype that was asked for.
        dtype: String,
        /// The first such row, from 0.
        row: usize,
        /// Its value, quoted where it is text.
        value: String,
        /// How many values do not convert.
        count: usize,
    },
    /// A category that a fitted step has not seen.
    #[error(
        "{step}: column `{column}` holds {value} in row {row} (0-based), which is not among the {n_known} categories it knows; {remedy}"
    )]
    UnknownCategory {
        /// The step, such as `one_hot_encoder`.
        step: &'static str,
        /// The column.
        column: String,
        /// The first such row, from 0.
        row: usize,
        /// Its value, quoted where it is text, or `a missing value`.
        value: String,
        /// How many categories the step knows.
        n_known: usize,
        /// What to do about it.
        remedy: &'static str,
    },
    /// A missing value where a step was told not to take any.
    #[error("{step}: column `{column}` is missing in row {row} (0-based), and {remedy}")]
    MissingValue {
        /// The step, such as `one_hot_encoder`.
        step: &'static str,
        /// The column.
        column: String,
        /// The first such row, from 0.
        row: usize,
        /// What to do about it.
        remedy: &'static str,
    },
    /// A column of a kind that a step has no use for.
    #[error("{step}: column `{column}` has dtype {dtype}, but {allowed} is needed")]
    WrongDtype {
        /// The step, such as `date_parts`.
        step: &'static str,
        /// The column.
        column: String,
        /// Its dtype as polars shows it.
        dtype: String,
        /// What it ought to be.
        allowed: &'static str,
    },
    /// A step that learns from a target and was given none.
    #[error("{step} learns from a target; fit it within a pipeline, or by `fit_with_target(&frame, &target)`")]
    NeedsTarget {
        /// The step, such as `target_encoder`.
        step: &'static str,
    },
    /// A choice of features that leaves none, or words that leave no vocabulary.
    #[error("{step}: nothing is left of {what}; {remedy}")]
    NothingLeft {
        /// The step, such as `variance_threshold`.
        step: &'static str,
        /// What there was, such as `4 features`.
        what: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// A step or a model that has no saved form.
    #[error("this {sort} cannot be saved, since it is not one of the workbench's own: {known}")]
    NotSavable {
        /// `step` or `model`.
        sort: &'static str,
        /// The kinds that can be saved, separated by commas.
        known: String,
    },
    /// A saved step or model of a kind that is not known.
    #[error("the saved {sort} is of kind \"{kind}\", which is not known; the kinds are {known}")]
    UnknownKind {
        /// `step` or `model`.
        sort: &'static str,
        /// The kind it has.
        kind: String,
        /// The kinds there are, separated by commas.
        known: String,
    },
    /// A saved step or model that a newer version has written.
    #[error(
        "the saved {kind} has format version {found}, but this version of the workbench reads up to {supported}; use a newer one"
    )]
    NewerFormat {
        /// The kind of the step or the model.
        kind: &'static str,
        /// The version it has.
        found: u64,
        /// The newest version that is read.
        supported: u32,
    },
    /// Text that is no saved step, or no saved model.
    #[error("this is no saved {sort}: {reason}")]
    NotSaved {
        /// `step` or `model`.
        sort: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A step that cannot be undone.
    #[error("{step} cannot be undone: {reason}")]
    NotInvertible {
        /// The step, such as `imputer`.
        step: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// A file that is not a picture that can be read.
    #[error("cannot read `{path}` as a PNG or JPEG image: {reason}")]
    UnreadableImage {
        /// The path as it was given.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A picture with more pixels than are read.
    #[error(
        "`{path}` is an image of {height} × {width} pixels, but at most {pixels_max} pixels, and {side_max} along a side, are read; \
             make it smaller first"
    )]
    ImageTooLarge {
        /// The path as it was given.
        path: String,
        /// Its height.
        height: usize,
        /// Its width.
        width: usize,
        /// How many pixels it may have.
        pixels_max: usize,
        /// How long a side may be.
        side_max: usize,
    },
    /// A picture or a time series with another number of channels than is needed.
    #[error("{what} has {found} channels, but it must have {allowed}")]
    WrongChannels {
        /// What has them, such as `the time series`.
        what: String,
        /// How many there are.
        found: usize,
        /// How many there may be.
        allowed: String,
    },
    /// A piece that is larger than the picture it is to be cut from.
    #[error(
        "a crop of {height} × {width} pixels does not fit into an image of {image_height} × {image_width}; \
             use `Pad` or `Resize` before it"
    )]
    CropTooLarge {
        /// The height of the piece.
        height: usize,
        /// The width of the piece.
        width: usize,
        /// The height of the picture.
        image_height: usize,
        /// The width of the picture.
        image_width: usize,
    },
    /// A value of a time series that is NaN or infinite.
    #[error(
        "the time series holds {value} in step {step_idx} of channel {channel_idx} (0-based); only finite values are allowed"
    )]
    NotFiniteSignal {
        /// The first such step, from 0.
        step_idx: usize,
        /// Its channel, from 0.
        channel_idx: usize,
        /// The value.
        value: f64,
    },
    /// A step of augmentation that was given another kind of item than it works on.
    #[error("it works on {needs}, but it was given {found}")]
    WrongItem {
        /// What it works on, such as `an image`.
        needs: &'static str,
        /// What it was given.
        found: &'static str,
    },
    /// One of several items that could not be worked on.
    #[error("item {index} (0-based): {source}")]
    Item {
        /// The item, from 0.
        index: usize,
        /// What was said.
        source: Box<Error>,
    },
    /// Text that is no saved composition of augmentation steps.
    #[error("cannot read the composition: {reason}")]
    Composition {
        /// What is wrong with it.
        reason: String,
    },
    /// A step that needs all rows at once.
    #[error("{step} cannot be fitted on a stream of frames{detail}; fit it on a sample that fits in memory")]
    NotStreamable {
        /// The step, such as `one_hot_encoder`.
        step: &'static str,
        /// Which setting is the reason, if one is.
        detail: String,
    },
    /// Work that was asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// A question that nobody answered.
    #[error("no answer to {prompt:?}: {reason}")]
    NoAnswer {
        /// The question.
        prompt: String,
        /// Why there is no answer.
        reason: String,
    },
    /// A value that a model cannot take.
    #[error(
        "{model}: column `{column}` holds {value} in row {row} (0-based), but a model needs a finite number in every row; {remedy}"
    )]
    UnusableValue {
        /// The model, such as `logistic`.
        model: &'static str,
        /// The first such column.
        column: String,
        /// Its first such row, from 0.
        row: usize,
        /// `a missing value` or `inf`.
        value: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// A target in which all rows are of one class.
    #[error(
        "{model}: the target `{target}` has the class \"{class}\" in all {n_rows} rows; at least two classes are needed"
    )]
    OneClass {
        /// The model, such as `logistic`.
        model: &'static str,
        /// The target column.
        target: String,
        /// Its one class.
        class: String,
        /// How many rows there are.
        n_rows: usize,
    },
    /// A target of numbers where classes are needed.
    #[error(
        "{what} needs a target of classes, but `{target}` holds numbers; \
             if these are labels, use `Dataset::from_frame_as(&frame, \"{target}\", Task::Classification)`"
    )]
    NotClasses {
        /// What needs the classes.
        what: String,
        /// The target column.
        target: String,
    },
    /// A target of classes where numbers are needed.
    #[error("{what} needs a target of numbers, but `{target}` holds classes")]
    NotNumbers {
        /// What needs the numbers.
        what: String,
        /// The target column.
        target: String,
    },
    /// Other feature columns than the model was fitted on.
    #[error(
        "{model}: the feature columns differ from those it was fitted on ({fitted}); missing: {missing}; unexpected: {unexpected}"
    )]
    FeaturesDiffer {
        /// The model, such as `logistic`.
        model: &'static str,
        /// The columns that are not there.
        missing: String,
        /// The columns that the model does not know.
        unexpected: String,
        /// The columns that the model was fitted on.
        fitted: String,
    },
    /// A fit whose best coefficients are infinite.
    #[error(
        "{model}: without a penalty there is no finite optimum, because {reason}; use the penalty \"l2\" or \"l1\""
    )]
    NoFiniteOptimum {
        /// The model, such as `logistic`.
        model: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// A fit whose coefficients left the range of numbers.
    #[error(
        "{model}: the coefficients became infinite in epoch {epoch}; scale the features first, such as with `StandardScaler`, \
             or make eta0 (now {eta0:?}) smaller"
    )]
    Diverged {
        /// The model, such as `sgd`.
        model: &'static str,
        /// The epoch, from 1.
        epoch: usize,
        /// The first learning rate.
        eta0: f64,
    },
    /// Weights of rows, given to an estimator that does not know them.
    #[error("{model} does not know sample weights, and the dataset has some; {remedy}")]
    WeightsNotKnown {
        /// The model, such as `k_neighbors`.
        model: &'static str,
        /// What to do about it.
        remedy: &'static str,
    },
    /// An estimator from outside the workbench that failed.
    #[error("{model}: {source}")]
    Foreign {
        /// The estimator's name.
        model: &'static str,
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A model that has no probabilities.
    #[error("{model} has no probabilities {reason}")]
    NoProbabilities {
        /// The model, such as `sgd`.
        model: &'static str,
        /// Why not, and what has.
        reason: &'static str,
    },
    /// A model whose predictions are no signed distances.
    #[error("{model} has no decision function; use `predict` or `predict_proba`")]
    NoDecisions {
        /// The model, such as `k_neighbors`.
        model: &'static str,
    },
    /// A step of a pipeline that failed.
    #[error("step `{step}`: {source}")]
    Step {
        /// The step's name in its pipeline.
        step: String,
        /// What it said.
        source: Box<Error>,
    },
    /// Steps put together as they cannot be.
    #[error("the {step} cannot be fitted: {reason}")]
    Steps {
        /// What they are put together as, such as `chain`.
        step: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A pipeline that cannot be fitted as it is.
    #[error("the pipeline cannot be fitted: {reason}")]
    Pipeline {
        /// What is wrong with it.
        reason: String,
    },
    /// A fold that could not be fitted or scored.
    #[error("fold {fold_idx} (0-based): {source}")]
    Fold {
        /// The fold, from 0.
        fold_idx: usize,
        /// What was said.
        source: Box<Error>,
    },
    /// More folds than a class has members.
    #[error(
        "n_splits is {n_splits}, but the class \"{class}\" has only {count} of the {n_rows} rows; \
             every fold needs one of each class, so n_splits may be from 2 to the smallest class's count"
    )]
    ClassTooSmall {
        /// The number of folds.
        n_splits: usize,
        /// The smallest class.
        class: String,
        /// How many rows have it.
        count: usize,
        /// How many rows there are.
        n_rows: usize,
    },
    /// A metric for two classes on a target of another number of them.
    #[error(
        "\"{metric}\" needs a target of exactly 2 classes, but there are {n_classes} ({classes}); \
             use \"{metric}_macro\", \"{metric}_weighted\" or \"{metric}_micro\""
    )]
    NotBinary {
        /// The metric, such as `f1`.
        metric: &'static str,
        /// How many classes there are.
        n_classes: usize,
        /// The classes, quoted and separated by commas.
        classes: String,
    },
    /// A search in which nothing could be fitted.
    #[error("all {n_candidates} candidates of the search failed; the first said: {first}")]
    AllCandidatesFailed {
        /// How many candidates there were.
        n_candidates: usize,
        /// What the first of them said.
        first: String,
    },
    /// The best model of a search that was to fit none.
    #[error(
        "the search has no model, since it was made with `refit(false)`; fit `best_params()`, or search with `refit(true)`"
    )]
    NotRefitted,
    /// A chart without a single point.
    #[error("{chart}: none of the {n_rows} rows has a finite value in each of {columns}, so there is nothing to draw")]
    NothingToDraw {
        /// The chart, such as `scatter`.
        chart: &'static str,
        /// The columns it is drawn from, quoted and separated by commas.
        columns: String,
        /// How many rows there are.
        n_rows: usize,
    },
    /// A drawing that failed.
    #[error("cannot draw the chart: {source}")]
    Drawing {
        /// What the drawing code or plotters said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// The error of a name that is not among `names`.
    pub(crate) fn not_one_of(what: &str, value: &str, names: &[&str]) -> Self {
        let allowed: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
        Self::InvalidValue {
            what: what.to_string(),
            value: format!("\"{value}\""),
            allowed: format!("one of {}", allowed.join(", ")),
        }
    }

    /// The error of a `value` that is not finite in what `model` was given.
    pub(crate) fn unusable(model: &'static str, column: String, row: usize, value: f64) -> Self {
        if value.is_nan() {
            let remedy = "impute missing values first, such as with `Imputer` in a pipeline";
            return Self::UnusableValue { model, column, row, value: "a missing value".to_string(), remedy };
        }
        let remedy = "replace infinite values, or drop their rows";
        Self::UnusableValue { model, column, row, value: value.to_string(), remedy }
    }
}
