//! Ridge regression.

use serde::{Deserialize, Serialize};

use super::SharedFits;
use super::least_squares::{self, LinearModel, Objective, Settings};
use super::settings::{self, estimator, setters};
use crate::data::{Dataset, Fold};
use crate::error::Result;

const NAME: &str = "ridge";

/// Ridge regression: linear regression whose coefficients are kept small by the sum of their squares.
///
/// It makes `Σ_i s_i (y_i − w·x_i − b)² + alpha · Σ w²` as small as can be, with the rows' weights `s`, which are 1 unless the dataset has
/// [some](Dataset::with_weights). The intercept is not penalised. With `alpha` 0 it is [`LinearRegression`](super::LinearRegression).
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `alpha` | 1.0 | ≥ 0 | how much the penalty counts; great values shrink more |
/// | `fit_intercept` | true | | whether `b` is fitted, or 0 |
///
/// Features: shape `(n_samples, n_features)`, finite numbers. A constant one has the coefficient 0. Scale them first where they differ
/// much in magnitude, since the penalty treats all alike.
///
/// **Shared in a search:** sums of products are taken of each fold once, and those of the training rows are the total less the fold's. They are
/// brought to three diagonals once, and every `alpha` is then solved in no time (reference 2). With more features than rows it is the products of
/// rows instead. Scores that need but squared errors come from the sums as well, without predictions.
///
/// # Errors
/// [`Error::UnusableValue`](crate::Error::UnusableValue) for a missing or infinite feature, [`Error::NotNumeric`](crate::Error::NotNumeric),
/// [`Error::NotNumbers`](crate::Error::NotNumbers) for a target of classes, [`Error::InvalidValue`](crate::Error::InvalidValue)
/// for a setting out of range, [`Error::OutOfDomain`](crate::Error::OutOfDomain) for a value whose square is infinite,
/// [`Error::Interrupted`](crate::Error::Interrupted).
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, diabetes};
/// use workbench::models::Ridge;
/// use workbench::search::GridSearch;
///
/// let data = Dataset::from_frame(&diabetes()?, "progression")?;
/// let search = GridSearch::new(Ridge::new()).param("alpha", [0.001, 0.1, 10.0]).fit(&data)?;
/// assert_eq!(search.results().height(), 3);
///
/// let refused = Ridge::new().alpha(-1.0).fit(&data);
/// assert_eq!(refused.unwrap_err().to_string(), "ridge.alpha is -1.0, but it must be a finite number of at least 0");
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. A. E. Hoerl, R. W. Kennard, *Ridge Regression: Biased Estimation for Nonorthogonal Problems*, 1970, doi:10.1080/00401706.1970.10488634
/// 2. L. Eldén, *Algorithms for the regularization of ill-conditioned least squares problems*, 1977, doi:10.1007/BF01932285
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ridge {
    alpha: f64,
    pub(super) fit_intercept: bool,
}

impl Default for Ridge {
    fn default() -> Self {
        Self { alpha: 1.0, fit_intercept: true }
    }
}

impl Ridge {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets how much the penalty counts.
        alpha: f64,
        /// Sets whether an intercept is fitted.
        fit_intercept: bool,
    }

    /// Learns from `data`.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<LinearModel> {
        least_squares::fit(&Settings::Ridge(self.clone()), data)
    }

    fn check(&self) -> Result<()> {
        self.objective().map(|_| ())
    }

    pub(super) fn objective(&self) -> Result<Objective> {
        settings::not_negative("ridge.alpha", self.alpha)?;
        Ok(Objective::Ridge(self.alpha))
    }
}

estimator!(Ridge, NAME, [alpha, fit_intercept] {
    fn share(&self, data: &Dataset, folds: &[Fold]) -> Result<Option<Box<dyn SharedFits>>> {
        least_squares::share(&Settings::Ridge(self.clone()), data, folds)
    }
});
