//! One tree, grown leaf by leaf: the leaf whose split gains most is split next.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use super::bins::{Bins, Feature, LANES};
use super::histogram::{EMPTY, Entry, GroupHistogram, Scale, accumulate, accumulate_all, subtract};
use super::split::{Cut, Direction, Limits, Parent, Room, Split, scan};
use crate::error::Result;
use crate::train::interrupt;
use crate::train::random::{keyed, shuffle};

/// How trees are grown.
#[derive(Clone, Debug)]
pub(super) struct Growth {
    pub(super) max_leaf_nodes: Option<usize>,
    pub(super) max_depth: Option<usize>,
    pub(super) min_samples_leaf: usize,
    pub(super) l2: f64,
    /// The part of the features that each node looks at.
    pub(super) max_features: f64,
    pub(super) directions: Vec<Direction>,
    pub(super) seed: u64,
    /// Whether the features are spread over threads.
    pub(super) parallel: bool,
}

/// A node of a tree on bins.
#[derive(Clone, Debug)]
pub(super) struct GrownNode {
    pub(super) split: Option<Split>,
    /// The children, where it is split.
    pub(super) children: [usize; 2],
    pub(super) value: f64,
    pub(super) n_samples: usize,
    /// Its rows among those of the grower.
    start: usize,
    stop: usize,
    depth: usize,
    sums: Entry,
    bounds: [f64; 2],
}

/// Room for growing trees, one after the other, on the same rows.
pub(super) struct Grower<'a> {
    bins: &'a Bins,
    features: &'a [Feature],
    growth: &'a Growth,
    rows: Vec<u32>,
    scratch: Vec<u32>,
    ordered: Vec<Entry>,
    pool: Vec<Vec<GroupHistogram>>,
}

/// A leaf that waits to be split.
struct Waiting {
    gain: f64,
    node: usize,
    histograms: Vec<GroupHistogram>,
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        // Of equal ones the older.
        self.gain.total_cmp(&other.gain).then(other.node.cmp(&self.node))
    }
}

impl<'a> Grower<'a> {
    pub(super) fn new(bins: &'a Bins, features: &'a [Feature], growth: &'a Growth) -> Self {
        let n_rows = bins.n_rows;
        Self {
            bins,
            features,
            growth,
            rows: vec![0; n_rows],
            scratch: vec![0; n_rows],
            ordered: vec![[0; 2]; n_rows],
            pool: Vec::new(),
        }
    }

    /// The rows of a node that [`grow`](Self::grow) returned last.
    pub(super) fn rows_of(&self, node: &GrownNode) -> &[u32] {
        self.rows.get(node.start..node.stop).unwrap_or_default()
    }

    /// A tree for `values`, one for each row; `key` tells it from others of the same fit.
    pub(super) fn grow(&mut self, values: &[Entry], scale: Scale, key: u64) -> Result<Vec<GrownNode>> {
        interrupt::check()?;
        let growth = self.growth;
        let limits = Limits {
            scale,
            min_samples_leaf: growth.min_samples_leaf as i64,
            l2: growth.l2,
            bounded: growth.directions.iter().any(|direction| *direction != Direction::Any),
        };
        for (position, row) in self.rows.iter_mut().enumerate() {
            *row = position as u32;
        }
        let n_rows = self.rows.len();
        let sums = values.iter().fold([0, 0], |sum: Entry, value| [sum[0] + value[0], sum[1] + value[1]]);
        let mut nodes = vec![GrownNode {
            split: None,
            children: [0; 2],
            value: 0.0,
            n_samples: n_rows,
            start: 0,
            stop: n_rows,
            depth: 0,
            sums,
            bounds: [f64::NEG_INFINITY, f64::INFINITY],
        }];
        let mut waiting: BinaryHeap<Waiting> = BinaryHeap::new();
        let can_split = |node: &GrownNode| {
            node.n_samples >= growth.min_samples_leaf.saturating_mul(2)
                && growth.max_depth.is_none_or(|max_depth| node.depth < max_depth)
        };
        if let Some(root) = nodes.first_mut().filter(|root| can_split(root)) {
            let mut histograms = self.room();
            self.fill(&mut histograms, None, values);
            let split = self.best(&histograms, &limits, root, mask_key(key, 0));
            self.push(&mut waiting, root, 0, split, histograms);
        }
        let mut n_leaves = 1;
        while let Some(Waiting { node, mut histograms, .. }) = waiting.pop() {
            let Some(parent) = nodes.get(node).cloned() else { break };
            let Some(split) = parent.split else { continue };
            let middle = self.partition(&parent, &split);
            n_leaves += 1;
            let [mut left, mut right] = children(&parent, &split, middle, &limits, growth);
            let (left_position, right_position) = (nodes.len(), nodes.len() + 1);
            // Where no training row was missing, missing ones go with the many.
            let has_missing = self.features.get(split.feature).is_some_and(|feature| feature.has_missing);
            let missing_left = if has_missing { split.missing_left } else { left.n_samples > right.n_samples };
            if let Some(parent) = nodes.get_mut(node) {
                parent.children = [left_position, right_position];
                parent.split = Some(Split { missing_left, ..split });
            }
            if growth.max_leaf_nodes.is_some_and(|max_leaf_nodes| n_leaves >= max_leaf_nodes) {
                nodes.extend([left, right]);
                self.pool.push(histograms);
                break;
            }
            let (split_left, split_right) = (can_split(&left), can_split(&right));
            if split_left || split_right {
                let left_is_small = left.n_samples < right.n_samples;
                let small = if left_is_small { &left } else { &right };
                let mut small_histograms = self.room();
                let large = if left_is_small { &right } else { &left };
                let (wants_small, wants_large) =
                    if left_is_small { (split_left, split_right) } else { (split_right, split_left) };
                let keys = [mask_key(key, left_position as u64), mask_key(key, right_position as u64)];
                let keys = if left_is_small { keys } else { [keys[1], keys[0]] };
                let (of_small, of_large) = self.split_histograms(
                    &mut histograms,
                    &mut small_histograms,
                    values,
                    &limits,
                    [small, large],
                    [wants_small, wants_large],
                    keys,
                );
                let mut both = [(left_is_small, of_small, small_histograms), (!left_is_small, of_large, histograms)];
                // The left child first, which is the older one.
                both.sort_by_key(|(is_left, ..)| !is_left);
                for (is_left, split, histograms) in both {
                    let (child, position) =
                        if is_left { (&mut left, left_position) } else { (&mut right, right_position) };
                    self.push(&mut waiting, child, position, split, histograms);
                }
            } else {
                self.pool.push(histograms);
            }
            nodes.extend([left, right]);
        }
        for Waiting { node, histograms, .. } in waiting {
            if let Some(node) = nodes.get_mut(node) {
                node.split = None;
            }
            self.pool.push(histograms);
        }
        Ok(nodes)
    }

    /// Histograms of a node, to be written over.
    fn room(&mut self) -> Vec<GroupHistogram> {
        self.pool.pop().unwrap_or_else(|| vec![EMPTY; self.bins.groups.len()])
    }

    fn push(
        &mut self,
        waiting: &mut BinaryHeap<Waiting>,
        node: &mut GrownNode,
        position: usize,
        split: Option<Split>,
        histograms: Vec<GroupHistogram>,
    ) {
        node.split = split;
        match split {
            Some(split) => waiting.push(Waiting { gain: split.gain, node: position, histograms }),
            None => self.pool.push(histograms),
        }
    }

    /// Adds up the rows of `node`, or all rows.
    fn fill(&mut self, histograms: &mut [GroupHistogram], node: Option<&GrownNode>, values: &[Entry]) {
        let rows = node.map(|node| self.rows.get(node.start..node.stop).unwrap_or_default());
        let work = |(histogram, bins): (&mut GroupHistogram, &Vec<[u8; LANES]>)| {
            *histogram = EMPTY;
            match rows {
                Some(rows) => accumulate(histogram, bins, rows, values),
                None => accumulate_all(histogram, bins, values),
            }
        };
        if self.growth.parallel {
            histograms.par_iter_mut().zip(self.bins.groups.par_iter()).for_each(work);
        } else {
            histograms.iter_mut().zip(&self.bins.groups).for_each(work);
        }
    }

    /// The best split of `node`.
    fn best(&self, histograms: &[GroupHistogram], limits: &Limits, node: &GrownNode, key: u64) -> Option<Split> {
        let mask = self.mask(key);
        let parent = parent(node);
        let of_group = |(group, histogram): (usize, &GroupHistogram)| {
            self.best_of_group(group, histogram, limits, &parent, mask.as_deref())
        };
        let splits: Vec<Option<Split>> = if self.growth.parallel {
            histograms.par_iter().enumerate().map(of_group).collect()
        } else {
            histograms.iter().enumerate().map(of_group).collect()
        };
        splits.into_iter().fold(None, better)
    }

    fn best_of_group(
        &self,
        group: usize,
        histograms: &GroupHistogram,
        limits: &Limits,
        parent: &Parent,
        mask: Option<&[bool]>,
    ) -> Option<Split> {
        let mut best = None;
        let mut room = Room::new();
        let first = group * LANES;
        for (number, (histogram, feature)) in
            histograms.iter().zip(self.features.iter().skip(first)).enumerate().map(|(lane, pair)| (first + lane, pair))
        {
            if mask.is_none_or(|mask| mask.get(number).copied().unwrap_or(false)) {
                let direction = self.growth.directions.get(number).copied().unwrap_or(Direction::Any);
                scan(histogram, number, feature, direction, limits, parent, &mut best, &mut room);
            }
        }
        best
    }

    /// Makes of a parent's `histograms` those of the larger child, beside those of the smaller, and finds the splits of both as long as they are at hand.
    #[allow(clippy::too_many_arguments, reason = "the two children of one split, each with what it needs")]
    fn split_histograms(
        &mut self,
        histograms: &mut [GroupHistogram],
        small_histograms: &mut [GroupHistogram],
        values: &[Entry],
        limits: &Limits,
        [small, large]: [&GrownNode; 2],
        [wants_small, wants_large]: [bool; 2],
        [small_key, large_key]: [u64; 2],
    ) -> (Option<Split>, Option<Split>) {
        let mut ordered = std::mem::take(&mut self.ordered);
        let rows = self.rows.get(small.start..small.stop).unwrap_or_default();
        ordered.clear();
        ordered.extend(rows.iter().map(|&row| values[row as usize]));
        let (small_parent, large_parent) = (parent(small), parent(large));
        let small_mask = if wants_small { self.mask(small_key) } else { None };
        let large_mask = if wants_large { self.mask(large_key) } else { None };
        let work = |(group, ((histogram, small_histogram), bins)): (
            usize,
            ((&mut GroupHistogram, &mut GroupHistogram), &Vec<[u8; LANES]>),
        )| {
            *small_histogram = EMPTY;
            accumulate(small_histogram, bins, rows, &ordered);
            let features = self.features.iter().skip(group * LANES);
            for ((histogram, small_histogram), feature) in
                histogram.iter_mut().zip(small_histogram.iter()).zip(features)
            {
                subtract(histogram, small_histogram, feature.n_bins + 1);
            }
            let of = |wants: bool, histogram: &GroupHistogram, parent: &Parent, mask: Option<&[bool]>| {
                if wants { self.best_of_group(group, histogram, limits, parent, mask) } else { None }
            };
            (
                of(wants_small, small_histogram, &small_parent, small_mask.as_deref()),
                of(wants_large, histogram, &large_parent, large_mask.as_deref()),
            )
        };
        // A few rows are not worth waking another thread for.
        let splits: Vec<(Option<Split>, Option<Split>)> = if self.growth.parallel {
            histograms
                .par_iter_mut()
                .zip(small_histograms.par_iter_mut())
                .zip(self.bins.groups.par_iter())
                .enumerate()
                .map(work)
                .collect()
        } else {
            let pairs = histograms.iter_mut().zip(small_histograms.iter_mut());
            pairs.zip(&self.bins.groups).enumerate().map(work).collect()
        };
        self.ordered = ordered;
        splits.into_iter().fold((None, None), |(small, large), (of_small, of_large)| {
            (better(small, of_small), better(large, of_large))
        })
    }

    /// The features that a node looks at; none where it looks at all.
    fn mask(&self, key: u64) -> Option<Vec<bool>> {
        let n_features = self.features.len();
        let n = ((self.growth.max_features * n_features as f64).ceil() as usize).max(1);
        if n >= n_features {
            return None;
        }
        let mut order: Vec<usize> = (0..n_features).collect();
        shuffle(&mut order, &mut keyed([self.growth.seed, 1, key, 0]));
        let mut mask = vec![false; n_features];
        for feature in order.into_iter().take(n) {
            if let Some(is_in) = mask.get_mut(feature) {
                *is_in = true;
            }
        }
        Some(mask)
    }

    /// Puts the rows of `node` that go left before the others, both in their order, and says where those begin.
    fn partition(&mut self, node: &GrownNode, split: &Split) -> usize {
        let missing = self.features.get(split.feature).map_or(255, |feature| feature.n_bins);
        let mut goes_left = [0_usize; 256];
        for (bin, goes) in goes_left.iter_mut().enumerate() {
            let is_left = match split.cut {
                Cut::Bin(last) => bin <= usize::from(last) && bin != missing || bin == missing && split.missing_left,
                Cut::Set(set) => set[bin / 64] >> (bin % 64) & 1 == 1,
            };
            *goes = usize::from(is_left);
        }
        let Some(bins) = self.bins.groups.get(split.feature / LANES) else { return node.stop };
        let lane = split.feature % LANES;
        let rows = self.rows.get_mut(node.start..node.stop).unwrap_or_default();
        let right = self.scratch.get_mut(..rows.len()).unwrap_or_default();
        let (mut n_left, mut n_right) = (0, 0);
        for position in 0..rows.len() {
            let row = rows[position];
            let goes = goes_left[bins[row as usize][lane] as usize];
            rows[n_left] = row;
            right[n_right] = row;
            n_left += goes;
            n_right += 1 - goes;
        }
        rows[n_left..].copy_from_slice(&right[..n_right]);
        node.start + n_left
    }
}

/// The first of two where they are equal.
fn better(first: Option<Split>, second: Option<Split>) -> Option<Split> {
    match (first, second) {
        (Some(first), Some(second)) => Some(if second.gain > first.gain { second } else { first }),
        (first, second) => first.or(second),
    }
}

fn parent(node: &GrownNode) -> Parent {
    let [lower, upper] = node.bounds;
    Parent { total: node.sums, value: node.value, lower, upper }
}

/// Tells the nodes of all trees of a fit apart.
fn mask_key(tree: u64, node: u64) -> u64 {
    tree.wrapping_shl(24) ^ node
}

/// The two nodes that `split` makes of `parent`, whose rows it parts at `middle`.
fn children(parent: &GrownNode, split: &Split, middle: usize, limits: &Limits, growth: &Growth) -> [GrownNode; 2] {
    let [lower, upper] = parent.bounds;
    let right = [parent.sums[0] - split.left[0], parent.sums[1] - split.left[1]];
    let values = [limits.value(split.left, lower, upper), limits.value(right, lower, upper)];
    let between = (values[0] + values[1]) / 2.0;
    let bounds = match growth.directions.get(split.feature) {
        Some(Direction::Up) => [[lower, between], [between, upper]],
        Some(Direction::Down) => [[between, upper], [lower, between]],
        _ => [[lower, upper]; 2],
    };
    let child = |value: f64, sums: Entry, bounds: [f64; 2], start: usize, stop: usize| GrownNode {
        split: None,
        children: [0; 2],
        value,
        n_samples: stop - start,
        start,
        stop,
        depth: parent.depth + 1,
        sums,
        bounds,
    };
    [
        child(values[0], split.left, bounds[0], parent.start, middle),
        child(values[1], right, bounds[1], middle, parent.stop),
    ]
}
