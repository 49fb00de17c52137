//! Arrow files and streams, one record batch after the other.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use polars::prelude::{ArrowField, Column, DataFrame, PolarsError, PolarsResult, Series};
use polars_arrow::array::{ArrayRef, new_empty_array};
use polars_arrow::io::ipc::read::{FileReader, StreamReader, StreamState, read_file_metadata, read_stream_metadata};
use polars_arrow::record_batch::RecordBatchT;

use crate::data::gzip;
use crate::error::{Error, Result};

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
        let opened = if start == STREAM_START { stream(file) } else { with_list(file) };
        let (fields, reader) = opened.map_err(|source| malformed(path, source))?;
        Ok(Self { path: path.to_string(), fields, reader })
    }

    /// The rows of the next batch; `None` at the end.
    pub fn next(&mut self) -> Result<Option<DataFrame>> {
        let batch = match &mut self.reader {
            Reader::File(reader) => reader.next().transpose(),
            Reader::Stream(reader) => reader.next().transpose().map(|state| match state {
                Some(StreamState::Some(batch)) => Some(batch),
                // A stream may end without saying so.
                Some(StreamState::Waiting) | None => None,
            }),
        };
        let frame = batch.and_then(|batch| batch.map(|batch| frame(&self.fields, batch)).transpose());
        frame.map_err(|source| malformed(&self.path, source))
    }

    /// The columns, without rows.
    pub fn empty(&self) -> Result<DataFrame> {
        let arrays = self.fields.iter().map(|field| new_empty_array(field.dtype().clone())).collect();
        columns(&self.fields, 0, arrays).map_err(|source| malformed(&self.path, source))
    }
}

fn with_list(mut file: File) -> PolarsResult<(Vec<ArrowField>, Reader)> {
    let metadata = read_file_metadata(&mut file)?;
    let fields = metadata.schema.iter_values().cloned().collect();
    Ok((fields, Reader::File(Box::new(FileReader::new(file, metadata, None, None)))))
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
