//! Time series as small line charts.

use std::fmt::Write;

use ndarray::Array2;

use super::super::base64;
use super::super::chart::palette;
use super::super::numbers::count;
use super::super::table::escape;
use super::Panel;

/// In pixels.
const WIDTH: f64 = 220.0;
const HEIGHT: f64 = 96.0;
const MARGIN: f64 = 6.0;
/// What the numbers at the left take.
const LABELS: f64 = 44.0;
const CHANNELS_MAX: usize = palette::SERIES_MAX;
/// So many points of a line are drawn; of more, the lowest and the highest of each stretch.
const POINTS_MAX: usize = 400;

/// A chart for each series, all with the same axes.
pub fn panels(items: &[&Array2<f64>]) -> Vec<Panel> {
    let n_steps = items.iter().map(|series| series.nrows()).max().unwrap_or(1);
    let values = || items.iter().flat_map(|series| series.iter().copied()).filter(|value| value.is_finite());
    let (low, high) =
        values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    let axes = Axes { n_steps, low, high };
    items.iter().map(|series| panel(series, &axes)).collect()
}

struct Axes {
    n_steps: usize,
    low: f64,
    high: f64,
}

impl Axes {
    fn x(&self, step_idx: usize) -> f64 {
        let last = self.n_steps.saturating_sub(1).max(1) as f64;
        LABELS + step_idx as f64 / last * (WIDTH - LABELS - MARGIN)
    }

    /// Halves are taken, so that the widest range of numbers has a width.
    fn y(&self, value: f64) -> f64 {
        let width = self.high / 2.0 - self.low / 2.0;
        let share = if width > 0.0 { (value / 2.0 - self.low / 2.0) / width } else { 0.5 };
        HEIGHT - MARGIN - share * (HEIGHT - 2.0 * MARGIN)
    }
}

fn panel(series: &Array2<f64>, axes: &Axes) -> Panel {
    let (n_steps, n_channels) = series.dim();
    let text = format!("{} × {}", count(n_steps, "step"), count(n_channels, "channel"));
    let neutral = palette::hex(palette::NEUTRAL);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"10\">"
    );
    for value in [axes.low, axes.high] {
        let y = axes.y(value);
        let _ = write!(
            svg,
            "<line x1=\"{LABELS}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"{neutral}\" stroke-opacity=\"{}\"/>\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"{neutral}\">{}</text>",
            WIDTH - MARGIN,
            palette::GRID_OPACITY,
            LABELS - 4.0,
            y + 3.0,
            short(value)
        );
        if axes.low == axes.high {
            break;
        }
    }
    for (channel_idx, channel) in series.columns().into_iter().take(CHANNELS_MAX).enumerate() {
        let values: Vec<f64> = channel.to_vec();
        let points: Vec<String> = kept(&values)
            .into_iter()
            .map(|(step_idx, value)| format!("{:.1},{:.1}", axes.x(step_idx), axes.y(value)))
            .collect();
        let color = palette::hex(palette::series_color(channel_idx));
        // A line of one point is nothing to see.
        let _ = match points.as_slice() {
            [point] => {
                let (x, y) = point.split_once(',').unwrap_or_default();
                write!(svg, "<circle cx=\"{x}\" cy=\"{y}\" r=\"2\" fill=\"{color}\"/>")
            }
            points => write!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.3\" stroke-linejoin=\"round\"/>",
                points.join(" ")
            ),
        };
    }
    svg += "</svg>";
    let html = format!(
        "<img alt=\"{}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" style=\"display:inline;margin:0;max-width:none\" src=\"data:image/svg+xml;base64,{}\">",
        escape(&text),
        base64::encode(svg.as_bytes())
    );
    Panel { html, text }
}

/// A number in at most eight letters, with three digits.
fn short(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(0.001..100_000.0).contains(&size) {
        return format!("{value:.1e}");
    }
    // As many decimals as leave three digits.
    let n_whole = if size < 1.0 { 0 } else { size.log10() as usize + 1 };
    let text = format!("{value:.*}", 3_usize.saturating_sub(n_whole));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

/// The points that are drawn, with their steps.
fn kept(values: &[f64]) -> Vec<(usize, f64)> {
    let all: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
    if all.len() <= POINTS_MAX {
        return all;
    }
    let mut points = Vec::with_capacity(POINTS_MAX + 2);
    for stretch in all.chunks(all.len().div_ceil(POINTS_MAX / 2)) {
        let lowest = stretch.iter().min_by(|a, b| a.1.total_cmp(&b.1));
        let highest = stretch.iter().max_by(|a, b| a.1.total_cmp(&b.1));
        let mut both: Vec<(usize, f64)> = lowest.into_iter().chain(highest).copied().collect();
        both.sort_by_key(|point| point.0);
        both.dedup();
        points.extend(both);
    }
    points
}
