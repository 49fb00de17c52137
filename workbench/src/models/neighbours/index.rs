//! Training rows, arranged so that the nearest are found.

use ndarray::{Array2, Axis, s};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::blocks::{self, Blocks};
use super::metric::Measure;
use super::tree::Tree;
use crate::data::name_pool;
use crate::error::{Error, Result};
use crate::preprocess::named_setting;
use crate::train::interrupt;

/// More columns than this, and a tree looks at nearly all rows.
const TREE_COLUMNS_MAX: usize = 8;
/// Fewer rows than this are looked at faster than a tree is walked through.
const TREE_ROWS_MIN: usize = 512;

/// How the nearest rows are looked for. All ways find the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeighborAlgorithm {
    /// `"auto"`: a tree for up to 8 columns and from 512 rows on, all rows otherwise.
    #[default]
    Auto,
    /// `"brute"`: all rows, by matrix products where the metric has one.
    Brute,
    /// `"kd_tree"`: a k-d tree; with the cosine metric all rows.
    KdTree,
}

named_setting!(NeighborAlgorithm, [
    "auto" => NeighborAlgorithm::Auto,
    "brute" => NeighborAlgorithm::Brute,
    "kd_tree" => NeighborAlgorithm::KdTree,
]);

/// Rows among which the nearest are found.
#[derive(Debug)]
pub(super) struct Index {
    /// Shape `(n_samples, n_features)`; for the cosine metric each of length 1.
    rows: Array2<f64>,
    pub(super) measure: Measure,
    search: Search,
}

#[derive(Debug)]
enum Search {
    Blocks(Blocks),
    Tree(Tree),
}

/// The nearest rows of each query, the nearest first; of rows at the same distance the first.
pub(super) struct Neighbours {
    pub(super) n_neighbors: usize,
    /// Shape `(n_queries, n_neighbors)`.
    pub(super) rows: Vec<u32>,
    /// Their distances.
    pub(super) distances: Vec<f64>,
}

impl Index {
    pub(super) fn new(mut rows: Array2<f64>, measure: Measure, algorithm: NeighborAlgorithm) -> Self {
        if measure == Measure::Cosine {
            make_unit(&mut rows);
        }
        let is_tree = match algorithm {
            NeighborAlgorithm::Auto => rows.ncols() <= TREE_COLUMNS_MAX && rows.nrows() >= TREE_ROWS_MIN,
            NeighborAlgorithm::Brute => false,
            NeighborAlgorithm::KdTree => true,
        };
        let search = if is_tree && measure != Measure::Cosine {
            Search::Tree(Tree::new(&rows))
        } else {
            Search::Blocks(Blocks::new(&rows, measure))
        };
        Self { rows, measure, search }
    }

    pub(super) fn n_rows(&self) -> usize {
        self.rows.nrows()
    }

    /// The `n_neighbors` nearest rows of each of `queries`, which have as many columns.
    pub(super) fn nearest(&self, mut queries: Array2<f64>, n_neighbors: usize) -> Result<Neighbours> {
        if self.measure == Measure::Cosine {
            make_unit(&mut queries);
        }
        let n_neighbors = n_neighbors.min(self.n_rows());
        let n_queries = queries.nrows();
        let mut found = Neighbours {
            n_neighbors,
            rows: vec![0; n_queries * n_neighbors],
            distances: vec![0.0; n_queries * n_neighbors],
        };
        if n_neighbors == 0 {
            return Ok(found);
        }
        name_pool();
        let size = blocks::QUERIES * n_neighbors;
        let rows = found.rows.par_chunks_mut(size).zip(found.distances.par_chunks_mut(size)).enumerate();
        rows.try_for_each(|(block_idx, (rows, distances))| {
            interrupt::check()?;
            let first = block_idx * blocks::QUERIES;
            let last = (first + blocks::QUERIES).min(n_queries);
            let block = queries.slice(s![first..last, ..]);
            let mut best: Vec<Nearest> = (first..last).map(|_| Nearest::new(n_neighbors)).collect();
            match &self.search {
                Search::Blocks(blocks) => blocks.search(&self.rows, self.measure, block, &mut best)?,
                Search::Tree(tree) => {
                    for (query, best) in block.axis_iter(Axis(0)).zip(&mut best) {
                        if let Some(query) = query.as_slice() {
                            tree.search(self.measure, query, best);
                        }
                    }
                }
            }
            let places = rows.chunks_mut(n_neighbors).zip(distances.chunks_mut(n_neighbors));
            for (best, (rows, distances)) in best.iter().zip(places) {
                for ((row, distance), (reduced, found)) in rows.iter_mut().zip(distances).zip(&best.found) {
                    (*row, *distance) = (*found, self.measure.distance(*reduced));
                }
            }
            Ok::<(), Error>(())
        })?;
        Ok(found)
    }
}

/// Gives each row the length 1, but for those of zeros.
fn make_unit(rows: &mut Array2<f64>) {
    for mut row in rows.rows_mut() {
        // Divided first, so that squares of great numbers are finite.
        let greatest = row.iter().fold(0.0_f64, |greatest, value| greatest.max(value.abs()));
        if greatest > 0.0 {
            row.mapv_inplace(|value| value / greatest);
            let length = row.dot(&row).sqrt();
            row.mapv_inplace(|value| value / length);
        }
    }
}

/// The nearest rows so far, in order.
pub(super) struct Nearest {
    n_neighbors: usize,
    /// What stands for the distance, and the row.
    found: Vec<(f64, u32)>,
}

impl Nearest {
    fn new(n_neighbors: usize) -> Self {
        Self { n_neighbors, found: Vec::with_capacity(n_neighbors) }
    }

    /// What a row must not exceed to be among the nearest.
    #[inline]
    pub(super) fn worst(&self) -> f64 {
        if self.found.len() < self.n_neighbors { f64::INFINITY } else { self.found.last().map_or(0.0, |last| last.0) }
    }

    /// Takes in `row` if it is among the nearest.
    #[inline]
    pub(super) fn add(&mut self, reduced: f64, row: u32) {
        let comes_before = |other: &(f64, u32)| other.0 < reduced || other.0 == reduced && other.1 < row;
        let is_full = self.found.len() == self.n_neighbors;
        if is_full && self.found.last().is_none_or(comes_before) {
            return;
        }
        if is_full {
            self.found.pop();
        }
        let place = self.found.partition_point(comes_before);
        self.found.insert(place, (reduced, row));
    }
}
