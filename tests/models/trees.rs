//! Tests of trees, forests and boosting: against scikit-learn, among each other, and what they refuse.

use ndarray::Array2;
use polars::prelude::{Column, DataFrame, df};
use serde_json::Value;
use workbench::data::{Dataset, Target, Task, make_classification};
use workbench::models::{
    ClassWeight, Criterion, DecisionTreeClassifier, DecisionTreeModel, DecisionTreeRegressor, Estimator,
    ExtraTreesClassifier, ExtraTreesRegressor, HistGradientBoostingClassifier, HistGradientBoostingRegressor,
    MaxFeatures, Model, Monotonic, RandomForestClassifier, RandomForestRegressor, model_from_json,
};
use workbench::prelude::rayon::ThreadPoolBuilder;
use workbench::preprocess::ParamValue;
use workbench::search::GridSearch;
use workbench::select::{CrossValidator, KFold, Splitter, StratifiedKFold};

/// What scikit-learn says; `golden/trees.py` wrote it.
fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/trees.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap_or(f64::NAN)).collect()
}

/// The columns that a case is fitted on, beside its target.
fn case_data(golden: &Value, case: &Value, least_weight: f64) -> Dataset {
    let data = &golden["data"];
    let kind = case["features"].as_str().unwrap();
    let rows = &data[if kind == "x" { "x" } else { "missing" }];
    let mut columns: Vec<Column> = rows
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
        .map(|(index, values)| Column::new(format!("x{index}").into(), numbers(values)))
        .collect();
    if kind == "letters" {
        let letters: Vec<&str> =
            data["letters"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
        columns.push(Column::new("letter".into(), letters));
    }
    let height = columns[0].len();
    let name = case["target"].as_str().unwrap();
    let values = numbers(&data[name]);
    let target = if ["two", "three"].contains(&name) {
        let codes: Vec<u32> = values.iter().map(|value| *value as u32).collect();
        let n_classes = codes.iter().max().unwrap() + 1;
        Target::Classes { codes, labels: (0..n_classes).map(|class| class.to_string()).collect() }
    } else {
        Target::Values(values)
    };
    let dataset = Dataset::new(DataFrame::new(height, columns).unwrap(), target, "t").unwrap();
    if case["weighted"].as_bool().unwrap() {
        let weights: Vec<f64> = numbers(&data["weights"]).iter().map(|weight| weight + least_weight).collect();
        return dataset.with_weights(&weights).unwrap();
    }
    dataset
}

/// The settings of a case, as a search would set them.
fn set(estimator: &mut dyn Estimator, case: &Value) {
    for (name, value) in case["settings"].as_object().unwrap() {
        let value = match value {
            Value::String(text) => ParamValue::from(text.as_str()),
            Value::Number(number) if number.is_i64() => ParamValue::Int(number.as_i64().unwrap()),
            Value::Number(number) => ParamValue::Float(number.as_f64().unwrap()),
            _ => continue,
        };
        estimator.set_param(name, &value).unwrap();
    }
}

/// Whether the model tells what scikit-learn's does, up to `tolerance`; what differs is printed.
fn tells(model: &dyn Model, data: &Dataset, case: &Value, tolerance: f64) -> bool {
    let found = told(model, data);
    let expected: Vec<f64> = match &case["told"] {
        Value::Array(rows) if rows[0].is_array() => rows.iter().flat_map(numbers).collect(),
        rows => numbers(rows),
    };
    assert_eq!(found.len(), expected.len());
    let differs = |(found, expected): &(&f64, &f64)| (*found - *expected).abs() > tolerance * expected.abs().max(1.0);
    let n = found.iter().zip(&expected).filter(differs).count();
    if n > 0 {
        println!(
            "{n} of {}: {} {} {} {}",
            found.len(),
            case["target"],
            case["features"],
            case["weighted"],
            case["settings"]
        );
    }
    n == 0
}

#[test]
fn single_trees_are_those_of_scikit_learn() {
    let golden = golden();
    let mut all_agree = true;
    for case in golden["trees"].as_array().unwrap() {
        let data = case_data(&golden, case, 0.0);
        let (model, importances, text) = if case["target"] == "values" {
            let mut estimator = DecisionTreeRegressor::new();
            set(&mut estimator, case);
            let model = estimator.fit(&data).unwrap();
            (Box::new(model.clone()) as Box<dyn Model>, model.feature_importances(), model.export_text())
        } else {
            let mut estimator = DecisionTreeClassifier::new();
            set(&mut estimator, case);
            let model = estimator.fit(&data).unwrap();
            (Box::new(model.clone()) as Box<dyn Model>, model.feature_importances(), model.export_text())
        };
        // Sums are taken in another order.
        let agrees = tells(model.as_ref(), &data, case, 1e-10);
        all_agree &= agrees;
        if !agrees {
            continue;
        }
        assert_eq!(text.matches("x").count(), case["text"].as_str().unwrap().matches("x").count());
        if case["features"] == "x" && case["target"] != "values" {
            assert_eq!(text, case["text"].as_str().unwrap());
        }
        let expected = numbers(&case["importances"]);
        let names = importances.column("feature").unwrap().str().unwrap().clone();
        let values = importances.column("importance").unwrap().f64().unwrap().clone();
        for (name, value) in names.iter().flatten().zip(values.iter().flatten()) {
            let index: usize = name.trim_start_matches('x').parse().unwrap();
            assert!((value - expected[index]).abs() < 1e-10, "{name}: {value}, expected {}", expected[index]);
        }
    }
    assert!(all_agree);
}

/// What scikit-learn says of the same data; `golden/estimators.py` wrote it.
fn more_golden() -> Value {
    serde_json::from_str(include_str!("../golden/estimators.json")).unwrap()
}

fn tree_of(case: &Value) -> Box<dyn Estimator> {
    let is_classes = ["two", "three"].contains(&case["target"].as_str().unwrap());
    let mut tree: Box<dyn Estimator> =
        if is_classes { Box::new(DecisionTreeClassifier::new()) } else { Box::new(DecisionTreeRegressor::new()) };
    set(tree.as_mut(), case);
    tree
}

#[test]
fn pruned_trees_and_other_criteria_are_those_of_scikit_learn() {
    let (golden, more) = (golden(), more_golden());
    let mut all_agree = true;
    for case in more["trees"].as_array().unwrap() {
        let data = case_data(&golden, case, 0.0);
        let model = tree_of(case).fit(&data).unwrap();
        let agrees = tells(model.as_ref(), &data, case, 1e-9);
        all_agree &= agrees;
        let tree = model.as_any().downcast_ref::<DecisionTreeModel>().unwrap();
        let importances = tree.feature_importances();
        if agrees {
            assert_eq!(tree.n_leaves() as u64, case["n_leaves"].as_u64().unwrap(), "{}", case["settings"]);
            let mut expected = numbers(&case["importances"]);
            expected.sort_by(|one, other| other.total_cmp(one));
            let found = importances.column("importance").unwrap().f64().unwrap().clone();
            for (found, expected) in found.into_no_null_iter().zip(expected) {
                assert!((found - expected).abs() < 1e-9, "{found}, expected {expected}: {}", case["settings"]);
            }
        }
        // What is pruned is saved, too.
        let read = model_from_json(&model.to_json().unwrap()).unwrap();
        assert_eq!(told(read.as_ref(), &data), told(model.as_ref(), &data));
    }
    assert!(all_agree);
}

#[test]
fn pruning_paths_are_those_of_scikit_learn() {
    let (golden, more) = (golden(), more_golden());
    for case in more["pruning"].as_array().unwrap() {
        let data = case_data(&golden, case, 0.0);
        let tree = tree_of(case);
        let path = match tree.as_any().downcast_ref::<DecisionTreeClassifier>() {
            Some(tree) => tree.cost_complexity_pruning_path(&data),
            None => tree.as_any().downcast_ref::<DecisionTreeRegressor>().unwrap().cost_complexity_pruning_path(&data),
        }
        .unwrap();
        let column =
            |name: &str| -> Vec<f64> { path.column(name).unwrap().f64().unwrap().into_no_null_iter().collect() };
        for (name, key) in [("ccp_alpha", "ccp_alphas"), ("impurity", "impurities")] {
            let (found, expected) = (column(name), numbers(&case[key]));
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-10, "{name}: {found}, expected {expected}");
            }
        }
        // Each price gives a smaller tree, the last a root alone; splits that gain nothing go for nothing.
        let leaves: Vec<usize> = column("ccp_alpha")
            .iter()
            .map(|&alpha| {
                let mut tree = tree.clone();
                tree.set_param("ccp_alpha", &(alpha * (1.0 + 1e-9)).into()).unwrap();
                let model = tree.fit(&data).unwrap();
                model.as_any().downcast_ref::<DecisionTreeModel>().unwrap().n_leaves()
            })
            .collect();
        assert!(
            leaves.is_sorted_by(|one, other| one >= other) && leaves[0] > 20 && leaves.last() == Some(&1),
            "{leaves:?}"
        );
    }
}

#[test]
fn a_search_prunes_the_trees_of_one_fit() {
    let data = without_letters(&classes_data());
    let alphas = [0.0, 0.005, 0.02, 0.1];
    let estimators: [Box<dyn Estimator>; 3] = [
        Box::new(DecisionTreeClassifier::new()),
        Box::new(RandomForestClassifier::new().n_estimators(5)),
        Box::new(RandomForestClassifier::new().n_estimators(5).oob_score(true)),
    ];
    for estimator in estimators {
        let search = GridSearch::boxed(estimator.clone()).param("ccp_alpha", alphas).cv(StratifiedKFold::new(4));
        let scores = search.fit(&data).unwrap().results();
        let found: Vec<f64> = scores.column("mean_test_accuracy").unwrap().f64().unwrap().into_no_null_iter().collect();
        let mut alone = Vec::new();
        for alpha in alphas {
            let mut estimator = estimator.clone();
            estimator.set_param("ccp_alpha", &alpha.into()).unwrap();
            let validator = CrossValidator::boxed(estimator).cv(StratifiedKFold::new(4)).return_models();
            alone.push(validator.fit(&data).unwrap().mean("accuracy").unwrap());
        }
        alone.sort_by(|one, other| other.total_cmp(one));
        assert_eq!(found, alone, "{}", estimator.name());
    }
}

#[test]
fn forests_know_pruning_and_balanced_draws() {
    let data = classes_data();
    let data = without_letters(&data);
    let nodes = |alpha: f64| {
        let forest = RandomForestClassifier::new().n_estimators(8).ccp_alpha(alpha).oob_score(true);
        let model = forest.fit(&data).unwrap();
        assert!(model.oob_score().unwrap() > 0.4);
        model.n_nodes()
    };
    assert!(nodes(0.0) > 2 * nodes(0.01));
    // Of the rows of the rarer class few are left, yet trees that balance their draws tell it as often as the other.
    let Target::Classes { codes, .. } = data.target() else { unreachable!() };
    let rare: Vec<usize> =
        (0..data.n_samples()).filter(|&row| codes[row] != 1 && (codes[row] == 0 || row % 5 == 0)).collect();
    let rare = data.take(&rare).unwrap();
    let mean_of_rare = |weight: ClassWeight| {
        let forest = RandomForestClassifier::new().n_estimators(60).max_depth(Some(1)).class_weight(weight).seed(4);
        let model = forest.fit(&rare).unwrap();
        model.predict_proba(rare.features()).unwrap().column(1).mean().unwrap()
    };
    let (plain, balanced) = (mean_of_rare(ClassWeight::None), mean_of_rare(ClassWeight::Balanced));
    let of_draws = mean_of_rare(ClassWeight::BalancedSubsample);
    assert!(
        of_draws > plain + 0.1 && (of_draws - balanced).abs() < 0.05 && of_draws != balanced,
        "{plain} {balanced} {of_draws}"
    );
    // Without draws it is what a single tree calls balanced, and a single tree does not know it.
    let forest = |weight: ClassWeight| {
        let forest = RandomForestClassifier::new().n_estimators(3).bootstrap(false).class_weight(weight);
        told(&forest.fit(&rare).unwrap(), &rare)
    };
    assert_eq!(forest(ClassWeight::BalancedSubsample), forest(ClassWeight::Balanced));
    let refused = DecisionTreeClassifier::new().class_weight(ClassWeight::BalancedSubsample).fit(&rare);
    let expected = "decision_tree_classifier.class_weight is \"balanced_subsample\"";
    assert!(refused.unwrap_err().to_string().starts_with(expected));
    let numbers = numbers_data();
    for criterion in ["absolute_error", "poisson"] {
        for mut forest in [
            Box::new(ExtraTreesRegressor::new().n_estimators(5)) as Box<dyn Estimator>,
            Box::new(RandomForestRegressor::new().n_estimators(5)),
        ] {
            forest.set_param("criterion", &criterion.into()).unwrap();
            let fitted = forest.fit(&numbers);
            let error = fitted.as_ref().err().map(ToString::to_string).unwrap_or_default();
            // These numbers may be below 0, of which there is no Poisson deviance.
            assert_eq!(fitted.is_err(), criterion == "poisson", "{error}");
            assert!(error.is_empty() || error.contains("for the criterion \"poisson\""), "{error}");
        }
    }
}

/// scikit-learn keeps derivatives in 32 bits, which leaves 7 digits of them.
#[test]
fn boosting_tells_what_scikit_learn_tells() {
    let golden = golden();
    let mut all_agree = true;
    for case in golden["boosting"].as_array().unwrap() {
        let data = case_data(&golden, case, 1.0);
        let model: Box<dyn Model> = if ["two", "three"].contains(&case["target"].as_str().unwrap()) {
            let mut estimator = HistGradientBoostingClassifier::new();
            set(&mut estimator, case);
            Box::new(estimator.fit(&data).unwrap())
        } else {
            let mut estimator = HistGradientBoostingRegressor::new();
            set(&mut estimator, case);
            if case["settings"].get("monotonic_cst").is_some() {
                estimator =
                    estimator.monotonic_cst("x0", Monotonic::Increasing).monotonic_cst("x2", Monotonic::Decreasing);
            }
            Box::new(estimator.fit(&data).unwrap())
        };
        all_agree &= tells(model.as_ref(), &data, case, 1e-5);
    }
    assert!(all_agree);
}

fn classes_data() -> Dataset {
    let golden = golden();
    case_data(&golden, &serde_json::json!({"features": "letters", "target": "three", "weighted": false}), 0.0)
}

fn numbers_data() -> Dataset {
    let golden = golden();
    case_data(&golden, &serde_json::json!({"features": "missing", "target": "values", "weighted": false}), 0.0)
}

fn generated(n_samples: usize, n_features: usize, seed: u64) -> Dataset {
    let frame = make_classification(n_samples, n_features, 4, 2, 1.0, 0.05, seed).unwrap();
    Dataset::from_frame_as(&frame, "class", Task::Classification).unwrap()
}

fn without_letters(data: &Dataset) -> Dataset {
    data.with_features(data.features().drop("letter").unwrap()).unwrap()
}

/// Every estimator of trees, beside data that it takes.
fn all() -> Vec<(Box<dyn Estimator>, Dataset)> {
    let (classes, values) = (classes_data(), numbers_data());
    let plain = without_letters(&classes);
    vec![
        (Box::new(HistGradientBoostingClassifier::new().max_iter(8).max_features(0.5)), classes),
        (Box::new(HistGradientBoostingRegressor::new().max_iter(8)), values.clone()),
        (Box::new(DecisionTreeClassifier::new().max_features(MaxFeatures::Sqrt)), plain.clone()),
        (Box::new(DecisionTreeRegressor::new()), values.clone()),
        (Box::new(RandomForestClassifier::new().n_estimators(9)), plain.clone()),
        (Box::new(RandomForestRegressor::new().n_estimators(9)), values.clone()),
        (Box::new(ExtraTreesClassifier::new().n_estimators(9)), plain),
        (Box::new(ExtraTreesRegressor::new().n_estimators(9)), values),
    ]
}

/// Probabilities, or numbers.
fn told(model: &dyn Model, data: &Dataset) -> Vec<f64> {
    match model.predict(data.features()).unwrap() {
        Target::Values(values) => values,
        Target::Classes { .. } => model.predict_proba(data.features()).unwrap().iter().copied().collect(),
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for (estimator, data) in all() {
        let fit = |n_threads: usize| {
            let pool = ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            pool.install(|| told(estimator.fit(&data).unwrap().as_ref(), &data))
        };
        let one = fit(1);
        assert!(one == fit(2) && one == fit(8), "{}", estimator.name());
    }
}

#[test]
fn shared_fits_are_single_fits() {
    for (estimator, data) in all() {
        let folds = match data.target() {
            Target::Classes { .. } => StratifiedKFold::new(3).split(&data).unwrap(),
            Target::Values(_) => KFold::new(3).split(&data).unwrap(),
        };
        let shared = estimator.share(&data, &folds).unwrap().unwrap();
        let name =
            if estimator.params().iter().any(|(name, _)| name == "max_iter") { "max_iter" } else { "n_estimators" };
        let mut fewer = estimator.clone();
        let candidates: Vec<&dyn Estimator> = match fewer.set_param(name, &ParamValue::Int(4)) {
            Ok(()) => vec![estimator.as_ref(), fewer.as_ref()],
            Err(_) => vec![estimator.as_ref()],
        };
        // Those that differ in their number of trees alone are one fit.
        assert_eq!(shared.groups(&candidates).len(), 1, "{}", estimator.name());
        for (fold_idx, fold) in folds.iter().enumerate() {
            let (train, validation) = (data.take(&fold.train).unwrap(), data.take(&fold.validation).unwrap());
            let models = shared.fit(fold_idx, &candidates);
            let models: Vec<Box<dyn Model>> = models.into_iter().map(Result::unwrap).collect();
            let borrowed: Vec<&dyn Model> = models.iter().map(AsRef::as_ref).collect();
            let part = workbench::models::Part::Validation;
            let predictions = shared.predictions(fold_idx, part, &borrowed, Default::default()).unwrap().unwrap();
            for ((candidate, model), predictions) in candidates.iter().zip(&models).zip(predictions) {
                let single = candidate.fit(&train).unwrap();
                assert_eq!(
                    told(model.as_ref(), &validation),
                    told(single.as_ref(), &validation),
                    "{}",
                    candidate.name()
                );
                assert_eq!(predictions.target, single.predict(validation.features()).unwrap());
            }
        }
    }
}

#[test]
fn models_survive_being_written_down() {
    for (estimator, data) in all() {
        let model = estimator.fit(&data).unwrap();
        let again = model_from_json(&model.to_json().unwrap()).unwrap();
        assert_eq!(told(again.as_ref(), &data), told(model.as_ref(), &data), "{}", estimator.name());
    }
    let model = DecisionTreeClassifier::new().fit(&without_letters(&classes_data())).unwrap();
    let mut torn = serde_json::to_value(&model).unwrap();
    // A root that is its own grandchild would be walked for ever.
    torn["sum"]["trees"][0]["steps"][1]["left"] = 0.into();
    assert!(serde_json::from_value::<workbench::models::DecisionTreeModel>(torn).is_err());
}

#[test]
fn a_weight_says_the_same_as_a_row_repeated() {
    let golden = golden();
    let weights: Vec<f64> = numbers(&golden["data"]["weights"]);
    let repeated: Vec<usize> =
        weights.iter().enumerate().flat_map(|(row, weight)| std::iter::repeat_n(row, *weight as usize)).collect();
    let (classes, values) = (classes_data(), numbers_data());
    let plain = without_letters(&classes);
    let pairs: Vec<(Box<dyn Estimator>, Dataset)> = vec![
        (Box::new(DecisionTreeClassifier::new()), plain.clone()),
        (
            Box::new(DecisionTreeClassifier::new().criterion(Criterion::Entropy).class_weight(ClassWeight::Balanced)),
            plain,
        ),
        (Box::new(DecisionTreeRegressor::new().max_depth(Some(3))), values.clone()),
        (
            Box::new(HistGradientBoostingClassifier::new().max_iter(5).min_samples_leaf(1).max_leaf_nodes(Some(4))),
            without_letters(&classes),
        ),
        (Box::new(HistGradientBoostingRegressor::new().max_iter(5).min_samples_leaf(1)), values),
    ];
    for (estimator, data) in pairs {
        let weighted = estimator.fit(&data.clone().with_weights(&weights).unwrap()).unwrap();
        let by_rows = estimator.fit(&data.take(&repeated).unwrap()).unwrap();
        // Of equally good splits either may be taken, which rows that do not count may tell.
        let counted = data.take(&repeated).unwrap();
        for (a, b) in told(weighted.as_ref(), &counted).iter().zip(told(by_rows.as_ref(), &counted)) {
            assert!((a - b).abs() < 1e-7, "{}: {a} and {b}", estimator.name());
        }
    }
}

#[test]
fn predictions_keep_to_their_direction() {
    let data = numbers_data();
    let model = HistGradientBoostingRegressor::new()
        .min_samples_leaf(3)
        .monotonic_cst("x1", Monotonic::Increasing)
        .monotonic_cst("x3", Monotonic::Decreasing)
        .fit(&data)
        .unwrap();
    let steps: Vec<f64> = (-40..=40).map(|step| f64::from(step) / 10.0).collect();
    for (column, sign) in [("x1", 1.0), ("x3", -1.0)] {
        for base in [-1.0, 0.0, 0.5] {
            let of = |name: &str| if name == column { steps.clone() } else { vec![base; steps.len()] };
            let frame = df!("x0" => of("x0"), "x1" => of("x1"), "x2" => of("x2"), "x3" => of("x3")).unwrap();
            let Target::Values(told) = model.predict(&frame).unwrap() else { unreachable!() };
            assert!(told.windows(2).all(|pair| sign * (pair[1] - pair[0]) >= 0.0), "{column} at {base}");
        }
    }
}

#[test]
fn what_no_training_row_had_is_taken_for_missing() {
    let data = classes_data();
    let model = HistGradientBoostingClassifier::new().max_iter(10).fit(&data).unwrap();
    let mut unseen = data.features().head(Some(3));
    unseen.with_column(Column::new("letter".into(), ["z", "z", "z"])).unwrap();
    let mut missing = unseen.clone();
    missing.with_column(Column::new("letter".into(), [None::<&str>; 3])).unwrap();
    assert_eq!(model.predict_proba(&unseen).unwrap(), model.predict_proba(&missing).unwrap());
}

#[test]
fn stages_lead_to_the_end_and_losses_fall() {
    let data = classes_data();
    let model = HistGradientBoostingClassifier::new().max_iter(15).fit(&data).unwrap();
    let staged = model.staged_predict_proba(data.features()).unwrap();
    assert_eq!(staged.len(), 15);
    assert_eq!(staged.last().unwrap(), &model.predict_proba(data.features()).unwrap());
    let early = HistGradientBoostingClassifier::new().max_iter(6).fit(&data).unwrap();
    assert_eq!(staged[5], early.predict_proba(data.features()).unwrap());
    assert_eq!(model.staged_predict(data.features()).unwrap()[5], early.predict(data.features()).unwrap());
    let history = model.history();
    let losses: Vec<f64> = history.column("train_loss").unwrap().f64().unwrap().iter().flatten().collect();
    assert!(losses.windows(2).all(|pair| pair[1] < pair[0]));
    let mean: f64 = {
        let Target::Classes { codes, .. } = data.target() else { unreachable!() };
        let probabilities: &Array2<f64> = staged.last().unwrap();
        -codes.iter().enumerate().map(|(row, &code)| probabilities[[row, code as usize]].ln()).sum::<f64>() / 240.0
    };
    assert!((losses[15] - mean).abs() < 1e-9);
}

#[test]
fn training_stops_when_the_loss_stops_falling() {
    let data = generated(600, 6, 3);
    let settings = HistGradientBoostingClassifier::new().max_iter(400).learning_rate(0.3).early_stopping(true);
    let model = settings.clone().n_iter_no_change(3).fit(&data).unwrap();
    assert!(model.n_iter() < 400);
    assert_eq!(model.history().get_column_names(), ["iteration", "train_loss", "validation_loss"]);
    assert_eq!(model, settings.clone().n_iter_no_change(3).fit(&data).unwrap());
    let by_train = settings.validation_fraction(0.0).max_iter(5).fit(&data).unwrap();
    assert_eq!(by_train.history().get_column_names(), ["iteration", "train_loss"]);
}

#[test]
fn forests_score_rows_that_they_did_not_draw() {
    let data = generated(500, 8, 1);
    let forest = RandomForestClassifier::new().n_estimators(40).oob_score(true).fit(&data).unwrap();
    let (score, right) = (forest.oob_score().unwrap(), forest.predict(data.features()).unwrap());
    let fit = workbench::select::accuracy(data.target(), &right).unwrap();
    assert!(score > 0.6 && score < fit, "{score} beside {fit}");
    assert_eq!(forest.n_trees(), 40);
    let importances = forest.feature_importances();
    let sum: f64 = importances.column("importance").unwrap().f64().unwrap().iter().flatten().sum();
    assert!((sum - 1.0).abs() < 1e-12);
}

#[test]
fn a_search_takes_the_number_of_trees_from_one_fit() {
    let data = generated(300, 6, 2);
    let search = GridSearch::new(HistGradientBoostingClassifier::new())
        .param("max_iter", [5, 10, 20])
        .param("learning_rate", [0.1, 0.3])
        .cv(StratifiedKFold::new(3))
        .fit(&data)
        .unwrap();
    assert_eq!(search.results().height(), 6);
}

#[track_caller]
fn refuses(result: workbench::Result<impl std::fmt::Debug>, expected: &str) {
    let error = result.unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn what_cannot_be_is_refused() {
    let (classes, values) = (classes_data(), numbers_data());
    refuses(HistGradientBoostingClassifier::new().fit(&values), "needs a target of classes");
    refuses(HistGradientBoostingRegressor::new().fit(&classes), "needs a target of numbers");
    refuses(RandomForestRegressor::new().fit(&without_letters(&classes)), "needs a target of numbers");
    refuses(RandomForestClassifier::new().fit(&classes), "letter");
    refuses(
        HistGradientBoostingClassifier::new().max_bins(3).fit(&classes),
        "the number of categories in column `letter`",
    );
    refuses(HistGradientBoostingClassifier::new().learning_rate(0.0).fit(&classes), "learning_rate is 0.0");
    refuses(
        HistGradientBoostingClassifier::new().monotonic_cst("letter", Monotonic::Increasing).fit(&classes),
        "a column of numbers",
    );
    refuses(HistGradientBoostingRegressor::new().monotonic_cst("y", Monotonic::Increasing).fit(&values), "\"y\"");
    refuses(ExtraTreesClassifier::new().oob_score(true).fit(&without_letters(&classes)), "oob_score");
    refuses(DecisionTreeClassifier::new().max_features(MaxFeatures::Fraction(0.0)).fit(&classes), "max_features");
    let loss: ParamValue = "poisson".into();
    let mut poisson = HistGradientBoostingRegressor::new();
    poisson.set_param("loss", &loss).unwrap();
    refuses(poisson.fit(&values), "poisson");
    let infinite =
        Dataset::new(df!("x" => [1.0, f64::INFINITY, 2.0]).unwrap(), Target::from_labels(&["a", "b", "a"]), "t")
            .unwrap();
    refuses(DecisionTreeClassifier::new().fit(&infinite), "inf");
    refuses(HistGradientBoostingClassifier::new().fit(&infinite), "inf");
    let model = DecisionTreeRegressor::new().fit(&values).unwrap();
    refuses(model.predict_proba(values.features()), "no probabilities");
    refuses(model.predict(&values.features().drop("x0").unwrap()), "x0");
}
