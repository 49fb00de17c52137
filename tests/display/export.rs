//! Charts as files: what is in a PNG, and that no file is left half written.

use polars::prelude::df;
use workbench::augment::{Image, read_image};
use workbench::data::penguins;
use workbench::display::{Background, Chart, histogram, scatter};

use crate::data::Folder;

fn chart() -> Chart {
    scatter(&penguins().unwrap(), "flipper_length_mm", "body_mass_g", Some("species")).unwrap()
}

/// The picture in a PNG file.
fn decoded(chart: &Chart) -> Image {
    let caller = std::panic::Location::caller();
    let folder = Folder::new(&format!("png-{}-{:?}", caller.line(), std::thread::current().id()));
    read_image(&folder.write("chart.png", chart.png().unwrap())).unwrap()
}

/// How many pixels of these rows are not as the one in the corner.
fn n_drawn(image: &Image, rows: std::ops::Range<usize>) -> usize {
    let corner = image.pixel(0, 0).unwrap();
    let pixels = rows.flat_map(|row| (0..image.width()).map(move |column| (row, column)));
    pixels.filter(|(row, column)| image.pixel(*row, *column).unwrap() != corner).count()
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}

#[test]
fn a_png_has_the_pixels_of_its_ratio() {
    let chart = chart().title("Penguins");
    for (ratio, width, height) in [(None, 1280, 860), (Some(1.0), 640, 430), (Some(0.3), 192, 129)] {
        let chart = ratio.map_or(chart.clone(), |ratio| chart.clone().pixel_ratio(ratio));
        let bytes = chart.png().unwrap();
        assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"));
        assert_eq!((number(&bytes, 16), number(&bytes, 20)), (width, height));
        // Pixels of a metre, by which a text shows it as large at any ratio.
        let size = bytes.windows(4).position(|name| name == b"pHYs").unwrap() + 4;
        let expected = (ratio.unwrap_or(2.0) * 96.0 / 0.0254).round() as u32;
        assert_eq!((number(&bytes, size), number(&bytes, size + 4), bytes[size + 8]), (expected, expected, 1));
    }
}

#[test]
fn a_background_is_white_dark_any_colour_or_none() {
    let chart = chart().pixel_ratio(1.0);
    let corner = |chart: &Chart| decoded(chart).pixel(0, 0).unwrap();
    assert_eq!(corner(&chart), [255, 255, 255]);
    assert_eq!(corner(&chart.clone().background(Background::Dark)), [0x11, 0x11, 0x11]);
    assert_eq!(corner(&chart.clone().background(Background::Color(1, 2, 3))), [1, 2, 3]);
    // The colour type is RGB, or RGB with opacity.
    assert_eq!(chart.png().unwrap()[25], 2);
    let transparent = chart.clone().background(Background::Transparent);
    assert_eq!(transparent.png().unwrap()[25], 6);
    // Laid over white, it is what is drawn on white, up to rounding.
    let (laid, white) = (decoded(&transparent), decoded(&chart));
    let apart = laid.pixels().iter().zip(white.pixels()).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
    assert!(apart <= 2, "{apart}");
    // An SVG has a background where one was asked for.
    assert!(!chart.svg().contains("#FFFFFF") && !transparent.svg().contains("100%"));
    for (background, color) in [(Background::White, "#FFFFFF"), (Background::Color(1, 2, 3), "#010203")] {
        let svg = chart.clone().title("t").background(background).svg();
        assert!(svg.contains(&format!("<rect x=\"0\" y=\"-300\" width=\"100%\" height=\"100%\" fill=\"{color}\"/>")));
    }
}

#[test]
fn text_is_drawn_without_any_font_of_the_system() {
    let chart = chart().pixel_ratio(1.0);
    let titled = |title: &str| decoded(&chart.clone().title(title));
    let (title, other, space) = (titled("Penguins of the Palmer islands"), titled("ÄÖÜ ß éñ Ω Ж"), titled(" "));
    assert_eq!(n_drawn(&space, 0..30), 0);
    assert!(n_drawn(&title, 5..30) > 500, "{}", n_drawn(&title, 5..30));
    assert!(n_drawn(&other, 5..30) > 200, "{}", n_drawn(&other, 5..30));
    assert_ne!(title.pixels(), other.pixels());
    // Below, all three are alike, and there are labels beside the axes.
    let below = |image: &Image| image.pixels()[30 * 640 * 3..].to_vec();
    assert_eq!(below(&title), below(&other));
    assert!((400..430).map(|row| n_drawn(&title, row..row + 1)).sum::<usize>() > 300);
}

#[test]
fn a_png_is_the_same_each_time_and_on_each_thread() {
    let chart = chart().title("日本 and Ä");
    let expected = chart.png().unwrap();
    let others: Vec<_> = (0..3)
        .map(|_| {
            let chart = chart.clone();
            std::thread::spawn(move || chart.png().unwrap())
        })
        .collect();
    for other in others {
        assert!(other.join().unwrap() == expected);
    }
}

#[test]
fn characters_that_xml_does_not_allow_do_not_break_a_chart() {
    let frame = df!("a\u{1}b" => [1.0, 2.0, 4.0]).unwrap();
    let chart = histogram(&frame, "a\u{1}b", 3).unwrap().title("\u{0}\u{1f}\u{ffff}");
    assert!(chart.svg().contains(">\u{fffd}\u{fffd}\u{fffd}</text>") && !chart.svg().contains('\u{1}'));
    assert!(chart.png().is_ok());
}

#[test]
fn the_ending_says_how_a_chart_is_saved() {
    let folder = Folder::new("save-chart");
    let chart = chart().pixel_ratio(1.0);
    chart.save(&folder.path("chart.svg")).unwrap();
    assert_eq!(std::fs::read_to_string(folder.path("chart.svg")).unwrap(), chart.svg());
    for name in ["chart.png", "chart.PNG"] {
        chart.save(&folder.path(name)).unwrap();
        assert!(std::fs::read(folder.path(name)).unwrap() == chart.png().unwrap());
    }
    // What is there is replaced.
    chart.clone().title("t").save(&folder.path("chart.png")).unwrap();
    assert_eq!(read_image(&folder.path("chart.png")).unwrap().height(), chart.height() as usize + 30);
}

#[test]
fn what_cannot_be_saved_leaves_nothing_behind() {
    let folder = Folder::new("unsaved-chart");
    let check = |chart: &Chart, name: &str, expected: &str| {
        let message = chart.save(&folder.path(name)).unwrap_err().to_string().replace(&folder.path(""), "");
        assert!(message.starts_with(expected), "{message}");
        assert_eq!(std::fs::read_dir(folder.path("")).unwrap().count(), 0);
    };
    let whole = chart();
    let ending =
        |name: &str| format!("the file of a chart is \"{name}\", but it must be a name that ends in .png or .svg");
    for name in ["chart.jpg", "chart", "chart.png.gz", ".png"] {
        check(&whole, name, &ending(name));
    }
    check(&whole, "no/such/chart.svg", "cannot write `no/such/chart.svg`: ");
    check(&whole, "no/such/chart.png", "cannot write `no/such/chart.png`: ");
    for ratio in [0.0, -1.0, 0.09, 21.0, f64::NAN, f64::INFINITY] {
        let expected = format!("the pixel ratio of a chart is {ratio}, but it must be from 0.1 to 20");
        check(&whole.clone().pixel_ratio(ratio), "chart.png", &expected);
    }
    let huge = Chart::new(10_000, 10_000, |_| Ok(())).unwrap();
    let expected =
        "the pixel ratio of a chart is 2 on 10000 × 10000 pixels, but it must be at most 1.0 for a chart of this size";
    check(&huge, "chart.png", expected);
    // A folder cannot be replaced by a file.
    let taken = Folder::new("taken-chart.svg");
    assert!(whole.save(&taken.path("").trim_end_matches('/').to_string()).is_err());
}
