//! The scores from which rows are ranked: decisions, or probabilities.

use ndarray::Array2;

use super::classes::quoted;
use super::confusion::classes;
use super::truth::{Truth, check};
use crate::error::{Error, Result};
use crate::models::Predictions;

/// Which scores are taken where there are both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Decisions,
    Probabilities,
}

/// The score of each row for the second of exactly two classes, and whether the row is of it.
pub(crate) fn positive_scores(
    metric: &str,
    truth: &dyn Truth,
    predicted: &Predictions,
) -> Result<(Vec<f64>, Vec<bool>)> {
    let (codes, labels) = classes(truth.target(), "the truth")?;
    check(truth, predicted.target.len())?;
    let [_, positive] = labels else {
        return Err(Error::InvalidValue {
            what: format!("the number of classes for \"{metric}\""),
            value: format!("{} ({})", labels.len(), quoted(labels)),
            allowed: "2; take another metric, such as \"roc_auc_ovr\", for more".to_string(),
        });
    };
    let scores = class_scores(metric, predicted, positive, Source::Decisions)?;
    Ok((scores, codes.iter().map(|&code| code == 1).collect()))
}

/// The score of each row for the class `label`.
pub(super) fn class_scores(metric: &str, predicted: &Predictions, label: &str, source: Source) -> Result<Vec<f64>> {
    let position = predicted.classes.iter().position(|class| class == label);
    let (scores, is_probability) = matrix(metric, predicted, source)?;
    let column = match (position, scores.ncols()) {
        // One column speaks for the second class.
        (Some(1), 1) => scores.column(0).to_vec(),
        (Some(_), 1) => scores.column(0).iter().map(|score| -score).collect(),
        (Some(position), _) => scores.column(position).to_vec(),
        // A model that has never seen the class never tells it.
        (None, _) if is_probability => vec![0.0; scores.nrows()],
        (None, _) => {
            let known: Vec<&str> = predicted.classes.iter().map(String::as_str).collect();
            return Err(Error::not_one_of(&format!("a class for \"{metric}\""), label, &known));
        }
    };
    match column.iter().enumerate().find(|(_, score)| score.is_nan()) {
        Some((row, _)) => Err(Error::InvalidValue {
            what: format!("\"{metric}\": the score of row {row} (0-based) for the class \"{label}\""),
            value: "NaN".to_string(),
            allowed: "a number".to_string(),
        }),
        None => Ok(column),
    }
}

/// The scores, shape `(n_samples, 1)` or `(n_samples, n_classes)`, and whether they are probabilities.
fn matrix<'a>(metric: &str, predicted: &'a Predictions, source: Source) -> Result<(&'a Array2<f64>, bool)> {
    let decisions = predicted.decisions.as_ref().map(|scores| (scores, false));
    let probabilities = predicted.probabilities.as_ref().map(|scores| (scores, true));
    let scores = match source {
        Source::Decisions => decisions.or(probabilities),
        Source::Probabilities => probabilities.or(decisions),
    };
    let (scores, is_probability) = scores.ok_or_else(|| without(metric, "probabilities or decisions"))?;
    let n_classes = predicted.classes.len();
    let is_one = scores.ncols() == 1 && n_classes == 2 && !is_probability;
    if scores.nrows() != predicted.target.len() || !(is_one || scores.ncols() == n_classes) {
        return Err(wrong_shape(metric, scores, predicted));
    }
    Ok((scores, is_probability))
}

/// The probabilities of each class, checked to be some.
pub(super) fn probabilities<'a>(metric: &str, predicted: &'a Predictions) -> Result<&'a Array2<f64>> {
    let probabilities = predicted.probabilities.as_ref().ok_or_else(|| without(metric, "probabilities"))?;
    if probabilities.dim() != (predicted.target.len(), predicted.classes.len()) {
        return Err(wrong_shape(metric, probabilities, predicted));
    }
    for (row, of_row) in probabilities.rows().into_iter().enumerate() {
        let wrong = |what: String, value: f64, allowed: &str| {
            Err(Error::InvalidValue { what, value: format!("{value:?}"), allowed: allowed.to_string() })
        };
        if let Some(value) = of_row.iter().find(|value| !(0.0..=1.0).contains(*value)) {
            return wrong(format!("\"{metric}\": a probability in row {row} (0-based)"), *value, "from 0 to 1");
        }
        // As far from 1 as numbers of 32 bits may be.
        if (of_row.sum() - 1.0).abs() > 1e-4 {
            let what = format!("\"{metric}\": the sum of the probabilities in row {row} (0-based)");
            return wrong(what, of_row.sum(), "1");
        }
    }
    Ok(probabilities)
}

/// The column of each of `labels`; none for a class that the model does not know.
pub(super) fn columns(labels: &[String], predicted: &Predictions) -> Vec<Option<usize>> {
    labels.iter().map(|label| predicted.classes.iter().position(|class| class == label)).collect()
}

fn without(metric: &str, needed: &str) -> Error {
    Error::InvalidValue {
        what: format!("what \"{metric}\" is computed from"),
        value: "predictions alone".to_string(),
        allowed: format!("predictions with {needed}, as `Predictions::of`, `cross_val_predict` or a search have them"),
    }
}

fn wrong_shape(metric: &str, scores: &Array2<f64>, predicted: &Predictions) -> Error {
    Error::InvalidValue {
        what: format!("\"{metric}\": the shape of the scores"),
        value: format!("({}, {})", scores.nrows(), scores.ncols()),
        allowed: format!("({}, {}), rows × classes", predicted.target.len(), predicted.classes.len()),
    }
}
