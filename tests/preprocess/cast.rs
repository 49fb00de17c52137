//! Casts.

use polars::prelude::{Column, DataFrame, DataType, df};
use workbench::preprocess::{Cast, FittedCast, FittedTransformer, Transformer};

use super::check_error;

/// The values of `column` cast to `dtype`, as text; missing is `-`.
#[track_caller]
fn check(column: Column, dtype: &str, expected: &[&str]) {
    let name = column.name().to_string();
    let frame = DataFrame::new(column.len(), vec![column]).unwrap();
    let cast = Cast::to(&[(&name, dtype)]).fit_transform(&frame).unwrap();
    let values = cast.column(&name).unwrap().cast(&DataType::String).unwrap();
    let values: Vec<&str> = values.str().unwrap().iter().map(|value| value.unwrap_or("-")).collect();
    assert_eq!(values, expected);
}

#[track_caller]
fn check_refused(column: Column, dtype: &str, expected: &str) {
    let frame = DataFrame::new(column.len(), vec![column]).unwrap();
    let message = Cast::to(&[("x", dtype)]).fit_transform(&frame).unwrap_err().to_string();
    assert_eq!(
        message,
        format!(
            "cast: column `x` cannot become {expected} do not convert; mend them, or use `.lossy()` to make them missing"
        )
    );
}

fn text(values: &[Option<&str>]) -> Column {
    Column::new("x".into(), values)
}

#[test]
fn numbers_become_numbers() {
    let whole = Column::new("x".into(), [Some(1i64), None, Some(-3)]);
    check(whole.clone(), "float64", &["1.0", "-", "-3.0"]);
    check(whole.clone(), "float32", &["1.0", "-", "-3.0"]);
    check(whole.clone(), "int32", &["1", "-", "-3"]);
    check(whole, "i64", &["1", "-", "-3"]);
    let real = Column::new("x".into(), [Some(2.0), None, Some(f64::NAN), Some(-9_007_199_254_740_992.0)]);
    check(real, "int64", &["2", "-", "-", "-9007199254740992"]);
    check(Column::new("x".into(), [true, false]), "int32", &["1", "0"]);
    check(Column::new("x".into(), [true, false]), "f32", &["1.0", "0.0"]);
}

#[test]
fn text_is_read_with_spaces_trimmed() {
    check(text(&[Some(" 1 "), None, Some("-20\t")]), "int64", &["1", "-", "-20"]);
    check(text(&[Some("1e3"), None, Some(" .5")]), "float64", &["1000.0", "-", "0.5"]);
    check(
        text(&[Some("True"), Some("false "), Some("1"), Some("0"), None]),
        "boolean",
        &["true", "false", "true", "false", "-"],
    );
}

#[test]
fn anything_becomes_text_or_a_category() {
    for dtype in ["string", "category"] {
        check(Column::new("x".into(), [Some(1i64), None]), dtype, &["1", "-"]);
        check(Column::new("x".into(), [0.5, f64::NAN]), dtype, &["0.5", "-"]);
        check(Column::new("x".into(), [true, false]), dtype, &["true", "false"]);
        check(text(&[Some(" a "), None]), dtype, &[" a ", "-"]);
    }
    let frame = DataFrame::new(2, vec![text(&[Some("1"), Some("2")])]).unwrap();
    let category = Cast::to(&[("x", "category")]).fit_transform(&frame).unwrap();
    assert!(category.column("x").unwrap().dtype().is_categorical());
    // What a category says counts, not its code.
    let back = Cast::new().column("x", DataType::Int64).fit_transform(&category).unwrap();
    assert_eq!(back.column("x").unwrap().i64().unwrap().to_vec(), [Some(1), Some(2)]);
}

#[test]
fn values_that_do_not_convert_are_told() {
    check_refused(
        text(&[Some("1"), None, Some("two"), Some("3.5")]),
        "int64",
        "i64: row 2 (0-based) holds \"two\", and 2 values in all",
    );
    check_refused(text(&[Some("")]), "float64", "f64: row 0 (0-based) holds \"\", and 1 values in all");
    check_refused(text(&[Some("yes")]), "boolean", "bool: row 0 (0-based) holds \"yes\", and 1 values in all");
    check_refused(
        text(&[Some("3000000000")]),
        "int32",
        "i32: row 0 (0-based) holds \"3000000000\", and 1 values in all",
    );
    let column = Column::new("x".into(), [1i64, 3_000_000_000, -3_000_000_000]);
    check_refused(column, "int32", "i32: row 1 (0-based) holds 3000000000, and 2 values in all");
    check_refused(Column::new("x".into(), [1.0, 1.5]), "int64", "i64: row 1 (0-based) holds 1.5, and 1 values in all");
    let column = Column::new("x".into(), [1.0, 1e19, f64::INFINITY]);
    check_refused(column, "int64", "i64: row 1 (0-based) holds 1e19, and 2 values in all");
    check_refused(
        Column::new("x".into(), [9_223_372_036_854_775_807.0f64]),
        "int64",
        "i64: row 0 (0-based) holds 9.223372036854776e18, and 1 values in all",
    );
    check_refused(Column::new("x".into(), [1e300]), "float32", "f32: row 0 (0-based) holds 1e300, and 1 values in all");
    check_refused(Column::new("x".into(), [0i64, 2]), "boolean", "bool: row 1 (0-based) holds 2, and 1 values in all");
}

#[test]
fn lossy_casts_make_them_missing_and_report() {
    let frame = df!("a" => ["1", "x", "y"], "b" => ["1", "2", "3"]).unwrap();
    let cast = Cast::to(&[("a", "float64"), ("b", "int32")]).lossy().fit(&frame).unwrap();
    let converted = cast.transform(&frame).unwrap();
    assert_eq!(converted.dtypes(), [DataType::Float64, DataType::Int32]);
    assert_eq!(converted.column("a").unwrap().null_count(), 2);
    let report = cast.report(&frame).unwrap();
    let row = |row: usize| -> Vec<String> {
        report.columns().iter().map(|column| column.get(row).unwrap().str_value().to_string()).collect()
    };
    assert_eq!(row(0), ["a", "str", "f64", "2", "1"]);
    assert_eq!(row(1), ["b", "str", "i32", "0", "null"]);
}

#[test]
fn casts_can_be_undone_where_values_allow() {
    let frame = df!("n" => [Some(1i64), None], "b" => [true, false], "t" => ["x", "y"]).unwrap();
    let cast = Cast::to(&[("n", "float64"), ("b", "int32"), ("t", "category")]).fit(&frame).unwrap();
    let back = cast.inverse_transform(&cast.transform(&frame).unwrap()).unwrap();
    assert_eq!(back.dtypes(), frame.dtypes());
    assert!(back.equals_missing(&frame));
    let dates = DataFrame::new(1, vec![Column::new("d".into(), [1i32]).cast(&DataType::Date).unwrap()]).unwrap();
    let cast = Cast::to(&[("d", "string")]).fit(&dates).unwrap();
    check_error(
        cast.inverse_transform(&cast.transform(&dates).unwrap()),
        "cast cannot be undone: a column had a dtype that no cast gives",
    );
}

#[test]
fn wrong_names_are_told() {
    let frame = df!("x" => [1i64]).unwrap();
    let allowed = "one of \"float64\", \"float32\", \"int64\", \"int32\", \"int16\", \"int8\", \"uint64\", \"uint32\", \"uint16\", \"uint8\", \"boolean\", \"string\", \"category\"";
    let told = |name: &str| format!("the dtype to cast column `x` to is \"{name}\", but it must be {allowed}");
    check_error(Cast::to(&[("x", "decimal")]).fit(&frame), &told("decimal"));
    check_error(Cast::new().column("x", DataType::Date).fit(&frame), &told("date"));
    check_error(Cast::to(&[("y", "int32")]).fit(&frame), "there is no column `y`; the columns are `x`");
    let fitted = Cast::to(&[("x", "int32")]).fit(&frame).unwrap();
    check_error(
        fitted.transform(&df!("y" => [1i64]).unwrap()),
        "cast was fitted on a column `x` (i64), but this frame does not have it; its columns are `y`",
    );
}

#[test]
fn fitted_casts_are_kept_as_json() {
    let fitted = Cast::to(&[("x", "int32")]).fit(&df!("x" => [1i64]).unwrap()).unwrap();
    let read: FittedCast = serde_json::from_str(&serde_json::to_string(&fitted).unwrap()).unwrap();
    assert_eq!(read, fitted);
}
