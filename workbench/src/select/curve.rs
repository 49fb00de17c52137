//! Scores along a curve.

use polars::prelude::{Column, DataFrame};

use super::cross_validate::{mean, std};
use super::fold_fit::FoldScores;
use super::scoring::Scoring;
use crate::error::{Error, Result};
use crate::preprocess::ParamValue;

/// Scores of training and validation rows at each point of a curve.
#[derive(Clone, Debug)]
pub struct Curve {
    name: String,
    values: Vec<ParamValue>,
    scoring: Vec<String>,
    n_folds: usize,
    /// For each value the folds that are done, and their numbers.
    folds: Vec<Vec<(usize, FoldScores)>>,
    /// For each value what its first fold that failed said.
    errors: Vec<Option<String>>,
}

impl Curve {
    /// What changes along the curve: `train_size`, or the setting's name.
    pub fn name(&self) -> String {
        self.name.clone()
    }

    /// The names of the metrics, in the order they were given.
    pub fn scoring(&self) -> Vec<String> {
        self.scoring.clone()
    }

    /// On how many folds each point is judged.
    pub fn n_folds(&self) -> usize {
        self.n_folds
    }

    /// Whether it was stopped before its end; points have the folds that were done by then, as the column `n_folds` says.
    pub fn interrupted(&self) -> bool {
        self.folds.iter().zip(&self.errors).any(|(folds, error)| error.is_none() && folds.len() < self.n_folds)
    }

    /// A table with a row for each point: its value, `n_folds` that are done, and for each metric mean and standard deviation over them, of training
    /// and of validation rows. Where some folds failed, a column `error` says why.
    pub fn frame(&self) -> DataFrame {
        let mut columns = vec![
            value_column(&self.name, &self.values),
            Column::new("n_folds".into(), self.folds.iter().map(|folds| folds.len() as u64).collect::<Vec<_>>()),
        ];
        for (position, metric) in self.scoring.iter().enumerate() {
            for (part, scores) in [("train", train as fn(&FoldScores) -> &Vec<f64>), ("test", test)] {
                for (statistic, of) in [("mean", mean as fn(&[f64]) -> f64), ("std", std)] {
                    let at = |folds: &Vec<(usize, FoldScores)>| {
                        let values: Vec<f64> =
                            folds.iter().filter_map(|(_, fold)| scores(fold).get(position).copied()).collect();
                        (!values.is_empty()).then(|| of(&values))
                    };
                    let name = format!("{statistic}_{part}_{metric}");
                    columns.push(Column::new(name.into(), self.folds.iter().map(at).collect::<Vec<Option<f64>>>()));
                }
            }
        }
        if self.errors.iter().any(Option::is_some) {
            columns.push(Column::new("error".into(), self.errors.clone()));
        }
        DataFrame::new(self.values.len(), columns).unwrap_or_default()
    }

    /// The scores of each fold that is done, for each point: its value, the number of the `fold`, and `train_…` and `test_…` of each metric.
    pub fn fold_scores(&self) -> DataFrame {
        let points = || {
            self.values.iter().zip(&self.folds).flat_map(|(value, folds)| folds.iter().map(move |fold| (value, fold)))
        };
        let values: Vec<ParamValue> = points().map(|(value, _)| value.clone()).collect();
        let mut columns = vec![
            value_column(&self.name, &values),
            Column::new("fold".into(), points().map(|(_, (fold_idx, _))| *fold_idx as u64).collect::<Vec<_>>()),
        ];
        for (position, metric) in self.scoring.iter().enumerate() {
            for (part, scores) in [("train", train as fn(&FoldScores) -> &Vec<f64>), ("test", test)] {
                let scores: Vec<Option<f64>> =
                    points().map(|(_, (_, fold))| scores(fold).get(position).copied()).collect();
                columns.push(Column::new(format!("{part}_{metric}").into(), scores));
            }
        }
        DataFrame::new(values.len(), columns).unwrap_or_default()
    }
}

fn train(fold: &FoldScores) -> &Vec<f64> {
    &fold.train
}

fn test(fold: &FoldScores) -> &Vec<f64> {
    &fold.test
}

/// The curve of what came of each point's folds; an error where an interruption left nothing.
pub(super) fn curve(
    name: &str,
    values: Vec<ParamValue>,
    scorings: &[Scoring],
    n_folds: usize,
    points: Vec<Vec<Result<FoldScores, String>>>,
) -> Result<Curve> {
    let interrupted = Error::Interrupted.to_string();
    let (mut folds, mut errors) = (Vec::new(), Vec::new());
    for point in points {
        errors.push(
            point.iter().filter_map(|result| result.as_ref().err()).find(|error| **error != interrupted).cloned(),
        );
        let numbered = point.into_iter().enumerate();
        folds.push(numbered.filter_map(|(fold_idx, result)| Some((fold_idx, result.ok()?))).collect::<Vec<_>>());
    }
    if folds.iter().all(Vec::is_empty) && errors.iter().all(Option::is_none) {
        return Err(Error::Interrupted);
    }
    let scoring = scorings.iter().map(|scoring| scoring.name().to_string()).collect();
    Ok(Curve { name: name.to_string(), values, scoring, n_folds, folds, errors })
}

/// The column of the points' values: numbers where all are numbers, otherwise text.
fn value_column(name: &str, values: &[ParamValue]) -> Column {
    let whole: Option<Vec<i64>> =
        values.iter().map(|value| if let ParamValue::Int(number) = value { Some(*number) } else { None }).collect();
    if let Some(numbers) = whole {
        return Column::new(name.into(), numbers);
    }
    let real = |value: &ParamValue| match value {
        ParamValue::Float(number) => Some(*number),
        ParamValue::Int(number) => Some(*number as f64),
        ParamValue::Bool(_) | ParamValue::Text(_) => None,
    };
    match values.iter().map(real).collect::<Option<Vec<f64>>>() {
        Some(numbers) => Column::new(name.into(), numbers),
        None => Column::new(name.into(), values.iter().map(ParamValue::to_string).collect::<Vec<_>>()),
    }
}
