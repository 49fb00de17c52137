//! Text that is a representation already.

use super::{Bundle, Rich};

/// HTML source, shown as it is.
///
/// # Examples
/// ```
/// use workbench::display::{Html, Rich};
/// let bundle = Html("<b>bold</b>".to_string()).bundle();
/// assert_eq!(bundle.get("text/html"), Some("<b>bold</b>"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Html(pub String);

/// Markdown source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Markdown(pub String);

/// SVG source, from `<svg` to `</svg>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Svg(pub String);

/// LaTeX source, with its own `$` signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latex(pub String);

/// A JSON value, shown as a tree where the notebook can.
#[derive(Clone, Debug, PartialEq)]
pub struct Json(pub serde_json::Value);

impl Rich for Html {
    fn bundle(&self) -> Bundle {
        Bundle::text(&self.0).with("text/html", self.0.clone())
    }
}

impl Rich for Markdown {
    fn bundle(&self) -> Bundle {
        Bundle::text(&self.0).with("text/markdown", self.0.clone())
    }
}

impl Rich for Svg {
    fn bundle(&self) -> Bundle {
        Bundle::text("[an SVG picture]").with("image/svg+xml", self.0.clone())
    }
}

impl Rich for Latex {
    fn bundle(&self) -> Bundle {
        Bundle::text(&self.0).with("text/latex", self.0.clone())
    }
}

impl Rich for Json {
    fn bundle(&self) -> Bundle {
        Bundle::text(&format!("{:#}", self.0)).with("application/json", self.0.to_string())
    }
}
