//! How much a model's scores fall when one feature is put in random order.

use polars::prelude::{Column, DataFrame, IdxCa, IdxSize};
use serde::{Deserialize, Serialize};

use super::cross_validate::{mean, std};
use super::cross_validator::scores_of;
use super::fold_fit::in_order;
use super::permutation_test::check_count;
use super::scoring::Scoring;
use crate::data::{Dataset, column};
use crate::error::{Error, Result};
use crate::models::Model;
use crate::train::{Observer, Progress, interrupt, observer, random};

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
    /// The names of the metrics, in the order they were given.
    pub fn scoring(&self) -> Vec<String> {
        self.scoring.clone()
    }

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
