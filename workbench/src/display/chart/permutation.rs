//! The scores of permuted targets, and where the true one stands.

use plotters::style::text_anchor::HPos;

use super::canvas::{Axis, AxisKind, Picture};
use super::palette::series_color;
use super::plots::{HEIGHT, WIDTH};
use super::scale::{TickKind, padded_range, range_from_zero};
use super::{Chart, StdResult};
use crate::display::numbers::{count, format_fixed};
use crate::error::{Error, Result};
use crate::select::PermutationTest;

const BINS: usize = 24;

/// Draws the scores of a permutation test's permuted targets as a histogram, with a line where the true target's score stands.
///
/// A line far to the right of all bars says that so good a score does not come by chance.
///
/// # Errors
/// [`Error::NothingToDraw`] where no score is finite.
///
/// # Examples
/// ```
/// use workbench::data::{Dataset, iris};
/// use workbench::display::{display, permutation_chart};
/// use workbench::models::GaussianNb;
/// use workbench::select::{KFold, permutation_test_score};
///
/// let data = Dataset::from_frame(&iris()?, "species")?;
/// let test = permutation_test_score(&GaussianNb::new(), &data, &KFold::new(3).shuffle(1), "accuracy", 20, 7)?;
/// display(&permutation_chart(&test)?);
///
/// let empty = workbench::select::PermutationTest { score: f64::NAN, permutation_scores: vec![], ..test };
/// assert!(permutation_chart(&empty).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn permutation_chart(test: &PermutationTest) -> Result<Chart> {
    let scores: Vec<f64> = test.permutation_scores.iter().copied().filter(|score| score.is_finite()).collect();
    let score = Some(test.score).filter(|score| score.is_finite());
    let nothing = || Error::NothingToDraw {
        chart: "permutation chart",
        columns: format!("`{}`", test.scoring),
        n_rows: test.permutation_scores.len(),
    };
    let range = padded_range(scores.iter().copied().chain(score), 0.04).ok_or_else(nothing)?;
    if !(range.1 - range.0).is_finite() {
        return Err(nothing());
    }
    let (low, width) = (range.0, (range.1 - range.0) / BINS as f64);
    let mut counts = [0_usize; BINS];
    for score in &scores {
        if let Some(count) = counts.get_mut((((score - low) / width) as usize).min(BINS - 1)) {
            *count += 1;
        }
    }
    let heights = counts.map(|count| count as f64);
    let y_range = range_from_zero(heights.iter().copied());
    let picture = Picture {
        width: WIDTH,
        height: HEIGHT,
        x: Axis { name: test.scoring.clone(), range, kind: AxisKind::Numbers(TickKind::Numbers) },
        y: Axis { name: "permuted targets".to_string(), range: y_range, kind: AxisKind::Numbers(TickKind::Counts) },
        legend: vec![],
        caption: None,
    };
    let chart = picture.draw(|canvas| -> StdResult {
        for (bin, height) in heights.iter().enumerate().filter(|(_, height)| **height > 0.0) {
            let left = low + bin as f64 * width;
            canvas.bar((left, left + width), (0.0, *height), series_color(0), (0.5, 0.0))?;
        }
        let Some(score) = score else { return Ok(()) };
        canvas.line(&[(score, 0.0), (score, y_range.1)], series_color(1))?;
        let side = if score > 0.5 * (range.0 + range.1) { HPos::Left } else { HPos::Right };
        canvas.label(&format!("true target {}", format_fixed(score, 4)), (score, 0.97 * y_range.1), side)
    })?;
    let n_permutations = count(scores.len(), "permuted target");
    Ok(chart.described(format!("permutation test of {}, {n_permutations}", test.scoring)))
}
