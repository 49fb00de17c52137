//! Arrow files (IPC file format, also called Feather version 2, and IPC streams).

mod batches;

use polars::prelude::{DataFrame, DataType, IpcWriter, SerWriter};

use super::write;
use crate::error::Result;

pub(super) use batches::{Batches, STREAM_START};

/// So many values make a record batch; 32 MiB of numbers.
const BATCH_VALUES: usize = 4 << 20;

/// Reads an Arrow file, or a file that holds an Arrow stream.
///
/// # Errors
/// [`Error::FileNotFound`](crate::Error::FileNotFound), [`Error::Io`](crate::Error::Io); [`Error::Malformed`](crate::Error::Malformed) for a file that is not Arrow, or is cut short.
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
    let mut batches = Batches::open(path)?;
    let mut frame = batches.empty()?;
    while let Some(batch) = batches.next()? {
        frame.vstack_mut_owned(batch)?;
    }
    frame.rechunk_mut_par();
    Ok(frame)
}

/// Writes `frame` as an Arrow file, with dtypes and missing values kept. Its rows are cut into record batches of some 4 million values, so that
/// [`open_frames`](super::open_frames) can read them in pieces; a frame with categories is one batch.
///
/// The file is written beside `path` and then renamed, so that nobody ever sees half of it.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) where the folder is missing or cannot be written; [`Error::Polars`](crate::Error::Polars).
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
        let mut chunks = in_chunks(frame)?;
        Ok(IpcWriter::new(&mut file).finish(&mut chunks)?)
    })
}

/// The same rows in as many chunks as there are to be record batches.
fn in_chunks(frame: &DataFrame) -> Result<DataFrame> {
    // A file has one list of categories for all of its batches, which chunks do not share.
    let n_rows = if frame.dtypes().iter().any(holds_categories) {
        frame.height()
    } else {
        (BATCH_VALUES / frame.width().max(1)).max(1024)
    };
    let mut chunks = frame.slice(0, n_rows);
    for start in (n_rows..frame.height()).step_by(n_rows.max(1)) {
        chunks.vstack_mut_owned(frame.slice(start as i64, n_rows))?;
    }
    Ok(chunks)
}

fn holds_categories(dtype: &DataType) -> bool {
    dtype.is_categorical() || dtype.is_enum() || dtype.is_nested()
}
