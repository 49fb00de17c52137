//! The folds in which training rows are encoded: scikit-learn's `KFold` and `StratifiedKFold`.

use super::NAME;
use crate::error::{Error, Result};
use crate::train::random;

/// For each row its fold.
pub(super) struct Folds {
    of_rows: Vec<u16>,
    n_folds: usize,
}

impl Folds {
    /// All rows in one fold.
    pub(super) fn one(n_rows: usize) -> Self {
        Self { of_rows: vec![0; n_rows], n_folds: 1 }
    }

    /// `n_folds` folds of nearly equal size, with classes each of the same share of every class. With a seed, rows are drawn into them.
    pub(super) fn new(
        n_folds: u64,
        seed: Option<u64>,
        n_rows: usize,
        classes: Option<(&[u32], usize)>,
    ) -> Result<Self> {
        let fewest = match classes {
            // Stratified folds need one class at least that reaches them all.
            Some((codes, n_classes)) => counts(codes, n_classes).into_iter().max().unwrap_or_default(),
            None => n_rows,
        };
        if n_folds < 2 || n_folds > fewest as u64 || n_folds > u64::from(u16::MAX) {
            let what = if classes.is_some() { "the count of the largest class" } else { "the number of rows" };
            return Err(Error::InvalidValue {
                what: format!("{NAME}.cv"),
                value: n_folds.to_string(),
                allowed: format!("from 2 to {what}, {}", fewest.min(usize::from(u16::MAX))),
            });
        }
        let n_folds = n_folds as usize;
        let of_rows = match classes {
            Some((codes, n_classes)) => stratified(codes, n_classes, n_folds, seed),
            None => {
                let in_order = sizes(n_rows, n_folds).into_iter().enumerate();
                let in_order = in_order.flat_map(|(fold, size)| std::iter::repeat_n(fold as u16, size));
                match seed {
                    None => in_order.collect(),
                    Some(seed) => {
                        let mut of_rows = vec![0; n_rows];
                        for (row, fold) in random::permutation(n_rows, seed, 0).into_iter().zip(in_order) {
                            if let Some(of_row) = of_rows.get_mut(row) {
                                *of_row = fold;
                            }
                        }
                        of_rows
                    }
                }
            }
        };
        Ok(Self { of_rows, n_folds })
    }

    pub(super) fn len(&self) -> usize {
        self.n_folds
    }

    pub(super) fn of_rows(&self) -> &[u16] {
        &self.of_rows
    }
}

/// The sizes of `n_folds` folds of `n_rows` rows, the larger ones first.
fn sizes(n_rows: usize, n_folds: usize) -> Vec<usize> {
    let (least, rest) = (n_rows / n_folds.max(1), n_rows % n_folds.max(1));
    (0..n_folds).map(|fold| least + usize::from(fold < rest)).collect()
}

fn counts(codes: &[u32], n_classes: usize) -> Vec<usize> {
    let mut counts = vec![0; n_classes];
    for &code in codes {
        if let Some(count) = counts.get_mut(code as usize) {
            *count += 1;
        }
    }
    counts
}

/// The rows sorted by class are dealt out in turn, which says how many of each class every fold gets.
fn stratified(codes: &[u32], n_classes: usize, n_folds: usize, seed: Option<u64>) -> Vec<u16> {
    // Classes in the order in which they first come.
    let mut rank_of: Vec<Option<usize>> = vec![None; n_classes];
    let mut order = Vec::new();
    for &code in codes {
        if let Some(rank) = rank_of.get_mut(code as usize)
            && rank.is_none()
        {
            *rank = Some(order.len());
            order.push(code as usize);
        }
    }
    let counts = counts(codes, n_classes);
    let mut dealt: Vec<Vec<u16>> = vec![Vec::new(); n_classes];
    let mut start = 0;
    for &class in &order {
        let count = counts.get(class).copied().unwrap_or_default();
        let mut shares = vec![0_usize; n_folds];
        for position in start..start + count {
            if let Some(share) = shares.get_mut(position % n_folds) {
                *share += 1;
            }
        }
        start += count;
        let in_order = shares.into_iter().enumerate();
        let in_order: Vec<u16> = in_order.flat_map(|(fold, share)| std::iter::repeat_n(fold as u16, share)).collect();
        let drawn = match seed {
            None => in_order,
            Some(seed) => {
                let order = random::permutation(count, seed, class as u64);
                order.into_iter().filter_map(|position| in_order.get(position).copied()).collect()
            }
        };
        if let Some(of_class) = dealt.get_mut(class) {
            *of_class = drawn;
        }
    }
    let mut next = vec![0_usize; n_classes];
    let fold = |&code: &u32| {
        let next = next.get_mut(code as usize)?;
        let fold = dealt.get(code as usize)?.get(*next).copied();
        *next += 1;
        fold
    };
    codes.iter().map(fold).map(Option::unwrap_or_default).collect()
}
