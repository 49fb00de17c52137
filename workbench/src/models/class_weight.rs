//! How much classes count in a fit.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::classes::Classes;
use super::settings::text_setting;
use crate::error::{Error, Result};
use crate::preprocess::ParamValue;

/// How much the rows of each class count in a fit.
///
/// | value | by name | a row of class `k` counts |
/// |---|---|---|
/// | `None`, the default | `"none"` | once |
/// | `Balanced` | `"balanced"` | `n / (n_classes · n_k)` times, where `n_k` of the `n` rows are of the class |
/// | `BalancedSubsample` | `"balanced_subsample"` | as with `Balanced`, among the rows that a tree of a forest draws; for forests only |
/// | `ByLabel` | `{"yes": 2.0, "no": 1.0}` | as often as is said; once, if nothing is |
///
/// Weights of rows come on top, and `n` and `n_k` are then sums of them. These are scikit-learn's class weights.
///
/// # Examples
///
/// ```
/// use workbench::models::ClassWeight;
///
/// assert_eq!("balanced".parse::<ClassWeight>()?, ClassWeight::Balanced);
/// assert_eq!(r#"{"yes": 2}"#.parse::<ClassWeight>()?, ClassWeight::ByLabel(vec![("yes".to_string(), 2.0)]));
/// assert!("even".parse::<ClassWeight>().is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassWeight {
    /// All classes count as they are.
    #[default]
    None,
    /// All classes count the same together, however many rows they have.
    Balanced,
    /// All classes count the same together among the rows that each tree of a forest draws.
    BalancedSubsample,
    /// Labels, and how much a row of each counts.
    ByLabel(Vec<(String, f64)>),
}

impl ClassWeight {
    /// An error unless all weights are finite and at least 0, and no label is there twice.
    pub(super) fn check(&self, what: &str) -> Result<()> {
        let weights = match self {
            Self::None | Self::Balanced => return Ok(()),
            Self::BalancedSubsample => {
                return Err(Error::InvalidValue {
                    what: what.to_string(),
                    value: format!("\"{self}\""),
                    allowed: "of an estimator whose trees draw rows; here \"balanced\" does the same".to_string(),
                });
            }
            Self::ByLabel(weights) => weights,
        };
        for (position, (label, weight)) in weights.iter().enumerate() {
            let is_repeated = weights.iter().take(position).any(|(other, _)| other == label);
            if is_repeated || !weight.is_finite() || *weight < 0.0 {
                return Err(Error::InvalidValue {
                    what: what.to_string(),
                    value: format!("{weight:?} for the class \"{label}\""),
                    allowed: "one finite number of at least 0 for each class".to_string(),
                });
            }
        }
        Ok(())
    }

    /// How much each row counts, where `weights` are those of the rows; none where all count the same.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a label that no class has, or where nothing is left that counts.
    pub(super) fn of_rows(&self, what: &str, classes: &Classes, weights: Option<&[f64]>) -> Result<Option<Vec<f64>>> {
        let n_classes = classes.labels.len();
        let weight = |row: usize| weights.and_then(|weights| weights.get(row)).copied().unwrap_or(1.0);
        let of_class: Vec<f64> = match self {
            Self::None => return Ok(weights.map(<[f64]>::to_vec)),
            Self::Balanced | Self::BalancedSubsample => {
                let mut sums = vec![0.0; n_classes];
                for (row, &code) in classes.codes.iter().enumerate() {
                    if let Some(sum) = sums.get_mut(code) {
                        *sum += weight(row);
                    }
                }
                let total: f64 = sums.iter().sum();
                sums.iter().map(|sum| if *sum > 0.0 { total / (n_classes as f64 * sum) } else { 0.0 }).collect()
            }
            Self::ByLabel(given) => {
                if let Some((label, _)) = given.iter().find(|(label, _)| !classes.known.contains(label)) {
                    let known: Vec<&str> = classes.known.iter().map(String::as_str).collect();
                    return Err(Error::not_one_of(what, label, &known));
                }
                let of_label = |label: &String| given.iter().find(|(other, _)| other == label).map_or(1.0, |(_, w)| *w);
                classes.labels.iter().map(of_label).collect()
            }
        };
        let rows = classes.codes.iter().enumerate();
        let all: Vec<f64> = rows.map(|(row, &code)| weight(row) * of_class.get(code).copied().unwrap_or(1.0)).collect();
        if all.iter().sum::<f64>() > 0.0 {
            return Ok(Some(all));
        }
        Err(Error::InvalidValue {
            what: what.to_string(),
            value: self.to_string(),
            allowed: "weights by which at least one row counts".to_string(),
        })
    }
}

impl fmt::Display for ClassWeight {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => formatter.write_str("none"),
            Self::Balanced => formatter.write_str("balanced"),
            Self::BalancedSubsample => formatter.write_str("balanced_subsample"),
            Self::ByLabel(weights) => {
                let entries = weights.iter().map(|(label, weight)| (label.clone(), serde_json::Value::from(*weight)));
                write!(formatter, "{}", serde_json::Value::Object(entries.collect()))
            }
        }
    }
}

impl FromStr for ClassWeight {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "none" => return Ok(Self::None),
            "balanced" => return Ok(Self::Balanced),
            "balanced_subsample" => return Ok(Self::BalancedSubsample),
            _ => {}
        }
        let object: Option<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(text).ok();
        let weights = object.and_then(|object| {
            let entries = object.into_iter().map(|(label, weight)| weight.as_f64().map(|weight| (label, weight)));
            entries.collect::<Option<Vec<(String, f64)>>>()
        });
        weights.map(Self::ByLabel).ok_or_else(|| Error::InvalidValue {
            what: "class_weight".to_string(),
            value: format!("{text:?}"),
            allowed: "\"none\", \"balanced\", or a weight for each label, such as {\"yes\": 2.0}".to_string(),
        })
    }
}

text_setting!(ClassWeight);

impl From<ClassWeight> for ParamValue {
    fn from(class_weight: ClassWeight) -> Self {
        Self::Text(class_weight.to_string())
    }
}
