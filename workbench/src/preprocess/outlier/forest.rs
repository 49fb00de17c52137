//! Rows that a few random splits set apart.

use polars::prelude::{BooleanChunked, Column, DataFrame, NewChunkedArray};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::super::FittedTransformer;
use super::super::columns::{self, Learnt, Selection};
use super::super::params::{ensure, transformer};
use super::tree::{Tree, path_length};
use super::{Action, blanked, no_such_action};
use crate::data::{self, in_parallel, statistics};
use crate::error::{Error, Result};
use crate::train::{interrupt, random};

const NAME: &str = "isolation_forest";
const ACTIONS: &str = "one of \"report\", \"missing\", \"drop\": a row that stands apart has no bound to be clipped to";
/// Rows that are scored together.
const BLOCK_ROWS: usize = 1024;
/// The score of a row that is no easier to set apart than any other.
const SCORE_OF_ANY: f64 = 0.5;

/// Finds rows that random splits set apart after few steps, and reports, empties or drops them.
///
/// Each tree splits a sample of rows at random values of random columns. The score of a row is 2^(−d / c(m)), where d is the mean depth at which it ends, and
/// c(m) that of an ordinary row among m: near 1 for outliers, below 0.5 for ordinary rows.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `n_estimators` | 100 | trees, at least 1 | `n_estimators` |
/// | `max_samples` | 256 | rows a tree is grown from, at least 2; all where there are fewer | `max_samples` |
/// | `max_features` | 1.0 | share of the columns that a tree uses, above 0 up to 1 | `max_features` |
/// | `contamination` | 0: rows that score above 0.5 are outliers | 0 to 0.5: so many of the training rows are | `contamination` |
/// | `per_column` | `false` | `true` looks at each column by itself | `per_column` |
/// | `action` | `Action::Report` | `"report"`, `"missing"`, `"drop"` | `action` |
/// | `seed` | 0 | | `seed` |
/// | `columns` | all of numbers | names | |
///
/// A missing value goes the way that most training rows went. `Action::Missing` empties all columns of the row, or with `per_column` the values that stand apart.
/// In a pipeline, `Action::Drop` takes rows out of training only; [`FittedIsolationForest::apply`] drops them from a frame. The same seed gives the same forest
/// at any number of threads. The scores are not those of scikit-learn row by row, since its random numbers are others, but agree with more trees.
///
/// # Errors
/// When fitted: [`Error::InvalidValue`] for a setting out of range, [`Error::AllMissing`], [`Error::NotFinite`], [`Error::Interrupted`],
/// and for named columns [`Error::ColumnNotFound`] and [`Error::NotNumeric`].
/// When applied: [`Error::StepColumnMissing`], [`Error::StepDtype`], [`Error::NotFinite`], [`Error::Interrupted`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::preprocess::IsolationForest;
///
/// let frame = df!("x" => [1.0, 1.1, 0.9, 1.0, 9.0], "y" => [2.0, 2.1, 1.9, 2.0, -7.0])?;
/// let forest = IsolationForest::new().contamination(0.2).fit(&frame)?;
/// assert_eq!(forest.mask(&frame)?, [false, false, false, false, true]);
///
/// assert!(IsolationForest::new().contamination(0.9).fit(&frame).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. Liu FT, Ting KM, Zhou ZH (2008). Isolation Forest. ICDM. <https://doi.org/10.1109/ICDM.2008.17>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IsolationForest {
    n_estimators: usize,
    max_samples: usize,
    max_features: f64,
    contamination: f64,
    per_column: bool,
    action: Action,
    seed: u64,
    columns: Selection,
}

impl Default for IsolationForest {
    fn default() -> Self {
        Self {
            n_estimators: 100,
            max_samples: 256,
            max_features: 1.0,
            contamination: 0.0,
            per_column: false,
            action: Action::Report,
            seed: 0,
            columns: None,
        }
    }
}

impl IsolationForest {
    /// A hundred trees over every column of numbers.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many trees there are.
    pub fn n_estimators(mut self, n_estimators: usize) -> Self {
        self.n_estimators = n_estimators;
        self
    }

    /// From how many rows a tree is grown.
    pub fn max_samples(mut self, max_samples: usize) -> Self {
        self.max_samples = max_samples;
        self
    }

    /// Which share of the columns a tree uses.
    pub fn max_features(mut self, max_features: f64) -> Self {
        self.max_features = max_features;
        self
    }

    /// Which share of the training rows are outliers; 0 takes those that score above 0.5.
    pub fn contamination(mut self, contamination: f64) -> Self {
        self.contamination = contamination;
        self
    }

    /// Whether each column has a forest of its own.
    pub fn per_column(mut self, per_column: bool) -> Self {
        self.per_column = per_column;
        self
    }

    /// What becomes of an outlier.
    pub fn action(mut self, action: Action) -> Self {
        self.action = action;
        self
    }

    /// The seed of the splits.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Only these columns.
    pub fn columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns::selection(columns);
        self
    }

    fn check(&self) -> Result<()> {
        ensure(
            (1..=1_000_000).contains(&self.n_estimators),
            "isolation_forest.n_estimators",
            self.n_estimators,
            "from 1 to 1000000",
        )?;
        ensure(self.max_samples >= 2, "isolation_forest.max_samples", self.max_samples, "at least 2")?;
        let is_allowed = self.max_features > 0.0 && self.max_features <= 1.0;
        ensure(is_allowed, "isolation_forest.max_features", self.max_features, "above 0 up to 1")?;
        let is_allowed = (0.0..=0.5).contains(&self.contamination);
        ensure(is_allowed, "isolation_forest.contamination", self.contamination, "from 0 to 0.5")?;
        if self.action == Action::Clip { Err(no_such_action(NAME, self.action, ACTIONS)) } else { Ok(()) }
    }

    /// Grows the trees.
    ///
    /// # Errors
    /// See [`IsolationForest`].
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedIsolationForest> {
        self.check()?;
        let columns = columns::learn_each(frame, &self.columns, |column| {
            columns::summary(NAME, column, "drop the column").map(|_| ())
        })?;
        let mut fitted = FittedIsolationForest { columns, forests: Vec::new(), action: self.action };
        let values = fitted.values(frame)?;
        let values: Vec<&[f64]> = values.iter().map(|values| &**values).collect();
        let all: Vec<usize> = (0..values.len()).collect();
        let groups: Vec<Vec<usize>> =
            if self.per_column { all.iter().map(|&place| vec![place]).collect() } else { vec![all] };
        for (group_idx, group) in groups.into_iter().enumerate().filter(|(_, group)| !group.is_empty()) {
            let mut forest = self.grow(&values, group, group_idx)?;
            if self.contamination > 0.0 {
                let mut scores = forest.scores(&values)?;
                forest.threshold = statistics::quantile(&mut scores, 1.0 - self.contamination).unwrap_or(SCORE_OF_ANY);
            }
            fitted.forests.push(forest);
        }
        Ok(fitted)
    }

    fn grow(&self, values: &[&[f64]], group: Vec<usize>, group_idx: usize) -> Result<Forest> {
        let n_samples = self.max_samples.min(values.first().map_or(0, |column| column.len()));
        let n_used = ((group.len() as f64 * self.max_features) as usize).max(1);
        data::name_pool();
        let trees: Vec<Result<Tree>> = (0..self.n_estimators)
            .into_par_iter()
            .map(|tree| {
                interrupt::check()?;
                // Every tree has a stream of its own, so that the order in which they are grown decides nothing.
                let mut generator = random::stream(self.seed, (group_idx * self.n_estimators + tree) as u64);
                let mut usable = group.clone();
                if n_used < usable.len() {
                    random::shuffle(&mut usable, &mut generator);
                    usable.truncate(n_used);
                }
                Ok(Tree::grow(values, &usable, n_samples, &mut generator))
            })
            .collect();
        let trees = trees.into_iter().collect::<Result<_>>()?;
        Ok(Forest { columns: group, trees, ordinary_depth: path_length(n_samples), threshold: SCORE_OF_ANY })
    }
}

transformer!(IsolationForest, NAME, [n_estimators, max_samples, max_features, contamination, per_column, action, seed]);

/// The trees that an [`IsolationForest`] grew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedIsolationForest {
    columns: Vec<Learnt<()>>,
    /// One for all columns, or one for each.
    forests: Vec<Forest>,
    action: Action,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Forest {
    columns: Vec<usize>,
    trees: Vec<Tree>,
    /// The depth at which an ordinary row ends.
    ordinary_depth: f64,
    threshold: f64,
}

impl Forest {
    /// The score of each row.
    fn scores(&self, values: &[&[f64]]) -> Result<Vec<f64>> {
        let mut scores = vec![0.0; values.first().map_or(0, |column| column.len())];
        data::name_pool();
        let blocks: Vec<Result<()>> = scores
            .par_chunks_mut(BLOCK_ROWS)
            .enumerate()
            .map(|(block_idx, block)| {
                interrupt::check()?;
                for (place, score) in block.iter_mut().enumerate() {
                    let row = block_idx * BLOCK_ROWS + place;
                    let value = |column: usize| {
                        values.get(column).and_then(|column| column.get(row)).copied().unwrap_or(f64::NAN)
                    };
                    let depth: f64 = self.trees.iter().map(|tree| tree.depth(value)).sum();
                    let relative = depth / (self.trees.len() as f64 * self.ordinary_depth);
                    // A forest grown from one row has no depth to compare with.
                    *score = if self.ordinary_depth > 0.0 { (-relative).exp2() } else { SCORE_OF_ANY };
                }
                Ok(())
            })
            .collect();
        blocks.into_iter().collect::<Result<Vec<()>>>()?;
        Ok(scores)
    }
}

impl FittedIsolationForest {
    /// The scores of the rows of `frame`: a column `score`, or with `per_column` one under the name of each column.
    ///
    /// # Errors
    /// Those of a frame that the step was not fitted on; see [`IsolationForest`].
    pub fn scores(&self, frame: &DataFrame) -> Result<DataFrame> {
        let columns = self.score_each(frame)?.into_iter().zip(&self.forests);
        let columns = columns.map(|(scores, forest)| columns::floats(self.name(forest).unwrap_or("score"), scores));
        Ok(DataFrame::new(frame.height(), columns.collect())?)
    }

    /// What is found in `frame`: `column` (null where rows are looked at as a whole), `threshold` (the score above which a row is an outlier) and `n_outliers`.
    ///
    /// # Errors
    /// Those of a frame that the step was not fitted on; see [`IsolationForest`].
    pub fn report(&self, frame: &DataFrame) -> Result<DataFrame> {
        let scores = self.score_each(frame)?;
        let count =
            |(forest, scores): (&Forest, &Vec<f64>)| scores.iter().filter(|score| **score > forest.threshold).count();
        let names: Vec<Option<&str>> = self.forests.iter().map(|forest| self.name(forest)).collect();
        let columns = vec![
            Column::new("column".into(), names),
            columns::floats("threshold", self.forests.iter().map(|forest| forest.threshold).collect()),
            columns::counts("n_outliers", self.forests.iter().zip(&scores).map(count)),
        ];
        Ok(DataFrame::new(self.forests.len(), columns)?)
    }

    /// For each row of `frame` whether it is, or holds, an outlier.
    ///
    /// # Errors
    /// Those of a frame that the step was not fitted on; see [`IsolationForest`].
    pub fn mask(&self, frame: &DataFrame) -> Result<Vec<bool>> {
        let mut mask = vec![false; frame.height()];
        for (forest, scores) in self.forests.iter().zip(self.score_each(frame)?) {
            mask.iter_mut().zip(scores).for_each(|(is_outlier, score)| *is_outlier |= score > forest.threshold);
        }
        Ok(mask)
    }

    /// `frame` as the action leaves it: the same, with values missing, or without the rows that are outliers.
    ///
    /// # Errors
    /// Those of a frame that the step was not fitted on; see [`IsolationForest`].
    pub fn apply(&self, frame: &DataFrame) -> Result<DataFrame> {
        if self.action != Action::Drop {
            return self.transform(frame);
        }
        let mask = self.mask(frame)?;
        Ok(frame.filter(&BooleanChunked::from_iter_values("kept".into(), mask.iter().map(|is_outlier| !is_outlier)))?)
    }

    /// The one column that a forest looks at.
    fn name(&self, forest: &Forest) -> Option<&str> {
        match (forest.columns.as_slice(), self.forests.len() == self.columns.len()) {
            ([place], true) => self.columns.get(*place).map(|learnt| learnt.column.as_str()),
            _ => None,
        }
    }

    fn values<'a>(&self, frame: &'a DataFrame) -> Result<Vec<std::borrow::Cow<'a, [f64]>>> {
        self.columns.iter().map(|learnt| columns::finite_values(learnt.find(NAME, frame)?)).collect()
    }

    fn score_each(&self, frame: &DataFrame) -> Result<Vec<Vec<f64>>> {
        let values = self.values(frame)?;
        let values: Vec<&[f64]> = values.iter().map(|values| &**values).collect();
        self.forests.iter().map(|forest| forest.scores(&values)).collect()
    }
}

impl FittedTransformer for FittedIsolationForest {
    /// Empties, if that is the action; every row stays.
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        if self.action != Action::Missing {
            self.values(frame)?;
            return Ok(frame.clone());
        }
        let scores = self.score_each(frame)?;
        let scored: Vec<(&Forest, Vec<f64>)> = self.forests.iter().zip(scores).collect();
        let emptied = in_parallel(&scored, |(forest, scores)| {
            let columns = forest.columns.iter().filter_map(|&place| self.columns.get(place));
            let is_outlier = || scores.iter().map(|score| *score > forest.threshold);
            columns.map(|learnt| blanked(learnt.find(NAME, frame)?, is_outlier())).collect::<Result<Vec<Column>>>()
        })?;
        columns::replaced(frame, emptied.into_iter().flatten().collect())
    }

    fn inverse_transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        if self.action == Action::Missing {
            return Err(Error::NotInvertible { step: NAME, reason: "a missing value does not tell what it was" });
        }
        Ok(frame.clone())
    }

    fn training_rows(&self, frame: &DataFrame) -> Result<Option<Vec<bool>>> {
        if self.action != Action::Drop {
            return Ok(None);
        }
        Ok(Some(self.mask(frame)?.iter().map(|is_outlier| !is_outlier).collect()))
    }
}
