//! Compositions as JSON.

use std::fs;
use std::io::Write;

use serde::{Deserialize, Serialize};

use super::compose::Compose;
use crate::data::{read_error, replace_file};
use crate::error::{Error, Result};

const FORMAT: &str = "workbench.augment";
/// Counts up when what is written changes its meaning.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Saved {
    format: String,
    version: u32,
    compose: Compose,
}

impl Compose {
    /// The composition as JSON, with its seed and the version of the format.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] and [`Error::Step`] for settings out of range, which JSON may not hold, such as NaN.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, HorizontalFlip, Rotate};
    ///
    /// let augment = Compose::new().seed(7).step(0.5, HorizontalFlip::new()).step(1.0, Rotate::new().degrees(30.0));
    /// assert_eq!(Compose::from_json(&augment.to_json()?)?, augment);
    ///
    /// assert!(Compose::from_json("{}").is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    pub fn to_json(&self) -> Result<String> {
        self.check()?;
        let saved = Saved { format: FORMAT.to_string(), version: VERSION, compose: self.clone() };
        serde_json::to_string_pretty(&saved).map_err(|error| unusable(&error.to_string()))
    }

    /// The composition that [`to_json`](Compose::to_json) wrote.
    ///
    /// # Errors
    /// [`Error::Composition`] for text that is not such a composition, or of a later version; [`Error::InvalidValue`] and
    /// [`Error::Step`] for settings out of range.
    pub fn from_json(json: &str) -> Result<Compose> {
        let value: serde_json::Value = serde_json::from_str(json).map_err(|error| unusable(&error.to_string()))?;
        if value.get("format").and_then(|format| format.as_str()) != Some(FORMAT) {
            return Err(unusable(&format!("its `format` is not \"{FORMAT}\"")));
        }
        // Told before the rest is read, which a later version may have changed.
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if (1..=u64::from(VERSION)).contains(&version) => {}
            Some(version) => {
                return Err(unusable(&format!("its version is {version}, and this program knows 1 to {VERSION}")));
            }
            None => return Err(unusable("it has no `version`")),
        }
        let saved: Saved = serde_json::from_value(value).map_err(|error| unusable(&error.to_string()))?;
        saved.compose.check()?;
        Ok(saved.compose)
    }

    /// Writes the composition as a JSON file, beside `path` and then renamed.
    ///
    /// # Errors
    /// See [`to_json`](Compose::to_json); [`Error::Io`].
    pub fn save(&self, path: &str) -> Result<()> {
        let json = self.to_json()?;
        replace_file(path, |mut file| {
            file.write_all(json.as_bytes()).map_err(|source| Error::Io {
                action: "write",
                path: path.to_string(),
                source,
            })
        })
    }

    /// Reads a composition from a file that [`save`](Compose::save) wrote.
    ///
    /// # Errors
    /// [`Error::FileNotFound`], [`Error::Io`], and those of [`from_json`](Compose::from_json).
    pub fn load(path: &str) -> Result<Compose> {
        Compose::from_json(&fs::read_to_string(path).map_err(|source| read_error(path, source))?)
    }
}

fn unusable(reason: &str) -> Error {
    Error::Composition { reason: reason.to_string() }
}
