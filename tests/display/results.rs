//! How scores are shown.

use polars::prelude::df;
use workbench::data::{Dataset, Target};
use workbench::display::Rich;
use workbench::models::{DummyClassifier, LogisticRegression};
use workbench::search::GridSearch;
use workbench::select::{KFold, StratifiedKFold, classification_report, confusion_matrix, cross_validate};

use super::{check_text, html};

fn data() -> Dataset {
    let frame = df!(
        "x" => [0.0, 0.1, 0.2, 0.3, 1.0, 1.1, 1.2, 1.3],
        "class" => ["a", "a", "b", "a", "b", "b", "a", "b"],
    );
    Dataset::from_frame(&frame.unwrap(), "class").unwrap()
}

#[test]
fn a_cross_validation_shows_each_fold_and_their_mean() {
    let scores =
        cross_validate(&DummyClassifier::new(), &data(), &StratifiedKFold::new(2), &["accuracy", "f1"]).unwrap();
    check_text(
        &scores,
        "
Cross-validation on 2 folds
                     mean ± std  fold 0  fold 1
──────────────  ───────────────  ──────  ──────
test_accuracy   0.5000 ± 0.0000  0.5000  0.5000
train_accuracy  0.5000 ± 0.0000  0.5000  0.5000
test_f1         0.0000 ± 0.0000  0.0000  0.0000
train_f1        0.0000 ± 0.0000  0.0000  0.0000
test: the fold's validation rows; train: the rows that it was fitted on
",
    );
}

#[test]
fn a_search_shows_its_ranking_and_marks_the_best() {
    let search = GridSearch::new(LogisticRegression::new())
        .param("C", [10.0, 0.001, -1.0])
        .cv(StratifiedKFold::new(2))
        .scoring(&["accuracy"]);
    let result = search.fit(&data()).unwrap();
    check_text(
        &result,
        "
Search of 3 candidates on 2 folds, ranked by test_accuracy
rank       C    test_accuracy   train_accuracy
────  ──────  ───────────────  ───────────────
 ★ 1   0.001  0.7500 ± 0.0000  0.7500 ± 0.0000
   2  10.000  0.6250 ± 0.1250  0.7500 ± 0.0000
   –  -1.000           failed           failed
mean ± standard deviation over the folds; test: validation rows, train: the rows fitted on
1 candidate failed: logistic.C is -1.0, but it must be a finite number greater than 0
",
    );
    let html = html(&result);
    assert_eq!(html.matches("<tr class=\"tunebook-marked\"").count(), 1);
    assert!(
        html.contains(
            "<tr class=\"tunebook-marked\" style=\"font-weight:bold\"><td style=\"text-align:right\">★ 1</td>"
        ),
        "{html}"
    );
    assert!(!html.contains("seconds"), "times differ from run to run: {html}");
}

#[test]
fn a_long_search_shows_its_top_and_its_bottom() {
    let cs: Vec<f64> = (1..=30).map(|i| f64::from(i) * 0.1).collect();
    let result = GridSearch::new(LogisticRegression::new())
        .param("C", cs)
        .cv(KFold::new(2))
        .scoring(&["accuracy"])
        .fit(&data())
        .unwrap();
    let text = result.bundle().get("text/plain").unwrap().to_string();
    assert!(text.contains("⋮ 10 more candidates"), "{text}");
    assert_eq!(text.lines().count(), 3 + 20 + 1 + 1, "{text}");
}

#[test]
fn a_report_and_a_confusion_matrix_add_up() {
    let truth = Target::from_labels(&["a", "a", "b", "<i>"]);
    let predicted = Target::from_labels(&["a", "b", "b", "<i>"]);
    check_text(
        &classification_report(&truth, &predicted).unwrap(),
        "
class         precision  recall      f1  support
────────────  ─────────  ──────  ──────  ───────
<i>              1.0000  1.0000  1.0000        1
a                1.0000  0.5000  0.6667        2
b                0.5000  1.0000  0.6667        1
macro avg        0.8333  0.8333  0.7778        4
weighted avg     0.8750  0.7500  0.7500        4
accuracy 0.7500 on 4 rows
",
    );
    let matrix = confusion_matrix(&truth, &predicted).unwrap();
    check_text(
        &matrix,
        "
          predicted <i>  predicted a  predicted b
────────  ─────────────  ───────────  ───────────
true <i>              1            0            0
true a                0            1            1
true b                0            0            1
3 of 4 rows right
",
    );
    let html = html(&matrix);
    assert!(
        html.contains("predicted &lt;i&gt;") && !html.contains("<i>") && html.contains("<strong>1</strong>"),
        "{html}"
    );
}
