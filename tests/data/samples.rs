//! Bundled and generated data.

use polars::prelude::{DataFrame, DataType};
use workbench::data::{
    TimeSeries, breast_cancer, diabetes, digits, iris, make_blobs, make_circles, make_classification, make_friedman1,
    make_moons, make_regression, wine,
};

fn numbers(frame: &DataFrame, column: &str) -> Vec<f64> {
    let column = frame.column(column).unwrap().cast(&DataType::Float64).unwrap();
    column.f64().unwrap().iter().map(Option::unwrap).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn std(values: &[f64]) -> f64 {
    let mean = mean(values);
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

/// Sums of whole columns, from scikit-learn 1.9.1's `load_*` (diabetes with `scaled=False`).
#[test]
fn bundled_data_is_that_of_scikit_learn() {
    #[track_caller]
    fn check(frame: DataFrame, shape: (usize, usize), target: (&str, usize), sums: &[(&str, f64)]) {
        assert_eq!(frame.shape(), shape);
        assert_eq!(frame.get_column_names().last().unwrap().as_str(), target.0);
        assert_eq!(frame.column(target.0).unwrap().n_unique().unwrap(), target.1);
        assert!(frame.columns().iter().all(|column| column.null_count() == 0));
        for (column, sum) in sums {
            let found: f64 = numbers(&frame, column).iter().sum();
            assert!((found / sum - 1.0).abs() < 1e-10, "{column}: {found}");
        }
    }
    check(
        iris().unwrap(),
        (150, 5),
        ("species", 3),
        &[("sepal_length_cm", 876.5), ("petal_width_cm", 179.90000000000003)],
    );
    check(wine().unwrap(), (178, 14), ("cultivar", 3), &[("alcohol", 2314.11), ("proline", 132947.0)]);
    let names = [("mean_radius", 8038.429), ("worst_fractal_dimension", 47.765170000000005)];
    check(breast_cancer().unwrap(), (569, 31), ("diagnosis", 2), &names);
    check(digits().unwrap(), (1797, 65), ("digit", 10), &[("pixel_3_4", 17839.0), ("digit", 8070.0)]);
    let names = [("bmi", 11658.1), ("s5", 2051.5036), ("progression", 67243.0)];
    check(diabetes().unwrap(), (442, 11), ("progression", 214), &names);
}

#[test]
fn a_seed_gives_the_same_rows_and_another_one_others() {
    let make: [fn(u64) -> DataFrame; 7] = [
        |seed| make_blobs(90, 2, 3, 1.0, seed).unwrap(),
        |seed| make_classification(90, 5, 2, 3, 1.0, 0.1, seed).unwrap(),
        |seed| make_regression(90, 4, 2, 1.0, seed).unwrap(),
        |seed| make_friedman1(90, 6, 1.0, seed).unwrap(),
        |seed| make_moons(90, 0.1, seed).unwrap(),
        |seed| make_circles(90, 0.1, 0.5, seed).unwrap(),
        |seed| TimeSeries::new().noise(1.0).make(90, seed).unwrap(),
    ];
    for make in make {
        assert_eq!(make(1).height(), 90);
        assert!(make(1).equals(&make(1)) && !make(1).equals(&make(2)));
    }
}

#[test]
fn classes_are_where_they_are_said_to_be() {
    let blobs = make_blobs(3001, 2, 3, 0.5, 7).unwrap();
    let (x, class) = (numbers(&blobs, "x0"), numbers(&blobs, "class"));
    for k in 0..3 {
        let of_class: Vec<f64> =
            x.iter().zip(&class).filter(|(_, class)| **class == k as f64).map(|(x, _)| *x).collect();
        assert!((1000..=1001).contains(&of_class.len()));
        assert!((std(&of_class) - 0.5).abs() < 0.05 && mean(&of_class).abs() < 10.1);
    }
    let moons = make_moons(1000, 0.0, 7).unwrap();
    let (x, y, class) = (numbers(&moons, "x0"), numbers(&moons, "x1"), numbers(&moons, "class"));
    for ((x, y), class) in x.iter().zip(&y).zip(&class) {
        let (dx, dy) = if *class == 0.0 { (*x, *y) } else { (1.0 - x, 0.5 - y) };
        assert!((dx.hypot(dy) - 1.0).abs() < 1e-12 && dy > -1e-12);
    }
    let circles = make_circles(1000, 0.0, 0.3, 7).unwrap();
    let (x, y, class) = (numbers(&circles, "x0"), numbers(&circles, "x1"), numbers(&circles, "class"));
    for ((x, y), class) in x.iter().zip(&y).zip(&class) {
        assert!((x.hypot(*y) - if *class == 0.0 { 1.0 } else { 0.3 }).abs() < 1e-12);
    }
    // With the classes far apart each informative feature has two sides, and noise has none.
    let far = make_classification(2000, 4, 2, 4, 50.0, 0.0, 7).unwrap();
    assert!(numbers(&far, "x0").iter().all(|x| x.abs() > 40.0) && numbers(&far, "x3").iter().all(|x| x.abs() < 6.0));
    let sides: std::collections::BTreeSet<(bool, bool, u8)> = numbers(&far, "x0")
        .iter()
        .zip(numbers(&far, "x1"))
        .zip(numbers(&far, "class"))
        .map(|((a, b), class)| (*a > 0.0, b > 0.0, class as u8))
        .collect();
    assert_eq!(sides.len(), 4);
}

#[test]
fn targets_follow_their_formulas() {
    let frame = make_friedman1(500, 7, 0.0, 3).unwrap();
    let x: Vec<Vec<f64>> = (0..5).map(|idx| numbers(&frame, &format!("x{idx}"))).collect();
    for (row, y) in numbers(&frame, "y").iter().enumerate() {
        let expected = 10.0 * (std::f64::consts::PI * x[0][row] * x[1][row]).sin()
            + 20.0 * (x[2][row] - 0.5).powi(2)
            + 10.0 * x[3][row]
            + 5.0 * x[4][row];
        assert!((y - expected).abs() < 1e-12 && (0.0..1.0).contains(&x[0][row]));
    }
    let frame = make_regression(5000, 3, 1, 0.0, 3).unwrap();
    let (x, y) = (numbers(&frame, "x0"), numbers(&frame, "y"));
    let weight = y[0] / x[0];
    assert!((0.0..100.0).contains(&weight) && x.iter().zip(&y).all(|(x, y)| (y - weight * x).abs() < 1e-9));
    assert!(mean(&x).abs() < 0.05 && (std(&x) - 1.0).abs() < 0.05);
}

#[test]
fn a_time_series_is_the_sum_of_its_parts() {
    let series =
        TimeSeries::new().level(5.0).trend(0.1).season(12.0, 2.0).step_at(50, -3.0).noise(0.5).autocorrelation(0.8);
    let frame = series.make(20_000, 1).unwrap();
    let part = |name| numbers(&frame, name);
    let (trend, season, breaks, noise) = (part("trend"), part("season"), part("breaks"), part("noise"));
    for (row, y) in part("y").iter().enumerate() {
        assert_eq!(*y, trend[row] + season[row] + breaks[row] + noise[row]);
    }
    assert_eq!((trend[10], breaks[49], breaks[50]), (6.0, 0.0, -3.0));
    assert!((season[3] - 2.0).abs() < 1e-12 && (season[15] - 2.0).abs() < 1e-12);
    assert!((std(&noise) - 0.5 / 0.6).abs() < 0.03);
    let lagged: f64 = noise.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / noise.len() as f64;
    assert!((lagged / std(&noise).powi(2) - 0.8).abs() < 0.02);
}

#[test]
fn parameters_out_of_range_are_told() {
    let check =
        |result: workbench::Result<DataFrame>, expected: &str| assert_eq!(result.unwrap_err().to_string(), expected);
    check(make_blobs(2, 2, 3, 1.0, 0), "make_blobs: n_samples is 2, but it must be at least n_centers");
    check(
        make_classification(10, 5, 1, 3, 1.0, 0.0, 0),
        "make_classification: n_informative is 1, but it must be so large that 2^n_informative is at least n_classes",
    );
    check(
        make_classification(10, 5, 2, 3, 1.0, f64::NAN, 0),
        "make_classification: flip_y is NaN, but it must be from 0 to 1",
    );
    check(make_regression(10, 1, 2, 0.0, 0), "make_regression: n_features is 1, but it must be at least n_informative");
    check(make_friedman1(10, 4, 0.0, 0), "make_friedman1: n_features is 4, but it must be at least 5");
    check(make_moons(1, 0.0, 0), "make_moons: n_samples is 1, but it must be at least 2");
    check(make_circles(10, 0.0, 1.0, 0), "make_circles: factor is 1.0, but it must be at least 0 and less than 1");
    check(
        TimeSeries::new().step_at(10, 1.0).make(10, 0),
        "time series: step_at is (10, 1.0), but it must be a step before the end and a finite height",
    );
}
