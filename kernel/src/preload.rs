//! The preload: the workbench and all that it brings, compiled once and loaded by every cell.
//!
//! It stands in a per-user cache, in a folder named by everything that it is made from: the workbench's source, the lock
//! file, and the compiler. So a new version never changes the files under a running kernel. It is built beside
//! and renamed into place, under a lock that other kernels wait for; a kernel that uses a preload holds a shared lock on it,
//! and only those without one are ever removed.

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

mod build;
mod cargo;
pub mod dependencies;
pub mod index;

use cargo::Recipe;

pub use build::LINK_MARK;
pub use cargo::Progress;

use crate::engine::native::control::Control;

/// How many preloads of other versions stay in the cache.
const OTHERS_KEPT: usize = 2;

/// Everything that a cell is compiled and run against.
#[derive(Debug)]
pub struct Preload {
    pub rustc: PathBuf,
    pub folder: PathBuf,
    /// Crates that cells can name, with their files relative to `folder`.
    externs: Vec<(String, String)>,
    /// All crates that are in the workbench's dylib, those above among them.
    crates: Vec<HeldCrate>,
    /// How the workbench itself was compiled.
    workbench: Recipe,
    linker: Option<Linker>,
    /// Held while the preload is in use.
    _in_use: File,
}

/// What stands beside the compiled files.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    rustc: PathBuf,
    externs: Vec<(String, String)>,
    crates: Vec<HeldCrate>,
    workbench: Recipe,
    linker: Option<Linker>,
}

/// A crate that the preload holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct HeldCrate {
    name: String,
    version: String,
    /// Relative to the preload's folder.
    file: String,
    recipe: Recipe,
}

/// A linker that is called by the compiler itself, not through the C compiler.
#[derive(Debug, Serialize, Deserialize)]
struct Linker {
    program: PathBuf,
    /// How it wants to be called, in the compiler's words.
    flavor: String,
}

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PreloadError {
    #[error(
        "no Rust compiler was found: `{command}` {problem}\nhelp: install Rust from https://rustup.rs and see that `rustc` and `cargo` are on PATH"
    )]
    NoCompiler { command: String, problem: String },
    #[error(
        "the workbench's source is not at {path}, where this program was built\nhelp: build the program again with `cargo build --release --locked` in a checkout of Tunebook, and keep the checkout"
    )]
    NoSource { path: PathBuf },
    #[error(
        "cannot {action} {path}: {source}\nhelp: the cache is chosen by TUNEBOOK_CACHE, else XDG_CACHE_HOME, else HOME; it must be writable and have 2 GB to spare"
    )]
    Cache { action: &'static str, path: PathBuf, source: std::io::Error },
    #[error("{step} failed\n{log}\nhelp: {help}")]
    Build { step: &'static str, log: String, help: &'static str },
    #[error(
        "interrupted while the workbench was being prepared; what is compiled so far is kept, and the next cell goes on from there"
    )]
    Interrupted,
}

impl Preload {
    /// The preload for this program and compiler, or `None` where it is not built yet.
    pub fn find() -> Result<Option<Preload>, PreloadError> {
        let source = Source::locate()?;
        Preload::open(&source.folder()?)
    }

    /// The preload, built first if need be. `progress` is called about ten times a second while it waits or builds.
    pub fn ensure(control: &Control, progress: &mut dyn FnMut(Progress)) -> Result<Preload, PreloadError> {
        let source = Source::locate()?;
        let folder = source.folder()?;
        if let Some(preload) = Preload::open(&folder)? {
            return Ok(preload);
        }
        let cache = cache_folder()?;
        create_folder(&cache)?;
        let _lock = wait_for_lock(&sibling(&folder, ".lock"), control, progress)?;
        if let Some(preload) = Preload::open(&folder)? {
            return Ok(preload);
        }
        build::build(&source, &folder, control, progress)?;
        remove_unused(&cache, &folder);
        let missing = || cache_error("open", &folder, std::io::ErrorKind::NotFound.into());
        Preload::open(&folder)?.ok_or_else(missing)
    }

    fn open(folder: &Path) -> Result<Option<Preload>, PreloadError> {
        let Ok(text) = std::fs::read(folder.join("preload.json")) else { return Ok(None) };
        let Ok(manifest) = serde_json::from_slice::<Manifest>(&text) else { return Ok(None) };
        if !manifest.rustc.exists() {
            return Ok(None);
        }
        let use_path = folder.join("in-use.lock");
        let in_use = File::open(&use_path).map_err(|source| cache_error("open", &use_path, source))?;
        in_use.lock_shared().map_err(|source| cache_error("lock", &use_path, source))?;
        Ok(Some(Preload {
            rustc: manifest.rustc,
            folder: folder.to_owned(),
            externs: manifest.externs,
            crates: manifest.crates,
            workbench: manifest.workbench,
            linker: manifest.linker,
            _in_use: in_use,
        }))
    }

    /// The dylib that brings all others with it, and the function that the child process calls.
    pub fn runtime(&self) -> PathBuf {
        self.folder.join("libtunebook_instances.so")
    }

    /// What tells the compiler where the crates are.
    pub fn extern_args(&self) -> Vec<OsString> {
        let mut args = Vec::new();
        for (name, file) in &self.externs {
            let mut value = OsString::from(format!("{name}="));
            value.push(self.folder.join(file));
            args.extend(["--extern".into(), value]);
        }
        for folder in [self.folder.clone(), self.folder.join("deps")] {
            let mut search = OsString::from("dependency=");
            search.push(folder);
            args.extend(["-L".into(), search]);
        }
        args
    }

    /// The newest version of a crate that the preload holds and that is asked for.
    fn held(&self, name: &str, wanted: &semver::VersionReq) -> Option<&HeldCrate> {
        let version = |held: &HeldCrate| semver::Version::parse(&held.version).ok();
        self.crates
            .iter()
            .filter(|held| held.name == name && version(held).is_some_and(|version| wanted.matches(&version)))
            .max_by_key(|held| version(held))
    }

    /// What tells the compiler how to link.
    pub fn link_args(&self) -> Vec<OsString> {
        link_args(self.linker.as_ref())
    }
}

fn link_args(linker: Option<&Linker>) -> Vec<OsString> {
    let Some(linker) = linker else { return vec!["-C".into(), "link-arg=-Wl,--allow-shlib-undefined".into()] };
    let mut program = OsString::from("linker=");
    program.push(&linker.program);
    let flavor = format!("linker-flavor={}", linker.flavor);
    let mut args = vec!["-C".into(), program, "-C".into(), flavor.into()];
    // The libraries of the preload need others that only the running process has found.
    args.extend(["-C".into(), "link-arg=--allow-shlib-undefined".into()]);
    args
}

/// What the preload is made from.
#[derive(Debug)]
pub struct Source {
    /// The checkout.
    root: PathBuf,
    rustc: PathBuf,
    cargo: PathBuf,
    version: String,
    key: String,
}

/// The runtime's source travels in the program: it must be the one that the program was made for.
const RUNTIME: &[(&str, &str)] = &[
    ("lib.rs", include_str!("../runtime/lib.rs")),
    ("cell.rs", include_str!("../runtime/cell.rs")),
    ("failure.rs", include_str!("../runtime/failure.rs")),
    ("input.rs", include_str!("../runtime/input.rs")),
    ("lane.rs", include_str!("../runtime/lane.rs")),
    ("printed.rs", include_str!("../runtime/printed.rs")),
    ("repeat.rs", include_str!("../runtime/repeat.rs")),
    ("show.rs", include_str!("../runtime/show.rs")),
    ("unload.rs", include_str!("../runtime/unload.rs")),
    ("instances.rs", include_str!("../runtime/instances.rs")),
];

impl Source {
    pub fn locate() -> Result<Source, PreloadError> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("/")).to_owned();
        if !root.join("workbench/src/lib.rs").exists() {
            return Err(PreloadError::NoSource { path: root });
        }
        let sysroot = PathBuf::from(find_sysroot(&root)?.trim());
        let tool = |name: &str| {
            Some(sysroot.join("bin").join(name)).filter(|path| path.exists()).unwrap_or_else(|| name.into())
        };
        let (rustc, cargo) = (tool("rustc"), tool("cargo"));
        let version = ask_rustc(&rustc.to_string_lossy(), &["-vV"], &root)?;
        let mut hash = Sha256::new();
        // Raised when the files of a preload change their form.
        const FORM: &[u8] = b"4";
        for part in [FORM, version.as_bytes(), env!("CARGO_PKG_VERSION").as_bytes()] {
            hash_part(&mut hash, part);
        }
        for (_, text) in RUNTIME {
            hash_part(&mut hash, text.as_bytes());
        }
        let mut files = vec![root.join("Cargo.toml"), root.join("Cargo.lock"), root.join("workbench/Cargo.toml")];
        list_files(&root.join("workbench/src"), &mut files);
        files.sort();
        for path in &files {
            let content = std::fs::read(path).map_err(|source| cache_error("read", path, source))?;
            hash_part(&mut hash, path.strip_prefix(&root).unwrap_or(path).as_os_str().as_encoded_bytes());
            hash_part(&mut hash, &content);
        }
        let key = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(Source { root, rustc, cargo, version, key })
    }

    /// The compiler's version and place, for people.
    pub fn compiler(&self) -> String {
        format!("{} ({})", self.version.lines().next().unwrap_or_default(), self.rustc.display())
    }

    fn folder(&self) -> Result<PathBuf, PreloadError> {
        Ok(cache_folder()?.join(format!("preload-{}-{}", env!("CARGO_PKG_VERSION"), self.key)))
    }
}

/// The per-user cache: TUNEBOOK_CACHE, else `tunebook` in XDG_CACHE_HOME, else in `~/.cache`.
pub fn cache_folder() -> Result<PathBuf, PreloadError> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = set("TUNEBOOK_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("tunebook")))
        .or_else(|| set("HOME").map(|home| home.join(".cache/tunebook")));
    let Some(folder) = folder else {
        let source =
            std::io::Error::new(std::io::ErrorKind::NotFound, "none of TUNEBOOK_CACHE, XDG_CACHE_HOME and HOME is set");
        return Err(cache_error("find", Path::new("the cache"), source));
    };
    std::path::absolute(&folder).map_err(|source| cache_error("find", &folder, source))
}

/// Where the compiler's own files are. A server may start kernels with next to nothing on PATH, so that the compiler is looked for where rustup
/// puts it, too, and where the one stands that has prepared a workbench before.
fn find_sysroot(root: &Path) -> Result<String, PreloadError> {
    let on_path = ask_rustc("rustc", &["--print", "sysroot"], root);
    if on_path.is_ok() {
        return on_path;
    }
    let homes = [("CARGO_HOME", "bin/rustc"), ("HOME", ".cargo/bin/rustc")];
    let by_rustup = homes.iter().filter_map(|(name, rest)| Some(Path::new(&std::env::var_os(name)?).join(rest)));
    let preloads = cache_folder().ok().and_then(|cache| std::fs::read_dir(cache).ok());
    let has_prepared = preloads.into_iter().flatten().flatten().filter_map(|entry| {
        let manifest = std::fs::read(entry.path().join("preload.json")).ok()?;
        Some(serde_json::from_slice::<Manifest>(&manifest).ok()?.rustc)
    });
    let mut elsewhere = by_rustup.chain(has_prepared).filter(|rustc| rustc.exists());
    elsewhere
        .find_map(|rustc| ask_rustc(&rustc.to_string_lossy(), &["--print", "sysroot"], root).ok())
        .map_or(on_path, Ok)
}

fn ask_rustc(program: &str, args: &[&str], folder: &Path) -> Result<String, PreloadError> {
    let command = format!("{program} {}", args.join(" "));
    let no_compiler = |problem: String| PreloadError::NoCompiler { command: command.clone(), problem };
    let output = Command::new(program)
        .args(args)
        .current_dir(folder)
        .output()
        .map_err(|error| no_compiler(format!("cannot run: {error}")))?;
    if !output.status.success() {
        return Err(no_compiler(format!("failed: {}", String::from_utf8_lossy(&output.stderr).trim())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn hash_part(hash: &mut Sha256, part: &[u8]) {
    hash.update((part.len() as u64).to_le_bytes());
    hash.update(part);
}

fn list_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { list_files(&path, files) } else { files.push(path) }
    }
}

/// A path beside the folder. Its name has dots, so it takes no other extension.
fn sibling(folder: &Path, ending: &str) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn create_folder(path: &Path) -> Result<(), PreloadError> {
    std::fs::create_dir_all(path).map_err(|source| cache_error("create", path, source))
}

/// The lock that makes its holder the only builder, when the others have let go of it.
fn wait_for_lock(path: &Path, control: &Control, progress: &mut dyn FnMut(Progress)) -> Result<File, PreloadError> {
    let lock = open_lock(path)?;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) => progress(Progress::waiting()),
            Err(TryLockError::Error(source)) => return Err(cache_error("lock", path, source)),
        }
        if control.is_interrupted() {
            return Err(PreloadError::Interrupted);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn open_lock(path: &Path) -> Result<File, PreloadError> {
    File::options().create(true).append(true).open(path).map_err(|source| cache_error("open", path, source))
}

/// Puts a file into the preload: as a second name of the same file where the file system can, since cargo never changes
/// one in place.
fn place(from: &Path, to: &Path) -> Result<(), PreloadError> {
    if std::fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    std::fs::copy(from, to).map(drop).map_err(|error| cache_error("write", to, error))
}

fn cache_error(action: &'static str, path: &Path, source: std::io::Error) -> PreloadError {
    PreloadError::Cache { action, path: path.to_owned(), source }
}

/// Removes the oldest preloads of other versions that no kernel uses. What cannot be removed stays: it only takes room.
fn remove_unused(cache: &Path, current: &Path) {
    let mut others: Vec<(SystemTime, PathBuf)> = std::fs::read_dir(cache)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path != current
                && path.is_dir()
                && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("preload-"))
        })
        .filter_map(|path| Some((path.metadata().ok()?.modified().ok()?, path)))
        .collect();
    others.sort();
    let surplus = others.len().saturating_sub(OTHERS_KEPT);
    for (_, path) in others.into_iter().take(surplus) {
        let is_free = File::open(path.join("in-use.lock")).map_or(true, |file| file.try_lock().is_ok());
        if is_free {
            let _ = std::fs::remove_dir_all(&path);
            let _ = std::fs::remove_file(sibling(&path, ".lock"));
        }
    }
}
