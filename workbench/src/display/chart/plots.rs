//! The ready charts, each drawn from the columns of a frame.

use plotters::style::text_anchor::HPos;
use polars::prelude::DataFrame;

use super::canvas::{Axis, AxisKind, Canvas, LegendEntry, Picture};
use super::palette::{Marker, SERIES, series_color, series_marker};
use super::scale::{TickKind, padded_range, range_from_zero};
use super::values::{self, Groups};
use super::{Chart, StdResult};
use crate::display::numbers::{count, format_floats};
use crate::error::{Error, Result};
use crate::train::random::permutation;

pub(super) const WIDTH: u32 = 640;
pub(super) const HEIGHT: u32 = 400;
/// More points than this are one blot, and slow to show.
const POINTS_MAX: usize = 10_000;
const BINS_MAX: usize = 1_000;
const BARS_MAX: usize = 60;
/// So many points of a line for each pixel of its width hide none of its shape.
const LINE_BUCKETS: usize = 2 * WIDTH as usize;

/// Draws a point for each row at `x` and `y`, coloured and shaped by the values of the column `color`.
///
/// Rows without a finite `x` or `y`, or without a `color` where one is given, are left out, and the caption counts them.
/// Of more than 10,000 points a random 10,000 are drawn, the same ones each time, and the caption says so.
///
/// # Errors
/// [`Error::ColumnNotFound`], [`Error::NotNumeric`] for `x` or `y`, [`Error::InvalidValue`] for a colour column with more
/// than 12 distinct values, [`Error::NothingToDraw`] if no row is left.
///
/// # Examples
/// ```
/// use workbench::{data::penguins, display::{display, scatter}};
/// let penguins = penguins()?;
/// display(&scatter(&penguins, "flipper_length_mm", "body_mass_g", Some("species"))?);
/// assert!(scatter(&penguins, "island", "body_mass_g", None).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn scatter(frame: &DataFrame, x: &str, y: &str, color: Option<&str>) -> Result<Chart> {
    let (xs, ys) = (values::numbers(frame, x)?, values::numbers(frame, y)?);
    let groups = match color {
        Some(color) => values::groups(frame, color)?,
        None => Groups { names: vec![], of_row: vec![Some(0); frame.height()] },
    };
    let points: Vec<(f64, f64, usize)> =
        xs.into_iter().zip(ys).zip(groups.of_row).filter_map(|((x, y), group)| Some((x?, y?, group?))).collect();
    let drawn = sample(points.len());

    let mut columns = vec![x, y];
    columns.extend(color);
    let picture = Picture {
        width: WIDTH,
        height: HEIGHT,
        x: number_axis(x, padded_range(points.iter().map(|point| point.0), 0.04), "scatter", &columns, frame)?,
        y: number_axis(y, padded_range(points.iter().map(|point| point.1), 0.05), "scatter", &columns, frame)?,
        legend: legend(&groups.names, |idx| Some(series_marker(idx))),
        caption: scatter_caption(frame.height(), points.len(), drawn.len()),
    };
    let chart = picture.draw(|canvas| {
        for (x, y, group) in drawn.iter().filter_map(|idx| points.get(*idx)) {
            canvas.marker(series_marker(*group), (*x, *y), series_color(*group))?;
        }
        Ok(())
    })?;
    let by = color.map_or(String::new(), |color| format!(" by {color}"));
    Ok(chart.described(format!("scatter chart of {y} over {x}{by}, {}", count(points.len(), "point"))))
}

/// Counts the values of `column` in `bins` intervals of equal width from the least to the greatest.
///
/// An interval holds its lower end; the last one holds both. Missing and infinite values are left out, and the caption
/// counts them.
///
/// | parameter | range |
/// |---|---|
/// | `bins` | 1 to 1,000 |
///
/// # Errors
/// [`Error::ColumnNotFound`], [`Error::NotNumeric`], [`Error::InvalidValue`] for `bins`, [`Error::NothingToDraw`] if no
/// value is left.
///
/// # Examples
/// ```
/// use workbench::{data::penguins, display::{display, histogram}};
/// display(&histogram(&penguins()?, "body_mass_g", 20)?);
/// assert!(histogram(&penguins()?, "body_mass_g", 0).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn histogram(frame: &DataFrame, column: &str, bins: usize) -> Result<Chart> {
    if !(1..=BINS_MAX).contains(&bins) {
        let allowed = format!("from 1 to {BINS_MAX}");
        return Err(Error::InvalidValue { what: "histogram bins".to_string(), value: bins.to_string(), allowed });
    }
    let numbers: Vec<f64> = values::numbers(frame, column)?.into_iter().flatten().collect();
    let x = number_axis(column, padded_range(numbers.iter().copied(), 0.0), "histogram", &[column], frame)?;
    let (low, high) = x.range;
    let width = (high - low) / bins as f64;
    let mut counts = vec![0usize; bins];
    for number in &numbers {
        let bin = (((number - low) / width) as usize).min(bins - 1);
        if let Some(count) = counts.get_mut(bin) {
            *count += 1;
        }
    }
    let heights = counts.iter().map(|count| *count as f64);
    let picture = Picture {
        width: WIDTH,
        height: HEIGHT,
        x,
        y: Axis {
            name: "rows".to_string(),
            range: range_from_zero(heights.clone()),
            kind: AxisKind::Numbers(TickKind::Counts),
        },
        legend: vec![],
        caption: left_out(numbers.len(), frame.height(), "rows"),
    };
    let air = if bins <= 120 { 0.5 } else { 0.0 };
    let chart = picture.draw(|canvas| {
        for (bin, height) in heights.enumerate().filter(|(_, height)| *height > 0.0) {
            let left = low + bin as f64 * width;
            canvas.bar((left, left + width), (0.0, height), series_color(0), (air, 0.0))?;
        }
        Ok(())
    })?;
    Ok(chart.described(format!("histogram of {column}, {} in {}", count(numbers.len(), "value"), count(bins, "bin"))))
}

/// Draws each of the columns `ys` as a line over `x`, in the order of the rows.
///
/// A missing or infinite value leaves a gap. Lines of very many points are thinned to the least and greatest of
/// neighbours.
///
/// # Errors
/// [`Error::ColumnNotFound`], [`Error::NotNumeric`], [`Error::InvalidValue`] for no columns or more than 6,
/// [`Error::NothingToDraw`] if no point is left.
///
/// # Examples
/// ```
/// use polars::prelude::df;
/// use workbench::display::{display, line};
/// let losses = df!("epoch" => [1, 2, 3], "train" => [0.9, 0.5, 0.4], "validation" => [0.95, 0.6, 0.55])?;
/// display(&line(&losses, "epoch", &["train", "validation"])?);
/// assert!(line(&losses, "epoch", &[]).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn line(frame: &DataFrame, x: &str, ys: &[&str]) -> Result<Chart> {
    values::check_some_columns("the columns of a line chart", ys, frame)?;
    if ys.len() > SERIES.len() {
        return Err(Error::InvalidValue {
            what: "the number of lines".to_string(),
            value: ys.len().to_string(),
            allowed: format!("at most {}, since no more can be told apart", SERIES.len()),
        });
    }
    let xs = values::numbers(frame, x)?;
    let mut series = Vec::new();
    for y in ys {
        let points: Vec<Option<(f64, f64)>> =
            xs.iter().zip(values::numbers(frame, y)?).map(|(x, y)| Some(((*x)?, y?))).collect();
        series.push(points);
    }
    let points = || series.iter().flatten().flatten();
    let n_points = points().count();

    let columns: Vec<&str> = std::iter::once(x).chain(ys.iter().copied()).collect();
    let names: Vec<String> = ys.iter().map(|y| y.to_string()).collect();
    let picture = Picture {
        width: WIDTH,
        height: HEIGHT,
        x: number_axis(x, padded_range(points().map(|point| point.0), 0.02), "line", &columns, frame)?,
        y: Axis {
            name: if ys.len() == 1 { names.concat() } else { String::new() },
            ..number_axis("", padded_range(points().map(|point| point.1), 0.05), "line", &columns, frame)?
        },
        legend: if ys.len() == 1 { vec![] } else { legend(&names, |_| None) },
        caption: left_out(n_points, frame.height() * ys.len(), "points"),
    };
    let chart = picture
        .draw(|canvas| series.iter().enumerate().try_for_each(|(idx, points)| draw_line(canvas, idx, points)))?;
    Ok(chart.described(format!("line chart of {} over {x}, {}", names.join(", "), count(n_points, "point"))))
}

/// Draws a horizontal bar for each row, named by the column `label` and as long as the column `value` says.
///
/// Rows without a finite value are left out, and the caption counts them.
///
/// # Errors
/// [`Error::ColumnNotFound`], [`Error::NotNumeric`] for `value`, [`Error::InvalidValue`] for more than 60 rows,
/// [`Error::NothingToDraw`] if no row is left.
///
/// # Examples
/// ```
/// use polars::prelude::df;
/// use workbench::display::{bar, display};
/// let scores = df!("model" => ["dummy", "logistic"], "accuracy" => [0.50, 0.91])?;
/// display(&bar(&scores, "model", "accuracy")?);
/// assert!(bar(&scores, "accuracy", "model").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn bar(frame: &DataFrame, label: &str, value: &str) -> Result<Chart> {
    let labels = values::texts(frame, label)?;
    let bars: Vec<(String, f64)> = labels
        .into_iter()
        .zip(values::numbers(frame, value)?)
        .filter_map(|(label, number)| Some((label.unwrap_or_else(|| "null".to_string()), number?)))
        .collect();
    if bars.len() > BARS_MAX {
        return Err(Error::InvalidValue {
            what: "the number of bars".to_string(),
            value: bars.len().to_string(),
            allowed: format!("at most {BARS_MAX}; aggregate or filter the rows first"),
        });
    }
    let range = if bars.is_empty() { None } else { Some(range_from_zero(bars.iter().map(|bar| bar.1))) };
    let texts = bar_texts(frame, value, &bars);
    let x = number_axis(value, range.map(|range| with_room_for_text(range, &texts)), "bar", &[value], frame)?;
    let picture = Picture {
        width: WIDTH,
        height: 70 + 26 * bars.len() as u32,
        x,
        // From top to bottom, as the rows stand in the frame.
        y: Axis {
            name: String::new(),
            range: (bars.len() as f64 - 0.5, -0.5),
            kind: AxisKind::Names(bars.iter().map(|bar| bar.0.clone()).collect()),
        },
        legend: vec![],
        caption: left_out(bars.len(), frame.height(), "rows"),
    };
    let chart = picture.draw(|canvas| {
        for (idx, ((_, length), text)) in bars.iter().zip(&texts).enumerate() {
            let middle = idx as f64;
            canvas.bar((0.0, *length), (middle - 0.5, middle + 0.5), series_color(0), (0.0, 4.0))?;
            canvas.label(text, (*length, middle), if *length < 0.0 { HPos::Left } else { HPos::Right })?;
        }
        Ok(())
    })?;
    Ok(chart.described(format!("bar chart of {value} by {label}, {}", count(bars.len(), "bar"))))
}

/// Which of `n` points are drawn. Every n-th one would fall in step with rows that come in a cycle.
pub(super) fn sample(n: usize) -> Vec<usize> {
    if n <= POINTS_MAX {
        return (0..n).collect();
    }
    let mut chosen = permutation(n, 0, 0);
    chosen.truncate(POINTS_MAX);
    chosen.sort_unstable();
    chosen
}

fn draw_line(canvas: &Canvas, idx: usize, points: &[Option<(f64, f64)>]) -> StdResult {
    for run in points.split(|point| point.is_none()) {
        let run: Vec<(f64, f64)> = run.iter().copied().flatten().collect();
        match run.as_slice() {
            [] => {}
            // A point between two gaps would be a line without length.
            [alone] => canvas.marker(Marker::Circle, *alone, series_color(idx))?,
            _ => canvas.line(&thinned(&run), series_color(idx))?,
        }
    }
    Ok(())
}

/// Of each bucket of neighbours its ends, its least and its greatest point, in their order.
pub(super) fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if points.len() <= 4 * LINE_BUCKETS {
        return points.to_vec();
    }
    let by_y = |a: &(usize, &(f64, f64)), b: &(usize, &(f64, f64))| a.1.1.total_cmp(&b.1.1);
    let mut kept = Vec::new();
    for bucket in points.chunks(points.len().div_ceil(LINE_BUCKETS)) {
        let indexed = || bucket.iter().enumerate();
        let ends = [indexed().next(), indexed().min_by(by_y), indexed().max_by(by_y), indexed().last()];
        let mut ends: Vec<_> = ends.into_iter().flatten().collect();
        ends.sort_by_key(|(idx, _)| *idx);
        ends.dedup_by_key(|(idx, _)| *idx);
        kept.extend(ends.into_iter().map(|(_, point)| *point));
    }
    kept
}

pub(super) fn number_axis(
    name: &str,
    range: Option<(f64, f64)>,
    chart: &'static str,
    columns: &[&str],
    frame: &DataFrame,
) -> Result<Axis> {
    let range = range.ok_or_else(|| Error::NothingToDraw {
        chart,
        columns: columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", "),
        n_rows: frame.height(),
    })?;
    if !(range.1 - range.0).is_finite() {
        return Err(Error::InvalidValue {
            what: format!("the range of `{name}` in a chart"),
            value: format!("{:e} to {:e}", range.0, range.1),
            allowed: "narrower than the greatest number that f64 holds".to_string(),
        });
    }
    Ok(Axis { name: name.to_string(), range, kind: AxisKind::Numbers(TickKind::Numbers) })
}

pub(super) fn legend(names: &[String], marker: impl Fn(usize) -> Option<Marker>) -> Vec<LegendEntry> {
    let entry = |(idx, name): (usize, &String)| LegendEntry {
        name: name.clone(),
        color: series_color(idx),
        marker: marker(idx),
    };
    names.iter().enumerate().map(entry).collect()
}

fn scatter_caption(n_rows: usize, n_points: usize, n_drawn: usize) -> Option<String> {
    let thinned = (n_drawn < n_points).then(|| format!("a random {n_drawn} of {n_points} points drawn"));
    let parts: Vec<String> = left_out(n_points, n_rows, "rows").into_iter().chain(thinned).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Says how many of all are not in the chart.
pub(super) fn left_out(n_kept: usize, n_all: usize, what: &str) -> Option<String> {
    (n_kept < n_all).then(|| format!("{} of {n_all} {what} left out: missing or not finite", n_all - n_kept))
}

fn bar_texts(frame: &DataFrame, value: &str, bars: &[(String, f64)]) -> Vec<String> {
    let is_integer = frame.column(value).is_ok_and(|column| column.dtype().is_integer());
    if is_integer {
        return bars.iter().map(|bar| format!("{:.0}", bar.1)).collect();
    }
    format_floats(&bars.iter().map(|bar| Some(bar.1)).collect::<Vec<_>>())
}

/// Widens the range so that the number after the longest bar stays in the picture.
fn with_room_for_text((low, high): (f64, f64), texts: &[String]) -> (f64, f64) {
    let letters = texts.iter().map(|text| text.chars().count()).max().unwrap_or(0);
    let room = (high - low) * (0.016 * letters as f64);
    (if low < 0.0 { low - room } else { low }, if high > 0.0 { high + room } else { high })
}
