//! How the values of a column are spread, in all rows or by group.

use polars::prelude::DataFrame;

use super::Chart;
use super::canvas::{Axis, AxisKind, Canvas, Picture};
use super::palette::{Marker, series_color};
use super::plots::{HEIGHT, WIDTH, left_out, legend, number_axis};
use super::scale::{TickKind, padded_range, range_from_zero};
use super::values;
use crate::data::{Bandwidth, kernel_density, statistics};
use crate::display::numbers::count;
use crate::error::{Error, Result};

const CURVE_POINTS: usize = 256;
/// More outliers of one group are drawn as their ends and some between.
const OUTLIERS_MAX: usize = 300;
/// How thick a box is, of the distance between two.
const BOX: f64 = 0.30;

/// Draws the density of `column` as a smooth curve, one for each value of the column `by`, each with an area of 1; Scott's bandwidth.
///
/// Missing and infinite values are left out, and the caption counts them.
///
/// # Errors
/// [`Error::ColumnNotFound`], [`Error::NotNumeric`], [`Error::InvalidValue`] for more than 12 groups, [`Error::NothingToDraw`].
///
/// # Examples
/// ```
/// use workbench::{data::penguins, display::{density, display}};
/// display(&density(&penguins()?, "body_mass_g", Some("species"))?);
/// assert!(density(&penguins()?, "species", None).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn density(frame: &DataFrame, column: &str, by: Option<&str>) -> Result<Chart> {
    density_with(frame, column, by, Bandwidth::Scott)
}

/// [`density`] with a bandwidth of one's choice.
///
/// # Errors
/// Those of [`density`]; [`Error::InvalidValue`] for a width that is not greater than 0.
///
/// # Examples
/// ```
/// use workbench::{data::{Bandwidth, penguins}, display::{density_with, display}};
/// display(&density_with(&penguins()?, "body_mass_g", None, Bandwidth::Silverman)?);
/// assert!(density_with(&penguins()?, "body_mass_g", None, Bandwidth::Width(0.0)).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn density_with(frame: &DataFrame, column: &str, by: Option<&str>, bandwidth: Bandwidth) -> Result<Chart> {
    let groups = Grouped::of("density", frame, column, by)?;
    let curves: Vec<Vec<(f64, f64)>> =
        groups.values.iter().map(|values| kernel_density(values, bandwidth, CURVE_POINTS)).collect::<Result<_>>()?;
    let points = || curves.iter().flatten();
    let picture = Picture {
        width: WIDTH,
        height: HEIGHT,
        x: number_axis(column, padded_range(points().map(|point| point.0), 0.0), "density", &[column], frame)?,
        y: Axis {
            name: "density".to_string(),
            range: range_from_zero(points().map(|point| point.1)),
            kind: AxisKind::Numbers(TickKind::Numbers),
        },
        legend: if by.is_some() { legend(&groups.names, |_| None) } else { vec![] },
        caption: left_out(groups.n_values(), frame.height(), "rows"),
    };
    let chart = picture.draw(|canvas| {
        for (idx, curve) in curves.iter().enumerate() {
            if let (Some(first), Some(last)) = (curve.first(), curve.last()) {
                let outline: Vec<(f64, f64)> =
                    [(first.0, 0.0)].into_iter().chain(curve.iter().copied()).chain([(last.0, 0.0)]).collect();
                canvas.shape(&outline, series_color(idx), 0.15)?;
                canvas.line(curve, series_color(idx))?;
            }
        }
        Ok(())
    })?;
    Ok(chart.described(groups.description("density", column, by)))
}

/// Draws a box for `column`, one for each value of the column `by`: from quartile to quartile, a line at the median, whiskers to the last
/// value within 1.5 interquartile ranges, and a point for each outlier.
///
/// # Errors
/// [`Error::ColumnNotFound`], [`Error::NotNumeric`], [`Error::InvalidValue`] for more than 12 groups, [`Error::NothingToDraw`].
///
/// # Examples
/// ```
/// use workbench::{data::penguins, display::{box_plot, display}};
/// display(&box_plot(&penguins()?, "body_mass_g", Some("species"))?);
/// assert!(box_plot(&penguins()?, "species", None).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn box_plot(frame: &DataFrame, column: &str, by: Option<&str>) -> Result<Chart> {
    let groups = Grouped::of("box plot", frame, column, by)?;
    let all = groups.values.iter().flatten().copied();
    let x = number_axis(column, padded_range(all, 0.04), "box plot", &[column], frame)?;
    let chart = groups.picture(frame, x, by).draw(|canvas| {
        for (idx, values) in groups.values.iter().enumerate() {
            draw_box(canvas, values, idx, BOX, true)?;
        }
        Ok(())
    })?;
    Ok(chart.described(groups.description("box plot", column, by)))
}

/// Draws the density of `column` mirrored on a line, one for each value of the column `by`, with a narrow box inside; Scott's bandwidth.
///
/// # Errors
/// [`Error::ColumnNotFound`], [`Error::NotNumeric`], [`Error::InvalidValue`] for more than 12 groups, [`Error::NothingToDraw`].
///
/// # Examples
/// ```
/// use workbench::{data::penguins, display::{display, violin}};
/// display(&violin(&penguins()?, "body_mass_g", Some("species"))?);
/// assert!(violin(&penguins()?, "species", None).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn violin(frame: &DataFrame, column: &str, by: Option<&str>) -> Result<Chart> {
    let groups = Grouped::of("violin", frame, column, by)?;
    let curves: Vec<Vec<(f64, f64)>> = groups
        .values
        .iter()
        .map(|values| kernel_density(values, Bandwidth::Scott, CURVE_POINTS))
        .collect::<Result<_>>()?;
    let places = curves.iter().flatten().map(|point| point.0);
    let x = number_axis(column, padded_range(places, 0.01), "violin", &[column], frame)?;
    let chart = groups.picture(frame, x, by).draw(|canvas| {
        for (idx, (curve, values)) in curves.iter().zip(&groups.values).enumerate() {
            let highest = curve.iter().map(|point| point.1).fold(f64::MIN_POSITIVE, f64::max);
            let side = |sign: f64| move |point: &(f64, f64)| (point.0, idx as f64 + sign * 0.42 * point.1 / highest);
            let outline: Vec<(f64, f64)> =
                curve.iter().map(side(-1.0)).chain(curve.iter().rev().map(side(1.0))).collect();
            canvas.shape(&outline, series_color(idx), 0.3)?;
            canvas.line(&outline, series_color(idx))?;
            draw_box(canvas, values, idx, 0.07, false)?;
        }
        Ok(())
    })?;
    Ok(chart.described(groups.description("violin chart", column, by)))
}

/// The finite values of a column, by group.
struct Grouped {
    names: Vec<String>,
    values: Vec<Vec<f64>>,
}

impl Grouped {
    fn of(chart: &'static str, frame: &DataFrame, column: &str, by: Option<&str>) -> Result<Self> {
        let numbers = values::numbers(frame, column)?;
        let mut grouped = match by {
            Some(by) => {
                let groups = values::groups(frame, by)?;
                let mut values = vec![Vec::new(); groups.names.len()];
                for (number, group) in numbers.iter().zip(&groups.of_row) {
                    if let (Some(number), Some(place)) = (number, group.and_then(|group| values.get_mut(group))) {
                        place.push(*number);
                    }
                }
                Self { names: groups.names, values }
            }
            None => Self { names: vec![String::new()], values: vec![numbers.into_iter().flatten().collect()] },
        };
        let mut keep = grouped.values.iter().map(|values| !values.is_empty());
        grouped.names.retain(|_| keep.next().unwrap_or(false));
        grouped.values.retain(|values| !values.is_empty());
        if grouped.values.is_empty() {
            let columns: Vec<String> = [column].into_iter().chain(by).map(|name| format!("`{name}`")).collect();
            return Err(Error::NothingToDraw { chart, columns: columns.join(", "), n_rows: frame.height() });
        }
        Ok(grouped)
    }

    fn n_values(&self) -> usize {
        self.values.iter().map(Vec::len).sum()
    }

    /// A row for each group, from top to bottom.
    fn picture(&self, frame: &DataFrame, x: Axis, by: Option<&str>) -> Picture {
        let n = self.values.len();
        Picture {
            width: WIDTH,
            height: 90 + 56 * n as u32,
            x,
            y: Axis {
                name: by.unwrap_or_default().to_string(),
                range: (n as f64 - 0.5, -0.5),
                kind: AxisKind::Names(self.names.clone()),
            },
            legend: vec![],
            caption: left_out(self.n_values(), frame.height(), "rows"),
        }
    }

    fn description(&self, chart: &str, column: &str, by: Option<&str>) -> String {
        let by = by.map_or(String::new(), |by| format!(" by {by}"));
        format!("{chart} of {column}{by}, {}", count(self.n_values(), "value"))
    }
}

fn draw_box(canvas: &Canvas, values: &[f64], idx: usize, half: f64, with_outliers: bool) -> super::StdResult {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let quantile = |fraction| statistics::quantile(&mut sorted.clone(), fraction).unwrap_or_default();
    let [q1, median, q3] = [0.25, 0.5, 0.75].map(quantile);
    let (low, high) = (q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1));
    let within = || sorted.iter().copied().filter(|value| (low..=high).contains(value));
    let (first, last) = (within().next().unwrap_or(q1).min(q1), within().next_back().unwrap_or(q3).max(q3));
    let (y, color) = (idx as f64, series_color(idx));
    canvas.line(&[(first, y), (q1, y)], color)?;
    canvas.line(&[(q3, y), (last, y)], color)?;
    canvas.frame((q1, q3), (y - half, y + half), color, 0.3)?;
    canvas.line(&[(median, y - half), (median, y + half)], color)?;
    if !with_outliers {
        return canvas.dot((median, y), color);
    }
    for end in [first, last] {
        canvas.line(&[(end, y - 0.5 * half), (end, y + 0.5 * half)], color)?;
    }
    let outliers: Vec<f64> = sorted.iter().copied().filter(|value| !(low..=high).contains(value)).collect();
    let step = outliers.len().div_ceil(OUTLIERS_MAX).max(1);
    let shown = outliers.iter().copied().step_by(step).chain(outliers.last().copied());
    for value in shown {
        canvas.marker(Marker::Circle, (value, y), color)?;
    }
    Ok(())
}
