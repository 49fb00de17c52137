//! Tests of models: coefficients against scikit-learn's, what they refuse, and what they keep.

use ndarray::{Array2, array};
use polars::prelude::{Column, DataFrame, df};
use serde_json::Value;
use workbench::data::{Dataset, Target, drop_missing, penguins};
use workbench::models::{
    DummyClassifier, Estimator, LogisticModel, LogisticRegression, Model, Penalty, Pipeline, PipelineModel, SgdClassifier,
    SgdLoss, SgdModel,
};
use workbench::preprocess::{
    Action, FittedTransformer, Imputer, OutlierFilter, Outliers, ParamValue, StandardScaler, Strategy,
};
use workbench::train::{LearningRate, interrupt};

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
        let label = |row: usize| ["a", "b", "c"][((records[[row, 0]] * 5.0 + records[[row, 1]] + 3.0) as usize + row / 50) % n_classes];
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
                    let residual = |row: usize| probabilities[[row, class]] - f64::from(u8::from(codes[row] as usize == class));
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
    let frame = df!("a" => [0.0, 1.0, 2.0, 3.0, 1.5, 0.5], "b" => [0.0, 1.0, 2.0, 3.0, 1.5, 0.5], "one" => [1.0; 6]).unwrap();
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
    let model = SgdClassifier::new().learning_rate(LearningRate::Adaptive).loss(SgdLoss::LogLoss).eta0(0.1).seed(3).fit(&data).unwrap();
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
    assert_eq!(model.predict_proba(&data.features().head(Some(1))).unwrap(), array![[1.0, 0.0, 0.0]]);
}

#[track_caller]
fn check_error<T: std::fmt::Debug>(result: workbench::Result<T>, expected: &str) {
    assert_eq!(result.unwrap_err().to_string(), expected);
}

fn small(frame: DataFrame) -> Dataset {
    Dataset::new(frame, Target::from_labels(&["n", "y", "n", "y"]), "t").unwrap()
}

#[test]
fn unusable_features_are_named() {
    let missing = small(df!("a" => [1.0, 2.0, 3.0, 4.0], "b" => [Some(1.0), None, Some(2.0), Some(2.5)]).unwrap());
    check_error(
        LogisticRegression::new().fit(&missing),
        "logistic: column `b` holds a missing value in row 1 (0-based), but a model needs a finite number in every row; \
         impute missing values first, such as with `Imputer` in a pipeline",
    );
    check_error(
        SgdClassifier::new().fit(&small(df!("a" => [1.0, 2.0, f64::NEG_INFINITY, 4.0]).unwrap())),
        "sgd: column `a` holds -inf in row 2 (0-based), but a model needs a finite number in every row; \
         replace infinite values, or drop their rows",
    );
    check_error(
        LogisticRegression::new().fit(&small(df!("a" => ["1", "2", "3", "4"]).unwrap())),
        "column `a` has dtype str, but numbers are needed; cast it with `Cast`, encode it, or drop it",
    );
}

#[test]
fn unusable_targets_are_named() {
    let frame = df!("a" => [1.0, 2.0]).unwrap();
    let one_class = Dataset::new(frame.clone(), Target::from_labels(&["y", "y"]), "t").unwrap();
    let expected = "the target `t` has the class \"y\" in all 2 rows; at least two classes are needed";
    check_error(LogisticRegression::new().fit(&one_class), &format!("logistic: {expected}"));
    check_error(SgdClassifier::new().fit(&one_class), &format!("sgd: {expected}"));
    // A fold keeps the labels that its rows no longer have.
    let fold = small(df!("a" => [1.0, 2.0, 3.0, 4.0]).unwrap()).take(&[0, 2]).unwrap();
    let expected = "the target `t` has the class \"n\" in all 2 rows; at least two classes are needed";
    check_error(LogisticRegression::new().fit(&fold), &format!("logistic: {expected}"));
    let numbers = Dataset::new(frame, Target::Values(vec![0.5, 1.5]), "t").unwrap();
    check_error(
        LogisticRegression::new().fit(&numbers),
        "logistic needs a target of classes, but `t` holds numbers; \
         if these are labels, use `Dataset::from_frame_as(&frame, \"t\", Task::Classification)`",
    );
}

#[test]
fn settings_out_of_range_are_named() {
    let data = small(df!("a" => [1.0, 2.0, 3.0, 4.0]).unwrap());
    let logistic = LogisticRegression::new;
    check_error(logistic().c(-1.0).fit(&data), "logistic.C is -1.0, but it must be a finite number greater than 0");
    check_error(logistic().c(f64::NAN).fit(&data), "logistic.C is NaN, but it must be a finite number greater than 0");
    check_error(logistic().tol(0.0).fit(&data), "logistic.tol is 0.0, but it must be a finite number greater than 0");
    check_error(logistic().max_iter(0).fit(&data), "logistic.max_iter is 0, but it must be at least 1");
    check_error("l3".parse::<Penalty>(), "penalty is \"l3\", but it must be one of \"none\", \"l1\", \"l2\"");
    check_error(
        logistic().set_param("penalty", &"l3".into()),
        "penalty is \"l3\", but it must be one of \"none\", \"l1\", \"l2\"",
    );
    check_error(logistic().set_param("penalty", &1.into()), "logistic.penalty is 1, but it must be a name in quotes");
    check_error(logistic().set_param("C", &"one".into()), "logistic.C is \"one\", but it must be a number");
    check_error(
        logistic().set_param("c", &1.0.into()),
        "unknown parameter \"c\" of logistic; it has: C, fit_intercept, max_iter, penalty, tol",
    );
    let sgd = SgdClassifier::new;
    check_error(
        sgd().alpha(0.0).fit(&data),
        "sgd.alpha with the learning rate \"optimal\" is 0.0, but it must be a finite number greater than 0",
    );
    check_error(sgd().eta0(-0.1).fit(&data), "sgd.eta0 is -0.1, but it must be a finite number greater than 0");
    check_error(sgd().n_iter_no_change(0).fit(&data), "sgd.n_iter_no_change is 0, but it must be at least 1");
    check_error("log".parse::<SgdLoss>(), "loss is \"log\", but it must be one of \"hinge\", \"log_loss\"");
    check_error(
        "fast".parse::<LearningRate>(),
        "learning_rate is \"fast\", but it must be one of \"constant\", \"optimal\", \"invscaling\", \"adaptive\"",
    );
    check_error(DummyClassifier::new().set_param("C", &1.0.into()), "unknown parameter \"C\" of dummy; it has: none");
}

#[test]
fn without_a_penalty_separable_classes_are_refused() {
    let unpenalised = LogisticRegression::new().penalty(Penalty::None);
    let exactly = small(df!("a" => [1.0, 4.0, 2.0, 5.0]).unwrap());
    check_error(
        unpenalised.fit(&exactly),
        "logistic: without a penalty there is no finite optimum, because the features separate the classes exactly; \
         use the penalty \"l2\" or \"l1\"",
    );
    assert!(LogisticRegression::new().fit(&exactly).unwrap().converged());
    // At 3 there are both classes, so no plane is right everywhere, and yet the steeper the better.
    let in_part = Dataset::new(
        df!("a" => [1.0, 2.0, 3.0, 3.0, 4.0, 5.0]).unwrap(),
        Target::from_labels(&["n", "n", "n", "y", "y", "y"]),
        "t",
    );
    check_error(
        unpenalised.fit(&in_part.unwrap()),
        "logistic: without a penalty there is no finite optimum, because some classes can be separated in part, and \
         coefficients grow for ever; use the penalty \"l2\" or \"l1\"",
    );
    check_error(
        unpenalised.fit(&scaled(&penguin_data("species"))),
        "logistic: without a penalty there is no finite optimum, because some classes can be separated in part, and \
         coefficients grow for ever; use the penalty \"l2\" or \"l1\"",
    );
}

#[test]
fn a_fit_that_is_not_done_says_so() {
    let data = scaled(&penguin_data("sex"));
    let model = LogisticRegression::new().max_iter(1).fit(&data).unwrap();
    assert!(!model.converged());
    assert_eq!(
        model.warning().unwrap(),
        "logistic: not converged to tol 1e-8 after 1 steps; scale the features, or make max_iter or tol greater"
    );
    let model = SgdClassifier::new().max_iter(2).fit(&data).unwrap();
    assert_eq!(model.warning().unwrap(), "sgd: still getting better after 2 epochs; make max_iter greater");
}

#[test]
fn a_descent_that_leaves_the_numbers_says_so() {
    let data = small(df!("a" => [1e200, -1e200, 3e200, -4e200]).unwrap());
    let sgd = SgdClassifier::new().loss(SgdLoss::LogLoss).learning_rate(LearningRate::Constant).eta0(1e200);
    check_error(
        sgd.fit(&data),
        "sgd: the coefficients became infinite in epoch 1; scale the features first, such as with `StandardScaler`, \
         or make eta0 (now 1e200) smaller",
    );
}

#[test]
fn other_columns_than_the_fitted_are_named() {
    let data = small(df!("a" => [1.0, 2.0, 3.0, 4.0], "b" => [1.0, 0.0, 0.0, 1.0]).unwrap());
    let model = LogisticRegression::new().fit(&data).unwrap();
    check_error(
        model.predict(&df!("a" => [1.0], "c" => [1.0]).unwrap()),
        "logistic: the feature columns differ from those it was fitted on (`a`, `b`); missing: `b`; unexpected: `c`",
    );
    check_error(
        SgdClassifier::new().fit(&data).unwrap().predict_proba(data.features()),
        "sgd has no probabilities with the loss \"hinge\"; use \"log_loss\"",
    );
}

#[test]
fn a_pipeline_names_the_step_that_failed() {
    let constant = small(df!("a" => [2.0; 4]).unwrap());
    let error = prepared(LogisticRegression::new()).fit(&constant).unwrap_err().to_string();
    assert!(error.starts_with("step `scale`: standard_scaler: column `a` is constant (every value is 2)"), "{error}");
    let data = small(df!("a" => [1.0, 2.0, 3.0, 4.0]).unwrap());
    check_error(
        prepared(LogisticRegression::new().c(0.0)).fit(&data),
        "step `logistic`: logistic.C is 0.0, but it must be a finite number greater than 0",
    );
    check_error(
        Pipeline::new().step("impute", Imputer::new(Strategy::Median)).fit(&data),
        "the pipeline cannot be fitted: it has no estimator; end it with `.estimator(name, ..)`",
    );
    check_error(
        prepared(LogisticRegression::new()).step("scale", Imputer::new(Strategy::Mean)).fit(&data),
        "the pipeline cannot be fitted: it has two steps called \"scale\"; each needs a name of its own",
    );
    check_error(
        prepared(LogisticRegression::new()).step("a__b", Imputer::new(Strategy::Mean)).fit(&data),
        "the pipeline cannot be fitted: \"a__b\" is no name for a step; it must not be empty or have `__` in it",
    );
    let error = prepared(LogisticRegression::new()).set_param("logistic__c", &1.0.into()).unwrap_err().to_string();
    assert!(error.starts_with("unknown parameter \"logistic__c\" of pipeline; it has: impute__strategy,"), "{error}");
    assert!(error.ends_with("logistic__C, logistic__fit_intercept, logistic__max_iter, logistic__penalty, logistic__tol"), "{error}");
}

#[test]
fn an_interrupted_fit_says_so() {
    let data = scaled(&penguin_data("sex"));
    interrupt::request();
    check_error(LogisticRegression::new().fit(&data), "interrupted");
    check_error(LogisticRegression::new().penalty(Penalty::L1).fit(&data), "interrupted");
    check_error(SgdClassifier::new().fit(&data), "interrupted");
    check_error(prepared(LogisticRegression::new()).fit(&data), "interrupted");
    interrupt::clear();
    assert!(LogisticRegression::new().fit(&data).is_ok());
}
