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

/// Whether `error` says that there are no decisions, be it at the end of a pipeline.
fn is_without_decisions(error: &Error) -> bool {
    match error {
        Error::NoDecisions { .. } => true,
        Error::Step { source, .. } => is_without_decisions(source),
        _ => false,
    }
}
