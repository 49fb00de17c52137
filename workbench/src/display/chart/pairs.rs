//! Every column against every other.

use plotters::style::FontTransform;
use plotters::style::text_anchor::{HPos, VPos};
use polars::prelude::DataFrame;

use super::Chart;
use super::canvas::{Area, Canvas, TICK_SIZE, draw_border, draw_text, fit, plain};
use super::palette::series_color;
use super::plots::sample;
use super::scale::{padded_range, text_width};
use super::values::{self, Groups};
use crate::display::numbers::count;
use crate::error::{Error, Result};

const COLUMNS_MAX: usize = 8;
const PICTURE: f64 = 720.0;
const LEFT: f64 = 26.0;
const BINS: usize = 20;
/// The points of all panels together.
const POINTS_MAX: usize = 20_000;

/// Draws a scatter chart for each pair of `columns`, coloured by the values of the column `color`, and a histogram of each column on the diagonal.
///
/// Rows in which one of the columns is missing or infinite are left out. Of many rows a random part is drawn, the same each time: at most 20,000
/// points in all panels together.
///
/// # Errors
/// [`Error::ColumnNotFound`], [`Error::NotNumeric`]; [`Error::InvalidValue`] for fewer than 2 or more than 8 columns, or more than 12 colours;
/// [`Error::NothingToDraw`].
///
/// # Examples
/// ```
/// use workbench::{data::penguins, display::{display, pair_grid}};
/// let columns = ["bill_length_mm", "flipper_length_mm", "body_mass_g"];
/// display(&pair_grid(&penguins()?, &columns, Some("species"))?);
/// assert!(pair_grid(&penguins()?, &["bill_length_mm"], None).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn pair_grid(frame: &DataFrame, columns: &[&str], color: Option<&str>) -> Result<Chart> {
    if !(2..=COLUMNS_MAX).contains(&columns.len()) {
        return Err(Error::InvalidValue {
            what: "the number of columns in a pair grid".to_string(),
            value: columns.len().to_string(),
            allowed: format!("from 2 to {COLUMNS_MAX}"),
        });
    }
    let numbers = columns.iter().map(|column| values::numbers(frame, column)).collect::<Result<Vec<_>>>()?;
    let groups = match color {
        Some(color) => values::groups(frame, color)?,
        None => Groups { names: vec![], of_row: vec![Some(0); frame.height()] },
    };
    let rows = groups.of_row.iter().enumerate().filter_map(|(row, group)| {
        let point: Option<Vec<f64>> = numbers.iter().map(|column| column.get(row).copied().flatten()).collect();
        Some((point?, (*group)?))
    });
    let rows: Vec<(Vec<f64>, usize)> = rows.collect();
    let ranges: Option<Vec<(f64, f64)>> = (0..columns.len())
        .map(|idx| padded_range(rows.iter().filter_map(|(point, _)| point.get(idx).copied()), 0.05))
        .collect();
    let Some(ranges) = ranges else {
        let columns: Vec<String> = columns.iter().map(|column| format!("`{column}`")).collect();
        return Err(Error::NothingToDraw { chart: "pair grid", columns: columns.join(", "), n_rows: frame.height() });
    };
    if let Some((column, range)) = columns.iter().zip(&ranges).find(|(_, (low, high))| !(high - low).is_finite()) {
        return Err(Error::InvalidValue {
            what: format!("the range of `{column}` in a chart"),
            value: format!("{:e} to {:e}", range.0, range.1),
            allowed: "narrower than the greatest number that f64 holds".to_string(),
        });
    }
    let n = columns.len();
    let drawn: Vec<usize> = sample(rows.len());
    let step = (drawn.len() * n * (n - 1)).div_ceil(POINTS_MAX).max(1);
    let drawn: Vec<&(Vec<f64>, usize)> = drawn.iter().step_by(step).filter_map(|idx| rows.get(*idx)).collect();
    let legend_height = if groups.names.is_empty() { 8.0 } else { 28.0 };
    let side = (PICTURE - LEFT - 8.0) / n as f64;
    let height = legend_height + side * n as f64 + LEFT;
    let chart = plain(PICTURE as u32, height as u32, |area| {
        draw_legend(area, &groups.names)?;
        for (i, (row_name, y_range)) in columns.iter().zip(&ranges).enumerate() {
            let top = legend_height + side * i as f64 + 3.0;
            let bottom = top + side - 6.0;
            let name = fit(row_name, TICK_SIZE, side - 8.0);
            draw_text(
                area,
                &name,
                (8.0, 0.5 * (top + bottom)),
                TICK_SIZE,
                (HPos::Center, VPos::Top),
                FontTransform::Rotate270,
            )?;
            for (j, (column_name, x_range)) in columns.iter().zip(&ranges).enumerate() {
                let left = LEFT + side * j as f64 + 3.0;
                let right = left + side - 6.0;
                draw_border(area, (left, top), (right, bottom))?;
                if i + 1 == n {
                    let name = fit(column_name, TICK_SIZE, side - 8.0);
                    draw_text(
                        area,
                        &name,
                        (0.5 * (left + right), bottom + 6.0),
                        TICK_SIZE,
                        (HPos::Center, VPos::Top),
                        FontTransform::None,
                    )?;
                }
                if i == j {
                    draw_histogram(area, &rows, i, *x_range, ((left, right), (bottom, top)))?;
                    continue;
                }
                let canvas = Canvas::on(area, (*x_range, (left, right)), (*y_range, (bottom, top)));
                for (point, group) in &drawn {
                    if let (Some(x), Some(y)) = (point.get(j), point.get(i)) {
                        canvas.dot((*x, *y), series_color(*group))?;
                    }
                }
            }
        }
        Ok(())
    })?;
    let by = color.map_or(String::new(), |color| format!(" by {color}"));
    Ok(chart.described(format!("pair grid of {}{by}, {}", columns.join(", "), count(rows.len(), "row"))))
}

fn draw_legend(area: &Area, names: &[String]) -> super::StdResult {
    let mut x = LEFT;
    for (idx, name) in names.iter().enumerate() {
        let name = fit(name, TICK_SIZE, 140.0);
        let width = 26.0 + text_width(&name, TICK_SIZE);
        if x + width > PICTURE {
            break;
        }
        Canvas::on(area, ((0.0, 1.0), (x, x + 1.0)), ((0.0, 1.0), (14.0, 13.0))).marker(
            super::palette::Marker::Circle,
            (4.0, 0.0),
            series_color(idx),
        )?;
        draw_text(area, &name, (x + 12.0, 14.0), TICK_SIZE, (HPos::Left, VPos::Center), FontTransform::None)?;
        x += width;
    }
    Ok(())
}

/// Rows of a histogram, stacked by group.
fn draw_histogram(
    area: &Area,
    rows: &[(Vec<f64>, usize)],
    idx: usize,
    range: (f64, f64),
    (x_px, y_px): ((f64, f64), (f64, f64)),
) -> super::StdResult {
    let n_groups = rows.iter().map(|(_, group)| group + 1).max().unwrap_or(1);
    let mut counts = vec![vec![0usize; n_groups]; BINS];
    let width = (range.1 - range.0) / BINS as f64;
    for (point, group) in rows {
        let Some(value) = point.get(idx) else { continue };
        let bin = (((value - range.0) / width) as usize).min(BINS - 1);
        if let Some(n) = counts.get_mut(bin).and_then(|groups| groups.get_mut(*group)) {
            *n += 1;
        }
    }
    let highest = counts.iter().map(|groups| groups.iter().sum::<usize>()).max().unwrap_or(1).max(1) as f64;
    let canvas = Canvas::on(area, (range, x_px), ((0.0, 1.05 * highest), y_px));
    for (bin, groups) in counts.iter().enumerate() {
        let left = range.0 + width * bin as f64;
        let mut below = 0.0;
        for (group, n) in groups.iter().enumerate().filter(|(_, n)| **n > 0) {
            let above = below + *n as f64;
            canvas.bar((left, left + width), (below, above), series_color(group), (0.4, 0.0))?;
            below = above;
        }
    }
    Ok(())
}
