//! Questions to the person at the notebook.

use std::io::{self, Write};
use std::sync::{Arc, RwLock};

use crate::error::{Error, Result};

/// Asks for a line, and waits until it is typed.
///
/// Outside a notebook the line comes from standard input.
///
/// # Errors
/// [`Error::NoAnswer`] where nobody can answer, as in a notebook that runs without a frontend; [`Error::Interrupted`].
///
/// # Examples
/// ```no_run
/// use workbench::display::input;
/// let name = input("Whose data is it? ")?;
/// let n_folds: usize = input("How many folds? ")?.trim().parse()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn input(prompt: &str) -> Result<String> {
    ask(prompt, Typed::Visible)
}

/// Asks for a line that is not shown while it is typed, and is not kept in the notebook.
///
/// Outside a notebook the line comes from standard input, and a terminal shows it.
///
/// # Errors
/// Those of [`input`].
///
/// # Examples
/// ```no_run
/// use workbench::display::password;
/// let token = password("Token: ")?;
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn password(prompt: &str) -> Result<String> {
    ask(prompt, Typed::Hidden)
}

/// Whether what is typed may be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// As any text.
    Visible,
    /// As a password.
    Hidden,
}

/// Who asks. A notebook installs one with [`set_asker`].
pub trait Asker: Send + Sync {
    /// Shows `prompt`, and returns the line that was typed, without its end.
    ///
    /// # Errors
    /// Those of [`input`].
    fn ask(&self, prompt: &str, typed: Typed) -> Result<String>;
}

/// Installs who asks from now on.
pub fn set_asker(asker: Box<dyn Asker>) {
    let mut installed = ASKER.write().unwrap_or_else(|poisoned| poisoned.into_inner());
    *installed = Some(Arc::from(asker));
}

static ASKER: RwLock<Option<Arc<dyn Asker>>> = RwLock::new(None);

fn ask(prompt: &str, typed: Typed) -> Result<String> {
    let asker = ASKER.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
    match asker {
        Some(asker) => asker.ask(prompt, typed),
        None => ask_standard_input(prompt),
    }
}

fn ask_standard_input(prompt: &str) -> Result<String> {
    let no_answer = |reason: String| Error::NoAnswer { prompt: prompt.to_string(), reason };
    print!("{prompt}");
    // A closed output cannot show the question; the answer may come all the same.
    let _ = io::stdout().flush();
    let mut line = String::new();
    match io::stdin().read_line(&mut line) {
        Ok(0) => Err(no_answer("standard input has ended".to_string())),
        Ok(_) => Ok(line.trim_end_matches(['\n', '\r']).to_string()),
        Err(error) => Err(no_answer(error.to_string())),
    }
}
