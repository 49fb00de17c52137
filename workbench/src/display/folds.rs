//! Folds as a table, and a chart of their rows.

use super::chart::folds_chart;
use super::frame::Shown;
use super::numbers::count;
use super::selection::with_charts;
use super::table::{Cell, Column, ColumnKind, Table};
use super::{Bundle, Rich};
use crate::data::Fold;

/// So many rows of a fold are named, and the last one.
const ROWS_NAMED: usize = 8;

impl Rich for Fold {
    fn bundle(&self) -> Bundle {
        std::slice::from_ref(self).bundle()
    }
}

impl Rich for Vec<Fold> {
    fn bundle(&self) -> Bundle {
        self.as_slice().bundle()
    }
}

/// A row for each fold, how often rows validate, and the chart of [`folds_chart`].
impl Rich for [Fold] {
    fn bundle(&self) -> Bundle {
        let shown = Shown::rows(self.len());
        let cells = |text: fn(&Fold) -> String| {
            shown.indices().filter_map(|idx| self.get(idx)).map(|fold| Cell::from(text(fold))).collect::<Vec<_>>()
        };
        let names = shown.indices().map(|idx| Cell::from(idx.to_string())).collect();
        let table = Table::new(vec![
            Column::new("fold", ColumnKind::RowName, names),
            Column::new("training rows", ColumnKind::Number, cells(|fold| fold.train.len().to_string())),
            Column::new("validation rows", ColumnKind::Number, cells(|fold| fold.validation.len().to_string())),
            Column::new("which validate", ColumnKind::Text, cells(|fold| named(&fold.validation))),
        ]);
        let table = shown.say_hidden(table, "fold").note(how_often(self));
        with_charts(&table, folds_chart(self).ok())
    }
}

fn named(rows: &[usize]) -> String {
    let texts = |rows: &[usize]| rows.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    match (rows.get(..ROWS_NAMED), rows.last()) {
        (Some(first), Some(last)) if rows.len() > ROWS_NAMED + 1 => format!("{}, …, {last}", texts(first)),
        _ => texts(rows),
    }
}

fn how_often(folds: &[Fold]) -> String {
    let rows = || folds.iter().flat_map(|fold| fold.train.iter().chain(&fold.validation));
    let Some(last) = rows().max() else { return "no rows".to_string() };
    let (mut times, mut is_used) = (vec![0_usize; last + 1], vec![false; last + 1]);
    for row in folds.iter().flat_map(|fold| &fold.validation) {
        if let Some(times) = times.get_mut(*row) {
            *times += 1;
        }
    }
    for row in rows() {
        if let Some(is_used) = is_used.get_mut(*row) {
            *is_used = true;
        }
    }
    let used: Vec<usize> = times.into_iter().zip(is_used).filter(|(_, is_used)| *is_used).map(|(n, _)| n).collect();
    let (least, most) = (used.iter().min().copied().unwrap_or(0), used.iter().max().copied().unwrap_or(0));
    let rows = count(used.len(), "row");
    match (least, most) {
        (1, 1) if folds.len() > 1 => format!("{rows}, each of which validates once"),
        (n, m) if n == m && folds.len() > 1 => format!("{rows}, each of which validates {n} times"),
        (0, 1) if folds.len() > 1 => {
            format!("{rows}, of which {} validate once and the others never", used.iter().sum::<usize>())
        }
        (n, m) if folds.len() > 1 => format!("{rows}, which validate {n} to {m} times"),
        _ => rows,
    }
}
