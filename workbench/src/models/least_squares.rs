//! Least squares with and without penalties: what linear regression, ridge, lasso and elastic net share.
//!
//! `columns` reads the data, `moments` sums products over rows, of which `centred` makes those of one training set; `symmetric` solves linear
//! systems, `kernel` those of more features than rows, `descent` goes down a path of L1 penalties by what `products` tells it. `shared` does so
//! for all candidates and folds of a search.

mod centred;
mod columns;
mod descent;
mod kernel;
mod model;
mod moments;
mod products;
mod shared;
mod symmetric;

use self::centred::Centred;
use self::columns::Columns;
use self::descent::Path;
use self::kernel::Kernel;
use self::moments::Moments;
use self::products::{ColumnProducts, SummedProducts};
use self::symmetric::shifted_solutions;
use crate::data::Dataset;
use crate::error::{Error, Result};

pub(super) use self::descent::NetPenalty;
pub use self::model::LinearModel;
pub(super) use self::model::Settings;
pub(super) use self::shared::share;
pub(super) use self::symmetric::MinimumNorm;

/// Up to so many features a single fit sums all products of features; with more it takes only those that it needs.
const SUMMED_FEATURES: usize = 512;

/// What is to be made small.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Objective {
    /// The squared errors, and of all that are best the shortest.
    LeastSquares,
    /// The squared errors and so many times the squared coefficients.
    Ridge(f64),
    /// The lasso and the elastic net.
    Net(NetPenalty),
}

/// What a fit found.
#[derive(Clone, Debug)]
pub(super) struct Fit {
    coefficients: Vec<f64>,
    intercept: f64,
    dual_gap: f64,
    n_iter: usize,
    converged: bool,
}

impl Fit {
    /// A fit without steps.
    fn exact(coefficients: Vec<f64>, intercept: f64) -> Self {
        Self { coefficients, intercept, dual_gap: 0.0, n_iter: 0, converged: true }
    }
}

/// Fits `settings` on all rows of `data`.
pub(super) fn fit(settings: &Settings, data: &Dataset) -> Result<LinearModel> {
    let (objective, fit_intercept) = (settings.objective()?, settings.fit_intercept());
    let columns = Columns::new(settings.name(), data)?;
    let rows: Vec<usize> = (0..columns.n_samples()).collect();
    let fit = match objective {
        Objective::Net(penalty) if columns.n_features() > SUMMED_FEATURES => {
            Path::new(ColumnProducts::new(&columns, &rows, fit_intercept)?).next(&penalty)?
        }
        Objective::LeastSquares | Objective::Ridge(_) if columns.n_features() > columns.n_samples() => {
            first(Kernel::new(&columns)?.fit(&columns, &rows, fit_intercept, &[squared_penalty(&objective)])?)?
        }
        _ => {
            let moments = first(Moments::of_each(&columns, &[&rows])?)?;
            fit_summed(&objective, Centred::new(&columns, &moments, None, fit_intercept), &columns)?
        }
    };
    LinearModel::new(columns.feature_names(), settings.clone(), fit)
}

/// From the least penalty that leaves no coefficient down to `ratio_min` of it, `n_alphas` in equal steps of the logarithm.
pub(super) fn alphas(
    settings: &Settings,
    l1_ratio: f64,
    data: &Dataset,
    n_alphas: usize,
    ratio_min: f64,
) -> Result<Vec<f64>> {
    settings.objective()?;
    let columns = Columns::new(settings.name(), data)?;
    let mean = if settings.fit_intercept() { columns.target_mean() } else { 0.0 };
    let means = |index: usize| if settings.fit_intercept() { columns.shift(index) } else { 0.0 };
    let means: Vec<f64> = (0..columns.n_features()).map(means).collect();
    let slopes = columns.residual_slopes(&[], mean, means);
    let weight: f64 = (0..columns.n_samples()).map(|row| columns.weight(row)).sum();
    let greatest = slopes.iter().fold(0.0_f64, |most, slope| most.max(slope.abs())) / (weight * l1_ratio);
    let last = n_alphas.saturating_sub(1).max(1) as f64;
    Ok((0..n_alphas).map(|step| greatest * ratio_min.powf(step as f64 / last)).collect())
}

/// The fit on all rows, of which `sums` are.
fn fit_summed(objective: &Objective, sums: Centred<'_>, columns: &Columns) -> Result<Fit> {
    match objective {
        Objective::Net(penalty) => Path::new(SummedProducts::new(sums)).next(penalty),
        Objective::Ridge(alpha) if *alpha > 0.0 => first(fit_penalised(&sums, &[*alpha])?),
        Objective::Ridge(_) | Objective::LeastSquares => fit_refined(&sums, columns),
    }
}

fn first<T>(of_one: Vec<T>) -> Result<T> {
    of_one.into_iter().next().ok_or(Error::Interrupted)
}

/// The factor of the squared coefficients.
fn squared_penalty(objective: &Objective) -> f64 {
    if let Objective::Ridge(alpha) = objective { *alpha } else { 0.0 }
}

/// The fits with each of `penalties`, none of which is 0, on the sum of squared coefficients.
fn fit_penalised(sums: &Centred<'_>, penalties: &[f64]) -> Result<Vec<Fit>> {
    let solutions = shifted_solutions(sums.matrix(), &sums.slopes(), penalties)?;
    let fit = |coefficients: Vec<f64>| {
        let intercept = sums.intercept(&coefficients);
        Fit::exact(coefficients, intercept)
    };
    Ok(solutions.rows().into_iter().map(|row| fit(row.to_vec())).collect())
}

/// The fit without a penalty.
fn fit_unpenalised(sums: &Centred<'_>) -> Result<Fit> {
    let coefficients = MinimumNorm::new(sums.matrix())?.solve(&sums.slopes());
    let intercept = sums.intercept(&coefficients);
    Ok(Fit::exact(coefficients, intercept))
}

/// The same on all rows, with one look at the residuals: sums of products alone lose twice the digits.
fn fit_refined(sums: &Centred<'_>, columns: &Columns) -> Result<Fit> {
    let solver = MinimumNorm::new(sums.matrix())?;
    let mut coefficients = solver.solve(&sums.slopes());
    let slopes = columns.residual_slopes(&coefficients, sums.intercept(&coefficients), sums.means());
    coefficients.iter_mut().zip(solver.solve(&slopes)).for_each(|(w, step)| *w += step);
    let intercept = sums.intercept(&coefficients);
    Ok(Fit::exact(coefficients, intercept))
}
