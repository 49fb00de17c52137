//! What every estimator must do with good and bad input: one list of estimators, one list of checks.

use linfa::traits::Fit;
use ndarray::Array2;
use polars::prelude::{Column, DataFrame, df};
use workbench::Error;
use workbench::data::{Dataset, Target, Task};
use workbench::models::*;
use workbench::prelude::rayon::ThreadPoolBuilder;
use workbench::prelude::{linfa, linfa_linear, linfa_logistic, linfa_trees};
use workbench::preprocess::{StandardScaler, Weights};
use workbench::train::interrupt;

/// An estimator, and what is particular about it.
struct Case {
    estimator: Box<dyn Estimator>,
    task: Task,
    /// Takes any features: text, missing values, none at all, other columns than before.
    ignores_features: bool,
    /// Takes missing values.
    takes_missing: bool,
    /// Takes text as categories.
    takes_text: bool,
    /// How far the predictions of weighted rows may be from those of repeated ones; `None` where weights are refused.
    weights: Option<f64>,
    /// Its models are saved.
    is_saved: bool,
    /// Takes whole numbers only.
    is_discrete: bool,
}

fn case(estimator: impl Estimator + 'static, task: Task) -> Case {
    Case {
        estimator: Box::new(estimator),
        task,
        ignores_features: false,
        takes_missing: false,
        takes_text: false,
        weights: Some(1e-6),
        is_saved: true,
        is_discrete: false,
    }
}

fn classifier(estimator: impl Estimator + 'static) -> Case {
    case(estimator, Task::Classification)
}

fn regressor(estimator: impl Estimator + 'static) -> Case {
    case(estimator, Task::Regression)
}

fn unweighted(case: Case) -> Case {
    Case { weights: None, ..case }
}

fn blind(case: Case) -> Case {
    Case { ignores_features: true, takes_missing: true, ..case }
}

fn missing(case: Case) -> Case {
    Case { takes_missing: true, ..case }
}

fn text(case: Case) -> Case {
    Case { takes_text: true, ..missing(case) }
}

/// Rows are drawn or counted, so that a weight says something else than a repetition does.
fn drawn(case: Case) -> Case {
    Case { weights: Some(f64::INFINITY), ..case }
}

/// Cases that fit alike each time: linfa's tree settles ties between classes by the order of a hash map.
fn repeatable_cases() -> Vec<Case> {
    cases().into_iter().filter(|case| case.estimator.name() != "linfa_tree").collect()
}

/// An adapter of what is not the workbench's own.
fn foreign(case: Case) -> Case {
    Case { is_saved: false, ..unweighted(case) }
}

fn cases() -> Vec<Case> {
    vec![
        classifier(BernoulliNb::new().binarize(2.0)),
        Case { is_discrete: true, ..classifier(CategoricalNb::new()) },
        classifier(ComplementNb::new()),
        blind(classifier(DummyClassifier::new())),
        blind(classifier(DummyClassifier::new().strategy(ClassifierStrategy::MostFrequent))),
        blind(classifier(DummyClassifier::new().strategy(ClassifierStrategy::Stratified).seed(3))),
        blind(classifier(DummyClassifier::new().strategy(ClassifierStrategy::Uniform))),
        blind(regressor(DummyRegressor::new())),
        blind(regressor(DummyRegressor::new().strategy(RegressorStrategy::Median))),
        blind(regressor(DummyRegressor::new().strategy(RegressorStrategy::Quantile).quantile(0.3))),
        classifier(GaussianNb::new()),
        unweighted(classifier(KNeighborsClassifier::new())),
        unweighted(classifier(KNeighborsClassifier::new().metric(Metric::Cosine).weights(Weights::Distance))),
        unweighted(classifier(KNeighborsClassifier::new().algorithm(NeighborAlgorithm::KdTree).p(3.0))),
        unweighted(regressor(KNeighborsRegressor::new().metric(Metric::Manhattan))),
        unweighted(regressor(KNeighborsRegressor::new().weights(Weights::Distance))),
        foreign(classifier(linfa_tree())),
        foreign(classifier(linfa_logistic())),
        foreign(regressor(linfa_linear())),
        classifier(MultinomialNb::new()),
        classifier(Svc::new().tol(1e-9)),
        classifier(Svc::new().kernel(SvmKernel::Linear).class_weight(ClassWeight::Balanced).tol(1e-9)),
        classifier(Svc::new().kernel(SvmKernel::Poly).tol(1e-9)),
        classifier(Svc::new().kernel(SvmKernel::Sigmoid).gamma(0.01.into()).tol(1e-9)),
        regressor(Svr::new().tol(1e-9)),
        regressor(Svr::new().kernel(SvmKernel::Linear).tol(1e-9).epsilon(0.0)),
        classifier(LogisticRegression::new()),
        classifier(LogisticRegression::new().penalty(Penalty::L1).class_weight(ClassWeight::Balanced)),
        regressor(HuberRegressor::new()),
        regressor(HuberRegressor::new().epsilon(1.2).alpha(0.1).fit_intercept(false).tol(1e-10)),
        regressor(PoissonRegressor::new()),
        regressor(PoissonRegressor::new().alpha(0.01).fit_intercept(false)),
        regressor(LinearRegression::new()),
        regressor(Ridge::new()),
        regressor(Lasso::new().alpha(0.01).tol(1e-12)),
        regressor(ElasticNet::new().alpha(0.01).tol(1e-12)),
        classifier(LinearSvc::new().tol(1e-12).max_iter(100_000)),
        regressor(LinearSvr::new().tol(1e-12).max_iter(100_000)),
        drawn(classifier(SgdClassifier::new().loss(SgdLoss::LogLoss))),
        // Unscaled columns: with greater steps it runs away.
        drawn(regressor(SgdRegressor::new().eta0(0.001))),
        missing(classifier(DecisionTreeClassifier::new())),
        missing(regressor(DecisionTreeRegressor::new())),
        missing(classifier(DecisionTreeClassifier::new().ccp_alpha(0.02))),
        missing(regressor(DecisionTreeRegressor::new().criterion(RegressionCriterion::AbsoluteError))),
        missing(regressor(DecisionTreeRegressor::new().criterion(RegressionCriterion::Poisson).ccp_alpha(0.01))),
        missing(drawn(classifier(RandomForestClassifier::new().n_estimators(5)))),
        missing(drawn(classifier(
            RandomForestClassifier::new().n_estimators(5).class_weight(ClassWeight::BalancedSubsample),
        ))),
        missing(drawn(regressor(
            ExtraTreesRegressor::new().n_estimators(5).criterion(RegressionCriterion::AbsoluteError),
        ))),
        missing(drawn(regressor(RandomForestRegressor::new().n_estimators(5)))),
        missing(drawn(classifier(ExtraTreesClassifier::new().n_estimators(5)))),
        missing(drawn(regressor(ExtraTreesRegressor::new().n_estimators(5)))),
        text(drawn(classifier(HistGradientBoostingClassifier::new().max_iter(5).min_samples_leaf(2)))),
        text(drawn(regressor(HistGradientBoostingRegressor::new().max_iter(5).min_samples_leaf(2)))),
        classifier(Pipeline::new().step("scale", StandardScaler::new()).estimator("nb", GaussianNb::new())),
    ]
}

pub fn linfa_tree() -> LinfaClassifier {
    LinfaClassifier::new("linfa_tree", |data, params| {
        Ok(linfa_trees::DecisionTree::params().max_depth(Some(params.count("max_depth")?)).fit(data)?)
    })
    .param("max_depth", 4)
}

pub fn linfa_logistic() -> LinfaClassifier {
    LinfaClassifier::with_probabilities(
        "linfa_logistic",
        |data, params| Ok(linfa_logistic::MultiLogisticRegression::default().alpha(params.real("alpha")?).fit(data)?),
        |model, records| Ok(model.predict_probabilities(records)),
    )
    .param("alpha", 1.0)
}

pub fn linfa_linear() -> LinfaRegressor {
    LinfaRegressor::new("linfa_linear", |data, params| {
        Ok(linfa_linear::LinearRegression::new().with_intercept(params.flag("fit_intercept")?).fit(data)?)
    })
    .param("fit_intercept", true)
}

const N_ROWS: usize = 45;

fn noise(row: usize, column: usize) -> f64 {
    (((row * 7 + column * 131 + 1) as f64 * 12.9898).sin() * 43758.5453).fract().abs()
}

/// Numbers of at least 0 in columns with names of all kinds.
fn features() -> DataFrame {
    let column = |column: usize| -> Vec<f64> {
        (0..N_ROWS).map(|row| 4.0 * noise(row, column) + ((row + column) % 3) as f64).collect()
    };
    let counts: Vec<i64> = (0..N_ROWS).map(|row| (row * row % 5) as i64).collect();
    df!("größe" => column(0), "x 1" => column(1), "東京" => counts, "z" => column(2)).unwrap()
}

fn target(task: Task) -> Target {
    match task {
        Task::Classification => {
            let labels: Vec<&str> = (0..N_ROWS).map(|row| ["b", "ä", "c"][(row + row / 13) % 3]).collect();
            Target::from_labels(&labels)
        }
        Task::Regression => Target::Values((0..N_ROWS).map(|row| row as f64 % 3.0 + noise(row, 9)).collect()),
    }
}

fn other_task(task: Task) -> Task {
    if task == Task::Classification { Task::Regression } else { Task::Classification }
}

fn dataset(features: DataFrame, task: Task) -> Dataset {
    let target = target(task);
    Dataset::new(features, target, "ziel").unwrap()
}

fn ordinary(case: &Case) -> Dataset {
    dataset(suited(case, &features()), case.task)
}

/// `frame` with whole numbers, for a case that takes only these.
fn suited(case: &Case, frame: &DataFrame) -> DataFrame {
    let mut frame = frame.clone();
    for column in frame.columns().to_vec() {
        if let (true, Ok(values)) = (case.is_discrete, column.f64()) {
            let whole: Vec<Option<f64>> = values.iter().map(|value| value.map(f64::floor)).collect();
            frame.with_column(Column::new(column.name().clone(), whole)).unwrap();
        }
    }
    frame
}

fn with_column(frame: &DataFrame, column: Column) -> DataFrame {
    let mut frame = frame.clone();
    frame.with_column(column).unwrap();
    frame
}

#[track_caller]
fn fit(case: &Case, data: &Dataset) -> Box<dyn Model> {
    case.estimator.fit(data).unwrap_or_else(|error| panic!("{:?}: {error}", case.estimator))
}

/// All that a model tells of rows, as bits.
fn told(model: &dyn Model, features: &DataFrame) -> (Target, Vec<u64>) {
    let bits = |table: Array2<f64>| -> Vec<u64> { table.iter().map(|value| value.to_bits()).collect() };
    let mut all = model.predict_proba(features).map(bits).unwrap_or_default();
    all.extend(model.decision_function(features).map(bits).unwrap_or_default());
    (model.predict(features).unwrap(), all)
}

/// An error in the words of a person that says `parts`.
#[track_caller]
fn check_clear(case: &Case, error: &Error, parts: &[&str]) {
    let message = error.to_string();
    assert!(!matches!(error, Error::Polars(_)), "{:?}: {message}", case.estimator);
    for part in parts {
        assert!(message.contains(part), "{:?}: {message:?} does not say {part:?}", case.estimator);
    }
}

fn values(target: &Target) -> Vec<f64> {
    match target {
        Target::Values(values) => values.clone(),
        Target::Classes { codes, .. } => codes.iter().map(|&code| f64::from(code)).collect(),
    }
}

/// Whether a model tells something of each row, with numbers that are some.
#[track_caller]
fn check_told(case: &Case, model: &dyn Model, features: &DataFrame) {
    let told = model.predict(features).unwrap_or_else(|error| panic!("{:?}: {error}", case.estimator));
    assert_eq!((told.len(), told.task()), (features.height(), case.task), "{:?}", case.estimator);
    assert!(values(&told).iter().all(|value| value.is_finite()), "{:?}", case.estimator);
    let Target::Classes { codes, labels } = told else {
        assert!(model.classes().is_none() && model.predict_proba(features).is_err(), "{:?}", case.estimator);
        return;
    };
    assert_eq!(model.classes(), Some(labels.clone()), "{:?}", case.estimator);
    if let Ok(probabilities) = model.predict_proba(features) {
        assert_eq!(probabilities.dim(), (features.height(), labels.len()), "{:?}", case.estimator);
        for (row, &code) in probabilities.rows().into_iter().zip(&codes) {
            assert!((row.sum() - 1.0).abs() < 1e-9, "{:?}: {row}", case.estimator);
            let is_free = format!("{:?}", case.estimator).contains("Probability");
            assert!(
                row.iter().all(|&other| is_free || other <= row[code as usize] + 1e-12),
                "{:?}: {row}",
                case.estimator
            );
        }
    }
    if let Ok(decisions) = model.decision_function(features) {
        let width = if labels.len() == 2 { 1 } else { labels.len() };
        assert_eq!(decisions.dim(), (features.height(), width), "{:?}", case.estimator);
        for (row, &code) in decisions.rows().into_iter().zip(&codes) {
            let agrees = match row.as_slice() {
                Some(&[decision]) => (decision > 0.0) == (code == 1),
                _ => row.iter().all(|&other| other <= row[code as usize]),
            };
            assert!(agrees, "{:?}: {row} and class {code}", case.estimator);
        }
    }
}

#[test]
fn ordinary_data_are_learnt_and_all_answers_agree() {
    for case in cases() {
        let data = ordinary(&case);
        let model = fit(&case, &data);
        check_told(&case, model.as_ref(), data.features());
        // Rows one by one are told as they are together, and none at all are no harm.
        if !format!("{:?}", case.estimator).contains("Dummy") {
            let together = values(&model.predict(data.features()).unwrap());
            for row in [0, 7, N_ROWS - 1] {
                let alone = values(&model.predict(&data.features().slice(row as i64, 1)).unwrap());
                assert!((alone[0] - together[row]).abs() < 1e-9, "{:?}", case.estimator);
            }
        }
        check_told(&case, model.as_ref(), &data.features().head(Some(0)));
        // Two of the classes only.
        if let Target::Classes { codes, .. } = data.target() {
            let rows: Vec<usize> = (0..N_ROWS).filter(|&row| codes[row] > 0).collect();
            let fold = data.take(&rows).unwrap();
            let model = fit(&case, &fold);
            assert_eq!(model.classes().unwrap(), ["c", "ä"], "{:?}", case.estimator);
            check_told(&case, model.as_ref(), data.features());
        }
    }
}

#[test]
fn missing_and_infinite_values_are_told_with_column_and_row() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let column: Vec<f64> = (0..N_ROWS).map(|row| if row == 5 { value } else { noise(row, 4) }).collect();
        let bad = with_column(&features(), Column::new("x 1".into(), column));
        for case in cases() {
            let bad = suited(&case, &bad);
            let model = fit(&case, &ordinary(&case));
            let refitted = case.estimator.fit(&dataset(bad.clone(), case.task));
            for result in [refitted.and_then(|model| model.predict(&bad)), model.predict(&bad)] {
                match result {
                    Err(error) => check_clear(&case, &error, &["`x 1`", "row 5"]),
                    Ok(_) => assert!(case.takes_missing, "{:?} takes {value}", case.estimator),
                }
            }
        }
    }
}

#[test]
fn columns_of_text_are_named() {
    let text: Vec<String> = (0..N_ROWS).map(|row| format!("wort {row}")).collect();
    let bad = with_column(&features(), Column::new("z".into(), text));
    for case in cases() {
        let bad = suited(&case, &bad);
        match case.estimator.fit(&dataset(bad.clone(), case.task)) {
            Err(error) => check_clear(&case, &error, &["`z`", "str"]),
            Ok(_) => assert!(case.ignores_features || case.takes_text, "{:?}", case.estimator),
        }
        match fit(&case, &ordinary(&case)).predict(&bad) {
            Err(error) => check_clear(&case, &error, &["`z`"]),
            Ok(_) => assert!(case.ignores_features, "{:?}", case.estimator),
        }
    }
}

#[test]
fn columns_are_found_by_name() {
    let frame = features();
    let reversed = frame.select(["z", "東京", "x 1", "größe"]).unwrap();
    let fewer = frame.drop("東京").unwrap();
    let more = with_column(&frame, Column::new("neu".into(), vec![1.0; N_ROWS]));
    let mut renamed = frame.clone();
    renamed.rename("größe", "groesse".into()).unwrap();
    for case in cases().iter().filter(|case| !case.ignores_features) {
        let [frame, reversed, fewer, more, renamed] =
            [&frame, &reversed, &fewer, &more, &renamed].map(|frame| suited(case, frame));
        let model = fit(case, &ordinary(case));
        assert_eq!(told(model.as_ref(), &reversed), told(model.as_ref(), &frame), "{:?}", case.estimator);
        check_clear(case, &model.predict(&fewer).unwrap_err(), &["`東京`"]);
        check_clear(case, &model.predict(&renamed).unwrap_err(), &["`größe`"]);
        // Steps let columns pass that they do not know.
        check_clear(case, &model.predict(&more).unwrap_err(), &["`neu`"]);
    }
}

#[test]
fn few_rows_and_columns_that_say_nothing_do_no_harm() {
    let frame = features();
    let constant =
        df!("größe" => [2.0; N_ROWS], "x 1" => [3.0; N_ROWS], "東京" => [1i64; N_ROWS], "z" => [0.0; N_ROWS]).unwrap();
    for case in cases() {
        let data = ordinary(&case);
        let one_row = data.take(&[3]).unwrap();
        let two_rows = data.take(&[3, 4]).unwrap();
        let no_columns = dataset(frame.select(Vec::<&str>::new()).unwrap(), case.task);
        let constant = dataset(constant.clone(), case.task);
        for data in [Some(one_row), Some(two_rows), Some(constant), Some(no_columns)].into_iter().flatten() {
            match case.estimator.fit(&data) {
                Ok(model) => check_told(&case, model.as_ref(), data.features()),
                Err(error) => check_clear(&case, &error, &[]),
            }
        }
    }
}

#[test]
fn huge_and_tiny_values_are_taken_or_told() {
    for scale in [1e300, 1e150, 1e-150, 1e-300] {
        let scaled: Vec<f64> = (0..N_ROWS).map(|row| scale * (noise(row, 1) + (row % 3) as f64)).collect();
        let bad = with_column(&features(), Column::new("x 1".into(), scaled));
        // The line search of linfa's logistic regression never ends on such values.
        for case in cases().into_iter().filter(|case| case.is_saved) {
            let bad = suited(&case, &bad);
            let data = dataset(bad.clone(), case.task);
            match case.estimator.fit(&data) {
                Ok(model) => check_told(&case, model.as_ref(), data.features()),
                Err(error) => check_clear(&case, &error, &[]),
            }
            match fit(&case, &ordinary(&case)).predict(&bad) {
                Ok(told) => assert!(values(&told).iter().all(|value| value.is_finite()), "{:?}", case.estimator),
                Err(error) => check_clear(&case, &error, &[]),
            }
        }
    }
}

#[test]
fn one_class_is_told_or_refused() {
    for case in cases().iter().filter(|case| case.task == Task::Classification) {
        let data = Dataset::new(suited(case, &features()), Target::from_labels(&["b"; N_ROWS]), "ziel").unwrap();
        match case.estimator.fit(&data) {
            Ok(model) => check_told(case, model.as_ref(), data.features()),
            Err(error) => check_clear(case, &error, &["`ziel`", "\"b\""]),
        }
    }
}

#[test]
fn another_task_is_refused() {
    for case in cases() {
        let error = case.estimator.fit(&dataset(suited(&case, &features()), other_task(case.task))).unwrap_err();
        check_clear(&case, &error, &["`ziel`"]);
        let error = if let Error::Step { source, .. } = error { *source } else { error };
        let is_told = match case.task {
            Task::Classification => matches!(error, Error::NotClasses { .. }),
            Task::Regression => matches!(error, Error::NotNumbers { .. }),
        };
        assert!(is_told, "{:?}: {error}", case.estimator);
    }
}

#[test]
fn refitting_forgets_and_copies_fit_alike() {
    for case in repeatable_cases() {
        let data = ordinary(&case);
        let first = told(fit(&case, &data).as_ref(), data.features());
        let rows: Vec<usize> = (0..N_ROWS).filter(|row| row % 4 != 1).rev().collect();
        fit(&case, &data.take(&rows).unwrap());
        assert_eq!(told(fit(&case, &data).as_ref(), data.features()), first, "{:?}", case.estimator);
        let copy = case.estimator.clone();
        assert_eq!(told(copy.fit(&data).unwrap().as_ref(), data.features()), first, "{:?}", case.estimator);
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for case in repeatable_cases() {
        let data = ordinary(&case);
        let at = |n_threads: usize| {
            let pool = ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            pool.install(|| {
                let model = fit(&case, &data);
                (told(model.as_ref(), data.features()), model.to_json().ok())
            })
        };
        let one = at(1);
        assert!(at(2) == one && at(8) == one, "{:?}", case.estimator);
    }
}

#[test]
fn saved_models_tell_the_same() {
    for case in cases() {
        let data = ordinary(&case);
        let model = fit(&case, &data);
        if !case.is_saved {
            check_clear(&case, &model.to_json().unwrap_err(), &["this model cannot be saved", "gaussian_nb"]);
            continue;
        }
        let text = model.to_json().unwrap_or_else(|error| panic!("{:?}: {error}", case.estimator));
        let again = model_from_json(&text).unwrap_or_else(|error| panic!("{:?}: {error}", case.estimator));
        assert_eq!(
            told(again.as_ref(), data.features()),
            told(model.as_ref(), data.features()),
            "{:?}",
            case.estimator
        );
        assert_eq!(again.to_json().unwrap(), text, "{:?}", case.estimator);
        assert_eq!((again.name(), again.classes()), (model.name(), model.classes()));
        // Torn anywhere, it is no model.
        for end in (0..text.len()).step_by(1 + text.len() / 50) {
            if let Some(torn) = text.get(..end) {
                check_clear(&case, &model_from_json(torn).unwrap_err(), &["this is no saved model"]);
            }
        }
    }
}

#[test]
fn weights_count_as_repeated_rows_do() {
    let times: Vec<usize> = (0..N_ROWS).map(|row| (row * 5 + row / 4) % 4).collect();
    let weights: Vec<f64> = times.iter().map(|&times| times as f64).collect();
    let repeated: Vec<usize> = (0..N_ROWS).flat_map(|row| vec![row; times[row]]).collect();
    for case in cases() {
        let data = ordinary(&case);
        let weighted = case.estimator.fit(&data.clone().with_weights(&weights).unwrap());
        let Some(tolerance) = case.weights else {
            check_clear(&case, &weighted.unwrap_err(), &["sample weights", case.estimator.name()]);
            continue;
        };
        let weighted = weighted.unwrap_or_else(|error| panic!("{:?}: {error}", case.estimator));
        let repeated = fit(&case, &data.take(&repeated).unwrap());
        let numbers = |model: &dyn Model| -> Vec<f64> {
            let mut numbers = values(&model.predict(data.features()).unwrap());
            numbers.extend(
                model
                    .predict_proba(data.features())
                    .map(|table| table.into_iter().collect::<Vec<_>>())
                    .unwrap_or_default(),
            );
            numbers.extend(
                model
                    .decision_function(data.features())
                    .map(|table| table.into_iter().collect::<Vec<_>>())
                    .unwrap_or_default(),
            );
            numbers
        };
        for (one, other) in numbers(weighted.as_ref()).iter().zip(numbers(repeated.as_ref())) {
            assert!((one - other).abs() <= tolerance, "{:?}: {one} and {other}", case.estimator);
        }
    }
}

#[test]
fn rows_of_no_weight_are_no_rows() {
    for case in repeatable_cases() {
        let data = ordinary(&case);
        let Target::Classes { codes, .. } = data.target() else { continue };
        // The first class, the last, and the one between; and rows here and there.
        for left_out in [Some(0), Some(1), Some(2), None] {
            let is_kept = |row: usize| left_out.map_or(row % 5 > 0, |class| codes[row] != class);
            let rows: Vec<usize> = (0..N_ROWS).filter(|&row| is_kept(row)).collect();
            let weights: Vec<f64> =
                (0..N_ROWS).map(|row| if is_kept(row) { 1.0 + noise(row, 5) } else { 0.0 }).collect();
            let Ok(weighted) = case.estimator.fit(&data.clone().with_weights(&weights).unwrap()) else {
                assert!(case.weights.is_none(), "{:?}", case.estimator);
                continue;
            };
            let kept: Vec<f64> = rows.iter().map(|&row| weights[row]).collect();
            let without = fit(&case, &data.take(&rows).unwrap().with_weights(&kept).unwrap());
            assert_eq!(weighted.classes(), without.classes(), "{:?}", case.estimator);
            // The steps of a pipeline know no weights, and to a descent rows of known classes are steps.
            let name = case.estimator.name();
            if name == "pipeline" || name == "sgd" && left_out.is_none() {
                continue;
            }
            let (weighted, without) =
                (told(weighted.as_ref(), data.features()), told(without.as_ref(), data.features()));
            assert_eq!(weighted, without, "{:?}", case.estimator);
        }
        // A fold that has none of the rows that count.
        let weights: Vec<f64> = (0..N_ROWS).map(|row| f64::from(u8::from(row == 0))).collect();
        let nothing = data.with_weights(&weights).unwrap().take(&(1..N_ROWS).collect::<Vec<_>>()).unwrap();
        let error = case.estimator.fit(&nothing).unwrap_err();
        if case.weights.is_some() {
            check_clear(&case, &error, &["needs at least one row"]);
        }
    }
}

#[test]
fn settings_are_set_by_name() {
    for case in cases() {
        let mut estimator = case.estimator.clone();
        let params = estimator.params();
        for (name, value) in &params {
            estimator.set_param(name, value).unwrap_or_else(|error| panic!("{:?}: {error}", case.estimator));
        }
        assert_eq!(estimator.params(), params, "{:?}", case.estimator);
        let error = estimator.set_param("größe", &1.0.into()).unwrap_err();
        let mut parts = vec!["unknown parameter \"größe\""];
        parts.extend(params.iter().map(|(name, _)| name.as_str()));
        check_clear(&case, &error, &parts);
        // A list is no value of any setting, and text of few.
        for (name, _) in &params {
            if let Err(error) = estimator.set_param(name, &"kein Wert".into()) {
                assert!(matches!(error, Error::InvalidValue { .. } | Error::Step { .. }), "{name}: {error}");
            }
        }
    }
}

#[test]
fn an_interrupted_fit_ends() {
    for case in cases() {
        let data = ordinary(&case);
        interrupt::request();
        let result = case.estimator.fit(&data);
        interrupt::clear();
        if let Err(error) = result {
            check_clear(&case, &error, &["interrupted"]);
        }
    }
}
