//! Search: which settings make the best model.

mod as_estimator;
mod candidate;
mod grid;
mod leader;
mod result;

pub use candidate::{Candidate, Outcome};
pub use grid::GridSearch;
pub use result::SearchResult;
