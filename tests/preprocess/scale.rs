//! Scalers.

use polars::prelude::{DataFrame, df};
use workbench::preprocess::{
    ConstantColumn, FittedMinMaxScaler, FittedStandardScaler, FittedTransformer, MinMaxScaler, StandardScaler,
    Transformer,
};

use super::golden::{self, assert_all_close, numbers};
use super::{check_error, floats, frames_that_do_not_fit};

fn check_scaled(name: &str, key: &str, scaled: &DataFrame) {
    let expected = golden::values()["scalers"][name][key].as_array().unwrap();
    for (column, expected) in scaled.get_column_names().iter().zip(expected) {
        let expected = numbers(expected);
        assert_all_close(&floats(scaled, column)[..expected.len()], &expected);
    }
}

#[test]
fn standard_scaling_is_that_of_scikit_learn() {
    for (name, frame) in golden::frames() {
        let fitted = StandardScaler::new().fit(&frame).unwrap();
        let statistics = fitted.statistics().unwrap();
        assert_all_close(&floats(&statistics, "mean"), &numbers(&golden::values()["scalers"][name]["mean"]));
        assert_all_close(&floats(&statistics, "scale"), &numbers(&golden::values()["scalers"][name]["scale"]));
        check_scaled(name, "standard", &fitted.transform(&frame).unwrap());
        let uncentred = StandardScaler::new().with_mean(false).fit_transform(&frame).unwrap();
        check_scaled(name, "standard_uncentred", &uncentred);
    }
}

#[test]
fn min_max_scaling_is_that_of_scikit_learn() {
    for (name, frame) in golden::frames() {
        let fitted = MinMaxScaler::new().feature_range(-1.0, 2.0).fit(&frame).unwrap();
        let statistics = fitted.statistics().unwrap();
        for (column, key) in [("data_min", "data_min"), ("data_max", "data_max"), ("scale", "min_max_scale")] {
            assert_all_close(&floats(&statistics, column), &numbers(&golden::values()["scalers"][name][key]));
        }
        check_scaled(name, "min_max", &fitted.transform(&frame).unwrap());
    }
}

/// inverse(transform(x)) ≈ x, also on rows that were not seen.
#[test]
fn scaling_can_be_undone() {
    for (_, frame) in golden::frames() {
        let seen = frame.head(Some(100));
        let steps: [Box<dyn FittedTransformer>; 4] = [
            Box::new(StandardScaler::new().fit(&seen).unwrap()),
            Box::new(StandardScaler::new().with_mean(false).fit(&seen).unwrap()),
            Box::new(StandardScaler::new().with_std(false).fit(&seen).unwrap()),
            Box::new(MinMaxScaler::new().feature_range(-3.0, 0.5).fit(&seen).unwrap()),
        ];
        for step in steps {
            let back = step.inverse_transform(&step.transform(&frame).unwrap()).unwrap();
            for name in frame.get_column_names() {
                let values = frame.column(name).unwrap().cast(&polars::prelude::DataType::Float64).unwrap();
                let expected: Vec<Option<f64>> = values.f64().unwrap().iter().collect();
                assert_all_close(&floats(&back, name), &expected);
            }
        }
    }
}

#[test]
fn scaled_training_rows_are_where_they_should_be() {
    for (_, frame) in golden::frames() {
        let ranged = MinMaxScaler::new().fit_transform(&frame).unwrap();
        let standard = StandardScaler::new().fit_transform(&frame).unwrap();
        for name in frame.get_column_names() {
            let known: Vec<f64> = floats(&ranged, name).into_iter().flatten().collect();
            assert!(known.iter().all(|value| (-1e-9..=1.0 + 1e-9).contains(value)));
            let known: Vec<f64> = floats(&standard, name).into_iter().flatten().collect();
            let mean = known.iter().sum::<f64>() / known.len() as f64;
            let variance = known.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / known.len() as f64;
            assert!(mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-9, "{name}: {mean} {variance}");
        }
    }
}

#[test]
fn other_columns_pass_through_and_order_stays() {
    let frame = df!("name" => ["a", "b"], "x" => [1i64, 3], "flag" => [true, false], "y" => [Some(2.0), None]).unwrap();
    let scaled = StandardScaler::new().columns(&["x"]).fit_transform(&frame).unwrap();
    assert_eq!(scaled.get_column_names_owned(), frame.get_column_names_owned());
    assert_eq!(floats(&scaled, "x"), [Some(-1.0), Some(1.0)]);
    assert!(scaled.drop("x").unwrap().equals_missing(&frame.drop("x").unwrap()));
    let fitted = MinMaxScaler::new().fit(&frame.select(["x"]).unwrap()).unwrap();
    assert!(fitted.transform(&frame).unwrap().drop("x").unwrap().equals_missing(&frame.drop("x").unwrap()));
}

#[test]
fn missing_stays_as_it_is() {
    let frame = df!("x" => [Some(1.0), None, Some(f64::NAN), Some(3.0)]).unwrap();
    for scaled in [StandardScaler::new().fit_transform(&frame), MinMaxScaler::new().fit_transform(&frame)] {
        let scaled = scaled.unwrap();
        let column = scaled.column("x").unwrap().f64().unwrap();
        assert_eq!(column.get(1), None);
        assert!(column.get(2).unwrap().is_nan());
        assert!(column.get(0).unwrap() < column.get(3).unwrap());
    }
}

#[test]
fn a_column_of_nulls_without_a_dtype_is_still_a_column() {
    let fitted = StandardScaler::new().fit(&df!("x" => [1.0, 3.0]).unwrap()).unwrap();
    let unknown =
        DataFrame::new(2, vec![polars::prelude::Column::full_null("x".into(), 2, &polars::prelude::DataType::Null)])
            .unwrap();
    assert_eq!(floats(&fitted.transform(&unknown).unwrap(), "x"), [None, None]);
}

#[test]
fn constant_columns_are_told_or_kept() {
    // 0.1 three times has a mean that is not 0.1.
    for values in [[0.1, 0.1, 0.1], [7.0, 7.0, f64::NAN]] {
        let frame = df!("x" => values).unwrap();
        let told = format!(
            "standard_scaler: column `x` is constant (every value is {:?}), so its standard deviation is 0; \
             drop the column, or keep it with `.constant(ConstantColumn::Keep)`",
            values[0]
        );
        check_error(StandardScaler::new().fit(&frame), &told);
        let kept = StandardScaler::new().constant(ConstantColumn::Keep).fit_transform(&frame).unwrap();
        assert_eq!(floats(&kept, "x")[0], Some(0.0));
        assert!(StandardScaler::new().with_std(false).fit(&frame).is_ok());
        let ranged = MinMaxScaler::new().feature_range(2.0, 3.0).fit_transform(&frame).unwrap();
        golden::assert_close(floats(&ranged, "x")[0].unwrap(), 2.0);
    }
}

#[test]
fn columns_that_cannot_be_learnt_from_are_told() {
    let frame =
        df!("empty" => [None::<f64>, None], "inf" => [1.0, f64::INFINITY], "text" => ["a", "b"], "huge" => [1e308, -1e308])
            .unwrap();
    type Fit = fn(&[&str], &DataFrame) -> workbench::Result<Box<dyn FittedTransformer>>;
    let fits: [(&str, Fit); 2] = [
        ("standard_scaler", |columns, frame| Transformer::fit(&StandardScaler::new().columns(columns), frame)),
        ("min_max_scaler", |columns, frame| Transformer::fit(&MinMaxScaler::new().columns(columns), frame)),
    ];
    for (name, fit) in fits {
        let told = format!(
            "{name}: all 2 values of column `empty` are missing, so there is nothing to learn from; drop the column"
        );
        check_error(fit(&["empty"], &frame), &told);
        let told = "column `inf` holds inf in row 1 (0-based); only finite numbers and missing values are allowed";
        check_error(fit(&["inf"], &frame), told);
        let told = "column `text` has dtype str, but numbers are needed; cast it with `Cast`, encode it, or drop it";
        check_error(fit(&["text"], &frame), told);
        let told = "there is no column `age`; the columns are `empty`, `inf`, `text`, `huge`";
        check_error(fit(&["age"], &frame), told);
        let fitted = fit(&["x"], &df!("x" => [1.0, 2.0]).unwrap()).unwrap();
        for (frame, told) in frames_that_do_not_fit(name) {
            check_error(fitted.transform(&frame), &told);
            check_error(fitted.inverse_transform(&frame), &told);
        }
    }
    check_error(
        StandardScaler::new().columns(&["huge"]).fit(&frame),
        "standard_scaler: the variance of column `huge` is too large for a float, but it must be finite; divide the column first",
    );
}

#[test]
fn of_several_bad_columns_the_first_is_told() {
    let frame = df!("a" => [1.0, 1.0], "b" => [None::<f64>, None], "c" => [f64::INFINITY, 0.0]).unwrap();
    for _ in 0..50 {
        let message = StandardScaler::new().fit(&frame).unwrap_err().to_string();
        assert!(message.contains("column `a` is constant"), "{message}");
    }
}

#[test]
fn a_range_must_be_one() {
    for (low, high, shown) in [(1.0, 0.0, "(1.0, 0.0)"), (0.0, 0.0, "(0.0, 0.0)"), (0.0, f64::NAN, "(0.0, NaN)")] {
        check_error(
            MinMaxScaler::new().feature_range(low, high).fit(&df!("x" => [1.0]).unwrap()),
            &format!(
                "min_max_scaler.feature_range is {shown}, but it must be two finite numbers, the first less than the second"
            ),
        );
    }
}

#[test]
fn fitted_scalers_are_kept_as_json() {
    let (_, frame) = &golden::frames()[1];
    let standard = StandardScaler::new().fit(frame).unwrap();
    let read: FittedStandardScaler = serde_json::from_str(&serde_json::to_string(&standard).unwrap()).unwrap();
    for name in ["mean", "scale"] {
        assert_all_close(&floats(&read.statistics().unwrap(), name), &floats(&standard.statistics().unwrap(), name));
    }
    let ranged = MinMaxScaler::new().fit(frame).unwrap();
    let read: FittedMinMaxScaler = serde_json::from_str(&serde_json::to_string(&ranged).unwrap()).unwrap();
    assert_all_close(&floats(&read.statistics().unwrap(), "scale"), &floats(&ranged.statistics().unwrap(), "scale"));
}
