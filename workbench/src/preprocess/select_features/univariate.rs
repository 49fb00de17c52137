//! The features that each by itself tell most of the target.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::fitted::{Chooser, FittedSelector, Judged};
use super::scores::{Score, Scorer};
use crate::data::{Target, statistics};
use crate::error::{Error, Result};
use crate::preprocess::columns;
use crate::preprocess::encode::settings::{int, whole};
use crate::preprocess::params::{invalid_parameter, number, unknown_parameter};
use crate::preprocess::{FittedTransformer, ParamValue, Transformer};

const PERCENTILE_ALLOWED: &str = "a number greater than 0 and not greater than 100";
const REMEDY: &str = "keep more of them";

macro_rules! scorer_settings {
    () => {
        /// How many neighbours mutual information looks at; the default is 3.
        pub fn n_neighbors(mut self, n_neighbors: usize) -> Self {
            self.scorer.n_neighbors = n_neighbors as u64;
            self
        }

        /// The seed of the noise by which mutual information tells equal values apart; the default is 0.
        pub fn seed(mut self, seed: u64) -> Self {
            self.scorer.seed = seed;
            self
        }

        /// The columns that hold few distinct values, which mutual information counts; flags are always counted.
        pub fn discrete(mut self, columns: &[&str]) -> Self {
            self.scorer.discrete = columns.iter().map(|name| name.to_string()).collect();
            self
        }

        /// Only these columns are judged; others are kept.
        pub fn columns(mut self, columns: &[&str]) -> Self {
            self.scorer.columns = columns::selection(columns);
            self
        }
    };
}

/// Keeps the k features that score highest; of equal ones those that stand later, as scikit-learn does.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `score` | none: name it | [`Score`] | `score`: `"f_classif"`, `"f_regression"`, `"chi2"`, `"mutual_info_classif"`, `"mutual_info_regression"` |
/// | `k` | none: name it | at least 1; all where there are fewer | `k` |
/// | `n_neighbors`, `seed`, `discrete` | 3, 0, none | for mutual information | `n_neighbors`, `seed` |
/// | `columns` | all of numbers and flags | names | |
///
/// Rows in which a feature is missing are left out of its score. A feature without a score (a constant one) comes last.
///
/// # Errors
/// When fitted: [`Error::NeedsTarget`], [`Error::NotClasses`], [`Error::NotNumbers`], [`Error::NotFinite`], [`Error::ColumnNotFound`], [`Error::NotNumeric`],
/// [`Error::LengthMismatch`], [`Error::InvalidValue`] for a setting out of range or a negative number where counts are needed.
/// When applied: [`Error::StepColumnMissing`], [`Error::StepDtype`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::data::Target;
/// use workbench::preprocess::{Score, SelectKBest};
///
/// let frame = df!("noise" => [1.0, 2.0, 1.0, 2.0], "signal" => [1.0, 1.5, 8.0, 9.0])?;
/// let classes = Target::from_labels(&["a", "a", "b", "b"]);
/// let chosen = SelectKBest::new(Score::FClassif, 1).fit(&frame, &classes)?;
/// assert_eq!(chosen.kept(), ["signal"]);
/// assert!(SelectKBest::new(Score::FRegression, 1).fit(&frame, &classes).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SelectKBest {
    scorer: Scorer,
    k: u64,
}

impl SelectKBest {
    /// Keeps the `k` best by `score`.
    pub fn new(score: Score, k: usize) -> Self {
        Self { scorer: Scorer::new(score), k: k as u64 }
    }

    scorer_settings!();

    /// Scores the features.
    ///
    /// # Errors
    /// See [`SelectKBest`].
    pub fn fit(&self, frame: &DataFrame, target: &Target) -> Result<FittedSelector> {
        if self.k < 1 {
            return Err(invalid_parameter("select_k_best.k", &int(self.k), "a whole number of at least 1"));
        }
        let mut features = self.scorer.score(Chooser::SelectKBest, frame, target)?;
        let mut order: Vec<(f64, usize)> = scores(&features).into_iter().enumerate().map(|(at, s)| (s, at)).collect();
        order.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        for (_, position) in order.into_iter().rev().take(usize::try_from(self.k).unwrap_or(usize::MAX)) {
            if let Some(judged) = features.get_mut(position) {
                judged.is_kept = true;
            }
        }
        FittedSelector::new(Chooser::SelectKBest, self.scorer.score.name(), features, REMEDY)
    }
}

/// Scores in which one that is not known is the least.
fn scores(features: &[Judged]) -> Vec<f64> {
    features.iter().map(|judged| if judged.score.is_nan() { f64::MIN } else { judged.score }).collect()
}

impl Transformer for SelectKBest {
    fn name(&self) -> &'static str {
        Chooser::SelectKBest.name()
    }

    fn fit(&self, _frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Err(Error::NeedsTarget { step: Chooser::SelectKBest.name() })
    }

    fn fit_with_target(&self, frame: &DataFrame, target: &Target) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(SelectKBest::fit(self, frame, target)?))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        let mut params = self.scorer.params();
        params.push(("k".to_string(), int(self.k)));
        params
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        if name == "k" {
            self.k = whole("select_k_best.k", value, 1)?;
            return Ok(());
        }
        if self.scorer.set("select_k_best", name, value)? {
            return Ok(());
        }
        Err(unknown_parameter("select_k_best", name, &["score", "n_neighbors", "seed", "k"]))
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}

/// Keeps the share of the features that score highest; of those on its edge the earlier, as scikit-learn does.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `score` | none: name it | [`Score`] | `score`, as in [`SelectKBest`] |
/// | `percentile` | none: name it | greater than 0, at most 100 | `percentile` |
/// | `n_neighbors`, `seed`, `discrete` | 3, 0, none | for mutual information | `n_neighbors`, `seed` |
/// | `columns` | all of numbers and flags | names | |
///
/// # Errors
/// Those of [`SelectKBest`]; [`Error::NothingLeft`] where the share is less than one feature.
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::data::Target;
/// use workbench::preprocess::{Score, SelectPercentile};
///
/// let frame = df!("noise" => [1.0, 2.0, 1.0, 2.0], "signal" => [1.0, 1.5, 8.0, 9.0])?;
/// let mass = Target::Values(vec![1.0, 2.0, 7.0, 9.0]);
/// assert_eq!(SelectPercentile::new(Score::FRegression, 50.0).fit(&frame, &mass)?.kept(), ["signal"]);
/// assert!(SelectPercentile::new(Score::FRegression, 0.0).fit(&frame, &mass).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SelectPercentile {
    scorer: Scorer,
    percentile: f64,
}

impl SelectPercentile {
    /// Keeps the best `percentile` per cent by `score`.
    pub fn new(score: Score, percentile: f64) -> Self {
        Self { scorer: Scorer::new(score), percentile }
    }

    scorer_settings!();

    /// Scores the features.
    ///
    /// # Errors
    /// See [`SelectPercentile`].
    pub fn fit(&self, frame: &DataFrame, target: &Target) -> Result<FittedSelector> {
        check_percentile(self.percentile)?;
        let mut features = self.scorer.score(Chooser::SelectPercentile, frame, target)?;
        let scores = scores(&features);
        let fraction = (100.0 - self.percentile) / 100.0;
        let threshold = statistics::quantile(&mut scores.clone(), fraction).unwrap_or(f64::NAN);
        let n_max = (scores.len() as f64 * self.percentile / 100.0) as usize;
        let mut n_ties = n_max.saturating_sub(scores.iter().filter(|score| **score > threshold).count());
        for (judged, score) in features.iter_mut().zip(scores) {
            judged.is_kept = score > threshold || self.percentile == 100.0;
            if score == threshold && n_ties > 0 {
                judged.is_kept = true;
                n_ties -= 1;
            }
        }
        FittedSelector::new(Chooser::SelectPercentile, self.scorer.score.name(), features, REMEDY)
    }
}

fn check_percentile(percentile: f64) -> Result<()> {
    if percentile > 0.0 && percentile <= 100.0 {
        return Ok(());
    }
    Err(invalid_parameter("select_percentile.percentile", &percentile.into(), PERCENTILE_ALLOWED))
}

impl Transformer for SelectPercentile {
    fn name(&self) -> &'static str {
        Chooser::SelectPercentile.name()
    }

    fn fit(&self, _frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Err(Error::NeedsTarget { step: Chooser::SelectPercentile.name() })
    }

    fn fit_with_target(&self, frame: &DataFrame, target: &Target) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(SelectPercentile::fit(self, frame, target)?))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        let mut params = self.scorer.params();
        params.push(("percentile".to_string(), self.percentile.into()));
        params
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        if name == "percentile" {
            let percentile = number("select_percentile.percentile", value, PERCENTILE_ALLOWED)?;
            check_percentile(percentile)?;
            self.percentile = percentile;
            return Ok(());
        }
        if self.scorer.set("select_percentile", name, value)? {
            return Ok(());
        }
        Err(unknown_parameter("select_percentile", name, &["score", "n_neighbors", "seed", "percentile"]))
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}
