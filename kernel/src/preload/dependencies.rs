//! Crates that a notebook adds with `:dep`: compiled once for what it asks for, and kept in the cache.
//!
//! What the preload holds is taken from it, so that its types are the workbench's own. The others become a dylib of their own,
//! beside the workbench's and with its own copies of what both need.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::cargo::{Progress, is_network_problem, run_cargo};
use super::{
    Preload, PreloadError, Source, cache_error, cache_folder, create_folder, hash_part, place, sibling, wait_for_lock,
};
use crate::engine::native::control::Control;

/// What a notebook has asked for: crates by name, each with what stands behind `=` in a manifest.
pub type Wishes = BTreeMap<String, String>;

/// The crates that cells can name beside those of the preload.
#[derive(Clone, Debug, Default)]
pub struct Dependencies {
    /// Names and files.
    externs: Vec<(String, PathBuf)>,
    built: Option<Built>,
    /// What the crates at paths were compiled to, by their names: these change under the same name.
    own: BTreeMap<String, Vec<u8>>,
}

/// The dylib with the crates that the preload does not hold.
#[derive(Clone, Debug)]
struct Built {
    folder: PathBuf,
    crate_name: String,
}

/// What stands beside the compiled files.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    crate_name: String,
    externs: Vec<(String, String)>,
}

impl Dependencies {
    /// What makes the names known to the compiler.
    pub fn args(&self) -> Vec<OsString> {
        let joined = |head: &str, path: &Path| {
            let mut text = OsString::from(head);
            text.push(path);
            text
        };
        let mut args: Vec<OsString> = Vec::new();
        for (name, file) in &self.externs {
            args.extend(["--extern".into(), joined(&format!("{name}="), file)]);
        }
        if let Some(built) = &self.built {
            args.extend(["--extern".into(), joined(&format!("{}=", built.crate_name), &built.library())]);
            args.extend(["-L".into(), joined("dependency=", &built.folder.join("deps"))]);
        }
        args
    }

    /// Whether a crate is another than it was before. A process that has loaded the old one would go on with that.
    pub fn replaces_code_of(&self, before: &Dependencies) -> bool {
        self.own.iter().any(|(name, hash)| before.own.get(name).is_some_and(|old| old != hash))
    }

    /// The crate that holds the code of the others, which every cell has to link.
    pub fn crate_name(&self) -> Option<&str> {
        self.built.as_ref().map(|built| built.crate_name.as_str())
    }

    /// What the child has to load before a cell.
    pub fn library(&self) -> Option<PathBuf> {
        self.built.as_ref().map(Built::library)
    }
}

impl Built {
    fn library(&self) -> PathBuf {
        self.folder.join(format!("lib{}.so", self.crate_name))
    }

    fn open(folder: &Path) -> Option<(Built, Vec<(String, PathBuf)>)> {
        let text = std::fs::read(folder.join("dependencies.json")).ok()?;
        let manifest: Manifest = serde_json::from_slice(&text).ok()?;
        let externs = manifest.externs.into_iter().map(|(name, file)| (name, folder.join(file))).collect();
        Some((Built { folder: folder.to_owned(), crate_name: manifest.crate_name }, externs))
    }
}

/// Finds or builds all that a notebook has asked for. What cannot be built is an error in cargo's own words.
pub fn ensure(
    preload: &Preload,
    wishes: &Wishes,
    control: &Control,
    progress: &mut dyn FnMut(Progress),
) -> Result<Dependencies, PreloadError> {
    let mut dependencies = Dependencies::default();
    let mut others = Wishes::new();
    for (name, value) in wishes {
        // A plain version can be compared; features, paths and repositories are cargo's business.
        let wanted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let wanted = wanted.and_then(|version| semver::VersionReq::parse(version).ok());
        match wanted.and_then(|wanted| preload.held(&name.replace('-', "_"), &wanted)) {
            Some(held) => dependencies.externs.push((held.name.clone(), preload.folder.join(&held.file))),
            None => {
                others.insert(name.clone(), value.clone());
            }
        }
    }
    if others.is_empty() {
        return Ok(dependencies);
    }
    let source = Source::locate()?;
    let mut hash = Sha256::new();
    hash_part(&mut hash, source.version.as_bytes());
    for (name, value) in &others {
        hash_part(&mut hash, name.as_bytes());
        hash_part(&mut hash, value.as_bytes());
    }
    let key: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let cache = cache_folder()?.join("dependencies");
    create_folder(&cache)?;
    let folder = cache.join(&key);
    // Crates at a path are the person's own and change: cargo looks whether they have.
    let has_paths = others.values().any(|value| value.contains("path"));
    let mut built = Built::open(&folder).filter(|_| !has_paths);
    if built.is_none() {
        let _lock = wait_for_lock(&sibling(&folder, ".lock"), control, progress)?;
        built = Built::open(&folder).filter(|_| !has_paths);
        if built.is_none() {
            build(&source, &others, &folder, &key, control, progress)?;
            built = Built::open(&folder);
        }
    }
    let (built, externs) = built.ok_or_else(|| cache_error("open", &folder, std::io::ErrorKind::NotFound.into()))?;
    for (name, file) in &externs {
        let is_own =
            others.iter().any(|(wished, value)| wished.replace('-', "_") == *name && value_of(value, "path").is_some());
        if is_own && let Ok(content) = std::fs::read(file) {
            dependencies.own.insert(name.clone(), Sha256::digest(content).to_vec());
        }
    }
    dependencies.externs.extend(externs);
    dependencies.built = Some(built);
    Ok(dependencies)
}

/// Where in what stands behind `=` in a manifest the text of a key is, without its quotes.
pub fn value_of(manifest: &str, key: &str) -> Option<Range<usize>> {
    manifest.match_indices(key).find_map(|(at, _)| {
        let is_key = manifest.get(..at)?.trim_end().ends_with(['{', ',']);
        let rest = manifest.get(at + key.len()..)?.trim_start().strip_prefix('=')?.trim_start().strip_prefix('"')?;
        let start = manifest.len() - rest.len();
        is_key.then_some(start..start + rest.find('"')?)
    })
}

fn build(
    source: &Source,
    wishes: &Wishes,
    folder: &Path,
    key: &str,
    control: &Control,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), PreloadError> {
    // The name ends as the linker's script expects it: cells find the code in the running process.
    let crate_name = format!("tunebook_dependencies_{key}");
    let project = sibling(folder, ".project");
    create_folder(&project.join("src"))?;
    let lines: String = wishes.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
    let mentions: String =
        wishes.keys().map(|name| format!("pub extern crate {};\n", name.replace('-', "_"))).collect();
    // Another number of codegen units than the workbench's makes another crate of each that both have, so that a cell can link both.
    let manifest = format!(
        "[package]\nname = {crate_name:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"dylib\"]\n\n\
         [profile.release]\ncodegen-units = 15\n\n[workspace]\n\n[dependencies]\n{lines}"
    );
    for (file, text) in [("Cargo.toml", &manifest), ("src/lib.rs", &mentions)] {
        let path = project.join(file);
        std::fs::write(&path, text).map_err(|error| cache_error("write", &path, error))?;
    }
    let target = folder.with_file_name("target");
    let target = target.to_string_lossy();
    let mut cargo = |args: &[&str]| {
        let mut all = vec!["--target-dir", &target];
        all.extend(args);
        run_cargo(&source.cargo, &project, &all, "compiling the crates of :dep", control, progress)
    };
    let artifacts = match cargo(&[]) {
        // What was downloaded for another notebook may be all that is needed.
        Err(PreloadError::Build { log, step, help }) if is_network_problem(&log) => {
            cargo(&["--offline"]).map_err(|_| PreloadError::Build { log, step, help })?
        }
        artifacts => artifacts?,
    };

    let beside = sibling(folder, ".new");
    let _ = std::fs::remove_dir_all(&beside);
    create_folder(&beside.join("deps"))?;
    let mut externs = Vec::new();
    for artifact in &artifacts {
        if artifact.name == crate_name {
            let Some(dylib) = artifact.file("so") else { continue };
            place(dylib, &beside.join(format!("lib{crate_name}.so")))?;
            continue;
        }
        let Some(file) = artifact.to_compile_against() else { continue };
        let Some(name) = file.file_name().map(|name| name.to_string_lossy().into_owned()) else { continue };
        place(file, &beside.join("deps").join(&name))?;
        for (wished, value) in wishes {
            let package = value_of(value, "package").and_then(|range| value.get(range)).unwrap_or(wished);
            if package.replace('-', "_") == artifact.name {
                externs.push((wished.replace('-', "_"), format!("deps/{name}")));
            }
        }
    }
    let text = serde_json::to_vec_pretty(&Manifest { crate_name, externs }).unwrap_or_default();
    let path = beside.join("dependencies.json");
    std::fs::write(&path, text).map_err(|error| cache_error("write", &path, error))?;
    let _ = std::fs::remove_dir_all(folder);
    std::fs::rename(&beside, folder).map_err(|error| cache_error("rename", &beside, error))
}
