//! A confusion matrix as a picture.

use plotters::style::FontTransform;
use plotters::style::text_anchor::{HPos, VPos};

use super::Chart;
use super::canvas::{TICK_SIZE, draw_cell, draw_text, fit, plain};
use super::palette::SERIES;
use super::scale::text_width;
use crate::display::numbers::count;
use crate::error::{Error, Result};
use crate::select::ConfusionMatrix;

const NAME_MAX: f64 = 150.0;
const CLASSES_MAX: usize = 30;
/// With more classes cells are too small for the shares.
const SHARES_MAX: usize = 12;
const NAME_SIZE: f64 = 13.0;

/// Draws a cell for each pair of a true class (row) and a predicted one (column): the number of rows, and what part of the true class that is. Right
/// predictions are blue, wrong ones orange, each the fuller the greater their part.
///
/// # Errors
/// [`Error::InvalidValue`] for more than 30 classes; [`Error::NothingToDraw`] for none.
///
/// # Examples
/// ```
/// use workbench::{data::Target, display::{confusion_chart, display}, select::confusion_matrix};
/// let truth = Target::from_labels(&["a", "a", "b", "b"]);
/// let matrix = confusion_matrix(&truth, &Target::from_labels(&["a", "b", "b", "b"]))?;
/// display(&confusion_chart(&matrix)?);
/// let labels: Vec<String> = (0..31).map(|label| label.to_string()).collect();
/// let many = Target::from_labels(&labels.iter().map(String::as_str).collect::<Vec<_>>());
/// assert!(confusion_chart(&confusion_matrix(&many, &many)?).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn confusion_chart(matrix: &ConfusionMatrix) -> Result<Chart> {
    let (labels, counts) = (matrix.labels(), matrix.counts());
    let n_classes = labels.len();
    if n_classes > CLASSES_MAX {
        return Err(Error::InvalidValue {
            what: "the number of classes in a confusion chart".to_string(),
            value: n_classes.to_string(),
            allowed: format!("at most {CLASSES_MAX}"),
        });
    }
    if n_classes == 0 {
        return Err(Error::NothingToDraw { chart: "confusion matrix", columns: "the classes".to_string(), n_rows: 0 });
    }
    let with_shares = n_classes <= SHARES_MAX;
    let widest = counts.iter().map(|n| text_width(&n.to_string(), TICK_SIZE)).fold(0.0, f64::max);
    let longest = labels.iter().map(|name| text_width(name, TICK_SIZE)).fold(0.0, f64::max).min(NAME_MAX);
    // Names stand above their columns, or upright where these are narrower.
    let side_x = if with_shares { (widest + 14.0).max(72.0) } else { (widest + 8.0).max(26.0) };
    let side_y = if with_shares { 52.0 } else { 30.0 };
    let is_upright = longest > side_x - 8.0;
    let left = longest + 14.0 + NAME_SIZE + 12.0;
    let top = NAME_SIZE + 14.0 + if is_upright { longest } else { TICK_SIZE } + 10.0;
    let (width, height) = (left + side_x * n_classes as f64 + 12.0, top + side_y * n_classes as f64 + 12.0);
    let chart = plain(width as u32, height as u32, |area| {
        let none = || FontTransform::None;
        let middle = (0.5 * (left + width - 12.0), 0.5 * (top + height - 12.0));
        draw_text(area, "predicted", (middle.0, 8.0), NAME_SIZE, (HPos::Center, VPos::Top), none())?;
        draw_text(area, "true", (8.0, middle.1), NAME_SIZE, (HPos::Center, VPos::Top), FontTransform::Rotate270)?;
        for (idx, name) in labels.iter().enumerate() {
            let name = fit(name, TICK_SIZE, NAME_MAX);
            let x = left + side_x * (idx as f64 + 0.5);
            let (anchor, transform) = if is_upright {
                ((HPos::Left, VPos::Center), FontTransform::Rotate270)
            } else {
                ((HPos::Center, VPos::Bottom), none())
            };
            draw_text(area, &name, (x, top - 6.0), TICK_SIZE, anchor, transform)?;
            let y = top + side_y * (idx as f64 + 0.5);
            draw_text(area, &name, (left - 8.0, y), TICK_SIZE, (HPos::Right, VPos::Center), none())?;
        }
        for (row, of_row) in counts.outer_iter().enumerate() {
            let n_true = of_row.sum().max(1) as f64;
            for (column, n) in of_row.iter().enumerate() {
                let (x, y) = (left + side_x * column as f64, top + side_y * row as f64);
                let share = *n as f64 / n_true;
                let color = if row == column { SERIES[0] } else { SERIES[1] };
                // Numbers stand above the colour, so that their grey can be read.
                let text_height = if with_shares { 32.0 } else { 16.0 };
                let (from, to) = ((x + 1.0, y + text_height), (x + side_x - 1.0, y + side_y - 2.0));
                draw_cell(area, from, to, color, 0.08 + 0.92 * share)?;
                let center = (HPos::Center, VPos::Center);
                draw_text(area, &n.to_string(), (x + 0.5 * side_x, y + 9.5), TICK_SIZE + 1.0, center, none())?;
                if with_shares && *n > 0 {
                    let share = format!("{:.1} %", 100.0 * share);
                    draw_text(area, &share, (x + 0.5 * side_x, y + 24.0), 10.5, center, none())?;
                }
            }
        }
        Ok(())
    })?;
    let n_right = counts.diag().sum();
    Ok(chart.described(format!(
        "confusion matrix of {n_classes} classes, {n_right} of {} right",
        count(counts.sum() as usize, "row")
    )))
}
