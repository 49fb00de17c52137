//! Colours and shapes that can be told apart, on white and on black, also by the colour-blind.

use plotters::style::RGBColor;

/// Text and axes: as far from white as from `#111111`, 4.3 to 1 each, which is the most that one colour can be from both.
pub const NEUTRAL: RGBColor = RGBColor(0x79, 0x79, 0x79);
/// JupyterLab's dark theme.
pub const DARK: RGBColor = RGBColor(0x11, 0x11, 0x11);
/// Grid lines, drawn thin over either background.
pub const GRID_OPACITY: f64 = 0.3;

/// One for each series: at least 3.4 to 1 from white and from `#111111`, and any two at least 17 apart in Lab, also as
/// protanopes, deuteranopes and tritanopes see them (Machado, Oliveira & Fernandes 2009, doi:10.1109/TVCG.2009.113,
/// severity 1).
pub const SERIES: [RGBColor; 6] = [
    RGBColor(0x1C, 0x7A, 0xCC),
    RGBColor(0xCF, 0x6C, 0x00),
    RGBColor(0x00, 0x9E, 0x4E),
    RGBColor(0x8E, 0x5A, 0x8E),
    RGBColor(0xDD, 0x25, 0x33),
    RGBColor(0x91, 0x3E, 0xEA),
];
/// Points and bars let a little of what lies below them through, and still stand 3 to 1 from either background.
pub const FILL_OPACITY: f64 = 0.88;

/// How a point is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    Circle,
    Triangle,
    Square,
    Diamond,
}

const MARKERS: [Marker; 4] = [Marker::Circle, Marker::Triangle, Marker::Square, Marker::Diamond];

/// How many series differ in colour or marker: the least common multiple of 6 and 4.
pub const SERIES_MAX: usize = 12;

pub fn series_color(idx: usize) -> RGBColor {
    SERIES[idx % SERIES.len()]
}

pub fn series_marker(idx: usize) -> Marker {
    MARKERS[idx % MARKERS.len()]
}

pub fn hex(color: RGBColor) -> String {
    format!("#{:02X}{:02X}{:02X}", color.0, color.1, color.2)
}

/// Turns black, plotters' colour of text and axes, into the neutral one, unless the drawing has a background of its own.
pub fn readable_on_both(drawing: String, width: u32, height: u32) -> String {
    let background = format!("<rect x=\"0\" y=\"0\" width=\"{width}\" height=\"{height}\" opacity=\"1\" fill=\"#");
    if drawing.starts_with(&background) {
        return drawing;
    }
    let neutral = hex(NEUTRAL);
    drawing
        .replace("fill=\"#000000\"", &format!("fill=\"{neutral}\""))
        .replace("stroke=\"#000000\"", &format!("stroke=\"{neutral}\""))
}
