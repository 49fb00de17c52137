//! Minimal cost-complexity pruning.
//!
//! The cost of a subtree is the impurity of its leaves, each by its part of all weight. Where the node alone would cost `a` more for each leaf that goes, `a` is the
//! price at which the subtree is not worth its leaves. The cheapest goes first, and its ancestors' prices change with it.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::grow::DecisionTree;
use super::walk::Step;

/// The trees on the way from the whole one to its root.
pub(super) struct PruningPath {
    /// At which price each comes about; the first is 0, the price of the whole tree.
    pub(super) ccp_alphas: Vec<f64>,
    /// What the leaves of each cost.
    pub(super) impurities: Vec<f64>,
}

/// A price of the subtree below `node`, which holds until the subtree changes.
struct Price {
    alpha: f64,
    node: usize,
    n_changes: u32,
}

impl PartialEq for Price {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Price {}

impl PartialOrd for Price {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The cheapest is the greatest, and of equals the first node.
impl Ord for Price {
    fn cmp(&self, other: &Self) -> Ordering {
        other.alpha.total_cmp(&self.alpha).then(other.node.cmp(&self.node))
    }
}

/// A node while its tree is pruned.
#[derive(Clone, Copy, Default)]
struct State {
    parent: Option<usize>,
    /// Its cost as a leaf.
    own: f64,
    /// The cost of the leaves below it, and how many there are.
    below: f64,
    n_leaves: f64,
    n_changes: u32,
    is_gone: bool,
    is_leaf: bool,
}

struct Pruning<'a> {
    tree: &'a DecisionTree,
    states: Vec<State>,
    prices: BinaryHeap<Price>,
}

impl<'a> Pruning<'a> {
    fn new(tree: &'a DecisionTree) -> Self {
        let total = tree.weights.first().copied().unwrap_or(1.0);
        let costs = tree.weights.iter().zip(&tree.impurities).map(|(weight, impurity)| weight * impurity / total);
        let mut states: Vec<State> = costs.map(|own| State { own, ..State::default() }).collect();
        for (position, step) in tree.steps.iter().enumerate() {
            if step.is_leaf(position) {
                continue;
            }
            for child in [step.left, step.right] {
                if let Some(child) = states.get_mut(child as usize) {
                    child.parent = Some(position);
                }
            }
        }
        // Children come after their parents.
        for position in (0..states.len()).rev() {
            let is_leaf = tree.steps.get(position).is_none_or(|step| step.is_leaf(position));
            let Some(state) = states.get_mut(position) else { continue };
            if is_leaf {
                (state.below, state.n_leaves, state.is_leaf) = (state.own, 1.0, true);
            }
            let State { parent, below, n_leaves, .. } = *state;
            if let Some(parent) = parent.and_then(|parent| states.get_mut(parent)) {
                parent.below += below;
                parent.n_leaves += n_leaves;
            }
        }
        let mut pruning = Self { tree, states, prices: BinaryHeap::new() };
        (0..pruning.states.len()).for_each(|node| pruning.price(node));
        pruning
    }

    /// Says anew at what price the subtree below `node` goes.
    fn price(&mut self, node: usize) {
        let Some(state) = self.states.get_mut(node).filter(|state| !state.is_leaf && !state.is_gone) else { return };
        state.n_changes += 1;
        let alpha = (state.own - state.below) / (state.n_leaves - 1.0);
        self.prices.push(Price { alpha, node, n_changes: state.n_changes });
    }

    /// The subtree that goes next, and its price.
    fn next(&mut self) -> Option<Price> {
        let states = &self.states;
        let holds = |price: &Price| {
            states.get(price.node).is_some_and(|it| !it.is_gone && !it.is_leaf && it.n_changes == price.n_changes)
        };
        while let Some(price) = self.prices.pop() {
            if holds(&price) {
                return Some(price);
            }
        }
        None
    }

    /// Makes a leaf of `node`.
    fn prune(&mut self, node: usize) {
        let mut waiting = vec![node];
        while let Some(position) = waiting.pop() {
            let Some(step) = self.tree.steps.get(position).filter(|step| !step.is_leaf(position)) else { continue };
            for child in [step.left as usize, step.right as usize] {
                if let Some(state) = self.states.get_mut(child).filter(|state| !state.is_gone) {
                    state.is_gone = true;
                    waiting.push(child);
                }
            }
        }
        let Some(state) = self.states.get_mut(node) else { return };
        let (more, fewer) = (state.own - state.below, state.n_leaves - 1.0);
        (state.is_leaf, state.below, state.n_leaves) = (true, state.own, 1.0);
        let mut above = state.parent;
        while let Some(position) = above {
            let Some(state) = self.states.get_mut(position) else { break };
            state.below += more;
            state.n_leaves -= fewer;
            above = state.parent;
            self.price(position);
        }
    }

    fn cost(&self) -> f64 {
        self.states.first().map_or(0.0, |root| root.below)
    }

    /// What is left, as a tree of its own.
    fn rest(self) -> DecisionTree {
        let Self { tree, states, .. } = self;
        let kept: Vec<usize> = (0..states.len()).filter(|&at| states.get(at).is_some_and(|it| !it.is_gone)).collect();
        let mut places = vec![0_u32; states.len()];
        for (place, &position) in kept.iter().enumerate() {
            if let Some(slot) = places.get_mut(position) {
                *slot = place as u32;
            }
        }
        let place = |child: u32| places.get(child as usize).copied().unwrap_or_default();
        let step = |(at, &position): (usize, &usize)| match tree.steps.get(position) {
            Some(step) if states.get(position).is_some_and(|state| !state.is_leaf) => {
                Step { left: place(step.left), right: place(step.right), ..*step }
            }
            _ => Step::leaf(at),
        };
        let pick = |values: &[f64]| kept.iter().filter_map(|&position| values.get(position).copied()).collect();
        DecisionTree {
            steps: kept.iter().enumerate().map(step).collect(),
            values: kept.iter().flat_map(|&position| tree.value(position)).copied().collect(),
            impurities: pick(&tree.impurities),
            weights: pick(&tree.weights),
            n_samples: kept.iter().filter_map(|&position| tree.n_samples.get(position).copied()).collect(),
            width: tree.width,
        }
    }
}

impl DecisionTree {
    /// The tree without what is not worth `ccp_alpha` for each of its leaves.
    pub(super) fn pruned(self, ccp_alpha: f64) -> Self {
        if ccp_alpha <= 0.0 {
            return self;
        }
        let mut pruning = Pruning::new(&self);
        while let Some(price) = pruning.next().filter(|price| price.alpha <= ccp_alpha) {
            pruning.prune(price.node);
        }
        pruning.rest()
    }

    /// All prices at which it becomes smaller.
    pub(super) fn pruning_path(&self) -> PruningPath {
        let mut pruning = Pruning::new(self);
        let mut path = PruningPath { ccp_alphas: vec![0.0], impurities: vec![pruning.cost()] };
        while let Some(price) = pruning.next() {
            pruning.prune(price.node);
            path.ccp_alphas.push(price.alpha);
            path.impurities.push(pruning.cost());
        }
        path
    }
}
