//! Progress on a terminal as a bar, and elsewhere as quiet lines.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::notebook::Step;
use crate::preload::Progress;

/// How often a line is printed where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(20);

/// The build of the workbench.
#[derive(Default)]
pub struct BuildBar {
    bar: Option<ProgressBar>,
    last_line: Option<Instant>,
}

impl BuildBar {
    pub fn show(&mut self, progress: &Progress) {
        let bar = self.bar.get_or_insert_with(|| {
            eprintln!("Preparing the workbench, once for this version: about 15 minutes on two cores.");
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
            eprintln!("The workbench is ready.");
        }
    }
}

/// The cells of a notebook.
#[derive(Default)]
pub struct CellBar {
    bar: Option<ProgressBar>,
}

impl CellBar {
    pub fn show(&mut self, step: &Step<'_>) {
        let bar = self.bar.get_or_insert_with(|| bar("{bar:30} {pos}/{len} {elapsed_precise} {wide_msg}"));
        match step {
            Step::Begin { index, total, first_line } => {
                bar.set_length(*total as u64);
                bar.set_position(*index as u64 - 1);
                bar.set_message((*first_line).to_owned());
            }
            Step::End { index, total, elapsed } => {
                bar.set_position(*index as u64);
                if bar.is_hidden() {
                    eprintln!("[{index}/{total}] {:.2} s", elapsed.as_secs_f64());
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

fn bar(template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
