//! Scalers by quantiles, ranks, powers and logarithms; rows, bins, products, splines and components.

use polars::prelude::{DataFrame, df};
use serde_json::Value;
use workbench::data::penguins;
use workbench::preprocess::{
    BinEncoding, BinQuantiles, BinStrategy, Components, Extrapolation, FittedTransformer, KBinsDiscretizer, Knots,
    LogTransformer, MaxAbsScaler, Norm, Normalizer, OutputDistribution, Pca, PolynomialFeatures, PowerMethod,
    PowerTransformer, QuantileTransformer, RandomProjection, RobustScaler, SplineTransformer, StandardScaler,
    Transformer,
};

use super::clean::{self, check_columns, every, known_measures};
use super::golden::{self, MEASURES, assert_all_close, numbers};
use super::{check_error, floats};

fn check(name: &str, key: &str, step: &dyn Transformer, frame: &DataFrame, tolerance: f64) {
    let expected = &clean::values()["scalers"][name][key];
    check_columns(&format!("{name} {key}"), &step.fit_transform(frame).unwrap(), expected, tolerance);
}

#[test]
fn scaling_by_quantiles_is_that_of_scikit_learn() {
    for (name, frame) in golden::frames() {
        check(name, "robust", &RobustScaler::new(), &frame, 1e-10);
        check(name, "robust_10_80", &RobustScaler::new().quantile_range(10.0, 80.0), &frame, 1e-10);
        check(name, "robust_unit", &RobustScaler::new().unit_variance(true), &frame, 1e-10);
        check(name, "max_abs", &MaxAbsScaler::new(), &frame, 1e-10);
        let statistics = RobustScaler::new().fit(&frame).unwrap().statistics().unwrap();
        let expected = &clean::values()["scalers"][name];
        assert_all_close(&floats(&statistics, "center"), &numbers(&expected["robust_center"]));
        assert_all_close(&floats(&statistics, "scale"), &numbers(&expected["robust_scale"]));
        check(name, "quantile_uniform", &QuantileTransformer::new().n_quantiles(50), &frame, 1e-10);
        let normal = QuantileTransformer::new().n_quantiles(20).output_distribution(OutputDistribution::Normal);
        // Near the ends, where the density of the normal distribution is 1e-6, a rounding error of 1e-16 grows.
        check(name, "quantile_normal", &normal, &frame, 1e-9);
    }
}

#[test]
fn powers_are_those_of_scikit_learn() {
    for (name, frame) in golden::frames() {
        // Powers near −2 of numbers near 200 differ in their last digits only, so that the likelihood is flat to rounding about its peak.
        let power = PowerTransformer::new().fit(&frame).unwrap();
        let lambdas = floats(&power.statistics().unwrap(), "lambda");
        for (found, expected) in lambdas.iter().zip(numbers(&clean::values()["scalers"][name]["yeo_johnson_lambdas"])) {
            let (found, expected) = (found.unwrap(), expected.unwrap());
            assert!((found - expected).abs() <= 1e-5 * expected.abs().max(1.0), "{name}: {found}, not {expected}");
        }
        check(name, "yeo_johnson", &PowerTransformer::new(), &frame, 1e-5);
        let expected = &clean::values()["scalers"][name]["box_cox"];
        let select = |list: &Value| {
            let names: Vec<&str> = list.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
            frame.select(names).unwrap()
        };
        let positive = select(&expected["columns"]);
        let box_cox = PowerTransformer::new().method(PowerMethod::BoxCox).fit(&positive).unwrap();
        for (found, expected) in
            floats(&box_cox.statistics().unwrap(), "lambda").iter().zip(numbers(&expected["lambdas"]))
        {
            assert!((found.unwrap() - expected.unwrap()).abs() <= 1e-6, "{name}: {found:?}, not {expected:?}");
        }
        check_columns(name, &box_cox.transform(&positive).unwrap(), &expected["values"], 1e-5);
        let positive = select(&clean::values()["scalers"][name]["positive"]);
        for (key, step) in [
            ("log", LogTransformer::new()),
            ("log1p", LogTransformer::new().plus_one(true)),
            ("log10", LogTransformer::new().base(10.0)),
            ("log3", LogTransformer::new().base(3.0)),
        ] {
            check(name, key, &step, &positive, 1e-14);
        }
    }
}

#[test]
fn powers_that_no_float_holds_are_told() {
    // The likelihood is greatest at a power of 77, where 10,000 becomes 1e308 and its square overflows; scikit-learn gives NaN.
    let far = golden::synthetic().select(["far"]).unwrap();
    check_error(
        PowerTransformer::new().method(PowerMethod::BoxCox).fit(&far),
        "power_transformer: the power, or its variance, of column `far` is too large for a float, but it must be finite; divide the column first",
    );
}

/// inverse(transform(x)) ≈ x, within the range that was seen.
#[test]
fn what_scalers_do_can_be_undone() {
    for (name, frame) in golden::frames() {
        let steps: Vec<Box<dyn Transformer>> = vec![
            Box::new(RobustScaler::new().unit_variance(true)),
            Box::new(MaxAbsScaler::new()),
            Box::new(QuantileTransformer::new()),
            Box::new(PowerTransformer::new()),
            Box::new(PowerTransformer::new().standardize(false)),
            Box::new(PolynomialFeatures::new()),
        ];
        for step in steps {
            let fitted = step.fit(&frame).unwrap();
            let back = fitted.inverse_transform(&fitted.transform(&frame).unwrap()).unwrap();
            let expected: Vec<Value> = frame
                .columns()
                .iter()
                .map(|column| {
                    let values = column.cast(&polars::prelude::DataType::Float64).unwrap();
                    serde_json::json!(values.f64().unwrap().iter().collect::<Vec<_>>())
                })
                .collect();
            check_columns(&format!("{name} {}", step.name()), &back, &Value::from(expected), 1e-8);
        }
    }
    let frame = df!("x" => [0.5, 1.0, 30.0]).unwrap();
    for step in [
        LogTransformer::new(),
        LogTransformer::new().base(2.0),
        LogTransformer::new().base(7.0),
        LogTransformer::new().plus_one(true),
        LogTransformer::new().base(10.0).plus_one(true),
    ] {
        let fitted = step.fit(&frame).unwrap();
        let back = fitted.inverse_transform(&fitted.transform(&frame).unwrap()).unwrap();
        check_columns("log", &back, &serde_json::json!([[0.5, 1.0, 30.0]]), 1e-13);
    }
}

#[test]
fn rows_are_normalised_as_in_scikit_learn() {
    let frame = known_measures().head(Some(40));
    for (key, norm) in [("l1", Norm::L1), ("l2", Norm::L2), ("max", Norm::Max)] {
        let unit = Normalizer::new().norm(norm).fit_transform(&frame).unwrap();
        check_columns(key, &unit, &clean::values()["rows"][key], 1e-14);
    }
    let odd = df!("x" => [Some(0.0), Some(3e300), None], "y" => [0.0, 4e300, -2.0]).unwrap();
    let unit = Normalizer::new().fit_transform(&odd).unwrap();
    check_columns("odd", &unit, &serde_json::json!([[0.0, 0.6, null], [0.0, 0.8, -1.0]]), 1e-15);
}

#[test]
fn bins_are_those_of_scikit_learn() {
    let frame = known_measures();
    for (key, strategy, method) in [
        ("uniform_linear", BinStrategy::Uniform, BinQuantiles::Linear),
        ("quantile_linear", BinStrategy::Quantile, BinQuantiles::Linear),
        ("quantile_averaged_inverted_cdf", BinStrategy::Quantile, BinQuantiles::AveragedInvertedCdf),
    ] {
        let expected = &clean::values()["bins"][key];
        let step = KBinsDiscretizer::new().n_bins(6).strategy(strategy).quantile_method(method);
        let fitted = step.fit(&frame).unwrap();
        let codes = fitted.transform(&frame).unwrap();
        check_columns(key, &codes, &expected["codes"], 0.0);
        check_columns(key, &fitted.inverse_transform(&codes).unwrap(), &expected["inverse"], 1e-12);
        let edges = fitted.edges().unwrap();
        let lefts: Vec<f64> = floats(&edges, "left").into_iter().flatten().collect();
        let expected: Vec<f64> = expected["edges"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|edges| numbers(edges).into_iter().rev().skip(1).rev().flatten().collect::<Vec<_>>())
            .collect();
        assert!(lefts.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-9), "{key}: {lefts:?}, not {expected:?}");
        assert_eq!(lefts.len(), expected.len());
        let one_hot = step.encode(BinEncoding::OneHot).fit(&frame).unwrap();
        let hot = one_hot.transform(&frame).unwrap();
        assert_eq!(hot.width(), edges.height());
        assert_eq!(hot.get_column_names()[1], "bill_length_mm_1");
        let back = one_hot.inverse_transform(&hot).unwrap();
        assert!(back.equals(&fitted.inverse_transform(&codes).unwrap()));
    }
    let holed = df!("x" => [Some(1.0), None, Some(3.0)]).unwrap();
    let hot = KBinsDiscretizer::new().n_bins(2).encode(BinEncoding::OneHot).fit_transform(&holed).unwrap();
    assert_eq!(floats(&hot, "x_1"), [Some(0.0), None, Some(1.0)]);
}

#[test]
fn products_are_those_of_scikit_learn() {
    let frame = known_measures().head(Some(6));
    for interaction_only in [false, true] {
        for degree in [1, 2, 3] {
            let expected = &clean::values()["rows"][format!("polynomial_{degree}_{interaction_only}")];
            let step = PolynomialFeatures::new().degree(degree).interaction_only(interaction_only);
            let grown = step.fit_transform(&frame).unwrap();
            // scikit-learn has the column of ones first.
            let names: Vec<&str> =
                expected["names"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
            let mut sorted: Vec<&str> = grown.get_column_names().iter().map(|name| name.as_str()).collect();
            sorted.retain(|name| *name != "1");
            assert_eq!(sorted, names[1..]);
            check_columns("products", &grown.select(names).unwrap(), &expected["values"], 1e-12);
        }
    }
    check_error(
        PolynomialFeatures::new().fit_transform(&df!("å" => [1.0, 1e300]).unwrap()),
        "column `å^2` holds inf in row 1 (0-based); only finite numbers and missing values are allowed",
    );
    let names: Vec<String> = (0..100).map(|place| format!("c{place}")).collect();
    let columns = names.iter().map(|name| polars::prelude::Column::new(name.as_str().into(), [1.0])).collect();
    check_error(
        PolynomialFeatures::new().degree(3).fit(&DataFrame::new(1, columns).unwrap()),
        "polynomial_features.degree is 3, but it must be so small that 100 columns make at most 100000",
    );
    check_error(
        PolynomialFeatures::new().fit(&df!("a" => [1.0], "a^2" => ["x"]).unwrap()),
        "the column name `a^2` is there twice; every column needs its own name",
    );
}

#[test]
fn splines_are_those_of_scikit_learn() {
    let frame = known_measures().select(&MEASURES[..2]).unwrap();
    for degree in [1, 2, 3] {
        for (knots_name, knots) in [("uniform", Knots::Uniform), ("quantile", Knots::Quantile)] {
            for (name, extrapolation) in [
                ("constant", Extrapolation::Constant),
                ("linear", Extrapolation::Linear),
                ("continue", Extrapolation::Continue),
                ("periodic", Extrapolation::Periodic),
            ] {
                let step = SplineTransformer::new().n_knots(4).degree(degree).knots(knots).extrapolation(extrapolation);
                let splines = step.fit(&frame.head(Some(80))).unwrap().transform(&every(&frame, 17)).unwrap();
                let key = format!("{degree}_{knots_name}_{name}");
                check_columns(&key, &splines, &clean::values()["splines"][&key], 1e-10);
            }
        }
    }
    let fitted = SplineTransformer::new().include_bias(false).fit(&frame).unwrap();
    assert_eq!(Value::from(fitted.new_names()), clean::values()["splines"]["names"]);
    let constant = SplineTransformer::new().degree(0).fit_transform(&df!("x" => [0.0, 4.0, 1.5]).unwrap()).unwrap();
    assert_eq!(floats(&constant, "x_sp_1"), [Some(0.0), Some(0.0), Some(1.0)]);
    let strict =
        SplineTransformer::new().extrapolation(Extrapolation::Error).fit(&df!("x" => [0.0, 4.0]).unwrap()).unwrap();
    check_error(
        strict.transform(&df!("x" => [1.0, 4.5]).unwrap()),
        "spline_transformer: column `x` holds 4.5 in row 1 (0-based), but a value must be from 0.0 to 4.0, the range seen in training",
    );
}

#[test]
fn periodic_splines_join_at_the_ends() {
    let frame = df!("hour" => (0..=24).map(f64::from).collect::<Vec<_>>()).unwrap();
    let step = SplineTransformer::new().n_knots(7).extrapolation(Extrapolation::Periodic);
    let fitted = step.fit(&frame).unwrap();
    let at = |hours: [f64; 3]| {
        let splines = fitted.transform(&df!("hour" => hours).unwrap()).unwrap();
        assert_eq!(splines.width(), 6);
        let columns: Vec<Vec<f64>> =
            fitted.new_names().iter().map(|name| floats(&splines, name).into_iter().flatten().collect()).collect();
        (0..3).map(|row| columns.iter().map(|column| column[row]).collect::<Vec<f64>>()).collect::<Vec<_>>()
    };
    let (day, next, before) = (at([0.0, 5.5, 23.0]), at([24.0, 29.5, 47.0]), at([-24.0, -18.5, -1.0]));
    for row in 0..3 {
        for other in [&next[row], &before[row]] {
            assert!(other.iter().zip(&day[row]).all(|(found, expected)| (found - expected).abs() < 1e-12));
        }
        assert!((day[row].iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
    check_error(
        SplineTransformer::new().n_knots(3).extrapolation(Extrapolation::Periodic).fit(&frame),
        "spline_transformer.degree is 3, but it must be less than n_knots for periodic splines",
    );
}

/// Columns long enough that a sample tells where their quantiles are.
#[test]
fn whole_numbers_scale_as_floats_do() {
    let values: Vec<i64> = (0..40_000).map(|row| row * 7919 % 40_009).collect();
    let whole = df!("x" => &values).unwrap();
    let floats_of = df!("x" => values.iter().map(|&value| value as f64).collect::<Vec<_>>()).unwrap();
    let scaled = |frame: &DataFrame| floats(&RobustScaler::new().fit_transform(frame).unwrap(), "x");
    assert_eq!(scaled(&whole), scaled(&floats_of));
}

/// Within the range, the splines of a row sum to 1 and none is negative.
#[test]
fn splines_share_each_row_out() {
    let frame = df!("x" => (0..200).map(|row| f64::from(row).sqrt()).collect::<Vec<_>>()).unwrap();
    for degree in [0, 1, 2, 3, 7] {
        for knots in [Knots::Uniform, Knots::Quantile] {
            let splines = SplineTransformer::new().degree(degree).knots(knots).fit_transform(&frame).unwrap();
            assert_eq!(splines.width(), 5 + degree - 1);
            let columns: Vec<Vec<f64>> = splines
                .get_column_names()
                .iter()
                .map(|name| floats(&splines, name).into_iter().flatten().collect())
                .collect();
            for row in 0..200 {
                let sum: f64 = columns.iter().map(|column| column[row]).sum();
                assert!((sum - 1.0).abs() < 1e-12 && columns.iter().all(|column| column[row] >= -1e-15));
            }
        }
    }
}

#[test]
fn components_are_those_of_scikit_learn() {
    let raw = known_measures();
    let scaled = StandardScaler::new().fit_transform(&raw).unwrap();
    for (name, frame, n_components) in
        [("raw", raw.clone(), 4), ("scaled", scaled.clone(), 4), ("wide", scaled.head(Some(3)), 2)]
    {
        let expected = &clean::values()["components"][name];
        let fitted = Pca::new().fit(&frame).unwrap();
        let take = |list: &Value| Value::from(list.as_array().unwrap()[..n_components].to_vec());
        check_columns(name, &fitted.transform(&frame).unwrap(), &take(&expected["values"]), 1e-9);
        let explained = fitted.explained_variance().unwrap();
        check_columns(
            name,
            &explained.select(["variance"]).unwrap(),
            &Value::from(vec![take(&expected["variance"])]),
            1e-10,
        );
        check_columns(name, &explained.select(["ratio"]).unwrap(), &Value::from(vec![take(&expected["ratio"])]), 1e-10);
        let components = fitted.components().unwrap();
        for place in 0..n_components {
            let row: Vec<Option<f64>> = MEASURES.iter().map(|name| floats(&components, name)[place]).collect();
            assert_all_close(&row, &numbers(&expected["components"][place]));
        }
    }
    let fitted = Pca::new().n_components(Components::Count(2)).whiten(true).fit(&scaled).unwrap();
    let whitened = fitted.transform(&scaled).unwrap();
    check_columns("whitened", &whitened, &clean::values()["components"]["whitened"], 1e-10);
    let back = fitted.inverse_transform(&whitened).unwrap();
    check_columns("inverse", &back, &clean::values()["components"]["inverse"], 1e-10);
    for (fraction, count) in clean::pairs(&clean::values()["components"]["n_for_fraction"]) {
        let fitted = Pca::new().n_components(Components::Fraction(fraction)).fit(&scaled).unwrap();
        assert_eq!(fitted.new_names().len() as f64, count);
    }
    check_error(
        Pca::new().n_components(Components::Count(5)).fit(&scaled),
        "pca.n_components is 5, but it must be at most 4, the number of columns or one less than that of complete rows",
    );
    check_error(
        Pca::new().fit(&df!("x" => [Some(1.0), None]).unwrap()),
        "pca: the number of rows without a missing value is 1, but it must be at least 2",
    );
}

/// All components of a frame tell all of it, at right angles and of length 1, also where columns depend on each other.
#[test]
fn all_components_tell_all() {
    for (n_rows, n_columns, rank) in [(60, 40, 40), (60, 40, 7), (9, 40, 40), (2, 1, 1), (5, 2, 1)] {
        let value = |row: usize, column: usize| {
            let column = column % rank;
            ((row * 7 + column * 13 + row * column) as f64).sin() * (1.0 + column as f64)
        };
        let names: Vec<String> = (0..n_columns).map(|column| format!("c{column}")).collect();
        let columns = names.iter().enumerate().map(|(column, name)| {
            let values: Vec<f64> = (0..n_rows).map(|row| value(row, column)).collect();
            polars::prelude::Column::new(name.as_str().into(), values)
        });
        let frame = DataFrame::new(n_rows, columns.collect()).unwrap();
        let fitted = Pca::new().fit(&frame).unwrap();
        let back = fitted.inverse_transform(&fitted.transform(&frame).unwrap()).unwrap();
        let array = |frame: &DataFrame| workbench::data::to_array(frame).unwrap();
        let error = (array(&back) - array(&frame)).mapv(f64::abs).fold(0.0, |a: f64, b| a.max(*b));
        assert!(error < 1e-10, "{n_rows} x {n_columns}: {error}");
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let components = array(&fitted.components().unwrap().select(names).unwrap());
        let n_kept = components.nrows().min(rank.min(n_rows - 1));
        let kept = components.slice(ndarray::s![..n_kept, ..]);
        let angles = (kept.dot(&kept.t()) - ndarray::Array2::<f64>::eye(n_kept)).mapv(f64::abs).sum();
        assert!(angles < 1e-9, "{n_rows} x {n_columns}: {angles}");
    }
}

#[test]
fn rows_with_missing_values_have_no_part_in_components() {
    let frame = penguins().unwrap().select(MEASURES).unwrap();
    let (all, known) = (Pca::new().fit(&frame).unwrap(), Pca::new().fit(&known_measures()).unwrap());
    assert!(all.components().unwrap().equals(&known.components().unwrap()));
    assert_eq!(all.transform(&frame).unwrap().column("pca0").unwrap().null_count(), 2);
}

#[test]
fn random_projections_keep_distances_and_follow_their_seed() {
    let names: Vec<String> = (0..400).map(|place| format!("c{place}")).collect();
    let value = |row: usize, place: usize| ((row * 31 + place * 17) as f64).sin();
    let columns = names.iter().enumerate().map(|(place, name)| {
        polars::prelude::Column::new(name.as_str().into(), (0..20).map(|row| value(row, place)).collect::<Vec<_>>())
    });
    let frame = DataFrame::new(20, columns.collect()).unwrap();
    let step = RandomProjection::new().eps(0.5).seed(3);
    let mixed = step.fit_transform(&frame).unwrap();
    // 4 ln 20 / (0.125 − 0.041667) = 143.8
    assert_eq!(mixed.width(), 143);
    assert!(mixed.equals(&step.fit_transform(&frame).unwrap()));
    assert!(!mixed.equals(&step.clone().seed(4).fit_transform(&frame).unwrap()));
    let rows = |frame: &DataFrame| workbench::data::to_array(frame).unwrap();
    let (before, after) = (rows(&frame), rows(&mixed));
    for row in 1..20 {
        let square = |array: &ndarray::Array2<f64>| (&array.row(row) - &array.row(0)).mapv(|x| x * x).sum();
        let ratio = square(&after) / square(&before);
        assert!((0.5..1.5).contains(&ratio), "{ratio}");
    }
    check_error(
        RandomProjection::new().fit(&frame),
        "random_projection.n_components is 2567, but it must be at most 400, the number of columns; set it, or a greater eps",
    );
}

#[test]
fn values_outside_a_formula_are_told() {
    let frame = df!("höhe" => [Some(1.0), None, Some(0.0), Some(-1.0)]).unwrap();
    check_error(
        LogTransformer::new().fit(&frame),
        "log_transformer: column `höhe` holds 0.0 in row 2 (0-based), but a value must be greater than 0",
    );
    check_error(
        LogTransformer::new().plus_one(true).fit(&frame),
        "log_transformer: column `höhe` holds -1.0 in row 3 (0-based), but a value must be greater than -1",
    );
    check_error(
        PowerTransformer::new().method(PowerMethod::BoxCox).fit(&frame),
        "power_transformer: column `höhe` holds 0.0 in row 2 (0-based), but a value must be greater than 0; or use Yeo-Johnson",
    );
    check_error(
        LogTransformer::new().base(1.0).fit(&frame),
        "log_transformer.base is 1.0, but it must be a finite number greater than 0 that is not 1",
    );
    check_error(
        RobustScaler::new().quantile_range(75.0, 25.0).fit(&frame),
        "robust_scaler.quantile_range is (75.0, 25.0), but it must be two percentages, the first less than the second",
    );
}

#[test]
fn medians_of_long_columns_are_exact() {
    // Longer than what is selected whole, sorted, reversed, with long runs and with missing values.
    let n_rows = 100_001usize;
    let patterns: [fn(usize) -> f64; 5] = [
        |row| row as f64,
        |row| -(row as f64),
        |row| ((row * 7919) % 100_001) as f64,
        |row| if row % 1024 < 8 { 1e6 } else { (row % 1000) as f64 },
        |row| if row.is_multiple_of(3) { f64::NAN } else { ((row * 31) % 97) as f64 },
    ];
    for pattern in patterns {
        let values: Vec<f64> = (0..n_rows).map(pattern).collect();
        let mut known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        known.sort_by(f64::total_cmp);
        let half = (known.len() - 1) / 2;
        let median = if known.len() % 2 == 1 { known[half] } else { (known[half] + known[half + 1]) / 2.0 };
        let frame = df!("x" => values.clone()).unwrap();
        let scaler = RobustScaler::new().fit(&frame).unwrap().statistics().unwrap();
        assert_eq!(floats(&scaler, "center")[0], Some(median));
        // Stored with nulls, and in parts, it is the same.
        let nulls =
            df!("x" => values.iter().map(|value| (!value.is_nan()).then_some(*value)).collect::<Vec<_>>()).unwrap();
        let parts = nulls.head(Some(333)).vstack(&nulls.slice(333, n_rows)).unwrap();
        for frame in [nulls, parts] {
            assert!(RobustScaler::new().fit(&frame).unwrap().statistics().unwrap().equals(&scaler));
            let (a, b) = (
                StandardScaler::new().fit(&frame).unwrap(),
                StandardScaler::new().fit(&df!("x" => values.clone()).unwrap()).unwrap(),
            );
            assert_eq!(a, b);
        }
    }
}
