//! A table as HTML in JupyterLab's own look.
//!
//! Colours are JupyterLab's CSS variables, with fallbacks that can be read on white and on black. In a notebook that is
//! not trusted JupyterLab removes the `<style>` element and keeps inline styles without variables; alignment, weight and
//! muting are therefore inline, and the rest is the look that it gives to any table.

use super::{Cell, Column, ColumnKind, Emphasis, Table};

/// How a table looks, as a `<style>` element.
pub const STYLE: &str = "<style>\
.tunebook-output{overflow-x:auto}\
.tunebook-table{border:none;border-collapse:collapse;margin:0;font-size:var(--jp-ui-font-size1,13px);\
color:var(--jp-content-font-color1,inherit);font-variant-numeric:tabular-nums}\
.tunebook-table th,.tunebook-table td{border:none;padding:.35em .7em;text-align:right;white-space:nowrap;line-height:1.3}\
.tunebook-table thead th{vertical-align:bottom}\
.tunebook-table thead{border-bottom:1px solid var(--jp-border-color1,rgba(128,128,128,.6))}\
.tunebook-table tbody tr:nth-child(even){background:var(--jp-rendermime-table-row-background,rgba(128,128,128,.1))}\
.tunebook-table tbody tr:hover{background:var(--jp-rendermime-table-row-hover-background,rgba(96,160,255,.2))}\
.tunebook-table tr.tunebook-marked :first-child{box-shadow:inset 3px 0 var(--jp-brand-color1,#2a80d2)}\
.tunebook-heading{margin:0 0 .3em}\
.tunebook-note{font-size:var(--jp-ui-font-size1,13px);margin:.35em 0 0}\
</style>";

const MUTED: &str = "opacity:0.65";

pub fn render(table: &Table) -> String {
    let mut html = format!("<div class=\"tunebook-output\">{STYLE}\n");
    if let Some(heading) = &table.heading {
        html += &format!("<div class=\"tunebook-heading\" style=\"font-weight:bold\">{}</div>\n", escape(heading));
    }
    if !table.columns.is_empty() {
        html += "<table class=\"dataframe tunebook-table\">\n<thead><tr>";
        html.extend(table.columns.iter().map(header));
        html += "</tr></thead>\n<tbody>\n";
        for row in 0..table.n_rows() {
            html += &gap(table, row);
            html += if table.marked_row == Some(row) {
                "<tr class=\"tunebook-marked\" style=\"font-weight:bold\">"
            } else {
                "<tr>"
            };
            html.extend(table.columns.iter().map(|column| body_cell(column, row)));
            html += "</tr>\n";
        }
        html += &gap(table, table.n_rows());
        html += "</tbody>\n</table>\n";
    }
    for note in &table.notes {
        html += &format!("<div class=\"tunebook-note\" style=\"{MUTED}\">{}</div>\n", escape(note));
    }
    html + "</div>"
}

fn header(column: &Column) -> String {
    let note = match column.note.text.as_str() {
        "" => String::new(),
        note => format!("<br><small style=\"font-weight:normal;{MUTED}\">{}</small>", escape(note)),
    };
    format!("<th style=\"{}\"{}>{}{note}</th>", alignment(column), tooltip(&column.name), escape(&column.name.text))
}

fn body_cell(column: &Column, row: usize) -> String {
    let cell = column.cell(row);
    let text = escape(&cell.text);
    let text = match cell.emphasis {
        Emphasis::Plain => text,
        Emphasis::Muted => format!("<span style=\"{MUTED}\">{text}</span>"),
        Emphasis::Strong => format!("<strong>{text}</strong>"),
    };
    let (tag, scope) = if column.kind == ColumnKind::RowName { ("th", " scope=\"row\"") } else { ("td", "") };
    format!("<{tag}{scope} style=\"{}\"{}>{text}</{tag}>", alignment(column), tooltip(cell))
}

fn gap(table: &Table, row: usize) -> String {
    match table.gap_before(row) {
        None => String::new(),
        Some(text) => format!(
            "<tr><td colspan=\"{}\" style=\"text-align:left;{MUTED}\">⋮ {}</td></tr>\n",
            table.columns.len(),
            escape(text)
        ),
    }
}

fn alignment(column: &Column) -> &'static str {
    match column.kind {
        ColumnKind::Number => "text-align:right",
        ColumnKind::Text | ColumnKind::RowName => "text-align:left",
    }
}

fn tooltip(cell: &Cell) -> String {
    cell.whole.as_ref().map_or(String::new(), |whole| format!(" title=\"{}\"", escape(whole)))
}

/// The text with all that means something to HTML written as entities, fit for content and for quoted attributes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
