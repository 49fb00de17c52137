//! One split, into rows to train on and rows to test on at the very end.

use std::cmp::Reverse;

use super::stratified::{ClassRows, class_rows};
use crate::data::{Dataset, Task};
use crate::error::{Error, Result};
use crate::train::random;

/// Splits `data` into rows to train on and rows held out for a test, both in random order.
///
/// `ceil(test_fraction · n_samples)` rows are held out. Where classes are to be told, each is as frequent on both sides as in
/// all rows, as nearly as can be.
///
/// | parameter | range |
/// |---|---|
/// | `test_fraction` | > 0 and < 1, with at least as many rows on each side as there are classes |
/// | `seed` | any |
///
/// # Errors
/// [`Error::InvalidValue`] for a fraction out of range; also for a class of one row, which cannot be on
/// both sides.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, drop_missing, penguins};
/// use workbench::select::train_test_split;
///
/// let data = Dataset::from_frame(&drop_missing(&penguins()?, &["sex"])?, "sex")?;
/// let (train, test) = train_test_split(&data, 0.25, 42)?;
/// assert_eq!((train.n_samples(), test.n_samples()), (249, 84));
///
/// let refused = train_test_split(&data, 1.5, 42).unwrap_err();
/// assert_eq!(refused.to_string(), "test_fraction is 1.5, but it must be greater than 0 and less than 1");
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn train_test_split(data: &Dataset, test_fraction: f64, seed: u64) -> Result<(Dataset, Dataset)> {
    if !(test_fraction > 0.0 && test_fraction < 1.0) {
        return Err(refuse(test_fraction, "greater than 0 and less than 1".to_string()));
    }
    let groups = match data.task() {
        Task::Classification => class_rows(data, "train_test_split")?,
        Task::Regression => vec![ClassRows { label: String::new(), rows: (0..data.n_samples()).collect() }],
    };
    let n_test = (test_fraction * data.n_samples() as f64).ceil() as usize;
    check(data, &groups, n_test, test_fraction)?;
    let mut train = Vec::with_capacity(data.n_samples() - n_test);
    let mut test = Vec::with_capacity(n_test);
    let counts: Vec<usize> = groups.iter().map(|group| group.rows.len()).collect();
    for (stream, (group, n_test)) in groups.iter().zip(shares(&counts, n_test)).enumerate() {
        let mut rows = group.rows.clone();
        random::shuffle(&mut rows, &mut random::stream(seed, stream as u64 + 1));
        train.extend(rows.split_off(n_test.min(rows.len())));
        test.extend(rows);
    }
    let generator = &mut random::stream(seed, 0);
    random::shuffle(&mut train, generator);
    random::shuffle(&mut test, generator);
    Ok((data.take(&train)?, data.take(&test)?))
}

fn check(data: &Dataset, groups: &[ClassRows], n_test: usize, test_fraction: f64) -> Result<()> {
    let n_samples = data.n_samples();
    let too_small = groups.iter().find(|group| group.rows.len() < 2);
    if let (Task::Classification, Some(group)) = (data.task(), too_small) {
        return Err(Error::InvalidValue {
            what: format!("the class \"{}\" of the target `{}`", group.label, data.target_name()),
            value: "in 1 row".to_string(),
            allowed: "in at least 2 rows, one for each side of the split".to_string(),
        });
    }
    let n_groups = groups.len();
    // A side without room for each class could not tell how well they are told.
    if n_test < n_groups || n_samples.saturating_sub(n_test) < n_groups {
        let allowed = match data.task() {
            Task::Classification => format!("such that each side of {n_samples} rows has room for {n_groups} classes"),
            Task::Regression => format!("such that each side of {n_samples} rows has at least one"),
        };
        return Err(refuse(test_fraction, allowed));
    }
    Ok(())
}

/// How many of the `counts` items of each group are taken, `n_taken` in all.
///
/// Each group gives the whole part of its share, and the rest comes from those with the greatest remainders.
pub(super) fn shares(counts: &[usize], n_taken: usize) -> Vec<usize> {
    let exact = |count: usize| count as u128 * n_taken as u128;
    let n_samples = counts.iter().sum::<usize>().max(1) as u128;
    let mut shares: Vec<usize> = counts.iter().map(|&count| (exact(count) / n_samples) as usize).collect();
    let mut by_remainder: Vec<(u128, usize)> =
        counts.iter().enumerate().map(|(group_idx, &count)| (exact(count) % n_samples, group_idx)).collect();
    by_remainder.sort_by_key(|&(remainder, group_idx)| (Reverse(remainder), group_idx));
    let n_missing = n_taken.saturating_sub(shares.iter().sum());
    for (_, group_idx) in by_remainder.into_iter().take(n_missing) {
        if let Some(share) = shares.get_mut(group_idx) {
            *share += 1;
        }
    }
    shares
}

fn refuse(test_fraction: f64, allowed: String) -> Error {
    Error::InvalidValue { what: "test_fraction".to_string(), value: test_fraction.to_string(), allowed }
}
