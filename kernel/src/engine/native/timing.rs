//! The table of where the cells' time went.

use std::time::Duration;

use super::table::{self, Align};
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
        user: sum.user + timing.user,
        system: sum.system + timing.system,
        total: sum.total + timing.total,
    });
    rows.push(row(&format!("all {}", timings.len()), &sum));
    let heads = HEADS.map(|head| (head, Align::Right));
    table::show("times in milliseconds", heads, &rows)
}

fn row(name: &str, timing: &Timing) -> [String; 9] {
    let ms = |duration: Duration| format!("{:.1}", duration.as_secs_f64() * 1e3);
    let Timing { analysis, compile, compiler_calls, link, load, run, display, total, .. } = *timing;
    let calls = compiler_calls.to_string();
    [name.to_owned(), ms(analysis), ms(compile), calls, ms(link), ms(load), ms(run), ms(display), ms(total)]
}
