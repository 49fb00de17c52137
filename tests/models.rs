//! Tests of models: coefficients against scikit-learn's, what they keep, and what they refuse.

mod conformance;
mod linear;
mod logistic;
mod more;
mod others;
mod refused;
mod sgd;
mod svm;
mod trees;

use ndarray::{Array2, array};
use polars::prelude::{Column, df};
use serde_json::Value;
use workbench::data::{Dataset, Target, drop_missing, penguins};
use workbench::models::{
    ClassifierStrategy, DummyClassifier, Estimator, LogisticModel, LogisticRegression, Model, Penalty, Pipeline,
    PipelineModel, SgdClassifier, SgdLoss, SgdModel,
};
use workbench::preprocess::{
    Action, FittedTransformer, Imputer, OutlierFilter, Outliers, ParamValue, StandardScaler, Strategy,
};
use workbench::train::LearningRate;

/// What scikit-learn says; `golden/models.py` wrote it.
pub fn golden() -> Value {
    serde_json::from_str(include_str!("golden/models.json")).unwrap()
}

/// The penguins' four measures, some of them missing, beside `target`.
pub fn penguin_data(target: &str) -> Dataset {
    let columns = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", target];
    let frame = drop_missing(&penguins().unwrap(), &[target]).unwrap().select(columns).unwrap();
    Dataset::from_frame(&frame, target).unwrap()
}

/// The tour's pipeline.
pub fn prepared(estimator: impl Estimator + 'static) -> Pipeline {
    Pipeline::new()
        .step("impute", Imputer::new(Strategy::Median))
        .step("scale", StandardScaler::new())
        .estimator("logistic", estimator)
}

pub fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn scaled(data: &Dataset) -> Dataset {
    let imputed = Imputer::new(Strategy::Median).fit(data.features()).unwrap().transform(data.features()).unwrap();
    let scaled = StandardScaler::new().fit(&imputed).unwrap().transform(&imputed).unwrap();
    data.with_features(scaled).unwrap()
}

#[track_caller]
fn assert_close(found: &Array2<f64>, intercept: &[f64], expected: &Value, tolerance: f64) {
    let rows: Vec<Vec<f64>> = expected["coef"].as_array().unwrap().iter().map(numbers).collect();
    assert_eq!(found.dim(), (rows.len(), rows[0].len()));
    for (found, expected) in found.rows().into_iter().zip(&rows) {
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() <= tolerance, "coefficient {found}, expected {expected}");
        }
    }
    for (found, expected) in intercept.iter().zip(numbers(&expected["intercept"])) {
        assert!((found - expected).abs() <= tolerance, "intercept {found}, expected {expected}");
    }
}

fn logistic_of(model: &PipelineModel) -> LogisticModel {
    model.model().as_any().downcast_ref::<LogisticModel>().unwrap().clone()
}

#[test]
fn logistic_coefficients_are_those_of_scikit_learn() {
    for search in golden()["searches"].as_array().unwrap() {
        let data = penguin_data(search["target"].as_str().unwrap());
        assert_eq!(data.n_samples() as u64, search["n_samples"].as_u64().unwrap());
        for candidate in search["candidates"].as_array().unwrap() {
            let penalty: Penalty = candidate["penalty"].as_str().unwrap().parse().unwrap();
            let settings = LogisticRegression::new().penalty(penalty).c(candidate["C"].as_f64().unwrap());
            let model = logistic_of(&prepared(settings).fit(&data).unwrap());
            assert!(model.converged() && model.warning().is_none());
            let tolerance = if penalty == Penalty::L1 { 1e-3 } else { 1e-4 };
            assert_close(&model.coef(), &model.intercept().to_vec(), candidate, tolerance);
        }
    }
}

#[test]
fn unpenalised_coefficients_are_those_of_scikit_learn() {
    for expected in golden()["unpenalised"].as_array().unwrap() {
        let data = penguin_data(expected["target"].as_str().unwrap());
        let model = logistic_of(&prepared(LogisticRegression::new().penalty(Penalty::None)).fit(&data).unwrap());
        assert!(model.converged());
        assert_close(&model.coef(), &model.intercept().to_vec(), expected, 1e-4);
    }
}

#[test]
fn without_an_intercept_it_is_zero() {
    for expected in golden()["without_intercept"].as_array().unwrap() {
        let penalty = expected["penalty"].as_str().unwrap().parse().unwrap();
        let settings = LogisticRegression::new().penalty(penalty).fit_intercept(false);
        let model = logistic_of(&prepared(settings).fit(&penguin_data("sex")).unwrap());
        assert_eq!(model.intercept().to_vec(), [0.0]);
        assert_close(&model.coef(), &[0.0], expected, 1e-4);
    }
}

#[test]
fn strong_l1_sets_coefficients_to_exactly_zero() {
    let model = LogisticRegression::new().penalty(Penalty::L1).c(0.02).fit(&scaled(&penguin_data("sex"))).unwrap();
    let zeros = model.coef().iter().filter(|coefficient| **coefficient == 0.0).count();
    assert!((1..4).contains(&zeros), "{zeros} of 4 are 0");
    let nothing = LogisticRegression::new().penalty(Penalty::L1).c(1e-6).fit(&scaled(&penguin_data("sex"))).unwrap();
    assert!(nothing.coef().iter().all(|coefficient| *coefficient == 0.0));
    // Then the intercept tells how frequent the classes are.
    assert!((nothing.intercept()[0] - (168.0_f64 / 165.0).ln()).abs() < 1e-9);
}

/// More weights than the matrix of second derivatives is made for: the other solvers must meet the same conditions.
#[test]
fn many_features_meet_the_conditions_of_an_optimum() {
    let (n_samples, n_features) = (200, 300);
    let noise = |index: usize| ((index as f64 * 12.9898).sin() * 43758.5453).fract();
    let records = Array2::from_shape_fn((n_samples, n_features), |(row, column)| noise(row * n_features + column + 1));
    let names: Vec<String> = (0..n_features).map(|column| format!("x{column}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for n_classes in [2, 3] {
        let code = |row: usize| (records[[row, 0]] * 5.0 + records[[row, 1]] + 3.0) as usize + row / 50;
        let label = |row: usize| ["a", "b", "c"][code(row) % n_classes];
        let labels: Vec<&str> = (0..n_samples).map(label).collect();
        let target = Target::from_labels(&labels);
        let Target::Classes { codes, .. } = &target else { unreachable!() };
        let data = Dataset::from_arrays(&records, target.clone(), &names).unwrap();
        for penalty in [Penalty::L1, Penalty::L2] {
            let c = 0.5;
            let model = LogisticRegression::new().penalty(penalty).c(c).fit(&data).unwrap();
            assert!(model.converged(), "{penalty} with {n_classes} classes");
            let probabilities = model.predict_proba(data.features()).unwrap();
            for (plane, weights) in model.coef().rows().into_iter().enumerate() {
                let class = if n_classes == 2 { 1 } else { plane };
                for (column, &weight) in weights.iter().enumerate() {
                    let residual =
                        |row: usize| probabilities[[row, class]] - f64::from(u8::from(codes[row] as usize == class));
                    let slope: f64 = c * (0..n_samples).map(|row| residual(row) * records[[row, column]]).sum::<f64>();
                    let miss = match penalty {
                        Penalty::L2 => (slope + weight).abs(),
                        _ if weight == 0.0 => (slope.abs() - 1.0).max(0.0),
                        _ => (slope + weight.signum()).abs(),
                    };
                    assert!(miss < 1e-5, "{penalty}, {n_classes} classes, column {column}: {miss}");
                }
            }
        }
    }
}

#[test]
fn columns_that_say_the_same_share_the_coefficient() {
    let frame =
        df!("a" => [0.0, 1.0, 2.0, 3.0, 1.5, 0.5], "b" => [0.0, 1.0, 2.0, 3.0, 1.5, 0.5], "one" => [1.0; 6]).unwrap();
    let data = Dataset::new(frame, Target::from_labels(&["n", "n", "y", "y", "n", "y"]), "t").unwrap();
    for penalty in [Penalty::None, Penalty::L2] {
        let model = LogisticRegression::new().penalty(penalty).fit(&data).unwrap();
        assert!(model.converged());
        assert!((model.coef()[[0, 0]] - model.coef()[[0, 1]]).abs() < 1e-6);
    }
}

/// Coordinates alone would crawl along the valley that a redundant column makes.
#[test]
fn a_weak_l1_penalty_on_redundant_columns_is_quick() {
    let data = scaled(&penguin_data("sex"));
    let records = data.records().unwrap();
    let redundant = records.dot(&array![0.3, -0.7, 0.5, 0.2]);
    let mut frame = data.features().clone();
    frame.with_column(Column::new("redundant".into(), redundant.to_vec())).unwrap();
    let data = data.with_features(frame).unwrap();
    let model = LogisticRegression::new().penalty(Penalty::L1).c(100.0).fit(&data).unwrap();
    assert!(model.converged() && model.n_iter() < 15, "{} steps", model.n_iter());
    assert!(model.coef().iter().any(|coefficient| *coefficient == 0.0));
}

#[test]
fn predictions_agree_with_each_other() {
    for (target, n_classes) in [("sex", 2), ("species", 3)] {
        let data = scaled(&penguin_data(target));
        let model = LogisticRegression::new().fit(&data).unwrap();
        let probabilities = model.predict_proba(data.features()).unwrap();
        assert_eq!(probabilities.dim(), (data.n_samples(), n_classes));
        let Target::Classes { codes, labels } = model.predict(data.features()).unwrap() else { unreachable!() };
        assert_eq!(labels, model.classes());
        for (row, code) in probabilities.rows().into_iter().zip(codes) {
            assert!((row.sum() - 1.0).abs() < 1e-12);
            assert!(row.iter().all(|probability| *probability <= row[code as usize]));
        }
        // Columns are found by name.
        let reversed: Vec<_> = data.feature_names().into_iter().rev().collect();
        let reversed = data.features().select(reversed).unwrap();
        assert_eq!(model.predict(&reversed).unwrap(), model.predict(data.features()).unwrap());
        assert_eq!(model.coefficients().shape(), (5, if n_classes == 2 { 2 } else { 4 }));
    }
}

#[test]
fn models_survive_being_written_down() {
    let data = scaled(&penguin_data("species"));
    let logistic = LogisticRegression::new().fit(&data).unwrap();
    let read: LogisticModel = serde_json::from_str(&serde_json::to_string(&logistic).unwrap()).unwrap();
    assert_eq!(read.predict(data.features()).unwrap(), logistic.predict(data.features()).unwrap());
    let sgd = SgdClassifier::new().fit(&data).unwrap();
    let read: SgdModel = serde_json::from_str(&serde_json::to_string(&sgd).unwrap()).unwrap();
    // `serde_json` may lose the last bit of a number.
    assert!((read.coef() - sgd.coef()).iter().all(|difference| difference.abs() < 1e-12));
    assert_eq!(read.predict(data.features()).unwrap(), sgd.predict(data.features()).unwrap());
    // A row of coefficients is gone.
    let mut torn = serde_json::to_value(&logistic).unwrap();
    torn["planes"]["coefficients"].as_array_mut().unwrap().pop();
    assert_eq!(
        serde_json::from_value::<LogisticModel>(torn).unwrap_err().to_string(),
        "a model of 3 classes and 4 features has 3 rows of 4 coefficients and 3 intercepts, but these have another shape"
    );
}

#[test]
fn descents_are_those_of_scikit_learn() {
    for case in golden()["descents"].as_array().unwrap() {
        let data = scaled(&penguin_data(case["target"].as_str().unwrap()));
        let settings = &case["settings"];
        let text = |name: &str| settings[name].as_str().unwrap();
        let real = |name: &str| settings[name].as_f64().unwrap();
        let count = |name: &str| settings[name].as_u64().unwrap() as usize;
        let model = SgdClassifier::new()
            .shuffle(false)
            .loss(text("loss").parse().unwrap())
            .penalty(text("penalty").parse().unwrap())
            .learning_rate(text("learning_rate").parse().unwrap())
            .alpha(real("alpha"))
            .eta0(real("eta0"))
            .tol(real("tol"))
            .n_iter_no_change(count("n_iter_no_change"))
            .max_iter(count("max_iter"))
            .fit(&data)
            .unwrap();
        assert_eq!(model.n_iter() as u64, case["n_iter"].as_u64().unwrap(), "{settings}");
        assert_close(&model.coef(), &model.intercept().to_vec(), case, 1e-6);
    }
}

#[test]
fn an_adaptive_rate_falls_by_five_and_ends() {
    let data = scaled(&penguin_data("sex"));
    let settings = SgdClassifier::new().learning_rate(LearningRate::Adaptive).loss(SgdLoss::LogLoss);
    let model = settings.eta0(0.1).seed(3).fit(&data).unwrap();
    assert!(model.converged());
    let history = model.history();
    assert_eq!(history.get_column_names(), ["epoch", "loss", "objective", "learning_rate"]);
    let rates: Vec<f64> = history.column("learning_rate").unwrap().f64().unwrap().into_no_null_iter().collect();
    assert_eq!(rates[0], 0.1);
    assert!(*rates.last().unwrap() <= 1e-6);
    assert!(rates.windows(2).all(|pair| pair[0] == pair[1] || (pair[0] / pair[1] - 5.0).abs() < 1e-9));
    let by_class = SgdClassifier::new().fit(&scaled(&penguin_data("species"))).unwrap().history();
    assert_eq!(by_class.get_column_names(), ["class", "epoch", "loss", "objective", "learning_rate"]);
}

#[test]
fn a_seed_decides_a_descent() {
    let data = scaled(&penguin_data("sex"));
    let fit = |seed: u64| SgdClassifier::new().seed(seed).fit(&data).unwrap();
    assert_eq!(fit(1), fit(1));
    assert_ne!(fit(1).coef(), fit(2).coef());
}

#[test]
fn a_pipeline_drops_rows_in_fitting_only() {
    let frame = df!("x" => [0.0, 0.1, 0.2, 0.9, 1.0, 1.1, 500.0]).unwrap();
    let data = Dataset::new(frame, Target::from_labels(&["n", "n", "y", "n", "y", "y", "n"]), "t").unwrap();
    let pipeline = Pipeline::new()
        .step("outliers", OutlierFilter::new(Outliers::Iqr { factor: 1.5 }).action(Action::Drop))
        .estimator("logistic", LogisticRegression::new());
    let model = pipeline.fit(&data).unwrap();
    assert_eq!(model.predict(data.features()).unwrap().len(), 7);
    let without = LogisticRegression::new().fit(&data.take(&[0, 1, 2, 3, 4, 5]).unwrap()).unwrap();
    assert_eq!(logistic_of(&model).coef(), without.coef());
}

#[test]
fn nested_settings_are_reached_by_name() {
    let mut pipeline = prepared(LogisticRegression::new());
    pipeline.set_param("logistic__C", &ParamValue::Int(10)).unwrap();
    pipeline.set_param("impute__strategy", &"mean".into()).unwrap();
    let params = pipeline.params();
    assert!(params.contains(&("logistic__C".to_string(), ParamValue::Float(10.0))));
    assert!(params.contains(&("impute__strategy".to_string(), "mean".into())));
    for (name, value) in &params {
        // `fill_value` may be unset, which no value stands for.
        if name != "impute__fill_value" {
            pipeline.set_param(name, value).unwrap();
        }
    }
    assert_eq!(pipeline.params(), params);
}

#[test]
fn the_baseline_tells_the_most_frequent_class() {
    let data = penguin_data("species");
    let model = DummyClassifier::new().fit(&data).unwrap();
    assert_eq!(model.class(), "Adelie");
    let probabilities = model.predict_proba(&data.features().head(Some(1))).unwrap();
    assert!((probabilities - array![[152.0, 68.0, 124.0]] / 344.0).iter().all(|difference| difference.abs() < 1e-15));
    let certain = DummyClassifier::new().strategy(ClassifierStrategy::MostFrequent).fit(&data).unwrap();
    assert_eq!(certain.predict_proba(&data.features().head(Some(1))).unwrap(), array![[1.0, 0.0, 0.0]]);
}
