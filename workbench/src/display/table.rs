//! A table of texts: what frames, scores and reports share before they become HTML or plain text.

mod html;
mod text;

pub use html::{STYLE, escape};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Bundle;

/// Longer texts are cut, so that one long value does not push the other columns out of sight.
const CELL_WIDTH_MAX: usize = 60;
/// What the tooltip of a cut cell holds at most.
const TOOLTIP_CHARS_MAX: usize = 1000;

/// Columns of equal length, with what is said above and below them.
#[derive(Clone, Debug, Default)]
pub struct Table {
    heading: Option<String>,
    columns: Vec<Column>,
    gap: Option<Gap>,
    marked_row: Option<usize>,
    notes: Vec<String>,
}

/// One column: its name, what is said in small letters below it, and its cells from top to bottom.
#[derive(Clone, Debug)]
pub struct Column {
    name: Cell,
    note: Cell,
    kind: ColumnKind,
    cells: Vec<Cell>,
}

/// What a column holds; it decides the alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Numbers, whose digits stand under each other.
    Number,
    /// Words.
    Text,
    /// Names of the rows.
    RowName,
}

/// The text of one cell on one line, cut to a bearable width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    text: String,
    /// The whole text, where the shown one is cut.
    whole: Option<String>,
    emphasis: Emphasis,
}

/// How loudly a cell speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Emphasis {
    Plain,
    /// Something is absent.
    Muted,
    Strong,
}

/// Rows that are left out.
#[derive(Clone, Debug)]
struct Gap {
    before_row: usize,
    text: String,
}

impl Table {
    pub fn new(columns: Vec<Column>) -> Table {
        Table { columns, ..Table::default() }
    }

    /// Adds a column on the right.
    #[must_use]
    pub fn column(mut self, column: Column) -> Table {
        self.columns.push(column);
        self
    }

    /// A line above the table.
    #[must_use]
    pub fn heading(mut self, text: &str) -> Table {
        self.heading = Some(text.to_string());
        self
    }

    /// Says between two rows what is left out there.
    #[must_use]
    pub fn gap(mut self, before_row: usize, text: String) -> Table {
        self.gap = Some(Gap { before_row, text });
        self
    }

    /// Makes one row stand out.
    #[must_use]
    pub fn mark(mut self, row: usize) -> Table {
        self.marked_row = Some(row);
        self
    }

    /// Adds a line below the table.
    #[must_use]
    pub fn note(mut self, text: String) -> Table {
        self.notes.push(text);
        self
    }

    pub fn bundle(&self) -> Bundle {
        Bundle::text(&self.text()).with("text/html", self.html())
    }

    pub fn html(&self) -> String {
        html::render(self)
    }

    pub fn text(&self) -> String {
        text::render(self)
    }

    fn n_rows(&self) -> usize {
        self.columns.iter().map(|column| column.cells.len()).max().unwrap_or(0)
    }

    fn gap_before(&self, row: usize) -> Option<&str> {
        self.gap.as_ref().filter(|gap| gap.before_row == row).map(|gap| gap.text.as_str())
    }
}

impl Column {
    pub fn new(name: &str, kind: ColumnKind, cells: Vec<Cell>) -> Column {
        Column { name: Cell::new(name), note: Cell::new(""), kind, cells }
    }

    /// A line in small letters below the name, such as the type.
    #[must_use]
    pub fn note(mut self, note: &str) -> Column {
        self.note = Cell::new(note);
        self
    }

    fn cell(&self, row: usize) -> &Cell {
        const EMPTY: &Cell = &Cell { text: String::new(), whole: None, emphasis: Emphasis::Plain };
        self.cells.get(row).unwrap_or(EMPTY)
    }
}

impl Cell {
    /// A text; characters that would break the line are shown as escapes.
    pub fn new(text: &str) -> Cell {
        let line = on_one_line(text);
        if line.width() <= CELL_WIDTH_MAX {
            return Cell { text: line, whole: None, emphasis: Emphasis::Plain };
        }
        let whole = text.chars().take(TOOLTIP_CHARS_MAX).collect();
        Cell { text: cut(&line, CELL_WIDTH_MAX), whole: Some(whole), emphasis: Emphasis::Plain }
    }

    /// A word for something absent, such as `null`.
    pub fn muted(text: &str) -> Cell {
        Cell { emphasis: Emphasis::Muted, ..Cell::new(text) }
    }

    /// A text that is to catch the eye.
    pub fn strong(text: &str) -> Cell {
        Cell { emphasis: Emphasis::Strong, ..Cell::new(text) }
    }
}

impl std::fmt::Display for Cell {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell::new(&text)
    }
}

fn on_one_line(text: &str) -> String {
    if !text.chars().any(char::is_control) {
        return text.to_string();
    }
    text.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() }).collect()
}

/// The beginning of a text with `…`, no wider than `width_max`.
pub fn cut(text: &str, width_max: usize) -> String {
    if text.width() <= width_max {
        return text.to_string();
    }
    let mut width = 1;
    let kept: String = text
        .chars()
        .take_while(|c| {
            width += c.width().unwrap_or(0);
            width <= width_max
        })
        .collect();
    format!("{}…", kept.trim_end())
}
