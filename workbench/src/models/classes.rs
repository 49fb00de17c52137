//! The classes that a classifier learns to tell apart.

use ndarray::{Array2, Axis};

use crate::data::{Dataset, Target};
use crate::error::{Error, Result};

/// The classes that occur in the training rows that count, and which of them each such row has. A row of weight 0 is no row.
pub(super) struct Classes {
    /// For each row that counts, the position of its class in `labels`.
    pub(super) codes: Vec<usize>,
    /// The classes that occur, in the order of the dataset's labels.
    pub(super) labels: Vec<String>,
    /// All labels of the dataset.
    pub(super) known: Vec<String>,
    /// The weights of the rows that count, if they have some.
    pub(super) weights: Option<Vec<f64>>,
    /// Which rows count; none where all do.
    rows: Option<Vec<usize>>,
}

impl Classes {
    /// The classes of `data`, of which there must be two at least.
    pub(super) fn at_least_two(data: &Dataset, model: &'static str) -> Result<Self> {
        Self::of(data, model)?.check_two(model, data.target_name())
    }

    /// The classes of `data`. A fold keeps the labels of the whole, so those that no row has are left out.
    pub(super) fn of(data: &Dataset, model: &'static str) -> Result<Self> {
        let (codes, labels) = target(data, model)?;
        let classes = Self::of_codes(codes, labels, data.weights());
        if classes.codes.is_empty() { Err(Error::NoRows { what: model.to_string() }) } else { Ok(classes) }
    }

    /// As [`at_least_two`](Self::at_least_two) for one that counts its steps: to it a row of weight 0 is a step if its class is there at all.
    pub(super) fn with_idle_rows(data: &Dataset, model: &'static str) -> Result<Self> {
        let (codes, labels) = target(data, model)?;
        let counted = Self::of_codes(codes, labels, data.weights());
        let is_step = |code: u32| labels.get(code as usize).is_some_and(|label| counted.labels.contains(label));
        Self::of_rows(codes, labels, data.weights(), |row, code| is_counted(data.weights(), row) || is_step(code))
            .check_two(model, data.target_name())
    }

    /// All labels of `data`, also those that no row has, of which there must be two at least; all rows are kept.
    pub(super) fn all_of(data: &Dataset, model: &'static str) -> Result<Self> {
        let (_, labels) = target(data, model)?;
        Self::as_known(data, model, labels)?.check_two(model, data.target_name())
    }

    /// All rows of `data` by the classes `known`, of which each must have one.
    pub(super) fn as_known(data: &Dataset, model: &'static str, known: &[String]) -> Result<Self> {
        let (codes, labels) = target(data, model)?;
        let classes = Self::of_rows(codes, labels, data.weights(), |_, _| true);
        let mut positions = Vec::with_capacity(classes.labels.len());
        for label in &classes.labels {
            let position = known.iter().position(|known| known == label);
            let names: Vec<&str> = known.iter().map(String::as_str).collect();
            positions.push(position.ok_or_else(|| Error::not_one_of("a class", label, &names))?);
        }
        let codes = classes.codes.iter().filter_map(|&code| positions.get(code).copied()).collect();
        Ok(Self { codes, labels: known.to_vec(), known: known.to_vec(), ..classes })
    }

    /// The classes of rows with `codes`, whose position in `labels` they are.
    pub(super) fn of_codes(codes: &[u32], labels: &[String], weights: Option<&[f64]>) -> Self {
        Self::of_rows(codes, labels, weights, |row, _| is_counted(weights, row))
    }

    /// The same for all rows, whatever they count.
    pub(super) fn of_all_codes(codes: &[u32], labels: &[String]) -> Self {
        Self::of_rows(codes, labels, None, |_, _| true)
    }

    /// The same for those rows that are to be kept, by their numbers and codes.
    fn of_rows(
        codes: &[u32],
        labels: &[String],
        weights: Option<&[f64]>,
        is_kept: impl Fn(usize, u32) -> bool,
    ) -> Self {
        let kept = codes.iter().enumerate().filter(|(row, code)| is_kept(*row, **code)).map(|(row, _)| row);
        let rows: Option<Vec<usize>> = Some(kept.collect::<Vec<_>>()).filter(|rows| rows.len() < codes.len());
        let codes = pick(codes, rows.as_deref());
        let mut occurs = vec![false; labels.len()];
        for &code in &codes {
            if let Some(occurs) = occurs.get_mut(code as usize) {
                *occurs = true;
            }
        }
        let mut positions = Vec::with_capacity(labels.len());
        let mut kept: Vec<String> = Vec::new();
        for (label, occurs) in labels.iter().zip(occurs) {
            positions.push(kept.len());
            if occurs {
                kept.push(label.clone());
            }
        }
        let codes = codes.iter().filter_map(|&code| positions.get(code as usize).copied()).collect();
        let weights = weights.map(|weights| pick(weights, rows.as_deref()));
        Self { codes, labels: kept, known: labels.to_vec(), weights, rows }
    }

    /// An error unless there are two classes at least.
    pub(super) fn check_two(self, model: &'static str, target: &str) -> Result<Self> {
        match self.labels.as_slice() {
            [] => Err(Error::NoRows { what: model.to_string() }),
            [class] => Err(Error::OneClass {
                model,
                target: target.to_string(),
                class: class.clone(),
                n_rows: self.codes.len(),
            }),
            _ => Ok(self),
        }
    }

    /// Those of `records`, one of each row, that count.
    pub(super) fn counted(&self, records: Array2<f64>) -> Array2<f64> {
        match &self.rows {
            Some(rows) if rows.iter().all(|&row| row < records.nrows()) => records.select(Axis(0), rows),
            _ => records,
        }
    }

    /// The number that the row at `position` among those that count has among all.
    pub(super) fn row(&self, position: usize) -> usize {
        self.rows.as_ref().and_then(|rows| rows.get(position)).copied().unwrap_or(position)
    }
}

fn is_counted(weights: Option<&[f64]>, row: usize) -> bool {
    weights.and_then(|weights| weights.get(row)).is_none_or(|weight| *weight > 0.0)
}

fn target<'a>(data: &'a Dataset, model: &'static str) -> Result<(&'a [u32], &'a [String])> {
    match data.target() {
        Target::Classes { codes, labels } => Ok((codes, labels)),
        Target::Values(_) => Err(Error::NotClasses { what: model.to_string(), target: data.target_name().to_string() }),
    }
}

/// The values at `rows`, or all.
fn pick<T: Copy>(values: &[T], rows: Option<&[usize]>) -> Vec<T> {
    match rows {
        Some(rows) => rows.iter().filter_map(|&row| values.get(row).copied()).collect(),
        None => values.to_vec(),
    }
}
