//! Files that are whole or not there.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::gzip;
use crate::error::{Error, Result};

/// Lets `fill` write a file beside `path`, then puts it in the place of `path`.
pub(crate) fn replace(path: &str, fill: impl FnOnce(&File) -> Result<()>) -> Result<()> {
    let beside = beside(path);
    let io_error = |source| Error::Io { action: "write", path: path.to_string(), source };
    let written = File::create(&beside)
        .map_err(io_error)
        .and_then(|file| fill(&file).and_then(|()| file.sync_all().map_err(io_error)))
        .and_then(|()| fs::rename(&beside, path).map_err(io_error));
    if written.is_err() {
        // The first error is the one to tell; half a file is worth less than none.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Lets `fill` write to `file`, packed with gzip where the name of `path` asks for it.
pub(super) fn maybe_packed(path: &str, file: &File, fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let io_error = |source| Error::Io { action: "write", path: path.to_string(), source };
    let mut file = BufWriter::with_capacity(1 << 18, file);
    if gzip::is_packed_name(path) {
        let mut packed = GzEncoder::new(&mut file, Compression::default());
        fill(&mut packed)?;
        packed.finish().map_err(io_error)?;
    } else {
        fill(&mut file)?;
    }
    file.flush().map_err(io_error)
}

/// A name in the same folder, since a rename across file systems is a copy.
fn beside(path: &str) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let path = Path::new(path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    path.with_file_name(format!(".{name}.{}-{count}.part", std::process::id()))
}
