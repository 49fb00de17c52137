//! Commands: lines at the top of a cell that speak to the kernel rather than to Rust.
//!
//! They begin with `:`, `%` or `!`. Below the first line of Rust there are none: `%` and `!` are operators there.

pub mod dependency;
pub mod files;
mod line;
pub mod list;
mod negation;
pub mod shell;
pub mod surroundings;

use std::ops::Range;
use std::path::PathBuf;

use self::line::{Line, Parsed};
use self::negation::is_negation;

/// How much a cell's code is optimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Cells with loops of their own, or that define functions with loops, are optimised; others only call compiled code.
    Auto,
    Release,
    Debug,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Level(Level),
    /// A crate, and what stands behind `=` in a manifest.
    Dependency {
        name: String,
        value: String,
    },
    /// The crate in a folder.
    DependencyAt {
        folder: PathBuf,
    },
    ShowDependencies,
    /// A new process, with no variables and no definitions.
    Clear,
    /// A new process, with no variables.
    Restart,
    Variables,
    /// The type of the expression at this place of the cell.
    TypeOf(Range<usize>),
    Timing,
    /// Of an error of the compiler; the latest, if none is named.
    Explain(Option<String>),
    /// A command of the system.
    Shell {
        program: &'static str,
        script: String,
    },
    ChangeFolder(String),
    ShowFolder,
    ListEnvironment,
    ShowVariable(String),
    SetVariable {
        name: String,
        value: String,
    },
    Load(PathBuf),
    Write {
        path: PathBuf,
        text: String,
        append: bool,
    },
    Version,
    Help,
    /// Something that evcxr has to be told, and this kernel has not: the reason why.
    Needless(&'static str),
}

/// What is to be told of how long the cell's code takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    Once,
    Repeated(Repeat),
}

/// How the cell's code is repeated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repeat {
    /// As many as make a run long enough to be measured, if none are given.
    pub n_loops: Option<u64>,
    pub n_runs: Option<u32>,
    /// Statements that begin before this place of the cell are run once, and not measured.
    pub setup_end: usize,
}

/// A cell's commands, and the rest of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Commands {
    /// Each with its place in the cell; what is no command is a message that says so.
    pub list: Vec<(usize, Result<Command, String>)>,
    /// The cell with blanks where the commands stood, so that places in it stay the same.
    pub code: String,
    pub measure: Option<Measure>,
}

/// Splits a cell whose names nobody knows.
pub fn parse(code: &str) -> Commands {
    parse_knowing(code, &|_| false)
}

/// Splits a cell. Commands stand before its code, each on a line of its own, with blank lines and comments between them.
/// `is_known` tells the names of the notebook: `!flag` is Rust where there is a `flag`.
pub fn parse_knowing(code: &str, is_known: &dyn Fn(&str) -> bool) -> Commands {
    let mut commands = Commands::default();
    let mut at = 0;
    for line in code.split_inclusive('\n') {
        let text = line.trim();
        let end = at + line.len();
        let start = at + line.len() - line.trim_start().len();
        if text.is_empty() || text.starts_with("//") {
            commands.code.push_str(line);
            at = end;
            continue;
        }
        let rest = code.get(start..).unwrap_or_default();
        if let Some(script) = text.strip_prefix('!') {
            if is_negation(text, rest, is_known) {
                break;
            }
            commands.list.push((start, Ok(Command::Shell { program: "sh", script: script.trim().to_owned() })));
        } else if text.starts_with('%') || (text.starts_with(':') && !text.starts_with("::")) {
            let line = Line { code, start, text, end };
            match line.parse() {
                Parsed::Line(command) => commands.list.push((start, command)),
                Parsed::Cell(command) => {
                    commands.list.push((start, command));
                    commands.blank(code.get(at..).unwrap_or_default());
                    return commands;
                }
                Parsed::Measure { measure, code_start } => {
                    commands.measure = Some(measure);
                    commands.blank(code.get(at..code_start).unwrap_or_default());
                    at = code_start;
                    if !code.get(code_start..end).unwrap_or_default().trim().is_empty() {
                        break;
                    }
                    commands.blank(code.get(code_start..end).unwrap_or_default());
                    at = end;
                    continue;
                }
            }
        } else {
            break;
        }
        commands.blank(line);
        at = end;
    }
    commands.code.push_str(code.get(at..).unwrap_or_default());
    commands
}

impl Commands {
    fn blank(&mut self, text: &str) {
        self.code.extend(text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Result<Command, String> {
        Ok(Command::Shell { program: "sh", script: script.to_owned() })
    }

    #[test]
    fn commands_are_taken_off_the_top_and_places_stay() {
        let code = "// first\n:release\n\n  :timing\n!ls é | wc\nlet x = 1;\n:help";
        let commands = parse(code);
        let expected = [(9, Ok(Command::Level(Level::Release))), (21, Ok(Command::Timing)), (29, shell("ls é | wc"))];
        assert_eq!(commands.list, expected);
        assert_eq!(commands.code, "// first\n        \n\n         \n           \nlet x = 1;\n:help");
        assert_eq!(commands.code.len(), code.len());
    }

    #[test]
    fn a_path_from_the_root_is_no_command() {
        assert_eq!(parse("::std::process::id()").list, []);
    }

    #[test]
    fn what_is_no_command_is_named_with_the_nearest() {
        let message = |code: &str| parse(code).list[0].1.clone().unwrap_err();
        assert_eq!(message(":tming"), "there is no command `:tming`; there is `:timing`");
        assert_eq!(message("%vars"), "there is no command `%vars`; there is `:vars`");
        assert_eq!(message("%%bsh\nls"), "there is no command `%%bsh`; there is `%%bash`");
        assert_eq!(message("%matplotlib inline"), "there is no command `%matplotlib`");
        assert_eq!(message(":auto 3"), "`:auto` takes nothing behind it, not `3`");
    }

    #[test]
    fn a_whole_cell_may_be_a_command_s() {
        let commands = parse("%%bash\nls\n  pwd");
        assert_eq!(commands.list, [(0, Ok(Command::Shell { program: "bash", script: "ls\n  pwd".into() }))]);
        assert_eq!(commands.code, "      \n  \n     ");
        let write = |path: &str, append| Ok(Command::Write { path: path.into(), text: "a\nb\n".into(), append });
        assert_eq!(parse("%%writefile x.txt\na\nb").list[0].1, write("x.txt", false));
        assert_eq!(parse("%%writefile -a \"x y.txt\"\na\nb").list[0].1, write("x y.txt", true));
        assert!(parse("%%writefile\na").list[0].1.is_err());
    }

    #[test]
    fn what_is_measured_stays_in_its_place() {
        let commands = parse("%time f(1);\ng(2)");
        assert_eq!((commands.measure, commands.code.as_str()), (Some(Measure::Once), "      f(1);\ng(2)"));
        let repeated = |code: &str| match parse(code) {
            Commands { measure: Some(Measure::Repeated(repeat)), code, .. } => (repeat, code),
            other => panic!("{other:?}"),
        };
        let (repeat, code) = repeated("%timeit -n 10 -r3 f(1)");
        assert_eq!(repeat, Repeat { n_loops: Some(10), n_runs: Some(3), setup_end: 0 });
        assert_eq!(code, "                  f(1)");
        assert_eq!(repeated("%timeit -x + 1").1, "        -x + 1");
        let (repeat, code) = repeated("%%timeit let x = 1;\nf(x)");
        assert_eq!((repeat.setup_end, code.as_str()), (20, "         let x = 1;\nf(x)"));
        assert_eq!(repeated("%%timeit\n:timing\nf(x)").1, "        \n       \nf(x)");
    }

    #[test]
    fn the_environment_is_listed_shown_and_set() {
        let set = |name: &str, value: &str| Command::SetVariable { name: name.into(), value: value.into() };
        let command = |code: &str| parse(code).list[0].1.clone().unwrap();
        assert_eq!(command("%env"), Command::ListEnvironment);
        assert_eq!(command("%env HOME"), Command::ShowVariable("HOME".into()));
        assert_eq!(command("%env A=b c"), set("A", "b c"));
        assert_eq!(command(":env A = \"b\""), set("A", "b"));
        assert_eq!(command("%env A b"), set("A", "b"));
    }
}
