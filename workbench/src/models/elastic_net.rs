//! The elastic net.

use serde::{Deserialize, Serialize};

use super::SharedFits;
use super::least_squares::{self, LinearModel, NetPenalty, Objective, Settings};
use super::settings::{self, estimator, setters};
use crate::data::{Dataset, Fold};
use crate::error::Result;

const NAME: &str = "elastic_net";

/// The elastic net: linear regression with the penalties of both lasso and ridge.
///
/// It makes `1/(2 Σ s) · Σ_i s_i (y_i − w·x_i − b)² + alpha · (l1_ratio · Σ |w| + ½ (1 − l1_ratio) · Σ w²)` as small as can be by coordinate
/// descent, with the rows' weights `s`, which are 1 unless the dataset has [some](Dataset::with_weights). The intercept is not penalised.
///
/// | parameter | default | range | meaning |
/// |---|---|---|---|
/// | `alpha` | 1.0 | > 0 | how much both penalties count |
/// | `fit_intercept` | true | | whether `b` is fitted, or 0 |
/// | `l1_ratio` | 0.5 | 0 to 1 | which part of the penalty is L1: 1 is the lasso |
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
/// use workbench::models::ElasticNet;
///
/// let data = Dataset::from_frame(&diabetes()?, "progression")?;
/// let model = ElasticNet::new().alpha(0.1).l1_ratio(0.9).fit(&data)?;
/// assert!(model.dual_gap() < 1.0);
///
/// let refused = ElasticNet::new().l1_ratio(1.5).fit(&data);
/// assert_eq!(refused.unwrap_err().to_string(), "elastic_net.l1_ratio is 1.5, but it must be from 0 to 1");
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. J. Friedman, T. Hastie, R. Tibshirani, *Regularization Paths for Generalized Linear Models via Coordinate Descent*, 2010,
///    doi:10.18637/jss.v033.i01
/// 2. R. Tibshirani et al., *Strong rules for discarding predictors in lasso-type problems*, 2012, doi:10.1111/j.1467-9868.2011.01004.x
/// 3. H. Zou, T. Hastie, *Regularization and variable selection via the elastic net*, 2005, doi:10.1111/j.1467-9868.2005.00503.x
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ElasticNet {
    alpha: f64,
    pub(super) fit_intercept: bool,
    l1_ratio: f64,
    max_iter: usize,
    positive: bool,
    tol: f64,
}

impl Default for ElasticNet {
    fn default() -> Self {
        Self { alpha: 1.0, fit_intercept: true, l1_ratio: 0.5, max_iter: 1000, positive: false, tol: 1e-4 }
    }
}

impl ElasticNet {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets how much the penalty counts.
        alpha: f64,
        /// Sets whether an intercept is fitted.
        fit_intercept: bool,
        /// Sets which part of the penalty is L1.
        l1_ratio: f64,
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
        least_squares::fit(&Settings::ElasticNet(self.clone()), data)
    }

    /// Penalties to search on `data`: `n_alphas` from the least that leaves no coefficient down to `ratio_min` of it, in equal steps of the
    /// logarithm. scikit-learn's `ElasticNetCV` has 100 and a thousandth.
    ///
    /// # Errors
    /// Those of the fit; [`Error::InvalidValue`](crate::Error::InvalidValue) for a number out of range, such as an `l1_ratio` of 0, which no `alpha` makes sparse.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::data::{Dataset, diabetes};
    /// use workbench::models::ElasticNet;
    /// use workbench::search::GridSearch;
    ///
    /// let data = Dataset::from_frame(&diabetes()?, "progression")?;
    /// let alphas = ElasticNet::new().alphas(&data, 20, 1e-3)?;
    /// assert!(ElasticNet::new().alpha(alphas[0]).fit(&data)?.coef().iter().all(|coefficient| *coefficient == 0.0));
    /// let search = GridSearch::new(ElasticNet::new()).param("alpha", alphas).fit(&data)?;
    /// assert!(search.best_score() > 0.4);
    ///
    /// assert!(ElasticNet::new().alphas(&data, 0, 1e-3).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    pub fn alphas(&self, data: &Dataset, n_alphas: usize, ratio_min: f64) -> Result<Vec<f64>> {
        settings::at_least_one("elastic_net.n_alphas", n_alphas)?;
        settings::positive("elastic_net.ratio_min", ratio_min)?;
        settings::positive("elastic_net.l1_ratio", self.l1_ratio)?;
        least_squares::alphas(&Settings::ElasticNet(self.clone()), self.l1_ratio, data, n_alphas, ratio_min)
    }

    fn check(&self) -> Result<()> {
        self.objective().map(|_| ())
    }

    pub(super) fn objective(&self) -> Result<Objective> {
        settings::positive("elastic_net.alpha", self.alpha)?;
        settings::fraction("elastic_net.l1_ratio", self.l1_ratio)?;
        settings::positive("elastic_net.tol", self.tol)?;
        settings::at_least_one("elastic_net.max_iter", self.max_iter)?;
        let Self { alpha, l1_ratio, max_iter, positive, tol, .. } = *self;
        Ok(Objective::Net(NetPenalty { alpha, l1_ratio, positive, tol, max_iter }))
    }
}

estimator!(ElasticNet, NAME, [alpha, fit_intercept, l1_ratio, max_iter, positive, tol] {
    fn share(&self, data: &Dataset, folds: &[Fold]) -> Result<Option<Box<dyn SharedFits>>> {
        least_squares::share(&Settings::ElasticNet(self.clone()), data, folds)
    }
});
