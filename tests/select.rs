//! Tests of selection: folds and metrics against scikit-learn's, and, in `search`, all that is built on them.

mod compare;
mod curves;
mod metrics;
mod search;
pub mod searches;
mod splitters;
mod summary;

use std::collections::BTreeSet;

use polars::prelude::df;
use serde_json::Value;
use workbench::data::{Dataset, Target};
use workbench::select::{
    Average, Fold, KFold, PredefinedFolds, Scoring, Splitter, StratifiedKFold, accuracy, classification_report,
    confusion_matrix, f1, mean_absolute_error, mean_squared_error, precision, r2, train_test_split,
};

use crate::models::{golden, penguin_data};

/// What scikit-learn says of folds and metrics; `golden/selection.py` wrote it.
fn select_golden() -> Value {
    serde_json::from_str(include_str!("golden/selection.json")).unwrap()
}

fn positions(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|number| number.as_u64().unwrap() as usize).collect()
}

/// Rows of the classes `codes`, each labelled by a letter.
fn rows_of(codes: &[usize]) -> Dataset {
    let labels: Vec<&str> = codes.iter().map(|&code| ["a", "b", "c", "d"][code]).collect();
    let numbers: Vec<f64> = (0..codes.len()).map(|row| row as f64).collect();
    Dataset::new(df!("x" => numbers).unwrap(), Target::from_labels(&labels), "t").unwrap()
}

fn rows_of_numbers(n_samples: usize) -> Dataset {
    let numbers: Vec<f64> = (0..n_samples).map(|row| row as f64).collect();
    Dataset::new(df!("x" => numbers.clone()).unwrap(), Target::Values(numbers), "y").unwrap()
}

#[track_caller]
fn check_error<T>(result: workbench::Result<T>, expected: &str) {
    assert_eq!(result.err().unwrap().to_string(), expected);
}

#[test]
fn unshuffled_folds_are_those_of_scikit_learn() {
    for case in golden()["splits"].as_array().unwrap() {
        let data = rows_of(&positions(&case["codes"]));
        let n_splits = case["n_splits"].as_u64().unwrap() as usize;
        let splitters: [(&str, &dyn Splitter); 2] =
            [("k_fold", &KFold::new(n_splits)), ("stratified", &StratifiedKFold::new(n_splits))];
        for (name, splitter) in splitters {
            let found: Vec<Vec<usize>> =
                splitter.split(&data).unwrap().into_iter().map(|fold| fold.validation).collect();
            let expected: Vec<Vec<usize>> = case[name].as_array().unwrap().iter().map(positions).collect();
            assert_eq!(found, expected, "{name}");
        }
    }
}

#[test]
fn folds_partition_the_rows() {
    for n_samples in 2..60 {
        let codes: Vec<usize> = (0..n_samples).map(|row| usize::from(row * 7 % 5 < 2)).collect();
        let data = rows_of(&codes);
        let smallest = codes.iter().sum::<usize>().min(n_samples - codes.iter().sum::<usize>());
        for n_splits in 2..=n_samples.min(12) {
            for seed in [None, Some(1), Some(2)] {
                let k_fold = KFold::new(n_splits);
                let k_fold = seed.map_or(k_fold.clone(), |seed| k_fold.shuffle(seed));
                check_partition(&k_fold, &data, n_splits);
                let stratified = StratifiedKFold::new(n_splits);
                let stratified = seed.map_or(stratified.clone(), |seed| stratified.shuffle(seed));
                if n_splits > smallest {
                    assert!(stratified.split(&data).is_err());
                    continue;
                }
                for fold in check_partition(&stratified, &data, n_splits) {
                    let n_second = fold.validation.iter().filter(|&&row| codes[row] == 1).count();
                    let share = codes.iter().sum::<usize>() as f64 / n_splits as f64;
                    assert!((n_second as f64 - share).abs() < 1.0, "{n_second} of class b, but the share is {share}");
                }
            }
        }
    }
}

#[track_caller]
fn check_partition(splitter: &dyn Splitter, data: &Dataset, n_splits: usize) -> Vec<Fold> {
    let folds = splitter.split(data).unwrap();
    assert_eq!(folds.len(), n_splits);
    let mut validated: Vec<usize> = Vec::new();
    for fold in &folds {
        assert!(!fold.validation.is_empty());
        let both: BTreeSet<usize> = fold.train.iter().chain(&fold.validation).copied().collect();
        assert_eq!(both.len(), data.n_samples());
        assert_eq!(fold.train.len() + fold.validation.len(), data.n_samples());
        assert!(fold.train.is_sorted() && fold.validation.is_sorted());
        validated.extend(&fold.validation);
    }
    validated.sort();
    assert_eq!(validated, (0..data.n_samples()).collect::<Vec<_>>());
    let sizes = folds.iter().map(|fold| fold.validation.len());
    assert!(sizes.clone().max().unwrap() - sizes.min().unwrap() <= 2);
    assert_eq!(folds, splitter.split(data).unwrap());
    folds
}

#[test]
fn a_seed_decides_the_folds() {
    let data = penguin_data("sex");
    for (one, other) in [(1, 1), (1, 2)] {
        let is_same = StratifiedKFold::new(5).shuffle(one).split(&data).unwrap()
            == StratifiedKFold::new(5).shuffle(other).split(&data).unwrap();
        assert_eq!(is_same, one == other);
    }
    // Whoever has seen these rows in a report must see them again: the generator may never change.
    let fold = KFold::new(4).shuffle(42).split(&rows_of_numbers(12)).unwrap().swap_remove(0);
    assert_eq!(fold.validation, FIRST_OF_SEED_42);
}

const FIRST_OF_SEED_42: [usize; 3] = [0, 7, 11];

#[test]
fn wrong_numbers_of_folds_are_named() {
    let data = rows_of(&[0, 0, 0, 1, 1, 2, 0, 0]);
    let expected = "from 2 to 8, the number of rows";
    check_error(KFold::new(1).split(&data), &format!("KFold.n_splits is 1, but it must be {expected}"));
    check_error(KFold::new(9).split(&data), &format!("KFold.n_splits is 9, but it must be {expected}"));
    check_error(
        StratifiedKFold::new(0).split(&data),
        &format!("StratifiedKFold.n_splits is 0, but it must be {expected}"),
    );
    check_error(
        StratifiedKFold::new(5).split(&data),
        "n_splits is 5, but the class \"c\" has only 1 of the 8 rows; every fold needs one of each class, so n_splits may be \
         from 2 to the smallest class's count",
    );
    check_error(
        StratifiedKFold::new(2).split(&rows_of_numbers(4)),
        "StratifiedKFold needs a target of classes, but `y` holds numbers; if these are labels, use \
         `Dataset::from_frame_as(&frame, \"y\", Task::Classification)`",
    );
    let given = |train: &[usize], validation: &[usize]| {
        PredefinedFolds::new(vec![Fold { train: train.to_vec(), validation: validation.to_vec() }])
    };
    check_error(
        given(&[0], &[8]).split(&data),
        "PredefinedFolds: fold 0: validation is with row 8, but it must be of rows below 8, the number of rows",
    );
    check_error(
        given(&[0, 1], &[1]).split(&data),
        "PredefinedFolds: fold 0: validation is with row 1 again, but it must be of rows that the fold has nowhere else",
    );
    check_error(
        given(&[], &[1]).split(&data),
        "PredefinedFolds: fold 0: train is empty, but it must be at least one row",
    );
    check_error(PredefinedFolds::new(Vec::new()).split(&data), "the number of folds is 0, but it must be at least 1");
}

#[test]
fn held_out_rows_have_each_class_in_its_share() {
    let data = penguin_data("species");
    let (train, test) = train_test_split(&data, 0.25, 42).unwrap();
    assert_eq!((train.n_samples(), test.n_samples()), (258, 86));
    let count = |data: &Dataset, code: u32| match data.target() {
        Target::Classes { codes, .. } => codes.iter().filter(|&&other| other == code).count(),
        Target::Values(_) => 0,
    };
    assert_eq!([0, 1, 2].map(|code| count(&test, code)), [38, 17, 31]);
    let (again, _) = train_test_split(&data, 0.25, 42).unwrap();
    assert!(train.features().equals_missing(again.features()));
    let (other, _) = train_test_split(&data, 0.25, 43).unwrap();
    assert!(!train.features().equals_missing(other.features()));
    let (train, test) = train_test_split(&rows_of_numbers(10), 0.21, 1).unwrap();
    let mut all: Vec<f64> = [train, test]
        .iter()
        .flat_map(|side| match side.target() {
            Target::Values(values) => values.clone(),
            Target::Classes { .. } => Vec::new(),
        })
        .collect();
    assert_eq!(all.len(), 10);
    all.sort_by(f64::total_cmp);
    assert_eq!(all, (0..10).map(f64::from).collect::<Vec<_>>());
}

#[test]
fn wrong_splits_are_named() {
    let data = rows_of(&[0, 0, 0, 1, 1, 1]);
    for fraction in [0.0, 1.0, -0.5, f64::NAN] {
        let expected = format!("test_fraction is {fraction}, but it must be greater than 0 and less than 1");
        check_error(train_test_split(&data, fraction, 1), &expected);
    }
    check_error(
        train_test_split(&data, 0.1, 1),
        "test_fraction is 0.1, but it must be such that each side of 6 rows has room for 2 classes",
    );
    check_error(
        train_test_split(&rows_of(&[0, 0, 0, 1]), 0.5, 1),
        "the class \"b\" of the target `t` is in 1 row, but it must be in at least 2 rows, one for each side of the split",
    );
}

#[test]
fn metrics_are_those_of_scikit_learn() {
    for case in golden()["metrics"].as_array().unwrap() {
        let letter = |code: usize| ["a", "b", "c", "d"][code];
        let letters = |codes: &Value| -> Vec<&str> { positions(codes).into_iter().map(letter).collect() };
        let truth = Target::from_labels(&letters(&case["truth"]));
        let predicted = Target::from_labels(&letters(&case["predicted"]));
        for name in Scoring::NAMES {
            let Some(expected) = case.get(name).and_then(Value::as_f64) else { continue };
            let found = name.parse::<Scoring>().unwrap().score(&truth, &predicted).unwrap();
            assert!((found - expected).abs() < 1e-12, "{name}: {found}, expected {expected}");
        }
        let matrix = confusion_matrix(&truth, &predicted).unwrap().counts();
        let expected: Vec<Vec<usize>> = case["confusion_matrix"].as_array().unwrap().iter().map(positions).collect();
        let found: Vec<Vec<usize>> =
            matrix.rows().into_iter().map(|row| row.iter().map(|count| *count as usize).collect()).collect();
        assert_eq!(found, expected);
        let report = classification_report(&truth, &predicted).unwrap();
        assert!((report.macro_average.f1 - case["f1_macro"].as_f64().unwrap()).abs() < 1e-12);
        assert_eq!(report.frame().height(), report.classes.len() + 2);
    }
}

#[test]
fn labels_are_compared_and_not_codes() {
    let truth = Target::Classes { codes: vec![0, 2, 2], labels: vec!["a".into(), "b".into(), "c".into()] };
    // A model that never saw class b.
    let predicted = Target::Classes { codes: vec![0, 1, 1], labels: vec!["a".into(), "c".into()] };
    assert_eq!(accuracy(&truth, &predicted).unwrap(), 1.0);
    assert_eq!(f1(&truth, &predicted, &Average::Macro).unwrap(), 1.0);
    assert_eq!(f1(&truth, &predicted, &Average::Class("c".into())).unwrap(), 1.0);
}

#[test]
fn metrics_of_numbers() {
    let (truth, predicted) = (Target::Values(vec![1.0, 2.0, 4.0]), Target::Values(vec![1.0, 3.0, 2.0]));
    assert!((mean_squared_error(&truth, &predicted).unwrap() - 5.0 / 3.0).abs() < 1e-12);
    assert_eq!(mean_absolute_error(&truth, &predicted).unwrap(), 1.0);
    assert!((r2(&truth, &predicted).unwrap() - (1.0 - 5.0 / (14.0 / 3.0))).abs() < 1e-12);
    let rmse: Scoring = "neg_root_mean_squared_error".parse().unwrap();
    assert!((rmse.score(&truth, &predicted).unwrap() + (5.0_f64 / 3.0).sqrt()).abs() < 1e-12);
}

#[test]
fn wrong_metrics_are_named() {
    let truth = Target::from_labels(&["a", "b", "c"]);
    check_error(
        precision(&truth, &truth, &Average::Binary),
        "\"precision\" needs a target of exactly 2 classes, but there are 3 (\"a\", \"b\", \"c\"); \
         use \"precision_macro\", \"precision_weighted\" or \"precision_micro\"",
    );
    check_error(
        precision(&truth, &truth, &Average::Class("d".into())),
        "the positive class is \"d\", but it must be one of \"a\", \"b\", \"c\"",
    );
    let unknown = "acuracy".parse::<Scoring>().unwrap_err().to_string();
    assert!(unknown.starts_with("scoring is \"acuracy\", but it must be one of \"accuracy\", \"balanced_accuracy\","));
    check_error(accuracy(&truth, &Target::from_labels(&["a"])), "the prediction has 1 rows, but 3 are needed");
    check_error(r2(&truth, &truth), "a metric of numbers needs a target of numbers, but `the truth` holds classes");
    let nothing = Target::from_labels(&[]);
    check_error(accuracy(&nothing, &nothing), "a metric needs at least one row, but the frame has none");
}
