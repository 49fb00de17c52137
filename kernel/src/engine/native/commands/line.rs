//! What one line says that begins as a command does.

use super::{Command, Level, Measure, Repeat, dependency, list};

/// A line that begins as a command does.
pub struct Line<'a> {
    pub code: &'a str,
    pub start: usize,
    /// The line from there, without blanks at its end.
    pub text: &'a str,
    /// Where the next line begins.
    pub end: usize,
}

/// What a line says, and how much of the cell belongs to it.
pub enum Parsed {
    Line(Result<Command, String>),
    /// The rest of the cell is the command's, and no Rust.
    Cell(Result<Command, String>),
    Measure {
        measure: Measure,
        code_start: usize,
    },
}

impl Line<'_> {
    pub fn parse(&self) -> Parsed {
        let (name, rest) = self.text.split_once(char::is_whitespace).unwrap_or((self.text, ""));
        let rest = rest.trim();
        let below = || self.code.get(self.end..).unwrap_or_default();
        match name {
            "%time" | "%%time" => {
                Parsed::Measure { measure: Measure::Once, code_start: self.start + self.text.len() - rest.len() }
            }
            "%timeit" | "%%timeit" => self.parse_repeat(name, rest),
            "%%bash" | "%%sh" => match nothing_behind(name, rest) {
                Ok(()) => {
                    let program = if name == "%%bash" { "bash" } else { "sh" };
                    Parsed::Cell(Ok(Command::Shell { program, script: below().to_owned() }))
                }
                Err(message) => Parsed::Cell(Err(message)),
            },
            "%%writefile" | "%%file" => Parsed::Cell(parse_write(name, rest, below())),
            _ if name.starts_with("%%") => Parsed::Cell(Err(list::unknown(name))),
            _ => Parsed::Line(self.parse_command(name, rest)),
        }
    }

    fn parse_command(&self, name: &str, rest: &str) -> Result<Command, String> {
        // What stands behind these is theirs.
        match name {
            ":dep" => return dependency::parse(rest),
            ":opt" => return parse_optimisation(rest),
            ":explain" => return Ok(Command::Explain(Some(rest.to_owned()).filter(|code| !code.is_empty()))),
            ":type" | ":t" if rest.is_empty() => return Err(format!("`{name}` takes an expression behind it")),
            ":type" | ":t" => {
                let end = self.start + self.text.len();
                return Ok(Command::TypeOf(end - rest.len()..end));
            }
            "%cd" => return Ok(Command::ChangeFolder(unquoted(rest).to_owned())),
            "%env" | ":env" | "%set_env" => return parse_environment(rest),
            "%load" if rest.is_empty() => return Err("`%load` takes the name of a file behind it".to_owned()),
            "%load" if !self.code.get(self.end..).unwrap_or_default().trim().is_empty() => {
                return Err("`%load` replaces its cell, and takes no other code in it".to_owned());
            }
            "%load" => return Ok(Command::Load(unquoted(rest).into())),
            _ => {}
        }
        if let Some(why) = list::needless(name) {
            return Ok(Command::Needless(why));
        }
        let command = match name {
            ":release" => Command::Level(Level::Release),
            ":debug" => Command::Level(Level::Debug),
            ":auto" => Command::Level(Level::Auto),
            ":clear" => Command::Clear,
            // IPython asks whether that is meant, unless it is told so.
            "%reset" if rest == "-f" => return Ok(Command::Clear),
            "%reset" => Command::Clear,
            ":restart" => Command::Restart,
            ":show_deps" => Command::ShowDependencies,
            ":vars" | "%who" | "%whos" => Command::Variables,
            ":timing" => Command::Timing,
            "%pwd" => Command::ShowFolder,
            ":version" => Command::Version,
            ":help" | "%lsmagic" | "%magic" | "%quickref" => Command::Help,
            _ => return Err(list::unknown(name)),
        };
        nothing_behind(name, rest).map(|()| command)
    }

    fn parse_repeat(&self, name: &str, rest: &str) -> Parsed {
        let mut repeat = Repeat::default();
        let mut rest = rest;
        while let Some((option, behind)) = rest.strip_prefix('-').and_then(|own| Some((own.get(..1)?, own.get(1..)?))) {
            let behind = behind.trim_start();
            let digits = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
            let (number, behind) = behind.split_at(digits);
            match (option, number.parse::<u32>()) {
                ("n", Ok(number)) if number > 0 => repeat.n_loops = Some(number.into()),
                ("r", Ok(number)) if number > 0 => repeat.n_runs = Some(number),
                // `-x` may be code.
                ("n" | "r", _) if number.is_empty() => break,
                _ => break,
            }
            rest = behind.trim_start();
        }
        let code_start = self.start + self.text.len() - rest.len();
        if name == "%%timeit" {
            repeat.setup_end = self.end;
        }
        Parsed::Measure { measure: Measure::Repeated(repeat), code_start }
    }
}

fn nothing_behind(name: &str, rest: &str) -> Result<(), String> {
    if rest.is_empty() { Ok(()) } else { Err(format!("`{name}` takes nothing behind it, not `{rest}`")) }
}

fn unquoted(text: &str) -> &str {
    let inner = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

fn parse_write(name: &str, rest: &str, text: &str) -> Result<Command, String> {
    let (append, path) = match rest.strip_prefix("-a ").or_else(|| rest.strip_prefix("--append ")) {
        Some(path) => (true, path.trim()),
        None => (false, rest),
    };
    if path.is_empty() || path == "-a" {
        return Err(format!("`{name}` takes the name of a file behind it"));
    }
    // The last line of a cell has no end, and what is added to the file begins a line of its own.
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    Ok(Command::Write { path: unquoted(path).into(), text: format!("{text}{end}"), append })
}

fn parse_environment(rest: &str) -> Result<Command, String> {
    if rest.is_empty() {
        return Ok(Command::ListEnvironment);
    }
    let split = rest.split_once('=').or_else(|| rest.split_once(char::is_whitespace));
    let (name, value) = split.map_or((rest, None), |(name, value)| (name.trim(), Some(value.trim())));
    if name.is_empty() || name.contains(char::is_whitespace) || name.contains('\0') {
        return Err(format!("`{name}` is no name of a variable; `%env NAME=value` sets one"));
    }
    Ok(match value {
        Some(value) => Command::SetVariable { name: name.to_owned(), value: unquoted(value).to_owned() },
        None => Command::ShowVariable(name.to_owned()),
    })
}

fn parse_optimisation(rest: &str) -> Result<Command, String> {
    match rest {
        "0" => Ok(Command::Level(Level::Debug)),
        "1" | "2" | "3" | "s" | "z" => Ok(Command::Level(Level::Release)),
        _ => {
            Err("`:opt` takes a level behind it: 0 is `:debug`, 1 to 3 are `:release`; `:auto` chooses by itself"
                .into())
        }
    }
}
