//! Tables that the kernel itself shows: as text and as HTML.

use serde_json::{Map, json};

use crate::engine::Event;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// A table with a caption, which stands below the text.
pub fn show<const N: usize>(caption: &str, heads: [(&str, Align); N], rows: &[[String; N]]) -> Event {
    let data = json!({"text/plain": plain(caption, heads, rows), "text/html": html(caption, heads, rows)});
    Event::Display {
        data: data.as_object().cloned().unwrap_or_default(),
        metadata: Map::new(),
        display_id: None,
        update: false,
    }
}

pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn plain<const N: usize>(caption: &str, heads: [(&str, Align); N], rows: &[[String; N]]) -> String {
    let head = heads.map(|(head, _)| head.to_owned());
    let all = || std::iter::once(&head).chain(rows);
    let mut widths = [0; N];
    for row in all() {
        for (width, text) in widths.iter_mut().zip(row) {
            *width = (*width).max(text.chars().count());
        }
    }
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(heads).zip(widths).map(|((text, (_, align)), width)| match align {
            Align::Left => format!("{text:<width$}"),
            Align::Right => format!("{text:>width$}"),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let lines: Vec<String> = all().map(line).collect();
    format!("{}\n{caption}", lines.join("\n"))
}

fn html<const N: usize>(caption: &str, heads: [(&str, Align); N], rows: &[[String; N]]) -> String {
    let cell = |tag: &str, align: Align, text: &str| {
        let side = if align == Align::Left { "left" } else { "right" };
        format!("<{tag} style=\"text-align:{side};padding:.2em .6em\">{}</{tag}>", escape(text))
    };
    let head: String = heads.iter().map(|(text, align)| cell("th", *align, text)).collect();
    let body: String = rows
        .iter()
        .map(|row| {
            let cells: String = row.iter().zip(heads).map(|(text, (_, align))| cell("td", align, text)).collect();
            format!("<tr>{cells}</tr>")
        })
        .collect();
    format!("<table><caption>{}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>", escape(caption))
}
