//! What a search says of its candidates, as numbers; `display` puts it into words.

use serde::{Deserialize, Serialize};

use super::candidate::{Candidate, Outcome};
use super::next::End;
use super::result::{SearchResult, real};
use crate::models::Simpler;
use crate::preprocess::ParamValue;
use crate::select::{CorrectedTTest, corrected_t_test, mean, std};

/// Differences that are rarer by chance than this count as real.
const LEVEL: f64 = 0.05;
/// A metric whose greatest score is 1 has something to learn from its own training rows if it misses so much of them.
const MISSED_MIN: f64 = 0.1;

/// What a search says of its candidates. Its `Rich` form says it in sentences.
///
/// Comparisons are among the candidates that were scored on the same rows: of a successive halving, those of the last iteration.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, make_classification};
/// use workbench::models::LogisticRegression;
/// use workbench::search::GridSearch;
///
/// let data = Dataset::from_frame(&make_classification(200, 10, 5, 2, 1.0, 0.05, 3)?, "class")?;
/// let search = GridSearch::new(LogisticRegression::new()).param("C", [0.001, 0.01, 0.1, 1.0]).fit(&data)?;
/// let summary = search.summary();
/// assert_eq!(summary.winner.mean, search.best_score());
/// assert!(summary.simplest.is_some(), "a smaller C is simpler");
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchSummary {
    /// The metric that ranks.
    pub metric: String,
    /// The best candidate.
    pub winner: Winner,
    /// How many other candidates have exactly the best score.
    pub n_ties: usize,
    /// The best candidate with a lower score.
    pub runner_up: Option<RunnerUp>,
    /// With how many others the winner was compared fold by fold.
    pub n_compared: usize,
    /// How many of these cannot be told from the winner by a two-sided corrected t test at the level 0.05.
    pub n_within_noise: usize,
    /// The simplest candidate within one standard error; none where nothing is known about what is simpler.
    pub simplest: Option<Simplest>,
    /// The settings whose best value is the least or the greatest that was tried.
    pub edges: Vec<Edge>,
    /// Whether train and validation scores say over- or under-fitting; none without train scores.
    pub fit: Option<FitVerdict>,
    /// Why candidates failed, the most frequent reason first.
    pub failures: Vec<Failure>,
    /// How many candidates a race stopped.
    pub n_stopped: usize,
    /// How many fits it did not make by that.
    pub n_fits_saved: usize,
    /// Whether the search was interrupted.
    pub interrupted: bool,
    /// How many candidates it did not reach by then.
    pub n_not_reached: usize,
    /// How many candidates there are in all.
    pub n_candidates: usize,
    /// The values of [`SearchResult::next_grid`] by name.
    pub next_grid: Vec<(String, Vec<ParamValue>)>,
}

/// The best candidate of a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Winner {
    /// Its place in the search's order.
    pub candidate_idx: usize,
    /// Its settings by name.
    pub params: Vec<(String, ParamValue)>,
    /// Its mean score over the folds.
    pub mean: f64,
    /// The standard deviation over the folds, dividing by their number.
    pub std: f64,
    /// The number of folds.
    pub n_folds: usize,
}

/// The best candidate with a lower score than the winner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunnerUp {
    /// Its settings by name.
    pub params: Vec<(String, ParamValue)>,
    /// Its mean score.
    pub mean: f64,
    /// By how much the winner's mean score is greater.
    pub difference: f64,
    /// The corrected t test of the folds' differences; none with fewer than two folds.
    pub test: Option<CorrectedTTest>,
}

/// The simplest candidate about as good as the winner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Simplest {
    /// Its settings by name.
    pub params: Vec<(String, ParamValue)>,
    /// Its mean score.
    pub mean: f64,
    /// The standard error of the winner's mean: the standard deviation over the folds, dividing by their number less one, over the root
    /// of their number.
    pub standard_error: f64,
    /// Whether it is the winner.
    pub is_winner: bool,
}

/// A setting whose best value is the least or the greatest that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// The setting.
    pub param: String,
    /// Its best value.
    pub value: ParamValue,
    /// Whether that is the greatest value that was tried, and not the least.
    pub is_greatest: bool,
    /// Whether the estimator takes no value beyond.
    pub is_last: bool,
}

/// Why candidates failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What they said.
    pub reason: String,
    /// How many said so.
    pub n_candidates: usize,
}

/// What train and validation scores of the winner say together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FitVerdict {
    /// The verdict.
    pub kind: FitKind,
    /// The mean score on training rows.
    pub train: f64,
    /// The mean score on validation rows.
    pub test: f64,
    /// `train - test`.
    pub gap: f64,
    /// The standard deviation of the validation scores over the folds, dividing by their number less one.
    pub spread: f64,
}

/// Whether a model fits its training rows too well, or not well enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FitKind {
    /// The gap is more than twice the spread.
    OverFitting,
    /// It misses more than a tenth of what there is on its own training rows, and the gap is no more than half of that.
    UnderFitting,
    /// Neither.
    Balanced,
}

impl SearchResult {
    /// What can be said of the candidates in words: which wins and by how much, which simpler one is as good, whether the grid was wide
    /// enough, and whether the winner over- or under-fits.
    ///
    /// # References
    /// 1. C. Nadeau, Y. Bengio, *Inference for the generalization error*, 2003, doi:10.1023/A:1024068626366
    /// 2. L. Breiman, J. Friedman, R. Olshen, C. Stone, *Classification and Regression Trees*, 1984, section 3.4.3 (one standard error),
    ///    doi:10.1201/9781315139470
    pub fn summary(&self) -> SearchSummary {
        let none = Candidate { candidate_idx: 0, params: Vec::new(), rung: None, outcome: Outcome::NotReached };
        let best = self.ranked().first().unwrap_or(&none);
        let others: Vec<&Candidate> =
            self.ranked().iter().skip(1).filter(|other| other.score().is_some() && other.rung == best.rung).collect();
        let tests: Vec<CorrectedTTest> = others.iter().filter_map(|other| self.test_against(best, other)).collect();
        let is_lower = |other: &&&Candidate| other.score() < best.score();
        let (mean, std) = best.test(0).unwrap_or((f64::NAN, f64::NAN));
        let count = |is: fn(&Outcome) -> bool| self.ranked().iter().filter(|candidate| is(&candidate.outcome)).count();
        SearchSummary {
            metric: self.scoring().first().cloned().unwrap_or_default(),
            winner: Winner {
                candidate_idx: best.candidate_idx,
                params: best.params.clone(),
                mean,
                std,
                n_folds: best.folds().len(),
            },
            n_ties: others.iter().filter(|other| other.score() == best.score()).count(),
            runner_up: others.iter().find(is_lower).map(|other| RunnerUp {
                params: other.params.clone(),
                mean: other.score().unwrap_or(f64::NAN),
                difference: mean - other.score().unwrap_or(f64::NAN),
                test: self.test_against(best, other),
            }),
            n_compared: tests.len(),
            n_within_noise: tests.iter().filter(|test| test.p_value >= LEVEL).count(),
            simplest: self.simplest(best, &others),
            edges: self.edges(best),
            fit: verdict(best, &self.scoring()),
            failures: failures(self.ranked()),
            n_stopped: count(|outcome| matches!(outcome, Outcome::Stopped(_))),
            n_fits_saved: self.fits_saved(),
            interrupted: self.interrupted(),
            n_not_reached: count(|outcome| *outcome == Outcome::NotReached),
            n_candidates: self.ranked().len(),
            next_grid: self.next_values(),
        }
    }

    fn test_against(&self, best: &Candidate, other: &Candidate) -> Option<CorrectedTTest> {
        let differences: Vec<f64> = best.test_scores().iter().zip(other.test_scores()).map(|(a, b)| a - b).collect();
        let (n_train, n_test) = self.fold_rows();
        corrected_t_test(&differences, n_train, n_test).ok()
    }

    /// Of the candidates within one standard error that differ from the best only in settings of which it is known what is simpler,
    /// and in none to the other side, the one that is the most steps simpler.
    fn simplest(&self, best: &Candidate, others: &[&Candidate]) -> Option<Simplest> {
        let scores = best.test_scores();
        let n_folds = scores.len() as f64;
        let standard_error = std(&scores) / (n_folds - 1.0).sqrt();
        let directions: Vec<(String, Simpler, Vec<f64>)> = best
            .params
            .iter()
            .filter_map(|(name, _)| {
                let mut values: Vec<f64> =
                    self.ranked().iter().filter_map(|candidate| real(candidate.value(name)?)).collect();
                values.sort_by(f64::total_cmp);
                values.dedup();
                let direction = self.settings().estimator.simpler(name)?;
                (values.len() > 1).then(|| (name.clone(), direction, values))
            })
            .collect();
        if directions.is_empty() || !standard_error.is_finite() {
            return None;
        }
        // How many steps simpler than the best; none where it is not simpler, or different.
        let n_steps = |candidate: &Candidate| -> Option<usize> {
            let is_alike = |(name, value): &(String, ParamValue)| {
                directions.iter().any(|(known, ..)| known == name) || candidate.value(name) == Some(value)
            };
            if candidate.params.len() != best.params.len() || !best.params.iter().all(is_alike) {
                return None;
            }
            directions
                .iter()
                .map(|(name, direction, values)| {
                    let place = |candidate: &Candidate| {
                        let value = real(candidate.value(name)?)?;
                        values.iter().position(|known| *known == value)
                    };
                    let (own, of_best) = (place(candidate)?, place(best)?);
                    match direction {
                        Simpler::Smaller => of_best.checked_sub(own),
                        Simpler::Greater => own.checked_sub(of_best),
                    }
                })
                .sum()
        };
        let limit = best.score()? - standard_error;
        let mut simplest = (0, best);
        for candidate in others.iter().filter(|other| other.score().is_some_and(|score| score >= limit)) {
            if let Some(n_steps) = n_steps(candidate).filter(|n_steps| *n_steps > simplest.0) {
                simplest = (n_steps, candidate);
            }
        }
        let (n_steps, simplest) = simplest;
        Some(Simplest {
            params: simplest.params.clone(),
            mean: simplest.score()?,
            standard_error,
            is_winner: n_steps == 0,
        })
    }

    fn edges(&self, best: &Candidate) -> Vec<Edge> {
        let edge = |axis: &super::next::Axis| {
            let end = axis.end()?;
            Some(Edge {
                param: axis.name.clone(),
                value: best.param(&axis.name)?,
                is_greatest: end == End::Greatest,
                is_last: !self.takes(&axis.name, &axis.beyond(end, 1.0)),
            })
        };
        self.axes().iter().filter_map(edge).collect()
    }
}

fn verdict(best: &Candidate, scoring: &[String]) -> Option<FitVerdict> {
    let (test_scores, train_scores) = (best.test_scores(), best.train_scores());
    if train_scores.is_empty() || test_scores.len() < 2 {
        return None;
    }
    let (train, test) = (mean(&train_scores), mean(&test_scores));
    let n_folds = test_scores.len() as f64;
    let spread = std(&test_scores) * (n_folds / (n_folds - 1.0)).sqrt();
    let gap = train - test;
    // Scores of errors have no greatest value of which a part could be missed.
    let is_of_one = !scoring.first()?.starts_with("neg_") && train <= 1.0;
    let missed = 1.0 - train;
    let kind = if gap > 2.0 * spread && gap > 1e-3 * train.abs() {
        FitKind::OverFitting
    } else if is_of_one && missed > MISSED_MIN && gap <= 0.5 * missed {
        FitKind::UnderFitting
    } else {
        FitKind::Balanced
    };
    Some(FitVerdict { kind, train, test, gap, spread })
}

fn failures(candidates: &[Candidate]) -> Vec<Failure> {
    let mut failures: Vec<Failure> = Vec::new();
    for candidate in candidates {
        let Outcome::Failed(message) = &candidate.outcome else { continue };
        // Other folds of the same trouble are the same reason.
        let reason = without_fold(message);
        match failures.iter_mut().find(|failure| failure.reason == reason) {
            Some(failure) => failure.n_candidates += 1,
            None => failures.push(Failure { reason: reason.to_string(), n_candidates: 1 }),
        }
    }
    failures.sort_by_key(|failure| std::cmp::Reverse(failure.n_candidates));
    failures
}

/// `message` without the fold that it came from.
fn without_fold(message: &str) -> &str {
    match message.strip_prefix("fold ").and_then(|rest| rest.split_once(" (0-based): ")) {
        Some((number, reason)) if number.bytes().all(|byte| byte.is_ascii_digit()) => reason,
        _ => message,
    }
}
