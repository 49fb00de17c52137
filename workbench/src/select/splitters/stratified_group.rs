//! Folds that keep groups together, and in which each class has its share.

use serde::{Deserialize, Serialize};

use super::groups::Groups;
use super::{Splitter, folds, refuse};
use crate::data::{Dataset, Fold, Target};
use crate::error::{Error, Result};
use crate::train::random;

/// Folds of whole [groups](Dataset::with_groups) in which each class is about as frequent as in all rows. Every row is validated once.
///
/// Groups whose classes are the most uneven go first, each to the fold where it leaves the classes' shares the most even over the
/// folds, which gives scikit-learn's folds. After [`shuffle`](Self::shuffle), groups that are equally uneven come in random order.
///
/// | parameter | default | range |
/// |---|---|---|
/// | `n_splits` | | 2 to the number of groups, and to the largest class's number of rows |
/// | `shuffle` | none | any seed |
///
/// # Errors
/// [`Error::NoGroups`]; [`Error::NotClasses`] for a regression target; [`Error::InvalidValue`] for less than 2 folds, or more than
/// groups or rows of every class.
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::data::{Dataset, Target};
/// use workbench::select::{Splitter, StratifiedGroupKFold};
///
/// let target = Target::from_labels(&["a", "b", "a", "b"]);
/// let data = Dataset::new(df!("x" => [1, 2, 3, 4])?, target, "y")?.with_groups(&[0, 0, 1, 1])?;
/// assert_eq!(StratifiedGroupKFold::new(2).split(&data)?[0].validation, [0, 1]);
/// assert!(StratifiedGroupKFold::new(3).split(&data).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StratifiedGroupKFold {
    n_splits: usize,
    seed: Option<u64>,
}

impl StratifiedGroupKFold {
    /// `n_splits` folds.
    pub fn new(n_splits: usize) -> Self {
        Self { n_splits, seed: None }
    }

    /// Takes groups that are equally uneven in random order, as `seed` decides.
    pub fn shuffle(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }
}

impl Splitter for StratifiedGroupKFold {
    fn split(&self, data: &Dataset) -> Result<Vec<Fold>> {
        const NAME: &str = "StratifiedGroupKFold";
        let Target::Classes { codes, labels } = data.target() else {
            return Err(Error::NotClasses { what: NAME.to_string(), target: data.target_name().to_string() });
        };
        let groups = Groups::of(data, NAME)?;
        groups.check_n_splits(NAME, self.n_splits)?;
        let counts = Counts::new(codes, labels.len(), &groups);
        let largest = counts.of_class.iter().fold(0.0_f64, |largest, count| largest.max(*count));
        if self.n_splits as f64 > largest {
            let allowed = format!("no greater than {largest}, the rows of the largest class");
            return Err(refuse("StratifiedGroupKFold.n_splits", self.n_splits, allowed));
        }
        let mut order = match self.seed {
            Some(seed) => random::permutation(groups.len(), seed, 0),
            None => (0..groups.len()).collect(),
        };
        let unevenness: Vec<f64> = counts.of_group.iter().map(|counts| deviation(counts)).collect();
        let key = |group: usize| unevenness.get(group).copied().unwrap_or_default();
        order.sort_by(|&one, &other| key(other).total_cmp(&key(one)));
        Ok(folds(&groups.fold_of_row(&counts.deal(&order, self.n_splits)), self.n_splits))
    }
}

/// How many rows each class has.
struct Counts {
    of_class: Vec<f64>,
    of_group: Vec<Vec<f64>>,
}

impl Counts {
    /// Classes without rows are left out.
    fn new(codes: &[u32], n_classes: usize, groups: &Groups) -> Self {
        let mut of_class = vec![0.0; n_classes];
        let mut of_group = vec![vec![0.0; n_classes]; groups.len()];
        for (&code, &group) in codes.iter().zip(&groups.of_row) {
            let code = code as usize;
            if let (Some(class), Some(in_group)) =
                (of_class.get_mut(code), of_group.get_mut(group).and_then(|counts| counts.get_mut(code)))
            {
                *class += 1.0;
                *in_group += 1.0;
            }
        }
        let occurring = |counts: &[f64]| -> Vec<f64> {
            counts.iter().zip(&of_class).filter(|(_, total)| **total > 0.0).map(|(count, _)| *count).collect()
        };
        let of_group = of_group.iter().map(|counts| occurring(counts)).collect();
        Self { of_class: occurring(&of_class), of_group }
    }

    /// The fold of each group, when they are dealt in this order.
    fn deal(&self, order: &[usize], n_splits: usize) -> Vec<usize> {
        let mut of_fold = vec![vec![0.0; self.of_class.len()]; n_splits];
        let mut fold_of_group = vec![0; order.len()];
        for &group in order {
            let Some(counts) = self.of_group.get(group) else { continue };
            let best = self.best_fold(&mut of_fold, counts);
            if let Some(fold) = of_fold.get_mut(best) {
                add(fold, counts, 1.0);
            }
            if let Some(fold) = fold_of_group.get_mut(group) {
                *fold = best;
            }
        }
        fold_of_group
    }

    /// The fold in which a group with these `counts` leaves the classes the most even over the folds; of about equal ones that with
    /// the fewest rows.
    fn best_fold(&self, of_fold: &mut [Vec<f64>], counts: &[f64]) -> usize {
        let (mut best, mut least, mut fewest) = (0, f64::INFINITY, f64::INFINITY);
        for fold_idx in 0..of_fold.len() {
            change(of_fold, fold_idx, counts, 1.0);
            let shares = self.of_class.iter().enumerate().map(|(class, total)| {
                let shares: Vec<f64> =
                    of_fold.iter().filter_map(|fold| fold.get(class)).map(|count| count / total).collect();
                deviation(&shares)
            });
            let unevenness = shares.sum::<f64>() / self.of_class.len().max(1) as f64;
            let n_rows: f64 = of_fold.get(fold_idx).map(|fold| fold.iter().sum()).unwrap_or_default();
            change(of_fold, fold_idx, counts, -1.0);
            // numpy's isclose.
            let is_close = least.is_finite() && (unevenness - least).abs() <= 1e-8 + 1e-5 * least.abs();
            if unevenness < least || is_close && n_rows < fewest {
                (best, least, fewest) = (fold_idx, unevenness, n_rows);
            }
        }
        best
    }
}

fn change(of_fold: &mut [Vec<f64>], fold_idx: usize, counts: &[f64], sign: f64) {
    if let Some(fold) = of_fold.get_mut(fold_idx) {
        add(fold, counts, sign);
    }
}

fn add(to: &mut [f64], counts: &[f64], sign: f64) {
    for (sum, count) in to.iter_mut().zip(counts) {
        *sum += sign * count;
    }
}

/// The standard deviation, dividing by the number.
fn deviation(values: &[f64]) -> f64 {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / n).sqrt()
}
