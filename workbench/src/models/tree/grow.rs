//! Growing one decision tree on ranked columns, by exact splits.
//!
//! A node's rows are sorted by their ranks in a feature, a rank and a position packed into one whole number, and one pass over them looks at every split.

mod values;

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;
use serde::{Deserialize, Serialize};

use super::Impurity;
use super::ranked::{Distinct, MISSING, RankedColumn};
use super::walk::{NO_SET, Step, is_whole};
use crate::error::Result;
use crate::train::interrupt;
use crate::train::random::below;

use self::values::median;

/// How a tree is grown.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::models) struct TreeGrowth {
    pub(in crate::models) criterion: Impurity,
    pub(in crate::models) max_depth: Option<usize>,
    pub(in crate::models) min_samples_split: usize,
    pub(in crate::models) min_samples_leaf: usize,
    pub(in crate::models) max_leaf_nodes: Option<usize>,
    pub(in crate::models) min_impurity_decrease: f64,
    /// Whether thresholds are drawn instead of searched.
    pub(in crate::models) random_splits: bool,
}

/// What is to be told of each row of the columns.
#[derive(Clone, Copy)]
pub(in crate::models) enum Truths<'a> {
    /// Classes, and how many there are.
    Classes(&'a [u32], usize),
    Values(&'a [f64]),
}

/// One decision tree, an entry of each list for each node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedTree")]
pub(in crate::models) struct DecisionTree {
    pub(in crate::models) steps: Vec<Step>,
    /// For each node the share of each class, or the mean.
    pub(in crate::models) values: Vec<f64>,
    pub(in crate::models) impurities: Vec<f64>,
    pub(in crate::models) weights: Vec<f64>,
    pub(in crate::models) n_samples: Vec<u32>,
    pub(in crate::models) width: usize,
}

#[derive(Deserialize)]
struct UncheckedTree {
    steps: Vec<Step>,
    values: Vec<f64>,
    impurities: Vec<f64>,
    weights: Vec<f64>,
    n_samples: Vec<u32>,
    width: usize,
}

impl TryFrom<UncheckedTree> for DecisionTree {
    type Error = String;

    fn try_from(unchecked: UncheckedTree) -> Result<Self, String> {
        let UncheckedTree { steps, values, impurities, weights, n_samples, width } = unchecked;
        let n = steps.len();
        let lists = impurities.len() == n && weights.len() == n && n_samples.len() == n;
        if !is_whole(&steps, 0) || !lists || n.checked_mul(width) != Some(values.len()) {
            return Err("a node of a tree has children that are not there".to_string());
        }
        Ok(Self { steps, values, impurities, weights, n_samples, width })
    }
}

impl DecisionTree {
    /// What the node at `position` tells.
    pub(in crate::models) fn value(&self, position: usize) -> &[f64] {
        self.values.get(position * self.width..(position + 1) * self.width).unwrap_or_default()
    }

    /// Adds to `gains` how much the splits of each feature lower the impurity, as parts of the whole weight.
    pub(in crate::models) fn add_importances(&self, gains: &mut [f64]) {
        let Some(&total) = self.weights.first() else { return };
        let impurity = |position: u32| {
            let position = position as usize;
            let weight = self.weights.get(position).copied().unwrap_or_default();
            weight * self.impurities.get(position).copied().unwrap_or_default()
        };
        for (position, step) in self.steps.iter().enumerate() {
            if !step.is_leaf(position)
                && let Some(gain) = gains.get_mut(step.feature as usize)
            {
                *gain += (impurity(position as u32) - impurity(step.left) - impurity(step.right)) / total;
            }
        }
    }
}

/// A split of a node, by rank.
#[derive(Clone, Copy, Debug)]
struct RankSplit {
    feature: usize,
    /// Ranks up to this go left.
    rank: u32,
    threshold: f64,
    missing_left: bool,
    /// How pure the children are, up to what the node alone decides.
    purity: f64,
}

/// A node that may be split.
struct Open {
    node: usize,
    start: usize,
    stop: usize,
    depth: usize,
    split: RankSplit,
    improvement: f64,
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Open {}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Open {
    fn cmp(&self, other: &Self) -> Ordering {
        self.improvement.total_cmp(&other.improvement).then(other.node.cmp(&self.node))
    }
}

/// Room for growing trees on the same columns, one after the other.
pub(in crate::models) struct TreeGrower<'a> {
    columns: &'a [RankedColumn],
    truths: Truths<'a>,
    growth: &'a TreeGrowth,
    /// Features that a node looks at.
    max_features: usize,
    keys: Vec<u64>,
    /// A weight and a weighted target for each row of a node.
    pairs: Vec<[f64; 2]>,
    /// The class of each, where there are more than two.
    classes: Vec<u32>,
    scratch: Vec<u32>,
    features: Vec<usize>,
    /// Of a node whose thresholds are drawn: the ranks of its rows in a feature, the sum of its pairs, and the weight of each class.
    ranks: Vec<u32>,
    sums: [f64; 2],
    class_sums: Vec<f64>,
    /// For absolute errors: the targets of a node in order, and the place of each row's among them.
    targets: Vec<f64>,
    target_ranks: Vec<usize>,
}

impl<'a> TreeGrower<'a> {
    pub(in crate::models) fn new(
        columns: &'a [RankedColumn],
        truths: Truths<'a>,
        growth: &'a TreeGrowth,
        max_features: usize,
    ) -> Self {
        let features = (0..columns.len()).collect();
        let (keys, pairs, classes, scratch) = Default::default();
        let (targets, target_ranks, ranks, sums, class_sums) = Default::default();
        Self {
            columns,
            truths,
            growth,
            max_features,
            keys,
            pairs,
            classes,
            scratch,
            features,
            targets,
            target_ranks,
            ranks,
            sums,
            class_sums,
        }
    }

    fn width(&self) -> usize {
        if let Truths::Classes(_, n_classes) = self.truths { n_classes } else { 1 }
    }

    /// A tree for `rows`, which are positions in the columns, of which the one at row `r` counts `weights[r]` times.
    pub(in crate::models) fn grow(
        &mut self,
        mut rows: Vec<u32>,
        weights: &[f64],
        generator: &mut ChaCha8Rng,
    ) -> Result<DecisionTree> {
        interrupt::check()?;
        let width = self.width();
        let mut tree = DecisionTree {
            steps: Vec::new(),
            values: Vec::new(),
            impurities: Vec::new(),
            weights: Vec::new(),
            n_samples: Vec::new(),
            width,
        };
        let total: f64 = rows.iter().map(|&row| weights.get(row as usize).copied().unwrap_or_default()).sum();
        self.add(&mut tree, &rows, weights);
        let mut heap = BinaryHeap::new();
        let mut stack = Vec::new();
        let n_rows = rows.len();
        let root = self.open(&tree, 0, &rows, (0, n_rows), 0, weights, total, generator);
        stack.extend(root);
        let mut n_leaves = 1;
        if self.growth.max_leaf_nodes.is_some() {
            heap.extend(stack.drain(..));
        }
        while let Some(open) = heap.pop().or_else(|| stack.pop()) {
            if self.growth.max_leaf_nodes.is_some_and(|most| n_leaves >= most) {
                break;
            }
            n_leaves += 1;
            let middle = self.partition(&mut rows, &open);
            let (left, right) = (tree.steps.len(), tree.steps.len() + 1);
            let RankSplit { feature, threshold, missing_left, .. } = open.split;
            if let Some(step) = tree.steps.get_mut(open.node) {
                let (left, right) = (left as u32, right as u32);
                *step = Step { threshold, feature: feature as u32, left, right, set: NO_SET, missing_left };
            }
            let parts = [(left, open.start, middle), (right, middle, open.stop)];
            for (_, start, stop) in parts {
                self.add(&mut tree, rows.get(start..stop).unwrap_or_default(), weights);
            }
            // The left child is looked at first, and split first.
            let mut opened = Vec::with_capacity(2);
            for (node, start, stop) in parts {
                opened.extend(self.open(&tree, node, &rows, (start, stop), open.depth + 1, weights, total, generator));
            }
            if self.growth.max_leaf_nodes.is_some() {
                heap.extend(opened);
            } else {
                stack.extend(opened.into_iter().rev());
            }
        }
        Ok(tree)
    }

    /// Adds a leaf of `rows`.
    fn add(&self, tree: &mut DecisionTree, rows: &[u32], weights: &[f64]) {
        let width = self.width();
        let mut sums = vec![0.0; width];
        let (mut total, mut squares) = (0.0, 0.0);
        // Of the target and its logarithm, which is 0 for 0.
        let mut logarithms = 0.0;
        for &row in rows {
            let weight = weights.get(row as usize).copied().unwrap_or_default();
            total += weight;
            match self.truths {
                Truths::Classes(classes, _) => {
                    let class = classes.get(row as usize).copied().unwrap_or_default();
                    if let Some(sum) = sums.get_mut(class as usize) {
                        *sum += weight;
                    }
                }
                Truths::Values(values) => {
                    let value = values.get(row as usize).copied().unwrap_or_default();
                    squares += weight * value * value;
                    if self.growth.criterion == Impurity::Poisson && value > 0.0 {
                        logarithms += weight * value * value.ln();
                    }
                    if let Some(sum) = sums.first_mut() {
                        *sum += weight * value;
                    }
                }
            }
        }
        for sum in &mut sums {
            *sum /= total;
        }
        let impurity = match (self.truths, self.growth.criterion) {
            (Truths::Values(values), Impurity::Absolute) => {
                let value = |row: &u32| {
                    let row = *row as usize;
                    Some((values.get(row).copied()?, weights.get(row).copied()?))
                };
                let (median, error) = median(rows.iter().filter_map(value).collect());
                sums = vec![median];
                error / total
            }
            (Truths::Values(_), Impurity::Poisson) => {
                let mean = sums.first().copied().unwrap_or_default();
                if mean > 0.0 { (logarithms / total - mean * mean.ln()).max(0.0) } else { 0.0 }
            }
            (Truths::Values(_), _) => {
                let mean = sums.first().copied().unwrap_or_default();
                (squares / total - mean * mean).max(0.0)
            }
            (_, Impurity::Entropy) => -sums.iter().filter(|share| **share > 0.0).map(|p| p * p.log2()).sum::<f64>(),
            _ => 1.0 - sums.iter().map(|share| share * share).sum::<f64>(),
        };
        tree.steps.push(Step::leaf(tree.steps.len()));
        tree.values.extend(sums);
        tree.impurities.push(impurity);
        tree.weights.push(total);
        tree.n_samples.push(rows.len() as u32);
    }

    /// The best split of the node whose rows are `start..stop`, unless it is to stay a leaf.
    #[allow(clippy::too_many_arguments, reason = "a node, and what its tree is made of")]
    fn open(
        &mut self,
        tree: &DecisionTree,
        node: usize,
        rows: &[u32],
        (start, stop): (usize, usize),
        depth: usize,
        weights: &[f64],
        total: f64,
        generator: &mut ChaCha8Rng,
    ) -> Option<Open> {
        let n = stop - start;
        let growth = self.growth;
        let is_leaf = growth.max_depth.is_some_and(|most| depth >= most)
            || n < growth.min_samples_split
            || n < growth.min_samples_leaf.saturating_mul(2)
            || tree.impurities.get(node).is_none_or(|impurity| *impurity <= f64::EPSILON);
        if is_leaf {
            return None;
        }
        let split = self.best(rows.get(start..stop)?, weights, generator)?;
        // The node's weight and impurity, less those of its children.
        let weight = tree.weights.get(node).copied().unwrap_or_default();
        let own = match growth.criterion {
            Impurity::Absolute => -weight * tree.impurities.get(node).copied().unwrap_or_default(),
            _ => self.purity(tree.value(node), weight),
        };
        let improvement =
            (split.purity - own) / total * if growth.criterion == Impurity::Entropy { 1.0 } else { self.scale() };
        if improvement + f64::EPSILON < growth.min_impurity_decrease {
            return None;
        }
        Some(Open { node, start, stop, depth, split, improvement })
    }

    /// What turns differences of purity into those of impurity: two classes are told apart by one sum of squares, of which there are two.
    fn scale(&self) -> f64 {
        if matches!(self.truths, Truths::Classes(_, 2)) { 2.0 } else { 1.0 }
    }

    /// The purity of a whole node: `s² / w` for a sum `s` of the target, `Σ s_k² / w` for classes, `Σ s_k log2(s_k / w)` by entropy, `s ln(s / w)` by the Poisson
    /// deviance.
    fn purity(&self, shares: &[f64], weight: f64) -> f64 {
        match (self.truths, self.growth.criterion) {
            (Truths::Values(_), Impurity::Poisson) => {
                shares.first().filter(|mean| **mean > 0.0).map_or(0.0, |mean| weight * mean * mean.ln())
            }
            (Truths::Classes(..), Impurity::Entropy) => {
                shares.iter().filter(|share| **share > 0.0).map(|p| p * p.log2()).sum::<f64>() * weight
            }
            (Truths::Classes(_, 2), _) => shares.last().map_or(0.0, |share| share * share * weight),
            _ => shares.iter().map(|share| share * share).sum::<f64>() * weight,
        }
    }

    /// Looks at features in turn until enough have been seen and one could be split.
    fn best(&mut self, rows: &[u32], weights: &[f64], generator: &mut ChaCha8Rng) -> Option<RankSplit> {
        self.pairs.clear();
        self.classes.clear();
        let by_class = matches!(self.truths, Truths::Classes(_, 3..)) || self.growth.criterion == Impurity::Entropy;
        if self.growth.criterion == Impurity::Absolute {
            self.rank_targets(rows);
        }
        for &row in rows {
            let row = row as usize;
            let weight = weights.get(row).copied().unwrap_or_default();
            let value = match self.truths {
                Truths::Classes(classes, _) => {
                    let class = classes.get(row).copied().unwrap_or_default();
                    if by_class {
                        self.classes.push(class);
                    }
                    f64::from(class)
                }
                Truths::Values(values) => values.get(row).copied().unwrap_or_default(),
            };
            self.pairs.push([weight, weight * value]);
        }
        if self.growth.random_splits {
            self.sums = self.pairs.iter().fold([0.0; 2], |sums, pair| [sums[0] + pair[0], sums[1] + pair[1]]);
            self.class_sums.clear();
            self.class_sums.resize(self.width(), 0.0);
            for (&class, pair) in self.classes.iter().zip(&self.pairs) {
                if let Some(sum) = self.class_sums.get_mut(class as usize) {
                    *sum += pair[0];
                }
            }
        }
        let n_features = self.features.len();
        let draws = self.max_features < n_features || self.growth.random_splits;
        let mut best: Option<RankSplit> = None;
        for visited in 0..n_features {
            if visited >= self.max_features && best.is_some() {
                break;
            }
            if draws {
                let chosen = visited + below((n_features - visited) as u64, generator) as usize;
                self.features.swap(visited, chosen);
            }
            let Some(&feature) = self.features.get(visited) else { break };
            let found = if self.growth.random_splits {
                self.random(feature, rows, generator, by_class)
            } else {
                self.exact(feature, rows, by_class, best.map_or(f64::NEG_INFINITY, |best| best.purity))
            };
            if let Some(found) = found
                && best.is_none_or(|best| found.purity > best.purity)
            {
                best = Some(found);
            }
        }
        best
    }

    /// The best split by `feature` whose purity is above `record`.
    fn exact(&mut self, feature: usize, rows: &[u32], by_class: bool, record: f64) -> Option<RankSplit> {
        let column = self.columns.get(feature)?;
        self.keys.clear();
        let ranks = column.ranks.as_slice();
        let key = |(position, &row): (usize, &u32)| {
            u64::from(ranks.get(row as usize).copied().unwrap_or(MISSING)) << 32 | position as u64
        };
        self.keys.extend(rows.iter().enumerate().map(key));
        let (least, greatest) = self.keys.iter().fold((u32::MAX, 0), |(least, greatest), key| {
            let rank = (key >> 32) as u32;
            (least.min(rank), greatest.max(rank))
        });
        if least == greatest {
            return None;
        }
        // Missing ones come last.
        self.keys.sort_unstable();
        let n_known = self.keys.partition_point(|key| (key >> 32) as u32 != MISSING);
        let has_missing = n_known < self.keys.len();
        let mut best = Best { purity: record, at: None };
        let ways: &[bool] = if has_missing { &[false, true] } else { &[false] };
        for &missing_left in ways {
            if by_class {
                self.sweep_classes(n_known, missing_left, &mut best);
            } else if self.growth.criterion.is_of_other_values() {
                self.sweep_values(n_known, missing_left, &mut best);
            } else {
                self.sweep(n_known, missing_left, &mut best);
            }
        }
        let (position, missing_left) = best.at?;
        let rank_at = |position: usize| self.keys.get(position).map_or(0, |key| (key >> 32) as u32);
        let rank = rank_at(position.checked_sub(1)?);
        let threshold = if position < n_known {
            let Distinct::Numbers(values) = &column.distinct else { return None };
            let value = |rank: u32| values.get(rank as usize).copied().unwrap_or(f64::NAN);
            let middle = value(rank) / 2.0 + value(rank_at(position)) / 2.0;
            // Between neighbouring floats there is nothing.
            if middle < value(rank_at(position)) { middle } else { value(rank) }
        } else {
            f64::MAX
        };
        // Where no row was missing, missing ones go with the many.
        let missing_left = if has_missing { missing_left } else { position > rows.len() - position };
        Some(RankSplit { feature, rank, threshold, missing_left, purity: best.purity })
    }

    /// Looks at each place between two ranks: `s_l² / w_l + s_r² / w_r`.
    fn sweep(&self, n_known: usize, missing_left: bool, best: &mut Best) {
        let sum = |keys: &[u64]| {
            keys.iter().fold([0.0, 0.0], |sum, key| {
                let pair = self.pairs[*key as u32 as usize];
                [sum[0] + pair[0], sum[1] + pair[1]]
            })
        };
        let (known, missing) = self.keys.split_at(n_known);
        let missing_sum = sum(missing);
        let total = {
            let known = sum(known);
            [known[0] + missing_sum[0], known[1] + missing_sum[1]]
        };
        let mut left = if missing_left { missing_sum } else { [0.0, 0.0] };
        let n_before = if missing_left { missing.len() } else { 0 };
        let (n, least) = (self.keys.len(), self.growth.min_samples_leaf);
        let mut keys = known.iter().enumerate().peekable();
        while let Some((position, key)) = keys.next() {
            let pair = self.pairs[*key as u32 as usize];
            left = [left[0] + pair[0], left[1] + pair[1]];
            let is_place = match keys.peek() {
                Some((_, next)) => *next >> 32 != key >> 32,
                // All that is known against what is missing.
                None => !missing_left && !missing.is_empty(),
            };
            let n_left = n_before + position + 1;
            if !is_place || n_left < least || n - n_left < least {
                continue;
            }
            let right = [total[0] - left[0], total[1] - left[1]];
            let product = left[0] * right[0];
            let squares = left[1] * left[1] * right[0] + right[1] * right[1] * left[0];
            if squares > best.purity * product || best.purity == f64::NEG_INFINITY {
                *best = Best { purity: squares / product, at: Some((position + 1, missing_left)) };
            }
        }
    }

    /// The same for several classes, or entropy.
    fn sweep_classes(&self, n_known: usize, missing_left: bool, best: &mut Best) {
        let width = self.width();
        let entropy = self.growth.criterion == Impurity::Entropy;
        let (mut left, mut right) = (vec![0.0; width], vec![0.0; width]);
        let (mut left_total, mut right_total) = (0.0, 0.0);
        let item = |key: u64| {
            let position = key as u32 as usize;
            (self.classes[position] as usize, self.pairs[position][0])
        };
        let (known, missing) = self.keys.split_at(n_known);
        for (keys, goes_left) in [(known, false), (missing, missing_left)] {
            for &key in keys {
                let (class, weight) = item(key);
                let (sums, total) =
                    if goes_left { (&mut left, &mut left_total) } else { (&mut right, &mut right_total) };
                sums[class] += weight;
                *total += weight;
            }
        }
        let n_before = if missing_left { missing.len() } else { 0 };
        let (n, least) = (self.keys.len(), self.growth.min_samples_leaf);
        let mut keys = known.iter().enumerate().peekable();
        while let Some((position, key)) = keys.next() {
            let (class, weight) = item(*key);
            left[class] += weight;
            right[class] -= weight;
            left_total += weight;
            right_total -= weight;
            let is_place = match keys.peek() {
                Some((_, next)) => *next >> 32 != key >> 32,
                None => !missing_left && !missing.is_empty(),
            };
            let n_left = n_before + position + 1;
            if !is_place || n_left < least || n - n_left < least {
                continue;
            }
            let purity = class_purity(&left, left_total, entropy) + class_purity(&right, right_total, entropy);
            if purity > best.purity {
                *best = Best { purity, at: Some((position + 1, missing_left)) };
            }
        }
    }

    /// A split at a drawn threshold between the least and the greatest value; missing rows go to a drawn side.
    fn random(
        &mut self,
        feature: usize,
        rows: &[u32],
        generator: &mut ChaCha8Rng,
        by_class: bool,
    ) -> Option<RankSplit> {
        let column = self.columns.get(feature)?;
        let ranks = column.ranks.as_slice();
        self.ranks.clear();
        self.ranks.extend(rows.iter().map(|&row| ranks.get(row as usize).copied().unwrap_or(MISSING)));
        // One more than the rank, so that what is missing is the least.
        let (mut least, mut above) = (u32::MAX, 0);
        for &rank in &self.ranks {
            least = least.min(rank);
            above = above.max(rank.wrapping_add(1));
        }
        let has_missing = self.ranks.contains(&MISSING);
        if least == MISSING || least + 1 == above && !has_missing {
            return None;
        }
        let greatest = above - 1;
        let Distinct::Numbers(values) = &column.distinct else { return None };
        let value = |rank: u32| values.get(rank as usize).copied().unwrap_or(f64::NAN);
        let (low, high) = (value(least), value(greatest));
        let drawn = (generator.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        let (threshold, rank) = if least == greatest {
            (f64::MAX, greatest)
        } else {
            let threshold = low + (high - low) * drawn;
            let threshold = if threshold >= high { low } else { threshold };
            let rank = values.partition_point(|value| *value <= threshold) as u32;
            (threshold, rank.saturating_sub(1))
        };
        let missing_left = has_missing && threshold != f64::MAX && generator.next_u64() & 1 == 1;
        // Sides are drawn, so a processor that guesses them is wrong half the time: no branch here.
        let goes_left = |at: u32| (at <= rank) | ((at == MISSING) & missing_left);
        let mut left = [0.0_f64; 2];
        let mut n_left = 0;
        for (&at, pair) in self.ranks.iter().zip(&self.pairs) {
            let part = f64::from(u8::from(goes_left(at)));
            left = [left[0] + part * pair[0], left[1] + part * pair[1]];
            n_left += usize::from(goes_left(at));
        }
        let (n, least_rows) = (rows.len(), self.growth.min_samples_leaf.max(1));
        if n_left < least_rows || n - n_left < least_rows {
            return None;
        }
        let right = [self.sums[0] - left[0], self.sums[1] - left[1]];
        let purity = if by_class {
            let mut of_left = vec![0.0; self.class_sums.len()];
            for ((&at, pair), &class) in self.ranks.iter().zip(&self.pairs).zip(&self.classes) {
                if let Some(sum) = of_left.get_mut(class as usize) {
                    *sum += f64::from(u8::from(goes_left(at))) * pair[0];
                }
            }
            let of_right: Vec<f64> = self.class_sums.iter().zip(&of_left).map(|(all, left)| all - left).collect();
            let entropy = self.growth.criterion == Impurity::Entropy;
            class_purity(&of_left, left[0], entropy) + class_purity(&of_right, right[0], entropy)
        } else if self.growth.criterion.is_of_other_values() {
            let ways: Vec<bool> = self.ranks.iter().map(|&at| goes_left(at)).collect();
            self.purity_of_sides(rows, &ways, [left, right])
        } else {
            left[1] * left[1] / left[0] + right[1] * right[1] / right[0]
        };
        if purity == f64::NEG_INFINITY {
            return None;
        }
        let missing_left = if has_missing { missing_left } else { n_left > n - n_left };
        Some(RankSplit { feature, rank, threshold, missing_left, purity })
    }

    /// Puts the rows of the node that go left before the others, both in their order, and says where those begin.
    fn partition(&mut self, rows: &mut [u32], open: &Open) -> usize {
        let RankSplit { feature, rank, missing_left, .. } = open.split;
        let Some(column) = self.columns.get(feature) else { return open.stop };
        let ranks = column.ranks.as_slice();
        let Some(rows) = rows.get_mut(open.start..open.stop) else { return open.stop };
        self.scratch.clear();
        let mut n_left = 0;
        for position in 0..rows.len() {
            let row = rows[position];
            let at = ranks.get(row as usize).copied().unwrap_or(MISSING);
            if if at == MISSING { missing_left } else { at <= rank } {
                rows[n_left] = row;
                n_left += 1;
            } else {
                self.scratch.push(row);
            }
        }
        rows[n_left..].copy_from_slice(&self.scratch);
        open.start + n_left
    }
}

/// The best place so far: how many known rows lie before it, and whether missing ones do.
struct Best {
    purity: f64,
    at: Option<(usize, bool)>,
}

/// `Σ s_k² / w`, or `Σ s_k log2(s_k / w)`.
fn class_purity(sums: &[f64], total: f64, entropy: bool) -> f64 {
    if entropy {
        return sums.iter().filter(|sum| **sum > 0.0).map(|sum| sum * (sum / total).log2()).sum();
    }
    sums.iter().map(|sum| sum * sum).sum::<f64>() / total
}
