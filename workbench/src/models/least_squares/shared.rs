//! What the fits of a search share: sums of products, factorisations and paths.

use std::sync::Arc;

use ndarray::ArrayView1;

use super::centred::Centred;
use super::columns::Columns;
use super::descent::Path;
use super::kernel::Kernel;
use super::model::{FoldErrors, Settings};
use super::moments::Moments;
use super::products::{ColumnProducts, Products, SummedProducts};
use super::{Fit, LinearModel, NetPenalty, Objective, fit_penalised, fit_summed, fit_unpenalised, squared_penalty};
use crate::data::{Dataset, Fold, Target};
use crate::error::{Error, Result};
use crate::models::{Estimator, Model, Part, Predictions, SharedFits, Wanted};

/// A path sums all products of features if these sums take no more than so many times the data's memory.
const SUMS_TO_DATA: usize = 2;
/// With no more features than this the sums are small.
const FEW_FEATURES: usize = 256;
/// A training set whose features keep less than this part of their squares when the validation rows are taken off is summed itself.
const KEPT: f64 = 1e-5;

/// What fits of estimators such as the one with `settings` share.
pub(in crate::models) fn share(
    settings: &Settings,
    data: &Dataset,
    folds: &[Fold],
) -> Result<Option<Box<dyn SharedFits>>> {
    let columns = Columns::new(settings.name(), data)?;
    let n_trained = folds.iter().map(|fold| fold.train.len()).min().unwrap_or(0);
    let (n_samples, n_features) = (columns.n_samples(), columns.n_features());
    let form = match settings.objective() {
        Ok(Objective::Net(_)) => {
            let is_small = n_features <= FEW_FEATURES || (folds.len() + 1) * n_features <= 2 * SUMS_TO_DATA * n_samples;
            if is_small { Form::Sums(Sums::new(&columns, folds)?) } else { Form::Columns }
        }
        _ if n_features > n_trained => Form::Kernel(Kernel::new(&columns)?),
        _ => Form::Sums(Sums::new(&columns, folds)?),
    };
    Ok(Some(Box::new(SharedLeastSquares { columns, folds: folds.to_vec(), form, data: data.clone() })))
}

struct SharedLeastSquares {
    columns: Columns,
    folds: Vec<Fold>,
    form: Form,
    data: Dataset,
}

enum Form {
    Sums(Sums),
    Kernel(Kernel),
    Columns,
}

/// The sums over each fold's rows. Those of training rows are the sums over all rows less the fold's own, where that loses nothing.
struct Sums {
    total: Option<Moments>,
    validation: Vec<Moments>,
    train: Vec<Option<Moments>>,
}

impl Sums {
    fn new(columns: &Columns, folds: &[Fold]) -> Result<Self> {
        let n_samples = columns.n_samples();
        let is_rest = |fold: &Fold| {
            let mut is_taken = vec![false; n_samples];
            let rows = fold.train.iter().chain(&fold.validation);
            rows.for_each(|&row| is_taken.iter_mut().skip(row).take(1).for_each(|taken| *taken = true));
            fold.train.len() + fold.validation.len() == n_samples && is_taken.into_iter().all(|taken| taken)
        };
        let mut is_rest: Vec<bool> =
            folds.iter().map(|fold| fold.train.len() >= fold.validation.len() && is_rest(fold)).collect();
        let rows: Vec<&[usize]> = folds.iter().map(|fold| fold.validation.as_slice()).collect();
        let validation = Moments::of_each(columns, &rows)?;
        let total = if is_rest.contains(&true) { Some(total(columns, folds, &validation)?) } else { None };
        if let Some(total) = &total {
            for (is_rest, own) in is_rest.iter_mut().zip(&validation) {
                *is_rest = *is_rest && Centred::new(columns, total, Some(own), true).keeps(KEPT);
            }
        }
        let others: Vec<&[usize]> = folds
            .iter()
            .zip(&is_rest)
            .filter(|(_, is_rest)| !**is_rest)
            .map(|(fold, _)| fold.train.as_slice())
            .collect();
        let mut others = Moments::of_each(columns, &others)?.into_iter();
        let train = is_rest.iter().map(|is_rest| if *is_rest { None } else { others.next() }).collect();
        Ok(Self { total, validation, train })
    }

    /// The sums over the rows of `part`.
    fn centred(&self, columns: &Columns, fold_idx: usize, part: Part, fit_intercept: bool) -> Option<Centred<'_>> {
        let own = self.validation.get(fold_idx)?;
        let (of, without) = match (part, self.train.get(fold_idx)?) {
            (Part::Validation, _) => (own, None),
            (Part::Train, Some(train)) => (train, None),
            (Part::Train, None) => (self.total.as_ref()?, Some(own)),
        };
        Some(Centred::new(columns, of, without, fit_intercept))
    }
}

/// The sums over all rows: those over the validation rows, if each row is in one fold's.
fn total(columns: &Columns, folds: &[Fold], validation: &[Moments]) -> Result<Moments> {
    let mut counts = vec![0_u32; columns.n_samples()];
    for &row in folds.iter().flat_map(|fold| &fold.validation) {
        counts.iter_mut().skip(row).take(1).for_each(|count| *count += 1);
    }
    let mut sums = validation.iter();
    if counts.into_iter().all(|count| count == 1)
        && let Some(first) = sums.next()
    {
        let mut total = first.clone();
        sums.for_each(|other| total.add(other));
        return Ok(total);
    }
    let rows: Vec<usize> = (0..columns.n_samples()).collect();
    Moments::of_each(columns, &[&rows])?.into_iter().next().ok_or(Error::Interrupted)
}

/// Whether two fits are parts of one path, or solutions by one factorisation.
fn are_together(settings: &Settings, objective: &Objective, others: &Settings, other: &Objective) -> bool {
    let is_same = match (objective, other) {
        (Objective::Net(own), Objective::Net(other)) => *own == NetPenalty { alpha: own.alpha, ..*other },
        (Objective::Net(_), _) | (_, Objective::Net(_)) => false,
        _ => true,
    };
    is_same && settings.fit_intercept() == others.fit_intercept()
}

impl SharedLeastSquares {
    /// An estimator that shares nothing with these.
    fn fit_other(&self, fold_idx: usize, estimator: &dyn Estimator) -> Result<Box<dyn Model>> {
        let fold = self.folds.get(fold_idx).ok_or(Error::Interrupted)?;
        estimator.fit(&self.data.take(&fold.train)?)
    }

    fn fit_together(&self, fold_idx: usize, members: &[(usize, Settings, Objective)]) -> Vec<Result<LinearModel>> {
        let Some((_, first, _)) = members.first() else { return Vec::new() };
        let fit_intercept = first.fit_intercept();
        let objectives: Vec<Objective> = members.iter().map(|(.., objective)| *objective).collect();
        let fits = match self.fits(fold_idx, fit_intercept, &objectives) {
            Ok(fits) => fits,
            // Settings have been looked at and data been read, so nothing else goes wrong.
            Err(_) => return members.iter().map(|_| Err(Error::Interrupted)).collect(),
        };
        let planes: Vec<(&[f64], f64)> = fits.iter().map(|fit| (fit.coefficients.as_slice(), fit.intercept)).collect();
        let errors = |part: Part| match &self.form {
            Form::Sums(sums) => sums
                .centred(&self.columns, fold_idx, part, fit_intercept)
                .map_or_else(|| vec![None; planes.len()], |sums| sums.mean_squared_errors(&planes)),
            Form::Kernel(_) | Form::Columns => vec![None; planes.len()],
        };
        let errors: Vec<FoldErrors> = errors(Part::Train)
            .into_iter()
            .zip(errors(Part::Validation))
            .map(|(train, validation)| FoldErrors { train, validation })
            .collect();
        let names = self.columns.feature_names();
        let models = members.iter().zip(fits).zip(errors);
        models
            .map(|(((_, settings, _), fit), errors)| {
                Ok(LinearModel::new(Arc::clone(&names), settings.clone(), fit)?.with_errors(errors))
            })
            .collect()
    }

    /// The fits of objectives that are together, in their order.
    fn fits(&self, fold_idx: usize, fit_intercept: bool, objectives: &[Objective]) -> Result<Vec<Fit>> {
        let fold = self.folds.get(fold_idx).ok_or(Error::Interrupted)?;
        if let Some(Objective::Net(_)) = objectives.first() {
            let penalties: Vec<NetPenalty> = objectives
                .iter()
                .filter_map(|objective| if let Objective::Net(penalty) = objective { Some(*penalty) } else { None })
                .collect();
            return match &self.form {
                Form::Sums(sums) => {
                    let sums = sums.centred(&self.columns, fold_idx, Part::Train, fit_intercept);
                    path(SummedProducts::new(sums.ok_or(Error::Interrupted)?), &penalties)
                }
                _ => path(ColumnProducts::new(&self.columns, &fold.train, fit_intercept)?, &penalties),
            };
        }
        let penalties: Vec<f64> = objectives.iter().map(squared_penalty).collect();
        match &self.form {
            Form::Kernel(kernel) => kernel.fit(&self.columns, &fold.train, fit_intercept, &penalties),
            Form::Sums(sums) => {
                let sums = sums.centred(&self.columns, fold_idx, Part::Train, fit_intercept);
                fit_squared(&sums.ok_or(Error::Interrupted)?, &penalties)
            }
            Form::Columns => {
                let moments = Moments::of_each(&self.columns, &[&fold.train])?;
                let moments = moments.first().ok_or(Error::Interrupted)?;
                fit_squared(&Centred::new(&self.columns, moments, None, fit_intercept), &penalties)
            }
        }
    }
}

/// The fits with each of `penalties` on the sum of squared coefficients.
fn fit_squared(sums: &Centred<'_>, penalties: &[f64]) -> Result<Vec<Fit>> {
    let positive: Vec<f64> = penalties.iter().copied().filter(|penalty| *penalty > 0.0).collect();
    let mut penalised = if positive.is_empty() { Vec::new() } else { fit_penalised(sums, &positive)? }.into_iter();
    let unpenalised = if positive.len() < penalties.len() { Some(fit_unpenalised(sums)?) } else { None };
    let fit = |penalty: &f64| if *penalty > 0.0 { penalised.next() } else { unpenalised.clone() };
    Ok(penalties.iter().filter_map(fit).collect())
}

/// The fits of a path, in the order of `penalties`, which are gone through from the greatest to the least.
fn path(products: impl Products, penalties: &[NetPenalty]) -> Result<Vec<Fit>> {
    let mut order: Vec<usize> = (0..penalties.len()).collect();
    order.sort_by(|&a, &b| penalties[b].alpha.total_cmp(&penalties[a].alpha));
    let mut path = Path::new(products);
    let mut fits: Vec<(usize, Fit)> = Vec::with_capacity(order.len());
    for position in order {
        fits.push((position, path.next(&penalties[position])?));
    }
    fits.sort_by_key(|(position, _)| *position);
    Ok(fits.into_iter().map(|(_, fit)| fit).collect())
}

impl SharedFits for SharedLeastSquares {
    fn groups(&self, candidates: &[&dyn Estimator]) -> Vec<Vec<usize>> {
        let mut groups: Vec<(Option<Settings>, Vec<usize>)> = Vec::new();
        for (position, candidate) in candidates.iter().enumerate() {
            let settings = Settings::of(*candidate).map(Settings::without_alpha);
            match groups.iter_mut().find(|(other, _)| other.is_some() && *other == settings) {
                Some((_, members)) => members.push(position),
                None => groups.push((settings, vec![position])),
            }
        }
        groups.into_iter().map(|(_, members)| members).collect()
    }

    fn fit(&self, fold_idx: usize, candidates: &[&dyn Estimator]) -> Vec<Result<Box<dyn Model>>> {
        let mut results: Vec<Option<Result<Box<dyn Model>>>> = candidates.iter().map(|_| None).collect();
        let mut rest: Vec<(usize, Settings, Objective)> = Vec::new();
        for ((position, candidate), result) in candidates.iter().enumerate().zip(&mut results) {
            match Settings::of(*candidate).map(|settings| Ok((settings.objective()?, settings))) {
                Some(Ok((objective, settings))) => rest.push((position, settings, objective)),
                Some(Err(error)) => *result = Some(Err(error)),
                None => *result = Some(self.fit_other(fold_idx, *candidate)),
            }
        }
        while let Some((_, first, objective)) = rest.first().cloned() {
            let (together, others) =
                rest.into_iter().partition(|(_, settings, other)| are_together(&first, &objective, settings, other));
            rest = others;
            let together: Vec<(usize, Settings, Objective)> = together;
            let of_group = self.fit_together(fold_idx, &together);
            for ((position, ..), model) in together.iter().zip(of_group) {
                if let Some(result) = results.get_mut(*position) {
                    *result = Some(model.map(|model| Box::new(model) as Box<dyn Model>));
                }
            }
        }
        results.into_iter().map(|result| result.unwrap_or(Err(Error::Interrupted))).collect()
    }

    fn fit_whole(&self, candidate: &dyn Estimator) -> Option<Result<Box<dyn Model>>> {
        let settings = Settings::of(candidate)?;
        let Form::Sums(Sums { total: Some(total), .. }) = &self.form else { return None };
        let model = settings.objective().and_then(|objective| {
            let sums = Centred::new(&self.columns, total, None, settings.fit_intercept());
            let fit = fit_summed(&objective, sums, &self.columns)?;
            Ok(Box::new(LinearModel::new(self.columns.feature_names(), settings, fit)?) as Box<dyn Model>)
        });
        Some(model)
    }

    fn predictions(
        &self,
        fold_idx: usize,
        part: Part,
        models: &[&dyn Model],
        _wanted: Wanted,
    ) -> Result<Option<Vec<Predictions>>> {
        let Some(fold) = self.folds.get(fold_idx) else { return Ok(None) };
        let rows = if part == Part::Train { &fold.train } else { &fold.validation };
        let planes: Option<Vec<(&[f64], f64)>> =
            models.iter().map(|model| Some(model.as_any().downcast_ref::<LinearModel>()?.plane())).collect();
        let Some(planes) = planes else { return Ok(None) };
        let values = self.columns.predict(rows, &planes);
        let of_model = |row: ArrayView1<'_, f64>| Predictions {
            target: Target::Values(row.to_vec()),
            classes: Vec::new(),
            probabilities: None,
            decisions: None,
        };
        Ok(Some(values.rows().into_iter().map(of_model).collect()))
    }

    fn mean_squared_error(&self, _fold_idx: usize, part: Part, model: &dyn Model) -> Option<f64> {
        let errors = model.as_any().downcast_ref::<LinearModel>()?.errors()?;
        if part == Part::Train { errors.train } else { errors.validation }
    }
}
