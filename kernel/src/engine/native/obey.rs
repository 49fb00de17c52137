//! Doing what the commands at the top of a cell say.

use std::path::Path;
use std::process::Command as Program;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, json};

use super::build_display::BuildDisplay;
use super::child::Place;
use super::commands::shell::{self, ShellError};
use super::commands::{Command, Commands, Level, dependency, files, list};
use super::compile::{Compiled, Compiler, Mode};
use super::definitions::{CellText, Definitions};
use super::generate::{self, Input};
use super::table::{self, Align};
use super::{Notebook, build_error, diagnostics, interrupted, plain_error, source, timing, types};
use crate::engine::{Cell, CellError, Event, StreamName, Timing};
use crate::preload::dependencies::{self, Wishes};

/// Whether a command changes the process that runs cells, as others that run there would notice.
fn changes_process(command: &Command) -> bool {
    matches!(
        command,
        Command::Clear
            | Command::Restart
            | Command::ChangeFolder(_)
            | Command::SetVariable { .. }
            | Command::Dependency { .. }
            | Command::DependencyAt { .. }
    )
}

impl Notebook {
    /// Obeys the commands in their order; returns how the cell's code is to be compiled.
    pub(super) fn obey(
        &mut self,
        commands: &Commands,
        cell: &Cell,
        place: Place,
        sink: &mut dyn FnMut(Event),
    ) -> Result<Level, CellError> {
        let mut level = self.level;
        let mut wishes = self.wishes.clone();
        // A mistake in the last line is told before the first is obeyed.
        if let Some((at, message)) = commands.list.iter().find_map(|(at, command)| Some((*at, command.as_ref().err()?)))
        {
            return Err(command_error(cell, at, message));
        }
        let is_obeyed = |command: &Result<Command, String>| command.as_ref().is_ok_and(changes_process);
        if let Some((at, _)) = commands.list.iter().find(|(_, command)| place == Place::Lane && is_obeyed(command)) {
            return Err(command_error(
                cell,
                *at,
                "a subshell cannot do this, which concerns the cells that run beside it",
            ));
        }
        for (at, command) in commands.list.iter().filter_map(|(at, command)| Some((*at, command.as_ref().ok()?))) {
            match command {
                Command::Dependency { name, value } => {
                    wishes.insert(name.clone(), dependency::with_absolute_path(value, &self.current_folder()));
                }
                Command::DependencyAt { folder } => {
                    let found = dependency::in_folder(&dependency::normal(&self.current_folder().join(folder)));
                    let (name, value) = found.map_err(|message| plain_error("DependencyError", &message))?;
                    wishes.insert(name, value);
                }
                Command::Level(chosen) => {
                    level = *chosen;
                    if commands.code.trim().is_empty() {
                        self.level = level;
                    }
                }
                Command::Shell { program, script } => self.run_shell(program, script, sink)?,
                other => self.obey_one(other, cell, sink).map_err(|error| match error {
                    Refused::Here(message) => command_error(cell, at, &message),
                    Refused::Cell(error) => error,
                })?,
            }
        }
        let adds = |command: &Result<Command, String>| {
            matches!(command, Ok(Command::Dependency { .. } | Command::DependencyAt { .. }))
        };
        if commands.list.iter().any(|(_, command)| adds(command)) {
            self.add_dependencies(wishes, sink)?;
        }
        Ok(level)
    }

    fn obey_one(&mut self, command: &Command, cell: &Cell, sink: &mut dyn FnMut(Event)) -> Result<(), Refused> {
        match command {
            Command::Clear => {
                self.lose_child();
                self.definitions = Definitions::default();
                // It loads the workbench while the compiler works, or the person types.
                self.start_child()?;
            }
            Command::Restart => {
                self.lose_child();
                self.start_child()?;
            }
            Command::Variables => sink(self.variables_table()),
            Command::TypeOf(expression) => sink(text(&self.type_of(cell, expression.clone())?)),
            Command::ShowDependencies => {
                let lines: Vec<String> = self.wishes.iter().map(|(name, value)| format!("{name} = {value}")).collect();
                sink(text(
                    if lines.is_empty() { "no crates were added".to_owned() } else { lines.join("\n") }.as_str(),
                ));
            }
            Command::Timing => sink(timing::table(&self.timings)),
            Command::Explain(code) => sink(self.explain(code.as_deref())?),
            Command::ChangeFolder(folder) => {
                let current = self.current_folder();
                let folder = self.surroundings.change_folder(folder, current)?;
                if let Some(child) = &self.child {
                    child.change_folder(&folder).map_err(|error| plain_error("KernelError", &error.to_string()))?;
                }
                sink(line(&folder.display().to_string()));
            }
            Command::ShowFolder => sink(line(&self.current_folder().display().to_string())),
            Command::ListEnvironment => sink(line(&self.surroundings.listed())),
            Command::ShowVariable(name) => match self.surroundings.variable(name) {
                Some(value) => sink(line(&value)),
                None => return Err(Refused::Here(format!("there is no variable `{name}` in the environment"))),
            },
            Command::SetVariable { name, value } => {
                self.surroundings.set_variable(name, value);
                if let Some(child) = &self.child {
                    child.set_variable(name, value).map_err(|error| plain_error("KernelError", &error.to_string()))?;
                }
                sink(line(&format!("env: {name}={value}")));
            }
            Command::Load(path) => sink(Event::Payload(files::load(&self.current_folder().join(path))?)),
            Command::Write { path, text, append } => {
                sink(line(&files::write(&self.current_folder().join(path), text, *append)?));
            }
            Command::Version => sink(line(&self.versions())),
            Command::Help => sink(list::help()),
            Command::Needless(why) => {
                sink(Event::Stream { name: StreamName::Stderr, text: format!("note: not needed here: {why}\n") });
            }
            Command::Dependency { .. } | Command::DependencyAt { .. } | Command::Level(_) | Command::Shell { .. } => {}
        }
        Ok(())
    }

    /// Whether the notebook has something of this name.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.variables.contains_key(name)
            || self.definitions.has_item(name)
            || self.definitions.imports().iter().any(|kept| kept.import.name.as_deref() == Some(name))
    }

    fn current_folder(&self) -> std::path::PathBuf {
        self.surroundings.folder(self.child.as_ref().map(super::child::Child::id))
    }

    fn run_shell(&mut self, program: &str, script: &str, sink: &mut dyn FnMut(Event)) -> Result<(), CellError> {
        if script.trim().is_empty() {
            return Ok(());
        }
        let mut command = Program::new(program);
        command.arg("-c").arg(script);
        self.surroundings.apply(&mut command);
        command.current_dir(self.current_folder());
        let first_line = script.trim().lines().next().unwrap_or_default();
        shell::run(&mut command, &self.control, sink).map_err(|error| match error {
            ShellError::Io(error) => plain_error("ShellError", &format!("cannot run `{program}`: {error}")),
            ShellError::Failed(status) => {
                plain_error("ShellError", &format!("`{first_line}` {}", shell::describe(status)))
            }
            ShellError::Interrupted => interrupted(format!("`{first_line}` was ended; no variable has changed")),
        })
    }

    /// Builds what is wished for, or finds it built. If that fails, the notebook has what it had before.
    fn add_dependencies(&mut self, wishes: Wishes, sink: &mut dyn FnMut(Event)) -> Result<(), CellError> {
        self.make_ready(sink)?;
        let Some(compiler) = &mut self.compiler else { return Ok(()) };
        let mut shown = BuildDisplay::new("Compiling the crates of :dep", "The crates are ready.");
        let built = dependencies::ensure(compiler.preload(), &wishes, &self.control, &mut |progress| {
            shown.update(&progress, sink);
        });
        shown.finish(built.is_ok(), sink);
        let built = built.map_err(|error| build_error("DependencyError", error))?;
        let is_replaced = built.replaces_code_of(compiler.dependencies());
        compiler.set_dependencies(built);
        self.wishes = wishes;
        if is_replaced {
            let lost = self.lose_child();
            let text = format!("note: a crate has changed, and a new process was started for it{lost}\n");
            sink(Event::Stream { name: StreamName::Stderr, text });
            self.start_child()?;
        }
        Ok(())
    }

    fn variables_table(&self) -> Event {
        let rows: Vec<[String; 4]> = self
            .variables
            .iter()
            .map(|(name, variable)| {
                let ty = types::shortened(&variable.stored.type_name);
                [name.clone(), ty, variable.stored.bytes.to_string(), format!("In[{}]", variable.cell.execution_count)]
            })
            .collect();
        let heads = [("name", Align::Left), ("type", Align::Left), ("bytes", Align::Right), ("cell", Align::Right)];
        let caption = match rows.len() {
            0 => "no variables".to_owned(),
            1 => "1 variable, without what it owns elsewhere in memory".to_owned(),
            count => format!("{count} variables, without what they own elsewhere in memory"),
        };
        table::show(&caption, heads, &rows)
    }

    /// Asks the compiler for the type of an expression, which is not run.
    fn type_of(&mut self, cell: &Cell, expression: std::ops::Range<usize>) -> Result<String, Refused> {
        let in_place = |(at, byte): (usize, u8)| if expression.contains(&at) { byte } else { b' ' };
        let blanked: Vec<u8> = cell.code.bytes().enumerate().map(in_place).collect();
        let parsed = source::parse(&String::from_utf8_lossy(&blanked));
        let mut parsed = match parsed.tail.is_some() && parsed.statements.is_empty() && parsed.items.is_empty() {
            true => parsed,
            false => return Err(Refused::Here("`:type` takes an expression behind it".to_owned())),
        };
        let tail = parsed.tail.take().unwrap_or(expression);
        let (execution_count, code) = (cell.execution_count, cell.code.clone());
        let text = Arc::new(CellText { execution_count, code, loop_checks: Vec::new() });
        self.make_ready(&mut |_| {})?;
        self.settle_types(&parsed.mentions)?;
        self.refuse_unnameable(&parsed, &text, &Default::default())?;
        self.n_cells += 1;
        let variables = self.named_variables(&Default::default());
        let input = Input {
            sequence: self.n_cells,
            ..Input::to_ask_about(&text, &parsed, &self.definitions, &variables, &self.compiled_items)
        };
        let generated = generate::type_crate(&input, tail);
        match self.rustc(&generated, Mode::Probe)? {
            Compiled::Failed { diagnostics } => match diagnostics::probed_types(&generated, &diagnostics).get("") {
                Some(found) => Ok(types::shortened(&types::unwrapped(found))),
                None => Err(Refused::Cell(diagnostics::compile_error(&generated, &diagnostics))),
            },
            Compiled::Done { .. } => Err(Refused::Here("the compiler does not tell the type".to_owned())),
            Compiled::Interrupted => Err(Refused::Cell(interrupted("the compiler was ended".into()))),
        }
    }

    fn explain(&self, code: Option<&str>) -> Result<Event, String> {
        let code = code.or(self.last_error_code.as_deref()).ok_or("no cell has failed to compile so far")?;
        let output = Program::new(self.rustc_path()).args(["--explain", code]).output();
        let output = output.map_err(|error| format!("cannot run the compiler: {error}"))?;
        if !output.status.success() {
            return Err(format!("`{code}` is no error of the compiler, as `E0382` is"));
        }
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let data = json!({"text/plain": text, "text/markdown": text}).as_object().cloned().unwrap_or_default();
        Ok(Event::Display { data, metadata: Map::new(), display_id: None, update: false })
    }

    fn versions(&self) -> String {
        let rustc = Program::new(self.rustc_path()).arg("--version").output();
        let rustc = rustc.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        format!(
            "tunebook {}\n{}",
            env!("CARGO_PKG_VERSION"),
            rustc.unwrap_or_else(|error| format!("no rustc: {error}"))
        )
    }

    fn rustc_path(&self) -> &Path {
        self.compiler.as_ref().map_or(Path::new("rustc"), |compiler: &Compiler| &compiler.preload().rustc)
    }
}

/// What `%time` tells of a cell that has run.
pub(super) fn measured(timing: &Timing) -> Event {
    let Timing { run, user, system, compile, .. } = *timing;
    line(&format!(
        "CPU time: {} (user {}, system {})\nWall time: {}, after {} of compiling",
        in_words(user + system),
        in_words(user),
        in_words(system),
        in_words(run),
        in_words(compile)
    ))
}

fn in_words(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds >= 1.0 => format!("{seconds:.2} s"),
        seconds if seconds >= 1e-3 => format!("{:.1} ms", seconds * 1e3),
        seconds => format!("{:.0} µs", seconds * 1e6),
    }
}

/// Why a command was not obeyed.
enum Refused {
    /// What is wrong with the line.
    Here(String),
    Cell(CellError),
}

impl From<String> for Refused {
    fn from(message: String) -> Refused {
        Refused::Here(message)
    }
}

impl From<CellError> for Refused {
    fn from(error: CellError) -> Refused {
        Refused::Cell(error)
    }
}

fn command_error(cell: &Cell, at: usize, message: &str) -> CellError {
    let (execution_count, code) = (cell.execution_count, cell.code.clone());
    let text = CellText { execution_count, code, loop_checks: Vec::new() };
    let label = "see :help for the commands there are";
    let traceback = vec![diagnostics::render_at(message, None, &text, at, label)];
    CellError { ename: "CommandError".into(), evalue: message.to_owned(), traceback }
}

fn line(text: &str) -> Event {
    Event::Stream { name: StreamName::Stdout, text: format!("{text}\n") }
}

fn text(text: &str) -> Event {
    let data = json!({"text/plain": text}).as_object().cloned().unwrap_or_default();
    Event::Display { data, metadata: Map::new(), display_id: None, update: false }
}
