//! The lasso.

use serde::{Deserialize, Serialize};

use super::SharedFits;
use super::least_squares::{self, LinearModel, NetPenalty, Objective, Settings};
use super::settings::{self, estimator, setters};
use crate::data::{Dataset, Fold};
use crate::error::Result;

const NAME: &str = "lasso";

/// The lasso: linear regression whose coefficients are kept small by the sum of their magnitudes, which sets many to exactly 0.
///
/// It makes `1/(2 Σ s) · Σ_i s_i (y_i − w·x_i − b)² + alpha · Σ |w|` as small as can be by coordinate descent, with the rows' weights `s`, which
/// are 1 unless the dataset has [some](Dataset::with_weights). The intercept is not penalised.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `alpha` | 1.0 | > 0 | how much the penalty counts; great values set more to 0. For none, use [`LinearRegression`](super::LinearRegression) |
/// | `fit_intercept` | true | | whether `b` is fitted, or 0 |
/// | `max_iter` | 1000 | ≥ 1 | how often the descent goes through the features at most |
/// | `positive` | false | | whether no coefficient may be below 0 |
/// | `tol` | 1e-4 | > 0 | how exact the fit is |
///
/// The fit ends when the duality gap of `½ Σ s (y − w·x − b)²` and its penalty is at most `tol · Σ s (y − ȳ)²` (`Σ s y²` without an intercept), and
/// no coefficient moves by more than `tol` of the greatest.
///
/// Features: shape `(n_samples, n_features)`, finite numbers. A constant one has the coefficient 0. Scale them first where they differ
/// much in magnitude, since the penalty treats all alike.
///
/// **Shared in a search:** all penalties are one path, begun with the greatest and each from where the last ended, in which only
/// features that may have a coefficient are worked on. Where there are rows enough, sums of products are taken of each fold once, those of the
/// training rows are the total less the fold's, and scores that need but squared errors come from them as well, without predictions.
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
/// use workbench::models::Lasso;
///
/// let data = Dataset::from_frame(&diabetes()?, "progression")?;
/// let model = Lasso::new().alpha(10.0).fit(&data)?;
/// assert!(model.converged());
/// assert!(model.coef().iter().any(|coefficient| *coefficient == 0.0));
///
/// let refused = Lasso::new().alpha(0.0).fit(&data);
/// assert_eq!(refused.unwrap_err().to_string(), "lasso.alpha is 0.0, but it must be a finite number greater than 0");
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. J. Friedman, T. Hastie, R. Tibshirani, *Regularization Paths for Generalized Linear Models via Coordinate Descent*, 2010,
///    doi:10.18637/jss.v033.i01
/// 2. R. Tibshirani et al., *Strong rules for discarding predictors in lasso-type problems*, 2012, doi:10.1111/j.1467-9868.2011.01004.x
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lasso {
    alpha: f64,
    pub(super) fit_intercept: bool,
    max_iter: usize,
    positive: bool,
    tol: f64,
}

impl Default for Lasso {
    fn default() -> Self {
        Self { alpha: 1.0, fit_intercept: true, max_iter: 1000, positive: false, tol: 1e-4 }
    }
}

impl Lasso {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets how much the penalty counts.
        alpha: f64,
        /// Sets whether an intercept is fitted.
        fit_intercept: bool,
        /// Sets how often the descent goes through the features at most.
        max_iter: usize,
        /// Sets whether no coefficient may be below 0.
        positive: bool,
        /// Sets how exact the fit is.
        tol: f64,
    }

    /// Learns from `data`.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<LinearModel> {
        least_squares::fit(&Settings::Lasso(self.clone()), data)
    }

    /// Penalties to search on `data`: `n_alphas` from the least that leaves no coefficient down to `ratio_min` of it, in equal steps of the
    /// logarithm. scikit-learn's `LassoCV` has 100 and a thousandth.
    ///
    /// # Errors
    /// Those of the fit; [`Error::InvalidValue`](crate::Error::InvalidValue) for a number out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::data::{Dataset, diabetes};
    /// use workbench::models::Lasso;
    /// use workbench::search::GridSearch;
    ///
    /// let data = Dataset::from_frame(&diabetes()?, "progression")?;
    /// let alphas = Lasso::new().alphas(&data, 20, 1e-3)?;
    /// assert!(Lasso::new().alpha(alphas[0]).fit(&data)?.coef().iter().all(|coefficient| *coefficient == 0.0));
    /// let search = GridSearch::new(Lasso::new()).param("alpha", alphas).fit(&data)?;
    /// assert!(search.best_score() > 0.4);
    ///
    /// assert!(Lasso::new().alphas(&data, 0, 1e-3).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    pub fn alphas(&self, data: &Dataset, n_alphas: usize, ratio_min: f64) -> Result<Vec<f64>> {
        settings::at_least_one("lasso.n_alphas", n_alphas)?;
        settings::positive("lasso.ratio_min", ratio_min)?;
        least_squares::alphas(&Settings::Lasso(self.clone()), 1.0, data, n_alphas, ratio_min)
    }

    fn check(&self) -> Result<()> {
        self.objective().map(|_| ())
    }

    pub(super) fn objective(&self) -> Result<Objective> {
        settings::positive("lasso.alpha", self.alpha)?;
        settings::positive("lasso.tol", self.tol)?;
        settings::at_least_one("lasso.max_iter", self.max_iter)?;
        let Self { alpha, max_iter, positive, tol, .. } = *self;
        Ok(Objective::Net(NetPenalty { alpha, l1_ratio: 1.0, positive, tol, max_iter }))
    }
}

estimator!(Lasso, NAME, [alpha, fit_intercept, max_iter, positive, tol] {
    fn share(&self, data: &Dataset, folds: &[Fold]) -> Result<Option<Box<dyn SharedFits>>> {
        least_squares::share(&Settings::Lasso(self.clone()), data, folds)
    }
});
