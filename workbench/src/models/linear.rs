//! What all linear classifiers share: their planes, and how rows are held against them.

use ndarray::{Array1, Array2, Axis, s};
use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use crate::data::{BLOCK_VALUES, Target, numbers, to_array};
use crate::error::{Error, Result};

/// One plane for two classes, and one for each class when there are more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedPlanes")]
pub(super) struct LinearPlanes {
    /// Shape `(n_planes, n_features)`.
    pub(super) coefficients: Vec<Vec<f64>>,
    /// One for each plane.
    pub(super) intercepts: Vec<f64>,
    /// The classes in order; with two of them a positive decision tells the second.
    pub(super) classes: Vec<String>,
    /// The columns that the model was fitted on, in their order.
    pub(super) feature_names: Vec<String>,
}

/// Planes as a file has them, which may have been torn or written by hand.
#[derive(Deserialize)]
struct UncheckedPlanes {
    coefficients: Vec<Vec<f64>>,
    intercepts: Vec<f64>,
    classes: Vec<String>,
    feature_names: Vec<String>,
}

impl TryFrom<UncheckedPlanes> for LinearPlanes {
    type Error = String;

    fn try_from(unchecked: UncheckedPlanes) -> Result<Self, String> {
        let UncheckedPlanes { coefficients, intercepts, classes, feature_names } = unchecked;
        let n_features = feature_names.len();
        let n_planes = if classes.len() == 2 { 1 } else { classes.len() };
        let is_whole = classes.len() > 1
            && intercepts.len() == n_planes
            && coefficients.len() == n_planes
            && coefficients.iter().all(|row| row.len() == n_features);
        if !is_whole {
            return Err(format!(
                "a model of {} classes and {n_features} features has {n_planes} rows of {n_features} coefficients and \
                 {n_planes} intercepts, but these have another shape",
                classes.len()
            ));
        }
        Ok(Self { coefficients, intercepts, classes, feature_names })
    }
}

impl LinearPlanes {
    /// The signed distances to the planes, up to scale: shape `(n_samples, n_planes)`.
    pub(super) fn decision_function(&self, model: &'static str, features: &DataFrame) -> Result<Array2<f64>> {
        outputs(model, features, &self.feature_names, &self.coefficients, &self.intercepts)
    }

    /// The class on whose side each row of `decisions` lies.
    pub(super) fn classify(&self, decisions: &Array2<f64>) -> Target {
        let code = |row: ndarray::ArrayView1<'_, f64>| match row.as_slice() {
            Some([decision]) => u32::from(*decision > 0.0),
            _ => position_of_max(row.iter().copied()) as u32,
        };
        Target::Classes { codes: decisions.rows().into_iter().map(code).collect(), labels: self.classes.clone() }
    }

    /// The coefficients, shape `(n_planes, n_features)`.
    pub(super) fn coef(&self) -> Array2<f64> {
        let shape = (self.coefficients.len(), self.feature_names.len());
        let flat: Vec<f64> = self.coefficients.iter().flatten().copied().collect();
        Array2::from_shape_vec(shape, flat).unwrap_or_else(|_| Array2::zeros(shape))
    }

    /// The intercepts, one for each plane.
    pub(super) fn intercept(&self) -> Array1<f64> {
        Array1::from(self.intercepts.clone())
    }

    /// A table of one row for each feature and one for the intercept, and one column for each plane.
    pub(super) fn table(&self) -> DataFrame {
        let mut names = self.feature_names.clone();
        names.push("(intercept)".to_string());
        let height = names.len();
        let mut columns = vec![Column::new("feature".into(), names)];
        for (plane, (row, intercept)) in self.coefficients.iter().zip(&self.intercepts).enumerate() {
            let name = match (self.coefficients.len(), self.classes.get(plane)) {
                // A class may be called like the first column.
                (2.., Some(class)) if class != "feature" => class.clone(),
                (2.., Some(class)) => format!("class {class}"),
                _ => "coefficient".to_string(),
            };
            let values: Vec<f64> = row.iter().chain([intercept]).copied().collect();
            columns.push(Column::new(name.into(), values));
        }
        DataFrame::new(height, columns).unwrap_or_default()
    }
}

/// What a linear regression tells: `x·w + b`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct LinearFunction {
    pub(super) coefficients: Vec<f64>,
    pub(super) intercept: f64,
    pub(super) feature_names: Vec<String>,
}

impl LinearFunction {
    /// `x·w + b` of each row.
    pub(super) fn outputs(&self, model: &'static str, features: &DataFrame) -> Result<Vec<f64>> {
        let planes = std::slice::from_ref(&self.coefficients);
        let outputs = outputs(model, features, &self.feature_names, planes, &[self.intercept])?;
        Ok(outputs.into_iter().collect())
    }

    /// The same as a target.
    pub(super) fn predict(&self, model: &'static str, features: &DataFrame) -> Result<Target> {
        Ok(Target::Values(self.outputs(model, features)?))
    }

    /// A table of `feature` and `coefficient`: a row for each feature, the last for the intercept.
    pub(super) fn table(&self) -> DataFrame {
        let mut names = self.feature_names.clone();
        names.push("(intercept)".to_string());
        let height = names.len();
        let values: Vec<f64> = self.coefficients.iter().copied().chain([self.intercept]).collect();
        let columns = vec![Column::new("feature".into(), names), Column::new("coefficient".into(), values)];
        DataFrame::new(height, columns).unwrap_or_default()
    }
}

/// `x·w + b` of each row for the columns `names` of `features` and each plane: shape `(n_samples, n_planes)`.
pub(super) fn outputs(
    model: &'static str,
    features: &DataFrame,
    names: &[String],
    coefficients: &[Vec<f64>],
    intercepts: &[f64],
) -> Result<Array2<f64>> {
    let features = select(model, features, names)?;
    let columns = features.columns().iter().map(numbers).collect::<Result<Vec<_>>>()?;
    let n_rows = features.height();
    let mut outputs = Array2::zeros((n_rows, intercepts.len()));
    // Column by column, in blocks that stay in the cache: no array of the features has to be made.
    let mut sums = vec![0.0; BLOCK_VALUES];
    for start in (0..n_rows).step_by(BLOCK_VALUES) {
        let end = (start + BLOCK_VALUES).min(n_rows);
        for (plane, (weights, &intercept)) in coefficients.iter().zip(intercepts).enumerate() {
            sums.clear();
            sums.resize(end - start, intercept);
            for (column, &weight) in columns.iter().zip(weights) {
                let values = column.get(start..end).unwrap_or_default();
                sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * value);
            }
            outputs.slice_mut(s![start..end, plane]).iter_mut().zip(&sums).for_each(|(to, sum)| *to = *sum);
        }
    }
    // NaN and infinity come through a sum, whatever they are multiplied by.
    if !outputs.iter().all(|output| output.is_finite()) {
        check_finite(model, &features, &to_array(&features)?)?;
    }
    Ok(outputs)
}

/// The columns `names` of `features` in that order; an error where others are there or some are not.
pub(super) fn select(model: &'static str, features: &DataFrame, names: &[String]) -> Result<DataFrame> {
    let has = |name: &String| features.get_column_index(name).is_some();
    let missing: Vec<&str> = names.iter().filter(|name| !has(name)).map(String::as_str).collect();
    let given = features.get_column_names();
    let unexpected: Vec<&str> =
        given.iter().map(|name| name.as_str()).filter(|name| !names.iter().any(|known| known == name)).collect();
    if !missing.is_empty() || !unexpected.is_empty() {
        return Err(Error::FeaturesDiffer {
            model,
            missing: quoted(&missing),
            unexpected: quoted(&unexpected),
            fitted: quoted(&names.iter().map(String::as_str).collect::<Vec<_>>()),
        });
    }
    Ok(features.select(names.iter().map(String::as_str))?)
}

/// `features` as an array of finite numbers, shape `(n_samples, n_features)`.
pub(super) fn records(model: &'static str, features: &DataFrame) -> Result<Array2<f64>> {
    let records = to_array(features)?;
    // NaN and infinity both come through a sum, and a sum is cheap.
    if !records.sum().is_finite() {
        check_finite(model, features, &records)?;
    }
    Ok(records)
}

/// The first value that is not finite as an error, column by column.
fn check_finite(model: &'static str, features: &DataFrame, records: &Array2<f64>) -> Result<()> {
    for (index, column) in records.axis_iter(Axis(1)).enumerate() {
        if let Some((row, &value)) = column.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            let names = features.get_column_names();
            let column = names.get(index).map(|name| name.to_string()).unwrap_or_default();
            return Err(Error::unusable(model, column, row, value));
        }
    }
    Ok(())
}

/// The sum of products, in eight sums that need not wait for each other.
#[inline]
pub(super) fn dot(left: &[f64], right: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (left_blocks, right_blocks) = (left.chunks_exact(8), right.chunks_exact(8));
    let rest: f64 = left_blocks.remainder().iter().zip(right_blocks.remainder()).map(|(a, b)| a * b).sum();
    for (left, right) in left_blocks.zip(right_blocks) {
        for ((sum, a), b) in sums.iter_mut().zip(left).zip(right) {
            *sum += a * b;
        }
    }
    ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7])) + rest
}

/// The position of the greatest of `values`, the first where several are.
pub(super) fn position_of_max(values: impl Iterator<Item = f64>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (position, value) in values.enumerate() {
        if value > best.1 {
            best = (position, value);
        }
    }
    best.0
}

fn quoted(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    if quoted.is_empty() { "none".to_string() } else { quoted.join(", ") }
}
