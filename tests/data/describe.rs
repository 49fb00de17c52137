//! Descriptions, beside those of pandas.

use polars::prelude::{Column, DataFrame, df};
use serde_json::Value;
use workbench::data::{describe, penguins};

use crate::preprocess::golden::{self, assert_close};

#[test]
fn descriptions_are_those_of_pandas() {
    for (name, frame) in [("penguins", penguins().unwrap()), ("synthetic", golden::synthetic())] {
        let summary = describe(&frame).unwrap();
        let expected = golden::values()["describe"][name].as_array().unwrap();
        assert_eq!(summary.height(), expected.len());
        for (row, expected) in expected.iter().enumerate() {
            check_row(&summary, row, expected);
        }
    }
}

fn check_row(summary: &DataFrame, row: usize, expected: &Value) {
    let text = |name: &str| summary.column(name).unwrap().str().unwrap().get(row).map(str::to_string);
    let count = |name: &str| summary.column(name).unwrap().u32().unwrap().get(row).map(u64::from);
    assert_eq!(text("column").as_deref(), expected["column"].as_str());
    for name in ["count", "missing", "distinct"] {
        assert_eq!(count(name), expected[name].as_u64(), "{name} of {expected}");
    }
    assert_eq!(text("most_frequent").as_deref(), expected["most_frequent"].as_str());
    for (place, name) in ["mean", "std", "min", "25%", "50%", "75%", "max"].iter().enumerate() {
        let found = summary.column(name).unwrap().f64().unwrap().get(row);
        match expected["spread"][place].as_f64() {
            Some(expected) => assert_close(found.unwrap(), expected),
            None => assert_eq!(found, None),
        }
    }
}

#[test]
fn what_does_not_apply_is_null() {
    let frame = df!(
        "empty" => [None::<f64>, None], "one" => [Some(2.0), Some(f64::NAN)], "flag" => [Some(true), None],
        "tie" => ["b", "a"]
    )
    .unwrap();
    let summary = describe(&frame).unwrap();
    let column = |name: &str| -> Column { summary.column(name).unwrap().clone() };
    let counts: Vec<Option<u32>> = column("count").u32().unwrap().iter().collect();
    assert_eq!(counts, [Some(0), Some(1), Some(1), Some(2)]);
    assert_eq!(column("mean").f64().unwrap().iter().collect::<Vec<_>>(), [None, Some(2.0), None, None]);
    assert_eq!(column("std").null_count(), 4);
    let frequent: Vec<Option<String>> =
        column("most_frequent").str().unwrap().iter().map(|text| text.map(str::to_string)).collect();
    assert_eq!(frequent, [None, None, Some("true".into()), Some("a".into())]);
    let distinct: Vec<Option<u32>> = column("distinct").u32().unwrap().iter().collect();
    assert_eq!(distinct, [Some(0), Some(1), Some(1), Some(2)]);
}

#[test]
fn frames_without_rows_or_columns_are_described() {
    assert_eq!(describe(&penguins().unwrap().clear()).unwrap().height(), 8);
    assert_eq!(describe(&DataFrame::empty()).unwrap().height(), 0);
}
