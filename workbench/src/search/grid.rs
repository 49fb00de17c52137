//! Search over all combinations of given values.

use std::sync::Arc;

use super::candidate::{Candidate, Outcome, combinations};
use super::leader::Leader;
use super::result::SearchResult;
use crate::data::{Dataset, Task};
use crate::error::{Error, Result};
use crate::models::Estimator;
use crate::preprocess::{ParamValue, unknown_parameter};
use crate::select::{Fold, FoldResult, FoldScores, Judgement, KFold, Scoring, Splitter, StratifiedKFold, evaluate};
use crate::train::{Observer, Progress, interrupt, observer};

/// Cross-validates an estimator with every combination of given settings, and fits the best on all rows.
///
/// All candidates are scored on the same folds. In each fold, the steps of a pipeline before its estimator are fitted once for
/// all candidates that agree on them. Folds and candidates run on all threads, and their number changes no score.
///
/// | setting | default | meaning |
/// |---|---|---|
/// | [`param`](Self::param) | | values for one setting, in a pipeline `step__name` |
/// | [`cv`](Self::cv) | `StratifiedKFold::new(5)`, for numbers `KFold::new(5)` | the folds |
/// | [`scoring`](Self::scoring) | `accuracy`, for numbers `r2` | metrics; the first ranks |
///
/// Candidates come in scikit-learn's order: names sorted, the last changing fastest. A candidate that fails is recorded with
/// what it said, and the search goes on. An interruption ends the search with what it has, which is then
/// [marked](SearchResult::interrupted); it is taken to be answered by that, so the best candidate is still fitted.
///
/// # Errors
/// [`Error::UnknownParameter`] lists the names there are; [`Error::InvalidValue`] for an empty or repeated list of values or
/// an unknown metric; those of the splitter; [`Error::AllCandidatesFailed`]; [`Error::Interrupted`] before the first
/// candidate is done.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, drop_missing, penguins};
/// use workbench::models::{LogisticRegression, Pipeline};
/// use workbench::preprocess::StandardScaler;
/// use workbench::search::GridSearch;
/// use workbench::select::StratifiedKFold;
///
/// let frame = drop_missing(&penguins()?, &["sex"])?.select(["bill_depth_mm", "body_mass_g", "sex"])?;
/// let data = Dataset::from_frame(&frame, "sex")?;
/// let pipeline =
///     Pipeline::new().step("scale", StandardScaler::new()).estimator("logistic", LogisticRegression::new());
/// let search = GridSearch::new(pipeline)
///     .param("logistic__C", [0.1, 1.0, 10.0, 100.0])
///     .param("logistic__penalty", ["l1", "l2"])
///     .cv(StratifiedKFold::new(5).shuffle(7))
///     .scoring(&["accuracy", "f1"])
///     .fit(&data)?;
/// assert_eq!(search.results().height(), 8);
/// assert!(search.best_score() > 0.8);
///
/// let misspelt = GridSearch::new(LogisticRegression::new()).param("c", [1.0]).fit(&data).unwrap_err();
/// assert_eq!(
///     misspelt.to_string(),
///     "unknown parameter \"c\" of logistic; it has: C, class_weight, fit_intercept, l1_ratio, max_iter, penalty, tol"
/// );
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GridSearch {
    estimator: Box<dyn Estimator>,
    params: Vec<(String, Vec<ParamValue>)>,
    splitter: Option<Arc<dyn Splitter>>,
    scoring: Vec<String>,
}

impl GridSearch {
    /// A search of one candidate, which is `estimator` as it is.
    pub fn new(estimator: impl Estimator + 'static) -> Self {
        Self::boxed(Box::new(estimator))
    }

    /// The same for a boxed estimator.
    pub fn boxed(estimator: Box<dyn Estimator>) -> Self {
        Self { estimator, params: Vec::new(), splitter: None, scoring: Vec::new() }
    }

    /// Tries each of `values` for the setting `name`.
    pub fn param<V: Into<ParamValue>>(self, name: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.param_values(name, values.into_iter().map(Into::into).collect())
    }

    /// The same for values of several kinds.
    pub fn param_values(mut self, name: &str, values: Vec<ParamValue>) -> Self {
        self.params.push((name.to_string(), values));
        self
    }

    /// Sets the folds.
    pub fn cv(mut self, splitter: impl Splitter + 'static) -> Self {
        self.splitter = Some(Arc::new(splitter));
        self
    }

    /// Sets the metrics, of which the first ranks; see [`Scoring::NAMES`].
    pub fn scoring(mut self, names: &[&str]) -> Self {
        self.scoring = names.iter().map(|name| name.to_string()).collect();
        self
    }

    /// Searches on `data`; the installed [`Observer`] hears of every fit.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<SearchResult> {
        self.fit_observed(data, observer::installed().as_ref())
    }

    /// Searches on `data`; `observer` hears of every fit.
    ///
    /// # Errors
    /// See the type.
    pub fn fit_observed(&self, data: &Dataset, observer: &dyn Observer) -> Result<SearchResult> {
        self.check_params()?;
        let scorings = self.scorings(data.task())?;
        let folds = self.folds(data)?;
        let (mut candidates, estimators) = self.candidates();
        let outcomes = score_all(&candidates, &estimators, data, &folds, &scorings, observer);
        for (candidate, outcome) in candidates.iter_mut().zip(outcomes) {
            if let Some(outcome) = outcome {
                candidate.outcome = outcome;
            }
        }
        let interrupted = candidates.iter().any(|candidate| candidate.outcome == Outcome::NotReached);
        if interrupted {
            interrupt::met();
        }
        let mut result = SearchResult::new(&scorings, candidates, interrupted)?;
        let best = estimators.into_iter().nth(result.best_idx()).flatten();
        if let Some(best) = best {
            match best.fit(data) {
                Ok(model) => result.set_best_model(model),
                // Asked again to stop: the scores are still worth having.
                Err(Error::Interrupted) => result.set_interrupted(),
                Err(error) => return Err(error),
            }
        }
        Ok(result)
    }

    fn check_params(&self) -> Result<()> {
        let known: Vec<String> = self.estimator.params().into_iter().map(|(name, _)| name).collect();
        for (position, (name, values)) in self.params.iter().enumerate() {
            if !known.contains(name) {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                return Err(unknown_parameter(self.estimator.name(), name, &known));
            }
            let is_repeated = self.params.iter().take(position).any(|(other, _)| other == name);
            if values.is_empty() || is_repeated {
                return Err(Error::InvalidValue {
                    what: format!("GridSearch.param(\"{name}\")"),
                    value: if is_repeated { "given twice" } else { "empty" }.to_string(),
                    allowed: "given once, with at least one value".to_string(),
                });
            }
        }
        Ok(())
    }

    fn scorings(&self, task: Task) -> Result<Vec<Scoring>> {
        if self.scoring.is_empty() {
            return Ok(vec![Scoring::of_task(task)]);
        }
        Scoring::parse_all(&self.scoring.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn folds(&self, data: &Dataset) -> Result<Vec<Fold>> {
        match (&self.splitter, data.task()) {
            (Some(splitter), _) => splitter.split(data),
            (None, Task::Classification) => StratifiedKFold::new(5).split(data),
            (None, Task::Regression) => KFold::new(5).split(data),
        }
    }

    /// The candidates, and beside each its estimator; none for one that already refused its settings.
    fn candidates(&self) -> (Vec<Candidate>, Vec<Option<Box<dyn Estimator>>>) {
        let candidate = |(candidate_idx, params): (usize, Vec<(String, ParamValue)>)| {
            let mut estimator = self.estimator.clone();
            let set = params.iter().try_for_each(|(name, value)| estimator.set_param(name, value));
            match set {
                Ok(()) => (Candidate { candidate_idx, params, outcome: Outcome::NotReached }, Some(estimator)),
                Err(error) => (Candidate { candidate_idx, params, outcome: Outcome::Failed(error.to_string()) }, None),
            }
        };
        combinations(&self.params).into_iter().enumerate().map(candidate).unzip()
    }
}

/// What comes of each candidate; `None` for those without an estimator.
fn score_all(
    candidates: &[Candidate],
    estimators: &[Option<Box<dyn Estimator>>],
    data: &Dataset,
    folds: &[Fold],
    scorings: &[Scoring],
    observer: &dyn Observer,
) -> Vec<Option<Outcome>> {
    let n_fits = estimators.iter().flatten().count() * folds.len();
    let progress = Progress::start(observer, n_fits, "grid search");
    let leader = Leader::new(folds.len(), scorings);
    let judgement = Judgement { data, folds, scorings, train_scores: true };
    let fitted: Vec<(&Candidate, &dyn Estimator)> = candidates
        .iter()
        .zip(estimators)
        .filter_map(|(candidate, estimator)| Some((candidate, estimator.as_deref()?)))
        .collect();
    let chosen: Vec<&dyn Estimator> = fitted.iter().map(|(_, estimator)| *estimator).collect();
    let results = evaluate(&judgement, &chosen, &|position, _, scores| {
        let Some((candidate, _)) = fitted.get(position) else { return };
        if let Ok(scores) = scores
            && let Some(best) = leader.hear(candidate.candidate_idx, scores)
        {
            progress.best(&best);
        }
        // A fit that was interrupted is not behind.
        if !is_interrupted(scores) {
            progress.step(&line(candidate, scores, scorings));
        }
    });
    let mut results = results.into_iter();
    estimators.iter().map(|estimator| estimator.as_ref().and_then(|_| results.next()).map(outcome)).collect()
}

/// What comes of a candidate's folds; the first that failed says why.
fn outcome(folds: Vec<FoldResult>) -> Outcome {
    match folds.into_iter().collect::<Result<Vec<FoldScores>, Arc<Error>>>() {
        Ok(folds) => Outcome::Scored(folds),
        Err(error) if matches!(*error, Error::Interrupted) => Outcome::NotReached,
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

fn is_interrupted(result: &FoldResult) -> bool {
    matches!(result, Err(error) if matches!(**error, Error::Interrupted))
}

/// One fit's progress line.
fn line(candidate: &Candidate, scores: &FoldResult, scorings: &[Scoring]) -> String {
    let params: Vec<String> = candidate.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let found = match scores {
        Ok(scores) => scores.first(scorings),
        Err(error) => format!("failed: {error}"),
    };
    format!("{}: {found}", params.join(", "))
}
