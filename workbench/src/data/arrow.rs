//! Arrow files (IPC file format, also called Feather version 2).

use polars::prelude::{DataFrame, IpcReader, IpcWriter, SerReader, SerWriter};

use super::{gzip, write};
use crate::error::{Error, Result};

/// Reads an Arrow file.
///
/// # Errors
/// [`Error::FileNotFound`], [`Error::Io`]; [`Error::Malformed`] for a file that is not Arrow, or is cut short.
///
/// # Examples
///
/// ```no_run
/// use workbench::data::{penguins, read_arrow, write_arrow};
///
/// write_arrow(&penguins()?, "penguins.arrow")?;
/// assert!(read_arrow("penguins.arrow")?.equals_missing(&penguins()?));
///
/// assert!(read_arrow("penguins.csv").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn read_arrow(path: &str) -> Result<DataFrame> {
    let file = gzip::open(path)?;
    let malformed = |source| Error::Malformed { path: path.to_string(), format: "Arrow", source };
    // What is mapped changes with the file; a frame is to stay as it was read.
    let mut frame = IpcReader::new(file).finish().map_err(malformed)?;
    frame.rechunk_mut_par();
    Ok(frame)
}

/// Writes `frame` as an Arrow file, with dtypes and missing values kept.
///
/// The file is written beside `path` and then renamed, so that nobody ever sees half of it.
///
/// # Errors
/// [`Error::Io`] where the folder is missing or cannot be written; [`Error::Polars`].
///
/// # Examples
///
/// ```no_run
/// use workbench::data::{penguins, write_arrow};
///
/// write_arrow(&penguins()?, "penguins.arrow")?;
///
/// assert!(write_arrow(&penguins()?, "no/such/folder/penguins.arrow").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn write_arrow(frame: &DataFrame, path: &str) -> Result<()> {
    write::replace(path, |mut file| {
        let mut frame = frame.clone();
        Ok(IpcWriter::new(&mut file).finish(&mut frame)?)
    })
}
