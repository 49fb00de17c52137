//! The rows that a logistic regression learns from, and its derivatives at many weights at once.
//!
//! The rows are passed through in blocks that stay in the cache. A pass for several sets of weights costs little more than for one,
//! since it is a product of matrices.

use ndarray::linalg::general_mat_mul;
use ndarray::{ArcArray2, Array1, Array2, ArrayView2, ArrayViewMut2, Axis, s};
use rayon::prelude::*;

use super::exp::{exp, logistic};
use super::path::Passes;
use crate::data::name_pool;
use crate::models::linear::dot;

/// Numbers of a block of rows: 128 KiB, which leaves room beside it in a second-level cache.
const BLOCK_VALUES: usize = 16_384;

/// Into at most so many parts the rows are divided for threads; their sums are added in order, so threads change no result.
const PARTS_MAX: usize = 16;

/// A part has at least so many numbers, or handing it over would take longer than working on it.
const PART_VALUES_MIN: usize = 65_536;

/// Rows, their classes, and how much they count.
pub(super) struct Rows {
    /// Shape `(n_samples, n_features)`, rows contiguous; those who share it do not change it.
    records: ArcArray2<f64>,
    /// For each row the position of its class.
    codes: Vec<usize>,
    /// How much each row counts; none where all count once.
    weights: Option<Vec<f64>>,
    /// The sum of these.
    total: f64,
    n_classes: usize,
    has_intercept: bool,
}

impl Rows {
    /// Rows of `records` of shape `(n_samples, n_features)`.
    pub(super) fn new(
        records: impl Into<ArcArray2<f64>>,
        codes: Vec<usize>,
        weights: Option<Vec<f64>>,
        n_classes: usize,
        has_intercept: bool,
    ) -> Self {
        let records: ArcArray2<f64> = records.into();
        let total = weights.as_ref().map_or(codes.len() as f64, |weights| weights.iter().sum());
        let records =
            if records.is_standard_layout() { records } else { records.as_standard_layout().into_owned().into() };
        Self { records, codes, weights, total, n_classes, has_intercept }
    }

    pub(super) fn records(&self) -> ArrayView2<'_, f64> {
        self.records.view()
    }

    pub(super) fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// The position of a row's class.
    pub(super) fn code(&self, row: usize) -> usize {
        self.codes.get(row).copied().unwrap_or_default()
    }

    pub(super) fn n_samples(&self) -> usize {
        self.codes.len()
    }

    pub(super) fn n_features(&self) -> usize {
        self.records.ncols()
    }

    /// The features, and one for an intercept.
    pub(super) fn n_columns(&self) -> usize {
        self.n_features() + usize::from(self.has_intercept)
    }

    /// One for two classes, where the other's is fixed at 0.
    pub(super) fn n_outputs(&self) -> usize {
        if self.n_classes == 2 { 1 } else { self.n_classes }
    }

    /// How much all rows count together.
    pub(super) fn total(&self) -> f64 {
        self.total
    }

    /// The records, the class of each row, and how much it counts.
    pub(super) fn parts_of(&self) -> (ArrayView2<'_, f64>, &[usize], Option<&[f64]>) {
        (self.records.view(), &self.codes, self.weights.as_deref())
    }

    /// The greatest magnitude in each column, or 1 in a column of zeros; 1 for the intercept.
    pub(super) fn scales(&self) -> Array1<f64> {
        let parts = self.parts(|range| {
            let mut greatest = vec![0.0_f64; self.n_features()];
            for row in self.records.slice(s![range, ..]).rows() {
                greatest.iter_mut().zip(row).for_each(|(greatest, value)| {
                    let magnitude = value.abs();
                    *greatest = if magnitude > *greatest { magnitude } else { *greatest };
                });
            }
            greatest
        });
        let mut scales = Array1::ones(self.n_columns());
        for (column, scale) in scales.iter_mut().enumerate().take(self.n_features()) {
            let greatest = parts.iter().filter_map(|part| part.get(column)).fold(0.0_f64, |a, b| a.max(*b));
            *scale = if greatest > 0.0 { greatest } else { 1.0 };
        }
        scales
    }

    /// Where solvers start: no feature counts, and the intercepts tell how frequent the classes are.
    pub(super) fn start(&self) -> Array2<f64> {
        let mut start = Array2::zeros((self.n_outputs(), self.n_columns()));
        if !self.has_intercept {
            return start;
        }
        let mut counts = vec![0.0; self.n_classes];
        for (row, &code) in self.codes.iter().enumerate() {
            if let Some(count) = counts.get_mut(code) {
                *count += self.weight(row);
            }
        }
        let logs: Vec<f64> = counts.iter().map(|count| count.max(f64::MIN_POSITIVE).ln()).collect();
        let fixed = if self.n_outputs() == 1 {
            logs.first().copied().unwrap_or_default()
        } else {
            logs.iter().sum::<f64>() / logs.len().max(1) as f64
        };
        let outputs = logs.iter().skip(usize::from(self.n_outputs() == 1));
        for (entry, log) in start.column_mut(self.n_features()).iter_mut().zip(outputs) {
            *entry = log - fixed;
        }
        start
    }

    /// Every so many rows of each class, about `n` in all; none where there are not many more.
    pub(super) fn sample(&self, n: usize) -> Option<Self> {
        let every = self.n_samples() / n.max(1);
        if every < 4 {
            return None;
        }
        let mut seen = vec![0_usize; self.n_classes];
        let mut chosen = Vec::with_capacity(n + self.n_classes);
        for (row, &code) in self.codes.iter().enumerate() {
            let Some(seen) = seen.get_mut(code).filter(|_| self.weight(row) > 0.0) else { continue };
            if *seen % every == every / 2 {
                chosen.push(row);
            }
            *seen += 1;
        }
        let codes: Vec<usize> = chosen.iter().filter_map(|&row| self.codes.get(row).copied()).collect();
        if (0..self.n_classes).any(|class| !codes.contains(&class)) {
            return None;
        }
        let weights =
            self.weights.as_ref().map(|weights| chosen.iter().filter_map(|&row| weights.get(row).copied()).collect());
        Some(Self::new(gather(self.records.view(), &chosen), codes, weights, self.n_classes, self.has_intercept))
    }

    /// How much a row counts.
    pub(super) fn weight(&self, row: usize) -> f64 {
        self.weights.as_ref().and_then(|weights| weights.get(row)).copied().unwrap_or(1.0)
    }

    /// `work` for each part of the rows, on all threads; the results in order.
    fn parts<T: Send>(&self, work: impl Fn(std::ops::Range<usize>) -> T + Send + Sync) -> Vec<T> {
        let n_samples = self.n_samples();
        let rows_min = (PART_VALUES_MIN / self.n_features().max(1)).max(1);
        let n_parts = (n_samples / rows_min).clamp(1, PARTS_MAX);
        let bound = |part: usize| part * n_samples / n_parts;
        if n_parts == 1 {
            return vec![work(0..n_samples)];
        }
        name_pool();
        (0..n_parts).into_par_iter().map(|part| work(bound(part)..bound(part + 1))).collect()
    }

    /// The ranges of rows that are worked on together.
    fn blocks(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = std::ops::Range<usize>> {
        let n_rows = (BLOCK_VALUES / self.n_features().max(1)).clamp(16, 1_024);
        range.clone().step_by(n_rows).map(move |start| start..(start + n_rows).min(range.end))
    }

    /// The gradient of the weighted sum of the losses, without a penalty, at each of `points`: both of shape `(n_outputs, n_columns)`. Each output has only
    /// the rows that are `kept` for it.
    pub(super) fn gradient_sums(&self, points: &[&Array2<f64>], kept: Option<&Kept<'_>>) -> Vec<Array2<f64>> {
        let (n_outputs, n_features) = (self.n_outputs(), self.n_features());
        let planes = Planes::new(points, n_features);
        let parts = self.parts(|range| self.gradients_of(range, &planes, kept));
        let n_planes = planes.intercepts.len();
        let mut sums = Array2::zeros((n_planes, n_features + 1));
        parts.iter().for_each(|part| sums += part);
        let of_point =
            |point: usize| sums.slice(s![point * n_outputs..(point + 1) * n_outputs, ..self.n_columns()]).to_owned();
        (0..points.len()).map(of_point).collect()
    }

    /// The sums over `range` of residuals times rows, and of residuals in the last column.
    fn gradients_of(&self, range: std::ops::Range<usize>, planes: &Planes, kept: Option<&Kept<'_>>) -> Array2<f64> {
        let (n_planes, n_features) = (planes.intercepts.len(), self.n_features());
        let mut sums = Array2::zeros((n_planes, n_features + 1));
        let mut outputs = Array2::zeros((0, n_planes));
        for rows in self.blocks(range) {
            let records = self.records.slice(s![rows.clone(), ..]);
            if outputs.nrows() != rows.len() {
                outputs = Array2::zeros((rows.len(), n_planes));
            }
            planes.outputs(&records, &mut outputs.view_mut());
            self.probabilities(&mut outputs);
            self.residuals(rows.start, &mut outputs);
            if let Some(kept) = kept {
                kept.drop_others(rows.start, &mut outputs);
            }
            for residuals in outputs.rows() {
                sums.column_mut(n_features).zip_mut_with(&residuals, |sum, residual| *sum += residual);
            }
            if let (1, Some(residuals), Some(sums)) = (n_planes, outputs.as_slice(), sums.as_slice_mut()) {
                add_rows(&records, residuals, sums);
            } else {
                general_mat_mul(1.0, &outputs.t(), &records, 1.0, &mut sums.slice_mut(s![.., ..n_features]));
            }
        }
        sums
    }

    /// Turns outputs, of which each row has those of one point or several after the other, into probabilities.
    fn probabilities(&self, outputs: &mut Array2<f64>) {
        let n_outputs = self.n_outputs();
        let Some(values) = outputs.as_slice_mut() else { return };
        if n_outputs == 1 {
            logistic(values);
            return;
        }
        for values in values.chunks_exact_mut(n_outputs) {
            let greatest = values.iter().fold(f64::NEG_INFINITY, |greatest, output| greatest.max(*output));
            let mut sum = 0.0;
            for value in values.iter_mut() {
                *value = exp(*value - greatest);
                sum += *value;
            }
            values.iter_mut().for_each(|value| *value /= sum);
        }
    }

    /// Takes 1 from the probability of each row's own class, and has rows count what they count.
    fn residuals(&self, first_row: usize, probabilities: &mut Array2<f64>) {
        let n_outputs = self.n_outputs();
        for (row, mut probabilities) in (first_row..).zip(probabilities.rows_mut()) {
            let Some(values) = probabilities.as_slice_mut() else { continue };
            let own = self.codes.get(row).and_then(|code| code.checked_sub(usize::from(n_outputs == 1)));
            if let Some(own) = own {
                values.iter_mut().skip(own).step_by(n_outputs).for_each(|value| *value -= 1.0);
            }
            if self.weights.is_some() {
                let weight = self.weight(row);
                values.iter_mut().for_each(|value| *value *= weight);
            }
        }
    }

    /// The second derivatives at `point` of the weighted sum of the losses of the rows that are `kept`: shape `(n_weights, n_weights)`, weights in the
    /// order of outputs, then columns.
    pub(super) fn hessian_sums(&self, point: &Array2<f64>, kept: Option<&Kept<'_>>) -> Array2<f64> {
        let planes = Planes::new(&[point], self.n_features());
        let n_weights = self.n_outputs() * self.n_columns();
        let parts = self.parts(|range| self.hessian_of(range, &planes, kept));
        let mut sums = Array2::<f64>::zeros((n_weights, n_weights));
        parts.iter().for_each(|part| sums += part);
        for row in 0..n_weights {
            for column in 0..row {
                sums[[row, column]] = sums[[column, row]];
            }
        }
        sums
    }

    /// The sums over `range`, of which those below the diagonal are not all made.
    fn hessian_of(&self, range: std::ops::Range<usize>, planes: &Planes, kept: Option<&Kept<'_>>) -> Array2<f64> {
        let weight = |row: usize| if kept.is_none_or(|kept| kept.has(row)) { self.weight(row) } else { 0.0 };
        let (n_outputs, n_columns, n_features) = (self.n_outputs(), self.n_columns(), self.n_features());
        let mut sums = Array2::zeros((n_outputs * n_columns, n_outputs * n_columns));
        let mut outputs = Array2::zeros((0, n_outputs));
        let mut plain = Array2::ones((0, n_columns));
        let mut weighted = Array2::ones((0, n_columns));
        for rows in self.blocks(range) {
            let records = self.records.slice(s![rows.clone(), ..]);
            if outputs.nrows() != rows.len() {
                outputs = Array2::zeros((rows.len(), n_outputs));
                weighted = Array2::ones((rows.len(), n_columns));
                plain = Array2::ones((if n_outputs == 1 { 0 } else { rows.len() }, n_columns));
            }
            planes.outputs(&records, &mut outputs.view_mut());
            self.probabilities(&mut outputs);
            if n_outputs == 1 {
                for ((row, probability), (record, mut to)) in
                    (rows.start..).zip(&outputs).zip(records.rows().into_iter().zip(weighted.rows_mut()))
                {
                    let root = (weight(row) * probability * (1.0 - probability)).sqrt();
                    scale(&record, root, &mut to);
                }
                add_square(&weighted, &mut sums);
                continue;
            }
            plain.slice_mut(s![.., ..n_features]).assign(&records);
            for first in 0..n_outputs {
                for second in first..n_outputs {
                    let same = if first == second { 1.0 } else { 0.0 };
                    for ((row, probabilities), (record, mut to)) in
                        (rows.start..).zip(outputs.rows()).zip(records.rows().into_iter().zip(weighted.rows_mut()))
                    {
                        let curvature = weight(row) * probabilities[first] * (same - probabilities[second]);
                        scale(&record, curvature, &mut to);
                    }
                    let place =
                        s![first * n_columns..(first + 1) * n_columns, second * n_columns..(second + 1) * n_columns];
                    general_mat_mul(1.0, &plain.t(), &weighted, 1.0, &mut sums.slice_mut(place));
                }
            }
        }
        sums
    }
}

/// Which rows count for which output.
pub(super) struct Kept<'a> {
    /// For each row a bit for each fold.
    pub(super) bits: &'a [u64],
    /// For each output, those of one point after the other's, its fold.
    pub(super) folds: &'a [u32],
}

impl Kept<'_> {
    /// Whether a row counts for the first output.
    fn has(&self, row: usize) -> bool {
        let bits = self.bits.get(row).copied().unwrap_or_default();
        self.folds.first().is_none_or(|fold| bits >> fold & 1 == 1)
    }

    /// Has rows, which begin at `first_row`, count nothing for outputs whose fold they are not in.
    fn drop_others(&self, first_row: usize, residuals: &mut Array2<f64>) {
        let all = self.folds.iter().fold(0_u64, |all, fold| all | 1 << fold);
        for (row, mut residuals) in (first_row..).zip(residuals.rows_mut()) {
            let bits = self.bits.get(row).copied().unwrap_or_default();
            if bits & all == all {
                continue;
            }
            for (residual, fold) in residuals.iter_mut().zip(self.folds) {
                if bits >> fold & 1 == 0 {
                    *residual = 0.0;
                }
            }
        }
    }
}

impl Passes for Rows {
    fn gradients(&self, points: &[(usize, &Array2<f64>)]) -> Vec<Array2<f64>> {
        let points: Vec<&Array2<f64>> = points.iter().map(|(_, point)| *point).collect();
        self.gradient_sums(&points, None).into_iter().map(|sum| sum / self.total).collect()
    }

    fn hessian(&self, _lane: usize, point: &Array2<f64>) -> Array2<f64> {
        self.hessian_sums(point, None) / self.total
    }
}

/// The rows of `records` at `rows`.
pub(super) fn gather(records: ArrayView2<'_, f64>, rows: &[usize]) -> Array2<f64> {
    let n_features = records.ncols();
    let mut values = Vec::with_capacity(rows.len() * n_features);
    for &row in rows {
        match records.row(row).as_slice() {
            Some(row) => values.extend_from_slice(row),
            None => values.extend(records.row(row)),
        }
    }
    Array2::from_shape_vec((rows.len(), n_features), values).unwrap_or_else(|_| records.select(Axis(0), rows))
}

/// The planes of several points beside each other.
pub(super) struct Planes {
    /// Shape `(n_planes, n_features)`.
    coefficients: Array2<f64>,
    intercepts: Array1<f64>,
}

impl Planes {
    /// The planes of `points`, each of shape `(n_outputs, n_features)` with or without one more column of intercepts.
    pub(super) fn new(points: &[&Array2<f64>], n_features: usize) -> Self {
        let n_planes = points.iter().map(|point| point.nrows()).sum();
        let mut coefficients = Array2::zeros((n_planes, n_features));
        let mut intercepts = Array1::zeros(n_planes);
        for (plane, row) in points.iter().flat_map(|point| point.rows()).enumerate() {
            coefficients.row_mut(plane).assign(&row.slice(s![..n_features]));
            intercepts[plane] = row.get(n_features).copied().unwrap_or(0.0);
        }
        Self { coefficients, intercepts }
    }

    /// The outputs of `records`: shape `(n_rows, n_planes)`.
    pub(super) fn outputs(&self, records: &ArrayView2<'_, f64>, outputs: &mut ArrayViewMut2<'_, f64>) {
        if let (Some(weights), Some(outputs)) = (self.single(), outputs.as_slice_mut()) {
            let intercept = self.intercepts.first().copied().unwrap_or_default();
            outputs.fill(intercept);
            if let (Some(values), 1..) = (records.as_slice(), weights.len()) {
                for (row, output) in values.chunks_exact(weights.len()).zip(outputs) {
                    *output += dot(row, weights);
                }
            }
            return;
        }
        for mut row in outputs.rows_mut() {
            row.assign(&self.intercepts);
        }
        general_mat_mul(1.0, records, &self.coefficients.t(), 1.0, outputs);
    }

    fn single(&self) -> Option<&[f64]> {
        if self.coefficients.nrows() == 1 { self.coefficients.as_slice() } else { None }
    }
}

/// Adds each row times its factor to `sums`, four rows at a time.
fn add_rows(records: &ArrayView2<'_, f64>, factors: &[f64], sums: &mut [f64]) {
    let n_features = records.ncols();
    let Some(values) = records.as_slice().filter(|_| n_features > 0) else { return };
    let (rows, fours) = (values.chunks_exact(4 * n_features), factors.chunks_exact(4));
    let rest = rows.remainder().chunks_exact(n_features).zip(fours.remainder());
    for (rows, four) in rows.zip(fours) {
        let &[a, b, c, d] = four else { continue };
        let (first, others) = rows.split_at(n_features);
        let (second, others) = others.split_at(n_features);
        let (third, fourth) = others.split_at(n_features);
        for ((((sum, first), second), third), fourth) in sums.iter_mut().zip(first).zip(second).zip(third).zip(fourth) {
            *sum += (a * first + b * second) + (c * third + d * fourth);
        }
    }
    for (row, factor) in rest {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += factor * value);
    }
}

/// `record` times `factor`, with `factor` itself behind it where there is room for an intercept.
fn scale(record: &ndarray::ArrayView1<'_, f64>, factor: f64, to: &mut ndarray::ArrayViewMut1<'_, f64>) {
    let n_features = record.len();
    if let (Some(record), Some(to)) = (record.as_slice(), to.as_slice_mut()) {
        to.iter_mut().zip(record).for_each(|(to, value)| *to = factor * value);
        if let Some(last) = to.get_mut(n_features) {
            *last = factor;
        }
    }
}

/// Adds `rowsᵀ · rows` to `sums`, of which the lower left quarter is left out.
fn add_square(rows: &Array2<f64>, sums: &mut Array2<f64>) {
    let half = (rows.ncols() / 2).next_multiple_of(8).min(rows.ncols());
    let (left, right) = rows.view().split_at(Axis(1), half);
    general_mat_mul(1.0, &left.t(), rows, 1.0, &mut sums.slice_mut(s![..half, ..]));
    if right.ncols() > 0 {
        general_mat_mul(1.0, &right.t(), &right, 1.0, &mut sums.slice_mut(s![half.., half..]));
    }
}
