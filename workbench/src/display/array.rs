//! Arrays as tables, with the positions as names of rows and columns.

use ndarray::{Array1, Array2};

use super::frame::{Shown, hidden_columns};
use super::numbers::format_floats;
use super::table::{Cell, Column, ColumnKind, Table};
use super::{Bundle, Rich};

impl Rich for Array1<f64> {
    fn bundle(&self) -> Bundle {
        let rows = Shown::rows(self.len());
        let columns = vec![positions(&rows), numbers("value", &rows, |row| self.get(row).copied())];
        let shape = format!("array of shape ({},)", self.len());
        rows.say_hidden(Table::new(columns), "row").note(shape).bundle()
    }
}

impl Rich for Array2<f64> {
    fn bundle(&self) -> Bundle {
        let (n_rows, n_columns) = self.dim();
        let (rows, shown_columns) = (Shown::rows(n_rows), Shown::columns(n_columns));
        let mut columns = vec![positions(&rows)];
        for (shown_idx, column_idx) in shown_columns.indices().enumerate() {
            if shown_columns.n_hidden() > 0 && shown_idx == shown_columns.gap() {
                columns.push(hidden_columns(shown_columns.n_hidden(), rows.indices().count()));
            }
            columns.push(numbers(&column_idx.to_string(), &rows, |row| self.get((row, column_idx)).copied()));
        }
        let shape = format!("array of shape ({n_rows}, {n_columns})");
        rows.say_hidden(Table::new(columns), "row").note(shape).bundle()
    }
}

fn positions(rows: &Shown) -> Column {
    let cells = rows.indices().map(|row| Cell::new(&row.to_string())).collect();
    Column::new("", ColumnKind::RowName, cells)
}

fn numbers(name: &str, rows: &Shown, value: impl Fn(usize) -> Option<f64>) -> Column {
    let values: Vec<Option<f64>> = rows.indices().map(value).collect();
    Column::new(name, ColumnKind::Number, format_floats(&values).into_iter().map(Cell::from).collect())
}
