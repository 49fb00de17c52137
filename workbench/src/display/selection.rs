//! Curves, importances and tests of models: a table of each, and its chart below.

use polars::prelude::DataFrame;

use super::chart::{Chart, importance_chart, learning_chart, permutation_chart, threshold_chart, validation_chart};
use super::frame::{Shown, value_cell};
use super::numbers::{count, format_fixed};
use super::results::{score_texts, setting_column, values};
use super::table::{Cell, Column, ColumnKind, Table};
use super::{Bundle, Rich};
use crate::models::Model;
use crate::select::{CorrectedTTest, Curve, PermutationImportance, PermutationTest, ThresholdModel};

/// The chart below has more of them.
pub const FEATURES_AT_TOP: usize = 10;
pub const FEATURES_AT_BOTTOM: usize = 3;
/// Charts of more metrics would push what comes next out of sight.
const CHARTS_MAX: usize = 3;
const LEVEL: f64 = 0.05;

/// A row for each point, the best of a validation curve marked, and a chart for each metric.
impl Rich for Curve {
    fn bundle(&self) -> Bundle {
        let (frame, name) = (self.frame(), self.name());
        let shown = Shown::rows(frame.height());
        let mut columns: Vec<Column> = setting_column(&frame, &name, &shown).into_iter().collect();
        if self.interrupted() || frame.column("error").is_ok() {
            columns.extend(setting_column(&frame, "n_folds", &shown));
        }
        for metric in self.scoring() {
            for name in [format!("test_{metric}"), format!("train_{metric}")] {
                columns.push(spread_column(&frame, &name, &name, &shown, "–"));
            }
        }
        if frame.column("error").is_ok() {
            let errors = values(&frame, "error", &shown);
            let cells = errors.iter().map(|error| match error {
                polars::prelude::AnyValue::Null => Cell::new(""),
                error => value_cell(error),
            });
            columns.push(Column::new("error", ColumnKind::Text, cells.collect()));
        }
        let is_learning = name == "train_size";
        let kind = if is_learning { "Learning curve".to_string() } else { format!("Validation curve of {name}") };
        let interrupted = if self.interrupted() { ", interrupted" } else { "" };
        let mut table = shown
            .say_hidden(Table::new(columns), "point")
            .heading(&format!("{kind} on {}{interrupted}", count(self.n_folds(), "fold")))
            .note(
                "mean ± standard deviation over the folds; test: validation rows, train: the rows fitted on"
                    .to_string(),
            );
        if let Some((row, words)) = best(self, &frame).filter(|_| !is_learning) {
            table = table.note(words);
            if let Some(position) = shown.indices().position(|idx| idx == row) {
                table = table.mark(position);
            }
        }
        let chart = |metric: &String| {
            let part = |kind: &str| [format!("mean_{kind}_{metric}"), format!("std_{kind}_{metric}")];
            let columns = [vec![name.clone()], part("test").to_vec(), part("train").to_vec()].concat();
            let of_metric = frame.select(columns).ok()?;
            let draw = if is_learning { learning_chart } else { validation_chart };
            draw(&of_metric, &name).ok()
        };
        with_charts(&table, self.scoring().iter().take(CHARTS_MAX).filter_map(chart))
    }
}

/// A row for each feature, the most important first, and a chart of them.
impl Rich for PermutationImportance {
    fn bundle(&self) -> Bundle {
        let scoring = self.scoring();
        let frame = match scoring.first().map(|metric| most_first(&self.frame(), &format!("mean_{metric}"))) {
            Some(frame) => frame,
            None => self.frame(),
        };
        let shown = Shown::ends(frame.height(), FEATURES_AT_TOP, FEATURES_AT_BOTTOM);
        let names = values(&frame, "feature", &shown).iter().map(value_cell).collect();
        let mut columns = vec![Column::new("feature", ColumnKind::RowName, names)];
        for metric in &scoring {
            columns.push(spread_column(&frame, metric, &format!("fall of {metric}"), &shown, "not reached"));
        }
        let baseline: Vec<String> = scoring
            .iter()
            .zip(self.baseline())
            .map(|(metric, score)| format!("{metric} {}", one_score(score)))
            .collect();
        let mut table = shown
            .say_hidden(Table::new(columns), "feature")
            .heading(&format!("Permutation importance of {}", count(frame.height(), "feature")))
            .note(
                "how much a score falls once a feature is in random order: mean ± standard deviation over the repeats"
                    .to_string(),
            )
            .note(format!("as they are, these rows have {}", baseline.join(", ")));
        if self.interrupted() {
            let n_done =
                frame.height() - scoring.first().map_or(0, |metric| missing(&frame, &format!("mean_{metric}")));
            table = table.note(format!("interrupted: {n_done} of {} done", count(frame.height(), "feature")));
        }
        let chart = |metric: &String| {
            let (fall, spread) = (format!("fall of {metric}"), "standard deviation");
            let mut frame =
                frame.select(["feature".to_string(), format!("mean_{metric}"), format!("std_{metric}")]).ok()?;
            frame.rename(&format!("mean_{metric}"), fall.as_str().into()).ok()?;
            frame.rename(&format!("std_{metric}"), spread.into()).ok()?;
            importance_chart(&frame, &fall, Some(spread)).ok()
        };
        with_charts(&table, scoring.first().and_then(chart))
    }
}

/// The score, those of permuted targets, and what that means in words.
impl Rich for PermutationTest {
    fn bundle(&self) -> Bundle {
        let scores = &self.permutation_scores;
        let best = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (mean, std) = (crate::select::mean(scores), crate::select::std(scores));
        let texts = score_texts(&[Some(self.score), Some(mean), Some(std), Some(best)]);
        let text = |idx: usize| texts.get(idx).cloned().unwrap_or_default();
        let mut rows = vec![("the true target".to_string(), text(0))];
        if !scores.is_empty() {
            rows.push((count(scores.len(), "permuted target"), format!("{} ± {}", text(1), text(2))));
            rows.push(("the best of them".to_string(), text(3)));
        }
        let columns = vec![
            Column::new("", ColumnKind::RowName, rows.iter().map(|row| Cell::new(&row.0)).collect()),
            Column::new(&self.scoring, ColumnKind::Number, rows.iter().map(|row| Cell::new(&row.1)).collect()),
        ];
        let verdict = if self.p_value < LEVEL {
            "the features say more of the target than chance does"
        } else {
            "the features need not say anything of the target"
        };
        let interrupted = if self.interrupted { ", interrupted" } else { "" };
        let table = Table::new(columns)
            .heading(&format!("Permutation test{interrupted}"))
            .mark(0)
            .note(format!("p = {}: {verdict} (level {LEVEL})", p_text(self.p_value)));
        with_charts(&table, permutation_chart(self).ok())
    }
}

/// The threshold, what it scored beside the usual one, and how the score goes with it.
impl Rich for ThresholdModel {
    fn bundle(&self) -> Bundle {
        let positive = self.classes().and_then(|classes| classes.get(1).cloned()).unwrap_or_default();
        let threshold = self.threshold();
        let heading =
            format!("{} model that says {positive} from a score of {} on", self.model().name(), one_score(threshold));
        let Some(frame) = self.thresholds() else {
            return Table::default().heading(&heading).note("the threshold was given, not found".to_string()).bundle();
        };
        let tried: Vec<f64> = numbers(&frame, "threshold").into_iter().flatten().collect();
        let is_probability = tried.iter().all(|value| (0.0..=1.0).contains(value));
        let (usual, usual_name) = if is_probability { (0.5, "nearest to 0.5") } else { (0.0, "nearest to 0") };
        let mut rows = vec![("chosen", nearest(&tried, threshold)), (usual_name, nearest(&tried, usual))];
        rows.dedup_by_key(|row| row.1);
        let picked: Vec<usize> = rows.iter().filter_map(|row| row.1).collect();
        let shown = Shown::these(picked);
        let mut columns = vec![Column::new("", ColumnKind::RowName, rows.iter().map(|row| Cell::new(row.0)).collect())];
        columns.extend(setting_column(&frame, "threshold", &shown));
        for name in frame.get_column_names().iter().filter_map(|name| name.strip_prefix("mean_")) {
            columns.push(spread_column(&frame, name, name, &shown, ""));
        }
        let table = Table::new(columns)
            .heading(&heading)
            .mark(0)
            .note(format!("mean ± standard deviation over the folds; {} tried", count(tried.len(), "threshold")));
        with_charts(&table, threshold_chart(self).ok())
    }
}

/// The difference, its error, and what that means in words.
impl Rich for CorrectedTTest {
    fn bundle(&self) -> Bundle {
        let texts = score_texts(&[Some(self.mean), Some(self.standard_error)]);
        let text = |idx: usize| texts.get(idx).cloned().unwrap_or_default();
        let mut columns = vec![
            number_column("mean difference", text(0)),
            number_column("standard error", text(1)),
            number_column("t", format_fixed(self.statistic, 3)),
            number_column("degrees of freedom", self.degrees_of_freedom.to_string()),
            number_column("p", p_text(self.p_value)),
        ];
        if let Ok((low, high)) = self.confidence_interval(1.0 - LEVEL) {
            let ends = score_texts(&[Some(low), Some(high)]);
            columns.push(number_column("95 % interval", ends.join(" to ")));
        }
        let verdict = if self.p_value < LEVEL { "more than chance" } else { "no more than chance" };
        Table::new(columns)
            .heading("Corrected t test over the folds")
            .note(format!("the difference is {verdict} (level {LEVEL}, two-sided)"))
            .bundle()
    }
}

/// A table with charts below it.
pub fn with_charts(table: &Table, charts: impl IntoIterator<Item = Chart>) -> Bundle {
    let images: String = charts.into_iter().map(|chart| chart.image()).collect();
    Bundle::text(&table.text()).with("text/html", format!("{}{images}", table.html()))
}

/// Mean ± standard deviation, or a word where there is none.
fn spread_column(frame: &DataFrame, name: &str, title: &str, shown: &Shown, absent: &str) -> Column {
    let of = |prefix: &str| -> Vec<Option<f64>> {
        values(frame, &format!("{prefix}_{name}"), shown).iter().map(|value| value.extract::<f64>()).collect()
    };
    let (means, stds) = (of("mean"), of("std"));
    let texts = score_texts(&[means.clone(), stds].concat());
    let (mean_texts, std_texts) = texts.split_at(means.len());
    let cells = means.iter().zip(mean_texts.iter().zip(std_texts)).map(|(mean, (mean_text, std_text))| match mean {
        Some(_) => Cell::new(&format!("{mean_text} ± {std_text}")),
        None => Cell::muted(absent),
    });
    Column::new(title, ColumnKind::Number, cells.collect())
}

fn number_column(name: &str, text: String) -> Column {
    Column::new(name, ColumnKind::Number, vec![Cell::from(text)])
}

/// The row with the best validation score of the first metric, the first of equal ones, and that in words.
fn best(curve: &Curve, frame: &DataFrame) -> Option<(usize, String)> {
    let metric = curve.scoring().first()?.clone();
    let known = numbers(frame, &format!("mean_test_{metric}"))
        .into_iter()
        .enumerate()
        .filter_map(|(row, score)| Some((row, score.filter(|score| !score.is_nan())?)));
    let (row, score) = known.reduce(|best, other| if other.1 > best.1 { other } else { best })?;
    let value = values(frame, &curve.name(), &Shown::these(vec![row])).first().map(value_cell)?;
    Some((row, format!("best: {} = {value} with {metric} {}", curve.name(), one_score(score))))
}

/// The rows by falling numbers, those without one last; equal ones stay in order.
pub fn most_first(frame: &DataFrame, column: &str) -> DataFrame {
    let options = polars::prelude::SortMultipleOptions::new()
        .with_order_descending(true)
        .with_nulls_last(true)
        .with_maintain_order(true);
    frame.sort([column], options).unwrap_or_else(|_| frame.clone())
}

fn missing(frame: &DataFrame, column: &str) -> usize {
    frame.column(column).map_or(0, |column| column.null_count())
}

fn numbers(frame: &DataFrame, column: &str) -> Vec<Option<f64>> {
    values(frame, column, &Shown::ends(frame.height(), frame.height(), 0))
        .iter()
        .map(|value| value.extract::<f64>())
        .collect()
}

/// The position of the number that is nearest to `to`.
fn nearest(numbers: &[f64], to: f64) -> Option<usize> {
    (0..numbers.len()).min_by(|&a, &b| {
        let distance = |idx: usize| numbers.get(idx).map_or(f64::INFINITY, |number| (number - to).abs());
        distance(a).total_cmp(&distance(b))
    })
}

fn one_score(score: f64) -> String {
    score_texts(&[Some(score)]).concat()
}

fn p_text(p: f64) -> String {
    if p < 0.0005 { format!("{p:.1e}") } else { format_fixed(p, 3) }
}
