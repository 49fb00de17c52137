//! Stochastic gradient descent: all losses against scikit-learn's, going on from a model, averages and early stopping.

use serde_json::Value;
use workbench::data::{Dataset, Target};
use workbench::models::{ClassWeight, Estimator, SgdClassifier, SgdLoss, SgdRegressionLoss, SgdRegressor};
use workbench::preprocess::ParamValue;
use workbench::select::{accuracy, r2};
use workbench::train::LearningRate;

use super::logistic::{class_weight, data, golden};
use super::{assert_close, numbers};

/// Sets the settings of a golden case by name.
fn set_all(estimator: &mut dyn Estimator, settings: &Value) {
    for (name, value) in settings.as_object().unwrap() {
        let value: ParamValue = match value {
            Value::String(text) => text.as_str().into(),
            Value::Number(number) => {
                number.as_i64().map_or_else(|| ParamValue::Float(number.as_f64().unwrap()), ParamValue::Int)
            }
            other => panic!("{other}"),
        };
        estimator.set_param(name, &value).unwrap();
    }
}

#[test]
fn classifiers_are_those_of_scikit_learn() {
    let golden = golden();
    for case in golden["classifiers"].as_array().unwrap() {
        let target = case["target"].as_str().unwrap();
        let data = data(&golden, target, case["is_weighted"].as_bool().unwrap());
        let weight = class_weight(case["class_weight"].as_str().unwrap(), target);
        let mut settings = SgdClassifier::new().shuffle(false).class_weight(weight);
        set_all(&mut settings, &case["settings"]);
        let model = settings.fit(&data).unwrap();
        assert_eq!(model.n_iter() as u64, case["n_iter"].as_u64().unwrap(), "{case}");
        // The same formulas, in another order of sums: small differences grow from step to step.
        assert_close(&model.coef(), &model.intercept().to_vec(), case, 1e-8);
    }
}

#[test]
fn regressors_are_those_of_scikit_learn() {
    let golden = golden();
    for case in golden["regressors"].as_array().unwrap() {
        let data = data(&golden, "values", case["is_weighted"].as_bool().unwrap());
        let mut settings = SgdRegressor::new().shuffle(false);
        set_all(&mut settings, &case["settings"]);
        let model = settings.fit(&data).unwrap();
        assert_eq!(model.n_iter() as u64, case["n_iter"].as_u64().unwrap(), "{case}");
        let expected = numbers(&case["coef"]).into_iter().chain(numbers(&case["intercept"]));
        for (found, expected) in model.coef().into_iter().chain([model.intercept()]).zip(expected) {
            assert!((found - expected).abs() < 1e-8, "{found}, expected {expected}: {case}");
        }
        let Target::Values(told) = model.predict(data.features()).unwrap() else { unreachable!() };
        let records = data.records().unwrap();
        let output: f64 = records.row(3).iter().zip(model.coef()).map(|(value, weight)| value * weight).sum();
        assert!((told[3] - output - model.intercept()).abs() < 1e-12);
    }
}

#[test]
fn partial_fits_go_on_as_epochs_do() {
    let data = data(&golden(), "three", false);
    for settings in [
        SgdClassifier::new().loss(SgdLoss::LogLoss).learning_rate(LearningRate::InvScaling).seed(3),
        SgdClassifier::new().average(100).shuffle(false),
    ] {
        let whole = settings.clone().max_iter(3).n_iter_no_change(10).fit(&data).unwrap();
        let mut model = settings.partial_fit(None, &data).unwrap();
        for _ in 0..2 {
            model = settings.partial_fit(Some(&model), &data).unwrap();
        }
        assert_eq!(model.n_steps(), 3 * data.n_samples() as u64);
        assert!((model.coef() - whole.coef()).iter().all(|difference| difference.abs() < 1e-9));
    }
}

#[test]
fn partial_fits_know_the_classes_of_the_first() {
    let data = data(&golden(), "three", false);
    let Target::Classes { codes, .. } = data.target().clone() else { unreachable!() };
    let of_class = |class: u32| {
        let rows: Vec<usize> = (0..codes.len()).filter(|&row| codes[row] == class).collect();
        data.take(&rows).unwrap()
    };
    let settings = SgdClassifier::new();
    let model = settings.partial_fit(None, &of_class(1)).unwrap();
    assert_eq!(model.classes(), ["0", "1", "2"]);
    let model = settings.partial_fit(Some(&model), &of_class(0)).unwrap();
    assert_eq!(model.n_steps() as usize, of_class(0).n_samples() + of_class(1).n_samples());
    let labels: Vec<&str> = codes.iter().map(|code| ["0", "1", "7"][*code as usize]).collect();
    let others = Dataset::new(data.features().clone(), Target::from_labels(&labels), "t").unwrap();
    assert_eq!(
        settings.partial_fit(Some(&model), &others).unwrap_err().to_string(),
        "a class is \"7\", but it must be one of \"0\", \"1\", \"2\""
    );
    assert_eq!(
        settings.clone().early_stopping(true).partial_fit(None, &data).unwrap_err().to_string(),
        "sgd.early_stopping is true, but it must be false in a partial fit"
    );
    assert!(settings.class_weight(ClassWeight::Balanced).partial_fit(None, &data).is_err());
    let features = data.features().select(["a", "b"]).unwrap();
    let fewer = data.with_features(features).unwrap();
    assert!(
        SgdClassifier::new()
            .partial_fit(Some(&model), &fewer)
            .unwrap_err()
            .to_string()
            .contains("missing: `c`, `d`, `e`")
    );
    let values = super::logistic::data(&golden(), "values", false);
    let settings = SgdRegressor::new();
    let model = settings.partial_fit(None, &values).unwrap();
    let model = settings.partial_fit(Some(&model), &values).unwrap();
    let whole = settings.max_iter(2).fit(&values).unwrap();
    assert!(model.coef().iter().zip(whole.coef()).all(|(one, other)| (one - other).abs() < 1e-9));
}

#[test]
fn early_stopping_looks_at_rows_held_out() {
    let golden = golden();
    let two = data(&golden, "two", false);
    let settings = SgdClassifier::new().loss(SgdLoss::LogLoss).early_stopping(true).validation_fraction(0.3).seed(1);
    let model = settings.fit(&two).unwrap();
    assert!(model.converged() && model.n_iter() < 100);
    // 105 of 150 rows are learnt from in each epoch.
    assert_eq!(model.n_steps(), 105 * model.n_iter() as u64);
    let history = model.history();
    let best = history.column("objective").unwrap().f64().unwrap().into_no_null_iter().fold(0.0_f64, f64::min);
    assert!((-1.0..-0.6).contains(&best), "the negative of an accuracy: {best}");
    assert!(accuracy(two.target(), &model.predict(two.features()).unwrap()).unwrap() > 0.6);
    let values = data(&golden, "values", true);
    let model = SgdRegressor::new().early_stopping(true).seed(1).fit(&values).unwrap();
    assert!(model.converged());
    assert!(r2(values.target(), &model.predict(values.features()).unwrap()).unwrap() > 0.0);
    assert_eq!(
        SgdClassifier::new().validation_fraction(1.0).fit(&two).unwrap_err().to_string(),
        "sgd.validation_fraction is 1.0, but it must be greater than 0 and less than 1"
    );
    let few = two.take(&[0, 1, 2, 3, 4, 5]).unwrap();
    assert!(settings.validation_fraction(0.01).fit(&few).unwrap_err().to_string().contains("0.01 of 6 rows"));
}

#[test]
fn threads_change_no_descent() {
    // More rows than are gathered at once.
    let golden = golden();
    let rows: Vec<usize> = (0..40_000).map(|row| row * 17 % 150).collect();
    let (classes, values) =
        (data(&golden, "three", true).take(&rows).unwrap(), data(&golden, "values", false).take(&rows).unwrap());
    let with = |n_threads: usize| {
        let pool = workbench::prelude::rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| {
            let classifier = SgdClassifier::new().loss(SgdLoss::ModifiedHuber).max_iter(4).fit(&classes).unwrap();
            let regressor = SgdRegressor::new().loss(SgdRegressionLoss::Huber).max_iter(4).fit(&values).unwrap();
            (classifier, regressor)
        })
    };
    let one = with(1);
    assert_eq!(one, with(2));
    assert_eq!(one, with(8));
    let other = SgdClassifier::new().loss(SgdLoss::ModifiedHuber).max_iter(4).seed(9).fit(&classes).unwrap();
    assert_ne!(one.0.coef(), other.coef());
}

#[test]
fn probabilities_follow_the_loss() {
    let data = data(&golden(), "two", false);
    let huber = SgdClassifier::new().loss(SgdLoss::ModifiedHuber).fit(&data).unwrap();
    let (told, decisions) =
        (huber.predict_proba(data.features()).unwrap(), huber.decision_function(data.features()).unwrap());
    for (told, decision) in told.rows().into_iter().zip(&decisions) {
        assert!((told[1] - (decision.clamp(-1.0, 1.0) + 1.0) / 2.0).abs() < 1e-15 && (told.sum() - 1.0).abs() < 1e-15);
    }
    let perceptron = SgdClassifier::new().loss(SgdLoss::Perceptron).fit(&data).unwrap();
    assert_eq!(
        perceptron.predict_proba(data.features()).unwrap_err().to_string(),
        "sgd has no probabilities with this loss; use \"log_loss\""
    );
}
