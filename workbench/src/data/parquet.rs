//! Parquet files.

use polars::prelude::{DataFrame, ParquetReader, ParquetWriter, SerReader};

use super::{gzip, write};
use crate::error::{Error, Result};

/// Reads a Parquet file.
///
/// # Errors
/// [`Error::FileNotFound`], [`Error::Io`]; [`Error::Malformed`] for a file that is not Parquet, or is cut short.
///
/// # Examples
///
/// ```no_run
/// use workbench::data::{penguins, read_parquet, write_parquet};
///
/// write_parquet(&penguins()?, "penguins.parquet")?;
/// assert!(read_parquet("penguins.parquet")?.equals_missing(&penguins()?));
///
/// assert!(read_parquet("penguins.csv").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn read_parquet(path: &str) -> Result<DataFrame> {
    let file = gzip::open(path)?;
    let malformed = |source| Error::Malformed { path: path.to_string(), format: "Parquet", source };
    let mut frame = ParquetReader::new(file).finish().map_err(malformed)?;
    // Later steps take columns as slices, which one chunk gives without a copy.
    frame.rechunk_mut_par();
    Ok(frame)
}

/// Writes `frame` as a Parquet file, with dtypes and missing values kept.
///
/// The file is written beside `path` and then renamed, so that nobody ever sees half of it.
///
/// # Errors
/// [`Error::Io`] where the folder is missing or cannot be written; [`Error::Polars`].
///
/// # Examples
///
/// ```no_run
/// use workbench::data::{penguins, write_parquet};
///
/// write_parquet(&penguins()?, "penguins.parquet")?;
///
/// assert!(write_parquet(&penguins()?, "no/such/folder/penguins.parquet").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn write_parquet(frame: &DataFrame, path: &str) -> Result<()> {
    write::replace(path, |file| {
        let mut frame = frame.clone();
        ParquetWriter::new(file).finish(&mut frame)?;
        Ok(())
    })
}
