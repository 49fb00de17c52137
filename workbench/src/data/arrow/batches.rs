//! Arrow files and streams, one record batch after the other.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use polars::prelude::{ArrowField, Column, DataFrame, PolarsError, PolarsResult, Series};
use polars_arrow::array::{ArrayRef, new_empty_array};
use polars_arrow::io::ipc::read::{FileReader, StreamReader, StreamState, read_file_metadata, read_stream_metadata};
use polars_arrow::record_batch::RecordBatchT;

use crate::data::gzip;
use crate::error::{Error, Result};
use crate::train::interrupt;

/// With what a stream begins: the length of its first message follows.
pub const STREAM_START: &[u8] = b"\xff\xff\xff\xff";

/// The record batches of a file, each read when it is asked for.
pub struct Batches {
    path: String,
    fields: Vec<ArrowField>,
    reader: Reader,
}

/// A file has a list of its batches at its end; a stream only tells where the next one begins.
enum Reader {
    File(Box<FileReader<File>>),
    Stream(Box<StreamReader<BufReader<File>>>),
}

impl Batches {
    /// Reads what columns there are, and no rows.
    pub fn open(path: &str) -> Result<Self> {
        let mut file = gzip::open(path)?;
        let io_error = |source| Error::Io { action: "read", path: path.to_string(), source };
        let mut start = Vec::new();
        (&mut file).take(STREAM_START.len() as u64).read_to_end(&mut start).map_err(io_error)?;
        file.seek(SeekFrom::Start(0)).map_err(io_error)?;
        let opened = guarded(|| if start == STREAM_START { stream(file) } else { with_list(file) });
        let (fields, reader) = opened.map_err(|source| malformed(path, source))?;
        Ok(Self { path: path.to_string(), fields, reader })
    }

    /// The rows of the next batch; `None` at the end.
    pub fn next(&mut self) -> Result<Option<DataFrame>> {
        let Self { fields, reader, .. } = self;
        let frame = guarded(|| next_batch(reader)?.map(|batch| frame(fields, batch)).transpose());
        frame.map_err(|source| malformed(&self.path, source))
    }

    /// The columns, without rows.
    pub fn empty(&self) -> Result<DataFrame> {
        let arrays = self.fields.iter().map(|field| new_empty_array(field.dtype().clone())).collect();
        guarded(|| columns(&self.fields, 0, arrays)).map_err(|source| malformed(&self.path, source))
    }
}

fn with_list(mut file: File) -> PolarsResult<(Vec<ArrowField>, Reader)> {
    let metadata = read_file_metadata(&mut file)?;
    let fields = metadata.schema.iter_values().cloned().collect();
    Ok((fields, Reader::File(Box::new(FileReader::new(file, metadata, None, None)))))
}

fn next_batch(reader: &mut Reader) -> PolarsResult<Option<RecordBatchT<ArrayRef>>> {
    match reader {
        Reader::File(reader) => {
            check_lengths(reader)?;
            reader.next().transpose()
        }
        Reader::Stream(reader) => Ok(match reader.next().transpose()? {
            Some(StreamState::Some(batch)) => Some(batch),
            // A stream may end without saying so.
            Some(StreamState::Waiting) | None => None,
        }),
    }
}

/// What `work` returns; where it panics, as it does for some damaged schemas, an error.
fn guarded<T>(work: impl FnOnce() -> PolarsResult<T>) -> PolarsResult<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result,
        // Cells are ended by an unwinding of their own.
        Err(panic) if interrupt::requested() => resume_unwind(panic),
        Err(_) => Err(PolarsError::ComputeError("it is damaged".into())),
    }
}

/// Whether each buffer of the next batch may be in the file: room for one of a damaged length is not to be asked for.
fn check_lengths(reader: &mut FileReader<File>) -> PolarsResult<()> {
    let (size, block) = (reader.metadata().size, reader.get_current_block());
    let damaged = |problem: String| PolarsError::ComputeError(problem.into());
    let Some(batch) = reader.next_record_batch().transpose()? else { return Ok(()) };
    let buffers = batch.buffers().map_err(|error| damaged(error.to_string()))?;
    let longest = buffers.into_iter().flatten().map(|buffer| buffer.length()).max().unwrap_or(0);
    if u64::try_from(longest).is_ok_and(|longest| longest > size) {
        return Err(damaged(format!("record batch {block} has a buffer of {longest} bytes, more than the file")));
    }
    reader.set_current_block(block);
    Ok(())
}

fn stream(file: File) -> PolarsResult<(Vec<ArrowField>, Reader)> {
    let mut file = BufReader::with_capacity(1 << 18, file);
    let metadata = read_stream_metadata(&mut file)?;
    let fields = metadata.schema.iter_values().cloned().collect();
    Ok((fields, Reader::Stream(Box::new(StreamReader::new(file, metadata, None)))))
}

fn frame(fields: &[ArrowField], batch: RecordBatchT<ArrayRef>) -> PolarsResult<DataFrame> {
    let height = batch.height();
    columns(fields, height, batch.into_arrays())
}

fn columns(fields: &[ArrowField], height: usize, arrays: Vec<ArrayRef>) -> PolarsResult<DataFrame> {
    let columns = fields.iter().zip(arrays).map(|field_and_array| Series::try_from(field_and_array).map(Column::from));
    DataFrame::new(height, columns.collect::<PolarsResult<Vec<_>>>()?)
}

fn malformed(path: &str, source: PolarsError) -> Error {
    Error::Malformed { path: path.to_string(), format: "Arrow", source }
}
