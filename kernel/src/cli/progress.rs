//! Progress on a terminal as a bar, and elsewhere as quiet lines.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::engine::Timing;
use crate::notebook::Step;
use crate::preload::Progress;

/// How often a line is printed where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(20);

/// What `prepare` makes: the workbench, or what completion knows of it.
pub struct BuildBar {
    /// What is said when it begins, and when it is done.
    words: [&'static str; 2],
    bar: Option<ProgressBar>,
    last_line: Option<Instant>,
}

impl BuildBar {
    pub fn of_workbench() -> BuildBar {
        let begins = "Preparing the workbench, once for this version: up to 15 minutes on two cores, less where crates are compiled already.";
        BuildBar { words: [begins, "The workbench is ready."], bar: None, last_line: None }
    }

    pub fn of_index() -> BuildBar {
        let begins = "Reading the documentation for completion, once for this version: about half a minute.";
        BuildBar { words: [begins, "Completion is ready."], bar: None, last_line: None }
    }

    pub fn show(&mut self, progress: &Progress) {
        let bar = self.bar.get_or_insert_with(|| {
            eprintln!("{}", self.words[0]);
            bar("{bar:30} {pos}/{len} {elapsed_precise} {wide_msg}")
        });
        if bar.is_hidden() {
            if self.last_line.is_none_or(|last| last.elapsed() >= LINE_EVERY) {
                self.last_line = Some(Instant::now());
                let seconds = progress.elapsed.as_secs();
                let counts = if progress.total > 0 {
                    format!("{} of {} crates, ", progress.done, progress.total)
                } else {
                    String::new()
                };
                eprintln!("preparing: {counts}{}:{:02}, {}", seconds / 60, seconds % 60, progress.what);
            }
            return;
        }
        bar.set_length(progress.total);
        bar.set_position(progress.done);
        bar.set_message(progress.what.clone());
    }

    pub fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
            eprintln!("{}", self.words[1]);
        }
    }
}

/// The cells of a notebook.
pub struct CellBar {
    bar: Option<ProgressBar>,
    /// Whether each cell gets a line with where its time went.
    is_verbose: bool,
}

impl CellBar {
    pub fn new(is_verbose: bool) -> CellBar {
        CellBar { bar: None, is_verbose }
    }

    pub fn show(&mut self, step: &Step<'_>) {
        let bar = self.bar.get_or_insert_with(|| bar("{bar:30} {pos}/{len} {elapsed_precise} {wide_msg}"));
        match step {
            Step::Begin { index, total, first_line } => {
                bar.set_length(*total as u64);
                bar.set_position(*index as u64 - 1);
                bar.set_message((*first_line).to_owned());
            }
            Step::End { index, total, elapsed, timing } => {
                bar.set_position(*index as u64);
                let phases = timing.filter(|_| self.is_verbose).map(|timing| phases(&timing)).unwrap_or_default();
                if self.is_verbose || bar.is_hidden() {
                    bar.suspend(|| eprintln!("[{index}/{total}] {:.2} s{phases}", elapsed.as_secs_f64()));
                }
            }
        }
    }

    pub fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// The phases of a cell in milliseconds.
fn phases(timing: &Timing) -> String {
    let ms = |duration: Duration| format!("{:.0}", duration.as_secs_f64() * 1e3);
    format!(
        "  (in ms: analysis {}, compile {} in {} call{}, link {}, load {}, run {}, display {})",
        ms(timing.analysis),
        ms(timing.compile),
        timing.compiler_calls,
        if timing.compiler_calls == 1 { "" } else { "s" },
        ms(timing.link),
        ms(timing.load),
        ms(timing.run),
        ms(timing.display)
    )
}

fn bar(template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
