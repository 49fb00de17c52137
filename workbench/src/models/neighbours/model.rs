//! What is made of neighbours.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use ndarray::Array2;
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::super::Model;
use super::super::checks::{new_records, too_great};
use super::super::linear::position_of_max;
use super::estimators::Settings;
use super::index::{Index, Neighbours};
use super::metric::Measure;
use crate::data::Target;
use crate::error::{Error, Result};
use crate::preprocess::Weights;

/// A fitted [`KNeighborsClassifier`](super::KNeighborsClassifier) or [`KNeighborsRegressor`](super::KNeighborsRegressor).
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "Saved", try_from = "Saved")]
pub struct KNeighborsModel {
    pub(super) index: Arc<Index>,
    rows: Arc<Array2<f64>>,
    settings: Settings,
    target: Arc<Target>,
    feature_names: Vec<String>,
}

/// The training rows would fill the screen.
impl fmt::Debug for KNeighborsModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("KNeighborsModel");
        shown.field("settings", &self.settings).field("n_samples", &self.rows.nrows());
        shown.field("feature_names", &self.feature_names).finish_non_exhaustive()
    }
}

/// The model as a file has it.
#[derive(Clone, Serialize, Deserialize)]
struct Saved {
    settings: Settings,
    rows: Vec<Vec<f64>>,
    target: Target,
    feature_names: Vec<String>,
}

impl From<KNeighborsModel> for Saved {
    fn from(model: KNeighborsModel) -> Self {
        let KNeighborsModel { rows, settings, target, feature_names, .. } = model;
        let rows = rows.rows().into_iter().map(|row| row.to_vec()).collect();
        Self { settings, rows, target: target.as_ref().clone(), feature_names }
    }
}

impl TryFrom<Saved> for KNeighborsModel {
    type Error = String;

    fn try_from(saved: Saved) -> Result<Self, String> {
        let Saved { settings, rows, target, feature_names } = saved;
        let is_told = match &target {
            Target::Classes { codes, labels } => codes.iter().all(|&code| (code as usize) < labels.len()),
            Target::Values(_) => true,
        };
        let is_whole = rows.len() == target.len()
            && (1..=rows.len()).contains(&settings.n_neighbors)
            && !feature_names.is_empty()
            && rows.iter().all(|row| row.len() == feature_names.len());
        let shape = (rows.len(), feature_names.len());
        let rows = Array2::from_shape_vec(shape, rows.into_iter().flatten().collect());
        match rows {
            Ok(rows) if is_told && is_whole => Ok(Self::new(rows, settings, target, feature_names)),
            _ => Err("its rows, target and columns do not fit each other".to_string()),
        }
    }
}

impl KNeighborsModel {
    pub(super) fn new(rows: Array2<f64>, settings: Settings, target: Target, feature_names: Vec<String>) -> Self {
        let rows = Arc::new(rows);
        let index = Arc::new(Index::new(rows.as_ref().clone(), settings.measure(), settings.algorithm));
        Self { index, rows, settings, target: Arc::new(target), feature_names }
    }

    /// The same rows with other settings of what is made of them.
    pub(super) fn with_settings(&self, settings: Settings) -> Self {
        Self { settings, ..self.clone() }
    }

    pub(super) fn n_neighbors(&self) -> usize {
        self.settings.n_neighbors
    }

    /// The nearest training rows of each row of `features`: distances and 0-based positions, both of shape `(n_samples, n_neighbors)`, the nearest first.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict).
    pub fn kneighbors(&self, features: &DataFrame) -> Result<(Array2<f64>, Array2<u32>)> {
        let found = self.nearest(features, self.settings.n_neighbors)?;
        let shape = (features.height(), found.n_neighbors);
        let distances = Array2::from_shape_vec(shape, found.distances).unwrap_or_else(|_| Array2::zeros(shape));
        Ok((distances, Array2::from_shape_vec(shape, found.rows).unwrap_or_else(|_| Array2::zeros(shape))))
    }

    pub(super) fn nearest(&self, features: &DataFrame, n_neighbors: usize) -> Result<Neighbours> {
        let name = Model::name(self);
        let records = new_records(name, features, &self.feature_names)?;
        check_finite(name, &records, self.index.measure, &self.feature_names)?;
        self.index.nearest(records, n_neighbors)
    }

    /// For each row how much each of its nearest training rows counts, and which they are.
    fn each<'a>(&'a self, found: &'a Neighbours) -> impl Iterator<Item = (Vec<f64>, &'a [u32])> {
        let n_neighbors = self.settings.n_neighbors.min(found.n_neighbors);
        let rows = found.rows.chunks(found.n_neighbors.max(1)).zip(found.distances.chunks(found.n_neighbors.max(1)));
        rows.map(move |(rows, distances)| {
            let distances = distances.get(..n_neighbors).unwrap_or(distances);
            (weights(self.settings.weights, distances), rows.get(..n_neighbors).unwrap_or(rows))
        })
    }

    /// The part of each class in the votes, shape `(n_samples, n_classes)`.
    pub(super) fn votes(&self, found: &Neighbours) -> Result<Array2<f64>> {
        let Target::Classes { codes, labels } = self.target.as_ref() else {
            return Err(Error::NoProbabilities { model: Model::name(self), reason: "(it is a regression)" });
        };
        let n_rows = found.rows.len() / found.n_neighbors.max(1);
        let mut votes = Array2::<f64>::zeros((n_rows, labels.len()));
        for (mut votes, (weights, rows)) in votes.rows_mut().into_iter().zip(self.each(found)) {
            for (&row, weight) in rows.iter().zip(weights) {
                let class = codes.get(row as usize).and_then(|&code| votes.get_mut(code as usize));
                if let Some(class) = class {
                    *class += weight;
                }
            }
            let sum = votes.sum();
            votes.mapv_inplace(|vote| vote / sum);
        }
        Ok(votes)
    }

    /// What the neighbours of each row tell.
    pub(super) fn tell(&self, found: &Neighbours) -> Result<Target> {
        match self.target.as_ref() {
            Target::Classes { labels, .. } => {
                let votes = self.votes(found)?;
                let codes = votes.rows().into_iter().map(|row| position_of_max(row.iter().copied()) as u32).collect();
                Ok(Target::Classes { codes, labels: labels.clone() })
            }
            Target::Values(values) => {
                let told = self.each(found).map(|(weights, rows)| {
                    let total: f64 = weights.iter().sum();
                    let value = |&row: &u32| values.get(row as usize).copied().unwrap_or_default();
                    rows.iter().map(value).zip(&weights).map(|(value, weight)| value * weight).sum::<f64>() / total
                });
                Ok(Target::Values(told.collect()))
            }
        }
    }
}

/// How much each neighbour counts; those at no distance count alone.
fn weights(weights: Weights, distances: &[f64]) -> Vec<f64> {
    let inverse = |distance: &f64| 1.0 / distance;
    match weights {
        Weights::Uniform => vec![1.0; distances.len()],
        // The inverse of a tiny distance is infinite, too.
        Weights::Distance if distances.iter().any(|distance| inverse(distance).is_infinite()) => {
            distances.iter().map(|distance| f64::from(u8::from(inverse(distance).is_infinite()))).collect()
        }
        Weights::Distance => distances.iter().map(inverse).collect(),
    }
}

/// An error for a row so far out that no distance from it is finite.
pub(super) fn check_finite(
    model: &'static str,
    records: &Array2<f64>,
    measure: Measure,
    names: &[String],
) -> Result<()> {
    if measure == Measure::Cosine {
        return Ok(());
    }
    for row in records.rows() {
        // Twice as far in each column; sums of as many columns stay finite.
        let far = row.iter().map(|value| measure.of_gap(4.0 * value)).sum::<f64>() * 4.0;
        if !far.is_finite() {
            let greatest = position_of_max(row.iter().map(|value| value.abs()));
            return Err(too_great(model, names.get(greatest).map_or("", String::as_str), "a distance"));
        }
    }
    Ok(())
}

impl Model for KNeighborsModel {
    fn name(&self) -> &'static str {
        match self.target.as_ref() {
            Target::Classes { .. } => super::estimators::CLASSIFIER,
            Target::Values(_) => super::estimators::REGRESSOR,
        }
    }

    fn predict(&self, features: &DataFrame) -> Result<Target> {
        self.tell(&self.nearest(features, self.settings.n_neighbors)?)
    }

    fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        if self.classes().is_none() {
            return Err(Error::NoProbabilities { model: Model::name(self), reason: "(it is a regression)" });
        }
        self.votes(&self.nearest(features, self.settings.n_neighbors)?)
    }

    fn classes(&self) -> Option<Vec<String>> {
        match self.target.as_ref() {
            Target::Classes { labels, .. } => Some(labels.clone()),
            Target::Values(_) => None,
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
