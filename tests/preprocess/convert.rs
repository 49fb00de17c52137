//! Duplicates, and text as numbers, dates and flags.

use polars::prelude::{Column, DataFrame, DataType, TimeUnit, df};
use serde_json::Value;
use workbench::data::{Keep, drop_duplicates, duplicated};
use workbench::preprocess::{
    Cast, Decimal, Downcast, FittedTransformer, Floats, ToBoolean, ToDatetime, ToNumeric, Transformer,
};

use super::{check_error, clean, floats};

fn shown(frame: &DataFrame) -> Vec<String> {
    let row =
        |row: usize| frame.get(row).unwrap().iter().map(|value| value.str_value().to_string()).collect::<Vec<_>>();
    (0..frame.height()).map(|place| row(place).join("|")).collect()
}

#[test]
fn duplicates_are_those_of_pandas() {
    let golden = &clean::values()["duplicates"];
    let rows = &golden["rows"];
    let whole: Vec<i64> = rows[0].as_array().unwrap().iter().map(|value| value.as_i64().unwrap()).collect();
    let text: Vec<Option<&str>> = rows[1].as_array().unwrap().iter().map(Value::as_str).collect();
    // Null and NaN are the same missing value.
    let mut real: Vec<Option<f64>> = rows[2].as_array().unwrap().iter().map(Value::as_f64).collect();
    real[4] = Some(f64::NAN);
    let frame = df!("a" => whole, "b" => text, "c" => real).unwrap();
    for subset in [&[][..], &["a"], &["b"], &["c"], &["a", "c"]] {
        for (name, keep) in [("first", Keep::First), ("last", Keep::Last), ("none", Keep::None)] {
            let key = format!("{}|{name}", subset.join(","));
            let expected: Vec<bool> =
                golden[&key].as_array().unwrap().iter().map(|flag| flag.as_bool().unwrap()).collect();
            assert_eq!(duplicated(&frame, subset, keep).unwrap(), expected, "{key}");
            let n_kept = expected.iter().filter(|is_duplicate| !**is_duplicate).count();
            assert_eq!(drop_duplicates(&frame, subset, keep).unwrap().height(), n_kept);
        }
    }
    assert_eq!(duplicated(&DataFrame::empty(), &[], Keep::First).unwrap(), Vec::<bool>::new());
    check_error(duplicated(&frame, &["z"], Keep::First), "there is no column `z`; the columns are `a`, `b`, `c`");
}

#[track_caller]
fn check_numbers(texts: &[&str], decimal: Decimal, expected: &[Option<f64>]) {
    let frame = df!("x" => texts).unwrap();
    let fitted = ToNumeric::new().decimal(decimal).lossy().columns(&["x"]).fit(&frame).unwrap();
    assert_eq!(floats(&fitted.transform(&frame).unwrap(), "x"), expected, "{texts:?}");
}

#[test]
fn numbers_are_read_as_people_write_them() {
    use Decimal::{Auto, Comma, Point};
    let some = |values: &[f64]| values.iter().map(|&value| Some(value)).collect::<Vec<_>>();
    check_numbers(&["1,234.5", "-7", "+0.25", " 12 "], Auto, &some(&[1234.5, -7.0, 0.25, 12.0]));
    check_numbers(&["1.234,5", "2,5", "1.000"], Auto, &some(&[1234.5, 2.5, 1000.0]));
    check_numbers(&["1,234", "5,678"], Auto, &some(&[1234.0, 5678.0]));
    check_numbers(&["1.234", "5.678"], Auto, &some(&[1.234, 5.678]));
    check_numbers(&["1,234", "5,67"], Auto, &some(&[1.234, 5.67]));
    check_numbers(&["1,234", "5,67"], Point, &[Some(1234.0), None]);
    check_numbers(&["1 234 567", "1\u{a0}234", "1'234.5", "1_000"], Point, &some(&[1234567.0, 1234.0, 1234.5, 1000.0]));
    check_numbers(&["€ 1.234,50", "€ 7", "€-3", "-€ 3", "(€ 2)"], Comma, &some(&[1234.5, 7.0, -3.0, -3.0, -2.0]));
    check_numbers(&["12 kg", "3kg", "4", "5 g"], Auto, &[Some(12.0), Some(3.0), Some(4.0), None]);
    check_numbers(&["45 %", "0.5%", "7"], Auto, &[Some(0.45), Some(0.005), None]);
    check_numbers(&["1e3", "2.5E-2", "−4", ".5", "5."], Auto, &some(&[1000.0, 0.025, -4.0, 0.5, 5.0]));
    check_numbers(&["n/a", "", "-", "NaN", "3"], Auto, &[None, None, None, None, Some(3.0)]);
    check_numbers(
        &["1,23,4", "12 34", "1-2", "--3", "abc", "1 2 apples and 3", "9"],
        Point,
        &[None, None, None, None, None, None, Some(9.0)],
    );
    check_numbers(&["12 m²", "3 m²"], Auto, &some(&[12.0, 3.0]));
    let kept = ToNumeric::new().percent_as_fraction(false).fit_transform(&df!("x" => ["45 %"]).unwrap()).unwrap();
    assert_eq!(floats(&kept, "x"), [Some(45.0)]);
}

#[test]
fn what_is_no_number_is_listed_by_row() {
    let frame =
        df!("mass" => ["3 kg", "heavy", "", "300 g"], "note" => ["a", "b", "c", "d"], "n" => ["1", "2", "", "4"])
            .unwrap();
    // Only `n` is numbers throughout.
    let all = ToNumeric::new().fit_transform(&frame).unwrap();
    assert_eq!(all.dtypes(), [DataType::String, DataType::String, DataType::Float64]);
    let fitted = ToNumeric::new().columns(&["mass"]).fit(&frame).unwrap();
    assert_eq!(shown(&fitted.unconverted(&frame).unwrap()), ["mass|1|heavy", "mass|3|300 g"]);
    assert_eq!(shown(&fitted.statistics().unwrap()), ["mass|.|kg"]);
    check_error(
        fitted.transform(&frame),
        "to_numeric: column `mass` cannot become f64: row 1 (0-based) holds \"heavy\", and 2 values in all do not convert; \
         mend them, or use `.lossy()` to make them missing",
    );
    check_error(
        ToNumeric::new().columns(&["x"]).fit(&df!("x" => [1.0]).unwrap()),
        "to_numeric: the dtype of column `x` is f64, but it must be text",
    );
    check_error(
        fitted.inverse_transform(&frame),
        "to_numeric cannot be undone: a number does not tell how it was written",
    );
    let cast = Cast::to(&[("n", "int8"), ("mass", "float64")]).lossy().fit(&frame).unwrap();
    assert_eq!(
        shown(&cast.unconverted(&frame).unwrap()),
        ["n|2|", "mass|0|3 kg", "mass|1|heavy", "mass|2|", "mass|3|300 g"]
    );
}

#[test]
fn dates_are_those_of_pandas() {
    for (format, pairs) in clean::values()["dates"].as_object().unwrap() {
        let texts: Vec<&str> = pairs.as_array().unwrap().iter().map(|pair| pair[0].as_str().unwrap()).collect();
        let expected: Vec<i64> = pairs.as_array().unwrap().iter().map(|pair| pair[1].as_i64().unwrap()).collect();
        let frame = df!("d" => texts).unwrap();
        for step in [ToDatetime::new(), ToDatetime::new().format(format)] {
            let fitted = step.fit(&frame).unwrap();
            assert_eq!(shown(&fitted.formats().unwrap()), [format!("d|{format}")]);
            let dates = fitted.transform(&frame).unwrap();
            let micros = dates.column("d").unwrap().cast(&DataType::Datetime(TimeUnit::Microseconds, None)).unwrap();
            let micros = micros.cast(&DataType::Int64).unwrap();
            let seconds: Vec<i64> = micros.i64().unwrap().iter().map(|micros| micros.unwrap() / 1_000_000).collect();
            assert_eq!(seconds, expected, "{format}");
            assert!(fitted.inverse_transform(&dates).unwrap().equals(&frame), "{format}");
        }
    }
}

#[test]
fn days_and_months_are_told_apart_where_they_can_be() {
    let day = |texts: &[&str], day_first: bool| -> Vec<String> {
        let frame = df!("d" => texts).unwrap();
        let dates = ToDatetime::new().day_first(day_first).columns(&["d"]).lossy().fit_transform(&frame).unwrap();
        shown(&dates)
    };
    assert_eq!(day(&["01/02/2024", "25/02/2024"], false), ["2024-02-01", "2024-02-25"]);
    assert_eq!(day(&["01/02/2024"], false), ["2024-01-02"]);
    assert_eq!(day(&["01/02/2024"], true), ["2024-02-01"]);
    assert_eq!(day(&["2024-02-30", "2024-02-28", "n/a"], true), ["null", "2024-02-28", "null"]);
    // The first thousand leave it open, a later one decides.
    let mut texts = vec!["01/02/2024"; 1500];
    texts[1200] = "31/01/2024";
    assert_eq!(day(&texts, false)[0], "2024-02-01");
    let frame = df!("d" => ["2024-02-30", "2024-02-28"]).unwrap();
    let fitted = ToDatetime::new().columns(&["d"]).fit(&frame).unwrap();
    assert_eq!(shown(&fitted.unconverted(&frame).unwrap()), ["d|0|2024-02-30"]);
    check_error(
        fitted.transform(&frame),
        "to_datetime: column `d` cannot become date: row 0 (0-based) holds \"2024-02-30\", and 1 values in all do not convert; \
         mend them, or use `.lossy()` to make them missing",
    );
}

#[test]
fn flags_are_read_and_written_in_their_own_words() {
    let frame = df!("ok" => [Some("Yes"), Some("no"), Some("y"), None], "t" => ["a", "b", "c", "d"]).unwrap();
    let fitted = ToBoolean::new().fit(&frame).unwrap();
    let flags = fitted.transform(&frame).unwrap();
    let found: Vec<Option<bool>> = flags.column("ok").unwrap().bool().unwrap().iter().collect();
    assert_eq!(found, [Some(true), Some(false), Some(true), None]);
    assert_eq!(flags.column("t").unwrap().dtype(), &DataType::String);
    let back = fitted.inverse_transform(&flags).unwrap();
    let words: Vec<Option<&str>> = back.column("ok").unwrap().str().unwrap().iter().collect();
    assert_eq!(words, [Some("Yes"), Some("no"), Some("Yes"), None]);
    let strict = ToBoolean::new().columns(&["ok"]).fit(&df!("ok" => ["on", "off"]).unwrap()).unwrap();
    let odd = df!("ok" => ["on", "maybe"]).unwrap();
    assert_eq!(shown(&strict.unconverted(&odd).unwrap()), ["ok|1|maybe"]);
    check_error(
        strict.transform(&odd),
        "to_boolean: column `ok` cannot become bool: row 1 (0-based) holds \"maybe\", and 1 values in all do not convert; \
         mend them, or use `.lossy()` to make them missing",
    );
}

#[test]
fn downcasting_loses_nothing() {
    let frame = df!(
        "u8" => [Some(0i64), Some(255), None], "i8" => [-128i64, 127, 0], "u16" => [0i64, 256, 1], "i16" => [-129i64, 0, 1],
        "u32" => [0i64, 4_000_000_000, 1], "i64" => [-1i64, 4_000_000_000, 1], "f32" => [Some(0.5), Some(f64::NAN), None],
        "f64" => [0.1, 1.0, 2.0], "text" => ["a", "b", "c"]
    )
    .unwrap();
    let fitted = Downcast::new().fit(&frame).unwrap();
    let small = fitted.transform(&frame).unwrap();
    use DataType::{Float32, Float64, Int8, Int16, Int64, String, UInt8, UInt16, UInt32};
    assert_eq!(small.dtypes(), [UInt8, Int8, UInt16, Int16, UInt32, Int64, Float32, Float64, String]);
    assert!(fitted.inverse_transform(&small).unwrap().equals_missing(&frame));
    let rounded = Downcast::new().floats(Floats::Rounded).fit_transform(&frame).unwrap();
    assert_eq!(rounded.column("f64").unwrap().dtype(), &Float32);
    let kept = Downcast::new().floats(Floats::Keep).fit_transform(&frame).unwrap();
    assert_eq!(kept.column("f32").unwrap().dtype(), &Float64);
    let fitted = Downcast::new().fit(&df!("x" => [1i64, 2], "y" => [0.5, 0.25]).unwrap()).unwrap();
    check_error(
        fitted.transform(&df!("x" => [1i64, 300, -1], "y" => [0.5, 0.5, 0.5]).unwrap()),
        "downcast: column `x` cannot become u8: row 1 (0-based) holds 300, and 2 values in all do not convert; \
         mend them, or use `.lossy()` to make them missing",
    );
    check_error(
        fitted.transform(&df!("x" => [1i64], "y" => [0.1]).unwrap()),
        "downcast: column `y` cannot become f32: row 0 (0-based) holds 0.1, and 1 values in all do not convert; \
         mend them, or use `.lossy()` to make them missing",
    );
    let empty = DataFrame::new(2, vec![Column::full_null("n".into(), 2, &DataType::Int64)]).unwrap();
    assert_eq!(Downcast::new().fit_transform(&empty).unwrap().dtypes(), [Int64]);
}
