//! Pictures by themselves, and what augmentation makes of items: before and after, side by side.
//!
//! Pictures are PNG and charts are SVG, both as images within a table, which a notebook keeps also where it is not trusted.

mod composition;
mod picture;
mod series;
mod tokens;

use ndarray::Array2;

use super::numbers::count;
use super::table::escape;
use super::{Bundle, Rich};
use crate::augment::{Augmentable, Augmented, Compose, Image, LabelledImage};
use crate::error::{Error, Result};

const ITEMS_MAX: usize = 20;
const EPOCHS_MAX: usize = 12;
const MUTED: &str = "opacity:0.65";

/// Items beside what a composition makes of each in the first epochs, made by [`augmentation_grid`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AugmentationGrid {
    rows: Vec<Row>,
    n_epochs: usize,
    n_hidden: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    before: Panel,
    after: Vec<(Panel, String)>,
}

/// An item as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panel {
    html: String,
    /// What it is, such as `48 × 48 RGB`.
    text: String,
}

/// Shows items before and after augmentation: a row for each item, a column for each epoch from 0 on, which are the items that training sees.
///
/// | setting | range |
/// |---|---|
/// | `items` | at least 1; the first 20 are shown. [`Image`], [`LabelledImage`] with its boxes, time series, tokens |
/// | `n_epochs` | 1 to 12 |
///
/// Below each item stand the steps that were applied to it. Pictures of a row are shown to one scale, and so are charts. Of a sequence of
/// tokens those that are new or have moved are bold.
///
/// # Errors
/// [`Error::InvalidValue`] without items, and for a number of epochs out of range; [`Error::Item`] names the item that could not be augmented.
///
/// # Examples
///
/// ```
/// use workbench::augment::{Compose, HorizontalFlip, Image};
/// use workbench::display::{Rich, augmentation_grid};
///
/// let photo = Image::from_fn(32, 32, |row, column| vec![row as u8 * 8, column as u8 * 8, 90])?;
/// let grid = augmentation_grid(&Compose::new().step(0.5, HorizontalFlip::new()), &[photo.clone()], 4)?;
/// assert!(grid.bundle().get("text/html").is_some_and(|html| html.contains("horizontal_flip")));
///
/// assert!(augmentation_grid(&Compose::new(), &[photo], 0).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn augmentation_grid<T: Picturable>(compose: &Compose, items: &[T], n_epochs: usize) -> Result<AugmentationGrid> {
    if items.is_empty() || !(1..=EPOCHS_MAX).contains(&n_epochs) {
        let (what, value, allowed) = if items.is_empty() {
            ("the number of items of an augmentation grid", 0, "at least 1".to_string())
        } else {
            ("the number of epochs of an augmentation grid", n_epochs, format!("1 to {EPOCHS_MAX}"))
        };
        return Err(Error::InvalidValue { what: what.to_string(), value: value.to_string(), allowed });
    }
    let mut rows = Vec::new();
    for (index, item) in items.iter().take(ITEMS_MAX).enumerate() {
        let after: Result<Vec<Augmented<T>>> =
            (0..n_epochs).map(|epoch| compose.augment_traced(item, epoch as u64, index as u64)).collect();
        let row = after.and_then(|after| row(item, after));
        rows.push(row.map_err(|source| Error::Item { index, source: Box::new(source) })?);
    }
    Ok(AugmentationGrid { rows, n_epochs, n_hidden: items.len().saturating_sub(ITEMS_MAX) })
}

fn row<T: Picturable>(before: &T, after: Vec<Augmented<T>>) -> Result<Row> {
    let mut items = vec![before];
    items.extend(after.iter().map(|augmented| &augmented.item));
    let mut panels = T::panels(&items)?.into_iter();
    let before = panels.next().unwrap_or(Panel { html: String::new(), text: String::new() });
    let caption = |augmented: &Augmented<T>| match augmented.steps.as_slice() {
        [] => "unchanged".to_string(),
        steps => steps.join(", "),
    };
    Ok(Row { before, after: panels.zip(after.iter().map(caption)).collect() })
}

/// An item that can be shown beside what became of it: [`Image`], [`LabelledImage`], `Array2<f64>`, `Vec<u32>`, `Vec<String>`.
pub trait Picturable: Augmentable {
    /// One panel for each item, the first of which is the one before; all are shown to one scale.
    #[doc(hidden)]
    fn panels(items: &[&Self]) -> Result<Vec<Panel>>;
}

impl Picturable for Image {
    fn panels(items: &[&Self]) -> Result<Vec<Panel>> {
        let labelled: Vec<LabelledImage> =
            items.iter().map(|image| LabelledImage { image: (*image).clone(), boxes: Vec::new() }).collect();
        picture::panels(&labelled.iter().collect::<Vec<_>>())
    }
}

impl Picturable for LabelledImage {
    fn panels(items: &[&Self]) -> Result<Vec<Panel>> {
        picture::panels(items)
    }
}

impl Picturable for Array2<f64> {
    fn panels(items: &[&Self]) -> Result<Vec<Panel>> {
        Ok(series::panels(items))
    }
}

impl Picturable for Vec<u32> {
    fn panels(items: &[&Self]) -> Result<Vec<Panel>> {
        let words: Vec<Vec<String>> = items.iter().map(|ids| ids.iter().map(u32::to_string).collect()).collect();
        Ok(tokens::panels(&words))
    }
}

impl Picturable for Vec<String> {
    fn panels(items: &[&Self]) -> Result<Vec<Panel>> {
        Ok(tokens::panels(&items.iter().map(|words| (*words).clone()).collect::<Vec<_>>()))
    }
}

impl Rich for AugmentationGrid {
    fn bundle(&self) -> Bundle {
        Bundle::text(&self.text()).with("text/html", self.html())
    }
}

impl AugmentationGrid {
    fn html(&self) -> String {
        let head = |text: &str| {
            format!("<th style=\"text-align:center;padding:.2em .5em;border:none;font-weight:bold\">{text}</th>")
        };
        let mut html = String::from(
            "<div class=\"tunebook-output\" style=\"overflow-x:auto\"><table style=\"border:none;border-collapse:collapse;margin:0\">\n<thead><tr>",
        );
        html += &head("");
        html += &head("before");
        html.extend((0..self.n_epochs).map(|epoch| head(&format!("epoch {epoch}"))));
        html += "</tr></thead>\n<tbody>\n";
        for (index, row) in self.rows.iter().enumerate() {
            html += "<tr style=\"background:none\">";
            html += &format!(
                "<th style=\"text-align:right;vertical-align:top;padding:.5em;border:none;font-weight:bold\">{index}</th>"
            );
            html += &cell(&row.before, &row.before.text);
            html.extend(row.after.iter().map(|(panel, caption)| cell(panel, caption)));
            html += "</tr>\n";
        }
        html += "</tbody></table>\n";
        if self.n_hidden > 0 {
            html += &format!("<div style=\"{MUTED}\">⋮ {}</div>\n", count(self.n_hidden, "more item"));
        }
        html + "</div>"
    }

    fn text(&self) -> String {
        let mut lines = Vec::new();
        for (index, row) in self.rows.iter().enumerate() {
            lines.push(format!("item {index}: {}", row.before.text));
            for (epoch, (panel, caption)) in row.after.iter().enumerate() {
                lines.push(format!("  epoch {epoch}: {} ({caption})", panel.text));
            }
        }
        if self.n_hidden > 0 {
            lines.push(format!("⋮ {}", count(self.n_hidden, "more item")));
        }
        lines.join("\n")
    }
}

fn cell(panel: &Panel, caption: &str) -> String {
    format!(
        "<td style=\"text-align:center;vertical-align:top;padding:.4em;border:none\">{}\
         <div style=\"{MUTED};font-size:smaller;max-width:16em;white-space:normal;margin:.2em auto 0\">{}</div></td>",
        panel.html,
        escape(caption)
    )
}

/// A picture as an image of its own, enlarged by a whole number where it is small.
impl Rich for Image {
    fn bundle(&self) -> Bundle {
        picture::bundle(self, &[])
    }
}

/// A picture with its boxes drawn.
impl Rich for LabelledImage {
    fn bundle(&self) -> Bundle {
        picture::bundle(&self.image, &self.boxes)
    }
}
