//! How a successive halving shares its resource out: pure numbers.

use crate::error::{Error, Result};

/// What a successive halving begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MinResources {
    /// As much as makes the last iteration use all there is.
    #[default]
    Exhaust,
    /// As little as makes sense: of rows, two for each fold and class; of a setting, 1.
    Smallest,
    /// So much.
    Count(usize),
}

impl From<usize> for MinResources {
    fn from(n_resources: usize) -> Self {
        Self::Count(n_resources)
    }
}

/// What a schedule is made from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) n_candidates: usize,
    /// At least 2.
    pub(super) factor: usize,
    pub(super) min_resources: MinResources,
    /// What [`MinResources::Smallest`] means here.
    pub(super) smallest: usize,
    pub(super) max_resources: usize,
    pub(super) aggressive_elimination: bool,
}

/// How many candidates one iteration has, and how much of the resource each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Iteration {
    pub(super) n_candidates: usize,
    pub(super) n_resources: usize,
}

impl Terms {
    /// How much the first iteration gives each candidate; an error where that is more than there is.
    pub(super) fn first_resources(&self) -> Result<usize> {
        let first = match self.min_resources {
            MinResources::Count(n_resources) => n_resources,
            MinResources::Smallest => self.smallest,
            MinResources::Exhaust => {
                self.smallest.max(self.max_resources / power(self.factor, log(self.n_candidates, self.factor)))
            }
        };
        if (1..=self.max_resources).contains(&first) {
            return Ok(first);
        }
        Err(Error::InvalidValue {
            what: "min_resources".to_string(),
            value: first.to_string(),
            allowed: format!("from 1 to max_resources, which is {}", self.max_resources),
        })
    }

    /// The iterations, in order.
    pub(super) fn iterations(&self) -> Result<Vec<Iteration>> {
        let first = self.first_resources()?;
        // Exact logarithms; scikit-learn's are rounded, so that it takes 243 candidates by a factor of 3 for less than five halvings.
        let n_required = 1 + log(self.n_candidates, self.factor);
        let n_possible = 1 + log(self.max_resources / first, self.factor);
        let n_iterations = if self.aggressive_elimination { n_required } else { n_possible.min(n_required) };
        let mut n_candidates = self.n_candidates;
        let mut iterations = Vec::with_capacity(n_iterations);
        for iteration in 0..n_iterations {
            let halvings = if self.aggressive_elimination {
                (iteration + n_possible).saturating_sub(n_required)
            } else {
                iteration
            };
            let n_resources = power(self.factor, halvings).saturating_mul(first).min(self.max_resources);
            iterations.push(Iteration { n_candidates, n_resources });
            n_candidates = n_candidates.div_ceil(self.factor);
        }
        Ok(iterations)
    }
}

/// The greatest `n` with `factor^n <= number`; 0 for 0.
fn log(number: usize, factor: usize) -> usize {
    let (mut n, mut rest) = (0, number);
    while rest >= factor && factor > 1 {
        rest /= factor;
        n += 1;
    }
    n
}

fn power(factor: usize, exponent: usize) -> usize {
    factor.saturating_pow(u32::try_from(exponent).unwrap_or(u32::MAX))
}
