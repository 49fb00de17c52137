//! Folds that validate one row, or some, in every possible way.

use serde::{Deserialize, Serialize};

use super::groups::Groups;
use super::{Splitter, refuse};
use crate::data::{Dataset, Fold};
use crate::error::Result;

/// So many row numbers may all folds have together (2 GB).
const POSITIONS_MAX: u128 = 250_000_000;

/// A fold for each row, which is validated alone. Every row is validated once.
///
/// # Errors
/// [`Error::InvalidValue`](crate::Error::InvalidValue) for one row, or for more than 15,811, whose folds would take more than 2 GB;
/// use [`KFold`](super::KFold) there.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, iris};
/// use workbench::select::{LeaveOneOut, Splitter};
///
/// let data = Dataset::from_frame(&iris()?, "species")?;
/// assert_eq!(LeaveOneOut::new().split(&data)?.len(), 150);
/// assert!(LeaveOneOut::new().split(&data.take(&[0])?).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaveOneOut {}

impl LeaveOneOut {
    /// The splitter, which has no settings.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Splitter for LeaveOneOut {
    fn split(&self, data: &Dataset) -> Result<Vec<Fold>> {
        leave_out("LeaveOneOut", 1, data.n_samples(), data.n_samples(), "rows", |chosen| chosen.to_vec())
    }
}

/// A fold for each way to choose `p` rows, which are validated together. Every row is validated equally often.
///
/// | parameter | range |
/// |---|---|
/// | `p` | 1 to `n_samples - 1` |
///
/// # Errors
/// [`Error::InvalidValue`](crate::Error::InvalidValue) for `p` out of range, or where the folds would take more than 2 GB.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, iris};
/// use workbench::select::{LeavePOut, Splitter};
///
/// let data = Dataset::from_frame(&iris()?, "species")?;
/// assert_eq!(LeavePOut::new(2).split(&data)?.len(), 150 * 149 / 2);
/// assert!(LeavePOut::new(75).split(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeavePOut {
    p: usize,
}

impl LeavePOut {
    /// Folds that validate `p` rows.
    pub fn new(p: usize) -> Self {
        Self { p }
    }
}

impl Splitter for LeavePOut {
    fn split(&self, data: &Dataset) -> Result<Vec<Fold>> {
        leave_out("LeavePOut.p", self.p, data.n_samples(), data.n_samples(), "rows", |chosen| chosen.to_vec())
    }
}

/// A fold for each [group](Dataset::with_groups), in the order of the groups' numbers. Every row is validated once.
///
/// # Errors
/// [`Error::NoGroups`](crate::Error::NoGroups); [`Error::InvalidValue`](crate::Error::InvalidValue) for one group.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, iris};
/// use workbench::select::{LeaveOneGroupOut, Splitter};
///
/// let data = Dataset::from_frame(&iris()?, "species")?;
/// let groups: Vec<u32> = (0..150).map(|row| row / 30).collect();
/// assert_eq!(LeaveOneGroupOut::new().split(&data.clone().with_groups(&groups)?)?.len(), 5);
/// assert!(LeaveOneGroupOut::new().split(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaveOneGroupOut {}

impl LeaveOneGroupOut {
    /// The splitter, which has no settings.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Splitter for LeaveOneGroupOut {
    fn split(&self, data: &Dataset) -> Result<Vec<Fold>> {
        let groups = Groups::of(data, "LeaveOneGroupOut")?;
        leave_out("LeaveOneGroupOut", 1, groups.len(), data.n_samples(), "groups", |chosen| rows_of(&groups, chosen))
    }
}

/// A fold for each way to choose `n_groups` [groups](Dataset::with_groups), which are validated together.
///
/// | parameter | range |
/// |---|---|
/// | `n_groups` | 1 to the number of groups less 1 |
///
/// # Errors
/// [`Error::NoGroups`](crate::Error::NoGroups); [`Error::InvalidValue`](crate::Error::InvalidValue) for `n_groups` out of range, or where the
/// folds would take more than 2 GB.
///
/// # Examples
///
/// ```
/// use workbench::data::{Dataset, iris};
/// use workbench::select::{LeavePGroupsOut, Splitter};
///
/// let data = Dataset::from_frame(&iris()?, "species")?;
/// let groups: Vec<u32> = (0..150).map(|row| row / 30).collect();
/// let grouped = data.clone().with_groups(&groups)?;
/// assert_eq!(LeavePGroupsOut::new(2).split(&grouped)?.len(), 10);
/// assert!(LeavePGroupsOut::new(5).split(&grouped).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeavePGroupsOut {
    n_groups: usize,
}

impl LeavePGroupsOut {
    /// Folds that validate `n_groups` groups.
    pub fn new(n_groups: usize) -> Self {
        Self { n_groups }
    }
}

impl Splitter for LeavePGroupsOut {
    fn split(&self, data: &Dataset) -> Result<Vec<Fold>> {
        let groups = Groups::of(data, "LeavePGroupsOut")?;
        let what = "LeavePGroupsOut.n_groups";
        leave_out(what, self.n_groups, groups.len(), data.n_samples(), "groups", |chosen| rows_of(&groups, chosen))
    }
}

fn rows_of(groups: &Groups, chosen: &[usize]) -> Vec<usize> {
    let mut rows: Vec<usize> = chosen.iter().filter_map(|&group| groups.rows.get(group)).flatten().copied().collect();
    rows.sort_unstable();
    rows
}

/// A fold for each way to choose `p` of `n` items, in lexical order; `rows` has the rows of a choice, ascending.
fn leave_out(
    what: &str,
    p: usize,
    n: usize,
    n_samples: usize,
    items: &str,
    rows: impl Fn(&[usize]) -> Vec<usize>,
) -> Result<Vec<Fold>> {
    if p == 0 || p >= n {
        let allowed = format!("at least 1, and less than the number of {items}, which is {n}");
        return Err(refuse(what, p, allowed));
    }
    let n_positions = n_choices(n, p).saturating_mul(n_samples as u128);
    if n_positions > POSITIONS_MAX {
        return Err(refuse(
            &format!("{what}: the number of folds × rows"),
            format!("more than {POSITIONS_MAX}"),
            format!("at most {POSITIONS_MAX}; use `KFold`, `GroupKFold` or `ShuffleSplit`"),
        ));
    }
    let mut chosen: Vec<usize> = (0..p).collect();
    let mut folds = Vec::new();
    loop {
        let validation = rows(&chosen);
        let mut is_validated = vec![false; n_samples];
        for &row in &validation {
            if let Some(flag) = is_validated.get_mut(row) {
                *flag = true;
            }
        }
        let train = is_validated.iter().enumerate().filter(|(_, flag)| !**flag).map(|(row, _)| row).collect();
        folds.push(Fold { train, validation });
        if !next_choice(&mut chosen, n) {
            return Ok(folds);
        }
    }
}

/// Makes the next of all ascending choices out of `0..n`; false after the last.
fn next_choice(chosen: &mut [usize], n: usize) -> bool {
    let p = chosen.len();
    let Some(position) =
        (0..p).rev().find(|&position| chosen.get(position).is_some_and(|item| item + p < n + position))
    else {
        return false;
    };
    let start = chosen.get(position).map_or(0, |item| item + 1);
    for (offset, item) in chosen.iter_mut().skip(position).enumerate() {
        *item = start + offset;
    }
    true
}

/// The number of ways to choose `p` of `n`, as far as it is of interest.
fn n_choices(n: usize, p: usize) -> u128 {
    let mut n_choices = 1_u128;
    for k in 0..p.min(n - p) as u128 {
        n_choices = n_choices * (n as u128 - k) / (k + 1);
        if n_choices > POSITIONS_MAX {
            break;
        }
    }
    n_choices
}
