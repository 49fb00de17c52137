//! Metrics of how rows are ranked by their scores.

use rayon::prelude::*;

use super::Average;
use super::confusion::classes;
use super::scores::{Source, class_scores, positive_scores};
use super::truth::{Truth, check, mean, weight};
use crate::error::{Error, Result};
use crate::models::Predictions;

/// From so many rows on, they are sorted on all threads.
const PARALLEL_MIN: usize = 65_536;

/// The probability that a row of the second of two classes has a greater score than a row of the first, ties counting half: the area
/// under the ROC curve. 1 is perfect, 0.5 chance.
///
/// Scores are the model's decisions, or its probabilities where it has none. One sort, `O(n log n)`.
///
/// # Errors
/// [`Error::InvalidValue`] for predictions without scores, a score of NaN, other than two classes, or where all rows that count are of one class;
/// [`Error::LengthMismatch`], [`Error::NoRows`], [`Error::NotClasses`].
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use workbench::data::Target;
/// use workbench::models::Predictions;
/// use workbench::select::roc_auc;
///
/// let truth = Target::from_labels(&["no", "no", "yes", "yes"]);
/// let predicted = Predictions::from_probabilities(&["no", "yes"], array![[0.9, 0.1], [0.6, 0.4], [0.65, 0.35], [0.2, 0.8]])?;
/// assert_eq!(roc_auc(&truth, &predicted)?, 0.75);
/// assert!(roc_auc(&Target::from_labels(&["yes", "yes", "yes", "yes"]), &predicted).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn roc_auc(truth: &dyn Truth, predicted: &Predictions) -> Result<f64> {
    let (scores, is_positive) = positive_scores("roc_auc", truth, predicted)?;
    let labels = classes(truth.target(), "the truth")?.1;
    area("roc_auc", labels.get(1).map_or("", String::as_str), &scores, &is_positive, truth.weights())
}

/// [`roc_auc`] of each class against all others.
///
/// | `average` | the result |
/// |---|---|
/// | `Macro` | the mean over the classes |
/// | `Weighted` | the mean, each class weighted by how often it is true |
/// | `Micro` | the area of all classes' rows and scores together |
/// | `Class` | that of one class |
///
/// # Errors
/// Those of [`roc_auc`]; [`Error::InvalidValue`] for `Binary`, or a class that no row is of.
pub fn roc_auc_ovr(truth: &dyn Truth, predicted: &Predictions, average: &Average) -> Result<f64> {
    one_vs_rest("roc_auc_ovr", truth, predicted, average, Source::Probabilities, area)
}

/// [`roc_auc`] of each pair of classes, both ways round, on the rows of these two.
///
/// `Macro` is the mean over the pairs, `Weighted` weights each by the part of the rows that is of either class. The macro mean does not
/// depend on how frequent the classes are.
///
/// # Errors
/// Those of [`roc_auc`]; [`Error::InvalidValue`] for another average, or a class that no row is of.
///
/// # References
/// 1. D. J. Hand, R. J. Till, *A simple generalisation of the area under the ROC curve for multiple class classification problems*, 2001,
///    doi:10.1023/A:1010920819831
pub fn roc_auc_ovo(truth: &dyn Truth, predicted: &Predictions, average: &Average) -> Result<f64> {
    const NAME: &str = "roc_auc_ovo";
    let is_weighted = match average {
        Average::Macro => false,
        Average::Weighted => true,
        other => return Err(wrong_average(NAME, other, "Macro or Weighted")),
    };
    let (codes, labels) = classes(truth.target(), "the truth")?;
    check(truth, predicted.target.len())?;
    let scores = labels
        .iter()
        .map(|label| class_scores(NAME, predicted, label, Source::Probabilities))
        .collect::<Result<Vec<Vec<f64>>>>()?;
    let total: f64 = (0..codes.len()).map(|row| weight(truth.weights(), row)).sum();
    let (mut sum, mut sum_of_weights) = (0.0, 0.0);
    for (first, first_scores) in scores.iter().enumerate() {
        for (second, second_scores) in scores.iter().enumerate().skip(first + 1) {
            let rows: Vec<usize> = (0..codes.len())
                .filter(|&row| codes.get(row).is_some_and(|&code| [first, second].contains(&(code as usize))))
                .collect();
            let weights: Vec<f64> = rows.iter().map(|&row| weight(truth.weights(), row)).collect();
            let of_class = |class: usize, scores: &[f64]| {
                let scores: Vec<f64> = rows.iter().filter_map(|&row| scores.get(row).copied()).collect();
                let is_positive: Vec<bool> =
                    rows.iter().map(|&row| codes.get(row).is_some_and(|&code| code as usize == class)).collect();
                let label = labels.get(class).map_or("", String::as_str);
                area(NAME, label, &scores, &is_positive, Some(&weights))
            };
            let pair = (of_class(first, first_scores)? + of_class(second, second_scores)?) / 2.0;
            let pair_weight = if is_weighted { weights.iter().sum::<f64>() / total } else { 1.0 };
            sum += pair_weight * pair;
            sum_of_weights += pair_weight;
        }
    }
    if sum_of_weights > 0.0 { Ok(sum / sum_of_weights) } else { Err(one_class(NAME, &labels.join(", "))) }
}

/// The mean of the precision over the recall, as the threshold falls: `Σ (R_k - R_(k-1)) P_k`. 1 is perfect; chance is the class's share.
///
/// For two classes and `Binary` of the second, otherwise of each class against all others, averaged as [`roc_auc_ovr`] says.
///
/// # Errors
/// Those of [`roc_auc`]; [`Error::InvalidValue`] for a class that no row is of.
pub fn average_precision(truth: &dyn Truth, predicted: &Predictions, average: &Average) -> Result<f64> {
    const NAME: &str = "average_precision";
    if average == &Average::Binary {
        let (scores, is_positive) = positive_scores(NAME, truth, predicted)?;
        let labels = classes(truth.target(), "the truth")?.1;
        let label = labels.get(1).map_or("", String::as_str);
        return precision_area(NAME, label, &scores, &is_positive, truth.weights());
    }
    one_vs_rest(NAME, truth, predicted, average, Source::Decisions, precision_area)
}

/// The part of the rows whose class is among the `k` with the greatest scores; of equal scores, that of the later class is greater.
///
/// # Errors
/// Those of [`roc_auc`]; [`Error::InvalidValue`] for a `k` of 0.
pub fn top_k_accuracy(truth: &dyn Truth, predicted: &Predictions, k: usize) -> Result<f64> {
    const NAME: &str = "top_k_accuracy";
    if k == 0 {
        return Err(Error::InvalidValue {
            what: "k".to_string(),
            value: "0".to_string(),
            allowed: "at least 1".to_string(),
        });
    }
    let (codes, labels) = classes(truth.target(), "the truth")?;
    check(truth, predicted.target.len())?;
    let scores = predicted
        .classes
        .iter()
        .map(|label| class_scores(NAME, predicted, label, Source::Decisions))
        .collect::<Result<Vec<Vec<f64>>>>()?;
    let columns = super::scores::columns(labels, predicted);
    let is_hit = |(row, &code): (usize, &u32)| {
        let Some(own) = columns.get(code as usize).copied().flatten() else { return 0.0 };
        let score = |column: usize| scores.get(column).and_then(|scores| scores.get(row)).copied().unwrap_or_default();
        let n_before = (0..scores.len())
            .filter(|&other| score(other) > score(own) || score(other) == score(own) && other > own)
            .count();
        f64::from(u8::from(n_before < k))
    };
    Ok(mean(codes.iter().enumerate().map(is_hit), truth.weights()))
}

/// The mean of `max(0, 1 - margin)`, where the margin is how far the decision for the true class is above the greatest other; for two
/// classes it is the signed decision.
///
/// # Errors
/// Those of [`roc_auc`]; [`Error::InvalidValue`] for predictions without decisions.
pub fn hinge_loss(truth: &dyn Truth, predicted: &Predictions) -> Result<f64> {
    const NAME: &str = "hinge_loss";
    let (codes, labels) = classes(truth.target(), "the truth")?;
    check(truth, predicted.target.len())?;
    // Probabilities have no margin.
    let decisions = Predictions { probabilities: None, ..predicted.clone() };
    let scores = labels
        .iter()
        .map(|label| class_scores(NAME, &decisions, label, Source::Decisions))
        .collect::<Result<Vec<Vec<f64>>>>()?;
    let is_one_column = decisions.decisions.as_ref().is_some_and(|scores| scores.ncols() == 1);
    let loss = |(row, &code): (usize, &u32)| {
        let score = |class: usize| scores.get(class).and_then(|scores| scores.get(row)).copied().unwrap_or_default();
        let own = score(code as usize);
        let other =
            (0..scores.len()).filter(|&class| class != code as usize).map(score).fold(f64::NEG_INFINITY, f64::max);
        (1.0 - if is_one_column { own } else { own - other }).max(0.0)
    };
    Ok(mean(codes.iter().enumerate().map(loss), truth.weights()))
}

type OneClass = fn(&str, &str, &[f64], &[bool], Option<&[f64]>) -> Result<f64>;

/// The average of `score` over the classes, each against the rest.
fn one_vs_rest(
    metric: &str,
    truth: &dyn Truth,
    predicted: &Predictions,
    average: &Average,
    source: Source,
    score: OneClass,
) -> Result<f64> {
    let (codes, labels) = classes(truth.target(), "the truth")?;
    check(truth, predicted.target.len())?;
    let is_of = |class: usize| codes.iter().map(|&code| code as usize == class).collect::<Vec<bool>>();
    let scores_of = |label: &str| class_scores(metric, predicted, label, source);
    match average {
        Average::Binary => Err(wrong_average(metric, average, "Macro, Weighted, Micro or Class")),
        Average::Class(label) => {
            let names: Vec<&str> = labels.iter().map(String::as_str).collect();
            let class = names.iter().position(|name| name == label);
            let class = class.ok_or_else(|| Error::not_one_of("the positive class", label, &names))?;
            score(metric, label, &scores_of(label)?, &is_of(class), truth.weights())
        }
        Average::Micro => {
            let (mut scores, mut is_positive, mut weights) = (Vec::new(), Vec::new(), Vec::new());
            for (class, label) in labels.iter().enumerate() {
                scores.extend(scores_of(label)?);
                is_positive.extend(is_of(class));
                weights.extend((0..codes.len()).map(|row| weight(truth.weights(), row)));
            }
            score(metric, "any", &scores, &is_positive, Some(&weights))
        }
        Average::Macro | Average::Weighted => {
            let (mut sum, mut total) = (0.0, 0.0);
            for (class, label) in labels.iter().enumerate() {
                let is_positive = is_of(class);
                let share = match average {
                    Average::Weighted => {
                        let rows = is_positive.iter().enumerate().filter(|(_, is_positive)| **is_positive);
                        rows.map(|(row, _)| weight(truth.weights(), row)).sum()
                    }
                    _ => 1.0,
                };
                sum += share * score(metric, label, &scores_of(label)?, &is_positive, truth.weights())?;
                total += share;
            }
            Ok(sum / total)
        }
    }
}

/// The rows above and at one threshold.
pub(super) struct Step {
    pub(super) threshold: f64,
    /// The weights of the rows of the class and of the others with at least this score.
    pub(super) hits: f64,
    pub(super) false_alarms: f64,
}

/// A step for each distinct score, the greatest first; an error unless rows of both kinds count.
pub(super) fn steps(
    metric: &str,
    label: &str,
    scores: &[f64],
    is_positive: &[bool],
    weights: Option<&[f64]>,
) -> Result<Vec<Step>> {
    // Equal scores have equal keys, and a greater score a smaller one.
    let key = |score: f64| {
        let bits = (score + 0.0).to_bits() as i64;
        !((bits ^ (((bits >> 63) as u64) >> 1) as i64) as u64 ^ (1 << 63))
    };
    // A row that does not count makes no threshold.
    let counts = |row: u32| weights.is_none() || weight(weights, row as usize) > 0.0;
    let keyed = scores.iter().zip(0..).filter(|(_, row)| counts(*row));
    let mut order: Vec<(u64, u32)> = keyed.map(|(&score, row)| (key(score), row)).collect();
    if order.len() < PARALLEL_MIN {
        order.sort_unstable();
    } else {
        order.par_sort_unstable();
    }
    let mut steps: Vec<Step> = Vec::new();
    let (mut hits, mut false_alarms, mut last) = (0.0, 0.0, None);
    for (key, row) in order {
        let row = row as usize;
        let weight = weight(weights, row);
        if is_positive.get(row) == Some(&true) {
            hits += weight
        } else {
            false_alarms += weight
        }
        match steps.last_mut() {
            Some(step) if last == Some(key) => (step.hits, step.false_alarms) = (hits, false_alarms),
            _ => steps.push(Step { threshold: scores.get(row).copied().unwrap_or_default(), hits, false_alarms }),
        }
        last = Some(key);
    }
    if hits > 0.0 && false_alarms > 0.0 { Ok(steps) } else { Err(one_class(metric, label)) }
}

/// The area under the ROC curve.
fn area(metric: &str, label: &str, scores: &[f64], is_positive: &[bool], weights: Option<&[f64]>) -> Result<f64> {
    let steps = steps(metric, label, scores, is_positive, weights)?;
    let (mut area, mut hits, mut false_alarms) = (0.0, 0.0, 0.0);
    for step in steps {
        area += (step.false_alarms - false_alarms) * (step.hits + hits) / 2.0;
        (hits, false_alarms) = (step.hits, step.false_alarms);
    }
    Ok(area / (hits * false_alarms))
}

/// The average precision.
fn precision_area(
    metric: &str,
    label: &str,
    scores: &[f64],
    is_positive: &[bool],
    weights: Option<&[f64]>,
) -> Result<f64> {
    let steps = steps(metric, label, scores, is_positive, weights)?;
    let total = steps.last().map_or(0.0, |step| step.hits);
    let (mut sum, mut hits) = (0.0, 0.0);
    for step in steps {
        let told = step.hits + step.false_alarms;
        if told > 0.0 {
            sum += (step.hits - hits) * step.hits / told;
        }
        hits = step.hits;
    }
    Ok(sum / total)
}

fn one_class(metric: &str, label: &str) -> Error {
    Error::InvalidValue {
        what: format!("\"{metric}\": the truth"),
        value: format!("without rows of the class \"{label}\" or without others"),
        allowed: "of both, or there is nothing to rank; more rows to a fold, or a stratified splitter, help"
            .to_string(),
    }
}

fn wrong_average(metric: &str, average: &Average, allowed: &str) -> Error {
    Error::InvalidValue {
        what: format!("the average for \"{metric}\""),
        value: format!("{average:?}"),
        allowed: allowed.to_string(),
    }
}
