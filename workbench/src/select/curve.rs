//! Scores over the number of training rows, or over the values of a setting.

use polars::prelude::{Column, DataFrame};

use super::cross_validate::{mean, std};
use super::evaluate::{Judgement, evaluate};
use super::fold_fit::FoldScores;
use super::scoring::Scoring;
use super::settings::Settings;
use super::splitters::Splitter;
use crate::data::{Dataset, Fold};
use crate::error::{Error, Result};
use crate::models::Estimator;
use crate::preprocess::ParamValue;
use crate::train::{Observer, Progress, observer, random};

/// Scores of training and validation rows at each point of a curve.
#[derive(Clone, Debug)]
pub struct Curve {
    name: String,
    values: Vec<ParamValue>,
    scoring: Vec<String>,
    n_folds: usize,
    /// For each value the folds that are done.
    folds: Vec<Vec<FoldScores>>,
    /// For each value what its first fold that failed said.
    errors: Vec<Option<String>>,
}

impl Curve {
    /// What changes along the curve: `train_size`, or the setting's name.
    pub fn name(&self) -> String {
        self.name.clone()
    }

    /// The names of the metrics, in the order they were given.
    pub fn scoring(&self) -> Vec<String> {
        self.scoring.clone()
    }

    /// Whether it was stopped before its end; points have the folds that were done by then, as the column `n_folds` says.
    pub fn interrupted(&self) -> bool {
        self.folds.iter().zip(&self.errors).any(|(folds, error)| error.is_none() && folds.len() < self.n_folds)
    }

    /// A table with a row for each point: its value, `n_folds` that are done, and for each metric mean and standard deviation over them, of training
    /// and of validation rows. Where some folds failed, a column `error` says why.
    pub fn frame(&self) -> DataFrame {
        let mut columns = vec![
            value_column(&self.name, &self.values),
            Column::new("n_folds".into(), self.folds.iter().map(|folds| folds.len() as u64).collect::<Vec<_>>()),
        ];
        for (position, metric) in self.scoring.iter().enumerate() {
            for (part, scores) in [("train", train as fn(&FoldScores) -> &Vec<f64>), ("test", test)] {
                for (statistic, of) in [("mean", mean as fn(&[f64]) -> f64), ("std", std)] {
                    let at = |folds: &Vec<FoldScores>| {
                        let values: Vec<f64> =
                            folds.iter().filter_map(|fold| scores(fold).get(position).copied()).collect();
                        (!values.is_empty()).then(|| of(&values))
                    };
                    let name = format!("{statistic}_{part}_{metric}");
                    columns.push(Column::new(name.into(), self.folds.iter().map(at).collect::<Vec<Option<f64>>>()));
                }
            }
        }
        if self.errors.iter().any(Option::is_some) {
            columns.push(Column::new("error".into(), self.errors.clone()));
        }
        DataFrame::new(self.values.len(), columns).unwrap_or_default()
    }

    /// The scores of each fold that is done, for each point: its value, `fold` among those that are done, and `train_…` and `test_…` of each
    /// metric.
    pub fn fold_scores(&self) -> DataFrame {
        let points = || {
            self.values
                .iter()
                .zip(&self.folds)
                .flat_map(|(value, folds)| folds.iter().enumerate().map(move |fold| (value, fold)))
        };
        let values: Vec<ParamValue> = points().map(|(value, _)| value.clone()).collect();
        let mut columns = vec![
            value_column(&self.name, &values),
            Column::new("fold".into(), points().map(|(_, (fold_idx, _))| fold_idx as u64).collect::<Vec<_>>()),
        ];
        for (position, metric) in self.scoring.iter().enumerate() {
            for (part, scores) in [("train", train as fn(&FoldScores) -> &Vec<f64>), ("test", test)] {
                let scores: Vec<Option<f64>> =
                    points().map(|(_, (_, fold))| scores(fold).get(position).copied()).collect();
                columns.push(Column::new(format!("{part}_{metric}").into(), scores));
            }
        }
        DataFrame::new(values.len(), columns).unwrap_or_default()
    }
}

fn train(fold: &FoldScores) -> &Vec<f64> {
    &fold.train
}

fn test(fold: &FoldScores) -> &Vec<f64> {
    &fold.test
}

/// How scores grow with the number of training rows: whether more data would help.
///
/// Each fold is fitted on the first rows of its training rows, in their order or in a random one, and validated on all its validation rows. All fits
/// go through the seam by which a search shares its work.
///
/// | setting | default | meaning |
/// |---|---|---|
/// | [`train_sizes`](Self::train_sizes) | 0.1, 0.325, 0.55, 0.775, 1 | parts of the smallest training set, greater than 0 and at most 1 |
/// | [`cv`](Self::cv) | `StratifiedKFold::new(5)`, for numbers `KFold::new(5)` | the folds |
/// | [`scoring`](Self::scoring), [`scorings`](Self::scorings) | `accuracy`, for numbers `r2` | metrics |
/// | [`shuffle`](Self::shuffle) | none | a seed; without one, sorted rows leave small sets without some classes |
///
/// A point whose fit fails, as where its rows are of one class, is recorded with what it said. An interruption ends it with what it has, which is
/// then [marked](Curve::interrupted).
///
/// # Errors
/// Those of the splitter; [`Error::InvalidValue`] for sizes out of range or metrics that are unknown; [`Error::Interrupted`] before the first
/// fit is done.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, iris};
/// use workbench::models::LogisticRegression;
/// use workbench::select::LearningCurve;
///
/// let data = Dataset::from_frame(&iris()?, "species")?;
/// let curve = LearningCurve::new(LogisticRegression::new()).train_sizes(&[0.2, 0.6, 1.0]).shuffle(7).fit(&data)?;
/// assert_eq!(curve.frame().height(), 3);
///
/// assert!(LearningCurve::new(LogisticRegression::new()).train_sizes(&[1.5]).fit(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LearningCurve {
    estimator: Box<dyn Estimator>,
    settings: Settings,
    train_sizes: Vec<f64>,
    seed: Option<u64>,
}

impl LearningCurve {
    /// The learning curve of `estimator`.
    pub fn new(estimator: impl Estimator + 'static) -> Self {
        Self::boxed(Box::new(estimator))
    }

    /// The same for a boxed estimator.
    pub fn boxed(estimator: Box<dyn Estimator>) -> Self {
        let train_sizes = vec![0.1, 0.325, 0.55, 0.775, 1.0];
        Self { estimator, settings: Settings::default(), train_sizes, seed: None }
    }

    /// Sets the points, as parts of the smallest training set.
    pub fn train_sizes(mut self, parts: &[f64]) -> Self {
        self.train_sizes = parts.to_vec();
        self
    }

    /// Takes random training rows, as `seed` decides; a larger set has the rows of a smaller one.
    pub fn shuffle(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets the folds.
    pub fn cv(mut self, splitter: impl Splitter + 'static) -> Self {
        self.settings.set_cv(splitter);
        self
    }

    /// Sets metrics by name; see [`Scoring::NAMES`].
    pub fn scoring(mut self, names: &[&str]) -> Self {
        self.settings.set_scoring(names);
        self
    }

    /// Sets metrics, beside those by name.
    pub fn scorings(mut self, scorings: &[Scoring]) -> Self {
        self.settings.set_scorings(scorings);
        self
    }

    /// Fits all points on `data`; the installed [`Observer`] hears of each fit.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<Curve> {
        self.fit_observed(data, observer::installed().as_ref())
    }

    /// Fits all points on `data`; `observer` hears of each fit.
    ///
    /// # Errors
    /// See the type.
    pub fn fit_observed(&self, data: &Dataset, observer: &dyn Observer) -> Result<Curve> {
        let scorings = self.settings.scorings(data.task())?;
        let folds = self.settings.folds(data)?;
        let sizes = self.sizes(&folds)?;
        // One fold after the other at each size, so that an interruption leaves whole points behind.
        let mut of_sizes = Vec::with_capacity(sizes.len() * folds.len());
        for &size in &sizes {
            for (fold_idx, fold) in folds.iter().enumerate() {
                let mut order = fold.train.clone();
                if let Some(seed) = self.seed {
                    random::shuffle(&mut order, &mut random::stream(seed, fold_idx as u64));
                }
                order.truncate(size);
                order.sort_unstable();
                of_sizes.push(Fold { train: order, validation: fold.validation.clone() });
            }
        }
        let judgement = Judgement { data, folds: &of_sizes, scorings: &scorings, train_scores: true };
        let progress = Progress::start(observer, of_sizes.len(), "learning curve");
        let results = evaluate(&judgement, &[self.estimator.as_ref()], &|_, position, result| {
            let size = of_sizes.get(position).map_or(0, |fold| fold.train.len());
            if let Ok(scores) = result {
                progress.step(&format!("{size} rows: {}", scores.first(&scorings)));
            }
        });
        drop(progress);
        let results: Vec<Result<FoldScores, String>> =
            results.into_iter().flatten().map(|result| result.map_err(|error| error.to_string())).collect();
        let values = sizes.iter().map(|&size| ParamValue::Int(size as i64)).collect();
        let points = results.chunks(folds.len().max(1)).map(<[_]>::to_vec).collect();
        curve("train_size", values, &scorings, folds.len(), points)
    }

    fn sizes(&self, folds: &[Fold]) -> Result<Vec<usize>> {
        let invalid = |value: String, allowed: String| Error::InvalidValue {
            what: "LearningCurve.train_sizes".to_string(),
            value,
            allowed,
        };
        let smallest = folds.iter().map(|fold| fold.train.len()).min().unwrap_or(0);
        let mut sizes = Vec::with_capacity(self.train_sizes.len());
        for &part in &self.train_sizes {
            let size = (part * smallest as f64 + 1e-9) as usize;
            if !(part > 0.0 && part <= 1.0) || size == 0 {
                let allowed = format!("parts of {smallest} rows, greater than 0 and at most 1, of at least one row");
                return Err(invalid(format!("{part:?}"), allowed));
            }
            sizes.push(size);
        }
        sizes.sort_unstable();
        sizes.dedup();
        if sizes.is_empty() { Err(invalid("empty".to_string(), "at least one part".to_string())) } else { Ok(sizes) }
    }
}

/// How scores change with one setting: where a model is too simple and where it learns its rows by heart.
///
/// All values are candidates on the same folds, so they share what a [`GridSearch`](crate::search::GridSearch) shares.
///
/// | setting | default | meaning |
/// |---|---|---|
/// | [`param`](Self::param) | | the setting and its values, in a pipeline `step__name` |
/// | [`cv`](Self::cv) | `StratifiedKFold::new(5)`, for numbers `KFold::new(5)` | the folds |
/// | [`scoring`](Self::scoring), [`scorings`](Self::scorings) | `accuracy`, for numbers `r2` | metrics |
///
/// A value that fails is recorded with what it said. An interruption ends it with what it has, which is then [marked](Curve::interrupted).
///
/// # Errors
/// Those of the splitter; [`Error::UnknownParameter`]; [`Error::InvalidValue`] for no values or unknown metrics; [`Error::Interrupted`]
/// before the first fit is done.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, iris};
/// use workbench::models::LogisticRegression;
/// use workbench::select::ValidationCurve;
///
/// let data = Dataset::from_frame(&iris()?, "species")?;
/// let curve = ValidationCurve::new(LogisticRegression::new()).param("C", [0.01, 1.0, 100.0]).fit(&data)?;
/// assert_eq!(curve.frame().height(), 3);
///
/// assert!(ValidationCurve::new(LogisticRegression::new()).param("c", [1.0]).fit(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ValidationCurve {
    estimator: Box<dyn Estimator>,
    settings: Settings,
    name: String,
    values: Vec<ParamValue>,
}

impl ValidationCurve {
    /// The validation curve of `estimator`.
    pub fn new(estimator: impl Estimator + 'static) -> Self {
        Self::boxed(Box::new(estimator))
    }

    /// The same for a boxed estimator.
    pub fn boxed(estimator: Box<dyn Estimator>) -> Self {
        Self { estimator, settings: Settings::default(), name: String::new(), values: Vec::new() }
    }

    /// Sets the setting `name` and its values, which are the points.
    pub fn param<V: Into<ParamValue>>(mut self, name: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.name = name.to_string();
        self.values = values.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the folds.
    pub fn cv(mut self, splitter: impl Splitter + 'static) -> Self {
        self.settings.set_cv(splitter);
        self
    }

    /// Sets metrics by name; see [`Scoring::NAMES`].
    pub fn scoring(mut self, names: &[&str]) -> Self {
        self.settings.set_scoring(names);
        self
    }

    /// Sets metrics, beside those by name.
    pub fn scorings(mut self, scorings: &[Scoring]) -> Self {
        self.settings.set_scorings(scorings);
        self
    }

    /// Fits all points on `data`; the installed [`Observer`] hears of each fit.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, data: &Dataset) -> Result<Curve> {
        self.fit_observed(data, observer::installed().as_ref())
    }

    /// Fits all points on `data`; `observer` hears of each fit.
    ///
    /// # Errors
    /// See the type.
    pub fn fit_observed(&self, data: &Dataset, observer: &dyn Observer) -> Result<Curve> {
        let scorings = self.settings.scorings(data.task())?;
        let folds = self.settings.folds(data)?;
        if self.values.is_empty() {
            return Err(Error::InvalidValue {
                what: "ValidationCurve.param".to_string(),
                value: "without values".to_string(),
                allowed: "given once, with at least one value".to_string(),
            });
        }
        let estimators: Vec<Result<Box<dyn Estimator>>> = self.values.iter().map(|value| self.with(value)).collect();
        if estimators.iter().all(Result::is_err) {
            // A wrong name, most likely, and not worth a curve.
            return Err(estimators.into_iter().find_map(Result::err).unwrap_or(Error::Interrupted));
        }
        let chosen: Vec<&dyn Estimator> = estimators.iter().flatten().map(|estimator| estimator.as_ref()).collect();
        let judgement = Judgement { data, folds: &folds, scorings: &scorings, train_scores: true };
        let progress = Progress::start(observer, chosen.len() * folds.len(), "validation curve");
        let results = evaluate(&judgement, &chosen, &|_, fold_idx, result| {
            if let Ok(scores) = result {
                progress.step(&format!("fold {fold_idx}: {}", scores.first(&scorings)));
            }
        });
        drop(progress);
        let mut results = results.into_iter();
        let points = estimators.into_iter().map(|estimator| match estimator {
            Ok(_) => {
                let of_value = results.next().unwrap_or_default();
                of_value.into_iter().map(|result| result.map_err(|error| error.to_string())).collect()
            }
            Err(error) => vec![Err(error.to_string())],
        });
        curve(&self.name, self.values.clone(), &scorings, folds.len(), points.collect())
    }

    fn with(&self, value: &ParamValue) -> Result<Box<dyn Estimator>> {
        let mut estimator = self.estimator.clone();
        estimator.set_param(&self.name, value)?;
        Ok(estimator)
    }
}

/// The curve of what came of each point's folds; an error where an interruption left nothing.
fn curve(
    name: &str,
    values: Vec<ParamValue>,
    scorings: &[Scoring],
    n_folds: usize,
    points: Vec<Vec<Result<FoldScores, String>>>,
) -> Result<Curve> {
    let interrupted = Error::Interrupted.to_string();
    let (mut folds, mut errors) = (Vec::new(), Vec::new());
    for point in points {
        errors.push(
            point.iter().filter_map(|result| result.as_ref().err()).find(|error| **error != interrupted).cloned(),
        );
        folds.push(point.into_iter().flatten().collect::<Vec<FoldScores>>());
    }
    if folds.iter().all(Vec::is_empty) && errors.iter().all(Option::is_none) {
        return Err(Error::Interrupted);
    }
    let scoring = scorings.iter().map(|scoring| scoring.name().to_string()).collect();
    Ok(Curve { name: name.to_string(), values, scoring, n_folds, folds, errors })
}

/// The column of the points' values: numbers where all are numbers, otherwise text.
fn value_column(name: &str, values: &[ParamValue]) -> Column {
    let whole: Option<Vec<i64>> =
        values.iter().map(|value| if let ParamValue::Int(number) = value { Some(*number) } else { None }).collect();
    if let Some(numbers) = whole {
        return Column::new(name.into(), numbers);
    }
    let real = |value: &ParamValue| match value {
        ParamValue::Float(number) => Some(*number),
        ParamValue::Int(number) => Some(*number as f64),
        ParamValue::Bool(_) | ParamValue::Text(_) => None,
    };
    match values.iter().map(real).collect::<Option<Vec<f64>>>() {
        Some(numbers) => Column::new(name.into(), numbers),
        None => Column::new(name.into(), values.iter().map(ParamValue::to_string).collect::<Vec<_>>()),
    }
}
