//! A dataset as columns of finite numbers beside a target and weights, without a copy where that can be.

use std::sync::Arc;

use ndarray::{Array2, ArrayViewMut2};
use polars::prelude::{Column, DataFrame};
use rayon::prelude::*;

use crate::data::{Dataset, Target, name_pool, numbers};
use crate::error::{Error, Result};

/// Squares of no greater values can be summed.
const GREATEST: f64 = 1e150;

/// Features, target and weights of all rows.
///
/// Products are summed of values less their [shift](Self::shift), so that columns far from 0 lose no digits.
pub(crate) struct Columns {
    /// Columns of floats in one piece, none missing.
    features: DataFrame,
    shifts: Vec<f64>,
    target: Vec<f64>,
    target_shift: f64,
    /// The square root of each row's weight; none where all are 1.
    roots: Option<Vec<f64>>,
}

impl Columns {
    /// Those of `data`; an error where a feature is missing or infinite, or the target holds classes.
    pub(crate) fn new(model: &'static str, data: &Dataset) -> Result<Self> {
        let Target::Values(target) = data.target() else {
            return Err(Error::NotNumbers { what: model.to_string(), target: data.target_name().to_string() });
        };
        check_values(model, data.target_name(), target)?;
        name_pool();
        let weights = data.weights();
        let checked: Vec<Result<(Column, f64)>> =
            data.features().columns().par_iter().map(|column| checked(model, column, weights)).collect();
        let (columns, shifts): (Vec<Column>, Vec<f64>) =
            checked.into_iter().collect::<Result<Vec<_>>>()?.into_iter().unzip();
        Ok(Self {
            features: DataFrame::new(data.n_samples(), columns)?,
            shifts,
            target: target.clone(),
            target_shift: middle(target, weights),
            roots: weights.map(|weights| weights.iter().map(|weight| weight.sqrt()).collect()),
        })
    }

    pub(crate) fn n_samples(&self) -> usize {
        self.target.len()
    }

    pub(crate) fn n_features(&self) -> usize {
        self.shifts.len()
    }

    pub(crate) fn feature_names(&self) -> Arc<[String]> {
        self.features.get_column_names().iter().map(|name| name.to_string()).collect()
    }

    pub(crate) fn feature(&self, index: usize) -> &[f64] {
        let values = self.features.columns().get(index).and_then(|column| column.f64().ok());
        values.and_then(|values| values.cont_slice().ok()).unwrap_or_default()
    }

    /// What is taken off feature `index`, or off the target at the position after the last: its weighted mean over all rows, exact where it is constant.
    pub(crate) fn shift(&self, index: usize) -> f64 {
        self.shifts.get(index).copied().unwrap_or(self.target_shift)
    }

    pub(crate) fn target(&self) -> &[f64] {
        &self.target
    }

    /// The target's weighted mean.
    pub(crate) fn target_mean(&self) -> f64 {
        let (mut moved, mut total) = (0.0, 0.0);
        for (row, value) in self.target.iter().enumerate() {
            moved += self.weight(row) * (value - self.target_shift);
            total += self.weight(row);
        }
        if total > 0.0 { self.target_shift + moved / total } else { self.target_shift }
    }

    /// The square root of the weight of each row.
    pub(crate) fn roots(&self) -> Option<&[f64]> {
        self.roots.as_deref()
    }

    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.roots.as_ref().and_then(|roots| roots.get(row)).map_or(1.0, |root| root * root)
    }

    /// Fills row `i` of `panel`, which is as wide as `rows` is long, with feature `first + i` less its shift.
    pub(crate) fn fill_features(&self, rows: &[usize], first: usize, panel: &mut ArrayViewMut2<'_, f64>) {
        for (offset, mut cells) in panel.rows_mut().into_iter().enumerate() {
            let index = first + offset;
            if let Some(cells) = cells.as_slice_mut() {
                gather(self.feature(index), rows, self.shift(index), cells);
            }
        }
    }

    /// The rows of `panel` are filled with the features, the target and 1, all less their shift and times the root of the row's weight.
    pub(crate) fn fill(&self, rows: &[usize], panel: &mut ArrayViewMut2<'_, f64>) {
        let n_features = self.n_features();
        let roots: Option<Vec<f64>> =
            self.roots.as_ref().map(|roots| rows.iter().filter_map(|&row| roots.get(row).copied()).collect());
        for (index, mut cells) in panel.rows_mut().into_iter().enumerate() {
            let Some(cells) = cells.as_slice_mut() else { continue };
            if index > n_features {
                cells.fill(1.0);
            } else {
                let values = if index < n_features { self.feature(index) } else { &self.target };
                gather(values, rows, self.shift(index), cells);
            }
            if let Some(roots) = &roots {
                cells.iter_mut().zip(roots).for_each(|(cell, root)| *cell *= root);
            }
        }
    }

    /// Σ over all rows of weight times feature less its mean times residual, for each feature; `means` has one for each.
    pub(crate) fn residual_slopes(&self, coefficients: &[f64], intercept: f64, means: Vec<f64>) -> Vec<f64> {
        let mut residual: Vec<f64> = self.target.iter().map(|value| value - intercept).collect();
        for (index, &coefficient) in coefficients.iter().enumerate() {
            if coefficient != 0.0 {
                let cells = residual.iter_mut().zip(self.feature(index));
                cells.for_each(|(value, cell)| *value -= coefficient * cell);
            }
        }
        for (row, value) in residual.iter_mut().enumerate() {
            *value *= self.weight(row);
        }
        let slope = |index: usize| {
            shifted_product(self.feature(index), means.get(index).copied().unwrap_or_default(), &residual)
        };
        (0..self.n_features()).into_par_iter().map(slope).collect()
    }

    /// The predictions `x·w + b` of each of `models`, which are `(w, b)`, for `rows`: shape `(n_models, n_rows)`.
    pub(crate) fn predict(&self, rows: &[usize], models: &[(&[f64], f64)]) -> Array2<f64> {
        const PANEL: usize = 512;
        let n_features = self.n_features();
        let mut weights = Array2::zeros((models.len(), n_features));
        let mut constants = Vec::with_capacity(models.len());
        for (mut row, (coefficients, intercept)) in weights.rows_mut().into_iter().zip(models) {
            let shifted: f64 = coefficients.iter().zip(&self.shifts).map(|(w, shift)| w * shift).sum();
            row.iter_mut().zip(*coefficients).for_each(|(cell, w)| *cell = *w);
            constants.push(intercept + shifted);
        }
        let blocks: Vec<Array2<f64>> = rows
            .par_chunks(PANEL)
            .map(|rows| {
                let mut panel = Array2::zeros((n_features, rows.len()));
                self.fill_features(rows, 0, &mut panel.view_mut());
                weights.dot(&panel)
            })
            .collect();
        let mut predictions = Array2::zeros((models.len(), rows.len()));
        for (mut row, (model, constant)) in predictions.rows_mut().into_iter().zip(constants.iter().enumerate()) {
            let values = blocks.iter().flat_map(|block| block.row(model).to_vec());
            row.iter_mut().zip(values).for_each(|(cell, value)| *cell = value + constant);
        }
        predictions
    }
}

/// `column` as floats in one piece, and its mean.
fn checked(model: &'static str, column: &Column, weights: Option<&[f64]>) -> Result<(Column, f64)> {
    let values = numbers(column)?;
    check_values(model, column.name(), &values)?;
    let shift = middle(&values, weights);
    let is_whole = column.f64().is_ok_and(|values| values.cont_slice().is_ok());
    let column = if is_whole { column.clone() } else { Column::new(column.name().clone(), values.into_owned()) };
    Ok((column, shift))
}

/// An error where a value is missing, infinite or so great that squares of it are.
fn check_values(model: &'static str, column: &str, values: &[f64]) -> Result<()> {
    // NaN and infinity both come through a sum.
    let total: f64 = values.iter().map(|value| value.abs()).sum();
    if total <= GREATEST {
        return Ok(());
    }
    if let Some((row, &value)) = values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        return Err(Error::unusable(model, column.to_string(), row, value));
    }
    match values.iter().enumerate().find(|(_, value)| value.abs() > GREATEST) {
        Some((row, &value)) => Err(Error::OutOfDomain {
            step: model,
            column: column.to_string(),
            row,
            value,
            allowed: "no greater than 1e150, or its square is infinite; scale the column first".to_string(),
        }),
        None => Ok(()),
    }
}

/// The weighted mean; the value itself where there is but one.
fn middle(values: &[f64], weights: Option<&[f64]>) -> f64 {
    let first = values.first().copied().unwrap_or_default();
    if values.iter().all(|&value| value == first) {
        return first;
    }
    let mean = match weights {
        Some(weights) => {
            let total: f64 = weights.iter().sum();
            values.iter().zip(weights).map(|(value, weight)| value * (weight / total)).sum::<f64>()
        }
        None => values.iter().sum::<f64>() / values.len() as f64,
    };
    // A sum may overflow where the values do not.
    if mean.is_finite() { mean } else { 0.0 }
}

fn gather(values: &[f64], rows: &[usize], shift: f64, cells: &mut [f64]) {
    let (first, last) = (rows.first().copied().unwrap_or(0), rows.last().copied().unwrap_or(0));
    // Rows ascend, so as many as there are places between the ends are all of them.
    if last + 1 == first + rows.len()
        && let Some(values) = values.get(first..=last)
    {
        cells.iter_mut().zip(values).for_each(|(cell, value)| *cell = value - shift);
        return;
    }
    for (cell, &row) in cells.iter_mut().zip(rows) {
        *cell = values.get(row).copied().unwrap_or_default() - shift;
    }
}

/// Σ of `(value − shift) · factor`, in a fixed order that a processor can take several of at once.
pub(super) fn shifted_product(values: &[f64], shift: f64, factors: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (values_in, factors_in) = (values.chunks_exact(8), factors.chunks_exact(8));
    let rest = values_in.remainder().iter().zip(factors_in.remainder());
    let rest: f64 = rest.map(|(value, factor)| (value - shift) * factor).sum();
    for (values, factors) in values_in.zip(factors_in) {
        for ((sum, value), factor) in sums.iter_mut().zip(values).zip(factors) {
            *sum += (value - shift) * factor;
        }
    }
    sums.iter().sum::<f64>() + rest
}
