//! A composition as a table of its steps.

use super::super::numbers::count;
use super::super::table::{Cell, Column, ColumnKind, Table};
use super::super::{Bundle, Rich};
use crate::augment::Compose;
use crate::preprocess::ParamValue;

/// A row for each setting; the first of a step has its name and its probability.
impl Rich for Compose {
    fn bundle(&self) -> Bundle {
        let (names, params) = (self.step_names(), self.params());
        let (mut steps, mut probabilities, mut settings, mut values) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for name in &names {
            let prefix = format!("{name}__");
            let mut own: Vec<(String, ParamValue)> = params
                .iter()
                .filter_map(|(name, value)| Some((name.strip_prefix(&prefix)?.to_string(), value.clone())))
                .collect();
            let p = own.iter().position(|(name, _)| name == "p").map(|place| own.remove(place).1.to_string());
            let rows = in_words(&own);
            for row_idx in 0..rows.len().max(1) {
                let is_first = row_idx == 0;
                steps.push(Cell::new(if is_first { name } else { "" }));
                probabilities.push(Cell::new(p.as_deref().filter(|_| is_first).unwrap_or_default()));
                let (setting, value) = rows.get(row_idx).cloned().unwrap_or_default();
                settings.push(Cell::new(&setting));
                values.push(Cell::new(&value));
            }
        }
        let table = Table::new(vec![
            Column::new("step", ColumnKind::RowName, steps),
            Column::new("p", ColumnKind::Number, probabilities),
            Column::new("setting", ColumnKind::Text, settings),
            Column::new("value", ColumnKind::Text, values),
        ]);
        table.heading(&format!("Composition of {}, seed {}", count(names.len(), "step"), self.seed_number())).bundle()
    }
}

/// Settings and their values; both ends of a range stand together.
fn in_words(params: &[(String, ParamValue)]) -> Vec<(String, String)> {
    let value_of = |wanted: &str| params.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.to_string());
    let mut words = Vec::new();
    for (name, value) in params {
        let range = name.strip_suffix("_low").and_then(|base| Some((base, value_of(&format!("{base}_high"))?)));
        let is_second = name.strip_suffix("_high").is_some_and(|base| value_of(&format!("{base}_low")).is_some());
        match range {
            Some((base, high)) if high == value.to_string() => words.push((base.to_string(), high)),
            Some((base, high)) => words.push((base.to_string(), format!("{value} to {high}"))),
            None if is_second => {}
            None => words.push((name.clone(), value.to_string())),
        }
    }
    words
}
