//! The common core of the ready charts: axes, grid, legend and caption around a plot.
//!
//! Places are in pixels as `f64`; plotters takes whole units, so a drawing has ten units to the pixel and its curves
//! stay smooth.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::SVGBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBAColor, RGBColor, ShapeStyle, TextStyle,
};

use super::palette::{FILL_OPACITY, GRID_OPACITY, Marker, NEUTRAL};
use super::scale::{Scale, TickKind, Ticks, text_width, ticks};
use super::{Chart, StdResult};
use crate::error::Result;

pub const FONT: &str = "system-ui, sans-serif";
const UNITS_PER_PIXEL: u32 = 10;

/// Letter sizes and distances in pixels.
pub const TICK_SIZE: f64 = 11.5;
const NAME_SIZE: f64 = 13.0;
const EDGE: f64 = 8.0;
const GAP: f64 = 7.0;
const LEGEND_ROW: f64 = 20.0;
const LEGEND_MARKER: f64 = 18.0;
const LEGEND_BETWEEN: f64 = 16.0;

/// What stands around a plot.
pub struct Picture {
    pub width: u32,
    pub height: u32,
    pub x: Axis,
    pub y: Axis,
    pub legend: Vec<LegendEntry>,
    pub caption: Option<String>,
}

pub struct Axis {
    pub name: String,
    pub range: (f64, f64),
    pub kind: AxisKind,
}

/// What an axis says.
pub enum AxisKind {
    /// Numbers at round places.
    Numbers(TickKind),
    /// Names at 0, 1, 2 and so on.
    Names(Vec<String>),
    /// Numbers at these places, such as those of a logarithmic axis.
    Places(Ticks),
}

pub struct LegendEntry {
    pub name: String,
    pub color: RGBColor,
    /// A point's marker, or a stroke for a line.
    pub marker: Option<Marker>,
}

/// The plot within the picture: draws at values.
pub struct Canvas<'a, 'b> {
    area: &'a DrawingArea<SVGBackend<'b>, Shift>,
    x: Scale,
    y: Scale,
}

impl Picture {
    /// Draws the surroundings, and the plot in them.
    pub fn draw(&self, plot: impl FnOnce(&Canvas) -> StdResult) -> Result<Chart> {
        let draw = |area: &Area| {
            let layout = self.layout();
            self.draw_grid(area, &layout)?;
            self.draw_names(area, &layout)?;
            self.draw_legend(area, &layout)?;
            plot(&Canvas {
                area,
                x: layout.x_scale(self.x.range, f64::from(UNITS_PER_PIXEL)),
                y: layout.y_scale(self.y.range, f64::from(UNITS_PER_PIXEL)),
            })
        };
        Chart::drawn(self.width, self.height, UNITS_PER_PIXEL, Box::new(draw))
    }

    fn layout(&self) -> Layout {
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let caption = if self.caption.is_some() { TICK_SIZE + GAP } else { 0.0 };
        let names = |axis: &Axis| if axis.name.is_empty() { 0.0 } else { NAME_SIZE + GAP };
        let bottom = height - EDGE - caption - names(&self.x) - TICK_SIZE - GAP;
        let legend_rows =
            |left: f64| self.legend_places(left, width).last().map_or(0.0, |(_, row)| (row + 1.0) * LEGEND_ROW + 4.0);
        // The labels of the y axis set the left edge, on which the legend's rows, and so the room for y labels, depend.
        // Twice around settles it, since the number of rows hardly changes.
        let mut layout = Layout { left: 0.0, right: width, top: 0.0, bottom, x: Ticks::default(), y: Ticks::default() };
        for _ in 0..2 {
            layout.top = EDGE + 0.5 * TICK_SIZE + legend_rows(layout.left);
            layout.y = self.y.ticks(layout.bottom - layout.top, |_| TICK_SIZE * 3.0);
            layout.left = EDGE + names(&self.y) + widest(&layout.y.labels) + GAP;
        }
        layout.right = width - EDGE - 6.0;
        layout.x = self.x.ticks(layout.right - layout.left, |label| text_width(label, TICK_SIZE) + 22.0);
        // The last label may stand out over the end of the axis.
        if let (Some(value), Some(label)) = (layout.x.values.last(), layout.x.labels.last()) {
            let end = layout.x_scale(self.x.range, 1.0).place(*value);
            let over = f64::from(end) + 0.5 * text_width(label, TICK_SIZE) - (width - 4.0);
            layout.right -= over.max(0.0);
        }
        layout.right = layout.right.max(layout.left + 1.0);
        layout.bottom = layout.bottom.max(layout.top + 1.0);
        layout
    }

    fn draw_grid(&self, area: &Area, layout: &Layout) -> StdResult {
        let grid = line_style(NEUTRAL.mix(GRID_OPACITY), 0.8);
        let (x_scale, y_scale) = (layout.x_scale(self.x.range, 1.0), layout.y_scale(self.y.range, 1.0));
        for (value, label) in layout.x.values.iter().zip(&layout.x.labels) {
            let x = x_scale.exact(*value);
            if !matches!(self.x.kind, AxisKind::Names(_)) {
                draw_line(area, &[(x, layout.top), (x, layout.bottom)], grid)?;
            }
            draw_text(
                area,
                label,
                (x, layout.bottom + GAP),
                TICK_SIZE,
                (HPos::Center, VPos::Top),
                FontTransform::None,
            )?;
        }
        for (value, label) in layout.y.values.iter().zip(&layout.y.labels) {
            let y = y_scale.exact(*value);
            if !matches!(self.y.kind, AxisKind::Names(_)) {
                draw_line(area, &[(layout.left, y), (layout.right, y)], grid)?;
            }
            draw_text(
                area,
                label,
                (layout.left - GAP, y),
                TICK_SIZE,
                (HPos::Right, VPos::Center),
                FontTransform::None,
            )?;
        }
        let axis = line_style(NEUTRAL.to_rgba(), 1.0);
        let corner = (layout.left, layout.bottom);
        draw_line(area, &[(layout.left, layout.top), corner, (layout.right, layout.bottom)], axis)
    }

    fn draw_names(&self, area: &Area, layout: &Layout) -> StdResult {
        let (middle_x, middle_y) = (0.5 * (layout.left + layout.right), 0.5 * (layout.top + layout.bottom));
        let x_name = fit(&self.x.name, NAME_SIZE, layout.right - layout.left);
        let below_ticks = layout.bottom + GAP + TICK_SIZE + GAP;
        draw_text(area, &x_name, (middle_x, below_ticks), NAME_SIZE, (HPos::Center, VPos::Top), FontTransform::None)?;
        let y_name = fit(&self.y.name, NAME_SIZE, layout.bottom - layout.top);
        draw_text(area, &y_name, (EDGE, middle_y), NAME_SIZE, (HPos::Center, VPos::Top), FontTransform::Rotate270)?;
        let caption = fit(self.caption.as_deref().unwrap_or_default(), TICK_SIZE, layout.right - EDGE);
        let bottom = (layout.right, f64::from(self.height) - 4.0);
        draw_text(area, &caption, bottom, TICK_SIZE, (HPos::Right, VPos::Bottom), FontTransform::None)
    }

    fn draw_legend(&self, area: &Area, layout: &Layout) -> StdResult {
        for (entry, (x, row)) in self.legend.iter().zip(self.legend_places(layout.left, f64::from(self.width))) {
            let middle = EDGE + (row + 0.5) * LEGEND_ROW;
            match entry.marker {
                Some(marker) => draw_marker(area, marker, (x + 6.0, middle), entry.color.to_rgba())?,
                None => draw_line(area, &[(x, middle), (x + 13.0, middle)], line_style(entry.color.to_rgba(), 2.5))?,
            }
            let name = entry.shown_name();
            draw_text(
                area,
                &name,
                (x + LEGEND_MARKER, middle),
                TICK_SIZE,
                (HPos::Left, VPos::Center),
                FontTransform::None,
            )?;
        }
        Ok(())
    }

    /// Where each entry of the legend begins, and in which row.
    fn legend_places(&self, left: f64, width: f64) -> Vec<(f64, f64)> {
        let (mut x, mut row) = (left, 0.0);
        let mut places = Vec::new();
        for entry in &self.legend {
            let entry_width = LEGEND_MARKER + text_width(&entry.shown_name(), TICK_SIZE);
            if x + entry_width > width - EDGE && x > left {
                (x, row) = (left, row + 1.0);
            }
            places.push((x, row));
            x += entry_width + LEGEND_BETWEEN;
        }
        places
    }
}

impl LegendEntry {
    fn shown_name(&self) -> String {
        fit(&self.name, TICK_SIZE, 220.0)
    }
}

impl Axis {
    /// As many ticks as have room on `length` pixels, each taking `room` for its label.
    fn ticks(&self, length: f64, room: impl Fn(&str) -> f64) -> Ticks {
        match &self.kind {
            AxisKind::Names(names) => Ticks {
                values: (0..names.len()).map(|idx| idx as f64).collect(),
                labels: names.iter().map(|name| fit(name, TICK_SIZE, 180.0)).collect(),
            },
            AxisKind::Places(ticks) => ticks.clone(),
            AxisKind::Numbers(kind) => {
                let fits = |ticks: &Ticks| ticks.labels.iter().map(|label| room(label)).sum::<f64>() <= length;
                let choices = (1..=10).rev().map(|n| ticks(self.range, n, *kind));
                choices.into_iter().find(fits).unwrap_or_else(|| ticks(self.range, 1, *kind))
            }
        }
    }
}

impl Canvas<'_, '_> {
    pub fn marker(&self, marker: Marker, (x, y): (f64, f64), color: RGBColor) -> StdResult {
        let place = (self.x.exact(x) / f64::from(UNITS_PER_PIXEL), self.y.exact(y) / f64::from(UNITS_PER_PIXEL));
        draw_marker(self.area, marker, place, color.mix(FILL_OPACITY))
    }

    pub fn line(&self, points: &[(f64, f64)], color: RGBColor) -> StdResult {
        let path: Vec<(i32, i32)> = points.iter().map(|(x, y)| (self.x.place(*x), self.y.place(*y))).collect();
        self.area.draw(&PathElement::new(path, line_style(color.to_rgba(), 1.8)))?;
        Ok(())
    }

    /// A thin line in the colour of the axes, for what values are compared with.
    pub fn rule(&self, points: &[(f64, f64)]) -> StdResult {
        let path: Vec<(i32, i32)> = points.iter().map(|(x, y)| (self.x.place(*x), self.y.place(*y))).collect();
        self.area.draw(&PathElement::new(path, line_style(NEUTRAL.to_rgba(), 1.2)))?;
        Ok(())
    }

    /// A line from `low` to `high` at a height, with short ends: how far a value may be from where it stands.
    pub fn whisker(&self, (low, high): (f64, f64), y: f64) -> StdResult {
        let (from, to, y) = (self.x.place(low), self.x.place(high), self.y.place(y));
        let end = (3.5 * f64::from(UNITS_PER_PIXEL)) as i32;
        for path in
            [vec![(from, y), (to, y)], vec![(from, y - end), (from, y + end)], vec![(to, y - end), (to, y + end)]]
        {
            self.area.draw(&PathElement::new(path, line_style(NEUTRAL.to_rgba(), 1.5)))?;
        }
        Ok(())
    }

    /// A filled rectangle, with a hair's breadth of air on each side of `x` or `y` so that neighbours stay apart.
    pub fn bar(&self, (x0, x1): (f64, f64), (y0, y1): (f64, f64), color: RGBColor, air_px: (f64, f64)) -> StdResult {
        let air = |px: f64| (px * f64::from(UNITS_PER_PIXEL)) as i32;
        let (left, right) = in_order(self.x.place(x0), self.x.place(x1));
        let (top, bottom) = in_order(self.y.place(y0), self.y.place(y1));
        let corners = [
            (left + air(air_px.0), top + air(air_px.1)),
            (
                (right - air(air_px.0)).max(left + air(air_px.0) + 1),
                (bottom - air(air_px.1)).max(top + air(air_px.1) + 1),
            ),
        ];
        self.area.draw(&Rectangle::new(corners, color.mix(FILL_OPACITY).filled()))?;
        Ok(())
    }

    /// The canvas of a part of a picture whose places are in pixels.
    pub fn on<'a, 'b>(
        area: &'a DrawingArea<SVGBackend<'b>, Shift>,
        (x_range, x_px): ((f64, f64), (f64, f64)),
        (y_range, y_px): ((f64, f64), (f64, f64)),
    ) -> Canvas<'a, 'b> {
        let units = |(from, to): (f64, f64)| (from * f64::from(UNITS_PER_PIXEL), to * f64::from(UNITS_PER_PIXEL));
        Canvas { area, x: Scale::new(x_range, units(x_px)), y: Scale::new(y_range, units(y_px)) }
    }

    /// A small point, for pictures with many of them.
    pub fn dot(&self, (x, y): (f64, f64), color: RGBColor) -> StdResult {
        let radius = (1.9 * f64::from(UNITS_PER_PIXEL)) as i32;
        self.area.draw(&Circle::new((self.x.place(x), self.y.place(y)), radius, color.mix(FILL_OPACITY).filled()))?;
        Ok(())
    }

    /// A filled shape.
    pub fn shape(&self, points: &[(f64, f64)], color: RGBColor, opacity: f64) -> StdResult {
        let corners: Vec<(i32, i32)> = points.iter().map(|(x, y)| (self.x.place(*x), self.y.place(*y))).collect();
        self.area.draw(&Polygon::new(corners, color.mix(opacity).filled()))?;
        Ok(())
    }

    /// A rectangle's outline and a faint filling.
    pub fn frame(&self, (x0, x1): (f64, f64), (y0, y1): (f64, f64), color: RGBColor, opacity: f64) -> StdResult {
        self.shape(&[(x0, y0), (x1, y0), (x1, y1), (x0, y1)], color, opacity)?;
        self.line(&[(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)], color)
    }

    /// A text beside a value, to its right or left.
    pub fn label(&self, text: &str, (x, y): (f64, f64), side: HPos) -> StdResult {
        let px = f64::from(UNITS_PER_PIXEL);
        let (x, y) = (self.x.exact(x) / px, self.y.exact(y) / px);
        let (x, anchor) = if matches!(side, HPos::Right) { (x + 5.0, HPos::Left) } else { (x - 5.0, HPos::Right) };
        draw_text(self.area, text, (x, y), TICK_SIZE, (anchor, VPos::Center), FontTransform::None)
    }
}

/// Where the plot stands in the picture, in pixels, and what its axes say.
struct Layout {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    x: Ticks,
    y: Ticks,
}

impl Layout {
    fn x_scale(&self, range: (f64, f64), units: f64) -> Scale {
        Scale::new(range, (self.left * units, self.right * units))
    }

    fn y_scale(&self, range: (f64, f64), units: f64) -> Scale {
        Scale::new(range, (self.bottom * units, self.top * units))
    }
}

/// A picture without axes: `draw` gets the area, on which places are in pixels.
pub fn plain(width: u32, height: u32, draw: impl FnOnce(&Area) -> StdResult) -> Result<Chart> {
    Chart::drawn(width, height, UNITS_PER_PIXEL, Box::new(draw))
}

/// A rectangle at places in pixels, with a colour that lets so much of the background through.
pub fn draw_cell(area: &Area, from: (f64, f64), to: (f64, f64), color: RGBColor, opacity: f64) -> StdResult {
    area.draw(&Rectangle::new([units(from), units(to)], color.mix(opacity).filled()))?;
    Ok(())
}

/// Thin lines around a part of a picture.
pub fn draw_border(area: &Area, (left, top): (f64, f64), (right, bottom): (f64, f64)) -> StdResult {
    let corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
    draw_line(area, &corners, line_style(NEUTRAL.mix(0.5), 0.8))
}

pub type Area<'b> = DrawingArea<SVGBackend<'b>, Shift>;

fn draw_line(area: &Area, points: &[(f64, f64)], style: ShapeStyle) -> StdResult {
    area.draw(&PathElement::new(points.iter().map(|point| units(*point)).collect::<Vec<_>>(), style))?;
    Ok(())
}

pub fn draw_text(
    area: &Area,
    text: &str,
    place: (f64, f64),
    size: f64,
    (h, v): (HPos, VPos),
    transform: FontTransform,
) -> StdResult {
    if text.is_empty() {
        return Ok(());
    }
    // plotters' SVG divides the size by 1.24.
    let font = FontDesc::new(FontFamily::Name(FONT), size * f64::from(UNITS_PER_PIXEL) * 1.24, FontStyle::Normal);
    let style = TextStyle::from(font.transform(transform)).color(&NEUTRAL).pos(Pos::new(h, v));
    area.draw(&Text::new(text, units(place), style))?;
    Ok(())
}

fn draw_marker(area: &Area, marker: Marker, (x, y): (f64, f64), color: RGBAColor) -> StdResult {
    let style = color.filled();
    let corners = |offsets: &[(f64, f64)]| offsets.iter().map(|(dx, dy)| units((x + dx, y + dy))).collect::<Vec<_>>();
    match marker {
        Marker::Circle => area.draw(&Circle::new(units((x, y)), units((3.6, 0.0)).0, style))?,
        Marker::Triangle => area.draw(&Polygon::new(corners(&[(0.0, -4.6), (4.2, 3.0), (-4.2, 3.0)]), style))?,
        Marker::Square => {
            area.draw(&Polygon::new(corners(&[(-3.2, -3.2), (3.2, -3.2), (3.2, 3.2), (-3.2, 3.2)]), style))?
        }
        Marker::Diamond => {
            area.draw(&Polygon::new(corners(&[(0.0, -4.7), (4.7, 0.0), (0.0, 4.7), (-4.7, 0.0)]), style))?
        }
    }
    Ok(())
}

fn line_style(color: RGBAColor, width: f64) -> ShapeStyle {
    color.stroke_width((width * f64::from(UNITS_PER_PIXEL)) as u32)
}

fn units((x, y): (f64, f64)) -> (i32, i32) {
    let unit = f64::from(UNITS_PER_PIXEL);
    ((x * unit).round() as i32, (y * unit).round() as i32)
}

fn in_order(a: i32, b: i32) -> (i32, i32) {
    (a.min(b), a.max(b))
}

fn widest(labels: &[String]) -> f64 {
    labels.iter().map(|label| text_width(label, TICK_SIZE)).fold(0.0, f64::max)
}

/// The text, or so much of it as has room, with `…`.
pub fn fit(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_string();
    }
    let mut used = text_width("…", size);
    let kept: String = text
        .chars()
        .take_while(|c| {
            used += text_width(c.encode_utf8(&mut [0; 4]), size);
            used <= width
        })
        .collect();
    format!("{}…", kept.trim_end())
}
