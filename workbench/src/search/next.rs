//! The grid to try next: around the best candidate, and beyond the edge that it sits on.

use super::candidate::Candidate;
use super::grid::GridSearch;
use super::result::{SearchResult, real};
use crate::preprocess::ParamValue;

/// So close to the end of all values, as a part of their span, a value sits on the edge.
const EDGE: f64 = 0.04;
/// Of more values than this, which a random search has, neighbours stand closer than is worth a step.
const STEPS_MAX: f64 = 6.0;
/// Values whose ends are so many times apart may be spaced by factors.
const LOG_SPAN_MIN: f64 = 8.0;

/// The values of a number that were tried.
pub(super) struct Axis {
    pub(super) name: String,
    /// Sorted, each once; in logarithms where `is_log`.
    values: Vec<f64>,
    best: f64,
    is_log: bool,
    is_int: bool,
}

/// An end of the values that were tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Least,
    Greatest,
}

impl SearchResult {
    /// A grid search for the same estimator on the same folds, with finer values around the best candidate's, and further ones where it sits on the
    /// edge of what was tried.
    ///
    /// A number between others gets the middles on both sides, by factors where the values are spaced so. One at an edge goes
    /// two steps beyond, as far as the estimator takes it. What is no number, or had one value, stays as the best candidate has it.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::data::{Dataset, make_classification};
    /// use workbench::models::LogisticRegression;
    /// use workbench::search::GridSearch;
    ///
    /// let data = Dataset::from_frame(&make_classification(200, 10, 5, 2, 1.0, 0.05, 3)?, "class")?;
    /// let search = GridSearch::new(LogisticRegression::new()).param("C", [0.01, 0.1, 1.0]).fit(&data)?;
    /// let next = search.next_grid().fit(&data)?;
    /// assert!(next.best_score() >= search.best_score());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    pub fn next_grid(&self) -> GridSearch {
        GridSearch::with(self.settings().clone(), self.next_values())
    }

    /// The values of [`next_grid`](Self::next_grid) by name.
    pub(super) fn next_values(&self) -> Vec<(String, Vec<ParamValue>)> {
        let Some(best) = self.ranked().first() else { return Vec::new() };
        let axes = self.axes();
        let of_param = |(name, value): &(String, ParamValue)| {
            let axis = axes.iter().find(|axis| axis.name == *name);
            let values = axis.map(|axis| axis.next(&|value| self.takes(name, value)));
            (name.clone(), values.filter(|values| !values.is_empty()).unwrap_or_else(|| vec![value.clone()]))
        };
        best.params.iter().map(of_param).collect()
    }

    /// The settings that are numbers of which several were tried, but for the resource of a halving.
    pub(super) fn axes(&self) -> Vec<Axis> {
        let Some(best) = self.ranked().first() else { return Vec::new() };
        best.params.iter().filter_map(|(name, value)| Axis::new(name, value, self.ranked())).collect()
    }

    /// Whether the estimator takes `value` for the setting `name`.
    pub(super) fn takes(&self, name: &str, value: &ParamValue) -> bool {
        self.settings().estimator.clone().set_param(name, value).is_ok()
    }
}

impl Axis {
    fn new(name: &str, best: &ParamValue, candidates: &[Candidate]) -> Option<Self> {
        let known = candidates.iter().filter(|candidate| !candidate.folds().is_empty());
        let tried: Vec<&ParamValue> = known.filter_map(|candidate| candidate.value(name)).collect();
        let is_resource = candidates.iter().all(|candidate| {
            candidate.rung.is_some_and(|rung| candidate.value(name) == Some(&rung.n_resources.into()))
        });
        let mut values =
            tried.iter().map(|value| real(value).filter(|number| number.is_finite())).collect::<Option<Vec<f64>>>()?;
        values.sort_by(f64::total_cmp);
        values.dedup();
        if values.len() < 2 || is_resource {
            return None;
        }
        let best = real(best)?;
        let is_log = is_log_spaced(&values);
        let place = |value: f64| if is_log { value.ln() } else { value };
        let is_int = tried.iter().all(|value| matches!(value, ParamValue::Int(_)));
        Some(Self {
            name: name.to_string(),
            best: place(best),
            values: values.into_iter().map(place).collect(),
            is_log,
            is_int,
        })
    }

    /// The end of at least three values that the best sits on.
    pub(super) fn end(&self) -> Option<End> {
        if self.values.len() < 3 { None } else { self.nearest_end() }
    }

    /// The value one step beyond `end`.
    pub(super) fn beyond(&self, end: End, n_steps: f64) -> ParamValue {
        let step = self.step(if end == End::Least { 1 } else { -1 }).unwrap_or(0.0);
        // From values far apart, ten times is far enough.
        let step = if self.is_log { step.min(10f64.ln()) } else { step };
        self.value(if end == End::Least { self.best - n_steps * step } else { self.best + n_steps * step })
    }

    fn nearest_end(&self) -> Option<End> {
        let (least, greatest) = (self.values.first().copied()?, self.values.last().copied()?);
        let place = (self.best - least) / (greatest - least);
        if place <= EDGE {
            return Some(End::Least);
        }
        (place >= 1.0 - EDGE).then_some(End::Greatest)
    }

    /// The distance to the neighbour above (1) or below (-1), or a share of the span where neighbours stand close.
    fn step(&self, side: i32) -> Option<f64> {
        let neighbour = if side > 0 {
            self.values.iter().find(|value| **value > self.best)
        } else {
            self.values.iter().rev().find(|value| **value < self.best)
        };
        let span = self.values.last()? - self.values.first()?;
        Some((neighbour? - self.best).abs().max(span / STEPS_MAX))
    }

    fn next(&self, takes: &dyn Fn(&ParamValue) -> bool) -> Vec<ParamValue> {
        let best = self.value(self.best);
        let around = |end: End| match end {
            End::Least => vec![self.beyond(end, 2.0), self.beyond(end, 1.0), best.clone(), self.inside(1)],
            End::Greatest => vec![self.inside(-1), best.clone(), self.beyond(end, 1.0), self.beyond(end, 2.0)],
        };
        let values = self.nearest_end().map_or_else(|| vec![self.inside(-1), best.clone(), self.inside(1)], around);
        let mut kept: Vec<ParamValue> = Vec::new();
        for value in values {
            if !kept.contains(&value) && (value == best || takes(&value)) {
                kept.push(value);
            }
        }
        kept
    }

    /// The middle between the best and its neighbour on that side.
    fn inside(&self, side: i32) -> ParamValue {
        let step = self.step(side).unwrap_or(0.0);
        self.value(self.best + f64::from(side) * 0.5 * step)
    }

    fn value(&self, place: f64) -> ParamValue {
        // The best itself keeps all its digits.
        let is_best = place == self.best;
        let number = if self.is_log { place.exp() } else { place };
        if self.is_int {
            return ParamValue::Int(number.round() as i64);
        }
        ParamValue::Float(rounded(number, if is_best && !self.is_log { 17 } else { 3 }))
    }
}

/// Whether sorted values are positive, far apart, and spaced more evenly by factors than by differences.
pub(crate) fn is_log_spaced(values: &[f64]) -> bool {
    let (Some(&least), Some(&greatest)) = (values.first(), values.last()) else { return false };
    if least <= 0.0 || greatest / least < LOG_SPAN_MIN {
        return false;
    }
    let unevenness = |place: fn(f64) -> f64| {
        let steps: Vec<f64> =
            values.windows(2).filter_map(|pair| Some(place(*pair.last()?) - place(*pair.first()?))).collect();
        crate::select::std(&steps) / crate::select::mean(&steps)
    };
    unevenness(f64::ln) <= unevenness(|value| value)
}

/// `number` with so many significant digits.
fn rounded(number: f64, n_digits: usize) -> f64 {
    format!("{number:.*e}", n_digits.saturating_sub(1)).parse().unwrap_or(number)
}
