//! Whether a score says more than one of a target in random order.

use serde::{Deserialize, Serialize};

use super::cross_validate::{mean, owned};
use super::evaluate::{Judgement, evaluate};
use super::fold_fit::in_order;
use super::scoring::Scoring;
use super::splitters::Splitter;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::models::Estimator;
use crate::train::{Progress, observer, random};

/// What [`permutation_test_score`] found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PermutationTest {
    /// The metric's name.
    pub scoring: String,
    /// The mean score over the folds with the true target.
    pub score: f64,
    /// The same for each permuted target that is done.
    pub permutation_scores: Vec<f64>,
    /// `(1 + how many of these are at least the score) / (1 + their number)`: how likely so good a score is where the features say nothing.
    pub p_value: f64,
    /// Whether it was stopped before all permutations were done.
    pub interrupted: bool,
}

/// Whether `estimator` finds anything that is there: its cross-validated score beside those for targets in random order.
///
/// Where the data have [groups](Dataset::with_groups), the target is permuted within each. The p-value is at least
/// `1 / (n_permutations + 1)`. Permutations run on all threads.
///
/// | parameter | range |
/// |---|---|
/// | `cv` | any splitter; it splits each permuted dataset anew |
/// | `scoring` | one of [`Scoring::NAMES`] |
/// | `n_permutations` | at least 1; scikit-learn's default is 100 |
/// | `seed` | any |
///
/// # Errors
/// Those of [`cross_validate`](super::cross_validate); [`Error::InvalidValue`] for no permutations; [`Error::Interrupted`] before the true score is
/// known.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, iris};
/// use workbench::models::LogisticRegression;
/// use workbench::select::{StratifiedKFold, permutation_test_score};
///
/// let data = Dataset::from_frame(&iris()?, "species")?;
/// let cv = StratifiedKFold::new(3);
/// let test = permutation_test_score(&LogisticRegression::new(), &data, &cv, "accuracy", 20, 7)?;
/// assert!(test.score > 0.9 && test.p_value == 1.0 / 21.0);
/// assert!(permutation_test_score(&LogisticRegression::new(), &data, &cv, "accuracy", 0, 7).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. M. Ojala, G. C. Garriga, *Permutation tests for studying classifier performance*, JMLR 11, 2010
pub fn permutation_test_score(
    estimator: &dyn Estimator,
    data: &Dataset,
    cv: &dyn Splitter,
    scoring: &str,
    n_permutations: usize,
    seed: u64,
) -> Result<PermutationTest> {
    let observer = observer::installed();
    check_count("n_permutations", n_permutations)?;
    let scorings = Scoring::parse_all(&[scoring])?;
    let score = mean_score(estimator, data, cv, &scorings)?;
    let progress = Progress::start(observer.as_ref(), n_permutations, "permutation test");
    let scores = in_order(n_permutations, |permutation| {
        let order = shuffled(data, seed, permutation as u64);
        let score = mean_score(estimator, &with_target(data, &order)?, cv, &scorings)?;
        progress.step(&format!("permutation {permutation}: {scoring} {score:.4}"));
        Ok(score)
    });
    drop(progress);
    let (permutation_scores, interrupted) = done(scores)?;
    let n_as_good = permutation_scores.iter().filter(|other| **other >= score).count();
    let p_value = (n_as_good + 1) as f64 / (permutation_scores.len() + 1) as f64;
    Ok(PermutationTest { scoring: scoring.to_string(), score, permutation_scores, p_value, interrupted })
}

/// The mean over the folds of the score on their validation rows.
fn mean_score(estimator: &dyn Estimator, data: &Dataset, cv: &dyn Splitter, scorings: &[Scoring]) -> Result<f64> {
    let folds = cv.split(data)?;
    let judgement = Judgement { data, folds: &folds, scorings, train_scores: false };
    let (mut scores, mut failed) = (Vec::with_capacity(folds.len()), None);
    for result in evaluate(&judgement, &[estimator], &|_, _, _| {}).into_iter().flatten() {
        match result {
            Ok(fold) => scores.extend(fold.test.first()),
            Err(error) => {
                failed.get_or_insert(error);
            }
        }
    }
    if let Some(error) = failed {
        return Err(owned(error));
    }
    Ok(mean(&scores))
}

/// All rows in random order; those of a group stay in the group's places.
fn shuffled(data: &Dataset, seed: u64, stream: u64) -> Vec<usize> {
    let Some(groups) = data.groups() else { return random::permutation(data.n_samples(), seed, stream) };
    let mut places: Vec<usize> = (0..data.n_samples()).collect();
    places.sort_by_key(|&row| groups.get(row).copied());
    let mut order = vec![0; places.len()];
    let generator = &mut random::stream(seed, stream);
    for of_group in places.chunk_by(|&one, &other| groups.get(one) == groups.get(other)) {
        let mut rows = of_group.to_vec();
        random::shuffle(&mut rows, generator);
        for (&place, row) in of_group.iter().zip(rows) {
            if let Some(of_place) = order.get_mut(place) {
                *of_place = row;
            }
        }
    }
    order
}

/// The features of `data` beside the target of the rows in this order.
fn with_target(data: &Dataset, order: &[usize]) -> Result<Dataset> {
    let mut permuted = Dataset::new(data.features().clone(), data.target().take(order), data.target_name())?;
    if let Some(weights) = data.weights() {
        permuted = permuted.with_weights(weights)?;
    }
    if let Some(groups) = data.groups() {
        permuted = permuted.with_groups(groups)?;
    }
    Ok(permuted)
}

/// Those of `results` that are there, and whether an interruption has cost some.
pub(super) fn done<T>(results: Vec<Result<T>>) -> Result<(Vec<T>, bool)> {
    let (mut kept, mut interrupted) = (Vec::with_capacity(results.len()), false);
    for result in results {
        match result {
            Ok(result) => kept.push(result),
            Err(Error::Interrupted) => interrupted = true,
            Err(error) => return Err(error),
        }
    }
    Ok((kept, interrupted))
}

pub(super) fn check_count(name: &str, count: usize) -> Result<()> {
    if count > 0 {
        return Ok(());
    }
    Err(Error::InvalidValue { what: name.to_string(), value: "0".to_string(), allowed: "at least 1".to_string() })
}
