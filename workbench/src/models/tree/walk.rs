//! Walking rows down a tree.

use serde::{Deserialize, Serialize};

/// Not a set of categories but a threshold.
pub(in crate::models) const NO_SET: u32 = u32::MAX;

/// Rows that are walked in turn, so that none waits for another's memory.
const LANES: usize = 8;

/// Where a row goes from a node. Children come after their parent; a leaf is its own child.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::models) struct Step {
    /// At most this goes left.
    pub(in crate::models) threshold: f64,
    pub(in crate::models) feature: u32,
    pub(in crate::models) left: u32,
    pub(in crate::models) right: u32,
    /// The categories that go left, by their position in the tree's list of sets; [`NO_SET`] for a threshold.
    pub(in crate::models) set: u32,
    pub(in crate::models) missing_left: bool,
}

impl Step {
    /// A leaf at `position`.
    pub(in crate::models) fn leaf(position: usize) -> Self {
        let position = position as u32;
        Self { threshold: 0.0, feature: 0, left: position, right: position, set: NO_SET, missing_left: false }
    }

    /// Whether the node at `position` is a leaf.
    pub(in crate::models) fn is_leaf(&self, position: usize) -> bool {
        self.left as usize == position
    }
}

/// Whether all children and sets are there, and children come after their parents, so that every walk ends.
pub(in crate::models) fn is_whole(steps: &[Step], n_sets: usize) -> bool {
    let comes_after = |position: usize, child: u32| (child as usize) > position && (child as usize) < steps.len();
    !steps.is_empty()
        && steps.iter().enumerate().all(|(position, step)| {
            (step.left as usize == position && step.right as usize == position
                || comes_after(position, step.left) && comes_after(position, step.right))
                && (step.set == NO_SET || (step.set as usize) < n_sets)
        })
}

/// The leaf that each row of `values`, shape `(n, n_features)`, falls into.
pub(in crate::models) fn find_leaves(
    steps: &[Step],
    sets: &[[u64; 4]],
    values: &[f64],
    n_features: usize,
    leaves: &mut [u32],
) {
    leaves.fill(0);
    if n_features == 0 {
        return;
    }
    for (rows, leaves) in values.chunks(LANES * n_features).zip(leaves.chunks_mut(LANES)) {
        loop {
            let mut moved = 0;
            for (position, row) in leaves.iter_mut().zip(rows.chunks_exact(n_features)) {
                let Some(step) = steps.get(*position as usize) else { continue };
                let value = row.get(step.feature as usize).copied().unwrap_or(f64::NAN);
                let mut goes_left = (value <= step.threshold) | (value.is_nan() & step.missing_left);
                if step.set != NO_SET && !value.is_nan() {
                    let category = value as usize;
                    let word = sets.get(step.set as usize).and_then(|set| set.get(category / 64));
                    goes_left = word.is_some_and(|word| word >> (category % 64) & 1 == 1);
                }
                let next = if goes_left { step.left } else { step.right };
                moved |= next ^ *position;
                *position = next;
            }
            if moved == 0 {
                break;
            }
        }
    }
}
