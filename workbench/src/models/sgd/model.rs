//! What stochastic gradient descent learnt.

use std::any::Any;

use ndarray::{Array1, Array2};
use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use super::common::Common;
use super::descent::{Descent, Start};
use super::plane::Average;
use super::{LinearPlanes, NAME, SgdClassifier, SgdLoss};
use crate::data::Target;
use crate::error::{Error, Result};
use crate::models::Model;

/// How one epoch went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Its number, from 1.
    pub epoch: usize,
    /// The mean loss, each sample's taken just before it was learnt from.
    pub loss: f64,
    /// The same with the penalty, which is what decides on an end; with early stopping, that is the validation score, and this is its negative.
    pub objective: f64,
    /// The learning rate of its last sample.
    pub learning_rate: f64,
}

/// A fitted [`SgdClassifier`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SgdModel {
    planes: LinearPlanes,
    settings: SgdClassifier,
    /// The epochs of each plane.
    epochs: Vec<Vec<Epoch>>,
    converged: bool,
    #[serde(default)]
    interrupted: bool,
    /// Where each plane stands, to go on from there.
    #[serde(default)]
    standing: Vec<Standing>,
}

/// A plane as it stands after its last step, which its average may differ from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Standing {
    weights: Vec<f64>,
    intercept: f64,
    average: Option<(Vec<f64>, f64)>,
    n_steps: u64,
    n_epochs: u64,
}

impl Standing {
    /// Where `descent` has ended, after `n_epochs_before` epochs of earlier ones.
    pub(super) fn new(descent: &Descent) -> Self {
        Self {
            weights: descent.weights.clone(),
            intercept: descent.intercept,
            average: descent.average.as_ref().map(|average| (average.weights.clone(), average.intercept)),
            n_steps: descent.n_steps,
            n_epochs: descent.n_epochs_before + descent.epochs.len() as u64,
        }
    }

    pub(super) fn n_steps(&self) -> u64 {
        self.n_steps
    }

    /// One epoch from here.
    pub(super) fn start(&self, common: &Common) -> Start {
        let given = self.average.clone().map(|(weights, intercept)| Average { weights, intercept });
        let none = || Average { weights: vec![0.0; self.weights.len()], intercept: 0.0 };
        Start {
            weights: self.weights.clone(),
            intercept: self.intercept,
            average: (common.average > 0).then(|| given.unwrap_or_else(none)),
            n_steps: self.n_steps,
            n_epochs_before: self.n_epochs,
            n_epochs: 1,
        }
    }

    /// The plane that counts: the average where it has begun.
    pub(super) fn plane(&self, common: &Common) -> (Vec<f64>, f64) {
        match &self.average {
            Some(average) if common.average as u64 <= self.n_steps => average.clone(),
            _ => (self.weights.clone(), self.intercept),
        }
    }
}

impl SgdModel {
    pub(super) fn new(
        descents: Vec<Descent>,
        classes: Vec<String>,
        feature_names: Vec<String>,
        settings: SgdClassifier,
    ) -> Self {
        let converged = descents.iter().all(|descent| descent.converged);
        let interrupted = descents.iter().any(|descent| descent.interrupted);
        let standing: Vec<Standing> = descents.iter().map(Standing::new).collect();
        let (coefficients, intercepts) = standing.iter().map(|standing| standing.plane(&settings.common)).unzip();
        let epochs = descents.into_iter().map(|descent| descent.epochs).collect();
        let planes = LinearPlanes { coefficients, intercepts, classes, feature_names };
        Self { planes, settings, epochs, converged, interrupted, standing }
    }

    /// How many samples were learnt from, each as often as it was; those of earlier [partial fits](SgdClassifier::partial_fit) included.
    pub fn n_steps(&self) -> u64 {
        self.standing.iter().map(Standing::n_steps).max().unwrap_or(0)
    }

    /// An epoch for each plane from where it stands.
    pub(super) fn starts(&self, common: &Common) -> Vec<Start> {
        self.standing.iter().map(|standing| standing.start(common)).collect()
    }

    /// The coefficients, shape `(1, n_features)` with two classes and `(n_classes, n_features)` with more.
    pub fn coef(&self) -> Array2<f64> {
        self.planes.coef()
    }

    /// The intercepts: one with two classes, and `n_classes` with more.
    pub fn intercept(&self) -> Array1<f64> {
        self.planes.intercept()
    }

    /// The coefficients as a table: a row for each feature, the last for the intercept.
    pub fn coefficients(&self) -> DataFrame {
        self.planes.table()
    }

    /// The classes in order; with two of them, positive coefficients speak for the second.
    pub fn classes(&self) -> Vec<String> {
        self.planes.classes.clone()
    }

    /// The columns that the model was fitted on.
    pub fn feature_names(&self) -> Vec<String> {
        self.planes.feature_names.clone()
    }

    /// The settings that it was fitted with.
    pub fn settings(&self) -> SgdClassifier {
        self.settings.clone()
    }

    /// How many epochs the longest of the planes took.
    pub fn n_iter(&self) -> usize {
        self.epochs.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// Whether training ended by itself; where it did not, [`warning`](Self::warning) says what to do.
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// Whether training was interrupted: then the model is what it had come to.
    pub fn interrupted(&self) -> bool {
        self.interrupted
    }

    /// What is wrong with the fit, or nothing.
    pub fn warning(&self) -> Option<String> {
        let n_iter = self.n_iter();
        if self.interrupted {
            return Some(format!("{NAME}: interrupted after {n_iter} epochs; the model is what they came to"));
        }
        (!self.converged).then(|| format!("{NAME}: still getting better after {n_iter} epochs; make max_iter greater"))
    }

    /// One row for each epoch: `epoch`, `loss`, `objective`, `learning_rate` (see [`Epoch`]).
    ///
    /// With more than two classes there is a column `class` before them, and the epochs of the classes stand below each other.
    pub fn history(&self) -> DataFrame {
        let epochs: Vec<&Epoch> = self.epochs.iter().flatten().collect();
        let mut columns = Vec::new();
        if self.epochs.len() > 1 {
            let classes = self.planes.classes.iter().zip(&self.epochs);
            let classes: Vec<&str> =
                classes.flat_map(|(class, epochs)| epochs.iter().map(|_| class.as_str())).collect();
            columns.push(Column::new("class".into(), classes));
        }
        columns.extend(epoch_columns(&epochs));
        DataFrame::new(epochs.len(), columns).unwrap_or_default()
    }

    /// `x·w + b`, shape `(n_samples, 1)` with two classes and `(n_samples, n_classes)` with more.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict).
    pub fn decision_function(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.planes.decision_function(NAME, features)
    }

    /// The class on whose side each row lies.
    ///
    /// # Errors
    /// [`Error::FeaturesDiffer`] where the columns are not those of the fit (their order does not matter),
    /// [`Error::UnusableValue`], [`Error::NotNumeric`].
    pub fn predict(&self, features: &DataFrame) -> Result<Target> {
        Ok(self.planes.classify(&self.decision_function(features)?))
    }

    /// The probability of each class, shape `(n_samples, n_classes)`; with more than two, each class's own is divided by
    /// the sum of all. For `"modified_huber"` it is `(clip(f, -1, 1) + 1) / 2`.
    ///
    /// # Errors
    /// [`Error::NoProbabilities`] for other losses than `"log_loss"` and `"modified_huber"`; those of [`predict`](Self::predict).
    pub fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        let probability: fn(f64) -> f64 = match self.settings.loss {
            SgdLoss::LogLoss => |decision| (1.0 + (-decision).exp()).recip(),
            SgdLoss::ModifiedHuber => |decision| (decision.clamp(-1.0, 1.0) + 1.0) / 2.0,
            SgdLoss::Hinge => {
                return Err(Error::NoProbabilities {
                    model: NAME,
                    reason: "with the loss \"hinge\"; use \"log_loss\"",
                });
            }
            SgdLoss::SquaredHinge | SgdLoss::Perceptron => {
                return Err(Error::NoProbabilities { model: NAME, reason: "with this loss; use \"log_loss\"" });
            }
        };
        let own = self.decision_function(features)?.mapv(probability);
        if own.ncols() == 1 {
            let second = own.column(0);
            let classes = |(row, class): (usize, usize)| {
                let second = second.get(row).copied().unwrap_or_default();
                if class == 1 { second } else { 1.0 - second }
            };
            return Ok(Array2::from_shape_fn((second.len(), 2), classes));
        }
        let mut probabilities = own;
        for mut row in probabilities.rows_mut() {
            let (sum, n_classes) = (row.sum(), row.len() as f64);
            // Far from all classes, each is as likely as the others.
            if sum > 0.0 { row /= sum } else { row.fill(n_classes.recip()) }
        }
        Ok(probabilities)
    }
}

/// `epoch`, `loss`, `objective` and `learning_rate` of each.
pub(super) fn epoch_columns(epochs: &[&Epoch]) -> Vec<Column> {
    let column = |name: &str, value: fn(&Epoch) -> f64| {
        Column::new(name.into(), epochs.iter().map(|epoch| value(epoch)).collect::<Vec<f64>>())
    };
    vec![
        Column::new("epoch".into(), epochs.iter().map(|epoch| epoch.epoch as u64).collect::<Vec<_>>()),
        column("loss", |epoch| epoch.loss),
        column("objective", |epoch| epoch.objective),
        column("learning_rate", |epoch| epoch.learning_rate),
    ]
}

impl Model for SgdModel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn predict(&self, features: &DataFrame) -> Result<Target> {
        self.predict(features)
    }

    fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.predict_proba(features)
    }

    fn coefficients(&self) -> Option<DataFrame> {
        Some(self.coefficients())
    }

    fn decision_function(&self, features: &DataFrame) -> Result<Array2<f64>> {
        self.decision_function(features)
    }

    fn classes(&self) -> Option<Vec<String>> {
        Some(self.classes())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
