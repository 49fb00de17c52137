//! Charts: readable on light and dark, honest about what they leave out, and no input breaks them.

use polars::prelude::*;
use workbench::data::penguins;
use workbench::display::{
    Chart, Rich, bar, box_plot, correlation_map, density, heat_map, histogram, line, missing_map, pair_grid, scatter,
    violin,
};

/// The backgrounds of JupyterLab's light and dark themes.
const BACKGROUNDS: [&str; 2] = ["#FFFFFF", "#111111"];

#[track_caller]
fn check_error(result: workbench::Result<Chart>, expected: &str) {
    assert_eq!(result.unwrap_err().to_string(), expected);
}

fn every_chart() -> Vec<Chart> {
    let penguins = penguins().unwrap();
    let losses = df!(
        "epoch" => [1.0, 2.0, 3.0, 4.0],
        "a" => [0.9, 0.5, 0.4, 0.35],
        "b" => [1.0, f64::NAN, 0.6, 0.5],
    )
    .unwrap();
    let groups: Vec<String> = (0..24).map(|idx| format!("group {}", idx % 12)).collect();
    let many = df!("x" => (0..24).collect::<Vec<i32>>(), "g" => groups).unwrap();
    let scores = df!("model" => ["dummy", "logistic"], "accuracy" => [0.5, -0.9]).unwrap();
    vec![
        scatter(&penguins, "flipper_length_mm", "body_mass_g", Some("species")).unwrap().title("Penguins"),
        scatter(&many, "x", "x", Some("g")).unwrap(),
        histogram(&penguins, "body_mass_g", 20).unwrap(),
        line(&losses, "epoch", &["a", "b"]).unwrap(),
        bar(&scores, "model", "accuracy").unwrap(),
    ]
}

#[test]
fn text_and_marks_stand_out_from_both_backgrounds() {
    for chart in every_chart() {
        let svg = chart.svg();
        for text in svg.split("<text").skip(1) {
            let color = attribute(text, "fill");
            // Two backgrounds that are 18.9 to 1 apart leave at most √18.9 = 4.35 to one colour between them.
            for background in BACKGROUNDS {
                let contrast = contrast(&color, background);
                assert!(contrast >= 4.3, "text in {color} on {background}: {contrast:.2}");
            }
        }
        for mark in svg
            .split('<')
            .filter(|tag| ["circle", "polygon", "polyline", "rect"].contains(&tag.split(' ').next().unwrap()))
        {
            let color =
                if attribute(mark, "fill") == "none" { attribute(mark, "stroke") } else { attribute(mark, "fill") };
            if color == "#797979" {
                continue; // The grid is to be faint.
            }
            let opacity: f64 = attribute(mark, "opacity").parse().unwrap();
            for background in BACKGROUNDS {
                let contrast = contrast(&blended(&color, background, opacity), background);
                assert!(contrast >= 3.0, "{mark} on {background}: {contrast:.2}");
            }
        }
        assert!(!svg.contains("#FFFFFF") && !svg.contains("#000000"), "a background of its own hides the theme's");
    }
}

#[test]
fn all_labels_stand_within_the_picture() {
    every_chart().iter().for_each(check_labels);
}

/// All labels stand within the picture.
#[track_caller]
pub fn check_labels(chart: &Chart) {
    let svg = chart.svg();
    let (width, height) = (f64::from(chart.width()) * 10.0, f64::from(chart.height()) * 10.0);
    for text in svg.split("<text").skip(1) {
        let place = |name| attribute(text, name).parse::<f64>().unwrap();
        let (x, y, size) = (place("x"), place("y"), place("font-size"));
        let content = text.split('>').nth(1).unwrap().split('<').next().unwrap().trim();
        // Half an em to the letter is what most sans-serif fonts take.
        let length = 0.5 * size * content.chars().count() as f64;
        let is_turned = text.contains("rotate(270");
        let (left, right) = match attribute(text, "text-anchor").as_str() {
            _ if is_turned => (x, x + size),
            "start" => (x, x + length),
            "end" => (x - length, x),
            _ => (x - 0.5 * length, x + 0.5 * length),
        };
        assert!(left >= 0.0 && right <= width, "`{content}` from {left} to {right} of {width}");
        assert!(y >= -680.0 && y <= height, "`{content}` at {y} of {height}");
    }
}

#[test]
fn a_chart_says_what_it_shows_and_what_it_leaves_out() {
    let penguins = penguins().unwrap();
    let chart = scatter(&penguins, "bill_length_mm", "bill_depth_mm", Some("sex")).unwrap();
    let svg = chart.svg();
    assert!(svg.contains("11 of 344 rows left out: missing or not finite"), "{svg}");
    for label in ["female", "male", "bill_length_mm", "bill_depth_mm"] {
        assert!(svg.contains(&format!(">\n{label}\n<")), "{label} is not a label in\n{svg}");
    }
    let bundle = chart.title("Bills & <beaks>").bundle();
    let expected =
        "[Bills & <beaks>: scatter chart of bill_depth_mm over bill_length_mm by sex, 333 points, 640 × 430 pixels]";
    assert_eq!(bundle.get("text/plain"), Some(expected));
    let svg = bundle.get("image/svg+xml").unwrap();
    assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>"), "{svg}");
    assert!(svg.contains(">Bills &amp; &lt;beaks&gt;</text>") && !svg.contains("<beaks"), "{svg}");
    assert_eq!(svg.matches("<svg").count(), 1);
}

#[test]
fn a_chart_is_the_same_each_time() {
    let all: Vec<String> = every_chart().iter().map(Chart::svg).collect();
    assert_eq!(all, every_chart().iter().map(Chart::svg).collect::<Vec<_>>());
}

#[test]
fn too_many_points_are_thinned_and_that_is_said() {
    let n = 30_000;
    let frame = df!("x" => (0..n).collect::<Vec<i32>>(), "y" => (0..n).map(|i| f64::from(i % 100)).collect::<Vec<_>>())
        .unwrap();
    let svg = scatter(&frame, "x", "y", None).unwrap().svg();
    assert_eq!(svg.matches("<circle").count(), 10_000);
    assert!(svg.contains("a random 10000 of 30000 points drawn"), "{svg}");
    let mut spike = vec![0.0; 100_000];
    spike[54_321] = 7.0;
    let frame = df!("x" => (0..100_000).collect::<Vec<i32>>(), "y" => spike).unwrap();
    let svg = line(&frame, "x", &["y"]).unwrap().svg();
    let points = svg.split("<polyline").last().unwrap().matches(',').count();
    assert!(points < 6_000, "{points}");
    let top = svg
        .split("<polyline")
        .last()
        .unwrap()
        .split(['"', ' '])
        .filter_map(|point| point.split_once(',')?.1.parse::<i32>().ok())
        .min();
    assert!(top.unwrap() < 400, "the spike is lost: {top:?}");
}

#[test]
fn a_column_that_cannot_be_drawn_is_named() {
    let penguins = penguins().unwrap();
    check_error(
        scatter(&penguins, "bill", "body_mass_g", None),
        "there is no column `bill`; the columns are `species`, `island`, `bill_length_mm`, `bill_depth_mm`, \
         `flipper_length_mm`, `body_mass_g`, `sex`, `year`",
    );
    check_error(
        histogram(&penguins, "species", 10),
        "column `species` has dtype str, but numbers are needed; cast it with `Cast`, encode it, or drop it",
    );
    check_error(histogram(&penguins, "year", 0), "histogram bins is 0, but it must be from 1 to 1000");
    check_error(
        scatter(&penguins, "year", "year", Some("body_mass_g")),
        "the number of distinct values in the colour column `body_mass_g` is 94, but it must be at most 12, since no more can be told apart",
    );
    check_error(
        bar(&penguins, "species", "year"),
        "the number of bars is 344, but it must be at most 60; aggregate or filter the rows first",
    );
    let frame = df!("x" => [Some(1.0), None], "y" => [None, Some(1.0)], "z" => [f64::INFINITY, f64::NAN]).unwrap();
    check_error(
        line(&frame, "x", &[]),
        "the columns of a line chart is empty, but it must be one or more of the columns `x`, `y`, `z`",
    );
    check_error(
        scatter(&frame, "x", "y", None),
        "scatter: none of the 2 rows has a finite value in each of `x`, `y`, so there is nothing to draw",
    );
    let wide = df!("x" => [f64::MAX, f64::MIN]).unwrap();
    check_error(
        histogram(&wide, "x", 3),
        "the range of `x` in a chart is -1.7976931348623157e308 to 1.7976931348623157e308, \
         but it must be narrower than the greatest number that f64 holds",
    );
    check_error(
        histogram(&frame, "z", 3),
        "histogram: none of the 2 rows has a finite value in each of `z`, so there is nothing to draw",
    );
}

#[test]
fn odd_numbers_are_drawn_or_refused_but_never_panic() {
    let columns: [&[f64]; 11] = [
        &[],
        &[0.0],
        &[5.0, 5.0, 5.0],
        &[1e300, -1e300],
        &[f64::MAX, f64::MIN],
        &[1e-300, 2e-300],
        &[1e16, 1e16 + 2.0],
        &[f64::NAN, f64::INFINITY, 1.0],
        &[f64::NAN],
        &[-0.0, 0.0],
        &[1.0, 1.0 + f64::EPSILON],
    ];
    for values in columns {
        let labels: Vec<String> = (0..values.len()).map(|idx| format!("<{idx}>").repeat(20)).collect();
        let frame = df!("x" => values, "label" => labels).unwrap();
        let charts = [
            scatter(&frame, "x", "x", None),
            scatter(&frame, "x", "x", Some("label")),
            histogram(&frame, "x", 1),
            histogram(&frame, "x", 1000),
            line(&frame, "x", &["x", "x"]),
            bar(&frame, "label", "x"),
        ];
        for chart in charts.into_iter().flatten() {
            let svg = chart.svg();
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{values:?}\n{svg}");
        }
    }
}

#[test]
fn a_drawing_of_ones_own_is_readable_unless_it_has_a_background() {
    use workbench::prelude::plotters::prelude::*;
    let draw = |background: Option<RGBColor>| {
        Chart::new(300, 200, |area| {
            if let Some(background) = background {
                area.fill(&background)?;
            }
            let mut axes =
                ChartBuilder::on(area).caption("\"#000000\"", ("sans-serif", 14)).build_cartesian_2d(0..10, 0..10)?;
            axes.configure_mesh().draw()?;
            Ok(())
        })
        .unwrap()
        .svg()
    };
    assert!(!draw(None).contains("=\"#000000\""));
    assert!(draw(None).contains("&quot;#000000&quot;"), "text is left alone");
    assert!(draw(Some(WHITE)).contains("=\"#000000\""));
    check_error(Chart::new(300, 0, |_| Ok(())), "the height of a chart is 0, but it must be from 1 to 10000 pixels");
    check_error(Chart::new(300, 200, |_| Err("no data".into())), "cannot draw the chart: no data");
}

fn attribute(tag: &str, name: &str) -> String {
    let tag = tag.split('>').next().unwrap();
    let value = tag.split(&format!(" {name}=\"")).nth(1).unwrap_or_else(|| panic!("no {name} in {tag}"));
    value.split('"').next().unwrap().to_string()
}

/// What is seen of a colour that lets some of the background through.
fn blended(color: &str, background: &str, opacity: f64) -> String {
    let channels = [1, 3, 5].map(|at| {
        let mixed = opacity * f64::from(channel(color, at)) + (1.0 - opacity) * f64::from(channel(background, at));
        format!("{:02X}", mixed.round() as u8)
    });
    format!("#{}", channels.concat())
}

fn channel(color: &str, at: usize) -> u8 {
    u8::from_str_radix(&color[at..at + 2], 16).unwrap()
}

/// WCAG 2's contrast ratio of two `#RRGGBB` colours.
fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(color: &str) -> f64 {
    let linear = |at: usize| {
        let value = f64::from(channel(color, at)) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(1) + 0.7152 * linear(3) + 0.0722 * linear(5)
}

#[test]
fn distributions_and_maps_are_drawn_for_both_themes() {
    let penguins = penguins().unwrap();
    let long = "a very long name of a column that nobody has room for in any chart whatsoever";
    let renamed = penguins.clone().lazy().rename(["sex"], [long], true).collect().unwrap();
    let scores = df!("model" => ["ridge", "forest"], "fold 0" => [0.8, -0.9], "fold 1" => [None, Some(0.85)]).unwrap();
    let measures = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"];
    let charts = [
        (density(&penguins, "body_mass_g", Some("species")), "density of body_mass_g by species, 342 values", 3 + 3),
        (density(&penguins, "body_mass_g", None), "density of body_mass_g, 342 values", 1),
        (box_plot(&penguins, "body_mass_g", Some("species")), "box plot of body_mass_g by species, 342 values", 3 * 6),
        (
            violin(&penguins, "body_mass_g", Some("species")),
            "violin chart of body_mass_g by species, 342 values",
            3 * 5,
        ),
        (
            pair_grid(&penguins, &measures, Some("species")),
            "pair grid of bill_length_mm, bill_depth_mm, flipper_length_mm, body_mass_g by species, 342 rows",
            16,
        ),
        (missing_map(&renamed), "missing-value map, 19 values missing", 8),
        (correlation_map(&penguins), "correlation map of 5 rows and 5 columns", 0),
        (heat_map(&scores, "model"), "heat map of 2 rows and 2 columns", 0),
    ];
    for (chart, description, n_lines) in charts {
        let chart = chart.unwrap();
        let (svg, text) = (chart.svg(), chart.bundle().get("text/plain").unwrap().to_string());
        assert!(text.contains(description), "{text}");
        assert!(
            svg.matches("<polyline").count() >= n_lines,
            "{description}: {} lines",
            svg.matches("<polyline").count()
        );
        assert!(
            !svg.contains("#FFFFFF") && !svg.contains("#000000") && !svg.contains("NaN") && !svg.contains(long),
            "{description}"
        );
        let (width, height) = (f64::from(chart.width()) * 10.0, f64::from(chart.height()) * 10.0);
        for text in svg.split("<text").skip(1) {
            let (x, y) = (attribute(text, "x").parse::<f64>().unwrap(), attribute(text, "y").parse::<f64>().unwrap());
            assert!((0.0..=width).contains(&x) && (0.0..=height).contains(&y), "{text}");
        }
    }
}

/// Names in a map stand beside each other and never in each other.
#[test]
fn names_in_maps_do_not_overlap() {
    let columns =
        (0..60).map(|idx| Column::new(format!("measure number {idx}").into(), [Some(idx as f64), None, Some(3.0)]));
    let wide = DataFrame::new(3, columns.collect()).unwrap();
    let svg = missing_map(&wide).unwrap().svg();
    let mut places: Vec<f64> = svg
        .split("<text")
        .skip(1)
        .filter(|text| text.contains("rotate(270"))
        .map(|text| attribute(text, "x").parse().unwrap())
        .collect();
    assert_eq!(places.len(), 60);
    places.sort_by(f64::total_cmp);
    let size = svg.split("<text").nth(1).map(|text| attribute(text, "font-size").parse::<f64>().unwrap()).unwrap();
    assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= size), "{places:?}");
}

#[test]
fn distributions_and_maps_refuse_what_they_cannot_draw() {
    let penguins = penguins().unwrap();
    let empty = df!("x" => [None::<f64>, None], "g" => ["a", "b"]).unwrap();
    for result in [density(&empty, "x", None), box_plot(&empty, "x", Some("g")), violin(&empty, "x", None)] {
        let message = result.unwrap_err().to_string();
        assert!(message.contains("none of the 2 rows has a finite value in each of `x`"), "{message}");
    }
    assert!(density(&penguins, "species", None).is_err() && violin(&penguins, "wingspan", None).is_err());
    check_error(
        pair_grid(&penguins, &["year"], None),
        "the number of columns in a pair grid is 1, but it must be from 2 to 8",
    );
    assert!(
        pair_grid(&empty.clone().lazy().with_columns([col("x").alias("y")]).collect().unwrap(), &["x", "y"], None)
            .is_err()
    );
    assert!(
        missing_map(&penguins.head(Some(0))).is_err()
            && correlation_map(&empty).is_err()
            && heat_map(&empty, "g").is_err()
    );
    let far = df!("x" => [f64::MAX, -f64::MAX], "y" => [1.0, 2.0], "g" => ["a", "b"]).unwrap();
    assert!(pair_grid(&far, &["x", "y"], None).is_err() && box_plot(&far, "x", None).is_err());
    assert!(heat_map(&far, "g").is_ok() && box_plot(&df!("x" => [1.0]).unwrap(), "x", None).is_ok());
    let wide = DataFrame::new(1, (0..61).map(|idx| Column::new(format!("c{idx}").into(), [1.0])).collect()).unwrap();
    check_error(
        missing_map(&wide),
        "the number of columns in a map is 61, but it must be at most 60; select some of them",
    );
}

#[test]
fn a_long_title_is_broken_between_words() {
    let penguins = penguins().unwrap();
    let titled = |title: &str| {
        let chart = histogram(&penguins, "body_mass_g", 20).unwrap().title(title);
        check_labels(&chart);
        let svg = chart.svg();
        let lines = svg.matches("font-weight=\"600\"").count();
        assert!(svg.contains(&format!("viewBox=\"0 -{}0 6400 ", chart.height() - 400)), "{svg}");
        (lines, chart.height() - 400, svg)
    };
    assert_eq!(titled("Penguins").1, 30);
    let (lines, height, svg) = titled(&"Penguins of the Palmer islands, ".repeat(4));
    assert_eq!((lines, height), (2, 49));
    assert!(!svg.contains("…</text>"));
    let (lines, height, svg) = titled(&"Penguins of the Palmer islands, ".repeat(40));
    assert_eq!((lines, height), (3, 68));
    assert!(svg.contains("…</text>"));
    assert_eq!(titled(&"Penguins".repeat(40)).0, 1);
}
