//! What one feature tells of a target.

use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use super::fitted::{Chooser, Judged, candidates};
use super::mutual_information::{Kind, mutual_information, noisy};
use super::special::{chi2_survival, f_survival};
use crate::data::{Target, in_parallel};
use crate::error::{Error, Result};
use crate::preprocess::ParamValue;
use crate::preprocess::columns::{self, Selection};
use crate::preprocess::encode::settings::{int, name_of, whole};
use crate::preprocess::params::{choice, invalid_parameter};

/// How a feature is scored.
///
/// | score | target | formula |
/// |---|---|---|
/// | `FClassif` | classes | F of one-way ANOVA: between-class variance / within-class variance |
/// | `FRegression` | numbers | r² / (1 − r²) · (n − 2), r the correlation |
/// | `Chi2` | classes | Σ (observed − expected)² / expected of the sums of a feature that counts something |
/// | `MutualInfoClassif` | classes | mutual information in nats, by neighbours (Ross) |
/// | `MutualInfoRegression` | numbers | mutual information in nats, by neighbours (Kraskov) |
///
/// # References
/// 1. A. Kraskov, H. Stögbauer, P. Grassberger, *Estimating mutual information*, 2004, doi:10.1103/PhysRevE.69.066138
/// 2. B. C. Ross, *Mutual information between discrete and continuous data sets*, 2014, doi:10.1371/journal.pone.0087357
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    /// ANOVA's F.
    FClassif,
    /// F of a linear regression on the feature.
    FRegression,
    /// χ² of counts.
    Chi2,
    /// Mutual information with classes.
    MutualInfoClassif,
    /// Mutual information with numbers.
    MutualInfoRegression,
}

const SCORES: [(&str, Score); 5] = [
    ("f_classif", Score::FClassif),
    ("f_regression", Score::FRegression),
    ("chi2", Score::Chi2),
    ("mutual_info_classif", Score::MutualInfoClassif),
    ("mutual_info_regression", Score::MutualInfoRegression),
];

impl Score {
    /// The score's name.
    pub fn name(self) -> &'static str {
        SCORES.iter().find(|(_, score)| *score == self).map_or("", |(name, _)| name)
    }
}

/// A score with its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Scorer {
    pub(super) score: Score,
    pub(super) n_neighbors: u64,
    pub(super) seed: u64,
    pub(super) discrete: Vec<String>,
    pub(super) columns: Selection,
}

impl Scorer {
    pub(super) fn new(score: Score) -> Self {
        Self { score, n_neighbors: 3, seed: 0, discrete: Vec::new(), columns: None }
    }

    pub(super) fn params(&self) -> Vec<(String, ParamValue)> {
        vec![
            ("score".to_string(), name_of(&SCORES, &self.score)),
            ("n_neighbors".to_string(), int(self.n_neighbors)),
            ("seed".to_string(), int(self.seed)),
        ]
    }

    /// Changes one setting of the step called `step`; false where there is no such setting.
    pub(super) fn set(&mut self, step: &str, name: &str, value: &ParamValue) -> Result<bool> {
        let what = format!("{step}.{name}");
        match name {
            "score" => self.score = choice(&what, value, &SCORES)?,
            "n_neighbors" => self.n_neighbors = whole(&what, value, 1)?,
            "seed" => self.seed = whole(&what, value, 0)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Every feature with its score.
    pub(super) fn score(&self, chooser: Chooser, frame: &DataFrame, target: &Target) -> Result<Vec<Judged>> {
        let step = chooser.name();
        if self.n_neighbors < 1 {
            let what = format!("{step}.n_neighbors");
            return Err(invalid_parameter(&what, &int(self.n_neighbors), "a whole number of at least 1"));
        }
        if target.len() != frame.height() {
            let what = format!("the target of {step}");
            return Err(Error::LengthMismatch { what, found: target.len(), expected: frame.height() });
        }
        if frame.height() == 0 {
            return Err(Error::NoRows { what: step.to_string() });
        }
        let wants_classes = matches!(self.score, Score::FClassif | Score::Chi2 | Score::MutualInfoClassif);
        match target {
            Target::Values(_) if wants_classes => {
                let what = format!("{step} with {}", self.score.name());
                return Err(Error::NotClasses { what, target: "the target".to_string() });
            }
            Target::Classes { .. } if !wants_classes => {
                let what = format!("{step} with {}", self.score.name());
                return Err(Error::NotNumbers { what, target: "the target".to_string() });
            }
            _ => {}
        }
        for name in &self.discrete {
            crate::data::column(frame, name)?;
        }
        let columns: Vec<(u64, &Column)> = (1..).zip(candidates(frame, &self.columns)?).collect();
        in_parallel(&columns, |(position, column)| {
            let values = columns::finite_values(column)?;
            if self.score == Score::Chi2
                && let Some((row, value)) = values.iter().enumerate().find(|(_, value)| **value < 0.0)
            {
                return Err(Error::InvalidValue {
                    what: format!("{step}: column `{}` in row {row} (0-based)", column.name()),
                    value: format!("{value:?}"),
                    allowed: "at least 0, since chi2 is of counts".to_string(),
                });
            }
            let (score, p_value) = self.score_column(*position, column, &values, target)?;
            Ok(Judged::new(column, score, p_value))
        })
    }

    fn score_column(&self, position: u64, column: &Column, values: &[f64], target: &Target) -> Result<(f64, f64)> {
        let rows: Vec<usize> = (0..values.len()).filter(|&row| values.get(row).is_some_and(|v| !v.is_nan())).collect();
        let known: Vec<f64> = rows.iter().filter_map(|&row| values.get(row).copied()).collect();
        if known.is_empty() {
            return Ok((f64::NAN, f64::NAN));
        }
        let k = usize::try_from(self.n_neighbors).unwrap_or(usize::MAX);
        let is_counted = column.dtype().is_bool() || self.discrete.iter().any(|name| name == column.name().as_str());
        let feature = |known: &[f64]| {
            if is_counted { Kind::counted(known) } else { Kind::Continuous(noisy(known, self.seed, position)) }
        };
        match target {
            Target::Classes { codes, .. } => {
                let classes: Vec<u32> = rows.iter().filter_map(|&row| codes.get(row).copied()).collect();
                Ok(match self.score {
                    Score::Chi2 => chi2(&known, &classes),
                    Score::MutualInfoClassif => {
                        (mutual_information(&feature(&known), &Kind::Discrete(classes), k)?, f64::NAN)
                    }
                    _ => f_classif(&known, &classes),
                })
            }
            Target::Values(all) => {
                let numbers: Vec<f64> = rows.iter().filter_map(|&row| all.get(row).copied()).collect();
                Ok(match self.score {
                    Score::MutualInfoRegression => {
                        let target = Kind::Continuous(noisy(&numbers, self.seed, 0));
                        (mutual_information(&feature(&known), &target, k)?, f64::NAN)
                    }
                    _ => f_regression(&known, &numbers),
                })
            }
        }
    }
}

/// For each class its number of rows and the sum of `values` there; classes without rows have 0.
fn sums(values: &[f64], classes: &[u32]) -> Vec<(f64, f64)> {
    let n_classes = classes.iter().max().map_or(0, |&max| max as usize + 1);
    let mut sums = vec![(0.0, 0.0); n_classes];
    for (value, &class) in values.iter().zip(classes) {
        if let Some((count, sum)) = sums.get_mut(class as usize) {
            *count += 1.0;
            *sum += value;
        }
    }
    sums
}

fn f_classif(values: &[f64], classes: &[u32]) -> (f64, f64) {
    let n_rows = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n_rows;
    let sums = sums(values, classes);
    let n_classes = sums.iter().filter(|(count, _)| *count > 0.0).count() as f64;
    let mean_of = |class: u32| sums.get(class as usize).map_or(mean, |(count, sum)| sum / count);
    let between: f64 =
        sums.iter().filter(|(count, _)| *count > 0.0).map(|(count, sum)| count * (sum / count - mean).powi(2)).sum();
    let within: f64 = values.iter().zip(classes).map(|(value, &class)| (value - mean_of(class)).powi(2)).sum();
    let (first, second) = (n_classes - 1.0, n_rows - n_classes);
    if first < 1.0 || second < 1.0 {
        return (f64::NAN, f64::NAN);
    }
    let score = (between / first) / (within / second);
    (score, f_survival(score, first, second))
}

/// A perfect correlation has the greatest float for a score, and a constant feature 0, as scikit-learn has it.
fn f_regression(values: &[f64], numbers: &[f64]) -> (f64, f64) {
    let n_rows = values.len() as f64;
    let (mean, mean_target) = (values.iter().sum::<f64>() / n_rows, numbers.iter().sum::<f64>() / n_rows);
    let (mut product, mut square, mut square_target) = (0.0, 0.0, 0.0);
    for (value, number) in values.iter().zip(numbers) {
        let (x, y) = (value - mean, number - mean_target);
        product += x * y;
        square += x * x;
        square_target += y * y;
    }
    if n_rows < 3.0 {
        return (f64::NAN, f64::NAN);
    }
    let correlation = product / (square.sqrt() * square_target.sqrt());
    let score = correlation * correlation / (1.0 - correlation * correlation) * (n_rows - 2.0);
    match score {
        score if score.is_nan() => (0.0, 1.0),
        score if score.is_infinite() || score < 0.0 => (f64::MAX, 0.0),
        score => (score, f_survival(score, 1.0, n_rows - 2.0)),
    }
}

fn chi2(values: &[f64], classes: &[u32]) -> (f64, f64) {
    let (total, n_rows) = (values.iter().sum::<f64>(), values.len() as f64);
    let sums: Vec<(f64, f64)> = sums(values, classes).into_iter().filter(|(count, _)| *count > 0.0).collect();
    let term = |(count, observed): &(f64, f64)| {
        let expected = count / n_rows * total;
        (observed - expected).powi(2) / expected
    };
    let score: f64 = sums.iter().map(term).sum();
    (score, chi2_survival(score, sums.len() as f64 - 1.0))
}
