//! The kernelspec: what makes the kernel known to Jupyter.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

pub const KERNEL_NAME: &str = "tunebook";
pub const DISPLAY_NAME: &str = "Rust (Tunebook)";

const LOGOS: &[(&str, &[u8])] = &[
    ("logo-32x32.png", include_bytes!("../assets/logo-32x32.png")),
    ("logo-64x64.png", include_bytes!("../assets/logo-64x64.png")),
    ("logo-svg.svg", include_bytes!("../assets/logo-svg.svg")),
];

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    #[error(
        "cannot tell where Jupyter keeps kernels: none of JUPYTER_DATA_DIR, XDG_DATA_HOME and HOME is set\nhelp: give the place with --prefix"
    )]
    NoDataFolder,
    #[error("cannot tell where this program is: {0}")]
    NoProgram(std::io::Error),
    #[error("cannot {action} {path}: {source}")]
    File { action: &'static str, path: PathBuf, source: std::io::Error },
}

/// Where the kernelspec goes: below `prefix` as `jupyter kernelspec install --prefix` has it, else for the user.
pub fn folder(prefix: Option<&Path>) -> Result<PathBuf, InstallError> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = match prefix {
        Some(prefix) => Some(prefix.join("share/jupyter")),
        None => set("JUPYTER_DATA_DIR")
            .or_else(|| set("XDG_DATA_HOME").map(|data| data.join("jupyter")))
            .or_else(|| set("HOME").map(|home| home.join(".local/share/jupyter"))),
    };
    Ok(data.ok_or(InstallError::NoDataFolder)?.join("kernels").join(KERNEL_NAME))
}

/// Registers this program, with further arguments, as the kernel, in place of an earlier registration.
pub fn install(prefix: Option<&Path>, arguments: &[&str]) -> Result<PathBuf, InstallError> {
    let folder = folder(prefix)?;
    let program = std::env::current_exe().map_err(InstallError::NoProgram)?;
    let beside = folder.with_file_name(format!(".{KERNEL_NAME}.{}", std::process::id()));
    let file_error = |action, path: &Path| {
        let path = path.to_owned();
        move |source| InstallError::File { action, path, source }
    };
    std::fs::create_dir_all(&beside).map_err(file_error("create", &beside))?;
    let spec = serde_json::to_vec_pretty(&kernelspec(&program, arguments)).unwrap_or_default();
    for (name, content) in LOGOS.iter().copied().chain([("kernel.json", spec.as_slice())]) {
        let path = beside.join(name);
        std::fs::write(&path, content).map_err(file_error("write", &path))?;
    }
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(file_error("replace", &folder))?;
    }
    std::fs::rename(&beside, &folder).map_err(file_error("write", &folder))?;
    Ok(folder)
}

/// Removes the registration; says whether there was one.
pub fn uninstall(prefix: Option<&Path>) -> Result<Option<PathBuf>, InstallError> {
    let folder = folder(prefix)?;
    if !folder.exists() {
        return Ok(None);
    }
    std::fs::remove_dir_all(&folder).map_err(|source| InstallError::File {
        action: "remove",
        path: folder.clone(),
        source,
    })?;
    Ok(Some(folder))
}

/// The program that the user's registration starts, if there is one.
pub fn registered_program() -> Option<PathBuf> {
    let text = std::fs::read(folder(None).ok()?.join("kernel.json")).ok()?;
    let spec: Value = serde_json::from_slice(&text).ok()?;
    spec["argv"][0].as_str().map(PathBuf::from)
}

fn kernelspec(program: &Path, arguments: &[&str]) -> Value {
    let program = program.to_string_lossy();
    let mut argv = vec![program.as_ref(), "kernel", "--connection-file", "{connection_file}"];
    argv.extend(arguments);
    json!({
        "argv": argv,
        "display_name": DISPLAY_NAME,
        "language": "rust",
        "interrupt_mode": "message",
        "metadata": {},
    })
}
