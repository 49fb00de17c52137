//! `:dep`: a crate by its name, with what Cargo.toml would say of it, or by the folder that it is in.

use std::path::{Path, PathBuf};

use super::Command;
use crate::preload::dependencies::value_of;

pub fn parse(text: &str) -> Result<Command, String> {
    // A list in braces, of one, is what evcxr's own examples have.
    let text = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).map_or(text, str::trim);
    if text.starts_with(['.', '/', '~']) {
        return Ok(Command::DependencyAt { folder: PathBuf::from(text) });
    }
    let (name, value) = text.split_once('=').unwrap_or((text, "\"*\""));
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
        return Err(format!(
            "`:dep` takes the name of a crate, as in `:dep itertools = \"0.14\"`, or its folder, not `{name}`"
        ));
    }
    if !value.starts_with(['"', '{']) {
        return Err(format!("`{value}` is no version; write it in quotes, or `{{ version = \"…\", features = […] }}`"));
    }
    Ok(Command::Dependency { name: name.to_owned(), value: value.to_owned() })
}

/// The name and the manifest's value of the crate in a folder.
pub fn in_folder(folder: &Path) -> Result<(String, String), String> {
    let manifest = folder.join("Cargo.toml");
    let text =
        std::fs::read_to_string(&manifest).map_err(|error| format!("cannot read {}: {error}", manifest.display()))?;
    let name = package_name(&text).ok_or_else(|| format!("{} names no package", manifest.display()))?;
    Ok((name.to_owned(), format!("{{ path = {:?} }}", folder.to_string_lossy())))
}

/// The value with its path, if it has one, made absolute: what it is relative to is the notebook's folder, not cargo's.
pub fn with_absolute_path(value: &str, folder: &Path) -> String {
    let Some(range) = value_of(value, "path") else { return value.to_owned() };
    let (before, path, after) = (value.get(..range.start), value.get(range.clone()), value.get(range.end..));
    match (before, path, after) {
        (Some(before), Some(path), Some(after)) => {
            format!("{before}{}{after}", normal(&folder.join(path)).to_string_lossy())
        }
        _ => value.to_owned(),
    }
}

/// The path without `..` and links, where it exists.
pub fn normal(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn package_name(manifest: &str) -> Option<&str> {
    let mut lines = manifest.lines().map(str::trim).skip_while(|line| *line != "[package]").skip(1);
    let line = lines
        .by_ref()
        .take_while(|line| !line.starts_with('['))
        .find(|line| line.strip_prefix("name").is_some_and(|rest| rest.trim_start().starts_with('=')))?;
    line.split('"').nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_is_what_a_manifest_says() {
        let dependency =
            |name: &str, value: &str| Ok(Command::Dependency { name: name.to_owned(), value: value.to_owned() });
        assert_eq!(parse("rand"), dependency("rand", "\"*\""));
        assert_eq!(parse("rand = \"0.9\""), dependency("rand", "\"0.9\""));
        assert_eq!(parse("{ rand = \"0.9\" }"), dependency("rand", "\"0.9\""));
        assert_eq!(parse("my-x = { path = \"../x\" }"), dependency("my-x", "{ path = \"../x\" }"));
        assert!(parse("rand = 0.9").is_err_and(|message| message.contains("quotes")));
        assert!(parse("").is_err());
        assert_eq!(parse("../x"), Ok(Command::DependencyAt { folder: "../x".into() }));
    }

    #[test]
    fn a_relative_path_is_one_from_the_folder() {
        let absolute = |value: &str| with_absolute_path(value, Path::new("/nowhere"));
        assert_eq!(
            absolute("{ features = [\"path\"], path = \"x\" }"),
            "{ features = [\"path\"], path = \"/nowhere/x\" }"
        );
        assert_eq!(absolute("{path=\"/x\"}"), "{path=\"/x\"}");
        assert_eq!(absolute("\"1\""), "\"1\"");
    }

    #[test]
    fn a_package_is_named_in_its_own_section() {
        assert_eq!(package_name("[lib]\nname = \"a\"\n[package]\nversion = \"1\"\nname = \"b\"\n"), Some("b"));
        assert_eq!(package_name("[workspace]\n"), None);
    }
}
