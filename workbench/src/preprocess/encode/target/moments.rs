//! Counts, means and squares of the target for each fold and category, from which every encoding follows.

use super::folds::Folds;
use super::{NAME, Smoothing};
use crate::data::Target;
use crate::error::{Error, Result};

/// A target as means are taken of it.
pub(super) enum Outcome {
    Values(Vec<f64>),
    /// Codes among the labels that occur.
    Classes {
        codes: Vec<u32>,
        labels: Vec<String>,
    },
}

impl Outcome {
    pub(super) fn new(target: &Target) -> Result<Self> {
        let (codes, labels) = match target {
            Target::Values(values) => return Ok(Self::Values(values.clone())),
            Target::Classes { codes, labels } => (codes, labels),
        };
        // A fold keeps the labels of the whole, so those that no row has are left out.
        let mut occurs = vec![false; labels.len()];
        for &code in codes {
            if let Some(occurs) = occurs.get_mut(code as usize) {
                *occurs = true;
            }
        }
        let mut positions = Vec::with_capacity(labels.len());
        let mut kept = Vec::new();
        for (label, occurs) in labels.iter().zip(occurs) {
            positions.push(kept.len() as u32);
            if occurs {
                kept.push(label.clone());
            }
        }
        if kept.len() < 2 {
            return Err(Error::InvalidValue {
                what: format!("{NAME}: the number of classes of the target"),
                value: kept.len().to_string(),
                allowed: "at least 2".to_string(),
            });
        }
        let codes = codes.iter().filter_map(|&code| positions.get(code as usize).copied()).collect();
        Ok(Self::Classes { codes, labels: kept })
    }

    /// Codes and their number, where the target has classes.
    pub(super) fn classes(&self) -> Option<(&[u32], usize)> {
        match self {
            Self::Values(_) => None,
            Self::Classes { codes, labels } => Some((codes, labels.len())),
        }
    }

    /// The classes that have an output each; none where there is one output for all.
    pub(super) fn labels(&self) -> Option<&[String]> {
        match self {
            Self::Classes { labels, .. } if labels.len() > 2 => Some(labels),
            _ => None,
        }
    }
}

/// Number, mean, and sum of squared differences from it.
#[derive(Clone, Copy, Default)]
struct Moment {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moment {
    /// Of so many rows, `ones` of which are 1 and the others 0.
    fn of_ones(ones: f64, count: f64) -> Self {
        if count == 0.0 {
            return Self::default();
        }
        Self { count, mean: ones / count, squares: ones * (count - ones) / count }
    }

    /// Of the rows of both (Chan, Golub and LeVeque).
    fn with(self, other: Self) -> Self {
        if self.count == 0.0 || other.count == 0.0 {
            return if self.count == 0.0 { other } else { self };
        }
        let count = self.count + other.count;
        let difference = other.mean - self.mean;
        Self {
            count,
            mean: (self.mean * self.count + other.mean * other.count) / count,
            squares: self.squares + other.squares + difference * difference * self.count * other.count / count,
        }
    }
}

/// The moments of every fold.
pub(super) struct Moments {
    folds: Vec<Part>,
}

/// The moments of some rows: for each output, of all of them, and of each category.
pub(super) struct Part {
    outputs: Vec<(Moment, Vec<Moment>)>,
}

impl Moments {
    pub(super) fn new(outcome: &Outcome, folds: &Folds, codes: &[u32], n_categories: usize) -> Self {
        let folds = match outcome {
            Outcome::Values(values) => of_values(values, folds, codes, n_categories),
            Outcome::Classes { codes: classes, labels } => {
                of_classes(classes, labels.len(), folds, codes, n_categories)
            }
        };
        Self { folds }
    }

    fn all(&self) -> Part {
        self.without(usize::MAX)
    }

    /// The moments of all rows but those of `fold`.
    pub(super) fn without(&self, fold: usize) -> Part {
        let mut parts = self.folds.iter().enumerate().filter(|(other, _)| *other != fold).map(|(_, part)| part);
        let mut outputs = parts.next().map(|part| part.outputs.clone()).unwrap_or_default();
        for part in parts {
            for ((total, categories), (more, of_categories)) in outputs.iter_mut().zip(&part.outputs) {
                *total = total.with(*more);
                for (category, more) in categories.iter_mut().zip(of_categories) {
                    *category = category.with(*more);
                }
            }
        }
        Part { outputs }
    }

    /// For each output the mean of all rows.
    pub(super) fn means(&self) -> Vec<f64> {
        self.all().outputs.iter().map(|(total, _)| total.mean).collect()
    }

    /// For each output the encoding of each category by all rows.
    pub(super) fn encodings(&self, smooth: Smoothing) -> Vec<Vec<f64>> {
        let all = self.all();
        (0..all.outputs.len()).map(|output| all.encoding(output, smooth)).collect()
    }
}

impl Part {
    /// The mean of all rows.
    pub(super) fn mean(&self, output: usize) -> f64 {
        self.outputs.get(output).map_or(f64::NAN, |(total, _)| total.mean)
    }

    /// The encoding of each category.
    pub(super) fn encoding(&self, output: usize, smooth: Smoothing) -> Vec<f64> {
        let Some((total, categories)) = self.outputs.get(output) else { return Vec::new() };
        let variance = total.squares / total.count;
        let encoding = |category: &Moment| {
            let weight = match smooth {
                Smoothing::Auto => {
                    let between = variance * category.count;
                    between / (between + category.squares / category.count)
                }
                Smoothing::Rows(rows) => category.count / (category.count + rows),
            };
            // Without a row, or where nothing varies.
            if weight.is_nan() { total.mean } else { weight * category.mean + (1.0 - weight) * total.mean }
        };
        categories.iter().map(encoding).collect()
    }
}

/// Two passes: sums, then squares about the means that they give. Rows without a category count for the whole only.
fn of_values(values: &[f64], folds: &Folds, codes: &[u32], n_categories: usize) -> Vec<Part> {
    // The last cell of each fold is for rows without a category.
    let width = n_categories + 1;
    let cell = |code: u32, fold: u16| usize::from(fold) * width + (code as usize).min(n_categories);
    let mut cells = vec![Moment::default(); width * folds.len()];
    let rows = || values.iter().zip(codes).zip(folds.of_rows());
    for ((&value, &code), &fold) in rows() {
        if let Some(moment) = cells.get_mut(cell(code, fold)) {
            moment.count += 1.0;
            moment.mean += value;
        }
    }
    for moment in &mut cells {
        moment.mean = if moment.count > 0.0 { moment.mean / moment.count } else { 0.0 };
    }
    for ((&value, &code), &fold) in rows() {
        if let Some(moment) = cells.get_mut(cell(code, fold)) {
            moment.squares += (value - moment.mean) * (value - moment.mean);
        }
    }
    let parts = cells.chunks(width).map(|cells| {
        let total = cells.iter().fold(Moment::default(), |total, moment| total.with(*moment));
        Part { outputs: vec![(total, cells.iter().take(n_categories).copied().collect())] }
    });
    parts.collect()
}

/// One pass of counting.
fn of_classes(classes: &[u32], n_classes: usize, folds: &Folds, codes: &[u32], n_categories: usize) -> Vec<Part> {
    let width = n_categories + 1;
    let mut counts = vec![0_u32; width * n_classes * folds.len()];
    for ((&class, &code), &fold) in classes.iter().zip(codes).zip(folds.of_rows()) {
        let category = usize::from(fold) * width + (code as usize).min(n_categories);
        if let Some(count) = counts.get_mut(category * n_classes + class as usize) {
            *count += 1;
        }
    }
    // Of two classes the second tells both.
    let outputs = if n_classes == 2 { 1..2 } else { 0..n_classes };
    let parts = counts.chunks(width * n_classes).map(|counts| {
        let of_categories: Vec<f64> =
            counts.chunks(n_classes).map(|of| of.iter().map(|&n| f64::from(n)).sum()).collect();
        let n_rows: f64 = of_categories.iter().sum();
        let output = |class: usize| {
            let ones: Vec<f64> =
                counts.chunks(n_classes).map(|of| of.get(class).map_or(0.0, |&n| f64::from(n))).collect();
            let total = Moment::of_ones(ones.iter().sum(), n_rows);
            let moments = ones.iter().zip(&of_categories).take(n_categories);
            (total, moments.map(|(&ones, &count)| Moment::of_ones(ones, count)).collect())
        };
        Part { outputs: outputs.clone().map(output).collect() }
    });
    parts.collect()
}
