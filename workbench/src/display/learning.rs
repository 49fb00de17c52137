//! Datasets and targets as tables.

use super::frame::{Shown, columns_table};
use super::numbers::{count, format_fixed, format_float, format_floats};
use super::table::{Cell, Column, ColumnKind, Table};
use super::{Bundle, Rich};
use crate::data::{Dataset, Target};

impl Rich for Dataset {
    fn bundle(&self) -> Bundle {
        let aim = match self.target() {
            Target::Classes { labels, .. } => format!("tell the {} of", classes(labels.len())),
            Target::Values(_) => "predict".to_string(),
        };
        let columns: Vec<_> = self.features().columns().iter().collect();
        columns_table(&columns, self.n_samples())
            .column(target_column(self))
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

/// The last column of a dataset's table.
fn target_column(data: &Dataset) -> Column {
    let rows = Shown::rows(data.n_samples());
    let (kind, texts) = match data.target() {
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
    Column::new(data.target_name(), kind, texts.into_iter().map(Cell::from).collect()).note("target")
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
