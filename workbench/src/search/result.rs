//! What a search found.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ndarray::Array2;
use polars::prelude::{Column, DataFrame};

use super::candidate::{Candidate, Outcome, Rung};
use super::settings::Settings;
use crate::data::Target;
use crate::error::{Error, Result};
use crate::models::Model;
use crate::preprocess::ParamValue;
use crate::select::{Fold, FoldScores, Scoring};

/// What a search found: every candidate with its scores, and the best one fitted on all rows.
#[derive(Clone, Debug)]
pub struct SearchResult {
    scoring: Vec<String>,
    /// In the order of their ranks, then of the search.
    ranked: Vec<Candidate>,
    /// The rank of each; none for a candidate without a score.
    ranks: Vec<Option<u64>>,
    best_score: f64,
    best_model: Option<Arc<dyn Model>>,
    interrupted: bool,
    settings: Settings,
    /// The number of folds, and how many rows the first is fitted on and validated on.
    n_folds: usize,
    fold_rows: (usize, usize),
}

/// What a search has when it ends.
pub(super) struct Found {
    pub(super) candidates: Vec<Candidate>,
    pub(super) interrupted: bool,
    pub(super) settings: Settings,
    /// Those of the last iteration.
    pub(super) folds: Vec<Fold>,
}

impl SearchResult {
    /// Ranks candidates by the first of `scorings`, those of later iterations before others; an error where none has a score.
    pub(super) fn new(scorings: &[Scoring], found: Found) -> Result<Self> {
        let Found { candidates, interrupted, settings, folds } = found;
        let key = |candidate: &Candidate| Some((iteration(candidate), candidate.score()?));
        let keys: Vec<(usize, f64)> = candidates.iter().filter_map(key).collect();
        if keys.is_empty() {
            return Err(why_none(&candidates));
        }
        let rank = |candidate: &Candidate| {
            let own = key(candidate)?;
            let is_before = |other: &&(usize, f64)| other.0 > own.0 || other.0 == own.0 && other.1 > own.1;
            Some(1 + keys.iter().filter(is_before).count() as u64)
        };
        let mut ranked: Vec<(Option<u64>, Candidate)> =
            candidates.iter().map(|candidate| (rank(candidate), candidate.clone())).collect();
        ranked.sort_by_key(|(rank, candidate)| {
            (rank.is_none(), *rank, usize::MAX - iteration(candidate), candidate.candidate_idx)
        });
        let (ranks, ranked): (Vec<Option<u64>>, Vec<Candidate>) = ranked.into_iter().unzip();
        let best_score = ranked.first().and_then(Candidate::score).unwrap_or(f64::NAN);
        let scoring = scorings.iter().map(|scoring| scoring.name().to_string()).collect();
        let fold_rows = folds.first().map_or((0, 0), |fold| (fold.train.len(), fold.validation.len()));
        let n_folds = folds.len();
        Ok(Self { scoring, ranked, ranks, best_score, best_model: None, interrupted, settings, n_folds, fold_rows })
    }

    /// The best candidate's settings by name; of several with the best score, the first that the search made.
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
    /// [`Error::NotRefitted`] after a search with `refit(false)`; [`Error::Interrupted`] where that fit was interrupted.
    pub fn best_model(&self) -> Result<Arc<dyn Model>> {
        if !self.settings.refit {
            return Err(Error::NotRefitted);
        }
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

    /// The names of all settings that some candidate sets, sorted.
    pub fn param_names(&self) -> Vec<String> {
        let names: BTreeSet<&String> =
            self.ranked.iter().flat_map(|candidate| &candidate.params).map(|(name, _)| name).collect();
        names.into_iter().cloned().collect()
    }

    /// The number of folds.
    pub fn n_folds(&self) -> usize {
        self.n_folds
    }

    /// How many fits a race did not make, since it gave their candidates up; see [`GridSearch::race`](super::GridSearch::race).
    pub fn fits_saved(&self) -> usize {
        let saved = |candidate: &Candidate| match &candidate.outcome {
            Outcome::Stopped(folds) => self.n_folds.saturating_sub(folds.len()),
            Outcome::Scored(_) | Outcome::Failed(_) | Outcome::NotReached => 0,
        };
        self.ranked.iter().map(saved).sum()
    }

    /// All candidates, the best first.
    pub fn candidates(&self) -> Vec<Candidate> {
        self.ranked.clone()
    }

    /// A table with a row for each candidate, the best first: `rank`, its settings, and for each metric mean and standard
    /// deviation over the folds, of validation and, where they were scored, of training rows.
    ///
    /// Candidates of equal score have the same rank. A successive halving has the columns `iteration` and `n_resources`, and those of later
    /// iterations come first. Where a race stopped some, `stopped_after` says after how many folds; they have no rank, and their means
    /// are over those folds. Where some have no score, a column `error` says why.
    pub fn results(&self) -> DataFrame {
        let mut columns = self.first_columns();
        for (position, metric) in self.scoring.iter().enumerate() {
            columns.extend(self.pair(&format!("test_{metric}"), |candidate| candidate.test(position)));
            if self.ranked.iter().any(|candidate| candidate.train(position).is_some()) {
                columns.extend(self.pair(&format!("train_{metric}"), |candidate| candidate.train(position)));
            }
        }
        let stopped: Vec<Option<u64>> = self.ranked.iter().map(stopped_after).collect();
        if stopped.iter().any(Option::is_some) {
            columns.push(Column::new("stopped_after".into(), stopped));
        }
        let errors: Vec<Option<&str>> = self.ranked.iter().map(error).collect();
        if errors.iter().any(Option::is_some) {
            columns.push(Column::new("error".into(), errors));
        }
        self.table(columns)
    }

    /// A table with the rows of [`results`](Self::results), and for each fold and metric the score on its validation rows.
    pub fn fold_scores(&self) -> DataFrame {
        let mut columns = self.first_columns();
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
        let mut columns = self.first_columns();
        columns.extend(self.pair("fit_seconds", |candidate| candidate.seconds(|fold: &FoldScores| fold.fit_seconds)));
        columns
            .extend(self.pair("score_seconds", |candidate| candidate.seconds(|fold: &FoldScores| fold.score_seconds)));
        self.table(columns)
    }

    pub(super) fn best_key(&self) -> (usize, Option<Rung>) {
        self.ranked.first().map_or((0, None), |best| (best.candidate_idx, best.rung))
    }

    pub(super) fn set_best_model(&mut self, model: Box<dyn Model>) {
        self.best_model = Some(Arc::from(model));
    }

    pub(super) fn set_interrupted(&mut self) {
        self.interrupted = true;
    }

    pub(super) fn ranked(&self) -> &[Candidate] {
        &self.ranked
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How many rows the first fold is fitted on and validated on.
    pub(super) fn fold_rows(&self) -> (usize, usize) {
        self.fold_rows
    }

    /// The columns that say which candidate a row is about.
    fn first_columns(&self) -> Vec<Column> {
        let mut columns = vec![Column::new("rank".into(), self.ranks.clone())];
        if self.ranked.iter().any(|candidate| candidate.rung.is_some()) {
            let rungs = |of: fn(&Rung) -> usize| -> Vec<Option<u64>> {
                self.ranked.iter().map(|candidate| candidate.rung.as_ref().map(|rung| of(rung) as u64)).collect()
            };
            columns.push(Column::new("iteration".into(), rungs(|rung| rung.iteration)));
            columns.push(Column::new("n_resources".into(), rungs(|rung| rung.n_resources)));
        }
        columns.extend(self.param_names().iter().map(|name| {
            param_column(name, &self.ranked.iter().map(|candidate| candidate.value(name)).collect::<Vec<_>>())
        }));
        columns
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

/// The column of a setting's values: numbers where all are numbers, otherwise text; null where a candidate does not set it.
fn param_column(name: &str, values: &[Option<&ParamValue>]) -> Column {
    let name = name.into();
    if let Some(flags) = all(values, |value| if let ParamValue::Bool(flag) = value { Some(*flag) } else { None }) {
        return Column::new(name, flags);
    }
    if let Some(numbers) = all(values, |value| if let ParamValue::Int(number) = value { Some(*number) } else { None }) {
        return Column::new(name, numbers);
    }
    if let Some(numbers) = all(values, real) {
        return Column::new(name, numbers);
    }
    Column::new(name, values.iter().map(|value| value.map(ParamValue::to_string)).collect::<Vec<_>>())
}

/// A setting that is a number.
pub(crate) fn real(value: &ParamValue) -> Option<f64> {
    match value {
        ParamValue::Float(number) => Some(*number),
        ParamValue::Int(number) => Some(*number as f64),
        ParamValue::Bool(_) | ParamValue::Text(_) => None,
    }
}

/// What `of` makes of the values that are there; `None` if it makes nothing of one.
fn all<T>(values: &[Option<&ParamValue>], of: impl Fn(&ParamValue) -> Option<T>) -> Option<Vec<Option<T>>> {
    values
        .iter()
        .map(|value| match value {
            Some(value) => of(value).map(Some),
            None => Some(None),
        })
        .collect()
}

fn iteration(candidate: &Candidate) -> usize {
    candidate.rung.map_or(0, |rung| rung.iteration)
}

fn stopped_after(candidate: &Candidate) -> Option<u64> {
    if let Outcome::Stopped(folds) = &candidate.outcome { Some(folds.len() as u64) } else { None }
}

fn error(candidate: &Candidate) -> Option<&str> {
    match &candidate.outcome {
        Outcome::Scored(_) | Outcome::Stopped(_) => None,
        Outcome::Failed(message) => Some(message),
        Outcome::NotReached => Some("not reached"),
    }
}

fn why_none(candidates: &[Candidate]) -> Error {
    if candidates.iter().any(|candidate| candidate.outcome == Outcome::NotReached) {
        return Error::Interrupted;
    }
    let first = candidates.iter().filter_map(error).next().unwrap_or("no score is a number").to_string();
    Error::AllCandidatesFailed { n_candidates: candidates.len(), first }
}
