//! A table as plain text: the same content as the HTML, aligned with spaces, whatever the terminal's width.

use unicode_width::UnicodeWidthStr;

use super::{Column, ColumnKind, Table};

const BETWEEN_COLUMNS: &str = "  ";

pub fn render(table: &Table) -> String {
    let mut lines: Vec<String> = table.heading.iter().cloned().collect();
    if !table.columns.is_empty() {
        let widths: Vec<usize> = table.columns.iter().map(width).collect();
        let line = |text_of: &dyn Fn(&Column) -> String| -> String {
            let cells: Vec<String> = table
                .columns
                .iter()
                .zip(&widths)
                .map(|(column, width)| pad(&text_of(column), *width, column.kind))
                .collect();
            cells.join(BETWEEN_COLUMNS).trim_end().to_string()
        };
        lines.push(line(&|column| column.name.text.clone()));
        if table.columns.iter().any(|column| !column.note.text.is_empty()) {
            lines.push(line(&|column| column.note.text.clone()));
        }
        lines.push(widths.iter().map(|width| "─".repeat(*width)).collect::<Vec<_>>().join(BETWEEN_COLUMNS));
        for row in 0..table.n_rows() {
            lines.extend(gap(table, row));
            lines.push(line(&|column| column.cell(row).text.clone()));
        }
        lines.extend(gap(table, table.n_rows()));
    }
    lines.extend(table.notes.iter().cloned());
    lines.join("\n")
}

fn gap(table: &Table, row: usize) -> Option<String> {
    table.gap_before(row).map(|text| format!("⋮ {text}"))
}

fn width(column: &Column) -> usize {
    let cells = column.cells.iter().map(|cell| cell.text.width()).max().unwrap_or(0);
    cells.max(column.name.text.width()).max(column.note.text.width()).max(1)
}

fn pad(text: &str, width: usize, kind: ColumnKind) -> String {
    let spaces = " ".repeat(width.saturating_sub(text.width()));
    match kind {
        ColumnKind::Number => spaces + text,
        ColumnKind::Text | ColumnKind::RowName => text.to_string() + &spaces,
    }
}
