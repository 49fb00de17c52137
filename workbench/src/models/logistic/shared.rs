//! What the fits of a search share: the records as one array, of which folds are rows, and passes over these for many candidates.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use ndarray::{ArcArray2, Array2, Axis};

use super::folds::{self, Affine};
use super::rows::{Planes, Rows, gather};
use super::{CLASS_WEIGHT, LogisticModel, LogisticRegression, NAME, Penalty, Solution, fits};
use crate::data::{Dataset, Fold, Target};
use crate::error::{Error, Result};
use crate::models::class_weight::ClassWeight;
use crate::models::classes::Classes;
use crate::models::linear::records;
use crate::models::{Estimator, Model, Part, Predictions, SharedFits, Wanted};

/// So many candidates are fitted together at most,
const LANES_MAX: usize = 16;

/// and so many that their matrices have no more numbers than this.
const MATRIX_VALUES_MAX: usize = 4_000_000;

/// So many rows are gathered for a product of matrices.
const BLOCK_ROWS: usize = 512;

/// Of more folds, or of more numbers times fits, each fold is fitted by itself, so that one after the other ends, and an interruption leaves some.
const FOLDS_MAX: usize = 64;
const TOGETHER_VALUES_MAX: usize = 1 << 28;

/// So many fits are kept from the start on.
const BEGUN_MAX: usize = 4_096;

/// The rows of all folds.
pub(super) struct SharedRows {
    /// Shape `(n_samples, n_features)`.
    records: ArcArray2<f64>,
    codes: Vec<u32>,
    labels: Vec<String>,
    weights: Option<Arc<[f64]>>,
    folds: Vec<Fold>,
    feature_names: Vec<String>,
    target_name: String,
    /// What becomes of the columns in each fold, if anything.
    maps: Option<Vec<Affine>>,
    /// By settings.
    begun: Mutex<HashMap<String, Begun>>,
}

/// Fits of one candidate that all folds were worked on together for.
struct Begun {
    labels: Vec<String>,
    whole: Option<Solution>,
    folds: Vec<Option<Solution>>,
}

impl SharedRows {
    pub(super) fn new(data: &Dataset, folds: &[Fold], maps: Option<Vec<Affine>>) -> Result<Self> {
        let target_name = data.target_name().to_string();
        let Target::Classes { codes, labels } = data.target() else {
            return Err(Error::NotClasses { what: NAME.to_string(), target: target_name });
        };
        Ok(Self {
            records: records(NAME, data.features())?.into(),
            codes: codes.clone(),
            labels: labels.clone(),
            weights: data.weights().map(Arc::from),
            folds: folds.to_vec(),
            feature_names: data.feature_names(),
            target_name,
            maps,
            begun: Mutex::default(),
        })
    }

    fn map(&self, fold_idx: usize) -> Option<&Affine> {
        self.maps.as_ref()?.get(fold_idx)
    }

    /// The records at `rows`, as they are in a fold.
    fn gather(&self, fold_idx: usize, rows: &[usize]) -> Array2<f64> {
        let mut records = gather(self.records.view(), rows);
        if let Some(map) = self.map(fold_idx) {
            for mut record in records.rows_mut() {
                let pairs = map.scales.iter().zip(&map.offsets);
                record.iter_mut().zip(pairs).for_each(|(value, (scale, offset))| *value = scale * *value + offset);
            }
        }
        records
    }

    /// Whether the folds of such a candidate can be worked on together.
    fn goes_together(&self, settings: &LogisticRegression) -> bool {
        settings.check().is_ok()
            && settings.penalty != Penalty::None
            && settings.class_weight == ClassWeight::None
            && (self.maps.is_none() || settings.fit_intercept)
    }

    /// Fits candidates that agree on the intercept in all folds together, as far as that goes.
    fn fit_folds(&self, settings: &[&LogisticRegression]) -> Result<()> {
        let Some(first) = settings.first() else { return Ok(()) };
        let classes = Classes::of_all_codes(&self.codes, &self.labels);
        let classes = classes.check_two(NAME, &self.target_name)?;
        let n_classes = classes.labels.len();
        let weights = self.weights.as_deref().map(<[f64]>::to_vec);
        let rows = Rows::new(self.records.clone(), classes.codes, weights, n_classes, first.fit_intercept);
        if !fits::is_for_lane(&rows, first) {
            return Ok(());
        }
        let trains: Vec<&[usize]> = self.folds.iter().map(|fold| fold.train.as_slice()).collect();
        let Some(solved) = folds::solve(&rows, &trains, self.maps.as_deref(), settings)? else { return Ok(()) };
        let Ok(mut begun) = self.begun.lock() else { return Ok(()) };
        for (index, (settings, whole)) in settings.iter().zip(solved.whole).enumerate() {
            let folds = solved.folds.iter().map(|fold| fold.get(index).cloned().flatten()).collect();
            begun.insert(format!("{settings:?}"), Begun { labels: classes.labels.clone(), whole, folds });
        }
        Ok(())
    }

    /// The model of a fit that was begun for all folds; that on all rows where there is no fold.
    fn begun(&self, settings: &LogisticRegression, fold_idx: Option<usize>) -> Option<LogisticModel> {
        let begun = self.begun.lock().ok()?;
        let begun = begun.get(&format!("{settings:?}"))?;
        let solution = match fold_idx {
            Some(fold_idx) => begun.folds.get(fold_idx)?.clone()?,
            None => begun.whole.clone()?,
        };
        Some(settings.model(solution, begun.labels.clone(), self.feature_names.clone()))
    }

    fn rows_of(&self, fold_idx: usize, part: Part) -> &[usize] {
        match (self.folds.get(fold_idx), part) {
            (Some(fold), Part::Train) => &fold.train,
            (Some(fold), Part::Validation) => &fold.validation,
            (None, _) => &[],
        }
    }

    /// Fits candidates that agree on the intercept and on class weights.
    fn fit_together(&self, fold_idx: usize, settings: &[&LogisticRegression]) -> Result<Vec<Result<LogisticModel>>> {
        let Some(first) = settings.first() else { return Ok(Vec::new()) };
        let train = self.rows_of(fold_idx, Part::Train);
        let codes: Vec<u32> = train.iter().filter_map(|&row| self.codes.get(row).copied()).collect();
        let weights: Option<Vec<f64>> =
            self.weights.as_ref().map(|weights| train.iter().filter_map(|&row| weights.get(row).copied()).collect());
        let classes = Classes::of_codes(&codes, &self.labels, weights.as_deref()).check_two(NAME, &self.target_name)?;
        let weights = first.class_weight.of_rows(CLASS_WEIGHT, &classes, classes.weights.as_deref())?;
        let train: Vec<usize> = (0..classes.codes.len()).filter_map(|at| train.get(classes.row(at)).copied()).collect();
        let records = self.gather(fold_idx, &train);
        let rows = Rows::new(records, classes.codes, weights, classes.labels.len(), first.fit_intercept);
        let model = |(settings, solution): (&&LogisticRegression, Result<_>)| {
            Ok(settings.model(solution?, classes.labels.clone(), self.feature_names.clone()))
        };
        Ok(settings.iter().zip(fits::fit_all(&rows, settings)).map(model).collect())
    }

    /// The outputs of all planes of `models` for the rows of `part`: shape `(n_rows, n_planes)`.
    fn outputs(&self, fold_idx: usize, part: Part, models: &[&LogisticModel]) -> Array2<f64> {
        let point = |model: &&LogisticModel| {
            let planes = model.planes_with_intercepts();
            self.map(fold_idx).map_or(planes.clone(), |map| map.planes(&planes))
        };
        let points: Vec<Array2<f64>> = models.iter().map(point).collect();
        let planes = Planes::new(&points.iter().collect::<Vec<_>>(), self.records.ncols());
        let rows = self.rows_of(fold_idx, part);
        let mut outputs = Array2::zeros((rows.len(), points.iter().map(Array2::nrows).sum()));
        for (rows, mut outputs) in rows.chunks(BLOCK_ROWS).zip(outputs.axis_chunks_iter_mut(Axis(0), BLOCK_ROWS)) {
            let records = gather(self.records.view(), rows);
            planes.outputs(&records.view(), &mut outputs);
        }
        outputs
    }
}

impl SharedFits for SharedRows {
    fn groups(&self, candidates: &[&dyn Estimator]) -> Vec<Vec<usize>> {
        let mut groups: Vec<(&LogisticRegression, Vec<usize>)> = Vec::new();
        let mut others = Vec::new();
        let n_weights = self.labels.len() * (self.records.ncols() + 1);
        let n_lanes = (MATRIX_VALUES_MAX / (n_weights * n_weights)).clamp(1, LANES_MAX);
        for (position, candidate) in candidates.iter().enumerate() {
            // Without a penalty there is nothing to share but the rows.
            let settings = candidate.as_any().downcast_ref::<LogisticRegression>();
            let Some(settings) = settings.filter(|settings| settings.penalty != Penalty::None) else {
                others.push(vec![position]);
                continue;
            };
            let agrees = |other: &LogisticRegression| {
                other.fit_intercept == settings.fit_intercept && other.class_weight == settings.class_weight
            };
            // The last of those that agree is the only one with room, and of many groups most are full.
            match groups.iter_mut().rev().find(|(other, members)| agrees(other) && members.len() < n_lanes) {
                Some((_, members)) => members.push(position),
                None => groups.push((settings, vec![position])),
            }
        }
        groups.into_iter().map(|(_, members)| members).chain(others).collect()
    }

    fn begin(&self, candidates: &[&dyn Estimator]) -> bool {
        let settings: Vec<&LogisticRegression> = candidates
            .iter()
            .filter_map(|candidate| candidate.as_any().downcast_ref::<LogisticRegression>())
            .filter(|settings| self.goes_together(settings))
            .collect();
        let n_begun = self.begun.lock().map_or(BEGUN_MAX, |begun| begun.len());
        let n_fits = settings.len().saturating_mul(self.folds.len());
        let has_room = n_begun.saturating_mul(self.folds.len()) + n_fits <= BEGUN_MAX;
        let is_short = self.records.len().saturating_mul(n_fits) <= TOGETHER_VALUES_MAX;
        // Whatever is wrong comes up again where a fold is fitted by itself.
        has_room && is_short && (2..=FOLDS_MAX).contains(&self.folds.len()) && self.fit_folds(&settings).is_ok()
    }

    fn fit_whole(&self, candidate: &dyn Estimator) -> Option<Result<Box<dyn Model>>> {
        let settings = candidate.as_any().downcast_ref::<LogisticRegression>()?;
        self.begun(settings, None).filter(|_| self.maps.is_none()).map(|model| Ok(Box::new(model) as Box<dyn Model>))
    }

    fn fit(&self, fold_idx: usize, candidates: &[&dyn Estimator]) -> Vec<Result<Box<dyn Model>>> {
        let mut results: Vec<Result<Box<dyn Model>>> = candidates.iter().map(|_| Err(Error::Interrupted)).collect();
        let mut valid = Vec::with_capacity(candidates.len());
        for (candidate, result) in candidates.iter().zip(&mut results) {
            let Some(settings) = candidate.as_any().downcast_ref::<LogisticRegression>() else { continue };
            if let Some(model) = self.begun(settings, Some(fold_idx)) {
                *result = Ok(Box::new(model));
                continue;
            }
            match settings.check() {
                Ok(()) => valid.push((settings, result)),
                Err(error) => *result = Err(error),
            }
        }
        let settings: Vec<&LogisticRegression> = valid.iter().map(|(settings, _)| *settings).collect();
        match self.fit_together(fold_idx, &settings) {
            Ok(models) => {
                for ((_, result), model) in valid.into_iter().zip(models) {
                    *result = model.map(|model| Box::new(model) as Box<dyn Model>);
                }
            }
            Err(first) => {
                // The rows or the class weights are to blame, and each candidate is told so.
                let mut first = Some(first);
                for (_, result) in valid {
                    let again = || self.fit_together(fold_idx, &settings).err();
                    *result = Err(first.take().or_else(again).unwrap_or(Error::Interrupted));
                }
            }
        }
        results
    }

    fn predictions(
        &self,
        fold_idx: usize,
        part: Part,
        models: &[&dyn Model],
        wanted: Wanted,
    ) -> Result<Option<Vec<Predictions>>> {
        let models: Vec<Option<&LogisticModel>> = models.iter().map(|model| model.as_any().downcast_ref()).collect();
        let Some(models) = models.into_iter().collect::<Option<Vec<&LogisticModel>>>() else { return Ok(None) };
        let outputs = self.outputs(fold_idx, part, &models);
        let mut predictions = Vec::with_capacity(models.len());
        let mut first = 0;
        for model in models {
            let n_planes = model.intercept().len();
            let decisions = outputs.slice(ndarray::s![.., first..first + n_planes]).to_owned();
            first += n_planes;
            predictions.push(model.predictions(decisions, wanted));
        }
        Ok(Some(predictions))
    }
}
