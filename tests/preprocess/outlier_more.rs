//! Modified Z-scores, isolation forests, and what becomes of what they find.

use polars::prelude::df;
use workbench::prelude::rayon::ThreadPoolBuilder;
use workbench::preprocess::{
    Action, FittedIsolationForest, FittedTransformer, IsolationForest, OutlierFilter, Outliers, Transformer,
};

use super::clean::{self, known_measures};
use super::golden::{self, assert_close, numbers};
use super::{check_error, floats, frames_that_do_not_fit};

const MODIFIED: Outliers = Outliers::ModifiedZScore { threshold: 3.5 };

#[test]
fn modified_z_scores_are_those_of_scipy() {
    for (name, frame) in golden::frames() {
        let report = OutlierFilter::new(MODIFIED).fit(&frame).unwrap().report(&frame).unwrap();
        let (lower, upper) = (floats(&report, "lower"), floats(&report, "upper"));
        let count = |name: &str, row: usize| report.column(name).unwrap().u32().unwrap().get(row).unwrap();
        for row in 0..frame.width() {
            let expected = numbers(&clean::values()["outliers"]["mad"][name][row]);
            assert_close(lower[row].unwrap(), expected[0].unwrap());
            assert_close(upper[row].unwrap(), expected[1].unwrap());
            assert_eq!(f64::from(count("n_below", row) + count("n_above", row)), expected[2].unwrap());
        }
    }
    // More than half of the values are equal: the mean deviation of 0.4 stands in, so that 2 is ordinary and 9 is not.
    let tied = df!("x" => [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 4.0]).unwrap();
    let fitted = OutlierFilter::new(Outliers::ModifiedZScore { threshold: 3.5 }).fit(&tied).unwrap();
    assert_eq!(fitted.mask(&tied).unwrap().iter().filter(|is_outlier| **is_outlier).count(), 1);
}

#[test]
fn outliers_become_missing_alone_or_with_their_row() {
    let frame = df!("x" => [1i64, 2, 3, 2, 99], "y" => [Some(1.0), None, Some(1.5), Some(1.2), Some(1.1)]).unwrap();
    let step = OutlierFilter::new(MODIFIED).action(Action::Missing);
    let alone = step.fit_transform(&frame).unwrap();
    assert_eq!(alone.dtypes(), frame.dtypes());
    assert_eq!((alone.column("x").unwrap().null_count(), alone.column("y").unwrap().null_count()), (1, 1));
    let row = step.clone().whole_row(true).fit_transform(&frame).unwrap();
    assert_eq!((row.column("x").unwrap().null_count(), row.column("y").unwrap().null_count()), (1, 2));
    let found = step.fit(&frame).unwrap().found(&frame).unwrap();
    assert_eq!(found.get_column_names(), ["row", "column", "value", "lower", "upper"]);
    assert_eq!(floats(&found, "value"), [Some(99.0)]);
    assert_eq!(found.column("row").unwrap().u32().unwrap().get(0), Some(4));
    check_error(
        step.fit(&frame).unwrap().inverse_transform(&frame),
        "outlier_filter cannot be undone: a missing value does not tell what it was",
    );
}

/// The random numbers are others, so only the mean over many trees is the same: the standard error of 1500 of them is about 0.003.
#[test]
fn scores_of_isolation_forests_are_near_those_of_scikit_learn() {
    let frame = known_measures();
    let fitted = IsolationForest::new().n_estimators(1500).seed(1).fit(&frame).unwrap();
    let scores: Vec<f64> = floats(&fitted.scores(&frame).unwrap(), "score").into_iter().flatten().collect();
    let expected: Vec<f64> = numbers(&clean::values()["outliers"]["forest"]["scores"]).into_iter().flatten().collect();
    assert_eq!(scores.len(), expected.len());
    for (row, (found, expected)) in scores.iter().zip(&expected).enumerate() {
        assert!((found - expected).abs() < 0.012, "row {row}: {found}, not {expected}");
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    assert!((mean(&scores) - mean(&expected)).abs() < 0.002);
}

#[test]
fn forests_find_what_stands_apart_and_do_as_they_are_told() {
    let mut x: Vec<f64> = (0..200).map(|row| f64::from(row * 37 % 101) * 0.01).collect();
    let mut y = x.iter().rev().copied().collect::<Vec<_>>();
    (x[17], y[60]) = (40.0, -40.0);
    let frame = df!("x" => x, "y" => y, "t" => vec!["a"; 200]).unwrap();
    let step = IsolationForest::new().contamination(0.01).seed(5);
    let mask = step.fit(&frame).unwrap().mask(&frame).unwrap();
    let rows: Vec<usize> = (0..200).filter(|&row| mask[row]).collect();
    assert_eq!(rows, [17, 60]);
    let drop = step.clone().action(Action::Drop).fit(&frame).unwrap();
    assert_eq!(drop.apply(&frame).unwrap().height(), 198);
    assert_eq!(drop.transform(&frame).unwrap().height(), 200);
    let kept = drop.training_rows(&frame).unwrap().unwrap();
    assert_eq!(kept.iter().filter(|kept| !**kept).count(), 2);
    let nulls = |frame: &polars::prelude::DataFrame| {
        (frame.column("x").unwrap().null_count(), frame.column("y").unwrap().null_count())
    };
    let missing = step.clone().action(Action::Missing);
    assert_eq!(nulls(&missing.fit_transform(&frame).unwrap()), (2, 2));
    let apart = missing.per_column(true).contamination(0.005).fit(&frame).unwrap();
    let emptied = apart.transform(&frame).unwrap();
    assert_eq!(nulls(&emptied), (1, 1));
    assert_eq!(floats(&emptied, "x")[17], None);
    let report = apart.report(&frame).unwrap();
    assert_eq!(report.get_column_names(), ["column", "threshold", "n_outliers"]);
    assert_eq!(report.height(), 2);
    assert_eq!(apart.scores(&frame).unwrap().get_column_names(), ["x", "y"]);
    check_error(
        step.clone().action(Action::Clip).fit(&frame),
        "isolation_forest.action is \"clip\", but it must be one of \"report\", \"missing\", \"drop\": a row that stands apart has no bound to be clipped to",
    );
    for (frame, told) in frames_that_do_not_fit("isolation_forest") {
        let fitted = step.fit(&df!("x" => [1.0, 2.0]).unwrap()).unwrap();
        check_error(fitted.transform(&frame), &told);
        check_error(fitted.mask(&frame), &told);
    }
}

#[test]
fn forests_follow_their_seed_at_any_number_of_threads() {
    let frame = known_measures();
    let step = IsolationForest::new().n_estimators(20).max_features(0.5);
    let grown = |threads: usize, seed: u64| -> FittedIsolationForest {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| step.clone().seed(seed).fit(&frame).unwrap())
    };
    assert_eq!(grown(1, 3), grown(2, 3));
    assert_ne!(grown(1, 3), grown(1, 4));
    assert!(grown(1, 3).scores(&frame).unwrap().equals(&grown(2, 3).scores(&frame).unwrap()));
}
