//! B-splines over a row of knots.

use serde::{Deserialize, Serialize};

/// Knots with `degree` more at each end than there are in the range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Basis {
    knots: Vec<f64>,
    degree: usize,
}

impl Basis {
    /// Over the knots `base`, of which there are at least two, continued outwards at the distance of the outermost two.
    pub(super) fn around(base: &[f64], degree: usize) -> Self {
        let mut knots = Vec::with_capacity(base.len() + 2 * degree);
        if let (&[first, second, ..], &[.., before, last]) = (base, base) {
            knots.extend((1..=degree).rev().map(|place| first - place as f64 * (second - first)));
            knots.extend(base);
            knots.extend((1..=degree).map(|place| last + place as f64 * (last - before)));
        }
        Self { knots, degree }
    }

    /// Over the knots `base`, of which there are more than `degree`, continued outwards as they go on at the other end.
    pub(super) fn periodic(base: &[f64], degree: usize) -> Self {
        let mut knots = Vec::with_capacity(base.len() + 2 * degree);
        if let [first, .., last] = base {
            let period = last - first;
            let before = base.len().saturating_sub(degree + 1)..base.len() - 1;
            knots.extend(base.get(before).unwrap_or_default().iter().map(|knot| knot - period));
            knots.extend(base);
            knots.extend(base.iter().skip(1).take(degree).map(|knot| knot + period));
        }
        Self { knots, degree }
    }

    pub(super) fn degree(&self) -> usize {
        self.degree
    }

    pub(super) fn knots(&self) -> &[f64] {
        &self.knots
    }

    pub(super) fn is_finite(&self) -> bool {
        self.knots.iter().all(|knot| knot.is_finite())
    }

    pub(super) fn n_splines(&self) -> usize {
        (self.knots.len() - self.degree).saturating_sub(1)
    }

    /// The ends of the range in which all splines sum to 1.
    pub(super) fn range(&self) -> (f64, f64) {
        (self.knot(self.degree), self.knot(self.n_splines()))
    }

    /// The place of the first spline that is not 0 at `value`, and the `degree + 1` from there on. Outside the range the outermost polynomials go on.
    pub(super) fn at(&self, value: f64) -> (usize, Vec<f64>) {
        let interval = self.interval(value);
        (interval - self.degree, self.weights(interval, self.degree, value))
    }

    /// The splines at the point `end` of the range, moved by `distance` along their slopes.
    pub(super) fn along(&self, end: f64, distance: f64) -> (usize, Vec<f64>) {
        let interval = self.interval(end);
        let mut weights = self.weights(interval, self.degree, end);
        if self.degree > 0 {
            // d/dx Bⱼ,ₚ = p · (Bⱼ,ₚ₋₁ / (tⱼ₊ₚ − tⱼ) − Bⱼ₊₁,ₚ₋₁ / (tⱼ₊ₚ₊₁ − tⱼ₊₁))
            let degree = self.degree;
            let lower = self.weights(interval, degree - 1, end);
            for (place, weight) in weights.iter_mut().enumerate() {
                let spline = interval - degree + place;
                let part = |lower: Option<&f64>, from: usize| {
                    let width = self.knot(from + degree) - self.knot(from);
                    lower.filter(|_| width > 0.0).map_or(0.0, |lower| lower / width)
                };
                let rise = part(place.checked_sub(1).and_then(|place| lower.get(place)), spline);
                let fall = part(lower.get(place), spline + 1);
                *weight += distance * degree as f64 * (rise - fall);
            }
        }
        (interval - self.degree, weights)
    }

    fn knot(&self, place: usize) -> f64 {
        self.knots.get(place).copied().unwrap_or(f64::NAN)
    }

    /// The interval between two different knots of the range that holds `value`, or is nearest to it.
    fn interval(&self, value: f64) -> usize {
        let (first, last) = (self.degree, self.n_splines().saturating_sub(1));
        let mut interval =
            self.knots.partition_point(|knot| *knot <= value).saturating_sub(1).clamp(first, last.max(first));
        while interval > first && self.knot(interval) >= self.knot(interval + 1) {
            interval -= 1;
        }
        while interval < last && self.knot(interval) >= self.knot(interval + 1) {
            interval += 1;
        }
        interval
    }

    /// The splines of a lower or the same degree that are not 0 in `interval`, by the recursion of Cox and de Boor.
    fn weights(&self, interval: usize, degree: usize, value: f64) -> Vec<f64> {
        let mut weights = vec![1.0];
        for level in 1..=degree {
            let mut next = vec![0.0; level + 1];
            for (place, weight) in weights.iter().enumerate() {
                let (left, right) = (self.knot(interval + 1 + place - level), self.knot(interval + 1 + place));
                let share = weight / (right - left);
                if let Some([low, high]) = next.get_mut(place..place + 2) {
                    *low += (right - value) * share;
                    *high += (value - left) * share;
                }
            }
            weights = next;
        }
        weights
    }
}
