//! Which rows each fold is fitted on and validated by.

use super::canvas::{Axis, AxisKind, LegendEntry, Picture};
use super::palette::{Marker, series_color};
use super::plots::WIDTH;
use super::scale::TickKind;
use super::{Chart, StdResult};
use crate::data::Fold;
use crate::display::numbers::count;
use crate::error::{Error, Result};

const FOLDS_MAX: usize = 20;
/// More strips could not be told apart on the width of the chart.
const STRIPS_MAX: usize = 500;
/// Strips whose shares of training and validation rows differ by less look alike.
const SHARES: usize = 16;

/// Draws each fold as a band over the rows: which are trained on, which validate, and, where it is empty, which are left out.
///
/// Where several rows share a strip, as high as their part are the two colours. Of more than 20 folds the first 20 are drawn, and the caption
/// says so.
///
/// # Errors
/// [`Error::NothingToDraw`] for no folds, or folds without rows.
///
/// # Examples
/// ```
/// use workbench::data::{Dataset, iris};
/// use workbench::display::{display, folds_chart};
/// use workbench::select::{Splitter, StratifiedKFold};
///
/// let folds = StratifiedKFold::new(5).split(&Dataset::from_frame(&iris()?, "species")?)?;
/// display(&folds_chart(&folds)?);
/// assert!(folds_chart(&[]).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn folds_chart(folds: &[Fold]) -> Result<Chart> {
    let n_rows = folds.iter().flat_map(|fold| fold.train.iter().chain(&fold.validation)).max().map_or(0, |row| row + 1);
    if n_rows == 0 {
        let columns = "`train`, `validation`".to_string();
        return Err(Error::NothingToDraw { chart: "folds chart", columns, n_rows });
    }
    let drawn = folds.get(..FOLDS_MAX).unwrap_or(folds);
    let entry = |name: &str, color| LegendEntry {
        name: name.to_string(),
        color: series_color(color),
        marker: Some(Marker::Square),
    };
    let caption = (folds.len() > drawn.len()).then(|| format!("the first {} of {} folds", drawn.len(), folds.len()));
    let picture = Picture {
        width: WIDTH,
        height: 100 + 24 * drawn.len() as u32 + if caption.is_some() { 18 } else { 0 },
        x: Axis { name: "row".to_string(), range: (0.0, n_rows as f64), kind: AxisKind::Numbers(TickKind::Counts) },
        y: Axis {
            name: String::new(),
            range: (drawn.len() as f64 - 0.5, -0.5),
            kind: AxisKind::Names((0..drawn.len()).map(|idx| format!("fold {idx}")).collect()),
        },
        legend: vec![entry("training", 0), entry("validation", 1)],
        caption,
    };
    let chart = picture.draw(|canvas| -> StdResult {
        for (idx, fold) in drawn.iter().enumerate() {
            let (top, height) = (idx as f64 - 0.36, 0.72 / SHARES as f64);
            for strip in strips(fold, n_rows) {
                let place = |share: usize| top + height * share as f64;
                let across = (strip.from, strip.to);
                if strip.train > 0 {
                    canvas.bar(across, (top, place(strip.train)), series_color(0), (0.0, 0.0))?;
                }
                if strip.validation > 0 {
                    let below = (place(strip.train), place(strip.train + strip.validation));
                    canvas.bar(across, below, series_color(1), (0.0, 0.0))?;
                }
            }
        }
        Ok(())
    })?;
    Ok(chart.described(format!("{} of {}", count(folds.len(), "fold"), count(n_rows, "row"))))
}

/// Neighbouring rows with the same shares, in parts of [`SHARES`], of training and validation.
struct Strip {
    from: f64,
    to: f64,
    train: usize,
    validation: usize,
}

fn strips(fold: &Fold, n_rows: usize) -> Vec<Strip> {
    let n_strips = n_rows.min(STRIPS_MAX);
    let of_row = |row: usize| (row as u128 * n_strips as u128 / n_rows as u128) as usize;
    let counts = |rows: &[usize]| {
        let mut counts = vec![0_usize; n_strips];
        for row in rows {
            if let Some(count) = counts.get_mut(of_row(*row)) {
                *count += 1;
            }
        }
        counts
    };
    let mut strips: Vec<Strip> = Vec::new();
    for (idx, (train, validation)) in counts(&fold.train).into_iter().zip(counts(&fold.validation)).enumerate() {
        let edge = |idx: usize| (idx as f64 * n_rows as f64 / n_strips as f64).ceil();
        let (from, to) = (edge(idx), edge(idx + 1));
        let share = |count: usize| (SHARES as f64 * count as f64 / (to - from)).round() as usize;
        let (train, both) = (share(train).min(SHARES), share(train + validation).min(SHARES));
        let validation = both.saturating_sub(train);
        match strips.last_mut() {
            Some(last) if (last.train, last.validation) == (train, validation) => last.to = to,
            _ => strips.push(Strip { from, to, train, validation }),
        }
    }
    strips
}
