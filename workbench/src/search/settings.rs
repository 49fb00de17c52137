//! What all searches have in common: the estimator, the folds, the metrics, and what is made of them.

use std::sync::Arc;

use super::candidate::{Candidate, Outcome, Params, Rung};
use crate::data::{Dataset, Task};
use crate::error::{Error, Result};
use crate::models::Estimator;
use crate::preprocess::unknown_parameter;
use crate::select::{Fold, KFold, Scoring, Splitter, StratifiedKFold};

/// The settings that every search has.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) estimator: Box<dyn Estimator>,
    pub(super) splitter: Option<Arc<dyn Splitter>>,
    pub(super) scoring: Vec<String>,
    /// Metrics as values, after those by name.
    pub(super) scorings: Vec<Scoring>,
    pub(super) train_scores: bool,
    pub(super) refit: bool,
    /// The level at which a race gives candidates up.
    pub(super) race: Option<f64>,
}

impl Settings {
    pub(super) fn new(estimator: Box<dyn Estimator>) -> Self {
        Self {
            estimator,
            splitter: None,
            scoring: Vec::new(),
            scorings: Vec::new(),
            train_scores: true,
            refit: true,
            race: None,
        }
    }

    /// An error unless each of `names` is a setting of the estimator, given once.
    pub(super) fn check_names(&self, search: &str, names: &[&String]) -> Result<()> {
        let known: Vec<String> = self.estimator.params().into_iter().map(|(name, _)| name).collect();
        for (position, name) in names.iter().enumerate() {
            if !known.contains(name) {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                return Err(unknown_parameter(self.estimator.name(), name, &known));
            }
            if names.iter().take(position).any(|other| other == name) {
                return Err(wrong_values(search, name, "given twice"));
            }
        }
        Ok(())
    }

    /// An error unless the level of the race is a probability.
    pub(super) fn check_race(&self, search: &str) -> Result<()> {
        match self.race {
            Some(alpha) if !(alpha > 0.0 && alpha < 1.0) => Err(Error::InvalidValue {
                what: format!("{search}.race"),
                value: format!("{alpha:?}"),
                allowed: "greater than 0 and less than 1".to_string(),
            }),
            _ => Ok(()),
        }
    }

    pub(super) fn chosen_scorings(&self, task: Task) -> Result<Vec<Scoring>> {
        if self.scoring.is_empty() && self.scorings.is_empty() {
            return Ok(vec![Scoring::of_task(task)]);
        }
        let mut scorings = self.scoring.iter().map(|name| name.parse()).collect::<Result<Vec<Scoring>>>()?;
        scorings.extend(self.scorings.iter().cloned());
        Scoring::check_all(&scorings)?;
        Ok(scorings)
    }

    pub(super) fn folds(&self, data: &Dataset) -> Result<Vec<Fold>> {
        match (&self.splitter, data.task()) {
            (Some(splitter), _) => splitter.split(data),
            (None, Task::Classification) => StratifiedKFold::new(5).split(data),
            (None, Task::Regression) => KFold::new(5).split(data),
        }
    }

    /// The candidates of `params`, each with its number.
    pub(super) fn candidates(&self, params: Vec<(usize, Params)>, rung: Option<Rung>) -> Vec<Contender> {
        let contender = |(candidate_idx, params): (usize, Params)| {
            let mut estimator = self.estimator.clone();
            let set = params.iter().try_for_each(|(name, value)| estimator.set_param(name, value));
            let (outcome, estimator) = match set {
                Ok(()) => (Outcome::NotReached, Some(estimator)),
                Err(error) => (Outcome::Failed(error.to_string()), None),
            };
            Contender { candidate: Candidate { candidate_idx, params, rung, outcome }, estimator }
        };
        params.into_iter().map(contender).collect()
    }
}

/// A candidate and its estimator; none for one that already refused its settings.
pub(super) struct Contender {
    pub(super) candidate: Candidate,
    pub(super) estimator: Option<Box<dyn Estimator>>,
}

/// The error of a list of values that is empty or there twice.
pub(super) fn wrong_values(search: &str, name: &str, value: &str) -> Error {
    Error::InvalidValue {
        what: format!("{search}.param(\"{name}\")"),
        value: value.to_string(),
        allowed: "given once, with at least one value".to_string(),
    }
}

/// The methods of every search, whose type has a field `settings` and a method `run`.
macro_rules! search_methods {
    ($search:ident) => {
        /// Sets the folds.
        pub fn cv(mut self, splitter: impl $crate::select::Splitter + 'static) -> Self {
            self.settings.splitter = Some(std::sync::Arc::new(splitter));
            self
        }

        /// Sets the metrics, of which the first ranks; see [`Scoring::NAMES`](crate::select::Scoring::NAMES).
        pub fn scoring(mut self, names: &[&str]) -> Self {
            self.settings.scoring = names.iter().map(|name| name.to_string()).collect();
            self
        }

        /// Sets metrics as values, such as one of one's own; those by name come before them.
        pub fn scorings(mut self, scorings: &[$crate::select::Scoring]) -> Self {
            self.settings.scorings = scorings.to_vec();
            self
        }

        /// Whether the training rows are scored as well, which tells over-fitting and takes about as long again as scoring does.
        pub fn train_scores(mut self, train_scores: bool) -> Self {
            self.settings.train_scores = train_scores;
            self
        }

        /// Whether the best candidate is fitted on all rows in the end.
        pub fn refit(mut self, refit: bool) -> Self {
            self.settings.refit = refit;
            self
        }

        /// Searches on `data`; the installed [`Observer`](crate::train::Observer) hears of every fit.
        ///
        /// # Errors
        /// See the type.
        pub fn fit(&self, data: &$crate::data::Dataset) -> $crate::error::Result<$crate::search::SearchResult> {
            self.run(data, $crate::train::observer::installed().as_ref())
        }

        /// Searches on `data`; `observer` hears of every fit.
        ///
        /// # Errors
        /// See the type.
        pub fn fit_observed(
            &self,
            data: &$crate::data::Dataset,
            observer: &dyn $crate::train::Observer,
        ) -> $crate::error::Result<$crate::search::SearchResult> {
            self.run(data, observer)
        }
    };
    ($search:ident with race) => {
        $crate::search::settings::search_methods!($search);

        /// Gives candidates up that are hopeless: after at least 3 folds, those that are worse than the one that leads on the same
        /// folds by a one-sided [corrected t test](crate::select::corrected_t_test) at the level `alpha`, such as 0.05.
        ///
        /// Off unless called. A candidate is tested again after each fold, so that somewhat more than the part `alpha` of those as good as
        /// the leader are lost. Differences that are the same on all folds say nothing of their spread, and stop nobody. What it
        /// saved is in [`fits_saved`](crate::search::SearchResult::fits_saved). What the estimator shares is made anew for each further
        /// fold, so a race is for fits that take long. Candidates now end their folds at about the same time, so that an
        /// early interruption leaves none whole.
        pub fn race(mut self, alpha: f64) -> Self {
            self.settings.race = Some(alpha);
            self
        }
    };
}

pub(super) use search_methods;
