//! What cross-validations, curves and tests are told alike: the folds and the metrics.

use std::sync::Arc;

use super::scoring::Scoring;
use super::splitters::{KFold, Splitter, StratifiedKFold};
use crate::data::{Dataset, Fold, Task};
use crate::error::Result;

/// Folds and metrics, each with a default that depends on the task.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    splitter: Option<Arc<dyn Splitter>>,
    names: Vec<String>,
    scorings: Vec<Scoring>,
}

impl Settings {
    pub(super) fn set_cv(&mut self, splitter: impl Splitter + 'static) {
        self.splitter = Some(Arc::new(splitter));
    }

    /// Names are looked up when they are needed, so that an unknown one is an error of the fit.
    pub(super) fn set_scoring(&mut self, names: &[&str]) {
        self.names = names.iter().map(|name| name.to_string()).collect();
    }

    pub(super) fn set_scorings(&mut self, scorings: &[Scoring]) {
        self.scorings = scorings.to_vec();
    }

    /// The metrics: those named, then those given, or that of the task.
    pub(super) fn scorings(&self, task: Task) -> Result<Vec<Scoring>> {
        if self.names.is_empty() && self.scorings.is_empty() {
            return Ok(vec![Scoring::of_task(task)]);
        }
        let mut scorings = self.names.iter().map(|name| name.parse()).collect::<Result<Vec<Scoring>>>()?;
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
}
