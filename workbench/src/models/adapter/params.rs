//! The settings of an estimator from outside.

use crate::error::Result;
use crate::models::settings;
use crate::preprocess::{ParamValue, invalid_parameter, unknown_parameter};

/// What a closure returns: `?` in it takes any error.
pub type FitResult<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The settings of an estimator from outside, by name; each has the kind of its default value.
///
/// # Examples
///
/// ```
/// use workbench::models::Params;
///
/// let params = Params::new("tree").with("max_depth", 3).with("criterion", "gini");
/// assert_eq!((params.count("max_depth")?, params.text("criterion")?.as_str()), (3, "gini"));
///
/// let misspelt = params.count("depth").unwrap_err();
/// assert_eq!(misspelt.to_string(), "unknown parameter \"depth\" of tree; it has: max_depth, criterion");
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Params {
    owner: &'static str,
    values: Vec<(String, ParamValue)>,
}

impl Params {
    /// No settings of the estimator `owner`.
    pub fn new(owner: &'static str) -> Self {
        Self { owner, values: Vec::new() }
    }

    /// The same with the setting `name`, or with another value of it.
    pub fn with(mut self, name: &str, value: impl Into<ParamValue>) -> Self {
        let value = value.into();
        match self.values.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.values.push((name.to_string(), value)),
        }
        self
    }

    /// The value of the setting `name`.
    ///
    /// # Errors
    /// [`Error::UnknownParameter`](crate::Error::UnknownParameter) lists the names there are.
    pub fn value(&self, name: &str) -> Result<ParamValue> {
        let found = self.values.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).ok_or_else(|| self.unknown(name))
    }

    /// The setting `name` as a real number.
    ///
    /// # Errors
    /// Those of [`value`](Self::value); [`Error::InvalidValue`](crate::Error::InvalidValue) for one of another kind.
    pub fn real(&self, name: &str) -> Result<f64> {
        settings::real(&self.path(name), &self.value(name)?)
    }

    /// The setting `name` as a count.
    ///
    /// # Errors
    /// Those of [`real`](Self::real).
    pub fn count(&self, name: &str) -> Result<usize> {
        settings::count(&self.path(name), &self.value(name)?)
    }

    /// The setting `name` as true or false.
    ///
    /// # Errors
    /// Those of [`real`](Self::real).
    pub fn flag(&self, name: &str) -> Result<bool> {
        settings::flag(&self.path(name), &self.value(name)?)
    }

    /// The setting `name` as text.
    ///
    /// # Errors
    /// Those of [`real`](Self::real).
    pub fn text(&self, name: &str) -> Result<String> {
        settings::text(&self.path(name), &self.value(name)?).map(str::to_string)
    }

    pub(super) fn all(&self) -> Vec<(String, ParamValue)> {
        self.values.clone()
    }

    /// Changes a setting to a value of the same kind.
    pub(super) fn set(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        let what = self.path(name);
        let Some((_, known)) = self.values.iter_mut().find(|(known, _)| known == name) else {
            return Err(self.unknown(name));
        };
        *known = match (&*known, value) {
            (ParamValue::Float(_), ParamValue::Int(number)) => ParamValue::Float(*number as f64),
            (ParamValue::Bool(_), ParamValue::Bool(_))
            | (ParamValue::Int(_), ParamValue::Int(_))
            | (ParamValue::Float(_), ParamValue::Float(_))
            | (ParamValue::Text(_), ParamValue::Text(_)) => value.clone(),
            (ParamValue::Bool(_), _) => return Err(invalid_parameter(&what, value, "true or false")),
            (ParamValue::Int(_), _) => return Err(invalid_parameter(&what, value, "a whole number")),
            (ParamValue::Float(_), _) => return Err(invalid_parameter(&what, value, "a number")),
            (ParamValue::Text(_), _) => return Err(invalid_parameter(&what, value, "a name in quotes")),
        };
        Ok(())
    }

    fn path(&self, name: &str) -> String {
        format!("{}.{name}", self.owner)
    }

    fn unknown(&self, name: &str) -> crate::Error {
        let known: Vec<&str> = self.values.iter().map(|(known, _)| known.as_str()).collect();
        unknown_parameter(self.owner, name, if known.is_empty() { &["none"] } else { &known })
    }
}
