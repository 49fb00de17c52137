//! What a search found.

use std::collections::BTreeMap;
use std::sync::Arc;

use ndarray::Array2;
use polars::prelude::{Column, DataFrame};

use super::candidate::{Candidate, Outcome};
use crate::data::Target;
use crate::error::{Error, Result};
use crate::models::Model;
use crate::preprocess::ParamValue;
use crate::select::{FoldScores, Scoring};

/// What a search found: every candidate with its scores, and the best one fitted on all rows.
#[derive(Clone, Debug)]
pub struct SearchResult {
    scoring: Vec<String>,
    /// In the order of their ranks, then of the grid.
    ranked: Vec<Candidate>,
    /// The rank of each; none for a candidate without a score.
    ranks: Vec<Option<u64>>,
    best_score: f64,
    best_model: Option<Arc<dyn Model>>,
    interrupted: bool,
}

impl SearchResult {
    /// Ranks `candidates` by the first of `scorings`; an error where none has a score.
    pub(super) fn new(scorings: &[Scoring], candidates: Vec<Candidate>, interrupted: bool) -> Result<Self> {
        let score = |candidate: &Candidate| candidate.test(0).map(|(mean, _)| mean);
        let scores: Vec<f64> = candidates.iter().filter_map(score).collect();
        let Some(best_score) = scores.iter().copied().reduce(f64::max) else {
            return Err(why_none(&candidates));
        };
        let rank = |candidate: &Candidate| {
            let own = score(candidate)?;
            Some(1 + scores.iter().filter(|other| **other > own).count() as u64)
        };
        let mut ranked: Vec<(Option<u64>, Candidate)> =
            candidates.into_iter().map(|candidate| (rank(&candidate), candidate)).collect();
        ranked.sort_by_key(|(rank, candidate)| (rank.is_none(), *rank, candidate.candidate_idx));
        let (ranks, ranked) = ranked.into_iter().unzip();
        let scoring = scorings.iter().map(|scoring| scoring.name().to_string()).collect();
        Ok(Self { scoring, ranked, ranks, best_score, best_model: None, interrupted })
    }

    /// The best candidate's settings by name; of several with the best score, the first in the grid.
    pub fn best_params(&self) -> BTreeMap<String, ParamValue> {
        self.ranked.first().map(|best| best.params.iter().cloned().collect()).unwrap_or_default()
    }

    /// The best candidate's mean score over the folds' validation rows.
    pub fn best_score(&self) -> f64 {
        self.best_score
    }

    /// The best candidate, fitted on all rows.
    ///
    /// # Errors
    /// [`Error::Interrupted`] where that fit was interrupted.
    pub fn best_model(&self) -> Result<Arc<dyn Model>> {
        self.best_model.clone().ok_or(Error::Interrupted)
    }

    /// The best model's prediction for each row of `features`.
    ///
    /// # Errors
    /// Those of [`best_model`](Self::best_model) and of the model.
    pub fn predict(&self, features: &DataFrame) -> Result<Target> {
        self.best_model()?.predict(features)
    }

    /// The best model's probability of each class, shape `(n_samples, n_classes)`.
    ///
    /// # Errors
    /// Those of [`best_model`](Self::best_model) and of the model.
    pub fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.best_model()?.predict_proba(features)
    }

    /// Whether the search was stopped before its end; candidates that it did not reach have no scores.
    pub fn interrupted(&self) -> bool {
        self.interrupted
    }

    /// The names of the metrics, of which the first ranks.
    pub fn scoring(&self) -> Vec<String> {
        self.scoring.clone()
    }

    /// All candidates, the best first.
    pub fn candidates(&self) -> Vec<Candidate> {
        self.ranked.clone()
    }

    /// A table with a row for each candidate, the best first: `rank`, its settings, and for each metric mean and standard
    /// deviation over the folds, of validation and of training rows.
    ///
    /// Candidates of equal score have the same rank. Where some have no score, a column `error` says why.
    pub fn results(&self) -> DataFrame {
        let mut columns = vec![Column::new("rank".into(), self.ranks.clone())];
        columns.extend(self.param_columns());
        for (position, metric) in self.scoring.iter().enumerate() {
            columns.extend(self.pair(&format!("test_{metric}"), |candidate| candidate.test(position)));
            columns.extend(self.pair(&format!("train_{metric}"), |candidate| candidate.train(position)));
        }
        let errors: Vec<Option<&str>> = self.ranked.iter().map(error).collect();
        if errors.iter().any(Option::is_some) {
            columns.push(Column::new("error".into(), errors));
        }
        self.table(columns)
    }

    /// A table with the rows of [`results`](Self::results), and for each fold and metric the score on its validation rows.
    pub fn fold_scores(&self) -> DataFrame {
        let mut columns = vec![Column::new("rank".into(), self.ranks.clone())];
        columns.extend(self.param_columns());
        let n_folds = self.ranked.iter().map(|candidate| candidate.folds().len()).max().unwrap_or(0);
        for (position, metric) in self.scoring.iter().enumerate() {
            for fold_idx in 0..n_folds {
                let score = |candidate: &Candidate| candidate.folds().get(fold_idx)?.test.get(position).copied();
                let scores: Vec<Option<f64>> = self.ranked.iter().map(score).collect();
                columns.push(Column::new(format!("fold_{fold_idx}_test_{metric}").into(), scores));
            }
        }
        self.table(columns)
    }

    /// A table with the rows of [`results`](Self::results), and how long a fold took, in seconds.
    ///
    /// It stands apart, since it differs from run to run. The time of steps that candidates share counts for each of them.
    pub fn timings(&self) -> DataFrame {
        let mut columns = vec![Column::new("rank".into(), self.ranks.clone())];
        columns.extend(self.param_columns());
        columns.extend(self.pair("fit_seconds", |candidate| candidate.seconds(|fold: &FoldScores| fold.fit_seconds)));
        columns
            .extend(self.pair("score_seconds", |candidate| candidate.seconds(|fold: &FoldScores| fold.score_seconds)));
        self.table(columns)
    }

    pub(super) fn best_idx(&self) -> usize {
        self.ranked.first().map_or(0, |best| best.candidate_idx)
    }

    pub(super) fn set_best_model(&mut self, model: Box<dyn Model>) {
        self.best_model = Some(Arc::from(model));
    }

    pub(super) fn set_interrupted(&mut self) {
        self.interrupted = true;
    }

    fn param_columns(&self) -> Vec<Column> {
        let names: Vec<&String> =
            self.ranked.first().iter().flat_map(|best| &best.params).map(|(name, _)| name).collect();
        let column = |(position, name): (usize, &String)| {
            let values = self.ranked.iter().map(|candidate| candidate.params.get(position).map(|(_, value)| value));
            param_column(name, &values.collect::<Vec<_>>())
        };
        names.into_iter().enumerate().map(column).collect()
    }

    /// The columns `mean_…` and `std_…`.
    fn pair(&self, name: &str, of: impl Fn(&Candidate) -> Option<(f64, f64)>) -> [Column; 2] {
        let (means, stds): (Vec<Option<f64>>, Vec<Option<f64>>) =
            self.ranked.iter().map(|candidate| of(candidate).unzip()).unzip();
        [Column::new(format!("mean_{name}").into(), means), Column::new(format!("std_{name}").into(), stds)]
    }

    fn table(&self, columns: Vec<Column>) -> DataFrame {
        DataFrame::new(self.ranked.len(), columns).unwrap_or_default()
    }
}

/// The column of a setting's values: numbers where all are numbers, otherwise text.
fn param_column(name: &str, values: &[Option<&ParamValue>]) -> Column {
    let name = name.into();
    if let Some(flags) = all(values, |value| if let ParamValue::Bool(flag) = value { Some(*flag) } else { None }) {
        return Column::new(name, flags);
    }
    if let Some(numbers) = all(values, |value| if let ParamValue::Int(number) = value { Some(*number) } else { None }) {
        return Column::new(name, numbers);
    }
    let real = |value: &ParamValue| match value {
        ParamValue::Float(number) => Some(*number),
        ParamValue::Int(number) => Some(*number as f64),
        ParamValue::Bool(_) | ParamValue::Text(_) => None,
    };
    if let Some(numbers) = all(values, real) {
        return Column::new(name, numbers);
    }
    Column::new(name, values.iter().map(|value| value.map(ParamValue::to_string)).collect::<Vec<_>>())
}

fn all<T>(values: &[Option<&ParamValue>], of: impl Fn(&ParamValue) -> Option<T>) -> Option<Vec<T>> {
    values.iter().map(|value| of((*value)?)).collect()
}

fn error(candidate: &Candidate) -> Option<&str> {
    match &candidate.outcome {
        Outcome::Scored(_) => None,
        Outcome::Failed(message) => Some(message),
        Outcome::NotReached => Some("not reached"),
    }
}

fn why_none(candidates: &[Candidate]) -> Error {
    if candidates.iter().any(|candidate| candidate.outcome == Outcome::NotReached) {
        return Error::Interrupted;
    }
    let first = candidates.iter().filter_map(error).next().unwrap_or_default().to_string();
    Error::AllCandidatesFailed { n_candidates: candidates.len(), first }
}
