//! Metrics: scikit-learn's values with and without weights, what weights mean, and what cannot be scored.

use ndarray::{Array2, array};
use polars::prelude::DataFrame;
use serde_json::Value;
use workbench::data::{Dataset, Target, iris};
use workbench::models::Predictions;
use workbench::prelude::rayon;
use workbench::select::{
    Average, CalibrationBins, KappaWeights, Normalize, Scoring, Truth, Weighted, accuracy, average_precision,
    balanced_accuracy, brier_score, calibration_curve, calinski_harabasz, classification_report, cohen_kappa,
    confusion_matrix, davies_bouldin, det_curve, f1, fbeta, hinge_loss, log_loss, matthews_corrcoef,
    mean_absolute_error, mean_pinball_loss, mean_poisson_deviance, mean_squared_log_error, precision_recall_curve,
    roc_auc, roc_auc_ovo, roc_auc_ovr, roc_curve, silhouette_samples, silhouette_score, top_k_accuracy, v_measure,
};
use workbench::train::random;

use super::{check_error, positions, select_golden};
use crate::models::numbers;

const LETTERS: [&str; 5] = ["a", "b", "c", "d", "e"];

fn letters(codes: &Value) -> Target {
    Target::from_labels(&positions(codes).into_iter().map(|code| LETTERS[code]).collect::<Vec<_>>())
}

fn rows(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
}

#[track_caller]
fn assert_near(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= 1e-10 * expected.abs().max(1.0), "{what}: {found}, expected {expected}");
}

#[track_caller]
fn assert_all_near(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert_near(*found, *expected, what);
    }
}

/// One case of the golden file: what is true, and all that a model tells.
fn case_of(case: &Value) -> (Target, Predictions) {
    let truth = letters(&case["truth"]);
    let decisions = rows(&case["decisions"]);
    let names = &LETTERS[..rows(&case["proba"]).ncols()];
    let mut predicted = Predictions::from_probabilities(names, rows(&case["proba"])).unwrap();
    predicted.decisions = Some(decisions);
    predicted.target = letters(&case["predicted"]);
    (truth, predicted)
}

fn truths(case: &Value, truth: &Target) -> [(&'static str, Box<dyn Truth>); 2] {
    let weighted = Weighted::new(truth, &numbers(&case["weights"])).unwrap();
    [("plain", Box::new(truth.clone())), ("weighted", Box::new(weighted))]
}

#[test]
fn scores_by_name_are_those_of_scikit_learn() {
    let golden = select_golden();
    let mut n_compared = 0;
    for case in golden["classes"].as_array().unwrap() {
        let (target, predicted) = case_of(case);
        for (key, truth) in truths(case, &target) {
            for name in Scoring::NAMES {
                let Some(expected) = case[key].get(name).and_then(Value::as_f64) else { continue };
                let found = name.parse::<Scoring>().unwrap().score_all(truth.as_ref(), &predicted).unwrap();
                assert_near(found, expected, &format!("{key} {name}"));
                n_compared += 1;
            }
        }
    }
    for case in golden["numbers"].as_array().unwrap() {
        let (target, predicted) =
            (Target::Values(numbers(&case["truth"])), Target::Values(numbers(&case["predicted"])));
        for (key, truth) in truths(case, &target) {
            for name in Scoring::NAMES {
                let Some(expected) = case[key].get(name).and_then(Value::as_f64) else { continue };
                let found = name.parse::<Scoring>().unwrap().score(truth.as_ref(), &predicted).unwrap();
                assert_near(found, expected, &format!("{key} {name}"));
                n_compared += 1;
            }
            let pinball = mean_pinball_loss(truth.as_ref(), &predicted, 0.8).unwrap();
            assert_near(pinball, case[key]["pinball"].as_f64().unwrap(), "pinball");
        }
    }
    for case in golden["clusters"].as_array().unwrap() {
        let (truth, predicted) = (letters(&case["truth"]), letters(&case["predicted"]));
        for name in Scoring::NAMES {
            let Some(expected) = case["scores"].get(name).and_then(Value::as_f64) else { continue };
            let found = name.parse::<Scoring>().unwrap().score(&truth, &predicted).unwrap();
            assert_near(found, expected, name);
            n_compared += 1;
        }
        let expected = case["scores"]["v_measure_2"].as_f64().unwrap();
        assert_near(v_measure(&truth, &predicted, 2.0).unwrap(), expected, "v_measure");
    }
    assert_eq!(n_compared, N_COMPARED, "every name that the golden file has");
}

const N_COMPARED: usize = 229;

#[test]
fn other_metrics_of_classes_are_those_of_scikit_learn() {
    for case in select_golden()["classes"].as_array().unwrap() {
        let (target, predicted) = case_of(case);
        for (key, truth) in truths(case, &target) {
            let (truth, expected) = (truth.as_ref(), &case[key]);
            let number = |name: &str| expected[name].as_f64();
            assert_near(hinge_loss(truth, &predicted).unwrap(), number("hinge_loss").unwrap(), "hinge");
            let beta = fbeta(truth, &predicted.target, 0.5, &Average::Macro).unwrap();
            assert_near(beta, number("fbeta_macro").unwrap(), "fbeta");
            let kinds = [KappaWeights::None, KappaWeights::Linear, KappaWeights::Quadratic];
            let kappas = kinds.map(|kind| cohen_kappa(truth, &predicted.target, kind).unwrap());
            assert_all_near(&kappas, &numbers(&expected["kappa"]), "kappa");
            let matrix = confusion_matrix(truth, &predicted.target).unwrap();
            let flat = |matrix: Array2<f64>| matrix.into_iter().collect::<Vec<f64>>();
            let given = |name: &str| flat(rows(&expected[name]));
            assert_all_near(&flat(matrix.weights()), &given("confusion_matrix"), "confusion matrix");
            for (name, by) in [("true", Normalize::Truth), ("pred", Normalize::Predicted), ("all", Normalize::All)] {
                assert_all_near(&flat(matrix.normalized(by)), &given(&format!("confusion_{name}")), name);
            }
            for (suffix, average) in [("_weighted", Average::Weighted), ("_micro", Average::Micro)] {
                if let Some(expected) = number(&format!("roc_auc_ovr{suffix}")) {
                    assert_near(roc_auc_ovr(truth, &predicted, &average).unwrap(), expected, suffix);
                }
                if let Some(expected) = number(&format!("average_precision{suffix}")) {
                    assert_near(average_precision(truth, &predicted, &average).unwrap(), expected, suffix);
                }
            }
            let report = classification_report(truth, &predicted.target).unwrap();
            assert_near(report.macro_average.f1, number("f1_macro").unwrap(), "report");
            assert_near(report.weighted_average.recall, number("recall_weighted").unwrap(), "report");
            assert_near(report.accuracy, number("accuracy").unwrap(), "report");
        }
    }
}

fn column(table: &DataFrame, name: &str) -> Vec<f64> {
    table.column(name).unwrap().f64().unwrap().iter().flatten().collect()
}

#[test]
fn curves_are_those_of_scikit_learn() {
    let golden = select_golden();
    let case = &golden["classes"][0];
    let (target, predicted) = case_of(case);
    let weighted = Weighted::new(&target, &numbers(&case["weights"])).unwrap();
    let table = roc_curve(&weighted, &predicted).unwrap();
    assert_all_near(&column(&table, "false_positive_rate"), &numbers(&case["roc_curve"][0]), "roc");
    assert_all_near(&column(&table, "true_positive_rate"), &numbers(&case["roc_curve"][1]), "roc");
    let thresholds = column(&table, "threshold");
    assert_eq!(thresholds[0], f64::INFINITY);
    assert_all_near(&thresholds[1..], &numbers(&case["roc_curve"][2]), "roc");
    let table = precision_recall_curve(&weighted, &predicted).unwrap();
    assert_all_near(&column(&table, "precision"), &numbers(&case["precision_recall_curve"][0]), "precision-recall");
    assert_all_near(&column(&table, "recall"), &numbers(&case["precision_recall_curve"][1]), "precision-recall");
    assert_all_near(&column(&table, "threshold"), &numbers(&case["precision_recall_curve"][2]), "precision-recall");
    let table = det_curve(&weighted, &predicted).unwrap();
    assert_all_near(&column(&table, "false_positive_rate"), &numbers(&case["det_curve"][0]), "det");
    assert_all_near(&column(&table, "false_negative_rate"), &numbers(&case["det_curve"][1]), "det");
    // The last may be infinity, which JSON does not know.
    let n_finite = table.height() - 1;
    assert_all_near(&column(&table, "threshold")[..n_finite], &numbers(&case["det_curve"][2]), "det");
    for (name, bins) in [("uniform", CalibrationBins::Uniform), ("quantile", CalibrationBins::Quantile)] {
        let table = calibration_curve(&target, &predicted, 4, bins).unwrap();
        let expected = &case[format!("calibration_{name}")];
        assert_all_near(&column(&table, "mean_predicted"), &numbers(&expected[0]), name);
        assert_all_near(&column(&table, "fraction_positive"), &numbers(&expected[1]), name);
        let counts = table.column("count").unwrap().u64().unwrap().iter().flatten().sum::<u64>();
        assert_eq!(counts as usize, target.len());
    }
    // Of more than two classes, each has a curve.
    let (target, predicted) = case_of(&golden["classes"][1]);
    let classes = roc_curve(&target, &predicted).unwrap();
    assert_eq!(classes.column("class").unwrap().n_unique().unwrap(), 3);
}

#[test]
fn silhouettes_are_those_of_scikit_learn_at_any_number_of_threads() {
    let golden = &select_golden()["distances"];
    let labels = letters(&golden["labels"]);
    let records = Dataset::from_frame(&iris().unwrap(), "species").unwrap().records().unwrap();
    // Distances come of products, whose last digits differ.
    let near = |found: f64, name: &str| assert!((found - golden[name].as_f64().unwrap()).abs() < 1e-9, "{name}");
    near(silhouette_score(&records, &labels).unwrap(), "silhouette_score");
    near(davies_bouldin(&records, &labels).unwrap(), "davies_bouldin");
    near(calinski_harabasz(&records, &labels).unwrap(), "calinski_harabasz");
    let samples = column(&silhouette_samples(&records, &labels).unwrap(), "silhouette");
    for (found, expected) in samples.iter().step_by(7).zip(numbers(&golden["silhouette_samples"])) {
        assert!((found - expected).abs() < 1e-6, "{found}, expected {expected}");
    }
    assert_eq!(samples[3], 0.0, "a row that is alone");
    let scores = [1, 2, 8].map(|n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| silhouette_score(&records, &labels).unwrap())
    });
    assert!(scores.iter().all(|score| score.to_bits() == scores[0].to_bits()));
}

/// A weight of 2 says the same as the row twice, one of 0 the same as no row.
#[test]
fn weights_are_repetitions() {
    for seed in 0..12 {
        let n = 40;
        let drawn = |stream: u64| random::permutation(n, seed, stream);
        let weights: Vec<f64> = drawn(0).iter().map(|&number| (number % 3) as f64).collect();
        let repeated: Vec<usize> = (0..n).flat_map(|row| std::iter::repeat_n(row, weights[row] as usize)).collect();
        for n_classes in [2, 3] {
            let codes: Vec<usize> = drawn(1).iter().map(|number| number % n_classes).collect();
            let told: Vec<usize> = drawn(2)
                .iter()
                .zip(&codes)
                .map(|(number, code)| if number % 4 == 0 { number % n_classes } else { *code })
                .collect();
            let of =
                |codes: &[usize]| Target::from_labels(&codes.iter().map(|&code| LETTERS[code]).collect::<Vec<_>>());
            let scores = Array2::from_shape_fn((n, n_classes), |(row, class)| {
                ((told[row] * 7 + class * 3 + row) % 11) as f64 + if told[row] == class { 6.0 } else { 1.0 }
            });
            let sums = scores.sum_axis(ndarray::Axis(1)).insert_axis(ndarray::Axis(1));
            let mut predicted = Predictions::from_probabilities(&LETTERS[..n_classes], &scores / &sums).unwrap();
            predicted.target = of(&told);
            let taken: Vec<usize> = repeated.iter().map(|&row| codes[row]).collect();
            let twice = Predictions {
                target: of(&repeated.iter().map(|&row| told[row]).collect::<Vec<_>>()),
                probabilities: predicted.probabilities.as_ref().map(|of| of.select(ndarray::Axis(0), &repeated)),
                ..predicted.clone()
            };
            let weighted = Weighted::new(&of(&codes), &weights).unwrap();
            for name in Scoring::NAMES {
                let scoring: Scoring = name.parse().unwrap();
                if name.ends_with("_score") && !name.starts_with("d2") && !name.starts_with("neg") {
                    continue; // clusters know no weights
                }
                let Ok(found) = scoring.score_all(&weighted, &predicted) else { continue };
                let expected = scoring.score_all(&of(&taken), &twice).unwrap();
                assert_near(found, expected, name);
            }
        }
        let truth: Vec<f64> = drawn(3).iter().map(|&number| number as f64 / 7.0 + 0.5).collect();
        let told: Vec<f64> = drawn(4).iter().zip(&truth).map(|(&number, truth)| truth + number as f64 / 50.0).collect();
        let repeat = |values: &[f64]| Target::Values(repeated.iter().map(|&row| values[row]).collect());
        let weighted = Weighted::new(&Target::Values(truth.clone()), &weights).unwrap();
        for name in Scoring::NAMES {
            let scoring: Scoring = name.parse().unwrap();
            let Ok(found) = scoring.score(&weighted, &Target::Values(told.clone())) else { continue };
            assert_near(found, scoring.score(&repeat(&truth), &repeat(&told)).unwrap(), name);
        }
    }
}

/// The area is the part of the pairs that are in order.
#[test]
fn the_area_under_the_curve_counts_pairs() {
    for seed in 0..20 {
        let n = 20 + seed as usize * 3;
        let scores: Vec<f64> =
            random::permutation(n, seed, 0).iter().map(|&number| (number / 3) as f64 - 4.0).collect();
        let codes: Vec<usize> = random::permutation(n, seed, 1).iter().map(|number| number % 2).collect();
        let truth = Target::from_labels(&codes.iter().map(|&code| LETTERS[code]).collect::<Vec<_>>());
        let decisions = Array2::from_shape_vec((n, 1), scores.clone()).unwrap();
        let predicted = Predictions::from_decisions(&["a", "b"], decisions).unwrap();
        let (mut in_order, mut pairs) = (0.0, 0.0);
        for (one, &first) in scores.iter().enumerate().filter(|(row, _)| codes[*row] == 0) {
            for (_, &second) in scores.iter().enumerate().filter(|(row, _)| codes[*row] == 1 && *row != one) {
                in_order += if second > first {
                    1.0
                } else if second == first {
                    0.5
                } else {
                    0.0
                };
                pairs += 1.0;
            }
        }
        assert_near(roc_auc(&truth, &predicted).unwrap(), in_order / pairs, "area");
        // Classes the other way round.
        let turned =
            Predictions::from_decisions(&["b", "a"], predicted.decisions.unwrap().mapv(|score| -score)).unwrap();
        assert_near(roc_auc(&truth, &turned).unwrap(), in_order / pairs, "area");
    }
}

#[test]
fn perfect_and_hopeless_predictions() {
    let truth = Target::from_labels(&["a", "b", "c", "a"]);
    for metric in [balanced_accuracy, matthews_corrcoef, accuracy] {
        assert_near(metric(&truth, &truth).unwrap(), 1.0, "perfect");
    }
    let constant = Target::from_labels(&["a", "a", "a", "a"]);
    assert_eq!(matthews_corrcoef(&truth, &constant).unwrap(), 0.0);
    assert!(cohen_kappa(&constant, &constant, KappaWeights::None).unwrap().is_nan());
    for name in ["adjusted_rand_score", "adjusted_mutual_info_score", "v_measure_score", "fowlkes_mallows_score"] {
        assert_near(name.parse::<Scoring>().unwrap().score(&truth, &truth).unwrap(), 1.0, name);
    }
    let identity = Predictions::from_probabilities(
        &["a", "b", "c"],
        array![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]],
    )
    .unwrap();
    assert!(log_loss(&truth, &identity).unwrap() < 1e-12);
    assert_eq!(brier_score(&truth, &identity).unwrap(), 0.0);
    assert_eq!(roc_auc_ovo(&truth, &identity, &Average::Macro).unwrap(), 1.0);
    // A class that the model never saw has probability 0.
    let unaware =
        Predictions::from_probabilities(&["a", "b"], array![[1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]).unwrap();
    assert_near(log_loss(&truth, &unaware).unwrap(), -f64::EPSILON.ln() / 4.0, "log loss");
    assert_near(brier_score(&truth, &unaware).unwrap(), 1.5 / 4.0, "brier");
    assert_near(top_k_accuracy(&truth, &unaware, 1).unwrap(), 0.75, "top k");
}

#[test]
fn a_metric_of_ones_own() {
    let truth = Target::Values(vec![1.0, 2.0]);
    let predicted = Target::Values(vec![2.0, 2.0]);
    let loss = Scoring::custom_loss("mean", |truth: &Target, predicted: &Predictions| {
        mean_absolute_error(truth, &predicted.target)
    });
    assert_eq!((loss.name(), loss.is_negated()), ("neg_mean", true));
    assert_eq!(loss.score(&truth, &predicted).unwrap(), -0.5);
    let weighted = Scoring::custom_weighted("mine", |truth: &dyn Truth, predicted: &Predictions| {
        mean_absolute_error(truth, &predicted.target)
    });
    assert_eq!(weighted.score(&Weighted::new(&truth, &[3.0, 1.0]).unwrap(), &predicted).unwrap(), 0.75);
    assert!(!weighted.wanted().probabilities && weighted.clone().with_probabilities().wanted().probabilities);
    assert_eq!(weighted, weighted.clone());
    assert_ne!(weighted, Scoring::custom("mine", |_: &Target, _: &Predictions| 1.0));
    assert!("roc_auc".parse::<Scoring>().unwrap().wanted().decisions);
    assert!("neg_log_loss".parse::<Scoring>().unwrap().wanted().probabilities);
}

#[test]
fn what_cannot_be_scored_is_named() {
    let truth = Target::from_labels(&["a", "b"]);
    let of = |probabilities: Array2<f64>| Predictions::from_probabilities(&["a", "b"], probabilities).unwrap();
    let fair = of(array![[0.5, 0.5], [0.5, 0.5]]);
    check_error(
        log_loss(&truth, &of(array![[0.5, 0.5], [f64::NAN, 0.5]])),
        "\"log_loss\": a probability in row 1 (0-based) is NaN, but it must be from 0 to 1",
    );
    check_error(
        brier_score(&truth, &of(array![[0.5, 0.25], [0.5, 0.5]])),
        "\"brier_score\": the sum of the probabilities in row 0 (0-based) is 0.75, but it must be 1",
    );
    check_error(
        roc_auc(&truth, &of(array![[0.5, f64::NAN], [0.5, 0.5]])),
        "\"roc_auc\": the score of row 0 (0-based) for the class \"b\" is NaN, but it must be a number",
    );
    check_error(
        roc_auc(&Target::Classes { codes: vec![1, 1], labels: vec!["a".into(), "b".into()] }, &fair),
        "\"roc_auc\": the truth is without rows of the class \"b\" or without others, but it must be of both, or there is nothing to \
         rank; more rows to a fold, or a stratified splitter, help",
    );
    check_error(
        roc_auc(&Target::from_labels(&["a", "a"]), &fair),
        "the number of classes for \"roc_auc\" is 1 (\"a\"), but it must be 2; take another metric, such as \"roc_auc_ovr\", for more",
    );
    check_error(
        roc_auc(&truth, &Predictions::from_target(truth.clone())),
        "what \"roc_auc\" is computed from is predictions alone, but it must be predictions with probabilities or decisions, as \
         `Predictions::of`, `cross_val_predict` or a search have them",
    );
    check_error(log_loss(&Target::from_labels(&["a"]), &fair), "the prediction has 2 rows, but 1 are needed");
    check_error(
        roc_auc_ovr(&truth, &fair, &Average::Binary),
        "the average for \"roc_auc_ovr\" is Binary, but it must be Macro, Weighted, Micro or Class",
    );
    check_error(
        Weighted::new(&truth, &[1.0, f64::NAN]),
        "the weight of row 1 (0-based) is NaN, but it must be finite and at least 0, and that of one row at least greater than 0",
    );
    check_error(Weighted::new(&truth, &[1.0]), "the weights has 1 rows, but 2 are needed");
    assert!(Weighted::new(&truth, &[0.0, 0.0]).is_err());
    let (zero, one) = (Target::Values(vec![0.0, 1.0]), Target::Values(vec![1.0, 1.0]));
    check_error(
        mean_poisson_deviance(&one, &zero),
        "\"mean_poisson_deviance\": the prediction of row 0 (0-based) is 0.0, but it must be greater than 0",
    );
    check_error(
        mean_squared_log_error(&Target::Values(vec![0.0, -1.0]), &one),
        "\"mean_squared_log_error\": the truth of row 1 (0-based) is -1.0, but it must be greater than -1",
    );
    check_error(
        fbeta(&truth, &truth, f64::NAN, &Average::Macro),
        "beta is NaN, but it must be a finite number of at least 0",
    );
    check_error(mean_pinball_loss(&one, &one, -0.1), "alpha is -0.1, but it must be from 0 to 1");
    check_error(top_k_accuracy(&truth, &fair, 0), "k is 0, but it must be at least 1");
    let records = array![[1.0], [2.0], [3.0]];
    check_error(
        silhouette_score(&records, &Target::from_labels(&["a", "a", "a"])),
        "the number of clusters is 1, but it must be at least 2, and less than 3, the number of rows",
    );
    check_error(
        silhouette_score(&array![[1.0], [f64::NAN], [3.0]], &Target::from_labels(&["a", "a", "b"])),
        "the value in row 1, column 0 (0-based) is NaN, but it must be finite",
    );
    assert!(Predictions::from_probabilities(&["a"], array![[0.5, 0.5]]).is_err());
    assert!(f1(&truth, &zero, &Average::Macro).is_err());
}
