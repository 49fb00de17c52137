//! The one way in which candidates are scored and the best is fitted.

use std::sync::Arc;

use super::candidate::{Candidate, Outcome, in_words};
use super::leader::Leader;
use super::race::{self, FOLDS_BEFORE_RACE};
use super::result::{Found, SearchResult};
use super::settings::{Contender, Settings};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::models::{Estimator, SharedFits};
use crate::select::{Fold, FoldResult, FoldScores, Judgement, Scoring, evaluate_and_keep};
use crate::train::{Observer, Progress, interrupt};

/// Scores all of `contenders` on the same folds.
pub(super) struct Run<'a> {
    pub(super) settings: &'a Settings,
    pub(super) data: &'a Dataset,
    pub(super) scorings: &'a [Scoring],
    pub(super) progress: &'a Progress<'a>,
}

impl Run<'_> {
    /// Scores `contenders` on `folds`: fills in their outcomes. Returns what their fits have shared, by which one of them can be fitted on all
    /// rows.
    pub(super) fn score(&self, contenders: &mut [Contender], folds: &[Fold]) -> Option<Box<dyn SharedFits>> {
        let leader = Leader::new(folds.len(), self.scorings);
        let mut found: Vec<Vec<FoldResult>> = contenders.iter().map(|_| Vec::new()).collect();
        let mut alive: Vec<usize> = (0..contenders.len()).collect();
        alive.retain(|&position| contenders.get(position).is_some_and(|contender| contender.estimator.is_some()));
        let mut shared = None;
        let mut first_fold = 0;
        while first_fold < folds.len() && !alive.is_empty() {
            let n_folds = match (self.settings.race, first_fold) {
                (None, _) => folds.len(),
                (Some(_), 0) => FOLDS_BEFORE_RACE.min(folds.len()),
                (Some(_), _) => 1,
            };
            let block = folds.get(first_fold..first_fold + n_folds).unwrap_or_default();
            let results;
            (results, shared) = self.score_block(contenders, &alive, block, first_fold, &leader);
            for (&position, results) in alive.iter().zip(results) {
                if let Some(found) = found.get_mut(position) {
                    found.extend(results);
                }
            }
            first_fold += n_folds;
            if let Some(alpha) = self.settings.race.filter(|_| first_fold < folds.len()) {
                self.give_up(contenders, &mut alive, &mut found, folds, first_fold, alpha);
            }
        }
        for (contender, found) in contenders.iter_mut().zip(found) {
            if contender.estimator.is_some() && contender.candidate.outcome == Outcome::NotReached {
                contender.candidate.outcome = outcome(found, folds.len());
            }
        }
        shared
    }

    fn score_block(
        &self,
        contenders: &[Contender],
        alive: &[usize],
        folds: &[Fold],
        first_fold: usize,
        leader: &Leader,
    ) -> (Vec<Vec<FoldResult>>, Option<Box<dyn SharedFits>>) {
        let chosen: Vec<(&Candidate, &dyn Estimator)> = alive
            .iter()
            .filter_map(|&position| contenders.get(position))
            .filter_map(|contender| Some((&contender.candidate, contender.estimator.as_deref()?)))
            .collect();
        let estimators: Vec<&dyn Estimator> = chosen.iter().map(|(_, estimator)| *estimator).collect();
        let train_scores = self.settings.train_scores;
        let judgement = Judgement { data: self.data, folds, scorings: self.scorings, train_scores };
        let (results, shared) = evaluate_and_keep(&judgement, &estimators, &|position, _, result| {
            let Some((candidate, _)) = chosen.get(position) else { return };
            if let Ok(scores) = result
                && let Some(best) = leader.hear(candidate.candidate_idx, scores)
            {
                self.progress.best(&best);
            }
            // A fit that was interrupted is not behind.
            if !is_interrupted(result) {
                self.progress.step(&self.line(candidate, result));
            }
        });
        let counted =
            |of_one: Vec<FoldResult>| of_one.into_iter().map(|result| counted_from(first_fold, result)).collect();
        (results.into_iter().map(counted).collect(), shared)
    }

    /// Takes those out of `alive` that have failed, and those that a race gives up.
    fn give_up(
        &self,
        contenders: &mut [Contender],
        alive: &mut Vec<usize>,
        found: &mut [Vec<FoldResult>],
        folds: &[Fold],
        first_fold: usize,
        alpha: f64,
    ) {
        let n_left = folds.len() - first_fold;
        if found.iter().flatten().any(is_interrupted) {
            alive.clear();
            return;
        }
        let is_whole = |position: &usize| found.get(*position).is_some_and(|of_one| of_one.iter().all(Result::is_ok));
        let (whole, failed): (Vec<usize>, Vec<usize>) = alive.iter().partition(|position| is_whole(position));
        let scores: Vec<Vec<f64>> = whole
            .iter()
            .filter_map(|&position| found.get(position))
            .map(|of_one| of_one.iter().flatten().filter_map(|fold| fold.test.first().copied()).collect())
            .collect();
        let hopeless = race::hopeless(&scores, folds.first(), alpha);
        *alive = Vec::new();
        for (position, is_hopeless) in whole.into_iter().zip(hopeless) {
            if !is_hopeless {
                alive.push(position);
                continue;
            }
            if let (Some(contender), Some(found)) = (contenders.get_mut(position), found.get_mut(position)) {
                contender.candidate.outcome = Outcome::Stopped(std::mem::take(found).into_iter().flatten().collect());
                self.pass_over(&contender.candidate, &format!("stopped after {first_fold} folds"), n_left);
            }
        }
        for contender in failed.iter().filter_map(|&position| contenders.get(position)) {
            self.pass_over(&contender.candidate, "failed before", n_left);
        }
    }

    /// Fits that need not be made are behind.
    fn pass_over(&self, candidate: &Candidate, why: &str, n_fits: usize) {
        for _ in 0..n_fits {
            self.progress.step(&format!("{}: {why}", in_words(&candidate.params)));
        }
    }

    /// One fit's progress line.
    fn line(&self, candidate: &Candidate, result: &FoldResult) -> String {
        let found = match result {
            Ok(scores) => scores.first(self.scorings),
            Err(error) => format!("failed: {error}"),
        };
        format!("{}: {found}", in_words(&candidate.params))
    }
}

/// A search of all of `contenders` on all folds of `data`, and the best fitted on all rows.
pub(super) fn search(
    settings: &Settings,
    mut contenders: Vec<Contender>,
    data: &Dataset,
    observer: &dyn Observer,
    what: &str,
) -> Result<SearchResult> {
    let scorings = settings.chosen_scorings(data.task())?;
    let folds = settings.folds(data)?;
    let n_fits = contenders.iter().filter(|contender| contender.estimator.is_some()).count() * folds.len();
    let progress = Progress::start(observer, n_fits, what);
    let shared = Run { settings, data, scorings: &scorings, progress: &progress }.score(&mut contenders, &folds);
    drop(progress);
    finish(settings, contenders, data, &scorings, &folds, false, shared)
}

/// Ranks what was found, and fits the best on all rows, by what the fits have `shared` where that is quicker; `is_cut_short` says that an
/// interruption left more to do. Within other work an interrupted search finds nothing.
pub(super) fn finish(
    settings: &Settings,
    contenders: Vec<Contender>,
    data: &Dataset,
    scorings: &[Scoring],
    folds: &[Fold],
    is_cut_short: bool,
    shared: Option<Box<dyn SharedFits>>,
) -> Result<SearchResult> {
    let interrupted =
        is_cut_short || contenders.iter().any(|contender| contender.candidate.outcome == Outcome::NotReached);
    let (candidates, estimators): (Vec<Candidate>, Vec<Option<Box<dyn Estimator>>>) =
        contenders.into_iter().map(|contender| (contender.candidate, contender.estimator)).unzip();
    let keys: Vec<_> = candidates.iter().map(|candidate| (candidate.candidate_idx, candidate.rung)).collect();
    let found = Found { candidates, interrupted, settings: settings.clone(), folds: folds.to_vec() };
    let mut result = SearchResult::new(scorings, found)?;
    // What it has is the answer to the request; where it has nothing, the request stays.
    if interrupted {
        interrupt::answer()?;
    }
    if !settings.refit {
        return Ok(result);
    }
    let best = keys.iter().position(|key| *key == result.best_key());
    if let Some(best) = best.and_then(|position| estimators.into_iter().nth(position)).flatten() {
        let fitted = shared.and_then(|shared| shared.fit_whole(best.as_ref()));
        match fitted.unwrap_or_else(|| best.fit(data)) {
            Ok(model) => result.set_best_model(model),
            // Asked again to stop: the scores are still worth having.
            Err(Error::Interrupted) => result.set_interrupted(),
            Err(error) => return Err(error),
        }
    }
    Ok(result)
}

/// What comes of a candidate's folds; the first that failed says why.
fn outcome(found: Vec<FoldResult>, n_folds: usize) -> Outcome {
    let is_whole = found.len() == n_folds;
    match found.into_iter().collect::<Result<Vec<FoldScores>, Arc<Error>>>() {
        Ok(folds) if is_whole => Outcome::Scored(folds),
        Ok(_) => Outcome::NotReached,
        Err(error) if matches!(*error, Error::Interrupted) => Outcome::NotReached,
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

/// `result` of a block of folds that begins with `first_fold`: its error names the fold by its number among all.
fn counted_from(first_fold: usize, result: FoldResult) -> FoldResult {
    if first_fold == 0 {
        return result;
    }
    result.map_err(|error| match Arc::try_unwrap(error) {
        Ok(Error::Fold { fold_idx, source }) => Arc::new(Error::Fold { fold_idx: fold_idx + first_fold, source }),
        Ok(error) => Arc::new(error),
        // Others have the same error, and tell of it as it is.
        Err(shared) => shared,
    })
}

fn is_interrupted(result: &FoldResult) -> bool {
    matches!(result, Err(error) if matches!(**error, Error::Interrupted))
}
