//! Scores as tables. No times are shown, so that a notebook run twice shows the same.

use polars::prelude::{AnyValue, DataFrame};

use super::frame::{Shown, float_cells, hidden_columns, value_cell};
use super::numbers::{count, format_fixed, format_floats};
use super::table::{Cell, Column, ColumnKind, Table};
use super::{Bundle, Rich};
use crate::search::{Candidate, Outcome, SearchResult};
use crate::select::{ClassScores, ClassificationReport, ConfusionMatrix, CrossValidation};

/// Scores from -1 to 1 are shown alike everywhere, so that they can be compared between tables.
const SCORE_DECIMALS: usize = 4;
const CANDIDATES_AT_TOP: usize = 15;
const CANDIDATES_AT_BOTTOM: usize = 5;

/// A row for each metric on validation and on training rows: mean ± standard deviation, then each fold.
impl Rich for CrossValidation {
    fn bundle(&self) -> Bundle {
        let n_folds = self.folds().len();
        let rows: Vec<MetricScores> = self.scoring().iter().flat_map(|metric| MetricScores::of(self, metric)).collect();
        let shown = Shown::columns(n_folds);
        let mut columns = vec![
            Column::new("", ColumnKind::RowName, rows.iter().map(|row| Cell::new(&row.name)).collect()),
            Column::new("mean ± std", ColumnKind::Number, rows.iter().map(|row| Cell::new(&row.summary)).collect()),
        ];
        for (position, fold_idx) in shown.indices().enumerate() {
            if shown.n_hidden() > 0 && position == shown.gap() {
                columns.push(hidden_columns(shown.n_hidden(), rows.len()));
            }
            let cells = rows.iter().map(|row| row.folds.get(fold_idx).map_or(Cell::new(""), |score| Cell::new(score)));
            let name = self.fold_indices().get(fold_idx).copied().unwrap_or(fold_idx as u64);
            columns.push(Column::new(&format!("fold {name}"), ColumnKind::Number, cells.collect()));
        }
        let mut heading = format!("Cross-validation on {}", count(self.n_folds(), "fold"));
        if self.interrupted() {
            heading = format!("{heading}, interrupted after {n_folds}");
        }
        Table::new(columns)
            .heading(&heading)
            .note("test: the fold's validation rows; train: the rows that it was fitted on".to_string())
            .bundle()
    }
}

/// The scores of one metric on one kind of rows, all with the same decimals.
struct MetricScores {
    name: String,
    summary: String,
    folds: Vec<String>,
}

impl MetricScores {
    fn of(scores: &CrossValidation, metric: &str) -> Vec<MetricScores> {
        let kinds = [("test", scores.test_scores(metric)), ("train", scores.train_scores(metric))];
        let rows = kinds.into_iter().filter_map(|(kind, folds)| Some((kind, folds.ok()?)));
        rows.map(|(kind, folds)| {
            let mut numbers: Vec<Option<f64>> = folds.iter().copied().map(Some).collect();
            numbers.extend([Some(crate::select::mean(&folds)), Some(crate::select::std(&folds))]);
            let mut texts = score_texts(&numbers);
            let std = texts.pop().unwrap_or_default();
            let mean = texts.pop().unwrap_or_default();
            MetricScores { name: format!("{kind}_{metric}"), summary: format!("{mean} ± {std}"), folds: texts }
        })
        .collect()
    }
}

/// A row for each candidate, the best first and marked: its rank, its settings, mean ± standard deviation of each metric. Below it, what
/// [`SearchResult::summary`] says.
impl Rich for SearchResult {
    fn bundle(&self) -> Bundle {
        let (results, candidates) = (self.results(), self.candidates());
        let shown = Shown::ends(candidates.len(), CANDIDATES_AT_TOP, CANDIDATES_AT_BOTTOM);
        let mut columns = vec![rank_column(&results, &shown)];
        for name in ["iteration".to_string(), "n_resources".to_string()].iter().chain(&self.param_names()) {
            columns.extend(setting_column(&results, name, &shown));
        }
        for metric in self.scoring() {
            for kind in ["test", "train"] {
                columns.extend(score_column(&results, &format!("{kind}_{metric}"), &candidates, &shown));
            }
        }
        let table =
            shown.say_hidden(Table::new(columns), "candidate").heading(&search_heading(self, &candidates)).mark(0);
        let table = search_notes(self, &candidates).into_iter().fold(table, Table::note);
        let words = self.summary().bundle();
        let both = |kind: &str, above: String| format!("{above}\n{}", words.get(kind).unwrap_or_default());
        Bundle::text(&both("text/plain", table.text())).with("text/html", both("text/html", table.html()))
    }
}

fn rank_column(results: &DataFrame, shown: &Shown) -> Column {
    let cells = values(results, "rank", shown).into_iter().enumerate().map(|(row, rank)| match (row, &rank) {
        (0, rank) => Cell::new(&format!("★ {rank}")),
        (_, AnyValue::Null) => Cell::muted("–"),
        (_, rank) => Cell::new(&rank.to_string()),
    });
    Column::new("rank", ColumnKind::Number, cells.collect())
}

pub(super) fn setting_column(results: &DataFrame, name: &str, shown: &Shown) -> Option<Column> {
    let dtype = results.column(name).ok()?.dtype().clone();
    let values = values(results, name, shown);
    let cells = if dtype.is_float() { float_cells(&values) } else { values.iter().map(value_cell).collect() };
    let kind = if dtype.is_numeric() { ColumnKind::Number } else { ColumnKind::Text };
    Some(Column::new(name, kind, cells))
}

/// Mean ± standard deviation, or why there is none.
fn score_column(results: &DataFrame, name: &str, candidates: &[Candidate], shown: &Shown) -> Option<Column> {
    results.column(&format!("mean_{name}")).ok()?;
    let numbers = |prefix: &str| -> Vec<Option<f64>> {
        values(results, &format!("{prefix}_{name}"), shown).iter().map(|value| value.extract::<f64>()).collect()
    };
    let both = [numbers("mean"), numbers("std")].concat();
    let texts = score_texts(&both);
    let (means, stds) = texts.split_at(texts.len() / 2);
    let cells = means.iter().zip(stds).zip(shown.indices()).map(|((mean, std), row)| {
        match candidates.get(row).map(|candidate| &candidate.outcome) {
            Some(Outcome::Failed(_)) => Cell::muted("failed"),
            Some(Outcome::NotReached) => Cell::muted("not reached"),
            Some(Outcome::Stopped(folds)) => Cell::muted(&format!("{mean} ± {std} ({})", count(folds.len(), "fold"))),
            Some(Outcome::Scored(_)) | None => Cell::new(&format!("{mean} ± {std}")),
        }
    });
    Some(Column::new(name, ColumnKind::Number, cells.collect()))
}

fn search_heading(search: &SearchResult, candidates: &[Candidate]) -> String {
    let n_iterations = candidates.iter().filter_map(|candidate| candidate.rung).map(|rung| rung.iteration + 1).max();
    let n_candidates = candidates.iter().map(|candidate| candidate.candidate_idx + 1).max().unwrap_or(0);
    let halving = n_iterations.map_or(String::new(), |n| format!(" in {}", count(n, "iteration")));
    format!(
        "Search of {}{halving} on {}, ranked by test_{}",
        count(n_candidates, "candidate"),
        count(search.n_folds(), "fold"),
        search.scoring().first().cloned().unwrap_or_default()
    )
}

fn search_notes(search: &SearchResult, candidates: &[Candidate]) -> Vec<String> {
    let mut notes =
        vec!["mean ± standard deviation over the folds; test: validation rows, train: the rows fitted on".to_string()];
    if search.interrupted() {
        let n_reached = candidates.iter().filter(|candidate| candidate.outcome != Outcome::NotReached).count();
        notes.push(format!("interrupted: {n_reached} of {} reached", count(candidates.len(), "candidate")));
    }
    notes
}

/// A row for each class, then the averages, as scikit-learn's report has them.
impl Rich for ClassificationReport {
    fn bundle(&self) -> Bundle {
        let rows: Vec<&ClassScores> =
            self.classes.iter().chain([&self.macro_average, &self.weighted_average]).collect();
        let scores = |name: &str, of: fn(&ClassScores) -> f64| {
            let texts = score_texts(&rows.iter().map(|row| Some(of(row))).collect::<Vec<_>>());
            Column::new(name, ColumnKind::Number, texts.into_iter().map(Cell::from).collect())
        };
        let columns = vec![
            Column::new("class", ColumnKind::RowName, rows.iter().map(|row| Cell::new(&row.label)).collect()),
            scores("precision", |row| row.precision),
            scores("recall", |row| row.recall),
            scores("f1", |row| row.f1),
            Column::new(
                "support",
                ColumnKind::Number,
                rows.iter().map(|row| Cell::from(row.support.to_string())).collect(),
            ),
        ];
        let n_rows = self.macro_average.support;
        let accuracy = format_fixed(self.accuracy, SCORE_DECIMALS);
        Table::new(columns).note(format!("accuracy {accuracy} on {}", count(n_rows, "row"))).bundle()
    }
}

/// A row for each true class, a column for each predicted one, the right ones in bold.
impl Rich for ConfusionMatrix {
    fn bundle(&self) -> Bundle {
        let (labels, counts) = (self.labels(), self.counts());
        let row_names = labels.iter().map(|label| Cell::new(&format!("true {label}"))).collect();
        let mut columns = vec![Column::new("", ColumnKind::RowName, row_names)];
        for (predicted, label) in labels.iter().enumerate() {
            let cell = |truth: usize| {
                let text = counts.get((truth, predicted)).copied().unwrap_or(0).to_string();
                if truth == predicted { Cell::strong(&text) } else { Cell::new(&text) }
            };
            columns.push(Column::new(
                &format!("predicted {label}"),
                ColumnKind::Number,
                (0..labels.len()).map(cell).collect(),
            ));
        }
        let (n_right, n_rows) = (counts.diag().sum(), counts.sum());
        Table::new(columns).note(format!("{n_right} of {} right", count(n_rows as usize, "row"))).bundle()
    }
}

/// Scores of one kind, all with the same decimals; none for a score that is not there.
pub(super) fn score_texts(scores: &[Option<f64>]) -> Vec<String> {
    if scores.iter().flatten().all(|score| score.abs() <= 1.0 || score.is_nan()) {
        return scores
            .iter()
            .map(|score| score.map_or(String::new(), |score| format_fixed(score, SCORE_DECIMALS)))
            .collect();
    }
    format_floats(scores)
}

pub(super) fn values<'a>(frame: &'a DataFrame, column: &str, shown: &Shown) -> Vec<AnyValue<'a>> {
    let column = frame.column(column).ok();
    shown.indices().map(|row| column.and_then(|column| column.get(row).ok()).unwrap_or(AnyValue::Null)).collect()
}
