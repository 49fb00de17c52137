//! Search over all combinations of given values.

use super::candidate::{Params, combinations};
use super::result::SearchResult;
use super::run::search;
use super::settings::{Settings, search_methods, wrong_values};
use crate::data::Dataset;
use crate::error::Result;
use crate::models::Estimator;
use crate::preprocess::ParamValue;
use crate::train::Observer;

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
///     "unknown parameter \"c\" of logistic; it has: C, class_weight, fit_intercept, l1_ratio, max_iter, penalty, tol"
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
            if let Some((name, _)) = grid.iter().find(|(_, values)| values.is_empty()) {
                return Err(wrong_values(search, name, "empty"));
            }
        }
        Ok(self.grids.iter().flat_map(|grid| combinations(grid)).enumerate().collect())
    }

    fn run(&self, data: &Dataset, observer: &dyn Observer) -> Result<SearchResult> {
        self.settings.check_race("GridSearch")?;
        let contenders = self.settings.candidates(self.numbered("GridSearch")?, None);
        search(&self.settings, contenders, data, observer, "grid search")
    }
}
