//! The best candidate of a search that is not over.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::select::{FoldScores, Scoring};

/// Hears each fold's scores as they come, and knows the best mean of a whole candidate.
pub(super) struct Leader<'a> {
    n_folds: usize,
    scorings: &'a [Scoring],
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    /// The number of folds and the sum of their scores, for each candidate that is not whole.
    unfinished: HashMap<usize, (usize, f64)>,
    best: Option<f64>,
}

impl<'a> Leader<'a> {
    pub(super) fn new(n_folds: usize, scorings: &'a [Scoring]) -> Leader<'a> {
        Leader { n_folds, scorings, heard: Mutex::default() }
    }

    /// Adds one fold's scores; says, if the candidate is whole by that and the best so far, how good it is.
    pub(super) fn hear(&self, candidate_idx: usize, scores: &FoldScores) -> Option<String> {
        let (scoring, score) = (self.scorings.first()?, scores.test.first()?);
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let (n_folds, sum) = heard.unfinished.entry(candidate_idx).or_default();
        *n_folds += 1;
        *sum += score;
        if *n_folds < self.n_folds {
            return None;
        }
        let mean = *sum / self.n_folds as f64;
        heard.unfinished.remove(&candidate_idx);
        if mean.is_nan() || heard.best.is_some_and(|best| best >= mean) {
            return None;
        }
        heard.best = Some(mean);
        Some(format!("{scoring} {mean:.4}"))
    }
}
