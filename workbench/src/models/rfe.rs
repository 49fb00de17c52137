//! Recursive feature elimination.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::Estimator;
use super::importances::{importances, judged};
use crate::data::Target;
use crate::error::{Error, Result};
use crate::preprocess::{
    Chooser, FittedSelector, FittedTransformer, Judged, ParamValue, Selection, Transformer, at_step, int,
    invalid_parameter, nested, selection, unknown_parameter, whole,
};
use crate::train::interrupt;

const NAME: &str = "rfe";
const STEP_ALLOWED: &str = "a count of at least 1, or a share between 0.0 and 1.0";

/// How many features go at a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RfeStep {
    /// So many.
    Count(usize),
    /// This share of the features there are at first, at least one.
    Share(f64),
}

/// Fits an estimator, drops the features that matter least, and begins again with those that are left, until k are.
///
/// What matters is the sum of squares of a feature's coefficients. Of equal ones the earlier goes first.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `estimator` | none: name it | one with coefficients | `estimator__…`: its own |
/// | `n_features_to_select` | none: name it | at least 1 | `n_features_to_select` |
/// | `step` | `Count(1)` | a count of at least 1, or a share in (0, 1) | `step` |
/// | `columns` | all of numbers and flags | names | |
///
/// # Errors
/// When fitted: [`Error::NeedsTarget`], [`Error::InvalidValue`], those of the estimator at the step `estimator`, [`Error::Interrupted`].
/// When applied: [`Error::StepColumnMissing`], [`Error::StepDtype`].
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, drop_missing, penguins};
/// use workbench::models::{LogisticRegression, Rfe};
/// use workbench::preprocess::{StandardScaler, Transformer};
///
/// let columns = ["bill_length_mm", "bill_depth_mm", "body_mass_g", "sex"];
/// let data = Dataset::from_frame(&drop_missing(&penguins()?.select(columns)?, &[])?, "sex")?;
/// let scaled = StandardScaler::new().fit_transform(data.features())?;
/// let chosen = Rfe::new(LogisticRegression::new(), 2).fit(&scaled, data.target())?;
/// assert_eq!(chosen.kept().len(), 2);
/// assert!(Rfe::new(LogisticRegression::new(), 0).fit(&scaled, data.target()).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. I. Guyon et al., *Gene selection for cancer classification using support vector machines*, 2002, doi:10.1023/A:1012487302797
#[derive(Clone, Debug)]
pub struct Rfe {
    estimator: Box<dyn Estimator>,
    n_features_to_select: u64,
    step: RfeStep,
    columns: Selection,
}

impl Rfe {
    /// Keeps so many features by the coefficients of `estimator`.
    pub fn new(estimator: impl Estimator + 'static, n_features_to_select: usize) -> Self {
        let n_features_to_select = n_features_to_select as u64;
        Self { estimator: Box::new(estimator), n_features_to_select, step: RfeStep::Count(1), columns: None }
    }

    /// How many features go at a time.
    pub fn step(mut self, step: RfeStep) -> Self {
        self.step = step;
        self
    }

    /// Only these columns are judged, and seen by the estimator; others are kept.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = selection(columns);
        self
    }

    /// Eliminates features.
    ///
    /// # Errors
    /// See [`Rfe`].
    pub fn fit(&self, frame: &DataFrame, target: &Target) -> Result<FittedSelector> {
        check_step(self.step)?;
        if self.n_features_to_select < 1 {
            let what = "rfe.n_features_to_select";
            return Err(invalid_parameter(what, &int(self.n_features_to_select), "a whole number of at least 1"));
        }
        let (mut data, columns) = judged(NAME, frame, &self.columns, target)?;
        let n_kept = usize::try_from(self.n_features_to_select).unwrap_or(usize::MAX);
        let n_step = match self.step {
            RfeStep::Count(count) => count,
            RfeStep::Share(share) => ((share * columns.len() as f64) as usize).max(1),
        };
        let mut gone: Vec<Vec<usize>> = Vec::new();
        let mut left: Vec<usize> = (0..columns.len()).collect();
        let squares = |coefficients: &[f64]| coefficients.iter().map(|coefficient| coefficient * coefficient).sum();
        loop {
            interrupt::check()?;
            let found = importances(NAME, self.estimator.as_ref(), &data, squares)
                .map_err(|source| at_step("estimator", source))?;
            if left.len() <= n_kept {
                return self.selector(&columns, &left, &found, &gone);
            }
            let mut order: Vec<(f64, usize)> = found.into_iter().zip(left.iter().copied()).collect();
            order.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            let n_gone = n_step.min(left.len() - n_kept);
            let dropped: Vec<usize> = order.iter().take(n_gone).map(|(_, position)| *position).collect();
            left.retain(|position| !dropped.contains(position));
            gone.push(dropped);
            let names: Vec<&str> = left
                .iter()
                .filter_map(|&position| columns.get(position))
                .map(|column| column.name().as_str())
                .collect();
            data = data.with_features(data.features().select(names)?)?;
        }
    }

    fn selector(
        &self,
        columns: &[polars::prelude::Column],
        left: &[usize],
        importances: &[f64],
        gone: &[Vec<usize>],
    ) -> Result<FittedSelector> {
        let features = columns.iter().enumerate().map(|(position, column)| {
            let place = left.iter().position(|other| *other == position);
            let score = place.and_then(|place| importances.get(place)).copied().unwrap_or(f64::NAN);
            let went = gone.iter().position(|dropped| dropped.contains(&position));
            let ranking = went.map_or(1, |went| (gone.len() - went + 1) as u32);
            let judged = Judged::new(column, score, f64::NAN);
            Judged { ranking: Some(ranking), is_kept: place.is_some(), ..judged }
        });
        FittedSelector::new(Chooser::Rfe, "importance", features.collect(), "keep more of them")
    }
}

fn check_step(step: RfeStep) -> Result<()> {
    match step {
        RfeStep::Count(count) if count >= 1 => Ok(()),
        RfeStep::Share(share) if share > 0.0 && share < 1.0 => Ok(()),
        step => Err(invalid_parameter("rfe.step", &step_param(step), STEP_ALLOWED)),
    }
}

fn step_param(step: RfeStep) -> ParamValue {
    match step {
        RfeStep::Count(count) => int(count as u64),
        RfeStep::Share(share) => share.into(),
    }
}

impl Transformer for Rfe {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, _frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Err(Error::NeedsTarget { step: NAME })
    }

    fn fit_with_target(&self, frame: &DataFrame, target: &Target) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(Rfe::fit(self, frame, target)?))
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        let own = [
            ("n_features_to_select".to_string(), int(self.n_features_to_select)),
            ("step".to_string(), step_param(self.step)),
        ];
        own.into_iter().chain(nested("estimator", self.estimator.params())).collect()
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        if let Some(inner) = name.strip_prefix("estimator__") {
            return self.estimator.set_param(inner, value).map_err(|source| at_step("estimator", source));
        }
        match name {
            "n_features_to_select" => self.n_features_to_select = whole("rfe.n_features_to_select", value, 1)?,
            "step" => {
                let step = match value {
                    ParamValue::Int(count) => usize::try_from(*count).ok().map(RfeStep::Count),
                    ParamValue::Float(share) => Some(RfeStep::Share(*share)),
                    _ => None,
                };
                let step = step.ok_or_else(|| invalid_parameter("rfe.step", value, STEP_ALLOWED))?;
                check_step(step)?;
                self.step = step;
            }
            _ => return Err(unknown_parameter(NAME, name, &["n_features_to_select", "step", "estimator__…"])),
        }
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}
