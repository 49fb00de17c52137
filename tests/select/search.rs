//! Cross-validations and grids: scores against scikit-learn's, shared work, failures, threads and interruptions.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use polars::prelude::DataFrame;
use serde_json::Value;
use workbench::models::{DummyClassifier, Estimator, LogisticRegression, Model, Penalty, Pipeline, SgdClassifier};
use workbench::prelude::rayon;
use workbench::preprocess::{FittedTransformer, Imputer, ParamValue, StandardScaler, Strategy, Transformer};
use workbench::search::{GridSearch, SearchResult};
use workbench::select::{Fold, KFold, PredefinedFolds, StratifiedKFold, cross_validate};
use workbench::train::{Observer, interrupt};

use super::{check_error, positions};
use crate::models::{golden, numbers, penguin_data, prepared};

fn folds_of(search: &Value) -> PredefinedFolds {
    let fold = |fold: &Value| Fold { train: positions(&fold["train"]), validation: positions(&fold["validation"]) };
    PredefinedFolds::new(search["folds"].as_array().unwrap().iter().map(fold).collect())
}
fn tour_grid(search: &Value) -> GridSearch {
    GridSearch::new(prepared(LogisticRegression::new()))
        .param("logistic__penalty", ["l1", "l2"])
        .param("logistic__C", [0.1, 1.0, 10.0, 100.0])
        .cv(folds_of(search))
        .scoring(&["accuracy", "precision_macro", "recall_macro", "f1_macro", "f1_weighted"])
}

#[test]
fn searches_score_as_scikit_learn() {
    for search in golden()["searches"].as_array().unwrap() {
        let data = penguin_data(search["target"].as_str().unwrap());
        let result = tour_grid(search).fit(&data).unwrap();
        let expected = search["candidates"].as_array().unwrap();
        let (mut candidates, ranks) = (result.candidates(), result.results());
        let ranks: Vec<u64> = ranks.column("rank").unwrap().u64().unwrap().into_no_null_iter().collect();
        let rank_of: Vec<u64> = (0..candidates.len())
            .map(|idx| ranks[candidates.iter().position(|candidate| candidate.candidate_idx == idx).unwrap()])
            .collect();
        candidates.sort_by_key(|candidate| candidate.candidate_idx);
        assert_eq!(candidates.len(), expected.len());
        for ((candidate, rank), expected) in candidates.iter().zip(rank_of).zip(expected) {
            assert_eq!(candidate.params[0], ("logistic__C".to_string(), expected["C"].as_f64().unwrap().into()));
            assert_eq!(
                candidate.params[1],
                ("logistic__penalty".to_string(), expected["penalty"].as_str().unwrap().into())
            );
            assert_eq!(rank, expected["rank"].as_u64().unwrap());
            for (position, metric) in result.scoring().iter().enumerate() {
                let test: Vec<f64> = candidate.folds().iter().map(|fold| fold.test[position]).collect();
                let train: Vec<f64> = candidate.folds().iter().map(|fold| fold.train[position]).collect();
                assert_same(&test, &numbers(&expected[format!("test_{metric}").as_str()]));
                assert_same(&train, &numbers(&expected[format!("train_{metric}").as_str()]));
            }
        }
        let best = expected.iter().find(|candidate| candidate["rank"] == 1).unwrap();
        assert_eq!(result.best_params()["logistic__C"], best["C"].as_f64().unwrap().into());
        assert_same(&[result.best_score()], &[best["mean_test_accuracy"].as_f64().unwrap()]);
        let table = result.results();
        let column = |name: &str| table.column(name).unwrap().f64().unwrap().get(0).unwrap();
        assert_same(&[column("mean_test_f1_macro")], &[best["mean_test_f1_macro"].as_f64().unwrap()]);
        assert_same(&[column("std_test_f1_macro")], &[best["std_test_f1_macro"].as_f64().unwrap()]);
        assert_eq!(result.predict(data.features()).unwrap().len(), data.n_samples());
    }
}

/// Counts are equal, and only the last digits of quotients and means may differ.
#[track_caller]
fn assert_same(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}, expected {expected:?}");
}

#[test]
fn a_cross_validation_agrees_with_the_search() {
    let golden = golden();
    let search = &golden["searches"][0];
    let data = penguin_data("sex");
    let settings = LogisticRegression::new().c(10.0).penalty(Penalty::L1);
    let scores = cross_validate(&prepared(settings), &data, &folds_of(search), &["accuracy", "f1_macro"]).unwrap();
    let expected = &search["candidates"][4];
    assert_eq!((expected["C"].as_f64(), expected["penalty"].as_str()), (Some(10.0), Some("l1")));
    assert_same(&scores.test_scores("f1_macro").unwrap(), &numbers(&expected["test_f1_macro"]));
    assert_same(&scores.train_scores("f1_macro").unwrap(), &numbers(&expected["train_f1_macro"]));
    assert_same(&[scores.mean("accuracy").unwrap()], &[expected["mean_test_accuracy"].as_f64().unwrap()]);
    assert_same(&[scores.std("accuracy").unwrap()], &[expected["std_test_accuracy"].as_f64().unwrap()]);
    assert_eq!(
        scores.frame().get_column_names(),
        ["fold", "test_accuracy", "train_accuracy", "test_f1_macro", "train_f1_macro"]
    );
    assert_eq!(scores.summary().shape(), (2, 5));
    assert_eq!(scores.timings().shape(), (5, 3));
    check_error(scores.mean("f1"), "the metric is \"f1\", but it must be one of \"accuracy\", \"f1_macro\"");
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let data = penguin_data("sex");
    let grid = GridSearch::new(
        Pipeline::new()
            .step("impute", Imputer::new(Strategy::Mean))
            .step("scale", StandardScaler::new())
            .estimator("sgd", SgdClassifier::new()),
    )
    .param("impute__strategy", ["mean", "median"])
    .param("sgd__learning_rate", ["optimal", "adaptive"])
    .param("sgd__seed", [1, 2])
    .cv(StratifiedKFold::new(4).shuffle(9));
    let run = |n_threads: usize| -> SearchResult {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| grid.fit(&data)).unwrap()
    };
    let alone = run(1);
    for n_threads in [2, 8] {
        let together = run(n_threads);
        assert!(together.results().equals_missing(&alone.results()));
        assert!(together.fold_scores().equals_missing(&alone.fold_scores()));
        let coefficients = |result: &SearchResult| result.best_model().unwrap().coefficients().unwrap();
        assert!(coefficients(&together).equals(&coefficients(&alone)));
    }
}

#[test]
fn a_candidate_that_fails_is_recorded() {
    let data = penguin_data("species");
    let result = GridSearch::new(prepared(LogisticRegression::new()))
        .param("logistic__penalty", ["none", "l2", "l3"])
        .fit(&data)
        .unwrap();
    let table = result.results();
    assert_eq!(table.column("rank").unwrap().u64().unwrap().iter().collect::<Vec<_>>(), [Some(1), None, None]);
    let errors: Vec<Option<&str>> = table.column("error").unwrap().str().unwrap().iter().collect();
    assert_eq!(errors[0], None);
    assert_eq!(
        errors[1].unwrap(),
        "fold 0 (0-based): step `logistic`: logistic: without a penalty there is no finite optimum, because the features \
         separate the classes exactly; use the penalty \"l2\" or \"l1\""
    );
    assert_eq!(
        errors[2].unwrap(),
        "step `logistic`: penalty is \"l3\", but it must be one of \"none\", \"l1\", \"l2\", \"elasticnet\""
    );
    check_error(
        GridSearch::new(LogisticRegression::new()).param("C", [-1.0, 0.0]).fit(&data),
        "all 2 candidates of the search failed; the first said: logistic.C is -1.0, but it must be a finite number greater \
         than 0",
    );
}

#[test]
fn a_wrong_search_is_refused_before_it_begins() {
    let data = penguin_data("sex");
    let grid = || GridSearch::new(LogisticRegression::new());
    check_error(
        grid().param("c", [1.0]).fit(&data),
        "unknown parameter \"c\" of logistic; it has: C, class_weight, fit_intercept, l1_ratio, max_iter, penalty, tol",
    );
    check_error(
        grid().param("C", Vec::<f64>::new()).fit(&data),
        "GridSearch.param(\"C\") is empty, but it must be given once, with at least one value",
    );
    check_error(
        grid().param("C", [1.0]).param("C", [2.0]).fit(&data),
        "GridSearch.param(\"C\") is given twice, but it must be given once, with at least one value",
    );
    check_error(
        grid().scoring(&["accuracy", "accuracy"]).fit(&data),
        "scoring is [\"accuracy\", \"accuracy\"], but it must be at least one name, and none twice",
    );
    let error = grid().cv(StratifiedKFold::new(500)).fit(&data).unwrap_err().to_string();
    assert_eq!(error, "StratifiedKFold.n_splits is 500, but it must be from 2 to 333, the number of rows");
    check_error(
        cross_validate(&LogisticRegression::new(), &penguin_data("species"), &KFold::new(3), &["accuracy"]),
        "logistic: column `bill_length_mm` holds a missing value in row 3 (0-based), but a model needs a \
         finite number in every row; impute missing values first, such as with `Imputer` in a pipeline",
    );
}

/// A step that counts how often it is fitted.
#[derive(Clone, Debug)]
struct Counted {
    level: f64,
    n_fits: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Unchanged;

impl FittedTransformer for Unchanged {
    fn transform(&self, frame: &DataFrame) -> workbench::Result<DataFrame> {
        Ok(frame.clone())
    }

    fn inverse_transform(&self, frame: &DataFrame) -> workbench::Result<DataFrame> {
        Ok(frame.clone())
    }
}

impl Transformer for Counted {
    fn name(&self) -> &'static str {
        "counted"
    }

    fn fit(&self, _frame: &DataFrame) -> workbench::Result<Box<dyn FittedTransformer>> {
        self.n_fits.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(Unchanged))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        vec![("level".to_string(), self.level.into())]
    }

    fn set_param(&mut self, _name: &str, value: &ParamValue) -> workbench::Result<()> {
        if let ParamValue::Float(level) = value {
            self.level = *level;
        }
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}

#[test]
fn steps_are_fitted_once_for_candidates_that_agree_on_them() {
    let n_fits = Arc::new(AtomicUsize::new(0));
    let step = Counted { level: 0.0, n_fits: n_fits.clone() };
    let pipeline = prepared(LogisticRegression::new()).step("counted", step);
    GridSearch::new(pipeline)
        .param("counted__level", [1.0, 2.0])
        .param("logistic__C", [0.1, 1.0, 10.0])
        .cv(StratifiedKFold::new(3))
        .fit(&penguin_data("sex"))
        .unwrap();
    // Two levels in three folds, and the best on all rows.
    assert_eq!(n_fits.load(Ordering::SeqCst), 2 * 3 + 1);
}

/// Asks for an interruption after some steps.
struct Impatient {
    patience: usize,
    heard: Mutex<Vec<String>>,
}

impl Impatient {
    fn new(patience: usize) -> Self {
        Self { patience, heard: Mutex::new(Vec::new()) }
    }
}

impl Observer for Impatient {
    fn start(&self, total: usize, what: &str) {
        self.heard.lock().unwrap().push(format!("{what}: {total}"));
    }

    fn step(&self, done: usize, message: &str) {
        self.heard.lock().unwrap().push(format!("{done} {message}"));
        if done == self.patience {
            interrupt::request();
        }
    }

    fn finish(&self) {
        self.heard.lock().unwrap().push("finished".to_string());
    }
}

#[test]
fn an_interrupted_search_keeps_what_it_has() {
    let data = penguin_data("sex");
    let grid = GridSearch::new(prepared(LogisticRegression::new()))
        .param("logistic__C", (1..=64).map(|n| 0.1 * f64::from(n)))
        .cv(StratifiedKFold::new(5));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let impatient = Impatient::new(200);
    let result = pool.install(|| grid.fit_observed(&data, &impatient)).unwrap();
    assert!(result.interrupted());
    let n_scored = result.candidates().iter().filter(|candidate| !candidate.folds().is_empty()).count();
    // Sixteen are fitted together, and of 200 fits the first 80 are those of the first sixteen.
    assert!([16, 32].contains(&n_scored), "{n_scored} candidates are whole");
    assert!(result.best_model().is_ok(), "the best of these is fitted");
    assert!(!interrupt::requested(), "the interruption has been answered");
    let heard = impatient.heard.into_inner().unwrap();
    assert_eq!(heard[0], "grid search: 320");
    assert!(heard[1].starts_with("1 logistic__C=0.1: accuracy 0."), "{}", heard[1]);
    assert_eq!(heard.last().unwrap(), "finished");
    let n_steps = heard.len() - 2;
    assert!((200..=240).contains(&n_steps), "what was not done is no step: {n_steps}");
    let at_once = Impatient::new(1);
    check_error(pool.install(|| grid.fit_observed(&data, &at_once)), "interrupted");
    interrupt::clear();
}

#[test]
fn an_interrupted_cross_validation_keeps_whole_folds_and_stays_interrupted() {
    let data = penguin_data("sex");
    let pipeline = prepared(LogisticRegression::new());
    let cv = StratifiedKFold::new(10);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let impatient = Impatient::new(3);
    let run = |observer: &Impatient| {
        pool.install(|| workbench::select::cross_validate_observed(&pipeline, &data, &cv, &["accuracy"], observer))
    };
    let scores = run(&impatient).unwrap();
    assert!(scores.interrupted() && scores.n_folds() == 10);
    assert!((3..=4).contains(&scores.folds().len()), "{scores:?}");
    assert_eq!(scores.frame().height(), scores.folds().len());
    assert!(interrupt::requested(), "a loop over cross-validations ends, too");
    check_error(run(&impatient), "interrupted");
    interrupt::clear();
    assert!(!run(&Impatient::new(99)).unwrap().interrupted());
}

#[test]
fn a_second_interrupt_is_not_met_by_a_search() {
    interrupt::request();
    interrupt::met();
    assert!(!interrupt::requested());
    interrupt::request();
    interrupt::met();
    assert!(interrupt::requested());
    interrupt::clear();
    assert!(!interrupt::requested());
}

#[test]
fn anything_that_estimates_can_be_searched() {
    let data = penguin_data("sex");
    let result = GridSearch::new(DummyClassifier::new()).fit(&data).unwrap();
    assert_eq!((result.results().height(), result.best_params().len()), (1, 0));
    assert!((result.best_score() - 0.5045).abs() < 1e-3);
    let boxed: Box<dyn Estimator> = Box::new(DummyClassifier::new());
    assert_eq!(GridSearch::boxed(boxed).fit(&data).unwrap().best_score(), result.best_score());
    let model: Arc<dyn Model> = result.best_model().unwrap();
    assert_eq!(model.predict(data.features()).unwrap().len(), 333);
}
