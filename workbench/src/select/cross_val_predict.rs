//! What is told of each row by a model that has not seen it.

use ndarray::Array2;

use super::fold_fit::{at_fold, in_order};
use super::splitters::Splitter;
use crate::data::{Dataset, Fold, Target};
use crate::error::{Error, Result};
use crate::models::{Estimator, Predictions, Wanted};
use crate::train::{Observer, Progress, interrupt, observer};

/// Fits `estimator` on the training rows of each fold of `cv`, and collects what it tells of the validation rows: for each row of `data`
/// what a model says that has not seen it.
///
/// For plots and for thresholds. A metric of all rows at once is not the mean of the folds' scores that
/// [`cross_validate`](super::cross_validate) has. Classes are those of `data`; one that a fold's model has not seen has probability 0 and the decision
/// `f64::MIN`.
///
/// | parameter | range |
/// |---|---|
/// | `cv` | a splitter that validates each row exactly once |
/// | `wanted` | `Wanted::default()` for predictions alone |
///
/// # Errors
/// [`Error::InvalidValue`] for a splitter that validates a row never or twice; [`Error::Fold`] names the first fold that failed, as for
/// a model without probabilities where these are wanted; [`Error::Interrupted`].
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, iris};
/// use workbench::models::{DummyClassifier, Wanted};
/// use workbench::select::{ShuffleSplit, StratifiedKFold, accuracy, cross_val_predict};
///
/// let data = Dataset::from_frame(&iris()?, "species")?;
/// let wanted = Wanted { probabilities: true, decisions: false };
/// let predicted = cross_val_predict(&DummyClassifier::new(), &data, &StratifiedKFold::new(5), wanted)?;
/// assert!((accuracy(&data, &predicted.target)? - 1.0 / 3.0).abs() < 1e-12);
///
/// assert!(cross_val_predict(&DummyClassifier::new(), &data, &ShuffleSplit::new(5, 7), wanted).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn cross_val_predict(
    estimator: &dyn Estimator,
    data: &Dataset,
    cv: &dyn Splitter,
    wanted: Wanted,
) -> Result<Predictions> {
    cross_val_predict_observed(estimator, data, cv, wanted, observer::installed().as_ref())
}

/// As [`cross_val_predict`], with `observer` hearing of each fold.
///
/// # Errors
/// Those of [`cross_val_predict`].
pub fn cross_val_predict_observed(
    estimator: &dyn Estimator,
    data: &Dataset,
    cv: &dyn Splitter,
    wanted: Wanted,
    observer: &dyn Observer,
) -> Result<Predictions> {
    let folds = cv.split(data)?;
    check(&folds, data.n_samples())?;
    let progress = Progress::start(observer, folds.len(), "cross-validated predictions");
    let told = in_order(folds.len(), |fold_idx| {
        let fold = folds.get(fold_idx).ok_or(Error::Interrupted)?;
        let told = predictions(estimator, data, fold, wanted).map_err(|error| at_fold(fold_idx, error))?;
        progress.step(&format!("fold {fold_idx}"));
        Ok(told)
    });
    drop(progress);
    gather(data, &folds, &told.into_iter().collect::<Result<Vec<Predictions>>>()?)
}

/// What a model that was fitted on the training rows of `fold` tells of its validation rows.
pub(super) fn predictions(
    estimator: &dyn Estimator,
    data: &Dataset,
    fold: &Fold,
    wanted: Wanted,
) -> Result<Predictions> {
    interrupt::check()?;
    let model = estimator.fit(&data.take(&fold.train)?)?;
    Predictions::of(model.as_ref(), data.take(&fold.validation)?.features(), wanted)
}

/// An error unless each row is validated once.
fn check(folds: &[Fold], n_samples: usize) -> Result<()> {
    let mut n_validated = vec![0_usize; n_samples];
    for &row in folds.iter().flat_map(|fold| &fold.validation) {
        if let Some(count) = n_validated.get_mut(row) {
            *count += 1;
        }
    }
    match n_validated.iter().enumerate().find(|(_, count)| **count != 1) {
        Some((row, count)) => Err(Error::InvalidValue {
            what: format!("how often row {row} (0-based) is validated"),
            value: count.to_string(),
            allowed: "1, so that each row has one prediction; use a splitter such as `KFold`".to_string(),
        }),
        None => Ok(()),
    }
}

/// All rows' predictions, in the order of the rows.
fn gather(data: &Dataset, folds: &[Fold], told: &[Predictions]) -> Result<Predictions> {
    let n_samples = data.n_samples();
    let rows = || {
        folds
            .iter()
            .zip(told)
            .flat_map(|(fold, told)| fold.validation.iter().enumerate().map(move |(at, &row)| (row, at, told)))
    };
    let Target::Classes { labels, .. } = data.target() else {
        let mut values = vec![f64::NAN; n_samples];
        for (row, at, told) in rows() {
            if let (Some(place), Target::Values(told)) = (values.get_mut(row), &told.target) {
                *place = told.get(at).copied().unwrap_or(f64::NAN);
            }
        }
        return Ok(Predictions::from_target(Target::Values(values)));
    };
    let mut codes = vec![0_u32; n_samples];
    for (row, at, told) in rows() {
        let Target::Classes { codes: told, labels: known } = &told.target else { continue };
        let label = told.get(at).and_then(|&code| known.get(code as usize));
        let code = labels.iter().position(|other| Some(other) == label);
        if let (Some(place), Some(code)) = (codes.get_mut(row), code) {
            *place = code as u32;
        }
    }
    let target = Target::Classes { codes, labels: labels.clone() };
    let probabilities = columns(labels, n_samples, folds, told, 0.0, |told| told.probabilities.as_ref());
    let decisions = columns(labels, n_samples, folds, told, f64::MIN, |told| told.decisions.as_ref());
    Ok(Predictions { target, classes: labels.clone(), probabilities, decisions })
}

/// The scores of all folds, with a column for each of `labels`, or one that speaks for the second of two; none unless all have some.
fn columns(
    labels: &[String],
    n_samples: usize,
    folds: &[Fold],
    told: &[Predictions],
    unknown: f64,
    of: impl Fn(&Predictions) -> Option<&Array2<f64>>,
) -> Option<Array2<f64>> {
    let is_one = labels.len() == 2 && told.iter().all(|told| of(told).is_some_and(|scores| scores.ncols() == 1));
    let mut all = Array2::from_elem((n_samples, if is_one { 1 } else { labels.len() }), unknown);
    for (fold, told) in folds.iter().zip(told) {
        let scores = of(told)?;
        for (at, &row) in fold.validation.iter().enumerate() {
            if is_one {
                let is_turned = told.classes.get(1) != labels.get(1);
                if let (Some(place), Some(score)) = (all.get_mut((row, 0)), scores.get((at, 0))) {
                    *place = if is_turned { -score } else { *score };
                }
                continue;
            }
            for (position, class) in told.classes.iter().enumerate() {
                let Some(column) = labels.iter().position(|label| label == class) else { continue };
                // One column speaks for the second of the two classes that a fold had.
                let score = match (scores.ncols(), position) {
                    (1, 0) => scores.get((at, 0)).map(|score| -score),
                    (1, _) => scores.get((at, 0)).copied(),
                    _ => scores.get((at, position)).copied(),
                };
                if let (Some(place), Some(score)) = (all.get_mut((row, column)), score) {
                    *place = score;
                }
            }
        }
    }
    Some(all)
}
