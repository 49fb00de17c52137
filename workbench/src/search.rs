//! Search: which settings make the best model.

mod as_estimator;
mod candidate;
mod distribution;
mod leader;
mod race;
mod settings;

mod result;

mod run;

mod grid;
mod random;

mod schedule;

mod halving;

mod next;

mod summary;

pub use candidate::{Candidate, Outcome, Rung};
pub use distribution::Distribution;
pub use grid::GridSearch;
pub use halving::{HalvingGridSearch, HalvingRandomSearch, MinResources};
pub(crate) use next::is_log_spaced;
pub use random::RandomSearch;
pub use result::SearchResult;
pub(crate) use result::real;
pub use summary::{Edge, Failure, FitKind, FitVerdict, RunnerUp, SearchSummary, Simplest, Winner};
