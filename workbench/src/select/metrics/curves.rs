//! Curves over all thresholds, as tables.

use polars::prelude::{Column, DataFrame};

use super::confusion::classes;
use super::ranking::{Step, steps};
use super::scores::{Source, class_scores};
use super::truth::{Truth, check};
use crate::error::Result;
use crate::models::Predictions;

/// The ROC curve: for each threshold the part of the other rows that is taken for the class, and that of its own.
///
/// A table of `class`, `false_positive_rate`, `true_positive_rate` and `threshold`, which falls from infinity; of two classes for the second,
/// of more for each against all others. Points on a straight line between their neighbours are left out.
///
/// # Errors
/// Those of [`roc_auc`](super::roc_auc).
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use workbench::data::Target;
/// use workbench::models::Predictions;
/// use workbench::select::roc_curve;
///
/// let truth = Target::from_labels(&["no", "no", "yes", "yes"]);
/// let predicted = Predictions::from_probabilities(&["no", "yes"], array![[0.9, 0.1], [0.6, 0.4], [0.65, 0.35], [0.2, 0.8]])?;
/// assert_eq!(roc_curve(&truth, &predicted)?.height(), 5);
/// assert!(roc_curve(&Target::from_labels(&["no"]), &predicted).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn roc_curve(truth: &dyn Truth, predicted: &Predictions) -> Result<DataFrame> {
    let mut table = Table::new(["false_positive_rate", "true_positive_rate"]);
    each_class("roc_curve", truth, predicted, |label, steps| {
        let (n_positive, n_negative) = totals(&steps);
        table.push(label, [0.0, 0.0], Some(f64::INFINITY));
        for (position, step) in steps.iter().enumerate() {
            let is_corner =
                match (position.checked_sub(1).and_then(|before| steps.get(before)), steps.get(position + 1)) {
                    (Some(before), Some(after)) => {
                        let bend = |of: fn(&Step) -> f64| (of(after) - of(step)) - (of(step) - of(before)) != 0.0;
                        bend(|step| step.hits) || bend(|step| step.false_alarms)
                    }
                    _ => true,
                };
            if is_corner {
                table.push(label, [step.false_alarms / n_negative, step.hits / n_positive], Some(step.threshold));
            }
        }
    })?;
    Ok(table.frame())
}

/// The precision-recall curve: for each threshold the part of the rows told to be of the class that is, and the part of its rows that
/// is told.
///
/// A table of `class`, `precision`, `recall` and `threshold`, which rises; the last point, precision 1 and recall 0, has none. Of two classes
/// it is for the second, of more for each against all others.
///
/// # Errors
/// Those of [`roc_auc`](super::roc_auc).
pub fn precision_recall_curve(truth: &dyn Truth, predicted: &Predictions) -> Result<DataFrame> {
    let mut table = Table::new(["precision", "recall"]);
    each_class("precision_recall_curve", truth, predicted, |label, steps| {
        let (n_positive, _) = totals(&steps);
        for step in steps.iter().rev() {
            let told = step.hits + step.false_alarms;
            let precision = if told > 0.0 { step.hits / told } else { 0.0 };
            table.push(label, [precision, step.hits / n_positive], Some(step.threshold));
        }
        table.push(label, [1.0, 0.0], None);
    })?;
    Ok(table.frame())
}

/// The detection error tradeoff: for each threshold the part of the other rows that is taken for the class, and the part of its own that is
/// missed.
///
/// A table of `class`, `false_positive_rate`, `false_negative_rate` and `threshold`, which rises; from the threshold that misses none to the one that
/// takes none wrongly. Of two classes it is for the second, of more for each against all others.
///
/// # Errors
/// Those of [`roc_auc`](super::roc_auc).
pub fn det_curve(truth: &dyn Truth, predicted: &Predictions) -> Result<DataFrame> {
    let mut table = Table::new(["false_positive_rate", "false_negative_rate"]);
    each_class("det_curve", truth, predicted, |label, mut steps| {
        let (n_positive, n_negative) = totals(&steps);
        steps.insert(0, Step { threshold: f64::INFINITY, hits: 0.0, false_alarms: 0.0 });
        let first = steps.iter().rposition(|step| step.false_alarms == 0.0).unwrap_or(0);
        let last = steps.iter().position(|step| step.hits >= n_positive).unwrap_or(steps.len());
        for step in steps.iter().take(last + 1).skip(first).rev() {
            let missed = (n_positive - step.hits) / n_positive;
            table.push(label, [step.false_alarms / n_negative, missed], Some(step.threshold));
        }
    })?;
    Ok(table.frame())
}

/// Hands on the steps of each class that has a curve.
fn each_class(
    metric: &str,
    truth: &dyn Truth,
    predicted: &Predictions,
    mut take: impl FnMut(&str, Vec<Step>),
) -> Result<()> {
    let (codes, labels) = classes(truth.target(), "the truth")?;
    check(truth, predicted.target.len())?;
    let first = if labels.len() == 2 { 1 } else { 0 };
    for (class, label) in labels.iter().enumerate().skip(first) {
        let scores = class_scores(metric, predicted, label, Source::Decisions)?;
        let is_positive: Vec<bool> = codes.iter().map(|&code| code as usize == class).collect();
        take(label, steps(metric, label, &scores, &is_positive, truth.weights())?);
    }
    Ok(())
}

/// The weights of the rows of the class and of the others.
fn totals(steps: &[Step]) -> (f64, f64) {
    steps.last().map_or((1.0, 1.0), |step| (step.hits, step.false_alarms))
}

/// Two numbers and a threshold for each point of each class's curve.
struct Table {
    names: [&'static str; 2],
    classes: Vec<String>,
    points: [Vec<f64>; 2],
    thresholds: Vec<Option<f64>>,
}

impl Table {
    fn new(names: [&'static str; 2]) -> Self {
        Self { names, classes: Vec::new(), points: [Vec::new(), Vec::new()], thresholds: Vec::new() }
    }

    fn push(&mut self, class: &str, point: [f64; 2], threshold: Option<f64>) {
        self.classes.push(class.to_string());
        for (column, value) in self.points.iter_mut().zip(point) {
            column.push(value);
        }
        self.thresholds.push(threshold);
    }

    fn frame(self) -> DataFrame {
        let [first, second] = self.points;
        let [first_name, second_name] = self.names;
        let columns = vec![
            Column::new("class".into(), self.classes),
            Column::new(first_name.into(), first),
            Column::new(second_name.into(), second),
            Column::new("threshold".into(), self.thresholds),
        ];
        DataFrame::new(columns.first().map_or(0, Column::len), columns).unwrap_or_default()
    }
}
