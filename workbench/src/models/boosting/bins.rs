//! Features in at most 255 bins, read off ranks.
//!
//! A fold's bins are made of its training rows alone: a pass over their ranks counts each value, a pass over the different values finds the quantiles and
//! tells every rank its bin, and a third looks the bins up. Nothing is sorted again.

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::models::tree::ranked::{Distinct, RankedColumn};

/// Features whose bins lie side by side, so that one load brings a row's bins of all of them, and their histograms fit into the innermost cache.
pub(super) const LANES: usize = 4;

/// No threshold lies above this, which any finite value is at most.
const ALMOST_INFINITE: f64 = 1e300;

/// How the values of one feature are told apart.
#[derive(Clone, Debug)]
pub(super) struct Feature {
    /// Bins of values that are not missing; missing ones have the bin after these.
    pub(super) n_bins: usize,
    /// Whether a training row is missing.
    pub(super) has_missing: bool,
    pub(super) edges: Edges,
}

#[derive(Clone, Debug)]
pub(super) enum Edges {
    /// The greatest value of each bin but the last.
    Thresholds(Vec<f64>),
    /// The category of each bin.
    Categories(Vec<String>),
}

/// The bins of some rows.
#[derive(Debug)]
pub(super) struct Bins {
    /// For [`LANES`] features each, the bins of every row.
    pub(super) groups: Vec<Vec<[u8; LANES]>>,
    pub(super) n_rows: usize,
}

/// For each feature how its values are told apart, and for each the bin of every rank.
pub(super) struct Binning {
    pub(super) features: Vec<Feature>,
    tables: Vec<Vec<u8>>,
}

impl Binning {
    /// At most `max_bins` bins of the training `rows`, of which the one at position `i` counts `weights[i]` times.
    pub(super) fn new(
        model: &'static str,
        columns: &[RankedColumn],
        rows: &[usize],
        weights: Option<&[f64]>,
        max_bins: usize,
    ) -> Result<Self> {
        let made: Vec<Result<(Feature, Vec<u8>)>> = columns
            .par_iter()
            .with_min_len(columns.len().div_ceil(rayon::current_num_threads().max(1)).max(1))
            .map(|column| feature(model, column, rows, weights, max_bins))
            .collect();
        let (features, tables) = made.into_iter().collect::<Result<Vec<_>>>()?.into_iter().unzip();
        Ok(Self { features, tables })
    }

    /// The bins of `rows`.
    pub(super) fn bin(&self, columns: &[RankedColumn], rows: &[usize]) -> Bins {
        let groups = columns.chunks(LANES).zip(self.tables.chunks(LANES)).zip(self.features.chunks(LANES));
        let groups = groups.map(|((columns, tables), features)| {
            let mut bins = vec![[0_u8; LANES]; rows.len()];
            for (lane, ((column, table), feature)) in columns.iter().zip(tables).zip(features).enumerate() {
                let missing = feature.n_bins as u8;
                for (bins, &row) in bins.iter_mut().zip(rows) {
                    let rank = column.ranks.get(row).copied().unwrap_or(u32::MAX);
                    if let Some(bin) = bins.get_mut(lane) {
                        *bin = table.get(rank as usize).copied().unwrap_or(missing);
                    }
                }
            }
            bins
        });
        Bins { groups: groups.collect(), n_rows: rows.len() }
    }
}

/// How the values of `column` are told apart, and the bin of each rank.
fn feature(
    model: &'static str,
    column: &RankedColumn,
    rows: &[usize],
    weights: Option<&[f64]>,
    max_bins: usize,
) -> Result<(Feature, Vec<u8>)> {
    let mut counts = vec![0.0; column.n_distinct()];
    let mut has_missing = false;
    for (position, &row) in rows.iter().enumerate() {
        let rank = column.ranks.get(row).copied().unwrap_or(u32::MAX);
        match counts.get_mut(rank as usize) {
            Some(count) => *count += weights.and_then(|weights| weights.get(position)).copied().unwrap_or(1.0),
            None => has_missing = true,
        }
    }
    match &column.distinct {
        Distinct::Numbers(values) => {
            let thresholds = thresholds(values, &counts, max_bins);
            let mut table = Vec::with_capacity(values.len());
            let mut bin = 0;
            for &value in values {
                while thresholds.get(bin).is_some_and(|threshold| *threshold < value) {
                    bin += 1;
                }
                table.push(bin as u8);
            }
            let n_bins = thresholds.len() + 1;
            Ok((Feature { n_bins, has_missing, edges: Edges::Thresholds(thresholds) }, table))
        }
        Distinct::Categories(all) => {
            let mut kept: Vec<String> = Vec::new();
            // A category that no training row has is taken for missing.
            let mut table = vec![u8::MAX; all.len()];
            for ((category, count), bin) in all.iter().zip(&counts).zip(&mut table) {
                if *count > 0.0 {
                    *bin = kept.len().min(255) as u8;
                    kept.push(category.clone());
                }
            }
            if kept.len() > max_bins {
                return Err(Error::InvalidValue {
                    what: format!("{model}: the number of categories in column `{}`", column.name),
                    value: kept.len().to_string(),
                    allowed: format!("at most {max_bins}, which is max_bins"),
                });
            }
            for (bin, count) in table.iter_mut().zip(&counts) {
                if *count == 0.0 {
                    *bin = kept.len() as u8;
                }
            }
            Ok((Feature { n_bins: kept.len(), has_missing, edges: Edges::Categories(kept) }, table))
        }
    }
}

/// Midpoints between the different values if there are few, quantiles if there are many. A value that counts 0 times is not there.
fn thresholds(values: &[f64], counts: &[f64], max_bins: usize) -> Vec<f64> {
    let present: Vec<(f64, f64)> =
        values.iter().copied().zip(counts.iter().copied()).filter(|(_, count)| *count > 0.0).collect();
    let mut thresholds: Vec<f64> = if present.len() <= max_bins {
        present
            .windows(2)
            .map(|pair| if let [(low, _), (high, _)] = pair { low / 2.0 + high / 2.0 } else { 0.0 })
            .collect()
    } else {
        let total: f64 = present.iter().map(|(_, count)| count).sum();
        let step = 100.0 / max_bins as f64;
        let mut cumulated = 0.0;
        let mut present = present.into_iter().peekable();
        let mut current = f64::NAN;
        let mut quantiles = Vec::with_capacity(max_bins);
        for quantile in 1..max_bins {
            let wanted = quantile as f64 * step / 100.0 * total;
            while cumulated < wanted {
                let Some((value, count)) = present.next() else { break };
                (current, cumulated) = (value, cumulated + count);
            }
            let next = present.peek().map_or(current, |(value, _)| *value);
            // Between two values where the quantile lies between their rows.
            let is_between = cumulated - wanted <= f64::EPSILON;
            quantiles.push(if is_between { next - (next - current) * 0.5 } else { current });
        }
        quantiles
    };
    thresholds.dedup();
    for threshold in &mut thresholds {
        *threshold = threshold.min(ALMOST_INFINITE);
    }
    thresholds
}
