//! Linear regression.

use serde::{Deserialize, Serialize};

use super::SharedFits;
use super::least_squares::{self, LinearModel, Settings};
use super::settings::{estimator, setters};
use crate::data::{Dataset, Fold};
use crate::error::Result;

const NAME: &str = "linear";

/// Linear regression: the plane with the least squared errors.
///
/// It makes `Σ_i s_i (y_i − w·x_i − b)²` as small as can be, with the rows' weights `s`, which are 1 unless the dataset has
/// [some](Dataset::with_weights). Where several planes are as good, as with columns that follow from others or with more features than rows, it
/// is the one with the least `Σ w²`.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `fit_intercept` | true | | whether `b` is fitted, or 0 |
///
/// Features: shape `(n_samples, n_features)`, finite numbers. A constant one has the coefficient 0. A column that others tell to a millionth of
/// its spread counts as following from them.
///
/// **Shared in a search:** sums of products are taken of each fold once, and those of the training rows are the total less the fold's; scores that
/// need but squared errors come from these sums as well, without predictions.
///
/// # Errors
/// [`Error::UnusableValue`](crate::Error::UnusableValue) for a missing or infinite feature, [`Error::NotNumeric`](crate::Error::NotNumeric),
/// [`Error::NotNumbers`](crate::Error::NotNumbers) for a target of classes, [`Error::OutOfDomain`](crate::Error::OutOfDomain)
/// for a value whose square is infinite,
/// [`Error::Interrupted`](crate::Error::Interrupted).
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, Target, diabetes};
/// use workbench::models::LinearRegression;
///
/// let data = Dataset::from_frame(&diabetes()?, "progression")?;
/// let model = LinearRegression::new().fit(&data)?;
/// assert_eq!(model.coef().len(), data.n_features());
///
/// let classes = Dataset::new(data.features().head(Some(2)), Target::from_labels(&["a", "b"]), "t")?;
/// let refused = LinearRegression::new().fit(&classes).unwrap_err();
/// assert_eq!(refused.to_string(), "linear needs a target of numbers, but `t` holds classes");
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinearRegression {
    pub(super) fit_intercept: bool,
}

impl Default for LinearRegression {
    fn default() -> Self {
        Self { fit_intercept: true }
    }
}

impl LinearRegression {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets whether an intercept is fitted.
        fit_intercept: bool,
    }

    /// Learns from `data`.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<LinearModel> {
        least_squares::fit(&Settings::Linear(self.clone()), data)
    }

    fn check(&self) -> Result<()> {
        Ok(())
    }
}

estimator!(LinearRegression, NAME, [fit_intercept] {
    fn share(&self, data: &Dataset, folds: &[Fold]) -> Result<Option<Box<dyn SharedFits>>> {
        least_squares::share(&Settings::Linear(self.clone()), data, folds)
    }
});
