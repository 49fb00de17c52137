//! What a search says of its candidates: each number, and each sentence.

use workbench::display::Rich;
use workbench::models::LogisticRegression;
use workbench::preprocess::ParamValue;
use workbench::search::{Distribution, FitKind, GridSearch, RandomSearch, SearchResult, SearchSummary};
use workbench::select::{KFold, PredefinedFolds, Splitter, StratifiedKFold, corrected_t_test};

use super::searches::{Scripted, scripted_data};
use crate::models::{penguin_data, prepared};

fn grid(script: fn(f64, i64) -> (f64, f64)) -> GridSearch {
    GridSearch::new(Scripted::new(script)).cv(KFold::new(5))
}

#[track_caller]
fn check_sentence(summary: &SearchSummary, expected: &str) {
    let sentences = summary.sentences();
    assert!(sentences.iter().any(|sentence| sentence == expected), "{sentences:#?}");
}

#[track_caller]
fn check_no_sentence(summary: &SearchSummary, part: &str) {
    let sentences = summary.sentences();
    assert!(!sentences.iter().any(|sentence| sentence.contains(part)), "{sentences:#?}");
}

fn values(summary: &SearchSummary, name: &str) -> Vec<f64> {
    let (_, values) = summary.next_grid.iter().find(|(known, _)| known == name).unwrap();
    let number = |value: &ParamValue| match value {
        ParamValue::Float(number) => *number,
        ParamValue::Int(number) => *number as f64,
        other => panic!("{other}"),
    };
    values.iter().map(number).collect()
}

fn test_scores(result: &SearchResult, rank: usize) -> Vec<f64> {
    result.candidates()[rank].folds().iter().map(|fold| fold.test[0]).collect()
}

#[test]
fn the_winner_and_the_next_are_compared_fold_by_fold() {
    let result = grid(|level, _| (level, level)).param("level", [0.5, 0.9, 0.8]).fit(&scripted_data(200)).unwrap();
    let summary = result.summary();
    assert_eq!(summary.winner.mean, result.best_score());
    assert_eq!(summary.winner.params, [("level".to_string(), 0.9.into())]);
    let next = summary.runner_up.clone().unwrap();
    let differences: Vec<f64> =
        test_scores(&result, 0).iter().zip(test_scores(&result, 1)).map(|(a, b)| a - b).collect();
    let test = corrected_t_test(&differences, 160, 40).unwrap();
    assert_eq!(next.test, Some(test));
    assert!((next.difference - test.mean).abs() < 1e-12 && next.difference > 0.05);
    let (mean, std) = (summary.winner.mean, summary.winner.std);
    check_sentence(&summary, &format!("level = 0.9 wins: accuracy {mean:.4} ± {std:.4} over 5 folds."));
    let verdict = if test.p_value < 0.05 { "more than chance" } else { "no more than chance" };
    check_sentence(
        &summary,
        &format!(
            "It is {:.4} better than the next, level = 0.8, with a standard error of {:.4}: {verdict} (corrected t test over \
             the folds, p = {:.3}).",
            next.difference, test.standard_error, test.p_value
        ),
    );
    check_sentence(&summary, "It is better than each of the 2 others by more than chance (level 0.05).");
}

#[test]
fn ties_and_noise_are_said() {
    let data = scripted_data(200);
    let summary = grid(|_, _| (0.8, 0.8)).param("kind", ["a", "b", "c"]).fit(&data).unwrap().summary();
    assert_eq!((summary.n_ties, summary.n_compared, summary.n_within_noise), (2, 2, 2));
    assert!(summary.runner_up.is_none());
    check_sentence(&summary, "2 others have exactly the same score; the first that was tried is taken.");
    check_sentence(&summary, "None of the 2 others can be told from it by these folds (level 0.05).");
    let mixed = grid(|level, _| (level, level)).param("level", [0.3, 0.9, 0.9]).fit(&data).unwrap().summary();
    assert_eq!((mixed.n_ties, mixed.n_compared, mixed.n_within_noise), (1, 2, 1));
    check_sentence(&mixed, "1 other candidate has exactly the same score; the first that was tried is taken.");
    check_sentence(&mixed, "1 of the 2 others cannot be told from it by these folds (level 0.05).");
    let one = grid(|_, _| (0.8, 0.8)).fit(&data).unwrap().summary();
    assert!(one.sentences()[0].starts_with("the estimator as it is wins: accuracy "), "{:?}", one.sentences());
}

#[test]
fn the_simplest_within_one_standard_error_is_named() {
    let data = scripted_data(200);
    // A greater depth is slightly better, and less simple.
    let result = grid(|_, depth| (0.9, if depth == 1 { 0.5 } else { 0.8 + 0.003 * depth as f64 }))
        .param("depth", [1, 2, 4, 8])
        .param("kind", ["a"])
        .fit(&data)
        .unwrap();
    let summary = result.summary();
    let scores = test_scores(&result, 0);
    let mean = scores.iter().sum::<f64>() / 5.0;
    let variance: f64 = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / 4.0;
    let simplest = summary.simplest.clone().unwrap();
    assert!((simplest.standard_error - (variance / 5.0).sqrt()).abs() < 1e-12);
    let within: Vec<i64> = result
        .candidates()
        .iter()
        .filter(|candidate| {
            candidate.folds().iter().map(|fold| fold.test[0]).sum::<f64>() / 5.0 >= mean - simplest.standard_error
        })
        .map(|candidate| match candidate.param("depth") {
            Some(ParamValue::Int(depth)) => depth,
            other => panic!("{other:?}"),
        })
        .collect();
    let least = *within.iter().min().unwrap();
    assert!(least > 1 && within.len() > 1, "{within:?}");
    assert_eq!(simplest.params[0].1, least.into());
    check_sentence(
        &summary,
        &format!(
            "The simplest candidate within one standard error ({:.4}) of it is depth = {least}, kind = a with {:.4}.",
            simplest.standard_error, simplest.mean
        ),
    );
    // A greater level is simpler; but here only the least is good.
    let alone = grid(|level, _| (0.9, 0.9 - level)).param("level", [0.0, 0.3, 0.6]).fit(&data).unwrap().summary();
    assert!(alone.simplest.clone().unwrap().is_winner);
    let error = alone.simplest.clone().unwrap().standard_error;
    check_sentence(
        &alone,
        &format!("No candidate that is known to be simpler comes within one standard error ({error:.4}) of it."),
    );
    // Of other settings nothing is known.
    let unknown = grid(|_, _| (0.8, 0.8)).param("kind", ["a", "b"]).fit(&data).unwrap().summary();
    assert!(unknown.simplest.is_none());
    check_no_sentence(&unknown, "standard error (");
    // A pipeline asks its estimator.
    let pipeline = GridSearch::new(prepared(LogisticRegression::new())).param("logistic__C", [0.1, 1.0, 10.0]);
    assert!(pipeline.fit(&penguin_data("sex")).unwrap().summary().simplest.is_some());
}

#[test]
fn an_edge_is_said_with_the_grid_beyond_it() {
    let data = scripted_data(200);
    let rising = |level: f64, _: i64| (level / 200.0, level / 200.0);
    let summary = grid(rising).param("level", [0.1, 1.0, 10.0, 100.0]).fit(&data).unwrap().summary();
    let edge = &summary.edges[0];
    assert_eq!(
        (edge.param.as_str(), &edge.value, edge.is_greatest, edge.is_last),
        ("level", &100.0.into(), true, false)
    );
    check_sentence(&summary, "level = 100.0 is the greatest value that was tried: a greater one may be better.");
    assert_eq!(values(&summary, "level"), [31.6, 100.0, 1000.0, 10000.0]);
    check_sentence(
        &summary,
        "To try next: `search.next_grid().fit(&data)?`, which is \
         `GridSearch::new(..).param(\"level\", [31.6, 100.0, 1000.0, 10000.0])`.",
    );
    // A depth below 1 is refused.
    let falling = |_: f64, depth: i64| (0.9, 0.9 / depth as f64);
    let summary = grid(falling).param("depth", [1, 2, 3]).fit(&data).unwrap().summary();
    assert!(summary.edges[0].is_last && !summary.edges[0].is_greatest);
    check_sentence(&summary, "depth = 1 is the least value that was tried, and no smaller one is allowed.");
    // Between others there is no edge, and the next values lie between.
    let inside = |level: f64, _: i64| (0.9, 0.9 - (level.log10() - 1.0).abs() * 0.2);
    let summary = grid(inside).param("level", [1.0, 10.0, 100.0]).fit(&data).unwrap().summary();
    assert!(summary.edges.is_empty());
    check_no_sentence(&summary, "that was tried");
    assert_eq!(values(&summary, "level"), [3.16, 10.0, 31.6]);
    let linear = |_: f64, depth: i64| (0.9, 0.9 - (depth - 6).abs() as f64 * 0.05);
    let summary = grid(linear).param("depth", [2, 4, 6, 8]).param("kind", ["a"]).fit(&data).unwrap().summary();
    assert_eq!(values(&summary, "depth"), [5.0, 6.0, 7.0]);
    assert_eq!(summary.next_grid_code(), ".param(\"depth\", [5, 6, 7]).param(\"kind\", [\"a\"])");
}

#[test]
fn the_next_grid_is_searched_on_the_same_folds() {
    let data = scripted_data(200);
    let inside = |level: f64, _: i64| (0.9, 0.9 - (level.log10() - 1.2).abs() * 0.2);
    let search = grid(inside).param("level", [1.0, 10.0, 100.0]).fit(&data).unwrap();
    let next = search.next_grid().fit(&data).unwrap();
    assert_eq!((next.results().height(), next.n_folds()), (3, 5));
    assert!(next.best_score() >= search.best_score());
    // Of values drawn at random, neighbours are too close for a step.
    let drawn = RandomSearch::new(Scripted::new(inside))
        .param("level", Distribution::log_uniform(1.0, 100.0))
        .n_iter(40)
        .cv(KFold::new(5))
        .fit(&data)
        .unwrap();
    let winner = drawn.summary().winner.params[0].1.to_string();
    assert!(
        winner.len() > 8 && !drawn.summary().sentences()[0].contains(&winner),
        "a sentence has four digits of {winner}"
    );
    let next = values(&drawn.summary(), "level");
    assert!(next.len() == 3 && next[0] < next[1] * 0.9 && next[2] > next[1] * 1.1, "{next:?}");
}

#[test]
fn over_and_under_fitting_are_told_apart() {
    let data = scripted_data(400);
    let verdict = |script: fn(f64, i64) -> (f64, f64)| grid(script).fit(&data).unwrap().summary();
    let over = verdict(|_, _| (1.0, 0.7));
    let fit = over.fit.clone().unwrap();
    assert_eq!((fit.kind, fit.train), (FitKind::OverFitting, 1.0));
    assert!((fit.gap - (fit.train - fit.test)).abs() < 1e-12);
    check_sentence(
        &over,
        &format!(
            "It over-fits: 1.0000 on training rows and {:.4} on validation rows, a gap of {:.4} where folds differ by {:.4}; a \
             simpler model or more rows may help.",
            fit.test, fit.gap, fit.spread
        ),
    );
    let under = verdict(|_, _| (0.6, 0.6));
    let fit = under.fit.clone().unwrap();
    assert_eq!(fit.kind, FitKind::UnderFitting);
    check_sentence(
        &under,
        &format!(
            "It under-fits: {:.4} on training rows and {:.4} on validation rows; it misses much of its own training rows, so \
             richer features or a more flexible model may help.",
            fit.train, fit.test
        ),
    );
    let balanced = verdict(|_, _| (0.96, 0.95));
    assert_eq!(balanced.fit.clone().unwrap().kind, FitKind::Balanced);
    assert!(
        balanced
            .sentences()
            .iter()
            .any(|sentence| sentence.starts_with("It neither over- nor under-fits clearly: 0.96"))
    );
}

#[test]
fn failures_and_what_a_race_saved_are_said() {
    let data = scripted_data(400);
    let result = grid(|level, _| (level, level))
        .cv(KFold::new(10))
        .param("level", [0.9, 0.3])
        .param("kind", ["good", "broken"])
        .and_grid()
        .param("depth", [-1])
        .race(0.05)
        .fit(&data)
        .unwrap();
    let summary = result.summary();
    assert_eq!(summary.failures.iter().map(|failure| failure.n_candidates).collect::<Vec<_>>(), [2, 1]);
    check_sentence(
        &summary,
        "3 candidates failed, most often (2 times) since: scripted.kind is broken, but it must be something else",
    );
    assert_eq!((summary.n_stopped, summary.n_fits_saved), (1, 7));
    check_sentence(
        &summary,
        "1 candidate stopped early, being worse than the leader on the same folds: 7 fits not made.",
    );
    assert_eq!((summary.n_candidates, summary.n_not_reached), (5, 0));
}

#[test]
fn reasons_of_different_folds_are_one() {
    let data = penguin_data("species");
    let folds = StratifiedKFold::new(3).split(&data).unwrap();
    let summary = GridSearch::new(prepared(LogisticRegression::new()))
        .param("logistic__penalty", ["l2", "none"])
        .param("logistic__C", [1.0, 2.0])
        .cv(PredefinedFolds::new(folds))
        .fit(&data)
        .unwrap()
        .summary();
    assert_eq!((summary.failures.len(), summary.failures[0].n_candidates), (1, 2));
    assert!(summary.failures[0].reason.starts_with("step `logistic`: "), "{:?}", summary.failures);
    let sentence = summary.sentences().into_iter().find(|sentence| sentence.contains("failed")).unwrap();
    assert!(
        sentence.starts_with("2 candidates failed, all since: step `logistic`: logistic: without a penalty"),
        "{sentence}"
    );
}

#[test]
fn sentences_become_a_list_in_which_code_is_code_and_markup_is_text() {
    let data = scripted_data(100);
    let summary = grid(|level, _| (level, level))
        .param("level", [0.5, 0.6, 0.7])
        .param("kind", ["<b>"])
        .fit(&data)
        .unwrap()
        .summary();
    let bundle = summary.bundle();
    let html = bundle.get("text/html").unwrap();
    assert!(html.contains("kind = &lt;b&gt;") && !html.contains("<b>"), "{html}");
    assert!(html.contains("<code>search.next_grid().fit(&amp;data)?</code>"), "{html}");
    assert_eq!(html.matches("<li>").count(), summary.sentences().len());
    let text = bundle.get("text/plain").unwrap();
    assert!(text.lines().all(|line| line.starts_with("• ")), "{text}");
}
