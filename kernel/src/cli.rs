//! The command line.

mod doctor;
mod lab;
mod progress;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use clap::{Parser, Subcommand, ValueEnum};

use crate::engine::evcxr::{self, EvcxrEngine};
use crate::engine::native::NativeEngine;
use crate::engine::native::control::Control;
use crate::engine::{Engine, Interrupt};
use crate::notebook::{self, Assignment};
use crate::preload::{Preload, index};
use crate::tempfolder::TempFolder;
use crate::{install, session, wire};

/// Tune models in Rust, in notebooks: a Jupyter kernel with a workbench preloaded, and reports that come out the same again.
#[derive(Debug, Parser)]
#[command(name = "tunebook", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open JupyterLab with the kernel ready: builds, registers and installs what is missing
    Lab {
        /// The folder to open [default: notebooks, where there is one]
        folder: Option<PathBuf>,
        /// Further arguments for `jupyter lab`
        #[arg(last = true)]
        jupyter: Vec<String>,
    },
    /// Run a notebook and write it with its outputs
    Run {
        notebook: PathBuf,
        /// Where to write it [default: NAME.out.ipynb beside it]
        #[arg(short, long, value_name = "OUT")]
        output: Option<PathBuf>,
        /// Set a parameter of the notebook: name=value
        #[arg(short, long = "parameter", value_name = "NAME=VALUE")]
        parameters: Vec<Assignment>,
        /// Say for each cell where its time went
        #[arg(short, long)]
        verbose: bool,
        /// What runs the cells
        #[arg(long, value_enum, default_value_t)]
        engine: EngineKind,
    },
    /// Run a notebook and write one HTML file that opens offline
    Report {
        notebook: PathBuf,
        /// Where to write it [default: NAME.html beside the notebook]
        #[arg(short, long, value_name = "HTML")]
        output: Option<PathBuf>,
        /// Set a parameter of the notebook: name=value
        #[arg(short, long = "parameter", value_name = "NAME=VALUE")]
        parameters: Vec<Assignment>,
        /// Say for each cell where its time went
        #[arg(short, long)]
        verbose: bool,
        /// What runs the cells
        #[arg(long, value_enum, default_value_t)]
        engine: EngineKind,
    },
    /// Build the workbench ahead of the first notebook
    Prepare,
    /// Register the kernel with Jupyter
    Install {
        /// Below this folder, such as a virtual environment, rather than for the user
        #[arg(long)]
        prefix: Option<PathBuf>,
        /// What runs the cells
        #[arg(long, value_enum, default_value_t)]
        engine: EngineKind,
    },
    /// Remove the kernel from Jupyter
    Uninstall {
        #[arg(long)]
        prefix: Option<PathBuf>,
    },
    /// Say what is missing on this machine, and how to mend it
    Doctor,
    /// Read what completion and inspection know of the workbench and its crates; kernels start this
    #[command(hide = true)]
    Index,
    /// Serve as a kernel; Jupyter starts this
    #[command(hide = true)]
    Kernel {
        #[arg(short = 'f', long)]
        connection_file: PathBuf,
        #[arg(long, value_enum, default_value_t)]
        engine: EngineKind,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum EngineKind {
    /// Tunebook's own
    #[default]
    Native,
    /// evcxr 0.22: slower, and it compiles the workbench for each session
    Evcxr,
}

/// The program: parses the arguments, runs the command, and shows what went wrong.
pub fn run() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Lab { folder, jupyter } => lab::lab(folder.as_deref(), &jupyter),
        Command::Run { notebook, output, parameters, verbose, engine } => {
            run_notebook(&notebook, output, &Options { parameters, verbose, engine })
        }
        Command::Report { notebook, output, parameters, verbose, engine } => {
            report(&notebook, output, &Options { parameters, verbose, engine })
        }
        Command::Prepare => prepare_all(),
        Command::Install { prefix, engine } => register(prefix.as_deref(), engine),
        Command::Uninstall { prefix } => unregister(prefix.as_deref()),
        Command::Doctor => Ok(doctor::doctor()),
        Command::Index => make_index(),
        Command::Kernel { connection_file, engine } => kernel(&connection_file, engine),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// Builds the preload where it is missing, with a progress bar.
fn prepare() -> anyhow::Result<Preload> {
    let control = Control::default();
    let interrupter = control.clone();
    on_ctrl_c(move || interrupter.interrupt())?;
    let mut bar = progress::BuildBar::of_workbench();
    let preload = Preload::ensure(&control, &mut |progress| bar.show(&progress))?;
    bar.finish();
    Ok(preload)
}

/// Builds all that notebooks need ahead of the first, with what completion knows.
fn prepare_all() -> anyhow::Result<ExitCode> {
    let preload = prepare()?;
    let mut bar = progress::BuildBar::of_index();
    index::make(&preload, &mut |progress| bar.show(&progress));
    bar.finish();
    Ok(ExitCode::SUCCESS)
}

/// What a kernel starts where it finds that completion's knowledge is missing: in the background, and behind all else.
fn make_index() -> anyhow::Result<ExitCode> {
    index::be_nice();
    if let Some(preload) = Preload::find()? {
        index::make(&preload, &mut |_| ());
    }
    Ok(ExitCode::SUCCESS)
}

/// How a notebook is run.
struct Options {
    parameters: Vec<Assignment>,
    verbose: bool,
    engine: EngineKind,
}

fn run_notebook(path: &Path, output: Option<PathBuf>, options: &Options) -> anyhow::Result<ExitCode> {
    let output = std::path::absolute(output.unwrap_or_else(|| path.with_extension("out.ipynb")))?;
    execute(path, options, |notebook| {
        notebook::write(&output, notebook)?;
        eprintln!("wrote {}", shown(&output));
        Ok(())
    })
}

fn report(path: &Path, output: Option<PathBuf>, options: &Options) -> anyhow::Result<ExitCode> {
    let output = std::path::absolute(output.unwrap_or_else(|| path.with_extension("html")))?;
    let file = path.to_owned();
    execute(path, options, |notebook| {
        let html = notebook::report::render(&notebook, &notebook::title(&notebook, &file));
        notebook::write_text(&output, &html)?;
        eprintln!("wrote {}", shown(&output));
        Ok(())
    })
}

/// Runs a notebook in its own folder, and hands it on with the outputs it has, also when a cell failed.
fn execute(
    path: &Path,
    options: &Options,
    keep: impl FnOnce(nbformat::v4::Notebook) -> anyhow::Result<()>,
) -> anyhow::Result<ExitCode> {
    let path = std::path::absolute(path)?;
    let mut notebook = notebook::read(&path)?;
    let preload = match options.engine {
        EngineKind::Native => Some(prepare()?),
        EngineKind::Evcxr => None,
    };
    if let Some(folder) = path.parent() {
        std::env::set_current_dir(folder).with_context(|| format!("cannot work in {}", folder.display()))?;
    }
    let start = Instant::now();
    let (mut engine, _folder) = engine(options.engine, preload)?;
    let interrupter = engine.interrupter();
    on_ctrl_c(move || interrupter.interrupt())?;
    let mut shown = progress::CellBar::new(options.verbose);
    let failure =
        notebook::execute(&mut notebook, engine.as_mut(), &options.parameters, &mut |step| shown.show(&step))?;
    shown.finish();
    drop(engine);
    keep(notebook)?;
    match failure {
        None => {
            eprintln!("all cells ran, in {:.1} s", start.elapsed().as_secs_f64());
            Ok(ExitCode::SUCCESS)
        }
        Some(failure) => {
            eprintln!("error: In[{}] failed; the cells after it did not run", failure.execution_count);
            for line in &failure.error.traceback {
                eprintln!("{line}");
            }
            Ok(ExitCode::FAILURE)
        }
    }
}

fn register(prefix: Option<&Path>, engine: EngineKind) -> anyhow::Result<ExitCode> {
    let arguments: &[&str] = match engine {
        EngineKind::Native => &[],
        EngineKind::Evcxr => &["--engine", "evcxr"],
    };
    let folder = install::install(prefix, arguments)?;
    println!("registered the kernel `{}` in {}", install::KERNEL_NAME, folder.display());
    if Preload::find()?.is_none() {
        println!(
            "its first cell will build the workbench, which takes up to 15 minutes; `tunebook prepare` does it now"
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn unregister(prefix: Option<&Path>) -> anyhow::Result<ExitCode> {
    match install::uninstall(prefix)? {
        Some(folder) => println!("removed {}", folder.display()),
        None => println!("the kernel was not registered in {}", install::folder(prefix)?.display()),
    }
    Ok(ExitCode::SUCCESS)
}

fn kernel(connection_file: &Path, kind: EngineKind) -> anyhow::Result<ExitCode> {
    let connection = wire::read_connection_file(connection_file)?;
    let (engine, _folder) = engine(kind, None)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(session::run(connection, engine, session::shared_history()))?;
    Ok(ExitCode::SUCCESS)
}

/// The engine, and the folder for its files, which goes with the owner.
fn engine(kind: EngineKind, preload: Option<Preload>) -> anyhow::Result<(Box<dyn Engine>, TempFolder)> {
    let program = std::env::current_exe().context("cannot tell where this program is")?;
    let folder = TempFolder::new().context("cannot create a temporary folder for compiled cells")?;
    let engine: Box<dyn Engine> = match kind {
        EngineKind::Native => {
            let engine = NativeEngine::new(&program, folder.path());
            Box::new(match preload {
                Some(preload) => engine.with_preload(preload),
                None => engine,
            })
        }
        EngineKind::Evcxr => {
            evcxr::prepare_folder(&folder.path().join("evcxr")).context("cannot make evcxr's folder")?;
            Box::new(EvcxrEngine::new(&program, true).map_err(|problem| anyhow::anyhow!("evcxr: {problem}"))?)
        }
    };
    Ok((engine, folder))
}

/// Calls `act` at each Ctrl-C from now on; the second in a row ends the program.
fn on_ctrl_c(act: impl Fn() + Send + 'static) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            let mut last: Option<Instant> = None;
            while tokio::signal::ctrl_c().await.is_ok() {
                if last.is_some_and(|last| last.elapsed().as_secs() < 2) {
                    std::process::exit(130);
                }
                last = Some(Instant::now());
                act();
            }
        });
    });
    Ok(())
}

/// A path as a person would type it from where they started.
fn shown(path: &Path) -> String {
    let home = std::env::var_os("PWD").map(PathBuf::from);
    let short = home.as_deref().and_then(|home| path.strip_prefix(home).ok()).unwrap_or(path);
    short.display().to_string()
}
