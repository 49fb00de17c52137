//! Robust and Poisson regressions and calibrated classifiers: scikit-learn's values, and what they promise.

use ndarray::Array2;
use polars::prelude::{Column, DataFrame};
use serde_json::Value;
use workbench::data::{Dataset, Target, breast_cancer, from_array};
use workbench::models::{
    CalibratedModel, CalibrationMethod, Estimator, GaussianNb, HuberRegressor, LinearSvc, Model, PoissonRegressor,
    Predictions, Svc, Wanted, model_from_json,
};
use workbench::prelude::rayon::ThreadPoolBuilder;
use workbench::preprocess::{ParamValue, StandardScaler};
use workbench::search::GridSearch;
use workbench::select::{
    CalibratedClassifier, Fold, PredefinedFolds, StratifiedKFold, brier_score, log_loss, train_test_split,
};
use workbench::train::interrupt;

use super::numbers;

/// What scikit-learn says; `golden/estimators.py` wrote it, of the data of `golden/trees.py`.
fn golden() -> (Value, Value) {
    let read = |text: &str| serde_json::from_str(text).unwrap();
    (read(include_str!("../golden/estimators.json")), read(include_str!("../golden/trees.json")))
}

/// The four numbers beside `target`; weights have `least_weight` added.
fn data_of(target: &str, is_weighted: bool, least_weight: f64) -> Dataset {
    let (golden, trees) = golden();
    let columns: Vec<Column> = trees["data"]["x"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
        .map(|(index, values)| Column::new(format!("x{index}").into(), numbers(values)))
        .collect();
    let values = numbers(if target == "outliers" { &golden["outliers"] } else { &trees["data"][target] });
    let target = if ["two", "three"].contains(&target) {
        let labels: Vec<&str> = values.iter().map(|&code| ["a", "b", "c"][code as usize]).collect();
        Target::from_labels(&labels)
    } else {
        Target::Values(values)
    };
    let data = Dataset::new(DataFrame::new(columns[0].len(), columns).unwrap(), target, "t").unwrap();
    if !is_weighted {
        return data;
    }
    let weights: Vec<f64> = numbers(&trees["data"]["weights"]).iter().map(|weight| weight + least_weight).collect();
    data.with_weights(&weights).unwrap()
}

fn set(estimator: &mut dyn Estimator, case: &Value) {
    for (name, value) in case["settings"].as_object().unwrap() {
        let value: ParamValue = match value {
            Value::Bool(flag) => (*flag).into(),
            number => number.as_f64().unwrap().into(),
        };
        estimator.set_param(name, &value).unwrap();
    }
}

#[track_caller]
fn assert_near(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= tolerance * expected.abs().max(1.0), "{found}, expected {expected}");
    }
}

/// scikit-learn's solver stops where its objective no longer falls, some digits before the optimum.
#[test]
fn robust_regressions_are_those_of_scikit_learn() {
    for case in golden().0["huber"].as_array().unwrap() {
        let data = data_of("outliers", case["weighted"].as_bool().unwrap(), 0.0);
        let mut huber = HuberRegressor::new();
        set(&mut huber, case);
        let model = huber.fit(&data).unwrap();
        assert!(model.converged() && model.n_iter() < 40, "{} steps: {}", model.n_iter(), case["settings"]);
        assert_near(&model.coef(), &numbers(&case["coef"]), 1e-4);
        let expected = [case["intercept"].as_f64().unwrap(), case["scale"].as_f64().unwrap()];
        assert_near(&[model.intercept(), model.scale()], &expected, 1e-4);
        if !case["weighted"].as_bool().unwrap() {
            assert_eq!(model.n_outliers() as u64, case["n_outliers"].as_u64().unwrap());
        }
    }
}

#[test]
fn a_robust_regression_follows_the_units_and_ends_where_all_is_told() {
    let data = data_of("outliers", false, 0.0);
    let plain = HuberRegressor::new().alpha(0.0).fit(&data).unwrap();
    let Target::Values(values) = data.target() else { unreachable!() };
    let thousands = Target::Values(values.iter().map(|value| value * 1000.0).collect());
    let scaled = Dataset::new(data.features().clone(), thousands, "t").unwrap();
    let model = HuberRegressor::new().alpha(0.0).fit(&scaled).unwrap();
    assert_near(&model.coef(), &plain.coef().iter().map(|weight| weight * 1000.0).collect::<Vec<_>>(), 1e-6);
    let records = Array2::from_shape_fn((30, 1), |(row, _)| row as f64);
    for values in [vec![3.0; 30], (0..30).map(|row| f64::from(row) * 2.0 + 1.0).collect::<Vec<f64>>()] {
        let data = Dataset::new(from_array(&records, &["x"]).unwrap(), Target::Values(values.clone()), "y").unwrap();
        let model = HuberRegressor::new().alpha(0.0).fit(&data).unwrap();
        let Target::Values(told) = model.predict(data.features()).unwrap() else { unreachable!() };
        assert_near(&told, &values, 1e-6);
    }
}

#[test]
fn poisson_regressions_are_those_of_scikit_learn() {
    for case in golden().0["poisson"].as_array().unwrap() {
        let data = data_of("counts", case["weighted"].as_bool().unwrap(), 0.0);
        let mut poisson = PoissonRegressor::new().tol(1e-12);
        set(&mut poisson, case);
        let model = poisson.fit(&data).unwrap();
        assert!(model.n_iter() < 20, "{} steps", model.n_iter());
        assert_near(&model.coef(), &numbers(&case["coef"]), 1e-10);
        assert_near(&[model.intercept()], &[case["intercept"].as_f64().unwrap()], 1e-10);
        let Target::Values(told) = model.predict(data.features()).unwrap() else { unreachable!() };
        assert_near(&told, &numbers(&case["told"]), 1e-9);
    }
    let refused = PoissonRegressor::new().fit(&data_of("values", false, 0.0)).unwrap_err().to_string();
    assert!(refused.starts_with("poisson: the target `t` is with -"), "{refused}");
}

/// An isotonic function is found exactly; scikit-learn's sigmoid stops where its gradient is below a millionth.
#[test]
fn calibrated_probabilities_are_those_of_scikit_learn() {
    for case in golden().0["calibrated"].as_array().unwrap() {
        let data = data_of(case["target"].as_str().unwrap(), case["weighted"].as_bool().unwrap(), 1.0);
        let inner: Box<dyn Estimator> = match case["estimator"].as_str().unwrap() {
            "gaussian_nb" => Box::new(GaussianNb::new()),
            _ => Box::new(LinearSvc::new().tol(1e-12).max_iter(1_000_000)),
        };
        let method: CalibrationMethod = case["method"].as_str().unwrap().parse().unwrap();
        let calibrated = CalibratedClassifier::boxed(inner)
            .method(method)
            .ensemble(case["ensemble"].as_bool().unwrap())
            .cv(StratifiedKFold::new(4));
        let model = calibrated.fit(&data).unwrap();
        let told: Vec<f64> = model.predict_proba(data.features()).unwrap().into_iter().collect();
        let expected: Vec<f64> = case["told"].as_array().unwrap().iter().flat_map(numbers).collect();
        let tolerance = if method == CalibrationMethod::Isotonic { 1e-9 } else { 2e-5 };
        assert_near(&told, &expected, tolerance);
        let read = model_from_json(&model.to_json().unwrap()).unwrap();
        assert_eq!(read.predict_proba(data.features()).unwrap(), model.predict_proba(data.features()).unwrap());
        assert_eq!(model.models().len(), if case["ensemble"].as_bool().unwrap() { 4 } else { 1 });
    }
}

#[test]
fn calibration_gives_probabilities_and_betters_them() {
    let data = Dataset::from_frame(&breast_cancer().unwrap(), "diagnosis").unwrap();
    let (train, test) = train_test_split(&data, 0.4, 5).unwrap();
    let wanted = Wanted { probabilities: true, decisions: false };
    let told = |model: &dyn Model| Predictions::of(model, test.features(), wanted).unwrap();
    let plain = told(&GaussianNb::new().fit(&train).unwrap());
    for method in [CalibrationMethod::Sigmoid, CalibrationMethod::Isotonic] {
        let calibrated = told(&CalibratedClassifier::new(GaussianNb::new()).method(method).fit(&train).unwrap());
        assert!(brier_score(&test, &calibrated).unwrap() < brier_score(&test, &plain).unwrap());
    }
    let svc = workbench::models::Pipeline::new().step("scale", StandardScaler::new()).estimator("svc", Svc::new());
    assert!(svc.fit(&train).unwrap().predict_proba(test.features()).is_err());
    let model = CalibratedClassifier::new(svc.clone()).fit(&train).unwrap();
    assert!(log_loss(&test, &told(&model)).unwrap() < 0.2);
    // Settings inside and its own are searched.
    let search = GridSearch::new(CalibratedClassifier::new(svc))
        .param("svc__C", [0.1, 1.0])
        .param("method", ["sigmoid", "isotonic"])
        .scoring(&["neg_log_loss"])
        .fit(&train)
        .unwrap();
    assert_eq!(search.results().height(), 4);
    let best = search.best_model().unwrap();
    assert!(best.as_any().downcast_ref::<CalibratedModel>().is_some());
}

#[test]
fn what_calibration_refuses_is_named() {
    let data = data_of("three", false, 0.0);
    let Target::Classes { codes, .. } = data.target() else { unreachable!() };
    let of = |keeps: &dyn Fn(u32) -> bool| (0..data.n_samples()).filter(|&row| keeps(codes[row])).collect::<Vec<_>>();
    // The second fold's training rows lack a class, which an ensemble does not mind.
    let fold = |train: Vec<usize>| Fold {
        validation: (0..data.n_samples()).filter(|row| !train.contains(row)).collect(),
        train,
    };
    let half: Vec<usize> = (0..data.n_samples()).filter(|row| row % 2 == 0).collect();
    let folds = PredefinedFolds::new(vec![fold(half), fold(of(&|code| code != 2))]);
    let calibrated = CalibratedClassifier::new(GaussianNb::new()).cv(folds);
    let model = calibrated.fit(&data).unwrap();
    let told = model.predict_proba(data.features()).unwrap();
    assert!(told.ncols() == 3 && told.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-12));
    let refused = calibrated.ensemble(false).fit(&data).unwrap_err().to_string();
    let expected = "the classes of the training rows of fold 1 (0-based) is without \"c\" there or before, but it must be the same";
    assert!(refused.starts_with(expected), "{refused}");
    let mut calibrated = CalibratedClassifier::new(GaussianNb::new());
    let refused = calibrated.set_param("method", &"platt".into()).unwrap_err().to_string();
    assert_eq!(refused, "method is \"platt\", but it must be one of \"sigmoid\", \"isotonic\"");
    // The same at any number of threads, and rows of no weight are no rows.
    let weights: Vec<f64> = (0..data.n_samples()).map(|row| (row % 3) as f64).collect();
    let weighted = data.clone().with_weights(&weights).unwrap();
    let counted: Vec<usize> = (0..data.n_samples()).filter(|row| row % 3 > 0).collect();
    let without = calibrated.fit(&weighted.take(&counted).unwrap()).unwrap().predict_proba(data.features()).unwrap();
    for n_threads in [1, 2, 8] {
        let pool = ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let told = pool.install(|| calibrated.fit(&weighted)).unwrap().predict_proba(data.features()).unwrap();
        assert_eq!(told, without);
    }
    interrupt::request();
    let stopped = calibrated.fit(&data);
    interrupt::clear();
    assert_eq!(stopped.unwrap_err().to_string(), "interrupted");
}
