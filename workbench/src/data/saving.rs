//! What was learnt, as JSON.
//!
//! A saved thing is an object of its kind, the version of that kind's format, and its state:
//! `{"kind": "standard_scaler", "version": 1, "state": {"columns": [..]}}`. Whoever saves things of one sort, such as fitted steps or
//! models, has one list of all their [`Kind`]s. A thing inside another is saved in the same form.

mod read;
mod write;

use std::any::Any;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::replace_file;
use crate::error::{Error, Result};

/// A kind of `T`, a trait behind which all things of one sort stand.
pub(crate) struct Kind<T: ?Sized> {
    pub(crate) name: &'static str,
    /// It goes up when an older reader would misunderstand the state.
    pub(crate) version: u32,
    /// The state of a thing of this kind; `None` for any other.
    pub(crate) save: fn(&dyn Any) -> Option<serde_json::Result<Value>>,
    pub(crate) load: fn(Value) -> serde_json::Result<Box<T>>,
}

/// The state of `thing`, if it is an `S`; every number in it to its last bit.
pub(crate) fn state_of<S: Any + Serialize>(thing: &dyn Any) -> Option<serde_json::Result<Value>> {
    thing.downcast_ref::<S>().map(|thing| thing.serialize(write::Exact))
}

/// What [`state_of`] made `state` of.
pub(crate) fn from_state<S: DeserializeOwned>(state: Value) -> serde_json::Result<S> {
    S::deserialize(read::Exact(state))
}

/// All kinds of one sort of things, such as `"step"`.
pub(crate) struct Kinds<T: ?Sized + 'static> {
    pub(crate) sort: &'static str,
    pub(crate) kinds: &'static [Kind<T>],
}

impl<T: ?Sized + 'static> Kinds<T> {
    /// `thing` as JSON text.
    pub(crate) fn to_json(&self, thing: &dyn Any) -> Result<String> {
        self.to_value(thing).map(|value| value.to_string())
    }

    /// The thing that `text` holds.
    pub(crate) fn from_json(&self, text: &str) -> Result<Box<T>> {
        self.from_value(serde_json::from_str(text).map_err(|error| self.broken(&error.to_string()))?)
    }

    /// The thing in the file at `path`.
    pub(crate) fn load(&self, path: &Path) -> Result<Box<T>> {
        self.from_json(&fs::read_to_string(path).map_err(|source| io("read", path, source))?)
    }

    /// A thing inside another.
    pub(crate) fn serialize<S: Serializer>(&self, thing: &dyn Any, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value(thing).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }

    /// A thing inside another.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(&self, deserializer: D) -> Result<Box<T>, D::Error> {
        // The state's marked numbers must come through as they are.
        self.from_value(read::raw(deserializer)?).map_err(serde::de::Error::custom)
    }

    fn to_value(&self, thing: &dyn Any) -> Result<Value> {
        for kind in self.kinds {
            if let Some(state) = (kind.save)(thing) {
                let state = state.map_err(|error| self.broken(&error.to_string()))?;
                let members = [("kind", kind.name.into()), ("version", kind.version.into()), ("state", state)];
                return Ok(Value::Object(members.map(|(name, value)| (name.to_string(), value)).into_iter().collect()));
            }
        }
        Err(Error::NotSavable { sort: self.sort, known: self.known() })
    }

    fn from_value(&self, value: Value) -> Result<Box<T>> {
        let Value::Object(mut members) = value else { return Err(self.broken("it is not an object")) };
        let name = members.get("kind").and_then(Value::as_str).ok_or_else(|| self.broken("it has no text `kind`"))?;
        let kind = self.kinds.iter().find(|kind| kind.name == name).ok_or_else(|| Error::UnknownKind {
            sort: self.sort,
            kind: name.to_string(),
            known: self.known(),
        })?;
        let version = members.get("version").and_then(Value::as_u64);
        let version = version.ok_or_else(|| self.broken("it has no number `version`"))?;
        if version > u64::from(kind.version) {
            return Err(Error::NewerFormat { kind: kind.name, found: version, supported: kind.version });
        }
        let state = members.remove("state").ok_or_else(|| self.broken("it has no `state`"))?;
        (kind.load)(state)
            .map_err(|error| self.broken(&format!("the state of its {} does not read: {error}", kind.name)))
    }

    fn broken(&self, reason: &str) -> Error {
        Error::NotSaved { sort: self.sort, reason: reason.to_string() }
    }

    fn known(&self) -> String {
        self.kinds.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ")
    }
}

/// Writes `text` to a file that is whole or not there.
pub(crate) fn save(text: &str, path: &Path) -> Result<()> {
    let Some(name) = path.to_str() else {
        return Err(io("write", path, ErrorKind::InvalidFilename.into()));
    };
    replace_file(name, |mut file| file.write_all(text.as_bytes()).map_err(|source| io("write", path, source)))
}

fn io(action: &'static str, path: &Path, source: std::io::Error) -> Error {
    Error::Io { action, path: path.display().to_string(), source }
}
