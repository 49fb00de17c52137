//! Showing values, and asking for them: the only module that prints.
//!
//! A type that has a rich form implements [`Rich`]: it gives a [`Bundle`] of the same content in several
//! representations. [`display`] hands the bundle to the [`Sink`] that the notebook installed; without one, the plain
//! text goes to standard output. Nothing here knows which notebook that is.

mod array;
mod ask;
mod augmented;
mod base64;
mod chart;
mod folds;
mod frame;
mod learning;
mod models;
mod numbers;
mod profile;
mod progress;
mod raw;
mod results;
mod selection;
mod summary;
mod table;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

pub use ask::{Asker, Typed, input, password, set_asker};
pub use augmented::{AugmentationGrid, Picturable, augmentation_grid};
pub use chart::{
    Background, Chart, bar, box_plot, calibration_chart, confusion_chart, correlation_map, density, density_with,
    folds_chart, heat_map, histogram, importance_chart, learning_chart, line, missing_map, pair_grid,
    permutation_chart, precision_recall_chart, prediction_chart, residual_chart, roc_chart, scatter, threshold_chart,
    validation_chart, violin,
};
pub use progress::LiveProgress;
pub use raw::{Html, Json, Latex, Markdown, Svg};

/// Shows a value at this point of the cell.
///
/// # Examples
/// ```
/// use workbench::display::{display, Html};
/// display(&Html("<b>bold</b>".to_string()));
/// ```
pub fn display(value: &dyn Rich) {
    show(&value.bundle(), None, Update::No);
}

/// Shows a value that a later [`DisplayHandle::update`] may replace where it stands.
///
/// # Examples
/// ```
/// use workbench::display::{display_with_id, Markdown};
/// let status = display_with_id(&Markdown("*reading*".to_string()));
/// status.update(&Markdown("**read**".to_string()));
/// ```
pub fn display_with_id(value: &dyn Rich) -> DisplayHandle {
    let handle = DisplayHandle { id: next_display_id() };
    show(&value.bundle(), Some(&handle.id), Update::No);
    handle
}

/// Shows a value beside the notebook, in the frontend's pager; nothing of it is kept in the notebook. Outside one, the plain
/// text goes to standard output.
///
/// # Examples
/// ```
/// use workbench::display::{page, Markdown};
/// page(&Markdown("# A long text".to_string()));
/// ```
pub fn page(value: &dyn Rich) {
    match sink() {
        Some(sink) => sink.page(&value.bundle()),
        None => println!("{}", value.bundle().get("text/plain").unwrap_or_default()),
    }
}

/// Removes what the cell has shown so far.
pub fn clear_output() {
    if let Some(sink) = sink() {
        sink.clear(false);
    }
}

/// A place in the notebook whose content may be replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayHandle {
    id: String,
}

impl DisplayHandle {
    /// Replaces what stands there.
    pub fn update(&self, value: &dyn Rich) {
        show(&value.bundle(), Some(&self.id), Update::Yes);
    }

    /// The name of the place, unique in this process.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// A value that has more to show than its `Debug` form.
///
/// # Examples
/// ```
/// use workbench::display::{Bundle, Rich};
///
/// struct Celsius(f64);
///
/// impl Rich for Celsius {
///     fn bundle(&self) -> Bundle {
///         Bundle::text(&format!("{} °C", self.0)).with("text/html", format!("<b>{}</b> °C", self.0))
///     }
/// }
/// assert_eq!(Celsius(21.5).bundle().get("text/plain"), Some("21.5 °C"));
/// ```
pub trait Rich {
    /// The value in each representation that it has.
    fn bundle(&self) -> Bundle;
}

/// One output in several representations by MIME type: `text/plain` first and always, richer ones after it.
///
/// Each is text as the MIME type has it: `application/json` is JSON source, and images other than SVG are base64.
///
/// # Examples
/// ```
/// use workbench::display::Bundle;
/// let bundle = Bundle::text("bold").with("text/html", "<b>bold</b>".to_string());
/// assert_eq!(bundle.get("text/html"), Some("<b>bold</b>"));
/// assert_eq!(bundle.get("image/png"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    representations: Vec<(String, String)>,
}

impl Bundle {
    /// A bundle with its plain text.
    pub fn text(text: &str) -> Bundle {
        Bundle { representations: vec![("text/plain".to_string(), text.to_string())] }
    }

    /// Adds a representation that is preferred to those before it, or replaces the one of the same type.
    #[must_use]
    pub fn with(mut self, mime: &str, content: String) -> Bundle {
        match self.representations.iter_mut().find(|(known, _)| known == mime) {
            Some((_, old)) => *old = content,
            None => self.representations.push((mime.to_string(), content)),
        }
        self
    }

    /// The representation of this MIME type, if there is one.
    pub fn get(&self, mime: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == mime).map(|(_, content)| content)
    }

    /// The MIME types and their contents, the preferred one last.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.representations.iter().map(|(mime, content)| (mime.as_str(), content.as_str()))
    }
}

impl Rich for Bundle {
    fn bundle(&self) -> Bundle {
        self.clone()
    }
}

/// Where outputs go. A notebook installs one with [`set_sink`].
pub trait Sink: Send + Sync {
    /// Shows a bundle. With `update` it replaces what has this `display_id`; otherwise it is a new output, named if
    /// there is an id.
    fn show(&self, bundle: &Bundle, display_id: Option<&str>, update: bool);

    /// Shows a bundle beside the notebook.
    fn page(&self, bundle: &Bundle) {
        self.show(bundle, None, false);
    }

    /// Removes the outputs so far: now, or with `wait` when the next one comes.
    fn clear(&self, wait: bool);
}

/// Installs the sink of all later outputs, in place of the one before.
pub fn set_sink(sink: Box<dyn Sink>) {
    let mut installed = SINK.write().unwrap_or_else(|poisoned| poisoned.into_inner());
    *installed = Some(Arc::from(sink));
}

#[derive(Clone, Copy, PartialEq)]
enum Update {
    No,
    Yes,
}

fn show(bundle: &Bundle, display_id: Option<&str>, update: Update) {
    match sink() {
        Some(sink) => sink.show(bundle, display_id, update == Update::Yes),
        None => println!("{}", bundle.get("text/plain").unwrap_or_default()),
    }
}

static SINK: RwLock<Option<Arc<dyn Sink>>> = RwLock::new(None);

/// The installed sink; no lock is held while it is used, so that a sink may itself display.
fn sink() -> Option<Arc<dyn Sink>> {
    SINK.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
}

/// The process id keeps ids apart when a restarted notebook still shows outputs of the process before.
fn next_display_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("tunebook-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
