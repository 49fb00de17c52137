//! Candidates: settings to try, and what came of them.

use serde::{Deserialize, Serialize};

use crate::preprocess::ParamValue;
use crate::select::{FoldScores, mean, std};

/// Settings by name, names sorted.
pub(super) type Params = Vec<(String, ParamValue)>;

/// Settings that a search tried, and what came of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its place in the order in which the search made them, from 0.
    pub candidate_idx: usize,
    /// The settings by name, names sorted.
    pub params: Vec<(String, ParamValue)>,
    /// With how much it was tried, in a successive halving.
    pub rung: Option<Rung>,
    /// What came of them.
    pub outcome: Outcome,
}

/// One iteration of a successive halving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// The iteration, from 0.
    pub iteration: usize,
    /// How much of the resource each candidate had: rows, or the value of a setting.
    pub n_resources: usize,
}

/// What came of a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// Each fold's scores, in order.
    Scored(Vec<FoldScores>),
    /// A race gave it up: the scores of the folds that it has.
    Stopped(Vec<FoldScores>),
    /// What the first fold that failed said.
    Failed(String),
    /// The search was interrupted before all its folds were done.
    NotReached,
}

impl Candidate {
    /// The folds' scores: all of them, of a stopped candidate those that it has, and otherwise none.
    pub fn folds(&self) -> &[FoldScores] {
        match &self.outcome {
            Outcome::Scored(folds) | Outcome::Stopped(folds) => folds,
            Outcome::Failed(_) | Outcome::NotReached => &[],
        }
    }

    /// The value of the setting `name`.
    pub fn param(&self, name: &str) -> Option<ParamValue> {
        self.value(name).cloned()
    }

    pub(super) fn value(&self, name: &str) -> Option<&ParamValue> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The mean score by which it is ranked; none unless all folds are there and their mean is a number.
    pub(super) fn score(&self) -> Option<f64> {
        let is_whole = matches!(self.outcome, Outcome::Scored(_));
        self.test(0).map(|(mean, _)| mean).filter(|mean| is_whole && !mean.is_nan())
    }

    /// Each fold's score by the metric that ranks.
    pub(super) fn test_scores(&self) -> Vec<f64> {
        self.folds().iter().filter_map(|fold| fold.test.first().copied()).collect()
    }

    /// The same over the training rows.
    pub(super) fn train_scores(&self) -> Vec<f64> {
        self.folds().iter().filter_map(|fold| fold.train.first().copied()).collect()
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
pub(super) fn combinations(params: &[(String, Vec<ParamValue>)]) -> Vec<Params> {
    let mut sorted: Vec<&(String, Vec<ParamValue>)> = params.iter().collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    let mut combinations = vec![Vec::new()];
    for (name, values) in sorted {
        let longer = |shorter: &Params| {
            let with = |value: &ParamValue| [shorter.as_slice(), &[(name.clone(), value.clone())]].concat();
            values.iter().map(with).collect::<Vec<_>>()
        };
        combinations = combinations.iter().flat_map(longer).collect();
    }
    combinations
}

/// Settings as a progress line has them: `C=0.1, penalty=l2`.
pub(super) fn in_words(params: &[(String, ParamValue)]) -> String {
    params.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ")
}
