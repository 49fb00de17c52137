//! Splits of numbers by other impurities than squares: absolute errors, and the Poisson deviance.
//!
//! Absolute errors on either side of each split come of two trees of sums over the targets' ranks, in which a median is found in as many steps as a rank has
//! bits.

use super::{Best, TreeGrower, Truths};
use crate::models::tree::Impurity;

/// Sums of weights and of weighted targets by rank, of any first ranks in few steps.
pub(super) struct RankedSums {
    /// Entry `i` has the sums of the ranks `i - lowbit(i)..i`.
    sums: Vec<[f64; 2]>,
    total: [f64; 2],
}

impl RankedSums {
    fn new(n_ranks: usize) -> Self {
        Self { sums: vec![[0.0; 2]; n_ranks + 1], total: [0.0; 2] }
    }

    fn add(&mut self, rank: usize, pair: [f64; 2], sign: f64) {
        let pair = [sign * pair[0], sign * pair[1]];
        self.total = [self.total[0] + pair[0], self.total[1] + pair[1]];
        let mut at = rank + 1;
        while let Some(sum) = self.sums.get_mut(at) {
            *sum = [sum[0] + pair[0], sum[1] + pair[1]];
            at += at & at.wrapping_neg();
        }
    }

    /// The sum of absolute differences from the weighted median, where `targets` are those of the ranks.
    fn absolute_error(&self, targets: &[f64]) -> f64 {
        let half = self.total[0] / 2.0;
        let (mut at, mut below) = (0, [0.0; 2]);
        let mut step = self.sums.len().next_power_of_two();
        while step > 0 {
            if let Some(sum) = self.sums.get(at + step)
                && below[0] + sum[0] < half
            {
                at += step;
                below = [below[0] + sum[0], below[1] + sum[1]];
            }
            step /= 2;
        }
        let Some(median) = targets.get(at.min(targets.len().saturating_sub(1))) else { return 0.0 };
        let above = [self.total[0] - below[0], self.total[1] - below[1]];
        (above[1] - median * above[0]) + (median * below[0] - below[1])
    }
}

/// The weighted median of pairs of target and weight, between two where exactly half lies on either side, and the sum of absolute differences from it.
pub(super) fn median(mut pairs: Vec<(f64, f64)>) -> (f64, f64) {
    pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
    let half = pairs.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut below = 0.0;
    let mut median = 0.0;
    for (position, (target, weight)) in pairs.iter().enumerate() {
        below += weight;
        if below >= half {
            let next = pairs.get(position + 1).filter(|_| below == half);
            median = next.map_or(*target, |(next, _)| target / 2.0 + next / 2.0);
            break;
        }
    }
    (median, pairs.iter().map(|(target, weight)| weight * (target - median).abs()).sum())
}

/// `s ln(s / w)`, by which the Poisson deviance of a part falls; nothing where nothing was counted, which no mean may tell.
pub(super) fn poisson_purity([weight, sum]: [f64; 2]) -> f64 {
    if sum > f64::EPSILON { sum * (sum / weight).ln() } else { f64::NEG_INFINITY }
}

impl TreeGrower<'_> {
    /// Ranks the targets of a node's rows.
    pub(super) fn rank_targets(&mut self, rows: &[u32]) {
        let Truths::Values(values) = self.truths else { return };
        let value = |row: u32| values.get(row as usize).copied().unwrap_or_default();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let at = |position: &usize| rows.get(*position).map_or(0.0, |&row| value(row));
        order.sort_by(|one, other| at(one).total_cmp(&at(other)));
        self.targets = order.iter().map(at).collect();
        self.target_ranks = vec![0; rows.len()];
        for (rank, position) in order.into_iter().enumerate() {
            if let Some(place) = self.target_ranks.get_mut(position) {
                *place = rank;
            }
        }
    }

    /// Looks at each place between two ranks of a feature.
    pub(super) fn sweep_values(&self, n_known: usize, missing_left: bool, best: &mut Best) {
        let absolute = self.growth.criterion == Impurity::Absolute;
        let n_ranks = if absolute { self.targets.len() } else { 0 };
        let mut sides = [RankedSums::new(n_ranks), RankedSums::new(n_ranks)];
        let put = |sides: &mut RankedSums, key: u64, sign: f64| {
            let position = key as u32 as usize;
            let rank = self.target_ranks.get(position).copied().unwrap_or_default();
            sides.add(rank, self.pairs.get(position).copied().unwrap_or_default(), sign);
        };
        let (known, missing) = self.keys.split_at(n_known);
        known.iter().for_each(|&key| put(&mut sides[1], key, 1.0));
        missing.iter().for_each(|&key| put(&mut sides[usize::from(!missing_left)], key, 1.0));
        let n_before = if missing_left { missing.len() } else { 0 };
        let (n, least) = (self.keys.len(), self.growth.min_samples_leaf);
        let mut keys = known.iter().enumerate().peekable();
        while let Some((position, &key)) = keys.next() {
            put(&mut sides[0], key, 1.0);
            put(&mut sides[1], key, -1.0);
            let is_place = match keys.peek() {
                Some((_, next)) => *next >> 32 != key >> 32,
                None => !missing_left && !missing.is_empty(),
            };
            let n_left = n_before + position + 1;
            if !is_place || n_left < least || n - n_left < least {
                continue;
            }
            let of_side = |side: &RankedSums| match absolute {
                true => -side.absolute_error(&self.targets),
                false => poisson_purity(side.total),
            };
            let purity = of_side(&sides[0]) + of_side(&sides[1]);
            if purity > best.purity {
                *best = Best { purity, at: Some((position + 1, missing_left)) };
            }
        }
    }

    /// How pure the two sides of a drawn split are; `goes_left` says where each of the node's rows goes.
    pub(super) fn purity_of_sides(&self, rows: &[u32], goes_left: &[bool], sums: [[f64; 2]; 2]) -> f64 {
        if self.growth.criterion == Impurity::Poisson {
            return sums.into_iter().map(poisson_purity).sum();
        }
        let Truths::Values(values) = self.truths else { return f64::NEG_INFINITY };
        let of_side = |left: bool| {
            let sided = rows.iter().zip(&self.pairs).zip(goes_left).filter(|(_, goes)| **goes == left);
            let pair = |((row, pair), _): ((&u32, &[f64; 2]), _)| Some((*values.get(*row as usize)?, pair[0]));
            median(sided.filter_map(pair).collect()).1
        };
        -of_side(true) - of_side(false)
    }
}
