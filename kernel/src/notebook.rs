//! Notebooks without a browser: the same engine and outputs as in a frontend, with no sockets.

pub mod report;

mod parameters;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nbformat::v4;

use crate::engine::{Cell, CellError, Engine, Event, Reply, Timing};
use crate::outputs::OutputCollector;

pub use parameters::{Assignment, ParameterError};

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotebookError {
    #[error("cannot read the notebook {path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error(
        "{path} is not a notebook that can be read: {problem}\nhelp: it must be JSON of the notebook format 3 or 4; `jupyter nbconvert --to notebook` may repair it"
    )]
    Corrupt { path: PathBuf, problem: String },
    #[error("{path} is a notebook for `{language}`, and Tunebook runs Rust")]
    OtherLanguage { path: PathBuf, language: String },
    #[error("cannot write {path}: {source}")]
    Write { path: PathBuf, source: std::io::Error },
    #[error("cannot write {path}: {problem}")]
    Serialize { path: PathBuf, problem: String },
    #[error(transparent)]
    Parameter(#[from] ParameterError),
}

/// Reads a notebook of any version into the newest.
pub fn read(path: &Path) -> Result<v4::Notebook, NotebookError> {
    let corrupt = |problem: String| NotebookError::Corrupt { path: path.to_owned(), problem };
    let text = std::fs::read_to_string(path).map_err(|source| NotebookError::Read { path: path.to_owned(), source })?;
    let notebook = match nbformat::parse_notebook(&text).map_err(|error| corrupt(error.to_string()))? {
        nbformat::Notebook::V4(notebook) => notebook,
        nbformat::Notebook::V4QuirksMode(quirks) => quirks.repair(),
        nbformat::Notebook::Legacy(notebook) => {
            nbformat::upgrade_legacy_notebook(notebook).map_err(|error| corrupt(error.to_string()))?
        }
        nbformat::Notebook::V3(notebook) => {
            nbformat::upgrade_v3_notebook(notebook).map_err(|error| corrupt(error.to_string()))?
        }
        _ => return Err(corrupt("its version is not known".into())),
    };
    let language = notebook.metadata.kernelspec.as_ref().and_then(|spec| spec.language.clone());
    match language {
        Some(language) if !language.eq_ignore_ascii_case("rust") => {
            Err(NotebookError::OtherLanguage { path: path.to_owned(), language })
        }
        _ => Ok(notebook),
    }
}

/// Writes a notebook: beside, then renamed, so that nobody ever sees half of it.
pub fn write(path: &Path, notebook: v4::Notebook) -> Result<(), NotebookError> {
    let text = nbformat::serialize_notebook(&nbformat::Notebook::V4(notebook))
        .map_err(|error| NotebookError::Serialize { path: path.to_owned(), problem: error.to_string() })?;
    write_text(path, &text)
}

/// Writes a file: beside, then renamed.
pub fn write_text(path: &Path, text: &str) -> Result<(), NotebookError> {
    let failed = |source| NotebookError::Write { path: path.to_owned(), source };
    let name = path.file_name().ok_or_else(|| failed(std::io::ErrorKind::InvalidFilename.into()))?;
    let beside = path.with_file_name(format!(".{}.{}.part", name.to_string_lossy(), std::process::id()));
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|source| {
        let _ = std::fs::remove_file(&beside);
        failed(source)
    })
}

/// What a person follows while a notebook runs.
#[derive(Clone, Debug)]
pub enum Step<'a> {
    /// A code cell begins: its place among the code cells, from one.
    Begin { index: usize, total: usize, first_line: &'a str },
    End {
        index: usize,
        total: usize,
        elapsed: Duration,
        /// Where the time went, if the engine keeps account of it.
        timing: Option<Timing>,
    },
}

/// A cell that failed.
#[derive(Clone, Debug)]
pub struct Failure {
    pub execution_count: u32,
    pub error: CellError,
}

/// Runs all code cells in order and puts their outputs into the notebook; stops at the first that fails, whose outputs
/// are kept as well. A cell tagged `raises-exception` may fail.
pub fn execute(
    notebook: &mut v4::Notebook,
    engine: &mut dyn Engine,
    assignments: &[Assignment],
    follow: &mut dyn FnMut(Step<'_>),
) -> Result<Option<Failure>, NotebookError> {
    parameters::inject(notebook, assignments)?;
    describe(notebook);
    clear(notebook);
    engine.prepare();
    let answerer = engine.answerer();
    let total = notebook.cells.iter().filter(|cell| is_code(cell)).count();
    let mut collectors: Vec<(usize, OutputCollector)> = Vec::new();
    let mut failure = None;
    let places: Vec<usize> =
        (0..notebook.cells.len()).filter(|&at| notebook.cells.get(at).is_some_and(is_code)).collect();
    for (index, at) in places.into_iter().enumerate() {
        let Some(cell) = notebook.cells.get(at) else { continue };
        let code = cell.source().concat();
        let may_fail =
            cell.metadata().tags.as_ref().is_some_and(|tags| tags.iter().any(|tag| tag == "raises-exception"));
        let execution_count = u32::try_from(index + 1).unwrap_or(u32::MAX);
        follow(Step::Begin { index: index + 1, total, first_line: first_line(&code) });
        let start = Instant::now();
        let mut collector = OutputCollector::new(execution_count);
        let mut wants_frontend = false;
        let outcome = engine.execute(&Cell { code, execution_count }, &mut |event| {
            if matches!(event, Event::Input { .. }) {
                answerer.answer(Reply::Refused("nobody can answer where a notebook runs without a frontend".into()));
            }
            wants_frontend |= matches!(&event, Event::Payload(payload) if payload["source"] == "set_next_input");
            if let Event::Display { data, metadata, display_id: Some(id), update: true } = &event {
                for (_, earlier) in &mut collectors {
                    earlier.update_display(id, data, metadata);
                }
            }
            collector.push(event);
        });
        let outcome = outcome.and_then(|()| if wants_frontend { Err(no_frontend()) } else { Ok(()) });
        if let Err(error) = &outcome {
            collector.fail(error);
        }
        collectors.push((at, collector));
        follow(Step::End { index: index + 1, total, elapsed: start.elapsed(), timing: engine.last_timing() });
        if let Some(v4::Cell::Code { execution_count: shown, .. }) = notebook.cells.get_mut(at) {
            *shown = i32::try_from(execution_count).ok();
        }
        if let Err(error) = outcome
            && !may_fail
        {
            failure = Some(Failure { execution_count, error });
            break;
        }
    }
    for (at, collector) in &collectors {
        if let Some(v4::Cell::Code { outputs, .. }) = notebook.cells.get_mut(*at) {
            *outputs = collector.outputs();
        }
    }
    Ok(failure)
}

/// The notebook's title: its first heading, else the file's name.
pub fn title(notebook: &v4::Notebook, path: &Path) -> String {
    let headings = notebook
        .cells
        .iter()
        .filter(|cell| matches!(cell, v4::Cell::Markdown { .. }))
        .map(|cell| cell.source().concat());
    let heading = headings
        .filter_map(|text| text.lines().find_map(|line| line.strip_prefix("# ").map(|title| title.trim().to_owned())))
        .next();
    heading.unwrap_or_else(|| {
        path.file_stem().map_or_else(|| "Notebook".into(), |stem| stem.to_string_lossy().into_owned())
    })
}

/// The cell would have put code into a frontend's cell, and with none its code has not run.
fn no_frontend() -> CellError {
    let evalue = "this cell loads code into a frontend's cell, and there is no frontend here".to_owned();
    let help = "put the code itself into the cell: run it in JupyterLab, and save the notebook";
    let traceback = vec![format!("CommandError: {evalue}"), format!("help: {help}")];
    CellError { ename: "CommandError".to_owned(), evalue, traceback }
}

fn is_code(cell: &v4::Cell) -> bool {
    matches!(cell, v4::Cell::Code { source, .. } if !source.concat().trim().is_empty())
}

fn first_line(code: &str) -> &str {
    code.lines().find(|line| !line.trim().is_empty()).unwrap_or_default()
}

/// Says in the notebook what ran it.
fn describe(notebook: &mut v4::Notebook) {
    notebook.metadata.kernelspec.get_or_insert_with(|| v4::KernelSpec {
        display_name: crate::install::DISPLAY_NAME.into(),
        name: crate::install::KERNEL_NAME.into(),
        language: Some("rust".into()),
        additional: Default::default(),
    });
}

fn clear(notebook: &mut v4::Notebook) {
    for cell in &mut notebook.cells {
        if let v4::Cell::Code { outputs, execution_count, .. } = cell {
            outputs.clear();
            *execution_count = None;
        }
    }
}
