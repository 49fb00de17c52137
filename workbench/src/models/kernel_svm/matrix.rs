//! The matrix of how alike the training rows are: whole where it fits into the memory allowed, and otherwise its rows as they are asked for.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayViewMut2, s};
use rayon::prelude::*;

use super::kernel::{Function, squares};
use crate::data::name_pool;
use crate::error::{Error, Result};
use crate::train::interrupt;

/// Rows computed together.
const BLOCK_ROWS: usize = 64;
/// No row is kept in this place.
const NONE: usize = usize::MAX;

/// A matrix of likenesses.
pub(super) struct Matrix {
    records: Array2<f64>,
    squares: Vec<f64>,
    function: Function,
    diagonal: Vec<f64>,
    rows: Rows,
}

enum Rows {
    Whole(Vec<f64>),
    Some {
        values: Vec<f64>,
        /// For each row the place where it is kept.
        places: Vec<usize>,
        /// For each place the row that it keeps, and when it was last asked for.
        kept: Vec<(usize, u64)>,
        time: u64,
    },
}

impl Matrix {
    /// The matrix of `records`, of which up to `bytes` are kept.
    pub(super) fn new(records: Array2<f64>, function: Function, bytes: usize) -> Result<Self> {
        let n_rows = records.nrows();
        let squares = squares(&records);
        let diagonal = squares.iter().map(|&square| function.of_itself(square)).collect();
        let n_kept = (bytes / (8 * n_rows.max(1))).max(2);
        let rows = if n_kept >= n_rows {
            Rows::Whole(whole(&records, &squares, function)?)
        } else {
            let values = vec![0.0; n_kept * n_rows];
            Rows::Some { values, places: vec![NONE; n_rows], kept: vec![(NONE, 0); n_kept], time: 0 }
        };
        Ok(Self { records, squares, function, diagonal, rows })
    }

    pub(super) fn n_rows(&self) -> usize {
        self.diagonal.len()
    }

    /// How alike each row is to itself.
    pub(super) fn diagonal(&self) -> &[f64] {
        &self.diagonal
    }

    /// Makes `row` ready, and keeps `other` so.
    pub(super) fn prepare(&mut self, row: usize, other: usize) {
        let n_rows = self.n_rows();
        let Rows::Some { values, places, kept, time } = &mut self.rows else { return };
        *time += 1;
        let mut place = places[row];
        if place == NONE {
            let oldest = kept.iter().enumerate().filter(|(_, (kept, _))| *kept != other || *kept == NONE);
            place = oldest.min_by_key(|(_, (_, asked))| *asked).map_or(0, |(place, _)| place);
            let (old, _) = kept[place];
            if old != NONE {
                places[old] = NONE;
            }
            places[row] = place;
            let values = &mut values[place * n_rows..(place + 1) * n_rows];
            let products = self.records.dot(&self.records.row(row));
            values.iter_mut().zip(&products).for_each(|(value, product)| *value = *product);
            self.function.apply(values, self.squares[row], &self.squares);
        }
        kept[place] = (row, *time);
    }

    /// A row that is ready.
    pub(super) fn row(&self, row: usize) -> &[f64] {
        let n_rows = self.n_rows();
        match &self.rows {
            Rows::Whole(values) => &values[row * n_rows..(row + 1) * n_rows],
            Rows::Some { values, places, .. } => &values[places[row] * n_rows..(places[row] + 1) * n_rows],
        }
    }
}

fn whole(records: &Array2<f64>, squares: &[f64], function: Function) -> Result<Vec<f64>> {
    let n_rows = records.nrows();
    let mut values = vec![0.0; n_rows * n_rows];
    name_pool();
    values.par_chunks_mut((BLOCK_ROWS * n_rows).max(1)).enumerate().try_for_each(|(block_idx, values)| {
        interrupt::check()?;
        let first = block_idx * BLOCK_ROWS;
        let last = (first + BLOCK_ROWS).min(n_rows);
        if let Ok(mut block) = ArrayViewMut2::from_shape((last - first, n_rows), &mut *values) {
            general_mat_mul(1.0, &records.slice(s![first..last, ..]), &records.t(), 0.0, &mut block);
        }
        for (values, &own) in values.chunks_mut(n_rows).zip(squares.iter().skip(first)) {
            function.apply(values, own, squares);
        }
        Ok::<(), Error>(())
    })?;
    Ok(values)
}
