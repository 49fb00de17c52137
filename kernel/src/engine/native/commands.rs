//! Commands: lines at the top of a cell that begin with a colon, and speak to the kernel rather than to Rust.

use serde_json::{Map, json};

use crate::engine::Event;

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
    /// A new process, with no variables and no definitions.
    Clear,
    Timing,
    Help,
}

/// A cell's commands, and the rest of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Commands {
    /// Each with its place in the cell; what is no command is a message that says so.
    pub list: Vec<(usize, Result<Command, String>)>,
    /// The cell with blanks where the commands stood, so that places in it stay the same.
    pub code: String,
}

const HELP: &[(&str, &str)] = &[
    (":dep name = \"1.2\"", "use a crate, in any form that Cargo.toml takes; with no version, the newest"),
    (":release", "optimise the rest of this cell; alone in a cell, all cells from here on"),
    (":debug", "do not optimise the rest of this cell; alone in a cell, all cells from here on"),
    (":auto", "optimise what has loops of its own, and only that (so it is from the start)"),
    (":clear", "forget all variables and definitions, and start a new process; the crates of :dep stay"),
    (":timing", "where the time of the cells so far went"),
    (":help", "this list"),
];

/// Splits a cell. Commands stand before its code, each on a line of its own, with blank lines and comments between them.
pub fn parse(code: &str) -> Commands {
    let mut commands = Commands { list: Vec::new(), code: String::new() };
    let mut at = 0;
    for line in code.split_inclusive('\n') {
        let text = line.trim();
        if text.starts_with(':') && !text.starts_with("::") {
            let start = at + line.len() - line.trim_start().len();
            commands.list.push((start, parse_command(text)));
            commands.code.extend(line.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        } else if text.is_empty() || text.starts_with("//") {
            commands.code.push_str(line);
        } else {
            break;
        }
        at += line.len();
    }
    commands.code.push_str(code.get(at..).unwrap_or_default());
    commands
}

fn parse_command(text: &str) -> Result<Command, String> {
    let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if name == ":dep" {
        return parse_dependency(rest.trim());
    }
    let command = match name {
        ":release" => Command::Level(Level::Release),
        ":debug" => Command::Level(Level::Debug),
        ":auto" => Command::Level(Level::Auto),
        ":clear" => Command::Clear,
        ":timing" => Command::Timing,
        ":help" => Command::Help,
        _ => return Err(format!("there is no command `{name}`")),
    };
    if rest.trim().is_empty() {
        Ok(command)
    } else {
        Err(format!("`{name}` takes nothing behind it, not `{}`", rest.trim()))
    }
}

fn parse_dependency(text: &str) -> Result<Command, String> {
    let (name, value) = text.split_once('=').unwrap_or((text, "\"*\""));
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
        return Err(format!("`:dep` takes the name of a crate, as in `:dep itertools = \"0.14\"`, not `{name}`"));
    }
    if !value.starts_with(['"', '{']) {
        return Err(format!("`{value}` is no version; write it in quotes, or `{{ version = \"…\", features = […] }}`"));
    }
    Ok(Command::Dependency { name: name.to_owned(), value: value.to_owned() })
}

/// The commands that there are, each with what it does.
pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    HELP.iter().map(|(usage, what)| (usage.split(' ').next().unwrap_or(usage), *what))
}

/// The commands that there are, as an output.
pub fn help() -> Event {
    let width = HELP.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let text: Vec<String> = HELP.iter().map(|(name, what)| format!("{name:width$}  {what}")).collect();
    let rows: String = HELP
        .iter()
        .map(|(name, what)| {
            format!("<tr><td style=\"text-align:left;padding:.2em .6em\"><code>{name}</code></td><td style=\"text-align:left;padding:.2em .6em\">{what}</td></tr>")
        })
        .collect();
    let data = json!({"text/plain": text.join("\n"), "text/html": format!("<table>{rows}</table>")});
    Event::Display {
        data: data.as_object().cloned().unwrap_or_default(),
        metadata: Map::new(),
        display_id: None,
        update: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_taken_off_the_top_and_places_stay() {
        let code = "// first\n:release\n\n  :timing\nlet x = 1;\n:help";
        let commands = parse(code);
        assert_eq!(commands.list, [(9, Ok(Command::Level(Level::Release))), (21, Ok(Command::Timing))]);
        assert_eq!(commands.code.len(), code.len());
        assert_eq!(commands.code, "// first\n        \n\n         \nlet x = 1;\n:help");
    }

    #[test]
    fn a_dependency_is_what_a_manifest_says() {
        let dependency =
            |name: &str, value: &str| Ok(Command::Dependency { name: name.to_owned(), value: value.to_owned() });
        assert_eq!(parse(":dep rand").list[0].1, dependency("rand", "\"*\""));
        assert_eq!(parse(":dep rand = \"0.9\"").list[0].1, dependency("rand", "\"0.9\""));
        assert_eq!(parse(":dep my-x = { path = \"../x\" }").list[0].1, dependency("my-x", "{ path = \"../x\" }"));
        assert!(parse(":dep rand = 0.9").list[0].1.as_ref().is_err_and(|message| message.contains("quotes")));
        assert!(parse(":dep").list[0].1.is_err());
    }

    #[test]
    fn a_path_from_the_root_is_no_command() {
        assert_eq!(parse("::std::process::id()").list, []);
    }

    #[test]
    fn what_is_no_command_is_named() {
        assert_eq!(parse(":tming").list, [(0, Err("there is no command `:tming`".to_owned()))]);
        assert_eq!(parse(":auto 3").list, [(0, Err("`:auto` takes nothing behind it, not `3`".to_owned()))]);
    }
}
