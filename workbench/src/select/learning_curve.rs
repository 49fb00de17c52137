//! Scores over the number of training rows.

use super::curve::{Curve, curve};
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
