//! Candidates: settings to try, and what came of them.

use serde::{Deserialize, Serialize};

use crate::preprocess::ParamValue;
use crate::select::{FoldScores, mean, std};

/// Settings that a search tried, and what came of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its place in the grid's order, from 0.
    pub candidate_idx: usize,
    /// The settings by name, names sorted.
    pub params: Vec<(String, ParamValue)>,
    /// What came of them.
    pub outcome: Outcome,
}

/// What came of a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// Each fold's scores, in order.
    Scored(Vec<FoldScores>),
    /// What the first fold that failed said.
    Failed(String),
    /// The search was interrupted before all its folds were done.
    NotReached,
}

impl Candidate {
    /// The folds' scores; none unless all are there.
    pub fn folds(&self) -> &[FoldScores] {
        match &self.outcome {
            Outcome::Scored(folds) => folds,
            Outcome::Failed(_) | Outcome::NotReached => &[],
        }
    }

    /// Mean and standard deviation over the folds' validation rows of the metric at `position`.
    pub(super) fn test(&self, position: usize) -> Option<(f64, f64)> {
        summary(self.folds(), |fold| fold.test.get(position).copied())
    }

    /// The same over the training rows.
    pub(super) fn train(&self, position: usize) -> Option<(f64, f64)> {
        summary(self.folds(), |fold| fold.train.get(position).copied())
    }

    /// Mean and standard deviation of the folds' times.
    pub(super) fn seconds(&self, of: fn(&FoldScores) -> f64) -> Option<(f64, f64)> {
        summary(self.folds(), |fold| Some(of(fold)))
    }
}

fn summary(folds: &[FoldScores], value: impl Fn(&FoldScores) -> Option<f64>) -> Option<(f64, f64)> {
    let values: Vec<f64> = folds.iter().filter_map(value).collect();
    (!values.is_empty()).then(|| (mean(&values), std(&values)))
}

/// All combinations of the values of `params`: names sorted, the last name's value changing fastest.
pub(super) fn combinations(params: &[(String, Vec<ParamValue>)]) -> Vec<Vec<(String, ParamValue)>> {
    let mut sorted: Vec<&(String, Vec<ParamValue>)> = params.iter().collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    let mut combinations = vec![Vec::new()];
    for (name, values) in sorted {
        let longer = |shorter: &Vec<(String, ParamValue)>| {
            let with = |value: &ParamValue| [shorter.as_slice(), &[(name.clone(), value.clone())]].concat();
            values.iter().map(with).collect::<Vec<_>>()
        };
        combinations = combinations.iter().flat_map(longer).collect();
    }
    combinations
}
