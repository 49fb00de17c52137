//! Nearest neighbours, naive Bayes, support vector machines and dummies against scikit-learn's, and adapters of what is not the workbench's own.

use ndarray::{Array2, ArrayView1};
use polars::prelude::DataFrame;
use serde_json::Value;
use workbench::data::{Dataset, Target, diabetes, drop_missing, from_array, iris, penguins, to_array, wine};
use workbench::models::*;
use workbench::preprocess::{ParamValue, StandardScaler, Weights};
use workbench::search::{GridSearch, Outcome};
use workbench::select::{KFold, StratifiedKFold, cross_validate};

use super::conformance::{linfa_linear, linfa_logistic, linfa_tree};
use super::numbers;

/// What scikit-learn says; `golden/others.py` wrote it.
fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/others.json")).unwrap()
}

/// Penguins whose measures are known, as the script has them.
struct Penguins {
    frame: DataFrame,
    measures: Array2<f64>,
}

impl Penguins {
    fn new() -> Self {
        let columns = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"];
        let frame = drop_missing(&penguins().unwrap(), &columns).unwrap();
        let measures = to_array(&frame.select(columns).unwrap()).unwrap();
        Self { frame, measures }
    }

    fn records(&self, n_columns: usize) -> DataFrame {
        self.scaled(&[10.0, 5.0, 50.0, 1000.0], n_columns, |value| value)
    }

    fn counts(&self) -> DataFrame {
        self.scaled(&[4.0, 2.0, 20.0, 400.0], 4, f64::floor)
    }

    fn scaled(&self, units: &[f64], n_columns: usize, round: fn(f64) -> f64) -> DataFrame {
        let scaled = Array2::from_shape_fn((self.measures.nrows(), n_columns), |(row, column)| {
            round(self.measures[[row, column]] / units[column])
        });
        from_array(&scaled, &["a", "b", "c", "d"][..n_columns]).unwrap()
    }

    fn classes(&self, target: &str) -> Target {
        let frame = self.frame.select(["body_mass_g", target]).unwrap();
        Dataset::from_frame(&frame, target).unwrap().target().clone()
    }

    fn mass(&self) -> Target {
        Target::Values(self.measures.column(3).iter().map(|mass| mass / 1000.0).collect())
    }

    fn weights(&self) -> Vec<f64> {
        (0..self.measures.nrows()).map(|row| (row % 4) as f64 / 2.0 + 0.25).collect()
    }
}

fn dataset(features: DataFrame, target: Target) -> Dataset {
    Dataset::new(features, target, "target").unwrap()
}

/// Every so many rows.
fn asked(features: &DataFrame) -> DataFrame {
    let every = golden()["every"].as_u64().unwrap() as usize;
    let all = dataset(features.clone(), Target::Values(vec![0.0; features.height()]));
    all.take(&(0..features.height()).step_by(every).collect::<Vec<_>>()).unwrap().features().clone()
}

#[track_caller]
fn assert_close(found: ArrayView1<'_, f64>, expected: &Value, tolerance: f64, what: &str) {
    let expected = numbers(expected);
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() <= tolerance * (1.0 + expected.abs()), "{what}: {found}, expected {expected}");
    }
}

#[track_caller]
fn assert_rows(found: &Array2<f64>, expected: &Value, tolerance: f64, what: &str) {
    let expected = expected.as_array().unwrap();
    assert_eq!(found.nrows(), expected.len(), "{what}");
    for (found, expected) in found.rows().into_iter().zip(expected) {
        assert_close(found, expected, tolerance, what);
    }
}

/// Sets what a script's keyword arguments say.
fn set(estimator: &mut dyn Estimator, settings: &Value) {
    for (name, value) in settings.as_object().unwrap() {
        let value: ParamValue = match value {
            Value::Bool(flag) => (*flag).into(),
            Value::String(text) => text.as_str().into(),
            number if number.is_i64() => number.as_i64().unwrap().into(),
            number => number.as_f64().unwrap().into(),
        };
        if name != "weighted" {
            estimator.set_param(name, &value).unwrap();
        }
    }
}

#[test]
fn neighbours_are_those_of_scikit_learn() {
    let penguins = Penguins::new();
    let train = penguins.records(3);
    let asked = to_array(&asked(&train)).unwrap() + &ndarray::array![0.0123, -0.0217, 0.0091];
    let asked = from_array(&asked, &["a", "b", "c"]).unwrap();
    for case in golden()["neighbours"].as_array().unwrap() {
        for algorithm in ["auto", "brute", "kd_tree"] {
            let what = format!("{} by {algorithm}", case["settings"]);
            let mut classifier = KNeighborsClassifier::new();
            set(&mut classifier, &case["settings"]);
            classifier.set_param("algorithm", &algorithm.into()).unwrap();
            let model = classifier.fit(&dataset(train.clone(), penguins.classes("species"))).unwrap();
            let (distances, rows) = model.kneighbors(&asked).unwrap();
            // scikit-learn's Euclidean and cosine distances lose digits by their formula.
            assert_rows(&distances, &case["distances"], 1e-9, &what);
            assert_rows(&rows.mapv(f64::from), &case["rows"], 0.0, &what);
            let tolerance = if case["settings"]["metric"] == "cosine" { 1e-7 } else { 1e-9 };
            assert_rows(&model.predict_proba(&asked).unwrap(), &case["probabilities"], tolerance, &what);
            let mut regressor = KNeighborsRegressor::new();
            set(&mut regressor, &case["settings"]);
            regressor.set_param("algorithm", &algorithm.into()).unwrap();
            let told = regressor.fit(&dataset(train.clone(), penguins.mass())).unwrap().predict(&asked).unwrap();
            let Target::Values(told) = told else { unreachable!() };
            assert_close(ArrayView1::from(&told), &case["told"], tolerance, &what);
        }
    }
}

/// Rows far from 0 and close together, where the formula of products is off by more than the distances; and rows that are there twice.
#[test]
fn blocks_and_trees_find_the_same_rows() {
    let noise = |index: usize| ((index as f64 * 12.9898).sin() * 43758.5453).fract();
    for (n_columns, offset) in [(1, 0.0), (2, 1e8), (3, 1.0), (7, 1e6), (20, 0.0), (70, 1e5)] {
        let names: Vec<String> = (0..n_columns).map(|column| format!("x{column}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let records = Array2::from_shape_fn((900, n_columns), |(row, column)| {
            offset + (noise(row / 2 * n_columns + column + 1) * 64.0).round() / 64.0
        });
        let frame = from_array(&records, &names).unwrap();
        let target = Target::Values((0..900).map(|row| row as f64).collect());
        let data = dataset(frame.clone(), target);
        for metric in [Metric::Euclidean, Metric::Manhattan] {
            let settings = KNeighborsRegressor::new().n_neighbors(9).metric(metric);
            let brute = settings.clone().algorithm(NeighborAlgorithm::Brute).fit(&data).unwrap();
            let tree = settings.algorithm(NeighborAlgorithm::KdTree).fit(&data).unwrap();
            let (distances, rows) = brute.kneighbors(&frame).unwrap();
            assert_eq!((&distances, &rows), (&tree.kneighbors(&frame).unwrap().0, &tree.kneighbors(&frame).unwrap().1));
            for row in (0..900).step_by(97) {
                let distance = |other: usize| -> f64 {
                    let gaps = (&records.row(row) - &records.row(other)).mapv(f64::abs);
                    if metric == Metric::Manhattan { gaps.sum() } else { gaps.dot(&gaps).sqrt() }
                };
                let mut all: Vec<(f64, u32)> = (0..900).map(|other| (distance(other), other as u32)).collect();
                all.sort_by(|a, b| a.partial_cmp(b).unwrap());
                let expected: Vec<u32> = all[..9].iter().map(|(_, row)| *row).collect();
                assert_eq!(rows.row(row).to_vec(), expected, "{n_columns} columns, {metric:?}");
            }
        }
    }
}

#[test]
fn a_search_looks_for_neighbours_once_and_finds_the_same() {
    let data = Dataset::from_frame(&wine().unwrap(), "cultivar").unwrap();
    let settings = KNeighborsClassifier::new().weights(Weights::Distance);
    let candidates = [1, 4, 20, 200];
    let search = GridSearch::new(settings.clone())
        .param("n_neighbors", candidates)
        .param("metric", ["euclidean", "manhattan"])
        .cv(StratifiedKFold::new(5).shuffle(3))
        .fit(&data)
        .unwrap();
    for candidate in search.candidates() {
        let mut alone = settings.clone();
        candidate.params.iter().for_each(|(name, value)| alone.set_param(name, value).unwrap());
        match cross_validate(&alone, &data, &StratifiedKFold::new(5).shuffle(3), &["accuracy"]) {
            Ok(validated) => {
                let expected: Vec<f64> = validated.folds().iter().map(|fold| fold.test[0]).collect();
                let found: Vec<f64> = candidate.folds().iter().map(|fold| fold.test[0]).collect();
                assert_eq!(found, expected, "{:?}", candidate.params);
            }
            Err(error) => {
                let Outcome::Failed(found) = &candidate.outcome else { panic!("{:?}: {error}", candidate.params) };
                assert_eq!(*found, error.to_string());
                assert!(found.contains("200, but it must be at most 142, the number of training rows"), "{found}");
            }
        }
    }
}

#[test]
fn naive_bayes_is_that_of_scikit_learn() {
    let penguins = Penguins::new();
    for case in golden()["naive_bayes"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let features = if name == "gaussian" { penguins.records(4) } else { penguins.counts() };
        let mut data = dataset(features.clone(), penguins.classes("species"));
        let is_weighted = case["weighted"] == true;
        if is_weighted {
            data = data.with_weights(&penguins.weights()).unwrap();
        }
        let what = format!("{name}, {}, weighted: {is_weighted}", case["settings"]);
        let mut estimator: Box<dyn Estimator> = match name {
            "gaussian" => Box::new(GaussianNb::new()),
            "multinomial" => Box::new(MultinomialNb::new()),
            "bernoulli" => Box::new(BernoulliNb::new()),
            "categorical" => Box::new(CategoricalNb::new()),
            _ => Box::new(ComplementNb::new()),
        };
        let mut settings = case["settings"].clone();
        if name == "complement" {
            settings.as_object_mut().unwrap().remove("fit_prior");
        }
        set(estimator.as_mut(), &settings);
        let model = estimator.fit(&data).unwrap();
        let (any, asked) = (model.as_any(), asked(&features));
        let likelihoods = match (any.downcast_ref::<GaussianNbModel>(), any.downcast_ref::<CategoricalNbModel>()) {
            (Some(model), _) => model.joint_log_likelihood(&asked),
            (_, Some(model)) => model.joint_log_likelihood(&asked),
            _ => any.downcast_ref::<DiscreteNbModel>().unwrap().joint_log_likelihood(&asked),
        };
        // GaussianNB takes the variance that it smooths by without weights, and adds 1e-9 of it.
        let tolerance = if name == "gaussian" && is_weighted { 1e-6 } else { 1e-10 };
        assert_rows(&likelihoods.unwrap(), &case["likelihoods"], tolerance, &what);
        assert_rows(&model.predict_proba(&asked).unwrap(), &case["probabilities"], tolerance, &what);
    }
}

/// Both stop where the conditions of an optimum are missed by 1e-10, but libsvm keeps its kernels in single precision, and sums of them times coefficients up
/// to `C` are off by as much. The test below holds ours against these conditions.
const MACHINES: f64 = 1e-3;

#[test]
fn support_vector_machines_are_those_of_scikit_learn() {
    let penguins = Penguins::new();
    for case in golden()["machines"].as_array().unwrap() {
        // Kernels all in memory, and few rows of them at a time.
        for cache_size in [200.0, 0.02] {
            let what = format!("{} with {cache_size} MB", case["settings"]);
            let features = penguins.records(4);
            let mut svc = Svc::new().tol(1e-10).cache_size(cache_size);
            set(&mut svc, &case["settings"]);
            let is_weighted = case["settings"]["weighted"] == true;
            let weigh =
                |data: Dataset| if is_weighted { data.with_weights(&penguins.weights()).unwrap() } else { data };
            for target in ["species", "island"] {
                let model = svc.fit(&weigh(dataset(features.clone(), penguins.classes(target)))).unwrap();
                assert!(model.converged() && model.warning().is_none(), "{what}");
                let decisions = model.decision_function(&asked(&features)).unwrap();
                assert_rows(&decisions, &case[target], MACHINES, &what);
            }
            let species = penguins.classes("species");
            let Target::Classes { codes, .. } = &species else { unreachable!() };
            let two: Vec<usize> = (0..codes.len()).filter(|&row| codes[row] > 0).collect();
            let model = svc.fit(&dataset(features.clone(), species.clone()).take(&two).unwrap()).unwrap();
            let decisions = model.decision_function(&asked(&features)).unwrap();
            assert_close(decisions.column(0), &case["two"], MACHINES, &what);
            let mut settings = case["settings"].clone();
            settings.as_object_mut().unwrap().remove("class_weight");
            let mut svr = Svr::new().tol(1e-10).epsilon(0.05).cache_size(cache_size);
            set(&mut svr, &settings);
            let features = penguins.records(3);
            let told = svr.fit(&weigh(dataset(features.clone(), penguins.mass()))).unwrap();
            let Target::Values(told) = told.predict(&asked(&features)).unwrap() else { unreachable!() };
            assert_close(ArrayView1::from(&told), &case["told"], MACHINES, &what);
        }
    }
}

#[test]
fn support_vector_machines_meet_the_conditions_of_an_optimum() {
    let penguins = Penguins::new();
    let features = penguins.records(4);
    let species = penguins.classes("species");
    let Target::Classes { codes, .. } = &species else { unreachable!() };
    let two: Vec<usize> = (0..codes.len()).filter(|&row| codes[row] > 0).collect();
    let data = dataset(features, species.clone()).take(&two).unwrap();
    let Target::Classes { codes, .. } = data.target() else { unreachable!() };
    // The coefficient of each training row.
    let all = |support: Vec<usize>, dual: Array2<f64>, n_rows: usize| {
        let mut all = vec![0.0; n_rows];
        support.into_iter().zip(dual.row(0)).for_each(|(row, &value)| all[row] = value);
        all
    };
    for (kernel, c) in
        [(SvmKernel::Rbf, 1.0), (SvmKernel::Linear, 0.1), (SvmKernel::Poly, 10.0), (SvmKernel::Rbf, 100.0)]
    {
        // A scale by which the polynomial stays small: with great ones no solver gets to 1e-10.
        let model = Svc::new().kernel(kernel).gamma(0.05.into()).c(c).tol(1e-10).fit(&data).unwrap();
        let dual = all(model.support(), model.dual_coef(), data.n_samples());
        assert!(dual.iter().sum::<f64>().abs() < 1e-9 * c);
        let decisions = model.decision_function(data.features()).unwrap();
        for ((&decision, &code), &dual) in decisions.iter().zip(codes).zip(&dual) {
            let sign = if code == 2 { 1.0 } else { -1.0 };
            let (margin, alpha) = (sign * decision - 1.0, sign * dual);
            assert!((0.0..=c).contains(&alpha));
            assert!(alpha > 0.0 || margin > -1e-8, "{kernel:?}: {margin} at 0");
            assert!(alpha < c || margin < 1e-8, "{kernel:?}: {margin} at C");
        }
        let mass = dataset(penguins.records(3), penguins.mass());
        let settings = Svr::new().kernel(kernel).gamma(0.05.into()).c(c).epsilon(0.05);
        let model = settings.tol(1e-10).fit(&mass).unwrap();
        let dual = all(model.support(), model.dual_coef(), mass.n_samples());
        let (Target::Values(told), Target::Values(truth)) = (model.predict(mass.features()).unwrap(), mass.target())
        else {
            unreachable!()
        };
        for ((told, truth), &dual) in told.iter().zip(truth).zip(&dual) {
            let short = truth - told;
            assert!(dual.abs() <= c);
            assert!(dual != 0.0 || short.abs() < 0.05 + 1e-8, "{kernel:?}: {short} at 0");
            assert!(dual == 0.0 || dual.signum() * short > 0.05 - 1e-8, "{kernel:?}: {short} counts {dual}");
            assert!(dual.abs() == c || short.abs() < 0.05 + 1e-8, "{kernel:?}: {short} within the bounds");
        }
    }
}

/// Candidates that share a kernel are fitted and scored as each alone.
#[test]
fn a_search_shares_kernels_and_finds_the_same() {
    let data = Dataset::from_frame(&wine().unwrap(), "cultivar").unwrap();
    let folds = StratifiedKFold::new(4).shuffle(1);
    let svc = Svc::new().tol(1e-8);
    let search = GridSearch::new(svc.clone()).param("C", [0.3, 3.0]).param("gamma", [1e-4, 1e-2]).cv(folds.clone());
    for candidate in search.fit(&data).unwrap().candidates() {
        let mut alone = svc.clone();
        candidate.params.iter().for_each(|(name, value)| alone.set_param(name, value).unwrap());
        let expected = cross_validate(&alone, &data, &folds, &["accuracy"]).unwrap().mean("accuracy").unwrap();
        let found: f64 = candidate.folds().iter().map(|fold| fold.test[0]).sum::<f64>() / 4.0;
        assert!((found - expected).abs() < 1e-12, "{:?}: {found}, expected {expected}", candidate.params);
    }
    let data = Dataset::from_frame(&diabetes().unwrap(), "progression").unwrap();
    let svr = Svr::new().tol(1e-8).kernel(SvmKernel::Linear);
    let search = GridSearch::new(svr.clone()).param("C", [0.1, 10.0]).param("epsilon", [0.1, 5.0]).cv(KFold::new(3));
    for candidate in search.fit(&data).unwrap().candidates() {
        let mut alone = svr.clone();
        candidate.params.iter().for_each(|(name, value)| alone.set_param(name, value).unwrap());
        let expected = cross_validate(&alone, &data, &KFold::new(3), &["r2"]).unwrap().mean("r2").unwrap();
        let found: f64 = candidate.folds().iter().map(|fold| fold.test[0]).sum::<f64>() / 3.0;
        assert!((found - expected).abs() < 1e-9, "{:?}: {found}, expected {expected}", candidate.params);
    }
}

#[test]
fn shrinking_changes_no_decision() {
    let data = Dataset::from_frame(&wine().unwrap(), "cultivar").unwrap();
    let scaled = StandardScaler::new().fit(data.features()).unwrap();
    let scaled = workbench::preprocess::FittedTransformer::transform(&scaled, data.features()).unwrap();
    let data = data.with_features(scaled.clone()).unwrap();
    for (gamma, c) in [(0.001, 1000.0), (1.0, 1.0)] {
        let settings = Svc::new().gamma(gamma.into()).c(c).tol(1e-9);
        let one = settings.clone().fit(&data).unwrap().decision_function(&scaled).unwrap();
        let other = settings.shrinking(false).fit(&data).unwrap().decision_function(&scaled).unwrap();
        assert!((one - other).iter().all(|difference| difference.abs() < 1e-6));
    }
    let cut = Svc::new().max_iter(3).fit(&data).unwrap();
    assert!(!cut.converged() && cut.warning().unwrap().contains("not converged to tol 0.001"));
    let error = cut.predict_proba(&scaled).unwrap_err().to_string();
    assert!(error.starts_with("svc has no probabilities"), "{error}");
}

#[test]
fn dummies_are_those_of_scikit_learn() {
    let penguins = Penguins::new();
    for case in golden()["dummies"].as_array().unwrap() {
        let weigh = |data: Dataset| {
            if case["weighted"] == true { data.with_weights(&penguins.weights()).unwrap() } else { data }
        };
        let species = weigh(dataset(penguins.records(4), penguins.classes("species")));
        let priors = DummyClassifier::new().fit(&species).unwrap().class_prior();
        assert_close(ArrayView1::from(&priors), &case["priors"], 1e-12, "priors");
        let mass = weigh(dataset(penguins.records(3), penguins.mass()));
        let value = |strategy: RegressorStrategy| {
            DummyRegressor::new().strategy(strategy).quantile(0.3).constant(4.25).fit(&mass).unwrap().value()
        };
        assert!((value(RegressorStrategy::Mean) - case["mean"].as_f64().unwrap()).abs() < 1e-12);
        assert_eq!(value(RegressorStrategy::Constant), 4.25);
        if case["weighted"] == false {
            assert!((value(RegressorStrategy::Median) - case["median"].as_f64().unwrap()).abs() < 1e-12);
            assert!((value(RegressorStrategy::Quantile) - case["quantile"].as_f64().unwrap()).abs() < 1e-12);
        }
    }
    // As often as the classes occur, and the same each time.
    let species = dataset(penguins.records(4), penguins.classes("species"));
    let drawn = DummyClassifier::new().strategy(ClassifierStrategy::Stratified).seed(1).fit(&species).unwrap();
    let many = from_array(&Array2::zeros((20_000, 1)), &["x"]).unwrap();
    let Target::Classes { codes, .. } = drawn.predict(&many).unwrap() else { unreachable!() };
    for (class, prior) in drawn.class_prior().iter().enumerate() {
        let share = codes.iter().filter(|&&code| code as usize == class).count() as f64 / 20_000.0;
        assert!((share - prior).abs() < 0.015, "{share} of {prior}");
    }
    assert_eq!(drawn.predict(&many).unwrap(), drawn.predict(&many).unwrap());
}

#[test]
fn models_of_linfa_are_searched() {
    let species = Dataset::from_frame(&iris().unwrap(), "species").unwrap();
    let tree = GridSearch::new(linfa_tree()).param("max_depth", [1, 2, 4]).fit(&species).unwrap();
    assert!(tree.best_score() > 0.9 && tree.results().height() == 3);
    let pipeline = Pipeline::new().step("scale", StandardScaler::new()).estimator("logistic", linfa_logistic());
    let logistic = GridSearch::new(pipeline).param("logistic__alpha", [0.01, 1.0, 100.0]).fit(&species).unwrap();
    assert!(logistic.best_score() > 0.9);
    let progression = Dataset::from_frame(&diabetes().unwrap(), "progression").unwrap();
    let linear = GridSearch::new(linfa_linear()).param("fit_intercept", [true, false]).fit(&progression).unwrap();
    assert!(linear.best_score() > 0.4);
    // linfa's own model is inside.
    let model = linfa_tree().fit(&species).unwrap();
    let inner = model.inner();
    let inner = inner.downcast_ref::<workbench::prelude::linfa_trees::DecisionTree<f64, usize>>().unwrap();
    assert!(inner.max_depth() <= 4);
    // What linfa refuses is told in its words, and a search goes on.
    let search = GridSearch::new(linfa_logistic()).param("alpha", [-1.0, 1.0]).fit(&species).unwrap();
    let candidates = search.candidates();
    let failed: Vec<&String> = candidates
        .iter()
        .filter_map(|candidate| if let Outcome::Failed(said) = &candidate.outcome { Some(said) } else { None })
        .collect();
    let [said] = failed[..] else { panic!("{candidates:?}") };
    assert!(said.contains("linfa_logistic: alpha must be a positive, finite number"), "{said}");
    let error = linfa_tree().set_param("max_depth", &0.5.into()).unwrap_err().to_string();
    assert_eq!(error, "linfa_tree.max_depth is 0.5, but it must be a whole number");
}

#[test]
fn closures_are_estimators() {
    let shrunken = FnEstimator::new("shrunken", |data, params| {
        let Target::Values(values) = data.target() else { return Err("it needs numbers".into()) };
        let mean = values.iter().sum::<f64>() / (values.len() as f64 + params.real("alpha")?);
        Ok(FnModel::new("shrunken", data, move |features| Ok(Target::Values(vec![mean; features.height()]))))
    })
    .param("alpha", 1.0);
    let data = Dataset::from_frame(&diabetes().unwrap(), "progression").unwrap();
    let search = GridSearch::new(shrunken.clone()).param("alpha", [1000.0, 0.0, 10.0]).fit(&data).unwrap();
    assert_eq!(search.best_params()["alpha"], 0.0.into());
    assert!(cross_validate(&shrunken, &data, &KFold::new(3), &["r2"]).is_ok());
    let species = Dataset::from_frame(&iris().unwrap(), "species").unwrap();
    assert_eq!(shrunken.fit(&species).unwrap_err().to_string(), "shrunken: it needs numbers");
    let misspelt = FnEstimator::new("misspelt", |data, params| {
        let alpha = params.real("alfa")?;
        Ok(FnModel::new("misspelt", data, move |_| Ok(Target::Values(vec![alpha]))))
    });
    let error = misspelt.param("alpha", 1.0).fit(&data).unwrap_err().to_string();
    assert_eq!(error, "unknown parameter \"alfa\" of misspelt; it has: alpha");
    let panics = FnEstimator::new("panics", |data, _| {
        let none: Vec<f64> = Vec::new();
        let first = none[data.n_samples()];
        Ok(FnModel::new("panics", data, move |_| Ok(Target::Values(vec![first]))))
    });
    let error = panics.fit(&data).unwrap_err().to_string();
    assert_eq!(error, "panics: it panicked: index out of bounds: the len is 0 but the index is 442");
}

/// All that a person has to write for an estimator of their own.
#[derive(Clone, Debug)]
struct Nearest {
    column: &'static str,
}

#[derive(Debug)]
struct NearestModel(f64);

impl Estimator for Nearest {
    fn name(&self) -> &'static str {
        "nearest"
    }

    fn fit(&self, data: &Dataset) -> workbench::Result<Box<dyn Model>> {
        Ok(Box::new(NearestModel(data.features().column(self.column)?.f64()?.get(0).unwrap_or(0.0))))
    }

    fn clone_box(&self) -> Box<dyn Estimator> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

impl Model for NearestModel {
    fn name(&self) -> &'static str {
        "nearest"
    }

    fn predict(&self, features: &DataFrame) -> workbench::Result<Target> {
        Ok(Target::Values(vec![self.0; features.height()]))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

#[test]
fn ones_own_estimator_is_short() {
    let data = Dataset::from_frame(&diabetes().unwrap(), "progression").unwrap();
    let own = Nearest { column: "bmi" };
    assert!(cross_validate(&own, &data, &KFold::new(3), &["r2"]).is_ok());
    let error = own.clone().set_param("column", &"age".into()).unwrap_err().to_string();
    assert_eq!(error, "unknown parameter \"column\" of nearest; it has: none");
    let error = own.fit(&data).unwrap().to_json().unwrap_err().to_string();
    assert!(error.starts_with("this model cannot be saved, since it is not one of the workbench's own: "), "{error}");
}

#[test]
fn pipelines_are_saved_whole() {
    let data = Dataset::from_frame(&wine().unwrap(), "cultivar").unwrap();
    for estimator in [
        Box::new(Svc::new()) as Box<dyn Estimator>,
        Box::new(LogisticRegression::new()),
        Box::new(SgdClassifier::new()),
    ] {
        let pipeline = Pipeline::new().step("scale", StandardScaler::new()).boxed_estimator("last", estimator);
        let model = pipeline.fit(&data).unwrap();
        let path = std::env::temp_dir().join(format!("workbench-model-{}.json", std::process::id()));
        model.save(&path).unwrap();
        let again = load_model(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(again.to_json().unwrap(), model.to_json().unwrap());
        assert_eq!(again.predict(data.features()).unwrap(), model.predict(data.features()).unwrap());
        let again = again.as_any().downcast_ref::<PipelineModel>().unwrap().feature_names();
        assert_eq!(again, model.feature_names());
    }
    let foreign = Pipeline::new().step("scale", StandardScaler::new()).estimator("tree", linfa_tree());
    let error = foreign.fit(&data).unwrap().to_json().unwrap_err().to_string();
    assert!(error.contains("this model cannot be saved"), "{error}");
    for (text, expected) in [
        ("[1]", "this is no saved model: it is not an object"),
        (
            r#"{"kind": "chain", "version": 1, "state": {}}"#,
            "the saved model is of kind \"chain\", which is not known; the kinds are ",
        ),
        (
            r#"{"kind": "svc", "version": 9, "state": {}}"#,
            "the saved svc has format version 9, but this version of the workbench reads up to 1",
        ),
    ] {
        let message = model_from_json(text).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{message}");
    }
    assert!(load_model(std::path::Path::new("nowhere.json")).unwrap_err().to_string().contains("nowhere.json"));
}
