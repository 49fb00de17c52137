//! Where cells work: the folder and the environment of the process that runs them, and of the commands that they start.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// What the notebook has changed of what the kernel was started with; it outlives the process that runs the cells.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    folder: Option<PathBuf>,
    /// Where the latest change of the folder came from, for `%cd -`.
    previous: Option<PathBuf>,
    /// Whether code has run since the folder was changed, which may have changed it again.
    is_old: bool,
    variables: BTreeMap<String, String>,
}

/// Names of variables with such a part are listed without their values: a notebook is easily passed on.
const SECRETS: &[&str] = &["AUTH", "CREDENTIAL", "KEY", "PASSWORD", "PASSWD", "SECRET", "TOKEN"];

impl Surroundings {
    /// The folder that paths are relative to. A cell's own code may have moved the process that runs it elsewhere.
    pub fn folder(&self, child: Option<u32>) -> PathBuf {
        let of_child = child
            .filter(|_| self.is_old || self.folder.is_none())
            .and_then(|child| std::fs::read_link(format!("/proc/{child}/cwd")).ok());
        let of_kernel = || std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        of_child.or_else(|| self.folder.clone()).unwrap_or_else(of_kernel)
    }

    /// Changes the folder, from the one that it is; `-` goes back, and nothing goes home.
    pub fn change_folder(&mut self, wanted: &str, current: PathBuf) -> Result<PathBuf, String> {
        let home = || std::env::var_os("HOME").map(PathBuf::from).ok_or("there is no home folder: HOME is not set");
        let target = match wanted {
            "-" => self.previous.clone().ok_or("there is no earlier folder to go back to")?,
            "" | "~" => home()?,
            _ => match wanted.strip_prefix("~/") {
                Some(rest) => home()?.join(rest),
                None => current.join(wanted),
            },
        };
        let target = target.canonicalize().map_err(|error| format!("cannot go to {}: {error}", target.display()))?;
        if !target.is_dir() {
            return Err(format!("{} is no folder", target.display()));
        }
        self.previous = Some(current);
        self.folder = Some(target.clone());
        self.is_old = false;
        Ok(target)
    }

    /// Code runs, and may itself go elsewhere.
    pub fn code_runs(&mut self) {
        self.is_old = true;
    }

    pub fn set_variable(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    pub fn variable(&self, name: &str) -> Option<String> {
        let set = self.variables.get(name).cloned();
        set.or_else(|| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    /// All variables, in order, with the values of secrets left out.
    pub fn listed(&self) -> String {
        let inherited = std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()));
        let mut all: BTreeMap<String, String> = inherited.collect();
        all.extend(self.variables.clone());
        let is_secret = |name: &str| SECRETS.iter().any(|part| name.to_uppercase().contains(part));
        let line = |(name, value): (&String, &String)| {
            format!("{name}={}", if is_secret(name) { "<hidden>" } else { value.as_str() })
        };
        all.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// What a process that is about to be started gets.
    pub fn apply(&self, command: &mut Command) {
        command.envs(&self.variables);
        // A folder that is gone would keep the process from starting at all.
        if let Some(folder) = self.folder.as_deref().filter(|folder| folder.is_dir()) {
            command.current_dir(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_left_and_gone_back_to() {
        let mut surroundings = Surroundings::default();
        let here = PathBuf::from("/usr");
        assert_eq!(surroundings.change_folder("bin/..", here.clone()), Ok("/usr".into()));
        assert_eq!(surroundings.change_folder("/", here.clone()), Ok("/".into()));
        assert_eq!(surroundings.change_folder("-", "/".into()), Ok("/usr".into()));
        assert!(surroundings.change_folder("nowhere at all", here.clone()).is_err());
        assert!(
            surroundings.change_folder("/proc/self/stat", here).is_err_and(|message| message.contains("no folder"))
        );
        assert_eq!(surroundings.folder(None), PathBuf::from("/usr"));
    }

    #[test]
    fn secrets_are_not_listed() {
        let mut surroundings = Surroundings::default();
        surroundings.set_variable("MY_API_KEY", "abc");
        surroundings.set_variable("MY_COLOUR", "blue");
        let listed = surroundings.listed();
        assert!(listed.contains("MY_API_KEY=<hidden>") && listed.contains("MY_COLOUR=blue"), "{listed}");
        assert_eq!(surroundings.variable("MY_API_KEY").as_deref(), Some("abc"));
    }
}
