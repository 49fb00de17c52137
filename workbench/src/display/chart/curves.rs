//! Scores over the values of a setting, or over the number of rows.

use plotters::style::text_anchor::HPos;
use polars::prelude::DataFrame;

use super::canvas::{Axis, AxisKind, Canvas, Picture};
use super::palette::{Marker, series_color};
use super::plots::{HEIGHT, WIDTH, legend, number_axis};
use super::scale::{log_ticks, padded_range};
use super::values;
use super::{Chart, StdResult};
use crate::display::numbers::{count, format_float};
use crate::error::{Error, Result};
use crate::search::is_log_spaced;
use crate::select::ThresholdModel;

const MARKED_MAX: usize = 40;
/// How much of the background a band of one standard deviation lets through.
const BAND_OPACITY: f64 = 0.16;

/// Draws scores over the values of the setting in column `param`: a line for each column `mean_…`, and a band of one standard deviation
/// where there is a `std_…`.
///
/// Where the values are spaced by factors, as those of `C` often are, the axis is logarithmic. A setting that is no number has its values
/// side by side. `mean_test…` is called validation. A missing score leaves a gap.
///
/// # Errors
/// [`Error::ColumnNotFound`]; [`Error::InvalidValue`] for a table without a column `mean_…`, or with more than 6;
/// [`Error::NothingToDraw`].
///
/// # Examples
/// ```
/// use polars::prelude::df;
/// use workbench::display::{display, validation_chart};
/// let scores = df!(
///     "C" => [0.01, 0.1, 1.0, 10.0],
///     "mean_test" => [0.70, 0.81, 0.84, 0.83], "std_test" => [0.03, 0.02, 0.02, 0.03],
///     "mean_train" => [0.71, 0.83, 0.88, 0.93], "std_train" => [0.01, 0.01, 0.01, 0.01],
/// )?;
/// display(&validation_chart(&scores, "C")?);
/// assert!(validation_chart(&scores, "alpha").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn validation_chart(frame: &DataFrame, param: &str) -> Result<Chart> {
    let xs = match values::numbers(frame, param) {
        Ok(numbers) => Places::Numbers { is_log: is_log(&numbers), numbers },
        Err(Error::NotNumeric { .. }) => Places::names(values::texts(frame, param)?),
        Err(error) => return Err(error),
    };
    draw("validation curve", frame, param, &xs, None)
}

/// Draws scores over the number of training rows in column `n_samples`, such as a learning curve has: a line for each column
/// `mean_…`, and a band of one standard deviation where there is a `std_…`.
///
/// Lines that meet say that more rows would not help; a gap that still closes says that they would.
///
/// # Errors
/// Those of [`validation_chart`]; [`Error::NotNumeric`].
///
/// # Examples
/// ```
/// use polars::prelude::df;
/// use workbench::display::{display, learning_chart};
/// let scores = df!(
///     "n_train" => [50, 100, 200, 400],
///     "mean_test" => [0.70, 0.78, 0.82, 0.83], "std_test" => [0.04, 0.03, 0.02, 0.02],
///     "mean_train" => [0.99, 0.94, 0.90, 0.88], "std_train" => [0.01, 0.01, 0.01, 0.01],
/// )?;
/// display(&learning_chart(&scores, "n_train")?);
/// assert!(learning_chart(&scores, "rows").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn learning_chart(frame: &DataFrame, n_samples: &str) -> Result<Chart> {
    let numbers = values::numbers(frame, n_samples)?;
    draw("learning curve", frame, n_samples, &Places::Numbers { numbers, is_log: false }, None)
}

/// Draws the score over the thresholds that were tried, and a line at the one that was chosen.
///
/// # Errors
/// [`Error::NothingToDraw`] for a threshold that was given, not found.
///
/// # Examples
/// ```
/// use workbench::data::{Dataset, breast_cancer};
/// use workbench::display::{display, threshold_chart};
/// use workbench::models::GaussianNb;
/// use workbench::select::{FixedThreshold, TunedThreshold};
///
/// let data = Dataset::from_frame(&breast_cancer()?, "diagnosis")?;
/// display(&threshold_chart(&TunedThreshold::new(GaussianNb::new()).fit(&data)?)?);
/// assert!(threshold_chart(&FixedThreshold::new(GaussianNb::new(), 0.3).fit(&data)?).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn threshold_chart(model: &ThresholdModel) -> Result<Chart> {
    let chart = "threshold curve";
    let Some(frame) = model.thresholds() else {
        return Err(Error::NothingToDraw { chart, columns: "`threshold`".to_string(), n_rows: 0 });
    };
    let places = Places::Numbers { numbers: values::numbers(&frame, "threshold")?, is_log: false };
    draw(chart, &frame, "threshold", &places, Some(model.threshold()))
}

/// Where scores stand on the x axis.
enum Places {
    Numbers { numbers: Vec<Option<f64>>, is_log: bool },
    Names { names: Vec<String>, of_row: Vec<Option<f64>> },
}

impl Places {
    fn names(texts: Vec<Option<String>>) -> Places {
        let mut names: Vec<String> = Vec::new();
        for text in texts.iter().flatten() {
            if !names.contains(text) {
                names.push(text.clone());
            }
        }
        let place = |text: &Option<String>| names.iter().position(|name| Some(name) == text.as_ref());
        let of_row = texts.iter().map(|text| place(text).map(|place| place as f64)).collect();
        Places::Names { names, of_row }
    }

    /// The place of each row.
    fn of_rows(&self) -> Vec<Option<f64>> {
        match self {
            Places::Numbers { numbers, is_log: false } => numbers.clone(),
            Places::Numbers { numbers, is_log: true } => numbers.iter().map(|number| number.map(f64::log10)).collect(),
            Places::Names { of_row, .. } => of_row.clone(),
        }
    }
}

/// One line and its band, by place.
struct Curve {
    name: String,
    /// Place, mean and standard deviation, in the order of the places.
    points: Vec<(f64, f64, f64)>,
}

/// `chosen` is a place on the x axis that is marked by a line across.
fn draw(chart: &'static str, frame: &DataFrame, x: &str, places: &Places, chosen: Option<f64>) -> Result<Chart> {
    let curves = curves(frame, &places.of_rows())?;
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let columns: Vec<&str> = std::iter::once(x).chain(curves.iter().map(|curve| curve.name.as_str())).collect();
    let range = padded_range(points().map(|point| point.0), 0.04);
    let x_axis = match places {
        Places::Numbers { is_log: true, .. } => {
            let axis = number_axis(x, range, chart, &columns, frame)?;
            Axis { kind: AxisKind::Places(log_ticks(axis.range)), ..axis }
        }
        Places::Numbers { .. } => number_axis(x, range, chart, &columns, frame)?,
        Places::Names { names, .. } => Axis {
            name: x.to_string(),
            range: (-0.5, names.len().max(1) as f64 - 0.5),
            kind: AxisKind::Names(names.clone()),
        },
    };
    let ends = points().flat_map(|(_, mean, std)| [mean - std, mean + std]);
    let y_axis = number_axis("score", padded_range(ends, 0.05), chart, &columns, frame)?;
    let names: Vec<String> = curves.iter().map(|curve| shown_name(&curve.name)).collect();
    let (x_middle, y_range) = (0.5 * (x_axis.range.0 + x_axis.range.1), y_axis.range);
    let has_band = points().any(|(_, _, std)| *std > 0.0);
    let picture = Picture {
        width: WIDTH,
        height: HEIGHT,
        x: x_axis,
        y: y_axis,
        legend: legend(&names, |_| None),
        caption: has_band.then(|| {
            let mark = if matches!(places, Places::Names { .. }) { "line" } else { "band" };
            format!("{mark}: one standard deviation over the folds")
        }),
    };
    let drawn = picture.draw(|canvas| {
        if matches!(places, Places::Names { .. }) {
            return draw_names(canvas, &curves);
        }
        for (idx, curve) in curves.iter().enumerate() {
            let upper = curve.points.iter().map(|(x, mean, std)| (*x, mean + std));
            let lower = curve.points.iter().rev().map(|(x, mean, std)| (*x, mean - std));
            let outline: Vec<(f64, f64)> = upper.chain(lower).collect();
            if curve.points.len() > 1 && curve.points.iter().any(|point| point.2 > 0.0) {
                canvas.shape(&outline, series_color(idx), BAND_OPACITY)?;
            }
        }
        if let Some(chosen) = chosen {
            canvas.rule(&[(chosen, y_range.0), (chosen, y_range.1)])?;
            let side = if chosen > x_middle { HPos::Left } else { HPos::Right };
            let height = y_range.0 + 0.04 * (y_range.1 - y_range.0);
            canvas.label(&format!("{x} {}", format_float(chosen)), (chosen, height), side)?;
        }
        curves.iter().enumerate().try_for_each(|(idx, curve)| -> StdResult {
            let line: Vec<(f64, f64)> = curve.points.iter().map(|(x, mean, _)| (*x, *mean)).collect();
            if line.len() > 1 {
                canvas.line(&line, series_color(idx))?;
            }
            // Of many points the markers would hide the line.
            let marked = if line.len() <= MARKED_MAX { line.as_slice() } else { &[] };
            marked.iter().try_for_each(|point| canvas.marker(Marker::Circle, *point, series_color(idx)))
        })
    })?;
    Ok(drawn.described(format!("{chart} of {} over {x}, {}", names.join(", "), count(points().count(), "point"))))
}

/// Names have nothing between them: a point for each curve, side by side, and how far one standard deviation goes.
fn draw_names(canvas: &Canvas, curves: &[Curve]) -> StdResult {
    for (idx, curve) in curves.iter().enumerate() {
        let aside = 0.08 * (idx as f64 - 0.5 * (curves.len() as f64 - 1.0));
        for (x, mean, std) in &curve.points {
            canvas.line(&[(x + aside, mean - std), (x + aside, mean + std)], series_color(idx))?;
            canvas.marker(Marker::Circle, (x + aside, *mean), series_color(idx))?;
        }
    }
    Ok(())
}

fn curves(frame: &DataFrame, places: &[Option<f64>]) -> Result<Vec<Curve>> {
    let mut names: Vec<String> = frame
        .get_column_names()
        .iter()
        .filter_map(|name| name.strip_prefix("mean_").map(str::to_string))
        .filter(|name| !name.ends_with("_seconds"))
        .collect();
    // Validation comes first, so that it has the same colour in all charts.
    names.sort_by_key(|name| name.starts_with("train"));
    if names.is_empty() || names.len() > super::palette::SERIES.len() {
        return Err(Error::InvalidValue {
            what: "the number of columns `mean_…`".to_string(),
            value: names.len().to_string(),
            allowed: format!("from 1 to {}", super::palette::SERIES.len()),
        });
    }
    let curve = |name: String| {
        let means = values::numbers(frame, &format!("mean_{name}"))?;
        let std = format!("std_{name}");
        let stds = if frame.column(&std).is_ok() { values::numbers(frame, &std)? } else { vec![None; means.len()] };
        let known = places.iter().zip(means).zip(stds);
        let mut points: Vec<(f64, f64, f64)> =
            known.filter_map(|((place, mean), std)| Some(((*place)?, mean?, std.unwrap_or(0.0)))).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Ok(Curve { name, points })
    };
    names.into_iter().map(curve).collect()
}

/// `test` and `train`, as scores call their rows, in full.
fn shown_name(name: &str) -> String {
    match name.split_once('_').map_or((name, None), |(rows, metric)| (rows, Some(metric))) {
        ("test", None) => "validation".to_string(),
        ("test", Some(metric)) => format!("validation {metric}"),
        ("train", None) => "training".to_string(),
        ("train", Some(metric)) => format!("training {metric}"),
        _ => name.to_string(),
    }
}

/// Whether the numbers are better drawn by their logarithms.
fn is_log(numbers: &[Option<f64>]) -> bool {
    let mut sorted: Vec<f64> = numbers.iter().copied().flatten().collect();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    is_log_spaced(&sorted)
}
