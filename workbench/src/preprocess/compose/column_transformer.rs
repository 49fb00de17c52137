//! Different steps for different columns.

use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use super::column_selector::Columns;
use super::{at_step, check_names, nested, set_nested};
use crate::data::{Target, column_list, in_parallel};
use crate::error::{Error, Result};
use crate::preprocess::encode::settings::{name_of, unique};
use crate::preprocess::fit_transform::filter;
use crate::preprocess::params::{choice, flag};
use crate::preprocess::{FitTransform, FittedTransformer, ParamValue, Transformer};

const NAME: &str = "column_transformer";

/// What becomes of the columns that no step is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remainder {
    /// They are left out.
    Drop,
    /// They stay as they are, after those that the steps make.
    Passthrough,
}

const REMAINDER_NAMES: [(&str, Remainder); 2] = [("drop", Remainder::Drop), ("passthrough", Remainder::Passthrough)];

/// Gives each of several steps its own columns, and puts what they make side by side.
///
/// | setting | default | range | name |
/// |---|---|---|---|
/// | `step` | | a name, a transformer, and its [`Columns`]; a column may be for several | `num__…`: those of the step `num` |
/// | `remainder` | `Drop` | [`Remainder`] | `remainder`: `"drop"`, `"passthrough"` |
/// | `prefix` | false | true: what a step makes is called `num__mass` | `prefix` |
///
/// A step works on those of its columns that it applies to, as it does on a whole frame. An encoder that is given columns by name encodes numbers among them, too;
/// one within a [`Chain`](super::Chain) does so only by its own `.columns(&[..])`. Columns come in the order of the steps, then the remainder. Which columns a step is for is decided when it is fitted and remembered by name. Rows that a step
/// drops in training are dropped from all.
///
/// # Errors
/// [`Error::Step`] names the step that failed; [`Error::Steps`] for two steps of one name or a name with `__` in it; [`Error::ColumnNotFound`];
/// [`Error::DuplicateColumn`] where two steps make columns of one name, which `.prefix(true)` mends.
/// When applied, also [`Error::StepColumnMissing`] for a column of the remainder.
///
/// # Examples
///
/// ```
/// use workbench::data::penguins;
/// use workbench::preprocess::{
///     Chain, ColumnTransformer, Columns, DtypeGroup, FittedTransformer, Imputer, OneHotEncoder, StandardScaler, Strategy,
/// };
///
/// let frame = penguins()?.select(["species", "island", "body_mass_g"])?;
/// let numbers = Chain::new().step("impute", Imputer::new(Strategy::Median)).step("scale", StandardScaler::new());
/// let steps = ColumnTransformer::new()
///     .step("num", numbers, Columns::of(DtypeGroup::Numeric))
///     .step("cat", OneHotEncoder::new(), Columns::named(&["species"]));
/// let made = steps.fit(&frame)?.transform(&frame)?;
/// assert_eq!(made.get_column_names(), ["body_mass_g", "species_Adelie", "species_Chinstrap", "species_Gentoo"]);
///
/// let misspelt = ColumnTransformer::new().step("cat", OneHotEncoder::new(), Columns::named(&["specie"]));
/// assert!(misspelt.fit(&frame).unwrap_err().to_string().starts_with("step `cat`: there is no column `specie`"));
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ColumnTransformer {
    steps: Vec<(String, Box<dyn Transformer>, Columns)>,
    remainder: Remainder,
    prefix: bool,
}

impl Default for ColumnTransformer {
    fn default() -> Self {
        Self { steps: Vec::new(), remainder: Remainder::Drop, prefix: false }
    }
}

impl ColumnTransformer {
    /// No steps yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a step called `name` for `columns`.
    pub fn step(self, name: &str, transformer: impl Transformer + 'static, columns: Columns) -> Self {
        self.boxed_step(name, Box::new(transformer), columns)
    }

    /// Adds a boxed step called `name` for `columns`.
    pub fn boxed_step(mut self, name: &str, transformer: Box<dyn Transformer>, columns: Columns) -> Self {
        self.steps.push((name.to_string(), transformer, columns));
        self
    }

    /// What becomes of the columns that no step is for.
    pub fn remainder(mut self, remainder: Remainder) -> Self {
        self.remainder = remainder;
        self
    }

    /// Whether what a step makes is called after it, too: `num__mass`.
    pub fn prefix(mut self, prefix: bool) -> Self {
        self.prefix = prefix;
        self
    }

    /// The names of the steps in their order.
    pub fn step_names(&self) -> Vec<String> {
        self.steps.iter().map(|(name, _, _)| name.clone()).collect()
    }

    /// Fits each step on its columns.
    ///
    /// # Errors
    /// See the type.
    pub fn fit(&self, frame: &DataFrame) -> Result<FittedColumnTransformer> {
        let (parts, _) = self.fit_each(frame, |transformer, frame| Ok((transformer.fit(frame)?, ())))?;
        self.fitted(frame, parts)
    }

    /// Fits each step by `fit` on its columns; beside them stands what else came of it.
    fn fit_each<R: Send>(
        &self,
        frame: &DataFrame,
        fit: impl Fn(&dyn Transformer, &DataFrame) -> Result<(Box<dyn FittedTransformer>, R)> + Send + Sync,
    ) -> Result<(Vec<Part>, Vec<R>)> {
        check_names(NAME, &self.step_names())?;
        let fitted = in_parallel(&self.steps, |(name, transformer, columns)| {
            let fit = || {
                let is_named = columns.are_named();
                let columns = columns.choose(frame)?;
                let for_these = if is_named { transformer.for_columns(&columns) } else { None };
                let transformer = for_these.as_ref().unwrap_or(transformer);
                let (fitted, more) = fit(transformer.as_ref(), &frame.select(&columns)?)?;
                Ok((Part { name: name.clone(), columns, fitted }, more))
            };
            fit().map_err(|source| at_step(name, source))
        })?;
        Ok(fitted.into_iter().unzip())
    }

    fn fitted(&self, frame: &DataFrame, parts: Vec<Part>) -> Result<FittedColumnTransformer> {
        let is_taken =
            |column: &Column| parts.iter().any(|part| part.columns.iter().any(|name| name == column.name().as_str()));
        let rest = frame.columns().iter().filter(|column| !is_taken(column));
        let remainder = match self.remainder {
            Remainder::Drop => Vec::new(),
            Remainder::Passthrough => {
                rest.map(|column| (column.name().to_string(), column.dtype().to_string())).collect()
            }
        };
        Ok(FittedColumnTransformer { parts, remainder, prefix: self.prefix })
    }
}

impl Transformer for ColumnTransformer {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit(&self, frame: &DataFrame) -> Result<Box<dyn FittedTransformer>> {
        Ok(Box::new(ColumnTransformer::fit(self, frame)?))
    }

    fn fit_with_target(&self, frame: &DataFrame, target: &Target) -> Result<Box<dyn FittedTransformer>> {
        let fit =
            |transformer: &dyn Transformer, frame: &DataFrame| Ok((transformer.fit_with_target(frame, target)?, ()));
        let (parts, _) = self.fit_each(frame, fit)?;
        Ok(Box::new(self.fitted(frame, parts)?))
    }

    fn fit_transform_with_target(&self, frame: &DataFrame, target: &Target) -> Result<FitTransform> {
        let (parts, made) = self.fit_each(frame, |transformer, frame| {
            let FitTransform { fitted, frame, kept, is_transform } =
                transformer.fit_transform_with_target(frame, target)?;
            Ok((fitted, (frame, kept, is_transform)))
        })?;
        let fitted = self.fitted(frame, parts)?;
        let mut kept: Option<Vec<bool>> = None;
        for of_part in made.iter().filter_map(|(_, kept, _)| kept.as_ref()) {
            kept = Some(match kept {
                None => of_part.clone(),
                Some(kept) => kept.iter().zip(of_part).map(|(&kept, &of_part)| kept && of_part).collect(),
            });
        }
        let is_transform = made.iter().all(|(_, _, is_transform)| *is_transform);
        let rows = match &kept {
            Some(kept) => filter(frame, kept)?,
            None => frame.clone(),
        };
        let mut frames = Vec::with_capacity(made.len());
        for (frame, of_part, _) in made {
            frames.push(match (&kept, of_part) {
                (None, _) => frame,
                (Some(kept), None) => filter(&frame, kept)?,
                // What the part itself has dropped is gone already.
                (Some(kept), Some(of_part)) => {
                    let left: Vec<bool> =
                        kept.iter().zip(&of_part).filter(|(_, of_part)| **of_part).map(|(kept, _)| *kept).collect();
                    filter(&frame, &left)?
                }
            });
        }
        let frame = fitted.beside(&rows, frames)?;
        Ok(FitTransform { fitted: Box::new(fitted), frame, kept, is_transform })
    }

    fn params(&self) -> Vec<(String, ParamValue)> {
        let own = [
            ("remainder".to_string(), name_of(&REMAINDER_NAMES, &self.remainder)),
            ("prefix".to_string(), self.prefix.into()),
        ];
        own.into_iter()
            .chain(self.steps.iter().flat_map(|(step, transformer, _)| nested(step, transformer.params())))
            .collect()
    }

    fn set_param(&mut self, name: &str, value: &ParamValue) -> Result<()> {
        match name {
            "remainder" => self.remainder = choice("column_transformer.remainder", value, &REMAINDER_NAMES)?,
            "prefix" => self.prefix = flag("column_transformer.prefix", value)?,
            _ => {
                let known: Vec<String> = self.params().into_iter().map(|(name, _)| name).collect();
                let steps = self.steps.iter_mut().map(|(step, transformer, _)| (&*step, transformer));
                set_nested(NAME, steps, &known, name, value)?;
            }
        }
        Ok(())
    }

    fn clone_box(&self) -> Box<dyn Transformer> {
        Box::new(self.clone())
    }
}

/// What the steps of a [`ColumnTransformer`] learnt, and the columns of each.
#[derive(Debug, Serialize, Deserialize)]
pub struct FittedColumnTransformer {
    parts: Vec<Part>,
    /// Names and dtypes of the columns that pass through.
    remainder: Vec<(String, String)>,
    prefix: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Part {
    name: String,
    columns: Vec<String>,
    fitted: Box<dyn FittedTransformer>,
}

impl Part {
    /// The part's columns of `frame`; one that is gone is told with the step's name by whoever calls.
    fn select(&self, frame: &DataFrame) -> Result<DataFrame> {
        let missing = self.columns.iter().find(|name| frame.column(name).is_err());
        match missing {
            Some(column) => Err(gone(frame, column, "as it was")),
            None => Ok(frame.select(&self.columns)?),
        }
    }
}

fn gone(frame: &DataFrame, column: &str, dtype: &str) -> Error {
    let (column, dtype) = (column.to_string(), dtype.to_string());
    Error::StepColumnMissing { step: NAME, column, dtype, available: column_list(frame) }
}

impl FittedColumnTransformer {
    /// The columns that each step is for: `step` and `column`, the remainder last.
    ///
    /// # Errors
    /// [`Error::Polars`] in principle; none is known.
    pub fn columns(&self) -> Result<DataFrame> {
        let of_parts =
            self.parts.iter().flat_map(|part| part.columns.iter().map(|column| (part.name.clone(), column.clone())));
        let rest = self.remainder.iter().map(|(column, _)| ("remainder".to_string(), column.clone()));
        let (steps, columns): (Vec<String>, Vec<String>) = of_parts.chain(rest).unzip();
        Ok(DataFrame::new(steps.len(), vec![Column::new("step".into(), steps), Column::new("column".into(), columns)])?)
    }

    /// What the parts `made` of `frame`, side by side, and what passes through.
    fn beside(&self, frame: &DataFrame, made: Vec<DataFrame>) -> Result<DataFrame> {
        let named = |prefix: &str, column: &Column| {
            let name = if self.prefix { format!("{prefix}__{}", column.name()) } else { column.name().to_string() };
            column.clone().with_name(name.into())
        };
        let mut columns = Vec::new();
        for (part, made) in self.parts.iter().zip(&made) {
            columns.extend(made.columns().iter().map(|column| named(&part.name, column)));
        }
        for (name, dtype) in &self.remainder {
            columns.push(named("remainder", frame.column(name).map_err(|_| gone(frame, name, dtype))?));
        }
        unique(frame.height(), columns)
    }
}

impl FittedTransformer for FittedColumnTransformer {
    fn transform(&self, frame: &DataFrame) -> Result<DataFrame> {
        let made = in_parallel(&self.parts, |part| {
            let made = part.select(frame).and_then(|columns| part.fitted.transform(&columns));
            made.map_err(|source| at_step(&part.name, source))
        })?;
        self.beside(frame, made)
    }

    fn inverse_transform(&self, _frame: &DataFrame) -> Result<DataFrame> {
        Err(Error::NotInvertible {
            step: NAME,
            reason: "its steps may have shared or dropped columns; undo each by itself",
        })
    }

    /// The rows that all steps keep.
    fn training_rows(&self, frame: &DataFrame) -> Result<Option<Vec<bool>>> {
        let mut kept: Option<Vec<bool>> = None;
        for part in &self.parts {
            let of_part = part.select(frame).and_then(|columns| part.fitted.training_rows(&columns));
            if let Some(of_part) = of_part.map_err(|source| at_step(&part.name, source))? {
                kept = Some(match kept {
                    None => of_part,
                    Some(kept) => kept.into_iter().zip(of_part).map(|(kept, of_part)| kept && of_part).collect(),
                });
            }
        }
        Ok(kept)
    }
}
