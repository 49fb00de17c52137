//! A notebook with its outputs as one HTML file that needs nothing else, offline and on paper.
//!
//! Whatever a cell wrote as text is shown as text. HTML in Markdown cells is cut down to harmless tags, as JupyterLab
//! does; HTML *outputs* are what the notebook's own code made, and are kept as they are.

mod ansi;
mod highlight;
mod markdown;
mod output;
mod raw_html;

use nbformat::v4::{Cell, Notebook};

use markdown::{Heading, Markdown};

const STYLE: &str = include_str!("report/style.css");
const SCRIPT: &str = include_str!("report/theme.js");
/// Fewer headings need no table of contents.
const HEADINGS_FOR_CONTENTS: usize = 3;
const CONTENTS_LEVEL_MAX: u8 = 3;

/// Writes the notebook as one HTML page with this title.
///
/// The page follows the reader's light or dark mode, and has a button to change it. Equal notebooks give equal pages:
/// no time and no path of this machine is in them.
pub fn render(notebook: &Notebook, title: &str) -> String {
    let mut markdown = Markdown::default();
    let mut cells: Vec<String> = notebook.cells.iter().map(|cell| render_cell(cell, &mut markdown)).collect();
    let headings = markdown.into_headings();
    // The notebook's own title, with the words that belong to it, stands above the table of contents.
    if headings.first().is_some_and(Heading::is_title) {
        cells.insert(1.min(cells.len()), render_contents(&headings));
    } else {
        cells.insert(0, format!("<h1 class=\"title\">{}</h1>\n{}", escape(title), render_contents(&headings)));
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"generator\" content=\"Tunebook {version}\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n<script>\n{SCRIPT}</script>\n</head>\n<body>\n\
         <button id=\"theme\" type=\"button\" title=\"Light or dark\" aria-label=\"Switch between light and dark\">◐</button>\n\
         <main>\n{cells}</main>\n\
         <footer>Made by Tunebook {version}</footer>\n</body>\n</html>\n",
        version = env!("CARGO_PKG_VERSION"),
        title = escape(title),
        cells = cells.concat(),
    )
}

fn render_contents(headings: &[Heading]) -> String {
    if headings.len() < HEADINGS_FOR_CONTENTS {
        return String::new();
    }
    let entries: String = headings
        .iter()
        .filter(|heading| !heading.is_title() && heading.level <= CONTENTS_LEVEL_MAX)
        .map(|heading| {
            let (level, id, text) = (heading.level, escape(&heading.id), escape(&heading.text));
            format!("<li class=\"level-{level}\"><a href=\"#{id}\">{text}</a></li>\n")
        })
        .collect();
    format!("<details class=\"contents\" open>\n<summary>Contents</summary>\n<ul>\n{entries}</ul>\n</details>\n")
}

fn render_cell(cell: &Cell, markdown: &mut Markdown) -> String {
    let source = cell.source().concat();
    match cell {
        Cell::Markdown { attachments, .. } => {
            format!("<section class=\"markdown\">\n{}</section>\n", markdown.render(&source, attachments.as_ref()))
        }
        Cell::Raw { .. } => format!("<section class=\"raw\"><pre>{}</pre></section>\n", escape(&source)),
        Cell::Code { execution_count, outputs, .. } => {
            let input = if source.trim().is_empty() { String::new() } else { render_input(&source, *execution_count) };
            let outputs: String = outputs.iter().map(output::render).collect();
            if input.is_empty() && outputs.is_empty() {
                return String::new();
            }
            format!("<section class=\"code\">\n{input}{outputs}</section>\n")
        }
    }
}

fn render_input(source: &str, execution_count: Option<i32>) -> String {
    let count = execution_count.map_or(" ".to_string(), |count| count.to_string());
    // Errors in later cells lead here.
    let id = execution_count.map_or(String::new(), |count| format!(" id=\"In-{count}\""));
    format!(
        "<div class=\"row input\"{id}><div class=\"prompt in\">In [{count}]:</div><pre class=\"source\"><code>{}</code></pre></div>\n",
        highlight::rust(source.trim_end_matches('\n'))
    )
}

/// The text with all that means something to HTML written as entities, fit for content and for quoted attributes.
fn escape(text: &str) -> String {
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
