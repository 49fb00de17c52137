//! Files that hold columns: Parquet by its row groups, Arrow by its record batches.

use std::collections::VecDeque;
use std::fs::File;

use polars::prelude::{DataFrame, ParquetReader, PolarsError, SerReader};

use super::Source;
use crate::data::arrow::Batches;
use crate::data::gzip;
use crate::error::{Error, Result};

/// So many values make a frame; 32 MiB of numbers.
const VALUES: usize = 4 << 20;
/// A row group may be so many times as large before it is cut.
const CUT_AT: usize = 4;

/// A Parquet file in ranges of rows that follow its row groups.
pub(super) struct ParquetGroups {
    path: String,
    file: File,
    ranges: VecDeque<(usize, usize)>,
}

impl ParquetGroups {
    pub fn open(path: &str) -> Result<Self> {
        let file = gzip::open(path)?;
        let malformed = |source: PolarsError| Error::Malformed { path: path.to_string(), format: "Parquet", source };
        let copy = file.try_clone().map_err(|source| Error::Io { action: "read", path: path.to_string(), source })?;
        let mut reader = ParquetReader::new(copy);
        let n_columns = reader.schema().map_err(malformed)?.len();
        let metadata = reader.get_metadata().map_err(malformed)?;
        let groups: Vec<usize> = metadata.row_groups.iter().map(|group| group.num_rows()).collect();
        let target = (VALUES / n_columns.max(1)).max(1024);
        Ok(Self { path: path.to_string(), file, ranges: ranges(&groups, target) })
    }
}

/// Row groups put together up to `target` rows, and those that are much larger cut.
fn ranges(groups: &[usize], target: usize) -> VecDeque<(usize, usize)> {
    let mut ranges: VecDeque<(usize, usize)> = VecDeque::new();
    let mut start = 0;
    for &n_rows in groups {
        match ranges.back_mut() {
            Some((_, length)) if *length + n_rows <= target => *length += n_rows,
            _ if n_rows <= CUT_AT * target => ranges.push_back((start, n_rows)),
            _ => {
                let starts = (0..n_rows).step_by(target);
                ranges.extend(starts.map(|first| (start + first, target.min(n_rows - first))));
            }
        }
        start += n_rows;
    }
    if ranges.is_empty() {
        // A file without rows still has columns.
        ranges.push_back((0, 0));
    }
    ranges
}

impl Source for ParquetGroups {
    fn next(&mut self) -> Result<Option<DataFrame>> {
        let Some(range) = self.ranges.pop_front() else { return Ok(None) };
        let io_error = |source| Error::Io { action: "read", path: self.path.clone(), source };
        let file = self.file.try_clone().map_err(io_error)?;
        let malformed = |source| Error::Malformed { path: self.path.clone(), format: "Parquet", source };
        let mut frame = ParquetReader::new(file).with_slice(Some(range)).finish().map_err(malformed)?;
        frame.rechunk_mut_par();
        Ok(Some(frame))
    }
}

/// An Arrow file or stream: small record batches put together, large ones cut.
pub(super) struct ArrowBatches {
    batches: Batches,
    /// How many rows make a frame.
    target: usize,
    /// What is left of a batch that is cut.
    rest: DataFrame,
    empty: DataFrame,
    is_first: bool,
}

impl ArrowBatches {
    pub fn open(path: &str) -> Result<Self> {
        let batches = Batches::open(path)?;
        let empty = batches.empty()?;
        let target = (VALUES / empty.width().max(1)).max(1024);
        Ok(Self { batches, target, rest: empty.clone(), empty, is_first: true })
    }
}

impl Source for ArrowBatches {
    fn next(&mut self) -> Result<Option<DataFrame>> {
        while self.rest.height() < self.target {
            let Some(batch) = self.batches.next()? else { break };
            match self.rest.height() {
                0 => self.rest = batch,
                _ => drop(self.rest.vstack_mut_owned(batch)?),
            }
        }
        // A file without rows still has columns.
        let is_over = self.rest.height() == 0 && !self.is_first;
        self.is_first = false;
        if is_over {
            return Ok(None);
        }
        let n_rows = if self.rest.height() <= CUT_AT * self.target { self.rest.height() } else { self.target };
        // A slice without rows would still hold the memory of its batch.
        let rest = match self.rest.height() - n_rows {
            0 => self.empty.clone(),
            n_left => self.rest.slice(n_rows as i64, n_left),
        };
        let mut frame = std::mem::replace(&mut self.rest, rest).slice(0, n_rows);
        frame.rechunk_mut_par();
        Ok(Some(frame))
    }
}
