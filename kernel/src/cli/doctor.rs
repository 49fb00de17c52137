//! `tunebook doctor`: what is here, what is missing, and how to mend it.

use std::path::Path;
use std::process::{Command, ExitCode};

use super::lab;
use crate::install;
use crate::preload::{Preload, Source, cache_folder};

/// One thing that was looked at.
struct Finding {
    what: &'static str,
    state: Result<String, Missing>,
}

/// Why it is not there.
struct Missing {
    problem: String,
    help: String,
    /// Whether notebooks can run all the same.
    only_for: Option<&'static str>,
}

/// Prints a line for each finding; fails where something is missing that running a notebook needs.
pub fn doctor() -> ExitCode {
    let findings = [compiler(), linker(), cache(), preload(), kernelspec(), python(), jupyterlab()];
    let mut is_fit = true;
    for finding in &findings {
        match &finding.state {
            Ok(detail) => println!("ok       {:<12} {detail}", finding.what),
            Err(missing) => {
                let mark = if missing.only_for.is_some() { "optional" } else { "MISSING" };
                println!("{mark:<8} {:<12} {}", finding.what, missing.problem);
                if let Some(purpose) = missing.only_for {
                    println!("{:22}needed only {purpose}", "");
                }
                println!("{:22}help: {}", "", missing.help);
                is_fit &= missing.only_for.is_some();
            }
        }
    }
    if is_fit { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn compiler() -> Finding {
    let state = Source::locate().map(|source| source.compiler()).map_err(|error| {
        let text = error.to_string();
        let (problem, help) = text.split_once("\nhelp: ").unwrap_or((&text, "see the README"));
        Missing { problem: problem.to_owned(), help: help.to_owned(), only_for: None }
    });
    Finding { what: "rustc", state }
}

fn linker() -> Finding {
    let state = version("cc", &["--version"]).ok_or_else(|| Missing {
        problem: "no `cc`, which links compiled cells".into(),
        help: "install gcc or clang: `apt-get install gcc` on Debian and Ubuntu".into(),
        only_for: None,
    });
    Finding { what: "linker", state }
}

fn cache() -> Finding {
    let check = || -> Result<String, String> {
        let folder = cache_folder().map_err(|error| error.to_string())?;
        std::fs::create_dir_all(&folder).map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
        let probe = folder.join(format!(".doctor-{}", std::process::id()));
        std::fs::write(&probe, b"").map_err(|error| format!("cannot write to {}: {error}", folder.display()))?;
        let _ = std::fs::remove_file(&probe);
        Ok(format!("{} ({} free)", folder.display(), free_space(&folder)))
    };
    let missing = |problem| Missing {
        problem,
        help: "set TUNEBOOK_CACHE to a folder that can be written".into(),
        only_for: None,
    };
    Finding { what: "cache", state: check().map_err(missing) }
}

fn preload() -> Finding {
    let missing = |problem: String| Missing {
        problem,
        help: "run `tunebook prepare`, or let the first cell do it".into(),
        only_for: Some("once: it is built by the first cell"),
    };
    let state = match Preload::find() {
        Ok(Some(preload)) => Ok(preload.folder.display().to_string()),
        Ok(None) => Err(missing("the workbench is not built yet for this version and compiler".into())),
        Err(error) => Err(missing(error.to_string().lines().next().unwrap_or_default().to_owned())),
    };
    Finding { what: "workbench", state }
}

fn kernelspec() -> Finding {
    let this = std::env::current_exe().ok();
    let missing = |problem: String| Missing {
        problem,
        help: "run `tunebook install`".into(),
        only_for: Some("for Jupyter; `tunebook run` and `report` do without"),
    };
    let state = match install::registered_program() {
        Some(program) if this.as_ref() == Some(&program) => Ok(format!("registered for {}", program.display())),
        Some(program) if program.exists() => {
            Ok(format!("registered for another copy of this program, {}", program.display()))
        }
        Some(program) => Err(missing(format!("registered for a program that is gone, {}", program.display()))),
        None => Err(missing("the kernel is not registered for this user".into())),
    };
    Finding { what: "kernelspec", state }
}

fn python() -> Finding {
    let state = version("python3", &["--version"]).ok_or_else(|| Missing {
        problem: "no `python3`".into(),
        help: "install Python 3.11 or newer".into(),
        only_for: Some("for JupyterLab; `tunebook run` and `report` do without"),
    });
    Finding { what: "Python", state }
}

fn jupyterlab() -> Finding {
    let own = lab::own_environment()
        .map(|environment| environment.join("bin/jupyter"))
        .ok()
        .filter(|program| program.is_file());
    let state = lab::jupyter_on_path().or(own).map(|program| program.display().to_string()).ok_or_else(|| Missing {
        problem: "no JupyterLab on PATH or in the cache".into(),
        help: "`tunebook lab` installs one".into(),
        only_for: Some("for `tunebook lab`, which installs it"),
    });
    Finding { what: "JupyterLab", state }
}

fn version(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned())
}

fn free_space(folder: &Path) -> String {
    let Ok(path) = std::ffi::CString::new(folder.as_os_str().as_encoded_bytes()) else { return "unknown space".into() };
    // SAFETY: the path ends with a null, and the structure is plain numbers that the call fills.
    let free = unsafe {
        let mut space: libc::statvfs = std::mem::zeroed();
        if libc::statvfs(path.as_ptr(), &mut space) != 0 {
            return "unknown space".into();
        }
        space.f_bavail as f64 * space.f_frsize as f64
    };
    format!("{:.1} GB", free / 1e9)
}
