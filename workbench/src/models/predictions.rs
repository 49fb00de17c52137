//! All that a model tells of some rows, as metrics ask for it.

use ndarray::Array2;
use polars::prelude::DataFrame;

use super::Model;
use crate::data::Target;
use crate::error::{Error, Result};

/// What metrics ask of a model beside its predictions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Probabilities, as the log loss needs them.
    pub probabilities: bool,
    /// Decisions, or probabilities where there are none, as a ROC curve needs them.
    pub decisions: bool,
}

impl Wanted {
    /// What either of both asks for.
    pub fn and(self, other: Self) -> Self {
        Self { probabilities: self.probabilities || other.probabilities, decisions: self.decisions || other.decisions }
    }
}

/// What a model tells of some rows.
#[derive(Clone, Debug)]
pub struct Predictions {
    /// The prediction for each row.
    pub target: Target,
    /// The classes in the order of the columns below; none for a regression.
    pub classes: Vec<String>,
    /// Shape `(n_samples, n_classes)`, if wanted.
    pub probabilities: Option<Array2<f64>>,
    /// Shape `(n_samples, 1)` for two classes, `(n_samples, n_classes)` for more, if wanted and the model has some.
    pub decisions: Option<Array2<f64>>,
}

impl Predictions {
    /// Predictions alone.
    pub fn from_target(target: Target) -> Self {
        let classes = match &target {
            Target::Classes { labels, .. } => labels.clone(),
            Target::Values(_) => Vec::new(),
        };
        Self { target, classes, probabilities: None, decisions: None }
    }

    /// The predictions that these probabilities of `classes` make, shape `(n_samples, n_classes)`: the class with the greatest, the first of
    /// equal ones.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for another number of classes than of columns, or none.
    pub fn from_probabilities(classes: &[&str], probabilities: Array2<f64>) -> Result<Self> {
        let target = greatest(classes, &probabilities, probabilities.ncols())?;
        let classes = classes.iter().map(|class| class.to_string()).collect();
        Ok(Self { target, classes, probabilities: Some(probabilities), decisions: None })
    }

    /// The predictions that these decisions for `classes` make, shape `(n_samples, 1)` for two classes and `(n_samples, n_classes)` for more.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for another number of classes than the shape says, or none.
    pub fn from_decisions(classes: &[&str], decisions: Array2<f64>) -> Result<Self> {
        let n_classes = if decisions.ncols() == 1 { 2 } else { decisions.ncols() };
        let target = greatest(classes, &decisions, n_classes)?;
        let classes = classes.iter().map(|class| class.to_string()).collect();
        Ok(Self { target, classes, probabilities: None, decisions: Some(decisions) })
    }

    /// What `model` tells of the rows of `features`.
    ///
    /// # Errors
    /// Those of the model; [`Error::NoProbabilities`] where some are wanted of a model that has none.
    pub fn of(model: &dyn Model, features: &DataFrame, wanted: Wanted) -> Result<Self> {
        let decisions = if wanted.decisions {
            match model.decision_function(features) {
                Ok(decisions) => Some(decisions),
                Err(error) if is_without_decisions(&error) => None,
                Err(error) => return Err(error),
            }
        } else {
            None
        };
        let needs_probabilities = wanted.probabilities || wanted.decisions && decisions.is_none();
        let probabilities = if needs_probabilities { Some(model.predict_proba(features)?) } else { None };
        let classes = model.classes().unwrap_or_default();
        Ok(Self { target: model.predict(features)?, classes, probabilities, decisions })
    }
}

/// The class with the greatest score in each row; one column speaks for the second of two.
fn greatest(classes: &[&str], scores: &Array2<f64>, n_classes: usize) -> Result<Target> {
    if classes.len() != n_classes || classes.is_empty() {
        return Err(Error::InvalidValue {
            what: "the number of classes".to_string(),
            value: classes.len().to_string(),
            allowed: format!("at least 1, and that of the scores, which is {n_classes}"),
        });
    }
    let code = |row: ndarray::ArrayView1<'_, f64>| match row.first() {
        Some(score) if row.len() == 1 && n_classes == 2 => u32::from(*score > 0.0),
        _ => {
            let best =
                |best: (u32, f64), (code, &score): (u32, &f64)| if score > best.1 { (code, score) } else { best };
            (0..).zip(row).fold((0, f64::NEG_INFINITY), best).0
        }
    };
    let codes = scores.rows().into_iter().map(code).collect();
    Ok(Target::Classes { codes, labels: classes.iter().map(|class| class.to_string()).collect() })
}

/// Whether `error` says that there are no decisions, be it at the end of a pipeline.
fn is_without_decisions(error: &Error) -> bool {
    match error {
        Error::NoDecisions { .. } => true,
        Error::Step { source, .. } => is_without_decisions(source),
        _ => false,
    }
}
