//! Classifiers whose probabilities are calibrated on rows that they were not fitted on.

use std::any::Any;

use ndarray::{Axis, concatenate};

use super::fold_fit::{at_fold, in_order};
use super::settings::Settings;
use super::splitters::Splitter;
use crate::data::{Dataset, Fold, Target};
use crate::error::{Error, Result};
use crate::models::{CalibratedModel, CalibrationMethod, Estimator, Member, Model, Scored, scores};
use crate::preprocess::{ParamValue, Setting};
use crate::train::{NullObserver, Observer, Progress, interrupt, observer};

const NAME: &str = "calibrated";

/// A classifier whose scores become probabilities by what was seen at them, for an estimator that has none, such as `Svc`, or whose are not to be trusted, such as
/// those of naive Bayes.
///
/// Each fold's model scores its validation rows: by its decisions, or by its probabilities where it has none. On these a function from scores to
/// probabilities is fitted, one for each class where there are more than two, whose probabilities are then made to add up to 1.
///
/// | setting | default | range | meaning |
/// |---|---|---|---|
/// | [`method`](Self::method) | `"sigmoid"` | `"sigmoid"`, `"isotonic"` | the function, see [`CalibrationMethod`] |
/// | [`ensemble`](Self::ensemble) | true | | whether the mean of the folds' models is told, each by its own function; else one model of all rows, by one function |
/// | [`cv`](Self::cv) | `StratifiedKFold::new(5)` | any [`Splitter`] | the folds |
///
/// An ensemble keeps as many models as there are folds, and is a little better; one model is as quick as the estimator alone. The settings of the estimator inside are
/// set by their own names. This is scikit-learn's `CalibratedClassifierCV`.
///
/// Weights of rows count in the models inside and in the functions. An interruption leaves nothing.
///
/// # Errors
/// Those of the estimator inside and of the splitter; [`Error::NotClasses`]; [`Error::InvalidValue`] for a fold whose training rows lack a class,
/// without an ensemble; [`Error::Interrupted`].
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, breast_cancer};
/// use workbench::models::{GaussianNb, Predictions, Wanted};
/// use workbench::select::{CalibratedClassifier, log_loss, train_test_split};
///
/// let (train, test) = train_test_split(&Dataset::from_frame(&breast_cancer()?, "diagnosis")?, 0.3, 7)?;
/// let wanted = Wanted { probabilities: true, decisions: false };
/// let plain = Predictions::of(&GaussianNb::new().fit(&train)?, test.features(), wanted)?;
/// let calibrated = Predictions::of(&CalibratedClassifier::new(GaussianNb::new()).fit(&train)?, test.features(), wanted)?;
/// assert!(log_loss(&test, &calibrated)? < log_loss(&test, &plain)?);
///
/// let numbers = Dataset::from_frame(&workbench::data::diabetes()?, "progression")?;
/// assert!(CalibratedClassifier::new(GaussianNb::new()).fit(&numbers).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. J. Platt, *Probabilistic outputs for support vector machines and comparisons to regularized likelihood methods*, 1999
/// 2. B. Zadrozny, C. Elkan, *Transforming classifier scores into accurate multiclass probability estimates*, 2002, doi:10.1145/775047.775151
/// 3. A. Niculescu-Mizil, R. Caruana, *Predicting good probabilities with supervised learning*, 2005, doi:10.1145/1102351.1102430
#[derive(Clone, Debug)]
pub struct CalibratedClassifier {
    estimator: Box<dyn Estimator>,
    settings: Settings,
    method: CalibrationMethod,
    ensemble: bool,
}

impl CalibratedClassifier {
    /// `estimator` with calibrated probabilities.
    pub fn new(estimator: impl Estimator + 'static) -> Self {
        Self::boxed(Box::new(estimator))
    }

    /// The same for a boxed estimator.
    pub fn boxed(estimator: Box<dyn Estimator>) -> Self {
        Self { estimator, settings: Settings::default(), method: CalibrationMethod::Sigmoid, ensemble: true }
    }

    /// Sets the function from scores to probabilities.
    pub fn method(mut self, method: CalibrationMethod) -> Self {
        self.method = method;
        self
    }

    /// Sets whether the models of all folds are kept.
    pub fn ensemble(mut self, ensemble: bool) -> Self {
        self.ensemble = ensemble;
        self
    }

    /// Sets the folds.
    pub fn cv(mut self, splitter: impl Splitter + 'static) -> Self {
        self.settings.set_cv(splitter);
        self
    }

    /// Learns from `data`; the installed [`Observer`] hears of each fold.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<CalibratedModel> {
        self.fit_observed(data, observer::installed().as_ref())
    }

    /// Learns from `data`; `observer` hears of each fold.
    ///
    /// # Errors
    /// See the type.
    pub fn fit_observed(&self, data: &Dataset, observer: &dyn Observer) -> Result<CalibratedModel> {
        let Target::Classes { labels, .. } = data.target() else {
            return Err(Error::NotClasses { what: NAME.to_string(), target: data.target_name().to_string() });
        };
        // A row that does not count is no row, neither to the folds.
        let counted = match data.weights() {
            Some(weights) if weights.contains(&0.0) => {
                let counts = |row: &usize| weights.get(*row).is_some_and(|weight| *weight > 0.0);
                Some(data.take(&(0..data.n_samples()).filter(counts).collect::<Vec<_>>())?)
            }
            _ => None,
        };
        let data = counted.as_ref().unwrap_or(data);
        let folds = self.settings.folds(data)?;
        let progress = Progress::start(observer, folds.len(), "calibration");
        let fitted = in_order(folds.len(), |fold_idx| {
            let fold = folds.get(fold_idx).ok_or(Error::Interrupted)?;
            let fitted = self.fold(data, labels, fold).map_err(|error| at_fold(fold_idx, error))?;
            progress.step(&format!("fold {fold_idx}"));
            Ok(fitted)
        });
        drop(progress);
        let fitted = fitted.into_iter().collect::<Result<Vec<(Box<dyn Model>, Scored)>>>()?;
        let members = if self.ensemble {
            fitted.into_iter().map(|(model, scored)| Member::new(model, self.method, &scored)).collect()
        } else {
            let scored = together(fitted.into_iter().map(|(_, scored)| scored).collect(), labels)?;
            vec![Member::new(self.estimator.fit(data)?, self.method, &scored)]
        };
        Ok(CalibratedModel::new(members, labels))
    }

    /// A fold's model, and what it says of the rows that it has not seen.
    fn fold(&self, data: &Dataset, labels: &[String], fold: &Fold) -> Result<(Box<dyn Model>, Scored)> {
        interrupt::check()?;
        let model = self.estimator.fit(&data.take(&fold.train)?)?;
        let validation = data.take(&fold.validation)?;
        let (classes, scores) = scores(model.as_ref(), validation.features())?;
        let codes = if let Target::Classes { codes, .. } = validation.target() { codes.as_slice() } else { &[] };
        let truth = codes.iter().map(|&code| labels.get(code as usize).cloned().unwrap_or_default()).collect();
        let weights = validation.weights().map(<[f64]>::to_vec);
        Ok((model, Scored { classes, scores, truth, weights }))
    }
}

/// The rows of all folds as if one model had scored them.
fn together(folds: Vec<Scored>, labels: &[String]) -> Result<Scored> {
    let classes = folds.first().map(|fold| fold.classes.clone()).unwrap_or_default();
    if let Some((fold_idx, other)) = folds.iter().enumerate().find(|(_, fold)| fold.classes != classes) {
        let lacks = |fold: &Scored, label: &&String| !fold.classes.contains(label);
        let class = labels.iter().find(|label| lacks(other, label) && classes.contains(label));
        let class = class.or_else(|| labels.iter().find(|label| !classes.contains(label))).cloned().unwrap_or_default();
        return Err(Error::InvalidValue {
            what: format!("the classes of the training rows of fold {fold_idx} (0-based)"),
            value: format!("without \"{class}\" there or before"),
            allowed: "the same in all folds; use `StratifiedKFold`, or `ensemble(true)`".to_string(),
        });
    }
    let views: Vec<_> = folds.iter().map(|fold| fold.scores.view()).collect();
    let scores = concatenate(Axis(0), &views).map_err(|_| Error::Interrupted)?;
    let weights = folds.iter().map(|fold| fold.weights.clone()).collect::<Option<Vec<Vec<f64>>>>();
    let truth = folds.into_iter().flat_map(|fold| fold.truth).collect();
    Ok(Scored { classes, scores, truth, weights: weights.map(|weights| weights.concat()) })
}

impl Estimator for CalibratedClassifier {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, data: &Dataset) -> Result<Box<dyn Model>> {
        Ok(Box::new(interrupt::within(|| self.fit_observed(data, &NullObserver))?))
    }

    /// Those of the estimator inside, and `ensemble` and `method`.
    fn params(&self) -> Vec<(String, ParamValue)> {
        let mut params = self.estimator.params();
        params.push(("ensemble".to_string(), self.ensemble.into()));
        params.push(("method".to_string(), self.method.into()));
        params
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        match name {
            "ensemble" => self.ensemble = bool::read("calibrated.ensemble", value)?,
            "method" => self.method = CalibrationMethod::read("calibrated.method", value)?,
            _ => return self.estimator.set_param(name, value),
        }
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn Estimator> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
