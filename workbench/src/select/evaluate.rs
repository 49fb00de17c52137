//! Many candidates on the same folds: the one place where they are fitted and scored, and where they share their work.
//!
//! Candidates that agree on the steps of a pipeline share these, fitted once in each fold. What comes after is shared as the estimator
//! says ([`Estimator::share`]): without steps before it over all folds, since these are rows of the same data; otherwise within a fold. A step that only
//! scales columns is no hindrance to an estimator of planes, which can be scaled instead ([`Estimator::share_scaled`]).

use std::cell::OnceCell;
use std::sync::Arc;
use std::time::Instant;

use super::fold_fit::{FoldScores, PreparedFold, at_fold, in_order};
use super::metrics::target_variance;
use super::scoring::Scoring;
use crate::data::{Dataset, Fold, Target};
use crate::error::{Error, Result};
use crate::models::{Estimator, Model, Part, Pipeline, Predictions, SharedFits, Wanted};
use crate::preprocess::{ParamValue, at_step};
use crate::train::interrupt;

/// What candidates are judged by.
pub(crate) struct Judgement<'a> {
    pub(crate) data: &'a Dataset,
    pub(crate) folds: &'a [Fold],
    pub(crate) scorings: &'a [Scoring],
    /// Whether the training rows are scored as well.
    pub(crate) train_scores: bool,
}

/// One candidate's scores on one fold. Several may fail by the same error.
pub(crate) type FoldResult = Result<FoldScores, Arc<Error>>;

/// Fits each of `estimators` on each fold and scores it; `hear` is told of each candidate's fold as it is done, from any thread. The results
/// have a list for each estimator with an entry for each fold.
///
/// One candidate's folds come one after the other, so that an interruption leaves whole candidates behind.
pub(crate) fn evaluate(
    judgement: &Judgement<'_>,
    estimators: &[&dyn Estimator],
    hear: &(dyn Fn(usize, usize, &FoldResult) + Sync),
) -> Vec<Vec<FoldResult>> {
    evaluate_and_keep(judgement, estimators, hear).0
}

/// As [`evaluate`]; and what estimators without steps before them have shared, by which the best can be fitted on all rows.
pub(crate) fn evaluate_and_keep(
    judgement: &Judgement<'_>,
    estimators: &[&dyn Estimator],
    hear: &(dyn Fn(usize, usize, &FoldResult) + Sync),
) -> (Vec<Vec<FoldResult>>, Option<Box<dyn SharedFits>>) {
    let mut kept = None;
    let n_folds = judgement.folds.len();
    let mut results: Vec<Vec<FoldResult>> =
        estimators.iter().map(|_| (0..n_folds).map(|_| Err(Arc::new(Error::Interrupted))).collect()).collect();
    for members in groups(estimators) {
        let candidates: Vec<&dyn Estimator> =
            members.iter().filter_map(|&position| estimators.get(position).copied()).collect();
        let prepared = Prepared::new(judgement, &candidates);
        let mut run = |tasks: &[Task], begun_seconds: f64| {
            let done = in_order(tasks.len(), |index| {
                let Some(task) = tasks.get(index) else { return Vec::new() };
                let mut results = prepared.run(judgement, task.fold_idx, &task.chosen(&candidates));
                for (position, result) in task.candidates.iter().zip(&mut results) {
                    if let Ok(scores) = result {
                        scores.fit_seconds += begun_seconds;
                    }
                    if let Some(&member) = members.get(*position) {
                        hear(member, task.fold_idx, result);
                    }
                }
                results
            });
            for (task, of_task) in tasks.iter().zip(done) {
                for (position, result) in task.candidates.iter().zip(of_task) {
                    let place =
                        members.get(*position).and_then(|&member| results.get_mut(member)?.get_mut(task.fold_idx));
                    if let Some(place) = place {
                        *place = result;
                    }
                }
            }
        };
        // Those whose folds begin together end before the next begin; all others go at once.
        let mut others = Vec::new();
        let mut tasks = prepared.tasks(&candidates, n_folds).into_iter().peekable();
        while let Some(task) = tasks.next() {
            let first = task.candidates.first().copied();
            let mut group = vec![task];
            while let Some(task) = tasks.next_if(|task| task.candidates.first().copied() == first) {
                group.push(task);
            }
            match prepared.begin(&candidates, &group) {
                Some(seconds) => run(&group, seconds),
                None => others.extend(group),
            }
        }
        run(&others, 0.0);
        if let Prepared::Whole(Ok(shared)) = prepared {
            kept = shared;
        }
    }
    (results, kept)
}

/// The positions of those of `estimators` that agree on the steps before their last, in the order of the first of each.
fn groups(estimators: &[&dyn Estimator]) -> Vec<Vec<usize>> {
    let mut groups: Vec<(Vec<(String, ParamValue)>, Vec<usize>)> = Vec::new();
    for (position, estimator) in estimators.iter().enumerate() {
        let step_params = estimator.as_pipeline().map(|pipeline| pipeline.step_params()).unwrap_or_default();
        match groups.iter_mut().find(|(params, _)| *params == step_params) {
            Some((_, members)) => members.push(position),
            None => groups.push((step_params, vec![position])),
        }
    }
    groups.into_iter().map(|(_, members)| members).collect()
}

/// What is fitted once for candidates that agree on their steps.
enum Prepared {
    /// No steps: the folds are rows of the data.
    Whole(Result<Option<Box<dyn SharedFits>>, Arc<Error>>),
    /// A step that scales columns: the folds are rows of the data, and each has other scales.
    Scaled { shared: Box<dyn SharedFits>, seconds: Vec<f64> },
    /// Each fold after its steps.
    Folds(Vec<Result<SharedFold, Arc<Error>>>),
}

struct SharedFold {
    fold: PreparedFold,
    shared: Option<Box<dyn SharedFits>>,
}

/// Candidates that are fitted together on one fold.
struct Task {
    fold_idx: usize,
    candidates: Vec<usize>,
}

impl Task {
    fn chosen<'a>(&self, candidates: &[&'a dyn Estimator]) -> Vec<&'a dyn Estimator> {
        self.candidates.iter().filter_map(|&position| candidates.get(position).copied()).collect()
    }
}

impl Prepared {
    fn new(judgement: &Judgement<'_>, candidates: &[&dyn Estimator]) -> Self {
        let Judgement { data, folds, .. } = *judgement;
        let Some(&first) = candidates.first() else { return Self::Folds(Vec::new()) };
        let Some(pipeline) = first.as_pipeline() else {
            return Self::Whole(first.share(data, folds).map_err(Arc::new));
        };
        // What is wrong with a fold comes up again, and is told, where it is prepared by itself.
        if let Ok(Some(scaled)) = Self::scaled(pipeline, data, folds) {
            return scaled;
        }
        Self::Folds(in_order(folds.len(), |fold_idx| {
            let Some(fold) = folds.get(fold_idx) else { return Err(Arc::new(Error::Interrupted)) };
            let prepared = PreparedFold::new(pipeline, data, fold).and_then(|prepared| {
                let (name, last) = pipeline.last()?;
                // One candidate on one fold has nobody to share with.
                let shared = if candidates.len() > 1 {
                    let (data, fold) = prepared.together()?;
                    last.share(&data, &[fold]).map_err(|source| at_step(name, source))?
                } else {
                    None
                };
                Ok(SharedFold { fold: prepared, shared })
            });
            prepared.map_err(|source| Arc::new(at_fold(fold_idx, source)))
        }))
    }

    /// Where the only step before the estimator scales columns, and the estimator can do with scales in place of rows.
    fn scaled(pipeline: &Pipeline, data: &Dataset, folds: &[Fold]) -> Result<Option<Self>> {
        let Some(step) = pipeline.only_step() else { return Ok(None) };
        let (_, last) = pipeline.last()?;
        if !last.takes_scales() {
            return Ok(None);
        }
        let names = data.feature_names();
        let fit = |data: &Dataset| step.fit_with_target(data.features(), data.target());
        // The array has the scales of all rows, so that it is well conditioned.
        let whole = fit(data)?;
        let Some(of_whole) = whole.affine(&names) else { return Ok(None) };
        let started = Instant::now();
        let fitted = match step.affine_of_folds(data.features(), folds) {
            Some(maps) => {
                let seconds = started.elapsed().as_secs_f64() / folds.len().max(1) as f64;
                maps.into_iter().map(|map| Ok((Some(map), seconds))).collect()
            }
            None => in_order(folds.len(), |fold_idx| {
                interrupt::check()?;
                let started = Instant::now();
                let Some(fold) = folds.get(fold_idx) else { return Err(Error::Interrupted) };
                let map = fit(&data.take(&fold.train)?)?.affine(&names);
                Ok((map, started.elapsed().as_secs_f64()))
            }),
        };
        let (mut maps, mut seconds) = (Vec::with_capacity(folds.len()), Vec::with_capacity(folds.len()));
        for of_fold in fitted {
            let (Some(of_fold), of_fold_seconds) = of_fold? else { return Ok(None) };
            let map = of_fold.iter().zip(&of_whole).map(|(&(scale, offset), &(whole_scale, whole_offset))| {
                let scale = scale / whole_scale;
                (scale, offset - scale * whole_offset)
            });
            let map: Vec<(f64, f64)> = map.collect();
            if !map.iter().all(|(scale, offset)| scale.is_finite() && *scale != 0.0 && offset.is_finite()) {
                return Ok(None);
            }
            maps.push(map);
            seconds.push(of_fold_seconds);
        }
        let scaled = data.with_features(whole.transform(data.features())?)?;
        Ok(last.share_scaled(&scaled, folds, maps)?.map(|shared| Self::Scaled { shared, seconds }))
    }

    fn tasks(&self, candidates: &[&dyn Estimator], n_folds: usize) -> Vec<Task> {
        let lasts: Vec<&dyn Estimator> = candidates.iter().map(|candidate| last(*candidate)).collect();
        let groups = |shared: Option<&dyn SharedFits>| -> Vec<Vec<usize>> {
            match shared {
                Some(shared) => shared.groups(&lasts),
                None => (0..lasts.len()).map(|position| vec![position]).collect(),
            }
        };
        let task = |fold_idx: usize| move |candidates: Vec<usize>| Task { fold_idx, candidates };
        let mut tasks: Vec<Task> = match self {
            Self::Whole(shared) => {
                let groups = groups(shared.as_ref().ok().and_then(Option::as_deref));
                (0..n_folds).flat_map(|fold_idx| groups.iter().cloned().map(task(fold_idx))).collect()
            }
            Self::Scaled { shared, .. } => {
                let groups = groups(Some(shared.as_ref()));
                (0..n_folds).flat_map(|fold_idx| groups.iter().cloned().map(task(fold_idx))).collect()
            }
            Self::Folds(folds) => {
                let shared = |fold_idx: usize| folds.get(fold_idx)?.as_ref().ok()?.shared.as_deref();
                (0..n_folds).flat_map(|fold_idx| groups(shared(fold_idx)).into_iter().map(task(fold_idx))).collect()
            }
        };
        tasks.sort_by_key(|task| (task.candidates.first().copied(), task.fold_idx));
        tasks
    }

    /// Does what the candidates of `tasks`, which are all folds of one group, have in common in these. If that is anything, it says how many seconds of it
    /// each fit has taken.
    fn begin(&self, candidates: &[&dyn Estimator], tasks: &[Task]) -> Option<f64> {
        let (Self::Whole(Ok(Some(shared))) | Self::Scaled { shared, .. }) = self else { return None };
        let chosen: Vec<&dyn Estimator> = tasks.first()?.chosen(candidates).into_iter().map(last).collect();
        let started = Instant::now();
        let n_fits = (tasks.len() * chosen.len()).max(1) as f64;
        shared.begin(&chosen).then(|| started.elapsed().as_secs_f64() / n_fits)
    }

    fn run(&self, judgement: &Judgement<'_>, fold_idx: usize, candidates: &[&dyn Estimator]) -> Vec<FoldResult> {
        let failed = |error: Error| {
            let error = Arc::new(at_fold(fold_idx, error));
            candidates.iter().map(|_| Err(Arc::clone(&error))).collect()
        };
        if let Err(error) = interrupt::check() {
            return failed(error);
        }
        let Some(fold) = judgement.folds.get(fold_idx) else { return failed(Error::Interrupted) };
        let whole = Rows { data: judgement.data, fold, train: OnceCell::new(), validation: OnceCell::new() };
        let work = match self {
            Self::Whole(Ok(shared)) => {
                let shared = shared.as_deref().map(|shared| (shared, fold_idx));
                Work { judgement, rows: FoldRows::Whole(&whole), shared, steps_seconds: 0.0 }
            }
            Self::Whole(Err(error)) => return candidates.iter().map(|_| Err(Arc::clone(error))).collect(),
            Self::Scaled { shared, seconds } => {
                let steps_seconds = seconds.get(fold_idx).copied().unwrap_or_default();
                let shared = Some((shared.as_ref(), fold_idx));
                Work { judgement, rows: FoldRows::Scaled(&whole), shared, steps_seconds }
            }
            Self::Folds(folds) => match folds.get(fold_idx) {
                Some(Ok(SharedFold { fold, shared })) => {
                    let shared = shared.as_deref().map(|shared| (shared, 0));
                    Work { judgement, rows: FoldRows::Prepared(fold), shared, steps_seconds: fold.seconds() }
                }
                Some(Err(error)) => return candidates.iter().map(|_| Err(Arc::clone(error))).collect(),
                None => return failed(Error::Interrupted),
            },
        };
        match work.fit_and_score(candidates) {
            Ok(results) => {
                results.into_iter().map(|result| result.map_err(|error| Arc::new(at_fold(fold_idx, error)))).collect()
            }
            Err(error) => failed(error),
        }
    }
}

/// The estimator that stands last in `estimator`.
fn last(estimator: &dyn Estimator) -> &dyn Estimator {
    match estimator.as_pipeline().map(|pipeline| pipeline.last()) {
        Some(Ok((_, last))) => last,
        _ => estimator,
    }
}

/// Rows of the data, taken when they are first asked for.
struct Rows<'a> {
    data: &'a Dataset,
    fold: &'a Fold,
    train: OnceCell<Dataset>,
    validation: OnceCell<Dataset>,
}

enum FoldRows<'a> {
    Whole(&'a Rows<'a>),
    /// Not scaled yet: only what is shared can tell of them.
    Scaled(&'a Rows<'a>),
    Prepared(&'a PreparedFold),
}

impl FoldRows<'_> {
    /// The rows that an estimator is fitted on.
    fn fitted_on(&self) -> Result<&Dataset> {
        match self {
            Self::Whole(_) | Self::Scaled(_) => self.dataset(Part::Train),
            Self::Prepared(fold) => Ok(fold.fitted_on()),
        }
    }

    /// The rows that are scored.
    fn dataset(&self, part: Part) -> Result<&Dataset> {
        match (self, part) {
            (Self::Whole(rows), Part::Train) => filled(&rows.train, || rows.data.take(&rows.fold.train)),
            (Self::Whole(rows), Part::Validation) => filled(&rows.validation, || rows.data.take(&rows.fold.validation)),
            (Self::Scaled(_), _) => Err(Error::Interrupted),
            (Self::Prepared(fold), part) => Ok(fold.part(part)),
        }
    }

    /// What is true of these rows, and their weights.
    fn truth(&self, part: Part) -> Result<(Target, Option<Vec<f64>>)> {
        let taken = match self {
            Self::Whole(rows) | Self::Scaled(rows) => {
                let positions = match part {
                    Part::Train => &rows.fold.train,
                    Part::Validation => &rows.fold.validation,
                };
                let weights = rows
                    .data
                    .weights()
                    .map(|weights| positions.iter().filter_map(|&row| weights.get(row).copied()).collect());
                (rows.data.target().take(positions), weights)
            }
            Self::Prepared(fold) => {
                let data = fold.part(part);
                (data.target().clone(), data.weights().map(<[f64]>::to_vec))
            }
        };
        Ok(taken)
    }
}

fn filled(cell: &OnceCell<Dataset>, fill: impl FnOnce() -> Result<Dataset>) -> Result<&Dataset> {
    if cell.get().is_none() {
        let _ = cell.set(fill()?);
    }
    cell.get().ok_or(Error::Interrupted)
}

/// One task's data.
struct Work<'a> {
    judgement: &'a Judgement<'a>,
    rows: FoldRows<'a>,
    /// With the number of the fold that it knows.
    shared: Option<(&'a dyn SharedFits, usize)>,
    /// How long the steps before the estimators took.
    steps_seconds: f64,
}

impl Work<'_> {
    fn fit_and_score(&self, candidates: &[&dyn Estimator]) -> Result<Vec<Result<FoldScores>>> {
        let started = Instant::now();
        let lasts: Vec<&dyn Estimator> = candidates.iter().map(|candidate| last(*candidate)).collect();
        let mut fitted: Vec<Result<Box<dyn Model>>> = match self.shared {
            Some((shared, fold_idx)) => shared.fit(fold_idx, &lasts),
            None => {
                let data = self.rows.fitted_on()?;
                lasts.iter().map(|estimator| estimator.fit(data)).collect()
            }
        };
        for (candidate, model) in candidates.iter().zip(&mut fitted) {
            if let Some(Ok((name, _))) = candidate.as_pipeline().map(|pipeline| pipeline.last())
                && model.is_err()
            {
                let failed = std::mem::replace(model, Err(Error::Interrupted));
                *model = failed.map_err(|source| at_step(name, source));
            }
        }
        let fit_seconds = self.steps_seconds + started.elapsed().as_secs_f64() / candidates.len().max(1) as f64;
        let started = Instant::now();
        let models: Vec<&dyn Model> = fitted.iter().filter_map(|model| model.as_deref().ok()).collect();
        let mut tests = self.scores(Part::Validation, &models)?.into_iter();
        let mut trains = if self.judgement.train_scores {
            self.scores(Part::Train, &models)?.into_iter()
        } else {
            models.iter().map(|_| Ok(Vec::new())).collect::<Vec<_>>().into_iter()
        };
        let score_seconds = started.elapsed().as_secs_f64() / candidates.len().max(1) as f64;
        let scores = fitted.into_iter().map(|model| {
            model?;
            let (Some(test), Some(train)) = (tests.next(), trains.next()) else { return Err(Error::Interrupted) };
            Ok(FoldScores { test: test?, train: train?, fit_seconds, score_seconds })
        });
        Ok(scores.collect())
    }

    /// For each of `models` the score by each metric on the rows of `part`.
    fn scores(&self, part: Part, models: &[&dyn Model]) -> Result<Vec<Result<Vec<f64>>>> {
        let scorings = self.judgement.scorings;
        let (truth, weights) = self.rows.truth(part)?;
        let weights = weights.as_deref();
        if let Some(errors) = self.squared_errors(part, models) {
            let variance = target_variance(&truth, weights)?;
            let of_model = |error: f64| {
                Ok(scorings.iter().map(|scoring| scoring.of_squared_error(error, variance)).collect::<Vec<f64>>())
            };
            return Ok(errors.into_iter().map(of_model).collect());
        }
        let wanted = scorings.iter().fold(Wanted::default(), |wanted, scoring| wanted.and(scoring.wanted()));
        let score = |predictions: Predictions| -> Result<Vec<f64>> {
            scorings.iter().map(|scoring| scoring.score_predictions(&truth, weights, &predictions)).collect()
        };
        if let Some((shared, fold_idx)) = self.shared_with(part)
            && let Some(predictions) = shared.predictions(fold_idx, part, models, wanted)?
        {
            return Ok(predictions.into_iter().map(score).collect());
        }
        let features = self.rows.dataset(part)?.features();
        Ok(models.iter().map(|model| score(Predictions::of(*model, features, wanted)?)).collect())
    }

    /// The mean squared error of each model, if all are known and no metric needs more.
    fn squared_errors(&self, part: Part, models: &[&dyn Model]) -> Option<Vec<f64>> {
        let (shared, fold_idx) = self.shared_with(part)?;
        if !self.judgement.scorings.iter().all(Scoring::is_of_squared_error) {
            return None;
        }
        models.iter().map(|model| shared.mean_squared_error(fold_idx, part, *model)).collect()
    }

    /// What is shared, where it knows the rows of `part`: steps may make other rows of those that a model was fitted on.
    fn shared_with(&self, part: Part) -> Option<(&dyn SharedFits, usize)> {
        match &self.rows {
            FoldRows::Prepared(fold) if part == Part::Train && !fold.is_fitted_on_train() => None,
            _ => self.shared,
        }
    }
}
