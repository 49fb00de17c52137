//! `tunebook lab`: JupyterLab with the kernel in it, from nothing.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};

use crate::install;
use crate::preload::cache_folder;

/// The JupyterLab that is installed where there is none, with all that it needs.
const REQUIREMENTS: &str = include_str!("../../assets/lab-requirements.txt");

pub fn lab(folder: Option<&Path>, arguments: &[String]) -> anyhow::Result<ExitCode> {
    super::prepare_all()?;
    let spec = install::install(None, &[])?;
    eprintln!("registered the kernel in {}", spec.display());
    let program = match jupyter_on_path() {
        Some(program) => program,
        None => install_jupyter()?,
    };
    let folder = match folder {
        Some(folder) => folder.to_owned(),
        None => default_folder(),
    };
    if !folder.is_dir() {
        bail!("there is no folder {}", folder.display());
    }
    // Jupyter takes over this process, and with it the terminal and its Ctrl-C.
    let error = Command::new(&program).arg("lab").arg("--notebook-dir").arg(&folder).args(arguments).exec();
    Err(error).with_context(|| format!("cannot run {}", program.display()))
}

pub fn jupyter_on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let both = |folder: &PathBuf| folder.join("jupyter").is_file() && folder.join("jupyter-lab").is_file();
    std::env::split_paths(&path).find(both).map(|folder| folder.join("jupyter"))
}

/// Where this program keeps a JupyterLab of its own.
pub fn own_environment() -> anyhow::Result<PathBuf> {
    Ok(cache_folder()?.join("jupyter"))
}

fn install_jupyter() -> anyhow::Result<PathBuf> {
    let environment = own_environment()?;
    let stamp = environment.join("tunebook-requirements.txt");
    let program = environment.join("bin/jupyter");
    if std::fs::read_to_string(&stamp).is_ok_and(|text| text == REQUIREMENTS) && program.is_file() {
        return Ok(program);
    }
    eprintln!("installing JupyterLab into {}", environment.display());
    let list = cache_folder()?.join("lab-requirements.txt");
    std::fs::create_dir_all(cache_folder()?).context("cannot create the cache")?;
    std::fs::write(&list, REQUIREMENTS).with_context(|| format!("cannot write {}", list.display()))?;
    step(
        Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment),
        "creating a virtual environment needs python3 with venv: `apt-get install python3-venv` on Debian and Ubuntu",
    )?;
    step(
        Command::new(environment.join("bin/python"))
            .args(["-m", "pip", "install", "--disable-pip-version-check", "--quiet", "-r"])
            .arg(&list),
        "installing JupyterLab needs the Python package index",
    )?;
    // Written last: an installation that broke off is begun again.
    std::fs::write(&stamp, REQUIREMENTS).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(program)
}

fn step(command: &mut Command, help: &str) -> anyhow::Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("cannot run {name}; {help}"))?;
    if !status.success() {
        bail!("{name} failed ({status}); {help}");
    }
    Ok(())
}

fn default_folder() -> PathBuf {
    let here = PathBuf::from("notebooks");
    if here.is_dir() { here } else { ".".into() }
}
