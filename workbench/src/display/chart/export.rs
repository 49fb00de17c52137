//! Charts as files: SVG, and PNG by resvg.

use std::io::Write;
use std::path::Path;

use plotters::style::RGBColor;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use super::{Chart, drawing_error, fonts, palette};
use crate::data::replace_file;
use crate::error::{Error, Result};

const PIXEL_RATIO_MIN: f64 = 0.1;
const PIXEL_RATIO_MAX: f64 = 20.0;
/// 400 MB of memory.
const PIXELS_MAX: f64 = 1e8;
/// A pixel of a page, by which programs set the size of a picture in a text.
const PIXELS_PER_METRE: f64 = 96.0 / 0.0254;

/// What lies behind a chart.
///
/// Text, axes and series can be read on each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Background {
    /// White, as paper is.
    White,
    /// `#111111`, as a notebook's dark theme is.
    Dark,
    /// Whatever the chart is laid on.
    Transparent,
    /// Any colour: red, green and blue.
    Color(u8, u8, u8),
}

impl Background {
    pub(super) fn color(self) -> Option<RGBColor> {
        match self {
            Background::White => Some(RGBColor(0xFF, 0xFF, 0xFF)),
            Background::Dark => Some(palette::DARK),
            Background::Transparent => None,
            Background::Color(red, green, blue) => Some(RGBColor(red, green, blue)),
        }
    }
}

impl Chart {
    /// The picture as a PNG file has it.
    ///
    /// Text is drawn in a bundled font (Roboto), so that it looks the same on each machine; one with characters that this lacks, such as
    /// Chinese, is drawn in a font of the system. The file says how large a pixel is, so that a document shows the picture in the same size at
    /// any ratio.
    ///
    /// | setting | default | range |
    /// |---|---|---|
    /// | [`pixel_ratio`](Chart::pixel_ratio) | 2 | 0.1 to 20, and at most 100,000,000 pixels in all |
    /// | [`background`](Chart::background) | [`Background::White`] | |
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a ratio out of range, [`Error::Drawing`] where the picture cannot be drawn.
    ///
    /// # Examples
    /// ```
    /// use workbench::data::penguins;
    /// use workbench::display::{Background, scatter};
    ///
    /// let chart = scatter(&penguins()?, "flipper_length_mm", "body_mass_g", Some("species"))?;
    /// let bytes = chart.clone().pixel_ratio(1.0).background(Background::Dark).png()?;
    /// assert!(bytes.starts_with(b"\x89PNG"));
    ///
    /// assert!(chart.pixel_ratio(0.0).png().is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    pub fn png(&self) -> Result<Vec<u8>> {
        let side = |pixels: u32| f64::from(pixels) * self.pixel_ratio;
        let (width, height) = (side(self.width()).round().max(1.0), side(self.height()).round().max(1.0));
        self.check_pixel_ratio(width * height)?;
        // The ratio was checked: no side has more than 20 × 10,030 pixels.
        let mut pixels =
            Pixmap::new(width as u32, height as u32).ok_or_else(|| drawing_error("no room for its pixels".into()))?;
        let background = self.background.unwrap_or(Background::White).color();
        if let Some(RGBColor(red, green, blue)) = background {
            pixels.fill(resvg::tiny_skia::Color::from_rgba8(red, green, blue, 255));
        }
        let options = Options { font_resolver: fonts::resolver(), fontdb: fonts::bundled(), ..Options::default() };
        let tree = Tree::from_str(&self.svg(), &options).map_err(|error| drawing_error(error.into()))?;
        let (x_scale, y_scale) = (width / f64::from(self.width()), height / f64::from(self.height()));
        resvg::render(&tree, Transform::from_scale(x_scale as f32, y_scale as f32), &mut pixels.as_mut());
        encode(pixels, background.is_some(), self.pixel_ratio).map_err(|error| drawing_error(error.into()))
    }

    /// Writes the picture to a file: as SVG where its name ends in `.svg`, as PNG where it ends in `.png`.
    ///
    /// The file is written beside `path` and then renamed, so that nobody ever sees half of it.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a name with another ending, or none; those of [`Chart::png`]; [`Error::Io`] where the folder is missing
    /// or cannot be written.
    ///
    /// # Examples
    /// ```no_run
    /// use workbench::data::penguins;
    /// use workbench::display::histogram;
    ///
    /// let chart = histogram(&penguins()?, "body_mass_g", 20)?.title("Penguins");
    /// chart.save("mass.png")?;
    /// chart.save("mass.svg")?;
    ///
    /// assert!(chart.save("mass.gif").is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    pub fn save(&self, path: &str) -> Result<()> {
        let ending = Path::new(path).extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let bytes = match ending.as_str() {
            "png" => self.png()?,
            "svg" => self.svg().into_bytes(),
            _ => {
                return Err(Error::InvalidValue {
                    what: "the file of a chart".to_string(),
                    value: format!("{path:?}"),
                    allowed: "a name that ends in .png or .svg".to_string(),
                });
            }
        };
        replace_file(path, |mut file| {
            file.write_all(&bytes).map_err(|source| Error::Io { action: "write", path: path.to_string(), source })
        })
    }

    fn check_pixel_ratio(&self, n_pixels: f64) -> Result<()> {
        let invalid = |value: String, allowed: String| {
            Err(Error::InvalidValue { what: "the pixel ratio of a chart".to_string(), value, allowed })
        };
        if !(PIXEL_RATIO_MIN..=PIXEL_RATIO_MAX).contains(&self.pixel_ratio) {
            return invalid(self.pixel_ratio.to_string(), format!("from {PIXEL_RATIO_MIN} to {PIXEL_RATIO_MAX}"));
        }
        if n_pixels > PIXELS_MAX {
            let at_most = (PIXELS_MAX / (f64::from(self.width()) * f64::from(self.height()))).sqrt();
            return invalid(
                format!("{} on {} × {} pixels", self.pixel_ratio, self.width(), self.height()),
                format!("at most {:.1} for a chart of this size", (10.0 * at_most).floor() / 10.0),
            );
        }
        Ok(())
    }
}

/// Without a channel of opacity where nothing shines through.
fn encode(pixels: Pixmap, is_opaque: bool, pixel_ratio: f64) -> std::result::Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixels.width(), pixels.height());
    encoder.set_color(if is_opaque { png::ColorType::Rgb } else { png::ColorType::Rgba });
    encoder.set_depth(png::BitDepth::Eight);
    let per_metre = (PIXELS_PER_METRE * pixel_ratio).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit: png::Unit::Meter }));
    let mut levels = pixels.take_demultiplied();
    if is_opaque {
        levels = levels.chunks_exact(4).flat_map(|pixel| pixel.iter().take(3)).copied().collect();
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&levels)?;
    writer.finish()?;
    Ok(bytes)
}
