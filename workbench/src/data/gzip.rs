//! Files that may be packed with gzip.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};

use flate2::read::MultiGzDecoder;

use super::csv;
use crate::error::{Error, Result};

/// What every gzip file starts with.
pub(super) const MAGIC: &[u8] = b"\x1f\x8b";

/// The bytes of a file, unpacked where they are packed.
pub(super) struct Unpacked {
    path: String,
    is_gzip: bool,
    reader: Box<dyn Read + Send>,
}

impl Unpacked {
    /// Opens the file at `path`. What it is, its first bytes say, not its name.
    pub fn open(path: &str) -> Result<Self> {
        let mut file = open(path)?;
        let mut head = Vec::new();
        file.by_ref().take(2).read_to_end(&mut head).map_err(|source| csv::read_error(path, source))?;
        let is_gzip = head == MAGIC;
        let whole = io::Cursor::new(head).chain(file);
        let reader: Box<dyn Read + Send> = if is_gzip {
            Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 18, whole)))
        } else {
            Box::new(whole)
        };
        Ok(Self { path: path.to_string(), is_gzip, reader })
    }

    pub fn is_gzip(&self) -> bool {
        self.is_gzip
    }

    /// Appends up to `n_bytes` to `bytes`; less only at the end of the file.
    pub fn read(&mut self, n_bytes: usize, bytes: &mut Vec<u8>) -> Result<usize> {
        let read = self.reader.by_ref().take(n_bytes as u64).read_to_end(bytes);
        read.map_err(|source| self.error(source))
    }

    /// All that is left.
    pub fn read_all(&mut self, bytes: &mut Vec<u8>) -> Result<()> {
        self.reader.read_to_end(bytes).map(|_| ()).map_err(|source| self.error(source))
    }

    fn error(&self, source: io::Error) -> Error {
        if self.is_gzip {
            return Error::Io { action: "unpack", path: self.path.clone(), source };
        }
        csv::read_error(&self.path, source)
    }
}

/// The file at `path`, which is no folder.
pub(super) fn open(path: &str) -> Result<File> {
    let file = File::open(path).map_err(|source| csv::read_error(path, source))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(csv::read_error(path, ErrorKind::IsADirectory.into()));
    }
    Ok(file)
}

/// Whether what is written to `path` is to be packed.
pub(super) fn is_packed_name(path: &str) -> bool {
    path.to_ascii_lowercase().ends_with(".gz")
}

/// All bytes of the file at `path`, unpacked, and whether they were packed.
pub(super) fn read(path: &str) -> Result<(Vec<u8>, bool)> {
    let size = open(path)?.metadata().map_or(0, |metadata| metadata.len() as usize);
    let mut file = Unpacked::open(path)?;
    // A file larger than memory is told by the allocation that fails, so that its size is not trusted blindly.
    let mut bytes = Vec::new();
    let _ = bytes.try_reserve_exact(if file.is_gzip() { size.saturating_mul(3) } else { size + 1 });
    file.read_all(&mut bytes)?;
    Ok((bytes, file.is_gzip()))
}
