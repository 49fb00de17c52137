//! Outlier filters.

use polars::prelude::df;
use workbench::preprocess::{Action, FittedOutlierFilter, FittedTransformer, OutlierFilter, Outliers, Transformer};

use super::golden::{self, assert_close};
use super::{check_error, floats, frames_that_do_not_fit};

const Z_SCORE: Outliers = Outliers::ZScore { threshold: 2.5 };
const IQR: Outliers = Outliers::Iqr { factor: 1.5 };

#[test]
fn bounds_and_counts_are_those_of_numpy() {
    for (name, frame) in golden::frames() {
        for (key, method) in [("zscore", Z_SCORE), ("iqr", IQR)] {
            let fitted = OutlierFilter::new(method).action(Action::Clip).fit(&frame).unwrap();
            let report = fitted.report(&frame).unwrap();
            let clipped = fitted.transform(&frame).unwrap();
            for (row, column) in frame.get_column_names().iter().enumerate() {
                let expected = &golden::values()["outliers"][name][key][row];
                let float = |name: &str| report.column(name).unwrap().f64().unwrap().get(row).unwrap();
                let count = |name: &str| report.column(name).unwrap().u32().unwrap().get(row).map(u64::from);
                assert_close(float("lower"), expected["lower"].as_f64().unwrap());
                assert_close(float("upper"), expected["upper"].as_f64().unwrap());
                assert_eq!(count("n_below"), expected["n_below"].as_u64());
                assert_eq!(count("n_above"), expected["n_above"].as_u64());
                let sum: f64 = floats(&clipped, column).into_iter().flatten().sum();
                assert_close(sum, expected["clipped_sum"].as_f64().unwrap());
            }
        }
    }
}

#[test]
fn clipping_leaves_no_outlier_and_dropping_no_row_with_one() {
    for (_, frame) in golden::frames() {
        for method in [Z_SCORE, IQR] {
            let clip = OutlierFilter::new(method).action(Action::Clip).fit(&frame).unwrap();
            let clipped = clip.apply(&frame).unwrap();
            assert_eq!(clipped.height(), frame.height());
            assert!(clip.mask(&clipped).unwrap().iter().all(|is_outlier| !is_outlier));
            let drop = OutlierFilter::new(method).action(Action::Drop).fit(&frame).unwrap();
            let mask = drop.mask(&frame).unwrap();
            let dropped = drop.apply(&frame).unwrap();
            assert_eq!(dropped.height(), mask.iter().filter(|is_outlier| !**is_outlier).count());
            assert!(drop.mask(&dropped).unwrap().iter().all(|is_outlier| !is_outlier));
            assert!(drop.apply_owned(frame.clone()).unwrap().equals_missing(&dropped));
            assert!(clip.apply_owned(frame.clone()).unwrap().equals_missing(&clipped));
        }
    }
}

#[test]
fn each_action_does_its_own_thing_only() {
    let frame =
        df!("x" => [Some(1i64), Some(2), None, Some(3), Some(2), Some(99)], "t" => ["a", "b", "c", "d", "e", "f"])
            .unwrap();
    let fit = |action| OutlierFilter::new(IQR).action(action).fit(&frame).unwrap();
    let kept = Some(vec![true, true, true, true, true, false]);
    for (action, rows, dropped) in [(Action::Report, None, 6), (Action::Clip, None, 6), (Action::Drop, kept, 5)] {
        let fitted = fit(action);
        assert_eq!(fitted.training_rows(&frame).unwrap(), rows);
        assert_eq!(fitted.apply(&frame).unwrap().height(), dropped);
        assert_eq!(fitted.transform(&frame).unwrap().height(), 6);
        assert_eq!(fitted.transform(&frame).unwrap().equals_missing(&frame), action != Action::Clip);
        assert_eq!(fitted.mask(&frame).unwrap(), [false, false, false, false, false, true]);
    }
    // The quartiles of 1, 2, 2, 3, 99 are 2 and 3.
    assert_eq!(floats(&fit(Action::Clip).transform(&frame).unwrap(), "x")[5], Some(4.5));
    check_error(
        fit(Action::Clip).inverse_transform(&frame),
        "outlier_filter cannot be undone: a clipped value does not tell what it was",
    );
    assert!(fit(Action::Drop).inverse_transform(&frame).unwrap().equals_missing(&frame));
}

#[test]
fn constant_columns_have_no_outliers_by_z_score() {
    let frame = df!("x" => [0.1, 0.1, 0.1], "y" => [1e9, 1e9, 1e9]).unwrap();
    let fitted = OutlierFilter::new(Outliers::ZScore { threshold: 3.0 }).fit(&frame).unwrap();
    assert_eq!(fitted.mask(&frame).unwrap(), [false; 3]);
}

#[test]
fn bounds_are_of_the_training_rows() {
    let fitted = OutlierFilter::new(IQR).fit(&df!("x" => [1.0, 2.0, 3.0]).unwrap()).unwrap();
    assert_eq!(fitted.mask(&df!("x" => [100.0, 2.0]).unwrap()).unwrap(), [true, false]);
}

#[test]
fn what_cannot_be_filtered_is_told() {
    let frame = df!("empty" => [None::<f64>, None], "inf" => [1.0, f64::INFINITY], "t" => ["a", "b"]).unwrap();
    for method in [Z_SCORE, IQR] {
        let fit = |column: &str| OutlierFilter::new(method).columns(&[column]).fit(&frame);
        check_error(
            fit("empty"),
            "outlier_filter: all 2 values of column `empty` are missing, so there is nothing to learn from; drop the column",
        );
        check_error(
            fit("inf"),
            "column `inf` holds inf in row 1 (0-based); only finite numbers and missing values are allowed",
        );
        check_error(
            fit("t"),
            "column `t` has dtype str, but numbers are needed; cast it with `Cast`, encode it, or drop it",
        );
        for action in [Action::Report, Action::Clip, Action::Drop] {
            let fitted = OutlierFilter::new(method).action(action).fit(&df!("x" => [1.0, 2.0]).unwrap()).unwrap();
            for (frame, told) in frames_that_do_not_fit("outlier_filter") {
                check_error(fitted.transform(&frame), &told);
                check_error(fitted.mask(&frame), &told);
                check_error(fitted.report(&frame), &told);
            }
        }
    }
    let frame = df!("x" => [1.0]).unwrap();
    check_error(
        OutlierFilter::new(Outliers::ZScore { threshold: 0.0 }).fit(&frame),
        "outlier_filter.threshold is 0.0, but it must be a finite number greater than 0",
    );
    check_error(
        OutlierFilter::new(Outliers::Iqr { factor: -1.5 }).fit(&frame),
        "outlier_filter.factor is -1.5, but it must be a finite number of at least 0",
    );
}

#[test]
fn fitted_filters_are_kept_as_json() {
    let fitted = OutlierFilter::new(IQR).action(Action::Drop).fit(&df!("x" => [1.0, 2.0, 4.0]).unwrap()).unwrap();
    let read: FittedOutlierFilter = serde_json::from_str(&serde_json::to_string(&fitted).unwrap()).unwrap();
    assert_eq!(read, fitted);
    assert_eq!(Transformer::name(&OutlierFilter::new(IQR)), "outlier_filter");
}
