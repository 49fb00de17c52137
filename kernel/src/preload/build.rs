//! Building the preload: the workbench with cargo, the runtime with the compiler, and a linker for cells.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::cargo::{self, Progress, Recipe, help_for};
use super::{HeldCrate, Linker, Manifest, PreloadError, RUNTIME, Source, cache_error, create_folder, place, sibling};
use crate::engine::native::control::Control;
use crate::process::die_with_parent;

/// The crates that a cell names by themselves. All others it reaches through these.
const NAMED_CRATES: &[&str] = &[
    "linfa",
    "linfa_linear",
    "linfa_logistic",
    "linfa_trees",
    "ndarray",
    "plotters",
    "polars",
    "rayon",
    "serde",
    "serde_json",
];

pub(super) fn build(
    source: &Source,
    folder: &Path,
    control: &Control,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), PreloadError> {
    // Built beside and renamed: nobody ever sees half a preload. The lock makes this the only builder.
    let beside = sibling(folder, ".new");
    let _ = std::fs::remove_dir_all(&beside);
    create_folder(&beside.join("deps"))?;
    let start = Instant::now();
    // Told at once: where all is compiled already, cargo may end without a word.
    let mut last = Progress { done: 0, total: 0, what: "starting cargo".into(), elapsed: Duration::ZERO };
    progress(last.clone());
    let artifacts = cargo::run_cargo(
        &source.cargo,
        &source.root,
        &["--locked", "-p", "workbench", "--crate-type", "dylib"],
        "compiling the workbench",
        control,
        &mut |told| {
            last = told.clone();
            progress(told);
        },
    )?;
    let (mut externs, mut crates, mut workbench) = (Vec::new(), Vec::new(), Recipe::default());
    for artifact in &artifacts {
        if artifact.name == "workbench" {
            let Some(dylib) = artifact.file("so") else { continue };
            place(dylib, &beside.join("libworkbench.so"))?;
            workbench = artifact.recipe.clone();
            continue;
        }
        let Some(file) = artifact.to_compile_against() else { continue };
        let Some(name) = file.file_name().map(|name| name.to_string_lossy().into_owned()) else { continue };
        place(file, &beside.join("deps").join(&name))?;
        let file = format!("deps/{name}");
        if NAMED_CRATES.contains(&artifact.name.as_str()) {
            externs.push((artifact.name.clone(), file.clone()));
        }
        crates.push(HeldCrate {
            name: artifact.name.clone(),
            version: artifact.version.clone(),
            file,
            recipe: artifact.recipe.clone(),
        });
    }
    last.what = "the runtime of cells".into();
    externs.extend(build_runtime(source, &beside, control, &mut || {
        progress(Progress { elapsed: start.elapsed(), ..last.clone() });
    })?);
    let linker = find_linker(source, &beside, folder)?;
    let manifest = Manifest { rustc: source.rustc.clone(), externs, crates, workbench, linker };
    let text = serde_json::to_vec_pretty(&manifest).unwrap_or_default();
    for (name, content) in [("in-use.lock", &b""[..]), ("preload.json", &text)] {
        let path = beside.join(name);
        std::fs::write(&path, content).map_err(|error| cache_error("write", &path, error))?;
    }
    let _ = std::fs::remove_dir_all(folder);
    std::fs::rename(&beside, folder).map_err(|error| cache_error("rename", &beside, error))
}

/// The two crates of ours that cells link to beside the workbench: see the files themselves.
/// `at_work` is called at the beginning of each step, and about twice a second.
fn build_runtime(
    source: &Source,
    beside: &Path,
    control: &Control,
    at_work: &mut dyn FnMut(),
) -> Result<Vec<(String, String)>, PreloadError> {
    let library = super::ask_rustc(&source.rustc.to_string_lossy(), &["--print", "target-libdir"], beside)?;
    let sources = beside.join("runtime");
    create_folder(&sources)?;
    for (name, text) in RUNTIME {
        let file = sources.join(name);
        std::fs::write(&file, text).map_err(|error| cache_error("write", &file, error))?;
    }
    let mut externs = vec![("workbench".to_owned(), "libworkbench.so".to_owned())];
    // Unoptimised, the compiler shares what it instantiates.
    for (name, file, opt_level) in
        [("tunebook_runtime", "lib.rs", "opt-level=2"), ("tunebook_instances", "instances.rs", "opt-level=0")]
    {
        let object = format!("lib{name}.so");
        let mut command = Command::new(&source.rustc);
        command
            .current_dir(beside)
            // What a subshell prints is caught as the standard library's own tests do it, which has no stable name.
            .env("RUSTC_BOOTSTRAP", "1")
            .arg(Path::new("runtime").join(file))
            .args(["--crate-name", name, "--crate-type", "dylib", "--edition", "2024", "--cap-lints", "warn"])
            .args(["-C", "prefer-dynamic", "-C", opt_level, "-C", "debuginfo=0", "-o", &object])
            .args(["-L", "dependency=.", "-L", "dependency=deps"])
            // The old kind of tag is the one that also serves the libraries that these libraries need.
            .args(["-C", "link-arg=-Wl,--disable-new-dtags", "-C", "link-arg=-Wl,-rpath,$ORIGIN", "-C"])
            .arg(format!("link-arg=-Wl,-rpath,{}", library.trim()))
            .args(externs.iter().flat_map(|(name, file)| ["--extern".to_owned(), format!("{name}={file}")]));
        run_rustc(&mut command, control, at_work)?;
        externs.push((name.to_owned(), object));
    }
    Ok(externs)
}

fn run_rustc(command: &mut Command, control: &Control, at_work: &mut dyn FnMut()) -> Result<(), PreloadError> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
    let no_compiler =
        |error| PreloadError::NoCompiler { command: "rustc".into(), problem: format!("cannot run: {error}") };
    let child = die_with_parent(command).spawn().map_err(no_compiler)?;
    let running = control.compiling(child.id());
    let (tell, ended) = mpsc::channel();
    std::thread::spawn(move || tell.send(child.wait_with_output()));
    let output = loop {
        at_work();
        match ended.recv_timeout(Duration::from_millis(500)) {
            Ok(output) => break output.map_err(no_compiler)?,
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => return Err(no_compiler(ErrorKind::BrokenPipe.into())),
        }
    };
    if running.finish() {
        return Err(PreloadError::Interrupted);
    }
    if !output.status.success() {
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        let help = help_for(&log);
        return Err(PreloadError::Build { step: "compiling the runtime of cells", log, help });
    }
    Ok(())
}

/// The file that the linker's script leaves behind.
pub const LINK_MARK: &str = "linking";

/// Links a cell: only its own objects, with no look at the libraries, whose tables are large. What a cell needs of them is found
/// when it is loaded, since all of them are loaded already; libraries that a person names are kept.
/// It leaves a mark in the folder where it is called, by which a cell's timing knows when it began.
const LINK_SCRIPT: &str = "\
#!/bin/sh
: >linking
for arg do
    shift
    case $arg in
        */libworkbench.so | */libtunebook_*.so | */libstd-*.so) ;;
        -lgcc_s | -lutil | -lrt | -lpthread | -lm | -ldl | -lc) ;;
        *) set -- \"$@\" \"$arg\" ;;
    esac
done
exec ld \"$@\"
";

/// The quickest linker that works here: the system's own without the libraries takes 10 ms, the compiler's own 40 ms; the C
/// compiler, which is the `None`, adds its own start to that of a linker.
fn find_linker(source: &Source, beside: &Path, folder: &Path) -> Result<Option<Linker>, PreloadError> {
    let script = beside.join("link.sh");
    std::fs::write(&script, LINK_SCRIPT).map_err(|error| cache_error("write", &script, error))?;
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755))
        .map_err(|error| cache_error("make executable", &script, error))?;
    let linker = |program: PathBuf, flavor: &str| Linker { program, flavor: flavor.to_owned() };
    if links(source, beside, &linker(script, "ld")) {
        // Where the folder will stand in the end.
        return Ok(Some(linker(folder.join("link.sh"), "ld")));
    }
    let library = super::ask_rustc(&source.rustc.to_string_lossy(), &["--print", "target-libdir"], beside)?;
    let lld = Path::new(library.trim()).with_file_name("bin").join("rust-lld");
    Ok(Some(linker(lld, "ld.lld")).filter(|linker| links(source, beside, linker)))
}

/// Whether a linker makes something of a trial.
fn links(source: &Source, beside: &Path, linker: &Linker) -> bool {
    let code = "#[unsafe(no_mangle)] pub fn trial(n: i128, text: &str) -> String { format!(\"{text}{}\", 7 / n) }";
    let (trial, object) = (beside.join("trial.rs"), beside.join("libtrial.so"));
    let works = std::fs::write(&trial, code).is_ok()
        && Command::new(&source.rustc)
            .current_dir(beside)
            .args([
                "trial.rs",
                "--crate-type",
                "cdylib",
                "--edition",
                "2024",
                "-C",
                "prefer-dynamic",
                "-o",
                "libtrial.so",
            ])
            .args(super::link_args(Some(linker)))
            .output()
            .is_ok_and(|output| output.status.success() && object.exists());
    for file in [trial, object, beside.join(LINK_MARK)] {
        let _ = std::fs::remove_file(file);
    }
    works
}
