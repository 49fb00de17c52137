//! Linear support vector machines against scikit-learn's, which are liblinear's.

use workbench::data::{Dataset, Target};
use workbench::models::{ClassWeight, Estimator, LinearSvc, LinearSvr, SvcLoss, SvrLoss};
use workbench::preprocess::ParamValue;

use super::logistic::{class_weight, data, golden};
use super::{assert_close, numbers};

#[test]
fn classifiers_are_those_of_liblinear() {
    let golden = golden();
    for case in golden["svc"].as_array().unwrap() {
        let target = case["target"].as_str().unwrap();
        let data = data(&golden, target, case["is_weighted"].as_bool().unwrap());
        let settings = LinearSvc::new()
            .loss(case["loss"].as_str().unwrap().parse().unwrap())
            .c(case["C"].as_f64().unwrap())
            .class_weight(class_weight(case["class_weight"].as_str().unwrap(), target))
            .fit_intercept(case["fit_intercept"].as_bool().unwrap())
            .tol(1e-9)
            .max_iter(1_000_000);
        let model = settings.fit(&data).unwrap();
        assert!(model.converged() && model.warning().is_none(), "{case}");
        // Both end where no sample's condition is missed by more than 1e-9; what that leaves of the coefficients depends on their way.
        assert_close(&model.coef(), &model.intercept().to_vec(), case, 1e-5);
        let decisions = model.decision_function(data.features()).unwrap();
        let Target::Classes { codes, .. } = model.predict(data.features()).unwrap() else { unreachable!() };
        for (row, code) in decisions.rows().into_iter().zip(codes) {
            match row.to_vec().as_slice() {
                [decision] => assert_eq!(code, u32::from(*decision > 0.0)),
                all => assert!(all.iter().all(|decision| *decision <= all[code as usize])),
            }
        }
    }
}

#[test]
fn regressors_are_those_of_liblinear() {
    let golden = golden();
    for case in golden["svr"].as_array().unwrap() {
        let data = data(&golden, "values", case["is_weighted"].as_bool().unwrap());
        let model = LinearSvr::new()
            .loss(case["loss"].as_str().unwrap().parse().unwrap())
            .c(case["C"].as_f64().unwrap())
            .epsilon(case["epsilon"].as_f64().unwrap())
            .tol(1e-10)
            .max_iter(1_000_000)
            .fit(&data)
            .unwrap();
        assert!(model.converged(), "{case}");
        let expected = numbers(&case["coef"]).into_iter().chain(numbers(&case["intercept"]));
        for (found, expected) in model.coef().into_iter().chain([model.intercept()]).zip(expected) {
            assert!((found - expected).abs() < 1e-5, "{found}, expected {expected}: {case}");
        }
    }
}

#[test]
fn weights_say_what_repetition_says_to_support_vectors() {
    let golden = golden();
    let plain = data(&golden, "two", false);
    let weights: Vec<f64> = (0..plain.n_samples()).map(|row| (row % 3) as f64).collect();
    let rows: Vec<usize> = (0..plain.n_samples()).flat_map(|row| std::iter::repeat_n(row, row % 3)).collect();
    let (weighted, repeated) = (plain.clone().with_weights(&weights).unwrap(), plain.take(&rows).unwrap());
    for loss in [SvcLoss::Hinge, SvcLoss::SquaredHinge] {
        let settings = LinearSvc::new().loss(loss).class_weight(ClassWeight::Balanced).tol(1e-9).max_iter(1_000_000);
        let difference = settings.fit(&weighted).unwrap().coef() - settings.fit(&repeated).unwrap().coef();
        assert!(difference.iter().all(|difference| difference.abs() < 1e-5), "{loss}: {difference}");
    }
}

#[test]
fn a_seed_decides_the_way_and_threads_do_not() {
    let data = data(&golden(), "three", false);
    let fit = |n_threads: usize, seed: u64| {
        let pool = workbench::prelude::rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| LinearSvc::new().seed(seed).fit(&data).unwrap())
    };
    assert_eq!(fit(1, 1), fit(2, 1));
    assert_eq!(fit(1, 1), fit(8, 1));
    assert_ne!(fit(1, 1).coef(), fit(1, 2).coef());
}

#[test]
fn what_support_vectors_refuse() {
    let golden = golden();
    let (two, values) = (data(&golden, "two", false), data(&golden, "values", false));
    let said = |result: workbench::Result<()>| result.unwrap_err().to_string();
    assert_eq!(
        said(LinearSvc::new().intercept_scaling(0.0).fit(&two).map(drop)),
        "linear_svc.intercept_scaling is 0.0, but it must be a finite number greater than 0"
    );
    assert!(said(LinearSvc::new().fit(&values).map(drop)).starts_with("linear_svc needs a target of classes"));
    assert_eq!(
        said(LinearSvr::new().fit(&two).map(drop)),
        "linear_svr needs a target of numbers, but `target` holds classes"
    );
    assert_eq!(
        said("l1".parse::<SvrLoss>().map(drop)),
        "loss is \"l1\", but it must be one of \"epsilon_insensitive\", \"squared_epsilon_insensitive\""
    );
    let mut settings = LinearSvr::new();
    for (name, value) in settings.params() {
        settings.set_param(&name, &value).unwrap();
    }
    assert_eq!(settings, LinearSvr::new());
    assert!(
        settings.set_param("gamma", &ParamValue::Float(1.0)).unwrap_err().to_string().contains("it has: C, epsilon")
    );
    let few = LinearSvc::new().max_iter(1).tol(1e-12).fit(&two).unwrap();
    assert!(!few.converged() && few.warning().unwrap().contains("not converged after 1 passes"));
    let nothing = Dataset::new(two.features().clone(), Target::from_labels(&["a"; 150]), "t").unwrap();
    assert!(said(LinearSvc::new().fit(&nothing).map(drop)).contains("at least two classes are needed"));
}
