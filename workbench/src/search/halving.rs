//! Successive halving: many candidates with little of a resource, and the best of them with more.

use super::candidate::{Params, Rung};
use super::distribution::Distribution;
use super::grid::GridSearch;
use super::random::Space;
use super::result::SearchResult;
use super::run::{Run, finish};
use super::schedule::Terms;
use super::settings::{Contender, Settings, search_methods};
use crate::data::{Dataset, Target};
use crate::error::{Error, Result};
use crate::models::Estimator;
use crate::preprocess::{ParamValue, unknown_parameter};
use crate::select::Fold;
use crate::train::random::permutation;
use crate::train::{Observer, Progress, interrupt};

pub use super::schedule::MinResources;

const N_SAMPLES: &str = "n_samples";

/// The methods of both halving searches, whose types have a field `halving`.
macro_rules! halving_methods {
    () => {
        /// Sets of how many candidates one goes on, and how many times as much it then has.
        pub fn factor(mut self, factor: usize) -> Self {
            self.halving.factor = factor;
            self
        }

        /// Sets what grows: `"n_samples"`, or the name of a setting that is a count, such as `"max_iter"`.
        pub fn resource(mut self, resource: &str) -> Self {
            self.halving.resource = resource.to_string();
            self
        }

        /// Sets how much each candidate has at first.
        pub fn min_resources(mut self, min_resources: impl Into<MinResources>) -> Self {
            self.halving.min_resources = min_resources.into();
            self
        }

        /// Sets how much a candidate may have.
        pub fn max_resources(mut self, max_resources: usize) -> Self {
            self.halving.max_resources = Some(max_resources);
            self
        }

        /// Whether candidates are first brought down to a number that the resource is enough for.
        pub fn aggressive_elimination(mut self, aggressive_elimination: bool) -> Self {
            self.halving.aggressive_elimination = aggressive_elimination;
            self
        }
    };
}

/// Cross-validates all combinations of given settings with few rows, the best of them with more, and so on.
///
/// In each iteration the best third (or `1 / factor`) goes on with `factor` times as much of the resource: rows, or a setting
/// such as the number of trees. What makes the last iteration is compared on all of it, and only that can be the best.
///
/// | setting | default | meaning |
/// |---|---|---|
/// | [`param`](Self::param) | | values for one setting |
/// | [`factor`](Self::factor) | 3 | of how many candidates one goes on; at least 2 |
/// | [`resource`](Self::resource) | `"n_samples"` | rows, or the name of a setting that is a count |
/// | [`max_resources`](Self::max_resources) | the number of rows | how much a candidate may have; a setting needs it |
/// | [`min_resources`](Self::min_resources) | [`Exhaust`](MinResources::Exhaust) | how much each has at first |
/// | [`aggressive_elimination`](Self::aggressive_elimination) | false | whether the first iterations are repeated with as little, until few enough are left |
/// | [`seed`](Self::seed) | 0 | which rows an iteration has |
/// | [`cv`](Self::cv), [`scoring`](Self::scoring), [`train_scores`](Self::train_scores), [`refit`](Self::refit) | | as in a [`GridSearch`] |
///
/// Iterations, resources and numbers of candidates are scikit-learn's. Rows are drawn from the training and from the validation
/// rows of each fold, classes in equal parts, and an iteration's rows are among those of the next. The
/// [table](SearchResult::results) has a row for each candidate of each iteration, those of later iterations first. Candidates that fail do not
/// go on. An interruption keeps the candidates that are whole.
///
/// # Errors
/// Those of [`GridSearch`]; [`Error::InvalidValue`] for a setting out of range, a resource that is searched over, or one without
/// `max_resources`.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, make_classification};
/// use workbench::models::LogisticRegression;
/// use workbench::search::HalvingGridSearch;
///
/// let data = Dataset::from_frame(&make_classification(900, 10, 5, 2, 1.0, 0.05, 3)?, "class")?;
/// let search = HalvingGridSearch::new(LogisticRegression::new())
///     .param("C", [0.001, 0.01, 0.1, 1.0, 10.0])
///     .param("penalty", ["l1", "l2"])
///     .fit(&data)?;
/// let table = search.results();
/// // 10 candidates with 100 rows each, 4 with 300, 2 with all.
/// assert_eq!(table.height(), 10 + 4 + 2);
///
/// let refused = HalvingGridSearch::new(LogisticRegression::new()).factor(1).fit(&data);
/// assert_eq!(refused.unwrap_err().to_string(), "HalvingGridSearch.factor is 1, but it must be at least 2");
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. K. Jamieson, A. Talwalkar, *Non-stochastic Best Arm Identification and Hyperparameter Optimization*, 2016,
///    <https://proceedings.mlr.press/v51/jamieson16.html>
/// 2. L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh, A. Talwalkar, *Hyperband*, 2018, <https://jmlr.org/papers/v18/16-558.html>
#[derive(Clone, Debug)]
pub struct HalvingGridSearch {
    settings: Settings,
    grid: GridSearch,
    halving: Halving,
}

impl HalvingGridSearch {
    /// A search of one candidate, which is `estimator` as it is.
    pub fn new(estimator: impl Estimator + 'static) -> Self {
        Self::boxed(Box::new(estimator))
    }

    /// The same for a boxed estimator.
    pub fn boxed(estimator: Box<dyn Estimator>) -> Self {
        let (settings, grid) = (Settings::new(estimator.clone()), GridSearch::boxed(estimator));
        Self { settings, grid, halving: Halving::new(MinResources::Exhaust) }
    }

    /// Tries each of `values` for the setting `name`.
    pub fn param<V: Into<ParamValue>>(mut self, name: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.grid = self.grid.param(name, values);
        self
    }

    /// The same for values of several kinds.
    pub fn param_values(mut self, name: &str, values: Vec<ParamValue>) -> Self {
        self.grid = self.grid.param_values(name, values);
        self
    }

    /// Begins a further grid; see [`GridSearch::and_grid`].
    pub fn and_grid(mut self) -> Self {
        self.grid = self.grid.and_grid();
        self
    }

    /// Sets the seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.halving.seed = seed;
        self
    }

    halving_methods!();

    search_methods!(HalvingGridSearch);

    fn run(&self, data: &Dataset, observer: &dyn Observer) -> Result<SearchResult> {
        let candidates = self.grid.numbered("HalvingGridSearch")?;
        self.halving.check(
            "HalvingGridSearch",
            &self.settings,
            candidates.iter().flat_map(|(_, params)| params).map(|(name, _)| name),
        )?;
        let folds = self.settings.folds(data)?;
        let terms = self.halving.terms(candidates.len(), &folds, data);
        self.halving.run(&self.settings, candidates, &terms, &folds, data, observer)
    }
}

/// Cross-validates settings drawn at random with few rows, the best of them with more, and so on.
///
/// | setting | default | meaning |
/// |---|---|---|
/// | [`param`](Self::param) | | what one setting is drawn from: a [`Distribution`], or a list |
/// | [`n_candidates`](Self::n_candidates) | `max_resources / min_resources` | how many are drawn |
/// | [`min_resources`](Self::min_resources) | [`Smallest`](MinResources::Smallest) | how much each has at first |
/// | [`seed`](Self::seed) | 0 | which candidates are drawn, and which rows an iteration has |
/// | the others | | as in a [`HalvingGridSearch`] |
///
/// Candidates are drawn as in a [`RandomSearch`](super::RandomSearch), and all else is as in a [`HalvingGridSearch`].
///
/// # Errors
/// Those of [`HalvingGridSearch`] and of [`Distribution::check`]; [`Error::InvalidValue`] for no number of candidates with
/// [`MinResources::Exhaust`], since each would follow from the other.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, make_classification};
/// use workbench::models::LogisticRegression;
/// use workbench::search::{Distribution, HalvingRandomSearch};
///
/// let data = Dataset::from_frame(&make_classification(900, 10, 5, 2, 1.0, 0.05, 3)?, "class")?;
/// let search = HalvingRandomSearch::new(LogisticRegression::new())
///     .param("C", Distribution::log_uniform(1e-4, 1e4))
///     .n_candidates(9)
///     .min_resources(100)
///     .fit(&data)?;
/// assert_eq!(search.results().height(), 9 + 3 + 1);
///
/// let refused = HalvingRandomSearch::new(LogisticRegression::new()).resource("max_iter").fit(&data);
/// assert_eq!(
///     refused.unwrap_err().to_string(),
///     "HalvingRandomSearch.max_resources is not given, but it must be given, since the resource is \"max_iter\""
/// );
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HalvingRandomSearch {
    settings: Settings,
    space: Space,
    n_candidates: Option<usize>,
    halving: Halving,
}

impl HalvingRandomSearch {
    /// A search that draws nothing yet.
    pub fn new(estimator: impl Estimator + 'static) -> Self {
        Self::boxed(Box::new(estimator))
    }

    /// The same for a boxed estimator.
    pub fn boxed(estimator: Box<dyn Estimator>) -> Self {
        let halving = Halving::new(MinResources::Smallest);
        Self { settings: Settings::new(estimator), space: Space::default(), n_candidates: None, halving }
    }

    /// Draws the setting `name` from `values`.
    pub fn param(mut self, name: &str, values: impl Into<Distribution>) -> Self {
        self.space.params.push((name.to_string(), values.into()));
        self
    }

    /// Sets how many candidates are drawn.
    pub fn n_candidates(mut self, n_candidates: usize) -> Self {
        self.n_candidates = Some(n_candidates);
        self
    }

    /// Sets the seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.space.seed = seed;
        self.halving.seed = seed;
        self
    }

    halving_methods!();

    search_methods!(HalvingRandomSearch);

    fn run(&self, data: &Dataset, observer: &dyn Observer) -> Result<SearchResult> {
        const SEARCH: &str = "HalvingRandomSearch";
        self.space.check(&self.settings, SEARCH)?;
        self.halving.check(SEARCH, &self.settings, self.space.params.iter().map(|(name, _)| name))?;
        let folds = self.settings.folds(data)?;
        let terms = self.halving.terms(1, &folds, data);
        let n_candidates = match (self.n_candidates, self.halving.min_resources) {
            (Some(n_candidates), _) if n_candidates > 0 => n_candidates,
            (None, MinResources::Smallest | MinResources::Count(_)) => {
                terms.max_resources / terms.first_resources()?.max(1)
            }
            (n_candidates, _) => {
                return Err(Error::InvalidValue {
                    what: format!("{SEARCH}.n_candidates"),
                    value: n_candidates.map_or("not given".to_string(), |n| n.to_string()),
                    allowed: "at least 1, and given where min_resources is to exhaust the resource".to_string(),
                });
            }
        };
        let candidates = self.space.candidates(n_candidates);
        let terms = Terms { n_candidates: candidates.len(), ..terms };
        self.halving.run(&self.settings, candidates, &terms, &folds, data, observer)
    }
}

/// What both halving searches have in common.
#[derive(Clone, Debug)]
struct Halving {
    factor: usize,
    resource: String,
    min_resources: MinResources,
    max_resources: Option<usize>,
    aggressive_elimination: bool,
    seed: u64,
}

impl Halving {
    fn new(min_resources: MinResources) -> Self {
        let resource = N_SAMPLES.to_string();
        Self { factor: 3, resource, min_resources, max_resources: None, aggressive_elimination: false, seed: 0 }
    }

    fn check<'a>(
        &self,
        search: &str,
        settings: &Settings,
        mut searched: impl Iterator<Item = &'a String>,
    ) -> Result<()> {
        let invalid = |setting: &str, value: &str, allowed: &str| {
            Err(Error::InvalidValue {
                what: format!("{search}.{setting}"),
                value: value.to_string(),
                allowed: allowed.to_string(),
            })
        };
        if self.factor < 2 {
            return invalid("factor", &self.factor.to_string(), "at least 2");
        }
        if self.resource == N_SAMPLES {
            return Ok(());
        }
        let known: Vec<String> = settings.estimator.params().into_iter().map(|(name, _)| name).collect();
        if !known.contains(&self.resource) {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            return Err(unknown_parameter(settings.estimator.name(), &self.resource, &known));
        }
        if searched.any(|name| *name == self.resource) {
            return invalid("resource", &format!("\"{}\"", self.resource), "a setting that is not searched over");
        }
        if self.max_resources.is_none() {
            let allowed = format!("given, since the resource is \"{}\"", self.resource);
            return invalid("max_resources", "not given", &allowed);
        }
        Ok(())
    }

    fn terms(&self, n_candidates: usize, folds: &[Fold], data: &Dataset) -> Terms {
        let is_rows = self.resource == N_SAMPLES;
        let n_classes = match data.target() {
            Target::Classes { labels, .. } => labels.len().max(1),
            Target::Values(_) => 1,
        };
        let n_samples = data.n_samples();
        let most = if is_rows { n_samples } else { usize::MAX };
        Terms {
            n_candidates,
            factor: self.factor,
            min_resources: self.min_resources,
            smallest: if is_rows { 2 * folds.len() * n_classes } else { 1 },
            max_resources: self.max_resources.unwrap_or(n_samples).min(most),
            aggressive_elimination: self.aggressive_elimination,
        }
    }

    fn run(
        &self,
        settings: &Settings,
        mut candidates: Vec<(usize, Params)>,
        terms: &Terms,
        folds: &[Fold],
        data: &Dataset,
        observer: &dyn Observer,
    ) -> Result<SearchResult> {
        let scorings = settings.chosen_scorings(data.task())?;
        let iterations = terms.iterations()?;
        let rows = if self.resource == N_SAMPLES { Some(FoldOrder::new(folds, data, self.seed)) } else { None };
        let n_fits = iterations.iter().map(|iteration| iteration.n_candidates).sum::<usize>() * folds.len();
        let progress = Progress::start(observer, n_fits, "successive halving");
        let mut all: Vec<Contender> = Vec::new();
        let mut last_folds = folds.to_vec();
        let mut is_cut_short = false;
        for (iteration, of_iteration) in iterations.iter().enumerate() {
            let n_resources = of_iteration.n_resources;
            let mut params = candidates.clone();
            match &rows {
                Some(rows) => last_folds = rows.first(n_resources as f64 / data.n_samples() as f64),
                None => params.iter_mut().for_each(|(_, params)| self.give(params, n_resources)),
            }
            let mut contenders = settings.candidates(params, Some(Rung { iteration, n_resources }));
            let part = if n_resources < data.n_samples() && rows.is_some() {
                Some(only_used(&last_folds, data)?)
            } else {
                None
            };
            let (data, folds) = part.as_ref().map_or((data, &last_folds), |(data, folds)| (data, folds));
            Run { settings, data, scorings: &scorings, progress: &progress }.score(&mut contenders, folds);
            let mut scored: Vec<(f64, usize)> = contenders
                .iter()
                .filter_map(|contender| Some((contender.candidate.score()?, contender.candidate.candidate_idx)))
                .collect();
            scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            scored.truncate(contenders.len().div_ceil(self.factor));
            all.extend(contenders);
            candidates.retain(|(candidate_idx, _)| scored.iter().any(|(_, kept)| kept == candidate_idx));
            is_cut_short = interrupt::requested() && iteration + 1 < iterations.len();
            if is_cut_short || candidates.is_empty() {
                break;
            }
        }
        drop(progress);
        finish(settings, all, data, &scorings, &last_folds, is_cut_short, None)
    }

    /// Sets the resource in `params`, names sorted.
    fn give(&self, params: &mut Params, n_resources: usize) {
        let place = params.partition_point(|(name, _)| *name < self.resource);
        params.insert(place, (self.resource.clone(), n_resources.into()));
    }
}

/// The rows of each fold in an order of which any beginning has the classes in about equal parts.
struct FoldOrder {
    folds: Vec<Fold>,
}

impl FoldOrder {
    fn new(folds: &[Fold], data: &Dataset, seed: u64) -> Self {
        // One order for all folds, so that what they begin with is about the same rows.
        let mut ranks = vec![0; data.n_samples()];
        for (rank, row) in permutation(data.n_samples(), seed, 0).into_iter().enumerate() {
            if let Some(place) = ranks.get_mut(row) {
                *place = rank;
            }
        }
        let fold = |fold: &Fold| Fold {
            train: spread(&fold.train, data.target(), &ranks),
            validation: spread(&fold.validation, data.target(), &ranks),
        };
        Self { folds: folds.iter().map(fold).collect() }
    }

    /// That part of each fold's rows, in the order of the data.
    fn first(&self, fraction: f64) -> Vec<Fold> {
        let take = |rows: &[usize]| {
            let n_rows = ((fraction * rows.len() as f64) as usize).clamp(1.min(rows.len()), rows.len());
            let mut rows = rows.get(..n_rows).unwrap_or_default().to_vec();
            rows.sort_unstable();
            rows
        };
        self.folds.iter().map(|fold| Fold { train: take(&fold.train), validation: take(&fold.validation) }).collect()
    }
}

/// The rows that some of `folds` has, and the folds by their places among these; what candidates share is then made of no more rows than
/// are used.
fn only_used(folds: &[Fold], data: &Dataset) -> Result<(Dataset, Vec<Fold>)> {
    let mut places = vec![usize::MAX; data.n_samples()];
    for row in folds.iter().flat_map(|fold| fold.train.iter().chain(&fold.validation)) {
        if let Some(place) = places.get_mut(*row) {
            *place = 0;
        }
    }
    let mut used = Vec::new();
    for (row, place) in places.iter_mut().enumerate().filter(|(_, place)| **place == 0) {
        *place = used.len();
        used.push(row);
    }
    let within = |rows: &[usize]| rows.iter().filter_map(|&row| places.get(row).copied()).collect();
    let folds = folds.iter().map(|fold| Fold { train: within(&fold.train), validation: within(&fold.validation) });
    let folds = folds.collect();
    Ok((data.take(&used)?, folds))
}

/// `rows` by their ranks, each class spread evenly over them.
fn spread(rows: &[usize], target: &Target, ranks: &[usize]) -> Vec<usize> {
    let mut ordered = rows.to_vec();
    ordered.sort_by_key(|&row| ranks.get(row).copied());
    let Target::Classes { codes, labels } = target else { return ordered };
    let class = |row: usize| codes.get(row).map_or(0, |&code| code as usize);
    let mut counts = vec![0usize; labels.len().max(1)];
    for &row in rows {
        if let Some(count) = counts.get_mut(class(row)) {
            *count += 1;
        }
    }
    let mut seen = vec![0usize; counts.len()];
    let mut placed: Vec<(f64, usize)> = ordered
        .into_iter()
        .map(|row| {
            let (seen, count) = (seen.get_mut(class(row)), counts.get(class(row)).copied().unwrap_or(1));
            let place = seen.map_or(0.0, |seen| {
                *seen += 1;
                (*seen as f64 - 0.5) / count as f64
            });
            (place, row)
        })
        .collect();
    placed.sort_by(|a, b| a.0.total_cmp(&b.0));
    placed.into_iter().map(|(_, row)| row).collect()
}
