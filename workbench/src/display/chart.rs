//! Charts as SVG that can be read in a light and in a dark notebook.
//!
//! A notebook shows SVG as an image, which its theme's colours do not reach. The background is therefore transparent,
//! and every colour stands about as far from white as from the dark theme's `#111111`.

mod canvas;
mod classes;
mod confusion;
mod curves;
mod distributions;
mod export;
mod folds;
mod fonts;
mod importance;
mod maps;
mod pairs;
pub(super) mod palette;
mod permutation;
mod plots;
mod regression;
mod scale;
mod search;
mod values;

use std::error::Error as StdError;

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::prelude::SVGBackend;

pub use classes::{calibration_chart, precision_recall_chart, roc_chart};
pub use confusion::confusion_chart;
pub use curves::{learning_chart, threshold_chart, validation_chart};
pub use distributions::{box_plot, density, density_with, violin};
pub use export::Background;
pub use folds::folds_chart;
pub use importance::importance_chart;
pub use maps::{correlation_map, heat_map, missing_map};
pub use pairs::pair_grid;
pub use permutation::permutation_chart;
pub use plots::{bar, histogram, line, scatter};
pub use regression::{prediction_chart, residual_chart};

use super::table::escape;
use super::{Bundle, Rich, base64};
use crate::error::{Error, Result};

/// What drawing returns.
type StdResult = std::result::Result<(), Box<dyn StdError>>;

/// What draws.
type Draw<'a> = Box<dyn FnOnce(&DrawingArea<SVGBackend<'_>, Shift>) -> StdResult + 'a>;

const SIDE_MAX: u32 = 10_000;
/// In pixels, what a title of one line adds to the height, and each further line; and the size of its letters.
const TITLE_HEIGHT: u32 = 30;
const TITLE_LINE: u32 = 19;
const TITLE_SIZE: u32 = 15;
const TITLE_LINES_MAX: usize = 3;

/// A picture drawn with plotters.
///
/// [`scatter`], [`histogram`], [`line`], [`bar`], [`density`], [`box_plot`], [`violin`], [`pair_grid`], [`heat_map`], [`missing_map`] and
/// [`correlation_map`] draw the common ones from a frame. [`validation_chart`], [`learning_chart`], [`roc_chart`], [`precision_recall_chart`],
/// [`calibration_chart`], [`confusion_chart`], [`residual_chart`], [`prediction_chart`], [`importance_chart`],
/// [`permutation_chart`], [`threshold_chart`] and [`folds_chart`] show what models do.
/// [`Chart::save`] writes one to an SVG or PNG file.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    width: u32,
    height: u32,
    /// How many units of the drawing make a pixel.
    units_per_pixel: u32,
    /// What stands between `<svg>` and `</svg>`.
    drawing: String,
    title: Option<String>,
    /// Transparent on a page and white in a PNG where nothing was said.
    background: Option<Background>,
    /// How many pixels of a PNG a pixel of a page is wide.
    pixel_ratio: f64,
    /// What the picture shows, for those who do not see it.
    description: String,
}

impl Chart {
    /// Draws a picture of `width` × `height` pixels on plotters' drawing area.
    ///
    /// Where the closure fills no background, black, plotters' colour of axes and text, becomes a middle grey that
    /// is readable in light and dark.
    ///
    /// | parameter | range |
    /// |---|---|
    /// | `width`, `height` | 1 to 10,000 pixels |
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a size out of range, [`Error::Drawing`] with the error of the closure.
    ///
    /// # Examples
    /// ```
    /// use plotters::prelude::*;
    /// use workbench::display::Chart;
    /// let chart = Chart::new(320, 240, |area| {
    ///     let mut axes = ChartBuilder::on(area).set_all_label_area_size(30).build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
    ///     axes.configure_mesh().draw()?;
    ///     axes.draw_series(LineSeries::new((0..=50).map(|i| (i as f64 / 50.0, (i as f64 / 50.0).powi(2))), &BLUE))?;
    ///     Ok(())
    /// })?;
    /// assert!(chart.svg().starts_with("<svg"));
    /// assert!(Chart::new(0, 240, |_| Ok(())).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    pub fn new(
        width: u32,
        height: u32,
        draw: impl FnOnce(&DrawingArea<SVGBackend<'_>, Shift>) -> StdResult,
    ) -> Result<Chart> {
        let chart = Chart::drawn(width, height, 1, Box::new(draw))?;
        Ok(Chart { drawing: palette::readable_on_both(chart.drawing, width, height), ..chart })
    }

    /// Puts a title above the picture.
    #[must_use]
    pub fn title(self, title: &str) -> Chart {
        Chart { title: Some(title.to_string()), ..self }
    }

    /// Says what lies behind the picture: by default nothing in a notebook and in an SVG file, white in a PNG file.
    ///
    /// # Examples
    /// ```
    /// use workbench::data::penguins;
    /// use workbench::display::{Background, histogram};
    ///
    /// let chart = histogram(&penguins()?, "body_mass_g", 20)?;
    /// assert!(!chart.svg().contains("#111111"));
    /// assert!(chart.background(Background::Dark).svg().contains("#111111"));
    /// # Ok::<(), workbench::Error>(())
    /// ```
    #[must_use]
    pub fn background(self, background: Background) -> Chart {
        Chart { background: Some(background), ..self }
    }

    /// How many pixels of a PNG make a pixel of a page, 0.1 to 20; by default 2, which is sharp on most screens and on paper.
    #[must_use]
    pub fn pixel_ratio(self, pixel_ratio: f64) -> Chart {
        Chart { pixel_ratio, ..self }
    }

    /// The width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// The height in pixels, with the title.
    pub fn height(&self) -> u32 {
        self.height + self.title_height()
    }

    /// The picture as SVG source.
    pub fn svg(&self) -> String {
        let units = self.units_per_pixel;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 {} {} {}\" role=\"img\">\n\
             <title>{}</title>\n",
            self.width,
            self.height(),
            -i64::from(self.title_height() * units),
            self.width * units,
            self.height() * units,
            escape(&self.summary()),
        );
        if let Some(color) = self.background.and_then(Background::color) {
            svg += &format!(
                "<rect x=\"0\" y=\"{}\" width=\"100%\" height=\"100%\" fill=\"{}\"/>\n",
                -i64::from(self.title_height() * units),
                palette::hex(color),
            );
        }
        let lines = self.title_lines();
        for (line_idx, line) in lines.iter().enumerate() {
            let below = u32::try_from(lines.len() - line_idx - 1).unwrap_or(0);
            svg += &format!(
                "<text x=\"{}\" y=\"-{}\" text-anchor=\"middle\" font-family=\"{}\" font-size=\"{}\" font-weight=\"600\" fill=\"{}\">{}</text>\n",
                self.width * units / 2,
                (10 + TITLE_LINE * below) * units,
                canvas::FONT,
                TITLE_SIZE * units,
                palette::hex(palette::NEUTRAL),
                escape(line),
            );
        }
        readable_by_xml(svg + &self.drawing + "</svg>")
    }

    /// The picture as an element of HTML.
    pub(super) fn image(&self) -> String {
        format!(
            "<img alt=\"{}\" width=\"{}\" height=\"{}\" style=\"display:block;margin:.6em 0 0;max-width:100%;height:auto\" \
             src=\"data:image/svg+xml;base64,{}\">\n",
            escape(&self.summary()),
            self.width,
            self.height(),
            base64::encode(self.svg().as_bytes()),
        )
    }

    /// Takes a boxed closure, so that a cell compiles no more of this than the call.
    fn drawn(width: u32, height: u32, units_per_pixel: u32, draw: Draw) -> Result<Chart> {
        check_side("width", width)?;
        check_side("height", height)?;
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, (width * units_per_pixel, height * units_per_pixel))
                .into_drawing_area();
            draw(&area).map_err(drawing_error)?;
            area.present().map_err(|error| drawing_error(Box::new(error)))?;
        }
        let drawing = within_root(&svg).to_string();
        Ok(Chart {
            width,
            height,
            units_per_pixel,
            drawing,
            title: None,
            background: None,
            pixel_ratio: 2.0,
            description: "chart".to_string(),
        })
    }

    fn described(self, description: String) -> Chart {
        Chart { description, ..self }
    }

    fn title_height(&self) -> u32 {
        match u32::try_from(self.title_lines().len()).unwrap_or(0) {
            0 => 0,
            n_lines => TITLE_HEIGHT + TITLE_LINE * (n_lines - 1),
        }
    }

    /// The title, broken between words where the picture is too narrow for it.
    fn title_lines(&self) -> Vec<String> {
        let Some(title) = &self.title else { return vec![] };
        let (size, room) = (f64::from(TITLE_SIZE), f64::from(self.width) - 16.0);
        let mut lines = vec![String::new()];
        for word in title.split_whitespace() {
            let n_lines = lines.len();
            let Some(line) = lines.last_mut() else { break };
            let longer = if line.is_empty() { word.to_string() } else { format!("{line} {word}") };
            // What has no room on the last line is cut there.
            if line.is_empty() || n_lines == TITLE_LINES_MAX || scale::text_width(&longer, size) <= room {
                *line = longer;
            } else {
                lines.push(word.to_string());
            }
        }
        lines.iter().map(|line| canvas::fit(line, size, room)).collect()
    }

    fn summary(&self) -> String {
        match &self.title {
            Some(title) => format!("{title}: {}", self.description),
            None => self.description.clone(),
        }
    }
}

impl Rich for Chart {
    fn bundle(&self) -> Bundle {
        let text = format!("[{}, {} × {} pixels]", self.summary(), self.width, self.height());
        Bundle::text(&text).with("image/svg+xml", self.svg())
    }
}

fn check_side(side: &str, pixels: u32) -> Result<()> {
    if (1..=SIDE_MAX).contains(&pixels) {
        return Ok(());
    }
    Err(Error::InvalidValue {
        what: format!("the {side} of a chart"),
        value: pixels.to_string(),
        allowed: format!("from 1 to {SIDE_MAX} pixels"),
    })
}

fn drawing_error(error: Box<dyn StdError>) -> Error {
    Error::Drawing { source: error.to_string().into() }
}

fn within_root(svg: &str) -> &str {
    let start = svg.find('>').map_or(0, |end| end + 1);
    let end = svg.rfind("</svg>").unwrap_or(svg.len()).max(start);
    svg.get(start..end).unwrap_or_default().trim_start()
}

/// With a sign in place of each character that XML does not allow, and that would make the whole picture unreadable.
fn readable_by_xml(svg: String) -> String {
    let is_allowed =
        |c: char| !matches!(c, '\0'..='\x08' | '\x0B' | '\x0C' | '\x0E'..='\x1F' | '\u{FFFE}' | '\u{FFFF}');
    if svg.chars().all(is_allowed) {
        return svg;
    }
    svg.chars().map(|c| if is_allowed(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}
