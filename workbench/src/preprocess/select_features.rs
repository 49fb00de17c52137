//! Choosing features: by their spread, by what each tells of the target, or by a model.
//!
//! The two that ask a model, `Rfe` and `SelectFromModel`, stand with the models; what they learn is a [`FittedSelector`] as well.

mod fitted;
mod mutual_information;
mod scores;
mod special;
mod univariate;
mod variance;

pub use self::fitted::FittedSelector;
pub(crate) use self::fitted::{Chooser, Judged, candidates};
pub use self::scores::Score;
pub(crate) use self::special::f_survival;
pub use self::univariate::{SelectKBest, SelectPercentile};
pub use self::variance::VarianceThreshold;
