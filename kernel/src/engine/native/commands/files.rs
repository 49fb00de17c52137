//! Files that cells are read from and written to.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// What makes a frontend put a file's text into the cell.
pub fn load(path: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    Ok(json!({"source": "set_next_input", "text": text, "replace": true}))
}

/// Writes a file, or adds to it; returns what was done. Nobody ever sees half of it: it is written beside and renamed.
pub fn write(path: &Path, text: &str, append: bool) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("cannot write {}: {error}", path.display());
    // The file behind a link is written, not the link.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let old = match std::fs::read(path) {
        Ok(old) => Some(old),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    let (done, mut content) = match &old {
        None => ("Writing", Vec::new()),
        Some(old) if append => ("Appending to", old.clone()),
        Some(_) => ("Overwriting", Vec::new()),
    };
    content.extend_from_slice(text.as_bytes());
    let beside = beside(path).ok_or_else(|| failed(std::io::ErrorKind::InvalidFilename.into()))?;
    let written = std::fs::write(&beside, &content)
        .and_then(|()| match std::fs::metadata(path) {
            Ok(metadata) => std::fs::set_permissions(&beside, metadata.permissions()),
            Err(_) => Ok(()),
        })
        .and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        failed(error)
    })?;
    Ok(format!("{done} {}", path.display()))
}

fn beside(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_string_lossy();
    Some(path.with_file_name(format!(".{name}.{}.part", std::process::id())))
}
