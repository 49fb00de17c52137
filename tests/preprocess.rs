//! Tests of preprocess: each step beside its peer, and on what it must refuse.

pub mod golden;

mod cast;
mod clean;
mod compose;
mod conformance;
mod conformance_encode;
mod convert;
mod encode;
mod impute;
mod impute_more;
mod kept;
mod outlier;
mod outlier_more;
mod saving;
mod scale;
mod scale_more;
mod select_features;
mod settings;

use polars::prelude::{DataFrame, df};

/// The message of the error that `result` must be.
#[track_caller]
fn check_error<T>(result: workbench::Result<T>, expected: &str) {
    let message = result.err().expect("an error").to_string();
    assert_eq!(message, expected);
}

/// The names of the columns.
fn names(frame: &DataFrame) -> Vec<String> {
    frame.get_column_names().iter().map(|name| name.to_string()).collect()
}

/// The known values of a column of floats, null and NaN as `None`.
fn floats(frame: &DataFrame, column: &str) -> Vec<Option<f64>> {
    let column = frame.column(column).unwrap();
    column
        .f64()
        .unwrap_or_else(|_| panic!("{column:?}"))
        .iter()
        .map(|value| value.filter(|value| !value.is_nan()))
        .collect()
}

/// Frames on which a transform that remembers its columns must fail, beside the message; all steps are fitted on `x` of floats.
fn frames_that_do_not_fit(step: &str) -> Vec<(DataFrame, String)> {
    vec![
        (
            df!("z" => [1.0], "y" => ["a"]).unwrap(),
            format!(
                "{step} was fitted on a column `x` (f64), but this frame does not have it; its columns are `z`, `y`"
            ),
        ),
        (df!("x" => ["1.0"]).unwrap(), format!("{step} was fitted on `x` as f64, but here the column is str")),
        (
            df!("x" => [1.0, f64::NEG_INFINITY]).unwrap(),
            "column `x` holds -inf in row 1 (0-based); only finite numbers and missing values are allowed".to_string(),
        ),
    ]
}
