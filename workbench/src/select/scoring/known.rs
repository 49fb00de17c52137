//! The metrics that have a name.

use crate::error::Result;
use crate::models::{Predictions, Wanted};
use crate::select::metrics::{self as m, Average, Truth};

/// A metric with a name.
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) needs: Needs,
    pub(super) score: fn(&dyn Truth, &Predictions) -> Result<f64>,
}

/// What a metric is computed from.
#[derive(Clone, Copy)]
pub(super) enum Needs {
    Predictions,
    Probabilities,
    Decisions,
}

impl Needs {
    pub(super) fn wanted(self) -> Wanted {
        Wanted { probabilities: matches!(self, Self::Probabilities), decisions: matches!(self, Self::Decisions) }
    }
}

/// The names of [`KNOWN`].
pub(super) const fn names() -> [&'static str; N_KNOWN] {
    let mut names = [""; N_KNOWN];
    let mut position = 0;
    while position < N_KNOWN {
        names[position] = ALL[position].name;
        position += 1;
    }
    names
}

const fn told(name: &'static str, score: fn(&dyn Truth, &Predictions) -> Result<f64>) -> Known {
    Known { name, needs: Needs::Predictions, score }
}

const fn probable(name: &'static str, score: fn(&dyn Truth, &Predictions) -> Result<f64>) -> Known {
    Known { name, needs: Needs::Probabilities, score }
}

const fn decided(name: &'static str, score: fn(&dyn Truth, &Predictions) -> Result<f64>) -> Known {
    Known { name, needs: Needs::Decisions, score }
}

/// All of them, in the order of the table at [`Scoring`](super::Scoring).
pub(super) static KNOWN: [Known; N_KNOWN] = ALL;

pub(super) const N_KNOWN: usize = ALL.len();

const ALL: [Known; 54] = [
    told("accuracy", |t, p| m::accuracy(t, &p.target)),
    told("balanced_accuracy", |t, p| m::balanced_accuracy(t, &p.target)),
    told("matthews_corrcoef", |t, p| m::matthews_corrcoef(t, &p.target)),
    told("precision", |t, p| m::precision(t, &p.target, &Average::Binary)),
    told("recall", |t, p| m::recall(t, &p.target, &Average::Binary)),
    told("f1", |t, p| m::f1(t, &p.target, &Average::Binary)),
    told("jaccard", |t, p| m::jaccard(t, &p.target, &Average::Binary)),
    told("positive_likelihood_ratio", |t, p| m::positive_likelihood_ratio(t, &p.target)),
    told("neg_negative_likelihood_ratio", |t, p| Ok(-m::negative_likelihood_ratio(t, &p.target)?)),
    told("precision_macro", |t, p| m::precision(t, &p.target, &Average::Macro)),
    told("recall_macro", |t, p| m::recall(t, &p.target, &Average::Macro)),
    told("f1_macro", |t, p| m::f1(t, &p.target, &Average::Macro)),
    told("jaccard_macro", |t, p| m::jaccard(t, &p.target, &Average::Macro)),
    told("precision_weighted", |t, p| m::precision(t, &p.target, &Average::Weighted)),
    told("recall_weighted", |t, p| m::recall(t, &p.target, &Average::Weighted)),
    told("f1_weighted", |t, p| m::f1(t, &p.target, &Average::Weighted)),
    told("jaccard_weighted", |t, p| m::jaccard(t, &p.target, &Average::Weighted)),
    told("precision_micro", |t, p| m::precision(t, &p.target, &Average::Micro)),
    told("recall_micro", |t, p| m::recall(t, &p.target, &Average::Micro)),
    told("f1_micro", |t, p| m::f1(t, &p.target, &Average::Micro)),
    told("jaccard_micro", |t, p| m::jaccard(t, &p.target, &Average::Micro)),
    decided("roc_auc", |t, p| m::roc_auc(t, p)),
    decided("average_precision", |t, p| m::average_precision(t, p, &binary_or_macro(t))),
    decided("top_k_accuracy", |t, p| m::top_k_accuracy(t, p, 2)),
    probable("roc_auc_ovr", |t, p| m::roc_auc_ovr(t, p, &Average::Macro)),
    probable("roc_auc_ovr_weighted", |t, p| m::roc_auc_ovr(t, p, &Average::Weighted)),
    probable("roc_auc_ovo", |t, p| m::roc_auc_ovo(t, p, &Average::Macro)),
    probable("roc_auc_ovo_weighted", |t, p| m::roc_auc_ovo(t, p, &Average::Weighted)),
    probable("neg_log_loss", |t, p| Ok(-m::log_loss(t, p)?)),
    probable("neg_brier_score", |t, p| Ok(-m::brier_score(t, p)?)),
    probable("d2_log_loss_score", |t, p| m::d2_log_loss(t, p)),
    probable("d2_brier_score", |t, p| m::d2_brier_score(t, p)),
    told("r2", |t, p| m::r2(t, &p.target)),
    told("explained_variance", |t, p| m::explained_variance(t, &p.target)),
    told("d2_absolute_error_score", |t, p| m::d2_absolute_error(t, &p.target)),
    told("neg_mean_squared_error", |t, p| Ok(-m::mean_squared_error(t, &p.target)?)),
    told("neg_root_mean_squared_error", |t, p| Ok(-m::root_mean_squared_error(t, &p.target)?)),
    told("neg_mean_absolute_error", |t, p| Ok(-m::mean_absolute_error(t, &p.target)?)),
    told("neg_median_absolute_error", |t, p| Ok(-m::median_absolute_error(t, &p.target)?)),
    told("neg_max_error", |t, p| Ok(-m::max_error(t, &p.target)?)),
    told("neg_mean_absolute_percentage_error", |t, p| Ok(-m::mean_absolute_percentage_error(t, &p.target)?)),
    told("neg_mean_squared_log_error", |t, p| Ok(-m::mean_squared_log_error(t, &p.target)?)),
    told("neg_root_mean_squared_log_error", |t, p| Ok(-m::root_mean_squared_log_error(t, &p.target)?)),
    told("neg_mean_poisson_deviance", |t, p| Ok(-m::mean_poisson_deviance(t, &p.target)?)),
    told("neg_mean_gamma_deviance", |t, p| Ok(-m::mean_gamma_deviance(t, &p.target)?)),
    told("rand_score", |t, p| m::rand_index(t.target(), &p.target)),
    told("adjusted_rand_score", |t, p| m::adjusted_rand(t.target(), &p.target)),
    told("mutual_info_score", |t, p| m::mutual_info(t.target(), &p.target)),
    told("normalized_mutual_info_score", |t, p| m::normalized_mutual_info(t.target(), &p.target)),
    told("adjusted_mutual_info_score", |t, p| m::adjusted_mutual_info(t.target(), &p.target)),
    told("homogeneity_score", |t, p| m::homogeneity(t.target(), &p.target)),
    told("completeness_score", |t, p| m::completeness(t.target(), &p.target)),
    told("v_measure_score", |t, p| m::v_measure(t.target(), &p.target, 1.0)),
    told("fowlkes_mallows_score", |t, p| m::fowlkes_mallows(t.target(), &p.target)),
];

/// The second of two classes, or all of more.
fn binary_or_macro(truth: &dyn Truth) -> Average {
    match truth.target() {
        crate::data::Target::Classes { labels, .. } if labels.len() == 2 => Average::Binary,
        _ => Average::Macro,
    }
}
