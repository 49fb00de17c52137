//! Frames written one after the other into one file.

use std::io::{BufWriter, Write};

use polars::prelude::{
    CompatLevel, CsvWriter, DataFrame, IpcWriter, JsonFormat, JsonWriter, ParquetWriter, SchemaExt, SerWriter,
};
use polars_arrow::io::ipc::write::default_ipc_fields;

use crate::data::write;
use crate::error::{Error, Result};

/// Writes `frames` into one file and gives the number of rows. The name says of which kind the file is:
///
/// | name | kind |
/// |---|---|
/// | `.parquet` | Parquet, a row group for each frame |
/// | `.arrow` | Arrow, a record batch for each frame |
/// | `.csv`, `.csv.gz` | CSV with a line of column names |
/// | `.jsonl`, `.ndjson`, also with `.gz` | a JSON object a row |
///
/// No more than one frame is in memory. The file is written beside `path` and then renamed, so that nobody ever sees half of it.
///
/// # Errors
/// The first error among `frames`; [`Error::InvalidValue`] for another name; [`Error::ColumnsChanged`] for a frame with other columns than the
/// first; [`Error::NoRows`] for no frames; [`Error::Io`]; [`Error::Polars`], as for an Arrow file of frames with different categories in a column of these.
///
/// # Examples
///
/// ```no_run
/// use workbench::data::{drop_missing, open_frames, write_frames};
///
/// let file = open_frames("data/large.csv")?;
/// write_frames(&mut file.frames()?.map(|frame| drop_missing(&frame?, &[])), "data/large.parquet")?;
///
/// assert!(write_frames(&mut file.frames()?, "data/large.xlsx").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn write_frames(frames: &mut dyn Iterator<Item = Result<DataFrame>>, path: &str) -> Result<usize> {
    let kind = FileKind::of(path)?;
    let Some(first) = frames.next() else {
        return Err(Error::NoRows { what: "writing frames".to_string() });
    };
    let first = first?;
    let mut n_rows = 0;
    write::replace(path, |file| match kind {
        FileKind::Parquet => {
            let mut writer = ParquetWriter::new(BufWriter::new(file)).batched(first.schema())?;
            n_rows = each(path, &first, frames, |frame| Ok(writer.write_batch(frame)?))?;
            writer.finish()?;
            Ok(())
        }
        FileKind::Arrow => {
            let fields = default_ipc_fields(first.schema().to_arrow(CompatLevel::newest()).iter_values());
            let mut file = BufWriter::new(file);
            let mut writer = IpcWriter::new(&mut file).batched(first.schema(), fields)?;
            n_rows = each(path, &first, frames, |frame| {
                let mut frame = frame.clone();
                frame.rechunk_mut_par();
                Ok(writer.write_batch(&frame)?)
            })?;
            writer.finish()?;
            drop(writer);
            file.flush().map_err(|source| Error::Io { action: "write", path: path.to_string(), source })
        }
        FileKind::Csv => write::maybe_packed(path, file, |mut file: &mut dyn Write| {
            let mut writer = CsvWriter::new(&mut file).include_header(true).batched(first.schema())?;
            n_rows = each(path, &first, frames, |frame| Ok(writer.write_batch(frame)?))?;
            Ok(writer.finish()?)
        }),
        FileKind::JsonLines => write::maybe_packed(path, file, |mut file: &mut dyn Write| {
            n_rows = each(path, &first, frames, |frame| {
                let mut frame = frame.clone();
                Ok(JsonWriter::new(&mut file).with_json_format(JsonFormat::JsonLines).finish(&mut frame)?)
            })?;
            Ok(())
        }),
    })?;
    Ok(n_rows)
}

#[derive(Clone, Copy)]
enum FileKind {
    Parquet,
    Arrow,
    Csv,
    JsonLines,
}

impl FileKind {
    fn of(path: &str) -> Result<Self> {
        let name = path.to_ascii_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        if ends(&[".parquet"]) {
            Ok(Self::Parquet)
        } else if ends(&[".arrow"]) {
            Ok(Self::Arrow)
        } else if ends(&[".csv", ".csv.gz"]) {
            Ok(Self::Csv)
        } else if ends(&[".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz"]) {
            Ok(Self::JsonLines)
        } else {
            Err(Error::InvalidValue {
                what: "the name of the file to write".to_string(),
                value: format!("{path:?}"),
                allowed: "one that ends in .parquet, .arrow, .csv, .csv.gz, .jsonl or .jsonl.gz".to_string(),
            })
        }
    }
}

/// Writes the first frame and all others, which have to be like it.
fn each(
    path: &str,
    first: &DataFrame,
    frames: &mut dyn Iterator<Item = Result<DataFrame>>,
    mut write: impl FnMut(&DataFrame) -> Result<()>,
) -> Result<usize> {
    write(first)?;
    let mut n_rows = first.height();
    for frame in frames {
        let frame = frame?;
        check_alike(path, first, &frame, n_rows)?;
        write(&frame)?;
        n_rows += frame.height();
    }
    Ok(n_rows)
}

fn check_alike(path: &str, first: &DataFrame, frame: &DataFrame, n_rows: usize) -> Result<()> {
    if frame.schema() == first.schema() {
        return Ok(());
    }
    let kind = |frame: &DataFrame, name: &str| {
        frame.column(name).map_or("not there".to_string(), |column| column.dtype().to_string())
    };
    let names = first.get_column_names().into_iter().chain(frame.get_column_names());
    let changed = names.into_iter().find(|name| kind(first, name) != kind(frame, name));
    let (column, found, expected) = match changed {
        Some(name) => (name.to_string(), kind(frame, name), kind(first, name)),
        None => ("all".to_string(), "in another order".to_string(), "in another order".to_string()),
    };
    let last_row = n_rows + frame.height().saturating_sub(1);
    Err(Error::ColumnsChanged { path: path.to_string(), column, found, expected, first_row: n_rows, last_row })
}
