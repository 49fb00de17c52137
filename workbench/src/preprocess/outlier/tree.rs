//! One tree of an isolation forest.

use std::collections::HashSet;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;
use serde::{Deserialize, Serialize};

use crate::train::random;

/// Splits at random until every row stands alone, or the tree is as deep as a balanced one would be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Tree {
    /// The first is the root.
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Node {
    /// Values up to the threshold go to `left`, greater ones to the node after it; missing ones to where more training rows went.
    Split { column: u32, threshold: f64, left: u32, is_missing_left: bool },
    /// The depth at which a row ends here, with what further splits would have added.
    Leaf { depth: f64 },
}

impl Tree {
    /// From `n_samples` rows drawn from `columns`, of which the splits use those at `usable`.
    pub(super) fn grow(columns: &[&[f64]], usable: &[usize], n_samples: usize, generator: &mut ChaCha8Rng) -> Self {
        let n_rows = columns.first().map_or(0, |column| column.len());
        let depth_max = (n_samples.max(2) as f64).log2().ceil() as usize;
        let mut tree = Self { nodes: vec![Node::Leaf { depth: 0.0 }] };
        let mut waiting = vec![(0, sample(n_rows, n_samples, generator), 0)];
        while let Some((place, rows, depth)) = waiting.pop() {
            let split =
                if depth < depth_max && rows.len() > 1 { split(columns, usable, &rows, generator) } else { None };
            let node = match split {
                Some((column, threshold)) => {
                    let value = |row: &usize| value(columns, column, *row);
                    let (known, missing): (Vec<usize>, Vec<usize>) =
                        rows.into_iter().partition(|row| !value(row).is_nan());
                    let (mut left, mut right): (Vec<usize>, Vec<usize>) =
                        known.into_iter().partition(|row| value(row) <= threshold);
                    let is_missing_left = left.len() >= right.len();
                    if is_missing_left {
                        left.extend(missing)
                    } else {
                        right.extend(missing)
                    }
                    let first = tree.nodes.len();
                    tree.nodes.extend([Node::Leaf { depth: 0.0 }, Node::Leaf { depth: 0.0 }]);
                    waiting.push((first, left, depth + 1));
                    waiting.push((first + 1, right, depth + 1));
                    Node::Split { column: column as u32, threshold, left: first as u32, is_missing_left }
                }
                None => Node::Leaf { depth: depth as f64 + path_length(rows.len()) },
            };
            if let Some(cell) = tree.nodes.get_mut(place) {
                *cell = node;
            }
        }
        tree
    }

    /// How deep the row with these values ends.
    pub(super) fn depth(&self, value_of: impl Fn(usize) -> f64) -> f64 {
        let mut place = 0;
        loop {
            match self.nodes.get(place) {
                Some(Node::Split { column, threshold, left, is_missing_left }) => {
                    let value = value_of(*column as usize);
                    let is_left = if value.is_nan() { *is_missing_left } else { value <= *threshold };
                    // Children stand behind their parent, in a saved tree that was tampered with, too.
                    let next = *left as usize + usize::from(!is_left);
                    if next <= place {
                        return 0.0;
                    }
                    place = next;
                }
                Some(Node::Leaf { depth }) => return *depth,
                None => return 0.0,
            }
        }
    }
}

/// How many comparisons a search for something that is not in a binary tree of `n` takes on average.
pub(super) fn path_length(n: usize) -> f64 {
    const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;
    match n {
        0 | 1 => 0.0,
        2 => 1.0,
        _ => {
            let before = n as f64 - 1.0;
            2.0 * (before.ln() + EULER_GAMMA) - 2.0 * before / n as f64
        }
    }
}

/// A number from 0 up to but not including 1.
fn uniform(generator: &mut ChaCha8Rng) -> f64 {
    (generator.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

/// `count` different numbers below `n`, all sets being equally likely (Floyd's algorithm).
fn sample(n: usize, count: usize, generator: &mut ChaCha8Rng) -> Vec<usize> {
    let count = count.min(n);
    let (mut seen, mut chosen) = (HashSet::with_capacity(count), Vec::with_capacity(count));
    for last in n - count..n {
        let drawn = random::below(last as u64 + 1, generator) as usize;
        let number = if seen.contains(&drawn) { last } else { drawn };
        seen.insert(number);
        chosen.push(number);
    }
    chosen
}

/// A random column in which `rows` differ, and a random value between the least and the greatest there.
fn split(columns: &[&[f64]], usable: &[usize], rows: &[usize], generator: &mut ChaCha8Rng) -> Option<(usize, f64)> {
    let mut untried = usable.to_vec();
    while !untried.is_empty() {
        let place = random::below(untried.len() as u64, generator) as usize;
        let column = untried.swap_remove(place);
        let values = rows.iter().map(|&row| value(columns, column, row));
        let (min, max) =
            values.fold((f64::NAN, f64::NAN), |(min, max): (f64, f64), value| (min.min(value), max.max(value)));
        if min < max {
            // The two parts are added, since the difference of great values may overflow.
            let share = uniform(generator);
            let threshold = min * (1.0 - share) + max * share;
            return Some((column, if threshold >= max { min } else { threshold.max(min) }));
        }
    }
    None
}

fn value(columns: &[&[f64]], column: usize, row: usize) -> f64 {
    columns.get(column).and_then(|column| column.get(row)).copied().unwrap_or(f64::NAN)
}
