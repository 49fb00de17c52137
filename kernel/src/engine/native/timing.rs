//! The table of where the cells' time went.

use std::time::Duration;

use serde_json::{Map, json};

use crate::engine::{Event, Timing};

/// How many cells the table shows; the sums are over all.
const CELLS_SHOWN_MAX: usize = 20;

const HEADS: [&str; 9] = ["cell", "analysis", "compile", "calls", "link", "load", "run", "display", "total"];

/// The latest cells with the phases of each in milliseconds, and the sums of all.
pub fn table(timings: &[(u32, Timing)]) -> Event {
    let skipped = timings.len().saturating_sub(CELLS_SHOWN_MAX);
    let mut rows: Vec<[String; 9]> =
        timings.iter().skip(skipped).map(|(count, timing)| row(&format!("In[{count}]"), timing)).collect();
    let sum = timings.iter().fold(Timing::default(), |sum, (_, timing)| Timing {
        analysis: sum.analysis + timing.analysis,
        compile: sum.compile + timing.compile,
        compiler_calls: sum.compiler_calls + timing.compiler_calls,
        link: sum.link + timing.link,
        is_optimised: sum.is_optimised || timing.is_optimised,
        load: sum.load + timing.load,
        run: sum.run + timing.run,
        display: sum.display + timing.display,
        total: sum.total + timing.total,
    });
    rows.push(row(&format!("all {}", timings.len()), &sum));
    let data = json!({"text/plain": plain(&rows), "text/html": html(&rows)});
    Event::Display {
        data: data.as_object().cloned().unwrap_or_default(),
        metadata: Map::new(),
        display_id: None,
        update: false,
    }
}

fn row(name: &str, timing: &Timing) -> [String; 9] {
    let ms = |duration: Duration| format!("{:.1}", duration.as_secs_f64() * 1e3);
    let Timing { analysis, compile, compiler_calls, link, load, run, display, total, .. } = *timing;
    let calls = compiler_calls.to_string();
    [name.to_owned(), ms(analysis), ms(compile), calls, ms(link), ms(load), ms(run), ms(display), ms(total)]
}

fn plain(rows: &[[String; 9]]) -> String {
    let heads = HEADS.map(str::to_owned);
    let widths: Vec<usize> = (0..HEADS.len())
        .map(|column| std::iter::once(&heads).chain(rows).map(|row| row[column].len()).max().unwrap_or(0))
        .collect();
    let line = |row: &[String; 9]| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(text, width)| format!("{text:>width$}")).collect();
        cells.join("  ")
    };
    let lines: Vec<String> = std::iter::once(&heads).chain(rows).map(line).collect();
    format!("{}\ntimes in milliseconds", lines.join("\n"))
}

fn html(rows: &[[String; 9]]) -> String {
    let cells = |row: &[String; 9], tag: &str| -> String {
        row.iter().map(|text| format!("<{tag} style=\"text-align:right;padding:.2em .6em\">{text}</{tag}>")).collect()
    };
    let body: String = rows.iter().map(|row| format!("<tr>{}</tr>", cells(row, "td"))).collect();
    format!(
        "<table><caption>Times in milliseconds</caption><thead><tr>{}</tr></thead><tbody>{body}</tbody></table>",
        cells(&HEADS.map(str::to_owned), "th")
    )
}
