//! Grids of coloured cells.

use plotters::style::FontTransform;
use plotters::style::RGBColor;
use plotters::style::text_anchor::{HPos, VPos};
use polars::prelude::DataFrame;

use super::Chart;
use super::canvas::{TICK_SIZE, draw_border, draw_cell, draw_text, fit, plain};
use super::palette::SERIES;
use super::scale::text_width;
use super::values;
use crate::data::{is_numeric, missing_mask, profile};
use crate::display::numbers::{count, format_float};
use crate::error::{Error, Result};

const NAME_MAX: f64 = 150.0;
const SIDE_MAX: usize = 60;
/// Rows of a missing-value map stand for so many rows of the frame together.
const MAP_ROWS: usize = 200;
/// Up to so many columns cells are large enough for their values.
const VALUES_MAX: usize = 14;
/// The blue of the charts for positive, the orange for negative values.
const POSITIVE: RGBColor = SERIES[0];
const NEGATIVE: RGBColor = SERIES[1];

/// Draws a cell for each value of the columns of numbers, a row for each row of the frame, named by the column `label`.
///
/// Where there are values below and above 0 the scale is diverging: orange below, blue above, each the fuller the further from 0. Otherwise it is
/// sequential, from the least value (empty) to the greatest (full). Up to 14 columns the values stand in the cells. Missing cells are left empty.
///
/// # Errors
/// [`Error::ColumnNotFound`]; [`Error::InvalidValue`] for more than 60 rows or columns; [`Error::NothingToDraw`].
///
/// # Examples
/// ```
/// use polars::prelude::df;
/// use workbench::display::{display, heat_map};
/// let scores = df!("model" => ["ridge", "forest"], "fold 0" => [0.8, 0.9], "fold 1" => [0.7, 0.85])?;
/// display(&heat_map(&scores, "model")?);
/// assert!(heat_map(&scores, "fold").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn heat_map(frame: &DataFrame, label: &str) -> Result<Chart> {
    let labels = values::texts(frame, label)?;
    let mut columns = Vec::new();
    for column in frame.columns().iter().filter(|column| is_numeric(column.dtype()) && column.name().as_str() != label)
    {
        columns.push((column.name().to_string(), values::numbers(frame, column.name())?));
    }
    let rows = labels.into_iter().enumerate().map(|(row, name)| {
        let cells = columns.iter().map(|(_, numbers)| numbers.get(row).copied().flatten()).collect();
        (name.unwrap_or_else(|| "null".to_string()), cells)
    });
    let grid =
        Grid { rows: rows.collect(), columns: columns.iter().map(|(name, _)| name.clone()).collect(), range: None };
    grid.draw("heat map", frame.height())
}

/// Draws the correlation of each pair of columns of numbers: blue for positive, orange for negative ones.
///
/// Correlations are Pearson's over the rows in which both values are known, as [`profile`] has them.
///
/// # Errors
/// [`Error::NothingToDraw`] for fewer than two columns of numbers; [`Error::InvalidValue`] for more than 60.
///
/// # Examples
/// ```
/// use workbench::{data::{iris, penguins}, display::{correlation_map, display}};
/// display(&correlation_map(&penguins()?)?);
/// assert!(correlation_map(&iris()?.select(["species"])?).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn correlation_map(frame: &DataFrame) -> Result<Chart> {
    let numeric: Vec<&str> = frame
        .columns()
        .iter()
        .filter(|column| is_numeric(column.dtype()))
        .map(|column| column.name().as_str())
        .collect();
    check_side("columns of numbers", numeric.len())?;
    let profile = profile(&frame.select(numeric.iter().copied())?)?;
    let rows = profile.correlations().to_vec();
    let columns = rows.iter().map(|(name, _)| name.clone()).collect();
    Grid { rows, columns, range: Some(1.0) }.draw("correlation map", frame.height())
}

/// Draws where values are missing: a column for each column, from the first row at the top to the last; the fuller, the more are missing there.
///
/// A cell stands for up to n / 200 rows. The share of missing values stands below each column.
///
/// # Errors
/// [`Error::InvalidValue`] for more than 60 columns; [`Error::NothingToDraw`] for an empty frame.
///
/// # Examples
/// ```
/// use workbench::{data::penguins, display::{display, missing_map}};
/// display(&missing_map(&penguins()?)?);
/// assert!(missing_map(&penguins()?.head(Some(0))).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn missing_map(frame: &DataFrame) -> Result<Chart> {
    let names: Vec<String> = frame.get_column_names().iter().map(|name| name.to_string()).collect();
    check_side("columns", names.len())?;
    if frame.height() == 0 || names.is_empty() {
        return Err(nothing("missing-value map", &names, frame.height()));
    }
    let rows_per_cell = frame.height().div_ceil(MAP_ROWS);
    let mut shares: Vec<Vec<f64>> = Vec::new();
    for column in frame.columns() {
        let missing: Vec<bool> = missing_mask(column)?.iter().map(|missing| missing.unwrap_or(true)).collect();
        let share = |rows: &[bool]| rows.iter().filter(|missing| **missing).count() as f64 / rows.len() as f64;
        shares.push(missing.chunks(rows_per_cell).map(share).chain([share(&missing)]).collect());
    }
    let side = (560.0 / names.len() as f64).clamp(16.0, 80.0);
    let longest = names.iter().map(|name| text_width(name, TICK_SIZE)).fold(0.0, f64::max).min(NAME_MAX);
    let (left, top, height) = (14.0 + text_width(&frame.height().to_string(), TICK_SIZE), longest + 16.0, 320.0);
    let n_cells = shares.first().map_or(1, |column| column.len() - 1) as f64;
    let width = (left + side * names.len() as f64 + 14.0) as u32;
    let chart = plain(width.max(160), (top + height + 34.0) as u32, |area| {
        let bottom = top + height;
        for (idx, (name, column)) in names.iter().zip(&shares).enumerate() {
            let x = left + side * idx as f64;
            let middle = x + 0.5 * side;
            let text = fit(name, TICK_SIZE, NAME_MAX);
            draw_text(
                area,
                &text,
                (middle, top - 6.0),
                TICK_SIZE,
                (HPos::Left, VPos::Center),
                FontTransform::Rotate270,
            )?;
            let Some((all, cells)) = column.split_last() else { continue };
            for (cell_idx, share) in cells.iter().enumerate().filter(|(_, share)| **share > 0.0) {
                let place = |idx: usize| top + height * idx as f64 / n_cells;
                // A missing value is to be seen also where a cell is less than a pixel high.
                let to = place(cell_idx + 1).max(place(cell_idx) + 1.0);
                draw_cell(area, (x + 1.0, place(cell_idx)), (x + side - 1.0, to), NEGATIVE, 0.35 + 0.65 * share)?;
            }
            draw_border(area, (x + 1.0, top), (x + side - 1.0, bottom))?;
            let percent = if *all > 0.0 && *all < 0.01 { "<1%".to_string() } else { format!("{:.0}%", 100.0 * all) };
            if side >= 30.0 {
                draw_text(
                    area,
                    &percent,
                    (middle, bottom + 6.0),
                    TICK_SIZE,
                    (HPos::Center, VPos::Top),
                    FontTransform::None,
                )?;
            }
        }
        let rows = [("0".to_string(), top, VPos::Top), ((frame.height() - 1).to_string(), bottom, VPos::Bottom)];
        for (text, y, side) in rows {
            draw_text(area, &text, (left - 6.0, y), TICK_SIZE, (HPos::Right, side), FontTransform::None)?;
        }
        Ok(())
    })?;
    let n_missing: f64 = shares.iter().filter_map(|column| column.last()).sum::<f64>() * frame.height() as f64;
    Ok(chart.described(format!("missing-value map, {} missing", count(n_missing.round() as usize, "value"))))
}

pub(super) struct Grid {
    pub(super) rows: Vec<(String, Vec<Option<f64>>)>,
    pub(super) columns: Vec<String>,
    /// The value of the fullest colour on both sides of 0, where it is not the greatest of the values.
    pub(super) range: Option<f64>,
}

impl Grid {
    pub(super) fn draw(&self, chart: &'static str, n_rows: usize) -> Result<Chart> {
        check_side("rows", self.rows.len())?;
        check_side("columns", self.columns.len())?;
        let known = || self.rows.iter().flat_map(|(_, cells)| cells.iter().copied().flatten());
        let (low, high) = known().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), r| (low.min(r), high.max(r)));
        if low > high {
            return Err(nothing(chart, &self.columns, n_rows));
        }
        let is_diverging = self.range.is_some() || (low < 0.0 && high > 0.0);
        let full = self.range.unwrap_or_else(|| low.abs().max(high.abs()));
        let color = |value: f64| {
            if is_diverging {
                (if value < 0.0 { NEGATIVE } else { POSITIVE }, (value / full).abs())
            } else {
                (POSITIVE, if high > low { (0.5 * value - 0.5 * low) / (0.5 * high - 0.5 * low) } else { 0.5 })
            }
        };
        let with_values = self.columns.len() <= VALUES_MAX;
        let texts: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|(_, cells)| {
                cells
                    .iter()
                    .map(|value| value.map_or(String::new(), |value| short(value, self.range.is_some())))
                    .collect()
            })
            .collect();
        let widest = texts.iter().flatten().map(|text| text_width(text, 10.5)).fold(0.0, f64::max);
        let side_x =
            if with_values { (widest + 12.0).max(38.0) } else { (520.0 / self.columns.len() as f64).clamp(9.0, 30.0) };
        let side_y = if with_values { 30.0 } else { side_x };
        let room = |names: &mut dyn Iterator<Item = &String>| {
            names.map(|name| text_width(name, TICK_SIZE)).fold(0.0, f64::max).min(NAME_MAX)
        };
        let left = room(&mut self.rows.iter().map(|(name, _)| name)) + 18.0;
        let top = room(&mut self.columns.iter()) + 18.0;
        let (width, height) =
            (left + side_x * self.columns.len() as f64 + 12.0, top + side_y * self.rows.len() as f64 + 44.0);
        let drawn = plain(width.max(220.0) as u32, height as u32, |area| {
            let none = FontTransform::None;
            for (idx, name) in self.columns.iter().enumerate() {
                let place = (left + side_x * (idx as f64 + 0.5), top - 6.0);
                let text = fit(name, TICK_SIZE, NAME_MAX);
                draw_text(area, &text, place, TICK_SIZE, (HPos::Left, VPos::Center), FontTransform::Rotate270)?;
            }
            for (row_idx, ((name, cells), texts)) in self.rows.iter().zip(&texts).enumerate() {
                let y = top + side_y * row_idx as f64;
                let text = fit(name, TICK_SIZE, NAME_MAX);
                draw_text(
                    area,
                    &text,
                    (left - 6.0, y + 0.5 * side_y),
                    TICK_SIZE,
                    (HPos::Right, VPos::Center),
                    none.clone(),
                )?;
                for (idx, (value, text)) in cells.iter().zip(texts).enumerate() {
                    let Some(value) = value else { continue };
                    let x = left + side_x * idx as f64;
                    let (color, share) = color(*value);
                    // Values stand below the colour's middle, so that their grey can be read.
                    let (from, to) =
                        if with_values { (y + 18.0, y + side_y - 2.0) } else { (y + 0.5, y + side_y - 0.5) };
                    draw_cell(area, (x + 1.0, from), (x + side_x - 1.0, to), color, 0.08 + 0.92 * share)?;
                    if with_values {
                        draw_text(
                            area,
                            text,
                            (x + 0.5 * side_x, y + 9.5),
                            10.5,
                            (HPos::Center, VPos::Center),
                            none.clone(),
                        )?;
                    }
                }
            }
            // The scale: from least to greatest.
            let (y, from, ends) = (height - 18.0, 12.0, if is_diverging { (-full, full) } else { (low, high) });
            let low_text = short(ends.0, false);
            // Edges between pixels would show as lines between the steps.
            let start = (from + text_width(&low_text, TICK_SIZE) + 6.0).ceil();
            draw_text(area, &low_text, (from, y), TICK_SIZE, (HPos::Left, VPos::Center), none.clone())?;
            for step in 0..24 {
                let value = ends.0 + (ends.1 - ends.0) * (f64::from(step) + 0.5) / 24.0;
                let (color, share) = color(value);
                let x = start + 4.0 * f64::from(step);
                draw_cell(area, (x, y - 5.0), (x + 4.0, y + 5.0), color, 0.08 + 0.92 * share.clamp(0.0, 1.0))?;
            }
            draw_text(area, &short(ends.1, false), (start + 102.0, y), TICK_SIZE, (HPos::Left, VPos::Center), none)
        })?;
        Ok(drawn.described(format!(
            "{chart} of {} and {}",
            count(self.rows.len(), "row"),
            count(self.columns.len(), "column")
        )))
    }
}

/// A number in few digits.
fn short(value: f64, is_correlation: bool) -> String {
    if is_correlation {
        return format!("{value:.2}");
    }
    let size = value.abs();
    match size {
        _ if value == value.trunc() && size < 1e6 => format!("{value:.0}"),
        0.001..1000.0 => format_float((value * 1e3).round() / 1e3),
        1000.0..1e6 => format!("{value:.0}"),
        _ => format!("{value:.1e}"),
    }
}

fn check_side(what: &str, n: usize) -> Result<()> {
    if n <= SIDE_MAX {
        return Ok(());
    }
    Err(Error::InvalidValue {
        what: format!("the number of {what} in a map"),
        value: n.to_string(),
        allowed: format!("at most {SIDE_MAX}; select some of them"),
    })
}

fn nothing(chart: &'static str, columns: &[String], n_rows: usize) -> Error {
    let columns: Vec<String> = columns.iter().map(|column| format!("`{column}`")).collect();
    let columns = if columns.is_empty() { "the columns of numbers".to_string() } else { columns.join(", ") };
    Error::NothingToDraw { chart, columns, n_rows }
}
