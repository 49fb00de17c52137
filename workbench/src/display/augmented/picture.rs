//! Pictures with their boxes.

use super::super::chart::palette;
use super::super::table::escape;
use super::super::{Bundle, base64};
use super::Panel;
use crate::augment::{BoundingBox, Compose, Image, Interpolation, LabelledImage, Resize, png_bytes};
use crate::error::Result;

/// The longest side in a grid, and of a picture by itself, in pixels.
const PANEL_SIDE: usize = 144;
const PICTURE_SIDE: usize = 512;
/// Pictures by themselves are enlarged as long as they stay below this.
const ENLARGED_SIDE: usize = 256;
const LINE_WIDTH: usize = 2;

/// A panel for each picture, all to one scale.
pub fn panels(items: &[&LabelledImage]) -> Result<Vec<Panel>> {
    let longest = items.iter().map(|item| item.image.height().max(item.image.width())).max().unwrap_or(1);
    let mut labels: Vec<&str> = Vec::new();
    for bounds in items.iter().flat_map(|item| &item.boxes) {
        if !labels.contains(&bounds.label.as_str()) {
            labels.push(&bounds.label);
        }
    }
    items.iter().map(|item| panel(item, longest, &labels)).collect()
}

fn panel(item: &LabelledImage, longest: usize, labels: &[&str]) -> Result<Panel> {
    let drawn = drawn(&item.image, &item.boxes, Scale::to(PANEL_SIDE, PANEL_SIDE, longest), labels)?;
    let text = description(&item.image, item.boxes.len());
    let mut html = format!(
        "<img alt=\"{}\" width=\"{}\" height=\"{}\" style=\"display:inline;margin:0;max-width:none\" src=\"data:image/png;base64,{}\">",
        escape(&text),
        drawn.width(),
        drawn.height(),
        base64::encode(&png_bytes(&drawn)?)
    );
    for (idx, label) in labels.iter().enumerate() {
        let n = item.boxes.iter().filter(|bounds| bounds.label == **label).count();
        if n > 0 {
            let times = if n > 1 { format!(" × {n}") } else { String::new() };
            let color = palette::hex(palette::series_color(idx));
            html += &format!(
                "<div style=\"font-size:smaller\"><span style=\"color:{color}\">■</span> {}{times}</div>",
                escape(label)
            );
        }
    }
    Ok(Panel { html, text })
}

/// A picture by itself. One that cannot be drawn is told in words.
pub fn bundle(image: &Image, boxes: &[BoundingBox]) -> Bundle {
    let bundle = Bundle::text(&format!("[image, {}]", description(image, boxes.len())));
    let mut labels: Vec<&str> = boxes.iter().map(|bounds| bounds.label.as_str()).collect();
    labels.dedup();
    let scale = Scale::to(ENLARGED_SIDE, PICTURE_SIDE, image.height().max(image.width()));
    match drawn(image, boxes, scale, &labels).and_then(|drawn| png_bytes(&drawn)) {
        Ok(bytes) => bundle.with("image/png", base64::encode(&bytes)),
        Err(_) => bundle,
    }
}

fn description(image: &Image, n_boxes: usize) -> String {
    let kind = if image.channels() == 1 { "grey" } else { "RGB" };
    let boxes = match n_boxes {
        0 => String::new(),
        1 => ", 1 box".to_string(),
        n => format!(", {n} boxes"),
    };
    format!("{} × {} {kind}{boxes}", image.height(), image.width())
}

/// How many times larger, or what part of its size, a picture is shown.
#[derive(Clone, Copy)]
enum Scale {
    Times(usize),
    Part(f64),
}

impl Scale {
    /// Enlarges a side of `longest` by a whole number to at most `enlarged`; makes it smaller where it is above `side_max`.
    fn to(enlarged: usize, side_max: usize, longest: usize) -> Scale {
        if longest > side_max {
            return Scale::Part(side_max as f64 / longest as f64);
        }
        Scale::Times((enlarged / longest.max(1)).max(1))
    }
}

fn drawn(image: &Image, boxes: &[BoundingBox], scale: Scale, labels: &[&str]) -> Result<Image> {
    let side = |n: usize| match scale {
        Scale::Times(times) => n * times,
        Scale::Part(part) => ((n as f64 * part).round() as usize).max(1),
    };
    let interpolation = if matches!(scale, Scale::Times(_)) { Interpolation::Nearest } else { Interpolation::Bilinear };
    let resize = Resize::new(side(image.height()), side(image.width())).interpolation(interpolation);
    let item = LabelledImage { image: image.clone(), boxes: boxes.to_vec() };
    let LabelledImage { mut image, boxes } = Compose::new().step(1.0, resize).augment(&item, 0, 0)?;
    if !boxes.is_empty() {
        image = image.to_rgb();
    }
    for bounds in &boxes {
        let label_idx = labels.iter().position(|label| **label == bounds.label).unwrap_or(0);
        let color = palette::series_color(label_idx);
        image.outline(bounds, LINE_WIDTH, [color.0, color.1, color.2]);
    }
    Ok(image)
}
