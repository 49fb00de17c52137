//! Datasets, targets and arrays.

use ndarray::array;
use polars::prelude::{Categories, Column, DataFrame, DataType, df};
use workbench::data::{Dataset, Target, Task, drop_missing, from_array, penguins, to_array};

fn labels(data: &Dataset) -> Vec<String> {
    match data.target() {
        Target::Classes { labels, .. } => labels.clone(),
        Target::Values(values) => panic!("values {values:?}"),
    }
}

fn codes(data: &Dataset) -> Vec<u32> {
    match data.target() {
        Target::Classes { codes, .. } => codes.clone(),
        Target::Values(values) => panic!("values {values:?}"),
    }
}

#[track_caller]
fn check_error<T>(result: workbench::Result<T>, expected: &str) {
    let message = result.err().expect("an error").to_string();
    assert_eq!(message, expected);
}

#[test]
fn text_becomes_sorted_classes() {
    let frame = drop_missing(&penguins().unwrap(), &["sex"]).unwrap();
    let data = Dataset::from_frame(&frame, "sex").unwrap();
    assert_eq!((data.n_samples(), data.n_features(), data.task()), (333, 7, Task::Classification));
    assert_eq!(data.target_name(), "sex");
    assert_eq!(labels(&data), ["female", "male"]);
    assert_eq!(&codes(&data)[..4], [1, 0, 0, 0]);
    assert!(!data.feature_names().contains(&"sex".to_string()));
}

#[test]
fn the_task_follows_from_the_dtype() {
    let category = DataType::from_categories(Categories::global());
    let many: Vec<i64> = (0..21).collect();
    let few: Vec<i64> = (0..21).map(|row| row % 20).collect();
    let columns: [(Column, Task); 5] = [
        (Column::new("y".into(), vec![true; 21]), Task::Classification),
        (Column::new("y".into(), vec!["b"; 21]).cast(&category).unwrap(), Task::Classification),
        (Column::new("y".into(), few), Task::Classification),
        (Column::new("y".into(), many), Task::Regression),
        (Column::new("y".into(), vec![1.0; 21]), Task::Regression),
    ];
    for (column, task) in columns {
        let frame = DataFrame::new(21, vec![Column::new("x".into(), vec![0.5; 21]), column.clone()]).unwrap();
        assert_eq!(Dataset::from_frame(&frame, "y").unwrap().task(), task, "{column:?}");
    }
}

#[test]
fn classes_are_in_order() {
    let frame =
        df!("n" => [10i64, 9, 10, -1], "f" => [10.0, 9.0, 0.0, -0.0], "b" => [true, false, true, true]).unwrap();
    assert_eq!(labels(&Dataset::from_frame(&frame, "n").unwrap()), ["-1", "9", "10"]);
    assert_eq!(labels(&Dataset::from_frame(&frame, "b").unwrap()), ["false", "true"]);
    let data = Dataset::from_frame_as(&frame, "f", Task::Classification).unwrap();
    assert_eq!((labels(&data), codes(&data)), (vec!["0".into(), "9".into(), "10".into()], vec![2, 1, 0, 0]));
    let category = frame.column("n").unwrap().cast(&DataType::String).unwrap();
    let category = category.cast(&DataType::from_categories(Categories::global())).unwrap();
    let frame = DataFrame::new(4, vec![category, frame.column("b").unwrap().clone()]).unwrap();
    assert_eq!(labels(&Dataset::from_frame(&frame, "n").unwrap()), ["-1", "10", "9"]);
}

#[test]
fn the_task_can_be_said() {
    let frame = df!("x" => [1.0, 2.0], "y" => [3i64, 4]).unwrap();
    let data = Dataset::from_frame_as(&frame, "y", Task::Regression).unwrap();
    assert_eq!(data.target(), &Target::Values(vec![3.0, 4.0]));
}

#[test]
fn rows_are_taken_and_labels_kept() {
    let frame = df!("x" => [1.0, 2.0, 3.0], "y" => ["c", "a", "b"]).unwrap();
    let taken = Dataset::from_frame(&frame, "y").unwrap().take(&[2, 0, 2]).unwrap();
    assert_eq!((codes(&taken), labels(&taken)), (vec![1, 2, 1], vec!["a".into(), "b".into(), "c".into()]));
    assert_eq!(taken.records().unwrap(), array![[3.0], [1.0], [3.0]]);
}

#[test]
fn records_are_rows_with_missing_as_nan() {
    let frame = df!(
        "whole" => [Some(1i64), None, Some(3)], "real" => [0.5, f64::NAN, 2.5], "small" => [Some(1.5f32), Some(2.5), None],
        "flag" => [true, false, true]
    )
    .unwrap();
    let records = to_array(&frame).unwrap();
    assert_eq!(records.shape(), [3, 4]);
    assert_eq!(records.row(0).to_vec(), [1.0, 0.5, 1.5, 1.0]);
    let is_nan: Vec<bool> = records.iter().map(|value| value.is_nan()).collect();
    assert_eq!(is_nan, [false, false, false, false, true, true, false, false, false, false, true, false]);
    assert!(records.is_standard_layout());
}

#[test]
fn arrays_and_frames_are_the_same_at_every_size() {
    for (n_rows, n_columns) in [(1, 1), (3, 2), (255, 3), (256, 3), (257, 5), (1000, 17)] {
        let values = ndarray::Array2::from_shape_fn((n_rows, n_columns), |(row, column)| (row * 31 + column) as f64);
        let names: Vec<String> = (0..n_columns).map(|column| format!("x{column}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(to_array(&from_array(&values, &names).unwrap()).unwrap(), values);
    }
}

#[test]
fn frames_of_many_chunks_and_of_slices_are_read_right() {
    let part = df!("a" => [Some(1.0), None], "b" => [1i64, 2]).unwrap();
    let frame = part.vstack(&part).unwrap();
    assert_eq!(to_array(&frame).unwrap().column(1).to_vec(), [1.0, 2.0, 1.0, 2.0]);
    assert_eq!(to_array(&frame.slice(1, 2)).unwrap().column(1).to_vec(), [2.0, 1.0]);
    let whole = df!("a" => [1.0, 2.0, 3.0]).unwrap();
    assert_eq!(to_array(&whole.slice(1, 2)).unwrap(), array![[2.0], [3.0]]);
}

#[test]
fn nan_in_an_array_is_missing_in_a_frame() {
    let frame = from_array(&array![[1.0, f64::NAN]], &["a", "b"]).unwrap();
    assert_eq!((frame.column("a").unwrap().null_count(), frame.column("b").unwrap().null_count()), (0, 1));
}

#[test]
fn datasets_come_from_arrays() {
    let target = Target::from_labels(&["no", "yes", "no"]);
    let data = Dataset::from_arrays(&array![[1.0], [2.0], [3.0]], target, &["x"]).unwrap();
    assert_eq!((data.target_name(), data.feature_names()), ("target", vec!["x".to_string()]));
}

#[test]
fn missing_rows_are_dropped_by_column() {
    let frame =
        df!("a" => [Some(1.0), None, Some(f64::NAN), Some(4.0)], "b" => [Some("x"), Some("y"), Some("z"), None])
            .unwrap();
    assert_eq!(drop_missing(&frame, &["a"]).unwrap().height(), 2);
    assert_eq!(drop_missing(&frame, &["b"]).unwrap().height(), 3);
    assert_eq!(drop_missing(&frame, &[]).unwrap().height(), 1);
    check_error(drop_missing(&frame, &["c"]), "there is no column `c`; the columns are `a`, `b`");
}

#[test]
fn a_target_that_is_not_there_is_told() {
    let frame = df!("x" => [1.0], "y" => ["a"]).unwrap();
    check_error(Dataset::from_frame(&frame, "z"), "there is no column `z`; the columns are `x`, `y`");
}

#[test]
fn a_missing_target_is_told() {
    check_error(
        Dataset::from_frame(&penguins().unwrap(), "sex"),
        "the target `sex` is missing in 11 of 344 rows, first in row 3 (0-based); drop them first: `drop_missing(&frame, &[\"sex\"])?`",
    );
    let frame = df!("x" => [1.0, 2.0], "y" => [0.5, f64::NAN]).unwrap();
    check_error(
        Dataset::from_frame(&frame, "y"),
        "the target `y` is missing in 1 of 2 rows, first in row 1 (0-based); drop them first: `drop_missing(&frame, &[\"y\"])?`",
    );
}

#[test]
fn targets_that_do_not_fit_the_task_are_told() {
    let frame = df!("t" => ["a", "b"], "f" => [1.0, 1.5], "i" => [1.0, f64::INFINITY]).unwrap();
    check_error(
        Dataset::from_frame_as(&frame, "t", Task::Regression),
        "column `t` has dtype str, but numbers are needed; cast it with `Cast`, encode it, or drop it",
    );
    check_error(
        Dataset::from_frame_as(&frame, "f", Task::Classification),
        "the target `f` holds 1.5 in row 1 (0-based), which is no class label; use `Task::Regression`, or make classes of it first",
    );
    let infinite = "column `i` holds inf in row 1 (0-based); only finite numbers and missing values are allowed";
    check_error(Dataset::from_frame_as(&frame, "i", Task::Regression), infinite);
    check_error(Dataset::from_frame_as(&frame, "i", Task::Classification), infinite);
}

#[test]
fn text_among_the_records_is_told() {
    let frame = drop_missing(&penguins().unwrap(), &[]).unwrap();
    let data = Dataset::from_frame(&frame, "sex").unwrap();
    let expected = "column `species` has dtype str, but numbers are needed; cast it with `Cast`, encode it, or drop it";
    check_error(data.records(), expected);
}

#[test]
fn parts_that_do_not_fit_together_are_told() {
    let features = df!("x" => [1.0, 2.0]).unwrap();
    let target = |n| Target::Values(vec![0.0; n]);
    check_error(Dataset::new(features.clone(), target(3), "y"), "the target `y` has 3 rows, but 2 are needed");
    check_error(
        Dataset::new(features.clear(), target(0), "y"),
        "a dataset needs at least one row, but the frame has none",
    );
    check_error(
        Dataset::new(features.clone(), target(2), "x"),
        "the column name `x` is there twice; every column needs its own name",
    );
    check_error(
        Dataset::new(
            features.clone(),
            Target::Classes { codes: vec![0, 2], labels: vec!["a".into(), "b".into()] },
            "y",
        ),
        "the class code of row 1 (0-based) of the target `y` is 2, but it must be less than 2, the number of labels",
    );
    let data = Dataset::new(features, target(2), "y").unwrap();
    check_error(data.take(&[0, 2]), "a row to take is 2, but it must be less than 2, the number of rows");
    check_error(data.take(&[]), "a dataset needs at least one row, but the frame has none");
    check_error(
        from_array(&array![[1.0, 2.0]], &["a"]),
        "the number of names is 1, but it must be 2, the number of columns",
    );
    check_error(
        from_array(&array![[1.0, 2.0]], &["a", "a"]),
        "the column name `a` is there twice; every column needs its own name",
    );
}
