//! Logistic regression: elastic nets and weights against scikit-learn's, and fits that share their work against fits that do not.

use ndarray::Array2;
use serde_json::Value;
use workbench::data::{Dataset, Fold, Target};
use workbench::models::{
    ClassWeight, Estimator, LogisticModel, LogisticRegression, Part, Penalty, Pipeline, Predictions, Wanted,
};
use workbench::preprocess::{ParamValue, StandardScaler};
use workbench::search::GridSearch;
use workbench::select::{PredefinedFolds, Splitter, StratifiedKFold, cross_validate};

use super::{assert_close, numbers};

/// What scikit-learn says; `golden/logistic.py` wrote it.
pub fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/logistic.json")).unwrap()
}

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

fn records(golden: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = golden["x"].as_array().unwrap().iter().map(numbers).collect();
    Array2::from_shape_vec((rows.len(), NAMES.len()), rows.concat()).unwrap()
}

/// The golden rows beside the target of this name, with weights where `is_weighted`.
pub fn data(golden: &Value, target: &str, is_weighted: bool) -> Dataset {
    let values = numbers(&golden[target]);
    let target = match target {
        "values" => Target::Values(values),
        "two" => classes(&values, 2),
        _ => classes(&values, 3),
    };
    let data = Dataset::from_arrays(&records(golden), target, &NAMES).unwrap();
    if is_weighted { data.with_weights(&numbers(&golden["weights"])).unwrap() } else { data }
}

fn classes(values: &[f64], n_classes: usize) -> Target {
    let labels = (0..n_classes).map(|class| class.to_string()).collect();
    Target::Classes { codes: values.iter().map(|value| *value as u32).collect(), labels }
}

pub fn class_weight(name: &str, target: &str) -> ClassWeight {
    let weights = [("0", 2.0), ("1", 0.5), ("2", 1.0)];
    match name {
        "by_label" => {
            let n_classes = if target == "two" { 2 } else { 3 };
            ClassWeight::ByLabel(
                weights[..n_classes].iter().map(|(label, weight)| (label.to_string(), *weight)).collect(),
            )
        }
        name => name.parse().unwrap(),
    }
}

#[test]
fn elastic_nets_and_weights_are_those_of_scikit_learn() {
    let golden = golden();
    for case in golden["logistic"].as_array().unwrap() {
        let target = case["target"].as_str().unwrap();
        let data = data(&golden, target, case["is_weighted"].as_bool().unwrap());
        let model = LogisticRegression::new()
            .penalty(case["penalty"].as_str().unwrap().parse().unwrap())
            .l1_ratio(case["l1_ratio"].as_f64().unwrap())
            .c(case["C"].as_f64().unwrap())
            .class_weight(class_weight(case["class_weight"].as_str().unwrap(), target))
            .tol(1e-12)
            .fit(&data)
            .unwrap();
        assert!(model.converged(), "{case}");
        // Both are iterative: scikit-learn's solvers end where the gradient is about 1e-9.
        assert_close(&model.coef(), &model.intercept().to_vec(), case, 2e-6);
    }
}

/// Many rows, of which each stands several times.
fn repeated(n_copies: &[usize]) -> Vec<usize> {
    n_copies.iter().enumerate().flat_map(|(row, &n)| std::iter::repeat_n(row, n)).collect()
}

#[test]
fn weights_say_what_repetition_says() {
    let golden = golden();
    for target in ["two", "three"] {
        let plain = data(&golden, target, false);
        let n_copies: Vec<usize> = (0..plain.n_samples()).map(|row| row * 7 % 4).collect();
        let weights: Vec<f64> = n_copies.iter().map(|&n| n as f64).collect();
        let weighted = plain.clone().with_weights(&weights).unwrap();
        let repeated = plain.take(&repeated(&n_copies)).unwrap();
        for penalty in [Penalty::L1, Penalty::L2, Penalty::ElasticNet, Penalty::None] {
            for class_weight in [ClassWeight::None, ClassWeight::Balanced] {
                let settings = LogisticRegression::new().penalty(penalty).class_weight(class_weight).tol(1e-11);
                let (one, other) = (settings.fit(&weighted).unwrap(), settings.fit(&repeated).unwrap());
                let difference = (one.coef() - other.coef()).fold(0.0_f64, |greatest, value| greatest.max(value.abs()));
                assert!(difference < 1e-7, "{penalty}, {target}: {difference}");
            }
        }
    }
}

#[test]
fn a_class_that_does_not_count_is_not_there() {
    let golden = golden();
    let plain = data(&golden, "three", false);
    let Target::Classes { codes, .. } = plain.target().clone() else { unreachable!() };
    let weights: Vec<f64> = codes.iter().map(|&code| f64::from(u8::from(code != 0))).collect();
    let model = LogisticRegression::new().fit(&plain.clone().with_weights(&weights).unwrap()).unwrap();
    assert_eq!(model.classes(), ["1", "2"]);
    let kept: Vec<usize> = (0..codes.len()).filter(|&row| codes[row] != 0).collect();
    let without = LogisticRegression::new().fit(&plain.take(&kept).unwrap()).unwrap();
    assert!((model.coef() - without.coef()).iter().all(|difference| difference.abs() < 1e-7));
}

/// Rows in which ten features tell something, two are sums of others, and the rest nothing.
fn many(n_samples: usize, n_classes: usize) -> Dataset {
    let n_features = 20;
    let noise = |index: usize| {
        let hashed = (index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let hashed = (hashed ^ (hashed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (hashed >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    let mut records = Array2::from_shape_fn((n_samples, n_features), |(row, column)| 3.0 * noise(row * 40 + column));
    let mut codes = Vec::new();
    for (row, mut values) in records.rows_mut().into_iter().enumerate() {
        values[18] = values[0] + values[1];
        values[19] = values[2] - 2.0 * values[11];
        let output: f64 = (0..10).map(|column| values[column] * (column as f64 - 4.0) / 4.0).sum();
        let told = output + 2.0 * (noise(row * 40 + 30) + noise(row * 40 + 31) + noise(row * 40 + 32));
        codes.push(if n_classes == 2 { u32::from(told > 0.3) } else { u32::from(told > -1.0) + u32::from(told > 1.0) });
    }
    let names: Vec<String> = (0..n_features).map(|column| format!("x{column}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let labels = ["a", "b", "c"][..n_classes].iter().map(|label| label.to_string()).collect();
    Dataset::from_arrays(&records, Target::Classes { codes, labels }, &names).unwrap()
}

/// By how much the conditions of an optimum are missed, computed from probabilities alone; divided by `C` times the rows.
fn miss(data: &Dataset, model: &LogisticModel, weights: &[f64], l1: f64, l2: f64) -> f64 {
    let records = data.records().unwrap();
    let probabilities = model.predict_proba(data.features()).unwrap();
    let Target::Classes { codes, .. } = data.target() else { unreachable!() };
    let total: f64 = weights.iter().sum();
    let mut greatest = 0.0_f64;
    for (plane, coefficients) in model.coef().rows().into_iter().enumerate() {
        let class = if model.classes().len() == 2 { 1 } else { plane };
        for (column, &weight) in coefficients.iter().enumerate() {
            let residual = |row: usize| probabilities[[row, class]] - f64::from(u8::from(codes[row] as usize == class));
            let slope = (0..codes.len()).map(|row| weights[row] * residual(row) * records[[row, column]]).sum::<f64>()
                / total
                + l2 * weight / total;
            let l1 = l1 / total;
            greatest = greatest.max(if weight == 0.0 {
                (slope.abs() - l1).max(0.0)
            } else {
                (slope + l1 * weight.signum()).abs()
            });
        }
    }
    greatest
}

#[test]
fn of_many_rows_the_conditions_of_an_optimum_are_met() {
    for (n_classes, n_samples) in [(2, 12_000), (3, 30_000)] {
        let plain = many(n_samples, n_classes);
        let weights: Vec<f64> = (0..n_samples).map(|row| [0.5, 0.0, 1.0, 2.5][row % 4]).collect();
        let weighted = plain.clone().with_weights(&weights).unwrap();
        for (penalty, c) in [
            (Penalty::L1, 0.01),
            (Penalty::L1, 100.0),
            (Penalty::L2, 1e-4),
            (Penalty::L2, 10.0),
            (Penalty::ElasticNet, 0.1),
        ] {
            let model = LogisticRegression::new().penalty(penalty).c(c).fit(&weighted).unwrap();
            assert!(model.converged(), "{penalty} {c}");
            let (l1, l2) = match penalty {
                Penalty::L1 => (1.0 / c, 0.0),
                Penalty::L2 => (0.0, 1.0 / c),
                _ => (0.5 / c, 0.5 / c),
            };
            let miss = miss(&weighted, &model, &weights, l1, l2);
            assert!(miss < 1e-7, "{n_classes} classes, {penalty}, C {c}: {miss:e}");
        }
    }
}

fn candidates() -> Vec<LogisticRegression> {
    let mut candidates = Vec::new();
    for penalty in [Penalty::L1, Penalty::L2, Penalty::ElasticNet, Penalty::None] {
        for c in [1e-3, 0.1, 100.0] {
            candidates.push(LogisticRegression::new().penalty(penalty).c(c).tol(1e-10));
        }
    }
    candidates.push(LogisticRegression::new().fit_intercept(false).tol(1e-10));
    candidates.push(LogisticRegression::new().class_weight(ClassWeight::Balanced).tol(1e-10));
    candidates
}

/// The models of all candidates on the folds of `data`, by shared work, beside those of single fits.
fn check_shared(data: &Dataset) {
    check_shared_after(data, false);
    check_shared_after(data, true);
}

/// With `begins`, the fits of all folds begin together.
fn check_shared_after(data: &Dataset, begins: bool) {
    let candidates = candidates();
    let estimators: Vec<&dyn Estimator> = candidates.iter().map(|candidate| candidate as &dyn Estimator).collect();
    let folds = StratifiedKFold::new(3).shuffle(5).split(data).unwrap();
    let shared = estimators[0].share(data, &folds).unwrap().unwrap();
    let groups = shared.groups(&estimators);
    let mut all: Vec<usize> = groups.concat();
    all.sort();
    assert_eq!(all, (0..candidates.len()).collect::<Vec<_>>());
    assert_eq!(groups[0].len(), 9, "those with a penalty that agree on the rest: {groups:?}");
    if begins {
        for group in &groups {
            let members: Vec<&dyn Estimator> = group.iter().map(|&index| estimators[index]).collect();
            let has_begun = shared.begin(&members);
            assert!(has_begun || group != &groups[0]);
        }
        let whole = |candidate: usize| shared.fit_whole(estimators[candidate]);
        let (model, single) = (whole(3).unwrap().unwrap(), candidates[3].fit(data).unwrap());
        let model = model.as_any().downcast_ref::<LogisticModel>().unwrap();
        assert!((model.coef() - single.coef()).iter().all(|difference| difference.abs() < 1e-6));
        assert!(whole(9).is_none(), "without a penalty each fit is for itself");
    }
    let wanted = Wanted { probabilities: true, decisions: true };
    for (fold_idx, fold) in folds.iter().enumerate() {
        let train = data.take(&fold.train).unwrap();
        for group in &groups {
            let members: Vec<&dyn Estimator> = group.iter().map(|&index| estimators[index]).collect();
            let models: Vec<_> = shared.fit(fold_idx, &members).into_iter().map(Result::unwrap).collect();
            for (&index, model) in group.iter().zip(&models) {
                let model = model.as_any().downcast_ref::<LogisticModel>().unwrap();
                let single = candidates[index].fit(&train).unwrap();
                assert!(model.converged() && model.settings() == candidates[index]);
                // Where columns depend on each other, an L1 penalty leaves open which of them has what; the outputs are the same.
                let outputs = |model: &LogisticModel| model.decision_function(train.features()).unwrap();
                let differences = outputs(model) - outputs(&single);
                let difference = differences.fold(0.0_f64, |greatest, value| greatest.max(value.abs()));
                assert!(difference < 1e-5, "{:?}: {difference:e}", candidates[index]);
            }
            let models: Vec<_> = models.iter().map(AsRef::as_ref).collect();
            for part in [Part::Train, Part::Validation] {
                let rows = if part == Part::Train { &fold.train } else { &fold.validation };
                let rows = data.take(rows).unwrap();
                let told = shared.predictions(fold_idx, part, &models, wanted).unwrap().unwrap();
                for (model, told) in models.iter().zip(told) {
                    let alone = Predictions::of(*model, rows.features(), wanted).unwrap();
                    assert_eq!((&told.target, &told.classes), (&alone.target, &alone.classes));
                    let close = |a: Option<Array2<f64>>, b: Option<Array2<f64>>| {
                        (a.unwrap() - b.unwrap()).iter().all(|difference| difference.abs() < 1e-9)
                    };
                    assert!(close(told.probabilities, alone.probabilities) && close(told.decisions, alone.decisions));
                }
            }
        }
    }
}

#[test]
fn shared_fits_are_those_of_single_fits() {
    check_shared(&data(&golden(), "two", false));
    check_shared(&data(&golden(), "three", true));
    // So many that a sample shows the way.
    check_shared(&many(9_000, 2));
    let weights: Vec<f64> = (0..3_000).map(|row| [0.5, 0.0, 1.0, 2.5][row % 4]).collect();
    check_shared(&many(3_000, 3).with_weights(&weights).unwrap());
}

/// A fold that lacks a class, rows that are in no fold: whatever cannot go together is fitted by itself.
#[test]
fn folds_of_any_kind_score_as_single_fits_do() {
    let data = many(600, 3);
    let rows = |range: std::ops::Range<usize>| range.collect::<Vec<_>>();
    let Target::Classes { codes, .. } = data.target() else { panic!("no classes") };
    let class = |row: &usize| codes[*row] != 2;
    let folds = [
        Fold { train: rows(0..400).into_iter().filter(class).collect(), validation: rows(400..500) },
        Fold { train: rows(50..450), validation: rows(450..600) },
    ];
    for folds in [&folds[..], &folds[1..], &folds[..1]] {
        let search =
            GridSearch::new(LogisticRegression::new().tol(1e-9)).param("C", [0.1, 10.0]).scoring(&["accuracy"]);
        let result = search.cv(PredefinedFolds::new(folds.to_vec())).fit(&data).unwrap();
        for candidate in result.candidates() {
            let Some(ParamValue::Float(c)) = candidate.param("C") else { panic!("no C in {candidate:?}") };
            for (fold, found) in folds.iter().zip(candidate.folds()) {
                let model = LogisticRegression::new().tol(1e-9).c(c).fit(&data.take(&fold.train).unwrap()).unwrap();
                let validation = data.take(&fold.validation).unwrap();
                let told = model.predict(validation.features()).unwrap();
                let expected = workbench::select::accuracy(validation.target(), &told).unwrap();
                assert_eq!(found.test[0], expected, "{} folds, {candidate:?}", folds.len());
            }
        }
    }
}

/// Columns that a fold scales are scaled as planes: the scores are those of scaled rows, whatever the columns' sizes.
#[test]
fn folds_that_scale_columns_score_as_scaled_rows_do() {
    for n_classes in [2, 3] {
        let plain = many(1_200, n_classes);
        let mut records = plain.records().unwrap();
        for (column, mut values) in records.columns_mut().into_iter().enumerate() {
            let size = 10.0_f64.powi(column as i32 % 5 - 2);
            values.mapv_inplace(|value| size * (value + column as f64));
        }
        let names = plain.feature_names();
        let columns = names
            .iter()
            .zip(records.columns())
            .map(|(name, values)| polars::prelude::Column::new(name.as_str().into(), values.to_vec()));
        let frame = polars::prelude::DataFrame::new(1_200, columns.collect()).unwrap();
        let data = plain.with_features(frame).unwrap();
        let pipeline = Pipeline::new()
            .step("scale", StandardScaler::new())
            .estimator("logistic", LogisticRegression::new().tol(1e-9));
        let search = GridSearch::new(pipeline.clone())
            .param("logistic__C", [0.01, 1.0])
            .param("logistic__penalty", ["l1", "l2", "none"])
            .param("logistic__fit_intercept", [true, false])
            .scoring(&["neg_log_loss"])
            .cv(StratifiedKFold::new(3).shuffle(4));
        let result = search.fit(&data).unwrap();
        let folds = StratifiedKFold::new(3).shuffle(4).split(&data).unwrap();
        for candidate in result.candidates() {
            let mut single = Estimator::clone_box(&pipeline);
            for (name, value) in &candidate.params {
                single.set_param(name, value).unwrap();
            }
            for (fold, found) in folds.iter().zip(candidate.folds()) {
                let model = single.fit(&data.take(&fold.train).unwrap()).unwrap();
                let validation = data.take(&fold.validation).unwrap();
                let wanted = Wanted { probabilities: true, decisions: false };
                let told = Predictions::of(model.as_ref(), validation.features(), wanted).unwrap();
                let expected = -workbench::select::log_loss(validation.target(), &told).unwrap();
                assert!((found.test[0] - expected).abs() < 1e-7, "{candidate:?}: {} {expected}", found.test[0]);
            }
        }
    }
}

#[test]
fn threads_change_nothing() {
    let data = many(20_000, 2);
    let search = GridSearch::new(LogisticRegression::new())
        .param("C", [0.01, 1.0, 100.0])
        .param("penalty", ["l1", "l2"])
        .cv(StratifiedKFold::new(3).shuffle(1));
    let with = |n_threads: usize| {
        let pool = workbench::prelude::rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| {
            let model = LogisticRegression::new().penalty(Penalty::L1).fit(&data).unwrap();
            (model.coef(), search.fit(&data).unwrap().results())
        })
    };
    let one = with(1);
    for n_threads in [2, 8] {
        let other = with(n_threads);
        assert_eq!(one.0, other.0);
        let times = ["mean_fit_time", "std_fit_time", "mean_score_time", "std_score_time"];
        let without = |frame: &polars::prelude::DataFrame| frame.drop_many(times);
        assert!(without(&one.1).equals(&without(&other.1)), "{} threads: {:?} {:?}", n_threads, one.1, other.1);
    }
}

#[test]
fn a_pipeline_scores_as_its_parts_do() {
    let data = many(3_000, 2);
    let folds = StratifiedKFold::new(4).shuffle(2);
    let pipeline =
        Pipeline::new().step("scale", StandardScaler::new()).estimator("logistic", LogisticRegression::new());
    let scores = cross_validate(&pipeline, &data, &folds, &["accuracy"]).unwrap();
    for (fold, found) in folds.split(&data).unwrap().iter().zip(scores.folds()) {
        let model = pipeline.fit(&data.take(&fold.train).unwrap()).unwrap();
        let validation = data.take(&fold.validation).unwrap();
        let told = model.predict(validation.features()).unwrap();
        assert_eq!(found.test[0], workbench::select::accuracy(validation.target(), &told).unwrap());
    }
}

#[test]
fn columns_of_very_different_size_and_far_outputs_are_borne() {
    let data = many(2_000, 2);
    let mut records = data.records().unwrap();
    for (column, mut values) in records.columns_mut().into_iter().enumerate() {
        values *= 10.0_f64.powi(column as i32 % 7 - 3);
    }
    let names = data.feature_names();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let data = Dataset::from_arrays(&records, data.target().clone(), &names).unwrap();
    for penalty in [Penalty::L1, Penalty::L2, Penalty::ElasticNet] {
        for c in [1e-6, 1.0, 1e6] {
            let model = LogisticRegression::new().penalty(penalty).c(c).fit(&data).unwrap();
            assert!(model.converged(), "{penalty} {c}: {} steps", model.n_iter());
        }
    }
}

#[test]
fn new_settings_are_reached_by_name_and_refused_by_reason() {
    let mut settings = LogisticRegression::new();
    settings.set_param("penalty", &"elasticnet".into()).unwrap();
    settings.set_param("l1_ratio", &0.2.into()).unwrap();
    settings.set_param("class_weight", &r#"{"0": 2.0, "1": 1.0}"#.into()).unwrap();
    let weights = ClassWeight::ByLabel(vec![("0".to_string(), 2.0), ("1".to_string(), 1.0)]);
    assert_eq!(settings, LogisticRegression::new().penalty(Penalty::ElasticNet).l1_ratio(0.2).class_weight(weights));
    assert!(
        settings.params().contains(&("class_weight".to_string(), ParamValue::Text(r#"{"0":2.0,"1":1.0}"#.to_string())))
    );
    let data = data(&golden(), "two", false);
    let said = |settings: LogisticRegression| settings.fit(&data).unwrap_err().to_string();
    assert_eq!(said(LogisticRegression::new().l1_ratio(1.5)), "logistic.l1_ratio is 1.5, but it must be from 0 to 1");
    let unknown = ClassWeight::ByLabel(vec![("7".to_string(), 2.0)]);
    assert_eq!(
        said(LogisticRegression::new().class_weight(unknown)),
        "logistic.class_weight is \"7\", but it must be one of \"0\", \"1\""
    );
    let negative = ClassWeight::ByLabel(vec![("0".to_string(), -2.0)]);
    assert_eq!(
        said(LogisticRegression::new().class_weight(negative)),
        "logistic.class_weight is -2.0 for the class \"0\", but it must be one finite number of at least 0 for each class"
    );
    let nothing = ClassWeight::ByLabel(vec![("0".to_string(), 0.0), ("1".to_string(), 0.0)]);
    assert!(said(LogisticRegression::new().class_weight(nothing)).contains("weights by which at least one row counts"));
}
