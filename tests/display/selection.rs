//! How curves, importances, tests, folds and models are shown.

use ndarray::array;
use polars::prelude::df;
use workbench::data::{Dataset, Fold, iris, make_classification};
use workbench::display::{Rich, folds_chart, permutation_chart, threshold_chart};
use workbench::models::{
    DummyClassifier, Estimator, GaussianNb, LogisticRegression, Model, Pipeline, Predictions, RandomForestClassifier,
    Ridge,
};
use workbench::preprocess::StandardScaler;
use workbench::select::{
    CorrectedTTest, FixedThreshold, KFold, LearningCurve, PermutationTest, Splitter, StratifiedKFold, TimeSeriesSplit,
    TunedThreshold, ValidationCurve, permutation_importance,
};

use super::{check_text, html};

fn data() -> Dataset {
    Dataset::from_frame(&make_classification(120, 4, 2, 2, 1.0, 0.05, 2).unwrap(), "class").unwrap()
}

fn n_images(value: &dyn Rich) -> usize {
    let html = html(value);
    let n_images = html.matches("<img alt=\"").count();
    assert_eq!(html.matches("src=\"data:image/svg+xml;base64,PHN2Zy").count(), n_images);
    n_images
}

fn text(value: &dyn Rich) -> String {
    value.bundle().get("text/plain").unwrap().to_string()
}

#[test]
fn a_validation_curve_marks_its_best_point_and_has_a_chart_for_each_metric() {
    let curve = ValidationCurve::new(LogisticRegression::new())
        .param("penalty", ["l2", "wrong", "l1"])
        .cv(StratifiedKFold::new(3))
        .scoring(&["accuracy", "neg_log_loss"])
        .fit(&data())
        .unwrap();
    let shown = text(&curve);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[0], "Validation curve of penalty on 3 folds");
    assert!(lines[1].starts_with("penalty  n_folds    test_accuracy   train_accuracy  test_neg_log_loss"), "{shown}");
    assert!(lines[4].starts_with("wrong          0                –"), "{shown}");
    assert!(lines[4].contains("penalty is \"wrong\", but it must be"), "{shown}");
    assert!(lines[7].starts_with("best: penalty = l"), "{shown}");
    let best = curve.frame().column("mean_test_accuracy").unwrap().f64().unwrap().iter().flatten().fold(0.0, f64::max);
    assert!(lines[7].ends_with(&format!(" with accuracy {best:.4}")), "{shown}");
    assert_eq!((n_images(&curve), html(&curve).matches("tunebook-marked\"").count()), (2, 1));
}

#[test]
fn a_learning_curve_is_a_table_and_a_chart() {
    let curve =
        LearningCurve::new(DummyClassifier::new()).train_sizes(&[0.5, 1.0]).cv(KFold::new(2)).fit(&iris_of(100));
    let curve = curve.unwrap();
    check_text(
        &curve,
        "
Learning curve on 2 folds
train_size    test_accuracy   train_accuracy
──────────  ───────────────  ───────────────
        25  0.0000 ± 0.0000  1.0000 ± 0.0000
        50  0.0000 ± 0.0000  1.0000 ± 0.0000
mean ± standard deviation over the folds; test: validation rows, train: the rows fitted on
",
    );
    assert_eq!((n_images(&curve), html(&curve).matches("tunebook-marked\"").count()), (1, 0));
}

/// The first rows of iris: 50 of setosa, then 50 of versicolor.
fn iris_of(n: usize) -> Dataset {
    Dataset::from_frame(&iris().unwrap().head(Some(n)), "species").unwrap()
}

#[test]
fn permutation_importances_stand_in_their_order() {
    let data = data();
    let model = LogisticRegression::new().fit(&data).unwrap();
    let importance = permutation_importance(&model, &data, &["accuracy", "roc_auc"], 3, 1).unwrap();
    let shown = text(&importance);
    assert!(shown.starts_with("Permutation importance of 4 features\nfeature  fall of accuracy   fall of roc_auc\n"));
    let falls: Vec<f64> =
        shown.lines().skip(3).take(4).map(|line| line.split_whitespace().nth(1).unwrap().parse().unwrap()).collect();
    assert!(falls.windows(2).all(|pair| pair[0] >= pair[1]) && falls[0] > 0.1, "{shown}");
    assert!(shown.contains("as they are, these rows have accuracy 0."), "{shown}");
    assert_eq!(n_images(&importance), 1);
    assert!(html(&importance).contains("importance chart of 4 features"));
}

#[test]
fn a_permutation_test_says_what_it_means() {
    let test = PermutationTest {
        scoring: "accuracy".to_string(),
        score: 0.9,
        permutation_scores: vec![0.5, 0.4, 0.6, 0.5],
        p_value: 0.2,
        interrupted: false,
    };
    check_text(
        &test,
        "
Permutation test
                           accuracy
──────────────────  ───────────────
the true target              0.9000
4 permuted targets  0.5000 ± 0.0707
the best of them             0.6000
p = 0.200: the features need not say anything of the target (level 0.05)
",
    );
    assert_eq!(n_images(&test), 1);
    let svg = permutation_chart(&test).unwrap().svg();
    assert!(svg.contains(">\ntrue target 0.9000\n<") && svg.matches("<rect").count() == 3, "{svg}");
    let sure = PermutationTest { p_value: 1e-4, interrupted: true, ..test.clone() };
    assert!(text(&sure).starts_with("Permutation test, interrupted\n"));
    assert!(text(&sure).ends_with("p = 1.0e-4: the features say more of the target than chance does (level 0.05)"));
    let nothing = PermutationTest { score: f64::NAN, permutation_scores: vec![], ..test.clone() };
    assert_eq!(n_images(&nothing), 0);
    for score in [f64::MAX, f64::MIN_POSITIVE, 0.0, f64::INFINITY] {
        let odd = PermutationTest { score, permutation_scores: vec![f64::NAN, -1e300, f64::INFINITY], ..test.clone() };
        assert!(!html(&odd).is_empty());
    }
    assert!(permutation_chart(&nothing).unwrap_err().to_string().contains("so there is nothing to draw"));
}

#[test]
fn a_threshold_is_shown_beside_the_usual_one() {
    let tuned = TunedThreshold::new(LogisticRegression::new()).scoring("f1").cv(StratifiedKFold::new(3)).fit(&data());
    let tuned = tuned.unwrap();
    let shown = text(&tuned);
    let heading = format!("logistic model that says 1 from a score of {:.4} on\n", tuned.threshold());
    assert!(shown.starts_with(&heading), "{shown}");
    assert!(shown.contains("\nchosen ") && shown.contains("\nnearest to 0.5 "), "{shown}");
    assert!(shown.ends_with("100 thresholds tried"), "{shown}");
    assert_eq!(n_images(&tuned), 1);
    let svg = threshold_chart(&tuned).unwrap().svg();
    assert!(svg.contains(">\nthreshold 0.") && !svg.contains("<circle"), "{svg}");
    let fixed = FixedThreshold::new(LogisticRegression::new(), 0.25).fit(&data()).unwrap();
    check_text(&fixed, "logistic model that says 1 from a score of 0.2500 on\nthe threshold was given, not found");
    assert!(threshold_chart(&fixed).unwrap_err().to_string().starts_with("threshold curve: none of the 0 rows"));
}

#[test]
fn a_corrected_t_test_is_one_row() {
    let test =
        CorrectedTTest { mean: 0.014, standard_error: 0.0087, statistic: 1.609, degrees_of_freedom: 4, p_value: 0.183 };
    check_text(
        &test,
        "
Corrected t test over the folds
mean difference  standard error      t  degrees of freedom      p      95 % interval
───────────────  ──────────────  ─────  ──────────────────  ─────  ─────────────────
         0.0140          0.0087  1.609                   4  0.183  -0.0102 to 0.0382
the difference is no more than chance (level 0.05, two-sided)
",
    );
}

#[test]
fn folds_say_how_often_each_row_validates() {
    let folds = KFold::new(2).split(&iris_of(20)).unwrap();
    check_text(
        &folds,
        "
fold  training rows  validation rows  which validate
────  ─────────────  ───────────────  ───────────────────────────────
0                10               10  0, 1, 2, 3, 4, 5, 6, 7, …, 9
1                10               10  10, 11, 12, 13, 14, 15, 16, 17, …, 19
20 rows, each of which validates once
"
        .replace("───────────────────────────────\n", "─────────────────────────────────────\n")
        .as_str(),
    );
    assert_eq!(n_images(&folds), 1);
    assert_eq!(folds[0].bundle().get("text/plain").unwrap().lines().last(), Some("20 rows"));
    let later = TimeSeriesSplit::new(3).split(&iris_of(20)).unwrap();
    assert!(text(&later).ends_with("20 rows, of which 15 validate once and the others never"));
    // Bands of training and of validation rows that lie side by side: two for each fold of a series.
    let chart = folds_chart(&later).unwrap();
    assert_eq!(chart.svg().matches("<rect").count(), 6);
    let many: Vec<Fold> = (0..50).map(|idx| Fold { train: vec![idx], validation: vec![999_999] }).collect();
    assert!(folds_chart(&many).unwrap().svg().contains("the first 20 of 50 folds"));
    assert!(text(&many).contains("⋮ 40 more folds"));
    assert_eq!((text(&Vec::<Fold>::new()).lines().last().unwrap(), n_images(&Vec::<Fold>::new())), ("no rows", 0));
}

#[test]
fn predictions_stand_beside_their_probabilities() {
    let told = Predictions::from_probabilities(&["no", "yes"], array![[0.9, 0.1], [0.2, 0.8]]).unwrap();
    check_text(
        &told,
        "
   prediction              no             yes
               probability of  probability of
─  ──────────  ──────────────  ──────────────
0  no                  0.9000          0.1000
1  yes                 0.2000          0.8000
2 predictions
no 1, yes 1
",
    );
    let decided = Predictions::from_decisions(&["no", "yes"], array![[-1.5], [2.0]]).unwrap();
    assert!(text(&decided).contains("prediction           yes\n               decision for\n"), "{}", text(&decided));
}

#[test]
fn estimators_show_their_settings_and_models_what_they_learnt() {
    let pipeline =
        Pipeline::new().step("scale", StandardScaler::new()).estimator("logistic", LogisticRegression::new());
    let shown = text(&pipeline);
    assert!(shown.starts_with("pipeline: scale → logistic\nsetting "), "{shown}");
    assert!(shown.lines().any(|line| line.split_whitespace().eq(["logistic__C", "1.0"])), "{shown}");
    let boxed: Box<dyn Estimator> = Box::new(pipeline.clone());
    assert_eq!(text(&boxed), shown);
    let data = data();
    let model = pipeline.fit(&data).unwrap();
    let shown = text(&model);
    assert!(shown.starts_with("logistic model, behind the steps of its pipeline, of the classes 0, 1\n"), "{shown}");
    assert!(shown.contains("(intercept)") && shown.ends_with("coefficients"), "{shown}");
    let forest = RandomForestClassifier::new().n_estimators(5).fit(&data).unwrap();
    assert!(text(&forest).starts_with("forest model, of the classes 0, 1\nfeature  importance\n"), "{}", text(&forest));
    assert_eq!(n_images(&forest), 1);
    let boxed: Box<dyn Model> = Box::new(forest);
    assert_eq!(n_images(&boxed), 1);
    let numbers = Dataset::from_frame(&df!("x" => [1.0, 2.0, 3.0], "y" => [1.0, 2.0, 3.5]).unwrap(), "y").unwrap();
    assert!(text(&Ridge::new().fit(&numbers).unwrap()).starts_with("ridge model\nfeature "));
    // A model without either has a heading.
    let naive = GaussianNb::new().fit(&data).unwrap();
    assert!(text(&naive).starts_with("gaussian_nb model, of the classes 0, 1"), "{}", text(&naive));
}
