//! What completion and inspection know of the crates that cells see: names, signatures and documentation.
//!
//! The compiler's own documentation tool reads each crate once, against the metadata that the preload has, and what matters of its answer is kept
//! in a small file beside the preload. The form of the files is told in `engine/analysis/index.rs`, which reads them. They are made by a
//! process of their own at low priority: nothing waits for them, and what cannot be made is left out.

mod condense;
mod render;

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use super::{Preload, Progress, Recipe, Source, create_folder, open_lock};
use crate::process::die_with_parent;

/// The crates whose items a cell meets, those that it meets most first.
const CRATES: &[&str] = &[
    "workbench",
    "polars_core",
    "polars_plan",
    "polars_lazy",
    "polars",
    "ndarray",
    "polars_io",
    "polars_ops",
    "polars_time",
    "polars_utils",
    "polars_arrow",
    "serde_json",
    "linfa",
    "linfa_linear",
    "linfa_logistic",
    "linfa_trees",
    "plotters",
    "plotters_backend",
    "rayon",
    "rayon_core",
    "rand_chacha",
];

/// Where the files are: one for each crate.
pub fn folder(preload: &Preload) -> PathBuf {
    preload.folder.join("index")
}

fn missing(preload: &Preload) -> Vec<&'static str> {
    let folder = folder(preload);
    CRATES.iter().copied().filter(|name| !folder.join(name).exists()).collect()
}

/// Makes what is missing in a process of its own, which ends with this thread, unless another kernel is at it.
pub fn make_in_background(preload: &Preload, program: &Path) -> Option<std::process::Child> {
    if missing(preload).is_empty() {
        return None;
    }
    let mut command = Command::new(program);
    command.arg("index").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    die_with_parent(&mut command).spawn().ok()
}

/// Makes what is missing, crate by crate. A crate that cannot be read gets an empty file, so that nobody tries it again and again.
pub fn make(preload: &Preload, progress: &mut dyn FnMut(Progress)) {
    let start = Instant::now();
    let (folder, names) = (folder(preload), missing(preload));
    if names.is_empty() || create_folder(&folder).is_err() {
        return;
    }
    let Ok(lock) = open_lock(&folder.join("lock")) else { return };
    if lock.try_lock().is_err() {
        return;
    }
    let Some(packages) = Packages::ask(preload) else { return };
    for (done, name) in names.iter().enumerate() {
        let what = format!("reading the documentation of {name}");
        progress(Progress { done: done as u64, total: names.len() as u64, what, elapsed: start.elapsed() });
        let text = packages.document(preload, name, &folder).unwrap_or_default();
        let beside = folder.join(format!("{name}.new"));
        if std::fs::write(&beside, text).is_err() || std::fs::rename(&beside, folder.join(name)).is_err() {
            return;
        }
    }
}

/// Lowers this process' priority, and that of all that it starts.
pub fn be_nice() {
    // SAFETY: a system call without pointers.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 19) };
}

/// Which package uses which under what name, in cargo's words.
struct Packages {
    /// By the id of the using package: the names of crates in its code, and the ids of their packages.
    uses: HashMap<String, Vec<(String, String)>>,
    rustdoc: PathBuf,
}

impl Packages {
    fn ask(preload: &Preload) -> Option<Packages> {
        let source = Source::locate().ok()?;
        let target = source.version.lines().find_map(|line| line.strip_prefix("host: "))?;
        let output = Command::new(&source.cargo)
            .current_dir(&source.root)
            .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", target])
            .stderr(Stdio::null())
            .output()
            .ok()?;
        let metadata: Value = serde_json::from_slice(&output.stdout).ok()?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut uses = HashMap::new();
        for node in metadata["resolve"]["nodes"].as_array()? {
            let list = node["deps"].as_array().into_iter().flatten();
            uses.insert(text(&node["id"]), list.map(|used| (text(&used["name"]), text(&used["pkg"]))).collect());
        }
        let rustdoc = preload.rustc.with_file_name("rustdoc");
        Some(Packages { uses, rustdoc: if rustdoc.exists() { rustdoc } else { "rustdoc".into() } })
    }

    /// The condensed documentation of a crate.
    fn document(&self, preload: &Preload, name: &str, folder: &Path) -> Option<String> {
        let recipe = match name {
            "workbench" => &preload.workbench,
            _ => &preload.crates.iter().find(|held| held.name == name)?.recipe,
        };
        let made = folder.join("made");
        let _ = std::fs::remove_dir_all(&made);
        let mut command = Command::new(&self.rustdoc);
        command
            .arg(&recipe.source)
            .args(["--crate-name", name, "--edition", &recipe.edition, "--cap-lints", "allow"])
            .args(["-Z", "unstable-options", "--output-format", "json", "--output"])
            .arg(&made)
            .args(recipe.features.iter().flat_map(|feature| ["--cfg".to_owned(), format!("feature={feature:?}")]))
            .args(recipe.cfgs.iter().flat_map(|cfg| ["--cfg", cfg]))
            .args(self.externs(preload, recipe))
            .arg("-L")
            .arg(format!("dependency={}", preload.folder.join("deps").display()))
            // The form of its answer is what is unstable here: one that has changed is not understood, and the index stays empty.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_PKG_VERSION", recipe.package.rsplit(['#', '@']).next().unwrap_or_default())
            .env("CARGO_PKG_NAME", name.replace('_', "-"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some(out_dir) = &recipe.out_dir {
            command.env("OUT_DIR", out_dir);
        }
        let status = die_with_parent(&mut command).status().ok()?;
        let file = File::open(made.join(format!("{name}.json"))).ok().filter(|_| status.success())?;
        let documented = serde_json::from_reader(std::io::BufReader::new(file)).ok()?;
        let _ = std::fs::remove_dir_all(&made);
        Some(condense::condense(&documented))
    }

    fn externs(&self, preload: &Preload, recipe: &Recipe) -> Vec<String> {
        let mut args = Vec::new();
        for (name, package) in self.uses.get(&recipe.package).into_iter().flatten() {
            if let Some(held) = preload.crates.iter().find(|held| held.recipe.package == *package) {
                let file = preload.folder.join(&held.file);
                args.extend(["--extern".to_owned(), format!("{name}={}", file.display())]);
            }
        }
        args
    }
}
