//! What pandas, scipy and scikit-learn gave, written by `golden/cleaning.py`.

use std::sync::LazyLock;

use polars::prelude::{Column, DataFrame};
use serde_json::Value;
use workbench::data::penguins;

use super::golden::{MEASURES, numbers};

/// The whole file.
pub fn values() -> &'static Value {
    static VALUES: LazyLock<Value> =
        LazyLock::new(|| serde_json::from_str(include_str!("../golden/cleaning.json")).expect("golden values"));
    &VALUES
}

/// The measures of the first 120 penguins, moved a little, with every tenth or so missing, as `holes` in the script makes them.
pub fn holes() -> DataFrame {
    let frame = penguins().unwrap().select(MEASURES).unwrap().head(Some(120));
    let columns = MEASURES.iter().enumerate().map(|(place, name)| {
        let column = frame.column(name).unwrap().cast(&polars::prelude::DataType::Float64).unwrap();
        let known = column.f64().unwrap().iter().enumerate();
        let moved = |row: usize, value: f64| value + ((row * 37 + place * 11) % 101) as f64 * 0.01;
        let known = known.map(|(row, value)| {
            value.filter(|_| (row * 7 + place * 3) % (9 + place) != 0).map(|value| moved(row, value))
        });
        Column::new((*name).into(), known.collect::<Vec<Option<f64>>>())
    });
    DataFrame::new(120, columns.collect()).unwrap()
}

/// The penguins of which all four measures are known, as floats.
pub fn known_measures() -> DataFrame {
    let frame = workbench::data::drop_missing(&penguins().unwrap(), &MEASURES).unwrap().select(MEASURES).unwrap();
    let columns = frame.columns().iter().map(|column| column.cast(&polars::prelude::DataType::Float64).unwrap());
    DataFrame::new(frame.height(), columns.collect()).unwrap()
}

/// Every `step`th row.
pub fn every(frame: &DataFrame, step: u32) -> DataFrame {
    let rows: Vec<u32> = (0..frame.height() as u32).step_by(step as usize).collect();
    let columns = frame.columns().iter().map(|column| column.take_slice(&rows).unwrap());
    DataFrame::new(rows.len(), columns.collect()).unwrap()
}

/// The first values of each column of `frame` equal the lists of `expected` within `tolerance` of their size.
#[track_caller]
pub fn check_columns(what: &str, frame: &DataFrame, expected: &Value, tolerance: f64) {
    let expected = expected.as_array().unwrap_or_else(|| panic!("{what}: no lists"));
    assert_eq!(frame.width(), expected.len(), "{what}: {:?}", frame.get_column_names());
    for (column, expected) in frame.columns().iter().zip(expected) {
        let found = column.cast(&polars::prelude::DataType::Float64).unwrap();
        let found = found.f64().unwrap();
        for (row, expected) in numbers(expected).into_iter().enumerate() {
            let found = found.get(row).filter(|value| !value.is_nan());
            match (found, expected) {
                (Some(found), Some(expected)) => assert!(
                    (found - expected).abs() <= tolerance * expected.abs().max(1.0),
                    "{what}: row {row} of `{}` is {found}, not {expected}",
                    column.name()
                ),
                _ => assert_eq!(found, expected, "{what}: row {row} of `{}`", column.name()),
            }
        }
    }
}

/// Floats with nothing missing, one row for each pair.
pub fn pairs(list: &Value) -> Vec<(f64, f64)> {
    let pair = |pair: &Value| (pair[0].as_f64().unwrap(), pair[1].as_f64().unwrap());
    list.as_array().unwrap().iter().map(pair).collect()
}
