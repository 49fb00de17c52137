//! Predicted numbers beside the true ones.

use polars::prelude::{Column, DataFrame};

use super::Chart;
use super::canvas::Picture;
use super::palette::series_color;
use super::plots::{HEIGHT, WIDTH, left_out, number_axis, sample};
use super::scale::padded_range;
use crate::data::Target;
use crate::display::numbers::{count, format_float};
use crate::error::{Error, Result};

/// Draws `truth - predicted` of each row over what was predicted, and a line at 0.
///
/// A bend says that the model lacks a shape, a funnel that the spread grows with the prediction. Of more than 10,000 rows a random 10,000
/// are drawn.
///
/// # Errors
/// [`Error::NotNumbers`]; [`Error::LengthMismatch`]; [`Error::NothingToDraw`].
///
/// # Examples
/// ```
/// use workbench::{data::Target, display::{display, residual_chart}};
/// let (truth, predicted) = (Target::Values(vec![1.0, 2.0, 3.0]), Target::Values(vec![1.1, 1.9, 3.2]));
/// display(&residual_chart(&truth, &predicted)?);
/// assert!(residual_chart(&truth, &Target::from_labels(&["a", "b", "c"])).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn residual_chart(truth: &Target, predicted: &Target) -> Result<Chart> {
    let pairs = pairs(truth, predicted)?;
    let points: Vec<(f64, f64)> = pairs.iter().map(|(truth, predicted)| (*predicted, truth - predicted)).collect();
    let squares: f64 = points.iter().map(|(_, residual)| residual * residual).sum();
    let root = root_mean(squares, points.len());
    draw("residual chart", ("predicted", "true - predicted"), &points, truth.len(), &root, |(low, high), _| {
        vec![(low, 0.0), (high, 0.0)]
    })
}

/// Draws what was predicted for each row over what is true, and the line on which both are the same.
///
/// # Errors
/// Those of [`residual_chart`].
///
/// # Examples
/// ```
/// use workbench::{data::Target, display::{display, prediction_chart}};
/// let (truth, predicted) = (Target::Values(vec![1.0, 2.0, 3.0]), Target::Values(vec![1.1, 1.9, 3.2]));
/// display(&prediction_chart(&truth, &predicted)?);
/// assert!(prediction_chart(&truth, &Target::Values(vec![1.0])).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn prediction_chart(truth: &Target, predicted: &Target) -> Result<Chart> {
    let points = pairs(truth, predicted)?;
    let squares: f64 = points.iter().map(|(truth, predicted)| (truth - predicted) * (truth - predicted)).sum();
    let root = root_mean(squares, points.len());
    // The part of the diagonal that lies within both ranges.
    draw("prediction chart", ("true", "predicted"), &points, truth.len(), &root, |x, y| {
        let (low, high) = (x.0.max(y.0), x.1.min(y.1));
        if low < high { vec![(low, low), (high, high)] } else { Vec::new() }
    })
}

/// True and predicted numbers of each row that has both.
fn pairs(truth: &Target, predicted: &Target) -> Result<Vec<(f64, f64)>> {
    let numbers = |target: &Target, name: &str| match target {
        Target::Values(values) => Ok(values.clone()),
        Target::Classes { .. } => {
            Err(Error::NotNumbers { what: "a chart of residuals".to_string(), target: name.to_string() })
        }
    };
    let (truth, predicted) = (numbers(truth, "the truth")?, numbers(predicted, "the prediction")?);
    if truth.len() != predicted.len() {
        let what = "the prediction".to_string();
        return Err(Error::LengthMismatch { what, found: predicted.len(), expected: truth.len() });
    }
    Ok(truth.into_iter().zip(predicted).filter(|(truth, predicted)| (truth - predicted).is_finite()).collect())
}

type Range = (f64, f64);

fn draw(
    chart: &'static str,
    (x, y): (&str, &str),
    points: &[(f64, f64)],
    n_rows: usize,
    root: &str,
    rule: impl FnOnce(Range, Range) -> Vec<(f64, f64)>,
) -> Result<Chart> {
    // The axes' errors tell the number of rows of a frame.
    let frame = DataFrame::new(n_rows, vec![Column::new("row".into(), vec![0u8; n_rows])]).unwrap_or_default();
    let x_axis = number_axis(x, padded_range(points.iter().map(|point| point.0), 0.04), chart, &[x, y], &frame)?;
    let y_axis = number_axis(y, padded_range(points.iter().map(|point| point.1), 0.06), chart, &[x, y], &frame)?;
    let rule = rule(x_axis.range, y_axis.range);
    let caption = [Some(format!("root mean squared error {root}")), left_out(points.len(), n_rows, "rows")];
    let picture = Picture {
        width: WIDTH,
        height: HEIGHT,
        x: x_axis,
        y: y_axis,
        legend: vec![],
        caption: Some(caption.into_iter().flatten().collect::<Vec<_>>().join("; ")),
    };
    let drawn = picture.draw(|canvas| {
        for point in sample(points.len()).iter().filter_map(|idx| points.get(*idx)) {
            canvas.dot(*point, series_color(0))?;
        }
        if rule.is_empty() { Ok(()) } else { canvas.line(&rule, series_color(1)) }
    })?;
    Ok(drawn.described(format!("{chart} of {}", count(points.len(), "row"))))
}

/// The root of the mean, to four digits.
fn root_mean(sum: f64, n: usize) -> String {
    let root = (sum / n.max(1) as f64).sqrt();
    format_float(format!("{root:.3e}").parse().unwrap_or(root))
}
