//! Random search, successive halving, races and grids of grids: candidates, schedules and tables.

use std::any::Any;
use std::collections::BTreeSet;

use polars::prelude::{DataFrame, df};
use serde_json::Value;
use workbench::data::{Dataset, Target};
use workbench::models::{Estimator, LogisticRegression, Model, Simpler};
use workbench::prelude::rayon;
use workbench::preprocess::ParamValue;
use workbench::search::{
    Candidate, Distribution, GridSearch, HalvingGridSearch, HalvingRandomSearch, MinResources, Outcome, RandomSearch,
    SearchResult,
};
use workbench::select::{KFold, StratifiedKFold};
use workbench::train::{Observer, interrupt};

use super::check_error;
use crate::models::{penguin_data, prepared};

/// Tells a row's class rightly for that part of all rows which its settings say, be they trained on or not.
#[derive(Clone, Debug)]
pub struct Scripted {
    pub level: f64,
    pub depth: i64,
    pub kind: String,
    /// Of the level and the depth, the part of the rows it is trained on, and of others.
    pub script: fn(f64, i64) -> (f64, f64),
}

impl Scripted {
    pub fn new(script: fn(f64, i64) -> (f64, f64)) -> Self {
        Self { level: 0.0, depth: 1, kind: "plain".to_string(), script }
    }
}

#[derive(Debug)]
struct ScriptedModel {
    parts: (f64, f64),
    trained: BTreeSet<i64>,
}

/// Rows that number themselves, and of which the class is told by a feature.
pub fn scripted_data(n_samples: i64) -> Dataset {
    let row: Vec<f64> = (0..n_samples).map(|row| row as f64).collect();
    let codes: Vec<f64> = (0..n_samples).map(|row| (row * 7 % 3 % 2) as f64).collect();
    let labels: Vec<&str> = codes.iter().map(|code| if *code > 0.5 { "b" } else { "a" }).collect();
    Dataset::new(df!("row" => row, "code" => codes).unwrap(), Target::from_labels(&labels), "class").unwrap()
}

impl Estimator for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn fit(&self, data: &Dataset) -> workbench::Result<Box<dyn Model>> {
        let rows = data.features().column("row")?.f64()?.into_no_null_iter().map(|row| row as i64);
        Ok(Box::new(ScriptedModel { parts: (self.script)(self.level, self.depth), trained: rows.collect() }))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        vec![
            ("depth".to_string(), self.depth.into()),
            ("kind".to_string(), self.kind.as_str().into()),
            ("level".to_string(), self.level.into()),
        ]
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> workbench::Result<()> {
        match (name, value) {
            ("depth", ParamValue::Int(depth)) if *depth > 0 => self.depth = *depth,
            ("kind", ParamValue::Text(kind)) if kind != "broken" => self.kind = kind.clone(),
            ("level", ParamValue::Float(level)) => self.level = *level,
            (name, value) => {
                return Err(workbench::Error::InvalidValue {
                    what: format!("scripted.{name}"),
                    value: value.to_string(),
                    allowed: "something else".to_string(),
                });
            }
        }
        Ok(())
    }

    fn simpler(&self, param: &str) -> Option<Simpler> {
        match param {
            "depth" => Some(Simpler::Smaller),
            "level" => Some(Simpler::Greater),
            _ => None,
        }
    }

    fn clone_box(&self) -> Box<dyn Estimator> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Model for ScriptedModel {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn predict(&self, features: &DataFrame) -> workbench::Result<Target> {
        let (rows, codes) = (features.column("row")?.f64()?, features.column("code")?.f64()?);
        let codes = rows.into_no_null_iter().zip(codes.into_no_null_iter()).map(|(row, code)| {
            let part = if self.trained.contains(&(row as i64)) { self.parts.0 } else { self.parts.1 };
            // Spread over the rows, and not the same in all folds.
            let is_right = (row * 0.618_033_988_7).fract() < part;
            u32::from((code > 0.5) == is_right)
        });
        Ok(Target::Classes { codes: codes.collect(), labels: vec!["a".into(), "b".into()] })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn params_of(candidates: &[Candidate]) -> Vec<Vec<(String, ParamValue)>> {
    let mut sorted: Vec<&Candidate> = candidates.iter().collect();
    sorted.sort_by_key(|candidate| candidate.candidate_idx);
    sorted.into_iter().map(|candidate| candidate.params.clone()).collect()
}

fn random(n_iter: usize) -> RandomSearch {
    RandomSearch::new(prepared(LogisticRegression::new()))
        .param("logistic__C", Distribution::log_uniform(1e-2, 1e2))
        .param("logistic__penalty", ["l1", "l2"])
        .cv(StratifiedKFold::new(3))
        .n_iter(n_iter)
        .seed(11)
}

#[test]
fn a_random_search_draws_the_same_at_any_number_of_threads() {
    let data = penguin_data("sex");
    let run = |n_threads: usize| -> SearchResult {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| random(8).fit(&data)).unwrap()
    };
    let alone = run(1);
    for n_threads in [2, 8] {
        assert!(run(n_threads).results().equals_missing(&alone.results()));
    }
    let (eight, five) = (params_of(&alone.candidates()), params_of(&random(5).fit(&data).unwrap().candidates()));
    assert_eq!(eight[..5], five[..], "fewer candidates are the first of more");
    let other = params_of(&random(5).seed(12).fit(&data).unwrap().candidates());
    assert_ne!(other, five);
}

#[test]
fn discrete_candidates_are_never_drawn_twice() {
    let data = scripted_data(30);
    let search = |n_iter: usize| {
        RandomSearch::new(Scripted::new(|level, _| (level, level)))
            .param("depth", Distribution::log_int(1, 1000))
            .param("kind", ["a", "b"])
            .n_iter(n_iter)
            .cv(KFold::new(2))
            .train_scores(false)
            .refit(false)
            .fit(&data)
            .unwrap()
            .candidates()
    };
    // Nearly all of 2,000 combinations, of which great depths are drawn rarely.
    for (n_iter, expected) in [(1, 1), (500, 500), (1990, 1990), (2000, 2000), (5000, 2000)] {
        let params = params_of(&search(n_iter));
        let distinct: BTreeSet<String> = params.iter().map(|params| format!("{params:?}")).collect();
        assert_eq!((params.len(), distinct.len()), (expected, expected), "{n_iter}");
    }
}

#[test]
fn distributions_stay_in_bounds_and_have_their_quantiles() {
    let draws = |distribution: Distribution| -> Vec<f64> {
        let mut draws: Vec<f64> = (0..4000)
            .map(|stream| match distribution.sample(3, stream).unwrap() {
                ParamValue::Float(number) => number,
                ParamValue::Int(number) => number as f64,
                other => panic!("{other}"),
            })
            .collect();
        draws.sort_by(f64::total_cmp);
        draws
    };
    let quartiles = |draws: &[f64]| [draws[0], draws[1000], draws[2000], draws[3000], draws[3999]];
    // The standard error of a quartile of 4,000 draws is 0.7 % of the rank; five of these are allowed.
    let check = |distribution: Distribution, expected: [f64; 5], tolerance: f64| {
        let found = quartiles(&draws(distribution.clone()));
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() <= tolerance, "{distribution:?}: {found} is not {expected}");
        }
    };
    check(Distribution::uniform(-1.0, 3.0), [-1.0, 0.0, 1.0, 2.0, 3.0], 0.14);
    check(Distribution::int(1, 5), [1.0, 2.0, 3.0, 4.0, 5.0], 0.0);
    let logs = |draws: Vec<f64>| draws.into_iter().map(f64::log10).collect::<Vec<_>>();
    let found = quartiles(&logs(draws(Distribution::log_uniform(1e-4, 1e4))));
    assert!(found.iter().zip([-4.0, -2.0, 0.0, 2.0, 4.0]).all(|(a, b)| (a - b).abs() < 0.3), "{found:?}");
    let found = quartiles(&draws(Distribution::log_int(1, 100)));
    assert_eq!((found[0], found[4]), (1.0, 100.0));
    assert!((5.0..=9.0).contains(&found[2]), "the median of log-uniform from 0.5 to 100.5 is 7.1: {found:?}");
    let found = quartiles(&draws(Distribution::normal(10.0, 2.0)));
    assert!((found[2] - 10.0).abs() < 0.2 && (found[3] - 11.349).abs() < 0.25, "{found:?}");
    assert!(Distribution::int(i64::MIN, i64::MAX).check("x").is_ok());
    Distribution::int(i64::MIN, i64::MAX).sample(0, 0).unwrap();
    check_error(
        Distribution::choice(["a", "a"]).check("kind"),
        "the distribution of \"kind\" is one of [a, a], but it must be one of at least one value, none of them twice",
    );
    check_error(
        Distribution::normal(0.0, 0.0).check("x"),
        "the distribution of \"x\" is of mean 0.0 and standard deviation 0.0, but it must be of a finite mean and a finite \
         standard deviation greater than 0",
    );
    for wrong in [
        Distribution::uniform(f64::NAN, 1.0),
        Distribution::uniform(f64::MIN, f64::MAX),
        Distribution::log_uniform(0.0, 1.0),
        Distribution::int(2, 1),
        Distribution::log_int(0, 5),
        Distribution::choice(Vec::<f64>::new()),
    ] {
        assert!(wrong.check("x").is_err(), "{wrong:?}");
    }
}

#[test]
fn wrong_random_searches_are_refused() {
    let data = scripted_data(30);
    let search = || RandomSearch::new(Scripted::new(|level, _| (level, level)));
    check_error(search().n_iter(0).fit(&data), "RandomSearch.n_iter is 0, but it must be at least 1");
    check_error(
        search().race(1.0).fit(&data),
        "RandomSearch.race is 1.0, but it must be greater than 0 and less than 1",
    );
    check_error(
        search().param("level", [1.0]).param("level", [2.0]).fit(&data),
        "RandomSearch.param(\"level\") is given twice, but it must be given once, with at least one value",
    );
    check_error(
        search().param("height", [1.0]).fit(&data),
        "unknown parameter \"height\" of scripted; it has: depth, kind, level",
    );
}

#[test]
fn grids_may_differ_in_their_settings() {
    let data = penguin_data("sex");
    let result = GridSearch::new(prepared(LogisticRegression::new()))
        .param("logistic__penalty", ["l1", "l2"])
        .param("logistic__C", [0.1, 1.0])
        .and_grid()
        .param("logistic__penalty", ["none"])
        .cv(StratifiedKFold::new(3))
        .train_scores(false)
        .refit(false)
        .fit(&data)
        .unwrap();
    let table = result.results();
    let names: Vec<&str> = table.get_column_names().iter().map(|name| name.as_str()).collect();
    assert_eq!(names, ["rank", "logistic__C", "logistic__penalty", "mean_test_accuracy", "std_test_accuracy"]);
    assert_eq!((table.height(), table.column("logistic__C").unwrap().null_count()), (5, 1));
    check_error(
        result.best_model(),
        "the search has no model, since it was made with `refit(false)`; fit `best_params()`, or search with `refit(true)`",
    );
    assert!(result.summary().fit.is_none(), "without train scores nothing is said of over-fitting");
    // The same scores as with both.
    let whole = GridSearch::new(prepared(LogisticRegression::new())).param("logistic__penalty", ["none"]);
    let whole = whole.cv(StratifiedKFold::new(3)).fit(&data).unwrap();
    let none = result.candidates().into_iter().find(|candidate| candidate.params.len() == 1).unwrap();
    assert_eq!(none.folds()[0].test, whole.candidates()[0].folds()[0].test);
    assert!(none.folds()[0].train.is_empty());
}

#[test]
fn a_race_stops_hopeless_candidates_and_says_what_it_saved() {
    let data = scripted_data(400);
    let grid = || {
        GridSearch::new(Scripted::new(|level, _| (level, level)))
            .param("level", [0.9, 0.88, 0.6, 0.3])
            .param("kind", ["good", "broken"])
            .cv(KFold::new(10))
    };
    let whole = grid().fit(&data).unwrap();
    assert_eq!(whole.fits_saved(), 0);
    assert!(
        whole.candidates().iter().all(|candidate| !matches!(candidate.outcome, Outcome::Stopped(_))),
        "off by default"
    );
    let heard = Counter::default();
    let raced = grid().race(0.05).fit_observed(&data, &heard).unwrap();
    assert_eq!((raced.best_params(), raced.best_score()), (whole.best_params(), whole.best_score()));
    let candidates = raced.candidates();
    let stopped: Vec<&Candidate> =
        candidates.iter().filter(|candidate| matches!(candidate.outcome, Outcome::Stopped(_))).collect();
    let mean = |candidate: &Candidate| {
        candidate.folds().iter().map(|fold| fold.test[0]).sum::<f64>() / candidate.folds().len() as f64
    };
    let same = |candidate: &Candidate| {
        whole.candidates().into_iter().find(|other| other.candidate_idx == candidate.candidate_idx).unwrap()
    };
    assert!(stopped.iter().all(|candidate| (3..10).contains(&candidate.folds().len())));
    assert!(stopped.iter().all(|candidate| mean(&same(candidate)) < raced.best_score()));
    let worst = stopped.iter().find(|candidate| candidate.param("level") == Some(0.3.into())).unwrap();
    assert_eq!(worst.folds().len(), 3);
    let saved: usize = stopped.iter().map(|candidate| 10 - candidate.folds().len()).sum();
    assert_eq!((raced.fits_saved(), raced.n_folds()), (saved, 10));
    assert_eq!(heard.both(), (40, 40), "fits that need not be made are behind");
    let table = raced.results();
    let after: Vec<Option<u64>> = table.column("stopped_after").unwrap().u64().unwrap().iter().collect();
    assert_eq!(after.iter().flatten().count(), stopped.len());
    let ranks: Vec<Option<u64>> = table.column("rank").unwrap().u64().unwrap().iter().collect();
    assert_eq!((ranks[0], ranks.iter().flatten().count()), (Some(1), 4 - stopped.len()));
    // The folds that a stopped candidate has are those of a search without a race.
    for candidate in stopped {
        for (fold, expected) in candidate.folds().iter().zip(same(candidate).folds()) {
            assert_eq!(fold.test, expected.test);
        }
    }
}

#[test]
fn a_race_in_which_all_fail_says_why() {
    let data = penguin_data("species");
    let result = GridSearch::new(LogisticRegression::new())
        .param("C", [0.1, 1.0])
        .and_grid()
        .param("C", [-1.0])
        .cv(StratifiedKFold::new(5))
        .race(0.1)
        .fit(&data);
    let error = result.unwrap_err().to_string();
    assert!(error.contains("all 3 candidates of the search failed; the first said: logistic: column"), "{error}");
}

#[derive(Default)]
struct Counter(std::sync::Mutex<(usize, usize)>);

impl Counter {
    fn both(&self) -> (usize, usize) {
        *self.0.lock().unwrap()
    }
}

impl Observer for Counter {
    fn start(&self, total: usize, _what: &str) {
        self.0.lock().unwrap().0 = total;
    }

    fn step(&self, done: usize, _message: &str) {
        self.0.lock().unwrap().1 = done;
    }

    fn finish(&self) {}
}

fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/search.json")).unwrap()
}

fn min_resources(value: &Value) -> MinResources {
    match value.as_str() {
        Some("exhaust") => MinResources::Exhaust,
        Some(_) => MinResources::Smallest,
        None => MinResources::Count(value.as_u64().unwrap() as usize),
    }
}

/// The number of candidates and the resources of each iteration.
fn iterations(result: &SearchResult) -> (Vec<u64>, Vec<u64>) {
    let (mut n_candidates, mut n_resources) = (Vec::new(), Vec::new());
    for candidate in result.candidates() {
        let rung = candidate.rung.unwrap();
        n_candidates.resize(n_candidates.len().max(rung.iteration + 1), 0);
        n_resources.resize(n_candidates.len(), 0);
        n_candidates[rung.iteration] += 1;
        n_resources[rung.iteration] = rung.n_resources as u64;
    }
    (n_candidates, n_resources)
}

fn expected(case: &Value) -> (Vec<u64>, Vec<u64>) {
    let list = |name: &str| case["expected"][name].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
    (list("n_candidates"), list("n_resources"))
}

#[test]
fn halvings_have_the_iterations_of_scikit_learn() {
    let golden = golden();
    let number = |value: &Value| value.as_u64().unwrap() as usize;
    for case in golden["grid"].as_array().unwrap() {
        let n_candidates = number(&case["n_candidates"]);
        let levels: Vec<f64> = (0..n_candidates).map(|at| at as f64 / n_candidates as f64).collect();
        // "n_estimators" there is "depth" here.
        let is_rows = case["resource"] == "n_samples";
        let mut search = HalvingGridSearch::new(Scripted::new(|level, _| (level, level)))
            .param("level", levels)
            .factor(number(&case["factor"]))
            .resource(if is_rows { "n_samples" } else { "depth" })
            .min_resources(min_resources(&case["min_resources"]))
            .aggressive_elimination(case["aggressive"].as_bool().unwrap())
            .cv(KFold::new(3))
            .train_scores(false)
            .refit(false);
        if let Some(max_resources) = case["max_resources"].as_u64() {
            search = search.max_resources(max_resources as usize);
        }
        let result = search.fit(&scripted_data(number(&case["n_samples"]) as i64)).unwrap();
        assert_eq!(iterations(&result), expected(case), "{case}");
    }
    for case in golden["random"].as_array().unwrap() {
        let result = HalvingRandomSearch::new(Scripted::new(|level, _| (level, level)))
            .param("level", Distribution::uniform(0.0, 1.0))
            .factor(number(&case["factor"]))
            .min_resources(min_resources(&case["min_resources"]))
            .cv(KFold::new(3))
            .refit(false)
            .fit(&scripted_data(500))
            .unwrap();
        assert_eq!(iterations(&result), expected(case), "{case}");
    }
}

#[test]
fn a_halving_keeps_the_best_and_tables_every_iteration() {
    let data = scripted_data(900);
    let levels: Vec<f64> = (1..=9).map(|at| f64::from(at) / 10.0).collect();
    let search = HalvingGridSearch::new(Scripted::new(|level, _| (level, level)))
        .param("level", levels)
        .cv(StratifiedKFold::new(3))
        .seed(5);
    let result = search.fit(&data).unwrap();
    assert_eq!(iterations(&result), (vec![9, 3, 1], vec![100, 300, 900]));
    assert_eq!(result.best_params()["level"], 0.9.into());
    let table = result.results();
    let column = |name: &str| table.column(name).unwrap().u64().unwrap().into_no_null_iter().collect::<Vec<u64>>();
    assert_eq!(column("iteration"), [2, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(column("rank")[..4], [1, 2, 3, 4]);
    assert!(result.best_model().is_ok());
    // The last iteration has all rows, and so the scores of a grid search.
    let grid =
        GridSearch::new(Scripted::new(|level, _| (level, level))).param("level", [0.9]).cv(StratifiedKFold::new(3));
    assert_eq!(grid.fit(&data).unwrap().best_score(), result.best_score());
    let run = |n_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| search.fit(&data)).unwrap().results()
    };
    assert!(run(1).equals_missing(&run(8)));
}

#[test]
fn an_iteration_sees_no_more_rows_than_it_has() {
    let data = scripted_data(900);
    let n_rows = |n_resources: usize| {
        let result = HalvingGridSearch::new(Scripted::new(|_, _| (0.5, 0.5)))
            .cv(KFold::new(3))
            .min_resources(n_resources)
            .max_resources(n_resources)
            .fit(&data)
            .unwrap();
        let fold = result.candidates()[0].folds()[0].clone();
        // An accuracy over n rows is a multiple of 1 / n.
        (fold.test[0], fold.train[0])
    };
    for n_resources in [30, 90, 300] {
        let (test, train) = n_rows(n_resources);
        let (n_test, n_train) = (n_resources as f64 / 3.0, n_resources as f64 * 2.0 / 3.0);
        let is_multiple = |score: f64, n: f64| ((score * n).round() - score * n).abs() < 1e-9;
        assert!(
            is_multiple(test, n_test) && is_multiple(train, n_train),
            "{n_resources}: {test} of {n_test}, {train} of {n_train}"
        );
    }
}

#[test]
fn a_setting_may_be_the_resource() {
    let data = scripted_data(90);
    let search = || {
        HalvingGridSearch::new(Scripted::new(|level, depth| (1.0, (level * depth as f64 / 40.0).min(1.0))))
            .param("level", [0.2, 0.4, 0.6, 0.8])
            .resource("depth")
            .cv(KFold::new(3))
    };
    let result = search().factor(2).max_resources(40).fit(&data).unwrap();
    assert_eq!(iterations(&result), (vec![4, 2, 1], vec![10, 20, 40]));
    assert_eq!((&result.best_params()["depth"], &result.best_params()["level"]), (&40.into(), &0.8.into()));
    let next = result.summary().next_grid;
    assert_eq!(next[0], ("depth".to_string(), vec![40.into()]), "the resource is not searched over");
    check_error(
        search().fit(&data),
        "HalvingGridSearch.max_resources is not given, but it must be given, since the resource is \"depth\"",
    );
    check_error(
        search().param("depth", [1]).max_resources(9).fit(&data),
        "HalvingGridSearch.resource is \"depth\", but it must be a setting that is not searched over",
    );
    check_error(
        search().resource("height").max_resources(9).fit(&data),
        "unknown parameter \"height\" of scripted; it has: depth, kind, level",
    );
    check_error(
        search().max_resources(9).min_resources(10).fit(&data),
        "min_resources is 10, but it must be from 1 to max_resources, which is 9",
    );
    check_error(
        HalvingRandomSearch::new(Scripted::new(|level, _| (level, level)))
            .min_resources(MinResources::Exhaust)
            .fit(&data),
        "HalvingRandomSearch.n_candidates is not given, but it must be at least 1, and given where min_resources is to \
         exhaust the resource",
    );
}

/// Asks for an interruption after some steps.
struct Impatient(usize);

impl Observer for Impatient {
    fn start(&self, _total: usize, _what: &str) {}

    fn step(&self, done: usize, _message: &str) {
        if done == self.0 {
            interrupt::request();
        }
    }

    fn finish(&self) {}
}

#[test]
fn an_interrupted_halving_keeps_the_iterations_that_it_has() {
    let data = scripted_data(900);
    let levels: Vec<f64> = (1..=9).map(|at| f64::from(at) / 10.0).collect();
    let search =
        HalvingGridSearch::new(Scripted::new(|level, _| (level, level))).param("level", levels).cv(KFold::new(3));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    // 27 fits in the first iteration: the 27th is its last.
    let result = pool.install(|| search.fit_observed(&data, &Impatient(27))).unwrap();
    interrupt::clear();
    assert!(result.interrupted());
    assert_eq!(iterations(&result).0, [9]);
    let has = |result: &SearchResult, sentence: &str| result.summary().sentences().iter().any(|said| said == sentence);
    assert!(has(&result, "The search was interrupted before its end; all candidates that it had begun are whole."));
    assert_eq!(result.best_params()["level"], 0.9.into());
    let result = pool.install(|| search.fit_observed(&data, &Impatient(29))).unwrap();
    interrupt::clear();
    assert!(result.interrupted());
    assert_eq!(iterations(&result).0, [9, 3]);
    let n = result.summary().n_not_reached;
    assert!(n >= 2, "{n}");
    assert!(has(&result, &format!("The search was interrupted: {n} of 12 candidates were not reached.")));
    assert!(result.best_model().is_ok());
}
