//! Linear models of numbers: against scikit-learn, and what a search shares against fits one by one.

use ndarray::Array2;
use polars::prelude::df;
use serde_json::Value;
use workbench::data::{Dataset, Fold, Target, diabetes};
use workbench::models::{
    ElasticNet, Estimator, Lasso, LinearModel, LinearRegression, Model, Part, Pipeline, Ridge, Wanted,
};
use workbench::prelude::rayon::ThreadPoolBuilder;
use workbench::preprocess::{ParamValue, StandardScaler};
use workbench::search::GridSearch;
use workbench::select::{KFold, Splitter, cross_validate};

use super::numbers;

/// What scikit-learn says; `golden/linear.py` wrote it.
fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/linear.json")).unwrap()
}

/// As `noise` in `golden/linear.py`.
fn noise(count: usize) -> Vec<f64> {
    let mut state = 12345_u64;
    let draw = |_| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..count).map(draw).collect()
}

fn wide(n_samples: usize, n_features: usize) -> Dataset {
    let draws = noise(n_samples * (n_features + 1));
    let x = Array2::from_shape_vec((n_samples, n_features), draws[..n_samples * n_features].to_vec()).unwrap();
    let rest = &draws[n_samples * n_features..];
    let y = x.rows().into_iter().zip(rest).map(|(x, rest)| 3.0 * x[0] - 2.0 * x[1] + x[2] + 0.1 * rest);
    of_array(&x, y.collect())
}

fn of_array(x: &Array2<f64>, y: Vec<f64>) -> Dataset {
    let names: Vec<String> = (0..x.ncols()).map(|column| format!("x{column}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Dataset::from_arrays(x, Target::Values(y), &names).unwrap()
}

fn data(name: &str) -> Dataset {
    if name == "wide" {
        return wide(30, 60);
    }
    let diabetes = Dataset::from_frame(&diabetes().unwrap(), "progression").unwrap();
    let Target::Values(y) = diabetes.target().clone() else { unreachable!() };
    let x = diabetes.records().unwrap();
    match name {
        "far" => of_array(&(x + 1e6), y),
        "redundant" => {
            let more = Array2::from_shape_fn((x.nrows(), 13), |(row, column)| match column {
                10 => x[[row, 2]],
                11 => x[[row, 3]] + x[[row, 4]],
                12 => 7.0,
                column => x[[row, column]],
            });
            of_array(&more, y)
        }
        _ => of_array(&x, y),
    }
}

fn weighted(data: Dataset) -> Dataset {
    let weights: Vec<f64> = (0..data.n_samples()).map(|row| (row * 7 % 4) as f64).collect();
    data.with_weights(&weights).unwrap()
}

/// The estimator `name` with `settings`, exact enough to be compared.
fn estimator(name: &str, settings: &Value) -> Box<dyn Estimator> {
    let mut estimator: Box<dyn Estimator> = match name {
        "linear" => Box::new(LinearRegression::new()),
        "ridge" => Box::new(Ridge::new()),
        "lasso" => Box::new(Lasso::new().tol(1e-11).max_iter(1_000_000)),
        _ => Box::new(ElasticNet::new().tol(1e-11).max_iter(1_000_000)),
    };
    for (name, value) in settings.as_object().unwrap() {
        let value = value.as_bool().map(ParamValue::Bool).unwrap_or_else(|| ParamValue::Float(value.as_f64().unwrap()));
        estimator.set_param(name, &value).unwrap();
    }
    estimator
}

fn linear_of(model: &dyn Model) -> LinearModel {
    model.as_any().downcast_ref::<LinearModel>().unwrap().clone()
}

#[track_caller]
fn assert_near(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(difference(found, expected, tolerance, what), None);
}

/// Which of `found` is further from what is expected than `tolerance` times the greatest.
fn difference(found: &[f64], expected: &[f64], tolerance: f64, what: &str) -> Option<String> {
    let scale = expected.iter().fold(1e-3_f64, |most, value| most.max(value.abs()));
    let mut pairs = found.iter().zip(expected);
    let far = pairs.find(|(found, expected)| !((*found - *expected).abs() <= tolerance * scale));
    far.map(|(found, expected)| format!("{what}: {found}, expected {expected}"))
}

#[test]
fn coefficients_are_those_of_scikit_learn() {
    let mut differences = Vec::new();
    for case in golden()["fits"].as_array().unwrap() {
        let (name, of) = (case["estimator"].as_str().unwrap(), case["data"].as_str().unwrap());
        let what = format!("{name} {} on {of}, weighted {}", case["settings"], case["weighted"]);
        let data = if case["weighted"].as_bool().unwrap() { weighted(data(of)) } else { data(of) };
        let model = linear_of(estimator(name, &case["settings"]).fit(&data).unwrap().as_ref());
        assert!(model.converged() && model.warning().is_none(), "{what}");
        // Descents end by their tolerance; data far from 0 lose digits before any formula sees them; sums of products square the condition.
        let tolerance = match (name, of) {
            (_, "far") => 1e-6,
            ("lasso" | "elastic_net", _) => 1e-5,
            _ => 1e-9,
        };
        differences.extend(difference(&model.coef().to_vec(), &numbers(&case["coef"]), tolerance, &what));
        differences.extend(difference(
            &[model.intercept()],
            &[case["intercept"].as_f64().unwrap()],
            if of == "far" { 1e-4 } else { tolerance },
            &format!("intercept of {what}"),
        ));
        let is_exactly_zero = |value: &&f64| **value == 0.0;
        if tolerance == 1e-5 {
            let expected = numbers(&case["coef"]).iter().filter(is_exactly_zero).count();
            assert_eq!(model.coef().iter().filter(is_exactly_zero).count(), expected, "{what}");
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn searches_score_as_those_of_scikit_learn() {
    for case in golden()["searches"].as_array().unwrap() {
        let (name, of) = (case["estimator"].as_str().unwrap(), case["data"].as_str().unwrap());
        let metrics = ["r2", "neg_mean_squared_error", "neg_mean_absolute_error"];
        // The first alone is known from sums of products, all three need predictions.
        for metrics in [&metrics[..1], &metrics[..]] {
            let mut search = GridSearch::boxed(estimator(name, &serde_json::json!({})));
            for (setting, values) in case["grid"].as_object().unwrap() {
                search = search.param(setting, numbers(values));
            }
            let result = search.cv(KFold::new(5)).scoring(metrics).fit(&data(of)).unwrap();
            for candidate in result.candidates() {
                for (position, metric) in metrics.iter().enumerate() {
                    let mean = |of: &dyn Fn(usize) -> f64| (0..5).map(of).sum::<f64>() / 5.0;
                    let test = mean(&|fold| candidate.folds()[fold].test[position]);
                    let train = mean(&|fold| candidate.folds()[fold].train[position]);
                    for (part, found) in [("test", test), ("train", train)] {
                        let expected = numbers(&case[part][metric])[candidate.candidate_idx];
                        let what = format!("{name} on {of}, {:?}, {part} {metric}", candidate.params);
                        assert!(
                            (found - expected).abs() < 1e-6 * expected.abs().max(1.0),
                            "{what}: {found}, {expected}"
                        );
                    }
                }
            }
        }
    }
}

/// Folds of all kinds: those that leave the rest to train on, and those that do not.
fn folds_of(data: &Dataset) -> Vec<Fold> {
    let n = data.n_samples();
    let mut folds = KFold::new(3).shuffle(5).split(data).unwrap();
    folds.push(Fold { train: (0..n / 2).collect(), validation: (n / 2 + 2..n).collect() });
    folds.push(Fold { train: (0..n).filter(|row| row % 3 != 1).collect(), validation: (n - 5..n).collect() });
    folds
}

#[test]
fn shared_fits_are_single_fits() {
    let mut differences = Vec::new();
    for data in [data("diabetes"), weighted(data("diabetes")), data("far"), wide(30, 60), weighted(wide(40, 600))] {
        let folds = folds_of(&data);
        let nets = |alpha: f64| -> Vec<Box<dyn Estimator>> {
            vec![
                Box::new(Lasso::new().alpha(alpha).tol(1e-11).max_iter(100_000)),
                Box::new(ElasticNet::new().alpha(alpha).l1_ratio(0.7).tol(1e-11).max_iter(100_000)),
                Box::new(Lasso::new().alpha(alpha).positive(true).tol(1e-11).max_iter(100_000)),
                Box::new(ElasticNet::new().alpha(alpha).fit_intercept(false).tol(1e-11).max_iter(100_000)),
            ]
        };
        let mut estimators: Vec<Box<dyn Estimator>> = vec![Box::new(Ridge::new().alpha(0.3))];
        estimators.extend([0.02, 1.0, 0.1].map(|alpha| Box::new(Ridge::new().alpha(alpha)) as Box<dyn Estimator>));
        estimators.push(Box::new(LinearRegression::new()));
        estimators.push(Box::new(Ridge::new().fit_intercept(false)));
        estimators.extend([0.03, 0.3, 0.1].into_iter().flat_map(nets));
        // The first decides what is shared; each must be fitted by either.
        for first in [0, 6] {
            let shared = estimators[first].share(&data, &folds).unwrap().unwrap();
            let candidates: Vec<&dyn Estimator> = estimators.iter().map(AsRef::as_ref).collect();
            let mut covered: Vec<usize> = shared.groups(&candidates).into_iter().flatten().collect();
            covered.sort();
            assert_eq!(covered, (0..candidates.len()).collect::<Vec<_>>());
            for (fold_idx, fold) in folds.iter().enumerate() {
                let fitted = shared.fit(fold_idx, &candidates);
                let train = data.take(&fold.train).unwrap();
                for (candidate, model) in candidates.iter().zip(&fitted) {
                    let is_far = data.records().unwrap()[[0, 0]] > 1e5;
                    if is_far && format!("{candidate:?}").contains("fit_intercept: false") {
                        // All columns are nearly the same one there.
                        continue;
                    }
                    let model = linear_of(model.as_ref().unwrap().as_ref());
                    let single = linear_of(candidate.fit(&train).unwrap().as_ref());
                    let what = format!("{candidate:?}, fold {fold_idx} of {:?}", data.features().shape());
                    assert!(model.converged(), "{what}");
                    differences.extend(difference(&model.coef().to_vec(), &single.coef().to_vec(), 1e-5, &what));
                    for (part, rows) in [(Part::Train, &fold.train), (Part::Validation, &fold.validation)] {
                        let rows = data.take(rows).unwrap();
                        let found = wrong_predictions(shared.as_ref(), &rows, fold_idx, part, &model, &what);
                        differences.extend(found);
                    }
                }
            }
            for candidate in &candidates {
                let Some(whole) = shared.fit_whole(*candidate) else { continue };
                let [whole, single] =
                    [whole, candidate.fit(&data)].map(|model| linear_of(model.unwrap().as_ref()).coef().to_vec());
                if data.records().unwrap()[[0, 0]] < 1e5 {
                    differences.extend(difference(&whole, &single, 1e-5, &format!("{candidate:?} on all rows")));
                }
            }
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

fn wrong_predictions(
    shared: &dyn workbench::models::SharedFits,
    rows: &Dataset,
    fold_idx: usize,
    part: Part,
    model: &LinearModel,
    what: &str,
) -> Vec<String> {
    let Target::Values(expected) = model.predict(rows.features()).unwrap() else { unreachable!() };
    let found = shared.predictions(fold_idx, part, &[model], Wanted::default()).unwrap().unwrap();
    let Target::Values(found) = &found[0].target else { unreachable!() };
    let mut differences = Vec::from_iter(difference(found, &expected, 1e-9, what));
    if let Some(error) = shared.mean_squared_error(fold_idx, part, model) {
        let Target::Values(truth) = rows.target() else { unreachable!() };
        let weights = rows.weights().map_or_else(|| vec![1.0; truth.len()], <[f64]>::to_vec);
        let squares = truth.iter().zip(found).zip(&weights).map(|((a, b), weight)| weight * (a - b) * (a - b));
        let expected = squares.sum::<f64>() / weights.iter().sum::<f64>();
        differences.extend(difference(&[error / expected], &[1.0], 1e-8, &format!("error of {what}")));
    }
    differences
}

#[test]
fn a_weight_counts_as_repetition() {
    let data = data("diabetes");
    let repeated: Vec<usize> = (0..data.n_samples()).flat_map(|row| vec![row; row * 7 % 4]).collect();
    let repeated = data.take(&repeated).unwrap();
    for name in ["linear", "ridge", "lasso", "elastic_net"] {
        let estimator = estimator(name, &serde_json::json!({}));
        let [a, b] = [&weighted(data.clone()), &repeated].map(|data| linear_of(estimator.fit(data).unwrap().as_ref()));
        assert_near(&a.coef().to_vec(), &b.coef().to_vec(), 1e-7, name);
        assert!((a.intercept() - b.intercept()).abs() < 1e-6 * b.intercept().abs());
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (tall, broad) = (data("diabetes"), wide(60, 900));
    let run = |n_threads: usize| {
        let pool = ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| {
            [&tall, &broad].map(|data| {
                let ridge = GridSearch::new(Ridge::new()).param("alpha", [0.1, 1.0, 10.0]).fit(data).unwrap();
                let lasso = GridSearch::new(Lasso::new()).param("alpha", [0.001, 0.01, 0.1]).fit(data).unwrap();
                let fits = [&ridge, &lasso].map(|search| linear_of(search.best_model().unwrap().as_ref()).coef());
                (ridge.fold_scores(), lasso.fold_scores(), fits)
            })
        })
    };
    let one = run(1);
    for n_threads in [2, 8] {
        assert_eq!(run(n_threads), one, "{n_threads} threads");
    }
}

#[test]
fn a_pipeline_shares_within_its_folds() {
    let data = data("diabetes");
    let pipeline = |alpha: f64| {
        let lasso = Lasso::new().alpha(alpha).tol(1e-9).max_iter(100_000);
        Pipeline::new().step("scale", StandardScaler::new()).estimator("lasso", lasso)
    };
    let alphas = [0.1, 1.0, 10.0];
    let search = GridSearch::new(pipeline(1.0)).param("lasso__alpha", alphas).cv(KFold::new(4)).fit(&data).unwrap();
    for candidate in search.candidates() {
        let alone = cross_validate(&pipeline(alphas[candidate.candidate_idx]), &data, &KFold::new(4), &["r2"]).unwrap();
        let mean = candidate.folds().iter().map(|fold| fold.test[0]).sum::<f64>() / 4.0;
        assert!((alone.mean("r2").unwrap() - mean).abs() < 1e-6);
    }
}

#[test]
fn penalties_begin_where_the_first_coefficient_does() {
    let data = data("diabetes");
    let lasso = Lasso::new().tol(1e-10);
    let alphas = lasso.alphas(&data, 5, 1e-2).unwrap();
    assert!((alphas[4] / alphas[0] - 1e-2).abs() < 1e-12);
    let zeros = |alpha: f64| lasso.clone().alpha(alpha).fit(&data).unwrap().coef().iter().all(|w| *w == 0.0);
    assert!(zeros(alphas[0] * 1.000001) && !zeros(alphas[0] * 0.999));
}

#[test]
fn a_descent_that_did_not_end_says_so() {
    let model = Lasso::new().alpha(0.01).tol(1e-9).max_iter(2).fit(&data("diabetes")).unwrap();
    assert!(!model.converged() && model.n_iter() == 2);
    assert!(model.warning().unwrap().starts_with("lasso: not converged after 2 steps, the dual gap is "));
}

#[test]
fn linear_models_survive_being_written_down() {
    let data = data("diabetes");
    let model = ElasticNet::new().fit(&data).unwrap();
    let read: LinearModel = serde_json::from_str(&serde_json::to_string(&model).unwrap()).unwrap();
    assert_near(&read.coef().to_vec(), &model.coef().to_vec(), 1e-15, "read");
    assert_eq!(model.coefficients().shape(), (11, 2));
    let mut torn = serde_json::to_value(&model).unwrap();
    torn["coefficients"].as_array_mut().unwrap().pop();
    assert_eq!(
        serde_json::from_value::<LinearModel>(torn).unwrap_err().to_string(),
        "a model of 10 features has as many coefficients, but there are 9"
    );
}

#[test]
fn constant_columns_and_single_rows_are_fitted() {
    let constant = of_array(&Array2::from_elem((6, 2), 1e9 + 0.1), (0..6).map(f64::from).collect());
    let one_row = of_array(&Array2::from_elem((1, 3), 2.0), vec![5.0]);
    for name in ["linear", "ridge", "lasso", "elastic_net"] {
        let estimator = estimator(name, &serde_json::json!({}));
        for (data, mean) in [(&constant, 2.5), (&one_row, 5.0)] {
            let model = linear_of(estimator.fit(data).unwrap().as_ref());
            assert!(model.coef().iter().all(|w| *w == 0.0) && model.intercept() == mean, "{name}: {model:?}");
        }
    }
}

#[track_caller]
fn check_error<T: std::fmt::Debug>(result: workbench::Result<T>, expected: &str) {
    assert_eq!(result.unwrap_err().to_string(), expected);
}

#[test]
fn what_linear_models_refuse_is_named() {
    let y = Target::Values(vec![1.0, 2.0, 3.0]);
    let of = |values: [Option<f64>; 3]| Dataset::new(df!("a" => values).unwrap(), y.clone(), "y").unwrap();
    let missing = of([Some(1.0), None, Some(2.0)]);
    let infinite = of([Some(1.0), Some(2.0), Some(f64::INFINITY)]);
    let usable = of([Some(1.0), Some(2.0), Some(4.0)]);
    let text = Dataset::new(df!("a" => ["1", "2", "3"]).unwrap(), y.clone(), "y").unwrap();
    let classes = Dataset::new(df!("a" => [1.0, 2.0]).unwrap(), Target::from_labels(&["n", "y"]), "t").unwrap();
    for name in ["linear", "ridge", "lasso", "elastic_net"] {
        let estimator = estimator(name, &serde_json::json!({}));
        let needed = "but a model needs a finite number in every row";
        check_error(
            estimator.fit(&missing),
            &format!(
                "{name}: column `a` holds a missing value in row 1 (0-based), {needed}; \
                 impute missing values first, such as with `Imputer` in a pipeline"
            ),
        );
        check_error(
            estimator.fit(&infinite),
            &format!(
                "{name}: column `a` holds inf in row 2 (0-based), {needed}; replace infinite values, or drop their rows"
            ),
        );
        check_error(
            estimator.fit(&text),
            "column `a` has dtype str, but numbers are needed; cast it with `Cast`, encode it, or drop it",
        );
        check_error(estimator.fit(&classes), &format!("{name} needs a target of numbers, but `t` holds classes"));
        let model = estimator.fit(&usable).unwrap();
        assert!(model.predict(&df!("b" => [1.0]).unwrap()).unwrap_err().to_string().starts_with(name));
        assert!(model.predict(missing.features()).unwrap_err().to_string().starts_with(name));
    }
    check_error(
        Ridge::new().alpha(f64::NAN).fit(&usable),
        "ridge.alpha is NaN, but it must be a finite number of at least 0",
    );
    check_error(
        Lasso::new().alpha(-0.5).fit(&usable),
        "lasso.alpha is -0.5, but it must be a finite number greater than 0",
    );
    check_error(Lasso::new().max_iter(0).fit(&usable), "lasso.max_iter is 0, but it must be at least 1");
    check_error(
        ElasticNet::new().l1_ratio(-0.1).fit(&usable),
        "elastic_net.l1_ratio is -0.1, but it must be from 0 to 1",
    );
    check_error(
        ElasticNet::new().set_param("tol", &0.0.into()),
        "elastic_net.tol is 0.0, but it must be a finite number greater than 0",
    );
    check_error(
        LinearRegression::new().set_param("alpha", &1.0.into()),
        "unknown parameter \"alpha\" of linear; it has: fit_intercept",
    );
    check_error(
        ElasticNet::new().l1_ratio(0.0).alphas(&usable, 3, 0.1),
        "elastic_net.l1_ratio is 0.0, but it must be a finite number greater than 0",
    );
    let huge = of([Some(1e200), Some(2e200), Some(-4e200)]);
    check_error(
        LinearRegression::new().fit(&huge),
        "linear: column `a` holds 1e200 in row 0 (0-based), but a value must be no greater than 1e150, or its square is infinite; \
         scale the column first",
    );
    // One that fails fails alone.
    let search = GridSearch::new(Ridge::new())
        .param("alpha", [-1.0, 1.0])
        .cv(KFold::new(3))
        .scoring(&["neg_mean_squared_error"])
        .fit(&usable)
        .unwrap();
    assert_eq!(search.results().column("error").unwrap().null_count(), 1);
}
