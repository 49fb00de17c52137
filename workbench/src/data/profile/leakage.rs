//! Columns that give the target away.

use std::collections::HashMap;

use polars::prelude::{Column, DataFrame, DataType};

use super::{Profile, ProfileWarning};
use crate::data::{column, in_parallel, is_numeric, numbers, statistics};
use crate::error::Result;

/// So many rows are looked at.
const ROWS_MAX: usize = 20_000;
/// A target of numbers with more different values is not one of classes.
const CLASSES_MAX: usize = 20;
/// Columns of more different numbers are looked at in so many intervals.
const INTERVALS: usize = 32;
/// So much of what is unknown without a column must be known with it.
const SHARE_MIN: f64 = 0.95;
const CORRELATION_MIN: f64 = 0.98;

pub(super) fn of(frame: &DataFrame, target: &str, profile: &Profile) -> Result<Vec<ProfileWarning>> {
    let step = frame.height().div_ceil(ROWS_MAX).max(1);
    let target_values = Values::of(column(frame, target)?, step)?;
    let others: Vec<&Column> = frame.columns().iter().filter(|column| column.name().as_str() != target).collect();
    let warnings = in_parallel(&others, |column| {
        let name = column.name().to_string();
        let is_id =
            profile.column(&name).is_ok_and(|summary| summary.distinct == summary.count && summary.mean.is_none());
        if column.dtype().is_nested() || is_id {
            return Ok(None);
        }
        let values = Values::of(column, step)?;
        let text = match values.tells(&target_values) {
            Tells::All => format!("{name} equals {target}, only under other names"),
            Tells::Nearly(share) => {
                format!("{name} alone tells {:.1} % of what there is to know of {target}", 100.0 * share)
            }
            Tells::Little => return Ok(None),
        };
        let text = format!("{text}: is it known before {target} is?");
        Ok(Some(ProfileWarning { mend: format!("frame.drop_many([{name:?}])"), columns: vec![name], text }))
    })?;
    Ok(warnings.into_iter().flatten().collect())
}

enum Tells {
    All,
    Nearly(f64),
    Little,
}

/// Some rows of a column: a code for each value, and the numbers if they are many. Missing is a value of its own: it may tell as much.
struct Values {
    codes: Vec<usize>,
    n_codes: usize,
    numbers: Option<Vec<f64>>,
}

impl Values {
    fn of(column: &Column, step: usize) -> Result<Self> {
        if is_numeric(column.dtype()) {
            let some: Vec<f64> = numbers(column)?.iter().copied().step_by(step).collect();
            let (codes, n_codes) = codes(some.iter().map(|value| (value + 0.0).to_bits()));
            let numbers = (n_codes > CLASSES_MAX).then_some(some);
            return Ok(Self { codes, n_codes, numbers });
        }
        let texts = column.cast(&DataType::String)?;
        let (codes, n_codes) = codes(texts.str()?.iter().step_by(step));
        Ok(Self { codes, n_codes, numbers: None })
    }

    fn tells(&self, target: &Self) -> Tells {
        if target.n_codes < 2 || self.n_codes < 2 {
            return Tells::Little;
        }
        let pairs = codes(self.codes.iter().zip(&target.codes)).1;
        if pairs == self.n_codes && pairs == target.n_codes && 2 * pairs <= self.codes.len() {
            return Tells::All;
        }
        if let (Some(a), Some(b)) = (&self.numbers, &target.numbers) {
            let r = correlation(a, b).abs();
            return match r {
                _ if r > 1.0 - 1e-9 => Tells::All,
                _ if r >= CORRELATION_MIN => Tells::Nearly(r * r),
                _ => Tells::Little,
            };
        }
        let groups = self.groups();
        let share = match &target.numbers {
            Some(numbers) => explained(&groups, numbers),
            None => told(&groups, &target.codes),
        };
        if share >= SHARE_MIN { Tells::Nearly(share) } else { Tells::Little }
    }

    /// The values, or the intervals of many numbers.
    fn groups(&self) -> Vec<usize> {
        let Some(numbers) = &self.numbers else { return self.codes.clone() };
        let mut known = statistics::known(numbers);
        let bounds: Vec<f64> =
            (1..INTERVALS).filter_map(|idx| statistics::quantile(&mut known, idx as f64 / INTERVALS as f64)).collect();
        let interval =
            |value: &f64| if value.is_nan() { INTERVALS } else { bounds.partition_point(|bound| bound < value) };
        numbers.iter().map(interval).collect()
    }
}

/// The share of wrong guesses that the groups make right: 1 − (errors with them) / (errors without). A row that is alone in its group
/// counts as wrong, since it shows nothing.
fn told(groups: &[usize], classes: &[usize]) -> f64 {
    let errors = |groups: &mut dyn Iterator<Item = usize>| {
        let mut counts: HashMap<(usize, usize), usize> = HashMap::new();
        let mut sizes: HashMap<usize, usize> = HashMap::new();
        for (group, &class) in groups.zip(classes) {
            *counts.entry((group, class)).or_default() += 1;
            *sizes.entry(group).or_default() += 1;
        }
        let mut best: HashMap<usize, usize> = HashMap::new();
        for ((group, _), count) in counts {
            let most = best.entry(group).or_default();
            *most = count.max(*most);
        }
        let right = best.iter().filter(|(group, _)| sizes.get(group).is_some_and(|&size| size > 1));
        classes.len() - right.map(|(_, count)| count).sum::<usize>()
    };
    let without = errors(&mut classes.iter().map(|_| 0));
    let with = errors(&mut groups.iter().copied());
    if without == 0 { 0.0 } else { 1.0 - with as f64 / without as f64 }
}

/// The share of the variance that lies between the groups; a row that is alone in its group shows nothing.
fn explained(groups: &[usize], numbers: &[f64]) -> f64 {
    let mut of_group: HashMap<usize, Vec<f64>> = HashMap::new();
    for (&group, &number) in groups.iter().zip(numbers).filter(|(_, number)| number.is_finite()) {
        of_group.entry(group).or_default().push(number);
    }
    let squares = |values: &[f64]| {
        statistics::mean_variance(values, 0).map_or(0.0, |(_, variance)| variance * values.len() as f64)
    };
    let finite: Vec<f64> = numbers.iter().copied().filter(|number| number.is_finite()).collect();
    let total = squares(&finite);
    let mut sorted: Vec<(&usize, &Vec<f64>)> = of_group.iter().collect();
    sorted.sort_unstable_by_key(|(group, _)| **group);
    let n_alone = sorted.iter().filter(|(_, values)| values.len() == 1).count();
    let within: f64 = sorted.iter().map(|(_, values)| squares(values)).sum();
    if total <= 0.0 { 0.0 } else { (1.0 - within / total) * (1.0 - n_alone as f64 / finite.len() as f64) }
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let both: Vec<(f64, f64)> =
        a.iter().copied().zip(b.iter().copied()).filter(|(a, b)| a.is_finite() && b.is_finite()).collect();
    let n = both.len() as f64;
    let (mean_a, mean_b) =
        (both.iter().map(|pair| pair.0).sum::<f64>() / n, both.iter().map(|pair| pair.1).sum::<f64>() / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in both {
        let (a, b) = (a - mean_a, b - mean_b);
        (ab, aa, bb) = (ab + a * b, aa + a * a, bb + b * b);
    }
    let r = ab / (aa.sqrt() * bb.sqrt());
    if r.is_finite() { r } else { 0.0 }
}

/// A number for each different item, in the order in which they come.
fn codes<T: Eq + std::hash::Hash>(items: impl Iterator<Item = T>) -> (Vec<usize>, usize) {
    let mut of_item: HashMap<T, usize> = HashMap::new();
    let codes = items.map(|item| {
        let next = of_item.len();
        *of_item.entry(item).or_insert(next)
    });
    let codes: Vec<usize> = codes.collect();
    let n_codes = of_item.len();
    (codes, n_codes)
}
