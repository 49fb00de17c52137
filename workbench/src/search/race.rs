//! Which candidates are hopeless after some folds.

use crate::select::{Fold, corrected_t_test, mean};

/// A race begins after so many folds: with fewer, the spread of the differences is hardly known.
pub(super) const FOLDS_BEFORE_RACE: usize = 3;

/// For each candidate, by its scores on the same folds, whether it is worse than the leader by a one-sided test at the level `alpha`.
pub(super) fn hopeless(scores: &[Vec<f64>], fold: Option<&Fold>, alpha: f64) -> Vec<bool> {
    let means: Vec<f64> = scores.iter().map(|scores| mean(scores)).collect();
    let known = scores.iter().zip(&means).filter(|(_, mean)| mean.is_finite());
    let leader = known.reduce(|best, other| if other.1 > best.1 { other } else { best }).map(|(scores, _)| scores);
    let (Some(leader), Some(fold)) = (leader, fold) else { return vec![false; scores.len()] };
    let is_hopeless = |scores: &Vec<f64>| {
        let differences: Vec<f64> = leader.iter().zip(scores).map(|(best, own)| best - own).collect();
        corrected_t_test(&differences, fold.train.len(), fold.validation.len())
            .is_ok_and(|test| test.standard_error > 0.0 && test.p_value_greater() < alpha)
    };
    scores.iter().map(is_hopeless).collect()
}
