//! A k-d tree: rows halved along their widest column, over and over.

use ndarray::Array2;

use super::index::Nearest;
use super::metric::{Measure, sum};

/// Rows in a leaf at most.
const LEAF_ROWS: usize = 24;

/// Rows arranged as a tree, whose nodes know the box around their rows.
#[derive(Debug)]
pub(super) struct Tree {
    n_columns: usize,
    nodes: Vec<Node>,
    /// For each node the least value in each column, then the greatest.
    boxes: Vec<f64>,
    /// The rows in the order of the leaves, and which rows they are.
    values: Vec<f64>,
    rows: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    first: usize,
    last: usize,
    /// The second child; the first one follows its parent. 0 for a leaf.
    second: usize,
}

impl Tree {
    pub(super) fn new(rows: &Array2<f64>) -> Self {
        let (n_rows, n_columns) = rows.dim();
        let mut tree = Self { n_columns, nodes: Vec::new(), boxes: Vec::new(), values: Vec::new(), rows: Vec::new() };
        let mut order: Vec<u32> = (0..n_rows as u32).collect();
        tree.split(rows, &mut order, 0);
        tree.values = order.iter().flat_map(|&row| rows.row(row as usize).to_vec()).collect();
        tree.rows = order;
        tree
    }

    /// Adds the node of the rows in `order`, which begin at `first`, and those below it. The depth is the logarithm of their number.
    fn split(&mut self, rows: &Array2<f64>, order: &mut [u32], first: usize) {
        let node = self.nodes.len();
        self.nodes.push(Node { first, last: first + order.len(), second: 0 });
        let start = self.boxes.len();
        self.boxes.resize(start + self.n_columns, f64::INFINITY);
        self.boxes.resize(start + 2 * self.n_columns, f64::NEG_INFINITY);
        for &row in order.iter() {
            for (column, &value) in rows.row(row as usize).iter().enumerate() {
                let (least, greatest) = (start + column, start + self.n_columns + column);
                self.boxes[least] = self.boxes[least].min(value);
                self.boxes[greatest] = self.boxes[greatest].max(value);
            }
        }
        if order.len() <= LEAF_ROWS {
            return;
        }
        let width = |column: usize| self.boxes[start + self.n_columns + column] - self.boxes[start + column];
        let mut widest = 0;
        for column in 1..self.n_columns {
            if width(column) > width(widest) {
                widest = column;
            }
        }
        // Rows that are all alike stay together.
        if width(widest) <= 0.0 {
            return;
        }
        let half = order.len() / 2;
        order.select_nth_unstable_by(half, |&a, &b| {
            rows[[a as usize, widest]].total_cmp(&rows[[b as usize, widest]]).then(a.cmp(&b))
        });
        let (before, after) = order.split_at_mut(half);
        self.split(rows, before, first);
        self.nodes[node].second = self.nodes.len();
        self.split(rows, after, first + half);
    }

    /// Adds to `best` the rows that are nearest to `query`.
    pub(super) fn search(&self, measure: Measure, query: &[f64], best: &mut Nearest) {
        if !self.nodes.is_empty() {
            self.visit(0, self.gap(measure, 0, query), measure, query, best);
        }
    }

    fn visit(&self, node_idx: usize, gap: f64, measure: Measure, query: &[f64], best: &mut Nearest) {
        if gap > best.worst() {
            return;
        }
        let Node { first, last, second } = self.nodes[node_idx];
        if second == 0 {
            let values = &self.values[first * self.n_columns..last * self.n_columns];
            for (values, &row) in values.chunks_exact(self.n_columns).zip(&self.rows[first..last]) {
                let reduced = measure.between(query, values);
                if reduced <= best.worst() {
                    best.add(reduced, row);
                }
            }
            return;
        }
        let one = (node_idx + 1, self.gap(measure, node_idx + 1, query));
        let other = (second, self.gap(measure, second, query));
        let (near, far) = if one.1 <= other.1 { (one, other) } else { (other, one) };
        self.visit(near.0, near.1, measure, query, best);
        self.visit(far.0, far.1, measure, query, best);
    }

    /// What stands for the distance of `query` from the box of a node. It is summed as that of a row is, so rounding does not make it greater
    /// than the distance of a row within.
    fn gap(&self, measure: Measure, node_idx: usize, query: &[f64]) -> f64 {
        let start = node_idx * 2 * self.n_columns;
        let (least, greatest) = self.boxes[start..start + 2 * self.n_columns].split_at(self.n_columns);
        let mut gaps = [0.0; 64];
        if let Some(gaps) = gaps.get_mut(..self.n_columns) {
            for ((gap, value), (least, greatest)) in gaps.iter_mut().zip(query).zip(least.iter().zip(greatest)) {
                *gap = (least - value).max(value - greatest).max(0.0);
            }
            return sum(gaps, gaps, |gap, _| measure.of_gap(gap));
        }
        let gaps: Vec<f64> = query
            .iter()
            .zip(least.iter().zip(greatest))
            .map(|(value, (least, greatest))| (least - value).max(value - greatest).max(0.0))
            .collect();
        sum(&gaps, &gaps, |gap, _| measure.of_gap(gap))
    }
}
