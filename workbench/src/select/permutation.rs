//! What is left when an order is destroyed: that of the target, or that of one feature.

use polars::prelude::{Column, DataFrame, IdxCa, IdxSize};
use serde::{Deserialize, Serialize};

use super::cross_validate::{mean, std};
use super::cross_validator::scores_of;
use super::evaluate::{Judgement, evaluate};
use super::fold_fit::in_order;
use super::scoring::Scoring;
use super::splitters::Splitter;
use crate::data::{Dataset, column};
use crate::error::{Error, Result};
use crate::models::{Estimator, Model};
use crate::train::{Observer, Progress, interrupt, observer, random};

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
    let mut scores = Vec::with_capacity(folds.len());
    for result in evaluate(&judgement, &[estimator], &|_, _, _| {}).into_iter().flatten() {
        let fold = result.map_err(|error| std::sync::Arc::into_inner(error).unwrap_or(Error::Interrupted))?;
        scores.extend(fold.test.first());
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

/// How much each feature matters to a model, as [`permutation_importance`] found it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PermutationImportance {
    scoring: Vec<String>,
    features: Vec<String>,
    baseline: Vec<f64>,
    /// For each feature that is done and each repeat, how much each score fell.
    falls: Vec<Option<Vec<Vec<f64>>>>,
}

impl PermutationImportance {
    /// The scores of the rows as they are, in the order of the metrics.
    pub fn baseline(&self) -> Vec<f64> {
        self.baseline.clone()
    }

    /// Whether it was stopped before all features were done; the others have no importance.
    pub fn interrupted(&self) -> bool {
        self.falls.iter().any(Option::is_none)
    }

    /// A table with a row for each feature: `feature`, and for each metric `mean_…` and `std_…` over the repeats of how much the score fell. It has
    /// the order of the columns.
    pub fn frame(&self) -> DataFrame {
        let mut columns = vec![Column::new("feature".into(), self.features.clone())];
        for (position, metric) in self.scoring.iter().enumerate() {
            for (statistic, of) in [("mean", mean as fn(&[f64]) -> f64), ("std", std)] {
                let at = |falls: &Option<Vec<Vec<f64>>>| {
                    let falls: Vec<f64> =
                        falls.as_ref()?.iter().filter_map(|fall| fall.get(position).copied()).collect();
                    Some(of(&falls))
                };
                let name = format!("{statistic}_{metric}");
                columns.push(Column::new(name.into(), self.falls.iter().map(at).collect::<Vec<Option<f64>>>()));
            }
        }
        DataFrame::new(self.features.len(), columns).unwrap_or_default()
    }

    /// A table with a row for each feature and repeat: `feature`, `repeat`, and how much each metric's score fell.
    pub fn repeats(&self) -> DataFrame {
        let rows = || {
            let features = self.features.iter().zip(&self.falls);
            features.flat_map(|(feature, falls)| falls.iter().flatten().enumerate().map(move |fall| (feature, fall)))
        };
        let mut columns = vec![
            Column::new("feature".into(), rows().map(|(feature, _)| feature.clone()).collect::<Vec<String>>()),
            Column::new("repeat".into(), rows().map(|(_, (repeat, _))| repeat as u64).collect::<Vec<_>>()),
        ];
        for (position, metric) in self.scoring.iter().enumerate() {
            let falls: Vec<Option<f64>> = rows().map(|(_, (_, fall))| fall.get(position).copied()).collect();
            columns.push(Column::new(metric.as_str().into(), falls));
        }
        DataFrame::new(columns.first().map_or(0, Column::len), columns).unwrap_or_default()
    }
}

/// How much the scores of `model` fall when one feature after another is put in random order.
///
/// Give it rows that the model has not seen. Of features that say the same, none may seem to matter, since the others stand in for it. Works for any
/// model and any frame, categories and missing values included. Features run on all threads.
///
/// | parameter | range |
/// |---|---|
/// | `scoring` | at least one of [`Scoring::NAMES`] |
/// | `n_repeats` | at least 1; scikit-learn's default is 5 |
/// | `seed` | any |
///
/// # Errors
/// Those of the model and of the metrics; [`Error::InvalidValue`] for no repeats; [`Error::Interrupted`] before the first feature is done.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, iris};
/// use workbench::models::LogisticRegression;
/// use workbench::select::permutation_importance;
///
/// let data = Dataset::from_frame(&iris()?, "species")?;
/// let model = LogisticRegression::new().fit(&data)?;
/// let importance = permutation_importance(&model, &data, &["accuracy"], 5, 7)?;
/// assert_eq!(importance.frame().height(), 4);
/// assert!(permutation_importance(&model, &data, &["accuracy"], 0, 7).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. L. Breiman, *Random forests*, 2001, doi:10.1023/A:1010933404324
pub fn permutation_importance(
    model: &dyn Model,
    data: &Dataset,
    scoring: &[&str],
    n_repeats: usize,
    seed: u64,
) -> Result<PermutationImportance> {
    let observer = observer::installed();
    permutation_importance_observed(model, data, &Scoring::parse_all(scoring)?, n_repeats, seed, observer.as_ref())
}

/// As [`permutation_importance`], for metrics as values, with `observer` hearing of each feature.
///
/// # Errors
/// Those of [`permutation_importance`].
pub fn permutation_importance_observed(
    model: &dyn Model,
    data: &Dataset,
    scorings: &[Scoring],
    n_repeats: usize,
    seed: u64,
    observer: &dyn Observer,
) -> Result<PermutationImportance> {
    check_count("n_repeats", n_repeats)?;
    Scoring::check_all(scorings)?;
    let features = data.feature_names();
    let baseline = scores_of(model, data, scorings)?;
    let progress = Progress::start(observer, features.len(), "permutation importance");
    let falls = in_order(features.len(), |position| {
        let Some(feature) = features.get(position) else { return Err(Error::Interrupted) };
        let falls = (0..n_repeats).map(|repeat| {
            interrupt::check()?;
            let order = random::permutation(data.n_samples(), seed, (position * n_repeats + repeat) as u64);
            let scores = scores_of(model, &with_shuffled(data, feature, &order)?, scorings)?;
            Ok(baseline.iter().zip(scores).map(|(baseline, score)| baseline - score).collect())
        });
        let falls = falls.collect::<Result<Vec<Vec<f64>>>>()?;
        progress.step(feature);
        Ok(falls)
    });
    drop(progress);
    let mut kept = Vec::with_capacity(falls.len());
    for fall in falls {
        match fall {
            Ok(fall) => kept.push(Some(fall)),
            Err(Error::Interrupted) => kept.push(None),
            Err(error) => return Err(error),
        }
    }
    if !features.is_empty() && kept.iter().all(Option::is_none) {
        return Err(Error::Interrupted);
    }
    let scoring = scorings.iter().map(|scoring| scoring.name().to_string()).collect();
    Ok(PermutationImportance { scoring, features, baseline, falls: kept })
}

/// `data` with the values of `feature` in this order.
fn with_shuffled(data: &Dataset, feature: &str, order: &[usize]) -> Result<Dataset> {
    let positions: Vec<IdxSize> = order.iter().map(|&row| row as IdxSize).collect();
    let values = column(data.features(), feature)?.take(&IdxCa::from_vec("rows".into(), positions))?;
    let mut features = data.features().clone();
    features.with_column(values)?;
    data.with_features(features)
}

/// Those of `scores` that are done, and whether some are not.
fn done(scores: Vec<Result<f64>>) -> Result<(Vec<f64>, bool)> {
    let (mut kept, mut interrupted) = (Vec::with_capacity(scores.len()), false);
    for score in scores {
        match score {
            Ok(score) => kept.push(score),
            Err(Error::Interrupted) => interrupted = true,
            Err(error) => return Err(error),
        }
    }
    Ok((kept, interrupted))
}

fn check_count(name: &str, count: usize) -> Result<()> {
    if count > 0 {
        return Ok(());
    }
    Err(Error::InvalidValue { what: name.to_string(), value: "0".to_string(), allowed: "at least 1".to_string() })
}
