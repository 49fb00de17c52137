//! Polars' types as tables.
//!
//! Up to 20 rows and 20 columns are shown whole. Of more, the first and last 5 rows and the first and last 10 columns
//! are shown, since the ends tell most (the target is often the last column), and the table says how many it left out.

use polars::prelude::{AnyValue, Column, DataFrame, DataType, LazyFrame, Series};

use super::numbers::{count, format_floats};
use super::table::{self, Cell, ColumnKind, Table, escape};
use super::{Bundle, Rich};

const ROWS_MAX: usize = 20;
const ROWS_AT_EACH_END: usize = 5;
const COLUMNS_MAX: usize = 20;
const COLUMNS_AT_EACH_END: usize = 10;

impl Rich for DataFrame {
    fn bundle(&self) -> Bundle {
        frame_table(self).bundle()
    }
}

impl Rich for Column {
    fn bundle(&self) -> Bundle {
        columns_table(&[self], self.len()).note(count(self.len(), "row")).bundle()
    }
}

impl Rich for Series {
    fn bundle(&self) -> Bundle {
        Column::from(self.clone()).bundle()
    }
}

/// A lazy frame is not computed to be shown: its columns and its plan are.
impl Rich for LazyFrame {
    fn bundle(&self) -> Bundle {
        let schema = match self.clone().collect_schema() {
            Ok(schema) => schema,
            Err(error) => return Bundle::text(&format!("LazyFrame that cannot be computed: {error}")),
        };
        let names = schema.iter_names().map(|name| Cell::new(name)).collect();
        let dtypes = schema.iter_values().map(|dtype| Cell::new(&dtype.to_string())).collect();
        let table = Table::new(vec![
            table::Column::new("column", ColumnKind::Text, names),
            table::Column::new("dtype", ColumnKind::Text, dtypes),
        ])
        .heading("LazyFrame, not computed yet: `.collect()?` computes it");
        let plan = self.describe_plan().unwrap_or_else(|error| error.to_string());
        let html = format!("{}<pre>{}</pre>", table.html(), escape(&plan));
        Bundle::text(&format!("{}\n\n{plan}", table.text())).with("text/html", html)
    }
}

/// A frame's table with its shape below.
pub fn frame_table(frame: &DataFrame) -> Table {
    let columns: Vec<&Column> = frame.columns().iter().collect();
    let shape = format!("{} × {}", count(frame.height(), "row"), count(frame.width(), "column"));
    columns_table(&columns, frame.height()).note(shape)
}

/// Columns of this height, of which those shown that have room.
pub fn columns_table(columns: &[&Column], height: usize) -> Table {
    let shown_rows = Shown::of(height, ROWS_MAX, ROWS_AT_EACH_END);
    let shown_columns = Shown::of(columns.len(), COLUMNS_MAX, COLUMNS_AT_EACH_END);
    let table_columns = |indices: &[usize]| -> Vec<table::Column> {
        indices.iter().filter_map(|idx| columns.get(*idx)).map(|column| table_column(column, &shown_rows)).collect()
    };
    let mut shown = table_columns(&shown_columns.first);
    if shown_columns.n_hidden > 0 {
        shown.push(hidden_columns(shown_columns.n_hidden, shown_rows.n_shown()));
    }
    shown.extend(table_columns(&shown_columns.last));
    shown_rows.say_hidden(Table::new(shown), "row")
}

/// Which of many rows or columns are shown.
pub struct Shown {
    first: Vec<usize>,
    last: Vec<usize>,
    n_hidden: usize,
}

impl Shown {
    /// All of `n` if they are at most `max`, otherwise so many at each end.
    fn of(n: usize, max: usize, at_each_end: usize) -> Shown {
        if n <= max { Shown::ends(n, n, 0) } else { Shown::ends(n, at_each_end, at_each_end) }
    }

    /// All of `n` if they are at most `first + last`, otherwise so many at the top and at the bottom.
    pub fn ends(n: usize, first: usize, last: usize) -> Shown {
        if n <= first + last {
            return Shown { first: (0..n).collect(), last: vec![], n_hidden: 0 };
        }
        Shown { first: (0..first).collect(), last: (n - last..n).collect(), n_hidden: n - first - last }
    }

    /// Rows of one's own choice.
    pub fn these(rows: Vec<usize>) -> Shown {
        Shown { first: rows, last: vec![], n_hidden: 0 }
    }

    /// The rows of a table of `n`.
    pub fn rows(n: usize) -> Shown {
        Shown::of(n, ROWS_MAX, ROWS_AT_EACH_END)
    }

    /// The columns of a table of `n`.
    pub fn columns(n: usize) -> Shown {
        Shown::of(n, COLUMNS_MAX, COLUMNS_AT_EACH_END)
    }

    pub fn indices(&self) -> impl Iterator<Item = usize> {
        self.first.iter().chain(&self.last).copied()
    }

    pub fn n_hidden(&self) -> usize {
        self.n_hidden
    }

    /// At which of the shown ones the hidden ones would stand.
    pub fn gap(&self) -> usize {
        self.first.len()
    }

    fn n_shown(&self) -> usize {
        self.first.len() + self.last.len()
    }

    /// Adds to a table of the shown rows where the others would stand.
    pub fn say_hidden(&self, table: Table, noun: &str) -> Table {
        match self.n_hidden {
            0 => table,
            n => table.gap(self.gap(), count(n, &format!("more {noun}"))),
        }
    }
}

/// The column that stands for those left out.
pub fn hidden_columns(n_hidden: usize, n_rows: usize) -> table::Column {
    table::Column::new("…", ColumnKind::Text, vec![Cell::muted("…"); n_rows]).note(&count(n_hidden, "more column"))
}

fn table_column(column: &Column, shown_rows: &Shown) -> table::Column {
    let dtype = column.dtype();
    let values: Vec<AnyValue> = shown_rows.indices().map(|row| column.get(row).unwrap_or(AnyValue::Null)).collect();
    let cells = if dtype.is_float() { float_cells(&values) } else { values.iter().map(value_cell).collect() };
    let kind = if is_number(dtype) { ColumnKind::Number } else { ColumnKind::Text };
    table::Column::new(column.name(), kind, cells).note(&dtype.to_string())
}

fn is_number(dtype: &DataType) -> bool {
    dtype.is_numeric() || dtype.is_duration()
}

/// Numbers that all have the same decimals.
pub fn float_cells(values: &[AnyValue]) -> Vec<Cell> {
    let numbers: Vec<Option<f64>> = values.iter().map(|value| value.extract::<f64>()).collect();
    let texts = format_floats(&numbers);
    texts
        .into_iter()
        .zip(numbers)
        .map(|(text, number)| if number.is_some() { Cell::new(&text) } else { null() })
        .collect()
}

/// Any other value.
pub fn value_cell(value: &AnyValue) -> Cell {
    match value {
        AnyValue::Null => null(),
        value => match value.get_str() {
            Some(text) => Cell::new(text),
            None => Cell::new(&value.to_string()),
        },
    }
}

fn null() -> Cell {
    Cell::muted("null")
}
