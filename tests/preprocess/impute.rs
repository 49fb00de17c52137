//! Imputers.

use polars::prelude::{Categories, Column, DataFrame, DataType, df};
use workbench::data::penguins;
use workbench::preprocess::{FittedImputer, FittedTransformer, Imputer, ParamValue, Strategy, Transformer};

use super::golden::{self, assert_close, numbers};
use super::{check_error, floats, frames_that_do_not_fit};

fn number(value: ParamValue) -> f64 {
    match value {
        ParamValue::Int(number) => number as f64,
        ParamValue::Float(number) => number,
        other => panic!("{other:?} is no number"),
    }
}

#[test]
fn fill_values_are_those_of_scikit_learn() {
    for (name, frame) in golden::frames() {
        for strategy in [Strategy::Mean, Strategy::Median, Strategy::MostFrequent] {
            let mut imputer = Imputer::new(Strategy::Mean);
            let key = match strategy {
                Strategy::Mean => "mean",
                Strategy::Median => "median",
                _ => "most_frequent",
            };
            imputer.set_param("strategy", &key.into()).unwrap();
            assert_eq!(imputer, Imputer::new(strategy));
            let fitted = imputer.fit(&frame).unwrap();
            let filled = fitted.transform(&frame).unwrap();
            let expected = numbers(&golden::values()["imputers"][name][key]);
            for (column, expected) in frame.get_column_names().iter().zip(expected) {
                assert_close(number(fitted.fill_value(column).unwrap()), expected.unwrap());
                check_filled(frame.column(column).unwrap(), filled.column(column).unwrap(), expected.unwrap());
            }
        }
    }
}

/// Every known value is as it was, and every other is `fill`.
fn check_filled(before: &Column, after: &Column, fill: f64) {
    let before = before.cast(&DataType::Float64).unwrap();
    let after = after.cast(&DataType::Float64).unwrap();
    for (before, after) in before.f64().unwrap().iter().zip(after.f64().unwrap().iter()) {
        assert_close(after.unwrap(), before.unwrap_or(fill));
    }
}

#[test]
fn text_is_filled_as_scikit_learn_fills_it() {
    let fitted = Imputer::new(Strategy::MostFrequent).fit(&penguins().unwrap()).unwrap();
    for (place, column) in ["species", "island", "sex"].iter().enumerate() {
        let expected = golden::values()["text_fill"][place].as_str().unwrap();
        assert_eq!(fitted.fill_value(column).unwrap(), expected.into());
    }
    let tied = df!("t" => [Some("b"), Some("a"), Some("b"), Some("a"), None]).unwrap();
    let fitted = Imputer::new(Strategy::MostFrequent).fit(&tied).unwrap();
    assert_eq!(fitted.fill_value("t").unwrap().to_string(), golden::values()["tied_text_fill"][0].as_str().unwrap());
}

#[test]
fn every_kind_of_column_is_filled_and_keeps_its_dtype() {
    let category = DataType::from_categories(Categories::global());
    let frame = df!(
        "whole" => [Some(2i32), None, Some(1), Some(1), Some(2)], "real" => [Some(0.5), None, Some(f64::NAN), Some(0.5), Some(9.0)],
        "text" => [Some("a"), None, Some("b"), Some("b"), None], "flag" => [Some(true), None, Some(false), Some(true), None],
        "unsigned" => [Some(7u64), None, Some(7), None, Some(8)]
    )
    .unwrap();
    let mut columns = frame.columns().to_vec();
    columns.push(frame.column("text").unwrap().cast(&category).unwrap().with_name("category".into()));
    let frame = DataFrame::new(5, columns).unwrap();
    let filled = Imputer::new(Strategy::MostFrequent).fit_transform(&frame).unwrap();
    assert_eq!(filled.dtypes(), frame.dtypes());
    assert!(filled.columns().iter().all(|column| column.null_count() == 0));
    let row: Vec<String> = filled.columns().iter().map(|column| column.get(1).unwrap().to_string()).collect();
    assert_eq!(row, ["1", "0.5", "\"b\"", "true", "7", "\"b\""]);
    assert_eq!(floats(&filled, "real")[2], Some(0.5));
}

#[test]
fn means_make_floats_whether_or_not_something_is_missing() {
    let fitted = Imputer::new(Strategy::Mean)
        .fit(&df!("x" => [Some(1i64), None, Some(2)], "t" => ["a", "b", "c"]).unwrap())
        .unwrap();
    let filled = fitted.transform(&df!("x" => [5i64], "t" => ["d"]).unwrap()).unwrap();
    assert_eq!(filled.dtypes(), [DataType::Float64, DataType::String]);
    assert_eq!(fitted.fill_value("x").unwrap(), ParamValue::Float(1.5));
    check_error(fitted.fill_value("t"), "there is no column `t`; the columns are `x`");
}

#[test]
fn constants_apply_to_their_own_kind() {
    let frame =
        df!("n" => [Some(1i64), None], "f" => [None, Some(0.5)], "t" => [Some("a"), None], "b" => [None, Some(true)])
            .unwrap();
    let fill = |value: ParamValue| -> Vec<usize> {
        let filled = Imputer::new(Strategy::Constant(value)).fit_transform(&frame).unwrap();
        filled.columns().iter().map(|column| column.null_count()).collect()
    };
    assert_eq!(fill(0.into()), [0, 0, 1, 1]);
    assert_eq!(fill(0.5.into()), [0, 0, 1, 1]);
    assert_eq!(fill("none".into()), [1, 1, 0, 1]);
    assert_eq!(fill(false.into()), [1, 1, 1, 0]);
    // A whole number keeps integers, a fraction makes floats of them.
    let dtype =
        |value: f64| Imputer::new(Strategy::Constant(value.into())).fit_transform(&frame).unwrap().dtypes().remove(0);
    assert_eq!((dtype(-1.0), dtype(0.5)), (DataType::Int64, DataType::Float64));
}

#[test]
fn constants_that_do_not_fit_are_told() {
    let frame = df!("n" => [Some(1i32), None], "t" => [Some("a"), None]).unwrap();
    let fit = |value: ParamValue, column: &str| Imputer::new(Strategy::Constant(value)).columns(&[column]).fit(&frame);
    check_error(
        fit("none".into(), "n"),
        "imputer.fill_value for column `n` is \"none\", but it must be a value of dtype i32",
    );
    check_error(fit(0.into(), "t"), "imputer.fill_value for column `t` is 0, but it must be a value of dtype str");
    check_error(
        fit(3_000_000_000i64.into(), "n"),
        "imputer.fill_value for column `n` is 3000000000, but it must be within the range of i32",
    );
    check_error(
        fit(f64::NAN.into(), "n"),
        "imputer.fill_value is NaN, but it must be a finite number, text, or a flag",
    );
}

#[test]
fn columns_without_any_value_are_told() {
    let frame = df!("x" => [None, Some(f64::NAN), None], "t" => [None::<&str>, None, None]).unwrap();
    let told = |column: &str| {
        format!(
            "imputer: all 3 values of column `{column}` are missing, so there is nothing to learn from; \
             drop the column, or impute a constant"
        )
    };
    for strategy in [Strategy::Mean, Strategy::Median, Strategy::MostFrequent] {
        check_error(Imputer::new(strategy).fit(&frame), &told("x"));
    }
    check_error(Imputer::new(Strategy::MostFrequent).columns(&["t"]).fit(&frame), &told("t"));
    let unknown = DataFrame::new(3, vec![Column::full_null("u".into(), 3, &DataType::Null)]).unwrap();
    check_error(Imputer::new(Strategy::Median).fit(&unknown), &told("u"));
    let filled = Imputer::new(Strategy::Constant(1.5.into())).fit_transform(&unknown).unwrap();
    assert_eq!(floats(&filled, "u"), [Some(1.5); 3]);
    assert_eq!(floats(&Imputer::new(Strategy::Constant(2.into())).fit_transform(&frame).unwrap(), "x"), [Some(2.0); 3]);
}

#[test]
fn columns_that_do_not_fit_are_told() {
    let frame = penguins().unwrap();
    check_error(
        Imputer::new(Strategy::Mean).columns(&["sex"]).fit(&frame),
        "column `sex` has dtype str, but numbers are needed; cast it with `Cast`, encode it, or drop it",
    );
    let told = "there is no column `age`; the columns are `species`, `island`, `bill_length_mm`, `bill_depth_mm`, \
                `flipper_length_mm`, `body_mass_g`, `sex`, `year`";
    check_error(Imputer::new(Strategy::Mean).columns(&["age"]).fit(&frame), told);
    let dates = frame.select(["year"]).unwrap();
    let dates = DataFrame::new(344, vec![dates.column("year").unwrap().cast(&DataType::Date).unwrap()]).unwrap();
    check_error(
        Imputer::new(Strategy::MostFrequent).columns(&["year"]).fit(&dates),
        "imputer: the dtype of column `year` is date, but it must be a number, text, a category or a flag",
    );
    let infinite = df!("x" => [1.0, f64::INFINITY]).unwrap();
    for strategy in [Strategy::Mean, Strategy::Median, Strategy::MostFrequent] {
        check_error(
            Imputer::new(strategy).fit(&infinite),
            "column `x` holds inf in row 1 (0-based); only finite numbers and missing values are allowed",
        );
    }
    let fitted = Imputer::new(Strategy::Mean).fit(&df!("x" => [1.0]).unwrap()).unwrap();
    for (frame, told) in frames_that_do_not_fit("imputer") {
        check_error(fitted.transform(&frame), &told);
    }
    check_error(
        fitted.inverse_transform(&frame),
        "imputer cannot be undone: a filled value does not tell that it was missing",
    );
}

#[test]
fn the_report_tells_what_was_filled() {
    let report = Imputer::new(Strategy::MostFrequent).fit(&penguins().unwrap()).unwrap().report().unwrap();
    let row = |row: usize| -> Vec<String> {
        report.columns().iter().map(|column| column.get(row).unwrap().str_value().to_string()).collect()
    };
    assert_eq!(report.get_column_names(), ["column", "missing", "fill_value"]);
    assert_eq!(row(6), ["sex", "11", "male"]);
    assert_eq!(row(5), ["body_mass_g", "2", "3800"]);
}

#[test]
fn refitting_forgets_and_filling_is_idempotent() {
    let imputer = Imputer::new(Strategy::Median);
    let fitted = imputer.fit(&df!("x" => [Some(1.0), None]).unwrap()).unwrap();
    imputer.fit(&df!("x" => [100.0]).unwrap()).unwrap();
    assert_eq!(fitted.fill_value("x").unwrap(), ParamValue::Float(1.0));
    let once = Imputer::new(Strategy::Mean).fit_transform(&golden::synthetic()).unwrap();
    assert!(Imputer::new(Strategy::Mean).fit_transform(&once).unwrap().equals(&once));
}

#[test]
fn fitted_imputers_are_kept_as_json() {
    let fitted = Imputer::new(Strategy::MostFrequent).fit(&penguins().unwrap()).unwrap();
    let read: FittedImputer = serde_json::from_str(&serde_json::to_string(&fitted).unwrap()).unwrap();
    assert_eq!(read, fitted);
}
