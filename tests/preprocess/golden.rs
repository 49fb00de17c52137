//! What scikit-learn, pandas and numpy gave, written by `golden/preprocess.py`.

use std::sync::LazyLock;

use polars::prelude::{Column, DataFrame};
use serde_json::Value;
use workbench::data::penguins;

pub const MEASURES: [&str; 4] = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"];

/// The whole file.
pub fn values() -> &'static Value {
    static VALUES: LazyLock<Value> =
        LazyLock::new(|| serde_json::from_str(include_str!("../golden/preprocess.json")).expect("golden values"));
    &VALUES
}

/// A list of numbers, null as `None`.
pub fn numbers(list: &Value) -> Vec<Option<f64>> {
    list.as_array().unwrap_or_else(|| panic!("no list: {list}")).iter().map(Value::as_f64).collect()
}

/// The drawn columns.
pub fn synthetic() -> DataFrame {
    let columns = values()["synthetic"].as_object().unwrap();
    let columns: Vec<Column> = columns.iter().map(|(name, list)| Column::new(name.into(), numbers(list))).collect();
    DataFrame::new(columns[0].len(), columns).unwrap()
}

/// Each frame of the file, with the numeric columns only.
pub fn frames() -> [(&'static str, DataFrame); 2] {
    [("penguins", penguins().unwrap().select(MEASURES).unwrap()), ("synthetic", synthetic())]
}

/// Equal to ten digits, or to 1e-10 below 1.
#[track_caller]
pub fn assert_close(found: f64, expected: f64) {
    let tolerance = 1e-10 * expected.abs().max(1.0);
    assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
}

/// The same, value by value; missing only where missing is expected.
#[track_caller]
pub fn assert_all_close(found: &[Option<f64>], expected: &[Option<f64>]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        match (found, expected) {
            (Some(found), Some(expected)) => assert_close(*found, *expected),
            _ => assert_eq!(found, expected),
        }
    }
}
