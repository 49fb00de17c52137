//! How scores are shown.

use polars::prelude::df;
use workbench::data::{Dataset, Target, make_classification};
use workbench::display::Rich;
use workbench::models::{DummyClassifier, LogisticRegression};
use workbench::search::{GridSearch, HalvingGridSearch};
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
• C = 0.001 wins: accuracy 0.7500 ± 0.0000 over 2 folds.
• It is 0.1250 better than the next, C = 10.0, with a standard error of 0.2165: no more than chance (corrected t test over the folds, p = 0.667).
• No candidate that is known to be simpler comes within one standard error (0.0000) of it.
• It under-fits: 0.7500 on training rows and 0.7500 on validation rows; it misses much of its own training rows, so richer features or a more flexible model may help.
• 1 candidate failed, since: logistic.C is -1.0, but it must be a finite number greater than 0
• To try next: `search.next_grid().fit(&data)?`, which is `GridSearch::new(..).param(\"C\", [1e-5, 0.0001, 0.001, 0.1])`.
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
    assert!(html.contains("<li>C = 0.001 wins: accuracy 0.7500 ± 0.0000 over 2 folds.</li>"), "{html}");
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
    let is_of_table = |line: &&str| !line.starts_with("• ");
    assert_eq!(text.lines().filter(is_of_table).count(), 3 + 20 + 1 + 1, "{text}");
}

#[test]
fn a_race_and_a_halving_show_what_they_did() {
    let frame = make_classification(240, 6, 4, 2, 1.5, 0.05, 1).unwrap();
    let data = Dataset::from_frame(&frame, "class").unwrap();
    let raced = GridSearch::new(LogisticRegression::new())
        .param("C", [1e-9, 1.0])
        .cv(StratifiedKFold::new(6))
        .train_scores(false)
        .race(0.05)
        .fit(&data)
        .unwrap();
    let text = raced.bundle().get("text/plain").unwrap().to_string();
    assert!(text.contains(" folds)") && !text.contains("train_accuracy"), "{text}");
    let saved = raced.fits_saved();
    let sentence = format!("• 1 candidate stopped early, being worse than the leader on the same folds: {saved} fit");
    assert!(saved > 0 && text.contains(&sentence), "{text}");
    let halved = HalvingGridSearch::new(LogisticRegression::new())
        .param("C", [0.001, 0.01, 0.1, 1.0])
        .factor(2)
        .cv(StratifiedKFold::new(3))
        .fit(&data)
        .unwrap();
    let text = halved.bundle().get("text/plain").unwrap().to_string();
    assert!(text.starts_with("Search of 4 candidates in 3 iterations on 3 folds, ranked by test_accuracy"), "{text}");
    let header: Vec<&str> = text.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(header, ["rank", "iteration", "n_resources", "C", "test_accuracy", "train_accuracy"]);
    assert_eq!(text.lines().nth(3).unwrap().split_whitespace().take(4).collect::<Vec<_>>(), ["★", "1", "2", "240"]);
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
