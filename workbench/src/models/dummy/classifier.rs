//! The baseline that any classifier has to beat.

use std::any::Any;

use ndarray::Array2;
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::super::Model;
use super::super::classes::Classes;
use super::super::linear::position_of_max;
use super::super::settings::{estimator, setters};
use crate::data::{Dataset, Target};
use crate::error::{Error, Result};
use crate::preprocess::named_setting;
use crate::train::random;

const NAME: &str = "dummy";

/// What a [`DummyClassifier`] tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassifierStrategy {
    /// `"prior"`: the most frequent class, with the classes' frequencies as probabilities.
    #[default]
    Prior,
    /// `"most_frequent"`: the most frequent class, as a certainty.
    MostFrequent,
    /// `"stratified"`: a class drawn for each row, as often as it occurs.
    Stratified,
    /// `"uniform"`: a class drawn for each row, all alike.
    Uniform,
    /// `"constant"`: the class that the setting `constant` names.
    Constant,
}

named_setting!(ClassifierStrategy, [
    "prior" => ClassifierStrategy::Prior,
    "most_frequent" => ClassifierStrategy::MostFrequent,
    "stratified" => ClassifierStrategy::Stratified,
    "uniform" => ClassifierStrategy::Uniform,
    "constant" => ClassifierStrategy::Constant,
]);

/// Tells classes without looking at the features.
///
/// By default `prediction(x) = argmax_c Σ_i w_i [y_i = c]`, the first class in order where several are as frequent. It takes any features, missing values
/// included.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `strategy` | `"prior"` | `"prior"`, `"most_frequent"`, `"stratified"`, `"uniform"`, `"constant"` | see [`ClassifierStrategy`] |
/// | `constant` | `""` | a class of the training rows | what `"constant"` tells |
/// | `seed` | 0 | | decides what is drawn; the same for each call |
///
/// Names and strategies are those of scikit-learn's `DummyClassifier`. Weights of rows count.
///
/// # Errors
/// [`Error::NotClasses`] for a regression target; [`Error::InvalidValue`] for a constant that is no class.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, drop_missing, penguins};
/// use workbench::models::{ClassifierStrategy, DummyClassifier};
///
/// let data = Dataset::from_frame(&drop_missing(&penguins()?, &["sex"])?, "sex")?;
/// assert_eq!(DummyClassifier::new().fit(&data)?.class(), "male");
///
/// let unknown = DummyClassifier::new().strategy(ClassifierStrategy::Constant).constant("drake".to_string()).fit(&data);
/// assert!(unknown.unwrap_err().to_string().starts_with("dummy.constant is \"drake\", but it must be one of"));
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DummyClassifier {
    strategy: ClassifierStrategy,
    constant: String,
    seed: u64,
}

impl DummyClassifier {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets what is told.
        strategy: ClassifierStrategy,
        /// Sets the class that the strategy `"constant"` tells.
        constant: String,
        /// Sets what decides the draws.
        seed: u64,
    }

    /// Counts the classes.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<DummyModel> {
        let classes = Classes::of(data, NAME)?;
        let mut priors = vec![0.0; classes.labels.len()];
        for (row, &code) in classes.codes.iter().enumerate() {
            if let Some(sum) = priors.get_mut(code) {
                *sum += classes.weights.as_ref().and_then(|weights| weights.get(row)).copied().unwrap_or(1.0);
            }
        }
        let total: f64 = priors.iter().sum();
        priors.iter_mut().for_each(|prior| *prior /= total);
        let told = if self.strategy == ClassifierStrategy::Constant {
            classes.labels.iter().position(|label| *label == self.constant).ok_or_else(|| {
                let labels: Vec<&str> = classes.labels.iter().map(String::as_str).collect();
                Error::not_one_of("dummy.constant", &self.constant, &labels)
            })?
        } else {
            position_of_max(priors.iter().copied())
        };
        let Self { strategy, seed, .. } = *self;
        Ok(DummyModel { classes: classes.labels, priors, told, strategy, seed })
    }

    fn check(&self) -> Result<()> {
        Ok(())
    }
}

estimator!(DummyClassifier, NAME, [strategy, constant, seed]);

/// What [`DummyClassifier`] learnt: how frequent the classes are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DummyModel {
    classes: Vec<String>,
    /// One for each class; their sum is 1.
    priors: Vec<f64>,
    /// The class that all rows are told, where it is the same for all.
    told: usize,
    strategy: ClassifierStrategy,
    seed: u64,
}

impl DummyModel {
    /// The most frequent class, or the constant one.
    pub fn class(&self) -> &str {
        self.classes.get(self.told).map_or("", String::as_str)
    }

    /// How frequent each class is in the training rows.
    pub fn class_prior(&self) -> Vec<f64> {
        self.priors.clone()
    }

    fn codes(&self, n_rows: usize) -> Vec<u32> {
        let mut generator = random::stream(self.seed, 0);
        let n_classes = self.classes.len();
        let mut drawn = || match self.strategy {
            ClassifierStrategy::Uniform => random::below(n_classes as u64, &mut generator) as usize,
            ClassifierStrategy::Stratified => {
                let mut rest = random::below(1 << 53, &mut generator) as f64 / (1_u64 << 53) as f64;
                let reached = self.priors.iter().position(|prior| {
                    rest -= prior;
                    rest < 0.0
                });
                reached.unwrap_or(n_classes.saturating_sub(1))
            }
            _ => self.told,
        };
        (0..n_rows).map(|_| drawn() as u32).collect()
    }
}

impl Model for DummyModel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn predict(&self, features: &DataFrame) -> Result<Target> {
        Ok(Target::Classes { codes: self.codes(features.height()), labels: self.classes.clone() })
    }

    fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        let (n_rows, n_classes) = (features.height(), self.classes.len());
        Ok(match self.strategy {
            ClassifierStrategy::Prior => Array2::from_shape_fn((n_rows, n_classes), |(_, class)| {
                self.priors.get(class).copied().unwrap_or_default()
            }),
            ClassifierStrategy::Uniform => Array2::from_elem((n_rows, n_classes), 1.0 / n_classes as f64),
            _ => {
                let codes = self.codes(n_rows);
                Array2::from_shape_fn((n_rows, n_classes), |(row, class)| {
                    f64::from(u8::from(codes.get(row).is_some_and(|&code| code as usize == class)))
                })
            }
        })
    }

    fn classes(&self) -> Option<Vec<String>> {
        Some(self.classes.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
