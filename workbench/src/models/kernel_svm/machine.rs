//! Support vectors, and what they say of new rows.

use std::collections::BTreeMap;
use std::fmt;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, Axis, s};
use polars::prelude::DataFrame;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::kernel::{Function, squares};
use crate::data::name_pool;
use crate::error::{Error, Result};
use crate::models::checks::{new_records, too_great};
use crate::models::linear::position_of_max;
use crate::train::interrupt;

/// Rows told together.
const BLOCK_ROWS: usize = 128;

/// One or several sums over the same support vectors.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub(super) struct Machine {
    pub(super) function: Function,
    /// Which training rows the support vectors are, from 0.
    pub(super) support: Vec<usize>,
    /// Shape `(n_support, n_features)`.
    pub(super) vectors: Vec<Vec<f64>>,
    /// Shape `(n_sums, n_support)`.
    pub(super) coefficients: Vec<Vec<f64>>,
    /// One for each sum.
    pub(super) intercepts: Vec<f64>,
    pub(super) feature_names: Vec<String>,
}

/// The support vectors would fill the screen.
impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Machine");
        shown.field("function", &self.function).field("n_support", &self.support.len());
        shown.field("intercepts", &self.intercepts).field("feature_names", &self.feature_names).finish_non_exhaustive()
    }
}

/// A machine as a file has it.
#[derive(Deserialize)]
struct Unchecked {
    function: Function,
    support: Vec<usize>,
    vectors: Vec<Vec<f64>>,
    coefficients: Vec<Vec<f64>>,
    intercepts: Vec<f64>,
    feature_names: Vec<String>,
}

impl TryFrom<Unchecked> for Machine {
    type Error = String;

    fn try_from(unchecked: Unchecked) -> Result<Self, String> {
        let Unchecked { function, support, vectors, coefficients, intercepts, feature_names } = unchecked;
        let is_whole = vectors.len() == support.len()
            && coefficients.len() == intercepts.len()
            && vectors.iter().all(|vector| vector.len() == feature_names.len())
            && coefficients.iter().all(|row| row.len() == support.len());
        if !is_whole {
            return Err("its support vectors, coefficients and intercepts do not fit each other".to_string());
        }
        Ok(Self { function, support, vectors, coefficients, intercepts, feature_names })
    }
}

impl Machine {
    /// A machine out of sums over the rows of `records`, each an intercept and the coefficients of all rows.
    pub(super) fn new(
        records: &Array2<f64>,
        positions: &[usize],
        function: Function,
        sums: Vec<(Vec<f64>, f64)>,
        feature_names: Vec<String>,
    ) -> Self {
        let is_support = |row: &usize| sums.iter().any(|(beta, _)| beta.get(*row).is_some_and(|beta| *beta != 0.0));
        let rows: Vec<usize> = (0..records.nrows()).filter(is_support).collect();
        let vectors = rows.iter().map(|&row| records.row(row).to_vec()).collect();
        let support = rows.iter().filter_map(|&row| positions.get(row).copied()).collect();
        let of_sum = |beta: &Vec<f64>| rows.iter().map(|&row| beta.get(row).copied().unwrap_or_default()).collect();
        let coefficients = sums.iter().map(|(beta, _)| of_sum(beta)).collect();
        let intercepts = sums.iter().map(|(_, intercept)| *intercept).collect();
        Self { function, support, vectors, coefficients, intercepts, feature_names }
    }

    /// The sums for each row of `features`, shape `(n_samples, n_sums)`.
    pub(super) fn sums(&self, model: &'static str, features: &DataFrame) -> Result<Array2<f64>> {
        Ok(sums_together(&[self], model, features)?.pop().unwrap_or_default())
    }
}

/// The sums of each of `machines`, which have the same kernel and were fitted on the same rows, for each row of `features`. The kernel is computed once for each training row
/// that is a support vector of any.
pub(super) fn sums_together(
    machines: &[&Machine],
    model: &'static str,
    features: &DataFrame,
) -> Result<Vec<Array2<f64>>> {
    let Some(first) = machines.first() else { return Ok(Vec::new()) };
    let records = new_records(model, features, &first.feature_names)?;
    let mut vectors: BTreeMap<usize, &[f64]> = BTreeMap::new();
    for machine in machines {
        vectors.extend(machine.support.iter().copied().zip(machine.vectors.iter().map(Vec::as_slice)));
    }
    let places: BTreeMap<usize, usize> = vectors.keys().enumerate().map(|(place, &row)| (row, place)).collect();
    let intercepts: Vec<f64> = machines.iter().flat_map(|machine| machine.intercepts.iter().copied()).collect();
    let mut coefficients = Array2::<f64>::zeros((intercepts.len(), places.len()));
    let of_sums = machines.iter().flat_map(|machine| machine.coefficients.iter().map(|row| (&machine.support, row)));
    for (mut cells, (support, row)) in coefficients.rows_mut().into_iter().zip(of_sums) {
        for (row, coefficient) in support.iter().zip(row) {
            if let Some(cell) = places.get(row).and_then(|&place| cells.get_mut(place)) {
                *cell = *coefficient;
            }
        }
    }
    let vectors: Vec<Vec<f64>> = vectors.into_values().map(<[f64]>::to_vec).collect();
    let vectors = table(&vectors, first.feature_names.len());
    let (of_vectors, of_records) = (squares(&vectors), squares(&records));
    let mut sums = Array2::zeros((records.nrows(), intercepts.len()));
    name_pool();
    let blocks = sums.axis_chunks_iter_mut(Axis(0), BLOCK_ROWS).into_par_iter().enumerate();
    blocks.try_for_each(|(block_idx, mut sums)| {
        interrupt::check()?;
        let start = block_idx * BLOCK_ROWS;
        let block = records.slice(s![start..start + sums.nrows(), ..]);
        let mut products = Array2::zeros((sums.nrows(), vectors.nrows()));
        general_mat_mul(1.0, &block, &vectors.t(), 0.0, &mut products);
        for (mut row, &own) in products.rows_mut().into_iter().zip(of_records.iter().skip(start)) {
            if let Some(row) = row.as_slice_mut() {
                first.function.apply(row, own, &of_vectors);
            }
        }
        general_mat_mul(1.0, &products, &coefficients.t(), 0.0, &mut sums);
        for mut row in sums.rows_mut() {
            row.iter_mut().zip(&intercepts).for_each(|(sum, intercept)| *sum += intercept);
        }
        Ok::<(), Error>(())
    })?;
    for (row, record) in sums.rows().into_iter().zip(records.rows()) {
        if row.iter().any(|sum| !sum.is_finite()) {
            let greatest = position_of_max(record.iter().map(|value| value.abs()));
            let column = first.feature_names.get(greatest).map_or("", String::as_str);
            return Err(too_great(model, column, "a kernel"));
        }
    }
    let mut start = 0;
    let of_machine = machines.iter().map(|machine| {
        let end = start + machine.intercepts.len();
        let own = sums.slice(s![.., start..end]).to_owned();
        start = end;
        own
    });
    Ok(of_machine.collect())
}

/// Rows that have `n_columns` each, which has been checked.
pub(super) fn table(rows: &[Vec<f64>], n_columns: usize) -> Array2<f64> {
    let shape = (rows.len(), n_columns);
    Array2::from_shape_vec(shape, rows.iter().flatten().copied().collect()).unwrap_or_else(|_| Array2::zeros(shape))
}

/// An error where the training rows are so far out that a kernel of them is not finite.
pub(super) fn check_finite(
    model: &'static str,
    records: &Array2<f64>,
    function: Function,
    names: &[String],
) -> Result<()> {
    let squares = squares(records);
    for (record, &square) in records.rows().into_iter().zip(&squares) {
        // Of all rows, two of this one are the most alike or opposite.
        let is_finite = (4.0 * square).is_finite()
            && (1e3 * function.of_itself(square)).is_finite()
            && (1e3 * function.of_itself(-square)).is_finite();
        if !is_finite {
            let greatest = position_of_max(record.iter().map(|value| value.abs()));
            return Err(too_great(model, names.get(greatest).map_or("", String::as_str), "a kernel"));
        }
    }
    Ok(())
}
