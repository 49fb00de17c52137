//! Curves, predictions by folds, permutations, thresholds and nested searches: scikit-learn's values, failures, threads and interruptions.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::Array2;
use polars::prelude::{DataFrame, df};
use serde_json::Value;
use workbench::data::{Dataset, Target, breast_cancer, iris};
use workbench::models::{
    DummyClassifier, Estimator, LogisticRegression, Model, Pipeline, Predictions, SharedFits, Wanted,
};
use workbench::prelude::rayon;
use workbench::preprocess::{ParamValue, StandardScaler};
use workbench::search::{GridSearch, SearchResult};
use workbench::select::{
    Average, CrossValidator, FixedThreshold, Fold, KFold, LearningCurve, PredefinedFolds, Scoring, ShuffleSplit,
    StratifiedKFold, TunedThreshold, ValidationCurve, Weighted, accuracy, confusion_matrix, cross_val_predict,
    cross_val_predict_observed, cross_validate, permutation_importance, permutation_importance_observed,
    permutation_test_score, recall,
};
use workbench::train::{NullObserver, Observer, interrupt};

use super::{check_error, positions, select_golden};
use crate::models::numbers;

/// The iris in the order of the golden file.
fn shuffled_iris(golden: &Value) -> Dataset {
    Dataset::from_frame(&iris().unwrap(), "species").unwrap().take(&positions(&golden["order"])).unwrap()
}

fn logistic() -> LogisticRegression {
    LogisticRegression::new().tol(1e-10).max_iter(10_000)
}

fn scaled() -> Pipeline {
    Pipeline::new().step("scale", StandardScaler::new()).estimator("logistic", LogisticRegression::new())
}

fn cancer() -> Dataset {
    Dataset::from_frame(&breast_cancer().unwrap(), "diagnosis").unwrap()
}

fn column(table: &DataFrame, name: &str) -> Vec<f64> {
    table.column(name).unwrap().f64().unwrap().iter().flatten().collect()
}

/// Both solvers stop a little before the optimum.
#[track_caller]
fn assert_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-5 * expected.abs().max(1.0), "{found}, expected {expected}");
    }
}

#[test]
fn curves_are_those_of_scikit_learn() {
    let golden = &select_golden()["curves"];
    let data = shuffled_iris(golden);
    let curve = LearningCurve::new(logistic())
        .train_sizes(&[0.3, 0.6, 1.0])
        .cv(StratifiedKFold::new(4))
        .scoring(&["neg_log_loss"])
        .fit(&data)
        .unwrap();
    assert!(!curve.interrupted());
    let table = curve.frame();
    let sizes: Vec<usize> =
        table.column("train_size").unwrap().i64().unwrap().iter().flatten().map(|n| n as usize).collect();
    assert_eq!(sizes, positions(&golden["train_sizes"]));
    let check = |table: &DataFrame, expected: &Value| {
        for (part, expected) in [("train", &expected[0]), ("test", &expected[1])] {
            assert_close(&column(table, &format!("mean_{part}_neg_log_loss")), &numbers(&expected[0]));
            assert_close(&column(table, &format!("std_{part}_neg_log_loss")), &numbers(&expected[1]));
        }
    };
    check(&table, &golden["learning"]);
    let curve = ValidationCurve::new(logistic())
        .param("C", [0.01, 1.0, 10.0])
        .cv(StratifiedKFold::new(4))
        .scoring(&["neg_log_loss"])
        .fit(&data)
        .unwrap();
    check(&curve.frame(), &golden["validation"]);
    assert_eq!(curve.fold_scores().height(), 12);
}

#[test]
fn predictions_by_folds_are_those_of_scikit_learn() {
    let golden = &select_golden()["curves"];
    let data = shuffled_iris(golden);
    let wanted = Wanted { probabilities: true, decisions: true };
    let told = cross_val_predict(&logistic(), &data, &StratifiedKFold::new(4), wanted).unwrap();
    let Target::Classes { codes, .. } = &told.target else { panic!("classes") };
    assert_eq!(codes.iter().map(|&code| code as usize).collect::<Vec<_>>(), positions(&golden["predict"]));
    for (name, scores) in [("predict_proba", &told.probabilities), ("decision_function", &told.decisions)] {
        let scores = scores.as_ref().unwrap();
        for (at, expected) in golden[name].as_array().unwrap().iter().enumerate() {
            let found: Vec<f64> = scores.row(at * 10).to_vec();
            for (found, expected) in found.iter().zip(numbers(expected)) {
                assert!((found - expected).abs() < 1e-3, "{name}: {found}, expected {expected}");
            }
        }
    }
}

#[test]
fn a_class_that_a_fold_has_not_seen_has_no_probability() {
    let data = Dataset::from_frame(&iris().unwrap(), "species").unwrap();
    // Each fold leaves one species out, and tells the others' names only.
    let wanted = Wanted { probabilities: true, decisions: true };
    let told = cross_val_predict(&LogisticRegression::new(), &data, &KFold::new(3), wanted).unwrap();
    assert_eq!(accuracy(&data, &told.target).unwrap(), 0.0);
    let (probabilities, decisions) = (told.probabilities.unwrap(), told.decisions.unwrap());
    for (row, of_row) in probabilities.rows().into_iter().enumerate() {
        assert_eq!(of_row[row / 50], 0.0);
        assert!((of_row.sum() - 1.0).abs() < 1e-9);
        assert_eq!(decisions[[row, row / 50]], f64::MIN);
    }
    let error = cross_val_predict(&LogisticRegression::new(), &data, &ShuffleSplit::new(3, 1), wanted).unwrap_err();
    assert!(error.to_string().contains("so that each row has one prediction"), "{error}");
}

#[test]
fn the_validator_keeps_models_and_goes_on_after_failures() {
    let data = cancer();
    let validator = CrossValidator::new(scaled()).cv(StratifiedKFold::new(4).shuffle(3)).scoring(&["roc_auc", "f1"]);
    let (plain, kept) = (validator.clone().fit(&data).unwrap(), validator.clone().return_models().fit(&data).unwrap());
    let by_function =
        cross_validate(&scaled(), &data, &StratifiedKFold::new(4).shuffle(3), &["roc_auc", "f1"]).unwrap();
    for metric in ["roc_auc", "f1"] {
        assert_close(&plain.test_scores(metric).unwrap(), &kept.test_scores(metric).unwrap());
        assert_close(&plain.train_scores(metric).unwrap(), &kept.train_scores(metric).unwrap());
        assert_eq!(plain.test_scores(metric).unwrap(), by_function.test_scores(metric).unwrap());
    }
    assert!(plain.models().is_empty() && kept.models().len() == 4);
    assert_eq!(kept.models()[0].predict(data.features()).unwrap().len(), data.n_samples());
    let without = validator.without_train_scores().fit(&data).unwrap();
    assert!(without.train_scores("f1").unwrap().is_empty());

    // The second fold is fitted on one class only.
    let sorted = Dataset::new(
        df!("x" => [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap(),
        Target::from_labels(&["a", "a", "b", "b", "a", "b"]),
        "y",
    )
    .unwrap();
    let fold = |train: &[usize], validation: &[usize]| Fold { train: train.to_vec(), validation: validation.to_vec() };
    let folds = PredefinedFolds::new(vec![fold(&[0, 2], &[1, 3]), fold(&[0, 1], &[2, 3]), fold(&[4, 5], &[0, 2])]);
    let validator = CrossValidator::new(LogisticRegression::new()).cv(folds);
    assert!(validator.fit(&sorted).unwrap_err().to_string().starts_with("fold 1 (0-based): logistic: the target"));
    for validator in [validator.clone().error_score(-1.0), validator.error_score(-1.0).return_models()] {
        let scores = validator.fit(&sorted).unwrap();
        assert_eq!(scores.test_scores("accuracy").unwrap()[1], -1.0);
        assert_eq!((scores.failures().height(), scores.frame().height(), scores.interrupted()), (1, 3, false));
    }
}

#[test]
fn weights_count_in_the_scores_of_a_fold() {
    let data = cancer();
    let weights: Vec<f64> = (0..data.n_samples()).map(|row| (row % 4) as f64).collect();
    let weighted = data.clone().with_weights(&weights).unwrap();
    let scores = cross_validate(&DummyClassifier::new(), &weighted, &KFold::new(3), &["accuracy"]).unwrap();
    for (fold, score) in KFold::new(3).split_of(&weighted).iter().zip(scores.test_scores("accuracy").unwrap()) {
        let validation = weighted.take(&fold.validation).unwrap();
        let model = DummyClassifier::new().fit(&weighted.take(&fold.train).unwrap()).unwrap();
        assert_eq!(accuracy(&validation, &model.predict(validation.features()).unwrap()).unwrap(), score);
        let again = Weighted::new(validation.target(), validation.weights().unwrap()).unwrap();
        assert_eq!(accuracy(&again, &model.predict(validation.features()).unwrap()).unwrap(), score);
    }
}

trait SplitOf {
    fn split_of(&self, data: &Dataset) -> Vec<Fold>;
}

impl<S: workbench::select::Splitter> SplitOf for S {
    fn split_of(&self, data: &Dataset) -> Vec<Fold> {
        self.split(data).unwrap()
    }
}

#[test]
fn a_metric_of_ones_own_decides_a_search() {
    let data = cancer();
    let false_alarms = Scoring::custom_loss("false_alarms", |truth: &Target, predicted: &Predictions| {
        Ok(confusion_matrix(truth, &predicted.target)?.counts()[[0, 1]] as f64)
    });
    let search = GridSearch::new(scaled())
        .param("logistic__C", [0.001, 1.0])
        .cv(StratifiedKFold::new(3))
        .scoring(&["accuracy"])
        .scorings(std::slice::from_ref(&false_alarms))
        .fit(&data)
        .unwrap();
    assert_eq!(search.scoring(), ["accuracy", "neg_false_alarms"]);
    let alone =
        GridSearch::new(scaled()).param("logistic__C", [0.001, 1.0]).scorings(&[false_alarms]).fit(&data).unwrap();
    assert!(alone.best_score() <= 0.0);
    let certainty = Scoring::custom("certainty", |_: &Target, predicted: &Predictions| {
        predicted.probabilities.as_ref().map_or(f64::NAN, |told: &Array2<f64>| told.iter().copied().fold(0.0, f64::max))
    });
    let scores = CrossValidator::new(scaled()).scorings(&[certainty.with_probabilities()]).fit(&data).unwrap();
    assert!(scores.mean("certainty").unwrap() > 0.99);
    let twice = CrossValidator::new(scaled()).scoring(&["f1"]).scorings(&["f1".parse().unwrap()]).fit(&data);
    check_error(twice, "scoring is [\"f1\", \"f1\"], but it must be at least one name, and none twice");
}

#[test]
fn a_search_is_an_estimator() {
    let data = Dataset::from_frame(&iris().unwrap(), "species").unwrap();
    let search = GridSearch::new(LogisticRegression::new()).param("C", [0.01, 1.0]).cv(StratifiedKFold::new(3));
    let nested = CrossValidator::new(search.clone()).cv(StratifiedKFold::new(4)).return_models().fit(&data).unwrap();
    for (fold, model) in StratifiedKFold::new(4).split_of(&data).iter().zip(nested.models()) {
        let chosen = model.as_any().downcast_ref::<SearchResult>().unwrap();
        let by_hand = search.fit(&data.take(&fold.train).unwrap()).unwrap();
        assert_eq!(chosen.best_params(), by_hand.best_params());
    }
    assert!(nested.mean("accuracy").unwrap() > 0.9);
    assert_eq!(Estimator::params(&search), LogisticRegression::new().params());
}

#[test]
fn permutations_find_what_is_there() {
    let noise: Vec<f64> = (0..120).map(|row| ((row * 37) % 101) as f64).collect();
    let signal: Vec<f64> = (0..120).map(|row| f64::from(row % 2) + ((row * 7) % 10) as f64 / 50.0).collect();
    let labels: Vec<&str> = (0..120).map(|row| ["a", "b"][row % 2]).collect();
    let frame = df!("noise" => noise, "signal" => signal).unwrap();
    let data = Dataset::new(frame.clone(), Target::from_labels(&labels), "y").unwrap();
    let test = permutation_test_score(&scaled(), &data, &StratifiedKFold::new(3), "accuracy", 19, 5).unwrap();
    assert_eq!((test.score, test.p_value, test.permutation_scores.len()), (1.0, 0.05, 19));
    let useless = Dataset::new(frame.select(["noise"]).unwrap(), data.target().clone(), "y").unwrap();
    let test = permutation_test_score(&scaled(), &useless, &StratifiedKFold::new(3), "accuracy", 19, 5).unwrap();
    assert!(test.p_value > 0.05);
    // Within groups of one row each, nothing can be permuted.
    let groups: Vec<u32> = (0..120).collect();
    let fixed = data.clone().with_groups(&groups).unwrap();
    let test = permutation_test_score(&scaled(), &fixed, &StratifiedKFold::new(3), "accuracy", 5, 5).unwrap();
    assert_eq!((test.permutation_scores, test.p_value), (vec![1.0; 5], 1.0));

    let model = scaled().fit(&data).unwrap();
    let importance = permutation_importance(&model, &data, &["accuracy", "neg_log_loss"], 6, 5).unwrap();
    assert_eq!(importance.baseline()[0], 1.0);
    let table = importance.frame();
    assert!(column(&table, "mean_accuracy")[1] > 0.3 && column(&table, "mean_accuracy")[0].abs() < 0.1);
    assert_eq!(importance.repeats().height(), 12);
    let constant =
        permutation_importance(&DummyClassifier::new().fit(&data).unwrap(), &data, &["accuracy"], 3, 5).unwrap();
    assert_eq!(column(&constant.frame(), "mean_accuracy"), [0.0, 0.0]);
    check_error(
        permutation_importance(&model, &data, &["accuracy"], 0, 5),
        "n_repeats is 0, but it must be at least 1",
    );
}

#[test]
fn thresholds_move_what_is_told() {
    let data = cancer();
    let recalls: Vec<f64> = [0.01, 0.5, 0.99]
        .iter()
        .map(|&threshold| {
            let model = FixedThreshold::new(scaled(), threshold).fit(&data).unwrap();
            recall(&data, &model.predict(data.features()).unwrap(), &Average::Binary).unwrap()
        })
        .collect();
    assert!(recalls[0] > recalls[1] && recalls[1] > recalls[2]);
    let usual = scaled().fit(&data).unwrap().predict(data.features()).unwrap();
    let half = FixedThreshold::new(scaled(), 0.5).fit(&data).unwrap().predict(data.features()).unwrap();
    assert_eq!(usual, half);

    // A miss costs as much as ten false alarms.
    let costs = Scoring::custom_loss("cost", |truth: &Target, predicted: &Predictions| {
        let counts = confusion_matrix(truth, &predicted.target)?.weights();
        Ok(10.0 * counts[[1, 0]] + counts[[0, 1]])
    });
    let cv = StratifiedKFold::new(5).shuffle(2);
    let tuned = TunedThreshold::new(scaled()).scorings(&costs).cv(cv.clone()).fit(&data).unwrap();
    let table = tuned.thresholds().unwrap();
    assert_eq!(table.height(), 100);
    let best = column(&table, "mean_test_neg_cost").into_iter().fold(f64::NEG_INFINITY, f64::max);
    let score = |estimator: Box<dyn Estimator>| {
        let validator = CrossValidator::boxed(estimator).cv(cv.clone()).scorings(std::slice::from_ref(&costs));
        validator.fit(&data).unwrap().mean("neg_cost").unwrap()
    };
    let at_best = score(Box::new(FixedThreshold::new(scaled(), tuned.threshold())));
    assert!((at_best - best).abs() < 1e-9, "{at_best}, expected {best}");
    assert!(at_best > score(Box::new(scaled())) && tuned.threshold() < 0.5);
    let mut fixed = FixedThreshold::new(LogisticRegression::new(), 0.5);
    fixed.set_param("threshold", &0.25.into()).unwrap();
    fixed.set_param("C", &2.0.into()).unwrap();
    assert!(fixed.params().contains(&("threshold".to_string(), 0.25.into())));
    check_error(
        fixed.set_param("threshold", &"high".into()),
        "FixedThreshold.threshold is NaN, but it must be a finite number",
    );
    let three = Dataset::from_frame(&iris().unwrap(), "species").unwrap();
    check_error(
        FixedThreshold::new(LogisticRegression::new(), 0.5).fit(&three),
        "the number of classes for a threshold is 3, but it must be 2",
    );
    check_error(
        TunedThreshold::new(scaled()).scoring("roc_auc").fit(&data),
        "TunedThreshold.scoring is [\"roc_auc\"], but it must be one metric of predictions, which a threshold changes",
    );
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let data = cancer();
    let all = [1, 2, 8].map(|n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| {
            let curve = LearningCurve::new(scaled())
                .train_sizes(&[0.3, 1.0])
                .shuffle(3)
                .scoring(&["roc_auc"])
                .fit(&data)
                .unwrap();
            let test = permutation_test_score(&scaled(), &data, &KFold::new(3).shuffle(1), "roc_auc", 4, 9).unwrap();
            let model = scaled().fit(&data).unwrap();
            let importance = permutation_importance(&model, &data, &["roc_auc"], 2, 9).unwrap();
            let tuned = TunedThreshold::new(scaled()).fit(&data).unwrap().threshold();
            (curve.fold_scores(), test, importance, tuned)
        })
    });
    for other in &all[1..] {
        assert!(all[0].0.equals(&other.0));
        assert_eq!((&all[0].1, &all[0].2, all[0].3), (&other.1, &other.2, other.3));
    }
}

/// Asks for an interruption after so many steps.
struct StopAfter {
    steps: usize,
    heard: AtomicUsize,
}

impl StopAfter {
    fn new(steps: usize) -> Self {
        interrupt::clear();
        Self { steps, heard: AtomicUsize::new(0) }
    }
}

impl Observer for StopAfter {
    fn start(&self, _total: usize, _what: &str) {}
    fn step(&self, _done: usize, _message: &str) {
        if self.heard.fetch_add(1, Ordering::SeqCst) + 1 == self.steps {
            interrupt::request();
        }
    }
    fn finish(&self) {}
}

#[test]
fn an_interruption_keeps_what_is_done() {
    let data = cancer();
    let curve = LearningCurve::new(scaled()).train_sizes(&[0.2, 0.4, 0.6, 0.8, 1.0]).shuffle(1);
    let stopped = curve.fit_observed(&data, &StopAfter::new(7)).unwrap();
    assert!(stopped.interrupted());
    let n_folds: Vec<u64> = stopped.frame().column("n_folds").unwrap().u64().unwrap().iter().flatten().collect();
    assert!((7..25).contains(&n_folds.iter().sum::<u64>()), "{n_folds:?}");
    interrupt::clear();
    let whole = curve.fit_observed(&data, &NullObserver).unwrap();
    assert!(!whole.interrupted());
    // Which folds of a size came first is the threads' business, and each is called by its number.
    let rows = |table: &DataFrame| -> Vec<String> {
        (0..table.height()).map(|row| format!("{:?}", table.get_row(row).unwrap())).collect()
    };
    let all = rows(&whole.fold_scores());
    assert!(rows(&stopped.fold_scores()).iter().all(|row| all.contains(row)));

    let validator = CrossValidator::new(scaled()).cv(StratifiedKFold::new(10)).return_models();
    let stopped = validator.fit_observed(&data, &StopAfter::new(3)).unwrap();
    assert!(stopped.interrupted() && stopped.models().len() == stopped.folds().len() && stopped.folds().len() >= 3);
    interrupt::clear();

    let model = scaled().fit(&data).unwrap();
    let scorings = ["accuracy".parse().unwrap()];
    let stopped = permutation_importance_observed(&model, &data, &scorings, 2, 1, &StopAfter::new(4)).unwrap();
    assert!(stopped.interrupted());
    assert!(stopped.frame().column("mean_accuracy").unwrap().null_count() < 30);
    interrupt::clear();

    let wanted = Wanted::default();
    let stopped = cross_val_predict_observed(&scaled(), &data, &KFold::new(20), wanted, &StopAfter::new(2));
    check_error(stopped, "interrupted");
    interrupt::clear();
}

/// A baseline that asks for an interruption as it is fitted for the `last`th time.
#[derive(Clone, Debug)]
struct StopAtFit {
    inner: DummyClassifier,
    last: usize,
    fits: Arc<AtomicUsize>,
}

impl StopAtFit {
    fn new(last: usize) -> Self {
        interrupt::clear();
        Self { inner: DummyClassifier::new(), last, fits: Arc::default() }
    }
}

impl Estimator for StopAtFit {
    fn name(&self) -> &'static str {
        "stop_at_fit"
    }

    fn fit(&self, data: &Dataset) -> workbench::Result<Box<dyn Model>> {
        interrupt::check()?;
        let model = Estimator::fit(&self.inner, data)?;
        if self.fits.fetch_add(1, Ordering::SeqCst) + 1 == self.last {
            interrupt::request();
        }
        Ok(model)
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        self.inner.params()
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> workbench::Result<()> {
        self.inner.set_param(name, value)
    }

    fn clone_box(&self) -> Box<dyn Estimator> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[test]
fn an_interruption_is_answered_by_the_whole() {
    let data = cancer();
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let grid = |estimator: StopAtFit| {
        GridSearch::new(estimator).param("strategy", ["prior", "stratified", "uniform"]).cv(StratifiedKFold::new(4))
    };
    // 3 candidates on 4 folds and the best once more are 13 fits. The 21st is in the second search, which has scored two of its candidates by then.
    for validator in [|search| CrossValidator::new(search), |search| CrossValidator::new(search).return_models()] {
        let estimator = StopAtFit::new(21);
        let fits = Arc::clone(&estimator.fits);
        let validator = validator(grid(estimator)).cv(StratifiedKFold::new(5));
        let stopped = alone.install(|| validator.fit(&data)).unwrap();
        assert!(stopped.interrupted() && stopped.folds().len() == 1 && interrupt::requested());
        // Nobody goes on with what is interrupted.
        assert_eq!(fits.load(Ordering::SeqCst), 21);
    }
    // On more threads as well, wherever it stops, but for the last fits of all 65, beside which others may have begun.
    let together = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    for last in 1..=60 {
        let estimator = StopAtFit::new(last);
        let validator = CrossValidator::new(grid(estimator)).cv(StratifiedKFold::new(5));
        let stopped = match together.install(|| validator.fit(&data)) {
            Ok(stopped) => stopped.interrupted(),
            Err(error) => error.to_string() == "interrupted",
        };
        assert!(stopped && interrupt::requested(), "fit {last}");
    }
    // Who asks once is answered by the search itself, which then fits its best.
    let estimator = StopAtFit::new(9);
    let stopped = alone.install(|| grid(estimator).fit(&data)).unwrap();
    assert!(stopped.interrupted() && stopped.best_model().is_ok() && !interrupt::requested());
}

#[test]
fn an_interruption_leaves_a_threshold_to_the_folds_that_are_done() {
    let data = cancer();
    let cv = StratifiedKFold::new(6);
    let observer = StopAfter::new(3);
    let tuned = TunedThreshold::new(scaled()).cv(cv.clone());
    let stopped = tuned.fit_observed(&data, &observer).unwrap();
    assert!(stopped.interrupted() && !interrupt::requested());
    assert_eq!(stopped.thresholds().unwrap().height(), 100);
    assert!((3..6).contains(&observer.heard.load(Ordering::SeqCst)));
    let heard = StopAfter::new(usize::MAX);
    assert!(!tuned.fit_observed(&data, &heard).unwrap().interrupted());
    assert_eq!(heard.heard.load(Ordering::SeqCst), 6);
    // Before the first fold is done there is nothing to show, and within other work no half of a threshold.
    interrupt::request();
    check_error(tuned.fit(&data), "interrupted");
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let within = CrossValidator::new(TunedThreshold::new(StopAtFit::new(10)).cv(cv.clone())).cv(cv);
    let stopped = alone.install(|| within.fit(&data)).unwrap();
    assert!(stopped.interrupted() && interrupt::requested());
    interrupt::clear();
}

#[test]
fn a_point_that_fails_is_recorded() {
    let data = Dataset::from_frame(&iris().unwrap(), "species").unwrap();
    // Unshuffled, the first rows are of one species.
    let table = LearningCurve::new(LogisticRegression::new()).train_sizes(&[0.1, 1.0]).fit(&data).unwrap().frame();
    assert!(table.column("error").unwrap().str().unwrap().get(0).unwrap().contains("has the class \"setosa\" in all"));
    assert_eq!(column(&table, "mean_test_accuracy").len(), 1);
    let curve = ValidationCurve::new(LogisticRegression::new()).param("C", [1.0, -1.0]).fit(&data).unwrap();
    assert!(!curve.interrupted() && curve.frame().column("error").unwrap().null_count() == 1);
    for sizes in [&[][..], &[0.0], &[1.2], &[f64::NAN], &[0.001]] {
        assert!(LearningCurve::new(LogisticRegression::new()).train_sizes(sizes).fit(&data).is_err(), "{sizes:?}");
    }
    check_error(
        ValidationCurve::new(LogisticRegression::new()).fit(&data),
        "ValidationCurve.param is without values, but it must be given once, with at least one value",
    );
}

/// An estimator whose fits cannot share: the same error for all folds.
#[derive(Clone, Debug)]
struct Unshared;

impl Estimator for Unshared {
    fn name(&self) -> &'static str {
        "unshared"
    }
    fn fit(&self, _data: &Dataset) -> workbench::Result<Box<dyn Model>> {
        Err(workbench::Error::NoRows { what: "fit".to_string() })
    }
    fn params(&self) -> Vec<(String, ParamValue)> {
        Vec::new()
    }
    fn set_param(&mut self, _name: &str, _value: &ParamValue) -> workbench::Result<()> {
        Ok(())
    }
    fn clone_box(&self) -> Box<dyn Estimator> {
        Box::new(self.clone())
    }
    fn share(&self, _data: &Dataset, _folds: &[Fold]) -> workbench::Result<Option<Box<dyn SharedFits>>> {
        Err(workbench::Error::NoRows { what: "sharing".to_string() })
    }
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

#[test]
fn an_error_that_all_folds_share_is_not_lost() {
    let data = cancer();
    let expected = "sharing needs at least one row, but the frame has none";
    check_error(CrossValidator::new(Unshared).fit(&data), expected);
    check_error(permutation_test_score(&Unshared, &data, &KFold::new(3), "accuracy", 2, 1), expected);
    let scores = CrossValidator::new(Unshared).error_score(0.0).fit(&data).unwrap();
    assert_eq!((scores.failures().height(), scores.interrupted()), (5, false));
    let table = ValidationCurve::boxed(Box::new(Unshared)).param("any", [1.0]).fit(&data).unwrap().frame();
    assert_eq!(table.column("error").unwrap().str().unwrap().get(0), Some(expected));
}
