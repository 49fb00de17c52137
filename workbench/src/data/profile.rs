//! All that can be told of a frame at a glance.

mod column;
mod correlation;
mod leakage;
mod warning;

use polars::prelude::{DataFrame, IdxSize, NamedFrom, Series};
use rayon::prelude::*;

use super::sketch::mix;
use super::{in_parallel, name_pool};
use crate::error::{Error, Result};

use column::ColumnState;
use correlation::Comoments;

pub use column::ColumnProfile;
pub use warning::ProfileWarning;

/// So many rows are looked at before the next ones, so that what is made of them stays in the cache.
const BLOCK_ROWS: usize = 1 << 15;
/// Of so many rows each keeps a hash, by which rows that come twice are found; 128 MiB.
const HASHED_ROWS_MAX: usize = 1 << 24;
/// Of a frame in memory so many different values are counted exactly in each column.
const EXACT_DISTINCT_MAX: usize = 1 << 16;
/// With more columns of numbers than this no correlations are computed.
const CORRELATED_MAX: usize = 60;

/// What a frame holds: types, missing, distinct and most frequent values, quantiles, outliers, histograms, correlations, rows that come twice,
/// and what is wrong with it, each with the call that mends it.
///
/// | what | exact | beyond |
/// |---|---|---|
/// | counts, mean, standard deviation, minimum, maximum, correlations | always | |
/// | distinct values | up to 65,536 in a column | HyperLogLog, standard error 0.81 %: [`DistinctSketch`](super::DistinctSketch) |
/// | quantiles, histogram, outliers | always | of [`profile_frames`] rank error 0.15 %: [`QuantileSketch`](super::QuantileSketch) |
/// | most frequent texts | up to 16,384 different ones in a column | counts may be too small by 2 n / 16384 |
/// | rows that come twice | up to 16,777,216 rows, or with a column of row numbers | not counted |
///
/// Infinite values are counted and left out of all else. An outlier lies outside Q1 − 1.5 · (Q3 − Q1) to Q3 + 1.5 · (Q3 − Q1). Correlations are
/// Pearson's over the rows in which both values are known, for at most 60 columns of numbers.
///
/// # Errors
/// [`Error::Polars`] in principle; none is known.
///
/// # Examples
///
/// ```
/// use workbench::data::{penguins, profile};
///
/// let profile = profile(&penguins()?)?;
/// assert_eq!((profile.n_rows(), profile.column("sex")?.missing), (344, 11));
/// assert!(profile.warnings().iter().any(|warning| warning.mend.contains("drop_missing(&frame, &[")));
/// assert!(profile.column("wingspan").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn profile(frame: &DataFrame) -> Result<Profile> {
    let mut builder = Builder::new(frame, false, EXACT_DISTINCT_MAX);
    builder.look_for_row_numbers(frame);
    builder.push(frame)?;
    let mut profile = builder.finish()?;
    let columns = frame.columns().iter().zip(&profile.columns).collect::<Vec<_>>();
    profile.columns = in_parallel(&columns, |(column, summary)| (*summary).clone().with_exact_spread(column))?;
    profile.warnings = warning::of(&profile);
    Ok(profile)
}

/// [`profile`] of a frame in which one column is to be predicted: it also tells of columns that give the target away.
///
/// A column that equals the target, or nearly determines it, is often known only once the target is. Up to 20,000 evenly spaced rows are looked at.
///
/// # Errors
/// Those of [`profile`]; [`Error::ColumnNotFound`].
///
/// # Examples
///
/// ```
/// use polars::prelude::df;
/// use workbench::data::profile_with_target;
///
/// let frame = df!("sold" => [0, 1, 0, 1, 0, 1], "price" => [None, Some(3.0), None, Some(4.0), None, Some(5.0)])?;
/// let profile = profile_with_target(&frame, "sold")?;
/// assert_eq!(profile.target(), Some("sold".to_string()));
/// assert!(profile_with_target(&frame, "bought").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn profile_with_target(frame: &DataFrame, target: &str) -> Result<Profile> {
    super::column(frame, target)?;
    let mut profile = profile(frame)?;
    let mut warnings = leakage::of(frame, target, &profile)?;
    warnings.extend(profile.warnings.drain(..).filter(|warning| !warning.is_about_pair_with(target)));
    profile.target = Some(target.to_string());
    profile.warnings = warnings;
    Ok(profile)
}

/// [`profile`] of frames that come one after the other, such as those of a file larger than memory; no more than one frame is kept.
///
/// Distinct values are exact up to 16,384 in a column, quantiles up to 4,096 rows.
///
/// # Errors
/// The first error among the frames; [`Error::NoRows`] for no frames.
///
/// # Examples
///
/// ```no_run
/// use workbench::data::{open_frames, profile_frames};
///
/// let profile = profile_frames(&mut open_frames("data/large.csv")?.frames()?)?;
/// assert!(profile_frames(&mut std::iter::empty()).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn profile_frames(frames: &mut dyn Iterator<Item = Result<DataFrame>>) -> Result<Profile> {
    let first = frames.next().ok_or_else(|| Error::NoRows { what: "a profile".to_string() })??;
    let mut builder = Builder::new(&first, true, 1 << 14);
    builder.push(&first)?;
    drop(first);
    for frame in frames {
        builder.push(&frame?)?;
    }
    let mut profile = builder.finish()?;
    profile.warnings = warning::of(&profile);
    Ok(profile)
}

/// What [`profile`] tells of a frame.
#[derive(Clone, Debug)]
pub struct Profile {
    n_rows: usize,
    columns: Vec<ColumnProfile>,
    n_duplicates: Option<usize>,
    correlations: Vec<(String, Vec<Option<f64>>)>,
    warnings: Vec<ProfileWarning>,
    target: Option<String>,
}

impl Profile {
    /// The number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// What is told of each column, in the order of the frame.
    pub fn columns(&self) -> &[ColumnProfile] {
        &self.columns
    }

    /// What is told of one column.
    ///
    /// # Errors
    /// [`Error::ColumnNotFound`].
    pub fn column(&self, name: &str) -> Result<ColumnProfile> {
        let found = self.columns.iter().find(|column| column.name == name);
        found.cloned().ok_or_else(|| Error::ColumnNotFound {
            column: name.to_string(),
            available: self.columns.iter().map(|column| format!("`{}`", column.name)).collect::<Vec<_>>().join(", "),
        })
    }

    /// How many rows are equal to an earlier one; `None` where there were too many rows to tell.
    pub fn n_duplicates(&self) -> Option<usize> {
        self.n_duplicates
    }

    /// Each column of numbers with its correlation with each of them; `None` where it is not defined.
    pub fn correlations(&self) -> &[(String, Vec<Option<f64>>)] {
        &self.correlations
    }

    /// What is wrong, and the call that mends it.
    pub fn warnings(&self) -> &[ProfileWarning] {
        &self.warnings
    }

    /// The column to be predicted, if one was named.
    pub fn target(&self) -> Option<String> {
        self.target.clone()
    }

    /// A row for each column, as [`describe`](super::describe) has it, with `infinite` and `outliers` added.
    ///
    /// # Errors
    /// [`Error::Polars`] in principle; none is known.
    pub fn table(&self) -> Result<DataFrame> {
        let texts = |name: &str, value: fn(&ColumnProfile) -> Option<String>| {
            Series::new(name.into(), self.columns.iter().map(value).collect::<Vec<_>>()).into()
        };
        let counts = |name: &str, value: fn(&ColumnProfile) -> Option<usize>| {
            let counts: Vec<Option<IdxSize>> =
                self.columns.iter().map(|column| value(column).and_then(|n| IdxSize::try_from(n).ok())).collect();
            Series::new(name.into(), counts).into()
        };
        let floats = |name: &str, value: fn(&ColumnProfile) -> Option<f64>| {
            Series::new(name.into(), self.columns.iter().map(value).collect::<Vec<_>>()).into()
        };
        let columns = vec![
            texts("column", |column| Some(column.name.clone())),
            texts("dtype", |column| Some(column.dtype.clone())),
            counts("count", |column| Some(column.count)),
            counts("missing", |column| Some(column.missing)),
            counts("infinite", |column| Some(column.infinite)),
            floats("mean", |column| column.mean),
            floats("std", |column| column.std),
            floats("min", |column| column.min),
            floats("5%", |column| column.quantiles.map(|quantiles| quantiles[0])),
            floats("25%", |column| column.quantiles.map(|quantiles| quantiles[1])),
            floats("50%", |column| column.quantiles.map(|quantiles| quantiles[2])),
            floats("75%", |column| column.quantiles.map(|quantiles| quantiles[3])),
            floats("95%", |column| column.quantiles.map(|quantiles| quantiles[4])),
            floats("max", |column| column.max),
            counts("outliers", |column| column.outliers),
            counts("distinct", |column| Some(column.distinct)),
            texts("most_frequent", |column| column.top.first().map(|(text, _)| text.clone())),
        ];
        Ok(DataFrame::new(self.columns.len(), columns)?)
    }
}

/// A profile in the making.
struct Builder {
    n_rows: usize,
    columns: Vec<ColumnState>,
    row_hashes: Option<Vec<u64>>,
    has_row_numbers: bool,
    correlations: Option<Comoments>,
}

impl Builder {
    fn new(frame: &DataFrame, with_sketch: bool, exact_distinct_max: usize) -> Self {
        let columns = frame.columns().iter().map(|column| ColumnState::new(column, with_sketch, exact_distinct_max));
        let columns: Vec<ColumnState> = columns.collect();
        let numeric: Vec<String> =
            columns.iter().filter(|column| column.is_numeric()).map(|column| column.name.clone()).collect();
        let correlations = (2..=CORRELATED_MAX).contains(&numeric.len()).then(|| Comoments::new(numeric));
        Self { n_rows: 0, columns, row_hashes: Some(Vec::new()), has_row_numbers: false, correlations }
    }

    /// Tells of a frame that is all there is whether integers that grow from row to row number its rows. Where they do, no row comes twice, and no value
    /// of that column.
    fn look_for_row_numbers(&mut self, frame: &DataFrame) {
        for (state, column) in self.columns.iter_mut().zip(frame.columns()) {
            state.is_row_number = column.i64().is_ok_and(|numbers| {
                numbers.cont_slice().is_ok_and(|numbers| !numbers.is_empty() && numbers.is_sorted_by(|a, b| a < b))
            });
            self.has_row_numbers |= state.is_row_number;
        }
        if self.has_row_numbers {
            self.row_hashes = None;
        }
    }

    fn push(&mut self, frame: &DataFrame) -> Result<()> {
        name_pool();
        let too_many = self.n_rows + frame.height() > HASHED_ROWS_MAX;
        if too_many || self.columns.iter().any(|column| !column.is_hashable()) {
            self.row_hashes = None;
        }
        for start in (0..frame.height()).step_by(BLOCK_ROWS) {
            self.push_block(&frame.slice(start as i64, BLOCK_ROWS))?;
        }
        self.n_rows += frame.height();
        Ok(())
    }

    fn push_block(&mut self, block: &DataFrame) -> Result<()> {
        let columns: Vec<_> =
            self.columns.iter().map(|state| super::column(block, &state.name)).collect::<Result<_>>()?;
        let correlations = &mut self.correlations;
        let (states, with_hashes) = (&mut self.columns, self.row_hashes.is_some());
        let (hashes, correlated) = rayon::join(
            || -> Result<Vec<Vec<u64>>> {
                let hashes: Vec<Result<Vec<u64>>> = states
                    .par_iter_mut()
                    .zip(&columns)
                    .map(|(state, column)| state.push(column, with_hashes))
                    .collect();
                hashes.into_iter().collect()
            },
            || correlations.as_mut().map_or(Ok(()), |correlations| correlations.push(block)),
        );
        correlated?;
        let hashes = hashes?;
        if let Some(all) = &mut self.row_hashes {
            let start = all.len();
            all.resize(start + block.height(), 0);
            if let Some(rows) = all.get_mut(start..) {
                for column in &hashes {
                    rows.iter_mut().zip(column).for_each(|(row, &hash)| *row = mix(*row, hash));
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Profile> {
        let n_duplicates = self.row_hashes.filter(|_| !self.columns.is_empty()).map(|mut hashes| {
            hashes.par_sort_unstable();
            hashes.windows(2).filter(|pair| pair.first() == pair.last()).count()
        });
        let n_duplicates = n_duplicates.or(self.has_row_numbers.then_some(0));
        let columns = self.columns.into_iter().map(ColumnState::finish).collect::<Result<_>>()?;
        Ok(Profile {
            n_rows: self.n_rows,
            columns,
            n_duplicates,
            correlations: self.correlations.map(|correlations| correlations.finish()).unwrap_or_default(),
            warnings: Vec::new(),
            target: None,
        })
    }
}
