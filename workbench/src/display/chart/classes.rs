//! How well a classifier ranks rows, and whether its probabilities come true.

use super::Chart;
use super::StdResult;
use super::canvas::{Axis, AxisKind, Canvas, LegendEntry, Picture};
use super::palette::{Marker, SERIES, series_color};
use super::plots::thinned;
use super::scale::{TickKind, Ticks};
use crate::data::{Dataset, Target};
use crate::display::numbers::{count, format_fixed};
use crate::error::{Error, Result};
use crate::models::{Model, Predictions, Wanted};

/// Both axes are parts of a whole, so that the picture is about square.
const WIDTH: u32 = 460;
const HEIGHT: u32 = 450;
const BINS_MAX: usize = 100;
/// The strip below the calibration curve that holds the histogram, in units of the y axis.
const STRIP: (f64, f64) = (-0.30, -0.05);

/// Draws the ROC curve of `model` on the rows of `data`: of the rows of a class, the part that is found, over the part of all others
/// that is wrongly taken for it. The legend has the area below the curve.
///
/// With two classes the curve is that of the second; with more there is one for each class against all others. Decisions are used
/// where the model has some, otherwise probabilities. Row weights count. Ask it of rows that the model was not fitted on.
///
/// # Errors
/// [`Error::NoProbabilities`] for a model that has neither; [`Error::NotClasses`]; [`Error::InvalidValue`] for more than 6 classes;
/// [`Error::NothingToDraw`] if some class has no rows, or all; those of the model.
///
/// # Examples
/// ```
/// use workbench::data::{Dataset, Target, make_classification};
/// use workbench::display::{display, roc_chart};
/// use workbench::models::LogisticRegression;
/// let data = Dataset::from_frame(&make_classification(200, 5, 3, 2, 1.0, 0.1, 1)?, "class")?;
/// let model = LogisticRegression::new().fit(&data)?;
/// display(&roc_chart(&model, &data)?);
/// let numbers = Dataset::new(data.features().clone(), Target::Values(vec![0.0; 200]), "y")?;
/// assert!(roc_chart(&model, &numbers).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn roc_chart(model: &dyn Model, data: &Dataset) -> Result<Chart> {
    let ranked = ranked("ROC curve", model, data)?;
    let mut curves = Vec::new();
    for class in &ranked {
        let (positive, negative) = (class.positive(), class.negative());
        let mut points = vec![(0.0, 0.0)];
        points.extend(class.steps.iter().map(|step| (step.negative / negative, step.positive / positive)));
        let area: f64 = points
            .windows(2)
            .filter_map(|pair| Some((pair.first()?, pair.last()?)))
            .map(|(from, to)| 0.5 * (to.0 - from.0) * (to.1 + from.1))
            .sum();
        curves.push((class.name.clone(), area, points));
    }
    draw_curves("ROC curve", "AUC", ("part of the others taken for it", "part of the class found"), &curves, |canvas| {
        canvas.rule(&[(0.0, 0.0), (1.0, 1.0)])
    })
}

/// Draws precision over recall of `model` on the rows of `data`: of the rows told to be of a class, the part that is, over the part of
/// the class that is found. The legend has the average precision.
///
/// Classes, weights and errors are as in [`roc_chart`]. The line at the side is the precision of taking every row, for two classes.
///
/// # Errors
/// Those of [`roc_chart`].
///
/// # Examples
/// ```
/// use workbench::data::{Dataset, Target, make_classification};
/// use workbench::display::{display, precision_recall_chart};
/// use workbench::models::LogisticRegression;
/// let data = Dataset::from_frame(&make_classification(200, 5, 3, 2, 1.0, 0.1, 1)?, "class")?;
/// let model = LogisticRegression::new().fit(&data)?;
/// display(&precision_recall_chart(&model, &data)?);
/// let alike = Dataset::new(data.features().clone(), Target::from_labels(&["1"; 200]), "class")?;
/// assert!(precision_recall_chart(&model, &alike).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn precision_recall_chart(model: &dyn Model, data: &Dataset) -> Result<Chart> {
    let ranked = ranked("precision-recall curve", model, data)?;
    let mut curves = Vec::new();
    for class in &ranked {
        let (mut points, mut average, mut recall_before) = (Vec::new(), 0.0, 0.0);
        for step in class.steps.iter().filter(|step| step.positive + step.negative > 0.0) {
            let (recall, precision) =
                (step.positive / class.positive(), step.positive / (step.positive + step.negative));
            average += (recall - recall_before) * precision;
            // Between two thresholds precision is that of the lower one.
            points.push((recall_before, precision));
            points.push((recall, precision));
            recall_before = recall;
            // Lower thresholds find nothing more.
            if step.positive >= class.positive() {
                break;
            }
        }
        curves.push((class.name.clone(), average, points));
    }
    let base = match ranked.as_slice() {
        [class] => Some(class.positive() / (class.positive() + class.negative())),
        _ => None,
    };
    draw_curves("precision-recall curve", "AP", ("recall", "precision"), &curves, |canvas| match base {
        Some(base) => canvas.rule(&[(0.0, base), (1.0, base)]),
        None => Ok(()),
    })
}

/// Draws how often what `model` calls probable comes true on the rows of `data`: rows are put into `n_bins` intervals of their
/// probability, and each has a point at its mean probability and at the part of it that is of the class. On the diagonal both are the
/// same. Below stands how many rows each interval has.
///
/// With two classes it is about the second; with more there is a curve for each.
///
/// | parameter | range |
/// |---|---|
/// | `n_bins` | 1 to 100, usually 10 |
///
/// # Errors
/// Those of [`roc_chart`]; [`Error::InvalidValue`] for `n_bins`.
///
/// # Examples
/// ```
/// use workbench::data::{Dataset, make_classification};
/// use workbench::display::{calibration_chart, display};
/// use workbench::models::LogisticRegression;
/// let data = Dataset::from_frame(&make_classification(200, 5, 3, 2, 1.0, 0.1, 1)?, "class")?;
/// let model = LogisticRegression::new().fit(&data)?;
/// display(&calibration_chart(&model, &data, 10)?);
/// assert!(calibration_chart(&model, &data, 0).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn calibration_chart(model: &dyn Model, data: &Dataset, n_bins: usize) -> Result<Chart> {
    if !(1..=BINS_MAX).contains(&n_bins) {
        return Err(Error::InvalidValue {
            what: "the number of bins of a calibration chart".to_string(),
            value: n_bins.to_string(),
            allowed: format!("from 1 to {BINS_MAX}"),
        });
    }
    let probabilities =
        class_scores("calibration curve", model, data, Wanted { probabilities: true, decisions: false })?;
    let curves: Vec<(String, Vec<Bin>)> =
        probabilities.into_iter().map(|class| (class.name.clone(), bins(&class.rows, n_bins))).collect();
    let most = curves.iter().flat_map(|(_, bins)| bins).map(|bin| bin.weight).fold(0.0, f64::max);
    let names: Vec<String> = curves.iter().map(|(name, _)| name.clone()).collect();
    let places = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0];
    let labels = places.iter().map(|place| format!("{place:.1}")).collect();
    let picture = Picture {
        width: WIDTH,
        height: HEIGHT + 60,
        x: part_axis("mean probability"),
        y: Axis {
            name: "part that is of the class".to_string(),
            range: (STRIP.0, 1.03),
            kind: AxisKind::Places(Ticks { values: places.to_vec(), labels }),
        },
        legend: entries(&names),
        caption: Some(format!("below: rows in each interval, {most:.0} at most")),
    };
    let n_curves = curves.len() as f64;
    let chart = picture.draw(|canvas| {
        canvas.rule(&[(0.0, 0.0), (1.0, 1.0)])?;
        canvas.rule(&[(0.0, STRIP.0), (1.0, STRIP.0)])?;
        for (idx, (_, bins)) in curves.iter().enumerate() {
            let width = 1.0 / n_bins as f64;
            for (at, bin) in bins.iter().enumerate().filter(|(_, bin)| bin.weight > 0.0) {
                let left = (at as f64 + idx as f64 / n_curves) * width;
                let height = STRIP.0 + (STRIP.1 - STRIP.0) * bin.weight / most;
                canvas.bar((left, left + width / n_curves), (STRIP.0, height), series_color(idx), (0.5, 0.0))?;
            }
            let points: Vec<(f64, f64)> = bins
                .iter()
                .filter(|bin| bin.weight > 0.0)
                .map(|bin| (bin.probability / bin.weight, bin.positive / bin.weight))
                .collect();
            if points.len() > 1 {
                canvas.line(&points, series_color(idx))?;
            }
            points.iter().try_for_each(|point| canvas.marker(Marker::Circle, *point, series_color(idx)))?;
        }
        Ok(())
    })?;
    Ok(chart.described(format!("calibration curve of {}, {}", names.join(", "), count(n_bins, "bin"))))
}

/// The rows of one class against all others.
struct ClassRows {
    name: String,
    /// Score, whether it is of the class, weight.
    rows: Vec<(f64, bool, f64)>,
}

/// What is taken for the class at one threshold.
struct Step {
    positive: f64,
    negative: f64,
}

/// One class's rows from the greatest score downward: a step for each distinct score.
struct Ranked {
    name: String,
    steps: Vec<Step>,
}

impl Ranked {
    fn positive(&self) -> f64 {
        self.steps.last().map_or(0.0, |step| step.positive)
    }

    fn negative(&self) -> f64 {
        self.steps.last().map_or(0.0, |step| step.negative)
    }
}

fn ranked(chart: &'static str, model: &dyn Model, data: &Dataset) -> Result<Vec<Ranked>> {
    let classes = class_scores(chart, model, data, Wanted { probabilities: false, decisions: true })?;
    let mut ranked = Vec::new();
    for ClassRows { name, mut rows } in classes {
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (mut positive, mut negative, mut steps) = (0.0, 0.0, Vec::new());
        for (at, (score, is_positive, weight)) in rows.iter().enumerate() {
            if *is_positive {
                positive += weight
            } else {
                negative += weight
            }
            if rows.get(at + 1).is_none_or(|next| next.0 != *score) {
                steps.push(Step { positive, negative });
            }
        }
        if positive == 0.0 || negative == 0.0 {
            return Err(nothing(chart, data));
        }
        ranked.push(Ranked { name, steps });
    }
    Ok(ranked)
}

/// For the second of two classes, or for each of more, what `model` says of each row and whether it is of the class.
fn class_scores(chart: &'static str, model: &dyn Model, data: &Dataset, wanted: Wanted) -> Result<Vec<ClassRows>> {
    let Target::Classes { codes, labels } = data.target() else {
        return Err(Error::NotClasses { what: chart.to_string(), target: data.target_name().to_string() });
    };
    if data.n_samples() == 0 {
        return Err(nothing(chart, data));
    }
    let told = Predictions::of(model, data.features(), wanted)?;
    let scores = told.decisions.as_ref().or(told.probabilities.as_ref()).ok_or_else(|| nothing(chart, data))?;
    let shown: Vec<usize> = match told.classes.len() {
        2 => vec![1],
        n_classes => (0..n_classes).collect(),
    };
    if shown.len() > SERIES.len() {
        return Err(Error::InvalidValue {
            what: format!("the number of classes in a {chart}"),
            value: told.classes.len().to_string(),
            allowed: format!("at most {}, since no more can be told apart", SERIES.len()),
        });
    }
    let is_one = shown.len() == 1;
    let class = |position: usize| {
        let name = told.classes.get(position).cloned().unwrap_or_default();
        let column = position.min(scores.ncols().saturating_sub(1));
        let row = |(row, code): (usize, &u32)| {
            let weight = data.weights().and_then(|weights| weights.get(row).copied()).unwrap_or(1.0);
            let score = scores.get((row, column)).copied().filter(|score| score.is_finite())?;
            Some((score, labels.get(*code as usize) == Some(&name), weight))
        };
        let rows = codes.iter().enumerate().filter_map(row).collect();
        let shown_name = if is_one { format!("{} = {name}", data.target_name()) } else { name.clone() };
        ClassRows { name: shown_name, rows }
    };
    Ok(shown.into_iter().map(class).collect())
}

/// The rows of one interval of probabilities: sums by weight.
#[derive(Clone, Default)]
struct Bin {
    weight: f64,
    probability: f64,
    positive: f64,
}

fn bins(rows: &[(f64, bool, f64)], n_bins: usize) -> Vec<Bin> {
    let mut bins = vec![Bin::default(); n_bins];
    for (probability, is_positive, weight) in rows {
        // An interval holds its upper end, as scikit-learn's do.
        let at = ((probability * n_bins as f64).ceil() as usize).clamp(1, n_bins) - 1;
        if let Some(bin) = bins.get_mut(at) {
            bin.weight += weight;
            bin.probability += weight * probability;
            bin.positive += if *is_positive { *weight } else { 0.0 };
        }
    }
    bins
}

fn draw_curves(
    chart: &'static str,
    score: &str,
    (x, y): (&str, &str),
    curves: &[(String, f64, Vec<(f64, f64)>)],
    below: impl FnOnce(&Canvas) -> StdResult,
) -> Result<Chart> {
    let named =
        |(name, value, _): &(String, f64, Vec<(f64, f64)>)| format!("{name} ({score} {})", format_fixed(*value, 4));
    let names: Vec<String> = curves.iter().map(named).collect();
    let picture = Picture {
        width: WIDTH,
        height: HEIGHT,
        x: part_axis(x),
        y: part_axis(y),
        legend: entries(&names),
        caption: None,
    };
    let drawn = picture.draw(|canvas| {
        below(canvas)?;
        curves.iter().enumerate().try_for_each(|(idx, (_, _, points))| canvas.line(&thinned(points), series_color(idx)))
    })?;
    Ok(drawn.described(format!("{chart} of {}", names.join(", "))))
}

fn entries(names: &[String]) -> Vec<LegendEntry> {
    let entry =
        |(idx, name): (usize, &String)| LegendEntry { name: name.clone(), color: series_color(idx), marker: None };
    names.iter().enumerate().map(entry).collect()
}

fn part_axis(name: &str) -> Axis {
    Axis { name: name.to_string(), range: (-0.02, 1.03), kind: AxisKind::Numbers(TickKind::Numbers) }
}

fn nothing(chart: &'static str, data: &Dataset) -> Error {
    Error::NothingToDraw { chart, columns: format!("`{}`", data.target_name()), n_rows: data.n_samples() }
}
