//! The baseline that any classifier has to beat.

use std::any::Any;

use ndarray::Array2;
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::classes::Classes;
use super::{Estimator, Model};
use crate::data::{Dataset, Target};
use crate::error::Result;
use crate::preprocess::{ParamValue, unknown_parameter};

const NAME: &str = "dummy";

/// Tells the most frequent class of the training rows for every row.
///
/// `prediction(x) = argmax_c count(c)`, the first class in order where counts are equal. It has no settings, and takes any
/// features, missing values included.
///
/// # Errors
/// [`Error::NotClasses`](crate::Error::NotClasses) for a regression target.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, drop_missing, penguins};
/// use workbench::models::DummyClassifier;
///
/// let data = Dataset::from_frame(&drop_missing(&penguins()?, &["sex"])?, "sex")?;
/// assert_eq!(DummyClassifier::new().fit(&data)?.class(), "male");
///
/// let mass = Dataset::from_frame(&drop_missing(&penguins()?, &["bill_length_mm"])?, "bill_length_mm")?;
/// assert!(DummyClassifier::new().fit(&mass).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct DummyClassifier {}

impl DummyClassifier {
    /// The baseline.
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds the most frequent class.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<DummyModel> {
        let classes = Classes::of(data, NAME)?;
        let mut counts = vec![0_usize; classes.labels.len()];
        for &code in &classes.codes {
            if let Some(count) = counts.get_mut(code) {
                *count += 1;
            }
        }
        // The last maximum of the reversed order is the first one.
        let code = counts.iter().enumerate().rev().max_by_key(|(_, count)| **count).map_or(0, |(code, _)| code);
        Ok(DummyModel { classes: classes.labels, code: code as u32 })
    }
}

impl Estimator for DummyClassifier {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, data: &Dataset) -> Result<Box<dyn Model>> {
        Ok(Box::new(self.fit(data)?))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        Vec::new()
    }

    fn set_param(&mut self, name: &str, _value: &ParamValue) -> Result<()> {
        Err(unknown_parameter(NAME, name, &["none"]))
    }

    fn clone_box(&self) -> Box<dyn Estimator> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// What [`DummyClassifier`] learnt: one class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DummyModel {
    classes: Vec<String>,
    code: u32,
}

impl DummyModel {
    /// The class that is told for every row.
    pub fn class(&self) -> &str {
        self.classes.get(self.code as usize).map_or("", String::as_str)
    }
}

impl Model for DummyModel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn predict(&self, features: &DataFrame) -> Result<Target> {
        Ok(Target::Classes { codes: vec![self.code; features.height()], labels: self.classes.clone() })
    }

    fn predict_proba(&self, features: &DataFrame) -> Result<Array2<f64>> {
        let probability = |(_, class): (usize, usize)| f64::from(u8::from(class == self.code as usize));
        Ok(Array2::from_shape_fn((features.height(), self.classes.len()), probability))
    }

    fn classes(&self) -> Option<Vec<String>> {
        Some(self.classes.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
