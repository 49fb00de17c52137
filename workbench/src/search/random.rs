//! Search over settings that are drawn at random.

use super::candidate::Params;
use super::distribution::Distribution;
use super::result::SearchResult;
use super::run::search;
use super::settings::{Settings, search_methods};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::models::Estimator;
use crate::train::Observer;
use crate::train::random::stream;

/// So often a candidate is drawn again that was drawn before.
const TRIES_MAX: usize = 1_000;

/// Cross-validates an estimator with settings drawn at random, and fits the best on all rows.
///
/// With several settings of which few matter, this finds a good candidate in fewer fits than a grid, whose values repeat. Candidates share
/// their work and are scored as in a [`GridSearch`](super::GridSearch).
///
/// | setting | default | meaning |
/// |---|---|---|
/// | [`param`](Self::param) | | what one setting is drawn from: a [`Distribution`], or a list |
/// | [`n_iter`](Self::n_iter) | 10 | how many candidates; at least 1 |
/// | [`seed`](Self::seed) | 0 | another seed draws others |
/// | [`cv`](Self::cv) | `StratifiedKFold::new(5)`, for numbers `KFold::new(5)` | the folds |
/// | [`scoring`](Self::scoring) | `accuracy`, for numbers `r2` | metrics; the first ranks |
/// | [`train_scores`](Self::train_scores) | true | whether training rows are scored as well |
/// | [`refit`](Self::refit) | true | whether the best is fitted on all rows |
/// | [`race`](Self::race) | off | gives hopeless candidates up after some folds |
///
/// Each candidate is drawn from a stream of its own, keyed by the seed and its number: the first 10 of 20 candidates are those of a
/// search for 10. Where every setting is a list or whole, no candidate is drawn twice; where there are no more than `n_iter`
/// combinations, all are tried, in the order of a grid.
///
/// # Errors
/// Those of [`GridSearch`](super::GridSearch) and of [`Distribution::check`]; [`Error::InvalidValue`] for an `n_iter` of 0.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, drop_missing, penguins};
/// use workbench::models::LogisticRegression;
/// use workbench::search::{Distribution, RandomSearch};
///
/// let frame = drop_missing(&penguins()?, &["sex"])?.select(["bill_depth_mm", "body_mass_g", "sex"])?;
/// let data = Dataset::from_frame(&frame, "sex")?;
/// let search = RandomSearch::new(LogisticRegression::new())
///     .param("C", Distribution::log_uniform(1e-3, 1e3))
///     .param("penalty", ["l1", "l2"])
///     .n_iter(12)
///     .seed(7)
///     .fit(&data)?;
/// assert_eq!(search.results().height(), 12);
///
/// let refused = RandomSearch::new(LogisticRegression::new()).param("C", Distribution::uniform(2.0, 1.0)).fit(&data);
/// assert!(refused.unwrap_err().to_string().starts_with("the distribution of \"C\" is from 2.0 to 1.0"));
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. J. Bergstra, Y. Bengio, *Random Search for Hyper-Parameter Optimization*, 2012, <https://jmlr.org/papers/v13/bergstra12a.html>
#[derive(Clone, Debug)]
pub struct RandomSearch {
    settings: Settings,
    space: Space,
    n_iter: usize,
}

impl RandomSearch {
    /// A search that draws nothing yet.
    pub fn new(estimator: impl Estimator + 'static) -> Self {
        Self::boxed(Box::new(estimator))
    }

    /// The same for a boxed estimator.
    pub fn boxed(estimator: Box<dyn Estimator>) -> Self {
        Self { settings: Settings::new(estimator), space: Space::default(), n_iter: 10 }
    }

    /// Draws the setting `name` from `values`.
    pub fn param(mut self, name: &str, values: impl Into<Distribution>) -> Self {
        self.space.params.push((name.to_string(), values.into()));
        self
    }

    /// Sets the number of candidates.
    pub fn n_iter(mut self, n_iter: usize) -> Self {
        self.n_iter = n_iter;
        self
    }

    /// Sets the seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.space.seed = seed;
        self
    }

    search_methods!(RandomSearch with race);

    fn run(&self, data: &Dataset, observer: &dyn Observer) -> Result<SearchResult> {
        self.settings.check_race("RandomSearch")?;
        self.space.check(&self.settings, "RandomSearch")?;
        if self.n_iter == 0 {
            return Err(Error::InvalidValue {
                what: "RandomSearch.n_iter".to_string(),
                value: "0".to_string(),
                allowed: "at least 1".to_string(),
            });
        }
        let contenders = self.settings.candidates(self.space.candidates(self.n_iter), None);
        search(&self.settings, contenders, data, observer, "random search")
    }
}

/// Settings and what each is drawn from.
#[derive(Clone, Debug, Default)]
pub(super) struct Space {
    pub(super) params: Vec<(String, Distribution)>,
    pub(super) seed: u64,
}

impl Space {
    pub(super) fn check(&self, settings: &Settings, search: &str) -> Result<()> {
        settings.check_names(search, &self.params.iter().map(|(name, _)| name).collect::<Vec<_>>())?;
        self.params.iter().try_for_each(|(name, distribution)| distribution.check(name))
    }

    /// So many candidates, numbered, or fewer where there are no more.
    pub(super) fn candidates(&self, n_candidates: usize) -> Vec<(usize, Params)> {
        let mut sorted: Vec<&(String, Distribution)> = self.params.iter().collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        let n_combinations =
            sorted.iter().try_fold(1, |product: u64, (_, distribution)| product.checked_mul(distribution.n_values()?));
        let is_discrete = sorted.iter().all(|(_, distribution)| distribution.n_values().is_some());
        if let Some(n_combinations) = n_combinations.filter(|n| *n <= n_candidates as u64) {
            return (0..n_combinations).map(|at| (at as usize, combination(&sorted, at))).collect();
        }
        let mut drawn: Vec<Params> = Vec::with_capacity(n_candidates);
        for candidate_idx in 0..n_candidates {
            let mut random = stream(self.seed, candidate_idx as u64);
            let mut draw = || -> Params {
                sorted.iter().map(|(name, distribution)| (name.clone(), distribution.draw(&mut random))).collect()
            };
            let mut params = draw();
            let mut n_tries = 1;
            while is_discrete && drawn.contains(&params) {
                // What is hardly ever drawn is then taken in order: there are more combinations than candidates.
                params = if n_tries < TRIES_MAX { draw() } else { combination(&sorted, (n_tries - TRIES_MAX) as u64) };
                n_tries += 1;
            }
            drawn.push(params);
        }
        drawn.into_iter().enumerate().collect()
    }
}

/// The combination at `position` of the order in which the last setting changes fastest.
fn combination(sorted: &[&(String, Distribution)], mut position: u64) -> Params {
    let mut params: Params = Vec::with_capacity(sorted.len());
    for (name, distribution) in sorted.iter().rev() {
        let n_values = distribution.n_values().unwrap_or(1).max(1);
        params.extend(distribution.nth(position % n_values).map(|value| (name.clone(), value)));
        position /= n_values;
    }
    params.reverse();
    params
}
