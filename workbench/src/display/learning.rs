//! Datasets, targets and predictions as tables.

use super::frame::{Shown, columns_table, hidden_columns};
use super::numbers::{count, format_fixed, format_float, format_floats};
use super::results::score_texts;
use super::table::{Cell, Column, ColumnKind, Table};
use super::{Bundle, Rich};
use crate::data::{Dataset, Target};
use crate::models::Predictions;

impl Rich for Dataset {
    fn bundle(&self) -> Bundle {
        let aim = match self.target() {
            Target::Classes { labels, .. } => format!("tell the {} of", classes(labels.len())),
            Target::Values(_) => "predict".to_string(),
        };
        let columns: Vec<_> = self.features().columns().iter().collect();
        columns_table(&columns, self.n_samples())
            .column(target_column(self.target_name(), self.target(), &Shown::rows(self.n_samples())).note("target"))
            .heading(&format!("Dataset to {aim} `{}` from {}", self.target_name(), count(self.n_features(), "feature")))
            .note(format!(
                "{} × {}, and the target",
                count(self.n_samples(), "row"),
                count(self.n_features(), "feature")
            ))
            .note(format!("{}: {}", self.target_name(), in_words(self.target())))
            .bundle()
    }
}

impl Rich for Target {
    fn bundle(&self) -> Bundle {
        match self {
            Target::Classes { codes, labels } => class_table(codes, labels).bundle(),
            Target::Values(values) => value_table(values).bundle(),
        }
    }
}

/// A row for each row, with what was predicted and how likely each class is, or else how decided.
impl Rich for Predictions {
    fn bundle(&self) -> Bundle {
        let n_rows = self.target.len();
        let rows = Shown::rows(n_rows);
        let row_names = rows.indices().map(|row| Cell::from(row.to_string())).collect();
        let mut columns =
            vec![Column::new("", ColumnKind::RowName, row_names), target_column("prediction", &self.target, &rows)];
        let (scores, what) = match (&self.probabilities, &self.decisions) {
            (Some(probabilities), _) => (Some(probabilities), "probability of"),
            (None, decisions) => (decisions.as_ref(), "decision for"),
        };
        if let Some(scores) = scores {
            // One column of decisions is for the second class.
            let skipped = usize::from(scores.ncols() == 1 && self.classes.len() == 2);
            let classes: Vec<&String> = self.classes.iter().skip(skipped).collect();
            let shown = Shown::columns(classes.len());
            for (position, class_idx) in shown.indices().enumerate() {
                if shown.n_hidden() > 0 && position == shown.gap() {
                    columns.push(hidden_columns(shown.n_hidden(), rows.indices().count()));
                }
                let of_class: Vec<Option<f64>> =
                    rows.indices().map(|row| scores.get((row, class_idx)).copied()).collect();
                let cells = score_texts(&of_class).into_iter().map(Cell::from).collect();
                let name = classes.get(class_idx).map_or("", |class| class.as_str());
                columns.push(Column::new(name, ColumnKind::Number, cells).note(what));
            }
        }
        let table = rows.say_hidden(Table::new(columns), "row").note(count(n_rows, "prediction"));
        if n_rows == 0 { table.bundle() } else { table.note(in_words(&self.target)).bundle() }
    }
}

/// What a target has in these rows.
fn target_column(name: &str, target: &Target, rows: &Shown) -> Column {
    let (kind, texts) = match target {
        Target::Classes { codes, labels } => {
            let label =
                |row: usize| codes.get(row).and_then(|code| labels.get(*code as usize)).cloned().unwrap_or_default();
            (ColumnKind::Text, rows.indices().map(label).collect())
        }
        Target::Values(values) => {
            let shown: Vec<Option<f64>> = rows.indices().map(|row| values.get(row).copied()).collect();
            (ColumnKind::Number, format_floats(&shown))
        }
    };
    Column::new(name, kind, texts.into_iter().map(Cell::from).collect())
}

fn in_words(target: &Target) -> String {
    match target {
        Target::Classes { codes, labels } => {
            let counts = class_counts(codes, labels.len());
            let words: Vec<String> = labels.iter().zip(counts).map(|(label, n)| format!("{label} {n}")).collect();
            words.join(", ")
        }
        Target::Values(values) => {
            let (low, high) = ends(values);
            format!("from {} to {}, mean {}", format_float(low), format_float(high), format_float(mean(values)))
        }
    }
}

fn class_table(codes: &[u32], labels: &[String]) -> Table {
    let counts = class_counts(codes, labels.len());
    let shares =
        counts.iter().map(|n| Cell::from(format_fixed(100.0 * *n as f64 / codes.len().max(1) as f64, 1) + " %"));
    let columns = vec![
        Column::new("class", ColumnKind::Text, labels.iter().map(|label| Cell::new(label)).collect()),
        Column::new("rows", ColumnKind::Number, counts.iter().map(|n| Cell::from(n.to_string())).collect()),
        Column::new("share", ColumnKind::Number, shares.collect()),
    ];
    Table::new(columns).note(format!("{} in {}", count(codes.len(), "row"), classes(labels.len())))
}

fn value_table(values: &[f64]) -> Table {
    let rows = Shown::rows(values.len());
    let shown: Vec<Option<f64>> = rows.indices().map(|row| values.get(row).copied()).collect();
    let cells = format_floats(&shown).into_iter().map(Cell::from).collect();
    let table = rows.say_hidden(Table::new(vec![Column::new("value", ColumnKind::Number, cells)]), "row");
    let table = table.note(count(values.len(), "row"));
    if values.is_empty() { table } else { table.note(in_words(&Target::Values(values.to_vec()))) }
}

fn class_counts(codes: &[u32], n_classes: usize) -> Vec<usize> {
    let mut counts = vec![0; n_classes];
    for code in codes {
        if let Some(count) = counts.get_mut(*code as usize) {
            *count += 1;
        }
    }
    counts
}

fn classes(n: usize) -> String {
    if n == 1 { "1 class".to_string() } else { format!("{n} classes") }
}

fn ends(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
