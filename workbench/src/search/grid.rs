//! Search over all combinations of given values.

use super::candidate::{Params, combinations};
use super::result::SearchResult;
use crate::data::{Dataset, Task};
use crate::error::{Error, Result};
use crate::models::{Estimator, SharedFits};
use crate::preprocess::{ParamValue, unknown_parameter};
use crate::select::{
    Fold, FoldResult, FoldScores, Judgement, KFold, Scoring, Splitter, StratifiedKFold, evaluate_and_keep,
};
use crate::train::{Observer, Progress, interrupt, observer};
use super::run::{search};
use super::settings::{Settings, search_methods, wrong_values};

/// Cross-validates an estimator with every combination of given settings, and fits the best on all rows.
///
/// All candidates are scored on the same folds. In each fold, the steps of a pipeline before its estimator are fitted once for
/// all candidates that agree on them, and what comes after is shared as the estimator says. Folds and candidates run on all threads, and
/// their number changes no score.
///
/// | setting | default | meaning |
/// |---|---|---|
/// | [`param`](Self::param) | | values for one setting, in a pipeline `step__name` |
/// | [`and_grid`](Self::and_grid) | | begins a further grid |
/// | [`cv`](Self::cv) | `StratifiedKFold::new(5)`, for numbers `KFold::new(5)` | the folds |
/// | [`scoring`](Self::scoring) | `accuracy`, for numbers `r2` | metrics; the first ranks |
/// | [`train_scores`](Self::train_scores) | true | whether training rows are scored as well |
/// | [`refit`](Self::refit) | true | whether the best is fitted on all rows |
/// | [`race`](Self::race) | off | gives hopeless candidates up after some folds |
///
/// Candidates come in scikit-learn's order: names sorted, the last changing fastest. A candidate that fails is recorded with
/// what it said, and the search goes on. An interruption ends the search with what it has, which is then
/// [marked](SearchResult::interrupted); it is taken to be answered by that, so the best candidate is still fitted.
///
/// # Errors
/// [`Error::UnknownParameter`](crate::Error::UnknownParameter) lists the names there are;
/// [`Error::InvalidValue`](crate::Error::InvalidValue) for an empty or repeated list of values or an unknown metric; those of the splitter;
/// [`Error::AllCandidatesFailed`](crate::Error::AllCandidatesFailed); [`Error::Interrupted`](crate::Error::Interrupted) before the first
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
///     "unknown parameter \"c\" of logistic; it has: C, fit_intercept, max_iter, penalty, tol"
/// );
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// Two grids, since a setting of one has no meaning in the other:
///
/// ```
/// use workbench::data::{Dataset, drop_missing, penguins};
/// use workbench::models::LogisticRegression;
/// use workbench::search::GridSearch;
///
/// let frame = drop_missing(&penguins()?, &["sex"])?.select(["bill_depth_mm", "body_mass_g", "sex"])?;
/// let search = GridSearch::new(LogisticRegression::new())
///     .param("penalty", ["l1", "l2"])
///     .param("C", [0.1, 1.0])
///     .and_grid()
///     .param("penalty", ["none"])
///     .fit(&Dataset::from_frame(&frame, "sex")?)?;
/// assert_eq!(search.results().height(), 4 + 1);
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GridSearch {
    settings: Settings,
    grids: Vec<Vec<(String, Vec<ParamValue>)>>,
}

impl GridSearch {
    /// A search of one candidate, which is `estimator` as it is.
    pub fn new(estimator: impl Estimator + 'static) -> Self {
        Self::boxed(Box::new(estimator))
    }

    /// The same for a boxed estimator.
    pub fn boxed(estimator: Box<dyn Estimator>) -> Self {
        Self { settings: Settings::new(estimator), grids: vec![Vec::new()] }
    }

    pub(super) fn with(settings: Settings, grid: Vec<(String, Vec<ParamValue>)>) -> Self {
        Self { settings, grids: vec![grid] }
    }

    /// Tries each of `values` for the setting `name`.
    pub fn param<V: Into<ParamValue>>(self, name: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.param_values(name, values.into_iter().map(Into::into).collect())
    }

    /// The same for values of several kinds.
    pub fn param_values(mut self, name: &str, values: Vec<ParamValue>) -> Self {
        if let Some(grid) = self.grids.last_mut() {
            grid.push((name.to_string(), values));
        }
        self
    }

    /// Begins a further grid: settings after this belong to it, and what it does not name stays as the estimator has it. The candidates of
    /// all grids are tried, on the same folds.
    pub fn and_grid(mut self) -> Self {
        self.grids.push(Vec::new());
        self
    }

    search_methods!(GridSearch with race);

    pub(super) fn inner(&self) -> &dyn Estimator {
        self.settings.estimator.as_ref()
    }

    pub(super) fn inner_mut(&mut self) -> &mut dyn Estimator {
        self.settings.estimator.as_mut()
    }

/// All combinations of all grids, numbered.
    pub(super) fn numbered(&self, search: &str) -> Result<Vec<(usize, Params)>> {
        for grid in &self.grids {
            self.settings.check_names(search, &grid.iter().map(|(name, _)| name).collect::<Vec<_>>())?;
/// Searches on `data`;
`observer` hears of every fit.
    ///
    /// # Errors
    /// See the type.
    pub fn fit_observed(&self, data: &Dataset, observer: &dyn Observer) -> Result<SearchResult> {
        self.check_params()?;
for (candidate, outcome) in candidates.iter_mut().zip(outcomes) {
            if let Some(outcome) = outcome {
                candidate.outcome = outcome;
if interrupted {
            interrupt::met();
if let Some((name, _)) = grid.iter().find(|(_, values)| values.is_empty()) {
                return Err(wrong_values(search, name, "empty"));
if let Some(best) = best {
            let fitted =
                shared.filter(|_| best.as_pipeline().is_none()).and_then(|shared| shared.fit_whole(best.as_ref()));
let (mut candidates, estimators) = self.candidates();
let (outcomes, shared) = score_all(&candidates, &estimators, data, &folds, &scorings, observer);
let best = estimators.into_iter().nth(result.best_idx()).flatten();
let folds = self.folds(data)?;
let scorings = self.scorings(data.task())?;
}
        let mut result = SearchResult::new(&scorings, candidates, interrupted)?;
}
        }
        let interrupted = candidates.iter().any(|candidate| candidate.outcome == Outcome::NotReached);
    }

    fn run(&self, data: &Dataset, observer: &dyn Observer) -> Result<SearchResult> {
        self.settings.check_race("GridSearch")?;
        let contenders = self.settings.candidates(self.numbered("GridSearch")?, None);
        search(&self.settings, contenders, data, observer, "grid search")
    }
}
(outcomes.collect(), shared)
}

/// What comes of a candidate's folds;
/// What comes of each candidate, `None` for those without an estimator;
and what their fits have shared.
fn score_all(
    candidates: &[Candidate],
    estimators: &[Option<Box<dyn Estimator>>],
    data: &Dataset,
    folds: &[Fold],
    scorings: &[Scoring],
    observer: &dyn Observer,
) -> (Vec<Option<Outcome>>, Option<Box<dyn SharedFits>>) {
    let n_fits = estimators.iter().flatten().count() * folds.len();
if let Ok(scores) = scores
            && let Some(best) = leader.hear(candidate.candidate_idx, scores)
        {
            progress.best(&best);
let (results, shared) = evaluate_and_keep(&judgement, &chosen, &|position, _, scores| {
        let Some((candidate, _)) = fitted.get(position) else { return };
let chosen: Vec<&dyn Estimator> = fitted.iter().map(|(_, estimator)| *estimator).collect();
let fitted: Vec<(&Candidate, &dyn Estimator)> = candidates
        .iter()
        .zip(estimators)
        .filter_map(|(candidate, estimator)| Some((candidate, estimator.as_deref()?)))
        .collect();
let found = match scores {
        Ok(scores) => scores.first(scorings),
        Err(error) => format!("failed: {error}"),
    };
let judgement = Judgement { data, folds, scorings, train_scores: true };
let leader = Leader::new(folds.len(), scorings);
let mut results = results.into_iter();
let outcomes = estimators.iter().map(|estimator| estimator.as_ref().and_then(|_| results.next()).map(outcome));
let progress = Progress::start(observer, n_fits, "grid search");
the first that failed says why.
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
}
        // A fit that was interrupted is not behind.
        if !is_interrupted(scores) {
            progress.step(&line(candidate, scores, scorings));
}
    });
