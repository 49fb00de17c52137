//! What models refuse, and in which words.

use polars::prelude::{DataFrame, df};
use workbench::data::{Dataset, Target};
use workbench::models::{DummyClassifier, Estimator, LogisticRegression, Penalty, Pipeline, SgdClassifier, SgdLoss};
use workbench::preprocess::{Imputer, Strategy};
use workbench::train::{LearningRate, Observer, interrupt};

use super::{penguin_data, prepared, scaled};

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
    check_error(
        "l3".parse::<Penalty>(),
        "penalty is \"l3\", but it must be one of \"none\", \"l1\", \"l2\", \"elasticnet\"",
    );
    check_error(
        logistic().set_param("penalty", &"l3".into()),
        "penalty is \"l3\", but it must be one of \"none\", \"l1\", \"l2\", \"elasticnet\"",
    );
    check_error(logistic().set_param("penalty", &1.into()), "logistic.penalty is 1, but it must be a name in quotes");
    check_error(logistic().set_param("C", &"one".into()), "logistic.C is \"one\", but it must be a number");
    check_error(
        logistic().set_param("c", &1.0.into()),
        "unknown parameter \"c\" of logistic; it has: C, class_weight, fit_intercept, l1_ratio, max_iter, penalty, tol",
    );
    let sgd = SgdClassifier::new;
    check_error(
        sgd().alpha(0.0).fit(&data),
        "sgd.alpha with the learning rate \"optimal\" is 0.0, but it must be a finite number greater than 0",
    );
    check_error(sgd().eta0(-0.1).fit(&data), "sgd.eta0 is -0.1, but it must be a finite number greater than 0");
    check_error(sgd().n_iter_no_change(0).fit(&data), "sgd.n_iter_no_change is 0, but it must be at least 1");
    check_error(
        "log".parse::<SgdLoss>(),
        "loss is \"log\", but it must be one of \"hinge\", \"log_loss\", \"modified_huber\", \"squared_hinge\", \"perceptron\"",
    );
    check_error(
        "fast".parse::<LearningRate>(),
        "learning_rate is \"fast\", but it must be one of \"constant\", \"optimal\", \"invscaling\", \"adaptive\"",
    );
    check_error(
        DummyClassifier::new().set_param("C", &1.0.into()),
        "unknown parameter \"C\" of dummy; it has: strategy, constant, seed",
    );
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
    assert!(error.starts_with("step `scale`: standard_scaler: column `a` is constant"), "{error}");
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
    assert!(error.ends_with("logistic__max_iter, logistic__penalty, logistic__tol"), "{error}");
}

/// Asks for an interruption when the second epoch is done.
struct Impatient;

impl Observer for Impatient {
    fn start(&self, _total: usize, _what: &str) {}

    fn step(&self, done: usize, _message: &str) {
        if done == 2 {
            interrupt::request();
        }
    }

    fn finish(&self) {}
}

#[test]
fn interrupted_training_keeps_what_it_has() {
    let data = scaled(&penguin_data("sex"));
    let settings = SgdClassifier::new().max_iter(1000).tol(0.0);
    let model = settings.fit_observed(&data, &Impatient).unwrap();
    assert!(model.interrupted() && !model.converged());
    assert_eq!((model.n_iter(), model.history().height()), (2, 2));
    assert_eq!(model.warning().unwrap(), "sgd: interrupted after 2 epochs; the model is what they came to");
    assert_eq!(model.coef(), settings.clone().max_iter(2).fit(&data).unwrap().coef());
    assert!(!interrupt::requested(), "the interruption has been answered");
    // Of three planes one may have seen nothing then.
    let species = scaled(&penguin_data("species"));
    match settings.fit_observed(&species, &Impatient) {
        Ok(model) => assert!(model.interrupted()),
        Err(error) => assert_eq!(error.to_string(), "interrupted"),
    }
    interrupt::clear();
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
