//! Charts of what a search found.

use polars::prelude::{Column, DataFrame};

use super::Chart;
use super::curves::validation_chart;
use super::maps::Grid;
use crate::error::{Error, Result};
use crate::preprocess::ParamValue;
use crate::search::{Candidate, Outcome, SearchResult, real};

impl SearchResult {
    /// Draws the score over the values of the setting `param`, of the candidates that have all other settings as the best one has them:
    /// validation and training rows, with a band of one standard deviation over the folds.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] lists the settings there are.
    ///
    /// # Examples
    /// ```
    /// use workbench::data::{Dataset, make_classification};
    /// use workbench::{display::display, models::LogisticRegression, search::GridSearch};
    /// let data = Dataset::from_frame(&make_classification(200, 10, 5, 2, 1.0, 0.05, 3)?, "class")?;
    /// let search = GridSearch::new(LogisticRegression::new()).param("C", [0.001, 0.01, 0.1, 1.0]).fit(&data)?;
    /// display(&search.validation_chart("C")?);
    /// assert!(search.validation_chart("c").is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    pub fn validation_chart(&self, param: &str) -> Result<Chart> {
        self.check_param(param)?;
        let candidates = self.whole_candidates();
        let best = candidates.first();
        let others = |candidate: &Candidate| -> Vec<(String, ParamValue)> {
            candidate.params.iter().filter(|(name, _)| name != param).cloned().collect()
        };
        let like_best: Vec<&Candidate> = candidates
            .iter()
            .filter(|candidate| {
                candidate.param(param).is_some() && best.is_some_and(|best| others(best) == others(candidate))
            })
            .collect();
        let mut ordered: Vec<(ParamValue, &Candidate)> =
            like_best.into_iter().filter_map(|candidate| Some((candidate.param(param)?, candidate))).collect();
        ordered.sort_by_key(|(_, candidate)| candidate.candidate_idx);
        let mut columns =
            vec![values_column(param, &ordered.iter().map(|(value, _)| value.clone()).collect::<Vec<_>>())];
        for (rows, scores) in [("test", first_test as fn(&Candidate) -> Vec<f64>), ("train", first_train)] {
            let both = ordered.iter().map(|(_, candidate)| mean_and_std(&scores(candidate)));
            let (means, stds): (Vec<Option<f64>>, Vec<Option<f64>>) = both.map(Option::unzip).unzip();
            if means.iter().any(Option::is_some) {
                let metric = self.scoring().first().cloned().unwrap_or_default();
                columns.push(Column::new(format!("mean_{rows}_{metric}").into(), means));
                columns.push(Column::new(format!("std_{rows}_{metric}").into(), stds));
            }
        }
        validation_chart(&DataFrame::new(ordered.len(), columns)?, param)
    }

    /// Draws a cell for each pair of values of the settings `x` and `y`: the best mean score on validation rows that candidates with both have.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] lists the settings there are, and for more than 60 values of one.
    ///
    /// # Examples
    /// ```
    /// use workbench::data::{Dataset, make_classification};
    /// use workbench::{display::display, models::LogisticRegression, search::GridSearch};
    /// let data = Dataset::from_frame(&make_classification(200, 10, 5, 2, 1.0, 0.05, 3)?, "class")?;
    /// let search = GridSearch::new(LogisticRegression::new())
    ///     .param("C", [0.01, 0.1, 1.0])
    ///     .param("penalty", ["l1", "l2"])
    ///     .fit(&data)?;
    /// display(&search.heat_map("C", "penalty")?);
    /// assert!(search.heat_map("C", "C").is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    pub fn heat_map(&self, x: &str, y: &str) -> Result<Chart> {
        self.check_param(x)?;
        self.check_param(y)?;
        if x == y {
            return Err(Error::InvalidValue {
                what: "the second setting of a heat map".to_string(),
                value: format!("\"{y}\""),
                allowed: "another one than the first".to_string(),
            });
        }
        let candidates = self.whole_candidates();
        let (x_values, y_values) = (distinct(&candidates, x), distinct(&candidates, y));
        let score = |x_value: &ParamValue, y_value: &ParamValue| {
            let is_here = |candidate: &&Candidate| {
                candidate.param(x).as_ref() == Some(x_value) && candidate.param(y).as_ref() == Some(y_value)
            };
            let scores = candidates.iter().filter(is_here).filter_map(|candidate| mean_and_std(&first_test(candidate)));
            scores.map(|(mean, _)| mean).filter(|mean| mean.is_finite()).reduce(f64::max)
        };
        let row = |y_value: &ParamValue| {
            (format!("{y} = {y_value}"), x_values.iter().map(|x_value| score(x_value, y_value)).collect())
        };
        let columns = x_values.iter().map(|value| format!("{x} = {value}")).collect();
        let metric = self.scoring().first().cloned().unwrap_or_default();
        let grid = Grid { rows: y_values.iter().map(row).collect(), columns, range: None };
        Ok(grid.draw("heat map", candidates.len())?.title(&format!("test_{metric}")))
    }

    fn check_param(&self, param: &str) -> Result<()> {
        let names = self.param_names();
        if names.iter().any(|name| name == param) {
            return Ok(());
        }
        Err(Error::not_one_of("the setting of a chart", param, &names.iter().map(String::as_str).collect::<Vec<_>>()))
    }

    /// Those with all scores, the best first; of a halving, those of the best one's iteration.
    fn whole_candidates(&self) -> Vec<Candidate> {
        let mut candidates = self.candidates();
        let rung = candidates.first().and_then(|best| best.rung);
        candidates.retain(|candidate| candidate.rung == rung && matches!(candidate.outcome, Outcome::Scored(_)));
        candidates
    }
}

fn first_test(candidate: &Candidate) -> Vec<f64> {
    candidate.folds().iter().filter_map(|fold| fold.test.first().copied()).collect()
}

fn first_train(candidate: &Candidate) -> Vec<f64> {
    candidate.folds().iter().filter_map(|fold| fold.train.first().copied()).collect()
}

fn mean_and_std(scores: &[f64]) -> Option<(f64, f64)> {
    (!scores.is_empty()).then(|| (crate::select::mean(scores), crate::select::std(scores)))
}

/// The values of a setting: numbers by size, others in the order of the search.
fn distinct(candidates: &[Candidate], param: &str) -> Vec<ParamValue> {
    let mut by_order: Vec<&Candidate> = candidates.iter().collect();
    by_order.sort_by_key(|candidate| candidate.candidate_idx);
    let mut values: Vec<ParamValue> = Vec::new();
    for value in by_order.iter().filter_map(|candidate| candidate.param(param)) {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    if values.iter().all(|value| real(value).is_some()) {
        values.sort_by(|a, b| real(a).unwrap_or(f64::NAN).total_cmp(&real(b).unwrap_or(f64::NAN)));
    }
    values
}

fn values_column(name: &str, values: &[ParamValue]) -> Column {
    match values.iter().map(real).collect::<Option<Vec<f64>>>() {
        Some(numbers) => Column::new(name.into(), numbers),
        None => Column::new(name.into(), values.iter().map(ParamValue::to_string).collect::<Vec<_>>()),
    }
}
