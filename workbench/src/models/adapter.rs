//! Estimators from outside: closures, and any model of linfa.
//!
//! Both take part in pipelines, cross-validations and searches as the workbench's own do. `guard` makes error values of whatever goes wrong in them.

mod closure;
mod guard;
mod linfa_model;
mod params;

pub use closure::{FnEstimator, FnModel};
pub use linfa_model::{LinfaClassifier, LinfaModel, LinfaRegressor};
pub use params::{FitResult, Params};
