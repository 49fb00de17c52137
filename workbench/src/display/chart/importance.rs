//! How much each feature has to do with the predictions.

use polars::prelude::DataFrame;

use super::canvas::{Axis, AxisKind, Picture};
use super::palette::series_color;
use super::plots::{WIDTH, number_axis};
use super::scale::padded_range;
use super::{Chart, values};
use crate::display::numbers::count;
use crate::error::{Error, Result};

/// Of more features only the most important are drawn.
const FEATURES_MAX: usize = 25;

/// Draws a bar for each feature, the most important at the top: as long as column `importance` says, with a whisker of column `error` to both
/// sides, such as the standard deviation over permutations. Names are in column `feature`, as in
/// [`Model::feature_importances`](crate::models::Model::feature_importances).
///
/// Of more than 25 features the first 25 are drawn, and the caption says so.
///
/// # Errors
/// [`Error::ColumnNotFound`]; [`Error::NotNumeric`]; [`Error::NothingToDraw`].
///
/// # Examples
/// ```
/// use polars::prelude::df;
/// use workbench::display::{display, importance_chart};
/// let importances = df!("feature" => ["age", "income"], "importance_mean" => [0.02, 0.31], "importance_std" => [0.01, 0.02])?;
/// display(&importance_chart(&importances, "importance_mean", Some("importance_std"))?);
/// assert!(importance_chart(&importances, "importance", None).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn importance_chart(frame: &DataFrame, importance: &str, error: Option<&str>) -> Result<Chart> {
    let names = values::texts(frame, "feature")?;
    let errors = match error {
        Some(error) => values::numbers(frame, error)?,
        None => vec![None; frame.height()],
    };
    let mut bars: Vec<(String, f64, f64)> = names
        .into_iter()
        .zip(values::numbers(frame, importance)?)
        .zip(errors)
        .filter_map(|((name, value), error)| {
            Some((name.unwrap_or_else(|| "null".to_string()), value?, error.unwrap_or(0.0).abs()))
        })
        .collect();
    if bars.is_empty() {
        let columns = format!("`feature`, `{importance}`");
        return Err(Error::NothingToDraw { chart: "importance chart", columns, n_rows: frame.height() });
    }
    // Equal ones stay in the order of the features.
    bars.sort_by(|a, b| b.1.total_cmp(&a.1));
    let n_features = bars.len();
    bars.truncate(FEATURES_MAX);
    let ends = bars.iter().flat_map(|(_, value, error)| [value - error, value + error]);
    let x = number_axis(importance, padded_range(ends.chain([0.0]), 0.03), "importance chart", &[importance], frame)?;
    let drawn =
        (n_features > bars.len()).then(|| format!("the first {} of {}", bars.len(), count(n_features, "feature")));
    let whiskers = error.map(|error| format!("whiskers: {error}"));
    let caption: Vec<String> = whiskers.into_iter().chain(drawn).collect();
    let picture = Picture {
        width: WIDTH,
        height: 70 + 24 * bars.len() as u32 + if caption.is_empty() { 0 } else { 18 },
        x,
        y: Axis {
            name: String::new(),
            range: (bars.len() as f64 - 0.5, -0.5),
            kind: AxisKind::Names(bars.iter().map(|bar| bar.0.clone()).collect()),
        },
        legend: vec![],
        caption: (!caption.is_empty()).then(|| caption.join("; ")),
    };
    let chart = picture.draw(|canvas| {
        for (idx, (_, value, error)) in bars.iter().enumerate() {
            let middle = idx as f64;
            canvas.bar((0.0, *value), (middle - 0.5, middle + 0.5), series_color(0), (0.0, 4.0))?;
            if *error > 0.0 {
                canvas.whisker((value - error, value + error), middle)?;
            }
        }
        // Zero, from which bars go to both sides.
        canvas.rule(&[(0.0, -0.5), (0.0, bars.len() as f64 - 0.5)])
    })?;
    Ok(chart.described(format!("importance chart of {}", count(n_features, "feature"))))
}
